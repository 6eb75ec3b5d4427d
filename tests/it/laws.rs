//! What must hold for every act, whatever its dates: over random ones, from rule files as they are
//! written, held against a plain reading of the contract day by day.

use chrono::{Days, NaiveDate};
use interdict::diag::{Diagnostics, Sources};
use interdict::evaluate::in_force::{Timeline, timeline};
use interdict::evaluate::interval::IntervalSet;
use interdict::evaluate::{Asker, Situation, judge_all};
use interdict::matcher::Subject;
use interdict::model::{Moment, OwnedRow, Status};
use interdict::pack::compile::{Catalogue, Pack};
use interdict::pack::lazy::List;
use interdict::pack::load::{PackText, add_layer};
use interdict::pack::rule::Rule;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Random acts play within so many days.
const DAYS: u64 = 120;

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2021, 9, 1).expect("a day") + Days::new(number)
}

fn config(cases: u32) -> ProptestConfig {
    // The same every time; PROPTEST_CASES and PROPTEST_RNG_SEED ask for more and others.
    let own = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { own.cases } else { cases };
    let rng_seed = if std::env::var_os("PROPTEST_RNG_SEED").is_some() { own.rng_seed } else { RngSeed::Fixed(20_240_720) };
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..own }
}

const ENTITY: &str = "schema = 1\nname = 'Northstar'\nkind = 'organisation'\naliases = ['Northstar Software']\n";

fn pack_with(rules: &[String]) -> Pack {
    let shipped = interdict::builtin::catalogue();
    let base = Catalogue { entities: List::default(), rules: List::default(), ..shipped };
    let text = |path: String, text: &str| PackText { name: path.clone(), path, bytes: text.as_bytes().to_vec() };
    let mut texts = vec![text("entities/northstar.toml".into(), ENTITY)];
    texts.extend(rules.iter().enumerate().map(|(number, rule)| text(format!("us/us-office-act{number}-2021.toml"), rule)));
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let layer = add_layer(base, texts, false, &mut sources, &mut diagnostics);
    let problems: Vec<_> = diagnostics.iter().collect();
    assert!(!diagnostics.has_errors(), "{problems:#?}\n{rules:#?}");
    Pack::new(layer.catalogue)
}

/// An event of a random act. Days are numbers; `until` is the first day after it.
#[derive(Clone, Debug)]
struct Happening {
    kind: &'static str,
    announced: u64,
    from: u64,
    until: Option<u64>,
}

/// A measure of a random act.
#[derive(Clone, Debug)]
struct Span {
    effect: &'static str,
    from: u64,
    until: Option<u64>,
}

#[derive(Clone, Debug)]
struct Act {
    zone: &'static str,
    announced: u64,
    measures: Vec<Span>,
    events: Vec<Happening>,
}

const STRETCHES: &[&str] = &["suspended", "enjoined", "not-enforced"];
const POINTS: &[&str] = &["resumed", "revoked", "lapsed", "superseded", "delisted", "annulled", "extended", "amended"];

fn happening() -> impl Strategy<Value = Happening> {
    let kind = prop_oneof![8 => prop::sample::select(STRETCHES), 4 => Just("resumed"), 2 => prop::sample::select(POINTS)];
    (kind, 0..DAYS, 0..DAYS, prop::option::of(1..40_u64)).prop_map(|(kind, announced, from, length)| Happening {
        kind,
        announced: announced.min(from),
        from,
        until: length.filter(|_| STRETCHES.contains(&kind)).map(|length| from + length),
    })
}

fn span() -> impl Strategy<Value = Span> {
    (prop::sample::select(&["no-use", "no-updates", "no-sale", "advisory"][..]), 5..DAYS, prop::option::of(1..80_u64))
        .prop_map(|(effect, from, length)| Span { effect, from, until: length.map(|length| from + length) })
}

