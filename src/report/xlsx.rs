//! `xlsx`: a workbook for auditors: sheets Summary, Findings, Deadlines, Unread, Waivers, Decisions and Rules, with
//! filters, a header that stays, real dates and links.
//!
//! Every text goes in as text, and one that looks like a formula gets an apostrophe in front, as in
//! `csv`. The workbook says that it was made on the day asked about, so that the same report gives the
//! same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, Url, Workbook, Worksheet, XlsxError};

use super::escape::{cell, is_link};
use super::told::{self, NAME, SENTENCE};
use super::words::{self, short};
use super::{FindingRef, GroupBy, Report, Reporter, View, lines};
use crate::model::{Moment, Status, Zone};

/// A sheet holds so many rows, the header among them.
const ROWS: usize = 1_048_576;
/// A sheet holds no more links than this; the Rules sheet has those of every act.
const LINKS: usize = 20_000;

/// Writes the report as a workbook.
pub(super) struct Xlsx;

impl Reporter for Xlsx {
    fn write(&self, report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
        let bytes = workbook(report, view).map_err(io::Error::other)?;
        out.write_all(&bytes)
    }
}

/// What a cell holds.
enum Value {
    Text(String),
    Number(u64),
    Score(f64),
    Day(Option<NaiveDate>, String),
    Link(String),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

/// A date, or the text where it is none.
fn day(text: Option<&str>) -> Value {
    match text {
        Some(text) => Value::Day(lines::day_of(text), short(text, 40)),
        None => Value::Text(String::new()),
    }
}

struct Formats {
    head: Format,
    date: Format,
    bold: Format,
}

/// A sheet that is filled row by row.
struct Sheet<'f> {
    sheet: Worksheet,
    formats: &'f Formats,
    row: usize,
    columns: u16,
    links: usize,
    left_out: u64,
}

impl<'f> Sheet<'f> {
    fn new(name: &str, formats: &'f Formats, columns: &[(&str, f64)]) -> Result<Self, XlsxError> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        let mut at: u16 = 0;
        for (title, width) in columns {
            sheet.write_string_with_format(0, at, *title, &formats.head)?;
            sheet.set_column_width(at, *width)?;
            at += 1;
        }
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_landscape().set_repeat_rows(0, 0)?.set_print_fit_to_pages(1, 0);
        Ok(Self { sheet, formats, row: 1, columns: at, links: 0, left_out: 0 })
    }

    fn add(&mut self, values: Vec<Value>) -> Result<(), XlsxError> {
        if self.row >= ROWS {
            self.left_out += 1;
            return Ok(());
        }
        let row = u32::try_from(self.row).unwrap_or(u32::MAX);
        for (at, value) in (0_u16..).zip(values) {
            match value {
                Value::Text(text) if text.is_empty() => {}
                Value::Text(text) => {
                    self.sheet.write_string(row, at, cell(&text))?;
                }
                Value::Number(number) => {
                    // Counts are exact as far as a spreadsheet's numbers are.
                    self.sheet.write_number(row, at, number as f64)?;
                }
                Value::Score(score) => {
                    self.sheet.write_number(row, at, score)?;
                }
                Value::Day(Some(day), _) if (1900..=9999).contains(&day.year()) => {
                    let date = excel(day)?;
                    self.sheet.write_datetime_with_format(row, at, &date, &self.formats.date)?;
                }
                Value::Day(_, text) => {
                    self.sheet.write_string(row, at, cell(&text))?;
                }
                Value::Link(url) if is_link(&url) && url.len() <= 2_000 && self.links < LINKS => {
                    self.sheet.write_url(row, at, Url::new(&url))?;
                    self.links += 1;
                }
                Value::Link(url) => {
                    self.sheet.write_string(row, at, cell(&short(&url, 2_000)))?;
                }
            }
        }
        self.row += 1;
        Ok(())
    }

    /// Ends the sheet with a filter over its rows.
    fn done(mut self) -> Result<(Worksheet, u64), XlsxError> {
        let last = u32::try_from(self.row.saturating_sub(1).max(1)).unwrap_or(u32::MAX);
        self.sheet.autofilter(0, 0, last, self.columns.saturating_sub(1))?;
        Ok((self.sheet, self.left_out))
    }
}

