//! Reports in pieces that runs share.
//!
//! A report is cut into its frame, its acts, its inventories, and for each finding what is its own
//! (the item) and what it shares with others (what the act says). Each piece is stored once, by its
//! digest. What changes from night to night though nothing happened is taken out first: the line an
//! item stands on, and the name of the inventory, which often holds a date. These go into one list of
//! numbers for each run.
//!
//! Nothing in here knows the shape of a report beyond that: pieces are JSON, put together again as
//! they were. A report that does not come back byte for byte is stored whole; [`split`] tries.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::report::json;

/// Stores and finds pieces. Equal pieces have one number.
pub trait Pieces {
    /// What can go wrong.
    type Error;
    /// Returns the number of a piece, which is stored if it is new.
    ///
    /// # Errors
    /// What the store returns.
    fn put(&mut self, body: &[u8]) -> Result<u64, Self::Error>;
}

/// Gives pieces back.
pub trait Source {
    /// What can go wrong.
    type Error;
    /// Returns a piece.
    ///
    /// # Errors
    /// What the store returns.
    fn get(&mut self, piece: u64) -> Result<Vec<u8>, Self::Error>;
}

/// Why a report cannot be put together.
#[derive(Debug, PartialEq, Eq)]
pub enum JoinError<E> {
    /// A piece cannot be had.
    Source(E),
    /// A piece is not what was stored.
    Shape(String),
}

/// A chunk of the list of findings ends where a piece's number is a multiple of this.
const CHUNK: u64 = 64;

/// Stores a report; returns the piece that says how it is put together.
///
/// # Errors
/// What the store returns.
pub fn split<P: Pieces>(report: &[u8], pieces: &mut P) -> Result<u64, P::Error> {
    match serde_json::from_slice::<Value>(report).ok().and_then(Cut::new) {
        Some(cut) if cut.is(report) => cut.store(pieces),
        _ => {
            let whole = pieces.put(report)?;
            pieces.put(json!({ "whole": whole }).to_string().as_bytes())
        }
    }
}

/// Puts a report together.
///
/// # Errors
/// If a piece cannot be had, or is not what was stored.
pub fn join<S: Source>(layout: u64, source: &mut S) -> Result<Vec<u8>, JoinError<S::Error>> {
    let layout: Layout = read(layout, source)?;
    if let Some(whole) = layout.whole {
        return source.get(whole).map_err(JoinError::Source);
    }
    let cut = layout.load(source)?;
    let report = cut.join().ok_or_else(|| JoinError::Shape("its parts do not fit together".to_owned()))?;
    Ok(bytes(&report))
}

/// Returns the numbers of all pieces that a layout leads to, itself among them.
///
/// # Errors
/// If a piece cannot be had, or is not what was stored.
pub fn reach<S: Source>(number: u64, source: &mut S) -> Result<Vec<u64>, JoinError<S::Error>> {
    let layout: Layout = read(number, source)?;
    let mut all = vec![number];
    all.extend(layout.whole.iter().chain(&layout.frame).chain(&layout.numbers));
    all.extend(undelta(&layout.acts).chain(undelta(&layout.inventories)));
    for chunk in undelta(&layout.findings) {
        all.push(chunk);
        let pairs: Vec<i64> = read(chunk, source)?;
        all.extend(pairs_of(&pairs).flat_map(|(own, said)| [own, said]));
    }
    Ok(all)
}

/// How a report is put together. Lists of numbers hold the first, then differences.
#[derive(serde::Serialize, serde::Deserialize)]
struct Layout {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    whole: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frame: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    numbers: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    acts: Vec<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inventories: Vec<i64>,
    /// Chunks of the list of findings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    findings: Vec<i64>,
}

fn read<T: serde::de::DeserializeOwned, S: Source>(piece: u64, source: &mut S) -> Result<T, JoinError<S::Error>> {
    let body = source.get(piece).map_err(JoinError::Source)?;
    serde_json::from_slice(&body).map_err(|error| JoinError::Shape(format!("piece {piece}: {error}")))
}

fn delta(numbers: impl Iterator<Item = u64>) -> Vec<i64> {
    let mut last = 0;
    numbers.map(|number| signed(number).wrapping_sub(std::mem::replace(&mut last, signed(number)))).collect()
}

