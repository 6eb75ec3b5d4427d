//! CycloneDX SBOMs as JSON, 1.2 to 1.7.
//!
//! Components and services are handed on as they are met, however deep they nest; the document is
//! never held as a whole. What is kept is the graph of dependencies, for the paths of the rows
//! that the sink keeps. The component of the metadata, which the SBOM is of, is an item as well,
//! and its name and version are the asset of all rows. Where the metadata stands after the
//! components, rows wait for it, up to 8 MiB of them; beyond that they have no asset, and a remark
//! says so.
//!
//! A component becomes a row or an unread entry, never both: without a name, or with a list or an
//! object where a text belongs, it is unread. Numbers are read as text. Texts are cut after 4 KiB.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::clip::{clip_bytes, quote};
use super::graph::{Graph, Node};
use super::json::{self, Each, Key, Place, Watch, Word, WordSeed};
use super::sniff::Input;
use super::{Error, Kept, Options, Reader, Refusal, Sink, Understood, Unread};
use crate::diag::Code;
use crate::model::{IdentifierKind, Row};

/// Longest text of a component.
const MOST_TEXT: usize = 4 * 1024;
/// So many bytes of rows wait for the metadata.
const MOST_WAITING: usize = 8 * 1024 * 1024;
/// Versions of the format that are known.
const VERSIONS: &[&str] = &["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];

/// Reads CycloneDX SBOMs.
pub(super) struct CycloneDx;

impl Reader for CycloneDx {
    fn name(&self) -> &'static str {
        "cyclonedx"
    }

    fn description(&self) -> &'static str {
        "CycloneDX SBOM as JSON, 1.2 to 1.7"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let holds = |text| input.head_holds(text);
        let has_shape = || holds("\"components\"") && (holds("\"specVersion\"") || holds("\"bom-ref\""));
        input.first_byte() == Some(b'{') && (holds("\"bomFormat\"") || holds("cyclonedx.org/schema/bom-") || has_shape())
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let (watch, place) = Watch::new(input.into_reader());
        let state = State { place, parts: RefCell::new(Parts::new(sink)) };
        let mut parser = serde_json::Deserializer::from_reader(watch);
        let result = Document(&state).deserialize(&mut parser).and_then(|()| parser.end());
        let place = state.place;
        state.parts.into_inner().finish(result, &place).map(|()| understood)
    }
}

/// What reading has come to; shared by the visitors.
struct State<'s> {
    place: Place,
    parts: RefCell<Parts<'s>>,
}

struct Parts<'s> {
    sink: &'s mut dyn Sink,
    graph: Graph,
    kept: Vec<(Kept, Node)>,
    /// What the rows are of, once known.
    asset: Option<String>,
    waiting: Vec<Item>,
    waiting_bytes: usize,
    /// The metadata came too late for some rows.
    late: bool,
    /// The component of the metadata, until all of the metadata is read.
    main: Option<Item>,
    /// What `bomFormat` says.
    bom_format: Option<String>,
    /// Rows and unread entries that the sink has.
    handed_on: u64,
    cut: u64,
    unclear_dependencies: u64,
    refusal: Option<Refusal>,
}

/// A component, read as a whole.
struct Item {
    node: Node,
    line: u64,
    vendor: String,
    product: String,
    version: String,
    identifiers: Vec<(IdentifierKind, String)>,
}

impl Item {
    fn bytes(&self) -> usize {
        let ids: usize = self.identifiers.iter().map(|(_, id)| id.len()).sum();
        size_of::<Self>() + self.vendor.len() + self.product.len() + self.version.len() + ids
    }

    /// The name that others know it by.
    fn title(&self) -> String {
        format!("{} {}", self.product, self.version).trim().to_owned()
    }
}

impl<'s> Parts<'s> {
    fn new(sink: &'s mut dyn Sink) -> Self {
        Self {
            sink,
            graph: Graph::default(),
            kept: Vec::new(),
            asset: None,
            waiting: Vec::new(),
            waiting_bytes: 0,
            late: false,
            main: None,
            bom_format: None,
            handed_on: 0,
            cut: 0,
            unclear_dependencies: 0,
            refusal: None,
        }
    }

    fn unread(&mut self, unread: Unread) {
        self.handed_on += 1;
        self.sink.unread(unread);
    }

