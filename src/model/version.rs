//! Versions as vendors write them, and ranges over them.
//!
//! No single scheme holds across vendors, so a version is read as a row of numbers and words:
//! numbers compare as numbers, words as text, and a word sorts before a number or the end, so that
//! `5.0-beta` lies before `5.0`. Words for a fix sort after the end: `5.0 HF1` lies after `5.0`.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// A version, split into numbers and words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    /// Digits without leading zeros, so that no number is too long to compare.
    Number(String),
    Word(String),
}

impl Version {
    /// Reads a version; `None` where the text holds no digit at all.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let same = |letter: char| {
                if first.is_ascii_digit() { letter.is_ascii_digit() } else { letter.is_alphabetic() }
            };
            if first.is_ascii_digit() || first.is_alphabetic() {
                let end = rest.find(|letter| !same(letter)).unwrap_or(rest.len());
                let (part, tail) = rest.split_at(end);
                parts.push(if first.is_ascii_digit() {
                    Part::Number(part.trim_start_matches('0').to_owned())
                } else {
                    Part::Word(part.to_lowercase())
                });
                rest = tail;
            } else if first == '+' {
                // Build metadata does not order versions.
                break;
            } else {
                rest = &rest[first.len_utf8()..];
            }
        }
        while matches!(parts.last(), Some(Part::Number(number)) if number.is_empty()) {
            parts.pop();
        }
        Some(Self(parts))
    }
}

/// Words for what is delivered after a version.
const FIXES: [&str; 10] = ["cu", "fix", "hf", "hotfix", "mr", "patch", "pl", "rev", "sp", "update"];

fn is_fix(word: &str) -> bool {
    FIXES.contains(&word)
}

impl Part {
    /// Returns how the part compares with the end of the other version.
    fn against_end(&self) -> Ordering {
        match self {
            Self::Number(number) if number.is_empty() => Ordering::Equal,
            Self::Number(_) => Ordering::Greater,
            Self::Word(word) if is_fix(word) => Ordering::Greater,
            Self::Word(_) => Ordering::Less,
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        for at in 0..self.0.len().max(other.0.len()) {
            let order = match (self.0.get(at), other.0.get(at)) {
                (Some(Part::Number(a)), Some(Part::Number(b))) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
                (Some(Part::Word(a)), Some(Part::Word(b))) => is_fix(a).cmp(&is_fix(b)).then_with(|| a.cmp(b)),
                (Some(Part::Word(_)), Some(Part::Number(_))) => Ordering::Less,
                (Some(Part::Number(_)), Some(Part::Word(_))) => Ordering::Greater,
                (Some(part), None) => part.against_end(),
                (None, Some(part)) => part.against_end().reverse(),
                (None, None) => Ordering::Equal,
            };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Relation {
    Less,
    AtMost,
    Equal,
    NotEqual,
    AtLeast,
    Greater,
}

/// A range such as `>=5, <7`: every part must hold. Ranges joined by `||` are alternatives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRange(Vec<Vec<(Relation, Version)>>);

impl VersionRange {
    /// Reads a range; the error says which part does not parse.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split("||").map(Self::parse_all).collect::<Result<_, _>>().map(Self)
    }

    fn parse_all(text: &str) -> Result<Vec<(Relation, Version)>, String> {
        text.split(',')
            .map(|part| {
                let part = part.trim();
                let split = part.find(|letter: char| !"<>=!".contains(letter)).unwrap_or(part.len());
                let (sign, version) = part.split_at(split);
                let relation = match sign {
                    "<" => Relation::Less,
                    "<=" => Relation::AtMost,
                    "=" | "==" | "" => Relation::Equal,
                    "!=" => Relation::NotEqual,
                    ">=" => Relation::AtLeast,
                    ">" => Relation::Greater,
                    _ => return Err(format!("`{sign}` is no comparison")),
                };
                Version::parse(version).map(|version| (relation, version)).ok_or_else(|| format!("`{part}` holds no version"))
            })
            .collect()
    }

    /// Returns whether a version lies in the range.
    #[must_use]
    pub fn contains(&self, version: &Version) -> bool {
        self.0.iter().any(|all| {
            all.iter().all(|(relation, bound)| {
                let order = version.cmp(bound);
                match relation {
                    Relation::Less => order.is_lt(),
                    Relation::AtMost => order.is_le(),
                    Relation::Equal => order.is_eq(),
                    Relation::NotEqual => order.is_ne(),
                    Relation::AtLeast => order.is_ge(),
                    Relation::Greater => order.is_gt(),
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).expect("version")
    }

    #[test]
    fn order_is_what_people_expect() {
        let sorted = ["5.0-beta", "5.0", "5.0.1", "5.2", "5.10", "2019.4", "2020.2.1 HF1", "20230101"];
        for pair in sorted.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
        assert_eq!(version("v1.0"), version("1"));
        assert_eq!(version("1.0+build7"), version("1.0"));
        assert_eq!(version("01.002"), version("1.2"));
        assert_eq!(Version::parse("unknown"), None);
    }

    #[test]
    fn a_fix_comes_after_and_a_trial_before() {
        let sorted = ["5.0 alpha", "5.0 rc2", "5.0", "5.0 HF1", "5.0 SP2", "5.0.1", "5.1-beta", "5.1 update 3"];
        for pair in sorted.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
        let range = VersionRange::parse("<=2020.2.1").expect("range");
        assert!(!range.contains(&version("2020.2.1 HF1")));
    }

    #[test]
    fn ranges_hold_at_their_edges() {
        let range = VersionRange::parse(">=5, <7").expect("range");
        for (text, inside) in [("4.9", false), ("5", true), ("5.0.0", true), ("6.99", true), ("7", false), ("7.0", false)] {
            assert_eq!(range.contains(&version(text)), inside, "{text}");
        }
        let either = VersionRange::parse("2019.4 || >=2020.2, <=2020.2.1").expect("range");
        assert!(either.contains(&version("2019.4")));
        assert!(either.contains(&version("2020.2.1")));
        assert!(!either.contains(&version("2020.1")));
        assert!(VersionRange::parse(">=").is_err());
        assert!(VersionRange::parse("=>5").is_err());
    }
}
