//! Parquet: tables of a data warehouse, read one group of rows after the other.
//!
//! In: columns by name, each with a type. Out: their values as text. A column that holds lists or
//! records is left out, which a remark tells. The library that reads the format may panic on what
//! nobody writes; that is damage.

mod blocks;
mod counted;
mod pages;
mod runs;

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::Type;
use blocks::{Batch, Block, Shared, Take, Wanted};
use counted::Counter;

use super::cells::Record;
use super::dates::Order;
use super::guard::guarded;
use super::sniff::Input;
use super::table::{Rows, Table};
use super::written::Between;
use super::{Encoding, Error, Options, Reader, Refusal, Sink, Understood, Unread, Whole, clip};
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

    fn is_shared_out(&self) -> bool {
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
        let file = input.into_whole()?;
        let read = check_footer(&file).and_then(|()| read_file(Shared(file.clone()), options, sink));
        // The library tells it as damage where the disk fails.
        read.map_err(|error| file.failure().map_or(error, Error::read))
    }
}

fn read_file(file: Shared, options: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
    let reader = run(|| SerializedFileReader::new(file))?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let fields = schema.root_schema().get_fields();
    let (flat, nested): (Vec<usize>, Vec<usize>) = (0..fields.len()).partition(|&number| is_flat(&fields[number]));
    if !nested.is_empty() {
        let names = clip::list(nested.iter().map(|&number| fields[number].name()), 20);
        sink.remark(format!("columns with lists or records in them were left out: {names}"));
    }
    let header: Vec<String> = flat.iter().map(|&number| fields[number].name().to_owned()).collect();
    let leaf = |&number: &usize| (0..schema.num_columns()).find(|&leaf| schema.get_column_root_idx(leaf) == number);
    let columns: Vec<(usize, usize)> = flat.iter().enumerate().filter_map(|(place, number)| Some((place, leaf(number)?))).collect();
    read_table(&reader, header, &columns, options, sink)
}

