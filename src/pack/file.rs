//! Rule, entity and registry files as written: flat and strict, with the place of every value that
//! a diagnostic may point at.
//!
//! The doc comments in here are the descriptions in `interdict schema`: the Rust types are the
//! only statement of the schema, and [`super::strict`] checks files against it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::{Deref, Range};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error as _, IntoDeserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use super::words::{Certainty, Embedded, EntityKind, EventKind, Kind, Names, Nexus, Ownership, RelationKind, Stage, VendorOrigin};
use crate::model::{Effect, When};

/// A value and its byte range in the file.
#[derive(Clone, Debug)]
pub struct At<T>(toml::Spanned<T>);

impl<T> At<T> {
    /// Returns the byte range of the value.
    pub fn span(&self) -> Range<usize> {
        self.0.span()
    }

    /// Returns the value.
    pub fn get(&self) -> &T {
        self.0.get_ref()
    }

    /// Returns the value alone.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

/// Compared by value, so that it can be a key.
impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for At<T> {}

impl<T: Ord> PartialOrd for At<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> Ord for At<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.get().cmp(other.get())
    }
}

impl<T> Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.get_ref()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        toml::Spanned::deserialize(deserializer).map(Self)
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A date: bare, local or with an offset; or a month or year as a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub When);

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DateVisitor;
        impl<'de> Visitor<'de> for DateVisitor {
            type Value = Date;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a date, or a month or year as a string")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Date, E> {
                When::parse(text).map(Date).ok_or_else(|| E::custom(format_args!("`{text}` is no date")))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Date, A::Error> {
                let written = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
                When::parse(&written.to_string()).map(Date).ok_or_else(|| A::Error::custom(format_args!("`{written}` is no date")))
            }
        }
        deserializer.deserialize_any(DateVisitor)
    }
}

impl JsonSchema for Date {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-date": true, "pattern": "^\\d{4}(-\\d{2}(-\\d{2}([T ].+)?)?)?$" })
    }
}

/// The start of a measure: a date, or `to-be-announced`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromDate {
    /// A date.
    On(When),
    /// Known to come, date open.
    ToBeAnnounced,
}

/// The word for an open date.
pub const TO_BE_ANNOUNCED: &str = "to-be-announced";

impl<'de> Deserialize<'de> for FromDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FromVisitor;
        impl<'de> Visitor<'de> for FromVisitor {
            type Value = FromDate;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a date or `to-be-announced`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<FromDate, E> {
                if text == TO_BE_ANNOUNCED {
                    return Ok(FromDate::ToBeAnnounced);
                }
                Date::deserialize(text.into_deserializer()).map(|date| FromDate::On(date.0))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FromDate, A::Error> {
                Date::deserialize(MapAccessDeserializer::new(map)).map(|date| FromDate::On(date.0))
            }
        }
        deserializer.deserialize_any(FromVisitor)
    }
}

impl JsonSchema for FromDate {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "FromDate".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "x-date": true, "x-word": TO_BE_ANNOUNCED,
            "pattern": "^(to-be-announced|\\d{4}(-\\d{2}(-\\d{2}([T ].+)?)?)?)$"
        })
    }
}

type Text = At<String>;
type Texts = Vec<At<String>>;

