//! From files as written to rules and entities as checked.
//!
//! Every reference, date order and identifier is looked at, and every problem is reported, each at
//! its place; a file with an error yields nothing, so that no half-understood rule is ever used.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::entity::{Entity, Name, Product, Relation, Span};
use super::file::{
    At, AudiencesFile, CategoriesFile, CountryRow, CoverRow, Date, EntityFile, EventRow, ExemptRow, FromDate, JurisdictionsFile,
    MeasureRow, NameRow, PlannedRow, RelationRow, RuleFile, TestRow,
};
use super::name::Folded;
use super::registry::{Audience, Category, Jurisdiction};
use super::rule::{Cover, Event, Exemption, Measure, Planned, Rule, RuleTest, TestItem};
use super::strict::cut;
use super::words::{EntityKind, EventKind, Names, Nexus, Ownership, Stage};
use crate::diag::{Code, Diagnostic, Diagnostics, Place, SourceId, Sources, nearest};
use crate::model::{Effect, End, IdentifierKind, Start, VersionRange, When, Zone};

/// `covers` and `exempt` rows are two types with the same keys; this reads either.
macro_rules! item_cover {
    ($self:ident, $row:ident) => {{
        for entity in &$row.entities {
            $self.among(entity, &$self.known.entities, Code::UnknownEntity, "entity");
        }
        for product in &$row.products {
            $self.among(product, &$self.known.products, Code::UnknownProduct, "product");
        }
        for category in &$row.categories {
            $self.among(category, &$self.known.categories, Code::UnknownCategory, "category");
        }
        for code in &$row.vendor_countries {
            $self.jurisdiction(code);
        }
        for rule in &$row.rules {
            $self.among(rule, &$self.known.rules, Code::UnknownRule, "rule");
        }
        let versions = $row.versions.as_ref().and_then(|text| $self.range(text));
        let (start, end) = $self.bounds($row.from.as_ref(), $row.after.as_ref(), $row.until.as_ref(), $row.through.as_ref());
        if let (Some(from), Some(before)) = (&$row.acquired_from, &$row.acquired_before) {
            $self.in_order(Start::From(from.0), End::Until(before.0), before.span());
        }
        Cover {
            name: $row.name.as_ref().map(|name| name.get().clone()),
            entities: Self::texts(&$row.entities),
            affiliates: $row.affiliates.unwrap_or(true),
            products: Self::texts(&$row.products),
            categories: Self::texts(&$row.categories),
            vendor_countries: Self::texts(&$row.vendor_countries),
            origin: if $row.origin.is_empty() { vec![super::words::VendorOrigin::Country] } else { $row.origin.clone() },
            versions,
            rules: Self::texts(&$row.rules),
            condition: $row.condition.as_ref().map(|text| text.get().clone()),
            embedded: $row.embedded,
            ownership: $row.ownership,
            certainty: $row.certainty,
            acquired_from: $row.acquired_from.as_ref().map(|date| date.0),
            acquired_before: $row.acquired_before.as_ref().map(|date| date.0),
            start,
            end,
            announced: $row.announced.as_ref().map(|date| date.0),
            as_listed: $row.as_listed.clone(),
        }
    }};
}

/// The ids that files may refer to.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Entities.
    pub entities: BTreeSet<String>,
    /// Products, over all entities.
    pub products: BTreeSet<String>,
    /// The entity of each product.
    pub makers: BTreeMap<String, String>,
    /// Categories.
    pub categories: BTreeSet<String>,
    /// Audiences.
    pub audiences: BTreeSet<String>,
    /// Jurisdictions and groups, with their zone.
    pub jurisdictions: BTreeMap<String, Option<Zone>>,
    /// Rules.
    pub rules: BTreeSet<String>,
    /// Ids of entities by their folded names: what somebody writes who does not know the id.
    pub entity_names: BTreeMap<String, String>,
    /// Ids of products by their folded names.
    pub product_names: BTreeMap<String, String>,
    /// Codes of places by their folded names.
    pub place_names: BTreeMap<String, String>,
}

