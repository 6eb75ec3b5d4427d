//! Tables of any kind: which row is the header, which column is what, and rows out of cells.
//!
//! In: the first rows of a table as texts, and then every record as a text with the places of its
//! cells in it. Out: rows for the sink. What parts the cells (delimiters, a workbook's sheet,
//! columns of a fixed width, the keys of JSON objects) is the business of the reader that uses it.

use std::ops::Range;

use super::columns::{self, Field, JOINED, Mapping, Recognised};
use super::dates::{self, Day, Order};
use super::records::Span;
use super::written::{Between, Written};
use super::{Options, Refusal, Sink, Understood, Unread, clip};
use crate::model::{IdentifierKind, Row};

/// The header is among the first so many records.
const HEADER_AMONG: usize = 20;

/// Which of the first rows is the header.
#[derive(Clone, Copy, Default)]
pub(super) struct Header {
    /// Its index.
    pub(super) at: usize,
    /// What the usual headers make of it.
    pub(super) recognised: Recognised,
    /// Whether it holds all that `--column` names.
    pub(super) asked_for: bool,
    /// Whether there is none: the user gives columns by number, and that row is an item already.
    pub(super) is_headerless: bool,
}

impl Header {
    /// The first row that holds what the user names; else the first one, unless a later one is
    /// clearly more of a header.
    pub(super) fn find<'r>(rows: impl Iterator<Item = &'r Vec<String>>, options: &Options) -> Self {
        let first_rows: Vec<Vec<&str>> = rows.take(HEADER_AMONG).map(|row| row.iter().map(String::as_str).collect()).collect();
        if columns::by_name(options)
            && let Some(at) = first_rows.iter().position(|row| columns::holds_named(row, options))
        {
            let recognised = columns::recognised(&first_rows[at], options);
            return Self { at, recognised, asked_for: true, is_headerless: false };
        }
        let mut header = Self::default();
        for (at, row) in first_rows.iter().enumerate() {
            let recognised = columns::recognised(row, options);
            let least = if header.recognised.named { header.recognised.count + 2 } else { 1 };
            if recognised.named && recognised.count >= least {
                (header.at, header.recognised) = (at, recognised);
            }
        }
        header.is_headerless = !header.recognised.named && columns::by_number(options);
        header.asked_for = header.is_headerless && first_rows.iter().any(|row| columns::holds_named(row, options));
        header
    }

    /// Returns the index of the first row that is an item.
    pub(super) fn first_row(&self) -> usize {
        self.at + usize::from(!self.is_headerless)
    }

    /// Returns the names of the columns: those of the header, or numbers where there is none.
    pub(super) fn texts(&self, rows: &[Vec<String>]) -> Vec<String> {
        if !self.is_headerless {
            return rows.get(self.at).cloned().unwrap_or_default();
        }
        let width = rows.iter().map(Vec::len).max().unwrap_or_default();
        (1..=width).map(|number| format!("#{number}")).collect()
    }
}

/// A table whose columns are known.
pub(super) struct Table {
    pub(super) header: Vec<String>,
    mapping: Mapping,
    acquired: Order,
    renewal: Order,
    /// What parts the cells, as a word: a row with too many of them may lack quotation marks.
    parted_by: &'static str,
    /// What the header's choice leaves in doubt.
    pub(super) remarks: Vec<String>,
    /// Values of fields that a row leaves empty.
    defaults: Vec<(Field, String)>,
}

