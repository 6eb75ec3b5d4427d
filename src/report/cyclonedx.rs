//! `cyclonedx`: a CycloneDX 1.6 document with the components that have findings, and the findings as
//! vulnerabilities of these: one for each act, status and dates, that names every component it touches.
//!
//! A component is a product of a vendor in a version; the assets it is on are its occurrences. The
//! document says that it is incomplete where something could not be read.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::escape::is_link;
use super::told::{self, NAME, SENTENCE, sentence};
use super::words::{self, short};
use super::{Act, FindingRef, ItemRef, Report, Reporter, View, lines};
use crate::model::Status;

/// Writes the report as CycloneDX.
pub(super) struct Cyclonedx;

impl Reporter for Cyclonedx {
    fn write(&self, report: &Report, _: &View, out: &mut dyn Write) -> io::Result<()> {
        super::json::write_pretty(&bom(report), out)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    version: u8,
    metadata: Value,
    components: Vec<Component>,
    compositions: [Value; 1],
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Serialize)]
struct Component {
    r#type: &'static str,
    #[serde(rename = "bom-ref")]
    reference: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    publisher: String,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    version: String,
    evidence: Evidence,
}

#[derive(Serialize)]
struct Evidence {
    occurrences: BTreeSet<Occurrence>,
}

/// Where a component is: the inventory, its row, the asset.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
struct Occurrence {
    location: String,
    #[serde(skip_serializing_if = "is_zero")]
    line: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    additional_context: String,
}

fn is_zero(line: &u64) -> bool {
    *line == 0
}

