//! `json`: the report as its wire types stand, and the way back.
//!
//! Two spaces of indentation and a final line break. What could steer a terminal or end a line in
//! a script (C1 and bidirectional controls, U+2028, …) is written as `\uXXXX`, which every JSON
//! reader takes for the same text.

use std::io::{self, BufWriter, Write};

use serde::{Deserialize, Serialize};
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::{Report, Reporter, SCHEMA, View};
use crate::model::{Moment, Status};

/// Writes the report as JSON.
pub(super) struct Json;

impl Reporter for Json {
    fn write(&self, report: &Report, _: &View, out: &mut dyn Write) -> io::Result<()> {
        write_pretty(report, out)
    }
}

/// Why a saved report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON, or not the JSON of a report.
    #[error("not a report as `interdict check -o json` writes it: {0}")]
    Shape(#[source] serde_json::Error),
    /// It contradicts itself, or says something that no report says.
    #[error("not a report as `interdict check -o json` writes it: {0}")]
    Value(String),
    /// It has another schema.
    #[error("the report has the schema `{found}`, and this version reads `{SCHEMA}`")]
    Schema {
        /// The schema it names.
        found: String,
    },
}

/// Reads a saved report. Written again, it gives the bytes it was read from.
///
/// # Errors
/// If the text is no report of the schema that this version reads.
pub fn read(text: &[u8]) -> Result<Report, ReadError> {
    #[derive(Deserialize)]
    struct Probe {
        schema: String,
    }
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    match serde_json::from_slice::<Probe>(text) {
        Ok(Probe { schema }) if schema != SCHEMA => {
            Err(ReadError::Schema { found: crate::diag::printable(&schema.chars().take(80).collect::<String>()) })
        }
        _ => serde_json::from_slice(text).map_err(ReadError::Shape).and_then(sound),
    }
}

/// Refuses what every reader of a report relies on and no type says.
fn sound(report: Report) -> Result<Report, ReadError> {
    let gate = &report.gate;
    let wrong = if Moment::parse(&report.as_of).is_none() {
        "`as-of` is neither a day nor an instant".to_owned()
    } else if gate.exit_code > 4 || gate.failed != (gate.exit_code != 0) {
        format!("`gate.failed` is {} and `gate.exit-code` is {}", gate.failed, gate.exit_code)
    } else if report.findings.iter().any(|finding| finding.status == Status::Clear) {
        "a finding has the status `clear`".to_owned()
    } else {
        return Ok(report);
    };
    Err(ReadError::Value(wrong))
}

/// Writes a value as indented JSON with a final line break, as it is serialised.
///
/// # Errors
/// What `out` returns.
pub fn write_pretty<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    // A serializer writes a few bytes at a time, and each call through `dyn` costs more than they do.
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Careful(PrettyFormatter::new()));
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Writes a value as JSON on one line, with its line break.
///
/// # Errors
/// What `out` returns.
pub fn write_line<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let mut line = Vec::with_capacity(1 << 10);
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut line, Careful(CompactFormatter)))?;
    line.push(b'\n');
    out.write_all(&line)
}

/// Appends a value as JSON on one line, without a line break.
pub(super) fn append<T: Serialize + ?Sized>(value: &T, line: &mut Vec<u8>) -> io::Result<()> {
    Ok(value.serialize(&mut serde_json::Serializer::with_formatter(line, Careful(CompactFormatter)))?)
}

/// Returns a value as JSON on one line, without a line break.
pub(crate) fn line<T: Serialize + ?Sized>(value: &T) -> io::Result<String> {
    let mut line = Vec::new();
    write_line(value, &mut line)?;
    line.pop();
    String::from_utf8(line).map_err(io::Error::other)
}

/// Escapes what [`crate::diag::printable`] replaces; the rest is as the inner one has it.
struct Careful<F>(F);

