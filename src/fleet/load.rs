//! The statements that make a table of the verdicts in an engine.

use std::fmt::Write as _;

use super::dialect::{Dialect, NameError, is_stage};
use super::schema::COLUMNS;

/// Returns what makes a table of a Parquet file that `fleet verdicts` wrote and that lies at an address
/// the engine can read. A table of that name is replaced.
///
/// # Errors
/// Where the table's name is none.
pub fn load(dialect: Dialect, table: &str, from: &str) -> Result<String, NameError> {
    let (name, uri) = (dialect.table(table)?, dialect.text(from));
    Ok(match dialect {
        Dialect::DuckDb => format!("CREATE OR REPLACE TABLE {name} AS\nSELECT * FROM read_parquet({uri});\n"),
        Dialect::Spark => {
            format!(
                "DROP TABLE IF EXISTS {name};\nCREATE TABLE {name}\nUSING parquet\nAS SELECT * FROM parquet.{};\n",
                dialect.exact(from)
            )
        }
        Dialect::Databricks => {
            format!("CREATE OR REPLACE TABLE {name} AS\nSELECT * FROM read_files({uri}, format => 'parquet');\n")
        }
        Dialect::Snowflake => {
            let from = if is_stage(from) { from } else { uri.as_str() };
            format!(
                "CREATE OR REPLACE TABLE {name} (\n{}\n);\nCOPY INTO {name}\nFROM {from}\nFILE_FORMAT = (TYPE = PARQUET)\nMATCH_BY_COLUMN_NAME \
                 = CASE_INSENSITIVE;\n",
                typed(dialect)
            )
        }
        Dialect::Trino => format!(
            "DROP TABLE IF EXISTS {name};\nCREATE TABLE {name} (\n{}\n)\nWITH (format = 'PARQUET', external_location = {uri});\n",
            typed(dialect)
        ),
        Dialect::BigQuery => {
            format!("LOAD DATA OVERWRITE {name} (\n{}\n)\nFROM FILES (format = 'PARQUET', uris = [{uri}]);\n", typed(dialect))
        }
        Dialect::Postgres => format!(
            "DROP TABLE IF EXISTS {name};\nCREATE TABLE {name} (\n{}\n);\nCOPY {name} FROM {uri} WITH (FORMAT csv, HEADER);\n",
            typed(dialect)
        ),
    })
}

fn typed(dialect: Dialect) -> String {
    let mut text = String::new();
    for column in COLUMNS {
        let comma = if text.is_empty() { "" } else { ",\n" };
        let _ = write!(text, "{comma}  {} {}", dialect.ours(column.name), column.kind.of(dialect));
    }
    text
}
