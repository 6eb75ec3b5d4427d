//! The findings of a report: as a list, or drawn one after the other out of what a run kept.
//!
//! A run over many machines has millions of findings, and few things that differ from one to the next.
//! So a format is given each finding as a [`FindingRef`], which borrows all of its texts, and keeps what
//! it needs; whoever draws them keeps one copy of what findings share. A report that was read back, or
//! that is to be changed, has them as a list.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Change, Concern, Decision, Finding, Item, Match, Measure, Next, RowRef, Rows, RuleRef, Waiver};
use crate::model::Status;

/// The findings of a report, worst first.
#[derive(Clone, Debug)]
pub struct Findings(Held);

#[derive(Clone, Debug)]
enum Held {
    Listed(Vec<Finding>),
    Drawn(Drawn),
}

#[derive(Clone, Debug)]
struct Drawn {
    source: Arc<dyn Draw>,
    /// Waivers of findings that have one, by number.
    waivers: Arc<BTreeMap<usize, Arc<Waiver>>>,
    /// How each stands against the baseline, by number; none of any where there is none.
    changes: Arc<[Option<Change>]>,
    /// The only statuses that are shown; none for all.
    only: Vec<Status>,
    len: usize,
}

/// Gives the findings of a run, as often as they are asked for.
pub trait Draw: fmt::Debug + Send + Sync {
    /// Returns how many there are.
    fn count(&self) -> usize;

    /// Returns them one after the other, worst first; without waivers, and not held against a baseline.
    fn draw(&self) -> Box<dyn Iterator<Item = FindingRef<'_>> + '_>;

    /// Returns the name of an asset by its number, which goes by the order of the names.
    fn asset(&self, number: u32) -> &str;
}

/// Tells what a finding is known by over runs.
pub trait Known: Sync {
    /// Returns the fingerprint of its finding under a rule, on an asset.
    fn fingerprint(&self, rule: &str, asset: &str) -> String;
}

/// One item under one act, as [`Finding`] has it; all texts are borrowed.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FindingRef<'a> {
    /// What makes the fingerprint.
    #[serde(rename = "fingerprint")]
    pub print: Print<'a>,
    /// Number of the answer, where findings are drawn: those with the same one differ in nothing but asset, place as
    /// written, owner, rows, waiver and baseline.
    #[serde(skip)]
    pub answer: u32,
    /// Worst of the measures in force.
    pub status: Status,
    /// The next change of that status.
    pub next: Option<&'a Next>,
    /// Whether the measure binds you or affects you.
    pub concerned_as: Concern,
    /// The item.
    pub item: ItemRef<'a>,
    /// The rows that make up this finding.
    pub rows: RowsRef<'a>,
    /// The act.
    pub rule: &'a RuleRef,
    /// Its measures that concern you, each with its state.
    pub measures: &'a [Measure],
    /// Why the item matched.
    #[serde(rename = "match")]
    pub matched: &'a Match,
    /// What must be known about this finding.
    pub notes: &'a [String],
    /// What the inventory or the rule does not say.
    #[serde(skip_serializing_if = "super::none")]
    pub missing: &'a [String],
    /// The waiver that accepts it.
    pub waiver: Option<&'a Waiver>,
    /// The decision by which its match is certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<&'a Decision>,
    /// How it stands against the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Change>,
}

/// The item of a finding, as [`Item`] has it.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ItemRef<'a> {
    /// Vendor as written.
    pub vendor: &'a str,
    /// Product as written, without version and architecture.
    pub product: &'a str,
    /// Product as written, where version or architecture were taken off.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub displayed: &'a str,
    /// Version as written.
    pub version: &'a str,
    /// Asset as written.
    pub asset: &'a str,
    /// Number of the asset, where findings are drawn.
    #[serde(skip)]
    pub asset_number: u32,
    /// Code of the place, or as written.
    pub location: &'a str,
    /// Who answers for the asset.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub owner: &'a str,
    /// Inventory.
    pub source: &'a str,
    /// Line in it.
    pub line: u64,
    /// One shortest dependency path.
    pub path: &'a [String],
    /// Number of dependency paths, where there is more than one.
    #[serde(skip_serializing_if = "super::is_zero")]
    pub paths: u64,
}