impl Table {
    /// Gives the columns out. `body` are the first rows below the header, from which the order of
    /// day and month is told; `usual` is the order where they do not tell.
    ///
    /// # Errors
    /// Where a column that the user names is not there, or no column says what the items are.
    pub(super) fn new<'r>(
        header: Vec<String>,
        body: impl Iterator<Item = &'r Vec<String>> + Clone,
        usual: Order,
        parted_by: &'static str,
        options: &Options,
    ) -> Result<Self, Refusal> {
        let names: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut mapping = Mapping::new(&names, options)?;
        mapping.installed_on(&names, |column| {
            let mut values = body.clone().filter_map(|row| row.get(column)).filter(|value| !value.is_empty()).peekable();
            values.peek().is_none() || values.any(|value| matches!(dates::read(value, usual), Day::Known(_)))
        });
        if !mapping.identifies(options) {
            return Err(columns::no_product(&names, options));
        }
        let mut table = Self {
            mapping,
            acquired: usual,
            renewal: usual,
            parted_by,
            remarks: Vec::new(),
            defaults: options.defaults.clone(),
            header,
        };
        match options.dates {
            Some(order) => (table.acquired, table.renewal) = (order, order),
            None => {
                table.acquired = table.order(Field::Acquired, body.clone(), usual);
                table.renewal = table.order(Field::Renewal, body, usual);
            }
        }
        Ok(table)
    }

    /// Returns the columns whose values [`new`](Self::new) looks at in the body: those of days.
    ///
    /// # Errors
    /// As `new`.
    #[cfg(feature = "parquet")]
    pub(super) fn looked_at(header: &[String], options: &Options) -> Result<Vec<usize>, Refusal> {
        let names: Vec<&str> = header.iter().map(String::as_str).collect();
        let mapping = Mapping::new(&names, options)?;
        let columns = [Field::Acquired, Field::Renewal].map(|field| mapping.column(field));
        Ok(columns.into_iter().filter(|&column| column < header.len()).collect())
    }

    /// Finds out in which order a column writes day and month.
    fn order<'r>(&mut self, field: Field, body: impl Iterator<Item = &'r Vec<String>> + Clone, usual: Order) -> Order {
        let column = self.mapping.column(field);
        let values = || body.clone().filter_map(|row| row.get(column));
        let shown: Vec<_> = values().filter_map(|value| dates::shown_order(value)).collect();
        let count = |order| shown.iter().filter(|&&shown| shown == order).count();
        let (days, months) = (count(Order::DayFirst), count(Order::MonthFirst));
        if days != months {
            return if days > months { Order::DayFirst } else { Order::MonthFirst };
        }
        if let Some(value) = values().find(|value| dates::is_ambiguous(value)) {
            let read = if usual == Order::DayFirst { "day first" } else { "month first" };
            let header = clip::quote(&self.header[column]);
            self.remarks.push(format!("dates such as {} in {header} can be read two ways; taken as {read}", clip::quote(value)));
        }
        usual
    }

    /// Returns whether a column plays a part in what a row says.
    #[cfg(feature = "parquet")]
    pub(super) fn reads(&self, column: usize) -> bool {
        self.mapping.pairs().iter().any(|&(used, _)| used == column)
    }

    /// Adds what the columns were taken for.
    pub(super) fn explain(&self, understood: Understood) -> Understood {
        let pairs = self.mapping.pairs();
        let used = |column: usize| pairs.iter().any(|&(used, _)| used == column);
        let unused = self.header.iter().enumerate().filter(|&(column, _)| !used(column)).map(|(_, header)| header.clone());
        Understood {
            columns: pairs.iter().map(|&(column, field)| (field, self.header[column].clone())).collect(),
            unused: unused.collect(),
            ..understood
        }
    }
}

/// Turns the records of a table into rows.
pub(super) struct Rows<'t> {
    table: &'t Table,
    width: usize,
    product: usize,
    other_product: usize,
    vendor: usize,
    version: usize,
    asset: usize,
    location: usize,
    audience: usize,
    owner: usize,
    quantity: Option<usize>,
    acquired: Option<usize>,
    renewal: Option<usize>,
    identifiers: Vec<(IdentifierKind, Field, usize)>,
    /// What fields put together of several columns hold in the present row.
    joined: Vec<String>,
    /// By field.
    defaults: [&'t str; Field::ALL.len()],
    /// Rows that need only be counted; none where a row's cells are not all that it says.
    written: Option<Written>,
    /// Whether the version plays a role for what need only be counted.
    tells_versions: bool,
    /// The file's name for the asset, where its rows name none.
    pub(super) default_asset: String,
    doubts: Doubts,
}

