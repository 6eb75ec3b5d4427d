//! The arrows between the modules: who may import whom. The same table stands in
//! `docs/architecture.md`.

use std::collections::{BTreeMap, BTreeSet};

use super::{root, rust_files, text};

/// Each module of the library, and what it may import of ours.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("diag", &["model"]),
    ("inventory", &["diag", "model"]),
    ("pack", &["diag", "model"]),
    ("builtin", &["pack"]),
    ("report", &["diag", "model"]),
    ("history", &["diag", "model", "report"]),
    ("matcher", &["model", "pack"]),
    ("evaluate", &["diag", "matcher", "model", "pack"]),
    ("baseline", &["diag", "model", "report"]),
    ("decision", &["diag", "matcher", "model", "pack", "report"]),
    ("timeline", &["evaluate", "model", "pack"]),
    ("rulebook", &["evaluate", "model", "pack", "report"]),
    ("ruletest", &["evaluate", "matcher", "model", "pack"]),
    ("audit", &["decision", "diag", "evaluate", "inventory", "matcher", "model", "pack"]),
    ("changes", &["audit", "decision", "evaluate", "history", "model", "pack", "report"]),
    ("schedule", &["diag", "model"]),
    ("waiver", &["audit", "decision", "diag", "model", "pack", "report"]),
    ("gate", &["model", "report"]),
    ("notice", &["diag", "history", "model", "report"]),
    ("config", &["diag", "gate", "inventory", "model", "notice", "pack", "report"]),
    ("assets", &["diag", "inventory", "model"]),
    (
        "pipeline",
        &[
            "assets",
            "audit",
            "baseline",
            "decision",
            "diag",
            "evaluate",
            "gate",
            "inventory",
            "model",
            "pack",
            "report",
            "timeline",
            "waiver",
        ],
    ),
    ("fleet", &["audit", "decision", "diag", "evaluate", "inventory", "matcher", "model", "pack", "pipeline", "report"]),
    ("api", &["builtin", "diag", "evaluate", "gate", "inventory", "model", "pack", "pipeline", "report", "waiver"]),
];

/// What only the binary may do: it alone knows the clock, the environment and the terminal.
const BINARY_ONLY: &[&str] = &[
    "std::env",
    "env::var",
    "Utc::now",
    "Local::now",
    "SystemTime::now",
    "Instant::now",
    "println!",
    "eprintln!",
    "print!(",
    "eprint!(",
    "io::stdin",
    "io::stdout",
    "io::stderr",
];

/// Returns the source without tests and comments; nothing for a file that only tests use.
fn code(path: &str) -> String {
    if ["tests.rs", "testing.rs", "cases.rs"].iter().any(|name| path.ends_with(name)) {
        return String::new();
    }
    let text = text(path);
    let own = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    own.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| line.to_owned() + "\n").collect()
}

/// Returns the module of the library that a file belongs to; none for `lib.rs`.
fn module(path: &str) -> Option<&str> {
    let name = path.strip_prefix("src/")?.split('/').next()?.trim_end_matches(".rs");
    (name != "lib").then_some(name)
}

/// Returns the modules that a text names after `crate::`, in braces too.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let word = |text: &str| text.chars().take_while(|one| one.is_alphanumeric() || *one == '_').collect::<String>();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut fresh = true;
        for (at, one) in list.char_indices() {
            match one {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => fresh = true,
                one if fresh && !one.is_whitespace() => {
                    fresh = false;
                    found.insert(word(&list[at..]));
                }
                _ => {}
            }
        }
    }
    found.remove("");
    found
}

fn library() -> impl Iterator<Item = String> {
    rust_files("src").into_iter().filter(|path| !path.starts_with("src/bin/"))
}

#[test]
fn arrows_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for path in library() {
        let Some(from) = module(&path) else { continue };
        let Some(may) = allowed.get(from) else {
            wrong.push(format!("{path}: `{from}` is new: say in {} and in docs/architecture.md what it may import", file!()));
            continue;
        };
        for to in imports(&code(&path)) {
            if to != from && allowed.contains_key(to.as_str()) && !may.contains(&to.as_str()) {
                wrong.push(format!("{path}: `{from}` may not import `{to}`, only {may:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "forbidden arrows:\n{}", wrong.join("\n"));
}

#[test]
fn arrows_make_no_circle() {
    let mut above: BTreeSet<&str> = BTreeSet::new();
    for (module, may) in ARROWS {
        for to in *may {
            assert!(above.contains(to), "`{module}` stands before `{to}`, which it imports");
        }
        above.insert(module);
        let there = ["src/NAME.rs", "src/NAME/mod.rs"].iter().any(|path| root().join(path.replace("NAME", module)).is_file());
        assert!(there, "there is no module `{module}` any more");
    }
}

#[test]
fn only_the_binary_knows_the_machine() {
    let mut wrong = Vec::new();
    for path in library() {
        for (number, line) in code(&path).lines().enumerate() {
            for word in BINARY_ONLY.iter().filter(|word| line.contains(*word)) {
                wrong.push(format!("{path}, code line {}: `{word}` belongs into src/bin: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "the library reads no clock, environment or terminal:\n{}", wrong.join("\n"));
}

#[test]
fn terminal_crates_stay_where_they_are() {
    for path in library() {
        let code = code(&path);
        for word in ["clap::", "clap_complete", "clap_mangen", "indicatif", "terminal_size"] {
            assert!(!code.contains(word), "{path}: {word} belongs into src/bin");
        }
        let draws = ["src/report/table.rs", "src/report/listing.rs"].contains(&path.as_str());
        assert!(draws || !code.contains("comfy_table"), "{path}: comfy-table belongs into src/report/table.rs or listing.rs");
        for (word, home) in [
            ("ureq", "src/notice/send/webhook.rs"),
            ("hmac::", "src/notice/send/webhook.rs"),
            ("lettre", "src/notice/send/email.rs"),
            ("rustls_native_certs", "src/notice/send/tls.rs"),
            ("rusqlite", "src/history/store.rs"),
        ] {
            assert!(path == home || !code.contains(word), "{path}: {word} belongs into {home}");
        }
        let protects = ["src/notice/send/tls.rs", "src/notice/send/webhook.rs"].contains(&path.as_str());
        assert!(protects || !code.contains("rustls"), "{path}: rustls belongs into src/notice/send/tls.rs");
    }
}

#[test]
fn documentation_has_the_same_arrows() {
    let page = text("docs/architecture.md");
    for (module, may) in ARROWS {
        let may = may.iter().map(|to| format!("`{to}`")).collect::<Vec<_>>().join(", ");
        let row = format!("| `{module}` | {} |", if may.is_empty() { "nothing" } else { &may });
        assert!(page.lines().any(|line| line.starts_with(&row)), "docs/architecture.md lacks the row\n{row}");
    }
}

#[test]
fn imports_are_seen_in_braces() {
    let code = "use crate::{audit::Audit, diag::{Code, Place},\n    model::Row};\ncrate::gate::x();";
    let words: Vec<String> = imports(code).into_iter().collect();
    assert_eq!(words, ["audit", "diag", "gate", "model"]);
}
