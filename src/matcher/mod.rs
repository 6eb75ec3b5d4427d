//! Matching: which entities an item belongs to, and why we think so.
//!
//! In: the identity of one distinct item and the compiled index of a pack. Out: [`Hit`]s, the
//! strongest for each entity, each with its evidence. No dates, places or rules are looked at
//! here, and what an item costs does not grow with their number.
//!
//! Evidence, strongest first: an identifier; the vendor's name; the product's name, where neither
//! the vendor column nor an identifier names somebody else; a similar name. What is not certain is
//! marked doubtful, and then it can only ever lead to a review.

mod claim;
mod product;
mod similar;
mod vendor;

use serde::{Deserialize, Serialize};

use claim::Claim;

use crate::model::{Identifier, IdentifierKind, OwnedRow, Row, Version};
use crate::pack::compile::{Pack, Target};
use crate::pack::entity::Span;
use crate::pack::name::Folded;
use crate::pack::table::Values;

/// What the match rests on, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MatchKind {
    /// A CPE, purl, package or bundle id.
    Identifier,
    /// The vendor's name.
    Vendor,
    /// The product's name.
    Product,
    /// A similar name; never bans.
    Similar,
}

impl MatchKind {
    /// Returns the word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Vendor => "vendor",
            Self::Product => "product",
            Self::Similar => "similar",
        }
    }
}

/// One entity that an item may belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Number of the entity.
    pub entity: u32,
    /// Number of the product within it, where it was recognised.
    pub product: Option<u32>,
    /// What it rests on.
    pub kind: MatchKind,
    /// Whether a person must decide: a similar name, a mention, or somebody else's vendor column.
    pub doubtful: Option<Doubt>,
    /// Field of the item.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// The alias or pattern it agrees with.
    pub alias: String,
    /// 1 for equal; less for similar.
    pub score: f64,
    /// When the alias stands for the entity.
    pub span: Span,
    /// Number of the decision that settled it, where a person decided that it is theirs.
    pub decided: Option<u32>,
}

impl Hit {
    /// Returns whether a person must decide before it can be more than a review.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.decided.is_none() && (self.doubtful.is_some() || self.kind == MatchKind::Similar)
    }

    /// Returns whether it rests on an identifier that proves it.
    fn is_proven(&self) -> bool {
        let by_identifier =
            self.kind == MatchKind::Identifier || IdentifierKind::ALL.iter().any(|kind| kind.as_str() == self.field);
        by_identifier && self.doubtful.is_none()
    }
}

/// What a decision made of an item's matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The item is theirs for certain.
    Theirs,
    /// The item is not theirs: the match is gone.
    NotTheirs,
    /// The item never matched them.
    Nothing,
    /// An identifier proves that it is theirs; nothing was changed.
    Contradicted,
}

/// Why a match is not certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Doubt {
    /// The name is only similar.
    Similar,
    /// The vendor column names somebody else.
    OtherVendor,
    /// The product is about the other one, or only mentions it.
    Mention,
    /// The vendor's name holds the alias and more.
    LongerName,
}

impl Doubt {
    /// Returns the note that a finding carries.
    #[must_use]
    pub fn note(self) -> &'static str {
        match self {
            Self::Similar => "similar-name",
            Self::OtherVendor => "other-vendor",
            Self::Mention => "mention",
            Self::LongerName => "longer-name",
        }
    }
}

/// What the vendor column of an item says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VendorSays {
    /// Nothing: blank, unknown, a reseller or a store.
    Nobody,
    /// Somebody.
    Somebody,
}

/// A distinct item, prepared for matching and evaluation.
#[derive(Clone, Debug)]
pub struct Subject {
    /// As read.
    pub row: OwnedRow,
    /// The product's name, folded; of a row without one, what an identifier calls it.
    pub product: Folded,
    /// The version, from its field or from an identifier.
    pub version: Option<Version>,
    /// The entities it may belong to, the strongest hit first.
    pub hits: Vec<Hit>,
}

