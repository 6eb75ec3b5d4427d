//! SPDX 2 as JSON, and as YAML, which is read as JSON.

use std::cell::RefCell;
use std::fmt;
use std::io::Read;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::super::json::{self, Each, Key, MapVisitor, OrElse, Place, Watch, Word, WordSeed};
use super::super::yaml::AsJson;
use super::{Document, Error, Input, LastByte, Sink, Unread, Words};

/// Reads JSON.
pub(super) fn read(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let (document, result) = whole(input.into_reader(), Document::new(sink));
    document.finish(result)
}

/// Reads YAML.
pub(super) fn read_yaml(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let (text, last) = LastByte::watch(input.into_reader());
    let (json, notes) = AsJson::new(text);
    let (mut document, result) = whole(json, Document::new(sink));
    if let Some(remark) = notes.remark() {
        document.sbom.remark(remark);
    }
    if result.is_ok() && !last.is_line_end() {
        document.no_line_end();
    }
    document.finish(result)
}

fn whole<'s>(text: impl Read, document: Document<'s>) -> (Document<'s>, Result<(), Error>) {
    let (watch, place) = Watch::new(text);
    let state = State { place, document: RefCell::new(document) };
    let mut parser = serde_json::Deserializer::from_reader(watch);
    let result = Whole(&state).deserialize(&mut parser).and_then(|()| parser.end());
    let result = json::ended(result, &state.place);
    (state.document.into_inner(), result)
}

/// What the visitors share.
struct State<'s> {
    place: Place,
    document: RefCell<Document<'s>>,
}

impl State<'_> {
    fn complain(&self, reason: &str) {
        self.document.borrow_mut().sbom.unread(Unread::at(self.place.line(), reason));
    }
}

/// The document, or the one that stands in it.
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
        f.write_str("an SPDX document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let state = self.0;
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "spdxVersion" => {
                    let version = keys.next_value_seed(WordSeed::TEXT)?;
                    state.document.borrow_mut().version(version.as_str());
                }
                "name" => {
                    let name = keys.next_value_seed(WordSeed::TEXT)?.take();
                    state.document.borrow_mut().name(name);
                }
                "documentDescribes" => {
                    keys.next_value_seed(Each(|| Text(|id: &str| state.document.borrow_mut().describes(id))))?;
                }
                "packages" => {
                    if !keys.next_value_seed(Each(|| Package(state)))? {
                        state.complain("`packages` is not a list, so what it holds was not read");
                    }
                }
                "files" => {
                    keys.next_value_seed(Each(|| File(state)))?;
                }
                "relationships" => {
                    if !keys.next_value_seed(Each(|| Relationship(state)))? {
                        state.document.borrow_mut().unclear_relationships += 1;
                    }
                }
                "externalDocumentRefs" => {
                    keys.next_value_seed(Each(|| Other(state)))?;
                }
                // An attestation, a forge's answer and a builder's hold the document.
                "predicate" | "sbom" | "SPDX" => keys.next_value_seed(Whole(state))?,
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Hands on a text; what is none is let pass.
struct Text<F>(F);

impl<'de, F: FnMut(&str)> DeserializeSeed<'de> for Text<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        if let Word::Text(text) = WordSeed::TEXT.deserialize(deserializer)? {
            (self.0)(&text);
        }
        Ok(())
    }
}

struct Package<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Package<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
}

impl<'de> MapVisitor<'de> for Package<'_, '_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let (state, line) = (self.0, self.0.place.line());
        let mut words = Words::default();
        while let Some(key) = keys.next_key::<Key>()? {
            let (field, name) = match key.as_str() {
                "SPDXID" => (&mut words.id, "SPDXID"),
                "name" => (&mut words.name, "name"),
                "versionInfo" => (&mut words.version, "versionInfo"),
                "supplier" => (&mut words.supplier, "supplier"),
                "originator" => (&mut words.originator, "originator"),
                "externalRefs" => {
                    let references = RefCell::new(std::mem::take(&mut words.references));
                    keys.next_value_seed(Each(|| Reference(&references)))?;
                    words.references = references.into_inner();
                    continue;
                }
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            match keys.next_value_seed(WordSeed::TEXT)? {
                Word::Text(text) => *field = text,
                Word::Absent => field.clear(),
                Word::Wrong => words.wrong = words.wrong.or(Some(name)),
            }
        }
        state.document.borrow_mut().package(line, words);
        Ok(())
    }

    fn complain(&self) {
        self.0.complain("a package is not an object");
    }

    fn may_be_null(&self) -> bool {
        false
    }
}

/// An entry of `externalRefs`.
struct Reference<'a>(&'a RefCell<Vec<(String, String)>>);

impl<'de> DeserializeSeed<'de> for Reference<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
}

impl<'de> MapVisitor<'de> for Reference<'_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let (mut kind, mut locator) = (Word::Absent, Word::Absent);
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "referenceType" => kind = keys.next_value_seed(WordSeed::TEXT)?,
                "referenceLocator" => locator = keys.next_value_seed(WordSeed::TEXT)?,
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.0.borrow_mut().push((kind.take(), locator.take()));
        Ok(())
    }

    fn complain(&self) {}
}

/// An entry of `relationships`.
struct Relationship<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Relationship<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
}

impl<'de> MapVisitor<'de> for Relationship<'_, '_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let (mut from, mut kind, mut to) = (Word::Absent, Word::Absent, Word::Absent);
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "spdxElementId" => from = keys.next_value_seed(WordSeed::TEXT)?,
                "relationshipType" => kind = keys.next_value_seed(WordSeed::TEXT)?,
                "relatedSpdxElement" => to = keys.next_value_seed(WordSeed::TEXT)?,
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        let to = Some(to.take()).filter(|to| !to.is_empty());
        self.0.document.borrow_mut().relate(from.as_str(), kind.as_str(), to.as_slice());
        Ok(())
    }

    fn complain(&self) {
        self.0.document.borrow_mut().unclear_relationships += 1;
    }
}

/// An entry of `externalDocumentRefs`.
struct Other<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Other<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let seed = WordSeed { key: Some("externalDocumentId"), list: false };
        let name = seed.deserialize(deserializer)?;
        self.0.document.borrow_mut().other(name.as_str());
        Ok(())
    }
}

/// A file is counted.
struct File<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for File<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        self.0.document.borrow_mut().files += 1;
        Ok(())
    }
}
