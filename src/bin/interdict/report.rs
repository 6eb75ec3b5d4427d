//! `interdict report`: a saved report in, the formats asked for out.
//!
//! A saved report is as hostile as an inventory: it is read within bounds, strictly, and refused as
//! a whole where it is not what `check` writes. The exit code is that of the saved run, since what is
//! shown never changes it: a report of a run that failed must not pass for one that did not.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use interdict::diag::{Code, Diagnostic, Place};
use interdict::model::Status;
use interdict::report::{Report, json, plural};

use super::args::ReportArgs;
use super::exit::{Done, Exit, Failure};
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
    let report = json::read(&bytes(path, &name)?).map_err(|error| refused(&error, &name))?;
    left_out(&report, &name, terminal);
    outputs.write(&report, terminal)?;
    let exit = Exit::of(report.gate.exit_code);
    // The process ends here; freeing so many small parts one by one would only take time.
    std::mem::forget(report);
    Ok(exit)
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