/// One legal act.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "interdict rule")]
pub struct RuleFile {
    /// Version of this schema: 1.
    pub schema: At<i64>,
    /// `<jurisdiction>-<authority>-<subject>-<year>`, stable, never reused; the file's name.
    pub id: Text,
    /// Title in our own words.
    pub title: Text,
    /// What sort of act it is.
    pub kind: Kind,
    /// ISO 3166-1 or -2 code, or a group such as `EU`.
    pub jurisdiction: Text,
    /// The authority that made it.
    pub authority: Text,
    /// Official citation.
    pub citation: Option<String>,
    /// Other citations under which the same content is known.
    #[serde(default)]
    pub also_cited_as: Vec<String>,
    /// Primary source; https.
    pub url: Text,
    /// When the world could know of it.
    pub announced: At<Date>,
    /// IANA time zone of its dates; default: the jurisdiction's.
    pub time_zone: Option<Text>,
    /// Day on which the entry was last held against its source; absent: never.
    pub verified: Option<At<Date>>,
    /// How far the act has come; default `enacted`.
    pub stage: Option<Stage>,
    /// Whether the act names its parties in full; default `listed`.
    pub names: Option<Names>,
    /// From which share on an asset freeze passes down; default `>=50%`.
    pub ownership: Option<Ownership>,
    /// Whether findings may be waived; default true.
    pub waivable: Option<bool>,
    /// What the text says about dates or scope that no field can, in our own words.
    pub note: Option<String>,
    /// Where the entry was read.
    #[serde(default)]
    pub sources: Vec<SourceRow>,
    /// What the act covers: alternatives.
    #[serde(default)]
    pub covers: Vec<At<CoverRow>>,
    /// What it leaves out.
    #[serde(default)]
    pub exempt: Vec<At<ExemptRow>>,
    /// What it forbids, orders or warns of.
    #[serde(default)]
    pub measures: Vec<At<MeasureRow>>,
    /// What later happened to it.
    #[serde(default)]
    pub events: Vec<At<EventRow>>,
    /// What to do.
    pub remedy: Option<RemedyRow>,
    /// Items and what must come out for them.
    #[serde(default)]
    pub tests: Vec<At<TestRow>>,
}

/// A page on which an entry was read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SourceRow {
    /// Address; https.
    pub url: Text,
    /// Day on which it was read.
    pub retrieved: Option<At<Date>>,
    /// What it is.
    pub title: Option<String>,
}

/// Defines a row that says which items it speaks of. `covers` and `exempt` share these keys, and
/// neither `flatten` nor a nested table keeps the places of values, so a macro writes both.
macro_rules! item_row {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        pub struct $name {
            $($(#[$doc])* pub $field: $kind,)*
            /// Unique in the file, so that others can point here.
            pub name: Option<Text>,
            /// Entities, with their affiliates.
            pub entities: Texts,
            /// Whether affiliates are meant as well; default true.
            pub affiliates: Option<bool>,
            /// Ids of products.
            pub products: Texts,
            /// Categories of products.
            pub categories: Texts,
            /// Home countries of the vendor.
            pub vendor_countries: Texts,
            /// Whose country counts; default `["country"]`.
            pub origin: Vec<VendorOrigin>,
            /// Version range such as `>=5, <7`.
            pub versions: Option<Text>,
            /// Rules whose parties are meant, as of the day.
            pub rules: Texts,
            /// A fact that no inventory holds; unknown unless the configuration answers it.
            pub condition: Option<Text>,
            /// Whether other makers' products that embed one of these are meant.
            pub embedded: Option<Embedded>,
            /// From which share on an asset freeze passes down; default: the rule's.
            pub ownership: Option<Ownership>,
            /// How sure a match by criterion is; default `status`.
            pub certainty: Option<Certainty>,
            /// Only what was acquired on this day or later.
            pub acquired_from: Option<At<Date>>,
            /// Only what was acquired before this day.
            pub acquired_before: Option<At<Date>>,
            /// First date on which the entry is part of the act.
            pub from: Option<At<Date>>,
            /// Last day before the entry is part of the act.
            pub after: Option<At<Date>>,
            /// First date on which the entry is no longer part of the act.
            pub until: Option<At<Date>>,
            /// Last day on which the entry is part of the act.
            pub through: Option<At<Date>>,
            /// When the world could know of the entry, where that was later than of the act.
            pub announced: Option<At<Date>>,
            /// The party or product as the act writes it.
            pub as_listed: Option<String>,
            /// Remark.
            pub note: Option<String>,
        }
    };
}

item_row! {
    /// What an act covers. All keys must hold; of a key's values any may.
    CoverRow {}
}

item_row! {
    /// What an act leaves out. All keys must hold; of a key's values any may.
    ExemptRow {
        /// Measures, by name or effect, that the exemption is limited to; default all.
        measures: Texts,
        /// Why, in our own words.
        reason: Option<String>,
    }
}

/// One thing an act forbids, orders or warns of.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MeasureRow {
    /// Unique in the file, so that events and exemptions can point here.
    pub name: Option<Text>,
    /// What it does.
    pub effect: Effect,
    /// Names of the `covers` entries it is tied to; default all.
    #[serde(default)]
    pub covers: Texts,
    /// Audiences that are forbidden to act.
    #[serde(default)]
    pub binds: Texts,
    /// Audiences whose product it is; default: those bound.
    #[serde(default)]
    pub affects: Texts,
    /// What ties the user to the jurisdiction.
    pub nexus: At<Vec<Nexus>>,
    /// Places that may not be supplied; with `nexus = ["destination"]`.
    #[serde(default)]
    pub destinations: Texts,
    /// First date in force, or `to-be-announced`.
    pub from: Option<At<FromDate>>,
    /// Last day still allowed.
    pub after: Option<At<Date>>,
    /// First date no longer in force.
    pub until: Option<At<Date>>,
    /// Last day in force.
    pub through: Option<At<Date>>,
    /// The condition on which it ends, where no date is set.
    pub ends_when: Option<String>,
    /// When that is expected; never evaluated.
    pub expected: Option<At<Date>>,
    /// Earlier dates that were moved.
    #[serde(default)]
    pub planned: Vec<At<PlannedRow>>,
    /// When the present dates became known; default: the rule's.
    pub announced: Option<At<Date>>,
    /// Whether a date was computed from a period rather than read.
    pub computed: Option<bool>,
    /// Remark.
    pub note: Option<String>,
}

