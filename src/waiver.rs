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

use crate::audit::Audited;
use crate::diag::{Code, Diagnostic, Diagnostics, Place, SourceId, Sources};
use crate::model::{Effect, Moment, State, When, Zone};
use crate::pack::compile::Pack;
use crate::pack::file::{At, Date};
use crate::pack::name::Folded;
use crate::pack::rule::Rule;
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
            let mut say = |code, message: String, help: &str| {
                diagnostics.push(Diagnostic::warning(code, message).at(waiver.place.clone()).help(help));
            };
            let zone = waiver.rule.as_ref().and_then(|id| pack.rule(id)).map_or(Zone::UTC, |rule| rule.zone);
            let today = as_of.day(zone);
            if (waiver.until - today).num_days() > MAX_DAYS {
                let message =
                    format!("the waiver runs until {}, more than {MAX_DAYS} days ahead, and does not count", waiver.until);
                say(Code::WaiverTooLong, message, "shorten it and review it again then");
                continue;
            }
            let meant: Vec<usize> = (0..audited.found.len()).filter(|&index| waiver.means(pack, audited, index)).collect();
            let counts = |&&index: &&usize| as_of.day(audited.rule_of(pack, index).zone) <= waiver.until;
            let accepted: Vec<usize> = meant.iter().filter(counts).copied().collect();
            if accepted.is_empty() && (!meant.is_empty() || waiver.until < today) {
                say(Code::WaiverExpired, format!("the waiver ran out on {}", waiver.until), "renew it, or act on the findings");
            } else if accepted.is_empty() {
                say(Code::WaiverUnused, "the waiver matches no finding".to_owned(), "remove it if the product is gone");
            }
            for index in accepted {
                waived.entry(index).or_insert_with(|| waiver.shown.clone());
            }
        }
        waived
    }
}

impl Waiver {
    /// Returns whether the waiver speaks of a finding, whatever the day.
    fn means(&self, pack: &Pack, audited: &Audited, index: usize) -> bool {
        let found = &audited.found[index];
        let decided = &audited.decided[found.decided as usize];
        let rule = audited.rule_of(pack, index);
        let row = &audited.subjects[decided.subject as usize].row;
        let matches = |glob: &Option<GlobMatcher>, text: &str| {
            glob.as_ref().is_none_or(|glob| glob.is_match(text.to_lowercase()) || glob.is_match(Folded::new(text).as_str()))
        };
        rule.waivable
            && self.rule.as_ref().is_none_or(|id| *id == rule.id)
            && (matches(&self.product, &row.product) || matches(&self.product, row.as_displayed()))
            && matches(&self.asset, &found.asset)
            && self.effect.is_none_or(|effect| {
                // Every measure that counts now must have the accepted effect, as the finding shows it.
                let counting =
                    || decided.judgement.measures.iter().filter(|state| matches!(state.state, State::InForce | State::NotEnforced));
                counting().next().is_some() && counting().all(|state| state.effect == effect)
            })
    }
}

impl Audited {
    /// Returns the rule of a finding.
    fn rule_of<'a>(&self, pack: &'a Pack, found: usize) -> &'a Rule {
        &pack.catalogue.rules[self.decided[self.found[found].decided as usize].rule as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Audit, Terms};
    use crate::evaluate::Asker;
    use crate::inventory::Sink;
    use crate::model::Row;

    /// Applies a waiver to one item of Kaspersky in the United States. Returns whether it counts,
    /// and what is said about it.
    fn apply(as_of: &str, product: &str, keys: &str) -> (bool, Vec<Code>) {
        let pack = crate::builtin::pack();
        let asker = Asker {
            jurisdictions: vec!["US".to_owned()],
            audiences: Vec::new(),
            all_audiences: false,
            as_of: Moment::parse(as_of).expect("moment"),
            known_on: None,
            conditions: BTreeMap::new(),
        };
        let mut audit = Audit::new(Terms { pack: &pack, asker: &asker, default_place: None, ignored: &[] });
        audit.begin("fleet.csv");
        audit.row(&Row { vendor: "AO Kaspersky Lab", product, location: "US", quantity: 1, line: 2, ..Row::default() });
        let audited = audit.finish();
        let text = format!("schema = 1\n[[waivers]]\n{keys}\nreason = \"r\"\nowner = \"o\"\napproved-by = \"a\"\n");
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let source = sources.add("waivers.toml", &text);
        let waivers = read(&text, source, &pack, &sources, &mut diagnostics);
        assert!(diagnostics.is_empty(), "{:?}", diagnostics.iter().map(|one| &one.message).collect::<Vec<_>>());
        let waived = waivers.apply(&pack, &audited, asker.as_of, &mut diagnostics);
        let of_rule = |index: &usize| {
            let decided = &audited.decided[audited.found[*index].decided as usize];
            pack.catalogue.rules[decided.rule as usize].id.starts_with("us-bis-kaspersky-2024")
                || pack.catalogue.rules[decided.rule as usize].id.starts_with("us-ofac")
        };
        (waived.keys().any(of_rule), diagnostics.iter().map(|one| one.code).collect())
    }

    const RULE: &str = "rule = \"us-bis-kaspersky-2024\"\nuntil = 2024-10-01";

    #[test]
    fn a_waiver_counts_to_the_end_of_its_day_where_the_act_was_made() {
        let counts = |as_of: &str| apply(as_of, "Kaspersky Plus", RULE);
        assert_eq!(counts("2024-10-01"), (true, vec![]));
        assert_eq!(counts("2024-10-01T23:59:59-04:00"), (true, vec![]));
        assert_eq!(counts("2024-10-02T03:59:59Z"), (true, vec![]));
        assert_eq!(counts("2024-10-02T04:00:00Z"), (false, vec![Code::WaiverExpired]));
        assert_eq!(counts("2024-10-02"), (false, vec![Code::WaiverExpired]));
    }

    #[test]
    fn a_waiver_runs_for_a_year_at_most() {
        let until = |day: &str| apply("2024-10-01", "Kaspersky Plus", &RULE.replace("2024-10-01", day));
        assert_eq!(until("2025-10-01"), (true, vec![]));
        assert_eq!(until("2025-10-02"), (false, vec![Code::WaiverTooLong]));
        assert_eq!(
            apply("2024-10-02T01:00:00Z", "Kaspersky Plus", &RULE.replace("2024-10-01", "2025-10-02")).1,
            [Code::WaiverTooLong]
        );
    }

    #[test]
    fn a_waiver_for_an_effect_hides_no_worse_one() {
        let sale = |as_of: &str| apply(as_of, "Kaspersky Plus", &format!("effect = \"no-sale\"\n{RULE}")).0;
        assert!(sale("2024-09-28"));
        assert!(!sale("2024-09-29"));
    }

    #[test]
    fn a_warning_about_who_leads_is_waived_as_one() {
        let advisory = |effect: &str| {
            apply(
                "2024-10-01",
                "Kaspersky Threat Intelligence",
                &format!("rule = \"us-ofac-kaspersky-executives-2024\"\neffect = \"{effect}\"\nuntil = 2024-12-01"),
            )
        };
        assert_eq!(advisory("advisory"), (true, vec![]));
        assert_eq!(advisory("no-dealings"), (false, vec![Code::WaiverUnused]));
    }

    #[test]
    fn a_waiver_of_nothing_is_unused() {
        let found = apply("2024-10-01", "Kaspersky Plus", &format!("product = \"nothing*\"\n{RULE}"));
        assert_eq!(found, (false, vec![Code::WaiverUnused]));
    }
}
