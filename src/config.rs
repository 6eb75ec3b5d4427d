//! The configuration file `interdict.toml`, as written and as checked.
//!
//! Finding the file is the binary's business; here it is read strictly, so that a typo is a
//! diagnostic and never a setting that silently does nothing.

mod inventories;
mod notices;
mod problems;
mod profiles;
mod scheduled;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::diag::{Code, Diagnostic, Diagnostics, Place, SourceId};
use crate::gate::FailOn;
use crate::inventory::Profile;
use crate::notice::Plan;
use crate::pack::file::At;
use crate::pack::strict;
use crate::pack::words::Kind;

pub use inventories::{Inventories, InventoryRow};
pub use notices::{KindWord, NoticesRow, RecipientRow, masked};
pub use profiles::{DatesWord, FieldRow, FieldsRow, ProfileRow};
pub use scheduled::{HistoryRow, LogWord, RunRow, Scheduled};

/// `interdict.toml` as written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "interdict configuration")]
pub struct ConfigFile {
    /// Version of this schema: 1.
    pub schema: Option<At<i64>>,
    /// Who you are.
    pub organisation: OrganisationRow,
    /// How inventories are checked.
    pub check: CheckRow,
    /// Which rules are used.
    pub rules: RulesRow,
    /// Headers of your own exports: field = header.
    pub columns: BTreeMap<String, At<String>>,
    /// How your own exports are read, by the names of the files.
    pub profiles: Vec<ProfileRow>,
    /// The same, checked.
    #[serde(skip)]
    pub read_profiles: Vec<Profile>,
    /// What a scheduled run reads.
    pub inventories: Vec<InventoryRow>,
    /// The same, checked.
    #[serde(skip)]
    pub read_inventories: Vec<Inventories>,
    /// Where past runs are kept.
    pub history: HistoryRow,
    /// How a scheduled run goes.
    pub run: RunRow,
    /// Both, checked.
    #[serde(skip)]
    pub scheduled: Scheduled,
    /// Who is told when something changed.
    pub notices: NoticesRow,
    /// The same, checked.
    #[serde(skip)]
    pub plan: Plan,
    /// Answers to conditions that no inventory holds, as the rules word them.
    pub conditions: BTreeMap<String, bool>,
}

/// Who you are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct OrganisationRow {
    /// Jurisdictions the organisation is of, as codes.
    pub jurisdictions: Vec<At<String>>,
    /// Audiences it belongs to.
    pub audiences: Vec<At<String>>,
}

/// How inventories are checked.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CheckRow {
    /// Place of rows that name none, as a code.
    pub location: Option<At<String>>,
    /// Dates at most so far ahead are listed as deadlines, such as `90d`.
    pub horizon: Option<At<String>>,
    /// Statuses that fail the run, as for `--fail-on`.
    pub fail_on: Option<At<String>>,
    /// Whether rows that cannot be read are accepted.
    pub allow_unread: Option<bool>,
    /// Kinds of act that are left out, such as `vendor-exit`.
    pub ignore_kinds: Vec<Kind>,
    /// Waiver file, relative to the configuration.
    pub waivers: Option<At<String>>,
    /// Longest time a waiver may run from today on, in days; default 365.
    pub max_waiver_days: Option<At<i64>>,
    /// Baseline, as for `--baseline`, relative to the configuration.
    pub baseline: Option<At<String>>,
    /// Whether only what is new, worse or due since the baseline fails the run.
    pub fail_on_new: Option<bool>,
    /// Changes of status at most so far ahead fail the run as well, such as `30d`.
    pub fail_within: Option<At<String>>,
    /// List of machines with their places and owners, as for `--assets`, relative to the configuration.
    pub assets: Option<At<String>>,
    /// Outputs, as for `--output`.
    pub outputs: Vec<At<String>>,
}

/// Which rules are used.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RulesRow {
    /// Files and folders of your own, relative to the configuration.
    pub paths: Vec<At<String>>,
    /// Whether the shipped rules are used; default true.
    pub builtin: Option<bool>,
    /// Rules older than this end the run with exit code 4, such as `365d`.
    pub max_age: Option<At<String>>,
}

