//! Reports of real runs, for tests.

use super::Report;
use crate::evaluate::Asker;
use crate::gate::{FailOn, GateTerms};
use crate::model::Moment;
use crate::pipeline::{Input, Job, check};

/// Checks a table by the shipped rules.
pub(crate) fn run(table: &[u8]) -> Report {
    let as_of = Moment::parse("2024-10-01").expect("is a date");
    let asker = Asker { jurisdictions: vec!["US".into()], ..Asker::new(as_of) };
    let gate = GateTerms { fail_on: FailOn::Never, ..GateTerms::default() };
    let job = Job { gate, version: "0.0.0".into(), ..Job::new(asker) };
    check(&job, &crate::builtin::pack(), [Input::new("fleet.csv", Ok(Box::new(table)))]).report
}
