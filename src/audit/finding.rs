//! Findings: the rows that share one, and the answer that counts among theirs.
//!
//! Which row comes first plays no part: of the answers the worse one counts, of equals the one that
//! changes first, of these the one of the first line; what is to be said of equals is said.

use std::hash::BuildHasher;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::holding::{Act, Holding, Own, Tally};
use super::names::add;
use super::{Audit, number};
use crate::inventory::Kept;
use crate::model::{DependencyPath, Row, Status};

/// A set of numbers, a bit for each.
pub(super) struct Bits(Vec<u64>);

impl Bits {
    fn new(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    fn has(&self, number: u32) -> bool {
        self.0[number as usize / 64] >> (number % 64) & 1 == 1
    }

    fn set(&mut self, number: u32) {
        self.0[number as usize / 64] |= 1 << (number % 64);
    }
}

impl Audit<'_> {
    /// Adds a row to its findings.
    pub(super) fn keep(&mut self, row: &Row<'_>, identity: u32, decision: u32) -> Kept {
        let (asset, owner) = {
            let mut book = self.held.book();
            (book.assets.number(row.asset), book.owners.number(row.owner))
        };
        let rows = self.held.put_row((self.inventory, row.line), row.quantity, owner);
        let index = self.hold(identity, Holding::new(asset, decision, rows));
        // The findings of a row are those of its answer.
        if self.held.list[index as usize].decision == decision {
            return Kept(2 * index as usize);
        }
        self.kept.push((index, decision));
        Kept(2 * self.kept.len() - 1)
    }

    fn kept(&self, Kept(kept): Kept) -> (u32, u32) {
        match kept % 2 {
            0 => (number(kept / 2), self.held.list[kept / 2].decision),
            _ => self.kept[kept / 2],
        }
    }

    /// Changes what the rows of a kept row's findings have together.
    pub(super) fn change(&mut self, kept: Kept, change: impl Fn(&mut Tally)) {
        let (index, decision) = self.kept(kept);
        let rows = self.held.list[index as usize].rows();
        let mut own = self.held.take_rows(rows);
        match &mut own {
            Own::Several(tally) => change(tally),
            Own::Apart(acts) => {
                let rule = |decided: u32| self.audited.decided[decided as usize].rule;
                let found = &self.decision_list[decision as usize].found;
                for act in acts.iter_mut().filter(|act| found.iter().any(|&(found, _)| found == rule(act.decided))) {
                    change(&mut act.tally);
                }
            }
        }
        let rows = self.held.put_rows(own, Some(rows));
        self.held.list[index as usize].set_rows(rows);
    }

    /// Adds that the findings of a kept row have more rows than were handed over.
    pub fn add_rows(&mut self, kept: Kept, more: u64) {
        self.change(kept, |tally| tally.rows += more);
    }

    /// Adds how a kept row came to be there.
    pub(super) fn came_by(&mut self, kept: Kept, path: &DependencyPath) {
        self.change(kept, |tally| tally.came_by(path));
    }

    /// Adds a holding, or what one has to the one of the same product and asset. Returns its index.
    pub(super) fn hold(&mut self, identity: u32, new: Holding) -> u32 {
        let hash = self.hasher.hash_one((identity, new.asset));
        let is_same = |&index: &u32| {
            let holding = self.held.list[index as usize];
            holding.asset == new.asset && self.identity_of(holding.decision) == identity
        };
        if let Some(&index) = self.held.index.find(hash, is_same) {
            self.join(index, new);
            return index;
        }
        let index = number(self.held.list.len());
        self.held.list.push(new);
        let mut known = std::mem::take(&mut self.held.index);
        add(&mut known, index, 0, |index| self.hash(index));
        self.held.index = known;
        index
    }

    fn hash(&self, index: u32) -> u64 {
        let Holding { asset, decision, .. } = self.held.list[index as usize];
        self.hasher.hash_one((self.identity_of(decision), asset))
    }

    /// Joins the holdings of a product on an asset that different parts had, by the assets that several had any on.
    /// No more can be added from then on.
    pub(super) fn unite(&mut self, shared: &Bits) {
        let key = |index: u32| {
            let Holding { asset, decision, .. } = self.held.list[index as usize];
            (asset, self.identity_of(decision))
        };
        let is_shared = |&index: &u32| shared.has(self.held.list[index as usize].asset);
        let mut order: Vec<u32> = (0..number(self.held.list.len())).filter(is_shared).collect();
        order.sort_unstable_by_key(|&index| (key(index), index));
        let repeated = order.windows(2).map(|pair| key(pair[0]) == key(pair[1]));
        let repeated: Vec<usize> = (1..).zip(repeated).filter_map(|(at, is_repeated)| is_repeated.then_some(at)).collect();
        let mut first = 0;
        for (nth, &at) in repeated.iter().enumerate() {
            // Of several the first is the one before the first of them.
            if nth == 0 || repeated[nth - 1] + 1 != at {
                first = order[at - 1];
            }
            let index = order[at] as usize;
            self.join(first, self.held.list[index]);
            self.held.list[index].go();
        }
    }

