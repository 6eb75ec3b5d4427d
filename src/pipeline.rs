//! The whole run, top-down. Read this first.
//!
//! Rows of the inventories stream through the audit, which matches and judges each distinct item
//! once; what was found becomes the report; the gate decides. Nothing in here reads a clock, a
//! terminal or the environment: all of that is in the [`Job`].

mod drawn;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use crate::assets::{Assets, Join, Joined};
use crate::audit::{Audit, Audited, Decided, Terms, Watch};
use crate::baseline::Baseline;
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::evaluate::{Asker, Situation, incomplete_lists, show};
use crate::gate::{self, Counts, GateTerms};
use crate::inventory::{self, Before, Bytes, Error, Inside, Kept, Sink, Step, Understood, Unread};
use crate::model::{Row, Status};
use crate::pack::compile::Pack;
use crate::pack::rule::Rule;
use crate::pack::words::{Kind, Stage};
use crate::report::{self, Change, Findings, Report};
use crate::timeline;
use crate::waiver::{self, Applied, Waivers};
use drawn::Drawn;

/// Dates at most so many days ahead are deadlines where nobody says otherwise.
pub const HORIZON_DAYS: u32 = 90;

/// Everything that one run depends on, besides the pack and the inventories.
#[derive(Clone, Debug)]
pub struct Job {
    /// Who asks, and for when.
    pub asker: Asker,
    /// Code of the place of rows that name none.
    pub default_place: Option<String>,
    /// Dates at most so many days ahead are listed as deadlines.
    pub horizon_days: u32,
    /// Kinds of act that are left out.
    pub ignored: Vec<Kind>,
    /// How inventories are to be read.
    pub reading: inventory::Options,
    /// List of machines that completes the rows.
    pub assets: Option<Arc<Assets>>,
    /// Accepted findings, and decisions about matches.
    pub waivers: Waivers,
    /// What stood before, for what is new since.
    pub baseline: Option<Baseline>,
    /// What fails the run.
    pub gate: GateTerms,
    /// The configuration used, for the report.
    pub configuration: Option<report::Configuration>,
    /// Version of the program, for the report.
    pub version: String,
}

/// One inventory: its name, and its bytes or why they cannot be had.
pub struct Input<'a> {
    /// Name as given.
    pub name: String,
    /// Its bytes.
    pub bytes: io::Result<Box<dyn Bytes + 'a>>,
    /// How this one is read, where that is not as the job says.
    pub reading: Option<Arc<Reading>>,
}

/// How some inputs are read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// As which format, with which columns.
    pub options: inventory::Options,
    /// Place of rows that name none.
    pub location: String,
    /// Audience of rows that name none.
    pub audience: String,
}

impl Job {
    /// Asks with nothing else given: what is in force fails the run, and nothing is waived.
    #[must_use]
    pub fn new(asker: Asker) -> Self {
        Self {
            asker,
            default_place: None,
            horizon_days: HORIZON_DAYS,
            ignored: Vec::new(),
            reading: inventory::Options::default(),
            assets: None,
            waivers: Waivers::default(),
            baseline: None,
            gate: GateTerms::default(),
            configuration: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// Fills in what rows do not say.
#[derive(Clone, Copy)]
struct Completing<'a>(&'a Reading);

impl Step for Completing<'_> {
    fn row(&mut self, row: &Row<'_>, sink: &mut dyn Sink) -> Option<Kept> {
        sink.row(&row.completed(&self.0.location, &self.0.audience, ""))
    }

    fn sees_all(&self) -> bool {
        false
    }

    fn part(&self) -> Self {
        *self
    }

    fn absorb(&mut self, _: Self) {}
}

impl<'a> Input<'a> {
    /// Makes an input that is read as the job says.
    #[must_use]
    pub fn new(name: impl Into<String>, bytes: io::Result<Box<dyn Bytes + 'a>>) -> Self {
        Self { name: name.into(), bytes, reading: None }
    }
}

/// What a run gives.
#[derive(Debug)]
pub struct Outcome {
    /// The report.
    pub report: Report,
    /// Everything that was wrong with the inventories.
    pub diagnostics: Diagnostics,
    /// How each waiver stands.
    pub waivers: Vec<waiver::Entry>,
    /// Whether an input could not be opened or a flag does not fit one: exit code 2.
    pub input_error: bool,
    /// What the findings rest on, in the order of the report.
    pub audited: Arc<Audited>,
}

/// Checks inventories against a pack.
pub fn check<'a>(job: &Job, pack: &Pack, inputs: impl IntoIterator<Item = Input<'a>>) -> Outcome {
    check_watching(job, pack, inputs, Watch::default())
}

