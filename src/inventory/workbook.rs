//! Workbooks: XLSX, XLSB, XLS and ODS.
//!
//! Every sheet whose header names a product is read; the others are named in a remark. Rows go out
//! as they are read, but for XLS, which is held as a whole. The value of a formula is the one that
//! was saved with it; a date is a date, whatever it looks like; a number is written as briefly as it
//! can be, so that the version 10 is no `10.0`. What is hidden is read, since hiding a row does not
//! uninstall anything.
//!
//! Sheets are packed, and say how large they are: nothing of that is believed. `parts` looks through
//! the packed parts before they are read, `xls` through the records of the old format.

mod calamine;
mod ods;
mod parts;
mod xls;

use std::fs::File;

use self::calamine::Workbook;
use super::cells::Record;
use super::dates::Order;
use super::sniff::Input;
use super::table::{Header, Rows, Table};
use super::{Damage, Encoding, Error, Kept, Options, Reader, Refusal, Sink, Understood, Unread, clip};
use crate::diag::{Code, nearest};
use crate::model::{DependencyPath, Row};

/// So many rows of a sheet are looked at to find its header.
const SAMPLED: usize = 200;

/// Reads workbooks.
pub(super) struct Workbooks;

impl Reader for Workbooks {
    fn name(&self) -> &'static str {
        "workbook"
    }

    fn description(&self) -> &'static str {
        "workbook: XLSX, XLSB, XLS or ODS; every sheet with a header that names a product"
    }

    fn is_binary(&self) -> bool {
        true
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        matches!(input.head.as_slice(), [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..])
    }

    fn read(&self, input: Input<'_>, options: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let is_old = input.head.starts_with(b"\xd0\xcf");
        let file = input.into_whole()?.into_file().map_err(Error::read)?;
        let mut book = open(file, is_old)?;
        let names: Vec<SheetName> = book.sheets();
        let chosen = choose(&names, options)?;
        let several = chosen.len() > 1;
        let mut read = Read { understood: Vec::new(), left_out: Vec::new(), refusal: None, failed: false };
        for &number in &chosen {
            let sheet = &names[number];
            let mut sink = InSheet { sheet: several.then_some(sheet.name.as_str()), sink: &mut *sink };
            read.sheet(&mut *book, number, sheet, options, &mut sink);
        }
        match book.hidden_rows() {
            0 => {}
            1 => sink.remark("1 hidden row was read as well".to_owned()),
            count => sink.remark(format!("{count} hidden rows were read as well")),
        }
        read.finish(&names, sink)
    }
}

fn open(file: File, is_old: bool) -> Result<Box<dyn Book>, Error> {
    if is_old {
        return Ok(Box::new(Workbook::old(file)?));
    }
    match parts::look_through(&file)? {
        parts::Kind::OpenDocument => Ok(Box::new(ods::Ods::open(file)?)),
        parts::Kind::Xml(hidden) => Ok(Box::new(Workbook::xml(file, hidden)?)),
        parts::Kind::Binary => Ok(Box::new(Workbook::binary(file)?)),
    }
}

/// One sheet's name.
#[derive(Clone, Debug)]
struct SheetName {
    name: String,
    is_hidden: bool,
}

/// A workbook of any kind.
trait Book {
    fn sheets(&self) -> Vec<SheetName>;

    /// Gives the rows of a sheet to `take`.
    fn rows(&mut self, number: usize, take: &mut dyn FnMut(&mut dyn Cells) -> Result<(), Error>) -> Result<(), Error>;

    /// How many rows of it are hidden, where that is known.
    fn hidden_rows(&self) -> u64;
}

/// The rows of a sheet, in their order.
trait Cells {
    /// Reads the next row that holds something; false at the end.
    fn next_row(&mut self, row: &mut Record) -> Result<bool, Error>;
}

