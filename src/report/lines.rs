//! Findings gathered into lines: 4,000 machines with one product under one act are one line.
//!
//! A line never mixes statuses, acts, dates or waivers, so that what it says holds for each of its
//! findings. Lines come worst first; a vendor's own decision follows the law. For the table, lines
//! that nobody reads one by one are folded into rows: the advisories of an act, and the acts under
//! which one product is to be reviewed.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use foldhash::fast::FixedState;

use super::assets::Assets;
use super::words::{from_now, name, short};
use super::{Act, Change, Concern, FindingRef, GroupBy, Next, Report, State};
use crate::model::{Effect, Moment, Status, Zone};

/// So many keys are remembered by what findings share.
const KNOWN: usize = 1 << 14;

/// Findings that are drawn as one line.
pub(super) struct Line<'a> {
    /// The first of them, which stands for what all have in common: status, act, dates.
    pub(super) first: FindingRef<'a>,
    /// Its act.
    pub(super) act: Option<&'a Act>,
    /// First instant of the status, as the measure has it.
    pub(super) since: Option<&'a str>,
    /// Where a measure that makes the status has a state that must be told.
    pub(super) mark: Option<State>,
    /// Products with their vendors: one, but for lines of an act and for other spellings.
    pub(super) products: BTreeSet<(&'a str, &'a str)>,
    /// Versions.
    pub(super) versions: BTreeSet<&'a str>,
    /// Assets that are named.
    pub(super) assets: Assets<'a>,
    /// Places.
    pub(super) locations: BTreeSet<&'a str>,
    /// Findings.
    pub(super) findings: u64,
    /// Rows.
    pub(super) rows: u64,
    /// Sum of their quantities.
    pub(super) quantity: u64,
    /// Notes, and what bears them.
    pub(super) notes: BTreeMap<&'a str, Noted<'a>>,
    /// Whom those entities follow that are led by others.
    pub(super) leaders: BTreeSet<&'a str>,
    /// How the entity that was looked at last came to be meant.
    last_via: &'a [String],
    /// What is missing.
    pub(super) missing: BTreeSet<&'a str>,
}

/// What bears a note.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Noted<'a> {
    /// How many findings.
    pub(super) findings: u64,
    /// Names of their products.
    pub(super) products: BTreeSet<&'a str>,
}

/// What the findings of a line have in common; its order is the order of lines within a group.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    lead: &'a str,
    status: Status,
    waived: Option<&'a str>,
    change: Option<Change>,
    is_exit: bool,
    concern: Concern,
    product: String,
    rule: &'a str,
    since: Option<&'a str>,
    mark: Option<State>,
    next: Option<(&'a str, Status)>,
}

/// Gathers the findings of a report.
pub(super) fn gather<'a>(report: &'a Report, by: GroupBy) -> Vec<Line<'a>> {
    let mut keys: BTreeMap<Key<'a>, usize> = BTreeMap::new();
    let mut lines: Vec<Line<'a>> = Vec::new();
    let assets = Assets::of(&report.findings);
    // What was drawn up together is told by where it lies: a key takes longer to make than to find.
    let mut known: HashMap<Shared<'a>, usize, FixedState> = HashMap::default();
    let mut answered = Answered::default();
    for finding in &report.findings {
        let by_answer = by != GroupBy::Asset && finding.waiver.is_none() && finding.baseline.is_none();
        if let Some(at) = answered.line(&finding).filter(|_| by_answer) {
            lines[at].count(&finding);
            continue;
        }
        let shared = (by != GroupBy::Asset).then(|| shared(&finding));
        let at = match shared.as_ref().and_then(|shared| known.get(shared)) {
            Some(&at) => {
                lines[at].add_known(&finding);
                at
            }
            None => {
                let act = report.acts.get(&finding.rule.id);
                let (since, mark) = since(&finding);
                let key = key(&finding, by, act, (since, mark));
                let at = *keys.entry(key).or_insert_with(|| {
                    lines.push(Line::new(finding, act, since, mark, assets.none()));
                    lines.len() - 1
                });
                lines[at].add(&finding);
                known.extend(shared.filter(|_| known.len() < KNOWN).map(|shared| (shared, at)));
                at
            }
        };
        if by_answer {
            answered.note(&finding, at);
        }
    }
    lines.iter_mut().for_each(|line| line.assets.settle());
    sorted(keys, lines)
}

