//! The words of each engine: names, texts, types, and how a result is written.
//!
//! Whatever comes from outside (names of tables and columns, addresses) goes through [`Dialect::column`],
//! [`Dialect::table`] or [`Dialect::text`], and nowhere else into a query. A name is meant as the engine itself would read
//! it without quotation marks; one that is given in quotation marks is meant to the letter.

/// An engine whose queries can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// DuckDB.
    DuckDb,
    /// Apache Spark SQL.
    Spark,
    /// Databricks SQL.
    Databricks,
    /// Snowflake.
    Snowflake,
    /// Trino.
    Trino,
    /// BigQuery.
    BigQuery,
    /// PostgreSQL.
    Postgres,
}

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Parquet.
    Parquet,
    /// CSV with a header.
    Csv,
}

impl Written {
    fn word(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }
}

/// Why a name cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NameError {
    /// A part of the name is empty.
    #[error("a part of the name is empty")]
    Empty,
    /// It holds a character that no engine takes.
    #[error("it holds a NUL")]
    Nul,
    /// A quotation mark opens and does not close, or something follows it.
    #[error("its quotation marks do not match")]
    Quotes,
}

impl Dialect {
    /// Every engine.
    pub const ALL: &[Self] =
        &[Self::DuckDb, Self::Spark, Self::Databricks, Self::Snowflake, Self::Trino, Self::BigQuery, Self::Postgres];

