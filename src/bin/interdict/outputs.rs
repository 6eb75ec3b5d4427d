//! Where reports go: from the flags that choose what is shown to files and standard output.
//!
//! `check` and `report` share this, so that both write the same bytes under the same flags. No flag
//! read here changes what was found, or an exit code.

use std::borrow::Cow;
use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use interdict::diag::{Code, printable};
use interdict::model::Status;
use interdict::report::{Format, GroupBy, Report, View, redact, save};

use super::args::ShowArgs;
use super::context::unknown;
use super::exit::Failure;
use super::interrupt::Interruptible;
use super::terminal::Terminal;

/// The outputs of a run, and how they are drawn.
pub(crate) struct Outputs {
    list: Vec<Output>,
    view: View,
    /// The key, where assets are to be named by hashes.
    redacted: Option<String>,
}

/// One output: a format, and where it goes.
struct Output {
    format: Format,
    file: Option<PathBuf>,
}

impl Outputs {
    /// Reads the flags. Without any `-o`, the outputs of the configuration count; without these, a
    /// table goes to standard output.
    pub(crate) fn read(args: &ShowArgs, own: &[String], terminal: &Terminal) -> Result<Self, Failure> {
        let view = View {
            width: terminal.width(),
            colour: terminal.colour,
            only: statuses(&args.only)?,
            group_by: group_by(&args.group_by)?,
        };
        let words = if args.outputs.is_empty() { own } else { &args.outputs };
        let list = list(words)?;
        let raw = list.iter().find(|output| output.file.is_none() && !output.format.is_text());
        if let Some(format) = raw.map(|output| output.format.name()).filter(|_| std::io::stdout().is_terminal()) {
            return Err(Failure::usage(Code::InvalidFlag, format!("`{format}` is no text for a terminal"))
                .help(format!("name a file: -o {format}=report.{format}")));
        }
        Ok(Self { list, view, redacted: redacted(args)? })
    }

    /// No outputs at all.
    pub(crate) fn none(args: &ShowArgs, terminal: &Terminal) -> Result<Self, Failure> {
        Ok(Self { list: Vec::new(), ..Self::read(args, &[], terminal)? })
    }

    /// Returns whether the report is given out as JSON and nothing of it is left out or replaced.
    pub(crate) fn is_plain_json(&self, args: &ShowArgs) -> bool {
        args.only.is_empty() && self.redacted.is_none() && self.list.iter().all(|output| output.format == Format::Json)
    }

    /// Writes bytes to each output.
    pub(crate) fn raw(&self, bytes: &[u8], terminal: &Terminal) -> Result<(), Failure> {
        for output in &self.list {
            match &output.file {
                Some(path) => {
                    save::save(path, |out| Interruptible::new(out).write_all(bytes)).map_err(|error| Failure::save(&error))?
                }
                None => terminal.write(|out| out.write_all(bytes))?,
            }
        }
        Ok(())
    }

    /// Refuses to write a report over a file that is read.
    pub(crate) fn spare<'a>(&self, read: impl Iterator<Item = &'a Path>, what: &str) -> Result<(), Failure> {
        let read: Vec<PathBuf> = read.map(place_of).collect();
        let files = self.list.iter().filter_map(|output| output.file.as_ref()).filter(|file| file.is_file());
        match files.into_iter().find(|file| read.contains(&place_of(file))) {
            Some(file) => {
                let message = format!("the output would replace the {what} `{}`", printable(&file.to_string_lossy()));
                Err(Failure::usage(Code::InvalidFlag, message).help("give the report a file of its own"))
            }
            None => Ok(()),
        }
    }

    /// Writes a report to each output.
    pub(crate) fn write(&self, report: &Report, terminal: &Terminal) -> Result<(), Failure> {
        let (report, plain) = (self.shown(report), self.plain());
        for Output { format, file } in &self.list {
            match file {
                Some(path) => save::save(path, |out| format.write(&report, &plain, &mut Interruptible::new(out)))
                    .map_err(|error| Failure::save(&error))?,
                None => terminal.write(|out| format.write(&report, &self.view, out))?,
            }
            if *format == Format::Github {
                step_summary(&report, &plain)?;
            }
        }
        Ok(())
    }

    /// Puts files below a folder, where they are not given from the root.
    pub(crate) fn below(mut self, folder: &Path) -> Self {
        for file in self.list.iter_mut().filter_map(|output| output.file.as_mut()) {
            *file = folder.join(&file);
        }
        self
    }

    /// Returns the files that are written.
    pub(crate) fn files(&self) -> impl Iterator<Item = (Format, &Path)> {
        self.list.iter().filter_map(|output| Some((output.format, output.file.as_deref()?)))
    }

    /// Returns whether anything goes to standard output.
    pub(crate) fn is_printed(&self) -> bool {
        self.list.iter().any(|output| output.file.is_none())
    }

    /// Prepares all files, without giving them their names.
    pub(crate) fn stage(&self, report: &Report, mark: &str) -> Result<Vec<save::Staged>, Failure> {
        let (report, plain) = (self.shown(report), self.plain());
        let staged = self
            .files()
            .map(|(format, path)| save::stage(path, mark, |out| format.write(&report, &plain, &mut Interruptible::new(out))));
        staged.collect::<Result<_, _>>().map_err(|error| Failure::save(&error))
    }

    /// Writes what goes to standard output.
    pub(crate) fn print(&self, report: &Report, terminal: &Terminal) -> Result<(), Failure> {
        let report = self.shown(report);
        for output in self.list.iter().filter(|output| output.file.is_none()) {
            terminal.write(|out| output.format.write(&report, &self.view, out))?;
        }
        if self.list.iter().any(|output| output.format == Format::Github) {
            step_summary(&report, &self.plain())?;
        }
        Ok(())
    }

    /// Returns the report as it is given out.
    fn shown<'a>(&self, report: &'a Report) -> Cow<'a, Report> {
        self.redacted.as_ref().map_or(Cow::Borrowed(report), |key| Cow::Owned(redact::assets(report, key)))
    }

    /// Returns the view for files: a file is for no terminal, whatever the terminal can do.
    fn plain(&self) -> View {
        View { width: None, colour: false, ..self.view.clone() }
    }
}

