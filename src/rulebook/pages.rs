//! A page per jurisdiction in Markdown, and an index: every act with its measures, dates, events and
//! exemptions, names for ids. Nothing in here depends on a day, so that the pages change with the
//! rules only.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::words::{Words, audiences, date, end_of, spaced, start_of};
use crate::pack::compile::Catalogue;
use crate::pack::rule::{Cover, Measure, Rule};
use crate::pack::words::{Names, Nexus, Stage};
use crate::report::plural;

const GENERATED: &str = "<!-- Generated from the rules: INTERDICT_BLESS=1 cargo test --test it docs::pages -->";

/// Returns the pages of all acts, by file name; `README.md` is the index.
#[must_use]
pub fn pages(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let words = Words::new(catalogue);
    let mut by_place: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in &catalogue.rules {
        by_place.entry(&rule.jurisdiction).or_default().push(rule);
    }
    let mut pages: BTreeMap<String, String> =
        by_place.iter().map(|(code, rules)| (file(code), page(code, rules, &words))).collect();
    pages.insert("README.md".to_owned(), index(catalogue, &by_place, &words));
    pages
}

fn file(code: &str) -> String {
    format!("{}.md", code.to_lowercase())
}

fn index(catalogue: &Catalogue, by_place: &BTreeMap<&str, Vec<&Rule>>, words: &Words<'_>) -> String {
    let verified = catalogue.rules.iter().filter(|rule| rule.verified.is_some()).count() as u64;
    let mut text = format!(
        "{GENERATED}\n\n# Acts by jurisdiction\n\n\
         {} of {}, in the words of this project; {} held against {} source. The text of record is what counts: each act links to it. \
         How the rules are written: [rules/README.md](../../rules/README.md).\n\n\
         A first day is the first day on which a measure is in force, *no longer from* the first day on which it is not; both in the \
         time zone of the act. *Assets there* are machines and sites in the place, *organisations of there* are bound wherever their \
         machines are. A vendor's own withdrawal is no law.\n\n\
         | jurisdiction | acts | of these held against their source |\n|---|--:|--:|\n",
        plural(catalogue.rules.len() as u64, "act"),
        plural(by_place.len() as u64, "jurisdiction"),
        match verified {
            0 => "none is".to_owned(),
            1 => "1 is".to_owned(),
            many => format!("{many} are"),
        },
        if verified == 1 { "its" } else { "their" },
    );
    // Subdivisions stand below their country.
    let mut places: Vec<(String, &str, &Vec<&Rule>)> = by_place
        .iter()
        .map(|(code, rules)| {
            let country = code.split_once('-').map_or(*code, |(country, _)| country);
            (words.place(country), *code, rules)
        })
        .collect();
    places.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    for (_, code, rules) in places {
        let checked = rules.iter().filter(|rule| rule.verified.is_some()).count();
        let _ = writeln!(text, "| [{}]({}) | {} | {checked} |", escaped(&words.place(code)), file(code), rules.len());
    }
    text
}

fn page(code: &str, rules: &[&Rule], words: &Words<'_>) -> String {
    let mut text = format!("{GENERATED}\n\n# {}\n\n", escaped(&words.place(code)));
    let _ = writeln!(text, "{}. [All jurisdictions](README.md)\n", plural(rules.len() as u64, "act"));
    if rules.len() > 1 {
        for rule in rules {
            let _ = writeln!(text, "- [{}](#{})", escaped(&rule.title), rule.id);
        }
        text.push('\n');
    }
    text + &rules.iter().map(|rule| act(rule, words)).collect::<Vec<_>>().join("\n")
}

fn act(rule: &Rule, words: &Words<'_>) -> String {
    let mut text = format!("<a id=\"{}\"></a>\n\n## {}\n\n", rule.id, escaped(&rule.title));
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "- {name}: {value}");
        }
    };
    line("act", &format!("`{}`, {}", rule.id, spaced(rule.kind.as_str())));
    line("stage", stage(rule));
    line("authority", &escaped(&rule.authority));
    line("citation", &rule.citation.as_deref().map(escaped).unwrap_or_default());
    line("source", &link(&rule.url));
    let checked = rule
        .verified
        .map_or_else(|| "not yet held against its source".to_owned(), |when| format!("held against its source on {when}"));
    line("checked", &checked);
    line("announced", &escaped(&date(rule, rule.announced)));
    line("dates in", rule.zone.name());
    line("its list", list(rule.names));
    line("note", &rule.note.as_deref().map(escaped).unwrap_or_default());
    let entries = |title: &str, entries: Vec<String>| match entries.as_slice() {
        [] => String::new(),
        [one] => format!("\n{title}: {}\n", escaped(one)),
        many => format!("\n{title}:\n\n{}", many.iter().map(|entry| format!("- {}\n", escaped(entry))).collect::<String>()),
    };
    // A name is told where a measure points at it.
    let is_tied = |name: &&String| rule.measures.iter().any(|measure| measure.covers.contains(name));
    let named = |cover: &Cover| cover.name.as_ref().filter(is_tied).map(|name| format!("{name}: ")).unwrap_or_default();
    text += &entries("Covers", rule.covers.iter().map(|cover| named(cover) + &words.cover(rule, cover)).collect());
    text += &entries("Leaves out", rule.exempt.iter().map(|exempt| words.exemption(rule, exempt)).collect());
    text += &measures(rule, words);
    let mut events: Vec<_> = rule.events.iter().collect();
    events.sort_by_key(|event| event.start.earliest(rule.zone));
    text += &entries("What happened later", events.into_iter().map(|event| words.event(rule, event)).collect());
    if let Some(advice) = &rule.advice {
        let _ = writeln!(text, "\nWhat to do: {}", escaped(advice));
    }
    text
}

