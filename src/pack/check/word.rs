//! Words that must be known: ids and the words of registries. One that is not is answered with the
//! one that may be meant, by its spelling, by its name, or by a part that both share.

use std::collections::BTreeSet;

use super::Checker;
use crate::diag::{Code, nearest};
use crate::pack::file::At;
use crate::pack::name::Folded;
use crate::pack::strict::cut;

impl Checker<'_> {
    pub(super) fn among(&mut self, word: &At<String>, known: &BTreeSet<String>, code: Code, what: &str) {
        if known.contains(word.as_str()) {
            return;
        }
        let help = match code {
            Code::UnknownEntity => self.known.entity_names.get(Folded::new(word).as_str()).map(String::as_str),
            Code::UnknownProduct => self.known.product_names.get(Folded::new(word).as_str()).map(String::as_str),
            _ => None,
        };
        let help = help.or_else(|| nearest(word, known.iter().map(String::as_str))).or_else(|| akin(word, known));
        let help = match help {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if known.is_empty() => Some(format!("no {what} of the file has a name")),
            None => where_listed(code).map_or_else(|| all_of(known), |where_listed| Some(where_listed.to_owned())),
        };
        self.error(code, word.span(), format!("unknown {what} `{}`", cut(word)), help);
    }

    pub(super) fn jurisdiction(&mut self, code: &At<String>) {
        if !self.known.jurisdictions.contains_key(code.as_str()) {
            let named = self.known.place_names.get(Folded::new(code).as_str()).map(String::as_str);
            let near = named.or_else(|| nearest(code, self.known.jurisdictions.keys().map(String::as_str)));
            let help = near.map_or_else(
                || "codes are ISO 3166-1 or -2, or a group of the registry".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.error(Code::UnknownJurisdiction, code.span(), format!("unknown jurisdiction `{}`", cut(code)), help);
        }
    }
}

/// Returns the known word that shares most of its parts with one, where it shares any.
fn akin<'k>(word: &str, known: &'k BTreeSet<String>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let parts: BTreeSet<&str> = word.split(['-', ' ', '_']).filter(|part| part.len() > 3).collect();
    let shared = |other: &str| other.split('-').filter(|part| parts.contains(part)).count();
    let best = known.iter().map(|other| (shared(other), std::cmp::Reverse(other.len()), other)).filter(|best| best.0 > 0).max()?;
    Some(best.2)
}

/// Returns where all words of a kind are listed; none where the file itself lists them.
fn where_listed(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::UnknownEntity => "entities go by the names of their files, as in rules/entities; add one where it is missing",
        Code::UnknownProduct => "products go by the ids that their entities list; add it there where it is missing",
        Code::UnknownCategory => "rules/categories.toml lists them all",
        Code::UnknownAudience => "`interdict rules list --audiences` names them all",
        Code::UnknownRule => "`interdict rules list` names them all",
        _ => return None,
    })
}

/// Returns the few words that a file itself gives.
fn all_of(known: &BTreeSet<String>) -> Option<String> {
    Some(format!("known here: {}", known.iter().map(String::as_str).collect::<Vec<_>>().join(", ")))
}
