//! What a pack holds, counted: acts by kind and stage, entities, names, tests, and how many acts
//! were held against their source.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::pack::compile::Catalogue;
use crate::pack::rule::RuleTest;

/// What a pack holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    /// Acts.
    pub acts: usize,
    /// Acts by kind.
    pub kinds: BTreeMap<&'static str, usize>,
    /// Acts by stage.
    pub stages: BTreeMap<&'static str, usize>,
    /// Jurisdictions with an act of their own.
    pub jurisdictions: usize,
    /// Measures.
    pub measures: usize,
    /// Events.
    pub events: usize,
    /// Inline tests.
    pub tests: usize,
    /// Organisations and persons.
    pub entities: usize,
    /// Products.
    pub products: usize,
    /// Other names of entities and products.
    pub aliases: usize,
    /// Acts that were held against their source.
    pub verified: usize,
    /// Acts that never were.
    pub never_verified: usize,
    /// The day of the oldest verification, as written, and its act.
    pub oldest_verification: Option<Verification>,
    /// Ids of shipped rules that a user's file replaced.
    pub replaced: Vec<String>,
}

/// When an act was held against its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verification {
    /// Day as written.
    pub day: String,
    /// Id of the act.
    pub rule: String,
}

impl Status {
    /// Counts what a catalogue holds; it must not be a slim one, which has no names.
    #[must_use]
    pub fn of(catalogue: &Catalogue, tests: &[RuleTest]) -> Self {
        let rules = &catalogue.rules;
        let (mut kinds, mut stages) = (BTreeMap::new(), BTreeMap::new());
        for rule in rules {
            *kinds.entry(rule.kind.as_str()).or_default() += 1;
            *stages.entry(rule.stage.as_str()).or_default() += 1;
        }
        let products = || catalogue.entities.iter().flat_map(|entity| &entity.products);
        let verified = rules.iter().filter(|rule| rule.verified.is_some()).count();
        let day = |rule: &&crate::pack::rule::Rule| rule.verified.map(|when| when.earliest(rule.zone));
        let oldest = rules.iter().filter(|rule| rule.verified.is_some()).min_by_key(day);
        Self {
            acts: rules.len(),
            kinds,
            stages,
            jurisdictions: rules.iter().map(|rule| rule.jurisdiction.as_str()).collect::<BTreeSet<_>>().len(),
            measures: rules.iter().map(|rule| rule.measures.len()).sum(),
            events: rules.iter().map(|rule| rule.events.len()).sum(),
            tests: tests.len(),
            entities: catalogue.entities.len(),
            products: products().count(),
            aliases: catalogue.entities.iter().map(|entity| entity.aliases.len()).sum::<usize>()
                + products().map(|product| product.aliases.len()).sum::<usize>(),
            verified,
            never_verified: rules.len() - verified,
            oldest_verification: oldest
                .and_then(|rule| Some(Verification { day: rule.verified?.to_string(), rule: rule.id.clone() })),
            replaced: catalogue.replaced.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_is_counted_once_under_each_heading() {
        let catalogue = crate::builtin::catalogue();
        let status = Status::of(&catalogue, &crate::builtin::tests());
        assert_eq!(status.kinds.values().sum::<usize>(), status.acts);
        assert_eq!(status.stages.values().sum::<usize>(), status.acts);
        assert_eq!(status.verified + status.never_verified, status.acts);
        assert!(status.tests > status.acts && status.aliases > status.entities && status.measures >= status.acts);
        let oldest = status.oldest_verification.expect("some are verified");
        let days = catalogue.rules.iter().filter_map(|rule| rule.verified.map(|when| when.to_string()));
        assert_eq!(days.min(), Some(oldest.day));
    }
}
