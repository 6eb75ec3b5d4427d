//! Notices: who is told of what changed, drawn up once and sent at least once.
//!
//! In: the changes of a run, its report and the one before. Out: one [`Notice`], or none where
//! nothing that somebody wants to hear of changed. It is recorded with the run, for each recipient,
//! under an id that is made of the run's digest and the recipient; so it is the same however often it
//! is sent, and a receiver can drop repeats. [`render`] words it, [`send`] carries it.
//!
//! Secrets are read by the binary, from the environment or a file, and never shown.

pub mod render;
pub mod send;
pub mod template;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::history::words;
use crate::model::{Change, ChangeKind, Status};
use crate::report::{FindingRef, Format, Next, Report, Summary};

/// The name and version of the notice's shape.
pub const SCHEMA: &str = "interdict/notice/1";
/// So many events are listed; all are counted.
const LISTED: usize = 100;
/// So many coming dates are listed.
const DATES: usize = 10;
/// A waiver is announced so many days before it ends.
const WAIVER_DAYS: i64 = 42;

/// What somebody wants to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A finding that was not there before.
    New,
    /// A finding is worse than before, or no longer waived.
    Worse,
    /// The next date of a finding is near.
    Due,
    /// A waiver ends soon.
    WaiverExpiring,
    /// A run failed, could not read everything, or had rules that are too old.
    RunFailed,
}

impl Reason {
    /// Every one, in the order in which they are told.
    pub const ALL: &[Self] = &[Self::New, Self::Worse, Self::Due, Self::WaiverExpiring, Self::RunFailed];

    /// Returns it in words, after a number.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Worse => "worse",
            Self::Due => "soon due",
            Self::WaiverExpiring => "with a waiver that ends soon",
            Self::RunFailed => "of the run itself",
        }
    }
}

/// Who is told of what.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What is announced.
    pub on: BTreeSet<Reason>,
    /// A date is due so long ahead.
    pub due_within: TimeDelta,
    /// What could not be sent is given up after this.
    pub give_up_after: TimeDelta,
    /// Who is told.
    pub to: Vec<Recipient>,
}

/// Somebody who is told.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// What the history calls it.
    pub name: String,
    /// How it is reached.
    pub channel: Channel,
    /// File that words the notice, relative to the configuration.
    pub template: Option<String>,
    /// File with the certificates of authorities that are trusted, relative to the configuration; those
    /// of the system where none is named.
    pub ca_file: Option<String>,
    /// So long one attempt may take.
    pub timeout: Duration,
    /// So often an attempt is repeated at once.
    pub retries: u32,
}

/// How somebody is reached.
#[derive(Clone, Debug)]
pub enum Channel {
    /// A request with the notice as JSON, or as a chat service wants it.
    Http {
        /// What the receiver reads.
        dialect: Dialect,
        /// Where it goes.
        url: Source,
        /// What the body is signed with.
        secret: Option<Source>,
    },
    /// A mail.
    Email(Box<Email>),
    /// A program that gets the notice as JSON on standard input.
    Command(Vec<String>),
}

/// What the receiver of a request reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The notice as JSON.
    Json,
    /// A message of Slack.
    Slack,
    /// A card of Teams.
    Teams,
}

/// A mail server, and the mail.
#[derive(Clone, Debug)]
pub struct Email {
    /// Name or address of the server.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Sender.
    pub from: String,
    /// Receivers.
    pub to: Vec<String>,
    /// User and password.
    pub login: Option<(Source, Source)>,
    /// The report in these formats.
    pub attach: Vec<Format>,
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// From the first byte on.
    Required,
    /// After the greeting; never without.
    Starttls,
    /// Not at all; on this machine only.
    None,
}

