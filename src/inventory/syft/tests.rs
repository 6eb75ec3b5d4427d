#![expect(clippy::print_stderr, reason = "says what was skipped")]

use super::super::testing::{Gathered, gather, shared};
use super::*;
use crate::inventory::Format;

fn read(text: &str) -> Gathered {
    let (result, found) = gather("x.json", text.as_bytes(), &Options::default());
    assert_eq!(result.unwrap_or_else(|error| panic!("{error}")).format.name(), "syft");
    found
}

#[test]
fn artifacts_are_items_of_their_source() {
    let found = read(
        r#"{"artifacts": [
{"id": "1", "name": "kesl", "version": "12", "purl": "pkg:rpm/redhat/kesl@12", "cpes": [{"cpe": "cpe:/a:kaspersky:kesl", "source": "x"}, "cpe:/a:b:c"], "metadata": {"vendor": "AO Kaspersky Lab", "maintainer": "Red Hat, Inc."}},
{"id": "2", "name": "zlib", "purl": "pkg:apk/alpine/zlib", "metadata": {"maintainer": "Jane Doe <jane@alpinelinux.org>"}},
{"id": "3", "name": "x", "metadata": [1]},
{"id": "4", "version": "1"},
{"name": {"a": 1}},
null],
"artifactRelationships": [{"parent": "s", "child": "1", "type": "contains"}, {"parent": "2", "child": "1", "type": "dependency-of"},
{"parent": "1", "child": "file", "type": "contains"}, {"parent": "3", "child": "1", "type": "ownership-by-file-overlap"}, 7],
"source": {"id": "s", "name": "shop", "version": "1", "type": "image", "metadata": {"userInput": "shop:1"}}, "descriptor": {"name": "syft"}}"#,
    );
    let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.vendor.as_str(), row.line)).collect();
    assert_eq!(rows, [("kesl", "AO Kaspersky Lab", 2), ("zlib", "", 3), ("x", "", 4)]);
    assert_eq!(found.unread.iter().filter_map(|unread| unread.line).collect::<Vec<_>>(), [5, 6, 7]);
    assert!(found.rows.iter().all(|row| row.asset == "shop:1"), "{found:?}");
    assert_eq!(found.row("zlib").path.names, ["shop:1", "kesl@12", "zlib"]);
    assert_eq!((found.row("kesl").identifiers.len(), found.row("x").path.names.len()), (3, 1));
    assert_eq!(found.remarks, ["1 relationships could not be read"]);
}

#[test]
fn old_sources_are_texts_too() {
    let found = read(r#"{"artifacts": [{"name": "a"}], "source": {"type": "directory", "target": "./x"}, "descriptor": {}}"#);
    assert_eq!(found.rows[0].asset, "./x");
}

#[test]
fn others_are_refused_and_prefixes_break_off() {
    let options = Options { format: Format::parse("syft"), ..Options::default() };
    assert!(matches!(gather("x", b"{\"a\": 1}", &options).0, Err(Error::Refused(_))));
    let seed = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/sbom.syft.json")).expect("seed");
    let most = gather("x", &seed, &options).1.rows.len();
    for end in 1..seed.trim_ascii_end().len() {
        let (result, found) = gather("x", &seed[..end], &options);
        assert!(found.rows.len() <= most && (result.is_err() || found.unread.len() == 1), "{end}: {found:?}");
    }
}

#[test]
fn the_shared_sample_is_read() {
    let Some(folder) = shared() else {
        eprintln!("skipped: the folder of shared samples is not here");
        return;
    };
    let bytes = std::fs::read(folder.join("sbom-syft/alpine-1.syft.json")).expect("sample");
    let (result, found) = gather("alpine.json", &bytes, &Options::default());
    assert!(result.is_ok_and(|understood| understood.format.name() == "syft"));
    assert_eq!((found.rows.len(), found.unread.len(), found.remarks.len()), (14, 0, 0));
    assert!(found.rows.iter().all(|row| row.asset == "alpine:3.12" && row.vendor.is_empty()));
    assert!(found.rows.iter().all(|row| row.path.names[0] == "alpine:3.12"), "{found:#?}");
}
