//! A map from strings to lists, laid out flat so that it loads without being rebuilt.

use serde::{Deserialize, Serialize};

/// A map from strings to one or more values. Keys lie in one text, values in one list; lookup is
/// by open addressing over a hash that does not change between builds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table<T> {
    keys: String,
    /// End of each key in `keys`, and of its values in `values`.
    ends: Vec<(u32, u32)>,
    values: Vec<T>,
    /// Number of a key plus one; 0 for empty. The length is a power of two.
    slots: Vec<u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { keys: String::new(), ends: Vec::new(), values: Vec::new(), slots: vec![0] }
    }
}

impl<T> Table<T> {
    /// Makes a table of entries sorted by key; the values of equal keys are kept in their order.
    pub fn new(entries: impl IntoIterator<Item = (String, T)>) -> Self {
        let mut sorted: Vec<(String, T)> = entries.into_iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let mut table = Self::default();
        let mut last: Option<String> = None;
        for (key, value) in sorted {
            table.values.push(value);
            let values = number(table.values.len());
            match table.ends.last_mut() {
                Some(end) if last.as_ref() == Some(&key) => end.1 = values,
                _ => {
                    table.keys.push_str(&key);
                    table.ends.push((number(table.keys.len()), values));
                }
            }
            last = Some(key);
        }
        table.slots = vec![0; (table.ends.len() * 2).next_power_of_two().max(2)];
        for at in 0..table.ends.len() {
            let mut slot = table.slot(hash(table.key(at).as_bytes()));
            while table.slots[slot] != 0 {
                slot = (slot + 1) & (table.slots.len() - 1);
            }
            table.slots[slot] = number(at + 1);
        }
        table
    }

    /// Returns the values of a key; none where the key is not there.
    #[must_use]
    pub fn get(&self, key: &str) -> &[T] {
        let mut slot = self.slot(hash(key.as_bytes()));
        while let Some(at) = (self.slots[slot] as usize).checked_sub(1) {
            if self.key(at) == key {
                let start = at.checked_sub(1).map_or(0, |before| self.ends[before].1);
                return &self.values[start as usize..self.ends[at].1 as usize];
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        &[]
    }

    /// Returns the keys with their values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[T])> {
        (0..self.ends.len()).map(|at| {
            let start = at.checked_sub(1).map_or(0, |before| self.ends[before].1);
            (self.key(at), &self.values[start as usize..self.ends[at].1 as usize])
        })
    }

    fn key(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before].0);
        &self.keys[start as usize..self.ends[at].0 as usize]
    }

    fn slot(&self, hash: u64) -> usize {
        usize::try_from(hash & (self.slots.len() as u64 - 1)).unwrap_or(0)
    }
}

/// Tables hold a pack, whose files are limited to far below this.
fn number(value: usize) -> u32 {
    u32::try_from(value).expect("a pack holds fewer than 2^32 names")
}

/// FNV-1a with a final mix; the same on every machine and in every build.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for &byte in bytes {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    state ^= state >> 32;
    state = state.wrapping_mul(0xd6e8_feb8_6659_fd93);
    state ^ (state >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_in_comes_out() {
        let table = Table::new((0..1000).map(|n| (format!("k{}", n % 700), n)));
        assert_eq!(table.get("k5"), [5, 705]);
        assert_eq!(table.get("k699"), [699]);
        assert_eq!(table.get("k700"), [] as [i32; 0]);
        assert_eq!(table.get(""), [] as [i32; 0]);
        assert_eq!(table.iter().map(|(_, values)| values.len()).sum::<usize>(), 1000);
        let bytes = postcard::to_stdvec(&table).expect("packs");
        let back: Table<i32> = postcard::from_bytes(&bytes).expect("unpacks");
        assert_eq!(back.get("k5"), [5, 705]);
        assert_eq!(Table::<i32>::default().get("x"), [] as [i32; 0]);
    }
}
