//! A fleet's export: what becomes of it, and what is refused.

use serde_json::{Value, json};

use super::assess::{Met, assess};
use super::export::{Export, is_export};
use super::raw::RawTable;
use super::tests::{asker, day, scenario, terms};
use super::{Terms, columns};
use crate::decision::Decisions;
use crate::diag::Code;
use crate::gate::{FailOn, GateTerms};
use crate::inventory::Field;
use crate::model::{Moment, Row, Status};
use crate::pack::compile::Pack;
use crate::pipeline::{Input, Job, Outcome, check};

const DAY: &str = "2024-10-01";
const FIELDS: [Field; 3] = [Field::Vendor, Field::Product, Field::Location];

/// Vendor, product, place, asset; how many rows.
const FLEET: &[(&str, &str, &str, &str, u64)] = &[
    ("AO Kaspersky Lab", "Kaspersky Plus", "US", "pc-1", 3),
    ("AO Kaspersky Lab", "Kaspersky Plus", "US", "pc-2", 1),
    ("TikTok Pte. Ltd.", "TikTok", "US-TX", "pc-2", 1),
    ("Nobody", "Nothing", "US", "pc-3", 2),
    ("Nobody", "Nothing", "Atlantis", "pc-3", 1),
    ("-", "", "US", "pc-4", 1),
];

fn job() -> Job {
    let mut asker = asker(&["US"], &["companies"]);
    asker.as_of = Moment::Day(day(DAY));
    let gate = GateTerms { fail_on: FailOn::AtLeast(Status::Banned), ..GateTerms::default() };
    Job { gate, version: "0.0.0".to_owned(), ..Job::new(asker) }
}

/// Returns the export of the fleet as an engine would give it.
fn export(pack: &Pack) -> Vec<Value> {
    let scenario = scenario(asker(&["US"], &["companies"]));
    let given = columns(FIELDS.into_iter());
    let head = json!({ "interdict_fleet": "1", "as_of": DAY, "place": "US", "audience": "companies", "columns": given });
    let row = |kind: &str, more: Value| {
        let mut row = head.clone();
        let all = row.as_object_mut().expect("an object");
        all.insert("kind".to_owned(), kind.into());
        all.extend(more.as_object().expect("an object").clone());
        row
    };
    let mut rows = Vec::new();
    let all: u64 = FLEET.iter().map(|(.., rows)| rows).sum();
    rows.push(row("fleet", json!({ "rows": all.to_string(), "assets": "4", "quantity": all.to_string() })));
    for &(vendor, product, location, asset, count) in FLEET {
        let item = Row { vendor, product, location, ..Row::default() };
        let assessed = assess(pack, &terms(Decisions::NONE), &scenario, &Met::new(pack, &item));
        let stage = assessed.on(day(DAY)).expect("a stage");
        let others = Some(&stage.others).filter(|others| !others.is_empty());
        let counts = json!({ "status": stage.standing.as_str(), "pack_digest": pack.digest, "terms": "default", "rows": count.to_string(), "quantity": count.to_string(), "other_audiences": others });
        rows.push(row("status", counts));
        rows.push(row("place", json!({ "location": location, "rows": count.to_string() })));
        if stage.standing.has_findings() {
            let item = json!({
                "status": stage.standing.as_str(), "acts": stage.acts, "pack_digest": pack.digest, "terms": "default", "nulls": "0",
                "vendor": vendor, "product": product, "location": location, "asset": asset, "owner": "", "rows": count.to_string(), "quantity": count.to_string(),
            });
            rows.push(row("item", item));
        }
    }
    rows
}

fn read(rows: &[Value]) -> Result<Export, Code> {
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let table = RawTable::open(Box::new(std::io::Cursor::new(text))).expect("opens");
    assert!(is_export(&table));
    Export::read([Ok(table)]).map_err(|error| error.code())
}

fn outcome(pack: &Pack, rows: &[Value], job: &Job) -> Result<Outcome, Code> {
    let export = read(rows)?;
    let terms = Terms { default_place: job.default_place.as_deref(), ignored: &job.ignored, ..terms(&job.waivers.decisions) };
    export.outcome(job, pack, "export.jsonl", &terms).map_err(|wrong| wrong[0].code)
}

/// The report of a check over the rows themselves.
fn checked(pack: &Pack) -> crate::report::Report {
    let mut text = "vendor,product,location,asset\n".to_owned();
    for (vendor, product, location, asset, rows) in FLEET {
        for _ in 0..*rows {
            text += &format!("{vendor},{product},{location},{asset}\n");
        }
    }
    check(&job(), pack, [Input::new("fleet.csv", Ok(Box::new(std::io::Cursor::new(text))))]).report
}

