//! What changed from one run to the next, and why: plain data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Status;

macro_rules! words {
    ($(#[$about:meta])* $name:ident: $($(#[$doc:meta])* $variant:ident $text:literal)*) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every one, in the order in which they are told.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the word used in reports and on the command line.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Returns the one of that word.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

words! {
    /// What became of a finding.
    ChangeKind:
    /// It was not there before.
    New "new"
    /// Its status is worse than before.
    Worse "worse"
    /// Its waiver no longer counts.
    WaiverEnded "waiver-ended"
    /// Its status is better than before.
    Better "better"
    /// A waiver accepts it now.
    NowWaived "now-waived"
    /// It is there no longer.
    Gone "gone"
    /// Its inventory could not be read this time, so that nobody knows.
    Unseen "unseen"
    /// Its inventory can be read again, and it is there as before.
    SeenAgain "seen-again"
}

words! {
    /// Why a finding changed.
    Cause:
    /// The item is in the inventories now.
    ItemCame "item-came"
    /// The item is in no inventory any more.
    ItemWent "item-went"
    /// The item is another version, or in another place, than before.
    ItemChanged "item-changed"
    /// The rule, or an entity it rests on, was changed.
    RuleChanged "rule-changed"
    /// A date was reached: something was announced, began or ended.
    DateReached "date-reached"
    /// A waiver came, was taken away or ran out.
    Waiver "waiver"
    /// Who asks, or what is asked, was changed.
    Configuration "configuration"
    /// An inventory could not be read, or can be read again.
    Unread "unread"
}

/// One change of one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Change {
    /// The finding.
    pub fingerprint: String,
    /// What became of it.
    pub kind: ChangeKind,
    /// Its status before; null where there was none.
    pub before: Option<Status>,
    /// Its status now; null where there is none.
    pub after: Option<Status>,
    /// Whether a waiver accepts it now.
    pub waived: bool,
    /// Why.
    pub cause: Cause,
    /// The day that was reached, in the zone of the act, where that is why.
    pub on: Option<String>,
    /// More on the cause, in words: the effect, the setting, what became of the waiver.
    pub detail: Option<String>,
    /// Id of the rule.
    pub rule: String,
    /// Vendor as written.
    pub vendor: String,
    /// Product as written.
    pub product: String,
    /// Asset as written.
    pub asset: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_agree_with_serde() {
        for &kind in ChangeKind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("serialises"), kind.as_str());
            assert_eq!(ChangeKind::parse(kind.as_str()), Some(kind));
        }
        for &cause in Cause::ALL {
            assert_eq!(serde_json::to_value(cause).expect("serialises"), cause.as_str());
            assert_eq!(Cause::parse(cause.as_str()), Some(cause));
        }
    }
}
