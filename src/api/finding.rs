//! One finding, as other programs read it.

use serde::{Serialize, Serializer};

use crate::model::Status;
use crate::report::{self, Act};

/// One item under one act: what holds for it, under which act, and why it matched.
///
/// It serializes as it stands in the JSON report, with all that has no function here: measures with
/// their dates, evidence, notes. `interdict schema report` is the schema of that.
#[derive(Clone, Debug)]
pub struct Finding<'a> {
    finding: report::FindingRef<'a>,
    act: Option<&'a Act>,
}

impl<'a> Finding<'a> {
    pub(super) fn new(finding: report::FindingRef<'a>, report: &'a report::Report) -> Self {
        let act = report.acts.get(&finding.rule.id);
        Self { finding, act }
    }

    /// Returns what tells this finding from others: made of rule, product and asset, the same from run to run.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.finding.fingerprint().into_owned()
    }

    /// Returns the worst status of the act's measures in force.
    #[must_use]
    pub fn status(&self) -> Status {
        self.finding.status
    }

    /// Returns the next change of that status: to what, and on which day in the zone of the act.
    #[must_use]
    pub fn next(&self) -> Option<(Status, &str)> {
        self.finding.next.map(|next| (next.status, next.on.as_str()))
    }

    /// Returns the vendor as written; empty where the item names none, and so for all texts of the item.
    #[must_use]
    pub fn vendor(&self) -> &str {
        self.finding.item.vendor
    }

    /// Returns the product as written, without version and architecture.
    #[must_use]
    pub fn product(&self) -> &str {
        self.finding.item.product
    }

    /// Returns the version as written.
    #[must_use]
    pub fn version(&self) -> &str {
        self.finding.item.version
    }

    /// Returns the asset as written.
    #[must_use]
    pub fn asset(&self) -> &str {
        self.finding.item.asset
    }

    /// Returns the code of the place; as written where it names none that is known.
    #[must_use]
    pub fn location(&self) -> &str {
        self.finding.item.location
    }

    /// Returns the name of the inventory.
    #[must_use]
    pub fn source(&self) -> &str {
        self.finding.item.source
    }

    /// Returns the line of the first row, or the number of the first item, from 1; 0 where the format has
    /// no lines.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.finding.item.line
    }

    /// Returns how many rows or items make up the finding.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.finding.rows.count
    }

    /// Returns the id of the act.
    #[must_use]
    pub fn act(&self) -> &str {
        &self.finding.rule.id
    }

    /// Returns the title of the act.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.finding.rule.title
    }

    /// Returns the kind of the act: `sanction`, `sales-ban`, …; `vendor-exit` is no law.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.act.map_or("", |act| act.kind.as_str())
    }

    /// Returns the jurisdiction of the act, as a code.
    #[must_use]
    pub fn jurisdiction(&self) -> &str {
        &self.finding.rule.jurisdiction
    }

    /// Returns how the act is cited, where it has a citation.
    #[must_use]
    pub fn citation(&self) -> Option<&str> {
        self.finding.rule.citation.as_deref()
    }

    /// Returns the address of the primary source.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.finding.rule.url
    }

    /// Returns the day on which the entry was last held against its source; none: never yet.
    #[must_use]
    pub fn verified(&self) -> Option<&str> {
        self.act.and_then(|act| act.verified.as_deref())
    }

    /// Returns what must be known about the finding: `renewal-blocked`, `version-unknown`, …;
    /// `docs/notes.md` explains each.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        self.finding.notes.iter().map(String::as_str)
    }
}

impl Serialize for Finding<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.finding.serialize(serializer)
    }
}
