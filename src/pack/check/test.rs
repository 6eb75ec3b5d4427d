//! Inline tests.

use std::collections::BTreeSet;

use super::Checker;
use super::rule::labels;
use crate::diag::{Code, nearest};
use crate::model::{IdentifierKind, When};
use crate::pack::file::{At, TestRow};
use crate::pack::rule::{Measure, RuleTest, TestItem};
use crate::pack::strict::cut;

impl Checker<'_> {
    pub(super) fn test(
        &mut self,
        row: &At<TestRow>,
        rule: &At<String>,
        measures: &[Measure],
        conditions: &BTreeSet<&str>,
    ) -> RuleTest {
        for condition in row.conditions.keys().filter(|condition| !conditions.contains(condition.as_str())).collect::<Vec<_>>() {
            let help = nearest(condition, conditions.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let message = format!("the rule has no condition `{}`", cut(condition));
            self.error(Code::UnknownValue, condition.span(), message, help);
        }
        for code in &row.jurisdictions {
            self.jurisdiction(code);
        }
        for audience in &row.audiences {
            if audience.as_str() != "all" {
                self.among(audience, &self.known.audiences, Code::UnknownAudience, "audience");
            }
        }
        for (when, what) in [(Some(&row.as_of), "as-of"), (row.known_on.as_ref(), "known-on")] {
            if let Some(at) = when.filter(|at| !matches!(at.0, When::Day(_) | When::Instant(_))) {
                self.error(Code::InvalidDate, at.span(), format!("`{what}` is a day or an instant with its offset"), None);
            }
        }
        let labels = labels(measures);
        for name in row.expect.states.keys() {
            self.among(name, &labels, Code::UnknownMeasure, "measure");
        }
        let item = &row.item;
        let identifiers = [
            (IdentifierKind::Cpe, &item.cpe),
            (IdentifierKind::Purl, &item.purl),
            (IdentifierKind::BundleId, &item.bundle_id),
            (IdentifierKind::PackageId, &item.package_id),
            (IdentifierKind::Signer, &item.signer),
        ];
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        RuleTest {
            rule: rule.get().clone(),
            as_of: row.as_of.0,
            known_on: row.known_on.as_ref().map(|date| date.0),
            jurisdictions: Self::texts(&row.jurisdictions),
            audiences: Self::texts(&row.audiences),
            conditions: row.conditions.iter().map(|(name, answer)| (name.get().clone(), *answer)).collect(),
            item: TestItem {
                vendor: text(&item.vendor),
                product: text(&item.product),
                version: text(&item.version),
                identifiers: identifiers.into_iter().filter_map(|(kind, text)| Some((kind, text.clone()?))).collect(),
                asset: text(&item.asset),
                location: text(&item.location),
                audience: text(&item.audience),
                quantity: item.quantity.unwrap_or(1),
                acquired: item.acquired.as_ref().map(|date| date.0),
                renewal: item.renewal.as_ref().map(|date| date.0),
            },
            status: row.expect.status,
            next: row.expect.next.as_ref().map(|next| (next.status, next.on.0)),
            notes: row.expect.notes.clone(),
            states: row.expect.states.iter().map(|(name, state)| (name.get().clone(), state.as_str().to_owned())).collect(),
            file: self.shown(),
            line: self.sources.line(self.source, row.span().start),
        }
    }
}
