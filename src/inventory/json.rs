//! What every JSON reader needs that `serde_json` does not give: the line, and limits.
//!
//! [`Watch`] stands between the file and the parser. It goes over each piece of the file before the
//! parser does: it drops what goes beyond the limit inside a string, so that no string fills the memory,
//! and ends the file where brackets nest deeper than in any inventory. It hands out a line at a time,
//! so that a visitor knows the line of the bracket it just met.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Error, Unread};

/// Longest string, in bytes as written; the rest of it is dropped.
pub(super) const MOST_STRING: usize = 64 * 1024;
/// Deepest nesting of brackets. The parser itself stops at 128 where it has to look inside.
const MOST_DEPTH: u32 = 1000;

/// What is known of the place that reading has come to. Shared by the reader and the visitors.
#[derive(Clone, Default)]
pub(super) struct Place(Rc<State>);

#[derive(Default)]
struct State {
    line_ends: Cell<u64>,
    too_deep: Cell<bool>,
}

impl Place {
    /// Returns the line that reading has come to, from 1.
    pub(super) fn line(&self) -> u64 {
        self.0.line_ends.get() + 1
    }

    /// Returns whether reading stopped because brackets nest too deep.
    pub(super) fn too_deep(&self) -> bool {
        self.0.too_deep.get()
    }
}

/// A reader that counts lines and keeps limits.
pub(super) struct Watch<R> {
    input: R,
    /// What is next to be handed out, from `at` on.
    buffer: Vec<u8>,
    at: usize,
    place: Place,
    sieve: Sieve,
    /// What was handed out last ended a line.
    line_ended: bool,
    failure: Option<io::Error>,
}

/// So much is read at once.
const PIECE: usize = 64 * 1024;

impl<R: Read> Watch<R> {
    /// Watches an input. The parser takes a byte at a time, which only a [`BufReader`] gives fast.
    pub(super) fn new(input: R) -> (BufReader<Self>, Place) {
        let place = Place::default();
        let sieve = Sieve { depth: 0, text: Text::Outside };
        let watch = Self { input, buffer: Vec::new(), at: 0, place: place.clone(), sieve, line_ended: false, failure: None };
        (BufReader::with_capacity(8 * 1024, watch), place)
    }

