//! Reads a file as the bare library does and prints how many records it holds: `bare csv|simd-csv|lines|json|xlsx|parquet FILE`.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};

use calamine::Reader as _;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [how, path] = arguments.as_slice() else { return Err("usage: bare csv|simd-csv|lines|json|xlsx|parquet FILE".into()) };
    let records = match how.as_str() {
        "csv" => csv(path)?,
        "simd-csv" => simd_csv(path)?,
        "lines" => lines(path)?,
        "json" => json(path)?,
        "xlsx" => xlsx(path)?,
        "parquet" => parquet(path)?,
        _ => return Err(format!("{how} is no kind of file").into()),
    };
    println!("{records}");
    Ok(())
}

/// One record after the other, into one that is used again.
fn csv(path: &str) -> Result<u64, Box<dyn Error>> {
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(256 * 1024).from_path(path)?;
    let (mut record, mut records) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record)? {
        records += 1;
    }
    Ok(records)
}

fn simd_csv(path: &str) -> Result<u64, Box<dyn Error>> {
    let mut reader = simd_csv::Reader::from_reader(File::open(path)?);
    let (mut record, mut records) = (simd_csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record)? {
        records += 1;
    }
    Ok(records)
}

/// What the disk alone costs.
fn lines(path: &str) -> Result<u64, Box<dyn Error>> {
    let (mut file, mut buffer, mut lines) = (File::open(path)?, vec![0; 256 * 1024], 0);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(lines);
        }
        lines += buffer[..count].iter().filter(|&&byte| byte == b'\n').count() as u64;
    }
}

/// Every value parsed and dropped, as a stream; counts the objects in arrays of the top level.
fn json(path: &str) -> Result<u64, Box<dyn Error>> {
    struct Top;
    struct Elements;

    impl<'de> Visitor<'de> for Top {
        type Value = u64;

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u64, A::Error> {
            let mut records = 0;
            while map.next_key::<String>()?.is_some() {
                records += map.next_value_seed(Elements)?;
            }
            Ok(records)
        }
    }

    impl<'de> DeserializeSeed<'de> for Elements {
        type Value = u64;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
            deserializer.deserialize_any(self)
        }
    }

    impl<'de> Visitor<'de> for Elements {
        type Value = u64;

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str("any value")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<u64, A::Error> {
            let mut records = 0;
            while list.next_element::<serde_json::Value>()?.is_some() {
                records += 1;
            }
            Ok(records)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u64, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(0)
        }

        fn visit_bool<E>(self, _: bool) -> Result<u64, E> {
            Ok(0)
        }

        fn visit_i64<E>(self, _: i64) -> Result<u64, E> {
            Ok(0)
        }

        fn visit_u64<E>(self, _: u64) -> Result<u64, E> {
            Ok(0)
        }

        fn visit_f64<E>(self, _: f64) -> Result<u64, E> {
            Ok(0)
        }

        fn visit_str<E>(self, _: &str) -> Result<u64, E> {
            Ok(0)
        }

        fn visit_unit<E>(self) -> Result<u64, E> {
            Ok(0)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_reader(BufReader::with_capacity(256 * 1024, File::open(path)?));
    Ok(deserializer.deserialize_map(Top)?)
}

/// Cell after cell of the first sheet.
fn xlsx(path: &str) -> Result<u64, Box<dyn Error>> {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(path)?;
    let name = book.sheet_names().first().cloned().ok_or("no sheet")?;
    let (mut cells, mut rows, mut last) = (book.worksheet_cells_reader(&name)?, 0, None);
    while let Some(cell) = cells.next_cell()? {
        let row = Some(cell.get_position().0);
        rows += u64::from(row != last);
        last = row;
    }
    Ok(rows)
}

/// Every text of every column, as the column reader gives it.
fn parquet(path: &str) -> Result<u64, Box<dyn Error>> {
    use parquet::column::reader::ColumnReader;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    let mut paths: Vec<_> = if std::fs::metadata(path)?.is_dir() {
        std::fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?
    } else {
        vec![path.into()]
    };
    paths.sort();
    let mut records = 0;
    for path in paths {
        let reader = SerializedFileReader::new(File::open(path)?)?;
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group)?;
            records += u64::try_from(group.metadata().num_rows())?;
            for column in 0..group.num_columns() {
                if let ColumnReader::ByteArrayColumnReader(mut column) = group.get_column_reader(column)? {
                    let (mut levels, mut values) = (Vec::new(), Vec::new());
                    while column.read_records(8192, Some(&mut levels), None, &mut values)?.0 > 0 {
                        levels.clear();
                        values.clear();
                    }
                }
            }
        }
    }
    Ok(records)
}