    /// Hands a component on, or lets it wait for the metadata.
    fn item(&mut self, item: Item) {
        if self.asset.is_some() {
            return self.give(&item);
        }
        self.waiting_bytes += item.bytes();
        self.waiting.push(item);
        if self.waiting_bytes > MOST_WAITING {
            self.late = true;
            self.release(String::new());
        }
    }

    /// Names the asset and hands on what waited for it.
    fn release(&mut self, asset: String) {
        self.asset = Some(asset);
        self.waiting.sort_by_key(|item| item.line);
        for item in std::mem::take(&mut self.waiting) {
            self.give(&item);
        }
    }

    fn give(&mut self, item: &Item) {
        self.handed_on += 1;
        let identifiers: Vec<_> = item.identifiers.iter().map(|(kind, id)| (*kind, id.as_str())).collect();
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

    /// The metadata is read: `supplier` is that of its component, where that names none itself.
    fn end_metadata(&mut self, supplier: Word) {
        let Some(mut main) = self.main.take() else { return };
        if let (Word::Text(supplier), true) = (supplier, main.vendor.is_empty()) {
            main.vendor = self.limited(supplier);
        }
        let asset = main.title();
        self.waiting.push(main);
        let asset = if self.late { String::new() } else { asset };
        self.release(asset);
    }

    /// Cuts a text that is too long to be any name.
    fn limited(&mut self, mut text: String) -> String {
        let end = clip_bytes(&text, MOST_TEXT).len();
        if end < text.len() {
            text.truncate(end);
            self.cut += 1;
        }
        text
    }

    fn finish(mut self, result: serde_json::Result<()>, place: &Place) -> Result<(), Error> {
        if let Some(refusal) = self.refusal.take() {
            return Err(refusal.into());
        }
        let mut failure = None;
        let nothing = self.handed_on == 0 && self.waiting.is_empty() && self.main.is_none();
        if let Err(error) = result {
            if error.is_io() && !place.too_deep() {
                failure = Some(Error::read(error.into()));
            } else if self.bom_format.is_none() && nothing {
                return Err(no_cyclonedx(json::break_off(&error, place)).line(place.line()).into());
            } else {
                self.sink.unread(Unread::at(place.line(), json::break_off(&error, place)));
            }
        } else if self.bom_format.is_none() {
            if nothing {
                return Err(no_cyclonedx("the document does not say that it is a CycloneDX SBOM").into());
            }
            self.sink.remark("the document lacks `bomFormat`; read as CycloneDX for its shape".to_owned());
        }
        self.end_metadata(Word::Absent);
        self.release(self.asset.clone().unwrap_or_default());
        self.remarks();
        if !self.kept.is_empty() {
            let paths = self.graph.paths();
            for (kept, node) in self.kept {
                self.sink.path(kept, paths.of(node));
            }
        }
        failure.map_or(Ok(()), Err)
    }

    fn remarks(&mut self) {
        if self.late {
            self.sink
                .remark("the product that the SBOM is of stands after its components; rows before it have no asset".to_owned());
        }
        if self.cut > 0 {
            self.sink.remark(format!("texts of more than {MOST_TEXT} bytes were cut ({} of them)", self.cut));
        }
        if self.unclear_dependencies > 0 {
            self.sink.remark(format!("{} of the `dependencies` could not be read", self.unclear_dependencies));
        }
    }
}

fn no_cyclonedx(reason: impl Into<String>) -> Refusal {
    Refusal::new(Code::UnknownFormat, reason).help("a CycloneDX SBOM in JSON begins with `\"bomFormat\": \"CycloneDX\"`")
}

/// The document as a whole.
struct Document<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
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
                    state.says_format(word).map_err(de::Error::custom)?;
                }
                "specVersion" => {
                    if let Word::Text(version) = keys.next_value_seed(WordSeed::TEXT)?
                        && !VERSIONS.contains(&version.as_str())
                    {
                        let remark = format!("CycloneDX {} is not known; read as far as it is like 1.7", quote(&version));
                        state.parts.borrow_mut().sink.remark(remark);
                    }
                }
                "metadata" => keys.next_value_seed(Metadata(state))?,
                "components" => {
                    let is_list = keys.next_value_seed(Each(|| Entry::component(state, None)))?;
                    state.expect_list(is_list, "components");
                }
                "services" => {
                    let is_list = keys.next_value_seed(Each(|| Entry::service(state, None)))?;
                    state.expect_list(is_list, "services");
                }
                "dependencies" => {
                    if !keys.next_value_seed(Each(|| Dependency(state)))? {
                        state.parts.borrow_mut().unclear_dependencies += 1;
                    }
                }
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

