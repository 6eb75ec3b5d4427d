//! One item under one act: the answer, and what it rests on.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::bind::Binding;
use super::cover::{Covered, Question};
use super::in_force::{Timeline, timeline};
use super::interval::{AFTER, BEFORE, IntervalSet};
use super::{Asker, Situation, Strength};
use crate::matcher::{Hit, MatchKind, Subject};
use crate::model::{Concern, Effect, State, Status, Zone};
use crate::pack::compile::Pack;
use crate::pack::rule::{Cover, Measure, Rule};
use crate::pack::words::{Nexus, Stage};

/// What one act means for one item.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The status it gives; `None`: no finding.
    pub status: Option<Status>,
    /// The next change of status: what it becomes (`clear` for nothing), and when.
    pub next: Option<(Status, DateTime<Utc>)>,
    /// Whether the measures bind you or affect you.
    pub concern: Concern,
    /// The measures that concern you, in the order of the act.
    pub measures: Vec<MeasureState>,
    /// The status it would give if nothing were in doubt.
    pub weight: Status,
    /// Which of the item's hits it rests on.
    pub hit: usize,
    /// The way from the item's entity to the one the act names.
    pub via: Vec<String>,
    /// What must be said about it.
    pub notes: BTreeSet<String>,
    /// What is not known, where a person must decide.
    pub missing: BTreeSet<String>,
    /// Audiences it would concern, where it does not concern you.
    pub other_audiences: BTreeSet<String>,
}

/// Where a measure of an act stands for an item.
#[derive(Clone, Debug)]
pub struct MeasureState {
    /// Number of the measure in its rule.
    pub measure: usize,
    /// What it does to the item; less than its effect where only an advisory follows.
    pub effect: Effect,
    /// Where it stands.
    pub state: State,
    /// First instant in force; `None` where the date is open.
    pub from: Option<DateTime<Utc>>,
    /// First instant no longer in force.
    pub until: Option<DateTime<Utc>>,
    /// The nexus that holds.
    pub nexus: Nexus,
    /// Whether the nexus, the cover or the match is doubtful.
    pub doubtful: bool,
}

/// One measure over time, for the item and whoever asks.
struct Strand {
    effect: Effect,
    /// When it certainly counts, and when it perhaps does.
    strength: Strength,
    /// The same, suspensions not taken off.
    unsuspended: IntervalSet,
    timeline: Timeline,
    binding: Binding,
    /// Whether it is known to come and would count.
    open: Option<bool>,
    measure: usize,
    /// Notes of the entries that hold.
    notes: BTreeSet<&'static str>,
}

/// Judges an item under a rule, by its best hit. `trace` is told every step, for `explain`.
#[must_use]
pub fn judge(
    pack: &Pack,
    asker: &Asker,
    rule: &Rule,
    subject: &Subject,
    situation: &Situation,
    mut trace: Option<&mut dyn FnMut(String)>,
) -> Option<Judgement> {
    if rule.stage != Stage::Enacted {
        tell(&mut trace, || format!("the act is {} only and never evaluated as a ban", rule.stage.as_str()));
        return None;
    }
    let known = asker.known_on.map(|known| known.end_of_day(rule.zone));
    if known.is_some_and(|known| rule.announced.earliest(rule.zone) > known) {
        tell(&mut trace, || format!("the act was announced on {}, after the day whose knowledge is asked for", rule.announced));
        return None;
    }
    let mut best: Option<Judgement> = None;
    for (number, hit) in subject.hits.iter().enumerate() {
        let question = Question { pack, asker, subject, hit, situation, zone: rule.zone, known, freeze: None };
        let entity = &pack.entity(hit.entity).id;
        tell(&mut trace, || {
            let doubt = hit.doubtful.map(|doubt| format!(", doubtful: {}", doubt.note())).unwrap_or_default();
            format!("by {} `{}` it may be {entity}'s ({}{doubt})", hit.field, hit.value, hit.kind.as_str())
        });
        let Some(mut judgement) = judge_hit(question, rule, &mut trace) else { continue };
        judgement.hit = number;
        let rank = |judgement: &Judgement| judgement.status.unwrap_or(Status::Clear);
        match &mut best {
            Some(best) if rank(best) <= rank(&judgement) => best.other_audiences.extend(judgement.other_audiences),
            _ => best = Some(judgement),
        }
    }
    best
}