/// What a look at an item told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nobodys {
    /// It has a product's name and is nobody's.
    pub is_nobodys: bool,
    /// Its vendor column, as written, names somebody of whom the pack knows nothing, and no similar name, whatever the
    /// product. Of other products beside it, only their names and identifiers need to be looked at.
    pub is_stranger: bool,
}

/// What an item is matched by: its names as written, and its identifiers.
#[derive(Clone, Copy)]
struct Named<'a> {
    vendor: &'a str,
    /// The product's name as displayed.
    product: &'a str,
    identifiers: &'a [Identifier],
}

impl<'a> Named<'a> {
    fn of(row: &'a OwnedRow) -> Self {
        Self { vendor: &row.vendor, product: row.as_displayed(), identifiers: &row.identifiers }
    }
}

/// All of an item that its judgement can depend on, but for its version: items that are alike in it are
/// judged alike, whatever their names are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Likeness {
    has_name: bool,
    hits: Vec<HitLikeness>,
}

/// A hit's entity, product, kind, doubt and dates, and the decision that settled it.
type HitLikeness = (u32, Option<u32>, MatchKind, Option<Doubt>, Span, Option<u32>);

impl Subject {
    /// Returns what other items may be alike in.
    #[must_use]
    pub fn likeness(&self) -> Likeness {
        let hit = |hit: &Hit| (hit.entity, hit.product, hit.kind, hit.doubtful, hit.span, hit.decided);
        Likeness { has_name: !self.product.is_empty(), hits: self.hits.iter().map(hit).collect() }
    }

    /// Matches an item.
    #[must_use]
    pub fn new(pack: &Pack, row: OwnedRow) -> Self {
        // By the name as displayed: `Windows 10.0.19045` is Windows 10, whatever its version is.
        let text = claim::product_name(Named::of(&row)).into_owned();
        let displayed = Folded::new(&text);
        let (hits, _) = find(pack, Named::of(&row), &product::Name { text: &text, folded: &displayed }, false);
        let product = if row.displayed.is_empty() { displayed } else { Folded::new(&row.product) };
        let version = Version::parse(&row.version).or_else(|| row.identifiers.iter().find_map(version_of));
        Self { row, product, version, hits }
    }

    /// Matches the item of a row. `None`: nothing tells what it is.
    #[must_use]
    pub fn of(pack: &Pack, row: &Row<'_>) -> Option<Self> {
        if row.is_nameless() {
            return None;
        }
        Some(Self::new(pack, row.identity())).filter(|subject| !subject.is_nameless(pack))
    }

    /// Looks whether the item of a row has a product's name and is nobody's in the pack: such as [`Self::of`] finds no hit
    /// for, with less work. `is_stranger` is what was [told](Nobodys::is_stranger) of the same vendor before.
    #[must_use]
    pub fn nobodys(pack: &Pack, row: &Row<'_>, is_stranger: bool) -> Nobodys {
        if row.is_nameless() {
            return Nobodys { is_nobodys: false, is_stranger };
        }
        let identifiers = row.read_identifiers();
        let named = Named { vendor: row.vendor, product: row.product, identifiers: &identifiers };
        let folded = Folded::new(row.product);
        let (hits, is_stranger) = find(pack, named, &product::Name { text: row.product, folded: &folded }, is_stranger);
        Nobodys { is_nobodys: !folded.is_empty() && hits.is_empty(), is_stranger }
    }

    /// Returns whether nothing tells what the item is: no product, a vendor column that names
    /// nobody, and no identifier that can be read.
    #[must_use]
    pub fn is_nameless(&self, pack: &Pack) -> bool {
        self.product.is_empty()
            // The version beside it decides what of a name is a version, but not whether there is a name.
            && Folded::new(self.row.as_displayed()).is_empty()
            && self.hits.is_empty()
            && vendor::Name::new(pack, &self.row.vendor).is_nobody(pack)
            && !self.row.identifiers.iter().any(Identifier::names_something)
    }

