//! Why a check cannot be begun.

use std::io;
use std::path::PathBuf;

use super::Problem;
use crate::diag::printable;

/// Why rules cannot be loaded, or a check cannot be asked for.
///
/// What is wrong with an inventory is no error of this kind: what can be read of it is checked, and
/// [`Report::problems`](super::Report::problems) names the rest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder of rules cannot be read.
    #[error("cannot {operation} `{}`", printable(&path.to_string_lossy()))]
    #[non_exhaustive]
    UnreadableRules {
        /// What was tried.
        operation: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Something in the layered rules is wrong: every problem, errors and warnings.
    #[error("{}", told(.0))]
    WrongRules(Vec<Problem>),
    /// There are no rules to check against, and against none everything would be clear.
    #[error("there are no rules to check against")]
    NoRules,
    /// The rules know no such jurisdiction.
    #[error("unknown jurisdiction `{}`{}", printable(text), suggestion(nearest.as_deref()))]
    #[non_exhaustive]
    UnknownJurisdiction {
        /// As given.
        text: String,
        /// The code or name nearest to it, where one is near.
        nearest: Option<String>,
    },
    /// The rules know no such audience.
    #[error("unknown audience `{}`{}", printable(text), suggestion(nearest.as_deref()))]
    #[non_exhaustive]
    UnknownAudience {
        /// As given.
        text: String,
        /// The name nearest to it, where one is near.
        nearest: Option<String>,
    },
    /// A date cannot be read.
    #[error("`{}` is no date; write a day (2024-10-01) or an instant with its offset (2024-10-01T12:00:00+02:00)", printable(text))]
    #[non_exhaustive]
    InvalidDate {
        /// As given.
        text: String,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// Shows the problems one after the other.
fn told(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n\n")
}
