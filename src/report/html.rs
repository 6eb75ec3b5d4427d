//! `html`: one page in one file, for people: what to do, by when, on which machines, and says who.
//!
//! The page loads nothing and works from a mail attachment. What matters is written out, so that it
//! can be read where scripts are not run; the table of all findings stands in the page as data, and
//! its rows are drawn when they are to be seen. The content-security policy allows the page's own
//! style and script, by their hashes, and nothing else.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::escape::{is_link, xml};
use super::lines::{self, Line};
use super::told::{self, NAME, SENTENCE, source};
use super::words::{self, short};
use super::{FindingRef, GroupBy, Report, Reporter, State, View, json, timeline_svg};
use crate::model::Status;

/// So many lines are written out under "What to do".
const LINES: usize = 15;
/// So many dates, and so many entries of a list of what was not read.
const LISTED: usize = 200;
/// Longest name in the page.
const LONG: usize = 300;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Writes the report as a page.
pub(super) struct Html;

impl Reporter for Html {
    fn write(&self, report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        let lines = lines::gather(report, GroupBy::Product);
        let style = format!("{STYLE}{}", timeline_svg::STYLE);
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
            hash(SCRIPT),
            hash(&style)
        );
        write!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n\
             <title>Compliance report as of {}</title>\n<style>{style}</style>\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#findings-title\">To the findings</a>\n",
            xml(&short(&report.as_of, 40))
        )?;
        out.write_all(top(report, view, &lines).as_bytes())?;
        out.write_all(b"<main>\n")?;
        for part in [
            doubts(report),
            to_do(report, &lines),
            deadlines(report, &lines),
            timeline(report),
            counts(report),
            findings(report),
            waivers(report),
            decisions(report),
            acts(report),
            open_lists(report),
            not_read(report),
        ] {
            out.write_all(part.as_bytes())?;
        }
        out.write_all(b"</main>\n")?;
        out.write_all(foot(report).as_bytes())?;
        if !report.findings.is_empty() {
            out.write_all(b"<script type=\"application/json\" id=\"data\">")?;
            data(report, &mut out)?;
            write!(out, "</script>\n<script>{SCRIPT}</script>\n")?;
        }
        out.write_all(b"</body>\n</html>\n")?;
        out.flush()
    }
}

/// Returns a text's hash as a policy names it.
fn hash(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::from("sha256-");
    for part in Sha256::digest(text.as_bytes()).chunks(3) {
        let bits = part.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - part.len()));
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            encoded.push(if at > part.len() { '=' } else { char::from(letter) });
        }
    }
    encoded
}

/// Returns a text of data, for an element.
fn named(text: &str) -> String {
    format!("<bdi>{}</bdi>", xml(&short(text, NAME)))
}

