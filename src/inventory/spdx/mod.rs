//! SPDX SBOMs: 2.0 to 2.3 as JSON, YAML, XML, tag-value and RDF/XML, and 3.0 as JSON-LD.
//!
//! Packages are items; files and snippets are not, and where a document has nothing else, a remark
//! says so. Everything is handed on as it is met; what is kept is the graph of relationships, for the
//! paths of the rows that the sink keeps.
//!
//! The asset of all rows is the package that the document describes, where it describes one, else the
//! name of the document. What is described is often said at the end, so rows wait for it (`sbom`).
//!
//! Who makes a package is its originator, else its supplier, an organisation before a person; SPDX
//! means by a supplier whoever distributes it. Other documents that this one refers to are not read,
//! and a remark says so.
//!
//! A package becomes a row or an unread entry, never both. `json`, `tag`, `rdf` and `xml` walk through
//! a document; what its words mean is said here. A document may stand inside another one: an
//! attestation's `predicate`, a forge's `sbom`, a builder's `SPDX`.

mod json;
mod rdf;
mod tag;
mod three;
mod xml;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::rc::Rc;

use super::clip::{clip_bytes, quote};
use super::graph::Reference;
use super::maintainer::{Named, maker};
use super::sbom::{self, Item, MOST_TEXT, Sbom, title};
use super::sniff::Input;
use super::{Error, Options, Reader, Refusal, Sink, Understood, Unread};
use crate::diag::Code;
use crate::model::IdentifierKind;

/// Versions of the format that are known; of 3, all that begin so.
const VERSIONS: &[&str] = &["SPDX-2.0", "SPDX-2.1", "SPDX-2.2", "SPDX-2.3", "3.0"];
/// So many packages that a document describes are kept.
const MOST_DESCRIBED: usize = 1000;

/// Reads SPDX SBOMs.
pub(super) struct Spdx;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Json,
    JsonLd,
    Yaml,
    Tag,
    Rdf,
    Xml,
}

impl Writing {
    fn of(input: &Input<'_>) -> Option<Self> {
        let holds = |text| input.head_holds(text);
        match input.first_byte()? {
            b'{' if three::claims(input) => Some(Self::JsonLd),
            b'{' => (holds("\"spdxVersion\"") || holds("\"SPDXID\"")).then_some(Self::Json),
            b'<' if rdf::claims(input) => Some(Self::Rdf),
            b'<' => xml::claims(input).then_some(Self::Xml),
            _ => {
                let begins = |begin: &str| {
                    let lines = input.head.split(|byte| matches!(byte, b'\n' | b'\r'));
                    lines.map(<[u8]>::trim_ascii_start).any(|line| line.starts_with(begin.as_bytes()))
                };
                if begins("SPDXVersion:") || (begins("SPDXID: SPDXRef-") && begins("PackageName:")) {
                    return Some(Self::Tag);
                }
                let is_yaml = ["spdxVersion:", "\"spdxVersion\":", "'spdxVersion':"].into_iter().any(begins);
                is_yaml.then_some(Self::Yaml)
            }
        }
    }
}

impl Reader for Spdx {
    fn name(&self) -> &'static str {
        "spdx"
    }

    fn description(&self) -> &'static str {
        "SPDX SBOM, 2.0 to 2.3 as JSON, YAML, XML, tag-value or RDF/XML, 3.0 as JSON-LD"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        Writing::of(input).is_some()
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let writing = Writing::of(&input).or_else(|| match input.first_byte() {
            Some(b'{' | b'[') => Some(Writing::Json),
            _ => None,
        });
        let read = match writing {
            Some(Writing::Json) => json::read,
            Some(Writing::JsonLd) => three::read,
            Some(Writing::Yaml) => json::read_yaml,
            Some(Writing::Tag) => tag::read,
            Some(Writing::Rdf) => rdf::read,
            Some(Writing::Xml) => xml::read,
            None => return Err(no_spdx("nothing in the first bytes says that it is an SPDX document").into()),
        };
        read(input, sink).map(|()| understood)
    }
}

