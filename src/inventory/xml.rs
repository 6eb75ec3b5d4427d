//! XML for every reader of it: element by element, with lines and limits, in bounded memory.
//!
//! ```text
//! let mut xml = Xml::open(input);
//! let root = xml.root()?;                          // `xml.name()` is the root's
//! while xml.child(root)? {                         // each child of the root, one after the other
//!     match xml.name() {
//!         "supplier" => supplier = xml.text()?,    // the text of the element, to its end
//!         "components" => {
//!             let line = xml.line();               // the line its tag begins on
//!             let id = xml.attribute("bom-ref");
//!             let here = xml.inside();             // to go into it
//!             while xml.child(here)? { … }
//!         }
//!         _ => {}                                  // what nobody reads is passed over
//!     }
//! }
//! xml.end()?;                                      // a break after what was read is told, too
//! for remark in xml.remarks() { sink.remark(remark) }
//! ```
//!
//! [`root`] looks at the first bytes and says which document it is, for `claims`.
//!
//! Names come without their prefix: what namespace a file binds to which prefix differs from tool
//! to tool. A reader that must tell them apart asks for the whole tag.
//!
//! Nothing is ever expanded or fetched: of references, the five predefined entities and characters
//! by number are read; others stay as written and a remark says so, as it does where the document
//! declares some. The text of an element, and of an attribute, is cut after [`MOST_TEXT`]; a tag, a
//! comment or a CDATA section of more than [`MOST_MARKUP`] bytes, and nesting beyond [`MOST_DEPTH`],
//! end the reading. All that ends it is [`Error::Broken`] with its line.
//!
//! Text is read in the encoding that the document declares. Bytes that are not UTF-8 where they
//! should be are read as Windows-1252, and a remark says so.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use encoding_rs_io::DecodeReaderBytesBuilder;
use quick_xml::errors::SyntaxError;
use quick_xml::events::{BytesStart, Event};

use super::clip::{clip, clip_bytes, quote};
use super::sniff::Input;
use super::{Error, Unread};

/// Longest text of an element or attribute, in bytes; the rest of it is dropped.
pub(super) const MOST_TEXT: usize = 64 * 1024;
/// Longest tag, comment or CDATA section, in bytes.
pub(super) const MOST_MARKUP: usize = 16 * 1024 * 1024;
/// Deepest nesting of elements.
pub(super) const MOST_DEPTH: u32 = 256;

/// The first tag of a document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Root {
    /// Its name without prefix.
    pub(super) name: String,
    /// All of the tag, with the namespaces it binds.
    pub(super) tag: String,
}

/// Returns the first tag, where the first bytes of a file are XML and hold it.
pub(super) fn root(input: &Input<'_>) -> Option<Root> {
    if input.is_binary() || input.first_byte() != Some(b'<') {
        return None;
    }
    let head = String::from_utf8_lossy(&input.head);
    let mut reader = quick_xml::Reader::from_str(&head);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                return Some(Root { name: tag.local_name().as_ref().to_owned(), tag: tag.to_string() });
            }
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// An element whose children are read, as its depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level(u32);

/// A document that is being read.
pub(super) struct Xml<'a> {
    reader: quick_xml::Reader<Lines<Box<dyn Read + 'a>>>,
    buffer: Vec<u8>,
    depth: u32,
    /// The last thing that was read is the tag of an element, and not yet what is in it.
    fresh: bool,
    seen_root: bool,
    /// Line that the tag last read begins on.
    line: u64,
    tag: String,
    /// Bytes of the element's name in the tag.
    name: std::ops::Range<usize>,
    mended: Rc<Cell<u64>>,
    notes: Notes,
}

/// What the remarks are made of.
#[derive(Default)]
struct Notes {
    encoding: Option<String>,
    cut: u64,
    declares: bool,
    unknown_references: u64,
    odd_attributes: u64,
}

/// What was met.
enum Step {
    Open,
    Text(String),
    Close,
    End,
}

