//! The report: one value that every output format is drawn from.
//!
//! These are wire types: `interdict schema report` is generated from them, `json` writes them as
//! they stand and reads them back. Reporters write what the report says; they decide nothing.
//! Texts that many findings share are shared in memory.

mod assets;
mod csv;
mod cyclonedx;
pub mod dates;
mod escape;
mod findings;
mod format;
mod github;
mod gitlab;
mod html;
pub mod ics;
pub mod json;
mod jsonl;
mod junit;
mod lines;
pub mod listing;
mod markdown;
mod prometheus;
pub mod redact;
mod sarif;
pub mod save;
mod table;
mod timeline_svg;
mod told;
mod words;
mod xlsx;

pub use words::{count as plural, from_now, note};

#[cfg(test)]
mod sample;
#[cfg(test)]
mod testing;
#[cfg(test)]
pub(crate) use sample::report as sample;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::model::{Concern, State};

use crate::model::Status;

pub use findings::{Draw, FindingRef, Findings, FirstRows, ItemRef, Iter, Known, Print, RowAt, RowsRef};
pub use format::{Format, GroupBy, View};

/// The name and version of the report's schema.
pub const SCHEMA: &str = "interdict/report/1";

/// Everything one run found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Report {
    /// Always `interdict/report/1`.
    pub schema: String,
    /// The program that wrote the report.
    pub tool: Tool,
    /// The point in time the run asks about, as given: a date or an RFC 3339 instant.
    pub as_of: String,
    /// The day whose knowledge was used, as given; null for all that is known.
    pub known_on: Option<String>,
    /// Dates at most so many days ahead are listed as deadlines.
    pub horizon_days: u32,
    /// Who asks, and for where.
    pub scope: Scope,
    /// What was replaced by hashes when the report was written: `assets`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
    /// The configuration file used.
    pub configuration: Option<Configuration>,
    /// The rule pack used.
    pub rules: Rules,
    /// What was read.
    pub inventories: Vec<Inventory>,
    /// The list of machines that completed the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<AssetList>,
    /// The baseline that the findings were held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// Decisions that settled matches, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<SettledRows>,
    /// How many items have which status.
    pub summary: Summary,
    /// Each act that has a finding, once, by id.
    pub acts: BTreeMap<String, Act>,
    /// The findings, worst first.
    #[schemars(with = "Vec<Finding>")]
    pub findings: Findings,
    /// Whether the run passes.
    pub gate: Gate,
}

/// The program that wrote a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tool {
    /// `interdict`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Who asks, and for where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scope {
    /// Jurisdictions of the organisation, as codes.
    pub jurisdictions: Vec<String>,
    /// Audiences of the organisation.
    pub audiences: Vec<String>,
    /// Jurisdictions in scope for which the pack holds no act at all: no rule is no all-clear.
    pub without_rules: Vec<String>,
    /// Acts in scope that do not name every party: no match under them is no proof.
    #[serde(default)]
    pub incomplete_lists: Vec<String>,
}

/// The configuration file used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Configuration {
    /// Path as found.
    pub path: String,
    /// `sha256:…` of its bytes.
    pub digest: String,
}

/// The rule pack used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rules {
    /// Version of the shipped pack.
    pub version: String,
    /// Day on which it was built, `YYYY-MM-DD`.
    pub built: String,
    /// `sha256:…` over the rules, entities and registries that were used.
    pub digest: String,
    /// Number of rules.
    pub count: u64,
    /// Ids of shipped rules that a user's file replaced.
    pub replaced: Vec<String>,
}

/// One inventory that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Inventory {
    /// Path as given; `-` for standard input.
    pub source: Arc<str>,
    /// Format it was read as; `unknown` where none fits.
    pub format: String,
    /// Number of rows read as items.
    pub items: u64,
    /// What could not be read.
    pub unread: Vec<UnreadEntry>,
    /// How many entries could not be read; more than are listed where the list was cut.
    pub unread_count: u64,
    /// What was recognised only in part, and other remarks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// A list of machines that completed the rows of the inventories.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AssetList {
    /// Path as given.
    pub source: String,
    /// Machines in it.
    pub entries: u64,
    /// Distinct assets of the inventories that it has.
    pub matched: u64,
    /// Distinct assets of the inventories that it does not have.
    pub unmatched: u64,
    /// The first of these, at most five.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmatched_first: Vec<String>,
}

