//! `interdict fleet`: from arguments to queries, and from distinct items to the table of verdicts.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use chrono::NaiveDate;
use interdict::decision::Decisions;
use interdict::diag::{Code, Diagnostic, Place, Sources, printable};
use interdict::evaluate::{Asker, Days};
use interdict::fleet::dialect::{Dialect, Written};
use interdict::fleet::distinct::Table;
use interdict::fleet::join::{Asked, JoinError, Parameters};
use interdict::fleet::raw::{RawError, RawTable};
use interdict::fleet::verdicts::{Judge, Line, Tables, VerdictError, Work};
use interdict::fleet::{self, Scenario, Terms};
use interdict::inventory::{DateOrder, Field, Source};
use interdict::model::{Moment, Zone};
use interdict::pack::words::Kind;
use interdict::report::{plural, save};

use super::args::fleet::{
    CountBy, FleetArgs, FleetCommand, FleetDistinctArgs, FleetJoinArgs, FleetLoadArgs, FleetVerdictsArgs, Order, TableArgs,
    TermsArgs, WriteAs,
};
use super::context::{Session, moment, now, unknown};
use super::exit::{Done, Exit, Failure};
use super::inputs;
use super::interrupt::{self, Interruptible};
use super::outputs::place_of;
use super::terminal::Terminal;

/// Runs the command.
pub(crate) fn run(args: &FleetArgs, terminal: &Terminal) -> Done {
    match &args.command {
        FleetCommand::Distinct(args) => distinct(args, terminal),
        FleetCommand::Verdicts(args) => verdicts(args, terminal),
        FleetCommand::Load(args) => load(args, terminal),
        FleetCommand::Join(args) => join(args, terminal),
    }
}

fn distinct(args: &FleetDistinctArgs, terminal: &Terminal) -> Done {
    let table = table(&args.table)?;
    let query = table.distinct(written(&args.table)?).map_err(|error| wrong_name(&error))?;
    let left: Vec<&str> = table.others().map(Field::as_str).collect();
    if !left.is_empty() {
        terminal.detail(&format!("of no matter for what an item is, and left out: {}", left.join(", ")));
    }
    terminal.print(&query)?;
    Ok(Exit::Ok)
}

fn load(args: &FleetLoadArgs, terminal: &Terminal) -> Done {
    let dialect = dialect(&args.dialect)?;
    let statements = fleet::load::load(dialect, &args.verdicts, address(&args.from)?).map_err(|error| {
        Failure::usage(Code::InvalidFlag, format!("`{}` is no name of a table: {error}", printable(&args.verdicts)))
    })?;
    terminal.print(&statements)?;
    Ok(Exit::Ok)
}

fn join(args: &FleetJoinArgs, terminal: &Terminal) -> Done {
    let table = table(&args.table)?;
    let session = Session::open(&args.pack, terminal)?;
    let scenario = scenarios(&session, args.place.as_slice(), args.audience.as_slice(), None)?.remove(0);
    let as_of = match &args.as_of {
        Some(text) => moment("--as-of", text)?,
        None => Moment::Day(now().day(Zone::UTC)),
    };
    let Moment::Day(day) = as_of else {
        return Err(Failure::usage(Code::InvalidFlag, "verdicts are by days, and `--as-of` names an instant")
            .help("give a day: --as-of 2024-10-01"));
    };
    let asked = match (args.export, args.count) {
        (true, _) => Asked::Export,
        (false, CountBy::Act) => Asked::Acts,
        (false, CountBy::Place) => Asked::Places,
        (false, CountBy::Asset) => Asked::Assets,
    };
    let parameters = Parameters { as_of: day.to_string(), place: scenario.place, audience: scenario.audience };
    let query = table.join(&args.verdicts, &parameters, asked, written(&args.table)?).map_err(|error| match error {
        JoinError::Table(error) => wrong_name(&error),
        JoinError::Missing(field) => {
            Failure::usage(Code::InvalidFlag, error.to_string()).help(format!("give it with --column {field}=COLUMN"))
        }
    })?;
    terminal.print(&query)?;
    Ok(Exit::Ok)
}

fn wrong_name(error: &fleet::distinct::TableError) -> Failure {
    Failure::usage(Code::InvalidFlag, error.to_string())
        .help("such as --table inv.software --column product=name --column vendor=publisher")
}

fn dialect(word: &str) -> Result<Dialect, Failure> {
    let known = || Dialect::ALL.iter().map(|dialect| dialect.as_str());
    Dialect::parse(word).ok_or_else(|| {
        unknown(Code::InvalidFlag, "engine", word, known(), &format!("engines: {}", known().collect::<Vec<_>>().join(", ")))
    })
}