fn top(report: &Report, view: &View, lines: &[Line<'_>]) -> String {
    let codes = |codes: &[String]| match codes {
        [] => "none given".to_owned(),
        codes => xml(&words::some_of(codes.iter(), 12, 40)),
    };
    let mut text = format!(
        "<header>\n<h1>Compliance report as of {}</h1>\n<p class=\"lead\">{}</p>\n",
        xml(&short(&report.as_of, 40)),
        xml(&words::headline(report))
    );
    text += &gate(report, lines);
    let summary = &report.summary;
    text += "<ul class=\"tiles\" aria-label=\"Items by their worst status\">\n";
    for status in Status::ALL {
        let word = status.as_str();
        text += &format!("<li class=\"{word}\"><b>{}</b><span>{word}</span></li>\n", words::number(summary.of(status)));
    }
    for (many, word) in [(summary.waived, "waived"), (summary.unread, "not read"), (summary.unidentified, "without a name")] {
        if many > 0 {
            text += &format!("<li><b>{}</b><span>{word}</span></li>\n", words::number(many));
        }
    }
    text += "</ul>\n";
    let besides = words::besides(report);
    if !besides.is_empty() {
        text += &format!("<p class=\"small\">Besides: {}.</p>\n", xml(&besides.join("; ")));
    }
    text += &format!(
        "<p class=\"soft small\">{} on {}. Jurisdictions: {}. Audiences: {}. Rules: {} of {}, {}.</p>\n",
        words::count(summary.items, "item"),
        words::count(summary.assets, "asset"),
        codes(&report.scope.jurisdictions),
        codes(&report.scope.audiences),
        xml(&short(&report.rules.version, 40)),
        xml(&short(&report.rules.built, 40)),
        words::count(report.rules.count, "act")
    );
    if !view.only.is_empty() {
        let only: Vec<_> = view.only.iter().map(|status| status.as_str()).collect();
        text += &format!(
            "<p class=\"box warn\">Listed below: {} only; the counts above are those of the whole report.</p>\n",
            only.join(", ")
        );
    }
    text + "</header>\n"
}

/// Whether the run passed, and what to do next.
fn gate(report: &Report, lines: &[Line<'_>]) -> String {
    let gate = &report.gate;
    let step = words::next_step(report, lines).map(|(step, _)| format!("<br><strong>{}</strong>", xml(&step))).unwrap_or_default();
    if gate.failed {
        let reasons = xml(&words::some_of(gate.reasons.iter(), 12, SENTENCE));
        return format!("<p class=\"box fail\"><b>Failed</b> (exit code {}): {reasons}.{step}</p>\n", gate.exit_code);
    }
    let terms = xml(&words::some_of(gate.fail_on.iter(), 8, 40));
    format!("<p class=\"box pass\"><b>Passed</b>: nothing that fails the run (fails on: {terms}).{step}</p>\n")
}

/// What was not read and what the report cannot show, as visible as the findings.
fn doubts(report: &Report) -> String {
    let mut rows: Vec<String> = Vec::new();
    if report.summary.unread > 0 {
        let files: Vec<_> = report.inventories.iter().filter(|inventory| inventory.unread_count > 0).collect();
        let names = files.iter().map(|inventory| source(&inventory.source)).collect::<Vec<_>>();
        rows.push(format!(
            "<a href=\"#not-read\">{} could not be read</a> in {}.",
            words::count(report.summary.unread, "entry"),
            xml(&words::some_of(names.iter(), 5, 120))
        ));
    }
    let open = &report.scope.incomplete_lists;
    let named_below = (!open.is_empty()).then(|| told::open_lists(open));
    rows.extend(told::limits(report).iter().map(|limit| match &named_below {
        Some(sentence) if limit.starts_with(sentence) => format!("{}: <a href=\"#open-lists\">which</a>.", xml(sentence)),
        _ => xml(limit),
    }));
    for inventory in report.inventories.iter().filter(|inventory| !inventory.remarks.is_empty()).take(LISTED) {
        let remarks = inventory.remarks.iter().take(20).map(|remark| told::sentence(remark)).collect::<Vec<_>>();
        rows.push(format!("{}: {}", named(&source(&inventory.source)), xml(&remarks.join(" "))));
    }
    if rows.is_empty() {
        return String::new();
    }
    let rows: String = rows.iter().map(|row| format!("<li>{row}</li>\n")).collect();
    format!("<section class=\"box warn\">\n<h2>What this report cannot show</h2>\n<ul>\n{rows}</ul>\n</section>\n")
}

/// What to do under each act, the worst first: what, by when, which products on which machines, and
/// who says so.
fn to_do(report: &Report, lines: &[Line<'_>]) -> String {
    let Some((_, command)) = words::next_step(report, lines) else { return String::new() };
    let mut open: Vec<_> = lines::gather(report, GroupBy::Rule);
    open.retain(|line| line.first.waiver.is_none());
    if open.is_empty() {
        return String::new();
    }
    open.sort_by_key(|line| (line.first.status, line.is_exit(), Reverse(line.assets.len())));
    let mut text = format!(
        "<section>\n<h2>What to do</h2>\n<table class=\"cards\">\n<caption>The worst first; one line for an act and a status</caption>\n\
         <thead><tr>{}</tr></thead>\n<tbody>\n",
        head(&[("Status", 10), ("What to do", 24), ("Since / from", 12), ("Products", 16), ("Where", 18), ("Says who", 20)])
    );
    for line in open.iter().take(LINES) {
        text += &to_do_row(report, line);
    }
    text += "</tbody>\n</table>\n";
    if open.len() > LINES {
        let left = words::count((open.len() - LINES) as u64, "more line");
        text += &format!("<p class=\"soft\">{left}: see <a href=\"#findings-title\">all findings</a>.</p>\n");
    }
    text += &command
        .map(|command| format!("<p class=\"small\">{} <code>{}</code></p>\n", words::WHY, xml(&command)))
        .unwrap_or_default();
    text + "</section>\n"
}

fn to_do_row(report: &Report, line: &Line<'_>) -> String {
    let finding = line.first;
    let rule = &finding.rule;
    let status = finding.status.as_str();
    let mut how = String::new();
    for mark in [State::NotEnforced, State::Suspended].into_iter().filter(|&mark| line.mark == Some(mark)) {
        how += &format!("<div class=\"soft\">{}</div>", mark.as_str().replace('-', " "));
    }
    if line.is_exit() {
        how += "<div class=\"soft\">by vendor, no law</div>";
    }
    let products: BTreeMap<_, _> = line
        .products
        .iter()
        .map(|&(product, vendor)| (lines::folded_name(product, vendor), words::name(product, vendor)))
        .collect();
    let products = match products.len() {
        1 => format!("<b>{}</b>", some(products.values(), 1)),
        many => format!("<b>{}</b>: {}", words::count(many as u64, "product"), some(products.values(), 3)),
    };
    let assets = match line.assets.len() {
        0 => format!("{}, no asset", words::count(line.rows, "row")),
        many => format!("<b>{}</b>: {}", words::count(many as u64, "asset"), some(line.assets.iter(), 3)),
    };
    let places = some(line.locations.iter(), 4);
    let since = line.since.map_or_else(
        || if line.mark == Some(State::ToBeAnnounced) { "date open".to_owned() } else { "–".to_owned() },
        |since| day(report, line, since),
    );
    let next = line.next().map(|next| {
        let to = if next.status == Status::Clear { "ends" } else { next.status.as_str() };
        // What is upcoming has said its date already.
        let is_told = finding.status == Status::Upcoming && line.since.and_then(lines::day_of) == lines::day_of(&next.on);
        let on = if is_told { String::new() } else { day(report, line, &next.on) };
        format!("<div>then <span class=\"status {}\">{to}</span></div>{on}", next.status.as_str())
    });
    let advice = line.act.and_then(|act| act.remedy.advice.as_deref()).map(|advice| xml(&told::sentence(advice)));
    let alternatives = line.act.map(|act| &act.remedy.alternatives).filter(|names| !names.is_empty());
    let alternatives = alternatives.map(|names| format!(" Alternatives: {}.", xml(&words::some_of(names.iter(), 5, NAME))));
    let missing = if line.missing.is_empty() {
        String::new()
    } else {
        format!(" Not known: {}.", xml(&words::some_of(line.missing.iter(), 3, NAME)))
    };
    let citation = rule.citation.as_deref().map(|text| format!(", {}", xml(&short(text, NAME)))).unwrap_or_default();
    format!(
        "<tr><td data-label=\"Status\"><span class=\"status {status}\">{status}</span>{how}</td>\
         <td data-label=\"What to do\">{}{}{missing}</td><td data-label=\"Since / from\">{since}{}</td>\
         <td data-label=\"Products\">{products}</td><td data-label=\"Where\">{assets}<div class=\"soft\">{places}</div></td>\
         <td data-label=\"Says who\">{}<div class=\"soft\">{}{citation}</div></td></tr>\n",
        advice.unwrap_or_else(|| default_advice(finding.status).to_owned()),
        alternatives.unwrap_or_default(),
        next.unwrap_or_default(),
        link(&rule.url, &rule.id),
        xml(&short(&rule.authority, NAME)),
    )
}

/// Returns the titles of columns, with the shares of the page that they take.
fn head(columns: &[(&str, u8)]) -> String {
    columns.iter().map(|(title, share)| format!("<th scope=\"col\" class=\"w{share}\">{title}</th>")).collect()
}

/// What a status asks for, where the act's entry has no advice of its own.
fn default_advice(status: Status) -> &'static str {
    match status {
        Status::Banned => "Stop using it.",
        Status::NoUpdates => "Replace it: it gets no updates.",
        Status::NoSale => "Do not buy or renew it; plan a replacement.",
        Status::Upcoming => "Prepare for the date.",
        Status::Advisory => "Consider the warning.",
        Status::Review => "Decide whether it is what the act means.",
        Status::Clear => "Nothing.",
    }
}

fn some<T: AsRef<str>>(texts: impl ExactSizeIterator<Item = T>, most: usize) -> String {
    let total = texts.len();
    let mut parts: Vec<_> = texts.take(most).map(|text| format!("<bdi>{}</bdi>", xml(&short(text.as_ref(), 80)))).collect();
    if total > parts.len() {
        parts.push(format!("{} more", words::number((total - parts.len()) as u64)));
    }
    parts.join(", ")
}

fn link(url: &str, label: &str) -> String {
    let label = xml(&short(label, NAME));
    if is_link(url) { format!("<a href=\"{}\" rel=\"noopener noreferrer\" target=\"_blank\">{label}</a>", xml(url)) } else { label }
}

fn day(report: &Report, line: &Line<'_>, text: &str) -> String {
    let Some(day) = lines::day_of(text) else { return xml(&short(text, 40)) };
    let time = lines::time_of(text).map(|time| format!(" {}", xml(&short(time, 5)))).unwrap_or_default();
    let away = lines::days_until(report, line.act, text).map(|days| format!("<div class=\"soft\">{}</div>", words::from_now(days)));
    format!("<span class=\"day\">{day}{time}</span>{}", away.unwrap_or_default())
}

fn deadlines(report: &Report, lines: &[Line<'_>]) -> String {
    let dates = lines::deadlines(report, lines);
    if dates.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "<section>\n<h2>Ahead within {}</h2>\n<table class=\"cards\">\n<caption>Dates in the time zone of the act</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n",
        words::count(u64::from(report.horizon_days), "day"),
        head(&[("Date", 18), ("What", 18), ("Products", 24), ("Assets", 7), ("Act", 24)])
    );
    for date in dates.iter().take(LISTED) {
        text += &format!(
            "<tr><td data-label=\"Date\">{}</td><td data-label=\"What\">{}</td><td data-label=\"Products\">{}</td>\
             <td data-label=\"Assets\">{}</td><td data-label=\"Act\">{}</td></tr>\n",
            xml(&date.when),
            xml(&date.what),
            some(date.products.iter(), 3),
            words::number(date.assets.len() as u64),
            xml(&short(date.act, NAME))
        );
    }
    text += "</tbody>\n</table>\n";
    if dates.len() > LISTED {
        text += &format!("<p class=\"soft\">{}.</p>\n", words::count((dates.len() - LISTED) as u64, "more date"));
    }
    text + "</section>\n"
}

fn timeline(report: &Report) -> String {
    if report.findings.is_empty() {
        return String::new();
    }
    format!(
        "<section>\n<h2>Timeline</h2>\n<p class=\"narrow soft small\">The drawing scrolls sideways.</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Timeline of the measures\">\n\
         {}</div>\n</section>\n",
        timeline_svg::drawing(report, false)
    )
}

/// How many assets and findings there are by status, jurisdiction and act.
fn counts(report: &Report) -> String {
    if report.findings.is_empty() {
        return String::new();
    }
    type Group<'a> = (BTreeSet<&'a str>, u64, u64);
    let group = |key: for<'a> fn(&FindingRef<'a>) -> &'a str| {
        let mut groups: BTreeMap<(Status, String), Group<'_>> = BTreeMap::new();
        let mut worst: BTreeMap<&str, Status> = BTreeMap::new();
        for finding in &report.findings {
            let status = worst.entry(key(&finding)).or_insert(finding.status);
            *status = finding.status.min(*status);
        }
        for finding in &report.findings {
            let name = key(&finding);
            let (assets, open, waived) = groups.entry((worst[name], short(name, NAME))).or_default();
            assets.extend(Some(finding.item.asset).filter(|asset| !asset.is_empty()));
            *(if finding.waiver.is_some() { waived } else { open }) += 1;
        }
        groups
    };
    let table = |title: &str, groups: BTreeMap<(Status, String), Group<'_>>| {
        let rows = groups.iter().map(|((_, name), (assets, open, waived))| {
            format!(
                "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
                xml(name),
                words::number(assets.len() as u64),
                words::number(*open),
                words::number(*waived)
            )
        });
        format!(
            "<div><table>\n<thead><tr><th scope=\"col\">{title}</th><th scope=\"col\" class=\"number\">assets</th>\
             <th scope=\"col\" class=\"number\">findings</th><th scope=\"col\" class=\"number\">waived</th></tr></thead>\n<tbody>\n{}</tbody>\n</table></div>\n",
            rows.collect::<String>()
        )
    };
    format!(
        "<section>\n<h2>How many</h2>\n<div class=\"counts\">\n{}{}{}</div>\n</section>\n",
        table("Status", group(|finding| finding.status.as_str())),
        table("Jurisdiction", group(|finding| &finding.rule.jurisdiction)),
        table("Act", group(|finding| &finding.rule.id))
    )
}

