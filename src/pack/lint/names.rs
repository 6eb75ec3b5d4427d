//! Names that two entities share, and names that match by chance: ordinary words, general words,
//! and very short ones.

use std::collections::{BTreeMap, BTreeSet};

use super::super::compile::{Pack, Target};
use super::super::entity::Span;
use super::Own;
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::model::Zone;

pub(super) fn lint(pack: &Pack, own: Own<'_>, diagnostics: &mut Diagnostics) {
    let mut shared: BTreeMap<(u32, u32), BTreeSet<&str>> = BTreeMap::new();
    let kinds: BTreeSet<&str> = pack.catalogue.registry.categories.keys().map(String::as_str).collect();
    for (name, targets) in pack.names.iter() {
        let targets: Vec<Target> = targets.collect();
        // A name as it is written wins over one that agrees only without its legal form.
        let written = targets.iter().any(|target| !target.trimmed);
        let telling: Vec<&Target> = targets.iter().filter(|target| !written || !target.trimmed).collect();
        for (at, one) in telling.iter().enumerate() {
            for other in telling[at + 1..].iter().filter(|other| other.entity != one.entity && overlap(one.span, other.span)) {
                shared.entry((one.entity.min(other.entity), one.entity.max(other.entity))).or_default().insert(name);
            }
        }
        let owners: BTreeSet<u32> = targets.iter().map(|target| target.entity).collect();
        for owner in owners.into_iter().filter(|&owner| own.entity(&pack.entity(owner).id)) {
            let targets: Vec<&Target> = targets.iter().filter(|target| target.entity == owner).collect();
            if let Some((why, help)) = by_chance(pack, name, &targets, own, &kinds) {
                let entity = &pack.entity(owner).id;
                let message = format!("the alias `{name}` of `{entity}` {why}");
                diagnostics.push(Diagnostic::warning(Code::CommonAlias, message).at(file(entity)).help(help));
            }
        }
    }
    for ((a, b), names) in shared {
        let (a, b) = (&pack.entity(a).id, &pack.entity(b).id);
        if !own.entity(a) && !own.entity(b) {
            continue;
        }
        let names: Vec<&str> = names.into_iter().collect();
        let message = format!("`{a}` and `{b}` share the alias {}", names.join(", "));
        diagnostics.push(
            Diagnostic::warning(Code::AmbiguousAlias, message)
                .at(file(if own.entity(b) { b } else { a }))
                .help("give it to one of them, with dates if it changed hands"),
        );
    }
}

fn file(entity: &str) -> Place {
    Place::File(format!("entities/{entity}.toml"))
}

/// Returns whether two stretches have a day in common, in any zone.
fn overlap(a: Span, b: Span) -> bool {
    let both = a.intersection(b);
    let (from, until) = both.bounds(Zone::UTC);
    from.zip(until).is_none_or(|(from, until)| from < until)
}

/// Returns why a name would match by chance, and what to do.
fn by_chance(
    pack: &Pack,
    name: &str,
    targets: &[&Target],
    own: Own<'_>,
    kinds: &BTreeSet<&str>,
) -> Option<(&'static str, &'static str)> {
    if name.chars().count() < 3 && targets.iter().all(|target| target.trimmed) {
        return Some(("is so short that it matches by chance", "write the name in full"));
    }
    // A name that only lost its legal form stands for the one that was written.
    if targets.iter().all(|target| target.trimmed) {
        return None;
    }
    let lists = [&pack.company_places, &pack.fillers, &pack.mentions, &pack.nobody];
    let is_general = lists.iter().any(|words| words.has(name)) || kinds.contains(name.replace(' ', "-").as_str());
    if is_general && !targets.iter().all(|target| target.common) {
        return Some(("is a general word", "write a name that nobody else bears, or leave it out"));
    }
    // Of the shipped names this is known, and matching takes care.
    if targets.iter().any(|target| target.common) && matches!(own, Own::Layered(_)) {
        let help = "it counts as a whole name only, or beside its maker; add a longer name where there is one";
        return Some(("is an ordinary word", help));
    }
    None
}
