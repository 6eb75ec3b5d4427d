//! Findings and what was not read, told in sentences that several formats share.

use super::words::{self, short};
use super::{Concern, Decision, FindingRef, Inventory, ItemRef, Report, State, Waiver, lines};
use crate::model::Status;

/// Longest name in a text.
pub(super) const NAME: usize = 200;
/// Longest sentence from data.
pub(super) const SENTENCE: usize = 1_000;

/// Returns the finding in sentences: what, where, since when, under which act, what next.
pub(super) fn finding(report: &Report, finding: &FindingRef<'_>) -> String {
    let act = report.acts.get(&finding.rule.id);
    let mut what = product(&finding.item);
    if !finding.item.asset.is_empty() {
        what += &format!(" on {}", short(finding.item.asset, NAME));
    }
    let (since, mark) = lines::since(finding);
    let day = since.filter(|text| lines::day_of(text).is_some()).and_then(|text| text.get(..10));
    let rule = format!("{} ({})", short(&finding.rule.id, NAME), short(&finding.rule.title, NAME));
    let under = if act.is_some_and(lines::is_exit) {
        format!(", by decision of its vendor, which is no law: {rule}")
    } else {
        format!(" under {rule}")
    };
    let stands = |how: &str| match &day {
        Some(day) => format!("has been {how} since {day}{under}"),
        None => format!("is {how}{under}"),
    };
    let standing = match (finding.status, &day) {
        (Status::Banned, _) => stands("banned"),
        (Status::NoUpdates, _) => stands("without updates"),
        (Status::NoSale, _) => stands("restricted in sale or purchase"),
        (Status::Upcoming, Some(day)) if mark == Some(State::Suspended) => {
            format!("is under {rule}, which is suspended until {day}")
        }
        (Status::Upcoming, Some(day)) => format!("will be covered from {day}{under}"),
        (Status::Upcoming, None) => format!("will be covered, from a date still open,{under}"),
        (Status::Advisory, _) => stands("the subject of a warning that does not forbid its use"),
        (Status::Review, _) => format!("may be covered{under}; a person must decide"),
        (Status::Clear, _) => format!("has nothing in force against it{under}"),
    };
    let mut text = format!("{what} {standing}.");
    if mark == Some(State::NotEnforced) {
        text += " It is in force, but not enforced.";
    }
    if let Some(next) = &finding.next {
        let on = short(&next.on, 40);
        text += &match next.status {
            Status::Clear => format!(" It ends on {on}."),
            status => format!(" Next: {} on {on}.", status.as_str()),
        };
    }
    if !finding.missing.is_empty() {
        text += &format!(" Not known: {}.", words::some_of(finding.missing.iter(), 5, NAME));
    }
    text
}

/// Returns product, version and vendor: "Kaspersky Plus 21.18 (AO Kaspersky Lab)".
pub(super) fn product(item: &ItemRef<'_>) -> String {
    let mut what = short(words::name(item.product, item.vendor), NAME);
    if !item.version.is_empty() {
        what += &format!(" {}", short(item.version, 40));
    }
    if !item.vendor.is_empty() && !item.product.is_empty() {
        what += &format!(" ({})", short(item.vendor, NAME));
    }
    what
}

/// Returns who accepted a finding, why and until when.
pub(super) fn waiver(waiver: &Waiver) -> String {
    let ticket = waiver.ticket.as_deref().map(|ticket| format!(", {}", short(ticket, NAME))).unwrap_or_default();
    let licence = waiver.licence.as_deref().map(|licence| format!(", licence {}", short(licence, NAME))).unwrap_or_default();
    let left = waiver.days_left.map(|days| format!(", {} left", words::count(days, "day"))).unwrap_or_default();
    format!(
        "{} (owner {}, approved by {}, until {}{left}{ticket}{licence})",
        short(&waiver.reason, SENTENCE),
        short(&waiver.owner, NAME),
        short(&waiver.approved_by, NAME),
        short(&waiver.until, 40),
    )
}

