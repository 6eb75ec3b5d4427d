//! SPDX 3 as JSON-LD: one list, `@graph`, of packages, agents, relationships and much else, in any
//! order, which refer to each other by id.
//!
//! Who supplies a package is told by reference, and the agent may stand behind it. So the file is read
//! twice: once for the agents, once for all the rest. Agents beyond 64 MiB are
//! not kept, and a remark says so.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufReader, Read, Seek};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::json::{self, Each, Key, MapVisitor, OrElse, Place, Watch, Word, WordSeed};
use super::{Document, Error, Input, Sink, Unread, Words};

/// Most bytes of agents.
const MOST_AGENTS: usize = 64 * 1024 * 1024;
/// Most references of one element to others.
const MOST_REFERENCES: usize = 100_000;

/// Returns whether the first bytes are SPDX 3.
pub(super) fn claims(input: &Input<'_>) -> bool {
    let holds = |text| input.head_holds(text);
    holds("spdx.org/rdf/3.") || (holds("\"@graph\"") && (holds("spdxId") || holds("SpdxDocument") || holds("spdx-3")))
}

/// Reads all of it.
pub(super) fn read(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut file = input.into_whole()?;
    let mut agents = Agents::default();
    // What breaks off here breaks off again below.
    let _ = each(BufReader::new(&mut file), &mut |_, met| {
        if let Met::Element(element) = met {
            agents.add(*element);
        }
    });
    file.rewind().map_err(Error::read)?;
    let mut document = Document::new(sink);
    let result = each(BufReader::new(&mut file), &mut |line, met| match met {
        Met::Element(element) => document.element(line, *element, &agents),
        Met::Context => document.is_said = true,
        Met::Other => document.sbom.unread(Unread::at(line, "an element of `@graph` is not an object")),
        Met::NoList => document.sbom.unread(Unread::at(line, "`@graph` is not a list, so what it holds was not read")),
    });
    if agents.left > 0 {
        document.sbom.remark(format!("{} agents were too many to keep; packages that they supply lack a vendor", agents.left));
    }
    document.finish(result)
}

/// What stands in a document.
enum Met {
    /// A context that names SPDX.
    Context,
    Element(Box<Element>),
    /// Something in the list that is no object.
    Other,
    /// There is no list.
    NoList,
}

/// An element, as read: the words of all kinds of them.
#[derive(Default)]
struct Element {
    kind: String,
    id: String,
    name: String,
    version: String,
    purl: String,
    spec: String,
    suppliers: Vec<Party>,
    originators: Vec<Party>,
    identifiers: Vec<(String, String)>,
    roots: Vec<Party>,
    imports: Vec<Party>,
    relation: String,
    from: String,
    to: Vec<Party>,
    wrong: Option<&'static str>,
}

/// An element that is referred to: by id, or written out in place.
struct Party {
    id: String,
    agent: Option<String>,
}

/// The agents of a document: what they are called in SPDX 2, `Organization: name (address)`.
#[derive(Default)]
struct Agents {
    names: BTreeMap<String, String>,
    bytes: usize,
    left: u64,
}

/// Returns what an agent of this kind is called in SPDX 2.
fn agent(kind: &str, name: &str, identifiers: &[(String, String)]) -> Option<String> {
    let kind = match kind {
        "Organization" | "Agent" => "Organization",
        "Person" => "Person",
        _ => return None,
    };
    let mail = identifiers.iter().find(|(kind, _)| kind == "email").map(|(_, mail)| format!(" ({mail})"));
    Some(format!("{kind}: {name}{}", mail.unwrap_or_default()))
}

impl Agents {
    fn add(&mut self, element: Element) {
        let Some(name) = agent(&element.kind, &element.name, &element.identifiers) else { return };
        self.bytes += element.id.len() + name.len() + 2 * size_of::<String>();
        if self.bytes > MOST_AGENTS {
            self.left += 1;
        } else {
            self.names.insert(element.id, name);
        }
    }

    /// Returns the first organisation of some parties, else the first of them.
    fn first<'a>(&'a self, parties: &'a [Party]) -> &'a str {
        let names =
            parties.iter().filter_map(|party| party.agent.as_deref().or_else(|| self.names.get(&party.id).map(String::as_str)));
        let organisation = names.clone().find(|name| name.starts_with("Organization"));
        organisation.or_else(|| names.clone().next()).unwrap_or_default()
    }
}

impl Document<'_> {
    fn element(&mut self, line: u64, element: Element, agents: &Agents) {
        let ids = |parties: Vec<Party>| parties.into_iter().map(|party| party.id).collect::<Vec<_>>();
        match element.kind.as_str() {
            "CreationInfo" if !self.is_said || !element.spec.starts_with('3') => self.version(&element.spec),
            "SpdxDocument" | "Sbom" | "Bom" => {
                self.is_said = true;
                self.name(element.name);
                for root in ids(element.roots) {
                    self.describes(&root);
                }
                for import in ids(element.imports) {
                    self.other(&import);
                }
            }
            "File" => self.files += 1,
            kind if kind.ends_with("Relationship") => {
                let to = ids(element.to);
                self.relate(&element.from, &element.relation, &to);
            }
            kind if kind.ends_with("Package") => {
                let (supplier, originator) = (agents.first(&element.suppliers), agents.first(&element.originators));
                let mut references = element.identifiers;
                references.push(("packageUrl".to_owned(), element.purl));
                let words = Words {
                    id: element.id,
                    name: element.name,
                    version: element.version,
                    supplier: supplier.to_owned(),
                    originator: originator.to_owned(),
                    references,
                    wrong: element.wrong,
                };
                self.package(line, words);
            }
            _ => {}
        }
    }
}

