//! Tables as text: what parts the columns, where the header is, which column is what, and the
//! rows.
//!
//! All of that is decided from the first 64 KiB, in [`Layout`]; then the rows are read one after
//! the other, without a copy. A row that is no UTF-8 is read as Windows-1252: exports of old
//! programs are, and often show it only far down.

use std::collections::BTreeMap;
use std::ops::Range;

use super::columns::{self, Field, Mapping, Recognised};
use super::dates::{self, Day, Order};
use super::records::{Broken, Records, Span, Step};
use super::sniff::{Encoding, Input};
use super::{Error, Format, Options, Reader, Refusal, Sink, Understood, Unread, clip};
use crate::diag::Code;
use crate::model::{IdentifierKind, Row};

/// What may part columns; the likeliest first.
const DELIMITERS: &[u8] = b",;\t|";
/// So many records are looked at to find the layout.
const SAMPLED: usize = 200;
/// The header is among the first so many records.
const HEADER_AMONG: usize = 20;
/// A PowerShell escape that was meant to be a tab and was written out.
const WRITTEN_TAB: &str = "`t";

/// Reads tables as text.
pub(super) struct Csv;

impl Reader for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn description(&self) -> &'static str {
        "table as text: comma, semicolon, tab or pipe; UTF-8, UTF-16 or Windows-1252"
    }

    fn claims(&self, input: &Input<'_>, options: &Options) -> bool {
        if matches!(input.first_byte(), None | Some(b'{' | b'[' | b'<')) {
            return false;
        }
        // What cannot even be split is told by reading.
        let Ok(samples) = Sample::with(&input.head, input.complete, options) else { return true };
        input.has_extension(&["csv", "tsv", "tab", "psv"])
            || samples.iter().any(|sample| sample.asked_for || sample.recognised.named || (sample.width > 1 && sample.steady > 800))
    }

    fn read(&self, input: Input<'_>, options: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let layout = Layout::find(&input, options)?;
        for remark in &layout.remarks {
            sink.remark(remark.clone());
        }
        let understood = layout.understood(input.encoding);
        let mut rows = Rows::new(&layout, input.encoding);
        let mut records = Records::table(input.into_reader(), layout.delimiter);
        let mut in_body = false;
        while let Some(step) = records.step().map_err(Error::read)? {
            match step {
                _ if !in_body => in_body = records.line() == layout.header_line && step == Step::Record,
                Step::Empty => {}
                Step::Record => rows.row(records.bytes(), records.spans(), records.line(), sink),
                Step::Broken(broken) => sink.unread(Unread::at(records.line(), broken.reason())),
            }
        }
        if !in_body {
            // Only where a quotation mark before the header runs on far beyond the first bytes.
            return Err(columns::lost_header(layout.header_line).into());
        }
        rows.finish(sink);
        Ok(understood)
    }
}

/// How a table is laid out.
struct Layout {
    delimiter: Option<u8>,
    header: Vec<String>,
    header_line: u64,
    mapping: Mapping,
    /// Rows carry [`WRITTEN_TAB`] where the header has its delimiter.
    written_tabs: bool,
    acquired: Order,
    renewal: Order,
    remarks: Vec<String>,
}

impl Layout {
    fn find(input: &Input<'_>, options: &Options) -> Result<Self, Error> {
        let named = announced(&input.head);
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
        Self::of(&sample, options, named.is_some())
    }

    fn of(sample: &Sample, options: &Options, announced: bool) -> Result<Self, Error> {
        let header: Vec<&str> = sample.header().iter().map(String::as_str).collect();
        let header_line = sample.rows[sample.header].0;
        let mapping = Mapping::new(&header, options).map_err(|refusal| refusal.line(header_line))?;
        if !mapping.identifies() {
            return Err(columns::no_product(&header).line(header_line).into());
        }
        let mut layout = Self {
            delimiter: sample.delimiter,
            header: sample.header().to_vec(),
            header_line,
            written_tabs: sample.has_written_tabs(),
            acquired: Order::MonthFirst,
            renewal: Order::MonthFirst,
            mapping,
            remarks: Vec::new(),
        };
        let skipped = header_line - 1 - u64::from(announced);
        if skipped > 0 {
            let lines = if skipped == 1 { "1 line" } else { &format!("{skipped} lines") };
            layout.remarks.push(format!("{lines} before the header in line {header_line} skipped"));
        }
        if layout.written_tabs {
            layout.remarks.push("the rows hold the two characters `t where tabs were meant; they were split there".to_owned());
        }
        layout.acquired = layout.order(Field::Acquired, sample);
        layout.renewal = layout.order(Field::Renewal, sample);
        Ok(layout)
    }

