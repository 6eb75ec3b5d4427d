//! Every example of the README and of the guides is run, and shows what the program prints.
//!
//! A block fenced as `console` holds lines that begin with `$ `, each followed by what it prints on
//! standard output and standard error. The shell runs them in the repository. `console exit=1`
//! gives the exit code of the last command; all others end with 0. In what is shown, `...` on a
//! line of its own stands for any lines, and `[..]` for anything within a line.

use snapbox::IntoData;

use super::{bless, blessing, sealed, text, trimmed};

struct Example {
    command: String,
    shown: String,
    exit: i32,
    /// Lines of what is shown.
    lines: std::ops::Range<usize>,
}

fn examples(page: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut exit = None;
    for (number, line) in page.lines().enumerate() {
        if let Some(fence) = line.strip_prefix("```") {
            let words: Vec<&str> = fence.split_whitespace().collect();
            let code = words.iter().find_map(|word| word.strip_prefix("exit=")).map_or(0, |code| code.parse().expect("a number"));
            if let (Some(code), Some(last)) = (exit.take(), found.last_mut()) {
                last.exit = code;
            } else if words.first() == Some(&"console") {
                exit = Some(code);
            }
        } else if exit.is_some() {
            if let Some(command) = line.strip_prefix("$ ") {
                let lines = number + 1..number + 1;
                found.push(Example { command: command.to_owned(), shown: String::new(), exit: 0, lines });
            } else {
                let last = found.last_mut().unwrap_or_else(|| panic!("line {}: an example begins with `$ `", number + 1));
                last.shown += &format!("{line}\n");
                last.lines.end = number + 1;
            }
        }
    }
    found
}

fn check(path: &str) -> usize {
    let page = text(path);
    let mut rewritten: Vec<String> = page.lines().map(str::to_owned).collect();
    let all = examples(&page);
    for example in all.iter().rev() {
        let Example { command, shown, exit, lines } = example;
        assert!(command.contains("interdict"), "{path}: `{command}` is no example of ours");
        let dated = command.contains("--as-of")
            || ["lint", "test", "--audiences", "inventory", "fleet distinct", "fleet load", "fleet verdicts"]
                .iter()
                .any(|word| command.contains(word));
        assert!(dated, "{path}: `{command}` depends on the clock; add --as-of");
        let ran = sealed("sh").arg("-c").arg(format!("exec 2>&1\n{command}")).output().expect("a shell");
        // Empty lines at the end say nothing.
        let cut = |text: &str| trimmed(trimmed(text).trim_end());
        let printed = cut(&String::from_utf8(ran.stdout).expect("text"));
        assert_eq!(ran.status.code(), Some(*exit), "{path}: exit code of `{command}`, which printed\n{printed}");
        let same = snapbox::Assert::new().action(snapbox::assert::Action::Verify).try_eq(
            Some(&command.as_str()),
            printed.clone().into_data(),
            cut(shown).into_data(),
        );
        match same {
            Ok(()) => {}
            Err(_) if blessing() => {
                rewritten.splice(lines.clone(), printed.lines().map(str::to_owned));
            }
            Err(difference) => panic!("{path}, line {}\n{difference}", lines.start),
        }
    }
    if blessing() {
        bless(path, &(rewritten.join("\n") + "\n"));
    }
    all.len()
}

#[test]
#[cfg_attr(not(unix), ignore = "the examples are written for a POSIX shell")]
fn readme_examples_print_what_they_show() {
    assert!(check("README.md") >= 5, "the README has examples");
}

#[test]
#[cfg_attr(not(unix), ignore = "the examples are written for a POSIX shell")]
fn other_examples_print_what_they_show() {
    for path in [
        "CONTRIBUTING.md",
        "docs/notes.md",
        "docs/diagnostics.md",
        "docs/fleets.md",
        "docs/architecture.md",
        "docs/reports.md",
        "docs/waivers.md",
        "seeds/README.md",
    ] {
        check(path);
    }
}

#[test]
fn every_format_is_in_the_readme_and_in_the_guide_to_reports() {
    let (readme, guide) = (text("README.md"), text("docs/reports.md"));
    for format in interdict::report::Format::ALL {
        let name = format.name();
        assert!(readme.lines().any(|line| line.starts_with(&format!("| `{name}` | "))), "README.md has no row for {name}");
        assert!(guide.lines().any(|line| line.starts_with(&format!("`{name}`: "))), "docs/reports.md does not describe {name}");
    }
}
