//! Records in JSON documents: lists of objects on known ways, as most tools export them.
//!
//! In: a [`Shape`], which says on which ways the records and the name of the asset lie, and what the
//! keys of a record mean. Out: rows. The document is walked and never held as a whole; several
//! documents may follow each other, as in JSON lines. Where the asset is named behind its records,
//! these wait for it, up to 8 MiB of them.
//!
//! An object on the way that names nothing is an unread entry. A value that is an object itself
//! stands for its name, as `{"id": 1, "name": "Example"}`; a list for its first entry.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::clip::clip_bytes;
use super::columns::{self, Field};
use super::dates::{self, Day, Order};
use super::json::{self, Place, Watch};
use super::sniff::Input;
use super::table::parse_quantity;
use super::{Error, Sink, Understood, Unread};
use crate::model::{IdentifierKind, Row};

/// Longest text of a record.
const MOST_TEXT: usize = 4 * 1024;
/// Longest key that is looked at.
const MOST_KEY: usize = 80;
/// So many bytes of rows wait for their asset.
const MOST_WAITING: usize = 8 * 1024 * 1024;
/// Most keys of a record that mean something.
const MOST_VALUES: usize = 64;

/// Keys on the way from the root; lists on it stand for their entries.
pub(super) type Way = &'static [&'static str];

/// What a kind of document looks like.
pub(super) struct Shape {
    /// The ways to records.
    pub(super) records: &'static [Way],
    /// The ways to the name of the asset, the surest first.
    pub(super) assets: &'static [Way],
    /// The ways to the objects that hold an asset with its records; the root where none is given.
    pub(super) scopes: &'static [Way],
    /// What keys of a record mean, besides the headers that all tables share.
    pub(super) fields: &'static [(&'static str, Field)],
    /// Other keys of a record that `tidy` looks at.
    pub(super) others: &'static [&'static str],
    /// Puts a record right, as the tool means it.
    pub(super) tidy: fn(&mut Record) -> Verdict,
    /// Whether an object on the way to records that names nothing is left alone.
    pub(super) lenient: bool,
    /// A text on a way that says that the records of its scope are gone, and the remark on them.
    pub(super) gone: Option<(Way, &'static str, &'static str)>,
}

/// What becomes of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// It is an item.
    Keep,
    /// It is none, for a reason that a remark gives for all of them.
    LeaveOut(&'static str),
}

/// A tidy function that changes nothing.
pub(super) fn as_it_is(_: &mut Record) -> Verdict {
    Verdict::Keep
}

/// The values of one record.
#[derive(Debug, Default)]
pub(super) struct Record {
    line: u64,
    /// By field, with the rank of the key they come from: a surer key wins.
    values: Vec<(Field, usize, String)>,
    others: Vec<(&'static str, String)>,
}

impl Record {
    /// Returns the value of a field; empty where there is none.
    pub(super) fn get(&self, field: Field) -> &str {
        self.values.iter().find(|(known, _, _)| *known == field).map_or("", |(_, _, value)| value)
    }

    /// Returns the value of one of the shape's other keys.
    pub(super) fn other(&self, key: &str) -> &str {
        self.others.iter().find(|(known, _)| *known == key).map_or("", |(_, value)| value)
    }

    /// Sets a field, whatever it was.
    pub(super) fn set(&mut self, field: Field, value: impl Into<String>) {
        self.values.retain(|(known, _, _)| *known != field);
        self.values.push((field, 0, value.into()));
    }

    /// Adds an identifier.
    pub(super) fn add(&mut self, field: Field, value: impl Into<String>) {
        self.values.push((field, 0, value.into()));
    }

    fn put(&mut self, field: Field, rank: usize, value: String) {
        if value.is_empty() || self.values.len() >= MOST_VALUES {
            return;
        }
        if field.identifier().is_some() {
            self.values.push((field, rank, value));
            return;
        }
        match self.values.iter_mut().find(|(known, _, _)| *known == field) {
            Some(old) if old.1 <= rank => {}
            Some(old) => *old = (field, rank, value),
            None => self.values.push((field, rank, value)),
        }
    }

    fn names_something(&self) -> bool {
        self.values.iter().any(|(field, _, _)| matches!(field, Field::Product | Field::Vendor) || field.identifier().is_some())
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.values.iter().map(|(_, _, value)| value.len() + 48).sum::<usize>()
    }

