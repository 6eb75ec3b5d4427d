//! Records put into UTF-8 and handed to the table.
//!
//! The first bytes of a file may all be plain, and a row far down be none. Such rows are held back
//! until there are enough of them to tell how they are written.

use std::io::{self, Read};

use super::{Layout, WRITTEN_TAB};
use crate::inventory::encoding::{self, Foreign};
use crate::inventory::records::{Records, Shape, Span, Step};
use crate::inventory::table::{Doubt, Rows, cell, range};
use crate::inventory::written::Between;
use crate::inventory::{Sink, Unread};

/// So many bytes of rows that are no UTF-8 are held back, to tell what they are.
pub(super) const HELD_BACK: usize = 256 * 1024;

/// Puts records into UTF-8 and hands them to the table.
pub(super) struct Texts<'l> {
    layout: &'l Layout,
    rows: Rows<'l>,
    /// A record put into UTF-8, and its fields.
    decoded: String,
    moved: Vec<Span>,
    /// Whether bytes that fit no encoding are U+FFFD by now.
    is_decoded: bool,
    /// How rows that are no UTF-8 are written, once known.
    encoding: Option<&'static encoding_rs::Encoding>,
    held: Held,
    /// Whether somebody else tells how the rows held back are written.
    is_part: bool,
    foreign: Foreign,
    replaced: Doubt,
}

/// Records that wait.
#[derive(Default)]
struct Held {
    bytes: Vec<u8>,
    spans: Vec<Span>,
    /// Line, end of the bytes, and end of the spans of each.
    ends: Vec<(u64, usize, usize)>,
}

impl Held {
    fn push(&mut self, bytes: &[u8], spans: &[Span], line: u64) {
        self.bytes.extend_from_slice(bytes);
        self.spans.extend_from_slice(spans);
        self.ends.push((line, self.bytes.len(), self.spans.len()));
    }

    /// Returns each record with its line and fields.
    fn records(&self) -> impl Iterator<Item = (u64, &[u8], &[Span])> {
        self.ends.iter().scan((0, 0), |from, &(line, end, last)| {
            let record = (line, &self.bytes[from.0..end], &self.spans[from.1..last]);
            *from = (end, last);
            Some(record)
        })
    }
}

impl<'l> Texts<'l> {
    pub(super) fn new(layout: &'l Layout, is_decoded: bool, sink: &dyn Sink) -> Self {
        Self {
            layout,
            rows: Rows::new(&layout.table).counting(Between::Delimiters, sink),
            decoded: String::new(),
            moved: Vec::new(),
            is_decoded,
            encoding: None,
            held: Held::default(),
            is_part: false,
            foreign: Foreign::default(),
            replaced: Doubt::default(),
        }
    }

    /// Returns one for other records of the same table.
    pub(super) fn part(&mut self, sink: &dyn Sink) -> Self {
        let mut part = Self { encoding: self.encoding, is_part: true, ..Self::new(self.layout, self.is_decoded, sink) };
        self.rows.share(&mut part.rows);
        part
    }

    /// Learns what other parts know by now.
    pub(super) fn look(&mut self) {
        self.rows.look();
    }

    /// Returns whether too much waits for somebody to tell how it is written.
    pub(super) fn is_stuck(&self) -> bool {
        self.held.bytes.len() > HELD_BACK
    }

    /// Returns whether rows that are no UTF-8 cannot be read yet.
    pub(super) fn is_undecided(&self) -> bool {
        self.encoding.is_none()
    }

    /// Takes in what parts have.
    pub(super) fn absorb(&mut self, parts: Vec<Self>, sink: &mut dyn Sink) {
        for part in &parts {
            self.foreign.absorb(&part.foreign);
            self.replaced.absorb(&part.replaced);
            self.rows.absorb(&part.rows);
        }
        let mut held: Vec<_> = parts.iter().flat_map(|part| part.held.records()).collect();
        held.sort_by_key(|&(line, ..)| line);
        for (line, bytes, spans) in held {
            self.row(bytes, spans, line, Shape::default(), sink);
        }
    }

    /// Takes all records.
    pub(super) fn all<R: Read>(&mut self, records: &mut Records<R>, sink: &mut dyn Sink) -> io::Result<()> {
        while let Some(step) = records.step()? {
            self.step(step, records, sink);
        }
        Ok(())
    }

