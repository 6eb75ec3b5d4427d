//! Nights in a row over the library: every change is told once, on its day, with its cause.

use std::collections::BTreeSet;
use std::io;

use chrono::NaiveDate;
use interdict::changes::{self, Today};
use interdict::diag::{Diagnostics, Sources};
use interdict::evaluate::Asker;
use interdict::gate::{FailOn, GateTerms};
use interdict::history::compare::difference;
use interdict::history::{Entry, InputRecord, Mode, Pack as Digests, Store};
use interdict::inventory::Bytes;
use interdict::model::{Cause, Change, ChangeKind, Moment};
use interdict::pack::compile::Pack;
use interdict::pack::digests::digests;
use interdict::pack::load;
use interdict::pipeline::{self, Input, Job};
use interdict::report::json;
use interdict::waiver::{self};

use super::common::cases;

/// A history that nights are added to.
struct Nights {
    store: Store,
    pack: Pack,
    digests: Digests,
    job: Job,
    folder: tempfile::TempDir,
}

fn day(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("a day")
}

impl Nights {
    fn new(pack: Pack) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("history.db"), Mode::Create).expect("opens");
        let asker = Asker { jurisdictions: vec!["US".to_owned()], ..Asker::new(Moment::Day(day("2000-01-01"))) };
        let gate = GateTerms { fail_on: FailOn::Never, allow_unread: true, ..GateTerms::default() };
        let job = Job { gate, version: "0.0.0".to_owned(), ..Job::new(asker) };
        Self { store, digests: digests(&pack.catalogue), pack, job, folder }
    }

    fn rules(&mut self, pack: Pack) {
        (self.digests, self.pack) = (digests(&pack.catalogue), pack);
    }

    /// One night: these inventories (no text: it cannot be read), on that day.
    fn night(&mut self, on: NaiveDate, inventories: &[(&str, Option<&str>)]) -> Vec<Change> {
        self.job.asker.as_of = Moment::Day(on);
        self.job.asker.known_on = Some(Moment::Day(on));
        let former = self.store.former().expect("reads");
        let inputs = inventories.iter().map(|(name, text)| {
            let bytes = text.map(|text| Box::new(io::Cursor::new(text.to_owned())) as Box<dyn Bytes>);
            Input::new(*name, bytes.ok_or_else(|| io::Error::other("it is away")))
        });
        let watch = former.as_ref().map(changes::watch).unwrap_or_default();
        let outcome = pipeline::check_watching(&self.job, &self.pack, inputs, watch);
        let settings = changes::settings(&self.job.asker, None, &self.job.ignored, &self.job.waivers.decisions);
        let today = Today {
            pack: &self.pack,
            digests: &self.digests,
            asker: &self.job.asker,
            ignored: &self.job.ignored,
            settings: &settings,
            audited: &outcome.audited,
            report: &outcome.report,
        };
        let found = former.as_ref().map(|former| changes::find(former, today)).unwrap_or_default();
        let mut bytes = Vec::new();
        json::write_pretty(&outcome.report, &mut bytes).expect("writes to memory");
        let entry = Entry {
            notices: Vec::new(),
            recorded: format!("{on}T23:00:00Z"),
            report: &outcome.report,
            json: &bytes,
            settings,
            pack: self.digests.clone(),
            inputs: vec![InputRecord { name: "fleet.csv".to_owned(), digest: None }],
            changes: found.clone(),
        };
        self.store.record(&entry, former.map(|former| former.run.run)).expect("records");
        found
    }

    /// The same, in short: kind, cause, day and detail of each change, and the product.
    fn told(&mut self, on: &str, inventories: &[(&str, Option<&str>)]) -> Vec<String> {
        self.night(day(on), inventories).iter().map(short).collect()
    }
}

fn short(change: &Change) -> String {
    let on = change.on.as_deref().map(|on| format!(" {on}")).unwrap_or_default();
    let detail = change.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("{} {} {}{on}{detail}", change.product, change.kind.as_str(), change.cause.as_str())
}

