//! Cover: whether an entry of an act speaks of an item, and when.
//!
//! Each key of an entry holds, fails or is unknown, and may do so for a time: brands are sold,
//! owners change, countries leave unions. The keys are joined with [`Strength::and`].

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::interval::IntervalSet;
use super::owners::{Owners, all_above};
use super::{Asker, Situation, Strength};
use crate::matcher::{Hit, Subject};
use crate::model::Zone;
use crate::pack::compile::Pack;
use crate::pack::entity::{Entity, Relation, Span};
use crate::pack::rule::{Cover, Event, Rule};
use crate::pack::words::{Certainty, Embedded, EventKind, Ownership, RelationKind, VendorOrigin};

/// References from list to list are followed so far.
const MAX_LISTS: u8 = 4;

/// Everything that decides whether an entry covers an item.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Pack.
    pub pack: &'a Pack,
    /// Who asks.
    pub asker: &'a Asker,
    /// Item.
    pub subject: &'a Subject,
    /// The match looked at.
    pub hit: &'a Hit,
    /// Where and whose the item is.
    pub situation: &'a Situation,
    /// Zone of the act.
    pub zone: Zone,
    /// Last instant whose announcements count; `None`: all.
    pub known: Option<DateTime<Utc>>,
    /// Whether an asset freeze is asked about, which passes down by added shares.
    pub freeze: Option<Ownership>,
}

/// Whether an entry covers an item, and how.
#[derive(Clone, Debug, Default)]
pub struct Covered {
    /// When.
    pub strength: Strength,
    /// The way from the item's entity to the one the act names.
    pub via: Vec<String>,
    /// What must be said about it.
    pub notes: BTreeSet<&'static str>,
    /// When persons that the entry names lead the entity, and who: a matter for an advisory only.
    pub led: IntervalSet,
    /// The way to these persons.
    pub leaders: Vec<String>,
    /// The key that fails, for the explanation.
    pub failed: Option<&'static str>,
}

pub(super) fn span_set(span: Span, zone: Zone) -> IntervalSet {
    let (from, until) = span.bounds(zone);
    IntervalSet::between(from, until)
}

