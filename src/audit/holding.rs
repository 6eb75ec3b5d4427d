//! What an audit keeps of rows that have findings, in few bytes: one record for a product on an asset,
//! not one for each act. The acts are those of the answer that the rows got.
//!
//! Nearly every product stands once on an asset. What several rows have, or a path, is in a record of
//! its own; so is each finding by itself where rows got different answers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashTable;

use super::list::List;
use super::names::Names;
use super::{Map, ROWS_KEPT};
use crate::model::DependencyPath;

/// A product on an asset, of which something was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holding {
    /// Number of the asset's name.
    pub(super) asset: u32,
    /// Number of the decision; the first where rows got different ones.
    pub(super) decision: u32,
    /// Index into [`Book::kinds`], or one of [`SEVERAL`] and [`APART`].
    kind: u32,
    /// Line, or an index.
    at: u32,
}

const SEVERAL: u32 = u32::MAX;
const APART: u32 = u32::MAX - 1;
/// The asset of a holding that was joined to another.
const GONE: u32 = u32::MAX;

/// The rows of a holding.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rows {
    /// One plain row: index into [`Book::kinds`], and its line.
    One(u32, u32),
    /// Index into [`Holdings::tallies`].
    Several(u32),
    /// Index into [`Holdings::apart`].
    Apart(u32),
}

/// What several rows have together.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// The row whose answer counts, as inventory and line.
    pub(super) at: (u32, u64),
    pub(super) rows: u64,
    pub(super) quantity: u64,
    /// The first rows, as inventory and line.
    pub(super) first: Vec<(u32, u64)>,
    /// Number of the owner's name.
    pub(super) owner: u32,
    /// The first row that names its owner.
    pub(super) owner_at: (u32, u64),
    pub(super) path: Option<Box<DependencyPath>>,
}

/// A finding by itself.
#[derive(Clone, Debug)]
pub(super) struct Act {
    /// Index into [`super::Audited::decided`].
    pub(super) decided: u32,
    /// Number of the situation.
    pub(super) situation: u32,
    pub(super) tally: Tally,
}

/// The rows of a holding, with all that belongs to them.
pub(super) enum Own {
    Several(Tally),
    Apart(Vec<Act>),
}

/// All that have findings.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    pub(super) list: List<Holding>,
    pub(super) tallies: Vec<Tally>,
    pub(super) apart: Vec<Vec<Act>>,
    /// Numbers of holdings, by product and asset.
    pub(super) index: HashTable<u32>,
    book: Arc<Mutex<Book>>,
}

/// What all parts of an audit number together, so that no part has names of its own.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) assets: Names,
    pub(super) owners: Names,
    pub(super) kinds: Vec<Kind>,
    numbers: Map<Kind, u32>,
}

/// What many single rows have alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) inventory: u32,
    pub(super) quantity: u64,
    /// Number of the owner's name.
    pub(super) owner: u32,
}

impl Book {
    fn kind(&mut self, kind: Kind) -> u32 {
        *self.numbers.entry(kind).or_insert_with(|| {
            self.kinds.push(kind);
            super::number(self.kinds.len() - 1)
        })
    }
}

impl Holding {
    pub(super) fn new(asset: u32, decision: u32, rows: Rows) -> Self {
        let mut new = Self { asset, decision, kind: 0, at: 0 };
        new.set_rows(rows);
        new
    }

    /// Marks it as one that was joined to another.
    pub(super) fn go(&mut self) {
        self.asset = GONE;
    }

    pub(super) fn is_gone(&self) -> bool {
        self.asset == GONE
    }

    pub(super) fn rows(&self) -> Rows {
        match self.kind {
            SEVERAL => Rows::Several(self.at),
            APART => Rows::Apart(self.at),
            kind => Rows::One(kind, self.at),
        }
    }

    pub(super) fn set_rows(&mut self, rows: Rows) {
        (self.kind, self.at) = match rows {
            Rows::One(kind, line) => (kind, line),
            Rows::Several(at) => (SEVERAL, at),
            Rows::Apart(at) => (APART, at),
        };
    }
}

impl Tally {
    pub(super) fn of_row(at: (u32, u64), quantity: u64, owner: u32) -> Self {
        Self { at, rows: 1, quantity, first: vec![at], owner, owner_at: at, path: None }
    }

    /// Takes in the rows of another. Whose answer counts is for the caller to say.
    pub(super) fn take(&mut self, other: Self) {
        self.rows += other.rows;
        self.quantity = self.quantity.saturating_add(other.quantity);
        if self.first.len() < ROWS_KEPT || other.first.first() < self.first.last() {
            self.first.extend(other.first);
            self.first.sort_unstable();
            self.first.truncate(ROWS_KEPT);
        }
        if other.owner != 0 && (self.owner == 0 || other.owner_at < self.owner_at) {
            (self.owner, self.owner_at) = (other.owner, other.owner_at);
        }
        if let Some(path) = other.path.filter(|path| !path.names.is_empty()) {
            self.came_by(&path);
        }
    }

    /// Takes in how one of its rows came to be there: the shortest way is kept.
    pub(super) fn came_by(&mut self, path: &DependencyPath) {
        let own = self.path.as_ref().filter(|own| !own.names.is_empty());
        if own.is_none_or(|own| path.names.len() < own.names.len()) {
            self.path = Some(Box::new(path.clone()));
        }
    }
}

impl Holdings {
    /// Returns holdings of a part of the same audit, none yet.
    pub(super) fn part(&self) -> Self {
        Self { book: Arc::clone(&self.book), ..Self::default() }
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        // Poisoned where another thread panicked, which ends the run.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the rows of a holding, to take them in elsewhere.
    pub(super) fn take_rows(&mut self, rows: Rows) -> Own {
        let nothing = || Tally { first: Vec::new(), ..Tally::of_row((0, 0), 0, 0) };
        match rows {
            Rows::One(kind, line) => {
                let Kind { inventory, quantity, owner } = self.book().kinds[kind as usize];
                Own::Several(Tally::of_row((inventory, line.into()), quantity, owner))
            }
            Rows::Several(at) => Own::Several(std::mem::replace(&mut self.tallies[at as usize], nothing())),
            Rows::Apart(at) => Own::Apart(std::mem::take(&mut self.apart[at as usize])),
        }
    }

    /// Puts a row where it belongs.
    pub(super) fn put_row(&mut self, (inventory, line): (u32, u64), quantity: u64, owner: u32) -> Rows {
        match u32::try_from(line) {
            Ok(line) => Rows::One(self.book().kind(Kind { inventory, quantity, owner }), line),
            Err(_) => self.put_rows(Own::Several(Tally::of_row((inventory, line), quantity, owner)), None),
        }
    }

    /// Puts rows where they belong.
    pub(super) fn put_rows(&mut self, own: Own, place: Option<Rows>) -> Rows {
        match (own, place) {
            (Own::Several(tally), Some(Rows::Several(at))) => {
                self.tallies[at as usize] = tally;
                Rows::Several(at)
            }
            (Own::Apart(acts), Some(Rows::Apart(at))) => {
                self.apart[at as usize] = acts;
                Rows::Apart(at)
            }
            (Own::Several(tally), _) => {
                self.tallies.push(tally);
                Rows::Several(super::number(self.tallies.len() - 1))
            }
            (Own::Apart(acts), _) => {
                self.apart.push(acts);
                Rows::Apart(super::number(self.apart.len() - 1))
            }
        }
    }
}