fn tell(trace: &mut Option<&mut dyn FnMut(String)>, text: impl FnOnce() -> String) {
    if let Some(trace) = trace {
        trace(text());
    }
}

fn judge_hit(question: Question<'_>, rule: &Rule, trace: &mut Option<&mut dyn FnMut(String)>) -> Option<Judgement> {
    let mut strands = Vec::new();
    let mut via = Vec::new();
    let mut led = false;
    for (number, measure) in rule.measures.iter().enumerate() {
        let freeze = (measure.effect == Effect::NoDealings).then_some(rule.ownership);
        let question = Question { freeze, ..question };
        let found = applies(question, rule, measure, trace);
        let mut strength = found.strength;
        let mut effect = measure.effect;
        if strength.is_never() {
            // That a name is similar to one whose leader is named says nothing at all.
            if found.led.is_empty() || question.hit.doubtful.is_some() {
                continue;
            }
            strength = Strength::within(found.led);
            effect = Effect::Advisory;
            led = true;
            via.clone_from(&found.leaders);
        }
        if via.is_empty() {
            via = found.via;
        }
        if question.hit.doubtful.is_some() || question.hit.kind == MatchKind::Similar {
            strength = strength.doubted();
        }
        let Some(timeline) = timeline(rule, measure, question.known, |event| question.is_meant(event)) else {
            tell(trace, || format!("{}: not yet known on that day", measure.label()));
            continue;
        };
        let binding = question.binding(rule, measure);
        tell(trace, || explain_binding(measure, &binding));
        strands.push(strand(number, effect, strength, timeline, binding, found.notes));
    }
    if strands.is_empty() {
        return None;
    }
    let at = question.asker.as_of.instant(rule.zone);
    Some(conclude(question, rule, at, &strands, via, led, trace))
}

fn strand(
    measure: usize,
    effect: Effect,
    covered: Strength,
    timeline: Timeline,
    binding: Binding,
    notes: BTreeSet<&'static str>,
) -> Strand {
    let concerned = covered.and(&binding.strength);
    let unsuspended = if timeline.annulled { IntervalSet::none() } else { timeline.base.intersection(&concerned.any()) };
    let strength = Strength {
        firm: timeline.in_force(&concerned.firm),
        doubt: timeline.in_force(&concerned.doubt),
        missing: concerned.missing.clone(),
    };
    let open = (timeline.open && !timeline.annulled && !concerned.is_never()).then(|| !concerned.firm.is_empty());
    Strand { effect, strength, unsuspended, timeline, binding, open, measure, notes }
}