    /// Finds out in which order a column writes day and month.
    fn order(&mut self, field: Field, sample: &Sample) -> Order {
        let column = self.mapping.column(field);
        let values = || sample.body().filter_map(|row| row.get(column));
        let shown: Vec<_> = values().filter_map(|value| dates::shown_order(value)).collect();
        let count = |order| shown.iter().filter(|&&shown| shown == order).count();
        let (days, months) = (count(Order::DayFirst), count(Order::MonthFirst));
        if days != months {
            return if days > months { Order::DayFirst } else { Order::MonthFirst };
        }
        // Programs set for a place that writes 31.12. part columns by semicolons.
        let order = if self.delimiter == Some(b';') { Order::DayFirst } else { Order::MonthFirst };
        if let Some(value) = values().find(|value| dates::is_ambiguous(value)) {
            let read = if order == Order::DayFirst { "day first" } else { "month first" };
            let header = clip::quote(&self.header[column]);
            self.remarks.push(format!("dates such as {} in {header} can be read two ways; taken as {read}", clip::quote(value)));
        }
        order
    }

    fn understood(&self, encoding: Encoding) -> Understood {
        let pairs = self.mapping.pairs();
        let used = |column: usize| pairs.iter().any(|&(used, _)| used == column);
        let unused = self.header.iter().enumerate().filter(|&(column, _)| !used(column)).map(|(_, header)| header.clone());
        Understood {
            delimiter: self.delimiter.map(char::from),
            header_line: Some(self.header_line),
            columns: pairs.iter().map(|&(column, field)| (field, self.header[column].clone())).collect(),
            unused: unused.collect(),
            ..Understood::new(Format::Csv, encoding)
        }
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
    header: usize,
    recognised: Recognised,
    /// Whether the header holds all that `--column` names.
    asked_for: bool,
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
        let is_table = samples.iter().any(|sample| sample.recognised.named || sample.asked_for);
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
        let mut sample = Self { delimiter, rows, header: 0, recognised: Recognised::default(), asked_for: false, width, steady };
        sample.find_header(options);
        Ok(sample)
    }

    /// The first row that holds what the user names; else the first one, unless a later one is
    /// clearly more of a header.
    fn find_header(&mut self, options: &Options) {
        let first_rows = self.rows.iter().take(HEADER_AMONG).map(|(_, row)| row.iter().map(String::as_str).collect::<Vec<_>>());
        let first_rows: Vec<_> = first_rows.collect();
        if !options.columns.is_empty()
            && let Some(at) = first_rows.iter().position(|row| columns::holds_named(row, options))
        {
            (self.header, self.asked_for) = (at, true);
            self.recognised = columns::recognised(&first_rows[at]);
            return;
        }
        for (at, row) in first_rows.iter().enumerate() {
            let recognised = columns::recognised(row);
            let least = if self.recognised.named { self.recognised.count + 2 } else { 1 };
            if recognised.named && recognised.count >= least {
                (self.header, self.recognised) = (at, recognised);
            }
        }
    }

    fn header(&self) -> &[String] {
        self.rows.get(self.header).map_or(&[], |(_, row)| row)
    }

    fn body(&self) -> impl Iterator<Item = &Vec<String>> {
        self.rows.iter().skip(self.header + 1).map(|(_, row)| row)
    }

    /// The better of two ways to split is the one with more of a header, then the steadier one.
    fn worth(&self) -> (bool, Recognised, bool, usize, usize) {
        let recognised = if self.recognised.named { self.recognised } else { Recognised::default() };
        (self.asked_for, recognised, self.width > 1, self.steady, self.width)
    }

