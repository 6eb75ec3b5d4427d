//! The library as another program meets it.

use std::error::Error as _;
use std::io::{self, Read};

use super::*;
use crate::model::Status;
use crate::report::Format;

const RULE: &str = r#"
schema = 1
id = "us-office-southwind-2021"
title = "Southwind may not be used"
kind = "use-ban"
jurisdiction = "US"
authority = "Office"
url = "https://office.example/1"
announced = 2021-01-01
names = "listed"
sources = [{ url = "https://office.example/1", retrieved = 2021-01-01 }]
[[covers]]
entities = ["southwind-example"]
[[measures]]
effect = "no-use"
binds = ["companies"]
nexus = ["person"]
from = 2021-03-01
"#;

const ENTITY: &str = "schema = 1\nname = \"Southwind Example\"\nkind = \"organisation\"\ncountry = \"US\"\n";

fn layers() -> RuleLayers {
    Rules::layers().text("entities/southwind-example.toml", ENTITY).text("us/us-office-southwind-2021.toml", RULE)
}

fn southwind() -> Rules {
    layers().without_shipped().load().expect("rules")
}

fn check(rules: &Rules) -> Check<'_> {
    rules.check("2021-03-01").expect("a day").jurisdiction("US").expect("a place")
}

fn item() -> Item {
    Item::new().vendor("Southwind Example").product("Sail")
}

#[test]
fn what_is_loaded_once_serves_every_thread() {
    fn shared<T: Send + Sync>() {}
    shared::<Rules>();
    shared::<Check<'_>>();
    shared::<Report>();
    shared::<Error>();
    shared::<Item>();
}

#[test]
fn words_and_dates_that_name_nothing_are_refused_with_the_nearest() {
    let rules = Rules::shipped();
    let day = || rules.check("2024-10-01").expect("a day");
    let told = |error: Error| error.to_string();
    assert_eq!(told(day().jurisdiction("Germny").unwrap_err()), "unknown jurisdiction `Germny`; did you mean `Germany`?");
    assert_eq!(told(day().location("\u{1b}[2J").unwrap_err()), "unknown jurisdiction `␛[2J`");
    assert_eq!(
        told(day().audience("federal-goverment").unwrap_err()),
        "unknown audience `federal-goverment`; did you mean `federal-government`?"
    );
    for text in ["", "yesterday", "2024-13-01", "2024", "2024-10-01T12:00:00"] {
        assert!(matches!(rules.check(text), Err(Error::InvalidDate { text: same }) if same == text), "{text}");
        assert!(day().known_on(text).is_err(), "{text}");
    }
}

#[test]
fn every_item_ends_up_in_a_count() {
    let rules = southwind();
    let items = [
        item().asset("pc-1"),
        item().acquired("01.03.2021"),
        Item::new(),
        Item::new().product("x".repeat(2 << 20)),
        Item::new().vendor("Other").product("Thing\n\"quoted\"\u{0}\u{1b}[31m"),
        item().asset("pc-2").quantity(5),
    ];
    let report = check(&rules).run([Inventory::items("cart", &items)]);
    assert_eq!((report.items(), report.unread(), report.unidentified()), (4, 2, 1));
    assert_eq!((report.count(Status::Banned), report.count(Status::Clear)), (2, 1));
    let found: Vec<_> = report.findings().map(|finding| (finding.line(), finding.asset().to_owned())).collect();
    assert_eq!(found, [(1, "pc-1".to_owned()), (6, "pc-2".to_owned())]);
    let unread: Vec<_> = report.problems().iter().filter(|problem| problem.code() == "unread-row").collect();
    assert_eq!(unread.iter().map(|problem| problem.line()).collect::<Vec<_>>(), [Some(2), Some(4)]);
    assert!(unread[0].message().contains("`acquired` is"), "{}", unread[0]);
    assert_eq!(unread[0].file(), Some("cart"));
}

#[test]
fn nothing_to_check_is_no_pass() {
    let rules = southwind();
    for report in [check(&rules).run([]), check(&rules).run([Inventory::items("cart", [] as [Item; 0])])] {
        assert_eq!((report.passes(), report.exit_code()), (false, 3));
    }
}

