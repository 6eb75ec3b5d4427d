//! `jsonl`: one record a line, for programs that read line by line.
//!
//! Each record says its `kind`. First `report`, then each `inventory`, each `unread` entry, each
//! `act`, each `decision`, and each `finding`, with the fields that the `json` report has.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};

use foldhash::fast::FixedState;
use serde::Serialize;

use super::json::{append, write_line};
use super::{
    Act, Baseline, Change, Concern, Configuration, Decision, FindingRef, Gate, Inventory, ItemRef, Match, Measure, Next, Report,
    Reporter, RowRef, RuleRef, Rules, Scope, SettledRows, Summary, Tool, View, Waiver, told,
};
use crate::model::Status;

/// Writes the report as JSON lines.
pub(super) struct Jsonl;

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Record<'a> {
    #[serde(rename_all = "kebab-case")]
    Report {
        schema: &'a str,
        tool: &'a Tool,
        as_of: &'a str,
        known_on: Option<&'a str>,
        horizon_days: u32,
        scope: &'a Scope,
        configuration: Option<&'a Configuration>,
        rules: &'a Rules,
        #[serde(skip_serializing_if = "Option::is_none")]
        baseline: Option<&'a Baseline>,
        summary: &'a Summary,
        gate: &'a Gate,
    },
    #[serde(rename_all = "kebab-case")]
    Inventory {
        source: &'a str,
        format: &'a str,
        items: u64,
        unread_count: u64,
        remarks: &'a [String],
    },
    Unread {
        source: &'a str,
        line: Option<u64>,
        column: Option<&'a str>,
        reason: &'a str,
        count: u64,
    },
    Act {
        id: &'a str,
        #[serde(flatten)]
        act: ActFields<'a>,
    },
    Decision {
        decision: &'a Decision,
        rows: u64,
        first: &'a [RowRef],
    },
}

/// An act, whose own `kind` would stand where the record's does.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ActFields<'a> {
    act_kind: &'a str,
    stage: &'a str,
    names: &'a str,
    verified: Option<&'a str>,
    time_zone: &'a str,
    remedy: &'a super::Remedy,
    measures: &'a [super::ActMeasure],
    events: &'a [super::ActEvent],
    #[serde(skip_serializing_if = "Option::is_none")]
    dates: Option<&'a [super::ActDate]>,
    sources: &'a [String],
    file: &'a str,
    line: u64,
}

/// So many texts of parts are remembered.
const KNOWN: usize = 1 << 12;

/// Writes findings. What many of them share is written once, and copied from then on: there are millions of
/// them, and few that share nothing.
#[derive(Default)]
struct FindingLines {
    /// By where the parts lie.
    known: HashMap<[usize; 20], Texts, FixedState>,
    line: Vec<u8>,
}

/// Fields as JSON, without braces around them.
struct Texts {
    answer: Vec<u8>,
    product: Vec<u8>,
    reasons: Vec<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer<'a> {
    status: Status,
    next: Option<&'a Next>,
    concerned_as: Concern,
}

#[derive(Serialize)]
struct Product<'a> {
    vendor: &'a str,
    product: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    displayed: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Place<'a> {
    asset: &'a str,
    location: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    owner: &'a str,
    source: &'a str,
    line: u64,
    path: &'a [String],
    #[serde(skip_serializing_if = "super::is_zero")]
    paths: u64,
}

#[derive(Serialize)]
struct Reasons<'a> {
    rule: &'a RuleRef,
    measures: &'a [Measure],
    #[serde(rename = "match")]
    matched: &'a Match,
    notes: &'a [String],
    #[serde(skip_serializing_if = "super::none")]
    missing: &'a [String],
}

#[derive(Serialize)]
struct Marks<'a> {
    waiver: Option<&'a Waiver>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'a Decision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Change>,
}

