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
    /// How texts in these columns make a number of a row, in the present batch; whether all that matters in it has any.
    product: Digits,
    place: Digits,
    item: Digits,
    is_coded: bool,
    /// The numbers of the present batch.
    product_of: Vec<u64>,
    place_of: Vec<u64>,
    /// Under what its rows are counted, as far as that was known when it began.
    quiet_of: Vec<Option<Quiet>>,
    products: Products,
    places: Places,
    /// Under what the items are counted that are known.
    items: HashMap<u64, Quiet, RandomState>,
    beside: Vec<Values>,
}

/// How the texts of a row in several columns make one number, which no other texts make: the number of each is a digit.
#[derive(Clone, Debug, Default, PartialEq)]
struct Digits {
    /// The columns, and one more than how many texts each has: for where there is no text. The one that has most comes
    /// last.
    columns: Vec<(usize, u64)>,
    /// Above all of the numbers; 0 where some text has no number, or there are too many.
    end: u64,
}

impl Digits {
    fn new(batch: &Batch<'_>, columns: &[usize]) -> Self {
        let base = |&column: &usize| {
            let texts = batch.texts(column).filter(|texts| texts.numbers().is_some())?;
            Some((column, texts.count() as u64 + 1))
        };
        let Some(mut columns) = columns.iter().map(base).collect::<Option<Vec<_>>>() else { return Self::default() };
        columns.sort_by_key(|(_, base)| *base);
        let end = columns.iter().try_fold(1_u64, |end, (_, base)| end.checked_mul(*base));
        Self { end: end.unwrap_or(0), columns }
    }

    /// Returns whether rows have numbers.
    fn is_any(&self) -> bool {
        self.end > 0
    }

    /// Returns the numbers of the texts that make the last digit of each row's number, and below what it lies.
    fn last<'g>(&self, batch: &Batch<'g>) -> (&'g [u32], u64) {
        let &(column, base) = self.columns.last().unwrap_or(&(usize::MAX, 1));
        (batch.texts(column).and_then(Texts::numbers).unwrap_or_default(), base)
    }

    /// Returns the number of a row, where rows have any.
    fn code(&self, batch: &Batch<'_>, row: usize) -> Option<u64> {
        if !self.is_any() {
            return None;
        }
        self.columns.iter().try_fold(0, |code, &(column, base)| {
            let number = *batch.texts(column)?.numbers()?.get(row)?;
            Some(code * base + digit(number, base))
        })
    }

    /// Puts down those of all rows.
    fn fill(&self, batch: &Batch<'_>, rows: usize, codes: &mut Vec<u64>) {
        codes.clear();
        codes.resize(rows, 0);
        for &(column, base) in &self.columns {
            let numbers = batch.texts(column).and_then(Texts::numbers).unwrap_or_default();
            for (code, &number) in codes.iter_mut().zip(numbers) {
                *code = *code * base + digit(number, base);
            }
        }
    }
}

/// Returns the digit of a text that has a number, or has none: it is the last there is then.
#[inline]
fn digit(number: u32, base: u64) -> u64 {
    u64::from(number).min(base - 1)
}

/// Products that are known, by their numbers.
#[derive(Default)]
struct Products {
    /// By the last digit of the number, which tells nearly all from each other: one more than the first that was met.
    first: Vec<u64>,
    others: HashSet<u64, RandomState>,
}

impl Products {
    /// Forgets all; last digits stay below the base.
    fn reset(&mut self, last_base: u64) {
        self.others.clear();
        self.first.clear();
        self.first.resize(last_base as usize, 0);
    }

    #[inline]
    fn has(&self, code: u64, last: u64) -> bool {
        match self.first.get(last as usize) {
            None | Some(0) => false,
            Some(&first) => first == code + 1 || self.others.contains(&code),
        }
    }

    fn add(&mut self, code: u64, last: u64) {
        match self.first.get_mut(last as usize) {
            None => {}
            Some(first @ 0) => *first = code + 1,
            Some(_) if self.others.len() < MOST => {
                self.others.insert(code);
            }
            Some(_) => {}
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
            product: Digits::default(),
            place: Digits::default(),
            item: Digits::default(),
            is_coded: false,
            product_of: Vec::new(),
            place_of: Vec::new(),
            quiet_of: Vec::new(),
            products: Products::default(),
            places: Places::default(),
            items: HashMap::default(),
        }
    }

    /// Looks up all rows of a batch: one after the other with nothing between, the processor need not wait for memory.
    fn look_up(&mut self, batch: &Batch<'_>, rows: usize) {
        self.product.fill(batch, rows, &mut self.product_of);
        self.place.fill(batch, rows, &mut self.place_of);
        let (last, base) = self.product.last(batch);
        let codes = self.product_of.iter().zip(&self.place_of).zip(last);
        self.quiet_of.clear();
        self.quiet_of.extend(codes.map(|((&product, &place), &last)| match self.products.has(product, digit(last, base)) {
            true => self.places.get(place),
            false => None,
        }));
    }

    /// Returns under what a row is counted, if it is known.
    fn find(&self, batch: &Batch<'_>, row: usize) -> Option<Quiet> {
        let (last, base) = self.product.last(batch);
        if self.products.has(self.product_of[row], digit(*last.get(row)?, base)) {
            return self.places.get(self.place_of[row]);
        }
        if self.items.is_empty() {
            return None;
        }
        self.items.get(&self.item.code(batch, row)?).copied()
    }
}

/// Returns the name of an asset; none where it cannot be taken as it stands there.
#[inline]
fn name<'n>(text: Option<Text<'n>>, default: &'n str) -> Option<&'n [u8]> {
    let bytes = match text {
        None | Some(Text::Known("") | Text::Ascii([]) | Text::Bytes([])) => return Some(default.as_bytes()),
        Some(Text::Known(text)) => text.as_bytes(),
        Some(Text::Ascii(bytes)) => bytes,
        Some(Text::Bytes(bytes)) => std::str::from_utf8(bytes).ok()?.as_bytes(),
    };
    (is_trimmed(bytes) && bytes.len() < LONG).then_some(bytes)
}

impl Take for Counter<'_, '_, '_> {
    fn renumber(&mut self) {
        (self.product, self.place, self.item) = Default::default();
        self.beside.iter_mut().for_each(|values| values.known.clear());
    }

    fn batch(&mut self, batch: &Batch<'_>, rows: usize) {
        let Some(columns) = &self.columns else { return };
        let renewed = |digits: &mut Digits, columns: &[usize]| {
            let new = Digits::new(batch, columns);
            let is_other = *digits != new;
            *digits = new;
            is_other
        };
        if renewed(&mut self.product, &columns.product) {
            self.products.reset(self.product.last(batch).1);
        }
        if renewed(&mut self.place, &columns.place) {
            self.places.reset(self.place.end);
        }
        if renewed(&mut self.item, &columns.item) {
            self.items.clear();
        }
        self.is_coded = self.product.is_any() && self.place.is_any();
        if self.is_coded {
            self.look_up(batch, rows);
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
            let known = self.quiet_of.get(row).copied().flatten();
            let Some(quiet) = known.or_else(|| self.find(batch, row)) else { return row };
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
                let (last, base) = self.product.last(batch);
                if let Some(&last) = last.get(row) {
                    self.products.add(self.product_of[row], digit(last, base));
                }
                self.places.add(self.place_of[row], quiet);
            }
            Some(quiet @ Quiet::Item(_)) => {
                if let Some(item) = self.item.code(batch, row).filter(|_| self.items.len() < MOST) {
                    self.items.insert(item, quiet);
                }
            }
            None => {}
        }
        true
    }
}