    /// Takes the item to be an entity's, or not to be, since a person decided so. What an identifier
    /// proves stays as it is. Where no name agrees (any more), the decision itself is the match.
    pub fn settle(&mut self, pack: &Pack, entity: u32, is_theirs: bool, decision: u32) -> Settled {
        let mut theirs = self.hits.iter().filter(|hit| hit.entity == entity).peekable();
        match (is_theirs, theirs.peek().is_some()) {
            (false, false) => return Settled::Nothing,
            (false, true) if theirs.any(Hit::is_proven) => return Settled::Contradicted,
            (false, true) => {
                self.hits.retain(|hit| hit.entity != entity);
                return Settled::NotTheirs;
            }
            (true, true) => {}
            (true, false) => self.hits.push(self.by_decision(pack, entity, decision)),
        }
        for hit in self.hits.iter_mut().filter(|hit| hit.entity == entity && hit.is_doubtful()) {
            hit.doubtful = None;
            hit.decided = Some(decision);
        }
        self.hits.sort_by_key(|hit| (hit.doubtful, hit.kind));
        Settled::Theirs
    }

    /// Returns the match of an item that no name or identifier gives to an entity.
    fn by_decision(&self, pack: &Pack, entity: u32, decision: u32) -> Hit {
        let by_vendor = !self.row.vendor.is_empty();
        let (kind, field, value) = if by_vendor {
            (MatchKind::Vendor, "vendor", self.row.vendor.as_str())
        } else {
            (MatchKind::Product, "product", self.row.as_displayed())
        };
        Hit {
            entity,
            product: product::within(pack, entity, &self.product).map(|(number, _)| number),
            kind,
            doubtful: None,
            field,
            value: value.to_owned(),
            alias: value.to_owned(),
            score: 1.0,
            span: Span::default(),
            decided: Some(decision),
        }
    }

    /// Returns whether any rule could ever reach the item.
    #[must_use]
    pub fn is_reachable(&self, pack: &Pack) -> bool {
        self.hits.iter().any(|hit| !pack.reach[hit.entity as usize].is_empty())
    }
}

fn version_of(identifier: &Identifier) -> Option<Version> {
    use crate::model::identifier::Parts;
    match &identifier.parts {
        Parts::Cpe(cpe) => Version::parse(cpe.version.as_deref()?),
        Parts::Purl(purl) => Version::parse(purl.version.as_deref()?),
        Parts::Plain(_) | Parts::Broken => None,
    }
}

