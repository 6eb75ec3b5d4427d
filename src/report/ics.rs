//! A calendar of dates: iCalendar (RFC 5545), for people whose deadlines live in a calendar.
//!
//! In: a report, of which the dates ahead of its acts become events; or, from `timeline`, dates of any
//! acts. Nothing is read from a clock, and no id is drawn, so that the same input gives the same bytes
//! and a second import updates the first; a date has one id wherever it comes from. A bare day is an
//! event of that day wherever its reader is; an instant is given in UTC. Lines are folded and texts
//! escaped here; what could steer a terminal or break a line is made visible.

use std::io::{self, Write};

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::dates::{self, Touched};
use super::words::short;
use super::{Act, ActDate, Report, Reporter, RuleRef, View};
use crate::diag::printable;
use crate::model::{Moment, When, Zone};

/// Writes the calendar of a report.
pub(super) struct Ics;

impl Reporter for Ics {
    fn write(&self, report: &Report, _: &View, out: &mut dyn Write) -> io::Result<()> {
        let touched = dates::touched(report);
        let mut calendar = Calendar::new(Moment::parse(&report.as_of).unwrap_or(Moment::Instant(DateTime::UNIX_EPOCH.into())));
        for (id, act) in &report.acts {
            let Some(touched) = touched.get(id.as_str()) else { continue };
            let Some(dates) = &act.dates else {
                calendar.unknown.push(id.clone());
                continue;
            };
            for date in dates {
                calendar.add(&touched.rule, act, date, Some(touched));
            }
        }
        calendar.write(out)
    }
}

/// Dates of acts, gathered into a calendar.
#[derive(Debug)]
pub struct Calendar {
    events: Vec<Event>,
    open: Vec<String>,
    unknown: Vec<String>,
    stamp: DateTime<Utc>,
}

impl Calendar {
    /// Returns an empty one. It is stamped with the day asked about, so that the same question gives
    /// the same bytes.
    #[must_use]
    pub fn new(as_of: Moment) -> Self {
        Self { events: Vec::new(), open: Vec::new(), unknown: Vec::new(), stamp: Zone::UTC.start_of(as_of.day(Zone::UTC)) }
    }

    /// Adds a date of an act. One whose day is open is named, and no event.
    pub fn add(&mut self, rule: &RuleRef, act: &Act, date: &ActDate, touched: Option<&Touched>) {
        let zone = Zone::parse(&act.time_zone).unwrap_or(Zone::UTC);
        let Some(when) = When::parse(&date.on) else {
            if !self.open.contains(&rule.id) {
                self.open.push(rule.id.clone());
            }
            return;
        };
        let at = when.latest(zone);
        let on = if date.on.contains('T') { On::Instant(at) } else { On::Day(zone.day(at)) };
        let mut description = vec![date.told(), format!("{}, dates in {}", rule.id, act.time_zone)];
        description.extend(rule.citation.iter().map(|citation| format!("{citation}; {}", rule.authority)));
        if act.kind == "vendor-exit" {
            description.push("a vendor's own withdrawal, no law".to_owned());
        }
        if act.verified.is_none() {
            description.push("not yet held against its source".to_owned());
        }
        if when.is_vague() {
            description.push(format!("only {} is known; the day is the last that fits", date.on));
        }
        description.extend(touched.map(Touched::told));
        // Not every calendar shows where an event can be read.
        description.push(rule.url.clone());
        // Calendars cut long titles: what happens comes first.
        let happens = date.happens();
        let happens = happens.split_once(": ").map_or_else(|| happens.clone(), |(what, effects)| format!("{effects} {what}"));
        self.events.push(Event {
            uid: format!("{}@interdict", date.id),
            title: format!("{happens} ({}): {}", rule.jurisdiction, rule.title),
            description,
            url: rule.url.clone(),
            on,
        });
    }

    /// Returns the acts that have a date whose day is open.
    #[must_use]
    pub fn open(&self) -> &[String] {
        &self.open
    }