/// Returns what the findings of a line have in common with this one.
fn key<'a>(finding: &FindingRef<'a>, by: GroupBy, act: Option<&Act>, (since, mark): (Option<&'a str>, Option<State>)) -> Key<'a> {
    let item = &finding.item;
    Key {
        lead: lead(by, finding),
        status: finding.status,
        waived: finding.waiver.as_ref().map(|waiver| waiver.until.as_str()),
        change: finding.baseline,
        is_exit: act.is_some_and(is_exit),
        concern: finding.concerned_as,
        product: if by == GroupBy::Rule { String::new() } else { folded(item.product, item.vendor) },
        rule: &finding.rule.id,
        since,
        mark,
        next: finding.next.as_ref().map(|next| (next.on.as_str(), next.status)),
    }
}

/// The lines of answers, with the place that was written: all else that a line tells is the same wherever these are.
#[derive(Default)]
struct Answered<'a>(Vec<Option<(usize, &'a str)>>);

impl<'a> Answered<'a> {
    fn line(&self, finding: &FindingRef<'a>) -> Option<usize> {
        let &(line, location) = self.0.get(finding.answer as usize)?.as_ref()?;
        std::ptr::eq(location, finding.item.location).then_some(line)
    }

    fn note(&mut self, finding: &FindingRef<'a>, line: usize) {
        if finding.answer == u32::MAX {
            return;
        }
        let answer = finding.answer as usize;
        if answer >= self.0.len() {
            self.0.resize(answer + 1, None);
        }
        self.0[answer] = Some((line, finding.item.location));
    }
}

/// Where the parts lie that make the key of a finding, and its names: where all of these are the same, so is the key.
type Shared<'a> = ([usize; 8], &'a str, &'a str);

fn shared<'a>(finding: &FindingRef<'a>) -> Shared<'a> {
    let places = [
        std::ptr::from_ref(finding.rule).addr(),
        finding.measures.as_ptr().addr(),
        finding.measures.len(),
        finding.next.map_or(0, |next| std::ptr::from_ref(next).addr()),
        finding.waiver.map_or(0, |waiver| std::ptr::from_ref(waiver).addr()),
        finding.status as usize,
        finding.concerned_as as usize,
        finding.baseline.map_or(0, |change| 1 + change as usize),
    ];
    // Each version of a product has names of its own, wherever they lie.
    (places, finding.item.vendor, finding.item.product)
}

/// Returns what a finding is gathered under.
pub(super) fn lead<'a>(by: GroupBy, finding: &FindingRef<'a>) -> &'a str {
    match by {
        GroupBy::Product => "",
        GroupBy::Asset => finding.item.asset,
        GroupBy::Rule => &finding.rule.id,
        GroupBy::Jurisdiction => &finding.rule.jurisdiction,
    }
}

