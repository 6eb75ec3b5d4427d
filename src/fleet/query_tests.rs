//! The texts of all engines, and names that try to get out of their quotation marks.

use proptest::prelude::*;

use super::dialect::{Dialect, NameError, Written};
use super::distinct::{Table, TableError};
use super::join::{Asked, JoinError, Parameters};
use super::load::load;
use crate::inventory::Field;

fn table(dialect: Dialect, name: &str, product: &str) -> Result<Table, TableError> {
    let columns = [
        (Field::Product, product),
        (Field::Vendor, "publisher"),
        (Field::Version, "order"),
        (Field::Location, "country"),
        (Field::Asset, "host"),
        (Field::Quantity, "seats"),
    ];
    Table::new(dialect, name, &columns.map(|(field, column)| (field, column.to_owned())))
}

fn parameters(place: &str) -> Parameters {
    Parameters { as_of: "2024-10-01".to_owned(), place: place.to_owned(), audience: "companies".to_owned() }
}

/// Every text of an engine.
fn all(dialect: Dialect, name: &str, product: &str, address: &str) -> Result<Vec<String>, JoinError> {
    let table = table(dialect, name, product)?;
    let parameters = parameters("US");
    let written = [Written::Parquet, Written::Csv];
    let mut texts = vec![table.distinct(None)?];
    for written in written {
        texts.push(table.distinct(Some((address, written)))?);
    }
    texts.push(load(dialect, "inv.verdicts", address).expect("a name"));
    for asked in [Asked::Acts, Asked::Places, Asked::Assets, Asked::Export] {
        texts.push(table.join("inv.verdicts", &parameters, asked, None)?);
    }
    texts.push(table.join(name, &parameters, Asked::Export, Some((address, Written::Parquet)))?);
    Ok(texts)
}

#[test]
fn texts_of_all_engines() {
    for &dialect in Dialect::ALL {
        let texts = all(dialect, "inv.software", "name", "s3://bucket/file.parquet").expect("names");
        insta::assert_snapshot!(dialect.as_str(), texts.join("\n"));
    }
}

/// Takes everything in quotation marks out of a text, by the rules of its engine.
fn skeleton(dialect: Dialect, text: &str) -> Option<String> {
    let backslashes = |mark: char| match dialect {
        Dialect::BigQuery => true,
        Dialect::Spark | Dialect::Databricks | Dialect::Snowflake => mark == '\'',
        _ => false,
    };
    let doubles = |mark: char| {
        !(mark == '\'' && matches!(dialect, Dialect::BigQuery | Dialect::Spark | Dialect::Databricks)
            || mark == '`' && dialect == Dialect::BigQuery)
    };
    let mut left = String::new();
    let mut letters = text.chars().peekable();
    while let Some(one) = letters.next() {
        left.push(one);
        if !['\'', '"', '`'].contains(&one) {
            continue;
        }
        loop {
            match letters.next()? {
                '\\' if backslashes(one) => {
                    letters.next()?;
                }
                next if next == one && doubles(one) && letters.peek() == Some(&one) => {
                    letters.next();
                }
                next if next == one => break,
                _ => {}
            }
        }
        left.push(one);
    }
    Some(left)
}

#[test]
fn a_skeleton_is_what_stands_outside_of_quotation_marks() {
    assert_eq!(skeleton(Dialect::Trino, "a \"b\"\"c\" 'd''e' f").as_deref(), Some("a \"\" '' f"));
    assert_eq!(skeleton(Dialect::BigQuery, "a `b\\`c` f").as_deref(), Some("a `` f"));
    assert_eq!(skeleton(Dialect::Trino, "a \"b"), None);
}

const NASTY: &[&str] = &[
    "x\" FROM secrets; DROP TABLE t; --",
    "x` FROM secrets; --",
    "x' OR 1 = 1; --",
    "x\\",
    "x\\' ; --",
    "x\\` ; --",
    "a\nb\r\nc",
    "/* x",
    "naïve 名称 🦀",
    "\u{202e}evil",
];

