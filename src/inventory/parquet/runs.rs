//! Numbers as Parquet packs them: runs of one number, and rows of eight that take as many bits as the
//! largest needs.

use bytes::Bytes;

use super::pages::damaged;
use ::parquet::errors::Result;

/// Reads numbers one after the other.
pub(super) struct Runs {
    bytes: Bytes,
    at: usize,
    /// Bits of a number, at most 32.
    width: u32,
    run: Run,
}

enum Run {
    /// So many times the same.
    Same(usize, u32),
    /// So many numbers from a bit on.
    Packed(usize, usize),
}

impl Runs {
    pub(super) fn new(bytes: Bytes, width: u8) -> Result<Self> {
        if width > 32 {
            return Err(damaged("its numbers have more than 32 bits"));
        }
        Ok(Self { bytes, at: 0, width: u32::from(width), run: Run::Same(0, 0) })
    }

    /// Adds so many numbers to a list.
    pub(super) fn read(&mut self, mut count: usize, numbers: &mut Vec<u32>) -> Result<()> {
        while count > 0 {
            let taken = match &mut self.run {
                Run::Same(0, _) | Run::Packed(0, _) => {
                    self.run = self.next()?;
                    continue;
                }
                Run::Same(left, number) => {
                    let taken = count.min(*left);
                    numbers.resize(numbers.len() + taken, *number);
                    *left -= taken;
                    taken
                }
                Run::Packed(left, bit) => {
                    let taken = count.min(*left);
                    let (first, width) = (*bit, self.width as usize);
                    unpack_all(&self.bytes, first, self.width, taken, numbers);
                    *bit += taken * width;
                    *left -= taken;
                    taken
                }
            };
            count -= taken;
        }
        Ok(())
    }

    /// Passes over so many numbers if they are this one in a single run, and returns whether they are.
    pub(super) fn pass(&mut self, count: usize, number: u32) -> Result<bool> {
        if matches!(self.run, Run::Same(0, _) | Run::Packed(0, _)) && count > 0 {
            self.run = self.next()?;
        }
        match &mut self.run {
            Run::Same(left, same) if *left >= count && *same == number => {
                *left -= count;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn next(&mut self) -> Result<Run> {
        if self.width == 0 {
            // There is only one number, and nothing needs to be written for it.
            return Ok(Run::Same(usize::MAX, 0));
        }
        let header = self.header()?;
        let count = usize::try_from(header >> 1).unwrap_or(usize::MAX);
        if header & 1 == 0 {
            let bytes = self.take(self.width.div_ceil(8) as usize)?;
            let number = bytes.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte));
            return if count == 0 { Err(damaged("a run is empty")) } else { Ok(Run::Same(count, number)) };
        }
        // The last ones may be left out.
        let (start, width) = (self.at, self.width as usize);
        let there = (self.bytes.len() - start).min(count.saturating_mul(width));
        self.at += there;
        match (there * 8 / width).min(count.saturating_mul(8)) {
            0 => Err(damaged("a run breaks off")),
            numbers => Ok(Run::Packed(numbers, start * 8)),
        }
    }

    /// Reads a number of seven bits a byte, the lowest first.
    fn header(&mut self) -> Result<u64> {
        let mut header = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.take(1)?[0];
            header |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(header);
            }
        }
        Err(damaged("a run is too long"))
    }

    fn take(&mut self, count: usize) -> Result<&[u8]> {
        let bytes = self.bytes.get(self.at..self.at + count).ok_or_else(|| damaged("its numbers break off"))?;
        self.at += count;
        Ok(bytes)
    }
}

/// Adds numbers that lie one after the other from a bit on.
fn unpack_all(bytes: &[u8], mut first: usize, width: u32, mut count: usize, numbers: &mut Vec<u32>) {
    let (step, eights) = (width as usize, EIGHTS.get(width as usize));
    // Eight numbers take up whole bytes, as many as one takes bits.
    let before = count.min((0..8).find(|at| (first + at * step).is_multiple_of(8)).unwrap_or(count));
    let single = |first: usize, count: usize| (0..count).map(move |at| unpack(bytes, first + at * step, width));
    numbers.extend(single(first, before));
    (first, count) = (first + before * step, count - before);
    if let Some(eights) = eights {
        let taken = eights(&bytes[first / 8..], count / 8, numbers) * 8;
        (first, count) = (first + taken * step, count - taken);
    }
    numbers.extend(single(first, count));
}

/// Adds so many eights of numbers to a list; returns how many it did, since each looks at some bytes beyond its own.
type Eights = fn(&[u8], usize, &mut Vec<u32>) -> usize;

