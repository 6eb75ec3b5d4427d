//! Rules as checked: every word known, every date in order, every reference resolvable.

use serde::{Deserialize, Serialize};

use super::lazy::Listed;
use super::words::{Certainty, Embedded, EventKind, Kind, Names, Nexus, Ownership, Stage, VendorOrigin};
use crate::model::{Effect, End, Start, VersionRange, When, Zone};

/// One legal act.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// Stable id.
    pub id: String,
    /// Title in our own words.
    pub title: String,
    /// What sort of act it is.
    pub kind: Kind,
    /// Code of its jurisdiction.
    pub jurisdiction: String,
    /// The authority that made it.
    pub authority: String,
    /// Official citation.
    pub citation: Option<String>,
    /// Other citations of the same content.
    pub also_cited_as: Vec<String>,
    /// Primary source.
    pub url: String,
    /// When the world could know of it.
    pub announced: When,
    /// Zone in which its dates are read.
    pub zone: Zone,
    /// Day on which the entry was last held against its source.
    pub verified: Option<When>,
    /// How far the act has come.
    pub stage: Stage,
    /// Whether it names its parties in full.
    pub names: Names,
    /// From which share on an asset freeze passes down.
    pub ownership: Ownership,
    /// Whether findings may be waived.
    pub waivable: bool,
    /// Remark.
    pub note: Option<String>,
    /// Where the entry was read.
    pub sources: Vec<String>,
    /// What it covers: alternatives.
    pub covers: Vec<Cover>,
    /// What it leaves out.
    pub exempt: Vec<Exemption>,
    /// What it forbids, orders or warns of.
    pub measures: Vec<Measure>,
    /// What later happened to it.
    pub events: Vec<Event>,
    /// Advice.
    pub advice: Option<String>,
    /// Alternatives that the act or the vendor names.
    pub alternatives: Vec<String>,
    /// File the rule stands in, relative to its pack.
    pub file: String,
    /// Line of its id, from 1.
    pub line: u64,
    /// Whether the rule came with the program.
    pub shipped: bool,
}

impl Listed for Rule {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Which items an entry speaks of. All keys must hold; of a key's values any may.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cover {
    /// Name in the file.
    pub name: Option<String>,
    /// Entities.
    pub entities: Vec<String>,
    /// Whether their affiliates are meant as well.
    pub affiliates: bool,
    /// Ids of products.
    pub products: Vec<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// Home countries of the vendor, as codes or groups.
    pub vendor_countries: Vec<String>,
    /// Whose country counts.
    pub origin: Vec<VendorOrigin>,
    /// Version range, as written and read.
    pub versions: Option<(String, VersionRange)>,
    /// Rules whose parties are meant.
    pub rules: Vec<String>,
    /// A fact that no inventory holds.
    pub condition: Option<String>,
    /// Whether products that embed one of these are meant; `None`: a person must decide.
    pub embedded: Option<Embedded>,
    /// From which share on an asset freeze passes down, where it differs from the rule's.
    pub ownership: Option<Ownership>,
    /// How sure a match by criterion is.
    pub certainty: Option<Certainty>,
    /// Only what was acquired on this day or later.
    pub acquired_from: Option<When>,
    /// Only what was acquired before this day.
    pub acquired_before: Option<When>,
    /// When the entry becomes part of the act.
    pub start: Option<Start>,
    /// When it ceases to be.
    pub end: Option<End>,
    /// When the world could know of the entry; `None`: with the rule.
    pub announced: Option<When>,
    /// The party or product as the act writes it.
    pub as_listed: Option<String>,
}

impl Cover {
    /// Returns whether the entry names no party and no product, but gives a criterion.
    #[must_use]
    pub fn is_criterion(&self) -> bool {
        self.entities.is_empty() && self.products.is_empty() && self.rules.is_empty()
    }

    /// Returns whether the entry speaks of whole parties, and says nothing else but its dates.
    #[must_use]
    pub fn names_parties_only(&self) -> bool {
        (!self.entities.is_empty() || !self.rules.is_empty())
            && self.products.is_empty()
            && self.categories.is_empty()
            && self.vendor_countries.is_empty()
            && self.versions.is_none()
            && self.condition.is_none()
            && self.acquired_from.is_none()
            && self.acquired_before.is_none()
    }

