//! `sarif`: SARIF 2.1.0, as code scanning services read it.
//!
//! Each act is a rule, each finding a result; what could not be read is a notification. Results are
//! written one after the other and never held together. Every text is safe to print; the exact
//! names stay in the `json` report.
//!
//! Code scanning services refuse a file that is too large or has too many results, and with it all
//! findings. Where a limit would be passed, the findings of a product under an act are one result, or
//! all of an act where that does not do; and a notification says so.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::escape::{is_link, markdown};
use super::lines::Line;
use super::told::{self, NAME, SENTENCE, sentence};
use super::words::{self, short};
use super::{Act, Change, FindingRef, GroupBy, Report, Reporter, RuleRef, State, View, json, lines};
use crate::model::{Status, digest};

/// Writes the report as SARIF.
pub(super) struct Sarif;

/// So many results a service takes, and so many bytes.
const MOST: Limits = Limits { results: 25_000, bytes: 10_000_000 };

#[derive(Clone, Copy)]
struct Limits {
    results: usize,
    bytes: usize,
}

impl Reporter for Sarif {
    fn write(&self, report: &Report, _: &View, out: &mut dyn Write) -> io::Result<()> {
        write_within(MOST, report, out)
    }
}

/// Writes the finest grouping that keeps within the limits, and the coarsest where none does.
fn write_within(limits: Limits, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for by in [None, Some(GroupBy::Product)] {
        let log = log(report, by);
        if log.runs[0].results.list.len() <= limits.results {
            let mut measure = Measure { left: limits.bytes };
            if json::write_pretty(&log, &mut measure).is_ok() {
                return json::write_pretty(&log, out);
            }
        }
    }
    json::write_pretty(&log(report, Some(GroupBy::Rule)), out)
}

/// Takes bytes as long as there is room, and keeps none.
struct Measure {
    left: usize,
}

impl Write for Measure {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len()).ok_or_else(|| io::Error::other("no more room"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One result: a finding, or a line of several.
struct Told<'a> {
    first: FindingRef<'a>,
    line: Option<Line<'a>>,
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    invocations: [Invocation<'a>; 1],
    artifacts: Vec<Artifact>,
    results: Results<'a>,
    column_kind: &'static str,
    properties: RunProperties<'a>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
struct Driver<'a> {
    name: &'a str,
    version: &'a str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: String,
    name: String,
    short_description: Message,
    full_description: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<&'a str>,
    help: Message,
    properties: RuleProperties<'a>,
}

#[derive(Serialize)]
struct RuleProperties<'a> {
    tags: Vec<String>,
    jurisdiction: &'a str,
    authority: &'a str,
    citation: Option<&'a str>,
    kind: Option<&'a str>,
    stage: Option<&'a str>,
    names: Option<&'a str>,
    verified: Option<&'a str>,
}

#[derive(Serialize)]
struct Message {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    exit_code: u8,
    #[serde(skip_serializing_if = "String::is_empty")]
    exit_code_description: String,
    tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
struct Notification<'a> {
    level: &'static str,
    message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location<'a>>,
}

#[derive(Serialize)]
struct Artifact {
    location: ArtifactLocation<'static>,
    roles: [&'static str; 1],
}

#[derive(Serialize)]
struct ArtifactLocation<'a> {
    uri: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<PhysicalLocation<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation<'a> {
    artifact_location: ArtifactLocation<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: Cow<'a, str>,
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Location<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
    partial_fingerprints: BTreeMap<&'static str, Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
    properties: ResultProperties<'a>,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ResultProperties<'a> {
    status: Status,
    jurisdiction: &'a str,
    concerned_as: super::Concern,
    effects: Vec<Effect<'a>>,
    next: Option<&'a super::Next>,
    notes: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    missing: &'a [String],
    rows: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assets: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    against_baseline: Option<Change>,
}

#[derive(Serialize)]
struct Effect<'a> {
    effect: &'a str,
    state: State,
    from: Option<&'a str>,
    until: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct RunProperties<'a> {
    as_of: &'a str,
    known_on: Option<&'a str>,
    scope: &'a super::Scope,
    rules: &'a super::Rules,
    summary: &'a super::Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'a super::Baseline>,
}

/// Results that are made while they are written.
struct Results<'a> {
    report: &'a Report,
    list: Vec<Told<'a>>,
    grouped: Option<GroupBy>,
    rules: BTreeMap<&'a str, Named>,
    sources: BTreeMap<&'a str, (usize, String)>,
}

