//! From a waiver file as written to waivers and decisions that hold: rules and entities are known,
//! globs parse, what must be said is said.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use globset::Glob;

use super::file::{DecisionRow, WaiverFile, WaiverRow};
use super::{Pattern, Waiver, Waivers};
use crate::decision::{Decision, Decisions};
use crate::diag::{Code, Diagnostic, Diagnostics, Place, Severity, SourceId, Sources, nearest};
use crate::model::When;
use crate::pack::compile::Pack;
use crate::pack::file::{At, Date};
use crate::pack::name::Folded;
use crate::pack::strict;
use crate::report;

/// Reads a waiver file. Every problem goes to `diagnostics`; what is wrong is left out.
pub fn read(text: &str, source: SourceId, pack: &Pack, sources: &Sources, diagnostics: &mut Diagnostics) -> Waivers {
    let Some(file) = strict::read::<WaiverFile>(text, source, diagnostics) else { return Waivers::default() };
    if *file.schema != 1 {
        diagnostics.push(
            Diagnostic::error(Code::UnsupportedSchema, format!("schema {} is not known", *file.schema))
                .at(Place::span(source, file.schema.span())),
        );
    }
    let mut check = Check { source, pack, sources, diagnostics };
    let list = file.waivers.iter().zip(1..).filter_map(|(row, number)| check.waiver(row, number)).collect();
    let decisions: Vec<Decision> = file.decisions.iter().filter_map(|row| check.decision(row)).collect();
    diagnostics.extend(contradictions(&decisions));
    Waivers { list, decisions: Decisions::new(decisions), ..Waivers::default() }
}

/// What the rows are held against.
struct Check<'a> {
    source: SourceId,
    pack: &'a Pack,
    sources: &'a Sources,
    diagnostics: &'a mut Diagnostics,
}

