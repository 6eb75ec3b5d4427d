//! `csv`: one finding a row, and one row for each decision and for what could not be read, for
//! spreadsheets and scripts.
//!
//! UTF-8 with a comma, every cell in quotes. A cell that a spreadsheet would take for a formula gets
//! an apostrophe in front; the exact names are in `json`. `docs/reports.md` describes the columns.

use std::io::{self, Write};

use csv::{QuoteStyle, WriterBuilder};

use super::escape::cell;
use super::told::{self, NAME, SENTENCE};
use super::words::short;
use super::{FindingRef, Report, Reporter, View, lines};

/// Writes the report as CSV.
pub(super) struct Csv;

/// The columns, in order.
pub(super) const COLUMNS: &[&str] = &[
    "kind",
    "status",
    "product",
    "vendor",
    "version",
    "asset",
    "location",
    "source",
    "line",
    "rows",
    "quantity",
    "act",
    "act-kind",
    "title",
    "jurisdiction",
    "authority",
    "citation",
    "url",
    "since",
    "next-status",
    "next-on",
    "concerned-as",
    "measures",
    "match-kind",
    "match-field",
    "match-value",
    "match-alias",
    "entity",
    "score",
    "path",
    "notes",
    "missing",
    "remedy",
    "waived-until",
    "waiver",
    "fingerprint",
    "reason",
    "baseline",
];

impl Reporter for Csv {
    fn write(&self, report: &Report, _: &View, out: &mut dyn Write) -> io::Result<()> {
        let mut table = WriterBuilder::new().quote_style(QuoteStyle::Always).from_writer(out);
        table.write_record(COLUMNS)?;
        for finding in &report.findings {
            let row = row(report, &finding);
            table.write_record(row.iter().map(|text| cell(text)))?;
        }
        let mut write = |given: &[(&str, String)]| {
            let of = |column: &str| given.iter().find(|(name, _)| *name == column).map_or("", |(_, text)| text);
            table.write_record(COLUMNS.iter().map(|column| cell(of(column))))
        };
        for settled in &report.decisions {
            let decision = &settled.decision;
            let name = |text: &Option<String>| text.as_deref().map(|text| short(text, NAME)).unwrap_or_default();
            let first = settled.first.first();
            write(&[
                ("kind", "decision".to_owned()),
                ("product", name(&decision.product)),
                ("vendor", name(&decision.vendor)),
                ("entity", short(&decision.entity, NAME)),
                ("source", first.map(|row| short(&row.source, NAME)).unwrap_or_default()),
                ("line", first.map(|row| row.line.to_string()).unwrap_or_default()),
                ("rows", settled.rows.to_string()),
                ("reason", told::decision(decision)),
            ])?;
        }
        for inventory in &report.inventories {
            for entry in told::not_read(inventory) {
                write(&[
                    ("kind", "unread".to_owned()),
                    ("source", short(&inventory.source, NAME)),
                    ("line", entry.line.map(|line| line.to_string()).unwrap_or_default()),
                    ("rows", entry.count.to_string()),
                    ("reason", entry.column.map(|column| format!("column {column}: ")).unwrap_or_default() + &entry.text),
                ])?;
            }
        }
        table.flush()
    }
}