/// Returns the numbers of the sheets to read: the one that the user names, else all.
fn choose(names: &[SheetName], options: &Options) -> Result<Vec<usize>, Refusal> {
    let Some(wanted) = options.sheet.as_deref() else { return Ok((0..names.len()).collect()) };
    let exact = names.iter().position(|sheet| sheet.name == wanted);
    let folded = || names.iter().position(|sheet| sheet.name.trim().to_lowercase() == wanted.trim().to_lowercase());
    if let Some(number) = exact.or_else(folded) {
        return Ok(vec![number]);
    }
    let reason = format!("the workbook has no sheet {}", clip::quote(wanted));
    let known = || names.iter().map(|sheet| sheet.name.as_str());
    let help = match nearest(wanted.trim(), known()) {
        Some(near) => format!("did you mean {}?", clip::quote(near)),
        None => format!("its sheets are {}", clip::list(known(), 20)),
    };
    Err(Refusal::new(Code::UnknownSheet, reason).help(help))
}

/// What came of the sheets.
struct Read {
    understood: Vec<Understood>,
    left_out: Vec<(String, &'static str)>,
    /// Why a sheet could not be read as a table, of the first where none could.
    refusal: Option<Refusal>,
    failed: bool,
}

impl Read {
    fn sheet(&mut self, book: &mut dyn Book, number: usize, sheet: &SheetName, options: &Options, sink: &mut dyn Sink) {
        let mut outcome = Ok(None);
        let read = book.rows(number, &mut |cells| {
            outcome = read_sheet(cells, options, sink);
            Ok(())
        });
        match read.and(outcome) {
            Ok(Some(understood)) => {
                if sheet.is_hidden {
                    sink.remark(format!("the sheet {} is hidden, and was read as well", clip::quote(&sheet.name)));
                }
                self.understood.push(Understood { sheet: Some(sheet.name.clone()), ..understood });
            }
            Ok(None) => self.left_out.push((sheet.name.clone(), "it is empty")),
            Err(Error::Refused(refusal)) => {
                let usage = refusal.is_usage();
                let why = if usage { "it lacks a column that was named" } else { "no column of it could be taken for the product" };
                self.left_out.push((sheet.name.clone(), why));
                if self.refusal.is_none() {
                    let reason = format!("sheet {}: {}", clip::quote(&sheet.name), refusal.reason);
                    self.refusal = Some(Refusal { reason, ..refusal });
                }
            }
            Err(Error::Broken(unread)) => {
                self.failed = true;
                sink.unread(unread);
            }
            Err(error @ Error::Io { .. }) => {
                self.failed = true;
                sink.unread(Unread::whole(error.to_string()));
            }
        }
    }

    fn finish(mut self, names: &[SheetName], sink: &mut dyn Sink) -> Result<Understood, Error> {
        // Another sheet may be the one that is meant.
        match self.refusal.take().filter(|_| self.understood.is_empty() && !self.failed) {
            Some(refusal) => Err(refusal.into()),
            None => Ok(self.understood(names, sink)),
        }
    }

