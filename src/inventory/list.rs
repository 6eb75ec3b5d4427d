//! Plain lists: one product a line, perhaps with a dash, a star or a number before it.
//!
//! The last format that is asked, since almost any text could be one: lines must be short, and few of
//! them may be sentences. A line that begins with `#` or `//` is a comment.

use super::sniff::Input;
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread};

/// Longest line that could be a name.
const MOST_NAME: usize = 200;

/// Reads plain lists.
pub(super) struct List;

impl Reader for List {
    fn name(&self) -> &'static str {
        "list"
    }

    fn description(&self) -> &'static str {
        "plain list, one product a line"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let has_extension = input.name.contains('.');
        if has_extension && !input.has_extension(&["txt", "lst", "list", "text"])
            || matches!(input.first_byte(), Some(b'<' | b'{' | b'['))
        {
            return false;
        }
        let lines = input.first_lines(300);
        let lines: Vec<&str> = lines.iter().filter_map(|line| product(line)).collect();
        let odd = lines.iter().filter(|line| !could_be_name(line)).count();
        // One line alone may be anything.
        lines.len() > 1 && odd * 20 <= lines.len()
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut lines = Lines::new(input);
        while let Some((line, text)) = lines.next(sink)? {
            match product(text) {
                Some(name) if name.len() > MOST_NAME => {
                    sink.unread(Unread::at(line, format!("the line is longer than {MOST_NAME} bytes, and no name")))
                }
                Some(name) => {
                    Item { product: name.to_owned(), ..Item::default() }.hand_on(line, sink);
                }
                None => {}
            }
        }
        lines.finish(sink);
        Ok(understood)
    }
}

/// Returns the name on a line; none where it is blank or a comment.
fn product(line: &str) -> Option<&str> {
    let line = line.trim();
    if line.starts_with('#') || line.starts_with("//") || !line.contains(|letter: char| letter.is_alphanumeric()) {
        return None;
    }
    let unmarked = ["- ", "* ", "• ", "– ", "[ ] ", "[x] "].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
    let digits = unmarked.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = unmarked[digits..]
        .strip_prefix(". ")
        .or_else(|| unmarked[digits..].strip_prefix(") "))
        .filter(|_| (1..=4).contains(&digits));
    Some(numbered.unwrap_or(unmarked).trim())
}

/// A name is short, and neither a sentence nor a piece of a program or a log.
fn could_be_name(text: &str) -> bool {
    let words = text.split_whitespace().count();
    text.len() <= MOST_NAME
        && words <= 12
        && !text.contains(['{', '}', '=', ';', '\t', '<', '>', '|'])
        && !(words > 4 && text.ends_with(['.', '!', '?', ':', ',']))
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn lists_are_read_whatever_marks_their_lines() {
        let text =
            "# our software\n\n- Kaspersky Endpoint Security 11.10 for Windows (x64)\n2. 7-Zip\n* 微信\nAdobe Acrobat Reader DC\n";
        let (result, found) = gather("software.txt", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "list");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.line)).collect();
        assert_eq!(
            rows,
            [("Kaspersky Endpoint Security 11.10 for Windows (x64)", 3), ("7-Zip", 4), ("微信", 5), ("Adobe Acrobat Reader DC", 6)]
        );
    }

    #[test]
    fn prose_and_programs_are_no_list() {
        for text in [
            "This is a letter about the software that we use.\nIt has sentences, and they end in full stops.\n",
            "fn main() {\n}\n",
            "a=1\nb=2\n",
        ] {
            let (result, _) = gather("x.txt", text.as_bytes(), &Options::default());
            assert!(result.is_err(), "{text}: {result:?}");
        }
    }
}
