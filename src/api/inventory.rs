//! What is to be checked: bytes in any format that the program reads, or items as values.
//!
//! Items travel as JSON lines of our own schema. So they meet the same limits as those of any file, one
//! that is refused is named by its number, and the report is that of a file with the same lines.

use std::borrow::Borrow;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::iter::Fuse;
use std::sync::Arc;

use super::Item;
use crate::inventory::{Encoding, Format, Options};
use crate::pipeline::{Input, Reading};

/// One inventory: its name for the report, and what is in it.
///
/// What a file is, is recognised from its content: tables, workbooks, software bills of materials, lists
/// of package managers, archives of these. `docs/formats.md` lists them all.
pub struct Inventory<'a>(Input<'a>);

impl<'a> Inventory<'a> {
    /// Makes an inventory of bytes. The ending of the name is only a hint.
    pub fn bytes(name: impl Into<String>, bytes: &'a [u8]) -> Self {
        Self::reader(name, bytes)
    }

    /// Makes an inventory of what is read, as it is checked; it is never held as a whole.
    pub fn reader(name: impl Into<String>, reader: impl Read + 'a) -> Self {
        let reader: Box<dyn Read + 'a> = Box::new(reader);
        Self(Input::new(name, Ok(Box::new(reader))))
    }

    /// Makes an inventory of a file. A format that has to be read in any order, such as Parquet, is read from the file
    /// itself, where [`reader`](Self::reader) needs a copy on the disk; nothing else may read it meanwhile.
    pub fn file(name: impl Into<String>, file: File) -> Self {
        Self(Input::new(name, Ok(Box::new(file))))
    }

    /// Makes an inventory of items, taken one after the other. Findings name them by number, from 1, as
    /// the lines of the inventory.
    pub fn items<I>(name: impl Into<String>, items: I) -> Self
    where
        I: IntoIterator<Item: Borrow<Item>>,
        I::IntoIter: 'a,
    {
        let lines: Box<dyn Read + 'a> = Box::new(Lines { items: items.into_iter().fuse(), line: Vec::new(), at: 0 });
        let options = Options { format: Format::parse("jsonl"), encoding: Some(Encoding::Utf8), ..Options::default() };
        let reading = Reading { options, ..Reading::default() };
        Self(Input { reading: Some(Arc::new(reading)), ..Input::new(name, Ok(Box::new(lines))) })
    }

    pub(super) fn into_input(self) -> Input<'a> {
        self.0
    }
}

impl fmt::Debug for Inventory<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inventory").field("name", &self.0.name).finish_non_exhaustive()
    }
}

/// Writes items as lines while they are read.
struct Lines<I> {
    items: Fuse<I>,
    line: Vec<u8>,
    /// Bytes of the line that are read.
    at: usize,
}

impl<I: Iterator<Item: Borrow<Item>>> Read for Lines<I> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            let Some(item) = self.items.next() else { return Ok(0) };
            self.line.clear();
            self.at = 0;
            item.borrow().write_line(&mut self.line)?;
        }
        let count = out.len().min(self.line.len() - self.at);
        out[..count].copy_from_slice(&self.line[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
