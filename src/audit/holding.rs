//! What an audit keeps of rows that have findings, in few bytes: one record for a product on an asset,
//! not one for each act. The acts are those of the answer that the rows got.
//!
//! Nearly every product stands once on an asset. What several rows have, or a path, is in a record of
//! its own; so is each finding by itself where rows got different answers.

use hashbrown::HashTable;

use super::ROWS_KEPT;
use super::names::Names;
use crate::model::DependencyPath;

/// A product on an asset, of which something was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holding {
    /// Number of the asset's name.
    pub(super) asset: u32,
    /// Number of the answer; the first where rows got different ones.
    pub(super) decision: u32,
    pub(super) rows: Rows,
}

/// The rows of a holding.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rows {
    /// One plain row, with the number of the owner's name.
    One { inventory: u32, line: u32, quantity: u32, owner: u32 },
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
    pub(super) list: Vec<Holding>,
    pub(super) tallies: Vec<Tally>,
    pub(super) apart: Vec<Vec<Act>>,
    /// Numbers of holdings, by product and asset.
    pub(super) index: HashTable<u32>,
    pub(super) assets: Names,
    pub(super) owners: Names,
}

impl Rows {
    fn one(tally: &Tally) -> Option<Self> {
        let Tally { at: (inventory, line), rows: 1, quantity, owner, path: None, .. } = *tally else { return None };
        Some(Self::One { inventory, line: u32::try_from(line).ok()?, quantity: u32::try_from(quantity).ok()?, owner })
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
    /// Returns the rows of a holding, to take them in elsewhere.
    pub(super) fn take_rows(&mut self, rows: Rows) -> Own {
        let nothing = || Tally { first: Vec::new(), ..Tally::of_row((0, 0), 0, 0) };
        match rows {
            Rows::One { inventory, line, quantity, owner } => {
                Own::Several(Tally::of_row((inventory, line.into()), quantity.into(), owner))
            }
            Rows::Several(at) => Own::Several(std::mem::replace(&mut self.tallies[at as usize], nothing())),
            Rows::Apart(at) => Own::Apart(std::mem::take(&mut self.apart[at as usize])),
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
            (Own::Several(tally), _) => Rows::one(&tally).unwrap_or_else(|| {
                self.tallies.push(tally);
                Rows::Several(super::number(self.tallies.len() - 1))
            }),
            (Own::Apart(acts), _) => {
                self.apart.push(acts);
                Rows::Apart(super::number(self.apart.len() - 1))
            }
        }
    }
}
