//! `md`: Markdown that fits into the comment of a pull request.
//!
//! From the top: the sentence, a table of the lines worst first, the dates ahead, what was not read,
//! what the report cannot show, and what to do next. Where all of that would pass the limit of a
//! comment, lines of the table are left out from its end, and the page says how many.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::escape::{code, is_link, markdown};
use super::lines::{self, Line, Row};
use super::told::{self, SENTENCE, source};
use super::words::{self, short};
use super::{Report, Reporter, State, View};
use crate::model::Status;

/// Longest page, in bytes and so in characters: what GitHub takes as a comment.
const LIMIT: usize = 65_536;
/// How many entries of a list are named before the rest is counted.
const FEW: usize = 3;
/// How many dates, inventories and unread entries of each are listed.
const LISTED: usize = 12;
/// Longest name.
const NAME: usize = 80;

/// Writes the report as Markdown.
pub(super) struct Markdown;

impl Reporter for Markdown {
    fn write(&self, report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(page(report, view).as_bytes())
    }
}

fn page(report: &Report, view: &View) -> String {
    let lines = lines::gather(report, view.group_by);
    let rows = lines::fold(&lines, view.group_by);
    let head = head(report, view);
    let tail = tail(report, &lines);
    let mut table = String::new();
    // The line that says what was left out is short.
    let room = LIMIT.saturating_sub(head.len() + tail.len() + 400);
    let mut shown = 0;
    for row in &rows {
        let drawn = self::row(report, row);
        if table.len() + drawn.len() > room {
            break;
        }
        table += &drawn;
        shown += 1;
    }
    if shown > 0 {
        table.insert_str(0, "\n| status | product | where | act | since / from | next |\n|---|---|---|---|---|---|\n");
    }
    if let Some(left) = rows.get(shown..).filter(|left| !left.is_empty()) {
        let findings: u64 = left.iter().flat_map(|row| &row.lines).map(|line| line.findings).sum();
        table += &format!(
            "\n**{} with {} left out here**, since the page would be too long; the other formats list all.\n",
            words::count(left.len() as u64, "more line"),
            words::count(findings, "finding")
        );
    }
    head + &table + &tail
}

fn head(report: &Report, view: &View) -> String {
    let mut text = format!("## interdict\n\n**{}**\n", markdown(&words::headline(report)));
    let besides = words::besides(report);
    if !besides.is_empty() {
        text += &format!("\nBesides: {}.\n", markdown(&besides.join("; ")));
    }
    let codes = |codes: &[String]| match codes {
        [] => "none given".to_owned(),
        codes => markdown(&words::some_of(codes.iter(), 12, 40)),
    };
    text += &format!(
        "\nJurisdictions: {}. Audiences: {}. Rules: {} of {}, {}.\n",
        codes(&report.scope.jurisdictions),
        codes(&report.scope.audiences),
        markdown(&short(&report.rules.version, 40)),
        markdown(&short(&report.rules.built, 40)),
        words::count(report.rules.count, "act"),
    );
    if !view.only.is_empty() {
        let only: Vec<_> = view.only.iter().map(|status| status.as_str()).collect();
        text += &format!("\nListed below: {} only; the counts are those of the whole report.\n", only.join(", "));
    }
    text
}

