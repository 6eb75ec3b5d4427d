//! Acts that reach whoever asks, and do not name every party: no match under them is no proof.

use std::collections::BTreeSet;

use super::bind::Reach;
use super::in_force::timeline;
use super::interval::IntervalSet;
use super::{Asker, Situation};
use crate::pack::compile::Pack;
use crate::pack::rule::{Event, Measure, Rule};
use crate::pack::words::Kind;

/// Returns the ids of the acts that are in force or ahead for the asker in one of the situations,
/// and whose list of parties is partial, secret, a criterion, or names only what is allowed. Where no
/// place is known at all, those of every jurisdiction. Kinds that are left out are not among them.
#[must_use]
pub fn incomplete_lists(pack: &Pack, asker: &Asker, situations: &[Situation], ignored: &[Kind]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for situation in situations {
        let yours = asker.audiences_of(pack, situation);
        let mut reach = Reach::new(pack, asker, situation);
        let concerns = |measure: &Measure| measure.binds.iter().chain(&measure.affects).any(|audience| yours.contains(audience));
        let outlines = pack.outlines.iter().filter(|(_, rule)| rule.is_incomplete() && !ignored.contains(&rule.kind()));
        let near = outlines.filter(|&(_, rule)| reach.holds(rule)).map(|(number, _)| &pack.catalogue.rules[number as usize]);
        let open = near.filter(|rule| rule.measures.iter().any(|measure| concerns(measure) && is_open(rule, measure, asker)));
        found.extend(open.map(|rule| rule.id.clone()));
    }
    found.into_iter().collect()
}

/// Whether a measure is in force at the time that is asked about, or ahead of it.
fn is_open(rule: &Rule, measure: &Measure, asker: &Asker) -> bool {
    let now = asker.as_of.instant(rule.zone);
    let known = asker.known_on.map(|known| known.end_of_day(rule.zone));
    let whole = |event: &Event| event.entities.is_empty() && event.products.is_empty();
    let Some(timeline) = timeline(rule, measure, known, whole) else { return false };
    // What was not yet announced was not yet a list either.
    let ahead = IntervalSet::between(Some(now), None);
    timeline.announced <= now && (timeline.open || !timeline.in_force(&IntervalSet::all()).intersection(&ahead).is_empty())
}