fn act(events: std::ops::Range<usize>) -> impl Strategy<Value = Act> {
    (
        prop::sample::select(&["America/New_York", "Europe/Kyiv", "Asia/Kolkata", "Pacific/Apia", "UTC"][..]),
        0..5_u64,
        prop::collection::vec(span(), 1..3),
        prop::collection::vec(happening(), events),
    )
        .prop_map(|(zone, announced, measures, events)| Act { zone, announced, measures, events })
}

impl Act {
    fn text(&self) -> String {
        self.text_as(0)
    }

    fn text_as(&self, number: usize) -> String {
        let mut text = format!(
            "schema = 1\nid = 'us-office-act{number}-2021'\ntitle = 't'\nkind = 'sales-ban'\njurisdiction = 'US'\nauthority = 'a'\n\
             citation = 'c'\nurl = 'https://example.org/'\ntime-zone = '{}'\nannounced = {}\n\
             sources = [{{ url = 'https://example.org/', retrieved = 2021-09-01 }}]\n[[covers]]\nentities = ['northstar']\n",
            self.zone,
            day(self.announced)
        );
        for (at, span) in self.measures.iter().enumerate() {
            text += &format!(
                "[[measures]]\nname = 'm{at}'\neffect = '{}'\nbinds = ['everyone']\nnexus = ['territory']\nfrom = {}\n",
                span.effect,
                day(span.from)
            );
            text += &span.until.map(|until| format!("until = {}\n", day(until))).unwrap_or_default();
        }
        for event in &self.events {
            text +=
                &format!("[[events]]\nkind = '{}'\nannounced = {}\nfrom = {}\n", event.kind, day(event.announced), day(event.from));
            text += &event.until.map(|until| format!("until = {}\n", day(until))).unwrap_or_default();
        }
        text
    }

    fn rule(&self) -> Rule {
        pack_with(&[self.text()]).catalogue.rules.remove(0)
    }

    /// Reads the contract word by word: is the measure in force on that day?
    fn in_force_on(&self, measure: usize, on: u64, known: Option<u64>) -> bool {
        let span = &self.measures[measure];
        let known = |event: &&Happening| known.is_none_or(|known| event.announced <= known);
        let events = || self.events.iter().filter(known);
        let within = span.from <= on && span.until.is_none_or(|until| on < until);
        let annulled = events().any(|event| event.kind == "annulled");
        let ended =
            events().any(|event| matches!(event.kind, "revoked" | "lapsed" | "superseded" | "delisted") && event.from <= on);
        let suspended = events().filter(|event| matches!(event.kind, "suspended" | "enjoined")).any(|event| {
            let ends = |at: u64| event.until.is_some_and(|until| at >= until);
            let resumed =
                events().any(|other| other.kind == "resumed" && event.from <= other.from && !ends(other.from) && other.from <= on);
            event.from <= on && !ends(on) && !resumed
        });
        within && !annulled && !ended && !suspended
    }
}

fn timelines(rule: &Rule, known: Option<u64>) -> Vec<Option<Timeline>> {
    let known = known.map(|known| Moment::Day(day(known)).end_of_day(rule.zone));
    rule.measures.iter().map(|measure| timeline(rule, measure, known, |_| true)).collect()
}

/// Asks about the last instant of a day, as the program does.
fn at(rule: &Rule, on: u64) -> chrono::DateTime<chrono::Utc> {
    Moment::Day(day(on)).instant(rule.zone)
}

