//! One item under one act: the answer, and what it rests on.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::bind::{Binding, Reach};
use super::cover::{Covered, Leader, Question, Role};
use super::in_force::{Timeline, timeline};
use super::interval::{AFTER, BEFORE, IntervalSet};
use super::owners::are_related;
use super::{Asker, Situation, Strength};
use crate::matcher::{Hit, Subject};
use crate::model::{Concern, Effect, State, Status, Zone};
use crate::pack::compile::Pack;
use crate::pack::entity::Product;
use crate::pack::rule::{Cover, Event, Measure, Rule};
use crate::pack::words::{EventKind, Nexus, Stage};

/// What one act means for one item.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The status it gives; `None`: no finding.
    pub status: Option<Status>,
    /// The changes of status ahead, in order: what it becomes (`clear` for nothing), and when.
    pub ahead: Vec<(Status, DateTime<Utc>)>,
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

impl Judgement {
    /// Returns the next change of status.
    #[must_use]
    pub fn next(&self) -> Option<(Status, DateTime<Utc>)> {
        self.ahead.first().copied()
    }

    /// Returns whether there is a finding, or would be one for others.
    pub(super) fn says_something(&self) -> bool {
        self.status.is_some() || !self.other_audiences.is_empty()
    }
}

/// Where a measure of an act stands for an item.
#[derive(Clone, Debug, PartialEq)]
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
pub(super) struct Strand {
    measure: usize,
    effect: Effect,
    /// The named persons who lead the item's entity, where that alone is why the act is told of.
    leaders: Vec<Leader>,
    /// When it certainly counts, and when it perhaps does, by what was announced: by each instant,
    /// the entries that the world could know of by then. The last holds all of them.
    layers: Vec<(DateTime<Utc>, Strength)>,
    /// When the item is covered, whomever it concerns.
    covered: IntervalSet,
    /// When the measure counts, suspensions not taken off.
    unsuspended: IntervalSet,
    timeline: Timeline,
    binding: Binding,
    /// When it would count if it came then, where it is known to come and its date is open.
    open: Option<Strength>,
    /// When the item may be exempt.
    perhaps_exempt: IntervalSet,
    via: Vec<String>,
    /// Notes of the entries that hold.
    notes: BTreeSet<&'static str>,
}

/// What the entries of a rule say of an item under one measure.
#[derive(Default)]
struct Applied {
    /// The entries that hold, each with when the world could know of it (`None`: with the act).
    entries: Vec<(Option<DateTime<Utc>>, Strength)>,
    /// When the item is certainly exempt.
    exempt: IntervalSet,
    /// When it may be.
    perhaps_exempt: IntervalSet,
    leaders: Vec<Leader>,
    /// The maker of an engine, where that alone is why the act covers the item.
    engine: Option<u32>,
    via: Vec<String>,
    notes: BTreeSet<&'static str>,
}

impl Applied {
    /// Returns what holds by the entries announced at an instant; `None`: by all of them.
    fn strength(&self, announced: Option<DateTime<Utc>>) -> Strength {
        let known = |at: &Option<DateTime<Utc>>| at.is_none() || announced.is_none() || *at <= announced;
        let all = self.entries.iter().filter(|(at, _)| known(at)).fold(Strength::fails(), |all, (_, one)| all.or(one));
        all.and(&Strength::within(self.exempt.complement()))
    }
}

impl Strand {
    /// Adds the instants at which anything that is told of the measure may become another.
    pub(super) fn turns(&self, turns: &mut BTreeSet<DateTime<Utc>>) {
        let Timeline { base, suspended, not_enforced, announced, .. } = &self.timeline;
        let Binding { strength, nexus_only, .. } = &self.binding;
        let strengths = self.layers.iter().map(|(_, strength)| strength).chain([strength, nexus_only]).chain(&self.open);
        let sets = strengths.flat_map(|strength| [&strength.firm, &strength.doubt]);
        let sets = sets.chain([&self.covered, &self.unsuspended, &self.perhaps_exempt, base, suspended, not_enforced]);
        let sets = sets.chain(self.leaders.iter().map(|leader| &leader.when));
        let known = self.layers.iter().map(|&(announced, _)| announced).chain([*announced]);
        turns.extend(sets.flat_map(IntervalSet::changes).chain(known));
    }

