//! trivy's own JSON: the packages of what was scanned, where they were asked for.
//!
//! A report lists packages only with `--list-all-pkgs`; without, it lists what is vulnerable, which is
//! no inventory: such a report gives no items and a remark. Packages hang on what was scanned, or on
//! the packages that depend on them; those refer to each other within one result.

use std::cell::RefCell;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::graph::Node;
use super::json::{self, Each, Key, MapVisitor, OrElse, Place, Watch, Word, WordSeed};
use super::maintainer::{Named, maker};
use super::sbom::{self, Item, Sbom};
use super::sniff::Input;
use super::{Error, Options, Reader, Refusal, Sink, Understood, Unread};
use crate::diag::Code;
use crate::model::IdentifierKind;

/// Reads trivy's JSON.
pub(super) struct Trivy;

impl Reader for Trivy {
    fn name(&self) -> &'static str {
        "trivy"
    }

    fn description(&self) -> &'static str {
        "trivy JSON with `--list-all-pkgs`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let holds = |text| input.head_holds(text);
        input.first_byte() == Some(b'{') && holds("\"SchemaVersion\"") && (holds("\"ArtifactName\"") || holds("\"Results\""))
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let (watch, place) = Watch::new(input.into_reader());
        let mut sbom = Sbom::new(sink);
        sbom.graph.known_only();
        let parts = Parts { sbom, scanned: None, results: 0, has_results: false, vulnerabilities: 0, packages: 0 };
        let state = State { place, parts: RefCell::new(parts) };
        let mut parser = serde_json::Deserializer::from_reader(watch);
        let result = Whole(&state).deserialize(&mut parser).and_then(|()| parser.end());
        let result = json::ended(result, &state.place);
        state.parts.into_inner().finish(result).map(|()| understood)
    }
}

/// What the visitors share.
struct State<'s> {
    place: Place,
    parts: RefCell<Parts<'s>>,
}

struct Parts<'s> {
    sbom: Sbom<'s>,
    /// What was scanned.
    scanned: Option<Node>,
    results: u64,
    has_results: bool,
    vulnerabilities: u64,
    packages: u64,
}

impl Parts<'_> {
    fn scanned(&mut self, name: String) {
        if name.is_empty() || self.scanned.is_some() {
            return;
        }
        let name = self.sbom.limited(name);
        let node = self.sbom.graph.open(None);
        self.sbom.graph.name(node, &name, "", None);
        self.sbom.graph.set_root(node);
        self.scanned = Some(node);
        self.sbom.of(name);
    }

    /// Returns the text that packages of the present result refer to one by.
    fn reference(&self, id: &str) -> String {
        format!("{} {id}", self.results)
    }

    fn package(&mut self, line: u64, mut words: Words) {
        self.packages += 1;
        let node = self.sbom.graph.open(self.scanned);
        let purl = words.purl.take();
        let vendor = maker(words.maintainer.as_str(), Named::Any, &purl).to_owned();
        let wrong = words.wrong();
        let version = self.sbom.limited(words.full_version());
        let product = self.sbom.limited(words.name.take());
        let id = self.reference(words.id.as_str());
        self.sbom.graph.name(node, &product, &version, Some(id.as_str()).filter(|_| !words.id.as_str().is_empty()));
        let from = self.sbom.graph.reference(&id);
        for on in &words.depends {
            let on = self.reference(on);
            let on = self.sbom.graph.reference(&on);
            self.sbom.graph.depends(from, on);
        }
        if let Some(field) = wrong {
            return self.sbom.unread(Unread::at(line, format!("the {field} of the package is not a text")).column(field));
        }
        if product.is_empty() {
            return self.sbom.unread(Unread::at(line, "the package has no name").column("Name"));
        }
        let purl = self.sbom.limited(purl);
        let identifiers = if purl.is_empty() { Vec::new() } else { vec![(IdentifierKind::Purl, purl)] };
        let vendor = self.sbom.limited(vendor);
        self.sbom.item(Item { node, line, vendor, product, version, identifiers }, "");
    }

    fn finish(mut self, result: Result<(), Error>) -> Result<(), Error> {
        if !self.has_results && self.sbom.is_empty() {
            return Err(
                result.map_or_else(|error| sbom::refuse(error, no_trivy), |()| no_trivy("the document has no `Results`").into())
            );
        }
        self.sbom.of(String::new());
        if self.packages == 0 && result.is_ok() {
            let count = self.vulnerabilities;
            self.sbom.remark(format!("the report lists {count} vulnerabilities and no packages; run trivy with `--list-all-pkgs`"));
        }
        self.sbom.finish(result)
    }
}

