//! `prometheus`: gauges in the text format, for the folder that the node exporter reads.
//!
//! Counts only: no product, no asset. A series for each status is always there, so that an alert on
//! it sees zero and not nothing.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::told::NAME;
use super::words::short;
use super::{Report, Reporter, View, lines};
use crate::model::{Moment, Status, Zone};

/// Writes the report as metrics.
pub(super) struct Prometheus;

/// A value under its labels. Series of a metric that have the same labels are one, their sum.
type Series = BTreeMap<String, i64>;

impl Reporter for Prometheus {
    fn write(&self, report: &Report, _: &View, out: &mut dyn Write) -> io::Result<()> {
        let summary = &report.summary;
        let one = |value: u64| Series::from([(String::new(), int(value))]);
        let statuses = Status::ALL.into_iter().map(|status| (labels(&[("status", status.as_str())]), int(summary.of(status))));
        let mut write = |name: &str, help: &str, series: Series| -> io::Result<()> {
            if series.is_empty() {
                return Ok(());
            }
            writeln!(out, "# HELP interdict_{name} {help}\n# TYPE interdict_{name} gauge")?;
            series.iter().try_for_each(|(labels, value)| writeln!(out, "interdict_{name}{labels} {value}"))
        };
        write("items", "Items by their worst status.", statuses.collect())?;
        write("items_waived", "Items whose findings are all waived.", one(summary.waived))?;
        write("items_decided", "Items whose matches were settled by decisions.", one(summary.decided))?;
        write("items_unidentified", "Rows without a usable name, held against no act.", one(summary.unidentified))?;
        write("entries_unread", "Rows and files that could not be read.", one(summary.unread))?;
        write("assets", "Distinct assets.", one(summary.assets))?;
        write("items_of_other_audiences", "Items with findings for other audiences only.", other(report))?;
        write("findings", "Findings by status, act and whether they are waived.", findings(report))?;
        write(
            "findings_against_baseline",
            "Findings that are not waived, by how they stand against the baseline.",
            against(report),
        )?;
        write("inventory_items", "Items read, by inventory.", inventories(report, |inventory| inventory.items))?;
        let unread = inventories(report, |inventory| inventory.unread_count);
        write("inventory_entries_unread", "Entries that could not be read, by inventory.", unread)?;
        write("jurisdiction_without_rules", "Jurisdictions in scope for which the rules hold no act.", without(report))?;
        write("next_change_timestamp_seconds", "When the status of a finding changes next, by act.", next(report))?;
        if let Some(at) = Moment::parse(&report.as_of) {
            let at = at.instant(Zone::UTC).timestamp();
            write("as_of_timestamp_seconds", "The point in time that was asked about.", Series::from([(String::new(), at)]))?;
        }
        let rules = &report.rules;
        let labels = labels(&[("version", &rules.version), ("built", &rules.built), ("digest", &rules.digest)]);
        write("rules_info", "The rule pack that was used.", Series::from([(labels, 1)]))?;
        write("rules", "Rules in the pack.", one(rules.count))?;
        write("gate_failed", "Whether the run failed.", one(u64::from(report.gate.failed)))?;
        write("gate_exit_code", "Exit code of the run.", one(u64::from(report.gate.exit_code)))
    }
}

fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn add(series: &mut Series, labels: String, value: u64) {
    let sum = series.entry(labels).or_default();
    *sum = sum.saturating_add(int(value));
}

fn other(report: &Report) -> Series {
    let mut series = Series::new();
    for (audience, &items) in &report.summary.other_audiences {
        add(&mut series, labels(&[("audience", audience)]), items);
    }
    series
}

fn findings(report: &Report) -> Series {
    let mut series = Series::new();
    for finding in &report.findings {
        let kind = report.acts.get(&finding.rule.id).map_or("", |act| act.kind.as_str());
        let waived = if finding.waiver.is_some() { "true" } else { "false" };
        let labels = labels(&[
            ("status", finding.status.as_str()),
            ("jurisdiction", &finding.rule.jurisdiction),
            ("act", &finding.rule.id),
            ("kind", kind),
            ("waived", waived),
        ]);
        add(&mut series, labels, 1);
    }
    series
}

/// None without a baseline.
fn against(report: &Report) -> Series {
    let Some(baseline) = &report.baseline else { return Series::new() };
    let counts = [
        ("new", baseline.new),
        ("worse", baseline.worse),
        ("due", baseline.due),
        ("known", baseline.known),
        ("gone", baseline.gone),
    ];
    counts.into_iter().map(|(change, count)| (labels(&[("change", change)]), int(count))).collect()
}

fn inventories(report: &Report, value: impl Fn(&super::Inventory) -> u64) -> Series {
    let mut series = Series::new();
    for inventory in &report.inventories {
        add(&mut series, labels(&[("source", &inventory.source)]), value(inventory));
    }
    series
}

fn without(report: &Report) -> Series {
    report.scope.without_rules.iter().map(|code| (labels(&[("jurisdiction", code)]), 1)).collect()
}

/// The first change of each act and status, as an instant.
fn next(report: &Report) -> Series {
    let mut series = Series::new();
    for finding in &report.findings {
        let act = report.acts.get(&finding.rule.id);
        let Some((next, zone)) = finding.next.as_ref().zip(act.and_then(|act| Zone::parse(&act.time_zone))) else { continue };
        let at = match Moment::parse(&next.on) {
            Some(Moment::Instant(at)) => at.timestamp(),
            _ => match lines::day_of(&next.on) {
                Some(day) => zone.start_of(day).timestamp(),
                None => continue,
            },
        };
        let labels = labels(&[("act", &finding.rule.id), ("status", finding.status.as_str()), ("next", next.status.as_str())]);
        series.entry(labels).and_modify(|first| *first = at.min(*first)).or_insert(at);
    }
    series
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let escaped = |text: &str| short(text, NAME).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn each_series_stands_once_and_the_counts_are_those_of_the_report() {
        let report = sample::report();
        let mut out = Vec::new();
        Prometheus.write(&report, &View::default(), &mut out).expect("writes to memory");
        let text = String::from_utf8(out).expect("is UTF-8");
        let mut seen = std::collections::BTreeSet::new();
        let mut findings = 0;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            assert!(seen.insert(series), "twice: {series}");
            if series.starts_with("interdict_findings{") {
                findings += value.parse::<usize>().expect("a number");
            }
        }
        assert_eq!(findings, report.findings.len());
        assert!(text.contains("interdict_items{status=\"no-sale\"} 2\n"), "{text}");
        // 2024-12-01 begins in Jerusalem two hours before it does in UTC.
        assert!(text.contains("next=\"banned\"} 1733004000\n"), "{text}");
    }

    #[test]
    fn a_label_cannot_end_its_quotes() {
        assert_eq!(labels(&[("source", "a\\b\"c\nd")]), "{source=\"a\\\\b\\\"c␊d\"}");
    }
}