/// The rows that make up a finding, as [`Rows`] has it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RowsRef<'a> {
    /// How many rows.
    pub count: u64,
    /// Sum of their quantities.
    pub quantity: u64,
    /// The first of them.
    pub first: FirstRows<'a>,
}

/// The first rows of a finding.
#[derive(Clone, Copy, Debug)]
pub enum FirstRows<'a> {
    /// As a report lists them.
    Listed(&'a [RowRef]),
    /// One, by its inventory and line.
    One(&'a str, u64),
    /// By numbers of inventories, with the names of these.
    Numbered(&'a [(u32, u64)], &'a [Arc<str>]),
}

/// A row of an inventory, as [`RowRef`] has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RowAt<'a> {
    /// Inventory.
    pub source: &'a str,
    /// Line, from 1.
    pub line: u64,
}

/// A fingerprint, or what it is made of: few formats need it.
#[derive(Clone, Copy)]
pub enum Print<'a> {
    /// As it was read.
    Written(&'a str),
    /// Of the product, the rule and the asset.
    Of(&'a dyn Known, &'a str, &'a str),
}

impl<'a> Print<'a> {
    fn text(&self) -> Cow<'a, str> {
        match self {
            Self::Written(text) => Cow::Borrowed(text),
            Self::Of(product, rule, asset) => Cow::Owned(product.fingerprint(rule, asset)),
        }
    }
}

impl fmt::Debug for Print<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Serialize for Print<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'a> FindingRef<'a> {
    /// Returns `1:…`, made of rule, vendor, product and asset; stable over runs.
    #[must_use]
    pub fn fingerprint(&self) -> Cow<'a, str> {
        self.print.text()
    }

    /// Returns the finding with texts of its own.
    #[must_use]
    pub fn to_finding(&self) -> Finding {
        let item = &self.item;
        Finding {
            fingerprint: self.fingerprint().into_owned(),
            status: self.status,
            next: self.next.cloned(),
            concerned_as: self.concerned_as,
            item: Item {
                vendor: item.vendor.into(),
                product: item.product.into(),
                displayed: item.displayed.into(),
                version: item.version.into(),
                asset: item.asset.into(),
                location: item.location.into(),
                owner: item.owner.into(),
                source: item.source.into(),
                line: item.line,
                path: item.path.to_vec(),
                paths: item.paths,
            },
            rows: Rows {
                count: self.rows.count,
                quantity: self.rows.quantity,
                first: self.rows.first.iter().map(|row| RowRef { source: row.source.into(), line: row.line }).collect(),
            },
            rule: Arc::new(self.rule.clone()),
            measures: self.measures.into(),
            matched: Arc::new(self.matched.clone()),
            notes: self.notes.into(),
            missing: self.missing.into(),
            waiver: self.waiver.cloned(),
            decision: self.decision.cloned().map(Arc::new),
            baseline: self.baseline,
        }
    }
}

impl Finding {
    /// Returns the finding with its texts borrowed.
    #[must_use]
    pub fn by_ref(&self) -> FindingRef<'_> {
        let item = &self.item;
        FindingRef {
            print: Print::Written(&self.fingerprint),
            answer: u32::MAX,
            status: self.status,
            next: self.next.as_ref(),
            concerned_as: self.concerned_as,
            item: ItemRef {
                vendor: &item.vendor,
                product: &item.product,
                displayed: &item.displayed,
                version: &item.version,
                asset: &item.asset,
                asset_number: u32::MAX,
                location: &item.location,
                owner: &item.owner,
                source: &item.source,
                line: item.line,
                path: &item.path,
                paths: item.paths,
            },
            rows: RowsRef { count: self.rows.count, quantity: self.rows.quantity, first: FirstRows::Listed(&self.rows.first) },
            rule: &self.rule,
            measures: &self.measures,
            matched: &self.matched,
            notes: &self.notes,
            missing: &self.missing,
            waiver: self.waiver.as_ref(),
            decision: self.decision.as_deref(),
            baseline: self.baseline,
        }
    }
}

/// As its [`FindingRef`], so that a finding is written in one way.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.by_ref().serialize(serializer)
    }
}

