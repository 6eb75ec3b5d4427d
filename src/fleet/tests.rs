//! Verdicts held against the answers of a check, day by day; and what hostile tables do.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use chrono::{Days as More, NaiveDate};
use proptest::prelude::*;

use super::assess::{Assessed, Met, assess};
use super::raw::RawTable;
use super::schema::{COLUMNS, at};
use super::verdicts::{Cell, Done, Judge, Line, Tables, VerdictError, Work};
use super::{FIELDS, NULLS, Scenario, Terms, UNSPECIFIED, column, word};
use crate::audit::situation;
use crate::decision::Decisions;
use crate::diag::{Code, Diagnostics, Place, Sources};
use crate::evaluate::{Asker, Days, judge_all};
use crate::matcher::Subject;
use crate::model::{Moment, Row, Status};
use crate::pack::compile::Pack;
use crate::pack::load::{PackText, add_layer};
use crate::pack::words::Kind;
use crate::timeline;

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

pub(super) fn asker(places: &[&str], audiences: &[&str]) -> Asker {
    Asker {
        jurisdictions: places.iter().map(|&code| code.to_owned()).collect(),
        audiences: audiences.iter().filter(|name| **name != "all").map(|&name| name.to_owned()).collect(),
        all_audiences: audiences.contains(&"all"),
        ..Asker::new(Moment::Day(day("1970-01-01")))
    }
}

pub(super) fn scenario(asker: Asker) -> Scenario {
    let audience = if asker.all_audiences { "all".to_owned() } else { word(&asker.audiences) };
    Scenario { place: word(&asker.jurisdictions), audience, asker }
}

pub(super) fn terms(decisions: &Decisions) -> Terms<'_> {
    Terms { default_place: None, ignored: &[], decisions, dates: None, days: Days::default() }
}

/// Returns what a check finds on a day, as the column `acts` has it, and the whole answers.
fn checked(
    pack: &Pack,
    terms: &Terms<'_>,
    asker: &Asker,
    row: &Row<'_>,
    on: NaiveDate,
) -> (String, BTreeSet<String>, Vec<(u32, crate::evaluate::Judgement, crate::matcher::Hit)>) {
    let asker = Asker { as_of: Moment::Day(on), ..asker.clone() };
    let mut subject = Subject::new(pack, row.identity());
    let _ = terms.decisions.settle(pack, &mut subject, asker.today(pack));
    let at = situation(pack, row.location, row.audience, terms.default_place, row.dates());
    let (mut acts, mut others, mut answers) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (rule, judgement) in judge_all(pack, &asker, &subject, &at) {
        let found = &pack.catalogue.rules[rule as usize];
        if terms.ignored.contains(&found.kind) {
            continue;
        }
        match judgement.status {
            Some(status) => {
                acts.push(format!("{}={}", found.id, status.as_str()));
                let hit = subject.hits[judgement.hit].clone();
                answers.push((rule, judgement, hit));
            }
            None => others.extend(judgement.other_audiences),
        }
    }
    (acts.join(" "), others, answers)
}

/// Holds the stages of an item against a check on a day: status, acts, and every word of each finding.
#[track_caller]
fn same_on(pack: &Pack, terms: &Terms<'_>, scenario: &Scenario, row: &Row<'_>, assessed: &Assessed, on: NaiveDate) {
    let (acts, others, answers) = checked(pack, terms, &scenario.asker, row, on);
    let stage = assessed.on(on).unwrap_or_else(|| panic!("{on}: no stage"));
    let told = format!("{on}, {}/{}: {} {}", scenario.place, scenario.audience, row.vendor, row.product);
    assert_eq!(stage.acts, acts, "{told}");
    assert_eq!(stage.others, others.into_iter().collect::<Vec<_>>().join(" "), "{told}");
    let worst = answers.iter().filter_map(|(_, judgement, _)| judgement.status).min().unwrap_or(Status::Clear);
    assert_eq!(stage.standing.as_str(), worst.as_str(), "{told}");
    let holds = |from: Option<NaiveDate>, until: Option<NaiveDate>| {
        from.is_none_or(|from| from <= on) && until.is_none_or(|until| on < until)
    };
    let ours: Vec<_> = assessed.acts.iter().filter(|act| holds(act.from, act.until)).collect();
    assert_eq!(ours.len(), answers.len(), "{told}");
    for (act, (rule, judgement, hit)) in ours.iter().zip(&answers) {
        assert_eq!((act.rule, &act.judgement, &act.hit), (*rule, judgement, hit), "{told}");
    }
}