/// The same, looking out for items that had findings before.
pub fn check_watching<'a>(job: &Job, pack: &Pack, inputs: impl IntoIterator<Item = Input<'a>>, watch: Watch) -> Outcome {
    let mut diagnostics = Diagnostics::default();
    let terms = Terms {
        pack,
        asker: &job.asker,
        default_place: job.default_place.as_deref(),
        ignored: &job.ignored,
        decisions: &job.waivers.decisions,
    };
    let mut audit = Audit::watching(terms, watch);
    let (mut input_error, mut repeated) = (false, Repeated::new());
    let mut join = job.assets.as_deref().map(Join::new);
    for input in inputs {
        input_error |= read(job, input, &mut audit, join.as_mut(), &mut repeated, &mut diagnostics);
    }
    let joined = join.map(Join::finish);
    diagnostics.extend(job.assets.as_deref().zip(joined.as_ref()).and_then(|(assets, joined)| unmatched(assets, joined)));
    for (code, count) in repeated.into_iter().filter(|(_, count)| *count > 0) {
        let inventories = report::plural(count, "more inventory");
        diagnostics.push(Diagnostic::error(code, format!("the same holds for {inventories}")));
    }
    draw(job, pack, audit.finish(), joined, input_error, diagnostics)
}

/// Draws an outcome up from what an audit found: waivers, baseline, report, gate.
#[must_use]
pub fn draw(
    job: &Job,
    pack: &Pack,
    audited: Audited,
    joined: Option<Joined>,
    input_error: bool,
    mut diagnostics: Diagnostics,
) -> Outcome {
    let audited = Arc::new(audited);
    diagnostics.extend(audited.diagnostics.clone());
    let Applied { accepted: waived, entries: waivers } = job.waivers.apply(pack, &audited, job.asker.as_of);
    diagnostics.extend(waivers.iter().filter_map(waiver::Entry::remark));
    diagnostics.extend(remarks_on_decisions(job, pack, &audited));
    let mut report = draw_up(job, pack, &audited, waived);
    report.assets = job.assets.as_deref().zip(joined).map(asset_list);
    if let Some(baseline) = &job.baseline {
        baseline.mark(&mut report);
    }
    report.gate = gate::decide(&job.gate, &counts(job, pack, &audited, &report));
    if input_error {
        report.gate.failed = true;
        report.gate.exit_code = 2;
        report.gate.reasons.insert(0, "an inventory could not be read as asked".to_owned());
    }
    Outcome { report, diagnostics, waivers, input_error, audited }
}

/// How often a mistake of the command line was met again, by its code: it is told once, not for each
/// inventory.
type Repeated = BTreeMap<Code, u64>;

/// Reads one input into the audit: one inventory, or those in an archive. Returns whether it could
/// not even be opened.
fn read(
    job: &Job,
    input: Input<'_>,
    audit: &mut Audit<'_>,
    mut join: Option<&mut Join<'_>>,
    repeated: &mut Repeated,
    diagnostics: &mut Diagnostics,
) -> bool {
    let mut bytes = match input.bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            audit.begin(&input.name);
            let message = format!("cannot open the inventory: {error}");
            let diagnostic = Diagnostic::error(Code::UnreadableFile, message.clone()).at(Place::File(input.name));
            audit.unread(Unread { line: None, column: None, reason: message });
            diagnostics.push(diagnostic);
            return true;
        }
    };
    let mut failed = false;
    inventory::unpack(&input.name, &mut *bytes, &mut |inside| match inside {
        Inside::Inventory(name, bytes) => {
            audit.begin(name);
            let options = input.reading.as_ref().map_or(&job.reading, |reading| &reading.options);
            let read = bytes.and_then(|bytes| {
                let mut read_into = |sink: &mut dyn Sink| match &mut join {
                    Some(join) => inventory::read(name, bytes, options, &mut Before { step: &mut **join, sink }),
                    None => inventory::read(name, bytes, options, sink),
                };
                match input.reading.as_deref() {
                    Some(reading) => read_into(&mut Before { step: &mut Completing(reading), sink: &mut *audit }),
                    None => read_into(audit),
                }
            });
            failed |= conclude(name, read, audit, repeated, diagnostics);
        }
        Inside::LeftOut(name, what) => {
            diagnostics.push(Diagnostic::warning(Code::LeftOut, what).at(Place::File(name.to_owned())));
        }
    });
    failed
}

