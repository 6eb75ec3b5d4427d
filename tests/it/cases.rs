//! Runs the cases of `tests/cases/cli`. `tests/cases/README.md` says how to write one.

#![expect(clippy::print_stdout, reason = "known bugs are named to whoever runs the tests")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use serde_json::Value;
use snapbox::IntoData;

use super::common::{Ran, Sandbox, cases, words};

/// A file of cases: files to write, and runs of the program over them, one after the other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    /// What the case shows.
    #[expect(dead_code, reason = "it is for whoever reads the case")]
    about: String,
    /// Folders of `tests/cases/fixtures` to copy.
    #[serde(default)]
    fixtures: Vec<String>,
    /// Empty folders to create.
    #[serde(default)]
    folders: Vec<String>,
    /// Files to write.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Files that are no text, or too long to write out.
    #[serde(default)]
    made: BTreeMap<String, Vec<Piece>>,
    /// Acts whose findings are compared; default: all.
    #[serde(default)]
    acts: Vec<String>,
    /// The runs.
    run: Vec<Run>,
}

/// A piece of a made file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Piece {
    #[serde(default)]
    text: String,
    #[serde(default)]
    bytes: Vec<u8>,
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Run {
    /// The command line, without the program.
    args: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    stdin: String,
    /// Working directory, below the case's folder.
    #[serde(default)]
    folder: String,
    /// Why the run does not yet do what it should; then it may differ, and is named.
    known_bug: Option<String>,
    /// Exit code.
    code: i32,
    /// All of standard output, with `[..]` and `...` as wildcards.
    stdout: Option<String>,
    /// All of standard error.
    stderr: Option<String>,
    /// Texts on standard output.
    #[serde(default)]
    prints: Vec<String>,
    /// Texts on standard error.
    #[serde(default)]
    says: Vec<String>,
    /// Texts on neither.
    #[serde(default)]
    never: Vec<String>,
    /// Files that must be there, with a text in each.
    #[serde(default)]
    writes: BTreeMap<String, String>,
    /// Files that must not be there.
    #[serde(default)]
    leaves: Vec<String>,
    /// Every finding of the acts compared.
    findings: Option<Vec<Expected>>,
    /// Values of the report, by their place in it: `"summary.items" = 1`.
    report: Option<BTreeMap<String, Value>>,
}

/// A finding that must come out. What is left out is not compared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Expected {
    rule: Option<String>,
    status: Option<String>,
    /// `STATUS on DATE`, or `none`.
    next: Option<String>,
    /// Every note.
    notes: Option<Vec<String>>,
    /// States, by effect.
    #[serde(default)]
    states: BTreeMap<String, String>,
    concerned_as: Option<String>,
    vendor: Option<String>,
    product: Option<String>,
    asset: Option<String>,
    location: Option<String>,
    entity: Option<String>,
    #[serde(rename = "match")]
    matched: Option<String>,
    via: Option<Vec<String>>,
    count: Option<u64>,
    quantity: Option<u64>,
    line: Option<u64>,
    waived: Option<bool>,
    fingerprint: Option<String>,
}

#[test]
fn cases_of_the_command_line() {
    let folder = cases().join("cli");
    let mut files: Vec<_> = fs::read_dir(&folder).expect("cases").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(!files.is_empty(), "no cases in {}", folder.display());
    let wanted = std::env::var("CASE").unwrap_or_default();
    let play_file = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut wrong = String::new();
        if name.contains(&wanted) {
            let text = fs::read_to_string(path).expect("a case");
            let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            play(&name, &case, &mut wrong);
        }
        wrong
    };
    let next = AtomicUsize::new(0);
    let work = || -> String {
        std::iter::from_fn(|| files.get(next.fetch_add(1, Ordering::Relaxed))).map(|path| play_file(path)).collect()
    };
    let wrong: String = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a case that can be read")).collect()
    });
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn play(name: &str, case: &Case, wrong: &mut String) {
    let sandbox = Sandbox::new();
    for fixture in &case.fixtures {
        sandbox.fixture(fixture);
    }
    for folder in &case.folders {
        fs::create_dir_all(sandbox.path().join(folder)).expect("a folder");
    }
    for (path, text) in &case.files {
        sandbox.write(path, text);
    }
    for (path, pieces) in &case.made {
        let bytes: Vec<u8> =
            pieces.iter().flat_map(|piece| [piece.text.as_bytes(), &piece.bytes].concat().repeat(piece.times)).collect();
        sandbox.write(path, bytes);
    }
    for run in &case.run {
        let mut differ = Vec::new();
        let mut args = words(&run.args);
        if run.findings.is_some() || run.report.is_some() {
            args.extend(["-o", "json"].map(str::to_owned));
        }
        let env: Vec<(&str, &str)> = run.env.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let ran = sandbox.run_with(&args, &env, &run.stdin, &run.folder);
        compare(run, &ran, &sandbox, &case.acts, &mut differ);
        if let Some(bug) = &run.known_bug {
            let state = if differ.is_empty() { "passes by now; take `known-bug` out" } else { "still there" };
            println!("{name}: interdict {}: {bug}: {state}", run.args);
            continue;
        }
        if !differ.is_empty() {
            let _ = writeln!(wrong, "== {name}: interdict {}\n{}", run.args, differ.join("\n"));
            if ran.stdout.len() < 3000 {
                let _ = writeln!(wrong, "-- standard output\n{}", ran.stdout);
            }
            let _ = writeln!(wrong, "-- standard error\n{}", ran.stderr);
        }
    }
}

