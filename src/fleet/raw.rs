//! Tables that an engine wrote, read back value by value: Parquet, CSV, or JSON lines.
//!
//! Values are bytes as they are, and NULL where they are; nothing is trimmed. Memory is bounded by
//! limits, not by the file.

use std::io::{self, BufRead, BufReader, Read};

use crate::diag::Code;
use crate::inventory::Whole;

/// Longest record.
pub(super) const MOST_RECORD: u64 = 16 << 20;
/// Most columns.
const MOST_COLUMNS: usize = 4096;

/// One value.
pub type Value = Option<Box<[u8]>>;

/// Why a table cannot be read (on).
#[derive(Debug, thiserror::Error)]
pub enum RawError {
    /// It is not what it should be.
    #[error("{reason}")]
    Refused {
        /// Stable code.
        code: Code,
        /// Why.
        reason: String,
    },
    /// The disk or the pipe failed.
    #[error("cannot read the file: {0}")]
    Io(#[from] io::Error),
}

impl RawError {
    pub(super) fn damaged(why: &str) -> Self {
        let why: String = why.chars().take(200).collect();
        Self::Refused { code: Code::UnreadableArchive, reason: format!("the table breaks off or is damaged: {why}") }
    }

    pub(super) fn refused(code: Code, reason: impl Into<String>) -> Self {
        Self::Refused { code, reason: reason.into() }
    }

    /// Returns the stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Refused { code, .. } => *code,
            Self::Io(_) => Code::UnreadableFile,
        }
    }
}

/// Takes records: the number of the row, from 1, and its values in the order of the columns wanted.
/// `false` ends the reading.
pub type Take<'t> = dyn FnMut(u64, &[Value]) -> Result<bool, RawError> + 't;

/// How a table was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Parquet: NULL is NULL.
    Parquet,
    /// CSV: an empty value may be NULL.
    Csv,
    /// JSON lines: NULL is NULL.
    JsonLines,
}

/// A table that was opened.
pub struct RawTable<'r> {
    /// How it was written.
    pub form: Form,
    /// Its columns.
    pub columns: Vec<String>,
    inner: Inner<'r>,
}

enum Inner<'r> {
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet::Raw>),
    Csv(Box<csv::Reader<Limited<Box<dyn Read + 'r>>>>),
    Lines(Box<BufReader<Box<dyn Read + 'r>>>),
}

impl<'r> RawTable<'r> {
    /// Opens a table. What it is, its first bytes tell; Parquet that cannot be sought in is put into a
    /// temporary file first.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn open(mut bytes: Box<dyn Read + 'r>) -> Result<Self, RawError> {
        let mut head = Vec::new();
        bytes.by_ref().take(4).read_to_end(&mut head)?;
        if head == b"PAR1" {
            return Self::parquet(Whole::copy(&mut head.chain(bytes))?.into_file()?);
        }
        let head = if head.starts_with(b"\xef\xbb\xbf") { head.split_off(3) } else { head };
        let is_lines = head.first() == Some(&b'{');
        let bytes: Box<dyn Read + 'r> = Box::new(io::Cursor::new(head).chain(bytes));
        if is_lines {
            return Self::lines(bytes);
        }
        let limited = Limited { bytes, left: MOST_RECORD };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(limited);
        let mut header = csv::ByteRecord::new();
        reader.read_byte_record(&mut header).map_err(csv_error)?;
        reader.get_mut().left = MOST_RECORD;
        if header.len() > MOST_COLUMNS {
            return Err(RawError::refused(Code::LimitPassed, format!("the table has more than {MOST_COLUMNS} columns")));
        }
        let columns = header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        Ok(Self { form: Form::Csv, columns, inner: Inner::Csv(Box::new(reader)) })
    }

    /// Opens a file of Parquet.
    ///
    /// # Errors
    /// Where it cannot be read.
    #[cfg(feature = "parquet")]
    pub fn parquet(file: std::fs::File) -> Result<Self, RawError> {
        let raw = super::parquet::Raw::open(file)?;
        Ok(Self { form: Form::Parquet, columns: raw.columns(), inner: Inner::Parquet(Box::new(raw)) })
    }

    /// Says that Parquet cannot be read.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(feature = "parquet"))]
    pub fn parquet(_: std::fs::File) -> Result<Self, RawError> {
        Err(RawError::refused(Code::UnknownFormat, "this program was built without Parquet"))
    }

    fn lines(bytes: Box<dyn Read + 'r>) -> Result<Self, RawError> {
        Ok(Self { form: Form::JsonLines, columns: Vec::new(), inner: Inner::Lines(Box::new(BufReader::new(bytes))) })
    }

    /// Returns whether it has a column, of JSON lines: whether it may have one.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.form == Form::JsonLines || self.find(name).is_some()
    }

    fn find(&self, name: &str) -> Option<usize> {
        let exact = self.columns.iter().position(|column| column == name);
        exact.or_else(|| self.columns.iter().position(|column| column.trim().eq_ignore_ascii_case(name)))
    }

    /// Reads these columns of every row. A column that is not there is NULL throughout.
    ///
    /// # Errors
    /// Where the table is damaged, or `take` fails.
    pub fn read(self, wanted: &[&str], take: &mut Take<'_>) -> Result<(), RawError> {
        let places: Vec<Option<usize>> = wanted.iter().map(|name| self.find(name)).collect();
        let width = self.columns.len();
        match self.inner {
            #[cfg(feature = "parquet")]
            Inner::Parquet(raw) => raw.read(&places, take),
            Inner::Csv(reader) => read_csv(*reader, width, &places, take),
            Inner::Lines(lines) => read_lines(*lines, wanted, take),
        }
    }
}

