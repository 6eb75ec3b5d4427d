//! Decisions: whether an item is an entity's, found out by a person once and for good.
//!
//! In: the checked decisions of a waiver file, and the matches of each distinct item. A decision names
//! an entity, and an item's vendor or product as the inventory writes them; names are compared folded.
//! Out: the matches, settled before anything is judged, and what became of each decision. What is
//! taken to be theirs is a certain match; what is not is no match any more, and is counted. A match
//! that an identifier proves stays, and the contradiction is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::diag::{Code, Diagnostic, Place};
use crate::matcher::{Settled, Subject};
use crate::model::digest;
use crate::pack::compile::Pack;
use crate::pack::name::Folded;
use crate::report;

/// A decision, checked.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Number of the entity.
    pub entity: u32,
    /// Whether the item is theirs.
    pub is: bool,
    /// Last day on which it counts.
    pub until: Option<NaiveDate>,
    /// As reports show it.
    pub shown: Arc<report::Decision>,
    /// Where it stands.
    pub place: Place,
}

/// Decisions, found by the names they speak of.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    list: Vec<Decision>,
    /// Numbers of decisions by product and vendor, folded; of decisions that name a product.
    by_product: BTreeMap<String, Vec<u32>>,
    /// Those that name a vendor only.
    by_vendor: BTreeMap<String, Vec<u32>>,
}

/// What became of a decision.
#[derive(Clone, Debug, Default)]
pub struct Use {
    /// Rows that it settled.
    pub rows: u64,
    /// The first of them, as inventory and line.
    pub first: Vec<(u32, u64)>,
    /// Rows of which an identifier proves the contrary.
    pub contradicted: u64,
    /// The first of these.
    pub against: Option<(u32, u64)>,
}

impl Use {
    /// Counts a row, by what became of its match; so many rows are kept.
    pub fn count(&mut self, became: Settled, row: (u32, u64), kept: usize) {
        match became {
            Settled::Theirs | Settled::NotTheirs => {
                self.rows += 1;
                if self.first.len() < kept {
                    self.first.push(row);
                }
            }
            Settled::Contradicted => {
                self.contradicted += 1;
                self.against.get_or_insert(row);
            }
            Settled::Nothing => {}
        }
    }

    /// Takes in what was counted over other rows; so many rows are kept.
    pub fn absorb(&mut self, other: &Self, kept: usize) {
        self.rows += other.rows;
        self.first.extend_from_slice(&other.first);
        self.first.sort_unstable();
        self.first.truncate(kept);
        self.contradicted += other.contradicted;
        self.against = self.against.into_iter().chain(other.against).min();
    }
}

impl Decisions {
    /// No decisions.
    pub const NONE: &'static Self = &Self { list: Vec::new(), by_product: BTreeMap::new(), by_vendor: BTreeMap::new() };

    /// Takes checked decisions.
    #[must_use]
    pub fn new(list: Vec<Decision>) -> Self {
        let mut decisions = Self { list, ..Self::default() };
        for (number, decision) in (0_u32..).zip(&decisions.list) {
            let (index, name) = match (&decision.shown.product, &decision.shown.vendor) {
                (Some(product), _) => (&mut decisions.by_product, product),
                (None, Some(vendor)) => (&mut decisions.by_vendor, vendor),
                (None, None) => continue,
            };
            index.entry(Folded::new(name).as_str().to_owned()).or_default().push(number);
        }
        decisions
    }

