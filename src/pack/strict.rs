//! Strict reading of our TOML files: every problem of a file in one go, each at its place.
//!
//! Deserialising stops at the first problem. So the file is first held, value by value, against
//! the JSON Schema that the Rust types generate; what passes deserialises.

use std::any::type_name;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diag::{Code, Diagnostic, Diagnostics, Place, SourceId, nearest};
use crate::model::When;

/// Our files are small; a larger one is a mistake or an attack.
pub const MAX_BYTES: usize = 4 << 20;

/// Tables may nest so deep; ours need five levels.
const MAX_DEPTH: usize = 32;

/// Reads a TOML file as `T`. Every problem goes to `diagnostics`. What is wrong is left out, so that
/// the rest can still be looked at and all problems come out in one run; `None` where too little is
/// left. Whoever reads must therefore ask whether there were errors before using the value.
pub fn read<T: DeserializeOwned + JsonSchema>(text: &str, source: SourceId, diagnostics: &mut Diagnostics) -> Option<T> {
    let place = |span: std::ops::Range<usize>| Place::span(source, span);
    if text.len() > MAX_BYTES {
        diagnostics.push(
            Diagnostic::error(Code::TooLarge, format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len()))
                .at(place(0..0))
                .help("split it into several files"),
        );
        return None;
    }
    let (mut table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        diagnostics.extend(errors.into_iter().map(|error| {
            let span = error.span().unwrap_or(0..0);
            let help = syntax_help(error.message(), text, span.start);
            let mut diagnostic = Diagnostic::error(Code::Syntax, one_line(error.message())).at(place(span));
            diagnostic.help = help.map(str::to_owned);
            diagnostic
        }));
        return None;
    }
    let schema = schemars::schema_for!(T).to_value();
    let mut walk = Walk { root: &schema, source, found: Vec::new(), bad: BTreeMap::new() };
    walk.table(&schema, table.get_ref(), table.span(), 0);
    let Walk { found, bad, .. } = walk;
    let is_good = found.is_empty();
    diagnostics.extend(found);
    mend(table.get_mut(), &bad);
    match T::deserialize(toml::de::Deserializer::from(table)) {
        Ok(value) => Some(value),
        Err(_) if !is_good => None,
        Err(error) => {
            let message = one_line(error.message());
            debug_assert!(false, "{} and its schema disagree: {message}", type_name::<T>());
            diagnostics.push(Diagnostic::error(Code::WrongType, message).at(place(error.span().unwrap_or(0..0))));
            None
        }
    }
}

/// Returns what to do about a line that is no TOML, as far as its look tells.
fn syntax_help(message: &str, text: &str, at: usize) -> Option<&'static str> {
    let line = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let line = text[line..].lines().next().unwrap_or_default();
    let value = line.split_once('=').map_or("", |(_, value)| value.trim());
    if message.starts_with("invalid basic string") || message.starts_with("invalid literal string") {
        return Some("close the quote on the same line; a quote inside a text is written \\\"");
    }
    if value.starts_with(|first: char| first.is_ascii_digit()) && value.contains(['.', '/']) {
        return Some("a day is written year first, without quotes: 2024-07-20");
    }
    message.starts_with("string values must be quoted").then_some("put texts into double quotes")
}

/// Where a key or value is wrong, by its first byte, and a word that can stand in for it.
type Bad = BTreeMap<usize, Option<String>>;

/// Takes what is wrong out of a table, or puts an allowed word in its place.
fn mend(table: &mut DeTable<'_>, bad: &Bad) {
    if bad.is_empty() {
        return;
    }
    let is_bad = |key: usize, value: usize| bad.get(&key) == Some(&None) || bad.get(&value) == Some(&None);
    *table = std::mem::take(table).into_iter().filter(|(key, value)| !is_bad(key.span().start, value.span().start)).collect();
    for (_, value) in table.iter_mut() {
        mend_value(value, bad);
    }
}

