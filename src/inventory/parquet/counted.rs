//! Rows that need only be counted, told by the numbers of their texts: a file keeps each text that comes
//! often once, and a number stands for it in every row.

use std::collections::HashMap;

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
    products: Known<()>,
    places: Known<Quiet>,
}

/// The numbers of some texts.
type Key = [u32; 4];

/// What is known of some texts, by their numbers.
struct Known<V> {
    all: HashMap<Key, V, RandomState>,
    /// What was asked for last of those whose first number ends alike: nearly always it is that again.
    lately: Vec<Option<(Key, V)>>,
}

/// So many numbers end differently.
const LATELY: usize = 1 << 12;

impl<V: Copy> Known<V> {
    fn new() -> Self {
        Self { all: HashMap::default(), lately: vec![None; LATELY] }
    }

    #[inline]
    fn get(&mut self, key: Key) -> Option<V> {
        let lately = &mut self.lately[key[0] as usize % LATELY];
        match lately {
            Some((last, value)) if *last == key => Some(*value),
            _ => {
                let value = *self.all.get(&key)?;
                *lately = Some((key, value));
                Some(value)
            }
        }
    }

    fn clear(&mut self) {
        self.all.clear();
        self.lately.fill(None);
    }
}

impl<'r, 't, 's> Counter<'r, 't, 's> {
    pub(super) fn new(rows: &'r mut Rows<'t>, sink: &'s mut dyn Sink) -> Self {
        Self { columns: rows.counted(), rows, sink, products: Known::new(), places: Known::new() }
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
        let Some(Counted { product, place, asset, .. }) = &self.columns else { return false };
        let (Some(product), Some(place), Some(asset)) = (key(row, product), key(row, place), row.bytes(*asset)) else {
            return false;
        };
        let is_plain = is_trimmed(asset) && asset.len() < LONG && asset.is_ascii();
        if !is_plain || self.products.get(product).is_none() {
            return false;
        }
        let Some(quiet) = self.places.get(place) else { return false };
        self.sink.count(quiet, asset, 1);
        true
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
        if let Some(quiet @ Quiet::Product(_)) = self.sink.quiet()
            && self.products.all.len() < MOST
            && self.places.all.len() < MOST
        {
            self.products.all.insert(product, ());
            self.places.all.insert(place, quiet);
        }
        true
    }
}
