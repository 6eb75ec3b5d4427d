//! Changes in words: one line for all of them, and the cause of each.

use std::collections::BTreeMap;

use crate::diag::printable;
use crate::model::{Cause, Change, ChangeKind};

/// So many causes of a kind of change are told in one line.
const CAUSES: usize = 3;

/// Returns all changes in one line, such as "3 new (the item came), 1 worse (2024-09-29 was reached:
/// no-updates in force)"; "nothing changed" where there are none.
#[must_use]
pub fn line<'a>(changes: impl Iterator<Item = &'a Change> + Clone) -> String {
    let parts: Vec<String> = ChangeKind::ALL.iter().filter_map(|&kind| part(kind, changes.clone())).collect();
    if parts.is_empty() { "nothing changed".to_owned() } else { parts.join(", ") }
}

fn part<'a>(kind: ChangeKind, changes: impl Iterator<Item = &'a Change>) -> Option<String> {
    let mut causes: BTreeMap<String, usize> = BTreeMap::new();
    for change in changes.filter(|change| change.kind == kind) {
        *causes.entry(cause(change)).or_default() += 1;
    }
    let count: usize = causes.values().sum();
    let mut sorted: Vec<(String, usize)> = causes.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let told = match sorted.as_slice() {
        [] => return None,
        [(only, _)] => only.clone(),
        many => {
            let first = many.iter().take(CAUSES).map(|(text, count)| format!("{count}: {text}")).collect::<Vec<_>>().join("; ");
            let more = many.len().saturating_sub(CAUSES);
            if more > 0 { format!("{first}; {more} more causes") } else { first }
        }
    };
    Some(format!("{count} {} ({told})", kind_in_words(kind)))
}

fn kind_in_words(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::New => "new",
        ChangeKind::Worse => "worse",
        ChangeKind::WaiverEnded => "no longer waived",
        ChangeKind::Better => "better",
        ChangeKind::NowWaived => "waived",
        ChangeKind::Gone => "gone",
        ChangeKind::Unseen => "not to be seen",
        ChangeKind::SeenAgain => "seen again",
    }
}

/// Returns the cause of a change in words.
#[must_use]
pub fn cause(change: &Change) -> String {
    let detail = change.detail.as_deref().map(printable);
    let with = |text: &str| detail.as_ref().map_or_else(|| text.to_owned(), |detail| format!("{text}: {detail}"));
    match change.cause {
        Cause::ItemCame => "the item came".to_owned(),
        Cause::ItemWent => "the item went".to_owned(),
        Cause::ItemChanged => "the item is another version or elsewhere".to_owned(),
        Cause::RuleChanged => "the rule was changed".to_owned(),
        Cause::DateReached => with(&format!("{} was reached", change.on.as_deref().unwrap_or("a date"))),
        Cause::Waiver => with("the waiver"),
        Cause::Configuration => with("the configuration was changed"),
        Cause::Unread if change.kind == ChangeKind::SeenAgain => "its inventory can be read again".to_owned(),
        Cause::Unread => with("its inventory could not be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(kind: ChangeKind, cause: Cause, on: Option<&str>, detail: Option<&str>) -> Change {
        Change {
            fingerprint: "1:0".into(),
            kind,
            before: None,
            after: None,
            waived: false,
            cause,
            on: on.map(str::to_owned),
            detail: detail.map(str::to_owned),
            rule: "r".into(),
            vendor: String::new(),
            product: String::new(),
            asset: String::new(),
        }
    }

    #[test]
    fn one_line_says_what_changed_and_why() {
        assert_eq!(line([].iter()), "nothing changed");
        let came = change(ChangeKind::New, Cause::ItemCame, None, None);
        let date = change(ChangeKind::New, Cause::DateReached, Some("2024-07-20"), Some("no-sale in force"));
        let went = change(ChangeKind::Gone, Cause::ItemWent, None, None);
        assert_eq!(
            line([went, came.clone(), date, came].iter()),
            "3 new (2: the item came; 1: 2024-07-20 was reached: no-sale in force), 1 gone (the item went)"
        );
        let unread = change(ChangeKind::Unseen, Cause::Unread, None, Some("a\u{1b}[31m.csv"));
        assert_eq!(line([unread].iter()), "1 not to be seen (its inventory could not be read: a␛[31m.csv)");
    }
}
