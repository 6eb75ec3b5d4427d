//! What changed between two packs, for whom and when. Values in, values out.
//!
//! Acts are compared part by part: measures by their name or effect, covers by their name or their
//! words, events by kind and announcement. Of entities only that counts which alters who is reached:
//! names, identifiers, countries, products, relations; where no act reaches an entity on either
//! side, it is counted and not told. Every date is told in the zone of its act.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::words::{Words, audiences, date, end_of, listed, spaced, start_of};
use crate::pack::compile::{Catalogue, Pack};
use crate::pack::entity::{Entity, Name, Product, Relation, Span};
use crate::pack::registry::Registry;
use crate::pack::rule::{Cover, Event, Exemption, Measure, Rule};
use crate::pack::words::{Names, Stage};

/// Everything that changed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Diff {
    /// The pack before.
    pub old: Side,
    /// The pack after.
    pub new: Side,
    /// Acts that were added, removed or changed, by id.
    pub acts: Vec<ActDiff>,
    /// Entities whose change alters who is reached, by id.
    pub entities: Vec<EntityDiff>,
    /// Registries: groups of places, audiences, categories.
    pub registries: Vec<Change>,
    /// Entities that changed and that no act reaches.
    pub unreached: usize,
}

/// One of the two packs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Side {
    /// Version.
    pub version: String,
    /// Day on which it was built.
    pub built: String,
    /// `sha256:…` over its content.
    pub digest: String,
    /// Acts.
    pub acts: usize,
    /// Entities.
    pub entities: usize,
}

/// Whether something is on one side only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// On the new side only.
    Added,
    /// On the old side only.
    Removed,
    /// On both sides, and not the same.
    Changed,
}

/// What changed in an act.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ActDiff {
    /// Id.
    pub id: String,
    /// Title, the new one where there is one.
    pub title: String,
    /// Code of its jurisdiction.
    pub jurisdiction: String,
    /// Zone of its dates.
    pub time_zone: String,
    /// Whether it is on one side only.
    pub change: Presence,
    /// What it brings, took with it, or what changed in it.
    pub changes: Vec<Change>,
}

/// What changed in an entity.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EntityDiff {
    /// Id.
    pub id: String,
    /// Usual name.
    pub name: String,
    /// Whether it is on one side only.
    pub change: Presence,
    /// What changed.
    pub changes: Vec<Change>,
    /// Acts that name it or one of its products, on either side.
    pub named_by: Vec<String>,
    /// All acts that could reach it on either side: these, and those that do so over an owner, an
    /// engine or a criterion.
    pub acts: Vec<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// What sort of thing changed: `start`, `binds`, `event`, `alias`, …
    pub what: &'static str,
    /// The part it belongs to, such as a measure with its effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Before; absent: it is new.
    pub before: Option<String>,
    /// After; absent: it is gone.
    pub after: Option<String>,
}

/// One sentence without its full stop.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = told(self.what);
        if let Some(part) = &self.part {
            write!(f, "{part}: ")?;
        }
        match (&self.before, &self.after) {
            (None, Some(after)) => write!(f, "new {what}: {after}"),
            (Some(before), None) => write!(f, "{what} taken out: {before}"),
            (Some(before), Some(after)) => write!(f, "{what} {after}; before: {before}"),
            (None, None) => write!(f, "{what}"),
        }
    }
}

/// Returns the words for what changed, so that they read on with what it is now.
fn told(what: &str) -> String {
    match what {
        "title" => "its title is".to_owned(),
        "stage" => "it is".to_owned(),
        "verified" => "held against its source".to_owned(),
        "start" => "in force from".to_owned(),
        "end" => "its end is".to_owned(),
        "announced" => "announced".to_owned(),
        "time-zone" => "all dates are read in".to_owned(),
        "names" => "its list".to_owned(),
        "binds" | "affects" => format!("it {what}"),
        "nexus" => "it reaches".to_owned(),
        "effect" => "its effect is".to_owned(),
        "measure-covers" => "it is tied to".to_owned(),
        other => spaced(other),
    }
}