/// What each result of a rule says of it.
struct Named {
    index: usize,
    id: String,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.list.iter().map(|told| self.result(told)))
    }
}

fn log(report: &Report, grouped: Option<GroupBy>) -> Log<'_> {
    let mut acts: BTreeMap<&str, &RuleRef> = BTreeMap::new();
    for finding in &report.findings {
        acts.entry(&finding.rule.id).or_insert(finding.rule);
    }
    let inventories = report.inventories.iter().enumerate().rev();
    let sources = inventories.map(|(at, inventory)| (inventory.source.as_ref(), (at, uri(&inventory.source)))).collect();
    let rules = acts.keys().enumerate().map(|(index, &id)| (id, Named { index, id: short(id, NAME) })).collect();
    let list = match grouped {
        None => report.findings.iter().map(|first| Told { first, line: None }).collect(),
        Some(by) => lines::gather(report, by).into_iter().map(|line| Told { first: line.first, line: Some(line) }).collect(),
    };
    let results = Results { report, list, grouped, rules, sources };
    Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: &report.tool.name,
                    version: &report.tool.version,
                    rules: acts.values().map(|rule| described(rule, report.acts.get(&rule.id))).collect(),
                },
            },
            invocations: [results.invocation()],
            artifacts: report
                .inventories
                .iter()
                .map(|inventory| Artifact { location: artifact(&inventory.source), roles: ["analysisTarget"] })
                .collect(),
            results,
            column_kind: "unicodeCodePoints",
            properties: RunProperties {
                as_of: &report.as_of,
                known_on: report.known_on.as_deref(),
                scope: &report.scope,
                rules: &report.rules,
                summary: &report.summary,
                baseline: report.baseline.as_ref(),
            },
        }],
    }
}

fn described<'a>(rule: &'a RuleRef, act: Option<&'a Act>) -> Rule<'a> {
    let exit = act.is_some_and(lines::is_exit);
    let kind = act.map(|act| act.kind.as_str());
    let title = sentence(&rule.title);
    let source = match &rule.citation {
        Some(citation) => format!("{}, {}", short(&rule.authority, NAME), short(citation, NAME)),
        None => short(&rule.authority, NAME),
    };
    let nature = match (exit, kind) {
        (true, _) => "A decision of a vendor, which is no law".to_owned(),
        (false, Some(kind)) => format!("An act of the kind {}", short(kind, 40)),
        (false, None) => "An act".to_owned(),
    };
    let remedy = act.map(|act| &act.remedy);
    let mut help = Vec::new();
    if let Some(advice) = remedy.and_then(|remedy| remedy.advice.as_deref()) {
        help.push(sentence(advice));
    }
    if let Some(remedy) = remedy.filter(|remedy| !remedy.alternatives.is_empty()) {
        help.push(format!("Alternatives: {}.", words::some_of(remedy.alternatives.iter(), 12, NAME)));
    }
    if let Some(names) = act.map(|act| act.names.as_str()).filter(|&names| names != "listed") {
        help.push(format!("The act does not name every party ({}), so that no match is no proof.", short(names, 40)));
    }
    let link = is_link(&rule.url).then_some(rule.url.as_str());
    let plain = help.iter().cloned().chain([format!("Source: {source}. {}", short(&rule.url, 2_000))]);
    let mut marked: Vec<_> = help.iter().map(|text| markdown(text)).collect();
    marked.push(match link {
        Some(url) => format!("Source: [{}](<{}>)", markdown(&source), short(url, 2_000)),
        None => format!("Source: {}", markdown(&source)),
    });
    let text = plain.collect::<Vec<_>>().join("\n");
    Rule {
        id: short(&rule.id, NAME),
        name: pascal(&rule.id),
        full_description: message(format!("{title} {nature}, of {source}, for {}.", short(&rule.jurisdiction, 40))),
        short_description: message(title),
        help_uri: link,
        help: Message { text: literal(&text), markdown: Some(marked.join("\n\n")) },
        properties: RuleProperties {
            tags: ["compliance", if exit { "vendor-decision" } else { "law" }, &rule.jurisdiction]
                .into_iter()
                .chain(kind.filter(|_| !exit))
                .map(|tag| short(tag, 40))
                .collect(),
            jurisdiction: &rule.jurisdiction,
            authority: &rule.authority,
            citation: rule.citation.as_deref(),
            kind,
            stage: act.map(|act| act.stage.as_str()),
            names: act.map(|act| act.names.as_str()),
            verified: act.and_then(|act| act.verified.as_deref()),
        },
    }
}

