//! Applications of macOS as `system_profiler SPApplicationsDataType` prints them.
//!
//! Each application is a name at four blanks with a colon behind it, and its details at six. Who
//! signed it is who makes it: `Developer ID Application: Example Ltd (ABCDE12345)`.

use super::clip::clip_bytes;
use super::columns::Field;
use super::json_records::{self, Record, Shape, Verdict};
use super::sniff::Input;
use super::text::{Item, Lines};
use super::xml::{self, Level, Xml};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};
use crate::model::IdentifierKind;

/// Longest text that is kept.
const MOST_TEXT: usize = 4 * 1024;

/// Reads reports of `system_profiler` as text.
pub(super) struct SystemProfiler;

impl Reader for SystemProfiler {
    fn name(&self) -> &'static str {
        "system-profiler"
    }

    fn description(&self) -> &'static str {
        "macOS applications, `system_profiler SPApplicationsDataType` as text"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let lines = input.first_lines(40);
        lines.iter().any(|line| line.as_ref() == "Applications:") && lines.iter().any(|line| name(line).is_some())
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut lines = Lines::new(input);
        let mut present: Option<(u64, Item)> = None;
        let (mut inside, mut others, mut after_blank) = (false, 0_u64, true);
        while let Some((line, text)) = lines.next(sink)? {
            let indent = text.len() - text.trim_start().len();
            let is_part = indent == 0 && after_blank && text.ends_with(':');
            after_blank = text.is_empty();
            if is_part {
                // Reports may hold other parts: hardware, network.
                inside = text == "Applications:";
                others += u64::from(!inside);
                give(present.take(), sink);
            } else if !inside || text.is_empty() || indent == 0 {
                // What stands at the left goes on with a copyright notice of several lines.
            } else if let Some(name) = name(text) {
                give(present.take(), sink);
                present = Some((line, Item { product: clip_bytes(name, MOST_TEXT).to_owned(), ..Item::default() }));
            } else if let Some((_, item)) = &mut present {
                if indent == 6
                    && let Some((key, value)) = text.trim_start().split_once(':')
                {
                    detail(item, key, value.trim());
                }
            } else {
                sink.unread(Unread::at(line, format!("the line belongs to no application: {}", clip::quote(text.trim()))));
            }
        }
        give(present.take(), sink);
        if others > 0 {
            sink.remark("the report holds more than applications; only these were read".to_owned());
        }
        lines.finish(sink);
        Ok(understood)
    }
}

fn give(present: Option<(u64, Item)>, sink: &mut dyn Sink) {
    if let Some((line, item)) = present {
        item.hand_on(line, sink);
    }
}

/// `    Terminal:`.
fn name(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("    ")?;
    let name = rest.strip_suffix(':')?;
    (!name.is_empty() && !name.starts_with(' ')).then_some(name)
}

fn detail(item: &mut Item, key: &str, value: &str) {
    match key {
        "Version" => clip_bytes(value, MOST_TEXT).clone_into(&mut item.version),
        "Obtained from" if value == "Apple" => "Apple".clone_into(&mut item.vendor),
        "Signed by" => {
            let signer = signer(value);
            if !signer.is_empty() {
                item.identifiers.push((IdentifierKind::Signer, signer.to_owned()));
                if item.vendor.is_empty() {
                    signer.clone_into(&mut item.vendor);
                }
            }
        }
        _ => {}
    }
}

/// Returns the organisation of the first certificate. What the store signed names only the store.
pub(super) fn signer(chain: &str) -> &str {
    let first = chain.split(", ").next().unwrap_or_default();
    let name = match first.split_once(": ") {
        Some((_, name)) => name,
        None if first.starts_with("Software Signing") => "Apple",
        None => return "",
    };
    match name.rsplit_once(" (") {
        Some((name, team)) if team.len() == 11 && team.ends_with(')') => name,
        _ => name,
    }
}

/// Reads reports of `system_profiler` as JSON.
pub(super) struct SystemProfilerJson;

static REPORT: Shape = Shape {
    records: &[&["SPApplicationsDataType"]],
    assets: &[&["SPSoftwareDataType", "local_host_name"]],
    scopes: &[&[]],
    fields: &[("_name", Field::Product), ("version", Field::Version), ("signed_by", Field::Signer)],
    others: &["obtained_from"],
    tidy: name_signer,
    lenient: false,
    gone: None,
};

/// Of the chain of certificates the first names the maker.
fn name_signer(record: &mut Record) -> Verdict {
    let signer = signer(record.get(Field::Signer)).to_owned();
    let vendor = if record.other("obtained_from") == "apple" { "Apple" } else { &signer };
    record.set(Field::Vendor, vendor);
    record.set(Field::Signer, signer);
    Verdict::Keep
}

impl Reader for SystemProfilerJson {
    fn name(&self) -> &'static str {
        "system-profiler-json"
    }

    fn description(&self) -> &'static str {
        "macOS applications, `system_profiler -json SPApplicationsDataType`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        input.head_holds("\"SPApplicationsDataType\"") && input.first_byte() == Some(b'{')
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        json_records::read(&REPORT, input, sink)
    }
}

/// Reads reports of `system_profiler` as a property list in XML.
pub(super) struct SystemProfilerXml;

