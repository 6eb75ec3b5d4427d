//! `interdict inventory inspect`: what a file was taken for, and what was understood of it.

use interdict::diag::printable;
use interdict::inventory::{self, Bytes, Error, Field, Inside, Kept, Options, Sink, Understood, Unread};
use interdict::model::identifier::IdentifierKind;
use interdict::model::{DependencyPath, DisplayName, Row};
use interdict::pack::compile::Pack;
use interdict::report::listing::{listing, paragraph};
use interdict::report::plural;
use serde_json::{Value, json};

use super::args::ListFormat;
use super::args::inventory::InspectArgs;
use super::context::Session;
use super::exit::{Done, Exit, Failure};
use super::inputs;
use super::terminal::Terminal;

/// So many rows of an inventory are shown.
const ROWS: usize = 10;
/// So many unread entries are shown.
const UNREAD: usize = 10;
/// Longest text of a cell that is shown.
const CELL: usize = 200;

/// Runs the command.
pub(crate) fn run(args: &InspectArgs, terminal: &Terminal) -> Done {
    let session = Session::open(&args.pack, terminal)?;
    session.warn(terminal);
    let reading = session.reading(&args.read)?;
    let mut looked = Vec::new();
    for source in inputs::expand(&args.inventories, terminal)? {
        let mut input = inputs::open(source, terminal.shows_progress());
        match &mut input.bytes {
            Ok(bytes) => look(&input.name, &mut **bytes, &reading, &session.pack, &mut looked),
            Err(error) => return Err(Failure::file("open", std::path::Path::new(&input.name), error)),
        }
    }
    match args.output {
        ListFormat::Table => terminal.print(&looked.iter().map(|one| one.text(terminal.width())).collect::<Vec<_>>().join("\n"))?,
        ListFormat::Json => {
            let values: Vec<Value> = looked.iter().map(Looked::json).collect();
            terminal.print(&(serde_json::to_string_pretty(&values).unwrap_or_default() + "\n"))?;
        }
    }
    let usage = looked.iter().any(|one| one.refused.as_ref().is_some_and(|refused| refused.usage));
    let unread = looked.iter().any(|one| one.refused.is_some() || one.unread_count > 0 || one.items == 0);
    Ok(match (usage, unread) {
        (true, _) => Exit::Usage,
        (_, true) => Exit::Unread,
        _ => Exit::Ok,
    })
}

fn look(name: &str, bytes: &mut dyn Bytes, reading: &Options, pack: &Pack, looked: &mut Vec<Looked>) {
    let mut left_out = Vec::new();
    inventory::unpack(name, bytes, &mut |inside| match inside {
        Inside::Inventory(name, bytes) => {
            let mut one = Looked { source: name.to_owned(), ..Looked::default() };
            let read = bytes.and_then(|bytes| inventory::read(name, bytes, reading, &mut Look { one: &mut one, pack }));
            match read {
                Ok(understood) => one.understood = Some(understood),
                Err(error) => one.refused = Some(refused(error)),
            }
            looked.push(one);
        }
        Inside::LeftOut(_, what) => left_out.push(what),
    });
    if let Some(last) = looked.last_mut() {
        last.remarks.extend(left_out);
    }
}

/// Why an inventory was not read, or not as a whole.
#[derive(Debug)]
struct Refused {
    code: &'static str,
    reason: String,
    help: Option<String>,
    line: Option<u64>,
    usage: bool,
}

fn refused(error: Error) -> Refused {
    let unreadable = interdict::diag::Code::UnreadableFile.as_str();
    match error {
        Error::Refused(refusal) => Refused {
            usage: refusal.is_usage(),
            code: refusal.code.as_str(),
            reason: refusal.reason,
            help: refusal.help,
            line: refusal.line,
        },
        Error::Broken(unread) => {
            let help = Some("what came before was read; make the file again".to_owned());
            Refused { code: unreadable, reason: unread.reason, help, line: unread.line, usage: false }
        }
        Error::Io { operation, source } => {
            let reason = format!("cannot {operation} the inventory: {source}");
            Refused { code: unreadable, reason, help: None, line: None, usage: true }
        }
    }
}

