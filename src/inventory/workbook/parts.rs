//! The packed parts of a workbook, looked through before anything of them is held in memory.
//!
//! In: a ZIP archive in a file. Out: which kind of workbook it is, and how many rows of its sheets
//! are hidden; or why it is not read: a part that unpacks to too much, a piece of markup or text that
//! would not fit a cell, a count of strings that cannot be true.

use std::fs::File;
use std::io::{self, Read};

use memchr::{memchr, memmem};

use super::{Damage, Error, damaged};
use crate::inventory::container::parts::{for_each_part, has_part};

/// Most bytes that all parts may unpack to.
const MOST_BYTES: u64 = 8 << 30;
/// Most bytes of the strings that sheets share, which are held in memory.
const MOST_STRINGS: u64 = 512 << 20;
/// Most bytes of any other part that is held in memory: styles, names, relations.
const MOST_HELD: u64 = 16 << 20;
/// Longest piece of text or markup. A cell holds 32,767 characters at most.
const MOST_PIECE: usize = 1 << 20;

/// What kind of workbook it is.
pub(super) enum Kind {
    /// XLSX, and how many of its rows are hidden.
    Xml(u64),
    /// XLSB.
    Binary,
    /// ODS.
    OpenDocument,
}

/// Looks through all parts.
pub(super) fn look_through(file: &File) -> Result<Kind, Error> {
    let mut total = 0;
    let mut hidden = 0;
    let mut kind = None;
    let mut is_encrypted = false;
    for_each_part(file, &mut |name, bytes| {
        let lower = name.to_lowercase();
        let is_sheet = lower.contains("worksheets/sheet") || lower.contains("worksheets/") && !lower.contains("_rels/");
        let most = match lower.as_str() {
            _ if is_sheet => MOST_BYTES,
            "content.xml" => MOST_BYTES,
            _ if lower.contains("sharedstrings.") => MOST_STRINGS,
            _ if lower.ends_with(".xml")
                || lower.ends_with(".rels")
                || lower.ends_with("workbook.bin")
                || lower.ends_with("styles.bin") =>
            {
                MOST_HELD
            }
            // Pictures, macros, printer settings: not read at all.
            _ => return Ok(()),
        };
        match lower.as_str() {
            "content.xml" if kind.is_none() => kind = Some(Kind::OpenDocument),
            _ if lower.ends_with("workbook.bin") => kind = Some(Kind::Binary),
            _ => {}
        }
        let mut look = Look { binary: lower.ends_with(".bin"), ..Look::default() };
        look.through(&mut Bounded { inner: bytes, left: most, total: &mut total, name })?;
        is_encrypted |= lower == "meta-inf/manifest.xml" && look.encrypted;
        hidden += look.hidden;
        Ok(())
    })
    .map_err(|error| if Damage::is(&error) { Error::read(error) } else { damaged(&error.to_string()) })?;
    if is_encrypted {
        return Err(super::encrypted());
    }
    if !has_part(file, "[Content_Types].xml") && kind.is_none() {
        return Err(damaged("its main part is missing"));
    }
    Ok(kind.unwrap_or(Kind::Xml(hidden)))
}

/// A part, within bounds.
struct Bounded<'a> {
    inner: &'a mut dyn Read,
    left: u64,
    total: &'a mut u64,
    name: &'a str,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        *self.total += count as u64;
        self.left = self.left.checked_sub(count as u64).filter(|_| *self.total <= MOST_BYTES).ok_or_else(|| {
            Damage::error(format!("its part {} unpacks to more than a workbook may hold", crate::inventory::clip::quote(self.name)))
        })?;
        Ok(count)
    }
}

/// Looks at the pieces of a part: a tag, or the text between two.
#[derive(Default)]
struct Look {
    binary: bool,
    hidden: u64,
    encrypted: bool,
    piece: Vec<u8>,
}

