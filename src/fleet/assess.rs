//! One item over time: its status, and what each act says of it, as stretches of days.
//!
//! The item is matched as in a check; decisions that run out part its days; on each part
//! [`Courses`] gives the answers, and equal neighbours are joined. All dates are days of the act's own
//! zone, as a check counts them: what holds `--as-of` a day holds on it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::NaiveDate;

use super::{Scenario, Terms};
use crate::audit::situation;
use crate::evaluate::{Courses, Days, Judgement};
use crate::inventory::{Kept, Sink, Unread};
use crate::matcher::{Hit, Subject};
use crate::model::{DependencyPath, Row, Status};
use crate::pack::compile::Pack;

/// How an item stands that no act says anything of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The worst of what the acts say; `clear` where they say nothing.
    Judged(Status),
    /// It has no usable name.
    Unidentified,
    /// It could not be read.
    Unread,
}

impl Standing {
    /// Returns the word used in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Judged(status) => status.as_str(),
            Self::Unidentified => "unidentified",
            Self::Unread => "unread",
        }
    }

    /// Returns whether some act says something of the item.
    #[must_use]
    pub fn has_findings(self) -> bool {
        matches!(self, Self::Judged(status) if status != Status::Clear)
    }
}

/// Days on which an item stands the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// First day; `None`: open.
    pub from: Option<NaiveDate>,
    /// First day after; `None`: open.
    pub until: Option<NaiveDate>,
    /// How it stands.
    pub standing: Standing,
    /// Each act with a finding and its status, in the order of the ids: `a=banned b=no-sale`.
    pub acts: String,
    /// Audiences that findings would concern, where they do not concern whoever asks.
    pub others: String,
}

/// Days on which an act says the same of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct ActStage {
    /// First day; `None`: open.
    pub from: Option<NaiveDate>,
    /// First day after; `None`: open.
    pub until: Option<NaiveDate>,
    /// Number of the rule.
    pub rule: u32,
    /// What it says.
    pub judgement: Judgement,
    /// What that rests on.
    pub hit: Hit,
}

/// An item over time.
#[derive(Clone, Debug, Default)]
pub struct Assessed {
    /// How it stands: all days, one after the other.
    pub stages: Vec<Stage>,
    /// The findings.
    pub acts: Vec<ActStage>,
}

impl Assessed {
    /// Returns how the item stands on a day.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.from.is_none_or(|from| from <= day) && stage.until.is_none_or(|until| day < until))
    }
}

/// An item as it was read and matched: what is the same for whoever asks.
#[derive(Clone, Debug)]
pub enum Met {
    /// Its match, its place and audience as written, and its dates.
    Item(Box<(Subject, String, String, crate::model::ItemDates)>),
    /// It has no usable name.
    Nameless,
    /// It could not be read.
    Unread,
}

impl Met {
    /// Matches an item.
    #[must_use]
    pub fn new(pack: &Pack, row: &Row<'_>) -> Self {
        let Some(subject) = Subject::of(pack, row) else { return Self::Nameless };
        Self::Item(Box::new((subject, row.location.to_owned(), row.audience.to_owned(), row.dates())))
    }
}

/// Takes one row and matches it.
pub struct Meeting<'a> {
    /// Rules.
    pub pack: &'a Pack,
    /// What came in.
    pub met: Option<Met>,
}

impl Sink for Meeting<'_> {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        self.met = Some(Met::new(self.pack, row));
        None
    }

    fn path(&mut self, _: Kept, _: DependencyPath) {}

    fn unread(&mut self, _: Unread) {
        self.met = Some(Met::Unread);
    }

    fn remark(&mut self, _: String) {}
}

