//! Names, each kept once: one after the other in blocks, which never move, told apart by number.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::list::List;
use super::number;

/// Length of a block; places in it and lengths fit 16 bits.
const BLOCK: usize = 1 << 15;

/// Names by number. The blank name is always number 0.
#[derive(Clone, Default)]
pub(super) struct Names {
    /// A name lies in one; where it is longer, blank ones follow, so that places are as far apart as the names are long.
    blocks: Vec<String>,
    /// The place where each ends, but for what lies beyond 32 bits.
    ends: List<u32>,
    /// The numbers at which another four gigabytes begin.
    wraps: Vec<u32>,
    index: HashTable<u32>,
    hasher: FixedState,
    last: u32,
    /// Once they are sorted: where each lies, in their order. Whoever goes through them finds what comes next close by.
    sorted: Vec<Place>,
}

/// Where a name lies.
#[derive(Clone, Copy)]
struct Place {
    block: u32,
    start: u16,
    /// [`WHOLE`] for all of the block.
    length: u16,
}

const WHOLE: u16 = u16::MAX;

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} names", self.len())
    }
}

impl Names {
    /// Returns how many there are, the blank one left out.
    pub(super) fn len(&self) -> usize {
        self.ends.len().max(self.sorted.len())
    }

    /// Returns the name of a number.
    pub(super) fn get(&self, number: u32) -> &str {
        match number {
            0 => "",
            number => {
                let place = self.sorted.get(number as usize - 1).copied().unwrap_or_else(|| self.place(number));
                let block = self.blocks[place.block as usize].as_str();
                if place.length == WHOLE { block } else { &block[place.start.into()..][..place.length.into()] }
            }
        }
    }

    fn place(&self, number: u32) -> Place {
        let (before, end) = (self.end(number - 1), self.end(number));
        // One that had no room is the first of the next block.
        let start = if (end - 1) / BLOCK == before / BLOCK { before } else { before.next_multiple_of(BLOCK) };
        // What is longer than a block has one of its own.
        let length = if end - start > BLOCK { WHOLE } else { (end - start) as u16 };
        Place { block: super::number(start / BLOCK), start: (start % BLOCK) as u16, length }
    }

    /// Returns the place where the name of a number ends.
    fn end(&self, number: u32) -> usize {
        let Some(at) = number.checked_sub(1) else { return 0 };
        let wraps = self.wraps.partition_point(|&first| first <= number);
        ((wraps as u64) << 32 | u64::from(self.ends[at as usize])).try_into().unwrap_or(usize::MAX)
    }

    /// Returns the number of a name, a new one where it has none.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        // Exports list a machine's rows together.
        if name.is_empty() || self.get(self.last) == name {
            return if name.is_empty() { 0 } else { self.last };
        }
        let hash = self.hasher.hash_one(name.as_bytes());
        self.last = match self.index.find(hash, |&number| self.get(number) == name) {
            Some(&number) => number,
            None => {
                let number = self.push(name);
                let mut index = std::mem::take(&mut self.index);
                add(&mut index, number, 1, |number| self.hasher.hash_one(self.get(number).as_bytes()));
                self.index = index;
                number
            }
        };
        self.last
    }

    fn push(&mut self, name: &str) -> u32 {
        let number = number(self.len() + 1);
        let before = self.end(number - 1);
        let has_room = self.blocks.last().is_some_and(|last| !last.is_empty() && last.len() + name.len() <= BLOCK);
        let start = if has_room {
            before
        } else {
            let first = self.blocks.len();
            self.blocks.push(String::with_capacity(name.len().max(BLOCK)));
            self.blocks.resize(first + name.len().div_ceil(BLOCK), String::new());
            first * BLOCK
        };
        self.blocks[start / BLOCK].push_str(name);
        let end = start + name.len();
        for _ in before as u64 >> 32..end as u64 >> 32 {
            self.wraps.push(number);
        }
        #[expect(clippy::cast_possible_truncation, reason = "the rest stands in `wraps`")]
        self.ends.push(end as u32);
        number
    }

    /// Gives the names new numbers, in their order; none can be found or added from then on. Returns the new
    /// number of each.
    pub(super) fn sort(&mut self) -> Vec<u32> {
        self.index = HashTable::new();
        let count = number(self.len());
        // Names of machines begin alike, so what follows on that decides nearly always.
        let shared = (2..=count).fold(self.get(1.min(count)).len(), |shared, number| {
            let (first, other) = (self.get(1).as_bytes(), self.get(number).as_bytes());
            first.iter().zip(other).take(shared).take_while(|(a, b)| a == b).count()
        });
        let start = |number: u32| {
            let mut start = [0; 4];
            for (to, from) in start.iter_mut().zip(&self.get(number).as_bytes()[shared..]) {
                *to = *from;
            }
            u32::from_be_bytes(start)
        };
        let mut order: Vec<(u32, u32)> = (1..=count).map(|number| (start(number), number)).collect();
        order.sort_unstable_by(|(a, one), (b, other)| a.cmp(b).then_with(|| self.get(*one).cmp(self.get(*other))));
        let mut numbers = vec![0; self.len() + 1];
        (1..).zip(&order).for_each(|(new, &(_, number))| numbers[number as usize] = new);
        // The texts stay where they are: there is no room for another copy of them.
        self.sorted = order.into_iter().map(|(_, number)| self.place(number)).collect();
        self.ends = List::default();
        numbers
    }
}

