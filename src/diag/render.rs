//! Diagnostics as text: `error[code]: …` with file, line, column, the marked text and help.

use annotate_snippets::{AnnotationKind, Level, Renderer as Snippets, Snippet};

use super::{Diagnostic, Place, Severity, Sources};

/// Renders diagnostics for a terminal or a log.
#[derive(Clone, Copy, Debug)]
pub struct Renderer {
    /// Whether to use colour.
    pub colour: bool,
}

impl Renderer {
    /// Returns a diagnostic as text, without a final line break.
    #[must_use]
    pub fn render(self, diagnostic: &Diagnostic, sources: &Sources) -> String {
        let renderer = if self.colour { Snippets::styled() } else { Snippets::plain() };
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let message = printable(&diagnostic.message);
        let help = diagnostic.help.as_deref().map(printable);
        let label = diagnostic.label.as_deref().map(printable);
        let origin = match &diagnostic.place {
            Place::None => None,
            Place::File(name) => Some(printable(name)),
            Place::Line(name, line, column) => {
                let column = column.map(|column| format!(":{column}")).unwrap_or_default();
                Some(format!("{}:{line}{column}", printable(name)))
            }
            Place::Span(id, ..) => Some(printable(sources.name(*id))),
        };
        let title = level.primary_title(message.as_str()).id(diagnostic.code.as_str());
        let mut group = match (&diagnostic.place, &origin) {
            (Place::Span(id, start, end), Some(origin)) => {
                let text = sources.text(*id);
                let (start, end) = clamp(text, *start, *end);
                let mut mark = AnnotationKind::Primary.span(start..end);
                if let Some(label) = &label {
                    mark = mark.label(label.as_str());
                }
                title.element(Snippet::source(text).path(origin.as_str()).annotation(mark))
            }
            (_, Some(origin)) => title.element(annotate_snippets::Origin::path(origin.as_str())),
            (_, None) => title.elements(None::<annotate_snippets::Message<'_>>),
        };
        if let Some(help) = &help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

/// Keeps a range inside the text and on character boundaries.
fn clamp(text: &str, start: usize, end: usize) -> (usize, usize) {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(start);
    (start, floor(end).max(start))
}

/// Returns text that is safe to print: control and bidirectional characters are replaced by
/// visible ones, so that nothing read from a file can steer a terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\u{0}'..='\u{1f}' => plain.push(char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}')),
            '\u{7f}' => plain.push('\u{2421}'),
            '\u{80}'..='\u{9f}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{61c}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' => plain.push('\u{fffd}'),
            _ => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::super::{Code, Diagnostic, Place, Sources};
    use super::*;

    #[test]
    fn a_span_is_shown_with_line_column_code_and_help() {
        let mut sources = Sources::default();
        let id = sources.add("rules/xx/x.toml", "schema = 1\nfrmo = 2024-01-01\n");
        let diagnostic = Diagnostic::error(Code::UnknownKey, "unknown key `frmo`")
            .at(Place::span(id, 11..15))
            .label("not a key of a rule")
            .help("did you mean `from`?");
        let text = Renderer { colour: false }.render(&diagnostic, &sources);
        assert!(text.contains("error[unknown-key]: unknown key `frmo`"), "{text}");
        assert!(text.contains("rules/xx/x.toml:2:1"), "{text}");
        assert!(text.contains("help: did you mean `from`?"), "{text}");
    }

    #[test]
    fn places_without_text_are_named() {
        let diagnostic =
            Diagnostic::warning(Code::UnreadRow, "the row breaks off").at(Place::Line("a\u{1b}[31m.csv".into(), 7, Some(3)));
        let text = Renderer { colour: false }.render(&diagnostic, &Sources::default());
        assert!(text.contains("a␛[31m.csv:7:3"), "{text}");
        assert!(text.starts_with("warning[unread-row]"), "{text}");
    }

    #[test]
    fn nothing_hostile_survives() {
        assert_eq!(printable("a\u{1b}]8;;x\u{7}\u{202e}b\r\n"), "a␛]8;;x␇\u{fffd}b␍␊");
    }
}
