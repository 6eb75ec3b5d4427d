//! `interdict schedule`: units that start a run each day.
//!
//! The library draws them; here is found out what they name: where this program lies, the configuration,
//! and what a run with it reads and writes.

use std::collections::BTreeSet;
use std::env;
use std::path::{Component, Path, PathBuf};

use interdict::diag::{Code, Diagnostic, printable};
use interdict::model::Zone;
use interdict::notice::{self, Channel};
use interdict::report::save;
use interdict::schedule::{self, Plan, Target, Time};

use super::args::{PackArgs, ScheduleArgs, ShowArgs};
use super::context::{Session, shown_path};
use super::exit::{Done, Exit, Failure};
use super::run;
use super::terminal::Terminal;

/// Runs the command.
pub(crate) fn run(args: &ScheduleArgs, terminal: &Terminal) -> Done {
    let target = args.target;
    let plan = plan(args, target, terminal)?;
    let units = schedule::units(target, &plan).map_err(|diagnostic| Failure { exit: Exit::Usage, diagnostic: Some(diagnostic) })?;
    if let Some(warning) = elsewhere(target) {
        terminal.diagnostics(std::iter::once(&warning), &interdict::diag::Sources::default());
    }
    let Some(folder) = &args.output else {
        let texts: Vec<&str> = units.iter().map(|unit| unit.text.as_str()).collect();
        // Two documents of YAML in one stream are two only with this line between them.
        let between = if target == Target::Kubernetes { "---\n" } else { "\n" };
        terminal.print(&texts.join(between))?;
        return Ok(Exit::Ok);
    };
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("create the folder", folder, &error))?;
    for unit in &units {
        let path = folder.join(unit.name);
        save::save(&path, |out| out.write_all(unit.text.as_bytes())).map_err(|error| Failure::save(&error))?;
        terminal.note(&format!("wrote {}", shown_path(&path)));
    }
    Ok(Exit::Ok)
}

/// Finds out what is to be scheduled.
fn plan(args: &ScheduleArgs, target: Target, terminal: &Terminal) -> Result<Plan, Failure> {
    let at = Time::parse(&args.at).ok_or_else(|| {
        Failure::usage(Code::InvalidFlag, format!("`{}` is no time of day", printable(&args.at))).help("such as --at 06:30")
    })?;
    let zone = args.zone.as_deref().map(|name| {
        Zone::parse(name).ok_or_else(|| {
            Failure::usage(Code::UnknownZone, format!("unknown zone `{}`", printable(name))).help("such as --zone Europe/Berlin")
        })
    });
    let pack = PackArgs { rules: Vec::new(), no_builtin_rules: false, config: args.config.clone(), no_config: false };
    let session = Session::configured(&pack, terminal)?;
    run::ready(&session)?;
    let show = ShowArgs { outputs: Vec::new(), only: Vec::new(), group_by: "product".to_owned(), redact: None };
    let outputs = run::outputs(&show, &session, terminal)?;
    let program = env::current_exe().map_err(|error| Failure::file("find", Path::new("the program"), &error))?;
    let present = || env::var(if cfg!(windows) { "USERNAME" } else { "USER" }).ok().filter(|name| !name.is_empty());
    Ok(Plan {
        program: text(&program)?,
        config: text(&whole(&session.file)?)?,
        repository: text(&repository(&whole(&session.file)?))?,
        history: text(&whole(&run::history_path(&session))?)?,
        outputs: outputs.files().map(|(_, file)| text(&whole(file)?)).collect::<Result<_, Failure>>()?,
        reads: reads(&session)?,
        variables: variables(&session),
        at,
        zone: zone.transpose()?,
        user: args.user.clone().or_else(|| present().filter(|_| target.has_account())),
    })
}

/// Returns what the configuration says is read. Of a glob, the folder that it starts from.
fn reads(session: &Session) -> Result<Vec<String>, Failure> {
    let config = &session.config;
    let inventories = config.read_inventories.iter().flat_map(|row| row.paths.iter().map(String::as_str));
    let rules = config.rules.paths.iter().map(|path| path.get().as_str());
    let single =
        [&config.check.waivers, &config.check.baseline, &config.check.assets].into_iter().flatten().map(|path| path.get().as_str());
    let told = config.plan.to.iter().flat_map(|recipient| [&recipient.template, &recipient.ca_file]).flatten().map(String::as_str);
    let all = inventories.map(before_pattern).chain(rules).chain(single).chain(told);
    all.map(|path| text(&whole(&session.beside_config(path))?)).collect()
}

/// Returns the variables that the notices take their secrets from.
fn variables(session: &Session) -> Vec<String> {
    let sources = session.config.plan.to.iter().flat_map(|recipient| match &recipient.channel {
        Channel::Http { url, secret, .. } => std::iter::once(url).chain(secret).collect(),
        Channel::Email(email) => email.login.iter().flat_map(|(user, password)| [user, password]).collect::<Vec<_>>(),
        Channel::Command(_) => Vec::new(),
    });
    let names: BTreeSet<String> = sources
        .filter_map(|source| match source {
            notice::Source::Env(name) => Some(name.clone()),
            notice::Source::Plain(_) | notice::Source::File(_) => None,
        })
        .collect();
    names.into_iter().collect()
}

/// Returns the part of a glob before its first pattern.
fn before_pattern(glob: &str) -> &str {
    let Some(at) = glob.find(['*', '?', '[', '{']) else { return glob };
    let end = glob[..at].rfind(['/', '\\']).unwrap_or(0);
    // What starts at the root has at least that.
    if end == 0 && glob.starts_with('/') { "/" } else { &glob[..end] }
}

/// Returns a path from the root on, without `.` and `..`.
fn whole(path: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(path).map_err(|error| Failure::file("find", path, &error))?;
    if !absolute.components().any(|part| part == Component::ParentDir) {
        return Ok(absolute);
    }
    // A `..` after a link leads elsewhere than it looks, so what is there is asked first.
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        if part == Component::ParentDir {
            plain = std::fs::canonicalize(&plain).unwrap_or(plain);
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    Ok(plain)
}

/// Returns the repository that a file lies in; else the file's folder.
fn repository(file: &Path) -> PathBuf {
    let folders = || file.ancestors().skip(1);
    let found = folders().find(|folder| folder.join(".git").exists()).or_else(|| folders().next());
    found.unwrap_or(file).to_owned()
}

fn text(path: &Path) -> Result<String, Failure> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        let shown = printable(&path.to_string_lossy());
        Failure::usage(Code::NotSchedulable, format!("`{shown}` is not UTF-8")).help("give the file or folder another name")
    })
}

/// Warns where paths of this machine can be none of the one that the units are for.
fn elsewhere(target: Target) -> Option<Diagnostic> {
    let right = match target {
        Target::Systemd => cfg!(target_os = "linux"),
        Target::Cron => cfg!(unix),
        Target::Launchd => cfg!(target_os = "macos"),
        Target::Windows => cfg!(windows),
        Target::Kubernetes | Target::Github | Target::Gitlab => true,
    };
    let message = format!("the paths are those of this machine, which has no {} of its own", target.name());
    (!right).then(|| Diagnostic::warning(Code::NotSchedulable, message).help("run the command on the machine that is to run it"))
}