/// The rules of the fixtures, with some text of them replaced.
fn northstar(from: &str, to: &str) -> Pack {
    let mut texts = load::read_texts(&cases().join("fixtures/pack")).expect("the fixture");
    for text in texts.iter_mut().filter(|text| text.path.ends_with("us-office-northstar-2021.toml")) {
        let old = String::from_utf8(text.bytes.clone()).expect("text");
        assert!(old.contains(from), "{from}");
        text.bytes = old.replace(from, to).into_bytes();
    }
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let mut catalogue = interdict::builtin::catalogue();
    catalogue.rules.clear();
    let layer = load::add_layer(catalogue, texts, false, &mut sources, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{:?}", diagnostics.iter().map(|one| &one.message).collect::<Vec<_>>());
    Pack::new(layer.catalogue)
}

const GUARD: &str = "asset,vendor,product,version\na,Northstar,Northstar Guard,5\n";
const EMPTY: &str = "asset,vendor,product,version\nz,Mozilla,Firefox,1\n";

#[test]
fn a_year_of_nights_tells_each_change_once_on_its_day_with_its_cause() {
    let fleet = "asset,vendor,product,location\npc-1,AO Kaspersky Lab,Kaspersky Plus,US\n\
        phone-1,TikTok Ltd.,TikTok,US\npc-2,Mozilla,Firefox,US\n";
    let mut nights = Nights::new(interdict::builtin::pack());
    let mut all = Vec::new();
    let last = day("2025-06-30");
    for on in day("2024-06-01").iter_days().take_while(|on| *on <= last) {
        for change in nights.night(on, &[("fleet.csv", Some(fleet))]) {
            assert_eq!(change.cause, Cause::DateReached, "{on}: {change:?}");
            assert_eq!(change.on.as_deref(), Some(on.to_string().as_str()), "{change:?}");
            let status = |status: Option<interdict::model::Status>| status.map_or("none", interdict::model::Status::as_str);
            all.push((on.to_string(), change.rule.clone(), status(change.before), status(change.after)));
        }
    }
    let of = |rule: &str| {
        let steps = all.iter().filter(|(_, id, ..)| id == rule);
        steps.map(|(on, _, before, after)| (on.as_str(), *before, *after)).collect::<Vec<_>>()
    };
    assert_eq!(
        of("us-bis-kaspersky-2024"),
        [("2024-06-20", "none", "upcoming"), ("2024-07-20", "upcoming", "no-sale"), ("2024-09-29", "no-sale", "no-updates"),]
    );
    assert_eq!(of("us-congress-pafaca-2024"), [("2025-01-19", "upcoming", "banned")]);
    assert_eq!(of("us-ofac-kaspersky-executives-2024"), [("2024-06-21", "none", "advisory")]);
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "a change was told twice: {all:#?}");
    assert!(nights.store.verify().expect("reads").faults.is_empty());
    // From any night to any later one, the same changes add up.
    let find = |name: &str| nights.store.find(name).expect("is there");
    let whole = difference(&nights.store, find("2024-06-01"), find("latest")).expect("compares");
    let kaspersky = whole.changes.iter().find(|net| net.change.rule == "us-bis-kaspersky-2024").expect("changed");
    assert_eq!((kaspersky.change.kind, kaspersky.steps.len()), (ChangeKind::New, 3));
    let size = std::fs::metadata(nights.folder.path().join("history.db")).expect("is there").len();
    assert!(size < 4 << 20, "{size} bytes for {} nights", nights.store.runs().expect("reads").len());
}

#[test]
fn items_come_go_and_change_and_are_told_from_dates() {
    let mut nights = Nights::new(northstar("kind", "kind"));
    assert!(nights.told("2021-03-02", &[("f.csv", Some(EMPTY))]).is_empty());
    assert_eq!(nights.told("2021-03-03", &[("f.csv", Some(GUARD))]), ["Northstar Guard new item-came"]);
    assert!(nights.told("2021-03-04", &[("f.csv", Some(GUARD))]).is_empty());
    // Another file name and other lines are no news.
    let moved = GUARD.replace("\na,", "\nz,Mozilla,Firefox,1\na,");
    assert!(nights.told("2021-03-05", &[("f-2021-03-05.csv", Some(&moved))]).is_empty());
    // Two dates passed since: the last is told, as it stands now.
    assert_eq!(
        nights.told("2021-09-10", &[("f.csv", Some(GUARD))]),
        ["Northstar Guard worse date-reached 2021-09-01: no-use in force"]
    );
    assert_eq!(
        nights.told("2021-10-01", &[("f.csv", Some(GUARD))]),
        ["Northstar Guard better date-reached 2021-10-01: no-use suspended"]
    );
    assert_eq!(nights.told("2021-10-02", &[("f.csv", Some(EMPTY))]), ["Northstar Guard gone item-went"]);
    assert!(nights.told("2021-10-03", &[("f.csv", Some(EMPTY))]).is_empty());
    let verified = nights.store.verify().expect("reads");
    assert_eq!(verified.faults, []);
}

#[test]
fn a_rule_that_was_changed_is_told_from_a_date_and_from_an_item() {
    let mut nights = Nights::new(northstar("kind", "kind"));
    nights.told("2021-02-01", &[("f.csv", Some(GUARD))]);
    nights.rules(northstar("from = 2021-03-01", "from = 2021-02-01"));
    assert_eq!(nights.told("2021-02-02", &[("f.csv", Some(GUARD))]), ["Northstar Guard worse rule-changed"]);
    // What is only told of a rule is no change; an item that comes then came.
    nights.rules(northstar("from = 2021-03-01", "from = 2021-02-01"));
    let two = format!("{GUARD}b,Northstar,Northstar Guard,5\n");
    assert_eq!(nights.told("2021-02-03", &[("f.csv", Some(&two))]), ["Northstar Guard new item-came"]);
    nights.rules(northstar("products = [\"northstar-notes\"]", "products = [\"northstar-guard\"]"));
    let told = nights.told("2021-02-04", &[("f.csv", Some(GUARD))]);
    assert_eq!(told, ["Northstar Guard gone rule-changed", "Northstar Guard gone item-went"]);
}