    fn hand_on(&self, asset: &str, doubts: &mut Doubts, sink: &mut dyn Sink) {
        let identifiers: Vec<(IdentifierKind, &str)> =
            self.values.iter().filter_map(|(field, _, value)| Some((field.identifier()?, value.trim()))).collect();
        let own = self.get(Field::Asset);
        sink.row(&Row {
            vendor: self.get(Field::Vendor),
            product: self.get(Field::Product),
            version: self.get(Field::Version),
            identifiers: &identifiers,
            asset: if own.is_empty() { asset } else { own },
            location: self.get(Field::Location),
            audience: self.get(Field::Audience),
            owner: self.get(Field::Owner),
            quantity: doubts.quantity(self.get(Field::Quantity)),
            acquired: doubts.day(self.get(Field::Acquired)),
            renewal: doubts.day(self.get(Field::Renewal)),
            line: self.line,
        });
    }
}

/// Values that could not be read.
#[derive(Default)]
struct Doubts {
    days: u64,
    quantities: u64,
}

impl Doubts {
    fn day(&mut self, text: &str) -> Option<chrono::NaiveDate> {
        match dates::read(text, Order::MonthFirst) {
            Day::Known(day) => Some(day),
            Day::None => None,
            // Seconds since 1970, as osquery writes.
            Day::Unreadable => {
                let seconds = text.split('.').next().and_then(|text| text.parse::<i64>().ok());
                let day = seconds.and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0)).map(|at| at.date_naive());
                self.days += u64::from(day.is_none());
                day
            }
        }
    }

    fn quantity(&mut self, text: &str) -> u64 {
        if text.is_empty() {
            return 1;
        }
        parse_quantity(text).unwrap_or_else(|| {
            self.quantities += 1;
            1
        })
    }
}

/// Reads all documents of an input.
pub(super) fn read(shape: &'static Shape, input: Input<'_>, sink: &mut dyn Sink) -> Result<Understood, Error> {
    let understood = Understood::new(input.encoding);
    let (watch, place) = Watch::new(input.into_reader());
    let walk = Walk { shape, place, state: RefCell::new(State::new(sink)) };
    let mut parser = serde_json::Deserializer::from_reader(watch);
    let result = loop {
        if let Err(error) = (Value { walk: &walk, at: At::root(shape) }).deserialize(&mut parser) {
            break Err(error);
        }
        walk.state.borrow_mut().release(true);
        // Several documents may follow each other.
        if parser.end().is_ok() {
            break Ok(());
        }
    };
    let place = walk.place;
    let state = walk.state.into_inner();
    state.finish(result, &place).map(|()| understood)
}

/// Returns whether the first bytes hold a record of a shape.
pub(super) fn claims(shape: &'static Shape, input: &Input<'_>) -> bool {
    if !matches!(input.first_byte(), Some(b'{' | b'[')) {
        return false;
    }
    let mut found = First(false);
    let (watch, place) = Watch::new(&input.head[..]);
    let walk = Walk { shape, place, state: RefCell::new(State::new(&mut found)) };
    let mut parser = serde_json::Deserializer::from_reader(watch);
    // Whatever breaks off here is only cut off.
    let _ = (Value { walk: &walk, at: At::root(shape) }).deserialize(&mut parser);
    walk.state.into_inner().release(true);
    found.0
}

/// Notes whether a row with a product came.
struct First(bool);

impl Sink for First {
    fn row(&mut self, row: &Row<'_>) -> Option<super::Kept> {
        self.0 |= !row.product.is_empty() || !row.identifiers.is_empty();
        None
    }

    fn path(&mut self, _: super::Kept, _: crate::model::DependencyPath) {}
    fn unread(&mut self, _: Unread) {}
    fn remark(&mut self, _: String) {}
}

struct Walk<'s> {
    shape: &'static Shape,
    place: Place,
    state: RefCell<State<'s>>,
}

struct State<'s> {
    sink: &'s mut dyn Sink,
    /// The name of the asset, with how sure its way is.
    asset: Option<(usize, String)>,
    waiting: Vec<Record>,
    waiting_bytes: usize,
    late: bool,
    /// The records of the scope are no items, for this reason.
    gone: Option<&'static str>,
    handed_on: u64,
    doubts: Doubts,
    left_out: Vec<(&'static str, u64)>,
}

impl<'s> State<'s> {
    fn new(sink: &'s mut dyn Sink) -> Self {
        Self {
            sink,
            asset: None,
            waiting: Vec::new(),
            waiting_bytes: 0,
            late: false,
            gone: None,
            handed_on: 0,
            doubts: Doubts::default(),
            left_out: Vec::new(),
        }
    }

    fn unread(&mut self, line: u64, reason: impl Into<String>) {
        self.handed_on += 1;
        self.sink.unread(Unread::at(line, reason));
    }

    fn record(&mut self, mut record: Record, shape: &Shape) {
        if let Verdict::LeaveOut(why) = (shape.tidy)(&mut record) {
            return self.leave_out(why);
        }
        self.waiting_bytes += record.bytes();
        self.waiting.push(record);
        if shape.assets.is_empty() || self.waiting_bytes > MOST_WAITING {
            self.late |= !shape.assets.is_empty() && self.asset.is_none();
            self.release(false);
        }
    }

