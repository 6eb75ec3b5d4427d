//! `[[inventories]]` of the configuration: what `interdict run` reads.

use schemars::JsonSchema;
use serde::Deserialize;

use super::problems::Problems;
use super::profiles::FieldsRow;
use crate::diag::{Code, Diagnostics, SourceId};
use crate::inventory::{Encoding, Field, FieldSource, Format};
use crate::pack::file::At;
use crate::pack::strict;

/// Inventories that a scheduled run reads, and how.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct InventoryRow {
    /// Files, folders or globs, relative to the configuration.
    pub paths: Vec<At<String>>,
    /// Format, as for `--input-format`.
    pub format: Option<At<String>>,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// Encoding of text, as for `--encoding`.
    pub encoding: Option<At<String>>,
    /// Where each field of a table comes from.
    #[serde(default)]
    pub columns: FieldsRow,
    /// Place of rows that name none, as a code or name.
    pub location: Option<At<String>>,
    /// Audience of rows that name none.
    pub audience: Option<At<String>>,
}

/// The same, checked. Places and audiences are the pack's to know.
#[derive(Clone, Debug, Default)]
pub struct Inventories {
    /// Files, folders or globs.
    pub paths: Vec<String>,
    /// Read as this format.
    pub format: Option<Format>,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// How text is written.
    pub encoding: Option<Encoding>,
    /// Where fields come from.
    pub fields: Vec<(Field, FieldSource)>,
}

/// Checks what is to be read. Every problem goes to `diagnostics`.
pub(super) fn check(row: &InventoryRow, source: SourceId, diagnostics: &mut Diagnostics) -> Option<Inventories> {
    let mut problems = Problems { source, diagnostics, count: 0 };
    if row.paths.is_empty() {
        problems.add(Code::EmptyValue, 0..0, "inventories without paths".to_owned(), "such as paths = [\"exports/*.csv\"]");
    }
    for path in &row.paths {
        if path.trim().is_empty() {
            problems.add(Code::EmptyValue, path.span(), "a path is empty".to_owned(), "a file, a folder or a glob");
        } else if path.trim() == "-" {
            let message = format!("`{}` is standard input, which a scheduled run does not have", strict::cut(path));
            problems.add(Code::InvalidConfiguration, path.span(), message, "name a file, a folder or a glob");
        }
    }
    let formats = || Format::ALL.iter().map(|format| format.name());
    let encodings = || Encoding::usual().iter().copied();
    let inventories = Inventories {
        paths: row.paths.iter().map(|path| path.get().clone()).collect(),
        format: problems.word(row.format.as_ref(), "format", Format::parse, formats),
        sheet: row.sheet.clone(),
        encoding: problems.word(row.encoding.as_ref(), "encoding", Encoding::parse, encodings),
        fields: row.columns.given().into_iter().map(|(field, row)| (field, problems.field(field, row))).collect(),
    };
    (problems.count == 0).then_some(inventories)
}
