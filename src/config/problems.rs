//! What is wrong with the words of the configuration: what its parts check alike.

use super::profiles::FieldRow;
use crate::diag::{Code, Diagnostic, Diagnostics, Place, SourceId, nearest};
use crate::inventory::{Field, FieldSource};
use crate::pack::file::At;
use crate::pack::strict;

/// What is wrong with a part of the configuration.
pub(super) struct Problems<'d> {
    pub(super) source: SourceId,
    pub(super) diagnostics: &'d mut Diagnostics,
    /// How many there are.
    pub(super) count: usize,
}

impl Problems<'_> {
    pub(super) fn add(&mut self, code: Code, span: std::ops::Range<usize>, message: String, help: &str) {
        self.count += 1;
        self.diagnostics.push(Diagnostic::error(code, message).at(Place::span(self.source, span)).help(help));
    }

    /// Reads a word of a list.
    pub(super) fn word<T, I: Iterator<Item = &'static str>>(
        &mut self,
        text: Option<&At<String>>,
        what: &str,
        read: impl FnOnce(&str) -> Option<T>,
        known: impl Fn() -> I,
    ) -> Option<T> {
        let text = text?;
        let found = read(text);
        if found.is_none() {
            let help = match nearest(text.trim(), known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}", known().collect::<Vec<_>>().join(", ")),
            };
            self.add(Code::UnknownValue, text.span(), format!("unknown {what} `{}`", strict::cut(text)), &help);
        }
        found
    }

    pub(super) fn delimiter(&mut self, text: Option<&At<String>>) -> Option<u8> {
        let text = text?;
        match text.as_bytes() {
            [byte] if !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\r' | b'\n' | b' ') => Some(*byte),
            _ => {
                let message = format!("`{}` cannot part columns", strict::cut(text));
                self.add(Code::InvalidConfiguration, text.span(), message, "one character, such as \";\", \"|\" or \"\\t\"");
                None
            }
        }
    }

    pub(super) fn field(&mut self, field: Field, row: &At<FieldRow>) -> FieldSource {
        let columns: Vec<&At<String>> = row.column.iter().chain(&row.columns).collect();
        for column in &columns {
            if column.trim().is_empty() {
                self.add(
                    Code::EmptyValue,
                    column.span(),
                    format!("the column of `{field}` has no name"),
                    "a header, or a number: \"#1\"",
                );
            }
        }
        if row.column.is_some() && !row.columns.is_empty() {
            let message = format!("`{field}` has both `column` and `columns`");
            self.add(Code::InvalidConfiguration, row.span(), message, "keep one of the two");
        } else if row.join.is_some() && row.columns.len() < 2 {
            let message = format!("`join` of `{field}` puts nothing together");
            self.add(Code::InvalidConfiguration, row.span(), message, "name several `columns`, or leave `join` out");
        } else if columns.is_empty() && row.default.is_none() {
            let message = format!("`{field}` has neither a column nor a default");
            self.add(Code::EmptyValue, row.span(), message, "give `column`, `columns` or `default`");
        }
        FieldSource {
            columns: columns.iter().map(|column| column.get().clone()).collect(),
            join: row.join.clone().unwrap_or_else(|| " ".to_owned()),
            default: row.default.as_ref().map(|text| text.trim().to_owned()).unwrap_or_default(),
        }
    }
}
