//! Dates: one key on each side, and the begin before the end.

use std::ops::Range;

use super::Checker;
use crate::diag::Code;
use crate::model::{End, Start, When};
use crate::pack::entity::Span;
use crate::pack::file::{At, Date, FromDate};

impl Checker<'_> {
    /// Checks one pair of keys on each side and the order of the dates they give.
    pub(super) fn bounds(
        &mut self,
        from: Option<&At<Date>>,
        after: Option<&At<Date>>,
        until: Option<&At<Date>>,
        through: Option<&At<Date>>,
    ) -> (Option<Start>, Option<End>) {
        if let (Some(_), Some(after)) = (from, after) {
            self.error(
                Code::DatesConflict,
                after.span(),
                "`from` and `after` are both given",
                "`from` is the first day in force, `after` the last day before; keep one".to_owned(),
            );
        }
        if let (Some(_), Some(through)) = (until, through) {
            self.error(
                Code::DatesConflict,
                through.span(),
                "`until` and `through` are both given",
                "`until` is the first day no longer in force, `through` the last day in force; keep one".to_owned(),
            );
        }
        let start = from.map(|date| Start::From(date.0)).or(after.map(|date| Start::After(date.0)));
        let end = until.map(|date| End::Until(date.0)).or(through.map(|date| End::Through(date.0)));
        if let (Some(start), Some(end), Some(at)) = (start, end, until.or(through)) {
            self.in_order(start, end, at.span());
        }
        (start, end)
    }

    /// Checks the dates of a measure, whose start may be open but must be said.
    pub(super) fn stretch(
        &mut self,
        from: Option<&At<FromDate>>,
        after: Option<&At<Date>>,
        until: Option<&At<Date>>,
        through: Option<&At<Date>>,
        missing: &str,
        row: Range<usize>,
    ) -> (Option<Start>, Option<End>) {
        let (after_start, end) = self.bounds(None, after, until, through);
        if let (Some(_), Some(after)) = (from, after) {
            self.error(
                Code::DatesConflict,
                after.span(),
                "`from` and `after` are both given",
                "`from` is the first day in force, `after` the last day still allowed; keep one".to_owned(),
            );
        }
        if from.is_none() && after.is_none() {
            self.error(
                Code::MissingKey,
                row.start..row.start,
                missing,
                "add `from`, `after`, or from = \"to-be-announced\"".to_owned(),
            );
        }
        let from = from.and_then(|at| match **at {
            FromDate::On(when) => Some(Start::From(when)),
            FromDate::ToBeAnnounced => None,
        });
        if let (Some(start), Some(end), Some(at)) = (from, end, until.or(through)) {
            self.in_order(start, end, at.span());
        }
        (from.or(after_start), end)
    }

    pub(super) fn in_order(&mut self, start: Start, end: End, at: Range<usize>) {
        if end.latest(self.zone) <= start.earliest(self.zone) {
            self.error(
                Code::DatesReversed,
                at,
                format!("it ends ({}) before it starts ({})", end.when(), start.when()),
                "`until` is the first day no longer in force; leave it out for an open end".to_owned(),
            );
        }
    }

    /// Checks the order of the dates of a stretch.
    pub(super) fn span(&mut self, from: Option<When>, until: Option<When>, at: Range<usize>) -> Span {
        if let (Some(from), Some(until)) = (from, until) {
            self.in_order(Start::From(from), End::Until(until), at);
        }
        Span { from, until }
    }
}
