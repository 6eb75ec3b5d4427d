//! From a catalogue to a pack that is ready to run: one index over all names and identifiers, and
//! for each entity the rules that could ever reach it.
//!
//! What an item costs later does not grow with the number of rules: its names are looked up in
//! the index, and only the rules of the entities found are looked at.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::entity::{Entity, Span};
use super::lazy::List;
use super::name::{Folded, Trimmer};
use super::outline::Outlines;
use super::pieces::Pieces;
use super::registry::Registry;
use super::rule::{Cover, Rule};
use super::table::Table;
use super::words::{Embedded, RelationKind, VendorOrigin};

/// Everything that was read: registries, entities and rules, each sorted by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Catalogue {
    /// Version of the shipped pack.
    pub version: String,
    /// Day on which it was built.
    pub built: String,
    /// Registries.
    pub registry: Registry,
    /// Entities, by id.
    pub entities: List<Entity>,
    /// Rules, by id.
    pub rules: List<Rule>,
    /// Ids of shipped rules that a user's file replaced.
    pub replaced: Vec<String>,
}

/// Whom a name or identifier stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Number of the entity.
    pub entity: u32,
    /// Number of the product within it.
    pub product: Option<u32>,
    /// When it does.
    pub span: Span,
    /// Whether others bear the name too, or it is an ordinary word: it matches as a whole only.
    pub common: bool,
    /// Whether the name is so short that it counts at the start of another name only.
    pub short: bool,
    /// Whether the alias had to lose a legal form to become this phrase.
    pub trimmed: bool,
}

/// An alias that similar names are held against.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lookalike {
    /// Alias as folded.
    pub alias: String,
    /// Number of the entity.
    pub entity: u32,
}

/// A pack that is ready to run. The shipped one is read where it lies in the program.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Pack {
    /// What it was made of.
    pub catalogue: Catalogue,
    /// `sha256:…` over the catalogue.
    pub digest: String,
    /// Folded names of entities and products.
    pub names: Table<Target>,
    /// First words of names, each with the number of words of the longest name that begins so.
    pub heads: Table<u32>,
    /// The same names as letters without spaces, where they are long enough: `Kas Persky` and
    /// `TelegramDesktop` are known by them.
    pub joined: Table<Target>,
    /// Identifiers: `cpe:vendor`, `cpe:vendor:product`, `purl:type/namespace`, `bundle:com.example`,
    /// `package:id`, `package:prefix*`, `signer:name`.
    pub identifiers: Table<Target>,
    /// Folded names of places, and codes in lower case.
    pub places: Table<u16>,
    /// Codes of the places.
    pub place_codes: Table<()>,
    /// Aliases that similar names are held against, by their letters without spaces.
    pub lookalikes: Table<Lookalike>,
    /// Those letters by pieces that similar ones share.
    pub pieces: Pieces,
    /// What tells whether a rule could matter.
    pub outlines: Outlines,
    /// For each entity the numbers of the rules that could reach it.
    pub reach: Vec<Vec<u32>>,
    /// For each entity those that were renamed to it.
    pub renamed_from: Vec<Vec<u32>>,
    /// Legal forms.
    pub legal_forms: Trimmer,
    /// Geographic words in company names.
    pub company_places: Trimmer,
    /// Generic words in company names.
    pub fillers: Trimmer,
    /// Names that others bear as well.
    pub common: Trimmer,
    /// Vendor values that name nobody, resellers and stores included.
    pub nobody: Trimmer,
    /// Words that show that a product is about another.
    pub mentions: Trimmer,
    /// The same, where they stand before the brand.
    pub mentions_before: Trimmer,
}

/// Names of fewer letters than this count at the start of another name only.
const SHORT: usize = 4;
/// Names of fewer letters than this are known by their words only, not by their letters.
pub(crate) const JOINED_FROM: usize = 6;
/// Names of fewer letters than this have no similar names: too many others are near them.
pub(crate) const SIMILAR_FROM: usize = 6;

