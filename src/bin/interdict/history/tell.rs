//! What is told of runs: lists, reports, differences, trends.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use interdict::diag::Code;
use interdict::history::compare::{Difference, difference};
use interdict::history::{Run, Store, trend, words};
use interdict::model::{ChangeKind, Status};
use interdict::report::{json, listing};
use serde_json::{Value, json};

use super::{failed, open};
use crate::args::ListFormat;
use crate::args::history::{HistoryDiffArgs, HistoryListArgs, HistoryShowArgs, HistoryTrendArgs};
use crate::exit::{Done, Exit, Failure};
use crate::outputs::Outputs;
use crate::report::refused;
use crate::terminal::Terminal;

/// So many assets of one row of a difference are named.
const ASSETS: usize = 3;

/// Lists runs, or findings.
pub(super) fn list(args: &HistoryListArgs, terminal: &Terminal) -> Done {
    let store = open(&args.at, terminal)?;
    let since = day(args.since.as_deref())?;
    let runs = store.runs().map_err(|error| failed(&error))?;
    if args.findings {
        return findings(&store, &runs, since.as_deref(), args.output, terminal);
    }
    let runs: Vec<Run> = runs.into_iter().filter(|run| since.as_deref().is_none_or(|since| run.day() >= since)).collect();
    if args.output == ListFormat::Json {
        return printed(&json!(runs), terminal);
    }
    let rows = runs.iter().map(|run| {
        let report = if run.pruned { "pruned".to_owned() } else { run.findings.to_string() };
        let row = [
            run.run.to_string(),
            run.as_of.clone(),
            run.recorded.clone(),
            run.summary.items.to_string(),
            report,
            run.changes.to_string(),
            run.summary.unread.to_string(),
            run.gate.exit_code.to_string(),
            run.digest.get(..19).unwrap_or_default().to_owned(),
        ];
        row.to_vec()
    });
    let header = ["run", "as of", "recorded", "items", "findings", "changes", "unread", "exit", "digest"];
    terminal.print(&listing::listing(&header, rows, terminal.width()))?;
    Ok(Exit::Ok)
}

/// Lists findings with when they were first and last seen.
fn findings(store: &Store, runs: &[Run], since: Option<&str>, output: ListFormat, terminal: &Terminal) -> Done {
    let days: BTreeMap<u64, &str> = runs.iter().map(|run| (run.run, run.day())).collect();
    let newest = runs.last().map_or(0, |run| run.run);
    let mut told: BTreeMap<String, (u64, u64, Vec<interdict::history::Stretch>)> = BTreeMap::new();
    for stretch in store.story(None).map_err(|error| failed(&error))? {
        let seen = if stretch.unseen { stretch.first_run.saturating_sub(1) } else { stretch.last_run.unwrap_or(newest) };
        let one = told.entry(stretch.fingerprint.clone()).or_insert((stretch.first_run, seen, Vec::new()));
        one.1 = one.1.max(seen);
        one.2.push(stretch);
    }
    let mut told: Vec<_> = told.into_iter().collect();
    told.retain(|(_, (_, last, _))| since.is_none_or(|since| days.get(last).is_some_and(|day| *day >= since)));
    told.sort_by(|a, b| (a.1.0, &a.0).cmp(&(b.1.0, &b.0)));
    let on = |run: &u64| days.get(run).copied().unwrap_or_default().to_owned();
    if output == ListFormat::Json {
        let list: Vec<Value> = told
            .iter()
            .filter_map(|(fingerprint, (first, last, stretches))| {
                let newest = stretches.last()?;
                Some(json!({
                    "fingerprint": fingerprint, "rule": newest.rule, "vendor": newest.vendor, "product": newest.product,
                    "asset": newest.asset, "first-run": first, "first-seen": on(first), "last-run": last, "last-seen": on(last),
                    "is-open": newest.last_run.is_none(),
                    "stretches": stretches.iter().map(|one| json!({
                        "status": one.status, "waived": one.waived, "unseen": one.unseen,
                        "first-run": one.first_run, "last-run": one.last_run,
                    })).collect::<Vec<_>>(),
                }))
            })
            .collect();
        return printed(&Value::Array(list), terminal);
    }
    let rows = told.iter().filter_map(|(_, (first, last, stretches))| {
        let newest = stretches.last()?;
        let state = match (newest.last_run, newest.unseen, newest.waived) {
            (Some(_), ..) => format!("gone, was {}", newest.status.as_str()),
            (None, true, _) => format!("not to be seen, was {}", newest.status.as_str()),
            (None, _, true) => format!("{}, waived", newest.status.as_str()),
            _ => newest.status.as_str().to_owned(),
        };
        Some(vec![on(first), on(last), state, newest.rule.clone(), newest.asset.clone(), newest.product.clone()])
    });
    terminal.print(&listing::listing(&["first seen", "last seen", "status", "act", "asset", "product"], rows, terminal.width()))?;
    Ok(Exit::Ok)
}

/// Shows a past report.
pub(super) fn show(args: &HistoryShowArgs, terminal: &Terminal) -> Done {
    let outputs = Outputs::read(&args.show, &[], terminal)?;
    let store = open(&args.at, terminal)?;
    outputs.spare(std::iter::once(store.path()), "history")?;
    let run = store.find(&args.run).map_err(|error| failed(&error))?;
    let bytes = store.report(run.run).map_err(|error| failed(&error))?;
    if outputs.is_plain_json(&args.show) {
        outputs.raw(&bytes, terminal)?;
    } else {
        let report = json::read(&bytes).map_err(|error| refused(&error, &format!("run {}", run.run)))?;
        outputs.write(&report, terminal)?;
    }
    Ok(Exit::Ok)
}

