//! What changed since the run before, and why.
//!
//! In: the run before as the history has it, and today's findings with what they rest on. Out: one
//! change for each finding that came, went, became worse or better, or whose waiver came or ended;
//! each with its cause.
//!
//! Causes are told apart by asking again: what would today's rules have said of today's item on the
//! day of the run before? If they had said what was said then, a date was reached since, and the day
//! is looked for. If not, the rule, the configuration or the item is another one, in this order. An
//! item that is gone is one that was looked out for and not seen; where its inventory could not be
//! read this time, nobody knows, and it is not said to be gone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::audit::{Audited, Sighting, Watch};
use crate::decision::Decisions;
use crate::evaluate::{Asker, Judgement, Situation, judge, judge_all};
use crate::history::compare::order;
use crate::history::{Former, FormerFinding, Pack as Digests};
use crate::model::{Cause, Change, ChangeKind, Moment, State, Status, Zone};
use crate::pack::compile::Pack;
use crate::pack::rule::Rule;
use crate::pack::words::Kind;
use crate::report::{FindingRef, Report};

/// The day of a change is looked for so many days back at most.
const DAYS: usize = 4000;

/// Today's run.
#[derive(Clone, Copy)]
pub struct Today<'a> {
    /// Rules.
    pub pack: &'a Pack,
    /// Their digests.
    pub digests: &'a Digests,
    /// Who asks, and for when.
    pub asker: &'a Asker,
    /// Kinds of act that are left out.
    pub ignored: &'a [Kind],
    /// Who asks and what is asked, by setting.
    pub settings: &'a BTreeMap<String, String>,
    /// What was found, and what it rests on.
    pub audited: &'a Audited,
    /// The report, its findings in the same order.
    pub report: &'a Report,
}

/// Returns what to look out for: the items of the findings that stood.
#[must_use]
pub fn watch(former: &Former) -> Watch {
    let mut watch = Watch::default();
    for (fingerprint, finding) in &former.findings {
        watch.add(&finding.product, &finding.asset, &finding.rule, fingerprint);
    }
    watch
}

/// Returns who asks and what is asked, by setting, as the next run compares it.
#[must_use]
pub fn settings(asker: &Asker, default_place: Option<&str>, ignored: &[Kind], decisions: &Decisions) -> BTreeMap<String, String> {
    let sorted =
        |words: &[String]| words.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
    let audiences = if asker.all_audiences { "all".to_owned() } else { sorted(&asker.audiences) };
    let conditions: Vec<String> = asker.conditions.iter().map(|(condition, holds)| format!("{condition} = {holds}")).collect();
    let kinds: BTreeSet<&str> = ignored.iter().map(|kind| kind.as_str()).collect();
    BTreeMap::from([
        ("jurisdictions".to_owned(), sorted(&asker.jurisdictions)),
        ("audiences".to_owned(), audiences),
        ("location".to_owned(), default_place.unwrap_or_default().to_owned()),
        ("conditions".to_owned(), conditions.join(", ")),
        ("decisions".to_owned(), decisions.digest()),
        ("ignore-kinds".to_owned(), kinds.into_iter().collect::<Vec<_>>().join(", ")),
    ])
}

/// Returns what changed, in the order in which it is told.
#[must_use]
pub fn find(former: &Former, today: Today<'_>) -> Vec<Change> {
    let mut look = Look { former, today, judged: BTreeMap::new() };
    let mut changes = Vec::new();
    let mut left: BTreeMap<&str, &FormerFinding> = former.findings.iter().map(|(key, finding)| (key.as_str(), finding)).collect();
    for (found, finding) in today.audited.found.iter().zip(&today.report.findings) {
        look.present(found.decided, &finding, left.remove(&*finding.fingerprint()), &mut changes);
    }
    for (fingerprint, finding) in left {
        changes.extend(look.absent(fingerprint, finding));
    }
    changes.sort_by(|a, b| order(a).cmp(&order(b)));
    changes
}

/// One form of an item: index of its product, and where it is.
type Form = (u32, Situation);

