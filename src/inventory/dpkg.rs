//! Packages of Debian and its kin: the status file of dpkg, `dpkg -l`, and `dpkg-query -W`.
//!
//! Packages that are removed but for their configuration are not installed; they are counted in a
//! remark. The maintainer of a package is who packages it, and is taken for the maker only where
//! name and mail address are those of one organisation.

use super::maintainer::{Named, maker};
use super::sniff::Input;
use super::stanzas::{Stanzas, at_colon};
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};

/// Reads lists of Debian packages.
pub(super) struct Dpkg;

impl Reader for Dpkg {
    fn name(&self) -> &'static str {
        "dpkg"
    }

    fn description(&self) -> &'static str {
        "Debian packages: the status file of dpkg, `dpkg -l`, `dpkg-query -W`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        Shape::of(input).is_some()
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        match Shape::of(&input).unwrap_or(Shape::Status) {
            Shape::Status => status(input, sink),
            Shape::List => list(input, sink),
            Shape::Query => query(input, sink),
        }?;
        Ok(understood)
    }
}

/// The ways in which packages are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `Package: …` in blocks: `/var/lib/dpkg/status`, `dpkg -s`, `apt-cache dumpavail`.
    Status,
    /// `ii  name  version  architecture  description`.
    List,
    /// `name<tab>version`, perhaps with the architecture between them and more behind.
    Query,
}

impl Shape {
    fn of(input: &Input<'_>) -> Option<Self> {
        let lines = input.first_lines(200);
        let first = lines.first()?;
        if first.starts_with("Package: ") && lines.iter().any(|line| line.starts_with("Version: ")) {
            return Some(Self::Status);
        }
        if lines.iter().any(|line| line.starts_with("||/ ")) || lines.iter().all(|line| List::read(line).is_some()) {
            return Some(Self::List);
        }
        lines.iter().all(|line| Query::read(line).is_some()).then_some(Self::Query)
    }
}

fn status(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut stanzas = Stanzas::new(input, at_colon);
    let mut removed = 0;
    while let Some(stanza) = stanzas.next(sink)? {
        let name = stanza.get("Package");
        if name.is_empty() {
            sink.unread(Unread::at(stanza.line, "the block names no `Package`"));
            continue;
        }
        let status = stanza.get("Status");
        if !status.is_empty() && !is_installed(status) {
            removed += 1;
            continue;
        }
        let vendor = maker(stanza.get("Maintainer"), Named::Person, "pkg:deb/");
        Item { vendor: vendor.to_owned(), ..Item::package(name, stanza.get("Version")) }.hand_on(stanza.line, sink);
    }
    tell_removed(removed, sink);
    stanzas.finish(sink);
    Ok(())
}

/// `install ok installed`; half-installed and unpacked packages are on the disk as well.
fn is_installed(status: &str) -> bool {
    !status.ends_with(" not-installed") && !status.ends_with(" config-files")
}

fn tell_removed(count: u64, sink: &mut dyn Sink) {
    match count {
        0 => {}
        1 => sink.remark("1 package is removed but for its configuration, and left out".to_owned()),
        _ => sink.remark(format!("{count} packages are removed but for their configuration, and left out")),
    }
}

/// A line of `dpkg -l`.
struct List<'t> {
    state: &'t str,
    name: &'t str,
    version: &'t str,
}

impl<'t> List<'t> {
    fn read(line: &'t str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (state, name, version) = (words.next()?, words.next()?, words.next()?);
        let letters = |at: usize, known: &str| state.as_bytes().get(at).is_some_and(|&letter| known.contains(char::from(letter)));
        let is_state = (2..=3).contains(&state.len()) && letters(0, "uirph") && letters(1, "ncHUFWti");
        (is_state && is_package(name) && version.starts_with(|letter: char| letter.is_ascii_digit())).then_some(Self {
            state,
            name: without_architecture(name),
            version,
        })
    }
}

fn list(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut lines = Lines::new(input);
    let mut removed = 0;
    while let Some((line, text)) = lines.next(sink)? {
        let is_heading = text.is_empty() || text.contains('=') && !text.contains("  ") || text.starts_with(['|', '+']);
        match List::read(text) {
            // Not installed, or only its configuration.
            Some(List { state, .. }) if matches!(state.as_bytes()[1], b'n' | b'c') => removed += 1,
            Some(List { name, version, .. }) => {
                Item::package(name, version).hand_on(line, sink);
            }
            None if is_heading => {}
            None => sink.unread(Unread::at(line, format!("the line is no package: {}", clip::quote(text)))),
        }
    }
    tell_removed(removed, sink);
    lines.finish(sink);
    Ok(())
}

