//! Plain listings for commands that print no report: rules, audiences, dates.

use comfy_table::{ContentArrangement, Table, TableStyle};

use crate::diag::printable;

/// Width of a page that is no terminal.
const PAGE: usize = 120;

/// Draws rows under a header so that they fit the width. Cells are made safe to print; a line
/// break inside a cell stands.
#[must_use]
pub fn listing(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>, width: Option<usize>) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(u16::try_from(width.unwrap_or(PAGE)).unwrap_or(u16::MAX));
    table.set_header(header.iter().map(|title| title.to_uppercase()));
    for row in rows {
        table.add_row(row.iter().map(|cell| cell.split('\n').map(printable).collect::<Vec<_>>().join("\n")));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::listing;

    #[test]
    fn a_listing_fits_and_is_safe_to_print() {
        let row = vec!["a\u{1b}[31m".to_owned(), "word ".repeat(60)];
        let text = listing(&["one", "two"], [row], Some(40));
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert!(text.starts_with("ONE"));
    }
}
