//! The arguments of `interdict baseline`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::JudgeArgs;

/// Write down what stands today, so that a later run fails on what is new
#[derive(Debug, Args)]
pub(crate) struct BaselineArgs {
    #[command(subcommand)]
    pub(crate) command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BaselineCommand {
    Write(Box<BaselineWriteArgs>),
}

/// Write the findings of inventories as a baseline
///
/// One line for each finding: its fingerprint, status and next change. Waived findings are left out:
/// when their waiver ends, they are new. `check --baseline FILE --fail-on-new` uses it; give both the
/// same flags.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict baseline write fleet.csv -j US -o baseline.json
  interdict check fleet.csv -j US --baseline baseline.json --fail-on-new")]
pub(crate) struct BaselineWriteArgs {
    /// Inventories: files, folders, globs, or - for standard input
    #[arg(required_unless_present = "scan", value_name = "INVENTORY")]
    pub(crate) inventories: Vec<String>,
    /// Take what is installed on this machine, besides the inventories given
    #[arg(long)]
    pub(crate) scan: bool,
    /// File to write; default: `check.baseline` of the configuration
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}