    /// Returns the way from the item's entity to the one that the act names: of leaders, to those who
    /// lead at an instant, or else to all of them.
    fn via_at(&self, at: DateTime<Utc>) -> Vec<String> {
        if self.leaders.is_empty() {
            return self.via.clone();
        }
        let leads_now = self.leaders.iter().any(|leader| leader.when.contains(at));
        let mut via: Vec<String> = Vec::new();
        for leader in self.leaders.iter().filter(|leader| !leads_now || leader.when.contains(at)) {
            if !via.contains(&leader.step) {
                via.push(leader.step.clone());
            }
        }
        via
    }

    /// Returns the strength by all entries.
    fn all(&self) -> &Strength {
        const NEVER: &Strength = &Strength { firm: IntervalSet::NONE, doubt: IntervalSet::NONE, missing: BTreeSet::new() };
        self.layers.last().map_or(NEVER, |(_, strength)| strength)
    }

    /// Returns the strength by what was announced at an instant; `None`: nothing was.
    fn announced(&self, at: DateTime<Utc>) -> Option<&Strength> {
        self.layers.iter().rfind(|(announced, _)| *announced <= at).map(|(_, strength)| strength)
    }

    /// Returns whether it may still come, its date being open, and would then count for certain.
    fn open_at(&self, at: DateTime<Utc>) -> Option<bool> {
        let open = self.open.as_ref()?;
        let ahead = |set: &IntervalSet| set.contains(at) || set.next(at).is_some();
        ahead(&open.any()).then(|| ahead(&open.firm))
    }

    /// Returns the status it gives at an instant. `None`: not in force, and nothing ahead.
    fn status_at(&self, at: DateTime<Utc>) -> Option<Status> {
        let in_force = if self.all().firm.contains(at) {
            Some(self.effect.status())
        } else {
            self.all().doubt.contains(at).then_some(Status::Review)
        };
        let ahead = self.announced(at).and_then(|strength| {
            let open = self.open_at(at);
            if strength.firm.next(at).is_some() || open == Some(true) {
                Some(Status::Upcoming)
            } else {
                (strength.doubt.next(at).is_some() || open == Some(false)).then_some(Status::Review)
            }
        });
        in_force.into_iter().chain(ahead).min()
    }

    /// Returns whether the item may be exempt now or, where it is not in force, when it comes.
    fn may_be_exempt(&self, at: DateTime<Utc>) -> bool {
        let counts = self.all().any();
        if counts.contains(at) {
            return self.perhaps_exempt.contains(at);
        }
        let ahead = counts.next(at).map(|(from, until)| IntervalSet::between(Some(from), Some(until)));
        ahead.map_or(self.open.is_some() && !self.perhaps_exempt.is_empty(), |ahead| {
            !ahead.intersection(&self.perhaps_exempt).is_empty()
        })
    }
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
    if !is_judged(asker, rule, &mut trace) {
        return None;
    }
    let at = asker.as_of.instant(rule.zone);
    let mut best = None;
    for (number, question) in questions(pack, asker, rule, subject, situation) {
        let hit = question.hit;
        let entity = &pack.entity(hit.entity).id;
        tell(&mut trace, || {
            let doubt = hit.doubtful.map(|doubt| format!(", doubtful: {}", doubt.note())).unwrap_or_default();
            let doubt = if hit.decided.is_some() { ", as decided" } else { &doubt };
            format!("by {} `{}` it may be {entity}'s ({}{doubt})", hit.field, hit.value, hit.kind.as_str())
        });
        let strands = strands(question, rule, &mut trace);
        if !strands.is_empty() {
            take_worse(&mut best, number, conclude(question, rule, at, &strands, &mut trace));
        }
    }
    best
}

/// Returns whether a rule says anything at all: it is enacted, and was known of.
pub(super) fn is_judged(asker: &Asker, rule: &Rule, trace: &mut Option<&mut dyn FnMut(String)>) -> bool {
    if rule.stage != Stage::Enacted {
        tell(trace, || format!("the act is {} only and never evaluated as a ban", rule.stage.as_str()));
        return false;
    }
    let known = asker.known_on.map(|known| known.end_of_day(rule.zone));
    if known.is_some_and(|known| rule.announced.earliest(rule.zone) > known) {
        tell(trace, || format!("the act was announced on {}, after the day whose knowledge is asked for", rule.announced));
        return false;
    }
    true
}

