//! The texts of a column, straight from its pages: by the numbers that the file's dictionary gives them.
//!
//! A dictionary holds each text once, and a row is a number. The library makes a text of every row; where
//! rows are only counted, the number is all that is needed. What is packed otherwise than as dictionary or
//! as plain texts is left to the library, see [`can_read`].

use std::borrow::Cow;

use ::parquet::basic::Encoding;
use ::parquet::column::page::{Page, PageReader};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::ColumnChunkMetaData;
use bytes::Bytes;

use super::runs::Runs;

/// The number of a text that is not there.
const ABSENT: u32 = u32::MAX;
/// So many rows are passed over at once.
const PASSED: usize = 1 << 11;

/// Returns whether the texts of a column are packed so that they can be read here.
pub(super) fn can_read(column: &ColumnChunkMetaData) -> bool {
    let is_known =
        |encoding| matches!(encoding, Encoding::PLAIN | Encoding::RLE | Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
    column.column_descr().max_rep_level() == 0 && column.column_descr().max_def_level() <= 1 && column.encodings().all(is_known)
}

pub(super) fn damaged(why: &str) -> ParquetError {
    ParquetError::General(why.to_owned())
}

/// Some rows of a column of texts, with what reads more.
pub(super) struct Texts {
    pages: Box<dyn PageReader>,
    is_optional: bool,
    dictionary: Dictionary,
    page: Rest,
    /// For each row the number of its text, where all of them are in the dictionary.
    numbers: Vec<u32>,
    /// The text of each row, where not all are.
    loose: Vec<Loose>,
    /// The pages whose plain texts these are, and whether they are ASCII all through.
    held: Vec<(Bytes, bool)>,
    is_loose: bool,
    /// Room for what tells the gaps.
    levels: Vec<u32>,
}

/// The texts that rows have as numbers. Damaged bytes are U+FFFD in them.
#[derive(Default)]
struct Dictionary {
    text: String,
    /// Where each begins and ends.
    places: Vec<(u32, u32)>,
}

/// A text as it stands in a page: bytes that need not be UTF-8, or one of a dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text<'t> {
    Known(&'t str),
    Ascii(&'t [u8]),
    Bytes(&'t [u8]),
}

impl<'t> Text<'t> {
    /// Returns it as UTF-8.
    pub(super) fn read(self) -> Cow<'t, str> {
        match self {
            Self::Known(text) => Cow::Borrowed(text),
            Self::Ascii(bytes) | Self::Bytes(bytes) => as_text(bytes),
        }
    }
}

/// The text of a row, among others that are in no dictionary.
#[derive(Clone, Copy)]
enum Loose {
    Absent,
    Number(u32),
    /// In one of the pages held, from a place to another.
    Plain(usize, usize, usize),
}

/// What is left of a page.
struct Rest {
    rows: usize,
    /// 1 for each row that has a text, where not all need have one.
    levels: Option<Runs>,
    values: Values,
}

enum Values {
    Numbers(Runs),
    /// Texts, each after its length, from a place on; whether the page is ASCII all through.
    Plain(Bytes, usize, bool),
}

impl Dictionary {
    fn new(bytes: &[u8], count: u32) -> Result<Self> {
        // A text takes four bytes at least, whatever the file says of their number.
        let mut places = Vec::with_capacity((count as usize).min(bytes.len() / 4));
        let mut text = String::with_capacity(bytes.len());
        let mut at = 0;
        for _ in 0..count {
            let (start, next) = plain(bytes, at)?;
            let place = text.len();
            text.push_str(&as_text(&bytes[start..next]));
            let ends = (u32::try_from(place), u32::try_from(text.len()));
            let (Ok(start), Ok(end)) = ends else { return Err(damaged("a dictionary is too large")) };
            places.push((start, end));
            at = next;
        }
        Ok(Self { text, places })
    }

    #[inline]
    fn get(&self, number: u32) -> Option<&str> {
        let &(start, end) = self.places.get(number as usize)?;
        self.text.get(start as usize..end as usize)
    }
}

/// Returns bytes as UTF-8. Nearly all are, and it takes longer to look for where they are not.
fn as_text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Returns where a plain text begins and ends whose length stands at a place.
fn plain(bytes: &[u8], at: usize) -> Result<(usize, usize)> {
    let breaks_off = || damaged("a text breaks off");
    let length = bytes.get(at..).and_then(<[u8]>::first_chunk).map(|length| u32::from_le_bytes(*length)).ok_or_else(breaks_off)?;
    let (start, end) = (at + 4, at + 4 + length as usize);
    if end > bytes.len() { Err(breaks_off()) } else { Ok((start, end)) }
}

/// Cuts so many bytes off the start.
fn cut(bytes: &mut Bytes, count: usize) -> Result<Bytes> {
    if count > bytes.len() {
        return Err(damaged("a page is too short"));
    }
    Ok(bytes.split_to(count))
}

impl Texts {
    /// Reads from the first page on.
    pub(super) fn new(pages: Box<dyn PageReader>, is_optional: bool) -> Self {
        let page = Rest { rows: 0, levels: None, values: Values::Plain(Bytes::new(), 0, true) };
        let (dictionary, numbers, loose, held, levels) = Default::default();
        Self { pages, is_optional, dictionary, page, numbers, loose, held, is_loose: false, levels }
    }

    /// Passes over so many rows.
    pub(super) fn skip(&mut self, mut rows: usize) -> Result<()> {
        while rows > 0 {
            let passed = if self.page.rows > 0 {
                let passed = rows.min(self.page.rows).min(PASSED);
                self.fill(passed)?;
                passed
            } else {
                match self.pages.peek_next_page()? {
                    None => return Err(super::blocks::too_few()),
                    // Of a column that is flat, a level is a row.
                    Some(next) if !next.is_dict && next.num_levels.is_some_and(|count| count <= rows) => {
                        self.pages.skip_next_page()?;
                        next.num_levels.unwrap_or(0)
                    }
                    Some(_) => {
                        self.turn()?;
                        0
                    }
                }
            };
            rows -= passed;
        }
        Ok(())
    }

    /// Reads so many rows, in place of those before.
    pub(super) fn fill(&mut self, count: usize) -> Result<()> {
        self.numbers.clear();
        self.loose.clear();
        self.held.clear();
        self.is_loose = false;
        let mut left = count;
        while left > 0 {
            if self.page.rows == 0 {
                self.turn()?;
                continue;
            }
            let rows = left.min(self.page.rows);
            self.take(rows)?;
            self.page.rows -= rows;
            left -= rows;
        }
        Ok(())
    }

    /// Returns the number of each row's text, which no other text has: below [`count`](Self::count), or above where there
    /// is no text. None where not all texts have numbers.
    #[inline]
    pub(super) fn numbers(&self) -> Option<&[u32]> {
        (!self.is_loose).then_some(&self.numbers)
    }

    /// Returns how many texts have numbers.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.dictionary.places.len()
    }

    /// Returns the text of a row, if it has one.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<Text<'_>> {
        let number = match self.numbers.get(row) {
            Some(&number) => number,
            None => match self.loose.get(row)? {
                Loose::Absent => return None,
                Loose::Number(number) => *number,
                &Loose::Plain(page, start, end) => {
                    let (page, is_ascii) = self.held.get(page)?;
                    let bytes = page.get(start..end)?;
                    return Some(if *is_ascii { Text::Ascii(bytes) } else { Text::Bytes(bytes) });
                }
            },
        };
        self.dictionary.get(number).map(Text::Known)
    }

    /// Goes on to the next page.
    fn turn(&mut self) -> Result<()> {
        let page = self.pages.get_next_page()?.ok_or_else(super::blocks::too_few)?;
        let rows = page.num_values() as usize;
        let (mut bytes, encoding, levels) = match page {
            Page::DictionaryPage { buf, num_values, encoding, .. } => {
                if !matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY) {
                    return Err(damaged("a dictionary is packed as none is"));
                }
                // Numbers that stood for one text would stand for another, and rows are counted by them.
                if !self.dictionary.places.is_empty() {
                    return Err(damaged("a column has two dictionaries"));
                }
                self.dictionary = Dictionary::new(&buf, num_values)?;
                return Ok(());
            }
            Page::DataPage { mut buf, encoding, def_level_encoding, .. } => {
                let levels = if !self.is_optional {
                    None
                } else if def_level_encoding == Encoding::RLE {
                    let length = cut(&mut buf, 4)?.iter().rev().fold(0, |length, &byte| length << 8 | usize::from(byte));
                    Some(cut(&mut buf, length)?)
                } else {
                    return Err(damaged("what tells gaps is packed as it no longer is"));
                };
                (buf, encoding, levels)
            }
            Page::DataPageV2 { mut buf, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
                cut(&mut buf, rep_levels_byte_len as usize)?;
                let levels = cut(&mut buf, def_levels_byte_len as usize)?;
                (buf, encoding, Some(levels).filter(|_| self.is_optional))
            }
        };
        let values = match encoding {
            Encoding::PLAIN => {
                // Lengths of texts that are not long are ASCII too.
                let is_ascii = bytes.is_ascii();
                Values::Plain(bytes, 0, is_ascii)
            }
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                // A page of gaps alone may be empty.
                let width = if bytes.is_empty() { 0 } else { cut(&mut bytes, 1)?[0] };
                Values::Numbers(Runs::new(bytes, width)?)
            }
            _ => return Err(damaged("a page is packed otherwise than its column")),
        };
        let levels = levels.map(|levels| Runs::new(levels, 1)).transpose()?;
        self.page = Rest { rows, levels, values };
        Ok(())
    }

    /// Takes rows of the present page, which has as many.
    fn take(&mut self, rows: usize) -> Result<()> {
        self.levels.clear();
        if let Some(levels) = &mut self.page.levels
            // Most columns have no gaps, and nothing needs to be noted of it.
            && !levels.pass(rows, 1)?
        {
            levels.read(rows, &mut self.levels)?;
        }
        let count = |levels: &[u32]| levels.iter().filter(|&&level| level == 1).count();
        let there = if self.levels.is_empty() { rows } else { count(&self.levels) };
        match &mut self.page.values {
            Values::Numbers(numbers) => {
                let first = self.numbers.len();
                numbers.read(there, &mut self.numbers)?;
                let known = self.dictionary.places.len();
                // All are looked at, so that it takes several at once.
                let largest = self.numbers[first..].iter().fold(0, |largest, &number| number.max(largest));
                if there > 0 && largest as usize >= known {
                    return Err(damaged("a number stands for no text"));
                }
                if there < rows {
                    spread(&mut self.numbers, first, &self.levels);
                }
                if self.is_loose {
                    self.loosen();
                }
            }
            Values::Plain(..) => {
                self.loosen();
                let Values::Plain(bytes, at, is_ascii) = &mut self.page.values else { return Ok(()) };
                let page = self.held.len();
                self.held.push((bytes.clone(), *is_ascii));
                for row in 0..rows {
                    if there < rows && self.levels[row] != 1 {
                        self.loose.push(Loose::Absent);
                        continue;
                    }
                    let (start, end) = plain(bytes, *at)?;
                    self.loose.push(Loose::Plain(page, start, end));
                    *at = end;
                }
            }
        }
        Ok(())
    }

    /// Puts the numbers among the texts of other rows, which have none.
    fn loosen(&mut self) {
        self.is_loose = true;
        let loose = |number| if number == ABSENT { Loose::Absent } else { Loose::Number(number) };
        self.loose.extend(self.numbers.drain(..).map(loose));
    }
}

