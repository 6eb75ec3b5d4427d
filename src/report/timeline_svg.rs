//! `svg`: a drawing of the measures that touch the inventory, each from its start to its end, with
//! the day asked about marked. The HTML report embeds the same drawing.
//!
//! One block for each act, the worst first; in it one bar for each measure, with its effect, state and
//! dates in words beside it, so that nothing is told by colour alone. Self-contained: no script, no
//! font, nothing that is loaded. Light and dark follow the reader's setting.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use chrono::{Datelike, Days, Months, NaiveDate};

use super::assets::Assets;
use super::escape::xml;
use super::lines::{self, day_of};
use super::words::{self, short};
use super::{Act, FindingRef, Measure, Report, Reporter, State, View};
use crate::model::{Effect, Moment, Status, Zone};

/// So many acts are drawn; the rest is counted.
const ACTS: usize = 40;
/// So many measures of an act.
const MEASURES: usize = 6;
/// Width of the drawing, of the column of acts, and of the gap at the right.
const WIDTH: f64 = 1000.0;
const LEFT: f64 = 330.0;
const RIGHT: f64 = 20.0;
/// Heights: what is above the first act, a line of text, a measure with its words.
const TOP: f64 = 64.0;
const TEXT: f64 = 17.0;
const MEASURE: f64 = 32.0;
/// Years that are drawn at most before and after the day asked about.
const BEFORE: u32 = 3;
const AFTER: u32 = 5;

/// Colours, by the reader's setting. The names of the classes are those of statuses and states.
pub(super) const STYLE: &str = "\
.timeline{font-family:system-ui,-apple-system,'Segoe UI','Noto Sans',sans-serif;font-size:13px}\
.timeline text{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}.timeline .soft{font-size:12px}.timeline .id,.timeline text.now{font-weight:600}\
.timeline .head{font-size:16px;font-weight:600}.timeline .grid{stroke-width:1}.timeline line.now{stroke-width:2}.timeline .bar{stroke-width:1.5}\
.timeline .upcoming{fill-opacity:.35}.timeline .suspended,.timeline .not-enforced{fill-opacity:.12;stroke-dasharray:5 3}\
.timeline .ended{fill-opacity:.12;stroke-opacity:.5}.timeline .to-be-announced{fill-opacity:0;stroke-dasharray:2 2}\
.timeline .page{fill:#fff}.timeline text{fill:#1b1f24;stroke:#fff}.timeline .soft{fill:#57606a}.timeline .event{fill:#57606a}\
.timeline .grid{stroke:#d0d7de}.timeline line.now{stroke:#0b57d0}.timeline text.now{fill:#0b57d0}\
.timeline .banned{fill:#b3261e;stroke:#b3261e}.timeline .no-updates{fill:#b8450b;stroke:#b8450b}\
.timeline .no-sale{fill:#8f6400;stroke:#8f6400}.timeline .advisory{fill:#2b6cb0;stroke:#2b6cb0}\
@media screen and (prefers-color-scheme:dark){\
.timeline .page{fill:#15191e}.timeline text{fill:#e6edf3;stroke:#15191e}.timeline .soft{fill:#9aa4af}.timeline .event{fill:#9aa4af}\
.timeline .grid{stroke:#39424c}.timeline line.now{stroke:#7ab0ff}.timeline text.now{fill:#7ab0ff}\
.timeline .banned{fill:#ff7b72;stroke:#ff7b72}.timeline .no-updates{fill:#ff9e64;stroke:#ff9e64}\
.timeline .no-sale{fill:#e3b341;stroke:#e3b341}.timeline .advisory{fill:#79b8ff;stroke:#79b8ff}}";

/// Writes the drawing.
pub(super) struct Svg;

impl Reporter for Svg {
    fn write(&self, report: &Report, _: &View, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        out.write_all(drawing(report, true).as_bytes())
    }
}

/// What is drawn of one act.
struct Block<'a> {
    first: FindingRef<'a>,
    act: Option<&'a Act>,
    status: Status,
    findings: u64,
    waived: u64,
    measures: BTreeSet<Bar<'a>>,
    products: BTreeSet<String>,
    assets: Assets<'a>,
}