/// What was seen of one inventory.
#[derive(Debug, Default)]
struct Looked {
    source: String,
    understood: Option<Understood>,
    refused: Option<Refused>,
    items: u64,
    /// The first rows: each field that has a value.
    rows: Vec<Vec<(Field, String)>>,
    lines: Vec<u64>,
    unread: Vec<Unread>,
    unread_count: u64,
    remarks: Vec<String>,
}

/// Looks at the rows that a reader hands on.
struct Look<'l> {
    one: &'l mut Looked,
    pack: &'l Pack,
}

impl Sink for Look<'_> {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        self.one.items += 1;
        if self.one.rows.len() < ROWS {
            self.one.rows.push(fields(row, self.pack));
            self.one.lines.push(row.line);
        }
        None
    }

    fn path(&mut self, _: Kept, _: DependencyPath) {}

    fn unread(&mut self, unread: Unread) {
        self.one.unread_count += 1;
        if self.one.unread.len() < UNREAD {
            self.one.unread.push(unread);
        }
    }

    fn remark(&mut self, remark: String) {
        self.one.remarks.push(remark);
    }
}

/// Returns the fields of a row, as they are understood.
fn fields(row: &Row<'_>, pack: &Pack) -> Vec<(Field, String)> {
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let ids = |kind: IdentifierKind| {
        row.identifiers.iter().filter(|(other, _)| *other == kind).map(|(_, text)| *text).collect::<Vec<_>>().join(" ")
    };
    let location = match pack.place(row.location) {
        Some(code) if code != row.location => format!("{} ({code})", row.location),
        Some(code) => code.to_owned(),
        None if row.location.is_empty() => String::new(),
        None => format!("{} (not known)", row.location),
    };
    let name = DisplayName::new(row.product, row.version);
    let value = |field: Field| match field {
        Field::Product => name.product.clone().into_owned(),
        Field::Vendor => row.vendor.to_owned(),
        Field::Version if row.version.is_empty() => name.version.to_owned(),
        Field::Version => row.version.to_owned(),
        Field::Cpe => ids(IdentifierKind::Cpe),
        Field::Purl => ids(IdentifierKind::Purl),
        Field::BundleId => ids(IdentifierKind::BundleId),
        Field::PackageId => ids(IdentifierKind::PackageId),
        Field::Signer => ids(IdentifierKind::Signer),
        Field::Location => location.clone(),
        Field::Audience => row.audience.to_owned(),
        Field::Quantity => {
            if row.quantity == 1 {
                String::new()
            } else {
                row.quantity.to_string()
            }
        }
        Field::Acquired => day(row.acquired),
        Field::Renewal => day(row.renewal),
        Field::Owner => row.owner.to_owned(),
        Field::Asset => row.asset.to_owned(),
    };
    let all = Field::ALL.iter().map(|&field| (field, value(field)));
    all.filter(|(_, text)| !text.is_empty()).map(|(field, text)| (field, text.chars().take(CELL).collect())).collect()
}

impl Looked {
    fn text(&self, width: Option<usize>) -> String {
        let mut text = paragraph(&self.source, 0, 2, width);
        let mut say = |name: &str, what: &str| text += &paragraph(&format!("{name}: {what}"), 2, 4, width);
        if let Some(understood) = &self.understood {
            say("read as", &format!("{} ({})", understood.format, understood.format.description()));
            if let Some(profile) = &understood.profile {
                say("profile", profile);
            }
            if !understood.format.is_binary() {
                say("encoding", understood.encoding.name());
            }
            for table in std::iter::once(understood).chain(&understood.others) {
                describe(table, &mut say);
            }
        }
        if let Some(refused) = &self.refused {
            let line = refused.line.map(|line| format!(" (line {line})")).unwrap_or_default();
            say(&format!("error[{}]", refused.code), &format!("{}{line}", refused.reason));
            if let Some(help) = &refused.help {
                say("help", help);
            }
        }
        say("rows", &format!("{} read, {} not", plural(self.items, "row"), plural(self.unread_count, "entry")));
        for remark in &self.remarks {
            say("remark", remark);
        }
        for unread in &self.unread {
            let place = match (unread.line, &unread.column) {
                (Some(line), Some(column)) => format!("line {line}, {column}: "),
                (Some(line), None) => format!("line {line}: "),
                (None, _) => String::new(),
            };
            say("not read", &format!("{place}{}", unread.reason));
        }
        if self.unread_count > self.unread.len() as u64 {
            say("not read", &format!("{} more", self.unread_count - self.unread.len() as u64));
        }
        if !self.rows.is_empty() {
            text.push('\n');
            text += &self.table(width);
        }
        text
    }

