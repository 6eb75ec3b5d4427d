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
    entries.add(rule.announced.earliest(rule.zone), title, None, None);
    for measure in &rule.measures {
        // Events that name parties or products mean a part of the act only.
        let whole = |event: &Event| event.entities.is_empty() && event.products.is_empty();
        let Some(timeline) = timeline(rule, measure, known, whole) else { continue };
        let effect = Some(measure.effect.as_str());
        if timeline.open {
            entries.add(AFTER, "to be announced", effect, measure.note.clone());
        }
        for (from, until) in timeline.base.iter() {
            entries.add(from, "starts", effect, None);
            entries.add(until, "ends", effect, None);
        }
    }
    for event in rule.events.iter().filter(|event| known.is_none_or(|known| event.announced.earliest(rule.zone) <= known)) {
        let effects: Vec<&str> = rule
            .measures
            .iter()
            .filter(|measure| measure.is_meant(&event.measures))
            .map(|measure| measure.effect.as_str())
            .collect();
        for effect in &effects {
            entries.add(event.start.earliest(rule.zone), event.kind.as_str(), Some(effect), event.note.clone());
            if let Some(end) = event.end {
                let what = if event.kind == EventKind::NotEnforced { "enforcement may resume" } else { "runs out" };
                let what = if matches!(event.kind, EventKind::Suspended | EventKind::Enjoined) { "resumes" } else { what };
                entries.add(end.latest(rule.zone), what, Some(effect), event.note.clone());
            }
        }
    }
    entries.found.into_values().collect()
}

struct Entries<'a> {
    rule: &'a Rule,
    now: DateTime<Utc>,
    found: BTreeMap<(DateTime<Utc>, String, Option<String>), Entry>,
}

impl Entries<'_> {
    /// Adds a date; what happens to several effects at once is one entry.
    fn add(&mut self, at: DateTime<Utc>, what: &str, effect: Option<&str>, note: Option<String>) {
        let open = at == AFTER;
        if at == BEFORE || open && what != "to be announced" {
            return;
        }
        let entry = self.found.entry((at, what.to_owned(), note.clone())).or_insert_with(|| Entry {
            date: if open { "to-be-announced".to_owned() } else { show(self.rule.zone, at) },
            past: at <= self.now,
            rule: self.rule.id.clone(),
            title: self.rule.title.clone(),
            jurisdiction: self.rule.jurisdiction.clone(),
            what: what.to_owned(),
            effects: Vec::new(),
            note,
            at,
        });
        entry.effects.extend(effect.filter(|effect| !entry.effects.iter().any(|other| other == effect)).map(str::to_owned));
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