/// An earlier date of a measure that was moved.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlannedRow {
    /// First date in force as then planned.
    pub from: Option<At<FromDate>>,
    /// Last day still allowed as then planned.
    pub after: Option<At<Date>>,
    /// First date no longer in force as then planned.
    pub until: Option<At<Date>>,
    /// Last day in force as then planned.
    pub through: Option<At<Date>>,
    /// When that plan became known.
    pub announced: At<Date>,
}

/// Something that later happened to an act.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EventRow {
    /// What happened.
    pub kind: EventKind,
    /// When the world could know of it.
    pub announced: At<Date>,
    /// First date of it; default: `announced`.
    pub from: Option<At<Date>>,
    /// Last day before it.
    pub after: Option<At<Date>>,
    /// First date on which it is over.
    pub until: Option<At<Date>>,
    /// Last day of it.
    pub through: Option<At<Date>>,
    /// Measures, by name or effect; default all.
    #[serde(default)]
    pub measures: Texts,
    /// Entities it is limited to.
    #[serde(default)]
    pub entities: Texts,
    /// Products it is limited to.
    #[serde(default)]
    pub products: Texts,
    /// Official citation.
    pub citation: Option<String>,
    /// Where it was read; https.
    pub url: Option<Text>,
    /// Whether a date was computed from a period rather than read.
    pub computed: Option<bool>,
    /// What happened, in our own words.
    pub note: Option<String>,
}

/// What to do.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RemedyRow {
    /// Advice.
    pub advice: Option<String>,
    /// Alternatives that the act or the vendor names.
    pub alternatives: Vec<String>,
}

/// An item and what must come out for it under this rule alone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TestRow {
    /// The day or instant asked about.
    pub as_of: At<Date>,
    /// The day whose knowledge is used.
    pub known_on: Option<At<Date>>,
    /// Jurisdictions of the organisation.
    #[serde(default)]
    pub jurisdictions: Texts,
    /// Audiences of the organisation.
    #[serde(default)]
    pub audiences: Texts,
    /// Answers to conditions.
    #[serde(default)]
    pub conditions: BTreeMap<Text, bool>,
    /// The item.
    pub item: ItemRow,
    /// What must come out.
    pub expect: ExpectRow,
    /// Why the case is here.
    pub note: Option<String>,
}

/// An item of an inline test, or of `explain --item`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ItemRow {
    /// Who makes or publishes it.
    pub vendor: Option<String>,
    /// Name as displayed.
    pub product: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// CPE 2.2 or 2.3 name.
    pub cpe: Option<String>,
    /// Package URL.
    pub purl: Option<String>,
    /// Bundle id.
    pub bundle_id: Option<String>,
    /// Package id.
    pub package_id: Option<String>,
    /// Subject of the signing certificate.
    pub signer: Option<String>,
    /// Asset.
    pub asset: Option<String>,
    /// Code or name of the place.
    pub location: Option<String>,
    /// Audience of the asset.
    pub audience: Option<String>,
    /// How many.
    pub quantity: Option<u64>,
    /// When it was acquired.
    pub acquired: Option<At<Date>>,
    /// When it is to be renewed.
    pub renewal: Option<At<Date>>,
}

