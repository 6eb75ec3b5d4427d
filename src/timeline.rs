//! The dates of acts, one after the other: what starts, ends, is suspended, resumes or was done.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::evaluate::in_force::timeline;
use crate::evaluate::interval::{AFTER, BEFORE};
use crate::evaluate::show;
use crate::model::Moment;
use crate::pack::compile::Pack;
use crate::pack::rule::{Event, Rule};
use crate::pack::words::{EventKind, Stage};

/// One date of an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// What the date is of: act, measure, and what happens. It stays the same when the date moves.
    pub id: String,
    /// Day in the zone of the act, or an instant where it is not midnight; `to-be-announced`.
    pub date: String,
    /// Whether it lies behind the day asked about.
    pub past: bool,
    /// Id of the rule.
    pub rule: String,
    /// Title of the rule.
    pub title: String,
    /// Jurisdiction.
    pub jurisdiction: String,
    /// What happens: `starts`, `ends`, `announced`, or the kind of an event.
    pub what: String,
    /// Effects that it concerns.
    pub effects: Vec<String>,
    /// Entities and products that it concerns, where it does not concern all that the act covers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// In our words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Instant, for sorting.
    #[serde(skip)]
    pub at: DateTime<Utc>,
}

/// Returns the dates of a rule as far as they were known, in order.
#[must_use]
pub fn of_rule(rule: &Rule, as_of: Moment, known_on: Option<Moment>) -> Vec<Entry> {
    let now = as_of.instant(rule.zone);
    let known = known_on.map(|known| known.end_of_day(rule.zone));
    if known.is_some_and(|known| rule.announced.earliest(rule.zone) > known) {
        return Vec::new();
    }
    let mut entries = Entries { rule, now, found: BTreeMap::new() };
    let title = match rule.stage {
        Stage::Enacted => "announced",
        other => other.as_str(),
    };
    entries.add(rule.announced.earliest(rule.zone), title, "", None, None, &[]);
    for measure in &rule.measures {
        // Events that name parties or products mean a part of the act only.
        let whole = |event: &Event| event.entities.is_empty() && event.products.is_empty();
        let Some(timeline) = timeline(rule, measure, known, whole) else { continue };
        let effect = Some(measure.effect.as_str());
        if timeline.open {
            entries.add(AFTER, "to be announced", measure.label(), effect, measure.note.clone(), &[]);
        }
        for (from, until) in timeline.base.iter() {
            entries.add(from, "starts", measure.label(), effect, None, &[]);
            entries.add(until, "ends", measure.label(), effect, None, &[]);
        }
        // Expected only, and never evaluated.
        let lasts = timeline.base.iter().any(|(_, until)| until == AFTER);
        if let Some(expected) = measure.expected.filter(|_| lasts) {
            let note = measure.ends_when.as_ref().map(|condition| format!("when {condition}"));
            let entry = entries.add(expected.latest(rule.zone), "expected to end", measure.label(), effect, note, &[]);
            if let Some(entry) = entry.filter(|_| expected.is_vague()) {
                entry.date = expected.to_string();
            }
        }
    }
    for event in rule.events.iter().filter(|event| known.is_none_or(|known| event.announced.earliest(rule.zone) <= known)) {
        let only = [event.entities.as_slice(), event.products.as_slice()].concat();
        for measure in rule.measures.iter().filter(|measure| measure.is_meant(&event.measures)) {
            let effect = Some(measure.effect.as_str());
            // An event is told from others of its kind by the day it was announced.
            let part = format!("{}/{}", measure.label(), event.announced);
            entries.add(event.start.earliest(rule.zone), event.kind.as_str(), &part, effect, event.note.clone(), &only);
            let Some(end) = event.end else { continue };
            let (what, end) = match event.kind {
                EventKind::NotEnforced => ("enforcement may resume", end.earliest(rule.zone)),
                EventKind::Suspended | EventKind::Enjoined => ("resumes", end.earliest(rule.zone)),
                EventKind::Conduct => ("conduct ends", end.latest(rule.zone)),
                _ => ("runs out", end.latest(rule.zone)),
            };
            // One pause may hand over to the next, or to the end of the measure.
            let same = |other: &Event| other.entities == event.entities && other.products == event.products;
            let goes_on =
                timeline(rule, measure, known, |other| other.entities.is_empty() && other.products.is_empty() || same(other))
                    .is_some_and(|timeline| match event.kind {
                        EventKind::NotEnforced => timeline.not_enforced.contains(end) || !timeline.base.contains(end),
                        EventKind::Suspended | EventKind::Enjoined => {
                            timeline.suspended.contains(end) || !timeline.base.contains(end)
                        }
                        _ => false,
                    });
            if !goes_on {
                entries.add(end, what, &part, effect, event.note.clone(), &only);
            }
        }
    }
    let mut found: Vec<Entry> = entries.found.into_values().collect();
    // Measures of one name and effect are told apart by their order in time.
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for entry in &mut found {
        let count = seen.entry(entry.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            entry.id += &format!("/{count}");
        }
    }
    found
}

/// When, what, the remark, and for whom only.
type Key = (DateTime<Utc>, String, Option<String>, Vec<String>);

struct Entries<'a> {
    rule: &'a Rule,
    now: DateTime<Utc>,
    found: BTreeMap<Key, Entry>,
}