fn table(args: &TableArgs) -> Result<Table, Failure> {
    let mut columns = Vec::new();
    for pair in &args.columns {
        let (name, column) = pair.split_once('=').ok_or_else(|| {
            Failure::usage(Code::InvalidFlag, format!("`--column {}` is not FIELD=COLUMN", printable(pair)))
                .help("such as --column product=name")
        })?;
        let known = Field::ALL.iter().map(|field| field.as_str());
        let help = "fields are vendor, product, version, asset, location, audience, quantity, acquired, renewal, cpe, purl, …";
        let field = Field::parse(name).ok_or_else(|| unknown(Code::InvalidFlag, "field", name, known, help))?;
        columns.push((field, column.to_owned()));
    }
    Table::new(dialect(&args.dialect)?, &args.table, &columns).map_err(|error| wrong_name(&error))
}

fn written(args: &TableArgs) -> Result<Option<(&str, Written)>, Failure> {
    let Some(to) = &args.write_to else { return Ok(None) };
    let written = match args.write_as {
        WriteAs::Parquet => Written::Parquet,
        WriteAs::Csv => Written::Csv,
    };
    Ok(Some((address(to)?, written)))
}

fn address(text: &str) -> Result<&str, Failure> {
    if text.chars().any(char::is_control) {
        return Err(Failure::usage(Code::InvalidFlag, format!("`{}` is no address", printable(text))));
    }
    Ok(text)
}

/// Returns each place with each audience; those of the configuration where none is given.
fn scenarios(
    session: &Session,
    places: &[String],
    audiences: &[String],
    known_on: Option<Moment>,
) -> Result<Vec<Scenario>, Failure> {
    let own = &session.config.organisation;
    let split = |text: &String| -> Vec<String> { text.split('+').map(|part| part.trim().to_owned()).collect() };
    let mut read_places: Vec<Vec<String>> = Vec::new();
    for given in places {
        read_places.push(session.words(&split(given), &[], |text| session.jurisdiction(text))?);
    }
    if read_places.is_empty() {
        read_places.push(session.words(&[], &own.jurisdictions, |text| session.jurisdiction(text))?);
    }
    let mut read_audiences: Vec<Vec<String>> = Vec::new();
    for given in audiences {
        read_audiences.push(session.words(&split(given), &[], |name| session.audience(name))?);
    }
    if read_audiences.is_empty() {
        read_audiences.push(session.words(&[], &own.audiences, |name| session.audience(name))?);
    }
    let mut scenarios: Vec<Scenario> = Vec::new();
    for place in &read_places {
        for audience in &read_audiences {
            let scenario = scenario(session, place.clone(), audience.clone(), known_on);
            if !scenarios.iter().any(|other| other.place == scenario.place && other.audience == scenario.audience) {
                scenarios.push(scenario);
            }
        }
    }
    Ok(scenarios)
}

/// Returns one combination of places and audiences.
pub(crate) fn scenario(
    session: &Session,
    jurisdictions: Vec<String>,
    mut audiences: Vec<String>,
    known_on: Option<Moment>,
) -> Scenario {
    let (place, audience) = (fleet::word(&jurisdictions), fleet::word(&audiences));
    let all_audiences = audiences.iter().any(|name| name == "all");
    audiences.retain(|name| name != "all");
    let conditions = session.config.conditions.clone();
    let as_of = Moment::Day(NaiveDate::default());
    Scenario { place, audience, asker: Asker { jurisdictions, audiences, all_audiences, as_of, known_on, conditions } }
}

/// What verdicts depend on besides the item and who asks.
pub(crate) struct OwnTerms {
    pub(crate) default_place: Option<String>,
    pub(crate) known_on: Option<Moment>,
    pub(crate) ignored: Vec<Kind>,
    pub(crate) dates: Option<DateOrder>,
}

impl OwnTerms {
    /// Reads the flags, and the configuration where they say nothing.
    pub(crate) fn read(args: &TermsArgs, session: &Session) -> Result<Self, Failure> {
        let mut ignored = session.config.check.ignore_kinds.clone();
        for word in &args.ignore_kinds {
            let kind = Kind::ALL.iter().copied().find(|kind| kind.as_str() == word);
            let known = Kind::ALL.iter().map(|kind| kind.as_str());
            ignored.push(kind.ok_or_else(|| unknown(Code::InvalidFlag, "kind", word, known, "kinds: vendor-exit, advisory, …"))?);
        }
        let location =
            session.words(args.location.as_slice(), session.config.check.location.as_slice(), |text| session.jurisdiction(text));
        Ok(Self {
            default_place: location?.pop(),
            known_on: args.known_on.as_ref().map(|text| moment("--known-on", text)).transpose()?,
            ignored,
            dates: args.dates.map(|order| match order {
                Order::DayFirst => DateOrder::DayFirst,
                Order::MonthFirst => DateOrder::MonthFirst,
            }),
        })
    }

