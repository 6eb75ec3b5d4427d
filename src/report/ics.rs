//! A calendar of dates: iCalendar (RFC 5545), for people whose deadlines live in a calendar.
//!
//! In: plain values, one for each date, and the time stamp; nothing is read from a clock, and no id
//! is drawn, so that the same input gives the same bytes and a second import updates the first. A
//! bare day is an event of that day wherever its reader is; an instant is given in UTC. Lines are
//! folded and texts escaped here; what could steer a terminal or break a line is made visible.

use std::io::{self, Write};

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::diag::printable;

/// A date in the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Id that stays the same when the date moves.
    pub uid: String,
    /// One line.
    pub title: String,
    /// Lines below it.
    pub description: Vec<String>,
    /// Where it can be read.
    pub url: String,
    /// When.
    pub on: On,
}

/// When an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// That day.
    Day(NaiveDate),
    /// That instant.
    Instant(DateTime<Utc>),
}

/// Reminders come so many days ahead.
const ALARMS: [u32; 3] = [30, 7, 1];
/// A line has at most so many bytes; longer ones are folded.
const LINE: usize = 75;

/// Writes a calendar of that name.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(name: &str, events: &[Event], stamp: DateTime<Utc>, out: &mut dyn Write) -> io::Result<()> {
    let mut put = |key: &str, value: &str| out.write_all(folded(&format!("{key}:{value}")).as_bytes());
    put("BEGIN", "VCALENDAR")?;
    put("VERSION", "2.0")?;
    put("PRODID", "-//interdict//interdict//EN")?;
    put("CALSCALE", "GREGORIAN")?;
    put("X-WR-CALNAME", &escaped(name))?;
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
    for letter in printable(text).chars() {
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
        write("Dates", &[event], stamp, &mut out).expect("memory can be written to");
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

    #[test]
    fn long_lines_are_folded_between_letters() {
        let title = "Ж".repeat(200);
        let day = NaiveDate::from_ymd_opt(2024, 12, 31).expect("is a day");
        let text = calendar(event(&title, On::Day(day)));
        assert!(text.split("\r\n").all(|line| line.len() <= LINE), "{text}");
        assert!(text.replace("\r\n ", "").contains(&format!("SUMMARY:{title}\r\n")));
    }
}
