//! The closed vocabularies of rule files: each word is an enum, so that a typo is a diagnostic and
//! every use is checked by the compiler.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every word, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the word as it is written.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

words! {
    /// What sort of act a rule is.
    Kind {
        /// Dealings with a party are restricted.
        Sanction = "sanction",
        /// A product may not be sold or supplied.
        SalesBan = "sales-ban",
        /// A product may not be used.
        UseBan = "use-ban",
        /// A public buyer may not buy it.
        ProcurementBan = "procurement-ban",
        /// Access over the network is blocked.
        NetworkBan = "network-ban",
        /// Nothing may be exported to the party or place.
        ExportBan = "export-ban",
        /// The vendor itself withdrew; no law.
        VendorExit = "vendor-exit",
        /// A public warning.
        Advisory = "advisory",
    }
}

words! {
    /// How far an act has come. Only an enacted one is ever evaluated.
    Stage {
        /// Made by whoever may make it.
        Enacted = "enacted",
        /// Proposed, not made.
        Proposed = "proposed",
        /// Reported by others, not published.
        Reported = "reported",
        /// Reported and officially denied.
        Denied = "denied",
    }
}

words! {
    /// Whether the act names its parties in full.
    Names {
        /// All parties are named and listed here.
        Listed = "listed",
        /// Some names are missing here.
        Partial = "partial",
        /// The act gives a criterion and no names.
        Criteria = "criteria",
        /// The act names what is allowed; all else is not.
        AllowList = "allow-list",
    }
}

words! {
    /// What ties the user to the jurisdiction.
    Nexus {
        /// The asset is there.
        Territory = "territory",
        /// The organisation is of there, wherever the asset is.
        Person = "person",
        /// The asset or its user is in a place that others may not supply.
        Destination = "destination",
    }
}

words! {
    /// What later happened to an act.
    EventKind {
        /// Suspended by whoever made it.
        Suspended = "suspended",
        /// Stopped by a court for the time being.
        Enjoined = "enjoined",
        /// Annulled: it never was.
        Annulled = "annulled",
        /// A suspension or injunction ends.
        Resumed = "resumed",
        /// A date was moved; the measure carries the new one.
        Extended = "extended",
        /// The text was changed; the measures carry the change.
        Amended = "amended",
        /// Another act takes its place.
        Superseded = "superseded",
        /// Withdrawn by whoever made it.
        Revoked = "revoked",
        /// Ended by itself.
        Lapsed = "lapsed",
        /// A party or product was taken off the list.
        Delisted = "delisted",
        /// The act stands, but nobody pursues it.
        NotEnforced = "not-enforced",
        /// What a vendor or store did; no law.
        Conduct = "conduct",
    }
}

impl EventKind {
    /// Returns whether it ends what it names: the earliest of these counts.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, Self::Revoked | Self::Lapsed | Self::Superseded | Self::Delisted)
    }
}

words! {
    /// Which country counts as a vendor's, for criteria by country.
    VendorOrigin {
        /// Its own home country.
        Country = "country",
        /// The home country of an owner of 50 per cent or more.
        Owner = "owner",
    }
}

words! {
    /// How sure a match by criterion is.
    Certainty {
        /// It gives the status of the effect.
        Status = "status",
        /// A person must decide.
        Review = "review",
    }
}

words! {
    /// Whether another maker's product that embeds a covered one is covered.
    Embedded {
        /// It is covered.
        In = "in",
        /// It is not.
        Out = "out",
    }
}

words! {
    /// From which share on an asset freeze passes down to what a blocked party owns.
    Ownership {
        /// 50 per cent or more.
        AtLeastHalf = ">=50%",
        /// More than 50 per cent.
        MoreThanHalf = ">50%",
    }
}

words! {
    /// What sort of party an entity is.
    EntityKind {
        /// A company, agency or other body.
        Organisation = "organisation",
        /// A natural person.
        Person = "person",
    }
}

words! {
    /// How an entity relates to another.
    RelationKind {
        /// The other owns it, in part or whole.
        OwnedBy = "owned-by",
        /// The other person leads it; never passes a ban on.
        LedBy = "led-by",
        /// Both belong together, under the other.
        AffiliateOf = "affiliate-of",
        /// The same party under another name.
        RenamedTo = "renamed-to",
        /// Customers or products went to the other; never passes a ban on.
        SoldTo = "sold-to",
        /// Its products hold an engine of the other.
        Embeds = "embeds",
    }
}