/// The words of a package, as read.
#[derive(Default)]
struct Words {
    /// What others refer to it by.
    id: String,
    name: String,
    version: String,
    supplier: String,
    originator: String,
    /// External references by type and locator.
    references: Vec<(String, String)>,
    /// The first field that holds no text.
    wrong: Option<&'static str>,
}

/// What reading has come to.
struct Document<'s> {
    sbom: Sbom<'s>,
    name: String,
    /// Something says that it is SPDX.
    is_said: bool,
    packages: u64,
    files: u64,
    described: Vec<Reference>,
    /// References to other documents, by the name these go by here.
    others: BTreeSet<String>,
    unclear_relationships: u64,
}

/// What a relationship says of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    /// One has, or needs, the other.
    Depends,
    /// The other has, or needs, the one.
    Serves,
    /// The document is of it.
    Describes,
    /// The same, the other way round.
    Described,
    /// Nothing that makes a path.
    Other,
}

impl Relation {
    /// Reads the type of a relationship, in the spelling of any version: `DEPENDS_ON`, `dependsOn`,
    /// `relationshipType_dependsOn` at the end of an address.
    fn read(text: &str) -> Self {
        let text = text.rsplit(['/', '#']).next().unwrap_or_default();
        let text = text.strip_prefix("relationshipType_").unwrap_or(text);
        let folded: String = text.chars().filter(|letter| *letter != '_').map(|letter| letter.to_ascii_lowercase()).collect();
        match folded.as_str() {
            "contains"
            | "dependson"
            | "staticlink"
            | "dynamiclink"
            | "hasstaticlink"
            | "hasdynamiclink"
            | "hasprerequisite"
            | "generatedfrom"
            | "hasoptionalcomponent"
            | "hasoptionaldependency"
            | "hasprovideddependency"
            | "usestool" => Self::Depends,
            "containedby"
            | "dependencyof"
            | "builddependencyof"
            | "devdependencyof"
            | "optionaldependencyof"
            | "provideddependencyof"
            | "testdependencyof"
            | "runtimedependencyof"
            | "optionalcomponentof"
            | "prerequisitefor"
            | "generates"
            | "buildtoolof"
            | "devtoolof"
            | "testtoolof"
            | "packageof" => Self::Serves,
            // Some tools leave out the last letter.
            "describes" | "describe" => Self::Describes,
            "describedby" => Self::Described,
            _ => Self::Other,
        }
    }
}

impl<'s> Document<'s> {
    fn new(sink: &'s mut dyn Sink) -> Self {
        let mut sbom = Sbom::new(sink);
        sbom.graph.known_only();
        Self {
            sbom,
            name: String::new(),
            is_said: false,
            packages: 0,
            files: 0,
            described: Vec::new(),
            others: BTreeSet::new(),
            unclear_relationships: 0,
        }
    }

    fn version(&mut self, version: &str) {
        if !VERSIONS.iter().any(|known| version == *known || version.strip_prefix("3.0.").is_some()) {
            self.sbom.remark(format!("SPDX version {} is not known; read as far as it is like 2.3", quote(version)));
        }
        self.is_said = true;
    }

    /// Names the document.
    fn name(&mut self, name: String) {
        if self.name.is_empty() {
            self.name = clip_bytes(said(&name), MOST_TEXT).to_owned();
        }
    }

    /// The document is of this.
    fn describes(&mut self, id: &str) {
        if self.described.len() < MOST_DESCRIBED {
            let reference = self.sbom.graph.reference(id);
            self.described.push(reference);
        }
    }

    /// The document refers to another one.
    fn other(&mut self, name: &str) {
        if self.others.len() < MOST_DESCRIBED {
            self.others.insert(clip_bytes(name, MOST_TEXT).to_owned());
        }
    }

