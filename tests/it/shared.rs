//! Real inventories that lie outside the repository and may not come into it.
//!
//! They are looked for in `$INTERDICT_SHARED`, `../shared` and `../../shared`; where they are not,
//! these tests say so and pass.

#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use interdict::evaluate::Asker;
use interdict::gate::{FailOn, GateTerms};
use interdict::inventory;
use interdict::matcher::Subject;
use interdict::model::{Moment, OwnedRow};
use interdict::pack::compile::Pack;
use interdict::pack::name::Folded;
use interdict::pipeline::{self, Input, Job, Outcome};
use serde_json::Value;

use super::common::Sandbox;

/// Returns the folder of the data, or says that it is not there.
fn data() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("INTERDICT_SHARED").map(PathBuf::from);
    let found = named.into_iter().chain([here.join("../shared"), here.join("../../shared")]);
    let data = found.map(|folder| folder.join("data")).find(|folder| folder.is_dir());
    if data.is_none() {
        println!("skipped: no shared data; set INTERDICT_SHARED to the folder that holds `data`");
    }
    data
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn check(pack: &Pack, path: &Path) -> Outcome {
    let asker = Asker { jurisdictions: vec!["US".into()], ..Asker::new(Moment::parse("2024-10-01").expect("a day")) };
    let gate = GateTerms { fail_on: FailOn::parse("no-sale").expect("a status"), ..GateTerms::default() };
    let job = Job { gate, version: "0".into(), ..Job::new(asker) };
    let bytes = fs::File::open(path).map(|file| Box::new(file) as Box<dyn inventory::Bytes>);
    pipeline::check(&job, pack, [Input::new(path.to_string_lossy(), bytes)])
}

fn is_csv(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "csv")
}

fn is_cyclonedx(path: &Path) -> bool {
    if path.extension().is_none_or(|extension| extension != "json") {
        return false;
    }
    let mut head = Vec::new();
    fs::File::open(path).expect("a file").take(4096).read_to_end(&mut head).expect("its start");
    String::from_utf8_lossy(&head).contains("\"CycloneDX\"")
}

/// Counts what a whole SBOM holds: the component of the metadata, components and services, and
/// those inside them.
fn components(sbom: &Value) -> u64 {
    fn inside(value: &Value) -> u64 {
        ["components", "services"].iter().flat_map(|key| value[*key].as_array()).flatten().map(|one| 1 + inside(one)).sum()
    }
    let main = &sbom["metadata"]["component"];
    inside(sbom) + if main.is_object() { 1 + inside(main) } else { 0 }
}

