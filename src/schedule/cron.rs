//! cron: one line. Two runs at once need no `flock`: a run holds a lock of its own.

use super::quote::{crontab, shell};
use super::{Plan, Refused, Unit, heading, refused};

/// Common crons cut commands at 1,000 bytes.
const LONGEST: usize = 900;

pub(super) fn units(plan: &Plan) -> Result<Vec<Unit>, Refused> {
    plan.own_clock("cron", "the machine's zone")?;
    plan.without(&["\\"], "one cron takes for itself and the next one does not")?;
    let user = plan.account()?.map_or_else(String::new, |user| format!(" -u {user}"));
    let command = crontab(&format!("{} run --config {}", shell(&plan.program), shell(&plan.config)));
    if command.len() > LONGEST {
        return Err(refused(
            format!("the command is {} bytes long, and cron would cut it", command.len()),
            "put the program and the configuration in folders with shorter names",
        ));
    }
    let mut lines = vec![
        "A line for a crontab. This adds it, and keeps what is there:".to_owned(),
        format!("  (crontab{user} -l 2>/dev/null; cat interdict.cron) | crontab{user} -"),
        "cron mails what a command prints: the line that says what changed, and all that went wrong. Above the".to_owned(),
        "line, `MAILTO=compliance@example.org` says to whom. Exit codes say nothing to cron. It does not make up".to_owned(),
        "for a time at which the machine was off; the next run does, since it tells all that changed since the".to_owned(),
        "last one.".to_owned(),
    ];
    if !plan.variables.is_empty() {
        let names = plan.variables.iter().map(|name| format!("{name}=…")).collect::<Vec<_>>().join(", ");
        lines.push(format!("Secrets of notices go above the line, each on one of its own: {names}"));
    }
    lines.extend([String::new(), format!("Each day at {}, by the machine's clock.", plan.at)]);
    let text = format!("{}{} {command}\n", heading(&lines), plan.at.fields());
    Ok(vec![Unit { name: "interdict.cron", text }])
}
