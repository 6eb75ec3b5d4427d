//! The history over reports of the sample: recorded, read back, altered, pruned.

use std::collections::BTreeMap;

use super::*;
use crate::model::{Cause, Change, ChangeKind, Status};
use crate::report::{Report, json, sample};

fn bytes(report: &Report) -> Vec<u8> {
    let mut out = Vec::new();
    json::write_pretty(report, &mut out).expect("writes to memory");
    out
}

fn entry<'a>(report: &'a Report, json: &'a [u8], changes: Vec<Change>) -> Entry<'a> {
    Entry {
        notices: Vec::new(),
        recorded: format!("{}T23:00:00Z", report.as_of),
        report,
        json,
        settings: BTreeMap::from([("jurisdictions".to_owned(), "US".to_owned())]),
        pack: Pack::from([("rule:a".to_owned(), "0".to_owned())]),
        inputs: vec![InputRecord { name: "fleet.csv".to_owned(), digest: None }],
        changes,
    }
}

fn on(day: &str) -> Report {
    Report { as_of: day.to_owned(), ..sample() }
}

fn record(store: &mut Store, report: &Report, changes: Vec<Change>) -> Recorded {
    let after = store.latest().expect("reads").map(|run| run.run);
    store.record(&entry(report, &bytes(report), changes), after).expect("records")
}

fn change(report: &Report, at: usize, kind: ChangeKind, cause: Cause) -> Change {
    let finding = &report.findings[at];
    Change {
        fingerprint: finding.fingerprint.clone(),
        kind,
        before: Some(finding.status),
        after: (kind != ChangeKind::Gone).then_some(finding.status),
        waived: false,
        cause,
        on: None,
        detail: None,
        rule: finding.rule.id.clone(),
        vendor: finding.item.vendor.to_string(),
        product: finding.item.product.to_string(),
        asset: finding.item.asset.to_string(),
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("history.db")
    }

    fn open(&self) -> Store {
        Store::open(&self.path(), Mode::Create).expect("opens")
    }

    /// Does to the database what no program of ours does.
    fn alter(&self, sql: &str) {
        let db = rusqlite::Connection::open(self.path()).expect("opens");
        db.execute_batch(sql).expect("alters");
    }
}

fn three() -> Folder {
    let folder = Folder::new();
    let mut store = folder.open();
    for day in ["2024-07-18", "2024-07-19", "2024-07-20"] {
        record(&mut store, &on(day), Vec::new());
    }
    folder
}

#[test]
fn reports_come_back_and_the_same_run_is_recorded_once() {
    let folder = Folder::new();
    let mut store = folder.open();
    assert!(matches!(record(&mut store, &on("2024-07-18"), Vec::new()), Recorded::New(run) if run.run == 1));
    assert!(matches!(record(&mut store, &on("2024-07-18"), Vec::new()), Recorded::Same(run) if run.run == 1));
    assert!(matches!(record(&mut store, &on("2024-07-19"), Vec::new()), Recorded::New(run) if run.run == 2));
    drop(store);
    let store = Store::open(&folder.path(), Mode::ReadOnly).expect("opens");
    assert_eq!(store.report(1).expect("is there"), bytes(&on("2024-07-18")));
    assert_eq!(store.report(2).expect("is there"), bytes(&on("2024-07-19")));
    for (name, run) in [("1", 1), ("2024-07-19", 2), ("latest", 2), (" 2 ", 2)] {
        assert_eq!(store.find(name).expect("is there").run, run, "{name}");
    }
    for name in ["3", "0", "2024-07-20", "newest", ""] {
        assert!(matches!(store.find(name), Err(HistoryError::NoRun(_))), "{name}");
    }
    let verified = store.verify().expect("reads");
    assert_eq!((verified.runs, verified.faults), (2, Vec::new()));
    assert_eq!(verified.newest.as_deref(), Some(store.latest().expect("reads").expect("one").digest.as_str()));
}

