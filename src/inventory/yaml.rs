//! YAML as JSON: the same document, with every value on the line it had, for the readers of JSON.
//!
//! In: text. Out: JSON, piece by piece, as it is read; nothing is held but the place in the document.
//! Texts are texts, whatever they look like; an empty value or `~` is null. Anchors stand for nothing
//! and an alias is null: no document grows by what it refers to. Of several documents in a file, the
//! first is read. Damage and limits end the reading with [`Damage`].
//!
//! The parser (saphyr-parser) hands out events and builds nothing; it is plain, safe Rust and alive,
//! which serde's own YAML no longer is.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use saphyr_parser::{BufferedInput, Event, Parser, ScalarStyle};

use super::Damage;
use super::clip::clip;

/// Most characters between two events, which is to say of a text or a comment.
const MOST_BETWEEN: u64 = 16 * 1024 * 1024;

/// A reader that gives a YAML document as JSON.
pub(super) struct AsJson<'a, R: Read> {
    parser: Parser<'a, BufferedInput<Characters<R>>>,
    state: Rc<State>,
    out: Vec<u8>,
    at: usize,
    /// Lines that were handed out.
    line: u64,
    open: Vec<Open>,
    /// Events of a key that is no text, and is passed over.
    passing: u32,
    ended: bool,
    failure: Option<String>,
}

/// What is known of the input, outside of the parser.
#[derive(Default)]
struct State {
    taken: Cell<u64>,
    failure: Cell<Option<io::Error>>,
    too_long: Cell<bool>,
    aliases: Cell<u64>,
}

/// A list or mapping that is open.
struct Open {
    is_mapping: bool,
    /// Whether a key comes next, in a mapping.
    wants_key: bool,
    is_empty: bool,
}

/// What is to be said of the document, once it is read.
#[derive(Clone)]
pub(super) struct Notes(Rc<State>);

impl Notes {
    pub(super) fn remark(&self) -> Option<String> {
        let aliases = self.0.aliases.get();
        (aliases > 0).then(|| format!("{aliases} aliases were not followed"))
    }
}

impl<'a, R: Read + 'a> AsJson<'a, R> {
    pub(super) fn new(input: R) -> (Self, Notes) {
        let state = Rc::new(State::default());
        let characters = Characters { input: BufReader::with_capacity(64 * 1024, input), state: Rc::clone(&state) };
        let json = Self {
            parser: Parser::new_from_iter(characters),
            state: Rc::clone(&state),
            out: Vec::new(),
            at: 0,
            line: 1,
            open: Vec::new(),
            passing: 0,
            ended: false,
            failure: None,
        };
        (json, Notes(state))
    }

    /// Goes on by one event.
    fn step(&mut self) -> io::Result<()> {
        self.state.taken.set(0);
        let next = self.parser.next_event();
        if let Some(error) = self.state.failure.take() {
            return Err(error);
        }
        if self.state.too_long.get() {
            self.fail(self.line, format!("a text has more than {MOST_BETWEEN} characters; what follows was not read"));
            return Ok(());
        }
        match next {
            None => self.ended = true,
            Some(Ok((event, span))) => self.event(&event, span.start.line() as u64),
            Some(Err(error)) => {
                let reason = format!("the YAML is damaged here ({}); what came before was read", clip(error.info(), 80));
                self.fail(error.marker().line() as u64, reason);
            }
        }
        Ok(())
    }

    fn fail(&mut self, line: u64, reason: String) {
        self.go_to(line);
        self.failure = Some(reason);
    }

    fn go_to(&mut self, line: u64) {
        while self.line < line {
            self.out.push(b'\n');
            self.line += 1;
        }
    }

    fn event(&mut self, event: &Event<'_>, line: u64) {
        if self.passing > 0 {
            match event {
                Event::MappingStart(..) | Event::SequenceStart(..) => self.passing += 1,
                Event::MappingEnd | Event::SequenceEnd => self.passing -= 1,
                _ => {}
            }
            return;
        }
        match event {
            Event::Scalar(text, style, ..) => {
                self.go_to(line);
                if self.begin() {
                    self.key(text);
                } else if *style == ScalarStyle::Plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL") {
                    self.out.extend_from_slice(b"null");
                } else {
                    self.text(text);
                }
            }
            Event::Alias(_) => {
                self.state.aliases.set(self.state.aliases.get() + 1);
                if self.begin() {
                    self.key("?");
                } else {
                    self.out.extend_from_slice(b"null");
                }
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                self.go_to(line);
                let is_mapping = matches!(event, Event::MappingStart(..));
                if self.begin() {
                    self.key("?");
                    self.passing = 1;
                } else {
                    self.out.push(if is_mapping { b'{' } else { b'[' });
                    self.open.push(Open { is_mapping, wants_key: is_mapping, is_empty: true });
                }
            }
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(open) = self.open.pop() {
                    self.out.push(if open.is_mapping { b'}' } else { b']' });
                }
            }
            Event::DocumentEnd | Event::StreamEnd => self.ended = true,
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
        }
    }

    /// Parts what comes from what was before. Returns whether it is a key.
    fn begin(&mut self) -> bool {
        let Some(open) = self.open.last_mut() else { return false };
        let is_key = open.is_mapping && open.wants_key;
        if open.is_mapping {
            open.wants_key = !open.wants_key;
        }
        if (is_key || !open.is_mapping) && !std::mem::replace(&mut open.is_empty, false) {
            self.out.push(b',');
        }
        is_key
    }

    fn key(&mut self, text: &str) {
        self.text(text);
        self.out.push(b':');
    }

    fn text(&mut self, text: &str) {
        // Writing a text to memory does not fail.
        let _ = serde_json::to_writer(&mut self.out, text);
    }
}

