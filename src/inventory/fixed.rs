//! Tables whose columns stand at fixed places, as programs print them on a terminal.
//!
//! Places are counted in cells of the terminal: letters of East Asia take two.

use unicode_width::UnicodeWidthChar;

/// Where the columns of a table begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    starts: Vec<usize>,
    /// Their names.
    pub(super) names: Vec<String>,
}

impl Columns {
    /// Takes the places from a line of dashes below the header, where it has several groups.
    pub(super) fn of_rule(header: &str, rule: &str) -> Option<Self> {
        if !is_rule(rule) {
            return None;
        }
        let starts = starts(rule, 1);
        (starts.len() > 1).then(|| Self::new(header, starts))
    }

    /// Takes the places from the words of the header. `gap` is the least number of blanks between
    /// two names: 2 where a name may hold a blank.
    pub(super) fn of_header(header: &str, gap: usize) -> Self {
        Self::new(header, starts(header, gap))
    }

    fn new(header: &str, starts: Vec<usize>) -> Self {
        let mut columns = Self { starts, names: Vec::new() };
        columns.names = (0..columns.starts.len()).map(|index| columns.cell(header, index).to_owned()).collect();
        columns
    }

    /// Returns a cell without the white space around it.
    pub(super) fn cell<'t>(&self, line: &'t str, index: usize) -> &'t str {
        let Some(&start) = self.starts.get(index) else { return "" };
        let from = place(line, start);
        let to = self.starts.get(index + 1).map_or(line.len(), |&end| place(line, end));
        line.get(from..to.max(from)).unwrap_or_default().trim()
    }

    /// Returns whether a line keeps to the columns: a blank stands before each that it reaches.
    pub(super) fn fits(&self, line: &str) -> bool {
        self.starts.iter().skip(1).all(|&start| {
            let at = place(line, start);
            at >= line.len() || line[..at].ends_with([' ', '\t']) || line[at..].starts_with(' ')
        })
    }
}

/// Returns whether a line is made of dashes, in groups or not.
pub(super) fn is_rule(line: &str) -> bool {
    line.contains("--") && line.chars().all(|letter| matches!(letter, '-' | ' '))
}

/// Returns the places where words begin that at least `gap` blanks part.
fn starts(line: &str, gap: usize) -> Vec<usize> {
    let (mut starts, mut blanks, mut at) = (Vec::new(), gap, 0);
    for letter in line.chars() {
        if letter == ' ' {
            blanks += 1;
        } else {
            if blanks >= gap {
                starts.push(at);
            }
            blanks = 0;
        }
        at += letter.width().unwrap_or(0);
    }
    starts
}

/// Returns the byte at a place; the line's length where it is shorter.
fn place(line: &str, wanted: usize) -> usize {
    let mut at = 0;
    for (byte, letter) in line.char_indices() {
        if at >= wanted {
            return byte;
        }
        at += letter.width().unwrap_or(0);
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_their_header() {
        let header = "Name          Id          Version";
        let columns = Columns::of_header(header, 1);
        assert_eq!(columns.names, ["Name", "Id", "Version"]);
        let line = "微信 WeChat   Tencent.We  3.9";
        assert_eq!((columns.cell(line, 0), columns.cell(line, 1), columns.cell(line, 2)), ("微信 WeChat", "Tencent.We", "3.9"));
        assert!(columns.fits(line) && !columns.fits("a line that runs on"));
        assert_eq!(columns.cell("short", 2), "");
    }

    #[test]
    fn a_rule_tells_names_of_several_words() {
        let columns = Columns::of_rule("Display Name  Version", "------------  -------").expect("a rule");
        assert_eq!(columns.names, ["Display Name", "Version"]);
        assert_eq!(Columns::of_rule("a", "---"), None);
        assert!(!is_rule("a - b"));
    }
}
