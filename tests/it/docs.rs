//! Tests that keep the documentation true, and what they share.
//!
//! `INTERDICT_BLESS=1 cargo test --test it docs` rewrites what is generated: `docs/cli.md`,
//! `docs/formats.md`, the schemas, the pages of the rules and the examples of the README.

mod ci;
mod cli;
mod diagnostics;
mod fleets;
mod formats;
mod layers;
mod library;
mod notes;
mod pages;
mod readme;
mod schedule;
mod schemas;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads a file of the repository.
fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}")).replace("\r\n", "\n")
}

/// Returns whether generated text is to be rewritten.
fn blessing() -> bool {
    std::env::var_os("INTERDICT_BLESS").is_some_and(|value| value == "1")
}

/// Rewrites a file of the repository.
fn bless(path: &str, text: &str) {
    std::fs::write(root().join(path), text).unwrap_or_else(|error| panic!("{path}: {error}"));
}

/// Returns a command that runs in the repository and knows nothing of the machine: no settings, no
/// colour, no terminal. The folder of the binary is the first where programs are looked for.
fn sealed(program: &str) -> Command {
    let folder = Path::new(env!("CARGO_BIN_EXE_interdict")).parent().expect("a folder");
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(std::process::Stdio::null());
    command.env_clear().env("NO_COLOR", "1").env("LC_ALL", "C.UTF-8").env("HOME", root().join("target"));
    for kept in ["SystemRoot", "TEMP", "TMP", "LLVM_PROFILE_FILE"] {
        command.envs(std::env::var_os(kept).map(|value| (kept, value)));
    }
    let places = [folder.to_owned(), PathBuf::from("/usr/bin"), PathBuf::from("/bin")];
    command.env("PATH", std::env::join_paths(places).expect("a path"));
    command
}

/// Cuts white space off the ends of lines.
fn trimmed(text: &str) -> String {
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Returns all Rust files below a folder of the repository, in order.
fn rust_files(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.ends_with(".rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
