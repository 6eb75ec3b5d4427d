//! What readers of plain text share: lines, whichever way they are written, and rows made of copies.

use std::io::Read;

use chrono::NaiveDate;

use super::records::{Records, Step};
use super::sniff::Input;
use super::table::Doubt;
use super::{Error, Kept, Sink, Unread};
use crate::model::{IdentifierKind, Row};

/// The lines of a text, one after the other.
pub(super) struct Lines<'a> {
    records: Records<Box<dyn Read + 'a>>,
    decoded: String,
    foreign: Doubt,
}

impl<'a> Lines<'a> {
    pub(super) fn new(input: Input<'a>) -> Self {
        let bytes: Box<dyn Read + 'a> = Box::new(input.into_reader());
        Self { records: Records::lines(bytes), decoded: String::new(), foreign: Doubt::default() }
    }

    /// Returns the next line without the white space at its end, and its number from 1. What is no
    /// line (too long, NUL bytes) goes to the sink as unread.
    pub(super) fn next(&mut self, sink: &mut dyn Sink) -> Result<Option<(u64, &str)>, Error> {
        loop {
            match self.records.step().map_err(Error::read)? {
                None => return Ok(None),
                Some(Step::Broken(broken)) => {
                    sink.unread(Unread::at(self.records.line(), broken.reason().replace("row", "line")));
                }
                Some(Step::Empty) => return Ok(Some((self.records.line(), ""))),
                Some(Step::Record) => break,
            }
        }
        let line = self.records.line();
        if std::str::from_utf8(self.records.bytes()).is_err() {
            self.foreign.add(line, "");
            self.decoded = encoding_rs::WINDOWS_1252.decode_without_bom_handling(self.records.bytes()).0.into_owned();
            return Ok(Some((line, self.decoded.trim_end())));
        }
        Ok(Some((line, std::str::from_utf8(self.records.bytes()).unwrap_or_default().trim_end())))
    }

    /// Tells what was in doubt.
    pub(super) fn finish(self, sink: &mut dyn Sink) {
        if self.foreign.count > 0 {
            sink.remark(format!("{} not UTF-8, read as Windows-1252", self.foreign.rows()));
        }
    }
}

/// A row of copies, for readers whose rows are put together from several places.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    pub(super) vendor: String,
    pub(super) product: String,
    pub(super) version: String,
    pub(super) asset: String,
    pub(super) acquired: Option<NaiveDate>,
    pub(super) quantity: Option<u64>,
    pub(super) identifiers: Vec<(IdentifierKind, String)>,
}

impl Item {
    /// A package that a package manager knows by its name alone.
    pub(super) fn package(name: &str, version: &str) -> Self {
        Self {
            product: name.to_owned(),
            version: version.to_owned(),
            identifiers: vec![(IdentifierKind::PackageId, name.to_owned())],
            ..Self::default()
        }
    }

    pub(super) fn hand_on(&self, line: u64, sink: &mut dyn Sink) -> Option<Kept> {
        let identifiers: Vec<_> = self.identifiers.iter().map(|(kind, text)| (*kind, text.trim())).collect();
        sink.row(&Row {
            vendor: self.vendor.trim(),
            product: self.product.trim(),
            version: self.version.trim(),
            asset: self.asset.trim(),
            identifiers: &identifiers,
            quantity: self.quantity.unwrap_or(1),
            acquired: self.acquired,
            line,
            ..Row::default()
        })
    }
}