impl Pack {
    /// Compiles a catalogue.
    #[must_use]
    pub fn new(mut catalogue: Catalogue) -> Self {
        catalogue.entities.sort_by(|a, b| a.id.cmp(&b.id));
        catalogue.rules.sort_by(|a, b| a.id.cmp(&b.id));
        let words = &catalogue.registry.words;
        let trimmer = |list: &[String]| Trimmer::new(list.iter().map(String::as_str));
        let legal_forms = trimmer(&words.legal_forms);
        let common = trimmer(&words.common);
        let places_in_names = trimmer(&words.places);
        let fillers = trimmer(&words.fillers);
        let says_nothing = |phrase: &str| phrase.split(' ').all(|word| fillers.has(word) || places_in_names.has(word));
        let mut names = Vec::new();
        let mut joined = Vec::new();
        let mut lookalikes = Vec::new();
        for (number, entity) in catalogue.entities.iter().enumerate() {
            let number = index(number);
            let mut add = |text: &str, product: Option<u32>, span: Span| {
                let name = Folded::new(text);
                // Products have no legal form: `UC Browser` is no company of that kind.
                let all = (0, name.len());
                let bare = if product.is_none() { legal_forms.trim(&name, all) } else { all };
                let whole = name.phrase(all.0, all.1);
                let trimmed = name.phrase(bare.0, bare.1);
                let target = |phrase: &str, trimmed: bool| {
                    let short = phrase.chars().count() < SHORT && phrase.is_ascii();
                    Target { entity: number, product, span, common: common.has(phrase), short, trimmed }
                };
                names.push((whole.to_owned(), target(whole, false)));
                if trimmed != whole {
                    // What `CA Technologies` is without `C.A.` tells nothing of whose it is.
                    if says_nothing(trimmed) {
                        return;
                    }
                    names.push((trimmed.to_owned(), target(trimmed, true)));
                }
                let target = target(trimmed, trimmed != whole);
                let compact = name.compact(bare.0, bare.1);
                let letters = compact.chars().count();
                if target.common || compact.chars().any(is_han) {
                    return;
                }
                if letters >= JOINED_FROM {
                    joined.push((compact.clone(), target));
                }
                // Where general words make up most of a name, others have names like it.
                let is_telling = || {
                    let (from, to) = fillers.trim(&name, places_in_names.trim(&name, bare));
                    name.compact(from, to).chars().count() >= SIMILAR_FROM
                };
                if product.is_none() && letters >= SIMILAR_FROM && is_telling() {
                    lookalikes.push((compact, Lookalike { alias: trimmed.to_owned(), entity: number }));
                }
            };
            add(&entity.name, None, Span::default());
            for alias in &entity.aliases {
                add(&alias.text, None, alias.span);
            }
            for (at, product) in entity.products.iter().enumerate() {
                add(&product.name, Some(index(at)), product.span);
                for alias in &product.aliases {
                    add(&alias.text, Some(index(at)), alias.span);
                }
            }
        }
        // An alias that agrees only without its legal form gives way to one that is written so.
        let written: BTreeSet<(&str, u32)> =
            names.iter().filter(|(_, target)| !target.trimmed).map(|(name, target)| (name.as_str(), target.entity)).collect();
        let given_way = |(_, one): &(String, Lookalike)| {
            let alias = one.alias.as_str();
            !written.contains(&(alias, one.entity)) && written.range((alias, 0)..=(alias, u32::MAX)).next().is_some()
        };
        lookalikes.retain(|one| !given_way(one));
        lookalikes.sort_by(|(a, one), (b, other)| (a, one.entity).cmp(&(b, other.entity)));
        lookalikes.dedup_by(|(a, one), (b, other)| a == b && one.entity == other.entity);
        let lookalikes = Table::new(lookalikes);
        let mut heads: BTreeMap<String, u32> = BTreeMap::new();
        for (name, _) in &names {
            let (head, words) = (name.split(' ').next().unwrap_or_default(), index(name.split(' ').count()));
            let longest = heads.entry(head.to_owned()).or_default();
            *longest = words.max(*longest);
        }
        for list in [&mut names, &mut joined] {
            list.sort_by(|a: &(String, Target), b| a.0.cmp(&b.0));
            list.dedup();
        }
        let digest = digest(&catalogue);
        Self {
            digest,
            names: Table::new(names),
            heads: Table::new(heads),
            joined: Table::new(joined),
            identifiers: Table::new(identifiers(&catalogue.entities)),
            places: Table::new(places(&catalogue.registry)),
            place_codes: Table::new(catalogue.registry.jurisdictions.keys().map(|code| (code.clone(), ()))),
            pieces: Pieces::new(lookalikes.iter().map(|(letters, _)| letters)),
            lookalikes,
            outlines: Outlines::new(&catalogue.rules),
            reach: reach(&catalogue),
            renamed_from: renamed_from(&catalogue),
            company_places: places_in_names,
            fillers,
            common,
            nobody: Trimmer::new(words.nobody.iter().chain(&words.intermediaries).map(String::as_str)),
            mentions: trimmer(&words.mentions),
            mentions_before: trimmer(&words.mentions_before),
            legal_forms,
            catalogue,
        }
    }

