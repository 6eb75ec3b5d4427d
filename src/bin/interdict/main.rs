//! The command line. Only the binary knows the clock, the terminal and the environment.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the binary is where things are printed")]

mod args;
mod baseline;
mod check;
mod context;
mod exit;
mod explain;
mod fleet;
mod history;
mod init;
mod inputs;
mod inspect;
mod interrupt;
mod inventory;
mod log;
mod outputs;
mod progress;
mod report;
mod rules;
mod run;
mod scan;
mod schedule;
mod schema;
mod shell;
mod terminal;
mod timeline;
mod waivers;

use std::process::ExitCode;

use args::Command;
use exit::Exit;

fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no error.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Ok.into() };
        }
    };
    let terminal = terminal::Terminal::new(cli.global.color, cli.global.quiet, cli.global.verbose);
    let done = match &cli.command {
        Command::Check(args) => check::run(args, &terminal),
        Command::Run(args) => run::run(args, &terminal),
        Command::Schedule(args) => schedule::run(args, &terminal),
        Command::History(args) => history::run(args, &terminal),
        Command::Explain(args) => explain::run(args, &terminal),
        Command::Timeline(args) => timeline::run(args, &terminal),
        Command::Waivers(args) => waivers::run(args, &terminal),
        Command::Baseline(args) => baseline::run(args, &terminal),
        Command::Inventory(args) => inventory::run(args, &terminal),
        Command::Fleet(args) => fleet::run(args, &terminal),
        Command::Report(args) => report::run(args, &terminal),
        Command::Rules(args) => rules::run(args, &terminal),
        Command::Schema(args) => schema::run(args, &terminal),
        Command::Init(args) => init::run(args, &terminal),
        Command::Completions(args) => shell::completions(args, &terminal),
        Command::Man => shell::man(&terminal),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => {
            terminal.fail(&failure);
            if interrupt::is_stopped() { interrupt::EXIT.into() } else { failure.exit.into() }
        }
    }
}
