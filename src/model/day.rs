//! Dates as a legal act states them, and the instants they stand for.
//!
//! A [`When`] keeps the precision it was written with: a day, a local time, an instant with its
//! offset, or only a month or a year. [`Start`] and [`End`] say which way a date cuts. They become
//! instants only together with the time zone of the act. Vague dates are read so that a
//! prohibition starts as early and ends as late as the words allow.

use std::fmt;

use chrono::{DateTime, Datelike, Days, Duration, FixedOffset, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::zone::Zone;

/// A date as written in an act or a rule file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum When {
    /// Only the year is known.
    Year(i32),
    /// Only the month is known; stored as its first day.
    Month(NaiveDate),
    /// A calendar day in the zone of the act.
    Day(NaiveDate),
    /// A local date and time in the zone of the act.
    Local(NaiveDateTime),
    /// A date and time with its own offset.
    Instant(DateTime<FixedOffset>),
}

impl When {
    /// Reads `2024`, `2024-07`, `2024-07-20`, `2024-07-20T18:00:00` or an RFC 3339 instant.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let is_day = |day: &str| {
            let bytes = day.as_bytes();
            bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-' && day.split('-').all(digits)
        };
        if text.len() == 4 && digits(text) {
            let year = text.parse().ok()?;
            return NaiveDate::from_ymd_opt(year, 1, 1).map(|_| Self::Year(year));
        }
        if text.len() == 7 && digits(text.get(..4)?) && text.as_bytes()[4] == b'-' && digits(text.get(5..)?) {
            let (year, month) = (text[..4].parse().ok()?, text[5..].parse().ok()?);
            return NaiveDate::from_ymd_opt(year, month, 1).map(Self::Month);
        }
        // The parser of dates is more generous than a date should be.
        if !text.get(..10).is_some_and(is_day) {
            return None;
        }
        if text.len() == 10 {
            return NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self::Day);
        }
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Some(Self::Instant(at));
        }
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .map(Self::Local)
    }

    /// Returns whether the date is less precise than a day.
    #[must_use]
    pub fn is_vague(self) -> bool {
        matches!(self, Self::Year(_) | Self::Month(_))
    }

    /// Returns the first day the words allow.
    fn first_day(self) -> Option<NaiveDate> {
        match self {
            Self::Year(year) => NaiveDate::from_ymd_opt(year, 1, 1),
            Self::Month(day) | Self::Day(day) => Some(day),
            Self::Local(_) | Self::Instant(_) => None,
        }
    }

    /// Returns the last day the words allow.
    fn last_day(self) -> Option<NaiveDate> {
        match self {
            Self::Year(year) => NaiveDate::from_ymd_opt(year, 12, 31),
            Self::Month(first) => {
                let (year, month) = if first.month() == 12 { (first.year() + 1, 1) } else { (first.year(), first.month() + 1) };
                NaiveDate::from_ymd_opt(year, month, 1).and_then(|next| next.pred_opt())
            }
            Self::Day(day) => Some(day),
            Self::Local(_) | Self::Instant(_) => None,
        }
    }

    /// Returns the exact instant of a date that carries a time.
    fn exact(self, zone: Zone) -> DateTime<Utc> {
        match self {
            Self::Local(local) => zone.instant(local),
            Self::Instant(at) => at.with_timezone(&Utc),
            Self::Year(_) | Self::Month(_) | Self::Day(_) => DateTime::<Utc>::MIN_UTC,
        }
    }

    /// Returns the first instant that the words allow.
    #[must_use]
    pub fn earliest(self, zone: Zone) -> DateTime<Utc> {
        self.first_day().map_or_else(|| self.exact(zone), |day| zone.start_of(day))
    }

    /// Returns the start of the last day that the words allow (the instant itself, when exact).
    #[must_use]
    pub fn latest(self, zone: Zone) -> DateTime<Utc> {
        self.last_day().map_or_else(|| self.exact(zone), |day| zone.start_of(day))
    }

    /// Returns the instant after the first day that the words allow (the instant itself, when exact).
    fn after_earliest(self, zone: Zone) -> DateTime<Utc> {
        self.first_day().map_or_else(|| self.exact(zone), |day| zone.start_of(next(day)))
    }

    /// Returns the instant after the last day that the words allow (the instant itself, when exact).
    fn after_latest(self, zone: Zone) -> DateTime<Utc> {
        self.last_day().map_or_else(|| self.exact(zone), |day| zone.start_of(next(day)))
    }
}