/// Puts lines in their order. They are many and large: only their places are moved about.
fn sorted<'a>(keys: BTreeMap<Key<'a>, usize>, lines: Vec<Line<'a>>) -> Vec<Line<'a>> {
    let mut worst: BTreeMap<&str, (bool, Status)> = BTreeMap::new();
    for key in keys.keys() {
        let rank = (key.waived.is_some(), key.status);
        worst.entry(key.lead).and_modify(|worst| *worst = rank.min(*worst)).or_insert(rank);
    }
    let mut order: Vec<(Key<'a>, usize)> = keys.into_iter().collect();
    order.sort_by(|(a, line), (b, other)| {
        let rank = |key: &Key<'a>, line: &Line<'_>| {
            (worst.get(key.lead).copied(), key.lead, key.waived.is_some(), key.status, key.is_exit, Reverse(line.assets.len()))
        };
        rank(a, &lines[*line]).cmp(&rank(b, &lines[*other])).then_with(|| a.cmp(b))
    });
    let order: Vec<usize> = order.into_iter().map(|(_, line)| line).collect();
    let mut lines: Vec<Option<Line<'a>>> = lines.into_iter().map(Some).collect();
    order.into_iter().filter_map(|line| lines[line].take()).collect()
}

impl<'a> Line<'a> {
    fn new(first: FindingRef<'a>, act: Option<&'a Act>, since: Option<&'a str>, mark: Option<State>, assets: Assets<'a>) -> Self {
        Self {
            first,
            act,
            since,
            mark,
            products: BTreeSet::new(),
            versions: BTreeSet::new(),
            assets,
            locations: BTreeSet::new(),
            findings: 0,
            rows: 0,
            quantity: 0,
            notes: BTreeMap::new(),
            leaders: BTreeSet::new(),
            last_via: &[],
            missing: BTreeSet::new(),
        }
    }

    fn add(&mut self, finding: &FindingRef<'a>) {
        self.products.insert((finding.item.product, finding.item.vendor));
        self.add_known(finding);
    }

    /// Adds a finding of a product that the line has.
    fn add_known(&mut self, finding: &FindingRef<'a>) {
        let item = &finding.item;
        self.versions.extend(Some(item.version).filter(|text| !text.is_empty()));
        self.locations.extend(Some(item.location).filter(|text| !text.is_empty()));
        let product = name(item.product, item.vendor);
        for note in finding.notes {
            self.notes.entry(note).or_default().products.insert(product);
        }
        // Findings of a product mostly share it.
        let via = &*finding.matched.via;
        if std::mem::replace(&mut self.last_via, via) != via {
            self.leaders.extend(via.iter().filter_map(|step| step.split_once(" led-by ")).map(|(_, leader)| leader));
        }
        self.missing.extend(finding.missing.iter().map(String::as_str));
        self.count(finding);
    }

    /// Adds a finding that differs from one that the line has in its asset and rows only.
    fn count(&mut self, finding: &FindingRef<'a>) {
        self.assets.add(&finding.item);
        self.findings += 1;
        self.rows += finding.rows.count;
        self.quantity = self.quantity.saturating_add(finding.rows.quantity);
        for note in finding.notes {
            self.notes.entry(note).or_default().findings += 1;
        }
    }

    /// Returns whether a vendor's own decision is behind it, which is no law.
    pub(super) fn is_exit(&self) -> bool {
        self.act.is_some_and(is_exit)
    }

    /// Returns the next change of status.
    pub(super) fn next(&self) -> Option<&'a Next> {
        self.first.next
    }
}

/// Lines that the table draws as one row.
pub(super) struct Row<'a, 'l> {
    /// The lines, worst first; never none.
    pub(super) lines: Vec<&'l Line<'a>>,
    /// Products with their vendors.
    pub(super) products: BTreeSet<(&'a str, &'a str)>,
    /// Versions.
    pub(super) versions: BTreeSet<&'a str>,
    /// Assets that are named.
    pub(super) assets: Cow<'l, Assets<'a>>,
    /// Places.
    pub(super) locations: BTreeSet<&'a str>,
}