impl<'a> Xml<'a> {
    /// Starts reading.
    pub(super) fn open(input: Input<'a>) -> Self {
        let mut notes = Notes::default();
        let declared = declared_encoding(&input.head).filter(|_| input.encoding == super::Encoding::Utf8);
        let text = input.into_reader();
        let text: Box<dyn Read + 'a> =
            match declared.as_deref().map(|name| (name, encoding_rs::Encoding::for_label(name.as_bytes()))) {
                None => Box::new(text),
                Some((name, None)) => {
                    notes.encoding =
                        Some(format!("the document declares its encoding as {}, which is not known; read as UTF-8", quote(name)));
                    Box::new(text)
                }
                // A file that calls itself UTF-16 and is none was saved anew by something that did not look.
                Some((_, Some(encoding))) if !encoding.is_ascii_compatible() || encoding == encoding_rs::UTF_8 => Box::new(text),
                Some((_, Some(encoding))) => {
                    Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_override(true).build(text))
                }
            };
        let mended = Rc::new(Cell::new(0));
        let mut reader = quick_xml::Reader::from_reader(Lines::new(text, Rc::clone(&mended)));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        Self {
            reader,
            buffer: Vec::new(),
            depth: 0,
            fresh: false,
            seen_root: false,
            line: 1,
            tag: String::new(),
            name: 0..0,
            mended,
            notes,
        }
    }

    /// Goes to the root element.
    pub(super) fn root(&mut self) -> Result<Level, Error> {
        while self.depth == 0 {
            if let Step::End = self.step()? {
                return Err(self.broken("the file holds no XML element"));
            }
        }
        Ok(self.inside())
    }

    /// Returns the element that was last come to, so that its children can be read.
    pub(super) fn inside(&self) -> Level {
        Level(self.depth)
    }

    /// Goes to the next child of an element. Returns whether there is one; at the element's end,
    /// there is none. What is left of the child before is passed over.
    pub(super) fn child(&mut self, of: Level) -> Result<bool, Error> {
        while self.depth >= of.0 {
            match self.step()? {
                Step::Open if self.depth == of.0 + 1 => return Ok(true),
                Step::End => break,
                Step::Open | Step::Text(_) | Step::Close => {}
            }
        }
        Ok(false)
    }

    /// Returns the name of the element last come to, without prefix.
    pub(super) fn name(&self) -> &str {
        &self.tag[self.name.clone()]
    }

    /// Returns the line that its tag begins on.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Returns an attribute of its tag, by name without prefix.
    pub(super) fn attribute(&mut self, name: &str) -> Option<String> {
        let tag = BytesStart::from_content(self.tag.as_str(), self.name.end);
        let mut odd = 0;
        let mut found = None;
        for attribute in tag.attributes().with_checks(false) {
            match attribute {
                Ok(attribute) if attribute.key.local_name().as_ref() == name => {
                    found = Some(attribute.value.into_owned());
                    break;
                }
                Ok(_) => {}
                Err(_) => odd += 1,
            }
        }
        self.notes.odd_attributes += odd;
        let mut value = self.resolve_all(&found?);
        self.limit(&mut value);
        Some(value.trim().to_owned())
    }

    /// Returns the text of the element last come to, and goes to its end. The text of elements in
    /// it is not part of it. Without white space around it.
    pub(super) fn text(&mut self) -> Result<String, Error> {
        let mut whole = String::new();
        if !self.fresh {
            return Ok(whole);
        }
        let own = self.depth;
        let mut full = false;
        while self.depth >= own {
            match self.step()? {
                Step::Text(text) if self.depth == own && !full => {
                    whole.push_str(&text);
                    full = self.limit(&mut whole);
                }
                Step::End => break,
                Step::Open | Step::Text(_) | Step::Close => {}
            }
        }
        let trimmed = whole.trim();
        Ok(if trimmed.len() == whole.len() { whole } else { trimmed.to_owned() })
    }

    /// Goes to the end of the document.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        while !matches!(self.step()?, Step::End) {}
        Ok(())
    }

    /// Returns what is to be said of the document as a whole, as it stands.
    pub(super) fn remarks(&self) -> Vec<String> {
        let notes = &self.notes;
        let cut = notes.cut + self.reader.get_ref().cut;
        let mut remarks = Vec::new();
        remarks.extend(notes.encoding.clone());
        if notes.declares {
            remarks.push("the document declares entities or a document type of its own; these are not followed".to_owned());
        }
        if notes.unknown_references > 0 {
            remarks.push(format!("{} references to entities that are not known were left as written", notes.unknown_references));
        }
        if notes.odd_attributes > 0 {
            remarks.push(format!("{} attributes that are not well-formed were passed over", notes.odd_attributes));
        }
        if cut > 0 {
            remarks.push(format!("texts of more than {MOST_TEXT} bytes were cut ({cut} of them)"));
        }
        if self.mended.get() > 0 {
            remarks.push(format!("{} bytes that are not UTF-8 were read as Windows-1252", self.mended.get()));
        }
        remarks
    }

    fn step(&mut self) -> Result<Step, Error> {
        self.fresh = false;
        loop {
            self.buffer.clear();
            let begins = self.reader.get_mut().begin();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => return Err(self.failure(&error)),
            };
            match event {
                Event::Start(tag) => {
                    self.tag.clear();
                    self.tag.push_str(&tag);
                    let end = tag.name().as_ref().len();
                    self.name = end - tag.local_name().as_ref().len()..end;
                    self.line = begins;
                    if self.depth == 0 && std::mem::replace(&mut self.seen_root, true) {
                        return Err(self.broken("a second document begins here, which was not read"));
                    }
                    self.depth += 1;
                    if self.depth > MOST_DEPTH {
                        return Err(
                            self.broken("elements are nested deeper than the limit; what stands below and after was not read")
                        );
                    }
                    self.fresh = true;
                    return Ok(Step::Open);
                }
                // A tag without content, such as `<a/>`, comes as two.
                Event::End(_) | Event::Empty(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Step::Close);
                }
                Event::Text(text) if self.depth > 0 => return Ok(Step::Text(text.to_string())),
                Event::CData(text) if self.depth > 0 => return Ok(Step::Text(text.to_string())),
                Event::GeneralRef(reference) if self.depth > 0 => {
                    let text = resolve(&reference).map_or_else(
                        || {
                            self.notes.unknown_references += 1;
                            format!("&{};", &*reference)
                        },
                        String::from,
                    );
                    return Ok(Step::Text(text));
                }
                Event::Text(text) if self.seen_root && !text.trim().is_empty() => {
                    return Err(self.broken("something that is no XML follows the document"));
                }
                Event::DocType(text) => self.notes.declares |= text.contains("<!") || text.contains('['),
                Event::Eof if self.depth > 0 => return Err(self.broken(BREAKS_OFF)),
                Event::Eof => return Ok(Step::End),
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    /// Cuts a text to the limit. Returns whether it was cut.
    fn limit(&mut self, text: &mut String) -> bool {
        let end = clip_bytes(text, MOST_TEXT).len();
        let cut = end < text.len();
        if cut {
            text.truncate(end);
            self.notes.cut += 1;
        }
        cut
    }

    /// Puts characters in the place of the references in an attribute.
    fn resolve_all(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            match rest.find(';').and_then(|end| Some((resolve(&rest[..end])?, end))) {
                Some((letter, end)) => {
                    out.push(letter);
                    rest = &rest[end + 1..];
                }
                None => out.push('&'),
            }
        }
        out.push_str(rest);
        out
    }

    fn broken(&self, reason: impl Into<String>) -> Error {
        Error::Broken(Unread::at(self.reader.get_ref().line(), reason))
    }

    fn failure(&self, error: &quick_xml::Error) -> Error {
        if self.reader.get_ref().too_long {
            return self.broken(format!("a tag, comment or section has more than {MOST_MARKUP} bytes; what follows was not read"));
        }
        match error {
            quick_xml::Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<super::Damage>()) {
                Some(super::Damage(reason)) => self.broken(reason.clone()),
                None => Error::Io { operation: "read", source: io::Error::new(error.kind(), error.to_string()) },
            },
            // All others are that the input ends too soon.
            quick_xml::Error::Syntax(error) if *error != SyntaxError::InvalidBangMarkup => self.broken(BREAKS_OFF),
            quick_xml::Error::IllFormed(error) => self.broken(damaged(&error.to_string())),
            error => self.broken(damaged(&error.to_string())),
        }
    }
}

