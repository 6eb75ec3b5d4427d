//! Text into records and fields, with the line each begins on and with bounded memory.
//!
//! The rules of quoting are those of the `csv` crate: a field that begins with a quote ends at
//! the next single one, two stand for one, and a quote inside a bare field is itself. A line ends
//! with LF, CRLF or CR. What that crate cannot do is why this is here: a record has a limit, so
//! that a quote which is never closed costs its own line and not the rest of the file; lines are
//! right with CR alone; and nothing is copied, since fields are places in the buffer.

use std::io::{self, Read};
use std::ops::Range;

use super::marks::{BLOCK, Marks};
use super::pieces::Piece;

/// Longest record, in bytes.
pub(super) const MOST_BYTES: usize = 1024 * 1024;
/// Most fields of a record.
pub(super) const MOST_FIELDS: usize = 4096;

/// The first read is short, since many tables are.
const FIRST_BUFFER: usize = 16 * 1024;
/// Later reads fill this much, unless a record needs more.
const BUFFER: usize = 64 * 1024;

/// Where a field lies in the text of its record.
pub(super) type Span = Range<u32>;

/// What stands at a place in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A record, with something in it or only delimiters.
    Record,
    /// A line with nothing in it.
    Empty,
    /// Something that is no record.
    Broken(Broken),
}

/// Why a piece of text is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// A quote that opens on the line is not closed, or is closed in the middle of another row.
    /// Reading goes on with the next line.
    OpenQuote,
    /// The record is longer than [`MOST_BYTES`]. Reading goes on after it.
    TooLong,
    /// It has more fields than [`MOST_FIELDS`].
    TooManyFields,
    /// It holds NUL bytes.
    Nul,
}

impl Broken {
    /// Says why, as one sentence.
    pub(super) fn reason(self) -> String {
        match self {
            Self::OpenQuote => "a quotation mark opens on this line and is never properly closed; close it or double it".to_owned(),
            Self::TooLong => format!("the row is longer than {MOST_BYTES} bytes"),
            Self::TooManyFields => format!("the row has more than {MOST_FIELDS} columns"),
            Self::Nul => "the row holds NUL bytes, which are no text; the file may be damaged".to_owned(),
        }
    }
}

/// Splits text into records.
pub(super) struct Records<R> {
    input: R,
    buffer: Vec<u8>,
    /// Bytes before those of `buffer`.
    dropped: u64,
    /// Bytes of `buffer` before this are done with.
    start: usize,
    /// Bytes of `buffer` from here on hold nothing.
    end: usize,
    /// Whether anything was read yet.
    begun: bool,
    ended: bool,
    /// Why reading failed; told once what was read before is done with.
    failed: Option<io::Error>,
    /// Line at `start`.
    next_line: u64,
    classes: [Class; 256],
    marks: Marks,
    delimiter: Option<u8>,
    quotes: bool,
    /// The present record.
    line: u64,
    shape: Shape,
    length: usize,
    record_at: usize,
    spans: Vec<Span>,
    /// Fields that hold doubled quotes or text after the closing one.
    untidy: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Delimiter,
    LineEnd,
}

/// What is known of a record's text as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Whether it is one line whose fields are bare, or quoted from end to end without a quote inside.
    pub(super) is_plain: bool,
    /// Whether it is a plain line of ASCII.
    pub(super) is_ascii: bool,
}

/// What a scan found at `start`.
enum Scan {
    /// More input is needed.
    More { quoted_from: Option<Resume> },
    /// A record of `length` bytes; the next one begins `next` bytes and `lines` lines on.
    Whole { length: usize, next: usize, lines: u64 },
    /// A quote that runs away.
    Runaway(Resume),
}

/// Where to go on after a quote that runs away: past the end of the line it opens on.
#[derive(Clone, Copy)]
struct Resume {
    /// Lines between the start of the record and that quote.
    line: u64,
    /// Bytes from the start of the record to the next line, if a line ended inside the quotes.
    next: Option<usize>,
}

