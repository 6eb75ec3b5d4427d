//! SPDX 2 as RDF/XML, in the shape that tools write: things nested in what they are said of, or named
//! by their address.
//!
//! A thing (`spdx:Package`) holds properties, and a property holds a text, the address of a thing
//! (`rdf:resource`), or the thing. So a package may stand within the relationship of another one, many
//! levels down. A thing without properties is only a name for one that stands elsewhere.

use super::super::xml::{self, Root, Xml};
use super::{Document, Error, Input, Sink, Words};

/// Returns whether the first bytes are SPDX in RDF/XML.
pub(super) fn claims(input: &Input<'_>) -> bool {
    xml::root(input)
        .is_some_and(|Root { name, tag }| name == "RDF" && (tag.contains("spdx.org/rdf") || input.head_holds("spdx.org/rdf/terms")))
}

/// Reads all of it.
pub(super) fn read(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut xml = Xml::open(input);
    let mut document = Document::new(sink);
    let result = whole(&mut xml, &mut document);
    for remark in xml.remarks() {
        document.sbom.remark(remark);
    }
    document.finish(result)
}

fn whole(xml: &mut Xml<'_>, document: &mut Document<'_>) -> Result<(), Error> {
    let root = xml.root()?;
    while xml.child(root)? {
        thing(xml, document)?;
    }
    xml.end()
}

/// Reads a thing and what it holds. Returns its address.
fn thing(xml: &mut Xml<'_>, document: &mut Document<'_>) -> Result<String, Error> {
    let (line, here) = (xml.line(), xml.inside());
    let mut kind = xml.name().to_owned();
    let address = xml.attribute("about").or_else(|| xml.attribute("ID").map(|id| format!("#{id}")));
    let address = address.or_else(|| xml.attribute("nodeID").map(|id| format!("_:{id}"))).unwrap_or_default();
    let mut words = Words { id: address.clone(), ..Words::default() };
    let (mut version, mut is_empty) = (String::new(), true);
    while xml.child(here)? {
        is_empty = false;
        match xml.name() {
            "name" => words.name = xml.text()?,
            "versionInfo" => words.version = xml.text()?,
            "supplier" => words.supplier = xml.text()?,
            "originator" => words.originator = xml.text()?,
            "specVersion" => version = xml.text()?,
            "type" => kind = xml.attribute("resource").unwrap_or_default().rsplit(['#', '/']).next().unwrap_or_default().to_owned(),
            "externalRef" => references(xml, &mut words)?,
            "relationship" => relationships(xml, document, &address)?,
            "describesPackage" => {
                for described in objects(xml, document)? {
                    document.describes(&described);
                }
            }
            "externalDocumentRef" => {
                for other in objects(xml, document)? {
                    document.other(other.rsplit('#').next().unwrap_or_default());
                }
            }
            _ => {
                objects(xml, document)?;
            }
        }
    }
    match kind.as_str() {
        "SpdxDocument" => {
            document.version(&version);
            document.name(words.name);
        }
        "Package" if !is_empty => document.package(line, words),
        "File" if !is_empty => document.files += 1,
        _ => {}
    }
    Ok(address)
}

/// Reads what a property holds. Returns the addresses of the things.
fn objects(xml: &mut Xml<'_>, document: &mut Document<'_>) -> Result<Vec<String>, Error> {
    let mut found: Vec<_> = xml.attribute("resource").into_iter().collect();
    let here = xml.inside();
    while xml.child(here)? {
        found.push(thing(xml, document)?);
    }
    Ok(found)
}

fn references(xml: &mut Xml<'_>, words: &mut Words) -> Result<(), Error> {
    let property = xml.inside();
    while xml.child(property)? {
        let here = xml.inside();
        let (mut kind, mut locator) = (String::new(), String::new());
        while xml.child(here)? {
            match xml.name() {
                "referenceType" => {
                    kind = xml.attribute("resource").unwrap_or_default();
                    let inside = xml.inside();
                    while xml.child(inside)? {
                        kind = xml.attribute("about").unwrap_or_default();
                    }
                }
                "referenceLocator" => locator = xml.text()?,
                _ => {}
            }
        }
        words.references.push((kind, locator));
    }
    Ok(())
}

fn relationships(xml: &mut Xml<'_>, document: &mut Document<'_>, from: &str) -> Result<(), Error> {
    let property = xml.inside();
    while xml.child(property)? {
        let here = xml.inside();
        let (mut kind, mut to) = (String::new(), Vec::new());
        while xml.child(here)? {
            match xml.name() {
                "relationshipType" => kind = xml.attribute("resource").unwrap_or_default(),
                "relatedSpdxElement" => to = objects(xml, document)?,
                _ => {}
            }
        }
        document.relate(from, &kind, &to);
    }
    Ok(())
}