const BREAKS_OFF: &str = "the file breaks off here; what came before was read";

fn damaged(what: &str) -> String {
    format!("the XML is damaged here ({}); what came before was read", clip(what, 120))
}

/// Returns the character that a reference stands for.
fn resolve(reference: &str) -> Option<char> {
    Some(match reference {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => {
            let number = reference.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|&letter| letter != '\0')?
        }
    })
}

/// Returns the encoding that the XML declaration names.
fn declared_encoding(head: &[u8]) -> Option<String> {
    let head = head.trim_ascii_start();
    let declaration = head.strip_prefix(b"<?xml")?;
    let end = declaration.iter().take(500).position(|&byte| byte == b'>')?;
    let declaration = std::str::from_utf8(&declaration[..end]).ok()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quotes = value.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    Some(value[1..].split_once(quotes)?.0.trim().to_owned())
}

/// Hands text to the parser as UTF-8, piece by piece: counts the lines that were taken, and keeps the
/// limits of the piece of XML that is being read.
struct Lines<R> {
    input: R,
    /// Valid UTF-8 from `at` on to `end`; then bytes that only begin a character.
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    /// All of the input is in the buffer.
    ended: bool,
    line_ends: u64,
    /// What is being read, and how much of it was taken.
    piece: Piece,
    taken: usize,
    too_long: bool,
    cut: u64,
    mended: Rc<Cell<u64>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Unknown,
    Text,
    Markup,
}

