//! CycloneDX as JSON.
//!
//! The parser calls the visitors here as it goes through the file; each hands what it has read to the
//! [`Document`] they share.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::json::{self, Each, Key, MapVisitor, OrElse, Place, Watch, Word, WordSeed};
use super::{Document, Error, Input, Kind, Node, Refusal, Shape, Sink, Unread, Words, no_cyclonedx, quote};

/// Returns whether the first bytes are CycloneDX, alone or in an attestation.
pub(super) fn claims(input: &Input<'_>) -> bool {
    let holds = |text| input.head_holds(text);
    let has_shape = || holds("\"components\"") && (holds("\"specVersion\"") || holds("\"bom-ref\""));
    holds("\"bomFormat\"") || holds("cyclonedx.org/schema/bom-") || has_shape()
}

/// Reads all of it.
pub(super) fn read(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let (watch, place) = Watch::new(input.into_reader());
    let state = State { place, document: RefCell::new(Document::new(sink)), refusal: RefCell::default() };
    let mut parser = serde_json::Deserializer::from_reader(watch);
    let result = Whole(&state).deserialize(&mut parser).and_then(|()| parser.end());
    if let Some(refusal) = state.refusal.into_inner() {
        return Err(refusal.into());
    }
    state.document.into_inner().finish(json::ended(result, &state.place), "`bomFormat`")
}

/// What the visitors share.
struct State<'s> {
    place: Place,
    document: RefCell<Document<'s>>,
    /// Why the document is not read after all.
    refusal: RefCell<Option<Refusal>>,
}

impl State<'_> {
    /// Takes what `bomFormat` says. Rows that were handed on before stand.
    fn says_format(&self, word: &Word) -> Result<(), &'static str> {
        let mut document = self.document.borrow_mut();
        let said = word.as_str();
        if !said.eq_ignore_ascii_case("CycloneDX") {
            let reason = format!("`bomFormat` is {}, not `CycloneDX`", quote(said));
            if !document.sbom.has_handed_on() {
                *self.refusal.borrow_mut() = Some(no_cyclonedx(reason).line(self.place.line()));
                return Err("not CycloneDX");
            }
            document.sbom.unread(Unread::at(self.place.line(), reason).column("bomFormat"));
        }
        document.is_said = true;
        Ok(())
    }

    fn complain(&self, reason: String) {
        self.document.borrow_mut().sbom.unread(Unread::at(self.place.line(), reason));
    }

    fn expect_list(&self, is_list: bool, key: &str) {
        if !is_list {
            let reason = format!("`{key}` is not a list, so what it holds was not read");
            self.document.borrow_mut().sbom.unread(Unread::at(self.place.line(), reason).column(key));
        }
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
        f.write_str("a CycloneDX document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let state = self.0;
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "bomFormat" => {
                    let word = keys.next_value_seed(WordSeed::TEXT)?;
                    state.says_format(&word).map_err(de::Error::custom)?;
                }
                "specVersion" => {
                    if let Word::Text(version) = keys.next_value_seed(WordSeed::TEXT)? {
                        state.document.borrow_mut().version(&version);
                    }
                }
                "metadata" => keys.next_value_seed(Metadata(state))?,
                "components" => {
                    let is_list = keys.next_value_seed(Each(|| Entry { state, parent: None, kind: Kind::Component }))?;
                    state.expect_list(is_list, "components");
                }
                "services" => {
                    let is_list = keys.next_value_seed(Each(|| Entry { state, parent: None, kind: Kind::Service }))?;
                    state.expect_list(is_list, "services");
                }
                "dependencies" => {
                    if !keys.next_value_seed(Each(|| Dependency(state)))? {
                        state.document.borrow_mut().unclear_dependencies += 1;
                    }
                }
                "formulation" => {
                    keys.next_value_seed(Each(|| Formula(state)))?;
                }
                // An attestation holds the SBOM.
                "predicate" => keys.next_value_seed(Whole(state))?,
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// `metadata`: of all that it holds, the component that the SBOM is of, and who supplies that.
/// Tools are not part of the product.
struct Metadata<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Metadata<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
}

impl<'de> MapVisitor<'de> for Metadata<'_, '_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let (mut supplier, mut maker) = (Word::Absent, Word::Absent);
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "component" => keys.next_value_seed(Entry { state: self.0, parent: None, kind: Kind::Main })?,
                "supplier" => supplier = keys.next_value_seed(WordSeed::NAME)?,
                // Until 1.5, who made the component; since 1.6 `manufacturer` is who made the SBOM.
                "manufacture" => maker = keys.next_value_seed(WordSeed::NAME)?,
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        let supplier = if matches!(supplier, Word::Text(_)) { supplier } else { maker };
        self.0.document.borrow_mut().end_metadata(supplier);
        Ok(())
    }

    fn complain(&self) {
        self.0.complain("`metadata` is not an object".to_owned());
    }
}