/// Gathers changes.
#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn push(&mut self, what: &'static str, part: Option<&str>, before: Option<String>, after: Option<String>) {
        if before != after {
            self.0.push(Change { what, part: part.map(str::to_owned), before, after });
        }
    }

    /// A value that is always there.
    fn value(&mut self, what: &'static str, part: Option<&str>, before: impl Into<String>, after: impl Into<String>) {
        self.push(what, part, Some(before.into()), Some(after.into()));
    }

    /// Texts of which some are on one side only.
    fn texts<'t>(
        &mut self,
        what: &'static str,
        part: Option<&str>,
        before: impl IntoIterator<Item = &'t String>,
        after: impl IntoIterator<Item = &'t String>,
    ) {
        let (before, after): (BTreeSet<_>, BTreeSet<_>) = (before.into_iter().collect(), after.into_iter().collect());
        let joined = |one: &BTreeSet<&String>, other: &BTreeSet<&String>| {
            let only: Vec<&str> = one.difference(other).map(|text| text.as_str()).collect();
            (!only.is_empty()).then(|| only.join(", "))
        };
        self.push(what, part, joined(&before, &after), None);
        self.push(what, part, None, joined(&after, &before));
    }
}

/// Compares two packs.
#[must_use]
pub fn diff(old: &Pack, new: &Pack) -> Diff {
    let side = |pack: &Pack| Side {
        version: pack.catalogue.version.clone(),
        built: pack.catalogue.built.clone(),
        digest: pack.digest.clone(),
        acts: pack.catalogue.rules.len(),
        entities: pack.catalogue.entities.len(),
    };
    let acts = acts(&old.catalogue, &new.catalogue);
    let (entities, unreached) = entities(old, new, &acts);
    Diff {
        old: side(old),
        new: side(new),
        acts,
        entities,
        registries: registries(&old.catalogue.registry, &new.catalogue.registry),
        unreached,
    }
}

fn acts(old: &Catalogue, new: &Catalogue) -> Vec<ActDiff> {
    let (old_words, new_words) = (Words::new(old), Words::new(new));
    let (before, after) = (by_id(&old.rules, |rule| &rule.id), by_id(&new.rules, |rule| &rule.id));
    let ids: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let compared = ids.into_iter().filter_map(|id| {
        let mut changes = Changes::default();
        let (rule, change) = match (before.get(id), after.get(id)) {
            (Some(was), Some(is)) => {
                act(was, is, &old_words, &new_words, &mut changes);
                (is, Presence::Changed)
            }
            (None, Some(is)) => {
                whole(is, &new_words, |what, text| changes.push(what, None, None, Some(text)));
                (is, Presence::Added)
            }
            (Some(was), None) => {
                whole(was, &old_words, |what, text| changes.push(what, None, Some(text), None));
                (was, Presence::Removed)
            }
            (None, None) => return None,
        };
        (!changes.0.is_empty()).then(|| ActDiff {
            id: id.to_owned(),
            title: rule.title.clone(),
            jurisdiction: rule.jurisdiction.clone(),
            time_zone: rule.zone.name().to_owned(),
            change,
            changes: changes.0,
        })
    });
    compared.collect()
}

fn by_id<T>(all: &[T], id: impl Fn(&T) -> &String) -> BTreeMap<&str, &T> {
    all.iter().map(|one| (id(one).as_str(), one)).collect()
}

/// Tells a whole act: where it is printed, what it does to whom, what it reaches, and what happened
/// to it.
fn whole(rule: &Rule, words: &Words<'_>, mut tell: impl FnMut(&'static str, String)) {
    tell("source", rule.url.clone());
    if rule.stage != Stage::Enacted {
        tell("stage", stage(rule).to_owned());
    }
    for measure in &rule.measures {
        tell("measure", measure_text(rule, measure, words));
    }
    for cover in &rule.covers {
        tell("cover", words.cover(rule, cover));
    }
    for exempt in &rule.exempt {
        tell("exemption", words.exemption(rule, exempt));
    }
    for event in &rule.events {
        tell("event", words.event(rule, event));
    }
}

/// Returns a measure with its effect, so that nobody has to look up a name.
fn label(measure: &Measure) -> String {
    match &measure.name {
        Some(name) if name != measure.effect.as_str() => format!("{name} ({})", measure.effect.as_str()),
        _ => measure.effect.as_str().to_owned(),
    }
}

