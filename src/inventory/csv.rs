//! Tables as text: what parts the columns, where the header is, which column is what, and the
//! rows.
//!
//! All of that is decided from the first 64 KiB, in [`Layout`]; then the rows are read one after
//! the other, without a copy.

mod texts;
mod threads;

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::columns::{self, Recognised};
use super::dates::Order;
use super::encoding::Encoding;
use super::pieces::Pieces;
use super::records::{Broken, Records, Span, Step};
use super::sniff::Input;
use super::table::{Header, Table, range};
use super::{Error, Options, Reader, Refusal, Sink, Understood};
use crate::diag::Code;
use texts::Texts;

/// What may part columns; the likeliest first.
const DELIMITERS: &[u8] = b",;\t|";
/// So many records are looked at to find the layout.
const SAMPLED: usize = 200;
/// A PowerShell escape that was meant to be a tab and was written out.
const WRITTEN_TAB: &str = "`t";

/// Reads tables as text.
pub(super) struct Csv;

impl Reader for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn description(&self) -> &'static str {
        "table as text: comma, semicolon, tab or pipe; UTF-8, UTF-16 or an older code page"
    }

    fn is_shared_out(&self) -> bool {
        true
    }

    fn claims(&self, input: &Input<'_>, options: &Options) -> bool {
        if matches!(input.first_byte(), None | Some(b'{' | b'[' | b'<')) {
            return false;
        }
        if options.delimiter.is_some() {
            return true;
        }
        // What cannot even be split is told by reading.
        let Ok(samples) = Sample::with(&input.head, input.complete, options) else { return true };
        input.has_extension(&["csv", "tsv", "tab", "psv"])
            || samples.iter().any(|sample| {
                sample.header.asked_for || sample.header.recognised.named || (sample.width > 1 && sample.steady > 800)
            })
    }

    fn read(&self, input: Input<'_>, options: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let layout = Layout::find(&input, options)?;
        for remark in &layout.remarks {
            sink.remark(remark.clone());
        }
        let understood = layout.understood(input.encoding);
        let mut texts = Texts::new(&layout, input.is_decoded, sink);
        let mut records = Records::table(input.into_reader(), layout.delimiter);
        if !skip_to_body(&layout, &mut records, &mut texts, sink).map_err(Error::read)? {
            // Only where a quotation mark before the header runs on far beyond the first bytes.
            return Err(columns::lost_header(layout.first_line).into());
        }
        let ended = if options.threads > 1 {
            threads::read(Pieces::after(records), options.threads, &mut texts, sink)
        } else {
            texts.all(&mut records, sink)
        };
        texts.finish(sink);
        ended.map(|()| understood).map_err(Error::read)
    }
}

/// Reads up to the header and over it; where there is none, the first row with it. Returns whether it was met.
fn skip_to_body<R: Read>(
    layout: &Layout,
    records: &mut Records<R>,
    texts: &mut Texts<'_>,
    sink: &mut dyn Sink,
) -> io::Result<bool> {
    while let Some(step) = records.step()? {
        if records.line() == layout.first_line && step == Step::Record {
            if layout.header_line.is_none() {
                texts.step(step, records, sink);
            }
            return Ok(true);
        }
    }
    Ok(false)
}

/// How a table is laid out.
struct Layout {
    delimiter: Option<u8>,
    /// Line of the header, or of the first row where there is none.
    first_line: u64,
    header_line: Option<u64>,
    table: Table,
    /// Rows carry [`WRITTEN_TAB`] where the header has its delimiter.
    written_tabs: bool,
    remarks: Vec<String>,
}

impl Layout {
    fn find(input: &Input<'_>, options: &Options) -> Result<Self, Error> {
        let announced = announced(&input.head);
        let named = options.delimiter.or(announced);
        let mut samples = match named {
            Some(delimiter) => vec![Sample::take(&input.head, input.complete, Some(delimiter), options)?],
            None => Sample::with(&input.head, input.complete, options)?,
        };
        samples.sort_by_key(|sample| std::cmp::Reverse(sample.worth()));
        let mut sample = samples.swap_remove(0);
        if sample.header().len() == 1 && named.is_none() {
            // One column: nothing parts anything, and commas are part of names.
            sample = Sample::take(&input.head, input.complete, None, options)?;
        }
        Self::of(&sample, options, announced.is_some())
    }

    fn of(sample: &Sample, options: &Options, announced: bool) -> Result<Self, Error> {
        let first_line = sample.rows[sample.header.at].0;
        let header_line = (!sample.header.is_headerless).then_some(first_line);
        // Programs set for a place that writes 31.12. part columns by semicolons.
        let usual = if sample.delimiter == Some(b';') { Order::DayFirst } else { Order::MonthFirst };
        let parted_by = sample.delimiter.map_or("delimiter", delimiter_name);
        let table = Table::new(sample.header_texts(), sample.body(), usual, parted_by, options);
        let table = table.map_err(|refusal| refusal.line(first_line))?;
        let (written_tabs, mut remarks) = (sample.has_written_tabs(), Vec::new());
        let skipped = first_line - 1 - u64::from(announced);
        if skipped > 0 {
            let lines = if skipped == 1 { "1 line" } else { &format!("{skipped} lines") };
            remarks.push(format!("{lines} before the header in line {first_line} skipped"));
        }
        if written_tabs {
            remarks.push("the rows hold the two characters `t where tabs were meant; they were split there".to_owned());
        }
        remarks.extend(table.remarks.iter().cloned());
        Ok(Self { delimiter: sample.delimiter, first_line, header_line, table, written_tabs, remarks })
    }