/// Returns what is asked of a rule: once for each hit of the item, with the hit's number.
pub(super) fn questions<'a>(
    pack: &'a Pack,
    asker: &'a Asker,
    rule: &Rule,
    subject: &'a Subject,
    situation: &'a Situation,
) -> impl Iterator<Item = (usize, Question<'a>)> {
    let (zone, known) = (rule.zone, asker.known_on.map(|known| known.end_of_day(rule.zone)));
    subject.hits.iter().enumerate().map(move |(number, hit)| {
        let product = product_of(pack, subject, hit);
        (number, Question { pack, asker, subject, hit, product, situation, zone, known, freeze: None })
    })
}

/// Takes the answer by one more hit: the worst counts, of equals the first.
pub(super) fn take_worse(best: &mut Option<Judgement>, number: usize, judgement: Judgement) {
    let rank = |judgement: &Judgement| judgement.status.unwrap_or(Status::Clear);
    match best {
        Some(best) if rank(best) <= rank(&judgement) => best.other_audiences.extend(judgement.other_audiences),
        _ => *best = Some(Judgement { hit: number, ..judgement }),
    }
}

fn tell(trace: &mut Option<&mut dyn FnMut(String)>, text: impl FnOnce() -> String) {
    if let Some(trace) = trace {
        trace(text());
    }
}

/// Returns the product that a hit stands for. Where its own name does not tell, that of another
/// certain hit does, if both makers belong together: the vendor column names the daughter, and the
/// product's name the brand.
fn product_of<'a>(pack: &'a Pack, subject: &Subject, hit: &Hit) -> Option<&'a Product> {
    let listed = |hit: &Hit| pack.entity(hit.entity).products.get(hit.product? as usize);
    let related = |other: &&Hit| other.doubtful.is_none() && other.product.is_some() && are_related(pack, hit.entity, other.entity);
    listed(hit).or_else(|| subject.hits.iter().find(related).and_then(listed))
}

/// Returns the measures of a rule that have to do with the item by one of its hits, over all time.
pub(super) fn strands(question: Question<'_>, rule: &Rule, trace: &mut Option<&mut dyn FnMut(String)>) -> Vec<Strand> {
    let mut strands = Vec::new();
    let doubtful = question.hit.is_doubtful();
    for (number, measure) in rule.measures.iter().enumerate() {
        let freeze = (measure.effect == Effect::NoDealings).then_some(rule.ownership);
        let question = Question { freeze, ..question };
        let mut applied = applies(question, rule, measure, trace);
        let strength = applied.strength(None);
        // That a name is similar to one whose leader is named says nothing at all.
        let leaders = if doubtful { Vec::new() } else { std::mem::take(&mut applied.leaders) };
        let leaders = still_named(question, rule, measure, leaders, &strength.any().union(&applied.exempt));
        if strength.is_never() && leaders.is_empty() {
            continue;
        }
        let engine = applied.engine;
        let Some(timeline) = timeline(rule, measure, question.known, |event| question.is_meant(event, rule, engine)) else {
            tell(trace, || format!("{}: not yet known on that day", measure.label()));
            continue;
        };
        let binding = question.binding(rule, measure);
        tell(trace, || explain_binding(measure, &binding));
        if !strength.is_never() {
            strands.push(strand(number, measure.effect, applied, doubtful, timeline.clone(), binding.clone()));
        }
        if !leaders.is_empty() {
            let when = leaders.iter().fold(IntervalSet::none(), |all, leader| all.union(&leader.when));
            let led = Applied { entries: vec![(None, Strength::within(when))], ..Applied::default() };
            let strand = strand(number, Effect::Advisory, led, false, timeline, binding);
            strands.push(Strand { leaders, ..strand });
        }
    }
    strands
}

/// Takes off the leaders' time what the act says of the item itself, and what later happened to
/// their own listing.
fn still_named(question: Question<'_>, rule: &Rule, measure: &Measure, leaders: Vec<Leader>, own: &IntervalSet) -> Vec<Leader> {
    let known = |event: &&Event| question.known.is_none_or(|known| event.announced.earliest(rule.zone) <= known);
    let left = |mut leader: Leader| {
        leader.when = leader.when.difference(own);
        let events = rule.events.iter().filter(known).filter(|event| measure.is_meant(&event.measures));
        for event in events.filter(|event| event.entities.contains(&leader.person)) {
            let from = match event.kind {
                EventKind::Annulled => None,
                kind if kind.is_end() => Some(event.start.latest(rule.zone)),
                _ => continue,
            };
            leader.when = leader.when.difference(&IntervalSet::between(from, None));
        }
        (!leader.when.is_empty()).then_some(leader)
    };
    leaders.into_iter().filter_map(left).collect()
}

