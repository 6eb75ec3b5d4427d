//! The log of a scheduled run: lines on standard error, as text or JSON, each with the run's number.
//!
//! Only what the program itself has to say is logged: no value of the environment, and texts of
//! inventories made safe to print.

use std::io;

use interdict::diag::{Diagnostic, Place, Severity, Sources, printable};
use tracing::{Level, error, info, warn};

use super::args::history::LogFormat;
use super::exit::Failure;
use super::terminal::Terminal;

/// Where a run says what it does.
pub(crate) struct Log<'a> {
    terminal: &'a Terminal,
    is_on: bool,
}

impl<'a> Log<'a> {
    /// Starts the log; without a format, diagnostics are drawn for people and steps are not told.
    pub(crate) fn start(format: Option<LogFormat>, terminal: &'a Terminal) -> Self {
        // Who reads the log may go away; the run goes on all the same.
        let lines = || {
            let lines = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(Level::INFO).with_target(false);
            lines.log_internal_errors(false)
        };
        match format {
            None => {}
            Some(LogFormat::Text) => lines().with_ansi(false).init(),
            Some(LogFormat::Json) => lines().json().flatten_event(true).with_span_list(false).init(),
        }
        Self { terminal, is_on: format.is_some() }
    }

    /// Tells a step.
    pub(crate) fn step(&self, text: &str) {
        if self.is_on {
            info!("{}", printable(text));
        } else {
            self.terminal.detail(text);
        }
    }

    /// Tells problems.
    pub(crate) fn diagnostics<'d>(&self, diagnostics: impl Iterator<Item = &'d Diagnostic>, sources: &Sources) {
        if self.is_on {
            diagnostics.for_each(|one| self.problem(one, sources));
        } else {
            self.terminal.diagnostics(diagnostics, sources);
        }
    }

    fn problem(&self, one: &Diagnostic, sources: &Sources) {
        let place = match &one.place {
            Place::None => String::new(),
            Place::File(name) => format!(" ({})", printable(name)),
            Place::Line(name, line, _) => format!(" ({}:{line})", printable(name)),
            Place::Span(id, start, _) => format!(" ({}:{})", printable(sources.name(*id)), sources.line(*id, *start)),
        };
        let (code, message) = (one.code.as_str(), printable(&one.message));
        match one.severity {
            Severity::Error => error!(code, "{message}{place}"),
            _ => warn!(code, "{message}{place}"),
        }
    }

    /// Tells why the run failed; everything is said then.
    pub(crate) fn failed(&self, failure: Failure) -> Failure {
        match &failure.diagnostic {
            Some(diagnostic) if self.is_on => {
                self.problem(diagnostic, &Sources::default());
                Failure::said(failure.exit)
            }
            _ => failure,
        }
    }

    /// Returns whether lines are logged.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }
}
