//! `interdict timeline`: the dates ahead, and behind.

use std::collections::{BTreeMap, BTreeSet};

use interdict::diag::Code;
use interdict::gate::{FailOn, GateTerms};
use interdict::model::{Moment, Zone};
use interdict::pipeline::{self, Job};
use interdict::report::Report;
use interdict::report::listing::listing;
use interdict::timeline::{Entry, of_pack};
use interdict::waiver::Waivers;

use super::args::{ListFormat, TimelineArgs};
use super::check::period;
use super::context::{Session, unknown};
use super::exit::{Done, Exit, Failure};
use super::inputs;
use super::terminal::Terminal;

/// What an act touches in an inventory.
#[derive(Default)]
struct Touched {
    items: u64,
    assets: BTreeSet<String>,
}

/// Runs the command.
pub(crate) fn run(args: &TimelineArgs, terminal: &Terminal) -> Done {
    let session = Session::open(&args.pack, terminal)?;
    session.warn(terminal);
    let asker = session.asker(&args.scope)?;
    for id in &args.rules {
        let ids = session.pack.catalogue.rules.iter().map(|rule| rule.id.as_str());
        session
            .pack
            .rule(id)
            .ok_or_else(|| unknown(Code::UnknownRule, "rule", id, ids, "`interdict rules list` names them all"))?;
    }
    let report = if args.inventories.is_empty() { None } else { Some(check(args, &session, &asker, terminal)?) };
    let touched = report.as_ref().map(touched);
    let codes = if report.is_none() { asker.jurisdictions.clone() } else { Vec::new() };
    let registry = &session.pack.catalogue.registry;
    let here = |code: &String| {
        codes.is_empty() || codes.iter().any(|own| !registry.within(code, own).is_empty() || !registry.within(own, code).is_empty())
    };
    let entries = of_pack(&session.pack, asker.as_of, asker.known_on, |rule| {
        (args.rules.is_empty() || args.rules.contains(&rule.id))
            && touched.as_ref().is_none_or(|touched| touched.contains_key(&rule.id))
            && here(&rule.jurisdiction)
    });
    let now = asker.as_of.instant(Zone::UTC);
    let end = args.horizon.as_ref().map(|text| period("--horizon", text)).transpose()?.map(|period| now + period);
    let wanted = |entry: &&Entry| (args.past || !entry.past) && end.is_none_or(|end| entry.at <= end);
    let entries: Vec<&Entry> = entries.iter().filter(wanted).collect();
    match args.output {
        ListFormat::Json => terminal.print(&json(&entries, touched.as_ref()))?,
        ListFormat::Table => terminal.print(&text(&entries, touched.as_ref(), &session, asker.as_of, terminal))?,
    }
    let exit = report
        .map_or(Exit::Ok, |report| if report.summary.unread > 0 || report.summary.items == 0 { Exit::Unread } else { Exit::Ok });
    Ok(exit)
}

fn check(
    args: &TimelineArgs,
    session: &Session,
    asker: &interdict::evaluate::Asker,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    let job = Job {
        asker: asker.clone(),
        default_place: session.default_place(&args.scope)?,
        horizon_days: 0,
        ignored: Vec::new(),
        reading: session.reading(&args.read)?,
        waivers: Waivers::default(),
        gate: GateTerms { fail_on: FailOn::Never, allow_unread: false, too_old: None },
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

fn touched(report: &Report) -> BTreeMap<String, Touched> {
    let mut touched: BTreeMap<String, Touched> = BTreeMap::new();
    for finding in &report.findings {
        let entry = touched.entry(finding.rule.id.clone()).or_default();
        entry.items += finding.rows.count;
        if !finding.item.asset.is_empty() {
            entry.assets.insert(finding.item.asset.to_string());
        }
    }
    touched
}

fn json(entries: &[&Entry], touched: Option<&BTreeMap<String, Touched>>) -> String {
    let values: Vec<serde_json::Value> = entries
        .iter()
        .map(|entry| {
            let mut value = serde_json::to_value(entry).unwrap_or_default();
            if let Some(touched) = touched.and_then(|touched| touched.get(&entry.rule)) {
                value["items"] = touched.items.into();
                value["assets"] = touched.assets.iter().cloned().collect::<Vec<_>>().into();
            }
            value
        })
        .collect();
    serde_json::to_string_pretty(&values).unwrap_or_default() + "\n"
}

fn text(
    entries: &[&Entry],
    touched: Option<&BTreeMap<String, Touched>>,
    session: &Session,
    as_of: Moment,
    terminal: &Terminal,
) -> String {
    if entries.is_empty() {
        return "No dates. `--past` shows those behind as well.\n".to_owned();
    }
    let mut columns = vec!["date", "days", "what", "effects", "act"];
    if touched.is_some() {
        columns.push("touches");
    }
    let rows = entries.iter().map(|entry| {
        // Counted by the calendar of the act.
        let zone = session.pack.rule(&entry.rule).map_or(Zone::UTC, |rule| rule.zone);
        let days = if entry.date == "to-be-announced" {
            String::new()
        } else {
            format!("{:+}", (zone.day(entry.at) - as_of.day(zone)).num_days())
        };
        let title = format!("{}: {}", entry.rule, entry.note.as_ref().unwrap_or(&entry.title));
        let mut row = vec![entry.date.clone(), days, entry.what.clone(), entry.effects.join(", "), title];
        if let Some(touched) = touched.and_then(|touched| touched.get(&entry.rule)) {
            row.push(format!("{} items on {} assets", touched.items, touched.assets.len()));
        }
        row
    });
    listing(&columns, rows, terminal.width())
}
