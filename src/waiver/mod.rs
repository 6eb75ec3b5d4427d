//! Waivers: findings that somebody answers for, until a day; and, beside them, decisions.
//!
//! In: `waivers.toml`, read strictly. A waiver accepts findings by rule or effect, product and
//! asset; it never hides them: a waived finding stays in every output, marked, and no longer fails
//! the run. A waiver for an effect covers that effect only, so that a worse one that comes later
//! counts. It ends with the last instant of its `until` day in the zone of the act.
//!
//! [`mod@file`] has the file as written, `check` makes it [`Waivers`], `apply` marks findings with them,
//! [`edit`] changes the text of the file and keeps what else is in it. Decisions are handed on to
//! [`crate::decision`], since they count before anything is judged.

mod apply;
mod check;
pub mod edit;
pub mod file;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use globset::GlobMatcher;

pub use apply::{Applied, Entry, Standing};
pub use check::read;
pub use file::WaiverFile;

use crate::decision::Decisions;
use crate::model::Effect;
use crate::pack::name::Folded;
use crate::report;

/// Longest time a waiver may run from today on, in days, where the configuration says nothing else.
pub const MAX_DAYS: i64 = 365;
/// So many days ahead of its end a waiver is said to end.
pub const NOTICE_DAYS: i64 = 42;

/// Waivers and decisions, checked.
#[derive(Clone, Debug)]
pub struct Waivers {
    list: Vec<Waiver>,
    /// The decisions of the file.
    pub decisions: Decisions,
    /// Longest time a waiver may run from today on, in days.
    pub max_days: i64,
}

impl Default for Waivers {
    fn default() -> Self {
        Self { list: Vec::new(), decisions: Decisions::default(), max_days: MAX_DAYS }
    }
}

impl Waivers {
    /// Returns how many waivers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns whether there is no waiver.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

#[derive(Clone, Debug)]
struct Waiver {
    /// Its number in the file, from 1.
    number: usize,
    rule: Option<String>,
    effect: Option<Effect>,
    product: Option<Pattern>,
    asset: Option<Pattern>,
    until: NaiveDate,
    shown: report::Waiver,
    file: String,
    line: u64,
}

/// A glob, as written and ready to match.
#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    glob: GlobMatcher,
}

impl Pattern {
    /// Returns whether a name agrees, as it stands or folded.
    fn matches(&self, name: &str) -> bool {
        self.glob.is_match(name.to_lowercase()) || self.glob.is_match(Folded::new(name).as_str())
    }

    /// Returns whether any name agrees.
    fn is_all(&self) -> bool {
        !self.text.is_empty() && self.text.chars().all(|letter| letter == '*')
    }
}
