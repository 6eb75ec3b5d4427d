//! The same inputs give the same bytes, and the same rows the same findings in whatever order.

use std::collections::BTreeMap;

use interdict::report::Format;
use serde_json::Value;

use super::common::Sandbox;

const ROWS: &[&str] = &[
    "ny-1,AO Kaspersky Lab,Kaspersky Plus,21.3,US",
    "ny-2,Kaspersky Lab,Kaspersky Plus,21.3,US",
    "ny-2,Kaspersky Lab,Kaspersky Plus,21.4,US",
    "ham-1,AO Kaspersky Lab,Kaspersky Endpoint Security,12.5,DE",
    "phone-1,TikTok Pte. Ltd.,TikTok,36.1,US-TX",
    "ny-3,Kasperskiy Labs,Antivirus,1,US",
    "ny-3,Northwind IT,Kaspersky Removal Script,2,US",
    "ny-4,Igor Pavlov,7-Zip,24.08,US",
    "ny-5,,,,US",
    "ny-6,АО «Лаборатория Касперского»,Kaspersky Premium,21,Atlantis",
];

fn table(rows: impl IntoIterator<Item = &'static str>) -> String {
    let rows: Vec<&str> = rows.into_iter().collect();
    format!("asset,vendor,product,version,location\n{}\n", rows.join("\n"))
}

const ARGS: [&str; 6] = ["check", "fleet.csv", "-j", "US", "--as-of", "2025-02-01"];

#[test]
fn every_output_is_the_same_whatever_the_surroundings() {
    let sandbox = Sandbox::new();
    sandbox.write("fleet.csv", table(ROWS.iter().copied()));
    for format in Format::ALL.iter().filter(|format| format.is_text()).map(|format| format.name()) {
        let args = ARGS.iter().copied().chain(["-o", format]);
        let first = sandbox.run(args.clone());
        assert_eq!(first.code, Some(1));
        for env in [
            [("TZ", "Pacific/Kiritimati"), ("LANG", "de_DE.UTF-8"), ("TERM", "xterm-256color")],
            [("TZ", "America/Los_Angeles"), ("LC_ALL", "tr_TR.UTF-8"), ("TERM", "dumb")],
            [("TZ", "UTC"), ("LANG", "C"), ("RAYON_NUM_THREADS", "1")],
        ] {
            let again = sandbox.run_with(args.clone(), &env, "", "");
            assert_eq!(again.stdout, first.stdout, "{format} under {env:?}");
            assert_eq!(again.stderr, first.stderr, "{format} under {env:?}");
        }
    }
}

/// A saved report gives the bytes that the check itself would have written, in every format and
/// under every flag that chooses what is shown.
#[test]
fn a_saved_report_renders_to_the_same_bytes() {
    let sandbox = Sandbox::new();
    sandbox.write("fleet.csv", table(ROWS.iter().copied()));
    sandbox.run(ARGS.iter().copied().chain(["-o", "json=saved.json"]));
    for format in Format::ALL {
        for more in [&[][..], &["--only", "banned,review"], &["--group-by", "asset"], &["--color", "always"]] {
            let file = |name: &str| format!("{}={name}.{}", format.name(), format.extension());
            let (first, second) = (file("first"), file("second"));
            let checked = sandbox.run(ARGS.iter().chain(&["-o", &first]).chain(more).copied());
            let rendered = sandbox.run(["report", "saved.json", "-o", &second].iter().chain(more).copied());
            assert_eq!((rendered.code, rendered.stderr.as_str()), (checked.code, ""), "{first} {more:?}");
            let bytes = |spec: &str| std::fs::read(sandbox.path().join(spec.split_once('=').expect("a file").1)).expect("is there");
            assert!(bytes(&first) == bytes(&second), "{} {more:?}", format.name());
        }
    }
}

#[test]
fn verbosity_changes_no_report() {
    let sandbox = Sandbox::new();
    sandbox.write("fleet.csv", table(ROWS.iter().copied()));
    let plain = sandbox.run(ARGS.iter().copied().chain(["-o", "json"]));
    for more in [["-q"], ["-v"]] {
        let ran = sandbox.run(ARGS.iter().copied().chain(["-o", "json"]).chain(more));
        assert_eq!((ran.stdout, ran.code), (plain.stdout.clone(), plain.code), "{more:?}");
    }
}

