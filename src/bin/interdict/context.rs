//! What every command starts from: the configuration, the rules, and who asks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

use chrono::{SubsecRound, Utc};
use interdict::assets::Assets;
use interdict::config::{self, ConfigFile};
use interdict::diag::{Code, Diagnostic, Diagnostics, Place, Severity, SourceId, Sources, nearest};
use interdict::evaluate::Asker;
use interdict::model::Moment;
use interdict::pack::compile::Pack;
use interdict::pack::file::At;
use interdict::pack::load::{self, LoadError};
use interdict::pack::rule::RuleTest;
use interdict::report;
use interdict::waiver::{self, Waivers};

use super::args::{AssetsArgs, PackArgs, ReadArgs, ScopeArgs};
use super::exit::{Exit, Failure};
use super::terminal::Terminal;
use interdict::inventory::{Encoding, Field, FieldSource, Format, Options, Profile};

/// A rule file, a configuration or a waiver file is never longer.
const MAX_BYTES: u64 = 16 << 20;

/// The configuration and the rules of a run.
pub(crate) struct Session {
    /// Rules.
    pub(crate) pack: Pack,
    /// Whether rules are layered over the shipped ones, or stand in their place.
    pub(crate) is_layered: bool,
    /// Inline tests of the layered rules.
    pub(crate) tests: Vec<RuleTest>,
    /// Ids of the layered entities.
    pub(crate) entities: BTreeSet<String>,
    /// Texts that diagnostics point into.
    pub(crate) sources: Sources,
    /// Configuration; empty where there is none.
    pub(crate) config: ConfigFile,
    /// Its text.
    config_source: Option<SourceId>,
    /// Folder that the configuration's paths start from.
    folder: PathBuf,
    /// The configuration's file; empty where there is none.
    pub(crate) file: PathBuf,
    /// The configuration used, for the report.
    pub(crate) configuration: Option<report::Configuration>,
    /// Problems of the rules that do not stop a run.
    pub(crate) diagnostics: Diagnostics,
}

impl Session {
    /// Reads the configuration and the rules. Every error in them is printed, and ends the run.
    pub(crate) fn open(args: &PackArgs, terminal: &Terminal) -> Result<Self, Failure> {
        Self::open_with(args, &[], terminal)
    }

    /// The same, with more rules layered on top.
    pub(crate) fn open_with(args: &PackArgs, more: &[PathBuf], terminal: &Terminal) -> Result<Self, Failure> {
        let mut session = Self::configured(args, terminal)?;
        let own: Vec<PathBuf> = session.config.rules.paths.iter().map(|path| session.folder.join(path.get())).collect();
        let builtin = !args.no_builtin_rules && session.config.rules.builtin != Some(false);
        let layers: Vec<&PathBuf> = own.iter().chain(&args.rules).chain(more).collect();
        if layers.is_empty() && builtin {
            session.pack = interdict::builtin::pack();
            session.check_conditions();
            return Ok(session);
        }
        session.is_layered = true;
        let mut catalogue = interdict::builtin::catalogue();
        if !builtin {
            // Registries and entities are the language that rules are written in; they stay.
            catalogue.rules.clear();
        }
        let failed = |LoadError { operation, path, source }: LoadError| Failure::file(operation, &path, &source);
        let texts = layers.into_iter().map(|path| load::read_texts(path).map_err(failed)).collect::<Result<Vec<_>, _>>()?;
        let layer = load::add_layers(catalogue, texts, &mut session.sources, &mut session.diagnostics);
        (session.tests, session.entities, catalogue) = (layer.tests, layer.entities, layer.catalogue);
        if session.diagnostics.has_errors() {
            terminal.diagnostics(session.diagnostics.iter(), &session.sources);
            terminal.note(&problems(&session.diagnostics));
            return Err(Failure::said(Exit::Usage));
        }
        if catalogue.rules.is_empty() {
            // Against no rules everything would be clear.
            return Err(Failure::usage(Code::UnknownRule, "there are no rules to check against")
                .help("leave --no-builtin-rules out, or add rules of your own with --rules"));
        }
        session.pack = Pack::new(catalogue);
        session.check_conditions();
        Ok(session)
    }

