//! `interdict rules lint`: every problem of rule files.

use std::fmt::Write as _;

use interdict::diag::{Diagnostics, Renderer, Severity};
use interdict::pack::lint::{Own, lint};
use interdict::report::plural;

use super::super::args::RulesLintArgs;
use super::super::context::problems;
use super::super::exit::{Done, Exit};
use super::super::terminal::Terminal;
use super::opened;

/// Runs the command.
pub(super) fn run(args: &RulesLintArgs, terminal: &Terminal) -> Done {
    let (session, shipped) = opened(&args.pack, &args.paths, terminal)?;
    let mut diagnostics = Diagnostics::default();
    diagnostics.extend(session.diagnostics.iter().cloned());
    let mut tests = session.tests.clone();
    if shipped {
        tests.extend(interdict::builtin::tests());
    }
    let own = if shipped { Own::All } else { Own::Layered(&session.entities) };
    lint(&session.pack, &tests, own, &mut diagnostics);
    diagnostics.sort();
    let renderer = Renderer { colour: terminal.colour };
    let mut text = String::new();
    for one in diagnostics.iter() {
        let _ = writeln!(text, "{}\n", renderer.render(one, &session.sources));
    }
    let count = session.pack.catalogue.rules.iter().filter(|rule| shipped || !rule.shipped).count();
    let _ = writeln!(text, "{}: {}", plural(count as u64, "rule"), problems(&diagnostics));
    terminal.print(&text)?;
    Ok(if diagnostics.count(Severity::Error) > 0 { Exit::Usage } else { Exit::Ok })
}
