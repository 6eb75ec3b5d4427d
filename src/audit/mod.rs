//! The audit: rows stream in, each distinct item is decided once, and only what is found is kept.
//!
//! In: the rows of inventories, one after the other, through [`Sink`]. Out: an [`Audited`] value:
//! the findings, each with its item and rows, and the counts over all items. Memory grows with the
//! distinct products, the distinct assets (one number each) and the rows that have findings.
//!
//! A row costs a lookup or two of its identity. A product that no rule could ever reach is counted and
//! forgotten; for the others the decision depends on place, audience and dates, and each
//! combination is decided once.

mod distinct;
mod finding;
mod found;
mod holding;
mod identity;
mod lately;
mod list;
mod met;
mod names;
mod split;
mod strange;
mod watch;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::FixedState;

use distinct::Assets;
pub use found::{Finds, Found};
use holding::Holdings;
pub use identity::Identity;
use lately::Lately;
use met::{Met, Shared};
pub use watch::{Sighting, Watch};

use crate::decision::{Decisions, Use};
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::evaluate::{Asker, Judgement, Situation, judgements};
use crate::inventory::{Kept, Quiet, Sink, Unread};
use crate::matcher::{Likeness, Nobodys, Settled, Subject};
use crate::model::{DependencyPath, ItemDates, Row, Status};
use crate::pack::compile::Pack;
use crate::pack::name::Folded;
use crate::pack::words::Kind;

type Map<K, V> = std::collections::HashMap<K, V, FixedState>;

/// So many unread entries of an inventory are kept in full; all are counted.
pub const UNREAD_KEPT: usize = 1000;
/// So many rows of a finding are named.
const ROWS_KEPT: usize = 5;

/// What an audit is about.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Rules.
    pub pack: &'a Pack,
    /// Who asks, and for when.
    pub asker: &'a Asker,
    /// Place of rows that name none.
    pub default_place: Option<&'a str>,
    /// Kinds of act that are left out.
    pub ignored: &'a [Kind],
    /// What was decided about possible matches.
    pub decisions: &'a Decisions,
}

/// One act's answer for a distinct item, shared by all rows that are equal in it.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Number of the rule.
    pub rule: u32,
    /// The answer.
    pub judgement: Arc<Judgement>,
    /// Index of the product in [`Audited::subjects`].
    pub subject: u32,
    /// Where the item is, and its dates.
    pub situation: Arc<Situation>,
}

/// One inventory as it was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// Name as given.
    pub source: Arc<str>,
    /// Format it was read as.
    pub format: String,
    /// Rows read as items.
    pub items: u64,
    /// What could not be read; at most [`UNREAD_KEPT`].
    pub unread: Vec<Unread>,
    /// How many could not be read.
    pub unread_count: u64,
    /// What was recognised only in part.
    pub remarks: Vec<String>,
}

/// Everything an audit found.
#[derive(Debug, Default)]
pub struct Audited {
    /// The inventories, in the order they were read.
    pub inventories: Vec<Read>,
    /// Distinct products that were looked at by a rule.
    pub subjects: Vec<Subject>,
    /// What tells products from each other, by normalised names.
    pub identities: Vec<Identity>,
    /// Which of these each of the products has.
    pub identity_of: Vec<u32>,
    /// Distinct answers.
    pub decided: Vec<Decided>,
    /// Findings, worst first.
    pub found: Finds,
    /// Items by worst status.
    pub items: BTreeMap<Status, u64>,
    /// Rows with no usable name.
    pub unidentified: u64,
    /// Distinct assets.
    pub assets: u64,
    /// Sum of quantities.
    pub quantity: u64,
    /// Items with findings that concern other audiences only, by audience.
    pub other_audiences: BTreeMap<String, u64>,
    /// Places with audiences that were seen; a row may say neither.
    pub situations: BTreeSet<(Option<String>, Option<String>)>,
    /// What became of each decision.
    pub decisions: Vec<Use>,
    /// Remarks on values that name no known place or audience.
    pub diagnostics: Diagnostics,
    /// What was watched for and seen, by fingerprint: the forms it was seen in.
    pub sighted: BTreeMap<String, Vec<Sighting>>,
}

/// What is known of the product of a row.
#[derive(Clone, Copy)]
enum Product {
    /// No rule could ever reach it.
    Quiet,
    /// It names nothing.
    Nameless,
    /// Index into `subjects`, and of its normalised name.
    Reachable(u32, u32),
}

