//! Rows judged beside the reading: what reads a file that threads cannot share hands its rows to another thread.
//!
//! In: whatever reads, and a sink that can be split. Out: what the reader returns; the rows have gone to one part of the
//! sink, in their order, and all else to another. So what comes of it is the same as without. Rows cross over some hundred
//! at a time, in buffers that come back; few are on their way, so that memory does not grow.
//!
//! The reader does not wait for what becomes of a row: each has a number, and is held to be kept until somebody
//! [asks](Sink::is_kept).

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{Scope, ScopedJoinHandle};

use chrono::NaiveDate;

use super::{Kept, Sink, Unread};
use crate::model::{DependencyPath, IdentifierKind, Row};

/// So many bytes of rows, or so many rows, cross over at once.
const BYTES: usize = 32 * 1024;
const ROWS: usize = 512;
/// So many buffers are on their way.
const AHEAD: usize = 4;
/// Texts of a row besides its identifiers.
const TEXTS: usize = 7;

/// Reads while another thread takes the rows, if the sink can be split.
pub(super) fn beside<T>(sink: &mut dyn Sink, read: impl FnOnce(&mut dyn Sink) -> T) -> T {
    let (mut read, mut result) = (Some(read), None);
    sink.split(2, &mut |mut sinks| {
        if let (Some(rows), Some(rest), Some(read)) = (sinks.pop(), sinks.pop(), read.take()) {
            result = Some(std::thread::scope(|scope| {
                let mut relay = Relay::new(scope, rows, rest);
                let result = read(&mut relay);
                relay.end();
                result
            }));
        }
    });
    match (result, read) {
        (Some(result), _) => result,
        (None, Some(read)) => read(sink),
        (None, None) => unreachable!("what was read has a result"),
    }
}

/// Some rows, their texts one after the other.
#[derive(Default)]
struct Batch {
    text: String,
    rows: Vec<Written>,
    identifiers: Vec<(IdentifierKind, usize)>,
}

/// A row: how long its texts are, and all else.
struct Written {
    texts: [usize; TEXTS],
    identifiers: usize,
    quantity: u64,
    acquired: Option<NaiveDate>,
    renewal: Option<NaiveDate>,
    line: u64,
}

impl Batch {
    fn push(&mut self, row: &Row<'_>) {
        let &Row { vendor, product, version, identifiers, asset, location, audience, owner, .. } = row;
        let texts = [vendor, product, version, asset, location, audience, owner];
        texts.iter().for_each(|text| self.text.push_str(text));
        for &(kind, text) in identifiers {
            self.text.push_str(text);
            self.identifiers.push((kind, text.len()));
        }
        self.rows.push(Written {
            texts: texts.map(str::len),
            identifiers: identifiers.len(),
            quantity: row.quantity,
            acquired: row.acquired,
            renewal: row.renewal,
            line: row.line,
        });
    }

    fn is_full(&self) -> bool {
        self.text.len() >= BYTES || self.rows.len() >= ROWS
    }

    /// Hands on the rows and forgets them.
    fn drain(&mut self, mut take: impl FnMut(&Row<'_>)) {
        let (mut text, mut kinds) = (self.text.as_str(), self.identifiers.as_slice());
        let mut next = |length: usize| {
            let (one, rest) = text.split_at(length);
            text = rest;
            one
        };
        let mut identifiers = Vec::new();
        for row in &self.rows {
            let [vendor, product, version, asset, location, audience, owner] = row.texts.map(&mut next);
            let (own, rest) = kinds.split_at(row.identifiers);
            kinds = rest;
            identifiers.clear();
            identifiers.extend(own.iter().map(|&(kind, length)| (kind, next(length))));
            let &Written { quantity, acquired, renewal, line, .. } = row;
            let identifiers = &identifiers;
            take(&Row {
                vendor,
                product,
                version,
                identifiers,
                asset,
                location,
                audience,
                owner,
                quantity,
                acquired,
                renewal,
                line,
            });
        }
        self.text.clear();
        self.rows.clear();
        self.identifiers.clear();
    }
}

/// The sink that took the rows.
struct Taken<'s> {
    sink: &'s mut (dyn Sink + Send),
    count: usize,
    /// What it kept, by the number of the row.
    kept: Vec<(usize, Kept)>,
}