#[test]
fn every_table_and_sbom_is_read_and_nothing_is_lost() {
    let Some(data) = data() else { return };
    let pack = interdict::builtin::pack();
    let (mut tables, mut sboms, mut wrong) = (0, 0, Vec::new());
    for path in files(&data) {
        let (csv, sbom) = (is_csv(&path), is_cyclonedx(&path));
        if !csv && !sbom {
            continue;
        }
        let report = check(&pack, &path).report;
        let summary = &report.summary;
        let mut complain = |text: String| wrong.push(format!("{}: {text}", path.display()));
        if ![0, 1, 3].contains(&report.gate.exit_code) {
            complain(format!("exit code {}: {:?}", report.gate.exit_code, report.gate.reasons));
        }
        let by_status: u64 = interdict::model::Status::ALL.into_iter().map(|status| summary.of(status)).sum();
        if summary.items != by_status + summary.unidentified {
            complain(format!("{} items, but {by_status} by status and {} without a name", summary.items, summary.unidentified));
        }
        if sbom {
            sboms += 1;
            if let Ok(value) = serde_json::from_slice::<Value>(&fs::read(&path).expect("a file"))
                && report.inventories[0].format == "cyclonedx"
                && summary.items + summary.unread != components(&value)
            {
                let came = summary.items + summary.unread;
                complain(format!("{} components, {came} items and unread entries", components(&value)));
            }
        } else {
            tables += 1;
            let bytes = fs::read(&path).expect("a file");
            if summary.items == 0 && summary.unread == 0 && bytes.len() > 1000 {
                complain("nothing came of it".to_owned());
            }
            if let Some(records) = records(&bytes)
                && summary.items > 0
                && (summary.items + summary.unread).abs_diff(records) > skipped(&report)
            {
                complain(format!("{records} records, {} items, {} unread", summary.items, summary.unread));
            }
        }
    }
    println!("{tables} tables and {sboms} SBOMs read");
    assert!(tables > 0 && sboms > 0, "no tables or no SBOMs in {}", data.display());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lines before the header are no items, and a remark says so.
fn skipped(report: &interdict::report::Report) -> u64 {
    report.inventories[0].remarks.iter().filter(|remark| remark.contains("before the header")).count() as u64 * 20
}

/// Counts the records of a plain table, header not counted; nothing where it is not that plain.
fn records(bytes: &[u8]) -> Option<u64> {
    let header = bytes.split(|&byte| byte == b'\n').next()?;
    if !header.contains(&b',') || header.contains(&b';') || header.contains(&b'\t') {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(true).from_reader(bytes);
    Some(reader.byte_records().filter(Result::is_ok).count() as u64)
}

#[test]
fn the_program_reads_a_folder_of_them_at_once() {
    let Some(data) = data() else { return };
    let folder = data.join("sbom-cyclonedx");
    let sandbox = Sandbox::new();
    let args = ["check", &folder.to_string_lossy(), "-j", "US", "--as-of", "2024-10-01", "-o", "json"].map(str::to_owned);
    let ran = sandbox.run(&args);
    assert!(matches!(ran.code, Some(0 | 1 | 3)), "{:?}\n{}", ran.code, ran.stderr);
    let report = ran.json();
    let read = report["inventories"].as_array().map_or(0, Vec::len);
    assert_eq!(
        read,
        files(&folder).iter().filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))).count()
    );
    assert_eq!(sandbox.run(&args).stdout, ran.stdout, "two runs differ");
}

/// One row of `truth.csv`.
struct Truth {
    file: String,
    key: String,
    vendor: String,
    flag: bool,
    note: String,
}

fn truth(data: &Path) -> Vec<Truth> {
    let mut reader = csv::Reader::from_path(data.join("truth.csv")).expect("truth.csv");
    let rows = reader.records().map(|record| {
        let record = record.expect("a row");
        Truth {
            file: record[0].to_owned(),
            key: record[1].to_owned(),
            vendor: record[2].to_owned(),
            flag: &record[3] == "yes",
            note: record[4].to_owned(),
        }
    });
    rows.collect()
}

fn subject(pack: &Pack, vendor: &str, product: &str) -> Subject {
    Subject::new(pack, OwnedRow { vendor: vendor.to_owned(), product: product.to_owned(), ..OwnedRow::default() })
}

/// Returns the entities that one of the names of a vendor stands for: `Mail.ru/VK` is two.
fn entities(pack: &Pack, vendor: &str) -> BTreeSet<u32> {
    vendor
        .split('/')
        .flat_map(|name| subject(pack, name, "").hits)
        .filter(|hit| hit.doubtful.is_none())
        .map(|hit| hit.entity)
        .collect()
}

