//! Uninstall keys of the Windows registry, as `reg export` and regedit write them (`.reg`).
//!
//! Each key below `Uninstall` is a program. Windows lists only those with a `DisplayName`; a key
//! without one is still read where its own name or a publisher says what it is, and else counted in
//! a remark, since updates and shared parts leave many such keys. Keys elsewhere are no programs.

use std::collections::BTreeMap;

use super::clip::clip_bytes;
use super::sniff::Input;
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Refusal, Sink, Understood, Unread, dates};
use crate::diag::Code;
use crate::model::IdentifierKind;

/// Longest value, as written; longer ones are cut.
const MOST_VALUE: usize = 16 * 1024;
/// The values that tell a program.
const VALUES: &[&str] = &["displayname", "displayversion", "publisher", "installdate"];

/// Reads exports of the registry.
pub(super) struct Registry;

impl Reader for Registry {
    fn name(&self) -> &'static str {
        "registry"
    }

    fn description(&self) -> &'static str {
        "Windows uninstall keys as a registry export (.reg)"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        input
            .first_lines(1)
            .first()
            .is_some_and(|line| line.starts_with("Windows Registry Editor Version") || line.starts_with("REGEDIT4"))
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut lines = Lines::new(input);
        let mut keys = Keys::default();
        while let Some((line, text)) = lines.next(sink)? {
            keys.line(line, text, sink);
        }
        let breaks_off = keys.open.is_some().then_some(keys.last_line);
        keys.end(sink);
        if let Some(line) = breaks_off {
            sink.unread(Unread::at(line, "the file breaks off in the middle of a value; what came before was read"));
        }
        lines.finish(sink);
        if keys.programs == 0 {
            return Err(Refusal::new(Code::UnknownFormat, "the registry export holds no uninstall key")
                .help("export HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall, and the same below WOW6432Node")
                .into());
        }
        if keys.nameless > 0 {
            let them = if keys.nameless == 1 { "1 key".to_owned() } else { format!("{} keys", keys.nameless) };
            sink.remark(format!("{them} without a name or publisher left out; Windows does not list them either"));
        }
        Ok(understood)
    }
}

/// What reading has come to.
#[derive(Default)]
struct Keys {
    /// The key of the program that is read, and its line.
    program: Option<(u64, String)>,
    values: BTreeMap<&'static str, String>,
    /// A value that goes on with the next line.
    open: Option<(Option<&'static str>, String)>,
    programs: u64,
    nameless: u64,
    last_line: u64,
}

impl Keys {
    fn line(&mut self, line: u64, text: &str, sink: &mut dyn Sink) {
        self.last_line = line;
        if let Some((name, mut value)) = self.open.take() {
            if value.len() < MOST_VALUE {
                value.push_str(text.trim());
            }
            return self.value(name, value);
        }
        let text = text.trim();
        if let Some(key) = text.strip_prefix('[').and_then(|key| key.strip_suffix(']')) {
            self.end(sink);
            self.program = program(key).map(|name| (line, clip_bytes(name, 1024).to_owned()));
            self.programs += u64::from(self.program.is_some());
        } else if let Some((name, value)) = text.strip_prefix('"').and_then(|rest| rest.split_once("\"=")) {
            let name = name.to_lowercase();
            let name = VALUES.iter().copied().find(|&known| known == name);
            self.value(name, clip_bytes(value, MOST_VALUE).to_owned());
        }
    }

    /// Takes a value; one that ends in a backslash goes on.
    fn value(&mut self, name: Option<&'static str>, mut value: String) {
        let is_bytes = value.starts_with("hex");
        if is_bytes && value.ends_with('\\') {
            value.pop();
            self.open = Some((name, value));
        } else if let (Some(name), Some(_), Some(text)) = (name, &self.program, read(&value)) {
            self.values.insert(name, text);
        }
    }

