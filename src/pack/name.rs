//! Names of vendors and products, folded so that spellings of the same name agree.
//!
//! A folded name is a row of words joined by single spaces: compatibility forms, case, accents,
//! punctuation and invisible characters are gone. Han characters stand alone, since Chinese and
//! Japanese write no spaces; so a phrase is found on word boundaries in every script.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::table::Table;

/// A folded name: words joined by single spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Folded {
    text: String,
    /// Byte ranges of the words.
    words: Vec<(u32, u32)>,
}

impl Folded {
    /// Folds a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut folded = Self::default();
        folded.set(text);
        folded
    }

    /// Folds a text into this buffer.
    pub fn set(&mut self, text: &str) {
        self.text.clear();
        self.words.clear();
        self.text.reserve(text.len());
        self.words.reserve(8);
        if text.is_ascii() {
            self.push_ascii(text);
        } else {
            let plain: String =
                text.chars().filter(|&letter| !is_ignored(letter)).nfkd().filter(|&letter| !is_accent(letter)).collect();
            let cased = caseless::default_case_fold_str(&plain);
            self.push_all(cased.nfc());
            self.settle_numbers();
        }
    }

    /// Folds a text that is written without spaces, as programs write names: a capital after a
    /// small letter begins a word, and so does a digit after five letters (`TelegramDesktop21`). None
    /// where no word begins so.
    #[must_use]
    pub fn split(text: &str) -> Option<Self> {
        if text.is_ascii() && !begins_words(text.as_bytes()) {
            return None;
        }
        let mut spaced = String::new();
        let (mut before, mut run, mut done) = (None, 0, 0);
        let mut letters = text.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let small_after = letters.peek().is_some_and(|(_, after)| after.is_lowercase());
            let begins = before.is_some_and(|before: char| {
                letter.is_uppercase() && (before.is_lowercase() || before.is_uppercase() && small_after)
                    || letter.is_ascii_digit() && run >= 5
            });
            run = if letter.is_alphabetic() { run + 1 } else { 0 };
            if begins {
                spaced.push_str(&text[done..at]);
                spaced.push(' ');
                done = at;
            }
            before = Some(letter);
        }
        // What has no capital stays as it is.
        if done == 0 || !text.chars().any(char::is_uppercase) {
            return None;
        }
        spaced.push_str(&text[done..]);
        Some(Self::new(&spaced))
    }

    /// Writes words of digits and letters that look Latin with Latin letters: of the Cyrillic and
    /// the Latin `1C` nobody can tell which one was typed.
    fn settle_numbers(&mut self) {
        let settle = |word: &str| -> Option<String> {
            let looks_latin = |letter: char| letter.is_ascii_alphanumeric() || latin_lookalike(letter).is_ascii();
            let mixed = !word.is_ascii() && word.bytes().any(|byte| byte.is_ascii_digit()) && word.chars().all(looks_latin);
            mixed.then(|| word.chars().map(latin_lookalike).collect())
        };
        if self.iter().any(|word| settle(word).is_some()) {
            let words: Vec<String> = self.iter().map(|word| settle(word).unwrap_or_else(|| word.to_owned())).collect();
            self.text.clear();
            self.words.clear();
            self.push_all(words.join(" ").chars());
        }
    }

    /// Does what [`push_all`](Self::push_all) does with the small letters of a text, a word at a time.
    fn push_ascii(&mut self, text: &str) {
        let bytes = text.as_bytes();
        // Where the present word begins in the folded text.
        let mut word = None;
        let mut at = 0;
        while at < bytes.len() {
            let from = at;
            at += bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            if at > from {
                if word.is_none() {
                    if !self.text.is_empty() {
                        self.text.push(' ');
                    }
                    word = Some(self.end());
                }
                self.text.push_str(&text[from..at]);
            } else {
                // Apostrophes stand inside words.
                let start = if matches!(bytes[at], b'\'' | b'`') { None } else { word.take() };
                self.words.extend(start.map(|start| (start, self.end())));
                at += 1;
            }
        }
        self.words.extend(word.map(|start| (start, self.end())));
        self.text.make_ascii_lowercase();
    }

    fn push_all(&mut self, letters: impl Iterator<Item = char>) {
        let mut last = Class::Gap;
        let mut start = 0;
        for letter in letters {
            let class = Class::of(letter);
            if class == Class::Joiner {
                continue;
            }
            let joins = class == last && class != Class::Han && class != Class::Gap;
            if !joins && last != Class::Gap {
                self.words.push((start, self.end()));
            }
            if class != Class::Gap {
                if !joins {
                    if !self.text.is_empty() {
                        self.text.push(' ');
                    }
                    start = self.end();
                }
                self.text.push(letter);
            }
            last = class;
        }
        if last != Class::Gap {
            self.words.push((start, self.end()));
        }
    }

    fn end(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    /// Returns the whole folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the number of words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Returns whether no word is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Returns the words from `from` up to `to` as a phrase.
    #[must_use]
    pub fn phrase(&self, from: usize, to: usize) -> &str {
        match (self.words.get(from), to.checked_sub(1).and_then(|last| self.words.get(last))) {
            (Some(&(start, _)), Some(&(_, end))) if start < end => &self.text[start as usize..end as usize],
            _ => "",
        }
    }

    /// Returns the words.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.words.iter().map(|&(start, end)| &self.text[start as usize..end as usize])
    }

    /// Returns the letters without the spaces.
    #[must_use]
    pub fn compact(&self, from: usize, to: usize) -> String {
        let mut letters = String::with_capacity(self.phrase(from, to).len());
        for &(start, end) in self.words.get(from..to).unwrap_or_default() {
            letters.push_str(&self.text[start as usize..end as usize]);
        }
        letters
    }
}

