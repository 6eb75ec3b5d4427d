//! The dates of acts in words, and what their acts touch: shared by calendars, `timeline` and the
//! reports that list dates.
//!
//! In: the dates that stand in a report, and its findings. Out: texts and counts. What is listed and
//! which id it bears was decided before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::words::{count, name, some_of};
use super::{ActDate, FindingRef, Report, RuleRef};

impl ActDate {
    /// Returns what happens, and to which effects.
    #[must_use]
    pub fn happens(&self) -> String {
        let what = match self.what.as_str() {
            "conduct" => "a vendor or store acts (no law)",
            "conduct ends" => "what a vendor or store did ends (no law)",
            "not-enforced" => "not enforced from then on",
            "delisted" => "taken off the list",
            other => other,
        };
        let mut text = what.to_owned();
        if !self.effects.is_empty() && !self.what.starts_with("conduct") {
            text += &format!(": {}", self.effects.join(", "));
        }
        text
    }

    /// Returns what happens, to which effects, for whom, and the remark on it.
    #[must_use]
    pub fn told(&self) -> String {
        let mut text = self.happens();
        if !self.only.is_empty() {
            text += &format!("; only for {}", self.only.join(", "));
        }
        if let Some(note) = &self.note {
            text += &format!("; {note}");
        }
        text
    }

    /// Returns whether the act is to come on a day that nobody has named yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.on == "to-be-announced"
    }
}

/// What an act touches in the inventories of a report.
#[derive(Clone, Debug)]
pub struct Touched {
    /// The act.
    pub rule: Arc<RuleRef>,
    /// Items: rows that have findings under it.
    pub items: u64,
    /// Of these, rows whose finding is waived.
    pub waived: u64,
    /// Products.
    pub products: BTreeSet<String>,
    /// Assets that are named.
    pub assets: BTreeSet<String>,
}

impl Touched {
    /// Returns it as a sentence without its full stop.
    #[must_use]
    pub fn told(&self) -> String {
        let assets = match self.assets.len() as u64 {
            0 => String::new(),
            assets => format!(" on {}", count(assets, "asset")),
        };
        let waived = self.of_them_waived();
        let products = count(self.products.len() as u64, "product");
        let names = some_of(self.products.iter(), 3, 60);
        format!("the act touches {} of {products}{assets} of the inventory{waived}: {names}", count(self.items, "item"))
    }

    /// Returns how much that is and the first machines, as a sentence without its full stop.
    #[must_use]
    pub fn machines(&self) -> String {
        let (items, waived) = (count(self.items, "item"), self.of_them_waived());
        match self.assets.len() as u64 {
            0 => format!("touches {items} of the inventory{waived}"),
            assets => {
                let names = some_of(self.assets.iter(), 3, 60);
                format!("touches {items} on {} of the inventory{waived}: {names}", count(assets, "asset"))
            }
        }
    }

    fn of_them_waived(&self) -> String {
        if self.waived > 0 { format!(", {} waived", count(self.waived, "item")) } else { String::new() }
    }
}

/// The findings of a report by act, for what each date of it touches.
pub struct Touches<'a>(&'a Report);

impl<'a> Touches<'a> {
    /// Takes the findings of a report.
    #[must_use]
    pub fn of(report: &'a Report) -> Self {
        Self(report)
    }

    /// Returns what a date of an act touches: the findings that its effects and names concern.
    #[must_use]
    pub fn by(&self, rule: &str, date: &ActDate) -> Option<Touched> {
        let findings = self.0.findings.iter().filter(|finding| finding.rule.id == rule && concerns(date, finding));
        of_findings(findings).into_values().next()
    }
}

/// Returns whether a date concerns a finding. Where only somebody who leads the maker is named, every
/// date of the act does.
fn concerns(date: &ActDate, finding: &FindingRef<'_>) -> bool {
    let has_effect = |effect: &str| effect == "advisory" || date.effects.iter().any(|other| other == effect);
    let by_effect = date.effects.is_empty() || finding.measures.iter().any(|measure| has_effect(&measure.effect));
    let found = &finding.matched;
    // The way to the party leads over others, each named in a step of it.
    let named = |id: &String| {
        let mut names = std::iter::once(&found.entity).chain(&found.product);
        names.any(|name| name == id) || found.via.iter().any(|step| step.split(' ').any(|word| word == id))
    };
    by_effect && (date.only.is_empty() || date.only.iter().any(named))
}

/// Returns what each act of a report touches, by its id.
#[must_use]
pub fn touched(report: &Report) -> BTreeMap<&str, Touched> {
    of_findings(&report.findings)
}

fn of_findings<'a>(findings: impl IntoIterator<Item = FindingRef<'a>>) -> BTreeMap<&'a str, Touched> {
    let mut touched: BTreeMap<&str, Touched> = BTreeMap::new();
    for finding in findings {
        let entry = touched.entry(&finding.rule.id).or_insert_with(|| Touched {
            rule: Arc::new(finding.rule.clone()),
            items: 0,
            waived: 0,
            products: BTreeSet::new(),
            assets: BTreeSet::new(),
        });
        entry.items += finding.rows.count;
        if finding.waiver.is_some() {
            entry.waived += finding.rows.count;
        }
        // Names come in all sizes; a set of them need not.
        let name = name(finding.item.product, finding.item.vendor);
        if !entry.products.contains(name) {
            entry.products.insert(name.to_owned());
        }
        let asset = finding.item.asset;
        if !asset.is_empty() && !entry.assets.contains(asset) {
            entry.assets.insert(asset.to_owned());
        }
    }
    touched
}