impl FindingLines {
    fn write(&mut self, finding: &FindingRef<'_>, out: &mut dyn Write) -> io::Result<()> {
        let key = parts(finding);
        if !self.known.contains_key(&key) {
            if self.known.len() >= KNOWN {
                self.known.clear();
            }
            self.known.insert(key, Texts::of(finding)?);
        }
        let Some(Texts { answer, product, reasons }) = self.known.get(&key) else { return Ok(()) };
        let line = &mut self.line;
        line.clear();
        line.extend_from_slice(b"{\"kind\":\"finding\",\"fingerprint\":");
        append(&finding.print, line)?;
        line.push(b',');
        line.extend_from_slice(answer);
        line.extend_from_slice(b",\"item\":{");
        line.extend_from_slice(product);
        let item = &finding.item;
        let (asset, location, owner, source) = (item.asset, item.location, item.owner, item.source);
        append_fields(&Place { asset, location, owner, source, line: item.line, path: item.path, paths: item.paths }, line)?;
        line.extend_from_slice(b"},\"rows\":");
        append(&finding.rows, line)?;
        line.push(b',');
        line.extend_from_slice(reasons);
        append_fields(&Marks { waiver: finding.waiver, decision: finding.decision, baseline: finding.baseline }, line)?;
        line.extend_from_slice(b"}\n");
        out.write_all(line)
    }
}

impl Texts {
    fn of(finding: &FindingRef<'_>) -> io::Result<Self> {
        let FindingRef { item, rule, measures, matched, notes, missing, .. } = *finding;
        let ItemRef { vendor, product, displayed, version, .. } = item;
        Ok(Self {
            answer: fields_of(&Answer { status: finding.status, next: finding.next, concerned_as: finding.concerned_as })?,
            product: fields_of(&Product { vendor, product, displayed, version })?,
            reasons: fields_of(&Reasons { rule, measures, matched, notes, missing })?,
        })
    }
}

/// Returns where the parts of a finding lie that it shares with others.
fn parts(finding: &FindingRef<'_>) -> [usize; 20] {
    fn list<T>(list: &[T]) -> [usize; 2] {
        [list.as_ptr().addr(), list.len()]
    }
    let FindingRef { item, rule, measures, matched, notes, missing, .. } = *finding;
    let lists = [
        list(item.vendor.as_bytes()),
        list(item.product.as_bytes()),
        list(item.displayed.as_bytes()),
        list(item.version.as_bytes()),
        list(measures),
        list(notes),
        list(missing),
    ];
    let mut parts = [0; 20];
    let single = [
        std::ptr::from_ref(rule).addr(),
        std::ptr::from_ref(matched).addr(),
        finding.next.map_or(0, |next| std::ptr::from_ref(next).addr()),
        finding.status as usize,
        finding.concerned_as as usize,
    ];
    for (to, from) in parts.iter_mut().zip(lists.as_flattened().iter().chain(&single)) {
        *to = *from;
    }
    parts
}

/// Returns the fields of a value as JSON, without braces around them.
fn fields_of<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    append(value, &mut text)?;
    text.pop();
    text.remove(0);
    Ok(text)
}

/// Appends the fields of a value behind others.
fn append_fields<T: Serialize>(value: &T, line: &mut Vec<u8>) -> io::Result<()> {
    let start = line.len();
    append(value, line)?;
    line[start] = b',';
    line.pop();
    Ok(())
}

impl Reporter for Jsonl {
    fn write(&self, report: &Report, _: &View, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        let first = Record::Report {
            schema: &report.schema,
            tool: &report.tool,
            as_of: &report.as_of,
            known_on: report.known_on.as_deref(),
            horizon_days: report.horizon_days,
            scope: &report.scope,
            configuration: report.configuration.as_ref(),
            rules: &report.rules,
            baseline: report.baseline.as_ref(),
            summary: &report.summary,
            gate: &report.gate,
        };
        write_line(&first, &mut out)?;
        for inventory in &report.inventories {
            of_inventory(inventory, &mut out)?;
        }
        for (id, act) in &report.acts {
            write_line(&Record::Act { id, act: fields(act) }, &mut out)?;
        }
        for SettledRows { decision, rows, first } in &report.decisions {
            write_line(&Record::Decision { decision, rows: *rows, first }, &mut out)?;
        }
        let mut lines = FindingLines::default();
        for finding in &report.findings {
            lines.write(&finding, &mut out)?;
        }
        out.flush()
    }
}

