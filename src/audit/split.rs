//! An audit in parts, which threads fill each on its own, and one of them again.
//!
//! Numbers of products, places and answers differ from part to part and are translated; what comes
//! of it is the same whichever part took which row.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Audit, Decided, Decision, Found, Product, ROWS_KEPT, Read, Sighting, number, watch};

impl Audit<'_> {
    /// Returns an empty audit for rows of the present inventory.
    pub(super) fn fork(&mut self) -> Self {
        let source = Arc::clone(&self.read().source);
        let mut fork = Self::with(self.terms, Arc::clone(&self.watch));
        fork.inventory = self.inventory;
        fork.shared = Some(self.shared.get_or_insert_default().clone());
        fork.audited.inventories.push(Read::new(source));
        fork
    }

    /// Takes in what a part has.
    pub(super) fn absorb(&mut self, part: Self) {
        let (subjects, identities) = self.absorb_products(&part);
        let situations = self.absorb_situations(&part);
        let decided = self.absorb_decisions(&part, &subjects, &situations);
        self.quiet += part.quiet;
        self.assets.extend(part.assets);
        self.last_asset.clear();
        for (fingerprint, sightings) in part.audited.sighted {
            let own = self.audited.sighted.entry(fingerprint).or_default();
            for sighting in sightings {
                watch::add(own, Sighting { subject: subjects[&sighting.subject], ..sighting });
            }
        }
        for found in part.audited.found {
            let (asset, owner) = (self.name(&found.asset), self.name(&found.owner));
            let (decided, identity) = (decided[found.decided as usize], identities[&found.identity]);
            self.add(identity, Found { decided, identity, asset, owner, ..found });
        }
        self.audited.unidentified += part.audited.unidentified;
        self.audited.quantity = self.audited.quantity.saturating_add(part.audited.quantity);
        for (own, other) in self.audited.decisions.iter_mut().zip(&part.audited.decisions) {
            own.absorb(other, ROWS_KEPT);
        }
        for other in part.audited.inventories {
            let own = self.read();
            own.items += other.items;
            own.unread_count += other.unread_count;
            own.unread.extend(other.unread);
            own.keep_first_unread();
            own.remarks.extend(other.remarks);
        }
    }

    /// Returns what the numbers of the part's products and names are here.
    fn absorb_products(&mut self, part: &Self) -> (BTreeMap<u32, u32>, BTreeMap<u32, u32>) {
        let (mut subjects, mut identities) = (BTreeMap::new(), BTreeMap::new());
        // In whatever order: numbers stay inside, and nothing that comes of it depends on them.
        #[expect(clippy::iter_over_hash_type, reason = "see above")]
        for (key, &product) in &part.products {
            let known = self.products.get(key).copied();
            let Product::Reachable(theirs, their_identity) = product else {
                if known.is_none() {
                    self.products.insert(key.clone(), product);
                }
                continue;
            };
            let (own, identity) = match known {
                Some(Product::Reachable(own, identity)) => (own, identity),
                _ => {
                    let added = self.add_subject(part.audited.subjects[theirs as usize].clone());
                    self.products.insert(key.clone(), Product::Reachable(added.0, added.1));
                    if let Some(settled) = part.settled.get(&theirs) {
                        self.settled.insert(added.0, settled.clone());
                    }
                    added
                }
            };
            subjects.insert(theirs, own);
            identities.insert(their_identity, identity);
        }
        (subjects, identities)
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

    /// Returns what the numbers of the part's answers are here, by number.
    fn absorb_decisions(&mut self, part: &Self, subjects: &BTreeMap<u32, u32>, situations: &BTreeMap<u32, u32>) -> Vec<u32> {
        let mut numbers = vec![None; part.audited.decided.len()];
        for theirs in &part.decision_list {
            let (subject, situation, dates) = theirs.question;
            let question = (subjects[&subject], situations[&situation], dates);
            let own = self.decisions.get(&question).copied().unwrap_or_else(|| {
                let found = theirs.found.iter().map(|&number| self.add_answer(part, number, subjects)).collect();
                self.add_decision(Decision { question, worst: theirs.worst, found, others: theirs.others.clone(), rows: 0 })
            });
            let own = &mut self.decision_list[own as usize];
            own.rows += theirs.rows;
            for (&theirs, &own) in theirs.found.iter().zip(&own.found) {
                numbers[theirs as usize] = Some(own);
            }
        }
        // What is left was joined of two answers.
        let numbers = (0..).zip(numbers);
        numbers.map(|(theirs, own)| own.unwrap_or_else(|| self.add_answer(part, theirs, subjects))).collect()
    }

    /// Adds a part's answer. Returns its number here.
    fn add_answer(&mut self, part: &Self, theirs: u32, subjects: &BTreeMap<u32, u32>) -> u32 {
        let decided = &part.audited.decided[theirs as usize];
        self.audited.decided.push(Decided { subject: subjects[&decided.subject], ..decided.clone() });
        number(self.audited.decided.len() - 1)
    }
}
