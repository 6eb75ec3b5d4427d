//! Parquet: tables of a data warehouse, read one group of rows after the other.
//!
//! In: columns by name, each with a type. Out: their values as text. A column that holds lists or
//! records is left out, which a remark tells. The library that reads the format may panic on what
//! nobody writes; that is damage.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::reader::RowIter;
use ::parquet::record::{Field, Row};
use ::parquet::schema::types::{Type, TypePtr};
use chrono::DateTime;

use super::cells::{Record, plain};
use super::dates::Order;
use super::guard::guarded;
use super::sniff::Input;
use super::table::{Rows, Table};
use super::{Encoding, Error, Options, Reader, Refusal, Sink, Understood, Unread, clip};
use crate::diag::Code;

/// Longest description of the table at the end of the file; it is held in memory.
const MOST_FOOTER: u32 = 64 << 20;
/// So many rows are looked at to tell how dates are written.
const SAMPLED: usize = 200;

/// Reads Parquet.
pub(super) struct Parquet;

impl Reader for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn description(&self) -> &'static str {
        "Parquet table: its flat columns, by name"
    }

    fn is_binary(&self) -> bool {
        true
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        input.head.starts_with(b"PAR1") || input.head.starts_with(b"PARE")
    }

    fn read(&self, input: Input<'_>, options: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        if input.head.starts_with(b"PARE") {
            let refusal = Refusal::new(Code::UnreadableArchive, "the Parquet table is encrypted");
            return Err(refusal.help("write it without encryption").into());
        }
        let mut file = input.into_file()?;
        check_footer(&mut file)?;
        let reader = run(|| SerializedFileReader::new(file))?;
        let schema = reader.metadata().file_metadata().schema_descr().root_schema().clone();
        let (flat, nested): (Vec<TypePtr>, Vec<TypePtr>) = schema.get_fields().iter().cloned().partition(is_flat);
        if !nested.is_empty() {
            let names = clip::list(nested.iter().map(|field| field.name()), 20);
            sink.remark(format!("columns with lists or records in them were left out: {names}"));
        }
        let header: Vec<String> = flat.iter().map(|field| field.name().to_owned()).collect();
        let wanted = Type::group_type_builder(schema.name()).with_fields(flat).build();
        let wanted = wanted.map_err(|error| damaged(&error.to_string()))?;
        let mut items = Items { rows: run(|| RowIter::from_file(Some(wanted), &reader))?, number: 0 };
        read_table(header, &mut items, options, sink)
    }
}

/// Looks at the length of the description before it is read.
fn check_footer(file: &mut File) -> Result<(), Error> {
    let mut end = [0; 8];
    let length = (|| -> io::Result<u64> {
        let length = file.seek(SeekFrom::End(-8))? + 8;
        file.read_exact(&mut end)?;
        file.rewind()?;
        Ok(length)
    })();
    let length = length.map_err(|_| cut_short())?;
    let [a, b, c, d, b'P', b'A', b'R', b'1'] = end else { return Err(cut_short()) };
    let footer = u32::from_le_bytes([a, b, c, d]);
    if u64::from(footer) + 12 > length {
        return Err(cut_short());
    }
    if footer > MOST_FOOTER {
        return Err(Refusal::new(Code::LimitPassed, "the Parquet table describes itself in more than 64 MiB").into());
    }
    Ok(())
}

fn cut_short() -> Error {
    damaged("the description of its columns at the end is missing; the file was cut short")
}

fn damaged(why: &str) -> Error {
    let reason = format!("the Parquet table cannot be read: {}", clip::clip(why, 120));
    Refusal::new(Code::UnreadableArchive, reason).help("write it again, packed with Snappy or not at all").into()
}

/// Runs the library.
fn run<T>(read: impl FnOnce() -> ::parquet::errors::Result<T>) -> Result<T, Error> {
    match guarded(read) {
        Some(Ok(read)) => Ok(read),
        Some(Err(error)) => Err(damaged(&error.to_string())),
        None => Err(damaged("it holds what no program writes")),
    }
}

fn is_flat(field: &Arc<Type>) -> bool {
    field.is_primitive() && field.get_basic_info().repetition() != ::parquet::basic::Repetition::REPEATED
}

/// The rows of the table.
struct Items<'r> {
    rows: RowIter<'r>,
    number: u64,
}

