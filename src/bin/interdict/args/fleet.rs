//! The command line of `interdict fleet`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::PackArgs;

/// Check a fleet of any size in the engine its rows lie in
///
/// The rows stay where they are. `distinct` prints the query for the distinct items; `verdicts` judges
/// each of them, for all days, and writes a table; `load` prints what brings that table into the engine;
/// `join` prints the query that counts the rows by it, or exports what `interdict report` makes a report
/// of. See docs/fleets.md.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict fleet distinct --dialect duckdb --table software.parquet --column vendor=publisher --column product=name
  interdict fleet verdicts identities.parquet --place US -o parquet=verdicts.parquet
  interdict fleet load --dialect snowflake --verdicts inv.verdicts --from @inv.stage/verdicts.parquet
  interdict fleet join --dialect duckdb --table software.parquet --column vendor=publisher --column product=name --verdicts verdicts.parquet --place US --as-of 2024-10-01 --export")]
pub(crate) struct FleetArgs {
    #[command(subcommand)]
    pub(crate) command: FleetCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FleetCommand {
    Distinct(FleetDistinctArgs),
    Verdicts(Box<FleetVerdictsArgs>),
    Load(FleetLoadArgs),
    Join(Box<FleetJoinArgs>),
}

/// The fleet's table; shared by the commands that print a query over it
#[derive(Debug, Args)]
pub(crate) struct TableArgs {
    /// Words of this engine: duckdb, spark, databricks, snowflake, trino, bigquery, postgres
    #[arg(long, value_name = "ENGINE")]
    pub(crate) dialect: String,
    /// The fleet's table, its parts joined by dots; in DuckDB, a file or glob of Parquet or CSV too
    ///
    /// A name means what it means to the engine without quotation marks; put a part that is meant to the
    /// letter into quotation marks.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: String,
    /// Take this column for a field, such as product=display_name (repeatable): vendor, product, version, cpe,
    /// purl, bundle-id, package-id, signer, location, audience, acquired, renewal say what an item is; asset,
    /// owner, quantity are counted
    #[arg(long = "column", value_name = "FIELD=COLUMN", required = true)]
    pub(crate) columns: Vec<String>,
    /// Have the engine write the result to this address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) write_to: Option<String>,
    /// Format that it is written in
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "parquet", requires = "write_to")]
    pub(crate) write_as: WriteAs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WriteAs {
    Parquet,
    Csv,
}

/// Print the query for the distinct items of a fleet
///
/// Two rows are the same item when all columns that can decide a verdict are the same, byte for byte, and
/// NULL in both or in neither. Other columns that are given are left out, so that `join` may be given the
/// same ones.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict fleet distinct --dialect trino --table hive.inv.software --column vendor=publisher --column product=name
  interdict fleet distinct --dialect duckdb --table 'software/*.parquet' --column product=name --column vendor=publisher --write-to identities.parquet")]
