//! Product names: whose product a display name tells of.

use super::{Doubt, Hit, MatchKind, VendorSays};
use crate::model::OwnedRow;
use crate::pack::compile::{Pack, Target};
use crate::pack::name::Folded;
use crate::pack::words::RelationKind;

/// Words of a display name that are looked at.
const WORDS: usize = 40;

/// Returns the product of an entity that a display name tells of: the longest name found.
pub(super) fn within(pack: &Pack, entity: u32, product: &Folded) -> Option<(u32, usize)> {
    let end = product.len().min(WORDS);
    for words in (1..=(pack.longest as usize).min(end)).rev() {
        for start in 0..=end - words {
            let targets = pack.names.get(product.phrase(start, start + words));
            let found = targets.iter().filter(|target| target.entity == entity).find_map(|target| target.product);
            if let Some(number) = found {
                return Some((number, words));
            }
        }
    }
    None
}

/// Finds the entities whose names stand in a display name. `certain` are those that the vendor
/// column or an identifier gave already.
pub(super) fn find(pack: &Pack, row: &OwnedRow, product: &Folded, says: VendorSays, certain: &[u32]) -> Vec<Hit> {
    let mut hits = Vec::new();
    let end = product.len().min(WORDS);
    let mut start = 0;
    while start < end {
        let found = (1..=(pack.longest as usize).min(end - start)).rev().find_map(|words| {
            let targets = pack.names.get(product.phrase(start, start + words));
            (!targets.is_empty()).then_some((words, targets))
        });
        let Some((words, targets)) = found else {
            start += 1;
            continue;
        };
        for target in targets.iter().filter(|target| !certain.contains(&target.entity)) {
            hits.extend(judge(pack, row, product, (start, start + words), target, says, certain));
        }
        start += words;
    }
    hits
}

fn judge(
    pack: &Pack,
    row: &OwnedRow,
    product: &Folded,
    (from, to): (usize, usize),
    target: &Target,
    says: VendorSays,
    certain: &[u32],
) -> Option<Hit> {
    let phrase = product.phrase(from, to);
    let kin = certain.iter().any(|&other| are_kin(pack, other, target.entity));
    let leads = from == 0;
    let whole = leads && is_all_but_version(pack, product, to);
    // An ordinary word tells nothing unless it is the whole name, or the vendor stands beside it.
    if target.common && !whole && !(kin && leads) {
        return None;
    }
    // A legal form that was needed to make the name telling is not there in a product's name.
    let about = pack.mentions.stands_in(product, 0, from)
        || pack.mentions.stands_in(product, to, product.len())
        || pack.mentions_before.stands_in(product, 0, from);
    let doubtful = match says {
        _ if kin && !about => None,
        VendorSays::Somebody if !kin => Some(Doubt::OtherVendor),
        _ if about || !leads => Some(Doubt::Mention),
        _ => None,
    };
    let inside = target.product.or_else(|| within(pack, target.entity, product).map(|(number, _)| number));
    Some(Hit {
        entity: target.entity,
        product: inside,
        kind: MatchKind::Product,
        doubtful,
        field: "product",
        value: row.product.clone(),
        alias: phrase.to_owned(),
        score: 1.0,
        span: target.span,
    })
}

/// Returns whether nothing but version, architecture and platform follows a name.
fn is_all_but_version(pack: &Pack, product: &Folded, from: usize) -> bool {
    const PLATFORM: [&str; 24] = [
        "x64", "x86", "64", "32", "bit", "amd64", "arm64", "for", "windows", "mac", "macos", "linux", "android", "ios", "desktop",
        "app", "beta", "user", "machine", "wide", "version", "v", "client", "web",
    ];
    product
        .iter()
        .skip(from)
        .all(|word| word.bytes().any(|byte| byte.is_ascii_digit()) || PLATFORM.contains(&word) || pack.legal_forms.has(word))
}

/// Returns whether two entities belong together: one owns the other, or is another name of it.
fn are_kin(pack: &Pack, a: u32, b: u32) -> bool {
    let points = |from: u32, to: u32| {
        pack.entity(from).relations.iter().any(|relation| {
            matches!(relation.kind, RelationKind::OwnedBy | RelationKind::AffiliateOf | RelationKind::RenamedTo)
                && pack.entity_number(&relation.entity) == Some(to)
        })
    };
    a == b || points(a, b) || points(b, a)
}
