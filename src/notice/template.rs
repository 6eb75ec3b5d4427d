//! Templates of notices: a text with `{{field}}` in it.
//!
//! A first line `Subject: …`, followed by an empty line, words the subject. Fields are filled with
//! texts that are safe to print; a field that nobody knows is a mistake, told with its line.

use crate::diag::{Code, Diagnostic, Diagnostics, Place, SourceId, nearest};

/// A checked template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    subject: Option<Vec<Part>>,
    text: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Words(String),
    Field(&'static str),
}

/// What a template may name.
pub const FIELDS: &[&str] = &["changes", "counts", "dates", "day", "gate", "id", "run", "run-digest", "subject", "summary"];

impl Template {
    /// Reads a template. Every problem goes to `diagnostics`.
    pub fn read(text: &str, source: SourceId, diagnostics: &mut Diagnostics) -> Self {
        let mut reader = Reader { source, diagnostics };
        let subject = text.strip_prefix("Subject:").and_then(|rest| rest.split_once('\n'));
        match subject {
            Some((line, rest)) => {
                let (start, words) = ("Subject:".len() + (line.len() - line.trim_start().len()), line.trim());
                let body = rest.trim_start_matches(['\r', '\n']);
                Self { subject: Some(reader.parts(words, start)), text: reader.parts(body, text.len() - body.len()) }
            }
            None => Self { subject: None, text: reader.parts(text, 0) },
        }
    }

    /// Returns the subject, where the template words it.
    #[must_use]
    pub fn subject(&self, fill: &dyn Fn(&str) -> String) -> Option<String> {
        self.subject.as_ref().map(|parts| join(parts, fill))
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self, fill: &dyn Fn(&str) -> String) -> String {
        join(&self.text, fill)
    }
}

fn join(parts: &[Part], fill: &dyn Fn(&str) -> String) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Words(words) => words.clone(),
            Part::Field(field) => fill(field),
        })
        .collect()
}

struct Reader<'d> {
    source: SourceId,
    diagnostics: &'d mut Diagnostics,
}

impl Reader<'_> {
    fn parts(&mut self, text: &str, offset: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        let (mut rest, mut at) = (text, offset);
        while let Some(open) = rest.find("{{") {
            parts.push(Part::Words(rest[..open].to_owned()));
            let inner = &rest[open + 2..];
            let end = inner.find("}}").filter(|end| !inner[..*end].contains('\n'));
            let Some(end) = end else {
                let problem = Diagnostic::error(Code::Syntax, "`{{` without `}}`").help("a field is written {{subject}}");
                self.problem(problem, at + open, 2);
                return parts;
            };
            let word = inner[..end].trim();
            match FIELDS.iter().find(|field| **field == word) {
                Some(field) => parts.push(Part::Field(field)),
                None => {
                    let help = match nearest(word, FIELDS.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("fields are {}", FIELDS.join(", ")),
                    };
                    let message = format!("unknown field `{}`", crate::diag::printable(word));
                    self.problem(Diagnostic::error(Code::UnknownValue, message).help(help), at + open, end + 4);
                }
            }
            at += open + 2 + end + 2;
            rest = &inner[end + 2..];
        }
        parts.push(Part::Words(rest.to_owned()));
        parts
    }

    fn problem(&mut self, diagnostic: Diagnostic, start: usize, length: usize) {
        self.diagnostics.push(diagnostic.at(Place::span(self.source, start..start + length)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;

    fn read(text: &str) -> Result<Template, Vec<(Code, usize)>> {
        let mut sources = Sources::default();
        let id = sources.add("t.txt", text);
        let mut diagnostics = Diagnostics::default();
        let template = Template::read(text, id, &mut diagnostics);
        if !diagnostics.has_errors() {
            return Ok(template);
        }
        let place = |one: &Diagnostic| if let Place::Span(_, start, _) = one.place { start } else { 0 };
        Err(diagnostics.iter().map(|one| (one.code, place(one))).collect())
    }

    #[test]
    fn fields_are_filled_and_others_refused() {
        let fill = |field: &str| field.to_uppercase();
        let template = read("Subject: [{{ run }}] {{subject}}\n\nOn {{day}}:\n{{changes}}").expect("is right");
        assert_eq!(template.subject(&fill).as_deref(), Some("[RUN] SUBJECT"));
        assert_eq!(template.text(&fill), "On DAY:\nCHANGES");
        assert_eq!(read("{ {{day}} }").expect("is right").subject(&fill), None);
        assert_eq!(read("Subject: x\n\nab {{dya}}"), Err(vec![(Code::UnknownValue, 15)]));
        assert_eq!(read("{{day\n}}"), Err(vec![(Code::Syntax, 0)]));
    }
}
