//! A map from strings to lists that lies flat. What the build wrote is read where it stands in the
//! program: nothing is built at the start, and only what is looked up is ever touched.
//!
//! The bytes, every number a little-endian `u32`:
//!
//! | part | holds |
//! |---|---|
//! | head | number of keys; number of slots, a power of two |
//! | slots | number of a key plus one, and above that eight bits of its hash; 0 for empty |
//! | ends | where each key ends, and where its values do; before them a pair of zeros |
//! | keys | one after the other, sorted |
//! | values | those of each key one after the other, as postcard writes them |

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes of a number.
const WORD: usize = size_of::<u32>();
/// Bits that the number of a key takes up, and the largest that they hold.
const KEY_BITS: usize = 24;
const MOST_KEYS: usize = (1 << KEY_BITS) - 1;

/// A map from strings to one or more values. Lookup is by open addressing over a hash that does not
/// change between builds; a value is decoded when it is asked for.
pub struct Table<T> {
    bytes: Cow<'static, [u8]>,
    /// Number of keys.
    len: usize,
    slots: usize,
    values: PhantomData<fn() -> T>,
}

impl<T> Table<T> {
    fn over(bytes: Cow<'static, [u8]>) -> Self {
        let empty = Self { bytes, len: 0, slots: 0, values: PhantomData };
        if empty.bytes.is_empty() { empty } else { Self { len: empty.word(0), slots: empty.word(1), ..empty } }
    }

    /// Returns how many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the values of a key; none where the key is not there.
    #[must_use]
    pub fn get(&self, key: &str) -> Values<'_, T> {
        self.number_of(key).map_or(Values::NONE, |number| self.at(number).1)
    }

    /// Returns the number of a key: its place among the sorted keys.
    #[must_use]
    pub fn number_of(&self, key: &str) -> Option<usize> {
        let (mut slot, mark) = slot(key, self.slots.checked_sub(1)?);
        loop {
            let word = self.word(2 + slot);
            let number = (word & MOST_KEYS).checked_sub(1)?;
            // Most that are not there are told by that, and their neighbour's name is left alone.
            if word >> KEY_BITS == mark && self.key(number) == key.as_bytes() {
                return Some(number);
            }
            slot = (slot + 1) & (self.slots - 1);
        }
    }

    /// Returns the key of a number, with its values.
    #[must_use]
    pub fn at(&self, number: usize) -> (&str, Values<'_, T>) {
        let key = std::str::from_utf8(self.key(number)).expect("a table's keys were written as text");
        let keys = self.keys_at() + self.end(self.len, 0);
        let bytes = &self.bytes[keys + self.end(number, 1)..keys + self.end(number + 1, 1)];
        (key, Values { bytes, value: PhantomData })
    }

    /// Returns the keys with their values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Values<'_, T>)> {
        (0..self.len).map(|number| self.at(number))
    }

    fn key(&self, number: usize) -> &[u8] {
        let keys = self.keys_at();
        &self.bytes[keys + self.end(number, 0)..keys + self.end(number + 1, 0)]
    }

    /// Returns where the keys (0) or the values (1) before a number end.
    fn end(&self, number: usize, which: usize) -> usize {
        self.word(2 + self.slots + 2 * number + which)
    }

    fn keys_at(&self) -> usize {
        WORD * (2 + self.slots + 2 * (self.len + 1))
    }

    fn word(&self, at: usize) -> usize {
        let bytes = &self.bytes[WORD * at..WORD * (at + 1)];
        u32::from_le_bytes(bytes.try_into().expect("a word has four bytes")) as usize
    }
}

