//! Values of rows that name no known place or audience.

use std::collections::BTreeMap;

use super::Whereabouts;
use crate::diag::{Code, Diagnostic, Place};
use crate::pack::strict::cut;

/// So many of the values are shown.
const SHOWN: usize = 5;

/// Tells of values that are not known, with how many rows have one.
pub(super) fn remarks(seen: &[Whereabouts]) -> Vec<Diagnostic> {
    let (mut places, mut audiences) = (BTreeMap::new(), BTreeMap::new());
    for Whereabouts { situation, location, audience, rows, .. } in seen.iter().filter(|seen| seen.rows > 0) {
        if situation.place.is_none() && !location.is_empty() {
            *places.entry(&**location).or_default() += rows;
        }
        if situation.audience.is_none() && !audience.is_empty() {
            *audiences.entry(&**audience).or_default() += rows;
        }
    }
    let help = "add it to the row as a code or a country's name; until then the organisation's jurisdictions are taken";
    let places = remark(&places, Code::UnknownPlace, "a location", help);
    let help = "`interdict rules list --audiences` names those that are known";
    places.into_iter().chain(remark(&audiences, Code::UnknownGroup, "an audience", help)).collect()
}

fn remark(values: &BTreeMap<&str, u64>, code: Code, what: &str, help: &str) -> Option<Diagnostic> {
    let shown: Vec<String> = values.keys().take(SHOWN).map(|value| format!("`{}`", cut(value))).collect();
    let more = if values.len() > shown.len() { format!(" and {} more", values.len() - shown.len()) } else { String::new() };
    let rows = match values.values().sum::<u64>() {
        0 => return None,
        1 => "1 row has".to_owned(),
        rows => format!("{rows} rows have"),
    };
    let message = format!("{rows} {what} that is not known: {}{more}", shown.join(", "));
    Some(Diagnostic::warning(code, message).at(Place::None).help(help))
}
