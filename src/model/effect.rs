//! What a measure does, and the status that follows for an item while it is in force.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one measure forbids, orders or warns of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// May not be used; must be removed.
    NoUse,
    /// Every dealing with the party is blocked (asset freeze).
    NoDealings,
    /// The service is blocked or withdrawn in that place.
    NoAccess,
    /// No updates, signatures, patches or support may be or are delivered.
    NoUpdates,
    /// No new sale, licence, subscription or renewal.
    NoSale,
    /// No renewal.
    NoRenewal,
    /// No resale by third parties.
    NoResale,
    /// No integration into other products.
    NoIntegration,
    /// A (public) buyer may not buy it.
    NoProcurement,
    /// No new installation.
    NoInstall,
    /// A regulator authorises no new models.
    NoAuthorisation,
    /// No import.
    NoImport,
    /// A public warning without a prohibition.
    Advisory,
    /// Nothing may be supplied to the party; what it sells is not touched.
    NoSupply,
}

impl Effect {
    /// Every effect, in the order of the published table.
    pub const ALL: [Self; 14] = [
        Self::NoUse,
        Self::NoDealings,
        Self::NoAccess,
        Self::NoUpdates,
        Self::NoSale,
        Self::NoRenewal,
        Self::NoResale,
        Self::NoIntegration,
        Self::NoProcurement,
        Self::NoInstall,
        Self::NoAuthorisation,
        Self::NoImport,
        Self::Advisory,
        Self::NoSupply,
    ];

    /// Returns the status an item has while a measure with this effect is in force.
    #[must_use]
    pub fn status(self) -> Status {
        match self {
            Self::NoUse | Self::NoDealings | Self::NoAccess => Status::Banned,
            Self::NoUpdates => Status::NoUpdates,
            Self::NoSale
            | Self::NoRenewal
            | Self::NoResale
            | Self::NoIntegration
            | Self::NoProcurement
            | Self::NoInstall
            | Self::NoAuthorisation
            | Self::NoImport => Status::NoSale,
            Self::Advisory | Self::NoSupply => Status::Advisory,
        }
    }

    /// Returns the word used in rule files and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoUse => "no-use",
            Self::NoDealings => "no-dealings",
            Self::NoAccess => "no-access",
            Self::NoUpdates => "no-updates",
            Self::NoSale => "no-sale",
            Self::NoRenewal => "no-renewal",
            Self::NoResale => "no-resale",
            Self::NoIntegration => "no-integration",
            Self::NoProcurement => "no-procurement",
            Self::NoInstall => "no-install",
            Self::NoAuthorisation => "no-authorisation",
            Self::NoImport => "no-import",
            Self::Advisory => "advisory",
            Self::NoSupply => "no-supply",
        }
    }
}

/// Where an item or finding stands, worst first: `Banned < Clear` in the order of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// May not be used, dealt with or reached.
    Banned,
    /// Gets no updates any more.
    NoUpdates,
    /// Cannot be bought, renewed, installed or imported.
    NoSale,
    /// Announced; the first date is still ahead.
    Upcoming,
    /// A public warning.
    Advisory,
    /// A possible match that a person must decide.
    Review,
    /// Nothing applies.
    Clear,
}

impl Status {
    /// Every status, worst first.
    pub const ALL: [Self; 7] =
        [Self::Banned, Self::NoUpdates, Self::NoSale, Self::Upcoming, Self::Advisory, Self::Review, Self::Clear];

    /// Returns the word used on the command line and in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Banned => "banned",
            Self::NoUpdates => "no-updates",
            Self::NoSale => "no-sale",
            Self::Upcoming => "upcoming",
            Self::Advisory => "advisory",
            Self::Review => "review",
            Self::Clear => "clear",
        }
    }

    /// Returns the status of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// How a measure concerns you.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Concern {
    /// You are forbidden to act.
    Bound,
    /// Somebody else is forbidden to act, and it is your product that is affected.
    Affected,
}

impl Concern {
    /// Returns the word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Affected => "affected",
        }
    }
}

/// Where a measure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// In force.
    InForce,
    /// In force, but nobody pursues it.
    NotEnforced,
    /// Its start lies ahead.
    Upcoming,
    /// Suspended or enjoined.
    Suspended,
    /// No longer, or never, in force.
    Ended,
    /// Known to come, date open.
    ToBeAnnounced,
}

impl State {
    /// Returns the word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in-force",
            Self::NotEnforced => "not-enforced",
            Self::Upcoming => "upcoming",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
            Self::ToBeAnnounced => "to-be-announced",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_agree_with_serde() {
        for effect in Effect::ALL {
            assert_eq!(serde_json::to_value(effect).expect("serialises"), effect.as_str());
        }
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).expect("serialises"), status.as_str());
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
    }

    #[test]
    fn worst_sorts_first() {
        assert!(Status::Banned < Status::NoUpdates);
        assert!(Status::Upcoming < Status::Advisory);
        assert!(Status::Review < Status::Clear);
    }
}