/// A measure as it is drawn; the order is that of the bars.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Bar<'a> {
    is_open: bool,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    effect: &'a str,
    state: State,
}

/// The days that are drawn, and where.
struct Scale {
    first: NaiveDate,
    last: NaiveDate,
}

impl Scale {
    fn x(&self, day: NaiveDate) -> f64 {
        let day = day.clamp(self.first, self.last);
        let whole = (self.last - self.first).num_days().max(1);
        // A span of a few thousand days is exact.
        let share = to_f64((day - self.first).num_days()) / to_f64(whole);
        LEFT + share * (WIDTH - LEFT - RIGHT)
    }
}

fn to_f64(days: i64) -> f64 {
    i32::try_from(days).map_or(f64::from(i32::MAX), f64::from)
}

/// Returns the drawing as an `svg` element, with its own style where it stands alone.
pub(super) fn drawing(report: &Report, alone: bool) -> String {
    let today = match Moment::parse(&report.as_of) {
        Some(Moment::Day(day)) => day,
        Some(at) => at.day(Zone::UTC),
        None => return String::new(),
    };
    let blocks = blocks(report);
    let scale = scale(&blocks, today);
    let heights: Vec<f64> = blocks.iter().take(ACTS).map(height).collect();
    let more = blocks.len().saturating_sub(ACTS);
    let body: f64 = heights.iter().sum();
    let foot = if more > 0 || blocks.is_empty() { 36.0 } else { 12.0 };
    let height = TOP + body + foot;
    let day = short(&report.as_of, 40);
    let title = format!("Timeline of {} as of {day}", words::count(blocks.len() as u64, "act"));
    let mut svg = format!(
        "<svg class=\"timeline\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\"{} role=\"img\" \
         aria-labelledby=\"timeline-title timeline-desc\">\n<title id=\"timeline-title\">{}</title>\n<desc id=\"timeline-desc\">{}</desc>\n",
        if alone { format!(" width=\"{WIDTH}\" height=\"{height}\"") } else { String::new() },
        xml(&title),
        xml(&described(&blocks, &day)),
    );
    if alone {
        svg += &format!("<style>{STYLE}</style>\n<rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>\n");
    }
    svg += &text(12.0, 24.0, "head", "start", &title);
    let bottom = TOP + body + 4.0;
    if blocks.is_empty() {
        svg += &text(12.0, TOP + 12.0, "soft", "start", "No act has a finding, so there is no measure to draw.");
    } else {
        svg += &ticks(&scale, today, bottom);
        svg += &now(&scale, today, &day, bottom);
        let mut y = TOP;
        for (block, height) in blocks.iter().zip(heights) {
            svg += &draw(report, block, &scale, y);
            y += height;
        }
    }
    if more > 0 {
        let text_of = format!("{} not drawn here; the other formats list all.", words::count(more as u64, "more act"));
        svg += &text(12.0, TOP + body + 22.0, "soft", "start", &text_of);
    }
    svg + "</svg>\n"
}

/// Gathers the findings by act; the worst first, then the earliest.
fn blocks(report: &Report) -> Vec<Block<'_>> {
    let mut blocks: BTreeMap<&str, Block<'_>> = BTreeMap::new();
    let assets = Assets::of(&report.findings);
    for finding in &report.findings {
        let block = blocks.entry(&finding.rule.id).or_insert_with(|| Block {
            first: finding,
            act: report.acts.get(&finding.rule.id),
            status: finding.status,
            findings: 0,
            waived: 0,
            measures: BTreeSet::new(),
            products: BTreeSet::new(),
            assets: assets.none(),
        });
        block.status = block.status.min(finding.status);
        block.findings += 1;
        block.waived += u64::from(finding.waiver.is_some());
        block.measures.extend(finding.measures.iter().map(bar));
        block.products.insert(lines::folded_name(finding.item.product, finding.item.vendor));
        block.assets.add(&finding.item);
    }
    blocks.values_mut().for_each(|block| block.assets.settle());
    let mut blocks: Vec<_> = blocks.into_values().collect();
    blocks.sort_by_key(|block| {
        let exit = block.act.is_some_and(lines::is_exit);
        (block.status, exit, block.measures.iter().filter_map(|bar| bar.from).min(), block.first.rule.id.clone())
    });
    blocks
}

