//! A table as text in pieces that end where a record ends, so that threads can read them.
//!
//! In: the bytes of a table, from below its header on. Out: [`Piece`]s of whole records, each with the
//! line it begins on. To find where records end, the quotes are followed, not the fields. Where a quote
//! stands in an unusual place, [`Records`] itself tells; what even that must look far ahead for (a
//! record as long as one may be) is left to be read as a stream.

use std::io::{self, Read};

use super::quotes;
use super::records::{MOST_BYTES, Records};

/// Pieces are about so long.
const PIECE: usize = 96 * 1024;
/// The first are shorter: most distinct products come early, and are to be matched by all threads.
const FIRST: usize = 32 * 1024;

/// A text that begins with a record, and mostly ends with one.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// A buffer that begins with it.
    pub(super) bytes: Vec<u8>,
    pub(super) length: usize,
    /// Line it begins on.
    pub(super) line: u64,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Cut {
    Piece(Piece),
    /// Records too long for a piece: to be read as a stream, see [`Pieces::stream`].
    Long,
    End,
}

/// Cuts a table into pieces.
pub(super) struct Pieces<R> {
    input: R,
    delimiter: Option<u8>,
    size: usize,
    /// What was read and is in no piece yet.
    rest: Piece,
    ended: bool,
    failed: Option<io::Error>,
    /// A buffer to be used again.
    spare: Vec<u8>,
}

impl<R: Read> Pieces<R> {
    /// Goes on where records were read to.
    pub(super) fn after(records: Records<R>) -> Self {
        let delimiter = records.delimiter();
        let (input, rest, ended, failed) = records.into_rest();
        Self { input, delimiter, size: FIRST, rest, ended, failed, spare: Vec::new() }
    }

    /// Returns what parts the fields.
    pub(super) fn delimiter(&self) -> Option<u8> {
        self.delimiter
    }

    /// Has the pieces that follow be as long as is best where there are many.
    pub(super) fn lengthen(&mut self) {
        self.size = PIECE;
    }

    /// Gives back a buffer, to be used again.
    pub(super) fn reuse(&mut self, buffer: Vec<u8>) {
        self.spare = buffer;
    }

    /// Cuts off the next piece.
    ///
    /// # Errors
    /// When reading failed, after all that was read before.
    pub(super) fn next(&mut self) -> io::Result<Cut> {
        let mut wanted = self.size;
        loop {
            self.fill(wanted);
            let text = &self.rest.bytes[..self.rest.length];
            if self.ended && text.len() <= MOST_BYTES {
                let all = text.len();
                return Ok(if all == 0 { Cut::End } else { self.cut(all) });
            }
            let end = last_end(text, self.delimiter);
            if end > 0 {
                return Ok(self.cut(end));
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            if self.ended || text.len() > MOST_BYTES {
                return Ok(Cut::Long);
            }
            wanted = text.len() + self.size;
        }
    }

    /// Reads on as a stream until a piece's worth is done. `take` goes one step on and returns whether there was one.
    ///
    /// # Errors
    /// Those of `take`.
    pub(super) fn stream(&mut self, mut take: impl FnMut(&mut Records<&mut R>) -> io::Result<bool>) -> io::Result<()> {
        let rest = std::mem::take(&mut self.rest);
        let mut records = Records::go_on(&mut self.input, rest, self.delimiter, self.ended);
        let mut more = true;
        while more && records.consumed() < self.size as u64 {
            more = take(&mut records)?;
        }
        let (_, rest, ended, failed) = records.into_rest();
        (self.rest, self.ended, self.failed) = (rest, ended, failed);
        Ok(())
    }

    /// Reads until so many bytes are there.
    fn fill(&mut self, wanted: usize) {
        let Piece { bytes, length, .. } = &mut self.rest;
        if bytes.len() < wanted {
            bytes.resize(wanted, 0);
        }
        while *length < wanted && !self.ended && self.failed.is_none() {
            match self.input.read(&mut bytes[*length..wanted]) {
                Ok(0) => self.ended = true,
                Ok(count) => *length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failed = Some(error),
            }
        }
    }

    /// Cuts so many bytes off.
    fn cut(&mut self, end: usize) -> Cut {
        let mut bytes = std::mem::take(&mut self.spare);
        let rest = &self.rest.bytes[end..self.rest.length];
        if bytes.len() < rest.len() {
            bytes.resize(rest.len(), 0);
        }
        bytes[..rest.len()].copy_from_slice(rest);
        let line = self.rest.line + line_ends(&self.rest.bytes[..end]);
        let rest = Piece { bytes, length: rest.len(), line };
        Cut::Piece(Piece { length: end, ..std::mem::replace(&mut self.rest, rest) })
    }
}

/// Returns where the last record that is whole ends; 0 for none. The text begins with a record.
fn last_end(text: &[u8], delimiter: Option<u8>) -> usize {
    match memchr::memchr(b'"', text) {
        None => line_end_before(text).unwrap_or(0),
        Some(_) => quotes::last_line_feed(text, delimiter)
            .or_else(|| end_by_quotes(text, delimiter).ok())
            .unwrap_or_else(|| end_by_records(text, delimiter)),
    }
}

/// A quote stands where only [`Records`] knows what it means.
struct Unusual;

/// Returns where the last record that is whole ends, from one quote to the next; 0 for none.
fn end_by_quotes(text: &[u8], delimiter: Option<u8>) -> Result<usize, Unusual> {
    let ends_field = |byte: u8| byte == b'\n' || byte == b'\r' || Some(byte) == delimiter;
    let (mut end, mut at) = (0, 0);
    // From here on nothing was quoted.
    let mut bare = 0;
    loop {
        let open = memchr::memchr(b'"', &text[at..]).map(|found| at + found);
        let Some(open) = open else {
            return Ok(line_end_before(&text[bare..]).map_or(end, |found| bare + found));
        };
        if open != 0 && !ends_field(text[open - 1]) {
            // Within a bare field it is like any letter.
            at = open + 1;
            continue;
        }
        end = line_end_before(&text[bare..open]).map_or(end, |found| bare + found);
        let Some(close) = close_of(text, open) else { return Ok(end) };
        match text.get(close + 1) {
            None => return Ok(end),
            Some(&byte) if ends_field(byte) => (at, bare) = (close + 1, close + 1),
            Some(_) => return Err(Unusual),
        }
    }
}

/// Returns where the quote that closes a field is, if it is certain.
fn close_of(text: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += memchr::memchr(b'"', text.get(at..)?)?;
        if text.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// Returns the end of the last line that ends in a text without quotes. A CR at the very end may be half of
/// a CRLF.
fn line_end_before(text: &[u8]) -> Option<usize> {
    let lf = memchr::memrchr(b'\n', text).map(|at| at + 1);
    lf.or_else(|| memchr::memrchr(b'\r', &text[..text.len().saturating_sub(1)]).map(|at| at + 1))
}

/// Returns where the last record that is whole ends, as [`Records`] sees it; 0 for none.
fn end_by_records(text: &[u8], delimiter: Option<u8>) -> usize {
    /// Ends as a file does that has more to come.
    struct More<'t>(&'t [u8]);

    impl Read for More<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.0.read(buffer)
        }
    }

    let mut records = Records::table(More(text), delimiter);
    let mut end = 0;
    while let Ok(Some(_)) = records.step() {
        end = records.consumed();
    }
    usize::try_from(end).unwrap_or(0)
}

