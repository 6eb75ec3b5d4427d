//! What the readers of all SBOMs do with what they have read.
//!
//! In: components, each as a whole, what the SBOM is of, and who depends on whom. Out: rows and
//! unread entries for the sink, and at the end the path of every row that the sink keeps.
//!
//! What an SBOM is of is the asset of all its rows. Where that stands after the components, rows wait
//! for it, up to 8 MiB of them; beyond that they have no asset, and a remark says so. Texts are cut
//! after 4 KiB, and a component has at most 64 identifiers.

use super::clip::clip_bytes;
use super::graph::{Graph, Node};
use super::{Error, Kept, Refusal, Sink, Unread};
use crate::model::{IdentifierKind, Row};

/// Longest text of a component.
pub(super) const MOST_TEXT: usize = 4 * 1024;
/// So many bytes of rows wait for the asset.
const MOST_WAITING: usize = 8 * 1024 * 1024;
/// So many identifiers of a component are kept.
const MOST_IDENTIFIERS: usize = 64;

/// A component, read as a whole.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) node: Node,
    pub(super) line: u64,
    pub(super) vendor: String,
    pub(super) product: String,
    pub(super) version: String,
    pub(super) identifiers: Vec<(IdentifierKind, String)>,
}

impl Item {
    fn bytes(&self) -> usize {
        let ids: usize = self.identifiers.iter().map(|(_, id)| size_of::<(IdentifierKind, String)>() + id.len()).sum();
        size_of::<Self>() + self.vendor.len() + self.product.len() + self.version.len() + ids
    }

    /// The name that others know it by.
    pub(super) fn title(&self) -> String {
        title(&self.product, &self.version)
    }
}

/// Returns what a thing is called as an asset.
pub(super) fn title(name: &str, version: &str) -> String {
    format!("{name} {version}").trim().to_owned()
}

/// An SBOM that is being read.
pub(super) struct Sbom<'s> {
    pub(super) graph: Graph,
    sink: &'s mut dyn Sink,
    kept: Vec<(Kept, Node)>,
    /// What the rows are of, once known.
    asset: Option<String>,
    waiting: Vec<Item>,
    waiting_bytes: usize,
    /// The asset came too late for some rows.
    late: bool,
    /// Rows and unread entries that the sink has.
    handed_on: u64,
    cut: u64,
    identifiers_left: u64,
}

impl<'s> Sbom<'s> {
    pub(super) fn new(sink: &'s mut dyn Sink) -> Self {
        Self {
            graph: Graph::default(),
            sink,
            kept: Vec::new(),
            asset: None,
            waiting: Vec::new(),
            waiting_bytes: 0,
            late: false,
            handed_on: 0,
            cut: 0,
            identifiers_left: 0,
        }
    }

    pub(super) fn unread(&mut self, unread: Unread) {
        self.handed_on += 1;
        self.sink.unread(unread);
    }

    pub(super) fn remark(&mut self, remark: impl Into<String>) {
        self.sink.remark(remark.into());
    }

    /// Returns whether nothing was read so far.
    pub(super) fn is_empty(&self) -> bool {
        self.handed_on == 0 && self.waiting.is_empty()
    }

    /// Returns whether a row or an unread entry has gone to the sink.
    pub(super) fn has_handed_on(&self) -> bool {
        self.handed_on > 0
    }

    /// Returns the name and version of a component that still waits for the asset.
    pub(super) fn waiting_title(&self, node: Node) -> Option<String> {
        self.waiting.iter().find(|item| item.node == node).map(Item::title)
    }

    /// Hands a component on, or lets it wait for the asset. `otherwise` is the asset where waiting
    /// takes too much.
    pub(super) fn item(&mut self, item: Item, otherwise: &str) {
        if self.asset.is_some() {
            return self.give(&item);
        }
        self.waiting_bytes += item.bytes();
        self.waiting.push(item);
        if self.waiting_bytes > MOST_WAITING {
            self.late = otherwise.is_empty();
            self.release(otherwise.to_owned());
        }
    }

    /// Names the asset, where none is named yet, and hands on what waited for it.
    pub(super) fn of(&mut self, asset: String) {
        if self.asset.is_none() {
            self.release(asset);
        }
    }

    fn release(&mut self, asset: String) {
        self.asset = Some(asset);
        self.waiting.sort_by_key(|item| item.line);
        for item in std::mem::take(&mut self.waiting) {
            self.give(&item);
        }
    }

    fn give(&mut self, item: &Item) {
        self.handed_on += 1;
        self.identifiers_left += item.identifiers.len().saturating_sub(MOST_IDENTIFIERS) as u64;
        let identifiers: Vec<_> = item.identifiers.iter().take(MOST_IDENTIFIERS).map(|(kind, id)| (*kind, id.as_str())).collect();
        let row = Row {
            vendor: &item.vendor,
            product: &item.product,
            version: &item.version,
            identifiers: &identifiers,
            asset: self.asset.as_deref().unwrap_or_default(),
            quantity: 1,
            line: item.line,
            ..Row::default()
        };
        if let Some(kept) = self.sink.row(&row) {
            self.kept.push((kept, item.node));
        }
    }

    /// Cuts a text that is too long to be any name.
    pub(super) fn limited(&mut self, mut text: String) -> String {
        let end = clip_bytes(&text, MOST_TEXT).len();
        if end < text.len() {
            text.truncate(end);
            self.cut += 1;
        }
        text
    }

    /// Ends the reading: what waits is handed on, and every kept row gets its path. A break is an
    /// unread entry.
    pub(super) fn finish(mut self, result: Result<(), Error>) -> Result<(), Error> {
        let failure = match result {
            Err(Error::Broken(unread)) => {
                self.unread(unread);
                None
            }
            other => other.err(),
        };
        if self.asset.is_none() {
            self.release(String::new());
        }
        if self.late {
            self.sink.remark("what the SBOM is of stands after its components; rows before it have no asset".to_owned());
        }
        if self.cut > 0 {
            self.sink.remark(format!("texts of more than {MOST_TEXT} bytes were cut ({} of them)", self.cut));
        }
        if self.identifiers_left > 0 {
            let left = self.identifiers_left;
            self.sink.remark(format!("{left} identifiers of components with more than {MOST_IDENTIFIERS} were left out"));
        }
        self.kept.retain(|&(kept, _)| self.sink.is_kept(kept));
        if !self.kept.is_empty() {
            if self.graph.is_partial() {
                self.sink
                    .remark("the SBOM states more dependencies than can be followed; paths may be longer than need be".to_owned());
            }
            let paths = self.graph.paths();
            for (kept, node) in self.kept {
                self.sink.path(kept, paths.of(node));
            }
        }
        failure.map_or(Ok(()), Err)
    }
}

/// Turns a break into a refusal, for a file of which nothing was recognised before.
pub(super) fn refuse(error: Error, refusal: impl FnOnce(String) -> Refusal) -> Error {
    match error {
        Error::Broken(unread) => {
            let refusal = refusal(unread.reason);
            match unread.line {
                Some(line) => refusal.line(line).into(),
                None => refusal.into(),
            }
        }
        other => other,
    }
}
