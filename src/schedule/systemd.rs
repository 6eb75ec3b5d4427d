//! systemd: a service that runs once, closed off from all that it does not need, and its timer.

use super::quote::{shell, systemd, systemd_argument};
use super::{Plan, Refused, Unit, below, folder, heading, refused};

pub(super) fn units(plan: &Plan) -> Result<Vec<Unit>, Refused> {
    let user = plan.account()?;
    if plan.program.contains(['"', '\'', '\\']) {
        return Err(refused(
            format!("systemd starts no program whose path holds a quotation mark or a backslash, as `{}` does", plan.program),
            "install the program elsewhere",
        ));
    }
    Ok(vec![service(plan, user), timer(plan)])
}

fn service(plan: &Plan, user: Option<&str>) -> Unit {
    let folders = plan.folders();
    let owner = user.map_or_else(String::new, |user| format!("-o {user} "));
    let mut lines = vec![
        "/etc/systemd/system/interdict.service: one scheduled run; interdict.timer starts it.".to_owned(),
        "Put both files there, see that the folders it writes to are there, and switch the timer on:".to_owned(),
    ];
    lines.extend(folders.iter().map(|folder| format!("  test -d {0} || install -d {owner}{0}", shell(folder))));
    lines.push("  systemctl daemon-reload && systemctl enable --now interdict.timer".to_owned());
    lines.push("`systemctl start interdict` runs it now, `journalctl -u interdict` shows what it said.".to_owned());
    let account = match user {
        None | Some("root") => "# It runs as root, without the rights that make root special. An account of its own is better:\n\
             # make it with --user NAME, who must be able to read the inventories.\n"
            .to_owned(),
        Some(_) => String::new(),
    } + &user.map_or_else(String::new, |user| format!("User={user}\n"));
    let account = account + &environment(plan);
    let writable = folders.iter().map(|folder| systemd(folder)).collect::<Vec<_>>().join(" ");
    let temporary = if plan.uses_tmp() {
        "# Something the run needs lies below /tmp or /var/tmp, so it cannot have these for itself.\nPrivateTmp=no\n"
    } else {
        "PrivateTmp=yes\n"
    };
    let text = format!(
        "{}
[Unit]
Description=Check inventories against sanction and sales-ban rules
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={} run --config {}
TimeoutStartSec=2h
# Exit code 1 means findings. They count as a failure, so that `systemctl --failed` and whatever watches
# it show them. 2 to 4 mean that the answer is not to be relied on. Nothing is started again: the answer
# would be the same. `SuccessExitStatus=1` would hide findings.
{account}
# The whole system is read-only but for the folders of the history and of the outputs.
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={writable}
{temporary}PrivateDevices=yes
ProtectProc=invisible
ProcSubset=pid

# No rights but those of any process, and none to be had.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
KeyringMode=private
UMask=0022

# The kernel, the clock and the host stay as they are.
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RemoveIPC=yes

# The network is for notices only; without any, `none` and `PrivateNetwork=yes` close it.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
",
        heading(&lines),
        systemd(&plan.program),
        systemd_argument(&plan.config),
    );
    Unit { name: "interdict.service", text }
}

/// Says where secrets come from. systemd reads the file as root, before it gives up any right.
fn environment(plan: &Plan) -> String {
    if plan.variables.is_empty() {
        return String::new();
    }
    let file = format!("{}/interdict.env", folder(&plan.config).trim_end_matches('/'));
    let names = plan.variables.join(", ");
    // The whole rest of the line is the path; no quotation marks are taken off.
    format!(
        "\n# Secrets of notices: {names}. One NAME=\"value\" a line; root alone has to be able to read the file\n\
         # (chmod 600). Without it the service does not start.\nEnvironmentFile={}\n",
        file.replace('%', "%%")
    )
}

fn timer(plan: &Plan) -> Unit {
    let (zone, told) = match plan.zone {
        Some(zone) => (format!(" {}", zone.name()), zone.name()),
        None => (String::new(), "the machine's zone"),
    };
    let lines = ["/etc/systemd/system/interdict.timer: starts interdict.service each day.".to_owned()];
    let text = format!(
        "{}
[Unit]
Description=Check inventories against sanction and sales-ban rules each day

[Timer]
# In {told}. A machine that was off then runs it once it is on again.
OnCalendar=*-*-* {}:00{zone}
Persistent=true
RandomizedDelaySec=10min

[Install]
WantedBy=timers.target
",
        heading(&lines),
        plan.at,
    );
    Unit { name: "interdict.timer", text }
}

impl Plan {
    /// Returns whether a private `/tmp` would hide something that a run needs.
    fn uses_tmp(&self) -> bool {
        let own = [&self.program, &self.config, &self.history].into_iter();
        let mut all = own.chain(&self.outputs).chain(&self.reads);
        all.any(|path| ["/tmp", "/var/tmp"].iter().any(|root| below(root, path).is_some()))
    }
}
