//! `--redact assets`: a report in which each asset is named by a hash of its name.
//!
//! Everything was decided before: waivers, the gate and the counts are as they were. The same name
//! gives the same hash in every run, so that reports can be compared; with a key, only those who have
//! the key can find the name of a hash by trying names. `docs/reports.md` says what is not hashed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Report;
use crate::model::digest;

/// Shortest name that is looked for inside of other texts.
const TELLING: usize = 4;

/// Returns the report with every asset's name replaced. A report that was redacted already stays as
/// it is.
#[must_use]
pub fn assets(report: &Report, key: &str) -> Report {
    let mut report = report.clone();
    if !report.redacted.iter().any(|what| what == "assets") {
        let names: BTreeMap<Arc<str>, Arc<str>> = report
            .findings
            .iter()
            .map(|finding| finding.item.asset)
            .filter(|asset| !asset.is_empty())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|asset| (asset.into(), pseudonym(asset, key).into()))
            .collect();
        replace(&mut report, &names);
        report.redacted.push("assets".to_owned());
    }
    report
}

fn replace(report: &mut Report, names: &BTreeMap<Arc<str>, Arc<str>>) {
    for finding in report.findings.list_mut() {
        let Some(hashed) = names.get(&finding.item.asset) else { continue };
        let asset = std::mem::replace(&mut finding.item.asset, hashed.clone());
        for step in &mut finding.item.path {
            if **step == *asset {
                *step = hashed.to_string();
            }
        }
        if let Some(waiver) = &mut finding.waiver {
            for text in [&mut waiver.reason, &mut waiver.owner, &mut waiver.approved_by] {
                *text = without(text, &asset, hashed);
            }
            for text in [&mut waiver.ticket, &mut waiver.licence].into_iter().flatten() {
                *text = without(text, &asset, hashed);
            }
        }
    }
    // Decisions are about names of products, wherever these are.
    let decisions = report.findings.list_mut().iter_mut().filter_map(|finding| finding.decision.as_mut());
    for decision in decisions.chain(report.decisions.iter_mut().map(|settled| &mut settled.decision)) {
        for (asset, hashed) in names {
            if decision.reason.contains(&**asset) || decision.ticket.as_ref().is_some_and(|ticket| ticket.contains(&**asset)) {
                let decision = Arc::make_mut(decision);
                decision.reason = without(&decision.reason, asset, hashed);
                decision.ticket = decision.ticket.as_deref().map(|ticket| without(ticket, asset, hashed));
            }
        }
    }
    // What could not be read may quote a row. Which asset it is about is not known there.
    let quoted: Vec<_> = names.iter().filter(|(asset, _)| asset.chars().count() >= TELLING).collect();
    for entry in report.inventories.iter_mut().flat_map(|inventory| &mut inventory.unread) {
        for (asset, hashed) in &quoted {
            if entry.reason.contains(&***asset) {
                entry.reason = entry.reason.replace(&***asset, hashed);
            }
        }
    }
}

fn without(text: &str, asset: &str, hashed: &str) -> String {
    if asset.chars().count() >= TELLING { text.replace(asset, hashed) } else { text.to_owned() }
}

/// Returns the name that stands for an asset. The key goes in twice, so that no hash can be extended.
fn pseudonym(asset: &str, key: &str) -> String {
    let inner = digest::sha256(format!("interdict asset\n{key}\n{asset}").as_bytes());
    let outer = digest::sha256(format!("interdict asset\n{key}\n{inner}").as_bytes());
    format!("asset-{}", outer.trim_start_matches("sha256:").get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::{Decision, Format, SettledRows, View, sample};
    use super::*;

    #[test]
    fn no_format_names_an_asset() {
        let mut report = sample::report();
        // Names that stand nowhere else.
        for (at, finding) in report.findings.iter_mut().enumerate().filter(|(_, finding)| !finding.item.asset.is_empty()) {
            finding.item.asset = format!("secret-{at}").into();
            finding.item.path = vec![format!("secret-{at}"), "part".into()];
        }
        report.inventories[0].unread[0].reason = "no product in `secret-3;;`".into();
        let waived = report.findings.iter_mut().find(|finding| finding.waiver.is_some()).expect("one is waived");
        let asset = waived.item.asset.to_string();
        waived.waiver.as_mut().expect("it is").reason = format!("{asset} goes next week");
        let decision = Decision { reason: "secret-3 was looked at".into(), is: true, ..Decision::default() };
        let decision = Arc::new(decision);
        report.findings[0].decision = Some(decision.clone());
        report.decisions = vec![SettledRows { decision, rows: 1, first: Vec::new() }];
        let hidden = assets(&report, "");
        for &format in Format::ALL {
            let mut out = Vec::new();
            format.write(&report, &View::default(), &mut out).expect("writes to memory");
            let named = out.windows(7).any(|part| part == b"secret-");
            let mut out = Vec::new();
            format.write(&hidden, &View::default(), &mut out).expect("writes to memory");
            assert!(!out.windows(7).any(|part| part == b"secret-"), "{}", format.name());
            if ["json", "csv", "sarif"].contains(&format.name()) {
                assert!(named && out.windows(6).any(|part| part == b"asset-"), "{}", format.name());
            }
        }
    }

    #[test]
    fn the_same_name_has_the_same_hash_and_a_key_changes_it() {
        let report = sample::report();
        let names = |report: &Report| report.findings.iter().map(|finding| finding.item.asset.to_owned()).collect::<Vec<_>>();
        let plain = assets(&report, "");
        assert_eq!(names(&plain), names(&assets(&report, "")));
        assert_ne!(names(&plain), names(&assets(&report, "key")));
        assert_eq!(assets(&plain, "key"), plain, "once is enough");
        let distinct = |report: &Report| names(report).into_iter().collect::<BTreeSet<_>>().len();
        assert_eq!(distinct(&plain), distinct(&report));
        assert_eq!((&plain.summary, &plain.gate), (&report.summary, &report.gate));
        let waived = |report: &Report| report.findings.iter().filter(|finding| finding.waiver.is_some()).count();
        assert_eq!(waived(&plain), waived(&report));
        assert!(plain.findings.iter().zip(&report.findings).all(|(a, b)| a.fingerprint() == b.fingerprint()));
    }
}