fn forms(seen: &[Sighting]) -> Vec<Form> {
    seen.iter().map(|seen| (seen.subject, seen.situation.clone())).collect()
}

/// Why something changed: the cause, the day, and more in words.
type Why = (Cause, Option<String>, Option<String>);

struct Look<'a> {
    former: &'a Former,
    today: Today<'a>,
    /// Statuses by rule, of a form at a point in time.
    judged: BTreeMap<(u32, String, String), BTreeMap<u32, Status>>,
}

impl Look<'_> {
    /// A finding that is there today.
    fn present(&mut self, decided: u32, finding: &FindingRef<'_>, before: Option<&FormerFinding>, changes: &mut Vec<Change>) {
        let Some(before) = before else {
            let (cause, on, detail) = self.why(&finding.rule.id, &self.forms(decided, finding), None, Some(finding.status));
            changes.push(Change { on, detail, ..change(finding, ChangeKind::New, None, cause) });
            return;
        };
        let is_waived = finding.waiver.is_some();
        if finding.status != before.status {
            let kind = if finding.status < before.status { ChangeKind::Worse } else { ChangeKind::Better };
            let (cause, on, detail) =
                self.why(&finding.rule.id, &self.forms(decided, finding), Some(before.status), Some(finding.status));
            changes.push(Change { on, detail, ..change(finding, kind, Some(before.status), cause) });
        }
        if is_waived != before.waived {
            let kind = if is_waived { ChangeKind::NowWaived } else { ChangeKind::WaiverEnded };
            let (on, detail) = match &finding.waiver {
                Some(waiver) => (None, format!("until {}", waiver.until)),
                None => self.waiver_ended(&finding.rule.id, before.waived_until.as_deref()),
            };
            changes.push(Change { on, detail: Some(detail), ..change(finding, kind, Some(before.status), Cause::Waiver) });
        }
        if before.unseen && finding.status == before.status && is_waived == before.waived {
            changes.push(change(finding, ChangeKind::SeenAgain, Some(before.status), Cause::Unread));
        }
    }

    /// A finding that stood and is not there today; nothing where that was said before.
    fn absent(&mut self, fingerprint: &str, before: &FormerFinding) -> Option<Change> {
        let (kind, (cause, on, detail)) = match self.today.audited.sighted.get(fingerprint) {
            Some(seen) => (ChangeKind::Gone, self.why(&before.rule, &forms(seen), Some(before.status), None)),
            None => match self.unread(before) {
                Some(_) if before.unseen => return None,
                Some(source) => (ChangeKind::Unseen, (Cause::Unread, None, Some(source))),
                None => (ChangeKind::Gone, (Cause::ItemWent, None, None)),
            },
        };
        Some(Change {
            fingerprint: fingerprint.to_owned(),
            kind,
            before: Some(before.status),
            after: (kind == ChangeKind::Unseen).then_some(before.status),
            waived: kind == ChangeKind::Unseen && before.waived,
            cause,
            on,
            detail,
            rule: before.rule.clone(),
            vendor: before.vendor.clone(),
            product: before.product.clone(),
            asset: before.asset.clone(),
        })
    }

    /// Returns the inventory that may hold what is not seen: more of it could not be read than when
    /// the finding was last seen.
    fn unread(&self, before: &FormerFinding) -> Option<String> {
        let inventories = &self.today.report.inventories;
        let same = || inventories.iter().filter(|one| *one.source == *before.sighting.source);
        if same().next().is_some() {
            let unread: u64 = same().map(|one| one.unread_count).sum();
            return (unread > before.sighting.unread).then(|| before.sighting.source.clone());
        }
        let unread: u64 = inventories.iter().map(|one| one.unread_count).sum();
        let first = inventories.iter().find(|one| one.unread_count > 0)?;
        (unread > before.sighting.all_unread).then(|| first.source.to_string())
    }

    /// Returns the forms in which a finding's item is in the inventories.
    fn forms(&self, decided: u32, finding: &FindingRef<'_>) -> Vec<Form> {
        let audited = self.today.audited;
        audited.sighted.get(&*finding.fingerprint()).map(|seen| forms(seen)).unwrap_or_else(|| {
            let decided = &audited.decided[decided as usize];
            vec![(decided.subject, (*decided.situation).clone())]
        })
    }

    fn waiver_ended(&self, rule: &str, until: Option<&str>) -> (Option<String>, String) {
        let today = self.today.asker.as_of.day(self.zone(rule)).to_string();
        match until {
            Some(until) if until < today.as_str() => (Some(until.to_owned()), format!("it ran out on {until}")),
            _ => (None, "it no longer covers the finding".to_owned()),
        }
    }

    fn rule(&self, id: &str) -> Option<(u32, &Rule)> {
        let rules = &self.today.pack.catalogue.rules;
        let at = rules.number_of(id)?;
        Some((u32::try_from(at).ok()?, &rules[at]))
    }

    fn zone(&self, rule: &str) -> Zone {
        self.rule(rule).map_or(Zone::UTC, |(_, rule)| rule.zone)
    }

    fn why(&mut self, rule: &str, forms: &[Form], before: Option<Status>, now: Option<Status>) -> Why {
        if let Some((then, known)) = self.then()
            && self.status(rule, forms, then, known) == before
            && self.status(rule, forms, self.today.asker.as_of, self.today.asker.known_on) == now
        {
            let (on, detail) = self.reached(rule, forms, then, now);
            return (Cause::DateReached, Some(on), detail);
        }
        if self.is_rule_changed(rule, forms) {
            return (Cause::RuleChanged, None, None);
        }
        let changed = self.changed_settings();
        if !changed.is_empty() {
            return (Cause::Configuration, None, Some(changed));
        }
        (if before.is_none() { Cause::ItemCame } else { Cause::ItemChanged }, None, None)
    }

    /// Returns the point in time, and the knowledge, of the run before.
    fn then(&self) -> Option<(Moment, Option<Moment>)> {
        let run = &self.former.run;
        Some((run.moment()?, run.known_on.as_deref().and_then(Moment::parse)))
    }

    /// Returns the worst that an act says of the forms of an item.
    fn status(&mut self, rule: &str, forms: &[Form], at: Moment, known_on: Option<Moment>) -> Option<Status> {
        let (number, _) = self.rule(rule)?;
        let Today { pack, asker, ignored, audited, .. } = self.today;
        let asker = Asker { as_of: at, known_on, ..asker.clone() };
        let point = format!("{at} {}", known_on.map(|known| known.to_string()).unwrap_or_default());
        let statuses = forms.iter().filter_map(|(subject, situation)| {
            let key = (*subject, format!("{situation:?}"), point.clone());
            let judged = self.judged.entry(key).or_insert_with(|| {
                let all = judge_all(pack, &asker, &audited.subjects[*subject as usize], situation);
                let counts = |rule: u32| !ignored.contains(&pack.catalogue.rules[rule as usize].kind);
                all.into_iter()
                    .filter(|(rule, _)| counts(*rule))
                    .filter_map(|(rule, judged)| Some((rule, judged.status?)))
                    .collect()
            });
            judged.get(&number).copied()
        });
        statuses.min()
    }

    /// Returns the first day from which on it stands as it does now, and what happened then.
    fn reached(&mut self, rule: &str, forms: &[Form], then: Moment, now: Option<Status>) -> (String, Option<String>) {
        let zone = self.zone(rule);
        let (first, last) = (then.day(zone), self.today.asker.as_of.day(zone));
        // A run may ask about an earlier day than the one before; then there is no day to look for.
        let mut day = last;
        for _ in 0..DAYS {
            let Some(before) = day.pred_opt().filter(|before| *before > first) else { break };
            if self.status(rule, forms, Moment::Day(before), self.known_by(before)) != now {
                break;
            }
            day = before;
        }
        (day.to_string(), self.happened(rule, forms, then, now))
    }

    /// Returns the knowledge of a day between the two runs.
    fn known_by(&self, day: NaiveDate) -> Option<Moment> {
        let known = self.today.asker.known_on?;
        Some(if known.day(Zone::UTC) > day { Moment::Day(day) } else { known })
    }

    /// Says which measure made the difference.
    fn happened(&self, rule: &str, forms: &[Form], then: Moment, now: Option<Status>) -> Option<String> {
        let (_, rule) = self.rule(rule)?;
        let Today { pack, asker, audited, .. } = self.today;
        let known_on = self.then().and_then(|(_, known)| known);
        let judged = |asker: &Asker, (subject, situation): &Form| {
            judge(pack, asker, rule, &audited.subjects[*subject as usize], situation, None)
        };
        let states = |judged: Option<Judgement>| -> BTreeMap<usize, (State, &'static str, Status)> {
            let measures = judged.map(|judged| judged.measures).unwrap_or_default();
            measures.iter().map(|one| (one.measure, (one.state, one.effect.as_str(), one.effect.status()))).collect()
        };
        let mut differ = Vec::new();
        for form in forms {
            let before = states(judged(&Asker { as_of: then, known_on, ..asker.clone() }, form));
            let after = states(judged(asker, form));
            for measure in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
                let (was, is) = (before.get(measure), after.get(measure));
                if was.map(|state| state.0) != is.map(|state| state.0)
                    && let Some((_, effect, status)) = is.or(was)
                {
                    differ.push((Some(*status) != now, format!("{effect} {}", became(is.map(|state| state.0)))));
                }
            }
        }
        // What gives the status that it has now comes first.
        differ.sort_by_key(|(other, _)| *other);
        differ.into_iter().next().map(|(_, text)| text)
    }

    /// Returns whether the rule, or an entity that its answer may rest on, is another than before.
    fn is_rule_changed(&self, rule: &str, forms: &[Form]) -> bool {
        let (before, now) = (&self.former.pack, self.today.digests);
        if before == now {
            return false;
        }
        let differs = |key: String| before.get(&key) != now.get(&key);
        if differs(format!("rule:{rule}")) || differs("registry".to_owned()) {
            return true;
        }
        let Today { pack, audited, .. } = self.today;
        let hits = forms.iter().flat_map(|(subject, _)| &audited.subjects[*subject as usize].hits);
        let mut open: Vec<&str> = hits.map(|hit| pack.entity(hit.entity).id.as_str()).collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            if differs(format!("entity:{id}")) {
                return true;
            }
            let entities = &pack.catalogue.entities;
            if let Ok(at) = entities.binary_search_by(|entity| entity.id.as_str().cmp(id)) {
                open.extend(entities[at].relations.iter().map(|relation| relation.entity.as_str()));
            }
        }
        false
    }

    /// Names the settings that are others than before.
    fn changed_settings(&self) -> String {
        let (before, now) = (&self.former.run.settings, self.today.settings);
        let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        let value = |map: &BTreeMap<String, String>, key: &str| map.get(key).cloned().unwrap_or_default();
        let differ: Vec<&str> = keys.into_iter().filter(|key| value(before, key) != value(now, key)).map(String::as_str).collect();
        differ.join(", ")
    }
}

fn change(finding: &FindingRef<'_>, kind: ChangeKind, before: Option<Status>, cause: Cause) -> Change {
    Change {
        fingerprint: finding.fingerprint().into_owned(),
        kind,
        before,
        after: Some(finding.status),
        waived: finding.waiver.is_some(),
        cause,
        on: None,
        detail: None,
        rule: finding.rule.id.clone(),
        vendor: finding.item.vendor.to_string(),
        product: finding.item.product.to_string(),
        asset: finding.item.asset.to_string(),
    }
}

fn became(state: Option<State>) -> &'static str {
    match state {
        Some(State::InForce) => "in force",
        Some(State::NotEnforced) => "in force, not enforced",
        Some(State::Upcoming | State::ToBeAnnounced) => "announced",
        Some(State::Suspended) => "suspended",
        Some(State::Ended) | None => "ended",
    }
}
