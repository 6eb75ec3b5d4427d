//! `interdict rules`: list, show, lint and test.

use std::fmt::Write as _;

use interdict::diag::{Code, Diagnostic, Diagnostics, Place, Renderer, Severity, printable};
use interdict::evaluate::in_force::timeline;
use interdict::evaluate::interval::IntervalSet;
use interdict::model::{Effect, Moment, State};
use interdict::pack::lint::lint;
use interdict::pack::rule::{Measure, Rule};
use interdict::pack::words::{EventKind, Stage};
use interdict::report::listing::{PAGE, listing, paragraph};
use interdict::{pipeline, ruletest};

use super::args::{ListFormat, PackArgs, RulesArgs, RulesCommand, RulesLintArgs, RulesListArgs, RulesShowArgs, RulesTestArgs};
use super::context::{Session, moment, now, problems, unknown};
use super::exit::{Done, Exit, Failure};
use super::terminal::Terminal;

/// From this width on, rules are listed in columns.
const WIDE: usize = 100;

/// Runs the subcommand.
pub(crate) fn run(args: &RulesArgs, terminal: &Terminal) -> Done {
    match &args.command {
        RulesCommand::List(args) => list(args, terminal),
        RulesCommand::Show(args) => show_rule(args, terminal),
        RulesCommand::Lint(args) => lint_rules(args, terminal),
        RulesCommand::Test(args) => test_rules(args, terminal),
    }
}

fn as_of(text: Option<&String>) -> Result<Moment, Failure> {
    text.map_or_else(|| Ok(now()), |text| moment("--as-of", text))
}

/// Returns where a measure stands, whatever the item: events that name parties are left out.
fn state(rule: &Rule, measure: &Measure, at: Moment) -> State {
    let at = at.instant(rule.zone);
    let Some(dates) = timeline(rule, measure, None, |event| event.entities.is_empty() && event.products.is_empty()) else {
        return State::Ended;
    };
    let in_force = dates.in_force(&IntervalSet::all());
    if in_force.contains(at) {
        if dates.not_enforced.contains(at) { State::NotEnforced } else { State::InForce }
    } else if dates.open && !dates.annulled {
        State::ToBeAnnounced
    } else if dates.suspended.contains(at) && dates.base.iter().any(|(_, until)| until > at) {
        State::Suspended
    } else if in_force.next(at).is_some() {
        State::Upcoming
    } else {
        State::Ended
    }
}

/// Returns where the measures of an act stand, those that stand alike together.
fn standing(rule: &Rule, at: Moment) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for measure in &rule.measures {
        let (state, effect) = (state_words(rule, measure, at), measure.effect.as_str());
        match groups.iter_mut().find(|(other, _)| *other == state) {
            Some((_, effects)) if effects.contains(&effect) => {}
            Some((_, effects)) => effects.push(effect),
            None => groups.push((state, vec![effect])),
        }
    }
    groups.iter().map(|(state, effects)| format!("{state}: {}", effects.join(", "))).collect::<Vec<_>>().join("; ")
}

/// Returns the state in words; an act that is not enacted has its stage instead.
fn state_words(rule: &Rule, measure: &Measure, at: Moment) -> String {
    if rule.stage != Stage::Enacted {
        return format!("only {}", rule.stage.as_str());
    }
    let state = state(rule, measure, at);
    let text = match state {
        State::InForce => "in force",
        State::NotEnforced => "in force, not enforced",
        State::Upcoming => "upcoming",
        State::Suspended => "suspended",
        State::Ended => "ended",
        State::ToBeAnnounced => "date open",
    };
    let ended_for_some = !matches!(state, State::Ended) && ends_for_some(rule, measure, at);
    if ended_for_some { format!("{text} (no longer for some)") } else { text.to_owned() }
}

/// Returns whether an event that names parties or products has taken some of them out.
fn ends_for_some(rule: &Rule, measure: &Measure, at: Moment) -> bool {
    let at = at.instant(rule.zone);
    rule.events.iter().any(|event| {
        let ends = matches!(
            event.kind,
            EventKind::Annulled | EventKind::Revoked | EventKind::Lapsed | EventKind::Superseded | EventKind::Delisted
        );
        let names = !event.entities.is_empty() || !event.products.is_empty();
        ends && names && measure.is_meant(&event.measures) && event.start.latest(rule.zone) <= at
    })
}

