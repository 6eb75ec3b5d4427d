//! How counts went from run to run.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{HistoryError, Store};
use crate::model::{ChangeKind, Status};

/// A run in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Point {
    /// Number of the run.
    pub run: u64,
    /// The point in time it asked about.
    pub as_of: String,
    /// Rows read as items.
    pub items: u64,
    /// Items by worst status, `clear` among them.
    pub statuses: BTreeMap<Status, u64>,
    /// Items whose findings are all waived.
    pub waived: u64,
    /// Rows and files that could not be read.
    pub unread: u64,
    /// Findings.
    pub findings: u64,
    /// Changes since the run before, by kind.
    pub changes: BTreeMap<ChangeKind, u64>,
    /// Exit code of the run.
    pub exit_code: u8,
}

/// Returns the runs that ask about a day from `since` on (`YYYY-MM-DD`), oldest first.
///
/// # Errors
/// What the database returns.
pub fn points(store: &Store, since: Option<&str>) -> Result<Vec<Point>, HistoryError> {
    let mut changes: BTreeMap<u64, BTreeMap<ChangeKind, u64>> = BTreeMap::new();
    for (run, change) in store.changes(0, i64::MAX.cast_unsigned())? {
        *changes.entry(run).or_default().entry(change.kind).or_default() += 1;
    }
    let runs = store.runs()?.into_iter().filter(|run| since.is_none_or(|since| run.day() >= since));
    Ok(runs
        .map(|run| Point {
            run: run.run,
            items: run.summary.items,
            statuses: Status::ALL.into_iter().map(|status| (status, run.summary.of(status))).collect(),
            waived: run.summary.waived,
            unread: run.summary.unread,
            findings: run.findings,
            changes: changes.remove(&run.run).unwrap_or_default(),
            exit_code: run.gate.exit_code,
            as_of: run.as_of,
        })
        .collect())
}
