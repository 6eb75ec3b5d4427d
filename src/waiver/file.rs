//! A waiver file as written. The doc comments are the descriptions in `interdict schema waivers`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Effect;
use crate::pack::file::{At, Date};

/// A waiver file as written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "interdict waivers")]
pub struct WaiverFile {
    /// Version of this schema: 1.
    pub schema: At<i64>,
    /// The waivers: findings that somebody answers for.
    #[serde(default)]
    pub waivers: Vec<At<WaiverRow>>,
    /// The decisions: whether an item is an entity's.
    #[serde(default)]
    pub decisions: Vec<At<DecisionRow>>,
}

/// One waiver as written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WaiverRow {
    /// Id of the rule; absent: any rule, and then `effect` is needed.
    pub rule: Option<At<String>>,
    /// Effect that is accepted; absent: all of the rule.
    pub effect: Option<Effect>,
    /// Product as named in the inventory; a glob, compared without case.
    pub product: Option<At<String>>,
    /// Asset as named in the inventory; a glob, compared without case.
    pub asset: Option<At<String>>,
    /// Why the finding is accepted.
    pub reason: At<String>,
    /// Who answers for it.
    pub owner: At<String>,
    /// Who approved it.
    pub approved_by: At<String>,
    /// Last day on which it counts.
    pub until: At<Date>,
    /// Reference in a ticket system.
    pub ticket: Option<String>,
    /// Licence or permit that allows it.
    pub licence: Option<String>,
}

/// One decision as written. It needs a vendor, a product, or both.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DecisionRow {
    /// Id of the entity.
    pub entity: At<String>,
    /// Vendor as the inventory writes it, compared without case and marks; absent: any.
    pub vendor: Option<At<String>>,
    /// Product as the inventory writes it, compared without case and marks; absent: any of the vendor.
    pub product: Option<At<String>>,
    /// Whether it is theirs.
    pub is: bool,
    /// Why.
    pub reason: At<String>,
    /// Who decided it.
    pub owner: At<String>,
    /// Last day on which it counts; absent: for good.
    pub until: Option<At<Date>>,
    /// Reference in a ticket system.
    pub ticket: Option<String>,
}
