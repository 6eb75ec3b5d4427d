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

/// A vendor's name, as it is written and folded.
#[derive(Default)]
pub(super) struct Name<'a> {
    text: &'a str,
    pub(super) folded: Folded,
    /// Its words without a legal form.
    pub(super) formless: (usize, usize),
    /// Those of them without a place.
    pub(super) placeless: (usize, usize),
}

impl<'a> Name<'a> {
    /// Reads what stands in a vendor column: the organisation of a certificate subject, the owner of a copyright notice.
    pub(super) fn new(pack: &Pack, text: &'a str) -> Self {
        let written = owner_of(organisation_of(text).unwrap_or(text));
        let mut cut = written.len().min(LONGEST);
        while !written.is_char_boundary(cut) {
            cut -= 1;
        }
        let folded = Folded::new(&written[..cut]);
        let formless = pack.legal_forms.trim(&folded, (0, folded.len()));
        let placeless = pack.company_places.trim(&folded, formless);
        Self { text, folded, formless, placeless }
    }

    /// Returns some of its words.
    fn phrase(&self, (from, to): (usize, usize)) -> &str {
        self.folded.phrase(from, to)
    }

    /// Returns whether it names nobody: blank, unknown, a reseller, a store, or an id.
    pub(super) fn is_nobody(&self, pack: &Pack) -> bool {
        let all = (0, self.folded.len());
        self.folded.is_empty()
            || without_repeats([all, self.formless].into_iter()).any(|range| pack.nobody.has(self.phrase(range)))
            || is_guid(self.text)
    }

    /// Returns whether it is that of a product, so that the product's name beside it tells whether it is meant.
    pub(super) fn is_product(&self, pack: &Pack) -> bool {
        pack.names.get(self.phrase(self.formless)).any(|target| target.product.is_some())
    }
}

/// Finds the entities that a vendor column names, and tells whether it names anybody at all.
/// `product` is the product's name beside it.
pub(super) fn find(pack: &Pack, name: &Name<'_>, product: &Folded, column: Column) -> (VendorSays, Vec<Hit>) {
    let (all, formless) = ((0, name.folded.len()), name.formless);
    let named = pack.names.get(name.folded.as_str());
    // `Amazon.com, Inc.` as it is written is a maker, though `Amazon` is a shop.
    let is_maker = named.clone().any(|target| target.product.is_none() && !target.trimmed);
    if !is_maker && name.is_nobody(pack) {
        return (VendorSays::Nobody, Vec::new());
    }
    let hit = |target: &Target, alias: &str, doubtful: Option<Doubt>, score: f64| Hit {
        entity: target.entity,
        product: target.product,
        kind: column.kind(),
        doubtful,
        field: column.field(),
        value: name.text.to_owned(),
        alias: alias.to_owned(),
        score,
        span: target.span,
        decided: None,
    };
    let placeless = match name.placeless {
        same if same == formless => same,
        other => pack.legal_forms.trim(&name.folded, other),
    };
    // Equal in full; without a legal form, of which a part may belong to the name (`CA Technologies,
    // Inc.`); without places.
    let shorter = (formless.1..all.1).rev().map(|end| (0, end));
    for range in without_repeats([all].into_iter().chain(shorter).chain([formless, placeless])) {
        let phrase = name.phrase(range);
        // An ordinary word that is an alias with its legal form only is none without any, nor is one
        // without its place.
        let is_weak = |target: &Target| {
            target.common && (range != all && range == placeless && range != formless || target.trimmed && formless == all)
        };
        let named = if range == all { named.clone() } else { pack.names.get(phrase) };
        let targets: Vec<Target> = named.filter(|target| target.product.is_none() && !is_weak(target)).collect();
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
        let letters = name.folded.compact(range.0, range.1);
        let targets = pack.joined.get(&letters);
        if targets.is_empty() || letters.chars().count() < JOINED_FROM || pack.common.has(name.phrase(range)) {
            continue;
        }
        let targets = targets.filter(|target| target.product.is_none());
        let hits: Vec<Hit> = targets.map(|target| hit(&target, &letters, None, 1.0)).collect();
        if !hits.is_empty() {
            return (VendorSays::Somebody, hits);
        }
    }
    // Some write the product's name in both columns; an ordinary word must then be all of it.
    let phrase = name.phrase(formless);
    let fits = |target: &Target| target.product.is_some() && (!target.common || is_called(pack, product, phrase));
    let hits: Vec<Hit> = pack.names.get(phrase).filter(fits).map(|target| hit(&target, phrase, None, 1.0)).collect();
    // CPE names are keys, not sentences: a longer one is another.
    let is_done = !hits.is_empty() || column == Column::Cpe;
    (VendorSays::Somebody, if is_done { hits } else { longer_names(pack, &name.folded, formless, &hit) })
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

/// Returns how much of a name a phrase makes up.
#[expect(clippy::cast_precision_loss, reason = "names are short")]
pub(super) fn share(phrase: &str, whole: &str) -> f64 {
    let share = phrase.chars().count() as f64 / whole.chars().count().max(1) as f64;
    (share * 1000.0).round() / 1000.0
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