#[test]
fn a_run_that_another_overtook_is_not_recorded() {
    let folder = Folder::new();
    let mut store = folder.open();
    record(&mut store, &on("2024-07-18"), Vec::new());
    let report = on("2024-07-19");
    let error = store.record(&entry(&report, &bytes(&report), Vec::new()), None).expect_err("fails");
    assert!(matches!(error, HistoryError::Overtaken));
    assert_eq!(store.runs().expect("reads").len(), 1);
}

#[test]
fn whatever_is_altered_shows_and_names_the_run() {
    let cases: &[(&str, Option<u64>)] = &[
        ("UPDATE chain SET record = replace(record, '2024-07-19', '2024-07-17') WHERE seq = 2", Some(2)),
        ("UPDATE chain SET digest = 'sha256:00' WHERE seq = 1", Some(1)),
        ("UPDATE runs SET as_of = '2024-07-01' WHERE id = 3", Some(3)),
        ("UPDATE runs SET layout = (SELECT layout FROM runs WHERE id = 1) WHERE id = 2", Some(2)),
        ("UPDATE runs SET layout = NULL, inputs = NULL, pack = NULL WHERE id = 2", Some(2)),
        ("PRAGMA foreign_keys = off; DELETE FROM runs WHERE id = 2; DELETE FROM chain WHERE seq = 2", Some(3)),
        ("PRAGMA foreign_keys = off; DELETE FROM runs WHERE id = 3", Some(3)),
        ("UPDATE pieces SET body = x'005b5d' WHERE id = 1", Some(1)),
        ("UPDATE pieces SET body = x'0100' WHERE id = (SELECT layout FROM runs WHERE id = 2)", Some(2)),
        ("PRAGMA foreign_keys = off; DELETE FROM pieces WHERE id = (SELECT layout FROM runs WHERE id = 2)", Some(2)),
        ("UPDATE seen SET status = 'review' WHERE id = 1", Some(1)),
        ("DELETE FROM seen WHERE id = 1", Some(1)),
        ("INSERT INTO changes SELECT 2, 0, min(id), 'gone', NULL, NULL, 0, 'item-went', NULL, NULL FROM subjects", Some(2)),
    ];
    for (sql, run) in cases {
        let folder = three();
        assert!(folder.open().verify().expect("reads").faults.is_empty());
        folder.alter(sql);
        let faults = folder.open().verify().expect("reads").faults;
        assert!(faults.iter().any(|fault| fault.run == *run), "{sql}: {faults:?}");
    }
}

#[test]
fn findings_are_followed_and_differences_say_why() {
    let folder = Folder::new();
    let mut store = folder.open();
    let first = on("2024-07-18");
    record(&mut store, &first, Vec::new());
    let mut second = on("2024-07-19");
    let gone = second.findings.remove(0);
    record(&mut store, &second, vec![change(&first, 0, ChangeKind::Gone, Cause::ItemWent)]);
    let mut third = on("2024-07-20");
    third.findings[1].status = Status::Review;
    let back = Change { before: None, ..change(&third, 0, ChangeKind::New, Cause::ItemCame) };
    record(&mut store, &third, vec![back, change(&third, 1, ChangeKind::Better, Cause::DateReached)]);
    let difference = |from: &str, to: &str| {
        compare::difference(&store, store.find(from).expect("is there"), store.find(to).expect("is there")).expect("compares")
    };
    let kinds = |difference: &compare::Difference| difference.changes.iter().map(|net| net.change.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&difference("1", "2")), [ChangeKind::Gone]);
    assert_eq!(kinds(&difference("2", "3")), [ChangeKind::New, ChangeKind::Better]);
    let whole = difference("3", "1");
    assert_eq!((kinds(&whole), whole.passing), (vec![ChangeKind::Better], 1));
    assert_eq!((whole.from.run, whole.to.run), (1, 3));
    let story = store.story(Some(&gone.fingerprint)).expect("reads");
    let stretches: Vec<_> = story.iter().map(|one| (one.first_run, one.last_run)).collect();
    assert_eq!(stretches, [(1, Some(1)), (3, None)]);
    assert!(store.verify().expect("reads").faults.is_empty());
    let former = store.former().expect("reads").expect("one");
    assert_eq!(former.findings.len(), third.findings.len());
    let points = trend::points(&store, Some("2024-07-19")).expect("reads");
    assert_eq!(points.len(), 2);
    assert_eq!(points[1].changes[&ChangeKind::New], 1);
}

