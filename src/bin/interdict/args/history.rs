//! The command line of `run` and `history`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ListFormat, PackArgs, ScopeArgs, ShowArgs};

/// Make one scheduled run from interdict.toml: check, write the outputs, record, say what changed
///
/// Reads the inventories that the configuration names, writes all outputs as a whole, records the
/// run in the history, and ends with one line that says what changed since the run before and why.
/// The same run is recorded once. Two runs keep apart: the second waits, or says why it will not. A
/// run that is killed loses nothing that was recorded; the next one completes it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict run
  interdict run --config /etc/interdict/interdict.toml --log json
  interdict run --dry-run
  interdict run --as-of 2024-07-20 --known-on 2024-07-20")]
pub(crate) struct RunArgs {
    /// Write and record nothing; say what would be new
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Wait so many seconds for another run to end [default: 60]
    #[arg(long, value_name = "SECONDS", env = "INTERDICT_WAIT")]
    pub(crate) wait: Option<u64>,
    /// Log to standard error, each line with the number of the run
    #[arg(long, value_enum, value_name = "FORMAT", env = "INTERDICT_LOG")]
    pub(crate) log: Option<LogFormat>,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Look into past runs: what was found, what changed and why, and whether the record is whole
///
/// A run is named by its number, by the day it asked about (2024-07-20), or as `latest`.
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    #[command(subcommand)]
    pub(crate) command: HistoryCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    List(HistoryListArgs),
    Show(Box<HistoryShowArgs>),
    Diff(HistoryDiffArgs),
    Trend(HistoryTrendArgs),
    Prune(HistoryPruneArgs),
    Export(HistoryExportArgs),
    Verify(HistoryVerifyArgs),
}

/// Where the history is; shared by all commands that look into it
#[derive(Debug, Args)]
pub(crate) struct HistoryAt {
    /// Database of past runs [default: as the configuration says, else interdict-history.db beside it]
    #[arg(long, value_name = "FILE", env = "INTERDICT_HISTORY")]
    pub(crate) history: Option<PathBuf>,
    /// Use this configuration [env: INTERDICT_CONFIG] [default: the first interdict.toml from the
    /// working directory upwards]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// List runs, oldest first, or findings with when they were first and last seen
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict history list
  interdict history list --since 2024-07-01 -o json
  interdict history list --findings")]
pub(crate) struct HistoryListArgs {
    /// List findings instead: each with when it was first and last seen, and how it stood
    #[arg(long)]
    pub(crate) findings: bool,
    /// Runs that ask about this day or a later one
    #[arg(long, value_name = "DAY")]
    pub(crate) since: Option<String>,
    /// Print as a table or as JSON
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "table")]
    pub(crate) output: ListFormat,
    #[command(flatten)]
    pub(crate) at: HistoryAt,
}

/// Show the report of a run again
///
/// As JSON it is the one that was recorded, byte for byte; other formats are as this version draws
/// them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict history show latest
  interdict history show 41 -o json=run-41.json
  interdict history show 2024-07-20 -o html=report.html")]
pub(crate) struct HistoryShowArgs {
    /// Number, day, or latest
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    #[command(flatten)]
    pub(crate) at: HistoryAt,
}

/// Say what changed between two runs, and why
///
/// Each change names its cause: the item came or went, the rule was changed, a date was reached, a
/// waiver came or ran out, the configuration was changed, or the inventory could not be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict history diff                       the newest run against the one before
  interdict history diff 2024-07-01 latest
  interdict history diff 1 41 -o json")]
pub(crate) struct HistoryDiffArgs {
    /// Earlier run: number, day or latest [default: the one before TO]
    pub(crate) from: Option<String>,
    /// Later run [default: latest]
    pub(crate) to: Option<String>,
    /// Print as a table or as JSON
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "table")]
    pub(crate) output: ListFormat,
    #[command(flatten)]
    pub(crate) at: HistoryAt,
}

/// Show how counts went from run to run
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict history trend
  interdict history trend --since 2024-01-01 -o json")]
pub(crate) struct HistoryTrendArgs {
    /// Runs that ask about this day or a later one
    #[arg(long, value_name = "DAY")]
    pub(crate) since: Option<String>,
    /// Print as a table or as JSON
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "table")]
    pub(crate) output: ListFormat,
    #[command(flatten)]
    pub(crate) at: HistoryAt,
}

/// Take the reports of old runs away
///
/// Their counts and digests stay, so that `history verify` still holds; the chain says what was
/// pruned and when. The newest run always keeps its report.
#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("what").required(true).args(["keep", "keep_runs"]),
    after_help = "\
Examples:
  interdict history prune --keep 5y
  interdict history prune --keep-runs 400 --dry-run"
)]
pub(crate) struct HistoryPruneArgs {
    /// Keep reports about days at most so far back (days, or 12w, 3m, 5y)
    #[arg(long, value_name = "PERIOD")]
    pub(crate) keep: Option<String>,
    /// Keep the reports of so many newest runs
    #[arg(long, value_name = "COUNT")]
    pub(crate) keep_runs: Option<u64>,
    /// Take nothing away; say what would go
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) at: HistoryAt,
}

/// Write the whole history as JSON lines, one for each link of its chain
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict history export > history.jsonl
  interdict history export history.jsonl --without-reports")]
pub(crate) struct HistoryExportArgs {
    /// File to write to; default: standard output
    pub(crate) file: Option<PathBuf>,
    /// Leave the reports out
    #[arg(long)]
    pub(crate) without_reports: bool,
    #[command(flatten)]
    pub(crate) at: HistoryAt,
}

/// Check that the history is whole: no run altered, taken out, put in or moved
///
/// Ends in exit code 1 where something is wrong, and names the run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict history verify
  interdict history verify --digest sha256:…   a digest that `interdict run` told, kept elsewhere")]
pub(crate) struct HistoryVerifyArgs {
    /// Digest of a run as kept elsewhere: it must be in the chain (repeatable)
    #[arg(long, value_name = "DIGEST")]
    pub(crate) digest: Vec<String>,
    #[command(flatten)]
    pub(crate) at: HistoryAt,
}