/// What must come out of an inline test. Keys that are absent are not compared.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExpectRow {
    /// Status; `clear` for no finding.
    pub status: crate::model::Status,
    /// The next change.
    pub next: Option<ExpectNext>,
    /// Notes that must be there.
    #[serde(default)]
    pub notes: Vec<String>,
    /// State by measure, by name or effect.
    #[serde(default)]
    pub states: BTreeMap<Text, crate::model::State>,
}

/// The next change that must come out.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExpectNext {
    /// Status from then on.
    pub status: crate::model::Status,
    /// Day in the zone of the act.
    pub on: At<Date>,
}

/// A name, perhaps for a time.
#[derive(Clone, Debug)]
pub struct NameRow {
    /// The name.
    pub name: String,
    /// First date on which it is this party's.
    pub from: Option<When>,
    /// First date on which it no longer is.
    pub until: Option<When>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DatedName {
    /// The name.
    name: String,
    /// First date on which it is this party's.
    from: Option<Date>,
    /// First date on which it no longer is.
    until: Option<Date>,
}

impl<'de> Deserialize<'de> for NameRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = NameRow;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a name, or a table with `name`, `from` and `until`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<NameRow, E> {
                Ok(NameRow { name: text.to_owned(), from: None, until: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<NameRow, A::Error> {
                let row = DatedName::deserialize(MapAccessDeserializer::new(map))?;
                Ok(NameRow { name: row.name, from: row.from.map(|date| date.0), until: row.until.map(|date| date.0) })
            }
        }
        deserializer.deserialize_any(NameVisitor)
    }
}

impl JsonSchema for NameRow {
    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let dated = generator.subschema_for::<DatedName>();
        json_schema!({ "anyOf": [{ "type": "string" }, dated] })
    }
}

/// Home countries: one code, or several with dates.
#[derive(Clone, Debug)]
pub struct Countries(pub Vec<CountryRow>);

/// A home country, perhaps for a time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CountryRow {
    /// Code.
    pub code: String,
    /// First date.
    pub from: Option<Date>,
    /// First date no longer.
    pub until: Option<Date>,
}

impl<'de> Deserialize<'de> for Countries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountriesVisitor;
        impl<'de> Visitor<'de> for CountriesVisitor {
            type Value = Countries;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a country code, or a list of tables with `code`, `from` and `until`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Countries, E> {
                Ok(Countries(vec![CountryRow { code: text.to_owned(), from: None, until: None }]))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<Countries, A::Error> {
                Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(Countries)
            }
        }
        deserializer.deserialize_any(CountriesVisitor)
    }
}

impl JsonSchema for Countries {
    fn schema_name() -> Cow<'static, str> {
        "Countries".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rows = generator.subschema_for::<Vec<CountryRow>>();
        json_schema!({ "anyOf": [{ "type": "string" }, rows] })
    }
}

/// An organisation or person that rules name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "interdict entity")]
pub struct EntityFile {
    /// Version of this schema: 1.
    pub schema: At<i64>,
    /// Id; default: the file's name without its ending, which it must equal.
    pub id: Option<Text>,
    /// Usual name.
    pub name: Text,
    /// Organisation (the default) or person.
    pub kind: Option<EntityKind>,
    /// Home country, perhaps with dates.
    pub country: Option<At<Countries>>,
    /// Other names, legal names and brands, in any script.
    #[serde(default)]
    pub aliases: Vec<At<NameRow>>,
    /// Categories of those of its products that are not listed.
    #[serde(default)]
    pub categories: Texts,
    /// Vendor names in CPE.
    #[serde(default)]
    pub cpe_vendors: Texts,
    /// Namespaces in package URLs: `type/namespace`.
    #[serde(default)]
    pub purl_namespaces: Texts,
    /// Prefixes of bundle ids, on segment boundaries.
    #[serde(default)]
    pub bundle_prefixes: Texts,
    /// Package ids; a final `*` stands for any ending.
    #[serde(default)]
    pub package_ids: Texts,
    /// Internet domains.
    #[serde(default)]
    pub domains: Texts,
    /// Organisations in certificate subjects.
    #[serde(default)]
    pub signers: Texts,
    /// Home page.
    pub url: Option<Text>,
    /// Remark.
    pub note: Option<String>,
    /// Its products, as far as rules tell them apart.
    #[serde(default)]
    pub products: Vec<At<ProductRow>>,
    /// How it relates to others.
    #[serde(default)]
    pub relations: Vec<At<RelationRow>>,
}