fn list(args: &RulesListArgs, terminal: &Terminal) -> Done {
    let session = Session::open(&args.pack, terminal)?;
    session.warn(terminal);
    let registry = &session.pack.catalogue.registry;
    if args.audiences {
        let rows = registry
            .audiences
            .iter()
            .map(|(name, audience)| vec![name.clone(), audience.name.clone(), audience.implies.join(", ")]);
        terminal.print(&listing(&["audience", "meaning", "implies"], rows, terminal.width()))?;
        return Ok(Exit::Ok);
    }
    let at = as_of(args.as_of.as_ref())?;
    let codes = args.jurisdictions.iter().map(|text| session.jurisdiction(text)).collect::<Result<Vec<_>, _>>()?;
    let effects = || Effect::ALL.iter().map(|effect| effect.as_str());
    if let Some(effect) = args.effect.as_ref().filter(|effect| !effects().any(|known| known == *effect)) {
        return Err(unknown(Code::InvalidFlag, "effect", effect, effects(), "see `interdict schema rule`"));
    }
    if let Some(audience) = args.audience.as_ref().filter(|audience| !registry.audiences.contains_key(*audience)) {
        return Err(unknown(
            Code::UnknownAudience,
            "audience",
            audience,
            registry.audiences.keys().map(String::as_str),
            "`interdict rules list --audiences` names them all",
        ));
    }
    let concerns = |measure: &Measure| {
        args.effect.as_ref().is_none_or(|effect| measure.effect.as_str() == effect)
            && args.audience.as_ref().is_none_or(|name| measure.binds.iter().chain(&measure.affects).any(|other| other == name))
    };
    let meant = |rule: &&Rule| {
        let place = |code: &String| {
            !registry.within(&rule.jurisdiction, code).is_empty() || !registry.within(code, &rule.jurisdiction).is_empty()
        };
        (codes.is_empty() || codes.iter().any(place)) && rule.measures.iter().any(concerns)
    };
    let rules: Vec<&Rule> = session.pack.catalogue.rules.iter().filter(meant).collect();
    match args.output {
        ListFormat::Json => {
            let entry = |rule: &&Rule| {
                let mut act = serde_json::to_value(pipeline::act(rule)).unwrap_or_default();
                act["id"] = rule.id.clone().into();
                act["title"] = rule.title.clone().into();
                act["jurisdiction"] = rule.jurisdiction.clone().into();
                act["url"] = rule.url.clone().into();
                act
            };
            let all: Vec<serde_json::Value> = rules.iter().map(entry).collect();
            terminal.print(&(serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"))?;
        }
        ListFormat::Table => {
            let width = terminal.width();
            let kind = |rule: &Rule| rule.kind.as_str().replace('-', " ");
            let text = if width.unwrap_or(PAGE) >= WIDE {
                let rows = rules.iter().map(|rule| {
                    let title = format!("{}\n{}", rule.title, standing(rule, at));
                    vec![rule.id.clone(), rule.jurisdiction.clone(), kind(rule), title]
                });
                listing(&["rule", "where", "kind", "title, measures"], rows, width)
            } else {
                let entry = |rule: &&Rule| {
                    let head = format!("{} ({}, {})", rule.id, rule.jurisdiction, kind(rule));
                    let lines = [paragraph(&head, 0, 4, width), paragraph(&rule.title, 4, 4, width)];
                    lines.concat() + &paragraph(&standing(rule, at), 4, 4, width)
                };
                rules.iter().map(entry).collect()
            };
            let tail = format!(
                "\n{} of {} rules, as of {at}; pack {}\n",
                rules.len(),
                session.pack.catalogue.rules.len(),
                session.pack.catalogue.version
            );
            terminal.print(&(text + &tail))?;
        }
    }
    Ok(Exit::Ok)
}

fn show_rule(args: &RulesShowArgs, terminal: &Terminal) -> Done {
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
            state_words(rule, measure, at),
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

fn cover_text(cover: &interdict::pack::rule::Cover) -> String {
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

/// Opens the rules that are to be looked at: the paths given, or the shipped ones.
fn opened(pack: &PackArgs, paths: &[std::path::PathBuf], terminal: &Terminal) -> Result<(Session, bool), Failure> {
    let session = Session::open_with(pack, paths, terminal)?;
    let own = !paths.is_empty() || !pack.rules.is_empty();
    Ok((session, !own && !pack.no_builtin_rules))
}

fn lint_rules(args: &RulesLintArgs, terminal: &Terminal) -> Done {
    let (session, shipped) = opened(&args.pack, &args.paths, terminal)?;
    let mut diagnostics = Diagnostics::default();
    diagnostics.extend(session.diagnostics.iter().cloned());
    let mut tests = session.tests.clone();
    if shipped {
        tests.extend(interdict::builtin::tests());
    }
    lint(&session.pack, &tests, shipped, &mut diagnostics);
    diagnostics.sort();
    let renderer = Renderer { colour: terminal.colour };
    let mut text = String::new();
    for one in diagnostics.iter() {
        let _ = writeln!(text, "{}\n", renderer.render(one, &session.sources));
    }
    let count = session.pack.catalogue.rules.iter().filter(|rule| shipped || !rule.shipped).count();
    let _ = writeln!(text, "{count} rules: {}", problems(&diagnostics));
    terminal.print(&text)?;
    Ok(if diagnostics.count(Severity::Error) > 0 { Exit::Usage } else { Exit::Ok })
}

fn test_rules(args: &RulesTestArgs, terminal: &Terminal) -> Done {
    let (session, shipped) = opened(&args.pack, &args.paths, terminal)?;
    session.warn(terminal);
    let tests = if shipped { [interdict::builtin::tests(), session.tests.clone()].concat() } else { session.tests.clone() };
    let renderer = Renderer { colour: terminal.colour };
    let (mut text, mut failed) = (String::new(), 0_usize);
    for test in &tests {
        let outcome = ruletest::run(&session.pack, test);
        if outcome.failures.is_empty() {
            continue;
        }
        failed += 1;
        let diagnostic = Diagnostic::error(Code::RuleTestFailed, format!("a test of `{}` as of {} fails", test.rule, test.as_of))
            .at(Place::Line(test.file.clone(), test.line, None))
            .help(outcome.failures.join("; "));
        let _ = writeln!(text, "{}\n", renderer.render(&diagnostic, &session.sources));
    }
    let _ = writeln!(text, "{} passed, {failed} failed", tests.len() - failed);
    terminal.print(&text)?;
    if tests.is_empty() {
        return Err(Failure { exit: Exit::Unread, ..Failure::usage(Code::NoTests, "there are no inline tests to run") });
    }
    Ok(if failed > 0 { Exit::Findings } else { Exit::Ok })
}