/// The columns that a row which needs only be counted is counted by.
#[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "other tables are counted by their cells"))]
pub(super) struct Counted {
    /// Those that say what the item is.
    pub(super) product: Vec<usize>,
    /// Those that say where it is, and whose.
    pub(super) place: Vec<usize>,
    /// Both of these, its version and its dates.
    pub(super) item: Vec<usize>,
    pub(super) asset: usize,
    /// Those that say how many, or on which day.
    pub(super) beside: Vec<Beside>,
}

/// A column that says nothing of what an item is, or where.
#[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "other tables are counted by their cells"))]
#[derive(Clone, Copy)]
pub(super) enum Beside {
    Quantity(usize),
    /// What a date says plays no role for what is only counted, but that it says nothing is told.
    Date(usize, Order),
}

impl Beside {
    /// Returns how many a value stands for; none where it is in doubt, and its row has to be looked at.
    #[cfg(feature = "parquet")]
    pub(super) fn read(self, text: &str) -> Option<u64> {
        let mut doubt = Doubt::default();
        let count = match self {
            Self::Quantity(_) => quantity(text.trim(), 0, &mut doubt),
            Self::Date(_, order) => {
                date(text.trim(), order, 0, &mut doubt);
                1
            }
        };
        (doubt.count == 0).then_some(count)
    }

    #[cfg(feature = "parquet")]
    pub(super) fn column(self) -> usize {
        match self {
            Self::Quantity(column) | Self::Date(column, _) => column,
        }
    }
}

/// What was met that a remark must tell.
#[derive(Default)]
struct Doubts {
    acquired: Doubt,
    renewal: Doubt,
    quantity: Doubt,
}

/// A thing that was met in some rows: how often, where first, and what it looked like.
#[derive(Default)]
pub(super) struct Doubt {
    pub(super) count: u64,
    line: u64,
    example: String,
}

impl Doubt {
    pub(super) fn add(&mut self, line: u64, example: &str) {
        if self.count == 0 {
            (self.line, self.example) = (line, clip::quote(example));
        }
        self.count += 1;
    }

    /// Takes in what was met in other rows.
    pub(super) fn absorb(&mut self, other: &Self) {
        if other.count > 0 && (self.count == 0 || other.line < self.line) {
            (self.line, self.example) = (other.line, other.example.clone());
        }
        self.count += other.count;
    }

    /// Says how many rows, and from which line on.
    pub(super) fn rows(&self) -> String {
        match self.count {
            1 => format!("1 row (line {})", self.line),
            count => format!("{count} rows (the first is line {})", self.line),
        }
    }
}

impl<'t> Rows<'t> {
    pub(super) fn new(table: &'t Table) -> Self {
        let column = |field| table.mapping.column(field);
        let mut defaults = [""; Field::ALL.len()];
        for (field, value) in &table.defaults {
            defaults[*field as usize] = value;
        }
        let given = |field: Field| Some(column(field)).filter(|&at| at != usize::MAX || !defaults[field as usize].is_empty());
        let identifiers = Field::ALL.iter().filter_map(|&field| Some((field.identifier()?, field, given(field)?)));
        Self {
            table,
            width: table.header.len(),
            product: column(Field::Product),
            other_product: table.mapping.other_product,
            vendor: column(Field::Vendor),
            version: column(Field::Version),
            asset: column(Field::Asset),
            location: column(Field::Location),
            audience: column(Field::Audience),
            owner: column(Field::Owner),
            quantity: given(Field::Quantity),
            acquired: given(Field::Acquired),
            renewal: given(Field::Renewal),
            identifiers: identifiers.collect(),
            joined: vec![String::new(); table.mapping.joined.len()],
            written: None,
            tells_versions: true,
            defaults,
            default_asset: String::new(),
            doubts: Doubts::default(),
        }
    }