pub(crate) struct FleetDistinctArgs {
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

/// What verdicts depend on besides the item and who asks; shared with `interdict report`
#[derive(Debug, Args)]
pub(crate) struct TermsArgs {
    /// Place of rows that name none, as a code or name
    #[arg(long, value_name = "CODE")]
    pub(crate) location: Option<String>,
    /// Use only what was announced by the end of that day
    #[arg(long, value_name = "DATE")]
    pub(crate) known_on: Option<String>,
    /// Leave out acts of this kind, such as vendor-exit (repeatable)
    #[arg(long = "ignore-kind", value_name = "KIND", value_delimiter = ',')]
    pub(crate) ignore_kinds: Vec<String>,
    /// Use the decisions (and, for a report, the waivers) of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) waivers: Option<PathBuf>,
    /// Which of two numbers in dates is the day, where the values do not tell
    #[arg(long, value_name = "ORDER", value_enum)]
    pub(crate) dates: Option<Order>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    DayFirst,
    MonthFirst,
}

/// Judge the distinct items of a fleet, and write the table of verdicts
///
/// Reads what the query of `fleet distinct` gave, as Parquet or CSV, and judges each item as `check` does, for
/// every day: a line holds from `valid_from` on, and no longer on `valid_until`. Each place with each audience
/// gets verdicts of its own. Items that nothing applies to have a line too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict fleet verdicts identities.parquet --place US -o parquet=verdicts.parquet
  interdict fleet verdicts identities/ --place US --place DE+FR --audience companies --audience federal-government --from 2024-01-01 -o parquet=verdicts.parquet -o csv=verdicts.csv")]
pub(crate) struct FleetVerdictsArgs {
    /// Distinct items: files or folders of Parquet or CSV, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Place the organisation is of, as a code or name; several joined by + are one organisation of all of them
    /// (repeatable) [default: those of the configuration]
    #[arg(short = 'j', long = "place", visible_alias = "jurisdiction", value_name = "CODE[+CODE…]")]
    pub(crate) places: Vec<String>,
    /// Audience the organisation belongs to, or `all`; joined by + as above (repeatable)
    #[arg(long = "audience", value_name = "NAME[+NAME…]")]
    pub(crate) audiences: Vec<String>,
    /// First day that is asked about; default: ever
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Last day that is asked about; default: ever
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) terms: TermsArgs,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    /// Write the verdicts as parquet or csv to a file (repeatable); csv alone to standard output
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]", required = true)]
    pub(crate) outputs: Vec<String>,
}

/// Print the statements that make a table of the verdicts in an engine
///
/// The file is what `fleet verdicts -o parquet` wrote (for PostgreSQL: -o csv), at an address that the engine
/// can read. A table of that name is replaced.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  interdict fleet load --dialect bigquery --verdicts inv.verdicts --from gs://inv/verdicts.parquet")]
pub(crate) struct FleetLoadArgs {
    /// Words of this engine
    #[arg(long, value_name = "ENGINE")]
    pub(crate) dialect: String,
    /// The table of verdicts
    #[arg(long, value_name = "NAME")]
    pub(crate) verdicts: String,
    /// Address of the file
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) from: String,
}

/// Print the query that counts a fleet by its verdicts, or exports it for a report
///
/// The columns must be those that `fleet distinct` was given. The day, the place and the audience are three texts
/// at the top of the query. Rows without a verdict are counted as `not-evaluated`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict fleet join --dialect trino --table hive.inv.software --column vendor=publisher --column product=name --column asset=host --verdicts hive.inv.verdicts --place US --as-of 2024-10-01 --count act
  interdict fleet join --dialect duckdb --table software.parquet --column vendor=publisher --column product=name --column asset=host --verdicts verdicts.parquet --place US --as-of 2024-10-01 --export --write-to export.parquet")]
pub(crate) struct FleetJoinArgs {
    #[command(flatten)]
    pub(crate) table: TableArgs,
    /// The table of verdicts; in DuckDB, a file too
    #[arg(long, value_name = "NAME")]
    pub(crate) verdicts: String,
    /// The day; default: today
    #[arg(long, value_name = "DATE", env = "INTERDICT_AS_OF")]
    pub(crate) as_of: Option<String>,
    /// The organisation's place, as `fleet verdicts` was given it [default: those of the configuration]
    #[arg(short = 'j', long = "place", visible_alias = "jurisdiction", value_name = "CODE[+CODE…]")]
    pub(crate) place: Option<String>,
    /// The organisation's audience, as `fleet verdicts` was given it
    #[arg(long, value_name = "NAME[+NAME…]")]
    pub(crate) audience: Option<String>,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    /// Count the rows by this
    #[arg(long, value_name = "BY", value_enum, default_value = "act", conflicts_with = "export")]
    pub(crate) count: CountBy,
    /// Export what `interdict report` makes a report of
    #[arg(long)]
    pub(crate) export: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CountBy {
    Act,
    Place,
    Asset,
}