impl Records<io::Empty> {
    /// Splits a piece of a table.
    pub(super) fn piece(piece: Piece, delimiter: Option<u8>) -> Self {
        Self::go_on(io::empty(), piece, delimiter, true)
    }
}

impl<R: Read> Records<R> {
    /// Splits a table. Without a delimiter, each record is one field.
    pub(super) fn table(input: R, delimiter: Option<u8>) -> Self {
        Self::new(input, delimiter, true)
    }

    /// Splits lines, without any quoting.
    pub(super) fn lines(input: R) -> Self {
        Self::new(input, None, false)
    }

    /// Splits a table on from a text that begins with a record; `input` goes on behind it, unless that ended.
    pub(super) fn go_on(input: R, text: Piece, delimiter: Option<u8>, ended: bool) -> Self {
        let Piece { bytes, length, line } = text;
        Self { buffer: bytes, end: length, begun: true, ended, next_line: line, ..Self::new(input, delimiter, true) }
    }

    fn new(input: R, delimiter: Option<u8>, quotes: bool) -> Self {
        let mut classes = [Class::Plain; 256];
        classes[usize::from(b'\n')] = Class::LineEnd;
        classes[usize::from(b'\r')] = Class::LineEnd;
        if let Some(delimiter) = delimiter {
            classes[usize::from(delimiter)] = Class::Delimiter;
        }
        Self {
            input,
            buffer: vec![0; FIRST_BUFFER],
            dropped: 0,
            start: 0,
            end: 0,
            begun: false,
            ended: false,
            failed: None,
            next_line: 1,
            classes,
            // What is not looked for is one of the line ends, which are.
            marks: Marks::new([delimiter.unwrap_or(b'\n'), if quotes { b'"' } else { b'\n' }]),
            delimiter,
            quotes,
            line: 1,
            shape: Shape::default(),
            length: 0,
            record_at: 0,
            spans: Vec::new(),
            untidy: Vec::new(),
        }
    }

    /// Goes on to the next record; none at the end.
    pub(super) fn step(&mut self) -> io::Result<Option<Step>> {
        loop {
            self.line = self.next_line;
            match self.scan() {
                Scan::Whole { length, next, lines } => {
                    if next == 0 {
                        return Ok(None);
                    }
                    return Ok(Some(self.take(length, next, lines)));
                }
                Scan::Runaway(resume) => return self.run_away(resume).map(Some),
                Scan::More { .. } if self.failed.is_some() => return self.failed.take().map_or(Ok(None), Err),
                Scan::More { quoted_from } if self.end - self.start > MOST_BYTES => {
                    return match quoted_from {
                        Some(resume) => self.run_away(resume).map(Some),
                        None => self.skip_line().map(|()| Some(Step::Broken(Broken::TooLong))),
                    };
                }
                Scan::More { .. } => self.fill()?,
            }
        }
    }

