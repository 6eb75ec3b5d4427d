//! Archives and compressed files: the inventories within one input.
//!
//! In: the bytes of an input. Out: each inventory in it, one after the other, with a name of its
//! own, such as `export.zip!/berlin/fleet.csv`; an input that is no archive is the only one. Nothing
//! is unpacked to a place with a name, and nothing is held in memory as a whole. Archives in
//! archives are opened too. What they may grow to is bounded, since anybody may have made them.
//!
//! A workbook is a ZIP archive as well, but an inventory of its own: it is handed on as it is.

mod compressed;
pub(super) mod parts;
mod tar;
mod zip;

use std::cell::Cell;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use super::sniff::Failing;
use super::whole::Begun;
use super::{Bytes, Damage, Error, Refusal, clip};
use crate::diag::Code;

/// How deep archives may lie in each other; a compressed archive counts twice.
const MOST_DEPTH: usize = 6;
/// Most files of one input.
const MOST_FILES: u64 = 10_000;
/// Most bytes that one input may unpack to.
const MOST_BYTES: u64 = 64 << 30;
/// Most bytes of a ZIP archive itself, which has to be kept in a temporary file.
const MOST_PACKED: u64 = 4 << 30;
/// Nothing that people write shrinks more than this; looked at from [`RATIO_FROM`] bytes on.
const MOST_RATIO: u64 = 250;
/// So many unpacked bytes are let through before the ratio counts.
const RATIO_FROM: u64 = 64 << 20;
/// So many first bytes tell what an input is.
const HEAD: usize = 512;

/// What is found in an input.
pub enum Inside<'a> {
    /// An inventory: its name, and its bytes or why they cannot be had.
    Inventory(&'a str, Result<&'a mut dyn Bytes, Error>),
    /// Files of an archive that are left out: its name, and what they are.
    LeftOut(&'a str, String),
}

/// Takes what is found.
type Take<'t> = &'t mut dyn FnMut(Inside<'_>);

/// Gives every inventory within an input to `take`, in the order of the archive. What cannot be
/// unpacked is given as an error, and the rest goes on.
pub fn unpack(name: &str, bytes: &mut dyn Bytes, take: Take<'_>) {
    let bounds = Bounds { files: Cell::new(0), bytes: Cell::new(0) };
    open(name, bytes, 0, &bounds, take);
}

/// What one input has used of what it may.
struct Bounds {
    files: Cell<u64>,
    bytes: Cell<u64>,
}

impl Bounds {
    /// Counts one more file; none where there are too many.
    fn file(&self) -> Option<()> {
        self.files.set(self.files.get() + 1);
        (self.files.get() <= MOST_FILES).then_some(())
    }

    fn unpacked(&self, count: u64) -> io::Result<()> {
        self.bytes.set(self.bytes.get() + count);
        if self.bytes.get() > MOST_BYTES {
            return Err(Damage::error(format!("the archive unpacks to more than {} GiB; unpack it yourself", MOST_BYTES >> 30)));
        }
        Ok(())
    }
}

/// Looks at the first bytes, and opens what is an archive.
fn open(name: &str, bytes: &mut dyn Bytes, depth: usize, bounds: &Bounds, take: Take<'_>) {
    let whole = bytes.whole();
    let mut head = Vec::with_capacity(HEAD);
    let failed = bytes.take(HEAD as u64).read_to_end(&mut head).err();
    let kind = Kind::of(&head);
    let mut bytes = Begun { bytes: Cursor::new(head).chain(Failing::new(failed)).chain(bytes), whole };
    let Some(kind) = kind else { return take(Inside::Inventory(name, Ok(&mut bytes))) };
    if depth >= MOST_DEPTH {
        let reason = format!("archives lie in each other more than {MOST_DEPTH} deep");
        return refuse(name, limit(reason).help("unpack the outer ones"), take);
    }
    let depth = depth + 1;
    match kind {
        Kind::Zip => zip::open(name, &mut bytes, depth, bounds, take),
        Kind::Tar => tar::open(name, &mut bytes, depth, bounds, take),
        Kind::Gzip => open(name, &mut compressed::gzip(&mut bytes, bounds), depth, bounds, take),
        Kind::Zstandard => open(name, &mut compressed::zstandard(&mut bytes, bounds), depth, bounds, take),
    }
}

/// What is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Zip,
    Gzip,
    Zstandard,
    Tar,
}

