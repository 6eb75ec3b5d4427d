//! The registries as checked: jurisdictions and groups, audiences, categories, and the words that
//! matching treats specially.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::entity::Span;
use super::lazy::Map;
use crate::model::Zone;

/// All registries of a pack.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Registry {
    /// Countries, subdivisions and groups, by code.
    pub jurisdictions: Map<Jurisdiction>,
    /// Audiences, by name.
    pub audiences: BTreeMap<String, Audience>,
    /// Categories, by name.
    pub categories: BTreeMap<String, Category>,
    /// Words that matching treats specially.
    pub words: Words,
}

/// A country, a subdivision or a group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Jurisdiction {
    /// English name.
    pub name: String,
    /// Zone in which its acts are read.
    pub zone: Option<Zone>,
    /// Other names.
    pub aliases: Vec<String>,
    /// Members of a group, each with its time.
    pub members: Vec<(String, Span)>,
}

/// An audience.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audience {
    /// What it is.
    pub name: String,
    /// Audiences that each of it belongs to as well.
    pub implies: Vec<String>,
    /// Whether it is an arm of a state.
    pub of_state: bool,
}

/// A category of products.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Category {
    /// What it is.
    pub name: String,
    /// Wider categories.
    pub within: Vec<String>,
}

/// Words that matching treats specially, as written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Words {
    /// Legal forms.
    pub legal_forms: Vec<String>,
    /// Vendor values that name nobody.
    pub nobody: Vec<String>,
    /// Resellers, packagers and stores.
    pub intermediaries: Vec<String>,
    /// Geographic words.
    pub places: Vec<String>,
    /// Generic words in company names.
    pub fillers: Vec<String>,
    /// Words that show that a product is about another.
    pub mentions: Vec<String>,
    /// The same, where they stand before the brand.
    pub mentions_before: Vec<String>,
    /// Ordinary words.
    pub common: Vec<String>,
}

/// The audience that everybody belongs to.
pub const EVERYONE: &str = "everyone";

impl Registry {
    /// Returns the audiences and everything they imply; `everyone` is always among them.
    #[must_use]
    pub fn implied(&self, audiences: &[String]) -> BTreeSet<String> {
        closure(audiences, |name| self.audiences.get(name).map(|audience| audience.implies.as_slice()), Some(EVERYONE))
    }

    /// Returns the categories and all wider ones.
    #[must_use]
    pub fn widened(&self, categories: &[String]) -> BTreeSet<String> {
        closure(categories, |name| self.categories.get(name).map(|category| category.within.as_slice()), None)
    }

    /// Returns the zone in which acts of a jurisdiction are read: its own, or its country's.
    #[must_use]
    pub fn zone(&self, code: &str) -> Option<Zone> {
        let own = self.jurisdictions.get(code).and_then(|jurisdiction| jurisdiction.zone);
        own.or_else(|| self.jurisdictions.get(code.split_once('-')?.0)?.zone)
    }

    /// Returns whether a code is listed.
    #[must_use]
    pub fn knows(&self, code: &str) -> bool {
        self.jurisdictions.contains_key(code)
    }

    /// Returns when `inner` lies in `outer`, as stretches of time: equal, a subdivision of it, or
    /// a member of a group. Empty: never.
    #[must_use]
    pub fn within(&self, inner: &str, outer: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        self.collect_within(inner, outer, Span::default(), 0, &mut spans);
        spans
    }

    fn collect_within(&self, inner: &str, outer: &str, limit: Span, depth: u8, spans: &mut Vec<Span>) {
        if is_part(inner, outer) {
            spans.push(limit);
            return;
        }
        let Some(group) = self.jurisdictions.get(outer).filter(|_| depth < 8) else { return };
        for (member, span) in &group.members {
            self.collect_within(inner, member, limit.intersection(*span), depth + 1, spans);
        }
    }

