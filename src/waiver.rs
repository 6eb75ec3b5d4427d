//! Waivers: findings that somebody answers for, until a day.
//!
//! In: `waivers.toml`, read strictly. A waiver accepts findings by rule or effect, product and
//! asset; it never hides them: a waived finding stays in every output, marked, and no longer fails
//! the run. A waiver for an effect covers that effect only, so that a worse one that comes later
//! counts. It ends with the last instant of its `until` day in the zone of the act.

use std::collections::BTreeMap;

use globset::{Glob, GlobMatcher};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::audit::{Audited, Found};
use crate::diag::{Code, Diagnostic, Diagnostics, Place, SourceId, Sources};
use crate::model::{Effect, Moment, State, When};
use crate::pack::compile::Pack;
use crate::pack::file::{At, Date};
use crate::pack::name::Folded;
use crate::pack::strict;
use crate::report;

/// Longest time a waiver may run from today on, in days.
pub const MAX_DAYS: i64 = 365;

/// A waiver file as written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "interdict waivers")]
pub struct WaiverFile {
    /// Version of this schema: 1.
    pub schema: At<i64>,
    /// The waivers.
    #[serde(default)]
    pub waivers: Vec<At<WaiverRow>>,
}

/// One waiver as written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WaiverRow {
    /// Id of the rule; absent: any rule, and then `effect` is needed.
    pub rule: Option<At<String>>,
    /// Effect that is accepted; absent: all of the rule.
    pub effect: Option<Effect>,
    /// Product as named in the inventory; a glob, compared without case.
    pub product: Option<At<String>>,
    /// Asset as named in the inventory; a glob, compared without case.
    pub asset: Option<At<String>>,
    /// Why the finding is accepted.
    pub reason: At<String>,
    /// Who answers for it.
    pub owner: At<String>,
    /// Who approved it.
    pub approved_by: At<String>,
    /// Last day on which it counts.
    pub until: At<Date>,
    /// Reference in a ticket system.
    pub ticket: Option<String>,
    /// Licence or permit that allows it.
    pub licence: Option<String>,
}

/// Waivers, checked.
#[derive(Clone, Debug, Default)]
pub struct Waivers(Vec<Waiver>);

#[derive(Clone, Debug)]
struct Waiver {
    rule: Option<String>,
    effect: Option<Effect>,
    product: Option<GlobMatcher>,
    asset: Option<GlobMatcher>,
    until: chrono::NaiveDate,
    shown: report::Waiver,
    place: Place,
}

/// Reads a waiver file. Every problem goes to `diagnostics`.
pub fn read(text: &str, source: SourceId, pack: &Pack, sources: &Sources, diagnostics: &mut Diagnostics) -> Waivers {
    let Some(file) = strict::read::<WaiverFile>(text, source, diagnostics) else { return Waivers::default() };
    if *file.schema != 1 {
        diagnostics.push(
            Diagnostic::error(Code::UnsupportedSchema, format!("schema {} is not known", *file.schema))
                .at(Place::span(source, file.schema.span())),
        );
    }
    let mut waivers = Vec::new();
    for row in &file.waivers {
        waivers.extend(check(row, source, pack, sources, diagnostics));
    }
    Waivers(waivers)
}

