//! Rows that need only be counted, told by the numbers of their texts: a file keeps each text that comes
//! often once, and a number stands for it in every row.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::blocks::{Coded, Take};
use crate::inventory::cells::Record;
use crate::inventory::records::MOST_BYTES;
use crate::inventory::table::{Counted, Rows, is_trimmed};
use crate::inventory::written::MOST;
use crate::inventory::{Quiet, Sink, Unread};

/// Longer names of assets are looked at with their row.
const LONG: usize = 4096;

/// Counts the rows that need no more, and hands on the others.
pub(super) struct Counter<'r, 't, 's> {
    rows: &'r mut Rows<'t>,
    sink: &'s mut dyn Sink,
    /// The columns that say what an item is and where; none where a row says more than these.
    columns: Option<Counted>,
    products: HashSet<Key, RandomState>,
    places: HashMap<Key, Quiet, RandomState>,
}

/// The numbers of some texts.
type Key = [u32; 4];

impl<'r, 't, 's> Counter<'r, 't, 's> {
    pub(super) fn new(rows: &'r mut Rows<'t>, sink: &'s mut dyn Sink) -> Self {
        Self { columns: rows.counted(), rows, sink, products: HashSet::default(), places: HashMap::default() }
    }
}

/// Returns the numbers of some texts; none where one has no number, or they are too many.
#[inline]
fn key(row: &Coded<'_>, columns: &[usize]) -> Option<Key> {
    let mut key = [0; 4];
    for (at, &column) in columns.iter().enumerate() {
        *key.get_mut(at)? = row.number(column)?;
    }
    Some(key)
}

impl Take for Counter<'_, '_, '_> {
    fn renumber(&mut self) {
        self.products.clear();
        self.places.clear();
    }

    fn count(&mut self, row: &Coded<'_>) -> bool {
        let quiet = self.columns.as_ref().and_then(|columns| {
            if !self.products.contains(&key(row, &columns.product)?) {
                return None;
            }
            let quiet = self.places.get(&key(row, &columns.place)?)?;
            let asset = row.bytes(columns.asset)?;
            (is_trimmed(asset) && asset.len() < LONG && asset.is_ascii()).then_some((*quiet, asset))
        });
        if let Some((quiet, asset)) = quiet {
            self.sink.count(quiet, asset, 1);
        }
        quiet.is_some()
    }

    fn row(&mut self, record: &Record, row: &Coded<'_>) -> bool {
        if let Some(broken) = record.broken {
            self.sink.unread(Unread::at(record.line, broken.reason()));
            return true;
        }
        let columns = self.columns.as_ref().filter(|_| record.text.len() < MOST_BYTES - LONG);
        let keys = columns.and_then(|columns| Some((key(row, &columns.product)?, key(row, &columns.place)?)));
        let Some((product, place)) = keys else {
            self.rows.hand_on_or_count(&record.text, &record.spans, record.line, self.sink);
            return true;
        };
        self.rows.hand_on(&record.text, &record.spans, record.line, self.sink);
        if let Some(quiet) = self.sink.quiet().filter(|_| self.products.len() < MOST && self.places.len() < MOST) {
            self.products.insert(product);
            self.places.insert(place, quiet);
        }
        true
    }
}