/// Why a product is never looked at again.
#[derive(Clone, Copy)]
enum Unreachable {
    /// No rule could ever reach it.
    Quiet,
    /// It names nothing.
    Nameless,
}

/// The answers for one product in one situation.
struct Decision {
    /// What was asked: index of the product, number of the situation, dates.
    question: (u32, u32, ItemDates),
    worst: Status,
    /// Numbers of the rules that have findings, and what each says.
    found: Arc<[(u32, Arc<Judgement>)]>,
    /// Where that is, and its dates.
    situation: Arc<Situation>,
    /// Index of the first of them in [`Audited::decided`], where the others follow. Nearly all get there at the end: parts
    /// of an audit have many answers alike.
    first: Option<u32>,
    /// Other audiences that findings would concern.
    others: Arc<BTreeSet<String>>,
    /// Rows that got this answer.
    rows: u64,
}

/// Where rows are and whose, as they write it.
#[derive(Clone)]
struct Whereabouts {
    situation: Arc<Situation>,
    /// Code of the place, or the text where it names none that is known.
    shown: Arc<str>,
    /// As written.
    location: Box<str>,
    /// As written.
    audience: Box<str>,
    rows: u64,
}

/// What the rules say of an item.
#[derive(Clone)]
struct Answer {
    worst: Status,
    /// Numbers of the rules that have findings, and what each says.
    found: Arc<[(u32, Arc<Judgement>)]>,
    /// Other audiences that findings would concern.
    others: Arc<BTreeSet<String>>,
}

/// What the rules say of all items that are alike.
enum Alike {
    /// It depends on the version.
    ByVersion,
    All(Answer),
}

/// Takes rows and decides them.
pub struct Audit<'a> {
    terms: Terms<'a>,
    hasher: FixedState,
    key: Vec<u8>,
    /// Products that no rule could ever reach; in any version, unless [versions tell](Sink::tells_versions).
    unreachable: Lately<Unreachable>,
    /// Vendors of whom the rules know nothing, whatever the product.
    strangers: Lately<()>,
    /// Numbers of the others, and of their normalised names.
    reachable: Map<Box<[u8]>, (u32, u32)>,
    identities: Map<Identity, u32>,
    /// Rows of products that no rule could ever reach.
    quiet: u64,
    /// How rows like the last one are counted, if they need no more.
    last_quiet: Option<Quiet>,
    situations: Map<Box<[u8]>, u32>,
    situation_list: Vec<Whereabouts>,
    decisions: Map<(u32, u32, ItemDates), u32>,
    decision_list: Vec<Decision>,
    /// Number of each likeness, and the one of each product by its index in `subjects`.
    likenesses: Map<Likeness, u32>,
    likeness_of: Vec<u32>,
    alike: Map<(u32, u32, ItemDates), Alike>,
    assets: Assets,
    held: Holdings,
    /// Decisions that spoke of a product, by its index in `subjects`.
    settled: Map<u32, Box<[(u32, Settled)]>>,
    /// Answers joined of two others.
    joined: Map<(u32, u32), u32>,
    /// Kept rows that got another answer than the first row of the same product and asset: number of the
    /// holding, and of the answer.
    kept: Vec<(u32, u32)>,
    watch: Arc<Watch>,
    /// Parts that have taken rows. What they know is of use for further inventories too.
    parts: Vec<Self>,
    /// Products that parts of the audit have matched, once there are any.
    shared: Option<Shared>,
    /// Whether the product of the last row, by the key beside it, is remembered there alone. A reader that asks how
    /// such rows are counted remembers it too; then this part need not.
    is_there_alone: Cell<bool>,
    there: Vec<u8>,
    /// Number of the present inventory.
    inventory: u32,
    audited: Audited,
}

impl Audited {
    /// Returns the fingerprint of a finding: stable over runs, made of rule, normalised product and asset.
    #[must_use]
    pub fn fingerprint(&self, pack: &Pack, found: &Found<'_>) -> String {
        let decided = &self.decided[found.decided as usize];
        self.identity(decided).fingerprint(&pack.catalogue.rules[decided.rule as usize].id, found.asset)
    }

    /// Returns what tells the product of an answer from others.
    #[must_use]
    pub fn identity(&self, decided: &Decided) -> &Identity {
        &self.identities[self.identity_of[decided.subject as usize] as usize]
    }
}

