//! Which acts fit a question: of a place, for an audience, with an effect, of a kind or stage, with
//! a measure that stands so on a day.

use std::collections::BTreeSet;

use crate::model::{Effect, Moment, Status};
use crate::pack::compile::Catalogue;
use crate::pack::registry::Registry;
use crate::pack::rule::{Measure, Rule};
use crate::pack::words::{Kind, Stage};

use super::standing;

/// A question about acts. Every criterion that is given must hold; of its values any may. Effect,
/// audience and status must hold for one and the same measure.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Codes of places: acts of the place, of what lies within it, and of what it lies within.
    pub places: Vec<String>,
    /// Audiences: acts that bind or affect one of them, or a wider one.
    pub audiences: Vec<String>,
    /// Effects.
    pub effects: Vec<Effect>,
    /// Kinds of act.
    pub kinds: Vec<Kind>,
    /// Stages.
    pub stages: Vec<Stage>,
    /// Statuses that a measure gives at the moment.
    pub statuses: Vec<Status>,
}

impl Filter {
    /// Returns the acts that fit, in the order of their ids.
    #[must_use]
    pub fn acts<'a>(&self, catalogue: &'a Catalogue, at: Moment) -> Vec<&'a Rule> {
        let registry = &catalogue.registry;
        let audiences: Vec<BTreeSet<String>> =
            self.audiences.iter().map(|name| registry.implied(std::slice::from_ref(name))).collect();
        catalogue.rules.iter().filter(|rule| self.fits(rule, registry, &audiences, at)).collect()
    }

    fn fits(&self, rule: &Rule, registry: &Registry, audiences: &[BTreeSet<String>], at: Moment) -> bool {
        fn any<T: PartialEq>(wanted: &[T], is: T) -> bool {
            wanted.is_empty() || wanted.contains(&is)
        }
        let concerns = |measure: &Measure| {
            let names = || measure.binds.iter().chain(&measure.affects);
            any(&self.effects, measure.effect)
                && (audiences.is_empty() || audiences.iter().any(|wider| names().any(|name| wider.contains(name))))
                && (self.statuses.is_empty()
                    || standing::status(rule, measure, at).is_some_and(|status| self.statuses.contains(&status)))
        };
        let here = |place: &String| {
            !registry.within(&rule.jurisdiction, place).is_empty() || !registry.within(place, &rule.jurisdiction).is_empty()
        };
        (self.places.is_empty() || self.places.iter().any(here))
            && any(&self.kinds, rule.kind)
            && any(&self.stages, rule.stage)
            && rule.measures.iter().any(concerns)
    }

    /// Returns the question without each of its criteria in turn, under the criterion's name: what
    /// to leave out where nothing fits.
    #[must_use]
    pub fn relaxed(&self) -> Vec<(&'static str, Self)> {
        let given = [
            ("place", !self.places.is_empty(), Self { places: Vec::new(), ..self.clone() }),
            ("audience", !self.audiences.is_empty(), Self { audiences: Vec::new(), ..self.clone() }),
            ("effect", !self.effects.is_empty(), Self { effects: Vec::new(), ..self.clone() }),
            ("kind", !self.kinds.is_empty(), Self { kinds: Vec::new(), ..self.clone() }),
            ("stage", !self.stages.is_empty(), Self { stages: Vec::new(), ..self.clone() }),
            ("status", !self.statuses.is_empty(), Self { statuses: Vec::new(), ..self.clone() }),
        ];
        given.into_iter().filter(|(_, is_given, _)| *is_given).map(|(name, _, filter)| (name, filter)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(filter: &Filter, at: &str) -> Vec<String> {
        let catalogue = crate::builtin::catalogue();
        let at = Moment::parse(at).expect("is a date");
        filter.acts(&catalogue, at).into_iter().map(|rule| rule.id.clone()).collect()
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn a_place_reaches_what_lies_in_it_and_around_it() {
        let found = ids(&Filter { places: texts(&["DE"]), ..Filter::default() }, "2026-11-23");
        for id in ["de-bsi-kaspersky-2022", "de-be-blnbdi-deepseek-2025"] {
            assert!(found.iter().any(|other| other == id), "{id}: {found:?}");
        }
        assert!(found.iter().any(|id| id.starts_with("eu-")) && !found.iter().any(|id| id.starts_with("us-")), "{found:?}");
    }

    #[test]
    fn an_audience_is_bound_with_the_wider_ones() {
        let audience = |name: &str| ids(&Filter { audiences: texts(&[name]), ..Filter::default() }, "2026-11-23");
        let has = |found: &[String], id: &str| found.iter().any(|other| other == id);
        let (agencies, everyone) = (audience("federal-government"), audience("everyone"));
        assert!(has(&agencies, "us-omb-tiktok-devices-2023") && has(&agencies, "us-bis-kaspersky-2024"));
        assert!(!has(&everyone, "us-omb-tiktok-devices-2023") && has(&everyone, "us-bis-kaspersky-2024"));
    }

    #[test]
    fn a_status_is_that_of_the_day_and_of_one_measure() {
        let filter = Filter { places: texts(&["US"]), statuses: vec![Status::NoUpdates], ..Filter::default() };
        let has = |filter: &Filter, day: &str| ids(filter, day).iter().any(|id| id == "us-bis-kaspersky-2024");
        assert!(!has(&filter, "2024-09-28") && has(&filter, "2024-09-29"));
        let both = Filter { effects: vec![Effect::NoSale], ..filter };
        assert!(!has(&both, "2024-09-29"), "sale gives another status");
        let names: Vec<&str> = both.relaxed().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["place", "effect", "status"]);
    }
}
