//! The gate: whether a run passes, and with which exit code.

use std::collections::BTreeMap;

use crate::model::Status;
use crate::report::{Change, Gate, from_now, plural};

/// What fails a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateTerms {
    /// Which statuses fail it.
    pub fail_on: FailOn,
    /// Whether rows and files that could not be read are accepted.
    pub allow_unread: bool,
    /// Whether the rule data is older than allowed, and by what it was said.
    pub too_old: Option<String>,
    /// Whether only what is new, worse or due since the baseline fails it.
    pub only_new: bool,
    /// Changes of status at most so many days ahead fail it as well.
    pub within_days: Option<u32>,
}

/// Which statuses fail a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// This status and every worse one.
    AtLeast(Status),
    /// Just these.
    Just(Vec<Status>),
    /// None.
    Never,
}

/// Anything in force.
impl Default for FailOn {
    fn default() -> Self {
        Self::AtLeast(Status::NoSale)
    }
}

impl FailOn {
    /// Reads `never`, one status, or several joined by commas.
    ///
    /// # Errors
    /// The word that is no status.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim() == "never" {
            return Ok(Self::Never);
        }
        let statuses: Vec<Status> = text
            .split(',')
            .map(|word| Status::parse(word.trim()).filter(|status| *status != Status::Clear).ok_or_else(|| word.trim().to_owned()))
            .collect::<Result<_, _>>()?;
        Ok(match statuses.as_slice() {
            [one] => Self::AtLeast(*one),
            _ => Self::Just(statuses),
        })
    }

    /// Returns whether a status fails the run.
    #[must_use]
    pub fn fails(&self, status: Status) -> bool {
        match self {
            Self::AtLeast(limit) => status <= *limit,
            Self::Just(statuses) => statuses.contains(&status),
            Self::Never => false,
        }
    }

    /// Returns the words as given.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::AtLeast(status) => vec![status.as_str().to_owned()],
            Self::Just(statuses) => statuses.iter().map(|status| status.as_str().to_owned()).collect(),
            Self::Never => vec!["never".to_owned()],
        }
    }
}

/// What the gate looks at.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Findings that are not waived, by status, worst first.
    pub findings: [u64; 6],
    /// Those of them that changed since the baseline.
    pub changed: BTreeMap<(Status, Change), u64>,
    /// Findings that become worse on a day ahead: days until then, the day, the status.
    pub ahead: BTreeMap<(i64, String, Status), u64>,
    /// Rows and files that could not be read.
    pub unread: u64,
    /// Rows with no usable name.
    pub unidentified: u64,
    /// Rows read as items.
    pub items: u64,
}

/// Decides whether a run passes. Where several reasons apply, the exit code is that of the first
/// of: rules too old (4), findings (1), unread or nothing to evaluate (3).
#[must_use]
pub fn decide(terms: &GateTerms, counts: &Counts) -> Gate {
    let mut reasons = Vec::new();
    let mut exit_code = 0;
    let mut fail = |code: u8, reason: String| {
        reasons.push(reason);
        if exit_code == 0 {
            exit_code = code;
        }
    };
    if let Some(reason) = &terms.too_old {
        fail(4, reason.clone());
    }
    if terms.only_new {
        for ((status, change), &count) in counts.changed.iter().filter(|((status, _), _)| terms.fail_on.fails(*status)) {
            fail(1, format!("{} {}, {}", plural(count, "finding"), status.as_str(), since(*change)));
        }
    } else {
        for (status, &count) in Status::ALL.into_iter().zip(&counts.findings) {
            if count > 0 && terms.fail_on.fails(status) {
                fail(1, format!("{} {}", plural(count, "finding"), status.as_str()));
            }
        }
    }
    let limit = terms.within_days.map_or(-1, i64::from);
    for ((days, on, status), &count) in counts.ahead.iter().filter(|((days, _, _), _)| *days <= limit) {
        let becomes = if count == 1 { "becomes" } else { "become" };
        fail(1, format!("{} {becomes} {} on {on}, {}", plural(count, "finding"), status.as_str(), from_now(*days)));
    }
    if !terms.allow_unread {
        if counts.unread > 0 {
            fail(3, format!("{} could not be read", plural(counts.unread, "entry")));
        }
        if counts.unidentified > 0 {
            fail(3, format!("{} with no usable name", plural(counts.unidentified, "row")));
        }
    }
    if counts.items == 0 && (counts.unread == 0 || terms.allow_unread) {
        fail(3, "nothing to evaluate".to_owned());
    }
    Gate {
        fail_on: terms.fail_on.words(),
        allow_unread: terms.allow_unread,
        fail_on_new: terms.only_new,
        fail_within_days: terms.within_days,
        failed: exit_code != 0,
        exit_code,
        reasons,
    }
}