impl Read {
    fn new(source: Arc<str>) -> Self {
        Self { source, format: "unknown".to_owned(), items: 0, unread: Vec::new(), unread_count: 0, remarks: Vec::new() }
    }

    /// Counts what could not be read. The first lines are kept, in whatever order they come.
    fn add_unread(&mut self, unread: Unread) {
        self.unread_count += 1;
        self.unread.push(unread);
        if self.unread.len() >= 2 * UNREAD_KEPT {
            self.keep_first_unread();
        }
    }

    fn keep_first_unread(&mut self) {
        self.unread.sort_by_key(|unread| unread.line.unwrap_or(u64::MAX));
        self.unread.truncate(UNREAD_KEPT);
    }
}

impl<'a> Audit<'a> {
    /// Starts an audit.
    #[must_use]
    pub fn new(terms: Terms<'a>) -> Self {
        Self::watching(terms, Watch::default())
    }

    /// Starts an audit that also looks out for items.
    #[must_use]
    pub fn watching(terms: Terms<'a>, watch: Watch) -> Self {
        Self::with(terms, Arc::new(watch))
    }

    fn with(terms: Terms<'a>, watch: Arc<Watch>) -> Self {
        Self {
            terms,
            hasher: FixedState::default(),
            key: Vec::new(),
            unreachable: Lately::default(),
            strangers: Lately::default(),
            reachable: Map::default(),
            identities: Map::default(),
            quiet: 0,
            last_quiet: None,
            situations: Map::default(),
            situation_list: Vec::new(),
            decisions: Map::default(),
            decision_list: Vec::new(),
            likenesses: Map::default(),
            likeness_of: Vec::new(),
            alike: Map::default(),
            assets: Assets::default(),
            held: Holdings::default(),
            settled: Map::default(),
            joined: Map::default(),
            kept: Vec::new(),
            watch,
            parts: Vec::new(),
            shared: None,
            is_there_alone: Cell::new(false),
            there: Vec::new(),
            inventory: 0,
            audited: Audited { decisions: terms.decisions.unused(), ..Audited::default() },
        }
    }

    /// Starts an inventory. Its rows and unread entries follow.
    pub fn begin(&mut self, source: &str) {
        self.kept.clear();
        self.inventory = number(self.audited.inventories.len());
        self.audited.inventories.push(Read::new(source.into()));
    }

    /// Says which format the inventory turned out to have.
    pub fn recognised(&mut self, format: &str) {
        self.read().format = format.to_owned();
    }

    /// Returns whether the inventory gave neither an item nor an unread entry.
    #[must_use]
    pub fn is_inventory_empty(&self) -> bool {
        self.audited.inventories.last().is_some_and(|read| read.items == 0 && read.unread_count == 0)
    }

    /// Returns the present inventory.
    fn read(&mut self) -> &mut Read {
        if self.audited.inventories.is_empty() {
            self.begin("");
        }
        let last = self.audited.inventories.len() - 1;
        &mut self.audited.inventories[last]
    }

    /// Returns the fingerprints of the findings that a row would have, for `explain`.
    pub fn fingerprints(&mut self, row: &Row<'_>) -> Vec<String> {
        let situation = self.situation(row);
        let Product::Reachable(subject, identity) = self.product(row) else { return Vec::new() };
        let decision = self.decide(subject, situation, row.dates());
        let identity = &self.audited.identities[identity as usize];
        let rules = &self.terms.pack.catalogue.rules;
        let found = self.decision_list[decision as usize].found.iter();
        found.map(|(rule, _)| identity.fingerprint(&rules[*rule as usize].id, row.asset)).collect()
    }

