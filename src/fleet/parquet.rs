//! Parquet as columns: texts of other programs in, the table of verdicts out.
//!
//! Rows come and go in blocks, so that memory does not grow with the file. The library that reads the
//! format may panic on what nobody writes; that is damage.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use ::parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::{Type, TypePtr};

use super::raw::{RawError, Take, Value};
use super::schema::{COLUMNS, Type as Kind};
use super::verdicts::{Cell, Line};
use crate::diag::Code;
use crate::inventory::guarded;

/// So many rows are read at once.
const BLOCK: usize = 4096;
/// Longest description of the table at the end of the file; it is held in memory.
const MOST_FOOTER: u32 = 64 << 20;
/// A group of rows is written once it has so many rows or bytes.
const GROUP_ROWS: usize = 1 << 17;
const GROUP_BYTES: usize = 32 << 20;
/// What a value takes besides its text.
const VALUE_BYTES: usize = 40;

/// A file that is read as columns.
pub(super) struct Raw {
    reader: SerializedFileReader<File>,
}

/// Runs the library.
fn run<T>(work: impl FnOnce() -> Result<T>) -> std::result::Result<T, RawError> {
    match guarded(work) {
        Some(Ok(done)) => Ok(done),
        Some(Err(error)) => Err(RawError::damaged(&error.to_string())),
        None => Err(RawError::damaged("it holds what no program writes")),
    }
}

impl Raw {
    pub(super) fn open(mut file: File) -> std::result::Result<Self, RawError> {
        let mut end = [0; 8];
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(length.saturating_sub(8)))?;
        file.read_exact(&mut end)?;
        file.rewind()?;
        let footer = u32::from_le_bytes([end[0], end[1], end[2], end[3]]);
        if !end.ends_with(b"PAR1") || u64::from(footer) + 12 > length {
            return Err(RawError::damaged("its description at the end is missing; the file was cut short"));
        }
        if footer > MOST_FOOTER {
            return Err(RawError::refused(Code::LimitPassed, "the table describes itself in more than 64 MiB"));
        }
        Ok(Self { reader: run(|| SerializedFileReader::new(file))? })
    }

    fn leaves(&self) -> Vec<(String, bool)> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        let leaf = |column: &Arc<::parquet::schema::types::ColumnDescriptor>| {
            let is_whole = matches!(column.logical_type_ref(), None | Some(LogicalType::Integer { .. }))
                && column.converted_type() != ConvertedType::DATE;
            let is_text = match column.physical_type() {
                Physical::BYTE_ARRAY => !matches!(column.logical_type_ref(), Some(LogicalType::Decimal { .. })),
                Physical::INT32 | Physical::INT64 => is_whole,
                _ => false,
            };
            let is_text = is_text && column.max_rep_level() == 0 && column.max_def_level() <= 1;
            (column.path().string(), is_text)
        };
        schema.columns().iter().map(leaf).collect()
    }

    pub(super) fn columns(&self) -> Vec<String> {
        self.leaves().into_iter().map(|(name, _)| name).collect()
    }

    /// Reads some columns.
    pub(super) fn read(self, places: &[Option<usize>], take: &mut Take<'_>) -> std::result::Result<(), RawError> {
        let leaves = self.leaves();
        let wanted = places.iter().flatten().map(|&place| &leaves[place]);
        if let Some((name, _)) = wanted.clone().find(|(_, is_text)| !is_text) {
            let name = crate::diag::printable(name);
            let reason =
                format!("the column `{name}` is no text; the query that `interdict fleet` prints makes texts of all columns");
            return Err(RawError::refused(Code::UnknownColumn, reason));
        }
        let mut number = 0;
        for group in 0..self.reader.num_row_groups() {
            let mut columns = Vec::new();
            let rows = run(|| {
                let group = self.reader.get_row_group(group)?;
                for place in places {
                    columns.push(place.map(|place| group.get_column_reader(place)).transpose()?);
                }
                Ok(usize::try_from(group.metadata().num_rows()).unwrap_or(0))
            })?;
            let mut left = rows;
            while left > 0 {
                let count = left.min(BLOCK);
                let blocks: Vec<Option<Vec<Value>>> = run(|| {
                    columns.iter_mut().map(|column| column.as_mut().map(|column| block(column, count)).transpose()).collect()
                })?;
                let mut blocks: Vec<_> = blocks.into_iter().map(|block| block.map(Vec::into_iter)).collect();
                for _ in 0..count {
                    number += 1;
                    let next = |block: &mut Option<std::vec::IntoIter<Value>>| block.as_mut().and_then(Iterator::next).flatten();
                    let values: Vec<Value> = blocks.iter_mut().map(next).collect();
                    if !take(number, &values)? {
                        return Ok(());
                    }
                }
                left -= count;
            }
        }
        Ok(())
    }
}

