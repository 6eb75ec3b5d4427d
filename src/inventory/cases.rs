//! Runs `tests/cases/inventory/*.toml`, and reads every seed.
//!
//! A case has a `note`, its `input` as text, perhaps an `encoding` to put it into and `columns`,
//! and what to `expect`: rows by the fields they name, unread entries and remarks by a part of
//! their text, or the code of a refusal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::testing::{Gathered, Owned, gather};
use super::{Encoding, Error, Field, Format, Options};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    note: String,
    input: String,
    encoding: Option<String>,
    #[serde(default)]
    columns: BTreeMap<String, String>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    format: Option<String>,
    #[serde(default)]
    rows: Vec<ExpectedRow>,
    #[serde(default)]
    unread: Vec<ExpectedUnread>,
    #[serde(default)]
    remarks: Vec<String>,
    refused: Option<String>,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ExpectedRow {
    line: u64,
    vendor: String,
    product: String,
    version: String,
    asset: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedUnread {
    line: u64,
    reason: String,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn bytes(case: &Case) -> Vec<u8> {
    match case.encoding.as_deref() {
        None => case.input.clone().into_bytes(),
        Some("utf-16le") => case.input.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Some(name) => match Encoding::parse(name) {
            Some(Encoding::Legacy(encoding)) => encoding.encode(&case.input).0.into_owned(),
            _ => panic!("{name} is no encoding of a case"),
        },
    }
}

fn expected_row(row: &Owned) -> ExpectedRow {
    let Owned { line, vendor, product, version, asset, .. } = row.clone();
    ExpectedRow { line, vendor, product, version, asset }
}

fn run(name: &str, case: &Case) {
    let label = format!("{name}: {}", case.note);
    let columns = case.columns.iter().map(|(field, header)| (Field::parse(field).expect("field"), header.clone()));
    let options = Options { columns: columns.collect(), ..Options::default() };
    let (result, found) = gather("-", &bytes(case), &options);
    let refused = match &result {
        Err(Error::Refused(refusal)) => Some(refusal.code.as_str()),
        Err(error) => panic!("{label}: {error}"),
        Ok(_) => None,
    };
    assert_eq!(refused, case.expect.refused.as_deref(), "{label}: {result:?}");
    let format = result.ok().map(|understood| understood.format.name());
    assert_eq!(format, case.expect.format.as_deref(), "{label}");
    assert_eq!(found.rows.iter().map(expected_row).collect::<Vec<_>>(), case.expect.rows, "{label}");
    let unread = |index: usize| &found.unread[index];
    assert_eq!(found.unread.len(), case.expect.unread.len(), "{label}: {:?}", found.unread);
    for (index, expected) in case.expect.unread.iter().enumerate() {
        let (line, reason) = (unread(index).line, &unread(index).reason);
        assert!(line == Some(expected.line) && reason.contains(&expected.reason), "{label}: {:?}", unread(index));
    }
    assert_eq!(found.remarks.len(), case.expect.remarks.len(), "{label}: {:?}", found.remarks);
    assert!(found.remarks.iter().zip(&case.expect.remarks).all(|(remark, part)| remark.contains(part)), "{label}: {found:?}");
}

#[test]
fn cases_come_out_as_they_say() {
    let mut files: Vec<_> = std::fs::read_dir(folder("tests/cases/inventory"))
        .expect("cases")
        .map(|entry| entry.expect("case").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let text = std::fs::read_to_string(&path).expect("case");
        let name = path.display().to_string();
        let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        run(&name, &case);
    }
}

fn seed(name: &str) -> (Format, Gathered) {
    let bytes = std::fs::read(folder("seeds").join(name)).expect("seed");
    let (result, found) = gather(name, &bytes, &Options::default());
    assert_eq!((&found.unread[..], &found.remarks[..]), (&[][..], &[][..]), "{name}");
    (result.unwrap_or_else(|error| panic!("{name}: {error}")).format, found)
}

/// The samples, with the rows and the format that `seeds/README.md` says that each has.
fn samples() -> Vec<(String, usize, String)> {
    let text = std::fs::read_to_string(folder("seeds/README.md")).expect("seeds/README.md");
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect::<Vec<_>>();
    let rows = text.lines().filter(|line| line.starts_with("| `")).map(cells);
    rows.filter_map(|cells| Some((cells[0].clone(), cells[1].parse().ok()?, cells[2].clone()))).collect()
}

#[test]
fn every_format_has_a_seed_that_reads_whole() {
    let mut formats = Vec::new();
    for (name, rows, named) in samples() {
        let (format, found) = seed(&name);
        assert_eq!((found.rows.len(), format.name()), (rows, named.as_str()), "{name}");
        formats.push(format);
    }
    assert!(Format::ALL.iter().all(|format| formats.contains(format)), "a format without a seed: {formats:?}");
}

#[test]
fn every_seed_is_in_the_table() {
    let text = std::fs::read_to_string(folder("seeds/README.md")).expect("seeds/README.md");
    for entry in std::fs::read_dir(folder("seeds")).expect("seeds") {
        let name = entry.expect("seed").file_name().into_string().expect("a plain name");
        assert!(name == "README.md" || text.contains(&format!("| `{name}` |")), "{name} is not in seeds/README.md");
    }
}

#[test]
fn the_seed_sbom_shows_how_a_component_came_in() {
    let (_, found) = seed("sbom.cdx.json");
    let (_, twin) = seed("sbom.cdx.xml");
    let without_lines = |rows: &[Owned]| rows.iter().map(|row| Owned { line: 0, ..row.clone() }).collect::<Vec<_>>();
    assert_eq!(without_lines(&found.rows), without_lines(&twin.rows));
    let row = found.row("Kaspersky Anti-Virus SDK");
    assert_eq!(row.path.names, ["mail-gateway@4.2.0", "scan-adapter@1.9.3", "Kaspersky Anti-Virus SDK@8.9.2.595"]);
    assert_eq!((row.path.count, row.asset.as_str(), row.vendor.as_str()), (1, "mail-gateway 4.2.0", "AO Kaspersky Lab"));
    assert_eq!(found.row("openssl").path.count, 3);
    assert_eq!(found.row("signature bases").path.names.len(), 4);
}

#[test]
fn the_seed_of_a_german_excel_has_its_dates_and_counts() {
    let (_, found) = seed("fleet-semicolon-utf16.csv");
    let row = &found.rows[2];
    assert_eq!((row.vendor.as_str(), row.product.as_str()), ("Müller & Söhne; Büro-Software GmbH", "Rechnungsbuch \"Büro\""));
    assert_eq!(row.acquired.map(|day| day.to_string()).as_deref(), Some("2022-02-01"));
    assert_eq!(found.rows[0].quantity, 10);
}

/// What every reader must stand: its own sample cut off anywhere, and anything at all.
mod any_bytes {
    use proptest::prelude::*;

    use super::*;

    fn read_as(format: Option<Format>, bytes: &[u8]) {
        let (result, found) = gather("x", bytes, &Options { format, ..Options::default() });
        // A refusal comes before any row, and says why.
        if let Err(Error::Refused(refusal)) = result {
            assert!(!refusal.reason.is_empty() && found.rows.is_empty(), "{format:?}: {refusal:?}");
        }
        assert!(found.unread.iter().all(|unread| !unread.reason.is_empty()));
    }

    #[test]
    fn samples_may_break_off_anywhere() {
        for (name, _, _) in samples() {
            let bytes = std::fs::read(folder("seeds").join(&name)).expect("seed");
            let (format, _) = seed(&name);
            let step = (bytes.len() / 150).max(1);
            for end in (1..bytes.len()).step_by(step) {
                read_as(None, &bytes[..end]);
                read_as(Some(format), &bytes[..end]);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 1..200), format in 0..Format::ALL.len()) {
            read_as(Some(Format::ALL[format]), &bytes);
        }

        #[test]
        fn no_change_to_a_sample_makes_a_reader_panic(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let samples = samples();
            let mut bytes = std::fs::read(folder("seeds").join(&which.get(&samples).0)).expect("seed");
            let place = at.index(bytes.len());
            bytes[place] = byte;
            read_as(None, &bytes);
        }
    }
}
