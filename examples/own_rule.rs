//! Lays a rule of one's own over those that are shipped.
//!
//!     cargo run --example own_rule

use std::error::Error;
use std::io::{self, Write};

use interdict::{Inventory, Item, Rules};

const RULE: &str = r#"
schema = 1
id = "us-acme-chat-2026"
title = "Acme takes no chat programs by Northwind"
kind = "use-ban"
jurisdiction = "US"
authority = "Acme Corporation"
url = "https://intranet.example/policies/17"
announced = 2026-01-12
names = "listed"
sources = [{ url = "https://intranet.example/policies/17", retrieved = 2026-01-12 }]

[[covers]]
entities = ["northwind-example"]

[[measures]]
effect = "no-use"
binds = ["companies"]
nexus = ["person"]
from = 2026-03-01
"#;

const ENTITY: &str = r#"
schema = 1
name = "Northwind Example"
kind = "organisation"
country = "US"

[[products]]
id = "northwind-chat"
name = "Northwind Chat"
"#;

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}

/// Writes to `out`, so that a test can hold what is printed.
pub(crate) fn run(out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let layers = || Rules::layers().text("entities/northwind-example.toml", ENTITY);
    let rules = layers().text("us/us-acme-chat-2026.toml", RULE).load()?;
    for day in ["2026-02-28", "2026-03-01"] {
        let item = Item::new().vendor("Northwind Example").product("Northwind Chat");
        let report = rules.check(day)?.jurisdiction("US")?.run([Inventory::items("chats", [item])]);
        for finding in report.findings() {
            writeln!(out, "{day}: {} is {} under {}", finding.product(), finding.status().as_str(), finding.act())?;
        }
    }

    // What is wrong in a rule is an error that says where.
    let wrong = layers().text("us/us-acme-chat-2026.toml", RULE.replace("no-use", "no-usage")).load();
    if let Err(error) = wrong {
        writeln!(out, "{error}")?;
    }
    Ok(())
}
