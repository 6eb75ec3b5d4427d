#![expect(clippy::print_stderr, reason = "says what was skipped")]

use super::super::testing::{Gathered, gather, shared};
use super::*;
use crate::inventory::Format;

fn read(text: &str) -> Gathered {
    let (result, found) = gather("x.json", text.as_bytes(), &Options::default());
    result.unwrap_or_else(|error| panic!("{error}"));
    found
}

fn document(rest: &str) -> String {
    format!("{{\n\"bomFormat\": \"CycloneDX\",\n\"specVersion\": \"1.6\",\n{rest}\n}}")
}

fn reasons(found: &Gathered) -> Vec<(u64, &str)> {
    found.unread.iter().map(|unread| (unread.line.expect("line"), unread.reason.as_str())).collect()
}

#[test]
fn components_services_and_the_product_are_items() {
    let found = read(&document(
        r#""metadata": {"tools": {"components": [{"name": "scanner"}]},
            "component": {"name": "shop", "version": "3", "bom-ref": "root", "supplier": {"name": "Acme"}}},
        "components": [
            {"name": "a", "version": "1", "bom-ref": "a", "group": "org.a", "publisher": "A Inc.",
             "components": [{"name": "inner", "manufacturer": {"name": "I"}}]},
            {"name": "b", "cpe": "cpe:/a:b:b", "purl": "pkg:x/b", "bom-ref": "b", "swid": {"tagId": "t", "name": "n"}},
            {"name": "c", "group": "Kaspersky", "authors": [{"email": "x"}, {"name": "Y"}]},
            {"name": "d", "group": "Kaspersky Lab"}
        ],
        "services": [{"name": "s", "provider": {"name": "P"}, "services": [{"name": "t"}]}],
        "dependencies": [{"ref": "root", "dependsOn": ["a", "b"]}, {"ref": "a", "dependsOn": ["b"]}]"#,
    ));
    assert_eq!(found.unread, []);
    assert_eq!(found.rows.len(), 8, "{found:#?}");
    assert!(found.rows.iter().all(|row| row.asset == "shop 3"));
    assert_eq!((found.row("shop").vendor.as_str(), found.row("shop").line), ("Acme", 5));
    assert_eq!((found.row("a").vendor.as_str(), found.row("inner").vendor.as_str()), ("A Inc.", "I"));
    assert_eq!((found.row("s").vendor.as_str(), found.row("t").vendor.as_str()), ("P", ""));
    assert_eq!((found.row("c").vendor.as_str(), found.row("d").vendor.as_str()), ("Y", "Kaspersky Lab"));
    assert_eq!(found.row("b").identifiers.len(), 3);
    assert_eq!(found.row("inner").line, 8);
    assert_eq!(found.row("b").path.names, ["shop@3", "b"]);
    assert_eq!(found.row("b").path.count, 2);
    assert_eq!(found.row("inner").path.names, ["shop@3", "a@1", "inner"]);
    assert_eq!(found.row("t").path.names, ["s", "t"]);
}

#[test]
fn the_order_of_keys_changes_nothing() {
    let last = read(&document(
        r#""dependencies": [{"dependsOn": ["a"], "ref": "r"}],
        "components": [{"components": [{"name": "b"}], "name": "a", "bom-ref": "a"}],
        "metadata": {"supplier": {"name": "S"}, "component": {"bom-ref": "r", "name": "p"}}"#,
    ));
    assert!(last.rows.iter().all(|row| row.asset == "p"));
    assert_eq!(last.row("b").path.names, ["p", "a", "b"]);
    assert_eq!(last.row("p").vendor, "S");
    let lines: Vec<_> = last.rows.iter().map(|row| row.line).collect();
    assert!(lines.is_sorted());
}

#[test]
fn wrong_types_cost_their_component_only() {
    let found = read(&document(
        "\"components\": [\n{\"name\": \"a\", \"version\": 2.5},\n{\"version\": \"1\"},\n{\"name\": null},\n{\"name\": [\"x\"]},\n\
         {\"name\": \"b\", \"version\": {\"v\": 1}},\n\"text\",\n5,\nnull,\n{\"name\": \"c\", \"supplier\": \"Text\", \"components\": 7},\n\
         {\"name\": \"d\", \"name\": \"e\"}]",
    ));
    let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.version.as_str(), row.line)).collect();
    assert_eq!(rows, [("a", "2.5", 5), ("c", "", 13), ("e", "", 14)]);
    assert_eq!(found.row("c").vendor, "Text");
    let expected = [
        (6, "the component has no name"),
        (7, "the component has no name"),
        (8, "the name of the component is not a text"),
        (9, "the version of the component is not a text"),
        (10, "a component is not an object"),
        (11, "a component is not an object"),
        (12, "a component is not an object"),
        (13, "`components` is not a list, so what it holds was not read"),
    ];
    assert_eq!(reasons(&found), expected);
}

