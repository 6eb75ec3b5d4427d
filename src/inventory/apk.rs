//! Packages of Alpine Linux: the database of apk, `apk info -v`, and `apk list --installed`.

use super::maintainer::{Named, maker};
use super::sniff::Input;
use super::stanzas::{Stanzas, at_colon};
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};

/// Reads lists of Alpine packages.
pub(super) struct Apk;

impl Reader for Apk {
    fn name(&self) -> &'static str {
        "apk"
    }

    fn description(&self) -> &'static str {
        "Alpine packages: the database of apk, `apk info -v`, `apk list --installed`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let lines = input.first_lines(100);
        is_database(input) || !lines.is_empty() && lines.iter().all(|line| listed(line).is_some())
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        if is_database(&input) { database(input, sink) } else { list(input, sink) }?;
        Ok(understood)
    }
}

fn is_database(input: &Input<'_>) -> bool {
    let lines = input.first_lines(10);
    lines.first().is_some_and(|line| line.starts_with("C:Q1") || line.starts_with("P:"))
        && lines.iter().any(|line| line.starts_with("V:"))
}

fn database(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut stanzas = Stanzas::new(input, at_colon);
    while let Some(stanza) = stanzas.next(sink)? {
        // Keys are told by case: `P` is the package, `p` what it provides. The first one counts.
        let name = stanza.exact("P");
        if name.is_empty() {
            sink.unread(Unread::at(stanza.line, "the block names no package (`P:`)"));
            continue;
        }
        let vendor = maker(stanza.exact("m"), Named::Person, "pkg:apk/");
        Item { vendor: vendor.to_owned(), ..Item::package(name, stanza.exact("V")) }.hand_on(stanza.line, sink);
    }
    stanzas.finish(sink);
    Ok(())
}

fn list(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut lines = Lines::new(input);
    while let Some((line, text)) = lines.next(sink)? {
        match listed(text) {
            Some((name, version)) => {
                Item::package(name, version).hand_on(line, sink);
            }
            None if text.is_empty() || text.starts_with("WARNING: ") => {}
            None => sink.unread(Unread::at(line, format!("the line is no package: {}", clip::quote(text)))),
        }
    }
    lines.finish(sink);
    Ok(())
}

/// `musl-1.2.3-r4`, with ` - description` or ` x86_64 {musl} (MIT) [installed]` behind it.
fn listed(line: &str) -> Option<(&str, &str)> {
    let whole = line.split_whitespace().next()?;
    let (rest, release) = whole.rsplit_once("-r")?;
    let (name, version) = rest.rsplit_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(release) && !name.is_empty() && version.starts_with(|letter: char| letter.is_ascii_digit()))
        .then(|| (name, &whole[name.len() + 1..]))
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn the_database_and_the_lists_name_the_same() {
        let database = "C:Q1abc=\nP:musl\nV:1.2.3-r4\nA:x86_64\np:so:libc.musl=1\nF:lib\n\nC:Q1=\nP:busybox\nV:1.36-r0\n";
        let info = "musl-1.2.3-r4\nbusybox-1.36-r0\n";
        let list = "musl-1.2.3-r4 x86_64 {musl} (MIT) [installed]\nbusybox-1.36-r0 x86_64 {busybox} (GPL-2.0-only) [installed]\n";
        for text in [database, info, list] {
            let (result, found) = gather("x", text.as_bytes(), &Options::default());
            assert_eq!(result.expect("read").format.name(), "apk");
            let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.version.as_str())).collect();
            assert_eq!(rows, [("musl", "1.2.3-r4"), ("busybox", "1.36-r0")]);
            assert_eq!(found.unread, []);
        }
    }
}