/// By the bits of a number. Larger numbers are rare.
const EIGHTS: [Eights; 21] = {
    macro_rules! eights {
        ($($width:literal)*) => { [$(eights::<$width>),*] };
    }
    eights!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20)
};

fn eights<const WIDTH: usize>(bytes: &[u8], count: usize, numbers: &mut Vec<u32>) -> usize {
    let there = bytes.len().saturating_sub(8).checked_div(WIDTH).unwrap_or(0);
    let count = count.min(there);
    for at in 0..count {
        let own = &bytes[at * WIDTH..at * WIDTH + WIDTH + 8];
        let eight: [u32; 8] = std::array::from_fn(|number| unpack(own, number * WIDTH, WIDTH as u32));
        numbers.extend_from_slice(&eight);
    }
    count
}

/// Returns the number that lies at a bit.
#[inline]
fn unpack(bytes: &[u8], bit: usize, width: u32) -> u32 {
    let rest = &bytes[bit / 8..];
    let word = match rest.first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    #[expect(clippy::cast_possible_truncation, reason = "a number has at most 32 bits")]
    let number = (word >> (bit % 8) & ((1 << width) - 1)) as u32;
    number
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], width: u8, count: usize) -> Option<Vec<u32>> {
        let mut numbers = Vec::new();
        Runs::new(Bytes::copy_from_slice(bytes), width).ok()?.read(count, &mut numbers).ok()?;
        Some(numbers)
    }

    /// The example of the format's description: 0 to 7 in three bits each.
    #[test]
    fn rows_of_eight_are_unpacked() {
        assert_eq!(read(&[3, 0b1000_1000, 0b1100_0110, 0b1111_1010], 3, 8), Some((0..8).collect()));
        assert_eq!(read(&[3, 0b1000_1000, 0b1100_0110], 3, 5), Some(vec![0, 1, 2, 3, 4]), "as far as they are there");
        assert_eq!(read(&[3, 0b1000_1000, 0b1100_0110], 3, 6), None);
    }

    #[test]
    fn many_numbers_are_unpacked_from_any_place_on() {
        for width in 1..=32_u8 {
            let number = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 & ((1 << width) - 1);
            let (mut bytes, count) = (vec![13 << 1 | 1], 13 * 8);
            let (mut word, mut bits) = (0_u128, 0);
            for at in 0..count {
                word |= u128::from(number(at)) << bits;
                bits += width;
                while bits >= 8 {
                    bytes.push(word as u8);
                    (word, bits) = (word >> 8, bits - 8);
                }
            }
            for first in 0..20 {
                let mut runs = Runs::new(Bytes::from(bytes.clone()), width).expect("a width");
                let mut numbers = Vec::new();
                runs.read(first, &mut numbers).expect("some");
                runs.read(count as usize - first, &mut numbers).expect("the others");
                let all: Vec<u64> = numbers.into_iter().map(u64::from).collect();
                assert!(all.into_iter().eq((0..count).map(number)), "{width} bits from {first}");
            }
        }
    }

    #[test]
    fn runs_repeat_a_number() {
        assert_eq!(read(&[6, 9, 4, 7], 5, 5), Some(vec![9, 9, 9, 7, 7]));
        assert_eq!(read(&[0x80, 1, 0x34, 0x12], 13, 64), Some(vec![0x1234; 64]));
        assert_eq!(read(&[], 0, 3), Some(vec![0; 3]));
        for odd in [&[6][..], &[], &[0, 1], &[0xff; 12]] {
            assert_eq!(read(odd, 5, 1), None, "{odd:?}");
        }
        assert!(Runs::new(Bytes::new(), 33).is_err());
    }

    #[test]
    fn a_run_is_passed_over_where_it_is_long_enough() {
        let mut runs = Runs::new(Bytes::from_static(&[6, 9, 4, 7]), 5).expect("a width");
        assert_eq!([runs.pass(2, 9), runs.pass(2, 9), runs.pass(1, 7)].map(|passed| passed.expect("runs")), [true, false, false]);
        let mut rest = Vec::new();
        runs.read(1, &mut rest).expect("one more");
        assert!(runs.pass(2, 7).expect("another run"));
        assert_eq!((rest, runs.pass(0, 7).ok(), runs.pass(1, 7).ok()), (vec![9], Some(true), None));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), width in 0..=32_u8, count in 0..3000_usize) {
            if let Some(numbers) = read(&bytes, width, count) {
                prop_assert_eq!(numbers.len(), count);
            }
        }
    }
}
