//! What tells whether a rule could matter, without reading it: whose act it is, whom it could reach
//! by place, and whether its list of parties is whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rule::Rule;
use super::words::{Kind, Names, Nexus, Stage};

/// The outlines of all rules, by number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outlines {
    codes: Vec<String>,
    outlines: Vec<Stored>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stored {
    jurisdiction: u16,
    territory: bool,
    person: bool,
    destinations: Vec<u16>,
    incomplete: bool,
    kind: Kind,
}

/// The outline of a rule.
#[derive(Clone, Copy, Debug)]
pub struct Outline<'a> {
    codes: &'a [String],
    stored: &'a Stored,
}

impl Outlines {
    /// Draws the outlines of rules.
    #[must_use]
    pub fn new(rules: &[Rule]) -> Self {
        let mut codes = Vec::new();
        let mut numbers = BTreeMap::new();
        let mut number = |code: &str| {
            *numbers.entry(code.to_owned()).or_insert_with(|| {
                codes.push(code.to_owned());
                u16::try_from(codes.len() - 1).expect("there are fewer jurisdictions than that")
            })
        };
        let outlines = rules.iter().map(|rule| {
            let has = |nexus| rule.measures.iter().any(|measure| measure.nexus.contains(&nexus));
            let abroad = rule.measures.iter().filter(|measure| measure.nexus.contains(&Nexus::Destination));
            let mut destinations: Vec<u16> = abroad.flat_map(|measure| &measure.destinations).map(|code| number(code)).collect();
            destinations.sort_unstable();
            destinations.dedup();
            Stored {
                jurisdiction: number(&rule.jurisdiction),
                territory: has(Nexus::Territory),
                person: has(Nexus::Person),
                destinations,
                incomplete: rule.names != Names::Listed && rule.stage == Stage::Enacted,
                kind: rule.kind,
            }
        });
        let outlines = outlines.collect();
        Self { codes, outlines }
    }

    /// Returns the outline of the rule of that number.
    #[must_use]
    pub fn of(&self, number: u32) -> Outline<'_> {
        Outline { codes: &self.codes, stored: &self.outlines[number as usize] }
    }

    /// Returns the outlines with the numbers of their rules.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Outline<'_>)> {
        (0..).zip(&self.outlines).map(|(number, stored)| (number, Outline { codes: &self.codes, stored }))
    }

    /// Returns the codes that some rule is of, or has for a destination.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.codes.iter().map(String::as_str)
    }
}

impl<'a> Outline<'a> {
    /// Code of the rule's jurisdiction.
    #[must_use]
    pub fn jurisdiction(self) -> &'a str {
        &self.codes[usize::from(self.stored.jurisdiction)]
    }

    /// Whether a measure reaches what lies in the jurisdiction.
    #[must_use]
    pub fn by_territory(self) -> bool {
        self.stored.territory
    }

    /// Whether a measure reaches those who are of the jurisdiction.
    #[must_use]
    pub fn by_person(self) -> bool {
        self.stored.person
    }

    /// Codes of the places that a measure bars from being supplied.
    pub fn destinations(self) -> impl Iterator<Item = &'a str> {
        self.stored.destinations.iter().map(|&number| self.codes[usize::from(number)].as_str())
    }

    /// Whether the act is in force or was, and does not name every party.
    #[must_use]
    pub fn is_incomplete(self) -> bool {
        self.stored.incomplete
    }

    /// What sort of act it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.stored.kind
    }
}
