//! Texts from data, made harmless for each kind of file they go into.
//!
//! All of these come after [`super::words::short`], which takes what could steer a terminal.

/// Returns a text in which Markdown and HTML find nothing to act on.
pub(super) fn markdown(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => plain += "&lt;",
            '&' => plain += "&amp;",
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' | '$' | '@' => plain.extend(['\\', letter]),
            _ => plain.push(letter),
        }
    }
    plain
}

/// Returns a text as a span of code, in which Markdown has no links, mentions or markup. A pipe would
/// end the cell of a table even there, and becomes a broken bar.
pub(super) fn code(text: &str) -> String {
    let text = text.replace('|', "¦");
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// Returns a text for XML and HTML, in elements and in quoted attributes.
pub(super) fn xml(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => plain += "&amp;",
            '<' => plain += "&lt;",
            '>' => plain += "&gt;",
            '"' => plain += "&quot;",
            '\'' => plain += "&#39;",
            // XML has no place for these, not even as references.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => plain.push('\u{fffd}'),
            _ => plain.push(letter),
        }
    }
    plain
}

/// Returns a text that a spreadsheet takes for text, never for a formula: not as a whole, and not
/// where a program of another language splits the line at semicolons.
pub(super) fn cell(text: &str) -> String {
    let is_formula = |text: &str| text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%']);
    let mut parts = text.split(';').map(|part| if is_formula(part) { format!("'{part}") } else { part.to_owned() });
    let first = parts.next().unwrap_or_default();
    parts.fold(first, |text, part| text + ";" + &part)
}

/// Returns whether a text can stand as a link.
pub(super) fn is_link(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && url.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_finds_nothing_to_act_on() {
        assert_eq!(markdown("[a](b) <i> *x*"), "\\[a\\](b) &lt;i> \\*x\\*");
        assert_eq!(code("a|b"), "`a¦b`");
        assert_eq!(code("a``b`c"), "```a``b`c```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code(""), "`  `");
    }

    #[test]
    fn links_are_links() {
        assert!(is_link("https://example.org/a_(b)?c=d#e") && !is_link("javascript:x") && !is_link("https://a b"));
    }

    #[test]
    fn xml_holds_no_markup_and_no_character_that_xml_refuses() {
        assert_eq!(xml("<a b='c' d=\"e\">&\u{0}\u{ffff}"), "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            (" @x", "' @x"),
            ("-5", "'-5"),
            ("＝1", "'＝1"),
            ("a;=1", "a;'=1"),
            ("a; +b;c", "a;' +b;c"),
            ("a=b-c", "a=b-c"),
            ("", ""),
        ] {
            assert_eq!(cell(text), safe);
        }
    }
}
