//! The queries that bring verdicts back to the rows: counts, and an export for a report.
//!
//! The day, the place and the audience are three texts at the top. A row meets the verdict of its item
//! by plain equalities: the texts where they are not NULL, and which of them are NULL. What has no
//! verdict is counted as `not-evaluated`; it is never taken for clear.

use super::dialect::Written;
use super::distinct::{Table, TableError};
use super::{NULLS, column, columns};
use crate::inventory::Field;

/// What rows without a verdict are counted as.
pub const NOT_EVALUATED: &str = "not-evaluated";

/// What is asked of the verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Rows by act and status.
    Acts,
    /// Rows by place and worst status.
    Places,
    /// Rows by asset and worst status, but for those that are clear.
    Assets,
    /// What a report is made of.
    Export,
}

/// The day, and who asks, as the verdicts name them.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// The day, `YYYY-MM-DD`.
    pub as_of: String,
    /// The organisation's places as one word.
    pub place: String,
    /// Its audiences as one word.
    pub audience: String,
}

/// Why a query cannot be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum JoinError {
    /// A name is none.
    #[error(transparent)]
    Table(#[from] TableError),
    /// What is to be counted by is not given.
    #[error("no column is given for `{0}`, which the rows are to be counted by")]
    Missing(Field),
}

/// Columns of an export besides those that say what an item is, in their order; the flag tells numbers.
pub const EXPORTED: [&str; 17] = [
    "interdict_fleet",
    "kind",
    "as_of",
    "place",
    "audience",
    "columns",
    "pack_digest",
    "terms",
    "status",
    "acts",
    "other_audiences",
    NULLS,
    "asset",
    "owner",
    "rows",
    "assets",
    "quantity",
];

/// The version of the export's columns.
pub const EXPORT_VERSION: &str = "1";

impl Table {
    /// Returns the query that joins the verdicts to the rows.
    ///
    /// # Errors
    /// Where a name is none, or the column to count by is not given.
    pub fn join(
        &self,
        verdicts: &str,
        parameters: &Parameters,
        asked: Asked,
        write: Option<(&str, Written)>,
    ) -> Result<String, JoinError> {
        let named = self.dialect().table(verdicts).map_err(|error| TableError::Table { name: verdicts.to_owned(), error })?;
        let query = match asked {
            Asked::Acts => self.by_act(&named, parameters),
            Asked::Places => self.by(Field::Location, &named, parameters)?,
            Asked::Assets => self.by(Field::Asset, &named, parameters)?,
            Asked::Export => self.export(&named, parameters),
        };
        Ok(self.finished(query, write)?)
    }

    /// The parameters: three texts to edit.
    fn parameters(&self, parameters: &Parameters) -> String {
        let (dialect, name) = (self.dialect(), |name: &str| self.dialect().exact(name));
        let Parameters { as_of, place, audience } = parameters;
        let text = |value: &str, as_name: &str| format!("{} AS {}", dialect.text(value), name(as_name));
        format!(
            "{} AS (\n  SELECT {}, {}, {}\n)",
            name("params"),
            text(as_of, "as_of"),
            text(place, "place"),
            text(audience, "audience")
        )
    }

    /// The fleet: what its rows are, where NULL is the empty text and a bit of a number.
    fn rows(&self) -> String {
        let (dialect, name) = (self.dialect(), |name: &str| self.dialect().exact(name));
        let mut lines: Vec<String> =
            self.texts().map(|(field, text)| format!("COALESCE({text}, '') AS {}", name(&column(field)))).collect();
        lines.push(format!("{} AS {}", self.nulls(), name(NULLS)));
        for field in [Field::Asset, Field::Owner] {
            let text =
                self.other(field).map_or_else(|| "''".to_owned(), |column| format!("COALESCE({}, '')", dialect.as_text(column)));
            lines.push(format!("{text} AS {}", name(&column(field))));
        }
        let quantity = self.other(Field::Quantity).map_or_else(|| "1".to_owned(), |column| dialect.as_quantity(column));
        lines.push(format!("{quantity} AS {}", name("quantity")));
        format!("{} AS (\n  SELECT\n    {}\n  FROM {}\n)", name("fleet"), lines.join(",\n    "), self.name())
    }

