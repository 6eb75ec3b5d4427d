//! `winget list` and `winget upgrade` as printed: name, id and version at fixed places, under a
//! header in the language of the machine.
//!
//! Before the header may stand what is left of a progress bar; behind the table a line that counts.
//! A name that was too long for the window ends in an ellipsis; the id tells the product then.

use super::columns::Field;
use super::fixed::{Columns, is_rule};
use super::json_records::{self, Record, Shape, Verdict};
use super::sniff::Input;
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};
use crate::model::IdentifierKind;

/// Reads lists of winget.
pub(super) struct Winget;

impl Reader for Winget {
    fn name(&self) -> &'static str {
        "winget-list"
    }

    fn description(&self) -> &'static str {
        "`winget list` as printed, in any language"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let lines = input.first_lines(40);
        lines.windows(2).any(|pair| header(&pair[0], &pair[1]).is_some())
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut lines = Lines::new(input);
        let (mut columns, mut before): (Option<Columns>, String) = (None, String::new());
        while let Some((line, text)) = lines.next(sink)? {
            let text = printed(text);
            match &columns {
                _ if text.is_empty() => {}
                None => {
                    columns = header(&before, text);
                    text.clone_into(&mut before);
                }
                Some(_) if is_rule(text) => {}
                // `2 upgrades available.`, in any language, keeps to no column.
                Some(columns) if !columns.fits(text) || columns.cell(text, 1).is_empty() || columns.cell(text, 1).contains(' ') => {
                    if !is_sentence(text) {
                        sink.unread(Unread::at(line, format!("the line does not keep to the columns: {}", clip::quote(text))));
                    }
                }
                Some(columns) => {
                    row(columns, text).hand_on(line, sink);
                }
            }
        }
        lines.finish(sink);
        Ok(understood)
    }
}

/// What stands on a line after the progress bar was drawn over it.
fn printed(text: &str) -> &str {
    text.rsplit('\r').next().unwrap_or(text).trim_end()
}

/// A header of three columns or more with an unbroken rule below it: name, id, version.
fn header(header: &str, rule: &str) -> Option<Columns> {
    let header = printed(header);
    let is_rule = rule.len() >= 20 && rule.bytes().all(|byte| byte == b'-');
    let columns = Columns::of_header(header, 1);
    let second = columns.names.get(1)?.to_lowercase();
    (is_rule
        && columns.names.len() >= 3
        && matches!(second.as_str(), "id" | "ид" | "ид." | "識別碼" | "標識符" | "identificador" | "идентификатор"))
    .then_some(columns)
}

fn is_sentence(text: &str) -> bool {
    text.ends_with(['.', '。', ':']) || text.starts_with(|letter: char| letter.is_ascii_digit())
}

fn row(columns: &Columns, text: &str) -> Item {
    let id = columns.cell(text, 1);
    let name = columns.cell(text, 0).trim_end_matches('…').trim_end();
    let mut item = Item { product: name.to_owned(), version: columns.cell(text, 2).to_owned(), ..Item::default() };
    if !id.is_empty() {
        // What winget knows from the registry or the store only has an id of these: `ARP\Machine\X64\{…}`.
        let kind = IdentifierKind::PackageId;
        let id = id.trim_end_matches('…');
        let family = id.strip_prefix("MSIX\\").map(|full| full.split('_').next().unwrap_or(full));
        item.identifiers.push((kind, family.unwrap_or(id).to_owned()));
    }
    item
}

/// Reads what `winget export` writes.
pub(super) struct WingetExport;

static EXPORT: Shape = Shape {
    records: &[&["Sources", "Packages"]],
    assets: &[],
    scopes: &[],
    fields: &[("PackageIdentifier", Field::PackageId), ("Version", Field::Version)],
    others: &[],
    tidy: name_by_id,
    lenient: false,
    gone: None,
};

/// An export has ids only: `Kaspersky.Kaspersky`.
fn name_by_id(record: &mut Record) -> Verdict {
    let id = record.get(Field::PackageId).to_owned();
    record.set(Field::Product, id);
    Verdict::Keep
}

impl Reader for WingetExport {
    fn name(&self) -> &'static str {
        "winget-export"
    }

    fn description(&self) -> &'static str {
        "`winget export`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        input.head_holds("\"PackageIdentifier\"") && json_records::claims(&EXPORT, input)
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        json_records::read(&EXPORT, input, sink)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn lists_of_any_language_are_read() {
        let text = concat!(
            "\r   - \r   \\ \r                        \r",
            "Name                       ID                        Version      Verfügbar Quelle\n",
            "---------------------------------------------------------------------------------\n",
            "Kaspersky                  Kaspersky.Kaspersky       21.17.7.539            winget\n",
            "微信                       Tencent.WeChat            3.9.12.17    3.9.12.55 winget\n",
            "Microsoft Visual C++ 2015… Microsoft.VCRedist.2015+… 14.38.33130            winget\n",
            "2 Upgrades verfügbar.\n",
        );
        let (result, found) = gather("x.txt", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "winget-list");
        let rows: Vec<_> =
            found.rows.iter().map(|row| (row.product.as_str(), row.version.as_str(), row.identifiers[0].1.as_str())).collect();
        assert_eq!(
            rows,
            [
                ("Kaspersky", "21.17.7.539", "Kaspersky.Kaspersky"),
                ("微信", "3.9.12.17", "Tencent.WeChat"),
                ("Microsoft Visual C++ 2015", "14.38.33130", "Microsoft.VCRedist.2015+"),
            ]
        );
        assert_eq!(found.unread, []);
    }
}