    /// Leaves out of the catalogue what the index holds already: names, identifiers and words. The
    /// shipped pack is stored so, and loads the faster; to layer rules over it, its whole catalogue
    /// is stored beside it.
    #[must_use]
    pub fn slim(mut self) -> Self {
        let registry = &mut self.catalogue.registry;
        registry.words = super::registry::Words::default();
        for jurisdiction in registry.jurisdictions.values_mut() {
            jurisdiction.aliases.clear();
        }
        for entity in self.catalogue.entities.iter_mut() {
            let lists = [
                &mut entity.cpe_vendors,
                &mut entity.purl_namespaces,
                &mut entity.bundle_prefixes,
                &mut entity.package_ids,
                &mut entity.domains,
                &mut entity.signers,
            ];
            lists.into_iter().for_each(Vec::clear);
            entity.aliases.clear();
            for product in &mut entity.products {
                let lists = [&mut product.cpe_products, &mut product.package_ids, &mut product.bundle_ids, &mut product.purls];
                lists.into_iter().for_each(Vec::clear);
                product.aliases.clear();
            }
        }
        self
    }

    /// Returns how many words the longest name has that begins with a word of this one and goes no further
    /// than it; 0 where none begins so.
    #[must_use]
    pub fn longest_name_at(&self, name: &Folded, start: usize, end: usize) -> usize {
        self.heads.get(name.phrase(start, start + 1)).next().map_or(0, |words| (words as usize).min(end - start))
    }

    /// Returns the entity of that number.
    #[must_use]
    pub fn entity(&self, number: u32) -> &Entity {
        &self.catalogue.entities[number as usize]
    }

    /// Returns the number of the entity of that id.
    #[must_use]
    pub fn entity_number(&self, id: &str) -> Option<u32> {
        self.catalogue.entities.number_of(id).map(index)
    }

