//! Vendor columns: who is named there, if anybody.

use super::{Doubt, Hit, MatchKind, VendorSays};
use crate::pack::compile::{Pack, Target};
use crate::pack::name::Folded;

/// Names longer than this are no names of vendors.
const LONGEST: usize = 512;

/// Finds the entities that a vendor column names, and tells whether it names anybody at all.
pub(super) fn find(pack: &Pack, vendor: &str) -> (VendorSays, Vec<Hit>) {
    let written = organisation_of(vendor).unwrap_or(vendor);
    let mut cut = written.len().min(LONGEST);
    while !written.is_char_boundary(cut) {
        cut -= 1;
    }
    let name = Folded::new(&written[..cut]);
    if is_nobody(pack, vendor, &name) {
        return (VendorSays::Nobody, Vec::new());
    }
    let all = (0, name.len());
    let formless = pack.legal_forms.trim(&name, all);
    let placeless = pack.legal_forms.trim(&name, pack.company_places.trim(&name, formless));
    let hit = |target: &Target, alias: &str, doubtful: Option<Doubt>, score: f64| Hit {
        entity: target.entity,
        product: target.product,
        kind: MatchKind::Vendor,
        doubtful,
        field: "vendor",
        value: vendor.to_owned(),
        alias: alias.to_owned(),
        score,
        span: target.span,
    };
    // Equal in full; without legal forms; without places.
    for (step, range) in [all, formless, placeless].into_iter().enumerate() {
        let phrase = name.phrase(range.0, range.1);
        let targets: Vec<&Target> =
            pack.names.get(phrase).iter().filter(|target| target.product.is_none() && (step < 2 || !target.common)).collect();
        // A name as somebody writes it wins over one that agrees only without its legal form.
        let written = targets.iter().any(|target| !target.trimmed);
        let hits: Vec<Hit> =
            targets.into_iter().filter(|target| !written || !target.trimmed).map(|target| hit(target, phrase, None, 1.0)).collect();
        if !hits.is_empty() {
            return (VendorSays::Somebody, hits);
        }
    }
    (VendorSays::Somebody, longer_names(pack, &name, formless, &hit))
}

/// A vendor whose name holds an alias and more may be a daughter or somebody else altogether.
fn longer_names(
    pack: &Pack,
    name: &Folded,
    (from, to): (usize, usize),
    hit: &impl Fn(&Target, &str, Option<Doubt>, f64) -> Hit,
) -> Vec<Hit> {
    let longest = (pack.longest as usize).min(to - from);
    for words in (1..=longest).rev() {
        let mut hits = Vec::new();
        for start in from..=to - words {
            let phrase = name.phrase(start, start + words);
            let telling = |target: &&Target| target.product.is_none() && !target.common && phrase.chars().count() >= 4;
            let score = share(phrase, name.phrase(from, to));
            hits.extend(
                pack.names.get(phrase).iter().filter(telling).map(|target| hit(target, phrase, Some(Doubt::LongerName), score)),
            );
        }
        if !hits.is_empty() {
            return hits;
        }
    }
    Vec::new()
}

/// Returns whether a vendor column names nobody.
pub(super) fn names_nobody(pack: &Pack, vendor: &str) -> bool {
    is_nobody(pack, vendor, &Folded::new(organisation_of(vendor).unwrap_or(vendor)))
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

/// Returns the organisation (else the common name) of a certificate subject such as
/// `CN=Example, O=Example Corporation, C=US`.
pub(super) fn organisation_of(subject: &str) -> Option<&str> {
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
        assert_eq!(organisation_of("Acme Inc."), None);
        assert_eq!(organisation_of("C=US"), None);
    }

    #[test]
    fn random_ids_name_nobody() {
        assert!(is_guid("CN=EA375AAC-419B-476C-96F8-403937BFFA1F"));
        assert!(!is_guid("CN=Acme"));
    }
}
