#![expect(clippy::print_stderr, reason = "says what was skipped")]

use std::path::Path;

use super::super::testing::{Gathered, Owned, gather, shared};
use super::*;
use crate::inventory::Format;

const SEEDS: [&str; 5] = ["sbom.spdx.json", "sbom.spdx.yaml", "sbom.spdx", "sbom.spdx.rdf", "sbom.spdx3.json"];

fn as_spdx() -> Options {
    Options { format: Format::parse("spdx"), ..Options::default() }
}

fn seed(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name)).expect("seed")
}

fn read(text: &str) -> Gathered {
    let (result, found) = gather("x", text.as_bytes(), &Options::default());
    assert_eq!(result.unwrap_or_else(|error| panic!("{error}")).format.name(), "spdx");
    found
}

fn json(rest: &str) -> String {
    format!("{{\n\"spdxVersion\": \"SPDX-2.3\",\n\"name\": \"doc\",\n{rest}\n}}")
}

fn reasons(found: &Gathered) -> Vec<(u64, &str)> {
    found.unread.iter().map(|unread| (unread.line.expect("line"), unread.reason.as_str())).collect()
}

/// Rows without their lines, in an order of their own.
fn sorted(rows: &[Owned]) -> Vec<Owned> {
    let mut rows: Vec<_> = rows.iter().map(|row| Owned { line: 0, ..row.clone() }).collect();
    rows.sort_by(|one, other| one.product.cmp(&other.product));
    rows
}

#[test]
fn every_way_to_write_it_says_the_same() {
    let (_, first) = gather("x", &seed(SEEDS[0]), &Options::default());
    for name in SEEDS {
        let (result, found) = gather(name, &seed(name), &Options::default());
        assert!(result.is_ok() && found.unread.is_empty() && found.remarks.is_empty(), "{name}: {result:?} {found:?}");
        assert_eq!(sorted(&found.rows), sorted(&first.rows), "{name}");
    }
    assert_eq!(first.rows.len(), 6);
    assert!(first.rows.iter().all(|row| row.asset == "mail-gateway 4.2.0"));
    let vendors: Vec<_> = first.rows.iter().map(|row| row.vendor.as_str()).collect();
    assert_eq!(vendors, ["Example Mail AG", "", "AO Kaspersky Lab", "OpenSSL Software Foundation", "", ""]);
    let row = first.row("Kaspersky Anti-Virus SDK");
    assert_eq!(row.path.names, ["mail-gateway@4.2.0", "scan-adapter@1.9.3", "Kaspersky Anti-Virus SDK@8.9.2.595"]);
    assert_eq!((first.row("openssl").path.count, first.row("zlib1g").path.count), (2, 2));
    assert_eq!(first.row("openssl").identifiers.len(), 2);
}

#[test]
fn wrong_types_cost_their_package_only() {
    let found = read(&json(
        "\"packages\": [\n{\"name\": \"a\", \"versionInfo\": 2.5, \"supplier\": null},\n{\"versionInfo\": \"1\"},\n{\"name\": [\"x\"]},\n\
         {\"name\": \"b\", \"supplier\": {\"x\": 1}},\n\"text\",\nnull,\n{\"name\": \"c\", \"versionInfo\": \"NOASSERTION\", \"externalRefs\": 7}],\n\
         \"relationships\": [7, {\"spdxElementId\": \"a\"}]",
    ));
    let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.version.as_str(), row.line)).collect();
    assert_eq!(rows, [("a", "2.5", 5), ("c", "", 11)]);
    let expected = [
        (6, "the package has no name"),
        (7, "the name of the package is not a text"),
        (8, "the supplier of the package is not a text"),
        (9, "a package is not an object"),
        (10, "a package is not an object"),
    ];
    assert_eq!(reasons(&found), expected);
    assert_eq!(found.remarks, ["2 relationships could not be read"]);
}

