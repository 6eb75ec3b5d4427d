//! CycloneDX as XML.
//!
//! The same words as in JSON, as elements; the reference of a component is an attribute, and
//! dependencies nest. In XML a component may stand in a component under `components`, as in JSON.

use super::super::json::Word;
use super::super::xml::{self, Level, Root, Xml};
use super::{Document, Error, Input, Kind, Node, REFERENCE, Shape, Sink, Words, no_cyclonedx};

/// What begins the namespace; the version follows.
const NAMESPACE: &str = "cyclonedx.org/schema/bom/";

/// Returns whether the first bytes are CycloneDX.
pub(super) fn claims(input: &Input<'_>) -> bool {
    let has_shape = || ["components>", "metadata>", "services>"].iter().any(|text| input.head_holds(text));
    xml::root(input).is_some_and(|Root { name, tag }| name == "bom" && (tag.contains(NAMESPACE) || has_shape()))
}

/// Reads all of it.
pub(super) fn read(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let root = xml::root(&input);
    let mut xml = Xml::open(input);
    let mut document = Document::new(sink);
    if let Some(Root { name, tag }) = &root {
        if name != "bom" {
            return Err(no_cyclonedx("the document is XML of another kind").line(1).into());
        }
        if let Some((_, rest)) = tag.split_once(NAMESPACE) {
            document.is_said = true;
            document.version(rest.split(['"', '\'']).next().unwrap_or_default().trim_end_matches('/'));
        }
    }
    let result = whole(&mut xml, &mut document);
    for remark in xml.remarks() {
        document.sbom.remark(remark);
    }
    document.finish(result, "the namespace of CycloneDX")
}

fn whole(xml: &mut Xml<'_>, document: &mut Document<'_>) -> Result<(), Error> {
    let root = xml.root()?;
    while xml.child(root)? {
        match xml.name() {
            "metadata" => metadata(xml, document)?,
            "components" => entries(xml, document, None, Kind::Component)?,
            "services" => entries(xml, document, None, Kind::Service)?,
            "dependencies" => dependencies(xml, document)?,
            "formulation" => formulation(xml, document)?,
            _ => {}
        }
    }
    xml.end()
}

fn metadata(xml: &mut Xml<'_>, document: &mut Document<'_>) -> Result<(), Error> {
    let (mut supplier, mut maker) = (Word::Absent, Word::Absent);
    let here = xml.inside();
    while xml.child(here)? {
        match xml.name() {
            "component" => entry(xml, document, None, Kind::Main)?,
            "supplier" => supplier = first(xml, &["name"])?,
            "manufacture" => maker = first(xml, &["name"])?,
            _ => {}
        }
    }
    document.end_metadata(if supplier == Word::Absent { maker } else { supplier });
    Ok(())
}

/// A list of components or services.
fn entries(xml: &mut Xml<'_>, document: &mut Document<'_>, parent: Option<Node>, kind: Kind) -> Result<(), Error> {
    let here = xml.inside();
    while xml.child(here)? {
        if xml.name() == kind.word() {
            entry(xml, document, parent, kind)?;
        }
    }
    Ok(())
}

fn entry(xml: &mut Xml<'_>, document: &mut Document<'_>, parent: Option<Node>, kind: Kind) -> Result<(), Error> {
    let (line, here) = (xml.line(), xml.inside());
    let node = document.open(parent);
    let mut words = Words { reference: xml.attribute(REFERENCE).map_or(Word::Absent, Word::Text), ..Words::default() };
    while xml.child(here)? {
        match xml.name() {
            "components" => entries(xml, document, Some(node), Kind::Component)?,
            "services" => entries(xml, document, Some(node), Kind::Service)?,
            name => {
                if let Some((word, shape)) = words.field(name) {
                    *word = shape.read(xml)?;
                }
            }
        }
    }
    document.close(kind, node, line, words);
    Ok(())
}

impl Shape {
    fn read(self, xml: &mut Xml<'_>) -> Result<Word, Error> {
        match self {
            Self::Text | Self::Person => xml.text().map(Word::Text),
            Self::Party => first(xml, &["name"]),
            Self::Persons => first(xml, &["author", "name"]),
            Self::Swid => Ok(xml.attribute("tagId").map_or(Word::Absent, Word::Text)),
            // An element of that name is none of ours.
            Self::Attribute => Ok(Word::Absent),
        }
    }
}

/// Returns the first text on a way into an element.
fn first(xml: &mut Xml<'_>, way: &[&str]) -> Result<Word, Error> {
    let Some((next, rest)) = way.split_first() else {
        return Ok(Some(xml.text()?).filter(|text| !text.is_empty()).map_or(Word::Absent, Word::Text));
    };
    let here: Level = xml.inside();
    let mut found = Word::Absent;
    while xml.child(here)? {
        if found == Word::Absent && xml.name() == *next {
            found = first(xml, rest)?;
        }
    }
    Ok(found)
}

fn dependencies(xml: &mut Xml<'_>, document: &mut Document<'_>) -> Result<(), Error> {
    let here = xml.inside();
    while xml.child(here)? {
        if xml.name() != "dependency" {
            continue;
        }
        let from = xml.attribute("ref");
        let inside = xml.inside();
        let mut on = Vec::new();
        while xml.child(inside)? {
            if xml.name() == "dependency" {
                on.extend(xml.attribute("ref"));
            }
        }
        document.depends(from.as_deref(), &on);
    }
    Ok(())
}

/// What the product was built with is counted.
fn formulation(xml: &mut Xml<'_>, document: &mut Document<'_>) -> Result<(), Error> {
    let here = xml.inside();
    while xml.child(here)? {
        let formula = xml.inside();
        while xml.child(formula)? {
            if matches!(xml.name(), "components" | "services") {
                let list = xml.inside();
                while xml.child(list)? {
                    document.built_with += 1;
                }
            }
        }
    }
    Ok(())
}
