//! SPDX 2 as tag-value: a line for each word, `PackageName: reader`; a package begins with its name.
//!
//! Long texts stand between `<text>` and `</text>` and may have lines of their own. What is neither is
//! passed over, and a remark counts it. Nothing ends such a file: where it was cut off shows only by
//! an open text, or by a last line without an end in a package that is not whole.

use super::super::records::{Records, Step};
use super::{Document, Error, Input, LastByte, Sink, Unread, Words};

const TEXT: &str = "<text>";
const TEXT_ENDS: &str = "</text>";

/// Reads all of it.
pub(super) fn read(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let (text, last) = LastByte::watch(input.into_reader());
    let mut document = Document::new(sink);
    let mut lines = Lines::default();
    let result = lines.all(text, &mut document);
    lines.end_package(&mut document);
    let result = result.and_then(|()| match &lines.text {
        Some((_, line)) => Err(Error::Broken(Unread::at(*line, "the file breaks off in the text that begins here"))),
        None if last.is_line_end() || lines.ended_text => Ok(()),
        None if lines.lacks_origin => {
            Err(Error::Broken(Unread::at(lines.line, "the file breaks off here; what came before was read")))
        }
        None => {
            document.no_line_end();
            Ok(())
        }
    });
    if lines.foreign > 0 {
        document.sbom.remark(format!("{} lines that are not UTF-8 were read as Windows-1252", lines.foreign));
    }
    if let Some(first) = lines.stray {
        document
            .sbom
            .remark(format!("{} lines that are no tag with a value were passed over, the first is line {first}", lines.strays));
    }
    document.finish(result)
}

/// Where reading is.
#[derive(Default)]
struct Lines {
    line: u64,
    /// The tag of a text that goes on, and the line it begins on.
    text: Option<(String, u64)>,
    /// The last line ended a text.
    ended_text: bool,
    /// The package that is being read, and the line it begins on.
    package: Option<(Words, u64)>,
    /// The last package does not say where it is from, which all must.
    lacks_origin: bool,
    stray: Option<u64>,
    strays: u64,
    foreign: u64,
}

impl Lines {
    fn all(&mut self, text: impl std::io::Read, document: &mut Document<'_>) -> Result<(), Error> {
        let mut records = Records::lines(text);
        while let Some(step) = records.step().map_err(Error::read)? {
            self.line = records.line();
            match step {
                Step::Empty => {}
                Step::Broken(broken) => document.sbom.unread(Unread::at(self.line, broken.reason().replace("row", "line"))),
                Step::Record => {
                    let bytes = records.bytes();
                    match std::str::from_utf8(bytes) {
                        Ok(line) => self.line(line, document),
                        Err(_) => {
                            self.foreign += 1;
                            let (line, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
                            self.line(&line, document);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &str, document: &mut Document<'_>) {
        let line = line.trim();
        self.ended_text = line.ends_with(TEXT_ENDS);
        if self.text.is_some() {
            if line.contains(TEXT_ENDS) {
                self.text = None;
            }
            return;
        }
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        let Some((tag, value)) = line.split_once(':').filter(|(tag, _)| tag.chars().all(char::is_alphanumeric)) else {
            self.stray.get_or_insert(self.line);
            self.strays += 1;
            return;
        };
        let mut value = value.trim();
        if let Some(text) = value.strip_prefix(TEXT) {
            match text.split_once(TEXT_ENDS) {
                Some((text, _)) => value = text.trim(),
                None => {
                    self.text = Some((tag.to_owned(), self.line));
                    value = text.trim();
                }
            }
        }
        self.tag(tag, value, document);
    }

    fn tag(&mut self, tag: &str, value: &str, document: &mut Document<'_>) {
        match tag {
            "SPDXVersion" => document.version(value),
            "DocumentName" => document.name(value.to_owned()),
            "ExternalDocumentRef" => document.other(value.split_whitespace().next().unwrap_or_default()),
            "PackageName" => {
                self.end_package(document);
                self.package = Some((Words { name: value.to_owned(), ..Words::default() }, self.line));
                self.lacks_origin = true;
            }
            "FileName" | "SnippetSPDXID" | "LicenseID" => {
                self.end_package(document);
                self.lacks_origin = false;
                document.files += u64::from(tag == "FileName");
            }
            "Relationship" => {
                let words: Vec<_> = value.split_whitespace().collect();
                match words[..] {
                    [from, kind, to, ..] => document.relate(from, kind, &[to.to_owned()]),
                    _ => document.unclear_relationships += 1,
                }
            }
            _ => {
                if let Some((words, _)) = &mut self.package {
                    match tag {
                        "SPDXID" => words.id = value.to_owned(),
                        "PackageVersion" => words.version = value.to_owned(),
                        "PackageSupplier" => words.supplier = value.to_owned(),
                        "PackageOriginator" => words.originator = value.to_owned(),
                        "PackageDownloadLocation" => self.lacks_origin = false,
                        "ExternalRef" => {
                            let mut parts = value.splitn(3, char::is_whitespace).map(str::trim).skip(1);
                            if let (Some(kind), Some(locator)) = (parts.next(), parts.next()) {
                                words.references.push((kind.to_owned(), locator.to_owned()));
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn end_package(&mut self, document: &mut Document<'_>) {
        if let Some((words, line)) = self.package.take() {
            document.package(line, words);
        }
    }
}