    /// One thing is related to others.
    fn relate(&mut self, from: &str, kind: &str, to: &[String]) {
        if from.is_empty() || to.is_empty() {
            self.unclear_relationships += 1;
            return;
        }
        let relation = Relation::read(kind);
        for to in to {
            match relation {
                Relation::Describes => self.describes(to),
                Relation::Described => self.describes(from),
                Relation::Depends | Relation::Serves => {
                    let (one, other) = if relation == Relation::Depends { (from, to.as_str()) } else { (to.as_str(), from) };
                    let (one, other) = (self.sbom.graph.reference(one), self.sbom.graph.reference(other));
                    self.sbom.graph.depends(one, other);
                }
                Relation::Other => {}
            }
        }
    }

    /// All of a package is read.
    fn package(&mut self, line: u64, mut words: Words) {
        self.packages += 1;
        let node = self.sbom.graph.open(None);
        let identifiers = self.identifiers(std::mem::take(&mut words.references));
        let purl = identifiers.iter().find(|(kind, _)| *kind == IdentifierKind::Purl).map_or("", |(_, purl)| purl.as_str());
        let vendor = vendor(&words, purl).to_owned();
        let product = self.sbom.limited(part_of(words.name, str::trim));
        let version = self.sbom.limited(part_of(words.version, said));
        let shown = if product.is_empty() { &words.id } else { &product };
        self.sbom.graph.name(node, shown, &version, Some(words.id.as_str()).filter(|id| !id.is_empty()));
        if let Some(field) = words.wrong {
            return self.sbom.unread(Unread::at(line, format!("the {field} of the package is not a text")).column(field));
        }
        if product.is_empty() {
            return self.sbom.unread(Unread::at(line, "the package has no name").column("name"));
        }
        let vendor = self.sbom.limited(vendor);
        self.sbom.item(Item { node, line, vendor, product, version, identifiers }, &self.name);
    }

    fn identifiers(&mut self, references: Vec<(String, String)>) -> Vec<(IdentifierKind, String)> {
        // Not collected in place, which would have them moved to less room.
        let mut identifiers = Vec::with_capacity(references.len());
        for (kind, id) in references.into_iter().filter_map(|(kind, locator)| identifier(&kind, locator)) {
            identifiers.push((kind, self.sbom.limited(id)));
        }
        identifiers
    }

    /// The last line of a kind of file that nothing ends has no line end.
    fn no_line_end(&mut self) {
        self.sbom.remark("the last line has no line end; if the file was cut off there, what came after it is missing");
    }

    /// Ends the reading, however it came to an end.
    fn finish(mut self, result: Result<(), Error>) -> Result<(), Error> {
        if !self.is_said && self.sbom.is_empty() {
            return Err(result.map_or_else(
                |error| sbom::refuse(error, no_spdx),
                |()| no_spdx("the document does not say that it is an SPDX document").into(),
            ));
        }
        if !self.is_said && result.is_ok() {
            self.sbom.remark("the document does not say which version of SPDX it is; read as SPDX for its shape");
        }
        let mut nodes: Vec<_> = self.described.iter().filter_map(|&reference| self.sbom.graph.bearer(reference)).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let described = if let [node] = nodes[..] { Some(node) } else { None };
        if let Some(node) = described {
            self.sbom.graph.set_root(node);
        }
        let asset = described.and_then(|node| self.sbom.waiting_title(node)).unwrap_or_else(|| title(&self.name, ""));
        self.sbom.of(asset);
        if !self.others.is_empty() {
            let names = super::clip::list(self.others.iter().map(String::as_str), 3);
            self.sbom.remark(format!("the document refers to others, which were not read: {names}"));
        }
        if self.unclear_relationships > 0 {
            self.sbom.remark(format!("{} relationships could not be read", self.unclear_relationships));
        }
        if self.packages == 0 && self.files > 0 {
            self.sbom.remark(format!("the document lists {} files and no packages; files are no items", self.files));
        }
        self.sbom.finish(result)
    }
}

