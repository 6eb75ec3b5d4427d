//! Inventories: what a file is, and its rows one after the other.
//!
//! In: bytes of a file, standard input or a folder. Out: [`Row`]s and [`Unread`] entries, handed
//! to a [`Sink`] as they are read, in the order of the file. A reader keeps no rows; it interprets
//! no vendor, place or date beyond telling the columns apart. Every row ends up either as a row or
//! as an unread entry: nothing is dropped in silence, and a file that breaks off gives what was
//! read before and one unread entry.

use crate::model::{DependencyPath, Row};

/// Something of an inventory that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Line in the file, from 1, where the format has lines.
    pub line: Option<u64>,
    /// Column (from 1) or the name of the field, where known.
    pub column: Option<String>,
    /// Why, one sentence without a full stop.
    pub reason: String,
}

/// A row that the sink keeps because something was found about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept(pub usize);

/// Takes the rows of an inventory.
pub trait Sink {
    /// Takes one row. Returns a handle where the row is kept, so that what becomes known of it
    /// only at the end of the file (its dependency path) can be added.
    fn row(&mut self, row: &Row<'_>) -> Option<Kept>;

    /// Adds how a kept row came to be there.
    fn path(&mut self, kept: Kept, path: DependencyPath);

    /// Takes something that could not be read.
    fn unread(&mut self, unread: Unread);

    /// Takes a remark on the file as a whole: what was recognised only in part.
    fn remark(&mut self, remark: String);
}
