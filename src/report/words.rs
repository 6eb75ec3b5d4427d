//! The words that text reports share: counts, dates from now, the sentence at the top and the one
//! at the end. Sober, and taking no side.

use super::lines::{self, Line};
use super::{Baseline, Report, Summary};
use crate::diag::printable;
use crate::model::{Effect, Status};

/// Returns a text that is safe to print and at most so many letters long.
pub(super) fn short(text: &str, letters: usize) -> String {
    // Nearly all texts are short and plain.
    if text.len() <= letters && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return text.to_owned();
    }
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
#[must_use]
pub fn count(many: u64, one: &str) -> String {
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
#[must_use]
pub fn from_now(days: i64) -> String {
    match days {
        0 => "today".into(),
        1 => "tomorrow".into(),
        -1 => "yesterday".into(),
        2.. => format!("in {} days", number(days.unsigned_abs())),
        _ => format!("{} days ago", number(days.unsigned_abs())),
    }
}

/// Returns the sentence at the top, fit to be pasted: how many of what are affected how, as of when
/// and for where. Each status bears its own name too, which filters and other formats use.
pub(super) fn headline(report: &Report) -> String {
    let summary = &report.summary;
    let found: Vec<_> = Status::ALL
        .into_iter()
        .filter(|&status| status != Status::Clear && summary.of(status) > 0)
        .map(|status| (summary.of(status), status))
        .collect();
    let among = match summary.assets {
        0 => count(summary.items, "item"),
        assets => format!("{} on {}", count(summary.items, "item"), count(assets, "asset")),
    };
    let known = report.known_on.as_deref().map(|day| format!(", as known on {}", short(day, 40))).unwrap_or_default();
    let places = match report.scope.jurisdictions.as_slice() {
        [] => String::new(),
        codes => format!(" for {}", some_of(codes.iter(), 12, 40)),
    };
    let when = format!("as of {}{known}{places}", short(&report.as_of, 40));
    let doubts = doubts(summary);
    match (found.as_slice(), summary.items) {
        ([(first, worst), others @ ..], _) => {
            let others = others.iter().map(|&(items, status)| format!(", {} {}", number(items), stands(status, items)));
            let clear = match summary.clear {
                0 => String::new(),
                clear => format!("; {} clear", number(clear)),
            };
            let items = count(summary.items, "item");
            format!("{} of {items} {}{}{clear}; {when}.", number(*first), stands(*worst, *first), others.collect::<String>())
        }
        ([], 0) => format!("Nothing was evaluated {when}: no item could be read."),
        ([], _) if doubts.is_empty() => format!("No finding among {among} {when}."),
        ([], _) => {
            format!("No finding among the {among} that could be read, {when}; {}. This is no all-clear.", doubts.join(", "))
        }
    }
}

/// Returns what so many items with a status are or do.
fn stands(status: Status, items: u64) -> &'static str {
    match (status, items) {
        (Status::Banned, 1) => "is banned",
        (Status::Banned, _) => "are banned",
        (Status::NoUpdates, 1) => "gets no updates (no-updates)",
        (Status::NoUpdates, _) => "get no updates (no-updates)",
        (Status::NoSale, _) => "cannot be bought or renewed (no-sale)",
        (Status::Upcoming, _) => "will be affected later (upcoming)",
        (Status::Advisory, 1) => "has a warning (advisory)",
        (Status::Advisory, _) => "have a warning (advisory)",
        (Status::Review, 1) => "needs a decision (review)",
        (Status::Review, _) => "need a decision (review)",
        (Status::Clear, 1) => "is clear",
        (Status::Clear, _) => "are clear",
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
    // An item with a waived finding may have others, which count.
    let items = format!("{} waived", count(summary.waived, "item"));
    match (summary.waived_findings, summary.waived) {
        (0, 0) => {}
        (0, _) => parts.push(items),
        (findings, 0) => parts.push(format!("{} waived", count(findings, "finding"))),
        (findings, _) => parts.push(format!("{} waived ({items} altogether)", count(findings, "finding"))),
    }
    if summary.decided > 0 {
        parts.push(format!("{} settled by decisions", count(summary.decided, "item")));
    }
    parts.extend(against_baseline(report));
    if !summary.other_audiences.is_empty() {
        let mut audiences: Vec<_> = summary.other_audiences.iter().collect();
        audiences.sort_by_key(|&(name, &items)| (std::cmp::Reverse(items), name));
        let mut shown: Vec<_> =
            audiences.iter().take(4).map(|&(name, &items)| format!("{} {}", short(name, 40), number(items))).collect();
        if audiences.len() > shown.len() {
            shown.push(format!("{} more audiences", audiences.len() - shown.len()));
        }
        parts.push(format!("findings for other audiences only: {}", shown.join(", ")));
    }
    if let Some(list) = report.assets.as_ref().filter(|list| list.unmatched > 0) {
        let verb = if list.unmatched == 1 { "is" } else { "are" };
        parts.push(format!("{} {verb} not in {}", count(list.unmatched, "asset"), short(&list.source, 60)));
    }
    if Status::ALL.into_iter().any(|status| status != Status::Clear && summary.of(status) > 0) {
        parts.extend(doubts(summary));
    }
    parts
}

/// Returns how the findings stand against the baseline, where there is one.
pub(super) fn against_baseline(report: &Report) -> Option<String> {
    report.baseline.as_ref().map(against)
}

fn against(baseline: &Baseline) -> String {
    let path = short(&baseline.path, 60);
    if baseline.as_of.is_none() {
        return format!("no baseline at {path}, so that all findings are new");
    }
    let counts = [
        (baseline.new, "new"),
        (baseline.worse, "worse"),
        (baseline.due, "due"),
        (baseline.known, "known"),
        (baseline.gone, "gone"),
    ];
    let told: Vec<_> =
        counts.iter().filter(|(many, _)| *many > 0).map(|&(many, word)| format!("{} {word}", number(many))).collect();
    let told = if told.is_empty() { "nothing then and now".to_owned() } else { told.join(", ") };
    format!("findings against {path}: {told}")
}

/// Returns what a note of a finding means, as a sentence without its full stop; the note itself
/// where it is a new one.
#[must_use]
pub fn note(word: &str) -> String {
    known_note(word).map_or_else(|| short(&word.replace('-', " "), 80), str::to_owned)
}

fn known_note(word: &str) -> Option<&'static str> {
    Some(match word {
        "acquired-after-ban" => "It was acquired after sales had to end",
        "approximate-date" => "One of the act's dates is approximate, or was worked out",
        "criterion" => "The act names no party but gives a criterion, which appears to be met",
        "decided" => "A person decided that it is this vendor's",
        "embedded" => "It holds a part made by a party that the act names",
        "ends-on-condition" => "The measure ends when a condition is met, not on a date",
        "led-by" => "The act names persons who lead the company, not the company itself",
        "longer-name" => "The vendor's name holds a known name, and more",
        "may-be-exempt" => "An exemption may apply, but what it asks for is not known",
        "mention" => "The name may only mention the product, as a tool for it would",
        "not-enforced" => "The measure is in force, but is not being enforced",
        "other-vendor" => "The product's name fits, but another vendor is given",
        "place-unknown" => "No place is known, so every jurisdiction counts",
        "renewal-blocked" => "Its renewal falls after sales had to end, so it cannot be renewed",
        "similar-name" => "The name is similar to a known one, not equal",
        "version-unknown" => "The version is not known, and is taken to be covered",
        _ => return None,
    })
}