/// Says that the list of machines lacks some.
fn unmatched(assets: &Assets, joined: &Joined) -> Option<Diagnostic> {
    let (first, rest) = joined.examples.split_first()?;
    let count = report::plural(joined.unmatched, "asset");
    let have = if joined.unmatched == 1 { "has" } else { "have" };
    let examples = std::iter::once(first).chain(rest).map(|name| format!("`{}`", crate::pack::strict::cut(name)));
    let examples = examples.collect::<Vec<_>>().join(", ");
    let message = format!("{count} of the inventories {have} no row in the list of machines: {examples}");
    let help = "their rows keep the place that they name themselves, or else that of the organisation";
    Some(Diagnostic::warning(Code::UnmatchedAsset, message).at(Place::File(assets.source.clone())).help(help))
}

/// Notes what one inventory was taken for, or why it could not be read. Returns whether the input
/// or the command line is at fault, and not what the file holds.
fn conclude(
    name: &str,
    read: Result<Understood, Error>,
    audit: &mut Audit<'_>,
    repeated: &mut Repeated,
    diagnostics: &mut Diagnostics,
) -> bool {
    let file = || Place::File(name.to_owned());
    let mut unreadable = |audit: &mut Audit<'_>, unread: Unread, code: Code, help: Option<String>| {
        let place = unread.line.map_or_else(file, |line| Place::Line(name.to_owned(), line, None));
        let mut diagnostic = Diagnostic::error(code, unread.reason.clone()).at(place);
        diagnostic.help = help;
        diagnostics.push(diagnostic);
        audit.unread(Unread { line: None, column: None, ..unread });
    };
    match read {
        Ok(understood) => {
            audit.recognised(understood.format.name());
            if audit.is_inventory_empty() {
                let message = format!("the {} holds no item", understood.format.description());
                let help = "if it should, the export went wrong; check it against the program that wrote it";
                diagnostics.push(Diagnostic::warning(Code::EmptyInventory, message).at(file()).help(help));
            }
            false
        }
        Err(Error::Refused(refusal)) => {
            let usage = refusal.is_usage();
            if usage {
                match repeated.entry(refusal.code) {
                    Entry::Vacant(first) => {
                        first.insert(0);
                    }
                    Entry::Occupied(mut again) => {
                        *again.get_mut() += 1;
                        audit.unread(Unread { line: None, column: None, reason: refusal.reason });
                        return true;
                    }
                }
            }
            let unread = Unread { line: refusal.line, column: None, reason: refusal.reason };
            unreadable(audit, unread, refusal.code, refusal.help);
            usage
        }
        Err(Error::Broken(unread)) => {
            let help = "what came before was read; make the file again".to_owned();
            unreadable(audit, unread, Code::UnreadableFile, Some(help));
            false
        }
        Err(Error::Io { operation, source }) => {
            let reason = format!("cannot {operation} the inventory: {source}");
            unreadable(audit, Unread { line: None, column: None, reason }, Code::UnreadableFile, None);
            true
        }
    }
}

fn remarks_on_decisions(job: &Job, pack: &Pack, audited: &Audited) -> Vec<Diagnostic> {
    let place = |(inventory, line): (u32, u64)| Place::Line(audited.inventories[inventory as usize].source.to_string(), line, None);
    job.waivers.decisions.remarks(&audited.decisions, job.asker.today(pack), place)
}

