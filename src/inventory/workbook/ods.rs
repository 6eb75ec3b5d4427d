//! OpenDocument spreadsheets. Their sheets lie one after the other in one part, `content.xml`, which is
//! read as a stream.
//!
//! Cells and rows are repeated by a number, most often millions of empty ones up to the edges of the
//! sheet. An empty row is passed over, whatever its number.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::super::cells::plain;
use super::{Book, Cells, Error, Record, SheetName, damaged};
use crate::inventory::container::parts::with_part;
use crate::inventory::records::MOST_FIELDS;

/// Most rows of a sheet; spreadsheet programs have a sixteenth of that.
const MOST_ROWS: u64 = 16 << 20;
/// Longest text of a cell.
const MOST_TEXT: usize = 1 << 20;
/// Most sheets.
const MOST_SHEETS: usize = 10_000;

/// An OpenDocument spreadsheet.
pub(super) struct Ods {
    file: File,
    sheets: Vec<SheetName>,
    hidden: u64,
}

impl Ods {
    /// Opens a spreadsheet: finds the names of its sheets.
    pub(super) fn open(file: File) -> Result<Self, Error> {
        let sheets = with_part(&file, "content.xml", |part| sheets(&mut Xml::new(BufReader::new(part))));
        let sheets = sheets.map_err(|error| damaged(&error.to_string()))??;
        Ok(Self { file, sheets, hidden: 0 })
    }
}

impl Book for Ods {
    fn sheets(&self) -> Vec<SheetName> {
        self.sheets.clone()
    }

    fn hidden_rows(&self) -> u64 {
        self.hidden
    }

    fn rows(&mut self, number: usize, take: &mut dyn FnMut(&mut dyn Cells) -> Result<(), Error>) -> Result<(), Error> {
        let read = with_part(&self.file, "content.xml", |part| {
            let mut xml = Xml::new(BufReader::new(part));
            for _ in 0..=number {
                while !matches!(xml.next()?, Some(Piece::Open(tag)) if tag.name == "table") {}
            }
            let mut rows = Rows { xml, repeats: 0, last: Record::default(), line: 0, hidden: 0, ended: false };
            let taken = take(&mut rows);
            taken.map(|()| rows.hidden)
        });
        let hidden = read.map_err(|error| damaged(&error.to_string()))??;
        self.hidden = self.hidden.saturating_add(hidden);
        Ok(())
    }
}

/// Finds the names of all sheets, and which are hidden.
fn sheets<R: BufRead>(xml: &mut Xml<R>) -> Result<Vec<SheetName>, Error> {
    let mut sheets = Vec::new();
    let mut hidden_styles = BTreeSet::new();
    let mut style = String::new();
    while let Some(piece) = xml.next()? {
        let Piece::Open(tag) = piece else { continue };
        match tag.name.as_str() {
            "style" => style = tag.get("name").unwrap_or_default().to_owned(),
            "table-properties" if tag.get("display") == Some("false") => {
                hidden_styles.insert(style.clone());
            }
            "table" => {
                let is_hidden = tag.get("style-name").is_some_and(|style| hidden_styles.contains(style));
                sheets.push(SheetName { name: tag.get("name").unwrap_or_default().to_owned(), is_hidden });
                if sheets.len() > MOST_SHEETS {
                    return Err(damaged("it has more than 10,000 sheets"));
                }
            }
            _ => {}
        }
    }
    Ok(sheets)
}

/// A tag, with its name and attributes without their prefixes.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> u64 {
        self.get(name).and_then(|value| value.parse().ok()).unwrap_or(1)
    }
}

/// A piece of the document.
enum Piece {
    Open(Tag),
    Close(String),
    Text(String),
}

/// The document, piece by piece.
struct Xml<R> {
    reader: Reader<R>,
    buffer: Vec<u8>,
}

impl<R: BufRead> Xml<R> {
    fn new(bytes: R) -> Self {
        let mut reader = Reader::from_reader(bytes);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new() }
    }

    /// Returns the next piece; none at the end.
    fn next(&mut self) -> Result<Option<Piece>, Error> {
        loop {
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| breaks_off(&error.to_string()))?;
            return Ok(Some(match event {
                Event::Start(tag) => Piece::Open(read_tag(&tag)?),
                Event::End(tag) => Piece::Close(tag.local_name().as_ref().to_owned()),
                Event::Text(text) => Piece::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Piece::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(name) => Piece::Text(reference(&name).unwrap_or_default()),
                Event::Eof => return Ok(None),
                _ => continue,
            }));
        }
    }
}

fn breaks_off(error: &str) -> Error {
    let reason = format!("the sheet breaks off or is damaged: {}", crate::inventory::clip::clip(error, 100));
    Error::Broken(crate::inventory::Unread::whole(reason))
}

