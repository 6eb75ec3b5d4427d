//! A notice in words: as plain text, HTML, JSON, and as chat services want it.
//!
//! What inventories say is hostile. Everywhere it is first made safe to print and put on one line, so
//! that no line of a mail or of its head can be made up; HTML is escaped, and chat services get it in
//! blocks of plain text, in which they look for no markup and no mentions.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::template::Template;
use super::{Event, Notice, Reason};
use crate::diag::printable;

/// Slack refuses longer texts in one block.
const SLACK_TEXT: usize = 2900;
/// Teams refuses cards of more than 28 KB.
const TEAMS_TEXT: usize = 18_000;
/// A name is shown so long.
const NAME: usize = 120;

/// A notice in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worded {
    /// One line.
    pub subject: String,
    /// Lines for people.
    pub text: String,
}

/// Words a notice, as a template says where there is one.
#[must_use]
pub fn words(notice: &Notice, template: Option<&Template>) -> Worded {
    let own = Worded { subject: subject(notice), text: text(notice) };
    let Some(template) = template else { return own };
    let fill = |field: &str| match field {
        "changes" => changes(notice),
        "counts" => counts(notice),
        "dates" => dates(notice),
        "day" => line(notice.day()),
        "gate" => gate(notice),
        "id" => notice.id.clone(),
        "run" => notice.run.map(|run| run.to_string()).unwrap_or_default(),
        "run-digest" => notice.run_digest.clone().unwrap_or_default(),
        "summary" => summary(notice),
        _ => own.subject.clone(),
    };
    let subject = template.subject(&fill).map_or_else(|| own.subject.clone(), |subject| line(&subject));
    Worded { subject, text: template.text(&fill) }
}

fn subject(notice: &Notice) -> String {
    format!("interdict: {} on {}", counts(notice), line(notice.day()))
}

fn text(notice: &Notice) -> String {
    let mut parts = vec![subject(notice), changes(notice)];
    parts.extend([summary(notice), gate(notice), dates(notice)].into_iter().filter(|part| !part.is_empty()));
    if let (Some(run), Some(digest)) = (notice.run, &notice.run_digest) {
        parts.push(format!("Run {run}, {digest}\nNotice {}", notice.id));
    } else {
        parts.push(format!("Notice {}", notice.id));
    }
    parts.join("\n\n") + "\n"
}

