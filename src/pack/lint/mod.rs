//! Lint: what a rule file should have, beyond being correct. Only warnings, which fail nothing.
//!
//! In: a pack, its inline tests, and whose files are looked at. What is stale is counted from the
//! day the pack was built, so that a build repeats. What many shipped acts share comes as one line.

mod dates;
mod names;
mod reach;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::compile::Pack;
use super::rule::{Rule, RuleTest};
use super::words::{Kind, Stage};
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::model::{Status, Zone};

/// An entry held against its source longer ago than this is stale, in days.
const STALE: i64 = 400;
/// So many of a long list are named.
const SHOWN: usize = 5;

/// Whose files are looked at.
#[derive(Clone, Copy, Debug)]
pub enum Own<'a> {
    /// Those of the whole pack.
    All,
    /// A user's rules, and the entities of these ids.
    Layered(&'a BTreeSet<String>),
}

impl Own<'_> {
    fn rule(self, rule: &Rule) -> bool {
        matches!(self, Self::All) || !rule.shipped
    }

    fn entity(self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Layered(ids) => ids.contains(id),
        }
    }
}

/// Looks at the rules and entities of a pack.
pub fn lint(pack: &Pack, tests: &[RuleTest], own: Own<'_>, diagnostics: &mut Diagnostics) {
    let built = chrono::NaiveDate::parse_from_str(&pack.catalogue.built, "%Y-%m-%d").ok();
    let (mut never, mut secondary) = (Vec::new(), Vec::new());
    for (number, rule) in pack.catalogue.rules.iter().enumerate().filter(|(_, rule)| own.rule(rule)) {
        let own: Vec<&RuleTest> = tests.iter().filter(|test| test.rule == rule.id).collect();
        let mut warn = |code, message: String, help: &str| {
            diagnostics.push(Diagnostic::warning(code, message).at(place(rule)).help(help));
        };
        self::rule(rule, &own, &mut warn);
        dates::lint(rule, &own, &mut warn);
        reach::lint(pack, number, &own, &mut warn);
        if rule.kind != Kind::VendorExit && !is_official(&rule.url) {
            secondary.push(rule.id.as_str());
        }
        match rule.verified {
            None => never.push(rule.id.as_str()),
            Some(verified) => {
                let day = Zone::UTC.day(verified.earliest(Zone::UTC));
                if built.is_some_and(|built| (built - day).num_days() > STALE) {
                    let message = format!("`{}` was last held against its source on {verified}", rule.id);
                    warn(Code::StaleRule, message, "read the source again and set `verified`");
                }
            }
        }
    }
    let mut summary = |code, ids: &[&str], what: &str, help: &str| {
        if !ids.is_empty() {
            diagnostics.push(Diagnostic::warning(code, format!("{what}: {}", some_of(ids))).help(help));
        }
    };
    let one_or_many = |ids: &[&str], one: &str, many: &str| match ids.len() {
        1 => format!("1 rule {one}"),
        count => format!("{count} rules {many}"),
    };
    summary(
        Code::NeverVerified,
        &never,
        &one_or_many(&never, "was never held against its source", "were never held against their source"),
        "read the source and set `verified` to that day",
    );
    summary(
        Code::SecondarySource,
        &secondary,
        &one_or_many(
            &secondary,
            "gives as `url` no page that looks like one of a public body",
            "give as `url` no page that looks like one of a public body",
        ),
        "give the address of the text of record; what newspapers and law firms wrote stands under `sources`",
    );
    names::lint(pack, own, diagnostics);
}

fn some_of(ids: &[&str]) -> String {
    let more = if ids.len() > SHOWN { format!(" and {} more", ids.len() - SHOWN) } else { String::new() };
    format!("{}{more}", ids[..ids.len().min(SHOWN)].join(", "))
}

fn place(rule: &Rule) -> Place {
    Place::Line(rule.file.clone(), rule.line, None)
}

fn rule(rule: &Rule, tests: &[&RuleTest], warn: &mut impl FnMut(Code, String, &str)) {
    let prefix = format!("{}-", rule.jurisdiction.to_lowercase());
    if !rule.id.starts_with(&prefix) {
        let message = format!("the id `{}` does not start with its jurisdiction, `{prefix}`", rule.id);
        warn(Code::IdMismatch, message, "ids are <jurisdiction>-<authority>-<subject>-<year>");
    }
    if rule.sources.is_empty() {
        warn(Code::MissingSource, format!("`{}` lists no sources", rule.id), "add `sources` with the pages the entry was read on");
    }
    if tests.is_empty() {
        warn(
            Code::NoTests,
            format!("`{}` has no inline tests", rule.id),
            "add [[tests]]: a hit, a near miss, and the days around each date",
        );
    } else if rule.stage == Stage::Enacted
        && !tests.iter().any(|test| test.status == Status::Clear || test.status == Status::Review)
    {
        warn(
            Code::NoNearMiss,
            format!("`{}` has no near miss among its tests", rule.id),
            "add a test of an item it does not touch: another audience, an exempt product, another country",
        );
    }
}

/// Parts of host names that public bodies use, each between dots or at an end.
const OFFICIAL: [&str; 28] = [
    "gov",
    "mil",
    "gob",
    "gouv",
    "govt",
    "gub",
    "go",
    "gc",
    "gv",
    "europa",
    "admin",
    "bund",
    "parliament",
    "parlament",
    "legislation",
    "federalregister",
    "govinfo",
    "gazzettaufficiale",
    "canada",
    "garanteprivacy",
    "gpdp",
    "datatilsynet",
    "datenschutz-berlin",
    "overheid",
    "likumi",
    "officielebekendmakingen",
    "rijksoverheid",
    "regjeringen",
];

/// Domains of public bodies that no such part gives away, with what lies below them.
const OFFICIAL_DOMAINS: [&str; 8] =
    ["belgium.be", "conseil-etat.fr", "flbog.edu", "government.ru", "kremlin.ru", "kssos.org", "legislatie.just.ro", "pts.se"];

/// Returns whether an address looks like one of a public body.
fn is_official(url: &str) -> bool {
    let host = url.strip_prefix("https://").and_then(|rest| rest.split(['/', ':']).next()).unwrap_or_default();
    // In `go.example.com` the first word is the page's own.
    let own = host.split('.').count().saturating_sub(2).min(1);
    let by_part = host.split('.').any(|part| OFFICIAL.contains(&part)) && !(own == 1 && host.starts_with("go."));
    let within = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    by_part || OFFICIAL_DOMAINS.iter().any(|domain| within(domain))
}
