//! The rows of a Parquet table, put together of its columns, block by block.
//!
//! A block is read on its own, so that threads can share them out: where one is damaged, its rows up
//! to there and all other blocks stand, whoever reads them.

use std::borrow::Cow;
use std::io::{BufReader, Read};
use std::ops::Range;

use ::parquet::basic::{ConvertedType, Type as Physical};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType};
use ::parquet::data_type::{FloatType, Int32Type, Int64Type, Int96, Int96Type};
use ::parquet::errors::Result as ParquetResult;
use ::parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use ::parquet::record::Field;
use ::parquet::schema::types::ColumnDescPtr;
use chrono::DateTime;

use super::breaks_off;
use super::pages::{self, Text, Texts};
use crate::inventory::cells::{Record, plain};
use crate::inventory::guard::guarded;
use crate::inventory::{Error, Whole};

/// Rows of a block, at most.
const BLOCK: u64 = 1 << 16;
/// Most blocks of a table: 17 thousand million rows. A damaged file may speak of any number.
const MOST_BLOCKS: u64 = 1 << 18;
/// Where each thread has so many groups at least, it matters little that the last of them end at different times.
const SHARES: usize = 4;
/// So many rows are taken from each column at once; a block is a multiple.
const BATCH: usize = 1 << 11;

/// The file, as the library asks for it; threads share it, each at its own place.
#[derive(Clone)]
pub(super) struct Shared(pub(super) Whole);

impl Length for Shared {
    fn len(&self) -> u64 {
        self.0.length()
    }
}

