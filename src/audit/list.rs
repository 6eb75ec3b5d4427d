//! A list that grows by blocks, and moves nothing as it grows: what a vector that grows leaves behind stays with its
//! thread, and with many threads that is much.

use std::ops::{Index, IndexMut, Range};

/// So many values are in a block.
const BLOCK: usize = 1 << 12;

/// Values by number.
#[derive(Clone, Debug)]
pub(super) struct List<T> {
    /// All are full but the last.
    blocks: Vec<Vec<T>>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<T> List<T> {
    pub(super) fn len(&self) -> usize {
        self.blocks.last().map_or(0, |last| (self.blocks.len() - 1) * BLOCK + last.len())
    }

    pub(super) fn push(&mut self, value: T) {
        match self.blocks.last_mut() {
            Some(last) if last.len() < BLOCK => last.push(value),
            // The first grows as it must, since most lists are short.
            None => self.blocks.push(vec![value]),
            Some(_) => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(value);
                self.blocks.push(block);
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.blocks.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.blocks.iter_mut().flatten()
    }

    /// Takes in the values of another, in whatever order and with whatever numbers.
    pub(super) fn append(&mut self, mut other: Self) {
        let not_full = |list: &mut Self| list.blocks.pop_if(|last| last.len() < BLOCK);
        let (own, others) = (not_full(self), not_full(&mut other));
        self.blocks.append(&mut other.blocks);
        self.blocks.extend(own);
        others.into_iter().flatten().for_each(|value| self.push(value));
    }

    /// Leaves only so many.
    pub(super) fn truncate(&mut self, len: usize) {
        self.blocks.truncate(len.div_ceil(BLOCK));
        if let Some(last) = self.blocks.last_mut().filter(|_| !len.is_multiple_of(BLOCK)) {
            last.truncate(len % BLOCK);
        }
    }
}

impl<T: Copy> List<T> {
    /// Puts those of one group together, groups in the order of their numbers, in place. Values that stand so stay where
    /// they are; else their order in the group may be any. Returns where each of the groups is.
    pub(super) fn group(&mut self, groups: usize, group_of: impl Fn(&T) -> usize) -> Vec<Range<usize>> {
        let mut counts = vec![0; groups];
        self.iter().for_each(|value| counts[group_of(value)] += 1);
        let mut end = 0;
        let begins_at = |count: usize| {
            end += count;
            end - count..end
        };
        let ranges: Vec<Range<usize>> = counts.into_iter().map(begins_at).collect();
        let mut left = ranges.clone();
        for group in 0..groups {
            while let Some(at) = left[group].next() {
                let mut value = self[at];
                // Where it belongs another stands, which goes on in its turn.
                while group_of(&value) != group {
                    let there = left[group_of(&value)].next().unwrap_or(at);
                    value = std::mem::replace(&mut self[there], value);
                }
                self[at] = value;
            }
        }
        ranges
    }

    /// Has some of the values sorted, which are those of a range.
    pub(super) fn sort(&mut self, range: Range<usize>, sort: impl Fn(&mut [T])) {
        let block = range.start / BLOCK;
        if range.len() < 2 {
            return;
        }
        if block == (range.end - 1) / BLOCK {
            sort(&mut self.blocks[block][range.start % BLOCK..][..range.len()]);
            return;
        }
        let mut values: Vec<T> = range.clone().map(|at| self[at]).collect();
        sort(&mut values);
        range.zip(values).for_each(|(at, value)| self[at] = value);
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut list = Self::default();
        values.into_iter().for_each(|value| list.push(value));
        list
    }
}

impl<T> Index<usize> for List<T> {
    type Output = T;

    #[inline]
    fn index(&self, number: usize) -> &T {
        &self.blocks[number / BLOCK][number % BLOCK]
    }
}

impl<T> IndexMut<usize> for List<T> {
    #[inline]
    fn index_mut(&mut self, number: usize) -> &mut T {
        &mut self.blocks[number / BLOCK][number % BLOCK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_numbers_from_block_to_block() {
        let mut list = List::default();
        assert_eq!(list.len(), 0);
        for number in 0..3 * BLOCK {
            list.push(number);
            assert_eq!((list.len(), list[number]), (number + 1, number));
        }
        list[BLOCK] = 7;
        assert!(list.iter().enumerate().all(|(number, &value)| value == if number == BLOCK { 7 } else { number }));
        for len in [2 * BLOCK + 1, BLOCK, 5, 0] {
            list.truncate(len);
            assert_eq!((list.len(), list.iter().count()), (len, len));
        }
    }

    #[test]
    fn lists_are_joined_whatever_their_lengths() {
        let lengths = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5];
        for (own, other) in lengths.iter().flat_map(|&own| lengths.map(|other| (own, other))) {
            let mut list: List<usize> = (0..own).collect();
            list.append((own..own + other).collect());
            let mut all: Vec<usize> = list.iter().copied().collect();
            assert!(list.len() == all.len() && (0..all.len()).all(|at| list[at] == all[at]));
            all.sort_unstable();
            assert!(all.into_iter().eq(0..own + other), "{own} and {other}");
        }
    }

    #[test]
    fn groups_stand_together_and_are_sorted() {
        let values = |count: usize| (0..count).map(|at| at.wrapping_mul(0x9e37_79b9) % 10_007);
        for count in [0, 1, 10, BLOCK, 3 * BLOCK + 7] {
            let mut list: List<usize> = values(count).collect();
            let groups = list.group(13, |value| value % 12);
            assert!(groups[12].is_empty() && groups[12].end == count);
            groups.iter().for_each(|group| list.sort(group.clone(), <[usize]>::sort_unstable));
            let mut wanted: Vec<usize> = values(count).collect();
            wanted.sort_by_key(|value| (value % 12, *value));
            assert!(list.iter().eq(&wanted));
            // What stands so stays.
            assert_eq!(list.group(13, |value| value % 12), groups);
            assert!(list.iter().eq(&wanted));
        }
    }
}
