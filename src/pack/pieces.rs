//! An index over pieces of names, to find those that differ by little.
//!
//! Names are cut into three pieces; one with at most two errors keeps at least one piece whole, in
//! its place or shifted by as many letters. So only names that share a piece in its place, and the
//! first letter, are ever compared: one that begins otherwise is another name. The index holds
//! hashes of pieces: what it finds beyond that is told by comparing.
//!
//! It lies flat, every number a little-endian `u32`: the base-two logarithm of the number of
//! buckets; eight bits for each bucket, one of them set for each hash there is, so that most pieces
//! are known to be none at a look; where each bucket begins and the last one ends; and the entries:
//! the rest of the hash, and the number of the name.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names are cut into so many pieces; two errors leave one piece whole.
const PIECES: usize = 3;
/// So many errors are looked through.
const ERRORS: usize = 2;
/// Longer names have no similar ones.
pub const LONGEST: usize = 64;
/// Bytes of a number.
const WORD: usize = size_of::<u32>();

/// Which names have which piece.
#[derive(Clone, Default)]
pub struct Pieces {
    bytes: Cow<'static, [u8]>,
}

impl Pieces {
    /// Makes an index of names, by their numbers.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut entries = Vec::new();
        for (number, name) in (0_u32..).zip(names) {
            let letters: Vec<char> = name.chars().take(LONGEST + ERRORS + 1).collect();
            if letters.len() <= LONGEST + ERRORS {
                let hashes = Hashes::new(&letters);
                entries.extend((0..PIECES).map(|piece| (hashes.of(letters.len(), piece, cut(letters.len(), piece)), number)));
            }
        }
        let bits = entries.len().next_power_of_two().trailing_zeros();
        entries.sort_unstable();
        let mut there = vec![0_u32; words_of_bits(bits)];
        for &(hash, _) in &entries {
            let bit = bit(hash, bits);
            there[bit / 32] |= 1 << (bit % 32);
        }
        let ends = (0..=1_u64 << bits).map(|bucket| entries.partition_point(|&(hash, _)| hash >> 32 >> (32 - bits) < bucket));
        let words = [bits]
            .into_iter()
            .chain(there)
            .chain(ends.map(word))
            .chain(entries.iter().flat_map(|&(hash, number)| [low(hash), number]));
        Self { bytes: words.flat_map(u32::to_le_bytes).collect::<Vec<u8>>().into() }
    }

    /// Returns the numbers of the names that share the first letter and a piece with this one, about where
    /// it stands here: those of at most so many errors among them, one or two. Each once, in order.
    #[must_use]
    pub fn sharing(&self, letters: &[char], errors: usize) -> Vec<u32> {
        let errors = errors.min(ERRORS);
        if letters.len() > LONGEST {
            return Vec::new();
        }
        let (mut found, hashes) = (Vec::new(), Hashes::new(letters));
        let Some(bits) = self.word(0) else { return found };
        for length in letters.len().saturating_sub(errors)..=letters.len() + errors {
            for piece in 0..PIECES {
                let (from, to) = cut(length, piece);
                let last = (from + errors).min(letters.len().saturating_sub(to - from));
                for start in from.saturating_sub(errors)..=last {
                    let hash = hashes.of(length, piece, (start, start + (to - from)));
                    let bit = bit(hash, bits);
                    if self.word(1 + bit / 32).is_some_and(|word| word >> (bit % 32) & 1 == 1) {
                        self.collect(hash, bits, &mut found);
                    }
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn collect(&self, hash: u64, bits: u32, found: &mut Vec<u32>) {
        let ends = 1 + words_of_bits(bits);
        let bucket = usize::try_from(hash >> 32 >> (32 - bits)).unwrap_or(0);
        let (Some(from), Some(to)) = (self.word(ends + bucket), self.word(ends + bucket + 1)) else { return };
        let entries = ends + (1 << bits) + 1;
        for entry in from..to {
            let at = entries + 2 * entry as usize;
            if self.word(at) == Some(low(hash)) {
                found.extend(self.word(at + 1));
            }
        }
    }

    #[inline]
    fn word(&self, at: usize) -> Option<u32> {
        self.bytes.get(WORD * at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
    }
}

/// Returns where a piece of so many letters begins and ends.
fn cut(letters: usize, piece: usize) -> (usize, usize) {
    (letters * piece / PIECES, letters * (piece + 1) / PIECES)
}

/// Hashes of all that stands in a name, each out of two sums.
struct Hashes {
    /// What tells the first letter.
    first: u64,
    /// Of the first letters, by how many.
    sums: [u64; LONGEST + ERRORS + 1],
}

impl Hashes {
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
    /// Powers of the base.
    const POWERS: [u64; LONGEST + ERRORS + 1] = {
        let mut powers = [1_u64; LONGEST + ERRORS + 1];
        let mut at = 1;
        while at < powers.len() {
            powers[at] = powers[at - 1].wrapping_mul(Self::BASE);
            at += 1;
        }
        powers
    };

    fn new(letters: &[char]) -> Self {
        let mut sums = [0_u64; LONGEST + ERRORS + 1];
        for (at, &letter) in letters.iter().enumerate().take(LONGEST + ERRORS) {
            sums[at + 1] = sums[at].wrapping_mul(Self::BASE).wrapping_add(u64::from(letter) + 1);
        }
        Self { first: letters.first().map_or(0, |&letter| u64::from(letter) << 16), sums }
    }

    /// Returns the hash of letters that are this piece of a name of so many.
    fn of(&self, length: usize, piece: usize, (from, to): (usize, usize)) -> u64 {
        let text = self.sums[to].wrapping_sub(self.sums[from].wrapping_mul(Self::POWERS[to - from]));
        let mixed = (text ^ self.first ^ ((length * PIECES + piece) as u64)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
    }
}

/// Words that hold eight bits for each bucket.
fn words_of_bits(bits: u32) -> usize {
    (8_usize << bits).div_ceil(32)
}

/// The bit of a hash.
fn bit(hash: u64, bits: u32) -> usize {
    low(hash) as usize & ((8 << bits) - 1)
}

fn low(hash: u64) -> u32 {
    (hash & u64::from(u32::MAX)) as u32
}

/// Indices of a pack, whose files are limited to far below this.
fn word(value: usize) -> u32 {
    u32::try_from(value).expect("a pack holds fewer than 2^32 names")
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pieces").field("bytes", &self.bytes.len()).finish()
    }
}

impl Serialize for Pieces {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.bytes)
    }
}

/// Only out of what lies in the program for good: the index stays there.
impl<'de: 'static> Deserialize<'de> for Pieces {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de [u8]>::deserialize(deserializer).map(|bytes| Self { bytes: Cow::Borrowed(bytes) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letters(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn no_name_is_found_in_an_empty_index() {
        for pieces in [Pieces::default(), Pieces::new([].into_iter())] {
            assert!(pieces.sharing(&letters("kaspersky"), 2).is_empty());
        }
    }

    #[test]
    fn one_name_among_others_is_found_by_a_slip() {
        let names = ["kaspersky", "hikvision", "лабораториякасперского", "dahuatechnology", "ab", ""];
        let pieces = Pieces::new(names.into_iter());
        for (name, number) in
            [("kaspersky", 0), ("kapersky", 0), ("hikvison", 1), ("лабараториякасперскаго", 2), ("dahautechnolgy", 3)]
        {
            assert!(pieces.sharing(&letters(name), 2).contains(&number), "{name}");
        }
        assert!(pieces.sharing(&letters("completelyother"), 2).is_empty());
    }

    proptest! {
        /// Whatever letters are lost, added or exchanged: the name it was is among those found.
        #[test]
        fn names_with_two_errors_are_found(
            name in prop::collection::vec(prop::sample::select(&['a', 'b', 'c', 'ж', '华'][..]), 6..30),
            errors in prop::collection::vec((0..3_u8, 1..100_usize, prop::sample::select(&['a', 'z'][..])), 0..=2),
        ) {
            let text: String = name.iter().collect();
            let pieces = Pieces::new(["other", text.as_str()].into_iter());
            let mut written = name;
            let count = errors.len().max(1);
            for (what, at, letter) in errors {
                let at = 1 + at % (written.len() - 1);
                match what {
                    0 => { written.remove(at); }
                    1 => written.insert(at, letter),
                    _ => written[at] = letter,
                }
            }
            prop_assert!(pieces.sharing(&written, count).contains(&1));
        }
    }
}
