//! `interdict history`: one file for what is told of runs, one for what keeps them.

mod keep;
mod tell;

use std::path::{Path, PathBuf};

use interdict::diag::{Code, Diagnostic, Place};
use interdict::history::{HistoryError, Mode, Store};

use super::args::PackArgs;
use super::args::history::{HistoryArgs, HistoryAt, HistoryCommand};
use super::context::Session;
use super::exit::{Done, Exit, Failure};
use super::run::history_path;
use super::terminal::Terminal;

/// Runs the subcommand.
pub(crate) fn run(args: &HistoryArgs, terminal: &Terminal) -> Done {
    match &args.command {
        HistoryCommand::List(args) => tell::list(args, terminal),
        HistoryCommand::Show(args) => tell::show(args, terminal),
        HistoryCommand::Diff(args) => tell::diff(args, terminal),
        HistoryCommand::Trend(args) => tell::trend(args, terminal),
        HistoryCommand::Prune(args) => keep::prune(args, terminal),
        HistoryCommand::Export(args) => keep::export(args, terminal),
        HistoryCommand::Verify(args) => keep::verify(args, terminal),
    }
}

/// Opens the history that is meant: the flag over the configuration.
fn open(at: &HistoryAt, terminal: &Terminal) -> Result<Store, Failure> {
    let path = match at.history.clone().filter(|path| !path.as_os_str().is_empty()) {
        Some(path) => path,
        None => configured(at, terminal)?,
    };
    match Store::open(&path, Mode::Existing) {
        // A copy that nobody may write to can be read.
        Err(HistoryError::Io { .. }) => Store::open(&path, Mode::ReadOnly),
        opened => opened,
    }
    .map_err(|error| failed(&error))
}

fn configured(at: &HistoryAt, terminal: &Terminal) -> Result<PathBuf, Failure> {
    let pack = PackArgs { rules: Vec::new(), no_builtin_rules: false, config: at.config.clone(), no_config: false };
    Ok(history_path(&Session::configured(&pack, terminal)?))
}

/// Says what is wrong with the history, and what to do.
pub(crate) fn failed(error: &HistoryError) -> Failure {
    let (code, path, help): (Code, Option<&Path>, &str) = match error {
        HistoryError::Missing(path) => {
            (Code::NoHistory, Some(path), "`interdict run` begins one; --history or --config names another")
        }
        HistoryError::Foreign(path) => {
            (Code::NoHistory, Some(path), "name another file in [history] path; this one was left as it is")
        }
        HistoryError::Newer { path, .. } => {
            (Code::HistoryNewer, Some(path), "use the version of the program that wrote it, or a newer one")
        }
        HistoryError::Corrupt { path, .. } => (
            Code::HistoryDamaged,
            Some(path),
            "keep the file, with those that end in -wal and -shm; put the last good copy in its place, or move it away and a new history begins; `interdict history verify` tells more",
        ),
        HistoryError::Full { path, .. } => {
            (Code::DiskFull, Some(path), "make room and run again: what was recorded is whole, and this run was not recorded")
        }
        HistoryError::Busy(path) => (Code::HistoryBusy, Some(path), "let the other program end, and try again"),
        HistoryError::Io { path, .. } => (Code::UnreadableFile, Some(path), "check the folder, and who may read and write it"),
        HistoryError::Overtaken => (Code::HistoryBusy, None, "run again; this run was not recorded"),
        HistoryError::NoRun(_) => {
            (Code::NoSuchRun, None, "a number, a day such as 2024-07-20, or latest; `interdict history list` names them all")
        }
        HistoryError::Pruned(_) => (Code::NoSuchRun, None, "`interdict history list` says which runs have their reports"),
    };
    let mut diagnostic = Diagnostic::error(code, error.to_string()).help(help);
    if let Some(path) = path {
        diagnostic = diagnostic.at(Place::File(path.display().to_string()));
    }
    Failure { exit: Exit::Usage, diagnostic: Some(Box::new(diagnostic)) }
}
