//! `jsonl`: one record a line, for programs that read line by line.
//!
//! Each record says its `kind`. First `report`, then each `inventory`, each `unread` entry, each
//! `act`, each `decision`, and each `finding`, with the fields that the `json` report has.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::json::write_line;
use super::{
    Act, Baseline, Configuration, Decision, FindingRef, Gate, Inventory, Report, Reporter, RowRef, Rules, Scope, SettledRows,
    Summary, Tool, View, told,
};

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
    Finding(FindingRef<'a>),
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
        for finding in &report.findings {
            write_line(&Record::Finding(finding), &mut out)?;
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

    use super::super::sample;
    use super::*;

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
