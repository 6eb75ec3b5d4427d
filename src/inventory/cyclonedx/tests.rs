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

fn read_xml(text: &str) -> Gathered {
    let (result, found) = gather("x.xml", text.as_bytes(), &Options::default());
    result.unwrap_or_else(|error| panic!("{error}"));
    found
}

#[test]
fn xml_says_the_same() {
    let found = read_xml(
        r#"<?xml version="1.0"?>
<c:bom xmlns:c="http://cyclonedx.org/schema/bom/1.6" version="1">
 <c:metadata>
  <c:tools><c:components><c:component type="application"><c:name>scanner</c:name></c:component></c:components></c:tools>
  <c:component bom-ref="root" type="application"><c:name>shop</c:name><c:version>3</c:version></c:component>
  <c:supplier><c:url>https://acme.example</c:url><c:name>Acme &amp; Co</c:name></c:supplier>
 </c:metadata>
 <c:components>
  <c:component bom-ref="a" type="library">
   <c:publisher>A Inc.</c:publisher><c:group>org.a</c:group><c:name>a</c:name><c:version>1</c:version>
   <c:components><c:component type="library"><c:manufacturer><c:name>I</c:name></c:manufacturer><c:name>inner</c:name></c:component></c:components>
   <c:pedigree><c:ancestors><c:component><c:name>ancestor</c:name></c:component></c:ancestors></c:pedigree>
  </c:component>
  <c:component bom-ref="b"><c:authors><c:author><c:email>x@y.z</c:email></c:author><c:author><c:name>Y</c:name></c:author></c:authors>
   <c:name>b</c:name><c:cpe>cpe:/a:b:b</c:cpe><c:purl>pkg:npm/b</c:purl><c:swid tagId="t" name="n"/></c:component>
  <c:component><c:version>1</c:version></c:component>
 </c:components>
 <c:services><c:service><c:provider><c:name>P</c:name></c:provider><c:name>s</c:name></c:service></c:services>
 <c:dependencies>
  <c:dependency ref="root"><c:dependency ref="a"/><c:dependency ref="b"/></c:dependency>
  <c:dependency ref="a"><c:dependency ref="b"/></c:dependency>
  <c:dependency/>
 </c:dependencies>
 <c:formulation><c:formula><c:components><c:component><c:name>compiler</c:name></c:component></c:components></c:formula></c:formulation>
</c:bom>"#,
    );
    assert_eq!(reasons(&found), [(16, "the component has no name")]);
    let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.vendor.as_str(), row.line)).collect();
    assert_eq!(rows, [("shop", "Acme & Co", 5), ("inner", "I", 11), ("a", "A Inc.", 9), ("b", "Y", 14), ("s", "P", 18)]);
    assert!(found.rows.iter().all(|row| row.asset == "shop 3"), "{found:?}");
    assert_eq!(found.row("b").identifiers.len(), 3);
    assert_eq!((found.row("b").path.names.join(">"), found.row("b").path.count), ("shop@3>b".to_owned(), 2));
    assert_eq!(found.row("inner").path.names, ["shop@3", "a@1", "inner"]);
    assert_eq!(found.remarks.len(), 2, "{:?}", found.remarks);
    assert!(found.remarks[1].contains("1 components and services that the product was built with"), "{:?}", found.remarks);
}

#[test]
fn other_xml_is_refused_and_odd_versions_are_named() {
    let format = Format::parse("cyclonedx");
    let (result, _) = gather("x", b"<html><body/></html>", &Options { format, ..Options::default() });
    assert!(matches!(result, Err(Error::Refused(_))), "{result:?}");
    let (result, _) = gather("x", b"<bom><nothing/></bom>", &Options { format, ..Options::default() });
    assert!(matches!(result, Err(Error::Refused(_))), "{result:?}");
    let found = read_xml("<bom xmlns='http://cyclonedx.org/schema/bom/9.9'/>");
    assert!(found.remarks[0].contains("`9.9` is not known"), "{:?}", found.remarks);
    let found = read_xml("<bom><components><component><name>a</name></component></components></bom>");
    assert!(found.remarks[0].contains("lacks the namespace"), "{:?}", found.remarks);
}

