//! A diagnostic that stands alone: the texts that it points into need not be kept.

use std::fmt;

use crate::diag::{Diagnostic, Diagnostics, Place, Renderer, Severity, Sources};

/// Something that is wrong in a rule file or an inventory.
///
/// Shown with `{}` it is what the program prints: code, file, line, column, the marked text and help,
/// safe to print whatever the file holds. The single parts are as the file has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    diagnostic: Diagnostic,
    file: Option<String>,
    line: Option<u64>,
    column: Option<u64>,
    shown: String,
}

impl Problem {
    pub(super) fn new(diagnostic: Diagnostic, sources: &Sources) -> Self {
        let (file, line, column) = match &diagnostic.place {
            Place::None => (None, None, None),
            Place::File(name) => (Some(name.clone()), None, None),
            Place::Line(name, line, column) => (Some(name.clone()), Some(*line), *column),
            Place::Span(source, start, _) => {
                let before = sources.text(*source).get(..*start).unwrap_or_default();
                let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u64 + 1;
                (Some(sources.name(*source).to_owned()), Some(sources.line(*source, *start)), Some(column))
            }
        };
        let shown = Renderer { colour: false }.render(&diagnostic, sources);
        Self { diagnostic, file, line, column, shown }
    }

    pub(super) fn list(diagnostics: Diagnostics, sources: &Sources) -> Vec<Self> {
        diagnostics.into_iter().map(|diagnostic| Self::new(diagnostic, sources)).collect()
    }

    /// Returns whether the data cannot be used as it stands; else it is a warning.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.diagnostic.severity == Severity::Error
    }

    /// Returns the stable code, such as `dates-reversed`; `docs/diagnostics.md` lists them.
    #[must_use]
    pub fn code(&self) -> &str {
        self.diagnostic.code.as_str()
    }

    /// Returns what is wrong, one sentence without a full stop.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.diagnostic.message
    }

    /// Returns what to do next.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.diagnostic.help.as_deref()
    }

    /// Returns the name of the file, as it was given.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// Returns the line, from 1.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.line
    }

    /// Returns the column, from 1.
    #[must_use]
    pub fn column(&self) -> Option<u64> {
        self.column
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}
