//! Packages of Arch Linux: `pacman -Q` and `pacman -Qi`, in any language of its own.
//!
//! `pacman -Qi` prints blocks whose keys are in the language of the machine; name and version are
//! always the first two.

use super::sniff::Input;
use super::stanzas::Stanzas;
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};

/// Reads lists of Arch packages.
pub(super) struct Pacman;

impl Reader for Pacman {
    fn name(&self) -> &'static str {
        "pacman"
    }

    fn description(&self) -> &'static str {
        "Arch packages: `pacman -Q`, `pacman -Qi`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let lines = input.first_lines(100);
        is_verbose(input) || lines.len() > 1 && lines.iter().all(|line| named(line).is_some())
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        if is_verbose(&input) { verbose(input, sink) } else { list(input, sink) }?;
        Ok(understood)
    }
}

/// `Name            : bash`, `Version         : 5.1` and the architecture within a few lines.
fn is_verbose(input: &Input<'_>) -> bool {
    let lines = input.first_lines(6);
    let has_key =
        |line: &str| line.split_once(" : ").is_some_and(|(key, _)| key.trim().chars().count() < 24 && !key.contains("  : "));
    lines.len() >= 4
        && lines.iter().take(4).all(|line| has_key(line))
        && lines
            .iter()
            .any(|line| matches!(line.rsplit(" : ").next().map(str::trim), Some("any" | "x86_64" | "i686" | "aarch64" | "armv7h")))
}

fn at_spaced_colon(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(" : ")?;
    Some((key.trim(), value.trim()))
}

fn verbose(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut stanzas = Stanzas::new(input, at_spaced_colon);
    while let Some(stanza) = stanzas.next(sink)? {
        match stanza.values()[..] {
            [name, version, ..] if !name.is_empty() => {
                Item::package(name, version).hand_on(stanza.line, sink);
            }
            _ => sink.unread(Unread::at(stanza.line, "the block breaks off before the version of the package")),
        }
    }
    stanzas.finish(sink);
    Ok(())
}

fn list(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut lines = Lines::new(input);
    while let Some((line, text)) = lines.next(sink)? {
        match named(text) {
            Some((name, version)) => {
                Item::package(name, version).hand_on(line, sink);
            }
            None if text.is_empty() => {}
            None => sink.unread(Unread::at(line, format!("the line is no package: {}", clip::quote(text)))),
        }
    }
    lines.finish(sink);
    Ok(())
}

/// `bash 5.1.016-1`.
fn named(line: &str) -> Option<(&str, &str)> {
    let (name, version) = line.split_once(' ')?;
    let (number, release) = version.rsplit_once('-')?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"@._+-".contains(&byte));
    let is_release = release.starts_with(|letter: char| letter.is_ascii_digit())
        && release.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_name && !name.is_empty() && is_release && number.contains(|letter: char| letter.is_ascii_digit()) && !version.contains(' '))
        .then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn lists_and_blocks_of_any_language_are_read() {
        let list = "bash 5.1.016-1\nca-certificates 20180821-1\n";
        let english = "Name            : bash\nVersion         : 5.1.016-1\nDescription     : Shell\nArchitecture    : x86_64\n                  more : of it\n\nName            : ca-certificates\nVersion         : 20180821-1\nArchitecture    : any\n";
        let german = "Name                     : bash\nVersion                  : 5.1.016-1\nBeschreibung             : Shell\nArchitektur              : x86_64\n\nName                     : ca-certificates\nVersion                  : 20180821-1\n";
        for text in [list, english, german] {
            let (result, found) = gather("x", text.as_bytes(), &Options::default());
            assert_eq!(result.expect("read").format.name(), "pacman");
            let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.version.as_str())).collect();
            assert_eq!(rows, [("bash", "5.1.016-1"), ("ca-certificates", "20180821-1")]);
        }
    }
}
