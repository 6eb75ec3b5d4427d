//! What PowerShell prints of programs: `Get-ItemProperty`, `Get-Package`, `Get-CimInstance
//! Win32_Product`, `Get-AppxPackage`, as a list (`Name : value`) or as a table with a rule below its
//! header.
//!
//! PowerShell cuts what does not fit the window and ends it in an ellipsis; exports as CSV or JSON
//! hold all of it.

use super::fixed::Columns;
use super::sniff::Input;
use super::stanzas::{Stanza, Stanzas};
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip, dates};
use crate::model::IdentifierKind;

/// Reads what PowerShell prints.
pub(super) struct PowerShell;

const PRODUCT: &[&str] = &["DisplayName", "Name", "ProductName", "Caption", "PackageName"];
const VERSION: &[&str] = &["DisplayVersion", "Version", "ProductVersion"];
const VENDOR: &[&str] = &["Publisher", "Vendor", "Manufacturer", "CompanyName"];
const ASSET: &[&str] = &["PSComputerName", "ComputerName", "__SERVER", "SystemName"];

impl Reader for PowerShell {
    fn name(&self) -> &'static str {
        "powershell"
    }

    fn description(&self) -> &'static str {
        "programs as PowerShell prints them, as a list or a table"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        is_list(input) || table(input).is_some()
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let read = if is_list(&input) { list(input, sink) } else { rows(input, sink) };
        let cut = read?;
        if cut > 0 {
            sink.remark(format!("{cut} names were cut by the width of the window; export as CSV to have all of them"));
        }
        Ok(understood)
    }
}

/// `DisplayName     : Kaspersky Plus`.
fn at_spaced_colon(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(" :").or_else(|| line.split_once(':'))?;
    let is_key = key.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_key && !key.trim().is_empty()).then(|| (key.trim(), value.trim()))
}

fn is_list(input: &Input<'_>) -> bool {
    let lines = input.first_lines(60);
    let keys: Vec<&str> = lines.iter().filter_map(|line| Some(at_spaced_colon(line)?.0)).collect();
    let has = |known: &[&str]| keys.iter().any(|key| known.iter().any(|name| name.eq_ignore_ascii_case(key)));
    let spaced = lines.iter().filter(|line| line.contains(" : ") || line.ends_with(" :")).count();
    spaced * 2 > lines.len() && has(PRODUCT) && (has(VERSION) || has(VENDOR))
}

fn list(input: Input<'_>, sink: &mut dyn Sink) -> Result<u64, Error> {
    let mut stanzas = Stanzas::new(input, at_spaced_colon);
    let (mut cut, mut other) = (0, 0);
    while let Some(stanza) = stanzas.next(sink)? {
        let (product, vendor) = (stanza.first_of(PRODUCT), stanza.first_of(VENDOR));
        if product.is_empty() && vendor.is_empty() {
            // Keys without a name stand in the registry as well.
            if stanza.values().is_empty() {
                sink.unread(Unread::at(stanza.line, "the lines are no `Name : value`"));
            } else {
                other += 1;
            }
            continue;
        }
        cut += u64::from(product.ends_with(['…']) || product.ends_with("..."));
        described(&stanza, product, vendor).hand_on(stanza.line, sink);
    }
    if other > 0 {
        sink.remark(format!("{other} blocks without a name or publisher left out"));
    }
    stanzas.finish(sink);
    Ok(cut)
}

fn described(stanza: &Stanza, product: &str, vendor: &str) -> Item {
    let acquired = match dates::read(stanza.get("InstallDate"), dates::Order::MonthFirst) {
        dates::Day::Known(day) => Some(day),
        dates::Day::None | dates::Day::Unreadable => None,
    };
    let mut item = Item {
        vendor: vendor.to_owned(),
        product: without_ellipsis(product).to_owned(),
        version: stanza.first_of(VERSION).to_owned(),
        asset: stanza.first_of(ASSET).to_owned(),
        acquired,
        ..Item::default()
    };
    for key in ["PSChildName", "IdentifyingNumber", "PackageFamilyName"] {
        let id = stanza.get(key);
        if !id.is_empty() {
            item.identifiers.push((IdentifierKind::PackageId, id.to_owned()));
        }
    }
    // A package of the store is published by the subject of a certificate.
    if vendor.starts_with("CN=") {
        item.identifiers.push((IdentifierKind::Signer, vendor.to_owned()));
    }
    item
}

