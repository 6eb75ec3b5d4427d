//! The gate: whether a run passes, and with which exit code.

use crate::model::Status;
use crate::report::{Gate, plural};

/// What fails a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateTerms {
    /// Which statuses fail it.
    pub fail_on: FailOn,
    /// Whether rows and files that could not be read are accepted.
    pub allow_unread: bool,
    /// Whether the rule data is older than allowed, and by what it was said.
    pub too_old: Option<String>,
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
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Findings that are not waived, by status, worst first.
    pub findings: [u64; 6],
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
    for (status, &count) in Status::ALL.into_iter().zip(&counts.findings) {
        if count > 0 && terms.fail_on.fails(status) {
            fail(1, format!("{} {}", plural(count, "finding"), status.as_str()));
        }
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
    Gate { fail_on: terms.fail_on.words(), allow_unread: terms.allow_unread, failed: exit_code != 0, exit_code, reasons }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(fail_on: &str) -> GateTerms {
        GateTerms { fail_on: FailOn::parse(fail_on).expect("statuses"), allow_unread: false, too_old: None }
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
        let counts = Counts { findings: [1, 0, 2, 0, 0, 5], unread: 1, unidentified: 0, items: 9 };
        let gate = decide(&GateTerms { too_old: Some("rules are 400 days old".into()), ..terms("no-sale") }, &counts);
        assert_eq!(gate.exit_code, 4);
        assert_eq!(gate.reasons, ["rules are 400 days old", "1 finding banned", "2 findings no-sale", "1 entry could not be read"]);
        assert_eq!(decide(&terms("no-sale"), &counts).exit_code, 1);
        assert_eq!(decide(&terms("never"), &counts).exit_code, 3);
        assert_eq!(decide(&GateTerms { allow_unread: true, ..terms("never") }, &counts).exit_code, 0);
    }

    #[test]
    fn nothing_is_not_a_pass() {
        assert_eq!(decide(&terms("no-sale"), &Counts::default()).exit_code, 3);
        assert_eq!(decide(&GateTerms { allow_unread: true, ..terms("no-sale") }, &Counts::default()).exit_code, 3);
    }
}
