//! syft's own JSON: the artifacts of an image or a folder, and what it was made of.
//!
//! Artifacts are items; the source is the asset of all rows and the root of their paths. It stands after
//! the artifacts, so rows wait for it (`sbom`). Who makes an artifact is told by the metadata of its kind:
//! the vendor of an RPM, the company of a .NET assembly, the author of an npm package. A maintainer is
//! believed where `maintainer` says so.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::json::{self, Each, Key, MapVisitor, OrElse, Place, Watch, Word, WordSeed};
use super::maintainer::{Named, maker};
use super::sbom::{self, Item, Sbom, title};
use super::sniff::Input;
use super::{Error, Options, Reader, Refusal, Sink, Understood, Unread};
use crate::diag::Code;
use crate::model::IdentifierKind;

/// Reads syft's JSON.
pub(super) struct Syft;

impl Reader for Syft {
    fn name(&self) -> &'static str {
        "syft"
    }

    fn description(&self) -> &'static str {
        "syft JSON"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let holds = |text| input.head_holds(text);
        let is_ours = || ["\"foundBy\"", "\"artifactRelationships\"", "\"descriptor\""].into_iter().any(holds);
        input.first_byte() == Some(b'{') && holds("\"artifacts\"") && is_ours()
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let (watch, place) = Watch::new(input.into_reader());
        let mut sbom = Sbom::new(sink);
        sbom.graph.known_only();
        let state = State { place, parts: RefCell::new(Parts { sbom, source: None, has_artifacts: false, unclear: 0 }) };
        let mut parser = serde_json::Deserializer::from_reader(watch);
        let result = Whole(&state).deserialize(&mut parser).and_then(|()| parser.end());
        let result = json::ended(result, &state.place);
        state.parts.into_inner().finish(result).map(|()| understood)
    }
}

/// What reading has come to.
struct State<'s> {
    place: Place,
    parts: RefCell<Parts<'s>>,
}

struct Parts<'s> {
    sbom: Sbom<'s>,
    /// What the artifacts are of.
    source: Option<String>,
    has_artifacts: bool,
    unclear: u64,
}

impl Parts<'_> {
    fn finish(mut self, result: Result<(), Error>) -> Result<(), Error> {
        if !self.has_artifacts && self.sbom.is_empty() {
            return Err(
                result.map_or_else(|error| sbom::refuse(error, no_syft), |()| no_syft("the document has no `artifacts`").into())
            );
        }
        self.sbom.of(self.source.take().unwrap_or_default());
        if self.unclear > 0 {
            self.sbom.remark(format!("{} relationships could not be read", self.unclear));
        }
        self.sbom.finish(result)
    }

    fn artifact(&mut self, line: u64, mut words: Words) {
        let node = self.sbom.graph.open(None);
        let purl = words.purl.as_str();
        let named = [&words.vendor, &words.company, &words.author, &words.authors, &words.maintainer];
        let named = named.into_iter().map(|word| maker(word.as_str(), Named::Any, purl)).find(|name| !name.is_empty());
        let vendor = named.unwrap_or_default().to_owned();
        let wrong = words.wrong();
        let product = self.sbom.limited(words.name.take());
        let version = self.sbom.limited(words.version.take());
        let id = words.id.take();
        let shown = if product.is_empty() { &id } else { &product };
        self.sbom.graph.name(node, shown, &version, Some(id.as_str()).filter(|id| !id.is_empty()));
        if let Some(field) = wrong {
            return self.sbom.unread(Unread::at(line, format!("the {field} of the artifact is not a text")).column(field));
        }
        if product.is_empty() {
            return self.sbom.unread(Unread::at(line, "the artifact has no name").column("name"));
        }
        let purl = words.purl.take();
        let ids = words.cpes.into_iter().map(|cpe| (IdentifierKind::Cpe, cpe)).chain([(IdentifierKind::Purl, purl)]);
        let ids: Vec<_> = ids.filter(|(_, id)| !id.is_empty()).collect();
        let identifiers = ids.into_iter().map(|(kind, id)| (kind, self.sbom.limited(id))).collect();
        let vendor = self.sbom.limited(vendor);
        self.sbom.item(Item { node, line, vendor, product, version, identifiers }, "");
    }

    fn relate(&mut self, parent: &str, child: &str, kind: &str) {
        if parent.is_empty() || child.is_empty() {
            self.unclear += 1;
            return;
        }
        let (from, on) = match kind {
            "contains" => (parent, child),
            "dependency-of" => (child, parent),
            _ => return,
        };
        let (from, on) = (self.sbom.graph.reference(from), self.sbom.graph.reference(on));
        self.sbom.graph.depends(from, on);
    }

    /// The source is read. It is no item: syft lists what is in it.
    fn source(&mut self, id: &str, name: &str, version: &str, given: &str) {
        let asset = if given.is_empty() { title(name, version) } else { given.to_owned() };
        if asset.is_empty() || self.source.is_some() {
            return;
        }
        let asset = self.sbom.limited(asset);
        let node = self.sbom.graph.open(None);
        self.sbom.graph.name(node, &asset, "", Some(id).filter(|id| !id.is_empty()));
        self.sbom.graph.set_root(node);
        self.sbom.of(asset.clone());
        self.source = Some(asset);
    }
}

