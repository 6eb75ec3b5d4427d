//! The arguments of `interdict rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ListFormat, PackArgs};

/// List, show, compare, lint and test rules
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    List(RulesListArgs),
    Show(RulesShowArgs),
    Lint(RulesLintArgs),
    Test(RulesTestArgs),
    Diff(RulesDiffArgs),
    Status(RulesStatusArgs),
}

/// List the rules
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict rules list
  interdict rules list -j US --effect no-sale
  interdict rules list -j DE --status upcoming --as-of 2024-10-01
  interdict rules list --audiences")]
pub(crate) struct RulesListArgs {
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    /// Only acts of this place, of what lies in it, and of groups it lies in (repeatable)
    #[arg(short, long = "jurisdiction", value_name = "CODE", value_delimiter = ',')]
    pub(crate) jurisdictions: Vec<String>,
    /// Only acts that bind or affect this audience, or a wider one (repeatable)
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) audience: Vec<String>,
    /// Only acts with a measure of this effect (repeatable)
    #[arg(long, value_name = "EFFECT", value_delimiter = ',')]
    pub(crate) effect: Vec<String>,
    /// Only acts of this kind, such as sanction or vendor-exit (repeatable)
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(crate) kind: Vec<String>,
    /// Only acts of this stage: enacted, proposed, reported or denied (repeatable)
    #[arg(long, value_name = "STAGE", value_delimiter = ',')]
    pub(crate) stage: Vec<String>,
    /// Only acts with a measure that gives this status on the day: banned, no-updates, no-sale,
    /// upcoming or advisory (repeatable)
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    pub(crate) status: Vec<String>,
    /// State of the measures as of that day; default: today
    #[arg(long, value_name = "DATE", env = "INTERDICT_AS_OF")]
    pub(crate) as_of: Option<String>,
    /// List the audiences that rules speak of instead
    #[arg(long)]
    pub(crate) audiences: bool,
    /// Print as a table or as JSON
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "table")]
    pub(crate) output: ListFormat,
}

/// Show one rule: measures, dates, events, exemptions, sources
#[derive(Debug, Args)]
pub(crate) struct RulesShowArgs {
    /// Id of the rule
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    /// State of the measures as of that day; default: today
    #[arg(long, value_name = "DATE", env = "INTERDICT_AS_OF")]
    pub(crate) as_of: Option<String>,
}

/// Check rule files: every problem, with file, line, column and help
///
/// Errors end in exit code 2; warnings never do.
#[derive(Debug, Args)]
pub(crate) struct RulesLintArgs {
    /// Files or folders of rules, layered over the shipped ones [default: the shipped ones and --rules]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
}

/// Run the inline tests of rules
///
/// Prints what was expected and what came; a failure ends in exit code 1.
#[derive(Debug, Args)]
pub(crate) struct RulesTestArgs {
    /// Files or folders of rules, layered over the shipped ones [default: the shipped ones and --rules]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
}

/// Say what changed between two packs: for whom, and when
///
/// A side is the word `builtin`, a folder with a pack of its own (it has a jurisdictions.toml), or a
/// file or folder of rules, which is layered over the shipped ones as `--rules` does it. Ends with
/// exit code 0 where the two could be compared, whatever changed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict rules diff builtin my-rules/
  interdict rules diff old/rules rules -o json")]
pub(crate) struct RulesDiffArgs {
    /// Before: a file, a folder, or `builtin`
    pub(crate) old: String,
    /// After: a file, a folder, or `builtin`
    pub(crate) new: String,
    /// Print as text or as JSON
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "table")]
    pub(crate) output: ListFormat,
}

/// Say which rules these are, how old, and what they hold
#[derive(Debug, Args)]
pub(crate) struct RulesStatusArgs {
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    /// Count the age to that day; default: today
    #[arg(long, value_name = "DATE", env = "INTERDICT_AS_OF")]
    pub(crate) as_of: Option<String>,
    /// End with exit code 4 where the shipped rules are older than this
    #[arg(long, value_name = "PERIOD", env = "INTERDICT_MAX_RULE_AGE")]
    pub(crate) max_rule_age: Option<String>,
    /// Print as text or as JSON
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "table")]
    pub(crate) output: ListFormat,
}