impl<'a> Results<'a> {
    fn result(&'a self, told: &'a Told<'a>) -> SarifResult<'a> {
        let finding = &told.first;
        let row = |row: super::RowAt<'_>| Location {
            physical_location: Some(self.place(row.source, Some(row.line))),
            logical_locations: Vec::new(),
        };
        let item = &finding.item;
        let rule = self.rules.get(finding.rule.id.as_str());
        SarifResult {
            rule_id: rule.map_or_else(|| short(&finding.rule.id, NAME).into(), |rule| rule.id.as_str().into()),
            rule_index: rule.map(|rule| rule.index),
            level: match finding.status {
                Status::Banned | Status::NoUpdates | Status::NoSale => "error",
                Status::Upcoming => "warning",
                Status::Advisory | Status::Review => "note",
                Status::Clear => "none",
            },
            message: message(told::finding(self.report, finding) + &told.others()),
            locations: [Location {
                physical_location: Some(self.place(item.source, Some(item.line))),
                logical_locations: logical(item),
            }],
            related_locations: finding
                .rows
                .first
                .iter()
                .filter(|row| row.source != item.source || row.line != item.line)
                .map(row)
                .collect(),
            partial_fingerprints: match &told.line {
                None => BTreeMap::from([("interdict/v1", finding.fingerprint())]),
                Some(line) => BTreeMap::from([("interdict/group/v1", Cow::Owned(group_fingerprint(line, self.grouped)))]),
            },
            baseline_state: self.report.baseline.as_ref().map(|_| baseline_state(finding)),
            suppressions: finding.waiver.into_iter().map(suppression).collect(),
            properties: ResultProperties {
                status: finding.status,
                jurisdiction: &finding.rule.jurisdiction,
                concerned_as: finding.concerned_as,
                effects: finding
                    .measures
                    .iter()
                    .map(|measure| Effect {
                        effect: &measure.effect,
                        state: measure.state,
                        from: measure.from.as_deref(),
                        until: measure.until.as_deref(),
                    })
                    .collect(),
                next: finding.next,
                notes: finding.notes,
                missing: finding.missing,
                rows: told.line.as_ref().map_or(finding.rows.count, |line| line.rows),
                findings: told.line.as_ref().map(|line| line.findings),
                assets: told.line.as_ref().map(|line| line.assets.len()),
                against_baseline: finding.baseline,
            },
        }
    }

    fn invocation(&self) -> Invocation<'a> {
        let gate = &self.report.gate;
        Invocation {
            // What could not be read is told below; only a run that broke off did not execute.
            execution_successful: gate.exit_code != 2,
            exit_code: gate.exit_code,
            exit_code_description: words::some_of(gate.reasons.iter(), 20, SENTENCE),
            tool_execution_notifications: self.notifications(),
        }
    }

    fn notifications(&self) -> Vec<Notification<'a>> {
        let mut told = Vec::new();
        for inventory in &self.report.inventories {
            let at = |line| {
                vec![Location {
                    physical_location: Some(self.place(&inventory.source, line).owned()),
                    logical_locations: Vec::new(),
                }]
            };
            for entry in &inventory.unread {
                let column = entry.column.as_deref().map(|column| format!(" (column {})", short(column, 40))).unwrap_or_default();
                let what = if entry.line.is_some() { "The row" } else { "The file, or a part of it," };
                told.push(Notification {
                    level: if entry.line.is_some() { "warning" } else { "error" },
                    message: message(format!("{what} could not be read{column}: {}", sentence(&entry.reason))),
                    locations: at(entry.line),
                });
            }
            let listed = inventory.unread.len() as u64;
            if inventory.unread_count > listed {
                let more = words::number(inventory.unread_count - listed);
                told.push(Notification {
                    level: "warning",
                    message: message(format!("{more} more entries could not be read.")),
                    locations: at(None),
                });
            }
        }
        for settled in &self.report.decisions {
            let rows = words::count(settled.rows, "row");
            let locations = settled.first.iter().map(|row| Location {
                physical_location: Some(self.place(&row.source, Some(row.line)).owned()),
                logical_locations: Vec::new(),
            });
            told.push(Notification {
                level: "note",
                message: message(format!("{}; {rows}.", told::decision(&settled.decision))),
                locations: locations.collect(),
            });
        }
        if let Some(by) = self.grouped {
            let by = if by == GroupBy::Rule { "act" } else { "product and act" };
            let text = format!(
                "{} are grouped by {by} into {}, since code scanning takes at most {} and {} MB. The json report lists each.",
                words::count(self.report.findings.len() as u64, "finding"),
                words::count(self.list.len() as u64, "result"),
                words::count(MOST.results as u64, "result"),
                MOST.bytes / 1_000_000,
            );
            told.push(Notification { level: "note", message: message(text), locations: Vec::new() });
        }
        let mut warn = |text: String| told.push(Notification { level: "warning", message: message(text), locations: Vec::new() });
        if self.report.summary.unidentified > 0 {
            warn(format!("Rows without a usable name, held against no act: {}.", words::number(self.report.summary.unidentified)));
        }
        for id in &self.report.scope.incomplete_lists {
            warn(format!("The act {} does not name every party: no match is no proof.", short(id, 80)));
        }
        for code in &self.report.scope.without_rules {
            warn(format!("The rules hold no act of {}: no rule is not an all-clear.", short(code, 40)));
        }
        told
    }

    fn place(&self, source: &str, line: Option<u64>) -> PhysicalLocation<'_> {
        let known = self.sources.get(source);
        PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: known.map_or_else(|| uri(source).into(), |(_, uri)| uri.as_str().into()),
                index: known.map(|&(index, _)| index),
                description: (source == "-").then(|| message("standard input".into())),
            },
            region: line.filter(|&line| line > 0).map(|start_line| Region { start_line }),
        }
    }
}