#[test]
fn who_makes_it_is_an_organisation_before_a_person_and_the_originator_first() {
    let vendor_of = |originator: &str, supplier: &str| {
        let words = Words { originator: originator.into(), supplier: supplier.into(), ..Words::default() };
        vendor(&words, "").to_owned()
    };
    assert_eq!(vendor_of("Organization: A (a@b.c)", "Organization: B"), "A");
    assert_eq!(vendor_of("Person: Jane Doe (x@y.z)", "Organization: B ()"), "B");
    assert_eq!(vendor_of("Person: Jane Doe <x@y.z>", "NOASSERTION"), "Jane Doe");
    assert_eq!(vendor_of("NOASSERTION", "Organization: NOASSERTION"), "");
    assert_eq!(vendor_of("", "Microsoft/GitHub"), "Microsoft/GitHub");
    assert_eq!(vendor_of("", "Tool: x"), "");
}

#[test]
fn relationships_of_every_spelling_make_paths() {
    let relations = [
        ("DEPENDS_ON", Relation::Depends),
        ("dependsOn", Relation::Depends),
        ("http://spdx.org/rdf/terms#relationshipType_dependsOn", Relation::Depends),
        ("https://spdx.org/rdf/3.0.1/terms/Core/RelationshipType/contains", Relation::Depends),
        ("CONTAINED_BY", Relation::Serves),
        ("BUILD_TOOL_OF", Relation::Serves),
        ("DESCRIBE", Relation::Describes),
        ("DESCRIBED_BY", Relation::Described),
        ("OTHER", Relation::Other),
        ("", Relation::Other),
    ];
    for (text, relation) in relations {
        assert_eq!(Relation::read(text), relation, "{text}");
    }
    let found = read(&json(
        r#""packages": [{"SPDXID": "a", "name": "a"}, {"SPDXID": "b", "name": "b"}, {"SPDXID": "c", "name": "c"}, {"SPDXID": "d", "name": "d"}],
        "relationships": [
            {"spdxElementId": "b", "relationshipType": "DEPENDENCY_OF", "relatedSpdxElement": "a"},
            {"spdxElementId": "b", "relationshipType": "CONTAINS", "relatedSpdxElement": "c"},
            {"spdxElementId": "a", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "c"},
            {"spdxElementId": "c", "relationshipType": "CONTAINS", "relatedSpdxElement": "file"},
            {"spdxElementId": "file", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "d"},
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "file"},
            {"spdxElementId": "a", "relationshipType": "DESCRIBED_BY", "relatedSpdxElement": "SPDXRef-DOCUMENT"}]"#,
    ));
    assert_eq!((found.row("c").path.names.join(">"), found.row("c").path.count), ("a>c".to_owned(), 2));
    assert_eq!(found.row("d").path.names, ["d"]);
    assert!(found.rows.iter().all(|row| row.asset == "a"));
}