impl<'a> FirstRows<'a> {
    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Listed(rows) => rows.len(),
            Self::One(..) => 1,
            Self::Numbered(rows, _) => rows.len(),
        }
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns them in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = RowAt<'a>> + use<'a> {
        let rows = *self;
        (0..rows.len()).map(move |at| match rows {
            Self::Listed(rows) => RowAt { source: &rows[at].source, line: rows[at].line },
            Self::One(source, line) => RowAt { source, line },
            Self::Numbered(rows, sources) => RowAt { source: &sources[rows[at].0 as usize], line: rows[at].1 },
        })
    }
}

impl Serialize for FirstRows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl Findings {
    /// Returns findings that are drawn when they are asked for. `waivers` are those of findings that have
    /// one, by number.
    #[must_use]
    pub fn drawn(source: Arc<dyn Draw>, waivers: BTreeMap<usize, Arc<Waiver>>) -> Self {
        let len = source.count();
        Self(Held::Drawn(Drawn { source, waivers: Arc::new(waivers), changes: Arc::from([]), only: Vec::new(), len }))
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Held::Listed(list) => list.len(),
            Held::Drawn(drawn) => drawn.len,
        }
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns them one after the other.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        match &self.0 {
            Held::Listed(list) => Iter::Listed(list.iter()),
            Held::Drawn(drawn) => Iter::Drawn(drawn.iter()),
        }
    }

    /// Returns them as a list, to change them: it is made where there was none.
    pub fn list_mut(&mut self) -> &mut Vec<Finding> {
        if let Held::Drawn(drawn) = &self.0 {
            self.0 = Held::Listed(drawn.iter().map(|finding| finding.to_finding()).collect());
        }
        match &mut self.0 {
            Held::Listed(list) => list,
            Held::Drawn(_) => unreachable!("was made a list"),
        }
    }

    /// Marks how each stands against the baseline, by what `change` says of it; `None` where it is not to be marked.
    pub fn mark(&mut self, mut change: impl FnMut(&FindingRef<'_>) -> Option<Change>) {
        match &mut self.0 {
            Held::Listed(list) => {
                for finding in list {
                    finding.baseline = change(&finding.by_ref());
                }
            }
            Held::Drawn(drawn) => {
                debug_assert!(drawn.only.is_empty(), "all are marked, or numbers would be others");
                let changes: Vec<_> = drawn.iter().map(|finding| change(&finding)).collect();
                drawn.changes = changes.into();
            }
        }
    }

    /// Returns whether a waiver or a baseline may say something of any.
    #[must_use]
    pub fn is_any_marked(&self) -> bool {
        match &self.0 {
            Held::Listed(_) => true,
            Held::Drawn(drawn) => !(drawn.waivers.is_empty() && drawn.changes.is_empty()),
        }
    }

    /// Returns those with one of some statuses.
    #[must_use]
    pub fn only(&self, statuses: &[Status]) -> Self {
        match &self.0 {
            Held::Listed(list) => {
                let shown = list.iter().filter(|finding| statuses.contains(&finding.status));
                Self(Held::Listed(shown.cloned().collect()))
            }
            Held::Drawn(drawn) => {
                let mut drawn = Drawn { only: statuses.to_vec(), ..drawn.clone() };
                drawn.len = drawn.iter().count();
                Self(Held::Drawn(drawn))
            }
        }
    }

    /// Returns what draws them, where they are drawn.
    pub(super) fn source(&self) -> Option<&dyn Draw> {
        match &self.0 {
            Held::Listed(_) => None,
            Held::Drawn(drawn) => Some(&*drawn.source),
        }
    }
}

impl Drawn {
    fn iter(&self) -> Box<dyn Iterator<Item = FindingRef<'_>> + '_> {
        if self.waivers.is_empty() && self.changes.is_empty() && self.only.is_empty() {
            return self.source.draw();
        }
        let marked = self.source.draw().enumerate().map(|(number, finding)| FindingRef {
            waiver: self.waivers.get(&number).map(|waiver| &**waiver),
            baseline: self.changes.get(number).copied().flatten(),
            ..finding
        });
        Box::new(marked.filter(|finding| self.only.is_empty() || self.only.contains(&finding.status)))
    }
}