/// Checks the files of one source.
pub struct Checker<'a> {
    known: &'a Known,
    sources: &'a Sources,
    source: SourceId,
    /// Path relative to the pack, with forward slashes.
    file: &'a str,
    /// Whether the file belongs to the shipped pack, whose layout is fixed.
    shipped: bool,
    /// Zone in which dates are compared: that of the rule, once it is known.
    zone: Zone,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Checker<'a> {
    /// Returns a checker of one file.
    pub fn new(
        known: &'a Known,
        sources: &'a Sources,
        source: SourceId,
        file: &'a str,
        shipped: bool,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Self { known, sources, source, file, shipped, zone: Zone::UTC, diagnostics }
    }

    fn error(&mut self, code: Code, span: Range<usize>, message: impl Into<String>, help: impl Into<Option<String>>) {
        let mut diagnostic = Diagnostic::error(code, message).at(Place::span(self.source, span));
        diagnostic.help = help.into();
        self.diagnostics.push(diagnostic);
    }

    /// Names the file: a shipped one by its place in the pack, a user's as it was given.
    fn shown(&self) -> String {
        if self.shipped { self.file.to_owned() } else { self.sources.name(self.source).to_owned() }
    }

    fn errors(&self) -> usize {
        self.diagnostics.count(crate::diag::Severity::Error)
    }

    /// Checks a rule. Returns it with its inline tests, or nothing where it has an error.
    pub fn rule(&mut self, file: RuleFile) -> Option<(Rule, Vec<RuleTest>)> {
        let before = self.errors();
        self.schema(&file.schema);
        self.rule_id(&file.id, &file.jurisdiction);
        self.folder(&file.jurisdiction);
        self.jurisdiction(&file.jurisdiction);
        self.https(&file.url);
        for source in &file.sources {
            self.https(&source.url);
        }
        if file.title.trim().is_empty() {
            self.error(Code::EmptyValue, file.title.span(), "the title is empty", None);
        }
        let zone = self.zone(&file);
        self.zone = zone;
        let covers: Vec<Cover> = file.covers.iter().map(|row| self.cover(row)).collect();
        let exempt: Vec<Exemption> = file.exempt.iter().map(|row| self.exemption(row)).collect();
        let measures: Vec<Measure> = file.measures.iter().map(|row| self.measure(row, zone)).collect();
        let events: Vec<Event> = file.events.iter().map(|row| self.event(row)).collect();
        if file.covers.is_empty() {
            self.error(
                Code::EmptyCovers,
                file.id.span(),
                "the rule covers nothing",
                "add a [[covers]] entry that names entities, products or a criterion".to_owned(),
            );
        }
        if file.measures.is_empty() {
            self.error(
                Code::MissingKey,
                file.id.span(),
                "the rule has no [[measures]]",
                "say what it does, for whom, and from when".to_owned(),
            );
        }
        self.names_are_unique(&file);
        self.references(&file, &covers, &measures);
        let conditions: BTreeSet<&str> =
            covers.iter().chain(exempt.iter().map(|row| &row.cover)).filter_map(|cover| cover.condition.as_deref()).collect();
        let tests: Vec<RuleTest> = file.tests.iter().map(|row| self.test(row, &file.id, &measures, &conditions)).collect();
        let line = self.sources.line(self.source, file.id.span().start);
        let remedy = file.remedy.unwrap_or_default();
        let rule = Rule {
            id: file.id.into_inner(),
            title: file.title.into_inner(),
            kind: file.kind,
            jurisdiction: file.jurisdiction.into_inner(),
            authority: file.authority.into_inner(),
            citation: file.citation,
            also_cited_as: file.also_cited_as,
            url: file.url.into_inner(),
            announced: file.announced.0,
            zone,
            verified: file.verified.map(|date| date.0),
            stage: file.stage.unwrap_or(Stage::Enacted),
            names: file.names.unwrap_or(Names::Listed),
            ownership: file.ownership.unwrap_or(Ownership::AtLeastHalf),
            waivable: file.waivable.unwrap_or(true),
            note: file.note,
            sources: file.sources.into_iter().map(|source| source.url.into_inner()).collect(),
            covers,
            exempt,
            measures,
            events,
            advice: remedy.advice,
            alternatives: remedy.alternatives,
            file: self.shown(),
            line,
            shipped: self.shipped,
        };
        (self.errors() == before).then_some((rule, tests))
    }

    fn schema(&mut self, schema: &At<i64>) {
        if **schema != 1 {
            self.error(
                Code::UnsupportedSchema,
                schema.span(),
                format!("schema {} is not known", **schema),
                "this program reads schema = 1".to_owned(),
            );
        }
    }

    fn rule_id(&mut self, id: &At<String>, jurisdiction: &At<String>) {
        self.id(id);
        let stem = self.file.rsplit('/').next().and_then(|name| name.strip_suffix(".toml")).unwrap_or_default();
        if stem != id.as_str() && self.shipped {
            self.error(
                Code::IdMismatch,
                id.span(),
                format!("the id `{}` is not the file's name `{}`", cut(id), cut(stem)),
                format!("rename the file to `{}.toml`, or the id to `{}`", cut(id), cut(stem)),
            );
        }
        let prefix = format!("{}-", jurisdiction.to_lowercase());
        if !id.starts_with(&prefix) && self.shipped {
            self.error(
                Code::IdMismatch,
                id.span(),
                format!("the id does not start with its jurisdiction, `{prefix}`"),
                "ids are <jurisdiction>-<authority>-<subject>-<year>".to_owned(),
            );
        }
    }

    /// A shipped rule lies in the folder of its jurisdiction.
    fn folder(&mut self, jurisdiction: &At<String>) {
        let folder = self.file.rsplit('/').nth(1).unwrap_or_default();
        let wanted = jurisdiction.to_lowercase();
        if self.shipped && folder != wanted {
            self.error(
                Code::IdMismatch,
                jurisdiction.span(),
                format!("the file lies in `{}`, not in the folder of its jurisdiction", cut(folder)),
                format!("move it to `{}`, or correct the jurisdiction", cut(&wanted)),
            );
        }
    }

    fn id(&mut self, id: &At<String>) {
        if !is_id(id) {
            self.error(
                Code::InvalidId,
                id.span(),
                format!("`{}` is no id", cut(id)),
                "ids are lower-case letters and digits in words joined by hyphens".to_owned(),
            );
        }
    }

    fn https(&mut self, url: &At<String>) {
        let host = url.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        if !host.contains('.') || url.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
            self.error(
                Code::InvalidCitation,
                url.span(),
                format!("`{}` is no https address", cut(url)),
                "give the address of the official text".to_owned(),
            );
        }
    }

    fn zone(&mut self, file: &RuleFile) -> Zone {
        if let Some(name) = &file.time_zone {
            return Zone::parse(name).unwrap_or_else(|| {
                self.error(
                    Code::UnknownZone,
                    name.span(),
                    format!("unknown time zone `{}`", cut(name)),
                    "use a name of the IANA database, such as Europe/Berlin".to_owned(),
                );
                Zone::UTC
            });
        }
        match self.known.jurisdictions.get(file.jurisdiction.as_str()) {
            Some(Some(zone)) => *zone,
            Some(None) => {
                self.error(
                    Code::UnknownZone,
                    file.jurisdiction.span(),
                    format!("the registry gives `{}` no time zone", file.jurisdiction.as_str()),
                    "add `time-zone` to the rule".to_owned(),
                );
                Zone::UTC
            }
            None => Zone::UTC,
        }
    }

    fn among(&mut self, word: &At<String>, known: &BTreeSet<String>, code: Code, what: &str) {
        if known.contains(word.as_str()) {
            return;
        }
        let help = match code {
            Code::UnknownEntity => self.known.entity_names.get(Folded::new(word).as_str()).map(String::as_str),
            Code::UnknownProduct => self.known.product_names.get(Folded::new(word).as_str()).map(String::as_str),
            _ => None,
        };
        let help = help.or_else(|| nearest(word, known.iter().map(String::as_str))).or_else(|| akin(word, known));
        let help = match help {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if known.is_empty() => Some(format!("no {what} of the file has a name")),
            None => where_listed(code).map_or_else(|| all_of(known), |where_listed| Some(where_listed.to_owned())),
        };
        self.error(code, word.span(), format!("unknown {what} `{}`", cut(word)), help);
    }

    fn jurisdiction(&mut self, code: &At<String>) {
        if !self.known.jurisdictions.contains_key(code.as_str()) {
            let named = self.known.place_names.get(Folded::new(code).as_str()).map(String::as_str);
            let near = named.or_else(|| nearest(code, self.known.jurisdictions.keys().map(String::as_str)));
            let help = near.map_or_else(
                || "codes are ISO 3166-1 or -2, or a group of the registry".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.error(Code::UnknownJurisdiction, code.span(), format!("unknown jurisdiction `{}`", cut(code)), help);
        }
    }

    fn texts(words: &[At<String>]) -> Vec<String> {
        words.iter().map(|word| word.get().clone()).collect()
    }

    /// Checks one pair of keys on each side and the order of the dates they give.
    fn bounds(
        &mut self,
        from: Option<&At<Date>>,
        after: Option<&At<Date>>,
        until: Option<&At<Date>>,
        through: Option<&At<Date>>,
    ) -> (Option<Start>, Option<End>) {
        if let (Some(_), Some(after)) = (from, after) {
            self.error(
                Code::DatesConflict,
                after.span(),
                "`from` and `after` are both given",
                "`from` is the first day in force, `after` the last day before; keep one".to_owned(),
            );
        }
        if let (Some(_), Some(through)) = (until, through) {
            self.error(
                Code::DatesConflict,
                through.span(),
                "`until` and `through` are both given",
                "`until` is the first day no longer in force, `through` the last day in force; keep one".to_owned(),
            );
        }
        let start = from.map(|date| Start::From(date.0)).or(after.map(|date| Start::After(date.0)));
        let end = until.map(|date| End::Until(date.0)).or(through.map(|date| End::Through(date.0)));
        if let (Some(start), Some(end), Some(at)) = (start, end, until.or(through)) {
            self.in_order(start, end, at.span());
        }
        (start, end)
    }

    fn in_order(&mut self, start: Start, end: End, at: Range<usize>) {
        if end.latest(self.zone) <= start.earliest(self.zone) {
            self.error(
                Code::DatesReversed,
                at,
                format!("it ends ({}) before it starts ({})", end.when(), start.when()),
                "`until` is the first day no longer in force; leave it out for an open end".to_owned(),
            );
        }
    }

    /// Checks the order of the dates of a stretch.
    fn span(&mut self, from: Option<When>, until: Option<When>, at: Range<usize>) -> Span {
        if let (Some(from), Some(until)) = (from, until) {
            self.in_order(Start::From(from), End::Until(until), at);
        }
        Span { from, until }
    }

    fn cover(&mut self, row: &At<CoverRow>) -> Cover {
        let cover = item_cover!(self, row);
        if cover.is_criterion() && cover.categories.is_empty() && cover.vendor_countries.is_empty() {
            self.error(
                Code::EmptyCovers,
                row.span(),
                "the entry would hold for every product",
                "name entities, products, categories, vendor countries or rules".to_owned(),
            );
        }
        cover
    }

    fn exemption(&mut self, row: &At<ExemptRow>) -> Exemption {
        let cover = item_cover!(self, row);
        let says_nothing = cover.is_criterion()
            && cover.categories.is_empty()
            && cover.vendor_countries.is_empty()
            && cover.versions.is_none()
            && cover.condition.is_none()
            && cover.acquired_from.is_none()
            && cover.acquired_before.is_none();
        if says_nothing {
            self.error(
                Code::EmptyCovers,
                row.span(),
                "the exemption would hold for every product",
                "name what is exempt".to_owned(),
            );
        }
        Exemption { cover, measures: Self::texts(&row.measures), reason: row.reason.clone() }
    }

    fn range(&mut self, text: &At<String>) -> Option<(String, VersionRange)> {
        match VersionRange::parse(text) {
            Ok(range) => Some((text.get().clone(), range)),
            Err(why) => {
                self.error(
                    Code::InvalidRange,
                    text.span(),
                    format!("no version range: {why}"),
                    "write it like `>=5, <7`, alternatives joined by `||`".to_owned(),
                );
                None
            }
        }
    }

    fn measure(&mut self, row: &At<MeasureRow>, zone: Zone) -> Measure {
        for word in row.binds.iter().chain(&row.affects) {
            self.among(word, &self.known.audiences, Code::UnknownAudience, "audience");
        }
        if row.binds.is_empty() {
            self.error(
                Code::MissingKey,
                row.span().start..row.span().start,
                "the measure says nobody is bound",
                "add `binds`, such as binds = [\"everyone\"]".to_owned(),
            );
        }
        for code in &row.destinations {
            self.jurisdiction(code);
        }
        if row.nexus.is_empty() {
            self.error(
                Code::EmptyValue,
                row.nexus.span(),
                "the measure has no nexus",
                "say territory, person or destination".to_owned(),
            );
        }
        if row.nexus.contains(&Nexus::Destination) == row.destinations.is_empty() {
            self.error(
                Code::MissingDestination,
                row.nexus.span(),
                "`destinations` and the nexus `destination` go together",
                "give both, or neither".to_owned(),
            );
        }
        let (start, end) = self.stretch(
            row.from.as_ref(),
            row.after.as_ref(),
            row.until.as_ref(),
            row.through.as_ref(),
            "the measure has no start",
            row.span(),
        );
        if let (Some(_), Some(at)) = (&row.ends_when, row.until.as_ref().or(row.through.as_ref())) {
            self.error(
                Code::DatesConflict,
                at.span(),
                "an end date and `ends-when` are both given",
                "a measure ends on a date or on a condition".to_owned(),
            );
        }
        let mut planned: Vec<Planned> = row.planned.iter().map(|plan| self.planned(plan)).collect();
        planned.sort_by_key(|plan| plan.announced.earliest(zone));
        if let (false, None, Some(plan)) = (planned.is_empty(), &row.announced, row.planned.first()) {
            self.error(
                Code::MissingKey,
                plan.span(),
                "`planned` without `announced` on the measure",
                "say when the present dates became known".to_owned(),
            );
        }
        Measure {
            name: row.name.as_ref().map(|name| name.get().clone()),
            effect: row.effect,
            covers: Self::texts(&row.covers),
            binds: Self::texts(&row.binds),
            affects: if row.affects.is_empty() { Self::texts(&row.binds) } else { Self::texts(&row.affects) },
            nexus: row.nexus.get().clone(),
            destinations: Self::texts(&row.destinations),
            start,
            end,
            ends_when: row.ends_when.clone(),
            expected: row.expected.as_ref().map(|date| date.0),
            planned,
            announced: row.announced.as_ref().map(|date| date.0),
            computed: row.computed.unwrap_or(false),
            note: row.note.clone(),
        }
    }

    /// Checks the dates of a measure, whose start may be open but must be said.
    fn stretch(
        &mut self,
        from: Option<&At<FromDate>>,
        after: Option<&At<Date>>,
        until: Option<&At<Date>>,
        through: Option<&At<Date>>,
        missing: &str,
        row: Range<usize>,
    ) -> (Option<Start>, Option<End>) {
        let (after_start, end) = self.bounds(None, after, until, through);
        if let (Some(_), Some(after)) = (from, after) {
            self.error(
                Code::DatesConflict,
                after.span(),
                "`from` and `after` are both given",
                "`from` is the first day in force, `after` the last day still allowed; keep one".to_owned(),
            );
        }
        if from.is_none() && after.is_none() {
            self.error(
                Code::MissingKey,
                row.start..row.start,
                missing,
                "add `from`, `after`, or from = \"to-be-announced\"".to_owned(),
            );
        }
        let from = from.and_then(|at| match **at {
            FromDate::On(when) => Some(Start::From(when)),
            FromDate::ToBeAnnounced => None,
        });
        if let (Some(start), Some(end), Some(at)) = (from, end, until.or(through)) {
            self.in_order(start, end, at.span());
        }
        (from.or(after_start), end)
    }

    fn planned(&mut self, row: &At<PlannedRow>) -> Planned {
        let (start, end) = self.stretch(
            row.from.as_ref(),
            row.after.as_ref(),
            row.until.as_ref(),
            row.through.as_ref(),
            "the plan has no start",
            row.span(),
        );
        Planned { start, end, announced: row.announced.0 }
    }

    fn event(&mut self, row: &At<EventRow>) -> Event {
        let (start, end) = self.bounds(row.from.as_ref(), row.after.as_ref(), row.until.as_ref(), row.through.as_ref());
        if let (None, Some(end), Some(at)) = (start, end, row.until.as_ref().or(row.through.as_ref())) {
            self.in_order(Start::From(row.announced.0), end, at.span());
        }
        for entity in &row.entities {
            self.among(entity, &self.known.entities, Code::UnknownEntity, "entity");
        }
        for product in &row.products {
            self.among(product, &self.known.products, Code::UnknownProduct, "product");
        }
        if let Some(url) = &row.url {
            self.https(url);
        }
        let lasting = matches!(
            row.kind,
            EventKind::Suspended
                | EventKind::Enjoined
                | EventKind::NotEnforced
                | EventKind::Conduct
                | EventKind::Extended
                | EventKind::Amended
        );
        if let (false, Some(at)) = (lasting, row.until.as_ref().or(row.through.as_ref())) {
            self.error(
                Code::DatesConflict,
                at.span(),
                format!("`{}` happens once and has no end", row.kind.as_str()),
                "leave the end out".to_owned(),
            );
        }
        Event {
            kind: row.kind,
            announced: row.announced.0,
            start: start.unwrap_or(Start::From(row.announced.0)),
            end,
            measures: Self::texts(&row.measures),
            entities: Self::texts(&row.entities),
            products: Self::texts(&row.products),
            citation: row.citation.clone(),
            computed: row.computed.unwrap_or(false),
            note: row.note.clone(),
            url: row.url.as_ref().map(|url| url.get().clone()),
        }
    }

    fn names_are_unique(&mut self, file: &RuleFile) {
        let lists = [
            file.covers.iter().filter_map(|row| row.name.as_ref()).collect::<Vec<_>>(),
            file.exempt.iter().filter_map(|row| row.name.as_ref()).collect(),
            file.measures.iter().filter_map(|row| row.name.as_ref()).collect(),
        ];
        for list in lists {
            let mut seen = BTreeSet::new();
            for name in list {
                if !seen.insert(name.as_str()) {
                    self.error(Code::DuplicateId, name.span(), format!("the name `{}` is given twice", cut(name)), None);
                }
            }
        }
        for name in file.measures.iter().filter_map(|row| row.name.as_ref()) {
            if Effect::ALL.iter().any(|effect| {
                effect.as_str() == name.as_str()
                    && file
                        .measures
                        .iter()
                        .any(|row| row.effect == *effect && row.name.as_ref().is_none_or(|other| other.as_str() != name.as_str()))
            }) {
                self.error(
                    Code::DuplicateId,
                    name.span(),
                    format!("`{}` is an effect as well, so that pointing at it is unclear", name.as_str()),
                    "choose another name".to_owned(),
                );
            }
        }
    }

    /// Names and effects that other parts of the file point at.
    fn references(&mut self, file: &RuleFile, covers: &[Cover], measures: &[Measure]) {
        let names: BTreeSet<String> = covers.iter().filter_map(|cover| cover.name.clone()).collect();
        for name in file.measures.iter().flat_map(|row| &row.covers) {
            self.among(name, &names, Code::UnknownCover, "covers entry");
        }
        let labels = labels(measures);
        let pointers = file.exempt.iter().flat_map(|row| &row.measures).chain(file.events.iter().flat_map(|row| &row.measures));
        for name in pointers {
            self.among(name, &labels, Code::UnknownMeasure, "measure");
        }
    }

    fn test(&mut self, row: &At<TestRow>, rule: &At<String>, measures: &[Measure], conditions: &BTreeSet<&str>) -> RuleTest {
        for condition in row.conditions.keys().filter(|condition| !conditions.contains(condition.as_str())).collect::<Vec<_>>() {
            let help = nearest(condition, conditions.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let message = format!("the rule has no condition `{}`", cut(condition));
            self.error(Code::UnknownValue, condition.span(), message, help);
        }
        for code in &row.jurisdictions {
            self.jurisdiction(code);
        }
        for audience in &row.audiences {
            if audience.as_str() != "all" {
                self.among(audience, &self.known.audiences, Code::UnknownAudience, "audience");
            }
        }
        for (when, what) in [(Some(&row.as_of), "as-of"), (row.known_on.as_ref(), "known-on")] {
            if let Some(at) = when.filter(|at| !matches!(at.0, When::Day(_) | When::Instant(_))) {
                self.error(Code::InvalidDate, at.span(), format!("`{what}` is a day or an instant with its offset"), None);
            }
        }
        let labels = labels(measures);
        for name in row.expect.states.keys() {
            self.among(name, &labels, Code::UnknownMeasure, "measure");
        }
        let item = &row.item;
        let identifiers = [
            (IdentifierKind::Cpe, &item.cpe),
            (IdentifierKind::Purl, &item.purl),
            (IdentifierKind::BundleId, &item.bundle_id),
            (IdentifierKind::PackageId, &item.package_id),
            (IdentifierKind::Signer, &item.signer),
        ];
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        RuleTest {
            rule: rule.get().clone(),
            as_of: row.as_of.0,
            known_on: row.known_on.as_ref().map(|date| date.0),
            jurisdictions: Self::texts(&row.jurisdictions),
            audiences: Self::texts(&row.audiences),
            conditions: row.conditions.iter().map(|(name, answer)| (name.get().clone(), *answer)).collect(),
            item: TestItem {
                vendor: text(&item.vendor),
                product: text(&item.product),
                version: text(&item.version),
                identifiers: identifiers.into_iter().filter_map(|(kind, text)| Some((kind, text.clone()?))).collect(),
                asset: text(&item.asset),
                location: text(&item.location),
                audience: text(&item.audience),
                quantity: item.quantity.unwrap_or(1),
                acquired: item.acquired.as_ref().map(|date| date.0),
                renewal: item.renewal.as_ref().map(|date| date.0),
            },
            status: row.expect.status,
            next: row.expect.next.as_ref().map(|next| (next.status, next.on.0)),
            notes: row.expect.notes.clone(),
            states: row.expect.states.iter().map(|(name, state)| (name.get().clone(), state.as_str().to_owned())).collect(),
            file: self.shown(),
            line: self.sources.line(self.source, row.span().start),
        }
    }

    /// Checks an entity. Returns nothing where it has an error.
    pub fn entity(&mut self, file: EntityFile, stem: &str) -> Option<Entity> {
        let before = self.errors();
        self.schema(&file.schema);
        if let Some(id) = file.id.as_ref().filter(|id| id.as_str() != stem) {
            self.error(Code::IdMismatch, id.span(), format!("the id `{}` is not the file's name `{}`", cut(id), cut(stem)), None);
        }
        if !is_id(stem) {
            let message = format!("`{}` is no id", cut(stem));
            let help = "name the file in lower-case letters and digits, words joined by hyphens".to_owned();
            self.error(Code::InvalidId, file.name.span(), message, help);
        }
        for name in std::iter::once(&file.name).chain(file.products.iter().map(|product| &product.name)) {
            if Folded::new(name).is_empty() {
                self.error(Code::EmptyValue, name.span(), format!("the name `{}` holds no letter", cut(name)), None);
            }
        }
        if let Some(url) = &file.url {
            self.https(url);
        }
        for category in file.categories.iter().chain(file.products.iter().flat_map(|product| &product.categories)) {
            self.among(category, &self.known.categories, Code::UnknownCategory, "category");
        }
        let countries = file.country.as_ref().map(|countries| {
            for row in &countries.0 {
                if !self.known.jurisdictions.contains_key(&row.code) {
                    let named = self.known.place_names.get(Folded::new(&row.code).as_str()).map(String::as_str);
                    let near = named.or_else(|| nearest(&row.code, self.known.jurisdictions.keys().map(String::as_str)));
                    let help = near.map(|near| format!("did you mean `{near}`?"));
                    self.error(Code::UnknownJurisdiction, countries.span(), format!("unknown country `{}`", cut(&row.code)), help);
                }
            }
            let span = |row: &CountryRow| (row.from.map(|date| date.0), row.until.map(|date| date.0));
            let rows = countries.0.iter().map(|row| (row.code.clone(), span(row)));
            rows.map(|(code, (from, until))| (code, self.span(from, until, countries.span()))).collect()
        });
        self.identifiers(&file);
        let relations = file.relations.iter().map(|row| self.relation(row, stem)).collect();
        let default_categories = Self::texts(&file.categories);
        let products = file
            .products
            .iter()
            .map(|row| {
                self.id(&row.id);
                let (from, until) = (row.from.as_ref().map(|date| date.0), row.until.as_ref().map(|date| date.0));
                let span = self.span(from, until, row.until.as_ref().map_or(0..0, At::span));
                Product {
                    id: row.id.get().clone(),
                    name: row.name.get().clone(),
                    aliases: self.aliases(&row.aliases),
                    categories: if row.categories.is_empty() { default_categories.clone() } else { Self::texts(&row.categories) },
                    cpe_products: lower(&row.cpe_products),
                    package_ids: lower(&row.package_ids),
                    bundle_ids: lower(&row.bundle_ids),
                    purls: lower(&row.purls),
                    span,
                }
            })
            .collect();
        let entity = Entity {
            id: stem.to_owned(),
            name: file.name.get().clone(),
            kind: file.kind.unwrap_or(EntityKind::Organisation),
            countries: countries.unwrap_or_default(),
            aliases: self.aliases(&file.aliases),
            categories: default_categories,
            cpe_vendors: lower(&file.cpe_vendors),
            purl_namespaces: lower(&file.purl_namespaces),
            bundle_prefixes: lower(&file.bundle_prefixes),
            package_ids: lower(&file.package_ids),
            domains: lower(&file.domains),
            signers: Self::texts(&file.signers),
            url: file.url.as_ref().map(|url| url.get().clone()),
            products,
            relations,
        };
        (self.errors() == before).then_some(entity)
    }

    /// Identifiers must not be empty, nor take in everybody's.
    fn identifiers(&mut self, file: &EntityFile) {
        let products = || file.products.iter();
        /// Texts, what each is not where it is bad, what makes it good, and how to write it.
        type Check<'a> = (Vec<&'a At<String>>, &'a str, fn(&str) -> bool, &'a str);
        let checks: [Check<'_>; 6] = [
            (
                file.purl_namespaces.iter().chain(products().flat_map(|product| &product.purls)).collect(),
                "no package URL path",
                is_purl_path,
                "write type/namespace, such as golang/github.com/example or npm/@example",
            ),
            (
                file.package_ids.iter().chain(products().flat_map(|product| &product.package_ids)).collect(),
                "no package id",
                is_package_id,
                "at least three letters, and a name of its own; a star only at the end",
            ),
            (
                file.bundle_prefixes.iter().chain(products().flat_map(|product| &product.bundle_ids)).collect(),
                "no bundle id",
                is_bundle_id,
                "write a segment of its own, such as com.example",
            ),
            (
                file.cpe_vendors.iter().chain(products().flat_map(|product| &product.cpe_products)).collect(),
                "no name in CPE",
                is_cpe_name,
                "write the one field, such as example_software",
            ),
            (file.domains.iter().collect(), "no domain", is_domain, "write the host alone, such as example.com"),
            (
                file.signers.iter().collect(),
                "no organisation",
                |text| !Folded::new(text).is_empty(),
                "write the organisation's name",
            ),
        ];
        for (texts, what, is_good, help) in checks {
            for text in texts.into_iter().filter(|text| !is_good(text)) {
                self.error(Code::InvalidIdentifier, text.span(), format!("`{}` is {what}", cut(text)), help.to_owned());
            }
        }
    }

    fn aliases(&mut self, rows: &[At<NameRow>]) -> Vec<Name> {
        let mut names = Vec::with_capacity(rows.len());
        for row in rows {
            if Folded::new(&row.name).is_empty() {
                self.error(Code::EmptyValue, row.span(), format!("the alias `{}` holds no letter", cut(&row.name)), None);
            }
            names.push(Name { text: row.name.clone(), span: self.span(row.from, row.until, row.span()) });
        }
        names
    }

    fn relation(&mut self, row: &At<RelationRow>, stem: &str) -> Relation {
        self.among(&row.entity, &self.known.entities, Code::UnknownEntity, "entity");
        if row.entity.as_str() == stem {
            self.error(Code::UnknownEntity, row.entity.span(), "an entity cannot relate to itself", None);
        }
        let own = |product: &&At<String>| self.known.makers.get(product.get()).is_none_or(|maker| maker != stem);
        for product in row.products.iter().filter(own).collect::<Vec<_>>() {
            let message = format!("unknown product of this entity `{}`", cut(product));
            let products = self.known.makers.iter().filter(|(_, maker)| *maker == stem).map(|(product, _)| product.as_str());
            let help = nearest(product, products).map(|near| format!("did you mean `{near}`?"));
            self.error(Code::UnknownProduct, product.span(), message, help);
        }
        if let Some(share) = row.share.as_ref().filter(|share| !(0.0..=100.0).contains(share.get())) {
            self.error(Code::InvalidShare, share.span(), "a share lies between 0 and 100 per cent", None);
        }
        if let Some(url) = &row.url {
            self.https(url);
        }
        let (from, until) = (row.from.as_ref().map(|date| date.0), row.until.as_ref().map(|date| date.0));
        let span = self.span(from, until, row.until.as_ref().map_or(0..0, At::span));
        Relation {
            kind: row.kind,
            entity: row.entity.get().clone(),
            share: row.share.as_ref().map(|share| *share.get()),
            span,
            products: Self::texts(&row.products),
            note: row.note.clone(),
        }
    }

    /// Checks the registry of jurisdictions.
    pub fn jurisdictions(&mut self, file: &JurisdictionsFile) -> BTreeMap<String, Jurisdiction> {
        file.iter()
            .map(|(code, row)| {
                let zone = row.time_zone.as_ref().and_then(|name| {
                    let zone = Zone::parse(name);
                    if zone.is_none() {
                        self.error(Code::UnknownZone, name.span(), format!("unknown time zone `{}`", cut(name)), None);
                    }
                    zone
                });
                for member in &row.members {
                    self.jurisdiction(&member.code);
                }
                let mut members = Vec::with_capacity(row.members.len());
                for member in &row.members {
                    let span = self.span(member.from.map(|date| date.0), member.until.map(|date| date.0), member.span());
                    members.push((member.code.get().clone(), span));
                }
                (code.clone(), Jurisdiction { name: row.name.clone(), zone, aliases: row.aliases.clone(), members })
            })
            .collect()
    }

    /// Checks the registry of audiences.
    pub fn audiences(&mut self, file: &AudiencesFile) -> BTreeMap<String, Audience> {
        for word in file.values().flat_map(|row| &row.implies) {
            self.among(word, &self.known.audiences, Code::UnknownAudience, "audience");
        }
        file.iter()
            .map(|(name, row)| {
                (name.clone(), Audience { name: row.name.clone(), implies: Self::texts(&row.implies), of_state: row.of_state })
            })
            .collect()
    }

    /// Checks the registry of categories.
    pub fn categories(&mut self, file: &CategoriesFile) -> BTreeMap<String, Category> {
        for word in file.values().flat_map(|row| &row.within) {
            self.among(word, &self.known.categories, Code::UnknownCategory, "category");
        }
        file.iter()
            .map(|(name, row)| (name.clone(), Category { name: row.name.clone(), within: Self::texts(&row.within) }))
            .collect()
    }
}