    /// Returns the rule of that id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        let rules = &self.catalogue.rules;
        rules.number_of(id).map(|number| &rules[number])
    }

    /// Returns the code of a place, by code or by name in any listed language. `DE - Berlin`,
    /// `US/Texas` and `Berlin, Germany` give the place of the part that is known best.
    #[must_use]
    pub fn place(&self, text: &str) -> Option<&str> {
        let text = text.trim();
        let whole = |text: &str| {
            let code = text.replace(['_', '/'], "-").to_lowercase();
            let by_code = self.places.get(&code).next();
            let found = by_code.or_else(|| self.places.get(Folded::new(text).as_str()).next());
            found.map(|number| self.place_codes.at(usize::from(number)).0)
        };
        whole(text).or_else(|| {
            let parts: Vec<_> = text.split([',', ';', '/', '|', '(', ')', '\u{2013}']).flat_map(|part| part.split(" - ")).collect();
            let (mut found, mut state) = (BTreeSet::new(), None);
            for part in parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
                // `San Jose, CA` is not in Canada: two letters may be a state's.
                let as_state = (part.len() == 2).then(|| whole(&format!("US-{part}"))).flatten();
                match as_state {
                    Some(code) => state = Some((code, whole(part))),
                    None => found.extend(whole(part)),
                }
            }
            if let Some((code, country)) = state {
                let lies_there = |outer: &str| !found.is_empty() && found.iter().all(|place| place.starts_with(outer));
                match country {
                    _ if lies_there("US") => found.insert(code),
                    Some(country) if lies_there(country) => found.insert(country),
                    _ => return None,
                };
            }
            // `Texas, US`: the finer place wins; two unrelated places are no answer.
            let finest = found.iter().max_by_key(|code| code.len()).copied()?;
            found.iter().all(|code| finest.starts_with(code)).then_some(finest)
        })
    }
}

fn index(number: usize) -> u32 {
    u32::try_from(number).expect("a pack holds fewer than 2^32 entries")
}

fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// The digest does not depend on the order in which files were read: everything is sorted by id.
fn digest(catalogue: &Catalogue) -> String {
    let bytes = postcard::to_stdvec(catalogue).unwrap_or_default();
    crate::model::digest::sha256(&bytes)
}

fn identifiers(entities: &[Entity]) -> Vec<(String, Target)> {
    let mut found = Vec::new();
    for (number, entity) in entities.iter().enumerate() {
        let target = |product: Option<usize>, span| Target {
            entity: index(number),
            product: product.map(index),
            span,
            common: false,
            short: false,
            trimmed: false,
        };
        let mut add = |key: String, target: Target| found.push((key, target));
        for vendor in &entity.cpe_vendors {
            add(format!("cpe:{vendor}"), target(None, Span::default()));
        }
        for namespace in &entity.purl_namespaces {
            add(format!("purl:{namespace}"), target(None, Span::default()));
        }
        for prefix in &entity.bundle_prefixes {
            add(format!("bundle:{}", prefix.trim_end_matches(['.', '*'])), target(None, Span::default()));
        }
        for id in &entity.package_ids {
            add(format!("package:{id}"), target(None, Span::default()));
        }
        for signer in &entity.signers {
            add(format!("signer:{}", Folded::new(signer).as_str()), target(None, Span::default()));
        }
        for (at, product) in entity.products.iter().enumerate() {
            let target = target(Some(at), product.span);
            for name in &product.cpe_products {
                for vendor in &entity.cpe_vendors {
                    add(format!("cpe:{vendor}:{name}"), target);
                }
            }
            for purl in &product.purls {
                add(format!("purl:{purl}"), target);
            }
            for id in &product.bundle_ids {
                add(format!("bundle:{id}"), target);
            }
            for id in &product.package_ids {
                add(format!("package:{id}"), target);
            }
        }
    }
    found
}

/// Names and codes of places, with their numbers in the registry.
fn places(registry: &Registry) -> Vec<(String, u16)> {
    let mut found = BTreeMap::new();
    for (number, jurisdiction) in (0..).zip(registry.jurisdictions.values()) {
        for name in std::iter::once(&jurisdiction.name).chain(&jurisdiction.aliases) {
            let folded = Folded::new(name);
            found.entry(folded.as_str().to_owned()).or_insert(number);
        }
    }
    // Codes win over names.
    for (number, code) in (0..).zip(registry.jurisdictions.keys()) {
        found.insert(code.to_lowercase(), number);
    }
    found.into_iter().collect()
}