/// Folds the advisories of an act into one row, and the acts under which a person must look at one
/// product into another. Every other line is a row of its own.
pub(super) fn fold<'a, 'l>(lines: &'l [Line<'a>], by: GroupBy) -> Vec<Row<'a, 'l>> {
    let mut rows: Vec<Row<'a, 'l>> = Vec::with_capacity(lines.len());
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for line in lines {
        let first = line.first;
        let what = match first.status {
            _ if by == GroupBy::Rule => None,
            Status::Advisory => {
                let next = first.next.as_ref().map(|next| (next.on.as_str(), next.status));
                Some((first.rule.id.clone(), Some((line.since, next))))
            }
            Status::Review => Some((folded(first.item.product, first.item.vendor), None)),
            _ => None,
        };
        let waived = first.waiver.as_ref().map(|waiver| waiver.until.as_str());
        let key = what.map(|what| (lead(by, &first), waived, first.baseline, first.status, line.is_exit(), what));
        match key {
            None => rows.push(Row::new(line)),
            Some(key) => match known.get(&key) {
                Some(&at) => rows[at].add(line),
                None => {
                    known.insert(key, rows.len());
                    rows.push(Row::new(line));
                }
            },
        }
    }
    for row in &mut rows {
        if let Cow::Owned(assets) = &mut row.assets {
            assets.settle();
        }
    }
    rows
}

impl<'a, 'l> Row<'a, 'l> {
    fn new(line: &'l Line<'a>) -> Self {
        let mut row = Self {
            lines: Vec::new(),
            products: BTreeSet::new(),
            versions: BTreeSet::new(),
            assets: Cow::Borrowed(&line.assets),
            locations: BTreeSet::new(),
        };
        row.add(line);
        row
    }

    fn add(&mut self, line: &'l Line<'a>) {
        self.lines.push(line);
        self.products.extend(&line.products);
        self.versions.extend(&line.versions);
        if !std::ptr::eq(&*self.assets, &line.assets) {
            self.assets.to_mut().extend(&line.assets);
        }
        self.locations.extend(&line.locations);
    }

    /// Returns the worst line.
    pub(super) fn first(&self) -> &'l Line<'a> {
        self.lines[0]
    }

    /// Returns the acts, each once, in the order of the lines.
    pub(super) fn acts(&self) -> Vec<&'a str> {
        let mut acts: Vec<&str> = Vec::new();
        for line in &self.lines {
            let id = line.first.rule.id.as_str();
            if !acts.contains(&id) {
                acts.push(id);
            }
        }
        acts
    }

    /// Returns the number of rows, and the sum of their quantities. A row under several acts is one.
    pub(super) fn counts(&self) -> (u64, u64) {
        let mut acts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for line in &self.lines {
            let (rows, quantity) = acts.entry(line.first.rule.id.as_str()).or_default();
            *rows += line.rows;
            *quantity = quantity.saturating_add(line.quantity);
        }
        acts.into_values().max().unwrap_or_default()
    }

    /// Returns the line whose status began first, and whether others began at another time.
    pub(super) fn earliest(&self) -> (&'l Line<'a>, bool) {
        let first = self.lines.iter().min_by_key(|line| (line.since.is_none(), line.since)).unwrap_or(&self.lines[0]);
        (first, self.lines.iter().any(|line| line.since.and_then(day_of) != first.since.and_then(day_of)))
    }

    /// Returns the line whose status changes next.
    pub(super) fn next(&self) -> Option<&'l Line<'a>> {
        self.lines.iter().filter(|line| line.next().is_some()).min_by_key(|line| line.next().map(|next| &next.on)).copied()
    }

    /// Returns the distinct names of products, however they are spelt.
    pub(super) fn names(&self) -> BTreeMap<String, (&'a str, &'a str)> {
        self.products.iter().map(|&(product, vendor)| (folded_name(product, vendor), (product, vendor))).collect()
    }
}

/// Returns what makes two products the same to a reader: the name alone, or the vendor's.
pub(super) fn folded_name(product: &str, vendor: &str) -> String {
    super::words::name(product, vendor).to_lowercase()
}

