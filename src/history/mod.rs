//! The history of scheduled runs: what was found, what changed and why, and that nobody altered it.
//!
//! In: the report of a run, with the changes since the run before. Out: any past report byte for
//! byte, the changes between any two runs, how counts went, when a finding was first and last seen,
//! and whether the history is whole. It is one SQLite file; SQL is spoken in `store` only.
//!
//! - A report is stored as [`pieces`] that runs share, so that a night in which nothing changed costs
//!   next to nothing.
//! - Each run is a link of a [`chain`] of digests: what is changed, taken out or put in later shows.
//! - Findings are intervals of runs in which they stood the same; [`compare`] and [`trend`] read
//!   these and the changes, never the reports.
//! - A run is recorded in one transaction: it is there as a whole or not at all.

pub mod chain;
pub mod compare;
mod export;
pub mod pieces;
mod prune;
mod record;
mod schema;
mod store;
#[cfg(test)]
mod tests;
pub mod trend;
mod verify;
pub mod words;

use std::path::PathBuf;

pub use prune::{Keep, Pruned};
pub use record::{Delivery, Draft, Entry, Former, FormerFinding, InputRecord, Pack, Pending, Recorded, Run, Sighting};
pub use store::{Mode, Store, Stretch};
pub use verify::{Fault, Verified};

/// Why the history could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is no history yet.
    #[error("there is no history at `{}`", shown(.0))]
    Missing(PathBuf),
    /// The file is something else.
    #[error("`{}` is no history of interdict", shown(.0))]
    Foreign(PathBuf),
    /// A newer program wrote it.
    #[error("the history `{}` has the layout {found}, and this version knows {known}", shown(.path))]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// The file is damaged.
    #[error("the history `{}` is damaged: {reason}", shown(.path))]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was met.
        reason: String,
    },
    /// There is no room for it.
    #[error("no room is left for the history `{}`: {reason}", shown(.path))]
    Full {
        /// The file.
        path: PathBuf,
        /// What was met.
        reason: String,
    },
    /// Another program holds it.
    #[error("another program holds the history `{}`", shown(.0))]
    Busy(PathBuf),
    /// The system does not let us.
    #[error("cannot {operation} the history `{}`: {reason}", shown(.path))]
    Io {
        /// What was tried.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A run was recorded meanwhile.
    #[error("another run was recorded meanwhile")]
    Overtaken,
    /// There is no such run.
    #[error("there is no run `{0}`")]
    NoRun(String),
    /// The run's report was pruned.
    #[error("the report of run {0} was pruned; its counts and its digest are kept")]
    Pruned(u64),
}

fn shown(path: &std::path::Path) -> String {
    crate::diag::printable(&path.to_string_lossy())
}
