//! `interdict report`: a saved report or a fleet's export in, the formats asked for out.
//!
//! A saved report is as hostile as an inventory: it is read within bounds, strictly, and refused as
//! a whole where it is not what `check` writes. The exit code is that of the saved run, since what is
//! shown never changes it: a report of a run that failed must not pass for one that did not.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use interdict::diag::{Code, Diagnostic, Place};
use interdict::evaluate::Days;
use interdict::fleet::export::Export;
use interdict::fleet::raw::{RawError, RawTable};
use interdict::gate::{FailOn, GateTerms};
use interdict::model::{Moment, Status};
use interdict::pipeline::{self, Job};
use interdict::report::{Report, json, plural};

use super::args::fleet::TermsArgs;
use super::args::{FleetReportArgs, ReportArgs};
use super::check::{days, fail_on_words};
use super::context::Session;
use super::exit::{Done, Exit, Failure};
use super::fleet::OwnTerms;
use super::outputs::Outputs;
use super::terminal::Terminal;

/// A saved report is never longer: some 400,000 findings.
const MAX_BYTES: u64 = 1 << 30;

/// Runs the command.
pub(crate) fn run(args: &ReportArgs, terminal: &Terminal) -> Done {
    let outputs = Outputs::read(&args.show, &[], terminal)?;
    let path = (args.result != "-").then(|| Path::new(&args.result));
    outputs.spare(path.into_iter(), "saved report")?;
    let name = path.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string());
    if let Some(export) = path.map(|path| fleet_export(path, &name, terminal)).transpose()?.flatten() {
        return of_fleet(args, &export, &name, &outputs, terminal);
    }
    let bytes = bytes(path, &name)?;
    if path.is_none() && looks_like_export(&bytes[..bytes.len().min(HEAD)]) {
        let export = Export::read([RawTable::open(Box::new(io::Cursor::new(bytes)))]);
        return of_fleet(args, &export.map_err(|error| no_export(&error, &name))?, &name, &outputs, terminal);
    }
    let report = json::read(&bytes).map_err(|error| refused(&error, &name))?;
    only_for_fleets(&args.fleet)?;
    left_out(&report, &name, terminal);
    outputs.write(&report, terminal)?;
    let exit = Exit::of(report.gate.exit_code);
    // The process ends here; freeing so many small parts one by one would only take time.
    std::mem::forget(report);
    Ok(exit)
}

/// So many bytes tell whether a file is a fleet's export.
const HEAD: usize = 512;

fn looks_like_export(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    head.starts_with("PAR1") || head.to_ascii_lowercase().contains("interdict_fleet")
}

/// Returns the export of a fleet that a file or a folder holds; none where a file is taken for a saved
/// report.
fn fleet_export(path: &Path, name: &str, terminal: &Terminal) -> Result<Option<Export>, Failure> {
    if path.is_dir() {
        let sources = super::fleet::sources(&[path.display().to_string()], terminal)?;
        let parts = sources.iter().map(|source| super::fleet::open(source.path.as_deref()));
        return Export::read(parts).map(Some).map_err(|error| no_export(&error, name));
    }
    let mut head = Vec::new();
    // What cannot be read is told of when it is read as a report.
    let read = File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
    if read.is_err() || !looks_like_export(&head) {
        return Ok(None);
    }
    Export::read([super::fleet::open(Some(path))]).map(Some).map_err(|error| no_export(&error, name))
}

fn no_export(error: &RawError, name: &str) -> Failure {
    let help = "write it again with the query of `interdict fleet join --export`";
    placed(error.code(), error.to_string(), Place::File(name.to_owned()), help)
}

/// Draws up the report of a fleet.
fn of_fleet(args: &ReportArgs, export: &Export, name: &str, outputs: &Outputs, terminal: &Terminal) -> Done {
    let FleetReportArgs { terms, pack, horizon, fail_on, allow_unread } = &args.fleet;
    let mut session = Session::open(pack, terminal)?;
    let waivers = session.waivers(terms.waivers.as_deref(), terminal)?;
    let own = OwnTerms::read(terms, &session)?;
    let jurisdictions: Result<Vec<String>, Failure> =
        export.jurisdictions().iter().map(|code| session.jurisdiction(code)).collect();
    let audiences: Result<Vec<String>, Failure> = export.audiences().iter().map(|name| session.audience(name)).collect();
    let mut asker = super::fleet::scenario(&session, jurisdictions?, audiences?, own.known_on).asker;
    asker.as_of = export.day().map_or(asker.as_of, Moment::Day);
    let gate = GateTerms {
        fail_on: fail_on.as_deref().map_or(Ok(FailOn::default()), fail_on_words)?,
        allow_unread: *allow_unread,
        ..GateTerms::default()
    };
    let job = Job {
        default_place: own.default_place.clone(),
        horizon_days: horizon.as_deref().map_or(Ok(pipeline::HORIZON_DAYS), |text| days("--horizon", text))?,
        ignored: own.ignored.clone(),
        reading: interdict::inventory::Options::default(),
        assets: None,
        waivers,
        baseline: None,
        gate,
        configuration: session.configuration.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        asker,
    };
    session.warn(terminal);
    let terms = own.with(&job.waivers.decisions, Days::default());
    let outcome = export.outcome(&job, &session.pack, name, &terms).map_err(|wrong| {
        terminal.diagnostics(wrong.iter(), &session.sources);
        Failure::said(Exit::Usage)
    })?;
    terminal.diagnostics(outcome.diagnostics.iter(), &session.sources);
    outputs.write(&outcome.report, terminal)?;
    Ok(Exit::of(outcome.report.gate.exit_code))
}