/// A row or file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UnreadEntry {
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column number or field name.
    pub column: Option<String>,
    /// Why.
    pub reason: String,
}

/// Counts of items, each under its worst status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Summary {
    /// Rows read as items.
    pub items: u64,
    /// Items whose worst status is `banned`.
    pub banned: u64,
    /// Items whose worst status is `no-updates`.
    pub no_updates: u64,
    /// Items whose worst status is `no-sale`.
    pub no_sale: u64,
    /// Items whose worst status is `upcoming`.
    pub upcoming: u64,
    /// Items whose worst status is `advisory`.
    pub advisory: u64,
    /// Items whose worst status is `review`.
    pub review: u64,
    /// Items that nothing applies to.
    pub clear: u64,
    /// Items whose findings are all waived.
    pub waived: u64,
    /// Findings that are waived.
    #[serde(default)]
    pub waived_findings: u64,
    /// Rows whose match a decision settled.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub decided: u64,
    /// Rows with no usable name.
    pub unidentified: u64,
    /// Rows and files that could not be read.
    pub unread: u64,
    /// Distinct assets.
    pub assets: u64,
    /// Sum of the items' quantities.
    pub quantity: u64,
    /// Items with findings that concern other audiences only, by audience. These are not listed.
    pub other_audiences: BTreeMap<String, u64>,
}

impl Summary {
    /// Returns the number of items with that worst status.
    #[must_use]
    pub fn of(&self, status: Status) -> u64 {
        match status {
            Status::Banned => self.banned,
            Status::NoUpdates => self.no_updates,
            Status::NoSale => self.no_sale,
            Status::Upcoming => self.upcoming,
            Status::Advisory => self.advisory,
            Status::Review => self.review,
            Status::Clear => self.clear,
        }
    }

    /// Counts items under a status.
    pub fn add(&mut self, status: Status, items: u64) {
        let count = match status {
            Status::Banned => &mut self.banned,
            Status::NoUpdates => &mut self.no_updates,
            Status::NoSale => &mut self.no_sale,
            Status::Upcoming => &mut self.upcoming,
            Status::Advisory => &mut self.advisory,
            Status::Review => &mut self.review,
            Status::Clear => &mut self.clear,
        };
        *count += items;
    }
}

/// An act that has a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Act {
    /// `sanction`, `sales-ban`, … or `vendor-exit`, which is no law.
    pub kind: String,
    /// `enacted`, `proposed`, `reported` or `denied`.
    pub stage: String,
    /// Whether the act names its parties: `listed`, `partial`, `criteria` or `allow-list`. Other
    /// than `listed`, no match is not proof.
    pub names: String,
    /// Day on which the entry was last held against its source; null for never.
    pub verified: Option<String>,
    /// Time zone in which the act's dates are read.
    pub time_zone: String,
    /// What to do.
    pub remedy: Remedy,
    /// The measures, as the act states them.
    pub measures: Vec<ActMeasure>,
    /// What later happened to the act.
    pub events: Vec<ActEvent>,
    /// Its dates that lie ahead, however far, in order; those of an enacted act only. Left out where
    /// nobody asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<Vec<ActDate>>,
    /// The sources, the primary one first.
    pub sources: Vec<String>,
    /// Rule file.
    pub file: String,
    /// Line in it, from 1.
    pub line: u64,
}

/// What to do about an act's findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Remedy {
    /// Advice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Alternatives that the act or the vendor names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
}

/// A measure as its act states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ActMeasure {
    /// Effect.
    pub effect: String,
    /// Name in the rule file.
    pub name: Option<String>,
    /// First date in force, as written; `to-be-announced` where it is open.
    pub from: String,
    /// First date no longer in force, as written, or the condition it ends on.
    pub until: Option<String>,
    /// Who is forbidden to act.
    pub binds: Vec<String>,
    /// Whose product it is.
    pub affects: Vec<String>,
    /// What ties the user to the jurisdiction.
    pub nexus: Vec<String>,
}