    /// Returns them with the decisions that count, for some days.
    pub(crate) fn with<'t>(&'t self, decisions: &'t Decisions, days: Days) -> Terms<'t> {
        let Self { default_place, ignored, dates, .. } = self;
        Terms { default_place: default_place.as_deref(), ignored, decisions, dates: *dates, days }
    }
}

fn verdicts(args: &FleetVerdictsArgs, terminal: &Terminal) -> Done {
    let outputs = Outputs::read(&args.outputs)?;
    let mut session = Session::open(&args.pack, terminal)?;
    let waivers = session.waivers(args.terms.waivers.as_deref(), terminal)?;
    let own = OwnTerms::read(&args.terms, &session)?;
    let days = Days { from: day("--from", args.from.as_ref())?, to: day("--to", args.to.as_ref())? };
    if days.is_empty() {
        return Err(Failure::usage(Code::InvalidFlag, "`--to` lies before `--from`"));
    }
    let scenarios = scenarios(&session, &args.places, &args.audiences, own.known_on)?;
    session.warn(terminal);
    let sources = sources(&args.files, terminal)?;
    outputs.spare(sources.iter().filter_map(|source| source.path.as_deref()))?;
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let work = Work { pack: &session.pack, scenarios: &scenarios, terms: own.with(&waivers.decisions, days), threads };
    let mut judge = Judge::new(&work);
    outputs.write(|put| {
        for source in &sources {
            let failed = |error: VerdictError| failure(&source.name, &error);
            let table = open(source.path.as_deref()).map_err(|error| failed(error.into()))?;
            judge.table(table, put).map_err(failed)?;
        }
        judge.finish(put).map_err(|error| failure("", &error))
    })?;
    let remarks = judge.remarks.iter().map(|remark| Diagnostic::warning(Code::PartlyRead, remark.clone()));
    terminal.diagnostics(remarks.collect::<Vec<_>>().iter(), &Sources::default());
    let done = judge.done;
    terminal.note(&format!(
        "{}, {} with findings, {} unidentified, {} unread; {} for {}; rules {} ({})",
        plural(done.items, "item"),
        done.with_findings,
        done.unidentified,
        done.unread,
        plural(done.lines, "line"),
        scenarios.iter().map(|one| format!("{}/{}", one.place, one.audience)).collect::<Vec<_>>().join(", "),
        session.pack.catalogue.version,
        session.pack.digest
    ));
    // Nothing was judged: whatever is joined with it has no verdict.
    Ok(if done.items == 0 { Exit::Unread } else { Exit::Ok })
}

/// Returns the files that arguments stand for, but for what engines put beside the parts of a result.
pub(crate) fn sources(arguments: &[String], terminal: &Terminal) -> Result<Vec<Source>, Failure> {
    let mut sources = inputs::expand(arguments, terminal)?;
    sources.retain(|source| !is_marker(source.path.as_deref()));
    Ok(sources)
}

/// Engines put empty files beside the parts of a result.
fn is_marker(path: Option<&Path>) -> bool {
    let name = path.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.starts_with('_') && path.is_some_and(|path| path.metadata().is_ok_and(|metadata| metadata.len() == 0))
}

/// Opens a table: a file of Parquet as it lies there, all else as a stream.
pub(crate) fn open(path: Option<&Path>) -> Result<RawTable<'static>, RawError> {
    let Some(path) = path else { return RawTable::open(Box::new(io::stdin().lock())) };
    let mut head = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut head)?;
    let file = File::open(path)?;
    if head == b"PAR1" { RawTable::parquet(file) } else { RawTable::open(Box::new(file)) }
}

fn failure(source: &str, error: &VerdictError) -> Failure {
    if interrupt::is_stopped() {
        return Failure::said(Exit::Usage);
    }
    let (code, is_input) = match error {
        VerdictError::Raw(error) => (error.code(), true),
        VerdictError::Write(_) => (Code::UnreadableFile, false),
    };
    let mut failure = Failure::usage(code, error.to_string());
    if is_input {
        failure = failure.help("give what the query of `interdict fleet distinct` wrote, as Parquet or CSV with a header");
        if let Some(diagnostic) = failure.diagnostic.as_mut().filter(|_| !source.is_empty()) {
            diagnostic.place = Place::File(source.to_owned());
        }
    }
    failure
}

fn day(flag: &str, text: Option<&String>) -> Result<Option<NaiveDate>, Failure> {
    let Some(text) = text else { return Ok(None) };
    match moment(flag, text)? {
        Moment::Day(day) => Ok(Some(day)),
        Moment::Instant(_) => Err(Failure::usage(Code::InvalidDate, format!("`{flag} {}` is no day", printable(text)))),
    }
}

