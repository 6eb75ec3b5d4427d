//! Where the bytes stand that part records and fields, found for many records at once: so each byte is looked
//! at once, sixteen at a time, whatever records it belongs to.

use std::ops::Range;

use wide::u8x16;

/// So many bytes are looked at at once.
pub(super) const BLOCK: usize = 64;
/// So far is looked ahead: what is found and the text of it stay in the nearest cache.
const STRETCH: usize = 128 * BLOCK;
/// So many marks are kept without one that ends a record.
const MOST: usize = 1 << 14;
/// So many marks of a block are noted without asking how many there are.
const AT_ONCE: usize = 8;

/// Bytes to look for, besides the control characters up to CR, line ends and NUL among them.
struct Wanted([u8x16; 2]);

/// What stands in a block: a bit for each byte, the first one lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    /// Bytes looked for, and control characters up to CR.
    marks: u64,
    /// Bytes that are no ASCII.
    foreign: u64,
}

/// The marks of a text, which is gone through from front to back: bytes looked for, and control characters up to CR.
pub(super) struct Marks {
    wanted: Wanted,
    /// Where they stand, in their order; only the first `count` are.
    places: Vec<u32>,
    count: usize,
    /// How many are done with.
    done: usize,
    /// For each block from here on, which bytes are no ASCII.
    from: usize,
    foreign: Vec<u64>,
    /// What was looked at ends here.
    to: usize,
}

impl Marks {
    pub(super) fn new(wanted: [u8; 2]) -> Self {
        let wanted = Wanted(wanted.map(u8x16::splat));
        Self { wanted, places: Vec::new(), count: 0, done: 0, from: 0, foreign: Vec::new(), to: 0 }
    }

    /// Forgets all: the text is another.
    pub(super) fn clear(&mut self) {
        (self.count, self.done, self.from, self.to) = (0, 0, 0, 0);
        self.foreign.clear();
    }

    /// Returns what is known from a place on, which is never before an earlier one.
    #[inline]
    pub(super) fn after(&mut self, start: usize) -> &[u32] {
        while self.places[self.done..self.count].first().is_some_and(|&place| (place as usize) < start) {
            self.done += 1;
        }
        &self.places[self.done..self.count]
    }

    /// Looks further ahead. Returns whether there is more to be known.
    pub(super) fn look_on(&mut self, text: &[u8], start: usize) -> bool {
        if self.to < start {
            self.clear();
            (self.from, self.to) = (start, start);
        }
        if self.to >= text.len() || self.count - self.done > MOST {
            return false;
        }
        self.places.copy_within(self.done..self.count, 0);
        (self.count, self.done) = (self.count - self.done, 0);
        self.foreign.drain(..(start - self.from) / BLOCK);
        self.from += (start - self.from) / BLOCK * BLOCK;
        let end = text.len().min(self.to + STRETCH);
        self.places.resize(self.places.len().max(self.count + STRETCH + AT_ONCE), 0);
        for block in text[self.to..end].chunks(BLOCK) {
            let Block { marks, foreign } = self.wanted.look(block);
            self.foreign.push(foreign);
            self.note(marks);
            self.to += block.len();
        }
        true
    }

    /// Notes the marks of a block, for which there is room.
    #[inline]
    fn note(&mut self, mut marks: u64) {
        let count = marks.count_ones() as usize;
        // Most blocks have few, and how many cannot be foretold. What is noted beyond that is noted over.
        let mut places = self.places[self.count..].iter_mut();
        let mut note = |place: &mut u32| {
            *place = self.to as u32 + marks.trailing_zeros();
            marks &= marks.wrapping_sub(1);
        };
        places.by_ref().take(AT_ONCE).for_each(&mut note);
        if count > AT_ONCE {
            places.take(count - AT_ONCE).for_each(note);
        }
        self.count += count;
    }

    /// Returns whether the text between two places that were looked at is ASCII.
    #[inline]
    pub(super) fn is_ascii(&self, range: Range<usize>) -> bool {
        if range.is_empty() {
            return true;
        }
        let (start, last) = (range.start - self.from, range.end - 1 - self.from);
        let (first_bits, last_bits) = (u64::MAX << (start % BLOCK), u64::MAX >> (BLOCK - 1 - last % BLOCK));
        let blocks = &self.foreign[start / BLOCK..=last / BLOCK];
        match blocks {
            [one] => one & first_bits & last_bits == 0,
            [first, between @ .., end] => {
                between.iter().fold(first & first_bits | end & last_bits, |all, block| all | block) == 0
            }
            [] => true,
        }
    }
}

impl Wanted {
    /// Looks at the first bytes of a text.
    #[inline]
    fn look(&self, text: &[u8]) -> Block {
        match text.first_chunk::<BLOCK>() {
            Some(block) => self.block(block),
            None => {
                let mut block = [b' '; BLOCK];
                block[..text.len()].copy_from_slice(text);
                let Block { marks, foreign } = self.block(&block);
                // The filling may be what is looked for.
                Block { marks: marks & ((1 << text.len()) - 1), foreign }
            }
        }
    }

    #[inline]
    fn block(&self, block: &[u8; BLOCK]) -> Block {
        let [first, second] = self.0;
        let last_control = u8x16::splat(b'\r');
        let (parts, _) = block.as_chunks::<16>();
        let (mut marks, mut foreign) = (0, 0);
        for (at, part) in parts.iter().enumerate() {
            let part = u8x16::new(*part);
            let found = part.simd_eq(first) | part.simd_eq(second) | part.simd_eq(part.min(last_control));
            marks |= u64::from(found.to_bitmask()) << (at * 16);
            foreign |= u64::from(part.to_bitmask()) << (at * 16);
        }
        Block { marks, foreign }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns what the marks of a text are, without looking at many at a time.
    fn plainly(text: &[u8], wanted: [u8; 2]) -> Vec<u32> {
        let is_mark = |(_, byte): &(u32, &u8)| **byte <= b'\r' || wanted.contains(byte);
        (0..).zip(text).filter(is_mark).map(|(at, _)| at).collect()
    }

    proptest! {
        #[test]
        fn every_byte_is_told_for_what_it_is(
            parts in prop::collection::vec((any::<u8>(), 0..3 * BLOCK), 0..200),
            steps in prop::collection::vec(1..5 * BLOCK, 1..20),
            wanted in any::<[u8; 2]>(),
        ) {
            let text: Vec<u8> = parts.iter().flat_map(|&(byte, count)| std::iter::repeat_n(byte, count)).collect();
            let all = plainly(&text, wanted);
            let mut marks = Marks::new(wanted);
            let mut start = 0;
            for step in steps.iter().cycle() {
                let wanted = all.iter().copied().filter(|&place| place as usize >= start);
                let known = marks.after(start).to_vec();
                let more = marks.look_on(&text, start);
                prop_assert!(wanted.clone().zip(known.iter().copied()).all(|(a, b)| a == b));
                prop_assert!(more || marks.to == text.len() && wanted.eq(known) || marks.count - marks.done > MOST);
                let end = text.len().min(start + step).min(marks.to);
                prop_assert_eq!(marks.is_ascii(start..end), text[start..end].is_ascii());
                if start + step >= text.len() {
                    break;
                }
                start += step;
            }
        }
    }
}