impl<T: Serialize> Table<T> {
    /// Makes a table of entries; the values of equal keys are kept in their order.
    ///
    /// # Panics
    /// If a value cannot be written.
    pub fn new(entries: impl IntoIterator<Item = (String, T)>) -> Self {
        let mut sorted: Vec<(String, T)> = entries.into_iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let (mut keys, mut values, mut ends) = (Vec::<u8>::new(), Vec::<u8>::new(), vec![(0, 0)]);
        let entries = sorted.chunk_by(|a, b| a.0 == b.0);
        let lists: Vec<&[(String, T)]> = entries.collect();
        for list in &lists {
            keys.extend(list[0].0.as_bytes());
            for (_, value) in *list {
                values = postcard::to_extend(value, values).expect("a value of a table can be written");
            }
            ends.push((number(keys.len()), number(values.len())));
        }
        assert!(lists.len() < MOST_KEYS, "a pack holds fewer than 2^24 names");
        let mut slots = vec![0; (lists.len() * 2).next_power_of_two().max(2)];
        for (at, list) in lists.iter().enumerate() {
            let mask = slots.len() - 1;
            let (mut slot, mark) = slot(&list[0].0, mask);
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = number((mark << KEY_BITS) | (at + 1));
        }
        let words =
            [number(lists.len()), number(slots.len())].into_iter().chain(slots).chain(ends.into_iter().flat_map(<[u32; 2]>::from));
        let mut bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        bytes.extend(keys);
        bytes.extend(values);
        Self::over(Cow::Owned(bytes))
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self::over(Cow::Borrowed(&[]))
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { bytes: self.bytes.clone(), ..*self }
    }
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<T> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.bytes)
    }
}

/// Only out of what lies in the program for good: the table stays there.
impl<'de: 'static, T> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de [u8]>::deserialize(deserializer).map(|bytes| Self::over(Cow::Borrowed(bytes)))
    }
}

/// The values of a key, in their order.
#[derive(Clone, Debug)]
pub struct Values<'a, T> {
    bytes: &'a [u8],
    value: PhantomData<fn() -> T>,
}

impl<T> Values<'_, T> {
    const NONE: Self = Self { bytes: &[], value: PhantomData };

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl<T: DeserializeOwned> Iterator for Values<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.bytes.is_empty() {
            return None;
        }
        let (value, rest) = postcard::take_from_bytes(self.bytes).expect("a table's values are of its type");
        self.bytes = rest;
        Some(value)
    }
}

/// Returns where a key is looked for first, and what marks it there.
fn slot(key: &str, mask: usize) -> (usize, usize) {
    let hash = hash(key.as_bytes());
    (usize::try_from(hash & mask as u64).unwrap_or(0), usize::try_from(hash >> 56).unwrap_or(0))
}

/// Tables hold a pack, whose files are limited to far below this.
fn number(value: usize) -> u32 {
    u32::try_from(value).expect("a pack holds fewer than 2^32 names")
}

/// Eight bytes at a time, each folded into a product of twice the width; the same on every machine and
/// in every build.
fn hash(bytes: &[u8]) -> u64 {
    let fold = |state: u64, word: u64| {
        let product = u128::from(state ^ word) * 0x9e37_79b9_7f4a_7c15;
        (product >> 64) as u64 ^ product as u64
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let state = words.iter().fold(0x243f_6a88_85a3_08d3 ^ bytes.len() as u64, |state, word| fold(state, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    fold(fold(state, u64::from_le_bytes(last)), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<T: DeserializeOwned>(table: &Table<T>, key: &str) -> Vec<T> {
        table.get(key).collect()
    }

    #[test]
    fn what_went_in_comes_out() {
        let table = Table::new((0..1000).map(|n| (format!("k{}", n % 700), n)));
        let bytes = postcard::to_stdvec(&table).expect("packs").leak();
        let stored: Table<i32> = postcard::from_bytes(bytes).expect("unpacks");
        for table in [table, stored] {
            assert_eq!(all(&table, "k5"), [5, 705]);
            assert_eq!(all(&table, "k699"), [699]);
            assert!(table.get("k700").is_empty() && table.get("").is_empty());
            assert_eq!(table.iter().map(|(_, values)| values.count()).sum::<usize>(), 1000);
            assert!((0..table.len()).all(|number| table.number_of(table.at(number).0) == Some(number)));
        }
    }

    #[test]
    fn an_empty_table_is_asked_in_vain() {
        for table in [Table::<i32>::default(), Table::new([])] {
            assert!(table.get("x").is_empty() && table.is_empty() && table.iter().next().is_none());
        }
        let table = Table::new([(String::new(), "x".to_owned())]);
        assert_eq!((all(&table, ""), table.len()), (vec!["x".to_owned()], 1));
    }

    #[test]
    fn a_table_of_keys_alone_is_a_set() {
        let table = Table::new(["b", "a", "b"].map(|key| (key.to_owned(), ())));
        assert_eq!((table.number_of("a"), table.number_of("b"), table.number_of("c")), (Some(0), Some(1), None));
    }
}