fn measure_text(rule: &Rule, measure: &Measure, words: &Words<'_>) -> String {
    let affects =
        if measure.affects == measure.binds { String::new() } else { format!(", affects {}", audiences(&measure.affects)) };
    let end = match end_of(rule, measure).as_str() {
        "open" => String::new(),
        condition if condition.starts_with("when ") => format!(", ends {condition}"),
        day => format!(", no longer from {day}"),
    };
    format!(
        "{} from {}{end}; binds {}{affects}; reaches {}",
        label(measure),
        start_of(rule, measure.start),
        audiences(&measure.binds),
        words.nexus(rule, measure)
    )
}

fn act(was: &Rule, is: &Rule, old: &Words<'_>, new: &Words<'_>, changes: &mut Changes) {
    let optional = |text: &Option<String>| text.clone();
    changes.value("stage", None, stage(was), stage(is));
    let verified = |rule: &Rule| rule.verified.map_or_else(|| "never".to_owned(), |when| when.to_string());
    changes.value("verified", None, verified(was), verified(is));
    changes.value("title", None, &was.title, &is.title);
    changes.value("kind", None, spaced(was.kind.as_str()), spaced(is.kind.as_str()));
    changes.value("jurisdiction", None, old.place(&was.jurisdiction), new.place(&is.jurisdiction));
    changes.value("authority", None, &was.authority, &is.authority);
    changes.push("citation", None, optional(&was.citation), optional(&is.citation));
    changes.value("source", None, &was.url, &is.url);
    changes.value("announced", None, date(was, was.announced), date(is, is.announced));
    changes.value("time-zone", None, was.zone.name(), is.zone.name());
    changes.value("names", None, list_text(was.names), list_text(is.names));
    changes.value("ownership", None, was.ownership.as_str(), is.ownership.as_str());
    changes.value("waivable", None, was.waivable.to_string(), is.waivable.to_string());
    changes.push("note", None, optional(&was.note), optional(&is.note));
    changes.push("advice", None, optional(&was.advice), optional(&is.advice));
    changes.texts("alternative", None, &was.alternatives, &is.alternatives);
    for (before, after) in pairs(&was.measures, &is.measures, Measure::label) {
        match (before, after) {
            (Some(before), Some(after)) => measure(was, is, before, after, (old, new), changes),
            (before, after) => changes.push(
                "measure",
                None,
                before.map(|measure| measure_text(was, measure, old)),
                after.map(|measure| measure_text(is, measure, new)),
            ),
        }
    }
    let name = |cover: &Cover| cover.name.clone().unwrap_or_default();
    for (before, after) in pairs(&was.covers, &is.covers, name) {
        let text = |cover: Option<&Cover>, rule, words: &Words<'_>| cover.map(|cover| words.cover(rule, cover));
        changes.push("cover", None, text(before, was, old), text(after, is, new));
    }
    let name = |exempt: &Exemption| exempt.cover.name.clone().unwrap_or_default();
    for (before, after) in pairs(&was.exempt, &is.exempt, name) {
        let text = |exempt: Option<&Exemption>, rule, words: &Words<'_>| exempt.map(|exempt| words.exemption(rule, exempt));
        changes.push("exemption", None, text(before, was, old), text(after, is, new));
    }
    let key = |event: &Event| (event.kind, event.announced.to_string(), event.measures.clone());
    for (before, after) in pairs(&was.events, &is.events, key) {
        let text = |event: Option<&Event>, rule, words: &Words<'_>| event.map(|event| words.event(rule, event));
        changes.push("event", None, text(before, was, old), text(after, is, new));
    }
}

fn stage(rule: &Rule) -> &'static str {
    match rule.stage {
        Stage::Enacted => "enacted, and evaluated",
        Stage::Proposed => "only proposed, and never evaluated as a ban",
        Stage::Reported => "only reported, and never evaluated as a ban",
        Stage::Denied => "reported and denied, and never evaluated as a ban",
    }
}

fn list_text(names: Names) -> &'static str {
    match names {
        Names::Listed => "names all parties",
        Names::Partial => "names some parties only",
        Names::Criteria => "gives criteria and no party",
        Names::AllowList => "names what is allowed",
    }
}