/// Reads a document and hands on what stands in it, with its line.
fn each(input: impl Read, take: &mut dyn FnMut(u64, Met)) -> Result<(), Error> {
    let (watch, place) = Watch::new(input);
    let state = State { place, take: RefCell::new(take) };
    let mut parser = serde_json::Deserializer::from_reader(watch);
    let result = Whole(&state).deserialize(&mut parser).and_then(|()| parser.end());
    json::ended(result, &state.place)
}

struct State<'t> {
    place: Place,
    take: RefCell<&'t mut dyn FnMut(u64, Met)>,
}

impl State<'_> {
    fn met(&self, line: u64, met: Met) {
        (self.take.borrow_mut())(line, met);
    }
}

/// The document, or the one that stands in it.
struct Whole<'a, 't>(&'a State<'t>);

impl<'de> DeserializeSeed<'de> for Whole<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an SPDX 3 document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let state = self.0;
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "@context" => {
                    let context = keys.next_value_seed(WordSeed { key: None, list: true })?;
                    if context.as_str().contains("spdx") {
                        state.met(state.place.line(), Met::Context);
                    }
                }
                "@graph" => {
                    if !keys.next_value_seed(Each(|| One(state)))? {
                        state.met(state.place.line(), Met::NoList);
                    }
                }
                "predicate" | "sbom" | "SPDX" => keys.next_value_seed(Whole(state))?,
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// One element of the list.
struct One<'a, 't>(&'a State<'t>);

impl<'de> DeserializeSeed<'de> for One<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
}

impl<'de> MapVisitor<'de> for One<'_, '_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let line = self.0.place.line();
        let mut element = Element::default();
        while let Some(key) = keys.next_key::<Key>()? {
            let key = key.as_str();
            // The profile stands before the word: `software_packageVersion`.
            let word = key.rsplit(['_', ':']).next().unwrap_or_default();
            let (field, name) = match word {
                "type" | "@type" => {
                    let kind = keys.next_value_seed(WordSeed { key: None, list: true })?.take();
                    element.kind = kind.rsplit(['_', ':', '/', '#']).next().unwrap_or_default().to_owned();
                    continue;
                }
                "suppliedBy" => {
                    element.suppliers = keys.next_value_seed(Parties)?;
                    continue;
                }
                "originatedBy" => {
                    element.originators = keys.next_value_seed(Parties)?;
                    continue;
                }
                "rootElement" => {
                    element.roots = keys.next_value_seed(Parties)?;
                    continue;
                }
                "to" => {
                    element.to = keys.next_value_seed(Parties)?;
                    continue;
                }
                "import" | "imports" => {
                    element.imports = keys.next_value_seed(Parties)?;
                    continue;
                }
                "externalIdentifier" => {
                    let found = RefCell::new(std::mem::take(&mut element.identifiers));
                    keys.next_value_seed(Each(|| Identifier(&found)))?;
                    element.identifiers = found.into_inner();
                    continue;
                }
                "spdxId" | "@id" => (&mut element.id, "spdxId"),
                "name" => (&mut element.name, "name"),
                "packageVersion" => (&mut element.version, "packageVersion"),
                "packageUrl" => (&mut element.purl, "packageUrl"),
                "specVersion" => (&mut element.spec, "specVersion"),
                "relationshipType" => (&mut element.relation, "relationshipType"),
                "from" => (&mut element.from, "from"),
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            match keys.next_value_seed(WordSeed::TEXT)? {
                Word::Text(text) => *field = text,
                Word::Absent => {}
                Word::Wrong => element.wrong = element.wrong.or(Some(name)),
            }
        }
        self.0.met(line, Met::Element(Box::new(element)));
        Ok(())
    }

    fn complain(&self) {
        self.0.met(self.0.place.line(), Met::Other);
    }

    fn may_be_null(&self) -> bool {
        false
    }
}

/// References to other elements: a text, an object, or a list of these.
struct Parties;

impl<'de> DeserializeSeed<'de> for Parties {
    type Value = Vec<Party>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let found = RefCell::new(Vec::new());
        deserializer.deserialize_any(PartyVisitor(&found))?;
        Ok(found.into_inner())
    }
}

struct PartyVisitor<'a>(&'a RefCell<Vec<Party>>);

impl<'de> DeserializeSeed<'de> for PartyVisitor<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl PartyVisitor<'_> {
    fn push(&self, party: Party) {
        let mut found = self.0.borrow_mut();
        if found.len() < MOST_REFERENCES {
            found.push(party);
        }
    }
}

impl<'de> Visitor<'de> for PartyVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reference")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.push(Party { id: text.to_owned(), agent: None });
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_element_seed(PartyVisitor(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let (mut id, mut kind, mut name) = (String::new(), String::new(), String::new());
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "spdxId" | "@id" | "externalSpdxId" | "externalId" => id = keys.next_value_seed(WordSeed::TEXT)?.take(),
                "type" | "@type" => kind = keys.next_value_seed(WordSeed { key: None, list: true })?.take(),
                "name" => name = keys.next_value_seed(WordSeed::TEXT)?.take(),
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        let agent = if name.is_empty() { None } else { agent(&kind, &name, &[]) };
        self.push(Party { id, agent });
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
}

/// An external identifier, by type and text.
struct Identifier<'a>(&'a RefCell<Vec<(String, String)>>);

impl<'de> DeserializeSeed<'de> for Identifier<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrElse(self))
    }
}

impl<'de> MapVisitor<'de> for Identifier<'_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let (mut kind, mut text) = (String::new(), String::new());
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "externalIdentifierType" => kind = keys.next_value_seed(WordSeed::TEXT)?.take(),
                "identifier" => text = keys.next_value_seed(WordSeed::TEXT)?.take(),
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.0.borrow_mut().push((kind, text));
        Ok(())
    }

    fn complain(&self) {}
}