#[test]
fn what_breaks_off_keeps_what_came_before() {
    let whole = document("\"components\": [\n{\"name\": \"a\"},\n{\"name\": \"b\"}\n]");
    let found = read(&whole[..whole.find("\"b\"").expect("b")]);
    assert_eq!(found.rows.len(), 1);
    assert_eq!(reasons(&found), [(6, "the file breaks off here; what came before was read")]);
    let found = read(&document("\"components\": [\n{\"name\": \"a\"},\n{\"name\": b}\n]"));
    assert_eq!(found.rows.len(), 1);
    assert!(found.unread[0].reason.starts_with("the JSON is damaged here (expected value)"), "{:?}", found.unread);
    let found = read(&format!("{} {{}}", document("\"components\": [{\"name\": \"a\"}]")));
    assert_eq!((found.rows.len(), found.unread.len()), (1, 1));
    // Every prefix is read, refused or broken off, and never gives more than the whole.
    for end in 0..whole.len() {
        let (result, found) =
            gather("x", &whole.as_bytes()[..end], &Options { format: Format::parse("cyclonedx"), ..Options::default() });
        assert!(result.is_err() || found.unread.len() == 1, "{end}");
    }
}

#[test]
fn deep_nesting_is_a_limit_not_a_crash() {
    let nested = format!("{}{}", "{\"name\": \"n\", \"components\": [".repeat(1000), "]}".repeat(1000));
    let found = read(&document(&format!("\"components\": [{{\"name\": \"a\"}},\n{nested}]")));
    assert_eq!(found.rows.len(), 1);
    assert!(found.unread[0].reason.contains("nested deeper"), "{:?}", found.unread);
    let found = read(&document(&format!("\"components\": [{{\"name\": \"a\"}}], \"x\": {}", "[".repeat(100_000))));
    assert!(found.unread[0].reason.contains("nested deeper"), "{:?}", found.unread);
}

#[test]
fn other_documents_are_refused() {
    for text in [
        "{\"bomFormat\": \"Other\", \"components\": [{\"name\": \"a\"}]}",
        "{\"components\": [{\"name\": \"a\"}], \"bomFormat\": 7}",
        "[{\"bomFormat\": 1}]",
        "{\"a\": {\"bomFormat\": 1}}",
    ] {
        for format in [None, Format::parse("cyclonedx")] {
            let (result, found) = gather("x.json", text.as_bytes(), &Options { format, ..Options::default() });
            assert!(matches!(result, Err(Error::Refused(_))), "{text}: {result:?}");
            assert_eq!(found.rows.len(), 0);
        }
    }
    let late = "{\"metadata\": {\"component\": {\"name\": \"p\"}}, \"components\": [{\"name\": \"a\"}], \"bomFormat\": \"Other\"}";
    let found = read(late);
    assert_eq!((found.rows.len(), found.unread.len()), (2, 1), "what was handed on stands: {found:?}");
}

#[test]
fn long_texts_are_cut() {
    let found = read(&document(&format!("\"components\": [{{\"name\": \"{}\"}}]", "ж".repeat(100_000))));
    assert_eq!(found.rows[0].product.len(), MOST_TEXT);
    assert!(found.remarks[0].contains("cut"));
}

#[test]
fn circles_of_dependencies_end() {
    let found = read(&document(
        r#""components": [{"name": "a", "bom-ref": "a"}, {"name": "b", "bom-ref": "b"}],
        "dependencies": [{"ref": "a", "dependsOn": ["b"]}, {"ref": "b", "dependsOn": ["a", "gone"]}, {"ref": 1}, "x"]"#,
    ));
    assert_eq!(found.row("b").path.names, ["b"]);
    assert_eq!(found.remarks, ["1 of the `dependencies` could not be read"]);
}

#[test]
fn shared_samples_are_read() {
    let Some(folder) = shared() else {
        eprintln!("skipped: the folder of shared samples is not here");
        return;
    };
    let folder = folder.join("sbom-cyclonedx");
    let expected = [
        ("dropwizard-1.3.15.cdx.json", 168, 0),
        ("juice-shop-11.1.2.cdx.json", 841, 0),
        ("laravel-7.12.0.cdx14.json", 63, 0),
        ("defectdojo-nested-component-log4j.json", 3, 0),
        ("wild-harp-darwin-amd64.sbom.json", 815, 0),
        ("dtrack-bom-empty.json", 0, 0),
    ];
    for (name, rows, unread) in expected {
        let bytes = std::fs::read(folder.join(name)).expect("sample");
        let (result, found) = gather(name, &bytes, &Options::default());
        assert!(result.is_ok(), "{name}: {result:?}");
        assert_eq!((found.rows.len(), found.unread.len()), (rows, unread), "{name}: {:?}", found.unread);
    }
}
