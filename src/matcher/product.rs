//! Product names: whose product a display name tells of.

use super::claim::Claim;
use super::{Doubt, Hit, MatchKind, Named, VendorSays};
use crate::pack::compile::{JOINED_FROM, Pack, Target};
use crate::pack::name::Folded;
use crate::pack::table::Values;
use crate::pack::words::RelationKind;

/// Words of a display name that are looked at.
const WORDS: usize = 40;
/// Words that are joined at most, to see whether they are a name that was written apart.
const JOINED: usize = 8;

/// A product's name, as it is written and folded.
pub(super) struct Name<'a> {
    pub(super) text: &'a str,
    pub(super) folded: &'a Folded,
}

/// What stands beside a product's name.
#[derive(Clone, Copy)]
pub(super) struct Beside<'a> {
    /// What the vendor column says.
    pub(super) says: VendorSays,
    /// What identifiers say that the pack does not know.
    pub(super) claim: Claim,
    /// The entities that the vendor column or an identifier gave already, for certain.
    pub(super) certain: &'a [u32],
}

/// A name found in a display name: the words it takes up, and whom it stands for.
struct Found {
    words: (usize, usize),
    alias: String,
    /// Whether it is spaced otherwise than the name is known.
    joined: bool,
    target: Target,
}

/// Returns the product of an entity that a display name tells of: the longest name found.
pub(super) fn within(pack: &Pack, entity: u32, product: &Folded) -> Option<(u32, usize)> {
    let end = product.len().min(WORDS);
    let of = |mut targets: Values<'_, Target>| targets.find_map(|target| target.product.filter(|_| target.entity == entity));
    let longest = (0..end).map(|start| pack.longest_name_at(product, start, end)).max().unwrap_or(0);
    for words in (1..=longest).rev() {
        for start in 0..=end - words {
            if let Some(number) = of(pack.names.get(product.phrase(start, start + words))) {
                return Some((number, words));
            }
        }
    }
    (1..=JOINED.min(end)).rev().find_map(|words| Some((of(pack.joined.get(&product.compact(0, words)))?, words)))
}

/// Finds the entities whose names stand in a display name. Only where there is none for certain, it
/// is read as programs write names, without spaces.
pub(super) fn find(pack: &Pack, row: Named<'_>, product: &Name<'_>, beside: &Beside<'_>) -> Vec<Hit> {
    let hits = look(pack, row, product.folded, beside);
    if hits.iter().any(|hit| hit.doubtful.is_none()) || beside.claim >= Claim::Package {
        return hits;
    }
    let Some(split) = Folded::split(product.text).filter(|split| split != product.folded) else { return hits };
    let found = look(pack, row, &split, beside);
    let is_better = hits.is_empty() || found.iter().any(|hit| hit.doubtful.is_none());
    if is_better { found } else { hits }
}

fn look(pack: &Pack, row: Named<'_>, product: &Folded, beside: &Beside<'_>) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    let end = product.len().min(WORDS);
    let lead = lead(product);
    let mut start = 0;
    while start < end {
        let mut found = name_at(pack, product, start, end);
        if found.is_empty() && start == lead && beside.claim < Claim::Package {
            found = joined_at(pack, product, start, end);
        }
        let Some(past) = found.first().map(|found| found.words.1) else {
            start += 1;
            continue;
        };
        // In `Bytedance TikTok` the first name tells of the second.
        let before = hits.iter().filter(|hit| hit.doubtful.is_none()).map(|hit| hit.entity);
        let certain: Vec<u32> = beside.certain.iter().copied().chain(before).collect();
        for found in found.iter().filter(|found| !beside.certain.contains(&found.target.entity)) {
            hits.extend(judge(pack, row, product, lead, found, &Beside { certain: &certain, ..*beside }));
        }
        start = past;
    }
    hits
}

/// Returns the longest name that starts at a word.
fn name_at(pack: &Pack, product: &Folded, start: usize, end: usize) -> Vec<Found> {
    for words in (1..=pack.longest_name_at(product, start, end)).rev() {
        let alias = product.phrase(start, start + words);
        let targets = pack.names.get(alias);
        if !targets.is_empty() {
            let found = |target| Found { words: (start, start + words), alias: alias.to_owned(), joined: false, target };
            return targets.map(found).collect();
        }
    }
    Vec::new()
}