/// Says what changed between two runs.
pub(super) fn diff(args: &HistoryDiffArgs, terminal: &Terminal) -> Done {
    let store = open(&args.at, terminal)?;
    let find = |name: &str| store.find(name).map_err(|error| failed(&error));
    let to = find(args.to.as_deref().unwrap_or("latest"))?;
    let from = match &args.from {
        Some(from) => find(from)?,
        None if to.run > 1 => find(&(to.run - 1).to_string())?,
        None => {
            return Err(Failure::usage(Code::NoSuchRun, "there is one run only, and nothing to hold it against")
                .help("the next run says what changed"));
        }
    };
    let difference = difference(&store, from, to).map_err(|error| failed(&error))?;
    if args.output == ListFormat::Json {
        terminal.write(|out| json::write_pretty(&difference, out))?;
        return Ok(Exit::Ok);
    }
    terminal.print(&drawn(&difference, terminal.width()))?;
    Ok(Exit::Ok)
}

fn drawn(difference: &Difference, width: Option<usize>) -> String {
    let (from, to) = (&difference.from, &difference.to);
    let mut text = format!("From run {} of {} to run {} of {}\n", from.run, from.as_of, to.run, to.as_of);
    text += &format!("{}\n", words::line(difference.changes.iter().map(|net| &net.change)));
    if difference.passing > 0 {
        text += &format!("{} more changed in between and stand as they did\n", difference.passing);
    }
    if difference.changes.is_empty() {
        return text;
    }
    let word = |status: Option<Status>| status.map_or("-", Status::as_str);
    // What is the same on many assets is one row. The order is that of the first of each.
    let mut at: BTreeMap<[String; 5], usize> = BTreeMap::new();
    let mut rows: Vec<([String; 5], Vec<&str>)> = Vec::new();
    for net in &difference.changes {
        let change = &net.change;
        let status = match (change.before, change.after) {
            (before, after) if before == after => word(after).to_owned(),
            (before, after) => format!("{} to {}", word(before), word(after)),
        };
        let why: Vec<String> = match net.steps.as_slice() {
            [only] => vec![words::cause(&only.change)],
            steps => steps.iter().map(|step| format!("run {}: {}", step.run, words::cause(&step.change))).collect(),
        };
        let what = if change.waived { format!("{}, waived", change.kind.as_str()) } else { change.kind.as_str().to_owned() };
        let row = [what, status, change.product.clone(), change.rule.clone(), why.join("\n")];
        let at = *at.entry(row.clone()).or_insert(rows.len());
        match rows.get_mut(at) {
            Some((_, assets)) => assets.push(&change.asset),
            None => rows.push((row, vec![&change.asset])),
        }
    }
    let rows = rows
        .into_iter()
        .map(|([what, status, product, rule, why], assets)| vec![what, status, product, some_assets(&assets), rule, why]);
    text + "\n" + &listing::listing(&["change", "status", "product", "asset", "act", "why"], rows, width)
}

/// Names the first assets, and counts the rest; JSON has them all.
fn some_assets(assets: &[&str]) -> String {
    let shown = if assets.len() > ASSETS + 1 { ASSETS } else { assets.len() };
    let mut lines: Vec<String> = assets[..shown].iter().map(|asset| (*asset).to_owned()).collect();
    if assets.len() > shown {
        lines.push(format!("and {} more", assets.len() - shown));
    }
    lines.join("\n")
}

/// Shows how counts went.
pub(super) fn trend(args: &HistoryTrendArgs, terminal: &Terminal) -> Done {
    let store = open(&args.at, terminal)?;
    let since = day(args.since.as_deref())?;
    let points = trend::points(&store, since.as_deref()).map_err(|error| failed(&error))?;
    if args.output == ListFormat::Json {
        return printed(&json!(points), terminal);
    }
    let statuses = &Status::ALL[..6];
    let kinds = [ChangeKind::New, ChangeKind::Worse, ChangeKind::Better, ChangeKind::Gone];
    let count = |number: Option<&u64>| number.copied().unwrap_or(0).to_string();
    let rows = points.iter().map(|point| {
        let head = [point.run.to_string(), point.as_of.clone(), point.items.to_string()];
        let counts = statuses.iter().map(|status| count(point.statuses.get(status)));
        let changes = kinds.iter().map(|kind| count(point.changes.get(kind)));
        head.into_iter().chain(counts).chain([point.waived.to_string()]).chain(changes).collect()
    });
    let header: Vec<&str> = ["run", "as of", "items"]
        .into_iter()
        .chain(statuses.iter().map(|status| status.as_str()))
        .chain(["waived"])
        .chain(kinds.iter().map(|kind| kind.as_str()))
        .collect();
    terminal.print(&listing::listing(&header, rows, terminal.width()))?;
    Ok(Exit::Ok)
}

/// Reads a day of the command line.
fn day(text: Option<&str>) -> Result<Option<String>, Failure> {
    text.map(|text| {
        NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").map(|day| day.to_string()).map_err(|_| {
            Failure::usage(Code::InvalidDate, format!("`--since {}` is no day", interdict::diag::printable(text)))
                .help("write a day: 2024-07-20")
        })
    })
    .transpose()
}

fn printed(value: &Value, terminal: &Terminal) -> Done {
    terminal.write(|out| json::write_pretty(value, out))?;
    Ok(Exit::Ok)
}
