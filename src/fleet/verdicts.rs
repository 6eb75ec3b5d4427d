//! From distinct items to the table of verdicts.
//!
//! In: tables of distinct items, as the query of [`distinct`](super::distinct) gives them. Out: lines of
//! the table, in the order of the items: for each item and each combination of place and audience, how
//! it stands on all days, whatever that is, and each measure of each act that says something of it.
//! An item that nothing is said of has one slim line, so that a row without any is known to be newer
//! than the verdicts. Items are held for a moment only; they are judged on all threads and written in
//! order.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};
use std::thread;

use chrono::NaiveDate;

use super::assess::{ActStage, Assessed, Meeting, Met, Stage, assess};
use super::raw::{Form, RawError, RawTable, Value};
use super::schema::COLUMNS;
use super::{FIELDS, NULLS, Scenario, Terms, bit, column, columns};
use crate::diag::Code;
use crate::evaluate::show;
use crate::inventory::{Direct, Field, Kept, Sink, Unread};
use crate::model::{DependencyPath, Row};
use crate::pack::compile::Pack;
use crate::pack::rule::Rule;
use crate::pipeline;

/// So many items are held at a time. The first ones tell how days are written.
const HELD: usize = 512;
/// So many items are looked at to tell how days are written.
const SAMPLED: usize = 200;

/// One value of the table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A word of ours.
    Word(&'static str),
    /// A text.
    Text(Arc<str>),
    /// Bytes as they came.
    Bytes(Arc<[u8]>),
    /// A day.
    Day(NaiveDate),
    /// A whole number.
    Whole(i64),
    /// A number with a fraction.
    Real(f64),
}

/// One line of the table, in the order of [`COLUMNS`].
pub type Line = Vec<Cell>;

/// What verdicts are worked out of.
pub struct Work<'a> {
    /// Rules.
    pub pack: &'a Pack,
    /// Whoever asks: each gets verdicts.
    pub scenarios: &'a [Scenario],
    /// What else they depend on.
    pub terms: Terms<'a>,
    /// How many threads may judge.
    pub threads: NonZeroUsize,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Items read.
    pub items: u64,
    /// Items of which some act says something, on some day.
    pub with_findings: u64,
    /// Items without a usable name.
    pub unidentified: u64,
    /// Items that could not be read.
    pub unread: u64,
    /// Lines written.
    pub lines: u64,
}

/// Why verdicts cannot be worked out.
#[derive(Debug, thiserror::Error)]
pub enum VerdictError {
    /// A table cannot be read.
    #[error(transparent)]
    Raw(#[from] RawError),
    /// The verdicts cannot be written.
    #[error("cannot write the verdicts: {0}")]
    Write(io::Error),
}

/// Judges the items of tables.
pub struct Judge<'w> {
    work: &'w Work<'w>,
    fields: Vec<Field>,
    direct: Option<Direct>,
    held: Vec<Vec<Value>>,
    rules: Vec<OnceLock<RuleCells>>,
    frames: Vec<Frame>,
    /// What was done so far.
    pub done: Done,
    /// What the tables leave in doubt.
    pub remarks: Vec<String>,
}

/// What all lines of a combination of place and audience share.
struct Frame {
    place: Cell,
    audience: Cell,
    terms: Cell,
}

/// What all lines of an act share.
struct RuleCells {
    id: Cell,
    title: Cell,
    jurisdiction: Cell,
    authority: Cell,
    citation: Cell,
    url: Cell,
}

fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}

/// Returns a text; NULL for none.
fn some(value: &str) -> Cell {
    if value.is_empty() { Cell::Null } else { text(value) }
}

fn day(day: Option<NaiveDate>) -> Cell {
    day.map_or(Cell::Null, Cell::Day)
}