fn undelta(numbers: &[i64]) -> impl Iterator<Item = u64> {
    numbers.iter().scan(0_i64, |last, step| {
        *last = last.wrapping_add(*step);
        Some(last.cast_unsigned())
    })
}

fn signed(number: u64) -> i64 {
    number.cast_signed()
}

/// Pairs are written one after the other, each half as the difference to the same half before.
fn pairs_of(numbers: &[i64]) -> impl Iterator<Item = (u64, u64)> {
    numbers.chunks_exact(2).scan((0_i64, 0_i64), |last, pair| {
        *last = (last.0.wrapping_add(pair[0]), last.1.wrapping_add(pair[1]));
        Some((last.0.cast_unsigned(), last.1.cast_unsigned()))
    })
}

fn bytes(report: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = json::write_pretty(report, &mut out);
    out
}

/// A report in its parts.
struct Cut {
    /// The report without acts, inventories and findings.
    frame: Value,
    /// Id and act.
    acts: Vec<Value>,
    inventories: Vec<Value>,
    findings: Vec<(Value, Value)>,
    /// For each finding that has them: inventory and line of the item, and of its first rows.
    numbers: Vec<i64>,
}

const OWN: [&str; 3] = ["fingerprint", "item", "rows"];

impl Cut {
    fn new(mut report: Value) -> Option<Self> {
        let whole = report.as_object_mut()?;
        let Value::Object(acts) = std::mem::replace(whole.get_mut("acts")?, Value::Null) else { return None };
        let Value::Array(inventories) = std::mem::replace(whole.get_mut("inventories")?, Value::Null) else { return None };
        let Value::Array(findings) = std::mem::replace(whole.get_mut("findings")?, Value::Null) else { return None };
        let mut names = BTreeMap::new();
        for (number, inventory) in inventories.iter().enumerate() {
            names.entry(inventory.get("source")?.as_str()?.to_owned()).or_insert(signed(number as u64));
        }
        let mut numbers = Numbers { names, list: Vec::new(), line: 0 };
        let findings = findings.into_iter().map(|finding| part(finding, &mut numbers)).collect::<Option<Vec<_>>>()?;
        Some(Self {
            frame: report,
            acts: acts.into_iter().map(|(id, act)| json!([id, act])).collect(),
            inventories,
            findings,
            numbers: numbers.list,
        })
    }

    /// Returns whether it gives these bytes again.
    fn is(&self, report: &[u8]) -> bool {
        self.join().is_some_and(|joined| bytes(&joined) == report)
    }

    fn join(&self) -> Option<Value> {
        let mut report = self.frame.clone();
        let names: Vec<&str> = self.inventories.iter().map(|one| one.get("source")?.as_str()).collect::<Option<_>>()?;
        let mut numbers = Given { names, rest: self.numbers.iter(), line: 0 };
        let findings = self.findings.iter().map(|(own, said)| unpart(own, said, &mut numbers)).collect::<Option<Vec<_>>>()?;
        let acts = self.acts.iter().map(|act| Some((act.get(0)?.as_str()?.to_owned(), act.get(1)?.clone())));
        let whole = report.as_object_mut()?;
        *whole.get_mut("acts")? = Value::Object(acts.collect::<Option<Map<_, _>>>()?);
        *whole.get_mut("inventories")? = Value::Array(self.inventories.clone());
        *whole.get_mut("findings")? = Value::Array(findings);
        numbers.rest.next().is_none().then_some(report)
    }

