//! The first bytes of a file: how its text is written, and whether it is text at all.

use std::borrow::Cow;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use encoding_rs_io::DecodeReaderBytesBuilder;

use super::encoding::{self, Encoding, Foreign, Mixed};
use super::{Bytes, Error, Options, Refusal, Whole};
use crate::diag::Code;

/// So many bytes are looked at before anything is decided.
const HEAD: usize = 64 * 1024;

/// A file whose first bytes are known: text without a mark, put into UTF-8; or bytes as they are,
/// where they are no text.
pub(super) struct Input<'a> {
    /// The file's name, lower case.
    pub(super) name: String,
    /// How it is written.
    pub(super) encoding: Encoding,
    /// Whether every row was put into UTF-8, so that damaged bytes are U+FFFD by now.
    pub(super) is_decoded: bool,
    /// Its first bytes.
    pub(super) head: Vec<u8>,
    /// Whether these are all.
    pub(super) complete: bool,
    /// Rows that are no UTF-8, among others.
    foreign: Option<Rc<Foreign>>,
    /// What the bytes are, where they are no text.
    binary: Option<&'static str>,
    /// The file that the bytes are, where they are read as they lie there.
    whole: Option<Whole>,
    rest: Box<dyn Read + 'a>,
}

impl<'a> Input<'a> {
    /// Looks at the first bytes. Refuses what is empty.
    pub(super) fn open(name: &str, input: &'a mut dyn Bytes, options: &Options) -> Result<Self, Error> {
        let whole = input.whole();
        let (head, complete, rest) = read_head(Box::new(input)).map_err(Error::read)?;
        let binary = signature(&head);
        let mut opened = Self {
            name: name.to_lowercase(),
            encoding: Encoding::Utf8,
            is_decoded: false,
            head,
            complete,
            foreign: None,
            binary,
            whole,
            rest,
        };
        if opened.binary.is_none() {
            opened.decode(options)?;
        }
        Ok(opened)
    }

    /// Puts text into UTF-8.
    fn decode(&mut self, options: &Options) -> Result<(), Error> {
        let unicode = options.encoding.unwrap_or_else(|| encoding_of(&self.head));
        self.encoding = unicode;
        match unicode {
            Encoding::Utf8 if options.encoding.is_none() => {
                if mostly_controls(&self.head) {
                    self.binary = Some("binary data");
                // XML says itself how it is written; its reader looks.
                } else if let Some(guess) = encoding::of_head(&self.head, self.complete).filter(|_| self.first_byte() != Some(b'<'))
                {
                    let foreign = Rc::new(Foreign::default());
                    self.foreign = Some(Rc::clone(&foreign));
                    self.encoding = Encoding::Legacy(guess);
                    self.through(|bytes| Box::new(Mixed::new(bytes, guess, foreign)))?;
                }
            }
            encoding => {
                self.is_decoded = true;
                let decoder = Some(encoding.decoder());
                self.through(|bytes| Box::new(DecodeReaderBytesBuilder::new().encoding(decoder).build(bytes)))?;
            }
        }
        if self.head.starts_with(b"\xef\xbb\xbf") {
            self.head.drain(..3);
            self.whole = None;
        }
        if self.head.iter().all(u8::is_ascii_whitespace) && self.complete {
            return Err(Refusal::new(Code::EmptyInventory, "the file is empty").into());
        }
        if mostly_controls(&self.head) {
            self.binary = Some("binary data");
        }
        Ok(())
    }

    /// Sends all of the bytes through a decoder.
    fn through(&mut self, decoder: impl FnOnce(Box<dyn Read + 'a>) -> Box<dyn Read + 'a>) -> Result<(), Error> {
        let rest = std::mem::replace(&mut self.rest, Box::new(io::empty()));
        let decoded = decoder(Box::new(Cursor::new(std::mem::take(&mut self.head)).chain(rest)));
        self.whole = None;
        (self.head, self.complete, self.rest) = read_head(decoded).map_err(Error::read)?;
        Ok(())
    }

    /// Returns whether the bytes are no text.
    pub(super) fn is_binary(&self) -> bool {
        self.binary.is_some()
    }

    /// Returns all of the bytes as a file, to be read in any order: that which they are, else a copy without a name.
    pub(super) fn into_whole(mut self) -> Result<Whole, Error> {
        self.whole.take().map_or_else(|| Whole::copy(&mut self.into_reader()).map_err(Error::read), Ok)
    }

    /// Returns all of the text, from its start.
    pub(super) fn into_reader(self) -> impl Read + 'a {
        Cursor::new(self.head).chain(self.rest)
    }