/// A component or a service, with those that stand in it.
struct Entry<'a, 's> {
    state: &'a State<'s>,
    parent: Option<Node>,
    kind: Kind,
}

impl<'de> DeserializeSeed<'de> for Entry<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
}

impl Shape {
    fn seed(self) -> WordSeed {
        match self {
            Self::Text | Self::Attribute => WordSeed::TEXT,
            Self::Party | Self::Person | Self::Persons => WordSeed::NAME,
            Self::Swid => WordSeed { key: Some("tagId"), list: false },
        }
    }
}

impl<'de> MapVisitor<'de> for Entry<'_, '_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let (state, line) = (self.state, self.state.place.line());
        let node = state.document.borrow_mut().open(self.parent);
        let mut words = Words::default();
        while let Some(key) = keys.next_key::<Key>()? {
            if let Some((word, shape)) = words.field(key.as_str()) {
                *word = keys.next_value_seed(shape.seed())?;
                continue;
            }
            match key.as_str() {
                "components" => {
                    let is_list = keys.next_value_seed(Each(|| Entry { state, parent: Some(node), kind: Kind::Component }))?;
                    state.expect_list(is_list, "components");
                }
                "services" => {
                    let is_list = keys.next_value_seed(Each(|| Entry { state, parent: Some(node), kind: Kind::Service }))?;
                    state.expect_list(is_list, "services");
                }
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        state.document.borrow_mut().close(self.kind, node, line, words);
        Ok(())
    }

    fn complain(&self) {
        self.state.complain(format!("a {} is not an object", self.kind.word()));
    }

    fn may_be_null(&self) -> bool {
        self.kind == Kind::Main
    }
}

/// An entry of `formulation`: what the product was built with is counted.
struct Formula<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Formula<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
}

impl<'de> MapVisitor<'de> for Formula<'_, '_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "components" | "services" => {
                    keys.next_value_seed(Each(|| Count(self.0)))?;
                }
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn complain(&self) {}
}

/// Something that is only counted.
struct Count<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Count<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        self.0.document.borrow_mut().built_with += 1;
        Ok(())
    }
}

/// An entry of `dependencies`.
struct Dependency<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Dependency<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let state = self.0;
        let entry = Edges::deserialize(deserializer)?;
        let mut document = state.document.borrow_mut();
        match entry {
            Edges::Known { from, on } => document.depends(from.as_deref(), &on),
            Edges::Unclear => document.depends(None, &[]),
        }
        Ok(())
    }
}

/// One component and those it depends on, by reference.
enum Edges {
    Known {
        from: Option<String>,
        on: Vec<String>,
    },
    /// No object.
    Unclear,
}

impl<'de> Deserialize<'de> for Edges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EdgesVisitor)
    }
}

struct EdgesVisitor;

impl<'de> Visitor<'de> for EdgesVisitor {
    type Value = Edges;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a dependency")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<Edges, A::Error> {
        let (mut from, mut on) = (None, RefCell::new(Vec::new()));
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "ref" => {
                    if let Word::Text(text) = keys.next_value_seed(WordSeed::TEXT)? {
                        from = Some(text);
                    }
                }
                "dependsOn" => {
                    keys.next_value_seed(Each(|| Push(&on)))?;
                }
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Edges::Known { from, on: std::mem::take(on.get_mut()) })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Edges, A::Error> {
        while entries.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Edges::Unclear)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Edges, E> {
        Ok(Edges::Unclear)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Edges, E> {
        Ok(Edges::Unclear)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Edges, E> {
        Ok(Edges::Unclear)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Edges, E> {
        Ok(Edges::Unclear)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Edges, E> {
        Ok(Edges::Unclear)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Edges, E> {
        Ok(Edges::Unclear)
    }
}

/// Adds a text to a list.
struct Push<'a>(&'a RefCell<Vec<String>>);

impl<'de> DeserializeSeed<'de> for Push<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if let Word::Text(text) = WordSeed::TEXT.deserialize(deserializer)? {
            self.0.borrow_mut().push(text);
        }
        Ok(())
    }
}