    /// Has rows counted for which the sink needs no more, where a row's cells are all that it says.
    pub(super) fn counting(self, between: Between, sink: &(impl Sink + ?Sized)) -> Self {
        let rows = Self { tells_versions: sink.tells_versions(), ..self };
        let written = rows.counted().map(|columns| Written::new(columns, between));
        Self { written, ..rows }
    }

    /// Returns the columns that a row is counted by, where its cells are all that it says.
    pub(super) fn counted(&self) -> Option<Counted> {
        let Mapping { other_product, joined, .. } = &self.table.mapping;
        if !joined.is_empty() || !self.table.defaults.is_empty() {
            return None;
        }
        let there = |columns: &[usize]| columns.iter().copied().filter(|&column| column < self.width).collect();
        let mut product = vec![self.product, *other_product, self.vendor];
        product.extend(Some(self.version).filter(|_| self.tells_versions));
        product.extend(self.identifiers.iter().map(|&(_, _, column)| column));
        let place = [self.location, self.audience];
        let mut item = [&product[..], &place, &[self.version]].concat();
        item.extend(self.acquired.into_iter().chain(self.renewal));
        let date = |column: Option<usize>, order| column.map(|column| Beside::Date(column, order));
        let dates = date(self.acquired, self.table.acquired).into_iter().chain(date(self.renewal, self.table.renewal));
        Some(Counted {
            product: there(&product),
            place: there(&place),
            item: there(&item),
            asset: self.asset,
            beside: self.quantity.map(Beside::Quantity).into_iter().chain(dates).collect(),
        })
    }

    /// Counts a plain record of valid UTF-8, if no more needs be known of it. Else it is to be handed on.
    pub(super) fn count(&mut self, bytes: &[u8], spans: &[Span], line: u64, sink: &mut dyn Sink) -> bool {
        let Some(written) = self.written.as_mut().filter(|_| spans.len() == self.width) else { return false };
        let Some(quiet) = written.find(bytes, spans) else { return false };
        let field = |column: usize| spans.get(column).map_or(&[][..], |span| &bytes[range(span)]);
        let asset = match field(self.asset) {
            [] => self.default_asset.as_bytes(),
            asset if is_trimmed(asset) => asset,
            _ => return false,
        };
        let text = |column| std::str::from_utf8(field(column)).unwrap_or_default().trim();
        let doubts = &mut self.doubts;
        let quantity = self.quantity.map_or(1, |column| quantity(text(column), line, &mut doubts.quantity));
        // What a date says is known or plays no role; that it says nothing is told.
        if let Some(column) = self.acquired {
            date(text(column), self.table.acquired, line, &mut doubts.acquired);
        }
        if let Some(column) = self.renewal {
            date(text(column), self.table.renewal, line, &mut doubts.renewal);
        }
        sink.count(quiet, asset, quantity);
        true
    }

    /// Counts a record, or hands it on and takes note of it.
    #[cfg(feature = "parquet")]
    pub(super) fn hand_on_or_count(&mut self, text: &str, spans: &[Span], line: u64, sink: &mut dyn Sink) {
        if !self.count(text.as_bytes(), spans, line, sink) {
            self.hand_on(text, spans, line, sink);
            self.take_note(text.as_bytes(), spans, sink);
        }
    }

    /// Has the rows that another thread reads know what these do.
    pub(super) fn share(&mut self, other: &mut Self) {
        if let (Some(own), Some(other)) = (&mut self.written, &mut other.written) {
            own.share(other);
        }
    }

    /// Learns what other threads know by now.
    pub(super) fn look(&mut self) {
        if let Some(written) = &mut self.written {
            written.look();
        }
    }

    /// Returns how many cells the header has.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Takes note of a plain record that was handed on, so that others like it can be counted.
    pub(super) fn take_note(&mut self, bytes: &[u8], spans: &[Span], sink: &dyn Sink) {
        let Some(written) = self.written.as_mut().filter(|_| spans.len() == self.width) else { return };
        if let Some(quiet) = sink.quiet()
            && !written.add(bytes, spans, quiet)
        {
            self.written = None;
        }
    }

