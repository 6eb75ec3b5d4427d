//! How covers, measures, events and their dates are told: names for ids where there is one, and each
//! date as the first day or the first day free in the zone of the act.

use std::collections::BTreeMap;

use crate::evaluate::show;
use crate::model::{End, Start, When};
use crate::pack::compile::Catalogue;
use crate::pack::registry::Registry;
use crate::pack::rule::{Cover, Event, Exemption, Measure, Rule};
use crate::pack::words::{Certainty, Embedded, EventKind, Nexus, Ownership, VendorOrigin};

/// The names that a catalogue gives to ids.
pub struct Words<'a> {
    entities: BTreeMap<&'a str, &'a str>,
    products: BTreeMap<&'a str, &'a str>,
    registry: &'a Registry,
}

impl<'a> Words<'a> {
    /// Looks up the names of a catalogue.
    #[must_use]
    pub fn new(catalogue: &'a Catalogue) -> Self {
        let entities = catalogue.entities.iter().map(|entity| (entity.id.as_str(), entity.name.as_str()));
        let products = catalogue.entities.iter().flat_map(|entity| &entity.products);
        let products = products.map(|product| (product.id.as_str(), product.name.as_str()));
        Self { entities: entities.collect(), products: products.collect(), registry: &catalogue.registry }
    }

    /// Returns the name of an entity.
    #[must_use]
    pub fn entity<'b>(&self, id: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.entities.get(id).copied().unwrap_or(id)
    }

    /// Returns the name of a product.
    #[must_use]
    pub fn product<'b>(&self, id: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.products.get(id).copied().unwrap_or(id)
    }

    /// Returns the name of a place, of a subdivision with its country.
    #[must_use]
    pub fn place(&self, code: &str) -> String {
        let name = |code: &str| self.registry.jurisdictions.get(code).map(|place| place.name.as_str());
        match (name(code), code.split_once('-').and_then(|(country, _)| name(country))) {
            (Some(place), Some(country)) => format!("{place} ({country})"),
            (Some(place), None) => place.to_owned(),
            (None, _) => code.to_owned(),
        }
    }

    fn places(&self, codes: &[String]) -> String {
        listed(codes.iter().map(|code| self.place(code)))
    }

    /// Returns what an entry of an act reaches.
    #[must_use]
    pub fn cover(&self, rule: &Rule, cover: &Cover) -> String {
        let mut parts = Vec::new();
        if !cover.entities.is_empty() {
            let alone = if cover.affiliates { "" } else { " (without affiliates)" };
            parts.push(format!("{}{alone}", listed(cover.entities.iter().map(|id| self.entity(id)))));
        }
        if !cover.products.is_empty() {
            parts.push(listed(cover.products.iter().map(|id| self.product(id))));
        }
        if !cover.rules.is_empty() {
            parts.push(format!("the parties that {} names", cover.rules.join(", ")));
        }
        if !cover.vendor_countries.is_empty() {
            let owner = if cover.origin.contains(&VendorOrigin::Owner) { ", or owned from there" } else { "" };
            parts.push(format!("makers of {}{owner}", self.places(&cover.vendor_countries)));
        }
        if !cover.categories.is_empty() {
            parts.push(listed(cover.categories.iter().map(|word| spaced(word))));
        }
        parts.extend(cover.versions.iter().map(|(text, _)| format!("versions {text}")));
        parts.extend(cover.condition.iter().map(|condition| format!("where {condition}")));
        parts.extend(cover.acquired_from.map(|when| format!("acquired from {} on", date(rule, when))));
        parts.extend(cover.acquired_before.map(|when| format!("acquired before {}", date(rule, when))));
        parts.extend(cover.start.map(|start| format!("from {}", begin(rule, start))));
        parts.extend(cover.end.map(|end| format!("no longer from {}", free(rule, end))));
        parts.extend(cover.announced.map(|when| format!("known from {}", date(rule, when))));
        match cover.embedded {
            Some(Embedded::In) => parts.push("inside other makers' products as well".to_owned()),
            Some(Embedded::Out) => parts.push("not inside other makers' products".to_owned()),
            None => {}
        }
        match cover.ownership {
            Some(Ownership::AtLeastHalf) => parts.push("passes down from a share of half".to_owned()),
            Some(Ownership::MoreThanHalf) => parts.push("passes down from more than half".to_owned()),
            None => {}
        }
        if cover.certainty == Some(Certainty::Review) {
            parts.push("a person must decide".to_owned());
        }
        parts.join("; ")
    }

    /// Returns what an act leaves out, with the measures it is limited to and the reason.
    #[must_use]
    pub fn exemption(&self, rule: &Rule, exempt: &Exemption) -> String {
        let mut text = self.cover(rule, &exempt.cover);
        if !exempt.measures.is_empty() {
            text += &format!("; for {} only", exempt.measures.join(", "));
        }
        if let Some(reason) = &exempt.reason {
            text += &format!(" ({reason})");
        }
        text
    }

    /// Returns what ties a measure to the place of its act.
    #[must_use]
    pub fn nexus(&self, rule: &Rule, measure: &Measure) -> String {
        let place = self.place(&rule.jurisdiction);
        let told = measure.nexus.iter().map(|nexus| match nexus {
            Nexus::Territory => format!("what lies in {place}"),
            Nexus::Person => format!("organisations of {place}, wherever they are"),
            Nexus::Destination => format!("supplies to {}", self.places(&measure.destinations)),
        });
        told.collect::<Vec<_>>().join("; ")
    }

    /// Returns what an event did, for whom, and where that is printed.
    #[must_use]
    pub fn event(&self, rule: &Rule, event: &Event) -> String {
        let mut text = match event.kind {
            EventKind::Conduct => "conduct of a vendor or store, no law".to_owned(),
            kind => spaced(kind.as_str()),
        };
        if !event.measures.is_empty() {
            text += &format!(", of {}", event.measures.join(", "));
        }
        let only = event.entities.iter().map(|id| self.entity(id)).chain(event.products.iter().map(|id| self.product(id)));
        let only = listed(only);
        if !only.is_empty() {
            text += &format!(", for {only} only");
        }
        text += &format!(", from {}", begin(rule, event.start));
        if let Some(end) = event.end {
            text += &format!(", no longer from {}", free(rule, end));
        }
        if event.start.when() != event.announced {
            text += &format!(", announced {}", date(rule, event.announced));
        }
        if let Some(note) = &event.note {
            text += &format!("; {note}");
        }
        if let Some(citation) = &event.citation {
            text += &format!(" ({citation})");
        }
        text
    }
}