fn measure(was: &Rule, is: &Rule, before: &Measure, after: &Measure, words: (&Words<'_>, &Words<'_>), changes: &mut Changes) {
    let part = label(after);
    let part = Some(part.as_str());
    changes.value("effect", part, before.effect.as_str(), after.effect.as_str());
    changes.value("start", part, start_of(was, before.start), start_of(is, after.start));
    changes.value("end", part, end_of(was, before), end_of(is, after));
    changes.value("binds", part, audiences(&before.binds), audiences(&after.binds));
    // Whom it affects follows whom it binds, unless it says otherwise.
    if before.affects != before.binds || after.affects != after.binds {
        changes.value("affects", part, audiences(&before.affects), audiences(&after.affects));
    }
    changes.value("nexus", part, words.0.nexus(was, before), words.1.nexus(is, after));
    let tied = |measure: &Measure| if measure.covers.is_empty() { "all covers".to_owned() } else { measure.covers.join(", ") };
    changes.value("measure-covers", part, tied(before), tied(after));
    let known = |rule: &Rule, measure: &Measure| measure.announced.map(|when| date(rule, when));
    changes.push("announced", part, known(was, before), known(is, after));
    let plans = |rule: &Rule, measure: &Measure| {
        let plan =
            |plan: &crate::pack::rule::Planned| format!("{} (as of {})", start_of(rule, plan.start), date(rule, plan.announced));
        (!measure.planned.is_empty()).then(|| listed(measure.planned.iter().map(plan)))
    };
    changes.push("earlier-plan", part, plans(was, before), plans(is, after));
    let counted = |measure: &Measure| if measure.computed { "counted, not read" } else { "as it is printed" };
    changes.value("day", part, counted(before), counted(after));
}

/// Pairs the parts of two lists: first those that are the same, then those with the same key in the
/// order they stand in. What is left stands alone. Pairs of equals are not returned.
fn pairs<'t, T: PartialEq, K: PartialEq>(
    old: &'t [T],
    new: &'t [T],
    key: impl Fn(&'t T) -> K,
) -> Vec<(Option<&'t T>, Option<&'t T>)> {
    let mut left: Vec<&T> = new.iter().collect();
    let mut take = |fits: &dyn Fn(&T) -> bool| left.iter().position(|&one| fits(one)).map(|at| left.remove(at));
    let differ: Vec<&T> = old.iter().filter(|&one| take(&|other: &T| other == one).is_none()).collect();
    let mut found: Vec<_> = Vec::new();
    for one in differ {
        let at = left.iter().position(|&other| key(other) == key(one));
        found.push((Some(one), at.map(|at| left.remove(at))));
    }
    found.extend(left.into_iter().map(|one| (None, Some(one))));
    found
}

fn entities(old: &Pack, new: &Pack, acts: &[ActDiff]) -> (Vec<EntityDiff>, usize) {
    let (before, after) =
        (by_id(&old.catalogue.entities, |entity| &entity.id), by_id(&new.catalogue.entities, |entity| &entity.id));
    let (old_words, new_words) = (Words::new(&old.catalogue), Words::new(&new.catalogue));
    // What an act says of itself was told with the act.
    let told: BTreeSet<&str> = acts
        .iter()
        .filter(|act| act.change != Presence::Changed || act.changes.iter().any(|change| change.what == "cover"))
        .map(|act| act.id.as_str())
        .collect();
    let ids: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let (mut found, mut unreached) = (Vec::new(), 0);
    for id in ids {
        let (reached, reaches) = (reach(old, id), reach(new, id));
        let (was, is) = (before.get(id).copied(), after.get(id).copied());
        let mut changes = Changes::default();
        let (entity, change) = match (was, is) {
            (Some(was), Some(is)) => {
                self::entity(was, is, (&old_words, &new_words), &mut changes);
                let own =
                    |acts: &BTreeSet<String>| acts.iter().filter(|act| !told.contains(act.as_str())).cloned().collect::<Vec<_>>();
                changes.texts("reached by", None, &own(&reached), &own(&reaches));
                (is, Presence::Changed)
            }
            (None, Some(is)) => {
                changes.push("entity", None, None, Some(entity_text(is, &new_words)));
                (is, Presence::Added)
            }
            (Some(was), None) => {
                changes.push("entity", None, Some(entity_text(was, &old_words)), None);
                (was, Presence::Removed)
            }
            (None, None) => continue,
        };
        if changes.0.is_empty() {
            continue;
        }
        if reached.is_empty() && reaches.is_empty() {
            unreached += 1;
            continue;
        }
        found.push(EntityDiff {
            id: id.to_owned(),
            name: entity.name.clone(),
            change,
            changes: changes.0,
            named_by: named_by(&old.catalogue, was)
                .chain(named_by(&new.catalogue, is))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            acts: reached.union(&reaches).cloned().collect(),
        });
    }
    (found, unreached)
}