/// So much is read at once.
const CHUNK: usize = 64 * 1024;

impl<R: Read> Lines<R> {
    fn new(input: R, mended: Rc<Cell<u64>>) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            at: 0,
            end: 0,
            ended: false,
            line_ends: 0,
            piece: Piece::Unknown,
            taken: 0,
            too_long: false,
            cut: 0,
            mended,
        }
    }

    /// Begins a new piece. Returns the line it begins on.
    fn begin(&mut self) -> u64 {
        self.piece = Piece::Unknown;
        self.taken = 0;
        self.line()
    }

    fn line(&self) -> u64 {
        self.line_ends + 1
    }

    /// Reads on, and puts bytes that are not UTF-8 into it.
    fn fill(&mut self) -> io::Result<()> {
        while self.at == self.end && !self.ended {
            self.buffer.drain(..self.end);
            (self.at, self.end) = (0, 0);
            let begun = self.buffer.len();
            self.buffer.resize(begun + CHUNK, 0);
            let count = loop {
                match self.input.read(&mut self.buffer[begun..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            self.buffer.truncate(begun + count.as_ref().map_or(0, |&count| count));
            self.ended = count? == 0;
            self.end = match std::str::from_utf8(&self.buffer) {
                Ok(_) => self.buffer.len(),
                Err(error) if error.error_len().is_none() && !self.ended => error.valid_up_to(),
                Err(_) => self.mend(),
            };
        }
        Ok(())
    }

    /// Reads bytes that are not UTF-8 as Windows-1252. Returns the end of what is whole.
    fn mend(&mut self) -> usize {
        let bytes = std::mem::take(&mut self.buffer);
        let mut rest = bytes.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(_) => {
                    self.buffer.extend_from_slice(rest);
                    return self.buffer.len();
                }
                Err(error) => {
                    let (whole, odd) = rest.split_at(error.valid_up_to());
                    self.buffer.extend_from_slice(whole);
                    if error.error_len().is_none() && !self.ended {
                        let end = self.buffer.len();
                        self.buffer.extend_from_slice(odd);
                        return end;
                    }
                    let (letter, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&odd[..1]);
                    self.buffer.extend_from_slice(letter.as_bytes());
                    self.mended.set(self.mended.get() + 1);
                    rest = &odd[1..];
                }
            }
        }
    }

    /// Drops the rest of a text that is too long, up to what ends it.
    fn drop_text(&mut self) -> io::Result<()> {
        self.cut += 1;
        loop {
            self.fill()?;
            let rest = &self.buffer[self.at..self.end];
            let until = rest.iter().position(|byte| matches!(byte, b'<' | b'&'));
            let count = until.unwrap_or(rest.len());
            self.advance(count);
            if until.is_some() || (self.ended && self.at == self.end) {
                return Ok(());
            }
        }
    }

    fn advance(&mut self, count: usize) {
        let taken = &self.buffer[self.at..self.at + count];
        self.line_ends += taken.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.at += count;
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(out.len());
        out[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Lines<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.fill()?;
        if self.piece == Piece::Unknown {
            self.piece = if self.buffer[self.at..self.end].first() == Some(&b'<') { Piece::Markup } else { Piece::Text };
        }
        let mut end = self.end;
        match self.piece {
            Piece::Markup if self.taken > MOST_MARKUP => {
                self.too_long = true;
                return Err(io::Error::other("too long"));
            }
            Piece::Text if self.end - self.at > MOST_TEXT.saturating_sub(self.taken) => {
                end = self.at + MOST_TEXT.saturating_sub(self.taken);
                while end > self.at && self.buffer[end] & 0xc0 == 0x80 {
                    end -= 1;
                }
                if end == self.at {
                    self.drop_text()?;
                    end = self.end;
                }
            }
            _ => {}
        }
        Ok(&self.buffer[self.at..end])
    }

    fn consume(&mut self, count: usize) {
        self.taken = self.taken.saturating_add(count);
        self.advance(count);
    }
}

#[cfg(test)]
mod tests;