fn of_inventory(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    let Inventory { source, format, items, unread, unread_count, remarks } = inventory;
    write_line(&Record::Inventory { source, format, items: *items, unread_count: *unread_count, remarks }, out)?;
    for entry in unread {
        let (line, column) = (entry.line, entry.column.as_deref());
        write_line(&Record::Unread { source, line, column, reason: &entry.reason, count: 1 }, out)?;
    }
    for more in told::not_read(inventory).skip(unread.len()) {
        write_line(&Record::Unread { source, line: None, column: None, reason: &more.text, count: more.count }, out)?;
    }
    Ok(())
}

fn fields(act: &Act) -> ActFields<'_> {
    ActFields {
        act_kind: &act.kind,
        stage: &act.stage,
        names: &act.names,
        verified: act.verified.as_deref(),
        time_zone: &act.time_zone,
        remedy: &act.remedy,
        measures: &act.measures,
        events: &act.events,
        dates: act.dates.as_deref(),
        sources: &act.sources,
        file: &act.file,
        line: act.line,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::{Finding, sample};
    use super::*;

    #[test]
    fn a_finding_put_together_of_parts_is_what_it_is_as_a_whole() {
        #[derive(Serialize)]
        #[serde(tag = "kind", rename_all = "kebab-case")]
        enum Record<'a> {
            Finding(FindingRef<'a>),
        }
        let mut report = sample::report();
        let mut more: Vec<Finding> = report.findings.to_vec();
        for (at, finding) in more.iter_mut().enumerate() {
            finding.item.owner = "J. \"Doe\" \u{9b}".into();
            finding.item.displayed = "displayed".into();
            (finding.item.path, finding.item.paths) = (vec!["root".into(), "part".into()], 2);
            finding.missing = std::sync::Arc::from(["version".to_owned()]);
            finding.baseline = Some(Change::ALL[at % 4]);
            finding.decision = Some(std::sync::Arc::new(Decision { reason: "looked at".into(), ..Decision::default() }));
        }
        report.findings.extend(more);
        let (mut lines, mut wanted, mut written) = (FindingLines::default(), Vec::new(), Vec::new());
        for finding in report.findings.iter().chain(report.findings.iter()) {
            write_line(&Record::Finding(finding), &mut wanted).expect("writes to memory");
            lines.write(&finding, &mut written).expect("writes to memory");
        }
        assert_eq!(String::from_utf8(written).expect("is UTF-8"), String::from_utf8(wanted).expect("is UTF-8"));
    }

    #[test]
    fn every_record_of_the_report_is_a_line() {
        let report = sample::report();
        let mut out = Vec::new();
        Jsonl.write(&report, &View::default(), &mut out).expect("writes to memory");
        let text = String::from_utf8(out).expect("is UTF-8");
        let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
        let of = |kind: &str| records.iter().filter(|record| record["kind"] == kind).collect::<Vec<_>>();
        assert_eq!((of("report").len(), records[0]["kind"].as_str()), (1, Some("report")));
        assert_eq!(of("inventory").len(), report.inventories.len());
        assert_eq!(of("act").len(), report.acts.len());
        assert_eq!(of("unread").iter().filter_map(|record| record["count"].as_u64()).sum::<u64>(), report.summary.unread);
        let whole = serde_json::to_value(&report).expect("is JSON");
        for (line, finding) in of("finding").into_iter().zip(whole["findings"].as_array().expect("an array")) {
            let mut line = line.clone();
            line.as_object_mut().expect("an object").shift_remove("kind");
            assert_eq!(line, *finding);
        }
        assert_eq!(of("finding").len(), report.findings.len());
    }
}