/// Returns every way to look at the entries of a table that hold a key: as vendor and product
/// where the header tells them, as a name alone in a list of names.
fn readings(path: &Path, key: &str) -> Vec<(String, String)> {
    let is_list = path.components().any(|part| part.as_os_str() == "sanctions");
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_path(path).expect("a table");
    let text = |record: &csv::ByteRecord| -> Vec<String> {
        record.iter().map(|field| String::from_utf8_lossy(field).trim_start_matches('\u{feff}').trim().to_owned()).collect()
    };
    let records: Vec<Vec<String>> = reader.byte_records().filter_map(Result::ok).map(|record| text(&record)).collect();
    let header: Vec<String> = records.first().map(|row| row.iter().map(|name| name.to_lowercase()).collect()).unwrap_or_default();
    let column = |names: &[&str]| header.iter().position(|header| names.contains(&header.as_str()));
    let vendor = column(&["vendorproject", "vendor", "publisher", "manufacturer"]);
    let product = column(&["product", "name", "displayname", "item name", "plugin name"]);
    let product = if header.first().is_some_and(|first| first == "name") { Some(0) } else { product };
    let mut found = Vec::new();
    for row in records
        .iter()
        .filter(|row| row.iter().any(|field| field == key || is_list && key.ends_with(field.as_str()) && field.len() > 5))
    {
        if is_list {
            found.extend(
                row.iter().filter(|field| (2..=120).contains(&field.chars().count())).map(|name| (name.clone(), String::new())),
            );
        } else {
            let of = |at: Option<usize>| at.and_then(|at| row.get(at)).cloned().unwrap_or_default();
            found.push((of(vendor), of(product)));
        }
    }
    found
}