fn status(pack: &Pack, as_of: u64) -> (Option<Status>, Option<(Status, NaiveDate)>) {
    let row = OwnedRow { vendor: "Northstar Software".into(), product: "Guard".into(), ..OwnedRow::default() };
    let subject = Subject::new(pack, row);
    let asker = Asker { jurisdictions: vec!["US".into()], ..Asker::new(Moment::Day(day(as_of))) };
    let situation = Situation { place: Some("US".into()), ..Situation::default() };
    let found = judge_all(pack, &asker, &subject, &situation);
    found.first().map_or((None, None), |(number, judgement)| {
        let zone = pack.catalogue.rules[*number as usize].zone;
        (judgement.status, judgement.next().map(|(status, at)| (status, zone.day(at))))
    })
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn each_day_is_as_the_contract_says(act in act(0..6), known in prop::option::of(0..DAYS)) {
        let rule = act.rule();
        for (measure, timeline) in timelines(&rule, known).into_iter().enumerate() {
            let Some(timeline) = timeline else {
                prop_assert!(known.is_some_and(|known| known < act.announced), "{}", act.text());
                continue;
            };
            let set = timeline.in_force(&IntervalSet::all());
            for on in 0..DAYS + 100 {
                prop_assert_eq!(set.contains(at(&rule, on)), act.in_force_on(measure, on, known), "m{} on {}\n{}", measure, day(on), act.text());
            }
        }
    }

    #[test]
    fn the_order_of_events_in_the_file_never_matters(act in act(2..7), seed in any::<u64>()) {
        let mut other = act.clone();
        let count = other.events.len();
        for at in (1..count).rev() {
            other.events.swap(at, (seed.rotate_left(at as u32 * 7) % (at as u64 + 1)) as usize);
        }
        let (first, second) = (act.rule(), other.rule());
        for known in [None, Some(30), Some(70)] {
            prop_assert_eq!(timelines(&first, known), timelines(&second, known), "{}", act.text());
        }
    }

    #[test]
    fn what_was_not_announced_is_as_if_it_were_not_in_the_file(act in act(0..6), known in 5..DAYS) {
        let mut then = act.clone();
        then.events.retain(|event| event.announced <= known);
        prop_assert_eq!(timelines(&act.rule(), Some(known)), timelines(&then.rule(), None), "{}", act.text());
    }

    #[test]
    fn what_is_known_stays_known(act in act(0..5), first in 0..DAYS, more in 0..DAYS) {
        let rule = act.rule();
        for (earlier, later) in timelines(&rule, Some(first)).iter().zip(timelines(&rule, Some(first + more))) {
            prop_assert!(earlier.is_none() || later.is_some());
        }
        prop_assert_eq!(timelines(&rule, None), timelines(&rule, Some(10 * DAYS)));
    }

    #[test]
    fn a_pause_holds_back_from_its_first_day_and_resuming_ends_it(
        from in 10..30_u64, pause in 0..40_u64, length in prop::option::of(2..40_u64), resumed in 0..60_u64,
        zone in prop::sample::select(&["America/New_York", "Europe/Kyiv", "Pacific/Apia"][..]),
    ) {
        let happening = |kind, from, until| Happening { kind, announced: 0, from, until };
        let until = length.map(|length| pause + length);
        let ends = resumed >= pause && until.is_none_or(|until| resumed < until);
        let act = Act {
            zone,
            announced: 0,
            measures: vec![Span { effect: "no-use", from, until: None }],
            events: vec![happening("resumed", resumed, None), happening("suspended", pause, until)],
        };
        let rule = act.rule();
        let timeline = timelines(&rule, None).remove(0).expect("known");
        let set = timeline.in_force(&IntervalSet::all());
        let over = if ends { Some(resumed) } else { until };
        for on in 0..DAYS {
            let paused = pause <= on && over.is_none_or(|over| on < over);
            prop_assert_eq!(set.contains(at(&rule, on)), on >= from && !paused, "{}\n{}", day(on), act.text());
        }
    }

    #[test]
    fn the_day_before_the_first_the_last_and_the_day_after(
        from in 0..400_u64, length in 1..400_u64,
        zone in prop::sample::select(&["America/New_York", "America/Sao_Paulo", "Asia/Tehran", "Europe/Dublin", "Pacific/Apia", "Africa/Cairo"][..]),
        from_word in prop::bool::ANY, until_word in prop::bool::ANY,
    ) {
        let (first, last) = (day(from), day(from + length - 1));
        let act = Act { zone, announced: 0, measures: vec![Span { effect: "no-sale", from, until: Some(from + length) }], events: vec![] };
        let mut text = act.text();
        if from_word {
            text = text.replace(&format!("\nfrom = {first}"), &format!("\nafter = {}", first.pred_opt().expect("a day")));
        }
        if until_word {
            text = text.replace(&format!("until = {}", last + Days::new(1)), &format!("through = {last}"));
        }
        let text = text.replace("announced = 2021-09-01", "announced = 2021-08-01");
        let rule = pack_with(&[text]).catalogue.rules.remove(0);
        let set = timelines(&rule, None).remove(0).expect("known").in_force(&IntervalSet::all());
        let holds = |on: NaiveDate| set.contains(Moment::Day(on).instant(rule.zone));
        let days = [first.pred_opt().expect("a day"), first, last, last.succ_opt().expect("a day")];
        prop_assert_eq!(days.map(holds), [false, true, true, false]);
        // The first instant counts, and the one before it does not.
        let start = rule.zone.start_of(first);
        prop_assert!(set.contains(start) && !set.contains(start - chrono::TimeDelta::nanoseconds(1)));
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn the_next_change_comes_on_its_day_and_none_before(act in act(0..5), as_of in 5..DAYS) {
        let pack = pack_with(&[act.text()]);
        let (now, next) = status(&pack, as_of);
        if now.is_none() {
            prop_assert!(next.is_none());
            return Ok(());
        }
        let end = DAYS + 100;
        for on in as_of..end {
            let came = status(&pack, on).0;
            if let Some((then, date)) = next
                && date == day(on)
            {
                prop_assert_eq!(came.unwrap_or(Status::Clear), then, "on {}\n{}", date, act.text());
                return Ok(());
            }
            prop_assert_eq!(came, now, "on {}, next {:?}\n{}", day(on), next, act.text());
        }
        prop_assert!(next.is_none(), "{:?}\n{}", next, act.text());
    }

    #[test]
    fn the_worst_measure_in_force_gives_the_status(act in act(0..4), on in 5..DAYS) {
        let effects = [("no-use", Status::Banned), ("no-updates", Status::NoUpdates), ("no-sale", Status::NoSale), ("advisory", Status::Advisory)];
        let of = |effect: &str| effects.iter().find(|(name, _)| *name == effect).map_or(Status::Clear, |(_, status)| *status);
        let counting = (0..act.measures.len()).filter(|&measure| act.in_force_on(measure, on, None)).map(|measure| of(act.measures[measure].effect)).min();
        let came = status(&pack_with(&[act.text()]), on).0;
        match counting {
            Some(worst) if worst < Status::Upcoming => prop_assert_eq!(came, Some(worst), "on {}\n{}", day(on), act.text()),
            Some(_) => prop_assert!(matches!(came, Some(Status::Upcoming | Status::Advisory)), "{:?} on {}\n{}", came, day(on), act.text()),
            None => {
                let ahead = (0..act.measures.len()).any(|measure| (on + 1..2 * DAYS + 200).any(|on| act.in_force_on(measure, on, None)));
                prop_assert_eq!(came, ahead.then_some(Status::Upcoming), "on {}\n{}", day(on), act.text());
            }
        }
    }

    #[test]
    fn other_acts_change_nothing_about_one(first in act(0..3), second in act(0..3), on in 5..DAYS) {
        let alone = status(&pack_with(&[first.text()]), on);
        let pack = pack_with(&[first.text(), second.text_as(1)]);
        let row = OwnedRow { vendor: "Northstar".into(), product: "Guard".into(), ..OwnedRow::default() };
        let asker = Asker { jurisdictions: vec!["US".into()], ..Asker::new(Moment::Day(day(on))) };
        let situation = Situation { place: Some("US".into()), ..Situation::default() };
        let both = judge_all(&pack, &asker, &Subject::new(&pack, row), &situation);
        let number = u32::try_from(pack.catalogue.rules.iter().position(|rule| rule.id.contains("act0")).expect("there")).expect("few");
        let came = both.iter().find(|(rule, _)| *rule == number).and_then(|(_, judgement)| judgement.status);
        prop_assert_eq!(came, alone.0);
    }
}
