//! `interdict rules show`: one act, with its source.

use interdict::diag::{Code, printable};
use interdict::model::Moment;
use interdict::pack::rule::{Cover, Rule};
use interdict::pack::words::EventKind;
use interdict::pipeline;
use interdict::report::listing::paragraph;
use interdict::rulebook::standing;

use super::super::args::RulesShowArgs;
use super::super::context::{Session, unknown};
use super::super::exit::{Done, Exit};
use super::super::terminal::Terminal;
use super::as_of;

/// Runs the command.
pub(super) fn run(args: &RulesShowArgs, terminal: &Terminal) -> Done {
    let session = Session::open(&args.pack, terminal)?;
    session.warn(terminal);
    let ids = session.pack.catalogue.rules.iter().map(|rule| rule.id.as_str());
    let rule = session
        .pack
        .rule(&args.id)
        .ok_or_else(|| unknown(Code::UnknownRule, "rule", &args.id, ids, "`interdict rules list` names them all"))?;
    let at = as_of(args.as_of.as_ref())?;
    terminal.print(&describe(rule, at, terminal.width()))?;
    Ok(Exit::Ok)
}

fn describe(rule: &Rule, at: Moment, width: Option<usize>) -> String {
    let act = pipeline::act(rule);
    let entry = |text: &str| paragraph(text, 2, 4, width);
    let mut text = paragraph(&rule.id, 0, 2, width) + &paragraph(&rule.title, 0, 2, width) + "\n";
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            text += &paragraph(&format!("{name}{} {value}", "\u{a0}".repeat(13_usize.saturating_sub(name.len()))), 0, 14, width)
                .replace('\u{a0}', " ");
        }
    };
    line("kind", &act.kind.replace('-', " "));
    line("stage", if act.stage == "enacted" { "" } else { &act.stage });
    line("jurisdiction", &rule.jurisdiction);
    line("authority", &rule.authority);
    line("citation", rule.citation.as_deref().unwrap_or_default());
    line("announced", &rule.announced.to_string());
    line("dates in", &act.time_zone);
    line(
        "its list",
        match act.names.as_str() {
            "listed" => "",
            "partial" => "names only some of the parties, so that no match is no proof",
            "criteria" => "names no party but criteria, so that no match is no proof",
            "allow-list" => "names what is allowed, so that no match is no proof",
            other => other,
        },
    );
    line("checked", act.verified.as_deref().unwrap_or("never held against its source"));
    line("source", &rule.url);
    line("note", rule.note.as_deref().unwrap_or_default());
    text += "\nCovers\n";
    text += &rule.covers.iter().map(|cover| entry(&cover_text(cover))).collect::<String>();
    if !rule.exempt.is_empty() {
        text += "\nLeaves out\n";
    }
    for exemption in &rule.exempt {
        let reason = exemption.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        text += &entry(&format!("{}{reason}", cover_text(&exemption.cover)));
    }
    text += &format!("\nMeasures as of {at}\n");
    // Measures that differ in their effect only are one entry.
    let mut measures: Vec<(String, Vec<&str>)> = Vec::new();
    for (measure, shown) in rule.measures.iter().zip(&act.measures) {
        let from = if measure.start.is_some() { format!("from {}", shown.from) } else { "date open".to_owned() };
        let until = match (&shown.until, &measure.ends_when) {
            (Some(until), Some(condition)) if until == condition => format!(", ends when {condition}"),
            (Some(until), _) => format!(", no longer from {until}"),
            (None, _) => String::new(),
        };
        let affects = if shown.affects == shown.binds || shown.affects.is_empty() {
            String::new()
        } else {
            format!("; affects {}", shown.affects.join(", "))
        };
        let told = format!(
            "{}, {from}{until}; binds {}{affects}; reaches by {}",
            standing::told(rule, measure, at),
            shown.binds.join(", "),
            shown.nexus.join(", ")
        );
        match measures.iter_mut().find(|(other, _)| *other == told) {
            Some((_, effects)) if effects.contains(&shown.effect.as_str()) => {}
            Some((_, effects)) => effects.push(&shown.effect),
            None => measures.push((told, vec![&shown.effect])),
        }
    }
    text += &measures.iter().map(|(told, effects)| entry(&format!("{}: {told}", effects.join(", ")))).collect::<String>();
    if !act.events.is_empty() {
        text += "\nEvents\n";
    }
    let mut events: Vec<_> = rule.events.iter().zip(&act.events).collect();
    events.sort_by_key(|(event, _)| event.start.earliest(rule.zone));
    for (event, shown) in events {
        let until = shown.until.as_ref().map(|until| format!(", no longer from {until}")).unwrap_or_default();
        let only = [event.entities.as_slice(), event.products.as_slice()].concat();
        let only = if only.is_empty() { String::new() } else { format!(", only for {}", only.join(", ")) };
        let note = shown.note.as_ref().map(|note| format!("; {note}")).unwrap_or_default();
        let citation = shown.citation.as_ref().map(|citation| format!(" ({citation})")).unwrap_or_default();
        let kind = if event.kind == EventKind::Conduct { "conduct, no law".to_owned() } else { shown.kind.replace('-', " ") };
        text += &entry(&format!("from {}{until}: {kind}{only}{note}{citation}", shown.from));
    }
    if let Some(advice) = &act.remedy.advice {
        text += "\nWhat to do\n";
        text += &paragraph(advice, 2, 2, width);
    }
    text += "\nSources\n";
    text += &act.sources.iter().map(|source| entry(source)).collect::<String>();
    text += &format!("\nfile {}:{}\n", printable(&act.file), act.line);
    text
}

fn cover_text(cover: &Cover) -> String {
    let mut parts = Vec::new();
    let mut part = |what: &str, list: &[String]| {
        if !list.is_empty() {
            parts.push(format!("{what} {}", list.join(", ")));
        }
    };
    part("entities", &cover.entities);
    part("products", &cover.products);
    part("categories", &cover.categories);
    part("vendors of", &cover.vendor_countries);
    part("parties of", &cover.rules);
    part("versions", &cover.versions.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>());
    part("where", &cover.condition.iter().cloned().collect::<Vec<_>>());
    if let Some(start) = cover.start {
        parts.push(format!("since {}", start.when()));
    }
    if let Some(end) = cover.end {
        parts.push(format!("to {}", end.when()));
    }
    parts.join("; ")
}