/// A line of `dpkg-query -W`, in its own form or with an architecture.
struct Query<'t> {
    name: &'t str,
    version: &'t str,
}

impl<'t> Query<'t> {
    fn read(line: &'t str) -> Option<Self> {
        let mut cells = line.split('\t');
        let (name, second) = (cells.next()?, cells.next()?.trim());
        let version = if is_architecture(second) { cells.next()?.trim() } else { second };
        let is_version = version.is_empty() || version.starts_with(|letter: char| letter.is_ascii_digit());
        (is_package(name) && is_version && !version.contains(' ')).then_some(Self { name: without_architecture(name), version })
    }
}

fn query(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut lines = Lines::new(input);
    while let Some((line, text)) = lines.next(sink)? {
        match Query::read(text) {
            // A package that is known and not there has no version.
            Some(Query { name, version }) => {
                Item::package(name, version).hand_on(line, sink);
            }
            None if text.is_empty() => {}
            None => sink.unread(Unread::at(line, format!("the line is no package: {}", clip::quote(text)))),
        }
    }
    lines.finish(sink);
    Ok(())
}

/// Whether a text is the name of a package, perhaps with an architecture.
fn is_package(name: &str) -> bool {
    let name = without_architecture(name);
    name.len() > 1
        && name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte))
}

fn without_architecture(name: &str) -> &str {
    match name.split_once(':') {
        Some((name, architecture)) if is_architecture(architecture) => name,
        _ => name,
    }
}

fn is_architecture(text: &str) -> bool {
    const KNOWN: &[&str] = &[
        "all", "any", "amd64", "i386", "arm64", "armhf", "armel", "ppc64el", "s390x", "riscv64", "mips64el", "mipsel", "mips",
        "powerpc", "loong64", "sparc64", "x32", "hppa", "ia64", "alpha", "m68k",
    ];
    KNOWN.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn lists_are_read_and_removed_packages_are_not_there() {
        let text = concat!(
            "Desired=Unknown/Install/Remove/Purge/Hold\n",
            "| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n",
            "|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n",
            "||/ Name           Version      Architecture Description\n",
            "+++-==============-============-============-=================================\n",
            "ii  adduser        3.134        all          add and remove users and groups\n",
            "rc  kesl           12.0.0-6672  amd64        Kaspersky Endpoint Security for Linux\n",
            "ii  libc6:amd64    2.36-9       amd64        GNU C Library: Shared libraries\n",
        );
        let (result, found) = gather("packages.txt", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "dpkg");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.version.as_str(), row.line)).collect();
        assert_eq!(rows, [("adduser", "3.134", 6), ("libc6", "2.36-9", 8)]);
        assert_eq!((found.unread.len(), found.remarks.len()), (0, 1));
    }

    #[test]
    fn blocks_name_an_organisation_that_packages_its_own() {
        let text = concat!(
            "Package: kesl\nStatus: install ok installed\nMaintainer: Kaspersky Lab <support@kaspersky.com>\nVersion: 12.0\n",
            "Description: security\n more: of it\n\n",
            "Package: adduser\nStatus: install ok installed\nMaintainer: Debian <adduser@packages.debian.org>\nVersion: 3.1\n\n",
            "Status: install ok installed\nVersion: 1\n\n",
            "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n",
        );
        let (_, found) = gather("status", text.as_bytes(), &Options::default());
        let rows: Vec<_> = found.rows.iter().map(|row| (row.vendor.as_str(), row.product.as_str())).collect();
        assert_eq!(rows, [("Kaspersky Lab", "kesl"), ("", "adduser")]);
        assert_eq!((found.unread[0].line, found.remarks.len()), (Some(13), 1));
    }

    #[test]
    fn queries_have_two_columns_or_more() {
        let (result, found) = gather("x.txt", b"adduser\tall\t3.112\t1228\tadmin\napt\tamd64\t0.8\n", &Options::default());
        assert_eq!(result.expect("read").format.name(), "dpkg");
        assert_eq!((found.rows[1].product.as_str(), found.rows[1].version.as_str()), ("apt", "0.8"));
    }
}
