//! Lint: what a rule file should have, beyond being correct. Only warnings.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::Pack;
use super::rule::{Rule, RuleTest};
use super::words::Stage;
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::model::{Status, Zone};

/// An entry held against its source longer ago than this is stale, in days.
const STALE: i64 = 400;

/// Looks at all rules and entities of a pack; `shipped` says whether shipped rules are looked at
/// as well. What is stale is counted from the day the pack was built, so that a build repeats.
pub fn lint(pack: &Pack, tests: &[RuleTest], shipped: bool, diagnostics: &mut Diagnostics) {
    let built = chrono::NaiveDate::parse_from_str(&pack.catalogue.built, "%Y-%m-%d").ok();
    let mut never = Vec::new();
    for rule in pack.catalogue.rules.iter().filter(|rule| shipped || !rule.shipped) {
        let own: Vec<&RuleTest> = tests.iter().filter(|test| test.rule == rule.id).collect();
        self::rule(rule, &own, diagnostics);
        match rule.verified {
            None => never.push(rule),
            Some(verified) => {
                let day = Zone::UTC.day(verified.earliest(Zone::UTC));
                if built.is_some_and(|built| (built - day).num_days() > STALE) {
                    let message = format!("`{}` was last held against its source on {verified}", rule.id);
                    diagnostics.push(
                        Diagnostic::warning(Code::StaleRule, message)
                            .at(place(rule))
                            .help("read the source again and set `verified`"),
                    );
                }
            }
        }
    }
    if !never.is_empty() {
        let ids: Vec<&str> = never.iter().take(5).map(|rule| rule.id.as_str()).collect();
        let more = if never.len() > ids.len() { format!(" and {} more", never.len() - ids.len()) } else { String::new() };
        let message = format!("{} rules were never held against their source: {}{more}", never.len(), ids.join(", "));
        diagnostics.push(Diagnostic::warning(Code::NeverVerified, message).help("read the source and set `verified` to that day"));
    }
    aliases(pack, diagnostics);
}

fn place(rule: &Rule) -> Place {
    Place::Line(rule.file.clone(), rule.line, None)
}

fn rule(rule: &Rule, tests: &[&RuleTest], diagnostics: &mut Diagnostics) {
    let mut warn =
        |code, message: String, help: &str| diagnostics.push(Diagnostic::warning(code, message).at(place(rule)).help(help));
    if rule.sources.is_empty() {
        warn(Code::MissingSource, format!("`{}` lists no sources", rule.id), "add `sources` with the pages the entry was read on");
    }
    if tests.is_empty() {
        warn(
            Code::NoTests,
            format!("`{}` has no inline tests", rule.id),
            "add [[tests]]: a hit, a near miss, and the days around each date",
        );
    } else if rule.stage == Stage::Enacted
        && !tests.iter().any(|test| test.status == Status::Clear || test.status == Status::Review)
    {
        warn(
            Code::NoNearMiss,
            format!("`{}` has no near miss among its tests", rule.id),
            "add a test of an item it does not touch: another audience, an exempt product, another country",
        );
    }
}

/// Names that two entities share, and names that are ordinary words.
fn aliases(pack: &Pack, diagnostics: &mut Diagnostics) {
    let mut shared: BTreeMap<(u32, u32), BTreeSet<&str>> = BTreeMap::new();
    for (name, targets) in pack.names.iter() {
        let owners: BTreeSet<u32> = targets.iter().map(|target| target.entity).collect();
        let pairs = owners.iter().zip(owners.iter().skip(1));
        for (&a, &b) in pairs {
            shared.entry((a, b)).or_default().insert(name);
        }
        for &owner in owners.iter().filter(|_| name.chars().count() < 3 && targets.iter().all(|target| target.trimmed)) {
            let entity = &pack.entity(owner).id;
            let message = format!("the alias `{name}` of `{entity}` is so short that it matches by chance");
            diagnostics.push(
                Diagnostic::warning(Code::CommonAlias, message)
                    .at(Place::File(format!("entities/{entity}.toml")))
                    .help("write the name in full"),
            );
        }
    }
    for ((a, b), names) in shared {
        let (a, b) = (&pack.entity(a).id, &pack.entity(b).id);
        let names: Vec<&str> = names.into_iter().collect();
        let message = format!("`{a}` and `{b}` share the alias {}", names.join(", "));
        diagnostics.push(
            Diagnostic::warning(Code::AmbiguousAlias, message)
                .at(Place::File(format!("entities/{b}.toml")))
                .help("give it to one of them, with dates if it changed hands"),
        );
    }
}