    fn leave_out(&mut self, why: &'static str) {
        match self.left_out.iter_mut().find(|(known, _)| *known == why) {
            Some((_, count)) => *count += 1,
            None => self.left_out.push((why, 1)),
        }
    }

    /// Hands on what waited; the object that holds the asset may end with it.
    fn release(&mut self, ends: bool) {
        for record in std::mem::take(&mut self.waiting) {
            if let Some(why) = self.gone {
                self.leave_out(why);
                continue;
            }
            self.handed_on += 1;
            let asset = self.asset.as_ref().map_or("", |(_, asset)| asset);
            record.hand_on(asset, &mut self.doubts, self.sink);
        }
        self.waiting_bytes = 0;
        if ends {
            (self.asset, self.gone) = (None, None);
        }
    }

    fn finish(mut self, result: serde_json::Result<()>, place: &Place) -> Result<(), Error> {
        self.release(true);
        let ended = json::ended(result, place);
        for (why, count) in &self.left_out {
            self.sink.remark(format!("{count} {why}"));
        }
        if self.late {
            self.sink.remark("the machine is named behind its programs; some rows have no asset".to_owned());
        }
        for (count, what) in [(self.doubts.days, "dates"), (self.doubts.quantities, "counts")] {
            if count > 0 {
                self.sink.remark(format!("{count} {what} could not be read, and were left out"));
            }
        }
        ended
    }
}

/// Where in the document reading is: for each way, how many of its keys are passed; none where the
/// document went another way.
#[derive(Clone)]
struct At {
    records: Vec<Option<usize>>,
    assets: Vec<Option<usize>>,
    scopes: Vec<Option<usize>>,
    gone: Option<usize>,
}

impl At {
    fn root(shape: &Shape) -> Self {
        let all = |ways: &[Way]| vec![Some(0); ways.len()];
        Self { records: all(shape.records), assets: all(shape.assets), scopes: all(shape.scopes), gone: shape.gone.map(|_| 0) }
    }

    fn below(&self, shape: &Shape, key: &str) -> Self {
        let step = |ways: &[Way], passed: &[Option<usize>]| {
            let next = |(way, passed): (&Way, &Option<usize>)| {
                let passed = (*passed)?;
                way.get(passed).filter(|wanted| wanted.eq_ignore_ascii_case(key)).map(|_| passed + 1)
            };
            ways.iter().zip(passed).map(next).collect()
        };
        Self {
            records: step(shape.records, &self.records),
            assets: step(shape.assets, &self.assets),
            scopes: step(shape.scopes, &self.scopes),
            gone: self.gone.zip(shape.gone).and_then(|(passed, (way, _, _))| {
                way.get(passed).filter(|wanted| wanted.eq_ignore_ascii_case(key)).map(|_| passed + 1)
            }),
        }
    }

    fn is_record(&self, shape: &Shape) -> bool {
        shape.records.iter().zip(&self.records).any(|(way, passed)| *passed == Some(way.len()))
    }

    /// Returns how sure the name of the asset is that lies here.
    fn asset(&self, shape: &Shape) -> Option<usize> {
        shape.assets.iter().zip(&self.assets).position(|(way, passed)| *passed == Some(way.len()))
    }

    fn is_scope(&self, shape: &Shape) -> bool {
        shape.scopes.iter().zip(&self.scopes).any(|(way, passed)| *passed == Some(way.len()))
    }

    /// Returns whether anything of interest lies below.
    fn goes_on(&self) -> bool {
        self.gone.is_some() || [&self.records, &self.assets, &self.scopes].into_iter().flatten().any(Option::is_some)
    }
}

