//! `gitlab`: GitLab's code quality report: a list with one entry for each finding, one for each decision,
//! and one for each entry that could not be read, at the row where it stands.
//!
//! Fingerprints are those of the findings, so GitLab sees what is new and what is gone.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::told::{self, NAME};
use super::words::{self, short};
use super::{FindingRef, Inventory, Report, Reporter, View, json};
use crate::model::{Status, digest};

/// Writes the report as a code quality report.
pub(super) struct Gitlab;

impl Reporter for Gitlab {
    fn write(&self, report: &Report, _: &View, out: &mut dyn Write) -> io::Result<()> {
        json::write_pretty(&Entries(report), out)
    }
}

/// Entries that are made while they are written.
struct Entries<'a>(&'a Report);

#[derive(Serialize)]
struct Entry {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u64,
}

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let findings = self.0.findings.iter().map(|finding| entry(self.0, &finding));
        let decided = self.0.decisions.iter().map(decided);
        serializer.collect_seq(findings.chain(decided).chain(self.0.inventories.iter().flat_map(unread)))
    }
}

fn entry(report: &Report, finding: &FindingRef<'_>) -> Entry {
    let (waived, severity) = match (&finding.waiver, finding.status) {
        (Some(waiver), _) => (format!(" Waived: {}.", told::waiver(waiver)), "info"),
        (None, Status::Banned) => (String::new(), "blocker"),
        (None, Status::NoUpdates) => (String::new(), "critical"),
        (None, Status::NoSale) => (String::new(), "major"),
        (None, Status::Upcoming) => (String::new(), "minor"),
        (None, _) => (String::new(), "info"),
    };
    let rows = match finding.rows.count {
        0 | 1 => String::new(),
        rows => format!(" It stands in {}.", words::count(rows, "row")),
    };
    Entry {
        description: format!("{}{rows}{waived} Source: {}", told::finding(report, finding), short(&finding.rule.url, 2_000)),
        check_name: short(&finding.rule.id, NAME),
        fingerprint: short(&finding.fingerprint(), NAME),
        severity,
        location: place(finding.item.source, Some(finding.item.line)),
    }
}

fn decided(settled: &super::SettledRows) -> Entry {
    let decision = &settled.decision;
    let id = format!("decision\n{}\n{:?}\n{:?}\n{}", decision.entity, decision.vendor, decision.product, decision.is);
    let first = settled.first.first();
    Entry {
        description: format!("{}; {}.", told::decision(decision), words::count(settled.rows, "row")),
        check_name: "decided".into(),
        fingerprint: digest::sha256(id.as_bytes()).replace(':', "-"),
        severity: "info",
        location: place(first.map_or("-", |row| &row.source), first.map(|row| row.line)),
    }
}

fn unread(inventory: &Inventory) -> impl Iterator<Item = Entry> + '_ {
    told::not_read(inventory).enumerate().map(|(at, entry)| {
        let column = entry.column.map(|column| format!(" (column {column})")).unwrap_or_default();
        let id = format!("unread\n{}\n{at}\n{:?}\n{}", inventory.source, entry.line, entry.text);
        Entry {
            description: format!("Not read, so not held against any act{column}: {}", entry.text),
            check_name: "not-read".into(),
            fingerprint: digest::sha256(id.as_bytes()).replace(':', "-"),
            severity: "major",
            location: place(&inventory.source, entry.line),
        }
    })
}

/// Returns the path in the repository and the line; GitLab asks for both, always.
fn place(source: &str, line: Option<u64>) -> Location {
    let path = if source == "-" { "stdin".to_owned() } else { source.replace('\\', "/") };
    Location { path: short(path.trim_start_matches("./"), 500), lines: Lines { begin: line.unwrap_or(1).max(1) } }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::super::sample;
    use super::*;

    #[test]
    fn every_finding_and_unread_entry_has_its_own_fingerprint_and_a_place() {
        let report = sample::report();
        let mut out = Vec::new();
        Gitlab.write(&report, &View::default(), &mut out).expect("writes to memory");
        let entries: Vec<Value> = serde_json::from_slice(&out).expect("is JSON");
        let unread: usize = report.inventories.iter().map(|inventory| told::not_read(inventory).count()).sum();
        assert_eq!(entries.len(), report.findings.len() + unread);
        let fingerprints: BTreeSet<_> = entries.iter().map(|entry| entry["fingerprint"].as_str().expect("a text")).collect();
        assert_eq!(fingerprints.len(), entries.len());
        for entry in &entries {
            assert!(entry["location"]["lines"]["begin"].as_u64() >= Some(1), "{entry}");
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&entry["severity"].as_str().expect("a text")));
        }
        let waived = report.findings.iter().position(|finding| finding.waiver.is_some()).expect("one is waived");
        assert_eq!(entries[waived]["severity"], "info");
    }
}
