//! The query for the distinct items of a fleet, and the columns that say what an item is.

use super::dialect::{Dialect, NameError, Written};
use super::{FIELDS, NULLS, bit, column};
use crate::inventory::Field;

/// A fleet's table, and which of its columns is which field.
#[derive(Clone, Debug)]
pub struct Table {
    dialect: Dialect,
    /// Its name as given.
    given: String,
    /// Its name as a query has it.
    name: String,
    /// The fields that decide, in their order, with their columns as a query has them.
    identity: Vec<(Field, String)>,
    /// Other fields.
    others: Vec<(Field, String)>,
}

/// Why a fleet's table cannot be asked.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TableError {
    /// The table's name is none.
    #[error("`{}` is no name of a table: {error}", crate::diag::printable(.name))]
    Table {
        /// As given.
        name: String,
        /// Why.
        error: NameError,
    },
    /// A column's name is none.
    #[error("`{}` is no name of a column: {error}", crate::diag::printable(.name))]
    Column {
        /// As given.
        name: String,
        /// Why.
        error: NameError,
    },
    /// A field is given twice.
    #[error("two columns are given for `{0}`")]
    Twice(Field),
    /// No column says what the items are.
    #[error("no column is given that says what the items are")]
    Nothing,
}

impl Table {
    /// Reads the names.
    ///
    /// # Errors
    /// Where a name is none, or no column says what the items are.
    pub fn new(dialect: Dialect, table: &str, columns: &[(Field, String)]) -> Result<Self, TableError> {
        let name = dialect.table(table).map_err(|error| TableError::Table { name: table.to_owned(), error })?;
        let (mut identity, mut others) = (Vec::new(), Vec::new());
        for (field, given) in columns {
            let quoted = dialect.column(given).map_err(|error| TableError::Column { name: given.clone(), error })?;
            let list = if bit(*field).is_some() { &mut identity } else { &mut others };
            if list.iter().any(|(other, _)| other == field) {
                return Err(TableError::Twice(*field));
            }
            list.push((*field, quoted));
        }
        identity.sort_by_key(|(field, _)| FIELDS.iter().position(|other| other == field));
        let says_what = |field: &Field| {
            matches!(field, Field::Product | Field::Cpe | Field::Purl | Field::BundleId | Field::PackageId | Field::Vendor)
        };
        if !identity.iter().any(|(field, _)| says_what(field)) {
            return Err(TableError::Nothing);
        }
        Ok(Self { dialect, given: table.to_owned(), name, identity, others })
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the fields that decide.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        self.identity.iter().map(|&(field, _)| field)
    }

    /// Returns the fields that were given and decide nothing.
    pub fn others(&self) -> impl Iterator<Item = Field> {
        self.others.iter().map(|&(field, _)| field)
    }

    /// Returns a column that decides nothing.
    pub(super) fn other(&self, field: Field) -> Option<&str> {
        self.others.iter().find(|(other, _)| *other == field).map(|(_, column)| column.as_str())
    }

    /// Returns the columns that decide, as texts.
    pub(super) fn texts(&self) -> impl Iterator<Item = (Field, String)> {
        self.identity.iter().map(|(field, column)| (*field, self.dialect.as_text(column)))
    }

    /// Returns the number that says which of the columns are NULL.
    pub(super) fn nulls(&self) -> String {
        let one = |(field, column): &(Field, String)| {
            let bit = bit(*field).unwrap_or_default();
            format!("CASE WHEN {column} IS NULL THEN {bit} ELSE 0 END")
        };
        self.identity.iter().map(one).collect::<Vec<_>>().join("\n    + ")
    }

    /// Returns the query for the distinct items; written to an address where one is given.
    ///
    /// # Errors
    /// Where no table can be named for the result.
    pub fn distinct(&self, write: Option<(&str, Written)>) -> Result<String, TableError> {
        let (dialect, ours) = (self.dialect, |name: &str| self.dialect.exact(name));
        let mut lines: Vec<String> = self.texts().map(|(field, text)| format!("  {text} AS {}", ours(&column(field)))).collect();
        lines.push(format!("  CAST({} AS {}) AS {}", self.nulls(), dialect.text_type(), ours(NULLS)));
        let query = format!("SELECT DISTINCT\n{}\nFROM {}\n", lines.join(",\n"), self.name);
        self.finished(query, write)
    }

    /// Ends a query, or has its result written.
    pub(super) fn finished(&self, query: String, write: Option<(&str, Written)>) -> Result<String, TableError> {
        match write {
            None => Ok(format!("{};\n", query.trim_end())),
            Some((to, written)) => self
                .dialect
                .written(&query, to, written, &self.given)
                .map_err(|error| TableError::Table { name: self.given.clone(), error }),
        }
    }
}
