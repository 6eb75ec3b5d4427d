//! Events that speak of what the act does not cover, and products given back while
//! others of their maker stay barred.

use std::collections::BTreeSet;

use super::super::compile::Pack;
use super::super::entity::Entity;
use super::super::rule::{Event, Rule, RuleTest};
use super::super::words::{EventKind, Stage};
use crate::diag::Code;
use crate::model::{Moment, Status};

pub(super) fn lint(pack: &Pack, number: usize, tests: &[&RuleTest], warn: &mut impl FnMut(Code, String, &str)) {
    let rule = &pack.catalogue.rules[number];
    let mut beside = BTreeSet::new();
    for event in &rule.events {
        beside.extend(event.entities.iter().filter(|id| !reaches(pack, number, id)));
        beside.extend(event.products.iter().filter(|id| !covers(pack, number, id)));
    }
    for id in beside {
        let message = format!("an event of `{}` names `{id}`, which the act does not cover", rule.id);
        warn(Code::NotCovered, message, "correct the id, add it to [[covers]], or leave it out");
    }
    if rule.stage == Stage::Enacted {
        for event in rule.events.iter().filter(|event| event.kind.is_end() || event.kind == EventKind::Annulled) {
            sister(pack, number, event, tests, warn);
        }
    }
}

fn reaches(pack: &Pack, number: usize, entity: &str) -> bool {
    let rules = pack.entity_number(entity).and_then(|entity| pack.reach.get(entity as usize));
    rules.is_some_and(|rules| rules.iter().any(|&rule| rule as usize == number))
}

fn maker<'p>(pack: &'p Pack, product: &str) -> Option<&'p Entity> {
    pack.catalogue.entities.iter().find(|entity| entity.products.iter().any(|other| other.id == product))
}

/// Returns whether an act covers a product, by itself or by its maker.
fn covers(pack: &Pack, number: usize, product: &str) -> bool {
    let listed = |rule: &Rule| rule.covers.iter().any(|cover| cover.products.iter().any(|other| other == product));
    let by_maker = pack.catalogue.rules[number].covers.iter().any(|cover| cover.products.is_empty());
    listed(&pack.catalogue.rules[number]) || by_maker && maker(pack, product).is_some_and(|maker| reaches(pack, number, &maker.id))
}

/// A product that was given back and a sister that was not are easily taken for each other: a test
/// has to show that the other one is still barred.
fn sister(pack: &Pack, number: usize, event: &Event, tests: &[&RuleTest], warn: &mut impl FnMut(Code, String, &str)) {
    let rule = &pack.catalogue.rules[number];
    let ends = event.start.latest(rule.zone);
    let is_over = |product: &str| {
        rule.events.iter().any(|other| {
            let ends_it = (other.kind.is_end() || other.kind == EventKind::Annulled) && other.start.latest(rule.zone) <= ends;
            let whole = other.entities.is_empty() && other.products.is_empty();
            ends_it && (whole || other.products.iter().any(|id| id == product))
        })
    };
    let makers: BTreeSet<&str> = event.products.iter().filter_map(|id| maker(pack, id)).map(|maker| maker.id.as_str()).collect();
    let entities = pack.catalogue.entities.iter().filter(|entity| makers.contains(entity.id.as_str()));
    let mut sisters =
        entities.flat_map(|entity| &entity.products).filter(|product| !is_over(&product.id) && covers(pack, number, &product.id));
    let Some(one) = sisters.next() else { return };
    let shown = tests.iter().any(|test| {
        let later = Moment::parse(&test.as_of.to_string()).is_some_and(|moment| moment.instant(rule.zone) >= ends);
        later && !matches!(test.status, Status::Clear | Status::Review)
    });
    if !shown {
        let message = format!(
            "`{}` gives back {} on {}, and no test shows that `{}` of the same maker is still barred",
            rule.id,
            event.products.join(", "),
            event.start.when(),
            one.id
        );
        warn(Code::UntestedSister, message, "add a test of such a product as of that day or later");
    }
}