    /// Writes the calendar, the nearest date first.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn write(mut self, out: &mut dyn Write) -> io::Result<()> {
        self.events.sort_by(|a, b| (a.on.at(), &a.uid).cmp(&(b.on.at(), &b.uid)));
        let named = |what: &str, acts: &[String]| (!acts.is_empty()).then(|| format!("{what}: {}.", acts.join(", ")));
        let mut remarks: Vec<String> = named("Not in the calendar, since their day is open", &self.open).into_iter().collect();
        remarks.extend(named("The report does not tell the dates ahead of these acts; check again", &self.unknown));
        if self.events.is_empty() && remarks.is_empty() {
            remarks.push("No date lies ahead.".to_owned());
        }
        let remark = (!remarks.is_empty()).then(|| remarks.join(" "));
        write("Dates of sanctions and sales bans", remark.as_deref(), &self.events, self.stamp, out)
    }
}

/// A date in the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Event {
    /// Id that stays the same when the date moves.
    uid: String,
    /// One line.
    title: String,
    /// Lines below it.
    description: Vec<String>,
    /// Where it can be read.
    url: String,
    /// When.
    on: On,
}

/// When an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    /// That day.
    Day(NaiveDate),
    /// That instant.
    Instant(DateTime<Utc>),
}

impl On {
    fn at(self) -> DateTime<Utc> {
        match self {
            Self::Day(day) => Zone::UTC.start_of(day),
            Self::Instant(at) => at,
        }
    }
}

/// Reminders come so many days ahead.
const ALARMS: [u32; 3] = [30, 7, 1];
/// A line has at most so many bytes; longer ones are folded.
const LINE: usize = 75;

/// A text has at most so many letters: names from inventories may have ten thousand.
const TEXT: usize = 2_000;

