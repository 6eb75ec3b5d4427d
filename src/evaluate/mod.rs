//! Evaluation: what an act means for an item, for you, in a place, on a day.
//!
//! Pure functions over values, in the order of the contract: an item that matched is **covered**
//! ([`cover`]) or not, **binds** you ([`bind`]) or not, and is in force by **date** ([`in_force`],
//! over the sets of [`interval`]). What is certain and what is doubtful run side by side as
//! [`Strength`]: the first gives the status of the effect, the second only ever a review.
//! `judge` puts them together and keeps what is needed to explain the answer.

pub mod bind;
mod course;
pub mod cover;
pub mod in_force;
mod incomplete;
pub mod interval;
mod judge;
mod owners;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use course::{Courses, Days, Stretch};
pub use incomplete::incomplete_lists;
pub use judge::{Judgement, Judgements, MeasureState, judge, judge_all, judgements, show};

use chrono::NaiveDate;

use crate::model::{ItemDates, Moment, Zone};
use crate::pack::compile::Pack;
use interval::IntervalSet;

/// Who asks, and for when.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Jurisdictions of the organisation, as codes; empty: not given.
    pub jurisdictions: Vec<String>,
    /// Audiences of the organisation, as given; empty: not given.
    pub audiences: Vec<String>,
    /// Whether to be of every audience.
    pub all_audiences: bool,
    /// The point in time asked about.
    pub as_of: Moment,
    /// The day whose knowledge is used; `None`: all that is known.
    pub known_on: Option<Moment>,
    /// Answers to conditions that no inventory holds.
    pub conditions: BTreeMap<String, bool>,
}

/// Where an item is, whose it is, and when it was bought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Situation {
    /// Code of the place; `None` where the row does not say, or names no place we know.
    pub place: Option<String>,
    /// Audience of the asset, where the row says.
    pub audience: Option<String>,
    /// Dates of the item.
    pub dates: ItemDates,
}

/// When something holds: for certain, and only perhaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strength {
    /// When it certainly holds.
    pub firm: IntervalSet,
    /// When it may hold and a person must decide; disjoint from `firm`.
    pub doubt: IntervalSet,
    /// What is not known, where that is why there is doubt.
    pub missing: BTreeSet<String>,
}

impl Strength {
    /// Holds always.
    #[must_use]
    pub fn holds() -> Self {
        Self { firm: IntervalSet::all(), ..Self::default() }
    }

    /// Never holds.
    #[must_use]
    pub fn fails() -> Self {
        Self::default()
    }

    /// Certainly holds within a set.
    #[must_use]
    pub fn within(firm: IntervalSet) -> Self {
        Self { firm, ..Self::default() }
    }

    /// May hold always; says what would have to be known.
    #[must_use]
    pub fn unknown(missing: impl Into<String>) -> Self {
        Self { firm: IntervalSet::none(), doubt: IntervalSet::all(), missing: BTreeSet::from([missing.into()]) }
    }

    /// Returns whether it never holds, not even perhaps.
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.firm.is_empty() && self.doubt.is_empty()
    }

    /// Holds when both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let firm = self.firm.intersection(&other.firm);
        if self.doubt.is_empty() && other.doubt.is_empty() {
            return Self::within(firm);
        }
        let any = self.any().intersection(&other.any());
        let doubt = any.difference(&firm);
        let missing = if doubt.is_empty() { BTreeSet::new() } else { &self.missing | &other.missing };
        Self { firm, doubt, missing }
    }

    /// Holds when either holds.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let firm = self.firm.union(&other.firm);
        if self.doubt.is_empty() && other.doubt.is_empty() {
            return Self::within(firm);
        }
        let doubt = self.doubt.union(&other.doubt).difference(&firm);
        let missing = if doubt.is_empty() { BTreeSet::new() } else { &self.missing | &other.missing };
        Self { firm, doubt, missing }
    }

    /// Returns when it holds, certainly or perhaps.
    #[must_use]
    pub fn any(&self) -> IntervalSet {
        self.firm.union(&self.doubt)
    }

    /// Everything certain becomes doubtful.
    #[must_use]
    pub fn doubted(&self) -> Self {
        Self { firm: IntervalSet::none(), doubt: self.any(), missing: self.missing.clone() }
    }
}

impl Asker {
    /// Asks for that point in time, of nowhere and as nobody in particular, by all that is known.
    #[must_use]
    pub fn new(as_of: Moment) -> Self {
        Self {
            jurisdictions: Vec::new(),
            audiences: Vec::new(),
            all_audiences: false,
            as_of,
            known_on: None,
            conditions: BTreeMap::new(),
        }
    }

    /// Returns the day asked about where no act says in which zone: in that of the first jurisdiction,
    /// else in UTC.
    #[must_use]
    pub fn today(&self, pack: &Pack) -> NaiveDate {
        let zone = self.jurisdictions.first().and_then(|code| pack.catalogue.registry.zone(code)).unwrap_or(Zone::UTC);
        self.as_of.day(zone)
    }

    /// Returns the audiences that `situation` belongs to, with all they imply. Without any:
    /// everyone and companies.
    #[must_use]
    pub fn audiences_of(&self, pack: &Pack, situation: &Situation) -> BTreeSet<String> {
        let registry = &pack.catalogue.registry;
        if self.all_audiences {
            return registry.audiences.keys().cloned().collect();
        }
        let mut own: Vec<String> = self.audiences.iter().chain(&situation.audience).cloned().collect();
        if own.is_empty() {
            own.push("companies".to_owned());
        }
        registry.implied(&own)
    }
}