    fn understood(&self, encoding: Encoding) -> Understood {
        self.table.explain(Understood {
            delimiter: self.delimiter.map(char::from),
            header_line: self.header_line,
            ..Understood::new(encoding)
        })
    }
}

/// The first line `sep=;`, which Excel writes and obeys.
fn announced(head: &[u8]) -> Option<u8> {
    let line = head.split(|&byte| byte == b'\n' || byte == b'\r').next()?;
    let line = line.trim_ascii().strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line.get(..4)?.eq_ignore_ascii_case(b"sep=").then_some(&line[4..])? {
        [delimiter] if delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric() && *delimiter != b'"' => Some(*delimiter),
        _ => None,
    }
}

/// The first records of a table, split in one way.
struct Sample {
    delimiter: Option<u8>,
    /// Records with their lines.
    rows: Vec<(u64, Vec<String>)>,
    /// Which of them is the header.
    header: Header,
    /// The commonest number of fields.
    width: usize,
    /// How many records in a thousand have it.
    steady: usize,
}

impl Sample {
    /// Splits in every way that gives a row at all. Refuses where none does, or where a header
    /// that was too wide would have been the only one.
    fn with(head: &[u8], complete: bool, options: &Options) -> Result<Vec<Self>, Refusal> {
        let (mut samples, mut refusals) = (Vec::new(), Vec::new());
        for &delimiter in DELIMITERS {
            match Self::take(head, complete, Some(delimiter), options) {
                Ok(sample) => samples.push(sample),
                Err(refusal) => refusals.push(refusal),
            }
        }
        let is_table = samples.iter().any(|sample| sample.header.recognised.named || sample.header.asked_for);
        let refusal = refusals.into_iter().find(|refusal| samples.is_empty() || refusal.code == Code::LimitPassed);
        refusal.filter(|_| !is_table).map_or(Ok(samples), Err)
    }

    fn take(head: &[u8], complete: bool, delimiter: Option<u8>, options: &Options) -> Result<Self, Refusal> {
        let rows = sampled(head, complete, delimiter)?;
        let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
        for (_, row) in &rows {
            *widths.entry(row.len()).or_default() += 1;
        }
        let (width, count) = widths.iter().max_by_key(|&(_, count)| count).map_or((1, 0), |(&width, &count)| (width, count));
        let steady = count * 1000 / rows.len().max(1);
        let header = Header::find(rows.iter().map(|(_, row)| row), options);
        Ok(Self { delimiter, rows, header, width, steady })
    }

    fn header(&self) -> &[String] {
        self.rows.get(self.header.at).map_or(&[], |(_, row)| row)
    }

    /// The names of the columns: those of the header, or numbers where there is none.
    fn header_texts(&self) -> Vec<String> {
        let rows: Vec<Vec<String>> = self.rows.iter().map(|(_, row)| row.clone()).collect();
        self.header.texts(&rows)
    }

    fn body(&self) -> impl Iterator<Item = &Vec<String>> + Clone {
        self.rows.iter().skip(self.header.first_row()).map(|(_, row)| row)
    }

    /// The better of two ways to split is the one with more of a header, then the steadier one.
    fn worth(&self) -> (bool, Recognised, bool, usize, usize) {
        let Header { recognised, asked_for, .. } = self.header;
        let recognised = if recognised.named { recognised } else { Recognised::default() };
        (asked_for, recognised, self.width > 1, self.steady, self.width)
    }

    /// Whether most rows are one field with [`WRITTEN_TAB`]s, under a header of several.
    fn has_written_tabs(&self) -> bool {
        let broken = self.body().filter(|row| row[0].contains(WRITTEN_TAB) && row[1..].iter().all(|field| field.trim().is_empty()));
        self.header().len() > 1 && broken.count() * 2 > self.rows.len().saturating_sub(self.header.first_row())
    }
}

/// Splits the first records and keeps copies of them.
fn sampled(head: &[u8], complete: bool, delimiter: Option<u8>) -> Result<Vec<(u64, Vec<String>)>, Refusal> {
    let mut records = Records::table(head, delimiter);
    let mut rows = Vec::new();
    let mut ends_in_row = false;
    while rows.len() <= SAMPLED
        && let Ok(Some(step)) = records.step()
    {
        ends_in_row = matches!(step, Step::Record);
        match step {
            Step::Record => rows.push((records.line(), owned(records.bytes(), records.spans()))),
            Step::Broken(Broken::TooManyFields) if rows.is_empty() => {
                let reason = Broken::TooManyFields.reason().replace("row", "header");
                return Err(Refusal::new(Code::LimitPassed, reason).line(records.line()));
            }
            Step::Empty | Step::Broken(_) => {}
        }
    }
    if !complete && ends_in_row && rows.len() <= SAMPLED {
        // The last one goes on beyond the sample.
        rows.pop();
    }
    if rows.is_empty() {
        let reason = "no header was found in the first 64 KiB: the first row never ends, or a quotation mark is not closed";
        return Err(Refusal::new(Code::NoProductColumn, reason).line(1).help("export the table again, with a header row"));
    }
    Ok(rows)
}

fn owned(bytes: &[u8], spans: &[Span]) -> Vec<String> {
    // Only bytes of a character that the sample cuts off are no UTF-8 here.
    spans.iter().map(|span| String::from_utf8_lossy(&bytes[range(span)]).trim().to_owned()).collect()
}

fn delimiter_name(delimiter: u8) -> &'static str {
    match delimiter {
        b',' => "comma",
        b';' => "semicolon",
        b'\t' => "tab",
        b'|' => "pipe",
        _ => "delimiter",
    }
}

#[cfg(test)]
mod tests;
