//! The command line as clap reads it: one struct for each subcommand, its help on the struct.

mod baseline;
pub(crate) mod fleet;
pub(crate) mod history;
pub(crate) mod inventory;
mod rules;
pub(crate) mod schedule;
mod waivers;

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub(crate) use baseline::{BaselineArgs, BaselineCommand, BaselineWriteArgs};
pub(crate) use fleet::FleetArgs;
pub(crate) use history::{HistoryArgs, RunArgs};
pub(crate) use inventory::InventoryArgs;
pub(crate) use rules::{
    RulesArgs, RulesCommand, RulesDiffArgs, RulesLintArgs, RulesListArgs, RulesShowArgs, RulesStatusArgs, RulesTestArgs,
};
pub(crate) use schedule::ScheduleArgs;
pub(crate) use waivers::{WaiversAddArgs, WaiversArgs, WaiversCheckArgs, WaiversCommand, WaiversListArgs, WaiversRenewArgs};

/// Audit a software inventory against dated sanction and sales-ban rules
#[derive(Debug, Parser)]
#[command(name = "interdict", version, max_term_width = 100, after_help = EXAMPLES, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Reads the command line. A value that was given there and is empty is a mistake, such as
/// `--as-of "$DAY"` with `DAY` unset; an empty variable of the environment says nothing.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches()?;
    if let Some(name) = empty_flag(&matches) {
        let message = format!("the value of `--{}` is empty\n\nGive a value, or leave the flag out.\n", name.replace('_', "-"));
        return Err(Cli::command().error(ErrorKind::InvalidValue, message));
    }
    Cli::from_arg_matches(&matches)
}

fn empty_flag(matches: &ArgMatches) -> Option<String> {
    let is_empty = |id: &str| {
        matches.value_source(id) == Some(ValueSource::CommandLine)
            && matches.try_get_raw(id).ok().flatten().is_some_and(|mut values| values.any(|value| value.is_empty()))
    };
    let own = matches.ids().map(clap::Id::as_str).find(|id| is_empty(id)).map(str::to_owned);
    own.or_else(|| matches.subcommand().and_then(|(_, inner)| empty_flag(inner)))
}

const EXAMPLES: &str = "\
Examples:
  interdict check fleet.csv -j US                      what is banned for a US company today
  interdict check fleet.csv -j US --as-of 2024-09-28   what was on that day
  interdict check sbom.cdx.json -o sarif=out.sarif     for a pipeline
  interdict explain --item 'vendor=AO Kaspersky Lab,product=Kaspersky Plus' -j US
  interdict run                                        one scheduled run, from interdict.toml
  interdict schedule systemd                           units that start it each day
  interdict history diff                               what changed since the run before, and why
  interdict timeline                                   the dates ahead
  interdict inventory inspect fleet.csv                what a file was taken for
  interdict rules show us-bis-kaspersky-2024           one act, with its source

Exit codes: 0 nothing at or above --fail-on; 1 findings; 2 usage, configuration, rule or input
error; 3 nothing to evaluate or something unread; 4 rule data too old.";

