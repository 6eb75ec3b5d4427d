//! Rows that need only be counted, told by the numbers of their texts: a file keeps each text that comes
//! often once, and a number stands for it in every row.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use foldhash::fast::RandomState;

use super::blocks::{Batch, Column, Take};
use super::pages::{Text, Texts};
use crate::inventory::cells::Record;
use crate::inventory::records::MOST_BYTES;
use crate::inventory::table::{Beside, Counted, Rows, is_trimmed};
use crate::inventory::written::MOST;
use crate::inventory::{Quiet, Sink, Unread};

/// Longer names of assets are looked at with their row.
const LONG: usize = 4096;

/// Counts the rows that need no more, and hands on the others.
pub(super) struct Counter<'r, 't, 's> {
    rows: &'r mut Rows<'t>,
    sink: &'s mut dyn Sink,
    /// The columns that say what an item is and where; none where a row says more than these.
    columns: Option<Counted>,
    /// The numbers of the present batch; whether all that matters in it has any.
    product: Codes,
    place: Codes,
    is_coded: bool,
    products: Products,
    places: Places,
    /// How many numbers of items there may be, if all have one, and under what those are counted that are known.
    items_end: Option<u64>,
    items: HashMap<u64, Quiet, RandomState>,
    beside: Vec<Values>,
}

/// For each row of a batch, one number for its texts in several columns, which no other texts have: the number of each
/// text is a digit of it.
#[derive(Default)]
struct Codes {
    of_rows: Vec<u64>,
    /// Above all of them.
    end: u64,
}

impl Codes {
    /// Puts the numbers of a batch together; none where some text has no number, or there are too many texts. Returns
    /// whether they go as far as those before.
    fn fill(&mut self, batch: &Batch<'_>, columns: &[usize], rows: usize) -> Option<bool> {
        self.of_rows.clear();
        self.of_rows.resize(rows, 0);
        let mut end = 1_u64;
        for &column in columns {
            let texts = batch.texts(column)?;
            // One more for where there is no text.
            let base = texts.count() as u64 + 1;
            end = end.checked_mul(base)?;
            for (code, &number) in self.of_rows.iter_mut().zip(texts.numbers()?) {
                *code = *code * base + u64::from(number).min(base - 1);
            }
        }
        Some(std::mem::replace(&mut self.end, end) == end)
    }
}

/// Returns how many such numbers there may be; none where some text has no number, or there are too many texts.
fn end(batch: &Batch<'_>, columns: &[usize]) -> Option<u64> {
    columns.iter().try_fold(1_u64, |end, &column| {
        let texts = batch.texts(column).filter(|texts| texts.numbers().is_some())?;
        end.checked_mul(texts.count() as u64 + 1)
    })
}

/// Returns that of a row alone.
fn code(batch: &Batch<'_>, columns: &[usize], row: usize) -> Option<u64> {
    columns.iter().try_fold(0, |code, &column| {
        let texts = batch.texts(column)?;
        let base = texts.count() as u64 + 1;
        Some(code * base + u64::from(*texts.numbers()?.get(row)?).min(base - 1))
    })
}

/// Products that are known, by their numbers.
#[derive(Default)]
struct Products {
    /// A bit for each, where there are not too many that may be.
    bits: Vec<u64>,
    all: HashSet<u64, RandomState>,
}

/// Most numbers of products that have a bit: a megabyte.
const MOST_BITS: u64 = 1 << 23;

impl Products {
    /// Forgets all; numbers stay below the end.
    fn reset(&mut self, end: u64) {
        self.all.clear();
        self.bits.clear();
        self.bits.resize(if end <= MOST_BITS { end.div_ceil(64) as usize } else { 0 }, 0);
    }

    #[inline]
    fn has(&self, code: u64) -> bool {
        match self.bits.get((code / 64) as usize) {
            Some(bits) => bits >> (code % 64) & 1 == 1,
            None => self.all.contains(&code),
        }
    }

    fn add(&mut self, code: u64) {
        match self.bits.get_mut((code / 64) as usize) {
            Some(bits) => *bits |= 1 << (code % 64),
            None if self.all.len() < MOST => {
                self.all.insert(code);
            }
            None => {}
        }
    }
}

/// Under what rows are counted, by the numbers of their places.
#[derive(Default)]
struct Places {
    /// Where there are not too many that may be.
    list: Vec<Option<Quiet>>,
    all: HashMap<u64, Quiet, RandomState>,
}

impl Places {
    fn reset(&mut self, end: u64) {
        self.all.clear();
        self.list.clear();
        self.list.resize(if end <= MOST as u64 { end as usize } else { 0 }, None);
    }

    #[inline]
    fn get(&self, code: u64) -> Option<Quiet> {
        match self.list.get(code as usize) {
            Some(&known) => known,
            None => self.all.get(&code).copied(),
        }
    }

    fn add(&mut self, code: u64, quiet: Quiet) {
        match self.list.get_mut(code as usize) {
            Some(known) => *known = Some(quiet),
            None if self.all.len() < MOST => {
                self.all.insert(code, quiet);
            }
            None => {}
        }
    }
}

/// What is known of the values of a column that tells how many, or when.
struct Values {
    column: Beside,
    /// How many each stands for; none where it is in doubt.
    known: HashMap<u64, Option<u64>, RandomState>,
}

