//! Inventories: what a file is, and its rows one after the other.
//!
//! In: bytes of a file, standard input or a folder. Out: [`Row`]s and [`Unread`] entries, handed
//! to a [`Sink`] as they are read, in the order of the file. A reader keeps no rows; it interprets
//! no vendor, place or date beyond telling the columns apart. Every row ends up either as a row or
//! as an unread entry: nothing is dropped in silence, and a file that breaks off gives what was
//! read before and one unread entry.
//!
//! The order of things: [`expand`] turns the arguments into [`Source`]s; [`read`] looks at the
//! first bytes of one (`sniff`), puts its text into UTF-8, asks the formats of the table
//! [`Format::ALL`] which of them it is, and lets that one read. A format is one file with one
//! `Reader`, and one row in that table.

mod clip;
mod columns;
mod csv;
mod cyclonedx;
mod dates;
mod graph;
mod json;
pub mod jsonl;
mod records;
mod sniff;
mod sources;

use std::fmt;
use std::io::{self, Read};

pub use columns::{Field, known_headers};
pub use sniff::Encoding;
pub use sources::{Source, SourceError, expand};

use crate::diag::Code;
use crate::model::{DependencyPath, Row};
use sniff::Input;

/// Something of an inventory that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Line in the file, from 1, where the format has lines.
    pub line: Option<u64>,
    /// Column (from 1) or the name of the field, where known.
    pub column: Option<String>,
    /// Why, one sentence without a full stop.
    pub reason: String,
}

impl Unread {
    fn at(line: u64, reason: impl Into<String>) -> Self {
        Self { line: Some(line), column: None, reason: reason.into() }
    }

    fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
}

/// A row that the sink keeps because something was found about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept(pub usize);

/// Takes the rows of an inventory.
pub trait Sink {
    /// Takes one row. Returns a handle where the row is kept, so that what becomes known of it
    /// only at the end of the file (its dependency path) can be added.
    fn row(&mut self, row: &Row<'_>) -> Option<Kept>;

    /// Adds how a kept row came to be there.
    fn path(&mut self, kept: Kept, path: DependencyPath);

    /// Takes something that could not be read.
    fn unread(&mut self, unread: Unread);

    /// Takes a remark on the file as a whole: what was recognised only in part.
    fn remark(&mut self, remark: String);
}

/// The formats that can be read. Adding one: a file with a `Reader`, and its rows here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Format {
    /// A table as text.
    Csv,
    /// A CycloneDX SBOM as JSON.
    CycloneDxJson,
    /// Our own schema, one JSON object a line.
    JsonLines,
}

impl Format {
    /// Every format.
    pub const ALL: &[Self] = &[Self::Csv, Self::CycloneDxJson, Self::JsonLines];

    /// The order in which formats are asked whether a file is theirs: the surest signs first; a
    /// table is what is left.
    const BY_SIGNS: &[Self] = &[Self::CycloneDxJson, Self::JsonLines, Self::Csv];

    /// Returns the word for `--input-format` and for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.reader().name()
    }

    /// Returns what the format is, for help texts.
    #[must_use]
    pub fn description(self) -> &'static str {
        self.reader().description()
    }

    /// Returns the format of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name().eq_ignore_ascii_case(name.trim()))
    }

    fn reader(self) -> &'static dyn Reader {
        match self {
            Self::Csv => &csv::Csv,
            Self::CycloneDxJson => &cyclonedx::CycloneDx,
            Self::JsonLines => &jsonl::JsonLines,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One format: how to tell it, and how to read it.
trait Reader {
    /// The word for `--input-format` and for reports.
    fn name(&self) -> &'static str;

    /// What it is, for help texts.
    fn description(&self) -> &'static str;

    /// Whether the first bytes look like it. The name of the file is only a hint.
    fn claims(&self, input: &Input<'_>, options: &Options) -> bool;

    /// Reads all of it.
    fn read(&self, input: Input<'_>, options: &Options, sink: &mut dyn Sink) -> Result<Understood, Error>;
}

/// What the user said about the inventories.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Read as this format, whatever it looks like.
    pub format: Option<Format>,
    /// Headers that the user gave for fields of a table.
    pub columns: Vec<(Field, String)>,
}

/// What a file was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// Its format.
    pub format: Format,
    /// How its text is written.
    pub encoding: Encoding,
    /// What parts the columns of a table; none where there is one column only.
    pub delimiter: Option<char>,
    /// Line of the table's header.
    pub header_line: Option<u64>,
    /// Which header serves which field, in the order of the columns.
    pub columns: Vec<(Field, String)>,
    /// Headers that serve no field.
    pub unused: Vec<String>,
}

impl Understood {
    fn new(format: Format, encoding: Encoding) -> Self {
        Self { format, encoding, delimiter: None, header_line: None, columns: Vec::new(), unused: Vec::new() }
    }
}

/// Why a file could not be taken as an inventory at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable code.
    pub code: Code,
    /// Why, one sentence without a full stop.
    pub reason: String,
    /// What to do next.
    pub help: Option<String>,
    /// Line (from 1) that shows it.
    pub line: Option<u64>,
}

impl Refusal {
    fn new(code: Code, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), help: None, line: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Returns whether the command line is at fault, not the file.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        self.code == Code::UnknownColumn
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// Why reading stopped. Rows handed on before it stand.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is no inventory that can be read.
    #[error("{0}")]
    Refused(Refusal),
    /// The disk or the pipe failed.
    #[error("cannot {operation}")]
    Io {
        /// What was being done, such as `read`.
        operation: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    fn read(source: io::Error) -> Self {
        Self::Io { operation: "read", source }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Reads one inventory from bytes and hands its rows to `sink`. `name` is only used for the hint
/// that its extension gives.
///
/// # Errors
/// When the file as a whole is no inventory, or reading fails. What was handed on before stands.
pub fn read(name: &str, input: &mut dyn Read, options: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
    let input = Input::open(name, input)?;
    let format = match options.format {
        Some(format) => format,
        None => recognise(&input, options)?,
    };
    format.reader().read(input, options, sink)
}

fn recognise(input: &Input<'_>, options: &Options) -> Result<Format, Refusal> {
    Format::BY_SIGNS.iter().copied().find(|format| format.reader().claims(input, options)).ok_or_else(|| {
        let reason = match sniff::looks_like(input) {
            Some(kind) => format!("the file looks like {kind}, which cannot be read as an inventory"),
            None => "the file was not recognised as any inventory format".to_owned(),
        };
        let names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
        Refusal::new(Code::UnknownFormat, reason)
            .help(format!("name the format with `--input-format` ({}) if it is one of these", names.join(", ")))
    })
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_unique_names_and_are_all_asked() {
        let mut names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Format::ALL.len());
        assert_eq!(Format::BY_SIGNS.len(), Format::ALL.len());
        for &format in Format::ALL {
            assert_eq!(Format::parse(format.name()), Some(format));
            assert!(Format::BY_SIGNS.contains(&format));
            assert!(!format.description().is_empty());
        }
        assert_eq!(Format::parse("word"), None);
    }
}
