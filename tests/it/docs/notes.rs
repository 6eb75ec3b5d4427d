//! `docs/notes.md` describes every note that a finding can carry, and no other.

use std::collections::BTreeSet;

use super::{rust_files, text};

/// Returns the literals that follow `before` in a text.
fn literals<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    text.match_indices(before).filter_map(|(at, _)| text[at + before.len()..].split('"').next()).collect()
}

#[test]
fn every_note_is_described() {
    let mut written = BTreeSet::new();
    let sources: String = rust_files("src/evaluate").iter().map(|path| text(path)).collect();
    for before in ["note(\"", "notes.insert(\"", "then(|| \""] {
        written.extend(literals(&sources, before).into_iter().map(str::to_owned));
    }
    let matcher = text("src/matcher/mod.rs");
    let doubts = matcher.split("fn note(self)").nth(1).and_then(|rest| rest.split("\n    }\n").next()).expect("Doubt::note");
    written.extend(literals(doubts, "=> \"").into_iter().map(str::to_owned));
    assert!(written.len() >= 10, "notes are found: {written:?}");
    let page = text("docs/notes.md");
    let described: BTreeSet<String> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).map(str::to_owned).collect();
    assert_eq!(described, written, "docs/notes.md (left) and what src/evaluate and src/matcher write (right)");
}
