//! `interdict timeline`: the dates ahead, and behind.

use std::collections::{BTreeMap, BTreeSet};

use interdict::diag::Code;
use interdict::gate::{FailOn, GateTerms};
use interdict::model::{Moment, Zone};
use interdict::pack::compile::Pack;
use interdict::pack::words::Stage;
use interdict::pipeline::{self, Job};
use interdict::report::Report;
use interdict::report::dates::{Touched, Touches, touched};
use interdict::report::from_now;
use interdict::report::ics::Calendar;
use interdict::report::listing::{PAGE, listing, paragraph};
use interdict::timeline::{Entry, of_pack};
use interdict::waiver::Waivers;

use super::args::{TimelineArgs, TimelineFormat};
use super::check::period;
use super::context::{Session, unknown};
use super::exit::{Done, Exit, Failure};
use super::inputs;
use super::terminal::Terminal;

/// Runs the command.
pub(crate) fn run(args: &TimelineArgs, terminal: &Terminal) -> Done {
    let mut session = Session::open(&args.pack, terminal)?;
    let waivers = session.waivers(None, terminal)?;
    session.warn(terminal);
    let asker = session.asker(&args.scope)?;
    for id in &args.rules {
        let ids = session.pack.catalogue.rules.iter().map(|rule| rule.id.as_str());
        session
            .pack
            .rule(id)
            .ok_or_else(|| unknown(Code::UnknownRule, "rule", id, ids, "`interdict rules list` names them all"))?;
    }
    let report = if args.inventories.is_empty() { None } else { Some(check(args, &session, &asker, waivers, terminal)?) };
    let touched = report.as_ref().map(touched);
    let touches = report.as_ref().map(Touches::of);
    let codes = if report.is_none() { asker.jurisdictions.clone() } else { Vec::new() };
    let registry = &session.pack.catalogue.registry;
    let here = |code: &String| {
        codes.is_empty() || codes.iter().any(|own| !registry.within(code, own).is_empty() || !registry.within(own, code).is_empty())
    };
    let entries = of_pack(&session.pack, asker.as_of, asker.known_on, |rule| {
        (args.rules.is_empty() || args.rules.contains(&rule.id))
            && touched.as_ref().is_none_or(|touched| touched.contains_key(rule.id.as_str()))
            && here(&rule.jurisdiction)
    });
    let now = asker.as_of.instant(Zone::UTC);
    let end = args.horizon.as_ref().map(|text| period("--horizon", text)).transpose()?.map(|period| now + period);
    let wanted = |entry: &&Entry| (args.past || !entry.past) && end.is_none_or(|end| entry.at <= end);
    let entries: Vec<&Entry> = entries.iter().filter(wanted).collect();
    match args.output {
        TimelineFormat::Ics => calendar(&entries, touched.as_ref(), &session.pack, asker.as_of, terminal)?,
        TimelineFormat::Json => terminal.print(&json(&entries, touches.as_ref()))?,
        TimelineFormat::Table => {
            terminal.print(&text(&entries, touched.as_ref().zip(touches.as_ref()), &session.pack, asker.as_of, terminal))?
        }
    }
    let exit = report
        .map_or(Exit::Ok, |report| if report.summary.unread > 0 || report.summary.items == 0 { Exit::Unread } else { Exit::Ok });
    Ok(exit)
}