fn findings(report: &Report) -> String {
    let many = words::count(report.findings.len() as u64, "finding");
    if report.findings.is_empty() {
        return "<section>\n<h2 id=\"findings-title\" tabindex=\"-1\">Findings</h2>\n<p>There are none.</p>\n</section>\n"
            .to_owned();
    }
    let columns = [
        ("status", "Status", 12),
        ("product", "Product", 24),
        ("asset", "Asset", 16),
        ("place", "Place", 7),
        ("act", "Act", 20),
        ("since", "Since / from", 10),
        ("next", "Next", 10),
    ];
    let head: String = columns
        .iter()
        .map(|(key, title, share)| {
            format!("<th scope=\"col\" class=\"w{share}\" data-key=\"{key}\"><button type=\"button\">{title}</button></th>")
        })
        .collect();
    let filter =
        |id: &str, title: &str| format!("<label>{title}<select id=\"{id}\"><option value=\"\">all</option></select></label>\n");
    format!(
        "<section id=\"findings\">\n<h2 id=\"findings-title\" tabindex=\"-1\">Findings</h2>\n\
         <noscript><p class=\"box warn\">The table of all {many} needs scripts, which are switched off here. The worst stand under \
         “What to do”; open the file in a browser for all.</p></noscript>\n<div id=\"interactive\" hidden>\n\
         <p class=\"soft\">{many}. A product opens to its evidence; a column's title sorts.</p>\n\
         <div class=\"filters\" role=\"search\" aria-label=\"Findings\">\n\
         <label>Search<input id=\"search\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" placeholder=\"product, asset, act …\"></label>\n\
         {}{}{}<label>Waived<select id=\"waived\"><option value=\"\">all</option><option value=\"no\">no</option><option value=\"yes\">yes</option></select></label>\n\
         <button type=\"button\" id=\"reset\">Show all</button>\n</div>\n\
         <p id=\"count\" role=\"status\"></p>\n<table class=\"cards\" aria-labelledby=\"findings-title\">\n<thead><tr>{head}</tr></thead>\n\
         <tbody id=\"rows\"></tbody>\n</table>\n<div class=\"pages\"><button type=\"button\" id=\"back\">Back</button>\
         <button type=\"button\" id=\"on\">Further</button></div>\n</div>\n</section>\n",
        filter("status", "Status"),
        filter("jurisdiction", "Jurisdiction"),
        filter("act", "Act"),
    )
}

