//! Rows out of values whose fields are known: a table without a file.
//!
//! In: the fields, and the values of each record as some other program holds them. Out: the same rows
//! that the reader of a table makes of a file with these columns, through the very same functions.

use super::cells::Record;
use super::dates::Order;
use super::table::{Rows, Table};
use super::{DateOrder, Field, Options, Refusal, Sink, Unread};

/// A table whose columns are these fields.
pub struct Direct {
    table: Table,
}

impl Direct {
    /// Makes the table. `sample` are some of its records, from which the order of day and month is
    /// told where `dates` does not say it.
    ///
    /// # Errors
    /// Where none of the fields says what the items are.
    pub fn new(fields: &[Field], sample: &[Vec<String>], dates: Option<DateOrder>) -> Result<Self, Refusal> {
        let names = || fields.iter().map(|field| field.as_str().to_owned());
        let options = Options { columns: fields.iter().copied().zip(names()).collect(), dates, ..Options::default() };
        let table = Table::new(names().collect(), sample.iter(), Order::MonthFirst, "cell", &options)?;
        Ok(Self { table })
    }

    /// Returns what the sample leaves in doubt.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.table.remarks
    }

    /// Starts to read records.
    #[must_use]
    pub fn rows(&self) -> DirectRows<'_> {
        DirectRows { rows: Rows::new(&self.table), record: Record::default() }
    }
}

/// Turns records into rows.
pub struct DirectRows<'t> {
    rows: Rows<'t>,
    record: Record,
}

impl DirectRows<'_> {
    /// Hands on one record as a row or as an unread entry. Its values come in the order of the fields.
    pub fn hand_on<'v>(&mut self, values: impl Iterator<Item = &'v str>, line: u64, sink: &mut dyn Sink) {
        self.record.begin(line);
        let mut width = 0;
        for (column, value) in values.enumerate() {
            self.record.put(column, value);
            width = column + 1;
        }
        self.record.widen(width);
        match self.record.broken {
            Some(broken) => sink.unread(Unread::at(line, broken.reason())),
            None => self.rows.hand_on(&self.record.text, &self.record.spans, line, sink),
        }
    }

    /// Tells what was in doubt.
    pub fn finish(self, sink: &mut dyn Sink) {
        self.rows.finish(sink);
    }
}
