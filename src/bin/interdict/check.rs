//! `interdict check`: from arguments to a job, from the outcome to outputs and exit code.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, TimeDelta};
use interdict::config::parse_period;
use interdict::diag::{Code, Diagnostic, Place, Severity, printable};
use interdict::gate::{FailOn, GateTerms};
use interdict::inventory::Source;
use interdict::model::{Moment, Status, Zone};
use interdict::pack::compile::Pack;
use interdict::pack::words::Kind;
use interdict::pipeline::{self, Job};
use interdict::report::{Format, GroupBy, Report, View, save};
use interdict::waiver::{self, Waivers};

use super::args::CheckArgs;
use super::context::{Session, read_text, unknown};
use super::exit::{Done, Exit, Failure};
use super::terminal::Terminal;
use super::{inputs, scan};

/// A pack older than this is worth a warning.
const AGING: i64 = 180;
/// So many unread rows of one inventory are named on standard error.
const UNREAD_SHOWN: usize = 10;

/// Runs the command.
pub(crate) fn run(args: &CheckArgs, terminal: &Terminal) -> Done {
    let mut session = Session::open(&args.pack, terminal)?;
    let outputs = outputs(args, &session)?;
    let job = job(args, &mut session, terminal)?;
    session.warn(terminal);
    let view =
        View { width: terminal.width(), colour: terminal.colour, only: statuses(&args.only)?, group_by: group_by(&args.group_by)? };
    let inputs = inputs::expand(&args.inventories, terminal)?;
    spare(&inputs, &outputs)?;
    let catalogue = &session.pack.catalogue;
    terminal.detail(&format!(
        "rules {} of {}: {} rules, {} entities, {}; configuration {}; as of {}",
        catalogue.version,
        catalogue.built,
        catalogue.rules.len(),
        catalogue.entities.len(),
        session.pack.digest,
        session.configuration.as_ref().map_or("none", |configuration| configuration.path.as_str()),
        job.asker.as_of
    ));
    let shown = terminal.shows_progress();
    let scanned = if args.scan { scan::scan(None, &scan::host(None)).into_inputs() } else { Vec::new() };
    let given = inputs.into_iter().map(|source| inputs::open(source, shown));
    let outcome = pipeline::check(&job, &session.pack, scanned.into_iter().chain(given));
    for inventory in &outcome.report.inventories {
        terminal.detail(&format!(
            "{}: {}, {} items, {} unread",
            inventory.source, inventory.format, inventory.items, inventory.unread_count
        ));
    }
    terminal.diagnostics(outcome.diagnostics.iter(), &session.sources);
    unread(&outcome.report, terminal);
    write(&outcome.report, &view, &outputs, terminal)?;
    let exit = Exit::of(outcome.report.gate.exit_code);
    // The process ends here; freeing so many small parts one by one would only take time.
    std::mem::forget((session, outcome));
    Ok(exit)
}

fn job(args: &CheckArgs, session: &mut Session, terminal: &Terminal) -> Result<Job, Failure> {
    let asker = session.asker(&args.scope)?;
    let check = &session.config.check;
    let text = |flag: &Option<String>, config: Option<&interdict::pack::file::At<String>>| {
        flag.clone().or(config.map(|text| text.get().clone()))
    };
    let fail_on = match text(&args.fail_on, check.fail_on.as_ref()) {
        Some(words) => FailOn::parse(&words).map_err(|word| {
            unknown(
                Code::InvalidFlag,
                "status",
                &word,
                Status::ALL.iter().filter(|status| **status != Status::Clear).map(|status| status.as_str()),
                "statuses: banned, no-updates, no-sale, upcoming, advisory, review; or never",
            )
        })?,
        None => FailOn::AtLeast(Status::NoSale),
    };
    let horizon = match text(&args.horizon, check.horizon.as_ref()) {
        Some(words) => period("--horizon", &words)?,
        None => TimeDelta::days(90),
    };
    let mut ignored = check.ignore_kinds.clone();
    for word in &args.ignore_kinds {
        let kind = Kind::ALL.iter().copied().find(|kind| kind.as_str() == word);
        ignored.push(kind.ok_or_else(|| {
            unknown(Code::InvalidFlag, "kind", word, Kind::ALL.iter().map(|kind| kind.as_str()), "kinds: vendor-exit, advisory, …")
        })?);
    }
    let max_age = text(&args.max_rule_age, session.config.rules.max_age.as_ref())
        .map(|words| period("--max-rule-age", &words))
        .transpose()?;
    let allow_unread = args.allow_unread || check.allow_unread == Some(true);
    let too_old = age(session, asker.as_of, max_age);
    let reading = session.reading(&args.read)?;
    let assets = session.assets(&args.assets, &reading, terminal)?;
    Ok(Job {
        default_place: session.default_place(&args.scope)?,
        horizon_days: u32::try_from(horizon.num_days()).unwrap_or(u32::MAX),
        ignored,
        reading,
        assets,
        gate: GateTerms { fail_on, allow_unread, too_old },
        waivers: waivers(args, session, terminal)?,
        configuration: session.configuration.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        asker,
    })
}