fn row(report: &Report, row: &Row<'_, '_>) -> String {
    let first = row.first();
    let finding = first.first;
    let mut status = format!("**{}**", finding.status.as_str());
    for mark in [State::NotEnforced, State::Suspended].into_iter().filter(|&mark| first.mark == Some(mark)) {
        status += &format!("<br>{}", mark.as_str().replace('-', " "));
    }
    if first.is_exit() {
        status += "<br>by vendor, no law";
    }
    if let Some(change) = lines::change(&finding) {
        status += &format!("<br>{change}");
    }
    if let Some(waiver) = &finding.waiver {
        status += &format!("<br>waived until {}", markdown(&short(&waiver.until, 10)));
    }
    let names = row.names();
    let mut product = some(names.values().map(|&(product, vendor)| words::name(product, vendor)));
    if names.len() == 1 {
        if !row.versions.is_empty() {
            product += &format!(" {}", some(row.versions.iter()));
        }
        if !finding.item.vendor.is_empty() && !finding.item.product.is_empty() {
            product += &format!("<br>{}", code(&short(finding.item.vendor, NAME)));
        }
    }
    let (rows, _) = row.counts();
    let mut place = match row.assets.len() {
        0 => format!("{}, no asset", words::count(rows, "row")),
        1 => some(row.assets.iter()),
        many => words::count(many as u64, "asset"),
    };
    if !row.locations.is_empty() {
        place += &format!("<br>{}", some(row.locations.iter()));
    }
    let acts: BTreeMap<&str, &Line<'_>> = row.lines.iter().map(|line| (line.first.rule.id.as_str(), *line)).collect();
    let mut linked: Vec<_> = row.acts().iter().take(FEW).filter_map(|id| acts.get(id)).map(|line| act(line)).collect();
    if acts.len() > linked.len() {
        linked.push(format!("{} more", acts.len() - linked.len()));
    }
    let (earliest, differ) = row.earliest();
    let since = match earliest.since {
        Some(since) => format!("{}{}", day(report, earliest, since), if differ { "<br>and later" } else { "" }),
        None if earliest.mark == Some(State::ToBeAnnounced) => "date open".into(),
        None => "–".into(),
    };
    let next = row.next().and_then(|line| Some((line, line.next()?))).map_or_else(
        || "–".to_owned(),
        |(line, next)| {
            let status = if next.status == Status::Clear { "ends" } else { next.status.as_str() };
            format!("{status}<br>{}", day(report, line, &next.on))
        },
    );
    format!("| {status} | {product} | {place} | {} | {since} | {next} |\n", linked.join("<br>"))
}

/// Returns the act with a link to its source, and its title where it is the only one.
fn act(line: &Line<'_>) -> String {
    let rule = &line.first.rule;
    let id = markdown(&short(&rule.id, NAME));
    let linked = if is_link(&rule.url) && rule.url.len() <= 500 { format!("[{id}](<{}>)", rule.url) } else { id };
    let title = markdown(&short(&rule.title, 120));
    let law = rule.citation.as_deref().map(|citation| format!(", {}", markdown(&short(citation, 120)))).unwrap_or_default();
    format!("{linked}<br>{title}{law}").replace("\\|", "¦")
}

fn day(report: &Report, line: &Line<'_>, text: &str) -> String {
    let Some(day) = lines::day_of(text) else { return markdown(&short(text, 40)) };
    let time = lines::time_of(text).map(|time| format!(" {}", markdown(&short(time, 5)))).unwrap_or_default();
    let away = lines::days_until(report, line.act, text).map(|days| format!("<br>{}", words::from_now(days)));
    format!("{day}{time}{}", away.unwrap_or_default())
}

/// Returns the first few names as code, and how many more there are.
fn some<T: AsRef<str>>(texts: impl ExactSizeIterator<Item = T>) -> String {
    let total = texts.len();
    let mut parts: Vec<_> = texts.take(FEW).map(|text| code(&short(text.as_ref(), NAME))).collect();
    if total > parts.len() {
        parts.push(format!("{} more", words::number((total - parts.len()) as u64)));
    }
    parts.join(", ")
}

