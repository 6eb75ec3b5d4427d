//! Dates that no test looks at, and measures that never come into force.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::super::rule::{Event, Measure, Rule, RuleTest};
use super::super::words::{EventKind, Stage};
use crate::diag::Code;
use crate::model::{End, Moment, Start};

/// So many days are named.
const SHOWN: usize = 4;

pub(super) fn lint(rule: &Rule, tests: &[&RuleTest], warn: &mut impl FnMut(Code, String, &str)) {
    for measure in rule.measures.iter().filter(|measure| is_never(rule, measure)) {
        let message = format!("`{}` of `{}` is never in force by the dates of what it covers", measure.label(), rule.id);
        warn(Code::NeverInForce, message, "the dates of the measure and of its covers entries must overlap");
    }
    if rule.stage != Stage::Enacted || tests.is_empty() {
        return;
    }
    // What was known on a day is asked by `known-on`.
    let asked: Vec<(DateTime<Utc>, NaiveDate)> = tests
        .iter()
        .flat_map(|test| [Some(test.as_of), test.known_on])
        .flatten()
        .filter_map(|when| Moment::parse(&when.to_string()))
        .map(|moment| (moment.instant(rule.zone), moment.day(rule.zone)))
        .collect();
    let mut missing = BTreeSet::new();
    for (at, what) in boundaries(rule) {
        let day = rule.zone.day(at);
        let Some(before) = day.checked_sub_days(Days::new(1)) else { continue };
        if !asked.iter().any(|&(instant, asked)| instant < at && asked >= before) {
            missing.insert((before, format!("before {what}")));
        }
        if !asked.iter().any(|&(instant, asked)| instant >= at && asked == day) {
            missing.insert((day, format!("when {what}")));
        }
    }
    if missing.is_empty() {
        return;
    }
    let more = if missing.len() > SHOWN { format!(" and {} more", missing.len() - SHOWN) } else { String::new() };
    let days: Vec<String> = missing.iter().take(SHOWN).map(|(day, what)| format!("{day} ({what})")).collect();
    warn(
        Code::UntestedDate,
        format!("no test of `{}` is as of {}{more}", rule.id, days.join(", ")),
        "add a test on the day before and on the first day of each date",
    );
}

/// Returns the instants at which something begins or ends, with what it is. Vague dates have none,
/// and nothing changes after the end of the whole act.
fn boundaries(rule: &Rule) -> Vec<(DateTime<Utc>, String)> {
    let mut found = Vec::new();
    let mut add = |start: Option<Start>, end: Option<End>, what: &str| {
        if let Some(start) = start.filter(|start| !start.when().is_vague()) {
            found.push((start.earliest(rule.zone), format!("{what} begins")));
        }
        if let Some(end) = end.filter(|end| !end.when().is_vague()) {
            found.push((end.latest(rule.zone), format!("{what} ends")));
        }
    };
    for measure in &rule.measures {
        add(measure.start, measure.end, &format!("`{}`", measure.label()));
    }
    for event in &rule.events {
        if !matches!(event.kind, EventKind::Conduct | EventKind::Extended | EventKind::Amended) {
            add(Some(event.start), event.end, &format!("`{}`", event.kind.as_str()));
        }
    }
    let whole = |event: &&Event| event.measures.is_empty() && event.entities.is_empty() && event.products.is_empty();
    let ends = rule.events.iter().filter(|event| event.kind.is_end()).filter(whole).map(|event| event.start.latest(rule.zone));
    let over = ends.min();
    found.retain(|(at, _)| over.is_none_or(|over| *at <= over));
    found
}

/// Returns whether the dates of a measure and of each of its covers entries leave no time in common.
fn is_never(rule: &Rule, measure: &Measure) -> bool {
    let Some(start) = measure.start else { return false };
    let tied = |name: &Option<String>| measure.covers.is_empty() || name.as_ref().is_some_and(|name| measure.covers.contains(name));
    let mut covers = rule.covers.iter().filter(|cover| tied(&cover.name)).peekable();
    covers.peek().is_some()
        && covers.all(|cover| {
            let from = cover.start.map(|start| start.earliest(rule.zone)).max(Some(start.earliest(rule.zone)));
            let ends = [cover.end, measure.end].into_iter().flatten().map(|end| end.latest(rule.zone));
            ends.min().is_some_and(|end| Some(end) <= from)
        })
}