impl RuleCells {
    fn new(rule: &Rule) -> Self {
        Self {
            id: text(&rule.id),
            title: text(&rule.title),
            jurisdiction: text(&rule.jurisdiction),
            authority: text(&rule.authority),
            citation: some(rule.citation.as_deref().unwrap_or_default()),
            url: some(&rule.url),
        }
    }
}

impl<'w> Judge<'w> {
    /// Starts.
    #[must_use]
    pub fn new(work: &'w Work<'w>) -> Self {
        let frame = |scenario: &Scenario| Frame {
            place: text(&scenario.place),
            audience: text(&scenario.audience),
            terms: text(&work.terms.text(&scenario.asker)),
        };
        Self {
            work,
            fields: Vec::new(),
            direct: None,
            held: Vec::new(),
            rules: work.pack.catalogue.rules.iter().map(|_| OnceLock::new()).collect(),
            frames: work.scenarios.iter().map(frame).collect(),
            done: Done::default(),
            remarks: Vec::new(),
        }
    }

    /// Reads one table; `put` takes the lines.
    ///
    /// # Errors
    /// Where the table cannot be read, or `put` fails.
    pub fn table(&mut self, table: RawTable<'_>, put: &mut dyn FnMut(&[Line]) -> io::Result<()>) -> Result<(), VerdictError> {
        let fields = identity(&table)?;
        if self.fields.is_empty() {
            self.fields = fields;
        } else if self.fields != fields {
            let (one, other) = (columns(self.fields.iter().copied()), columns(fields.into_iter()));
            let reason = format!("the tables have different columns: `{one}`, and here `{other}`");
            return Err(RawError::refused(Code::UnknownColumn, reason).into());
        }
        let names: Vec<String> = self.fields.iter().map(|&field| column(field)).collect();
        let has_nulls = table.has(NULLS);
        let wanted: Vec<&str> = names.iter().map(String::as_str).chain([NULLS]).collect();
        let fields = self.fields.clone();
        let mut failed = None;
        table.read(&wanted, &mut |number, values| {
            self.held.push(exact(&fields, values, has_nulls, number)?);
            if self.held.len() >= HELD
                && let Err(error) = self.flush(put)
            {
                failed = Some(error);
                return Ok(false);
            }
            Ok(true)
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// Ends: judges what is held.
    ///
    /// # Errors
    /// Where `put` fails.
    pub fn finish(&mut self, put: &mut dyn FnMut(&[Line]) -> io::Result<()>) -> Result<(), VerdictError> {
        self.flush(put)
    }

    fn flush(&mut self, put: &mut dyn FnMut(&[Line]) -> io::Result<()>) -> Result<(), VerdictError> {
        if self.held.is_empty() {
            return Ok(());
        }
        let held = std::mem::take(&mut self.held);
        let direct = match self.direct.take() {
            Some(direct) => direct,
            None => {
                let sample: Vec<Vec<String>> = held.iter().take(SAMPLED).map(|values| values.iter().map(shown).collect()).collect();
                let direct = Direct::new(&self.fields, &sample, self.work.terms.dates)
                    .map_err(|refusal| RawError::refused(refusal.code, refusal.reason))?;
                self.remarks.extend(direct.remarks().iter().cloned());
                direct
            }
        };
        let share = held.len().div_ceil(self.work.threads.get()).max(1);
        let this = &*self;
        let parts: Vec<(Vec<Line>, Done, Vec<String>)> = thread::scope(|scope| {
            let direct = &direct;
            let mut shares = held.chunks(share);
            let own = shares.next();
            let others: Vec<_> = shares.map(|share| scope.spawn(move || this.judge(direct, share))).collect();
            let own = own.map(|share| this.judge(direct, share));
            own.into_iter()
                .chain(others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))))
                .collect()
        });
        self.direct = Some(direct);
        for (lines, done, remarks) in parts {
            put(&lines).map_err(VerdictError::Write)?;
            self.done.items += done.items;
            self.done.with_findings += done.with_findings;
            self.done.unidentified += done.unidentified;
            self.done.unread += done.unread;
            self.done.lines += lines.len() as u64;
            for remark in remarks {
                if self.remarks.len() < 20 {
                    self.remarks.push(remark);
                }
            }
        }
        Ok(())
    }

