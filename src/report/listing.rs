//! Plain listings and paragraphs for commands that print no report: rules, audiences, dates.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, TableStyle, Width};

use crate::diag::printable;

/// Width of a page that is no terminal.
pub const PAGE: usize = 120;
/// The last column is never narrower where the others can give way.
const LAST: usize = 30;

/// Draws rows under a header so that they fit the width. Cells are made safe to print; a line
/// break inside a cell stands. Where the width allows, only the last column is wrapped.
#[must_use]
pub fn listing(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>, width: Option<usize>) -> String {
    let width = width.unwrap_or(PAGE);
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.set_header(header.iter().map(|title| title.to_uppercase()));
    for row in rows {
        table.add_row(row.iter().map(|cell| cell.split('\n').map(printable).collect::<Vec<_>>().join("\n")));
    }
    let widths = table.column_max_content_widths();
    let last = widths.len().saturating_sub(1);
    let fixed: usize = widths.iter().take(last).map(|&width| usize::from(width) + 2).sum();
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if at == last { 0 } else { 2 }));
        if at < last && fixed + LAST <= width {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(widths[at] + 2)));
        }
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Wraps a text at the width. Its first line is indented by `first`, the others by `rest`. It is made
/// safe to print.
#[must_use]
pub fn paragraph(text: &str, first: usize, rest: usize, width: Option<usize>) -> String {
    let width = width.unwrap_or(PAGE).clamp(40, 400);
    let (mut wrapped, mut line) = (String::new(), " ".repeat(first));
    let mut is_blank = true;
    for word in printable(text).split(' ').filter(|word| !word.is_empty()) {
        if !is_blank && columns_of(&line) + 1 + columns_of(word) > width {
            wrapped += &line;
            wrapped.push('\n');
            line = " ".repeat(rest);
            is_blank = true;
        }
        if !is_blank {
            line.push(' ');
        }
        line += word;
        is_blank = false;
    }
    wrapped + &line + "\n"
}

/// Returns how many columns a text takes.
pub(super) fn columns_of(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let mut table = Table::new();
    table.add_row([text]);
    table.column_max_content_widths().first().map_or(0, |&width| width.into())
}

#[cfg(test)]
mod tests {
    use super::{listing, paragraph};

    #[test]
    fn a_listing_fits_and_is_safe_to_print() {
        let row = vec!["a\u{1b}[31m".to_owned(), "word ".repeat(60)];
        let text = listing(&["one", "two"], [row], Some(40));
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert!(text.starts_with("ONE"));
    }

    #[test]
    fn an_id_is_not_broken_where_there_is_room() {
        let rows = || [vec!["an-id-that-is-rather-long-2024".to_owned(), "word ".repeat(60)]];
        assert!(listing(&["one", "two"], rows(), Some(80)).contains("an-id-that-is-rather-long-2024  word"));
        assert!(listing(&["one", "two"], rows(), Some(40)).lines().all(|line| line.chars().count() <= 40));
    }

    #[test]
    fn a_paragraph_is_wrapped_indented_and_safe_to_print() {
        let text = paragraph(&"word\u{1b} ".repeat(20), 2, 4, Some(44));
        assert!(text.starts_with("  word␛ word␛"), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("    word") && line.chars().count() <= 44), "{text}");
        assert_eq!(paragraph("", 0, 0, None), "\n");
        assert_eq!(paragraph(&"x".repeat(60), 2, 4, Some(40)), format!("  {}\n", "x".repeat(60)), "a link stays whole");
    }
}