impl Check<'_> {
    fn waiver(&mut self, row: &At<WaiverRow>, number: usize) -> Option<Waiver> {
        let before = self.diagnostics.count(Severity::Error);
        match &row.rule {
            Some(rule) => self.rule(rule),
            None if row.effect.is_none() => {
                let start = row.span().start;
                self.error(
                    Code::MissingKey,
                    "the waiver names neither a rule nor an effect",
                    start..start,
                    "add `rule`, or `effect`",
                );
            }
            None => {}
        }
        self.not_empty([&row.reason, &row.owner, &row.approved_by]);
        let (product, asset) = (self.pattern(row.product.as_ref()), self.pattern(row.asset.as_ref()));
        let until = self.day(&row.until);
        if self.diagnostics.count(Severity::Error) > before {
            return None;
        }
        let until = until?;
        let waiver = Waiver {
            number,
            rule: row.rule.as_ref().map(|rule| rule.get().clone()),
            effect: row.effect,
            product,
            asset,
            until,
            shown: report::Waiver {
                reason: row.reason.get().clone(),
                owner: row.owner.get().clone(),
                approved_by: row.approved_by.get().clone(),
                until: until.to_string(),
                days_left: None,
                effect: row.effect.map(|effect| effect.as_str().to_owned()),
                ticket: row.ticket.clone(),
                licence: row.licence.clone(),
            },
            line: self.sources.line(self.source, row.span().start),
            file: self.sources.name(self.source).to_owned(),
        };
        self.width(row, &waiver);
        Some(waiver)
    }

    fn rule(&mut self, rule: &At<String>) {
        match self.pack.rule(rule) {
            None => {
                let ids = self.pack.catalogue.rules.iter().map(|rule| rule.id.as_str());
                self.unknown(Code::UnknownRule, "rule", rule, nearest(rule, ids));
            }
            Some(known) if !known.waivable => {
                let message = format!("findings under `{}` may not be waived", known.id);
                self.error(
                    Code::InvalidConfiguration,
                    message,
                    rule.span(),
                    "act on the findings; its rule file says `waivable = false`",
                );
            }
            Some(_) => {}
        }
    }

    /// Warns of a waiver that accepts whatever comes.
    fn width(&mut self, row: &At<WaiverRow>, waiver: &Waiver) {
        let all = |pattern: &Option<Pattern>| pattern.as_ref().is_none_or(Pattern::is_all);
        let (span, message) = match &row.product {
            Some(product) if waiver.product.as_ref().is_some_and(Pattern::is_all) => {
                (product.span(), "the waiver accepts every product".to_owned())
            }
            None if waiver.rule.is_none() && all(&waiver.asset) => {
                let effect = waiver.shown.effect.as_deref().unwrap_or_default();
                let start = row.span().start;
                (start..start, format!("the waiver accepts `{effect}` of every act for every product on every asset"))
            }
            _ => return,
        };
        self.diagnostics.push(
            Diagnostic::warning(Code::WaiverTooWide, message)
                .at(Place::span(self.source, span))
                .help("name the rule, the products or the assets that somebody answers for"),
        );
    }

    fn decision(&mut self, row: &At<DecisionRow>) -> Option<Decision> {
        let before = self.diagnostics.count(Severity::Error);
        let entities = &self.pack.catalogue.entities;
        let entity = entities.iter().position(|entity| entity.id == **row.entity);
        if entity.is_none() {
            let near = nearest(&row.entity, entities.iter().map(|entity| entity.id.as_str()));
            self.unknown(Code::UnknownEntity, "entity", &row.entity, near);
        }
        if row.vendor.is_none() && row.product.is_none() {
            let start = row.span().start;
            let help = "add `vendor`, `product` or both, as the inventory writes them";
            self.error(Code::MissingKey, "the decision names neither a vendor nor a product", start..start, help);
        }
        self.not_empty([&row.reason, &row.owner]);
        for name in row.vendor.iter().chain(&row.product).filter(|name| Folded::new(name).is_empty()) {
            self.error(Code::EmptyValue, "the name has no letter and no digit", name.span(), "write it as the inventory does");
        }
        let until = row.until.as_ref().map(|until| self.day(until));
        if self.diagnostics.count(Severity::Error) > before {
            return None;
        }
        let until = until.flatten();
        let line = self.sources.line(self.source, row.span().start);
        Some(Decision {
            entity: u32::try_from(entity?).ok()?,
            is: row.is,
            until,
            shown: report::Decision {
                entity: row.entity.get().clone(),
                vendor: row.vendor.as_ref().map(|name| name.get().clone()),
                product: row.product.as_ref().map(|name| name.get().clone()),
                is: row.is,
                reason: row.reason.get().clone(),
                owner: row.owner.get().clone(),
                until: until.map(|day| day.to_string()),
                ticket: row.ticket.clone(),
            }
            .into(),
            place: Place::Line(self.sources.name(self.source).to_owned(), line, None),
        })
    }

    fn pattern(&mut self, pattern: Option<&At<String>>) -> Option<Pattern> {
        let pattern = pattern?;
        match Glob::new(&pattern.to_lowercase()) {
            Ok(glob) => Some(Pattern { text: pattern.get().clone(), glob: glob.compile_matcher() }),
            Err(error) => {
                let help = "`*` stands for any letters, `?` for one; write `[[]` for a bracket";
                self.error(Code::InvalidIdentifier, format!("no pattern: {}", error.kind()), pattern.span(), help);
                None
            }
        }
    }

    fn day(&mut self, date: &At<Date>) -> Option<NaiveDate> {
        if let When::Day(day) = date.0 {
            return Some(day);
        }
        self.error(Code::InvalidDate, "`until` is a day", date.span(), "write it year first, without quotes: 2026-12-31");
        None
    }

    fn not_empty<'t>(&mut self, texts: impl IntoIterator<Item = &'t At<String>>) {
        for text in texts.into_iter().filter(|text| text.trim().is_empty()) {
            self.error(Code::EmptyValue, "the value is empty", text.span(), "an auditor asks for it");
        }
    }

    fn unknown(&mut self, code: Code, what: &str, word: &At<String>, near: Option<&str>) {
        let message = format!("unknown {what} `{}`", strict::cut(word));
        let mut diagnostic = Diagnostic::error(code, message).at(Place::span(self.source, word.span()));
        diagnostic.help = near.map(|near| format!("did you mean `{near}`?"));
        self.diagnostics.push(diagnostic);
    }

    fn error(&mut self, code: Code, message: impl Into<String>, span: std::ops::Range<usize>, help: &str) {
        self.diagnostics.push(Diagnostic::error(code, message).at(Place::span(self.source, span)).help(help));
    }
}

/// Says which decisions contradict one another.
fn contradictions(decisions: &[Decision]) -> Vec<Diagnostic> {
    let mut known: BTreeMap<_, &Decision> = BTreeMap::new();
    let mut found = Vec::new();
    for decision in decisions {
        let folded = |name: &Option<String>| name.as_deref().map(|name| Folded::new(name).as_str().to_owned());
        let key = (decision.entity, folded(&decision.shown.vendor), folded(&decision.shown.product));
        match known.get(&key) {
            Some(first) if first.is != decision.is => found.push(
                Diagnostic::error(
                    Code::DuplicateId,
                    format!("two decisions about `{}` contradict each other", decision.shown.entity),
                )
                .at(decision.place.clone())
                .help("keep the one that holds"),
            ),
            Some(_) => {}
            None => {
                known.insert(key, decision);
            }
        }
    }
    found
}