/// Findings, one after the other.
pub enum Iter<'a> {
    /// Of a list.
    Listed(std::slice::Iter<'a, Finding>),
    /// Drawn.
    Drawn(Box<dyn Iterator<Item = FindingRef<'a>> + 'a>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = FindingRef<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Listed(list) => list.next().map(Finding::by_ref),
            Self::Drawn(drawn) => drawn.next(),
        }
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = FindingRef<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Vec<Finding>> for Findings {
    fn from(list: Vec<Finding>) -> Self {
        Self(Held::Listed(list))
    }
}

impl Default for Findings {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl PartialEq for Findings {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (FindingRef<'_>, FindingRef<'_>)| a.to_finding() == b.to_finding();
        self.len() == other.len() && self.iter().zip(other).all(same)
    }
}

impl Serialize for Findings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de> Deserialize<'de> for Findings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, GroupBy, Report, View, testing};
    use super::*;

    /// Some spellings, versions, places and owners of a few products, often several on one asset.
    fn table() -> String {
        let products =
            ["AO Kaspersky Lab,Kaspersky Plus", "KASPERSKY LAB,Kaspersky Plus", ",kaspersky plus", "x,TikTok", "SAP,SAP GUI"];
        let mut text = String::from("host,publisher,product,version,country,owner,quantity,installed date\n");
        for at in 0..3_000_usize {
            let spread = at.wrapping_mul(0x9e37_79b9) >> 7;
            let (place, owner) = (["US", "DE", "RU", "", "BY"][spread % 5], ["", "A", "B"][spread % 3]);
            let date = ["", "2024-08-01", "2023-01-01"][spread % 3];
            let (asset, product) = (spread % 211, products[spread % 7 % 5]);
            text += &format!("pc-{asset},{product},{},{place},{owner},{},{date}\n", spread % 4, spread % 2 + 1);
            text += &format!(",{product},1,{place},,1,\n");
        }
        text
    }

    fn written(report: &Report, format: Format, view: &View) -> Vec<u8> {
        let mut out = Vec::new();
        format.write(report, view, &mut out).expect("writes to memory");
        out
    }

    #[test]
    fn drawn_findings_give_what_a_list_of_them_gives() {
        let mut drawn = testing::run(table().as_bytes());
        let number = std::cell::Cell::new(0_usize);
        for marks in [false, true] {
            if marks {
                drawn.findings.mark(|_| {
                    number.set(number.get() + 1);
                    (!number.get().is_multiple_of(3)).then(|| Change::ALL[number.get() % 4])
                });
            }
            assert!(drawn.findings.source().is_some());
            let mut listed = drawn.clone();
            assert_eq!(listed.findings.list_mut().len(), drawn.findings.iter().count());
            assert!(listed == drawn && drawn.findings.len() > 1_000);
            let sorted = listed.findings.is_sorted_by_key(|one| {
                (one.status, one.rule.id.clone(), one.item.vendor.clone(), one.item.product.clone(), one.item.asset.clone())
            });
            assert!(sorted, "as a report has them");
            for &format in Format::ALL {
                for only in [Vec::new(), vec![Status::NoSale, Status::Banned]] {
                    let view = View { only, ..View::default() };
                    assert!(written(&drawn, format, &view) == written(&listed, format, &view), "{}", format.name());
                }
            }
            for &group_by in GroupBy::ALL {
                let view = View { group_by, ..View::default() };
                assert!(written(&drawn, Format::Table, &view) == written(&listed, Format::Table, &view), "{group_by:?}");
            }
        }
    }
}

/// Tests put reports together, and change them.
#[cfg(test)]
mod listed {
    use std::ops::{Deref, DerefMut};

    use super::*;

    impl Deref for Findings {
        type Target = Vec<Finding>;

        fn deref(&self) -> &Self::Target {
            match &self.0 {
                Held::Listed(list) => list,
                Held::Drawn(_) => unreachable!("tests list what they look at"),
            }
        }
    }

    impl DerefMut for Findings {
        fn deref_mut(&mut self) -> &mut Self::Target {
            self.list_mut()
        }
    }
}