#[test]
fn an_inventory_that_cannot_be_read_fails_the_report_and_not_the_others() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the line is dead"))
        }
    }
    let rules = southwind();
    let csv = b"vendor,product\nSouthwind Example,Sail\n";
    let report = check(&rules).run([Inventory::reader("far", Broken), Inventory::bytes("near.csv", csv)]);
    assert_eq!((report.exit_code(), report.passes(), report.unread()), (2, false, 1));
    assert_eq!(report.findings().map(|finding| finding.source().to_owned()).collect::<Vec<_>>(), ["near.csv"]);
    let problem = report.problems().iter().find(|problem| problem.is_error()).expect("a problem");
    assert_eq!((problem.code(), problem.file()), ("unreadable-file", Some("far")));
    assert!(problem.to_string().contains("the line is dead"), "{problem}");
}

#[test]
fn a_place_that_nobody_knows_is_a_problem() {
    let rules = southwind();
    let report = check(&rules).run([Inventory::items("cart", [item().location("Atlantis")])]);
    assert!(report.problems().iter().any(|problem| problem.message().contains("Atlantis")), "{:?}", report.problems());
}

#[test]
fn what_concerns_others_only_is_counted() {
    let rules = Rules::layers().text("entities/southwind-example.toml", ENTITY).without_shipped();
    let rules = rules.text("us/rule.toml", RULE.replace("companies", "federal-government")).load().expect("rules");
    let run = |check: Check<'_>| check.run([Inventory::items("cart", [item()])]);
    let report = run(check(&rules));
    assert!(report.passes() && report.findings().next().is_none());
    assert_eq!(report.other_audiences().collect::<Vec<_>>(), [("federal-government", 1)]);
    let report = run(check(&rules).audience("all").expect("all"));
    assert_eq!((report.exit_code(), report.findings().count()), (1, 1));
}

#[test]
fn what_is_wrong_in_rules_says_where() {
    let Err(Error::WrongRules(problems)) = layers().text("us/bad.toml", "schema = 1\nid = \"us-x\"\nfrmo = 2021-01-01\n").load()
    else {
        panic!("the rule has errors")
    };
    let problem = problems.iter().find(|problem| problem.code() == "unknown-key").expect("an unknown key");
    assert!(problem.is_error());
    assert_eq!((problem.file(), problem.line(), problem.column()), (Some("us/bad.toml"), Some(3), Some(1)));
}

#[test]
fn rules_that_cannot_be_had_are_errors() {
    let Err(error @ Error::UnreadableRules { .. }) = Rules::layers().path("no/such/folder").load() else { panic!("no folder") };
    assert_eq!(error.to_string(), "cannot read `no/such/folder`");
    assert!(error.source().is_some());
    assert!(matches!(Rules::layers().without_shipped().load(), Err(Error::NoRules)));
    assert!(matches!(Rules::layers().text("entities/a.toml", ENTITY).without_shipped().load(), Err(Error::NoRules)));
}

#[test]
fn layers_replace_and_add() {
    let shipped = Rules::shipped();
    assert_eq!(Rules::layers().load().expect("shipped").digest(), shipped.digest());
    let own = layers().load().expect("rules");
    assert_eq!((own.count(), own.warnings().len()), (shipped.count() + 1, 0));
    assert_ne!(own.digest(), shipped.digest());
    let replaced = RULE.replace("us-office-southwind-2021", "us-bis-kaspersky-2024");
    let replaced = layers().text("us/us-bis-kaspersky-2024.toml", replaced).load().expect("rules");
    assert_eq!(replaced.count(), own.count());
    assert_eq!(replaced.warnings().iter().map(Problem::code).collect::<Vec<_>>(), ["replaced-rule"]);
}

#[test]
fn a_finding_serializes_as_in_the_report() {
    let rules = southwind();
    let report = check(&rules).run([Inventory::items("cart", [item()])]);
    let mut json = Vec::new();
    report.write(Format::Json, &mut json).expect("memory");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let findings: Vec<_> = report.findings().map(|finding| serde_json::to_value(finding).expect("JSON")).collect();
    assert_eq!(json["findings"], serde_json::Value::Array(findings));
}