/// Judges an item for whoever asks, for all days.
#[must_use]
pub fn assess(pack: &Pack, terms: &Terms<'_>, scenario: &Scenario, met: &Met) -> Assessed {
    let whole =
        |standing| Stage { from: terms.days.from, until: terms.days.until(), standing, acts: String::new(), others: String::new() };
    let (subject, location, audience, dates) = match met {
        Met::Nameless => return Assessed { stages: vec![whole(Standing::Unidentified)], acts: Vec::new() },
        Met::Unread => return Assessed { stages: vec![whole(Standing::Unread)], acts: Vec::new() },
        Met::Item(item) => &**item,
    };
    let situation = situation(pack, location, audience, terms.default_place, *dates);
    let mut assessed = Assessed::default();
    for (days, subject) in settled(pack, terms, subject) {
        if !subject.is_reachable(pack) {
            assessed.add(whole(Standing::Judged(Status::Clear)), days);
            continue;
        }
        let courses = Courses::new(pack, &scenario.asker, &subject, &situation, days);
        for stretch in courses.stretches() {
            let rules = &pack.catalogue.rules;
            let found = stretch.found.into_iter().filter(|&(rule, _)| !terms.ignored.contains(&rules[rule as usize].kind));
            let (mut worst, mut acts, mut others) = (Status::Clear, String::new(), BTreeSet::new());
            for (rule, judgement) in found {
                let Some(status) = judgement.status else {
                    others.extend(judgement.other_audiences.iter().map(String::as_str));
                    continue;
                };
                worst = worst.min(status);
                let id = &rules[rule as usize].id;
                let _ = write!(acts, "{}{id}={}", if acts.is_empty() { "" } else { " " }, status.as_str());
                assessed.add_act(ActStage {
                    from: stretch.from,
                    until: stretch.until,
                    rule,
                    judgement: judgement.clone(),
                    hit: subject.hits[judgement.hit].clone(),
                });
            }
            let others = others.into_iter().collect::<Vec<_>>().join(" ");
            let stage = Stage { standing: Standing::Judged(worst), acts, others, from: None, until: None };
            assessed.add(stage, Days { from: stretch.from, to: stretch.until.and_then(|day| day.pred_opt()) });
        }
    }
    assessed.acts.sort_by_key(|act| (act.rule, act.from));
    assessed
}

impl Assessed {
    /// Adds a stage, joined with the one before where both say the same.
    fn add(&mut self, stage: Stage, days: Days) {
        let stage = Stage { from: days.from, until: days.until(), ..stage };
        match self.stages.last_mut() {
            Some(last) if *last == (Stage { from: last.from, until: last.until, ..stage.clone() }) => last.until = stage.until,
            _ => self.stages.push(stage),
        }
    }

    fn add_act(&mut self, act: ActStage) {
        let before = self.acts.iter_mut().rfind(|other| other.rule == act.rule && other.until == act.from && act.from.is_some());
        match before {
            Some(last) if last.judgement == act.judgement && last.hit == act.hit => last.until = act.until,
            _ => self.acts.push(act),
        }
    }
}

/// Returns the item with its matches settled, for the days on which the same decisions count.
fn settled<'s>(pack: &Pack, terms: &Terms<'_>, subject: &'s Subject) -> Vec<(Days, Cow<'s, Subject>)> {
    let all = terms.days;
    if terms.decisions.list().is_empty() {
        return vec![(all, Cow::Borrowed(subject))];
    }
    let lasts: BTreeSet<NaiveDate> = terms.decisions.list().iter().filter_map(|decision| decision.until).collect();
    let firsts = std::iter::once(None).chain(lasts.iter().map(|last| last.succ_opt()));
    let spans = firsts.zip(lasts.iter().copied().map(Some).chain([None]));
    let mut parts: Vec<(Days, Cow<'s, Subject>)> = Vec::new();
    for (from, to) in spans {
        let days = all.and(Days { from, to });
        if days.is_empty() {
            continue;
        }
        let mut subject = subject.clone();
        let today = to.or(from).unwrap_or_default();
        let _ = terms.decisions.settle(pack, &mut subject, today);
        match parts.last_mut() {
            Some((last, same)) if same.hits == subject.hits => last.to = days.to,
            _ => parts.push((days, Cow::Owned(subject))),
        }
    }
    parts
}
