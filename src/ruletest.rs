//! Inline tests of rules: an item, a day, and what must come out under that rule alone.

use std::collections::BTreeMap;

use crate::evaluate::{Asker, Judgement, Situation, judge, show};
use crate::matcher::Subject;
use crate::model::identifier::Identifier;
use crate::model::{ItemDates, Moment, OwnedRow, Status, When};
use crate::pack::compile::Pack;
use crate::pack::rule::{Rule, RuleTest, TestItem};

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// What differs, as `what: expected …, came …`; empty: passed.
    pub failures: Vec<String>,
    /// How the judgement of a failed test came about, step by step.
    pub steps: Vec<String>,
}

/// Runs a test.
#[must_use]
pub fn run(pack: &Pack, test: &RuleTest) -> TestOutcome {
    let mut failures = Vec::new();
    let Some(rule) = pack.rule(&test.rule) else {
        let failures = vec![format!("the pack holds no rule `{}`", test.rule)];
        return TestOutcome { failures, steps: Vec::new() };
    };
    let Some((asker, situation)) = question(pack, test, &mut failures) else {
        return TestOutcome { failures, steps: Vec::new() };
    };
    let TestItem { vendor, product, version, identifiers, .. } = &test.item;
    let identifiers = identifiers.iter().map(|(kind, text)| Identifier::read(*kind, text)).collect();
    let subject = Subject::new(pack, OwnedRow::new(vendor, product, version, identifiers));
    let judgement = judge(pack, &asker, rule, &subject, &situation, None);
    compare(rule, test, judgement.as_ref(), &mut failures);
    let mut steps = Vec::new();
    if !failures.is_empty() {
        if subject.hits.is_empty() {
            steps.push("it matches no entity of the pack".to_owned());
        }
        let _ = judge(pack, &asker, rule, &subject, &situation, Some(&mut |step| steps.push(step)));
        steps.extend(judgement.iter().flat_map(|judgement| &judgement.measures).map(|state| {
            let day = |word: &str, at| format!(", {word} {}", show(rule.zone, at));
            let from = state.from.map(|at| day("from", at)).unwrap_or_default();
            let until = state.until.map(|at| day("no longer from", at)).unwrap_or_default();
            format!("{}: {}{from}{until}", rule.measures[state.measure].label(), state.state.as_str())
        }));
        if judgement.is_none_or(|judgement| judgement.status.is_none()) {
            steps.push("no measure counts on that day, or is known to come".to_owned());
        }
    }
    TestOutcome { failures, steps }
}

fn question(pack: &Pack, test: &RuleTest, failures: &mut Vec<String>) -> Option<(Asker, Situation)> {
    let moment = |when: When, what: &str, failures: &mut Vec<String>| {
        let moment = Moment::parse(&when.to_string());
        if moment.is_none() {
            failures.push(format!("{what}: `{when}` is neither a day nor an instant"));
        }
        moment
    };
    let day = |when: Option<When>, what: &str, failures: &mut Vec<String>| match when {
        Some(When::Day(day)) => Some(day),
        Some(other) => {
            failures.push(format!("{what}: `{other}` is no day"));
            None
        }
        None => None,
    };
    let place = (!test.item.location.is_empty()).then(|| {
        pack.place(&test.item.location)
            .map(str::to_owned)
            .ok_or_else(|| format!("location: `{}` names no place", test.item.location))
    });
    let place = place.transpose().map_err(|failure| failures.push(failure)).ok()?;
    let asker = Asker {
        jurisdictions: test.jurisdictions.clone(),
        audiences: test.audiences.iter().filter(|name| *name != "all").cloned().collect(),
        all_audiences: test.audiences.iter().any(|name| name == "all"),
        as_of: moment(test.as_of, "as-of", failures)?,
        known_on: match test.known_on {
            Some(when) => Some(moment(when, "known-on", failures)?),
            None => None,
        },
        conditions: test.conditions.iter().cloned().collect::<BTreeMap<_, _>>(),
    };
    let dates =
        ItemDates { acquired: day(test.item.acquired, "acquired", failures), renewal: day(test.item.renewal, "renewal", failures) };
    let audience = (!test.item.audience.is_empty()).then(|| test.item.audience.clone());
    Some((asker, Situation { place, audience, dates }))
}

fn compare(rule: &Rule, test: &RuleTest, judgement: Option<&Judgement>, failures: &mut Vec<String>) {
    let status = judgement.and_then(|judgement| judgement.status).unwrap_or(Status::Clear);
    let mut differ = |what: &str, expected: &str, came: &str| failures.push(format!("{what}: expected {expected}, came {came}"));
    if status != test.status {
        differ("status", test.status.as_str(), status.as_str());
    }
    if let Some((then, on)) = test.next {
        let came = judgement.and_then(|judgement| judgement.next());
        let came = came.map_or_else(|| "none".to_owned(), |(status, at)| format!("{} on {}", status.as_str(), show(rule.zone, at)));
        let expected = format!("{} on {}", then.as_str(), show(rule.zone, on.earliest(rule.zone)));
        if came != expected {
            differ("next", &expected, &came);
        }
    }
    for note in &test.notes {
        let notes: Vec<&str> = judgement.into_iter().flat_map(|judgement| judgement.notes.iter()).map(String::as_str).collect();
        if !notes.contains(&note.as_str()) {
            differ("notes", note, &if notes.is_empty() { "none".to_owned() } else { notes.join(", ") });
        }
    }
    for (label, state) in &test.states {
        let states = judgement.into_iter().flat_map(|judgement| &judgement.measures);
        let came = states
            .filter(|came| rule.measures[came.measure].label() == label || rule.measures[came.measure].effect.as_str() == label);
        let came: Vec<&str> = came.map(|came| came.state.as_str()).collect();
        if !came.contains(&state.as_str()) {
            differ(&format!("state of {label}"), state, &if came.is_empty() { "none".to_owned() } else { came.join(", ") });
        }
    }
}
