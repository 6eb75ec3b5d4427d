//! Applications of macOS as `system_profiler SPApplicationsDataType` prints them.
//!
//! Each application is a name at four blanks with a colon behind it, and its details at six. Who
//! signed it is who makes it: `Developer ID Application: Example Ltd (ABCDE12345)`.

use super::clip::clip_bytes;
use super::columns::Field;
use super::json_records::{self, Record, Shape, Verdict};
use super::sniff::Input;
use super::text::{Item, Lines};
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
}
