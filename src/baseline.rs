//! Baselines: the findings of one day, written down, so that a later run tells what is new since.
//!
//! Out: a file with each finding's fingerprint, status and next change, one a line and sorted, so that
//! two of them can be compared by eye. In: such a file, and the findings of a run, which are marked
//! [`Change::New`], `Worse`, `Due` or `Known`. What is waived is not written and not marked: when the
//! waiver ends, the finding is a new one. Whether a change fails the run is for [`crate::gate`].

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Moment, Status, Zone};
use crate::report::{self, Change, FindingRef, Next, Report, json};

/// The name and version of the file's schema.
pub const SCHEMA: &str = "interdict/baseline/1";

/// A baseline, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Path as given.
    path: String,
    /// The point in time it asks about; `None`: there is no such file.
    as_of: Option<String>,
    /// What stood then, by fingerprint.
    known: BTreeMap<String, Stood>,
}

/// How a finding stood.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stood {
    status: Status,
    next: Option<Next>,
}

/// The file. Unknown keys are refused: what a newer version says must not be passed over.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BaselineFile {
    /// Always `interdict/baseline/1`.
    pub schema: String,
    /// The point in time it asks about, as given.
    pub as_of: String,
    /// What stood then.
    pub findings: Vec<BaselineRow>,
}

/// A finding that no waiver accepted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BaselineRow {
    /// Id of the rule.
    pub rule: String,
    /// Product as written, for whoever reads the file; the vendor where there is none.
    pub product: String,
    /// The finding; by it alone it is known again.
    pub fingerprint: String,
    /// Its status.
    pub status: Status,
    /// The next change of its status; absent where none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
}

/// Writes the findings of a report that are not waived.
///
/// # Errors
/// What `out` returns.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rows: Vec<BaselineRow> =
        report.findings.iter().filter(|finding| finding.waiver.is_none()).map(|finding| BaselineRow::of(&finding)).collect();
    rows.sort_by(|a, b| (&a.rule, &a.product, &a.fingerprint).cmp(&(&b.rule, &b.product, &b.fingerprint)));
    write!(out, "{{\n\"schema\": \"{SCHEMA}\",\n\"as-of\": {},\n\"findings\": [", json::line(&report.as_of)?)?;
    for (at, row) in rows.iter().enumerate() {
        write!(out, "{}{}", if at == 0 { "\n" } else { ",\n" }, json::line(row)?)?;
    }
    out.write_all(b"\n]\n}\n")
}

impl BaselineRow {
    fn of(finding: &FindingRef<'_>) -> Self {
        let item = &finding.item;
        Self {
            rule: finding.rule.id.clone(),
            product: if item.product.is_empty() { item.vendor.to_string() } else { item.product.to_string() },
            fingerprint: finding.fingerprint().into_owned(),
            status: finding.status,
            next: finding.next.cloned(),
        }
    }
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// Why the text is none, as a sentence.
    pub fn read(path: &str, text: &[u8]) -> Result<Self, String> {
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        let file: BaselineFile = serde_json::from_slice(text).map_err(|error| {
            format!("not a baseline as `interdict baseline write` writes it: {}", crate::diag::printable(&error.to_string()))
        })?;
        if file.schema != SCHEMA {
            let found: String = file.schema.chars().take(80).collect();
            return Err(format!(
                "the baseline has the schema `{}`, and this version reads `{SCHEMA}`",
                crate::diag::printable(&found)
            ));
        }
        if Moment::parse(&file.as_of).is_none() {
            return Err("the baseline asks about no day: `as-of` is no date".to_owned());
        }
        let mut known = BTreeMap::new();
        for row in file.findings {
            // Two files put together by hand say of one finding what is true of neither.
            if known.contains_key(&row.fingerprint) {
                let name: String = row.fingerprint.chars().take(80).collect();
                return Err(format!("the finding `{}` stands twice in the baseline", crate::diag::printable(&name)));
            }
            known.insert(row.fingerprint, Stood { status: row.status, next: row.next });
        }
        Ok(Self { path: path.to_owned(), as_of: Some(file.as_of), known })
    }