fn counts(job: &Job, pack: &Pack, audited: &Audited, report: &Report) -> Counts {
    let mut counts = Counts {
        unread: report.summary.unread,
        unidentified: report.summary.unidentified,
        items: report.summary.items,
        ..Counts::default()
    };
    let mut count = |status: Status, change: Change, more: u64| {
        if let Some(count) = counts.findings.get_mut(status as usize) {
            *count += more;
        }
        if change != Change::Known {
            *counts.changed.entry((status, change)).or_default() += more;
        }
    };
    if report.findings.is_any_marked() {
        for finding in report.findings.iter().filter(|finding| finding.waiver.is_none()) {
            count(finding.status, finding.baseline.unwrap_or(Change::New), 1);
        }
    } else {
        // Without a baseline, everything is new.
        for (decided, more) in audited.decided.iter().zip(audited.found.by_answer()).filter(|(_, more)| *more > 0) {
            count(decided.judgement.status.unwrap_or(Status::Clear), Change::New, more);
        }
    }
    if job.gate.within_days.is_some() {
        for (found, finding) in audited.found.iter().zip(&report.findings) {
            let decided = &audited.decided[found.decided as usize];
            if let Some(ahead) = forecast(job, &pack.catalogue.rules[decided.rule as usize], decided, finding.waiver) {
                *counts.ahead.entry(ahead).or_default() += 1;
            }
        }
    }
    counts
}

/// Returns the first day ahead, within the days that the gate looks at, on which a finding becomes worse
/// and fails the run: in how many days, the day, and the status.
fn forecast(job: &Job, rule: &Rule, decided: &Decided, waiver: Option<&report::Waiver>) -> Option<(i64, String, Status)> {
    let limit = i64::from(job.gate.within_days?);
    let now = decided.judgement.status?;
    decided.judgement.ahead.iter().find_map(|&(status, at)| {
        let on = rule.zone.day(at);
        let days = (on - job.asker.as_of.day(rule.zone)).num_days();
        // A waiver for one effect accepts no other that comes.
        let waived = waiver.is_some_and(|waiver| waiver.effect.is_none() && waiver.until >= on.to_string());
        let fails = days <= limit && status < now && job.gate.fail_on.fails(status) && !waived;
        fails.then(|| (days, show(rule.zone, at), status))
    })
}

/// Turns what was found into the report. `waived` are the waivers of findings, by index.
fn draw_up(job: &Job, pack: &Pack, audited: &Arc<Audited>, waived: BTreeMap<usize, Arc<report::Waiver>>) -> Report {
    let catalogue = &pack.catalogue;
    let summary = summary(audited, &waived);
    let drawn = Drawn::new(pack, Arc::clone(audited), &job.waivers.decisions);
    let findings = Findings::drawn(Arc::new(drawn), waived);
    let used = audited.decided.iter().zip(audited.found.by_answer()).filter(|(_, count)| *count > 0);
    let used: BTreeSet<u32> = used.map(|(decided, _)| decided.rule).collect();
    let acts = used.into_iter().map(|number| &catalogue.rules[number as usize]);
    let acts = acts.map(|rule| (rule.id.clone(), report::Act { dates: Some(dates_ahead(job, rule)), ..act(rule) })).collect();
    Report {
        schema: report::SCHEMA.to_owned(),
        tool: report::Tool { name: "interdict".to_owned(), version: job.version.clone() },
        as_of: job.asker.as_of.to_string(),
        known_on: job.asker.known_on.map(|known| known.to_string()),
        horizon_days: job.horizon_days,
        scope: scope(job, pack, audited),
        redacted: Vec::new(),
        configuration: job.configuration.clone(),
        rules: report::Rules {
            version: catalogue.version.clone(),
            built: catalogue.built.clone(),
            digest: pack.digest.clone(),
            count: catalogue.rules.len() as u64,
            replaced: catalogue.replaced.clone(),
        },
        inventories: audited.inventories.iter().map(inventory_entry).collect(),
        assets: None,
        baseline: None,
        decisions: settled_rows(job, audited),
        summary,
        acts,
        findings,
        gate: report::Gate::default(),
    }
}

