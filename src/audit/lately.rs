//! What came lately, by short texts: much comes again, and soon.

use super::met::RARELY;
use crate::inventory::Keys;

/// So many texts of so many bytes are remembered. When they are more, all are forgotten: what comes often comes soon again.
/// Where hardly any came again, fewer are remembered, which stay in the nearest caches.
const KEPT: usize = 1 << 17;
const BYTES: usize = 16 << 20;
const LEAST: usize = 1 << 12;

/// Remembers what came lately.
pub(super) struct Lately<V> {
    keys: Keys<V>,
    /// So many are remembered, and so often one came again since they were forgotten.
    kept: usize,
    came_again: usize,
}

impl<V: Copy> Default for Lately<V> {
    fn default() -> Self {
        Self { keys: Keys::default(), kept: KEPT, came_again: 0 }
    }
}

impl<V: Copy> Lately<V> {
    /// Returns what is remembered of a text.
    #[inline]
    pub(super) fn get(&mut self, key: &[u8]) -> Option<V> {
        let found = self.keys.get(key);
        self.came_again += usize::from(found.is_some());
        found
    }

    /// Remembers a text.
    pub(super) fn put(&mut self, key: &[u8], value: V) {
        if self.keys.len() >= self.kept || self.keys.bytes() >= BYTES {
            self.forget();
        }
        self.keys.put(key, value);
    }

    fn forget(&mut self) {
        if self.came_again < self.keys.len() / RARELY {
            self.kept = LEAST;
            self.keys = Keys::default();
        } else {
            self.kept = (2 * self.kept).min(KEPT);
            self.keys.clear();
        }
        self.came_again = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_remembered_as_come_again() {
        let mut lately = Lately::default();
        let mut all = |numbers: std::ops::Range<usize>, times: usize| {
            for _ in 0..times {
                for number in numbers.clone() {
                    let key = number.to_le_bytes();
                    match lately.get(&key) {
                        Some(known) => assert_eq!(known, number),
                        None => lately.put(&key, number),
                    }
                }
            }
            lately.kept
        };
        assert_eq!(all(0..3 * KEPT, 1), LEAST);
        assert_eq!(all(0..3000, 100), LEAST, "there is room for these");
        assert_eq!(all(0..10_000, 100), LEAST, "none comes again before it is forgotten");
        let mut kept = Vec::new();
        for step in 1..40 {
            kept.push(all(step * 2000..step * 2000 + 3000, 4));
        }
        assert!(kept.is_sorted() && kept[38] > LEAST, "{kept:?}");
    }
}
