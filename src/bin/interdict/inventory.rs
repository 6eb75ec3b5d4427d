//! `interdict inventory`: what inventories hold, and what is installed here; without a rule.

use interdict::diag::Sources;
use interdict::report::save;

use super::args::inventory::{InventoryArgs, InventoryCommand, ScanArgs};
use super::exit::{Done, Exit, Failure};
use super::terminal::Terminal;
use super::{inspect, scan};

/// Runs the command.
pub(crate) fn run(args: &InventoryArgs, terminal: &Terminal) -> Done {
    match &args.command {
        InventoryCommand::Inspect(args) => inspect::run(args, terminal),
        InventoryCommand::Scan(args) => scan(args, terminal),
    }
}

fn scan(args: &ScanArgs, terminal: &Terminal) -> Done {
    let root = args.root.as_deref();
    if let Some(root) = root.filter(|root| !root.is_dir()) {
        return Err(Failure::file("open folder", root, &std::io::Error::from(std::io::ErrorKind::NotFound)));
    }
    let asset = args.asset.clone().unwrap_or_else(|| scan::host(root));
    let scan = scan::scan(root, &asset);
    let diagnostics = scan.diagnostics();
    terminal.diagnostics(diagnostics.iter(), &Sources::default());
    let write = |out: &mut dyn std::io::Write| scan.found.iter().try_for_each(|found| out.write_all(&found.lines));
    match &args.output {
        Some(path) => save::save(path, write).map_err(|error| Failure::save(&error))?,
        None => terminal.write(write)?,
    }
    Ok(if diagnostics.is_empty() { Exit::Ok } else { Exit::Unread })
}
