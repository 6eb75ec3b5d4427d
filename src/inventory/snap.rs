//! `snap list` as printed: name, version, revision, channel, publisher and notes.
//!
//! A star or a tick behind the publisher says that the store verified it.

use super::fixed::Columns;
use super::sniff::Input;
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};

/// Reads lists of Snap.
pub(super) struct Snap;

impl Reader for Snap {
    fn name(&self) -> &'static str {
        "snap"
    }

    fn description(&self) -> &'static str {
        "`snap list` as printed"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        input.first_lines(1).first().is_some_and(|line| header(line).is_some())
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut lines = Lines::new(input);
        let mut columns: Option<(Columns, usize)> = None;
        while let Some((line, text)) = lines.next(sink)? {
            match &columns {
                _ if text.is_empty() => {}
                None => columns = header(text),
                Some((columns, publisher)) => match columns.cell(text, 0) {
                    name if !name.is_empty() && !name.contains(' ') => {
                        let vendor = columns.cell(text, *publisher).trim_end_matches(['✓', '*', '✪']);
                        let vendor = if vendor == "-" { "" } else { vendor };
                        Item { vendor: vendor.to_owned(), ..Item::package(name, columns.cell(text, 1)) }.hand_on(line, sink);
                    }
                    _ => sink.unread(Unread::at(line, format!("the line is no snap: {}", clip::quote(text)))),
                },
            }
        }
        lines.finish(sink);
        Ok(understood)
    }
}

/// Returns the columns, and which is the publisher's (in old versions it was the developer's).
fn header(line: &str) -> Option<(Columns, usize)> {
    let columns = Columns::of_header(line, 1);
    let is_snap =
        columns.names.len() >= 4 && columns.names[0] == "Name" && columns.names[1] == "Version" && columns.names[2] == "Rev";
    let publisher = columns.names.iter().position(|name| name == "Publisher" || name == "Developer")?;
    is_snap.then_some((columns, publisher))
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn a_list_is_read() {
        let text = "Name              Version  Rev    Tracking       Publisher     Notes\ncore20            20240111 2182   latest/stable  canonical✓    base\ntelegram-desktop  4.14.9   5500   latest/stable  telegram-desktop  -\n";
        let (result, found) = gather("x.txt", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "snap");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.vendor.as_str(), row.product.as_str())).collect();
        assert_eq!(rows[0], ("canonical", "core20"));
        assert_eq!(found.rows[1].version, "4.14.9");
    }
}
