//! When a measure is in force: its own dates, less suspensions, cut off at the end of the act.
//!
//! Pure date arithmetic over one measure and the events of its act; which items it covers, whom it
//! binds and when an event means the item comes in from outside as sets of instants.

use chrono::{DateTime, Utc};

use super::interval::{AFTER, IntervalSet};
use crate::model::{End, Start, Zone};
use crate::pack::rule::{Event, Measure, Rule};
use crate::pack::words::EventKind;

/// The dates of a measure as far as they were known, and what later happened to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The measure by its own dates, cut off at the end of the act. Empty where the date is open.
    pub base: IntervalSet,
    /// When it is suspended or enjoined.
    pub suspended: IntervalSet,
    /// When it stands but is not enforced.
    pub not_enforced: IntervalSet,
    /// Whether it is known to come, with its date open.
    pub open: bool,
    /// Whether it was annulled: it never was.
    pub annulled: bool,
    /// When the world could first know that it would come.
    pub announced: DateTime<Utc>,
    /// Whether one of the dates is vague.
    pub vague: bool,
    /// Whether one of the dates was computed.
    pub computed: bool,
}

impl Timeline {
    /// Returns when the measure is in force, within a set of instants in which it applies.
    #[must_use]
    pub fn in_force(&self, applies: &IntervalSet) -> IntervalSet {
        if self.annulled {
            return IntervalSet::none();
        }
        self.base.intersection(applies).difference(&self.suspended)
    }
}

/// Returns the timeline of a measure from what was announced at or before `known` (`None`: all
/// that is known), or nothing where the measure itself was not yet known. `meant` tells whether, or
/// when, an event speaks of the item at hand.
#[must_use]
pub fn timeline<Meant: Into<IntervalSet>>(
    rule: &Rule,
    measure: &Measure,
    known: Option<DateTime<Utc>>,
    meant: impl Fn(&Event) -> Meant,
) -> Option<Timeline> {
    let zone = rule.zone;
    let is_known = |announced: DateTime<Utc>| known.is_none_or(|known| announced <= known);
    let (start, end, announced) = dates(rule, measure, zone, &is_known)?;
    let mut timeline = Timeline { announced, open: start.is_none(), ..Timeline::default() };
    if let Some(start) = start {
        timeline.base = IntervalSet::between(Some(start.earliest(zone)), end.map(|end| end.latest(zone)));
    }
    timeline.vague = start.is_some_and(|start| start.when().is_vague()) || end.is_some_and(|end| end.when().is_vague());
    timeline.computed = measure.computed;
    let events: Vec<(&Event, IntervalSet)> = rule
        .events
        .iter()
        .filter(|event| is_known(event.announced.earliest(zone)) && measure.is_meant(&event.measures))
        .map(|event| (event, meant(event).into()))
        .filter(|(_, meant)| !meant.is_empty())
        .collect();
    for (event, meant) in &events {
        timeline.apply(event, meant, &events, zone);
    }
    Some(timeline)
}

/// The dates as they stood: the present ones, or the latest plan that was known.
fn dates(
    rule: &Rule,
    measure: &Measure,
    zone: Zone,
    is_known: &impl Fn(DateTime<Utc>) -> bool,
) -> Option<(Option<Start>, Option<End>, DateTime<Utc>)> {
    let own = measure.announced.unwrap_or(rule.announced).earliest(zone);
    let plans = || measure.planned.iter().map(|plan| plan.announced.earliest(zone));
    let first = plans().fold(own, DateTime::min);
    if is_known(own) {
        return Some((measure.start, measure.end, first));
    }
    let plan = measure.planned.iter().rfind(|plan| is_known(plan.announced.earliest(zone)))?;
    Some((plan.start, plan.end, first))
}

impl Timeline {
    fn apply(&mut self, event: &Event, meant: &IntervalSet, events: &[(&Event, IntervalSet)], zone: Zone) {
        match event.kind {
            EventKind::Suspended | EventKind::Enjoined => {
                let stretch = relief(event, zone);
                let resumed = events
                    .iter()
                    .filter(|(other, _)| other.kind == EventKind::Resumed)
                    .map(|(other, meant)| (other.start.earliest(zone), meant))
                    .filter(|&(from, _)| stretch.contains(from))
                    .fold(IntervalSet::none(), |set, (from, meant)| {
                        set.union(&IntervalSet::between(Some(from), None).intersection(meant))
                    });
                self.suspended = self.suspended.union(&stretch.intersection(meant).difference(&resumed));
            }
            EventKind::Annulled => {
                self.base = self.base.difference(meant);
                self.annulled |= *meant == IntervalSet::all();
            }
            kind if kind.is_end() => {
                let end = event.start.latest(zone);
                self.base = self.base.difference(&IntervalSet::between(Some(end), None).intersection(meant));
                self.open &= end == AFTER;
            }
            EventKind::NotEnforced => {
                self.not_enforced = self.not_enforced.union(&relief(event, zone).intersection(meant));
            }
            // It was looked at with what it ends.
            EventKind::Resumed => {}
            _ => return,
        }
        self.vague |= event.start.when().is_vague() || event.end.is_some_and(|end| end.when().is_vague());
        self.computed |= event.computed;
    }
}

/// A stretch that lifts a prohibition: vague dates are read so that it is as short as they allow.
fn relief(event: &Event, zone: Zone) -> IntervalSet {
    IntervalSet::between(Some(event.start.latest(zone)), event.end.map(|end| end.earliest(zone)))
}
