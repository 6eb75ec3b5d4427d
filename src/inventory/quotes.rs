//! Where the last record of a text ends, told from the quotes sixty-four bytes at a time.
//!
//! It tells only where every quote stands where programs put them: one that opens after what parts
//! fields, one that closes before it, two inside that stand for one. Then a line end is the end of a
//! record where an even number of quotes comes before it.

use wide::u8x16;

use super::marks::BLOCK;

/// What is looked for.
struct Wanted {
    quote: u8x16,
    feed: u8x16,
    returned: u8x16,
    delimiter: u8x16,
}

/// What stands in a block: a bit for each byte, the first one lowest.
struct Found {
    quotes: u64,
    feeds: u64,
    /// Ends of fields.
    ends: u64,
}

impl Wanted {
    fn look(&self, block: &[u8; BLOCK]) -> Found {
        let (mut quotes, mut feeds, mut ends) = (0, 0, 0);
        let (parts, _) = block.as_chunks::<16>();
        for (at, part) in parts.iter().enumerate() {
            let part = u8x16::new(*part);
            let feed = part.simd_eq(self.feed);
            let end = feed | part.simd_eq(self.returned) | part.simd_eq(self.delimiter);
            quotes |= u64::from(part.simd_eq(self.quote).to_bitmask()) << (at * 16);
            feeds |= u64::from(feed.to_bitmask()) << (at * 16);
            ends |= u64::from(end.to_bitmask()) << (at * 16);
        }
        Found { quotes, feeds, ends }
    }
}

/// Returns where the last record ends that ends with LF; the text begins with a record. None where a quote
/// stands in an unusual place, or no such record ends.
pub(super) fn last_line_feed(text: &[u8], delimiter: Option<u8>) -> Option<usize> {
    let [quote, feed, returned, delimiter] = [b'"', b'\n', b'\r', delimiter.unwrap_or(b'\n')].map(u8x16::splat);
    let wanted = Wanted { quote, feed, returned, delimiter };
    // Of the byte before, as its lowest bit: whether it ends a field or closes a quote, and whether all is quoted from there.
    let (mut was_end, mut was_close, mut quoted) = (1, 0, 0);
    let mut end = None;
    let mut look = |base: usize, block: &[u8; BLOCK], length: usize| {
        let Found { quotes, feeds, ends } = wanted.look(block);
        let inside = so_far(quotes) ^ quoted;
        let (open, close) = (quotes & inside, quotes & !inside);
        let (after_end, after_close) = (ends << 1 | was_end, close << 1 | was_close);
        let there = u64::MAX >> (BLOCK - length);
        let is_odd = (open & !(after_end | after_close) | after_close & !(ends | open)) & there != 0;
        let outside = feeds & !inside;
        if outside != 0 {
            end = Some(base + BLOCK - outside.leading_zeros() as usize);
        }
        (was_end, was_close) = (ends >> (BLOCK - 1), close >> (BLOCK - 1));
        quoted = 0_u64.wrapping_sub(inside >> (BLOCK - 1));
        !is_odd
    };
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    for (at, block) in blocks.iter().enumerate() {
        if !look(at * BLOCK, block, BLOCK) {
            return None;
        }
    }
    if !rest.is_empty() {
        let mut block = [b' '; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        if !look(blocks.len() * BLOCK, &block, rest.len()) {
            return None;
        }
    }
    end
}

/// Returns for each bit whether those up to it are odd in number.
fn so_far(bits: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].into_iter().fold(bits, |sum, by| sum ^ sum << by)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inventory::records::Records;

    /// Ends of the records that are known to have ended.
    fn ends(text: &[u8]) -> Vec<usize> {
        let mut records = Records::table(text, Some(b','));
        let mut ends = Vec::new();
        while let Ok(Some(_)) = records.step() {
            ends.push(usize::try_from(records.consumed()).expect("fits"));
        }
        ends
    }

    #[test]
    fn quotes_are_followed_over_blocks() {
        let long = "x".repeat(61);
        for text in [
            "a,b\nc,d\ne".to_owned(),
            format!("{long},\"\n\"\n"),
            format!("{long}\n\"a\"\"\n\"\"\"\n\"\"\n\"never closed\n"),
            format!("\"{long}\n\n\",1\n\"{long}\"\n"),
        ] {
            let found = last_line_feed(text.as_bytes(), Some(b',')).expect("all stand where they are put");
            assert!(ends(text.as_bytes()).contains(&found), "{text}: {found}");
        }
        assert_eq!(last_line_feed(b"\"a\nb\",c\nd,\"e\n", Some(b',')), Some(8));
        for odd in ["a \"b\"\nc\n", "\"a\" ,b\n", "5\" disk\n", "\"a\"b\n", "a\rb\r"] {
            assert_eq!(last_line_feed(odd.as_bytes(), Some(b',')), None, "{odd}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_told_is_where_a_record_ends(
            parts in prop::collection::vec(
                prop::sample::select(&["\"", "\"\"", ",", ",\"", "\",", "\"\n", "\n", "\r\n", "a", "twenty-one letters, ", "\"a\nb\"\n"][..]), 0..60,
            ),
        ) {
            let text = parts.concat();
            if let Some(end) = last_line_feed(text.as_bytes(), Some(b',')) {
                // A quote that is still open may close anywhere.
                let closed = format!("{}\n", &text[..end]);
                prop_assert!(ends(closed.as_bytes()).contains(&end), "{text:?}: {end}");
            }
        }
    }
}
