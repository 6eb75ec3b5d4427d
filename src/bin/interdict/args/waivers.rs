//! The arguments of `interdict waivers`.

use std::path::PathBuf;

use clap::{ArgAction, Args, Subcommand};

use super::{JudgeArgs, ListFormat, PackArgs};

/// List, add, check and renew waivers, and decisions about possible matches
///
/// The file is that of --waivers, else that of `check.waivers` in the configuration.
#[derive(Debug, Args)]
pub(crate) struct WaiversArgs {
    #[command(subcommand)]
    pub(crate) command: WaiversCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WaiversCommand {
    List(Box<WaiversListArgs>),
    Add(Box<WaiversAddArgs>),
    Check(Box<WaiversCheckArgs>),
    Renew(WaiversRenewArgs),
}

/// List waivers and decisions, and how each stands
///
/// A waiver counts, is expiring (42 days ahead of its end), expired, or too-long, and does not count
/// then. With inventories, it is unused where it matches no finding of them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict waivers list
  interdict waivers list fleet.csv -j US --waivers waivers.toml
  interdict waivers list -o json")]
pub(crate) struct WaiversListArgs {
    /// Inventories that the waivers are held against
    #[arg(value_name = "INVENTORY")]
    pub(crate) inventories: Vec<String>,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
    /// Print as a table or as JSON
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "table")]
    pub(crate) output: ListFormat,
}

/// Add a waiver, or a decision
///
/// Appends to the file and keeps what is there; without a file, it is written. What would not count is
/// refused: an unknown rule, a rule that allows no waiver, a day that is past or too far ahead. With
/// --entity, it is a decision: whether an item is that vendor's.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict waivers add --rule us-bis-kaspersky-2024 --asset 'lab-*' --until 2027-03-31 --reason 'isolated lab' --owner j.doe --approved-by CISO
  interdict waivers add --entity kaspersky --vendor 'Kasper Labs GmbH' --is false --reason 'a maker of puppets' --owner j.doe")]
pub(crate) struct WaiversAddArgs {
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    /// File to add to
    #[arg(long, value_name = "FILE", env = "INTERDICT_WAIVERS")]
    pub(crate) waivers: Option<PathBuf>,
    /// Id of the rule
    #[arg(long, value_name = "ID", required_unless_present_any = ["effect", "entity"], conflicts_with = "entity")]
    pub(crate) rule: Option<String>,
    /// The only effect that is accepted, such as no-sale
    #[arg(long, value_name = "EFFECT", conflicts_with = "entity")]
    pub(crate) effect: Option<String>,
    /// Product as the inventory names it; a glob, in a decision the name itself
    #[arg(long, value_name = "NAME")]
    pub(crate) product: Option<String>,
    /// Asset as the inventory names it; a glob
    #[arg(long, value_name = "NAME", conflicts_with = "entity")]
    pub(crate) asset: Option<String>,
    /// Decide about this entity
    #[arg(long, value_name = "ID", requires = "is")]
    pub(crate) entity: Option<String>,
    /// Vendor as the inventory names it
    #[arg(long, value_name = "NAME", requires = "entity")]
    pub(crate) vendor: Option<String>,
    /// Whether the item is the entity's
    #[arg(long, value_name = "true|false", action = ArgAction::Set, requires = "entity")]
    pub(crate) is: Option<bool>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who answers for it
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: String,
    /// Who approved it
    #[arg(long, value_name = "NAME", required_unless_present = "entity", conflicts_with = "entity")]
    pub(crate) approved_by: Option<String>,
    /// Last day on which it counts; a decision may do without
    #[arg(long, value_name = "DATE", required_unless_present = "entity")]
    pub(crate) until: Option<String>,
    /// Reference in a ticket system
    #[arg(long, value_name = "TEXT")]
    pub(crate) ticket: Option<String>,
    /// Licence or permit that allows it
    #[arg(long, value_name = "TEXT", conflicts_with = "entity")]
    pub(crate) licence: Option<String>,
    /// Count from that day; default: today
    #[arg(long, value_name = "DATE", env = "INTERDICT_AS_OF")]
    pub(crate) as_of: Option<String>,
}

/// Check a waiver file: every problem, with file, line and help
///
/// Ends with exit code 1 where something is wrong: an error, a waiver that ran out, is too long or too
/// wide, and with inventories one that matches nothing. That a waiver ends soon is said, and not wrong.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict waivers check --waivers waivers.toml
  interdict waivers check fleet.csv -j US")]
pub(crate) struct WaiversCheckArgs {
    /// Inventories that the waivers are held against
    #[arg(value_name = "INVENTORY")]
    pub(crate) inventories: Vec<String>,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

/// Move the last day of waivers
///
/// Changes the day in the file and nothing else. Renewing is a decision: read the reason again first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict waivers renew 2 --until 2027-03-31
  interdict waivers renew SEC-123 --until 2027-03-31")]
pub(crate) struct WaiversRenewArgs {
    /// Numbers as `waivers list` shows them, or tickets
    #[arg(required = true, value_name = "NUMBER|TICKET")]
    pub(crate) which: Vec<String>,
    /// New last day
    #[arg(long, value_name = "DATE")]
    pub(crate) until: String,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    /// File to change
    #[arg(long, value_name = "FILE", env = "INTERDICT_WAIVERS")]
    pub(crate) waivers: Option<PathBuf>,
    /// Count from that day; default: today
    #[arg(long, value_name = "DATE", env = "INTERDICT_AS_OF")]
    pub(crate) as_of: Option<String>,
}
