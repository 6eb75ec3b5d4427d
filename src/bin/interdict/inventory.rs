//! `interdict inventory`: what inventories hold, without a rule.

use super::args::{InventoryArgs, InventoryCommand};
use super::exit::Done;
use super::inspect;
use super::terminal::Terminal;

/// Runs the command.
pub(crate) fn run(args: &InventoryArgs, terminal: &Terminal) -> Done {
    match &args.command {
        InventoryCommand::Inspect(args) => inspect::run(args, terminal),
    }
}