fn waivers(report: &Report) -> String {
    type Waived<'a> = (FindingRef<'a>, BTreeSet<&'a str>, u64);
    let mut waived: BTreeMap<(&str, &str, &str), Waived<'_>> = BTreeMap::new();
    for finding in &report.findings {
        if let Some(waiver) = finding.waiver {
            let key = (waiver.until.as_str(), finding.rule.id.as_str(), waiver.reason.as_str());
            let (_, products, many) = waived.entry(key).or_insert_with(|| (finding, BTreeSet::new(), 0));
            products.insert(words::name(finding.item.product, finding.item.vendor));
            *many += 1;
        }
    }
    if waived.is_empty() {
        return String::new();
    }
    let rows = waived.iter().take(LISTED).map(|((until, act, _), (finding, products, many))| {
        let told = finding.waiver.map(told::waiver).unwrap_or_default();
        format!(
            "<tr><td data-label=\"Until\">{}</td><td data-label=\"Products\">{}</td><td data-label=\"Findings\">{}</td>\
             <td data-label=\"Act\">{}</td><td data-label=\"Why, and who answers\">{}</td></tr>\n",
            xml(&short(until, 40)),
            some(products.iter(), 3),
            words::number(*many),
            xml(&short(act, NAME)),
            xml(&told)
        )
    });
    format!(
        "<section>\n<h2>Waivers</h2>\n<table class=\"cards\">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n</table>\n{}</section>\n",
        head(&[("Until", 10), ("Products", 24), ("Findings", 10), ("Act", 20), ("Why, and who answers", 24)]),
        rows.collect::<String>(),
        if waived.len() > LISTED { format!("<p>{} more.</p>\n", waived.len() - LISTED) } else { String::new() }
    )
}