impl<'a, R: Read + 'a> Read for AsJson<'a, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() {
            if let Some(reason) = self.failure.take() {
                self.ended = true;
                return Err(Damage::error(reason));
            }
            if self.ended {
                return Ok(0);
            }
            self.out.clear();
            self.at = 0;
            self.step()?;
        }
        let count = out.len().min(self.out.len() - self.at);
        out[..count].copy_from_slice(&self.out[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// The characters of the input; bytes that are no UTF-8 are read as U+FFFD.
struct Characters<R: Read> {
    input: BufReader<R>,
    state: Rc<State>,
}

impl<R: Read> Iterator for Characters<R> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let taken = self.state.taken.get() + 1;
        self.state.taken.set(taken);
        if taken > MOST_BETWEEN {
            self.state.too_long.set(true);
            return None;
        }
        match self.character() {
            // The parser takes a NUL for the end of the file.
            Ok(Some('\0')) => Some(char::REPLACEMENT_CHARACTER),
            Ok(letter) => letter,
            Err(error) => {
                self.state.failure.set(Some(error));
                None
            }
        }
    }
}

impl<R: Read> Characters<R> {
    fn byte(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.input.fill_buf() {
                Ok(buffer) => return Ok(buffer.first().copied()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn character(&mut self) -> io::Result<Option<char>> {
        let Some(first) = self.byte()? else { return Ok(None) };
        self.input.consume(1);
        if first < 0x80 {
            return Ok(Some(char::from(first)));
        }
        let length = match first {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return Ok(Some(char::REPLACEMENT_CHARACTER)),
        };
        let mut bytes = [first, 0, 0, 0];
        for place in &mut bytes[1..length] {
            match self.byte()? {
                Some(byte) if byte & 0xc0 == 0x80 => {
                    *place = byte;
                    self.input.consume(1);
                }
                _ => return Ok(Some(char::REPLACEMENT_CHARACTER)),
            }
        }
        let text = std::str::from_utf8(&bytes[..length]).unwrap_or("\u{fffd}");
        Ok(text.chars().next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &[u8]) -> (String, Option<String>) {
        let (mut json, notes) = AsJson::new(text);
        let mut out = Vec::new();
        let error = json.read_to_end(&mut out).err().map(|error| error.to_string());
        (String::from_utf8(out).expect("UTF-8"), error.or_else(|| notes.remark()))
    }

    #[test]
    fn values_stay_on_their_lines() {
        let (text, said) =
            json(b"---\na: 1\nlist:\n- name: \"x\\ny\"\n  empty:\n- ~\nmap: {b: [c, 'd']}\nblock: |\n  two\n  lines\nlast: yes\n");
        assert_eq!(
            text,
            "\n{\"a\":\"1\"\n,\"list\":\n[{\"name\":\"x\\ny\"\n,\"empty\":null}\n,null]\n,\"map\":{\"b\":[\"c\",\"d\"]}\n,\"block\":\n\"two\\nlines\\n\"\n\n,\"last\":\"yes\"}"
        );
        assert_eq!(said, None);
    }

    #[test]
    fn nothing_is_followed_or_grows() {
        let (text, said) = json(b"a: &x [1, 2]\nb: [*x, *x]\n? [k]\n: v\n");
        assert_eq!(text.replace('\n', ""), "{\"a\":[\"1\",\"2\"],\"b\":[null,null],\"?\":\"v\"}");
        assert_eq!(said.as_deref(), Some("2 aliases were not followed"));
    }

    #[test]
    fn damage_is_told() {
        let (text, said) = json(b"a: 1\nb: \"open\n");
        assert!(text.starts_with("{\"a\":\"1\"") && said.expect("damage").contains("the YAML is damaged here"), "{text}");
        let (_, said) = json(b"a: 1\n\tb: [\n");
        assert!(said.is_some());
        let (text, _) = json(b"a: \xff\xe4\xc3\xa4\xf0\x9f\x98\x80\n");
        assert_eq!(text, "{\"a\":\"\u{fffd}\u{fffd}ä\u{1f600}\"}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([a-z]: |- |\\? |: |\\[|\\]|\\{|\\}|\"|'|\\||>|&a|\\*a|#|\n|  |\t|%|!|@|~|---|\\.\\.\\.|\0|\\\\|ж|<<){0,60}") {
            json(text.as_bytes());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            json(&bytes);
        }
    }
}