#[test]
fn an_attestation_is_read_for_the_sbom_in_it() {
    let found = read(&format!(
        "{{\"_type\": \"https://in-toto.io/Statement/v0.1\", \"predicateType\": \"https://cyclonedx.org/bom\", \"predicate\": {}}}",
        document(
            "\"components\": [{\"name\": \"a\"}], \"formulation\": [{\"components\": [{\"name\": \"cc\"}, 7], \"workflows\": []}]"
        ),
    ));
    assert_eq!((found.rows.len(), found.unread.len()), (1, 0));
    assert!(found.remarks[0].contains("names 2 components"), "{:?}", found.remarks);
}

#[test]
fn who_packs_is_not_the_vendor() {
    let found = read(&document(
        r#""components": [
        {"name": "zlib1g", "publisher": "Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>", "purl": "pkg:deb/ubuntu/zlib1g@1"},
        {"name": "klnagent64", "publisher": "Kaspersky Lab <support@kaspersky.com>", "purl": "pkg:deb/debian/klnagent64@1"},
        {"name": "x", "author": "Jane Doe <jane@example.com> (https://example.com)", "purl": "pkg:npm/x@1"}]"#,
    ));
    let vendors: Vec<_> = found.rows.iter().map(|row| row.vendor.as_str()).collect();
    assert_eq!(vendors, ["", "Kaspersky Lab", "Jane Doe"]);
}

#[test]
fn every_prefix_of_the_seeds_is_read_as_far_as_it_goes() {
    for name in ["sbom.cdx.json", "sbom.cdx.xml"] {
        let bytes = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name)).expect("seed");
        let whole = bytes.trim_ascii_end().len();
        let options = Options { format: Format::parse("cyclonedx"), ..Options::default() };
        let most = gather(name, &bytes, &options).1.rows.len();
        for end in 1..whole {
            let (result, found) = gather(name, &bytes[..end], &options);
            assert!(result.is_err() || found.unread.len() == 1, "{name}: {end}: {:?}", found.unread);
            assert!(found.rows.len() <= most);
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..300), xml: bool, at in 0_usize..2000) {
        let name = if xml { "seeds/sbom.cdx.xml" } else { "seeds/sbom.cdx.json" };
        let mut seed = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("seed");
        let at = at % seed.len();
        seed.splice(at..(at + 3).min(seed.len()), bytes);
        let options = Options { format: Format::parse("cyclonedx"), ..Options::default() };
        let _ = gather("x", &seed, &options);
    }
}

/// The words of every item of a document, told without the reader.
type Told = Vec<[String; 6]>;

const TOLD: [&str; 6] = ["name", "version", "group", "publisher", "purl", "cpe"];

fn told_json(value: &serde_json::Value, told: &mut Told) {
    for entry in ["components", "services"].iter().flat_map(|key| value[*key].as_array()).flatten() {
        told.push(TOLD.map(|key| entry[key].as_str().unwrap_or_default().to_owned()));
        told_json(entry, told);
    }
    let main = &value["metadata"]["component"];
    if main.is_object() {
        told.push(TOLD.map(|key| main[key].as_str().unwrap_or_default().to_owned()));
        told_json(main, told);
    }
}