/// Reads the next rows of a column of texts or of whole numbers.
fn block(column: &mut ColumnReader, count: usize) -> Result<Vec<Value>> {
    match column {
        ColumnReader::ByteArrayColumnReader(reader) => values(reader, count, |text: ByteArray| text.data().into()),
        ColumnReader::Int32ColumnReader(reader) => values(reader, count, |number| number.to_string().into_bytes().into()),
        ColumnReader::Int64ColumnReader(reader) => values(reader, count, |number| number.to_string().into_bytes().into()),
        _ => Err(ParquetError::General("a column of texts holds something else".to_owned())),
    }
}

fn values<T: DataType>(reader: &mut ColumnReaderImpl<T>, count: usize, shown: impl Fn(T::T) -> Box<[u8]>) -> Result<Vec<Value>> {
    let (mut levels, mut found): (Vec<i16>, Vec<T::T>) = (Vec::new(), Vec::new());
    while levels.len().max(found.len()) < count {
        let before = levels.len().max(found.len());
        let (records, ..) = reader.read_records(count - before, Some(&mut levels), None, &mut found)?;
        if records == 0 {
            return Err(ParquetError::EOF("a column has fewer rows than the others".to_owned()));
        }
    }
    let mut found = found.into_iter();
    if levels.is_empty() {
        return Ok(found.map(|value| Some(shown(value))).collect());
    }
    let value = |level: i16| (level > 0).then(|| found.next().map(&shown)).flatten();
    Ok(levels.into_iter().map(value).collect())
}

/// Writes the table of verdicts.
pub(super) struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Held>,
    rows: usize,
    bytes: usize,
}

/// What of a column waits for the end of its group.
#[derive(Default)]
struct Held {
    levels: Vec<i16>,
    texts: Vec<ByteArray>,
    days: Vec<i32>,
    numbers: Vec<i64>,
    reals: Vec<f64>,
}

fn schema() -> Result<TypePtr> {
    let field = |column: &super::schema::Column| {
        let (physical, logical) = match column.kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
            Kind::Whole => (Physical::INT64, None),
            Kind::Real => (Physical::DOUBLE, None),
        };
        let built = Type::primitive_type_builder(column.name, physical).with_repetition(Repetition::OPTIONAL);
        built.with_logical_type(logical).build().map(Arc::new)
    };
    let fields = COLUMNS.iter().map(field).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Type::group_type_builder("verdicts").with_fields(fields).build()?))
}

fn io(error: ParquetError) -> std::io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(error) => *error,
            Err(other) => std::io::Error::other(other),
        },
        other => std::io::Error::other(other),
    }
}

impl<W: Write + Send> Writer<W> {
    pub(super) fn new(out: W) -> std::io::Result<Self> {
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).set_created_by("interdict".to_owned());
        let file = SerializedFileWriter::new(out, schema().map_err(io)?, Arc::new(properties.build())).map_err(io)?;
        Ok(Self { file, columns: COLUMNS.iter().map(|_| Held::default()).collect(), rows: 0, bytes: 0 })
    }

    pub(super) fn write(&mut self, line: &Line) -> std::io::Result<()> {
        for (held, cell) in self.columns.iter_mut().zip(line.iter()) {
            let is_there = !matches!(cell, Cell::Null);
            held.levels.push(i16::from(is_there));
            self.bytes += if is_there { VALUE_BYTES } else { 2 };
            match cell {
                Cell::Null => {}
                Cell::Word(text) => held.text(text.as_bytes(), &mut self.bytes),
                Cell::Text(text) => held.text(text.as_bytes(), &mut self.bytes),
                Cell::Bytes(text) => held.text(text, &mut self.bytes),
                Cell::Day(day) => held.days.push(chrono::Datelike::num_days_from_ce(day) - 719_163),
                Cell::Whole(number) => held.numbers.push(*number),
                Cell::Real(number) => held.reals.push(*number),
            }
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut write = || -> Result<()> {
            let mut group = self.file.next_row_group()?;
            for (held, column) in self.columns.iter_mut().zip(COLUMNS) {
                let Some(mut writer) = group.next_column()? else { break };
                let levels = Some(held.levels.as_slice());
                match column.kind {
                    Kind::Text => writer.typed::<ByteArrayType>().write_batch(&held.texts, levels, None)?,
                    Kind::Date => writer.typed::<Int32Type>().write_batch(&held.days, levels, None)?,
                    Kind::Whole => writer.typed::<Int64Type>().write_batch(&held.numbers, levels, None)?,
                    Kind::Real => writer.typed::<DoubleType>().write_batch(&held.reals, levels, None)?,
                };
                writer.close()?;
                *held = Held::default();
            }
            group.close().map(drop)
        };
        write().map_err(io)?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    pub(super) fn finish(mut self) -> std::io::Result<W> {
        self.flush()?;
        self.file.into_inner().map_err(io)
    }
}

impl Held {
    fn text(&mut self, text: &[u8], bytes: &mut usize) {
        // Neighbours often say the same: one copy serves them all.
        if let Some(last) = self.texts.last().filter(|last| last.data() == text) {
            let same = last.clone();
            return self.texts.push(same);
        }
        *bytes += text.len();
        self.texts.push(ByteArray::from(text.to_vec()));
    }
}