    /// Returns the word for `--dialect`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DuckDb => "duckdb",
            Self::Spark => "spark",
            Self::Databricks => "databricks",
            Self::Snowflake => "snowflake",
            Self::Trino => "trino",
            Self::BigQuery => "bigquery",
            Self::Postgres => "postgres",
        }
    }

    /// Returns the engine of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|dialect| dialect.as_str().eq_ignore_ascii_case(word.trim()))
    }

    fn has_backticks(self) -> bool {
        matches!(self, Self::Spark | Self::Databricks | Self::BigQuery)
    }

    fn has_backslashes(self) -> bool {
        matches!(self, Self::Spark | Self::Databricks | Self::Snowflake | Self::BigQuery)
    }

    /// Returns a name as it is written in a query, to the letter.
    #[must_use]
    pub(super) fn exact(self, name: &str) -> String {
        match self {
            Self::BigQuery => format!("`{}`", escaped(name, '`')),
            _ if self.has_backticks() => format!("`{}`", name.replace('`', "``")),
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// Returns a column's name as it is written in a query.
    ///
    /// # Errors
    /// Where it can be no name.
    pub fn column(self, given: &str) -> Result<String, NameError> {
        match self.unquoted(given)? {
            Some(name) => Ok(self.exact(&name)),
            None => self.folded(given),
        }
    }

    /// Returns a table's name, its parts joined by dots; in DuckDB, a file too.
    ///
    /// # Errors
    /// Where it can be no name.
    pub fn table(self, given: &str) -> Result<String, NameError> {
        if given.contains('\0') {
            return Err(NameError::Nul);
        }
        let is_file = [".parquet", ".csv", ".csv.gz", ".json", ".jsonl"].iter().any(|end| given.ends_with(end));
        if self == Self::DuckDb && (is_file || given.contains("://")) {
            return Ok(self.text(given));
        }
        let parts = self.parts(given)?;
        let parts: Result<Vec<String>, NameError> = parts.iter().map(|part| self.column(part)).collect();
        Ok(parts?.join("."))
    }

    /// Returns the name of another table in the same place.
    pub(super) fn beside(self, given: &str, name: &str) -> Result<String, NameError> {
        let mut parts = self.parts(given)?;
        parts.pop();
        parts.push(name.to_owned());
        self.table(&parts.join("."))
    }

    /// Parts a name at its dots, but for those in quotation marks.
    fn parts(self, given: &str) -> Result<Vec<String>, NameError> {
        let mut parts = vec![String::new()];
        let mut open: Option<char> = None;
        for one in given.chars() {
            match (open, one) {
                (None, '.') => {
                    parts.push(String::new());
                    continue;
                }
                (None, '"' | '`') => open = Some(one),
                (Some(mark), one) if mark == one => open = None,
                _ => {}
            }
            if let Some(last) = parts.last_mut() {
                last.push(one);
            }
        }
        if open.is_some() {
            return Err(NameError::Quotes);
        }
        Ok(parts)
    }

    /// Returns what a name in quotation marks says; `None` for one without.
    fn unquoted(self, given: &str) -> Result<Option<String>, NameError> {
        if given.contains('\0') {
            return Err(NameError::Nul);
        }
        let Some(mark) = given.chars().next().filter(|mark| matches!(mark, '"' | '`')) else { return Ok(None) };
        let inner = given.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark)).ok_or(NameError::Quotes)?;
        let halves = inner.replace(&format!("{mark}{mark}"), "");
        if halves.contains(mark) {
            return Err(NameError::Quotes);
        }
        if inner.is_empty() {
            return Err(NameError::Empty);
        }
        Ok(Some(inner.replace(&format!("{mark}{mark}"), &mark.to_string())))
    }

    /// Writes a plain name as the engine folds it, so that it needs no care for words that are taken.
    fn folded(self, given: &str) -> Result<String, NameError> {
        if given.is_empty() {
            return Err(NameError::Empty);
        }
        let is_plain = given.chars().all(|one| one.is_ascii_alphanumeric() || one == '_' || one == '$')
            && !given.starts_with(|one: char| one.is_ascii_digit() || one == '$');
        Ok(match self {
            Self::Snowflake if is_plain => self.exact(&given.to_ascii_uppercase()),
            Self::Postgres if is_plain => self.exact(&given.to_ascii_lowercase()),
            _ => self.exact(given),
        })
    }

    /// Returns the name of a column of ours in a table that the engine holds.
    pub(super) fn ours(self, name: &str) -> String {
        match self {
            Self::Snowflake => self.exact(&name.to_ascii_uppercase()),
            _ => self.exact(name),
        }
    }

    /// Returns a text as it is written in a query.
    #[must_use]
    pub fn text(self, text: &str) -> String {
        match self {
            Self::BigQuery | Self::Spark | Self::Databricks => format!("'{}'", escaped(text, '\'')),
            _ if self.has_backslashes() => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
            _ => format!("'{}'", text.replace('\'', "''")),
        }
    }

    /// Returns the type of texts.
    #[must_use]
    pub(super) fn text_type(self) -> &'static str {
        match self {
            Self::DuckDb | Self::Snowflake | Self::Trino => "VARCHAR",
            Self::Spark | Self::Databricks | Self::BigQuery => "STRING",
            Self::Postgres => "TEXT",
        }
    }

    /// Returns the type of whole numbers.
    #[must_use]
    pub(super) fn number_type(self) -> &'static str {
        if self == Self::BigQuery { "INT64" } else { "BIGINT" }
    }

    /// Returns the type of numbers with a fraction.
    #[must_use]
    pub(super) fn real_type(self) -> &'static str {
        match self {
            Self::BigQuery => "FLOAT64",
            Self::Postgres => "DOUBLE PRECISION",
            _ => "DOUBLE",
        }
    }

    /// Returns a column as text that is compared byte for byte.
    #[must_use]
    pub(super) fn as_text(self, column: &str) -> String {
        let text = format!("CAST({column} AS {})", self.text_type());
        match self {
            // A column may have an order of its own, in which `A` equals `a`.
            Self::Snowflake | Self::BigQuery => format!("COLLATE({text}, '')"),
            Self::Postgres => format!("{text} COLLATE \"C\""),
            _ => text,
        }
    }

    /// Returns a column as a whole number from 0 on; 1 where it is none.
    #[must_use]
    pub(super) fn as_quantity(self, column: &str) -> String {
        let text = format!("CAST({column} AS {})", self.text_type());
        let number = match self {
            Self::DuckDb | Self::Spark | Self::Databricks | Self::Trino => format!("TRY_CAST({text} AS BIGINT)"),
            Self::Snowflake => format!("TRY_TO_NUMBER({text})"),
            Self::BigQuery => format!("SAFE_CAST({text} AS INT64)"),
            Self::Postgres => return format!("CASE WHEN {text} ~ '^[0-9]{{1,18}}$' THEN CAST({text} AS BIGINT) ELSE 1 END"),
        };
        format!("CASE WHEN {number} >= 0 THEN {number} ELSE 1 END")
    }

    /// Returns the statement that writes what a query gives to an address.
    pub(super) fn written(self, query: &str, to: &str, written: Written, table: &str) -> Result<String, NameError> {
        let (uri, word) = (self.text(to), written.word());
        let inner = query.trim_end();
        let indented = || inner.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
        Ok(match self {
            Self::DuckDb => {
                let header = if written == Written::Csv { ", HEADER" } else { "" };
                format!("COPY (\n{}\n) TO {uri} (FORMAT {word}{header});\n", indented())
            }
            Self::Spark | Self::Databricks => {
                let options = if written == Written::Csv {
                    "\nOPTIONS ('header' = 'true', 'quoteAll' = 'true', 'escape' = '\"')"
                } else {
                    ""
                };
                format!("INSERT OVERWRITE DIRECTORY {uri}\nUSING {word}{options}\n{inner};\n")
            }
            Self::Snowflake => {
                let format = match written {
                    Written::Parquet => "TYPE = PARQUET",
                    Written::Csv => "TYPE = CSV, FIELD_OPTIONALLY_ENCLOSED_BY = '\"', NULL_IF = ('')",
                };
                // A stage (`@…`) is no text.
                let to = if is_stage(to) { to.to_owned() } else { uri };
                format!("COPY INTO {to}\nFROM (\n{}\n)\nFILE_FORMAT = ({format})\nHEADER = TRUE\nOVERWRITE = TRUE;\n", indented())
            }
            Self::Trino => {
                let name = self.beside(table, "interdict_result")?;
                let format = if written == Written::Csv { "CSV" } else { "PARQUET" };
                format!("CREATE TABLE {name}\nWITH (format = '{format}', external_location = {uri})\nAS\n{inner};\n")
            }
            Self::BigQuery => {
                let format = if written == Written::Csv { "CSV', header = true" } else { "PARQUET'" };
                format!("EXPORT DATA OPTIONS (uri = {uri}, format = '{format}, overwrite = true) AS\n{inner};\n")
            }
            Self::Postgres => format!("COPY (\n{}\n) TO {uri} WITH (FORMAT csv, HEADER);\n", indented()),
        })
    }
}

/// Returns whether an address is a stage of Snowflake, of letters that mean nothing else.
pub(super) fn is_stage(text: &str) -> bool {
    let plain = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '.' | '/' | '~' | '%' | '@');
    text.starts_with('@') && text.len() > 1 && text.chars().all(plain) && !text.contains("--")
}

/// Escapes a text with backslashes.
fn escaped(text: &str, mark: char) -> String {
    let mut escaped = String::new();
    for one in text.chars() {
        match one {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            one if one == mark || one == '\\' => escaped.extend(['\\', one]),
            one => escaped.push(one),
        }
    }
    escaped
}
