//! Days as exports write them.
//!
//! `04/05/2024` says nothing about its order, so a column is looked at first: one value in it
//! that can be read in one way only decides for all.

use chrono::NaiveDate;

/// Which of two numbers is the day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// `31/12/2024`.
    DayFirst,
    /// `12/31/2024`.
    MonthFirst,
}

/// What a cell of a date column says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Day {
    /// Nothing.
    None,
    /// A day.
    Known(NaiveDate),
    /// Something that is no day.
    Unreadable,
}

/// Reads a day. Where only the other order gives one, that is taken.
pub(super) fn read(text: &str, order: Order) -> Day {
    if is_blank(text) {
        return Day::None;
    }
    match parse(text, order) {
        Some(day) => Day::Known(day),
        None => Day::Unreadable,
    }
}

/// Reads a day as our own schema writes it: `2024-08-20`.
pub(super) fn iso(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()
}

/// Returns the order that a value shows, if it shows one.
pub(super) fn shown_order(text: &str) -> Option<Order> {
    let (numbers, separator) = numbers(date_part(text))?;
    match numbers {
        [first, ..] if first > 31 || separator == '.' => None,
        [first, second, _] if first > 12 && second <= 12 => Some(Order::DayFirst),
        [first, second, _] if second > 12 && first <= 12 => Some(Order::MonthFirst),
        _ => None,
    }
}

/// Returns whether a value can be read in either order, with different results.
pub(super) fn is_ambiguous(text: &str) -> bool {
    shown_order(text).is_none()
        && numbers(date_part(text)).is_some_and(|([first, second, year], separator)| {
            separator != '.' && year > 0 && first != second && first <= 12 && second <= 12
        })
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| matches!(letter, ' ' | '-' | '0' | '/' | '.' | ':'))
        || ["n/a", "none", "null", "never", "unknown"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn parse(text: &str, order: Order) -> Option<NaiveDate> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits(text);
    }
    if let Some(milliseconds) = text.strip_prefix("/Date(").and_then(|rest| rest.split([')', '+']).next()) {
        let days = milliseconds.parse::<i64>().ok()?.div_euclid(86_400_000);
        return NaiveDate::from_epoch_days(i32::try_from(days).ok()?);
    }
    if let Some((numbers, separator)) = numbers(date_part(text)) {
        return from_numbers(numbers, separator, order);
    }
    named_month(text).or_else(|| ideographs(text))
}

/// `20240820`, a year alone is no day, and a workbook's count of days since 1899-12-30.
fn digits(text: &str) -> Option<NaiveDate> {
    match text.len() {
        8 => day(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?),
        14 => digits(&text[..8]),
        5 => {
            let days: i32 = text.parse().ok()?;
            (20_000..=80_000).contains(&days).then(|| NaiveDate::from_epoch_days(days - 25_569)).flatten()
        }
        _ => None,
    }
}

/// Cuts off the time of day.
fn date_part(text: &str) -> &str {
    let text = text.trim();
    text.find([' ', 'T', ',', '\u{a0}']).map_or(text, |end| &text[..end])
}

/// Returns three numbers and what parts them.
fn numbers(text: &str) -> Option<([u32; 3], char)> {
    let separator = text.chars().find(|letter| !letter.is_ascii_digit()).filter(|letter| matches!(letter, '-' | '/' | '.'))?;
    let mut parts = text.trim_end_matches(separator).split(separator).map(|part| {
        (!part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok()).flatten()
    });
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some((numbers, separator))
}

fn from_numbers([first, second, third]: [u32; 3], separator: char, order: Order) -> Option<NaiveDate> {
    if first > 31 {
        return day(first, second, third);
    }
    let day_first = day(full_year(third), second, first);
    let month_first = day(full_year(third), first, second);
    match order {
        // With dots, the day always comes first.
        _ if separator == '.' => day_first,
        Order::DayFirst => day_first.or(month_first),
        Order::MonthFirst => month_first.or(day_first),
    }
}

/// Two digits are of 1970 to 2069.
fn full_year(year: u32) -> u32 {
    match year {
        0..70 => year + 2000,
        70..100 => year + 1900,
        _ => year,
    }
}

fn day(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    let year = i32::try_from(year).ok().filter(|year| (1900..=9999).contains(year))?;
    NaiveDate::from_ymd_opt(year, month, day)
}