fn counts(notice: &Notice) -> String {
    let parts = notice.counts.iter().map(|(reason, count)| match reason {
        Reason::RunFailed => "the run failed".to_owned(),
        _ => format!("{count} {}", reason.in_words()),
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn changes(notice: &Notice) -> String {
    let mut lines: Vec<String> = notice.events.iter().map(|event| format!("- {}", told(event))).collect();
    if notice.more > 0 {
        lines.push(format!("- and {} more; `interdict history diff` lists them all", notice.more));
    }
    lines.join("\n")
}

/// Returns an event in one line.
fn told(event: &Event) -> String {
    let cause = line(&event.cause);
    if event.reason == Reason::RunFailed {
        return format!("the run failed: {cause}");
    }
    let what = match event.reason {
        Reason::New => "new",
        Reason::Worse => "worse",
        Reason::Due => "due",
        Reason::WaiverExpiring => "waiver",
        Reason::RunFailed => "run",
    };
    let status = event.status.map(|status| format!(" {}", status.as_str())).unwrap_or_default();
    let place = if event.asset.is_empty() { String::new() } else { format!(" on {}", name(&event.asset)) };
    let next = match &event.next {
        Some(next) if event.reason != Reason::Due => format!("; {} from {} on", next.status.as_str(), line(&next.on)),
        _ => String::new(),
    };
    let (vendor, product, rule) = (name(&event.vendor), name(&event.product), name(&event.rule));
    let maker = if vendor.is_empty() { String::new() } else { format!(" ({vendor})") };
    format!("{what}:{status}: {product}{maker}{place} under {rule}: {cause}{next}")
}

fn summary(notice: &Notice) -> String {
    let Some(summary) = &notice.summary else { return String::new() };
    let counted = serde_json::to_value(summary).unwrap_or_default();
    let told = |(name, count): (&String, &Value)| Some(format!("{} {name}", count.as_u64().filter(|count| *count > 0)?));
    let parts: Vec<String> = counted.as_object().into_iter().flatten().filter_map(told).collect();
    format!("Now: {}", if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") })
}

fn gate(notice: &Notice) -> String {
    match (notice.failed, notice.reasons.is_empty()) {
        (false, _) => String::new(),
        (true, true) => "The run failed.".to_owned(),
        (true, false) => {
            format!("The run failed: {}", notice.reasons.iter().map(|reason| line(reason)).collect::<Vec<_>>().join("; "))
        }
    }
}

fn dates(notice: &Notice) -> String {
    if notice.dates.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = notice
        .dates
        .iter()
        .map(|date| format!("- {}: {} {}", line(&date.on), crate::report::plural(date.findings, "finding"), date.status.as_str()))
        .collect();
    format!("Next dates:\n{}", lines.join("\n"))
}

/// Returns a text on one line, in which nothing can steer whoever shows it.
fn line(text: &str) -> String {
    printable(text)
}

fn name(text: &str) -> String {
    let plain = line(text.trim());
    cut(&plain, NAME)
}

/// Returns a text of so many bytes at most.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &text[..end])
}

/// Returns the words as a page for mail.
#[must_use]
pub fn html(worded: &Worded) -> String {
    let body = escape(&worded.text);
    let (subject, style) = (escape(&worded.subject), "font-family:sans-serif;white-space:pre-wrap;overflow-wrap:anywhere");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{subject}</title></head>\n\
         <body><div style=\"{style}\">{body}</div></body></html>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A notice as webhooks and commands get it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Notice")]
pub struct Message<'a> {
    #[serde(flatten)]
    notice: &'a Notice,
    /// The notice in one line.
    subject: &'a str,
    /// The notice in lines for people.
    text: &'a str,
}

/// Returns the notice as JSON, with its words.
#[must_use]
pub fn json(notice: &Notice, worded: &Worded) -> String {
    let message = Message { notice, subject: &worded.subject, text: &worded.text };
    // Writing to memory does not fail.
    serde_json::to_string(&message).unwrap_or_default()
}

/// Returns the notice as a message of Slack.
#[must_use]
pub fn slack(worded: &Worded) -> String {
    // In `text` the service looks for markup: `<!channel>` would call everybody.
    let plain = worded.subject.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let block = |text: &str| json!({ "type": "section", "text": { "type": "plain_text", "text": text, "emoji": false } });
    let blocks: Vec<Value> = chunks(&worded.text, SLACK_TEXT).iter().take(12).map(|text| block(text)).collect();
    json!({ "text": plain, "blocks": blocks, "unfurl_links": false, "unfurl_media": false }).to_string()
}

/// Returns the notice as a card of Teams.
#[must_use]
pub fn teams(worded: &Worded) -> String {
    // Runs of text take no markup, text blocks do.
    let run = |text: &str| json!({ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": text }] });
    let head = json!({ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": worded.subject, "weight": "bolder" }] });
    let text = cut(&worded.text, TEAMS_TEXT);
    let body: Vec<Value> = std::iter::once(head).chain(text.lines().filter(|line| !line.is_empty()).map(run)).collect();
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    });
    json!({
        "type": "message",
        "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card }],
    })
    .to_string()
}

/// Returns the lines of a text in pieces of so many bytes at most.
fn chunks(text: &str, most: usize) -> Vec<String> {
    let mut chunks = vec![String::new()];
    for line in text.lines() {
        let line = cut(line, most - 4);
        let is_full = chunks.last().is_some_and(|last| last.len() + line.len() + 1 > most);
        if is_full {
            chunks.push(String::new());
        }
        if let Some(last) = chunks.last_mut() {
            if !last.is_empty() {
                last.push('\n');
            }
            *last += &line;
        }
    }
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}
