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
use crate::model::{When, Zone};
use crate::pack::compile::Pack;
use crate::pack::entity::{Entity, Product, Span};
use crate::pack::registry::Registry;
use crate::pack::rule::{Cover, Event, Measure, Rule};
use crate::pack::words::{Certainty, Embedded, EventKind, Ownership, RelationKind, Stage, VendorOrigin};

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
    /// The product, where it is listed: by this match, or by another of the same group.
    pub product: Option<&'a Product>,
    /// Where and whose the item is.
    pub situation: &'a Situation,
    /// Zone of the act.
    pub zone: Zone,
    /// Last instant whose announcements count; `None`: all.
    pub known: Option<DateTime<Utc>>,
    /// Whether an asset freeze is asked about, which passes down by added shares.
    pub freeze: Option<Ownership>,
}

/// Whether an entry brings items into an act, or leaves them out of it. What is not known never
/// leaves an item out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is an entry of `covers`.
    Covers,
    /// It is an entry of `exempt`.
    Exempts,
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
    /// Persons that the entry names and that lead the entity: a matter for an advisory only.
    pub leaders: Vec<Leader>,
    /// The entity whose engine alone is why the entry covers the item.
    pub engine: Option<u32>,
    /// When the world could know of it, where that was later than of the act.
    pub announced: Option<DateTime<Utc>>,
    /// The key that fails, for the explanation.
    pub failed: Option<&'static str>,
}

/// A named person who leads an item's entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// Id of the person.
    pub person: String,
    /// The way to them.
    pub step: String,
    /// When they lead it, and are named.
    pub when: IntervalSet,
}

/// Whose product is looked at: the item's maker, or the maker of an engine in it.
#[derive(Clone, Copy)]
struct Maker<'a> {
    number: u32,
    entity: &'a Entity,
    product: Option<&'a Product>,
    /// Whether nothing tells which of its products it is.
    any_product: bool,
    engine: bool,
}

impl Covered {
    /// Holds more keys against the item; notes the first that fails. A person who leads a vendor
    /// gives an advisory under the same keys.
    fn narrow<const N: usize>(&mut self, strength: &mut Strength, keys: [(&'static str, Option<Strength>); N]) {
        for (name, key) in keys {
            let Some(key) = key else { continue };
            let joined = strength.and(&key);
            if joined.is_never() && !strength.is_never() {
                self.failed = Some(name);
            }
            for leader in &mut self.leaders {
                leader.when = leader.when.intersection(&key.any());
            }
            *strength = joined;
        }
    }
}

pub(super) fn span_set(span: Span, zone: Zone) -> IntervalSet {
    let (from, until) = span.bounds(zone);
    IntervalSet::between(from, until)
}

impl<'a> Question<'a> {
    fn maker(&self) -> Maker<'a> {
        Maker {
            number: self.hit.entity,
            entity: self.pack.entity(self.hit.entity),
            product: self.product,
            any_product: self.product.is_none() && self.subject.product.is_empty(),
            engine: false,
        }
    }

    fn registry(&self) -> &'a Registry {
        &self.pack.catalogue.registry
    }

    fn is_known(&self, announced: When, zone: Zone) -> bool {
        self.known.is_none_or(|known| announced.earliest(zone) <= known)
    }