/// Where a text comes from that is nobody else's business.
#[derive(Clone, Debug)]
pub enum Source {
    /// It stands in the configuration and is no secret.
    Plain(Secret),
    /// A variable of the environment.
    Env(String),
    /// A file, relative to the configuration.
    File(PathBuf),
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text, for the one who needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// What somebody is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Notice {
    /// Always `interdict/notice/1`.
    pub schema: String,
    /// Stays the same however often it is sent.
    pub id: String,
    /// Number of the run; null where it failed before it was recorded.
    pub run: Option<u64>,
    /// Its digest in the chain.
    pub run_digest: Option<String>,
    /// The point in time it asked about, as given.
    pub as_of: String,
    /// How many events of each kind.
    pub counts: BTreeMap<Reason, u64>,
    /// What happened, the first hundred.
    pub events: Vec<Event>,
    /// How many more there are.
    pub more: u64,
    /// Items by status; null where the run failed.
    pub summary: Option<Summary>,
    /// Whether the run passed.
    pub failed: bool,
    /// Why not.
    pub reasons: Vec<String>,
    /// The next dates on which a status changes.
    pub dates: Vec<Date>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Event {
    /// Why it is told.
    pub reason: Reason,
    /// The finding; empty where it is about the run.
    pub fingerprint: String,
    /// Id of the rule.
    pub rule: String,
    /// Vendor as written.
    pub vendor: String,
    /// Product as written.
    pub product: String,
    /// Asset as written.
    pub asset: String,
    /// Status before.
    pub before: Option<Status>,
    /// Status now.
    pub status: Option<Status>,
    /// The cause, in words.
    pub cause: String,
    /// The next change of its status.
    pub next: Option<Next>,
}

/// A coming date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Date {
    /// The day.
    pub on: String,
    /// The status from then on.
    pub status: Status,
    /// How many findings.
    pub findings: u64,
}

impl Notice {
    /// Draws up what is to be told of a run; nothing where nothing of it changed. The first run has
    /// nothing before it: only that it failed is told.
    #[must_use]
    pub fn of(plan: &Plan, report: &Report, before: Option<&Report>, changes: &[Change]) -> Option<Self> {
        let findings: BTreeMap<Cow<'_, str>, FindingRef<'_>> =
            report.findings.iter().map(|finding| (finding.fingerprint(), finding)).collect();
        let mut events: Vec<Event> = changes.iter().filter_map(|change| changed(change, &findings)).collect();
        if let Some(before) = before {
            let then: BTreeMap<Cow<'_, str>, FindingRef<'_>> =
                before.findings.iter().map(|finding| (finding.fingerprint(), finding)).collect();
            for finding in &report.findings {
                // What is new is told with its dates already.
                let Some(former) = then.get(&*finding.fingerprint()) else { continue };
                events.extend(due(&finding, former, &report.as_of, &before.as_of, plan.due_within));
                events.extend(expiring(&finding, former, &report.as_of, &before.as_of));
            }
        }
        let is_failure = |report: &Report| report.gate.exit_code > 1;
        if is_failure(report) && before.is_none_or(|before| before.gate.exit_code != report.gate.exit_code) {
            events.push(of_the_run(report.gate.reasons.join("; ")));
        }
        events.retain(|event| plan.on.contains(&event.reason));
        (!events.is_empty()).then(|| Self {
            as_of: report.as_of.clone(),
            summary: Some(report.summary.clone()),
            failed: report.gate.failed,
            reasons: report.gate.reasons.clone(),
            dates: dates(report),
            ..Self::new(events)
        })
    }

    /// Draws up that a run failed before it was recorded.
    #[must_use]
    pub fn of_failure(as_of: &str, why: &str) -> Self {
        Self { as_of: as_of.to_owned(), failed: true, reasons: vec![why.to_owned()], ..Self::new(vec![of_the_run(why.to_owned())]) }
    }

    fn new(mut events: Vec<Event>) -> Self {
        let mut counts = BTreeMap::new();
        for event in &events {
            *counts.entry(event.reason).or_default() += 1;
        }
        events.sort_by_key(|event| (event.reason, event.status));
        let more = events.len().saturating_sub(LISTED) as u64;
        events.truncate(LISTED);
        Self {
            schema: SCHEMA.to_owned(),
            id: String::new(),
            run: None,
            run_digest: None,
            as_of: String::new(),
            counts,
            events,
            more,
            summary: None,
            failed: false,
            reasons: Vec::new(),
            dates: Vec::new(),
        }
    }