/// Passes bytes on and keeps the last one.
struct LastByte<R> {
    input: R,
    last: Rc<Cell<u8>>,
}

/// What the last byte was.
struct Last(Rc<Cell<u8>>);

impl<R: Read> LastByte<R> {
    fn watch(input: R) -> (Self, Last) {
        let last = Rc::new(Cell::new(b'\n'));
        (Self { input, last: Rc::clone(&last) }, Last(last))
    }
}

impl<R: Read> Read for LastByte<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(out)?;
        if let Some(&last) = out[..count].last() {
            self.last.set(last);
        }
        Ok(count)
    }
}

impl Last {
    fn is_line_end(&self) -> bool {
        matches!(self.0.get(), b'\n' | b'\r')
    }
}

/// Returns a text, unless it says that nothing is said.
fn said(text: &str) -> &str {
    match text.trim() {
        "NOASSERTION" | "NONE" => "",
        text => text,
    }
}

/// Returns who makes a package.
fn vendor<'a>(words: &'a Words, purl: &str) -> &'a str {
    let read = |text: &'a str| {
        let text = said(text);
        let (named, name) = match text.split_once(':') {
            Some(("Organization", name)) => (Named::Any, name),
            Some(("Person", name)) => (Named::Person, name),
            Some(("Tool", _)) => return (Named::Any, ""),
            _ => (Named::Any, text),
        };
        (named, maker(said(name), named, purl))
    };
    let found = [read(&words.originator), read(&words.supplier)];
    let named = found.iter().filter(|(_, name)| !name.is_empty());
    let organisation = named.clone().find(|(named, _)| *named == Named::Any);
    organisation.or_else(|| named.clone().next()).map_or("", |&(_, name)| name)
}

/// Returns a part of a text; no copy where that is all of it.
fn part_of(text: String, part: impl for<'t> Fn(&'t str) -> &'t str) -> String {
    let part = part(&text);
    if part.len() == text.len() { text } else { part.to_owned() }
}

/// Reads an external reference, or an external identifier of SPDX 3.
fn identifier(kind: &str, locator: String) -> Option<(IdentifierKind, String)> {
    let kind = kind.rsplit(['/', '#']).next().unwrap_or_default();
    let locator = part_of(locator, str::trim);
    if locator.is_empty() {
        return None;
    }
    let is = |names: &[&str]| names.iter().any(|name| kind.eq_ignore_ascii_case(name));
    let purl = |text: String| Some((IdentifierKind::Purl, text));
    if is(&["purl", "packageurl"]) {
        purl(locator)
    } else if is(&["cpe22Type", "cpe23Type", "cpe22", "cpe23"]) {
        Some((IdentifierKind::Cpe, locator))
    } else if is(&["swid"]) {
        Some((IdentifierKind::PackageId, locator.strip_prefix("swid:").unwrap_or(&locator).to_owned()))
    } else if is(&["npm"]) {
        purl(format!("pkg:npm/{}", locator.replacen('@', "%40", usize::from(locator.starts_with('@')))))
    } else if is(&["nuget"]) {
        purl(format!("pkg:nuget/{}", locator.replacen('/', "@", 1)))
    } else if is(&["maven-central"]) {
        match locator.split(':').collect::<Vec<_>>()[..] {
            [group, artifact, version] => purl(format!("pkg:maven/{group}/{artifact}@{version}")),
            [group, artifact] => purl(format!("pkg:maven/{group}/{artifact}")),
            _ => None,
        }
    } else {
        None
    }
}

fn no_spdx(reason: impl Into<String>) -> Refusal {
    Refusal::new(Code::UnknownFormat, reason).help(
        "an SPDX document says its version: `spdxVersion` in JSON and YAML, `SPDXVersion:` in tag-value; SPDX 3 has an `@graph`",
    )
}

#[cfg(test)]
mod tests;