/// For each entity the rules that could reach it, whatever the day.
fn reach(catalogue: &Catalogue) -> Vec<Vec<u32>> {
    let family = Family::new(catalogue);
    let mut reach = vec![Vec::new(); catalogue.entities.len()];
    for number in 0..catalogue.rules.len() {
        for entity in family.of_rule(number, &mut Vec::new()) {
            reach[entity].push(index(number));
        }
    }
    reach
}

fn renamed_from(catalogue: &Catalogue) -> Vec<Vec<u32>> {
    let numbers = numbers(&catalogue.entities);
    let mut found = vec![Vec::new(); catalogue.entities.len()];
    for (number, entity) in catalogue.entities.iter().enumerate() {
        for relation in entity.relations.iter().filter(|relation| relation.kind == RelationKind::RenamedTo) {
            if let Some(&to) = numbers.get(relation.entity.as_str()) {
                found[to].push(index(number));
            }
        }
    }
    for former in &mut found {
        former.dedup();
    }
    found
}

fn numbers(entities: &[Entity]) -> BTreeMap<&str, usize> {
    entities.iter().enumerate().map(|(number, entity)| (entity.id.as_str(), number)).collect()
}

/// The relations between entities, from the top down, and what criteria ask of them.
struct Family<'a> {
    catalogue: &'a Catalogue,
    numbers: BTreeMap<&'a str, usize>,
    products: BTreeMap<&'a str, usize>,
    rules: BTreeMap<&'a str, usize>,
    /// For each entity those that point at it, and how.
    below: Vec<Vec<(RelationKind, usize)>>,
    /// Country codes that entities have.
    countries: Vec<&'a str>,
    /// Lists of categories that entities and their products have.
    categories: Vec<&'a [String]>,
    traits: Vec<Traits>,
}

/// What criteria ask of an entity.
struct Traits {
    /// Numbers of its countries.
    countries: Vec<usize>,
    /// Whether there is a time for which no country is given.
    stateless: bool,
    /// Whether somebody owns it.
    owned: bool,
    /// Numbers of its and its products' lists of categories.
    categories: Vec<usize>,
}

/// Numbers values in the order in which they come.
struct Numbering<T>(BTreeMap<T, usize>, Vec<T>);

impl<T: Copy + Ord> Numbering<T> {
    fn of(&mut self, value: T) -> usize {
        *self.0.entry(value).or_insert_with(|| {
            self.1.push(value);
            self.1.len() - 1
        })
    }
}

impl<'a> Family<'a> {
    fn new(catalogue: &'a Catalogue) -> Self {
        let entities = &catalogue.entities;
        let numbers = numbers(entities);
        let products = entities
            .iter()
            .enumerate()
            .flat_map(|(number, entity)| entity.products.iter().map(move |product| (product.id.as_str(), number)));
        let rules = catalogue.rules.iter().enumerate().map(|(number, rule)| (rule.id.as_str(), number));
        let mut below = vec![Vec::new(); entities.len()];
        let mut countries = Numbering(BTreeMap::new(), Vec::new());
        let mut categories = Numbering(BTreeMap::new(), Vec::new());
        let mut traits = Vec::with_capacity(entities.len());
        for (number, entity) in entities.iter().enumerate() {
            let mut owned = false;
            for relation in &entity.relations {
                let Some(&other) = numbers.get(relation.entity.as_str()) else { continue };
                owned |= matches!(relation.kind, RelationKind::OwnedBy | RelationKind::AffiliateOf);
                below[other].push((relation.kind, number));
                if relation.kind == RelationKind::RenamedTo {
                    below[number].push((relation.kind, other));
                }
            }
            let lists = entity.products.iter().map(|product| &product.categories).chain([&entity.categories]);
            let lists: BTreeSet<usize> = lists.map(|list| categories.of(list.as_slice())).collect();
            traits.push(Traits {
                countries: entity.countries.iter().map(|(code, _)| countries.of(code.as_str())).collect(),
                stateless: !entity.countries.iter().any(|(_, span)| span.is_open()),
                owned,
                categories: lists.into_iter().collect(),
            });
        }
        Self {
            catalogue,
            products: products.collect(),
            rules: rules.collect(),
            numbers,
            below,
            countries: countries.1,
            categories: categories.1,
            traits,
        }
    }

