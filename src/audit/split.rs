//! An audit in parts, which threads fill each on its own, and one of them again. The audit itself is the first.
//!
//! Numbers of products, places and answers differ from part to part and are translated; what comes
//! of it is the same whichever part took which row.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashTable;

use super::holding::Rows;
use super::lately::Lately;
use super::{Audit, Decided, Decision, ROWS_KEPT, Read, Sighting, number, watch};

impl Audit<'_> {
    /// Returns so many more parts for rows of the present inventory.
    pub(super) fn forks(&mut self, count: usize) -> Vec<Self> {
        let mut forks = std::mem::take(&mut self.parts);
        while forks.len() < count {
            forks.push(self.fork());
        }
        // Those that an inventory needs no more have nothing to do with it.
        self.parts = forks.split_off(count);
        let source = Arc::clone(&self.read().source);
        for fork in &mut forks {
            fork.inventory = self.inventory;
            fork.audited.inventories = vec![Read::new(Arc::clone(&source))];
        }
        forks
    }

    fn fork(&mut self) -> Self {
        let mut fork = Self::with(self.terms, Arc::clone(&self.watch));
        fork.shared = Some(self.shared.get_or_insert_default().clone());
        fork.assets = self.assets.part();
        fork.held = self.held.part();
        fork
    }

    /// Takes parts back that have their rows of the present inventory, and what they say of it.
    pub(super) fn take_back(&mut self, mut forks: Vec<Self>) {
        for fork in &mut forks {
            for other in fork.audited.inventories.drain(..) {
                let own = self.read();
                own.items += other.items;
                own.unread_count += other.unread_count;
                own.unread.extend(other.unread);
                own.keep_first_unread();
                own.remarks.extend(other.remarks);
            }
        }
        forks.append(&mut self.parts);
        self.parts = forks;
    }

    /// Lets go of what only further rows would need, before parts are taken in.
    pub(super) fn close(&mut self) {
        self.held.index = HashTable::new();
        self.unreachable = Lately::default();
        self.strangers = Lately::default();
        self.shared = None;
    }

    /// Takes in what a part has, once it is closed. What several parts have of the same is to be [united](Self::unite).
    pub(super) fn absorb(&mut self, mut part: Self) {
        let subjects = self.absorb_products(&part);
        let situations = self.absorb_situations(&part);
        let (decisions, decided) = self.absorb_decisions(&part, &subjects, &situations);
        self.quiet += part.quiet;
        self.absorb_holdings(&mut part, &situations, &decisions, &decided);
        for (fingerprint, sightings) in part.audited.sighted {
            let own = self.audited.sighted.entry(fingerprint).or_default();
            for sighting in sightings {
                watch::add(own, Sighting { subject: subjects[&sighting.subject], ..sighting });
            }
        }
        self.audited.unidentified += part.audited.unidentified;
        self.audited.quantity = self.audited.quantity.saturating_add(part.audited.quantity);
        for (own, other) in self.audited.decisions.iter_mut().zip(&part.audited.decisions) {
            own.absorb(other, ROWS_KEPT);
        }
    }

    /// Returns what the numbers of the part's products are here. Unreachable ones are known to all parts anyway, or
    /// are too many.
    fn absorb_products(&mut self, part: &Self) -> BTreeMap<u32, u32> {
        let mut subjects = BTreeMap::new();
        // In whatever order: numbers stay inside, and nothing that comes of it depends on them.
        #[expect(clippy::iter_over_hash_type, reason = "see above")]
        for (key, &(theirs, _)) in &part.reachable {
            let own = match self.reachable.get(key) {
                Some(&(own, _)) => own,
                None => {
                    let added = self.add_subject(part.audited.subjects[theirs as usize].clone());
                    self.reachable.insert(key.clone(), added);
                    if let Some(settled) = part.settled.get(&theirs) {
                        self.settled.insert(added.0, settled.clone());
                    }
                    added.0
                }
            };
            subjects.insert(theirs, own);
        }
        subjects
    }

    fn absorb_situations(&mut self, part: &Self) -> BTreeMap<u32, u32> {
        let mut situations = BTreeMap::new();
        #[expect(clippy::iter_over_hash_type, reason = "as with products")]
        for (key, &theirs) in &part.situations {
            let seen = &part.situation_list[theirs as usize];
            let next = number(self.situation_list.len());
            let own = *self.situations.entry(key.clone()).or_insert(next);
            match self.situation_list.get_mut(own as usize) {
                Some(known) => known.rows += seen.rows,
                None => self.situation_list.push(seen.clone()),
            }
            situations.insert(theirs, own);
        }
        situations
    }

    /// Returns what the numbers of the part's decisions and answers are here, by number.
    fn absorb_decisions(
        &mut self,
        part: &Self,
        subjects: &BTreeMap<u32, u32>,
        situations: &BTreeMap<u32, u32>,
    ) -> (Vec<u32>, Vec<u32>) {
        let mut decisions = Vec::with_capacity(part.decision_list.len());
        let mut numbers = vec![None; part.audited.decided.len()];
        for theirs in &part.decision_list {
            let (subject, situation, dates) = theirs.question;
            let question = (subjects[&subject], situations[&situation], dates);
            let own = self.decisions.get(&question).copied().unwrap_or_else(|| {
                let (found, others) = (Arc::clone(&theirs.found), Arc::clone(&theirs.others));
                let situation = Arc::clone(&theirs.situation);
                self.add_decision(Decision { question, worst: theirs.worst, found, situation, first: None, others, rows: 0 })
            });
            decisions.push(own);
            self.decision_list[own as usize].rows += theirs.rows;
            if let Some(first) = theirs.first {
                numbers[first as usize..].iter_mut().zip(self.answers(own)).for_each(|(number, own)| *number = Some(own));
            }
        }
        // What is left was joined of two answers.
        let numbers = (0..).zip(numbers);
        let numbers = numbers.map(|(theirs, own)| own.unwrap_or_else(|| self.add_answer(part, theirs, subjects)));
        (decisions, numbers.collect())
    }

    /// Takes in holdings; they stay where they are in memory.
    fn absorb_holdings(&mut self, part: &mut Self, situations: &BTreeMap<u32, u32>, decisions: &[u32], decided: &[u32]) {
        for act in part.held.apart.iter_mut().flatten() {
            (act.decided, act.situation) = (decided[act.decided as usize], situations[&act.situation]);
        }
        let mut list = std::mem::take(&mut part.held.list);
        for holding in list.iter_mut() {
            holding.decision = decisions[holding.decision as usize];
            if !matches!(holding.rows(), Rows::One(..)) {
                let own = part.held.take_rows(holding.rows());
                holding.set_rows(self.held.put_rows(own, None));
            }
        }
        self.held.list.append(list);
    }

    /// Adds a part's answer. Returns its number here.
    fn add_answer(&mut self, part: &Self, theirs: u32, subjects: &BTreeMap<u32, u32>) -> u32 {
        let decided = &part.audited.decided[theirs as usize];
        self.audited.decided.push(Decided { subject: subjects[&decided.subject], ..decided.clone() });
        number(self.audited.decided.len() - 1)
    }
}