#[test]
fn an_export_gives_the_report_of_a_check() {
    let pack = crate::builtin::pack();
    let ours = outcome(&pack, &export(&pack), &job()).expect("a report").report;
    let theirs = checked(&pack);
    assert_eq!(ours.summary, theirs.summary);
    assert_eq!((&ours.scope, &ours.acts, &ours.gate), (&theirs.scope, &theirs.acts, &theirs.gate));
    let told = |report: &crate::report::Report| -> Vec<_> {
        report
            .findings
            .iter()
            .map(|one| {
                (
                    one.fingerprint().into_owned(),
                    one.status,
                    one.rows.count,
                    one.rows.quantity,
                    one.measures.to_vec(),
                    one.notes.to_vec(),
                )
            })
            .collect()
    };
    assert_eq!(told(&ours), told(&theirs));
    assert_eq!(ours.inventories[0].format, "fleet-export");
}

#[test]
fn a_part_that_is_missing_or_double_is_seen() {
    let pack = crate::builtin::pack();
    let whole = export(&pack);
    assert!(read(&whole).is_ok());
    for at in 0..whole.len() {
        let less: Vec<Value> = whole.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, row)| row.clone()).collect();
        assert_eq!(read(&less).err(), Some(Code::InvalidExport), "without row {at}: {}", whole[at]);
        let mut more = whole.clone();
        more.push(whole[at].clone());
        assert_eq!(read(&more).err(), Some(Code::InvalidExport), "row {at} twice: {}", whole[at]);
    }
}

#[test]
fn other_rules_other_terms_and_other_answers_are_refused() {
    let pack = crate::builtin::pack();
    let with = |key: &str, value: &str, kind: &str| {
        let mut rows = export(&pack);
        rows.iter_mut().filter(|row| row["kind"] == kind).for_each(|row| row[key] = value.into());
        outcome(&pack, &rows, &job()).err()
    };
    assert_eq!(with("pack_digest", "sha256:0", "status"), Some(Code::StaleVerdicts));
    assert_eq!(with("terms", "location=DE", "status"), Some(Code::StaleVerdicts));
    assert_eq!(with("acts", "us-a=banned", "item"), Some(Code::VerdictsDisagree));
    assert_eq!(with("rows", "many", "item"), Some(Code::InvalidExport));
    assert_eq!(with("kind", "else", "place"), Some(Code::InvalidExport));
    assert_eq!(with("as_of", "2024-10-02", "place"), Some(Code::InvalidExport));
    assert_eq!(with("interdict_fleet", "2", "fleet"), Some(Code::UnsupportedSchema));
    assert_eq!(with("nulls", "64", "item"), Some(Code::UnreadRow));
    let asked = Job { default_place: Some("DE".to_owned()), ..job() };
    assert_eq!(outcome(&pack, &export(&pack), &asked).err(), Some(Code::StaleVerdicts));
}

#[test]
fn rows_without_a_verdict_are_unread_and_never_clear() {
    let pack = crate::builtin::pack();
    let mut rows = export(&pack);
    let mut newer = rows.iter().find(|row| row["kind"] == "status").expect("one").clone();
    for (key, value) in [
        ("status", json!("not-evaluated")),
        ("pack_digest", Value::Null),
        ("terms", Value::Null),
        ("rows", json!("7")),
        ("other_audiences", Value::Null),
    ] {
        newer[key] = value;
    }
    rows.push(newer);
    let mut place = rows.iter().find(|row| row["kind"] == "place").expect("one").clone();
    place["rows"] = "7".into();
    rows.push(place);
    rows[0]["rows"] = "16".into();
    let outcome = outcome(&pack, &rows, &job()).expect("a report");
    let report = &outcome.report;
    assert_eq!((report.summary.unread, report.summary.items, report.summary.clear), (7, 9, checked(&pack).summary.clear));
    assert_eq!(report.gate.exit_code, 3);
    assert!(outcome.diagnostics.iter().any(|one| one.code == Code::NotEvaluated));
}

#[test]
fn an_empty_fleet_is_nothing_to_evaluate() {
    let pack = crate::builtin::pack();
    let mut rows = export(&pack);
    rows.truncate(1);
    (rows[0]["rows"], rows[0]["assets"], rows[0]["quantity"]) = ("0".into(), "0".into(), Value::Null);
    assert_eq!(outcome(&pack, &rows, &job()).expect("a report").report.gate.exit_code, 3);
}