#[test]
fn what_could_not_be_read_is_kept_in_mind_until_it_can() {
    let folder = Folder::new();
    let mut store = folder.open();
    let first = on("2024-07-18");
    record(&mut store, &first, Vec::new());
    let mut second = on("2024-07-19");
    second.findings.remove(0);
    record(&mut store, &second, vec![change(&first, 0, ChangeKind::Unseen, Cause::Unread)]);
    record(&mut store, &Report { as_of: "2024-07-20".into(), ..second.clone() }, Vec::new());
    let former = store.former().expect("reads").expect("one");
    let finding = &former.findings[&first.findings[0].fingerprint];
    assert!(finding.unseen && finding.status == first.findings[0].status, "{finding:?}");
    assert_eq!(finding.sighting.source, &*first.findings[0].item.source);
    let fourth = on("2024-07-21");
    record(&mut store, &fourth, vec![change(&first, 0, ChangeKind::SeenAgain, Cause::Unread)]);
    let story = store.story(Some(&first.findings[0].fingerprint)).expect("reads");
    let stretches: Vec<_> = story.iter().map(|one| (one.first_run, one.last_run, one.unseen)).collect();
    assert_eq!(stretches, [(1, Some(1), false), (2, Some(3), true), (4, None, false)]);
    assert!(store.verify().expect("reads").faults.is_empty());
}

#[test]
fn pruned_runs_keep_their_place_in_the_chain() {
    let folder = three();
    let mut store = folder.open();
    assert_eq!(store.prunable(&Keep::Since("2099-01-01".into())).expect("reads").len(), 2, "the newest stays");
    let gone = store.prune(&Keep::Newest(1), "2024-07-21T00:00:00Z").expect("prunes");
    assert_eq!(gone.iter().map(|run| run.run).collect::<Vec<_>>(), [1, 2]);
    assert!(matches!(store.report(1), Err(HistoryError::Pruned(1))));
    assert_eq!(store.report(3).expect("is there"), bytes(&on("2024-07-20")));
    let verified = store.verify().expect("reads");
    assert_eq!((verified.runs, verified.pruned, verified.faults), (3, 2, Vec::new()));
    record(&mut store, &on("2024-07-22"), Vec::new());
    assert!(store.verify().expect("reads").faults.is_empty());
    assert!(store.prune(&Keep::Newest(2), "2024-07-23T00:00:00Z").expect("prunes").is_empty());
    let error = compare::difference(&store, store.find("1").expect("is there"), store.find("4").expect("is there"));
    assert!(matches!(error, Err(HistoryError::Pruned(1))));
    // Who prunes without saying so is found out.
    folder.alter("DELETE FROM chain WHERE kind = 'prune'");
    assert!(!folder.open().verify().expect("reads").faults.is_empty());
}

#[test]
fn the_export_can_be_checked_without_us() {
    let folder = three();
    let mut store = folder.open();
    store.prune(&Keep::Newest(2), "2024-07-21T00:00:00Z").expect("prunes");
    let mut out = Vec::new();
    store.export(true, &mut out).expect("reads").expect("writes");
    let mut last = chain::START.to_owned();
    let lines: Vec<serde_json::Value> =
        String::from_utf8(out).expect("text").lines().map(|line| serde_json::from_str(line).expect("json")).collect();
    for line in &lines {
        let text = |key: &str| line[key].as_str().expect("text");
        last = crate::model::digest::sha256(format!("{last}\n{}\n{}", text("kind"), text("record")).as_bytes());
        assert_eq!(last, text("digest"));
    }
    assert_eq!(lines.len(), 4);
    assert_eq!((lines[0]["pruned"].as_bool(), lines[2]["report"]["as-of"].as_str()), (Some(true), Some("2024-07-20")));
}

