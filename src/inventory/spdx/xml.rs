//! SPDX 2 as plain XML: the words of the JSON, as elements that repeat where JSON has a list.

use super::super::xml::{self, Root, Xml};
use super::{Document, Error, Input, Sink, Words};

/// Returns whether the first bytes are SPDX in XML.
pub(super) fn claims(input: &Input<'_>) -> bool {
    let is_ours = || ["spdxVersion>", "SPDXID>"].iter().any(|text| input.head_holds(text));
    xml::root(input).is_some_and(|Root { name, .. }| name == "Document" && is_ours())
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
        match xml.name() {
            "spdxVersion" => document.version(&xml.text()?),
            "name" => {
                let name = xml.text()?;
                document.name(name);
            }
            "documentDescribes" => document.describes(&xml.text()?),
            "packages" => package(xml, document)?,
            "files" => document.files += 1,
            "relationships" => {
                let [from, kind, to] = texts(xml, ["spdxElementId", "relationshipType", "relatedSpdxElement"])?;
                document.relate(&from, &kind, Some(to).filter(|to| !to.is_empty()).as_slice());
            }
            "externalDocumentRefs" => {
                let [name] = texts(xml, ["externalDocumentId"])?;
                document.other(&name);
            }
            _ => {}
        }
    }
    xml.end()
}

fn package(xml: &mut Xml<'_>, document: &mut Document<'_>) -> Result<(), Error> {
    let (line, here) = (xml.line(), xml.inside());
    let mut words = Words::default();
    while xml.child(here)? {
        match xml.name() {
            "SPDXID" => words.id = xml.text()?,
            "name" => words.name = xml.text()?,
            "versionInfo" => words.version = xml.text()?,
            "supplier" => words.supplier = xml.text()?,
            "originator" => words.originator = xml.text()?,
            "externalRefs" => {
                let [kind, locator] = texts(xml, ["referenceType", "referenceLocator"])?;
                words.references.push((kind, locator));
            }
            _ => {}
        }
    }
    document.package(line, words);
    Ok(())
}

/// Returns the texts of some children.
fn texts<const N: usize>(xml: &mut Xml<'_>, names: [&str; N]) -> Result<[String; N], Error> {
    let mut found = [const { String::new() }; N];
    let here = xml.inside();
    while xml.child(here)? {
        if let Some(at) = names.iter().position(|name| *name == xml.name()) {
            found[at] = xml.text()?;
        }
    }
    Ok(found)
}
