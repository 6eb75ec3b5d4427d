//! `interdict baseline write`: what stands today, for a later run to be held against.

use interdict::baseline;
use interdict::diag::{Code, printable};
use interdict::report::{plural, save};

use super::args::{BaselineArgs, BaselineCommand, BaselineWriteArgs};
use super::check::{evaluate, job, unread};
use super::context::{Session, shown_path};
use super::exit::{Done, Exit, Failure};
use super::inputs;
use super::outputs::place_of;
use super::terminal::Terminal;

/// Runs the command.
pub(crate) fn run(args: &BaselineArgs, terminal: &Terminal) -> Done {
    match &args.command {
        BaselineCommand::Write(args) => write(args, terminal),
    }
}

/// Writes what could be read, and says so where that is not all: what is missing will be new.
fn write(args: &BaselineWriteArgs, terminal: &Terminal) -> Done {
    let mut session = Session::open(&args.judge.pack, terminal)?;
    let job = job(&args.judge, &mut session, terminal)?;
    session.warn(terminal);
    let own = session.config.check.baseline.as_ref().map(|path| session.beside_config(path));
    let path =
        args.output.clone().or(own).ok_or_else(|| {
            Failure::usage(Code::InvalidFlag, "no file is given for the baseline").help("name one: -o baseline.json")
        })?;
    let inputs = inputs::expand(&args.inventories, terminal)?;
    if inputs.iter().filter_map(|input| input.path.as_deref()).any(|input| place_of(input) == place_of(&path)) {
        let message = format!("the baseline would replace the inventory `{}`", printable(&path.to_string_lossy()));
        return Err(Failure::usage(Code::InvalidFlag, message).help("give the baseline a file of its own"));
    }
    let outcome = evaluate(&job, &session, inputs, args.scan, terminal);
    terminal.diagnostics(outcome.diagnostics.iter(), &session.sources);
    unread(&outcome.report, terminal);
    if outcome.input_error {
        return Err(Failure::said(Exit::Usage));
    }
    save::save(&path, |out| baseline::write(&outcome.report, out)).map_err(|error| Failure::save(&error))?;
    let waived = outcome.report.findings.iter().filter(|finding| finding.waiver.is_some()).count() as u64;
    let written = outcome.report.findings.len() as u64 - waived;
    let left_out = if waived > 0 { format!("; {} waived left out", plural(waived, "finding")) } else { String::new() };
    terminal.note(&format!("{}: {}{left_out}", shown_path(&path), plural(written, "finding")));
    Ok(Exit::of(outcome.report.gate.exit_code))
}
