#![expect(clippy::print_stderr, reason = "says what was skipped, and how long reading took")]

use std::io::Read;

use proptest::prelude::*;

use super::super::testing::{Gathered, Owned, Tally, gather, shared};
use super::*;
use crate::inventory::Unread;
use crate::inventory::{Encoding, Field, Format};
use crate::model::Row;

fn read(bytes: &[u8]) -> Gathered {
    let (result, gathered) = gather("x.csv", bytes, &Options::default());
    result.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)));
    gathered
}

fn refused(bytes: &[u8], options: &Options) -> Refusal {
    match gather("x.csv", bytes, options).0 {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn utf16(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

fn products(found: &Gathered) -> Vec<&str> {
    found.rows.iter().map(|row| row.product.as_str()).collect()
}

const SMALL: &str =
    "host,publisher,product,version,country\npc-1,AO Kaspersky Lab,\"Kaspersky, Plus\",21.3,US\n\npc-2,Müller GmbH,Ключ, 1.0 ,DE\n";

fn small_rows(found: &Gathered) {
    assert_eq!(found.unread, [], "{found:?}");
    assert_eq!(products(found), ["Kaspersky, Plus", "Ключ"]);
    let row = &found.rows[1];
    assert_eq!((row.vendor.as_str(), row.version.as_str(), row.asset.as_str()), ("Müller GmbH", "1.0", "pc-2"));
    assert_eq!((row.location.as_str(), row.line, row.quantity), ("DE", 4, 1));
}

#[test]
fn every_delimiter_encoding_and_line_end_gives_the_same_rows() {
    for delimiter in [",", ";", "\t", "|"] {
        for end in ["\n", "\r\n", "\r"] {
            let text = SMALL.replace("y, P", "y_ P").replace(',', delimiter).replace("y_ P", "y, P").replace('\n', end);
            small_rows(&read(text.as_bytes()));
            small_rows(&read(format!("\u{feff}{text}").as_bytes()));
            for (little, mark) in [(true, true), (true, false), (false, true), (false, false)] {
                small_rows(&read(&utf16(&text, little, mark)));
            }
        }
    }
}

#[test]
fn rows_that_are_no_utf8_are_read_as_windows_1252_with_one_remark() {
    let mut text = b"Name;Hersteller\n".to_vec();
    text.extend("Ключ;ООО\n".as_bytes());
    text.extend(b"B\xfccher \x80;M\xfcller\nA;B\nC\xe9;D\n");
    let found = read(&text);
    assert_eq!(products(&found), ["Ключ", "Bücher €", "A", "Cé"]);
    assert_eq!(found.remarks, ["2 rows (the first is line 3) not UTF-8, read as windows-1252; `--encoding` names another"]);
}

#[test]
fn what_excel_and_powershell_put_first_is_passed_over() {
    let found = read(b"sep=;\r\nName;Version\r\nA, B;1\r\n");
    assert_eq!((products(&found), found.remarks.len(), found.rows[0].line), (vec!["A, B"], 0, 3));
    let found = read(b"#TYPE Selected.System.Management.ManagementObject\n\"Name\",\"Version\"\n\"A\",\"1\"\n");
    assert_eq!((products(&found), found.rows[0].line), (vec!["A"], 3));
    assert_eq!(found.remarks, ["1 line before the header in line 2 skipped"]);
    let found = read(b"Software report,,\nBerlin,,\nHost,Software,Version\npc,A,1\n");
    assert_eq!(products(&found), ["A"]);
}

#[test]
fn one_column_is_a_table_and_commas_are_part_of_names() {
    let found = read(b"application-name\nFoo, Inc. Reader\nBar\n");
    assert_eq!((products(&found), found.unread.len()), (vec!["Foo, Inc. Reader", "Bar"], 0));
}

#[test]
fn rows_of_another_width_are_read_or_unread_but_never_shifted() {
    let found = read(b"product,vendor,version\nA\nB,b,1,,\nC,c,Inc.,1\n,,\n\nD,d,1\n");
    assert_eq!(products(&found), ["A", "B", "", "D"]);
    assert_eq!(found.unread.len(), 1);
    assert_eq!(found.unread[0].line, Some(4));
    assert!(found.unread[0].reason.contains("4 columns where the header has 3; a comma"), "{:?}", found.unread);
    let found = read(b"host,country,product\npc-1,US,A\npc-2\n\npc-3,US,\"B\n");
    assert_eq!(products(&found), ["A"]);
    let lines: Vec<_> =
        found.unread.iter().map(|unread| (unread.line, unread.reason.contains("ends before the product"))).collect();
    assert_eq!(lines, [(Some(3), true), (Some(5), false)]);
}

#[test]
fn a_stray_quote_costs_one_row() {
    let found = read(b"host,product\npc-1,\"A\npc-2,B\npc-3,\"C\"\npc-4,D\n");
    assert_eq!(products(&found), ["B", "C", "D"]);
    assert_eq!(found.unread[0].line, Some(2));
}

#[test]
fn dates_take_their_order_from_the_column() {
    let found = read(b"product,purchase date,renewal\nA,01/02/2024,20250301\nB,11/24/2008,soon\nC,,\n");
    let day = |row: &Owned| row.acquired.map(|day| day.to_string());
    assert_eq!(day(&found.rows[0]).as_deref(), Some("2024-01-02"));
    assert_eq!(day(&found.rows[1]).as_deref(), Some("2008-11-24"));
    assert_eq!(found.rows[0].renewal.map(|day| day.to_string()).as_deref(), Some("2025-03-01"));
    assert_eq!(found.remarks, ["1 row (line 3) with no readable date in `renewal`, such as `soon`"]);
    let found = read(b"product;purchase date\nA;01/02/2024\n");
    assert_eq!(day(&found.rows[0]).as_deref(), Some("2024-02-01"));
    assert!(found.remarks[0].contains("can be read two ways; taken as day first"), "{:?}", found.remarks);
}

#[test]
fn quantities_are_whole_numbers() {
    let found = read("product;seats\nA;12\nB;\nC;1.200\nD;many\nE;3,0\nF;-1\n".as_bytes());
    let quantities: Vec<_> = found.rows.iter().map(|row| row.quantity).collect();
    assert_eq!(quantities, [12, 1, 1200, 1, 3, 1]);
    assert_eq!(found.remarks, ["2 rows (the first is line 5) with no readable number in `seats`, such as `many`; taken as 1"]);
}

#[test]
fn a_certificate_subject_is_a_signer() {
    let found = read(
        concat!(
            "DisplayName,Publisher,Package Family Name\n",
            "A,\"CN=Kaspersky Lab, O=\"\"Kaspersky Lab, AO\"\", C=RU\",A_1\n",
            "B,CN=EA375AAC-419B-476C-96F8-403937BFFA1F,\n",
        )
        .as_bytes(),
    );
    assert_eq!(found.rows[0].vendor, "Kaspersky Lab, AO");
    assert_eq!(found.rows[0].identifiers[0], ("package-id", "A_1".to_owned()));
    assert_eq!(found.rows[0].identifiers[1].0, "signer");
    assert_eq!((found.rows[1].vendor.as_str(), found.rows[1].identifiers.len()), ("", 1));
}

#[test]
fn an_empty_product_column_gives_way_to_another_name() {
    let found = read(b"Name,Product,Vendor\nKiTTY,,9bis\nB,C,D\n");
    assert_eq!(products(&found), ["KiTTY", "C"]);
}

#[test]
fn what_is_no_inventory_is_refused_with_what_to_do() {
    let none = Options::default();
    let refusal = refused(b"colour,size\nred,1\nblue,2\n", &none);
    assert_eq!((refusal.code, refusal.line), (Code::NoProductColumn, Some(1)));
    assert!(refusal.reason.contains("`colour`, `size`") && refusal.help.is_some_and(|help| help.contains("--column product=")));
    assert_eq!(refused(b"", &none).code, Code::EmptyInventory);
    assert_eq!(refused(b"<html>", &none).code, Code::UnknownFormat);
    let options = Options { columns: vec![(Field::Product, "Colour".into()), (Field::Vendor, "siz".into())], ..Options::default() };
    let refusal = refused(b"colour,size\nred,1\nblue,2\n", &options);
    assert!(refusal.is_usage() && refusal.help.as_deref() == Some("did you mean `size`?"), "{refusal:?}");
    let wide = "product,".repeat(5000);
    assert_eq!(refused(wide.as_bytes(), &none).code, Code::LimitPassed);
}

#[test]
fn the_user_names_columns() {
    let options = Options { columns: vec![(Field::Product, "colour".into())], ..Options::default() };
    let (result, found) = gather("x", b"Title line\ncolour,size\nred,1\nblue,2\n", &options);
    let understood = result.expect("read");
    assert_eq!(products(&found), ["red", "blue"]);
    assert_eq!(understood.columns, [(Field::Product, "colour".to_owned())]);
    assert_eq!((understood.unused, understood.header_line, understood.delimiter), (vec!["size".to_owned()], Some(2), Some(',')));
    assert_eq!(understood.encoding, Encoding::Utf8);
}

#[test]
fn a_header_that_is_lost_in_quotes_is_refused_not_dropped() {
    let mut text = b"\"Report\nproduct,vendor\nA,B\n".to_vec();
    text.extend("C,D\n".repeat(30_000).bytes());
    text.extend(b"\",\n");
    assert_eq!(refused(&text, &Options::default()).code, Code::NoProductColumn);
    // Where the quote is never closed, only its line is lost.
    text.truncate(text.len() - 3);
    assert_eq!(read(&text).rows.len(), 30_001);
}

#[test]
fn written_out_tabs_are_split() {
    let found = read(b"Program Name,Version,Publisher,Location\nA (x64)`t1.0`tAcme`tC:\\A,,,\n\"B`t`tBee, Inc.`t\",,,\n");
    assert_eq!(products(&found), ["A (x64)", "B"]);
    assert_eq!((found.rows[0].version.as_str(), found.rows[1].vendor.as_str()), ("1.0", "Bee, Inc."));
    assert_eq!(found.remarks.len(), 1);
}

#[test]
fn a_failing_disk_is_an_error_with_its_operation() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("gone"))
        }
    }
    let text = SMALL.repeat(2000);
    let mut input = text.as_bytes().chain(Broken);
    let mut found = Gathered::default();
    let result = crate::inventory::read("x", &mut input, &Options::default(), &mut found);
    assert!(matches!(result, Err(Error::Io { operation: "read", .. })), "{result:?}");
}

