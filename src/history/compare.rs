//! What changed between any two runs, and why: the changes of the runs between, folded.
//!
//! A finding that came and went in between is no change from the one to the other; it is counted.
//! Each change keeps the steps that led to it, every one with its run and its cause.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::store::Stood;
use super::{HistoryError, Run, Store};
use crate::model::{Change, ChangeKind, Status};

/// What changed from one run to a later one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// The earlier run.
    pub from: Run,
    /// The later run.
    pub to: Run,
    /// What changed, in the order in which it is told.
    pub changes: Vec<Net>,
    /// Findings that changed in between and stand as they did.
    pub passing: u64,
}

/// What became of one finding.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Net {
    /// The change on the whole, with the cause of the step that decided it.
    pub change: Change,
    /// The steps, oldest first.
    pub steps: Vec<Step>,
}

/// One step on the way.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Step {
    /// The run that found it.
    pub run: u64,
    /// What it found.
    pub change: Change,
}

/// Returns what changed from one run to another.
///
/// # Errors
/// If the earlier one was pruned, or the database fails.
pub fn difference(store: &Store, from: Run, to: Run) -> Result<Difference, HistoryError> {
    let (from, to) = if from.run <= to.run { (from, to) } else { (to, from) };
    if from.pruned && from.run != to.run {
        return Err(HistoryError::Pruned(from.run));
    }
    let mut passing = 0;
    let mut whole: HashMap<i64, Whole> = HashMap::new();
    for (subject, before, after) in store.ends(from.run, to.run)? {
        match kind(before, after) {
            Some(kind) => drop(whole.insert(subject, (kind, before, after))),
            None => passing += 1,
        }
    }
    let mut steps: BTreeMap<i64, Vec<Step>> = BTreeMap::new();
    for (run, subject, change) in store.changes_of(from.run, to.run, |subject| whole.contains_key(&subject))? {
        steps.entry(subject).or_default().push(Step { run, change });
    }
    let mut changes: Vec<Net> = steps.into_iter().filter_map(|(subject, steps)| net(*whole.get(&subject)?, steps)).collect();
    changes.sort_by(|a, b| order(&a.change).cmp(&order(&b.change)));
    Ok(Difference { from, to, changes, passing })
}

/// The order in which changes are told: by kind, worst first, then by act and item.
#[must_use]
pub fn order(change: &Change) -> (ChangeKind, Option<Status>, &str, &str, &str, &str, &str) {
    (change.kind, change.after.or(change.before), &change.rule, &change.vendor, &change.product, &change.asset, &change.fingerprint)
}

/// What a change comes to: its kind, and how it stood before and after.
type Whole = (ChangeKind, Option<Stood>, Option<Stood>);

/// Nothing where it stands as it did.
fn kind(before: Option<Stood>, after: Option<Stood>) -> Option<ChangeKind> {
    Some(match (before, after) {
        (None, None) => return None,
        (None, Some(_)) => ChangeKind::New,
        (Some(_), None) => ChangeKind::Gone,
        (Some(before), Some(after)) => match (before.unseen, after.unseen) {
            (false, true) => ChangeKind::Unseen,
            (true, true) => return None,
            _ if after.status < before.status => ChangeKind::Worse,
            _ if after.status > before.status => ChangeKind::Better,
            _ if after.waived && !before.waived => ChangeKind::NowWaived,
            _ if before.waived && !after.waived => ChangeKind::WaiverEnded,
            (true, false) => ChangeKind::SeenAgain,
            (false, false) => return None,
        },
    })
}

fn net((kind, before, after): Whole, steps: Vec<Step>) -> Option<Net> {
    let deciding = steps.iter().rev().find(|step| step.change.kind == kind).or(steps.last())?;
    let change = Change {
        kind,
        before: before.map(|one| one.status),
        after: after.map(|one| one.status),
        waived: after.is_some_and(|one| one.waived),
        ..deciding.change.clone()
    };
    Some(Net { change, steps })
}
