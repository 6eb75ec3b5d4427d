//! How many distinct assets there are. Of each a number is kept that stands for its name.
//!
//! A hash table would hold twice as much, and both tables while it grows. So numbers are gathered, and those
//! of all parts put together. When they are many they are sorted, each once, and what is still too much goes to
//! temporary files.

use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::sync::{Arc, Mutex};

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// So many are gathered before they are put beside those of other parts.
const GATHERED: usize = 1 << 13;
/// When so many are held in memory they are sorted, and go to a file unless half of them were held twice.
const HELD: usize = 1 << 17;
/// So many files are open at a time.
const FILES: usize = 64;
/// So many bytes of a file are read at once.
const READ: usize = 1 << 14;
/// So many are written at once.
const WRITTEN: usize = 1 << 15;
/// Where so many more had another before them than had the same, that is not looked at for a while.
const LOOKED_AT: i32 = 1 << 10;
/// So many that came lately are known again at once.
const LATELY: usize = 1 << 12;

/// Counts assets, for one part of an audit.
#[derive(Debug)]
pub(super) struct Assets {
    hasher: FixedState,
    last: Vec<u8>,
    /// How many more had the same before them than had another, within limits.
    in_a_row: i32,
    lately: Vec<u64>,
    gathered: Vec<u64>,
    all: Arc<Mutex<Distinct>>,
}

/// Numbers that are there, each once.
#[derive(Debug, Default)]
struct Distinct {
    /// In whatever order.
    held: Vec<u64>,
    /// So many are held at most, where more than [`HELD`] had to stay.
    most: usize,
    /// Each has numbers in their order.
    files: Vec<File>,
    /// Whether nothing can be written to files.
    is_stuck: bool,
}

impl Default for Assets {
    fn default() -> Self {
        Self::sharing(Arc::default())
    }
}

impl Assets {
    fn sharing(all: Arc<Mutex<Distinct>>) -> Self {
        Self { hasher: FixedState::default(), last: Vec::new(), in_a_row: 0, lately: Vec::new(), gathered: Vec::new(), all }
    }

    /// Returns a counter for a part of the same audit.
    pub(super) fn part(&self) -> Self {
        Self::sharing(Arc::clone(&self.all))
    }

    /// Counts an asset, unless it was counted before.
    pub(super) fn count(&mut self, asset: &[u8]) {
        if asset.is_empty() {
            return;
        }
        // Exports list a machine's rows together, mostly.
        if self.in_a_row > -LOOKED_AT {
            if asset == self.last {
                self.in_a_row = (self.in_a_row + 1).min(LOOKED_AT);
                return;
            }
            self.in_a_row -= 1;
            self.last.clear();
            self.last.extend_from_slice(asset);
        }
        let mut hasher = self.hasher.build_hasher();
        hasher.write(asset);
        self.add(hasher.finish());
    }

    fn add(&mut self, number: u64) {
        if self.lately.is_empty() {
            self.lately.resize(LATELY, 0);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a place among a few thousand")]
        let lately = &mut self.lately[number as usize % LATELY];
        if *lately == number && number != 0 {
            return;
        }
        *lately = number;
        self.gathered.push(number);
        if self.gathered.len() >= GATHERED {
            self.hand_over();
        }
    }

    /// Adds what was gathered to what all parts have.
    pub(super) fn hand_over(&mut self) {
        // Poisoned where another thread panicked, which ends the run.
        let full = self.all.lock().ok().and_then(|mut all| all.take_in(&self.gathered));
        self.gathered.clear();
        self.in_a_row = self.in_a_row.max(1 - LOOKED_AT);
        if let Some(mut full) = full {
            // Other parts need not wait for it.
            sort(&mut full);
            if let Ok(mut all) = self.all.lock() {
                all.take_back(&full);
            }
        }
    }

    /// Returns how many there are.
    ///
    /// # Errors
    /// If what was written to a temporary file cannot be read again.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.hand_over();
        self.all.lock().map_or(Ok(0), |mut all| all.count())
    }
}