    /// Hands on the record in `text`, whose cells lie at `spans`, as a row or an unread entry.
    pub(super) fn hand_on(&mut self, text: &str, spans: &[Span], line: u64, sink: &mut dyn Sink) {
        if spans.len() != self.width
            && let Err(reason) = self.fits(text, spans)
        {
            return sink.unread(Unread::at(line, reason));
        }
        self.join(text, spans);
        let joined = &self.joined;
        let defaults = if is_blank(text, spans) { &[""; Field::ALL.len()] } else { &self.defaults };
        let value = |field: Field, column: usize| {
            let own = joined.get(column.wrapping_sub(JOINED)).map_or_else(|| cell(text, spans, column), String::as_str);
            if own.is_empty() { defaults[field as usize] } else { own }
        };
        let mut product = value(Field::Product, self.product);
        if product.is_empty() {
            product = cell(text, spans, self.other_product);
        }
        let mut vendor = value(Field::Vendor, self.vendor);
        let signer = organisation(vendor).map(|organisation| (vendor, organisation));
        let mut identifiers: &[(IdentifierKind, &str)] = &[];
        // Most tables have none: the room for them is not even cleared.
        let mut room;
        if signer.is_some() || !self.identifiers.is_empty() {
            room = [(IdentifierKind::Cpe, ""); Field::ALL.len() + 1];
            let own = self.identifiers.iter().map(|&(kind, field, column)| (kind, value(field, column)));
            let all = own.filter(|(_, id)| !id.is_empty()).chain(signer.map(|(subject, _)| (IdentifierKind::Signer, subject)));
            let count = room.iter_mut().zip(all).map(|(place, id)| *place = id).count();
            identifiers = &room[..count];
            vendor = signer.map_or(vendor, |(_, organisation)| organisation);
        }
        let mut asset = value(Field::Asset, self.asset);
        if asset.is_empty() {
            asset = &self.default_asset;
        }
        let doubts = &mut self.doubts;
        sink.row(&Row {
            vendor,
            product,
            version: value(Field::Version, self.version),
            identifiers,
            asset,
            location: value(Field::Location, self.location),
            audience: value(Field::Audience, self.audience),
            owner: value(Field::Owner, self.owner),
            quantity: self.quantity.map_or(1, |column| quantity(value(Field::Quantity, column), line, &mut doubts.quantity)),
            acquired: self
                .acquired
                .and_then(|column| date(value(Field::Acquired, column), self.table.acquired, line, &mut doubts.acquired)),
            renewal: self
                .renewal
                .and_then(|column| date(value(Field::Renewal, column), self.table.renewal, line, &mut doubts.renewal)),
            line,
        });
    }

    /// Puts fields together that come from several columns.
    fn join(&mut self, text: &str, spans: &[Span]) {
        for ((columns, between), joined) in self.table.mapping.joined.iter().zip(&mut self.joined) {
            joined.clear();
            for value in columns.iter().map(|&column| cell(text, spans, column)).filter(|value| !value.is_empty()) {
                if !joined.is_empty() {
                    joined.push_str(between);
                }
                joined.push_str(value);
            }
        }
    }

    /// Checks a row that has more or fewer fields than the header. Empty ones beyond the header
    /// are nothing; missing ones are empty, but for the one that says what the item is.
    fn fits(&self, text: &str, spans: &[Span]) -> Result<(), String> {
        let (count, width) = (spans.len(), self.width);
        let is_empty = |column: usize| cell(text, spans, column).is_empty();
        if count > width {
            return if (width..count).all(is_empty) {
                Ok(())
            } else {
                let parts = self.table.parted_by;
                Err(format!(
                    "the row has {count} columns where the header has {width}; a {parts} in a value may lack its quotation marks"
                ))
            };
        }
        let product = if self.product >= JOINED { 0 } else { self.product };
        if count <= product && !(0..count).all(is_empty) {
            return Err(format!("the row has {count} of the header's {width} columns and ends before the product"));
        }
        Ok(())
    }

