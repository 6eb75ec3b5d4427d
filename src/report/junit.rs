//! `junit`: JUnit XML as Jenkins and most pipelines read it: a suite for each inventory, a case for
//! each of its products that has findings.
//!
//! A case fails where the report's gate says that such a status fails the run, and is skipped where
//! all of it is waived. What could not be read is an error of its suite, unless the run accepted that.
//! What a person decided has a suite of its own.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use super::escape::xml;
use super::lines::folded_name;
use super::told::{self, NAME, SENTENCE};
use super::words::{self, short};
use super::{Change, FindingRef, Gate, Inventory, Report, Reporter, View};
use crate::model::Status;

/// So many findings of one case are told; the rest is counted.
const TOLD: usize = 100;

/// Writes the report as JUnit XML.
pub(super) struct Junit;

/// One case of a suite.
struct Case {
    name: String,
    outcome: Outcome,
    /// One line for the message, and what there is to say.
    message: String,
    text: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Error,
    Skipped,
}

impl Reporter for Junit {
    fn write(&self, report: &Report, _: &View, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        let mut by_source: BTreeMap<&str, Vec<FindingRef<'_>>> = BTreeMap::new();
        for finding in &report.findings {
            by_source.entry(finding.item.source).or_default().push(finding);
        }
        let suites: Vec<(String, Vec<Case>)> = report
            .inventories
            .iter()
            .map(|inventory| {
                let findings = by_source.remove(inventory.source.as_ref()).unwrap_or_default();
                (told::source(&inventory.source), cases(report, inventory, &findings))
            })
            .collect();
        // A saved report may name an inventory in a finding only; nothing is left out for that.
        let stray = by_source.into_iter().map(|(source, findings)| (told::source(source), of_products(report, &findings)));
        let decided = (!report.decisions.is_empty()).then(|| ("decisions".to_owned(), decisions(report)));
        let suites: Vec<_> = suites.into_iter().chain(stray).chain(decided).collect();
        let all = || suites.iter().flat_map(|(_, cases)| cases);
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<testsuites name=\"interdict\" {}>", counts(all()).replace(&skipped(all()), ""))?;
        for (source, cases) in &suites {
            writeln!(out, "  <testsuite name=\"{}\" {} time=\"0\">", xml(source), counts(cases.iter()))?;
            for case in cases {
                case.write(source, &mut out)?;
            }
            writeln!(out, "  </testsuite>")?;
        }
        writeln!(out, "</testsuites>")?;
        out.flush()
    }
}

fn skipped<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    format!(" skipped=\"{}\"", cases.filter(|case| case.outcome == Outcome::Skipped).count())
}

fn counts<'a>(cases: impl Iterator<Item = &'a Case> + Clone) -> String {
    let of = |outcome| cases.clone().filter(move |case| case.outcome == outcome).count();
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\"{}",
        cases.clone().count(),
        of(Outcome::Failed),
        of(Outcome::Error),
        skipped(cases.clone())
    )
}

impl Case {
    fn write(&self, suite: &str, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "    <testcase classname=\"{}\" name=\"{}\" time=\"0\">", xml(suite), xml(&self.name))?;
        let text = xml(&self.text.join("\n"));
        let message = xml(&self.message);
        match self.outcome {
            Outcome::Passed => write!(out, "<system-out>{text}</system-out>")?,
            Outcome::Failed => write!(out, "<failure type=\"finding\" message=\"{message}\">{text}</failure>")?,
            Outcome::Error => write!(out, "<error type=\"unread\" message=\"{message}\">{text}</error>")?,
            Outcome::Skipped => write!(out, "<skipped message=\"{message}\"/><system-out>{text}</system-out>")?,
        }
        writeln!(out, "</testcase>")
    }
}

