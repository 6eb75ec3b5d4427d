//! The words that text reports share: counts, dates from now, the sentence at the top and the one
//! at the end. Sober, and taking no side.

use std::collections::BTreeSet;

use super::lines::{self, Line};
use super::{Report, Summary};
use crate::diag::printable;
use crate::model::{Effect, Status};

/// Returns a text that is safe to print and at most so many letters long.
pub(super) fn short(text: &str, letters: usize) -> String {
    let mut rest = text.chars();
    let kept: String = rest.by_ref().take(letters).collect();
    let kept = printable(&kept);
    if rest.next().is_some() { format!("{}…", kept.trim_end()) } else { kept }
}

/// Returns the name of a product, or of its vendor where there is none.
pub(super) fn name<'a>(product: &'a str, vendor: &'a str) -> &'a str {
    match (product, vendor) {
        ("", "") => "(no name)",
        ("", vendor) => vendor,
        (product, _) => product,
    }
}

/// Returns a number with its thousands apart.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns "1 asset", "2 assets".
pub(super) fn count(many: u64, one: &str) -> String {
    let plural = match one.strip_suffix("ry") {
        _ if many == 1 => one.to_owned(),
        Some(stem) => format!("{stem}ries"),
        None => format!("{one}s"),
    };
    format!("{} {plural}", number(many))
}

/// Returns the first few of a list, and how many more there are.
pub(super) fn some_of<T: AsRef<str>>(texts: impl ExactSizeIterator<Item = T>, most: usize, letters: usize) -> String {
    let total = texts.len();
    let shown = if total == most + 1 { total } else { most };
    let mut parts: Vec<_> = texts.take(shown).map(|text| short(text.as_ref(), letters)).collect();
    if total > shown {
        parts.push(format!("{} more", number((total - shown) as u64)));
    }
    parts.join(", ")
}

/// Returns a distance in days: "in 61 days", "today", "2 days ago".
pub(super) fn from_now(days: i64) -> String {
    match days {
        0 => "today".into(),
        1 => "tomorrow".into(),
        -1 => "yesterday".into(),
        2.. => format!("in {} days", number(days.unsigned_abs())),
        _ => format!("{} days ago", number(days.unsigned_abs())),
    }
}

/// Returns the sentence at the top: what was found, among what, as of when.
pub(super) fn headline(report: &Report) -> String {
    let summary = &report.summary;
    let found: Vec<_> = Status::ALL
        .into_iter()
        .filter(|&status| status != Status::Clear && summary.of(status) > 0)
        .map(|status| format!("{} {}", number(summary.of(status)), status.as_str()))
        .collect();
    let among = match summary.assets {
        0 => count(summary.items, "item"),
        assets => format!("{} on {}", count(summary.items, "item"), count(assets, "asset")),
    };
    let known = report.known_on.as_deref().map(|day| format!(", as known on {}", short(day, 40))).unwrap_or_default();
    let when = format!("as of {}{known}", short(&report.as_of, 40));
    let doubts = doubts(summary);
    match (found.is_empty(), summary.items) {
        (false, _) => format!("{} of {among} {when}.", found.join(", ")),
        (true, 0) => format!("Nothing was evaluated {when}: no item could be read."),
        (true, _) if doubts.is_empty() => format!("No finding among {among} {when}."),
        (true, _) => {
            format!("No finding among the {among} that could be read, {when}; {}. This is no all-clear.", doubts.join(", "))
        }
    }
}

/// Returns what was left unread or unidentified.
fn doubts(summary: &Summary) -> Vec<String> {
    let mut doubts = Vec::new();
    if summary.unread > 0 {
        doubts.push(format!("{} could not be read", count(summary.unread, "entry")));
    }
    if summary.unidentified > 0 {
        doubts.push(format!(
            "{} no usable name",
            if summary.unidentified == 1 { "1 item has".into() } else { format!("{} items have", number(summary.unidentified)) }
        ));
    }
    doubts
}

/// Returns what else belongs to the counts: waived items, other audiences, what was not read.
pub(super) fn besides(report: &Report) -> Vec<String> {
    let summary = &report.summary;
    let mut parts = Vec::new();
    if summary.waived > 0 {
        parts.push(format!("{} waived", count(summary.waived, "item")));
    }
    if !summary.other_audiences.is_empty() {
        let audiences: Vec<_> =
            summary.other_audiences.iter().map(|(name, &items)| format!("{} {}", short(name, 40), number(items))).collect();
        parts.push(format!("items that concern other audiences only: {}", audiences.join(", ")));
    }
    if Status::ALL.into_iter().any(|status| status != Status::Clear && summary.of(status) > 0) {
        parts.extend(doubts(summary));
    }
    parts
}

/// Returns what a note means, in words; the note itself where it is a new one.
pub(super) fn note(word: &str) -> String {
    let meaning = match word {
        "acquired-after-ban" => "acquired after the end of sales",
        "renewal-blocked" => "the date of its renewal lies after the end of sales, so it cannot be renewed",
        "version-unknown" => "the version is not known, and counts as covered",
        "may-be-exempt" => "an exemption may apply; what it asks for is not known",
        "criterion" => "the act names no party but a criterion, and it appears to be met",
        "place-unknown" => "the place is not known, so every jurisdiction is shown",
        "approximate-date" => "the date is known only approximately",
        _ => return short(&word.replace('-', " "), 80),
    };
    meaning.to_owned()
}