#[test]
fn shared_samples_are_read() {
    let Some(folder) = shared() else {
        eprintln!("skipped: the folder of shared samples is not here");
        return;
    };
    let expected = [
        ("csv/lab-application-names-latin1.csv", 412, 0),
        ("csv/windows-installed-software-1.csv", 833, 0),
        ("csv/windows-installed-software-4.csv", 39, 0),
        ("csv/windows-installed-software-5.csv", 194, 0),
        ("csv/windows-programs-broken-delimiter.csv", 327, 0),
        ("csv/windows-store-apps.csv", 165, 0),
        ("csv/snipeit-licenses-sample.csv", 50, 0),
        ("csv/snipeit-assets-sample-BAD.csv", 200, 0),
    ];
    for (name, rows, unread) in expected {
        let bytes = std::fs::read(folder.join(name)).expect("sample");
        let found = read(&bytes);
        assert_eq!((found.rows.len(), found.unread.len()), (rows, unread), "{name}: {:?}", found.unread);
    }
}

/// How long the reader takes beside a bare loop of the `csv` crate:
/// `cargo test --release --lib -- --ignored --nocapture throughput`.
#[test]
#[ignore = "takes long, prints a figure"]
fn throughput() {
    struct Count(u64);
    impl Sink for Count {
        fn row(&mut self, row: &Row<'_>) -> Option<super::super::Kept> {
            self.0 += (row.product.len() + row.vendor.len()) as u64 & 1;
            None
        }
        fn path(&mut self, _: super::super::Kept, _: crate::model::DependencyPath) {}
        fn unread(&mut self, _: Unread) {}
        fn remark(&mut self, _: String) {}
    }
    let header = "host,publisher,product,version,country\n";
    let (mut text, mut quoted) = (String::from(header), String::from(header));
    for number in 0..2_000_000 {
        text.push_str(&format!(
            "host-{:06},Example Vendor {} Inc.,Example Product {} Professional,{}.{}.{},{}\n",
            number % 50_000,
            number % 700,
            number % 3000,
            number % 20,
            number % 7,
            number % 1000,
            ["US", "DE", "FR", "JP"][number % 4],
        ));
    }
    for line in text.lines().skip(1) {
        quoted.push_str(&format!("\"{}\"\n", line.replace(',', "\",\"")));
    }
    for text in [&text, &text, &quoted, &quoted] {
        let start = std::time::Instant::now();
        let mut reader = ::csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let mut record = ::csv::ByteRecord::new();
        let mut bytes = 0;
        while reader.read_byte_record(&mut record).expect("csv") {
            bytes += record[2].len() + record[1].len();
        }
        let bare = start.elapsed();
        let start = std::time::Instant::now();
        let mut count = Count(0);
        super::super::read("x", &mut text.as_bytes(), &Options::default(), &mut count).expect("read");
        let ours = start.elapsed();
        eprintln!("bare {bare:?} ({bytes}), ours {ours:?} ({}), ratio {:.2}", count.0, ours.as_secs_f64() / bare.as_secs_f64());
    }
}