    /// Returns whether a place and a jurisdiction have anything to do with each other, at any time:
    /// the quick question before [`Self::within`] and [`Self::wider`].
    #[must_use]
    pub fn touches(&self, place: &str, jurisdiction: &str) -> bool {
        let members = || self.jurisdictions.get(place).into_iter().flat_map(|place| &place.members);
        self.ever_within(place, jurisdiction, 0)
            || self.ever_within(jurisdiction, place, 0)
            || members().any(|(member, _)| self.ever_within(member, jurisdiction, 0))
    }

    fn ever_within(&self, inner: &str, outer: &str, depth: u8) -> bool {
        let members = || self.jurisdictions.get(outer).filter(|_| depth < 8).into_iter().flat_map(|outer| &outer.members);
        is_part(inner, outer) || members().any(|(member, _)| self.ever_within(inner, member, depth + 1))
    }

    /// Returns when a place may or may not be a jurisdiction's, since only a part of it is: `US` for
    /// `US-OH`, `EU` for `DE` or for another group with some of its members. Empty: never.
    #[must_use]
    pub fn wider(&self, place: &str, jurisdiction: &str) -> Vec<Span> {
        if place == jurisdiction {
            return Vec::new();
        }
        let mut spans = self.within(jurisdiction, place);
        for (member, span) in self.jurisdictions.get(place).into_iter().flat_map(|place| &place.members) {
            let parts = self.within(member, jurisdiction).into_iter().map(|inner| inner.intersection(*span));
            for part in parts {
                if !spans.contains(&part) {
                    spans.push(part);
                }
            }
        }
        spans
    }
}

/// Returns whether a code is another or a subdivision of it.
fn is_part(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn closure<'a>(start: &'a [String], next: impl Fn(&str) -> Option<&'a [String]>, always: Option<&str>) -> BTreeSet<String> {
    let mut reached: BTreeSet<String> = always.map(str::to_owned).into_iter().collect();
    let mut open: Vec<&String> = start.iter().collect();
    while let Some(name) = open.pop() {
        if reached.insert(name.clone()) {
            open.extend(next(name).unwrap_or_default());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::When;

    fn registry() -> Registry {
        let mut registry = Registry::default();
        let until = |text| Span { from: None, until: When::parse(text) };
        let plain = |members: Vec<(String, Span)>| Jurisdiction { name: String::new(), zone: None, aliases: vec![], members };
        registry.jurisdictions.insert("EU".into(), plain(vec![("DE".into(), Span::default()), ("GB".into(), until("2020-02-01"))]));
        registry.jurisdictions.insert("EEA".into(), plain(vec![("EU".into(), Span::default()), ("NO".into(), Span::default())]));
        registry
    }

    #[test]
    fn memberships_of_groups_in_groups_overlap() {
        let span = |from, until| Span { from: When::parse(from), until: When::parse(until) };
        let year = span("2021", "2024");
        assert_eq!(year.intersection(span("2020-05-01", "2023-01-01")), span("2021", "2023-01-01"));
        assert_eq!(span("2020-05-01", "2023-01-01").intersection(year), span("2021", "2023-01-01"));
    }

    #[test]
    fn places_lie_in_countries_and_groups() {
        let registry = registry();
        assert_eq!(registry.within("US-TX", "US"), [Span::default()]);
        assert_eq!(registry.within("US", "US-TX"), []);
        assert_eq!(registry.within("USX", "US"), []);
        assert_eq!(registry.within("DE-BE", "EU"), [Span::default()]);
        assert_eq!(registry.within("GB-SCT", "EEA")[0].until, When::parse("2020-02-01"));
        assert_eq!(registry.wider("US", "US-OH"), [Span::default()]);
        assert_eq!(registry.wider("EU", "DE"), [Span::default()]);
        assert_eq!(registry.wider("EU", "GB")[0].until, When::parse("2020-02-01"));
        assert_eq!(registry.wider("US-OH", "US"), []);
        assert_eq!(registry.wider("DE", "DE"), []);
        assert_eq!(registry.wider("EU", "EEA"), [Span::default(), Span { from: None, until: When::parse("2020-02-01") }]);
    }
}