    /// Returns the entities that a rule could reach, each once. `path` are the rules that referred
    /// to it.
    fn of_rule(&self, number: usize, path: &mut Vec<usize>) -> Vec<usize> {
        if path.contains(&number) {
            return Vec::new();
        }
        path.push(number);
        let mut found: Vec<usize> =
            self.catalogue.rules[number].covers.iter().flat_map(|cover| self.of_cover(cover, path)).collect();
        path.pop();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn of_cover(&self, cover: &Cover, path: &mut Vec<usize>) -> Vec<usize> {
        let mut named: BTreeSet<usize> = cover.entities.iter().filter_map(|id| self.numbers.get(id.as_str()).copied()).collect();
        for &number in cover.rules.iter().filter_map(|id| self.rules.get(id.as_str())) {
            named.extend(self.of_rule(number, path));
        }
        let mut found: Vec<usize> = self.downward(named).into_iter().collect();
        found.extend(cover.products.iter().filter_map(|id| self.products.get(id.as_str()).copied()));
        let mut engines = found.clone();
        if cover.is_criterion() {
            let (fitting, makers) = self.of_criterion(cover);
            found.extend(fitting);
            engines = makers;
        }
        if cover.embedded != Some(Embedded::Out) {
            found.extend(engines.into_iter().flat_map(|number| self.embedding(number)));
        }
        found
    }

    /// Returns those that have an engine of an entity.
    fn embedding(&self, number: usize) -> impl Iterator<Item = usize> {
        self.below[number].iter().filter(|(kind, _)| *kind == RelationKind::Embeds).map(|&(_, number)| number)
    }

    fn downward(&self, named: BTreeSet<usize>) -> BTreeSet<usize> {
        let mut open: Vec<usize> = named.iter().copied().collect();
        let mut found = named;
        while let Some(number) = open.pop() {
            for &(kind, other) in &self.below[number] {
                let passes = !matches!(kind, RelationKind::SoldTo | RelationKind::Embeds);
                // A person who leads passes nothing on, but gives an advisory.
                if passes && found.insert(other) && kind != RelationKind::LedBy {
                    open.push(other);
                }
            }
        }
        found
    }

    /// Returns the entities that may fit a criterion, and those that do so as makers, whatever
    /// their products are: an engine counts as what it is built into, too.
    fn of_criterion(&self, cover: &Cover) -> (Vec<usize>, Vec<usize>) {
        let registry = &self.catalogue.registry;
        let lies = |code: &&str| {
            let in_one = |wanted: &String| !registry.within(code, wanted).is_empty() || !registry.wider(code, wanted).is_empty();
            cover.vendor_countries.iter().any(in_one)
        };
        let countries: Vec<bool> = self.countries.iter().map(lies).collect();
        let is_kind =
            |list: &&[String]| list.is_empty() || registry.widened(list).iter().any(|kind| cover.categories.contains(kind));
        let categories: Vec<bool> = self.categories.iter().map(is_kind).collect();
        let by_owner = cover.origin.contains(&VendorOrigin::Owner);
        let makes_it = |&number: &usize| {
            let entity = &self.traits[number];
            cover.vendor_countries.is_empty()
                || entity.stateless
                || by_owner && entity.owned
                || entity.countries.iter().any(|&country| countries[country])
        };
        let is_it =
            |&&number: &&usize| cover.categories.is_empty() || self.traits[number].categories.iter().any(|&list| categories[list]);
        let makers: Vec<usize> = (0..self.traits.len()).filter(makes_it).collect();
        (makers.iter().filter(is_it).copied().collect(), makers)
    }
}