impl Kind {
    fn of(head: &[u8]) -> Option<Self> {
        match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            // Frames that are to be skipped may come first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstandard),
            _ if tar::is_header(head) => Some(Self::Tar),
            _ => None,
        }
    }
}

fn refuse(name: &str, refusal: Refusal, take: Take<'_>) {
    take(Inside::Inventory(name, Err(refusal.into())));
}

fn limit(reason: String) -> Refusal {
    Refusal::new(Code::LimitPassed, reason)
}

fn unreadable(reason: String) -> Refusal {
    Refusal::new(Code::UnreadableArchive, reason)
}

fn holds_nothing(name: &str, take: Take<'_>) {
    let help = "if it should, the export went wrong";
    refuse(name, Refusal::new(Code::EmptyInventory, "the archive holds no file").help(help), take);
}

fn too_many_files(name: &str, take: Take<'_>) {
    let refusal = limit(format!("the archive holds more than {MOST_FILES} files; the rest was not read"));
    refuse(name, refusal.help("unpack it, and check the folder that holds the inventories"), take);
}

/// Returns the name of a file within an archive.
fn inner(archive: &str, file: &str) -> String {
    let file = file.replace('\\', "/");
    let file = file.trim_start_matches(['/', '.']).trim_start_matches('/');
    format!("{archive}!/{}", clip::clip(file, 500))
}

/// Whether a file is hidden, as those are that a system adds on its own.
fn is_hidden(file: &str) -> bool {
    file.split(['/', '\\']).any(|part| part == "__MACOSX" || part.starts_with('.') && !matches!(part, "." | ".."))
}

/// The hidden files of one archive.
#[derive(Default)]
struct Hidden {
    count: u64,
    first: String,
}

impl Hidden {
    fn add(&mut self, file: &str) {
        if self.count == 0 {
            self.first = clip::quote(file);
        }
        self.count += 1;
    }

    fn tell(&self, name: &str, take: Take<'_>) {
        match self.count {
            0 => {}
            1 => take(Inside::LeftOut(name, format!("the hidden file {} is left out", self.first))),
            count => take(Inside::LeftOut(name, format!("{count} hidden files, such as {}, are left out", self.first))),
        }
    }
}

/// Counts the bytes that go into unpacking, and notes whether the input itself failed.
struct Packed<R> {
    inner: R,
    state: Rc<PackedState>,
}

#[derive(Default)]
struct PackedState {
    count: Cell<u64>,
    failed: Cell<bool>,
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer);
        match &read {
            Ok(count) => self.state.count.set(self.state.count.get() + *count as u64),
            Err(error) => self.state.failed.set(error.kind() != io::ErrorKind::Interrupted),
        }
        read
    }
}

impl<R: Read> Bytes for Unpacked<'_, R> {}

/// What was unpacked, within bounds. Says in words what is wrong with the packed bytes.
struct Unpacked<'b, R> {
    inner: R,
    /// What it is, such as `gzip data`.
    what: &'static str,
    packed: Rc<PackedState>,
    given: u64,
    bounds: &'b Bounds,
}

impl<R: Read> Read for Unpacked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                self.given += count as u64;
                self.bounds.unpacked(count as u64)?;
                if self.given > RATIO_FROM && self.given / MOST_RATIO > self.packed.count.get() {
                    let reason = format!(
                        "the {} unpacks to more than {MOST_RATIO} times its size, as no inventory does; unpack it yourself",
                        self.what
                    );
                    return Err(Damage::error(reason));
                }
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted || self.packed.failed.get() || Damage::is(&error) => {
                Err(error)
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(Damage::error(format!("the {} breaks off; the file was cut short", self.what)))
            }
            Err(error) => Err(Damage::error(format!("the {} is damaged: {}", self.what, clip::clip(&error.to_string(), 100)))),
        }
    }
}

#[cfg(test)]
mod tests;
