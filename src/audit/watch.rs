//! Items that an audit looks out for, whatever is found of them: those that had findings before.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Audit;
use crate::evaluate::Situation;
use crate::model::Row;
use crate::pack::name::Folded;

/// So many distinct forms of an item that is watched for are kept.
const FORMS_KEPT: usize = 16;

/// Items to look out for, whatever is found of them: those that had findings before.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Product names, folded. An empty one: any product.
    products: BTreeSet<String>,
    /// By asset as written: product, rule and fingerprint.
    assets: BTreeMap<String, Vec<(String, String, String)>>,
}

impl Watch {
    /// Adds the item of a finding, by its product and asset as written, its rule and its fingerprint.
    pub fn add(&mut self, product: &str, asset: &str, rule: &str, fingerprint: &str) {
        let product = Folded::new(product).as_str().to_owned();
        let items = self.assets.entry(asset.to_owned()).or_default();
        items.push((product.clone(), rule.to_owned(), fingerprint.to_owned()));
        self.products.insert(product);
    }

    pub(super) fn may_mean(&self, product: &str) -> bool {
        self.products.contains(product) || self.products.contains("")
    }

    pub(super) fn is_empty(&self) -> bool {
        self.assets.is_empty()
    }
}

/// A form in which an item that is watched for was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Index of the product in [`super::Audited::subjects`].
    pub subject: u32,
    /// Where it is, and its dates.
    pub situation: Situation,
    /// The first row that has it, as inventory and line.
    pub first: (u32, u64),
}

/// Adds a sighting to others of the same item: of equal forms the first row counts, and the forms
/// that came first are kept.
pub(super) fn add(sightings: &mut Vec<Sighting>, new: Sighting) {
    match sightings.iter_mut().find(|seen| seen.subject == new.subject && seen.situation == new.situation) {
        // As with nearly every row: they come in their order.
        Some(seen) if seen.first <= new.first => return,
        Some(seen) => seen.first = new.first,
        None => sightings.push(new),
    }
    sightings.sort_by_key(|seen| seen.first);
    sightings.truncate(FORMS_KEPT);
}

impl Audit<'_> {
    /// Notes a row that is watched for.
    pub(super) fn sight(&mut self, row: &Row<'_>, identity: u32, subject: u32, situation: u32) {
        let Some(items) = self.watch.assets.get(row.asset) else { return };
        let known = &self.audited.identities[identity as usize];
        let meant = items.iter().filter(|(wanted, ..)| wanted.is_empty() || *wanted == known.product);
        for (_, rule, fingerprint) in meant {
            if known.fingerprint(rule, row.asset) != *fingerprint {
                continue;
            }
            let situation = Situation { dates: row.dates(), ..(*self.situation_list[situation as usize].situation).clone() };
            let sighting = Sighting { subject, situation, first: (self.inventory, row.line) };
            add(self.audited.sighted.entry(fingerprint.clone()).or_default(), sighting);
        }
    }
}