    fn judge(&self, direct: &Direct, share: &[Vec<Value>]) -> (Vec<Line>, Done, Vec<String>) {
        let Work { pack, scenarios, terms, .. } = self.work;
        let mut rows = direct.rows();
        let (mut lines, mut done) = (Vec::new(), Done::default());
        for values in share {
            let texts: Vec<_> = values.iter().map(|value| String::from_utf8_lossy(value.as_deref().unwrap_or_default())).collect();
            let mut meeting = Meeting { pack, met: None };
            rows.hand_on(texts.iter().map(|text| &**text), 0, &mut meeting);
            let met = meeting.met.unwrap_or(Met::Unread);
            done.items += 1;
            match met {
                Met::Nameless => done.unidentified += 1,
                Met::Unread => done.unread += 1,
                Met::Item(_) => {}
            }
            let item = self.item(values);
            let mut has_findings = false;
            for (scenario, frame) in scenarios.iter().zip(&self.frames) {
                let assessed = assess(pack, terms, scenario, &met);
                has_findings |= !assessed.acts.is_empty();
                self.lines(&item, frame, &assessed, &mut lines);
            }
            done.with_findings += u64::from(has_findings);
        }
        let mut told = Told(Vec::new());
        rows.finish(&mut told);
        (lines, done, told.0)
    }

    /// Returns the cells that say what the item is, from `nulls` on.
    fn item(&self, values: &[Value]) -> Vec<Cell> {
        let mut cells = vec![Cell::Null; FIELDS.len() + 1];
        let mut nulls = 0;
        for (&field, value) in self.fields.iter().zip(values) {
            let at = FIELDS.iter().position(|&other| other == field).unwrap_or_default();
            match value {
                Some(value) => cells[at + 1] = Cell::Bytes(value.as_ref().into()),
                None => nulls += i64::from(bit(field).unwrap_or_default()),
            }
        }
        cells[0] = Cell::Whole(nulls);
        cells
    }

    fn lines(&self, item: &[Cell], frame: &Frame, assessed: &Assessed, lines: &mut Vec<Line>) {
        let catalogue = &self.work.pack.catalogue;
        let given = text(&columns(self.fields.iter().copied()));
        let (version, digest) = (text(&catalogue.version), text(&self.work.pack.digest));
        let line = |kind, status, from, until| {
            let mut line = Vec::with_capacity(COLUMNS.len());
            line.extend([
                Cell::Word(kind),
                Cell::Word(status),
                day(from),
                day(until),
                frame.place.clone(),
                frame.audience.clone(),
                given.clone(),
            ]);
            line.extend_from_slice(item);
            line
        };
        let end = |mut line: Line| {
            line.resize(COLUMNS.len() - 3, Cell::Null);
            line.extend([version.clone(), digest.clone(), frame.terms.clone()]);
            line
        };
        for stage in &assessed.stages {
            let Stage { from, until, standing, acts, others } = stage;
            let mut line = line("item", standing.as_str(), *from, *until);
            line.extend([some(acts), some(others)]);
            lines.push(end(line));
        }
        for act in &assessed.acts {
            let Some(status) = act.judgement.status else { continue };
            let states = act.judgement.measures.iter().map(Some);
            let states = states.chain(act.judgement.measures.is_empty().then_some(None));
            for (part, state) in (1_i64..).zip(states) {
                let mut line = line("finding", status.as_str(), act.from, act.until);
                self.finding(&mut line, act, part, state);
                lines.push(end(line));
            }
        }
    }