    /// Returns the baseline of a file that is not there: everything is new.
    #[must_use]
    pub fn missing(path: &str) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }

    /// Marks the findings of a report that are not waived, and counts them.
    pub fn mark(&self, report: &mut Report) {
        let mut counted = report::Baseline { path: self.path.clone(), as_of: self.as_of.clone(), ..report::Baseline::default() };
        let as_of = Moment::parse(&report.as_of);
        let zones: BTreeMap<&String, Zone> =
            report.acts.iter().filter_map(|(id, act)| Some((id, Zone::parse(&act.time_zone)?))).collect();
        let mut there = BTreeSet::new();
        report.findings.mark(|finding| {
            let fingerprint = finding.fingerprint();
            let stood = self.known.get_key_value(&*fingerprint);
            there.extend(stood.map(|(fingerprint, _)| fingerprint.as_str()));
            if finding.waiver.is_some() {
                return None;
            }
            let today = as_of.zip(zones.get(&finding.rule.id)).map(|(as_of, zone)| as_of.day(*zone).to_string());
            let change = stood.map_or(Change::New, |(_, stood)| stood.change(finding.status, today.as_deref()));
            let count = match change {
                Change::New => &mut counted.new,
                Change::Worse => &mut counted.worse,
                Change::Due => &mut counted.due,
                Change::Known => &mut counted.known,
            };
            *count += 1;
            Some(change)
        });
        counted.gone = (self.known.len() - there.len()) as u64;
        report.baseline = Some(counted);
    }
}

impl Stood {
    /// Returns how a finding with a status stands against what stood. `today` is the day asked about, in
    /// the zone of the act.
    fn change(&self, now: Status, today: Option<&str>) -> Change {
        // What was announced and is here counts, were it an advisory only.
        let was_ahead = self.status == Status::Upcoming;
        let is_worse = now < self.status || was_ahead && now != Status::Upcoming;
        // Days of one form compare as texts.
        let is_due = self
            .next
            .as_ref()
            .is_some_and(|next| now <= next.status && next.on.get(..10).zip(today).is_some_and(|(on, today)| on <= today));
        match (is_worse, is_due) {
            (false, _) => Change::Known,
            (true, true) => Change::Due,
            (true, false) => Change::Worse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stood(status: Status, next: Option<(Status, &str)>) -> Stood {
        Stood { status, next: next.map(|(status, on)| Next { status, on: on.to_owned() }) }
    }

    #[test]
    fn a_date_that_was_named_and_reached_is_told_from_any_other_worsening() {
        use Status::{Advisory, Banned, NoSale, NoUpdates, Review, Upcoming};
        let sale = (NoSale, "2024-07-20");
        let cases = [
            // What stood, what stands now, on which day, and what that is.
            (Upcoming, Some(sale), NoSale, "2024-07-20", Change::Due),
            (Upcoming, Some(sale), NoUpdates, "2024-10-01", Change::Due),
            (Upcoming, Some(sale), NoSale, "2024-07-19", Change::Worse),
            (Upcoming, Some(sale), Upcoming, "2024-07-20", Change::Known),
            (Upcoming, Some((Advisory, "2024-07-20")), Advisory, "2024-07-20", Change::Due),
            (Upcoming, None, Advisory, "2024-07-20", Change::Worse),
            (NoSale, Some((NoUpdates, "2024-09-29T12:00:00-04:00")), NoUpdates, "2024-09-29", Change::Due),
            (NoSale, None, Banned, "2024-09-29", Change::Worse),
            (Banned, Some((NoSale, "2024-09-29")), NoSale, "2024-09-29", Change::Known),
            (Review, None, Advisory, "2024-09-29", Change::Worse),
            (NoSale, None, NoSale, "2024-09-29", Change::Known),
        ];
        for (before, next, now, today, expected) in cases {
            let came = stood(before, next).change(now, Some(today));
            assert_eq!(came, expected, "{before:?} to {now:?} on {today}");
        }
        assert_eq!(stood(Upcoming, Some(sale)).change(NoSale, None), Change::Worse);
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"schema":"interdict/baseline/1","as-of":"x"}"#,
            r#"{"schema":"interdict/baseline/1","as-of":"2024-10-01","findings":[],"more":1}"#,
            r#"{"schema":"interdict/baseline/1","as-of":"\u001b[31m","findings":[]}"#,
            r#"{"schema":"\u001b[31m","as-of":"2024-10-01","findings":[]}"#,
            r#"{"schema":"interdict/baseline/1","as-of":"2024-10-01","findings":[{"rule":"r","product":"p","fingerprint":"1","status":"\u001b"}]}"#,
        ] {
            let told = Baseline::read("b", text.as_bytes()).expect_err(text);
            assert!(!told.contains('\u{1b}') && told.len() < 400, "{told}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Baseline::read("b", deep.as_bytes()).is_err());
        let row = r#"{"rule":"r","product":"p","fingerprint":"1","status":"no-sale"}"#;
        let of = |rows: &str| format!(r#"{{"schema":"interdict/baseline/1","as-of":"2024-10-01","findings":[{rows}]}}"#);
        assert!(Baseline::read("b", of(row).as_bytes()).is_ok());
        let twice = Baseline::read("b", of(&format!("{row},{row}")).as_bytes()).expect_err("stands twice");
        assert_eq!(twice, "the finding `1` stands twice in the baseline");
    }
}