/// A value on a way.
struct Value<'w, 's> {
    walk: &'w Walk<'s>,
    at: At,
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Value<'_, '_> {
    /// A text, number or truth value where an object may be expected.
    fn scalar(self, text: &str) {
        let shape = self.walk.shape;
        let mut state = self.walk.state.borrow_mut();
        if let Some(rank) = self.at.asset(shape) {
            if !text.trim().is_empty() && state.asset.as_ref().is_none_or(|(known, _)| rank < *known) {
                state.asset = Some((rank, clip_bytes(text.trim(), MOST_TEXT).to_owned()));
            }
        } else if let (Some(passed), Some((way, value, why))) = (self.at.gone, shape.gone)
            && passed == way.len()
        {
            if text.eq_ignore_ascii_case(value) {
                state.gone = Some(why);
            }
        } else if self.at.is_record(shape) && !shape.lenient {
            state.unread(self.walk.place.line(), "the entry is no object");
        }
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_element_seed(Value { walk: self.walk, at: self.at.clone() })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        let (walk, shape) = (self.walk, self.walk.shape);
        let line = walk.place.line();
        let is_record = self.at.is_record(shape);
        let mut record = Record { line, ..Record::default() };
        let mut went_on = false;
        while let Some(key) = keys.next_key_seed(KeySeed)? {
            let below = self.at.below(shape, &key);
            if below.goes_on() {
                went_on |= below.records.iter().any(Option::is_some);
                // The name of an asset may be a field of the record as well; the way is what counts.
                keys.next_value_seed(Value { walk, at: below })?;
            } else if is_record && let Some(meaning) = meaning(shape, &key) {
                let value = keys.next_value_seed(Scalar { all: meaning.is_identifier() })?;
                meaning.put(&mut record, value);
            } else {
                keys.next_value::<IgnoredAny>()?;
            }
        }
        let mut state = walk.state.borrow_mut();
        if is_record && record.names_something() {
            state.record(record, shape);
        } else if is_record && !went_on && !shape.lenient {
            state.unread(line, "the object names no product");
        }
        if self.at.is_scope(shape) {
            state.release(true);
        }
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.scalar(text);
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        self.scalar("");
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        self.scalar(&value.to_string());
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        self.scalar(&value.to_string());
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
        self.scalar(&value.to_string());
        Ok(())
    }
}

/// What a key of a record means.
#[derive(Clone)]
enum Meaning {
    /// A field of the shape.
    Field(Field, usize),
    /// Fields by the headers that all tables share.
    Header(&'static [(Field, usize)]),
    Other(&'static str),
    Both(&'static str, Field),
}

impl Meaning {
    fn is_identifier(&self) -> bool {
        match self {
            Self::Field(field, _) | Self::Both(_, field) => field.identifier().is_some(),
            Self::Header(fields) => fields.iter().any(|(field, _)| field.identifier().is_some()),
            Self::Other(_) => false,
        }
    }

    fn put(&self, record: &mut Record, values: Vec<String>) {
        for value in values {
            match self {
                Self::Field(field, rank) => record.put(*field, *rank, value),
                Self::Header(fields) => {
                    // One key for one field: the first that it could be.
                    if let Some((field, rank)) = fields.first() {
                        record.put(*field, rank + 100, value);
                    }
                }
                Self::Other(key) => record.others.push((key, value)),
                Self::Both(key, field) => {
                    record.others.push((key, value.clone()));
                    record.put(*field, 0, value);
                }
            }
        }
    }
}

fn meaning(shape: &Shape, key: &str) -> Option<Meaning> {
    let own = shape.fields.iter().position(|(known, _)| known.eq_ignore_ascii_case(key));
    let other = shape.others.iter().find(|known| known.eq_ignore_ascii_case(key));
    match (own, other) {
        (Some(at), Some(other)) => Some(Meaning::Both(other, shape.fields[at].1)),
        (Some(at), None) => Some(Meaning::Field(shape.fields[at].1, at)),
        (None, Some(other)) => Some(Meaning::Other(other)),
        (None, None) => Some(columns::meanings(key)).filter(|fields| !fields.is_empty()).map(Meaning::Header),
    }
}

/// A key, cut where it is too long to be any of ours.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(if text.len() > MOST_KEY { String::new() } else { text.to_owned() })
    }
}

/// The texts that a value stands for: itself; of an object, its name; of a list, its first entry, or
/// all where `all` asks for them.
#[derive(Clone, Copy)]
struct Scalar {
    all: bool,
}

/// Keys of an object that stand for it, the surest first.
const NAMING: &[&str] = &["display_value", "displayName", "name", "value", "version", "stable", "title"];

impl<'de> DeserializeSeed<'de> for Scalar {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<String>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scalar {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<String>, E> {
        let text = clip_bytes(text.trim(), MOST_TEXT);
        Ok(if text.is_empty() { Vec::new() } else { vec![text.to_owned()] })
    }

    fn visit_unit<E: de::Error>(self) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Vec<String>, E> {
        Ok(vec![value.to_string()])
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Vec<String>, E> {
        Ok(vec![value.to_string()])
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Vec<String>, E> {
        Ok(vec![value.to_string()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<String>, A::Error> {
        let mut texts = Vec::new();
        while let Some(more) = entries.next_element_seed(Self { all: false })? {
            if texts.is_empty() || self.all && texts.len() < MOST_VALUES {
                texts.extend(more);
            }
        }
        Ok(texts)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<Vec<String>, A::Error> {
        let mut best: Option<(usize, Vec<String>)> = None;
        while let Some(key) = keys.next_key_seed(KeySeed)? {
            match NAMING.iter().position(|known| *known == key) {
                Some(rank) if best.as_ref().is_none_or(|(known, _)| rank < *known) => {
                    let texts = keys.next_value_seed(Self { all: false })?;
                    if !texts.is_empty() {
                        best = Some((rank, texts));
                    }
                }
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(best.map_or(Vec::new(), |(_, texts)| texts))
    }
}