    fn finding(&self, line: &mut Line, act: &ActStage, part: i64, state: Option<&crate::evaluate::MeasureState>) {
        let rule = &self.work.pack.catalogue.rules[act.rule as usize];
        let cells = self.rules[act.rule as usize].get_or_init(|| RuleCells::new(rule));
        let (judgement, hit) = (&act.judgement, &act.hit);
        line.extend([Cell::Null, Cell::Null, cells.id.clone(), Cell::Whole(part)]);
        match state {
            Some(state) => {
                let measure = pipeline::measure(rule, state);
                let name = rule.measures[state.measure].name.as_deref().unwrap_or_default();
                line.extend([
                    some(name),
                    Cell::Word(state.effect.as_str()),
                    Cell::Word(state.state.as_str()),
                    measure.from.map_or(Cell::Null, |at| text(&at)),
                    measure.until.map_or(Cell::Null, |at| text(&at)),
                    Cell::Word(state.nexus.as_str()),
                    some(&measure.binds.join(" ")),
                ]);
            }
            None => line.extend(std::iter::repeat_n(Cell::Null, 7)),
        }
        let next = judgement.next();
        let joined = |words: &mut dyn Iterator<Item = &String>, between: &str| {
            some(&words.map(String::as_str).collect::<Vec<_>>().join(between))
        };
        line.extend([
            Cell::Word(judgement.concern.as_str()),
            next.map_or(Cell::Null, |(status, _)| Cell::Word(status.as_str())),
            next.map_or(Cell::Null, |(_, at)| text(&show(rule.zone, at))),
            text(&self.work.pack.entity(hit.entity).id),
            Cell::Word(hit.kind.as_str()),
            Cell::Word(hit.field),
            some(&hit.value),
            some(&hit.alias),
            Cell::Real(hit.score),
            joined(&mut judgement.via.iter(), " > "),
            joined(&mut judgement.notes.iter(), " "),
            joined(&mut judgement.missing.iter(), "; "),
            cells.title.clone(),
            cells.jurisdiction.clone(),
            cells.authority.clone(),
            cells.citation.clone(),
            cells.url.clone(),
        ]);
    }
}

/// Keeps remarks only.
struct Told(Vec<String>);

impl Sink for Told {
    fn row(&mut self, _: &Row<'_>) -> Option<Kept> {
        None
    }

    fn path(&mut self, _: Kept, _: DependencyPath) {}

    fn unread(&mut self, _: Unread) {}

    fn remark(&mut self, remark: String) {
        self.0.push(remark);
    }
}

fn shown(value: &Value) -> String {
    String::from_utf8_lossy(value.as_deref().unwrap_or_default()).trim().to_owned()
}

/// Returns the fields that a table of items has.
fn identity(table: &RawTable<'_>) -> Result<Vec<Field>, RawError> {
    if table.form == Form::JsonLines {
        let reason = "distinct items are read as Parquet or CSV";
        return Err(RawError::refused(Code::UnknownFormat, reason));
    }
    let fields: Vec<Field> = FIELDS.into_iter().filter(|&field| table.has(&column(field))).collect();
    if fields.is_empty() {
        let reason = "the table has none of the columns that `interdict fleet distinct` gives";
        return Err(RawError::refused(Code::NoProductColumn, reason));
    }
    if table.form == Form::Csv && !table.has(NULLS) {
        let reason = format!("the table lacks the column `{NULLS}`, without which CSV cannot tell an empty text from none");
        return Err(RawError::refused(Code::UnknownColumn, reason));
    }
    Ok(fields)
}

/// Returns the values with NULL where the row says so.
pub(super) fn exact(fields: &[Field], values: &[Value], has_nulls: bool, number: u64) -> Result<Vec<Value>, RawError> {
    if !has_nulls {
        return Ok(values[..fields.len()].to_vec());
    }
    let all = fields.iter().filter_map(|&field| bit(field)).sum::<u32>();
    let nulls = values.last().and_then(|nulls| std::str::from_utf8(nulls.as_deref()?).ok()?.trim().parse::<u32>().ok());
    let nulls = nulls
        .filter(|nulls| nulls & !all == 0)
        .ok_or_else(|| RawError::refused(Code::UnreadRow, format!("row {number} has no usable number in the column `{NULLS}`")))?;
    let value = |(&field, value): (&Field, &Value)| {
        let is_null = bit(field).is_some_and(|bit| nulls & bit != 0);
        (!is_null).then(|| value.clone().unwrap_or_default())
    };
    Ok(fields.iter().zip(values).map(value).collect())
}

