//! Similar names: a letter lost, doubled or exchanged, another script, look-alike letters.
//!
//! Only aliases that share a piece with a name are compared with it, see [`pieces`](crate::pack::pieces):
//! the cost grows with the length of the name, not with the number of aliases.

use rapidfuzz::distance::osa;

use super::claim::Claim;
use super::{Doubt, Hit, MatchKind, Named, VendorSays, vendor};
use crate::pack::compile::{Lookalike, Pack, SIMILAR_FROM};
use crate::pack::entity::Span;
use crate::pack::name::{Folded, latin_lookalike};
use crate::pack::pieces::LONGEST;

/// From so many letters on any one error is a slip; shorter names differ by a letter and are others.
const SURE: usize = 8;
/// From so many letters on two errors are.
const LONG: usize = 12;

/// Finds entities with a similar name: of the vendor, or, where the vendor column names nobody, of
/// the words a product's name starts with. Names of packages are too short and too many for that.
pub(super) fn find(
    pack: &Pack,
    row: Named<'_>,
    vendor: &vendor::Name<'_>,
    product: &Folded,
    says: VendorSays,
    claim: Claim,
) -> Vec<Hit> {
    let mut hits = Vec::new();
    match says {
        VendorSays::Somebody => {
            look(pack, &vendor.folded, vendor.formless, "vendor", row.vendor, &mut hits);
            let telling = pack.fillers.trim(&vendor.folded, vendor.placeless);
            if hits.is_empty() && telling != vendor.formless {
                look(pack, &vendor.folded, telling, "vendor", row.vendor, &mut hits);
            }
        }
        VendorSays::Nobody if matches!(claim, Claim::Package | Claim::Owner) => {}
        VendorSays::Nobody => {
            for words in (1..=product.len().min(3)).rev() {
                look(pack, product, (0, words), "product", row.product, &mut hits);
                if !hits.is_empty() {
                    break;
                }
            }
        }
    }
    hits
}

fn look(pack: &Pack, name: &Folded, (from, to): (usize, usize), field: &'static str, value: &str, hits: &mut Vec<Hit>) {
    let mut spellings = vec![name.compact(from, to)];
    if !spellings[0].is_ascii() {
        spellings.push(spellings[0].chars().map(latin_lookalike).collect());
        let latin = Folded::new(&any_ascii::any_ascii(&spellings[0]));
        spellings.push(latin.compact(0, latin.len()));
    }
    spellings.dedup();
    let words = name.phrase(from, to).split(' ').count();
    for spelling in spellings {
        let found = near(pack, &spelling);
        // A name that is known to be another one's is no slip.
        if !found.is_empty() && pack.common.has(name.phrase(from, to)) {
            return;
        }
        for (number, score) in found {
            let (compact, lookalikes) = pack.lookalikes.at(number as usize);
            // The first words of a display name are any words; the vendor column holds names only.
            let is_chance = |lookalike: &Lookalike| {
                field == "product" && (compact.chars().count() < SIMILAR_FROM + 2 || lookalike.alias.split(' ').count() != words)
            };
            hits.extend(lookalikes.filter(|lookalike| !is_chance(lookalike)).map(|lookalike| Hit {
                entity: lookalike.entity,
                product: super::product::within(pack, lookalike.entity, name).map(|(number, _)| number),
                kind: MatchKind::Similar,
                doubtful: Some(Doubt::Similar),
                field,
                value: value.to_owned(),
                alias: lookalike.alias,
                score,
                span: Span::default(),
                decided: None,
            }));
        }
    }
}

/// Returns the aliases within one error (two from [`LONG`] letters on), with their scores.
fn near(pack: &Pack, compact: &str) -> Vec<(u32, f64)> {
    let mut room = ['\0'; LONGEST + 1];
    let count = room.iter_mut().zip(compact.chars()).map(|(place, letter)| *place = letter).count();
    if !(SIMILAR_FROM - 1..=LONGEST).contains(&count) {
        return Vec::new();
    }
    let letters = &room[..count];
    let errors = if count < LONG { 1 } else { 2 };
    let found = pack.pieces.sharing(letters, errors).into_iter().filter_map(|number| {
        let alias: Vec<char> = pack.lookalikes.at(number as usize).0.chars().collect();
        let shorter = alias.len().min(letters.len());
        let errors = osa::distance(letters.iter().copied(), alias.iter().copied());
        let is_slip = match errors {
            0 => true,
            // A name that starts with another letter is another name.
            _ if alias.first() != letters.first() => false,
            1 => shorter >= SURE || is_slip(letters, &alias),
            2 => shorter >= LONG,
            _ => false,
        };
        is_slip.then(|| (number, score(errors, alias.len().max(letters.len()))))
    });
    found.collect()
}

#[expect(clippy::cast_precision_loss, reason = "names are short")]
fn score(errors: usize, letters: usize) -> f64 {
    // Equal letters in another script are still not the same name.
    let score = (1.0 - errors as f64 / letters as f64).min(0.99);
    (score * 1000.0).round() / 1000.0
}

/// Returns whether two names of one error could be the same mistyped: a letter lost, added or
/// exchanged with the next, or a vowel or a neighbour on the keyboard in its stead. Any other two
/// consonants make two short names of their own.
fn is_slip(one: &[char], other: &[char]) -> bool {
    if one.len() != other.len() {
        return true;
    }
    let mut differing = one.iter().zip(other).filter(|(a, b)| a != b);
    match (differing.next(), differing.next()) {
        (Some((&a, &b)), None) => is_vowel(a) && is_vowel(b) || are_neighbours(a, b),
        _ => true,
    }
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

fn are_neighbours(a: char, b: char) -> bool {
    ["qwertyuiop", "asdfghjkl", "zxcvbnm"].iter().any(|row| match (row.find(a), row.find(b)) {
        (Some(a), Some(b)) => a.abs_diff(b) == 1,
        _ => false,
    })
}
