//! `interdict fleet` and the report of a fleet's export, from outside. The queries themselves run in
//! DuckDB in `.ci/fleet.py`.

use super::common::Sandbox;

const ITEMS: &str = "vendor,product,location,nulls\nAO Kaspersky Lab,Kaspersky Plus,US,0\nNobody,Nothing,US,0\n,,,259\n";
const COLUMNS: [&str; 6] = ["--column", "vendor=publisher", "--column", "product=name", "--column", "location=country"];

fn verdicts<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["fleet", "verdicts", "items.csv", "--no-config"], more].concat()
}

#[test]
fn verdicts_are_the_same_bytes_each_time_and_say_what_was_done() {
    let sandbox = Sandbox::new();
    sandbox.write("items.csv", ITEMS);
    let first = sandbox.run(verdicts(&["--place", "US", "--place", "DE+US", "-o", "csv=a.csv", "-o", "parquet=a.parquet"]));
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert!(first.stderr.contains("3 items, 1 with findings, 1 unidentified, 0 unread; "), "{}", first.stderr);
    assert!(first.stderr.contains("US/unspecified, DE+US/unspecified"), "{}", first.stderr);
    let again = sandbox.run(verdicts(&[
        "--place",
        "us",
        "--place",
        "United States+DE",
        "-o",
        "csv=b.csv",
        "-o",
        "parquet=b.parquet",
        "-q",
    ]));
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), ""));
    let bytes = |name: &str| std::fs::read(sandbox.path().join(name)).expect("is there");
    assert_eq!(bytes("a.csv"), bytes("b.csv"));
    assert_eq!(bytes("a.parquet"), bytes("b.parquet"));
    assert!(bytes("a.parquet").starts_with(b"PAR1"));
    let printed = sandbox.run(verdicts(&["--place", "US", "--place", "DE+US", "-o", "csv"]));
    assert_eq!(printed.stdout.as_bytes(), bytes("a.csv"));
}

#[test]
fn what_cannot_be_read_or_written_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    sandbox.write("items.csv", "vendor,product\nA,B\n").write("a.csv", "old");
    let code = |args: &[&str]| {
        let ran = sandbox.run(args.iter().copied());
        (ran.code, ran.stderr.lines().next().unwrap_or_default().to_owned())
    };
    let (exit, told) = code(&verdicts(&["-o", "csv=a.csv"]));
    assert_eq!(exit, Some(2));
    assert!(told.starts_with("error[unknown-column]: the table lacks the column `nulls`"), "{told}");
    assert_eq!(std::fs::read_to_string(sandbox.path().join("a.csv")).expect("is there"), "old");
    sandbox.write("items.csv", ITEMS);
    for (args, wanted) in [
        (&["-o", "csv=items.csv"][..], "`items.csv` is read, and would be written over"),
        (&["-o", "csv=x", "-o", "parquet=x"], "two outputs go to the same file"),
        (&["-o", "csv=x", "-o", "csv=y"], "two outputs are asked for as `csv`"),
        (&["-o", "parquet"], "Parquet needs a file"),
        (&["-o", "xlsx=x"], "unknown output format `xlsx`"),
        (&["--place", "Untied States", "-o", "csv=x"], "unknown jurisdiction `Untied States`"),
        (&["--audience", "nobody", "-o", "csv=x"], "unknown audience `nobody`"),
        (&["--from", "2024-02-01", "--to", "2024-01-01", "-o", "csv=x"], "`--to` lies before `--from`"),
    ] {
        let (exit, told) = code(&verdicts(args));
        assert_eq!(exit, Some(2), "{args:?}");
        assert!(told.contains(wanted), "{args:?}: {told}");
    }
    sandbox.write("items.csv", "vendor,product,nulls\n");
    assert_eq!(code(&verdicts(&["-o", "csv=x"])).0, Some(3), "no item: nothing to evaluate");
}

#[test]
fn queries_refuse_what_they_cannot_say() {
    let sandbox = Sandbox::new();
    let query = |command: &[&str], more: &[&str]| {
        let ran = sandbox.run(command.iter().chain(&COLUMNS).chain(more).copied());
        (ran.code, if ran.code == Some(0) { ran.stdout } else { ran.stderr })
    };
    let distinct = ["fleet", "distinct", "--table", "t"];
    assert!(query(&distinct, &["--dialect", "oracle"]).1.contains("unknown engine `oracle`"));
    assert!(query(&distinct, &["--dialect", "trino", "--column", "hue=x"]).1.contains("unknown field `hue`"));
    assert!(query(&distinct, &["--dialect", "trino", "--column", "asset"]).1.contains("is not FIELD=COLUMN"));
    let (code, text) = query(&distinct, &["--dialect", "trino", "--column", "asset=host"]);
    assert_eq!(code, Some(0));
    assert!(!text.contains("host"), "{text}");
    let join = ["fleet", "join", "--no-config", "--dialect", "trino", "--table", "t", "--verdicts", "v"];
    assert!(query(&join, &["--as-of", "2024-10-01T00:00:00Z"]).1.contains("names an instant"));
    assert!(query(&join, &["--as-of", "2024-10-01", "--count", "asset"]).1.contains("no column is given for `asset`"));
    let (code, text) = query(&join, &["--as-of", "2024-10-01", "--place", "Germany+us"]);
    assert_eq!(code, Some(0));
    assert!(text.contains("SELECT '2024-10-01' AS \"as_of\", 'DE+US' AS \"place\", 'unspecified' AS \"audience\""), "{text}");
}

#[test]
fn what_is_no_export_is_refused_and_a_saved_report_takes_none_of_its_flags() {
    let sandbox = Sandbox::new();
    sandbox.write("e.csv", "interdict_fleet,kind,rows\n1,fleet,x\n").write("inventory.csv", "product\nA\n");
    let ran = sandbox.run(["report", "e.csv", "--no-config"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.starts_with("error[invalid-export]: "), "{}", ran.stderr);
    let saved =
        sandbox.run(["check", "inventory.csv", "--no-config", "--as-of", "2024-10-01", "-j", "US", "-q", "-o", "json=r.json"]);
    assert_eq!(saved.code, Some(0), "{}", saved.stderr);
    let ran = sandbox.run(["report", "r.json", "--fail-on", "never"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("`--fail-on` is for a fleet's export"), "{}", ran.stderr);
}