fn check(
    args: &TimelineArgs,
    session: &Session,
    asker: &interdict::evaluate::Asker,
    waivers: Waivers,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    let job = Job {
        asker: asker.clone(),
        default_place: session.default_place(&args.scope)?,
        horizon_days: 0,
        ignored: Vec::new(),
        reading: session.reading(&args.read)?,
        assets: None,
        waivers,
        baseline: None,
        gate: GateTerms { fail_on: FailOn::Never, ..GateTerms::default() },
        configuration: session.configuration.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let inputs = inputs::expand(&args.inventories, terminal)?;
    let outcome =
        pipeline::check(&job, &session.pack, inputs.into_iter().map(|source| inputs::open(source, terminal.shows_progress())));
    terminal.diagnostics(outcome.diagnostics.iter(), &session.sources);
    if outcome.input_error {
        return Err(Failure::said(Exit::Usage));
    }
    Ok(outcome.report)
}

fn json(entries: &[&Entry], touches: Option<&Touches<'_>>) -> String {
    let values: Vec<serde_json::Value> = entries
        .iter()
        .map(|entry| {
            let mut value = serde_json::to_value(entry).unwrap_or_default();
            if let Some(touches) = touches {
                let touched = touches.by(&entry.rule, &pipeline::date(entry));
                let assets = touched.iter().flat_map(|touched| &touched.assets);
                value["items"] = touched.as_ref().map_or(0, |touched| touched.items).into();
                value["assets"] = assets.cloned().collect::<Vec<_>>().into();
            }
            value
        })
        .collect();
    serde_json::to_string_pretty(&values).unwrap_or_default() + "\n"
}

/// Writes the dates of enacted acts as a calendar.
fn calendar(
    entries: &[&Entry],
    touched: Option<&BTreeMap<&str, Touched>>,
    pack: &Pack,
    as_of: Moment,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let mut calendar = Calendar::new(as_of);
    for &entry in entries.iter().filter(|entry| entry.what != "announced") {
        if let Some(rule) = pack.rule(&entry.rule).filter(|rule| rule.stage == Stage::Enacted) {
            let touched = touched.and_then(|touched| touched.get(rule.id.as_str()));
            calendar.add(&pipeline::reference(rule), &pipeline::act(rule), &pipeline::date(entry), touched);
        }
    }
    let open = calendar.open().join(", ");
    terminal.write(|out| calendar.write(out))?;
    if !open.is_empty() {
        terminal.note(&format!("not in the calendar, since their day is open: {open}"));
    }
    Ok(())
}

/// From this width on, dates are listed in columns.
const WIDE: usize = 100;

/// What each act touches, and each date of it.
type Reached<'t, 'r> = (&'t BTreeMap<&'r str, Touched>, &'t Touches<'r>);

fn text(entries: &[&Entry], reached: Option<Reached<'_, '_>>, pack: &Pack, as_of: Moment, terminal: &Terminal) -> String {
    if entries.is_empty() {
        return "No dates. `--past` shows those behind as well.\n".to_owned();
    }
    let width = terminal.width();
    let acts: BTreeSet<&str> = entries.iter().map(|entry| entry.rule.as_str()).collect();
    let is_single = acts.len() == 1;
    let rows = entries.iter().map(|entry| {
        let zone = pack.rule(&entry.rule).map_or(Zone::UTC, |rule| rule.zone);
        let (date, when) = if entry.date == "to-be-announced" {
            ("date open".to_owned(), "–".to_owned())
        } else {
            let days = (zone.day(entry.at) - as_of.day(zone)).num_days();
            (date(&entry.date), from_now(days))
        };
        (date, when, entry)
    });
    let told = |entry: &Entry| {
        let date = pipeline::date(entry);
        let touched = reached.and_then(|(_, touches)| touches.by(&entry.rule, &date));
        date.told() + &touched.map(|touched| format!("; {}", touched.machines())).unwrap_or_default()
    };
    let mut text = if width.unwrap_or(PAGE) >= WIDE {
        let header: &[&str] = if is_single { &["date", "when", "what"] } else { &["date", "when", "act", "what"] };
        let rows = rows.map(|(date, when, entry)| {
            let mut row = vec![date, when, told(entry)];
            if !is_single {
                row.insert(2, entry.rule.clone());
            }
            row
        });
        listing(header, rows, width)
    } else {
        rows.map(|(date, when, entry)| {
            let act = if is_single { String::new() } else { paragraph(&entry.rule, 4, 4, width) };
            paragraph(&format!("{date}, {when}: {}", told(entry)), 0, 4, width) + &act
        })
        .collect()
    };
    text += "\nActs\n";
    for rule in acts.iter().filter_map(|id| pack.rule(id)) {
        text += &paragraph(&format!("{}: {} (dates in {})", rule.id, rule.title, rule.zone.name()), 2, 4, width);
        if let Some(touched) = reached.and_then(|(acts, _)| acts.get(rule.id.as_str())) {
            text += &paragraph(&touched.told(), 4, 4, width);
        }
        text += &paragraph(&rule.url, 4, 4, width);
    }
    text
}

/// Returns a day as it stands, and an instant without what goes without saying: the dates are in
/// the zone of their act.
fn date(text: &str) -> String {
    match text.split_once('T') {
        Some((day, time)) => format!("{day} {}", time.get(..5).unwrap_or(time)),
        None => text.to_owned(),
    }
}