/// Moves the numbers from a place on to the rows that have one; of the others it is absent.
fn spread(numbers: &mut Vec<u32>, first: usize, levels: &[u32]) {
    let mut from = numbers.len();
    numbers.resize(first + levels.len(), ABSENT);
    for (at, &level) in levels.iter().enumerate().rev() {
        numbers[first + at] = if level == 1 {
            from -= 1;
            numbers[from]
        } else {
            ABSENT
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ::parquet::column::reader::ColumnReader;
    use ::parquet::data_type::{ByteArray, ByteArrayType};
    use ::parquet::file::properties::{WriterProperties, WriterVersion};
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::file::writer::SerializedFileWriter;
    use ::parquet::schema::parser::parse_message_type;
    use proptest::prelude::*;

    use super::*;

    fn file(rows: &[Option<&str>], is_optional: bool, properties: WriterProperties) -> SerializedFileReader<Bytes> {
        let repetition = if is_optional { "optional" } else { "required" };
        let schema = parse_message_type(&format!("message rows {{ {repetition} binary name (UTF8); }}")).expect("a schema");
        let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties)).expect("opens");
        let mut group = writer.next_row_group().expect("a group");
        let mut column = group.next_column().expect("opens").expect("a column");
        for rows in rows.chunks(7) {
            let values: Vec<ByteArray> = rows.iter().flatten().copied().map(ByteArray::from).collect();
            let levels: Vec<i16> = rows.iter().map(|row| i16::from(row.is_some())).collect();
            column.typed::<ByteArrayType>().write_batch(&values, is_optional.then_some(&levels), None).expect("writes");
        }
        column.close().expect("closes");
        group.close().expect("closes");
        SerializedFileReader::new(writer.into_inner().expect("ends").into()).expect("opens")
    }

    /// All texts as the library reads them.
    fn by_library(file: &SerializedFileReader<Bytes>, count: usize) -> Vec<Option<Vec<u8>>> {
        let group = file.get_row_group(0).expect("a group");
        let ColumnReader::ByteArrayColumnReader(mut reader) = group.get_column_reader(0).expect("a column") else {
            panic!("texts are byte arrays")
        };
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        reader.read_records(count, Some(&mut levels), None, &mut values).expect("reads");
        let mut values = values.into_iter();
        if levels.is_empty() {
            return values.map(|value| Some(value.data().to_vec())).collect();
        }
        levels.iter().map(|&level| if level == 1 { values.next().map(|value| value.data().to_vec()) } else { None }).collect()
    }

    fn texts(file: &SerializedFileReader<Bytes>) -> Texts {
        let group = file.get_row_group(0).expect("a group");
        let column = group.metadata().column(0);
        assert!(can_read(column), "{column:?}");
        Texts::new(group.get_column_page_reader(0).expect("a column"), column.column_descr().max_def_level() > 0)
    }

    /// Pages that no program writes.
    struct Listed(std::vec::IntoIter<Page>);

    impl Iterator for Listed {
        type Item = Result<Page>;

        fn next(&mut self) -> Option<Self::Item> {
            self.0.next().map(Ok)
        }
    }

    impl PageReader for Listed {
        fn get_next_page(&mut self) -> Result<Option<Page>> {
            Ok(self.0.next())
        }

        fn peek_next_page(&mut self) -> Result<Option<::parquet::column::page::PageMetadata>> {
            Ok(None)
        }

        fn skip_next_page(&mut self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_number_means_no_second_text() {
        let dictionary = |text: &[u8]| {
            let buf = [&[1, 0, 0, 0], text].concat().into();
            Page::DictionaryPage { buf, num_values: 1, encoding: Encoding::PLAIN, is_sorted: false }
        };
        let row = || Page::DataPage {
            buf: Bytes::from_static(&[1, 2, 0]),
            num_values: 1,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let pages = vec![dictionary(b"a"), row(), dictionary(b"b"), row()];
        let mut texts = Texts::new(Box::new(Listed(pages.into_iter())), false);
        texts.fill(1).expect("a row");
        assert_eq!((texts.numbers(), texts.get(0)), (Some(&[0][..]), Some(Text::Known("a"))));
        assert!(texts.fill(1).is_err_and(|error| error.to_string().contains("two dictionaries")));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn texts_are_those_that_the_library_reads(
            rows in prop::collection::vec(prop::option::weighted(0.8, prop::sample::select(&["a", "b", "", "ä", "longer than others", "c", "d"][..])), 0..300),
            (is_optional, is_dictionary, is_second) in any::<(bool, bool, bool)>(),
            limit in prop::sample::select(&[1, 12, 40, 1 << 20][..]),
            page in 1_usize..80,
            (skipped, step) in (0_usize..320, 1_usize..100),
        ) {
            let rows: Vec<_> = rows.into_iter().filter(|row| is_optional || row.is_some()).collect();
            let version = if is_second { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 };
            let properties = WriterProperties::builder()
                .set_writer_version(version)
                .set_encoding(Encoding::PLAIN)
                .set_dictionary_enabled(is_dictionary)
                .set_dictionary_page_size_limit(limit)
                .set_data_page_row_count_limit(page)
                .set_write_batch_size(1);
            let file = file(&rows, is_optional, properties.build());
            let expected = by_library(&file, rows.len());
            let mut texts = texts(&file);
            if skipped > rows.len() {
                prop_assert!(texts.skip(skipped).is_err());
                return Ok(());
            }
            texts.skip(skipped).expect("as many rows");
            let mut numbered = std::collections::BTreeMap::new();
            for chunk in expected[skipped..].chunks(step) {
                texts.fill(chunk.len()).expect("as many rows");
                for (row, expected) in chunk.iter().enumerate() {
                    let text = texts.get(row).map(Text::read);
                    prop_assert_eq!(text.as_deref().map(str::as_bytes), expected.as_deref());
                    if let Some(numbers) = texts.numbers() {
                        prop_assert_eq!(numbers.len(), chunk.len());
                        prop_assert_eq!((numbers[row] as usize) < texts.count(), expected.is_some());
                        prop_assert_eq!(numbered.entry(numbers[row]).or_insert(expected), &expected, "a number means one text");
                    }
                }
            }
            prop_assert!(texts.fill(1).is_err());
            prop_assert!(limit < 100 || !is_dictionary || skipped == rows.len() || !numbered.is_empty(), "numbers are used");
        }
    }
}
