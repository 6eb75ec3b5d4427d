//! `interdict rules test`: the inline tests of rules, and what came where another thing was expected.

use std::fmt::Write as _;

use interdict::diag::{Code, Diagnostic, Place, Renderer};
use interdict::pack::rule::{RuleTest, TestItem};
use interdict::report::listing::paragraph;
use interdict::ruletest::{self, TestOutcome};

use super::super::args::RulesTestArgs;
use super::super::exit::{Done, Exit, Failure};
use super::super::terminal::Terminal;
use super::opened;

/// Runs the command.
pub(super) fn run(args: &RulesTestArgs, terminal: &Terminal) -> Done {
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
            .at(Place::Line(test.file.clone(), test.line, None));
        let _ = writeln!(text, "{}", renderer.render(&diagnostic, &session.sources));
        let title = session.pack.rule(&test.rule).map(|rule| rule.title.as_str()).unwrap_or_default();
        let _ = writeln!(text, "{}", failure(test, title, &outcome, terminal.width()));
    }
    let _ = writeln!(text, "{} passed, {failed} failed", tests.len() - failed);
    terminal.print(&text)?;
    if tests.is_empty() {
        return Err(Failure { exit: Exit::Unread, ..Failure::usage(Code::NoTests, "there are no inline tests to run") });
    }
    Ok(if failed > 0 { Exit::Findings } else { Exit::Ok })
}

/// Tells what was asked, what was expected, what came, and how it came about.
fn failure(test: &RuleTest, title: &str, outcome: &TestOutcome, width: Option<usize>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let name = format!("{name}{}", "\u{a0}".repeat(6_usize.saturating_sub(name.len())));
            text += &paragraph(&format!("{name} {value}"), 2, 9, width).replace('\u{a0}', " ");
        }
    };
    line("act", title);
    line("asked", &asked(test));
    line("item", &item(&test.item));
    for (number, failure) in outcome.failures.iter().enumerate() {
        line(if number == 0 { "result" } else { "\u{a0}" }, failure);
    }
    for (number, step) in outcome.steps.iter().enumerate() {
        line(if number == 0 { "why" } else { "\u{a0}" }, step);
    }
    text
}

fn asked(test: &RuleTest) -> String {
    let mut parts = vec![format!("as of {}", test.as_of)];
    parts.extend(test.known_on.map(|day| format!("as known on {day}")));
    parts.push(if test.jurisdictions.is_empty() {
        "of nowhere".to_owned()
    } else {
        format!("of {}", test.jurisdictions.join(", "))
    });
    if !test.audiences.is_empty() {
        parts.push(format!("belonging to {}", test.audiences.join(", ")));
    }
    parts.extend(test.conditions.iter().map(|(name, answer)| format!("`{name}` is {answer}")));
    parts.join("; ")
}

fn item(item: &TestItem) -> String {
    let mut parts = Vec::new();
    let mut part = |name: &str, value: &str| {
        if !value.is_empty() {
            parts.push(format!("{name} `{value}`"));
        }
    };
    part("vendor", &item.vendor);
    part("product", &item.product);
    part("version", &item.version);
    for (kind, value) in &item.identifiers {
        part(kind.as_str(), value);
    }
    part("asset", &item.asset);
    part("location", &item.location);
    part("audience", &item.audience);
    part("acquired", &item.acquired.map(|day| day.to_string()).unwrap_or_default());
    part("renewal", &item.renewal.map(|day| day.to_string()).unwrap_or_default());
    parts.join(", ")
}