/// Writes a calendar of that name.
fn write(name: &str, remark: Option<&str>, events: &[Event], stamp: DateTime<Utc>, out: &mut dyn Write) -> io::Result<()> {
    let mut put = |key: &str, value: &str| out.write_all(folded(&format!("{key}:{value}")).as_bytes());
    put("BEGIN", "VCALENDAR")?;
    put("VERSION", "2.0")?;
    put("PRODID", "-//interdict//interdict//EN")?;
    put("CALSCALE", "GREGORIAN")?;
    put("X-WR-CALNAME", &escaped(name))?;
    if let Some(remark) = remark {
        put("X-WR-CALDESC", &escaped(remark))?;
    }
    for event in events {
        put("BEGIN", "VEVENT")?;
        put("UID", &escaped(&event.uid))?;
        put("DTSTAMP", &instant(stamp))?;
        match event.on {
            On::Day(day) => {
                put("DTSTART;VALUE=DATE", &self::day(day))?;
                // The end does not count.
                put("DTEND;VALUE=DATE", &self::day(day.checked_add_days(Days::new(1)).unwrap_or(day)))?;
            }
            On::Instant(at) => put("DTSTART", &instant(at))?,
        }
        put("SUMMARY", &escaped(&event.title))?;
        put("DESCRIPTION", &event.description.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\\n"))?;
        put("URL", &printable(&event.url))?;
        // Nobody is busy because an act comes into force.
        put("TRANSP", "TRANSPARENT")?;
        for days in ALARMS {
            put("BEGIN", "VALARM")?;
            put("ACTION", "DISPLAY")?;
            put("DESCRIPTION", &escaped(&event.title))?;
            put("TRIGGER", &format!("-P{days}D"))?;
            put("END", "VALARM")?;
        }
        put("END", "VEVENT")?;
    }
    put("END", "VCALENDAR")
}

fn day(day: NaiveDate) -> String {
    day.format("%Y%m%d").to_string()
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// Returns a text as a value on one line.
fn escaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in short(text, TEXT).chars() {
        if matches!(letter, '\\' | ';' | ',') {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain
}

/// Returns a line with its end. What is too long goes on after a line break and a space; letters
/// stay whole.
fn folded(line: &str) -> String {
    let (mut folded, mut room) = (String::with_capacity(line.len() + 8), LINE);
    for letter in line.chars() {
        if letter.len_utf8() > room {
            folded += "\r\n ";
            room = LINE - 1;
        }
        room -= letter.len_utf8();
        folded.push(letter);
    }
    folded + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(event: Event) -> String {
        let mut out = Vec::new();
        let stamp = DateTime::from_timestamp(1_700_000_000, 0).expect("is an instant");
        write("Dates", None, &[event], stamp, &mut out).expect("memory can be written to");
        String::from_utf8(out).expect("is text")
    }

    fn event(title: &str, on: On) -> Event {
        let description = vec!["one; two".to_owned(), "three".to_owned()];
        Event {
            uid: "act/sale/starts".to_owned(),
            title: title.to_owned(),
            description,
            url: "https://example.org/a,b".to_owned(),
            on,
        }
    }

    #[test]
    fn a_day_is_a_day_and_an_instant_is_in_utc() {
        let day = NaiveDate::from_ymd_opt(2024, 12, 31).expect("is a day");
        let text = calendar(event("t", On::Day(day)));
        assert!(text.contains("\r\nDTSTART;VALUE=DATE:20241231\r\nDTEND;VALUE=DATE:20250101\r\n"), "{text}");
        assert!(text.contains("\r\nDTSTAMP:20231114T221320Z\r\n"), "{text}");
        assert!(text.contains("\r\nDESCRIPTION:one\\; two\\nthree\r\n"), "{text}");
        assert!(text.contains("\r\nURL:https://example.org/a,b\r\n"), "{text}");
        assert_eq!(text.matches("BEGIN:VALARM").count(), 3);
        let at = DateTime::parse_from_rfc3339("2024-10-01T00:30:00+02:00").expect("is an instant").with_timezone(&Utc);
        assert!(calendar(event("t", On::Instant(at))).contains("\r\nDTSTART:20240930T223000Z\r\nSUMMARY"));
    }

    #[test]
    fn no_text_breaks_out_of_its_line() {
        let day = NaiveDate::from_ymd_opt(2024, 12, 31).expect("is a day");
        let text = calendar(event("a\r\nEND:VCALENDAR\u{1b}[31m, b\\c", On::Day(day)));
        assert_eq!(text.matches("\r\nEND:VCALENDAR").count(), 1, "{text}");
        assert!(text.contains("SUMMARY:a␍␊END:VCALENDAR␛[31m\\, b\\\\c"), "{text}");
        assert!(!text.replace("\r\n", "").contains(char::is_control));
    }

    fn of_report(report: &Report) -> String {
        let mut out = Vec::new();
        Ics.write(report, &View::default(), &mut out).expect("memory can be written to");
        String::from_utf8(out).expect("is text").replace("\r\n ", "")
    }

    #[test]
    fn a_report_gives_its_dates_in_order_and_names_those_that_are_open() {
        let text = of_report(&super::super::sample::report());
        let starts: Vec<&str> = text.lines().filter(|line| line.starts_with("DTSTART")).collect();
        let expected = [
            "DTSTART;VALUE=DATE:20241002",
            "DTSTART:20241105T170000Z",
            "DTSTART;VALUE=DATE:20241201",
            "DTSTART;VALUE=DATE:20260331",
        ];
        assert_eq!(starts, expected);
        assert!(text.contains("\r\nUID:xa-law-routers-2024/no-use/starts@interdict\r\n"), "{text}");
        assert!(text.contains("only 2026-03 is known"), "{text}");
        assert!(text.contains("since their day is open: xa-law-routers-2024.\r\n"), "{text}");
        assert!(text.contains("touches 2 items of 1 product on 2 assets of the inventory: Contoso Office"), "{text}");
    }

    #[test]
    fn dates_that_a_report_does_not_tell_are_not_taken_as_none() {
        let mut report = super::super::sample::report();
        for act in report.acts.values_mut() {
            act.dates = None;
        }
        let text = of_report(&report);
        assert!(
            text.contains("does not tell the dates ahead of these acts\\; check again: us-bis-kaspersky-2024\\, us-ca-"),
            "{text}"
        );
        assert!(!text.contains("No date lies ahead") && !text.contains("VEVENT"), "{text}");
    }

    #[test]
    fn a_report_without_dates_says_so() {
        let text = of_report(&super::super::sample::clean());
        assert!(text.contains("\r\nX-WR-CALDESC:No date lies ahead.\r\n") && !text.contains("VEVENT"), "{text}");
    }

    #[test]
    fn long_lines_are_folded_between_letters() {
        let title = "Ж".repeat(200);
        let day = NaiveDate::from_ymd_opt(2024, 12, 31).expect("is a day");
        let text = calendar(event(&title, On::Day(day)));
        assert!(text.split("\r\n").all(|line| line.len() <= LINE), "{text}");
        assert!(text.replace("\r\n ", "").contains(&format!("SUMMARY:{title}\r\n")));
    }
}