    fn store<P: Pieces>(&self, pieces: &mut P) -> Result<u64, P::Error> {
        let mut put = |value: &Value| pieces.put(value.to_string().as_bytes());
        let frame = put(&self.frame)?;
        let acts = self.acts.iter().map(&mut put).collect::<Result<Vec<_>, _>>()?;
        let inventories = self.inventories.iter().map(&mut put).collect::<Result<Vec<_>, _>>()?;
        let numbers = put(&json!(self.numbers))?;
        let mut chunks = Vec::new();
        let mut chunk: Vec<(u64, u64)> = Vec::new();
        for (at, (own, said)) in self.findings.iter().enumerate() {
            let pair = (put(own)?, put(said)?);
            chunk.push(pair);
            if pair.0.is_multiple_of(CHUNK) || at + 1 == self.findings.len() {
                let (owns, saids) = (delta(chunk.iter().map(|pair| pair.0)), delta(chunk.iter().map(|pair| pair.1)));
                let flat: Vec<i64> = owns.into_iter().zip(saids).flat_map(|(own, said)| [own, said]).collect();
                chunks.push(put(&json!(flat))?);
                chunk.clear();
            }
        }
        let layout = Layout {
            whole: None,
            frame: Some(frame),
            numbers: Some(numbers),
            acts: delta(acts.into_iter()),
            inventories: delta(inventories.into_iter()),
            findings: delta(chunks.into_iter()),
        };
        put(&json!(layout))
    }
}

impl Layout {
    fn load<S: Source>(&self, source: &mut S) -> Result<Cut, JoinError<S::Error>> {
        let lacks = || JoinError::Shape("a layout without its parts".to_owned());
        let mut saids: BTreeMap<u64, Value> = BTreeMap::new();
        let mut findings = Vec::new();
        for chunk in undelta(&self.findings) {
            let pairs: Vec<i64> = read(chunk, source)?;
            for (own, said) in pairs_of(&pairs) {
                let own = read(own, source)?;
                if let std::collections::btree_map::Entry::Vacant(fresh) = saids.entry(said) {
                    fresh.insert(read(said, source)?);
                }
                findings.push((own, saids[&said].clone()));
            }
        }
        Ok(Cut {
            frame: read(self.frame.ok_or_else(lacks)?, source)?,
            acts: undelta(&self.acts).map(|piece| read(piece, source)).collect::<Result<_, _>>()?,
            inventories: undelta(&self.inventories).map(|piece| read(piece, source)).collect::<Result<_, _>>()?,
            findings,
            numbers: read(self.numbers.ok_or_else(lacks)?, source)?,
        })
    }
}

/// Cuts a finding into what is its own and what is said of it. Keys keep their order: what was taken
/// out of the second leaves a null.
fn part(finding: Value, numbers: &mut Numbers) -> Option<(Value, Value)> {
    let Value::Object(mut said) = finding else { return None };
    let mut own = Map::new();
    for key in OWN {
        if let Some(value) = said.get_mut(key) {
            own.insert(key.to_owned(), value.take());
        }
    }
    if let Some(item) = own.get_mut("item") {
        numbers.take(item);
    }
    if let Some(Value::Array(first)) = own.get_mut("rows").and_then(|rows| rows.get_mut("first")) {
        first.iter_mut().for_each(|row| numbers.take(row));
    }
    Some((Value::Object(own), Value::Object(said)))
}

fn unpart(own: &Value, said: &Value, numbers: &mut Given<'_>) -> Option<Value> {
    let mut finding = said.clone();
    for (key, value) in own.as_object()? {
        let mut value = value.clone();
        match key.as_str() {
            "item" => numbers.give(&mut value)?,
            "rows" => {
                if let Some(Value::Array(first)) = value.get_mut("first") {
                    first.iter_mut().try_for_each(|row| numbers.give(row))?;
                }
            }
            _ => {}
        }
        *finding.get_mut(key)? = value;
    }
    Some(finding)
}

/// Takes inventories and lines out.
struct Numbers {
    names: BTreeMap<String, i64>,
    list: Vec<i64>,
    line: i64,
}

impl Numbers {
    /// Takes `source` and `line` of an item or a row, where they are what they should be.
    fn take(&mut self, place: &mut Value) {
        let number = place.get("source").and_then(Value::as_str).and_then(|source| self.names.get(source).copied());
        let line = place.get("line").and_then(Value::as_i64);
        let Some((number, line)) = number.zip(line) else { return };
        place["source"] = Value::Null;
        place["line"] = Value::Null;
        self.list.extend([number, line - self.line]);
        self.line = line;
    }
}

/// Puts inventories and lines in again.
struct Given<'a> {
    names: Vec<&'a str>,
    rest: std::slice::Iter<'a, i64>,
    line: i64,
}

