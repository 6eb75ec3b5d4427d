//! JSON lines in our own schema: one object a line, for whoever can write what they like.
//!
//! Each line stands alone: one that is damaged is an unread entry, and reading goes on.

use std::fmt;
use std::io::{self, Write};

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

use super::records::{Records, Step};
use super::sniff::Input;
use super::{Error, Kept, Options, Reader, Sink, Understood, Unread, clip, dates};
use crate::model::{DependencyPath, IdentifierKind, Row};

/// One item. Every key may be left out; an item without vendor, product and identifiers counts as
/// unidentified.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Line {
    /// Who makes or publishes the product.
    pub vendor: Option<String>,
    /// Product name as displayed.
    pub product: Option<String>,
    /// Version, as a text.
    pub version: Option<String>,
    /// The machine, image, site or person that has the item.
    pub asset: Option<String>,
    /// Where the asset is: a code such as `US` or `US-TX`, or a country's name.
    pub location: Option<String>,
    /// Audience that the asset belongs to, such as `federal-government`.
    pub audience: Option<String>,
    /// Who answers for the asset.
    pub owner: Option<String>,
    /// How many; 1 where left out.
    pub quantity: Option<u64>,
    /// When it was acquired, as `YYYY-MM-DD`.
    #[schemars(extend("format" = "date"))]
    pub acquired: Option<String>,
    /// When it is to be renewed, as `YYYY-MM-DD`.
    #[schemars(extend("format" = "date"))]
    pub renewal: Option<String>,
    /// Who sold it. Kept for people: a reseller makes nothing, so nothing is held against it.
    pub supplier: Option<String>,
    /// Common Platform Enumeration names.
    pub cpe: Texts,
    /// Package URLs.
    pub purl: Texts,
    /// Reverse-domain ids of macOS or mobile applications.
    pub bundle_id: Texts,
    /// Ids in package managers or application stores.
    pub package_id: Texts,
    /// Subjects of the certificates that signed it.
    pub signer: Texts,
}

/// One text or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Texts(pub Vec<String>);

impl JsonSchema for Texts {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Texts".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "One text or several.",
            "type": ["string", "array", "null"],
            "items": { "type": "string" }
        })
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.to_owned()]))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Texts, E> {
                Ok(Texts::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = entries.next_element()? {
                    texts.push(text);
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

/// Keys that tell a line of ours from other JSON.
const TELLING: &[&str] = &["product", "vendor", "purl", "cpe", "bundle-id", "package-id"];

/// Every key of a line.
const KEYS: &[&str] = &[
    "vendor",
    "product",
    "version",
    "asset",
    "location",
    "audience",
    "quantity",
    "acquired",
    "renewal",
    "owner",
    "supplier",
    "cpe",
    "purl",
    "bundle-id",
    "package-id",
    "signer",
];

/// Reads JSON lines.
pub(super) struct JsonLines;

impl Reader for JsonLines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn description(&self) -> &'static str {
        "JSON lines in the schema of `interdict schema inventory`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        if input.first_byte() != Some(b'{') {
            return false;
        }
        let lines = input.head.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        // Other tools write a vendor too; ours are lines most of whose keys are ours.
        let is_ours = |line: &[u8]| match serde_json::from_slice::<serde_json::Value>(line) {
            Ok(serde_json::Value::Object(keys)) => {
                let known = keys.keys().filter(|key| KEYS.contains(&key.as_str())).count();
                TELLING.iter().any(|&key| keys.contains_key(key)) && known * 2 >= keys.len()
            }
            _ => false,
        };
        lines.take(20).any(is_ours)
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut records = Records::lines(input.into_reader());
        while let Some(step) = records.step().map_err(Error::read)? {
            let line = records.line();
            match step {
                Step::Empty => {}
                Step::Broken(broken) => sink.unread(Unread::at(line, broken.reason().replace("row", "line"))),
                Step::Record if records.bytes().trim_ascii().is_empty() => {}
                Step::Record => match read_line(records.bytes()) {
                    Ok((item, dates)) => item.hand_on(dates, line, sink),
                    Err((column, reason)) => sink.unread(Unread { line: Some(line), column, reason }),
                },
            }
        }
        Ok(understood)
    }
}