fn next(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Month(day) => write!(f, "{}", day.format("%Y-%m")),
            Self::Day(day) => write!(f, "{}", day.format("%Y-%m-%d")),
            Self::Local(local) => write!(f, "{}", local.format("%Y-%m-%dT%H:%M:%S")),
            Self::Instant(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%S%:z")),
        }
    }
}

/// The packed form: a kind, a number and an offset, so that loading parses no text.
#[derive(Serialize, Deserialize)]
struct Packed(u8, i64, i32);

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let days = |day: NaiveDate| i64::from(day.num_days_from_ce());
        let packed = match *self {
            Self::Year(year) => Packed(0, i64::from(year), 0),
            Self::Month(day) => Packed(1, days(day), 0),
            Self::Day(day) => Packed(2, days(day), 0),
            Self::Local(local) => Packed(3, local.and_utc().timestamp(), 0),
            Self::Instant(at) => Packed(4, at.timestamp(), at.offset().local_minus_utc()),
        };
        packed.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Packed(kind, number, offset) = Packed::deserialize(deserializer)?;
        let day = || i32::try_from(number).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
        let instant = || DateTime::from_timestamp(number, 0);
        let when = match kind {
            0 => i32::try_from(number).ok().map(Self::Year),
            1 => day().map(Self::Month),
            2 => day().map(Self::Day),
            3 => instant().map(|at| Self::Local(at.naive_utc())),
            4 => instant().and_then(|at| Some(Self::Instant(at.with_timezone(&FixedOffset::east_opt(offset)?)))),
            _ => None,
        };
        when.ok_or_else(|| de::Error::custom("no date"))
    }
}

/// The side on which something begins: at a date, or after a last day still allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Start {
    /// The first instant in force is the start of this date.
    From(When),
    /// This is the last day (or instant) before.
    After(When),
}

impl Start {
    /// Returns the earliest instant that the words allow.
    #[must_use]
    pub fn earliest(self, zone: Zone) -> DateTime<Utc> {
        match self {
            Self::From(when) => when.earliest(zone),
            Self::After(when) => when.after_earliest(zone),
        }
    }

    /// Returns the latest instant that the words allow.
    #[must_use]
    pub fn latest(self, zone: Zone) -> DateTime<Utc> {
        match self {
            Self::From(when) => when.latest(zone),
            Self::After(when) => when.after_latest(zone),
        }
    }

    /// Returns the date as written.
    #[must_use]
    pub fn when(self) -> When {
        match self {
            Self::From(when) | Self::After(when) => when,
        }
    }
}

/// The side on which something ends: before a date, or with a last day still in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// The first instant no longer in force is the start of this date.
    Until(When),
    /// This is the last day (or instant) in force.
    Through(When),
}

impl End {
    /// Returns the latest instant that the words allow.
    #[must_use]
    pub fn latest(self, zone: Zone) -> DateTime<Utc> {
        match self {
            Self::Until(when) => when.latest(zone),
            Self::Through(when) => when.after_latest(zone),
        }
    }

    /// Returns the earliest instant that the words allow.
    #[must_use]
    pub fn earliest(self, zone: Zone) -> DateTime<Utc> {
        match self {
            Self::Until(when) => when.earliest(zone),
            Self::Through(when) => when.after_earliest(zone),
        }
    }

    /// Returns the date as written.
    #[must_use]
    pub fn when(self) -> When {
        match self {
            Self::Until(when) | Self::Through(when) => when,
        }
    }
}

/// The point in time that a run asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The last instant of that day, in the zone of each act.
    Day(NaiveDate),
    /// That very instant.
    Instant(DateTime<FixedOffset>),
}

