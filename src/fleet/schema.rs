//! The columns of the table of verdicts: names, types, and what each says.

use super::dialect::Dialect;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A text.
    Text,
    /// A day.
    Date,
    /// A whole number.
    Whole,
    /// A number with a fraction.
    Real,
}

impl Type {
    /// Returns the type's word in an engine.
    #[must_use]
    pub fn of(self, dialect: Dialect) -> &'static str {
        match self {
            Self::Text => dialect.text_type(),
            Self::Date => "DATE",
            Self::Whole => dialect.number_type(),
            Self::Real => dialect.real_type(),
        }
    }
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// What it says, one sentence.
    pub meaning: &'static str,
}

macro_rules! columns {
    ($($name:literal $kind:ident $meaning:literal)*) => {
        /// All columns, in their order.
        pub const COLUMNS: &[Column] = &[$(Column { name: $name, kind: Type::$kind, meaning: $meaning }),*];
    };
}

columns! {
    "kind" Text "`item`: how the item stands as a whole; `finding`: one measure of one act that says something of it."
    "status" Text "Of an item: its worst status, `clear`, `unidentified` or `unread`; of a finding: the status that the act gives it."
    "valid_from" Date "First day on which that holds; NULL: since ever."
    "valid_until" Date "First day on which it no longer does; NULL: without an end."
    "for_place" Text "The organisation's places: `US`, `DE+US`, or `unspecified`."
    "for_audience" Text "The organisation's audiences: `companies`, `all`, or `unspecified`."
    "columns" Text "The columns that say what the item is."
    "nulls" Whole "Which of these are NULL: the sum of 1 for `vendor`, 2 for `product`, 4 for `version`, and so on in their order."
    "vendor" Text "As in the fleet, byte for byte."
    "product" Text "As in the fleet."
    "version" Text "As in the fleet."
    "cpe" Text "As in the fleet."
    "purl" Text "As in the fleet."
    "bundle_id" Text "As in the fleet."
    "package_id" Text "As in the fleet."
    "signer" Text "As in the fleet."
    "location" Text "As in the fleet."
    "audience" Text "As in the fleet."
    "acquired" Text "As in the fleet."
    "renewal" Text "As in the fleet."
    "acts" Text "Of an item: each act with a finding and its status, such as `us-bis-kaspersky-2024=no-sale`; NULL: none."
    "other_audiences" Text "Of an item: audiences that findings would concern, where they do not concern the organisation."
    "act" Text "Id of the act."
    "part" Whole "Number of the measure among those of the finding, from 1: each finding has one row with 1."
    "measure" Text "The measure's name in the act."
    "effect" Text "What the measure does: `no-sale`, `no-use`, and so on."
    "state" Text "Where the measure stands: `in-force`, `not-enforced`, `upcoming`, `suspended`, `ended`, `to-be-announced`."
    "measure_from" Text "The measure's first instant in force, in its act's zone."
    "measure_until" Text "The first instant at which it no longer is."
    "nexus" Text "What ties the organisation to the act: `territory`, `person` or `destination`."
    "binds" Text "Who is forbidden to act."
    "concerned_as" Text "`bound` or `affected`."
    "next_status" Text "What the finding's status becomes next."
    "next_on" Text "When."
    "entity" Text "Id of the entity that the item was taken for."
    "match_kind" Text "By what: `identifier`, `vendor`, `product` or `similar`."
    "match_field" Text "By which field of the item."
    "match_value" Text "By which value of it."
    "match_alias" Text "The name or pattern that agrees with it."
    "match_score" Real "1 for equal; less for similar."
    "via" Text "The way from that entity to the one the act names, by ` > `."
    "notes" Text "Notes, as in reports."
    "missing" Text "What is not known, where a person must decide."
    "title" Text "The act, in our words."
    "jurisdiction" Text "Code of the act's jurisdiction."
    "authority" Text "Who made the act."
    "citation" Text "Where it was published."
    "url" Text "Its primary source."
    "pack_version" Text "Version of the rules."
    "pack_digest" Text "Digest of the rules."
    "terms" Text "What else the verdicts depend on; `default` where nothing was set."
}

/// Returns the number of a column.
///
/// # Panics
/// Where there is no such column.
#[must_use]
pub fn at(name: &str) -> usize {
    COLUMNS.iter().position(|column| column.name == name).unwrap_or_else(|| panic!("there is no column {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{FIELDS, NULLS, column};

    #[test]
    fn the_item_is_said_in_the_order_of_the_bits() {
        let names: Vec<String> = COLUMNS[at(NULLS) + 1..].iter().take(FIELDS.len()).map(|column| column.name.to_owned()).collect();
        assert_eq!(names, FIELDS.map(column));
        let mut seen = std::collections::BTreeSet::new();
        assert!(COLUMNS.iter().all(|column| seen.insert(column.name) && column.meaning.ends_with('.')));
    }
}
