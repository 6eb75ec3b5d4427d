//! Where the bytes stand that part records and fields, sixteen looked at at a time.

use wide::u8x16;

/// So many bytes are looked at at once.
pub(super) const BLOCK: usize = 64;

/// Bytes to look for, besides the control characters up to CR, line ends and NUL among them.
pub(super) struct Marks([u8x16; 2]);

/// What stands in a block: a bit for each byte, the first one lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Bytes looked for, and control characters up to CR.
    pub(super) marks: u64,
    /// Bytes that are no ASCII.
    pub(super) foreign: u64,
}

impl Marks {
    pub(super) fn new(wanted: [u8; 2]) -> Self {
        Self(wanted.map(u8x16::splat))
    }

    /// Looks at the first bytes of a text.
    #[inline]
    pub(super) fn look(&self, text: &[u8]) -> Block {
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

    proptest! {
        #[test]
        fn every_byte_is_told_for_what_it_is(text in prop::collection::vec(any::<u8>(), 0..100), wanted in any::<[u8; 2]>()) {
            let block = Marks::new(wanted).look(&text);
            let bits = |is: &dyn Fn(u8) -> bool| {
                text.iter().take(BLOCK).enumerate().map(|(at, &byte)| u64::from(is(byte)) << at).fold(0, |all, bit| all | bit)
            };
            prop_assert_eq!(block.marks, bits(&|byte| byte <= b'\r' || wanted.contains(&byte)));
            prop_assert_eq!(block.foreign, bits(&|byte| !byte.is_ascii()));
        }
    }
}