impl ChunkReader for Shared {
    type T = BufReader<Whole>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(BufReader::new(self.0.from(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<bytes::Bytes> {
        // No more than there is, whatever the file says of itself.
        let there = self.0.length().saturating_sub(start).min(length as u64);
        let mut buffer = Vec::with_capacity(usize::try_from(there).unwrap_or(0));
        self.0.from(start).take(there).read_to_end(&mut buffer)?;
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

/// Shares blocks out among threads, which take one share after the other: a group is a share, so that none is read twice
/// up to where a thread goes on. Where groups are few, each thread has one share.
pub(super) fn shares(blocks: &[Block], threads: usize) -> Vec<&[Block]> {
    let groups: Vec<_> = blocks.chunk_by(|one, next| one.group == next.group).collect();
    if groups.len() >= SHARES * threads { groups } else { blocks.chunks(blocks.len().div_ceil(threads).max(1)).collect() }
}

/// The columns that are wanted: for each its place in the table, and its number in the file.
pub(super) type Wanted = [(usize, usize)];

/// Takes rows.
pub(super) trait Take {
    /// Numbers of texts mean others from here on.
    fn renumber(&mut self) {}

    /// Looks at so many rows before any of them is taken.
    fn batch(&mut self, batch: &Batch<'_>, rows: usize) {
        let _ = (batch, rows);
    }

    /// Takes rows of a batch by their values alone, from the first of these on. Returns the row that it wants to see; the
    /// end, where there is none.
    fn count(&mut self, batch: &Batch<'_>, rows: Range<usize>) -> usize {
        let _ = batch;
        rows.start
    }

    /// Takes a row of a batch, its values and where it stands there. Returns whether it wants more.
    fn row(&mut self, record: &Record, batch: &Batch<'_>, row: usize) -> bool;
}

/// Some rows, by the values in their columns.
#[derive(Clone, Copy)]
pub(super) struct Batch<'g>(&'g [Option<Column>]);

impl<'g> Batch<'g> {
    /// Returns a column that is read as texts.
    pub(super) fn texts(&self, place: usize) -> Option<&'g Texts> {
        match &self.column(place)?.values {
            Values::Texts(texts) => Some(texts),
            _ => None,
        }
    }

    /// Returns a column, if it is there.
    pub(super) fn column(&self, place: usize) -> Option<&'g Column> {
        self.0.get(place)?.as_ref()
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
                run(|| group.fill(count as usize))?;
                let (count, mut row) = (count as usize, 0);
                let batch = Batch(&group.columns);
                take.batch(&batch, count);
                loop {
                    row = take.count(&batch, row..count);
                    if row >= count {
                        break;
                    }
                    record.begin(block.before + group.at + row as u64 + 1);
                    run(|| group.put(row, &mut record))?;
                    record.widen(width);
                    if !take.row(&record, &batch, row) {
                        return Ok(None);
                    }
                    row += 1;
                }
                group.at += count as u64;
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
    /// By their place in the table.
    columns: Vec<Option<Column>>,
}

impl Group {
    fn open(reader: &SerializedFileReader<Shared>, wanted: &Wanted, block: &Block) -> ParquetResult<Self> {
        let group = reader.get_row_group(block.group)?;
        let skipped = usize::try_from(block.rows.start).unwrap_or(usize::MAX);
        let mut columns = Vec::new();
        for &(place, number) in wanted {
            let chunk = group.metadata().column(number);
            let description = chunk.column_descr_ptr();
            let values = if is_text(&description) && pages::can_read(chunk) {
                let mut texts = Texts::new(group.get_column_page_reader(number)?, description.max_def_level() > 0);
                texts.skip(skipped)?;
                Values::Texts(texts)
            } else {
                Values::open(group.get_column_reader(number)?, skipped)?
            };
            columns.resize_with(columns.len().max(place + 1), || None);
            columns[place] = Some(Column::new(description, values));
        }
        Ok(Self { number: block.group, at: block.rows.start, columns })
    }

    fn fill(&mut self, count: usize) -> ParquetResult<()> {
        self.columns.iter_mut().flatten().try_for_each(|column| column.fill(count))
    }

    /// Adds a row's cells to a record.
    fn put(&self, row: usize, record: &mut Record) -> ParquetResult<()> {
        (0..)
            .zip(&self.columns)
            .try_for_each(|(place, column)| column.as_ref().map_or(Ok(()), |column| column.put(place, row, record)))
    }
}

/// Some rows of a column.
pub(super) struct Column {
    description: ColumnDescPtr,
    /// 1 for each row that has a value; nothing is noted where all do.
    levels: Vec<i16>,
    is_optional: bool,
    values: Values,
    /// For each row the place of its value, where not every row has one.
    places: Vec<u32>,
}

/// The place of a value that is not there.
const ABSENT: u32 = u32::MAX;

/// The values of some rows, with what reads more.
enum Values {
    Bool(ColumnReaderImpl<BoolType>, Vec<bool>),
    Int32(ColumnReaderImpl<Int32Type>, Vec<i32>),
    Int64(ColumnReaderImpl<Int64Type>, Vec<i64>),
    Int96(ColumnReaderImpl<Int96Type>, Vec<Int96>),
    Float(ColumnReaderImpl<FloatType>, Vec<f32>),
    Double(ColumnReaderImpl<DoubleType>, Vec<f64>),
    Texts(Texts),
    Bytes(ColumnReaderImpl<ByteArrayType>, Vec<ByteArray>),
    Fixed(ColumnReaderImpl<FixedLenByteArrayType>, Vec<FixedLenByteArray>),
}

impl Values {
    fn open(reader: ColumnReader, skipped: usize) -> ParquetResult<Self> {
        fn skip<T: DataType>(mut reader: ColumnReaderImpl<T>, skipped: usize) -> ParquetResult<ColumnReaderImpl<T>> {
            if skipped > 0 && reader.skip_records(skipped)? != skipped {
                return Err(too_few());
            }
            Ok(reader)
        }
        Ok(match reader {
            ColumnReader::BoolColumnReader(reader) => Self::Bool(skip(reader, skipped)?, Vec::new()),
            ColumnReader::Int32ColumnReader(reader) => Self::Int32(skip(reader, skipped)?, Vec::new()),
            ColumnReader::Int64ColumnReader(reader) => Self::Int64(skip(reader, skipped)?, Vec::new()),
            ColumnReader::Int96ColumnReader(reader) => Self::Int96(skip(reader, skipped)?, Vec::new()),
            ColumnReader::FloatColumnReader(reader) => Self::Float(skip(reader, skipped)?, Vec::new()),
            ColumnReader::DoubleColumnReader(reader) => Self::Double(skip(reader, skipped)?, Vec::new()),
            ColumnReader::ByteArrayColumnReader(reader) => Self::Bytes(skip(reader, skipped)?, Vec::new()),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => Self::Fixed(skip(reader, skipped)?, Vec::new()),
        })
    }
}

impl Column {
    fn new(description: ColumnDescPtr, values: Values) -> Self {
        let is_optional = description.max_def_level() > 0;
        Self { description, levels: Vec::new(), is_optional, values, places: Vec::new() }
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
        let levels = self.is_optional.then_some(&mut self.levels);
        match &mut self.values {
            Values::Bool(reader, values) => read(reader, values, count, levels),
            Values::Int32(reader, values) => read(reader, values, count, levels),
            Values::Int64(reader, values) => read(reader, values, count, levels),
            Values::Int96(reader, values) => read(reader, values, count, levels),
            Values::Float(reader, values) => read(reader, values, count, levels),
            Values::Double(reader, values) => read(reader, values, count, levels),
            Values::Texts(texts) => texts.fill(count),
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

    /// Returns where the value of a row is, if it has one.
    #[inline]
    fn index(&self, row: usize) -> Option<usize> {
        match self.places.get(row) {
            None => Some(row),
            Some(&ABSENT) => None,
            Some(&at) => Some(at as usize),
        }
    }

    /// Returns a number that stands for the value of a row, and for no other value of the group; none where values have no
    /// numbers.
    #[inline]
    pub(super) fn number(&self, row: usize) -> Option<u64> {
        match &self.values {
            Values::Texts(texts) => texts.numbers().map(|numbers| u64::from(numbers[row])),
            Values::Int32(_, values) => self.index(row).map(|at| u64::from(values[at].cast_unsigned())),
            Values::Int64(_, values) => self.index(row).map(|at| values[at].cast_unsigned()),
            _ => None,
        }
    }

    /// Returns whether a row has no value.
    pub(super) fn is_absent(&self, row: usize) -> bool {
        match &self.values {
            Values::Texts(texts) => texts.get(row).is_none(),
            _ => self.index(row).is_none(),
        }
    }

    /// Returns the value of a row as text, if it has one.
    pub(super) fn text(&self, row: usize) -> ParquetResult<Option<Cow<'_, str>>> {
        if let Values::Texts(texts) = &self.values {
            return Ok(texts.get(row).map(Text::read));
        }
        let Some(at) = self.index(row) else { return Ok(None) };
        let description = &self.description;
        let field = match &self.values {
            Values::Texts(_) => return Ok(None),
            Values::Bytes(_, values) if is_text(description) => return Ok(Some(String::from_utf8_lossy(values[at].data()))),
            Values::Bool(_, values) => Field::convert_bool(description, values[at]),
            Values::Int32(_, values) => Field::convert_int32(description, values[at]),
            Values::Int64(_, values) => Field::convert_int64(description, values[at]),
            Values::Int96(_, values) => Field::convert_int96(description, values[at]),
            Values::Float(_, values) => Field::convert_float(description, values[at]),
            Values::Double(_, values) => Field::convert_double(description, values[at]),
            Values::Bytes(_, values) => Field::convert_byte_array(description, values[at].clone())?,
            Values::Fixed(_, values) => Field::convert_byte_array(description, values[at].clone().into())?,
        };
        Ok(Some(text(&field).into()))
    }

    /// Adds the cell of a row to a record, in its place.
    fn put(&self, place: usize, row: usize, record: &mut Record) -> ParquetResult<()> {
        match &self.values {
            // Nearly all are.
            Values::Texts(texts) => match texts.get(row) {
                Some(Text::Known(text)) => record.put(place, text),
                Some(text) => record.put(place, &text.read()),
                None => {}
            },
            _ => {
                if let Some(text) = self.text(row)? {
                    record.put(place, &text);
                }
            }
        }
        Ok(())
    }
}

pub(super) fn too_few() -> ::parquet::errors::ParquetError {
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

    #[test]
    fn threads_share_groups_where_there_are_many() {
        let counts = |groups: &[i64], threads| {
            let blocks = blocks(groups.iter().copied()).expect("few rows");
            let shares: Vec<_> = shares(&blocks, threads).into_iter().map(<[Block]>::len).collect();
            assert_eq!(shares.iter().sum::<usize>(), blocks.len());
            shares
        };
        assert_eq!(counts(&[1 << 17; 8], 2), [2; 8]);
        assert_eq!(counts(&[1 << 17; 7], 2), [7, 7]);
        assert_eq!(counts(&[1 << 18, 1], 3), [2, 2, 1]);
        assert_eq!(counts(&[], 2), [0; 0]);
    }
}
