//! Sets of assets, four bytes for each: a table holds one for every line.

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

/// A set of assets that are named.
#[derive(Clone)]
pub(super) struct Assets<'a> {
    names: Rc<Names<'a>>,
    /// In their order, each once.
    numbers: Vec<u32>,
    /// What is not there yet, in whatever order.
    waiting: Vec<u32>,
}

impl<'a> Assets<'a> {
    /// Returns an empty set of assets of these findings.
    pub(super) fn of(findings: &'a Findings) -> Self {
        Self { names: Rc::new(Names::of(findings)), numbers: Vec::new(), waiting: Vec::new() }
    }

    /// Returns an empty set of the same assets.
    pub(super) fn none(&self) -> Self {
        Self { names: Rc::clone(&self.names), numbers: Vec::new(), waiting: Vec::new() }
    }

    /// Adds the asset of an item, where it is named. Whoever adds assets settles them before looking.
    pub(super) fn add(&mut self, item: &ItemRef<'_>) {
        if item.asset.is_empty() {
            return;
        }
        let number = self.names.number(item);
        match self.numbers.last() {
            // As nearly always: findings come by asset.
            Some(&last) if last == number => {}
            Some(&last) if last > number => {
                self.waiting.push(number);
                self.settle_many();
            }
            _ => self.numbers.push(number),
        }
    }

    fn settle_many(&mut self) {
        if self.waiting.len() >= WAITING.max(self.numbers.len() / 2) {
            self.settle();
        }
    }

    /// Puts what was added in its place.
    pub(super) fn settle(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        self.numbers.append(&mut self.waiting);
        self.waiting.shrink_to_fit();
        // Two runs in their order, or nearly so, are merged.
        self.numbers.sort();
        self.numbers.dedup();
    }

    /// Adds all of another set, which is settled.
    pub(super) fn extend(&mut self, other: &Self) {
        if self.numbers.is_empty() {
            self.numbers.clone_from(&other.numbers);
        } else if self.numbers != other.numbers {
            self.waiting.extend_from_slice(&other.numbers);
            self.settle_many();
        }
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        debug_assert!(self.waiting.is_empty(), "settled before anybody looks");
        self.numbers.len()
    }

    /// Returns the first in the order of the alphabet.
    pub(super) fn first(&self) -> Option<&'a str> {
        self.iter().next()
    }

    /// Returns them in the order of the alphabet.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &'a str> + '_ {
        self.numbers.iter().map(|&number| self.names.name(number))
    }
}