    /// The verdicts of the day, for whoever asks.
    fn verdicts(&self, verdicts: &str, also: &[&str], which: &str) -> String {
        let (dialect, name) = (self.dialect(), |name: &str| self.dialect().exact(name));
        let theirs = |column: &str| format!("v.{}", dialect.ours(column));
        let mut lines: Vec<String> = self
            .fields()
            .map(|field| {
                let column = column(field);
                format!("COALESCE({}, '') AS {}", dialect.as_text(&theirs(&column)), name(&column))
            })
            .collect();
        lines.push(format!("CAST({} AS {}) AS {}", theirs(NULLS), dialect.number_type(), name(NULLS)));
        lines.extend(also.iter().map(|column| format!("{} AS {}", theirs(column), name(column))));
        let day = |column: &str| format!("CAST({} AS DATE)", theirs(column));
        let as_of = format!("CAST(p.{} AS DATE)", name("as_of"));
        let given = dialect.text(&columns(self.fields()));
        let conditions = [
            format!("{} = p.{}", theirs("for_place"), name("place")),
            format!("{} = p.{}", theirs("for_audience"), name("audience")),
            format!("{} = {given}", theirs("columns")),
            which.to_owned(),
            format!("({} IS NULL OR {} <= {as_of})", theirs("valid_from"), day("valid_from")),
            format!("({} IS NULL OR {as_of} < {})", theirs("valid_until"), day("valid_until")),
        ];
        format!(
            "{} AS (\n  SELECT DISTINCT\n    {}\n  FROM {verdicts} v\n  CROSS JOIN {} p\n  WHERE {}\n)",
            name("verdict"),
            lines.join(",\n    "),
            name("params"),
            conditions.join("\n    AND ")
        )
    }

    /// The condition by which a row meets the verdict of its item.
    fn meet(&self) -> String {
        let name = |name: &str| self.dialect().exact(name);
        let equal = |column: &str| format!("f.{0} = v.{0}", name(column));
        let conditions: Vec<String> =
            std::iter::once(equal(NULLS)).chain(self.fields().map(|field| equal(&column(field)))).collect();
        conditions.join("\n  AND ")
    }

    fn status(&self) -> String {
        format!("COALESCE(v.{}, '{NOT_EVALUATED}')", self.dialect().exact("status"))
    }

    fn by_act(&self, verdicts: &str, parameters: &Parameters) -> String {
        let (dialect, name) = (self.dialect(), |name: &str| self.dialect().exact(name));
        let theirs = |column: &str| format!("v.{}", dialect.ours(column));
        // Each finding once, by the first of its measures; and items with no finding at all.
        let which = format!(
            "({0} = 'finding' AND {1} = 1 OR {0} = 'item' AND {2} IS NULL)",
            theirs("kind"),
            theirs("part"),
            theirs("acts")
        );
        let assets = match self.other(Field::Asset) {
            Some(_) => format!("\n  COUNT(DISTINCT NULLIF(f.{}, '')) AS {},", name("asset"), name("assets")),
            None => String::new(),
        };
        format!(
            "WITH {},\n{},\n{}\nSELECT\n  v.{act} AS {act},\n  {status} AS {},\n  COUNT(*) AS {},{assets}\n  SUM(f.{quantity}) AS \
             {quantity},\n  v.{digest} AS {digest}\nFROM {} f\nLEFT JOIN {} v\n  ON {}\nGROUP BY v.{act}, {status}, v.{digest}\nORDER BY \
             1, 2, 3\n",
            self.parameters(parameters),
            self.rows(),
            self.verdicts(verdicts, &["act", "status", "pack_digest"], &which),
            name("status"),
            name("rows"),
            name("fleet"),
            name("verdict"),
            self.meet(),
            act = name("act"),
            status = self.status(),
            quantity = name("quantity"),
            digest = name("pack_digest"),
        )
    }

    fn by(&self, field: Field, verdicts: &str, parameters: &Parameters) -> Result<String, JoinError> {
        let (dialect, name) = (self.dialect(), |name: &str| self.dialect().exact(name));
        let is_given = self.fields().chain(self.others()).any(|other| other == field);
        if !is_given {
            return Err(JoinError::Missing(field));
        }
        let which = format!("v.{} = 'item'", dialect.ours("kind"));
        let clear = if field == Field::Asset { format!("\nWHERE {} <> 'clear'", self.status()) } else { String::new() };
        Ok(format!(
            "WITH {},\n{},\n{}\nSELECT\n  f.{by} AS {by},\n  {status} AS {},\n  COUNT(*) AS {},\n  SUM(f.{quantity}) AS {quantity},\n  \
             v.{digest} AS {digest}\nFROM {} f\nLEFT JOIN {} v\n  ON {}{clear}\nGROUP BY f.{by}, {status}, v.{digest}\nORDER BY 1, 2, 3\n",
            self.parameters(parameters),
            self.rows(),
            self.verdicts(verdicts, &["status", "pack_digest"], &which),
            name("status"),
            name("rows"),
            name("fleet"),
            name("verdict"),
            self.meet(),
            by = name(&column(field)),
            status = self.status(),
            quantity = name("quantity"),
            digest = name("pack_digest"),
        ))
    }

