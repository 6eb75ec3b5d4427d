//! `docs/cli.md` is the help of every command, as the program prints it.

use super::{bless, blessing, sealed, text, trimmed};

const PATH: &str = "docs/cli.md";

/// Returns the long help of a command, at a width of 100.
fn help(command: &[&str]) -> String {
    let ran = sealed(env!("CARGO_BIN_EXE_interdict")).args(command).arg("--help").env("COLUMNS", "100").output().expect("it runs");
    assert!(ran.status.success(), "interdict {} --help: {}", command.join(" "), String::from_utf8_lossy(&ran.stderr));
    trimmed(&String::from_utf8(ran.stdout).expect("text"))
}

/// Returns the subcommands that a help text lists.
fn subcommands(help: &str) -> Vec<&str> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next().filter(|_| line.starts_with("  ") && !line.starts_with("   ")))
        .filter(|name| *name != "help")
        .collect()
}

fn write(command: &[&str], page: &mut String) {
    let help = help(command);
    let name = [&["interdict"], command].concat().join(" ");
    *page += &format!("\n{} `{name}`\n\n```text\n{help}```\n", "#".repeat(command.len() + 2));
    for subcommand in subcommands(&help) {
        write(&[command, &[subcommand]].concat(), page);
    }
}

#[test]
fn reference_is_the_help_of_every_command() {
    let mut page = "# Command line\n\nGenerated from the program's own help: `INTERDICT_BLESS=1 cargo test --test it docs` \
                    rewrites this page.\n\nFlags win over `INTERDICT_*` variables, these over the configuration file.\n"
        .to_owned();
    write(&[], &mut page);
    assert!(page.contains("`interdict rules lint`"), "subcommands are found");
    if blessing() {
        bless(PATH, &page);
    }
    snapbox::assert_data_eq!(text(PATH), page);
}