fn excel(day: NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    let part = |number: u32| u8::try_from(number).unwrap_or(1);
    ExcelDateTime::from_ymd(u16::try_from(day.year()).unwrap_or(1900), part(day.month()), part(day.day()))
}

fn workbook(report: &Report, view: &View) -> Result<Vec<u8>, XlsxError> {
    let formats = Formats {
        head: Format::new().set_bold().set_background_color(Color::RGB(0x00DD_E3EA)).set_align(FormatAlign::Top).set_text_wrap(),
        date: Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
        bold: Format::new().set_bold(),
    };
    let mut left_out = 0;
    let mut sheets = Vec::new();
    for sheet in [
        findings(report, &formats)?,
        deadlines(report, &formats)?,
        unread(report, &formats)?,
        waivers(report, &formats)?,
        decisions(report, &formats)?,
        rules(report, &formats)?,
    ] {
        let (sheet, left) = sheet.done()?;
        left_out += left;
        sheets.push(sheet);
    }
    let mut workbook = Workbook::new();
    let today = match Moment::parse(&report.as_of) {
        Some(Moment::Day(day)) => day,
        Some(at) => at.day(Zone::UTC),
        None => NaiveDate::default(),
    };
    let made = NaiveDate::from_ymd_opt(today.year().clamp(1900, 9999), today.month(), today.day()).unwrap_or_default();
    let properties = DocProperties::new()
        .set_title(format!("Compliance report as of {}", short(&report.as_of, 40)))
        .set_author(short(&report.tool.name, 40))
        .set_creation_datetime(&excel(made)?);
    workbook.set_properties(&properties);
    workbook.push_worksheet(summary(report, view, left_out, &formats)?);
    for sheet in sheets {
        workbook.push_worksheet(sheet);
    }
    workbook.save_to_buffer()
}

fn summary(report: &Report, view: &View, left_out: u64, formats: &Formats) -> Result<Worksheet, XlsxError> {
    let mut rows: Vec<(String, Value)> = vec![("Headline".into(), words::headline(report).into())];
    let mut add = |what: &str, value: Value| rows.push((what.to_owned(), value));
    let gate = &report.gate;
    let reasons = words::some_of(gate.reasons.iter(), 12, SENTENCE);
    let passed = if gate.failed { format!("failed (exit code {}): {reasons}", gate.exit_code) } else { "passed".into() };
    add("Gate", passed.into());
    add("As of", day(Some(&report.as_of)));
    if let Some(known) = &report.known_on {
        add("As known on", day(Some(known)));
    }
    let codes = |codes: &[String]| if codes.is_empty() { "none given".to_owned() } else { words::some_of(codes.iter(), 40, 40) };
    add("Jurisdictions", codes(&report.scope.jurisdictions).into());
    add("Audiences", codes(&report.scope.audiences).into());
    let summary = &report.summary;
    add("Items", summary.items.into());
    for status in Status::ALL {
        add(&format!("Items: {}", status.as_str()), summary.of(status).into());
    }
    add("Items: waived", summary.waived.into());
    add("Findings: waived", summary.waived_findings.into());
    add("Items: settled by decisions", summary.decided.into());
    if let Some(change) = words::against_baseline(report) {
        add("Baseline", change.into());
    }
    add("Items: no usable name", summary.unidentified.into());
    add("Entries not read", summary.unread.into());
    add("Assets", summary.assets.into());
    for (audience, &items) in summary.other_audiences.iter().take(100) {
        add(&format!("Items with findings for others only: {}", short(audience, 80)), items.into());
    }
    if !view.only.is_empty() {
        let only: Vec<_> = view.only.iter().map(|status| status.as_str()).collect();
        add("Listed", format!("{} only; the counts are those of the whole report", only.join(", ")).into());
    }
    if left_out > 0 {
        add("Left out", format!("{} more rows than a sheet can hold; csv lists all", words::number(left_out)).into());
    }
    for limit in told::limits(report) {
        add("This report cannot show", limit.into());
    }
    for inventory in report.inventories.iter().take(1_000) {
        let read = format!(
            "{} ({}): {}, {} not read. {}",
            told::source(&inventory.source),
            short(&inventory.format, 40),
            words::count(inventory.items, "item"),
            words::number(inventory.unread_count),
            words::some_of(inventory.remarks.iter(), 10, NAME),
        );
        add("Inventory", read.trim_end().to_owned().into());
    }
    add(
        "Rules",
        format!("{} of {}, {}", short(&report.rules.version, 40), short(&report.rules.built, 40), short(&report.rules.digest, 100))
            .into(),
    );
    add("Program", format!("{} {}", short(&report.tool.name, 40), short(&report.tool.version, 40)).into());
    let mut sheet = Sheet::new("Summary", formats, &[("What", 38.0), ("Value", 110.0)])?;
    for (what, value) in rows {
        let row = u32::try_from(sheet.row).unwrap_or(u32::MAX);
        sheet.add(vec![Value::Text(String::new()), value])?;
        sheet.sheet.write_string_with_format(row, 0, cell(&what), &formats.bold)?;
    }
    Ok(sheet.sheet)
}

