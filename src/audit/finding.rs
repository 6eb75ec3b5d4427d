//! Findings: the rows that share one, and the answer that counts among theirs.
//!
//! Which row comes first plays no part: of the answers the worse one counts, of equals the one that
//! changes first, of these the one of the first line; what is to be said of equals is said.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Audit, END_OF_ROW, Found, ROWS_KEPT, number};
use crate::inventory::Kept;
use crate::model::{DependencyPath, Row, Status};

impl Found {
    /// Returns the row whose answer counts.
    fn at(&self) -> (u32, u64) {
        (self.inventory, self.line)
    }

    /// Takes in how one of its rows came to be there: the shortest way is kept.
    pub(super) fn came_by(&mut self, path: &DependencyPath) {
        if self.path.names.is_empty() || path.names.len() < self.path.names.len() {
            self.path.clone_from(path);
        }
    }
}

impl Audit<'_> {
    /// Adds a row to its finding under each rule.
    pub(super) fn keep(&mut self, row: &Row<'_>, identity: u32, situation: u32, decision: u32) -> Kept {
        let start = self.kept.len();
        let (asset, owner) = (self.name(row.asset), self.name(row.owner));
        for at in 0..self.decision_list[decision as usize].found.len() {
            let decided = self.decision_list[decision as usize].found[at];
            let index = self.add(
                identity,
                Found {
                    decided,
                    asset: Arc::clone(&asset),
                    location: Arc::clone(&self.situation_list[situation as usize].shown),
                    owner: Arc::clone(&owner),
                    inventory: self.inventory,
                    line: row.line,
                    rows: 1,
                    quantity: row.quantity,
                    first: Vec::new(),
                    path: DependencyPath::default(),
                    identity,
                    owner_at: (self.inventory, row.line),
                },
            );
            self.kept.push(index);
        }
        self.kept.push(END_OF_ROW);
        Kept(start)
    }

    /// Adds a finding, or what one has to one that stands for the same rule, product and asset. A new one may leave
    /// out `first` where it has one row. Returns its index.
    pub(super) fn add(&mut self, identity: u32, mut new: Found) -> u32 {
        let rule = self.audited.decided[new.decided as usize].rule;
        // Names are kept once, so that two are the same where they lie at the same place.
        let key = (rule, identity, new.asset.as_ptr().addr());
        if let Some(&index) = self.finding_keys.get(&key) {
            self.join(index, &new);
            return index;
        }
        if new.first.is_empty() {
            new.first = vec![new.at()];
        }
        let index = number(self.audited.found.len());
        self.finding_keys.insert(key, index);
        self.audited.found.push(new);
        index
    }

    fn join(&mut self, index: u32, new: &Found) {
        let status = |number: u32| self.audited.decided[number as usize].judgement.status;
        let standing = &self.audited.found[index as usize];
        let counts = self.rank(new) < self.rank(standing);
        let (first, second) = if counts { (new.decided, standing.decided) } else { (standing.decided, new.decided) };
        let decided = if status(first) == status(second) { self.with_notes_of(first, second) } else { first };
        let found = &mut self.audited.found[index as usize];
        found.decided = decided;
        found.rows += new.rows;
        found.quantity = found.quantity.saturating_add(new.quantity);
        let (own, others) = (found.first.last().copied(), if new.first.is_empty() { &[new.at()][..] } else { &new.first });
        if found.first.len() < ROWS_KEPT || others.first() < own.as_ref() {
            found.first.extend_from_slice(others);
            found.first.sort_unstable();
            found.first.truncate(ROWS_KEPT);
        }
        if !new.owner.is_empty() && (found.owner.is_empty() || new.owner_at < found.owner_at) {
            (found.owner, found.owner_at) = (Arc::clone(&new.owner), new.owner_at);
        }
        if !new.path.names.is_empty() {
            found.came_by(&new.path);
        }
        if counts {
            (found.inventory, found.line) = new.at();
            found.location = Arc::clone(&new.location);
        }
    }

    fn rank(&self, found: &Found) -> (Option<Status>, DateTime<Utc>, (u32, u64)) {
        let judgement = &self.audited.decided[found.decided as usize].judgement;
        (judgement.status, judgement.next().map_or(DateTime::<Utc>::MAX_UTC, |(_, at)| at), found.at())
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
