//! Vendor columns: who is named there, if anybody.

use super::{Doubt, Hit, MatchKind, VendorSays};
use crate::pack::compile::{JOINED_FROM, Pack, Target};
use crate::pack::name::Folded;

/// Names longer than this are no names of vendors.
const LONGEST: usize = 512;

/// Where a vendor's name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The vendor column.
    Vendor,
    /// The vendor field of a CPE name.
    Cpe,
    /// The subject of a certificate.
    Signer,
}

impl Column {
    fn field(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Cpe => "cpe",
            Self::Signer => "signer",
        }
    }

    fn kind(self) -> MatchKind {
        match self {
            Self::Vendor => MatchKind::Vendor,
            Self::Cpe | Self::Signer => MatchKind::Identifier,
        }
    }
}

/// Returns the name of a vendor, folded: the organisation of a certificate subject, the owner of a
/// copyright notice.
pub(super) fn name_of(vendor: &str) -> Folded {
    let written = owner_of(organisation_of(vendor).unwrap_or(vendor));
    let mut cut = written.len().min(LONGEST);
    while !written.is_char_boundary(cut) {
        cut -= 1;
    }
    Folded::new(&written[..cut])
}

/// Finds the entities that a vendor column names, and tells whether it names anybody at all.
/// `name` is what [`name_of`] makes of it, `product` the product's name beside it.
pub(super) fn find(pack: &Pack, vendor: &str, name: &Folded, product: &Folded, column: Column) -> (VendorSays, Vec<Hit>) {
    let all = (0, name.len());
    // `Amazon.com, Inc.` as it is written is a maker, though `Amazon` is a shop.
    let is_maker = pack.names.get(name.as_str()).any(|target| target.product.is_none() && !target.trimmed);
    if !is_maker && is_nobody(pack, vendor, name) {
        return (VendorSays::Nobody, Vec::new());
    }
    let hit = |target: &Target, alias: &str, doubtful: Option<Doubt>, score: f64| Hit {
        entity: target.entity,
        product: target.product,
        kind: column.kind(),
        doubtful,
        field: column.field(),
        value: vendor.to_owned(),
        alias: alias.to_owned(),
        score,
        span: target.span,
        decided: None,
    };
    let formless = pack.legal_forms.trim(name, all);
    let placeless = pack.legal_forms.trim(name, pack.company_places.trim(name, formless));
    // Equal in full; without a legal form, of which a part may belong to the name (`CA Technologies,
    // Inc.`); without places.
    let shorter = (formless.1..name.len()).rev().map(|end| (0, end));
    for range in without_repeats([all].into_iter().chain(shorter).chain([formless, placeless])) {
        let phrase = name.phrase(range.0, range.1);
        // An ordinary word that is an alias with its legal form only is none without any, nor is one
        // without its place.
        let is_weak = |target: &Target| {
            target.common && (range != all && range == placeless && range != formless || target.trimmed && formless == all)
        };
        let targets: Vec<Target> = pack.names.get(phrase).filter(|target| target.product.is_none() && !is_weak(target)).collect();
        // A name as somebody writes it wins over one that agrees only without its legal form.
        let written = targets.iter().any(|target| !target.trimmed);
        // `Snap LLC` may be another `Snap` than `Snap Inc.`.
        let doubt = |target: &Target| (target.common && target.trimmed && range != all).then_some(Doubt::LongerName);
        let agreeing = targets.into_iter().filter(|target| !written || !target.trimmed);
        let hits: Vec<Hit> = agreeing.map(|target| hit(&target, phrase, doubt(&target), 1.0)).collect();
        if !hits.is_empty() {
            return (VendorSays::Somebody, hits);
        }
    }
    // The same letters, spaced otherwise.
    for range in without_repeats([all, formless, placeless].into_iter()) {
        let letters = name.compact(range.0, range.1);
        if letters.chars().count() >= JOINED_FROM && !pack.common.has(name.phrase(range.0, range.1)) {
            let targets = pack.joined.get(&letters).filter(|target| target.product.is_none());
            let hits: Vec<Hit> = targets.map(|target| hit(&target, &letters, None, 1.0)).collect();
            if !hits.is_empty() {
                return (VendorSays::Somebody, hits);
            }
        }
    }
    // Some write the product's name in both columns; an ordinary word must then be all of it.
    let phrase = name.phrase(formless.0, formless.1);
    let fits = |target: &Target| target.product.is_some() && (!target.common || is_called(pack, product, phrase));
    let hits: Vec<Hit> = pack.names.get(phrase).filter(fits).map(|target| hit(&target, phrase, None, 1.0)).collect();
    // CPE names are keys, not sentences: a longer one is another.
    let is_done = !hits.is_empty() || column == Column::Cpe;
    (VendorSays::Somebody, if is_done { hits } else { longer_names(pack, name, formless, &hit) })
}

