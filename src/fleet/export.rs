//! A report out of what an engine exported.
//!
//! In: the table that the query of [`join`](super::join) gives: the fleet as a whole, its rows by status
//! and by place, and each item on each asset of which there is something to say. Out: the outcome that a
//! check of the whole fleet would have. The exported items are judged again by the rules at hand, and
//! the export is refused where these are others, where an item stands otherwise than the engine says, or
//! where its counts do not add up: a table that is cut short or joined twice is no result. Rows without
//! a verdict are unread, and never clear.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use super::assess::{Meeting, Met, Standing, assess};
use super::join::{EXPORT_VERSION, EXPORTED, NOT_EVALUATED};
use super::raw::{RawError, RawTable, Value};
use super::verdicts::exact;
use super::{FIELDS, NULLS, Scenario, Terms, UNSPECIFIED, column};
use crate::audit::{self, Audit};
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::evaluate::{Asker, Days};
use crate::inventory::{Direct, DirectRows, Field, Kept, Sink, Unread};
use crate::model::{DependencyPath, ItemDates, Moment, Row, Status};
use crate::pack::compile::Pack;
use crate::pipeline::{self, Job, Outcome};
use crate::report::plural;

/// So many places or audiences that are not known are named.
const STRANGE_NAMED: usize = 5;

/// The parameters of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The day.
    pub as_of: String,
    /// The organisation's places, as one word.
    pub place: String,
    /// Its audiences, as one word.
    pub audience: String,
    /// The columns that say what an item is.
    pub columns: String,
}

/// One exported item on one asset.
#[derive(Clone, Debug)]
struct Item {
    number: u64,
    values: Vec<Value>,
    asset: Value,
    owner: Value,
    rows: u64,
    quantity: u64,
    status: String,
    acts: String,
}

/// Rows that stand the same.
#[derive(Clone, Debug)]
struct Standings {
    status: String,
    others: String,
    digest: Option<String>,
    terms: Option<String>,
    rows: u64,
    quantity: u64,
}

/// An export as it was read.
#[derive(Clone, Debug)]
pub struct Export {
    /// What was asked.
    pub head: Head,
    fields: Vec<Field>,
    rows: u64,
    assets: u64,
    standings: Vec<Standings>,
    /// Places and audiences as written, with their rows.
    places: Vec<(String, String, u64)>,
    items: Vec<Item>,
}

/// Returns whether a table is an export of a fleet.
#[must_use]
pub fn is_export(table: &RawTable<'_>) -> bool {
    table.has("interdict_fleet") && table.has("kind")
}

fn invalid(reason: impl Into<String>) -> RawError {
    RawError::refused(Code::InvalidExport, reason)
}

