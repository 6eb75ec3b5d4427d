//! The chain of digests: each link's digest covers the link before, so that a run that was changed,
//! taken out, put in or moved shows in every later one.
//!
//! The newest digest stands for the whole history. `interdict run` tells it, and who keeps it
//! elsewhere can tell a history that was written anew as a whole.

use crate::model::digest::sha256;

/// What comes before the first link.
pub const START: &str = "interdict history 1";

/// Returns the digest of a link.
#[must_use]
pub fn link(previous: &str, kind: &str, record: &str) -> String {
    sha256(format!("{previous}\n{kind}\n{record}").as_bytes())
}

/// Returns the id of what is told to a recipient after a link: the same whenever it is asked for.
#[must_use]
pub fn notice(link: &str, what: &str, recipient: &str) -> String {
    let digest = sha256(format!("interdict notice 1\n{link}\n{what}\n{recipient}").as_bytes());
    digest.chars().skip("sha256:".len()).take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_depends_on_all_that_came_before() {
        let chain = |records: &[&str]| records.iter().fold(START.to_owned(), |last, record| link(&last, "run", record));
        let whole = chain(&["a", "b", "c"]);
        for other in [&["a", "c"][..], &["b", "a", "c"], &["a", "x", "c"], &["a", "b", "c", "d"], &["a", "b\nrun\nc"]] {
            assert_ne!(chain(other), whole, "{other:?}");
        }
        assert_ne!(link(START, "run", "a"), link(START, "prune", "a"));
    }
}