    /// Takes in what was in doubt in other rows of the same table.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.doubts.acquired.absorb(&other.doubts.acquired);
        self.doubts.renewal.absorb(&other.doubts.renewal);
        self.doubts.quantity.absorb(&other.doubts.quantity);
    }

    /// Tells what was in doubt.
    pub(super) fn finish(self, sink: &mut dyn Sink) {
        let Doubts { acquired, renewal, quantity } = self.doubts;
        let header = |column: Option<usize>| {
            column.and_then(|column| self.table.header.get(column)).map_or_else(String::new, |header| clip::quote(header))
        };
        for (doubt, column) in [(acquired, self.acquired), (renewal, self.renewal)] {
            if doubt.count > 0 {
                sink.remark(format!("{} with no readable date in {}, such as {}", doubt.rows(), header(column), doubt.example));
            }
        }
        if quantity.count > 0 {
            let column = header(self.quantity);
            sink.remark(format!(
                "{} with no readable number in {column}, such as {}; taken as 1",
                quantity.rows(),
                quantity.example
            ));
        }
    }
}

/// Returns whether a record says nothing at all.
fn is_blank(text: &str, spans: &[Span]) -> bool {
    !text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && (spans.iter().all(|span| span.is_empty()) || text.trim().is_empty())
}

/// Returns a field without the white space around it; empty where the row has none.
#[inline]
pub(super) fn cell<'t>(text: &'t str, spans: &[Span], column: usize) -> &'t str {
    let Some(field) = spans.get(column).and_then(|span| text.get(range(span))) else { return "" };
    if field.is_empty() || is_trimmed(field.as_bytes()) { field } else { field.trim() }
}

/// Returns whether a text begins and ends with what is certainly no white space.
#[inline]
pub(super) fn is_trimmed(text: &[u8]) -> bool {
    matches!(text, [0x21..=0x7e] | [0x21..=0x7e, .., 0x21..=0x7e])
}

fn quantity(text: &str, line: u64, doubt: &mut Doubt) -> u64 {
    if text.is_empty() {
        return 1;
    }
    parse_quantity(text).unwrap_or_else(|| {
        doubt.add(line, text);
        1
    })
}

/// Reads `12`, `12.0`, `1,200` and `1 200`.
pub(super) fn parse_quantity(text: &str) -> Option<u64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    if let Some(whole) = text.strip_suffix(".0").or_else(|| text.strip_suffix(",0")) {
        return whole.parse().ok();
    }
    let is_group = |letter| matches!(letter, ',' | '.' | ' ' | '\'' | '\u{a0}' | '\u{202f}');
    let groups: Vec<_> = text.split(is_group).collect();
    let (first, rest) = groups.split_first()?;
    let grouped = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
    grouped.then(|| groups.concat().parse().ok()).flatten()
}

fn date(text: &str, order: Order, line: u64, doubt: &mut Doubt) -> Option<chrono::NaiveDate> {
    match dates::read(text, order) {
        Day::Known(day) => Some(day),
        Day::None => None,
        Day::Unreadable => {
            doubt.add(line, text);
            None
        }
    }
}

/// Returns the organisation of a certificate's subject, where the vendor column holds one, as
/// exports of store apps do: `CN=…, O=Microsoft Corporation, C=US`. Without an organisation, the
/// common name; nobody where that is only a number.
fn organisation(vendor: &str) -> Option<&str> {
    if !vendor.starts_with("CN=") && !vendor.starts_with("O=") {
        return None;
    }
    let part = |key: &str| {
        let at = if vendor.starts_with(key) { 0 } else { vendor.find(&format!(", {key}"))? + 2 };
        let value = &vendor[at + key.len()..];
        match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => value.split(',').next(),
        }
    };
    let name = part("O=").or_else(|| part("CN=")).unwrap_or_default().trim();
    let is_number = name.len() == 36 && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    Some(if is_number { "" } else { name })
}

pub(super) fn range(span: &Span) -> Range<usize> {
    span.start as usize..span.end as usize
}