    /// Reads on until there is something to hand out, or the input ends.
    fn fill(&mut self) -> io::Result<()> {
        while self.at == self.buffer.len() {
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            self.at = 0;
            self.buffer.resize(PIECE, 0);
            let read = loop {
                match self.input.read(&mut self.buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            self.buffer.truncate(*read.as_ref().unwrap_or(&0));
            if read? == 0 {
                return Ok(());
            }
            if !self.sieve.sift(&mut self.buffer) {
                // What came before is handed out first.
                self.place.0.too_deep.set(true);
                self.failure = Some(io::Error::other("nested too deep"));
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Watch<R> {
    /// Hands out at most one line, so that the line is that of what the parser has before it.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.fill()?;
        if std::mem::take(&mut self.line_ended) {
            self.place.0.line_ends.set(self.place.0.line_ends.get() + 1);
        }
        let rest = &self.buffer[self.at..];
        let rest = &rest[..rest.len().min(out.len())];
        let end = memchr::memchr(b'\n', rest);
        let count = end.map_or(rest.len(), |end| end + 1);
        out[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        self.line_ended = end.is_some();
        Ok(count)
    }
}

/// Follows brackets and strings, from piece to piece.
struct Sieve {
    depth: u32,
    text: Text,
}

/// Where in a string reading is.
enum Text {
    Outside,
    Inside {
        length: usize,
        escape: Escape,
        /// The last thing was the first half of a pair `\ud83d\ude00`, which must not be parted.
        half: bool,
        /// The rest of the string is dropped.
        cut: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    No,
    Backslash,
    /// In `\uXXXX`, so many digits are seen, with their value.
    Code(u8, u16),
}

impl Sieve {
    /// Takes out what is to be dropped. Returns whether brackets stay within the limit; where they do
    /// not, the piece ends before.
    fn sift(&mut self, piece: &mut Vec<u8>) -> bool {
        let (mut from, mut to) = (0, 0);
        let mut is_fine = true;
        while from < piece.len() && is_fine {
            let plain = self.plain(&piece[from..]);
            if from != to {
                piece.copy_within(from..from + plain, to);
            }
            (from, to) = (from + plain, to + plain);
            let Some(&byte) = piece.get(from) else { break };
            if self.keeps(byte) {
                piece[to] = byte;
                to += 1;
            }
            from += 1;
            is_fine = self.depth <= MOST_DEPTH;
        }
        piece.truncate(if is_fine { to } else { to.saturating_sub(1) });
        is_fine
    }

    /// Passes over what changes nothing. Returns how much that is.
    fn plain(&mut self, rest: &[u8]) -> usize {
        match &mut self.text {
            Text::Outside => rest.iter().position(|byte| matches!(byte, b'"' | b'[' | b']' | b'{' | b'}')).unwrap_or(rest.len()),
            Text::Inside { length, escape: Escape::No, half, cut: false } => {
                let rest = &rest[..rest.len().min(MOST_STRING.saturating_sub(*length))];
                let plain = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                *half &= plain == 0;
                *length += plain;
                plain
            }
            Text::Inside { .. } => 0,
        }
    }

    /// Follows a byte. Returns whether it is handed out.
    fn keeps(&mut self, byte: u8) -> bool {
        match &mut self.text {
            Text::Outside => match byte {
                b'"' => self.text = Text::Inside { length: 0, escape: Escape::No, half: false, cut: false },
                b'[' | b'{' => self.depth += 1,
                b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            },
            Text::Inside { length, escape, half, cut } => {
                let boundary = *escape == Escape::No && byte & 0xc0 != 0x80;
                if boundary && *length >= MOST_STRING && !*cut && !*half && byte != b'"' {
                    *cut = true;
                }
                *length += 1;
                match *escape {
                    Escape::No if byte == b'"' => {
                        self.text = Text::Outside;
                        return true;
                    }
                    Escape::No if byte == b'\\' => *escape = Escape::Backslash,
                    // A byte that only goes on with a character changes nothing.
                    Escape::No => *half = false,
                    Escape::Backslash if byte == b'u' => *escape = Escape::Code(0, 0),
                    Escape::Backslash => (*escape, *half) = (Escape::No, false),
                    Escape::Code(count, value) => {
                        let digit = char::from(byte).to_digit(16).unwrap_or(0) as u16;
                        let value = value << 4 | digit;
                        if count == 3 {
                            (*escape, *half) = (Escape::No, !*half && value & 0xfc00 == 0xd800);
                        } else {
                            *escape = Escape::Code(count + 1, value);
                        }
                    }
                }
                // No line is dropped; the parser refuses it inside a string.
                return !*cut || byte == b'\n';
            }
        }
        true
    }
}

/// A value where a text is expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Word {
    /// Nothing, or null.
    #[default]
    Absent,
    /// A text, or a number or truth value as text.
    Text(String),
    /// A list or an object.
    Wrong,
}

impl Word {
    /// Returns the text; an empty one where there is none.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Absent | Self::Wrong => "",
        }
    }

    /// Takes the text out.
    pub(super) fn take(&mut self) -> String {
        match std::mem::take(self) {
            Self::Text(text) => text,
            Self::Absent | Self::Wrong => String::new(),
        }
    }
}

/// Reads a [`Word`]; inside an object, the word of this key, and of a list, its first.
#[derive(Clone, Copy)]
pub(super) struct WordSeed {
    /// Where an object is found, the key to take from it.
    pub(super) key: Option<&'static str>,
    /// Whether a list stands for its first entry that says something.
    pub(super) list: bool,
}

impl WordSeed {
    /// A plain text.
    pub(super) const TEXT: Self = Self { key: None, list: false };
    /// A person or organisation: a name, an object with a name, or a list of these.
    pub(super) const NAME: Self = Self { key: Some("name"), list: true };
}

impl<'de> DeserializeSeed<'de> for WordSeed {
    type Value = Word;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Word, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for WordSeed {
    type Value = Word;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Word, E> {
        Ok(Word::Text(text.trim().to_owned()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Word, E> {
        Ok(Word::Text(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Word, E> {
        Ok(Word::Text(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Word, E> {
        Ok(Word::Text(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Word, E> {
        Ok(Word::Text(value.to_string()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Word, E> {
        Ok(Word::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Word, A::Error> {
        let mut first = if self.list { Word::Absent } else { Word::Wrong };
        let one = Self { list: false, ..self };
        while first == Word::Absent
            && let Some(word) = entries.next_element_seed(one)?
        {
            first = word;
        }
        while entries.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<Word, A::Error> {
        let mut word = if self.key.is_some() { Word::Absent } else { Word::Wrong };
        while let Some(key) = keys.next_key::<Key>()? {
            if self.key.is_some_and(|wanted| key.is(wanted)) {
                word = keys.next_value_seed(Self::TEXT)?;
            } else {
                keys.next_value::<IgnoredAny>()?;
            }
        }
        Ok(word)
    }
}

/// A key of an object: at most the few bytes that tell it.
pub(super) struct Key([u8; 24], usize);

impl Key {
    /// Returns the key; one that is too long to be any of ours is cut.
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0[..self.1]).unwrap_or_default()
    }

    fn is(&self, key: &str) -> bool {
        self.as_str() == key
    }
}

impl<'de> de::Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Letters;
        impl Visitor<'_> for Letters {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Key, E> {
                let mut key = Key([0; 24], 0);
                if text.len() <= key.0.len() {
                    key.0[..text.len()].copy_from_slice(text.as_bytes());
                    key.1 = text.len();
                }
                Ok(key)
            }
        }
        deserializer.deserialize_str(Letters)
    }
}

/// Reads a list entry by entry and keeps nothing; anything that is no list is let pass.
pub(super) struct Each<F>(pub(super) F);

impl<'de, F, S> DeserializeSeed<'de> for Each<F>
where
    F: FnMut() -> S,
    S: DeserializeSeed<'de>,
{
    /// Whether it was a list, or null.
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F, S> Visitor<'de> for Each<F>
where
    F: FnMut() -> S,
    S: DeserializeSeed<'de>,
{
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut entries: A) -> Result<bool, A::Error> {
        while entries.next_element_seed((self.0)())?.is_some() {}
        Ok(true)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<bool, A::Error> {
        while keys.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    fn visit_unit<E: de::Error>(self) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }
}

/// Takes an object; anything else is one unread entry.
pub(super) trait MapVisitor<'de>: Sized {
    fn map<A: MapAccess<'de>>(self, keys: A) -> Result<(), A::Error>;

    /// Says that it is no object.
    fn complain(&self);

    /// Whether null stands for nothing.
    fn may_be_null(&self) -> bool {
        true
    }
}

/// Reads an object by a [`MapVisitor`].
pub(super) struct OrElse<V>(pub(super) V);

impl<V> OrElse<V> {
    fn other<'de, E>(self) -> Result<(), E>
    where
        V: MapVisitor<'de>,
    {
        self.0.complain();
        Ok(())
    }
}

impl<'de, V: MapVisitor<'de>> Visitor<'de> for OrElse<V> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<(), A::Error> {
        self.0.map(keys)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_element::<IgnoredAny>()?.is_some() {}
        self.other()
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        if self.0.may_be_null() { Ok(()) } else { self.other() }
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        self.other()
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        self.other()
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        self.other()
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        self.other()
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        self.other()
    }
}

/// Turns the end of reading into what all readers say: a break, or a disk that failed.
pub(super) fn ended(result: serde_json::Result<()>, place: &Place) -> Result<(), Error> {
    result.map_err(|error| {
        if !error.is_io() || place.too_deep() {
            return Error::Broken(Unread::at(place.line(), break_off(&error, place)));
        }
        match Error::read(error.into()) {
            Error::Broken(unread) => Error::Broken(Unread { line: Some(place.line()), ..unread }),
            other => other,
        }
    })
}

/// Says where and why a document breaks off, as one sentence, and on which line.
fn break_off(error: &serde_json::Error, place: &Place) -> String {
    let text = error.to_string();
    if place.too_deep() || text.starts_with("recursion limit exceeded") {
        return "brackets are nested deeper than the limit; what stands below and after was not read".to_owned();
    }
    match error.classify() {
        serde_json::error::Category::Eof => "the file breaks off here; what came before was read".to_owned(),
        _ => {
            let text = text.split(" at line ").next().unwrap_or_default();
            format!("the JSON is damaged here ({}); what came before was read", super::clip::clip(text, 80))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(text: &str) -> (String, Place) {
        let (mut watch, place) = Watch::new(text.as_bytes());
        let mut out = String::new();
        watch.read_to_string(&mut out).expect("text");
        (out, place)
    }

    #[test]
    fn long_strings_are_cut_and_stay_strings() {
        for filler in ["x", "ж", "\\n", "\\u00e9", "\\ud83d\\ude00", "\u{1f600}", "\\\\", "\\\""] {
            let long = filler.repeat(MOST_STRING + 1);
            let (text, place) = through(&format!("[\"a\", \"{long}\", \"b\"]\n"));
            assert!(text.len() < MOST_STRING + 64, "{filler}: {}", text.len());
            let words: Vec<String> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{filler}: {error}"));
            assert_eq!((words.len(), words[2].as_str(), place.line()), (3, "b", 2), "{filler}");
        }
    }

    #[test]
    fn what_is_handed_out_without_a_look_is_the_same() {
        // Through a reader that gives a byte at a time, nothing can be found ahead.
        struct Trickle<'a>(&'a [u8]);
        impl Read for Trickle<'_> {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                let count = self.0.len().min(out.len()).min(1);
                out[..count].copy_from_slice(&self.0[..count]);
                self.0 = &self.0[count..];
                Ok(count)
            }
        }
        let long = "\\ud83d\\ude00x\\\"ж\n".repeat(8000);
        let text = format!("{{\"a\": [1, 2,\n {{\"b\\\\\": \"{long}\"}}], \"c\": \"{}\"}}", "y".repeat(MOST_STRING + 9));
        let (mut watch, place) = Watch::new(Trickle(text.as_bytes()));
        let mut slow = String::new();
        watch.read_to_string(&mut slow).expect("text");
        let (fast, other) = through(&text);
        assert!(slow == fast && fast.len() < text.len());
        assert_eq!(place.line(), other.line());
    }

    #[test]
    fn short_text_is_untouched() {
        let text = "{\"a\\\"b\": [1, \"\\u00e9\\ud83d\\ude00\", {}],\n \"c\": \"]\"}";
        assert_eq!(through(text).0, text);
    }

    #[test]
    fn nesting_has_a_limit() {
        let (mut watch, place) = Watch::new(io::repeat(b'['));
        let error = io::copy(&mut watch, &mut io::sink()).expect_err("too deep");
        assert!(place.too_deep(), "{error}");
    }
}
