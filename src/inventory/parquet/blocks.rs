//! The rows of a Parquet table, put together of its columns, block by block.
//!
//! A block is read on its own, so that threads can share them out: where one is damaged, its rows up
//! to there and all other blocks stand, whoever reads them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use ::parquet::basic::{ConvertedType, Type as Physical};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType};
use ::parquet::data_type::{FloatType, Int32Type, Int64Type, Int96, Int96Type};
use ::parquet::errors::Result as ParquetResult;
use ::parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use ::parquet::record::Field;
use ::parquet::schema::types::ColumnDescPtr;
use chrono::DateTime;
use foldhash::fast::RandomState;

use super::breaks_off;
use crate::inventory::Error;
use crate::inventory::cells::{Record, plain};
use crate::inventory::guard::guarded;

/// Rows of a block, at most.
const BLOCK: u64 = 1 << 16;
/// Most blocks of a table: 17 thousand million rows. A damaged file may speak of any number.
const MOST_BLOCKS: u64 = 1 << 18;
/// So many rows are taken from each column at once; a block is a multiple.
const BATCH: usize = 1 << 11;

/// A file that several threads read, each at its own place.
#[derive(Clone)]
pub(super) struct Shared {
    file: Arc<Mutex<File>>,
    length: u64,
}

impl Shared {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file: Arc::new(Mutex::new(file)), length })
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // Who panicked while holding it left no state behind: each read finds its own place.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(at))?;
        file.read(buffer)
    }
}