/// Adds a number to an index of all numbers from the first on. Where the index must grow, it is made anew, so
/// that the smaller one is not held beside it.
pub(super) fn add(index: &mut HashTable<u32>, number: u32, first: u32, hash: impl Fn(u32) -> u64) {
    let mut missing = number..=number;
    if index.len() == index.capacity() {
        missing = first..=number;
        // The room for one more is twice the room.
        let room = index.len() + 1;
        *index = HashTable::new();
        index.reserve(room, |&number| hash(number));
    }
    for number in missing {
        index.insert_unique(hash(number), number, |&number| hash(number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number_and_comes_back() {
        let mut names = Names::default();
        let all = ["b", "", "a", "b", "ä", "a", "host-2", "host-10"];
        let numbers: Vec<u32> = all.iter().map(|name| names.number(name)).collect();
        assert_eq!(numbers, [1, 0, 2, 1, 3, 2, 4, 5]);
        for (name, number) in all.iter().zip(numbers) {
            assert_eq!(names.get(number), *name);
        }
    }

    #[test]
    fn names_come_back_from_wherever_they_lie() {
        let lengths = [1, BLOCK - 1, 1, 2, BLOCK, 7, BLOCK + 1, 3, 2 * BLOCK, 5, 3 * BLOCK - 1, 1, 1, BLOCK - 8, 9];
        let names: Vec<String> = (0..26)
            .cycle()
            .zip(lengths.repeat(3))
            .map(|(at, length)| {
                let letter = char::from(b'a' + at);
                letter.to_string().repeat(length)
            })
            .collect();
        let mut all = Names::default();
        let numbers: Vec<u32> = names.iter().map(|name| all.number(name)).collect();
        for (name, &number) in names.iter().zip(&numbers) {
            assert!(all.get(number) == name && all.number(name) == number, "{} bytes", name.len());
        }
        let sorted = all.sort();
        for (name, number) in names.iter().zip(numbers) {
            assert!(all.get(sorted[number as usize]) == name, "{} bytes, sorted", name.len());
        }
    }

    #[test]
    fn sorted_names_have_numbers_in_the_order_of_the_names() {
        for prefix in ["", "the same for all of them "] {
            let mut names = Names::default();
            let all: Vec<String> = (0..500).map(|at: u64| format!("{prefix}{}", at.wrapping_mul(0x9e37_79b9) % 7_001)).collect();
            let before: Vec<u32> = all.iter().map(|name| names.number(name)).collect();
            let new = names.sort();
            for (name, before) in all.iter().zip(before) {
                assert_eq!(names.get(new[before as usize]), name);
            }
            assert!((1..number(names.len())).all(|at| names.get(at) < names.get(at + 1)));
        }
        assert_eq!(Names::default().sort(), [0]);
    }
}
