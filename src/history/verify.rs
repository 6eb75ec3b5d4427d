//! Whether a history is whole: the file, the chain, and that everything stored is what the chain says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::record::{Run, day_of};
use super::store::{StoredRun, changes_digest};
use super::{HistoryError, Pruned, Store, chain};
use crate::model::digest::sha256;

/// Something that is wrong with a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The run it is about; `None`: the file as a whole.
    pub run: Option<u64>,
    /// What is wrong.
    pub what: String,
}

/// What a check gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many runs there are.
    pub runs: u64,
    /// How many of them were pruned.
    pub pruned: u64,
    /// Digest of the newest link; `None` where there is none.
    pub newest: Option<String>,
    /// Digests of all links.
    pub digests: BTreeSet<String>,
    /// Everything that is wrong.
    pub faults: Vec<Fault>,
}

impl Store {
    /// Checks everything.
    ///
    /// # Errors
    /// If the database cannot be read at all.
    pub fn verify(&self) -> Result<Verified, HistoryError> {
        let mut faults: Vec<Fault> = self.integrity()?.into_iter().map(|what| Fault { run: None, what }).collect();
        let runs = self.stored_runs()?;
        let mut told: BTreeMap<i64, Run> = BTreeMap::new();
        let mut pruned: BTreeSet<u64> = BTreeSet::new();
        let (mut previous, mut newest, mut next_seq, mut next_run) = (chain::START.to_owned(), None, 1, 1);
        let mut digests = BTreeSet::new();
        for link in self.links()? {
            digests.insert(link.digest.clone());
            let run: Option<Run> = (link.kind == "run").then(|| serde_json::from_str(&link.record).ok()).flatten();
            let number = run.as_ref().map(|run| run.run);
            let mut fault = |what: String| faults.push(Fault { run: number, what });
            if link.seq != next_seq {
                fault(format!("link {next_seq} of the chain is missing"));
            } else if chain::link(&previous, &link.kind, &link.record) != link.digest {
                fault("its digest does not follow from what is recorded of it and the link before".to_owned());
            }
            match (run, serde_json::from_str::<Pruned>(&link.record)) {
                (Some(run), _) => {
                    if run.run != next_run {
                        fault(format!("run {next_run} should stand here"));
                    }
                    next_run = run.run + 1;
                    told.insert(link.seq, run);
                }
                (None, Ok(record)) => pruned.extend(record.runs),
                (None, Err(_)) => fault(format!("link {} of the chain cannot be read", link.seq)),
            }
            (previous, next_seq) = (link.digest.clone(), link.seq + 1);
            newest = Some(link.digest);
        }
        for (_, run) in told.iter().filter(|(seq, _)| !runs.iter().any(|stored| stored.seq == **seq)) {
            faults.push(Fault { run: Some(run.run), what: "the run is gone, and the chain has it".to_owned() });
        }
        for stored in &runs {
            let found = match told.get(&stored.seq).filter(|run| run.run == stored.id) {
                None => vec!["the chain does not have the run".to_owned()],
                Some(told) => self.compare(stored, told, pruned.contains(&stored.id))?,
            };
            faults.extend(found.into_iter().map(|what| Fault { run: Some(stored.id), what }));
        }
        let pruned = runs.iter().filter(|run| run.layout.is_none()).count() as u64;
        Ok(Verified { runs: runs.len() as u64, pruned, newest, digests, faults })
    }

    /// Holds a run against what the chain says of it.
    fn compare(&self, stored: &StoredRun, told: &Run, may_be_pruned: bool) -> Result<Vec<String>, HistoryError> {
        let mut wrong = Vec::new();
        if stored.as_of != told.as_of {
            wrong.push(format!("it asks about {}, and the chain says {}", day_of(&stored.as_of), day_of(&told.as_of)));
        }
        let (Some(layout), Some(inputs), Some(pack)) = (stored.layout, stored.inputs, stored.pack) else {
            if !may_be_pruned {
                wrong.push("its report is missing, and was never pruned".to_owned());
            }
            return Ok(wrong);
        };
        let report = damage(self.joined(layout), "its report", &mut wrong)?;
        if let Some(report) = report {
            if sha256(&report) != told.report_digest {
                wrong.push("its report is not the one that was recorded".to_owned());
            } else {
                wrong.extend(self.standing_differs(stored.id, &report)?);
            }
        }
        for (what, piece, digest) in [("what it read", inputs, &told.inputs_digest), ("its rules", pack, &told.pack_digest)] {
            if let Some(text) = damage(self.piece(piece), what, &mut wrong)?
                && sha256(&text) != *digest
            {
                wrong.push(format!("the list of {what} is not the one that was recorded"));
            }
        }
        let changes: Vec<_> = self.changes(stored.id - 1, stored.id)?.into_iter().map(|(_, change)| change).collect();
        if changes_digest(&changes) != told.changes_digest {
            wrong.push("its changes are not those that were recorded".to_owned());
        }
        Ok(wrong)
    }

    /// Holds the stretches of findings against the report.
    fn standing_differs(&self, run: u64, report: &[u8]) -> Result<Option<String>, HistoryError> {
        let report: Value = serde_json::from_slice(report).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let findings = report["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
        let wanted: BTreeSet<(String, String, bool)> = findings
            .iter()
            .map(|finding| (text(&finding["fingerprint"]), text(&finding["status"]), !finding["waiver"].is_null()))
            .collect();
        let standing = self.standing(run)?.into_iter().filter(|one| !one.unseen);
        let standing: BTreeSet<_> = standing.map(|one| (one.fingerprint, one.status.as_str().to_owned(), one.waived)).collect();
        Ok((wanted != standing).then(|| "when its findings were seen does not agree with its report".to_owned()))
    }
}

/// Notes damage as a fault, so that the check goes on.
fn damage<T>(read: Result<T, HistoryError>, what: &str, wrong: &mut Vec<String>) -> Result<Option<T>, HistoryError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(HistoryError::Corrupt { reason, .. }) => {
            wrong.push(format!("{what} cannot be read: {reason}"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