    /// Returns whether the name ends in one of these extensions, but for that of a compressed file.
    pub(super) fn has_extension(&self, extensions: &[&str]) -> bool {
        let name = [".gz", ".zst"].iter().find_map(|packed| self.name.strip_suffix(packed)).unwrap_or(&self.name);
        name.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    /// Returns the rows that are no UTF-8, to be told of after reading.
    pub(super) fn foreign(&self) -> Option<(Rc<Foreign>, Encoding)> {
        self.foreign.clone().map(|foreign| (foreign, self.encoding))
    }

    /// Returns the first byte that is no white space.
    pub(super) fn first_byte(&self) -> Option<u8> {
        self.head.iter().copied().find(|byte| !byte.is_ascii_whitespace())
    }

    /// Returns the first lines that say something, at most so many, without one that may be cut off.
    pub(super) fn first_lines(&self, most: usize) -> Vec<Cow<'_, str>> {
        let mut lines: Vec<_> = self.head.split(|&byte| byte == b'\n').collect();
        if !self.complete {
            lines.pop();
        }
        let lines = lines.into_iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        lines.filter(|line| !line.trim_ascii().is_empty()).take(most).map(String::from_utf8_lossy).collect()
    }

    /// Returns whether the first bytes hold a text.
    pub(super) fn head_holds(&self, text: &str) -> bool {
        self.head.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

/// Reads until the head is full or the input ends. Where reading fails after some bytes, these
/// stand, and the failure comes after them.
fn read_head<'a>(mut bytes: Box<dyn Read + 'a>) -> io::Result<(Vec<u8>, bool, Box<dyn Read + 'a>)> {
    let mut head = Vec::new();
    match bytes.by_ref().take(HEAD as u64).read_to_end(&mut head) {
        Ok(_) => {
            let complete = head.len() < HEAD;
            Ok((head, complete, bytes))
        }
        Err(error) if head.is_empty() => Err(error),
        Err(error) => Ok((head, false, Box::new(Failing::new(Some(error))))),
    }
}

/// Fails once, and is at its end then; without an error, it is so at once.
pub(super) struct Failing(Option<io::Error>);

impl Failing {
    pub(super) fn new(error: Option<io::Error>) -> Self {
        Self(error)
    }
}

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Tells UTF-16 by its mark, or by NULs in every other place, which plain text never has.
fn encoding_of(head: &[u8]) -> Encoding {
    match head {
        [0xff, 0xfe, ..] => return Encoding::Utf16Le,
        [0xfe, 0xff, ..] => return Encoding::Utf16Be,
        _ => {}
    }
    let nuls = |first: usize| head.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let (high, low) = (nuls(0), nuls(1));
    // Text in Chinese has few NULs, but its separators and line ends still have one each.
    let enough = (head.len() / 64).max(2);
    if low >= enough && high * 20 <= low && head.first() != Some(&0) {
        Encoding::Utf16Le
    } else if high >= enough && low * 20 <= high && head.first() == Some(&0) {
        Encoding::Utf16Be
    } else {
        Encoding::Utf8
    }
}

/// Signatures of files that are no text, and what to call them.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"\x7fELF", "a Linux program"),
    (b"MZ\x90", "a Windows program"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an Office workbook (.xlsx, .ods)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"PAR1", "a Parquet table"),
    (b"PARE", "an encrypted Parquet table"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old Office document (.xls)"),
    (b"bplist00", "a binary property list"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\xca\xfe\xba\xbe", "a macOS program or a Java class"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
];

fn signature(head: &[u8]) -> Option<&'static str> {
    SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)).map(|&(_, kind)| kind)
}

/// A few stray NULs are left to the rows they stand in.
fn mostly_controls(head: &[u8]) -> bool {
    let controls = head.iter().filter(|&&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)).count();
    controls * 50 > head.len()
}