#[test]
fn known_answers_come_out() {
    let Some(data) = data() else { return };
    let pack = interdict::builtin::pack();
    let (mut held, mut left, mut wrong) = (0, Vec::new(), Vec::new());
    for truth in truth(&data).iter().filter(|truth| truth.file.ends_with(".csv") && !truth.note.starts_with("JUDGEMENT")) {
        let meant = entities(&pack, &truth.vendor);
        let readings = readings(&data.join(&truth.file), &truth.key);
        if meant.is_empty() || readings.is_empty() {
            let why = if meant.is_empty() { "no entity" } else { "no literal key" };
            left.push(format!("{} {} ({}): {why}", truth.file, truth.key, truth.vendor));
            continue;
        }
        held += 1;
        let hits: Vec<_> = readings
            .iter()
            .flat_map(|(vendor, product)| subject(&pack, vendor, product).hits)
            .filter(|hit| meant.contains(&hit.entity))
            .collect();
        if truth.flag && hits.is_empty() {
            wrong.push(format!("missed: {} {} ({})", truth.file, truth.key, truth.vendor));
        }
        if let Some(hit) = hits.iter().find(|hit| !truth.flag && hit.doubtful.is_none()) {
            wrong.push(format!("wrongly sure: {} {} ({}): {hit:?}", truth.file, truth.key, truth.vendor));
        }
    }
    println!("{held} answers held against; left out:\n  {}", left.join("\n  "));
    assert!(held > 0, "no answer could be held against anything");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Gathers the rows of an inventory.
#[derive(Default)]
struct Rows(Vec<OwnedRow>);

impl inventory::Sink for Rows {
    fn row(&mut self, row: &interdict::model::Row<'_>) -> Option<inventory::Kept> {
        self.0.push(row.identity());
        None
    }

    fn path(&mut self, _: inventory::Kept, _: interdict::model::DependencyPath) {}

    fn unread(&mut self, _: inventory::Unread) {}

    fn remark(&mut self, _: String) {}
}

#[test]
fn known_answers_come_out_of_bills_of_materials() {
    let Some(data) = data() else { return };
    let pack = interdict::builtin::pack();
    let (mut held, mut wrong) = (0, Vec::new());
    for truth in truth(&data).iter().filter(|truth| truth.file.starts_with("sbom-")) {
        let mut rows = Rows::default();
        let mut file = fs::File::open(data.join(&truth.file)).expect("a file");
        inventory::read(&truth.file, &mut file, &inventory::Options::default(), &mut rows).expect("an inventory");
        let meant = entities(&pack, &truth.vendor);
        let sure = |row: &OwnedRow| {
            let hits = Subject::new(&pack, row.clone()).hits;
            hits.iter().any(|hit| meant.contains(&hit.entity) && hit.doubtful.is_none())
        };
        let named: Vec<_> = rows.0.iter().filter(|row| row.product.contains(&truth.key)).collect();
        held += 1;
        if truth.flag && (named.is_empty() || !named.iter().all(|row| sure(row))) {
            wrong.push(format!("missed: {} {} ({})", truth.file, truth.key, truth.vendor));
        }
        // What is not the vendor's stands in files and texts, which are no items.
        if !truth.flag && named.iter().any(|row| sure(row)) {
            wrong.push(format!("wrongly sure: {} {} ({})", truth.file, truth.key, truth.vendor));
        }
        if !truth.flag && truth.vendor == "Dahua" && rows.0.iter().any(sure) {
            wrong.push(format!("found in a text: {} {} ({})", truth.file, truth.key, truth.vendor));
        }
    }
    println!("{held} answers held against");
    assert!(held > 0 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A list of names, each with the vendor that stands beside it.
fn product_lists(data: &Path) -> Vec<(String, String)> {
    let folder = data.join("product-lists");
    let mut names = Vec::new();
    for (file, vendor, product) in [
        ("cisa_kev.csv", Some("vendorProject"), Some("product")),
        ("lolrmm_tools.csv", None, Some("Name")),
        ("detectraptor-hijacklibs.csv", Some("Vendor"), None),
    ] {
        let Ok(mut reader) = csv::ReaderBuilder::new().flexible(true).from_path(folder.join(file)) else { continue };
        let header = reader.headers().expect("a header").clone();
        let at = |name: Option<&str>| name.and_then(|name| header.iter().position(|header| header == name));
        let (vendor, product) = (at(vendor), at(product));
        for record in reader.records().filter_map(Result::ok) {
            let of = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().to_owned();
            names.push((of(vendor), of(product)));
        }
    }
    for (file, is_vendor) in [("misp-producer.json", true), ("misp-rmm-tool.json", false)] {
        let Ok(text) = fs::read(folder.join(file)) else { continue };
        let list: Value = serde_json::from_slice(&text).expect("JSON");
        for one in list["values"].as_array().into_iter().flatten() {
            let also = one["meta"]["synonyms"].as_array().into_iter().flatten();
            for name in std::iter::once(&one["value"]).chain(also).filter_map(Value::as_str) {
                names.push(if is_vendor { (name.to_owned(), String::new()) } else { (String::new(), name.to_owned()) });
            }
        }
    }
    names.sort();
    names.dedup();
    names
}

/// A vendor or product that carries the name of an entity is never passed over in silence: it is
/// sure, or a person is asked.
#[test]
fn no_name_that_holds_an_entity_is_passed_over() {
    let Some(data) = data() else { return };
    let pack = interdict::builtin::pack();
    let names: Vec<String> = (0..pack.catalogue.entities.len())
        .map(|number| (u32::try_from(number).expect("few"), &pack.catalogue.entities[number]))
        .filter(|(_, entity)| format!("{:?}", entity.kind).contains("Organisation"))
        .map(|(_, entity)| {
            let name = Folded::new(&entity.name);
            let (from, to) = pack.legal_forms.trim(&name, (0, name.len()));
            name.phrase(from, to).to_owned()
        })
        .filter(|name| name.chars().count() >= 4 && pack.names.get(name).all(|target| !target.common))
        .collect();
    let (mut held, mut wrong) = (0, Vec::new());
    for (vendor, product) in product_lists(&data) {
        let field = if vendor.is_empty() { &product } else { &vendor };
        let padded = format!(" {} ", Folded::new(field).as_str());
        for name in names.iter().filter(|name| padded.contains(&format!(" {name} "))) {
            held += 1;
            let meant = pack.names.get(name);
            let is_meant = |entity: u32| meant.clone().any(|target| target.entity == entity);
            if !subject(&pack, &vendor, &product).hits.iter().any(|hit| is_meant(hit.entity)) {
                wrong.push(format!("`{vendor}` / `{product}` holds `{name}`"));
            }
        }
    }
    println!("{held} names held against");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
