//! What is told, and that hostile names stay names.

use super::render::{Worded, html, slack, teams, words};
use super::*;
use crate::model::Cause;
use crate::report::Finding;

fn plan() -> Plan {
    Plan { on: Reason::ALL.iter().copied().collect(), due_within: TimeDelta::days(30), ..Plan::default() }
}

fn change(finding: &Finding, kind: ChangeKind) -> Change {
    Change {
        fingerprint: finding.fingerprint.clone(),
        kind,
        before: None,
        after: Some(finding.status),
        waived: false,
        cause: Cause::ItemCame,
        on: None,
        detail: None,
        rule: finding.rule.id.clone(),
        vendor: finding.item.vendor.to_string(),
        product: finding.item.product.to_string(),
        asset: finding.item.asset.to_string(),
    }
}

fn report(as_of: &str) -> Report {
    let mut report = crate::report::sample();
    report.as_of = as_of.to_owned();
    report.gate.exit_code = 0;
    report
}

#[test]
fn nothing_is_told_where_nothing_changed() {
    let today = report("2024-08-01");
    assert_eq!(Notice::of(&plan(), &today, Some(&today), &[]), None);
    let first = &today.findings[0];
    for kind in [ChangeKind::Gone, ChangeKind::Better, ChangeKind::NowWaived, ChangeKind::Unseen, ChangeKind::SeenAgain] {
        assert_eq!(Notice::of(&plan(), &today, Some(&today), &[change(first, kind)]), None, "{kind:?}");
    }
    let new = change(first, ChangeKind::New);
    assert!(Notice::of(&plan(), &today, Some(&today), std::slice::from_ref(&new)).is_some());
    assert_eq!(Notice::of(&plan(), &today, Some(&today), &[Change { waived: true, ..new.clone() }]), None);
    let only_worse = Plan { on: BTreeSet::from([Reason::Worse]), ..plan() };
    assert_eq!(Notice::of(&only_worse, &today, Some(&today), &[new]), None);
}

#[test]
fn a_date_is_due_once_on_the_day_it_comes_near() {
    let on = "2024-09-29";
    let told: Vec<&str> = ["2024-08-28", "2024-08-29", "2024-08-30", "2024-08-31", "2024-09-28"]
        .windows(2)
        .filter_map(|days| {
            let [before, today] = [days[0], days[1]].map(|day| {
                let mut report = report(day);
                report.findings.truncate(1);
                let finding = &mut report.findings[0];
                (finding.status, finding.waiver) = (Status::NoSale, None);
                finding.next = Some(Next { status: Status::NoUpdates, on: on.to_owned() });
                report
            });
            let notice = Notice::of(&plan(), &today, Some(&before), &[])?;
            assert_eq!(notice.counts, BTreeMap::from([(Reason::Due, 1)]));
            Some(days[1])
        })
        .collect();
    assert_eq!(told, ["2024-08-30"]);
}

#[test]
fn a_waiver_that_ends_is_told_once() {
    let waived = |day: &str, until: &str| {
        let mut report = report(day);
        report.findings.truncate(1);
        let finding = &mut report.findings[0];
        finding.next = None;
        finding.waiver = Some(crate::report::Waiver {
            reason: "r".to_owned(),
            owner: "o".to_owned(),
            approved_by: "a".to_owned(),
            until: until.to_owned(),
            days_left: None,
            effect: None,
            ticket: None,
            licence: None,
        });
        report
    };
    let told = |before: &Report, today: &Report| Notice::of(&plan(), today, Some(before), &[]).map(|notice| notice.counts);
    assert_eq!(WAIVER_DAYS, crate::waiver::NOTICE_DAYS);
    let once = Some(BTreeMap::from([(Reason::WaiverExpiring, 1)]));
    let [far, near, nearer] = ["2024-08-17", "2024-08-18", "2024-08-19"].map(|day| waived(day, "2024-09-29"));
    assert_eq!((told(&far, &near), told(&near, &nearer)), (once.clone(), None));
    assert_eq!(told(&waived("2024-09-28", "2024-09-29"), &waived("2024-09-29", "2025-09-29")), None, "it was renewed");
    assert_eq!(told(&near, &waived("2024-08-19", "2024-09-01")), once, "it was cut short");
}

#[test]
fn hostile_names_stay_names_everywhere() {
    let hostile = "<script>alert(1)</script> <!channel> *b* [x](http://e) \u{1b}[31m\r\nBcc: a@b\u{202e}";
    let today = report("2024-08-01");
    let new = Change { product: hostile.to_owned(), asset: hostile.to_owned(), ..change(&today.findings[0], ChangeKind::New) };
    let notice = Notice::of(&plan(), &today, Some(&today), &[new]).expect("one");
    let template = {
        let (mut sources, mut diagnostics) = (crate::diag::Sources::default(), crate::diag::Diagnostics::default());
        let text = "Subject: {{changes}}\n\n{{changes}}";
        let source = sources.add("t", text);
        super::template::Template::read(text, source, &mut diagnostics)
    };
    for worded in [words(&notice, None), words(&notice, Some(&template))] {
        let Worded { subject, text } = &worded;
        assert!(!subject.contains(['\r', '\n', '\u{1b}', '\u{202e}']), "{subject}");
        assert!(!text.contains(['\r', '\u{1b}', '\u{202e}']), "{text}");
        assert!(text.lines().all(|line| !line.starts_with("Bcc")), "{text}");
        let page = html(&worded);
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
        let message: serde_json::Value = serde_json::from_str(&slack(&worded)).expect("JSON");
        assert!(!message["text"].as_str().expect("text").contains('<'), "{message}");
        for block in message["blocks"].as_array().expect("blocks") {
            assert_eq!(block["text"]["type"], "plain_text");
            assert!(block["text"]["text"].as_str().is_some_and(|text| text.len() <= 3000));
        }
        let card: serde_json::Value = serde_json::from_str(&teams(&worded)).expect("JSON");
        for block in card["attachments"][0]["content"]["body"].as_array().expect("blocks") {
            assert_eq!(block["inlines"][0]["type"], "TextRun");
        }
    }
}

#[test]
fn many_events_are_counted_and_the_first_listed() {
    let today = report("2024-08-01");
    let many = vec![change(&today.findings[0], ChangeKind::New); 250];
    let notice = Notice::of(&plan(), &today, Some(&today), &many).expect("one");
    assert_eq!((notice.events.len(), notice.more, notice.counts[&Reason::New]), (100, 150, 250));
    assert!(words(&notice, None).text.contains("and 150 more"));
}

#[test]
fn a_secret_is_never_shown() {
    let source = Source::Plain(Secret::new("hunter2"));
    assert_eq!(
        format!("{source:?} {:?}", send::Secrets { url: Some(Secret::new("hunter2")), ..Default::default() })
            .matches("hunter2")
            .count(),
        0
    );
}