impl<F: Formatter> Formatter for Careful<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly all texts are plain, and a scan of bytes is quick.
        if fragment.bytes().all(|byte| byte < 0x7f) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, letter)) = rest.char_indices().find(|&(_, letter)| is_steering(letter)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + letter.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// Returns whether a letter (beyond those that JSON escapes itself) may not stand for itself.
fn is_steering(letter: char) -> bool {
    matches!(
        letter,
        '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::super::{sample, testing};
    use super::*;

    fn written(report: &Report) -> Vec<u8> {
        let mut out = Vec::new();
        Json.write(report, &View::default(), &mut out).expect("writes to memory");
        out
    }

    #[test]
    fn a_report_read_back_gives_the_same_bytes() {
        for report in [sample::report(), sample::clean()] {
            let text = written(&report);
            let back = read(&text).expect("reads");
            assert_eq!(back, report);
            assert_eq!(written(&back), text);
        }
    }

    /// Scores are rounded when they are made, so that the digits written are the digits read.
    #[test]
    fn a_real_run_read_back_gives_the_same_bytes() {
        let report = testing::run(include_bytes!("../../seeds/fleet.csv"));
        assert!(report.findings.iter().any(|finding| finding.matched.score < 1.0), "a score with digits to lose");
        let text = written(&report);
        let back = read(&text).expect("reads");
        assert_eq!(back, report);
        assert_eq!(written(&back), text);
    }

    #[test]
    fn scores_survive() {
        let mut report = sample::report();
        for score in [1.0, 0.857, 0.9166, 0.5, 0.0] {
            std::sync::Arc::make_mut(&mut report.findings[0].matched).score = score;
            assert_eq!(read(&written(&report)).expect("reads"), report);
        }
    }

    #[test]
    fn what_could_steer_a_terminal_or_a_script_is_escaped_and_comes_back() {
        let text = "a\u{0}\u{1b}[31m\u{9b}\u{202e}\u{2028}\u{e0041}\"\\\n</script> 中文 \u{7f}";
        let mut out = Vec::new();
        write_pretty(text, &mut out).expect("writes to memory");
        let out = String::from_utf8(out).expect("is UTF-8");
        assert_eq!(out, "\"a\\u0000\\u001b[31m\\u009b\\u202e\\u2028\\udb40\\udc41\\\"\\\\\\n</script> 中文 \\u007f\"\n");
        assert_eq!(serde_json::from_str::<String>(&out).expect("reads"), text);
    }

    #[test]
    fn exactly_the_letters_that_are_not_printable_are_escaped() {
        for letter in ('\u{20}'..=char::MAX).filter(|letter| !('\u{f0000}'..).contains(letter)) {
            let replaced = crate::diag::printable(letter.encode_utf8(&mut [0; 4])) != letter.to_string();
            assert_eq!(is_steering(letter), replaced, "U+{:04X}", u32::from(letter));
        }
    }

    #[test]
    fn another_schema_and_no_report_are_told_apart() {
        let other = String::from_utf8(written(&sample::clean())).expect("is UTF-8").replace(SCHEMA, "interdict/report/9");
        assert_eq!(
            read(other.as_bytes()).expect_err("is refused").to_string(),
            "the report has the schema `interdict/report/9`, and this version reads `interdict/report/1`"
        );
        let message = read(b"{\n  \"findings\": []\n}").expect_err("is refused").to_string();
        assert!(message.starts_with("not a report as `interdict check -o json` writes it: missing field"), "{message}");
        let text = String::from_utf8(written(&sample::report())).expect("is UTF-8");
        for (from, to, why) in [
            ("\"exit-code\": 1", "\"exit-code\": 0", "`gate.failed` is true and `gate.exit-code` is 0"),
            ("\"exit-code\": 1", "\"exit-code\": 7", "`gate.failed` is true and `gate.exit-code` is 7"),
            ("\"as-of\": \"2024-10-01\"", "\"as-of\": \"soon\"", "`as-of` is neither"),
            ("\"status\": \"review\"", "\"status\": \"clear\"", "a finding has the status `clear`"),
            ("\"status\": \"review\"", "\"status\": \"fine\"", "unknown variant `fine`"),
            ("\"known-on\": null", "\"known-on\": null, \"more\": 1", "unknown field `more`"),
            ("\"failed\": true", "\"failed\": true, \"failed\": true", "duplicate field `failed`"),
        ] {
            assert!(text.contains(from), "{from}");
            let message = read(text.replace(from, to).as_bytes()).expect_err(to).to_string();
            assert!(message.contains(why), "{message}");
        }
        assert!(read(b"").is_err());
        assert!(read(&[b'['; 100_000]).is_err());
    }
}