fn mend_value(value: &mut Value<'_>, bad: &Bad) {
    let stand_in = bad.get(&value.span().start).cloned().flatten();
    match value.get_mut() {
        DeValue::Table(table) => mend(table, bad),
        DeValue::Array(values) => {
            let mut good = toml::de::DeArray::new();
            for value in std::mem::replace(values, toml::de::DeArray::new()) {
                if bad.get(&value.span().start) != Some(&None) {
                    good.push(value);
                }
            }
            *values = good;
            values.iter_mut().for_each(|value| mend_value(value, bad));
        }
        DeValue::String(text) => {
            if let Some(word) = stand_in {
                *text = word.into();
            }
        }
        _ => {}
    }
}

fn one_line(message: &str) -> String {
    message.lines().collect::<Vec<_>>().join(", ")
}

struct Walk<'a> {
    root: &'a Json,
    source: SourceId,
    found: Vec<Diagnostic>,
    bad: Bad,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl<'a> Walk<'a> {
    /// Follows references to the definition they name.
    fn resolve(&self, mut schema: &'a Json) -> &'a Json {
        while let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
            let Some(definition) = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)) else { break };
            schema = definition;
        }
        schema
    }

    fn problem(&mut self, diagnostic: Diagnostic, span: std::ops::Range<usize>) {
        // A missing key is no place in the file that could be mended.
        if !span.is_empty() {
            self.bad.entry(span.start).or_insert(None);
        }
        self.found.push(diagnostic.at(Place::span(self.source, span)));
    }

    fn table(&mut self, schema: &'a Json, table: &DeTable<'_>, span: std::ops::Range<usize>, depth: usize) {
        let schema = self.resolve(schema);
        let properties = schema.get("properties").and_then(Json::as_object);
        for (key, value) in table {
            let known = properties.and_then(|properties| properties.get(key.get_ref().as_ref()));
            match known.or_else(|| schema.get("additionalProperties").filter(|other| !other.is_boolean())) {
                Some(inner) => self.value(inner, value, depth + 1),
                None => self.unknown_key(properties, key.get_ref(), key.span()),
            }
        }
        let required = schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        let missing: Vec<_> = required.filter(|&key| !table.iter().any(|(known, _)| known.get_ref().as_ref() == key)).collect();
        for key in missing {
            let about = properties.and_then(|properties| properties.get(key)).and_then(|inner| self.about(inner));
            let mut diagnostic = Diagnostic::error(Code::MissingKey, format!("missing key `{key}`"));
            if let Some(about) = about {
                diagnostic = diagnostic.help(format!("`{key}`: {about}"));
            }
            // The whole table would be marked: its first line is enough.
            self.problem(diagnostic, span.start..span.start);
        }
    }

    fn unknown_key(&mut self, properties: Option<&serde_json::Map<String, Json>>, key: &str, span: std::ops::Range<usize>) {
        let known: Vec<&str> = properties.into_iter().flat_map(|properties| properties.keys()).map(String::as_str).collect();
        let help = match nearest(key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known keys here: {}", known.join(", ")),
        };
        self.problem(
            Diagnostic::error(Code::UnknownKey, format!("unknown key `{key}`")).label("not a key of this table").help(help),
            span,
        );
    }

    /// Returns the first sentence of a schema's description.
    fn about(&self, schema: &'a Json) -> Option<&'a str> {
        let own = schema.get("description").or_else(|| self.resolve(schema).get("description"));
        own.and_then(Json::as_str).and_then(|text| text.lines().next())
    }

    fn value(&mut self, schema: &'a Json, value: &Value<'_>, depth: usize) {
        if depth > MAX_DEPTH {
            return self.problem(Diagnostic::error(Code::Syntax, "values nest too deep"), value.span());
        }
        let schema = self.resolve(schema);
        if let Some(alternatives) = schema.get("anyOf").and_then(Json::as_array) {
            let fitting = alternatives.iter().find(|&inner| self.fits(self.resolve(inner), value.get_ref()));
            return match fitting {
                Some(inner) => self.value(inner, value, depth + 1),
                None => self.wrong_type(schema, value),
            };
        }
        if schema.get("x-date").is_some() {
            return self.date(schema, value);
        }
        if let Some(words) = words(schema) {
            return self.word(&words, value);
        }
        if !self.fits(schema, value.get_ref()) {
            return self.wrong_type(schema, value);
        }
        match value.get_ref() {
            DeValue::Table(table) => self.table(schema, table, value.span(), depth + 1),
            DeValue::Array(values) => {
                if let Some(items) = schema.get("items") {
                    for inner in values {
                        self.value(items, inner, depth + 1);
                    }
                }
            }
            DeValue::Integer(number) => {
                let minimum = schema.get("minimum").and_then(Json::as_i64);
                let parsed = i64::from_str_radix(&number.as_str().replace('_', ""), number.radix());
                if parsed.is_err() || minimum.zip(parsed.ok()).is_some_and(|(minimum, number)| number < minimum) {
                    self.problem(Diagnostic::error(Code::WrongType, "the number is out of range"), value.span());
                }
            }
            _ => {}
        }
    }

    fn fits(&self, schema: &Json, value: &DeValue<'_>) -> bool {
        if schema.get("x-date").is_some() {
            return matches!(value, DeValue::String(_) | DeValue::Datetime(_));
        }
        let name = match value {
            DeValue::String(_) => "string",
            DeValue::Integer(_) => "integer",
            DeValue::Float(_) => "number",
            DeValue::Boolean(_) => "boolean",
            DeValue::Datetime(_) => "date",
            DeValue::Array(_) => "array",
            DeValue::Table(_) => "object",
        };
        let is = |wanted: &str| wanted == name || (wanted == "number" && name == "integer");
        match schema.get("type") {
            Some(Json::String(wanted)) => is(wanted),
            Some(Json::Array(several)) => several.iter().filter_map(Json::as_str).any(is),
            _ => words(schema).is_none() || name == "string",
        }
    }

    fn wrong_type(&mut self, schema: &'a Json, value: &Value<'_>) {
        let kinds: Vec<_> = match schema.get("type") {
            Some(Json::String(one)) => vec![one.as_str()],
            Some(Json::Array(several)) => several.iter().filter_map(Json::as_str).filter(|&kind| kind != "null").collect(),
            _ => schema
                .get("anyOf")
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
                .filter_map(|inner| self.resolve(inner).get("type")?.as_str())
                .collect(),
        };
        let plain = |kind: &str| match kind {
            "string" => "a string",
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            "array" => "a list",
            "object" => "a table",
            _ => "another type",
        };
        let is_bare = matches!(value.get_ref(), DeValue::String(_)) && kinds.contains(&"array") && !kinds.contains(&"string");
        let wanted = kinds.into_iter().filter(|&kind| kind != "null").map(plain).collect::<Vec<_>>().join(" or ");
        let mut diagnostic = Diagnostic::error(Code::WrongType, format!("expected {wanted}, found {}", describe(value.get_ref())));
        if let (true, DeValue::String(text)) = (is_bare, value.get_ref()) {
            diagnostic = diagnostic.help(format!("put it into brackets: [\"{}\"]", cut(text)));
        }
        self.problem(diagnostic, value.span());
    }

    fn word(&mut self, words: &[&str], value: &Value<'_>) {
        let DeValue::String(text) = value.get_ref() else {
            let message = format!("expected one of {}, found {}", words.join(", "), describe(value.get_ref()));
            return self.problem(Diagnostic::error(Code::WrongType, message), value.span());
        };
        if words.contains(&text.as_ref()) {
            return;
        }
        let help = match nearest(text, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("allowed: {}", words.join(", ")),
        };
        self.bad.insert(value.span().start, words.first().map(|&word| word.to_owned()));
        self.problem(Diagnostic::error(Code::UnknownValue, format!("unknown word `{}`", cut(text))).help(help), value.span());
    }

    fn date(&mut self, schema: &Json, value: &Value<'_>) {
        let word = schema.get("x-word").and_then(Json::as_str);
        let help =
            "a day is a bare date (2024-07-20), a month or year a string (\"2024-07\", \"2024\"), a local time 2024-07-20T18:00:00";
        match value.get_ref() {
            DeValue::String(text) if word == Some(text.as_ref()) || When::parse(text).is_some() => {}
            DeValue::Datetime(date) if date.date.is_some() && When::parse(&date.to_string()).is_some() => {}
            DeValue::String(text) => {
                let near = word.filter(|&word| nearest(text, [word]).is_some());
                let help = near.map_or_else(|| help.to_owned(), |word| format!("did you mean `{word}`?"));
                self.problem(Diagnostic::error(Code::InvalidDate, format!("`{}` is no date", cut(text))).help(help), value.span());
            }
            DeValue::Datetime(date) => {
                self.problem(Diagnostic::error(Code::InvalidDate, format!("`{date}` is no date")).help(help), value.span());
            }
            other => {
                let message = format!("expected a date, found {}", describe(other));
                self.problem(Diagnostic::error(Code::InvalidDate, message).help(help), value.span());
            }
        }
    }
}

