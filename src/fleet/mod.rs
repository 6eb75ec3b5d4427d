//! Fleets: inventories of any size that stay in the engine they lie in.
//!
//! Hundreds of millions of rows hold some ten thousand distinct items. [`distinct`] is the query that
//! gives these; [`verdicts`] judges each once, for every day, by the very same matcher and evaluator
//! as a check, and writes a table; [`join`] is the query that brings that table back to the rows; and
//! [`export`] makes a report of what the last query gives. Queries are texts in the words of an engine
//! ([`dialect`]); no engine is spoken to.
//!
//! **Identity.** Two rows are the same item when all columns that can decide a verdict are the same:
//! as text, byte for byte, and where one is NULL the other is. [`FIELDS`] are these columns. Which of an
//! item's are NULL is a number, `nulls`: a join on values with that number beside them is a plain
//! equality, which every engine can hash, and a file without NULLs (CSV) loses nothing.

pub mod assess;
pub mod dialect;
pub mod distinct;
pub mod export;
#[cfg(test)]
mod export_tests;
pub mod join;
pub mod load;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(test)]
mod query_tests;
pub mod raw;
pub mod schema;
#[cfg(test)]
mod tests;
pub mod verdicts;

use std::fmt::Write as _;

use crate::decision::Decisions;
use crate::evaluate::{Asker, Days};
use crate::inventory::{DateOrder, Field};
use crate::pack::words::Kind;

/// The fields that can decide a verdict, in the order of their bits in `nulls`.
pub const FIELDS: [Field; 12] = [
    Field::Vendor,
    Field::Product,
    Field::Version,
    Field::Cpe,
    Field::Purl,
    Field::BundleId,
    Field::PackageId,
    Field::Signer,
    Field::Location,
    Field::Audience,
    Field::Acquired,
    Field::Renewal,
];

/// The column that says which of the others are NULL.
pub const NULLS: &str = "nulls";

/// Returns the name of a field's column.
#[must_use]
pub fn column(field: Field) -> String {
    field.as_str().replace('-', "_")
}

/// Returns the bit of a field in `nulls`; none for a field that decides nothing.
#[must_use]
pub fn bit(field: Field) -> Option<u32> {
    FIELDS.iter().position(|&other| other == field).map(|at| 1 << at)
}

/// Returns the names of fields, as the column `columns` has them.
#[must_use]
pub fn columns(fields: impl Iterator<Item = Field>) -> String {
    fields.map(column).collect::<Vec<_>>().join(" ")
}

/// What a place or an audience is called where none is given.
pub const UNSPECIFIED: &str = "unspecified";

/// Whoever asks: one combination of places and audiences.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The places as one word: `US`, `DE+US`.
    pub place: String,
    /// The audiences as one word.
    pub audience: String,
    /// Whoever asks. The day plays no part.
    pub asker: Asker,
}

/// Returns codes or names as one word, whatever their order.
#[must_use]
pub fn word(parts: &[String]) -> String {
    let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    parts.sort_unstable();
    parts.dedup();
    if parts.is_empty() { UNSPECIFIED.to_owned() } else { parts.join("+") }
}

/// What verdicts depend on besides the rules, the item and who asks.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Code of the place of rows that name none.
    pub default_place: Option<&'a str>,
    /// Kinds of act that are left out.
    pub ignored: &'a [Kind],
    /// What was decided about possible matches.
    pub decisions: &'a Decisions,
    /// How days are written where the values do not tell.
    pub dates: Option<DateOrder>,
    /// The days that verdicts are worked out for.
    pub days: Days,
}

impl Terms<'_> {
    /// Says all of it but the days in one line, so that two sets of verdicts can be told apart.
    #[must_use]
    pub fn text(&self, asker: &Asker) -> String {
        let mut text = String::new();
        let mut add = |what: &str, value: &str| {
            let _ = write!(text, "{}{what}={value}", if text.is_empty() { "" } else { " " });
        };
        if let Some(known) = asker.known_on {
            add("known-on", &known.to_string());
        }
        if let Some(place) = self.default_place {
            add("location", place);
        }
        if !self.ignored.is_empty() {
            let mut kinds: Vec<&str> = self.ignored.iter().map(|kind| kind.as_str()).collect();
            kinds.sort_unstable();
            kinds.dedup();
            add("ignore-kind", &kinds.join(","));
        }
        if !asker.conditions.is_empty() {
            let answers: Vec<String> = asker.conditions.iter().map(|(name, is)| format!("{name}:{is}")).collect();
            add("conditions", &crate::model::digest::sha256(answers.join("\n").as_bytes()));
        }
        let decisions = self.decisions.digest();
        if !decisions.is_empty() {
            add("decisions", &decisions);
        }
        match self.dates {
            Some(DateOrder::DayFirst) => add("dates", "day-first"),
            Some(DateOrder::MonthFirst) => add("dates", "month-first"),
            None => {}
        }
        if text.is_empty() { "default".to_owned() } else { text }
    }
}
