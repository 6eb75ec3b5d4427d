//! Findings as they are handed on: drawn one after the other out of holdings, worst first.
//!
//! Findings come by status, act, vendor and product, then by asset, inventory and line. The first four are
//! those of the answer. So holdings are sorted once, by product and by the rest, and each group of answers
//! with the same status, act and product goes through the holdings of that product.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::holding::{Act, Book, Holding, Holdings, Kind, Rows, Tally};
use super::list::List;
use super::names::Names;
use super::{Audited, Map, Whereabouts, number};
use crate::model::DependencyPath;

/// One finding: an item under a rule.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// Index into [`Audited::decided`].
    pub decided: u32,
    /// Asset as written.
    pub asset: &'a str,
    /// Number of the asset, by the order of their names.
    pub asset_number: u32,
    /// Code of the place, or the text where it names none that is known.
    pub location: &'a str,
    /// Who answers for the asset, as written.
    pub owner: &'a str,
    /// Index of the inventory.
    pub inventory: u32,
    /// Line of the row whose answer counts.
    pub line: u64,
    /// Number of rows.
    pub rows: u64,
    /// Sum of their quantities.
    pub quantity: u64,
    /// The first rows, as inventory and line; left out where there is one.
    pub first: &'a [(u32, u64)],
    /// How the component came to be there.
    pub path: Option<&'a DependencyPath>,
}

impl Found<'_> {
    /// Returns the first of its rows, as inventory and line.
    #[must_use]
    pub fn first_row(&self) -> (u32, u64) {
        self.first.first().copied().unwrap_or((self.inventory, self.line))
    }
}

/// The findings of an audit, worst first.
#[derive(Debug, Default)]
pub struct Finds {
    holdings: List<Holding>,
    tallies: Vec<Tally>,
    /// Findings of holdings whose rows got different answers: group and asset, in their order.
    apart: Vec<(u32, u32, Act)>,
    assets: Names,
    owners: Names,
    kinds: Vec<Kind>,
    /// By number of the decision: its answers, and the number of its situation.
    decisions: Vec<Range<u32>>,
    situation_of: Vec<u32>,
    /// By number of the situation: its place as shown.
    places: Vec<Arc<str>>,
    /// Numbers of inventories' names, by their order.
    sources: Vec<u32>,
    /// By number of the answer.
    group_of: Vec<u32>,
    /// The holdings that each group goes through, in the order of groups.
    groups: Vec<Range<usize>>,
    len: usize,
}

/// What findings are sorted by before their assets: rank of the product, and of the group.
struct Ranks {
    /// By number of the answer.
    group_of: Vec<u32>,
    /// By group: rank of vendor and product as written.
    product_of: Vec<u32>,
}

impl Ranks {
    fn new(audited: &Audited) -> Self {
        let products = ranks(audited.subjects.iter().map(|subject| (subject.row.vendor.as_str(), subject.row.product.as_str())));
        // Answers are many more than groups: their ranks are compared, not their names.
        let mut numbers: Map<_, u32> = Map::default();
        let mut group_of: Vec<u32> = Vec::with_capacity(audited.decided.len());
        group_of.extend(audited.decided.iter().map(|decided| {
            // Rules are numbered by their ids.
            let key = (decided.judgement.status, decided.rule, products[decided.subject as usize]);
            let next = number(numbers.len());
            *numbers.entry(key).or_insert(next)
        }));
        let mut groups: Vec<_> = numbers.into_iter().collect();
        groups.sort_unstable();
        let mut rank_of = vec![0; groups.len()];
        (0..).zip(&groups).for_each(|(rank, &(_, group))| rank_of[group as usize] = rank);
        group_of.iter_mut().for_each(|group| *group = rank_of[*group as usize]);
        Self { group_of, product_of: groups.into_iter().map(|((_, _, product), _)| product).collect() }
    }
}

impl Finds {
    /// Puts holdings in their order.
    pub(super) fn new(
        audited: &Audited,
        held: Holdings,
        (decisions, situation_of): (Vec<Range<u32>>, Vec<u32>),
        places: &[Whereabouts],
    ) -> Self {
        let Book { mut assets, owners, kinds, .. } = std::mem::take(&mut *held.book());
        let Holdings { list: mut holdings, tallies, mut apart, index, .. } = held;
        drop(index);
        let numbers = assets.sort();
        let Ranks { group_of, product_of } = Ranks::new(audited);
        let sources = ranks(audited.inventories.iter().map(|read| &*read.source));
        let mut all = Self {
            tallies,
            assets,
            owners,
            kinds,
            places: places.iter().map(|place| Arc::clone(&place.shown)).collect(),
            decisions,
            situation_of,
            sources,
            group_of,
            ..Self::default()
        };
        for holding in holdings.iter_mut().filter(|holding| !holding.is_gone()) {
            holding.asset = numbers[holding.asset as usize];
            if let Rows::Apart(at) = holding.rows() {
                let acts = std::mem::take(&mut apart[at as usize]).into_iter();
                all.apart.extend(acts.map(|act| (all.group_of[act.decided as usize], holding.asset, act)));
                holding.go();
            }
        }
        drop(numbers);
        all.apart.sort_by_key(|(group, asset, act)| (*group, *asset, all.sources[act.tally.at.0 as usize], act.tally.at.1));
        // All answers of a decision are about one product.
        let product =
            |found: &Range<u32>| found.clone().next().map_or(0, |decided| product_of[all.group_of[decided as usize] as usize]);
        let products: Vec<u32> = all.decisions.iter().map(product).collect();
        let count = product_of.iter().max().map_or(0, |&last| last as usize + 1);
        let product = |holding: &Holding| if holding.is_gone() { count } else { products[holding.decision as usize] as usize };
        let place = |holding: &Holding| {
            let (inventory, line) = all.at(holding);
            (holding.asset, all.sources[inventory as usize], line)
        };
        // Of equals the first met comes first. Only without lines are there any, and else no more room is needed.
        let has_equals = holdings.iter().any(|holding| !holding.is_gone() && all.at(holding).1 == 0);
        if has_equals {
            let mut list: Vec<Holding> = holdings.iter().copied().collect();
            list.sort_by_key(product);
            holdings = list.into_iter().collect();
        }
        let of_product = holdings.group(count + 1, product);
        holdings.truncate(of_product[count].start);
        for range in &of_product[..count] {
            holdings.sort(range.clone(), |list| match has_equals {
                true => list.sort_by_key(place),
                false => list.sort_unstable_by_key(place),
            });
        }
        all.len = holdings.iter().map(|holding| all.decisions[holding.decision as usize].len()).sum::<usize>() + all.apart.len();
        all.groups = product_of.iter().map(|&product| of_product[product as usize].clone()).collect();
        all.holdings = holdings;
        all
    }

