//! What tells one product from another across runs.

use sha2::{Digest, Sha256};

use crate::matcher::Subject;
use crate::pack::compile::Pack;
use crate::pack::name::Folded;

/// What tells one product from another across runs: its names, normalised; where it has none, its
/// identifiers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    pub(super) vendor: String,
    pub(super) product: String,
    pub(super) identifiers: Vec<String>,
}

impl Identity {
    pub(super) fn new(pack: &Pack, subject: &Subject) -> Self {
        let vendor = Folded::new(&subject.row.vendor);
        let (from, to) = pack.legal_forms.trim(&vendor, (0, vendor.len()));
        let nameless = vendor.is_empty() && subject.product.is_empty();
        let identifiers = subject.row.identifiers.iter().filter(|_| nameless).map(|one| one.text.to_lowercase());
        Self {
            vendor: vendor.phrase(from, to).to_owned(),
            product: subject.product.as_str().to_owned(),
            identifiers: identifiers.collect(),
        }
    }

    /// Made of rule, normalised vendor and product, and asset; never of a row number.
    #[must_use]
    pub fn fingerprint(&self, rule: &str, asset: &str) -> String {
        let mut hash = Sha256::new();
        let names = [rule, &self.vendor, &self.product, asset];
        for text in names.into_iter().chain(self.identifiers.iter().map(String::as_str)) {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        let mut print = String::with_capacity(34);
        print.push_str("1:");
        for byte in hash.finalize().iter().take(16) {
            for half in [byte >> 4, byte & 15] {
                print.push(char::from_digit(half.into(), 16).unwrap_or_default());
            }
        }
        print
    }
}
