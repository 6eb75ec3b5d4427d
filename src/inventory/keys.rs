//! A map by short texts that lie one after the other, the first met first: those that come most often
//! lie together, and none is a piece of memory of its own.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// Values by texts.
pub(crate) struct Keys<V> {
    hasher: RandomState,
    texts: Vec<u8>,
    table: HashTable<Entry<V>>,
}

#[derive(Clone, Copy)]
struct Entry<V> {
    /// Where its text lies.
    start: u32,
    length: u32,
    value: V,
}

impl<V> Default for Keys<V> {
    fn default() -> Self {
        Self { hasher: RandomState::default(), texts: Vec::new(), table: HashTable::new() }
    }
}

impl<V: Copy> Keys<V> {
    /// Returns how many there are.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Returns how many bytes the texts have.
    pub(crate) fn bytes(&self) -> usize {
        self.texts.len()
    }

    /// Returns none at all, of which the texts have the same [hashes](Self::hash).
    pub(crate) fn like(other: &Self) -> Self {
        Self { hasher: other.hasher.clone(), ..Self::default() }
    }

    /// Returns the hash of a text.
    #[inline]
    pub(crate) fn hash(&self, key: &[u8]) -> u64 {
        self.hasher.hash_one(key)
    }

    /// Returns the value of a text.
    #[inline]
    pub(crate) fn get(&self, key: &[u8]) -> Option<V> {
        self.get_by(self.hash(key), key)
    }

    /// Returns the value of a text, by its hash.
    #[inline]
    pub(crate) fn get_by(&self, hash: u64, key: &[u8]) -> Option<V> {
        self.table.find(hash, |entry| entry.text(&self.texts) == key).map(|entry| entry.value)
    }

    /// Returns the texts with their values, in whatever order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], V)> {
        self.table.iter().map(|entry| (entry.text(&self.texts), entry.value))
    }

    /// Adds a text, unless it is there. Texts beyond four gigabytes are left out.
    pub(crate) fn put(&mut self, key: &[u8], value: V) {
        let hash = self.hash(key);
        if self.get_by(hash, key).is_some() {
            return;
        }
        let (Ok(start), Ok(length)) = (u32::try_from(self.texts.len()), u32::try_from(key.len())) else { return };
        self.texts.extend_from_slice(key);
        let rehash = |entry: &Entry<V>| self.hasher.hash_one(entry.text(&self.texts));
        self.table.insert_unique(hash, Entry { start, length, value }, rehash);
    }

    /// Returns these with others added, in no more memory than they take.
    pub(crate) fn with(&self, others: &Self) -> Self {
        let mut texts = Vec::with_capacity(self.bytes() + others.bytes());
        texts.extend_from_slice(&self.texts);
        let mut all = Self { hasher: self.hasher.clone(), texts, table: self.table.clone() };
        others.iter().for_each(|(key, value)| all.put(key, value));
        all
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.texts.clear();
        self.table.clear();
    }
}

impl<V> Entry<V> {
    #[inline]
    fn text<'t>(&self, texts: &'t [u8]) -> &'t [u8] {
        &texts[self.start as usize..][..self.length as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_value_it_was_first_given() {
        let mut keys = Keys::default();
        for number in 0..3000_u32 {
            keys.put(format!("key {}", number % 1000).as_bytes(), number);
        }
        assert_eq!((keys.len(), keys.get(b"key 7"), keys.get(b"key")), (1000, Some(7), None));
        keys.put(b"", 5);
        assert_eq!(keys.get(b""), Some(5));
        keys.clear();
        assert_eq!((keys.len(), keys.bytes(), keys.get(b"key 7")), (0, 0, None));
    }
}
