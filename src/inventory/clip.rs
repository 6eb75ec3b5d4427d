//! Quoting what a file says, in reasons and remarks: never more than a glance of it.

use std::borrow::Cow;

/// Returns text in backquotes, cut after 60 characters. Escaping is left to whoever shows it.
pub(super) fn quote(text: &str) -> String {
    format!("`{}`", clip(text, 60))
}

/// Returns text cut after so many characters.
pub(super) fn clip(text: &str, most: usize) -> Cow<'_, str> {
    // None has more characters than bytes.
    match Some(text).filter(|text| text.len() > most).and_then(|text| text.char_indices().nth(most)) {
        None => Cow::Borrowed(text),
        Some((at, _)) => Cow::Owned(format!("{}…", &text[..at])),
    }
}

/// Returns text cut to at most so many bytes, at a character.
pub(super) fn clip_bytes(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Returns quoted words joined by commas, the first few of them.
pub(super) fn list<'a>(words: impl IntoIterator<Item = &'a str>, most: usize) -> String {
    let mut words = words.into_iter();
    let mut text = words.by_ref().take(most).map(quote).collect::<Vec<_>>().join(", ");
    match words.count() {
        0 => {}
        more => text.push_str(&format!(" and {more} more")),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_glance_is_quoted() {
        assert_eq!(quote("Kaspersky"), "`Kaspersky`");
        assert_eq!(quote(&"ж".repeat(61)), format!("`{}…`", "ж".repeat(60)));
        assert_eq!(clip_bytes("aж", 2), "a");
        assert_eq!(list(["a", "b", "c"], 2), "`a`, `b` and 1 more");
    }
}