impl Reader for SystemProfilerXml {
    fn name(&self) -> &'static str {
        "system-profiler-xml"
    }

    fn description(&self) -> &'static str {
        "macOS applications, `system_profiler -xml SPApplicationsDataType`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        xml::root(input).is_some_and(|root| root.name == "plist") && input.head_holds("SPApplicationsDataType")
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut xml = Xml::open(input);
        let mut others = 0;
        let result = parts(&mut xml, &mut others, sink);
        for remark in xml.remarks() {
            sink.remark(remark);
        }
        if others > 0 {
            sink.remark("the report holds more than applications; only these were read".to_owned());
        }
        result.map(|()| understood)
    }
}

/// The parts of a report: each a dictionary with its kind and its items.
fn parts(xml: &mut Xml<'_>, others: &mut u64, sink: &mut dyn Sink) -> Result<(), Error> {
    let root = xml.root()?;
    while xml.child(root)? {
        let list = xml.inside();
        while xml.child(list)? {
            let (part, mut is_applications) = (xml.inside(), false);
            while let Some(key) = key(xml, part)? {
                match key.as_str() {
                    "_dataType" => is_applications = xml.text()? == "SPApplicationsDataType",
                    "_items" if is_applications => applications(xml, sink)?,
                    "_items" => *others += 1,
                    _ => {}
                }
            }
        }
    }
    xml.end()
}

/// Goes to the next value of a dictionary. Returns its key.
fn key(xml: &mut Xml<'_>, dictionary: Level) -> Result<Option<String>, Error> {
    while xml.child(dictionary)? {
        if xml.name() == "key" {
            let key = xml.text()?;
            return Ok(xml.child(dictionary)?.then_some(key));
        }
    }
    Ok(None)
}

fn applications(xml: &mut Xml<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let list = xml.inside();
    while xml.child(list)? {
        let (line, application) = (xml.line(), xml.inside());
        let (mut item, mut origin) = (Item::default(), String::new());
        while let Some(key) = key(xml, application)? {
            match key.as_str() {
                "_name" => item.product = xml.text()?,
                "version" => item.version = xml.text()?,
                "obtained_from" => origin = xml.text()?,
                "signed_by" => {
                    // The first certificate names the maker.
                    let chain = xml.inside();
                    if xml.child(chain)? {
                        signer(&xml.text()?).clone_into(&mut item.vendor);
                    }
                }
                _ => {}
            }
        }
        if item.product.is_empty() {
            sink.unread(Unread::at(line, "the application has no name").column("_name"));
            continue;
        }
        if !item.vendor.is_empty() {
            item.identifiers.push((IdentifierKind::Signer, item.vendor.clone()));
        }
        if origin == "apple" {
            "Apple".clone_into(&mut item.vendor);
        }
        item.hand_on(line, sink);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn applications_name_who_signed_them() {
        let text = concat!(
            "Applications:\n\n    Telegram:\n\n      Version: 10.3\n      Obtained from: Identified Developer\n",
            "      Signed by: Developer ID Application: Telegram FZ-LLC (6N38VWS5BX), Developer ID Certification Authority, Apple Root CA\n",
            "      Get Info String: 10.3, copyright\nCopyright of others,\n      Location: /Applications/Telegram.app\n\n    Mise à jour: logiciels:\n\n      Version: 4.0.6\n\nHardware:\n\n    Hardware Overview:\n",
        );
        let (result, found) = gather("x.txt", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "system-profiler");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.vendor.as_str(), row.product.as_str(), row.version.as_str())).collect();
        assert_eq!(rows, [("Telegram FZ-LLC", "Telegram", "10.3"), ("", "Mise à jour: logiciels", "4.0.6")]);
        assert_eq!((found.rows[0].identifiers.len(), found.remarks.len()), (1, 1));
    }

    #[test]
    fn the_store_is_no_maker() {
        assert_eq!(signer("Software Signing, Apple Code Signing Certification Authority, Apple Root CA"), "Apple");
        assert_eq!(signer("Apple Mac OS Application Signing, Apple Worldwide Developer Relations"), "");
        assert_eq!(signer("Developer ID Application: Acme (EMEA) Ltd (ABCDE12345), x"), "Acme (EMEA) Ltd");
    }

    #[test]
    fn a_property_list_names_the_same() {
        let text = concat!(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"x\">\n<plist version=\"1.0\"><array><dict>\n",
            "<key>_dataType</key><string>SPApplicationsDataType</string><key>_items</key><array>\n",
            "<dict><key>_name</key><string>Telegram</string><key>obtained_from</key><string>identified_developer</string>",
            "<key>signed_by</key><array><string>Developer ID Application: Telegram FZ-LLC (6N38VWS5BX)</string><string>Apple Root CA</string></array>",
            "<key>version</key><string>10.3</string></dict>\n<dict><key>version</key><string>1</string></dict>\n</array></dict></array></plist>\n",
        );
        let (result, found) = gather("x.plist", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "system-profiler-xml");
        let row = &found.rows[0];
        assert_eq!(
            (row.vendor.as_str(), row.product.as_str(), row.version.as_str(), row.line),
            ("Telegram FZ-LLC", "Telegram", "10.3", 5)
        );
        assert_eq!((found.unread[0].line, &found.remarks[..]), (Some(6), &[][..]));
    }
}