#[derive(Debug, Args)]
pub(crate) struct GlobalArgs {
    /// When to use colour
    #[arg(long, value_enum, default_value = "auto", global = true, env = "INTERDICT_COLOR", hide_env = true)]
    pub(crate) color: ColorChoice,
    /// Print results and errors only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more about what was read and used
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(Box<CheckArgs>),
    Run(Box<RunArgs>),
    Schedule(ScheduleArgs),
    History(HistoryArgs),
    Explain(Box<ExplainArgs>),
    Timeline(Box<TimelineArgs>),
    Waivers(WaiversArgs),
    Baseline(BaselineArgs),
    Inventory(InventoryArgs),
    Fleet(FleetArgs),
    Report(Box<ReportArgs>),
    Rules(RulesArgs),
    Schema(SchemaArgs),
    Init(InitArgs),
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// Who asks, for where and when; shared by all commands that evaluate
#[derive(Clone, Debug, Args)]
pub(crate) struct ScopeArgs {
    /// Jurisdiction the organisation is of, as a code or name (repeatable)
    #[arg(short, long = "jurisdiction", value_name = "CODE", env = "INTERDICT_JURISDICTION", value_delimiter = ',')]
    pub(crate) jurisdictions: Vec<String>,
    /// Place of rows that name none, as a code or name
    #[arg(long, value_name = "CODE", env = "INTERDICT_LOCATION")]
    pub(crate) location: Option<String>,
    /// Audience the organisation belongs to, or `all` (repeatable)
    #[arg(long = "audience", value_name = "NAME", env = "INTERDICT_AUDIENCE", value_delimiter = ',')]
    pub(crate) audiences: Vec<String>,
    /// Ask about that day (its last instant in the zone of each act) or RFC 3339 instant; default: now
    #[arg(long, value_name = "DATE", env = "INTERDICT_AS_OF")]
    pub(crate) as_of: Option<String>,
    /// Use only what was announced by the end of that day
    #[arg(long, value_name = "DATE", env = "INTERDICT_KNOWN_ON")]
    pub(crate) known_on: Option<String>,
}

/// Which rules and which configuration are used; shared by all commands
#[derive(Clone, Debug, Args)]
pub(crate) struct PackArgs {
    /// Add rules of your own: a file or folder (repeatable)
    #[arg(long = "rules", value_name = "PATH", env = "INTERDICT_RULES", value_delimiter = ',')]
    pub(crate) rules: Vec<PathBuf>,
    /// Leave out the shipped rules
    #[arg(long)]
    pub(crate) no_builtin_rules: bool,
    /// Use this configuration [env: INTERDICT_CONFIG] [default: the first interdict.toml from the
    /// working directory upwards]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(crate) config: Option<PathBuf>,
    /// Use no configuration file
    #[arg(long)]
    pub(crate) no_config: bool,
}

/// How inventories are read; shared by all commands that read one
#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    /// Read the inventories as this format, whatever they look like
    #[arg(long, value_name = "FORMAT", env = "INTERDICT_INPUT_FORMAT")]
    pub(crate) input_format: Option<String>,
    /// Take this column of a table for a field, such as product='Software Title', or by its number
    /// where the table has no header, such as product=#1 (repeatable)
    #[arg(long = "column", value_name = "FIELD=HEADER")]
    pub(crate) columns: Vec<String>,
    /// Read this sheet of workbooks only; default: every one whose header names a product
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Option<String>,
    /// Read text as written in this encoding, such as windows-1251 or gbk; default: told from the text
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// Read a large file with so many threads; default: one for each core, up to 8. What comes of it is the same
    #[arg(long, value_name = "NUMBER", env = "INTERDICT_THREADS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// What completes the rows of inventories
#[derive(Debug, Args)]
pub(crate) struct AssetsArgs {
    /// Complete rows from this list of machines, such as an export of a CMDB: an asset's location,
    /// audience and owner, by its name
    #[arg(long, value_name = "FILE", env = "INTERDICT_ASSETS")]
    pub(crate) assets: Option<PathBuf>,
}

/// What is judged by which rules, for whom, and what is accepted; shared by commands that draw up findings
#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    #[command(flatten)]
    pub(crate) assets: AssetsArgs,
    /// Leave out acts of this kind, such as vendor-exit (repeatable)
    #[arg(long = "ignore-kind", value_name = "KIND", value_delimiter = ',')]
    pub(crate) ignore_kinds: Vec<String>,
    /// Use the waivers and decisions of this file
    #[arg(long, value_name = "FILE", env = "INTERDICT_WAIVERS")]
    pub(crate) waivers: Option<PathBuf>,
    /// Accept rows and files that could not be read
    #[arg(long)]
    pub(crate) allow_unread: bool,
}

/// What is shown, and where it goes; shared by all commands that write a report
#[derive(Clone, Debug, Args)]
pub(crate) struct ShowArgs {
    /// Write a report to standard output or to a file (repeatable) [default: table]
    ///
    /// Formats: table, json, jsonl, csv, xlsx, md, html, svg, sarif, junit, github, gitlab, cyclonedx, ics,
    /// prometheus.
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]")]
    pub(crate) outputs: Vec<String>,
    /// Show findings with these statuses only; changes no count and no exit code
    #[arg(long, value_name = "STATUS,…", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Gather the lines of text reports by product, asset, rule or jurisdiction
    #[arg(long, value_name = "KEY", default_value = "product")]
    pub(crate) group_by: String,
    /// Name each asset by a hash of its name, in every format: assets
    ///
    /// The same name always has the same hash. With the variable INTERDICT_REDACT_KEY set to a secret,
    /// nobody without it can find a name by trying names.
    #[arg(long, value_name = "WHAT", env = "INTERDICT_REDACT")]
    pub(crate) redact: Option<String>,
}