/// Text of cells, with everything that needs care.
fn cells() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = "[a-zA-Zäß€ ,;|\t\"'\n\r0-9.-]{0,12}";
    proptest::collection::vec(proptest::collection::vec(cell, 4), 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_csv_crate_writes_is_read_back(rows in cells(), delimiter in 0..4_usize, encoding in 0..6_usize) {
        // In Windows-1252, `ß€` are two bytes that are UTF-8 as well, by chance.
        let rows: Vec<Vec<_>> =
            rows.iter().map(|row| row.iter().map(|cell| if encoding == 5 { cell.replace('€', "") } else { cell.clone() }).collect()).collect();
        let mut writer = ::csv::WriterBuilder::new().delimiter(DELIMITERS[delimiter]).from_writer(Vec::new());
        writer.write_record(["product", "vendor", "version", "asset"]).expect("memory");
        for row in &rows {
            writer.write_record(row).expect("memory");
        }
        let text = String::from_utf8(writer.into_inner().expect("memory")).expect("utf-8");
        let bytes = match encoding {
            0 => text.into_bytes(),
            1 => format!("\u{feff}{text}").into_bytes(),
            2 => utf16(&text, true, true),
            3 => utf16(&text, false, true),
            4 => utf16(&text, true, false),
            _ => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
        };
        // Which code page letters at random are of cannot be told; it is given.
        let given = (encoding == 5).then_some(Encoding::Legacy(encoding_rs::WINDOWS_1252));
        let found = gather("x.csv", &bytes, &Options { encoding: given, ..Options::default() }).1;
        prop_assert_eq!(&found.unread, &[]);
        let got: Vec<_> = found.rows.iter().map(|row| [&row.product, &row.vendor, &row.version, &row.asset].map(String::as_str)).collect();
        let wanted: Vec<_> = rows.iter().map(|row| [row[0].trim(), row[1].trim(), row[2].trim(), row[3].trim()]).collect();
        prop_assert_eq!(got, wanted);
    }

    #[test]
    fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), format in 0..3_usize, start in 0..4_usize) {
        let starts: [&[u8]; 4] = [b"", b"product,vendor\n", b"{\"bomFormat\":\"CycloneDX\",\"components\":[{\"name\":", b"{\"product\":\"a\"}\n{"];
        let bytes = [starts[start], &bytes].concat();
        for format in [None, Some(Format::ALL[format])] {
            let _ = gather("x", &bytes, &Options { format, ..Options::default() });
        }
    }

    #[test]
    fn lines_are_rows_or_unread(text in "[ab,\"\n;]{0,80}") {
        let found = read(format!("product,vendor\n{text}").as_bytes());
        let lines = text.split('\n').filter(|line| !line.is_empty()).count();
        prop_assert!(found.rows.len() + found.unread.len() <= lines);
        let quotes = text.contains('"');
        prop_assert!(quotes || found.rows.len() + found.unread.len() == lines);
    }
}

