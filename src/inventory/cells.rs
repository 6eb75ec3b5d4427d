//! The cells of one record as one text, for formats that give them one by one.

use super::records::{Broken, MOST_BYTES, MOST_FIELDS, Span};

/// The cells of one record, with the place of each in its text.
#[derive(Clone, Default)]
pub(super) struct Record {
    /// Its line, or the number of its row.
    pub(super) line: u64,
    pub(super) text: String,
    pub(super) spans: Vec<Span>,
    /// Cells that hold an error such as `#REF!`.
    pub(super) errors: u64,
    /// Why it cannot be read.
    pub(super) broken: Option<Broken>,
}

impl Record {
    /// Starts a record.
    pub(super) fn begin(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.spans.clear();
        self.errors = 0;
        self.broken = None;
    }

    /// Adds a cell; those before it that were left out are empty. Cells come in their order.
    pub(super) fn put(&mut self, column: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        if column >= MOST_FIELDS {
            self.broken = Some(Broken::TooManyFields);
        } else if self.text.len() + text.len() > MOST_BYTES {
            self.broken = Some(Broken::TooLong);
        } else {
            let start = self.text.len() as u32;
            while self.spans.len() <= column {
                self.spans.push(start..start);
            }
            self.text.push_str(text);
            self.spans[column] = start..self.text.len() as u32;
        }
    }

    /// Makes the cells at the end that were left out empty ones: the record has so many.
    pub(super) fn widen(&mut self, width: usize) {
        let end = self.text.len() as u32;
        while self.spans.len() < width {
            self.spans.push(end..end);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.broken.is_none() && self.errors == 0
    }

    /// Copies the cells.
    pub(super) fn cells(&self) -> Vec<String> {
        let cell = |span: &Span| self.text[span.start as usize..span.end as usize].trim().to_owned();
        self.spans.iter().map(cell).collect()
    }
}

/// Writes a number as briefly as it can be: a version 10 is no `10.0`.
pub(super) fn plain(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.0}") } else { number.to_string() }
}