/// Finds the entities of an item, the strongest hit for each. Takes and returns whether the vendor is a
/// [stranger](Nobodys::is_stranger).
fn find(pack: &Pack, row: Named<'_>, product: &product::Name<'_>, mut is_stranger: bool) -> (Vec<Hit>, bool) {
    let written = claim::written_as_id(row.product);
    let given = row.identifiers.iter().map(|identifier| (identifier, identifier.kind.as_str()));
    let identifiers: Vec<(&Identifier, &'static str)> =
        given.chain(written.iter().map(|identifier| (identifier, "product"))).collect();
    let mut hits = by_identifier(pack, &identifiers, product.folded);
    doubt_guesses(&mut hits, row.identifiers);
    let is_known = hits.iter().any(|hit| hit.doubtful.is_none());
    let claim = if is_known { Claim::Nothing } else { Claim::of(identifiers.iter().map(|&(identifier, _)| identifier)) };
    if claim == Claim::Owner {
        hits.extend(by_owner(pack, &identifiers));
    }
    let vendor = if is_stranger { vendor::Name::default() } else { vendor::Name::new(pack, row.vendor) };
    let (says, mut by_vendor) = match is_stranger {
        true => (VendorSays::Somebody, Vec::new()),
        false => vendor::find(pack, &vendor, product.folded, vendor::Column::Vendor),
    };
    let is_unknown = says == VendorSays::Somebody && by_vendor.is_empty();
    if says == VendorSays::Nobody {
        // A CPE name has a vendor field of its own.
        for (identifier, vendor) in row.identifiers.iter().filter_map(|identifier| Some((identifier, cpe_vendor(identifier)?))) {
            let (_, found) = vendor::find(pack, &vendor::Name::new(pack, &vendor), product.folded, vendor::Column::Cpe);
            by_vendor.extend(found.into_iter().map(|hit| Hit { value: identifier.text.clone(), ..hit }));
        }
    }
    for hit in &by_vendor {
        // The vendor is known: any name of its products in the product's name tells which.
        let inside = product::within(pack, hit.entity, product.folded);
        hits.push(Hit { product: inside.map(|(number, _)| number).or(hit.product), ..hit.clone() });
    }
    doubt_guesses(&mut hits, row.identifiers);
    let certain: Vec<u32> = hits.iter().filter(|hit| hit.doubtful.is_none()).map(|hit| hit.entity).collect();
    for hit in &mut hits {
        if hit.product.is_none() && hit.kind == MatchKind::Identifier {
            hit.product = product::within(pack, hit.entity, product.folded).map(|(number, _)| number);
        }
    }
    hits.extend(product::find(pack, row, product, &product::Beside { says, claim, certain: &certain }));
    if !is_stranger && hits.iter().all(|hit| hit.doubtful.is_some()) {
        let known: Vec<u32> = hits.iter().map(|hit| hit.entity).collect();
        let similar = similar::find(pack, row, &vendor, product.folded, says, claim);
        is_stranger = is_unknown && similar.is_empty() && !vendor.is_product(pack);
        hits.extend(similar.into_iter().filter(|hit| !known.contains(&hit.entity)));
    }
    (strongest(hits), is_stranger)
}

/// Tools that list packages make up CPE names out of the names of the packages: beside a package
/// that is not theirs by its own name, such a name proves nothing.
fn doubt_guesses(hits: &mut [Hit], identifiers: &[Identifier]) {
    let cpe = IdentifierKind::Cpe.as_str();
    let by_package = hits.iter().any(|hit| hit.kind == MatchKind::Identifier && hit.field != cpe);
    if !by_package && Claim::of(identifiers.iter()) >= Claim::Package {
        for hit in hits.iter_mut().filter(|hit| hit.field == cpe && hit.doubtful.is_none()) {
            hit.doubtful = Some(Doubt::Mention);
        }
    }
}

fn cpe_vendor(identifier: &Identifier) -> Option<String> {
    match &identifier.parts {
        crate::model::identifier::Parts::Cpe(cpe) => cpe.vendor.as_ref().map(|vendor| vendor.replace('_', " ")),
        _ => None,
    }
}

/// A package whose owner has the name of an entity, while the pack does not list that owner: names
/// at forges are taken by whoever comes first.
fn by_owner(pack: &Pack, identifiers: &[(&Identifier, &'static str)]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for &(identifier, field) in identifiers {
        let Some(owner) = claim::owner(identifier) else { continue };
        let name = Folded::new(owner);
        let targets = pack.names.get(name.as_str()).filter(|target| target.product.is_none() && !target.common && !target.short);
        hits.extend(targets.map(|target| Hit {
            entity: target.entity,
            product: None,
            kind: MatchKind::Identifier,
            doubtful: Some(Doubt::Mention),
            field,
            value: identifier.text.clone(),
            alias: name.as_str().to_owned(),
            score: 1.0,
            span: target.span,
            decided: None,
        }));
    }
    hits
}

/// Keeps one hit for each entity: certain before doubtful, then by kind; of equals the one that
/// knows the product.
fn strongest(mut hits: Vec<Hit>) -> Vec<Hit> {
    let rank = |hit: &Hit| (hit.doubtful, hit.kind, hit.product.is_none());
    hits.sort_by(|a, b| a.entity.cmp(&b.entity).then_with(|| rank(a).cmp(&rank(b))).then_with(|| b.score.total_cmp(&a.score)));
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits {
        match kept.last_mut().filter(|last| last.entity == hit.entity) {
            // A name that was theirs for a time only says nothing about the rest of the time.
            Some(last) if last.doubtful.is_none() && !last.span.is_open() && hit.span != last.span => kept.push(hit),
            Some(last) => last.product = last.product.or(hit.product.filter(|_| hit.doubtful.is_none())),
            None => kept.push(hit),
        }
    }
    kept.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| b.score.total_cmp(&a.score)).then_with(|| a.entity.cmp(&b.entity)));
    kept
}