/// Returns the acts that could reach an entity, whatever the day.
fn reach(pack: &Pack, id: &str) -> BTreeSet<String> {
    let numbers = pack.entity_number(id).and_then(|number| pack.reach.get(number as usize));
    numbers.into_iter().flatten().map(|&rule| pack.catalogue.rules[rule as usize].id.clone()).collect()
}

/// Returns the acts that name an entity or one of its products.
fn named_by<'t>(catalogue: &'t Catalogue, entity: Option<&'t Entity>) -> impl Iterator<Item = String> + 't {
    let names = move |rule: &&Rule| {
        let mut covers = rule.covers.iter();
        entity.is_some_and(|entity| {
            covers.any(|cover| {
                cover.entities.contains(&entity.id) || entity.products.iter().any(|product| cover.products.contains(&product.id))
            })
        })
    };
    catalogue.rules.iter().filter(names).map(|rule| rule.id.clone())
}

fn dated(text: &str, span: Span) -> String {
    let from = span.from.map(|when| format!(" from {when}")).unwrap_or_default();
    let until = span.until.map(|when| format!(" until {when}")).unwrap_or_default();
    format!("{text}{from}{until}")
}

fn names(names: &[Name]) -> Vec<String> {
    names.iter().map(|name| dated(&name.text, name.span)).collect()
}

fn countries(entity: &Entity) -> Vec<String> {
    entity.countries.iter().map(|(code, span)| dated(code, *span)).collect()
}

fn relation(relation: &Relation, words: &Words<'_>) -> String {
    let share = relation.share.map(|share| format!(", {share} per cent")).unwrap_or_default();
    let only = match relation.products.as_slice() {
        [] => String::new(),
        products => format!(", for {} only", listed(products.iter().map(|id| words.product(id)))),
    };
    dated(&format!("{} {}{share}{only}", spaced(relation.kind.as_str()), words.entity(&relation.entity)), relation.span)
}

fn relations(entity: &Entity, words: &Words<'_>) -> Vec<String> {
    entity.relations.iter().map(|one| relation(one, words)).collect()
}

fn entity_text(entity: &Entity, words: &Words<'_>) -> String {
    let mut parts = vec![format!("{} {}", entity.kind.as_str(), entity.name)];
    let mut part = |what: &str, texts: Vec<String>| {
        if !texts.is_empty() {
            parts.push(format!("{what}{}", texts.join(", ")));
        }
    };
    part("of ", countries(entity));
    part("also known as ", names(&entity.aliases));
    part("products ", entity.products.iter().map(|product| product.name.clone()).collect());
    part("", relations(entity, words));
    parts.join("; ")
}

fn identifiers(entity: &Entity) -> Vec<String> {
    let lists = [
        ("CPE", &entity.cpe_vendors),
        ("package URL", &entity.purl_namespaces),
        ("bundle", &entity.bundle_prefixes),
        ("package", &entity.package_ids),
        ("domain", &entity.domains),
        ("signer", &entity.signers),
    ];
    lists.into_iter().flat_map(|(kind, list)| list.iter().map(move |text| format!("{kind} {text}"))).collect()
}

fn product_identifiers(product: &Product) -> Vec<String> {
    let lists = [
        ("CPE", &product.cpe_products),
        ("package", &product.package_ids),
        ("bundle", &product.bundle_ids),
        ("package URL", &product.purls),
    ];
    lists.into_iter().flat_map(|(kind, list)| list.iter().map(move |text| format!("{kind} {text}"))).collect()
}

