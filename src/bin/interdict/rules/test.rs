//! `interdict rules test`: the inline tests of rules, and what came where another thing was expected.

use std::fmt::Write as _;

use interdict::diag::{Code, Diagnostic, Place, Renderer};
use interdict::ruletest;

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