impl Moment {
    /// Reads a date (`2024-10-01`) or an RFC 3339 instant.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match When::parse(text)? {
            When::Day(day) => Some(Self::Day(day)),
            When::Instant(at) => Some(Self::Instant(at)),
            When::Year(_) | When::Month(_) | When::Local(_) => None,
        }
    }

    /// Returns the instant meant, in a zone.
    #[must_use]
    pub fn instant(self, zone: Zone) -> DateTime<Utc> {
        match self {
            Self::Day(day) => zone.start_of(next(day)) - Duration::nanoseconds(1),
            Self::Instant(at) => at.with_timezone(&Utc),
        }
    }

    /// Returns the day meant, in a zone.
    #[must_use]
    pub fn day(self, zone: Zone) -> NaiveDate {
        match self {
            Self::Day(day) => day,
            Self::Instant(at) => zone.day(at.with_timezone(&Utc)),
        }
    }

    /// Returns the last instant of the day meant: what was known "by the end of that day".
    #[must_use]
    pub fn end_of_day(self, zone: Zone) -> DateTime<Utc> {
        match self {
            Self::Day(_) => self.instant(zone),
            Self::Instant(at) => at.with_timezone(&Utc),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{}", day.format("%Y-%m-%d")),
            Self::Instant(at) => write!(f, "{}", at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::parse(name).expect("zone")
    }

    fn utc(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).expect("instant").with_timezone(&Utc)
    }

    #[test]
    fn a_day_starts_at_midnight_of_the_act() {
        let ny = zone("America/New_York");
        let when = When::parse("2024-07-20").expect("date");
        assert_eq!(Start::From(when).earliest(ny), utc("2024-07-20T00:00:00-04:00"));
        assert_eq!(Start::After(when).earliest(ny), utc("2024-07-21T00:00:00-04:00"));
        assert_eq!(End::Until(when).latest(ny), utc("2024-07-20T00:00:00-04:00"));
        assert_eq!(End::Through(when).latest(ny), utc("2024-07-21T00:00:00-04:00"));
    }

    #[test]
    fn vague_dates_start_early_and_end_late() {
        let month = When::parse("2023-02").expect("month");
        assert_eq!(Start::From(month).earliest(Zone::UTC), utc("2023-02-01T00:00:00Z"));
        assert_eq!(End::Through(month).latest(Zone::UTC), utc("2023-03-01T00:00:00Z"));
        assert_eq!(End::Until(month).latest(Zone::UTC), utc("2023-02-28T00:00:00Z"));
        let year = When::parse("2023").expect("year");
        assert_eq!(End::Through(year).latest(Zone::UTC), utc("2024-01-01T00:00:00Z"));
        assert!(year.is_vague());
    }

    #[test]
    fn skipped_times_mean_the_first_instant_after() {
        // Beirut skips midnight on 2021-03-28: 00:00 becomes 01:00.
        let beirut = zone("Asia/Beirut");
        let day = NaiveDate::from_ymd_opt(2021, 3, 28).expect("day");
        assert_eq!(beirut.start_of(day), utc("2021-03-28T01:00:00+03:00"));
        // Samoa skipped 2011-12-30 as a whole.
        let apia = zone("Pacific/Apia");
        let day = NaiveDate::from_ymd_opt(2011, 12, 30).expect("day");
        assert_eq!(apia.start_of(day), utc("2011-12-31T00:00:00+14:00"));
    }

    #[test]
    fn doubled_times_mean_the_first() {
        let ny = zone("America/New_York");
        let when = When::parse("2024-11-03T01:30:00").expect("local time");
        assert_eq!(when.earliest(ny), utc("2024-11-03T01:30:00-04:00"));
    }

    #[test]
    fn packed_dates_survive() {
        for text in ["2024", "2024-07", "2024-07-20", "2024-07-20T18:00:00", "2024-07-20T18:00:00+02:00"] {
            let when = When::parse(text).expect("date");
            let bytes = postcard::to_stdvec(&when).expect("packs");
            assert_eq!(postcard::from_bytes::<When>(&bytes).expect("unpacks"), when);
            assert_eq!(when.to_string(), text);
        }
    }

    #[test]
    fn nonsense_is_no_date() {
        for text in [
            "",
            "2024-13",
            "2024-02-30",
            "20240720",
            "24-07-20",
            "2024-07-20T25:00",
            "today",
            "２０２４",
            "+2024-7-20",
            "2024- 7-20",
            "02024-7-20",
        ] {
            assert_eq!(When::parse(text), None, "{text}");
        }
    }

    #[test]
    fn as_of_a_day_is_its_last_instant() {
        let ny = zone("America/New_York");
        let moment = Moment::parse("2024-09-28").expect("moment");
        assert!(moment.instant(ny) < utc("2024-09-29T00:00:00-04:00"));
        assert!(moment.instant(ny) > utc("2024-09-28T23:59:59-04:00"));
        assert_eq!(moment.to_string(), "2024-09-28");
    }
}