fn entity(was: &Entity, is: &Entity, words: (&Words<'_>, &Words<'_>), changes: &mut Changes) {
    changes.value("name", None, &was.name, &is.name);
    changes.value("sort of party", None, was.kind.as_str(), is.kind.as_str());
    changes.texts("country", None, &countries(was), &countries(is));
    changes.texts("alias", None, &names(&was.aliases), &names(&is.aliases));
    changes.texts("category", None, &was.categories, &is.categories);
    changes.texts("identifier", None, &identifiers(was), &identifiers(is));
    changes.texts("relation", None, &relations(was, words.0), &relations(is, words.1));
    let (before, after) = (by_id(&was.products, |product| &product.id), by_id(&is.products, |product| &product.id));
    for id in before.keys().chain(after.keys()).copied().collect::<BTreeSet<_>>() {
        match (before.get(id), after.get(id)) {
            (Some(was), Some(is)) => {
                let part = Some(is.name.as_str());
                changes.value("name", part, dated(&was.name, was.span), dated(&is.name, is.span));
                changes.texts("alias", part, &names(&was.aliases), &names(&is.aliases));
                changes.texts("category", part, &was.categories, &is.categories);
                changes.texts("identifier", part, &product_identifiers(was), &product_identifiers(is));
            }
            (was, is) => {
                let text = |product: Option<&&Product>| product.map(|product| dated(&product.name, product.span));
                changes.push("product", None, text(was), text(is));
            }
        }
    }
}

/// Compares who belongs to which group, which audience implies which, and which category lies in which.
fn registries(old: &Registry, new: &Registry) -> Vec<Change> {
    let mut changes = Changes::default();
    let places = |registry: &Registry| {
        let member = |(code, span): &(String, Span)| dated(code, *span);
        let entry = |(code, place): (&String, &crate::pack::registry::Jurisdiction)| {
            (code.clone(), (place.zone.map(|zone| zone.name()), place.members.iter().map(member).collect::<Vec<_>>()))
        };
        registry.jurisdictions.iter().map(entry).collect::<BTreeMap<_, _>>()
    };
    let (before, after) = (places(old), places(new));
    for code in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        match (before.get(code), after.get(code)) {
            (Some((zone, members)), Some((new_zone, new_members))) => {
                let name = |zone: &Option<&str>| zone.map(str::to_owned);
                changes.push("time-zone", Some(code), name(zone), name(new_zone));
                changes.texts("member", Some(code), members, new_members);
            }
            (was, _) => changes.push("place", None, was.map(|_| code.clone()), was.is_none().then(|| code.clone())),
        }
    }
    let audiences = |registry: &Registry| -> BTreeMap<String, Vec<String>> {
        registry.audiences.iter().map(|(name, audience)| (name.clone(), audience.implies.clone())).collect()
    };
    words("audience", "implies", &audiences(old), &audiences(new), &mut changes);
    let categories = |registry: &Registry| -> BTreeMap<String, Vec<String>> {
        registry.categories.iter().map(|(name, category)| (name.clone(), category.within.clone())).collect()
    };
    words("category", "lies within", &categories(old), &categories(new), &mut changes);
    changes.0
}