#[test]
fn who_asks_is_a_cause_of_its_own() {
    let mut nights = Nights::new(northstar("kind", "kind"));
    nights.job.asker.jurisdictions = vec!["DE".to_owned()];
    let placed = "asset,vendor,product,location\na,Northstar,Northstar Guard,DE\n";
    assert!(nights.told("2021-03-02", &[("f.csv", Some(placed))]).is_empty());
    nights.job.asker.jurisdictions = vec!["US".to_owned()];
    assert_eq!(nights.told("2021-03-03", &[("f.csv", Some(placed))]), ["Northstar Guard new configuration: jurisdictions"]);
    nights.job.asker.jurisdictions = vec!["DE".to_owned()];
    assert_eq!(nights.told("2021-03-04", &[("f.csv", Some(placed))]), ["Northstar Guard gone configuration: jurisdictions"]);
    // The machine was moved.
    let here = placed.replace(",DE", ",US");
    nights.told("2021-03-05", &[("f.csv", Some(&here))]);
    assert_eq!(nights.told("2021-03-06", &[("f.csv", Some(placed))]), ["Northstar Guard gone item-changed"]);
}

#[test]
fn a_decision_is_a_cause_of_its_own() {
    let mut nights = Nights::new(northstar("kind", "kind"));
    let similar = "asset,vendor,product\na,Northstarr,Guard Suite\n";
    let was = nights.night(day("2021-03-02"), &[("f.csv", Some(similar))]);
    assert!(was.is_empty());
    let text =
        "schema = 1\n[[decisions]]\nentity = \"northstar\"\nvendor = \"Northstarr\"\nis = false\nreason = \"r\"\nowner = \"o\"\n";
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let source = sources.add("waivers.toml", text);
    nights.job.waivers = waiver::read(text, source, &nights.pack, &sources, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{diagnostics:?}");
    assert_eq!(nights.told("2021-03-03", &[("f.csv", Some(similar))]), ["Guard Suite gone configuration: decisions"]);
    assert!(nights.told("2021-03-04", &[("f.csv", Some(similar))]).is_empty());
}

#[test]
fn what_could_not_be_read_is_not_gone() {
    let mut nights = Nights::new(northstar("kind", "kind"));
    let other = ("o.csv", Some(EMPTY));
    nights.told("2021-03-02", &[("f.csv", Some(GUARD)), other]);
    let told = nights.told("2021-03-03", &[("f.csv", None), other]);
    assert_eq!(told, ["Northstar Guard unseen unread: f.csv"]);
    assert!(nights.told("2021-03-04", &[("f.csv", None), other]).is_empty());
    assert_eq!(nights.told("2021-03-05", &[("f.csv", Some(GUARD)), other]), ["Northstar Guard seen-again unread"]);
    // A row that was never read does not keep items from going.
    let broken = format!("{GUARD}b,\"\n");
    nights.told("2021-03-06", &[("f.csv", None), other]);
    assert_eq!(nights.told("2021-03-07", &[("f.csv", Some(EMPTY)), other]), ["Northstar Guard gone item-went"]);
    nights.told("2021-03-08", &[("f.csv", Some(&broken)), other]);
    let without = broken.replace("Northstar,Northstar Guard", "Mozilla,Firefox");
    assert_eq!(nights.told("2021-03-09", &[("f.csv", Some(&without)), other]), ["Northstar Guard gone item-went"]);
    assert_eq!(nights.store.verify().expect("reads").faults, []);
}

#[test]
fn a_waiver_that_ends_tonight_is_told_tomorrow() {
    let mut nights = Nights::new(northstar("kind", "kind"));
    nights.told("2021-03-02", &[("f.csv", Some(GUARD))]);
    let text = "schema = 1\n[[waivers]]\nrule = \"us-office-northstar-2021\"\nreason = \"r\"\nowner = \"o\"\n\
        approved-by = \"a\"\nuntil = 2021-03-10\n";
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let source = sources.add("waivers.toml", text);
    nights.job.waivers = waiver::read(text, source, &nights.pack, &sources, &mut diagnostics);
    assert_eq!(nights.told("2021-03-09", &[("f.csv", Some(GUARD))]), ["Northstar Guard now-waived waiver: until 2021-03-10"]);
    assert!(nights.told("2021-03-10", &[("f.csv", Some(GUARD))]).is_empty());
    assert_eq!(
        nights.told("2021-03-11", &[("f.csv", Some(GUARD))]),
        ["Northstar Guard waiver-ended waiver 2021-03-10: it ran out on 2021-03-10"]
    );
    assert!(nights.told("2021-03-12", &[("f.csv", Some(GUARD))]).is_empty());
}