impl Distinct {
    /// Takes in numbers. Returns all that are held where these are many, to be [sorted](sort) and taken back.
    fn take_in(&mut self, new: &[u64]) -> Option<Vec<u64>> {
        self.held.extend_from_slice(new);
        (self.held.len() >= HELD.max(self.most)).then(|| std::mem::take(&mut self.held))
    }

    /// Takes back what was held, sorted.
    fn take_back(&mut self, sorted: &[u64]) {
        if sorted.len() < HELD / 2 || self.is_stuck || !self.put_away(sorted) {
            self.held.extend_from_slice(sorted);
            self.most = 2 * self.held.len();
        }
    }

    /// Writes numbers to a file, sorted ones. Returns whether it could.
    fn put_away(&mut self, sorted: &[u64]) -> bool {
        let written = if self.files.len() < FILES {
            write(|put| put(sorted))
        } else {
            let merge = |put: &mut dyn FnMut(&[u64]) -> io::Result<()>| {
                self.stretches(sorted, &mut |numbers| {
                    sort(numbers);
                    put(numbers)
                })
            };
            write(merge).inspect(|_| self.files.clear())
        };
        self.is_stuck = written.is_err();
        self.files.extend(written);
        !self.is_stuck
    }

    /// Hands on all numbers of the files and these in stretches, one above the other, each in whatever order and more
    /// than once.
    fn stretches(&self, sorted: &[u64], take: &mut dyn FnMut(&mut Vec<u64>) -> io::Result<()>) -> io::Result<()> {
        let (mut held, mut runs) = (sorted, Vec::new());
        for mut file in &self.files {
            file.rewind()?;
            runs.push(Run { file: Some(file), numbers: Vec::new() });
        }
        let mut together = Vec::new();
        loop {
            runs.iter_mut().try_for_each(Run::read)?;
            // Up to here every run is known.
            let known = runs.iter().filter(|run| run.file.is_some()).filter_map(|run| run.numbers.last()).min().copied();
            let known = known.unwrap_or(u64::MAX);
            let (now, later) = held.split_at(held.partition_point(|&number| number <= known));
            together.extend(now);
            held = later;
            for run in &mut runs {
                let count = run.numbers.partition_point(|&number| number <= known);
                together.extend(run.numbers.drain(..count));
            }
            if together.is_empty() {
                return Ok(());
            }
            take(&mut together)?;
            together.clear();
        }
    }

    fn count(&mut self) -> io::Result<u64> {
        sort(&mut self.held);
        if self.files.is_empty() {
            return Ok(self.held.len() as u64);
        }
        let (mut count, mut seen) = (0, HashTable::new());
        self.stretches(&self.held, &mut |numbers| {
            seen.reserve(numbers.len(), |&number| mixed(number));
            for &number in &*numbers {
                if let Entry::Vacant(place) = seen.entry(mixed(number), |&other| other == number, |&number| mixed(number)) {
                    place.insert(number);
                }
            }
            count += seen.len() as u64;
            seen.clear();
            Ok(())
        })?;
        Ok(count)
    }
}

/// Returns a hash of a number that differs in all bits between those of a stretch, which are near each other.
fn mixed(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Puts numbers in their order, each once.
fn sort(numbers: &mut Vec<u64>) {
    numbers.sort_unstable();
    numbers.dedup();
}

/// Numbers in their order.
struct Run<'f> {
    /// Where there are more; none at the end.
    file: Option<&'f File>,
    numbers: Vec<u64>,
}

impl Run<'_> {
    /// Reads more of them where few are left. All runs are kept about as far, or each would stop the others in its turn.
    fn read(&mut self) -> io::Result<()> {
        let Some(file) = self.file.filter(|_| self.numbers.len() < READ / size_of::<u64>() / 2) else { return Ok(()) };
        let mut bytes = Vec::with_capacity(READ);
        file.take(READ as u64).read_to_end(&mut bytes)?;
        let (numbers, _) = bytes.as_chunks();
        self.numbers.extend(numbers.iter().map(|number| u64::from_le_bytes(*number)));
        if numbers.is_empty() {
            self.file = None;
        }
        Ok(())
    }
}