fn strand(measure: usize, effect: Effect, applied: Applied, doubtful: bool, timeline: Timeline, binding: Binding) -> Strand {
    let mut instants: Vec<DateTime<Utc>> =
        applied.entries.iter().map(|(at, _)| at.map_or(timeline.announced, |at| at.max(timeline.announced))).collect();
    instants.sort_unstable();
    instants.dedup();
    let concerned = |announced: Option<DateTime<Utc>>| {
        let covered = applied.strength(announced);
        (if doubtful { covered.doubted() } else { covered }).and(&binding.strength)
    };
    let layers = instants
        .into_iter()
        .map(|announced| {
            let concerned = concerned(Some(announced));
            let strength = Strength {
                firm: timeline.in_force(&concerned.firm),
                doubt: timeline.in_force(&concerned.doubt),
                missing: concerned.missing,
            };
            (announced, strength)
        })
        .collect();
    let all = concerned(None);
    let unsuspended = if timeline.annulled { IntervalSet::none() } else { timeline.base.intersection(&all.any()) };
    let free = Strength::within(timeline.suspended.complement());
    let open = (timeline.open && !timeline.annulled).then(|| all.and(&free)).filter(|open| !open.is_never());
    let covered = applied.strength(None).any();
    let Applied { perhaps_exempt, via, notes, .. } = applied;
    Strand {
        measure,
        effect,
        leaders: Vec::new(),
        layers,
        covered,
        unsuspended,
        timeline,
        binding,
        open,
        perhaps_exempt,
        via,
        notes,
    }
}