fn asset_list((assets, joined): (&Assets, Joined)) -> report::AssetList {
    report::AssetList {
        source: assets.source.clone(),
        entries: assets.len() as u64,
        matched: joined.matched,
        unmatched: joined.unmatched,
        unmatched_first: joined.examples,
    }
}

/// Returns the decisions that settled rows, with the first of these.
fn settled_rows(job: &Job, audited: &Audited) -> Vec<report::SettledRows> {
    let decisions = job.waivers.decisions.list().iter().zip(&audited.decisions).filter(|(_, used)| used.rows > 0);
    let row = |&(inventory, line): &(u32, u64)| report::RowRef {
        source: Arc::clone(&audited.inventories[inventory as usize].source),
        line,
    };
    decisions
        .map(|(decision, used)| report::SettledRows {
            decision: Arc::clone(&decision.shown),
            rows: used.rows,
            first: used.first.iter().map(row).collect(),
        })
        .collect()
}

fn inventory_entry(read: &crate::audit::Read) -> report::Inventory {
    let entry =
        |unread: &Unread| report::UnreadEntry { line: unread.line, column: unread.column.clone(), reason: unread.reason.clone() };
    report::Inventory {
        source: Arc::clone(&read.source),
        format: read.format.clone(),
        items: read.items,
        unread: read.unread.iter().map(entry).collect(),
        unread_count: read.unread_count,
        remarks: read.remarks.clone(),
    }
}

fn summary(audited: &Audited, waived: &BTreeMap<usize, Arc<report::Waiver>>) -> report::Summary {
    let mut summary = report::Summary {
        items: audited.inventories.iter().map(|read| read.items).sum(),
        unidentified: audited.unidentified,
        unread: audited.inventories.iter().map(|read| read.unread_count).sum(),
        assets: audited.assets,
        quantity: audited.quantity,
        other_audiences: audited.other_audiences.clone(),
        waived: waived_items(audited, waived),
        waived_findings: waived.len() as u64,
        decided: audited.decisions.iter().map(|used| used.rows).sum(),
        ..report::Summary::default()
    };
    for (&status, &items) in &audited.items {
        summary.add(status, items);
    }
    summary
}

/// Counts the items all of whose findings are waived. Findings of the same item share their rows.
fn waived_items(audited: &Audited, waived: &BTreeMap<usize, Arc<report::Waiver>>) -> u64 {
    if waived.is_empty() {
        return 0;
    }
    // By asset, product and first row: how many rows, and whether all findings so far are waived.
    let mut items = BTreeMap::new();
    for (index, found) in audited.found.iter().enumerate() {
        let product = &audited.subjects[audited.decided[found.decided as usize].subject as usize].row.product;
        let item = items.entry((found.asset_number, product, found.first_row())).or_insert((found.rows, true));
        item.1 &= waived.contains_key(&index);
    }
    items.values().filter(|(_, all)| *all).map(|(rows, _)| rows).sum()
}

fn scope(job: &Job, pack: &Pack, audited: &Audited) -> report::Scope {
    let registry = &pack.catalogue.registry;
    let places = || audited.situations.iter().filter_map(|(place, _)| place.as_ref());
    let codes: BTreeSet<&String> = job.asker.jurisdictions.iter().chain(&job.default_place).chain(places()).collect();
    let touches = |code: &str, other: &str| !registry.within(code, other).is_empty() || !registry.within(other, code).is_empty();
    let has_act = |code: &str| pack.outlines.places().any(|other| touches(code, other));
    let audiences = if job.asker.all_audiences {
        vec!["all".to_owned()]
    } else if job.asker.audiences.is_empty() {
        vec!["everyone".to_owned(), "companies".to_owned()]
    } else {
        job.asker.audiences.clone()
    };
    let situations = audited.situations.iter().map(|(place, audience)| Situation {
        place: place.clone(),
        audience: audience.clone(),
        ..Situation::default()
    });
    let situations: Vec<Situation> = situations.collect();
    report::Scope {
        jurisdictions: job.asker.jurisdictions.clone(),
        audiences,
        without_rules: codes.into_iter().filter(|code| !has_act(code)).cloned().collect(),
        incomplete_lists: incomplete_lists(pack, &job.asker, &situations, &job.ignored),
    }
}