/// Writes numbers to a file. `give` hands them over, many at a time.
fn write(give: impl FnOnce(&mut dyn FnMut(&[u64]) -> io::Result<()>) -> io::Result<()>) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(WRITTEN, tempfile::tempfile()?);
    give(&mut |numbers| numbers.iter().try_for_each(|number| out.write_all(&number.to_le_bytes())))?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_counted_once_whichever_part_sees_it() {
        let mut assets = Assets::default();
        let mut parts = [assets.part(), assets.part()];
        for at in 0..100_000 {
            parts[at % 2].count(format!("host-{}", at * 7 % 30_011).as_bytes());
            assets.count(format!("host-{}", at % 50).as_bytes());
            assets.count(b"");
        }
        parts.iter_mut().for_each(Assets::hand_over);
        assert_eq!(assets.finish().expect("nothing is written"), 30_011);
    }

    #[test]
    fn more_than_memory_holds_are_counted_as_well() {
        let mut distinct = Distinct::default();
        let mut wanted = std::collections::BTreeSet::new();
        for turn in 0..FILES as u64 + 8 {
            let mut new: Vec<u64> = (0..500).map(|at| (at * 31 + turn * 97) % 9_001).collect();
            new.sort_unstable();
            new.dedup();
            wanted.extend(&new);
            assert!(distinct.put_away(&new) && distinct.files.len() <= FILES);
        }
        distinct.take_in(&[3, 9_001, 9_002]);
        wanted.extend([3, 9_001, 9_002]);
        assert_eq!(distinct.count().expect("reads its own files"), wanted.len() as u64);
    }

    #[test]
    fn what_is_held_twice_stays_in_memory_and_what_is_too_much_goes_to_a_file() {
        let mut distinct = Distinct::default();
        let take_in = |distinct: &mut Distinct, new: &[u64]| {
            if let Some(mut full) = distinct.take_in(new) {
                sort(&mut full);
                distinct.take_back(&full);
            }
        };
        let stretch: Vec<u64> = (0..1000).map(|at| at * 3).collect();
        (0..HELD / 1000 * 5).for_each(|_| take_in(&mut distinct, &stretch));
        assert!(distinct.files.is_empty() && distinct.held.len() < HELD);
        let more = |turn: u64| (0..1000).map(|at| turn * 1000 + at).collect::<Vec<_>>();
        (0..200).for_each(|turn| take_in(&mut distinct, &more(turn)));
        assert_eq!((distinct.files.len(), distinct.held.len() < HELD), (1, true));
        // Where no file can be written.
        distinct.is_stuck = true;
        (0..2000).for_each(|turn| take_in(&mut distinct, &more(turn % 400)));
        assert!(distinct.files.len() == 1 && distinct.held.len() < 1_000_000, "each is held few times");
        assert_eq!(distinct.count().expect("reads its own file"), 400_000);
    }

    #[test]
    fn files_longer_than_what_is_read_at_once_are_merged_whole() {
        let mut distinct = Distinct::default();
        // Of one all are below those of another, some are in two, and two are even and odd.
        let all: [Vec<u64>; 5] = [
            (0..10_000).collect(),
            (9_000..30_000).collect(),
            (0..20_000).map(|at| at * 2 + 100_000).collect(),
            (0..20_000).map(|at| at * 2 + 100_001).collect(),
            (0..3).chain([u64::MAX]).collect(),
        ];
        for new in &all[..4] {
            assert!(distinct.put_away(new));
        }
        let wanted: std::collections::BTreeSet<u64> = all.iter().flatten().copied().collect();
        let mut came = Vec::new();
        distinct
            .stretches(&all[4], &mut |numbers| {
                sort(numbers);
                came.extend_from_slice(numbers);
                Ok(())
            })
            .expect("reads its own files");
        assert!(came.iter().eq(&wanted));
        distinct.held = all[4].clone();
        assert_eq!(distinct.count().expect("reads its own files"), wanted.len() as u64);
    }
}
