//! The rows of an inventory, as a reader hands them on.

use chrono::NaiveDate;

use super::display_name::DisplayName;
use super::identifier::{Identifier, IdentifierKind};

/// One row of an inventory as read: borrowed text, nothing folded or interpreted yet.
///
/// A reader reuses its buffers; whoever keeps a row copies it. Text is trimmed of surrounding
/// white space; an empty text means that the row does not say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row<'a> {
    /// Who makes or publishes the product.
    pub vendor: &'a str,
    /// Product name as displayed.
    pub product: &'a str,
    /// Version as written.
    pub version: &'a str,
    /// CPE, purl, package and bundle ids, each as written.
    pub identifiers: &'a [(IdentifierKind, &'a str)],
    /// The machine, image, site or person that has the item.
    pub asset: &'a str,
    /// Where the asset is, as written: a code or a country's name.
    pub location: &'a str,
    /// Audience or business unit of the asset, as written.
    pub audience: &'a str,
    /// Who answers for the asset, as written.
    pub owner: &'a str,
    /// How many; 1 where the row does not say.
    pub quantity: u64,
    /// When it was acquired, as a day.
    pub acquired: Option<NaiveDate>,
    /// When it is to be renewed, as a day.
    pub renewal: Option<NaiveDate>,
    /// Line of the row in its file, from 1; 0 where the format has no lines.
    pub line: u64,
}

/// The dates of one item, apart from its identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ItemDates {
    /// When it was acquired.
    pub acquired: Option<NaiveDate>,
    /// When it is to be renewed.
    pub renewal: Option<NaiveDate>,
}

impl Row<'_> {
    /// Returns the dates of the row.
    #[must_use]
    pub fn dates(&self) -> ItemDates {
        ItemDates { acquired: self.acquired, renewal: self.renewal }
    }

    /// Returns the row with these where it says nothing of its own.
    #[must_use]
    pub fn completed<'b>(&'b self, location: &'b str, audience: &'b str, owner: &'b str) -> Row<'b> {
        let or = |own: &'b str, other: &'b str| if own.is_empty() { other } else { own };
        Row { location: or(self.location, location), audience: or(self.audience, audience), owner: or(self.owner, owner), ..*self }
    }

    /// Returns whether the row names nothing that could be identified: no letter or digit in its
    /// names, and no identifier that can be read.
    #[must_use]
    pub fn is_nameless(&self) -> bool {
        let blank = |text: &str| !text.chars().any(char::is_alphanumeric);
        let names = |&(kind, text): &(IdentifierKind, &str)| Identifier::read(kind, text).names_something();
        blank(self.product) && blank(self.vendor) && !self.identifiers.iter().any(names)
    }

    /// Copies the identity of the row; version and architecture are taken off its name.
    #[must_use]
    pub fn identity(&self) -> OwnedRow {
        OwnedRow::new(self.vendor, self.product, self.version, self.read_identifiers())
    }

    /// Returns the identifiers, read as far as they parse.
    #[must_use]
    pub fn read_identifiers(&self) -> Vec<Identifier> {
        self.identifiers.iter().map(|&(kind, text)| Identifier::read(kind, text)).collect()
    }
}

/// What a product is, kept once for all rows that are equal in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedRow {
    /// Who makes or publishes the product.
    pub vendor: String,
    /// Product name, without version and architecture: what is shown, and what a product is told by from
    /// run to run. What it is matched by is the name as displayed.
    pub product: String,
    /// Product name as displayed, where it had either; else empty.
    pub displayed: String,
    /// Version as written, in a field of its own or in the name.
    pub version: String,
    /// Identifiers, read as far as they parse.
    pub identifiers: Vec<Identifier>,
}

impl OwnedRow {
    /// Takes version and architecture off a product's name as displayed.
    #[must_use]
    pub fn new(vendor: &str, displayed: &str, version: &str, identifiers: Vec<Identifier>) -> Self {
        let name = DisplayName::new(displayed, version);
        Self {
            vendor: vendor.to_owned(),
            displayed: if name.product == displayed { String::new() } else { displayed.to_owned() },
            version: if version.is_empty() { name.version } else { version }.to_owned(),
            product: name.product.into_owned(),
            identifiers,
        }
    }

    /// Returns the product's name as the inventory has it.
    #[must_use]
    pub fn as_displayed(&self) -> &str {
        if self.displayed.is_empty() { &self.product } else { &self.displayed }
    }
}

/// How a component came to be in an SBOM: one shortest path, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DependencyPath {
    /// Names from the root to the component itself.
    pub names: Vec<String>,
    /// Number of distinct paths from the root; saturates.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_names_nothing() {
        let row = |vendor, product, identifiers| Row { vendor, product, identifiers, ..Row::default() }.is_nameless();
        assert!(row("", "", &[]));
        assert!(row(" - ", "--", &[]));
        assert!(row("", "", &[(IdentifierKind::Cpe, "cpe:nonsense"), (IdentifierKind::Purl, "left-pad")]));
        assert!(row("", "", &[(IdentifierKind::Cpe, "cpe:2.3:a:*:*:*:*:*:*:*:*:*:*")]));
        assert!(!row("", "", &[(IdentifierKind::Purl, "pkg:npm/left-pad")]));
        assert!(!row("", "卡", &[]));
    }
}