impl<'a> Question<'a> {
    fn entity(&self) -> &'a Entity {
        self.pack.entity(self.hit.entity)
    }

    fn product_id(&self) -> Option<&'a str> {
        let number = self.hit.product? as usize;
        self.entity().products.get(number).map(|product| product.id.as_str())
    }

    /// Returns whether the row gives nothing to tell its product by.
    fn is_product_unknown(&self) -> bool {
        self.hit.product.is_none() && self.subject.product.is_empty()
    }

    /// Returns whether and when an entry covers the item.
    #[must_use]
    pub fn covered(&self, rule: &Rule, cover: &Cover) -> Covered {
        let mut covered = Covered::default();
        let party = self.party(cover, &mut covered, 0);
        let mut strength = party;
        let keys: [(&'static str, Option<Strength>); 6] = [
            ("categories", self.categories(cover)),
            ("vendor-countries", self.vendor_countries(cover)),
            ("versions", self.versions(cover, &mut covered.notes)),
            ("condition", self.condition(cover)),
            ("acquired", self.acquired(cover)),
            ("dates", Some(Strength::within(bounds(cover, self.zone)))),
        ];
        if strength.is_never() {
            covered.failed = Some(if cover.products.is_empty() { "entities" } else { "products" });
        }
        for (name, key) in keys {
            let Some(key) = key else { continue };
            let joined = strength.and(&key);
            if joined.is_never() && !strength.is_never() {
                covered.failed = Some(name);
            }
            // A person who leads a vendor gives an advisory under the same other keys.
            covered.led = covered.led.intersection(&key.any());
            strength = joined;
        }
        if cover.is_criterion() {
            covered.notes.insert("criterion");
            if cover.certainty == Some(Certainty::Review) {
                strength = strength.doubted();
            }
        }
        if cover.is_vague() {
            covered.notes.insert("approximate-date");
        }
        let alias = Strength::within(span_set(self.hit.span, self.zone));
        covered.strength = strength.and(&alias);
        debug_assert!(!rule.id.is_empty());
        covered
    }

    /// The keys that name parties: entities, products, other lists.
    fn party(&self, cover: &Cover, covered: &mut Covered, depth: u8) -> Strength {
        let mut strength = Strength::holds();
        if !cover.entities.is_empty() || !cover.rules.is_empty() {
            let mut named = self.entities(cover, covered);
            for id in &cover.rules {
                named = named.or(&self.list(id, covered, depth));
            }
            strength = strength.and(&named);
        }
        if !cover.products.is_empty() {
            strength = strength.and(&self.products(cover));
        }
        strength
    }

    fn entities(&self, cover: &Cover, covered: &mut Covered) -> Strength {
        let freeze = self.freeze.map(|own| cover.ownership.unwrap_or(own));
        let tree = Owners { pack: self.pack, zone: self.zone, named: &cover.entities, affiliates: cover.affiliates, freeze };
        let reached = tree.reach(self.hit.entity);
        if !reached.when.is_empty() {
            covered.via = reached.via;
            covered.notes.extend(reached.vague.then_some("approximate-date"));
        }
        let mut strength = Strength::within(reached.when);
        for relation in &self.entity().relations {
            let Some(other) = self.pack.entity_number(&relation.entity) else { continue };
            let set = span_set(relation.span, self.zone);
            match relation.kind {
                RelationKind::LedBy if cover.entities.contains(&relation.entity) => {
                    covered.led = covered.led.union(&set);
                    covered.leaders.push(format!("{} led-by {}", self.entity().id, self.pack.entity(other).name));
                }
                RelationKind::Embeds => {
                    let embedded = self.embeds(relation, &tree, other, cover, covered).and(&Strength::within(set));
                    strength = strength.or(&embedded);
                }
                _ => {}
            }
        }
        strength
    }

    /// A product of another maker that holds an engine of a covered one.
    fn embeds(&self, relation: &Relation, tree: &Owners<'_>, other: u32, cover: &Cover, covered: &mut Covered) -> Strength {
        let concerns = match self.product_id() {
            Some(product) => relation.products.is_empty() || relation.products.iter().any(|id| id == product),
            None => relation.products.is_empty() || self.is_product_unknown(),
        };
        if !concerns || cover.embedded == Some(Embedded::Out) {
            return Strength::fails();
        }
        let reached = tree.reach(other);
        if reached.when.is_empty() {
            return Strength::fails();
        }
        covered.via = [vec![format!("{} embeds {}", self.entity().id, relation.entity)], reached.via].concat();
        covered.notes.insert("embedded");
        let sure = Strength::within(reached.when);
        match cover.embedded {
            Some(Embedded::In) if self.product_id().is_some() || relation.products.is_empty() => sure,
            Some(Embedded::In) => sure.and(&Strength::unknown("product")),
            _ => sure
                .and(&Strength::unknown("embedded: the act does not say whether it reaches products that hold another's engine")),
        }
    }

    fn products(&self, cover: &Cover) -> Strength {
        let entity = self.entity();
        match self.hit.product.and_then(|number| entity.products.get(number as usize)) {
            Some(product) if cover.products.contains(&product.id) => Strength::within(span_set(product.span, self.zone)),
            Some(_) => Strength::fails(),
            None if self.is_product_unknown() && entity.products.iter().any(|product| cover.products.contains(&product.id)) => {
                Strength::unknown("product")
            }
            None => Strength::fails(),
        }
    }

    /// The parties that another act names, as of the day.
    fn list(&self, id: &str, covered: &mut Covered, depth: u8) -> Strength {
        let Some(rule) = self.pack.rule(id).filter(|_| depth < MAX_LISTS) else { return Strength::fails() };
        let known = |event: &&Event| self.known.is_none_or(|known| event.announced.earliest(rule.zone) <= known);
        let mut strength = Strength::fails();
        for cover in &rule.covers {
            let named = self.party(cover, covered, depth + 1);
            strength = strength.or(&named.and(&Strength::within(bounds(cover, rule.zone))));
        }
        for event in rule.events.iter().filter(known) {
            let ends = matches!(event.kind, EventKind::Revoked | EventKind::Lapsed | EventKind::Superseded | EventKind::Delisted);
            if ends && self.is_meant(event) {
                let left = IntervalSet::between(None, Some(event.start.latest(rule.zone)));
                strength = strength.and(&Strength::within(left));
            }
        }
        if !strength.is_never() {
            covered.via.push(format!("listed under {id}"));
        }
        strength
    }

    /// Returns whether an event that names parties or products means this item.
    #[must_use]
    pub fn is_meant(&self, event: &Event) -> bool {
        let product = || self.product_id().is_some_and(|id| event.products.iter().any(|other| other == id));
        let entity = || {
            let tree = Owners { pack: self.pack, zone: self.zone, named: &event.entities, affiliates: true, freeze: None };
            !tree.reach(self.hit.entity).when.is_empty()
        };
        (event.products.is_empty() || product()) && (event.entities.is_empty() || entity())
    }

    fn categories(&self, cover: &Cover) -> Option<Strength> {
        if cover.categories.is_empty() {
            return None;
        }
        let entity = self.entity();
        let own = self
            .hit
            .product
            .and_then(|number| entity.products.get(number as usize))
            .map_or(&entity.categories, |product| &product.categories);
        if own.is_empty() {
            return Some(Strength::unknown("category"));
        }
        let wide = self.pack.catalogue.registry.widened(own);
        Some(if cover.categories.iter().any(|category| wide.contains(category)) { Strength::holds() } else { Strength::fails() })
    }

    fn vendor_countries(&self, cover: &Cover) -> Option<Strength> {
        if cover.vendor_countries.is_empty() {
            return None;
        }
        let mut strength = Strength::fails();
        if cover.origin.contains(&VendorOrigin::Country) {
            strength = strength.or(&self.lies_in(self.entity(), &cover.vendor_countries));
        }
        if cover.origin.contains(&VendorOrigin::Owner) {
            for (owner, during) in all_above(self.pack, self.zone, self.hit.entity) {
                let lies = self.lies_in(self.pack.entity(owner), &cover.vendor_countries);
                strength = strength.or(&lies.and(&Strength::within(during)));
            }
        }
        Some(strength)
    }

    /// Returns when the home country of an entity is one of these, or a group that holds it. In a
    /// time for which no country is given, and where the one given is wider, it is not known.
    pub(super) fn lies_in(&self, entity: &Entity, wanted: &[String]) -> Strength {
        let registry = &self.pack.catalogue.registry;
        let set = |spans: Vec<Span>| spans.into_iter().fold(IntervalSet::none(), |set, span| set.union(&span_set(span, self.zone)));
        let (mut firm, mut wider, mut known) = (IntervalSet::none(), IntervalSet::none(), IntervalSet::none());
        for (code, span) in &entity.countries {
            let during = span_set(*span, self.zone);
            for outer in wanted {
                firm = firm.union(&set(registry.within(code, outer)).intersection(&during));
                wider = wider.union(&set(registry.wider(code, outer)).intersection(&during));
            }
            known = known.union(&during);
        }
        let doubt = known.complement().union(&wider).difference(&firm);
        let missing = if doubt.is_empty() { BTreeSet::new() } else { BTreeSet::from(["vendor-country".to_owned()]) };
        Strength { firm, doubt, missing }
    }

    fn versions(&self, cover: &Cover, notes: &mut BTreeSet<&'static str>) -> Option<Strength> {
        let (_, range) = cover.versions.as_ref()?;
        Some(match &self.subject.version {
            Some(version) if range.contains(version) => Strength::holds(),
            Some(_) => Strength::fails(),
            None => {
                notes.insert("version-unknown");
                Strength::holds()
            }
        })
    }

    fn condition(&self, cover: &Cover) -> Option<Strength> {
        let condition = cover.condition.as_ref()?;
        Some(match self.asker.conditions.get(condition) {
            Some(true) => Strength::holds(),
            Some(false) => Strength::fails(),
            None => Strength::unknown(format!("condition: {condition}")),
        })
    }

    fn acquired(&self, cover: &Cover) -> Option<Strength> {
        if cover.acquired_from.is_none() && cover.acquired_before.is_none() {
            return None;
        }
        let Some(day) = self.situation.dates.acquired else { return Some(Strength::unknown("acquired")) };
        let at = self.zone.start_of(day);
        let late_enough = cover.acquired_from.is_none_or(|from| from.earliest(self.zone) <= at);
        let early_enough = cover.acquired_before.is_none_or(|before| at < before.latest(self.zone));
        Some(if late_enough && early_enough { Strength::holds() } else { Strength::fails() })
    }
}

fn bounds(cover: &Cover, zone: Zone) -> IntervalSet {
    IntervalSet::between(cover.start.map(|start| start.earliest(zone)), cover.end.map(|end| end.latest(zone)))
}
