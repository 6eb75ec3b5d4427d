//! `docs/fleets.md` names every column of the table of verdicts, and every engine.

use interdict::fleet::dialect::Dialect;
use interdict::fleet::schema::{COLUMNS, Type};

use super::text;

#[test]
fn every_column_is_described() {
    let page = text("docs/fleets.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let described = |column: &interdict::fleet::schema::Column| {
        let kind = match column.kind {
            Type::Text => "text",
            Type::Date => "date",
            Type::Whole => "whole number",
            Type::Real => "number",
        };
        format!("| `{}` | {kind} | {} |", column.name, column.meaning)
    };
    let expected: Vec<String> = COLUMNS.iter().map(described).collect();
    assert_eq!(rows, expected);
}

#[test]
fn every_engine_has_its_place() {
    let page = text("docs/fleets.md").to_lowercase();
    for dialect in Dialect::ALL {
        assert!(page.contains(&dialect.as_str().replace("postgres", "postgresql")), "{}", dialect.as_str());
    }
}