/// A date of an act that lies ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ActDate {
    /// What the date is of: act, measure, and what happens. It stays the same when the date moves.
    pub id: String,
    /// Day in the zone of the act, an RFC 3339 instant where it is not midnight, a month or a year
    /// where no more is known; `to-be-announced` where it is open.
    pub on: String,
    /// What happens: `starts`, `ends`, `resumes`, or the kind of an event.
    pub what: String,
    /// Effects that it concerns.
    pub effects: Vec<String>,
    /// Entities and products that it concerns, where it does not concern all that the act covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// In our words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Something that later happened to an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ActEvent {
    /// `suspended`, `resumed`, `revoked`, ….
    pub kind: String,
    /// Day on which it was announced.
    pub announced: String,
    /// First day of it.
    pub from: String,
    /// First day no longer, where it has one.
    pub until: Option<String>,
    /// Citation.
    pub citation: Option<String>,
    /// What it means, in our words.
    pub note: Option<String>,
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One item under one act.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Finding {
    /// `1:…`, made of rule, vendor, product and asset; stable over runs.
    pub fingerprint: String,
    /// Worst of the measures in force.
    pub status: Status,
    /// The next change of that status.
    pub next: Option<Next>,
    /// Whether the measure binds you or affects you: `bound` or `affected`.
    pub concerned_as: Concern,
    /// The item.
    pub item: Item,
    /// The rows that make up this finding.
    pub rows: Rows,
    /// The act.
    pub rule: Arc<RuleRef>,
    /// Its measures that concern you, each with its state.
    pub measures: Arc<[Measure]>,
    /// Why the item matched.
    #[serde(rename = "match")]
    pub matched: Arc<Match>,
    /// What must be known about this finding: `renewal-blocked`, `version-unknown`, ….
    pub notes: Arc<[String]>,
    /// What the inventory or the rule does not say, where that leaves the matter to a person.
    #[serde(default, skip_serializing_if = "no_texts")]
    pub missing: Arc<[String]>,
    /// The waiver that accepts it.
    pub waiver: Option<Waiver>,
    /// The decision by which its match is certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Arc<Decision>>,
    /// How it stands against the baseline; absent without one, and where it is waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Change>,
}

fn no_texts(texts: &Arc<[String]>) -> bool {
    texts.is_empty()
}

fn none(texts: &[String]) -> bool {
    texts.is_empty()
}

/// A change of status ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Next {
    /// The status from then on; `clear` where nothing applies any more.
    pub status: Status,
    /// The day, in the zone of the act (an RFC 3339 instant where it is not midnight).
    pub on: String,
}

/// The item of a finding. Empty texts are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Item {
    /// Vendor as written.
    pub vendor: Arc<str>,
    /// Product as written, without version and architecture.
    pub product: Arc<str>,
    /// Product as written, where version or architecture were taken off.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub displayed: Arc<str>,
    /// Version as written.
    pub version: Arc<str>,
    /// Asset as written.
    pub asset: Arc<str>,
    /// Code of the place; as written where it names no place we know.
    pub location: Arc<str>,
    /// Who answers for the asset, where that is known.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub owner: Arc<str>,
    /// Inventory.
    pub source: Arc<str>,
    /// Line in it, from 1; 0 where the format has no lines.
    pub line: u64,
    /// One shortest dependency path, root first.
    pub path: Vec<String>,
    /// Number of dependency paths, where there is more than one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub paths: u64,
}

fn is_blank(text: &Arc<str>) -> bool {
    text.is_empty()
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The rows that make up a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rows {
    /// How many rows.
    pub count: u64,
    /// Sum of their quantities.
    pub quantity: u64,
    /// The first of them, at most five.
    pub first: Vec<RowRef>,
}

/// A row of an inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RowRef {
    /// Inventory.
    pub source: Arc<str>,
    /// Line, from 1.
    pub line: u64,
}