    /// Whether most rows are one field with [`WRITTEN_TAB`]s, under a header of several.
    fn has_written_tabs(&self) -> bool {
        let broken = self.body().filter(|row| row[0].contains(WRITTEN_TAB) && row[1..].iter().all(|field| field.trim().is_empty()));
        self.header().len() > 1 && broken.count() * 2 > self.rows.len() - self.header - 1
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
    spans.iter().map(|span| text_of(&bytes[range(span)]).trim().to_owned()).collect()
}

fn text_of(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

fn range(span: &Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// Turns records into rows.
struct Rows<'l> {
    layout: &'l Layout,
    width: usize,
    product: usize,
    other_product: usize,
    vendor: usize,
    version: usize,
    asset: usize,
    location: usize,
    audience: usize,
    quantity: Option<usize>,
    acquired: Option<usize>,
    renewal: Option<usize>,
    identifiers: Vec<(IdentifierKind, usize)>,
    /// A record put into UTF-8, and its fields.
    decoded: String,
    moved: Vec<Span>,
    doubts: Doubts,
}

/// What was met that a remark must tell.
struct Doubts {
    utf16: bool,
    decoded: Doubt,
    replaced: Doubt,
    acquired: Doubt,
    renewal: Doubt,
    quantity: Doubt,
}

#[derive(Default)]
struct Doubt {
    count: u64,
    line: u64,
    example: String,
}

impl Doubt {
    fn add(&mut self, line: u64, example: &str) {
        if self.count == 0 {
            (self.line, self.example) = (line, clip::quote(example));
        }
        self.count += 1;
    }

    /// Says how many rows, and from which line on.
    fn rows(&self) -> String {
        match self.count {
            1 => format!("1 row (line {})", self.line),
            count => format!("{count} rows (the first is line {})", self.line),
        }
    }
}

impl<'l> Rows<'l> {
    fn new(layout: &'l Layout, encoding: Encoding) -> Self {
        let column = |field| layout.mapping.column(field);
        let given = |field| Some(column(field)).filter(|&column| column < layout.header.len());
        let identifiers = Field::ALL.iter().filter_map(|&field| Some((field.identifier()?, given(field)?)));
        let utf16 = encoding != Encoding::Utf8;
        let none = Doubt::default;
        Self {
            layout,
            width: layout.header.len(),
            product: column(Field::Product),
            other_product: layout.mapping.other_product,
            vendor: column(Field::Vendor),
            version: column(Field::Version),
            asset: column(Field::Asset),
            location: column(Field::Location),
            audience: column(Field::Audience),
            quantity: given(Field::Quantity),
            acquired: given(Field::Acquired),
            renewal: given(Field::Renewal),
            identifiers: identifiers.collect(),
            decoded: String::new(),
            moved: Vec::new(),
            doubts: Doubts { utf16, decoded: none(), replaced: none(), acquired: none(), renewal: none(), quantity: none() },
        }
    }

    fn row(&mut self, bytes: &[u8], spans: &[Span], line: u64, sink: &mut dyn Sink) {
        let (mut decoded, mut moved) = (std::mem::take(&mut self.decoded), std::mem::take(&mut self.moved));
        match std::str::from_utf8(bytes) {
            Ok(text) if self.layout.written_tabs => {
                split_written_tabs(text, spans, &mut moved);
                self.hand_on(text, &moved, line, sink);
            }
            Ok(text) => self.hand_on(text, spans, line, sink),
            Err(_) => {
                self.doubts.decoded.add(line, "");
                decode(bytes, spans, &mut decoded, &mut moved);
                self.hand_on(&decoded, &moved, line, sink);
            }
        }
        (self.decoded, self.moved) = (decoded, moved);
    }

    fn hand_on(&mut self, text: &str, spans: &[Span], line: u64, sink: &mut dyn Sink) {
        if spans.len() != self.width
            && let Err(reason) = self.fits(text, spans)
        {
            return sink.unread(Unread::at(line, reason));
        }
        let mut product = cell(text, spans, self.product);
        if product.is_empty() {
            product = cell(text, spans, self.other_product);
        }
        let mut identifiers = [(IdentifierKind::Cpe, ""); Field::ALL.len()];
        let mut count = 0;
        for &(kind, column) in &self.identifiers {
            let id = cell(text, spans, column);
            if !id.is_empty() {
                identifiers[count] = (kind, id);
                count += 1;
            }
        }
        let mut vendor = cell(text, spans, self.vendor);
        if let Some(organisation) = organisation(vendor) {
            identifiers[count] = (IdentifierKind::Signer, vendor);
            count += 1;
            vendor = organisation;
        }
        if self.doubts.utf16 && text.contains('\u{fffd}') {
            self.doubts.replaced.add(line, "");
        }
        let doubts = &mut self.doubts;
        sink.row(&Row {
            vendor,
            product,
            version: cell(text, spans, self.version),
            identifiers: &identifiers[..count],
            asset: cell(text, spans, self.asset),
            location: cell(text, spans, self.location),
            audience: cell(text, spans, self.audience),
            quantity: self.quantity.map_or(1, |column| quantity(cell(text, spans, column), line, &mut doubts.quantity)),
            acquired: self
                .acquired
                .and_then(|column| date(cell(text, spans, column), self.layout.acquired, line, &mut doubts.acquired)),
            renewal: self
                .renewal
                .and_then(|column| date(cell(text, spans, column), self.layout.renewal, line, &mut doubts.renewal)),
            line,
        });
    }

    /// Checks a row that has more or fewer fields than the header. Empty ones beyond the header
    /// are nothing; missing ones are empty, but for the one that says what the item is.
    fn fits(&self, text: &str, spans: &[Span]) -> Result<(), String> {
        let (count, width) = (spans.len(), self.width);
        let is_empty = |column: usize| cell(text, spans, column).is_empty();
        if count > width {
            return if (width..count).all(is_empty) {
                Ok(())
            } else {
                let parts = self.layout.delimiter.map_or("delimiter", delimiter_name);
                Err(format!(
                    "the row has {count} columns where the header has {width}; a {parts} in a value may lack its quotation marks"
                ))
            };
        }
        let product = if self.product == usize::MAX { 0 } else { self.product };
        if count <= product && !(0..count).all(is_empty) {
            return Err(format!("the row has {count} of the header's {width} columns and ends before the product"));
        }
        Ok(())
    }

    fn finish(self, sink: &mut dyn Sink) {
        let Doubts { decoded, replaced, acquired, renewal, quantity, .. } = self.doubts;
        if decoded.count > 0 {
            sink.remark(format!("{} not UTF-8, read as Windows-1252", decoded.rows()));
        }
        if replaced.count > 0 {
            sink.remark(format!("{} with damaged UTF-16, shown as \u{fffd}", replaced.rows()));
        }
        let header = |column: Option<usize>| column.map_or(String::new(), |column| clip::quote(&self.layout.header[column]));
        for (doubt, column) in [(acquired, self.acquired), (renewal, self.renewal)] {
            if doubt.count > 0 {
                sink.remark(format!("{} with no readable date in {}, such as {}", doubt.rows(), header(column), doubt.example));
            }
        }
        if quantity.count > 0 {
            let column = header(self.quantity);
            sink.remark(format!(
                "{} with no readable number in {column}, such as {}; taken as 1",
                quantity.rows(),
                quantity.example
            ));
        }
    }
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

/// Returns a field without the white space around it; empty where the row has none.
#[inline]
fn cell<'t>(text: &'t str, spans: &[Span], column: usize) -> &'t str {
    let Some(field) = spans.get(column).and_then(|span| text.get(range(span))) else { return "" };
    match field.as_bytes() {
        [] | [0x21..=0x7e] | [0x21..=0x7e, .., 0x21..=0x7e] => field,
        _ => field.trim(),
    }
}

fn quantity(text: &str, line: u64, doubt: &mut Doubt) -> u64 {
    if text.is_empty() {
        return 1;
    }
    parse_quantity(text).unwrap_or_else(|| {
        doubt.add(line, text);
        1
    })
}

/// Reads `12`, `12.0`, `1,200` and `1 200`.
fn parse_quantity(text: &str) -> Option<u64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    if let Some(whole) = text.strip_suffix(".0").or_else(|| text.strip_suffix(",0")) {
        return whole.parse().ok();
    }
    let is_group = |letter| matches!(letter, ',' | '.' | ' ' | '\'' | '\u{a0}' | '\u{202f}');
    let groups: Vec<_> = text.split(is_group).collect();
    let (first, rest) = groups.split_first()?;
    let grouped = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
    grouped.then(|| groups.concat().parse().ok()).flatten()
}