impl Taken<'_> {
    fn row(&mut self, row: &Row<'_>) {
        self.kept.extend(self.sink.row(row).map(|kept| (self.count, kept)));
        self.count += 1;
    }
}

/// Where rows are on their way to, or have come.
enum Way<'scope, 's> {
    Over(SyncSender<Batch>, ScopedJoinHandle<'scope, Taken<'s>>),
    There(Taken<'s>),
    /// Only while one becomes the other.
    Lost,
}

/// Takes rows to another thread.
struct Relay<'scope, 's> {
    way: Way<'scope, 's>,
    /// Takes all but rows.
    rest: &'s mut (dyn Sink + Send),
    batch: Batch,
    used: Receiver<Batch>,
    count: usize,
}

impl<'scope, 's> Relay<'scope, 's> {
    fn new<'env>(scope: &'scope Scope<'scope, 'env>, rows: &'s mut (dyn Sink + Send), rest: &'s mut (dyn Sink + Send)) -> Self
    where
        's: 'scope,
    {
        let (give, take) = mpsc::sync_channel::<Batch>(AHEAD);
        let (give_back, used) = mpsc::channel();
        let thread = scope.spawn(move || {
            let mut taken = Taken { sink: rows, count: 0, kept: Vec::new() };
            for mut batch in take {
                batch.drain(|row| taken.row(row));
                // Nobody takes it any more at the end.
                let _ = give_back.send(batch);
            }
            taken
        });
        Self { way: Way::Over(give, thread), rest, batch: Batch::default(), used, count: 0 }
    }

    fn send(&mut self) {
        let batch = std::mem::replace(&mut self.batch, self.used.try_recv().unwrap_or_default());
        if let Way::Over(give, _) = &self.way
            && give.send(batch).is_err()
        {
            // The other end is gone: its panic goes on here.
            self.end();
        }
    }

    /// Waits until all rows have come. Returns where they are.
    fn end(&mut self) -> &mut Taken<'s> {
        if let Way::Over(give, _) = &self.way {
            // It fails where the other end panicked, which is told next.
            let _ = give.send(std::mem::take(&mut self.batch));
        }
        self.way = match std::mem::replace(&mut self.way, Way::Lost) {
            Way::Over(give, thread) => {
                drop(give);
                Way::There(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            }
            way => way,
        };
        match &mut self.way {
            Way::There(taken) => taken,
            _ => unreachable!("has just come"),
        }
    }

    fn find(&mut self, Kept(number): Kept) -> Option<Kept> {
        let kept = &self.end().kept;
        kept.binary_search_by_key(&number, |&(number, _)| number).ok().map(|at| kept[at].1)
    }
}

