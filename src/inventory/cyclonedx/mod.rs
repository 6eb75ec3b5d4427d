//! CycloneDX SBOMs, 1.2 to 1.7, as JSON and as XML.
//!
//! Components and services are handed on as they are met, however deep they nest; the document is
//! never held as a whole. What is kept is the graph of dependencies, for the paths of the rows
//! that the sink keeps. The component of the metadata, which the SBOM is of, is an item as well,
//! and its name and version are the asset of all rows.
//!
//! Components of every type are items: a device, a model or a data set has a maker as well as a
//! library. No items are the tools that wrote the SBOM, the ancestors of a component (`pedigree`), and
//! what a product was built with (`formulation`); a remark counts the last.
//!
//! A component becomes a row or an unread entry, never both: without a name, or with a list or an
//! object where a text belongs, it is unread. Numbers are read as text.
//!
//! `json` and `xml` walk through the document; what its words mean is said here. Both also read a
//! document that stands inside another one, as an attestation's `predicate` does in JSON.

mod json;
mod xml;

use super::clip::{clip_bytes, quote};
use super::graph::Node;
use super::json::Word;
use super::maintainer::{Named, maker};
use super::sbom::{self, Item, MOST_TEXT, Sbom};
use super::sniff::Input;
use super::{Error, Options, Reader, Refusal, Sink, Understood, Unread};
use crate::diag::Code;
use crate::model::IdentifierKind;

/// Versions of the format that are known. The first two exist as XML only.
const VERSIONS: &[&str] = &["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];

/// Reads CycloneDX SBOMs.
pub(super) struct CycloneDx;

impl Reader for CycloneDx {
    fn name(&self) -> &'static str {
        "cyclonedx"
    }

    fn description(&self) -> &'static str {
        "CycloneDX SBOM as JSON or XML, 1.2 to 1.7"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        match input.first_byte() {
            Some(b'{') => json::claims(input),
            Some(b'<') => xml::claims(input),
            _ => false,
        }
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let read = if input.first_byte() == Some(b'<') { xml::read } else { json::read };
        read(input, sink).map(|()| understood)
    }
}

/// What reading has come to.
struct Document<'s> {
    sbom: Sbom<'s>,
    /// The component of the metadata, until all of the metadata is read.
    main: Option<Item>,
    /// What says that it is CycloneDX: `bomFormat`, or the namespace.
    is_said: bool,
    unclear_dependencies: u64,
    built_with: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Component,
    Service,
    /// The component of the metadata.
    Main,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Component | Self::Main => "component",
            Self::Service => "service",
        }
    }
}

/// How a word of a component is written.
#[derive(Clone, Copy)]
enum Shape {
    /// A text.
    Text,
    /// An organisation: something with a name.
    Party,
    /// A person or organisation, as a text.
    Person,
    /// A list of persons, of whom the first counts.
    Persons,
    /// A software identification tag, of which the id counts.
    Swid,
    /// A text that is an attribute in XML.
    Attribute,
}

/// The words of a component, as read.
#[derive(Default)]
struct Words {
    name: Word,
    version: Word,
    group: Word,
    supplier: Word,
    manufacturer: Word,
    publisher: Word,
    author: Word,
    authors: Word,
    purl: Word,
    cpe: Word,
    swid: Word,
    reference: Word,
}

/// The key of what others refer to a component by.
const REFERENCE: &str = "bom-ref";

impl Words {
    /// Returns the word for a key, and how it is written.
    fn field(&mut self, key: &str) -> Option<(&mut Word, Shape)> {
        Some(match key {
            "name" => (&mut self.name, Shape::Text),
            "version" => (&mut self.version, Shape::Text),
            "group" => (&mut self.group, Shape::Text),
            "supplier" | "provider" => (&mut self.supplier, Shape::Party),
            "manufacturer" => (&mut self.manufacturer, Shape::Party),
            "publisher" => (&mut self.publisher, Shape::Person),
            "author" => (&mut self.author, Shape::Person),
            "authors" => (&mut self.authors, Shape::Persons),
            "purl" => (&mut self.purl, Shape::Text),
            "cpe" => (&mut self.cpe, Shape::Text),
            "swid" => (&mut self.swid, Shape::Swid),
            REFERENCE => (&mut self.reference, Shape::Attribute),
            _ => return None,
        })
    }

    /// Returns the first field that holds no text.
    fn wrong(&self) -> Option<&'static str> {
        let fields = [
            ("name", &self.name),
            ("version", &self.version),
            ("group", &self.group),
            ("supplier", &self.supplier),
            ("manufacturer", &self.manufacturer),
            ("publisher", &self.publisher),
            ("author", &self.author),
            ("authors", &self.authors),
            ("purl", &self.purl),
            ("cpe", &self.cpe),
            ("swid", &self.swid),
        ];
        fields.into_iter().find(|(_, word)| **word == Word::Wrong).map(|(name, _)| name)
    }

    /// Returns who makes the component: its manufacturer, else supplier (who may distribute it only),
    /// publisher or author, else its group where that looks like a name. A group is often a package manager's namespace
    /// (`org.apache.commons`, `@angular`, `github.com/aliyun`): taken for a vendor, it would say
    /// that somebody else makes the product. What it says of the maker is in the purl as well.
    fn vendor(&self) -> String {
        let purl = self.purl.as_str();
        let named = [&self.manufacturer, &self.supplier, &self.publisher, &self.author, &self.authors];
        let named = named.into_iter().map(|word| maker(word.as_str(), Named::Any, purl)).find(|name| !name.is_empty());
        let group = Some(self.group.as_str()).filter(|group| !group.contains(['.', '/', '@', ':']));
        named.or(group).unwrap_or_default().to_owned()
    }
}