/// Whether a measure's entries cover the item, less what is exempt.
fn applies(question: Question<'_>, rule: &Rule, measure: &Measure, trace: &mut Option<&mut dyn FnMut(String)>) -> Covered {
    let tied = |cover: &&Cover| measure.covers.is_empty() || cover.name.as_ref().is_some_and(|name| measure.covers.contains(name));
    let mut all = Covered::default();
    for (number, cover) in rule.covers.iter().enumerate().filter(|(_, cover)| tied(cover)) {
        let covered = question.covered(rule, cover);
        tell(trace, || explain_cover(measure, cover, number, &covered));
        let holds = !covered.strength.is_never();
        if holds {
            all.notes.extend(&covered.notes);
        }
        if holds && all.via.is_empty() {
            all.via.clone_from(&covered.via);
        }
        all.led = all.led.union(&covered.led);
        all.leaders.extend(covered.leaders);
        all.strength = all.strength.or(&covered.strength);
    }
    if all.strength.is_never() && all.led.is_empty() {
        return all;
    }
    for exemption in rule.exempt.iter().filter(|exemption| measure.is_meant(&exemption.measures)) {
        let exempt = question.covered(rule, &exemption.cover);
        if exempt.strength.is_never() {
            continue;
        }
        tell(trace, || {
            let sure = if exempt.strength.firm.is_empty() { "may be exempt" } else { "exempt" };
            let missing = exempt.strength.missing.iter().cloned().collect::<Vec<_>>().join(", ");
            let missing = if missing.is_empty() { missing } else { format!(" (not known: {missing})") };
            format!("{}: {sure}: {}{missing}", measure.label(), exemption.reason.as_deref().unwrap_or("no reason given"))
        });
        if !exempt.strength.doubt.is_empty() && exempt.strength.firm.is_empty() {
            all.notes.insert("may-be-exempt");
        }
        let left = exempt.strength.firm.complement();
        all.strength = all.strength.and(&Strength::within(left));
    }
    all
}

fn explain_cover(measure: &Measure, cover: &Cover, number: usize, covered: &Covered) -> String {
    let name = cover.name.clone().unwrap_or_else(|| format!("entry {}", number + 1));
    let outcome = match (covered.strength.firm.is_empty(), covered.strength.doubt.is_empty()) {
        (false, _) => "covered".to_owned(),
        (true, false) => {
            let missing = covered.strength.missing.iter().cloned().collect::<Vec<_>>().join(", ");
            format!("perhaps covered; not known: {missing}")
        }
        (true, true) if !covered.led.is_empty() => {
            format!("not covered, but the act names who leads it: {}", covered.leaders.join(", "))
        }
        (true, true) => format!("not covered: {}", covered.failed.unwrap_or("the name was not theirs")),
    };
    let via = if covered.via.is_empty() { String::new() } else { format!(" ({})", covered.via.join(", ")) };
    format!("{}: {name}: {outcome}{via}", measure.label())
}

fn explain_binding(measure: &Measure, binding: &Binding) -> String {
    let nexus = match binding.nexus {
        Some(nexus) if !binding.nexus_only.is_never() => format!("nexus {} holds", nexus.as_str()),
        _ => "no nexus holds".to_owned(),
    };
    let audience = match binding.concern {
        Some(Concern::Bound) => "you are bound".to_owned(),
        Some(Concern::Affected) => "you are affected".to_owned(),
        None => format!("it binds others: {}", measure.binds.join(", ")),
    };
    let doubt = if binding.strength.missing.is_empty() {
        String::new()
    } else {
        format!("; not known: {}", binding.strength.missing.iter().cloned().collect::<Vec<_>>().join(", "))
    };
    format!("{}: {nexus}; {audience}{doubt}", measure.label())
}

