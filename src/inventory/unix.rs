//! Packages of other Unix systems: `pkg info` (BSD), `pkg info` of Solaris and illumos, `lslpp -c`
//! (AIX), and `swlist` (HP-UX).

use super::sniff::Input;
use super::stanzas::{Stanzas, at_colon};
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};

/// Reads `pkg_info` and `pkg info` of the BSDs.
pub(super) struct Bsd;

impl Reader for Bsd {
    fn name(&self) -> &'static str {
        "bsd-pkg"
    }

    fn description(&self) -> &'static str {
        "BSD packages: `pkg info`, `pkg_info`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let lines = input.first_lines(100);
        lines.len() > 1 && lines.iter().all(|line| bsd(line).is_some())
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        each_line(input, sink, |text| bsd(text).map(|(name, version)| Item::package(name, version)), |_| false)
    }
}

/// `ImageMagick-6.7.0.10_1 Image processing tools`.
fn bsd(line: &str) -> Option<(&str, &str)> {
    let (whole, comment) = line.split_once(' ')?;
    let (name, version) = whole.rsplit_once('-')?;
    let is_version = version.starts_with(|letter: char| letter.is_ascii_digit())
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._,+".contains(&byte));
    (!name.is_empty() && is_version && comment.trim().contains(char::is_alphabetic)).then_some((name, version))
}

/// Reads `pkg info` of Solaris and illumos.
pub(super) struct Ips;

impl Reader for Ips {
    fn name(&self) -> &'static str {
        "solaris-pkg"
    }

    fn description(&self) -> &'static str {
        "Solaris and illumos packages: `pkg info`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let lines = input.first_lines(40);
        lines.iter().any(|line| line.trim_start().starts_with("FMRI: pkg:/"))
            && lines.iter().any(|line| line.trim_start().starts_with("Name: "))
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut stanzas = Stanzas::new(input, at_colon).indented();
        while let Some(stanza) = stanzas.next(sink)? {
            match stanza.get("Name") {
                "" => sink.unread(Unread::at(stanza.line, "the block names no package")),
                // The publisher is the repository it came from.
                name => {
                    Item::package(name, stanza.get("Version")).hand_on(stanza.line, sink);
                }
            }
        }
        stanzas.finish(sink);
        Ok(understood)
    }
}

/// Reads `lslpp -c` of AIX.
pub(super) struct Aix;

impl Reader for Aix {
    fn name(&self) -> &'static str {
        "aix-lslpp"
    }

    fn description(&self) -> &'static str {
        "AIX filesets: `lslpp -c`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        input
            .first_lines(1)
            .first()
            .is_some_and(|line| line.starts_with("#Fileset:Level:") || line.starts_with("#Package Name:Fileset:"))
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        each_line(input, sink, aix, |text| text.starts_with('#'))
    }
}

/// `/usr/lib/objrepos:bos.acct:6.1.4.0::COMMITTED:I:Accounting Services :`.
fn aix(line: &str) -> Option<Item> {
    let cells: Vec<&str> = line.split(':').map(str::trim).collect();
    let (name, version) = (*cells.get(1)?, *cells.get(2)?);
    let title = cells.get(6).map_or("", |title| title.trim_matches('"'));
    let item = Item::package(name, version);
    // A fileset's title says more than its name, but is cut or missing often.
    let product = if title.is_empty() { name.to_owned() } else { format!("{title} ({name})") };
    (!name.is_empty() && version.starts_with(|letter: char| letter.is_ascii_digit())).then_some(Item { product, ..item })
}

/// Reads `swlist` of HP-UX.
pub(super) struct HpUx;

impl Reader for HpUx {
    fn name(&self) -> &'static str {
        "hpux-swlist"
    }

    fn description(&self) -> &'static str {
        "HP-UX bundles and products: `swlist`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let lines = input.first_lines(20);
        let says = |text: &str| lines.iter().any(|line| line.starts_with(text));
        says("# Initializing...") || says("# Target:") || says("# Bundle(s):") || says("# Product(s) not contained in a Bundle:")
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        each_line(input, sink, hpux, |text| text.starts_with('#'))
    }
}

/// `  Java15JDK      1.5.0.01.01    Java 1.5 JDK for HP-UX`.
fn hpux(line: &str) -> Option<Item> {
    let mut words = line.split_whitespace();
    let (name, version) = (words.next()?, words.next()?);
    let title = words.collect::<Vec<_>>().join(" ");
    let item = Item::package(name, version);
    let product = if title.is_empty() { name.to_owned() } else { format!("{title} ({name})") };
    version.contains(|letter: char| letter.is_ascii_digit()).then_some(Item { product, ..item })
}

/// Reads a list with one package a line.
fn each_line(
    input: Input<'_>,
    sink: &mut dyn Sink,
    read: impl Fn(&str) -> Option<Item>,
    is_talk: impl Fn(&str) -> bool,
) -> Result<Understood, Error> {
    let understood = Understood::new(input.encoding);
    let mut lines = Lines::new(input);
    while let Some((line, text)) = lines.next(sink)? {
        if text.trim().is_empty() || is_talk(text) {
            continue;
        }
        match read(text) {
            Some(item) => {
                item.hand_on(line, sink);
            }
            None => sink.unread(Unread::at(line, format!("the line is no package: {}", clip::quote(text.trim())))),
        }
    }
    lines.finish(sink);
    Ok(understood)
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn each_system_is_told_by_its_own_marks() {
        let cases = [
            (
                "ImageMagick-6.7.0.10_1 Image processing tools\nGeoIP-1.4.8_1       Find the country\n",
                "bsd-pkg",
                "ImageMagick",
                "6.7.0.10_1",
            ),
            (
                "             Name: compress/bzip2\n          Summary: compressor\n      Description: a\n                   b: c\n          Version: 1.0.8\n             FMRI: pkg://openindiana.org/compress/bzip2@1.0.8\n",
                "solaris-pkg",
                "compress/bzip2",
                "1.0.8",
            ),
            (
                "#Fileset:Level:PTF Id:State:Type:Description:EFIX Locked\n/usr/lib/objrepos:Java14.sdk:1.4.2.275::COMMITTED:I:Java SDK 32-bit :\n",
                "aix-lslpp",
                "Java SDK 32-bit (Java14.sdk)",
                "1.4.2.275",
            ),
            (
                "# Initializing...\n#\n# Bundle(s):\n#\n\n  MOZILLA      1.7.11.00.00   Mozilla 1.711 for HP-UX \n",
                "hpux-swlist",
                "Mozilla 1.711 for HP-UX (MOZILLA)",
                "1.7.11.00.00",
            ),
        ];
        for (text, format, product, version) in cases {
            let (result, found) = gather("x.txt", text.as_bytes(), &Options::default());
            assert_eq!(result.expect("read").format.name(), format);
            assert_eq!((found.rows[0].product.as_str(), found.rows[0].version.as_str()), (product, version));
            assert_eq!(found.unread, []);
        }
    }
}
