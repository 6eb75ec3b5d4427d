//! launchd of macOS: a property list. With an account it is a daemon, which runs whether or not anybody
//! is logged in; without, an agent of whoever loads it.

use super::quote::xml;
use super::{Plan, Refused, Unit, folder};

pub(super) fn units(plan: &Plan) -> Result<Vec<Unit>, Refused> {
    plan.own_clock("launchd", "the machine's zone")?;
    let user = plan.account()?;
    let (place, load) = match user {
        Some(_) => ("/Library/LaunchDaemons", "sudo launchctl bootstrap system /Library/LaunchDaemons/interdict.plist"),
        None => ("~/Library/LaunchAgents", "launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/interdict.plist"),
    };
    let owner = if user.is_some() { ", owned by root and writable by nobody else" } else { "" };
    let account = user.map_or_else(String::new, |user| format!("  <key>UserName</key>\n  <string>{}</string>\n", xml(user)));
    let secrets = if plan.variables.is_empty() {
        String::new()
    } else {
        let names = plan.variables.iter().map(|name| format!("    <key>{name}</key>\n    <string></string>\n"));
        format!(
            "  <!-- Secrets of notices: put the values in, and let nobody else read this file (chmod 600). -->\n  \
             <key>EnvironmentVariables</key>\n  <dict>\n{}  </dict>\n",
            names.collect::<String>()
        )
    };
    let log = format!("{}/interdict-run.log", folder(&plan.history).trim_end_matches('/'));
    // No path stands in the comment: it could end it.
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
<!-- {place}/interdict.plist: a scheduled run each day at {at}, by the machine's clock.
     Put the file there{owner}, see that the folder of the log is there, and load it:
       {load}
     Asleep at that time, the machine runs it when it wakes. What a run says is added to the log; exit
     code 1 means findings, and stands in `launchctl print`. -->
<plist version=\"1.0\">
<dict>
  <key>Label</key>
  <string>interdict</string>
  <key>ProgramArguments</key>
  <array>
    <string>{program}</string>
    <string>run</string>
    <string>--config</string>
    <string>{config}</string>
  </array>
{account}{secrets}  <key>StartCalendarInterval</key>
  <dict>
    <key>Hour</key>
    <integer>{hour}</integer>
    <key>Minute</key>
    <integer>{minute}</integer>
  </dict>
  <key>RunAtLoad</key>
  <false/>
  <key>ProcessType</key>
  <string>Background</string>
  <key>StandardOutPath</key>
  <string>{log}</string>
  <key>StandardErrorPath</key>
  <string>{log}</string>
</dict>
</plist>
",
        at = plan.at,
        program = xml(&plan.program),
        config = xml(&plan.config),
        hour = plan.at.hour,
        minute = plan.at.minute,
        log = xml(&log),
    );
    Ok(vec![Unit { name: "interdict.plist", text }])
}