    /// Returns whether and when an entry covers the item.
    #[must_use]
    pub fn covered(&self, cover: &Cover, role: Role) -> Covered {
        let mut covered = Covered::default();
        if cover.announced.is_some_and(|announced| !self.is_known(announced, self.zone)) {
            covered.failed = Some("announced");
            return covered;
        }
        let mut strength = self.made_by(self.maker(), cover, role, &mut covered);
        covered.announced = covered.announced.max(cover.announced.map(|announced| announced.earliest(self.zone)));
        self.add_engines(cover, role, &mut strength, &mut covered);
        let keys: [(&'static str, Option<Strength>); 4] = [
            ("versions", self.versions(cover, role, &mut covered.notes)),
            ("condition", self.condition(cover)),
            ("acquired", self.acquired(cover, role)),
            ("dates", Some(bounds(cover, role, self.zone))),
        ];
        covered.narrow(&mut strength, keys);
        if cover.is_criterion() {
            covered.notes.insert("criterion");
            if cover.certainty == Some(Certainty::Review) {
                strength = strength.doubted();
            }
        }
        if cover.is_vague() {
            covered.notes.insert("approximate-date");
        }
        let alias = span_set(self.hit.span, self.zone);
        for leader in &mut covered.leaders {
            leader.when = leader.when.intersection(&alias);
        }
        covered.leaders.retain(|leader| !leader.when.is_empty());
        covered.strength = strength.and(&Strength::within(alias));
        covered
    }

    /// The keys that speak of the maker and of what it makes.
    fn made_by(&self, maker: Maker<'a>, cover: &Cover, role: Role, covered: &mut Covered) -> Strength {
        let mut strength = self.party(maker, cover, covered, &mut Vec::new());
        if strength.is_never() {
            covered.failed = Some(if cover.products.is_empty() { "entities" } else { "products" });
        }
        let keys = [("categories", self.categories(maker, cover, role)), ("vendor-countries", self.vendor_countries(maker, cover))];
        covered.narrow(&mut strength, keys);
        strength
    }

    /// Adds other makers' products in the item: they count as if they stood there by themselves.
    fn add_engines(&self, cover: &Cover, role: Role, strength: &mut Strength, covered: &mut Covered) {
        if cover.embedded == Some(Embedded::Out) {
            return;
        }
        let own = self.maker();
        for relation in own.entity.relations.iter().filter(|relation| relation.kind == RelationKind::Embeds) {
            let limited = !relation.products.is_empty();
            let holds_it = match self.product {
                Some(product) => !limited || relation.products.contains(&product.id),
                None => !limited || own.any_product,
            };
            let Some(number) = self.pack.entity_number(&relation.entity).filter(|_| holds_it) else { continue };
            let maker = Maker { number, entity: self.pack.entity(number), product: None, any_product: false, engine: true };
            let mut inner = Covered::default();
            let mut engine =
                self.made_by(maker, cover, role, &mut inner).and(&Strength::within(span_set(relation.span, self.zone)));
            if limited && self.product.is_none() {
                engine = engine.and(&Strength::unknown("product"));
            }
            if cover.embedded.is_none() {
                let why = "embedded: the act does not say whether it reaches products that hold another's engine";
                engine = engine.and(&Strength::unknown(why));
            }
            if engine.any().difference(&strength.firm).is_empty() {
                continue;
            }
            covered.notes.extend(inner.notes);
            covered.notes.insert("embedded");
            if strength.is_never() {
                covered.via = [vec![format!("{} embeds {}", own.entity.id, relation.entity)], inner.via].concat();
                covered.engine = Some(number);
                covered.announced = covered.announced.max(inner.announced);
            }
            *strength = strength.or(&engine);
        }
    }

    /// The keys that name parties: entities, products, other lists. `lists` are those on the way.
    fn party(&self, maker: Maker<'a>, cover: &Cover, covered: &mut Covered, lists: &mut Vec<String>) -> Strength {
        let mut strength = Strength::holds();
        if !cover.entities.is_empty() || !cover.rules.is_empty() {
            let mut named = self.entities(maker, cover, covered);
            let by_itself = !named.is_never();
            let mut first: Option<DateTime<Utc>> = None;
            for id in &cover.rules {
                let mut inner = Covered::default();
                let listed = self.list(maker, id, &mut inner, lists);
                covered.leaders.append(&mut inner.leaders);
                if listed.is_never() {
                    continue;
                }
                named = named.or(&listed);
                covered.notes.append(&mut inner.notes);
                first = first.into_iter().chain(inner.announced).min();
                if covered.via.is_empty() {
                    covered.via = inner.via;
                }
            }
            covered.announced = first.filter(|_| !by_itself);
            strength = strength.and(&named);
        }
        if !cover.products.is_empty() {
            strength = strength.and(&self.products(maker, cover));
        }
        strength
    }

    fn entities(&self, maker: Maker<'a>, cover: &Cover, covered: &mut Covered) -> Strength {
        let freeze = self.freeze.map(|own| cover.ownership.unwrap_or(own));
        let owners =
            Owners { pack: self.pack, zone: self.zone, named: &cover.entities, affiliates: cover.affiliates, apart: None, freeze };
        let reached = owners.reach(maker.number);
        if !reached.when.is_empty() {
            covered.via = reached.via;
            covered.notes.extend(reached.vague.then_some("approximate-date"));
        }
        let leads = maker.entity.relations.iter().filter(|relation| relation.kind == RelationKind::LedBy && !maker.engine);
        for relation in leads.filter(|relation| cover.entities.contains(&relation.entity)) {
            let Some(person) = self.pack.entity_number(&relation.entity) else { continue };
            covered.leaders.push(Leader {
                person: relation.entity.clone(),
                step: format!("{} led-by {}", maker.entity.id, self.pack.entity(person).name),
                when: span_set(relation.span, self.zone),
            });
        }
        Strength::within(reached.when)
    }

    fn products(&self, maker: Maker<'a>, cover: &Cover) -> Strength {
        match maker.product {
            Some(product) if cover.products.contains(&product.id) => Strength::within(span_set(product.span, self.zone)),
            Some(_) => Strength::fails(),
            // An engine is no product of that name.
            None if maker.engine || !maker.any_product => Strength::fails(),
            None if maker.entity.products.iter().any(|product| cover.products.contains(&product.id)) => {
                Strength::unknown("product")
            }
            None => Strength::fails(),
        }
    }

    /// The parties that another act names, as of the day.
    fn list(&self, maker: Maker<'a>, id: &str, covered: &mut Covered, lists: &mut Vec<String>) -> Strength {
        let Some(rule) = self.pack.rule(id).filter(|_| !lists.iter().any(|other| other == id)) else { return Strength::fails() };
        if rule.stage != Stage::Enacted || !self.is_known(rule.announced, rule.zone) {
            return Strength::fails();
        }
        let made = rule.announced.earliest(rule.zone);
        lists.push(id.to_owned());
        let mut strength = Strength::fails();
        for cover in rule.covers.iter().filter(|cover| self.is_announced(cover, rule)) {
            let mut inner = Covered::default();
            let listed = self.listed(maker, rule, cover, Role::Covers, &mut inner, lists);
            covered.leaders.append(&mut inner.leaders);
            if listed.is_never() {
                continue;
            }
            let announced = cover.announced.map_or(made, |announced| announced.earliest(rule.zone)).max(made);
            let announced = inner.announced.map_or(announced, |inner| inner.max(announced));
            covered.announced = Some(covered.announced.map_or(announced, |first| first.min(announced)));
            covered.notes.append(&mut inner.notes);
            if strength.is_never() {
                covered.via = inner.via;
            }
            strength = strength.or(&listed);
        }
        for exempt in rule.exempt.iter().filter(|exempt| exempt.measures.is_empty() && exempt.cover.names_parties_only()) {
            let left = self.listed(maker, rule, &exempt.cover, Role::Exempts, &mut Covered::default(), lists).firm.complement();
            strength = strength.and(&Strength::within(left));
        }
        lists.pop();
        covered.via.push(format!("listed under {id}"));
        let made = IntervalSet::between(Some(made), None);
        for leader in &mut covered.leaders {
            let named =
                |event: &Event| event.products.is_empty() && (event.entities.is_empty() || event.entities.contains(&leader.person));
            let gone = self.unlisted(rule, |event| named(event).into());
            leader.when = leader.when.intersection(&made).difference(&gone);
        }
        let gone = self.unlisted(rule, |event| self.meant(event, rule, maker));
        strength.and(&Strength::within(made.difference(&gone)))
    }

    fn is_announced(&self, cover: &Cover, rule: &Rule) -> bool {
        cover.announced.is_none_or(|announced| self.is_known(announced, rule.zone))
    }

    /// The parties of one entry of a list; where it names none, those that its criterion describes.
    fn listed(
        &self,
        maker: Maker<'a>,
        rule: &Rule,
        cover: &Cover,
        role: Role,
        covered: &mut Covered,
        lists: &mut Vec<String>,
    ) -> Strength {
        let mut strength = self.party(maker, cover, covered, lists).and(&bounds(cover, role, rule.zone));
        if cover.is_criterion() {
            let keys = [self.categories(maker, cover, role), self.vendor_countries(maker, cover), self.condition(cover)];
            strength = keys.into_iter().flatten().fold(strength, |all, key| all.and(&key));
            if cover.certainty == Some(Certainty::Review) {
                strength = strength.doubted();
            }
        }
        strength
    }

    /// Returns when a list does not name somebody any more, since each of its measures is over.
    fn unlisted(&self, rule: &Rule, meant: impl Fn(&Event) -> IntervalSet) -> IntervalSet {
        let over = |measure: &Measure| {
            let own = measure.end.map(|end| IntervalSet::between(Some(end.latest(rule.zone)), None)).unwrap_or_default();
            let events =
                rule.events.iter().filter(|event| self.is_known(event.announced, rule.zone) && measure.is_meant(&event.measures));
            events.fold(own, |over, event| {
                let from = match event.kind {
                    EventKind::Annulled => None,
                    kind if kind.is_end() => Some(event.start.latest(rule.zone)),
                    _ => return over,
                };
                over.union(&IntervalSet::between(from, None).intersection(&meant(event)))
            })
        };
        rule.measures.iter().fold(IntervalSet::all(), |all, measure| all.intersection(&over(measure)))
    }

    /// Returns when an event that names parties or products means this item: while it belongs to
    /// one of them, unless the act names its maker by itself. `engine` is the maker of an engine,
    /// where that alone is why the act covers the item.
    #[must_use]
    pub fn is_meant(&self, event: &Event, rule: &Rule, engine: Option<u32>) -> IntervalSet {
        let own = self.maker();
        let maker = engine.map_or(own, |number| Maker {
            number,
            entity: self.pack.entity(number),
            product: None,
            any_product: false,
            engine: true,
        });
        self.meant(event, rule, maker)
    }

    fn meant(&self, event: &Event, rule: &Rule, maker: Maker<'_>) -> IntervalSet {
        if !event.products.is_empty() && !maker.product.is_some_and(|product| event.products.contains(&product.id)) {
            return IntervalSet::none();
        }
        if event.entities.is_empty() {
            return IntervalSet::all();
        }
        let owners =
            Owners { pack: self.pack, zone: self.zone, named: &event.entities, affiliates: true, apart: Some(rule), freeze: None };
        owners.reach(maker.number).when
    }

    fn categories(&self, maker: Maker<'_>, cover: &Cover, role: Role) -> Option<Strength> {
        if cover.categories.is_empty() {
            return None;
        }
        let fits = |own: &[String]| {
            let wide = self.registry().widened(own);
            cover.categories.iter().any(|category| wide.contains(category))
        };
        let own = maker.product.map_or(&maker.entity.categories, |product| &product.categories);
        let mut strength = match fits(own) {
            true => Strength::holds(),
            false if own.is_empty() => Strength::unknown("category"),
            false => Strength::fails(),
        };
        if maker.any_product && !maker.entity.products.is_empty() {
            // It may be any of those that are listed.
            let fitting = maker.entity.products.iter().filter(|product| fits(&product.categories)).count();
            let sure = match role {
                Role::Covers => !strength.firm.is_empty(),
                Role::Exempts => !strength.firm.is_empty() && fitting == maker.entity.products.len(),
            };
            if !sure && (fitting > 0 || !strength.is_never()) {
                strength = Strength::unknown("product");
            }
        }
        if maker.engine {
            // A product that holds an engine is of its kind as well.
            strength = strength.or(&self.categories(self.maker(), cover, role).unwrap_or_default());
        }
        Some(strength)
    }

    fn vendor_countries(&self, maker: Maker<'_>, cover: &Cover) -> Option<Strength> {
        if cover.vendor_countries.is_empty() {
            return None;
        }
        let mut strength = Strength::fails();
        if cover.origin.contains(&VendorOrigin::Country) {
            strength = strength.or(&self.lies_in(maker.entity, &cover.vendor_countries));
        }
        if cover.origin.contains(&VendorOrigin::Owner) {
            for (owner, during) in all_above(self.pack, self.zone, maker.number) {
                let lies = self.lies_in(self.pack.entity(owner), &cover.vendor_countries);
                strength = strength.or(&lies.and(&Strength::within(during)));
            }
        }
        Some(strength)
    }

    /// Returns when the home country of an entity is one of these, or a group that holds it. In a
    /// time for which no country is given, and where the one given is wider, it is not known.
    pub(super) fn lies_in(&self, entity: &Entity, wanted: &[String]) -> Strength {
        let registry = self.registry();
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

    fn versions(&self, cover: &Cover, role: Role, notes: &mut BTreeSet<&'static str>) -> Option<Strength> {
        let (_, range) = cover.versions.as_ref()?;
        Some(match (&self.subject.version, role) {
            (Some(version), _) if range.contains(version) => Strength::holds(),
            (Some(_), _) => Strength::fails(),
            (None, Role::Covers) => {
                notes.insert("version-unknown");
                Strength::holds()
            }
            (None, Role::Exempts) => Strength::unknown("version"),
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

    /// An item was acquired at some time of its day.
    fn acquired(&self, cover: &Cover, role: Role) -> Option<Strength> {
        if cover.acquired_from.is_none() && cover.acquired_before.is_none() {
            return None;
        }
        let Some(day) = self.situation.dates.acquired else { return Some(Strength::unknown("acquired")) };
        let (first, next) = (self.zone.start_of(day), self.zone.start_of(day.succ_opt().unwrap_or(day)));
        let is = |surely: bool, perhaps: bool| match (surely, perhaps) {
            (true, _) => Strength::holds(),
            (false, true) => Strength::unknown("acquired"),
            (false, false) => Strength::fails(),
        };
        let zone = self.zone;
        let exempts = role == Role::Exempts;
        let late = cover.acquired_from.map_or_else(Strength::holds, |from| {
            let wide = from.earliest(zone);
            let narrow = if exempts { from.latest(zone) } else { wide };
            is(narrow <= first, wide < next)
        });
        let early = cover.acquired_before.map_or_else(Strength::holds, |before| {
            let wide = before.latest(zone);
            let narrow = if exempts { before.earliest(zone) } else { wide };
            is(next <= narrow, first < wide)
        });
        Some(late.and(&early))
    }
}

/// Returns when an entry is part of its act. Vague dates are read as wide as the words allow; an
/// exemption surely frees only what it frees by every reading.
fn bounds(cover: &Cover, role: Role, zone: Zone) -> Strength {
    let wide = IntervalSet::between(cover.start.map(|start| start.earliest(zone)), cover.end.map(|end| end.latest(zone)));
    if role == Role::Covers {
        return Strength::within(wide);
    }
    let firm = IntervalSet::between(cover.start.map(|start| start.latest(zone)), cover.end.map(|end| end.earliest(zone)));
    let doubt = wide.difference(&firm);
    let missing = if doubt.is_empty() { BTreeSet::new() } else { BTreeSet::from(["date".to_owned()]) };
    Strength { firm, doubt, missing }
}
