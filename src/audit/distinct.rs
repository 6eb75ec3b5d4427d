//! How many distinct assets there are. Of each a number is kept that stands for its name.
//!
//! A hash table would hold twice as much, and both tables while it grows. So numbers are gathered, sorted
//! and merged into what is there; all parts of an audit share that. Beyond a limit they go to temporary
//! files.

use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::sync::{Arc, Mutex};

use foldhash::fast::FixedState;

/// So many are gathered before they are merged.
const GATHERED: usize = 1 << 15;
/// So many are held in memory.
const HELD: usize = 1 << 18;
/// So many files are open at a time.
const FILES: usize = 32;
/// So many bytes of a file are read at once.
const READ: usize = 1 << 15;
/// So many that came lately are known again at once.
const LATELY: usize = 1 << 12;

/// Counts assets, for one part of an audit.
#[derive(Debug)]
pub(super) struct Assets {
    hasher: FixedState,
    last: Vec<u8>,
    lately: Vec<u64>,
    gathered: Vec<u64>,
    all: Arc<Mutex<Distinct>>,
}

/// Numbers that are there, each once.
#[derive(Debug, Default)]
struct Distinct {
    /// In their order.
    held: Vec<u64>,
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
        Self { hasher: FixedState::default(), last: Vec::new(), lately: Vec::new(), gathered: Vec::new(), all }
    }

    /// Returns a counter for a part of the same audit.
    pub(super) fn part(&self) -> Self {
        Self::sharing(Arc::clone(&self.all))
    }

    /// Counts an asset, unless it was counted before.
    pub(super) fn count(&mut self, asset: &[u8]) {
        // Exports list a machine's rows together.
        if asset.is_empty() || asset == self.last {
            return;
        }
        self.last.clear();
        self.last.extend_from_slice(asset);
        self.add(self.hasher.hash_one(asset));
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
        self.gathered.sort_unstable();
        self.gathered.dedup();
        // Poisoned where another thread panicked, which ends the run.
        if let Ok(mut all) = self.all.lock() {
            all.merge(&self.gathered);
        }
        self.gathered.clear();
    }

    /// Returns how many there are.
    ///
    /// # Errors
    /// If what was written to a temporary file cannot be read again.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.hand_over();
        self.all.lock().map_or(Ok(0), |all| all.count())
    }
}

impl Distinct {
    /// Takes in numbers that are in their order, each once.
    fn merge(&mut self, new: &[u64]) {
        let (mut at, mut more) = (0, 0);
        for &number in new {
            while self.held.get(at).is_some_and(|&held| held < number) {
                at += 1;
            }
            more += usize::from(self.held.get(at) != Some(&number));
        }
        // From the end, into the room that is made there.
        let (mut from, mut to) = (self.held.len(), self.held.len() + more);
        self.held.reserve_exact(if to > self.held.capacity() { more.max(self.held.len() / 4) } else { 0 });
        self.held.resize(to, 0);
        for &number in new.iter().rev() {
            while from > 0 && self.held[from - 1] > number {
                (from, to) = (from - 1, to - 1);
                self.held[to] = self.held[from];
            }
            if from == 0 || self.held[from - 1] != number {
                to -= 1;
                self.held[to] = number;
            }
        }
        if self.held.len() >= HELD && !self.is_stuck {
            self.put_away();
        }
    }

    /// Moves what is held to a file. Where there is none to be had, it stays.
    fn put_away(&mut self) {
        let written = if self.files.len() < FILES {
            write(|put| put(&self.held))
        } else {
            write(|put| self.all(put)).inspect(|_| self.files.clear())
        };
        match written {
            Ok(file) => {
                self.files.push(file);
                self.held.clear();
            }
            Err(_) => self.is_stuck = true,
        }
    }

    /// Hands on all numbers in their order, each once, many at a time.
    fn all(&self, take: &mut dyn FnMut(&[u64]) -> io::Result<()>) -> io::Result<()> {
        let (mut held, mut runs) = (self.held.as_slice(), Vec::new());
        for mut file in &self.files {
            file.rewind()?;
            runs.push(Run { file: Some(file), numbers: Vec::new() });
        }
        let mut together = Vec::new();
        loop {
            runs.iter_mut().filter(|run| run.numbers.is_empty()).try_for_each(Run::read)?;
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
            // Stretches that are in their order are merged.
            together.sort();
            together.dedup();
            take(&together)?;
            together.clear();
        }
    }

    fn count(&self) -> io::Result<u64> {
        if self.files.is_empty() {
            return Ok(self.held.len() as u64);
        }
        let mut count = 0;
        self.all(&mut |numbers| {
            count += numbers.len() as u64;
            Ok(())
        })?;
        Ok(count)
    }
}

/// Numbers in their order.
struct Run<'f> {
    /// Where there are more; none at the end.
    file: Option<&'f File>,
    numbers: Vec<u64>,
}

impl Run<'_> {
    /// Reads more of them.
    fn read(&mut self) -> io::Result<()> {
        let Some(file) = self.file else { return Ok(()) };
        let mut bytes = Vec::with_capacity(READ);
        file.take(READ as u64).read_to_end(&mut bytes)?;
        let (numbers, _) = bytes.as_chunks();
        self.numbers.extend(numbers.iter().map(|number| u64::from_le_bytes(*number)));
        if self.numbers.is_empty() {
            self.file = None;
        }
        Ok(())
    }
}

/// Writes numbers to a file. `give` hands them over, many at a time.
fn write(give: impl FnOnce(&mut dyn FnMut(&[u64]) -> io::Result<()>) -> io::Result<()>) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(READ, tempfile::tempfile()?);
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
            distinct.merge(&new);
            assert!(distinct.held.is_sorted_by(|a, b| a < b));
            distinct.put_away();
            assert!(distinct.held.is_empty() && distinct.files.len() <= FILES);
        }
        distinct.merge(&[3, 9_001, 9_002]);
        wanted.extend([3, 9_001, 9_002]);
        assert_eq!(distinct.count().expect("reads its own files"), wanted.len() as u64);
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
            distinct.merge(new);
            distinct.put_away();
        }
        distinct.merge(&all[4]);
        let wanted: std::collections::BTreeSet<u64> = all.iter().flatten().copied().collect();
        let mut came = Vec::new();
        distinct
            .all(&mut |numbers| {
                came.extend_from_slice(numbers);
                Ok(())
            })
            .expect("reads its own files");
        assert!(came.iter().eq(&wanted));
    }
}