impl Given<'_> {
    fn give(&mut self, place: &mut Value) -> Option<()> {
        if !place.get("source").is_some_and(Value::is_null) {
            return Some(());
        }
        let number = usize::try_from(*self.rest.next()?).ok()?;
        self.line = self.line.checked_add(*self.rest.next()?)?;
        place["source"] = Value::from(*self.names.get(number)?);
        place["line"] = Value::from(self.line);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[derive(Default)]
    struct Memory(Vec<Vec<u8>>);

    impl Pieces for Memory {
        type Error = Infallible;
        fn put(&mut self, body: &[u8]) -> Result<u64, Infallible> {
            let at = self.0.iter().position(|one| one == body).unwrap_or_else(|| {
                self.0.push(body.to_owned());
                self.0.len() - 1
            });
            Ok(at as u64 + 1)
        }
    }

    impl Source for Memory {
        type Error = Infallible;
        fn get(&mut self, piece: u64) -> Result<Vec<u8>, Infallible> {
            Ok(self.0[piece as usize - 1].clone())
        }
    }

    fn sample() -> Vec<u8> {
        let mut out = Vec::new();
        json::write_pretty(&crate::report::sample(), &mut out).expect("writes to memory");
        out
    }

    /// Stores and joins a report; returns how many pieces are new.
    fn round(report: &[u8], memory: &mut Memory) -> usize {
        let before = memory.0.len();
        let layout = split(report, memory).expect("stores");
        assert!(join(layout, memory).expect("joins") == report, "the bytes differ");
        let mut reached = reach(layout, memory).expect("walks");
        reached.sort_unstable();
        reached.dedup();
        assert!(reached.iter().all(|&piece| piece <= memory.0.len() as u64));
        memory.0.len() - before
    }

    #[test]
    fn a_report_comes_back_byte_for_byte_and_costs_nothing_the_second_time() {
        let mut memory = Memory::default();
        assert!(round(&sample(), &mut memory) > 10);
        assert_eq!(round(&sample(), &mut memory), 0);
    }

    #[test]
    fn other_lines_and_another_file_name_cost_a_few_pieces() {
        let mut memory = Memory::default();
        round(&sample(), &mut memory);
        let mut report: Value = serde_json::from_slice(&sample()).expect("json");
        let old = report["inventories"][0]["source"].clone();
        let fresh = Value::from("fleet-2024-07-20.csv");
        let shift = |place: &mut Value| {
            place["line"] = Value::from(place["line"].as_i64().expect("a line") + 40);
            if place["source"] == old {
                place["source"] = fresh.clone();
            }
        };
        report["inventories"][0]["source"] = fresh.clone();
        for finding in report["findings"].as_array_mut().expect("findings") {
            shift(&mut finding["item"]);
            finding["rows"]["first"].as_array_mut().expect("rows").iter_mut().for_each(shift);
        }
        // The inventory, the numbers and the layout.
        assert_eq!(round(&bytes(&report), &mut memory), 3);
    }

    #[test]
    fn what_is_no_report_comes_back_too() {
        let mut memory = Memory::default();
        for text in [
            "",
            "{",
            "[]",
            "{\"acts\":{},\"inventories\":[],\"findings\":[7]}",
            "{ \"acts\": {}, \"inventories\": [], \"findings\": [] }",
        ] {
            round(text.as_bytes(), &mut memory);
        }
        let spaced = String::from_utf8(sample()).expect("text") + " ";
        round(spaced.as_bytes(), &mut memory);
    }

    #[test]
    fn a_piece_that_was_altered_is_an_error_and_no_panic() {
        let mut memory = Memory::default();
        let layout = split(&sample(), &mut memory).expect("stores");
        for at in 0..memory.0.len() {
            for other in ["", "null", "[[]]", "{}", "[1,2,3]", "[9999,9999]"] {
                let old = std::mem::replace(&mut memory.0[at], other.as_bytes().to_owned());
                let numbers = serde_json::from_str::<Vec<i64>>(other).is_ok_and(|list| list.contains(&9999));
                // A number beyond the pieces is the store's business.
                if !numbers {
                    let _ = join(layout, &mut memory);
                }
                memory.0[at] = old;
            }
        }
        assert!(join(layout, &mut memory).expect("joins") == sample());
    }
}
