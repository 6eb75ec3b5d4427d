//! Units for schedulers: files that start `interdict run` once a day.
//!
//! In comes a [`Plan`]: where the program, the configuration and all that a run reads and writes lie,
//! when it starts and as whom. Out go named files as text, each with a heading that says where it goes
//! and what switches it on. Nothing is read or written here. What a scheduler's format cannot say is
//! refused, never written in a way that means something else.

mod cron;
mod github;
mod gitlab;
mod kubernetes;
mod launchd;
mod quote;
mod systemd;
mod windows;

use crate::diag::{Code, Diagnostic, printable};
use crate::model::Zone;

/// What starts the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A service and a timer.
    Systemd,
    /// A line of a crontab.
    Cron,
    /// A property list of macOS.
    Launchd,
    /// A task of the Task Scheduler.
    Windows,
    /// A `CronJob` and its volume.
    Kubernetes,
    /// A workflow.
    Github,
    /// A job of a scheduled pipeline.
    Gitlab,
}

impl Target {
    /// All of them, in the order of the documentation.
    pub const ALL: &[Self] =
        &[Self::Systemd, Self::Cron, Self::Launchd, Self::Windows, Self::Kubernetes, Self::Github, Self::Gitlab];

    /// Returns the word for it on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Cron => "cron",
            Self::Launchd => "launchd",
            Self::Windows => "windows",
            Self::Kubernetes => "kubernetes",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
        }
    }

    /// Returns the target of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|target| target.name() == word)
    }

    /// Returns whether a unit names an account of the machine that it is made on.
    #[must_use]
    pub fn has_account(self) -> bool {
        matches!(self, Self::Systemd | Self::Launchd | Self::Windows)
    }
}

/// When a run starts each day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl Time {
    /// Reads `HH:MM`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let number = |part: &str, below: u8| {
            let is_plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|number| is_plain && *number < below)
        };
        Some(Self { hour: number(hour, 24)?, minute: number(minute, 60)? })
    }

    /// Returns it as the five fields of a crontab.
    fn fields(self) -> String {
        format!("{} {} * * *", self.minute, self.hour)
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// What is to be scheduled. All paths are absolute and without `..`.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program.
    pub program: String,
    /// The configuration.
    pub config: String,
    /// The folder of the repository that the configuration lies in; else the configuration's own.
    pub repository: String,
    /// Database of past runs.
    pub history: String,
    /// Files that a run writes.
    pub outputs: Vec<String>,
    /// Files and folders that a run reads besides the configuration; of a glob, the part before it.
    pub reads: Vec<String>,
    /// Variables of the environment that hold secrets of notices.
    pub variables: Vec<String>,
    /// When a run starts.
    pub at: Time,
    /// Where the clock shows that time; none: wherever the scheduler is.
    pub zone: Option<Zone>,
    /// Who runs it.
    pub user: Option<String>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its name.
    pub name: &'static str,
    /// All of it, the heading included.
    pub text: String,
}

/// Why there is no unit: something that the scheduler's format cannot say.
pub type Refused = Box<Diagnostic>;

/// Returns the files that schedule a run.
///
/// # Errors
/// If a path, an account or a zone cannot be written in the format of the scheduler.
pub fn units(target: Target, plan: &Plan) -> Result<Vec<Unit>, Refused> {
    plan.check()?;
    match target {
        Target::Systemd => systemd::units(plan),
        Target::Cron => cron::units(plan),
        Target::Launchd => launchd::units(plan),
        Target::Windows => windows::units(plan),
        Target::Kubernetes => kubernetes::units(plan),
        Target::Github => github::units(plan),
        Target::Gitlab => gitlab::units(plan),
    }
}

fn refused(message: impl Into<String>, help: impl Into<String>) -> Refused {
    Box::new(Diagnostic::error(Code::NotSchedulable, message).help(help))
}

impl Plan {
    /// No format takes a line break in a path, and a terminal must not be steered by one that is printed.
    fn check(&self) -> Result<(), Refused> {
        let paths = [&self.program, &self.config, &self.repository, &self.history].into_iter();
        let paths = paths.chain(&self.outputs).chain(&self.reads).chain(&self.user);
        for text in paths {
            let shown = printable(text);
            if shown != *text {
                return Err(refused(
                    format!("`{shown}` holds a line break or another control character"),
                    "give the file, folder or account another name",
                ));
            }
        }
        let is_name = |name: &str| {
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && !name.starts_with(|first: char| first.is_ascii_digit())
        };
        match self.variables.iter().find(|name| name.is_empty() || !is_name(name)) {
            None => Ok(()),
            Some(name) => Err(refused(
                format!("`{}` is no name of a variable that every scheduler takes", printable(name)),
                "use letters, digits and `_` in the configuration's …-env keys",
            )),
        }
    }

