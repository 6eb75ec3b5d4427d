//! An item as a value.

use std::io;

use crate::inventory::jsonl::{Line, Texts};

/// One row of an inventory: a product on an asset, or a component of something.
///
/// Say what is known, as it is known; an empty text says nothing. The more there is, the surer the
/// answer: an identifier or a vendor matches by itself, a product name alone may leave the matter to a
/// person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item(Line);

/// Functions that set one text.
macro_rules! texts {
    ($($(#[$doc:meta])* $field:ident),* $(,)?) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $field(mut self, $field: impl Into<String>) -> Self {
            self.0.$field = Some($field.into());
            self
        })*
    };
}

/// Functions that add one identifier.
macro_rules! identifiers {
    ($($(#[$doc:meta])* $field:ident),* $(,)?) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $field(mut self, $field: impl Into<String>) -> Self {
            let Texts(texts) = &mut self.0.$field;
            texts.push($field.into());
            self
        })*
    };
}

impl Item {
    /// Makes an item that says nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    texts! {
        /// Sets who makes or publishes the product.
        vendor,
        /// Sets the product's name as displayed.
        product,
        /// Sets the version.
        version,
        /// Sets the machine, image, site or person that has the item.
        asset,
        /// Sets where the asset is: a code such as `US` or `US-TX`, or a name.
        location,
        /// Sets the audience that the asset belongs to, such as `federal-government`.
        audience,
        /// Sets who answers for the asset.
        owner,
        /// Sets when it was acquired, as `YYYY-MM-DD`.
        acquired,
        /// Sets when it is to be renewed, as `YYYY-MM-DD`.
        renewal,
    }

    identifiers! {
        /// Adds a Package URL.
        purl,
        /// Adds a Common Platform Enumeration name.
        cpe,
        /// Adds a reverse-domain id of a macOS or mobile application.
        bundle_id,
        /// Adds an id in a package manager or an application store.
        package_id,
        /// Adds the subject of a certificate that signed it.
        signer,
    }

    /// Sets how many there are; without it, one.
    #[must_use]
    pub fn quantity(mut self, quantity: u64) -> Self {
        self.0.quantity = Some(quantity);
        self
    }

    /// Writes the item as a line of our schema.
    pub(super) fn write_line(&self, out: &mut Vec<u8>) -> io::Result<()> {
        serde_json::to_writer(&mut *out, &self.0)?;
        out.push(b'\n');
        Ok(())
    }
}
