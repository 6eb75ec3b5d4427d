//! XLSX, XLSB and XLS, by the library that reads them.
//!
//! It may panic on what no spreadsheet program writes; that is caught and told as damage.

use std::fs::File;
use std::io::BufReader;

use ::calamine::{
    Cell, Data, DataRef, DataType, Range, Reader as _, Sheet, SheetType, SheetVisible, Xls, XlsError, Xlsb, XlsbError, Xlsx,
    XlsxError,
};

use super::super::cells::plain;
use super::super::guard;
use super::{Book, Cells, Error, Record, SheetName, damaged, encrypted, xls};

type Bytes = BufReader<File>;

/// A workbook, opened.
pub(super) enum Workbook {
    /// XLSX, and how many of its rows are hidden.
    Xml(Box<Xlsx<Bytes>>, u64),
    /// XLSB.
    Binary(Box<Xlsb<Bytes>>),
    /// XLS.
    Old(Box<Xls<Bytes>>),
}

impl Workbook {
    /// Opens XLSX. `hidden` is the number of its hidden rows.
    pub(super) fn xml(file: File, hidden: u64) -> Result<Self, Error> {
        let opened = guarded(|| Xlsx::new(BufReader::new(file)))?;
        let opened = opened.map_err(|error| match error {
            XlsxError::Password => encrypted(),
            error => damaged(&error.to_string()),
        })?;
        Ok(Self::Xml(Box::new(opened), hidden))
    }

    /// Opens XLSB.
    pub(super) fn binary(file: File) -> Result<Self, Error> {
        let opened = guarded(|| Xlsb::new(BufReader::new(file)))?;
        let opened = opened.map_err(|error| match error {
            XlsbError::Password => encrypted(),
            error => damaged(&error.to_string()),
        })?;
        Ok(Self::Binary(Box::new(opened)))
    }

    /// Opens XLS.
    pub(super) fn old(file: File) -> Result<Self, Error> {
        xls::look_through(&file)?;
        let opened = guarded(|| Xls::new(BufReader::new(file)))?;
        let opened = opened.map_err(|error| match error {
            XlsError::Password => encrypted(),
            error => damaged(&error.to_string()),
        })?;
        Ok(Self::Old(Box::new(opened)))
    }

    fn metadata(&self) -> Vec<&Sheet> {
        let sheets = match self {
            Self::Xml(book, _) => book.sheets_metadata(),
            Self::Binary(book) => book.sheets_metadata(),
            Self::Old(book) => book.sheets_metadata(),
        };
        // Charts and macros hold no rows.
        sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).collect()
    }
}

impl Book for Workbook {
    fn sheets(&self) -> Vec<SheetName> {
        let name = |sheet: &&Sheet| SheetName { name: sheet.name.clone(), is_hidden: sheet.visible != SheetVisible::Visible };
        self.metadata().iter().map(name).collect()
    }

    fn hidden_rows(&self) -> u64 {
        if let Self::Xml(_, hidden) = self { *hidden } else { 0 }
    }

    fn rows(&mut self, number: usize, take: &mut dyn FnMut(&mut dyn Cells) -> Result<(), Error>) -> Result<(), Error> {
        let name = self.metadata()[number].name.clone();
        match self {
            Self::Xml(book, _) => {
                let cells = guarded(|| book.worksheet_cells_reader(&name))?;
                let mut cells = cells.map_err(|error| damaged(&error.to_string()))?;
                take(&mut Streamed::new(|| cells.next_cell().map_err(|error| error.to_string())))
            }
            Self::Binary(book) => {
                let cells = guarded(|| book.worksheet_cells_reader(&name))?;
                let mut cells = cells.map_err(|error| damaged(&error.to_string()))?;
                take(&mut Streamed::new(|| cells.next_cell().map_err(|error| error.to_string())))
            }
            Self::Old(book) => {
                let range = guarded(|| book.worksheet_range(&name))?.map_err(|error| damaged(&error.to_string()))?;
                take(&mut Held { range, next: 0 })
            }
        }
    }
}

/// Cells that come one after the other, put together to rows.
struct Streamed<'b, N> {
    next: N,
    pending: Option<Cell<DataRef<'b>>>,
    ended: bool,
}

impl<'b, N: FnMut() -> Result<Option<Cell<DataRef<'b>>>, String>> Streamed<'b, N> {
    fn new(next: N) -> Self {
        Self { next, pending: None, ended: false }
    }

    fn advance(&mut self) -> Result<(), Error> {
        let next = &mut self.next;
        self.pending = match guarded(next) {
            Ok(Ok(cell)) => cell,
            Ok(Err(error)) => return self.fail(breaks_off(&error)),
            Err(error) => return self.fail(error),
        };
        self.ended = self.pending.is_none();
        Ok(())
    }

    fn fail(&mut self, error: Error) -> Result<(), Error> {
        self.ended = true;
        Err(error)
    }
}

impl<'b, N: FnMut() -> Result<Option<Cell<DataRef<'b>>>, String>> Cells for Streamed<'b, N> {
    fn next_row(&mut self, row: &mut Record) -> Result<bool, Error> {
        if self.pending.is_none() && !self.ended {
            self.advance()?;
        }
        let Some(cell) = &self.pending else { return Ok(false) };
        let number = cell.get_position().0;
        row.begin(u64::from(number) + 1);
        while let Some(cell) = self.pending.take() {
            if cell.get_position().0 != number {
                self.pending = Some(cell);
                break;
            }
            put(row, cell.get_position().1, cell.get_value())?;
            // The row that a break lies in is not whole.
            self.advance()?;
        }
        Ok(true)
    }
}

fn breaks_off(error: &str) -> Error {
    let reason = format!("the sheet breaks off or is damaged: {}", crate::inventory::clip::clip(error, 100));
    Error::Broken(crate::inventory::Unread::whole(reason))
}

/// A sheet that is held as a whole.
struct Held {
    range: Range<Data>,
    next: usize,
}

impl Cells for Held {
    fn next_row(&mut self, row: &mut Record) -> Result<bool, Error> {
        let Some((top, left)) = self.range.start() else { return Ok(false) };
        if self.next >= self.range.height() {
            return Ok(false);
        }
        row.begin(u64::from(top) + self.next as u64 + 1);
        for (column, value) in self.range[self.next].iter().enumerate() {
            put(row, left + column as u32, value)?;
        }
        self.next += 1;
        Ok(true)
    }
}

/// Adds a value to a row.
fn put(row: &mut Record, column: u32, value: &impl DataType) -> Result<(), Error> {
    let column = column as usize;
    if let Some(text) = value.get_string() {
        row.put(column, text);
    } else if let Some(number) = value.get_float() {
        row.put(column, &plain(number));
    } else if let Some(number) = value.get_int() {
        row.put(column, &number.to_string());
    } else if let Some(date) = value.get_datetime() {
        match guarded(|| date.is_datetime().then(|| date.as_datetime()).flatten())? {
            Some(date) if date.time() == chrono::NaiveTime::MIN => row.put(column, &date.date().to_string()),
            Some(date) => row.put(column, &date.to_string()),
            None => row.put(column, &plain(date.as_f64())),
        }
    } else if let Some(truth) = value.get_bool() {
        row.put(column, if truth { "TRUE" } else { "FALSE" });
    } else if let Some(text) = value.get_datetime_iso().or_else(|| value.get_duration_iso()) {
        row.put(column, text);
    } else if value.is_error() {
        row.errors += 1;
    }
    Ok(())
}

/// Runs the library. A panic in it is damage.
fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Error> {
    guard::guarded(run).ok_or_else(|| damaged("it holds what no spreadsheet program writes"))
}
