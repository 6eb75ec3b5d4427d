//! The arguments of `interdict inventory`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Scan this machine
#[derive(Debug, Args)]
pub(crate) struct InventoryArgs {
    #[command(subcommand)]
    pub(crate) command: InventoryCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InventoryCommand {
    Scan(ScanArgs),
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