/// Reads a period of days, weeks, months or years.
pub(crate) fn period(flag: &str, text: &str) -> Result<TimeDelta, Failure> {
    parse_period(text).ok_or_else(|| {
        Failure::usage(Code::InvalidFlag, format!("`{flag} {}` is no period", interdict::diag::printable(text)))
            .help("write days, weeks, months or years: 90d, 12w, 3m, 1y")
    })
}

/// Returns how many days before the day asked about the shipped rules were built.
pub(crate) fn age_in_days(pack: &Pack, as_of: Moment) -> Option<i64> {
    let built = NaiveDate::parse_from_str(&pack.catalogue.built, "%Y-%m-%d").ok()?;
    Some((as_of.day(Zone::UTC) - built).num_days())
}

/// Says when the shipped rules are aging; returns the reason where they are older than allowed.
/// What counts is the day that is asked about: a replay of last year uses the rules as they are.
pub(crate) fn age(session: &mut Session, as_of: Moment, limit: Option<TimeDelta>) -> Option<String> {
    let (age, built) = (age_in_days(&session.pack, as_of)?, &session.pack.catalogue.built);
    if let Some(limit) = limit.filter(|limit| TimeDelta::days(age) > *limit) {
        let message = format!("the rules were built on {built}, {age} days before; at most {} are allowed", limit.num_days());
        session.diagnostics.push(Diagnostic::warning(Code::RulesTooOld, message.clone()).help("install a newer version"));
        return Some(message);
    }
    if age > AGING {
        let message = format!("the rules were built on {built}, {age} days before the day asked about");
        session
            .diagnostics
            .push(Diagnostic::warning(Code::RulesAging, message).help("install a newer version; acts may have changed since"));
    }
    None
}

fn waivers(args: &CheckArgs, session: &mut Session, terminal: &Terminal) -> Result<Waivers, Failure> {
    let own = session.config.check.waivers.as_ref().map(|path| session.beside_config(path));
    let Some(path) = args.waivers.clone().or(own) else { return Ok(Waivers::default()) };
    let text = read_text(&path)?;
    let source = session.sources.add(path.to_string_lossy(), &text);
    let mut diagnostics = interdict::diag::Diagnostics::default();
    let waivers = waiver::read(&text, source, &session.pack, &session.sources, &mut diagnostics);
    if diagnostics.has_errors() {
        terminal.diagnostics(diagnostics.iter(), &session.sources);
        return Err(Failure::said(Exit::Usage));
    }
    Ok(waivers)
}

/// One output: a format, and where it goes.
struct Output {
    format: Format,
    file: Option<PathBuf>,
}

fn outputs(args: &CheckArgs, session: &Session) -> Result<Vec<Output>, Failure> {
    let own: Vec<String> = session.config.check.outputs.iter().map(|text| text.get().clone()).collect();
    let words = if args.outputs.is_empty() { own } else { args.outputs.clone() };
    if words.is_empty() {
        return Ok(vec![Output { format: Format::Table, file: None }]);
    }
    let mut outputs: Vec<Output> = Vec::new();
    for word in &words {
        let (name, file) = word.split_once('=').map_or((word.as_str(), None), |(name, file)| (name, Some(file)));
        let known = Format::ALL.iter().map(|format| format.name());
        let format = Format::parse(name.trim())
            .ok_or_else(|| unknown(Code::InvalidFlag, "output format", name, known, "formats: table, json, sarif"))?;
        let file = file.filter(|file| *file != "-").map(PathBuf::from);
        if file.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
            return Err(Failure::usage(Code::InvalidFlag, format!("`{word}` names no file")));
        }
        let same = |other: &Output| match (&other.file, &file) {
            (Some(one), Some(other)) => place_of(one) == place_of(other),
            (one, other) => one == other,
        };
        if outputs.iter().any(same) {
            let what = file.map_or_else(|| "standard output".to_owned(), |file| format!("`{}`", file.display()));
            return Err(Failure::usage(Code::InvalidFlag, format!("two outputs go to {what}"))
                .help("give each its own file: -o json=result.json"));
        }
        outputs.push(Output { format, file });
    }
    Ok(outputs)
}

