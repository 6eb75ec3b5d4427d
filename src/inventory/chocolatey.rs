//! Chocolatey: `choco list` as printed, and with `--limit-output` (`name|version`); and
//! `packages.config`, which NuGet writes as well.

use super::sniff::Input;
use super::text::{Item, Lines};
use super::xml::{self, Xml};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};
use crate::model::IdentifierKind;

/// Reads lists of Chocolatey.
pub(super) struct Chocolatey;

impl Reader for Chocolatey {
    fn name(&self) -> &'static str {
        "choco-list"
    }

    fn description(&self) -> &'static str {
        "`choco list` as printed, with or without `--limit-output`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let lines = input.first_lines(200);
        let named = || lines.iter().filter(|line| named(line).is_some()).count();
        let says_so = lines.first().is_some_and(|line| line.starts_with("Chocolatey v"))
            || lines.iter().any(|line| line.ends_with(" packages installed."));
        let barred =
            !lines.is_empty() && lines.iter().all(|line| line.split_once('|').is_some_and(|(name, rest)| is_pair(name, rest)));
        says_so && named() > 0 || barred
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut lines = Lines::new(input);
        // Behind the packages, `choco list -i` names programs it did not install, with spaces in them.
        let mut others = false;
        while let Some((line, text)) = lines.next(sink)? {
            if let Some((name, version)) = if others { other(text) } else { named(text) } {
                let item = Item::package(name, version);
                let item = if others { Item { identifiers: Vec::new(), ..item } } else { item };
                item.hand_on(line, sink);
                continue;
            }
            others |= text.ends_with(" packages installed.");
            let is_talk = text.is_empty()
                || text.starts_with("Chocolatey v")
                || text.ends_with('.')
                || text.ends_with(" applications not managed with Chocolatey.");
            if !is_talk {
                sink.unread(Unread::at(line, format!("the line is no package: {}", clip::quote(text))));
            }
        }
        lines.finish(sink);
        Ok(understood)
    }
}

/// `7zip 22.1` or `7zip|22.1`.
fn named(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once(['|', ' '])?;
    let version = rest.split(['|', ' ']).next()?;
    is_pair(name, version).then_some((name, version))
}

/// `Microsoft Edge|120.0`.
fn other(line: &str) -> Option<(&str, &str)> {
    let (name, version) = line.rsplit_once('|')?;
    (!name.trim().is_empty()).then_some((name.trim(), version.trim()))
}

fn is_pair(name: &str, version: &str) -> bool {
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    !name.is_empty()
        && name.bytes().all(is_id)
        && version.starts_with(|letter: char| letter.is_ascii_digit())
        && version.contains('.')
        && version.split('|').next().is_some_and(|version| version.bytes().all(is_id))
}

/// Reads `packages.config`.
pub(super) struct PackagesConfig;

impl Reader for PackagesConfig {
    fn name(&self) -> &'static str {
        "packages-config"
    }

    fn description(&self) -> &'static str {
        "`packages.config` of Chocolatey (`choco export`) and NuGet"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        xml::root(input).is_some_and(|root| root.name == "packages") && input.head_holds("<package ")
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut xml = Xml::open(input);
        let result = packages(&mut xml, sink);
        for remark in xml.remarks() {
            sink.remark(remark);
        }
        result.map(|()| understood)
    }
}

fn packages(xml: &mut Xml<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let root = xml.root()?;
    while xml.child(root)? {
        let line = xml.line();
        if xml.name() != "package" {
            sink.unread(Unread::at(line, format!("{} is no `package`", clip::quote(xml.name()))));
            continue;
        }
        let id = xml.attribute("id").unwrap_or_default();
        let version = xml.attribute("version").unwrap_or_default();
        if id.is_empty() {
            sink.unread(Unread::at(line, "the package has no id").column("id"));
            continue;
        }
        let mut item = Item::package(&id, &version);
        // Only NuGet says which framework a package is for.
        if xml.attribute("targetFramework").is_some() {
            item.identifiers = vec![(IdentifierKind::Purl, format!("pkg:nuget/{id}"))];
        }
        item.hand_on(line, sink);
    }
    xml.end()
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let long = "Chocolatey v2.2.2\n7zip 23.1.0\nwps-office-free 11.2.0\n2 packages installed.\n\nMicrosoft Edge|120.0.2210.91\n1 applications not managed with Chocolatey.\n";
        let (result, found) = gather("x.txt", long.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "choco-list");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.version.as_str())).collect();
        assert_eq!(rows, [("7zip", "23.1.0"), ("wps-office-free", "11.2.0"), ("Microsoft Edge", "120.0.2210.91")]);
        let (result, found) = gather("x.txt", b"7zip|23.1.0\nwps-office-free|11.2.0\n", &Options::default());
        assert_eq!(result.expect("read").format.name(), "choco-list");
        assert_eq!((found.rows.len(), found.unread.len()), (2, 0));
    }

    #[test]
    fn both_tools_write_a_config() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\n<packages>\n  <package id=\"7zip\" />\n  <package version=\"1\" />\n  <package id=\"Newtonsoft.Json\" version=\"13.0.1\" targetFramework=\"net48\" />\n</packages>\n";
        let (result, found) = gather("packages.config", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "packages-config");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.identifiers[0].1.as_str(), row.line)).collect();
        assert_eq!(rows, [("7zip", "7zip", 3), ("Newtonsoft.Json", "pkg:nuget/Newtonsoft.Json", 5)]);
        assert_eq!(found.unread[0].line, Some(4));
    }
}
