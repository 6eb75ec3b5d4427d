//! `interdict check`: from arguments to a job, from the outcome to outputs and exit code.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, TimeDelta};
use interdict::baseline::Baseline;
use interdict::config::parse_period;
use interdict::diag::{Code, Diagnostic, Place, Severity};
use interdict::gate::{FailOn, GateTerms};
use interdict::inventory::Source;
use interdict::model::{Moment, Status, Zone};
use interdict::pack::compile::Pack;
use interdict::pack::file::At;
use interdict::pack::words::Kind;
use interdict::pipeline::{self, Job, Outcome};
use interdict::report::Report;

use super::args::{CheckArgs, JudgeArgs};
use super::context::{Session, shown_path, unknown};
use super::exit::{Done, Exit, Failure};
use super::outputs::Outputs;
use super::terminal::Terminal;
use super::{inputs, scan};

/// A pack older than this is worth a warning.
const AGING: i64 = 180;
/// A baseline is never longer.
const MAX_BASELINE: u64 = 256 << 20;
/// So many unread rows of one inventory are named on standard error.
const UNREAD_SHOWN: usize = 10;

/// Runs the command.
pub(crate) fn run(args: &CheckArgs, terminal: &Terminal) -> Done {
    let mut session = Session::open(&args.judge.pack, terminal)?;
    let own: Vec<String> = session.config.check.outputs.iter().map(|text| text.get().clone()).collect();
    let outputs = Outputs::read(&args.show, &own, terminal)?;
    let job = full_job(args, &mut session, terminal)?;
    session.warn(terminal);
    let inputs = inputs::expand(&args.inventories, terminal)?;
    outputs.spare(inputs.iter().filter_map(|input| input.path.as_deref()), "inventory")?;
    outputs.spare(session.waiver_file(args.judge.waivers.as_deref()).as_deref().into_iter(), "waiver file")?;
    outputs.spare(baseline_file(args, &session).as_deref().into_iter(), "baseline")?;
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
    let outcome = evaluate(&job, &session, inputs, args.scan, terminal);
    terminal.diagnostics(outcome.diagnostics.iter(), &session.sources);
    unread(&outcome.report, terminal);
    outputs.write(&outcome.report, terminal)?;
    let exit = Exit::of(outcome.report.gate.exit_code);
    // The process ends here; freeing so many small parts one by one would only take time.
    std::mem::forget((session, outcome));
    Ok(exit)
}

/// Runs the job over the inputs, and over what is installed here where that is asked for.
pub(crate) fn evaluate(job: &Job, session: &Session, inputs: Vec<Source>, with_scan: bool, terminal: &Terminal) -> Outcome {
    let shown = terminal.shows_progress();
    let scanned = if with_scan { scan::scan(None, &scan::host(None)).into_inputs() } else { Vec::new() };
    let given = inputs.into_iter().map(|source| inputs::open(source, shown));
    let outcome = pipeline::check(job, &session.pack, scanned.into_iter().chain(given));
    for inventory in &outcome.report.inventories {
        terminal.detail(&format!(
            "{}: {}, {} items, {} unread",
            inventory.source, inventory.format, inventory.items, inventory.unread_count
        ));
    }
    outcome
}

/// Returns the job of a whole command line, with its gate and its baseline.
pub(crate) fn full_job(args: &CheckArgs, session: &mut Session, terminal: &Terminal) -> Result<Job, Failure> {
    let job = job(&args.judge, session, terminal)?;
    Ok(Job {
        horizon_days: horizon(args, session)?,
        gate: gate(args, session, job.asker.as_of)?,
        baseline: baseline(args, session)?,
        ..job
    })
}

/// Returns the job that the flags and the configuration ask for. Nothing found fails it, and no dates
/// are listed.
pub(crate) fn job(args: &JudgeArgs, session: &mut Session, terminal: &Terminal) -> Result<Job, Failure> {
    let asker = session.asker(&args.scope)?;
    let reading = session.reading(&args.read)?;
    let assets = session.assets(&args.assets, &reading, terminal)?;
    Ok(Job {
        default_place: session.default_place(&args.scope)?,
        horizon_days: 0,
        ignored: ignored(args, session)?,
        reading,
        assets,
        gate: GateTerms { fail_on: FailOn::Never, allow_unread: allow_unread(args, session), ..GateTerms::default() },
        waivers: session.waivers(args.waivers.as_deref(), terminal)?,
        baseline: None,
        configuration: session.configuration.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        asker,
    })
}

