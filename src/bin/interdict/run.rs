//! `interdict run`: one scheduled run, from the configuration to the history.
//!
//! The order is what makes a kill harmless: outputs are written beside their places, the run is
//! recorded in one transaction, then the outputs take their names, then the run counts as finished.
//! Killed before the transaction, nothing happened; killed after it, the next run puts the outputs of
//! the recorded one in place first.

mod inputs;
mod lock;
mod notify;

use std::path::{Path, PathBuf};

use chrono::{NaiveDate, TimeDelta};
use interdict::changes::{self, Today};
use interdict::config::LogWord;
use interdict::diag::{Code, Diagnostic, Sources, printable};
use interdict::history::{self, Entry, Former, HistoryError, Keep, Mode, Recorded, Run, Store, words};
use interdict::model::digest::sha256;
use interdict::model::{Change, Zone};
use interdict::pack::digests::digests;
use interdict::pipeline::{self, Job, Outcome};
use interdict::report::{Report, json, save};

use super::args::history::LogFormat;
use super::args::{AssetsArgs, CheckArgs, JudgeArgs, ReadArgs, RunArgs, ShowArgs};
use super::check;
use super::context::{Session, now, shown_path};
use super::exit::{Done, Exit, Failure};
use super::history::failed;
use super::log::Log;
use super::outputs::Outputs;
use super::report::refused;
use super::terminal::Terminal;

/// So long a run waits for another one, in seconds.
const WAIT: u64 = 60;
/// The history's name where the configuration gives none.
pub(crate) const HISTORY: &str = "interdict-history.db";

/// Runs the command.
pub(crate) fn run(args: &RunArgs, terminal: &Terminal) -> Done {
    let mut session = Session::open(&args.pack, terminal)?;
    let own = session.config.run.log.as_ref().map(|word| match **word {
        LogWord::Text => LogFormat::Text,
        LogWord::Json => LogFormat::Json,
    });
    let log = Log::start(args.log.or(own), terminal);
    scheduled(args, &mut session, &log, terminal).map_err(|failure| log.failed(failure))
}

/// What a run is about.
struct Scheduled<'a> {
    session: &'a Session,
    job: Job,
    outputs: Outputs,
    path: PathBuf,
    /// Marks temporary files as those of runs that share this history.
    mark: String,
    notifier: notify::Notifier<'a>,
    log: &'a Log<'a>,
    terminal: &'a Terminal,
}

fn scheduled(args: &RunArgs, session: &mut Session, log: &Log<'_>, terminal: &Terminal) -> Done {
    ready(session)?;
    let outputs = outputs(&args.show, session, terminal)?;
    let job = check::full_job(&check_args(args), session, terminal);
    let path = history_path(session);
    let mark = format!("run-{}-", sha256(path.to_string_lossy().as_bytes()).chars().skip(7).take(8).collect::<String>());
    let wait = args.wait.or(session.config.scheduled.wait_seconds).unwrap_or(WAIT);
    let notifier = notify::Notifier::open(session, log)?;
    let job = match job {
        Ok(job) => job,
        Err(failure) => {
            // The lock keeps two runs that fail together from telling it twice.
            if !args.dry_run
                && let Ok(_lock) = lock::take(&path, wait, log)
            {
                let as_of = session.asker(&args.scope).map_or_else(|_| now(), |asker| asker.as_of);
                notifier.failed(&path, &as_of, &failure);
            }
            return Err(failure);
        }
    };
    let scheduled = Scheduled { session, job, outputs, path, mark, notifier, log, terminal };
    if args.dry_run {
        return scheduled.rehearse();
    }
    let _lock = lock::take(&scheduled.path, wait, log)?;
    scheduled.perform().inspect_err(|failure| scheduled.notifier.failed(&scheduled.path, &scheduled.job.asker.as_of, failure))
}

/// Refuses to run, or to schedule runs, where nothing says what is to be read.
pub(crate) fn ready(session: &Session) -> Result<(), Failure> {
    if session.configuration.is_none() {
        return Err(Failure::usage(Code::InvalidConfiguration, "a scheduled run needs a configuration, and there is none")
            .help("`interdict init` writes one; --config names it"));
    }
    if session.config.read_inventories.is_empty() {
        return Err(Failure::usage(Code::InvalidConfiguration, "the configuration names no inventories")
            .help("add [[inventories]] with paths = [\"exports/*.csv\"]"));
    }
    Ok(())
}

/// Returns where the history is: files that the configuration names are beside it.
pub(crate) fn history_path(session: &Session) -> PathBuf {
    let own = session.config.history.path.as_ref().map(|path| path.get().as_str());
    session.beside_config(own.unwrap_or(HISTORY))
}