fn tally(text: &[u8], counts: bool, tells_versions: bool) -> Tally {
    Tally::of("x.csv", text, counts, tells_versions)
}

#[test]
fn rows_that_are_written_alike_are_only_counted() {
    let mut text = String::from("asset,vendor,product,version,location,quantity,install date\n");
    for number in 0..1000 {
        text.push_str(&format!(
            "pc-{number},Contoso,\"Office {}\",1.{number},{},2,2024-01-{}\n",
            number % 7,
            ["DE", "US"][number % 2],
            number % 40
        ));
    }
    let (counted, shown) = (tally(text.as_bytes(), true, false), tally(text.as_bytes(), false, false));
    assert_eq!((counted.rows.values().sum::<u64>(), shown.counted), (1000, 0));
    assert!(counted.counted > 950, "{}", counted.counted);
    assert_eq!((&counted.rows, &counted.remarks), (&shown.rows, &shown.remarks));
    assert!(counted.remarks[0].contains("rows"), "dates that cannot be read are told all the same: {:?}", counted.remarks);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn counting_rows_says_what_showing_them_does(
        parts in proptest::collection::vec(
            proptest::sample::select(&["\"", "\"\"", ",", ",", ",", "\n", "\n", "a", "b", " ", "ä", "\",\"", "2", "a,a,a,a,2\n", "\"a\",a,a,a\n", "a,\"a,a\",a,a,a\n"][..]),
            0..80,
        ),
        header in proptest::sample::select(&["vendor,product,version,location,quantity\n", "asset,vendor,product,location,version\n", "product,asset,version,vendor,install date\n"][..]),
        latin: bool,
        tells_versions: bool,
    ) {
        let text = header.to_owned() + &parts.concat() + "\n" + &parts.concat() + "\n";
        let bytes = if latin { encoding_rs::WINDOWS_1252.encode(&text).0.into_owned() } else { text.into_bytes() };
        let (counted, shown) = (tally(&bytes, true, tells_versions), tally(&bytes, false, tells_versions));
        prop_assert_eq!(counted.into_shown(), shown);
    }
}