type Dates = [Option<NaiveDate>; 2];

/// Reads one line, or says in which column or field it fails, and why.
fn read_line(bytes: &[u8]) -> Result<(Line, Dates), (Option<String>, String)> {
    let item: Line = serde_json::from_slice(bytes).map_err(|error| {
        let text = error.to_string();
        let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
        let reason = format!("the line is not an item of our schema: {}", clip::clip(what, 100));
        ((error.column() > 0).then(|| error.column().to_string()), reason)
    })?;
    let date = |field: &str, text: &Option<String>| match text.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => dates::iso(text)
            .map(Some)
            .ok_or_else(|| (Some(field.to_owned()), format!("`{field}` is {}, not a date such as 2024-08-20", clip::quote(text)))),
    };
    let dates = [date("acquired", &item.acquired)?, date("renewal", &item.renewal)?];
    Ok((item, dates))
}

impl Line {
    fn hand_on(&self, [acquired, renewal]: Dates, line: u64, sink: &mut dyn Sink) {
        let text = |text: &'_ Option<String>| -> String { text.as_deref().unwrap_or_default().trim().to_owned() };
        let lists = [
            (IdentifierKind::Cpe, &self.cpe),
            (IdentifierKind::Purl, &self.purl),
            (IdentifierKind::BundleId, &self.bundle_id),
            (IdentifierKind::PackageId, &self.package_id),
            (IdentifierKind::Signer, &self.signer),
        ];
        let identifiers = lists.iter().flat_map(|&(kind, texts)| texts.0.iter().map(move |text| (kind, text.trim())));
        let identifiers: Vec<_> = identifiers.filter(|(_, text)| !text.is_empty()).collect();
        sink.row(&Row {
            vendor: &text(&self.vendor),
            product: &text(&self.product),
            version: &text(&self.version),
            identifiers: &identifiers,
            asset: &text(&self.asset),
            location: &text(&self.location),
            audience: &text(&self.audience),
            owner: &text(&self.owner),
            quantity: self.quantity.unwrap_or(1),
            acquired,
            renewal,
            line,
        });
    }
}

/// Writes the rows of other inventories as lines of our schema, in their order.
///
/// Unread entries and remarks are gathered, for whoever wrote what was read.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    asset: String,
    /// Rows written.
    pub rows: u64,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// Remarks on what was read.
    pub remarks: Vec<String>,
    failure: Option<io::Error>,
}

impl<W: Write> Writer<W> {
    /// Writes to `out`; rows that name no asset are of `asset`.
    pub fn new(out: W, asset: impl Into<String>) -> Self {
        Self { out, asset: asset.into(), rows: 0, unread: Vec::new(), remarks: Vec::new(), failure: None }
    }

    /// Ends the writing.
    ///
    /// # Errors
    /// The first one that `out` gave.
    pub fn finish(mut self) -> io::Result<(W, Vec<Unread>, Vec<String>)> {
        self.out.flush()?;
        match self.failure {
            Some(error) => Err(error),
            None => Ok((self.out, self.unread, self.remarks)),
        }
    }

    fn line(&self, row: &Row<'_>) -> serde_json::Map<String, serde_json::Value> {
        let mut line = serde_json::Map::new();
        let asset = if row.asset.is_empty() { self.asset.as_str() } else { row.asset };
        let texts = [
            ("vendor", row.vendor),
            ("product", row.product),
            ("version", row.version),
            ("asset", asset),
            ("location", row.location),
            ("audience", row.audience),
        ];
        for (key, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            line.insert(key.to_owned(), text.into());
        }
        if row.quantity != 1 {
            line.insert("quantity".to_owned(), row.quantity.into());
        }
        for (key, day) in [("acquired", row.acquired), ("renewal", row.renewal)] {
            if let Some(day) = day {
                line.insert(key.to_owned(), day.to_string().into());
            }
        }
        for &(kind, text) in row.identifiers {
            let texts = line.entry(kind.as_str()).or_insert_with(|| serde_json::Value::Array(Vec::new()));
            if let serde_json::Value::Array(texts) = texts {
                texts.push(text.into());
            }
        }
        line
    }
}