/// Reads where the outputs go. Without any, nothing is printed but what changed.
pub(crate) fn outputs(show: &ShowArgs, session: &Session, terminal: &Terminal) -> Result<Outputs, Failure> {
    if !show.outputs.is_empty() {
        return Outputs::read(show, &[], terminal);
    }
    let config = &session.config;
    let own = if config.run.outputs.is_empty() { &config.check.outputs } else { &config.run.outputs };
    let own: Vec<String> = own.iter().map(|text| text.get().clone()).collect();
    if own.is_empty() {
        return Outputs::none(show, terminal);
    }
    Ok(Outputs::read(show, &own, terminal)?.below(session.folder()))
}

/// A run checks as `check` does, with what the configuration says.
fn check_args(args: &RunArgs) -> CheckArgs {
    CheckArgs {
        inventories: Vec::new(),
        scan: false,
        judge: JudgeArgs {
            scope: args.scope.clone(),
            pack: args.pack.clone(),
            read: ReadArgs { input_format: None, columns: Vec::new(), sheet: None, encoding: None, threads: None },
            assets: AssetsArgs { assets: None },
            ignore_kinds: Vec::new(),
            waivers: None,
            allow_unread: false,
        },
        horizon: None,
        show: args.show.clone(),
        fail_on: None,
        baseline: None,
        fail_on_new: false,
        fail_within: None,
        max_rule_age: None,
    }
}