impl State<'_> {
    /// Takes what `bomFormat` says. Rows that were handed on before stand.
    fn says_format(&self, word: Word) -> Result<(), &'static str> {
        let mut parts = self.parts.borrow_mut();
        let said = match word {
            Word::Text(said) => said,
            Word::Absent | Word::Wrong => String::new(),
        };
        if said.eq_ignore_ascii_case("CycloneDX") {
            parts.bom_format = Some(said);
            return Ok(());
        }
        let reason = format!("`bomFormat` is {}, not `CycloneDX`", quote(&said));
        if parts.handed_on == 0 {
            parts.refusal = Some(no_cyclonedx(reason).line(self.place.line()));
            return Err("not CycloneDX");
        }
        parts.unread(Unread::at(self.place.line(), reason).column("bomFormat"));
        parts.bom_format = Some(said);
        Ok(())
    }

    fn complain(&self, reason: String) {
        self.parts.borrow_mut().unread(Unread::at(self.place.line(), reason));
    }

    fn expect_list(&self, is_list: bool, key: &str) {
        if !is_list {
            let reason = format!("`{key}` is not a list, so what it holds was not read");
            self.parts.borrow_mut().unread(Unread::at(self.place.line(), reason).column(key));
        }
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
        self.0.parts.borrow_mut().end_metadata(supplier);
        Ok(())
    }

    fn complain(&self) {
        self.0.complain("`metadata` is not an object".to_owned());
    }
}

/// Takes an object; anything else is one unread entry.
trait MapVisitor<'de>: Sized {
    fn map<A: MapAccess<'de>>(self, keys: A) -> Result<(), A::Error>;

    /// Says that it is no object.
    fn complain(&self);

    /// Whether null stands for nothing.
    fn may_be_null(&self) -> bool {
        true
    }
}

struct OrElse<V>(V);

impl<V> OrElse<V> {
    fn other<'de, E>(self) -> Result<(), E>
    where
        V: MapVisitor<'de>,
    {
        self.0.complain();
        Ok(())
    }
}

impl<'de, V: MapVisitor<'de>> Visitor<'de> for OrElse<V> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<(), A::Error> {
        self.0.map(keys)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_element::<IgnoredAny>()?.is_some() {}
        self.other()
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        if self.0.may_be_null() { Ok(()) } else { self.other() }
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        self.other()
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        self.other()
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        self.other()
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        self.other()
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        self.other()
    }
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

/// A component or a service, with those that stand in it.
struct Entry<'a, 's> {
    state: &'a State<'s>,
    parent: Option<Node>,
    kind: Kind,
}

impl<'a, 's> Entry<'a, 's> {
    fn component(state: &'a State<'s>, parent: Option<Node>) -> Self {
        Self { state, parent, kind: Kind::Component }
    }

    fn service(state: &'a State<'s>, parent: Option<Node>) -> Self {
        Self { state, parent, kind: Kind::Service }
    }
}

impl<'de> DeserializeSeed<'de> for Entry<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
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

