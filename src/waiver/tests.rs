//! Waivers over one item, day by day.

use super::*;
use crate::audit::{Audit, Terms};
use crate::diag::{Code, Diagnostics, Sources};
use crate::evaluate::Asker;
use crate::inventory::Sink;
use crate::model::{Moment, Row};

/// Applies a waiver to one item of Kaspersky in the United States. Returns whether it counts,
/// and what is said about it.
fn apply(as_of: &str, product: &str, keys: &str) -> (bool, Vec<Code>) {
    let pack = crate::builtin::pack();
    let asker = Asker { jurisdictions: vec!["US".to_owned()], ..Asker::new(Moment::parse(as_of).expect("moment")) };
    let mut audit = Audit::new(Terms { pack: &pack, asker: &asker, default_place: None, ignored: &[], decisions: Decisions::NONE });
    audit.begin("fleet.csv");
    audit.row(&Row { vendor: "AO Kaspersky Lab", product, location: "US", quantity: 1, line: 2, ..Row::default() });
    let audited = audit.finish();
    let text = format!("schema = 1\n[[waivers]]\n{keys}\nreason = \"r\"\nowner = \"o\"\napproved-by = \"a\"\n");
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let source = sources.add("waivers.toml", &text);
    let waivers = read(&text, source, &pack, &sources, &mut diagnostics);
    assert!(diagnostics.is_empty(), "{:?}", diagnostics.iter().map(|one| &one.message).collect::<Vec<_>>());
    let Applied { accepted: waived, entries } = waivers.apply(&pack, &audited, asker.as_of);
    diagnostics.extend(entries.iter().filter_map(Entry::remark));
    let of_rule = |index: &usize| {
        let decided = &audited.decided[audited.found.iter().nth(*index).expect("is there").decided as usize];
        pack.catalogue.rules[decided.rule as usize].id.starts_with("us-bis-kaspersky-2024")
            || pack.catalogue.rules[decided.rule as usize].id.starts_with("us-ofac")
    };
    (waived.keys().any(of_rule), diagnostics.iter().map(|one| one.code).collect())
}

const RULE: &str = "rule = \"us-bis-kaspersky-2024\"\nuntil = 2024-10-01";

#[test]
fn a_waiver_counts_to_the_end_of_its_day_where_the_act_was_made() {
    let counts = |as_of: &str| apply(as_of, "Kaspersky Plus", RULE);
    // Who has a waiver that ends hears of it 42 days before.
    assert_eq!(counts("2024-08-19"), (true, vec![]));
    assert_eq!(counts("2024-08-20"), (true, vec![Code::WaiverExpiring]));
    assert_eq!(counts("2024-10-01"), (true, vec![Code::WaiverExpiring]));
    assert_eq!(counts("2024-10-01T23:59:59-04:00"), (true, vec![Code::WaiverExpiring]));
    assert_eq!(counts("2024-10-02T03:59:59Z"), (true, vec![Code::WaiverExpiring]));
    assert_eq!(counts("2024-10-02T04:00:00Z"), (false, vec![Code::WaiverExpired]));
    assert_eq!(counts("2024-10-02"), (false, vec![Code::WaiverExpired]));
}

#[test]
fn a_waiver_runs_for_a_year_at_most() {
    let until = |day: &str| apply("2024-10-01", "Kaspersky Plus", &RULE.replace("2024-10-01", day));
    assert_eq!(until("2025-10-01"), (true, vec![]));
    assert_eq!(until("2025-10-02"), (false, vec![Code::WaiverTooLong]));
    assert_eq!(apply("2024-10-02T01:00:00Z", "Kaspersky Plus", &RULE.replace("2024-10-01", "2025-10-02")).1, [Code::WaiverTooLong]);
}

#[test]
fn a_waiver_for_an_effect_hides_no_worse_one() {
    let sale = |as_of: &str| apply(as_of, "Kaspersky Plus", &format!("effect = \"no-sale\"\n{RULE}")).0;
    assert!(sale("2024-09-28"));
    assert!(!sale("2024-09-29"));
}

#[test]
fn a_warning_about_who_leads_is_waived_as_one() {
    let advisory = |effect: &str| {
        apply(
            "2024-10-01",
            "Kaspersky Threat Intelligence",
            &format!("rule = \"us-ofac-kaspersky-executives-2024\"\neffect = \"{effect}\"\nuntil = 2024-12-01"),
        )
    };
    assert_eq!(advisory("advisory"), (true, vec![]));
    assert_eq!(advisory("no-dealings"), (false, vec![Code::WaiverUnused]));
}

#[test]
fn a_waiver_of_nothing_is_unused() {
    let found = apply("2024-10-01", "Kaspersky Plus", &format!("product = \"nothing*\"\n{RULE}"));
    assert_eq!(found, (false, vec![Code::WaiverUnused]));
}
