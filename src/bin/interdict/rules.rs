//! `interdict rules`: list, show, lint and test.

use std::fmt::Write as _;

use interdict::diag::{Code, Diagnostic, Diagnostics, Place, Renderer, Severity, printable};
use interdict::evaluate::in_force::timeline;
use interdict::evaluate::interval::IntervalSet;
use interdict::model::{Effect, Moment, State};
use interdict::pack::lint::lint;
use interdict::pack::rule::{Measure, Rule};
use interdict::pack::words::Stage;
use interdict::report::listing::listing;
use interdict::{pipeline, ruletest};

use super::args::{ListFormat, PackArgs, RulesArgs, RulesCommand, RulesLintArgs, RulesListArgs, RulesShowArgs, RulesTestArgs};
use super::context::{Session, moment, now, problems, unknown};
use super::exit::{Done, Exit, Failure};
use super::terminal::Terminal;

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
            let rows = rules.iter().map(|rule| {
                let measures: Vec<String> = rule
                    .measures
                    .iter()
                    .map(|measure| {
                        let state =
                            if rule.stage == Stage::Enacted { state(rule, measure, at).as_str() } else { rule.stage.as_str() };
                        format!("{} {state}", measure.effect.as_str())
                    })
                    .collect();
                vec![
                    rule.id.clone(),
                    rule.jurisdiction.clone(),
                    rule.kind.as_str().to_owned(),
                    measures.join("\n"),
                    rule.title.clone(),
                ]
            });
            let text = listing(&["rule", "where", "kind", "measures", "title"], rows, terminal.width());
            let tail = format!(
                "{} of {} rules, as of {at}; pack {}\n",
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
    terminal.print(&describe(rule, at))?;
    Ok(Exit::Ok)
}

fn describe(rule: &Rule, at: Moment) -> String {
    let act = pipeline::act(rule);
    let mut text = format!("{}\n{}\n\n", printable(&rule.id), printable(&rule.title));
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<14}{}", printable(value));
        }
    };
    line("kind", &act.kind);
    line("stage", if act.stage == "enacted" { "" } else { &act.stage });
    line("jurisdiction", &rule.jurisdiction);
    line("authority", &rule.authority);
    line("citation", rule.citation.as_deref().unwrap_or_default());
    line("announced", &rule.announced.to_string());
    line("time zone", &act.time_zone);
    line("names", if act.names == "listed" { "" } else { &act.names });
    line("verified", act.verified.as_deref().unwrap_or("never held against its source"));
    line("source", &rule.url);
    line("note", rule.note.as_deref().unwrap_or_default());
    text.push_str("\ncovers\n");
    for cover in &rule.covers {
        let _ = writeln!(text, "  {}", printable(&cover_text(cover)));
    }
    for exemption in &rule.exempt {
        let reason = exemption.reason.as_deref().unwrap_or_default();
        let _ = writeln!(
            text,
            "  not {} {}",
            printable(&cover_text(&exemption.cover)),
            printable(&if reason.is_empty() { String::new() } else { format!("({reason})") })
        );
    }
    let _ = writeln!(text, "\nmeasures as of {at}");
    for (measure, shown) in rule.measures.iter().zip(&act.measures) {
        let _ = writeln!(
            text,
            "  {} {}: from {}{}; binds {}{}; nexus {}",
            shown.effect,
            if rule.stage == Stage::Enacted { state(rule, measure, at).as_str() } else { rule.stage.as_str() },
            shown.from,
            shown.until.as_ref().map(|until| format!(" until {}", printable(until))).unwrap_or_default(),
            shown.binds.join(", "),
            if shown.affects == shown.binds { String::new() } else { format!("; affects {}", shown.affects.join(", ")) },
            shown.nexus.join(", ")
        );
    }
    if !act.events.is_empty() {
        text.push_str("\nevents\n");
        for event in &act.events {
            let until = event.until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
            let note = event.note.as_ref().map(|note| format!(": {}", printable(note))).unwrap_or_default();
            let _ = writeln!(
                text,
                "  {} {}{until}{note}{}",
                event.from,
                event.kind,
                event.citation.as_ref().map(|citation| format!(" ({})", printable(citation))).unwrap_or_default()
            );
        }
    }
    if let Some(advice) = &act.remedy.advice {
        let _ = writeln!(text, "\nremedy\n  {}", printable(advice));
    }
    text.push_str("\nsources\n");
    for source in &act.sources {
        let _ = writeln!(text, "  {}", printable(source));
    }
    let _ = writeln!(text, "\nfile {}:{}", printable(&act.file), act.line);
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