/// Returns how a finding stands against the baseline, where that is to be told.
pub(super) fn change(finding: &FindingRef<'_>) -> Option<&'static str> {
    finding.baseline.filter(|change| *change != Change::Known).map(Change::as_str)
}

/// Returns whether an act is a vendor's own decision.
pub(super) fn is_exit(act: &Act) -> bool {
    act.kind == "vendor-exit"
}

fn folded(product: &str, vendor: &str) -> String {
    format!("{}\u{0}{}", product.to_lowercase(), vendor.to_lowercase())
}

/// Returns when the status of a finding began or begins, and the state of the measure behind it
/// where that is more than "in force" or "upcoming".
pub(super) fn since<'a>(finding: &FindingRef<'a>) -> (Option<&'a str>, Option<State>) {
    let effect = |word: &str| Effect::ALL.into_iter().find(|effect| effect.as_str() == word).map(Effect::status);
    let in_force = |state| matches!(state, State::InForce | State::NotEnforced);
    let made: Vec<_> = match finding.status {
        Status::Upcoming => {
            finding.measures.iter().filter(|measure| !in_force(measure.state) && measure.state != State::Ended).collect()
        }
        Status::Review | Status::Clear => finding.measures.iter().filter(|measure| in_force(measure.state)).collect(),
        status => {
            finding.measures.iter().filter(|measure| in_force(measure.state) && effect(&measure.effect) == Some(status)).collect()
        }
    };
    let Some(first) = made.iter().min_by_key(|measure| (measure.from.is_none(), measure.from.as_deref())) else {
        return (None, None);
    };
    let told = made.iter().all(|measure| !matches!(measure.state, State::InForce | State::Upcoming));
    // A suspended measure began long ago; what lies ahead of it is its return.
    let from =
        if first.state == State::Suspended { finding.next.as_ref().map(|next| next.on.as_str()) } else { first.from.as_deref() };
    (from, told.then_some(first.state))
}

/// A day within the horizon on which something changes, or a measure that is to come.
pub(super) struct Deadline<'a> {
    /// The day, in the zone of the act; none where it is open.
    pub(super) day: Option<NaiveDate>,
    /// The day and how far away it is, in words.
    pub(super) when: String,
    /// What changes.
    pub(super) what: String,
    /// Id of the act.
    pub(super) act: &'a str,
    /// Products.
    pub(super) products: BTreeSet<&'a str>,
    /// Assets that are named.
    pub(super) assets: Assets<'a>,
}