fn findings<'f>(report: &Report, formats: &'f Formats) -> Result<Sheet<'f>, XlsxError> {
    let columns = [
        ("Status", 13.0),
        ("Product", 34.0),
        ("Vendor", 26.0),
        ("Version", 14.0),
        ("Asset", 24.0),
        ("Place", 9.0),
        ("Act", 32.0),
        ("Title", 50.0),
        ("Jurisdiction", 12.0),
        ("Kind of act", 16.0),
        ("Since or from", 13.0),
        ("Next status", 13.0),
        ("Next on", 13.0),
        ("Waived until", 13.0),
        ("Against baseline", 13.0),
        ("Concerned as", 13.0),
        ("Measures", 46.0),
        ("What to do", 46.0),
        ("Matched by", 14.0),
        ("Value", 26.0),
        ("Agrees with", 26.0),
        ("Party", 20.0),
        ("Score", 8.0),
        ("Notes", 30.0),
        ("Not known", 30.0),
        ("Dependency path", 40.0),
        ("Inventory", 24.0),
        ("Line", 8.0),
        ("Rows", 8.0),
        ("Quantity", 9.0),
        ("Authority", 40.0),
        ("Citation", 24.0),
        ("Source", 50.0),
        ("Fingerprint", 38.0),
    ];
    let mut sheet = Sheet::new("Findings", formats, &columns)?;
    let name = |text: &str| Value::Text(if text.is_empty() { String::new() } else { short(text, NAME) });
    for finding in &report.findings {
        let FindingRef { item, rule, rows, matched, .. } = finding;
        let act = report.acts.get(&rule.id);
        let list = |texts: &[String]| texts.iter().take(50).map(|text| short(text, NAME)).collect::<Vec<_>>().join(", ");
        let measures = finding.measures.iter().take(20).map(|measure| {
            let from = measure.from.as_deref().map(|from| format!(" from {}", short(from, 40))).unwrap_or_default();
            let until = measure.until.as_deref().map(|until| format!(" until {}", short(until, 40))).unwrap_or_default();
            format!("{} {}{from}{until}", short(&measure.effect, 40), measure.state.as_str())
        });
        sheet.add(vec![
            finding.status.as_str().into(),
            name(item.product),
            name(item.vendor),
            name(item.version),
            name(item.asset),
            name(item.location),
            name(&rule.id),
            short(&rule.title, SENTENCE).into(),
            name(&rule.jurisdiction),
            act.map(|act| short(&act.kind, 40)).unwrap_or_default().into(),
            day(lines::since(&finding).0),
            finding.next.as_ref().map(|next| next.status.as_str()).unwrap_or_default().into(),
            day(finding.next.as_ref().map(|next| next.on.as_str())),
            day(finding.waiver.as_ref().map(|waiver| waiver.until.as_str())),
            finding.baseline.map(super::Change::as_str).unwrap_or_default().into(),
            told::concern(finding.concerned_as).into(),
            measures.collect::<Vec<_>>().join(", ").into(),
            act.and_then(|act| act.remedy.advice.as_deref()).map(|advice| short(advice, SENTENCE)).unwrap_or_default().into(),
            format!("{} ({})", short(&matched.kind, 40), short(&matched.field, 40)).into(),
            name(&matched.value),
            name(&matched.alias),
            name(&matched.entity),
            Value::Score(matched.score),
            list(finding.notes).into(),
            list(finding.missing).into(),
            item.path.iter().take(50).map(|step| short(step, NAME)).collect::<Vec<_>>().join(" > ").into(),
            name(item.source),
            if item.line > 0 { item.line.into() } else { "".into() },
            rows.count.into(),
            rows.quantity.into(),
            short(&rule.authority, SENTENCE).into(),
            rule.citation.as_deref().map(|citation| short(citation, SENTENCE)).unwrap_or_default().into(),
            Value::Link(rule.url.clone()),
            name(&finding.fingerprint()),
        ])?;
    }
    Ok(sheet)
}