/// Reads on from a place.
pub(super) struct From {
    file: Shared,
    at: u64,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(self.at, buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Length for Shared {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Shared {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(BufReader::new(From { file: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<bytes::Bytes> {
        // No more than there is, whatever the file says of itself.
        let there = self.length.saturating_sub(start).min(length as u64);
        let mut buffer = Vec::with_capacity(usize::try_from(there).unwrap_or(0));
        From { file: self.clone(), at: start }.take(there).read_to_end(&mut buffer)?;
        if buffer.len() < length {
            return Err(::parquet::errors::ParquetError::EOF(format!("{length} bytes wanted, {} there", buffer.len())));
        }
        Ok(buffer.into())
    }
}

/// A block: rows of one group.
#[derive(Clone, Debug)]
pub(super) struct Block {
    group: usize,
    /// Rows in the group.
    rows: Range<u64>,
    /// Rows of the table before the group.
    before: u64,
}

/// Returns the blocks of a table by the rows of its groups, in their order; none where it says that it has more rows
/// than are ever read.
pub(super) fn blocks(groups: impl Iterator<Item = i64>) -> Option<Vec<Block>> {
    let (mut blocks, mut before) = (Vec::new(), 0);
    for (group, rows) in groups.enumerate() {
        let rows = u64::try_from(rows).unwrap_or(0);
        if rows.div_ceil(BLOCK) + blocks.len() as u64 > MOST_BLOCKS {
            return None;
        }
        let starts = (0..rows).step_by(BLOCK as usize);
        blocks.extend(starts.map(|start| Block { group, rows: start..rows.min(start + BLOCK), before }));
        before += rows;
    }
    Some(blocks)
}

/// The columns that are wanted: for each its place in the table, and its number in the file.
pub(super) type Wanted = [(usize, usize)];

/// Takes rows.
pub(super) trait Take {
    /// Returns whether texts are to be numbered.
    fn goes_by_numbers(&self) -> bool {
        false
    }

    /// Numbers of texts mean others from here on.
    fn renumber(&mut self) {}

    /// Takes a row by its values alone; returns false where it wants to see it.
    fn count(&mut self, row: &Coded<'_>) -> bool {
        let _ = row;
        false
    }

    /// Takes a row, and after [`count`](Self::count) its values as well. Returns whether it wants more.
    fn row(&mut self, record: &Record, row: &Coded<'_>) -> bool;
}

/// A row by its values.
#[derive(Clone, Copy)]
pub(super) struct Coded<'g> {
    columns: &'g [Column],
    row: usize,
}

impl<'g> Coded<'g> {
    /// Returns a number that stands for the text in a column, and for no other; none where values of the
    /// column have no numbers.
    #[inline]
    pub(super) fn number(&self, place: usize) -> Option<u32> {
        self.column(place)?.codes.get(self.row).copied()
    }

    /// Returns the bytes of a text; empty where there is none.
    #[inline]
    pub(super) fn bytes(&self, place: usize) -> &'g [u8] {
        let Some(column) = self.column(place) else { return &[] };
        match (&column.values, column.index(self.row)) {
            (Values::Bytes(_, values), Some(at)) => values[at].data(),
            _ => &[],
        }
    }

    #[inline]
    fn column(&self, place: usize) -> Option<&'g Column> {
        self.columns.iter().find(|column| column.place == place)
    }
}

/// Reads blocks one after the other and hands each row, `width` cells wide, to `take`. Returns the first damage that was
/// met; reading goes on after it.
pub(super) fn read(
    reader: &SerializedFileReader<Shared>,
    blocks: &[Block],
    wanted: &Wanted,
    width: usize,
    take: &mut dyn Take,
) -> Result<(), Error> {
    let mut open: Option<Group> = None;
    let mut first = Ok(());
    let mut record = Record::default();
    for block in blocks {
        let group = open.take().filter(|group| group.number == block.group && group.at == block.rows.start);
        let read = || -> Result<Option<Group>, Error> {
            let mut group = match group {
                Some(group) => group,
                None => {
                    take.renumber();
                    run(|| Group::open(reader, wanted, block))?
                }
            };
            while group.at < block.rows.end {
                let count = (block.rows.end - group.at).min(BATCH as u64);
                run(|| group.fill(count as usize, take.goes_by_numbers()))?;
                for row in 0..count as usize {
                    let coded = Coded { columns: &group.columns, row };
                    if !take.count(&coded) {
                        record.begin(block.before + group.at + 1);
                        run(|| group.put(row, &mut record))?;
                        record.widen(width);
                        if !take.row(&record, &coded) {
                            return Ok(None);
                        }
                    }
                    group.at += 1;
                }
            }
            Ok(Some(group))
        };
        match read() {
            Ok(Some(group)) => open = Some(group),
            Ok(None) => break,
            Err(error) => first = first.and(Err(error)),
        }
    }
    first
}

/// Runs the library, which may panic on what nobody writes.
fn run<T>(read: impl FnOnce() -> ParquetResult<T>) -> Result<T, Error> {
    match guarded(read) {
        Some(Ok(read)) => Ok(read),
        Some(Err(error)) => Err(breaks_off(&error.to_string())),
        None => Err(breaks_off("it holds what no program writes")),
    }
}

/// The columns of a group of rows, read up to a row.
struct Group {
    number: usize,
    at: u64,
    columns: Vec<Column>,
}

impl Group {
    fn open(reader: &SerializedFileReader<Shared>, wanted: &Wanted, block: &Block) -> ParquetResult<Self> {
        let group = reader.get_row_group(block.group)?;
        let skipped = usize::try_from(block.rows.start).unwrap_or(usize::MAX);
        let open = |&(place, number): &(usize, usize)| {
            let description = group.metadata().column(number).column_descr_ptr();
            Column::open(place, description, group.get_column_reader(number)?, skipped)
        };
        let columns = wanted.iter().map(open).collect::<ParquetResult<_>>()?;
        Ok(Self { number: block.group, at: block.rows.start, columns })
    }

    fn fill(&mut self, count: usize, is_numbered: bool) -> ParquetResult<()> {
        for column in &mut self.columns {
            column.fill(count)?;
            if is_numbered {
                column.number(count);
            }
        }
        Ok(())
    }

    /// Adds a row's cells to a record.
    fn put(&self, row: usize, record: &mut Record) -> ParquetResult<()> {
        self.columns.iter().try_for_each(|column| column.put(row, record))
    }
}

/// Some rows of a column.
struct Column {
    /// Its place in the table.
    place: usize,
    description: ColumnDescPtr,
    /// 1 for each row that has a value; nothing is noted where all do.
    levels: Vec<i16>,
    is_optional: bool,
    values: Values,
    /// For each row the place of its value, where not every row has one.
    places: Vec<u32>,
    /// For each row the number of its text, as long as there are few.
    codes: Vec<u32>,
    dictionary: Dictionary,
}

/// Numbers for the texts of a column, by where they lie in memory: those that a file's dictionary holds are all the same
/// piece of it. Texts that are equal may have several numbers, but none means two.
#[derive(Default)]
struct Dictionary {
    /// By place and length.
    numbers: HashMap<(usize, usize), u32, RandomState>,
    /// What has a number, so that nothing else comes to lie there.
    kept: Vec<ByteArray>,
    /// Bytes of these. Without a dictionary, each page of the file that they are on is kept with them.
    bytes: usize,
    is_full: bool,
    /// The text that came last.
    last: Option<((usize, usize), u32)>,
}

/// Numbers are given to so many texts of a column and group; where there are more, it has no dictionary.
const MOST_NUMBERED: usize = 1 << 17;
/// And to texts of so many bytes.
const MOST_NUMBERED_BYTES: usize = 8 << 20;
/// The number of a text that is not there.
const ABSENT: u32 = u32::MAX;

impl Dictionary {
    #[inline]
    fn number(&mut self, text: &ByteArray) -> Option<u32> {
        let place = (text.data().as_ptr().addr(), text.len());
        if let Some((last, number)) = self.last
            && last == place
        {
            return Some(number);
        }
        let number = match self.numbers.get(&place) {
            Some(&number) => number,
            None if self.kept.len() == MOST_NUMBERED || self.bytes + text.len() > MOST_NUMBERED_BYTES => {
                *self = Self { is_full: true, ..Self::default() };
                return None;
            }
            None => {
                let number = u32::try_from(self.kept.len()).ok()?;
                self.numbers.insert(place, number);
                self.kept.push(text.clone());
                self.bytes += text.len();
                number
            }
        };
        self.last = Some((place, number));
        Some(number)
    }
}

/// The values of some rows, with what reads more.
enum Values {
    Bool(ColumnReaderImpl<BoolType>, Vec<bool>),
    Int32(ColumnReaderImpl<Int32Type>, Vec<i32>),
    Int64(ColumnReaderImpl<Int64Type>, Vec<i64>),
    Int96(ColumnReaderImpl<Int96Type>, Vec<Int96>),
    Float(ColumnReaderImpl<FloatType>, Vec<f32>),
    Double(ColumnReaderImpl<DoubleType>, Vec<f64>),
    Bytes(ColumnReaderImpl<ByteArrayType>, Vec<ByteArray>),
    Fixed(ColumnReaderImpl<FixedLenByteArrayType>, Vec<FixedLenByteArray>),
}

impl Column {
    fn open(place: usize, description: ColumnDescPtr, reader: ColumnReader, skipped: usize) -> ParquetResult<Self> {
        fn skip<T: DataType>(mut reader: ColumnReaderImpl<T>, skipped: usize) -> ParquetResult<ColumnReaderImpl<T>> {
            if skipped > 0 && reader.skip_records(skipped)? != skipped {
                return Err(too_few());
            }
            Ok(reader)
        }
        let values = match reader {
            ColumnReader::BoolColumnReader(reader) => Values::Bool(skip(reader, skipped)?, Vec::new()),
            ColumnReader::Int32ColumnReader(reader) => Values::Int32(skip(reader, skipped)?, Vec::new()),
            ColumnReader::Int64ColumnReader(reader) => Values::Int64(skip(reader, skipped)?, Vec::new()),
            ColumnReader::Int96ColumnReader(reader) => Values::Int96(skip(reader, skipped)?, Vec::new()),
            ColumnReader::FloatColumnReader(reader) => Values::Float(skip(reader, skipped)?, Vec::new()),
            ColumnReader::DoubleColumnReader(reader) => Values::Double(skip(reader, skipped)?, Vec::new()),
            ColumnReader::ByteArrayColumnReader(reader) => Values::Bytes(skip(reader, skipped)?, Vec::new()),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => Values::Fixed(skip(reader, skipped)?, Vec::new()),
        };
        let is_optional = description.max_def_level() > 0;
        let (levels, places, codes, dictionary) = Default::default();
        Ok(Self { place, description, levels, is_optional, values, places, codes, dictionary })
    }

    fn fill(&mut self, count: usize) -> ParquetResult<()> {
        fn read<T: DataType>(
            reader: &mut ColumnReaderImpl<T>,
            values: &mut Vec<T::T>,
            count: usize,
            levels: Option<&mut Vec<i16>>,
        ) -> ParquetResult<()> {
            values.clear();
            let (records, ..) = reader.read_records(count, levels, None, values)?;
            if records == count { Ok(()) } else { Err(too_few()) }
        }
        self.levels.clear();
        self.places.clear();
        self.codes.clear();
        let levels = self.is_optional.then_some(&mut self.levels);
        match &mut self.values {
            Values::Bool(reader, values) => read(reader, values, count, levels),
            Values::Int32(reader, values) => read(reader, values, count, levels),
            Values::Int64(reader, values) => read(reader, values, count, levels),
            Values::Int96(reader, values) => read(reader, values, count, levels),
            Values::Float(reader, values) => read(reader, values, count, levels),
            Values::Double(reader, values) => read(reader, values, count, levels),
            Values::Bytes(reader, values) => read(reader, values, count, levels),
            Values::Fixed(reader, values) => read(reader, values, count, levels),
        }?;
        if self.is_optional && self.levels.iter().any(|&level| level != self.description.max_def_level()) {
            let mut next = 0;
            self.places.extend(self.levels.iter().map(|&level| {
                let is_there = level == self.description.max_def_level();
                next += u32::from(is_there);
                if is_there { next - 1 } else { ABSENT }
            }));
        }
        Ok(())
    }

    /// Numbers the texts of so many rows.
    fn number(&mut self, count: usize) {
        if let Values::Bytes(_, values) = &self.values
            && is_text(&self.description)
            && !self.dictionary.is_full
        {
            for row in 0..count {
                let value = if self.places.is_empty() { values.get(row) } else { values.get(self.places[row] as usize) };
                let Some(code) = value.map_or(Some(ABSENT), |value| self.dictionary.number(value)) else {
                    self.codes.clear();
                    break;
                };
                self.codes.push(code);
            }
        }
    }

    /// Returns where the value of a row is, if it has one.
    #[inline]
    fn index(&self, row: usize) -> Option<usize> {
        match self.places.get(row) {
            None => Some(row),
            Some(&ABSENT) => None,
            Some(&at) => Some(at as usize),
        }
    }

    /// Adds the cell of a row to a record.
    fn put(&self, row: usize, record: &mut Record) -> ParquetResult<()> {
        let Some(at) = self.index(row) else { return Ok(()) };
        let description = &self.description;
        let field = match &self.values {
            Values::Bytes(_, values) if is_text(description) => {
                match std::str::from_utf8(values[at].data()) {
                    Ok(text) => record.put(self.place, text),
                    Err(_) => record.put(self.place, &String::from_utf8_lossy(values[at].data())),
                }
                return Ok(());
            }
            Values::Bool(_, values) => Field::convert_bool(description, values[at]),
            Values::Int32(_, values) => Field::convert_int32(description, values[at]),
            Values::Int64(_, values) => Field::convert_int64(description, values[at]),
            Values::Int96(_, values) => Field::convert_int96(description, values[at]),
            Values::Float(_, values) => Field::convert_float(description, values[at]),
            Values::Double(_, values) => Field::convert_double(description, values[at]),
            Values::Bytes(_, values) => Field::convert_byte_array(description, values[at].clone())?,
            Values::Fixed(_, values) => Field::convert_byte_array(description, values[at].clone().into())?,
        };
        record.put(self.place, &text(&field));
        Ok(())
    }
}

fn too_few() -> ::parquet::errors::ParquetError {
    ::parquet::errors::ParquetError::EOF("a column has fewer rows than the table".to_owned())
}

fn is_text(description: &ColumnDescPtr) -> bool {
    description.physical_type() == Physical::BYTE_ARRAY && description.converted_type() != ConvertedType::DECIMAL
}

/// Writes a value as one reads it.
fn text(value: &Field) -> String {
    let instant = |time: Option<DateTime<chrono::Utc>>| time.map(|time| time.format("%Y-%m-%d %H:%M:%S").to_string());
    match value {
        Field::Null => String::new(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        Field::Float(number) => plain(f64::from(*number)),
        Field::Double(number) => plain(*number),
        Field::TimestampMillis(time) => instant(DateTime::from_timestamp_millis(*time)).unwrap_or_default(),
        Field::TimestampMicros(time) => instant(DateTime::from_timestamp_micros(*time)).unwrap_or_default(),
        // Whole numbers, days, decimals and truths are written as one reads them.
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_speaks_of_too_many_rows_is_not_shared_out() {
        assert!(blocks([i64::MAX].into_iter()).is_none());
        assert!(blocks([1 << 33, 1 << 33, 1 << 33].into_iter()).is_none());
        let found = blocks([3, -1, 0, (1 << 16) + 1].into_iter()).expect("few rows");
        let places: Vec<_> = found.iter().map(|block| (block.group, block.rows.clone(), block.before)).collect();
        assert_eq!(places, [(0, 0..3, 0), (3, 0..1 << 16, 3), (3, 1 << 16..(1 << 16) + 1, 3)]);
    }
}