fn decisions(report: &Report) -> String {
    let settled = &report.decisions;
    if settled.is_empty() {
        return String::new();
    }
    let rows = settled.iter().take(LISTED).map(|settled| {
        format!(
            "<tr><td data-label=\"Rows\">{}</td><td data-label=\"Decided\">{}</td></tr>\n",
            words::number(settled.rows),
            xml(&told::decision(&settled.decision))
        )
    });
    format!(
        "<section>\n<h2>Decisions</h2>\n<table class=\"cards\">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n</table>\n{}</section>\n",
        head(&[("Rows", 10), ("Decided", 90)]),
        rows.collect::<String>(),
        if settled.len() > LISTED { format!("<p>{} more.</p>\n", settled.len() - LISTED) } else { String::new() }
    )
}

fn acts(report: &Report) -> String {
    let rules: BTreeMap<&str, FindingRef<'_>> = report.findings.iter().map(|finding| (finding.rule.id.as_str(), finding)).collect();
    if rules.is_empty() {
        return String::new();
    }
    let mut text = "<section>\n<h2>Acts</h2>\n".to_owned();
    for (id, finding) in rules {
        let rule = &finding.rule;
        let citation = rule.citation.as_deref().map(|text| format!(", {}", xml(&short(text, SENTENCE)))).unwrap_or_default();
        text += &format!(
            "<div class=\"box\"><h3>{}</h3>\n<p>{} <span class=\"soft\">({})</span></p>\n<p class=\"soft\">{}{citation}</p>\n",
            link(&rule.url, id),
            xml(&told::sentence(&rule.title)),
            xml(&short(&rule.jurisdiction, 40)),
            xml(&short(&rule.authority, SENTENCE)),
        );
        if let Some(act) = report.acts.get(id) {
            let mut said = vec![format!("kind: {}", xml(&short(&act.kind, 40)))];
            if lines::is_exit(act) {
                said.push("a decision of a vendor, no law: what is installed may be lawful to use".into());
            }
            if act.stage != "enacted" {
                said.push(xml(&short(&act.stage, 40)));
            }
            said.push(match &act.verified {
                Some(day) => format!("checked against its source on {}", xml(&short(day, 40))),
                None => "not yet checked against its source".into(),
            });
            said.push(format!("dates in {}", xml(&short(&act.time_zone, 40))));
            for event in act.events.iter().take(20) {
                let note = event.note.as_deref().map(|note| format!(" ({})", xml(&short(note, SENTENCE)))).unwrap_or_default();
                said.push(format!("{} from {}{note}", xml(&short(&event.kind, 40)), xml(&short(&event.from, 40))));
            }
            text += &format!("<p class=\"soft\">{}.</p>\n", said.join("; "));
        }
        text += "</div>\n";
    }
    text + "</section>\n"
}

/// The acts in scope that do not name every party, each of them.
fn open_lists(report: &Report) -> String {
    let open = &report.scope.incomplete_lists;
    if open.is_empty() {
        return String::new();
    }
    format!(
        "<section id=\"open-lists\">\n<h2>Acts that do not name every party</h2>\n<p>{}: {}.</p>\n</section>\n",
        xml(&told::open_lists(open)),
        some(open.iter(), LISTED)
    )
}