/// Returns where a measure stands as the report shows it.
#[must_use]
pub fn measure(rule: &Rule, state: &crate::evaluate::MeasureState) -> report::Measure {
    let measure = &rule.measures[state.measure];
    let instant = |at| rule.zone.local(at).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false);
    report::Measure {
        effect: state.effect.as_str().to_owned(),
        state: state.state,
        from: state.from.map(instant),
        until: state.until.map(instant),
        binds: measure.binds.clone(),
        affects: if measure.affects == measure.binds { Vec::new() } else { measure.affects.clone() },
        nexus: state.nexus.as_str().to_owned(),
        ends_when: measure.ends_when.clone(),
    }
}

/// Returns what a finding says of its act.
#[must_use]
pub fn reference(rule: &Rule) -> report::RuleRef {
    report::RuleRef {
        id: rule.id.clone(),
        title: rule.title.clone(),
        jurisdiction: rule.jurisdiction.clone(),
        authority: rule.authority.clone(),
        citation: rule.citation.clone(),
        url: rule.url.clone(),
    }
}

/// Returns an act as the report shows it.
#[must_use]
pub fn act(rule: &Rule) -> report::Act {
    let first_day_after = |end: crate::model::End| show(rule.zone, end.latest(rule.zone));
    let first_day = |start: crate::model::Start| match start {
        crate::model::Start::From(when) => when.to_string(),
        crate::model::Start::After(_) => show(rule.zone, start.earliest(rule.zone)),
    };
    report::Act {
        kind: rule.kind.as_str().to_owned(),
        stage: rule.stage.as_str().to_owned(),
        names: rule.names.as_str().to_owned(),
        verified: rule.verified.map(|when| when.to_string()),
        time_zone: rule.zone.name().to_owned(),
        remedy: report::Remedy { advice: rule.advice.clone(), alternatives: rule.alternatives.clone() },
        measures: rule
            .measures
            .iter()
            .map(|measure| report::ActMeasure {
                effect: measure.effect.as_str().to_owned(),
                name: measure.name.clone(),
                from: measure.start.map_or_else(|| crate::pack::file::TO_BE_ANNOUNCED.to_owned(), first_day),
                until: measure.end.map(first_day_after).or_else(|| measure.ends_when.clone()),
                binds: measure.binds.clone(),
                affects: measure.affects.clone(),
                nexus: measure.nexus.iter().map(|nexus| nexus.as_str().to_owned()).collect(),
            })
            .collect(),
        dates: None,
        events: rule
            .events
            .iter()
            .map(|event| report::ActEvent {
                kind: event.kind.as_str().to_owned(),
                announced: event.announced.to_string(),
                from: first_day(event.start),
                until: event.end.map(first_day_after),
                citation: event.citation.clone(),
                note: event.note.clone(),
                url: event.url.clone(),
            })
            .collect(),
        sources: std::iter::once(&rule.url).chain(rule.sources.iter().filter(|source| **source != rule.url)).cloned().collect(),
        file: rule.file.clone(),
        line: rule.line,
    }
}

/// Returns the dates of an act that lie ahead.
fn dates_ahead(job: &Job, rule: &Rule) -> Vec<report::ActDate> {
    if rule.stage != Stage::Enacted {
        return Vec::new();
    }
    let dates = timeline::of_rule(rule, job.asker.as_of, job.asker.known_on);
    dates.iter().filter(|date| !date.past && date.what != "announced").map(date).collect()
}

/// Returns a date of an act as the report shows it.
#[must_use]
pub fn date(entry: &timeline::Entry) -> report::ActDate {
    report::ActDate {
        id: entry.id.clone(),
        on: entry.date.clone(),
        what: entry.what.clone(),
        effects: entry.effects.clone(),
        only: entry.only.clone(),
        note: entry.note.clone(),
    }
}