    /// Returns whether a date of the entry is vague.
    #[must_use]
    pub fn is_vague(&self) -> bool {
        let dates = [self.start.map(Start::when), self.end.map(End::when), self.acquired_from, self.acquired_before];
        dates.into_iter().flatten().any(When::is_vague)
    }
}

/// What an act leaves out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exemption {
    /// Which items.
    pub cover: Cover,
    /// Measures, by name or effect; empty for all.
    pub measures: Vec<String>,
    /// Why.
    pub reason: Option<String>,
}

/// One thing an act forbids, orders or warns of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Name in the file.
    pub name: Option<String>,
    /// What it does.
    pub effect: Effect,
    /// Names of the `covers` entries it is tied to; empty for all.
    pub covers: Vec<String>,
    /// Audiences that are forbidden to act.
    pub binds: Vec<String>,
    /// Audiences whose product it is.
    pub affects: Vec<String>,
    /// What ties the user to the jurisdiction.
    pub nexus: Vec<Nexus>,
    /// Places that may not be supplied.
    pub destinations: Vec<String>,
    /// When it starts; `None`: known to come, date open.
    pub start: Option<Start>,
    /// When it ends; `None`: open.
    pub end: Option<End>,
    /// The condition on which it ends.
    pub ends_when: Option<String>,
    /// When that is expected.
    pub expected: Option<When>,
    /// Earlier dates that were moved, in the order of their announcement.
    pub planned: Vec<Planned>,
    /// When the present dates became known; `None`: with the rule.
    pub announced: Option<When>,
    /// Whether a date was computed rather than read.
    pub computed: bool,
    /// Remark.
    pub note: Option<String>,
}

impl Measure {
    /// Returns whether an event or exemption that names `names` means this measure.
    #[must_use]
    pub fn is_meant(&self, names: &[String]) -> bool {
        names.is_empty() || names.iter().any(|name| self.name.as_ref() == Some(name) || self.effect.as_str() == name)
    }

    /// Returns the name, or the effect where it has none.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(self.effect.as_str())
    }
}

/// An earlier date of a measure that was moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Start as then planned; `None`: open.
    pub start: Option<Start>,
    /// End as then planned.
    pub end: Option<End>,
    /// When that plan became known.
    pub announced: When,
}

/// Something that later happened to an act.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// When the world could know of it.
    pub announced: When,
    /// When it starts.
    pub start: Start,
    /// When it is over; `None`: open.
    pub end: Option<End>,
    /// Measures, by name or effect; empty for all.
    pub measures: Vec<String>,
    /// Entities it is limited to.
    pub entities: Vec<String>,
    /// Products it is limited to.
    pub products: Vec<String>,
    /// Official citation.
    pub citation: Option<String>,
    /// Whether a date was computed rather than read.
    pub computed: bool,
    /// What happened.
    pub note: Option<String>,
    /// Where it was read.
    pub url: Option<String>,
}

/// An item and what must come out for it under its rule alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RuleTest {
    /// Rule.
    pub rule: String,
    /// The day or instant asked about.
    pub as_of: When,
    /// The day whose knowledge is used.
    pub known_on: Option<When>,
    /// Jurisdictions of the organisation.
    pub jurisdictions: Vec<String>,
    /// Audiences of the organisation.
    pub audiences: Vec<String>,
    /// Answers to conditions.
    pub conditions: Vec<(String, bool)>,
    /// The item.
    pub item: TestItem,
    /// Status that must come out.
    pub status: crate::model::Status,
    /// The next change that must come out.
    pub next: Option<(crate::model::Status, When)>,
    /// Notes that must be there.
    pub notes: Vec<String>,
    /// States by measure.
    pub states: Vec<(String, String)>,
    /// File the test stands in.
    pub file: String,
    /// Line of the test, from 1.
    pub line: u64,
}

/// An item of an inline test.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TestItem {
    /// Who makes or publishes it.
    pub vendor: String,
    /// Name as displayed.
    pub product: String,
    /// Version.
    pub version: String,
    /// Identifiers.
    pub identifiers: Vec<(crate::model::IdentifierKind, String)>,
    /// Asset.
    pub asset: String,
    /// Place.
    pub location: String,
    /// Audience.
    pub audience: String,
    /// How many.
    pub quantity: u64,
    /// When it was acquired.
    pub acquired: Option<When>,
    /// When it is to be renewed.
    pub renewal: Option<When>,
}
