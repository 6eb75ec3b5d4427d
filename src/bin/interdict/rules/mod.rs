//! `interdict rules`: one file per subcommand.

mod diff;
mod lint;
mod list;
mod show;
mod status;
mod test;

use std::path::PathBuf;

use interdict::model::Moment;

use super::args::{PackArgs, RulesArgs, RulesCommand};
use super::context::{Session, moment, now};
use super::exit::{Done, Failure};
use super::terminal::Terminal;

/// Runs the subcommand.
pub(crate) fn run(args: &RulesArgs, terminal: &Terminal) -> Done {
    match &args.command {
        RulesCommand::List(args) => list::run(args, terminal),
        RulesCommand::Show(args) => show::run(args, terminal),
        RulesCommand::Lint(args) => lint::run(args, terminal),
        RulesCommand::Test(args) => test::run(args, terminal),
        RulesCommand::Diff(args) => diff::run(args, terminal),
        RulesCommand::Status(args) => status::run(args, terminal),
    }
}

/// Returns the day asked about: the one given, else now.
fn as_of(text: Option<&String>) -> Result<Moment, Failure> {
    text.filter(|text| !text.trim().is_empty()).map_or_else(|| Ok(now()), |text| moment("--as-of", text))
}

/// Opens the rules that are to be looked at: the paths given, or the shipped ones.
fn opened(pack: &PackArgs, paths: &[PathBuf], terminal: &Terminal) -> Result<(Session, bool), Failure> {
    let session = Session::open_with(pack, paths, terminal)?;
    let own = !paths.is_empty() || !pack.rules.is_empty();
    Ok((session, !own && !pack.no_builtin_rules))
}