    /// An answer to a question that no rule asks is most likely misspelt, and then decides nothing.
    fn check_conditions(&mut self) {
        let rules = &self.pack.catalogue.rules;
        let entries = || rules.iter().flat_map(|rule| rule.covers.iter().chain(rule.exempt.iter().map(|exempt| &exempt.cover)));
        let asked = || entries().filter_map(|cover| cover.condition.as_deref());
        for answer in self.config.conditions.keys().filter(|answer| !asked().any(|condition| condition == *answer)) {
            let mut diagnostic =
                Diagnostic::warning(Code::InvalidConfiguration, format!("no rule asks for the condition `{answer}`"));
            if let Some(configuration) = &self.configuration {
                diagnostic = diagnostic.at(Place::File(configuration.path.clone()));
            }
            let help = nearest(answer, asked()).map_or_else(
                || "`interdict explain` words the conditions that a product's acts ask for".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.diagnostics.push(diagnostic.help(help));
        }
    }

    /// Reads the configuration only.
    pub(crate) fn configured(args: &PackArgs, terminal: &Terminal) -> Result<Self, Failure> {
        let mut session = Self {
            pack: Pack::default(),
            is_layered: false,
            tests: Vec::new(),
            entities: BTreeSet::new(),
            sources: Sources::default(),
            config: ConfigFile::default(),
            config_source: None,
            folder: PathBuf::new(),
            file: PathBuf::new(),
            configuration: None,
            diagnostics: Diagnostics::default(),
        };
        let Some(path) = find_config(args)? else { return Ok(session) };
        let text = read_text(&path)?;
        let shown = shown_path(&path);
        let source = session.sources.add(&shown, config::masked(&text));
        let Some(config) = config::read(&text, source, &mut session.diagnostics) else {
            terminal.diagnostics(session.diagnostics.iter(), &session.sources);
            return Err(Failure::said(Exit::Usage));
        };
        session.config = config;
        session.config_source = Some(source);
        session.configuration =
            Some(report::Configuration { path: shown, digest: interdict::model::digest::sha256(text.as_bytes()) });
        session.folder = path.parent().map(Path::to_owned).unwrap_or_default();
        session.file = path;
        Ok(session)
    }

    /// Returns the folder that the configuration's paths start from.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns a path that the configuration gives, from its folder.
    pub(crate) fn beside_config(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Returns who asks, and for when: flags over the configuration.
    pub(crate) fn asker(&self, args: &ScopeArgs) -> Result<Asker, Failure> {
        let own = &self.config.organisation;
        let jurisdictions = self.words(&args.jurisdictions, &own.jurisdictions, |text| self.jurisdiction(text))?;
        let mut audiences = self.words(&args.audiences, &own.audiences, |name| self.audience(name))?;
        let all_audiences = audiences.iter().any(|name| name == "all");
        audiences.retain(|name| name != "all");
        let as_of = match said(&args.as_of) {
            Some(text) => moment("--as-of", text)?,
            None => now(),
        };
        Ok(Asker {
            jurisdictions,
            audiences,
            all_audiences,
            as_of,
            known_on: said(&args.known_on).map(|text| moment("--known-on", text)).transpose()?,
            conditions: self.config.conditions.clone(),
        })
    }

    /// Returns the place of rows that name none.
    pub(crate) fn default_place(&self, args: &ScopeArgs) -> Result<Option<String>, Failure> {
        let (flag, own) = (args.location.as_slice(), self.config.check.location.as_slice());
        Ok(self.words(flag, own, |text| self.jurisdiction(text))?.pop())
    }

    /// Reads words of the command line, else those of the configuration; what is wrong with one of
    /// these says where it stands.
    pub(crate) fn words(
        &self,
        flags: &[String],
        config: &[At<String>],
        read: impl Fn(&str) -> Result<String, Failure>,
    ) -> Result<Vec<String>, Failure> {
        // An empty variable of the environment says nothing.
        let given: Vec<&String> = flags.iter().filter(|flag| !flag.trim().is_empty()).collect();
        if !given.is_empty() {
            return given.into_iter().map(|text| read(text)).collect();
        }
        let placed = |text: &At<String>, mut failure: Failure| {
            if let (Some(diagnostic), Some(source)) = (&mut failure.diagnostic, self.config_source) {
                let line = self.sources.line(source, text.span().start);
                diagnostic.place = Place::Line(self.sources.name(source).to_owned(), line, None);
            }
            failure
        };
        config.iter().map(|text| read(text).map_err(|failure| placed(text, failure))).collect()
    }

    /// Returns the name of an audience; the error names the nearest one.
    pub(crate) fn audience(&self, name: &str) -> Result<String, Failure> {
        let known = &self.pack.catalogue.registry.audiences;
        if name == "all" || known.contains_key(name) {
            return Ok(name.to_owned());
        }
        let help = "`interdict rules list --audiences` names them all";
        Err(unknown(Code::UnknownAudience, "audience", name, known.keys().map(String::as_str), help))
    }

    /// Returns the code of a jurisdiction by code or name; the error names the nearest one.
    pub(crate) fn jurisdiction(&self, text: &str) -> Result<String, Failure> {
        if let Some(code) = self.pack.place(text) {
            return Ok(code.to_owned());
        }
        let registry = &self.pack.catalogue.registry.jurisdictions;
        let words = registry.iter().flat_map(|(code, jurisdiction)| [code.as_str(), jurisdiction.name.as_str()]);
        Err(unknown(Code::UnknownJurisdiction, "jurisdiction", text, words, "codes are ISO 3166-1 or -2, such as US, US-TX or EU"))
    }

    /// Returns how inventories are to be read: flags over the configuration.
    pub(crate) fn reading(&self, args: &ReadArgs) -> Result<Options, Failure> {
        let format = args.input_format.as_ref().map(|name| {
            let known = Format::ALL.iter().map(|format| format.name());
            Format::parse(name)
                .ok_or_else(|| unknown(Code::InvalidFlag, "input format", name, known, "see `interdict check --help`"))
        });
        let encoding = args.encoding.as_ref().map(|name| {
            let usual = || Encoding::usual().iter().copied();
            let help =
                "encodings are utf-8, utf-16le, windows-1250 to 1258, iso-8859-2, koi8-r, ibm866, gbk, big5, shift_jis, euc-kr, …";
            Encoding::parse(name).ok_or_else(|| unknown(Code::InvalidFlag, "encoding", name, usual(), help))
        });
        let mut options = Options {
            format: format.transpose()?,
            encoding: encoding.transpose()?,
            sheet: args.sheet.clone(),
            threads: args.threads.map_or_else(cores, usize::from),
            ..Options::default()
        };
        let own = self.config.columns.iter().map(|(field, header)| (field.clone(), header.get().clone()));
        let flags = args.columns.iter().map(|pair| {
            pair.split_once('=').map(|(field, header)| (field.trim().to_owned(), header.trim().to_owned())).ok_or_else(|| {
                Failure::usage(Code::InvalidFlag, format!("`--column {pair}` is not FIELD=HEADER"))
                    .help("such as --column product='Software Title'")
            })
        });
        let flags: Vec<(String, String)> = flags.collect::<Result<_, _>>()?;
        // A flag for a field takes the place of the configuration's.
        let own = own.filter(|(field, _)| !flags.iter().any(|(other, _)| other == field)).collect::<Vec<_>>();
        for (field, header) in own.into_iter().chain(flags) {
            let known = Field::ALL.iter().map(|field| field.as_str());
            let help = "fields are vendor, product, version, asset, location, audience, quantity, acquired, renewal, cpe, purl, …";
            let field = Field::parse(&field).ok_or_else(|| unknown(Code::InvalidFlag, "field", &field, known, help))?;
            options.columns.push((field, header));
        }
        options.profiles = self.profiles()?;
        Ok(options)
    }

    /// Reads the list of machines that is given: the flag over the configuration.
    pub(crate) fn assets(&self, args: &AssetsArgs, reading: &Options, terminal: &Terminal) -> Result<Option<Arc<Assets>>, Failure> {
        let own = self.config.check.assets.as_ref().map(|path| self.beside_config(path));
        let flag = args.assets.clone().filter(|path| !path.as_os_str().is_empty());
        let Some(path) = flag.or(own) else { return Ok(None) };
        let mut file = fs::File::open(&path).map_err(|error| Failure::file("open", &path, &error))?;
        let mut diagnostics = Diagnostics::default();
        let assets = Assets::read(&shown_path(&path), &mut file, reading, &mut diagnostics);
        terminal.diagnostics(diagnostics.iter(), &self.sources);
        match assets {
            Some(assets) if !diagnostics.has_errors() => Ok(Some(Arc::new(assets))),
            _ => Err(Failure::said(Exit::Usage)),
        }
    }

    /// Returns the waiver file: the flag over the configuration. Never one that lies beside an inventory.
    pub(crate) fn waiver_file(&self, flag: Option<&Path>) -> Option<PathBuf> {
        let flag = flag.filter(|path| !path.as_os_str().is_empty()).map(Path::to_owned);
        flag.or_else(|| self.config.check.waivers.as_ref().map(|path| self.beside_config(path)))
    }

    /// Reads the waivers and decisions that are given. Errors end the run, warnings are kept.
    pub(crate) fn waivers(&mut self, flag: Option<&Path>, terminal: &Terminal) -> Result<Waivers, Failure> {
        let Some(path) = self.waiver_file(flag) else { return Ok(Waivers::default()) };
        let text = read_text(&path)?;
        let (waivers, diagnostics) = self.read_waivers(&path, &text);
        if diagnostics.has_errors() {
            terminal.diagnostics(diagnostics.iter(), &self.sources);
            return Err(Failure::said(Exit::Usage));
        }
        self.diagnostics.extend(diagnostics);
        Ok(waivers)
    }

    /// Reads the text of a waiver file, and says what is wrong with it.
    pub(crate) fn read_waivers(&mut self, path: &Path, text: &str) -> (Waivers, Diagnostics) {
        let source = self.sources.add(path.to_string_lossy(), text);
        let mut diagnostics = Diagnostics::default();
        let mut waivers = waiver::read(text, source, &self.pack, &self.sources, &mut diagnostics);
        if let Some(days) = &self.config.check.max_waiver_days {
            waivers.max_days = **days;
        }
        (waivers, diagnostics)
    }

    /// Returns the profiles of the configuration, the places in them read.
    pub(crate) fn profiles(&self) -> Result<Vec<Profile>, Failure> {
        let rows = self.config.profiles.iter().zip(&self.config.read_profiles);
        rows.map(|(row, profile)| {
            let mut profile = profile.clone();
            if let Some(code) = self.words(&[], row.location.as_slice(), |text| self.jurisdiction(text))?.pop() {
                let at = profile.fields.iter().position(|(field, _)| *field == Field::Location);
                let at = at.unwrap_or_else(|| {
                    profile.fields.push((Field::Location, FieldSource::default()));
                    profile.fields.len() - 1
                });
                profile.fields[at].1.default = code;
            }
            Ok(profile)
        })
        .collect()
    }

    /// Prints what does not stop a run.
    pub(crate) fn warn(&self, terminal: &Terminal) {
        terminal.diagnostics(self.diagnostics.iter().filter(|one| one.severity == Severity::Warning), &self.sources);
    }
}

/// An empty variable of the environment says nothing.
fn said(text: &Option<String>) -> Option<&String> {
    text.as_ref().filter(|text| !text.trim().is_empty())
}

/// Counts the problems, for the last line.
pub(crate) fn problems(diagnostics: &Diagnostics) -> String {
    let (errors, warnings) = (diagnostics.count(Severity::Error), diagnostics.count(Severity::Warning));
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    format!("{errors} error{}, {warnings} warning{}", plural(errors), plural(warnings))
}

/// Returns the failure for a word that is not known, with the nearest one.
pub(crate) fn unknown<'a>(code: Code, what: &str, word: &str, known: impl Iterator<Item = &'a str>, otherwise: &str) -> Failure {
    let help = nearest(word, known).map_or_else(|| otherwise.to_owned(), |near| format!("did you mean `{near}`?"));
    Failure::usage(code, format!("unknown {what} `{}`", interdict::diag::printable(word))).help(help)
}

/// Reads a date or an instant.
pub(crate) fn moment(flag: &str, text: &str) -> Result<Moment, Failure> {
    Moment::parse(text.trim()).ok_or_else(|| {
        Failure::usage(Code::InvalidDate, format!("`{flag} {}` is no date", interdict::diag::printable(text)))
            .help("write a day (2024-10-01) or an instant with its offset (2024-10-01T12:00:00+02:00)")
    })
}

/// The only place that reads the clock.
#[expect(clippy::disallowed_methods, reason = "the binary alone knows what time it is")]
pub(crate) fn now() -> Moment {
    Moment::Instant(Utc::now().trunc_subsecs(0).fixed_offset())
}

/// The configuration: the one given, else the first from the working directory upwards.
fn find_config(args: &PackArgs) -> Result<Option<PathBuf>, Failure> {
    if args.no_config {
        return Ok(None);
    }
    // Not by the parser: --no-config counts more than the environment, and no conflict is to be told.
    let named = args.config.clone().or_else(|| env::var_os("INTERDICT_CONFIG").map(PathBuf::from));
    if let Some(path) = named.filter(|path| !path.as_os_str().is_empty()) {
        return Ok(Some(path));
    }
    let here = env::current_dir().map_err(|error| Failure::file("find", Path::new("."), &error))?;
    Ok(here.ancestors().map(|folder| folder.join("interdict.toml")).find(|path| path.is_file()))
}

/// A path below the working directory is shown from there.
pub(crate) fn shown_path(path: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Reads a text file of ours, within bounds.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let failed = |operation: &'static str| move |error: std::io::Error| Failure::file(operation, path, &error);
    if fs::metadata(path).map_err(failed("open"))?.len() > MAX_BYTES {
        let place = Place::File(path.display().to_string());
        let diagnostic = Diagnostic::error(Code::TooLarge, "the file is too large for its kind").at(place);
        return Err(Failure { exit: Exit::Usage, diagnostic: Some(Box::new(diagnostic)) });
    }
    let bytes = fs::read(path).map_err(failed("read"))?;
    String::from_utf8(bytes).map_err(|_| {
        let diagnostic = Diagnostic::error(Code::NotText, "the file is not UTF-8 text").at(Place::File(path.display().to_string()));
        Failure { exit: Exit::Usage, diagnostic: Some(Box::new(diagnostic)) }
    })
}

/// Returns how many threads read a large table where nobody says so. One cuts it into pieces, and keeps no more than these busy.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8))
}