    /// Ends the audit: counts what was seen, and sorts the findings, worst first.
    #[must_use]
    pub fn finish(mut self) -> Audited {
        let assets = std::mem::take(&mut self.assets);
        if self.parts.is_empty() {
            return self.finish_beside(|| assets.finish());
        }
        self.parts.iter_mut().for_each(|part| part.assets.hand_over());
        std::thread::scope(|scope| {
            let count = scope.spawn(|| assets.finish());
            self.finish_beside(|| count.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }

    /// Ends the audit, while the distinct assets are counted.
    fn finish_beside(mut self, assets: impl FnOnce() -> std::io::Result<u64>) -> Audited {
        let mut parts = std::mem::take(&mut self.parts);
        if !parts.is_empty() {
            parts.iter_mut().chain([&mut self]).for_each(Self::close);
            let shared = self.shared_assets(&parts);
            parts.into_iter().for_each(|part| self.absorb(part));
            self.unite(&shared);
        }
        self.tally();
        let decisions = (0..number(self.decision_list.len())).map(|decision| self.answers(decision)).collect();
        let Self { mut audited, held, decision_list, situation_list, .. } = self;
        let situation_of = decision_list.into_iter().map(|decision| decision.question.1).collect();
        audited.inventories.iter_mut().for_each(Read::keep_first_unread);
        audited.found = Finds::new(&audited, held, (decisions, situation_of), &situation_list);
        match assets() {
            Ok(assets) => audited.assets = assets,
            Err(error) => {
                let message = format!("the distinct assets could not be counted: {error}");
                audited.diagnostics.push(Diagnostic::error(Code::UnreadableFile, message).at(Place::None));
            }
        }
        audited
    }

    /// Turns the rows counted for each answer and each place into the counts over all items.
    fn tally(&mut self) {
        let audited = &mut self.audited;
        if self.quiet > 0 {
            audited.items.insert(Status::Clear, self.quiet);
        }
        for decision in self.decision_list.iter().filter(|decision| decision.rows > 0) {
            *audited.items.entry(decision.worst).or_default() += decision.rows;
            for audience in &*decision.others {
                *audited.other_audiences.entry(audience.clone()).or_default() += decision.rows;
            }
        }
        for Whereabouts { situation, .. } in &self.situation_list {
            audited.situations.insert((situation.place.clone(), situation.audience.clone()));
        }
        audited.diagnostics.extend(strange::remarks(&self.situation_list));
    }

    /// Returns what is known of the row's product.
    fn product(&mut self, row: &Row<'_>) -> Product {
        if self.is_there_alone.take() {
            self.unreachable.put(&self.there, Unreachable::Quiet);
        }
        self.key.clear();
        push(&mut self.key, row.vendor.as_bytes());
        push(&mut self.key, row.product.as_bytes());
        for (kind, text) in row.identifiers {
            self.key.push(*kind as u8);
            push(&mut self.key, text.as_bytes());
        }
        let versionless = self.key.len();
        // No kind of identifier.
        self.key.push(u8::MAX);
        self.key.extend_from_slice(row.version.as_bytes());
        let telling = if self.tells_versions() { self.key.len() } else { versionless };
        if let Some(known) = self.unreachable.get(&self.key[..telling]) {
            return match known {
                Unreachable::Quiet => Product::Quiet,
                Unreachable::Nameless => Product::Nameless,
            };
        }
        match self.reachable.get(self.key.as_slice()) {
            Some(&(subject, identity)) => Product::Reachable(subject, identity),
            None => self.meet(row, telling),
        }
    }

    /// Matches a product that was not seen before. Of one that is unreachable, only so much of the key tells.
    fn meet(&mut self, row: &Row<'_>, telling: usize) -> Product {
        let known = self.shared.as_ref().and_then(|shared| shared.get(&self.key, telling));
        let is_known = known.is_some();
        let met = known.unwrap_or_else(|| self.find_matches(row));
        let key = match met {
            Met::Reachable(..) => self.key.as_slice(),
            Met::Quiet | Met::Nameless => &self.key[..telling],
        };
        let is_shared = is_known || self.shared.as_ref().is_some_and(|shared| shared.add(key, &met));
        match met {
            Met::Quiet if is_shared => {
                self.there.clear();
                self.there.extend_from_slice(key);
                self.is_there_alone.set(true);
                Product::Quiet
            }
            Met::Quiet => {
                self.unreachable.put(key, Unreachable::Quiet);
                Product::Quiet
            }
            Met::Nameless => {
                self.unreachable.put(key, Unreachable::Nameless);
                Product::Nameless
            }
            Met::Reachable(subject, settled) => {
                let key = key.into();
                let (subject, identity) = self.add_subject(Arc::unwrap_or_clone(subject));
                self.reachable.insert(key, (subject, identity));
                if !settled.is_empty() {
                    self.settled.insert(subject, settled);
                }
                Product::Reachable(subject, identity)
            }
        }
    }

    fn find_matches(&mut self, row: &Row<'_>) -> Met {
        let Terms { pack, asker, decisions, .. } = self.terms;
        if !self.tells_versions() && self.is_nobodys(row) {
            return Met::Quiet;
        }
        let Some(mut subject) = Subject::of(pack, row) else { return Met::Nameless };
        let settled = decisions.settle(pack, &mut subject, asker.today(pack));
        if !subject.is_reachable(pack) && settled.is_empty() && !self.watch.may_mean(subject.product.as_str()) {
            return Met::Quiet;
        }
        Met::Reachable(Arc::new(subject), settled.into())
    }

    /// Looks whether an item is nobody's; its vendor once for all products.
    fn is_nobodys(&mut self, row: &Row<'_>) -> bool {
        let vendor = row.vendor.as_bytes();
        let is_known = self.strangers.get(vendor).is_some();
        let Nobodys { is_nobodys, is_stranger } = Subject::nobodys(self.terms.pack, row, is_known);
        if is_stranger && !is_known {
            self.strangers.put(vendor, ());
        }
        is_nobodys
    }

    /// Adds a product that was not seen before. Returns its number, and that of its normalised name.
    fn add_subject(&mut self, subject: Subject) -> (u32, u32) {
        let identity = Identity::new(self.terms.pack, &subject);
        let next = number(self.audited.identities.len());
        let identity = *self.identities.entry(identity).or_insert_with_key(|identity| {
            self.audited.identities.push(identity.clone());
            next
        });
        let next = number(self.likenesses.len());
        self.likeness_of.push(*self.likenesses.entry(subject.likeness()).or_insert(next));
        self.audited.subjects.push(subject);
        self.audited.identity_of.push(identity);
        (number(self.audited.subjects.len() - 1), identity)
    }

    /// Returns the number of the row's situation but for its dates.
    fn situation(&mut self, row: &Row<'_>) -> u32 {
        self.key.clear();
        push(&mut self.key, row.location.as_bytes());
        push(&mut self.key, row.audience.as_bytes());
        if let Some(&number) = self.situations.get(self.key.as_slice()) {
            return number;
        }
        let situation = situation(self.terms.pack, row.location, row.audience, self.terms.default_place, ItemDates::default());
        let next = number(self.situation_list.len());
        self.situation_list.push(Whereabouts {
            shown: situation.place.as_deref().unwrap_or(row.location).into(),
            location: row.location.into(),
            audience: row.audience.into(),
            rows: 0,
            situation: Arc::new(situation),
        });
        self.situations.insert(self.key.as_slice().into(), next);
        next
    }

    /// Decides a product in a situation, once.
    fn decide(&mut self, subject: u32, situation: u32, dates: ItemDates) -> u32 {
        let question = (subject, situation, dates);
        if let Some(&decision) = self.decisions.get(&question) {
            return decision;
        }
        let place = &self.situation_list[situation as usize].situation;
        let at = if place.dates == dates { Arc::clone(place) } else { Arc::new(Situation { dates, ..(**place).clone() }) };
        let Answer { worst, found, others } = self.answer(question, &at);
        self.add_decision(Decision { question, worst, found, situation: at, first: None, others, rows: 0 })
    }

    /// Returns the numbers of a decision's answers.
    fn answers(&mut self, decision: u32) -> Range<u32> {
        let Decision { question, found, situation, first, .. } = &mut self.decision_list[decision as usize];
        let decided = &mut self.audited.decided;
        let first = *first.get_or_insert_with(|| {
            let first = number(decided.len());
            decided.extend(found.iter().map(|(rule, judgement)| Decided {
                rule: *rule,
                judgement: Arc::clone(judgement),
                subject: question.0,
                situation: Arc::clone(situation),
            }));
            first
        });
        first..first + number(found.len())
    }

    fn add_decision(&mut self, decision: Decision) -> u32 {
        let index = number(self.decision_list.len());
        self.decisions.insert(decision.question, index);
        self.decision_list.push(decision);
        index
    }

    /// Asks the rules, once for all products that are alike.
    fn answer(&mut self, (subject, situation, dates): (u32, u32, ItemDates), at: &Situation) -> Answer {
        let alike = (self.likeness_of[subject as usize], situation, dates);
        if let Some(Alike::All(known)) = self.alike.get(&alike) {
            return known.clone();
        }
        let Terms { pack, asker, ignored, .. } = self.terms;
        let all = judgements(pack, asker, &self.audited.subjects[subject as usize], at);
        let counts = |rule: &u32| !ignored.contains(&pack.catalogue.rules[*rule as usize].kind);
        let (mut worst, mut found, mut others) = (Status::Clear, Vec::new(), BTreeSet::new());
        for (rule, judgement) in all.found.into_iter().filter(|(rule, _)| counts(rule)) {
            match judgement.status {
                Some(status) => {
                    worst = worst.min(status);
                    found.push((rule, Arc::new(judgement)));
                }
                None => others.extend(judgement.other_audiences),
            }
        }
        let answer = Answer { worst, found: found.into(), others: Arc::new(others) };
        let known = if all.by_version { Alike::ByVersion } else { Alike::All(answer.clone()) };
        self.alike.insert(alike, known);
        answer
    }

    /// Counts a row for the decisions that spoke of its product.
    fn count_settled(&mut self, subject: u32, row: &Row<'_>) {
        let Some(settled) = self.settled.get(&subject) else { return };
        for &(decision, became) in settled {
            self.audited.decisions[decision as usize].count(became, (self.inventory, row.line), ROWS_KEPT);
        }
    }
}

fn push(key: &mut Vec<u8>, text: &[u8]) {
    key.extend_from_slice(&(text.len() as u64).to_le_bytes());
    key.extend_from_slice(text);
}

fn number(value: usize) -> u32 {
    u32::try_from(value).expect("fewer than 2^32 distinct values fit into memory")
}

/// Reads a row's place and audience as written; `default_place` is that of rows that name none.
#[must_use]
pub fn situation(pack: &Pack, location: &str, audience: &str, default_place: Option<&str>, dates: ItemDates) -> Situation {
    let default_place = default_place.filter(|_| location.is_empty());
    let audience = Folded::new(audience).as_str().replace(' ', "-");
    Situation {
        place: pack.place(location).or(default_place).map(str::to_owned),
        audience: Some(audience).filter(|name| pack.catalogue.registry.audiences.contains_key(name)),
        dates,
    }
}

impl Sink for Audit<'_> {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        self.read().items += 1;
        self.audited.quantity = self.audited.quantity.saturating_add(row.quantity);
        self.assets.count(row.asset.as_bytes());
        let situation = self.situation(row);
        self.situation_list[situation as usize].rows += 1;
        self.last_quiet = None;
        let (subject, identity) = match self.product(row) {
            Product::Quiet => {
                self.quiet += 1;
                self.last_quiet = Some(Quiet::Product(situation));
                return None;
            }
            Product::Nameless => {
                self.audited.unidentified += 1;
                return None;
            }
            Product::Reachable(subject, identity) => (subject, identity),
        };
        if !self.watch.is_empty() {
            self.sight(row, identity, subject, situation);
        }
        self.count_settled(subject, row);
        let decision = self.decide(subject, situation, row.dates());
        let decided = &mut self.decision_list[decision as usize];
        decided.rows += 1;
        if decided.found.is_empty() {
            // What is watched for or was decided takes note of each row.
            self.last_quiet = (!self.tells_versions()).then_some(Quiet::Item(decision));
            return None;
        }
        Some(self.keep(row, identity, decision))
    }

    fn quiet(&self) -> Option<Quiet> {
        self.is_there_alone.set(false);
        self.last_quiet
    }

    fn tells_versions(&self) -> bool {
        // What is watched for and what was decided goes by names without their version, and whether a number in a name
        // is one depends on the version beside it.
        !(self.watch.is_empty() && self.terms.decisions.is_empty())
    }

    fn count(&mut self, quiet: Quiet, asset: &[u8], quantity: u64) {
        self.read().items += 1;
        self.audited.quantity = self.audited.quantity.saturating_add(quantity);
        self.assets.count(asset);
        let situation = match quiet {
            Quiet::Product(situation) => {
                self.quiet += 1;
                situation
            }
            Quiet::Item(decision) => {
                let decision = &mut self.decision_list[decision as usize];
                decision.rows += 1;
                decision.question.1
            }
        };
        self.situation_list[situation as usize].rows += 1;
    }

    fn path(&mut self, kept: Kept, path: DependencyPath) {
        self.came_by(kept, &path);
    }

    fn unread(&mut self, unread: Unread) {
        self.read().add_unread(unread);
    }

    fn remark(&mut self, remark: String) {
        self.read().remarks.push(remark);
    }

    fn split(&mut self, parts: usize, work: &mut dyn FnMut(Vec<&mut (dyn Sink + Send)>)) -> bool {
        let mut forks = self.forks(parts.saturating_sub(1));
        let others = forks.iter_mut().map(|fork| fork as &mut (dyn Sink + Send));
        work(others.chain([&mut *self as &mut (dyn Sink + Send)]).collect());
        self.take_back(forks);
        true
    }
}
