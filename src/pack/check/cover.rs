//! What an act covers and leaves out.

use super::Checker;
use crate::diag::Code;
use crate::model::{End, Start, VersionRange};
use crate::pack::file::{At, CoverRow, ExemptRow};
use crate::pack::rule::{Cover, Exemption};
use crate::pack::words::VendorOrigin;

/// `covers` and `exempt` rows are two types with the same keys; this reads either.
macro_rules! item_cover {
    ($self:ident, $row:ident) => {{
        for entity in &$row.entities {
            $self.among(entity, &$self.known.entities, Code::UnknownEntity, "entity");
        }
        for product in &$row.products {
            $self.among(product, &$self.known.products, Code::UnknownProduct, "product");
        }
        for category in &$row.categories {
            $self.among(category, &$self.known.categories, Code::UnknownCategory, "category");
        }
        for code in &$row.vendor_countries {
            $self.jurisdiction(code);
        }
        for rule in &$row.rules {
            $self.among(rule, &$self.known.rules, Code::UnknownRule, "rule");
        }
        let versions = $row.versions.as_ref().and_then(|text| $self.range(text));
        let (start, end) = $self.bounds($row.from.as_ref(), $row.after.as_ref(), $row.until.as_ref(), $row.through.as_ref());
        if let (Some(from), Some(before)) = (&$row.acquired_from, &$row.acquired_before) {
            $self.in_order(Start::From(from.0), End::Until(before.0), before.span());
        }
        Cover {
            name: $row.name.as_ref().map(|name| name.get().clone()),
            entities: Self::texts(&$row.entities),
            affiliates: $row.affiliates.unwrap_or(true),
            products: Self::texts(&$row.products),
            categories: Self::texts(&$row.categories),
            vendor_countries: Self::texts(&$row.vendor_countries),
            origin: if $row.origin.is_empty() { vec![VendorOrigin::Country] } else { $row.origin.clone() },
            versions,
            rules: Self::texts(&$row.rules),
            condition: $row.condition.as_ref().map(|text| text.get().clone()),
            embedded: $row.embedded,
            ownership: $row.ownership,
            certainty: $row.certainty,
            acquired_from: $row.acquired_from.as_ref().map(|date| date.0),
            acquired_before: $row.acquired_before.as_ref().map(|date| date.0),
            start,
            end,
            announced: $row.announced.as_ref().map(|date| date.0),
            as_listed: $row.as_listed.clone(),
        }
    }};
}

impl Checker<'_> {
    pub(super) fn cover(&mut self, row: &At<CoverRow>) -> Cover {
        let cover = item_cover!(self, row);
        if cover.is_criterion() && cover.categories.is_empty() && cover.vendor_countries.is_empty() {
            self.error(
                Code::EmptyCovers,
                row.span(),
                "the entry would hold for every product",
                "name entities, products, categories, vendor countries or rules".to_owned(),
            );
        }
        cover
    }

    pub(super) fn exemption(&mut self, row: &At<ExemptRow>) -> Exemption {
        let cover = item_cover!(self, row);
        let says_nothing = cover.is_criterion()
            && cover.categories.is_empty()
            && cover.vendor_countries.is_empty()
            && cover.versions.is_none()
            && cover.condition.is_none()
            && cover.acquired_from.is_none()
            && cover.acquired_before.is_none();
        if says_nothing {
            self.error(
                Code::EmptyCovers,
                row.span(),
                "the exemption would hold for every product",
                "name what is exempt".to_owned(),
            );
        }
        Exemption { cover, measures: Self::texts(&row.measures), reason: row.reason.clone() }
    }

    fn range(&mut self, text: &At<String>) -> Option<(String, VersionRange)> {
        match VersionRange::parse(text) {
            Ok(range) => Some((text.get().clone(), range)),
            Err(why) => {
                self.error(
                    Code::InvalidRange,
                    text.span(),
                    format!("no version range: {why}"),
                    "write it like `>=5, <7`, alternatives joined by `||`".to_owned(),
                );
                None
            }
        }
    }
}