/// The files that verdicts are written to.
pub struct Tables<W: Write + Send> {
    csv: Option<csv::Writer<W>>,
    #[cfg(feature = "parquet")]
    parquet: Option<super::parquet::Writer<W>>,
}

impl<W: Write + Send> Tables<W> {
    /// Starts to write.
    ///
    /// # Errors
    /// Where that fails, or Parquet is asked for and the program was built without.
    pub fn new(csv: Option<W>, parquet: Option<W>) -> io::Result<Self> {
        let csv = csv.map(|out| -> io::Result<_> {
            let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(out);
            writer.write_record(COLUMNS.iter().map(|column| column.name))?;
            Ok(writer)
        });
        #[cfg(not(feature = "parquet"))]
        if parquet.is_some() {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "this program was built without Parquet"));
        }
        Ok(Self {
            csv: csv.transpose()?,
            #[cfg(feature = "parquet")]
            parquet: parquet.map(super::parquet::Writer::new).transpose()?,
        })
    }

    /// Writes lines.
    ///
    /// # Errors
    /// Where that fails.
    pub fn write(&mut self, lines: &[Line]) -> io::Result<()> {
        let mut scratch = String::new();
        for line in lines {
            if let Some(csv) = &mut self.csv {
                for cell in line {
                    scratch.clear();
                    csv.write_field(cell.as_bytes(&mut scratch))?;
                }
                csv.write_record(None::<&[u8]>)?;
            }
            #[cfg(feature = "parquet")]
            if let Some(parquet) = &mut self.parquet {
                parquet.write(line)?;
            }
        }
        Ok(())
    }

    /// Ends the files, and gives them back: CSV, and Parquet.
    ///
    /// # Errors
    /// Where that fails.
    pub fn finish(self) -> io::Result<(Option<W>, Option<W>)> {
        let csv = self.csv.map(|csv| csv.into_inner().map_err(csv::IntoInnerError::into_error)).transpose()?;
        #[cfg(feature = "parquet")]
        let parquet = self.parquet.map(super::parquet::Writer::finish).transpose()?;
        #[cfg(not(feature = "parquet"))]
        let parquet = None;
        Ok((csv, parquet))
    }
}

impl Cell {
    /// Returns it as CSV has it; NULL is nothing.
    fn as_bytes<'c>(&'c self, scratch: &'c mut String) -> &'c [u8] {
        use std::fmt::Write as _;
        // Writing into a text cannot fail.
        let _ = match self {
            Self::Null => return b"",
            Self::Word(word) => return word.as_bytes(),
            Self::Text(text) => return text.as_bytes(),
            Self::Bytes(bytes) => return bytes,
            Self::Day(day) => write!(scratch, "{day}"),
            Self::Whole(number) => write!(scratch, "{number}"),
            Self::Real(number) => write!(scratch, "{number}"),
        };
        scratch.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::schema;

    #[test]
    fn lines_are_in_the_order_of_the_columns() {
        assert_eq!(schema::at(NULLS) + FIELDS.len() + 1, schema::at("acts"));
        assert_eq!(schema::at(NULLS), 7);
        assert_eq!(schema::at("act"), schema::at("acts") + 2);
        assert_eq!(schema::at("concerned_as"), schema::at("measure") + 7);
        assert_eq!(schema::at("pack_version"), schema::at("url") + 1);
        assert_eq!(schema::at("terms") + 1, COLUMNS.len());
    }
}