fn holds(dialect: Dialect, nasty: &str) {
    let plain = all(dialect, "t", "x y", "u v").expect("names");
    let tried = all(dialect, "t", nasty, "u v").expect("a column");
    let named = table(dialect, "t", "x y").expect("names").join("v", &parameters(nasty), Asked::Export, None).expect("a text");
    let control = table(dialect, "t", "x y").expect("names").join("v", &parameters("US"), Asked::Export, None).expect("a text");
    assert_eq!(skeleton(dialect, &named), skeleton(dialect, &control), "{}: the place {nasty:?}", dialect.as_str());
    let written = all(dialect, "t", "x y", nasty).expect("an address");
    for (plain, tried) in plain.iter().zip(&tried).chain(plain.iter().zip(&written)) {
        let bare = skeleton(dialect, plain);
        assert!(bare.is_some());
        assert_eq!(skeleton(dialect, tried), bare, "{}: {nasty:?} in\n{tried}", dialect.as_str());
    }
}

#[test]
fn nothing_gets_out_of_its_quotation_marks() {
    for &dialect in Dialect::ALL {
        NASTY.iter().for_each(|nasty| holds(dialect, nasty));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nor_does_any_other_name(name in "[a-z'\\\\;\\-\n `\"]{0,12}z") {
        for &dialect in Dialect::ALL {
            // What begins with a quotation mark is a name to the letter, or none at all.
            holds(dialect, &format!("n{name}"));
        }
    }
}

#[test]
fn names_mean_what_they_mean_to_the_engine() {
    let of = |dialect: Dialect, name: &str| dialect.table(name).expect("a name");
    assert_eq!(of(Dialect::Snowflake, "inv.Software"), "\"INV\".\"SOFTWARE\"");
    assert_eq!(of(Dialect::Snowflake, "inv.\"Software\""), "\"INV\".\"Software\"");
    assert_eq!(of(Dialect::Postgres, "Inv.Software"), "\"inv\".\"software\"");
    assert_eq!(of(Dialect::Trino, "hive.inv.\"a.b\"\"c\""), "\"hive\".\"inv\".\"a.b\"\"c\"");
    assert_eq!(of(Dialect::Spark, "parquet.`s3://b/x.parquet`"), "`parquet`.`s3://b/x.parquet`");
    assert_eq!(of(Dialect::BigQuery, "my-project.inv.software"), "`my-project`.`inv`.`software`");
    assert_eq!(of(Dialect::DuckDb, "it's/*.parquet"), "'it''s/*.parquet'");
    assert_eq!(Dialect::Trino.table("a..b"), Err(NameError::Empty));
    assert_eq!(Dialect::Trino.table("a.\"b"), Err(NameError::Quotes));
    assert_eq!(Dialect::Trino.column("\"a\"b\""), Err(NameError::Quotes));
    assert_eq!(Dialect::Trino.column("a\0b"), Err(NameError::Nul));
    let twice = [(Field::Product, "a".to_owned()), (Field::Product, "b".to_owned())];
    assert_eq!(Table::new(Dialect::Trino, "t", &twice).err(), Some(TableError::Twice(Field::Product)));
    let nothing = [(Field::Version, "a".to_owned())];
    assert_eq!(Table::new(Dialect::Trino, "t", &nothing).err(), Some(TableError::Nothing));
    let no_place = Table::new(Dialect::Trino, "t", &[(Field::Product, "a".to_owned())]).expect("names");
    assert_eq!(no_place.join("v", &parameters("US"), Asked::Places, None), Err(JoinError::Missing(Field::Location)));
}

#[test]
fn the_names_of_the_columns_are_known_to_a_check() {
    for field in super::FIELDS {
        let name = super::column(field);
        let known = crate::inventory::known_headers(field);
        let fold = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
        assert!(known.iter().any(|header| fold(header) == fold(&name)), "{name}");
    }
}