    /// Returns the line the present record begins on, or the line of what is broken.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Returns the bytes of the present record; spans point into them.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.record_at..self.record_at + self.length]
    }

    /// Returns the fields of the present record.
    pub(super) fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Returns what is known of the present record as a whole.
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// Returns what parts the fields.
    pub(super) fn delimiter(&self) -> Option<u8> {
        self.delimiter
    }

    /// Returns how many bytes the steps so far were made of.
    pub(super) fn consumed(&self) -> u64 {
        self.dropped + self.start as u64
    }

    /// Returns the input, what was read of it and is in no step yet, whether the input ended, and why reading failed.
    pub(super) fn into_rest(mut self) -> (R, Piece, bool, Option<io::Error>) {
        self.buffer.copy_within(self.start..self.end, 0);
        let rest = Piece { bytes: self.buffer, length: self.end - self.start, line: self.next_line };
        (self.input, rest, self.ended, self.failed)
    }

    /// Returns the buffer, to be used again.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    fn take(&mut self, length: usize, next: usize, lines: u64) -> Step {
        self.record_at = self.start;
        self.length = length;
        self.start += next;
        self.next_line += lines;
        if length == 0 {
            return Step::Empty;
        }
        if self.spans.len() > MOST_FIELDS {
            return Step::Broken(Broken::TooManyFields);
        }
        if length > MOST_BYTES {
            return Step::Broken(Broken::TooLong);
        }
        // A plain line was seen to have none.
        if !self.shape.is_plain && memchr::memchr(0, self.bytes()).is_some() {
            return Step::Broken(Broken::Nul);
        }
        for &index in &self.untidy {
            tidy(&mut self.buffer[self.record_at..], &mut self.spans[index]);
        }
        Step::Record
    }

    /// Gives up the line a quote opens on, and goes on after it.
    fn run_away(&mut self, resume: Resume) -> io::Result<Step> {
        self.line = self.next_line + resume.line;
        match resume.next {
            Some(next) => {
                self.start += next;
                self.next_line = self.line + 1;
            }
            None => self.skip_line()?,
        }
        Ok(Step::Broken(Broken::OpenQuote))
    }

    /// Drops everything up to the end of the line, however far that is.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let text = &self.buffer[self.start..self.end];
            if let Some(at) = text.iter().position(|&byte| byte == b'\n' || byte == b'\r') {
                let after = text.get(at + 1).copied();
                if text[at] == b'\r' && after.is_none() && !self.ended && self.failed.is_none() {
                    self.start += at;
                    self.fill()?;
                    continue;
                }
                self.start += at + 1 + usize::from(text[at] == b'\r' && after == Some(b'\n'));
                self.next_line += 1;
                return Ok(());
            }
            self.start = self.end;
            if self.ended {
                return Ok(());
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            self.fill()?;
        }
    }

    /// Reads on until the buffer is full or the input ends; makes room first.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.dropped += self.start as u64;
        self.end -= self.start;
        self.start = 0;
        if self.begun && self.buffer.len() < BUFFER {
            self.buffer.resize(BUFFER, 0);
        }
        self.begun = true;
        if self.end * 2 > self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        while self.end < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Finds the end of the record at `start`, and its fields.
    fn scan(&mut self) -> Scan {
        self.spans.clear();
        self.untidy.clear();
        self.scan_plain_line().unwrap_or_else(|| self.scan_any())
    }

    /// Finds the fields of a plain line, as most are, many bytes at a time. None where it is no such
    /// line, or its end is not yet known.
    fn scan_plain_line(&mut self) -> Option<Scan> {
        let text = &self.buffer[self.start..self.end];
        let mut fields = PlainFields { spans: &mut self.spans, field: 0, open: false, closed: None, plain: true };
        let (mut base, mut foreign) = (0, 0);
        let length = 'line: loop {
            let block = self.marks.look(text.get(base..).filter(|rest| !rest.is_empty())?);
            let mut marks = block.marks;
            while marks != 0 {
                let at = base + marks.trailing_zeros() as usize;
                match text[at] {
                    b'\n' | b'\r' => {
                        foreign |= block.foreign & (marks & marks.wrapping_neg()).wrapping_sub(1);
                        break 'line at;
                    }
                    byte if Some(byte) == self.delimiter => fields.delimiter(at),
                    b'"' if self.quotes => fields.quote(at),
                    0 => return None,
                    // Other control characters.
                    _ => {}
                }
                marks &= marks - 1;
            }
            foreign |= block.foreign;
            base += BLOCK;
        };
        let next = match (text[length], text.get(length + 1)) {
            (b'\n', _) => length + 1,
            (b'\r', Some(b'\n')) => length + 2,
            (b'\r', Some(_)) => length + 1,
            _ => return None,
        };
        fields.delimiter(length);
        let is_plain = fields.plain && !fields.open;
        self.shape = Shape { is_plain, is_ascii: is_plain && foreign == 0 };
        is_plain.then_some(Scan::Whole { length, next, lines: 1 })
    }

    fn scan_any(&mut self) -> Scan {
        let text = &self.buffer[self.start..self.end];
        let classes = &self.classes;
        self.spans.clear();
        self.shape = Shape::default();
        let (mut at, mut lines) = (0, 0);
        loop {
            let mut field = at;
            let mut closed = None;
            if self.quotes && text.get(at) == Some(&b'"') {
                let quoted = Quoted::scan(text, at, self.ended);
                let resume = Resume { line: lines, next: quoted.first_end };
                let Some(close) = quoted.close else {
                    return if self.ended { Scan::Runaway(resume) } else { Scan::More { quoted_from: Some(resume) } };
                };
                lines += quoted.lines;
                at = close + 1;
                while matches!(text.get(at), Some(b' ' | b'\t')) && classes[usize::from(text[at])] == Class::Plain {
                    at += 1;
                }
                match text.get(at).map(|&byte| classes[usize::from(byte)]) {
                    None if !self.ended => return Scan::More { quoted_from: None },
                    None | Some(Class::Delimiter | Class::LineEnd) => {
                        field += 1;
                        closed = Some(close);
                        if quoted.doubled && self.spans.len() < MOST_FIELDS {
                            self.untidy.push(self.spans.len());
                        }
                    }
                    Some(_) if quoted.lines > 0 => return Scan::Runaway(resume),
                    Some(_) => {
                        field += 1;
                        if self.spans.len() < MOST_FIELDS {
                            self.untidy.push(self.spans.len());
                        }
                    }
                }
            }
            let class = loop {
                let Some(&byte) = text.get(at) else { break None };
                match classes[usize::from(byte)] {
                    Class::Plain => at += 1,
                    class => break Some(class),
                }
            };
            if class.is_none() && !self.ended {
                return Scan::More { quoted_from: None };
            }
            let span = place(field, closed.unwrap_or(at));
            if self.spans.len() <= MOST_FIELDS {
                self.spans.push(span);
            }
            match class {
                Some(Class::Delimiter) => at += 1,
                None => return Scan::Whole { length: at, next: at, lines },
                Some(_) => {
                    let next = match (text[at], text.get(at + 1)) {
                        (b'\r', None) if !self.ended => return Scan::More { quoted_from: None },
                        (b'\r', Some(b'\n')) => at + 2,
                        _ => at + 1,
                    };
                    return Scan::Whole { length: at, next, lines: lines + 1 };
                }
            }
        }
    }
}