/// Every day on which an act changes, the day before and the day after: by its own dates, as the
/// timeline reads them.
fn days_of(pack: &Pack, assessed: &Assessed) -> BTreeSet<NaiveDate> {
    let rules: BTreeSet<u32> = assessed.acts.iter().map(|act| act.rule).collect();
    let entries = rules
        .iter()
        .flat_map(|&rule| timeline::of_rule(&pack.catalogue.rules[rule as usize], Moment::Day(day("1970-01-01")), None));
    let dates = entries.filter_map(|entry| entry.date.get(..10)?.parse::<NaiveDate>().ok());
    let around = |date: NaiveDate| [date.pred_opt(), Some(date), date.succ_opt()];
    dates.flat_map(around).flatten().collect()
}

#[test]
fn verdicts_of_the_rules_own_items_are_those_of_a_check_on_every_day_around_a_date() {
    let pack = crate::builtin::pack();
    let tests = crate::builtin::tests();
    let scenarios = [
        scenario(asker(&["US"], &["companies"])),
        scenario(asker(&["DE"], &[])),
        scenario(asker(&[], &["all"])),
        scenario(asker(&["US-TX", "US"], &["state-government", "companies"])),
    ];
    let (mut seen, mut held) = (BTreeSet::new(), 0);
    let step = if cfg!(debug_assertions) { 29 } else { 3 };
    for (number, test) in tests.iter().enumerate().step_by(step) {
        let item = &test.item;
        let identifiers: Vec<_> = item.identifiers.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        let row = Row {
            vendor: &item.vendor,
            product: &item.product,
            version: &item.version,
            identifiers: &identifiers,
            location: &item.location,
            audience: &item.audience,
            acquired: item.acquired.and_then(|when| when.to_string().parse().ok()),
            renewal: item.renewal.and_then(|when| when.to_string().parse().ok()),
            ..Row::default()
        };
        let scenario = &scenarios[number / step % scenarios.len()];
        let terms = terms(Decisions::NONE);
        let assessed = assess(&pack, &terms, scenario, &Met::new(&pack, &row));
        if assessed.acts.is_empty() || !seen.insert((&item.vendor, &item.product)) {
            continue;
        }
        let mut days = days_of(&pack, &assessed);
        days.extend([day("1900-01-01"), day("2024-02-29"), day("2100-01-01")]);
        for on in days {
            same_on(&pack, &terms, scenario, &row, &assessed, on);
            held += 1;
        }
    }
    assert!(held > 500, "{held} days were looked at");
}

/// Returns the shipped pack with one rule and its entities over it.
fn world(rule: &str) -> Pack {
    let file = |path: &str, text: String| PackText { path: path.to_owned(), name: path.to_owned(), bytes: text.into_bytes() };
    let texts = vec![
        file("entities/zorgol.toml", "schema = 1\nname = \"Zorgol\"\nkind = \"organisation\"\n[[relations]]\nkind = \"led-by\"\nentity = \"quux\"\nfrom = 2021-05-01\nuntil = 2023-02-01\n".to_owned()),
        file("entities/quux.toml", "schema = 1\nname = \"Quentin Quuxman\"\nkind = \"person\"\n".to_owned()),
        file("us-a.toml", rule.to_owned()),
    ];
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let layer = add_layer(crate::builtin::catalogue(), texts, false, &mut sources, &mut diagnostics);
    let wrong: Vec<String> = diagnostics.iter().map(|one| one.message.clone()).collect();
    assert!(wrong.is_empty(), "{wrong:?}\n{rule}");
    Pack::new(layer.catalogue)
}

fn a_day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..1800).prop_map(|after| day("2020-01-01") + More::new(after))
}