/// Reads a configuration. Every problem goes to `diagnostics`.
pub fn read(text: &str, source: SourceId, diagnostics: &mut Diagnostics) -> Option<ConfigFile> {
    let mut config: ConfigFile = strict::read(text, source, diagnostics)?;
    config.read_profiles = config.profiles.iter().filter_map(|row| profiles::check(row, source, diagnostics)).collect();
    config.read_inventories = config.inventories.iter().filter_map(|row| inventories::check(row, source, diagnostics)).collect();
    config.scheduled = scheduled::check(&config.history, &config.run, source, diagnostics);
    config.plan = notices::check(&config.notices, source, diagnostics);
    let mut problem = |code, at: &At<String>, message: String, help: &str| {
        diagnostics.push(Diagnostic::error(code, message).at(Place::span(source, at.span())).help(help));
    };
    for period in [&config.check.horizon, &config.check.fail_within, &config.rules.max_age].into_iter().flatten() {
        if parse_period(period).is_none() {
            problem(
                Code::InvalidConfiguration,
                period,
                format!("`{}` is no period", strict::cut(period)),
                "write days, weeks, months or years: 90d, 12w, 3m, 1y",
            );
        }
    }
    if let Some(at) = &config.check.fail_on
        && let Err(word) = FailOn::parse(at)
    {
        problem(
            Code::UnknownValue,
            at,
            format!("unknown status `{}`", strict::cut(&word)),
            "statuses: banned, no-updates, no-sale, upcoming, advisory, review; or never",
        );
    }
    if let Some(days) = config.check.max_waiver_days.as_ref().filter(|days| !(1..=3_650).contains(days.get())) {
        let message = format!("`max-waiver-days` is {}", **days);
        diagnostics.push(
            Diagnostic::error(Code::InvalidConfiguration, message)
                .at(Place::span(source, days.span()))
                .help("write a number of days from 1 to 3650"),
        );
    }
    if let Some(schema) = config.schema.as_ref().filter(|schema| ***schema != 1) {
        let place = Place::span(source, schema.span());
        diagnostics.push(
            Diagnostic::error(Code::UnsupportedSchema, format!("schema {} is not known", **schema))
                .at(place)
                .help("this program reads schema = 1"),
        );
    }
    (!diagnostics.has_errors()).then_some(config)
}

/// Reads a period such as `90d`, `12w`, `3m` (of 30 days) or `1y` (of 365 days).
#[must_use]
pub fn parse_period(text: &str) -> Option<TimeDelta> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let count: i64 = text[..digits].parse().ok()?;
    let days = match &text[digits..] {
        "d" | "" => 1,
        "w" => 7,
        "m" => 30,
        "y" => 365,
        _ => return None,
    };
    count.checked_mul(days).filter(|days| *days <= 36_500).and_then(TimeDelta::try_days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;

    #[test]
    fn periods_have_units() {
        assert_eq!(parse_period("90d"), TimeDelta::try_days(90));
        assert_eq!(parse_period("90"), TimeDelta::try_days(90));
        assert_eq!(parse_period("2w"), TimeDelta::try_days(14));
        for text in ["", "d", "9h", "-1d", "99999999999999999999d", "1000y", "９d"] {
            assert_eq!(parse_period(text), None, "{text}");
        }
    }

    #[test]
    fn typos_are_named() {
        let text = "[organisation]\njurisdiction = ['US']\n[check]\nfail-on = 'no-sael'\n";
        let mut sources = Sources::default();
        let id = sources.add("interdict.toml", text);
        let mut diagnostics = Diagnostics::default();
        assert!(read(text, id, &mut diagnostics).is_none());
        let first = diagnostics.iter().next().expect("one");
        assert_eq!((first.code, first.help.as_deref()), (Code::UnknownKey, Some("did you mean `jurisdictions`?")));
    }
}
