//! `[history]` and `[run]` of the configuration: where scheduled runs are kept, and how they run.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Deserialize;

use super::parse_period;
use super::problems::Problems;
use crate::diag::{Code, Diagnostics, SourceId};
use crate::pack::file::At;
use crate::pack::strict;

/// Where past runs are kept.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct HistoryRow {
    /// Database, relative to the configuration; default: `interdict-history.db`.
    pub path: Option<At<String>>,
    /// Reports older than this are pruned after each run, such as `5y`; default: never.
    pub keep: Option<At<String>>,
}

/// How a scheduled run goes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RunRow {
    /// Outputs, as for `--output`, files relative to the configuration; default: those of `check`.
    pub outputs: Vec<At<String>>,
    /// So many seconds a run waits for another one to end; default: 60.
    pub wait_seconds: Option<At<i64>>,
    /// Log to standard error as `text` or `json`; default: none.
    pub log: Option<At<LogWord>>,
}

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogWord {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The same, checked.
#[derive(Clone, Debug, Default)]
pub struct Scheduled {
    /// Reports older than this are pruned after each run.
    pub keep: Option<TimeDelta>,
    /// So many seconds a run waits for another one to end.
    pub wait_seconds: Option<u64>,
}

/// A run waits for another one no longer than a day.
const LONGEST_WAIT: u64 = 86_400;

/// Checks both. Every problem goes to `diagnostics`.
pub(super) fn check(history: &HistoryRow, run: &RunRow, source: SourceId, diagnostics: &mut Diagnostics) -> Scheduled {
    let mut problems = Problems { source, diagnostics, count: 0 };
    if let Some(path) = history.path.as_ref().filter(|path| path.trim().is_empty()) {
        problems.add(Code::EmptyValue, path.span(), "the history has no name".to_owned(), "such as path = \"history.db\"");
    }
    let keep = history.keep.as_ref().and_then(|text| {
        let period = parse_period(text).filter(|period| *period > TimeDelta::zero());
        if period.is_none() {
            let message = format!("`{}` is no period", strict::cut(text));
            problems.add(Code::InvalidConfiguration, text.span(), message, "write days, weeks, months or years: 90d, 12w, 3m, 5y");
        }
        period
    });
    let wait_seconds = run.wait_seconds.as_ref().and_then(|seconds| {
        let wait = u64::try_from(**seconds).ok().filter(|wait| *wait <= LONGEST_WAIT);
        if wait.is_none() {
            let message = format!("a run cannot wait for {} seconds", **seconds);
            problems.add(Code::InvalidConfiguration, seconds.span(), message, "0 to 86400; 0 does not wait at all");
        }
        wait
    });
    Scheduled { keep, wait_seconds }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;

    fn read(text: &str) -> Result<crate::config::ConfigFile, Vec<(Code, Option<String>)>> {
        let mut sources = Sources::default();
        let id = sources.add("interdict.toml", text);
        let mut diagnostics = Diagnostics::default();
        let config = crate::config::read(text, id, &mut diagnostics);
        config.ok_or_else(|| diagnostics.iter().map(|one| (one.code, one.help.clone())).collect())
    }

    #[test]
    fn what_a_run_needs_is_read() {
        let text = "[[inventories]]\npaths = ['exports/*.csv']\nformat = 'csv'\nlocation = 'US'\n\
            columns.product.column = 'Title'\n[history]\nkeep = '5y'\n[run]\nwait-seconds = 0\nlog = 'json'\n";
        let config = read(text).expect("is right");
        assert_eq!(config.read_inventories.len(), 1);
        assert_eq!(config.read_inventories[0].fields.len(), 1);
        assert_eq!((config.scheduled.keep, config.scheduled.wait_seconds), (TimeDelta::try_days(1825), Some(0)));
    }

    #[test]
    fn each_mistake_is_told_with_help() {
        for (text, code, help) in [
            ("[[inventories]]\npaths = []\n", Code::EmptyValue, "such as paths"),
            ("[[inventories]]\npaths = ['']\n", Code::EmptyValue, "a file, a folder"),
            ("[[inventories]]\npaths = ['-']\n", Code::InvalidConfiguration, "name a file"),
            ("[[inventories]]\npath = ['a']\n", Code::UnknownKey, "did you mean `paths`?"),
            ("[[inventories]]\npaths = ['a']\nformat = 'cvs'\n", Code::UnknownValue, "did you mean `csv`?"),
            ("[history]\nkeep = '0d'\n", Code::InvalidConfiguration, "write days"),
            ("[history]\nkeep = 'ever'\n", Code::InvalidConfiguration, "write days"),
            ("[history]\npath = ' '\n", Code::EmptyValue, "such as path"),
            ("[run]\nwait-seconds = -1\n", Code::InvalidConfiguration, "0 to 86400"),
            ("[run]\nlog = 'xml'\n", Code::UnknownValue, ""),
        ] {
            let problems = read(text).map(drop).expect_err(text);
            let found = problems.iter().any(|(is, told)| *is == code && told.as_deref().unwrap_or_default().starts_with(help));
            assert!(found, "{text}: {problems:?}");
        }
    }
}