    /// Returns the day it is about.
    #[must_use]
    pub fn day(&self) -> &str {
        self.as_of.get(..10).unwrap_or(&self.as_of)
    }
}

/// What is waived is answered for, and no news.
fn changed(change: &Change, findings: &BTreeMap<Cow<'_, str>, FindingRef<'_>>) -> Option<Event> {
    let reason = match change.kind {
        ChangeKind::New if !change.waived => Reason::New,
        ChangeKind::Worse | ChangeKind::WaiverEnded if !change.waived => Reason::Worse,
        _ => return None,
    };
    Some(Event {
        reason,
        fingerprint: change.fingerprint.clone(),
        rule: change.rule.clone(),
        vendor: change.vendor.clone(),
        product: change.product.clone(),
        asset: change.asset.clone(),
        before: change.before,
        status: change.after,
        cause: words::cause(change),
        next: findings.get(change.fingerprint.as_str()).and_then(|finding| finding.next.cloned()),
    })
}

fn about(finding: &FindingRef<'_>, reason: Reason, cause: String) -> Event {
    Event {
        reason,
        fingerprint: finding.fingerprint().into_owned(),
        rule: finding.rule.id.clone(),
        vendor: finding.item.vendor.to_string(),
        product: finding.item.product.to_string(),
        asset: finding.item.asset.to_string(),
        before: Some(finding.status),
        status: Some(finding.status),
        cause,
        next: finding.next.cloned(),
    }
}

fn due(finding: &FindingRef<'_>, former: &FindingRef<'_>, as_of: &str, before: &str, within: TimeDelta) -> Option<Event> {
    // Better is not what somebody must be ready for.
    let next = finding.next.filter(|next| next.status < finding.status)?;
    let was =
        former.next.as_ref().is_some_and(|then| *then == next && former.waiver.is_none() && is_near(&then.on, before, within));
    let is_news = finding.waiver.is_none() && is_near(&next.on, as_of, within) && !was;
    is_news.then(|| about(finding, Reason::Due, format!("{} from {} on", next.status.as_str(), next.on)))
}

fn expiring(finding: &FindingRef<'_>, former: &FindingRef<'_>, as_of: &str, before: &str) -> Option<Event> {
    let waiver = finding.waiver.as_ref()?;
    let within = TimeDelta::days(WAIVER_DAYS);
    let was = former.waiver.as_ref().is_some_and(|then| then.until == waiver.until && is_near(&then.until, before, within));
    let is_news = is_near(&waiver.until, as_of, within) && !was;
    is_news.then(|| about(finding, Reason::WaiverExpiring, format!("the waiver of {} counts until {}", waiver.owner, waiver.until)))
}

fn of_the_run(cause: String) -> Event {
    let none = String::new;
    Event {
        reason: Reason::RunFailed,
        fingerprint: none(),
        rule: none(),
        vendor: none(),
        product: none(),
        asset: none(),
        before: None,
        status: None,
        cause,
        next: None,
    }
}

/// Returns whether a host is this machine.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    let plain = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || plain.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Returns whether a text is an address of mail, with or without a name.
#[must_use]
pub fn is_mail_address(text: &str) -> bool {
    send::is_mail_address(text)
}

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()
}

/// Returns whether a day is at most so far ahead.
fn is_near(on: &str, as_of: &str, within: TimeDelta) -> bool {
    match (day(on), day(as_of)) {
        (Some(on), Some(today)) => on - today <= within,
        _ => false,
    }
}

fn dates(report: &Report) -> Vec<Date> {
    let mut dates: BTreeMap<(&str, Status), u64> = BTreeMap::new();
    for next in report.findings.iter().filter(|finding| finding.waiver.is_none()).filter_map(|finding| finding.next) {
        *dates.entry((next.on.as_str(), next.status)).or_default() += 1;
    }
    let listed = dates.into_iter().take(DATES);
    listed.map(|((on, status), findings)| Date { on: on.to_owned(), status, findings }).collect()
}

#[cfg(test)]
mod tests;
