//! `flatpak list`, with the columns of the default or of `--columns`, parted by tabs and without a
//! header.
//!
//! The column of the application id is the one whose entries look like one in every row; the name is
//! the column with the most to say of the others.

use super::sniff::Input;
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};
use crate::model::IdentifierKind;

/// Reads lists of Flatpak.
pub(super) struct Flatpak;

impl Reader for Flatpak {
    fn name(&self) -> &'static str {
        "flatpak"
    }

    fn description(&self) -> &'static str {
        "`flatpak list`, with any columns that hold the application id"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        Layout::of(input).is_some()
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let layout = Layout::of(&input).unwrap_or(Layout { id: 1, name: Some(0), version: Some(2) });
        let mut lines = Lines::new(input);
        while let Some((line, text)) = lines.next(sink)? {
            let cells: Vec<&str> = text.split('\t').map(str::trim).collect();
            let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).copied().unwrap_or_default();
            let id = cell(Some(layout.id));
            if is_id(id) {
                let product = Some(cell(layout.name)).filter(|name| !name.is_empty()).unwrap_or(id);
                let item = Item {
                    product: product.to_owned(),
                    version: cell(layout.version).to_owned(),
                    identifiers: vec![(IdentifierKind::BundleId, id.to_owned())],
                    ..Item::default()
                };
                item.hand_on(line, sink);
            } else if !text.is_empty() {
                sink.unread(Unread::at(line, format!("the line holds no application id: {}", clip::quote(text))));
            }
        }
        lines.finish(sink);
        Ok(understood)
    }
}

/// Which column is which.
struct Layout {
    id: usize,
    name: Option<usize>,
    version: Option<usize>,
}

impl Layout {
    fn of(input: &Input<'_>) -> Option<Self> {
        let lines = input.first_lines(100);
        let rows: Vec<Vec<&str>> = lines.iter().map(|line| line.split('\t').map(str::trim).collect()).collect();
        let width = rows.first().map(Vec::len).filter(|&width| width > 1)?;
        let all =
            |column: usize, test: &dyn Fn(&str) -> bool| rows.iter().all(|row| row.get(column).is_some_and(|cell| test(cell)));
        let id = (0..width).find(|&column| all(column, &is_id))?;
        let is_place = |cell: &str| matches!(cell, "system" | "user");
        let is_words = |cell: &str| cell.contains(|letter: char| letter.is_uppercase());
        let others = || (0..width).filter(move |&column| column != id);
        let name = others()
            .find(|&column| rows.iter().filter(|row| row.get(column).is_some_and(|cell| is_words(cell))).count() * 2 > rows.len());
        // Of version and branch, the version stands first; `stable` is a branch.
        let is_version = |cell: &str| cell.is_empty() || cell.starts_with(|letter: char| letter.is_ascii_digit());
        let version = others().find(|&column| {
            Some(column) != name
                && rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty() && is_version(cell)))
                && !all(column, &is_place)
        });
        (others().any(|column| all(column, &is_place)) || name.is_some()).then_some(Self { id, name, version })
    }
}

/// `org.gnome.Platform`.
fn is_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_part = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    parts.len() >= 3 && parts.iter().all(is_part) && parts[0].starts_with(|letter: char| letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn columns_are_told_by_what_they_hold() {
        let default = "Telegram Desktop\torg.telegram.desktop\t4.14.9\tstable\tsystem\nOBS Studio\tcom.obsproject.Studio\t30.0\tstable\tuser\n";
        let other = "org.telegram.desktop\tstable\tsystem\tTelegram Desktop\ncom.obsproject.Studio\tstable\tuser\tOBS Studio\n";
        for (text, version) in [(default, "4.14.9"), (other, "")] {
            let (result, found) = gather("x.txt", text.as_bytes(), &Options::default());
            assert_eq!(result.expect("read").format.name(), "flatpak");
            let row = &found.rows[0];
            assert_eq!((row.product.as_str(), row.version.as_str()), ("Telegram Desktop", version));
            assert_eq!(row.identifiers, [("bundle-id", "org.telegram.desktop".to_owned())]);
        }
    }
}