fn no_syft(reason: impl Into<String>) -> Refusal {
    Refusal::new(Code::UnknownFormat, reason).help("syft writes its own JSON with `-o syft-json`; it has `artifacts`")
}

/// The words of an artifact.
#[derive(Default)]
struct Words {
    id: Word,
    name: Word,
    version: Word,
    purl: Word,
    cpes: Vec<String>,
    vendor: Word,
    company: Word,
    author: Word,
    authors: Word,
    maintainer: Word,
}

impl Words {
    fn wrong(&self) -> Option<&'static str> {
        let fields = [("name", &self.name), ("version", &self.version), ("purl", &self.purl)];
        fields.into_iter().find(|(_, word)| **word == Word::Wrong).map(|(name, _)| name)
    }
}

struct Whole<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Whole<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a syft document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let state = self.0;
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "artifacts" => {
                    state.parts.borrow_mut().has_artifacts = true;
                    if !keys.next_value_seed(Each(|| Artifact(state)))? {
                        state.parts.borrow_mut().sbom.unread(
                            Unread::at(state.place.line(), "`artifacts` is not a list, so what it holds was not read")
                                .column("artifacts"),
                        );
                    }
                }
                "artifactRelationships" => {
                    if !keys.next_value_seed(Each(|| Relationship(state)))? {
                        state.parts.borrow_mut().unclear += 1;
                    }
                }
                "source" => keys.next_value_seed(Source(state))?,
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Artifact<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Artifact<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
}

impl<'de> MapVisitor<'de> for Artifact<'_, '_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let line = self.0.place.line();
        let words = RefCell::new(Words::default());
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "id" => words.borrow_mut().id = keys.next_value_seed(WordSeed::TEXT)?,
                "name" => words.borrow_mut().name = keys.next_value_seed(WordSeed::TEXT)?,
                "version" => words.borrow_mut().version = keys.next_value_seed(WordSeed::TEXT)?,
                "purl" => words.borrow_mut().purl = keys.next_value_seed(WordSeed::TEXT)?,
                "cpes" => {
                    keys.next_value_seed(Each(|| Cpe(&words)))?;
                }
                "metadata" => keys.next_value_seed(Metadata(&words))?,
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.0.parts.borrow_mut().artifact(line, words.into_inner());
        Ok(())
    }

    fn complain(&self) {
        let unread = Unread::at(self.0.place.line(), "an artifact is not an object");
        self.0.parts.borrow_mut().sbom.unread(unread);
    }

    fn may_be_null(&self) -> bool {
        false
    }
}

/// A CPE: a text, or since schema 16 an object with one.
struct Cpe<'a>(&'a RefCell<Words>);

impl<'de> DeserializeSeed<'de> for Cpe<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let mut word = WordSeed { key: Some("cpe"), list: false }.deserialize(deserializer)?;
        self.0.borrow_mut().cpes.push(word.take());
        Ok(())
    }
}

/// What the kind of an artifact says besides; some kinds have a list or a text here.
struct Metadata<'a>(&'a RefCell<Words>);

impl<'de> DeserializeSeed<'de> for Metadata<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
}

impl<'de> MapVisitor<'de> for Metadata<'_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        while let Some(key) = keys.next_key::<Key>()? {
            let words = &mut *self.0.borrow_mut();
            let word = match key.as_str() {
                "vendor" => &mut words.vendor,
                "companyName" => &mut words.company,
                "author" => &mut words.author,
                "authors" => &mut words.authors,
                "maintainer" => &mut words.maintainer,
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *word = keys.next_value_seed(WordSeed::NAME)?;
        }
        Ok(())
    }

    fn complain(&self) {}
}

struct Relationship<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Relationship<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
}

impl<'de> MapVisitor<'de> for Relationship<'_, '_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let (mut parent, mut child, mut kind) = (Word::Absent, Word::Absent, Word::Absent);
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "parent" => parent = keys.next_value_seed(WordSeed::TEXT)?,
                "child" => child = keys.next_value_seed(WordSeed::TEXT)?,
                "type" => kind = keys.next_value_seed(WordSeed::TEXT)?,
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.0.parts.borrow_mut().relate(parent.as_str(), child.as_str(), kind.as_str());
        Ok(())
    }

    fn complain(&self) {
        self.0.parts.borrow_mut().unclear += 1;
    }
}

/// The image or folder. What the user gave is under `metadata`, or `target` in old versions.
struct Source<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Source<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
}

impl<'de> MapVisitor<'de> for Source<'_, '_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let (mut id, mut name, mut version, mut given) = (Word::Absent, Word::Absent, Word::Absent, Word::Absent);
        let user = WordSeed { key: Some("userInput"), list: false };
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "id" => id = keys.next_value_seed(WordSeed::TEXT)?,
                "name" => name = keys.next_value_seed(WordSeed::TEXT)?,
                "version" => version = keys.next_value_seed(WordSeed::TEXT)?,
                "metadata" | "target" => given = keys.next_value_seed(user)?,
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.0.parts.borrow_mut().source(id.as_str(), name.as_str(), version.as_str(), given.as_str());
        Ok(())
    }

    fn complain(&self) {}
}

#[cfg(test)]
mod tests;
