//! Bind: whether a measure concerns you, by place and by audience.

use std::collections::BTreeSet;

use super::Strength;
use super::cover::{Question, span_set};
use super::interval::IntervalSet;
use crate::model::Concern;
use crate::pack::entity::Span;
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

impl Question<'_> {
    /// Returns how a measure concerns whoever asks.
    #[must_use]
    pub fn binding(&self, rule: &Rule, measure: &Measure) -> Binding {
        let own: &[String] = &self.asker.jurisdictions;
        let place: Vec<String> = self.situation.place.iter().cloned().collect();
        let here: &[String] = if place.is_empty() { own } else { &place };
        let home: &[String] = if own.is_empty() { &place } else { own };
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
    fn lies(&self, places: &[String], jurisdictions: &[String]) -> Strength {
        if places.is_empty() {
            return Strength::holds();
        }
        let registry = &self.pack.catalogue.registry;
        let mut strength = Strength::fails();
        let set = |spans: Vec<Span>| spans.into_iter().fold(IntervalSet::none(), |set, span| set.union(&span_set(span, self.zone)));
        for place in places {
            for jurisdiction in jurisdictions {
                strength = strength.or(&Strength::within(set(registry.within(place, jurisdiction))));
                let wider = Strength::within(set(registry.wider(place, jurisdiction)));
                strength = strength.or(&wider.and(&Strength::unknown(format!("place: {place} is wider than {jurisdiction}"))));
            }
        }
        strength
    }

    /// Returns when one of the audiences is yours. Arms of a state count only where the
    /// organisation is of that state.
    fn fits(&self, audiences: &[String], yours: &BTreeSet<String>, rule: &Rule, home: &[String]) -> Strength {
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