impl Values {
    /// Returns how many the value of a row stands for; none where its row has to be looked at.
    #[inline]
    fn read(&mut self, column: &Column, row: usize) -> Option<u64> {
        let Some(number) = column.number(row) else { return column.is_absent(row).then_some(1) };
        if let Some(known) = self.known.get(&number) {
            return *known;
        }
        let count = self.column.read(&super::guarded(|| column.text(row).ok().flatten())?.unwrap_or_default());
        if self.known.len() < MOST {
            self.known.insert(number, count);
        }
        count
    }
}

impl<'r, 't, 's> Counter<'r, 't, 's> {
    pub(super) fn new(rows: &'r mut Rows<'t>, sink: &'s mut dyn Sink) -> Self {
        let columns = rows.counted();
        let beside = columns.iter().flat_map(|columns| &columns.beside);
        Self {
            beside: beside.map(|&column| Values { column, known: HashMap::default() }).collect(),
            columns,
            rows,
            sink,
            product: Codes::default(),
            place: Codes::default(),
            is_coded: false,
            products: Products::default(),
            places: Places::default(),
            items_end: None,
            items: HashMap::default(),
        }
    }

    /// Returns the number of a row's item.
    fn item(&self, batch: &Batch<'_>, row: usize) -> Option<u64> {
        self.items_end?;
        code(batch, &self.columns.as_ref()?.item, row)
    }

    /// Returns under what a row is counted, if it is known.
    #[inline]
    fn find(&self, batch: &Batch<'_>, row: usize) -> Option<Quiet> {
        if self.products.has(self.product.of_rows[row]) {
            return self.places.get(self.place.of_rows[row]);
        }
        if self.items.is_empty() {
            return None;
        }
        self.items.get(&self.item(batch, row)?).copied()
    }
}

/// Returns the name of an asset; none where it cannot be taken as it stands there.
#[inline]
fn name<'n>(text: Option<Text<'n>>, default: &'n str) -> Option<&'n [u8]> {
    let bytes = match text {
        None | Some(Text::Known("") | Text::Bytes([])) => return Some(default.as_bytes()),
        Some(Text::Known(text)) => text.as_bytes(),
        Some(Text::Bytes(bytes)) => std::str::from_utf8(bytes).ok()?.as_bytes(),
    };
    (is_trimmed(bytes) && bytes.len() < LONG).then_some(bytes)
}

impl Take for Counter<'_, '_, '_> {
    fn renumber(&mut self) {
        (self.product.end, self.place.end, self.items_end) = (0, 0, None);
        self.items.clear();
        self.beside.iter_mut().for_each(|values| values.known.clear());
    }

    fn batch(&mut self, batch: &Batch<'_>, rows: usize) {
        let Some(Counted { product, place, item, .. }) = &self.columns else { return };
        let items_end = end(batch, item);
        if self.items_end != items_end {
            self.items.clear();
        }
        self.items_end = items_end;
        let product = self.product.fill(batch, product, rows);
        let place = self.place.fill(batch, place, rows);
        self.is_coded = product.is_some() && place.is_some();
        if product == Some(false) {
            self.products.reset(self.product.end);
        }
        if place == Some(false) {
            self.places.reset(self.place.end);
        }
    }

    fn count(&mut self, batch: &Batch<'_>, rows: Range<usize>) -> usize {
        let Some(columns) = self.columns.as_ref().filter(|_| self.is_coded) else { return rows.start };
        let assets = batch.texts(columns.asset);
        if assets.is_none() && batch.column(columns.asset).is_some() {
            return rows.start;
        }
        let numbers = assets.and_then(Texts::numbers);
        let (mut asset, mut last) = (None, None);
        for row in rows.clone() {
            let Some(quiet) = self.find(batch, row) else { return row };
            let number = numbers.map(|numbers| numbers[row]);
            // Exports list a machine's rows together.
            if number.is_none() || number != last {
                asset = name(assets.and_then(|assets| assets.get(row)), &self.rows.default_asset);
                last = number;
            }
            let Some(asset) = asset else { return row };
            let mut quantity = 1;
            for values in &mut self.beside {
                let column = batch.column(values.column.column());
                match column.and_then(|column| values.read(column, row)) {
                    Some(count) => quantity *= count,
                    None => return row,
                }
            }
            self.sink.count(quiet, asset, quantity);
        }
        rows.end
    }

    fn row(&mut self, record: &Record, batch: &Batch<'_>, row: usize) -> bool {
        if let Some(broken) = record.broken {
            self.sink.unread(Unread::at(record.line, broken.reason()));
            return true;
        }
        let is_coded = self.is_coded && record.text.len() < MOST_BYTES - LONG;
        if !is_coded || self.find(batch, row).is_some() {
            self.rows.hand_on_or_count(&record.text, &record.spans, record.line, self.sink);
            return true;
        }
        self.rows.hand_on(&record.text, &record.spans, record.line, self.sink);
        match self.sink.quiet() {
            Some(quiet @ Quiet::Product(_)) => {
                self.products.add(self.product.of_rows[row]);
                self.places.add(self.place.of_rows[row], quiet);
            }
            Some(quiet @ Quiet::Item(_)) => {
                if let Some(item) = self.item(batch, row).filter(|_| self.items.len() < MOST) {
                    self.items.insert(item, quiet);
                }
            }
            None => {}
        }
        true
    }
}