/// Follows the fields of a plain line.
struct PlainFields<'s> {
    spans: &'s mut Vec<Span>,
    /// Where the present field begins.
    field: usize,
    /// Whether a quote is open.
    open: bool,
    /// Where the quote of this field was closed.
    closed: Option<usize>,
    /// Whether the line has been plain so far.
    plain: bool,
}

impl PlainFields<'_> {
    #[inline]
    fn quote(&mut self, at: usize) {
        if self.open {
            (self.open, self.closed) = (false, Some(at));
        } else {
            self.plain &= at == self.field && self.closed.is_none();
            self.open = true;
        }
    }

    #[inline]
    fn delimiter(&mut self, at: usize) {
        if self.open {
            return;
        }
        let span = match self.closed.take() {
            Some(close) => {
                self.plain &= close + 1 == at;
                place(self.field + 1, close)
            }
            None => place(self.field, at),
        };
        if self.spans.len() <= MOST_FIELDS {
            self.spans.push(span);
        }
        self.field = at + 1;
    }
}

fn place(from: usize, to: usize) -> Span {
    // Records end at a megabyte or so; the buffer never comes near four gigabytes.
    u32::try_from(from).unwrap_or(u32::MAX)..u32::try_from(to).unwrap_or(u32::MAX)
}

/// What stands between an opening quote and the closing one.
struct Quoted {
    /// Where the closing quote is.
    close: Option<usize>,
    /// Whether a doubled quote is among it.
    doubled: bool,
    /// How many lines end in it.
    lines: u64,
    /// Where the line after the first of these begins.
    first_end: Option<usize>,
}

