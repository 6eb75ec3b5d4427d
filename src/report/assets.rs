//! Sets of assets, mostly one byte for each: a table holds one for every line.

use std::rc::Rc;

use super::{Draw, Findings, ItemRef};

/// So many numbers may wait until they are put in their order.
const WAITING: usize = 1 << 10;

/// Names of assets and their numbers, which go by the order of the names.
enum Names<'a> {
    Listed(Vec<&'a str>),
    Drawn(&'a dyn Draw),
}

impl<'a> Names<'a> {
    fn of(findings: &'a Findings) -> Self {
        findings.source().map_or_else(
            || {
                let mut names: Vec<&str> = findings.iter().map(|finding| finding.item.asset).collect();
                names.sort_unstable();
                names.dedup();
                Self::Listed(names)
            },
            Self::Drawn,
        )
    }

    fn number(&self, item: &ItemRef<'_>) -> u32 {
        match self {
            Self::Listed(names) => u32::try_from(names.partition_point(|name| *name < item.asset)).unwrap_or(u32::MAX),
            Self::Drawn(_) => item.asset_number,
        }
    }

    fn name(&self, number: u32) -> &'a str {
        match self {
            Self::Listed(names) => names.get(number as usize).copied().unwrap_or_default(),
            Self::Drawn(source) => source.asset(number),
        }
    }
}

/// Numbers in their order, each once: how far each is from the one before, in as few bytes as that takes.
#[derive(Clone, Default, PartialEq)]
struct Ascending {
    /// Seven bits to a byte, the lowest first; the eighth says that more follow.
    steps: Vec<u8>,
    len: usize,
    last: u32,
}

impl Ascending {
    /// Adds a number that is larger than all others.
    fn push(&mut self, number: u32) {
        let mut step = number - self.last;
        while step >= 0x80 {
            self.steps.push(step.to_le_bytes()[0] | 0x80);
            step >>= 7;
        }
        self.steps.push(step.to_le_bytes()[0]);
        self.last = number;
        self.len += 1;
    }

    fn last(&self) -> Option<u32> {
        (self.len > 0).then_some(self.last)
    }

    fn iter(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        let (mut steps, mut last) = (self.steps.iter(), 0);
        (0..self.len).map(move |_| {
            let mut shift = 0;
            for &byte in steps.by_ref() {
                last += u32::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    break;
                }
                shift += 7;
            }
            last
        })
    }
}

/// A set of assets that are named.
#[derive(Clone)]
pub(super) struct Assets<'a> {
    names: Rc<Names<'a>>,
    numbers: Ascending,
    /// What is not there yet, in whatever order.
    waiting: Vec<u32>,
}

impl<'a> Assets<'a> {
    /// Returns an empty set of assets of these findings.
    pub(super) fn of(findings: &'a Findings) -> Self {
        Self { names: Rc::new(Names::of(findings)), numbers: Ascending::default(), waiting: Vec::new() }
    }

    /// Returns an empty set of the same assets.
    pub(super) fn none(&self) -> Self {
        Self { names: Rc::clone(&self.names), numbers: Ascending::default(), waiting: Vec::new() }
    }

    /// Adds the asset of an item, where it is named. Whoever adds assets settles them before looking.
    pub(super) fn add(&mut self, item: &ItemRef<'_>) {
        if item.asset.is_empty() {
            return;
        }
        let number = self.names.number(item);
        match self.numbers.last() {
            // As nearly always: findings come by asset.
            Some(last) if last == number => {}
            Some(last) if last > number => {
                self.waiting.push(number);
                self.settle_many();
            }
            _ => self.numbers.push(number),
        }
    }

    fn settle_many(&mut self) {
        if self.waiting.len() >= WAITING.max(self.numbers.len / 2) {
            self.settle();
        }
    }

    /// Puts what was added in its place.
    pub(super) fn settle(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        // Both are gone through at once: there may be as many as machines, and no room for them once more.
        let (mut waiting, before) = (std::mem::take(&mut self.waiting), std::mem::take(&mut self.numbers));
        waiting.sort_unstable();
        let (mut known, mut new) = (before.iter().peekable(), waiting.into_iter().peekable());
        loop {
            let is_new_first = match (known.peek(), new.peek()) {
                (Some(known), Some(new)) => new < known,
                (known, _) => known.is_none(),
            };
            let Some(number) = (if is_new_first { new.next() } else { known.next() }) else { break };
            if self.numbers.last() != Some(number) {
                self.numbers.push(number);
            }
        }
    }

    /// Adds all of another set, which is settled.
    pub(super) fn extend(&mut self, other: &Self) {
        if self.numbers.len == 0 {
            self.numbers.clone_from(&other.numbers);
        } else if self.numbers != other.numbers {
            self.waiting.extend(other.numbers.iter());
            self.settle_many();
        }
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        debug_assert!(self.waiting.is_empty(), "settled before anybody looks");
        self.numbers.len
    }

    /// Returns the first in the order of the alphabet.
    pub(super) fn first(&self) -> Option<&'a str> {
        self.iter().next()
    }

    /// Returns them in the order of the alphabet.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &'a str> + '_ {
        self.numbers.iter().map(|number| self.names.name(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_in_their_order() {
        let all = [0, 1, 127, 128, 255, 16_511, 16_512, 1 << 21, 1 << 28, u32::MAX - 1, u32::MAX];
        for from in 0..all.len() {
            let mut numbers = Ascending::default();
            all[from..].iter().for_each(|&number| numbers.push(number));
            assert!(numbers.iter().eq(all[from..].iter().copied()), "{from}");
            assert_eq!((numbers.iter().len(), numbers.last()), (all.len() - from, Some(u32::MAX)));
        }
        assert_eq!((Ascending::default().iter().len(), Ascending::default().last()), (0, None));
    }
}
