//! The schemas in `docs/schema` are what the program prints, and every rule and entity file names
//! its own in the first line, so that editors complete and check it.

use super::{bless, blessing, root, sealed, text};

const HEADS: [(&str, &str); 2] =
    [("rule", "#:schema ../../docs/schema/rule.schema.json"), ("entity", "#:schema ../../docs/schema/entity.schema.json")];

#[test]
fn schemas_are_what_the_program_prints() {
    for of in HEADS.map(|(of, _)| of).into_iter().chain(["baseline", "notice"]) {
        let ran = sealed(env!("CARGO_BIN_EXE_interdict")).args(["schema", of]).output().expect("it runs");
        assert!(ran.status.success(), "interdict schema {of}");
        let printed = String::from_utf8(ran.stdout).expect("text");
        let path = format!("docs/schema/{of}.schema.json");
        if blessing() {
            bless(&path, &printed);
        }
        let is = text(&path);
        let line = is.lines().zip(printed.lines()).position(|(is, wanted)| is != wanted).map_or(0, |line| line + 1);
        assert!(is == printed, "{path} differs from `interdict schema {of}` from line {line} on; INTERDICT_BLESS=1 rewrites it");
    }
}

#[test]
fn every_file_names_its_schema_first() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    let mut check = |path: &str, head: &str| {
        seen += 1;
        if text(path).lines().next() != Some(head) {
            wrong.push(format!("{path} does not begin with the line\n{head}"));
        }
    };
    check("rules/TEMPLATE.toml", HEADS[0].1);
    for folder in std::fs::read_dir(root().join("rules")).expect("rules").map(|entry| entry.expect("an entry")) {
        if !folder.path().is_dir() {
            continue;
        }
        let name = folder.file_name().to_string_lossy().into_owned();
        let head = if name == "entities" { HEADS[1].1 } else { HEADS[0].1 };
        for file in std::fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry")) {
            check(&format!("rules/{name}/{}", file.file_name().to_string_lossy()), head);
        }
    }
    assert!(seen > 100, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
