//! `interdict run` as a scheduler starts it: killed at any instant, started twice, its history damaged.

use std::fs::{self, File};
use std::process::Stdio;
use std::time::Duration;

use interdict::history::{HistoryError, Mode, Store};

use super::common::{Sandbox, config};

const RUN: &str = "[run]\noutputs = [\"json=out/latest.json\", \"prometheus=out/interdict.prom\"]\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.fixture("pack").write("interdict.toml", config(RUN)).write("out/.keep", "");
    sandbox.write("exports/fleet.csv", "asset,vendor,product\na,Northstar,Northstar Guard\nb,Mozilla,Firefox\n");
    sandbox
}

fn store(sandbox: &Sandbox) -> Result<Store, HistoryError> {
    Store::open(&sandbox.path().join("interdict-history.db"), Mode::Existing)
}

/// The number of kills: `INTERDICT_KILLS`, else a few.
fn kills() -> u64 {
    std::env::var("INTERDICT_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(20)
}

#[test]
fn a_kill_at_any_instant_loses_nothing_that_was_recorded() {
    let sandbox = sandbox();
    let start = chrono::NaiveDate::from_ymd_opt(2021, 1, 1).expect("a day");
    let (mut known, mut cut) = (0, std::collections::BTreeSet::new());
    // How long a run takes here, so that kills fall all over it.
    let begun = std::time::Instant::now();
    assert_eq!(sandbox.run(["run", "--as-of", "2020-12-31"]).code, Some(0));
    let whole = begun.elapsed().as_millis().max(20) as u64;
    for (number, on) in start.iter_days().take(kills() as usize).enumerate() {
        let day = on.to_string();
        let mut child = sandbox
            .command(["run", "--as-of", &day, "--known-on", &day], "")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let delay = (number as u64).wrapping_mul(7919) % (whole * 5 / 4);
        std::thread::sleep(Duration::from_millis(delay));
        let _ = child.kill();
        child.wait().expect("it ends");
        let store = store(&sandbox).expect("opens");
        let verified = store.verify().expect("reads");
        assert_eq!(verified.faults, [], "killed after {delay} ms");
        assert!(verified.runs >= known, "a run is lost");
        let latest = store.latest().expect("reads").expect("one");
        // A slow machine may kill the next run before it has completed this one.
        if !store.is_finished(latest.run).expect("reads") {
            cut.insert(latest.run);
        }
        known = verified.runs;
    }
    let ran = sandbox.run(["run", "--as-of", "2021-12-01", "--known-on", "2021-12-01"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let store = store(&sandbox).expect("opens");
    let latest = store.latest().expect("reads").expect("one");
    assert!(store.is_finished(latest.run).expect("reads"));
    assert_eq!(sandbox.read("out/latest.json").as_bytes(), store.report(latest.run).expect("is there"));
    let left: Vec<_> = fs::read_dir(sandbox.path().join("out")).expect("lists").map(|one| one.expect("one").file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(latest.run >= 2 && cut.len() as u64 <= known, "run {}, cut off {cut:?}, known {known}", latest.run);
}

#[test]
fn a_run_that_was_cut_off_is_completed_by_the_next_one() {
    let sandbox = sandbox();
    sandbox.run(["run", "--as-of", "2021-03-01"]);
    let path = sandbox.path().join("interdict-history.db");
    let report = sandbox.read("out/latest.json");
    fs::remove_file(sandbox.path().join("out/latest.json")).expect("removes");
    sandbox.write("out/.interdict-run-cut.tmp", "another program's");
    rusqlite::Connection::open(&path).expect("opens").execute_batch("UPDATE runs SET finished = 0").expect("alters");
    // The same run again: it is there already, and its outputs are put in place.
    let ran = sandbox.run(["run", "--as-of", "2021-03-01"]);
    assert!(ran.stderr.contains("warning[run-cut-off]: run 1 of 2021-03-01 was ended"), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("run 1 of 2021-03-01 is recorded already"), "{}", ran.stdout);
    assert_eq!(sandbox.read("out/latest.json"), report);
    assert!(store(&sandbox).expect("opens").is_finished(1).expect("reads"));
}

#[test]
fn of_two_runs_started_together_one_waits_or_says_why_it_will_not() {
    let sandbox = sandbox();
    let spawn = |day: &str| {
        let mut command = sandbox.command(["run", "--as-of", day], "");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    };
    let both = [spawn("2021-03-01"), spawn("2021-03-01")];
    let told: Vec<String> = both
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().expect("it ends");
            assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("text")
        })
        .collect();
    assert_eq!(told.iter().filter(|text| text.contains("is recorded already")).count(), 1, "{told:?}");
    assert_eq!(store(&sandbox).expect("opens").runs().expect("reads").len(), 1);

    let lock = File::options().write(true).open(sandbox.path().join("interdict-history.db.lock")).expect("opens");
    lock.lock().expect("locks");
    let ran = sandbox.run(["run", "--as-of", "2021-03-02", "--wait", "0"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("error[history-busy]: another run (process "), "{}", ran.stderr);
    drop(lock);
    assert_eq!(sandbox.run(["run", "--as-of", "2021-03-02", "--wait", "0"]).code, Some(1));
}

#[test]
fn a_damaged_or_newer_history_ends_the_run_and_stays_as_it_is() {
    let sandbox = sandbox();
    sandbox.run(["run", "--as-of", "2021-03-01"]);
    let path = sandbox.path().join("interdict-history.db");
    let whole = fs::read(&path).expect("reads");
    for (damage, code) in [
        (whole[..whole.len() / 2].to_vec(), "history-damaged"),
        ([&[0x55; 4096], &whole[4096..]].concat(), "history-damaged"),
        ("asset,vendor\n".repeat(1000).into_bytes(), "history-damaged"),
    ] {
        fs::write(&path, &damage).expect("writes");
        let ran = sandbox.run(["run", "--as-of", "2021-03-02"]);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("error[{code}]")), "{}", ran.stderr);
        assert!(ran.stderr.contains("keep the file"), "{}", ran.stderr);
        for beside in ["interdict-history.db-wal", "interdict-history.db-shm"] {
            let _ = fs::remove_file(sandbox.path().join(beside));
        }
    }
    fs::write(&path, &whole).expect("writes");
    rusqlite::Connection::open(&path).expect("opens").execute_batch("PRAGMA user_version = 9").expect("alters");
    let ran = sandbox.run(["run", "--as-of", "2021-03-02"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("error[history-newer]"), "{}", ran.stderr);
    rusqlite::Connection::open(&path).expect("opens").execute_batch("PRAGMA user_version = 2").expect("alters");
    assert_eq!(sandbox.run(["run", "--as-of", "2021-03-02"]).code, Some(1));
}

#[test]
fn a_past_report_comes_back_byte_for_byte() {
    let sandbox = sandbox();
    let mut reports = Vec::new();
    for day in ["2021-02-01", "2021-03-01", "2021-06-01"] {
        sandbox.run(["run", "--as-of", day]);
        reports.push(sandbox.read("out/latest.json"));
    }
    for (number, report) in reports.iter().enumerate() {
        let run = (number + 1).to_string();
        assert_eq!(sandbox.run(["history", "show", &run, "-o", "json"]).stdout, *report);
        assert_eq!(sandbox.run(["history", "show", &run, "-o", "json=again.json"]).code, Some(0));
        assert_eq!(sandbox.read("again.json"), *report);
    }
    // Other formats are those of `report`.
    let shown = sandbox.run(["history", "show", "2", "-o", "md"]).stdout;
    sandbox.write("two.json", &reports[1]);
    assert_eq!(sandbox.run(["report", "two.json", "-o", "md"]).stdout, shown);
}

#[test]
fn every_line_of_the_log_has_the_number_of_the_run() {
    let sandbox = sandbox();
    sandbox.write("exports/bad.csv", "asset,vendor,product\nb,\"\n");
    let ran = sandbox.run(["run", "--as-of", "2021-03-01", "--log", "json"]);
    let lines: Vec<serde_json::Value> =
        ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect();
    assert!(lines.len() >= 3, "{}", ran.stderr);
    assert!(lines.iter().all(|line| line["span"]["number"] == 1), "{}", ran.stderr);
    assert!(lines.iter().any(|line| line["level"] == "WARN" && line["code"] == "unread-row"), "{}", ran.stderr);
    let text = sandbox.run(["run", "--as-of", "2021-03-02", "--log", "text"]).stderr;
    assert!(text.lines().all(|line| line.contains("run{number=2}")), "{text}");
}

#[test]
fn a_run_goes_on_where_nobody_reads_what_it_says() {
    let sandbox = sandbox();
    for (number, more) in [&["--log", "json"][..], &["--log", "text"], &[]].into_iter().enumerate() {
        let day = format!("2021-04-0{}", number + 1);
        let args = ["run", "--as-of", &day].into_iter().chain(more.iter().copied());
        let mut child = sandbox
            .command(args, "")
            .stderr(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("starts");
        drop(child.stderr.take());
        let code = child.wait().expect("ends").code();
        let list = sandbox.run(["history", "list"]).stdout;
        assert!(matches!(code, Some(0 | 1)) && list.contains(&day), "{more:?}: {code:?}\n{list}");
    }
}
