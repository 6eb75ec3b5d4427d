//! What acts mean for an item over all time: the answers of [`judge`](super::judge) day by day.
//!
//! In: an item, whoever asks, and the days that matter. Out: stretches of days, each with what
//! [`judge_all`](super::judge_all) would find on every day of it. Nothing is decided here: the measures
//! are put together once, and the answer is drawn by the same functions on each day on which anything
//! of them changes. The day asked about (`Asker::as_of`) plays no part.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::interval::{AFTER, BEFORE};
use super::judge::{conclude, is_judged, questions, reachable, strands, take_worse, without_noise};
use super::{Asker, Judgement, Situation};
use crate::matcher::Subject;
use crate::model::Moment;
use crate::pack::compile::Pack;
use crate::pack::rule::Rule;

/// The days that matter, both ends among them. An open end: however far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day.
    pub to: Option<NaiveDate>,
}

impl Days {
    /// Returns the days of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let first = |a: NaiveDate, b: NaiveDate| a.max(b);
        let last = |a: NaiveDate, b: NaiveDate| a.min(b);
        let joined = |a: Option<NaiveDate>, b: Option<NaiveDate>, both: fn(NaiveDate, NaiveDate) -> NaiveDate| match (a, b) {
            (Some(a), Some(b)) => Some(both(a, b)),
            (a, b) => a.or(b),
        };
        Self { from: joined(self.from, other.from, first), to: joined(self.to, other.to, last) }
    }

    /// Returns whether there is no such day.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.from.zip(self.to).is_some_and(|(from, to)| to < from)
    }

    /// Returns the day after the last one.
    #[must_use]
    pub fn until(self) -> Option<NaiveDate> {
        self.to.and_then(|day| day.succ_opt())
    }
}

/// What one rule says, from each of these days on until the next; `None` where that is nothing. The
/// first day may be open.
struct Course {
    rule: u32,
    steps: Vec<(Option<NaiveDate>, Option<Judgement>)>,
}

/// What all rules say of an item over time.
pub struct Courses<'a> {
    subject: &'a Subject,
    days: Days,
    list: Vec<Course>,
}

/// Days on which the answers are the same: `until` is the first day on which they no longer are.
pub struct Stretch<'c> {
    /// First day; `None` where there is none.
    pub from: Option<NaiveDate>,
    /// First day after; `None` where there is none.
    pub until: Option<NaiveDate>,
    /// What [`judge_all`](super::judge_all) finds.
    pub found: Vec<(u32, &'c Judgement)>,
}

impl<'a> Courses<'a> {
    /// Judges an item under every rule that could reach it, on every one of some days.
    #[must_use]
    pub fn new(pack: &Pack, asker: &Asker, subject: &'a Subject, situation: &Situation, days: Days) -> Self {
        let list = reachable(pack, asker, subject, situation).into_iter();
        let list = list.filter_map(|number| {
            let rule = &pack.catalogue.rules[number as usize];
            course(pack, asker, (number, rule), subject, situation, days)
        });
        Self { subject, days, list: list.collect() }
    }

    /// Returns the days as stretches with the same answers, one after the other, without a gap.
    /// Neighbours may be equal.
    #[must_use]
    pub fn stretches(&self) -> Vec<Stretch<'_>> {
        let starts = self.list.iter().flat_map(|course| course.steps.iter().map(|&(from, _)| from));
        let starts: BTreeSet<Option<NaiveDate>> = starts.chain([self.days.from]).collect();
        let starts: Vec<Option<NaiveDate>> = starts.into_iter().collect();
        let ends = starts.iter().skip(1).copied().chain([self.days.until()]);
        let stretch = |(from, until): (&Option<NaiveDate>, Option<NaiveDate>)| {
            let mut found = self.list.iter().filter_map(|course| Some((course.rule, course.on(*from)?))).collect();
            without_noise(self.subject, &mut found);
            Stretch { from: *from, until, found }
        };
        starts.iter().zip(ends).map(stretch).collect()
    }
}

impl Course {
    /// Returns what it says from a day on.
    fn on(&self, day: Option<NaiveDate>) -> Option<&Judgement> {
        self.steps.iter().rfind(|&&(from, _)| from <= day)?.1.as_ref()
    }
}

/// Returns what one rule says on each of the days; nothing where it never says anything.
fn course(
    pack: &Pack,
    asker: &Asker,
    (number, rule): (u32, &Rule),
    subject: &Subject,
    situation: &Situation,
    days: Days,
) -> Option<Course> {
    if days.is_empty() || !is_judged(asker, rule, &mut None) {
        return None;
    }
    let hits =
        questions(pack, asker, rule, subject, situation).map(|(hit, question)| (hit, question, strands(question, rule, &mut None)));
    let hits: Vec<_> = hits.filter(|(.., strands)| !strands.is_empty()).collect();
    if hits.is_empty() {
        return None;
    }
    let mut turns = BTreeSet::new();
    hits.iter().flat_map(|(.., strands)| strands).for_each(|strand| strand.turns(&mut turns));
    let turns = turns.into_iter().filter(|&at| at != BEFORE && at != AFTER).map(|at| rule.zone.day(at));
    let inside = |day: &NaiveDate| days.from.is_none_or(|from| *day > from) && days.to.is_none_or(|to| *day <= to);
    let turns: BTreeSet<NaiveDate> = turns.filter(inside).collect();
    // Before the first turn, one day is as good as another.
    let before = || turns.first().map_or(days.to.unwrap_or(NaiveDate::MIN), |first| first.pred_opt().unwrap_or(*first));
    let first = (days.from, days.from.unwrap_or_else(before));
    let mut course = Course { rule: number, steps: Vec::new() };
    for (from, day) in std::iter::once(first).chain(turns.iter().map(|&day| (Some(day), day))) {
        let at = Moment::Day(day).instant(rule.zone);
        let mut worst = None;
        for (hit, question, strands) in &hits {
            take_worse(&mut worst, *hit, conclude(*question, rule, at, strands, &mut None));
        }
        let worst = worst.filter(Judgement::says_something);
        if course.on(from) != worst.as_ref() {
            course.steps.push((from, worst));
        }
    }
    (!course.steps.is_empty()).then_some(course)
}
