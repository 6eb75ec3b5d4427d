//! Taking old reports away, so that the chain still holds.
//!
//! What was counted of a run, and its digests, stay; its report, its changes and the findings that
//! ended by then go. That they were pruned is a link of the chain itself: a report that is missing
//! and was never pruned shows.

use serde::{Deserialize, Serialize};

use super::store::json_line;
use super::{HistoryError, Run, Store};

/// Which runs keep their reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The newest ones, so many.
    Newest(u64),
    /// Those that ask about this day (`YYYY-MM-DD`) or a later one.
    Since(String),
}

/// A link of the chain that says what was pruned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Pruned {
    /// When, as an RFC 3339 instant.
    pub recorded: String,
    /// The runs.
    pub runs: Vec<u64>,
}

impl Store {
    /// Returns the runs whose reports would go. The newest run always stays, and no run goes before
    /// an older one.
    ///
    /// # Errors
    /// What the database returns.
    pub fn prunable(&self, keep: &Keep) -> Result<Vec<Run>, HistoryError> {
        let runs = self.runs()?;
        let newest = runs.len().saturating_sub(1);
        let count = match keep {
            Keep::Newest(count) => runs.len().saturating_sub(usize::try_from(*count).unwrap_or(usize::MAX)),
            Keep::Since(day) => runs.iter().take_while(|run| run.day() < day.as_str()).count(),
        };
        Ok(runs.into_iter().take(count.min(newest)).filter(|run| !run.pruned).collect())
    }

    /// Takes reports away. Returns the runs whose reports went.
    ///
    /// # Errors
    /// What the database returns; nothing is taken away then.
    pub fn prune(&mut self, keep: &Keep, recorded: &str) -> Result<Vec<Run>, HistoryError> {
        let runs = self.prunable(keep)?;
        if runs.is_empty() {
            return Ok(runs);
        }
        let numbers: Vec<u64> = runs.iter().map(|run| run.run).collect();
        let record = Pruned { recorded: recorded.to_owned(), runs: numbers.clone() };
        self.forget(&numbers, &json_line(&record))?;
        self.compact()?;
        Ok(runs)
    }
}