fn measures(rule: &Rule, words: &Words<'_>) -> String {
    let mut text =
        "\n| effect | who is bound | who is affected | reaches | first day | no longer from |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for measure in &rule.measures {
        let affected = if measure.affects == measure.binds { "the same".to_owned() } else { audiences(&measure.affects) };
        let mut first = start_of(rule, measure.start);
        if measure.computed {
            first += " (counted, not read)";
        }
        if let Some(planned) = measure.planned.last() {
            let _ = write!(first, "; before that planned for {}", start_of(rule, planned.start));
        }
        let cells =
            [effect(rule, measure), audiences(&measure.binds), affected, reaches(measure, words), first, end_of(rule, measure)];
        let _ = writeln!(text, "| {} |", cells.map(|cell| escaped(&cell)).join(" | "));
    }
    text
}

/// Returns the effect, and which of several covers entries it is tied to.
fn effect(rule: &Rule, measure: &Measure) -> String {
    let effect = spaced(measure.effect.as_str());
    match measure.covers.as_slice() {
        [] => effect,
        covers if covers.len() == rule.covers.len() => effect,
        covers => format!("{effect}, of {}", covers.join(", ")),
    }
}

fn reaches(measure: &Measure, words: &Words<'_>) -> String {
    let told = measure.nexus.iter().map(|nexus| match nexus {
        Nexus::Territory => "assets there".to_owned(),
        Nexus::Person => "organisations of there".to_owned(),
        Nexus::Destination => {
            let places = measure.destinations.iter().map(|code| words.place(code)).collect::<Vec<_>>();
            format!("supplies to {}", places.join(", "))
        }
    });
    told.collect::<Vec<_>>().join(", ")
}

fn stage(rule: &Rule) -> &'static str {
    match rule.stage {
        Stage::Enacted => "",
        Stage::Proposed => "only proposed, never counted as a ban",
        Stage::Reported => "only reported by others, never counted as a ban",
        Stage::Denied => "reported and officially denied, never counted as a ban",
    }
}

fn list(names: Names) -> &'static str {
    match names {
        Names::Listed => "",
        Names::Partial => "only some of the parties are named here, so that no match is no proof",
        Names::Criteria => "the act gives criteria and names nobody, so that no match is no proof",
        Names::AllowList => "the act names what is allowed, so that no match is no proof",
    }
}

/// Returns an address as a link; what could end it is encoded.
fn link(url: &str) -> String {
    let safe: String = url
        .chars()
        .map(|letter| match letter {
            '<' => "%3C".to_owned(),
            '>' => "%3E".to_owned(),
            letter => letter.to_string(),
        })
        .collect();
    format!("<{safe}>")
}

/// Returns a text that Markdown shows as it stands, on one line.
fn escaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                plain.push('\\');
                plain.push(letter);
            }
            '<' => plain += "&lt;",
            '&' => plain += "&amp;",
            letter if letter.is_control() => plain.push(' '),
            letter => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_stands_on_the_page_of_its_jurisdiction() {
        let catalogue = crate::builtin::catalogue();
        let pages = pages(&catalogue);
        for rule in &catalogue.rules {
            let page = &pages[&file(&rule.jurisdiction)];
            assert!(page.contains(&format!("<a id=\"{}\"></a>", rule.id)) && page.contains(&link(&rule.url)), "{}", rule.id);
        }
        let texas = &pages["us-tx.md"];
        assert!(texas.contains("# Texas (United States)"), "{texas}");
        assert!(pages["README.md"].contains("| [Texas (United States)](us-tx.md) |"));
    }

    #[test]
    fn a_table_holds_what_an_act_does_to_whom_and_when() {
        let catalogue = crate::builtin::catalogue();
        let page = &pages(&catalogue)["us.md"];
        let row = "| no updates | everyone | the same | assets there, organisations of there | 2024-09-29 | open |";
        assert!(page.contains(row), "{page}");
        let row = "| no access | app stores, internet providers | everyone | assets there | 2025-01-19 | open |";
        assert!(page.contains(row), "{page}");
        for line in page.lines().filter(|line| line.starts_with("| ")) {
            assert_eq!(line.replace("\\|", "").matches('|').count(), 7, "{line}");
        }
    }

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escaped("a|b*c_d<e>`f`\n[g](h)&amp;"), "a\\|b\\*c\\_d&lt;e>\\`f\\` \\[g\\](h)&amp;amp;");
        assert_eq!(link("https://example.org/a>b"), "<https://example.org/a%3Eb>");
    }
}