    /// Returns the assets that several parts have holdings on. Exports list a machine's rows together, so most have not.
    pub(super) fn shared_assets(&self, parts: &[Self]) -> Bits {
        let assets = self.held.book().assets.len() + 1;
        let (mut before, mut shared) = (Bits::new(assets), Bits::new(assets));
        for part in std::iter::once(self).chain(parts) {
            let assets = || part.held.list.iter().map(|holding| holding.asset);
            assets().filter(|&asset| before.has(asset)).for_each(|asset| shared.set(asset));
            assets().for_each(|asset| before.set(asset));
        }
        shared
    }

    /// Returns the number of the normalised name of what an answer is about.
    pub(super) fn identity_of(&self, decision: u32) -> u32 {
        self.audited.identity_of[self.decision_list[decision as usize].question.0 as usize]
    }

    /// Adds what a second holding has to a first.
    fn join(&mut self, index: u32, new: Holding) {
        let standing = self.held.list[index as usize];
        let (own, other) = (self.held.take_rows(standing.rows()), self.held.take_rows(new.rows()));
        let joined = match (own, other) {
            (Own::Several(mut own), Own::Several(other)) if standing.decision == new.decision => {
                own.at = own.at.min(other.at);
                own.take(other);
                Own::Several(own)
            }
            (own, other) => {
                let mut acts = self.acts(standing.decision, own);
                for act in self.acts(new.decision, other) {
                    self.join_act(&mut acts, act);
                }
                Own::Apart(acts)
            }
        };
        let rows = self.held.put_rows(joined, Some(standing.rows()));
        self.held.list[index as usize].set_rows(rows);
    }

    /// Returns the findings of a holding, each by itself.
    fn acts(&mut self, decision: u32, own: Own) -> Vec<Act> {
        match own {
            Own::Apart(acts) => acts,
            Own::Several(tally) => {
                let situation = self.decision_list[decision as usize].question.1;
                self.answers(decision).map(|decided| Act { decided, situation, tally: tally.clone() }).collect()
            }
        }
    }

    fn join_act(&mut self, acts: &mut Vec<Act>, new: Act) {
        let decided = |number: u32| &self.audited.decided[number as usize];
        let Some(standing) = acts.iter_mut().find(|act| decided(act.decided).rule == decided(new.decided).rule) else {
            acts.push(new);
            return;
        };
        let counts = self.rank(&new) < self.rank(standing);
        let (first, second) = if counts { (new.decided, standing.decided) } else { (standing.decided, new.decided) };
        let is_equal = decided(first).judgement.status == decided(second).judgement.status;
        standing.decided = if is_equal { self.with_notes_of(first, second) } else { first };
        if counts {
            (standing.tally.at, standing.situation) = (new.tally.at, new.situation);
        }
        standing.tally.take(new.tally);
    }

    fn rank(&self, act: &Act) -> (Option<Status>, DateTime<Utc>, (u32, u64)) {
        let judgement = &self.audited.decided[act.decided as usize].judgement;
        (judgement.status, judgement.next().map_or(DateTime::<Utc>::MAX_UTC, |(_, at)| at), act.tally.at)
    }

    /// Returns the number of an answer that says what a second one says as well.
    fn with_notes_of(&mut self, first: u32, second: u32) -> u32 {
        let judgement = |number: u32| &self.audited.decided[number as usize].judgement;
        let (own, other) = (judgement(first), judgement(second));
        if first == second || other.notes.is_subset(&own.notes) && other.missing.is_subset(&own.missing) {
            return first;
        }
        if let Some(&number) = self.joined.get(&(first, second)) {
            return number;
        }
        let mut joined = self.audited.decided[first as usize].clone();
        let said = Arc::make_mut(&mut joined.judgement);
        said.notes.extend(other.notes.iter().cloned());
        said.missing.extend(other.missing.iter().cloned());
        let next = number(self.audited.decided.len());
        self.audited.decided.push(joined);
        self.joined.insert((first, second), next);
        next
    }
}