impl Quoted {
    fn scan(text: &[u8], open: usize, ended: bool) -> Self {
        let mut quoted = Self { close: None, doubled: false, lines: 0, first_end: None };
        let mut at = open + 1;
        while let Some(found) = memchr::memchr3(b'"', b'\n', b'\r', text.get(at..).unwrap_or_default()) {
            let byte = text[at + found];
            at += found + 1;
            match byte {
                b'"' => match text.get(at) {
                    Some(b'"') => {
                        quoted.doubled = true;
                        at += 1;
                    }
                    None if !ended => break,
                    _ => {
                        quoted.close = Some(at - 1);
                        break;
                    }
                },
                _ => {
                    if byte == b'\r' && text.get(at) == Some(&b'\n') {
                        at += 1;
                    }
                    quoted.lines += 1;
                    quoted.first_end.get_or_insert(at);
                }
            }
        }
        quoted
    }
}

/// Undoubles quotes and drops a closing quote with text after it, in place. What becomes free is
/// filled with spaces, so that the record stays valid UTF-8.
fn tidy(record: &mut [u8], span: &mut Span) {
    let field = &mut record[span.start as usize..span.end as usize];
    let (mut from, mut to, mut quoted) = (0, 0, true);
    while from < field.len() {
        let byte = field[from];
        from += 1;
        if quoted && byte == b'"' {
            if field.get(from) == Some(&b'"') {
                from += 1;
            } else {
                quoted = false;
                continue;
            }
        }
        field[to] = byte;
        to += 1;
    }
    field[to..].fill(b' ');
    span.end = span.start + u32::try_from(to).unwrap_or(0);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives one byte at a time, so that every place is once the end of what is known.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(buffer.len()).min(1);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    type Found = Vec<(u64, Result<Vec<String>, Broken>)>;

    fn split(text: &[u8]) -> Found {
        let mut records = Records::table(Drip(text), Some(b','));
        // A tiny buffer, to meet its end everywhere.
        records.buffer.truncate(2);
        all(records)
    }

    /// As threads read what is cut off for them.
    fn split_piece(text: &[u8]) -> Found {
        all(Records::piece(Piece { bytes: text.to_vec(), length: text.len(), line: 1 }, Some(b',')))
    }

    fn all<R: Read>(mut records: Records<R>) -> Found {
        let mut found = Vec::new();
        while let Some(step) = records.step().expect("memory") {
            let what = match step {
                Step::Broken(broken) => Err(broken),
                Step::Empty => Ok(Vec::new()),
                Step::Record => {
                    let text = records.bytes();
                    let field = |span: &Span| String::from_utf8_lossy(&text[span.start as usize..span.end as usize]).into_owned();
                    Ok(records.spans().iter().map(field).collect())
                }
            };
            found.push((records.line(), what));
        }
        found
    }

    fn words(fields: &[&str]) -> Result<Vec<String>, Broken> {
        Ok(fields.iter().map(|&field| field.to_owned()).collect())
    }

    #[test]
    fn every_line_end_counts_once() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("a,b{end}{end}\"c{end}d\",e{end}f");
            let expected =
                vec![(1, words(&["a", "b"])), (2, words(&[])), (3, words(&[&format!("c{end}d"), "e"])), (5, words(&["f"]))];
            assert_eq!(split(text.as_bytes()), expected, "{end:?}");
        }
    }

    #[test]
    fn quotes_are_those_of_the_csv_crate() {
        assert_eq!(split(b"\"a\"\"b\",\"\",\"c\" ,d\"e\n"), vec![(1, words(&["a\"b", "", "c", "d\"e"]))]);
        assert_eq!(split(b"\"a\"b,c\n"), vec![(1, words(&["ab", "c"]))]);
        assert_eq!(split(b",\n"), vec![(1, words(&["", ""]))]);
    }

    /// The records that the `csv` crate finds.
    fn by_csv_crate(text: &[u8]) -> Vec<Vec<String>> {
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        let words = |record: ::csv::ByteRecord| record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        reader.byte_records().map(|record| words(record.expect("memory"))).collect()
    }

    proptest! {
        // `PROPTEST_CASES` makes them more.
        #![proptest_config(ProptestConfig { cases: 8 * ProptestConfig::default().cases, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn records_are_those_of_the_csv_crate(
            parts in proptest::collection::vec(
                proptest::sample::select(&["\"", "\"\"", ",", ",", "\n", "\r\n", "\r", "a", " ", "\u{e4}", "\",\"", "b\"", "long enough for a block of marks, ", "\"a\",b\n"][..]),
                0..60,
            ),
            is_piece: bool,
        ) {
            let text = parts.concat().into_bytes();
            let found = if is_piece { split_piece(&text) } else { split(&text) };
            let mut found = found.into_iter().map(|(_, what)| what).filter(|what| *what != Ok(Vec::new()));
            let expected = by_csv_crate(&text);
            for (at, wanted) in expected.iter().enumerate() {
                // White space around a cell is nothing to a row.
                let trimmed = |fields: &[String]| fields.iter().map(|field| field.trim().to_owned()).collect::<Vec<_>>();
                match found.next() {
                    Some(Ok(fields)) => prop_assert_eq!(trimmed(&fields), trimmed(wanted)),
                    // Where a quote runs away, only the line on which it opens is lost, and all that follows is read anew.
                    Some(Err(broken)) => {
                        let runs_on = wanted.iter().any(|field| field.contains(['\n', '\r'])) || at + 1 == expected.len();
                        prop_assert!(broken == Broken::OpenQuote && runs_on, "{:?} for {:?}", broken, wanted);
                        return Ok(());
                    }
                    None => prop_assert!(false, "{:?} is missing", wanted),
                }
            }
            prop_assert_eq!(found.next(), None);
        }
    }

    #[test]
    fn an_open_quote_costs_its_own_line() {
        let text = b"a,b\nc,\"d\ne,f\ng,h\n";
        let expected = vec![(1, words(&["a", "b"])), (2, Err(Broken::OpenQuote)), (3, words(&["e", "f"])), (4, words(&["g", "h"]))];
        assert_eq!(split(text), expected);
        let text = b"\"a\",\"b\nc\",\"d\n\"e\",\"f\"\n\"g\",\"h\"\n";
        let found = split(text);
        assert_eq!(found[0], (2, Err(Broken::OpenQuote)), "{found:?}");
        assert_eq!(found[1..], [(3, words(&["e", "f"])), (4, words(&["g", "h"]))]);
    }

    #[test]
    fn a_file_that_breaks_off_in_quotes_says_so() {
        assert_eq!(split(b"a\n\"b"), vec![(1, words(&["a"])), (2, Err(Broken::OpenQuote))]);
    }

    #[test]
    fn long_records_are_given_up_and_reading_goes_on() {
        let mut text = vec![b'x'; MOST_BYTES * 3];
        text.extend(b"\nnext,\"");
        text.extend(vec![b'\n'; MOST_BYTES + 10]);
        text.extend(b"z");
        let mut records = Records::table(&text[..], Some(b','));
        assert_eq!(records.step().expect("memory"), Some(Step::Broken(Broken::TooLong)));
        assert_eq!(records.line(), 1);
        assert_eq!(records.step().expect("memory"), Some(Step::Broken(Broken::OpenQuote)));
        assert_eq!(records.line(), 2);
        assert!(records.buffer.len() <= 4 * MOST_BYTES);
        let mut last = None;
        while let Some(step) = records.step().expect("memory") {
            last = Some((step, records.line()));
        }
        assert_eq!(last, Some((Step::Record, 3 + MOST_BYTES as u64 + 9)));
    }

    #[test]
    fn nuls_are_no_text() {
        assert_eq!(split(b"a\0b,c\nd,\"\0\"\ne,f\n")[..2], [(1, Err(Broken::Nul)), (2, Err(Broken::Nul))]);
    }
}