impl PhysicalLocation<'_> {
    fn owned<'a>(self) -> PhysicalLocation<'a> {
        let ArtifactLocation { uri, index, description } = self.artifact_location;
        let artifact_location = ArtifactLocation { uri: Cow::Owned(uri.into_owned()), index, description };
        PhysicalLocation { artifact_location, region: self.region }
    }
}

impl Told<'_> {
    /// Returns what the other findings of the line add to the first.
    fn others(&self) -> String {
        let Some(line) = self.line.as_ref().filter(|line| line.findings > 1) else { return String::new() };
        let assets = match line.assets.len() as u64 {
            0 => String::new(),
            assets => format!(" on {}", words::count(assets, "asset")),
        };
        let products = match line.products.len() {
            1 => String::new(),
            _ => {
                let names = line.products.iter().map(|&(product, vendor)| words::name(product, vendor));
                format!(" of {}", words::some_of(names.collect::<Vec<_>>().iter(), 5, NAME))
            }
        };
        format!(" With this one: {}{products}{assets}.", words::count(line.findings, "finding"))
    }
}

/// Returns what stays the same for a group over runs: the act, and the product unless all are in one.
fn group_fingerprint(line: &Line<'_>, by: Option<GroupBy>) -> String {
    let FindingRef { item, rule, status, waiver, .. } = line.first;
    let product = if by == Some(GroupBy::Rule) { String::new() } else { lines::folded_name(item.product, item.vendor) };
    let waived = if waiver.is_some() { "waived" } else { "open" };
    let id = format!("{}\n{}\n{waived}\n{product}\n{}", rule.id, status.as_str(), item.vendor.to_lowercase());
    digest::sha256(id.as_bytes())
}

/// Every result of a run has a state, or none has. What is waived is answered for, and no news.
fn baseline_state(finding: &FindingRef<'_>) -> &'static str {
    match finding.baseline {
        Some(Change::New) => "new",
        Some(Change::Worse | Change::Due) => "updated",
        Some(Change::Known) | None => "unchanged",
    }
}

fn suppression(waiver: &super::Waiver) -> Suppression {
    Suppression { kind: "external", status: "accepted", justification: told::waiver(waiver) }
}

/// Returns the asset, and the component with its path in the bill of materials.
fn logical(item: &super::ItemRef<'_>) -> Vec<LogicalLocation> {
    let mut found = Vec::new();
    if !item.asset.is_empty() {
        let name = short(item.asset, NAME);
        found.push(LogicalLocation { fully_qualified_name: name.clone(), name, kind: "resource" });
    }
    if let Some(last) = item.path.last() {
        let path: Vec<_> = item.path.iter().take(50).map(|name| short(name, NAME)).collect();
        found.push(LogicalLocation { name: short(last, NAME), fully_qualified_name: path.join(" > "), kind: "module" });
    }
    found
}

fn artifact(source: &str) -> ArtifactLocation<'static> {
    let description = (source == "-").then(|| message("standard input".into()));
    ArtifactLocation { uri: uri(source).into(), index: None, description }
}