/// Returns the known word that shares most of its parts with one, where it shares any.
fn akin<'k>(word: &str, known: &'k BTreeSet<String>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let parts: BTreeSet<&str> = word.split(['-', ' ', '_']).filter(|part| part.len() > 3).collect();
    let shared = |other: &str| other.split('-').filter(|part| parts.contains(part)).count();
    let best = known.iter().map(|other| (shared(other), std::cmp::Reverse(other.len()), other)).filter(|best| best.0 > 0).max()?;
    Some(best.2)
}

/// Returns where all words of a kind are listed; none where the file itself lists them.
fn where_listed(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::UnknownEntity => "entities go by the names of their files, as in rules/entities; add one where it is missing",
        Code::UnknownProduct => "products go by the ids that their entities list; add it there where it is missing",
        Code::UnknownCategory => "rules/categories.toml lists them all",
        Code::UnknownAudience => "`interdict rules list --audiences` names them all",
        Code::UnknownRule => "`interdict rules list` names them all",
        _ => return None,
    })
}

/// Returns the few words that a file itself gives.
fn all_of(known: &BTreeSet<String>) -> Option<String> {
    Some(format!("known here: {}", known.iter().map(String::as_str).collect::<Vec<_>>().join(", ")))
}

fn is_id(id: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    id.len() <= 100 && id.split('-').all(word)
}

