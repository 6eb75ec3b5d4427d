//! Reports of real runs, for tests.

use std::collections::BTreeMap;

use super::Report;
use crate::gate::{FailOn, GateTerms};
use crate::pipeline::{Input, Job, check};

/// Checks a table by the shipped rules.
pub(crate) fn run(table: &[u8]) -> Report {
    let moment = crate::model::Moment::parse("2024-10-01").expect("is a date");
    let asker = crate::evaluate::Asker {
        jurisdictions: vec!["US".into()],
        audiences: Vec::new(),
        all_audiences: false,
        as_of: moment,
        known_on: None,
        conditions: BTreeMap::new(),
    };
    let job = Job {
        asker,
        default_place: None,
        horizon_days: 90,
        ignored: Vec::new(),
        reading: crate::inventory::Options::default(),
        assets: None,
        waivers: crate::waiver::Waivers::default(),
        baseline: None,
        gate: GateTerms { fail_on: FailOn::Never, ..GateTerms::default() },
        configuration: None,
        version: "0.0.0".into(),
    };
    check(&job, &crate::builtin::pack(), [Input::new("fleet.csv", Ok(Box::new(table)))]).report
}