/// The act of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleRef {
    /// Id of the rule.
    pub id: String,
    /// Title in our own words.
    pub title: String,
    /// Code of the jurisdiction.
    pub jurisdiction: String,
    /// Authority that made it.
    pub authority: String,
    /// Official citation.
    pub citation: Option<String>,
    /// Primary source.
    pub url: String,
}

/// A measure of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Measure {
    /// Effect.
    pub effect: String,
    /// Where it stands at the as-of instant.
    pub state: State,
    /// First instant in force, RFC 3339 in the zone of the act; null where it is not announced.
    pub from: Option<String>,
    /// First instant no longer in force; null for open.
    pub until: Option<String>,
    /// Who is forbidden to act.
    pub binds: Vec<String>,
    /// Whose product it is, where that is somebody else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affects: Vec<String>,
    /// The nexus that holds: `territory`, `person` or `destination`.
    pub nexus: String,
    /// The condition it ends on, where it ends on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_when: Option<String>,
}

/// Why an item matched an entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Match {
    /// Entity that was recognised.
    pub entity: String,
    /// Product of the entity that was recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// `identifier`, `vendor`, `product` or `similar`.
    pub kind: String,
    /// Field of the item.
    pub field: String,
    /// Its value.
    pub value: String,
    /// The alias or pattern it agrees with.
    pub alias: String,
    /// 1 for equal; less for similar.
    pub score: f64,
    /// The way from the entity to the one the act names.
    pub via: Vec<String>,
}

/// The waiver that accepts a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Waiver {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Who approved it.
    pub approved_by: String,
    /// Last day on which it counts.
    pub until: String,
    /// Days left, where these are 42 or fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_left: Option<u64>,
    /// The only effect it accepts, where it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
    /// Reference in a ticket system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Licence or permit that allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
}

/// A decision on whether an item is an entity's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Decision {
    /// Entity.
    pub entity: String,
    /// Vendor as written; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Product as written; absent: any of the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Whether it is theirs.
    pub is: bool,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub owner: String,
    /// Last day on which it counts; absent: for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Reference in a ticket system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// A decision, and the rows that it settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SettledRows {
    /// The decision.
    pub decision: Arc<Decision>,
    /// How many rows it settled.
    pub rows: u64,
    /// The first of them, at most five.
    pub first: Vec<RowRef>,
}

/// How a finding stands against a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The baseline does not have it.
    New,
    /// Its status is a worse one, and not by a date that the baseline names.
    Worse,
    /// A date that the baseline names was reached.
    Due,
    /// The baseline has it as it is, or worse.
    Known,
}

impl Change {
    /// Every word, gravest first.
    pub const ALL: [Self; 4] = [Self::New, Self::Worse, Self::Due, Self::Known];

    /// Returns the word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Worse => "worse",
            Self::Due => "due",
            Self::Known => "known",
        }
    }
}

/// A baseline, and how the findings that are not waived stand against it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Baseline {
    /// Path as given.
    pub path: String,
    /// The point in time it asks about; absent where there is no such file, and everything is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// Findings that it does not have.
    pub new: u64,
    /// Findings whose status is worse.
    pub worse: u64,
    /// Findings of which a date that it names was reached.
    pub due: u64,
    /// Findings that it has as they are, or worse.
    pub known: u64,
    /// Findings that it has and that are gone.
    pub gone: u64,
}

/// Whether a run passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Gate {
    /// Statuses that fail the run.
    pub fail_on: Vec<String>,
    /// Whether rows and files that could not be read were accepted.
    #[serde(default)]
    pub allow_unread: bool,
    /// Whether findings that the baseline has passed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fail_on_new: bool,
    /// Dates at most so many days ahead fail the run as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_within_days: Option<u32>,
    /// Whether the run fails.
    pub failed: bool,
    /// Exit code of the run.
    pub exit_code: u8,
    /// Why, every reason.
    pub reasons: Vec<String>,
}

/// Draws a report in one format.
///
/// A reporter writes to what it is given. It reads no clock and no terminal, and it leaves out
/// nothing but what the view says: findings that are not to be shown are gone before it is called.
pub trait Reporter: Sync {
    /// Writes the report.
    ///
    /// # Errors
    /// What `out` returns.
    fn write(&self, report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()>;
}
