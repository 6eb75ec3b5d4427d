//! From files as written to rules and entities as checked.
//!
//! Every reference, date order and identifier is looked at, and every problem is reported, each at
//! its place; a file with an error yields nothing, so that no half-understood rule is ever used. What
//! all files need stands here; each part of a file is checked in a file of its own.

mod cover;
mod dates;
mod entity;
mod event;
mod identifier;
mod measure;
mod registry;
mod rule;
mod test;
mod word;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::diag::{Code, Diagnostic, Diagnostics, Place, SourceId, Sources};
use crate::model::Zone;
use crate::pack::file::At;
use crate::pack::strict::cut;

/// The ids that files may refer to.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Entities.
    pub entities: BTreeSet<String>,
    /// Products, over all entities.
    pub products: BTreeSet<String>,
    /// The entity of each product.
    pub makers: BTreeMap<String, String>,
    /// Categories.
    pub categories: BTreeSet<String>,
    /// Audiences.
    pub audiences: BTreeSet<String>,
    /// Jurisdictions and groups, with their zone.
    pub jurisdictions: BTreeMap<String, Option<Zone>>,
    /// Rules.
    pub rules: BTreeSet<String>,
    /// Ids of entities by their folded names: what somebody writes who does not know the id.
    pub entity_names: BTreeMap<String, String>,
    /// Ids of products by their folded names.
    pub product_names: BTreeMap<String, String>,
    /// Codes of places by their folded names.
    pub place_names: BTreeMap<String, String>,
}

/// Checks the files of one source.
pub struct Checker<'a> {
    known: &'a Known,
    sources: &'a Sources,
    source: SourceId,
    /// Path relative to the pack, with forward slashes.
    file: &'a str,
    /// Whether the file belongs to the shipped pack, whose layout is fixed.
    shipped: bool,
    /// Zone in which dates are compared: that of the rule, once it is known.
    zone: Zone,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Checker<'a> {
    /// Returns a checker of one file.
    pub fn new(
        known: &'a Known,
        sources: &'a Sources,
        source: SourceId,
        file: &'a str,
        shipped: bool,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Self { known, sources, source, file, shipped, zone: Zone::UTC, diagnostics }
    }

    fn error(&mut self, code: Code, span: Range<usize>, message: impl Into<String>, help: impl Into<Option<String>>) {
        let mut diagnostic = Diagnostic::error(code, message).at(Place::span(self.source, span));
        diagnostic.help = help.into();
        self.diagnostics.push(diagnostic);
    }

    /// Names the file: a shipped one by its place in the pack, a user's as it was given.
    fn shown(&self) -> String {
        if self.shipped { self.file.to_owned() } else { self.sources.name(self.source).to_owned() }
    }

    fn errors(&self) -> usize {
        self.diagnostics.count(crate::diag::Severity::Error)
    }

    fn schema(&mut self, schema: &At<i64>) {
        if **schema != 1 {
            self.error(
                Code::UnsupportedSchema,
                schema.span(),
                format!("schema {} is not known", **schema),
                "this program reads schema = 1".to_owned(),
            );
        }
    }

    fn id(&mut self, id: &At<String>) {
        if !is_id(id) {
            self.error(
                Code::InvalidId,
                id.span(),
                format!("`{}` is no id", cut(id)),
                "ids are lower-case letters and digits in words joined by hyphens".to_owned(),
            );
        }
    }

    fn https(&mut self, url: &At<String>) {
        let host = url.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        if !host.contains('.') || url.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
            self.error(
                Code::InvalidCitation,
                url.span(),
                format!("`{}` is no https address", cut(url)),
                "give the address of the official text".to_owned(),
            );
        }
    }

    fn texts(words: &[At<String>]) -> Vec<String> {
        words.iter().map(|word| word.get().clone()).collect()
    }
}

fn is_id(id: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    id.len() <= 100 && id.split('-').all(word)
}