fn date(text: &str, order: Order, line: u64, doubt: &mut Doubt) -> Option<chrono::NaiveDate> {
    match dates::read(text, order) {
        Day::Known(day) => Some(day),
        Day::None => None,
        Day::Unreadable => {
            doubt.add(line, text);
            None
        }
    }
}

/// Returns the organisation of a certificate's subject, where the vendor column holds one, as
/// exports of store apps do: `CN=…, O=Microsoft Corporation, C=US`. Without an organisation, the
/// common name; nobody where that is only a number.
fn organisation(vendor: &str) -> Option<&str> {
    if !vendor.starts_with("CN=") && !vendor.starts_with("O=") {
        return None;
    }
    let part = |key: &str| {
        let at = if vendor.starts_with(key) { 0 } else { vendor.find(&format!(", {key}"))? + 2 };
        let value = &vendor[at + key.len()..];
        match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => value.split(',').next(),
        }
    };
    let name = part("O=").or_else(|| part("CN=")).unwrap_or_default().trim();
    let is_number = name.len() == 36 && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    Some(if is_number { "" } else { name })
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

/// Puts a record into UTF-8 from Windows-1252.
fn decode(bytes: &[u8], spans: &[Span], decoded: &mut String, moved: &mut Vec<Span>) {
    decoded.clear();
    moved.clear();
    for span in spans {
        let start = decoded.len() as u32;
        decoded.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes[range(span)]).0);
        moved.push(start..decoded.len() as u32);
    }
}

#[cfg(test)]
mod tests;