/// The cases of an inventory: that it was read, what was not, and its products.
fn cases(report: &Report, inventory: &Inventory, findings: &[FindingRef<'_>]) -> Vec<Case> {
    let passed = |name: String, text: String| Case { name, outcome: Outcome::Passed, message: String::new(), text: vec![text] };
    let read = format!("{} read as {}", words::count(inventory.items, "item"), short(&inventory.format, 40));
    let mut cases = Vec::new();
    if inventory.unread_count > 0 {
        let unread = told::not_read(inventory).map(|entry| {
            let line = entry.line.map(|line| format!("line {line}: ")).unwrap_or_default();
            let column = entry.column.map(|column| format!("column {column}: ")).unwrap_or_default();
            format!("{line}{column}{}", entry.text)
        });
        cases.push(Case {
            name: "everything is read".into(),
            outcome: if report.gate.allow_unread { Outcome::Skipped } else { Outcome::Error },
            message: format!("{} could not be read", words::count(inventory.unread_count, "entry")),
            text: std::iter::once(format!("{read}.")).chain(unread).collect(),
        });
    } else {
        cases.push(passed("everything is read".into(), format!("{read}.")));
    }
    cases.extend(of_products(report, findings));
    cases
}

/// What a person decided, as cases that pass.
fn decisions(report: &Report) -> Vec<Case> {
    let case = |settled: &super::SettledRows| Case {
        name: told::decision(&settled.decision),
        outcome: Outcome::Passed,
        message: String::new(),
        text: std::iter::once(format!("{}.", words::count(settled.rows, "row")))
            .chain(settled.first.iter().map(|row| format!("{}, line {}", told::source(&row.source), row.line)))
            .collect(),
    };
    report.decisions.iter().map(case).collect()
}

fn of_products(report: &Report, findings: &[FindingRef<'_>]) -> Vec<Case> {
    let mut products: BTreeMap<(String, String), Vec<&FindingRef<'_>>> = BTreeMap::new();
    for finding in findings {
        let item = &finding.item;
        let key = (folded_name(item.product, item.vendor), item.vendor.to_lowercase());
        products.entry(key).or_default().push(finding);
    }
    products.into_values().map(|findings| of_product(report, &findings)).collect()
}

fn of_product(report: &Report, findings: &[&FindingRef<'_>]) -> Case {
    let item = &findings[0].item;
    let vendor =
        if item.vendor.is_empty() || item.product.is_empty() { String::new() } else { format!(" ({})", short(item.vendor, NAME)) };
    let open: Vec<_> = findings.iter().filter(|finding| finding.waiver.is_none()).collect();
    let worst = open.iter().map(|finding| finding.status).min();
    let is_known = |finding: &FindingRef<'_>| report.gate.fail_on_new && finding.baseline == Some(Change::Known);
    let outcome = match worst {
        None => Outcome::Skipped,
        Some(_) if open.iter().any(|finding| !is_known(finding) && fails(&report.gate, finding.status)) => Outcome::Failed,
        Some(_) => Outcome::Passed,
    };
    let mut text: Vec<String> = findings
        .iter()
        .take(TOLD)
        .map(|finding| {
            let waived = finding.waiver.map(|waiver| format!(" Waived: {}.", told::waiver(waiver))).unwrap_or_default();
            let line = if finding.item.line > 0 { format!("line {}: ", finding.item.line) } else { String::new() };
            format!("{line}{}{waived} {}", told::finding(report, finding), short(&finding.rule.url, 2_000))
        })
        .collect();
    if findings.len() > TOLD {
        text.push(format!("{} more findings.", words::number((findings.len() - TOLD) as u64)));
    }
    let message = match worst {
        None => "every finding is waived".to_owned(),
        Some(status) => {
            let ids: std::collections::BTreeSet<&str> =
                open.iter().filter(|finding| finding.status == status).map(|finding| finding.rule.id.as_str()).collect();
            short(&format!("{} under {}", status.as_str(), words::some_of(ids.iter(), 3, NAME)), SENTENCE)
        }
    };
    let name = short(words::name(item.product, item.vendor), NAME) + &vendor;
    Case { name, outcome, message, text }
}

/// Returns whether the gate of the report says that a status fails the run.
pub(super) fn fails(gate: &Gate, status: Status) -> bool {
    match gate.fail_on.as_slice() {
        [one] => Status::parse(one).is_some_and(|limit| status <= limit),
        several => several.iter().any(|word| word == status.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        Junit.write(report, &View::default(), &mut out).expect("writes to memory");
        String::from_utf8(out).expect("is UTF-8")
    }

    #[test]
    fn a_suite_for_each_inventory_and_a_case_for_each_product() {
        let report = sample::report();
        let text = written(&report);
        assert_eq!(text.matches("<testsuite ").count(), report.inventories.len());
        assert_eq!(text.matches(" name=\"Kaspersky Plus (AO Kaspersky Lab)\"").count(), 1);
        assert!(text.contains("<failure type=\"finding\" message=\"no-updates under us-bis-kaspersky-2024\">"), "{text}");
        assert!(text.contains("<error type=\"unread\" message=\"13 entries could not be read\">"), "{text}");
    }

    #[test]
    fn only_what_fails_the_gate_fails_and_what_is_accepted_is_skipped() {
        let mut report = sample::report();
        report.gate.fail_on = vec!["never".into()];
        report.gate.allow_unread = true;
        let text = written(&report);
        assert!(!text.contains("<failure") && !text.contains("<error") && text.contains("<skipped"), "{text}");
        for finding in report.findings.list_mut() {
            finding.waiver = report_waiver();
        }
        report.gate.fail_on = vec!["review".into()];
        let text = written(&report);
        assert!(!text.contains("<failure") && text.contains("every finding is waived"), "{text}");
    }

    #[test]
    fn what_the_baseline_knows_passes_where_only_the_new_fails() {
        let mut report = sample::report();
        report.gate.fail_on_new = true;
        assert!(written(&report).contains("<failure"), "without a baseline, all is new");
        for finding in report.findings.list_mut() {
            finding.baseline = Some(Change::Known);
        }
        assert!(!written(&report).contains("<failure"));
        report.findings[0].baseline = Some(Change::Due);
        assert_eq!(written(&report).matches("<failure").count(), 1);
    }

    fn report_waiver() -> Option<super::super::Waiver> {
        sample::report().findings.iter().find_map(|finding| finding.waiver.cloned())
    }

    #[test]
    fn the_gate_reads_one_status_as_that_and_worse() {
        let gate = |words: &[&str]| Gate { fail_on: words.iter().map(|&word| word.into()).collect(), ..Gate::default() };
        assert!(fails(&gate(&["no-sale"]), Status::Banned) && !fails(&gate(&["no-sale"]), Status::Upcoming));
        assert!(fails(&gate(&["banned", "review"]), Status::Review) && !fails(&gate(&["banned", "review"]), Status::NoSale));
        assert!(!fails(&gate(&["never"]), Status::Banned));
    }

    #[test]
    fn a_product_with_thousands_of_machines_is_one_case_of_a_hundred_lines() {
        let mut report = sample::report();
        report.findings.retain(|finding| finding.item.asset.starts_with("WS-"));
        report.findings = (0..100).flat_map(|_| report.findings.to_vec()).collect::<Vec<_>>().into();
        let text = written(&report);
        assert!(text.contains("3,900 more findings."), "{}", text.len());
        assert!(text.len() < 100_000);
    }
}
