//! What an act forbids, orders or warns of: addressees, places and dates.

use super::Checker;
use crate::diag::Code;
use crate::model::Zone;
use crate::pack::file::{At, MeasureRow, PlannedRow};
use crate::pack::rule::{Measure, Planned};
use crate::pack::words::Nexus;

impl Checker<'_> {
    pub(super) fn measure(&mut self, row: &At<MeasureRow>, zone: Zone) -> Measure {
        self.addressees(row);
        let (start, end) = self.stretch(
            row.from.as_ref(),
            row.after.as_ref(),
            row.until.as_ref(),
            row.through.as_ref(),
            "the measure has no start",
            row.span(),
        );
        if let (Some(_), Some(at)) = (&row.ends_when, row.until.as_ref().or(row.through.as_ref())) {
            self.error(
                Code::DatesConflict,
                at.span(),
                "an end date and `ends-when` are both given",
                "a measure ends on a date or on a condition".to_owned(),
            );
        }
        let mut planned: Vec<Planned> = row.planned.iter().map(|plan| self.planned(plan)).collect();
        planned.sort_by_key(|plan| plan.announced.earliest(zone));
        if let (false, None, Some(plan)) = (planned.is_empty(), &row.announced, row.planned.first()) {
            self.error(
                Code::MissingKey,
                plan.span(),
                "`planned` without `announced` on the measure",
                "say when the present dates became known".to_owned(),
            );
        }
        Measure {
            name: row.name.as_ref().map(|name| name.get().clone()),
            effect: row.effect,
            covers: Self::texts(&row.covers),
            binds: Self::texts(&row.binds),
            affects: if row.affects.is_empty() { Self::texts(&row.binds) } else { Self::texts(&row.affects) },
            nexus: row.nexus.get().clone(),
            destinations: Self::texts(&row.destinations),
            start,
            end,
            ends_when: row.ends_when.clone(),
            expected: row.expected.as_ref().map(|date| date.0),
            planned,
            announced: row.announced.as_ref().map(|date| date.0),
            computed: row.computed.unwrap_or(false),
            note: row.note.clone(),
        }
    }

    /// Checks who is bound and affected, and what ties them to the place.
    fn addressees(&mut self, row: &At<MeasureRow>) {
        for word in row.binds.iter().chain(&row.affects) {
            self.among(word, &self.known.audiences, Code::UnknownAudience, "audience");
        }
        if row.binds.is_empty() {
            self.error(
                Code::MissingKey,
                row.span().start..row.span().start,
                "the measure says nobody is bound",
                "add `binds`, such as binds = [\"everyone\"]".to_owned(),
            );
        }
        for code in &row.destinations {
            self.jurisdiction(code);
        }
        if row.nexus.is_empty() {
            self.error(
                Code::EmptyValue,
                row.nexus.span(),
                "the measure has no nexus",
                "say territory, person or destination".to_owned(),
            );
        }
        if row.nexus.contains(&Nexus::Destination) == row.destinations.is_empty() {
            self.error(
                Code::MissingDestination,
                row.nexus.span(),
                "`destinations` and the nexus `destination` go together",
                "give both, or neither".to_owned(),
            );
        }
    }

    fn planned(&mut self, row: &At<PlannedRow>) -> Planned {
        let (start, end) = self.stretch(
            row.from.as_ref(),
            row.after.as_ref(),
            row.until.as_ref(),
            row.through.as_ref(),
            "the plan has no start",
            row.span(),
        );
        Planned { start, end, announced: row.announced.0 }
    }
}
