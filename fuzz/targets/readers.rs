//! Feeds any bytes to every reader of inventories. The first byte picks the format; past the last
//! one, the format is told from the bytes.
//!
//! What must hold: nothing panics; a refusal says why, and comes before any row; a reason is never
//! empty; in formats of one item a line, items and unread entries are as many as lines that say
//! something; and the whole run counts each row once, under one status or as unidentified.

#![no_main]

use std::sync::LazyLock;

use interdict::evaluate::Asker;
use interdict::gate::{FailOn, GateTerms};
use interdict::inventory::{self, Error, Format, Kept, Options, Sink, Unread};
use interdict::pack::compile::Pack;
use interdict::model::{DependencyPath, Moment, Row, Status};
use interdict::pipeline::{self, Input, Job};
use libfuzzer_sys::fuzz_target;

#[derive(Default)]
struct Count {
    rows: u64,
    unread: u64,
    kept: usize,
}

impl Sink for Count {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        for text in [row.vendor, row.product, row.version, row.asset, row.location, row.audience] {
            assert_eq!(text, text.trim(), "a row is handed on without white space around it");
        }
        self.rows += 1;
        self.kept += 1;
        Some(Kept(self.kept - 1))
    }

    fn path(&mut self, kept: Kept, path: DependencyPath) {
        assert!(kept.0 < self.kept && path.count > 0 || path.names.is_empty());
    }

    fn unread(&mut self, unread: Unread) {
        assert!(!unread.reason.is_empty());
        self.unread += 1;
    }

    fn remark(&mut self, remark: String) {
        assert!(!remark.is_empty());
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, bytes)) = data.split_first() else { return };
    let format = Format::ALL.get(usize::from(first)).copied();
    let options = Options { format, ..Options::default() };
    let mut count = Count::default();
    let result = inventory::read("x", &mut &bytes[..], &options, &mut count);
    if let Err(Error::Refused(refusal)) = &result {
        assert!(!refusal.reason.is_empty() && count.rows == 0, "{refusal:?} after {} rows", count.rows);
    }
    if let (Some("jsonl"), Ok(_)) = (format.map(Format::name), &result) {
        assert_eq!(count.rows + count.unread, lines_that_say_something(bytes), "each line is an item or unread");
    }
    whole_run(bytes, options, &count, result.is_err());
});

/// Lines end as text does: with LF, CRLF or CR. UTF-16 is left out.
fn lines_that_say_something(bytes: &[u8]) -> u64 {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.trim_ascii().is_empty()).count() as u64
}

/// The run counts what the reader handed on, and each row once.
fn whole_run(bytes: &[u8], reading: Options, count: &Count, failed: bool) {
    let as_of = Moment::parse("2024-10-01").expect("a day");
    let asker = Asker { jurisdictions: vec!["US".to_owned()], ..Asker::new(as_of) };
    let gate = GateTerms { fail_on: FailOn::AtLeast(Status::NoSale), ..GateTerms::default() };
    let job = Job { reading, gate, version: "0".to_owned(), ..Job::new(asker) };
    let input = Input::new("x", Ok(Box::new(std::io::Cursor::new(bytes.to_vec()))));
    static PACK: LazyLock<Pack> = LazyLock::new(interdict::builtin::pack);
    let outcome = pipeline::check(&job, &PACK, [input]);
    let summary = &outcome.report.summary;
    if outcome.report.inventories.len() == 1 && outcome.report.inventories[0].source.as_ref() == "x" {
        assert_eq!(summary.items, count.rows);
        assert!(summary.unread >= count.unread && summary.unread <= count.unread + u64::from(failed) + 1);
    }
    let by_status = summary.banned
        + summary.no_updates
        + summary.no_sale
        + summary.upcoming
        + summary.advisory
        + summary.review
        + summary.clear
        + summary.unidentified;
    assert_eq!(by_status, summary.items);
    assert!(!failed || outcome.report.gate.exit_code != 0, "what could not be read is never a pass");
}