/// Stands before the command that explains.
pub(super) const WHY: &str = "Why, step by step:";

/// Returns what to do next, from the worst lines that are not waived, and the command that explains
/// the first of these.
pub(super) fn next_step(report: &Report, lines: &[Line<'_>]) -> Option<(String, Option<String>)> {
    let open = || lines.iter().filter(|line| line.first.waiver.is_none());
    let Some(worst) = open().map(|line| line.first.status).min() else {
        let step = "Next: correct what could not be read, and check again.";
        return (report.summary.unread > 0).then(|| (step.to_owned(), None));
    };
    let those = || open().filter(|line| line.first.status == worst);
    let mut assets = those().next()?.assets.none();
    those().for_each(|line| assets.extend(&line.assets));
    assets.settle();
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
    Some((format!("Next: {step}."), Some(explain(report, first))))
}

fn has(line: &Line<'_>, effect: Effect) -> bool {
    line.first.measures.iter().any(|measure| measure.effect == effect.as_str())
}

/// Returns the command that explains the first finding of a line.
fn explain(report: &Report, line: &Line<'_>) -> String {
    format!("interdict explain {} {}{}", pasted(line.first.item.source), short(&line.first.fingerprint(), 80), asked(report))
}

/// Returns the flags that ask the same question again: for whom, and for when.
pub(super) fn asked(report: &Report) -> String {
    let scope = &report.scope;
    let mut flags: String = scope.jurisdictions.iter().map(|code| format!(" -j {}", printable(code))).collect();
    let usual = ["everyone", "companies"];
    let audiences = scope.audiences.iter().filter(|name| !usual.contains(&name.as_str()));
    flags.extend(audiences.map(|name| format!(" --audience {}", printable(name))));
    flags + &format!(" --as-of {}", printable(&report.as_of))
}

/// Returns the name of an inventory as it can be pasted into a shell.
pub(super) fn pasted(source: &str) -> String {
    match source {
        "" | "-" => "FILE".to_owned(),
        name if printable(name) != name || name.contains('\'') || name.chars().count() > 200 => "FILE".to_owned(),
        name if name.chars().all(|letter| letter.is_alphanumeric() || "._/-+,".contains(letter)) && !name.starts_with('-') => {
            name.to_owned()
        }
        name if name.starts_with('-') => format!("'./{name}'"),
        name => format!("'{name}'"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
        assert_eq!(headline(&sample::clean()), "No finding among 25 items on 12 assets as of 2024-10-01 for US.");
        assert_eq!(
            headline(&sample::unread()),
            "No finding among the 25 items on 12 assets that could be read, as of 2024-10-01 for US; \
             16 entries could not be read, 1 item has no usable name. This is no all-clear."
        );
        let mut nothing = sample::clean();
        nothing.summary = Summary::default();
        assert_eq!(headline(&nothing), "Nothing was evaluated as of 2024-10-01 for US: no item could be read.");
    }

    #[test]
    fn the_headline_is_a_sentence_that_names_each_status() {
        let mut report = sample::clean();
        report.summary = Summary { items: 25, assets: 13, no_updates: 5, upcoming: 1, review: 2, clear: 17, ..Summary::default() };
        assert_eq!(
            headline(&report),
            "5 of 25 items get no updates (no-updates), 1 will be affected later (upcoming), \
             2 need a decision (review); 17 clear; as of 2024-10-01 for US."
        );
        report.summary = Summary { items: 1, banned: 1, ..Summary::default() };
        report.scope.jurisdictions.clear();
        report.known_on = Some("2024-09-01".into());
        assert_eq!(headline(&report), "1 of 1 item is banned; as of 2024-10-01, as known on 2024-09-01.");
        for status in Status::ALL {
            assert!([1, 2].into_iter().all(|items| stands(status, items).contains(status.as_str())), "{status:?}");
        }
    }

    /// Reads the sources: a note that no sentence explains would be printed as a bare word.
    #[test]
    fn every_note_that_is_produced_is_explained() {
        let mut notes = BTreeSet::new();
        for folder in ["evaluate", "matcher"] {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
            for entry in std::fs::read_dir(folder).expect("is a folder") {
                let text = std::fs::read_to_string(entry.expect("can be listed").path()).expect("is text");
                notes.extend(notes_of(text.split("#[cfg(test)]").next().unwrap_or_default()));
            }
        }
        let unknown: Vec<_> = notes.iter().filter(|note| known_note(note).is_none()).collect();
        assert!(unknown.is_empty(), "without a sentence: {unknown:?}");
        for known in ["criterion", "embedded", "led-by", "may-be-exempt", "mention", "not-enforced", "version-unknown"] {
            assert!(notes.contains(known), "the sources are read as they are written: {known} in {notes:?}");
        }
        assert_eq!(note("brand-new"), "brand new");
    }

    /// Returns the words that a source gives as notes: on lines that add one, and in `fn note`.
    fn notes_of(source: &str) -> BTreeSet<String> {
        let (mut notes, mut inside) = (BTreeSet::new(), false);
        for line in source.lines() {
            inside |= line.contains("fn note(");
            if inside || ["note(\"", "notes.insert(", "notes.extend("].iter().any(|call| line.contains(call)) {
                let quoted = line.split('"').skip(1).step_by(2);
                let is_word =
                    |text: &&str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
                notes.extend(quoted.filter(is_word).map(str::to_owned));
            }
            inside &= line != "    }";
        }
        notes
    }

    #[test]
    fn a_waived_finding_is_counted_even_where_its_item_has_others() {
        let mut report = sample::clean();
        let mut told = |waived, waived_findings| {
            report.summary.waived = waived;
            report.summary.waived_findings = waived_findings;
            besides(&report).join("; ")
        };
        assert_eq!(told(0, 0), "");
        assert_eq!(told(0, 2), "2 findings waived");
        assert_eq!(told(1, 3), "3 findings waived (1 item waived altogether)");
        assert_eq!(told(1, 0), "1 item waived");
    }

    #[test]
    fn the_next_step_follows_from_the_report() {
        let mut report = sample::report();
        let step = |report: &Report| next_step(report, &lines::gather(report, GroupBy::Product));
        let (sentence, _) = step(&report).expect("there is one");
        assert_eq!(sentence, "Next: stop using and paying for the banned products on 11 assets first.");
        report.findings.retain(|finding| finding.rule.id == "xa-ministry-secure-2023");
        let (sentence, command) = step(&report).expect("there is one");
        assert_eq!(sentence, "Next: remove the banned products on 2 assets first.", "a waived one is no step");
        assert_eq!(command.as_deref(), Some("interdict explain fleet.csv 1:9e3779b97f4a7c15 -j US -j XA -j BR --as-of 2024-10-01"));
        report.findings.retain(|finding| finding.waiver.is_some());
        assert_eq!(step(&report), Some(("Next: correct what could not be read, and check again.".to_owned(), None)));
        assert_eq!(step(&sample::clean()), None);
    }

    #[test]
    fn the_command_to_explain_can_be_pasted() {
        let mut report = sample::report();
        let mut command = |name: &str| {
            report.findings[0].item.source = name.into();
            explain(&report, &lines::gather(&report, GroupBy::Product)[0])
                .split_once(" 1:")
                .expect("has a fingerprint")
                .0
                .to_owned()
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