/// The first letters of the months, enough to tell them, in English, German, French and Spanish.
const MONTHS: [&[&str]; 12] = [
    &["jan", "jän", "ene"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "mrz"],
    &["apr", "avr", "abr"],
    &["may", "mai"],
    &["jun", "juin"],
    &["jul", "juil"],
    &["aug", "aoû", "ago"],
    &["sep"],
    &["oct", "okt"],
    &["nov"],
    &["dec", "dez", "déc", "dic"],
];

/// `March 12, 2021`, `12-Mar-21`, `12. März 2021`, `Tue 12 Mar 2021`.
fn named_month(text: &str) -> Option<NaiveDate> {
    if text.len() > 64 {
        return None;
    }
    let (mut month, mut found) = (None, [0; 2]);
    let mut count = 0;
    for word in text.split([' ', '-', ',', '.', '/']).filter(|word| !word.is_empty()) {
        if let Ok(number) = word.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']).parse::<u32>() {
            *found.get_mut(count)? = number;
            count += 1;
            if count == 2 && month.is_some() {
                break;
            }
        } else if month.is_none() {
            month = month_of(word);
        }
    }
    let month = month.filter(|_| count == 2)?;
    let [first, second] = found;
    if first > 31 { day(first, month, second) } else { day(full_year(second), month, first) }
}

fn month_of(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    let at = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    u32::try_from(at + 1).ok()
}

/// `2024年8月20日`.
fn ideographs(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('年')?;
    let (month, rest) = rest.split_once('月')?;
    let number = |text: &str| text.trim().parse().ok();
    day(number(year)?, number(month)?, number(rest.split('日').next()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ymd(year: i32, month: u32, day: u32) -> Day {
        Day::Known(NaiveDate::from_ymd_opt(year, month, day).expect("a day"))
    }

    #[test]
    fn the_forms_of_exports_are_read() {
        for text in [
            "2024-08-20",
            "20240820",
            "20.08.2024",
            "20.8.24",
            "2024/08/20",
            "20/08/2024",
            "8/20/2024",
            "08/20/24",
            "2024-08-20 13:45:00",
            "2024-08-20T13:45:00Z",
            "8/20/2024 12:00:00 AM",
            "August 20, 2024",
            "20-Aug-24",
            "20 Aug 2024",
            "20. August 2024",
            "Tue, 20 Aug 2024",
            "20th August 2024",
            "45524",
            "/Date(1724112000000)/",
            "2024年8月20日",
            "20240820000000",
        ] {
            assert_eq!(read(text, Order::MonthFirst), ymd(2024, 8, 20), "{text}");
            assert_eq!(read(text, Order::DayFirst), ymd(2024, 8, 20), "{text}");
        }
        assert_eq!(read("März 3, 1999", Order::DayFirst), ymd(1999, 3, 3));
        assert_eq!(read("12/31/99", Order::DayFirst), ymd(1999, 12, 31));
    }

    #[test]
    fn the_order_decides_where_both_are_possible() {
        assert_eq!(read("04/05/2024", Order::MonthFirst), ymd(2024, 4, 5));
        assert_eq!(read("04/05/2024", Order::DayFirst), ymd(2024, 5, 4));
        assert_eq!(read("04.05.2024", Order::MonthFirst), ymd(2024, 5, 4));
        assert_eq!(shown_order("11/24/2008"), Some(Order::MonthFirst));
        assert_eq!(shown_order("24/11/2008"), Some(Order::DayFirst));
        assert_eq!(shown_order("11/10/2008"), None);
        assert!(is_ambiguous("11/10/2008") && !is_ambiguous("10/10/2008") && !is_ambiguous("11.10.2008"));
        assert!(!is_ambiguous("2024-08-07"));
    }

    #[test]
    fn what_is_no_day_is_not_made_one() {
        for text in ["", "-", "00000000", "0000-00-00", "N/A", "0"] {
            assert_eq!(read(text, Order::DayFirst), Day::None, "{text}");
        }
        for text in ["2024", "31.02.2024", "soon", "13/13/2024", "2024-13-01", "1.2.3.4", "99999", "123456789012345678901"] {
            assert_eq!(read(text, Order::DayFirst), Day::Unreadable, "{text}");
        }
    }
}
