//! Standard output and standard error: colour, width, and what is said there.

use std::io::{self, IsTerminal, Write};

use interdict::diag::{Diagnostic, Renderer, Severity, Sources};

use super::args::ColorChoice;
use super::exit::{Exit, Failure};

/// So many diagnostics of one run are shown in full.
const SHOWN: usize = 50;

/// What the program knows of where it writes.
pub(crate) struct Terminal {
    /// Whether standard output takes colour.
    pub(crate) colour: bool,
    /// Whether standard error takes colour.
    error_colour: bool,
    quiet: bool,
    verbose: bool,
}

impl Terminal {
    pub(crate) fn new(choice: ColorChoice, quiet: bool, verbose: bool) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let colour = |is_terminal: bool| match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !plain,
        };
        Self { colour: colour(io::stdout().is_terminal()), error_colour: colour(io::stderr().is_terminal()), quiet, verbose }
    }

    /// Returns the width of standard output, where it is a terminal; or what `COLUMNS` says.
    pub(crate) fn width(&self) -> Option<usize> {
        let told = || std::env::var("COLUMNS").ok()?.parse().ok();
        if !io::stdout().is_terminal() {
            return told();
        }
        terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).or_else(told)
    }

    /// Returns whether progress may be drawn.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Says something that only those who asked for more want to know.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            self.note(text);
        }
    }

    /// Prints diagnostics to standard error: errors always, warnings unless asked to be quiet.
    pub(crate) fn diagnostics<'a>(&self, diagnostics: impl Iterator<Item = &'a Diagnostic>, sources: &Sources) {
        let renderer = Renderer { colour: self.error_colour };
        let wanted: Vec<&Diagnostic> = diagnostics.filter(|one| !self.quiet || one.severity == Severity::Error).collect();
        let mut out = io::stderr().lock();
        for one in wanted.iter().take(SHOWN) {
            let _ = writeln!(out, "{}\n", renderer.render(one, sources));
        }
        if wanted.len() > SHOWN {
            let _ = writeln!(out, "… and {} more\n", wanted.len() - SHOWN);
        }
    }

    /// Says why a command failed.
    pub(crate) fn fail(&self, failure: &Failure) {
        if let Some(diagnostic) = &failure.diagnostic {
            self.diagnostics(std::iter::once(&**diagnostic), &Sources::default());
        }
    }

    /// Says something that is neither a result nor a problem.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr().lock(), "{}", interdict::diag::printable(text));
        }
    }

    /// Writes a result to standard output. A reader that has gone away is no error of ours.
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        self.write(|out| out.write_all(text.as_bytes()))
    }

    /// Lets `fill` write a result to standard output.
    pub(crate) fn write(&self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match fill(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => {
                let message = format!("cannot write to standard output: {error}");
                Err(Failure { exit: Exit::Usage, ..Failure::usage(interdict::diag::Code::UnreadableFile, message) })
            }
            Ok(()) => Ok(()),
        }
    }
}
