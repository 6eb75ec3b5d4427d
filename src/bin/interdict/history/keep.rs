//! What keeps a history: pruned, exported, verified.

use interdict::diag::Code;
use interdict::history::{Keep, Run};
use interdict::report::{plural, save};

use super::{failed, open};
use crate::args::history::{HistoryExportArgs, HistoryPruneArgs, HistoryVerifyArgs};
use crate::check::period;
use crate::context::now;
use crate::exit::{Done, Exit, Failure};
use crate::run::back;
use crate::terminal::Terminal;

/// Takes old reports away.
pub(super) fn prune(args: &HistoryPruneArgs, terminal: &Terminal) -> Done {
    let keep = match (&args.keep, args.keep_runs) {
        (Some(words), _) => {
            let since = back(&now().to_string(), period("--keep", words)?);
            Keep::Since(since.ok_or_else(|| Failure::usage(Code::InvalidFlag, "`--keep` goes back beyond the calendar"))?)
        }
        (None, count) => Keep::Newest(count.unwrap_or(u64::MAX)),
    };
    let mut store = open(&args.at, terminal)?;
    let gone: Vec<Run> = if args.dry_run { store.prunable(&keep) } else { store.prune(&keep, &now().to_string()) }
        .map_err(|error| failed(&error))?;
    let what = if args.dry_run { "would go" } else { "went; their counts and digests stay" };
    let told = match (gone.first(), gone.last()) {
        (Some(first), Some(last)) => {
            let reports = plural(gone.len() as u64, "report");
            format!("{reports} ({} of {} to {} of {}) {what}\n", first.run, first.day(), last.run, last.day())
        }
        _ => "there is nothing to prune\n".to_owned(),
    };
    terminal.print(&told)?;
    Ok(Exit::Ok)
}

/// Writes the history as JSON lines.
pub(super) fn export(args: &HistoryExportArgs, terminal: &Terminal) -> Done {
    let store = open(&args.at, terminal)?;
    let mut wrong = None;
    let mut fill = |out: &mut dyn std::io::Write| match store.export(!args.without_reports, out) {
        Ok(written) => written,
        Err(error) => {
            let message = error.to_string();
            wrong = Some(error);
            Err(std::io::Error::other(message))
        }
    };
    let written = match &args.file {
        Some(file) if file.as_os_str() != "-" => save::save(file, &mut fill).map_err(|error| Failure::save(&error)),
        _ => terminal.write(&mut fill),
    };
    match wrong {
        Some(error) => Err(failed(&error)),
        None => written.map(|()| Exit::Ok),
    }
}

/// Checks that the history is whole.
pub(super) fn verify(args: &HistoryVerifyArgs, terminal: &Terminal) -> Done {
    let store = open(&args.at, terminal)?;
    let verified = store.verify().map_err(|error| failed(&error))?;
    let mut text = String::new();
    for fault in &verified.faults {
        let run = fault.run.map_or_else(|| "the file".to_owned(), |run| format!("run {run}"));
        text += &format!("{run}: {}\n", interdict::diag::printable(&fault.what));
    }
    let missing: Vec<&String> = args.digest.iter().filter(|digest| !verified.digests.contains(digest.trim())).collect();
    for digest in &missing {
        text += &format!("the chain does not have {}\n", interdict::diag::printable(digest));
    }
    let runs = plural(verified.runs, "run");
    let pruned = if verified.pruned > 0 { format!(", {} of them pruned", verified.pruned) } else { String::new() };
    let is_whole = verified.faults.is_empty() && missing.is_empty();
    let newest = verified.newest.as_deref().unwrap_or("none");
    text += &match is_whole {
        true => format!("whole: {runs}{pruned}; newest digest {newest}\n"),
        false => format!("not whole: {runs}{pruned}; keep the file as it is, and compare it with a copy\n"),
    };
    terminal.print(&text)?;
    Ok(if is_whole { Exit::Ok } else { Exit::Findings })
}
