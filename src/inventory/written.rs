//! Rows that need only be counted, told by the bytes of their cells.
//!
//! Most rows of a large table name a product that no rule could ever reach, in a place that was met
//! before, or an item about which nothing was found. Once the sink has said so of one row, others that are
//! written alike are counted without being put together.

use super::Quiet;
use super::common::Common;
use super::keys::Keys;
use super::records::Span;
use super::table::{Counted, range};

/// So many products, places and items are known. When they are more, all are forgotten: what comes often comes soon again.
pub(super) const MOST: usize = 1 << 16;
/// Their texts take up so much.
const MOST_BYTES: usize = 4 * 1024 * 1024;

fn is_full(count: usize, bytes: usize) -> bool {
    count >= MOST || bytes >= MOST_BYTES
}

/// What was counted so far, by the cells that say what an item is and where.
pub(super) struct Written {
    product: Columns,
    place: Columns,
    item: Columns,
    products: Common<Product>,
    places: Keys<Quiet>,
    items: Keys<Quiet>,
    room: Vec<u8>,
    /// How often a row was known, since all were forgotten.
    known: usize,
}

/// What is known of a product.
#[derive(Clone, Copy)]
enum Product {
    /// Nothing is ever found about it.
    Quiet,
    /// It depends on the item.
    ByItem,
}

/// Columns whose cells make up a key.
enum Columns {
    /// They stand side by side, from one to another.
    Run(usize, usize),
    Several(Vec<usize>),
}

/// What stands between the cells of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// Delimiters, so that where cells end can be told from the text.
    Delimiters,
    #[cfg(feature = "parquet")]
    Nothing,
}

impl Columns {
    fn new(mut columns: Vec<usize>, between: Between) -> Self {
        columns.sort_unstable();
        columns.dedup();
        match columns[..] {
            [only] if between == Between::Delimiters => Self::Run(only, only),
            [first, .., last] if last - first + 1 == columns.len() && between == Between::Delimiters => Self::Run(first, last),
            _ => Self::Several(columns),
        }
    }

    /// Returns the key of a plain record; equal keys mean equal cells. That of a run is its text as it
    /// stands there, from the byte before, which tells whether the first cell is quoted.
    fn key<'k>(&self, bytes: &'k [u8], spans: &[Span], room: &'k mut Vec<u8>) -> &'k [u8] {
        match self {
            &Self::Run(first, last) => &bytes[(spans[first].start as usize).saturating_sub(1)..spans[last].end as usize],
            Self::Several(columns) => {
                room.clear();
                for span in columns.iter().map(|&column| &spans[column]) {
                    room.extend_from_slice(&(span.end - span.start).to_le_bytes());
                    room.extend_from_slice(&bytes[range(span)]);
                }
                room
            }
        }
    }
}

impl Written {
    /// Goes by the cells of these columns; what else a row says must mean nothing to the sink.
    pub(super) fn new(Counted { product, place, item, .. }: Counted, between: Between) -> Self {
        Self {
            product: Columns::new(product, between),
            place: Columns::new(place, between),
            item: Columns::new(item, between),
            products: Common::default(),
            places: Keys::default(),
            items: Keys::default(),
            room: Vec::new(),
            known: 0,
        }
    }

    /// Returns under what a plain record is counted, if it is known.
    #[inline]
    pub(super) fn find(&mut self, bytes: &[u8], spans: &[Span]) -> Option<Quiet> {
        let quiet = match self.products.get(self.product.key(bytes, spans, &mut self.room))? {
            Product::Quiet => self.places.get(self.place.key(bytes, spans, &mut self.room))?,
            Product::ByItem => self.items.get(self.item.key(bytes, spans, &mut self.room))?,
        };
        self.known += 1;
        Some(quiet)
    }

    /// Notes under what the sink counted a plain record. Returns whether that is of use: not where hardly any are met
    /// again.
    pub(super) fn add(&mut self, bytes: &[u8], spans: &[Span], quiet: Quiet) -> bool {
        let is_any_full = is_full(self.products.len(), self.products.bytes())
            || [&self.places, &self.items].into_iter().any(|keys| is_full(keys.len(), keys.bytes()));
        if is_any_full {
            if self.known < MOST {
                return false;
            }
            self.products.clear();
            self.places.clear();
            self.items.clear();
            self.known = 0;
        }
        let product = match quiet {
            Quiet::Product(_) => {
                self.places.put(self.place.key(bytes, spans, &mut self.room), quiet);
                Product::Quiet
            }
            Quiet::Item(_) => {
                self.items.put(self.item.key(bytes, spans, &mut self.room), quiet);
                Product::ByItem
            }
        };
        let key = self.product.key(bytes, spans, &mut self.room);
        if self.products.get(key).is_none() {
            self.products.put(key, product);
        }
        true
    }

    /// Has a thread that reads other records of the table know the products too; what they are counted under is its own.
    pub(super) fn share(&mut self, other: &mut Self) {
        other.products = self.products.part();
    }

    /// Learns what other threads know by now.
    pub(super) fn look(&mut self) {
        self.products.look();
    }
}