/// Returns whether a vendor's name is that of a product, so that the product's name beside it tells whether it is meant.
pub(super) fn names_product(pack: &Pack, name: &Folded) -> bool {
    let (from, to) = pack.legal_forms.trim(name, (0, name.len()));
    pack.names.get(name.phrase(from, to)).any(|target| target.product.is_some())
}

/// Leaves out ranges that are the one before.
fn without_repeats(ranges: impl Iterator<Item = (usize, usize)>) -> impl Iterator<Item = (usize, usize)> {
    let mut last = None;
    ranges.filter(move |&range| last.replace(range) != Some(range))
}

/// Returns whether a product is called so, and nothing but a version follows.
fn is_called(pack: &Pack, product: &Folded, phrase: &str) -> bool {
    let words = phrase.split(' ').count();
    product.phrase(0, words) == phrase && super::product::is_all_but_version(pack, product, words, false)
}

/// A vendor whose name holds an alias and more may be a daughter or somebody else altogether.
fn longer_names(
    pack: &Pack,
    name: &Folded,
    (from, to): (usize, usize),
    hit: &impl Fn(&Target, &str, Option<Doubt>, f64) -> Hit,
) -> Vec<Hit> {
    let longest = (from..to).map(|start| pack.longest_name_at(name, start, to)).max().unwrap_or(0);
    for words in (1..=longest).rev() {
        let mut hits = Vec::new();
        for start in from..=to - words {
            let phrase = name.phrase(start, start + words);
            // A short name is none in the middle of another, nor is a word that stands for somebody
            // with its legal form only.
            let telling = |target: &Target| {
                let is_weak = target.common || target.trimmed && words == 1 || target.short && (start > from || phrase.len() < 3);
                target.product.is_none() && !is_weak
            };
            let score = share(phrase, name.phrase(from, to));
            hits.extend(pack.names.get(phrase).filter(telling).map(|target| hit(&target, phrase, Some(Doubt::LongerName), score)));
        }
        if !hits.is_empty() {
            return hits;
        }
    }
    Vec::new()
}

/// Returns whether a vendor column names nobody.
pub(super) fn names_nobody(pack: &Pack, vendor: &str) -> bool {
    is_nobody(pack, vendor, &name_of(vendor))
}

/// Returns how much of a name a phrase makes up.
#[expect(clippy::cast_precision_loss, reason = "names are short")]
pub(super) fn share(phrase: &str, whole: &str) -> f64 {
    let share = phrase.chars().count() as f64 / whole.chars().count().max(1) as f64;
    (share * 1000.0).round() / 1000.0
}

/// Returns whether a vendor column names nobody: blank, unknown, a reseller, a store, or an id.
fn is_nobody(pack: &Pack, vendor: &str, name: &Folded) -> bool {
    if name.is_empty() {
        return true;
    }
    let (from, to) = pack.legal_forms.trim(name, (0, name.len()));
    [name.as_str(), name.phrase(from, to)].into_iter().any(|phrase| pack.nobody.has(phrase)) || is_guid(vendor)
}