fn deadlines<'f>(report: &Report, formats: &'f Formats) -> Result<Sheet<'f>, XlsxError> {
    let columns = [("Date", 13.0), ("When", 30.0), ("What", 34.0), ("Act", 34.0), ("Products", 70.0), ("Assets", 9.0)];
    let mut sheet = Sheet::new("Deadlines", formats, &columns)?;
    let lines = lines::gather(report, GroupBy::Product);
    for date in lines::deadlines(report, &lines) {
        let when = date.when;
        sheet.add(vec![
            Value::Day(date.day, "open".into()),
            when.into(),
            date.what.into(),
            short(date.act, NAME).into(),
            words::some_of(date.products.iter(), 20, NAME).into(),
            (date.assets.len() as u64).into(),
        ])?;
    }
    Ok(sheet)
}

fn unread<'f>(report: &Report, formats: &'f Formats) -> Result<Sheet<'f>, XlsxError> {
    let columns = [("Inventory", 40.0), ("Line", 9.0), ("Column", 14.0), ("Why", 100.0), ("Entries", 9.0)];
    let mut sheet = Sheet::new("Unread", formats, &columns)?;
    for inventory in &report.inventories {
        for entry in told::not_read(inventory) {
            sheet.add(vec![
                told::source(&inventory.source).into(),
                entry.line.map_or_else(|| "".into(), Value::from),
                entry.column.unwrap_or_default().into(),
                entry.text.into(),
                entry.count.into(),
            ])?;
        }
    }
    Ok(sheet)
}

fn waivers<'f>(report: &Report, formats: &'f Formats) -> Result<Sheet<'f>, XlsxError> {
    let columns = [
        ("Until", 13.0),
        ("Act", 34.0),
        ("Reason", 70.0),
        ("Owner", 26.0),
        ("Approved by", 26.0),
        ("Ticket", 16.0),
        ("Products", 60.0),
        ("Findings", 9.0),
    ];
    let mut sheet = Sheet::new("Waivers", formats, &columns)?;
    let mut waived: BTreeMap<_, Vec<FindingRef<'_>>> = BTreeMap::new();
    for finding in &report.findings {
        if let Some(waiver) = finding.waiver {
            let ticket = waiver.ticket.as_deref().unwrap_or_default();
            let key = (&waiver.until, &finding.rule.id, &waiver.reason, &waiver.owner, &waiver.approved_by, ticket);
            waived.entry(key).or_default().push(finding);
        }
    }
    for ((until, act, reason, owner, approved, ticket), findings) in waived {
        let products: std::collections::BTreeSet<&str> =
            findings.iter().map(|finding| words::name(finding.item.product, finding.item.vendor)).collect();
        sheet.add(vec![
            day(Some(until)),
            short(act, NAME).into(),
            short(reason, SENTENCE).into(),
            short(owner, NAME).into(),
            short(approved, NAME).into(),
            short(ticket, NAME).into(),
            words::some_of(products.iter(), 20, NAME).into(),
            (findings.len() as u64).into(),
        ])?;
    }
    Ok(sheet)
}