    /// Draws the first rows, each field that one of them has as a column; what is left over on a narrow
    /// page is wrapped.
    fn table(&self, width: Option<usize>) -> String {
        let has = |field: &Field| self.rows.iter().flatten().any(|(other, _)| other == field);
        let shown: Vec<Field> = Field::ALL.iter().copied().filter(has).collect();
        let header: Vec<&str> = std::iter::once("line").chain(shown.iter().map(|field| field.as_str())).collect();
        let rows = self.rows.iter().zip(&self.lines).map(|(row, line)| {
            let value =
                |field: &Field| row.iter().find(|(other, _)| other == field).map(|(_, text)| printable(text)).unwrap_or_default();
            std::iter::once(line.to_string()).chain(shown.iter().map(value)).collect()
        });
        listing(&header, rows, width)
    }

    fn json(&self) -> Value {
        let tables = self.understood.iter().flat_map(|first| std::iter::once(first).chain(&first.others)).map(|table| {
            json!({
                "sheet": table.sheet,
                "delimiter": table.delimiter,
                "header-line": table.header_line,
                "columns": table.columns.iter().map(|(field, header)| json!({ "field": field.as_str(), "header": header })).collect::<Vec<_>>(),
                "unused": table.unused,
            })
        });
        let row = |(row, line): (&Vec<(Field, String)>, &u64)| {
            let mut value = serde_json::Map::new();
            value.insert("line".to_owned(), (*line).into());
            value.extend(row.iter().map(|(field, text)| (field.as_str().to_owned(), text.as_str().into())));
            Value::Object(value)
        };
        json!({
            "source": self.source,
            "format": self.understood.as_ref().map(|understood| understood.format.name()),
            "encoding": self.understood.as_ref().filter(|understood| !understood.format.is_binary()).map(|understood| understood.encoding.name()),
            "profile": self.understood.as_ref().and_then(|understood| understood.profile.as_deref()),
            "tables": tables.collect::<Vec<_>>(),
            "items": self.items,
            "unread-count": self.unread_count,
            "unread": self.unread.iter().map(|unread| json!({
                "line": unread.line, "column": unread.column, "reason": unread.reason,
            })).collect::<Vec<_>>(),
            "remarks": self.remarks,
            "error": self.refused.as_ref().map(|refused| json!({
                "code": refused.code, "reason": refused.reason, "help": refused.help, "line": refused.line,
            })),
            "rows": self.rows.iter().zip(&self.lines).map(row).collect::<Vec<_>>(),
        })
    }
}

/// Says how a table is laid out.
fn describe(table: &Understood, say: &mut impl FnMut(&str, &str)) {
    if let Some(sheet) = &table.sheet {
        say("sheet", sheet);
    }
    match table.delimiter {
        Some('\t') => say("delimiter", "tab"),
        Some(delimiter) => say("delimiter", &delimiter.to_string()),
        None => {}
    }
    if let Some(line) = table.header_line {
        say("header", &format!("line {line}"));
    }
    if !table.columns.is_empty() {
        let columns: Vec<String> = table.columns.iter().map(|(field, header)| format!("{field} ← {}", quoted(header))).collect();
        say("columns", &columns.join(", "));
    }
    if !table.unused.is_empty() {
        let unused: Vec<String> = table.unused.iter().take(60).map(|header| quoted(header)).collect();
        let more = table.unused.len() - unused.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        say("not used", &format!("{}{more}", unused.join(", ")));
    }
}

fn quoted(header: &str) -> String {
    format!("`{}`", header.chars().take(60).collect::<String>())
}