impl Scheduled<'_> {
    /// Does everything but writing.
    fn rehearse(&self) -> Done {
        let store = match Store::open(&self.path, Mode::ReadOnly) {
            Ok(store) => Some(store),
            Err(HistoryError::Missing(_)) => None,
            Err(error) => return Err(failed(&error)),
        };
        let former = store.as_ref().map(Store::former).transpose().map_err(|error| failed(&error))?.flatten();
        let number = former.as_ref().map_or(1, |former| former.run.run + 1);
        let (outcome, _, changes, _) = self.check(former.as_ref())?;
        let before = self.before(store.as_ref(), former.as_ref())?;
        self.outputs.print(&outcome.report, self.terminal)?;
        for (format, path) in self.outputs.files() {
            self.say(&format!("would write {} to {}", format.name(), shown_path(path)))?;
        }
        for line in self.notifier.rehearse(&outcome.report, before.as_ref(), &changes) {
            self.say(&line)?;
        }
        self.say(&format!("would record run {number}: {}", since(&changes, former.as_ref().map(|former| &former.run))))?;
        Ok(Exit::of(outcome.report.gate.exit_code))
    }

    fn perform(&self) -> Done {
        let mut store = Store::open(&self.path, Mode::Create).map_err(|error| failed(&error))?;
        for (_, file) in self.outputs.files() {
            save::sweep(file, &self.mark);
        }
        self.complete(&mut store)?;
        let former = store.former().map_err(|error| failed(&error))?;
        let number = former.as_ref().map_or(1, |former| former.run.run + 1);
        let span = tracing::info_span!("run", number);
        let _entered = span.enter();
        self.step(&format!(
            "run {number} as of {}: rules {} of {}, {}",
            self.job.asker.as_of, self.session.pack.catalogue.version, self.session.pack.catalogue.built, self.session.pack.digest
        ));
        let (outcome, inputs, changes, pack) = self.check(former.as_ref())?;
        let report = &outcome.report;
        let mut bytes = Vec::new();
        json::write_pretty(report, &mut bytes).map_err(|error| Failure::file("draw up the report", Path::new("report"), &error))?;
        let staged = self.outputs.stage(report, &self.mark)?;
        let before = self.before(Some(&store), former.as_ref())?;
        let notices = self.notifier.drafts(report, before.as_ref(), &changes);
        let settings = self.settings();
        let entry = Entry { recorded: now().to_string(), report, json: &bytes, settings, pack, inputs, changes, notices };
        let recorded = store.record(&entry, former.as_ref().map(|former| former.run.run)).map_err(|error| failed(&error))?;
        for file in staged {
            file.commit().map_err(|error| Failure::save(&error))?;
        }
        let run = match &recorded {
            Recorded::New(run) | Recorded::Same(run) => run,
        };
        store.finish(run.run).map_err(|error| failed(&error))?;
        self.outputs.print(report, self.terminal)?;
        self.notifier.send(&mut store)?;
        self.prune(&mut store, report)?;
        let last = match &recorded {
            Recorded::Same(run) => {
                format!("run {} of {} is recorded already: nothing is another since ({})", run.run, run.day(), run.digest)
            }
            Recorded::New(run) => {
                let changed = since(&entry.changes, former.as_ref().map(|former| &former.run));
                format!("run {} of {}: {changed} ({})", run.run, run.day(), run.digest)
            }
        };
        if self.log.is_on() {
            self.log.step(&last);
        }
        self.say(&last)?;
        Ok(Exit::of(report.gate.exit_code))
    }

    /// Returns the report of the run before, where somebody is to be told of what came nearer since.
    fn before(&self, store: Option<&Store>, former: Option<&Former>) -> Result<Option<Report>, Failure> {
        let (Some(store), Some(former), true) = (store, former, self.notifier.tells()) else { return Ok(None) };
        let bytes = store.report(former.run.run).map_err(|error| failed(&error))?;
        json::read(&bytes).map(Some).map_err(|error| refused(&error, &format!("run {}", former.run.run)))
    }

    /// Checks, and finds what changed.
    fn check(&self, former: Option<&Former>) -> Result<(Outcome, Vec<history::InputRecord>, Vec<Change>, history::Pack), Failure> {
        self.warn_of_earlier_day(former);
        let given = inputs::open(self.session)?;
        self.outputs.spare(given.files.iter().map(PathBuf::as_path), "inventory")?;
        let watch = former.map(changes::watch).unwrap_or_default();
        let outcome = pipeline::check_watching(&self.job, &self.session.pack, given.inputs, watch);
        for inventory in &outcome.report.inventories {
            let (source, format) = (&inventory.source, &inventory.format);
            self.step(&format!("{source}: {format}, {} items, {} unread", inventory.items, inventory.unread_count));
        }
        self.log.diagnostics(self.session.diagnostics.iter(), &self.session.sources);
        self.log.diagnostics(outcome.diagnostics.iter(), &self.session.sources);
        self.log.diagnostics(check::unread_rows(&outcome.report).iter(), &Sources::default());
        let pack = digests(&self.session.pack.catalogue);
        let settings = self.settings();
        let today = Today {
            pack: &self.session.pack,
            digests: &pack,
            asker: &self.job.asker,
            ignored: &self.job.ignored,
            settings: &settings,
            audited: &outcome.audited,
            report: &outcome.report,
        };
        let found = former.map(|former| changes::find(former, today)).unwrap_or_default();
        Ok((outcome, given.read.take(), found, pack))
    }

    fn settings(&self) -> std::collections::BTreeMap<String, String> {
        changes::settings(&self.job.asker, self.job.default_place.as_deref(), &self.job.ignored, &self.job.waivers.decisions)
    }

    fn warn_of_earlier_day(&self, former: Option<&Former>) {
        let Some((then, run)) = former.and_then(|former| Some((former.run.moment()?, &former.run))) else { return };
        let today = self.job.asker.as_of;
        if today.instant(Zone::UTC) < then.instant(Zone::UTC) {
            let message = format!("the run asks about {today}, and run {} asked about {}", run.run, run.as_of);
            let help = "`interdict check --as-of` looks back without recording";
            let warning = Diagnostic::warning(Code::EarlierDay, message).help(help);
            self.log.diagnostics(std::iter::once(&warning), &Sources::default());
        }
    }

    /// Puts the outputs of a run in place that was ended before it could.
    fn complete(&self, store: &mut Store) -> Result<(), Failure> {
        let Some(latest) = store.latest().map_err(|error| failed(&error))? else { return Ok(()) };
        if store.is_finished(latest.run).map_err(|error| failed(&error))? {
            return Ok(());
        }
        let message =
            format!("run {} of {} was ended after it was recorded; its outputs are written now", latest.run, latest.day());
        let warning = Diagnostic::warning(Code::RunCutOff, message);
        self.log.diagnostics(std::iter::once(&warning), &Sources::default());
        let report = store.report(latest.run).map_err(|error| failed(&error))?;
        let report = json::read(&report).map_err(|error| refused(&error, &format!("run {}", latest.run)))?;
        for file in self.outputs.stage(&report, &self.mark)? {
            file.commit().map_err(|error| Failure::save(&error))?;
        }
        store.finish(latest.run).map_err(|error| failed(&error))
    }

    /// Takes old reports away, where the configuration says so.
    fn prune(&self, store: &mut Store, report: &Report) -> Result<(), Failure> {
        let Some(keep) = self.session.config.scheduled.keep else { return Ok(()) };
        let Some(since) = back(&report.as_of, keep) else { return Ok(()) };
        let gone = store.prune(&Keep::Since(since), &now().to_string()).map_err(|error| failed(&error))?;
        if let Some(last) = gone.last() {
            self.step(&format!("reports of {} runs up to {} were pruned", gone.len(), last.day()));
        }
        Ok(())
    }

    fn step(&self, text: &str) {
        self.log.step(text);
    }

    /// Says something to whoever reads the outputs, where these leave standard output free.
    fn say(&self, text: &str) -> Result<(), Failure> {
        if self.outputs.is_printed() {
            self.terminal.note(text);
            return Ok(());
        }
        self.terminal.print(&format!("{}\n", printable(text)))
    }
}

/// Returns the day so far before a date or instant.
pub(crate) fn back(as_of: &str, keep: TimeDelta) -> Option<String> {
    let day = NaiveDate::parse_from_str(as_of.get(..10)?, "%Y-%m-%d").ok()?;
    Some(day.checked_sub_signed(keep)?.to_string())
}

fn since(changes: &[Change], former: Option<&Run>) -> String {
    match former {
        None => "the first one; from now on each run says what changed".to_owned(),
        Some(run) => format!("{} since run {} of {}", words::line(changes.iter()), run.run, run.day()),
    }
}
