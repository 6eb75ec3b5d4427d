use super::super::testing::gather;
use super::*;
use crate::inventory::Format;

#[test]
fn packages_are_items_of_what_was_scanned() {
    let seed = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/packages.trivy.json")).expect("seed");
    let (result, found) = gather("x.json", &seed, &Options::default());
    assert_eq!(result.unwrap_or_else(|error| panic!("{error}")).format.name(), "trivy");
    assert!(found.rows.iter().all(|row| row.asset == "registry.example/mail-gateway:4.2.0"));
    assert_eq!(
        (found.row("klnagent64").vendor.as_str(), found.row("klnagent64").version.as_str()),
        ("Kaspersky Lab", "14.2.0-35148")
    );
    assert_eq!((found.row("libc6").vendor.as_str(), found.row("zlib1g").version.as_str()), ("", "1:1.2.13.dfsg-1"));
    assert_eq!(found.row("libc6").path.count, 2);
    assert_eq!(found.row("debug").path.names, ["registry.example/mail-gateway:4.2.0", "@alicloud/pop-core@1.8.0", "debug@4.3.7"]);
    let options = Options { format: Format::parse("trivy"), ..Options::default() };
    for end in 1..seed.trim_ascii_end().len() {
        let (result, part) = gather("x", &seed[..end], &options);
        assert!(part.rows.len() <= found.rows.len() && (result.is_err() || part.unread.len() == 1), "{end}: {part:?}");
    }
}

#[test]
fn a_list_of_vulnerabilities_is_no_inventory() {
    let text = r#"{"SchemaVersion": 2, "ArtifactName": "x", "Results": [{"Target": "x", "Vulnerabilities": [{"PkgName": "a"}]}]}"#;
    let (result, found) = gather("x", text.as_bytes(), &Options::default());
    assert!(result.is_ok() && found.rows.is_empty());
    assert!(found.remarks[0].contains("1 vulnerabilities and no packages"), "{found:?}");
    let text = "{\"SchemaVersion\": 2, \"Results\": [{\"Packages\": [\n{\"Name\": [1]},\n{\"Version\": \"1\"},\n7]}, 7]}";
    let (_, found) = gather("x", text.as_bytes(), &Options::default());
    assert_eq!(found.unread.iter().filter_map(|unread| unread.line).collect::<Vec<_>>(), [2, 3, 4, 4]);
    let (result, _) = gather("x", b"{\"SchemaVersion\": 2}", &Options { format: Format::parse("trivy"), ..Options::default() });
    assert!(matches!(result, Err(Error::Refused(_))));
}