fn bar(measure: &Measure) -> Bar<'_> {
    let day = |text: &Option<String>| text.as_deref().and_then(day_of);
    let from = day(&measure.from);
    Bar { is_open: from.is_none(), from, until: day(&measure.until), effect: &measure.effect, state: measure.state }
}

fn height(block: &Block<'_>) -> f64 {
    let measures = block.measures.len().min(MEASURES + 1);
    (to_f64(i64::try_from(measures).unwrap_or(0)) * MEASURE).max(3.0 * TEXT) + 22.0
}

/// From the first date to the last, and at least from a quarter before to a year after today.
fn scale(blocks: &[Block<'_>], today: NaiveDate) -> Scale {
    let bars = || blocks.iter().take(ACTS).flat_map(|block| &block.measures);
    let days = || bars().flat_map(|bar| [bar.from, bar.until]).flatten();
    let back = |months| today.checked_sub_months(Months::new(months)).unwrap_or(today);
    let ahead = |months| today.checked_add_months(Months::new(months)).unwrap_or(today);
    let first = days().min().unwrap_or(today).clamp(back(12 * BEFORE), back(3));
    let last = days().max().unwrap_or(today).clamp(ahead(12), ahead(12 * AFTER));
    let margin = |day: NaiveDate, share: i64| Days::new(((last - day).num_days() / share).unsigned_abs());
    Scale {
        first: first.checked_sub_days(margin(first, 60)).unwrap_or(first),
        last: last.checked_add_days(margin(first, 40)).unwrap_or(last),
    }
}

/// Vertical lines with their dates, at most about ten.
fn ticks(scale: &Scale, today: NaiveDate, bottom: f64) -> String {
    let months = (scale.last - scale.first).num_days() / 30;
    let step = [1, 3, 6, 12, 24].into_iter().find(|step| months / step <= 10).unwrap_or(60);
    let year = scale.first.year();
    let mut svg = String::new();
    for at in (0..).step_by(usize::try_from(step).unwrap_or(12)) {
        let Some(day) =
            NaiveDate::from_ymd_opt(year - year.rem_euclid(5), 1, 1).and_then(|start| start.checked_add_months(Months::new(at)))
        else {
            break;
        };
        if day > scale.last {
            break;
        }
        let x = scale.x(day);
        if day < scale.first {
            continue;
        }
        svg += &format!("<line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>\n");
        // The label of today needs its place.
        if (x - scale.x(today)).abs() > 84.0 && x < WIDTH - 24.0 {
            let label = if step < 12 { day.format("%Y-%m").to_string() } else { day.year().to_string() };
            svg += &text(x, TOP - 8.0, "soft", "middle", &label);
        }
    }
    svg
}

fn now(scale: &Scale, today: NaiveDate, day: &str, bottom: f64) -> String {
    let x = scale.x(today);
    let anchor = if x > WIDTH - 120.0 { "end" } else { "middle" };
    format!("<line class=\"now\" x1=\"{x:.1}\" y1=\"{}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>\n", TOP - 4.0)
        + &text(x, TOP - 8.0, "now", anchor, &format!("as of {}", day.get(..10).unwrap_or(day)))
}

fn draw(report: &Report, block: &Block<'_>, scale: &Scale, y: f64) -> String {
    let rule = &block.first.rule;
    let mut svg = format!("<line class=\"grid\" x1=\"0\" y1=\"{y}\" x2=\"{WIDTH}\" y2=\"{y}\"/>\n");
    svg += &format!("<g><title>{}</title>\n", xml(&short(&rule.title, 500)));
    let who = if block.act.is_some_and(lines::is_exit) { "decision of a vendor, no law" } else { block.status.as_str() };
    let reach = match block.assets.len() as u64 {
        0 => words::count(block.products.len() as u64, "product"),
        assets => format!("{} on {}", words::count(block.products.len() as u64, "product"), words::count(assets, "asset")),
    };
    let waived = match block.waived {
        0 => String::new(),
        all if all == block.findings => ", waived".to_owned(),
        some => format!(", {} waived", words::number(some)),
    };
    svg += &text(12.0, y + 20.0, "id", "start", &fit(&rule.id, 42));
    svg += &text(12.0, y + 20.0 + TEXT, "", "start", &fit(&rule.title, 46));
    svg += &text(12.0, y + 20.0 + 2.0 * TEXT, "soft", "start", &fit(&format!("{}: {who}{waived}; {reach}", rule.jurisdiction), 50));
    let mut at = y + 20.0;
    for bar in block.measures.iter().take(MEASURES) {
        svg += &draw_bar(report, block.act, bar, scale, at);
        at += MEASURE;
    }
    if block.measures.len() > MEASURES {
        let left = words::count((block.measures.len() - MEASURES) as u64, "more measure");
        svg += &text(LEFT + 4.0, at, "soft", "start", &left);
    }
    for event in block.act.iter().flat_map(|act| &act.events) {
        if let Some(day) = day_of(&event.from).filter(|day| (scale.first..=scale.last).contains(day)) {
            let x = scale.x(day);
            let told = format!("{} from {day}, announced {}", short(&event.kind, 40), short(&event.announced, 40));
            svg += &format!("<path class=\"event\" d=\"M{:.1} {y}h10l-5 8z\"><title>{}</title></path>\n", x - 5.0, xml(&told));
        }
    }
    svg + "</g>\n"
}

fn draw_bar(report: &Report, act: Option<&Act>, bar: &Bar<'_>, scale: &Scale, y: f64) -> String {
    let told = told(report, act, bar);
    let (start, end) = match bar.from {
        Some(from) => (scale.x(from), bar.until.map_or(WIDTH - RIGHT, |until| scale.x(until))),
        None => (WIDTH - RIGHT - 8.0, WIDTH - RIGHT),
    };
    // What began before the drawing points there.
    let earlier = bar
        .from
        .filter(|from| *from < scale.first)
        .map(|_| format!("<path class=\"{}\" d=\"M{:.1} {:.1}l-6 4.5 6 4.5z\"/>\n", colour(bar.effect), start - 2.0, y + 5.0));
    // A day is still to be seen.
    let width = (end - start).max(4.0);
    // The words begin where the bar does, or end at the margin where there is no room for that.
    let (x, anchor) = if start + wide(&told) > WIDTH { (WIDTH - RIGHT, "end") } else { (start, "start") };
    format!(
        "<rect class=\"bar {} {}\" x=\"{start:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"9\" rx=\"2\"><title>{}</title></rect>\n",
        colour(bar.effect),
        bar.state.as_str(),
        y + 5.0,
        xml(&told),
    ) + &earlier.unwrap_or_default()
        + &text(x, y, "soft", anchor, &told)
}

/// Returns the measure in words: "no-updates since 2024-09-29".
fn told(report: &Report, act: Option<&Act>, bar: &Bar<'_>) -> String {
    let effect = short(bar.effect, 40);
    let away = |day: NaiveDate| match lines::days_until(report, act, &day.to_string()) {
        Some(days @ 0..) => format!("{day} ({})", words::from_now(days)),
        _ => day.to_string(),
    };
    let from = match (bar.state, bar.from) {
        (State::ToBeAnnounced, _) | (_, None) => ", date open".to_owned(),
        (State::Upcoming, Some(day)) => format!(" from {}", away(day)),
        (_, Some(day)) => format!(" since {day}"),
    };
    let until = match (bar.state, bar.until) {
        (_, None) => String::new(),
        (State::Ended, Some(day)) => format!(", ended {day}"),
        (State::Upcoming, Some(day)) => format!(", until {day}"),
        (_, Some(day)) => format!(", until {}", away(day)),
    };
    let state = match bar.state {
        State::NotEnforced => ", not enforced",
        State::Suspended => ", suspended",
        _ => "",
    };
    format!("{effect}{from}{until}{state}")
}

/// Returns the class of an effect: the status that it gives.
fn colour(effect: &str) -> &'static str {
    Effect::ALL.into_iter().find(|known| known.as_str() == effect).map_or("advisory", |effect| effect.status().as_str())
}