/// Counts the lines that end in a text: with LF, CRLF or CR.
fn line_ends(text: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let returns = memchr::memchr_iter(b'\r', text).filter(|&at| text.get(at + 1) != Some(&b'\n')).count();
    (feeds + returns) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inventory::records::{Broken, Step};

    type Record = (u64, Result<Vec<Vec<u8>>, Broken>);

    fn all<R: Read>(records: &mut Records<R>, found: &mut Vec<Record>) {
        while step(records, found) {}
    }

    fn step<R: Read>(records: &mut Records<R>, found: &mut Vec<Record>) -> bool {
        let Some(step) = records.step().expect("memory") else { return false };
        let fields = |span: &super::super::records::Span| records.bytes()[span.start as usize..span.end as usize].to_vec();
        match step {
            Step::Record => found.push((records.line(), Ok(records.spans().iter().map(fields).collect()))),
            Step::Broken(broken) => found.push((records.line(), Err(broken))),
            Step::Empty => {}
        }
        true
    }

    /// Reads in pieces of at least so many bytes.
    fn in_pieces(text: &[u8], size: usize) -> Vec<Record> {
        let mut pieces =
            Pieces { size, ..Pieces::after(Records::go_on(text, Piece { line: 1, ..Piece::default() }, Some(b','), false)) };
        let mut found = Vec::new();
        loop {
            match pieces.next().expect("memory") {
                Cut::Piece(piece) => all(&mut Records::piece(piece, Some(b',')), &mut found),
                Cut::Long => pieces.stream(|records| Ok(step(records, &mut found))).expect("memory"),
                Cut::End => return found,
            }
        }
    }

    fn in_one(text: &[u8]) -> Vec<Record> {
        let mut found = Vec::new();
        all(&mut Records::table(text, Some(b',')), &mut found);
        found
    }

    #[test]
    fn long_records_are_told_alike() {
        let mut text = b"a,b\n".to_vec();
        text.extend(vec![b'x'; MOST_BYTES * 3]);
        text.extend(b"\nnext,\"");
        text.extend(vec![b'\n'; MOST_BYTES * 3]);
        text.extend(b"z\ny,\"1\"\n");
        assert_eq!(in_pieces(&text, PIECE), in_one(&text));
    }

    #[test]
    fn where_a_record_ends_is_where_its_quotes_say() {
        let end = |text: &[u8]| end_by_quotes(text, Some(b',')).ok();
        assert_eq!(end(b"a,b\nc,d\ne"), Some(8));
        assert_eq!(end(b"a,\"b\nc\",d\n\"e\nf"), Some(10));
        assert_eq!(end(b"a,\"b\nc"), Some(0));
        assert_eq!(end(b"a,\"b\"\"\n\"\"c\"\r\nd,5\" disk\ne,\"x\"\n"), Some(29));
        assert_eq!(end(b"a,\"b\"c\nd"), None);
        assert_eq!(end(b"a\rb\r"), Some(2));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn pieces_hold_what_the_whole_does(
            parts in prop::collection::vec(prop::sample::select(&["\"", "\"\"", ",", "\n", "\r\n", "\r", "a", "b c", " ", "\",\"", "\"\n\"", "ä"][..]), 0..60),
            size in 1_usize..40,
        ) {
            let text = parts.concat();
            prop_assert_eq!(in_pieces(text.as_bytes(), size), in_one(text.as_bytes()));
        }
    }
}