/// Returns a path as a URI: relative where the path is, `file:` where it is absolute. Both
/// separators count, so that a report reads the same wherever it was made.
fn uri(path: &str) -> String {
    if path == "-" {
        return "stdin".into();
    }
    let path = path.replace('\\', "/");
    let mut drive = path.chars();
    let has_drive =
        drive.next().is_some_and(|letter| letter.is_ascii_alphabetic()) && drive.next() == Some(':') && drive.next() == Some('/');
    let (prefix, rest) = if has_drive {
        (format!("file:///{}", &path[..2]), &path[2..])
    } else if path.starts_with("//") {
        ("file:".to_owned(), path.as_str())
    } else if path.starts_with('/') {
        ("file://".to_owned(), path.as_str())
    } else {
        (String::new(), path.trim_start_matches("./"))
    };
    let mut uri = prefix;
    for &byte in rest.as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => uri += &format!("%{byte:02X}"),
        }
    }
    if uri.is_empty() { ".".into() } else { uri }
}

/// Returns the id of a rule as a name in the manner of SARIF: `UsBisKaspersky2024`.
fn pascal(id: &str) -> String {
    let parts = id.split(|letter: char| !letter.is_alphanumeric());
    parts
        .map(|part| {
            let mut letters = part.chars();
            letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
        })
        .collect::<String>()
        .chars()
        .take(NAME)
        .collect()
}

fn message(text: String) -> Message {
    Message { text: literal(&text), markdown: None }
}

