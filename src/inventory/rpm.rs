//! Packages of rpm: `rpm -qa`, and `rpm -qa --queryformat` with tabs between the name, the
//! architecture or version, and what else was asked for.
//!
//! A line of `rpm -qa` is `name-version-release.architecture`. Where tags are parted by tabs, the
//! vendor is the tag that looks like one; distributions are packagers and are told by the matcher.

use super::sniff::Input;
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};

/// Reads lists of rpm packages.
pub(super) struct Rpm;

impl Reader for Rpm {
    fn name(&self) -> &'static str {
        "rpm"
    }

    fn description(&self) -> &'static str {
        "rpm packages: `rpm -qa`, with or without a query format of tabs"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let lines = input.first_lines(200);
        let read = lines.iter().filter(|line| package(line).is_some()).count();
        !lines.is_empty() && read * 10 >= lines.len() * 9 && lines.iter().any(|line| has_architecture(line))
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut lines = Lines::new(input);
        while let Some((line, text)) = lines.next(sink)? {
            match package(text) {
                Some(item) => {
                    item.hand_on(line, sink);
                }
                None if text.is_empty() => {}
                None => sink.unread(Unread::at(line, format!("the line is no package: {}", clip::quote(text)))),
            }
        }
        lines.finish(sink);
        Ok(understood)
    }
}

const ARCHITECTURES: &[&str] = &[
    "noarch",
    "x86_64",
    "x86_64_v2",
    "i386",
    "i486",
    "i586",
    "i686",
    "aarch64",
    "armv7hl",
    "ppc64",
    "ppc64le",
    "s390",
    "s390x",
    "riscv64",
    "src",
    "ia64",
    "(none)",
];

fn has_architecture(line: &str) -> bool {
    line.split('\t').any(|cell| ARCHITECTURES.contains(&cell))
        || line.rsplit_once('.').is_some_and(|(_, last)| ARCHITECTURES.contains(&last))
        || line.starts_with("gpg-pubkey-")
}

fn package(line: &str) -> Option<Item> {
    if line.contains('\t') { tagged(line) } else { named(line.trim()) }
}

/// `bash-5.1.8-6.el9_1.x86_64`.
fn named(line: &str) -> Option<Item> {
    if line.is_empty() || line.contains([' ', '/', '\\']) {
        return None;
    }
    let whole = match line.rsplit_once('.') {
        Some((whole, last)) if ARCHITECTURES.contains(&last) => whole,
        _ => line,
    };
    let (rest, release) = whole.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    let numbered = |text: &str| text.contains(|letter: char| letter.is_ascii_digit());
    let is_key = name == "gpg-pubkey";
    // `musl-1.2.3-r4` is a package of Alpine.
    let is_alpine = release.strip_prefix('r').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    (!name.is_empty() && (numbered(version) && numbered(release) || is_key) && !is_alpine).then(|| Item::package(name, version))
}

/// `bash<tab>x86_64<tab>5.1.8-6…`, or the version before the architecture.
fn tagged(line: &str) -> Option<Item> {
    let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
    let name = *cells.first()?;
    let architecture = cells.iter().take(4).position(|cell| ARCHITECTURES.contains(cell))?;
    let is_version = |cell: &&str| cell.starts_with(|letter: char| letter.is_ascii_digit()) && !cell.contains(' ');
    let version = cells.iter().enumerate().skip(1).find(|(at, cell)| *at != architecture && is_version(cell))?;
    if name.is_empty() || name.contains(' ') {
        return None;
    }
    let is_name = |cell: &&&str| cell.contains(char::is_alphabetic) && !cell.contains('/') && !is_version(cell);
    // Behind the numbers (time, size) stands the vendor, before the summary, which is a sentence.
    let numbers = |cell: &&str| cell.bytes().all(|byte| byte.is_ascii_digit());
    let behind = cells.iter().rposition(|cell| numbers(cell) && !cell.is_empty()).map_or(version.0, |at| at.max(version.0));
    let vendor =
        cells[behind + 1..].first().filter(is_name).filter(|cell| !ARCHITECTURES.contains(cell) && cell.split(' ').count() <= 5);
    Some(Item { vendor: (*vendor.unwrap_or(&"")).to_owned(), ..Item::package(name, version.1) })
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn names_end_where_the_version_begins() {
        let read = |line| named(line).map(|item| (item.product, item.version));
        let is = |name: &str, version: &str| Some((name.to_owned(), version.to_owned()));
        assert_eq!(read("bash-5.1.8-6.el9_1.x86_64"), is("bash", "5.1.8"));
        assert_eq!(read("gpg-pubkey-8d8b756f-624ec9a0"), is("gpg-pubkey", "8d8b756f"));
        assert_eq!(read("kesl-12.0.0-6672.x86_64"), is("kesl", "12.0.0"));
        assert_eq!(read("7-Zip"), None);
        assert_eq!(read("musl-1.2.3-r4"), None);
    }

    #[test]
    fn tags_are_told_by_what_they_hold() {
        let text = concat!(
            "gjs\tx86_64\t1.32.0-1.mga2\t1332868101\t176167\tMageia.Org\tJavaScript bindings based on gobject\tUnspecified\n",
            "kesl\t12.0.0-6672\tx86_64\n",
        );
        let (result, found) = gather("x.txt", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "rpm");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.vendor.as_str(), row.product.as_str(), row.version.as_str())).collect();
        assert_eq!(rows, [("Mageia.Org", "gjs", "1.32.0-1.mga2"), ("", "kesl", "12.0.0-6672")]);
    }
}