fn labels(measures: &[Measure]) -> BTreeSet<String> {
    measures.iter().flat_map(|measure| [measure.name.clone(), Some(measure.effect.as_str().to_owned())]).flatten().collect()
}

/// First segments that everybody's ids share.
const SHARED: [&str; 8] = ["com", "org", "net", "edu", "gov", "io", "app", "dev"];
/// Hosts below which everybody has packages.
const SHARED_HOSTS: [&str; 5] = ["github.com", "gitlab.com", "bitbucket.org", "gitee.com", "codeberg.org"];

fn is_purl_path(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let shared = |part: &str| SHARED.contains(&part) || SHARED_HOSTS.contains(&part);
    parts.len() >= 2
        && parts.iter().all(|part| !part.is_empty())
        && !text.starts_with("pkg:")
        && (!text.contains('@') || text.contains("/@"))
        && !(parts.len() == 2 && matches!(parts[0], "golang" | "maven") && shared(parts[1]))
}

fn is_package_id(text: &str) -> bool {
    let stem = text.trim_end_matches('*');
    stem.len() >= 3 && !stem.contains('*') && !SHARED.contains(&stem.trim_end_matches('.').to_lowercase().as_str())
}

fn is_bundle_id(text: &str) -> bool {
    let stem = text.trim_end_matches(['.', '*']);
    let own = stem.contains('.') || stem.len() >= 3 && !SHARED.contains(&stem.to_lowercase().as_str());
    own && stem.split('.').all(|part| !part.is_empty()) && !stem.contains('*')
}

fn is_domain(text: &str) -> bool {
    let good = |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_alphanumeric() || letter == '-');
    text.contains('.') && text.split('.').all(good)
}

fn is_cpe_name(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|letter| letter.is_whitespace() || letter == '*')
}

fn lower(words: &[At<String>]) -> Vec<String> {
    words.iter().map(|word| word.to_lowercase()).collect()
}