/// Returns whether a word begins inside another, as in [`Folded::split`]: a quick look at what has no such word, as most.
fn begins_words(text: &[u8]) -> bool {
    let (mut before, mut run) = (b' ', 0);
    for (at, &byte) in text.iter().enumerate() {
        if byte.is_ascii_uppercase() {
            let small_after = text.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            if before.is_ascii_lowercase() || before.is_ascii_uppercase() && small_after {
                return true;
            }
        } else if byte.is_ascii_digit() && run >= 5 {
            return true;
        }
        run = if byte.is_ascii_alphabetic() { run + 1 } else { 0 };
        before = byte;
    }
    false
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Gap,
    Joiner,
    Word,
    Han,
    Katakana,
    Hiragana,
}

impl Class {
    fn of(letter: char) -> Self {
        match letter {
            'a'..='z' | '0'..='9' => Self::Word,
            // Apostrophes stand inside words.
            '\'' | '\u{2019}' | '\u{2bc}' | '`' => Self::Joiner,
            '\u{0}'..='\u{7f}' => Self::Gap,
            '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{323af}'
            | '\u{3005}'
            | '\u{3007}' => Self::Han,
            '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' => Self::Katakana,
            '\u{3041}'..='\u{309f}' => Self::Hiragana,
            _ if letter.is_alphanumeric() => Self::Word,
            // Vowel signs and the like belong to the word around them.
            _ if unicode_normalization::char::is_combining_mark(letter) => Self::Word,
            _ => Self::Gap,
        }
    }
}

/// Marks that mean nothing, and invisible characters.
fn is_ignored(letter: char) -> bool {
    matches!(
        letter,
        '\u{ae}' | '\u{2122}' | '\u{a9}' | '\u{2120}' | '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}'
    )
}

fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// Returns the Latin letter that a folded Cyrillic or Greek one looks like, else the letter.
pub(crate) fn latin_lookalike(letter: char) -> char {
    match letter {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' => 'c',
        'ԁ' => 'd',
        'е' => 'e',
        'һ' | 'н' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'м' => 'm',
        'о' | 'ο' | 'σ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ц' => 'u',
        'ѵ' | 'ν' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' => 'y',
        other => other,
    }
}

/// Phrases that are recognised at the ends of names, or anywhere in them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Trimmer {
    /// Folded phrases.
    phrases: Table<()>,
    /// Words of the longest.
    longest: u32,
}