/// A saved report is what it is: flags that would judge it anew are a misunderstanding.
fn only_for_fleets(args: &FleetReportArgs) -> Result<(), Failure> {
    let TermsArgs { location, known_on, ignore_kinds, waivers, dates } = &args.terms;
    let given = [
        ("--location", location.is_some()),
        ("--known-on", known_on.is_some()),
        ("--ignore-kind", !ignore_kinds.is_empty()),
        ("--waivers", waivers.is_some()),
        ("--dates", dates.is_some()),
        ("--horizon", args.horizon.is_some()),
        ("--fail-on", args.fail_on.is_some()),
        ("--allow-unread", args.allow_unread),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((flag, _)) => {
            Err(Failure::usage(Code::InvalidFlag, format!("`{flag}` is for a fleet's export; a saved report was judged already"))
                .help("give it to `interdict check`"))
        }
        None => Ok(()),
    }
}

/// Reads the file, within bounds.
fn bytes(path: Option<&Path>, name: &str) -> Result<Vec<u8>, Failure> {
    let failed = |operation: &str, error: &io::Error| Failure::file(operation, path.unwrap_or(Path::new(name)), error);
    let mut bytes = Vec::new();
    let mut source: Box<dyn Read> = match path {
        Some(path) => Box::new(File::open(path).map_err(|error| failed("open", &error))?),
        None => Box::new(io::stdin().lock()),
    };
    source.by_ref().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed("read", &error))?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = "the file is larger than any report that `interdict check` writes is read";
        return Err(placed(Code::TooLarge, message.into(), Place::File(name.to_owned()), "check the path; split the inventory"));
    }
    Ok(bytes)
}

pub(crate) fn refused(error: &json::ReadError, name: &str) -> Failure {
    let file = Place::File(name.to_owned());
    match error {
        json::ReadError::Schema { .. } => {
            let help = "use the version of the program that wrote it, or run the check again";
            placed(Code::UnsupportedSchema, error.to_string(), file, help)
        }
        json::ReadError::Shape(reason) => {
            let place = match reason.line() {
                0 => file,
                line => Place::Line(name.to_owned(), line as u64, Some(reason.column() as u64)),
            };
            placed(Code::InvalidReport, error.to_string(), place, "save one with `interdict check INVENTORY -o json=FILE`")
        }
        json::ReadError::Value(_) => {
            placed(Code::InvalidReport, error.to_string(), file, "save one with `interdict check INVENTORY -o json=FILE`")
        }
    }
}

fn placed(code: Code, message: String, place: Place, help: &str) -> Failure {
    let diagnostic = Diagnostic::error(code, message).at(place).help(help);
    Failure { exit: Exit::Usage, diagnostic: Some(Box::new(diagnostic)) }
}

/// Says so where the saved report counts items whose findings it does not list.
fn left_out(report: &Report, name: &str, terminal: &Terminal) {
    let listed = |status| report.findings.iter().any(|finding| finding.status == status && finding.waiver.is_none());
    let missing: Vec<String> = Status::ALL
        .into_iter()
        .filter(|&status| status != Status::Clear && report.summary.of(status) > 0 && !listed(status))
        .map(|status| plural(report.summary.of(status), &format!("{} item", status.as_str())))
        .collect();
    if !missing.is_empty() {
        let message = format!("the report counts {} and lists no finding of these", missing.join(", "));
        let diagnostic = Diagnostic::warning(Code::FindingsLeftOut, message)
            .at(Place::File(name.to_owned()))
            .help("it was saved with `--only`; save it without, and choose when it is rendered");
        terminal.diagnostics(std::iter::once(&diagnostic), &interdict::diag::Sources::default());
    }
}