#[test]
fn documents_in_other_documents_are_read() {
    let inner = json(r#""packages": [{"name": "a"}]"#);
    for outer in ["predicate", "sbom", "SPDX"] {
        let found = read(&format!("{{\"predicateType\": \"https://spdx.dev/Document\", \"{outer}\": {inner}}}"));
        assert_eq!((found.rows.len(), found.rows[0].asset.as_str()), (1, "doc"), "{outer}");
    }
}

#[test]
fn what_is_only_part_of_it_is_said() {
    let found = read(
        "{\"spdxVersion\": \"SPDX-2.9\", \"files\": [{\"SPDXID\": \"f\"}, {}], \"externalDocumentRefs\": [{\"externalDocumentId\": \"DocumentRef-x\"}]}",
    );
    assert_eq!(found.rows.len(), 0);
    assert!(found.remarks[0].contains("`SPDX-2.9` is not known"), "{:?}", found.remarks);
    assert!(found.remarks[1].contains("were not read: `DocumentRef-x`"), "{:?}", found.remarks);
    assert!(found.remarks[2].contains("2 files and no packages"), "{:?}", found.remarks);
    let found = read("{\"packages\": [{\"SPDXID\": \"x\", \"name\": \"a\"}]}");
    assert!(found.remarks[0].contains("does not say which version"), "{:?}", found.remarks);
}

#[test]
fn tag_value_has_its_quirks() {
    let found = read(
        "SPDXVersion: SPDX-2.2\r\nDocumentName: d\r\n# a comment: x\r\nstray words\r\nPackageName: a: b\r\nSPDXID: SPDXRef-a\r\n\
         PackageDownloadLocation: NONE\r\nPackageComment: <text>PackageName: no\r\nmore</text>\r\nPackageVersion: <text>1</text>\r\n\
         ExternalRef: PACKAGE_MANAGER purl  pkg:npm/a@1\r\nFileName: ./x\r\nSPDXID: SPDXRef-f\r\nPackageName:\r\n\r\nRelationship: SPDXRef-a\r\n",
    );
    assert_eq!(found.rows.len(), 1);
    let row = &found.rows[0];
    assert_eq!((row.product.as_str(), row.version.as_str(), row.line), ("a: b", "1", 5));
    assert_eq!(row.identifiers, [("purl", "pkg:npm/a@1".to_owned())]);
    assert_eq!(reasons(&found), [(14, "the package has no name")]);
    assert!(found.remarks[0].contains("1 lines that are no tag") && found.remarks[0].ends_with("line 4"), "{:?}", found.remarks);
    assert_eq!(found.remarks[1], "1 relationships could not be read");
}

#[test]
fn where_tag_value_was_cut_off_shows() {
    let text = "SPDXVersion: SPDX-2.2\nPackageName: a\nPackageDownloadLocation: NONE\nPackageComment: <text>x\ny";
    assert_eq!(reasons(&read(text)), [(4, "the file breaks off in the text that begins here")]);
    let text = "SPDXVersion: SPDX-2.2\nPackageName: a\nPackageVers";
    assert_eq!(reasons(&read(text)), [(3, "the file breaks off here; what came before was read")]);
    let found = read("SPDXVersion: SPDX-2.2\nPackageName: a\nPackageDownloadLocation: NONE");
    assert!(found.unread.is_empty() && found.remarks[0].contains("no line end"), "{found:?}");
    let found = read("SPDXVersion: SPDX-2.2\nPackageName: a\nPackageComment: <text>x</text>");
    assert!(found.unread.is_empty() && found.remarks.is_empty(), "{found:?}");
}

#[test]
fn rdf_of_other_tools_is_read() {
    let found = read(
        r##"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ns="http://spdx.org/rdf/terms#">
<rdf:Description rdf:about="#a"><rdf:type rdf:resource="http://spdx.org/rdf/terms#Package"/><ns:name>a</ns:name></rdf:Description>
<ns:Package rdf:about="#a"/>
<ns:SpdxDocument rdf:about="#d"><ns:specVersion>SPDX-2.2</ns:specVersion><ns:name>doc</ns:name>
 <ns:describesPackage><ns:Package rdf:about="#b"><ns:name>b</ns:name><ns:versionInfo>1</ns:versionInfo></ns:Package></ns:describesPackage>
</ns:SpdxDocument></rdf:RDF>"##,
    );
    assert_eq!((found.rows.len(), found.unread.len(), found.remarks.len()), (2, 0, 0), "{found:?}");
    assert!(found.rows.iter().all(|row| row.asset == "b 1"));
}

#[test]
fn three_is_a_graph() {
    let found = read(
        r#"{"@context": ["https://spdx.github.io/spdx-3-model/rdf/context.json", {"x": "http://x#"}], "@graph": [
{"type": "Package", "spdxId": "p", "name": "p", "packageVersion": "1", "packageUrl": "pkg:npm/p", "suppliedBy": ["who"], "originatedBy": {"type": "Organization", "name": "Inline"}},
{"type": "ai_AIPackage", "spdxId": "m", "name": "model"},
7,
{"@type": ["software:Package"], "@id": "n"},
{"type": "Relationship", "from": "p", "to": "m", "relationshipType": "trainedOn"},
{"type": "Relationship", "from": "p", "to": ["m", "f"], "relationshipType": "contains"},
{"type": "software_File", "spdxId": "f", "name": "f"},
{"type": "Person", "spdxId": "who", "name": "Jane Doe"}]}"#,
    );
    let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.vendor.as_str(), row.line)).collect();
    assert_eq!(rows, [("p", "Inline", 2), ("model", "", 3)]);
    assert_eq!(reasons(&found), [(4, "an element of `@graph` is not an object"), (5, "the package has no name")]);
    assert_eq!(found.row("model").path.names, ["p@1", "model"]);
}