fn not_read(report: &Report) -> String {
    let mut rows = Vec::new();
    for inventory in &report.inventories {
        for entry in told::not_read(inventory) {
            let line = entry.line.map(|line| format!("line {line}")).unwrap_or_default();
            let column = entry.column.map(|column| format!("column {}", xml(&column))).unwrap_or_default();
            rows.push(format!(
                "<tr><td data-label=\"Inventory\">{}</td><td data-label=\"Where\">{line} {column}</td><td data-label=\"Why\">{}</td></tr>\n",
                named(&source(&inventory.source)),
                xml(&entry.text)
            ));
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let more = match rows.len().checked_sub(LISTED).filter(|&more| more > 0) {
        Some(more) => format!("<p>{} more lines like these; the json report lists them.</p>\n", words::number(more as u64)),
        None => String::new(),
    };
    rows.truncate(LISTED);
    format!(
        "<section id=\"not-read\">\n<h2>Not read: {}</h2>\n<table class=\"cards\">\n<thead><tr><th scope=\"col\">Inventory</th><th scope=\"col\">Where</th>\
         <th scope=\"col\">Why</th></tr></thead>\n<tbody>\n{}</tbody>\n</table>\n{more}</section>\n",
        words::count(report.summary.unread, "entry"),
        rows.concat()
    )
}

fn foot(report: &Report) -> String {
    let mut parts = vec![format!("{} {}", xml(&short(&report.tool.name, 40)), xml(&short(&report.tool.version, 40)))];
    parts.push(format!("rules {}", xml(&short(&report.rules.digest, 100))));
    if let Some(configuration) = &report.configuration {
        let (path, digest) = (short(&configuration.path, NAME), short(&configuration.digest, 100));
        parts.push(format!("configuration {} ({})", xml(&path), xml(&digest)));
    }
    let read = report.inventories.iter().take(20).map(|inventory| {
        let (name, format) = (source(&inventory.source), short(&inventory.format, 40));
        format!("{} ({}, {})", xml(&name), xml(&format), words::count(inventory.items, "item"))
    });
    let read = read.collect::<Vec<_>>().join("; ");
    let more = report.inventories.len().saturating_sub(20);
    let more = if more > 0 { format!("; {} more", words::number(more as u64)) } else { String::new() };
    format!(
        "<footer>\n<p>Read: {read}{more}.</p>\n<p>{}. This report says what acts state for the rows of an inventory; it is no legal advice.</p>\n</footer>\n",
        parts.join("; ")
    )
}

/// The findings for the script: texts and whatever many findings share once, findings as numbers.
#[derive(Serialize)]
struct Data<'a> {
    statuses: Vec<&'static str>,
    nexts: Vec<&'static str>,
    rules: Vec<DataRule<'a>>,
    measures: Vec<&'a [super::Measure]>,
    matches: Vec<DataMatch>,
    notes: Vec<&'a [String]>,
    words: BTreeMap<&'a str, String>,
    missing: Vec<Vec<String>>,
    waivers: Vec<DataWaiver>,
    paths: Vec<Vec<String>>,
    findings: Vec<DataFinding>,
    prints: Vec<String>,
    texts: Vec<String>,
}

#[derive(Serialize)]
struct DataRule<'a> {
    id: String,
    title: String,
    jurisdiction: String,
    authority: String,
    citation: String,
    url: &'a str,
    kind: String,
    exit: bool,
    stage: String,
    zone: String,
    verified: Option<String>,
    advice: String,
    alternatives: Vec<String>,
}

#[derive(Serialize)]
struct DataMatch {
    kind: String,
    field: String,
    value: String,
    alias: String,
    entity: String,
    product: String,
    score: f64,
    via: Vec<String>,
}

#[derive(Serialize)]
struct DataWaiver {
    until: String,
    text: String,
}

/// A finding as numbers; the order is that of the names at the top of the script.
type DataFinding = [u64; COLUMNS];
/// So many numbers are a finding.
const COLUMNS: usize = 23;

/// Numbers things in the order in which they come.
struct Numbers<K> {
    known: BTreeMap<K, usize>,
}

impl<K: Ord> Numbers<K> {
    fn new() -> Self {
        Self { known: BTreeMap::new() }
    }

    /// Returns the number of a thing, and whether it is a new one.
    fn of(&mut self, key: K) -> (usize, bool) {
        let next = self.known.len();
        match self.known.entry(key) {
            std::collections::btree_map::Entry::Occupied(entry) => (*entry.get(), false),
            std::collections::btree_map::Entry::Vacant(entry) => (*entry.insert(next), true),
        }
    }
}

/// Writes the data, with nothing in it that could end the element it stands in.
fn data(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut line = Vec::new();
    json::write_line(&collected(report)?, &mut line)?;
    let mut rest = line.strip_suffix(b"\n").unwrap_or(&line);
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'<' | b'>' | b'&')) {
        out.write_all(&rest[..at])?;
        write!(out, "\\u{:04x}", rest[at])?;
        rest = &rest[at + 1..];
    }
    out.write_all(rest)
}