fn read_csv<R: Read>(
    mut reader: csv::Reader<Limited<R>>,
    width: usize,
    places: &[Option<usize>],
    take: &mut Take<'_>,
) -> Result<(), RawError> {
    let mut record = csv::ByteRecord::new();
    let mut values: Vec<Value> = vec![None; places.len()];
    let mut number = 0;
    while reader.read_byte_record(&mut record).map_err(csv_error)? {
        reader.get_mut().left = MOST_RECORD;
        number += 1;
        if record.len() != width {
            let line = record.position().map_or(0, csv::Position::line);
            let reason = format!("line {line} has {} columns where the header has {width}", record.len());
            return Err(RawError::refused(Code::UnreadRow, reason));
        }
        for (value, place) in values.iter_mut().zip(places) {
            *value = place.and_then(|place| record.get(place)).map(Box::from);
        }
        if !take(number, &values)? {
            break;
        }
    }
    Ok(())
}

fn read_lines(mut lines: impl BufRead, wanted: &[&str], take: &mut Take<'_>) -> Result<(), RawError> {
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        lines.by_ref().take(MOST_RECORD).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(());
        }
        number += 1;
        if line.len() as u64 >= MOST_RECORD {
            return Err(RawError::refused(Code::LimitPassed, format!("line {number} is longer than {MOST_RECORD} bytes")));
        }
        let row: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&line)
            .map_err(|error| RawError::refused(Code::UnreadRow, format!("line {number} is no JSON object: {error}")))?;
        let value = |name: &&str| {
            let exact = row.get(*name);
            exact.or_else(|| row.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
        };
        let text = |value: &serde_json::Value| -> Value {
            match value {
                serde_json::Value::Null => None,
                serde_json::Value::String(text) => Some(text.as_bytes().into()),
                other => Some(other.to_string().into_bytes().into()),
            }
        };
        let values: Vec<Value> = wanted.iter().map(|name| value(name).and_then(text)).collect();
        if !take(number, &values)? {
            return Ok(());
        }
    }
}

fn csv_error(error: csv::Error) -> RawError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => RawError::refused(
            Code::LimitPassed,
            format!("a row is longer than {MOST_RECORD} bytes; a quotation mark may not close"),
        ),
        csv::ErrorKind::Io(error) => RawError::Io(error),
        other => RawError::damaged(&format!("{other:?}")),
    }
}

/// Bytes of which only so many come before somebody says that they are wanted.
struct Limited<R> {
    bytes: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let count = self.bytes.read(buffer)?;
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}