/// Whether a measure's entries cover the item, less what is exempt.
fn applies(question: Question<'_>, rule: &Rule, measure: &Measure, trace: &mut Option<&mut dyn FnMut(String)>) -> Applied {
    let tied = |cover: &&Cover| measure.covers.is_empty() || cover.name.as_ref().is_some_and(|name| measure.covers.contains(name));
    let mut all = Applied::default();
    let mut by_itself = false;
    for (number, cover) in rule.covers.iter().enumerate().filter(|(_, cover)| tied(cover)) {
        let covered = question.covered(cover, Role::Covers);
        tell(trace, || explain_cover(measure, cover, number, &covered));
        all.leaders.extend(covered.leaders);
        if covered.strength.is_never() {
            continue;
        }
        by_itself |= covered.engine.is_none();
        all.engine = all.engine.or(covered.engine);
        all.notes.extend(&covered.notes);
        if all.via.is_empty() {
            all.via = covered.via;
        }
        all.entries.push((covered.announced, covered.strength));
    }
    if by_itself {
        all.engine = None;
    }
    if all.entries.is_empty() && all.leaders.is_empty() {
        return all;
    }
    for exemption in rule.exempt.iter().filter(|exemption| measure.is_meant(&exemption.measures)) {
        let exempt = question.covered(&exemption.cover, Role::Exempts);
        if exempt.strength.is_never() {
            continue;
        }
        tell(trace, || {
            let sure = if exempt.strength.firm.is_empty() { "may be exempt" } else { "exempt" };
            let missing = exempt.strength.missing.iter().cloned().collect::<Vec<_>>().join(", ");
            let missing = if missing.is_empty() { missing } else { format!(" (not known: {missing})") };
            format!("{}: {sure}: {}{missing}", measure.label(), exemption.reason.as_deref().unwrap_or("no reason given"))
        });
        if exemption.cover.is_vague() {
            all.notes.insert("approximate-date");
        }
        all.exempt = all.exempt.union(&exempt.strength.firm);
        all.perhaps_exempt = all.perhaps_exempt.union(&exempt.strength.doubt);
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
        (true, true) if !covered.leaders.is_empty() => {
            let steps: Vec<&str> = covered.leaders.iter().map(|leader| leader.step.as_str()).collect();
            format!("not covered, but the act names who leads it: {}", steps.join(", "))
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

/// Draws the answer for an instant out of the measures over time.
pub(super) fn conclude(
    question: Question<'_>,
    rule: &Rule,
    at: DateTime<Utc>,
    strands: &[Strand],
    trace: &mut Option<&mut dyn FnMut(String)>,
) -> Judgement {
    let status = status_at(strands, at);
    let measures: Vec<MeasureState> = strands.iter().filter_map(|strand| state_at(strand, at)).collect();
    for state in &measures {
        tell(trace, || explain_state(rule, state));
    }
    let counting: Vec<(Status, &Strand)> =
        strands.iter().filter_map(|strand| strand.status_at(at).map(|status| (status, strand))).collect();
    let worst = counting.iter().min_by_key(|(status, _)| *status).map(|&(_, strand)| strand).or(strands.first());
    let mut notes = remarks(question.situation, rule, strands, at);
    let mut missing = BTreeSet::new();
    for (_, strand) in &counting {
        notes.extend(strand.notes.iter().map(|&note| note.to_owned()));
        notes.extend((!strand.leaders.is_empty()).then(|| "led-by".to_owned()));
        notes.extend(strand.may_be_exempt(at).then(|| "may-be-exempt".to_owned()));
        if status == Some(Status::Review) {
            missing.extend(strand.all().missing.iter().cloned());
        }
    }
    if status == Some(Status::Review) {
        notes.extend(question.hit.doubtful.map(|doubt| doubt.note().to_owned()));
    }
    if question.hit.decided.is_some() {
        notes.insert("decided".to_owned());
    }
    Judgement {
        status,
        ahead: status.map(|status| changes_ahead(strands, at, status)).unwrap_or_default(),
        concern: counting.iter().filter_map(|(_, strand)| strand.binding.concern).min().unwrap_or(Concern::Bound),
        weight: counting.iter().map(|(_, strand)| strand.effect.status()).min().unwrap_or(Status::Clear),
        measures,
        hit: 0,
        via: worst.map(|strand| strand.via_at(at)).unwrap_or_default(),
        notes,
        missing,
        other_audiences: if status.is_some() { BTreeSet::new() } else { other_audiences(rule, strands, at) },
    }
}

fn explain_state(rule: &Rule, state: &MeasureState) -> String {
    let shown = |at: Option<DateTime<Utc>>| at.map_or_else(|| "open".to_owned(), |at| show(rule.zone, at));
    format!(
        "{}: {}, from {} until {}",
        rule.measures[state.measure].label(),
        state.state.as_str(),
        shown(state.from),
        shown(state.until)
    )
}

/// The worst of the measures at an instant. `None`: nothing in force and nothing ahead.
fn status_at(strands: &[Strand], at: DateTime<Utc>) -> Option<Status> {
    strands.iter().filter_map(|strand| strand.status_at(at)).min()
}

/// The instants ahead at which the status becomes another one.
fn changes_ahead(strands: &[Strand], at: DateTime<Utc>, now: Status) -> Vec<(Status, DateTime<Utc>)> {
    let dates = |(announced, strength): &(DateTime<Utc>, Strength)| {
        std::iter::once(*announced).chain(strength.firm.changes()).chain(strength.doubt.changes()).collect::<Vec<_>>()
    };
    let layers = strands.iter().flat_map(|strand| &strand.layers).flat_map(dates);
    let open = strands.iter().filter_map(|strand| strand.open.as_ref()).flat_map(|open| open.any().changes().collect::<Vec<_>>());
    let mut changes: Vec<DateTime<Utc>> = layers.chain(open).filter(|&change| change > at).collect();
    changes.sort_unstable();
    changes.dedup();
    let mut ahead: Vec<(Status, DateTime<Utc>)> = Vec::new();
    for change in changes {
        let then = status_at(strands, change).unwrap_or(Status::Clear);
        if then != ahead.last().map_or(now, |&(last, _)| last) {
            ahead.push((then, change));
        }
    }
    ahead
}

fn state_at(strand: &Strand, at: DateTime<Utc>) -> Option<MeasureState> {
    let all = strand.all();
    let in_force = all.any();
    let now = in_force.contains(at);
    // What nobody could know of yet is not listed.
    let known = if now { all } else { strand.announced(at)? };
    let (state, stretch) = if now {
        let state = if strand.timeline.not_enforced.contains(at) { State::NotEnforced } else { State::InForce };
        (state, strand.unsuspended.stretch(at))
    } else if strand.unsuspended.is_empty() {
        strand.open_at(at)?;
        (State::ToBeAnnounced, None)
    } else if strand.timeline.suspended.contains(at) && strand.unsuspended.iter().any(|(_, until)| until > at) {
        (State::Suspended, strand.unsuspended.stretch(at).or_else(|| strand.unsuspended.next(at)))
    } else if let Some(next) = known.any().next(at) {
        (State::Upcoming, Some(next))
    } else if let Some(last) = strand.unsuspended.last_before(at) {
        (State::Ended, Some(last))
    } else {
        // It would start, but is stopped before; unless only an entry still unknown is ahead.
        in_force.next(at).is_none().then_some(())?;
        (State::Suspended, strand.unsuspended.next(at))
    };
    let open = |instant: DateTime<Utc>| (instant != BEFORE && instant != AFTER).then_some(instant);
    let then = if now { at } else { stretch.map_or(at, |(from, _)| from) };
    Some(MeasureState {
        measure: strand.measure,
        effect: strand.effect,
        state,
        from: stretch.and_then(|(from, _)| open(from)),
        until: stretch.and_then(|(_, until)| open(until)),
        nexus: strand.binding.nexus.unwrap_or(Nexus::Territory),
        doubtful: if state == State::ToBeAnnounced {
            strand.open_at(at) == Some(false)
        } else {
            !known.firm.contains(then) && known.doubt.contains(then)
        },
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
        let any = strand.all().any();
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
            if situation.dates.acquired.is_some_and(|day| strand.all().firm.contains(last_instant(day))) {
                note("acquired-after-ban");
            }
            if situation.dates.renewal.is_some_and(|day| strand.all().firm.contains(last_instant(day))) {
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
        let concerned = strand.binding.nexus_only.any().intersection(&strand.covered);
        let counts = strand.timeline.in_force(&concerned);
        let open = strand.timeline.open && !strand.timeline.annulled && (concerned.contains(at) || concerned.next(at).is_some());
        let live = counts.contains(at) || strand.timeline.announced <= at && (counts.next(at).is_some() || open);
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

/// What every act that could reach an item means for it.
#[derive(Clone, Debug, Default)]
pub struct Judgements {
    /// The number of each rule that has something to say, in the order of their ids, with what it says.
    pub found: Vec<(u32, Judgement)>,
    /// Whether one of the rules asks for versions. If none does, an item of another version and the same
    /// [`Likeness`](crate::matcher::Likeness) is judged alike.
    pub by_version: bool,
}

/// Judges an item under every rule that could reach it. Returns the number of each rule that has something to say,
/// in the order of their ids, with what it says.
#[must_use]
pub fn judge_all(pack: &Pack, asker: &Asker, subject: &Subject, situation: &Situation) -> Vec<(u32, Judgement)> {
    judgements(pack, asker, subject, situation).found
}

/// The same, and whether it holds for other versions too.
#[must_use]
pub fn judgements(pack: &Pack, asker: &Asker, subject: &Subject, situation: &Situation) -> Judgements {
    let mut all = Judgements::default();
    for number in reachable(pack, asker, subject, situation) {
        let rule = &pack.catalogue.rules[number as usize];
        let exempt = rule.exempt.iter().map(|exemption| &exemption.cover);
        all.by_version |= rule.covers.iter().chain(exempt).any(|cover| cover.versions.is_some());
        let judgement = judge(pack, asker, rule, subject, situation, None);
        all.found.extend(judgement.filter(Judgement::says_something).map(|judgement| (number, judgement)));
    }
    without_noise(subject, &mut all.found);
    all
}

/// Returns the numbers of the rules that could reach an item in its situation, in order.
pub(super) fn reachable(pack: &Pack, asker: &Asker, subject: &Subject, situation: &Situation) -> Vec<u32> {
    let reach = |hit: &Hit| pack.reach[hit.entity as usize].iter().copied();
    let numbers: BTreeSet<u32> = subject.hits.iter().flat_map(reach).collect();
    let mut near = Reach::new(pack, asker, situation);
    numbers.into_iter().filter(|&number| near.holds(pack.outlines.of(number))).collect()
}

/// One grave question about a name is enough; that it would also meet advisories is noise.
pub(super) fn without_noise<J: Borrow<Judgement>>(subject: &Subject, found: &mut Vec<(u32, J)>) {
    let is_question =
        |judgement: &Judgement| judgement.status == Some(Status::Review) && subject.hits[judgement.hit].doubtful.is_some();
    let is_grave = |judgement: &Judgement| judgement.weight < Status::Upcoming;
    if found.iter().map(|(_, judgement)| judgement.borrow()).any(|judgement| is_question(judgement) && is_grave(judgement)) {
        found.retain(|(_, judgement)| !is_question(judgement.borrow()) || is_grave(judgement.borrow()));
    }
}