    fn at(&self, holding: &Holding) -> (u32, u64) {
        match holding.rows() {
            Rows::One(kind, line) => (self.kinds[kind as usize].inventory, line.into()),
            Rows::Several(at) | Rows::Apart(at) => self.tallies[at as usize].at,
        }
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns them one after the other, worst first.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter { finds: self, group: 0, holdings: self.groups.first().cloned().unwrap_or_default(), apart: 0 }
    }

    /// Returns how many findings have each answer, by its number in [`Audited::decided`].
    #[must_use]
    pub fn by_answer(&self) -> Vec<u64> {
        let mut holdings = vec![0; self.decisions.len()];
        self.holdings.iter().for_each(|holding| holdings[holding.decision as usize] += 1);
        let mut findings = vec![0; self.group_of.len()];
        for (found, count) in self.decisions.iter().zip(holdings) {
            found.clone().for_each(|decided| findings[decided as usize] += count);
        }
        self.apart.iter().for_each(|(_, _, act)| findings[act.decided as usize] += 1);
        findings
    }

    /// Returns the name of an asset by its number.
    #[must_use]
    pub fn asset(&self, number: u32) -> &str {
        self.assets.get(number)
    }

    fn found(&self, holding: &Holding, decided: u32) -> Found<'_> {
        let situation = self.situation_of[holding.decision as usize];
        match holding.rows() {
            Rows::One(kind, line) => {
                let Kind { inventory, quantity, owner } = self.kinds[kind as usize];
                Found {
                    decided,
                    asset: self.assets.get(holding.asset),
                    asset_number: holding.asset,
                    location: &self.places[situation as usize],
                    owner: self.owners.get(owner),
                    inventory,
                    line: line.into(),
                    rows: 1,
                    quantity,
                    first: &[],
                    path: None,
                }
            }
            Rows::Several(at) | Rows::Apart(at) => self.of_tally(decided, holding.asset, situation, &self.tallies[at as usize]),
        }
    }

    fn of_tally<'a>(&'a self, decided: u32, asset: u32, situation: u32, tally: &'a Tally) -> Found<'a> {
        Found {
            decided,
            asset: self.assets.get(asset),
            asset_number: asset,
            location: &self.places[situation as usize],
            owner: self.owners.get(tally.owner),
            inventory: tally.at.0,
            line: tally.at.1,
            rows: tally.rows,
            quantity: tally.quantity,
            first: &tally.first,
            path: tally.path.as_deref(),
        }
    }
}

impl<'a> IntoIterator for &'a Finds {
    type Item = Found<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Returns the rank of each among all: equals have the same.
fn ranks<K: Ord>(all: impl Iterator<Item = K> + Clone) -> Vec<u32> {
    let mut ranks: BTreeMap<K, u32> = all.clone().map(|key| (key, 0)).collect();
    (0..).zip(ranks.values_mut()).for_each(|(rank, number)| *number = rank);
    all.map(|key| ranks[&key]).collect()
}

/// Findings, worst first.
#[derive(Debug)]
pub struct Iter<'a> {
    finds: &'a Finds,
    group: usize,
    /// What is left of the holdings that the group goes through.
    holdings: Range<usize>,
    /// The next of those apart.
    apart: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Found<'a>> {
        let finds = self.finds;
        loop {
            let group = number(self.group);
            let apart = finds.apart.get(self.apart).filter(|(of, ..)| *of == group);
            // A holding of the product need not have this answer.
            let (holding, decided) = loop {
                if self.holdings.is_empty() {
                    break (None, 0);
                }
                let holding = &finds.holdings[self.holdings.start];
                let mut found = finds.decisions[holding.decision as usize].clone();
                match found.find(|&decided| finds.group_of[decided as usize] == group) {
                    Some(decided) => break (Some(holding), decided),
                    None => self.holdings.start += 1,
                }
            };
            let key = |asset: u32, (inventory, line): (u32, u64)| (asset, finds.sources[inventory as usize], line);
            let is_apart_first = match (holding, apart) {
                (Some(holding), Some((_, asset, act))) => key(*asset, act.tally.at) < key(holding.asset, finds.at(holding)),
                (None, Some(_)) => true,
                (_, None) => false,
            };
            if let Some((_, asset, act)) = apart.filter(|_| is_apart_first) {
                self.apart += 1;
                return Some(finds.of_tally(act.decided, *asset, act.situation, &act.tally));
            }
            if let Some(holding) = holding {
                self.holdings.start += 1;
                return Some(finds.found(holding, decided));
            }
            self.group += 1;
            self.holdings = finds.groups.get(self.group)?.clone();
        }
    }
}