    pub(super) fn step<R: Read>(&mut self, step: Step, records: &Records<R>, sink: &mut dyn Sink) {
        match step {
            Step::Empty => {}
            Step::Record => self.row(records.bytes(), records.spans(), records.line(), records.shape(), sink),
            Step::Broken(broken) => sink.unread(Unread::at(records.line(), broken.reason())),
        }
    }

    fn row(&mut self, bytes: &[u8], spans: &[Span], line: u64, shape: Shape, sink: &mut dyn Sink) {
        let is_plain = shape.is_plain && !self.layout.written_tabs;
        if is_plain && shape.is_ascii && self.rows.count(bytes, spans, line, sink) {
            return;
        }
        match (std::str::from_utf8(bytes), self.encoding) {
            // What stands for bytes that fit no text must be told.
            (Ok(_), _) if is_plain && !shape.is_ascii && !self.is_decoded && self.rows.count(bytes, spans, line, sink) => {}
            (Ok(text), _) => {
                self.text(text, spans, line, sink);
                if is_plain {
                    self.rows.take_note(bytes, spans, sink);
                }
            }
            (Err(_), Some(encoding)) => self.foreign(bytes, spans, line, encoding, sink),
            (Err(_), None) => {
                self.held.push(bytes, spans, line);
                if self.is_stuck() && !self.is_part {
                    self.release(sink);
                }
            }
        }
    }

    fn text(&mut self, text: &str, spans: &[Span], line: u64, sink: &mut dyn Sink) {
        if self.is_decoded && text.contains('\u{fffd}') {
            self.replaced.add(line, "");
        }
        if self.layout.written_tabs {
            split_written_tabs(text, spans, &mut self.moved);
            self.rows.hand_on(text, &self.moved, line, sink);
        } else {
            self.rows.hand_on(text, spans, line, sink);
        }
    }

    fn foreign(&mut self, bytes: &[u8], spans: &[Span], line: u64, encoding: &'static encoding_rs::Encoding, sink: &mut dyn Sink) {
        decode(bytes, spans, encoding, &mut self.decoded, &mut self.moved);
        self.foreign.add(line, &self.decoded);
        self.rows.hand_on(&self.decoded, &self.moved, line, sink);
    }

    /// Tells how the rows held back are written, and hands them on.
    fn release(&mut self, sink: &mut dyn Sink) {
        let held = std::mem::take(&mut self.held);
        if held.ends.is_empty() {
            return;
        }
        let mut sample = Vec::new();
        for (_, record, _) in held.records() {
            sample.extend_from_slice(record);
            sample.push(b'\n');
        }
        let encoding = encoding::guess(&sample);
        self.encoding = Some(encoding);
        for (line, record, spans) in held.records() {
            self.foreign(record, spans, line, encoding, sink);
        }
    }

    /// Hands on what waits, and tells what was in doubt.
    pub(super) fn finish(mut self, sink: &mut dyn Sink) {
        self.release(sink);
        if let Some(encoding) = self.encoding {
            self.foreign.tell(encoding.name(), sink);
        }
        if self.replaced.count > 0 {
            sink.remark(format!("{} with bytes that fit no text, shown as \u{fffd}", self.replaced.rows()));
        }
        self.rows.finish(sink);
    }
}

/// Splits the only field of a row at written-out tabs. A row without any stays as it is.
fn split_written_tabs(text: &str, spans: &[Span], parts: &mut Vec<Span>) {
    parts.clear();
    let whole = &spans[0];
    let field = text.get(range(whole)).unwrap_or_default();
    if !field.contains(WRITTEN_TAB) || !(1..spans.len()).all(|column| cell(text, spans, column).is_empty()) {
        parts.extend_from_slice(spans);
        return;
    }
    let (tab, mut from) = (WRITTEN_TAB.len() as u32, whole.start);
    for part in field.split(WRITTEN_TAB) {
        let to = from + part.len() as u32;
        parts.push(from..to);
        from = to + tab;
    }
}

/// Puts a record into UTF-8.
fn decode(bytes: &[u8], spans: &[Span], encoding: &'static encoding_rs::Encoding, decoded: &mut String, moved: &mut Vec<Span>) {
    decoded.clear();
    moved.clear();
    for span in spans {
        let start = decoded.len() as u32;
        decoded.push_str(&encoding.decode_without_bom_handling(&bytes[range(span)]).0);
        moved.push(start..decoded.len() as u32);
    }
}