/// The table's columns: which is the product's, the version's, the vendor's.
struct Layout {
    columns: Columns,
    product: usize,
    version: Option<usize>,
    vendor: Option<usize>,
}

fn layout(header: &str, rule: &str) -> Option<Layout> {
    let columns = Columns::of_rule(header, rule)?;
    let find = |known: &[&str]| columns.names.iter().position(|name| known.iter().any(|one| one.eq_ignore_ascii_case(name)));
    let (product, version, vendor) = (find(PRODUCT)?, find(VERSION), find(VENDOR));
    (version.is_some() || vendor.is_some()).then_some(Layout { columns, product, version, vendor })
}

fn table(input: &Input<'_>) -> Option<Layout> {
    input.first_lines(20).windows(2).find_map(|pair| layout(&pair[0], &pair[1]))
}

fn rows(input: Input<'_>, sink: &mut dyn Sink) -> Result<u64, Error> {
    let mut lines = Lines::new(input);
    let (mut known, mut before, mut cut): (Option<Layout>, String, u64) = (None, String::new(), 0);
    while let Some((line, text)) = lines.next(sink)? {
        // A table of another kind may follow.
        if let Some(next) = layout(&before, text) {
            known = Some(next);
            before.clear();
            continue;
        }
        let pending = std::mem::replace(&mut before, text.to_owned());
        if let Some(known) = known.as_ref().filter(|_| !pending.is_empty()) {
            cut += row(known, line - 1, &pending, sink);
        }
    }
    if let Some(known) = known.as_ref().filter(|_| !before.is_empty()) {
        cut += row(known, 0, &before, sink);
    }
    lines.finish(sink);
    Ok(cut)
}

/// Hands on a line of the table; returns 1 where its name was cut.
fn row(layout: &Layout, line: u64, text: &str, sink: &mut dyn Sink) -> u64 {
    let cell = |at: Option<usize>| at.map_or("", |at| layout.columns.cell(text, at));
    let (product, vendor) = (cell(Some(layout.product)), cell(layout.vendor));
    if product.is_empty() && vendor.is_empty() || !layout.columns.fits(text) {
        sink.unread(Unread {
            line: Some(line).filter(|&line| line > 0),
            ..Unread::at(line, format!("the line does not keep to the columns: {}", clip::quote(text)))
        });
        return 0;
    }
    let item = Item {
        vendor: without_ellipsis(vendor).to_owned(),
        product: without_ellipsis(product).to_owned(),
        version: cell(layout.version).to_owned(),
        ..Item::default()
    };
    item.hand_on(line, sink);
    u64::from(without_ellipsis(product) != product)
}

fn without_ellipsis(text: &str) -> &str {
    text.strip_suffix('…').or_else(|| text.strip_suffix("...")).unwrap_or(text).trim_end()
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn lists_are_read_and_wrapped_values_joined() {
        let text = concat!(
            "\r\nDisplayName     : Kaspersky Endpoint Security for\r\n                  Windows\r\nDisplayVersion  : 12.6\r\n",
            "Publisher       : AO Kaspersky Lab\r\nInstallDate     : 20240820\r\nPSComputerName  : PC-1\r\n\r\n",
            "DisplayName     : \r\nDisplayVersion  : \r\n\r\nDisplayName : 7-Zip\r\nDisplayVersion : 23.01\r\n",
        );
        let (result, found) = gather("x.txt", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "powershell");
        let row = &found.rows[0];
        assert_eq!((row.product.as_str(), row.asset.as_str(), row.line), ("Kaspersky Endpoint Security for Windows", "PC-1", 2));
        assert_eq!((found.rows.len(), found.unread.len(), found.remarks.len()), (2, 0, 1));
    }

    #[test]
    fn tables_are_read() {
        let text = concat!(
            "\nName                           Version          Source                           ProviderName\n",
            "----                           -------          ------                           ------------\n",
            "Kaspersky Plus                 21.17.7.539      C:\\Program Files (x86)\\Kasper... Programs\n",
            "Microsoft Visual C++ 2015-2... 14.38.33130.0                                     Programs\n",
        );
        let (result, found) = gather("x.txt", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "powershell");
        assert_eq!((found.rows[0].product.as_str(), found.rows[0].line), ("Kaspersky Plus", 4));
        assert_eq!(found.rows[1].product, "Microsoft Visual C++ 2015-2");
        assert_eq!((found.unread.len(), found.remarks.len()), (0, 1));
    }
}
