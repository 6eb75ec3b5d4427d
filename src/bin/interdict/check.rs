//! `interdict check`: from arguments to a job, from the outcome to outputs and exit code.

use chrono::{NaiveDate, TimeDelta};
use interdict::config::parse_period;
use interdict::diag::{Code, Diagnostic, Place, Severity};
use interdict::gate::{FailOn, GateTerms};
use interdict::model::{Moment, Status, Zone};
use interdict::pack::compile::Pack;
use interdict::pack::words::Kind;
use interdict::pipeline::{self, Job};
use interdict::report::Report;
use interdict::waiver::{self, Waivers};

use super::args::CheckArgs;
use super::context::{Session, read_text, unknown};
use super::exit::{Done, Exit, Failure};
use super::outputs::Outputs;
use super::terminal::Terminal;
use super::{inputs, scan};

/// A pack older than this is worth a warning.
const AGING: i64 = 180;
/// So many unread rows of one inventory are named on standard error.
const UNREAD_SHOWN: usize = 10;

/// Runs the command.
pub(crate) fn run(args: &CheckArgs, terminal: &Terminal) -> Done {
    let mut session = Session::open(&args.pack, terminal)?;
    let own: Vec<String> = session.config.check.outputs.iter().map(|text| text.get().clone()).collect();
    let outputs = Outputs::read(&args.show, &own, terminal)?;
    let job = job(args, &mut session, terminal)?;
    session.warn(terminal);
    let inputs = inputs::expand(&args.inventories, terminal)?;
    outputs.spare(inputs.iter().filter_map(|input| input.path.as_deref()), "inventory")?;
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
    outputs.write(&outcome.report, terminal)?;
    let exit = Exit::of(outcome.report.gate.exit_code);
    // The process ends here; freeing so many small parts one by one would only take time.
    std::mem::forget((session, outcome));
    Ok(exit)
}

pub(crate) fn job(args: &CheckArgs, session: &mut Session, terminal: &Terminal) -> Result<Job, Failure> {
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

/// Names the first unread rows of each inventory; files as a whole were named already.
fn unread(report: &Report, terminal: &Terminal) {
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