/// Returns what a file that is no text looks like.
pub(super) fn binary_kind(input: &Input<'_>) -> Option<&'static str> {
    input.binary
}

/// Refuses bytes that no reader takes.
pub(super) fn not_text(kind: &str) -> Refusal {
    Refusal::new(Code::UnknownFormat, format!("the file is not text: it looks like {kind}"))
        .help("unpack it, or export the inventory as CSV, as a workbook, an SBOM or as JSON, and give that file")
}

/// Names well-known text formats that no reader takes.
pub(super) fn looks_like(input: &Input<'_>) -> Option<&'static str> {
    let holds = |text| input.head_holds(text);
    match input.first_byte()? {
        b'<' if holds("<plist") => Some("a property list"),
        b'<' if holds("<html") || holds("<HTML") => Some("a web page"),
        b'<' => Some("an XML document"),
        b'{' if holds("\"payloadType\"") && holds("\"payload\"") => Some("a signed attestation, whose content is encoded"),
        b'{' if holds("\"matches\"") && holds("\"vulnerability\"") => Some("a grype report, which lists only what is vulnerable"),
        b'{' | b'[' if holds("\"component\"") && holds("\"purl\"") && holds("\"vendor\"") => Some("a result of SCANOSS"),
        b'{' | b'[' => Some("JSON of another kind"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(bytes: &[u8]) -> Result<(Encoding, Vec<u8>), String> {
        let mut bytes = bytes;
        let input = Input::open("x", &mut bytes, &Options::default()).map_err(|error| error.to_string())?;
        if let Some(kind) = binary_kind(&input) {
            return Err(not_text(kind).to_string());
        }
        let encoding = input.encoding;
        let mut text = Vec::new();
        input.into_reader().read_to_end(&mut text).expect("memory");
        Ok((encoding, text))
    }

    #[test]
    fn marks_are_dropped_and_utf16_is_told_without_one() {
        assert_eq!(open(b"\xef\xbb\xbfname\n"), Ok((Encoding::Utf8, b"name\n".to_vec())));
        assert_eq!(open(b"\xff\xfen\0a\0"), Ok((Encoding::Utf16Le, b"na".to_vec())));
        assert_eq!(open(b"\xfe\xff\0n\0a"), Ok((Encoding::Utf16Be, b"na".to_vec())));
        assert_eq!(open(b"n\0a\0m\0e\0"), Ok((Encoding::Utf16Le, b"name".to_vec())));
        assert_eq!(open(b"\0n\0a\0m\0e"), Ok((Encoding::Utf16Be, b"name".to_vec())));
        assert_eq!(open(b"n\xe4me"), Ok((Encoding::Legacy(encoding_rs::WINDOWS_1252), "näme".as_bytes().to_vec())));
    }

    #[test]
    fn a_file_is_copied_only_where_its_bytes_are_changed() {
        let read = |bytes: &[u8]| {
            let file = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(file.path(), bytes).expect("writes");
            let mut opened = std::fs::File::open(file.path()).expect("opens");
            let input = Input::open("x", &mut opened, &Options::default()).expect("something");
            let mut whole = input.into_whole().expect("a file");
            std::fs::write(file.path(), b"written over").expect("writes");
            let mut text = Vec::new();
            whole.read_to_end(&mut text).expect("reads");
            String::from_utf8(text).expect("UTF-8")
        };
        assert_eq!((read(b"PAR1 and so on"), read(b"a table")), ("written over".into(), "written over".into()));
        assert_eq!(read(b"\xef\xbb\xbfa table"), "a table");
        assert_eq!(read(b"n\xe4me"), "näme");
        assert_eq!(read(b"\xff\xfen\0a\0"), "na");
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert!(open(b"").expect_err("refused").contains("empty"));
        assert!(open(b" \r\n").expect_err("refused").contains("empty"));
        assert!(open(b"PK\x03\x04....").expect_err("refused").contains("Office workbook"));
        assert!(open(b"\x7fELF\x02\x01\x01").expect_err("refused").contains("Linux program"));
        assert!(open(&[1, 2, 3, 4, 5, 6, 7]).expect_err("refused").contains("binary"));
    }
}