impl Sink for Relay<'_, '_> {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        match &mut self.way {
            Way::There(taken) => taken.row(row),
            _ => self.batch.push(row),
        }
        if self.batch.is_full() {
            self.send();
        }
        self.count += 1;
        Some(Kept(self.count - 1))
    }

    fn is_kept(&mut self, kept: Kept) -> bool {
        self.find(kept).is_some()
    }

    fn path(&mut self, kept: Kept, path: DependencyPath) {
        if let Some(kept) = self.find(kept) {
            self.end().sink.path(kept, path);
        }
    }

    fn unread(&mut self, unread: Unread) {
        self.rest.unread(unread);
    }

    fn remark(&mut self, remark: String) {
        self.rest.remark(remark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::testing::Gathered;

    /// Keeps every third row.
    #[derive(Default)]
    struct Thirds(Gathered, usize, Vec<usize>);

    impl Sink for Thirds {
        fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
            self.1 += 1;
            Sink::row(&mut self.0, row).filter(|_| self.1.is_multiple_of(3))
        }

        fn path(&mut self, kept: Kept, path: DependencyPath) {
            self.2.push(kept.0);
            self.0.path(kept, path);
        }

        fn unread(&mut self, unread: Unread) {
            self.0.unread(unread);
        }

        fn remark(&mut self, remark: String) {
            self.0.remark(remark);
        }
    }

    /// Has a second part, which must get no row.
    struct Splitting<'s>(&'s mut Thirds, &'s mut Thirds);

    impl Sink for Splitting<'_> {
        fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
            self.0.row(row)
        }
        fn path(&mut self, kept: Kept, path: DependencyPath) {
            self.0.path(kept, path);
        }
        fn unread(&mut self, unread: Unread) {
            self.0.unread(unread);
        }
        fn remark(&mut self, remark: String) {
            self.0.remark(remark);
        }
        fn split(&mut self, parts: usize, work: &mut dyn FnMut(Vec<&mut (dyn Sink + Send)>)) -> bool {
            assert_eq!(parts, 2);
            work(vec![&mut *self.1, &mut *self.0]);
            true
        }
    }

    fn read(sink: &mut dyn Sink) -> Vec<usize> {
        let mut kept = Vec::new();
        let day = NaiveDate::from_ymd_opt(2024, 2, 29);
        for number in 0..5000_u64 {
            let (product, asset) = (format!("Product {number}"), format!("größe-{}", number % 7));
            let identifiers = [(IdentifierKind::Purl, product.as_str()), (IdentifierKind::Cpe, "")];
            let identifiers = &identifiers[..number as usize % 3];
            let row = Row {
                vendor: "Contoso",
                product: &product,
                version: &product[8..],
                identifiers,
                asset: &asset,
                location: "DE",
                audience: "a",
                owner: "b",
                quantity: number,
                acquired: day.filter(|_| number % 2 == 0),
                renewal: day.filter(|_| number % 2 == 1),
                line: number,
            };
            kept.extend(sink.row(&row).map(|kept| (kept, number)));
            if number % 1000 == 0 {
                sink.remark(format!("{number}"));
            }
        }
        kept.retain(|&(kept, _)| sink.is_kept(kept));
        for &(kept, number) in &kept {
            sink.path(kept, DependencyPath { names: vec![format!("Product {number}")], count: number });
        }
        // Whoever goes on after that is heard too.
        let last = sink.row(&Row { product: "last", ..Row::default() });
        kept.extend(last.filter(|&kept| sink.is_kept(kept)).map(|kept| (kept, 5000)));
        kept.into_iter().map(|(_, number)| number as usize).collect()
    }

    #[test]
    fn what_crosses_over_is_what_went_in() {
        let (mut alone, mut rows, mut rest) = (Thirds::default(), Thirds::default(), Thirds::default());
        let expected = read(&mut alone);
        assert_eq!(expected.len(), 1667);
        assert_eq!(beside(&mut Splitting(&mut rows, &mut rest), read), expected);
        assert_eq!(rows.0.rows, alone.0.rows);
        assert_eq!(rows.2, alone.2);
        assert_eq!((rest.0.rows.len(), &rest.0.remarks, rows.0.remarks.len()), (0, &alone.0.remarks, 0));
        // A sink that cannot be split takes all itself.
        let mut whole = Thirds::default();
        assert_eq!(beside(&mut whole, read), expected);
        assert_eq!(whole.0.rows, alone.0.rows);
    }

    #[test]
    #[should_panic(expected = "no more")]
    fn a_panic_crosses_back() {
        struct Panics;
        impl Sink for Panics {
            fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
                assert!(row.line < 700, "no more");
                None
            }
            fn path(&mut self, _: Kept, _: DependencyPath) {}
            fn unread(&mut self, _: Unread) {}
            fn remark(&mut self, _: String) {}
            fn split(&mut self, _: usize, work: &mut dyn FnMut(Vec<&mut (dyn Sink + Send)>)) -> bool {
                work(vec![&mut Self, &mut Self]);
                true
            }
        }
        beside(&mut Panics, read);
    }
}
