//! What a check gives.

use std::io::{self, Write};

use super::{Finding, Problem};
use crate::diag::{Code, Diagnostic, Place, Sources};
use crate::model::Status;
use crate::pipeline::Outcome;
use crate::report::{self, Format, View};

/// Everything that a check found, and everything that it could not read.
#[derive(Clone, Debug)]
pub struct Report {
    report: report::Report,
    problems: Vec<Problem>,
}

impl Report {
    pub(super) fn new(outcome: Outcome) -> Self {
        let Outcome { report, mut diagnostics, .. } = outcome;
        diagnostics.extend(unread(&report));
        let problems = Problem::list(diagnostics, &Sources::default());
        Self { report, problems }
    }

    /// Returns whether the check passes: nothing in force, everything read, and something to read. The
    /// program ends with exit code 0 then.
    #[must_use]
    pub fn passes(&self) -> bool {
        !self.report.gate.failed
    }

    /// Returns the exit code of the program: 0 passes, 1 finds something in force, 2 could not read an
    /// inventory at all, 3 could not read all or had nothing to evaluate.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.report.gate.exit_code
    }

    /// Returns the reasons for which the check does not pass.
    pub fn reasons(&self) -> impl Iterator<Item = &str> {
        self.report.gate.reasons.iter().map(String::as_str)
    }

    /// Returns the number of items.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.report.summary.items
    }

    /// Returns the number of items whose worst status is this one.
    #[must_use]
    pub fn count(&self, status: Status) -> u64 {
        self.report.summary.of(status)
    }

    /// Returns the number of items that name nothing that could be identified.
    #[must_use]
    pub fn unidentified(&self) -> u64 {
        self.report.summary.unidentified
    }

    /// Returns the number of items and inventories that could not be read. They are in no other count.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.report.summary.unread
    }

    /// Returns the findings, worst first.
    pub fn findings(&self) -> impl Iterator<Item = Finding<'_>> {
        self.report.findings.iter().map(|finding| Finding::new(finding, &self.report))
    }

    /// Returns the jurisdictions in scope for which the rules hold no act at all: no rule is no all-clear.
    pub fn without_rules(&self) -> impl Iterator<Item = &str> {
        self.report.scope.without_rules.iter().map(String::as_str)
    }

    /// Returns the acts in scope that do not name every party, by id: no match under them is no proof.
    pub fn incomplete_lists(&self) -> impl Iterator<Item = &str> {
        self.report.scope.incomplete_lists.iter().map(String::as_str)
    }

    /// Returns the audiences that were not asked for and would have findings, with the number of items.
    pub fn other_audiences(&self) -> impl Iterator<Item = (&str, u64)> {
        self.report.summary.other_audiences.iter().map(|(audience, items)| (audience.as_str(), *items))
    }

    /// Returns what was wrong with the inventories: what could not be read, and values that name nothing
    /// known. Of the rows of an inventory that could not be read the first thousand are named, and all are
    /// counted.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Writes the report in a format, to the bytes that the program writes to a file.
    ///
    /// # Errors
    /// What `out` returns.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        format.write(&self.report, &View::default(), out)
    }
}

/// Returns what the inventories name as unread or in doubt, row by row; files as a whole are told by the
/// check itself.
fn unread(report: &report::Report) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for inventory in &report.inventories {
        let source = || inventory.source.to_string();
        for unread in &inventory.unread {
            let Some(line) = unread.line else { continue };
            let column = unread.column.as_ref().and_then(|column| column.parse().ok());
            found.push(Diagnostic::warning(Code::UnreadRow, unread.reason.clone()).at(Place::Line(source(), line, column)));
        }
        for remark in &inventory.remarks {
            found.push(Diagnostic::warning(Code::PartlyRead, remark.clone()).at(Place::File(source())));
        }
    }
    found
}