fn conclude(
    question: Question<'_>,
    rule: &Rule,
    at: DateTime<Utc>,
    strands: &[Strand],
    via: Vec<String>,
    led: bool,
    trace: &mut Option<&mut dyn FnMut(String)>,
) -> Judgement {
    let status = status_at(strands, at);
    let measures: Vec<MeasureState> = strands.iter().filter_map(|strand| state_at(strand, at)).collect();
    for state in &measures {
        tell(trace, || {
            let shown = |at: Option<DateTime<Utc>>| at.map_or_else(|| "open".to_owned(), |at| show(rule.zone, at));
            format!(
                "{}: {}, from {} until {}",
                rule.measures[state.measure].label(),
                state.state.as_str(),
                shown(state.from),
                shown(state.until)
            )
        });
    }
    let counting = || {
        strands.iter().filter(|strand| {
            let count = |set: &IntervalSet| set.contains(at) || set.next(at).is_some();
            count(&strand.strength.firm) || count(&strand.strength.doubt) || strand.open.is_some()
        })
    };
    let mut notes: BTreeSet<String> = counting().flat_map(|strand| strand.notes.iter().map(|&note| note.to_owned())).collect();
    let mut missing = BTreeSet::new();
    if status == Some(Status::Review) {
        missing.extend(counting().flat_map(|strand| strand.strength.missing.iter().cloned()));
        notes.extend(question.hit.doubtful.map(|doubt| doubt.note().to_owned()));
    }
    notes.extend(led.then(|| "led-by".to_owned()));
    notes.extend(remarks(question.situation, rule, strands, at));
    let concern = counting().filter_map(|strand| strand.binding.concern).min().unwrap_or(Concern::Bound);
    let other_audiences = if status.is_some() { BTreeSet::new() } else { other_audiences(rule, strands, at) };
    Judgement {
        status,
        next: status.and_then(|status| next_change(strands, at, status)),
        concern,
        weight: counting().map(|strand| strand.effect.status()).min().unwrap_or(Status::Clear),
        measures,
        hit: 0,
        via,
        notes,
        missing,
        other_audiences,
    }
}

/// The worst of the measures at an instant. `None`: nothing in force and nothing ahead.
fn status_at(strands: &[Strand], at: DateTime<Utc>) -> Option<Status> {
    let in_force = strands.iter().filter_map(|strand| {
        if strand.strength.firm.contains(at) {
            Some(strand.effect.status())
        } else {
            strand.strength.doubt.contains(at).then_some(Status::Review)
        }
    });
    let ahead = strands.iter().filter(|strand| strand.timeline.announced <= at).filter_map(|strand| {
        if strand.strength.firm.next(at).is_some() || strand.open == Some(true) {
            Some(Status::Upcoming)
        } else {
            (strand.strength.doubt.next(at).is_some() || strand.open == Some(false)).then_some(Status::Review)
        }
    });
    in_force.chain(ahead).min()
}

/// The next instant at which the status is another one.
fn next_change(strands: &[Strand], at: DateTime<Utc>, now: Status) -> Option<(Status, DateTime<Utc>)> {
    let mut changes: Vec<DateTime<Utc>> = strands
        .iter()
        .flat_map(|strand| strand.strength.firm.changes().chain(strand.strength.doubt.changes()).collect::<Vec<_>>())
        .filter(|&change| change > at)
        .collect();
    changes.sort_unstable();
    changes.dedup();
    changes.into_iter().find_map(|change| {
        let then = status_at(strands, change).unwrap_or(Status::Clear);
        (then != now).then_some((then, change))
    })
}

fn state_at(strand: &Strand, at: DateTime<Utc>) -> Option<MeasureState> {
    let in_force = strand.strength.any();
    let (state, stretch) = if in_force.contains(at) {
        let state = if strand.timeline.not_enforced.contains(at) { State::NotEnforced } else { State::InForce };
        (state, strand.unsuspended.stretch(at))
    } else if strand.unsuspended.is_empty() {
        strand.open?;
        (State::ToBeAnnounced, None)
    } else if strand.timeline.suspended.contains(at) && strand.unsuspended.iter().any(|(_, until)| until > at) {
        (State::Suspended, strand.unsuspended.stretch(at).or_else(|| strand.unsuspended.next(at)))
    } else if let Some(next) = in_force.next(at) {
        (State::Upcoming, Some(next))
    } else {
        (State::Ended, strand.unsuspended.last_before(at).or_else(|| strand.unsuspended.iter().next()))
    };
    let open = |instant: DateTime<Utc>| (instant != BEFORE && instant != AFTER).then_some(instant);
    Some(MeasureState {
        measure: strand.measure,
        effect: strand.effect,
        state,
        from: stretch.and_then(|(from, _)| open(from)),
        until: stretch.and_then(|(_, until)| open(until)),
        nexus: strand.binding.nexus.unwrap_or(Nexus::Territory),
        doubtful: !strand.strength.firm.contains(at) && strand.strength.doubt.contains(at),
    })
}