fn ignored(args: &JudgeArgs, session: &Session) -> Result<Vec<Kind>, Failure> {
    let mut ignored = session.config.check.ignore_kinds.clone();
    for word in &args.ignore_kinds {
        let kind = Kind::ALL.iter().copied().find(|kind| kind.as_str() == word);
        ignored.push(kind.ok_or_else(|| {
            unknown(Code::InvalidFlag, "kind", word, Kind::ALL.iter().map(|kind| kind.as_str()), "kinds: vendor-exit, advisory, …")
        })?);
    }
    Ok(ignored)
}

fn allow_unread(args: &JudgeArgs, session: &Session) -> bool {
    args.allow_unread || session.config.check.allow_unread == Some(true)
}

fn horizon(args: &CheckArgs, session: &Session) -> Result<u32, Failure> {
    let words = said(args.horizon.as_ref(), session.config.check.horizon.as_ref());
    words.map_or(Ok(pipeline::HORIZON_DAYS), |words| days("--horizon", words))
}

fn gate(args: &CheckArgs, session: &mut Session, as_of: Moment) -> Result<GateTerms, Failure> {
    let check = &session.config.check;
    let only_new = args.fail_on_new || check.fail_on_new == Some(true);
    let fail_on = match said(args.fail_on.as_ref(), check.fail_on.as_ref()) {
        Some(words) => fail_on_words(words)?,
        // Whatever is new is worth a look, were it a possible match only.
        None if only_new => FailOn::AtLeast(Status::Review),
        None => FailOn::default(),
    };
    let within_days =
        said(args.fail_within.as_ref(), check.fail_within.as_ref()).map(|words| days("--fail-within", words)).transpose()?;
    let max_age = said(args.max_rule_age.as_ref(), session.config.rules.max_age.as_ref())
        .map(|words| period("--max-rule-age", words))
        .transpose()?;
    let allow_unread = allow_unread(&args.judge, session);
    Ok(GateTerms { fail_on, allow_unread, too_old: age(session, as_of, max_age), only_new, within_days })
}

/// Reads the statuses that fail a run.
pub(crate) fn fail_on_words(words: &str) -> Result<FailOn, Failure> {
    FailOn::parse(words).map_err(|word| {
        unknown(
            Code::InvalidFlag,
            "status",
            &word,
            Status::ALL.iter().filter(|status| **status != Status::Clear).map(|status| status.as_str()),
            "statuses: banned, no-updates, no-sale, upcoming, advisory, review; or never",
        )
    })
}

fn baseline_file(args: &CheckArgs, session: &Session) -> Option<PathBuf> {
    let flag = args.baseline.clone().filter(|path| !path.as_os_str().is_empty());
    flag.or_else(|| session.config.check.baseline.as_ref().map(|path| session.beside_config(path)))
}

/// Reads the baseline. Where there is none, everything is new, and that is said.
fn baseline(args: &CheckArgs, session: &mut Session) -> Result<Option<Baseline>, Failure> {
    let Some(path) = baseline_file(args, session) else {
        if args.fail_on_new || session.config.check.fail_on_new == Some(true) {
            let missing = Diagnostic::warning(Code::BaselineMissing, "no baseline is given, so that every finding is new");
            session.diagnostics.push(missing.help("give one with --baseline FILE"));
        }
        return Ok(None);
    };
    let name = shown_path(&path);
    match read_baseline(&path) {
        Ok(text) => Baseline::read(&name, &text).map(Some).map_err(|reason| {
            Failure::usage(Code::InvalidBaseline, reason)
                .at(Place::File(name.clone()))
                .help("write one with `interdict baseline write`")
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let missing = Diagnostic::warning(Code::BaselineMissing, "there is no such baseline, so that every finding is new");
            let help = "`interdict baseline write` writes the present state down";
            session.diagnostics.push(missing.at(Place::File(name.clone())).help(help));
            Ok(Some(Baseline::missing(&name)))
        }
        Err(error) => Err(Failure::file("read", &path, &error)),
    }
}

fn read_baseline(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_BASELINE + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_BASELINE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large for a baseline"));
    }
    Ok(text)
}

/// A flag counts more than the configuration; an empty variable of the environment says nothing.
fn said<'a>(flag: Option<&'a String>, config: Option<&'a At<String>>) -> Option<&'a String> {
    flag.filter(|text| !text.trim().is_empty()).or(config.map(|text| text.get()))
}

/// Reads a period as a number of days.
pub(crate) fn days(flag: &str, text: &str) -> Result<u32, Failure> {
    Ok(u32::try_from(period(flag, text)?.num_days()).unwrap_or(u32::MAX))
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

/// Names the first unread rows of each inventory; files as a whole were named already.
pub(crate) fn unread(report: &Report, terminal: &Terminal) {
    terminal.diagnostics(unread_rows(report).iter(), &interdict::diag::Sources::default());
}

/// The same, as diagnostics.
pub(crate) fn unread_rows(report: &Report) -> Vec<Diagnostic> {
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
    shown
}
