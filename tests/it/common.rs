//! The program in a sealed folder: no home, no environment, no configuration, no clock.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// Exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
}

impl Ran {
    /// Returns the report on standard output.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {}\n{}", self.stdout, self.stderr))
    }
}

/// Returns a configuration of an organisation in the United States that uses the rules of the fixture
/// `pack` alone, on what lies in `exports`; with more tables.
pub(crate) fn config(more: &str) -> String {
    format!(
        "schema = 1\n[organisation]\njurisdictions = [\"US\"]\n[rules]\npaths = [\"pack\"]\nbuiltin = false\n\
        [[inventories]]\npaths = [\"exports/*.csv\"]\n{more}"
    )
}

/// A folder of its own for the runs of one test.
pub(crate) struct Sandbox {
    root: tempfile::TempDir,
}

impl Sandbox {
    /// Creates an empty one.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        // The program looks for its configuration upwards from where it runs.
        for above in root.path().ancestors() {
            let stray = above.join("interdict.toml");
            assert!(!stray.exists(), "{} would be used by every test; remove it", stray.display());
        }
        Self { root }
    }

    /// Returns the folder.
    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, bytes).expect("a file");
        self
    }

    /// Returns what a file holds.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Copies a folder of `tests/cases/fixtures`.
    pub(crate) fn fixture(&self, name: &str) -> &Self {
        let from = cases().join("fixtures").join(name);
        let mut open = vec![from.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let inner = path.strip_prefix(&from).expect("inside");
                    self.write(&format!("{name}/{}", inner.display()), fs::read(&path).expect("a fixture"));
                }
            }
        }
        self
    }

    /// Returns the program with these arguments, not yet started.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>, folder: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_interdict"));
        command
            .args(args)
            .current_dir(self.path().join(folder))
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.path())
            .env("NO_COLOR", "1");
        command
    }

    /// Runs the program with these arguments.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        self.run_with(args, &[], "", "")
    }

    /// The same, with an environment, standard input and a working directory below the folder.
    pub(crate) fn run_with<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        env: &[(&str, &str)],
        stdin: &str,
        folder: &str,
    ) -> Ran {
        let mut command = self.command(args, folder);
        command.envs(env.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut input = child.stdin.take().expect("a pipe");
        let text = stdin.to_owned();
        let writer = std::thread::spawn(move || {
            // A program that ends before it has read everything is no fault of the test.
            let _ = input.write_all(text.as_bytes());
        });
        let output = child.wait_with_output().expect("the program ends");
        writer.join().expect("the writer ends");
        let ran = Ran {
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
            code: output.status.code(),
        };
        assert!(!ran.stderr.contains("panicked"), "the program panicked:\n{}", ran.stderr);
        assert!(ran.code.is_some(), "a signal ended the program:\n{}", ran.stderr);
        ran
    }
}

/// Returns the folder of the cases.
pub(crate) fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// Splits a command line at spaces; quotation marks keep words together.
pub(crate) fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match quote {
            Some(end) if letter == end => quote = None,
            None if letter == '\'' || letter == '"' => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            None if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    assert!(quote.is_none(), "an open quotation mark in `{line}`");
    words.extend(word);
    words
}