/// Returns what to do next, from the worst lines that are not waived, and the command that explains
/// the first of these.
pub(super) fn next_step(report: &Report, lines: &[Line<'_>]) -> Option<(String, Option<String>)> {
    let open = || lines.iter().filter(|line| line.first.waiver.is_none());
    let Some(worst) = open().map(|line| line.first.status).min() else {
        let step = "Next: correct what could not be read, and check again.";
        return (report.summary.unread > 0).then(|| (step.to_owned(), None));
    };
    let those = || open().filter(|line| line.first.status == worst);
    let assets: BTreeSet<&str> = those().flat_map(|line| line.assets.iter().copied()).collect();
    let places = match assets.len() as u64 {
        0 => String::new(),
        many => format!(" on {}", count(many, "asset")),
    };
    let first = those().next()?;
    let step = match worst {
        Status::Banned if those().all(|line| has(line, Effect::NoUse)) => format!("remove the banned products{places} first"),
        Status::Banned => format!("stop using and paying for the banned products{places} first"),
        Status::NoUpdates => format!("replace the products that get no updates{places} first"),
        Status::NoSale => format!("plan replacements for what cannot be bought or renewed{places}"),
        Status::Upcoming => {
            let next = those().filter_map(|line| line.next().map(|next| next.on.as_str())).min();
            let before = next.and_then(lines::day_of).map(|day| format!(" before {}", day.format("%Y-%m-%d"))).unwrap_or_default();
            format!("prepare for what is announced{before}{places}")
        }
        Status::Advisory => format!("consider the warnings{places}"),
        Status::Review | Status::Clear => format!("decide the possible matches{places}"),
    };
    Some((format!("Next: {step}. Why, step by step:"), Some(explain(first))))
}

fn has(line: &Line<'_>, effect: Effect) -> bool {
    line.first.measures.iter().any(|measure| measure.effect == effect.as_str())
}

/// Returns the command that explains the first finding of a line.
fn explain(line: &Line<'_>) -> String {
    let source = line.first.item.source.as_ref();
    let source = match source {
        "" | "-" => "FILE".to_owned(),
        name if printable(name) != name || name.contains('\'') || name.chars().count() > 200 => "FILE".to_owned(),
        name if name.chars().all(|letter| letter.is_alphanumeric() || "._/-+,".contains(letter)) && !name.starts_with('-') => {
            name.to_owned()
        }
        name if name.starts_with('-') => format!("'./{name}'"),
        name => format!("'{name}'"),
    };
    format!("interdict explain {source} {}", short(&line.first.fingerprint, 80))
}

#[cfg(test)]
mod tests {
    use super::super::GroupBy;
    use super::super::sample;
    use super::*;

    #[test]
    fn texts_are_cut_and_cannot_steer() {
        assert_eq!(short("abcdef", 6), "abcdef");
        assert_eq!(short("abcdefg", 6), "abcdef…");
        assert_eq!(short("a\u{202e}b\nc", 6), "a\u{fffd}b␊c");
    }

    #[test]
    fn numbers_and_days_read_well() {
        assert_eq!(count(1, "entry"), "1 entry");
        assert_eq!(count(1_234_567, "entry"), "1,234,567 entries");
        assert_eq!(count(90, "day"), "90 days");
        assert_eq!(from_now(-1), "yesterday");
        assert_eq!(from_now(61), "in 61 days");
        assert_eq!(from_now(-4_000), "4,000 days ago");
        assert_eq!(some_of(["a", "b", "c"].iter(), 2, 9), "a, b, c");
        assert_eq!(some_of(["a", "b", "c", "d"].iter(), 2, 9), "a, b, 2 more");
    }

    #[test]
    fn nothing_found_is_an_all_clear_only_where_everything_was_read() {
        assert_eq!(headline(&sample::clean()), "No finding among 25 items on 12 assets as of 2024-10-01.");
        assert_eq!(
            headline(&sample::unread()),
            "No finding among the 25 items on 12 assets that could be read, as of 2024-10-01; \
             16 entries could not be read, 1 item has no usable name. This is no all-clear."
        );
        let mut nothing = sample::clean();
        nothing.summary = Summary::default();
        assert_eq!(headline(&nothing), "Nothing was evaluated as of 2024-10-01: no item could be read.");
    }

    #[test]
    fn the_next_step_follows_from_the_report() {
        let mut report = sample::report();
        let step = |report: &Report| next_step(report, &lines::gather(report, GroupBy::Product));
        let (sentence, _) = step(&report).expect("there is one");
        assert_eq!(sentence, "Next: stop using and paying for the banned products on 11 assets first. Why, step by step:");
        report.findings.retain(|finding| finding.rule.id == "xa-ministry-secure-2023");
        let (sentence, command) = step(&report).expect("there is one");
        assert_eq!(sentence, "Next: remove the banned products on 2 assets first. Why, step by step:", "a waived one is no step");
        assert_eq!(command.as_deref(), Some("interdict explain fleet.csv 1:9e3779b97f4a7c15"));
        report.findings.retain(|finding| finding.waiver.is_some());
        assert_eq!(step(&report), Some(("Next: correct what could not be read, and check again.".to_owned(), None)));
        assert_eq!(step(&sample::clean()), None);
    }

    #[test]
    fn the_command_to_explain_can_be_pasted() {
        let mut report = sample::report();
        let mut command = |name: &str| {
            report.findings[0].item.source = name.into();
            explain(&lines::gather(&report, GroupBy::Product)[0]).rsplit_once(' ').expect("has a fingerprint").0.to_owned()
        };
        for (name, shown) in [
            ("a/b.csv", "interdict explain a/b.csv"),
            ("büro 1.csv", "interdict explain 'büro 1.csv'"),
            ("$(x).csv", "interdict explain '$(x).csv'"),
            ("-x.csv", "interdict explain './-x.csv'"),
            ("it's.csv", "interdict explain FILE"),
            ("a\u{1b}.csv", "interdict explain FILE"),
            ("-", "interdict explain FILE"),
        ] {
            assert_eq!(command(name), shown);
        }
    }
}