fn words(
    what: &'static str,
    tie: &'static str,
    old: &BTreeMap<String, Vec<String>>,
    new: &BTreeMap<String, Vec<String>>,
    changes: &mut Changes,
) {
    for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        match (old.get(name), new.get(name)) {
            (Some(was), Some(is)) => changes.texts(tie, Some(name), was, is),
            (was, _) => changes.push(what, None, was.map(|_| name.clone()), was.is_none().then(|| name.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{End, When};

    /// Returns what changed where `edit` was done to the shipped catalogue.
    fn edited(edit: impl Fn(&mut Catalogue)) -> Diff {
        let old = crate::builtin::catalogue();
        let mut new = old.clone();
        edit(&mut new);
        diff(&Pack::new(old), &Pack::new(new))
    }

    fn rule<'a>(catalogue: &'a mut Catalogue, id: &str) -> &'a mut Rule {
        catalogue.rules.iter_mut().find(|rule| rule.id == id).expect("is shipped")
    }

    fn sentences(diff: &Diff) -> Vec<String> {
        let acts = diff.acts.iter().flat_map(|act| &act.changes);
        let all = acts.chain(diff.entities.iter().flat_map(|entity| &entity.changes)).chain(&diff.registries);
        all.map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_the_same_is_no_change() {
        let diff = edited(|catalogue| rule(catalogue, "us-bis-kaspersky-2024").sources.clear());
        assert_eq!(sentences(&diff), [""; 0]);
        assert_ne!(diff.old.digest, diff.new.digest);
    }

    #[test]
    fn a_moved_date_is_told_in_the_days_of_the_act() {
        let diff = edited(|catalogue| {
            let measure = &mut rule(catalogue, "us-bis-kaspersky-2024").measures[0];
            measure.start = Some(crate::model::Start::After(When::parse("2024-08-20").expect("is a date")));
            measure.end = Some(End::Through(When::parse("2025-12-31").expect("is a date")));
        });
        assert_eq!(
            sentences(&diff),
            ["sale (no-sale): in force from 2024-08-21; before: 2024-07-20", "sale (no-sale): its end is 2026-01-01; before: open"]
        );
        assert_eq!(diff.acts[0].time_zone, "America/New_York");
    }

    #[test]
    fn audiences_effects_covers_events_and_stages_are_told() {
        let diff = edited(|catalogue| {
            let act = rule(catalogue, "us-bis-kaspersky-2024");
            act.measures[0].binds = vec!["companies".to_owned()];
            act.measures[1].effect = crate::model::Effect::NoUse;
            act.covers[0].embedded = None;
            act.events.remove(0);
            act.stage = Stage::Proposed;
            act.verified = When::parse("2026-11-25");
        });
        let told = sentences(&diff);
        for part in [
            "it is only proposed, and never evaluated as a ban; before: enacted, and evaluated",
            "held against its source 2026-11-25; before: never",
            "sale (no-sale): it binds companies; before: everyone",
            "sale (no-sale): it affects everyone; before: everyone",
            "updates (no-use): its effect is no-use; before: no-updates",
            "security software; inside other makers' products as well",
            "event taken out: conduct of a vendor or store, no law, from 2024-07-20",
        ] {
            let is_there = told.iter().any(|sentence| sentence.contains(part));
            assert_eq!(is_there, !part.starts_with("sale (no-sale): it affects everyone"), "{part}: {told:#?}");
        }
    }

    #[test]
    fn an_act_on_one_side_is_told_as_a_whole() {
        let diff = edited(|catalogue| catalogue.rules.retain(|rule| rule.id != "us-bis-kaspersky-2024"));
        let [act] = diff.acts.as_slice() else { panic!("{:?}", diff.acts) };
        assert_eq!((act.change, act.id.as_str()), (Presence::Removed, "us-bis-kaspersky-2024"));
        assert!(act.changes.iter().all(|change| change.after.is_none()));
        assert!(act.changes.iter().any(|change| change.what == "source"));
        assert_eq!(act.changes.iter().filter(|change| change.what == "measure").count(), 4);
        assert!(diff.entities.is_empty(), "whom it reached was told with it: {:?}", diff.entities);
    }

    #[test]
    fn an_entity_counts_where_an_act_reaches_it() {
        let alias = Name { text: "Kaspy".to_owned(), span: Span::default() };
        let diff = edited(|catalogue| {
            let entity = catalogue.entities.iter_mut().find(|entity| entity.id == "kaspersky").expect("is shipped");
            entity.aliases.push(alias.clone());
        });
        assert_eq!(sentences(&diff), ["new alias: Kaspy"]);
        let EntityDiff { named_by, acts, .. } = &diff.entities[0];
        assert!(named_by.iter().any(|act| act == "us-bis-kaspersky-2024"));
        assert!(acts.len() > named_by.len() && named_by.iter().all(|act| acts.contains(act)));
        // A relation that goes takes the acts with it that came over it.
        let diff = edited(|catalogue| {
            let entity = catalogue.entities.iter_mut().find(|entity| entity.id == "kaspersky-inc").expect("is shipped");
            entity.relations.clear();
        });
        let told = sentences(&diff);
        assert!(told.iter().any(|sentence| sentence.starts_with("relation taken out: affiliate of AO Kaspersky Lab")), "{told:?}");
        assert!(told.iter().any(|sentence| sentence.starts_with("reached by taken out: ")), "{told:?}");
    }

    #[test]
    fn groups_have_members() {
        let diff = edited(|catalogue| {
            let union = catalogue.registry.jurisdictions.get_mut("EU").expect("is listed");
            union.members.retain(|(code, _)| code != "DE");
        });
        assert_eq!(sentences(&diff), ["EU: member taken out: DE from 1958-01-01"]);
    }
}