fn collected(report: &Report) -> io::Result<Data<'_>> {
    let list = |texts: &[String]| texts.iter().take(50).map(|text| short(text, NAME)).collect::<Vec<_>>();
    let statuses: Vec<Status> = Status::ALL.to_vec();
    let mut data = Data {
        statuses: statuses.iter().map(|status| status.as_str()).collect(),
        nexts: statuses.iter().map(|&status| if status == Status::Clear { "ends" } else { status.as_str() }).collect(),
        rules: Vec::new(),
        measures: Vec::new(),
        matches: Vec::new(),
        notes: Vec::new(),
        words: BTreeMap::new(),
        missing: Vec::new(),
        waivers: Vec::new(),
        paths: Vec::new(),
        findings: Vec::with_capacity(report.findings.len()),
        prints: Vec::with_capacity(report.findings.len()),
        texts: Vec::new(),
    };
    let mut texts: Numbers<String> = Numbers::new();
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    let ids: BTreeMap<&str, FindingRef<'_>> = report.findings.iter().map(|finding| (finding.rule.id.as_str(), finding)).collect();
    for (id, finding) in ids {
        rules.insert(id, data.rules.len());
        data.rules.push(rule(report, finding));
    }
    let (mut measures, mut matches) = (Numbers::new(), Numbers::new());
    let (mut notes, mut missing, mut waivers, mut paths) = (Numbers::new(), Numbers::new(), Numbers::new(), Numbers::new());
    let number = |status: Status| statuses.iter().position(|&other| other == status).unwrap_or(0);
    for finding in &report.findings {
        let item = finding.item;
        let mut text = |content: String| {
            let (at, is_new) = texts.of(content.clone());
            if is_new {
                data.texts.push(content);
            }
            at
        };
        let given = |content: &str| if content.is_empty() { String::new() } else { short(content, LONG) };
        let names = [item.product, item.vendor, item.version, item.asset, item.location, item.source].map(|name| text(given(name)));
        let (since, mark) = lines::since(&finding);
        let mark = match mark {
            Some(State::NotEnforced) => "not enforced",
            Some(State::Suspended) => "suspended",
            Some(State::ToBeAnnounced) => "date open",
            _ => "",
        };
        let since = text(
            since.map(|since| lines::day_of(since).map_or_else(|| short(since, 40), |day| day.to_string())).unwrap_or_default(),
        );
        let next_on = text(finding.next.as_ref().map(|next| short(&next.on, 40)).unwrap_or_default());
        let marks: Vec<&str> = Some(mark).filter(|mark| !mark.is_empty()).into_iter().chain(lines::change(&finding)).collect();
        let mark = text(marks.join(", "));
        let rows = text(rows(&finding));
        let (measure, is_new) = measures.of(serde_json::to_string(&finding.measures)?);
        if is_new {
            data.measures.push(finding.measures);
        }
        let (matched, is_new) = matches.of(serde_json::to_string(&finding.matched)?);
        if is_new {
            let found = &finding.matched;
            data.matches.push(DataMatch {
                kind: short(&found.kind, 40),
                field: short(&found.field, 40),
                value: short(&found.value, NAME),
                alias: short(&found.alias, NAME),
                entity: short(&found.entity, NAME),
                product: found.product.as_deref().map(|product| short(product, NAME)).unwrap_or_default(),
                score: found.score,
                via: list(&found.via),
            });
        }
        let (noted, is_new) = notes.of(finding.notes);
        if is_new {
            data.notes.push(finding.notes);
            data.words.extend(finding.notes.iter().map(|note| (note.as_str(), words::note(note) + ".")));
        }
        let (unknown, is_new) = missing.of(finding.missing);
        if is_new {
            data.missing.push(list(finding.missing));
        }
        let (path, is_new) = paths.of(item.path);
        if is_new {
            data.paths.push(list(item.path));
        }
        // 0 stands for none, so that others count from 1.
        let waiver = match finding.waiver {
            None => 0,
            Some(waiver) => {
                let (at, is_new) = waivers.of(serde_json::to_string(waiver)?);
                if is_new {
                    data.waivers.push(DataWaiver { until: short(&waiver.until, 40), text: told::waiver(waiver) });
                }
                at + 1
            }
        };
        let next = finding.next.as_ref().map_or(0, |next| number(next.status) + 1);
        let [product, vendor, version, asset, place, source] = names.map(|at| at as u64);
        data.findings.push([
            number(finding.status) as u64,
            rules.get(finding.rule.id.as_str()).copied().unwrap_or(0) as u64,
            product,
            vendor,
            version,
            asset,
            place,
            source,
            item.line,
            finding.rows.count,
            finding.rows.quantity,
            since as u64,
            next as u64,
            next_on as u64,
            measure as u64,
            matched as u64,
            noted as u64,
            unknown as u64,
            waiver as u64,
            path as u64,
            u64::from(finding.concerned_as == super::Concern::Affected),
            mark as u64,
            rows as u64,
        ]);
        data.prints.push(short(&finding.fingerprint(), NAME));
    }
    Ok(data)
}

/// Returns where the rows of a finding stand.
fn rows(finding: &FindingRef<'_>) -> String {
    let place = |row: super::RowAt<'_>| match row.line {
        0 => source(row.source),
        line => format!("{} line {line}", source(row.source)),
    };
    let mut text = finding.rows.first.iter().take(5).map(place).collect::<Vec<_>>().join(", ");
    let more = finding.rows.count.saturating_sub(finding.rows.first.len() as u64);
    if more > 0 {
        text += &format!(", {} more", words::number(more));
    }
    text
}

