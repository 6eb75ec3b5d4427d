//! Entities as checked: organisations and persons that rules name, and their products.

use serde::{Deserialize, Serialize};

use super::lazy::Listed;
use super::words::{EntityKind, RelationKind};
use crate::model::{When, Zone};

/// A stretch of time by dates without a zone: they are read in the zone of the act that asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First date.
    pub from: Option<When>,
    /// First date no longer.
    pub until: Option<When>,
}

impl Span {
    /// Returns whether no date limits it.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.from.is_none() && self.until.is_none()
    }

    /// Returns the time in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        // Without a zone, dates of different precision compare by the instants they stand for in any.
        let both = |a: Option<When>, b: Option<When>, pick: fn(When, When) -> When| match (a, b) {
            (Some(a), Some(b)) => Some(pick(a, b)),
            (a, b) => a.or(b),
        };
        Self {
            from: both(self.from, other.from, |a, b| if a.earliest(Zone::UTC) < b.earliest(Zone::UTC) { b } else { a }),
            until: both(self.until, other.until, |a, b| if b.latest(Zone::UTC) < a.latest(Zone::UTC) { b } else { a }),
        }
    }

    /// Returns whether one of its dates is vague.
    #[must_use]
    pub fn is_vague(self) -> bool {
        self.from.is_some_and(When::is_vague) || self.until.is_some_and(When::is_vague)
    }

    /// Returns the instants it stands for in a zone, read as wide as the words allow.
    #[must_use]
    pub fn bounds(self, zone: Zone) -> (Option<chrono::DateTime<chrono::Utc>>, Option<chrono::DateTime<chrono::Utc>>) {
        (self.from.map(|from| from.earliest(zone)), self.until.map(|until| until.latest(zone)))
    }
}

/// A name, perhaps for a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Name {
    /// As written.
    pub text: String,
    /// When it is this party's.
    pub span: Span,
}

/// An organisation or person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// Stable id.
    pub id: String,
    /// Usual name.
    pub name: String,
    /// Organisation or person.
    pub kind: EntityKind,
    /// Home countries, each with its time.
    pub countries: Vec<(String, Span)>,
    /// Other names.
    pub aliases: Vec<Name>,
    /// Categories of products that are not listed.
    pub categories: Vec<String>,
    /// Vendor names in CPE, lower case.
    pub cpe_vendors: Vec<String>,
    /// Namespaces in package URLs, lower case.
    pub purl_namespaces: Vec<String>,
    /// Prefixes of bundle ids, lower case.
    pub bundle_prefixes: Vec<String>,
    /// Package ids, lower case.
    pub package_ids: Vec<String>,
    /// Internet domains, lower case.
    pub domains: Vec<String>,
    /// Organisations in certificate subjects.
    pub signers: Vec<String>,
    /// Home page.
    pub url: Option<String>,
    /// Its products.
    pub products: Vec<Product>,
    /// How it relates to others.
    pub relations: Vec<Relation>,
}

/// A product of an entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Id, unique over all entities.
    pub id: String,
    /// Usual name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<Name>,
    /// Categories; never empty where the entity has any.
    pub categories: Vec<String>,
    /// Product names in CPE, lower case.
    pub cpe_products: Vec<String>,
    /// Package ids, lower case.
    pub package_ids: Vec<String>,
    /// Bundle ids, lower case.
    pub bundle_ids: Vec<String>,
    /// Package URLs without version, lower case.
    pub purls: Vec<String>,
    /// When it is this entity's.
    pub span: Span,
}

/// How an entity relates to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// What sort of relation.
    pub kind: RelationKind,
    /// Id of the other entity.
    pub entity: String,
    /// Share in per cent, where known.
    pub share: Option<f64>,
    /// When it holds.
    pub span: Span,
    /// Products it is limited to.
    pub products: Vec<String>,
    /// Remark, such as a role.
    pub note: Option<String>,
}

impl Listed for Entity {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Entity {
    /// Adds what a user's entity of the same id says; nothing that was known is lost.
    pub fn merge(&mut self, other: Self) {
        self.aliases.push(Name { text: other.name, span: Span::default() });
        self.aliases.extend(other.aliases);
        self.countries.extend(other.countries);
        for (mine, others) in [
            (&mut self.categories, other.categories),
            (&mut self.cpe_vendors, other.cpe_vendors),
            (&mut self.purl_namespaces, other.purl_namespaces),
            (&mut self.bundle_prefixes, other.bundle_prefixes),
            (&mut self.package_ids, other.package_ids),
            (&mut self.domains, other.domains),
            (&mut self.signers, other.signers),
        ] {
            add_texts(mine, others);
        }
        self.url = other.url.or(self.url.take());
        for mut product in other.products {
            match self.products.iter_mut().find(|mine| mine.id == product.id) {
                Some(mine) => mine.merge(product),
                None => {
                    if product.categories.is_empty() {
                        product.categories.clone_from(&self.categories);
                    }
                    self.products.push(product);
                }
            }
        }
        self.relations.extend(other.relations);
    }
}

impl Product {
    /// Adds what a user's product of the same id says. Its name becomes another alias, its dates
    /// count where it gives any.
    fn merge(&mut self, other: Self) {
        self.aliases.push(Name { text: other.name, span: Span::default() });
        self.aliases.extend(other.aliases);
        for (mine, others) in [
            (&mut self.categories, other.categories),
            (&mut self.cpe_products, other.cpe_products),
            (&mut self.package_ids, other.package_ids),
            (&mut self.bundle_ids, other.bundle_ids),
            (&mut self.purls, other.purls),
        ] {
            add_texts(mine, others);
        }
        if !other.span.is_open() {
            self.span = other.span;
        }
    }
}

fn add_texts(mine: &mut Vec<String>, others: Vec<String>) {
    for text in others {
        if !mine.contains(&text) {
            mine.push(text);
        }
    }
}
