//! Blocks of `Key: value` lines with an empty line after each, as package managers and PowerShell
//! print them.
//!
//! A line that begins with white space goes on with the value before it. Values are cut after 4 KiB
//! and a block after 400 keys, so that nothing grows with the file.

use super::clip::clip_bytes;
use super::sniff::Input;
use super::text::Lines;
use super::{Error, Sink};

/// Longest value.
const MOST_VALUE: usize = 4 * 1024;
/// Most keys of a block.
const MOST_KEYS: usize = 400;

/// One block.
#[derive(Debug, Default)]
pub(super) struct Stanza {
    /// Line it begins on.
    pub(super) line: u64,
    fields: Vec<(String, String)>,
}

impl Stanza {
    /// Returns the value of a key, in any case; empty where the block has none.
    pub(super) fn get(&self, key: &str) -> &str {
        self.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map_or("", |(_, value)| value)
    }

    /// Returns the value of a key as it is written, upper and lower case apart.
    pub(super) fn exact(&self, key: &str) -> &str {
        self.fields.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
    }

    /// Returns the values in their order.
    pub(super) fn values(&self) -> Vec<&str> {
        self.fields.iter().map(|(_, value)| value.as_str()).collect()
    }

    /// Returns the first of these keys' values that says something.
    pub(super) fn first_of(&self, keys: &[&str]) -> &str {
        keys.iter().map(|key| self.get(key)).find(|value| !value.is_empty()).unwrap_or_default()
    }

    fn add(&mut self, key: &str, value: &str) {
        if self.fields.len() < MOST_KEYS {
            self.fields.push((clip_bytes(key, 200).to_owned(), clip_bytes(value, MOST_VALUE).to_owned()));
        }
    }

    fn go_on(&mut self, text: &str) {
        if let Some((_, value)) = self.fields.last_mut()
            && value.len() + text.len() < MOST_VALUE
        {
            value.push(' ');
            value.push_str(text);
        }
    }
}

/// How a line is split into key and value.
type Split = fn(&str) -> Option<(&str, &str)>;

/// Splits at the first colon.
pub(super) fn at_colon(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    Some((key.trim(), value.trim()))
}

/// The blocks of a text, one after the other.
pub(super) struct Stanzas<'a> {
    lines: Lines<'a>,
    split: Split,
    /// Whether keys may begin with white space, as where they are set flush right.
    indented: bool,
}

impl<'a> Stanzas<'a> {
    pub(super) fn new(input: Input<'a>, split: Split) -> Self {
        Self { lines: Lines::new(input), split, indented: false }
    }

    /// Keys may begin with white space; no value goes on over lines.
    pub(super) fn indented(self) -> Self {
        Self { indented: true, ..self }
    }

    /// Returns the next block.
    pub(super) fn next(&mut self, sink: &mut dyn Sink) -> Result<Option<Stanza>, Error> {
        let mut stanza = Stanza::default();
        while let Some((line, text)) = self.lines.next(sink)? {
            if text.is_empty() {
                if stanza.line > 0 {
                    return Ok(Some(stanza));
                }
                continue;
            }
            if stanza.line == 0 {
                stanza.line = line;
            }
            if !self.indented && text.starts_with([' ', '\t']) && !stanza.fields.is_empty() {
                stanza.go_on(text.trim());
            } else if let Some((key, value)) = (self.split)(text) {
                stanza.add(key, value);
            }
        }
        Ok((stanza.line > 0).then_some(stanza))
    }

    pub(super) fn finish(self, sink: &mut dyn Sink) {
        self.lines.finish(sink);
    }
}