/// Looks at the length of the description before it is read.
fn check_footer(file: &Whole) -> Result<(), Error> {
    let mut end = [0; 8];
    let at = file.length().checked_sub(8).ok_or_else(cut_short)?;
    match file.from(at).read_exact(&mut end) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(cut_short()),
        read => read.map_err(Error::read)?,
    }
    let [a, b, c, d, b'P', b'A', b'R', b'1'] = end else { return Err(cut_short()) };
    let footer = u32::from_le_bytes([a, b, c, d]);
    if u64::from(footer) + 12 > file.length() {
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
    Refusal::new(Code::UnreadableArchive, reason).help("write it again, packed with Zstandard, Snappy or not at all").into()
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

fn breaks_off(why: &str) -> Error {
    Error::Broken(Unread::whole(format!("the Parquet table breaks off or is damaged: {}", clip::clip(why, 120))))
}

fn read_table(
    reader: &SerializedFileReader<Shared>,
    header: Vec<String>,
    columns: &Wanted,
    options: &Options,
    sink: &mut dyn Sink,
) -> Result<Understood, Error> {
    let groups = reader.metadata().row_groups().iter().map(|group| group.num_rows());
    let Some(blocks) = blocks::blocks(groups) else {
        return Err(Refusal::new(Code::LimitPassed, "the Parquet table says that it has more rows than are ever read").into());
    };
    let mut sample = Sample(Vec::new());
    let looked_at = Table::looked_at(&header, options)?;
    if !looked_at.is_empty() {
        let columns: Vec<_> = columns.iter().copied().filter(|(place, _)| looked_at.contains(place)).collect();
        // What is damaged is told when all is read.
        let _ = blocks::read(reader, &blocks, &columns, header.len(), &mut sample);
    }
    let table = Table::new(header, sample.0.iter(), Order::MonthFirst, "cell", options)?;
    for remark in &table.remarks {
        sink.remark(remark.clone());
    }
    // What no field needs is not even unpacked.
    let wanted: Vec<(usize, usize)> = columns.iter().copied().filter(|&(place, _)| table.reads(place)).collect();
    let mut rows = Rows::new(&table).counting(Between::Nothing, sink);
    let mut ended = Ok(());
    let threads = options.threads.min(blocks.len());
    let is_split = threads > 1
        && sink.split(threads, &mut |sinks| {
            let (parts, first_damage) = share_out(reader, &blocks, &wanted, &table, sinks);
            parts.iter().for_each(|part| rows.absorb(part));
            ended = first_damage;
        });
    if !is_split {
        let width = rows.width();
        ended = blocks::read(reader, &blocks, &wanted, width, &mut Counter::new(&mut rows, sink));
    }
    rows.finish(sink);
    ended.map(|()| table.explain(Understood::new(Encoding::Utf8)))
}

/// Copies the first rows.
struct Sample(Vec<Vec<String>>);

impl Take for Sample {
    fn row(&mut self, record: &Record, _: &Batch<'_>, _: usize) -> bool {
        self.0.push(record.cells());
        self.0.len() < SAMPLED
    }
}

/// Has the blocks read into the sinks, by one thread for each. Returns what was in doubt, and the first damage.
fn share_out<'t>(
    reader: &SerializedFileReader<Shared>,
    blocks: &[Block],
    wanted: &Wanted,
    table: &'t Table,
    sinks: Vec<&mut (dyn Sink + Send)>,
) -> (Vec<Rows<'t>>, Result<(), Error>) {
    let shares = blocks::shares(blocks, sinks.len());
    let (shares, next) = (&shares, &AtomicUsize::new(0));
    let (parts, damages): (Vec<_>, Vec<_>) = std::thread::scope(|scope| {
        let threads: Vec<_> = sinks
            .into_iter()
            .map(|sink| {
                scope.spawn(move || {
                    let mut rows = Rows::new(table).counting(Between::Nothing, sink);
                    let (width, mut damages) = (rows.width(), Vec::new());
                    let mut counter = Counter::new(&mut rows, sink);
                    while let Some((number, share)) = next_of(shares, next) {
                        let ended = blocks::read(reader, share, wanted, width, &mut counter);
                        damages.extend(ended.err().map(|damage| (number, damage)));
                    }
                    (rows, damages)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).unzip()
    });
    let first = damages.into_iter().flatten().min_by_key(|(number, _)| *number);
    (parts, first.map_or(Ok(()), |(_, damage)| Err(damage)))
}

/// Returns the next share that nobody has taken.
fn next_of<'b>(shares: &[&'b [Block]], next: &AtomicUsize) -> Option<(usize, &'b [Block])> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    shares.get(number).map(|&share| (number, share))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use ::parquet::data_type::{ByteArray, ByteArrayType};
    use ::parquet::file::properties::WriterProperties;
    use ::parquet::file::writer::SerializedFileWriter;
    use ::parquet::schema::parser::parse_message_type;

    use super::super::testing::{Gathered, Tally, gather};
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

    /// Cuts a file short once so many rows came of it.
    struct Cutting<'f> {
        file: &'f std::fs::File,
        after: usize,
        to: u64,
        found: Gathered,
    }

    impl Sink for Cutting<'_> {
        fn row(&mut self, row: &crate::model::Row<'_>) -> Option<super::super::Kept> {
            if self.found.rows.len() == self.after {
                self.file.set_len(self.to).expect("cuts");
            }
            Sink::row(&mut self.found, row)
        }

        fn path(&mut self, _: super::super::Kept, _: crate::model::DependencyPath) {}

        fn unread(&mut self, unread: Unread) {
            self.found.unread(unread);
        }

        fn remark(&mut self, remark: String) {
            self.found.remark(remark);
        }
    }

    #[test]
    fn a_file_that_is_cut_short_while_it_is_read_breaks_off_there() {
        let names: Vec<String> = (0..3000).map(|number| format!("Product {number}")).collect();
        let rows: Vec<_> = names.iter().map(|name| vec![Some("pc"), Some(name.as_str())]).collect();
        let bytes = written(&["asset", "product"], &rows, 1000, false);
        let read = |after, to: usize| {
            let mut file = tempfile::tempfile().expect("a file");
            std::io::Write::write_all(&mut file, &bytes).expect("writes");
            std::io::Seek::rewind(&mut file).expect("rewinds");
            let mut opened = file.try_clone().expect("opens");
            let mut sink = Cutting { file: &file, after, to: to as u64, found: Gathered::default() };
            let result = crate::inventory::read("x.parquet", &mut opened, &Options::default(), &mut sink);
            (result, sink.found.rows.len())
        };
        assert!(matches!(read(9000, 0), (Ok(_), 3000)));
        for to in [0, 1, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
            let (result, rows) = read(10, to);
            // What was read before it was cut is there, and so are groups that lie before the cut.
            assert!(rows >= 1000, "{to}: {rows}");
            match result {
                Err(Error::Broken(unread)) => assert!(unread.reason.contains("breaks off or is damaged"), "{}", unread.reason),
                Ok(_) => assert_eq!((to, rows), (bytes.len() - 1, 3000), "the description was read before"),
                Err(other) => panic!("{to}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_called_damaged() {
        let path = tempfile::NamedTempFile::new().expect("a file").into_temp_path();
        std::fs::write(&path, seed()).expect("writes");
        let unreadable = std::fs::File::options().write(true).open(&path).expect("opens");
        // Its first bytes could be read.
        let seed = seed();
        let mut bytes = super::super::whole::Begun { bytes: seed.as_slice(), whole: super::super::Bytes::whole(&unreadable) };
        let result = crate::inventory::read("x.parquet", &mut bytes, &Options::default(), &mut Gathered::default());
        assert!(matches!(result, Err(Error::Io { operation: "read", .. })), "{result:?}");
    }

    #[test]
    fn a_row_whose_last_values_are_null_is_a_row() {
        use crate::fleet::schema::COLUMNS;
        use crate::fleet::verdicts::{Cell, Tables};

        let mut line = vec![Cell::Null; COLUMNS.len()];
        line[0] = Cell::Word("item");
        let mut tables = Tables::new(None, Some(Vec::new())).expect("opens");
        tables.write(&[line]).expect("writes");
        let (_, table) = tables.finish().expect("ends");
        let (result, found) = read(&table.expect("is there"));
        result.expect("read");
        assert_eq!((found.rows.len(), found.unread.len()), (1, 0), "{:?}", found.unread);
    }

    /// Writes rows of texts, some of which are not there, in groups of so many.
    fn written(columns: &[&str], rows: &[Vec<Option<&str>>], group: usize, dictionary: bool) -> Vec<u8> {
        let fields: String = columns.iter().map(|name| format!("optional binary {name} (UTF8); ")).collect();
        let schema = Arc::new(parse_message_type(&format!("message rows {{ {fields} }}")).expect("a schema"));
        let properties = WriterProperties::builder().set_dictionary_enabled(dictionary).set_data_page_row_count_limit(64).build();
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).expect("opens");
        for rows in rows.chunks(group) {
            let mut group = writer.next_row_group().expect("a group");
            for column in 0..columns.len() {
                let mut writer = group.next_column().expect("opens").expect("a column");
                let values: Vec<ByteArray> = rows.iter().filter_map(|row| row[column]).map(ByteArray::from).collect();
                let levels: Vec<i16> = rows.iter().map(|row| i16::from(row[column].is_some())).collect();
                let (mut done, typed) = (0, writer.typed::<ByteArrayType>());
                for levels in levels.chunks(64) {
                    let count = levels.iter().filter(|&&level| level == 1).count();
                    typed.write_batch(&values[done..done + count], Some(levels), None).expect("writes");
                    done += count;
                }
                writer.close().expect("closes");
            }
            group.close().expect("closes");
        }
        writer.into_inner().expect("ends")
    }

    #[test]
    fn rows_of_the_same_texts_are_only_counted() {
        let row = |asset: &'static str| vec![Some(asset), Some("Contoso"), Some("Office"), None, Some("DE")];
        let rows: Vec<_> = (0..300).map(|number| row(["pc-1", "pc-2", "pc-3"][number % 3])).collect();
        let columns = ["asset", "vendor", "product", "version", "location"];
        let counted = Tally::of("x.parquet", &written(&columns, &rows, 100, true), true, true);
        // Each group has numbers of its own; the first rows were a sample, and shown.
        assert!(counted.counted > 290, "{}", counted.counted);
        assert_eq!(counted.rows.values().sum::<u64>(), 300);
    }

    #[test]
    fn rows_of_an_item_without_findings_are_only_counted_too() {
        // In two of these places the sink finds nothing about it.
        let row = |place| vec![Some("pc"), Some("a"), Some("abcde"), Some(place)];
        let rows: Vec<_> = (0..300).map(|number| row(["D", "DE", "DEU"][number % 3])).collect();
        let bytes = written(&["asset", "vendor", "product", "location"], &rows, 100, true);
        let counted = Tally::of("x.parquet", &bytes, true, true);
        assert!((190..=200).contains(&counted.counted), "{}", counted.counted);
        assert_eq!(counted.into_shown(), Tally::of("x.parquet", &bytes, false, true));
    }

    #[test]
    fn rows_without_an_asset_are_only_counted_too() {
        let rows: Vec<_> = (0..200).map(|_| vec![None, Some("Contoso"), Some("Office")]).collect();
        for columns in [["asset", "vendor", "product"], ["nothing", "vendor", "product"]] {
            let counted = Tally::of("x.parquet", &written(&columns, &rows, 100, true), true, true);
            assert!(counted.counted > 190, "{}", counted.counted);
        }
    }

    #[test]
    fn the_order_of_days_is_told_from_their_column_alone() {
        let rows = [vec![None, Some("Office"), None], vec![Some("31/12/2023"), Some("Office"), Some("02/01/2024")]];
        let (result, found) = read(&written(&["purchased", "product", "renewal"], &rows, 10, true));
        result.expect("read");
        let days = found.rows.iter().map(|row| [row.acquired, row.renewal].map(|day| day.map(|day| day.to_string())));
        let days: Vec<_> = days.collect();
        assert_eq!(days, [[None, None], [Some("2023-12-31".into()), Some("2024-02-01".into())]]);
        assert!(found.remarks.iter().any(|remark| remark.contains("can be read two ways")), "{:?}", found.remarks);
    }

    #[test]
    fn a_column_that_may_tell_the_machine_or_the_day_is_told_by_its_values() {
        for (value, asset, day) in [("pc-1", "pc-1", None), ("2024-01-31", "", Some("2024-01-31"))] {
            let (result, found) = read(&written(&["product", "Installed_On"], &[vec![Some("Office"), Some(value)]], 10, true));
            result.expect("read");
            let row = &found.rows[0];
            assert_eq!((row.asset.as_str(), row.acquired.map(|day| day.to_string()).as_deref()), (asset, day));
        }
    }

    #[test]
    fn how_many_and_when_do_not_hinder_counting() {
        let days = ["2024-01-02", "2024-01-03", "soon"];
        let rows: Vec<_> = (0..300)
            .map(|number| vec![Some("Office"), Some("pc"), Some(["1", "2", "many"][number % 3]), Some(days[number / 100])])
            .collect();
        let bytes = written(&["product", "asset", "quantity", "install_date"], &rows, 100, true);
        let (counted, shown) = (Tally::of("x.parquet", &bytes, true, true), Tally::of("x.parquet", &bytes, false, true));
        assert_eq!(shown.remarks.len(), 2, "{:?}", shown.remarks);
        assert!(counted.counted > 290, "{}", counted.counted);
        assert_eq!(counted.into_shown(), shown);
    }

    /// A product with a number and a day, either of which may not be there.
    type Numbered<'n> = (&'n str, Option<i64>, Option<i32>);

    fn with_numbers(rows: &[Numbered<'_>], group: usize, dictionary: bool) -> Vec<u8> {
        let schema =
            "message rows { required binary product (UTF8); optional int64 quantity; optional int32 install_date (DATE); }";
        let schema = Arc::new(parse_message_type(schema).expect("a schema"));
        let properties = WriterProperties::builder().set_dictionary_enabled(dictionary).build();
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).expect("opens");
        for rows in rows.chunks(group) {
            let mut group = writer.next_row_group().expect("a group");
            let products: Vec<ByteArray> = rows.iter().map(|row| row.0.into()).collect();
            let levels =
                |is_there: fn(&Numbered<'_>) -> bool| -> Vec<i16> { rows.iter().map(|row| i16::from(is_there(row))).collect() };
            let (counts, days): (Vec<i64>, Vec<i32>) =
                (rows.iter().filter_map(|row| row.1).collect(), rows.iter().filter_map(|row| row.2).collect());
            let mut column = group.next_column().expect("opens").expect("a column");
            column.typed::<ByteArrayType>().write_batch(&products, None, None).expect("writes");
            column.close().expect("closes");
            let mut column = group.next_column().expect("opens").expect("a column");
            let there = levels(|row| row.1.is_some());
            column.typed::<::parquet::data_type::Int64Type>().write_batch(&counts, Some(&there), None).expect("writes");
            column.close().expect("closes");
            let mut column = group.next_column().expect("opens").expect("a column");
            let there = levels(|row| row.2.is_some());
            column.typed::<::parquet::data_type::Int32Type>().write_batch(&days, Some(&there), None).expect("writes");
            column.close().expect("closes");
            group.close().expect("closes");
        }
        writer.into_inner().expect("ends")
    }

    #[test]
    fn numbers_and_days_as_such_do_not_hinder_counting() {
        let rows: Vec<_> = (0..300).map(|at| ("Office", Some(i64::from(at % 4)), Some(19_000 + at / 50))).collect();
        let bytes = with_numbers(&rows, 150, true);
        let counted = Tally::of("x.parquet", &bytes, true, true);
        assert!(counted.counted > 290, "{}", counted.counted);
        assert_eq!(counted.into_shown(), Tally::of("x.parquet", &bytes, false, true));
    }

    #[test]
    fn a_number_stands_for_one_text_as_long_as_it_is_used() {
        // Without a dictionary, each page lies in memory where another one lay before.
        let names: Vec<String> = (0..20_000).map(|number: u32| format!("{:05}", number / 64)).collect();
        let rows: Vec<_> =
            names.iter().map(|name| vec![Some("pc"), Some(&name[..4]), Some(name.as_str()), Some(&name[..2]), None]).collect();
        let columns = ["asset", "location", "product", "version", "vendor"];
        let bytes = written(&columns, &rows, 50_000, false);
        let (counted, shown) = (Tally::of("x.parquet", &bytes, true, true), Tally::of("x.parquet", &bytes, false, true));
        assert_eq!(counted.into_shown(), shown);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn counting_rows_says_what_showing_them_does(
            cells in proptest::collection::vec(
                proptest::collection::vec(
                    proptest::option::of(proptest::sample::select(&["a", "b", "ä", "", " a", "aa", "3", " 3", "2024-01-02", "öö1"][..])), 5,
                ),
                1..120,
            ),
            columns in proptest::sample::select(&[
                ["asset", "vendor", "product", "version", "location"], ["product", "asset", "location", "vendor", "quantity"],
                ["version", "product", "vendor", "install_date", "asset"],
            ][..]),
            group in 1_usize..60,
            dictionary: bool,
            tells_versions: bool,
        ) {
            let bytes = written(&columns, &cells, group, dictionary);
            let (counted, shown) = (
                Tally::of("x.parquet", &bytes, true, tells_versions),
                Tally::of("x.parquet", &bytes, false, tells_versions),
            );
            prop_assert_eq!(counted.into_shown(), shown);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn counting_numbers_and_days_says_what_showing_them_does(
            rows in proptest::collection::vec(
                (
                    proptest::sample::select(&["a", "b", "ab"][..]),
                    proptest::option::of(proptest::sample::select(&[0, 1, 7, -1, i64::MAX, i64::MIN][..])),
                    proptest::option::of(proptest::sample::select(&[0, 19_000, -1, -40_000, 3_000_000, -800_000][..])),
                ),
                1..120,
            ),
            group in 1_usize..60,
            dictionary: bool,
        ) {
            let bytes = with_numbers(&rows, group, dictionary);
            let (counted, shown) = (Tally::of("x.parquet", &bytes, true, true), Tally::of("x.parquet", &bytes, false, true));
            prop_assert_eq!(counted.into_shown(), shown);
        }
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