impl<W: Write> Sink for Writer<W> {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        self.rows += 1;
        let line = self.line(row);
        let written = serde_json::to_writer(&mut self.out, &line).map_err(io::Error::from).and_then(|()| self.out.write_all(b"\n"));
        if let Err(error) = written {
            self.failure.get_or_insert(error);
        }
        None
    }

    fn path(&mut self, _: Kept, _: DependencyPath) {}

    fn unread(&mut self, unread: Unread) {
        self.unread.push(unread);
    }

    fn remark(&mut self, remark: String) {
        self.remarks.push(remark);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Gathered, gather};
    use super::*;

    fn read(text: &str) -> Gathered {
        gather("x.jsonl", text.as_bytes(), &Options::default()).1
    }

    #[test]
    fn lines_are_read_one_by_one() {
        let found = read(concat!(
            "{\"vendor\": \"Kaspersky\", \"product\": \"Plus\", \"quantity\": 3, \"purl\": [\"pkg:a/b\", \"pkg:a/c\"], \"cpe\": \"cpe:/a:k:p\"}\n",
            "\n",
            "{\"product\": \"7-Zip\", \"acquired\": \"2024-08-20\", \"supplier\": \"Shop\"}\r\n",
            "{}\n",
        ));
        assert_eq!(found.unread, []);
        assert_eq!(found.rows.len(), 3);
        assert_eq!((found.rows[0].product.as_str(), found.rows[0].quantity), ("Plus", 3));
        assert_eq!(found.rows[0].identifiers.len(), 3);
        assert_eq!((found.rows[1].line, found.rows[1].acquired), (3, NaiveDate::from_ymd_opt(2024, 8, 20)));
        assert!(found.rows[2].product.is_empty());
    }

    #[test]
    fn a_bad_line_is_one_unread_entry() {
        let found = read(concat!(
            "{\"product\": \"a\"}\n",
            "{\"product\": \"b\", \"prodcut\": 1}\n",
            "{\"product\": \"c\", \"acquired\": \"20.08.2024\"}\n",
            "{\"product\": \"d\"\n",
            "[1]\n",
            "{\"product\": \"e\", \"cpe\": 5}\n",
            "{\"product\": \"f\"} {\"product\": \"g\"}\n",
            "{\"product\": \"h\"}",
        ));
        let lines: Vec<_> = found.unread.iter().filter_map(|unread| unread.line).collect();
        assert_eq!((lines, found.rows.len()), (vec![2, 3, 4, 5, 6, 7], 2));
        assert!(found.unread[0].reason.contains("unknown field `prodcut`"), "{:?}", found.unread[0]);
        assert_eq!(found.unread[1].column.as_deref(), Some("acquired"));
    }

    #[test]
    fn reasons_stay_short() {
        let found = read(&format!("{{\"product\": \"a\"}}\n{{\"{}\": 1}}\n", "x".repeat(5000)));
        assert!(found.unread[0].reason.len() < 200);
    }

    #[test]
    fn the_schema_names_every_key() {
        let schema = serde_json::to_value(schemars::schema_for!(Line)).expect("json");
        let keys = schema["properties"].as_object().expect("properties");
        assert!(keys.keys().all(|key| KEYS.contains(&key.as_str())) && keys.len() == KEYS.len());
        assert_eq!(schema["additionalProperties"], serde_json::json!(false));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = concat!(
            "{\"vendor\":\"Kaspersky\",\"product\":\"Plus \\\"x\\\"\",\"version\":\"21\",\"asset\":\"pc-1\",\"quantity\":3,",
            "\"acquired\":\"2024-08-20\",\"cpe\":[\"cpe:/a:k:p\"],\"package-id\":[\"a\",\"b\"]}\n{\"product\":\"7-Zip\",\"asset\":\"here\"}\n",
        );
        let mut writer = Writer::new(Vec::new(), "here");
        super::super::read("x", &mut text.replace(",\"asset\":\"here\"", "").as_bytes(), &Options::default(), &mut writer)
            .expect("read");
        let (bytes, unread, _) = writer.finish().expect("memory");
        assert_eq!((String::from_utf8(bytes).expect("text").as_str(), unread), (text, Vec::new()));
    }
}