/// Store packages carry a certificate subject with nothing but a random id in it.
fn is_guid(vendor: &str) -> bool {
    let id = vendor.trim().trim_start_matches("CN=").trim_matches(['{', '}']);
    id.len() == 36
        && id
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// Returns whom a copyright notice names; any other text as it is.
fn owner_of(text: &str) -> &str {
    let bytes = text.as_bytes();
    // Few names hold a letter of any of the marks.
    if memchr::memchr3(b'(', b'y', b'Y', bytes).is_none() && memchr::memchr(0xc2, bytes).is_none() {
        return text;
    }
    let stands_at =
        |mark: &str, at: usize| bytes[at..].get(..mark.len()).is_some_and(|part| part.eq_ignore_ascii_case(mark.as_bytes()));
    let begins = |mark: &str, at: usize| bytes[at].eq_ignore_ascii_case(&mark.as_bytes()[0]) && stands_at(mark, at);
    let after = |mark: &str| (0..bytes.len()).rev().find(|&at| begins(mark, at)).map(|at| at + mark.len());
    let Some(start) = ["\u{a9}", "(c)", "copyright"].into_iter().filter_map(after).max() else { return text };
    let lower = text.to_ascii_lowercase();
    let end =
        ["all rights reserved", "все права защищены", "Все права защищены"].iter().filter_map(|words| lower.find(words)).min();
    let end = end.filter(|&end| end > start).unwrap_or(text.len());
    let owner = text[start..end].trim_start_matches(|letter: char| !letter.is_alphabetic());
    let owner = owner.strip_prefix("by ").unwrap_or(owner).trim_end_matches([' ', '.', ',', ';']);
    if owner.is_empty() { text } else { owner }
}

/// Returns the organisation (else the common name) of a certificate subject such as
/// `CN=Example, O=Example Corporation, C=US`, or of `Developer ID Application: Example (A1B2C3D4E5)`.
pub(super) fn organisation_of(subject: &str) -> Option<&str> {
    for role in
        ["Developer ID Application: ", "Developer ID Installer: ", "Apple Distribution: ", "3rd Party Mac Developer Application: "]
    {
        if let Some(name) =
            subject.get(..role.len()).filter(|start| start.eq_ignore_ascii_case(role)).map(|_| &subject[role.len()..])
        {
            return Some(name.rsplit_once(" (").map_or(name, |(name, _)| name));
        }
    }
    if !subject.get(..3).is_some_and(|start| ["CN=", "cn=", "O=", "o=", "E=", "C=", "OU="].iter().any(|key| start.starts_with(key)))
    {
        return None;
    }
    let value = |key: &str| {
        let mut rest = subject;
        loop {
            let part = rest.trim_start();
            if part.len() > key.len() && part.is_char_boundary(key.len()) && part[..key.len()].eq_ignore_ascii_case(key) {
                let text = &part[key.len()..];
                return Some(match text.strip_prefix('"') {
                    Some(quoted) => quoted.split('"').next().unwrap_or(quoted),
                    // A comma inside a name is followed by no key.
                    None => &text[..next_key(text).unwrap_or(text.len())],
                });
            }
            rest = &part[next_key(part)? + 1..];
        }
    };
    value("O=").or_else(|| value("CN="))
}

/// Returns the comma before the next `KEY=`.
fn next_key(text: &str) -> Option<usize> {
    text.match_indices(',').map(|(at, _)| at).find(|&at| {
        let rest = text[at + 1..].trim_start();
        let key = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        (1..=6).contains(&key) && rest.as_bytes().get(key) == Some(&b'=')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificate_subjects_name_organisations() {
        assert_eq!(
            organisation_of("CN=Microsoft Windows, O=Microsoft Corporation, L=Redmond, C=US"),
            Some("Microsoft Corporation")
        );
        assert_eq!(organisation_of("CN=\"Acme, Inc.\", O=\"Acme, Inc.\", C=US"), Some("Acme, Inc."));
        assert_eq!(organisation_of("CN=Acme, Inc., C=US"), Some("Acme, Inc."));
        assert_eq!(
            organisation_of("Developer ID Application: Acme Software (Berlin) GmbH (A1B2C3D4E5)"),
            Some("Acme Software (Berlin) GmbH")
        );
        assert_eq!(organisation_of("Acme Inc."), None);
        assert_eq!(organisation_of("C=US"), None);
    }

    #[test]
    fn copyright_notices_name_owners() {
        for (notice, owner) in [
            ("12.0.1, © 2012 Kaspersky Lab ZAO. All rights reserved.", "Kaspersky Lab ZAO"),
            ("Copyright (c) 1997-2012 by Acme, Inc.", "Acme, Inc"),
            ("(C) Acme", "Acme"),
            ("© 2020", "© 2020"),
            ("Acme Copyright", "Acme Copyright"),
            ("Acme Inc.", "Acme Inc."),
            ("© ООО Пример, 2020. Все права защищены", "ООО Пример, 2020"),
        ] {
            assert_eq!(owner_of(notice), owner, "{notice}");
        }
    }

    #[test]
    fn random_ids_name_nobody() {
        assert!(is_guid("CN=EA375AAC-419B-476C-96F8-403937BFFA1F"));
        assert!(!is_guid("CN=Acme"));
    }
}
