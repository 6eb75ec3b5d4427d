//! Version and architecture in a display name: `7-Zip 19.00 (x64)` is the product `7-Zip`.
//!
//! Programs are listed under names that carry both, so that the same product has another name with
//! each update. Only what certainly is one of the two is taken off: `Office 2016`, `Windows 10` and
//! `log4j-1.2` keep their numbers.

use std::borrow::Cow;

/// A display name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName<'a> {
    /// The name without version and architecture.
    pub product: Cow<'a, str>,
    /// The version in the name; empty where it has none that could be told.
    pub version: &'a str,
}

impl<'a> DisplayName<'a> {
    /// Takes a display name apart. `version` is what the row itself says; a short number that
    /// disagrees with it is part of the name.
    #[must_use]
    pub fn new(name: &'a str, version: &str) -> Self {
        let whole = Self { product: Cow::Borrowed(name), version: "" };
        // Nearly every name has neither, and this is all it costs.
        if !name.bytes().any(|byte| byte.is_ascii_digit()) || !name.contains(' ') {
            return whole;
        }
        let tokens: Vec<Token<'_>> = tokens(name).collect();
        let found = tokens.iter().rposition(|token| is_version(token.core(), version));
        let is_last = |at: usize| tokens[at + 1..].iter().all(|token| is_dash(token.text) || token.is_architecture());
        // Inside a name, `9.5` may be part of it; `11.6.0` or what the row itself says is not.
        let found = found.filter(|&at| at > 0 && (is_last(at) || is_long(tokens[at].core()) || agrees(tokens[at].core(), version)));
        let mut kept: Vec<&str> = Vec::with_capacity(tokens.len());
        for (at, token) in tokens.iter().enumerate() {
            if found == Some(at) {
                while kept.len() > 1 && kept.last().is_some_and(|word| announces_version(word)) {
                    kept.pop();
                }
            } else if at == 0 || !token.is_architecture() || !token.is_bracketed && !is_last(at) {
                kept.push(token.text);
            }
        }
        if kept.len() == tokens.len() {
            return whole;
        }
        while kept.len() > 1 && kept.last().is_some_and(|word| is_dash(word)) {
            kept.pop();
        }
        let product = kept.join(" ");
        if !product.chars().any(char::is_alphabetic) {
            return whole;
        }
        let version = found.map_or("", |at| bare(tokens[at].core()));
        Self { product: Cow::Owned(product), version }
    }
}

/// A word of a name, or all that stands between two brackets.
struct Token<'a> {
    text: &'a str,
    is_bracketed: bool,
}

impl<'a> Token<'a> {
    /// The text without brackets and the comma behind it.
    fn core(&self) -> &'a str {
        let text = if self.is_bracketed { &self.text[1..self.text.len() - 1] } else { self.text };
        text.trim_matches(|letter| letter == ',' || letter == ' ')
    }

    /// Returns whether the token is about the architecture only, with a language at most.
    fn is_architecture(&self) -> bool {
        let mut words = self.core().split([' ', ',', ';', '/']).filter(|word| !word.is_empty() && !is_dash(word));
        let mut seen = false;
        words.all(|word| {
            let architecture = is_architecture(word) || self.is_bracketed && matches!(word, "64" | "32");
            seen |= architecture;
            architecture || self.is_bracketed && (word.eq_ignore_ascii_case("bit") || seen && is_language(word))
        }) && seen
    }
}

fn tokens(name: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = name;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let close = match rest.chars().next()? {
            '(' => Some(')'),
            '[' => Some(']'),
            _ => None,
        };
        // A bracket that ends with the word, or with the name, holds a remark of its own.
        let group = close.and_then(|close| rest.find(close)).filter(|&end| {
            let inside = &rest[1..end];
            !inside.contains(['(', '[']) && rest[end + 1..].chars().next().is_none_or(char::is_whitespace)
        });
        let (is_bracketed, end) = match group {
            Some(end) => (true, end + 1),
            None => (false, rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Token { text, is_bracketed })
    })
}

fn is_dash(word: &str) -> bool {
    matches!(word, "-" | "\u{2013}" | "\u{2014}")
}

fn announces_version(word: &str) -> bool {
    is_dash(word) || ["version", "version:", "ver", "ver.", "v", "v.", "build"].iter().any(|one| word.eq_ignore_ascii_case(one))
}

