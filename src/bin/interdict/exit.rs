//! Exit codes: an interface that schedulers and pipelines rely on.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use interdict::diag::{Code, Diagnostic, Place, printable};
use interdict::report::save::SaveError;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All evaluated, nothing at or above `--fail-on`.
    Ok,
    /// Findings at or above `--fail-on`, or what was to be verified is wrong.
    Findings,
    /// Usage, configuration, rule or input error.
    Usage,
    /// Nothing to evaluate, or rows or files that could not be read.
    Unread,
    /// Rule data too old.
    TooOld,
}

impl Exit {
    /// Returns the exit of a gate's code.
    pub(crate) fn of(code: u8) -> Self {
        match code {
            0 => Self::Ok,
            1 => Self::Findings,
            3 => Self::Unread,
            4 => Self::TooOld,
            _ => Self::Usage,
        }
    }

    /// Returns the number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Unread => 3,
            Self::TooOld => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How the program ends.
    pub(crate) exit: Exit,
    /// What is said about it; empty where everything was said already.
    pub(crate) diagnostic: Option<Box<Diagnostic>>,
}

impl Failure {
    /// A command line, configuration or rule that cannot be used.
    pub(crate) fn usage(code: Code, message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, diagnostic: Some(Box::new(Diagnostic::error(code, message))) }
    }

    /// Everything was said already.
    pub(crate) fn said(exit: Exit) -> Self {
        Self { exit, diagnostic: None }
    }

    /// Says what to do next.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(diagnostic) = &mut self.diagnostic {
            diagnostic.help = Some(help.into());
        }
        self
    }

    /// Says where.
    pub(crate) fn at(mut self, place: Place) -> Self {
        if let Some(diagnostic) = &mut self.diagnostic {
            diagnostic.place = place;
        }
        self
    }

    /// A file that could not be opened, read or written.
    pub(crate) fn file(operation: &str, path: &Path, error: &io::Error) -> Self {
        let object = if operation.contains(' ') { "" } else { " the file" };
        Self::usage(Code::UnreadableFile, format!("cannot {operation}{object}: {error}"))
            .at(Place::File(path.display().to_string()))
    }

    /// A file that could not be written as a whole.
    pub(crate) fn save(error: &SaveError) -> Self {
        let reason = error.source.to_string();
        // The name of a temporary file tells nobody anything.
        let reason = reason.split_once(" at path ").map_or(reason.as_str(), |(reason, _)| reason);
        let path = printable(&error.path.to_string_lossy());
        Self::usage(Code::UnreadableFile, format!("cannot {} `{path}`: {reason}", error.operation))
            .help("name a file in a folder that is there and may be written to")
    }
}

/// What a command returns.
pub(crate) type Done = Result<Exit, Failure>;

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn codes_are_those_of_the_documentation() {
        let codes = [(Exit::Ok, 0), (Exit::Findings, 1), (Exit::Usage, 2), (Exit::Unread, 3), (Exit::TooOld, 4)];
        for (exit, code) in codes {
            assert_eq!(exit.code(), code);
            assert_eq!(Exit::of(code), exit);
        }
    }
}