#[test]
fn other_documents_are_refused() {
    for text in ["{\"name\": \"x\"}", "[]", "[{\"name\": \"x\"}]", "<html/>", "words", "{\"@graph\": 7}"] {
        let (result, found) = gather("x", text.as_bytes(), &as_spdx());
        assert!(matches!(result, Err(Error::Refused(_))), "{text}: {result:?} {found:?}");
        assert!(found.rows.is_empty());
    }
}

#[test]
fn every_prefix_of_the_seeds_is_read_as_far_as_it_goes() {
    for name in SEEDS {
        let bytes = seed(name);
        let whole = gather(name, &bytes, &as_spdx()).1.rows.len();
        // Every seventh is enough to end in every kind of place.
        for end in (1..bytes.trim_ascii_end().len()).step_by(7) {
            let (result, found) = gather(name, &bytes[..end], &as_spdx());
            assert!(found.rows.len() <= whole, "{name}: {end}");
            // Nothing ends a list of lines: those only say what they can.
            let is_lines = name == "sbom.spdx" || name.ends_with(".yaml");
            let says = result.is_err()
                || (1..=2).contains(&found.unread.len())
                || (is_lines && (!found.remarks.is_empty() || bytes[end - 1] == b'\n'));
            assert!(says, "{name}: {end}: {found:?}");
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..100), which in 0_usize..5, at in 0_usize..20_000) {
        let mut damaged = seed(SEEDS[which]);
        let at = at % damaged.len();
        damaged.splice(at..(at + 3).min(damaged.len()), bytes);
        let _ = gather("x", &damaged, &as_spdx());
    }
}

#[test]
fn shared_samples_give_as_many_items_as_they_hold() {
    let Some(folder) = shared() else {
        eprintln!("skipped: the folder of shared samples is not here");
        return;
    };
    let folder = folder.join("sbom-spdx");
    let folders = [folder.clone(), folder.join("spdx-examples"), folder.join("tools-java")];
    let files =
        folders.iter().flat_map(|folder| std::fs::read_dir(folder).expect("folder")).map(|entry| entry.expect("entry").path());
    let mut files: Vec<_> = files.filter(|path| path.is_file() && !path.ends_with("SOURCES.md")).collect();
    files.sort();
    let (mut rows, mut unread, mut others) = (0, 0, Vec::new());
    for path in &files {
        let name = path.file_name().expect("name").to_string_lossy().into_owned();
        let bytes = std::fs::read(path).expect("file");
        let Some(packages) = packages(&name, &bytes) else {
            others.push(name);
            continue;
        };
        let (result, found) = gather(&name, &bytes, &Options::default());
        assert_eq!(result.unwrap_or_else(|error| panic!("{name}: {error}")).format.name(), "spdx", "{name}");
        assert_eq!(found.rows.len() + found.unread.len(), packages, "{name}: {:?}", found.unread);
        (rows, unread) = (rows + found.rows.len(), unread + found.unread.len());
    }
    eprintln!("{} files, {rows} rows, {unread} unread; of another kind: {others:?}", files.len());
    assert_eq!(others, ["SPDXSpreadsheetExample-v2.2.xlsx"]);
}

/// Counts the packages of a document without the reader.
fn packages(name: &str, bytes: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}');
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
        let graph = value["@graph"].as_array().map(|elements| {
            let kinds = elements.iter().filter_map(|element| element["type"].as_str());
            kinds.filter(|kind| kind.ends_with("Package")).count()
        });
        return graph.or_else(|| value["packages"].as_array().map(Vec::len));
    }
    let begins = |begin: &str| text.lines().filter(|line| line.starts_with(begin)).count();
    Some(match name.rsplit('.').next()? {
        "spdx" => begins("PackageName:"),
        "rdf" => text.matches("<spdx:Package rdf:about").count(),
        "xml" => text.matches("<packages>").count(),
        // A package of the example begins with its id, or with what comes before that in the alphabet.
        "yaml" => {
            let (_, packages) = text.split_once("\npackages:\n")?;
            let ends = packages.lines().position(|line| !line.starts_with([' ', '-']))?;
            packages.lines().take(ends).filter(|line| line.starts_with("- ")).count()
        }
        _ => return None,
    })
}
