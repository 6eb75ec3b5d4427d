//! Time zones of the IANA database, as the database inside the program has them: that of the
//! machine is never asked, so that a run says the same everywhere.
//!
//! The database is kept as bytes, and a zone is read from it when its clock is first looked at: most
//! runs look at few of the six hundred, however many their rules name.

use std::borrow::Cow;
use std::ptr;
use std::sync::{LazyLock, OnceLock};

use chrono::{DateTime, Datelike, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A time zone of the IANA database, written by its name.
#[derive(Clone, Copy, Debug)]
pub struct Zone(&'static Clock);

#[derive(Debug)]
struct Clock {
    name: Cow<'static, str>,
    zone: OnceLock<TimeZone>,
}

static UTC: Clock = Clock { name: Cow::Borrowed("UTC"), zone: OnceLock::new() };

/// The clocks of the database, by name.
static CLOCKS: LazyLock<Vec<Clock>> = LazyLock::new(|| {
    let clock = |name: String| Clock { name: Cow::Owned(name), zone: OnceLock::new() };
    let mut clocks: Vec<Clock> = TimeZoneDatabase::bundled().available().map(|name| clock(name.to_string())).collect();
    clocks.sort_unstable_by(|left, right| left.name.cmp(&right.name));
    clocks
});

impl Clock {
    fn zone(&self) -> &TimeZone {
        // What the database lists it also has: a test looks at every clock.
        self.zone.get_or_init(|| TimeZoneDatabase::bundled().get(&self.name).unwrap_or(TimeZone::UTC))
    }
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(&UTC);

    /// Returns the zone of that IANA name, such as `America/New_York`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name == UTC.name {
            return Some(Self::UTC);
        }
        let place = CLOCKS.binary_search_by(|clock| (*clock.name).cmp(name)).ok()?;
        Some(Self(&CLOCKS[place]))
    }

    /// Returns the IANA name.
    #[must_use]
    pub fn name(self) -> &'static str {
        &self.0.name
    }

    /// Returns the instant of a local time. A time that the clock skips means the first instant
    /// after the gap; a time that comes twice means the first. Beyond the year 9999 every clock
    /// shows UTC.
    #[must_use]
    pub fn instant(self, local: NaiveDateTime) -> DateTime<Utc> {
        let shifted = |offset: Offset| (local - Duration::seconds(offset.seconds().into())).and_utc();
        let Some(shown) = civil(local) else { return local.and_utc() };
        match self.0.zone().to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => shifted(offset),
            AmbiguousOffset::Gap { before, .. } => {
                let inside = shifted(before);
                self.last_change(inside).unwrap_or(inside)
            }
        }
    }

    /// Returns when the clock was last set, at or before that instant.
    fn last_change(self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let after = Timestamp::from_second(at.timestamp() + 1).ok()?;
        let change = self.0.zone().preceding(after).next()?;
        DateTime::from_timestamp(change.timestamp().as_second(), 0)
    }

    /// Returns the first instant of a day.
    #[must_use]
    pub fn start_of(self, day: NaiveDate) -> DateTime<Utc> {
        self.instant(day.and_time(NaiveTime::MIN))
    }

    /// Returns the instant as this zone's clocks show it.
    #[must_use]
    pub fn local(self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        let seconds = Timestamp::from_second(at.timestamp()).map_or(0, |at| self.0.zone().to_offset(at).seconds());
        FixedOffset::east_opt(seconds).map_or_else(|| at.fixed_offset(), |offset| at.with_timezone(&offset))
    }

    /// Returns the day it is in this zone at an instant.
    #[must_use]
    pub fn day(self, at: DateTime<Utc>) -> NaiveDate {
        self.local(at).date_naive()
    }
}

/// Returns a local time as the database takes it, to the second. It ends with the year 9999.
fn civil(local: NaiveDateTime) -> Option<civil::DateTime> {
    let small = |number: u32| i8::try_from(number).ok();
    let year = i16::try_from(local.year()).ok()?;
    let (month, day) = (small(local.month())?, small(local.day())?);
    let (hour, minute, second) = (small(local.hour())?, small(local.minute())?, small(local.second())?);
    civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self.0, other.0)
    }
}

impl Eq for Zone {}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <&str>::deserialize(deserializer)?;
        Self::parse(name).ok_or_else(|| de::Error::custom(format_args!("unknown time zone `{name}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn local(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").expect("local time")
    }

    fn shown(zone: &str, text: &str) -> String {
        let zone = Zone::parse(zone).expect("zone");
        zone.local(zone.instant(local(text))).to_rfc3339()
    }

    #[test]
    fn names_are_those_of_the_database() {
        for name in ["UTC", "Etc/UTC", "Etc/GMT+5", "America/New_York", "Asia/Calcutta", "Asia/Kolkata", "US/Eastern"] {
            assert_eq!(Zone::parse(name).map(Zone::name), Some(name));
        }
        for name in ["", "utc", "america/new_york", "Europe/Atlantis", "Etc/Unknown", "UTC+3", "+03:00"] {
            assert_eq!(Zone::parse(name), None, "{name}");
        }
    }

    #[test]
    fn every_clock_of_the_list_is_in_the_database() {
        assert!(CLOCKS.len() > 500);
        for clock in CLOCKS.iter() {
            let zone = TimeZoneDatabase::bundled().get(&clock.name).expect("zone");
            assert_eq!(zone.iana_name(), Some(&*clock.name));
        }
    }

    #[test]
    fn a_skipped_time_is_the_first_instant_after() {
        // Beirut left out the first hour of that Sunday, Samoa a whole Friday.
        assert_eq!(shown("Asia/Beirut", "2021-03-28 00:00:00"), "2021-03-28T01:00:00+03:00");
        assert_eq!(shown("Asia/Beirut", "2021-03-28 00:59:59.5"), "2021-03-28T01:00:00+03:00");
        assert_eq!(shown("Pacific/Apia", "2011-12-30 00:00:00"), "2011-12-31T00:00:00+14:00");
        assert_eq!(shown("Pacific/Apia", "2011-12-30 23:00:00"), "2011-12-31T00:00:00+14:00");
    }

    #[test]
    fn a_time_that_comes_twice_is_the_first() {
        assert_eq!(shown("America/New_York", "2024-11-03 01:30:00.25"), "2024-11-03T01:30:00.250-04:00");
    }

    #[test]
    fn clocks_go_on_after_the_years_the_database_lists() {
        assert_eq!(shown("Europe/Berlin", "2094-07-01 12:00:00"), "2094-07-01T12:00:00+02:00");
        assert_eq!(
            Zone::parse("Europe/Berlin").expect("zone").start_of(NaiveDate::MAX),
            NaiveDate::MAX.and_time(NaiveTime::MIN).and_utc()
        );
    }

    proptest! {
        /// The instant of a local time is the first that shows it or something later.
        #[test]
        fn an_instant_is_the_first_to_show_its_time(
            zone in 0..1_000_usize, seconds in -3_000_000_000_i64..6_000_000_000, earlier in 1..90_000_i64,
        ) {
            let zone = Zone(&CLOCKS[zone % CLOCKS.len()]);
            let local = DateTime::from_timestamp(seconds, 0).expect("instant").naive_utc();
            let at = zone.instant(local);
            prop_assert!(zone.local(at).naive_local() >= local);
            let before = zone.local(at - Duration::seconds(earlier)).naive_local();
            prop_assert!(before < local, "{} shows {before} before {local}", zone.name());
        }
    }
}