#[derive(Serialize)]
struct Vulnerability {
    #[serde(rename = "bom-ref")]
    reference: String,
    id: String,
    source: Value,
    ratings: [Value; 1],
    description: String,
    detail: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    recommendation: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    advisories: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    analysis: Option<Value>,
    affects: BTreeSet<Affected>,
    properties: Vec<Value>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Affected {
    r#ref: String,
}

/// Findings that are one vulnerability: the first, the components, the fingerprints.
type Group<'a> = (FindingRef<'a>, BTreeSet<Affected>, BTreeSet<Cow<'a, str>>);

fn bom(report: &Report) -> Bom {
    let mut numbers: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let mut components: Vec<Component> = Vec::new();
    let mut groups: BTreeMap<(Status, &str, String), Group<'_>> = BTreeMap::new();
    for finding in &report.findings {
        let item = &finding.item;
        let at = *numbers.entry((item.vendor, item.product, item.version)).or_insert_with(|| {
            components.push(component(item, components.len()));
            components.len() - 1
        });
        components[at].evidence.occurrences.insert(Occurrence {
            location: told::source(item.source),
            line: item.line,
            additional_context: if item.asset.is_empty() { String::new() } else { short(item.asset, NAME) },
        });
        let rest = format!("{:?} {:?} {:?}", finding.waiver, lines::since(&finding), finding.next);
        let key = (finding.status, finding.rule.id.as_str(), rest);
        let (_, affected, fingerprints) = groups.entry(key).or_insert_with(|| (finding, BTreeSet::new(), BTreeSet::new()));
        affected.insert(Affected { r#ref: components[at].reference.clone() });
        fingerprints.insert(finding.fingerprint());
    }
    let whole = report.summary.unread == 0;
    Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        version: 1,
        metadata: metadata(report),
        components,
        compositions: [json!({ "aggregate": if whole { "unknown" } else { "incomplete" } })],
        vulnerabilities: groups
            .into_values()
            .enumerate()
            .map(|(at, (first, affected, fingerprints))| vulnerability(report, at, &first, affected, fingerprints.len()))
            .collect(),
    }
}

fn component(item: &ItemRef<'_>, at: usize) -> Component {
    Component {
        r#type: "application",
        reference: format!("component-{}", at + 1),
        publisher: if item.vendor.is_empty() { String::new() } else { short(item.vendor, NAME) },
        name: short(words::name(item.product, item.vendor), NAME),
        version: if item.version.is_empty() { String::new() } else { short(item.version, NAME) },
        evidence: Evidence { occurrences: BTreeSet::new() },
    }
}

fn vulnerability(
    report: &Report,
    at: usize,
    first: &FindingRef<'_>,
    affects: BTreeSet<Affected>,
    findings: usize,
) -> Vulnerability {
    let rule = &first.rule;
    let act = report.acts.get(&rule.id);
    let link = is_link(&rule.url).then_some(rule.url.as_str());
    let mut source = json!({ "name": short(&rule.authority, NAME) });
    if let Some(url) = link {
        source["url"] = url.into();
    }
    let severity = match first.status {
        Status::Banned => "critical",
        Status::NoUpdates => "high",
        Status::NoSale => "medium",
        Status::Upcoming => "low",
        Status::Advisory => "info",
        Status::Review | Status::Clear => "unknown",
    };
    Vulnerability {
        reference: format!("finding-{}", at + 1),
        id: short(&rule.id, NAME),
        source,
        ratings: [json!({ "severity": severity, "method": "other", "justification": "not a rating of a weakness: the status of an act" })],
        description: sentence(&rule.title),
        detail: told::finding(report, first),
        recommendation: act.and_then(|act| act.remedy.advice.as_deref()).map(sentence).unwrap_or_default(),
        advisories: link
            .map(|url| json!({ "title": rule.citation.as_deref().map_or_else(|| short(&rule.title, NAME), |text| short(text, NAME)), "url": url }))
            .into_iter()
            .collect(),
        analysis: first.waiver.as_ref().map(|waiver| json!({ "response": ["will_not_fix"], "detail": told::waiver(waiver) })),
        affects,
        properties: properties(first, act, findings),
    }
}

fn properties(first: &FindingRef<'_>, act: Option<&Act>, findings: usize) -> Vec<Value> {
    let mut properties = Vec::new();
    let mut add = |name: &str, value: String| properties.push(json!({ "name": format!("interdict:{name}"), "value": value }));
    add("status", first.status.as_str().into());
    add("jurisdiction", short(&first.rule.jurisdiction, NAME));
    if let Some(act) = act {
        add("kind", short(&act.kind, NAME));
        add("names", short(&act.names, NAME));
    }
    add("concerned-as", told::concern(first.concerned_as).into());
    if let (Some(since), _) = lines::since(first) {
        add("since", short(since, 40));
    }
    if let Some(next) = &first.next {
        add("next", format!("{} on {}", next.status.as_str(), short(&next.on, 40)));
    }
    if let Some(waiver) = &first.waiver {
        add("waived-until", short(&waiver.until, 40));
    }
    for measure in first.measures.iter() {
        let from = measure.from.as_deref().map(|from| format!(" from {}", short(from, 40))).unwrap_or_default();
        let until = measure.until.as_deref().map(|until| format!(" until {}", short(until, 40))).unwrap_or_default();
        add("measure", format!("{} {}{from}{until}", short(&measure.effect, 40), measure.state.as_str()));
    }
    add("findings", findings.to_string());
    properties
}

fn metadata(report: &Report) -> Value {
    let mut properties = Vec::new();
    let mut add = |name: &str, value: String| properties.push(json!({ "name": format!("interdict:{name}"), "value": value }));
    add("as-of", short(&report.as_of, 40));
    if let Some(day) = &report.known_on {
        add("known-on", short(day, 40));
    }
    add("headline", words::headline(report));
    add("rules", format!("{} of {}", short(&report.rules.version, NAME), short(&report.rules.built, 40)));
    add("rules-digest", short(&report.rules.digest, NAME));
    for inventory in &report.inventories {
        let source = told::source(&inventory.source);
        add("inventory", format!("{source}: {}, {}", short(&inventory.format, 40), words::count(inventory.items, "item")));
        for entry in told::not_read(inventory) {
            let line = entry.line.map(|line| format!(", line {line}")).unwrap_or_default();
            let column = entry.column.map(|column| format!(", column {column}")).unwrap_or_default();
            add("unread", format!("{source}{line}{column}: {}", entry.text));
        }
    }
    for settled in &report.decisions {
        add("decision", format!("{}; {}", told::decision(&settled.decision), words::count(settled.rows, "row")));
    }
    for limit in told::limits(report) {
        add("limit", limit);
    }
    let reasons = words::some_of(report.gate.reasons.iter(), 20, SENTENCE);
    add("gate", format!("exit code {}{}{reasons}", report.gate.exit_code, if reasons.is_empty() { "" } else { ": " }));
    let tool = json!({ "type": "application", "name": report.tool.name, "version": report.tool.version });
    json!({ "tools": { "components": [tool] }, "properties": properties })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn every_finding_is_in_a_vulnerability_whose_components_are_there() {
        let report = sample::report();
        let mut out = Vec::new();
        Cyclonedx.write(&report, &View::default(), &mut out).expect("writes to memory");
        let bom: Value = serde_json::from_slice(&out).expect("is JSON");
        let list = |value: &Value| value.as_array().expect("an array").clone();
        let references: BTreeSet<String> = list(&bom["components"]).iter().map(|one| one["bom-ref"].to_string()).collect();
        assert_eq!(references.len(), list(&bom["components"]).len());
        let mut findings = 0;
        for vulnerability in list(&bom["vulnerabilities"]) {
            for affected in list(&vulnerability["affects"]) {
                assert!(references.contains(&affected["ref"].to_string()), "{affected}");
            }
            let properties = list(&vulnerability["properties"]);
            let many = properties.iter().find(|one| one["name"] == "interdict:findings").expect("is there");
            findings += many["value"].as_str().and_then(|text| text.parse::<usize>().ok()).expect("a number");
        }
        assert_eq!(findings, report.findings.len());
        assert_eq!(bom["compositions"][0]["aggregate"], "incomplete");
        assert!(out.windows(12).any(|part| part == b"will_not_fix"), "the waived one says so");
    }
}
