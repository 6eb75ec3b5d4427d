//! Similar names: a letter lost, doubled or exchanged, another script, look-alike letters.
//!
//! Aliases are cut into three pieces at compile time; a name with at most two errors keeps at
//! least one piece whole, so only aliases that share a piece in its place are compared. The cost
//! grows with the length of the name, not with the number of aliases.

use rapidfuzz::distance::osa;

use super::{Doubt, Hit, MatchKind, VendorSays};
use crate::model::OwnedRow;
use crate::pack::compile::{PIECES, Pack, SIMILAR_FROM, cuts, piece_key};
use crate::pack::entity::Span;
use crate::pack::name::Folded;

/// Longer names are not compared.
const LONGEST: usize = 64;

/// Finds entities with a similar name: of the vendor, or, where the vendor column names nobody, of
/// the words a product's name starts with.
pub(super) fn find(pack: &Pack, row: &OwnedRow, product: &Folded, says: VendorSays) -> Vec<Hit> {
    let mut hits = Vec::new();
    match says {
        VendorSays::Somebody => {
            let name = Folded::new(super::vendor::organisation_of(&row.vendor).unwrap_or(&row.vendor));
            let (from, to) = pack.legal_forms.trim(&name, (0, name.len()));
            look(pack, &name, (from, to), "vendor", &row.vendor, &mut hits);
            if hits.is_empty() {
                let (from, to) = pack.company_places.trim(&name, (from, to));
                look(pack, &name, pack.fillers.trim(&name, (from, to)), "vendor", &row.vendor, &mut hits);
            }
        }
        VendorSays::Nobody => {
            for words in (1..=product.len().min(3)).rev() {
                look(pack, product, (0, words), "product", &row.product, &mut hits);
                if !hits.is_empty() {
                    break;
                }
            }
        }
    }
    hits
}

fn look(pack: &Pack, name: &Folded, (from, to): (usize, usize), field: &'static str, value: &str, hits: &mut Vec<Hit>) {
    let compact = name.compact(from, to);
    let mut spellings = vec![compact.clone()];
    if !compact.is_ascii() {
        spellings.push(latin_lookalike(&compact));
        let latin = Folded::new(&any_ascii::any_ascii(&compact));
        spellings.push(latin.compact(0, latin.len()));
    }
    spellings.dedup();
    for spelling in spellings {
        // The first words of a display name are any words; the vendor column holds names only.
        let shortest = if field == "product" { SIMILAR_FROM + 1 } else { SIMILAR_FROM };
        for (number, score) in near(pack, &spelling, shortest) {
            let lookalike = &pack.lookalikes[number as usize];
            hits.push(Hit {
                entity: lookalike.entity,
                product: super::product::within(pack, lookalike.entity, name).map(|(number, _)| number),
                kind: MatchKind::Similar,
                doubtful: Some(Doubt::Similar),
                field,
                value: value.to_owned(),
                alias: lookalike.alias.clone(),
                score,
                span: Span::default(),
            });
        }
    }
}

/// Returns the aliases of at least `shortest` letters within one error (two from ten letters on),
/// with their scores.
fn near(pack: &Pack, compact: &str, shortest: usize) -> Vec<(u32, f64)> {
    let letters: Vec<char> = compact.chars().collect();
    if !(SIMILAR_FROM - 1..=LONGEST).contains(&letters.len()) {
        return Vec::new();
    }
    let mut candidates = Vec::new();
    for length in letters.len().saturating_sub(2).max(SIMILAR_FROM)..=letters.len() + 2 {
        for (piece, (from, to)) in cuts(length).into_iter().enumerate().take(PIECES) {
            for shift in 0..=4_usize {
                let Some(start) = (from + shift).checked_sub(2) else { continue };
                let Some(text) = letters.get(start..start + (to - from)) else { continue };
                let key = piece_key(length, piece, text);
                let at = pack.pieces.partition_point(|&(other, _)| other < key);
                candidates.extend(pack.pieces[at..].iter().take_while(|&&(other, _)| other == key).map(|&(_, number)| number));
            }
        }
    }
    candidates.sort_unstable();
    candidates.dedup();
    let found = candidates.into_iter().filter_map(|number| {
        let alias: Vec<char> = pack.lookalikes[number as usize].compact.chars().collect();
        let allowed = if alias.len().min(letters.len()) < 10 { 1 } else { 2 };
        let errors = osa::distance(letters.iter().copied(), alias.iter().copied());
        // A short name that starts with another letter is another name.
        let starts_alike = alias.len() >= 8 || alias.first() == letters.first();
        (alias.len() >= shortest && errors <= allowed && (errors == 0 || starts_alike))
            .then(|| (number, score(errors, alias.len().max(letters.len()))))
    });
    found.collect()
}

#[expect(clippy::cast_precision_loss, reason = "names are short")]
fn score(errors: usize, letters: usize) -> f64 {
    // Equal letters in another script are still not the same name.
    let score = (1.0 - errors as f64 / letters as f64).min(0.99);
    (score * 1000.0).round() / 1000.0
}

/// Replaces Cyrillic and Greek letters that look like Latin ones.
fn latin_lookalike(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            'а' | 'α' => 'a',
            'в' | 'β' => 'b',
            'с' => 'c',
            'ԁ' => 'd',
            'е' => 'e',
            'һ' | 'н' => 'h',
            'і' | 'ι' => 'i',
            'ј' => 'j',
            'к' | 'κ' => 'k',
            'ӏ' => 'l',
            'м' => 'm',
            'о' | 'ο' | 'σ' => 'o',
            'р' | 'ρ' => 'p',
            'ԛ' => 'q',
            'ѕ' => 's',
            'т' | 'τ' => 't',
            'υ' | 'ц' => 'u',
            'ѵ' | 'ν' => 'v',
            'ԝ' | 'ω' => 'w',
            'х' | 'χ' => 'x',
            'у' => 'y',
            other => other,
        })
        .collect()
}
