//! The arguments of `interdict inventory`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ListFormat, PackArgs, ReadArgs};

/// Look at inventories, or at this machine
#[derive(Debug, Args)]
pub(crate) struct InventoryArgs {
    #[command(subcommand)]
    pub(crate) command: InventoryCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InventoryCommand {
    Inspect(Box<InspectArgs>),
    Scan(ScanArgs),
}

/// Show what a file was taken for, and what was understood of it
///
/// Format, encoding, header and columns, the first rows as they are understood, and what could not be
/// read: before a check, or where one says less than it should.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict inventory inspect export.xlsx
  interdict inventory inspect odd.csv --column product='Software Title'
  interdict inventory inspect exports/ -o json")]
pub(crate) struct InspectArgs {
    /// Inventories: files, folders, globs, or - for standard input
    #[arg(required = true, value_name = "INVENTORY")]
    pub(crate) inventories: Vec<String>,
    #[command(flatten)]
    pub(crate) pack: PackArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Print as a table or as JSON
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "table")]
    pub(crate) output: ListFormat,
}

/// List what is installed on this machine, as JSON lines
///
/// Asks dpkg, rpm, apk, pacman, Flatpak, Snap, Homebrew, macOS and the uninstall keys of Windows,
/// whichever are there. `interdict check --scan` checks the same at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict inventory scan > machine.jsonl
  interdict inventory scan --root /mnt/image -o image.jsonl
  interdict check --scan -j US")]
pub(crate) struct ScanArgs {
    /// Read the files of a system below this folder (an image, a mounted disk), and run nothing
    #[arg(long, value_name = "FOLDER")]
    pub(crate) root: Option<PathBuf>,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Name of the machine, for its items [default: its host name]
    #[arg(long, value_name = "NAME")]
    pub(crate) asset: Option<String>,
}