/// Check inventories against the rules
///
/// Reads files, folders and globs (`-` is standard input) and says which products are banned, get
/// no updates, cannot be bought, or soon will be: for whom, where, since when, under which act, and
/// why.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict check fleet.csv -j US
  interdict check exports/ --location DE --fail-on banned
  interdict check fleet.csv -j US --audience federal-government --as-of 2018-11-01
  interdict check --scan -j US
  interdict check fleet.csv -j US --baseline baseline.json --fail-on-new --fail-within 30d
  interdict check sbom.cdx.json -o json=result.json -o sarif=result.sarif
  interdict check odd.csv --column product='Software Title' --column vendor=Maker")]
pub(crate) struct CheckArgs {
    /// Inventories: files, folders, globs, or - for standard input
    #[arg(required_unless_present = "scan", value_name = "INVENTORY")]
    pub(crate) inventories: Vec<String>,
    /// Check what is installed on this machine, besides the inventories given
    #[arg(long)]
    pub(crate) scan: bool,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
    /// List dates at most so far ahead as deadlines (days, or 12w, 3m, 1y) [default: 90d]
    #[arg(long, value_name = "PERIOD", env = "INTERDICT_HORIZON")]
    pub(crate) horizon: Option<String>,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    /// Fail on this status and worse, on just these (several), or never [default: no-sale]
    #[arg(short, long, value_name = "STATUS,…", env = "INTERDICT_FAIL_ON")]
    pub(crate) fail_on: Option<String>,
    /// Hold the findings against this baseline, which `interdict baseline write` wrote
    #[arg(long, value_name = "FILE", env = "INTERDICT_BASELINE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Fail only on what is new, worse or due since the baseline: of any status, or of those that
    /// --fail-on names
    #[arg(long, env = "INTERDICT_FAIL_ON_NEW", value_parser = FalseyValueParser::new())]
    pub(crate) fail_on_new: bool,
    /// Fail also where a status that fails is to come at most so far ahead (days, or 12w, 3m, 1y)
    #[arg(long, value_name = "PERIOD", env = "INTERDICT_FAIL_WITHIN")]
    pub(crate) fail_within: Option<String>,
    /// End with exit code 4 where the shipped rules are older than this
    #[arg(long, value_name = "PERIOD", env = "INTERDICT_MAX_RULE_AGE")]
    pub(crate) max_rule_age: Option<String>,
}

/// Render a saved report again
///
/// Reads what `check -o json=FILE` wrote, and writes it in other formats: the same bytes as `check`
/// would have written with the same flags. No rule is read and nothing is judged again. Ends in the
/// exit code of the run that was saved. No configuration is used.
///
/// Reads also what the query of `interdict fleet join --export` gave, as Parquet, CSV or JSON lines: the
/// exported items are judged again, and an export whose verdicts come from other rules is refused.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict report result.json
  interdict report result.json -o sarif=out.sarif --only banned
  interdict report export.parquet -o html=fleet.html")]
pub(crate) struct ReportArgs {
    /// Report that was written with -o json, or a fleet's export; - for standard input
    #[arg(value_name = "RESULT")]
    pub(crate) result: String,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    #[command(flatten, next_help_heading = "For a fleet's export")]
    pub(crate) fleet: FleetReportArgs,
}

/// How a fleet's export becomes a report
#[derive(Debug, Args)]
pub(crate) struct FleetReportArgs {
    #[command(flatten)]
    pub(crate) terms: fleet::TermsArgs,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    /// List dates at most so far ahead as deadlines (days, or 12w, 3m, 1y) [default: 90d]
    #[arg(long, value_name = "PERIOD")]
    pub(crate) horizon: Option<String>,
    /// Fail on this status and worse, on just these (several), or never [default: no-sale]
    #[arg(short, long, value_name = "STATUS,…")]
    pub(crate) fail_on: Option<String>,
    /// Accept rows without a verdict, and such as could not be read
    #[arg(long)]
    pub(crate) allow_unread: bool,
}

