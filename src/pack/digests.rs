//! A digest of each rule and entity, over what a verdict rests on: a corrected title or a newer
//! `verified` changes none.

use std::collections::BTreeMap;

use serde::Serialize;

use super::compile::Catalogue;
use super::rule::Rule;
use crate::model::digest::sha256;

/// So many letters of a digest tell two versions of a rule apart.
const LETTERS: usize = 16;

/// Returns the digests by `rule:ID` and `entity:ID`, and `registry`.
#[must_use]
pub fn digests(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let rules = catalogue.rules.iter().map(|rule| (format!("rule:{}", rule.id), short(&bare(rule))));
    let entities = catalogue.entities.iter().map(|entity| (format!("entity:{}", entity.id), short(entity)));
    let registry = std::iter::once(("registry".to_owned(), short(&catalogue.registry)));
    rules.chain(entities).chain(registry).collect()
}

fn short<T: Serialize>(value: &T) -> String {
    let digest = sha256(&postcard::to_stdvec(value).unwrap_or_default());
    digest.trim_start_matches("sha256:").chars().take(LETTERS).collect()
}

/// A rule without what is only told of it.
fn bare(rule: &Rule) -> Rule {
    Rule {
        title: String::new(),
        citation: None,
        also_cited_as: Vec::new(),
        url: String::new(),
        verified: None,
        note: None,
        sources: Vec::new(),
        advice: None,
        alternatives: Vec::new(),
        file: String::new(),
        line: 0,
        shipped: false,
        ..rule.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::When;

    #[test]
    fn what_is_only_told_of_a_rule_changes_no_digest() {
        let mut catalogue = crate::builtin::catalogue();
        let before = digests(&catalogue);
        assert_eq!(before.len(), catalogue.rules.len() + catalogue.entities.len() + 1);
        let rule = catalogue.rules[0].clone();
        let told = Rule { title: "!".to_owned(), verified: None, line: rule.line + 1, ..rule.clone() };
        assert_eq!(short(&bare(&told)), short(&bare(&rule)));
        let other = Rule { announced: When::parse("1999-01-01").expect("a day"), ..rule.clone() };
        assert_ne!(short(&bare(&other)), short(&bare(&rule)));
        catalogue.entities[0].cpe_vendors.push("x".to_owned());
        let after = digests(&catalogue);
        let changed: Vec<_> = before.iter().filter(|(key, digest)| after[*key] != **digest).map(|(key, _)| key.clone()).collect();
        assert_eq!(changed, [format!("entity:{}", catalogue.entities[0].id)]);
    }
}