/// Returns what the drawing shows, for those who cannot see it.
fn described(blocks: &[Block<'_>], day: &str) -> String {
    if blocks.is_empty() {
        return "No act has a finding.".to_owned();
    }
    let acts = blocks.iter().take(ACTS).map(|block| {
        let measures = block.measures.iter().take(MEASURES).map(|bar| {
            let day = |day: Option<NaiveDate>, word: &str| day.map(|day| format!(" {word} {day}")).unwrap_or_default();
            let (from, until) = (day(bar.from, "from"), day(bar.until, "until"));
            format!("{} {}{from}{until}", short(bar.effect, 40), bar.state.as_str())
        });
        format!("{}: {}", short(&block.first.rule.id, 80), measures.collect::<Vec<_>>().join(", "))
    });
    format!("Bars from start to end of each measure; a line marks {day}. {}.", acts.collect::<Vec<_>>().join("; "))
}

fn text(x: f64, y: f64, class: &str, anchor: &str, content: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let anchor = if anchor == "start" { String::new() } else { format!(" text-anchor=\"{anchor}\"") };
    format!("<text{class} x=\"{x:.1}\" y=\"{y:.1}\"{anchor}>{}</text>\n", xml(content))
}

/// Returns about how wide a small text is; rather too wide.
fn wide(text: &str) -> f64 {
    let columns = text.chars().map(|letter| if letter >= '\u{1100}' { 2 } else { 1 }).sum();
    to_f64(columns) * 6.8
}

/// Returns a text cut to so many columns; letters of the East take two.
fn fit(text: &str, columns: usize) -> String {
    let text = short(text, 400);
    let wide = |letter: char| if letter >= '\u{1100}' { 2 } else { 1 };
    if text.chars().map(wide).sum::<usize>() <= columns {
        return text;
    }
    let mut used = 1;
    let kept: String = text
        .chars()
        .take_while(|&letter| {
            used += wide(letter);
            used <= columns
        })
        .collect();
    format!("{}…", kept.trim_end_matches([' ', ',', ';', ':']))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn every_act_has_its_block_and_today_is_marked() {
        let report = sample::report();
        let svg = drawing(&report, true);
        for id in report.acts.keys() {
            assert!(svg.contains(&format!(">{id}</text>")), "{id}");
        }
        assert!(svg.contains(">as of 2024-10-01</text>"), "{svg}");
        assert!(svg.contains("no-updates since 2024-09-29") && svg.contains("no-use from 2024-12-01 (in 61 days)"), "{svg}");
        assert!(!svg.contains("style=") && !svg.contains("href"), "nothing is loaded, and no attribute holds a style");
    }

    #[test]
    fn hostile_names_are_text() {
        let mut report = sample::report();
        for finding in report.findings.list_mut() {
            let rule = std::sync::Arc::make_mut(&mut finding.rule);
            rule.title = sample::HOSTILE[1].to_owned();
            rule.jurisdiction = "\"><script>".to_owned();
        }
        let svg = drawing(&report, true);
        assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;"), "{svg}");
    }

    #[test]
    fn many_acts_and_odd_dates_can_be_drawn() {
        let mut report = sample::report();
        let first = report.findings[0].clone();
        for at in 0..100 {
            let mut finding = first.clone();
            std::sync::Arc::make_mut(&mut finding.rule).id = format!("xa-more-{at:03}");
            let mut measures = finding.measures.to_vec();
            measures[0].from = Some(["0001-01-01", "9999-12-31", "soon", "2024-10-01"][at % 4].to_owned());
            measures[0].until = [None, Some("2024-10-02".to_owned()), Some("0001-01-02".to_owned())][at % 3].clone();
            finding.measures = measures.into();
            report.findings.push(finding);
        }
        let svg = drawing(&report, true);
        assert!(svg.contains("more acts not drawn here"), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("width=\"-"), "{svg}");
        report.as_of = "9999-12-31T00:00:00Z".into();
        assert!(!drawing(&report, true).is_empty());
    }

    #[test]
    fn a_long_text_is_cut_by_its_width() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdefg", 6), "abcde…");
        assert_eq!(fit("长长长长", 6), "长长…");
    }
}