impl Look {
    fn through(&mut self, bytes: &mut Bounded<'_>) -> io::Result<()> {
        let mut buffer = vec![0; 128 << 10];
        if self.binary {
            return records(bytes);
        }
        loop {
            let count = match bytes.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let mut rest = &buffer[..count];
            while !rest.is_empty() {
                // Text goes on to `<`; markup to `>`, comments to `-->`.
                let is_markup = self.piece.first() == Some(&b'<') || self.piece.is_empty() && rest[0] == b'<';
                let end = if is_markup { memchr(b'>', rest).map(|at| at + 1) } else { memchr(b'<', rest) };
                let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
                if self.piece.len() + part.len() > MOST_PIECE {
                    return Err(Damage::error("a cell of it is longer than 1 MiB, as no spreadsheet program writes one"));
                }
                if is_markup || end.is_none() || !self.piece.is_empty() {
                    self.piece.extend_from_slice(part);
                }
                rest = after;
                if end.is_some() && !self.is_open() {
                    self.whole(is_markup)?;
                    self.piece.clear();
                }
            }
        }
    }

    /// Whether a comment or a section of characters goes on.
    fn is_open(&self) -> bool {
        self.piece.starts_with(b"<!--") && !self.piece.ends_with(b"-->")
            || self.piece.starts_with(b"<![CDATA[") && !self.piece.ends_with(b"]]>")
    }

    fn whole(&mut self, is_markup: bool) -> io::Result<()> {
        if !is_markup {
            return Ok(());
        }
        let tag = self.piece.as_slice();
        let name = tag.strip_prefix(b"<").unwrap_or(tag);
        let name = name.split(|&byte| matches!(byte, b' ' | b'>' | b'/' | b'\t' | b'\r' | b'\n')).next().unwrap_or_default();
        let name = name.rsplit(|&byte| byte == b':').next().unwrap_or_default();
        match name {
            b"row" if has_any(tag, &[b" hidden=\"1\"", b" hidden=\"true\""]) => self.hidden += 1,
            b"sst" => {
                if let Some(at) = memmem::find(tag, b"uniqueCount=") {
                    let digits = tag[at + 13..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                    // Nobody has more than a hundred million different texts in half a gigabyte.
                    if digits > 8 {
                        return Err(Damage::error("it claims to hold more texts than it can"));
                    }
                }
            }
            b"encryption-data" => self.encrypted = true,
            _ if tag.starts_with(b"<!DOCTYPE") => {
                return Err(Damage::error("it declares a document type, as no spreadsheet program does"));
            }
            _ => {}
        }
        Ok(())
    }
}

fn has_any(tag: &[u8], wanted: &[&[u8]]) -> bool {
    wanted.iter().any(|wanted| memmem::find(tag, wanted).is_some())
}

/// Walks through the records of a binary part.
fn records(bytes: &mut dyn Read) -> io::Result<()> {
    let mut bytes = io::BufReader::new(bytes);
    while let Some(first) = byte(&mut bytes)? {
        let mut kind = u32::from(first);
        if first & 0x80 != 0 {
            kind |= u32::from(byte(&mut bytes)?.unwrap_or(0)) << 8;
        }
        let mut length = 0;
        for shift in [0, 7, 14, 21] {
            let part = byte(&mut bytes)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            length |= u64::from(part & 0x7f) << shift;
            if part & 0x80 == 0 {
                break;
            }
        }
        if length > MOST_PIECE as u64 {
            return Err(Damage::error("a record of it is longer than 1 MiB, as no spreadsheet program writes one"));
        }
        // Sheets that formulas refer to: their number must fit the record. Kind 362, as its two bytes are written.
        let mut body = bytes.by_ref().take(length);
        if kind == 0x02ea {
            let mut count = [0; 4];
            body.read_exact(&mut count)?;
            if u64::from(u32::from_le_bytes(count)) * 12 > length {
                return Err(Damage::error("a record of it claims to hold more than it can"));
            }
        }
        io::copy(&mut body, &mut io::sink())?;
    }
    Ok(())
}

fn byte(bytes: &mut dyn Read) -> io::Result<Option<u8>> {
    let mut byte = [0];
    Ok((bytes.read(&mut byte)? == 1).then_some(byte[0]))
}