/// A product of an entity.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProductRow {
    /// Id, unique over all entities.
    pub id: Text,
    /// Usual name.
    pub name: Text,
    /// Other names, in any script.
    #[serde(default)]
    pub aliases: Vec<At<NameRow>>,
    /// Categories; default: the entity's.
    #[serde(default)]
    pub categories: Texts,
    /// Product names in CPE.
    #[serde(default)]
    pub cpe_products: Texts,
    /// Package ids; a final `*` stands for any ending.
    #[serde(default)]
    pub package_ids: Texts,
    /// Bundle ids.
    #[serde(default)]
    pub bundle_ids: Texts,
    /// Package URLs without version: `type/namespace/name`.
    #[serde(default)]
    pub purls: Texts,
    /// First date on which it is this entity's.
    pub from: Option<At<Date>>,
    /// First date on which it no longer is.
    pub until: Option<At<Date>>,
    /// Remark.
    pub note: Option<String>,
}

/// How an entity relates to another.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RelationRow {
    /// What sort of relation.
    pub kind: RelationKind,
    /// The other entity.
    pub entity: Text,
    /// Share in per cent, for `owned-by`; absent: unknown.
    pub share: Option<At<f64>>,
    /// First date.
    pub from: Option<At<Date>>,
    /// First date no longer.
    pub until: Option<At<Date>>,
    /// Products of this entity that the relation is limited to, for `embeds` and `sold-to`.
    #[serde(default)]
    pub products: Texts,
    /// Where it was read; https.
    pub url: Option<Text>,
    /// Remark, such as a role.
    pub note: Option<String>,
}

/// The registry of jurisdictions and groups of them, by code.
pub type JurisdictionsFile = BTreeMap<String, At<JurisdictionRow>>;

/// A country, a subdivision or a group.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct JurisdictionRow {
    /// English name.
    pub name: String,
    /// IANA time zone in which its acts are read.
    pub time_zone: Option<Text>,
    /// Other names, in any language.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Members, where it is a group.
    #[serde(default)]
    pub members: Vec<At<MemberRow>>,
}

/// A member of a group, perhaps for a time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MemberRow {
    /// Code of the member.
    pub code: Text,
    /// First date.
    pub from: Option<Date>,
    /// First date no longer.
    pub until: Option<Date>,
}

/// The registry of audiences, by name.
pub type AudiencesFile = BTreeMap<String, At<AudienceRow>>;

/// An audience.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AudienceRow {
    /// What it is, in a few words.
    pub name: String,
    /// Audiences that each of it belongs to as well.
    #[serde(default)]
    pub implies: Texts,
    /// Whether it is an arm of a state, and counts only where the organisation is of that state.
    #[serde(default)]
    pub of_state: bool,
}

/// The registry of product categories, by name.
pub type CategoriesFile = BTreeMap<String, At<CategoryRow>>;

/// A category of products.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CategoryRow {
    /// What it is, in a few words.
    pub name: String,
    /// Wider categories it belongs to.
    #[serde(default)]
    pub within: Texts,
}

/// Words that matching treats specially.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct WordsFile {
    /// Legal forms of companies, as written.
    pub legal_forms: Vec<String>,
    /// Vendor values that name nobody.
    pub nobody: Vec<String>,
    /// Resellers, packagers and stores: in a vendor column they name nobody.
    pub intermediaries: Vec<String>,
    /// Geographic words in company names.
    pub places: Vec<String>,
    /// Generic words in company names.
    pub fillers: Vec<String>,
    /// Words that show that a product is about another product.
    pub mentions: Vec<String>,
    /// The same, where they stand before the brand.
    pub mentions_before: Vec<String>,
    /// Ordinary words that match by chance.
    pub common: Vec<String>,
}

/// Version and build date of a pack.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PackFile {
    /// Version of this schema: 1.
    pub schema: At<i64>,
    /// Version of the pack.
    pub version: String,
    /// Day on which it was built.
    pub built: At<Date>,
}