impl Words {
    /// Returns the field for a key, and how to read it.
    fn field(&mut self, key: &str) -> Option<(&mut Word, WordSeed)> {
        Some(match key {
            "name" => (&mut self.name, WordSeed::TEXT),
            "version" => (&mut self.version, WordSeed::TEXT),
            "group" => (&mut self.group, WordSeed::TEXT),
            "supplier" | "provider" => (&mut self.supplier, WordSeed::NAME),
            "manufacturer" => (&mut self.manufacturer, WordSeed::NAME),
            "publisher" => (&mut self.publisher, WordSeed::NAME),
            "author" => (&mut self.author, WordSeed::NAME),
            "authors" => (&mut self.authors, WordSeed::NAME),
            "purl" => (&mut self.purl, WordSeed::TEXT),
            "cpe" => (&mut self.cpe, WordSeed::TEXT),
            "swid" => (&mut self.swid, WordSeed { key: Some("tagId"), list: false }),
            "bom-ref" => (&mut self.reference, WordSeed::TEXT),
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

    /// Returns who makes the component: its supplier, else manufacturer, publisher or author, else
    /// its group where that looks like a name. A group is often a package manager's namespace
    /// (`org.apache.commons`, `@angular`, `github.com/aliyun`): taken for a vendor, it would say
    /// that somebody else makes the product. What it says of the maker is in the purl as well.
    fn vendor(&mut self) -> String {
        let named = [&mut self.supplier, &mut self.manufacturer, &mut self.publisher, &mut self.author, &mut self.authors];
        let named = named.into_iter().map(text).find(|name| !name.is_empty());
        named.unwrap_or_else(|| {
            let group = text(&mut self.group);
            if group.contains(['.', '/', '@', ':']) { String::new() } else { group }
        })
    }
}

/// Takes the text out of a word.
fn text(word: &mut Word) -> String {
    match std::mem::take(word) {
        Word::Text(text) => text,
        Word::Absent | Word::Wrong => String::new(),
    }
}

impl<'de> MapVisitor<'de> for Entry<'_, '_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let (state, line) = (self.state, self.state.place.line());
        let node = state.parts.borrow_mut().graph.open(self.parent);
        let mut words = Words::default();
        while let Some(key) = keys.next_key::<Key>()? {
            if let Some((word, seed)) = words.field(key.as_str()) {
                *word = keys.next_value_seed(seed)?;
                continue;
            }
            match key.as_str() {
                "components" => {
                    let is_list = keys.next_value_seed(Each(|| Entry::component(state, Some(node))))?;
                    state.expect_list(is_list, "components");
                }
                "services" => {
                    let is_list = keys.next_value_seed(Each(|| Entry::service(state, Some(node))))?;
                    state.expect_list(is_list, "services");
                }
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.end(node, line, words);
        Ok(())
    }

    fn complain(&self) {
        self.state.complain(format!("a {} is not an object", self.kind.word()));
    }

    fn may_be_null(&self) -> bool {
        self.kind == Kind::Main
    }
}

impl Entry<'_, '_> {
    /// All of the component is read.
    fn end(self, node: Node, line: u64, mut words: Words) {
        let mut parts = self.state.parts.borrow_mut();
        let parts = &mut *parts;
        let wrong = words.wrong();
        let product = parts.limited(text(&mut words.name));
        let version = parts.limited(text(&mut words.version));
        let reference = text(&mut words.reference);
        let title = if product.is_empty() { clip_bytes(&reference, MOST_TEXT) } else { &product };
        parts.graph.name(node, title, &version, Some(reference.as_str()).filter(|text| !text.is_empty()));
        if self.kind == Kind::Main {
            parts.graph.set_root(node);
        }
        let kind = self.kind.word();
        if let Some(field) = wrong {
            return parts.unread(Unread::at(line, format!("the {field} of the {kind} is not a text")).column(field));
        }
        if product.is_empty() {
            return parts.unread(Unread::at(line, format!("the {kind} has no name")).column("name"));
        }
        let mut identifiers = Vec::new();
        let found = [
            (IdentifierKind::Cpe, &mut words.cpe),
            (IdentifierKind::Purl, &mut words.purl),
            (IdentifierKind::PackageId, &mut words.swid),
        ];
        for (kind, word) in found {
            let id = parts.limited(text(word));
            if !id.is_empty() {
                identifiers.push((kind, id));
            }
        }
        let vendor = parts.limited(words.vendor());
        let item = Item { node, line, vendor, product, version, identifiers };
        match self.kind {
            Kind::Main => {
                if let Some(other) = parts.main.replace(item) {
                    parts.item(other);
                }
            }
            Kind::Component | Kind::Service => parts.item(item),
        }
    }
}

/// An entry of `dependencies`.
struct Dependency<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Dependency<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let state = self.0;
        let entry = Edges::deserialize(deserializer)?;
        let mut parts = state.parts.borrow_mut();
        let Edges::Known { from: Some(from), on } = entry else {
            parts.unclear_dependencies += 1;
            return Ok(());
        };
        let from = parts.graph.reference(&from);
        for on in on {
            let on = parts.graph.reference(&on);
            parts.graph.depends(from, on);
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

#[cfg(test)]
mod tests;
