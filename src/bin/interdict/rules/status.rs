//! `interdict rules status`: which rules these are, how old, and what they hold.

use interdict::model::Zone;
use interdict::report::plural;
use interdict::rulebook::status::Status;

use super::super::args::{ListFormat, RulesStatusArgs};
use super::super::check::{age, age_in_days, period};
use super::super::context::Session;
use super::super::exit::{Done, Exit};
use super::super::terminal::Terminal;
use super::as_of;

/// Runs the command.
pub(super) fn run(args: &RulesStatusArgs, terminal: &Terminal) -> Done {
    let mut session = Session::open(&args.pack, terminal)?;
    let at = as_of(args.as_of.as_ref())?;
    let limit = args.max_rule_age.as_ref().or(session.config.rules.max_age.as_ref().map(|text| text.get()));
    let limit = limit.map(|text| period("--max-rule-age", text)).transpose()?;
    let too_old = age(&mut session, at, limit);
    session.warn(terminal);
    let status = status(&session);
    let catalogue = &session.pack.catalogue;
    let days = age_in_days(&session.pack, at);
    match args.output {
        ListFormat::Json => {
            let mut value = serde_json::json!({
                "version": catalogue.version,
                "built": catalogue.built,
                "digest": session.pack.digest,
                "as-of": at.to_string(),
                "age-in-days": days,
            });
            if let (Some(all), serde_json::Value::Object(counts)) =
                (value.as_object_mut(), serde_json::to_value(&status).unwrap_or_default())
            {
                all.extend(counts);
            }
            terminal.print(&(serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"))?;
        }
        ListFormat::Table => {
            let age = match days {
                Some(days @ 0..) => format!("{} old on {}", plural(days.unsigned_abs(), "day"), at.day(Zone::UTC)),
                Some(_) => format!("built after {}", at.day(Zone::UTC)),
                None => "of unknown age".to_owned(),
            };
            let head = format!("Rules {}, built {}, {age}\n{}\n\n", catalogue.version, catalogue.built, session.pack.digest);
            terminal.print(&(head + &text(&status)))?;
        }
    }
    Ok(if too_old.is_some() { Exit::TooOld } else { Exit::Ok })
}

/// Counts what the pack holds; the shipped one is stored without names, so its whole catalogue is read.
fn status(session: &Session) -> Status {
    let catalogue = &session.pack.catalogue;
    let mut tests = interdict::builtin::tests();
    tests.retain(|test| session.pack.rule(&test.rule).is_some_and(|rule| rule.shipped));
    tests.extend(session.tests.iter().cloned());
    if session.is_layered { Status::of(catalogue, &tests) } else { Status::of(&interdict::builtin::catalogue(), &tests) }
}

fn text(status: &Status) -> String {
    let by = |counts: &std::collections::BTreeMap<&str, usize>| {
        let mut counts: Vec<_> = counts.iter().collect();
        counts.sort_by_key(|&(word, &count)| (std::cmp::Reverse(count), *word));
        counts.iter().map(|(word, count)| format!("{} {count}", word.replace('-', " "))).collect::<Vec<_>>().join(", ")
    };
    let oldest = status.oldest_verification.as_ref().map(|oldest| format!("; the oldest on {} ({})", oldest.day, oldest.rule));
    let rows = [
        ("acts", format!("{} of {}", status.acts, plural(status.jurisdictions as u64, "jurisdiction"))),
        ("by kind", by(&status.kinds)),
        ("by stage", by(&status.stages)),
        ("measures", format!("{}, and {}", status.measures, plural(status.events as u64, "later event"))),
        (
            "checked",
            format!("{} held against their source{}; {} never", status.verified, oldest.unwrap_or_default(), status.never_verified),
        ),
        ("tests", status.tests.to_string()),
        (
            "entities",
            format!(
                "{}, with {} and {} of both",
                status.entities,
                plural(status.products as u64, "product"),
                plural(status.aliases as u64, "other name")
            ),
        ),
        ("replaced", status.replaced.join(", ")),
    ];
    rows.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("{name:9} {text}\n")).collect()
}
