//! `interdict waivers`: the waiver file, listed, checked and changed.
//!
//! A change is read as a whole before it is written, in one step; what would not count is refused, and
//! the file stays as it was.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use interdict::diag::{Code, Diagnostic, Diagnostics, Renderer, Severity, printable};
use interdict::model::{Effect, Moment};
use interdict::pipeline::{Job, Outcome};
use interdict::report::listing::listing;
use interdict::report::{self, plural, save};
use interdict::waiver::edit::{self, Table, Value};
use interdict::waiver::{Entry, Standing, Waivers};
use serde::Serialize;

use super::args::{ListFormat, WaiversAddArgs, WaiversArgs, WaiversCheckArgs, WaiversCommand, WaiversListArgs, WaiversRenewArgs};
use super::check::{evaluate, job, unread};
use super::context::{Session, moment, now, problems, read_text, shown_path, unknown};
use super::exit::{Done, Exit, Failure};
use super::inputs;
use super::terminal::Terminal;

/// Runs the command.
pub(crate) fn run(args: &WaiversArgs, terminal: &Terminal) -> Done {
    match &args.command {
        WaiversCommand::List(args) => list(args, terminal),
        WaiversCommand::Add(args) => add(args, terminal),
        WaiversCommand::Check(args) => check(args, terminal),
        WaiversCommand::Renew(args) => renew(args, terminal),
    }
}

fn file(session: &Session, flag: Option<&Path>) -> Result<PathBuf, Failure> {
    session.waiver_file(flag).ok_or_else(|| {
        Failure::usage(Code::InvalidFlag, "no waiver file is given")
            .help("name one with --waivers FILE, or as `waivers` under `[check]` in interdict.toml")
    })
}

/// A decision, and how it stands.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct DecisionEntry<'a> {
    state: &'static str,
    /// Rows that it settled; `None` where no inventory was looked at.
    rows: Option<u64>,
    #[serde(flatten)]
    decision: &'a report::Decision,
}

fn list(args: &WaiversListArgs, terminal: &Terminal) -> Done {
    let mut session = Session::open(&args.judge.pack, terminal)?;
    file(&session, args.judge.waivers.as_deref())?;
    let job = job(&args.judge, &mut session, terminal)?;
    session.warn(terminal);
    let outcome = held(&args.inventories, &job, &session, terminal)?;
    if let Some(outcome) = &outcome {
        unread(&outcome.report, terminal);
    }
    let entries = match &outcome {
        Some(outcome) => outcome.waivers.clone(),
        None => job.waivers.entries(&session.pack, job.asker.as_of),
    };
    let decisions = decisions(&job, &session, outcome.as_ref());
    match args.output {
        ListFormat::Json => {
            let value = serde_json::json!({ "waivers": entries, "decisions": decisions });
            terminal.print(&(serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"))?;
        }
        ListFormat::Table => terminal.print(&table(&entries, &decisions, terminal.width()))?,
    }
    Ok(outcome.map_or(Exit::Ok, |outcome| Exit::of(outcome.report.gate.exit_code)))
}

/// Holds the waivers against inventories, where there are any.
fn held(inventories: &[String], job: &Job, session: &Session, terminal: &Terminal) -> Result<Option<Outcome>, Failure> {
    if inventories.is_empty() {
        return Ok(None);
    }
    let inputs = inputs::expand(inventories, terminal)?;
    let outcome = evaluate(job, session, inputs, false, terminal);
    let others = outcome.diagnostics.iter().filter(|one| !is_about_waivers(one.code));
    terminal.diagnostics(others, &session.sources);
    if outcome.input_error {
        return Err(Failure::said(Exit::Usage));
    }
    Ok(Some(outcome))
}

fn is_about_waivers(code: Code) -> bool {
    ["waiver-", "decision-"].iter().any(|start| code.as_str().starts_with(start))
}

fn decisions<'a>(job: &'a Job, session: &Session, outcome: Option<&Outcome>) -> Vec<DecisionEntry<'a>> {
    let today = job.asker.today(&session.pack);
    let entry = |decision: &'a interdict::decision::Decision| {
        let settled = |outcome: &Outcome| {
            let of = outcome.report.decisions.iter().find(|settled| settled.decision == decision.shown);
            of.map_or(0, |settled| settled.rows)
        };
        let rows = outcome.map(settled);
        let state = match rows {
            _ if decision.until.is_some_and(|until| until < today) => Standing::Expired,
            Some(0) => Standing::Unused,
            _ => Standing::Counts,
        };
        DecisionEntry { state: state.as_str(), rows, decision: &decision.shown }
    };
    job.waivers.decisions.list().iter().map(entry).collect()
}