/// Explain why a product is or is not banned, step by step
///
/// Give an inventory and a product's name, asset or finding's fingerprint; or one item with --item.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict explain fleet.csv 'Kaspersky Endpoint Security' -j US
  interdict explain fleet.csv 1:0123456789abcdef0123456789abcdef -j US
  interdict explain --item 'vendor=AO Kaspersky Lab,product=Kaspersky Plus,location=DE' -j US")]
pub(crate) struct ExplainArgs {
    /// Inventory, and the item in it: part of its name, or a fingerprint
    #[arg(value_names = ["INVENTORY", "ITEM"], num_args = 2, required_unless_present = "item", conflicts_with = "item")]
    pub(crate) target: Vec<String>,
    /// An item as FIELD=VALUE pairs: vendor, product, version, cpe, purl, bundle-id, package-id,
    /// signer, asset, location, audience, acquired, renewal
    #[arg(long, value_name = "FIELD=VALUE,…")]
    pub(crate) item: Option<String>,
    /// Explain under this rule only
    #[arg(long, value_name = "ID")]
    pub(crate) rule: Option<String>,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    #[command(flatten)]
    pub(crate) assets: AssetsArgs,
}

/// List the dates of acts: ahead, and behind with --past
///
/// With inventories: the dates of acts that touch them, and how many items and assets each does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict timeline
  interdict timeline --past --rule us-congress-pafaca-2024
  interdict timeline fleet.csv -j US --as-of 2024-07-01 --horizon 1y
  interdict timeline fleet.csv -j US -o ics > deadlines.ics")]
pub(crate) struct TimelineArgs {
    /// Inventories; without any: all acts
    #[arg(value_name = "INVENTORY")]
    pub(crate) inventories: Vec<String>,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Only this act (repeatable)
    #[arg(id = "acts", long = "rule", value_name = "ID")]
    pub(crate) rules: Vec<String>,
    /// Dates behind as well
    #[arg(long)]
    pub(crate) past: bool,
    /// Dates at most so far ahead (days, or 12w, 3m, 1y); default: all
    #[arg(long, value_name = "PERIOD", env = "INTERDICT_HORIZON")]
    pub(crate) horizon: Option<String>,
    /// Print as a table, as JSON, or as a calendar (iCalendar): the dates of enacted acts, with
    /// reminders 30, 7 and 1 day ahead; importing it again updates what moved
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "table")]
    pub(crate) output: TimelineFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimelineFormat {
    Table,
    Json,
    Ics,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Table,
    Json,
}

/// Print the JSON Schema of a file that interdict reads or writes
#[derive(Debug, Args)]
#[command(after_help = "Example: interdict schema rule > rule.schema.json")]
pub(crate) struct SchemaArgs {
    /// What the schema is of
    #[arg(value_enum)]
    pub(crate) of: SchemaOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    Rule,
    Entity,
    Config,
    Waivers,
    Inventory,
    Report,
    Baseline,
    Notice,
}

/// Write a configuration to start with
#[derive(Debug, Args)]
#[command(after_help = "Example: interdict init -j US --audience companies")]
pub(crate) struct InitArgs {
    /// Folder to write to
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Jurisdiction the organisation is of (repeatable)
    #[arg(short, long = "jurisdiction", value_name = "CODE", value_delimiter = ',')]
    pub(crate) jurisdictions: Vec<String>,
    /// Audience the organisation belongs to (repeatable)
    #[arg(long = "audience", value_name = "NAME", value_delimiter = ',')]
    pub(crate) audiences: Vec<String>,
    /// Overwrite files that are there
    #[arg(long)]
    pub(crate) force: bool,
}

/// Print completions for a shell
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use interdict::report::Format;

    use super::Cli;

    #[test]
    fn the_help_of_the_output_names_every_format() {
        let names = Format::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ");
        let command = Cli::command();
        for name in ["check", "report"] {
            let command = command.find_subcommand(name).expect("is there");
            let output = command.get_arguments().find(|argument| argument.get_id() == "outputs").expect("is there");
            let help = output.get_long_help().expect("has one").to_string();
            assert!(help.contains(&format!("Formats: {names}.")), "{help}");
        }
    }
}