fn is_architecture(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "x64", "x86", "x86_64", "x86-64", "amd64", "arm64", "aarch64", "i386", "i686", "ia64", "64-bit", "32-bit", "64bit", "32bit",
    ];
    WORDS.iter().any(|one| word.eq_ignore_ascii_case(one))
}

/// `de`, `en-US`: as Firefox writes them after the architecture.
fn is_language(word: &str) -> bool {
    let (language, region) = word.split_once('-').unwrap_or((word, "XX"));
    language.len() == 2
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && (2..=4).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Without the letter that says what it is: `v2.3` is the version `2.3`.
fn bare(text: &str) -> &str {
    text.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit())).unwrap_or(text)
}

/// Returns whether a word is a version. A short one that the row contradicts is none.
fn is_version(text: &str, version: &str) -> bool {
    let text = bare(text);
    let mut parts = text.split('.');
    let starts_with_digit = |part: &str| part.starts_with(|first: char| first.is_ascii_digit());
    let is_number = parts.next().is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    is_number
        && text.contains('.')
        && text.len() <= 64
        && parts.all(starts_with_digit)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte))
        && (version.is_empty() || agrees(text, version) || is_long(text))
}

/// Returns whether one of two versions goes on where the other ends.
fn agrees(text: &str, version: &str) -> bool {
    let (text, version) = (bare(text), bare(version));
    let goes_on = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '+', ' ']))
    };
    !version.is_empty() && (goes_on(text, version) || goes_on(version, text))
}

fn is_long(text: &str) -> bool {
    bare(text).split('.').count() >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_architecture_are_taken_off() {
        for (name, version, product, found) in [
            ("7-Zip 19.00 (x64)", "", "7-Zip", "19.00"),
            ("7-Zip 19.00 (x64)", "19.00.00.0", "7-Zip", "19.00"),
            ("Mozilla Firefox (x64 en-US)", "128.0", "Mozilla Firefox", ""),
            ("Mozilla Firefox 128.0 (x86 de)", "128.0", "Mozilla Firefox", "128.0"),
            ("Kaspersky Endpoint Security 11.6.0.394", "", "Kaspersky Endpoint Security", "11.6.0.394"),
            ("Kaspersky Endpoint Security 11.6.0 for Windows (64-bit)", "", "Kaspersky Endpoint Security for Windows", "11.6.0"),
            ("Kaspersky Security 10.1 for Windows Server", "10.1.2.996", "Kaspersky Security for Windows Server", "10.1"),
            ("Python 3.11.4 (64 bit)", "3.11.4150.0", "Python", "3.11.4"),
            (
                "Microsoft Visual C++ 2015-2022 Redistributable (x64) - 14.38.33130",
                "",
                "Microsoft Visual C++ 2015-2022 Redistributable",
                "14.38.33130",
            ),
            ("Microsoft .NET Runtime - 6.0.25 (x64)", "48.100.4037", "Microsoft .NET Runtime", "6.0.25"),
            ("Telegram Desktop version 4.8.1", "", "Telegram Desktop", "4.8.1"),
            ("WinRAR v6.11 64-bit", "", "WinRAR", "6.11"),
            ("Java 8 Update 361 (64-bit)", "8.0.3610.9", "Java 8 Update 361", ""),
            ("Node.js (v18.2.0)", "", "Node.js", "18.2.0"),
            ("Яндекс Браузер 23.7.1", "", "Яндекс Браузер", "23.7.1"),
        ] {
            let read = DisplayName::new(name, version);
            assert_eq!((read.product.as_ref(), read.version), (product, found), "{name} / {version}");
        }
    }

    #[test]
    fn what_is_part_of_the_name_stays() {
        for (name, version) in [
            ("Microsoft Office 2016", "16.0.4266.1001"),
            ("Windows 10", ""),
            ("log4j-1.2", "1.2.17"),
            ("Kaspersky Plus", "21.3"),
            ("1.1.1.1", ""),
            ("3.11.4 (x64)", ""),
            ("Adobe Acrobat 9.5 Pro", ""),
            ("Tool 2.0", "7.1"),
            ("Visual Studio Code (User)", "1.90"),
            ("Site 64", ""),
            ("Nero (de)", ""),
            ("", ""),
            ("a (", ""),
            ("x64 Dbg", ""),
            ("Dual Space - 64Bit Support", ""),
        ] {
            assert_eq!(DisplayName::new(name, version), DisplayName { product: Cow::Borrowed(name), version: "" }, "{name}");
        }
    }
}
