//! Finds values by number, each in a list of its own: a hash table of the numbers alone.

use hashbrown::HashTable;

/// Numbers are in so many tables. What one that grows leaves behind the next one takes: of one table alone, each thread
/// would keep as much again.
const TABLES: usize = 32;

/// Numbers by the hashes of what they stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// None as long as there is no number.
    tables: Vec<HashTable<u32>>,
}

impl Index {
    /// Returns the number of which this holds.
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        self.tables.get(table(hash))?.find(hash, |&number| is_it(number)).copied()
    }

    /// Adds a number that is not there; `hash_of` tells the hash of any.
    pub(super) fn add(&mut self, hash: u64, number: u32, hash_of: impl Fn(u32) -> u64) {
        if self.tables.is_empty() {
            self.tables.resize(TABLES, HashTable::new());
        }
        self.tables[table(hash)].insert_unique(hash, number, |&number| hash_of(number));
    }
}

/// By other bits than those that a table goes by.
fn table(hash: u64) -> usize {
    (hash >> 32) as usize % TABLES
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use foldhash::fast::FixedState;

    use super::*;

    #[test]
    fn each_number_is_found_by_what_it_stands_for() {
        let (mut index, hasher) = (Index::default(), FixedState::default());
        let value = |number: u32| u64::from(number) * 3;
        let hash = |number: u32| hasher.hash_one(value(number));
        let find = |index: &Index, wanted: u64| index.find(hasher.hash_one(wanted), |number| value(number) == wanted);
        assert_eq!(find(&index, 0), None);
        (0..5000).for_each(|number| index.add(hash(number), number, hash));
        assert!((0..5000).all(|number| find(&index, value(number)) == Some(number)));
        assert!((0..5000).all(|number| find(&index, value(number) + 1).is_none()));
    }
}