fn compare(run: &Run, ran: &Ran, sandbox: &Sandbox, acts: &[String], differ: &mut Vec<String>) {
    if ran.code != Some(run.code) {
        differ.push(format!("exit code: expected {}, came {:?}", run.code, ran.code));
    }
    let assert = snapbox::Assert::new();
    for (what, expected, came) in [("standard output", &run.stdout, &ran.stdout), ("standard error", &run.stderr, &ran.stderr)] {
        if let Some(expected) = expected
            && let Err(error) = assert.try_eq(Some(&what), came.as_str().into_data(), expected.as_str().into_data())
        {
            differ.push(error.to_string());
        }
    }
    for (what, texts, came) in [("standard output", &run.prints, &ran.stdout), ("standard error", &run.says, &ran.stderr)] {
        differ.extend(texts.iter().filter(|text| !came.contains(*text)).map(|text| format!("{what}: lacks `{text}`")));
    }
    let both = format!("{}{}", ran.stdout, ran.stderr);
    differ.extend(run.never.iter().filter(|text| both.contains(*text)).map(|text| format!("holds `{text}`")));
    for (path, text) in &run.writes {
        match fs::read_to_string(sandbox.path().join(path)) {
            Ok(came) if came.contains(text) => {}
            Ok(came) => differ.push(format!("{path}: lacks `{text}`: {came}")),
            Err(error) => differ.push(format!("{path}: {error}")),
        }
    }
    differ.extend(run.leaves.iter().filter(|path| sandbox.path().join(path).exists()).map(|path| format!("{path} is there")));
    if run.findings.is_none() && run.report.is_none() {
        return;
    }
    let report: Value = match serde_json::from_str(&ran.stdout) {
        Ok(report) => report,
        Err(error) => return differ.push(format!("no report: {error}")),
    };
    for (place, expected) in run.report.iter().flatten() {
        let came = place.split('.').try_fold(&report, |value, key| match value {
            Value::Array(values) => values.get(key.parse::<usize>().ok()?),
            _ => value.get(key),
        });
        if came.unwrap_or(&Value::Null) != expected && !(expected == "null" && came.is_none_or(Value::is_null)) {
            differ.push(format!("{place}: expected {expected}, came {}", came.unwrap_or(&Value::Null)));
        }
    }
    if let Some(expected) = &run.findings {
        compare_findings(expected, &report, acts, differ);
    }
}

fn compare_findings(expected: &[Expected], report: &Value, acts: &[String], differ: &mut Vec<String>) {
    let all = report["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut left: Vec<&Value> =
        all.iter().filter(|finding| acts.is_empty() || acts.iter().any(|act| finding["rule"]["id"] == **act)).collect();
    let mut missing = Vec::new();
    for one in expected {
        match left.iter().position(|finding| one.differences(finding).is_empty()) {
            Some(at) => {
                left.remove(at);
            }
            None => missing.push(one),
        }
    }
    for (at, one) in missing.iter().enumerate() {
        let came = left.get(at).map_or_else(|| "no finding is left".to_owned(), |finding| one.differences(finding).join("; "));
        differ.push(format!("finding {one:?}: {came}"));
    }
    for finding in left.iter().skip(missing.len()) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        differ.push(format!("not expected: {} under {}: {}", finding["item"], finding["rule"]["id"], text(&finding["status"])));
    }
}

impl Expected {
    fn differences(&self, finding: &Value) -> Vec<String> {
        let mut differ = Vec::new();
        let mut text = |what: &str, expected: &Option<String>, came: &Value| {
            if let Some(expected) = expected
                && came.as_str() != Some(expected)
            {
                differ.push(format!("{what}: expected {expected}, came {came}"));
            }
        };
        let next = match &finding["next"] {
            Value::Null => "none".to_owned(),
            next => format!("{} on {}", next["status"].as_str().unwrap_or("?"), next["on"].as_str().unwrap_or("?")),
        };
        text("rule", &self.rule, &finding["rule"]["id"]);
        text("status", &self.status, &finding["status"]);
        text("next", &self.next, &next.into());
        text("concerned-as", &self.concerned_as, &finding["concerned-as"]);
        text("vendor", &self.vendor, &finding["item"]["vendor"]);
        text("product", &self.product, &finding["item"]["product"]);
        text("asset", &self.asset, &finding["item"]["asset"]);
        text("location", &self.location, &finding["item"]["location"]);
        text("entity", &self.entity, &finding["match"]["entity"]);
        text("match", &self.matched, &finding["match"]["kind"]);
        text("fingerprint", &self.fingerprint, &finding["fingerprint"]);
        let mut number = |what: &str, expected: Option<u64>, came: &Value| {
            if let Some(expected) = expected
                && came.as_u64() != Some(expected)
            {
                differ.push(format!("{what}: expected {expected}, came {came}"));
            }
        };
        number("count", self.count, &finding["rows"]["count"]);
        number("quantity", self.quantity, &finding["rows"]["quantity"]);
        number("line", self.line, &finding["item"]["line"]);
        let mut list = |what: &str, expected: &Option<Vec<String>>, came: &Value| {
            if let Some(expected) = expected
                && *came != Value::from(expected.clone())
            {
                differ.push(format!("{what}: expected {expected:?}, came {came}"));
            }
        };
        list("notes", &self.notes, &finding["notes"]);
        list("via", &self.via, &finding["match"]["via"]);
        if let Some(waived) = self.waived
            && finding["waiver"].is_null() == waived
        {
            differ.push(format!("waived: expected {waived}"));
        }
        let measures = finding["measures"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (effect, state) in &self.states {
            let came: Vec<&Value> = measures.iter().filter(|one| one["effect"] == **effect).map(|one| &one["state"]).collect();
            if !came.iter().any(|one| **one == **state) {
                differ.push(format!("state of {effect}: expected {state}, came {came:?}"));
            }
        }
        differ
    }
}