    /// Four kinds of row: the fleet as a whole, its rows by status and by place, and each item on each asset of which
    /// there is something to say.
    fn export(&self, verdicts: &str, parameters: &Parameters) -> String {
        let (dialect, name) = (self.dialect(), |name: &str| self.dialect().exact(name));
        let which = format!("v.{} = 'item'", dialect.ours("kind"));
        let nothing = format!("CAST(NULL AS {})", dialect.text_type());
        // Every engine writes numbers in another way; texts are the same in all.
        let number = |value: &str| format!("CAST(CAST({value} AS {}) AS {})", dialect.number_type(), dialect.text_type());
        let identity: Vec<String> = self.fields().map(column).collect();
        let all: Vec<&str> = EXPORTED[..12]
            .iter()
            .copied()
            .chain(identity.iter().map(String::as_str))
            .chain(EXPORTED[12..].iter().copied())
            .collect();
        let part = |kind: &str, rest: &str, value: &dyn Fn(&str) -> String| {
            let line = |&column: &&str| {
                let value = match column {
                    "interdict_fleet" => dialect.text(EXPORT_VERSION),
                    "kind" => dialect.text(kind),
                    "columns" => dialect.text(&columns(self.fields())),
                    "as_of" | "place" | "audience" => format!("(SELECT p.{0} FROM {1} p)", name(column), name("params")),
                    other => value(other),
                };
                format!("{value} AS {}", name(column))
            };
            format!("SELECT\n  {}\n{rest}", all.iter().map(line).collect::<Vec<_>>().join(",\n  "))
        };
        let (all_rows, blank) = (number("COUNT(*)"), |_: &str| nothing.clone());
        let summed = |of: char| number(&format!("SUM({of}.{})", name("quantity")));
        let fleet = part("fleet", &format!("FROM {} f", name("fleet")), &|column| match column {
            "rows" => all_rows.clone(),
            "assets" => number(&format!("COUNT(DISTINCT NULLIF(f.{}, ''))", name("asset"))),
            "quantity" => summed('f'),
            other => blank(other),
        });
        let joined = format!("FROM {} j", name("joined"));
        let by_status =
            ["status", "other_audiences", "pack_digest", "terms"].map(|column| format!("j.{}", name(column))).join(", ");
        let status = part("status", &format!("{joined}\nGROUP BY {by_status}"), &|column| match column {
            "status" | "other_audiences" | "pack_digest" | "terms" => format!("j.{}", name(column)),
            "rows" => all_rows.clone(),
            "quantity" => summed('j'),
            other => blank(other),
        });
        let lies = [Field::Location, Field::Audience].map(column);
        let lies: Vec<&str> =
            lies.iter().map(String::as_str).filter(|column| identity.iter().any(|other| other == column)).collect();
        let by_place = lies.iter().map(|column| format!("f.{}", name(column))).collect::<Vec<_>>().join(", ");
        let by_place = if by_place.is_empty() { by_place } else { format!("\nGROUP BY {by_place}") };
        let place = part("place", &format!("FROM {} f{by_place}", name("fleet")), &|column| match column {
            "rows" => all_rows.clone(),
            other if lies.contains(&other) => format!("f.{}", name(other)),
            other => blank(other),
        });
        let mut by_item: Vec<&str> = vec!["status", "acts", "pack_digest", "terms", NULLS, "asset", "owner"];
        by_item.extend(identity.iter().map(String::as_str));
        let group = by_item.iter().map(|column| format!("j.{}", name(column))).collect::<Vec<_>>().join(", ");
        let found = format!("WHERE j.{} IS NOT NULL", name("acts"));
        let item = part("item", &format!("{joined}\n{found}\nGROUP BY {group}"), &|column| match column {
            NULLS => format!("CAST(j.{} AS {})", name(column), dialect.text_type()),
            "rows" => all_rows.clone(),
            "quantity" => summed('j'),
            other if by_item.contains(&other) => format!("j.{}", name(other)),
            other => blank(other),
        });
        let also = ["status", "acts", "other_audiences", "pack_digest", "terms"];
        let own: Vec<String> = identity
            .iter()
            .map(String::as_str)
            .chain([NULLS, "asset", "owner", "quantity"])
            .map(|column| format!("f.{}", name(column)))
            .collect();
        let theirs: Vec<String> = also[1..].iter().map(|column| format!("v.{}", name(column))).collect();
        format!(
            "WITH {},\n{},\n{},\n{} AS (\n  SELECT\n    {},\n    {} AS {},\n    {}\n  FROM {} f\n  LEFT JOIN {} v\n    ON {}\n)\n{fleet}\nUNION \
             ALL\n{status}\nUNION ALL\n{place}\nUNION ALL\n{item}\n",
            self.parameters(parameters),
            self.rows(),
            self.verdicts(verdicts, &also, &which),
            name("joined"),
            own.join(", "),
            self.status(),
            name("status"),
            theirs.join(", "),
            name("fleet"),
            name("verdict"),
            self.meet().replace('\n', "\n  "),
        )
    }
}
