//! The page about the library: its code is that of the examples, which are run here, and so is its Python.

#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::io;

use super::{bless, blessing, sealed, text};

#[path = "../../../examples/items.rs"]
#[expect(dead_code, reason = "its `main` is for people")]
mod items;
#[path = "../../../examples/own_rule.rs"]
#[expect(dead_code, reason = "its `main` is for people")]
mod own_rule;
#[path = "../../../examples/sarif.rs"]
#[expect(dead_code, reason = "its `main` is for people")]
mod sarif;

const PAGE: &str = "docs/library.md";

type Run = fn(&mut dyn io::Write) -> Result<(), Box<dyn std::error::Error>>;

fn printed(run: Run) -> String {
    let mut out = Vec::new();
    run(&mut out).expect("the example runs");
    String::from_utf8(out).expect("text")
}

/// A block of the page: what its fence says, its text, and where that lies in the page.
struct Block {
    word: String,
    text: String,
    range: std::ops::Range<usize>,
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut open, mut at) = (Vec::new(), None::<Block>, 0);
    for line in page.split_inclusive('\n') {
        let end = at + line.len();
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(word), None) => open = Some(Block { word: word.trim().to_owned(), text: String::new(), range: end..end }),
            (None, Some(block)) => {
                block.text += line;
                block.range.end = end;
            }
            (None, None) => {}
        }
        at = end;
    }
    assert!(open.is_none(), "{PAGE}: a block is not closed");
    found
}

#[test]
fn the_page_shows_the_examples_as_they_are_and_what_they_print() {
    let page = text(PAGE);
    let shown = blocks(&page);
    let examples = [("items", items::run as Run), ("own_rule", own_rule::run)];
    let mut rewritten = page.clone();
    for (name, run) in examples.into_iter().rev() {
        let command = format!("$ cargo run -q --example {name}\n");
        let block = shown.iter().find(|block| block.text.starts_with(&command));
        let block = block.unwrap_or_else(|| panic!("{PAGE} does not run the example `{name}`"));
        let now = command + &printed(run);
        if blessing() {
            rewritten.replace_range(block.range.clone(), &now);
        } else {
            assert_eq!(block.text, now, "{PAGE}: what the example `{name}` prints");
        }
    }
    if blessing() {
        bless(PAGE, &rewritten);
    }
    let sources: Vec<String> = ["items", "own_rule", "sarif"].iter().map(|name| text(&format!("examples/{name}.rs"))).collect();
    let code: Vec<&Block> = shown.iter().filter(|block| block.word == "rust").collect();
    assert!(code.len() >= 3, "{PAGE} shows code");
    for block in code {
        assert!(sources.iter().any(|source| source.contains(&block.text)), "{PAGE}: no example holds this code:\n{}", block.text);
    }
}

/// The table of types names each of them.
#[test]
fn the_page_names_every_type() {
    let (page, lib) = (text(PAGE), text("src/lib.rs"));
    let exported = lib.lines().filter_map(|line| line.strip_prefix("pub use ")).flat_map(|line| {
        let names = line.rsplit("::").next().unwrap_or_default();
        names.trim_matches(['{', '}', ';']).split(", ").map(|name| name.trim_end_matches(['}', ';']).to_owned()).collect::<Vec<_>>()
    });
    let names: Vec<String> = exported.collect();
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        assert!(
            page.lines().any(|line| line.starts_with("| `") && line.contains(&format!("`{name}`"))),
            "{PAGE} has no row for {name}"
        );
    }
}

#[test]
fn the_example_writes_the_sarif_of_the_program() {
    let args = ["check", "seeds/fleet.csv", "--no-config", "-q", "-j", "US", "--audience", "federal-contractors"];
    let ran = sealed(env!("CARGO_BIN_EXE_interdict")).args(args).args(["--as-of", "2024-10-01", "-o", "sarif"]).output();
    let ran = ran.expect("the program runs");
    assert_eq!(ran.status.code(), Some(1));
    assert_eq!(printed(sarif::run), String::from_utf8(ran.stdout).expect("text"));
}

#[test]
fn the_python_of_the_page_runs() {
    if sealed("python3").arg("--version").output().is_err() {
        println!("skipped: there is no python3");
        return;
    }
    let page = text(PAGE);
    let shown = blocks(&page);
    let snippets: Vec<&Block> = shown.iter().filter(|block| block.word == "python").collect();
    assert!(!snippets.is_empty(), "{PAGE} shows Python");
    for block in snippets {
        let ran = sealed("python3").args(["-I", "-c", &block.text]).output().expect("python");
        let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{PAGE}: the Python fails:\n{err}");
        assert!(out.lines().any(|line| line.contains("us-bis-kaspersky-2024")), "{PAGE}: the Python prints\n{out}{err}");
    }
}