fn told_xml(text: &str) -> Told {
    use quick_xml::events::Event;
    const OURS: [&str; 6] = ["bom", "metadata", "components", "component", "services", "service"];
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let (mut told, mut way, mut open) = (Told::new(), Vec::<String>::new(), Vec::<usize>::new());
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Eof => return told,
            Event::Start(tag) => {
                way.push(tag.local_name().as_ref().to_owned());
                if way.iter().all(|name| OURS.contains(&name.as_str()))
                    && matches!(way.last().map(String::as_str), Some("component" | "service"))
                {
                    open.push(told.len());
                    told.push(Default::default());
                }
            }
            Event::End(_) => {
                let is_item = way.iter().all(|name| OURS.contains(&name.as_str()));
                if is_item && matches!(way.pop().as_deref(), Some("component" | "service")) {
                    open.pop();
                } else if !is_item {
                    way.pop();
                }
            }
            Event::Text(text) => {
                let at = way.last().and_then(|name| TOLD.iter().position(|told| told == name));
                let is_direct = way.iter().rev().skip(1).all(|name| OURS.contains(&name.as_str()));
                if let (Some(at), Some(&item), true) = (at, open.last(), is_direct) {
                    told[item][at].push_str(&text);
                }
            }
            Event::GeneralRef(_) => {
                let at = way.last().and_then(|name| TOLD.iter().position(|told| told == name));
                if let (Some(at), Some(&item)) = (at, open.last()) {
                    told[item][at].push('&');
                }
            }
            _ => {}
        }
    }
}

#[test]
fn every_shared_sample_gives_as_many_items_as_it_holds_and_twins_are_the_same() {
    let Some(folder) = shared() else {
        eprintln!("skipped: the folder of shared samples is not here");
        return;
    };
    let folder = folder.join("sbom-cyclonedx");
    let folders = [folder.clone(), folder.join("spec-tests"), folder.join("other-bom-types")];
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).expect("folder"))
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json" || extension == "xml"))
        .collect();
    files.sort();
    let mut read = std::collections::BTreeMap::new();
    let (mut rows, mut unread, mut refused) = (0, 0, Vec::new());
    for path in &files {
        let text = std::fs::read_to_string(path).expect("text");
        let (result, mut found) = gather(&path.to_string_lossy(), text.as_bytes(), &Options::default());
        let mut told = if path.extension().is_some_and(|extension| extension == "xml") {
            told_xml(&text)
        } else {
            let mut told = Told::new();
            told_json(&serde_json::from_str(&text).expect("JSON"), &mut told);
            told
        };
        match result {
            // A list of components in JSON of another kind.
            Ok(understood) if understood.format.name() != "cyclonedx" => {
                refused.push(path.file_name().expect("name").to_string_lossy().into_owned());
                continue;
            }
            Ok(_) => {
                assert_eq!(found.rows.len() + found.unread.len(), told.len(), "{}: {:?}", path.display(), found.unread);
            }
            Err(_) => refused.push(path.file_name().expect("name").to_string_lossy().into_owned()),
        }
        (rows, unread) = (rows + found.rows.len(), unread + found.unread.len());
        found.rows.iter_mut().for_each(|row| row.line = 0);
        // Twins that nest or depend in other ways are twins in all else.
        if !path.to_string_lossy().contains("dropwizard") {
            found.rows.iter_mut().for_each(|row| row.path = Default::default());
        }
        found.rows.sort_by_key(|row| format!("{row:?}"));
        told.sort();
        read.insert(path, (told, found.rows));
    }
    let mut twins = 0;
    for path in files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        if let Some((told, rows)) = read.get(&path.with_extension("xml"))
            && *told == read[path].0
        {
            twins += 1;
            assert_eq!(*rows, read[path].1, "{}", path.display());
        }
    }
    eprintln!("{} files, {rows} rows, {unread} unread, {twins} twins, refused: {refused:?}", files.len());
    // Two are results of a scanner, whatever their names say.
    let others =
        ["invalid-bomformat-1.4.json", "invalid-bomformat-1.6.json", "wild-bashrc2-sbom-cdx.json", "wild-scanoss-sbom-cdx.json"];
    assert!(twins > 100 && refused.iter().all(|name| others.contains(&name.as_str())), "{twins}: {refused:?}");
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
