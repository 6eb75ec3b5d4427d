//! Homebrew as text: `brew list --versions`, and a Brewfile (`brew bundle dump`).
//!
//! A Brewfile names casks by their token and applications of the store by name and number.

use super::columns::Field;
use super::json_records::{self, Record, Shape, Verdict};
use super::sniff::Input;
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};
use crate::model::IdentifierKind;

/// Reads lists of Homebrew.
pub(super) struct Homebrew;

impl Reader for Homebrew {
    fn name(&self) -> &'static str {
        "homebrew"
    }

    fn description(&self) -> &'static str {
        "Homebrew: a Brewfile, `brew list --versions`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        is_brewfile(input) || is_list(input)
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let read = if is_brewfile(&input) { entry } else { listed };
        let mut lines = Lines::new(input);
        while let Some((line, text)) = lines.next(sink)? {
            match read(text) {
                Line::Item(item) => {
                    item.hand_on(line, sink);
                }
                Line::Nothing => {}
                Line::Unknown => sink.unread(Unread::at(line, format!("the line is no package: {}", clip::quote(text)))),
            }
        }
        lines.finish(sink);
        Ok(understood)
    }
}

enum Line {
    Item(Item),
    Nothing,
    Unknown,
}

fn is_brewfile(input: &Input<'_>) -> bool {
    let lines = input.first_lines(100);
    let known = lines.iter().filter(|line| !matches!(entry(line), Line::Unknown)).count();
    known * 10 >= lines.len() * 9 && lines.iter().any(|line| matches!(entry(line), Line::Item(_)))
}

/// Every line is a name in small letters with versions behind it.
fn is_list(input: &Input<'_>) -> bool {
    let lines = input.first_lines(100);
    lines.len() > 1 && lines.iter().all(|line| matches!(listed(line), Line::Item(_)))
}

/// An entry of a Brewfile.
fn entry(line: &str) -> Line {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Line::Nothing;
    }
    let Some((word, rest)) = line.split_once([' ', '(']) else { return Line::Unknown };
    let Some(name) = quoted(rest) else { return Line::Unknown };
    match word {
        // A formula may be named with its tap.
        "brew" | "cask" => Line::Item(Item::package(name.rsplit('/').next().unwrap_or(name), "")),
        "mas" => {
            let id = rest.split_once("id:").map_or("", |(_, id)| id.trim());
            let id: String = id.chars().take_while(char::is_ascii_digit).collect();
            let identifiers = if id.is_empty() { Vec::new() } else { vec![(IdentifierKind::PackageId, id)] };
            Line::Item(Item { product: name.to_owned(), identifiers, ..Item::default() })
        }
        // An extension's id begins with its publisher's.
        "vscode" | "whalebrew" | "go" | "cargo" | "uv" | "flatpak" => Line::Item(Item::package(name, "")),
        "tap" | "cask_args" => Line::Nothing,
        _ => Line::Unknown,
    }
}

fn quoted(text: &str) -> Option<&str> {
    let text = text.trim_start_matches([' ', '(']);
    let quote = text.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    text[1..].split(quote).next().filter(|name| !name.is_empty())
}

/// `wget 1.21.3 1.21.4`.
fn listed(line: &str) -> Line {
    let mut words = line.split(' ');
    let Some(name) = words.next() else { return Line::Unknown };
    if name.is_empty() {
        return Line::Nothing;
    }
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"@._+-".contains(&byte));
    let versions: Vec<&str> = words.collect();
    let is_version = |version: &&str| version.starts_with(|letter: char| letter.is_ascii_digit()) || *version == "latest";
    let Some(last) = versions.last().filter(|_| is_name && versions.iter().all(is_version)) else {
        return Line::Unknown;
    };
    Line::Item(Item::package(name, last))
}

/// Reads what `brew info --json` writes of installed formulae and casks.
pub(super) struct HomebrewJson;

static INFO: Shape = Shape {
    records: &[&[], &["formulae"], &["casks"]],
    assets: &[],
    scopes: &[],
    fields: &[
        ("name", Field::Product),
        ("token", Field::PackageId),
        // What is installed is surer than what could be.
        ("installed", Field::Version),
        ("version", Field::Version),
        ("versions", Field::Version),
    ],
    others: &["full_name"],
    tidy: by_full_name,
    lenient: false,
    gone: None,
};

/// A formula has no token, and its name is its id; the full name begins with its tap.
fn by_full_name(record: &mut Record) -> Verdict {
    if record.get(Field::PackageId).is_empty() {
        let name = record.get(Field::Product).to_owned();
        record.add(Field::PackageId, name);
    }
    Verdict::Keep
}

impl Reader for HomebrewJson {
    fn name(&self) -> &'static str {
        "homebrew-json"
    }

    fn description(&self) -> &'static str {
        "`brew info --json --installed`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let holds = |text| input.head_holds(text);
        (holds("\"formulae\"") || holds("\"casks\"") || holds("\"linked_keg\"")) && json_records::claims(&INFO, input)
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        json_records::read(&INFO, input, sink)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn a_brewfile_names_formulae_casks_and_applications() {
        let text = "tap \"homebrew/bundle\"\n# comment\nbrew \"openssl@3\"\ncask 'telegram'\nmas \"Xcode\", id: 497799835\nbrew \"acme/tap/tool\", args: [\"HEAD\"]\n";
        let (result, found) = gather("Brewfile", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "homebrew");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.identifiers[0].1.as_str())).collect();
        assert_eq!(rows, [("openssl@3", "openssl@3"), ("telegram", "telegram"), ("Xcode", "497799835"), ("tool", "tool")]);
    }

    #[test]
    fn the_last_of_several_versions_is_taken() {
        let (result, found) = gather("x.txt", b"wget 1.21.3 1.21.4\nzstd 1.5.5\n", &Options::default());
        assert_eq!(result.expect("read").format.name(), "homebrew");
        assert_eq!(found.rows[0].version, "1.21.4");
    }
}
