//! A rule as a whole: its head, and what its parts say of each other.

use std::collections::BTreeSet;

use super::Checker;
use crate::diag::Code;
use crate::model::{Effect, Zone};
use crate::pack::file::{At, RuleFile};
use crate::pack::rule::{Cover, Event, Exemption, Measure, Rule, RuleTest};
use crate::pack::strict::cut;
use crate::pack::words::{Names, Ownership, Stage};

impl Checker<'_> {
    /// Checks a rule. Returns it with its inline tests, or nothing where it has an error.
    pub fn rule(&mut self, file: RuleFile) -> Option<(Rule, Vec<RuleTest>)> {
        let before = self.errors();
        self.head(&file);
        let zone = self.zone(&file);
        self.zone = zone;
        let covers: Vec<Cover> = file.covers.iter().map(|row| self.cover(row)).collect();
        let exempt: Vec<Exemption> = file.exempt.iter().map(|row| self.exemption(row)).collect();
        let measures: Vec<Measure> = file.measures.iter().map(|row| self.measure(row, zone)).collect();
        let events: Vec<Event> = file.events.iter().map(|row| self.event(row)).collect();
        self.has_parts(&file);
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

    fn head(&mut self, file: &RuleFile) {
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
    }

    /// A rule says what it reaches and what it does.
    fn has_parts(&mut self, file: &RuleFile) {
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
}

pub(super) fn labels(measures: &[Measure]) -> BTreeSet<String> {
    measures.iter().flat_map(|measure| [measure.name.clone(), Some(measure.effect.as_str().to_owned())]).flatten().collect()
}