fn read_tag(tag: &BytesStart<'_>) -> Result<Tag, Error> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| breaks_off(&error.to_string()))?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| breaks_off(&error.to_string()))?;
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Ok(Tag { name: tag.local_name().as_ref().to_owned(), attributes })
}

/// Returns what `&amp;` and `&#228;` stand for.
fn reference(name: &str) -> Option<String> {
    match name {
        "amp" => Some("&".to_owned()),
        "lt" => Some("<".to_owned()),
        "gt" => Some(">".to_owned()),
        "quot" => Some("\"".to_owned()),
        "apos" => Some("'".to_owned()),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).map(String::from)
        }
    }
}

/// The rows of one sheet.
struct Rows<R> {
    xml: Xml<R>,
    /// How often the last row comes again.
    repeats: u64,
    last: Record,
    line: u64,
    hidden: u64,
    ended: bool,
}

impl<R: BufRead> Cells for Rows<R> {
    fn next_row(&mut self, row: &mut Record) -> Result<bool, Error> {
        while self.repeats == 0 {
            if self.ended || !self.read_row()? {
                self.ended = true;
                return Ok(false);
            }
        }
        self.repeats -= 1;
        self.line += 1;
        if self.line > MOST_ROWS {
            return Err(breaks_off("it has more than 16 million rows"));
        }
        *row = self.last.clone();
        row.line = self.line;
        Ok(true)
    }
}

impl<R: BufRead> Rows<R> {
    /// Reads the next row of the sheet; false at its end.
    fn read_row(&mut self) -> Result<bool, Error> {
        loop {
            match self.xml.next()?.ok_or_else(|| breaks_off("it ends within a sheet"))? {
                Piece::Open(tag) if tag.name == "table-row" => {
                    self.cells()?;
                    let count = tag.number("number-rows-repeated");
                    if self.last.is_empty() {
                        self.line = self.line.saturating_add(count);
                        continue;
                    }
                    if matches!(tag.get("visibility"), Some("collapse" | "filter")) {
                        self.hidden = self.hidden.saturating_add(count);
                    }
                    self.repeats = count;
                    return Ok(true);
                }
                Piece::Close(name) if name == "table" => return Ok(false),
                _ => {}
            }
        }
    }

    fn cells(&mut self) -> Result<(), Error> {
        self.last.begin(0);
        let mut column = 0u64;
        loop {
            match self.xml.next()?.ok_or_else(|| breaks_off("it ends within a row"))? {
                Piece::Open(tag) if matches!(tag.name.as_str(), "table-cell" | "covered-table-cell") => {
                    let text = self.text(&tag.name)?;
                    // One of the two attributes of that name says it, under a prefix of its own.
                    let is_error = tag.attributes.iter().any(|(key, value)| key == "value-type" && value == "error");
                    let value = if is_error { String::new() } else { value(&tag, text) };
                    let count = tag.number("number-columns-repeated");
                    if is_error {
                        self.last.errors += 1;
                    } else if !value.is_empty() {
                        // One beyond the limit is enough to tell that there are too many.
                        for at in column..column.saturating_add(count).min(MOST_FIELDS as u64 + 1) {
                            self.last.put(at as usize, &value);
                        }
                    }
                    column = column.saturating_add(count);
                }
                Piece::Close(name) if name == "table-row" => return Ok(()),
                _ => {}
            }
        }
    }

    /// Reads what a cell shows; notes on it are no part of that.
    fn text(&mut self, cell: &str) -> Result<String, Error> {
        let (mut text, mut note, mut paragraphs) = (String::new(), 0, 0);
        loop {
            match self.xml.next()?.ok_or_else(|| breaks_off("it ends within a cell"))? {
                Piece::Open(tag) => match tag.name.as_str() {
                    "annotation" => note += 1,
                    "p" if note == 0 => {
                        if paragraphs > 0 {
                            text.push('\n');
                        }
                        paragraphs += 1;
                    }
                    "s" if note == 0 => text.extend(std::iter::repeat_n(' ', tag.number("c").min(1000) as usize)),
                    "tab" if note == 0 => text.push('\t'),
                    "line-break" if note == 0 => text.push('\n'),
                    _ => {}
                },
                Piece::Close(name) if name == cell && note == 0 => return Ok(text),
                Piece::Close(name) if name == "annotation" => note -= 1,
                Piece::Text(part) if note == 0 && paragraphs > 0 => text.push_str(&part),
                _ => {}
            }
            if text.len() > MOST_TEXT {
                return Err(breaks_off("a cell of it is longer than 1 MiB"));
            }
        }
    }
}

/// Returns the value of a cell, where it is one; else what the cell shows.
fn value(tag: &Tag, text: String) -> String {
    match tag.get("value-type") {
        Some("date") => tag.get("date-value").unwrap_or(&text).to_owned(),
        Some("float" | "percentage" | "currency") => tag.get("value").and_then(|value| value.parse().ok()).map_or(text, plain),
        _ => text,
    }
}
