//! Checks three items that a program holds as values, and prints what is found.
//!
//!     cargo run --example items

use std::error::Error;
use std::io::{self, Write};

use interdict::{Inventory, Item, Rules};

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}

/// Writes to `out`, so that a test can hold what is printed.
pub(crate) fn run(out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let rules = Rules::shipped();
    // Who asks, and for which day: nothing in the library reads a clock.
    let check = rules.check("2024-10-01")?.jurisdiction("US")?;
    let items = [
        Item::new().vendor("AO Kaspersky Lab").product("Kaspersky Plus").version("21.3").asset("pc-17").location("US-TX"),
        Item::new().purl("pkg:npm/left-pad@1.3.0"),
        Item::new().vendor("Mozilla").product("Firefox").quantity(250),
    ];
    let report = check.run([Inventory::items("order 4711", &items)]);

    for finding in report.findings() {
        let (item, status) = (finding.line(), finding.status().as_str());
        writeln!(out, "item {item}: {} is {status} under {}", finding.product(), finding.act())?;
        writeln!(out, "  {}", finding.title())?;
        writeln!(out, "  {}", finding.url())?;
    }
    for problem in report.problems() {
        writeln!(out, "{problem}")?;
    }
    writeln!(out, "{} items, passes: {}", report.items(), report.passes())?;
    Ok(())
}