impl<'s> Document<'s> {
    fn new(sink: &'s mut dyn Sink) -> Self {
        Self { sbom: Sbom::new(sink), main: None, is_said: false, unclear_dependencies: 0, built_with: 0 }
    }

    fn is_empty(&self) -> bool {
        self.sbom.is_empty() && self.main.is_none()
    }

    fn version(&mut self, version: &str) {
        if !VERSIONS.contains(&version) {
            self.sbom.remark(format!("CycloneDX {} is not known; read as far as it is like 1.7", quote(version)));
        }
    }

    /// A component begins.
    fn open(&mut self, parent: Option<Node>) -> Node {
        self.sbom.graph.open(parent)
    }

    /// All of a component is read.
    fn close(&mut self, kind: Kind, node: Node, line: u64, mut words: Words) {
        let wrong = words.wrong();
        let vendor = words.vendor();
        let product = self.sbom.limited(words.name.take());
        let version = self.sbom.limited(words.version.take());
        let reference = words.reference.take();
        let shown = if product.is_empty() { clip_bytes(&reference, MOST_TEXT) } else { &product };
        self.sbom.graph.name(node, shown, &version, Some(reference.as_str()).filter(|text| !text.is_empty()));
        if kind == Kind::Main {
            self.sbom.graph.set_root(node);
        }
        let word = kind.word();
        if let Some(field) = wrong {
            return self.sbom.unread(Unread::at(line, format!("the {field} of the {word} is not a text")).column(field));
        }
        if product.is_empty() {
            return self.sbom.unread(Unread::at(line, format!("the {word} has no name")).column("name"));
        }
        let mut identifiers = Vec::new();
        let found = [
            (IdentifierKind::Cpe, &mut words.cpe),
            (IdentifierKind::Purl, &mut words.purl),
            (IdentifierKind::PackageId, &mut words.swid),
        ];
        for (kind, word) in found {
            let id = self.sbom.limited(word.take());
            if !id.is_empty() {
                identifiers.push((kind, id));
            }
        }
        let vendor = self.sbom.limited(vendor);
        let item = Item { node, line, vendor, product, version, identifiers };
        let before = match kind {
            Kind::Main => self.main.replace(item),
            Kind::Component | Kind::Service => Some(item),
        };
        if let Some(item) = before {
            self.sbom.item(item, "");
        }
    }

    /// The metadata is read: `supplier` is that of its component, where that names none itself.
    fn end_metadata(&mut self, supplier: Word) {
        let Some(mut main) = self.main.take() else { return };
        if main.vendor.is_empty() {
            main.vendor = self.sbom.limited(maker(supplier.as_str(), Named::Any, "").to_owned());
        }
        let asset = main.title();
        self.sbom.item(main, "");
        self.sbom.of(asset);
    }

    /// One component depends on others; `from` is none where it could not be read.
    fn depends(&mut self, from: Option<&str>, on: &[String]) {
        let Some(from) = from else {
            self.unclear_dependencies += 1;
            return;
        };
        let from = self.sbom.graph.reference(from);
        for on in on {
            let on = self.sbom.graph.reference(on);
            self.sbom.graph.depends(from, on);
        }
    }

    /// Ends the reading, however it came to an end. `lacks` is what should have said that it is CycloneDX.
    fn finish(mut self, result: Result<(), Error>, lacks: &str) -> Result<(), Error> {
        if !self.is_said && self.is_empty() {
            let reason = format!("the document does not say that it is a CycloneDX SBOM: it lacks {lacks}");
            return Err(result.map_or_else(|error| sbom::refuse(error, no_cyclonedx), |()| no_cyclonedx(reason).into()));
        }
        if !self.is_said && result.is_ok() {
            self.sbom.remark(format!("the document lacks {lacks}; read as CycloneDX for its shape"));
        }
        self.end_metadata(Word::Absent);
        if self.unclear_dependencies > 0 {
            self.sbom.remark(format!("{} of the `dependencies` could not be read", self.unclear_dependencies));
        }
        if self.built_with > 0 {
            let count = self.built_with;
            self.sbom.remark(format!(
                "`formulation` names {count} components and services that the product was built with; they are no items"
            ));
        }
        self.sbom.finish(result)
    }
}

fn no_cyclonedx(reason: impl Into<String>) -> Refusal {
    Refusal::new(Code::UnknownFormat, reason)
        .help("a CycloneDX SBOM begins with `\"bomFormat\": \"CycloneDX\"` in JSON, with `<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\">` in XML")
}

#[cfg(test)]
mod tests;