impl Export {
    /// Reads an export. Engines write one in parts: all of them together are it.
    ///
    /// # Errors
    /// Where it is none, or a part of it is missing.
    pub fn read<'r>(parts: impl IntoIterator<Item = Result<RawTable<'r>, RawError>>) -> Result<Self, RawError> {
        let names: Vec<String> = FIELDS.map(column).to_vec();
        let wanted: Vec<&str> = EXPORTED.into_iter().chain(names.iter().map(String::as_str)).collect();
        let at = |name: &str| EXPORTED.iter().position(|other| *other == name).unwrap_or_default();
        let mut export: Option<Self> = None;
        let (mut totals, mut waiting) = (None, Vec::new());
        let mut take = |number: u64, values: &[Value]| {
            let text =
                |name: &str| values[at(name)].as_deref().map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
            let count = |name: &str| {
                let text = text(name);
                let whole = text.trim().trim_end_matches(".0");
                whole.parse::<u64>().map_err(|_| invalid(format!("row {number} has no usable number in the column `{name}`")))
            };
            if text("interdict_fleet") != EXPORT_VERSION {
                return Err(RawError::refused(
                    Code::UnsupportedSchema,
                    format!("row {number} is of another version of the export"),
                ));
            }
            let head = Head { as_of: text("as_of"), place: text("place"), audience: text("audience"), columns: text("columns") };
            let export = match &mut export {
                Some(export) => export,
                None => {
                    let fields: Option<Vec<Field>> = head.columns.split(' ').map(field).collect();
                    let fields = fields.ok_or_else(|| invalid("the column `columns` names one that says nothing of an item"))?;
                    export.insert(Self {
                        head: head.clone(),
                        fields,
                        rows: 0,
                        assets: 0,
                        standings: Vec::new(),
                        places: Vec::new(),
                        items: Vec::new(),
                    })
                }
            };
            if export.head != head {
                return Err(invalid(format!("row {number} was asked for another day, place, audience or item than those before")));
            }
            let identity = |export: &Self| -> Vec<Value> {
                let place = |field: &Field| EXPORTED.len() + FIELDS.iter().position(|other| other == field).unwrap_or_default();
                export.fields.iter().map(|field| values[place(field)].clone()).collect()
            };
            let some = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
            match text("kind").as_str() {
                "fleet" => {
                    if totals.replace((count("rows")?, count("assets")?)).is_some() {
                        return Err(invalid("the export holds the fleet as a whole twice"));
                    }
                }
                "status" => export.standings.push(Standings {
                    status: text("status"),
                    others: text("other_audiences"),
                    digest: some("pack_digest"),
                    terms: some("terms"),
                    rows: count("rows")?,
                    quantity: count("quantity")?,
                }),
                "place" => {
                    let identity = identity(export);
                    let of = |field: Field| {
                        let at = export.fields.iter().position(|other| *other == field);
                        at.and_then(|at| identity[at].as_deref())
                            .map(|text| String::from_utf8_lossy(text).trim().to_owned())
                            .unwrap_or_default()
                    };
                    export.places.push((of(Field::Location), of(Field::Audience), count("rows")?));
                }
                "item" => {
                    let mut values_of = identity(export);
                    values_of.push(values[at(NULLS)].clone());
                    let item = Item {
                        number,
                        values: exact(&export.fields, &values_of, true, number)?,
                        asset: values[at("asset")].clone(),
                        owner: values[at("owner")].clone(),
                        rows: count("rows")?,
                        quantity: count("quantity")?,
                        status: text("status"),
                        acts: text("acts"),
                    };
                    waiting.push(item);
                }
                other => return Err(invalid(format!("row {number} is of an unknown kind `{}`", crate::diag::printable(other)))),
            }
            Ok(true)
        };
        for part in parts {
            let part = part?;
            if !is_export(&part) {
                return Err(invalid("the table is no export of a fleet"));
            }
            part.read(&wanted, &mut take)?;
        }
        let (Some(mut export), Some((rows, assets))) = (export, totals) else {
            return Err(invalid("the export lacks the row of the fleet as a whole; it was cut short, or is something else"));
        };
        (export.rows, export.assets, export.items) = (rows, assets, waiting);
        // Engines give rows in any order.
        export.items.sort_by(|a, b| (&a.values, &a.asset, &a.owner, &a.status).cmp(&(&b.values, &b.asset, &b.owner, &b.status)));
        export.adds_up()?;
        Ok(export)
    }

    /// Checks that nothing of it is missing, and nothing is there twice.
    fn adds_up(&self) -> Result<(), RawError> {
        let sum = |wanted: &dyn Fn(&str) -> bool| {
            self.standings.iter().filter(|one| wanted(&one.status)).map(|one| one.rows).fold(0_u64, u64::saturating_add)
        };
        let all = sum(&|_| true);
        if all != self.rows {
            let help = if all > self.rows { "; the table of verdicts has several for one item" } else { "" };
            return Err(invalid(format!("the fleet has {}, but {all} by their status{help}", plural(self.rows, "row"))));
        }
        let known = |status: &str| Status::parse(status).is_some() || ["unidentified", "unread", NOT_EVALUATED].contains(&status);
        if let Some(one) = self.standings.iter().find(|one| !known(&one.status)) {
            return Err(invalid(format!("no row can stand as `{}`", crate::diag::printable(&one.status))));
        }
        for status in Status::ALL.into_iter().filter(|status| *status != Status::Clear) {
            let counted = sum(&|word| word == status.as_str());
            let listed =
                self.items.iter().filter(|item| item.status == status.as_str()).map(|item| item.rows).fold(0, u64::saturating_add);
            if counted != listed {
                let word = status.as_str();
                return Err(invalid(format!(
                    "the export counts {} as `{word}` and lists {listed}; it was cut short",
                    plural(counted, "row")
                )));
            }
        }
        let placed: u64 = self.places.iter().map(|(.., rows)| *rows).fold(0, u64::saturating_add);
        if placed != self.rows {
            return Err(invalid(format!(
                "the fleet has {}, but {placed} by place; the export was cut short",
                plural(self.rows, "row")
            )));
        }
        Ok(())
    }

    /// Returns the day asked about.
    #[must_use]
    pub fn day(&self) -> Option<NaiveDate> {
        match Moment::parse(&self.head.as_of) {
            Some(Moment::Day(day)) => Some(day),
            _ => None,
        }
    }

    /// Returns the codes of the organisation's places.
    #[must_use]
    pub fn jurisdictions(&self) -> Vec<String> {
        parts(&self.head.place)
    }

    /// Returns the names of its audiences.
    #[must_use]
    pub fn audiences(&self) -> Vec<String> {
        parts(&self.head.audience)
    }

    /// Makes the outcome. `job` asks for the export's day, places and audiences.
    ///
    /// # Errors
    /// What is wrong with the export.
    pub fn outcome(&self, job: &Job, pack: &Pack, source: &str, terms: &Terms<'_>) -> Result<Outcome, Vec<Diagnostic>> {
        let asker = &job.asker;
        let wrong = |code, message: String, help: &str| {
            vec![Diagnostic::error(code, message).at(Place::File(source.to_owned())).help(help)]
        };
        let Some(day) = self.day() else {
            let message = format!("`{}` is no day", crate::diag::printable(&self.head.as_of));
            return Err(wrong(Code::InvalidExport, message, "write it as 2024-10-01 at the top of the query"));
        };
        self.same_rules(pack, &terms.text(asker)).map_err(|(message, help)| wrong(Code::StaleVerdicts, message, help))?;
        let sample: Vec<Vec<String>> = self.items.iter().take(200).map(|item| item.texts()).collect();
        let fields: Vec<Field> = self.fields.iter().copied().chain([Field::Asset, Field::Owner, Field::Quantity]).collect();
        let direct = Direct::new(&fields, &sample, terms.dates)
            .map_err(|refusal| wrong(Code::InvalidExport, refusal.reason, "print the query again with `interdict fleet join`"))?;
        let mut rows = direct.rows();
        self.agrees(pack, asker, terms, day, &mut rows).map_err(|message| {
            wrong(
                Code::VerdictsDisagree,
                message,
                "work the verdicts out again with `interdict fleet verdicts`, load them, and export again",
            )
        })?;
        let mut audit = Audit::new(audit::Terms {
            pack,
            asker,
            default_place: job.default_place.as_deref(),
            ignored: &job.ignored,
            decisions: &job.waivers.decisions,
        });
        audit.begin(source);
        audit.recognised("fleet-export");
        let mut counting = Counting { audit: &mut audit, rows: 0 };
        for item in &self.items {
            counting.rows = item.rows;
            item.hand_on(&mut rows, &mut counting);
        }
        let unread = self.of(NOT_EVALUATED);
        if unread > 0 {
            let reason = format!("{} no verdict: newer than the verdicts", has(unread));
            audit.unread(Unread { line: None, column: None, reason });
        }
        let mut audited = audit.finish();
        self.count(&mut audited, job, pack);
        let mut diagnostics = Diagnostics::default();
        if unread > 0 {
            let message = format!("{} no verdict and count as unread", has(unread));
            let help = "work the verdicts out again from the items that the fleet has now, load them, and export again";
            diagnostics.push(Diagnostic::warning(Code::NotEvaluated, message).at(Place::File(source.to_owned())).help(help));
        }
        let mut outcome = pipeline::draw(job, pack, audited, None, false, diagnostics);
        // What a decision takes away is not exported.
        let mut told = Diagnostics::default();
        told.extend(outcome.diagnostics.iter().filter(|one| one.code != Code::DecisionUnused).cloned());
        outcome.diagnostics = told;
        Ok(outcome)
    }

    fn of(&self, status: &str) -> u64 {
        self.standings.iter().filter(|one| one.status == status).map(|one| one.rows).sum()
    }

    /// Checks that the verdicts were worked out by the rules at hand.
    fn same_rules(&self, pack: &Pack, terms: &str) -> Result<(), (String, &'static str)> {
        let digests: BTreeSet<&str> = self.standings.iter().filter_map(|one| one.digest.as_deref()).collect();
        if let Some(other) = digests.iter().find(|digest| **digest != pack.digest) {
            let message = format!(
                "the verdicts were worked out by the rules {}, and these are {}",
                crate::diag::printable(other),
                pack.digest
            );
            return Err((message, "work the verdicts out again with this version of the program, load them, and export again"));
        }
        let all: BTreeSet<&str> = self.standings.iter().filter_map(|one| one.terms.as_deref()).collect();
        if let Some(other) = all.iter().find(|other| **other != terms) {
            let message =
                format!("the verdicts were worked out on the terms `{}`, and these are `{terms}`", crate::diag::printable(other));
            return Err((
                message,
                "give the flags that `interdict fleet verdicts` was given: --location, --known-on, --ignore-kind, --waivers, --dates",
            ));
        }
        Ok(())
    }

    /// Judges each exported item again.
    fn agrees(
        &self,
        pack: &Pack,
        asker: &Asker,
        terms: &Terms<'_>,
        day: NaiveDate,
        rows: &mut DirectRows<'_>,
    ) -> Result<(), String> {
        let scenario = Scenario { place: String::new(), audience: String::new(), asker: asker.clone() };
        let terms = Terms { days: Days { from: Some(day), to: Some(day) }, ..*terms };
        let mut known: HashMap<&[Value], (&'static str, String)> = HashMap::new();
        for item in &self.items {
            let (status, acts) = known.entry(&item.values).or_insert_with(|| {
                let mut meeting = Meeting { pack, met: None };
                item.hand_on(rows, &mut meeting);
                let assessed = assess(pack, &terms, &scenario, &meeting.met.unwrap_or(Met::Unread));
                let stage = assessed.on(day);
                (
                    stage.map_or(Standing::Unread, |stage| stage.standing).as_str(),
                    stage.map(|stage| stage.acts.clone()).unwrap_or_default(),
                )
            });
            if *status != item.status || *acts != item.acts {
                let said =
                    |status: &str, acts: &str| if acts.is_empty() { status.to_owned() } else { format!("{status} ({acts})") };
                return Err(format!(
                    "row {}: the engine says {}, and these rules {}",
                    item.number,
                    crate::diag::printable(&said(&item.status, &item.acts)),
                    said(status, acts)
                ));
            }
        }
        Ok(())
    }

    /// Puts in what the engine counted.
    fn count(&self, audited: &mut audit::Audited, job: &Job, pack: &Pack) {
        let unread = self.of(NOT_EVALUATED) + self.of("unread");
        audited.items =
            Status::ALL.into_iter().map(|status| (status, self.of(status.as_str()))).filter(|(_, rows)| *rows > 0).collect();
        audited.unidentified = self.of("unidentified");
        audited.assets = self.assets;
        let evaluated = self.standings.iter().filter(|one| ![NOT_EVALUATED, "unread"].contains(&one.status.as_str()));
        audited.quantity = evaluated.map(|one| one.quantity).fold(0, u64::saturating_add);
        audited.other_audiences.clear();
        for one in &self.standings {
            for audience in one.others.split(' ').filter(|audience| !audience.is_empty()) {
                *audited.other_audiences.entry(audience.to_owned()).or_default() += one.rows;
            }
        }
        if let Some(read) = audited.inventories.first_mut() {
            read.items = self.rows.saturating_sub(unread);
            read.unread_count = unread;
        }
        let (mut strange_places, mut strange_audiences) = (BTreeMap::new(), BTreeMap::new());
        for (location, audience, rows) in &self.places {
            let known = audit::situation(pack, location, audience, job.default_place.as_deref(), ItemDates::default());
            if known.place.is_none() && !location.is_empty() {
                *strange_places.entry(location.as_str()).or_insert(0) += rows;
            }
            if known.audience.is_none() && !audience.is_empty() {
                *strange_audiences.entry(audience.as_str()).or_insert(0) += rows;
            }
            audited.situations.insert((known.place, known.audience));
        }
        audited.diagnostics = Diagnostics::default();
        for (list, code, what) in
            [(strange_places, Code::UnknownPlace, "a location"), (strange_audiences, Code::UnknownGroup, "an audience")]
        {
            if !list.is_empty() {
                let shown: Vec<String> =
                    list.keys().take(STRANGE_NAMED).map(|value| format!("`{}`", crate::pack::strict::cut(value))).collect();
                let more = list.len().saturating_sub(shown.len());
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let message = format!("{} {what} that is not known: {}{more}", has(list.values().sum()), shown.join(", "));
                audited.diagnostics.push(
                    Diagnostic::warning(code, message)
                        .help("correct it in the fleet, or in the list of machines it is joined with"),
                );
            }
        }
    }
}

