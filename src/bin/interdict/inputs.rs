//! From the inventories on the command line to bytes.

use std::fs::File;
use std::io;

use interdict::diag::{Code, Diagnostic, Sources};
use interdict::inventory::{self, Bytes, Source, SourceError};
use interdict::pipeline::Input;

use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::terminal::Terminal;

/// Returns what the arguments stand for. Every argument that stands for nothing is named; a folder
/// without files is nothing to evaluate, anything else a wrong command line.
pub(crate) fn expand(arguments: &[String], terminal: &Terminal) -> Result<Vec<Source>, Failure> {
    let expanded = inventory::expand(arguments).map_err(|errors| {
        let diagnostics: Vec<Diagnostic> = errors.iter().map(problem).collect();
        terminal.diagnostics(diagnostics.iter(), &Sources::default());
        let nothing = errors.iter().all(|error| matches!(error, SourceError::EmptyFolder { .. }));
        Failure::said(if nothing { Exit::Unread } else { Exit::Usage })
    })?;
    let left_out = left_out(&expanded.hidden);
    terminal.diagnostics(left_out.iter(), &Sources::default());
    Ok(expanded.sources)
}

/// Says that hidden files are left out.
fn left_out(hidden: &[String]) -> Option<Diagnostic> {
    let (first, more) = hidden.split_first()?;
    let first = interdict::diag::printable(first);
    let message = match more.len() {
        0 => format!("hidden, and left out: `{first}`"),
        more => format!("hidden, and left out: `{first}` and {more} more"),
    };
    Some(Diagnostic::warning(Code::LeftOut, message).help("name a hidden file by itself to have it read"))
}

fn problem(error: &SourceError) -> Diagnostic {
    let mut message = error.to_string();
    if let Some(inner) = std::error::Error::source(error) {
        message = format!("{message}: {inner}");
    }
    let help = match error {
        SourceError::EmptyFolder { .. } => "name a folder that holds inventories; there is nothing to evaluate",
        SourceError::NoMatch { .. } | SourceError::InvalidGlob { .. } => {
            "quote globs so that the shell leaves them alone; `**` crosses folders"
        }
        _ => "check the path",
    };
    Diagnostic::error(Code::UnreadableFile, message).help(help)
}

/// Opens an input; why it cannot be opened is part of it.
pub(crate) fn open(source: Source, shown: bool) -> Input<'static> {
    let Some(path) = source.path else {
        let bytes: Box<dyn Bytes> = Box::new(Progress::new(io::stdin().lock(), "standard input", None, shown));
        return Input::new(source.name, Ok(bytes));
    };
    let bytes = File::open(&path).map(|file| {
        let length = file.metadata().ok().filter(|metadata| metadata.is_file()).map(|metadata| metadata.len());
        let bytes: Box<dyn Bytes> = Box::new(Progress::new(file, &source.name, length, shown));
        bytes
    });
    Input::new(source.name, bytes)
}