/// Returns what a change since the baseline is, in words.
fn since(change: Change) -> &'static str {
    match change {
        Change::New => "new since the baseline",
        Change::Worse => "worse than in the baseline",
        Change::Due => "due since the baseline",
        Change::Known => "known to the baseline",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(fail_on: &str) -> GateTerms {
        GateTerms { fail_on: FailOn::parse(fail_on).expect("statuses"), ..GateTerms::default() }
    }

    #[test]
    fn one_status_means_that_and_worse_and_several_mean_just_those() {
        let one = FailOn::parse("no-updates").expect("status");
        assert!(one.fails(Status::Banned) && one.fails(Status::NoUpdates) && !one.fails(Status::NoSale));
        let two = FailOn::parse("no-sale, review").expect("statuses");
        assert!(!two.fails(Status::Banned) && two.fails(Status::NoSale) && two.fails(Status::Review));
        assert_eq!(FailOn::parse("no-sael"), Err("no-sael".to_owned()));
        assert_eq!(FailOn::parse("clear"), Err("clear".to_owned()));
        assert!(!FailOn::parse("never").expect("word").fails(Status::Banned));
    }

    #[test]
    fn the_exit_code_is_that_of_the_gravest_reason_and_all_are_listed() {
        let counts = Counts { findings: [1, 0, 2, 0, 0, 5], unread: 1, items: 9, ..Counts::default() };
        let gate = decide(&GateTerms { too_old: Some("rules are 400 days old".into()), ..terms("no-sale") }, &counts);
        assert_eq!(gate.exit_code, 4);
        assert_eq!(gate.reasons, ["rules are 400 days old", "1 finding banned", "2 findings no-sale", "1 entry could not be read"]);
        assert_eq!(decide(&terms("no-sale"), &counts).exit_code, 1);
        assert_eq!(decide(&terms("never"), &counts).exit_code, 3);
        assert_eq!(decide(&GateTerms { allow_unread: true, ..terms("never") }, &counts).exit_code, 0);
    }

    #[test]
    fn what_the_baseline_knows_passes_and_what_changed_fails() {
        let changed = BTreeMap::from([((Status::NoSale, Change::Due), 1), ((Status::Advisory, Change::New), 2)]);
        let counts = Counts { findings: [9, 0, 1, 0, 2, 0], changed, items: 12, ..Counts::default() };
        let gate = |fail_on: &str| decide(&GateTerms { only_new: true, ..terms(fail_on) }, &counts).reasons;
        assert_eq!(gate("no-sale"), ["1 finding no-sale, due since the baseline"]);
        assert_eq!(gate("review"), ["1 finding no-sale, due since the baseline", "2 findings advisory, new since the baseline"]);
        assert_eq!(gate("no-updates"), [""; 0]);
    }

    #[test]
    fn a_date_ahead_fails_within_its_period() {
        let ahead = BTreeMap::from([((30, "2024-09-29".to_owned(), Status::NoUpdates), 2)]);
        let counts = Counts { ahead, items: 2, ..Counts::default() };
        let gate = |days: u32| decide(&GateTerms { within_days: Some(days), ..terms("no-sale") }, &counts);
        assert_eq!((gate(29).exit_code, gate(30).exit_code), (0, 1));
        assert_eq!(gate(30).reasons, ["2 findings become no-updates on 2024-09-29, in 30 days"]);
        assert_eq!(decide(&terms("no-sale"), &counts).exit_code, 0);
    }

    #[test]
    fn nothing_is_not_a_pass() {
        assert_eq!(decide(&terms("no-sale"), &Counts::default()).exit_code, 3);
        assert_eq!(decide(&GateTerms { allow_unread: true, ..terms("no-sale") }, &Counts::default()).exit_code, 3);
    }
}
