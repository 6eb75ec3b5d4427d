//! A map by short texts that lie one after the other, the first met first: those that come most often
//! lie together, and none is a piece of memory of its own. They lie in blocks, which never move: what a
//! text that grows leaves behind stays with its thread.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// Length of a block; that of a longer text is its own.
const BLOCK: usize = 1 << BLOCK_BITS;
const BLOCK_BITS: u32 = 14;

/// Values by texts.
#[derive(Clone)]
pub(crate) struct Keys<V> {
    hasher: RandomState,
    texts: Texts,
    table: HashTable<Entry<V>>,
}

#[derive(Clone, Copy)]
struct Entry<V> {
    /// Where its text lies.
    start: u32,
    length: u32,
    value: V,
}

#[derive(Clone, Default)]
struct Texts {
    blocks: Vec<Vec<u8>>,
    bytes: usize,
}

impl Texts {
    #[inline]
    fn get<V>(&self, entry: &Entry<V>) -> &[u8] {
        let start = entry.start as usize;
        &self.blocks[start >> BLOCK_BITS][start % BLOCK..][..entry.length as usize]
    }

    /// Adds a text. Returns where it lies; none where it lies too far on.
    fn push(&mut self, text: &[u8]) -> Option<u32> {
        if self.blocks.last().is_none_or(|last| last.len() == BLOCK || last.len() + text.len() > BLOCK) {
            self.blocks.push(Vec::with_capacity(text.len().max(BLOCK)));
        }
        let number = self.blocks.len() - 1;
        let block = &mut self.blocks[number];
        let start = u32::try_from(number << BLOCK_BITS | block.len()).ok()?;
        block.extend_from_slice(text);
        self.bytes += text.len();
        Some(start)
    }
}

impl<V> Default for Keys<V> {
    fn default() -> Self {
        Self { hasher: RandomState::default(), texts: Texts::default(), table: HashTable::new() }
    }
}

impl<V: Copy> Keys<V> {
    /// Returns how many there are.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Returns how many bytes the texts have.
    pub(crate) fn bytes(&self) -> usize {
        self.texts.bytes
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
        self.table.find(hash, |entry| self.texts.get(entry) == key).map(|entry| entry.value)
    }

    /// Returns the texts with their values, in whatever order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], V)> {
        self.table.iter().map(|entry| (self.texts.get(entry), entry.value))
    }

    /// Adds a text, unless it is there. Texts beyond four gigabytes are left out.
    pub(crate) fn put(&mut self, key: &[u8], value: V) {
        let hash = self.hash(key);
        if self.get_by(hash, key).is_some() {
            return;
        }
        let Ok(length) = u32::try_from(key.len()) else { return };
        if let Some(start) = self.texts.push(key) {
            let rehash = |entry: &Entry<V>| self.hasher.hash_one(self.texts.get(entry));
            self.table.insert_unique(hash, Entry { start, length, value }, rehash);
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.texts = Texts::default();
        self.table.clear();
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
        let long = [b'x'; BLOCK + 1];
        keys.put(&long, 6);
        keys.put(b"after it", 7);
        assert_eq!(
            (keys.get(&long), keys.get(&long[1..]), keys.get(b"after it"), keys.get(b"key 7")),
            (Some(6), None, Some(7), Some(7))
        );
        assert!(keys.texts.blocks.len() == 3 && keys.texts.blocks.iter().all(|block| block.capacity() <= BLOCK + 1));
        keys.clear();
        assert_eq!((keys.len(), keys.bytes(), keys.get(b"key 7")), (0, 0, None));
    }
}