    /// Returns the decisions, in the order of the file.
    #[must_use]
    pub fn list(&self) -> &[Decision] {
        &self.list
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns a digest of what is decided, whatever the order and the reasons; empty where nothing is.
    #[must_use]
    pub fn digest(&self) -> String {
        let decided =
            self.list.iter().map(|Decision { shown, .. }| (&shown.entity, &shown.vendor, &shown.product, shown.is, &shown.until));
        let decided: BTreeSet<_> = decided.collect();
        if decided.is_empty() { String::new() } else { digest::sha256(format!("{decided:?}").as_bytes()) }
    }

    /// Returns the uses of a run in which nothing was settled yet.
    #[must_use]
    pub fn unused(&self) -> Vec<Use> {
        vec![Use::default(); self.list.len()]
    }

    /// Settles the matches of an item. Returns the decisions that speak of it, each with what became of
    /// the match.
    pub fn settle(&self, pack: &Pack, subject: &mut Subject, today: NaiveDate) -> Vec<(u32, Settled)> {
        if self.list.is_empty() {
            return Vec::new();
        }
        let [vendor, product, displayed] =
            [&subject.row.vendor, &subject.row.product, &subject.row.displayed].map(|name| Folded::new(name));
        let products = [&product, &displayed].into_iter().filter(|name| !name.is_empty());
        let by_product = products.flat_map(|name| self.by_product.get(name.as_str())).flatten();
        let mut meant: Vec<u32> = by_product.chain(self.by_vendor.get(vendor.as_str()).into_iter().flatten()).copied().collect();
        // One that names vendor and product counts before one that names either, and then the file's order.
        meant.sort_by_key(|&number| {
            let shown = &self.list[number as usize].shown;
            (shown.vendor.is_none() || shown.product.is_none(), number)
        });
        meant.dedup();
        let mut settled: Vec<(u32, Settled)> = Vec::new();
        for number in meant {
            let decision = &self.list[number as usize];
            let is_vendor = decision.shown.vendor.as_ref().is_none_or(|name| Folded::new(name).as_str() == vendor.as_str());
            let is_over = decision.until.is_some_and(|until| until < today);
            let is_settled = settled.iter().any(|&(other, _)| self.list[other as usize].entity == decision.entity);
            if is_vendor && !is_over && !is_settled {
                let became = subject.settle(pack, decision.entity, decision.is, number);
                if became != Settled::Nothing {
                    settled.push((number, became));
                }
            }
        }
        settled
    }

    /// Says which decisions have run out, speak of nothing, or are contradicted by an identifier.
    /// `row` tells the place of a row of the inventories.
    #[must_use]
    pub fn remarks(&self, uses: &[Use], today: NaiveDate, row: impl Fn((u32, u64)) -> Place) -> Vec<Diagnostic> {
        let mut remarks = Vec::new();
        for (decision, used) in self.list.iter().zip(uses) {
            let here = |code, message: String| Diagnostic::warning(code, message).at(decision.place.clone());
            let entity = &decision.shown.entity;
            if let Some(until) = decision.until.filter(|until| *until < today) {
                let message = format!("the decision about `{entity}` ran out on {until}");
                remarks.push(here(Code::DecisionExpired, message).help("look again, and renew it or leave `until` out"));
            } else if let Some(at) = used.against {
                let rows = report::plural(used.contradicted, "row");
                let message =
                    format!("decided not to be of `{entity}`, but an identifier proves that it is: {rows}; the finding stands");
                remarks.push(
                    Diagnostic::warning(Code::DecisionContradicted, message)
                        .at(row(at))
                        .help("where the identifier is wrong, correct it in the inventory; a waiver can accept the finding"),
                );
            } else if used.rows == 0 {
                let message = format!("the decision about `{entity}` settles no match of these inventories");
                remarks.push(here(Code::DecisionUnused, message).help("remove it if the product is gone, or correct the names"));
            }
        }
        remarks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Identifier, IdentifierKind, OwnedRow};

    fn decisions(pack: &Pack, entity: &str, rows: &[(Option<&str>, Option<&str>, bool)]) -> Decisions {
        let number = pack.catalogue.entities.iter().position(|other| other.id == entity).expect("is shipped");
        let list = rows.iter().map(|&(vendor, product, is)| Decision {
            entity: u32::try_from(number).expect("fits"),
            is,
            until: None,
            shown: Arc::new(report::Decision {
                entity: entity.to_owned(),
                vendor: vendor.map(str::to_owned),
                product: product.map(str::to_owned),
                is,
                ..report::Decision::default()
            }),
            place: Place::None,
        });
        Decisions::new(list.collect())
    }

    fn settled(
        vendor: &str,
        product: &str,
        identifier: Option<&str>,
        rows: &[(Option<&str>, Option<&str>, bool)],
    ) -> (Vec<Settled>, String) {
        let pack = crate::builtin::pack();
        let identifiers = identifier.map(|text| Identifier::read(IdentifierKind::Cpe, text)).into_iter().collect();
        let row = OwnedRow::new(vendor, product, "", identifiers);
        let mut subject = Subject::new(&pack, row);
        let today = NaiveDate::from_ymd_opt(2024, 10, 1).expect("a day");
        let settled = decisions(&pack, "kaspersky", rows).settle(&pack, &mut subject, today);
        let hits = subject.hits.iter().filter(|hit| pack.entity(hit.entity).id == "kaspersky");
        let hits: Vec<&str> = hits.map(|hit| if hit.is_doubtful() { "doubtful" } else { "certain" }).collect();
        (settled.into_iter().map(|(_, became)| became).collect(), hits.join(","))
    }

    #[test]
    fn a_doubtful_match_becomes_certain_or_goes() {
        let (vendor, product) = ("Kapersky Labs", "Password Manager");
        let of = |rows: &[(Option<&str>, Option<&str>, bool)]| settled(vendor, product, None, rows);
        assert_eq!(of(&[]), (vec![], "doubtful".to_owned()));
        assert_eq!(of(&[(Some("KAPERSKY  labs"), None, true)]), (vec![Settled::Theirs], "certain".to_owned()));
        assert_eq!(of(&[(None, Some("password manager"), false)]), (vec![Settled::NotTheirs], String::new()));
        assert_eq!(of(&[(Some("Kapersky"), Some("Password Manager"), false)]), (vec![], "doubtful".to_owned()));
        // With its version and architecture, as inventories display it, or without.
        let displayed = settled(vendor, "Password Manager 24.1 (x64)", None, &[(None, Some("Password Manager 24.1 (x64)"), false)]);
        assert_eq!(displayed, (vec![Settled::NotTheirs], String::new()));
        let plain = settled(vendor, "Password Manager 24.1 (x64)", None, &[(None, Some("Password Manager"), false)]);
        assert_eq!(plain, (vec![Settled::NotTheirs], String::new()));
        // The one that says more counts, wherever it stands.
        let both = [(Some("Kapersky Labs"), None, false), (Some("Kapersky Labs"), Some("Password Manager"), true)];
        assert_eq!(of(&both), (vec![Settled::Theirs], "certain".to_owned()));
    }

    #[test]
    fn what_no_name_gives_to_an_entity_a_decision_does() {
        let theirs = settled("Contoso", "Widget", None, &[(Some("Contoso"), None, true)]);
        assert_eq!(theirs, (vec![Settled::Theirs], "certain".to_owned()));
        assert_eq!(settled("Contoso", "Widget", None, &[(Some("Contoso"), None, false)]), (vec![], String::new()));
    }

    #[test]
    fn an_identifier_is_never_overruled() {
        let cpe = Some("cpe:2.3:a:kaspersky:endpoint_security:11:*:*:*:*:*:*:*");
        let not = settled("Contoso", "Antivirus", cpe, &[(None, Some("Antivirus"), false)]);
        assert_eq!(not, (vec![Settled::Contradicted], "certain".to_owned()));
    }
}