impl Entries<'_> {
    /// Adds a date of a part of the act; what happens to several effects at once is one entry, under
    /// the id of the first of them.
    fn add(
        &mut self,
        at: DateTime<Utc>,
        what: &str,
        part: &str,
        effect: Option<&str>,
        note: Option<String>,
        only: &[String],
    ) -> Option<&mut Entry> {
        let open = at == AFTER;
        if at == BEFORE || open && what != "to be announced" {
            return None;
        }
        let words = [&self.rule.id, part, &what.replace(' ', "-")].map(str::to_owned);
        let id = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("/");
        let key = (at, what.to_owned(), note.clone(), only.to_vec());
        let entry = self.found.entry(key).or_insert_with(|| Entry {
            id: id.clone(),
            date: if open { "to-be-announced".to_owned() } else { show(self.rule.zone, at) },
            past: at <= self.now,
            rule: self.rule.id.clone(),
            title: self.rule.title.clone(),
            jurisdiction: self.rule.jurisdiction.clone(),
            what: what.to_owned(),
            effects: Vec::new(),
            only: only.to_vec(),
            note,
            at,
        });
        if id < entry.id {
            entry.id = id;
        }
        entry.effects.extend(effect.filter(|effect| !entry.effects.iter().any(|other| other == effect)).map(str::to_owned));
        Some(entry)
    }
}

/// Returns the dates of all rules that `wanted` keeps, in order.
#[must_use]
pub fn of_pack(pack: &Pack, as_of: Moment, known_on: Option<Moment>, wanted: impl Fn(&Rule) -> bool) -> Vec<Entry> {
    let rules = pack.catalogue.rules.iter().filter(|rule| wanted(rule));
    let mut entries: Vec<Entry> = rules.flat_map(|rule| of_rule(rule, as_of, known_on)).collect();
    entries.sort_by(|a, b| (a.at, &a.rule, &a.what).cmp(&(b.at, &b.rule, &b.what)));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pafaca(known_on: Option<&str>) -> Vec<Entry> {
        let pack = crate::builtin::pack();
        let rule = pack.rule("us-congress-pafaca-2024").expect("is shipped");
        let as_of = Moment::parse("2026-11-23").expect("is a date");
        of_rule(rule, as_of, known_on.map(|day| Moment::parse(day).expect("is a date")))
    }

    #[test]
    fn what_ends_for_some_products_only_says_so_and_is_no_end() {
        let entries = pafaca(None);
        let delisted = entries.iter().find(|entry| entry.what == "delisted").expect("is there");
        assert!(delisted.only.iter().any(|id| id == "tiktok"), "{delisted:?}");
        assert!(!entries.iter().any(|entry| entry.what == "ends"), "others are still covered");
        assert!(entries.iter().find(|entry| entry.what == "starts").expect("is there").only.is_empty());
    }

    #[test]
    fn a_pause_that_hands_over_to_the_next_does_not_end() {
        let ends = |entries: &[Entry]| -> Vec<String> {
            let resumes = entries.iter().filter(|entry| entry.what == "enforcement may resume");
            resumes.map(|entry| entry.date.clone()).collect()
        };
        assert_eq!(ends(&pafaca(None)), ["2026-01-23"]);
        assert_eq!(ends(&pafaca(Some("2025-03-01"))), ["2025-04-05"], "as known then, enforcement was to resume");
    }

    #[test]
    fn an_id_stays_when_its_date_moves() {
        let mut catalogue = crate::builtin::catalogue();
        let as_of = Moment::parse("2024-06-21").expect("is a date");
        let mut ids = |from: &str| {
            let rule = catalogue.rules.iter_mut().find(|rule| rule.id == "us-bis-kaspersky-2024").expect("is shipped");
            rule.measures[0].start = crate::model::When::parse(from).map(crate::model::Start::From);
            let starts = of_rule(rule, as_of, None).into_iter().filter(|entry| entry.what == "starts");
            starts.map(|entry| (entry.id, entry.date)).collect::<Vec<_>>()
        };
        let sale = "us-bis-kaspersky-2024/sale/starts".to_owned();
        // Three measures begin on one day; the first of them by name stands for all.
        let others = ("us-bis-kaspersky-2024/integration/starts".to_owned(), "2024-09-29".to_owned());
        assert_eq!(ids("2024-07-20"), [(sale.clone(), "2024-07-20".to_owned()), others.clone()]);
        assert_eq!(ids("2024-12-01"), [others, (sale, "2024-12-01".to_owned())]);
    }

    #[test]
    fn no_two_dates_have_one_id() {
        let pack = crate::builtin::pack();
        let as_of = Moment::parse("2026-11-23").expect("is a date");
        let entries = of_pack(&pack, as_of, None, |_| true);
        let ids: std::collections::BTreeSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids.len(), entries.len());
    }

    #[test]
    fn an_expected_end_is_told_and_no_end() {
        let pack = crate::builtin::pack();
        let rule = pack.rule("us-oh-governor-eo-2023-03d-2023").expect("is shipped");
        let entries = of_rule(rule, Moment::parse("2026-11-23").expect("is a date"), None);
        let expected = entries.iter().find(|entry| entry.what == "expected to end").expect("is there");
        assert_eq!(expected.date, "2027-01-21");
        assert!(!entries.iter().any(|entry| entry.what == "ends"));
    }
}
