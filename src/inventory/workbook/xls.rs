//! The records of an XLS workbook, looked through before it is read: the library that reads it
//! holds each sheet as a rectangle, and believes how large the file says that one is.

use std::fs::File;
use std::io::Read;

use super::{Error, Refusal, damaged, encrypted};
use crate::diag::Code;

/// Largest file that is read.
const MOST_FILE: u64 = 256 << 20;
/// Most cells of all sheets, empty ones between others included.
const MOST_CELLS: u64 = 10_000_000;
/// Most records that are looked at: sheets may point into each other.
const MOST_RECORDS: u64 = 50_000_000;
/// Most sheets.
const MOST_SHEETS: usize = 1000;

fn too_large(what: &str) -> Error {
    Refusal::new(Code::LimitPassed, format!("the workbook {what}"))
        .help("save it as XLSX or export it as CSV: those are read row by row")
        .into()
}

/// Looks through a workbook of the old format.
pub(super) fn look_through(file: &File) -> Result<(), Error> {
    let io = |source| Error::Io { operation: "read", source };
    if file.metadata().map_err(io)?.len() > MOST_FILE {
        return Err(too_large("is larger than 256 MiB"));
    }
    let mut book = cfb::CompoundFile::open(file.try_clone().map_err(io)?).map_err(|error| damaged(&error.to_string()))?;
    if book.exists("/EncryptedPackage") {
        return Err(encrypted());
    }
    let name = ["/Workbook", "/Book"].into_iter().find(|name| book.is_stream(name));
    let name = name.ok_or_else(|| {
        Refusal::new(Code::UnknownFormat, "the file is an old Office document or an installer, and no workbook")
            .help("export the inventory as a workbook or as CSV, and give that file")
    })?;
    let mut stream = Vec::new();
    let opened = book.open_stream(name).map_err(|error| damaged(&error.to_string()))?;
    opened.take(MOST_FILE).read_to_end(&mut stream).map_err(|error| damaged(&error.to_string()))?;
    check(&stream)
}

/// The records of a stream from a place on: kind and bytes.
struct Records<'s>(&'s [u8]);

impl<'s> Iterator for Records<'s> {
    type Item = (u16, &'s [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.0.split_first_chunk::<4>()?;
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let body = rest.get(..length)?;
        self.0 = &rest[length..];
        Some((u16::from_le_bytes([head[0], head[1]]), body))
    }
}

const END: u16 = 0x000a;

fn check(stream: &[u8]) -> Result<(), Error> {
    let number = |body: &[u8], at: usize| body.get(at..at + 2).map_or(0, |two| u64::from(u16::from_le_bytes([two[0], two[1]])));
    let sheets: Vec<usize> = Records(stream)
        .take_while(|(kind, _)| *kind != END)
        .filter(|(kind, _)| *kind == 0x0085)
        .filter_map(|(_, body)| Some(u32::from_le_bytes(*body.first_chunk()?) as usize))
        .collect();
    if sheets.len() > MOST_SHEETS {
        return Err(too_large("has more than 1,000 sheets"));
    }
    let (mut cells, mut records) = (0, 0);
    for start in sheets {
        let stream = stream.get(start..).ok_or_else(|| damaged("a sheet lies beyond its end"))?;
        let (mut area, mut depth) = (Area::default(), 0u32);
        for (kind, body) in Records(stream) {
            records += 1;
            if records > MOST_RECORDS {
                return Err(too_large("has more than 50 million records"));
            }
            let (row, column) = (number(body, 0), number(body, 2));
            match kind {
                // Charts within a sheet are a stream of their own.
                0x0809 => depth += 1,
                END if depth <= 1 => break,
                END => depth -= 1,
                _ if depth > 1 => {}
                // The size that the sheet claims, in the form of Excel 97 or of older ones.
                0x0200 => {
                    let long = |at: usize| number(body, at) + (number(body, at + 2) << 16);
                    let (from, to, first, last) = match body.len() {
                        14.. => (long(0), long(4), number(body, 8), number(body, 10)),
                        _ => (number(body, 0), number(body, 2), number(body, 4), number(body, 6)),
                    };
                    if to < from || last < first || (to - from + 1) * (last - first + 1) > MOST_CELLS {
                        return Err(damaged("a sheet claims a size that no sheet has"));
                    }
                }
                0x00bd => {
                    area.add(row, column);
                    area.add(row, column + (body.len() as u64) / 6);
                }
                0x0006 | 0x00d6 | 0x00fd | 0x0203 | 0x0204 | 0x0205 | 0x027e => area.add(row, column),
                _ => {}
            }
        }
        cells += area.cells();
    }
    if cells > MOST_CELLS { Err(too_large("has more than 10 million cells, empty ones included")) } else { Ok(()) }
}

/// The rectangle around the cells of a sheet.
#[derive(Default)]
struct Area(Option<[u64; 4]>);

impl Area {
    fn add(&mut self, row: u64, column: u64) {
        let [top, left, bottom, right] = self.0.unwrap_or([row, column, row, column]);
        self.0 = Some([top.min(row), left.min(column), bottom.max(row), right.max(column)]);
    }

    fn cells(&self) -> u64 {
        self.0.map_or(0, |[top, left, bottom, right]| (bottom - top + 1) * (right - left + 1))
    }
}