fn check(row: &At<WaiverRow>, source: SourceId, pack: &Pack, sources: &Sources, diagnostics: &mut Diagnostics) -> Option<Waiver> {
    let at = |span| Place::span(source, span);
    let before = diagnostics.count(crate::diag::Severity::Error);
    if let Some(rule) = &row.rule {
        match pack.rule(rule) {
            None => {
                let ids = pack.catalogue.rules.iter().map(|rule| rule.id.as_str());
                let mut diagnostic =
                    Diagnostic::error(Code::UnknownRule, format!("unknown rule `{}`", strict::cut(rule))).at(at(rule.span()));
                diagnostic.help = crate::diag::nearest(rule, ids).map(|near| format!("did you mean `{near}`?"));
                diagnostics.push(diagnostic);
            }
            Some(known) if !known.waivable => {
                diagnostics.push(
                    Diagnostic::error(Code::InvalidConfiguration, format!("findings under `{}` may not be waived", known.id))
                        .at(at(rule.span())),
                );
            }
            Some(_) => {}
        }
    } else if row.effect.is_none() {
        let start = row.span().start;
        diagnostics.push(
            Diagnostic::error(Code::MissingKey, "the waiver names neither a rule nor an effect")
                .at(at(start..start))
                .help("add `rule`, or `effect`"),
        );
    }
    for text in [&row.reason, &row.owner, &row.approved_by] {
        if text.trim().is_empty() {
            diagnostics.push(Diagnostic::error(Code::EmptyValue, "the value is empty").at(at(text.span())));
        }
    }
    let mut glob = |pattern: &Option<At<String>>| {
        let pattern = pattern.as_ref()?;
        match Glob::new(&pattern.to_lowercase()) {
            Ok(glob) => Some(glob.compile_matcher()),
            Err(error) => {
                diagnostics.push(
                    Diagnostic::error(Code::InvalidIdentifier, format!("no pattern: {}", error.kind())).at(at(pattern.span())),
                );
                None
            }
        }
    };
    let (product, asset) = (glob(&row.product), glob(&row.asset));
    let When::Day(until) = row.until.0 else {
        diagnostics.push(Diagnostic::error(Code::InvalidDate, "`until` is a day").at(at(row.until.span())));
        return None;
    };
    if diagnostics.count(crate::diag::Severity::Error) > before {
        return None;
    }
    let line = sources.line(source, row.span().start);
    Some(Waiver {
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
            ticket: row.ticket.clone(),
        },
        place: Place::Line(sources.name(source).to_owned(), line, None),
    })
}

impl Waivers {
    /// Returns the waiver of each finding that has one, by the finding's index; and says which
    /// waivers have run out, run too long or match nothing.
    pub fn apply(
        &self,
        pack: &Pack,
        audited: &Audited,
        as_of: Moment,
        diagnostics: &mut Diagnostics,
    ) -> BTreeMap<usize, report::Waiver> {
        let mut waived = BTreeMap::new();
        for waiver in &self.0 {
            let today = as_of.day(crate::model::Zone::UTC);
            if waiver.until < today {
                let message = format!("the waiver ran out on {}", waiver.until);
                diagnostics.push(
                    Diagnostic::warning(Code::WaiverExpired, message)
                        .at(waiver.place.clone())
                        .help("renew it, or act on the findings"),
                );
                continue;
            }
            if (waiver.until - today).num_days() > MAX_DAYS {
                let message =
                    format!("the waiver runs until {}, more than {MAX_DAYS} days ahead, and does not count", waiver.until);
                diagnostics.push(
                    Diagnostic::warning(Code::WaiverTooLong, message)
                        .at(waiver.place.clone())
                        .help("shorten it and review it again then"),
                );
                continue;
            }
            let mut used = false;
            for (index, found) in audited.found.iter().enumerate() {
                if waiver.accepts(pack, audited, found, as_of) {
                    used = true;
                    waived.entry(index).or_insert_with(|| waiver.shown.clone());
                }
            }
            if !used {
                diagnostics.push(
                    Diagnostic::warning(Code::WaiverUnused, "the waiver matches no finding")
                        .at(waiver.place.clone())
                        .help("remove it if the product is gone"),
                );
            }
        }
        waived
    }
}

impl Waiver {
    fn accepts(&self, pack: &Pack, audited: &Audited, found: &Found, as_of: Moment) -> bool {
        let decided = &audited.decided[found.decided as usize];
        let rule = &pack.catalogue.rules[decided.rule as usize];
        let row = &audited.subjects[decided.subject as usize].row;
        let matches = |glob: &Option<GlobMatcher>, text: &str| {
            glob.as_ref().is_none_or(|glob| glob.is_match(text.to_lowercase()) || glob.is_match(Folded::new(text).as_str()))
        };
        rule.waivable
            && self.rule.as_ref().is_none_or(|id| *id == rule.id)
            && as_of.day(rule.zone) <= self.until
            && matches(&self.product, &row.product)
            && matches(&self.asset, &found.asset)
            && self.effect.is_none_or(|effect| {
                // Every measure that counts now must have the accepted effect.
                let counting =
                    || decided.judgement.measures.iter().filter(|state| matches!(state.state, State::InForce | State::NotEnforced));
                counting().next().is_some() && counting().all(|state| rule.measures[state.measure].effect == effect)
            })
    }
}
