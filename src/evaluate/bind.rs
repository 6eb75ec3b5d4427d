//! Bind: whether a measure concerns you, by place and by audience.

use std::collections::{BTreeMap, BTreeSet};

use super::cover::{Question, span_set};
use super::interval::IntervalSet;
use super::{Asker, Situation, Strength};
use crate::model::Concern;
use crate::pack::compile::Pack;
use crate::pack::entity::Span;
use crate::pack::outline::Outline;
use crate::pack::rule::{Measure, Rule};
use crate::pack::words::Nexus;

/// How a measure concerns you.
#[derive(Clone, Debug, Default)]
pub struct Binding {
    /// When it concerns you: nexus and audience.
    pub strength: Strength,
    /// When its nexus holds, whatever the audience.
    pub nexus_only: Strength,
    /// The nexus that holds.
    pub nexus: Option<Nexus>,
    /// Whether it forbids you to act, or affects what you have.
    pub concern: Option<Concern>,
    /// Whether neither the item's place nor the organisation's is known.
    pub place_unknown: bool,
}

/// Tells which acts could ever reach whoever asks in a situation, by place alone: most acts are
/// those of other countries, and are not worth a closer look.
pub struct Reach<'a> {
    pack: &'a Pack,
    here: Vec<&'a str>,
    home: Vec<&'a str>,
    /// What was found for a jurisdiction: whether here, and whether home, has to do with it.
    known: BTreeMap<&'a str, (bool, bool)>,
}

impl<'a> Reach<'a> {
    /// Returns the reach of a situation.
    #[must_use]
    pub fn new(pack: &'a Pack, asker: &'a Asker, situation: &'a Situation) -> Self {
        let (here, home) = here_and_home(asker, situation);
        Self { pack, here, home, known: BTreeMap::new() }
    }

    /// Returns whether a measure of the rule could have a nexus.
    pub fn holds(&mut self, rule: Outline<'a>) -> bool {
        rule.by_territory() && self.of(rule.jurisdiction()).0
            || rule.by_person() && self.of(rule.jurisdiction()).1
            || rule.destinations().any(|place| self.of(place).0)
    }

    fn of(&mut self, jurisdiction: &'a str) -> (bool, bool) {
        let (registry, here, home) = (&self.pack.catalogue.registry, &self.here, &self.home);
        let touches = |places: &[&str]| places.is_empty() || places.iter().any(|place| registry.touches(place, jurisdiction));
        *self.known.entry(jurisdiction).or_insert_with(|| {
            let is_near = touches(here);
            (is_near, if home == here { is_near } else { touches(home) })
        })
    }
}

/// Returns where the asset lies and where the organisation is of. What one does not say is taken
/// from the other.
fn here_and_home<'a>(asker: &'a Asker, situation: &'a Situation) -> (Vec<&'a str>, Vec<&'a str>) {
    let own: Vec<&str> = asker.jurisdictions.iter().map(String::as_str).collect();
    let place: Vec<&str> = situation.place.as_deref().into_iter().collect();
    let here = if place.is_empty() { own.clone() } else { place.clone() };
    (here, if own.is_empty() { place } else { own })
}

impl Question<'_> {
    /// Returns how a measure concerns whoever asks.
    #[must_use]
    pub fn binding(&self, rule: &Rule, measure: &Measure) -> Binding {
        let (here, home) = here_and_home(self.asker, self.situation);
        let (here, home) = (here.as_slice(), home.as_slice());
        let mut binding = Binding { place_unknown: here.is_empty(), ..Binding::default() };
        for nexus in &measure.nexus {
            let strength = match nexus {
                Nexus::Territory => self.lies(here, std::slice::from_ref(&rule.jurisdiction)),
                Nexus::Person => self.lies(home, std::slice::from_ref(&rule.jurisdiction)),
                Nexus::Destination => {
                    let vendor = self.lies_in(self.pack.entity(self.hit.entity), std::slice::from_ref(&rule.jurisdiction));
                    self.lies(here, &measure.destinations).and(&vendor)
                }
            };
            let better =
                !strength.firm.is_empty() && binding.nexus_only.firm.is_empty() || binding.nexus.is_none() && !strength.is_never();
            if better {
                binding.nexus = Some(*nexus);
            }
            binding.nexus_only = binding.nexus_only.or(&strength);
        }
        let yours = self.asker.audiences_of(self.pack, self.situation);
        let (bound, affected) = (self.fits(&measure.binds, &yours, rule, home), self.fits(&measure.affects, &yours, rule, home));
        let audience = bound.or(&affected);
        binding.concern = match (bound.is_never(), affected.is_never()) {
            (false, _) if !bound.firm.is_empty() || affected.firm.is_empty() => Some(Concern::Bound),
            (true, true) => None,
            _ => Some(Concern::Affected),
        };
        binding.strength = binding.nexus_only.and(&audience);
        binding
    }

    /// Returns when one of the places lies in one of the jurisdictions. No place at all: every
    /// jurisdiction counts.
    fn lies(&self, places: &[&str], jurisdictions: &[String]) -> Strength {
        if places.is_empty() {
            return Strength::holds();
        }
        let registry = &self.pack.catalogue.registry;
        let mut strength = Strength::fails();
        let set = |spans: Vec<Span>| spans.into_iter().fold(IntervalSet::none(), |set, span| set.union(&span_set(span, self.zone)));
        for place in places {
            for jurisdiction in jurisdictions {
                strength = strength.or(&Strength::within(set(registry.within(place, jurisdiction))));
                let wider = registry.wider(place, jurisdiction);
                if wider.is_empty() {
                    continue;
                }
                let wider = Strength::within(set(wider));
                strength = strength.or(&wider.and(&Strength::unknown(format!("place: {place} is wider than {jurisdiction}"))));
            }
        }
        strength
    }

    /// Returns when one of the audiences is yours. Arms of a state count only where the
    /// organisation is of that state.
    fn fits(&self, audiences: &[String], yours: &BTreeSet<String>, rule: &Rule, home: &[&str]) -> Strength {
        let registry = &self.pack.catalogue.registry;
        let mut strength = Strength::fails();
        for audience in audiences.iter().filter(|audience| yours.contains(*audience)) {
            let of_state = registry.audiences.get(audience).is_some_and(|audience| audience.of_state);
            strength =
                strength.or(&if of_state { self.lies(home, std::slice::from_ref(&rule.jurisdiction)) } else { Strength::holds() });
        }
        strength
    }
}

#[cfg(test)]
mod tests {

    /// The quick question must never say no where the full one says yes.
    #[test]
    fn what_does_not_touch_never_lies_there() {
        let pack = crate::builtin::pack();
        let registry = &pack.catalogue.registry;
        let places = ["US", "US-TX", "PR", "DE", "DE-BE", "EU", "EEA", "GB", "NC", "RU", "UA-43", "ru-unfriendly", "IN"];
        for place in places {
            for code in registry.jurisdictions.keys() {
                let full = !registry.within(place, code).is_empty() || !registry.wider(place, code).is_empty();
                assert_eq!(registry.touches(place, code), full, "{place} and {code}");
            }
        }
    }
}