/// Finds the entities of identifiers, each with the field it stands in.
fn by_identifier(pack: &Pack, identifiers: &[(&Identifier, &'static str)], product: &Folded) -> Vec<Hit> {
    use crate::model::identifier::Parts;
    let mut hits: Vec<Hit> = Vec::new();
    for &(identifier, field) in identifiers {
        let first = hits.len();
        let mut add = |targets: Values<'_, Target>, alias: &str| {
            // Of an id within another's the longer one tells: `com.lenovo.anyshare` is no longer of
            // whom `com.lenovo` is. A group shares its ids.
            let longer: Vec<u32> = hits[first..].iter().filter(|hit| hit.alias.len() > alias.len()).map(|hit| hit.entity).collect();
            let fits =
                |target: &Target| longer.is_empty() || longer.iter().any(|&other| product::are_kin(pack, other, target.entity));
            hits.extend(targets.filter(fits).map(|target| Hit {
                entity: target.entity,
                product: target.product,
                kind: MatchKind::Identifier,
                doubtful: None,
                field,
                value: identifier.text.clone(),
                alias: alias.to_owned(),
                score: 1.0,
                span: target.span,
                decided: None,
            }));
        };
        match (&identifier.parts, identifier.kind) {
            (Parts::Cpe(cpe), _) => {
                let Some(vendor) = &cpe.vendor else { continue };
                if let Some(product) = &cpe.product {
                    add(pack.identifiers.get(&format!("cpe:{vendor}:{product}")), &format!("{vendor}:{product}"));
                }
                add(pack.identifiers.get(&format!("cpe:{vendor}")), vendor);
            }
            (Parts::Purl(purl), _) => {
                let path = format!("purl:{}", purl.path());
                // Maven groups are reverse domains: `com.tencent` holds `com.tencent.bugly`. NuGet has
                // no namespaces, but reserves the first words of names.
                let separators: &[char] = if matches!(purl.kind.as_str(), "maven" | "nuget") { &['/', '.'] } else { &['/'] };
                for end in boundaries(&path["purl:".len()..], separators) {
                    let key = &path[.."purl:".len() + end];
                    add(pack.identifiers.get(key), &key["purl:".len()..]);
                }
            }
            (Parts::Plain(id), IdentifierKind::BundleId) => {
                for end in boundaries(id, &['.']) {
                    add(pack.identifiers.get(&format!("bundle:{}", &id[..end])), &id[..end]);
                }
                add(pack.identifiers.get(&format!("package:{id}")), id);
            }
            (Parts::Plain(id), IdentifierKind::PackageId) => {
                add(pack.identifiers.get(&format!("package:{id}")), id);
                let mut key = String::with_capacity(100);
                for end in id.char_indices().map(|(at, _)| at).chain([id.len()]).rev().filter(|&end| (3..=80).contains(&end)) {
                    key.clear();
                    key.extend(["package:", &id[..end], "*"]);
                    add(pack.identifiers.get(&key), &id[..end]);
                }
                // Mobile stores use the bundle id as the package id.
                for end in boundaries(id, &['.']).filter(|&end| id[..end].contains('.')) {
                    add(pack.identifiers.get(&format!("bundle:{}", &id[..end])), &id[..end]);
                }
            }
            (Parts::Plain(subject), IdentifierKind::Signer) => {
                let name = Folded::new(vendor::organisation_of(subject).unwrap_or(subject));
                add(pack.identifiers.get(&format!("signer:{}", name.as_str())), name.as_str());
                // Other certificates bear the names that vendor columns have.
                let (_, found) = vendor::find(pack, &vendor::Name::new(pack, &identifier.text), product, vendor::Column::Signer);
                hits.extend(found);
            }
            (Parts::Plain(_) | Parts::Broken, _) => {}
        }
    }
    hits
}

/// Ends of the prefixes of a path that stop at a separator, longest first; at most twenty.
fn boundaries(path: &str, separators: &[char]) -> impl Iterator<Item = usize> {
    let ends = path.match_indices(separators).map(|(at, _)| at).filter(|&at| at > 0);
    let mut ends: Vec<usize> = ends.take(20).chain([path.len()]).collect();
    ends.reverse();
    ends.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vendor, product, and what must come out: `entity kind` for a certain match, with `?` for a
    /// doubtful one, `-` for none.
    const CASES: &[(&str, &str, &str)] = &[
        ("AO Kaspersky Lab", "Kaspersky Plus", "kaspersky vendor"),
        ("АО «Лаборатория Касперского»", "Kaspersky Endpoint Security для Windows", "kaspersky vendor"),
        ("KASPERSKY  LAB", "Widget 3", "kaspersky vendor"),
        ("Kaspersky Lab UK Ltd", "Widget 3", "kaspersky vendor"),
        ("卡巴斯基", "卡巴斯基安全软件", "kaspersky vendor"),
        ("", "Kaspersky Endpoint Security 11.10 for Windows (x64)", "kaspersky product"),
        ("unknown", "Kaspersky Anti-Virus", "kaspersky product"),
        ("N/A", "Kaspersky Virus Removal Tool 20.0", "kaspersky product"),
        ("Contoso IT", "Remove Kaspersky Endpoint Security", "kaspersky? product"),
        ("", "Remove Kaspersky Endpoint Security", "kaspersky? product"),
        ("", "Uninstall script for Kaspersky", "kaspersky? product"),
        ("Contoso IT", "Kaspersky Plus", "kaspersky? product"),
        ("Kapersky Labs", "Password Manager", "kaspersky? similar"),
        ("Kаspersky Lab", "Widget 3", "kaspersky? similar"), // a Cyrillic letter
        ("Касперский", "Widget 3", "kaspersky vendor"),
        ("", "Kapersky Anti-Virus", "kaspersky? similar"),
        ("Anti-Kaspersky Tools", "Widget 3", "kaspersky? vendor"),
        ("", "TikTok", "tiktok-inc product"),
        ("", "TikTok 36.1.3 for Android", "tiktok-inc product"),
        ("TikTok Pte. Ltd.", "TikTok", "tiktok-inc vendor"),
        ("", "Signal Generator 2", "-"),
        ("", "Database Browser", "-"),
        ("Ubaidullah", "Baidumap", "-"),
        ("Avant Space LLC", "Rocket", "-"),
        ("", "Lark", "bytedance product"),
        ("", "Larkspur Fonts", "-"),
        ("CN=Kaspersky Lab, O=\"AO Kaspersky Lab\", C=RU", "Widget 3", "kaspersky vendor"),
    ];

    fn subject(vendor: &str, product: &str) -> Subject {
        let row = OwnedRow { vendor: vendor.to_owned(), product: product.to_owned(), ..OwnedRow::default() };
        Subject::new(&crate::builtin::pack(), row)
    }

    #[test]
    fn names_are_recognised_and_mentions_are_not_taken_for_products() {
        let pack = crate::builtin::pack();
        for &(vendor, product, expected) in CASES {
            let subject = subject(vendor, product);
            let describe = |hit: &Hit| {
                let doubt = if hit.doubtful.is_some() { "?" } else { "" };
                format!("{}{doubt} {}", pack.entity(hit.entity).id, hit.kind.as_str())
            };
            let came = subject.hits.first().map_or_else(|| "-".to_owned(), describe);
            assert_eq!(came, expected, "{vendor} | {product}: {:?}", subject.hits);
        }
    }

    #[test]
    fn identifiers_win_over_names() {
        let pack = crate::builtin::pack();
        for (kind, text) in [
            (IdentifierKind::Cpe, "cpe:2.3:a:kaspersky:endpoint_security:11:*:*:*:*:*:*:*"),
            (IdentifierKind::Cpe, "cpe:/a:kaspersky:anti-virus"),
            (IdentifierKind::BundleId, "com.kaspersky.kav"),
        ] {
            let row = OwnedRow::new("Contoso", "Antivirus", "", vec![Identifier::read(kind, text)]);
            let subject = Subject::new(&pack, row);
            let first = subject.hits.first().expect("a hit");
            assert_eq!(
                (pack.entity(first.entity).id.as_str(), first.kind, first.doubtful),
                ("kaspersky", MatchKind::Identifier, None),
                "{text}"
            );
        }
    }

    #[test]
    fn the_product_is_told_from_its_name() {
        let pack = crate::builtin::pack();
        let subject = subject("Kaspersky Lab", "Kaspersky Threat Intelligence Portal");
        let hit = subject.hits.first().expect("a hit");
        let product = &pack.entity(hit.entity).products[hit.product.expect("a product") as usize];
        assert_eq!(product.id, "kaspersky-threat-intelligence");
    }

    #[test]
    fn rows_that_name_nobody_and_nothing_are_nameless() {
        let pack = crate::builtin::pack();
        for (vendor, product, nameless) in
            [("unknown", "", true), ("", "", true), ("N/A", "-", true), ("Contoso", "", false), ("", "Paint", false)]
        {
            assert_eq!(subject(vendor, product).is_nameless(&pack), nameless, "{vendor} | {product}");
        }
    }

    #[test]
    fn what_is_nobodys_is_what_matches_nothing() {
        let pack = crate::builtin::pack();
        let ids = [(IdentifierKind::BundleId, "com.kaspersky.kav"), (IdentifierKind::Purl, "pkg:npm/left-pad")];
        let more = [("", "", ""), ("", "\u{345} 1.2", ""), ("\u{903}", "\u{903}", ""), ("Contoso", "Paint 1.2 (x64)", "")];
        let cases = CASES.iter().copied().chain(more).flat_map(|(vendor, product, _)| {
            [&ids[..0], &ids[..1], &ids[1..]].into_iter().flat_map(move |identifiers| {
                ["", "1.2"].map(|version| Row { vendor, product, version, identifiers, ..Row::default() })
            })
        });
        for row in cases {
            let subject = Subject::of(&pack, &row);
            let is_nobodys = subject.is_some_and(|subject| subject.hits.is_empty() && !Folded::new(row.product).is_empty());
            assert_eq!(Subject::nobodys(&pack, &row, false).is_nobodys, is_nobodys, "{row:?}");
        }
    }

    #[test]
    fn a_stranger_is_one_beside_any_product() {
        let pack = crate::builtin::pack();
        let aliases: Vec<&str> = pack.names.iter().map(|(alias, _)| alias).collect();
        let products: Vec<&str> = CASES.iter().map(|&(_, product, _)| product).chain(aliases.iter().step_by(23).copied()).collect();
        let names = CASES.iter().map(|&(vendor, ..)| vendor).chain(["Contoso", "Contoso GmbH", "Qterno Ltd", "unknown"]);
        let is_word = |alias: &&str| pack.names.get(alias).any(|target| target.common && target.product.is_some());
        let words = aliases.iter().copied().filter(is_word);
        let vendors: Vec<&str> = names.chain(words).chain(aliases.iter().step_by(41).copied()).collect();
        let (mut strangers, mut others) = (0, 0);
        for vendor in vendors {
            let look = |product, is_stranger| Subject::nobodys(&pack, &Row { vendor, product, ..Row::default() }, is_stranger);
            if !look("Paint", false).is_stranger {
                others += 1;
                continue;
            }
            strangers += 1;
            // The product's name in both columns, with a version in all the ways that this is written.
            let own = ["", " 2", "-2", "-x64", "_v2.1"].map(|version| format!("{vendor}{version}"));
            for product in products.iter().copied().chain(own.iter().map(String::as_str)) {
                let (known, anew) = (look(product, true), look(product, false));
                assert_eq!(known.is_nobodys, anew.is_nobodys, "{vendor} | {product}");
            }
        }
        assert!(strangers > 5 && others > 50, "{strangers} strangers, {others} others");
    }

    /// All that an audit remembers of an unreachable product must hold in any version.
    #[test]
    fn whether_anything_is_named_does_not_depend_on_the_version() {
        let pack = crate::builtin::pack();
        // An accent alone, which counts as a letter and is folded away.
        for (product, nameless) in [("\u{345} 1.2", false), ("\u{345}", true), ("\u{345} (x64)", false)] {
            for version in ["", "1.2", "1.2.3", "9"] {
                let subject = Subject::new(&pack, OwnedRow::new("", product, version, Vec::new()));
                assert_eq!(subject.is_nameless(&pack), nameless, "{product:?} {version}: {:?}", subject.row);
            }
        }
    }
}