/// Returns the longest name that starts at a word and is spaced otherwise than it is known.
fn joined_at(pack: &Pack, product: &Folded, start: usize, end: usize) -> Vec<Found> {
    let all = product.compact(start, start + JOINED.min(end - start));
    let mut alias = all.as_str();
    for words in (1..=JOINED.min(end - start)).rev() {
        let longer = alias;
        alias = &alias[..longer.len() - product.phrase(start + words - 1, start + words).len()];
        // Two short words make up a third by chance.
        if longer.chars().count() <= JOINED_FROM {
            break;
        }
        let targets = pack.joined.get(longer);
        if targets.is_empty() || pack.common.has(product.phrase(start, start + words)) {
            continue;
        }
        let targets = targets.filter(|target| !target.trimmed);
        let found = targets.map(|target| Found { words: (start, start + words), alias: longer.to_owned(), joined: true, target });
        let found: Vec<Found> = found.collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Returns the first word that tells: packages of a store begin with a random id.
fn lead(product: &Folded) -> usize {
    let is_id = |word: &str| {
        word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) && word.bytes().any(|byte| byte.is_ascii_digit())
    };
    usize::from(product.len() > 1 && product.iter().next().is_some_and(is_id))
}

fn judge(pack: &Pack, row: Named<'_>, product: &Folded, lead: usize, found: &Found, beside: &Beside<'_>) -> Option<Hit> {
    let Found { words: (from, to), joined, target, .. } = *found;
    let kin = beside.certain.iter().any(|&other| are_kin(pack, other, target.entity));
    let leads = from == lead;
    let is_package = is_package(row.product);
    let whole = leads && is_all_but_version(pack, product, to, is_package);
    // An ordinary word tells nothing unless it is the whole name and no other known vendor is
    // given, or its own vendor stands beside it.
    if target.common && !(kin && leads) && !(whole && beside.certain.is_empty() && beside.claim < Claim::Package) {
        return None;
    }
    // Nor does a short one in the middle, and a word that is an alias with its legal form only.
    if target.short && !leads || target.trimmed && to - from == 1 {
        return None;
    }
    // Beside another vendor, letters that happen to be those of a name are no name.
    if joined && !kin && beside.says == VendorSays::Somebody {
        return None;
    }
    // What somebody else publishes, and what only mentions a name in the middle of a package's, is
    // not theirs.
    if !kin && (beside.claim == Claim::Owner || beside.claim != Claim::Nothing && !leads) {
        return None;
    }
    let about = pack.mentions.stands_in(product, 0, from)
        || pack.mentions.stands_in(product, to, product.len())
        || pack.mentions_before.stands_in(product, 0, from);
    let doubtful = match beside.says {
        _ if kin && !about => None,
        VendorSays::Somebody if !kin => Some(Doubt::OtherVendor),
        _ if about || !leads || beside.claim == Claim::Package => Some(Doubt::Mention),
        // An application may well have an id that the pack does not know, but then its name must agree.
        _ if beside.claim == Claim::App && (target.common || !whole) => Some(Doubt::OtherVendor),
        // `acme-desktop` is a program's package, `acme-api-client` anybody's.
        _ if !whole && is_package => Some(Doubt::Mention),
        _ => None,
    };
    let inside = target.product.or_else(|| within(pack, target.entity, product).map(|(number, _)| number));
    Some(Hit {
        entity: target.entity,
        product: inside,
        kind: MatchKind::Product,
        doubtful,
        field: "product",
        value: row.product.to_owned(),
        alias: found.alias.clone(),
        score: 1.0,
        span: target.span,
        decided: None,
    })
}

/// Returns whether a name is written as package managers write them.
fn is_package(name: &str) -> bool {
    let name = name.trim();
    name.contains(['-', '_']) && name.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
}

/// Returns whether nothing but version, architecture and platform follows a name. In the name of a
/// package less may follow: `acme-client` and `acme2csv` are anybody's.
pub(super) fn is_all_but_version(pack: &Pack, product: &Folded, from: usize, is_package: bool) -> bool {
    const FOLLOWS: &str = "x64 x86 64 32 bit amd64 arm64 linux windows mac macos desktop version v beta stable \
                           release build setup installer";
    const IN_TITLES: &str = "for android ios mobile web app client user machine wide edition universal international portable \
                             exe msi apk dmg pkg remove only en us de fr ru zh ja для версия";
    product.iter().skip(from).all(|word| {
        let is_in = |words: &str| words.split(' ').any(|known| known == word);
        let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        is_number || is_in(FOLLOWS) || !is_package && (has_digit || is_in(IN_TITLES) || pack.legal_forms.has(word))
    })
}

/// Returns whether two entities belong together: one owns the other, or is another name of it.
pub(super) fn are_kin(pack: &Pack, a: u32, b: u32) -> bool {
    let points = |from: u32, to: u32| {
        pack.entity(from).relations.iter().any(|relation| {
            matches!(relation.kind, RelationKind::OwnedBy | RelationKind::AffiliateOf | RelationKind::RenamedTo)
                && pack.entity_number(&relation.entity) == Some(to)
        })
    };
    a == b || points(a, b) || points(b, a)
}
