//! `scoop list` as printed: a table with a rule below its header.

use super::columns::Field;
use super::fixed::{Columns, is_rule};
use super::json_records::{self, Record, Shape, Verdict};
use super::sniff::Input;
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};

/// Reads lists of Scoop.
pub(super) struct Scoop;

impl Reader for Scoop {
    fn name(&self) -> &'static str {
        "scoop-list"
    }

    fn description(&self) -> &'static str {
        "`scoop list` as printed"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let lines = input.first_lines(20);
        lines.windows(2).any(|pair| header(&pair[0], &pair[1]).is_some())
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut lines = Lines::new(input);
        let (mut columns, mut before): (Option<Columns>, String) = (None, String::new());
        while let Some((line, text)) = lines.next(sink)? {
            match &columns {
                _ if text.is_empty() => {}
                None => {
                    columns = header(&before, text);
                    text.clone_into(&mut before);
                }
                Some(columns) => match columns.cell(text, 0) {
                    name if !name.is_empty() && !name.contains(' ') => {
                        Item::package(name, columns.cell(text, 1)).hand_on(line, sink);
                    }
                    _ => sink.unread(Unread::at(line, format!("the line is no application: {}", clip::quote(text)))),
                },
            }
        }
        lines.finish(sink);
        Ok(understood)
    }
}

fn header(header: &str, rule: &str) -> Option<Columns> {
    if !is_rule(rule) {
        return None;
    }
    let columns = Columns::of_rule(header, rule)?;
    let names: Vec<_> = columns.names.iter().map(String::as_str).collect();
    matches!(names[..], ["Name", "Version", "Source"] | ["Name", "Version", "Source", "Updated", ..]).then_some(columns)
}

/// Reads what `scoop export` writes.
pub(super) struct ScoopExport;

static EXPORT: Shape = Shape {
    records: &[&["apps"]],
    assets: &[],
    scopes: &[],
    fields: &[("Name", Field::Product), ("Version", Field::Version)],
    others: &[],
    tidy: by_name,
    lenient: false,
    gone: None,
};

fn by_name(record: &mut Record) -> Verdict {
    let name = record.get(Field::Product).to_owned();
    record.add(Field::PackageId, name);
    Verdict::Keep
}

impl Reader for ScoopExport {
    fn name(&self) -> &'static str {
        "scoop-export"
    }

    fn description(&self) -> &'static str {
        "`scoop export`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        input.head_holds("\"apps\"")
            && (input.head_holds("\"buckets\"") || input.head_holds("\"Source\""))
            && json_records::claims(&EXPORT, input)
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
    fn a_list_is_read() {
        let text = "Installed apps:\n\nName  Version  Source Updated             Info\n----  -------  ------ -------             ----\n7zip  23.01    main   2024-01-02 10:00:00\nwecom 4.1.13   extras 2024-01-02 10:00:00 Held package\n";
        let (result, found) = gather("x.txt", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "scoop-list");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.version.as_str())).collect();
        assert_eq!(rows, [("7zip", "23.01"), ("wecom", "4.1.13")]);
    }
}