fn table(entries: &[Entry], decisions: &[DecisionEntry<'_>], width: Option<usize>) -> String {
    if entries.is_empty() && decisions.is_empty() {
        return "No waivers and no decisions.\n".to_owned();
    }
    let count = |many: Option<u64>| many.map_or_else(|| "–".to_owned(), |many| many.to_string());
    let mut text = String::new();
    if !entries.is_empty() {
        let rows = entries.iter().map(|entry| {
            let what = [&entry.rule, &entry.effect, &entry.product, &entry.asset].into_iter().flatten();
            let what = what.map(|part| printable(part)).collect::<Vec<_>>().join(", ");
            let why = format!("{} ({})", printable(&entry.reason), printable(&entry.owner));
            vec![entry.number.to_string(), entry.state.as_str().to_owned(), entry.until.clone(), count(entry.findings), what, why]
        });
        text += &listing(&["no", "state", "until", "findings", "accepts", "why (owner)"], rows, width);
    }
    if !decisions.is_empty() {
        if !text.is_empty() {
            text.push('\n');
        }
        let rows = decisions.iter().map(|entry| {
            let decision = entry.decision;
            let names = [&decision.vendor, &decision.product].into_iter().flatten();
            let names = names.map(|name| printable(name)).collect::<Vec<_>>().join(", ");
            let what = format!("{} {}", if decision.is { "is" } else { "is not" }, printable(&decision.entity));
            let why = format!("{} ({})", printable(&decision.reason), printable(&decision.owner));
            let until = decision.until.clone().unwrap_or_else(|| "–".to_owned());
            vec![entry.state.to_owned(), until, count(entry.rows), names, what, why]
        });
        text += &listing(&["state", "until", "rows", "name", "decided", "why (owner)"], rows, width);
    }
    text
}

fn check(args: &WaiversCheckArgs, terminal: &Terminal) -> Done {
    let mut session = Session::open(&args.judge.pack, terminal)?;
    let path = file(&session, args.judge.waivers.as_deref())?;
    let text = read_text(&path)?;
    let (waivers, mut found) = session.read_waivers(&path, &text);
    let counted =
        format!("{}, {}", plural(waivers.len() as u64, "waiver"), plural(waivers.decisions.list().len() as u64, "decision"));
    let mut exit = Exit::Ok;
    if !found.has_errors() {
        let job = Job { waivers, ..job(&args.judge, &mut session, terminal)? };
        match held(&args.inventories, &job, &session, terminal)? {
            Some(outcome) => {
                found.extend(outcome.diagnostics.iter().filter(|one| is_about_waivers(one.code)).cloned());
                unread(&outcome.report, terminal);
                exit = Exit::of(outcome.report.gate.exit_code);
            }
            None => found.extend(by_dates(&job, &session)),
        }
    }
    found.sort();
    let renderer = Renderer { colour: terminal.colour };
    let mut text = String::new();
    for one in found.iter() {
        let _ = writeln!(text, "{}\n", renderer.render(one, &session.sources));
    }
    let _ = writeln!(text, "{}: {counted}: {}", printable(&shown_path(&path)), problems(&found));
    terminal.print(&text)?;
    let is_wrong = found.iter().any(|one| one.code != Code::WaiverExpiring);
    Ok(if is_wrong { Exit::Findings } else { exit })
}

/// Says what the dates alone tell of waivers and decisions.
fn by_dates(job: &Job, session: &Session) -> Vec<Diagnostic> {
    let entries = job.waivers.entries(&session.pack, job.asker.as_of);
    let decisions = &job.waivers.decisions;
    let over = decisions.remarks(&decisions.unused(), job.asker.today(&session.pack), |_| interdict::diag::Place::None);
    entries.iter().filter_map(Entry::remark).chain(over.into_iter().filter(|one| one.code == Code::DecisionExpired)).collect()
}

fn add(args: &WaiversAddArgs, terminal: &Terminal) -> Done {
    let mut session = Session::open(&args.pack, terminal)?;
    let path = file(&session, args.waivers.as_deref())?;
    let as_of = as_of(args.as_of.as_ref())?;
    let old = if path.exists() { Some(read_text(&path)?) } else { None };
    let table = if args.entity.is_some() { Table::Decisions } else { Table::Waivers };
    let keys = keys(args)?;
    let text = edit::with_entry(old.as_deref(), table, &keys);
    let waivers = changed(&mut session, &path, &text, terminal)?;
    let entries = waivers.entries(&session.pack, as_of);
    let number = match table {
        Table::Waivers => {
            let entry = entries.last().into_iter();
            refuse(entry)?;
            entries.len()
        }
        Table::Decisions => waivers.decisions.list().len(),
    };
    write(&path, &text)?;
    let what = if table == Table::Waivers { "waiver" } else { "decision" };
    terminal.note(&format!("{}: {what} {number} added", shown_path(&path)));
    Ok(Exit::Ok)
}

/// Returns the keys of the new entry, in the order of the documentation.
fn keys(args: &WaiversAddArgs) -> Result<Vec<(&'static str, Value)>, Failure> {
    let effect = args.effect.as_deref().map(|word| {
        let known = || Effect::ALL.into_iter().map(|effect| effect.as_str());
        let effect = known().find(|effect| *effect == word);
        effect.ok_or_else(|| unknown(Code::InvalidFlag, "effect", word, known(), "effects: no-use, no-updates, no-sale, …"))
    });
    let effect = effect.transpose()?.map(str::to_owned);
    let until = args.until.as_deref().map(|text| day("--until", text)).transpose()?;
    let text = |text: &Option<String>| text.clone().map(Value::Text);
    let keys = [
        ("entity", text(&args.entity)),
        ("rule", text(&args.rule)),
        ("effect", effect.map(Value::Text)),
        ("vendor", text(&args.vendor)),
        ("product", text(&args.product)),
        ("asset", text(&args.asset)),
        ("is", args.is.map(Value::Bool)),
        ("reason", Some(Value::Text(args.reason.clone()))),
        ("owner", Some(Value::Text(args.owner.clone()))),
        ("approved-by", text(&args.approved_by)),
        ("until", until.map(Value::Day)),
        ("ticket", text(&args.ticket)),
        ("licence", text(&args.licence)),
    ];
    Ok(keys.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
}

fn renew(args: &WaiversRenewArgs, terminal: &Terminal) -> Done {
    let mut session = Session::open(&args.pack, terminal)?;
    let path = file(&session, args.waivers.as_deref())?;
    let as_of = as_of(args.as_of.as_ref())?;
    let until = day("--until", &args.until)?;
    let mut text = read_text(&path)?;
    let before = changed(&mut session, &path, &text, terminal)?.entries(&session.pack, as_of);
    let numbers = meant(&args.which, &before)?;
    for &number in &numbers {
        let source = session.sources.add(path.to_string_lossy(), &text);
        text = edit::with_until(&text, source, number, until).ok_or_else(|| no_such(&number.to_string()))?;
    }
    let after = changed(&mut session, &path, &text, terminal)?.entries(&session.pack, as_of);
    refuse(after.iter().filter(|entry| numbers.contains(&entry.number)))?;
    write(&path, &text)?;
    for entry in before.iter().filter(|entry| numbers.contains(&entry.number)) {
        terminal.note(&format!("{}: waiver {} runs until {until}, before until {}", shown_path(&path), entry.number, entry.until));
    }
    Ok(Exit::Ok)
}

/// Returns the numbers of the waivers that are meant, each once.
fn meant(which: &[String], entries: &[Entry]) -> Result<Vec<usize>, Failure> {
    let mut numbers = Vec::new();
    for word in which {
        let is_meant = |entry: &&Entry| match word.parse::<usize>() {
            Ok(number) => entry.number == number,
            Err(_) => entry.ticket.as_ref() == Some(word),
        };
        let found: Vec<usize> = entries.iter().filter(is_meant).map(|entry| entry.number).collect();
        if found.is_empty() {
            return Err(no_such(word));
        }
        numbers.extend(found.into_iter().filter(|number| !numbers.contains(number)).collect::<Vec<_>>());
    }
    Ok(numbers)
}

fn no_such(word: &str) -> Failure {
    Failure::usage(Code::InvalidFlag, format!("the file has no waiver `{}`", printable(word)))
        .help("`interdict waivers list` shows their numbers and tickets")
}

/// Reads the text as it would be written. What is wrong with it ends the command.
fn changed(session: &mut Session, path: &Path, text: &str, terminal: &Terminal) -> Result<Waivers, Failure> {
    let (waivers, diagnostics): (Waivers, Diagnostics) = session.read_waivers(path, text);
    let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error);
    terminal.diagnostics(errors, &session.sources);
    if diagnostics.has_errors() { Err(Failure::said(Exit::Usage)) } else { Ok(waivers) }
}

/// Refuses a waiver that would not count.
fn refuse<'a>(entries: impl Iterator<Item = &'a Entry>) -> Result<(), Failure> {
    for entry in entries {
        let message = match entry.state {
            Standing::Expired => format!("the waiver would have run out on {}", entry.until),
            Standing::TooLong => format!("the waiver would run until {}, more than {} days ahead", entry.until, entry.max_days),
            _ => continue,
        };
        return Err(
            Failure::usage(Code::InvalidFlag, message).help("give a day that is ahead and within the limit; nothing was written")
        );
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    save::save(path, |out| out.write_all(text.as_bytes())).map_err(|error| Failure::save(&error))
}

fn day(flag: &str, text: &str) -> Result<NaiveDate, Failure> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").map_err(|_| {
        Failure::usage(Code::InvalidDate, format!("`{flag} {}` is no day", printable(text))).help("write it as 2026-12-31")
    })
}

fn as_of(flag: Option<&String>) -> Result<Moment, Failure> {
    flag.filter(|text| !text.trim().is_empty()).map_or_else(|| Ok(now()), |text| moment("--as-of", text))
}