/// Findings by fingerprint, without what tells rows apart.
fn findings(report: &Value) -> BTreeMap<String, Value> {
    let all = report["findings"].as_array().expect("findings").iter().map(|finding| {
        let mut finding = finding.clone();
        let fingerprint = finding["fingerprint"].as_str().expect("a fingerprint").to_owned();
        finding["item"]["line"] = Value::Null;
        finding["item"]["version"] = Value::Null;
        finding["rows"]["first"] = Value::Null;
        (fingerprint, finding)
    });
    let all: Vec<_> = all.collect();
    let count = all.len();
    let by_fingerprint: BTreeMap<_, _> = all.into_iter().collect();
    assert_eq!(by_fingerprint.len(), count, "a fingerprint stands twice");
    by_fingerprint
}

#[test]
fn the_order_of_rows_changes_no_finding() {
    let sandbox = Sandbox::new();
    sandbox.write("fleet.csv", table(ROWS.iter().copied()));
    let first = sandbox.run(ARGS.iter().copied().chain(["-o", "json"])).json();
    let mut rows: Vec<&str> = ROWS.to_vec();
    for turn in 0..6 {
        rows.rotate_left(3);
        if turn % 2 == 0 {
            rows.reverse();
        }
        sandbox.write("fleet.csv", table(rows.iter().copied()));
        let report = sandbox.run(ARGS.iter().copied().chain(["-o", "json"])).json();
        assert_eq!(report["summary"], first["summary"]);
        assert_eq!(findings(&report), findings(&first), "order {turn}");
        let order = |report: &Value| -> Vec<String> {
            report["findings"].as_array().expect("findings").iter().map(|finding| finding["fingerprint"].to_string()).collect()
        };
        assert_eq!(order(&report), order(&first), "order {turn}");
    }
}

#[test]
fn fingerprints_survive_new_rows_versions_and_file_names() {
    let sandbox = Sandbox::new();
    sandbox.write("fleet.csv", table(ROWS.iter().copied()));
    let first = sandbox.run(ARGS.iter().copied().chain(["-o", "json"])).json();
    let moved: Vec<&str> =
        ["x-1,Igor Pavlov,7-Zip,1,US", "x-2,Adobe,Acrobat,1,US"].into_iter().chain(ROWS.iter().copied()).collect();
    sandbox.write("renamed.csv", table(moved.iter().copied()).replace(",21.3,", ",22.0,"));
    let args = ARGS.iter().map(|arg| if *arg == "fleet.csv" { "renamed.csv" } else { arg }).chain(["-o", "json"]);
    let second = sandbox.run(args).json();
    let keys = |report: &Value| findings(report).into_keys().collect::<Vec<_>>();
    assert_eq!(keys(&second), keys(&first));
    assert!(keys(&first).iter().all(|key| key.starts_with("1:") && key.len() == 34), "{:?}", keys(&first));
}

#[test]
fn a_product_on_four_thousand_machines_is_one_line() {
    let sandbox = Sandbox::new();
    let mut text = String::from("asset,vendor,product,version,location\n");
    for machine in 0..4000 {
        text.push_str(&format!("pc-{machine:04},AO Kaspersky Lab,Kaspersky Plus,21.{},US\n", machine % 3));
    }
    sandbox.write("fleet.csv", text);
    let ran = sandbox.run(["check", "fleet.csv", "-j", "US", "--as-of", "2024-10-01", "--only", "no-updates"]);
    assert_eq!(ran.code, Some(1));
    let lines: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("no-updates")).collect();
    assert_eq!(lines.len(), 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("4,000") || ran.stdout.contains("4000") || ran.stdout.contains("4 000"), "{}", ran.stdout);
    assert!(ran.stdout.lines().count() < 40, "{}", ran.stdout);
    let report = sandbox.run(["check", "fleet.csv", "-j", "US", "--as-of", "2024-10-01", "-o", "json"]).json();
    assert_eq!((&report["summary"]["assets"], &report["summary"]["no-updates"]), (&4000.into(), &4000.into()));
}