    /// Refuses what one scheduler reads as something else.
    fn without(&self, texts: &[&str], why: &str) -> Result<(), Refused> {
        for path in [&self.program, &self.config] {
            if let Some(text) = texts.iter().find(|text| path.contains(**text)) {
                return Err(refused(format!("`{path}` holds `{text}`, which {why}"), "put the file elsewhere, or rename it"));
            }
        }
        Ok(())
    }

    /// Refuses a zone where the scheduler goes by a clock of its own.
    fn own_clock(&self, scheduler: &str, clock: &str) -> Result<(), Refused> {
        match self.zone {
            None => Ok(()),
            Some(zone) => Err(refused(
                format!("{scheduler} cannot be told the zone {}: it goes by {clock}", zone.name()),
                "leave --zone out, and give --at as that clock shows it",
            )),
        }
    }

    /// Returns the account, where a Unix system could have one of that name.
    fn account(&self) -> Result<Option<&str>, Refused> {
        let Some(user) = self.user.as_deref() else { return Ok(None) };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.@-".contains(&byte);
        if user.is_empty() || user.starts_with(['-', '.']) || !user.bytes().all(is_plain) {
            return Err(refused(
                format!("`{user}` is no account that this scheduler takes"),
                "use letters, digits, `_`, `-`, `.` and `@`",
            ));
        }
        Ok(Some(user))
    }

    /// Refuses an account where the service decides on one.
    fn no_account(&self, service: &str) -> Result<(), Refused> {
        match &self.user {
            None => Ok(()),
            Some(user) => Err(refused(format!("{service} runs nothing as `{user}`"), "leave --user out")),
        }
    }

    /// Returns the folders that a run writes to; none lies in another.
    fn folders(&self) -> Vec<&str> {
        let mut folders: Vec<&str> = std::iter::once(&self.history).chain(&self.outputs).map(|file| folder(file)).collect();
        folders.sort_unstable();
        folders.dedup();
        let all = folders.clone();
        folders.retain(|inner| !all.iter().any(|outer| outer != inner && below(outer, inner).is_some()));
        folders
    }

    /// Returns all paths of the run as they lie below a folder, which stands for the volume or the checkout
    /// that alone is there.
    fn within(&self, root: &str, place: &str) -> Result<Within<'_>, Refused> {
        let inner = |path: &'_ str| -> Result<usize, Refused> {
            match below(root, path) {
                Some(rest) => Ok(path.len() - rest.len()),
                None => Err(refused(
                    format!("`{path}` does not lie below `{root}`, so {place} does not have it"),
                    "keep all that the configuration names below that folder, and name it relative to the configuration",
                )),
            }
        };
        for path in &self.reads {
            inner(path)?;
        }
        let cut = |path| inner(path).map(|start| &path[start..]);
        Ok(Within {
            config: cut(&self.config)?,
            history: cut(&self.history)?,
            outputs: self.outputs.iter().map(|file| cut(file)).collect::<Result<_, _>>()?,
        })
    }

    /// The same for a checkout of a pipeline, whose services take some letters for patterns and variables.
    fn checked_out(&self) -> Result<Within<'_>, Refused> {
        let within = self.within(&self.repository, "a checkout")?;
        for path in [within.config, within.history].into_iter().chain(within.outputs.iter().copied()) {
            let is_odd = path.contains(['*', '?', '[', ']', '{', '}', '$', '\\']);
            if is_odd || path.starts_with(['!', '#', '~', '-', ' ']) || path.ends_with(' ') {
                let message = format!("`{path}` would be taken for a pattern, a flag or a variable by the service");
                return Err(refused(message, "rename the file or folder: letters, digits, spaces, `.`, `_` and `-`"));
            }
        }
        Ok(within)
    }
}

/// Paths relative to a folder.
struct Within<'a> {
    config: &'a str,
    history: &'a str,
    outputs: Vec<&'a str>,
}

impl Within<'_> {
    /// Returns the folders that outputs go to and that have to be there.
    fn folders(&self) -> Vec<&str> {
        let mut folders: Vec<&str> = self.outputs.iter().filter_map(|file| Some(file.rsplit_once('/')?.0)).collect();
        folders.sort_unstable();
        folders.dedup();
        folders
    }
}

/// Returns the folder of a file.
fn folder(file: &str) -> &str {
    match file.rfind(['/', '\\']) {
        Some(0) | None => "/",
        Some(end) => &file[..end],
    }
}

/// Returns what of a path lies below a folder; empty for the folder itself.
fn below<'a>(root: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(root.trim_end_matches(['/', '\\']))?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(['/', '\\']) }
}

/// Writes a heading: each line after a mark.
fn heading(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{}\n", format!("# {line}").trim_end())).collect()
}

#[cfg(test)]
mod tests;
