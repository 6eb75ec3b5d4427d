//! `github`: workflow commands that GitHub shows as annotations: one for each line of findings, a
//! product under an act, at the row where it stands.
//!
//! GitHub keeps ten annotations of each level for a step and drops the rest in silence; so the tenth
//! says how many are left out, and the last line is the sentence of the report.

use std::io::{self, Write};

use super::told;
use super::words::{self, short};
use super::{GroupBy, Report, Reporter, View, lines};
use crate::model::Status;

/// So many annotations of a level GitHub shows for one step.
const MOST: usize = 10;

/// Writes the report as workflow commands.
pub(super) struct Github;

/// Levels in the order in which they are written.
const LEVELS: [&str; 3] = ["error", "warning", "notice"];

impl Reporter for Github {
    fn write(&self, report: &Report, _: &View, out: &mut dyn Write) -> io::Result<()> {
        let mut levels: [Vec<String>; 3] = Default::default();
        unread(report, &mut levels);
        levels[2].extend(decided(report));
        for line in lines::gather(report, GroupBy::Product) {
            let finding = line.first;
            let (level, title) = match (&finding.waiver, finding.status) {
                (Some(waiver), status) => (2, format!("{}, waived until {}", status.as_str(), short(&waiver.until, 10))),
                (None, status @ (Status::Banned | Status::NoUpdates | Status::NoSale)) => (0, status.as_str().to_owned()),
                (None, status @ Status::Upcoming) => (1, status.as_str().to_owned()),
                (None, status) => (2, status.as_str().to_owned()),
            };
            let many = match line.findings {
                1 => String::new(),
                more => format!(" This and {} on {}.", words::count(more - 1, "more finding"), assets(line.assets.len())),
            };
            let text = format!("{}{many} Source: {}", told::finding(report, &finding), short(&finding.rule.url, 2_000));
            let product = short(words::name(finding.item.product, finding.item.vendor), 80);
            let place = place(finding.item.source, Some(finding.item.line));
            levels[level].push(command(LEVELS[level], &place, &format!("{title}: {product}"), &text));
        }
        // The sentence of the report is a notice too.
        for (level, commands) in LEVELS.iter().zip(&levels) {
            let most = if *level == "notice" { MOST - 1 } else { MOST };
            let shown = if commands.len() > most { most - 1 } else { commands.len() };
            for command in &commands[..shown] {
                writeln!(out, "{command}")?;
            }
            if commands.len() > shown {
                let left = words::count((commands.len() - shown) as u64, &format!("more {level}"));
                let text = format!("{left} of this kind are not shown here; the other formats list all.");
                writeln!(out, "{}", command(level, "", "interdict: more", &text))?;
            }
        }
        let mut text = words::headline(report);
        if report.gate.failed {
            let reasons = words::some_of(report.gate.reasons.iter(), 12, 200);
            text += &format!(" Failed (exit code {}): {reasons}.", report.gate.exit_code);
        }
        writeln!(out, "{}", command("notice", "", "interdict", &text))
    }
}

/// One annotation for all decisions, before the findings, so that neither crowds out the other.
fn decided(report: &Report) -> Option<String> {
    let (first, told) = (report.decisions.first()?, report.decisions.iter().map(|settled| told::decision(&settled.decision)));
    let place = first.first.first().map(|row| place(&row.source, Some(row.line))).unwrap_or_default();
    let told: Vec<String> = told.collect();
    let text = format!("{} settled: {}.", words::count(report.summary.decided, "item"), words::some_of(told.iter(), 3, 500));
    Some(command(LEVELS[2], &place, "settled by decisions", &text))
}

fn assets(many: usize) -> String {
    if many == 0 { "rows without an asset".into() } else { words::count(many as u64, "asset") }
}

/// Adds a warning for each inventory that was not read as a whole, at its first unread row, and for
/// what else is no all-clear.
fn unread(report: &Report, levels: &mut [Vec<String>; 3]) {
    for inventory in report.inventories.iter().filter(|inventory| inventory.unread_count > 0) {
        let line = inventory.unread.iter().find_map(|entry| entry.line);
        let first = told::not_read(inventory).next().map(|entry| entry.text).unwrap_or_default();
        let many = words::count(inventory.unread_count, "entry");
        let text = format!("{many} of {} could not be read. The first: {first}", told::source(&inventory.source));
        levels[1].push(command("warning", &place(&inventory.source, line), "not read", &text));
    }
    for limit in told::limits(report) {
        levels[1].push(command("warning", "", "what this report cannot show", &limit));
    }
}

/// Returns file and line as properties, where there is a file in the checkout.
fn place(source: &str, line: Option<u64>) -> String {
    if source == "-" {
        return String::new();
    }
    let path = short(&source.replace('\\', "/"), 500);
    let line = line.filter(|&line| line > 0).map(|line| format!(",line={line}")).unwrap_or_default();
    format!("file={}{line},", property(path.trim_start_matches("./")))
}

fn command(level: &str, place: &str, title: &str, text: &str) -> String {
    format!("::{level} {place}title={}::{}", property(title), data(text))
}

/// Escapes the text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        Github.write(report, &View::default(), &mut out).expect("writes to memory");
        String::from_utf8(out).expect("is UTF-8")
    }

    #[test]
    fn no_level_has_more_than_github_shows_and_the_rest_is_counted() {
        let mut report = sample::report();
        let first = report.findings[0].clone();
        for at in 0..500 {
            let mut finding = first.clone();
            finding.item.product = format!("Product {at}").into();
            report.findings.push(finding);
        }
        let text = written(&report);
        for level in LEVELS {
            let many = text.lines().filter(|line| line.starts_with(&format!("::{level} "))).count();
            assert!((1..=MOST).contains(&many), "{level}: {many}");
        }
        assert_eq!(text.lines().filter(|line| !line.starts_with("::")).count(), 0, "{text}");
        let errors = lines::gather(&report, GroupBy::Product)
            .iter()
            .filter(|line| line.first.waiver.is_none() && line.first.status <= Status::NoSale)
            .count();
        assert!(text.contains(&format!("{} more errors of this kind", errors - 9)), "{text}");
    }

    #[test]
    fn values_end_neither_a_property_nor_a_command() {
        assert_eq!(
            command("error", &place("a,b:c.csv", Some(3)), "x::y", "50%\nz"),
            "::error file=a%2Cb%3Ac.csv,line=3,title=x%3A%3Ay::50%25%0Az"
        );
        assert_eq!(place("-", Some(1)), "");
        assert_eq!(place(r".\exports\a.csv", Some(0)), "file=exports/a.csv,");
    }
}