/// Keeps a text from being read as a link (`[…](…)`) or as a placeholder (`{0}`), which SARIF has
/// in plain texts too. Other brackets stay as they are.
fn literal(text: &str) -> String {
    let text = if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text.to_owned() };
    let is_placeholder = |at: usize| text[at + 1..].starts_with(|letter: char| letter.is_ascii_digit());
    if text.match_indices('{').any(|(at, _)| is_placeholder(at)) { text.replace('{', "{{").replace('}', "}}") } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::sample;
    use super::*;

    fn run(report: &Report) -> Value {
        let mut out = Vec::new();
        Sarif.write(report, &View::default(), &mut out).expect("writes to memory");
        let mut log: Value = serde_json::from_slice(&out).expect("is JSON");
        log["runs"][0].take()
    }

    #[test]
    fn paths_become_uris() {
        for (path, expected) in [
            ("fleet.csv", "fleet.csv"),
            ("./a/b c.csv", "a/b%20c.csv"),
            ("../büro/清单.csv", "../b%C3%BCro/%E6%B8%85%E5%8D%95.csv"),
            (r"exports\all 1.csv", "exports/all%201.csv"),
            (r"C:\exports\büro.xlsx", "file:///C:/exports/b%C3%BCro.xlsx"),
            (r"\\server\share\a.csv", "file://server/share/a.csv"),
            ("/srv/a.csv", "file:///srv/a.csv"),
            ("http://x.csv", "http%3A//x.csv"),
            ("a%20b#c?.csv", "a%2520b%23c%3F.csv"),
            ("-", "stdin"),
            ("", "."),
        ] {
            assert_eq!(uri(path), expected, "{path}");
        }
    }

    #[test]
    fn with_a_baseline_every_result_has_a_state_and_without_one_none_has() {
        let mut report = sample::report();
        let states = |report: &Report| -> Vec<Value> {
            run(report)["results"].as_array().expect("an array").iter().map(|result| result["baselineState"].clone()).collect()
        };
        assert!(states(&report).iter().all(Value::is_null));
        report.baseline = Some(super::super::Baseline { path: "base.json".into(), gone: 3, ..Default::default() });
        for (finding, change) in report.findings.iter_mut().zip([Change::New, Change::Worse, Change::Due, Change::Known]) {
            (finding.baseline, finding.waiver) = (Some(change), None);
        }
        report.findings.truncate(5);
        report.findings[4].baseline = None;
        assert_eq!(states(&report), ["new", "updated", "updated", "unchanged", "unchanged"]);
        let run = run(&report);
        assert_eq!(run["properties"]["baseline"]["gone"], 3);
        assert_eq!(run["results"][2]["properties"]["against-baseline"], "due");
    }

    #[test]
    fn every_result_points_to_its_rule_and_its_place() {
        let report = sample::report();
        let run = run(&report);
        let results = run["results"].as_array().expect("an array");
        assert_eq!(results.len(), report.findings.len());
        for (result, finding) in results.iter().zip(&report.findings) {
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("fits");
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
            assert_eq!(result["partialFingerprints"]["interdict/v1"], &*finding.fingerprint());
            let place = &result["locations"][0]["physicalLocation"];
            let index = usize::try_from(place["artifactLocation"]["index"].as_u64().expect("a number")).expect("fits");
            assert_eq!(run["artifacts"][index]["location"]["uri"], place["artifactLocation"]["uri"]);
            assert_eq!(place["region"]["startLine"].as_u64(), Some(finding.item.line).filter(|&line| line > 0));
            assert!(result["message"]["text"].as_str().expect("a text").ends_with('.'));
        }
    }

    /// Fifty thousand machines, as a service takes them.
    #[test]
    fn what_passes_a_limit_is_grouped_and_says_so() {
        let mut report = sample::report();
        report.findings.retain(|finding| finding.item.asset.starts_with("WS-"));
        let first = report.findings[0].clone();
        let grown = |many: usize, products: usize| {
            let mut report = report.clone();
            report.findings = (0..many)
                .map(|at| {
                    let mut finding = first.clone();
                    finding.item.asset = format!("PC-{at:05}").into();
                    finding.item.product = format!("Product {}", at % products).into();
                    finding.fingerprint = format!("1:{at:032x}");
                    finding
                })
                .collect::<Vec<_>>()
                .into();
            report
        };
        for (many, products, results, by) in
            [(50_000, 20, 20, "product and act"), (9_000, 30, 30, "product and act"), (50_000, 50_000, 1, "act")]
        {
            let report = grown(many, products);
            let mut out = Vec::new();
            Sarif.write(&report, &View::default(), &mut out).expect("writes to memory");
            assert!(out.len() <= MOST.bytes, "{}", out.len());
            let log: Value = serde_json::from_slice(&out).expect("is JSON");
            let run = &log["runs"][0];
            let list = run["results"].as_array().expect("an array");
            assert_eq!(list.len(), results);
            assert_eq!(list.iter().filter_map(|result| result["properties"]["findings"].as_u64()).sum::<u64>(), many as u64);
            let told = run["invocations"][0]["toolExecutionNotifications"].to_string();
            assert!(told.contains(&format!("findings are grouped by {by} into")), "{told}");
        }
        let run = run(&grown(100, 3));
        assert_eq!(run["results"].as_array().map(Vec::len), Some(100));
        assert!(!run["invocations"].to_string().contains("are grouped"));
    }

    #[test]
    fn statuses_have_their_levels_and_waivers_suppress() {
        let report = sample::report();
        let run = run(&report);
        for (at, finding) in report.findings.iter().enumerate() {
            let level = match finding.status {
                Status::Banned | Status::NoUpdates | Status::NoSale => "error",
                Status::Upcoming => "warning",
                _ => "note",
            };
            assert_eq!(run["results"][at]["level"], level);
            assert_eq!(run["results"][at]["suppressions"].is_array(), finding.waiver.is_some());
        }
    }

    #[test]
    fn findings_are_told_in_sentences() {
        let report = sample::report();
        let run = run(&report);
        let told = |id: &str| {
            let at = report.findings.iter().position(|finding| finding.rule.id == id).expect("is there");
            run["results"][at]["message"]["text"].as_str().expect("a text").to_owned()
        };
        insta::assert_snapshot!("sarif-sentences", report.acts.keys().map(|id| told(id)).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn what_was_not_read_is_a_notification_of_a_run_that_executed() {
        let run = run(&sample::unread());
        let invocation = &run["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], true);
        assert_eq!(invocation["exitCode"], 3);
        let told = invocation["toolExecutionNotifications"].as_array().expect("an array");
        assert_eq!(told.len(), 2 + 1 + 6 + 1 + 1, "rows, a file, six of thirteen and the rest, one without a name");
        assert_eq!(told.iter().filter(|told| told["level"] == "error").count(), 1);
        assert_eq!(told[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 7);
        assert_eq!(run["results"], serde_json::json!([]));
    }

    #[test]
    fn texts_from_data_are_neither_links_nor_placeholders() {
        assert_eq!(literal("[a](b) {0}"), "\\[a\\](b) {{0}}");
        assert_eq!(literal("Firefox [x64] {guid}"), "Firefox [x64] {guid}");
        assert_eq!(pascal("us-bis-kaspersky-2024"), "UsBisKaspersky2024");
    }
}
