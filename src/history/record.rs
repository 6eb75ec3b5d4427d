//! What is recorded of a run, and what the next run needs to know of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Change, Moment, Status};
use crate::report::{Configuration, Gate, Report, Summary};

/// A run to be recorded.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// When, as an RFC 3339 instant.
    pub recorded: String,
    /// The report.
    pub report: &'a Report,
    /// The same as JSON, byte for byte.
    pub json: &'a [u8],
    /// Who asks and what is asked, by setting.
    pub settings: BTreeMap<String, String>,
    /// Digests of the rules and entities.
    pub pack: Pack,
    /// What was read.
    pub inputs: Vec<InputRecord>,
    /// What changed since the run before.
    pub changes: Vec<Change>,
    /// What is told of it, to whom.
    pub notices: Vec<Draft>,
}

/// What somebody is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Who is told.
    pub recipient: String,
    /// What is told, as JSON.
    pub body: String,
}

/// What somebody is still to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Made of the digest of the run, and the recipient.
    pub id: String,
    /// The run; none where it failed before it was recorded.
    pub run: Option<u64>,
    /// Digest of the run's link.
    pub digest: Option<String>,
    /// Who is told.
    pub recipient: String,
    /// What is told, as JSON.
    pub body: String,
    /// How often it was tried.
    pub attempts: u64,
    /// When it was recorded.
    pub made: String,
}

/// What became of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery<'a> {
    /// It was sent.
    Sent,
    /// It was not, and is to be tried again.
    Waits(&'a str),
    /// It was not, and is not tried again.
    Failed(&'a str),
}

/// Digests of each rule and entity of a pack, by `rule:ID` and `entity:ID`.
pub type Pack = BTreeMap<String, String>;

/// One input of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct InputRecord {
    /// Name as in the report.
    pub name: String,
    /// `sha256:…` of its bytes; null where they could not be read to the end.
    pub digest: Option<String>,
}

/// What the chain says of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Run {
    /// Number, from 1.
    pub run: u64,
    /// When it was recorded.
    pub recorded: String,
    /// The point in time it asked about, as given.
    pub as_of: String,
    /// The day whose knowledge was used, as given.
    pub known_on: Option<String>,
    /// Version of the program.
    pub tool: String,
    /// Who asked and what was asked, by setting.
    pub settings: BTreeMap<String, String>,
    /// The configuration file.
    pub configuration: Option<Configuration>,
    /// Version of the rules.
    pub rules: String,
    /// Digest of the rules.
    pub rules_digest: String,
    /// Digest over the digests of each rule and entity.
    pub pack_digest: String,
    /// Digest over the names and digests of the inputs.
    pub inputs_digest: String,
    /// How many inputs.
    pub inputs: u64,
    /// Counts.
    pub summary: Summary,
    /// How many findings.
    pub findings: u64,
    /// Whether the run passed.
    pub gate: Gate,
    /// Digest of the report.
    pub report_digest: String,
    /// Digest over the changes since the run before.
    pub changes_digest: String,
    /// How many changes.
    pub changes: u64,
    /// Digest of its link; not part of what is hashed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// Whether its report was pruned; not part of what is hashed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pruned: bool,
}

impl Run {
    /// Returns the day it asked about, as shown.
    #[must_use]
    pub fn day(&self) -> &str {
        day_of(&self.as_of)
    }

    /// Returns its point in time; `None` where it is not written as we write one.
    #[must_use]
    pub fn moment(&self) -> Option<Moment> {
        Moment::parse(&self.as_of)
    }
}

/// Returns the day of a date or an instant.
pub(super) fn day_of(as_of: &str) -> &str {
    as_of.get(..10).unwrap_or(as_of)
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// It is a run now.
    New(Box<Run>),
    /// The newest run is the same.
    Same(Box<Run>),
}

/// The run before, as far as the next one needs it.
#[derive(Clone, Debug)]
pub struct Former {
    /// What the chain says of it.
    pub run: Run,
    /// Digests of the rules and entities.
    pub pack: Pack,
    /// Unread entries by inventory.
    pub inventories: BTreeMap<String, u64>,
    /// The findings that stood, by fingerprint, those that nobody could see among them.
    pub findings: BTreeMap<String, FormerFinding>,
}

/// A finding of the run before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerFinding {
    /// Status when it was last seen.
    pub status: Status,
    /// Last day of the waiver that accepted it.
    pub waived_until: Option<String>,
    /// Whether a waiver accepted it.
    pub waived: bool,
    /// Where it was seen before its inventory could not be read, where that is so.
    pub unseen: bool,
    /// When and where it was last seen.
    pub sighting: Sighting,
    /// Id of the rule.
    pub rule: String,
    /// Vendor as written.
    pub vendor: String,
    /// Product as written.
    pub product: String,
    /// Asset as written.
    pub asset: String,
}

/// Where a finding was last seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// Inventory.
    pub source: String,
    /// Unread entries of that inventory then.
    pub unread: u64,
    /// Unread entries of all inventories then.
    pub all_unread: u64,
}