fn list(words: &[String]) -> Result<Vec<Output>, Failure> {
    if words.is_empty() {
        return Ok(vec![Output { format: Format::Table, file: None }]);
    }
    let mut outputs: Vec<Output> = Vec::new();
    for word in words {
        let (name, file) = word.split_once('=').map_or((word.as_str(), None), |(name, file)| (name, Some(file)));
        let known = || Format::ALL.iter().map(|format| format.name());
        let format = Format::parse(name.trim()).ok_or_else(|| {
            let all = format!("formats: {}", known().collect::<Vec<_>>().join(", "));
            unknown(Code::InvalidFlag, "output format", name, known(), &all)
        })?;
        let file = file.filter(|file| *file != "-").map(PathBuf::from);
        if file.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
            return Err(Failure::usage(Code::InvalidFlag, format!("`{word}` names no file")));
        }
        let same = |other: &Output| match (&other.file, &file) {
            (Some(one), Some(other)) => place_of(one) == place_of(other),
            (one, other) => one == other,
        };
        if outputs.iter().any(same) {
            let what = file.map_or_else(|| "standard output".to_owned(), |file| format!("`{}`", file.display()));
            return Err(Failure::usage(Code::InvalidFlag, format!("two outputs go to {what}"))
                .help("give each its own file: -o json=result.json"));
        }
        outputs.push(Output { format, file });
    }
    Ok(outputs)
}

/// Returns where a file is, or would be: two spellings of one place are equal.
pub(crate) fn place_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let whole = || Some(fs::canonicalize(folder).ok()?.join(path.file_name()?));
    fs::canonicalize(path).ok().or_else(whole).unwrap_or_else(|| path.to_owned())
}

/// Returns the key that hashes are made with, where something is to be redacted. A blank variable of
/// the environment says nothing.
fn redacted(args: &ShowArgs) -> Result<Option<String>, Failure> {
    match args.redact.as_deref().map(str::trim).filter(|what| !what.is_empty()) {
        None => Ok(None),
        Some("assets") => Ok(Some(std::env::var("INTERDICT_REDACT_KEY").unwrap_or_default())),
        Some(what) => Err(unknown(Code::InvalidFlag, "thing to redact", what, ["assets"].into_iter(), "--redact assets")),
    }
}

fn statuses(words: &[String]) -> Result<Vec<Status>, Failure> {
    let known = || Status::ALL.iter().map(|status| status.as_str());
    words
        .iter()
        .map(|word| {
            Status::parse(word.trim())
                .ok_or_else(|| unknown(Code::InvalidFlag, "status", word, known(), "see `interdict check --help`"))
        })
        .collect()
}

fn group_by(word: &str) -> Result<GroupBy, Failure> {
    let known = GroupBy::ALL.iter().map(|key| key.name());
    GroupBy::parse(word).ok_or_else(|| unknown(Code::InvalidFlag, "key", word, known, "keys: product, asset, rule, jurisdiction"))
}

/// Adds the report as Markdown to the summary of the step, where GitHub's runner names a file for it.
fn step_summary(report: &Report, view: &View) -> Result<(), Failure> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    let failed = |error: std::io::Error| Failure::file("add to the step summary", &path, &error);
    let mut text = Vec::new();
    Format::Md.write(report, view, &mut text).map_err(failed)?;
    let mut file = fs::File::options().append(true).create(true).open(&path).map_err(failed)?;
    file.write_all(&text).map_err(failed)
}