#[test]
fn what_is_no_history_or_a_newer_or_a_damaged_one_is_told_apart() {
    let folder = Folder::new();
    let open = || Store::open(&folder.path(), Mode::Create).map(drop);
    assert!(matches!(Store::open(&folder.path(), Mode::Existing).map(drop), Err(HistoryError::Missing(_))));
    std::fs::write(folder.path(), "this is no database, it is a text that is long enough to be none".repeat(20)).expect("writes");
    assert!(matches!(open(), Err(HistoryError::Corrupt { .. })));
    std::fs::remove_file(folder.path()).expect("removes");
    folder.alter("CREATE TABLE mine (id INTEGER)");
    assert!(matches!(open(), Err(HistoryError::Foreign(_))));
    std::fs::remove_file(folder.path()).expect("removes");
    open().expect("opens");
    folder.alter("PRAGMA user_version = 99");
    assert!(matches!(open(), Err(HistoryError::Newer { found: 99, .. })));
}

#[test]
fn a_truncated_or_overwritten_file_is_an_error_and_no_panic() {
    let folder = three();
    folder.alter("PRAGMA wal_checkpoint(TRUNCATE)");
    let whole = std::fs::read(folder.path()).expect("reads");
    for at in (0..whole.len()).step_by(whole.len() / 23) {
        for text in [whole[..at].to_vec(), [&whole[..at], &[0xa5; 600], &whole[(at + 600).min(whole.len())..]].concat()] {
            let other = Folder::new();
            std::fs::write(other.path(), &text).expect("writes");
            let found = Store::open(&other.path(), Mode::Existing).and_then(|store| store.verify());
            match found {
                // A place that nothing uses may hold anything.
                Ok(verified) if verified.faults.is_empty() && !text.is_empty() => {
                    let store = Store::open(&other.path(), Mode::ReadOnly).expect("opens");
                    assert_eq!(store.runs().expect("reads").len(), 3);
                    assert_eq!(store.report(2).expect("is there"), bytes(&on("2024-07-19")), "{at} of {}", whole.len());
                }
                Ok(_) => {}
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
}

#[test]
fn a_full_disk_loses_nothing_that_was_recorded() {
    let folder = Folder::new();
    let mut store = folder.open();
    record(&mut store, &on("2024-07-18"), Vec::new());
    store.limit(1).expect("limits");
    let mut larger = on("2024-07-19");
    for number in 0..2000 {
        let mut finding = larger.findings[0].clone();
        finding.fingerprint = format!("1:{number:032x}");
        finding.item.asset = crate::model::digest::sha256(&[u8::try_from(number % 251).expect("small"), 7]).into();
        larger.findings.push(finding);
    }
    let error = store.record(&entry(&larger, &bytes(&larger), Vec::new()), Some(1)).expect_err("is full");
    assert!(matches!(error, HistoryError::Full { .. }), "{error}");
    drop(store);
    let mut store = folder.open();
    assert_eq!(store.report(1).expect("is there"), bytes(&on("2024-07-18")));
    assert!(store.verify().expect("reads").faults.is_empty());
    record(&mut store, &larger, Vec::new());
    assert_eq!(store.report(2).expect("is there"), bytes(&larger));
}

/// Simulates nights: all rows move each night and the file has a new name, some items come and go,
/// and now and then a date moves every finding. Returns the size of the file after each night.
fn simulate(folder: &Folder, nights: usize, findings: usize) -> Vec<u64> {
    let mut store = folder.open();
    let base = sample();
    let mut sizes = Vec::new();
    let start = chrono::NaiveDate::from_ymd_opt(2021, 1, 1).expect("a day");
    let mut before: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
    for (night, on) in start.iter_days().take(nights).enumerate() {
        let mut report = Report { as_of: on.to_string(), ..base.clone() };
        let source: std::sync::Arc<str> = format!("exports/fleet-{on}.csv").into();
        report.inventories.truncate(1);
        report.inventories[0].source = source.clone();
        report.findings.clear();
        // So many findings of a hundred are others each night.
        for number in 0..findings {
            let age = if number % 100 == 0 { night } else { 0 };
            let mut finding = base.findings[number % base.findings.len()].clone();
            let name = crate::model::digest::sha256(format!("{number} {age}").as_bytes());
            finding.fingerprint = format!("1:{}", &name[7..39]);
            finding.item.asset = format!("pc-{}", &name[40..52]).into();
            finding.item.version = format!("{}.{}", number % 40, number % 7).into();
            finding.item.source = source.clone();
            finding.item.line = (number * 3 + night) as u64;
            finding.rows.first = vec![crate::report::RowRef { source: source.clone(), line: finding.item.line }];
            if let Some(next) = &mut finding.next {
                next.on = start.checked_add_days(chrono::Days::new((night / 30 * 30 + 400) as u64)).expect("a day").to_string();
            }
            report.findings.push(finding);
        }
        let now: std::collections::BTreeSet<String> = report.findings.iter().map(|one| one.fingerprint().into_owned()).collect();
        let came = (0..report.findings.len()).filter(|&at| night > 0 && !before.contains(&report.findings[at].fingerprint));
        let changes = came.map(|at| change(&report, at, ChangeKind::New, Cause::ItemCame)).collect();
        before = now;
        record(&mut store, &report, changes);
        sizes.push(store.size().expect("reads"));
    }
    sizes
}

/// Five years of nights, from how the file grows. The write-ahead log comes on top, at most 4 MiB.
fn five_years(sizes: &[u64]) -> u64 {
    let (first, last) = (sizes[sizes.len() / 4], sizes[sizes.len() - 1]);
    let nights = (sizes.len() - 1 - sizes.len() / 4) as u64;
    last + (last - first) / nights * (5 * 365 - sizes.len() as u64)
}

#[test]
fn five_years_of_nights_stay_small() {
    let folder = Folder::new();
    let sizes = simulate(&folder, 40, 200);
    // A twenty-fifth of the findings, and the part of a night that does not grow with them.
    assert!(five_years(&sizes) < (200 << 20) / 10, "{} bytes, {sizes:?}", five_years(&sizes));
}

#[test]
#[ignore = "takes minutes: the size and the speed of five years with 5,000 findings, measured"]
fn five_years_of_nights_with_five_thousand_findings_stay_below_200_megabytes() {
    let folder = Folder::new();
    let sizes = simulate(&folder, 200, 5000);
    let size = five_years(&sizes);
    let store = folder.open();
    let begun = std::time::Instant::now();
    let find = |name: &str| store.find(name).expect("is there");
    let next = compare::difference(&store, find("199"), find("200")).expect("compares");
    let (short, begun) = (begun.elapsed(), std::time::Instant::now());
    let whole = compare::difference(&store, find("1"), find("200")).expect("compares");
    let (long, begun) = (begun.elapsed(), std::time::Instant::now());
    let report = store.report(150).expect("is there");
    #[expect(clippy::print_stderr, reason = "who asks for the measurement wants to see it")]
    {
        eprintln!(
            "after 200 nights {} bytes, five years {size}; diff of two nights {short:?} ({} changes), of 200 {long:?} ({}); report of {} bytes in {:?}",
            sizes[199],
            next.changes.len(),
            whole.changes.len(),
            report.len(),
            begun.elapsed()
        );
    }
    assert!(size < 200 << 20, "{size}");
    assert!(short.as_millis() < 100, "{short:?}");
}