impl Items<'_> {
    /// Reads the next row; false at the end.
    fn next(&mut self, record: &mut Record) -> Result<bool, Error> {
        let rows = &mut self.rows;
        let row = match guarded(|| rows.next()) {
            Some(None) => return Ok(false),
            Some(Some(Ok(row))) => row,
            Some(Some(Err(error))) => return Err(breaks_off(&error.to_string())),
            None => return Err(breaks_off("it holds what no program writes")),
        };
        self.number += 1;
        record.begin(self.number);
        guarded(|| fill(&row, record)).ok_or_else(|| breaks_off("it holds a value that is none"))?;
        Ok(true)
    }
}

fn breaks_off(why: &str) -> Error {
    Error::Broken(Unread::whole(format!("the Parquet table breaks off or is damaged: {}", clip::clip(why, 120))))
}

fn fill(row: &Row, record: &mut Record) {
    for (column, (_, value)) in row.get_column_iter().enumerate() {
        match value {
            Field::Null => {}
            Field::Str(text) => record.put(column, text),
            Field::Bytes(bytes) => record.put(column, &String::from_utf8_lossy(bytes.data())),
            Field::Float(number) => record.put(column, &plain(f64::from(*number))),
            Field::Double(number) => record.put(column, &plain(*number)),
            Field::TimestampMillis(time) => record.put(column, &instant(DateTime::from_timestamp_millis(*time))),
            Field::TimestampMicros(time) => record.put(column, &instant(DateTime::from_timestamp_micros(*time))),
            // Whole numbers, days, decimals and truths are written as one reads them.
            other => record.put(column, &other.to_string()),
        }
    }
}

fn instant(time: Option<DateTime<chrono::Utc>>) -> String {
    time.map(|time| time.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}

fn read_table(header: Vec<String>, items: &mut Items<'_>, options: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
    let mut sample = Vec::new();
    let mut record = Record::default();
    let mut ended = Ok(true);
    while sample.len() < SAMPLED {
        ended = items.next(&mut record);
        match ended {
            Ok(true) => sample.push(record.clone()),
            _ => break,
        }
    }
    let body: Vec<Vec<String>> = sample.iter().map(Record::cells).collect();
    let table = Table::new(header, body.iter(), Order::MonthFirst, "cell", options)?;
    for remark in &table.remarks {
        sink.remark(remark.clone());
    }
    let mut rows = Rows::new(&table);
    let mut hand_on = |record: &Record, sink: &mut dyn Sink| match record.broken {
        Some(broken) => sink.unread(Unread::at(record.line, broken.reason())),
        None => rows.hand_on(&record.text, &record.spans, record.line, sink),
    };
    for record in &sample {
        hand_on(record, sink);
    }
    while matches!(ended, Ok(true)) {
        ended = items.next(&mut record);
        if matches!(ended, Ok(true)) {
            hand_on(&record, sink);
        }
    }
    rows.finish(sink);
    ended.map(|_| table.explain(Understood::new(Encoding::Utf8)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{Gathered, gather};
    use super::*;

    fn seed() -> Vec<u8> {
        std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/fleet.parquet")).expect("the seed")
    }

    fn read(bytes: &[u8]) -> (Result<Understood, Error>, Gathered) {
        gather("x.parquet", bytes, &Options::default())
    }

    #[test]
    fn values_are_written_as_one_reads_them() {
        let (result, found) = read(&seed());
        let understood = result.expect("read");
        assert_eq!(understood.unused, ["installed_at", "size"]);
        let row = &found.rows[0];
        assert_eq!(
            (row.asset.as_str(), row.vendor.as_str(), row.version.as_str()),
            ("DE-MUC-0101", "AO Kaspersky Lab", "12.6.0.438")
        );
        assert_eq!((row.quantity, row.line), (14, 1));
        assert_eq!(row.acquired.map(|day| day.to_string()).as_deref(), Some("2023-03-14"));
        assert_eq!((found.rows[2].acquired, found.rows[2].quantity), (None, 1));
    }

    #[test]
    fn what_is_cut_short_or_encrypted_is_named() {
        let seed = seed();
        let refused = |bytes: &[u8]| match read(bytes).0 {
            Err(Error::Refused(refusal)) => refusal.reason,
            other => panic!("{other:?}"),
        };
        assert!(refused(&seed[..seed.len() / 2]).contains("cut short"));
        assert!(refused(b"PAR1").contains("cut short"));
        assert!(refused(b"PARE and so on").contains("encrypted"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn no_bytes_make_it_panic(at: prop::sample::Index, byte: u8) {
            let mut bytes = seed();
            let length = bytes.len();
            bytes[at.index(length)] = byte;
            let _ = read(&bytes);
        }
    }
}