    fn understood(mut self, names: &[SheetName], sink: &mut dyn Sink) -> Understood {
        let is_only_one = self.understood.is_empty() && names.len() == 1;
        if !self.left_out.is_empty() && !is_only_one {
            let list = self.left_out.iter().map(|(name, why)| format!("{} ({why})", clip::quote(name)));
            let list: Vec<_> = list.take(10).collect();
            let more = self.left_out.len() - list.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            sink.remark(format!("sheets that were left out: {}{more}", list.join(", ")));
        }
        if self.understood.is_empty() {
            return Understood::new(Encoding::Utf8);
        }
        let mut first = self.understood.remove(0);
        first.others = self.understood;
        first
    }
}

/// Reads a sheet; none where it holds nothing.
fn read_sheet(cells: &mut dyn Cells, options: &Options, sink: &mut dyn Sink) -> Result<Option<Understood>, Error> {
    let mut row = Record::default();
    let mut sample: Vec<Record> = Vec::new();
    let mut ended = Ok(true);
    while sample.len() < SAMPLED {
        ended = cells.next_row(&mut row);
        match &ended {
            Ok(true) if !row.is_empty() => sample.push(row.clone()),
            Ok(true) => {}
            _ => break,
        }
    }
    if sample.is_empty() {
        return ended.map(|_| None);
    }
    let texts: Vec<Vec<String>> = sample.iter().map(Record::cells).collect();
    let header = Header::find(texts.iter(), options);
    let body = texts.iter().skip(header.first_row());
    let table = Table::new(header.texts(&texts), body, Order::MonthFirst, "line break", options);
    let table = table.map_err(|refusal| refusal.line(sample[header.at].line))?;
    let header_line = (!header.is_headerless).then(|| sample[header.at].line);
    let skipped: Vec<u64> = sample[..header.at].iter().map(|row| row.line).collect();
    if let [first, .., last] | [first @ last] = skipped.as_slice() {
        let rows = if first == last { format!("row {first}") } else { format!("rows {first} to {last}") };
        sink.remark(format!("{rows} above the header in row {} skipped", sample[header.at].line));
    }
    for remark in &table.remarks {
        sink.remark(remark.clone());
    }
    let mut rows = Records { rows: Rows::new(&table), errors: 0, first_error: 0 };
    for row in &mut sample[header.first_row()..] {
        rows.hand_on(row, sink);
    }
    while matches!(ended, Ok(true)) {
        ended = cells.next_row(&mut row);
        if matches!(ended, Ok(true)) && !row.is_empty() {
            rows.hand_on(&mut row, sink);
        }
    }
    rows.finish(sink);
    let understood = table.explain(Understood { header_line, ..Understood::new(Encoding::Utf8) });
    ended.map(|_| Some(understood))
}

/// Hands rows to the table, and counts what a remark tells.
struct Records<'t> {
    rows: Rows<'t>,
    errors: u64,
    first_error: u64,
}

impl Records<'_> {
    fn hand_on(&mut self, row: &mut Record, sink: &mut dyn Sink) {
        if let Some(broken) = row.broken {
            return sink.unread(Unread::at(row.line, broken.reason()));
        }
        if row.errors > 0 && self.errors == 0 {
            self.first_error = row.line;
        }
        self.errors += row.errors;
        // Cells of a sheet that are empty are not even written.
        row.widen(self.rows.width());
        self.rows.hand_on(&row.text, &row.spans, row.line, sink);
    }

    fn finish(self, sink: &mut dyn Sink) {
        match self.errors {
            0 => {}
            1 => sink.remark(format!("1 cell (row {}) holds an error such as #REF!, taken as empty", self.first_error)),
            count => {
                sink.remark(format!(
                    "{count} cells hold errors such as #REF!, taken as empty; the first is in row {}",
                    self.first_error
                ));
            }
        }
        self.rows.finish(sink);
    }
}

/// Says of which sheet a remark or an unread row is.
struct InSheet<'s> {
    sheet: Option<&'s str>,
    sink: &'s mut dyn Sink,
}

impl InSheet<'_> {
    fn named(&self, text: String) -> String {
        match self.sheet {
            Some(sheet) => format!("sheet {}: {text}", clip::quote(sheet)),
            None => text,
        }
    }
}

impl Sink for InSheet<'_> {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        self.sink.row(row)
    }

    fn is_kept(&mut self, kept: Kept) -> bool {
        self.sink.is_kept(kept)
    }

    fn path(&mut self, kept: Kept, path: DependencyPath) {
        self.sink.path(kept, path);
    }

    fn unread(&mut self, unread: Unread) {
        let reason = self.named(unread.reason);
        self.sink.unread(Unread { reason, ..unread });
    }

    fn remark(&mut self, remark: String) {
        let remark = self.named(remark);
        self.sink.remark(remark);
    }
}

/// Says that a workbook is closed by a password.
fn encrypted() -> Error {
    Refusal::new(Code::UnreadableArchive, "the workbook is encrypted with a password")
        .help("save it without one, and give that file")
        .into()
}

fn damaged(why: &str) -> Error {
    let reason = format!("the workbook is damaged: {}", clip::clip(why, 120));
    Refusal::new(Code::UnreadableArchive, reason)
        .help("open it in a spreadsheet program and save it again, or export it as CSV")
        .into()
}

#[cfg(test)]
mod tests;
