//! Changes to the text of a waiver file: one entry more, or a later last day. Everything else of the
//! text, with its comments and its order, stays byte for byte.

use std::fmt::Write as _;

use chrono::NaiveDate;

use super::WaiverFile;
use crate::diag::{Diagnostics, SourceId};
use crate::pack::strict;

/// What a waiver file begins with.
const START: &str = "# Findings that somebody answers for, until a day; and decisions about possible matches.\n\
                     # `interdict schema waivers` prints the schema.\nschema = 1\n";

/// Which table an entry is added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `[[waivers]]`
    Waivers,
    /// `[[decisions]]`
    Decisions,
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A day.
    Day(NaiveDate),
    /// Yes or no.
    Bool(bool),
}

/// Returns the text with an entry at its end; the keys come in the order given. Without a text, that
/// of a new file.
#[must_use]
pub fn with_entry(text: Option<&str>, table: Table, keys: &[(&str, Value)]) -> String {
    let text = text.unwrap_or(START);
    let name = match table {
        Table::Waivers => "waivers",
        Table::Decisions => "decisions",
    };
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut entry = format!("[[{name}]]\n");
    for (key, value) in keys {
        let value = match value {
            // The writer of TOML knows every escape.
            Value::Text(text) => toml::Value::String(text.clone()).to_string(),
            Value::Day(day) => day.to_string(),
            Value::Bool(yes) => yes.to_string(),
        };
        let _ = writeln!(entry, "{key} = {value}");
    }
    let mut whole = text.to_owned();
    if !whole.is_empty() && !whole.ends_with('\n') {
        whole += newline;
    }
    if !whole.is_empty() {
        whole += newline;
    }
    whole + &entry.replace('\n', newline)
}

/// Returns the text in which the waiver of that number, from 1, ends on another day. `None`: the file
/// cannot be read, or has no such waiver.
#[must_use]
pub fn with_until(text: &str, source: SourceId, number: usize, until: NaiveDate) -> Option<String> {
    let file: WaiverFile = strict::read(text, source, &mut Diagnostics::default())?;
    let span = file.waivers.get(number.checked_sub(1)?)?.until.span();
    Some(format!("{}{until}{}", text.get(..span.start)?, text.get(span.end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn an_entry_comes_last_and_nothing_else_changes() {
        let keys = [
            ("reason", Value::Text("a \"quote\"\\ and\u{7f}".into())),
            ("until", Value::Day(day("2026-12-31"))),
            ("is", Value::Bool(false)),
        ];
        for text in ["schema = 1 # kept\n", "schema = 1 # kept", "schema = 1 # kept\r\n"] {
            let whole = with_entry(Some(text), Table::Decisions, &keys);
            assert!(whole.starts_with(text.trim_end()), "{whole}");
            let read: toml::Table = toml::from_str(&whole).expect("is TOML");
            let entry = &read["decisions"][0];
            assert_eq!(entry["reason"].as_str(), Some("a \"quote\"\\ and\u{7f}"));
            assert_eq!((entry["until"].to_string().as_str(), entry["is"].as_bool()), ("2026-12-31", Some(false)));
            assert_eq!(whole.matches('\n').count() == whole.matches("\r\n").count(), text.contains('\r'), "{whole:?}");
        }
        assert!(with_entry(None, Table::Waivers, &keys).starts_with(START));
    }

    #[test]
    fn a_later_day_changes_its_value_only() {
        let row = |until: &str| {
            format!("[[waivers]]\nrule = 'a'\nreason='r'\nowner='o' # who\napproved-by='a'\nuntil = {until} # reviewed\n")
        };
        let text = format!("# head\nschema = 1\n{}{}", row("2026-01-31"), row("2026-02-28"));
        let source = Sources::default().add("waivers.toml", &text);
        let renewed = with_until(&text, source, 2, day("2026-12-31")).expect("is there");
        assert_eq!(renewed, format!("# head\nschema = 1\n{}{}", row("2026-01-31"), row("2026-12-31")));
        assert_eq!(with_until(&text, source, 3, day("2026-12-31")), None);
        assert_eq!(with_until(&text, source, 0, day("2026-12-31")), None);
    }
}
