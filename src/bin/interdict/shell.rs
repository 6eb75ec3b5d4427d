//! `interdict completions` and `interdict man`.

use clap::CommandFactory;

use super::args::{Cli, CompletionsArgs};
use super::exit::{Done, Exit};
use super::terminal::Terminal;

/// Prints completions.
pub(crate) fn completions(args: &CompletionsArgs, terminal: &Terminal) -> Done {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "interdict", &mut text);
    terminal.write(|out| out.write_all(&text))?;
    Ok(Exit::Ok)
}

/// Prints the manual page, subcommands included.
pub(crate) fn man(terminal: &Terminal) -> Done {
    let mut command = Cli::command();
    command.build();
    let mut text = Vec::new();
    let mut page = |command: &clap::Command| clap_mangen::Man::new(command.clone()).render(&mut text);
    let mut pages = vec![page(&command)];
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        pages.push(page(inner));
    }
    terminal.write(|out| {
        pages.into_iter().collect::<std::io::Result<Vec<()>>>()?;
        out.write_all(&text)
    })?;
    Ok(Exit::Ok)
}