impl Item {
    /// Returns its values as texts: what it is, asset, owner, quantity.
    fn texts(&self) -> Vec<String> {
        let values = self.values.iter().chain([&self.asset, &self.owner]);
        let text = |value: &Value| String::from_utf8_lossy(value.as_deref().unwrap_or_default()).into_owned();
        values.map(text).chain([self.quantity.to_string()]).collect()
    }

    fn hand_on(&self, rows: &mut DirectRows<'_>, sink: &mut dyn Sink) {
        rows.hand_on(self.texts().iter().map(String::as_str), self.number, sink);
    }
}

/// Hands rows on to an audit, and counts those that one of them stands for.
struct Counting<'s, 'a> {
    audit: &'s mut Audit<'a>,
    rows: u64,
}

impl Sink for Counting<'_, '_> {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        let kept = self.audit.row(row)?;
        if self.rows > 1 {
            self.audit.add_rows(kept, self.rows - 1);
        }
        Some(kept)
    }

    fn path(&mut self, kept: Kept, path: DependencyPath) {
        self.audit.path(kept, path);
    }

    fn unread(&mut self, unread: Unread) {
        self.audit.unread(unread);
    }

    fn remark(&mut self, remark: String) {
        self.audit.remark(remark);
    }
}

fn field(name: &str) -> Option<Field> {
    FIELDS.into_iter().find(|&field| column(field) == name)
}

fn parts(word: &str) -> Vec<String> {
    if word == UNSPECIFIED { Vec::new() } else { word.split('+').map(str::to_owned).collect() }
}

fn has(rows: u64) -> String {
    format!("{} {}", plural(rows, "row"), if rows == 1 { "has" } else { "have" })
}