    /// The present key ends.
    fn end(&mut self, sink: &mut dyn Sink) {
        self.open = None;
        let mut values = std::mem::take(&mut self.values);
        let Some((line, key)) = self.program.take() else { return };
        let mut take = |name: &str| values.remove(name).unwrap_or_default();
        let (mut product, version, vendor, date) =
            (take("displayname"), take("displayversion"), take("publisher"), take("installdate"));
        let is_guid = key.starts_with('{');
        if product.trim().is_empty() && !is_guid && !(version.is_empty() && vendor.is_empty()) {
            product.clone_from(&key);
        }
        if product.trim().is_empty() && vendor.trim().is_empty() {
            self.nameless += 1;
            return;
        }
        let acquired = match dates::read(&date, dates::Order::MonthFirst) {
            dates::Day::Known(day) => Some(day),
            dates::Day::None | dates::Day::Unreadable => None,
        };
        if product.chars().any(|letter| letter == '\u{fffd}') {
            sink.unread(Unread::at(line, "the program's name is damaged").column("DisplayName"));
            return;
        }
        let identifiers = vec![(IdentifierKind::PackageId, key)];
        Item { vendor, product, version, acquired, identifiers, ..Item::default() }.hand_on(line, sink);
    }
}

/// Returns the name of a program's key: what stands directly below `Uninstall`.
fn program(key: &str) -> Option<&str> {
    let lower = key.to_ascii_lowercase();
    let at = lower.rfind("\\currentversion\\uninstall\\")? + "\\currentversion\\uninstall\\".len();
    let name = key.get(at..)?;
    (!name.is_empty() && !name.contains('\\')).then_some(name)
}

/// Reads a text (`"…"`) or one that is written as bytes of UTF-16 (`hex(2):…`); numbers are no text.
fn read(value: &str) -> Option<String> {
    if let Some(text) = value.strip_prefix('"') {
        let text = text.strip_suffix('"').unwrap_or(text);
        let mut plain = String::with_capacity(text.len());
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => plain.extend(letters.next()),
                _ => plain.push(letter),
            }
        }
        return Some(plain);
    }
    let bytes = ["hex(2):", "hex(1):", "hex(7):"].iter().find_map(|kind| value.strip_prefix(kind))?;
    let bytes: Vec<u8> = bytes.split(',').map(|byte| u8::from_str_radix(byte.trim(), 16)).collect::<Result<_, _>>().ok()?;
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    Some(String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn programs_are_the_keys_below_uninstall() {
        let text = concat!(
            "Windows Registry Editor Version 5.00\n\n",
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall]\n@=\"\"\n\n",
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{ABC}]\n",
            "\"DisplayName\"=\"Kaspersky \\\"Plus\\\"\"\n\"Publisher\"=\"AO Kaspersky Lab\"\n\"InstallDate\"=\"20240820\"\n",
            "\"HelpLink\"=hex(2):68,00,\\\n  74,00,00,00\n\"DisplayVersion\"=hex(2):32,00,\\\n  31,00,00,00\n\n",
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{ABC}\\Sub]\n\"DisplayName\"=\"part\"\n\n",
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\AddressBook]\n\n",
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Old Tool]\n\"Publisher\"=\"Acme\"\n",
        );
        let (result, found) = gather("x.reg", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "registry");
        let rows: Vec<_> =
            found.rows.iter().map(|row| (row.vendor.as_str(), row.product.as_str(), row.version.as_str(), row.line)).collect();
        assert_eq!(rows, [("AO Kaspersky Lab", "Kaspersky \"Plus\"", "21", 6), ("Acme", "Old Tool", "", 20)]);
        assert_eq!(found.remarks.len(), 1);
        assert!(found.rows[0].acquired.is_some());
    }

    #[test]
    fn an_export_of_other_keys_is_refused() {
        let (result, _) = gather("x.reg", b"REGEDIT4\n\n[HKEY_CURRENT_USER\\Console]\n\"Face\"=\"x\"\n", &Options::default());
        assert!(result.expect_err("refused").to_string().contains("no uninstall key"));
    }
}