/// Returns audiences in words.
#[must_use]
pub(super) fn audiences(names: &[String]) -> String {
    listed(names.iter().map(|name| spaced(name)))
}

/// Returns a word of the rules as it is spoken.
#[must_use]
pub(super) fn spaced(word: &str) -> String {
    word.replace('-', " ")
}

/// Joins a list with commas.
pub(super) fn listed<T: AsRef<str>>(texts: impl Iterator<Item = T>) -> String {
    let mut joined = String::new();
    for text in texts {
        if !joined.is_empty() {
            joined += ", ";
        }
        joined += text.as_ref();
    }
    joined
}

/// Returns a date as it stands, with its time where it has one, and what is not known of it.
#[must_use]
pub(super) fn date(rule: &Rule, when: When) -> String {
    match when {
        When::Year(_) => format!("{when}, the day is not known"),
        When::Month(_) => format!("{when}, the day is not known"),
        When::Day(_) => when.to_string(),
        When::Local(_) | When::Instant(_) => show(rule.zone, when.earliest(rule.zone)),
    }
}

/// Returns the first day on which something holds.
#[must_use]
pub(super) fn begin(rule: &Rule, start: Start) -> String {
    match start {
        Start::From(when) => date(rule, when),
        Start::After(when) if when.is_vague() => format!("after {}", date(rule, when)),
        Start::After(_) => show(rule.zone, start.earliest(rule.zone)),
    }
}

/// Returns the first day on which something no longer holds.
#[must_use]
pub(super) fn free(rule: &Rule, end: End) -> String {
    match end {
        End::Until(when) => date(rule, when),
        End::Through(when) if when.is_vague() => format!("after {}", date(rule, when)),
        End::Through(_) => show(rule.zone, end.latest(rule.zone)),
    }
}

/// Returns when a measure starts: its first day, or that the day is open.
#[must_use]
pub(super) fn start_of(rule: &Rule, start: Option<Start>) -> String {
    start.map_or_else(|| "a day to be announced".to_owned(), |start| begin(rule, start))
}

/// Returns when a measure ends: the first day free, the condition, or no end.
#[must_use]
pub(super) fn end_of(rule: &Rule, measure: &Measure) -> String {
    match (measure.end, &measure.ends_when) {
        (Some(end), _) => free(rule, end),
        (None, Some(condition)) => {
            let expected = measure.expected.map(|when| format!(", expected {}", date(rule, when))).unwrap_or_default();
            format!("when {condition}{expected}")
        }
        (None, None) => "open".to_owned(),
    }
}
