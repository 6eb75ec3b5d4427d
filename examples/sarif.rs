//! Checks a table held as bytes, and writes the report as SARIF.
//!
//!     cargo run --example sarif > fleet.sarif

use std::error::Error;
use std::io::{self, Write};

use interdict::{Format, Inventory, Rules};

/// Any format that the program reads may stand here; which one it is, is recognised.
const FLEET: &[u8] = include_bytes!("../seeds/fleet.csv");

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}

/// Writes to `out`, so that a test can hold what is printed.
pub(crate) fn run(out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let rules = Rules::shipped();
    let check = rules.check("2024-10-01")?.jurisdiction("US")?.audience("federal-contractors")?;
    let report = check.run([Inventory::bytes("seeds/fleet.csv", FLEET)]);
    report.write(Format::Sarif, out)?;
    Ok(())
}