/// Everything below the table. Each part is bounded, so that the table keeps most of the page.
fn tail(report: &Report, lines: &[Line<'_>]) -> String {
    let mut text = String::new();
    let mut part = |title: &str, rows: Vec<String>| {
        let left = rows.len().saturating_sub(LISTED);
        if !rows.is_empty() {
            text += &format!("\n### {title}\n\n");
            text.extend(rows.iter().take(LISTED).map(|row| format!("- {row}\n")));
        }
        if left > 0 {
            text += &format!("- {} more\n", words::number(left as u64));
        }
    };
    let dates = lines::deadlines(report, lines).into_iter().map(|date| {
        let products = some(date.products.iter());
        let on = match date.assets.len() as u64 {
            0 => String::new(),
            many => format!(" on {}", words::count(many, "asset")),
        };
        format!("**{}** {}: {products}{on} ({})", date.when, markdown(&date.what), markdown(&short(date.act, NAME)))
    });
    part(&format!("Ahead within {}", words::count(u64::from(report.horizon_days), "day")), dates.collect());
    let decided = report.decisions.iter().map(|settled| {
        let told = markdown(&short(&told::decision(&settled.decision), 240));
        format!("{told}; {}", words::count(settled.rows, "row"))
    });
    part("Decided", decided.collect());
    let mut unread = Vec::new();
    for inventory in &report.inventories {
        for entry in told::not_read(inventory).take(LISTED) {
            let line = entry.line.map(|line| format!(", line {line}")).unwrap_or_default();
            let column = entry.column.map(|column| format!(", column {column}")).unwrap_or_default();
            let why = markdown(&short(&entry.text, 240));
            unread.push(format!("{}{line}{}: {why}", code(&source(&inventory.source)), markdown(&column)));
        }
    }
    part(&format!("Not read: {}", words::count(report.summary.unread, "entry")), unread);
    let remarks = report.inventories.iter().flat_map(|inventory| {
        let remark = |remark: &String| format!("{}: {}", code(&source(&inventory.source)), markdown(&short(remark, 240)));
        inventory.remarks.iter().map(remark)
    });
    part("What this report cannot show", told::limits(report).iter().map(|limit| markdown(limit)).chain(remarks).collect());
    if report.gate.failed {
        let reasons = markdown(&words::some_of(report.gate.reasons.iter(), 12, SENTENCE));
        text += &format!("\n**Failed (exit code {}):** {reasons}.\n", report.gate.exit_code);
    }
    if let Some((step, command)) = words::next_step(report, lines) {
        text += &format!("\n{}\n", markdown(&step));
        text += &command.map(|command| format!("\n{} {}\n", words::WHY, code(&short(&command, 500)))).unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{GroupBy, sample};
    use super::*;

    #[test]
    fn it_fits_a_comment_and_says_what_was_left_out() {
        let mut report = sample::report();
        let first = report.findings.last().expect("is there").clone();
        for at in 0..3_000 {
            let mut finding = first.clone();
            finding.item.product = format!("{} {at}", "长".repeat(60)).into();
            report.findings.push(finding);
        }
        for &by in GroupBy::ALL {
            let text = page(&report, &View { group_by: by, ..View::default() });
            assert!(text.len() <= LIMIT, "{}", text.len());
            if by != GroupBy::Rule {
                let shown = text.lines().filter(|line| line.starts_with("| **")).count();
                let rows = lines::fold(&lines::gather(&report, by), by).len();
                let left = words::count((rows - shown) as u64, "more line");
                assert!(shown > 50 && text.contains(&format!("**{left} with ")), "{by:?}: {shown} of {rows}");
            }
            assert!(text.contains("Failed (exit code 1)"), "the end is never cut off");
        }
        assert!(!page(&sample::report(), &View::default()).contains("left out here"));
    }

    #[test]
    fn a_row_of_the_table_has_its_six_cells_whatever_the_names() {
        for &by in GroupBy::ALL {
            let text = page(&sample::report(), &View { group_by: by, ..View::default() });
            for line in text.lines().filter(|line| line.starts_with("| **")) {
                assert_eq!(line.matches('|').count(), 7, "{line}");
            }
            assert_eq!(text.matches("<script").count(), text.matches("`<script").count(), "markup stands in code only: {text}");
        }
    }
}