/// Returns the changes of status and the ends of waivers within the horizon, and what is announced
/// without a date; the nearest first.
pub(super) fn deadlines<'a>(report: &'a Report, lines: &[Line<'a>]) -> Vec<Deadline<'a>> {
    let horizon = i64::from(report.horizon_days);
    let mut dates: BTreeMap<(i64, Option<NaiveDate>, String, &'a str), Deadline<'a>> = BTreeMap::new();
    for line in lines {
        let mut add = |days: i64, day: Option<NaiveDate>, what: String| {
            let act = line.first.rule.id.as_str();
            let when = day.map_or_else(|| "date open".to_owned(), |day| format!("{day}, {}", from_now(days)));
            let deadline = dates.entry((days, day, what.clone(), act)).or_insert_with(|| {
                let (products, assets) = (BTreeSet::new(), line.assets.none());
                Deadline { day, when, what, act, products, assets }
            });
            deadline.products.extend(line.products.iter().map(|&(product, vendor)| name(product, vendor)));
            deadline.assets.extend(&line.assets);
        };
        let next = line.next().map(|next| {
            let what = match next.status {
                Status::Clear => "nothing applies any more".to_owned(),
                status => format!("{} → {}", line.first.status.as_str(), status.as_str()),
            };
            (next.on.as_str(), what)
        });
        let waiver = line.first.waiver.as_ref().map(|waiver| (waiver.until.as_str(), "waiver ends".to_owned()));
        for (on, what) in next.into_iter().chain(waiver) {
            let days = days_until(report, line.act, on).filter(|days| (0..=horizon).contains(days));
            if let (Some(days), Some(day)) = (days, day_of(on)) {
                add(days, Some(day), what);
            }
        }
        for measure in line.first.measures.iter().filter(|measure| measure.state == State::ToBeAnnounced) {
            add(i64::MAX, None, format!("{} is to come", short(&measure.effect, 40)));
        }
    }
    dates.values_mut().for_each(|deadline| deadline.assets.settle());
    dates.into_values().collect()
}

/// Returns the day of a date or instant as reports write it: it stands in the zone of its act.
pub(super) fn day_of(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()
}

/// Returns the time of day, where an instant is not the start of a day.
pub(super) fn time_of(text: &str) -> Option<&str> {
    text.get(11..16).filter(|time| *time != "00:00")
}

/// Returns how many days lie between the day the report asks about and another, in an act's zone.
pub(super) fn days_until(report: &Report, act: Option<&Act>, text: &str) -> Option<i64> {
    let zone = act.and_then(|act| Zone::parse(&act.time_zone));
    let today = match (Moment::parse(&report.as_of)?, zone) {
        (Moment::Day(day), _) => day,
        (at, Some(zone)) => at.day(zone),
        (Moment::Instant(at), None) => at.date_naive(),
    };
    Some((day_of(text)? - today).num_days())
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn many_machines_with_one_product_under_one_act_are_one_line() {
        let report = sample::report();
        let lines = gather(&report, GroupBy::Product);
        let line = lines.iter().find(|line| line.products.contains(&("Kaspersky Plus", "AO Kaspersky Lab"))).expect("is there");
        assert_eq!((line.assets.len(), line.versions.len(), line.rows), (40, 2, 40));
        assert_eq!(line.since, Some("2024-09-29T00:00:00-04:00"));
        let noted = line.notes.iter().map(|(note, noted)| (*note, noted.findings));
        assert_eq!(noted.collect::<Vec<_>>(), [("acquired-after-ban", 1), ("renewal-blocked", 4)]);
    }

    #[test]
    fn the_worst_comes_first_whatever_leads() {
        let report = sample::report();
        let rows = report.findings.iter().map(|finding| finding.rows.count).sum::<u64>();
        for &by in GroupBy::ALL {
            let lines = gather(&report, by);
            assert_eq!(lines[0].first.status, Status::Banned, "{by:?}");
            assert!(lines[0].first.waiver.is_none(), "{by:?}");
            assert_eq!(lines.iter().map(|line| line.rows).sum::<u64>(), rows, "{by:?}");
        }
        let rank = |line: &Line<'_>| (line.first.waiver.is_some(), line.first.status);
        assert!(gather(&report, GroupBy::Product).is_sorted_by_key(rank));
    }

    #[test]
    fn a_measure_tells_when_the_status_began() {
        let report = sample::report();
        let of = |id: &str| since(&report.findings.iter().find(|finding| finding.rule.id == id).expect("is there"));
        assert_eq!(of("xa-court-videoapp-2024"), (Some("2024-08-19T12:00:00-04:00"), Some(State::NotEnforced)));
        assert_eq!(of("xa-law-routers-2024"), (Some("2024-12-01T00:00:00+02:00"), None));
        assert_eq!(of("xa-law-drones-2024"), (None, Some(State::ToBeAnnounced)));
        assert_eq!(of("us-ca-example-suspended-2024"), (Some("2025-06-01"), Some(State::Suspended)));
    }

    #[test]
    fn days_are_counted_in_the_zone_of_the_act() {
        let mut report = sample::report();
        let act = report.acts["us-bis-kaspersky-2024"].clone();
        assert_eq!(days_until(&report, Some(&act), "2024-09-29T00:00:00-04:00"), Some(-2));
        assert_eq!(days_until(&report, Some(&act), "2024-10-01"), Some(0));
        report.as_of = "2024-10-02T01:00:00Z".into();
        assert_eq!(days_until(&report, Some(&act), "2024-10-02"), Some(1));
        assert_eq!(days_until(&report, None, "2024-10-02"), Some(0));
        assert_eq!(days_until(&report, None, "soon"), None);
        report.as_of = "é".repeat(20);
        assert_eq!(days_until(&report, None, "2024-10-02"), None);
    }
}