/// Notes on the dates of the act and of the item.
fn remarks(situation: &Situation, rule: &Rule, strands: &[Strand], at: DateTime<Utc>) -> BTreeSet<String> {
    let mut notes = BTreeSet::new();
    let mut note = |text: &str| {
        notes.insert(text.to_owned());
    };
    let last_instant = |day: NaiveDate| rule.zone.start_of(day.succ_opt().unwrap_or(day)) - chrono::TimeDelta::nanoseconds(1);
    for strand in strands {
        let any = strand.strength.any();
        if any.is_empty() && strand.open.is_none() {
            continue;
        }
        if strand.timeline.vague || strand.timeline.computed {
            note("approximate-date");
        }
        if any.contains(at) && strand.timeline.not_enforced.contains(at) {
            note("not-enforced");
        }
        if any.contains(at) && rule.measures[strand.measure].ends_when.is_some() {
            note("ends-on-condition");
        }
        if strand.binding.place_unknown {
            note("place-unknown");
        }
        if strand.effect.status() == Status::NoSale {
            if situation.dates.acquired.is_some_and(|day| strand.strength.firm.contains(last_instant(day))) {
                note("acquired-after-ban");
            }
            if situation.dates.renewal.is_some_and(|day| strand.strength.firm.contains(last_instant(day))) {
                note("renewal-blocked");
            }
        }
    }
    notes
}

/// Audiences that measures in force, or announced, would concern in this place.
fn other_audiences(rule: &Rule, strands: &[Strand], at: DateTime<Utc>) -> BTreeSet<String> {
    let mut others = BTreeSet::new();
    for strand in strands.iter().filter(|strand| strand.binding.strength.is_never() && !strand.binding.nexus_only.is_never()) {
        let counts = strand.timeline.in_force(&strand.binding.nexus_only.any());
        let live = counts.contains(at) || strand.timeline.announced <= at && (counts.next(at).is_some() || strand.timeline.open);
        if live {
            let measure = &rule.measures[strand.measure];
            others.extend(measure.binds.iter().chain(&measure.affects).cloned());
        }
    }
    others
}

/// Returns an instant as a date in a zone; with its time where it is not midnight.
#[must_use]
pub fn show(zone: Zone, at: DateTime<Utc>) -> String {
    let local = zone.local(at);
    if local.time() == NaiveTime::MIN {
        local.format("%Y-%m-%d").to_string()
    } else {
        local.format("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

/// Judges an item under every rule that could reach it. Returns the number of each rule that has
/// something to say, in the order of their ids.
#[must_use]
pub fn judge_all(pack: &Pack, asker: &Asker, subject: &Subject, situation: &Situation) -> Vec<(u32, Judgement)> {
    let reach = |hit: &Hit| pack.reach[hit.entity as usize].iter().copied();
    let rules: BTreeSet<u32> = subject.hits.iter().flat_map(reach).collect();
    let mut found: Vec<(u32, Judgement)> = rules
        .into_iter()
        .filter_map(|number| {
            let rule = &pack.catalogue.rules[number as usize];
            let judgement = judge(pack, asker, rule, subject, situation, None)?;
            (judgement.status.is_some() || !judgement.other_audiences.is_empty()).then_some((number, judgement))
        })
        .collect();
    // One grave question about a name is enough; that it would also meet advisories is noise.
    let is_question =
        |judgement: &Judgement| judgement.status == Some(Status::Review) && subject.hits[judgement.hit].doubtful.is_some();
    if found.iter().any(|(_, judgement)| is_question(judgement) && judgement.weight < Status::Upcoming) {
        found.retain(|(_, judgement)| !is_question(judgement) || judgement.weight < Status::Upcoming);
    }
    found
}