impl Trimmer {
    /// Makes a trimmer of phrases as written. Each counts with its dots as gaps and without
    /// (`S.A.` as `s a` and as `sa`).
    pub fn new<'a>(phrases: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut folded, mut longest) = (Vec::new(), 0);
        for phrase in phrases {
            for spelling in [Folded::new(phrase), Folded::new(&phrase.replace('.', ""))] {
                if !spelling.is_empty() {
                    longest = longest.max(u32::try_from(spelling.len()).unwrap_or(u32::MAX));
                    folded.push((spelling.text, ()));
                }
            }
        }
        Self { phrases: Table::new(folded), longest }
    }

    /// Returns whether the phrase is in the list.
    #[must_use]
    pub fn has(&self, phrase: &str) -> bool {
        self.phrases.number_of(phrase).is_some()
    }

    /// Returns whether any phrase of the list stands among the words from `from` up to `to`.
    #[must_use]
    pub fn stands_in(&self, name: &Folded, from: usize, to: usize) -> bool {
        (from..to)
            .any(|start| (1..=(self.longest as usize).min(to - start)).any(|words| self.has(name.phrase(start, start + words))))
    }

    /// Returns the range of words left when phrases of the list are taken off the end, and off
    /// the start. At least one word is left.
    #[must_use]
    pub fn trim(&self, name: &Folded, range: (usize, usize)) -> (usize, usize) {
        let (mut from, mut to) = range;
        while let Some(cut) = self.lengths(to - from).find(|&cut| self.has(name.phrase(to - cut, to))) {
            to -= cut;
        }
        while let Some(cut) = self.lengths(to - from).find(|&cut| self.has(name.phrase(from, from + cut))) {
            from += cut;
        }
        (from, to)
    }

    /// Lengths to try, longest first, so that one word is left.
    fn lengths(&self, words: usize) -> impl Iterator<Item = usize> + use<> {
        (1..=(self.longest as usize).min(words.saturating_sub(1))).rev()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fold(text: &str) -> String {
        Folded::new(text).text
    }

    #[test]
    fn spellings_agree() {
        for (text, folded) in [
            ("AO Kaspersky Lab", "ao kaspersky lab"),
            ("Kaspersky™ Endpoint-Security 11.10", "kaspersky endpoint security 11 10"),
            ("ＫＡＳＰＥＲＳＫＹ", "kaspersky"),
            ("Kas\u{200b}per\u{ad}sky", "kaspersky"),
            ("STRASSE", "strasse"),
            ("straße", "strasse"),
            ("Société Générale", "societe generale"),
            ("АО «Лаборатория Касперского»", "ао лаборатория касперского"),
            ("华为技术有限公司", "华 为 技 术 有 限 公 司"),
            ("华为Mate 60", "华 为 mate 60"),
            ("カスペルスキー製品", "カスペルスキー 製 品"),
            ("1C:Предприятие 8", "1c предприятие 8"),
            ("1С:Предприятие 8", "1c предприятие 8"), // a Cyrillic letter beside the digit
            ("АО 3В", "ао 3b"),
            ("С 1", "с 1"),
            ("O'Reilly", "oreilly"),
            ("  --  ", ""),
            ("İstanbul", "istanbul"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn names_without_spaces_are_split_where_programs_begin_words() {
        for (text, folded) in [
            ("TelegramDesktop", "telegram desktop"),
            ("QQMusic", "qq music"),
            ("KasperskyPremium21.3", "kaspersky premium 21 3"),
            ("WPSOffice", "wps office"),
            ("iVMS4200", "i vms4200"),
            ("X11", "x11"),
            ("SAP2000", "sap2000"),
            ("E046963F.LenovoCompanion", "e046963f lenovo companion"),
            ("SnapInc.Snapchat", "snap inc snapchat"),
            ("ЯндексДиск", "яндекс диск"),
            ("ZTE", "zte"),
            ("wechat2md", "wechat2md"),
        ] {
            let split = Folded::split(text).unwrap_or_else(|| Folded::new(text));
            assert_eq!(split.text, folded, "{text}");
        }
    }

    proptest! {
        #[test]
        fn plain_letters_are_folded_as_all_are(text in "[ -~]{0,40}|[A-Ca-c12'` .]{0,12}") {
            let mut folded = Folded::default();
            folded.push_all(text.chars().map(|letter| letter.to_ascii_lowercase()));
            prop_assert_eq!(&folded, &Folded::new(&text));
            // A letter that is no ASCII, as a word of its own, has the name looked at in full.
            let split = Folded::split(&format!("{text} \u{e4}")).map(|split| split.text);
            let split = split.map(|split| split.strip_suffix(" a").unwrap_or_default().to_owned());
            prop_assert_eq!(Folded::split(&text).map(|split| split.text), split);
        }
    }

    #[test]
    fn phrases_are_rows_of_words() {
        let name = Folded::new("Kaspersky Endpoint Security 11.10 for Windows (x64)");
        assert_eq!(name.len(), 8);
        assert_eq!(name.phrase(0, 3), "kaspersky endpoint security");
        assert_eq!(name.phrase(3, 3), "");
        assert_eq!(name.phrase(7, 99), "");
        assert_eq!(name.compact(0, 2), "kasperskyendpoint");
        assert_eq!(name.iter().last(), Some("x64"));
    }

    #[test]
    fn legal_forms_come_off_both_ends() {
        let forms = Trimmer::new(["S.A.", "AO", "Co., Ltd.", "有限公司", "GmbH", "Inc"]);
        for (text, rest) in [
            ("AO Kaspersky Lab", "kaspersky lab"),
            ("Kaspersky Labs GmbH", "kaspersky labs"),
            ("Acme SA", "acme"),
            ("Acme S. A.", "acme"),
            ("Dahua Technology Co., Ltd.", "dahua technology"),
            ("华为技术有限公司", "华 为 技 术"),
            ("AO", "ao"),
            ("Inc", "inc"),
        ] {
            let name = Folded::new(text);
            let (from, to) = forms.trim(&name, (0, name.len()));
            assert_eq!(name.phrase(from, to), rest, "{text}");
        }
    }
}