fn no_trivy(reason: impl Into<String>) -> Refusal {
    Refusal::new(Code::UnknownFormat, reason)
        .help("trivy writes its own JSON with `--format json --list-all-pkgs`; it has `Results`")
}

/// The words of a package.
#[derive(Default)]
struct Words {
    id: Word,
    name: Word,
    version: Word,
    release: Word,
    epoch: Word,
    purl: Word,
    maintainer: Word,
    depends: Vec<String>,
}

impl Words {
    fn wrong(&self) -> Option<&'static str> {
        let fields = [("Name", &self.name), ("Version", &self.version), ("Release", &self.release), ("Epoch", &self.epoch)];
        fields.into_iter().find(|(_, word)| **word == Word::Wrong).map(|(name, _)| name)
    }

    /// Returns the version as a package manager writes it, `epoch:version-release`.
    fn full_version(&self) -> String {
        let (mut version, release, epoch) = (self.version.as_str().to_owned(), self.release.as_str(), self.epoch.as_str());
        if !version.is_empty() && !release.is_empty() {
            version = format!("{version}-{release}");
        }
        if !version.is_empty() && !matches!(epoch, "" | "0") {
            version = format!("{epoch}:{version}");
        }
        version
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
        f.write_str("a trivy report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let state = self.0;
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "ArtifactName" => {
                    let name = keys.next_value_seed(WordSeed::TEXT)?.take();
                    state.parts.borrow_mut().scanned(name);
                }
                "Results" => {
                    state.parts.borrow_mut().has_results = true;
                    if !keys.next_value_seed(Each(|| Scan(state)))? {
                        let unread = Unread::at(state.place.line(), "`Results` is not a list, so what it holds was not read");
                        state.parts.borrow_mut().sbom.unread(unread.column("Results"));
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

/// What was found in one place.
struct Scan<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Scan<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.parts.borrow_mut().results += 1;
        deserializer.deserialize_any(OrElse(self))
    }
}

impl<'de> MapVisitor<'de> for Scan<'_, '_> {
    fn map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let state = self.0;
        while let Some(key) = keys.next_key::<Key>()? {
            match key.as_str() {
                "Packages" => {
                    if !keys.next_value_seed(Each(|| Package(state)))? {
                        let unread = Unread::at(state.place.line(), "`Packages` is not a list, so what it holds was not read");
                        state.parts.borrow_mut().sbom.unread(unread.column("Packages"));
                    }
                }
                "Vulnerabilities" => {
                    keys.next_value_seed(Each(|| Vulnerability(state)))?;
                }
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn complain(&self) {
        let unread = Unread::at(self.0.place.line(), "a result is not an object");
        self.0.parts.borrow_mut().sbom.unread(unread);
    }
}

/// A vulnerability is counted.
struct Vulnerability<'a, 's>(&'a State<'s>);

impl<'de> DeserializeSeed<'de> for Vulnerability<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        self.0.parts.borrow_mut().vulnerabilities += 1;
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
        let line = self.0.place.line();
        let mut words = Words::default();
        while let Some(key) = keys.next_key::<Key>()? {
            let word = match key.as_str() {
                "ID" => &mut words.id,
                "Name" => &mut words.name,
                "Version" => &mut words.version,
                "Release" => &mut words.release,
                "Epoch" => &mut words.epoch,
                "Maintainer" => &mut words.maintainer,
                "Identifier" => {
                    words.purl = keys.next_value_seed(WordSeed { key: Some("PURL"), list: false })?;
                    continue;
                }
                "DependsOn" => {
                    let depends = RefCell::new(std::mem::take(&mut words.depends));
                    keys.next_value_seed(Each(|| Push(&depends)))?;
                    words.depends = depends.into_inner();
                    continue;
                }
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *word = keys.next_value_seed(WordSeed::TEXT)?;
        }
        self.0.parts.borrow_mut().package(line, words);
        Ok(())
    }

    fn complain(&self) {
        let unread = Unread::at(self.0.place.line(), "a package is not an object");
        self.0.parts.borrow_mut().sbom.unread(unread);
    }

    fn may_be_null(&self) -> bool {
        false
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