/// A rule of random dates: two measures, exemptions, events, entries of their own dates, a leader.
fn a_rule() -> impl Strategy<Value = (String, BTreeSet<NaiveDate>)> {
    let kinds = prop::sample::select(vec!["suspended", "not-enforced", "resumed", "revoked", "enjoined", "lapsed"]);
    let events = prop::collection::vec((kinds, a_day(), a_day(), 0_u64..200), 0..4);
    let spans = prop::collection::vec((a_day(), 1_u64..900, any::<bool>(), any::<bool>()), 2..4);
    let zone = prop::sample::select(vec!["America/New_York", "Asia/Tokyo", "UTC"]);
    (a_day(), spans, events, prop::collection::vec((a_day(), 1_u64..300, any::<bool>()), 0..3), any::<bool>(), zone).prop_map(
        |(announced, spans, events, exempt, leader, zone)| {
            let mut days = BTreeSet::from([announced]);
            let mut text = format!(
                "schema = 1\nid = \"us-a\"\ntitle = \"t\"\nkind = \"sanction\"\njurisdiction = \"US\"\nauthority = \"a\"\n\
                 url = \"https://example.org/a\"\nannounced = {announced}\ntime-zone = \"{zone}\"\n"
            );
            let entity = if leader { "quux" } else { "zorgol" };
            let later = spans[1].0;
            days.insert(later);
            text += &format!("[[covers]]\nentities = [\"{entity}\"]\n[[covers]]\nentities = [\"zorgol\"]\ncondition = \"it has a licence\"\nfrom = {later}\n");
            for (from, length, doubtful) in exempt {
                let until = from + More::new(length);
                days.extend([from, until]);
                let condition = if doubtful { "condition = \"it is exempt\"\n" } else { "" };
                text += &format!("[[exempt]]\nentities = [\"zorgol\"]\nreason = \"r\"\n{condition}from = {from}\nuntil = {until}\n");
            }
            let effects = ["no-use", "no-sale", "no-updates"];
            for (number, (from, length, ends, other)) in spans.into_iter().enumerate() {
                let until = from + More::new(length);
                days.extend([from, until]);
                let end = if ends { format!("until = {until}\n") } else { String::new() };
                let binds = if other { "federal-government" } else { "everyone" };
                text += &format!(
                    "[[measures]]\neffect = \"{}\"\nbinds = [\"{binds}\"]\nnexus = [\"territory\", \"person\"]\nfrom = {from}\n{end}",
                    effects[number]
                );
            }
            for (kind, announced, from, length) in events {
                let until = from + More::new(length);
                days.extend([announced, from, until]);
                let end = if ["suspended", "not-enforced", "enjoined"].contains(&kind) && length > 0 { format!("until = {until}\n") } else { String::new() };
                text += &format!("[[events]]\nkind = \"{kind}\"\nannounced = {announced}\nfrom = {from}\n{end}");
            }
            (text, days)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn verdicts_under_rules_of_any_dates_are_those_of_a_check((rule, days) in a_rule(), more in prop::collection::vec(a_day(), 8), known in prop::option::of(a_day())) {
        let pack = world(&rule);
        let mut who = asker(&["US"], &[]);
        who.known_on = known.map(Moment::Day);
        let scenario = scenario(who);
        let row = Row { vendor: "Zorgol", product: "Zorgol Paint", location: "US", acquired: Some(day("2022-06-01")), renewal: Some(day("2023-06-01")), ..Row::default() };
        let terms = terms(Decisions::NONE);
        let assessed = assess(&pack, &terms, &scenario, &Met::new(&pack, &row));
        let around = days.iter().flat_map(|date| [date.pred_opt(), Some(*date), date.succ_opt()]).flatten();
        for on in around.chain(more) {
            same_on(&pack, &terms, &scenario, &row, &assessed, on);
        }
        // Neighbours say different things, and no day is left out.
        for pair in assessed.stages.windows(2) {
            prop_assert_eq!(pair[0].until, pair[1].from);
            prop_assert!(pair[0].acts != pair[1].acts || pair[0].others != pair[1].others);
        }
    }
}

#[test]
fn decisions_that_run_out_part_the_days() {
    let pack = crate::builtin::pack();
    let entity = pack.catalogue.entities.iter().position(|other| other.id == "kaspersky").expect("is shipped");
    let decisions = Decisions::new(vec![crate::decision::Decision {
        entity: u32::try_from(entity).expect("fits"),
        is: true,
        until: Some(day("2024-08-31")),
        shown: std::sync::Arc::new(crate::report::Decision {
            entity: "kaspersky".to_owned(),
            vendor: Some("Kapersky Labs".to_owned()),
            is: true,
            ..crate::report::Decision::default()
        }),
        place: Place::None,
    }]);
    let ignored = [Kind::VendorExit];
    let terms = Terms { ignored: &ignored, ..terms(&decisions) };
    let scenario = scenario(asker(&["US"], &["companies"]));
    let row = Row { vendor: "Kapersky Labs", product: "Password Manager", location: "US", ..Row::default() };
    let assessed = assess(&pack, &terms, &scenario, &Met::new(&pack, &row));
    for on in ["2024-07-19", "2024-07-20", "2024-08-31", "2024-09-01", "2024-09-29"] {
        same_on(&pack, &terms, &scenario, &row, &assessed, day(on));
    }
    let on = |on: &str| assessed.on(day(on)).map(|stage| stage.standing.as_str());
    assert_eq!((on("2024-08-31"), on("2024-09-01")), (Some("no-sale"), Some("review")));
}

#[test]
fn days_that_are_not_asked_about_have_no_verdict() {
    let pack = crate::builtin::pack();
    let days = Days { from: Some(day("2024-07-20")), to: Some(day("2024-09-28")) };
    let terms = Terms { days, ..terms(Decisions::NONE) };
    let row = Row { vendor: "AO Kaspersky Lab", product: "Kaspersky Plus", location: "US", ..Row::default() };
    let assessed = assess(&pack, &terms, &scenario(asker(&["US"], &["companies"])), &Met::new(&pack, &row));
    let (first, last) = (assessed.stages.first().expect("one"), assessed.stages.last().expect("one"));
    assert_eq!((first.from, last.until), (Some(day("2024-07-20")), Some(day("2024-09-29"))));
    assert!(assessed.stages.iter().all(|stage| stage.standing.as_str() == "no-sale"));
    assert!(assessed.acts.iter().all(|act| act.from >= days.from && act.until <= days.until() && act.until.is_some()));
}

/// Judges a table; returns the lines, and what was done.
pub(super) fn judged(pack: &Pack, bytes: &[u8], threads: usize) -> Result<(Vec<Line>, Done), VerdictError> {
    let scenarios = [scenario(asker(&["US"], &["companies"]))];
    let threads = NonZeroUsize::new(threads).expect("some");
    let work = Work { pack, scenarios: &scenarios, terms: terms(Decisions::NONE), threads };
    let mut judge = Judge::new(&work);
    let mut lines = Vec::new();
    let mut put = |more: &[Line]| {
        lines.extend_from_slice(more);
        Ok(())
    };
    judge.table(RawTable::open(Box::new(bytes))?, &mut put)?;
    judge.finish(&mut put)?;
    let done = judge.done;
    Ok((lines, done))
}

fn written(lines: &[Line]) -> (Vec<u8>, Vec<u8>) {
    let mut tables = Tables::new(Some(Vec::new()), Some(Vec::new())).expect("opens");
    tables.write(lines).expect("writes");
    let (csv, parquet) = tables.finish().expect("ends");
    (csv.expect("is there"), parquet.expect("is there"))
}

const HOSTILE: &[u8] = b"vendor,product,version,location,nulls\n\
    AO Kaspersky Lab,Kaspersky Plus,,US,4\n\
    AO Kaspersky Lab,Kaspersky Plus,,US,0\n\
    ,Kaspersky Plus,,,261\n\
    ,Kaspersky Plus,,,0\n\
    Kaspersky \xff\xfe,\"a \"\"quoted\"\"\nname\",1,US,0\n\
    O'Brien; DROP TABLE x; --,\"=cmd|' /C calc'!A0\",\\N,US,0\n\
    a\0b,c,1,US,0\n\
    -,--,,US,4\n";

#[test]
fn null_and_empty_and_every_byte_stay_as_they_are() {
    let pack = crate::builtin::pack();
    let (lines, done) = judged(&pack, HOSTILE, 2).expect("judged");
    assert_eq!((done.items, done.unidentified, done.unread), (8, 1, 0));
    let items: Vec<&Line> = lines.iter().filter(|line| line[0] == Cell::Word("item")).collect();
    let of = |line: &Line, name: &str| line[at(name)].clone();
    let versions: BTreeSet<String> = items.iter().map(|line| format!("{:?} {:?}", of(line, "version"), of(line, NULLS))).collect();
    assert!(versions.contains("Null Whole(4)") && versions.contains("Bytes([]) Whole(0)"), "{versions:?}");
    let (csv, parquet) = written(&lines);
    let wanted = b"Kaspersky \xff\xfe,\"a \"\"quoted\"\"\nname\",1,";
    assert!(csv.windows(wanted.len()).any(|part| part == wanted), "bytes stay as they are");

    // What was written is read back: the same items, out of CSV and out of Parquet.
    let (again, _) = judged(&pack, &csv, 1).expect("judged");
    let identities =
        |lines: &[Line]| -> BTreeSet<String> { lines.iter().map(|line| format!("{:?}", &line[at(NULLS)..at("acts")])).collect() };
    assert_eq!(identities(&lines).len(), 8);
    let filled = |lines: &[Line]| {
        // The table of verdicts has all columns, so that those that were not given are NULL there.
        let given: u32 = [1, 2, 4, 256].iter().sum();
        let all = (1 << FIELDS.len()) - 1;
        lines
            .iter()
            .map(|line| line[at(NULLS)].clone())
            .all(|nulls| matches!(nulls, Cell::Whole(nulls) if nulls & !i64::from(all | given) == 0))
    };
    assert!(filled(&again));
    let mut values = Vec::new();
    let names: Vec<String> = FIELDS.map(column).to_vec();
    let wanted: Vec<&str> =
        names.iter().map(String::as_str).chain([NULLS, "kind", "match_score", "valid_from"]).take(FIELDS.len() + 2).collect();
    let mut take = |_: u64, row: &[super::raw::Value]| {
        values.push(row.to_vec());
        Ok(true)
    };
    RawTable::open(Box::new(&*parquet)).expect("opens").read(&wanted, &mut take).expect("reads");
    assert_eq!(values.len(), lines.len());
    for (row, line) in values.iter().zip(&lines) {
        for (value, cell) in row.iter().zip(&line[at("vendor")..]).take(FIELDS.len()) {
            match cell {
                Cell::Null => assert_eq!(value, &None),
                Cell::Bytes(bytes) => assert_eq!(value.as_deref(), Some(&**bytes)),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn the_same_items_give_the_same_bytes_on_any_number_of_threads() {
    let pack = crate::builtin::pack();
    let mut table = b"vendor,product,nulls\n".to_vec();
    for number in 0..700 {
        let vendor = if number % 7 == 0 { "Kaspersky" } else { "Maker" };
        table.extend(format!("{vendor} {number},Product {number},0\n").bytes());
    }
    let one = written(&judged(&pack, &table, 1).expect("judged").0);
    assert_eq!(one, written(&judged(&pack, &table, 5).expect("judged").0));
}

#[test]
fn tables_that_cannot_be_trusted_are_refused() {
    let pack = crate::builtin::pack();
    let code = |bytes: &[u8]| match judged(&pack, bytes, 1) {
        Err(VerdictError::Raw(error)) => error.code(),
        other => panic!("{other:?}"),
    };
    assert_eq!(code(b"vendor,product\nA,B\n"), Code::UnknownColumn, "CSV without `nulls`");
    assert_eq!(code(b"vendor,product,nulls\nA,B,x\n"), Code::UnreadRow);
    assert_eq!(code(b"vendor,product,nulls\nA,B,4\n"), Code::UnreadRow, "a bit of no column");
    assert_eq!(code(b"vendor,product,nulls\nA,B\n"), Code::UnreadRow, "a row that is too short");
    assert_eq!(code(b"host,owner,nulls\nA,B,0\n"), Code::NoProductColumn);
    assert_eq!(code(b"PAR1 and no more"), Code::UnreadableArchive);
    let mut endless = b"vendor,product,nulls\n\"".to_vec();
    endless.resize(17 << 20, b'x');
    assert_eq!(code(&endless), Code::LimitPassed, "a quotation mark that never closes");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_bytes_make_it_panic(cut: prop::sample::Index, change: prop::sample::Index, byte: u8) {
        let pack = Pack::default();
        let (csv, parquet) = written(&[vec![Cell::Null; COLUMNS.len()]]);
        for table in [HOSTILE.to_vec(), csv, parquet] {
            let mut table = table;
            let length = table.len();
            table[change.index(length)] = byte;
            table.truncate(cut.index(length) + 1);
            let _ = judged(&pack, &table, 1);
            let _ = super::export::Export::read([RawTable::open(Box::new(&*table))]);
        }
    }
}

#[test]
fn combinations_have_one_name() {
    let words = |parts: &[&str]| word(&parts.iter().map(|&part| part.to_owned()).collect::<Vec<_>>());
    assert_eq!(words(&["US", "DE", "US"]), "DE+US");
    assert_eq!(words(&[]), UNSPECIFIED);
}