fn decisions<'f>(report: &Report, formats: &'f Formats) -> Result<Sheet<'f>, XlsxError> {
    let columns = [
        ("Party", 24.0),
        ("Is theirs", 10.0),
        ("Vendor", 34.0),
        ("Product", 40.0),
        ("Reason", 70.0),
        ("Decided by", 26.0),
        ("Until", 13.0),
        ("Ticket", 16.0),
        ("Rows", 9.0),
    ];
    let mut sheet = Sheet::new("Decisions", formats, &columns)?;
    let text = |text: &Option<String>| Value::Text(text.as_deref().map(|text| short(text, NAME)).unwrap_or_default());
    for settled in &report.decisions {
        let decision = &settled.decision;
        sheet.add(vec![
            short(&decision.entity, NAME).into(),
            if decision.is { "yes" } else { "no" }.into(),
            text(&decision.vendor),
            text(&decision.product),
            short(&decision.reason, SENTENCE).into(),
            short(&decision.owner, NAME).into(),
            day(decision.until.as_deref()),
            text(&decision.ticket),
            settled.rows.into(),
        ])?;
    }
    Ok(sheet)
}

fn rules<'f>(report: &Report, formats: &'f Formats) -> Result<Sheet<'f>, XlsxError> {
    let columns = [
        ("Act", 34.0),
        ("Title", 60.0),
        ("Jurisdiction", 12.0),
        ("Kind", 16.0),
        ("Stage", 12.0),
        ("Names every party", 18.0),
        ("Authority", 50.0),
        ("Citation", 30.0),
        ("Dates in", 20.0),
        ("Checked on", 13.0),
        ("What to do", 60.0),
        ("Alternatives", 40.0),
        ("Findings", 9.0),
        ("Source", 60.0),
    ];
    let mut sheet = Sheet::new("Rules", formats, &columns)?;
    let mut acts: BTreeMap<&str, (FindingRef<'_>, u64)> = BTreeMap::new();
    for finding in &report.findings {
        acts.entry(&finding.rule.id).or_insert((finding, 0)).1 += 1;
    }
    for (id, (finding, many)) in acts {
        let (rule, act) = (&finding.rule, report.acts.get(id));
        let told = |text: Option<&str>| Value::Text(text.map(|text| short(text, SENTENCE)).unwrap_or_default());
        sheet.add(vec![
            short(id, NAME).into(),
            told(Some(&rule.title)),
            told(Some(&rule.jurisdiction)),
            told(act.map(|act| act.kind.as_str())),
            told(act.map(|act| act.stage.as_str())),
            told(act.map(|act| act.names.as_str())),
            told(Some(&rule.authority)),
            told(rule.citation.as_deref()),
            told(act.map(|act| act.time_zone.as_str())),
            day(act.and_then(|act| act.verified.as_deref())),
            told(act.and_then(|act| act.remedy.advice.as_deref())),
            act.map(|act| words::some_of(act.remedy.alternatives.iter(), 12, NAME)).unwrap_or_default().into(),
            many.into(),
            Value::Link(rule.url.clone()),
        ])?;
    }
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(report: &Report) -> Vec<u8> {
        let mut out = Vec::new();
        Xlsx.write(report, &View::default(), &mut out).expect("writes to memory");
        out
    }

    /// What is in it is checked by a reader that is not ours; here, that it is there and stays the same.
    #[test]
    fn the_same_report_gives_the_same_workbook() {
        let report = sample::report();
        let bytes = written(&report);
        assert!(bytes.starts_with(b"PK\x03\x04"));
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        assert!(written(&report) == bytes, "no clock is read");
    }

    #[test]
    fn odd_dates_and_links_are_texts() {
        let mut report = sample::report();
        report.as_of = "0001-01-01".into();
        for (finding, on) in report.findings.iter_mut().zip(["soon", "0000-01-01", "1899-12-31", "9999-12-31", "=1+1"]) {
            finding.next = Some(super::super::Next { status: Status::Clear, on: on.into() });
            std::sync::Arc::make_mut(&mut finding.rule).url = format!("https://example.org/{}", "x".repeat(3_000));
        }
        assert!(!written(&report).is_empty());
    }
}