/// Returns what a decision says of which names, and why.
pub(super) fn decision(decision: &Decision) -> String {
    let names: Vec<_> = [&decision.product, &decision.vendor].into_iter().flatten().map(|name| short(name, NAME)).collect();
    let is = if decision.is { "is" } else { "is not" };
    let until = decision.until.as_deref().map(|until| format!(", until {}", short(until, 40))).unwrap_or_default();
    let ticket = decision.ticket.as_deref().map(|ticket| format!(", {}", short(ticket, NAME))).unwrap_or_default();
    format!(
        "{} {is} {}: {} (decided by {}{until}{ticket})",
        names.join(" by "),
        short(&decision.entity, NAME),
        short(&decision.reason, SENTENCE),
        short(&decision.owner, NAME)
    )
}

/// Something of an inventory that was not read.
pub(super) struct NotRead {
    /// Line, where it has one.
    pub(super) line: Option<u64>,
    /// Column, where it has one.
    pub(super) column: Option<String>,
    /// Why, as a sentence.
    pub(super) text: String,
    /// How many entries that is.
    pub(super) count: u64,
}

/// Returns what was not read of an inventory: each listed entry, and the rest as one.
pub(super) fn not_read(inventory: &Inventory) -> impl Iterator<Item = NotRead> + '_ {
    let more = inventory.unread_count.saturating_sub(inventory.unread.len() as u64);
    let rest = (more > 0).then(|| NotRead {
        line: None,
        column: None,
        text: format!("{} more entries could not be read.", words::number(more)),
        count: more,
    });
    let listed = inventory.unread.iter().map(|entry| NotRead {
        line: entry.line,
        column: entry.column.as_deref().map(|column| short(column, 40)),
        text: sentence(&entry.reason),
        count: 1,
    });
    listed.chain(rest)
}

/// Returns what a report cannot show, as sentences: no rule, no name and an open list are no
/// all-clear.
pub(super) fn limits(report: &Report) -> Vec<String> {
    let mut rows = Vec::new();
    if !report.redacted.is_empty() {
        rows.push("Assets are named by hashes of their names.".to_owned());
    }
    if report.summary.unidentified > 0 {
        let many = words::count(report.summary.unidentified, "row");
        rows.push(format!("{many} without a usable name could not be held against any act."));
    }
    if !report.scope.without_rules.is_empty() {
        let codes = words::some_of(report.scope.without_rules.iter(), 12, 20);
        rows.push(format!("The rules hold no act of {codes}: no rule is not an all-clear."));
    }
    let open = &report.scope.incomplete_lists;
    if !open.is_empty() {
        rows.push(format!("{}: {}.", open_lists(open), words::some_of(open.iter(), 6, 90)));
    }
    if !report.rules.replaced.is_empty() {
        let replaced = words::some_of(report.rules.replaced.iter(), 12, NAME);
        rows.push(format!("Shipped rules replaced by files of your own: {replaced}."));
    }
    rows
}

/// Returns what acts that do not name every party mean, as a sentence without its full stop.
pub(super) fn open_lists(open: &[String]) -> String {
    let verb = if open.len() == 1 { "does" } else { "do" };
    format!("{} in scope {verb} not name every party, so that no match is no proof", words::count(open.len() as u64, "act"))
}

/// Returns the name of an inventory as text.
pub(super) fn source(name: &str) -> String {
    if name == "-" { "standard input".to_owned() } else { short(name, 120) }
}

/// Returns a text from data that ends with a full stop.
pub(super) fn sentence(text: &str) -> String {
    let text = short(text, SENTENCE);
    if text.ends_with(['.', '!', '?', '。']) { text } else { format!("{text}.") }
}

/// Returns the word for how a measure concerns you.
pub(super) fn concern(concern: Concern) -> &'static str {
    match concern {
        Concern::Bound => "bound",
        Concern::Affected => "affected",
    }
}
