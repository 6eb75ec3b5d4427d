//! What the stages of a run cost. `cargo bench` prints figures; nothing here passes or fails.

use std::hint::black_box;
use std::io::Cursor;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use interdict::evaluate::{Asker, Situation, judge_all};
use interdict::gate::{FailOn, GateTerms};
use interdict::inventory::{self, Kept, Options, Sink, Unread};
use interdict::matcher::Subject;
use interdict::model::{DependencyPath, Identifier, IdentifierKind, Moment, OwnedRow, Row};
use interdict::pack::compile::Pack;
use interdict::pipeline::{self, Input, Job};
use interdict::waiver::Waivers;

fn main() {
    divan::main();
}

const ROWS: usize = 100_000;

/// The shipped rules, as each run of the program loads them.
#[divan::bench]
fn rules_load() -> Pack {
    interdict::builtin::pack()
}

/// The index over all names, built where a user's rules are layered on top.
#[divan::bench]
fn rules_compile(bencher: Bencher<'_, '_>) {
    let catalogue = interdict::builtin::catalogue();
    bencher.with_inputs(|| catalogue.clone()).bench_values(Pack::new);
}

fn row(vendor: &str, product: &str) -> OwnedRow {
    OwnedRow::new(vendor, product, "12.5.0.1", Vec::new())
}

const KINDS: &[&str] = &["unknown", "long-name", "vendor", "product", "mention", "similar", "cyrillic", "identifier"];

fn item(kind: &str) -> OwnedRow {
    match kind {
        "unknown" => row("Igor Pavlov", "7-Zip 24.08 (x64)"),
        "long-name" => {
            row("Contoso Manufacturing Solutions", "Contoso Production Planning Client 2024 for Windows - Service Pack 2 (64-bit)")
        }
        "vendor" => row("AO Kaspersky Lab", "Kaspersky Endpoint Security for Windows"),
        "product" => row("", "Kaspersky Endpoint Security for Windows"),
        "mention" => row("Northwind IT", "Kaspersky Removal Script"),
        "similar" => row("Kasperskiy Labs", "Antivirus"),
        "cyrillic" => row("АО «Лаборатория Касперского»", "Kaspersky Plus"),
        _ => {
            let cpe = Identifier::read(IdentifierKind::Cpe, "cpe:2.3:a:kaspersky:endpoint_security:12.5:*:*:*:*:windows:*:*");
            OwnedRow { identifiers: vec![cpe], ..row("", "Endpoint Security") }
        }
    }
}

/// One distinct item, matched.
#[divan::bench(args = KINDS)]
fn matching(bencher: Bencher<'_, '_>, kind: &str) {
    let pack = interdict::builtin::pack();
    bencher.with_inputs(|| item(kind)).bench_values(|row| Subject::new(&pack, row));
}

fn asker() -> Asker {
    Asker { jurisdictions: vec!["US".into()], ..Asker::new(Moment::parse("2024-10-01").expect("a day")) }
}

/// One distinct item, judged under every act that could reach it.
#[divan::bench(args = ["US", "DE"])]
fn judging(bencher: Bencher<'_, '_>, place: &str) {
    let (pack, asker) = (interdict::builtin::pack(), asker());
    let subject = Subject::new(&pack, item("vendor"));
    let situation = Situation { place: Some(place.into()), ..Situation::default() };
    bencher.bench(|| judge_all(&pack, &asker, black_box(&subject), &situation));
}

#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        self.0 += row.quantity;
        None
    }

    fn path(&mut self, _: Kept, _: DependencyPath) {}

    fn unread(&mut self, unread: Unread) {
        panic!("{unread:?}");
    }

    fn remark(&mut self, _: String) {}
}

/// A fleet: some 2,000 distinct products on 2,500 machines, one row in a hundred of a banned one.
fn table() -> Vec<u8> {
    let mut text = String::from("host,publisher,product,version,country,installed date\n");
    for number in 0..ROWS {
        let (machine, product) = (number / 40, number * 7919 % 2000);
        let (vendor, name) = match number % 100 {
            17 => ("AO Kaspersky Lab".to_owned(), "Kaspersky Endpoint Security for Windows".to_owned()),
            _ => (format!("Contoso {} GmbH", product % 300), format!("\"Contoso Module {product}, 64-bit\"")),
        };
        let place = ["US", "DE", "GB"][machine % 3];
        text.push_str(&format!("HOST-{machine:05},{vendor},{name},{}.{},{place},2024-03-11\n", product % 20, product % 7));
    }
    text.into_bytes()
}

/// A table, read and counted.
#[divan::bench(sample_count = 10)]
fn reading_100k_rows(bencher: Bencher<'_, '_>) {
    let table = table();
    bencher.counter(BytesCount::new(table.len())).counter(ItemsCount::new(ROWS)).bench(|| {
        let mut count = Count::default();
        inventory::read("fleet.csv", &mut Cursor::new(&table), &Options::default(), &mut count).expect("a table");
        count.0
    });
}

/// The whole run: read, match, judge, draw up the report.
#[divan::bench(sample_count = 10)]
fn checking_100k_rows(bencher: Bencher<'_, '_>) {
    let (pack, table) = (interdict::builtin::pack(), table());
    let job = Job {
        asker: asker(),
        default_place: None,
        horizon_days: 90,
        ignored: Vec::new(),
        reading: Options::default(),
        assets: None,
        waivers: Waivers::default(),
        baseline: None,
        gate: GateTerms { fail_on: FailOn::parse("no-sale").expect("a status"), ..GateTerms::default() },
        configuration: None,
        version: String::new(),
    };
    bencher.counter(BytesCount::new(table.len())).counter(ItemsCount::new(ROWS)).bench(|| {
        let input = Input::new("fleet.csv", Ok(Box::new(Cursor::new(&table))));
        pipeline::check(&job, &pack, [input])
    });
}
