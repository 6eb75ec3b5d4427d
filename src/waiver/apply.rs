//! Waivers over findings: which are accepted, and how each waiver stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::{NOTICE_DAYS, Waiver, Waivers};
use crate::audit::{Audited, Decided};
use crate::diag::{Code, Diagnostic, Place};
use crate::model::{Moment, State, Zone};
use crate::pack::compile::Pack;
use crate::pack::rule::Rule;
use crate::report;

/// What waivers make of findings.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// The waiver of each finding that has one, by the finding's index.
    pub accepted: BTreeMap<usize, Arc<report::Waiver>>,
    /// How each waiver stands, in the order of the file.
    pub entries: Vec<Entry>,
}

/// How a waiver stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It counts.
    Counts,
    /// It counts, and ends soon.
    Expiring,
    /// It ran out.
    Expired,
    /// It runs longer than allowed, and does not count.
    TooLong,
    /// It matches no finding.
    Unused,
}

impl Standing {
    /// Returns the word used in lists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::TooLong => "too-long",
            Self::Unused => "unused",
        }
    }
}

/// A waiver, and how it stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// Its number in the file, from 1.
    pub number: usize,
    /// How it stands.
    pub state: Standing,
    /// Days until its end, below zero where it is past.
    pub days_left: i64,
    /// Findings that it accepts; `None` where no inventory was looked at.
    pub findings: Option<u64>,
    /// Rule.
    pub rule: Option<String>,
    /// Effect.
    pub effect: Option<String>,
    /// Product, as written.
    pub product: Option<String>,
    /// Asset, as written.
    pub asset: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Who approved it.
    pub approved_by: String,
    /// Last day on which it counts.
    pub until: String,
    /// Reference in a ticket system.
    pub ticket: Option<String>,
    /// Licence or permit.
    pub licence: Option<String>,
    /// File.
    pub file: String,
    /// Line in it, from 1.
    pub line: u64,
    /// Longest time allowed, in days.
    #[serde(skip)]
    pub max_days: i64,
}

impl Entry {
    /// Returns what is to be said about it, if anything is.
    #[must_use]
    pub fn remark(&self) -> Option<Diagnostic> {
        let Self { until, max_days, .. } = self;
        let (code, message, help) = match self.state {
            Standing::Counts => return None,
            Standing::Expiring => {
                let message = format!("the waiver ends {}: its last day is {until}", report::from_now(self.days_left));
                (Code::WaiverExpiring, message, "review it: renew it, or act on the findings before they count again")
            }
            Standing::Expired => {
                (Code::WaiverExpired, format!("the waiver ran out on {until}"), "renew it, or act on the findings")
            }
            Standing::TooLong => {
                let message = format!("the waiver runs until {until}, more than {max_days} days ahead, and does not count");
                (Code::WaiverTooLong, message, "shorten it and review it again then")
            }
            Standing::Unused => {
                (Code::WaiverUnused, "the waiver matches no finding".to_owned(), "remove it if the product is gone")
            }
        };
        Some(Diagnostic::warning(code, message).at(Place::Line(self.file.clone(), self.line, None)).help(help))
    }
}

impl Waivers {
    /// Marks findings, and says how each waiver stands.
    #[must_use]
    pub fn apply(&self, pack: &Pack, audited: &Audited, as_of: Moment) -> Applied {
        let mut applied = Applied::default();
        for waiver in &self.list {
            let (mut is_meant, mut accepted) = (false, Vec::new());
            for (index, found) in audited.found.iter().enumerate() {
                let decided = &audited.decided[found.decided as usize];
                let rule = &pack.catalogue.rules[decided.rule as usize];
                if waiver.means(rule, audited, decided, found.asset) {
                    is_meant = true;
                    accepted.extend(Some(index).filter(|_| as_of.day(rule.zone) <= waiver.until));
                }
            }
            let mut entry = self.entry(waiver, pack, as_of);
            match entry.state {
                Standing::TooLong => {}
                _ if accepted.is_empty() && is_meant => entry.state = Standing::Expired,
                Standing::Expired if !accepted.is_empty() => entry.state = Standing::Expiring,
                Standing::Counts | Standing::Expiring if accepted.is_empty() => entry.state = Standing::Unused,
                _ => {}
            }
            let accepted = if entry.state == Standing::TooLong { Vec::new() } else { accepted };
            entry.findings = Some(accepted.len() as u64);
            let days_left = (entry.state == Standing::Expiring).then(|| entry.days_left.max(0).unsigned_abs());
            let shown = Arc::new(report::Waiver { days_left, ..waiver.shown.clone() });
            for index in accepted {
                applied.accepted.entry(index).or_insert_with(|| Arc::clone(&shown));
            }
            applied.entries.push(entry);
        }
        applied
    }

    /// Says how each waiver stands by its dates, whatever the findings.
    #[must_use]
    pub fn entries(&self, pack: &Pack, as_of: Moment) -> Vec<Entry> {
        self.list.iter().map(|waiver| self.entry(waiver, pack, as_of)).collect()
    }

    /// How a waiver stands by its dates, in the zone of its act.
    fn entry(&self, waiver: &Waiver, pack: &Pack, as_of: Moment) -> Entry {
        let zone = waiver.rule.as_ref().and_then(|id| pack.rule(id)).map_or(Zone::UTC, |rule| rule.zone);
        let days_left = (waiver.until - as_of.day(zone)).num_days();
        let state = match days_left {
            ..0 => Standing::Expired,
            days if days > self.max_days => Standing::TooLong,
            0..=NOTICE_DAYS => Standing::Expiring,
            _ => Standing::Counts,
        };
        let shown = waiver.shown.clone();
        Entry {
            number: waiver.number,
            state,
            days_left,
            findings: None,
            rule: waiver.rule.clone(),
            effect: shown.effect,
            product: waiver.product.as_ref().map(|pattern| pattern.text.clone()),
            asset: waiver.asset.as_ref().map(|pattern| pattern.text.clone()),
            reason: shown.reason,
            owner: shown.owner,
            approved_by: shown.approved_by,
            until: shown.until,
            ticket: shown.ticket,
            licence: shown.licence,
            file: waiver.file.clone(),
            line: waiver.line,
            max_days: self.max_days,
        }
    }
}

impl Waiver {
    /// Returns whether the waiver speaks of a finding, whatever the day.
    fn means(&self, rule: &Rule, audited: &Audited, decided: &Decided, asset: &str) -> bool {
        let row = &audited.subjects[decided.subject as usize].row;
        rule.waivable
            && self.rule.as_ref().is_none_or(|id| *id == rule.id)
            && self.product.as_ref().is_none_or(|pattern| pattern.matches(&row.product) || pattern.matches(row.as_displayed()))
            && self.asset.as_ref().is_none_or(|pattern| pattern.matches(asset))
            && self.effect.is_none_or(|effect| {
                // Every measure that counts now must have the accepted effect, as the finding shows it.
                let counting =
                    || decided.judgement.measures.iter().filter(|state| matches!(state.state, State::InForce | State::NotEnforced));
                counting().next().is_some() && counting().all(|state| state.effect == effect)
            })
    }
}