/// Where the verdicts go: at most one of each format.
struct Outputs {
    csv: Option<Option<PathBuf>>,
    parquet: Option<PathBuf>,
}

impl Outputs {
    fn read(words: &[String]) -> Result<Self, Failure> {
        let mut outputs = Self { csv: None, parquet: None };
        for word in words {
            let (format, file) = word.split_once('=').map_or((word.as_str(), None), |(format, file)| (format, Some(file)));
            let file = file.filter(|file| *file != "-").map(PathBuf::from);
            if file.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
                return Err(Failure::usage(Code::InvalidFlag, format!("`{}` names no file", printable(word))));
            }
            let twice = match (format.trim(), file) {
                ("csv", file) => outputs.csv.replace(file).is_some(),
                ("parquet", Some(file)) => outputs.parquet.replace(file).is_some(),
                ("parquet", None) => {
                    return Err(Failure::usage(Code::InvalidFlag, "Parquet needs a file").help("-o parquet=verdicts.parquet"));
                }
                (other, _) => {
                    return Err(unknown(
                        Code::InvalidFlag,
                        "output format",
                        other,
                        ["parquet", "csv"].into_iter(),
                        "formats: parquet, csv",
                    ));
                }
            };
            if twice {
                return Err(Failure::usage(Code::InvalidFlag, format!("two outputs are asked for as `{}`", format.trim())));
            }
        }
        if let (Some(Some(csv)), Some(parquet)) = (&outputs.csv, &outputs.parquet)
            && place_of(csv) == place_of(parquet)
        {
            return Err(Failure::usage(Code::InvalidFlag, "two outputs go to the same file"));
        }
        if matches!(outputs.csv, Some(None)) && outputs.parquet.is_none() && io::stdout().is_terminal() {
            return Err(Failure::usage(Code::InvalidFlag, "verdicts hold what a terminal must not be shown")
                .help("name a file: -o csv=verdicts.csv"));
        }
        Ok(outputs)
    }

    fn files(&self) -> impl Iterator<Item = &Path> {
        self.csv.iter().flatten().chain(&self.parquet).map(PathBuf::as_path)
    }

    /// Refuses to write over a file that is read.
    fn spare<'a>(&self, read: impl Iterator<Item = &'a Path>) -> Result<(), Failure> {
        let read: Vec<PathBuf> = read.map(place_of).collect();
        match self.files().find(|file| read.contains(&place_of(file))) {
            Some(file) => {
                let message = format!("`{}` is read, and would be written over", printable(&file.to_string_lossy()));
                Err(Failure::usage(Code::InvalidFlag, message))
            }
            None => Ok(()),
        }
    }

    /// Writes the files as a whole, or not at all.
    fn write(&self, work: impl FnOnce(&mut dyn FnMut(&[Line]) -> io::Result<()>) -> Result<(), Failure>) -> Result<(), Failure> {
        // From here on, Ctrl-C takes the files away.
        let _ = Interruptible::new(&mut io::sink());
        let stopped = || if interrupt::is_stopped() { Err(io::Error::other("the program was asked to stop")) } else { Ok(()) };
        let begin =
            |path: &Path| save::begin(path, "").map(|file| Out::File(Box::new(file))).map_err(|error| Failure::save(&error));
        let csv = match &self.csv {
            Some(Some(path)) => Some(begin(path)?),
            Some(None) => Some(Out::Printed(io::BufWriter::new(io::stdout()))),
            None => None,
        };
        let parquet = self.parquet.as_deref().map(begin).transpose()?;
        let mut tables = Tables::new(csv, parquet).map_err(write_failed)?;
        work(&mut |lines| stopped().and_then(|()| tables.write(lines)))?;
        let (csv, parquet) = tables.finish().map_err(write_failed)?;
        let mut staged = Vec::new();
        for out in [csv, parquet].into_iter().flatten() {
            match out {
                Out::File(file) => staged.push(file.finish().map_err(|error| Failure::save(&error))?),
                Out::Printed(mut printed) => io::Write::flush(&mut printed).map_err(write_failed)?,
            }
        }
        stopped().map_err(write_failed)?;
        for file in staged {
            file.commit().map_err(|error| Failure::save(&error))?;
        }
        Ok(())
    }
}

fn write_failed(error: io::Error) -> Failure {
    Failure::usage(Code::UnreadableFile, format!("cannot write the verdicts: {error}"))
}

/// A file, or standard output.
enum Out {
    File(Box<save::Filling>),
    Printed(io::BufWriter<io::Stdout>),
}

impl io::Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Printed(printed) => printed.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Printed(printed) => printed.flush(),
        }
    }
}
