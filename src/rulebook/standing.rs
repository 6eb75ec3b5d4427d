//! Where the measures of an act stand on a day, whatever the item: events that name parties or
//! products mean a part of the act only, and are told apart.

use crate::evaluate::in_force::timeline;
use crate::evaluate::interval::IntervalSet;
use crate::model::{Moment, State, Status};
use crate::pack::rule::{Event, Measure, Rule};
use crate::pack::words::{EventKind, Stage};

/// Where a measure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its act is not enacted, and never evaluated.
    NotEnacted(Stage),
    /// The world did not know of it on that day.
    NotAnnounced,
    /// It was known, and stood so.
    Known(State),
}

impl Standing {
    /// Returns the standing in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotEnacted(Stage::Proposed) => "only proposed",
            Self::NotEnacted(Stage::Reported) => "only reported",
            Self::NotEnacted(Stage::Denied) => "only denied",
            Self::NotEnacted(Stage::Enacted) => "enacted",
            Self::NotAnnounced => "not yet announced",
            Self::Known(State::InForce) => "in force",
            Self::Known(State::NotEnforced) => "in force, not enforced",
            Self::Known(State::Upcoming) => "upcoming",
            Self::Known(State::Suspended) => "suspended",
            Self::Known(State::Ended) => "ended",
            Self::Known(State::ToBeAnnounced) => "date open",
        }
    }
}

fn means_the_whole(event: &Event) -> bool {
    event.entities.is_empty() && event.products.is_empty()
}

/// Returns where a measure stands at a moment.
#[must_use]
pub fn of(rule: &Rule, measure: &Measure, at: Moment) -> Standing {
    if rule.stage != Stage::Enacted {
        return Standing::NotEnacted(rule.stage);
    }
    let at = at.instant(rule.zone);
    let Some(dates) = timeline(rule, measure, None, means_the_whole) else { return Standing::Known(State::Ended) };
    let in_force = dates.in_force(&IntervalSet::all());
    Standing::Known(if in_force.contains(at) {
        if dates.not_enforced.contains(at) { State::NotEnforced } else { State::InForce }
    } else if dates.announced > at {
        return Standing::NotAnnounced;
    } else if dates.open && !dates.annulled {
        State::ToBeAnnounced
    } else if dates.suspended.contains(at) && dates.base.iter().any(|(_, until)| until > at) {
        State::Suspended
    } else if in_force.next(at).is_some() {
        State::Upcoming
    } else {
        State::Ended
    })
}

/// Returns the status that a measure gives at a moment to what it covers, where it gives any. A
/// suspended one whose return is known lies ahead.
#[must_use]
pub fn status(rule: &Rule, measure: &Measure, at: Moment) -> Option<Status> {
    match of(rule, measure, at) {
        Standing::Known(State::InForce | State::NotEnforced) => Some(measure.effect.status()),
        Standing::Known(State::Upcoming | State::ToBeAnnounced) => Some(Status::Upcoming),
        Standing::Known(State::Suspended) => {
            let dates = timeline(rule, measure, None, means_the_whole)?;
            dates.in_force(&IntervalSet::all()).next(at.instant(rule.zone)).map(|_| Status::Upcoming)
        }
        Standing::Known(State::Ended) | Standing::NotEnacted(_) | Standing::NotAnnounced => None,
    }
}

/// Returns where a measure stands in words, and whether that holds for a part of what it covers only.
#[must_use]
pub fn told(rule: &Rule, measure: &Measure, at: Moment) -> String {
    let standing = of(rule, measure, at);
    let ends = !matches!(standing, Standing::NotEnacted(_) | Standing::Known(State::Ended)) && ends_for_some(rule, measure, at);
    if ends { format!("{} (no longer for some)", standing.as_str()) } else { standing.as_str().to_owned() }
}

/// Returns where the measures of an act stand, those that stand alike together.
#[must_use]
pub fn of_act(rule: &Rule, at: Moment) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for measure in &rule.measures {
        let (state, effect) = (told(rule, measure, at), measure.effect.as_str());
        match groups.iter_mut().find(|(other, _)| *other == state) {
            Some((_, effects)) if effects.contains(&effect) => {}
            Some((_, effects)) => effects.push(effect),
            None => groups.push((state, vec![effect])),
        }
    }
    groups.iter().map(|(state, effects)| format!("{state}: {}", effects.join(", "))).collect::<Vec<_>>().join("; ")
}

/// Returns whether an event that names parties or products has taken some of them out.
fn ends_for_some(rule: &Rule, measure: &Measure, at: Moment) -> bool {
    let at = at.instant(rule.zone);
    rule.events.iter().any(|event| {
        let ends = event.kind.is_end() || event.kind == EventKind::Annulled;
        ends && !means_the_whole(event) && measure.is_meant(&event.measures) && event.start.latest(rule.zone) <= at
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standings(id: &str, days: &[&str]) -> Vec<(Standing, Option<Status>)> {
        let pack = crate::builtin::pack();
        let rule = pack.rule(id).expect("is shipped");
        let at = |day: &&str| Moment::parse(day).expect("is a date");
        days.iter().map(|day| (of(rule, &rule.measures[0], at(day)), status(rule, &rule.measures[0], at(day)))).collect()
    }

    #[test]
    fn a_measure_stands_as_it_was_known_on_the_day() {
        let days = ["2024-06-19", "2024-06-20", "2024-07-19", "2024-07-20"];
        assert_eq!(
            standings("us-bis-kaspersky-2024", &days),
            [
                (Standing::NotAnnounced, None),
                (Standing::Known(State::Upcoming), Some(Status::Upcoming)),
                (Standing::Known(State::Upcoming), Some(Status::Upcoming)),
                (Standing::Known(State::InForce), Some(Status::NoSale)),
            ]
        );
        let days = ["2025-01-19", "2025-01-20", "2026-01-23"];
        assert_eq!(
            standings("us-congress-pafaca-2024", &days),
            [
                (Standing::Known(State::InForce), Some(Status::Banned)),
                (Standing::Known(State::NotEnforced), Some(Status::Banned)),
                (Standing::Known(State::InForce), Some(Status::Banned)),
            ]
        );
    }

    #[test]
    fn what_is_only_proposed_gives_no_status() {
        let pack = crate::builtin::pack();
        let at = Moment::parse("2026-11-23").expect("is a date");
        let rules = pack.catalogue.rules.iter().filter(|rule| rule.stage != Stage::Enacted);
        let measures: Vec<_> = rules.flat_map(|rule| rule.measures.iter().map(move |measure| (rule, measure))).collect();
        assert!(!measures.is_empty());
        assert!(measures.iter().all(|(rule, measure)| status(rule, measure, at).is_none()));
    }
}