/// Returns where a file is, or would be: two spellings of one place are equal.
fn place_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let whole = || Some(fs::canonicalize(folder).ok()?.join(path.file_name()?));
    fs::canonicalize(path).ok().or_else(whole).unwrap_or_else(|| path.to_owned())
}

/// Refuses to write a report over an inventory that is read.
fn spare(inputs: &[Source], outputs: &[Output]) -> Result<(), Failure> {
    let read: Vec<PathBuf> = inputs.iter().filter_map(|input| input.path.as_deref()).map(place_of).collect();
    let regular = |file: &&PathBuf| file.is_file();
    match outputs.iter().filter_map(|output| output.file.as_ref()).filter(regular).find(|file| read.contains(&place_of(file))) {
        Some(file) => {
            let message = format!("the output would replace the inventory `{}`", printable(&file.to_string_lossy()));
            Err(Failure::usage(Code::InvalidFlag, message).help("give the report a file of its own"))
        }
        None => Ok(()),
    }
}

fn statuses(words: &[String]) -> Result<Vec<Status>, Failure> {
    let known = || Status::ALL.iter().map(|status| status.as_str());
    words
        .iter()
        .map(|word| {
            Status::parse(word.trim())
                .ok_or_else(|| unknown(Code::InvalidFlag, "status", word, known(), "see `interdict check --help`"))
        })
        .collect()
}

fn group_by(word: &str) -> Result<GroupBy, Failure> {
    let known = GroupBy::ALL.iter().map(|key| key.name());
    GroupBy::parse(word).ok_or_else(|| unknown(Code::InvalidFlag, "key", word, known, "keys: product, asset, rule, jurisdiction"))
}

/// Names the first unread rows of each inventory; files as a whole were named already.
fn unread(report: &Report, terminal: &Terminal) {
    let mut shown = Vec::new();
    for inventory in &report.inventories {
        let rows = inventory.unread.iter().filter(|unread| unread.line.is_some());
        for unread in rows.take(UNREAD_SHOWN) {
            let column = unread.column.as_ref().and_then(|column| column.parse().ok());
            let place = Place::Line(inventory.source.to_string(), unread.line.unwrap_or(0), column);
            shown.push(Diagnostic::warning(Code::UnreadRow, unread.reason.clone()).at(place));
        }
        let more = inventory.unread_count.saturating_sub(UNREAD_SHOWN as u64);
        if more > 0 {
            let message = format!("{more} more entries of this inventory could not be read");
            shown.push(
                Diagnostic::warning(Code::UnreadRow, message)
                    .at(Place::File(inventory.source.to_string()))
                    .help("-o json=FILE lists them"),
            );
        }
        for remark in &inventory.remarks {
            shown.push(Diagnostic::warning(Code::PartlyRead, remark.clone()).at(Place::File(inventory.source.to_string())));
        }
    }
    debug_assert!(shown.iter().all(|one| one.severity == Severity::Warning));
    terminal.diagnostics(shown.iter(), &interdict::diag::Sources::default());
}

fn write(report: &Report, view: &View, outputs: &[Output], terminal: &Terminal) -> Result<(), Failure> {
    // A file is for no terminal, whatever the terminal can do.
    let plain = View { width: None, colour: false, ..view.clone() };
    for Output { format, file } in outputs {
        match file {
            Some(path) => save::save(path, |out| format.write(report, &plain, out)).map_err(|error| Failure::save(&error))?,
            None => terminal.write(|out| format.write(report, view, out))?,
        }
    }
    Ok(())
}