/// Returns the cells of a finding, in the order of [`COLUMNS`].
fn row(report: &Report, finding: &FindingRef<'_>) -> Vec<String> {
    let FindingRef { item, rule, rows, matched, .. } = finding;
    let act = report.acts.get(&rule.id);
    let name = |text: &str| short(text, NAME);
    let list = |texts: &[String]| texts.iter().map(|text| short(text, NAME)).collect::<Vec<_>>().join(", ");
    let day = |text: &str| lines::day_of(text).map_or_else(|| short(text, 40), |day| day.to_string());
    let measures = finding.measures.iter().map(|measure| {
        let dates = match (&measure.from, &measure.until) {
            (Some(from), Some(until)) => format!(" {} to {}", short(from, 40), short(until, 40)),
            (Some(from), None) => format!(" {}", short(from, 40)),
            (None, _) => String::new(),
        };
        format!("{} {}{dates}", short(&measure.effect, 40), measure.state.as_str())
    });
    vec![
        "finding".into(),
        finding.status.as_str().into(),
        name(item.product),
        name(item.vendor),
        name(item.version),
        name(item.asset),
        name(item.location),
        name(item.source),
        if item.line > 0 { item.line.to_string() } else { String::new() },
        rows.count.to_string(),
        rows.quantity.to_string(),
        name(&rule.id),
        act.map(|act| short(&act.kind, 40)).unwrap_or_default(),
        short(&rule.title, SENTENCE),
        name(&rule.jurisdiction),
        short(&rule.authority, SENTENCE),
        rule.citation.as_deref().map(|citation| short(citation, SENTENCE)).unwrap_or_default(),
        short(&rule.url, 2_000),
        lines::since(finding).0.map(day).unwrap_or_default(),
        finding.next.as_ref().map(|next| next.status.as_str().to_owned()).unwrap_or_default(),
        finding.next.as_ref().map(|next| short(&next.on, 40)).unwrap_or_default(),
        told::concern(finding.concerned_as).into(),
        measures.collect::<Vec<_>>().join(", "),
        short(&matched.kind, 40),
        short(&matched.field, 40),
        name(&matched.value),
        name(&matched.alias),
        name(&matched.entity),
        matched.score.to_string(),
        item.path.iter().take(50).map(|step| short(step, NAME)).collect::<Vec<_>>().join(" > "),
        list(finding.notes),
        list(finding.missing),
        act.and_then(|act| act.remedy.advice.as_deref()).map(|advice| short(advice, SENTENCE)).unwrap_or_default(),
        finding.waiver.as_ref().map(|waiver| short(&waiver.until, 40)).unwrap_or_default(),
        finding.waiver.map(told::waiver).unwrap_or_default(),
        name(&finding.fingerprint()),
        String::new(),
        finding.baseline.map(super::Change::as_str).unwrap_or_default().into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn every_finding_and_every_unread_entry_is_a_row_and_no_cell_a_formula() {
        let report = sample::report();
        let mut out = Vec::new();
        Csv.write(&report, &View::default(), &mut out).expect("writes to memory");
        let mut table = csv::Reader::from_reader(out.as_slice());
        let at = |name: &str| COLUMNS.iter().position(|column| *column == name).expect("is a column");
        let rows: Vec<_> = table.records().map(|row| row.expect("reads, with as many cells as the header")).collect();
        let of = |kind: &str| rows.iter().filter(|row| &row[0] == kind).collect::<Vec<_>>();
        assert_eq!(of("finding").len(), report.findings.len());
        let unread = of("unread").iter().map(|row| row[at("rows")].parse::<u64>().expect("a number")).sum::<u64>();
        assert_eq!(unread, report.summary.unread);
        for cell in rows.iter().flat_map(|row| row.iter()) {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
        let hostile = of("finding").into_iter().find(|row| row[at("product")].contains("calc")).expect("is there");
        assert_eq!(&hostile[at("product")], "'=cmd|' /C calc'!A0");
        assert_eq!(of("decision").len(), report.decisions.len());
        assert_eq!(rows.len(), of("finding").len() + of("unread").len() + report.decisions.len());
    }

    #[test]
    fn how_a_finding_stands_against_the_baseline_is_a_cell() {
        let mut report = sample::report();
        report.findings[0].baseline = Some(super::super::Change::Due);
        let mut out = Vec::new();
        Csv.write(&report, &View::default(), &mut out).expect("writes to memory");
        let mut table = csv::Reader::from_reader(out.as_slice());
        let at = COLUMNS.iter().position(|column| *column == "baseline").expect("is a column");
        let cells: Vec<String> = table.records().map(|row| row.expect("reads")[at].to_owned()).collect();
        assert_eq!(cells[0], "due");
        assert!(cells[1..].iter().all(String::is_empty), "{cells:?}");
    }

    #[test]
    fn the_columns_are_documented_in_order() {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reports.md")).expect("is there");
        let part = page.split("### Columns of `csv`").nth(1).expect("a part on the columns");
        let part = part.split("\n#").next().expect("its text");
        let listed: Vec<_> = part.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(listed, COLUMNS);
    }
}