/// Returns the words a schema allows, where it lists them.
fn words(schema: &Json) -> Option<Vec<&str>> {
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        return Some(words.iter().filter_map(Json::as_str).collect());
    }
    let variants = schema.get("oneOf").and_then(Json::as_array)?;
    let mut words = Vec::new();
    for variant in variants {
        match variant.get("const").and_then(Json::as_str) {
            Some(word) => words.push(word),
            None => words.extend(variant.get("enum").and_then(Json::as_array)?.iter().filter_map(Json::as_str)),
        }
    }
    Some(words)
}

fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Shortens a text that is quoted in a message.
pub(crate) fn cut(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(59).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::super::file::{EntityFile, JurisdictionsFile, RuleFile};
    use super::*;
    use crate::diag::Sources;

    const GOOD: &str = r#"
schema = 1
id = "xx-a-b-2024"
title = "t"
kind = "sales-ban"
jurisdiction = "US"
authority = "a"
url = "https://example.org"
announced = 2024-06-20
[[measures]]
effect = "no-sale"
nexus = ["territory"]
from = "2024-07"
"#;

    fn codes<T: DeserializeOwned + JsonSchema>(text: &str) -> Vec<(Code, u64, Option<String>)> {
        let mut sources = Sources::default();
        let id = sources.add("x.toml", text);
        let mut diagnostics = Diagnostics::default();
        let value = read::<T>(text, id, &mut diagnostics);
        assert!(value.is_some() || !diagnostics.is_empty());
        diagnostics
            .into_iter()
            .map(|one| match one.place {
                Place::Span(id, start, _) => (one.code, sources.line(id, start), one.help),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_good_file_reads() {
        assert_eq!(codes::<RuleFile>(GOOD), []);
        assert_eq!(
            codes::<EntityFile>("schema = 1\nname = 'A'\naliases = ['B', { name = 'C', from = 2020-01-01 }]\ncountry = 'RU'\n"),
            []
        );
        assert_eq!(codes::<JurisdictionsFile>("[EU]\nname = 'x'\nmembers = [{ code = 'DE' }]\n"), []);
    }

    #[test]
    fn every_problem_comes_out_in_one_run() {
        let text = GOOD
            .replace("title =", "titel =")
            .replace("\"sales-ban\"", "\"sale-ban\"")
            .replace("2024-06-20", "12")
            .replace("\"territory\"", "\"teritory\"")
            .replace("\"2024-07\"", "\"2024-13\"")
            .replace("authority = \"a\"", "authority = 3");
        let found = codes::<RuleFile>(&text);
        let expected = [
            (Code::UnknownKey, 4),
            (Code::UnknownValue, 5),
            (Code::WrongType, 7),
            (Code::InvalidDate, 9),
            (Code::UnknownValue, 12),
            (Code::InvalidDate, 13),
        ];
        for (code, line) in expected {
            assert!(found.iter().any(|(c, l, _)| *c == code && *l == line), "{code:?} at {line}: {found:?}");
        }
        assert!(found.iter().any(|(code, ..)| *code == Code::MissingKey));
        let help = |line| found.iter().find(|(_, l, _)| *l == line).and_then(|(.., help)| help.clone()).unwrap_or_default();
        assert_eq!(help(4), "did you mean `title`?");
        assert_eq!(help(5), "did you mean `sales-ban`?");
        assert_eq!(help(12), "did you mean `territory`?");
    }

    #[test]
    fn problems_are_marked_where_they_stand() {
        let at = |from: &str, to: &str| {
            let found = codes::<RuleFile>(&GOOD.replace(from, to));
            found.into_iter().map(|(code, line, _)| (code, line)).collect::<Vec<_>>()
        };
        assert_eq!(at("authority = \"a\"", "authority = true"), [(Code::WrongType, 7)]);
        assert_eq!(at("schema = 1", "schema = 99999999999999999999"), [(Code::WrongType, 2)]);
        assert_eq!(at("schema = 1", "schema = 0xffffffffffffffffff"), [(Code::WrongType, 2)]);
        assert_eq!(at("schema = 1", "schema = 1.0"), [(Code::WrongType, 2)]);
        assert_eq!(at("announced = 2024-06-20", "announced = 07:30:00"), [(Code::InvalidDate, 9)]);
        assert_eq!(at("announced = 2024-06-20", "announced = true"), [(Code::InvalidDate, 9)]);
        assert_eq!(at("announced = 2024-06-20", "announced = 2024-06-20T10:00:00-04:00"), []);
        assert_eq!(at("announced = 2024-06-20", "announced = 2024-06-20 10:00:00"), []);
        assert_eq!(at("\"territory\"]", "\"territory\",\n\n3]"), [(Code::WrongType, 14)]);
        assert_eq!(at("effect = \"no-sale\"\n", ""), [(Code::MissingKey, 10)]);
        assert_eq!(at("[[measures]]", "[remedy]\nadvise = \"x\"\n[[measures]]"), [(Code::UnknownKey, 11)]);
        assert_eq!(at("[[measures]]", "remedy.advise = \"x\"\n[[measures]]"), [(Code::UnknownKey, 10)]);
        assert_eq!(
            at("[[measures]]", "sources = [\n{ uri = \"x\" }]\n[[measures]]"),
            [(Code::UnknownKey, 11), (Code::MissingKey, 11)]
        );
        assert_eq!(at("[[measures]]", "sources.url = \"x\"\n[[measures]]"), [(Code::WrongType, 10)]);
        assert_eq!(at("[[measures]]", "[measures]"), [(Code::WrongType, 10)]);
        let crlf = GOOD.replace('\n', "\r\n");
        assert_eq!(codes::<RuleFile>(&format!("\u{feff}{crlf}")), []);
        let found = codes::<RuleFile>(&format!("\u{feff}{}", crlf.replace("authority = \"a\"", "authority = true")));
        assert_eq!(found.iter().map(|(code, line, _)| (*code, *line)).collect::<Vec<_>>(), [(Code::WrongType, 7)]);
        for empty in ["", "\n", "# nothing\n", "\u{feff}"] {
            let found = codes::<RuleFile>(empty);
            assert!(found.len() > 5 && found.iter().all(|(code, line, _)| *code == Code::MissingKey && *line == 1), "{found:?}");
        }
    }

    #[test]
    fn several_syntax_errors_come_out_together() {
        let found = codes::<RuleFile>("schema = = 1\nid = \"a\"\ntitle = \n");
        assert!(found.len() >= 2 && found.iter().all(|(code, ..)| *code == Code::Syntax), "{found:?}");
    }

    #[test]
    fn deep_nesting_is_refused() {
        for text in [
            format!("a = {}", "[".repeat(100_000)),
            format!("a = {}", "{b=".repeat(100_000)),
            format!("[{}a]", "a.".repeat(100_000)),
        ] {
            assert!(!codes::<RuleFile>(&text).is_empty());
        }
    }
}