fn rule<'a>(report: &'a Report, finding: FindingRef<'a>) -> DataRule<'a> {
    let rule = &finding.rule;
    let act = report.acts.get(&rule.id);
    DataRule {
        id: short(&rule.id, NAME),
        title: short(&rule.title, SENTENCE),
        jurisdiction: short(&rule.jurisdiction, 40),
        authority: short(&rule.authority, SENTENCE),
        citation: rule.citation.as_deref().map(|text| short(text, SENTENCE)).unwrap_or_default(),
        url: if is_link(&rule.url) { &rule.url } else { "" },
        kind: act.map(|act| short(&act.kind, 40)).unwrap_or_default(),
        exit: act.is_some_and(lines::is_exit),
        stage: act.map_or_else(|| "enacted".to_owned(), |act| short(&act.stage, 40)),
        zone: act.map(|act| short(&act.time_zone, 40)).unwrap_or_default(),
        verified: act.and_then(|act| act.verified.as_deref()).map(|day| short(day, 40)),
        advice: act.and_then(|act| act.remedy.advice.as_deref()).map(told::sentence).unwrap_or_default(),
        alternatives: act
            .map(|act| act.remedy.alternatives.iter().take(12).map(|name| short(name, NAME)).collect())
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::sample;
    use super::*;

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        Html.write(report, &View::default(), &mut out).expect("writes to memory");
        String::from_utf8(out).expect("is UTF-8")
    }

    fn element<'t>(page: &'t str, start: &str, end: &str) -> &'t str {
        let from = page.find(start).unwrap_or_else(|| panic!("no {start}")) + start.len();
        &page[from..from + page[from..].find(end).expect("an end")]
    }

    #[test]
    fn hashes_are_those_that_a_policy_names() {
        assert_eq!(hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        let page = written(&sample::report());
        let style = element(&page, "<style>", "</style>");
        let script = element(&page, "<script>", "</script>");
        assert!(page.contains(&format!("style-src '{}'", hash(style))) && page.contains(&format!("script-src '{}'", hash(script))));
    }

    #[test]
    fn names_are_text_wherever_they_stand() {
        let page = written(&sample::report());
        assert!(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert(1)"), "{page}");
        let data: Value = serde_json::from_str(element(&page, "id=\"data\">", "</script>")).expect("is JSON");
        let texts = data["texts"].as_array().expect("an array");
        assert!(texts.iter().any(|text| text == sample::HOSTILE[1]), "the name comes back from the data");
        assert_eq!(page.matches("<script").count(), 2);
        assert!(!page.contains("style=\"") && !page.contains("onclick"), "nothing that the policy refuses");
    }

    #[test]
    fn every_finding_is_in_the_data_and_points_to_what_is_there() {
        let report = sample::report();
        let page = written(&report);
        let data: Value = serde_json::from_str(element(&page, "id=\"data\">", "</script>")).expect("is JSON");
        let list = |name: &str| data[name].as_array().expect("an array").clone();
        assert_eq!((list("findings").len(), list("prints").len()), (report.findings.len(), report.findings.len()));
        let names = element(SCRIPT, "const [", "]").split(',').map(str::trim).collect::<Vec<_>>();
        assert_eq!(names.len(), COLUMNS, "the script names each number");
        for (row, finding) in list("findings").iter().zip(&report.findings) {
            let at = |name: &str| {
                let column = names.iter().position(|other| *other == name).expect("is named");
                usize::try_from(row[column].as_u64().expect("a number")).expect("fits")
            };
            assert_eq!(list("rules")[at("RULE")]["id"], finding.rule.id.as_str());
            assert_eq!(list("statuses")[at("STATUS")], finding.status.as_str());
            assert_eq!(list("texts")[at("ASSET")].as_str().expect("a text").is_empty(), finding.item.asset.is_empty());
            assert_eq!(list("measures")[at("MEASURES")].as_array().map(Vec::len), Some(finding.measures.len()));
            assert_eq!(at("WAIVER") > 0, finding.waiver.is_some());
            assert_eq!(at("NEXT") > 0, finding.next.is_some());
            for (column, name) in [("MATCH", "matches"), ("NOTES", "notes"), ("MISSING", "missing"), ("PATH", "paths")] {
                assert!(at(column) < list(name).len(), "{name}");
            }
        }
    }

    #[test]
    fn nothing_found_is_a_page_without_a_script() {
        let page = written(&sample::unread());
        assert!(!page.contains("<script") && page.contains("This is no all-clear"), "{page}");
        assert!(page.contains("could not be read</a> in "), "{page}");
    }

    #[test]
    fn fifty_thousand_findings_keep_within_thirty_megabytes() {
        let mut report = sample::report();
        let first = report.findings.iter().find(|finding| finding.item.asset.starts_with("WS-")).expect("is there").to_finding();
        report.findings = (0..50_000)
            .map(|at| {
                let mut finding = first.clone();
                finding.item.asset = format!("workstation-{at:06}.example.org").into();
                finding.fingerprint = format!("1:{at:032x}");
                finding.item.line = at;
                finding.rows.first[0].line = at;
                finding
            })
            .collect::<Vec<_>>()
            .into();
        assert!(written(&report).len() < 15_000_000);
    }
}
