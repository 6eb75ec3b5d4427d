//! The audit: rows stream in, each distinct item is decided once, and only what is found is kept.
//!
//! In: the rows of inventories, one after the other, through [`Sink`]. Out: an [`Audited`] value:
//! the findings, each with its item and rows, and the counts over all items. Memory grows with the
//! distinct products, the distinct assets (one number each) and the rows that have findings.
//!
//! A row costs one lookup of its identity. A product that no rule could ever reach is counted and
//! forgotten; for the others the decision depends on place, audience and dates, and each
//! combination is decided once.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use foldhash::fast::FixedState;
use sha2::{Digest, Sha256};

use crate::decision::{Decisions, Use};
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::evaluate::{Asker, Judgement, Situation, judge_all};
use crate::inventory::{Kept, Sink, Unread};
use crate::matcher::{Settled, Subject};
use crate::model::{DependencyPath, ItemDates, Row, Status};
use crate::pack::compile::Pack;
use crate::pack::name::Folded;
use crate::pack::words::Kind;

type Map<K, V> = std::collections::HashMap<K, V, FixedState>;

/// So many unread entries of an inventory are kept in full; all are counted.
pub const UNREAD_KEPT: usize = 1000;
/// So many rows of a finding are named.
const ROWS_KEPT: usize = 5;
/// So many distinct forms of an item that is watched for are kept.
const FORMS_KEPT: usize = 16;
/// So many distinct values that name no known place or audience are kept.
const STRANGE_KEPT: usize = 100;

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
    pub judgement: Judgement,
    /// Index of the product in [`Audited::subjects`].
    pub subject: u32,
    /// Where the item is, and its dates.
    pub situation: Situation,
}

/// One finding: an item under a rule.
#[derive(Clone, Debug)]
pub struct Found {
    /// Index into [`Audited::decided`].
    pub decided: u32,
    /// Asset as written.
    pub asset: Arc<str>,
    /// Code of the place, or the text where it names none that is known.
    pub location: Arc<str>,
    /// Who answers for the asset, as written.
    pub owner: Arc<str>,
    /// Index of the inventory.
    pub inventory: u32,
    /// Line of the first row.
    pub line: u64,
    /// Number of rows.
    pub rows: u64,
    /// Sum of their quantities.
    pub quantity: u64,
    /// The first rows, as inventory and line.
    pub first: Vec<(u32, u64)>,
    /// How the component came to be there.
    pub path: DependencyPath,
    /// Stable over runs.
    pub fingerprint: String,
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
    /// Distinct answers.
    pub decided: Vec<Decided>,
    /// Findings, worst first.
    pub found: Vec<Found>,
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
    /// What was watched for and seen, by fingerprint: index of the product, and where it is.
    pub sighted: BTreeMap<String, Vec<(u32, Situation)>>,
}

/// Items to look out for, whatever is found of them: those that had findings before.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Product names, folded. An empty one: any product.
    products: BTreeSet<String>,
    /// By asset as written: product, rule and fingerprint.
    assets: BTreeMap<String, Vec<(String, String, String)>>,
}

impl Watch {
    /// Adds the item of a finding, by its product and asset as written, its rule and its fingerprint.
    pub fn add(&mut self, product: &str, asset: &str, rule: &str, fingerprint: &str) {
        let product = Folded::new(product).as_str().to_owned();
        let items = self.assets.entry(asset.to_owned()).or_default();
        items.push((product.clone(), rule.to_owned(), fingerprint.to_owned()));
        self.products.insert(product);
    }

    fn may_mean(&self, product: &str) -> bool {
        self.products.contains(product) || self.products.contains("")
    }
}

/// What is known of a product after the first row that has it.
#[derive(Clone, Copy)]
enum Product {
    /// No rule could ever reach it.
    Quiet,
    /// It names nothing.
    Nameless,
    /// Index into `subjects`, and of its normalised name.
    Reachable(u32, u32),
}

/// The answers for one product in one situation.
struct Decision {
    worst: Status,
    /// Indices into `decided`.
    found: Vec<u32>,
    others: Vec<String>,
}

/// Takes rows and decides them.
pub struct Audit<'a> {
    terms: Terms<'a>,
    hasher: FixedState,
    key: Vec<u8>,
    products: Map<Box<[u8]>, Product>,
    identities: Map<Identity, u32>,
    identity_list: Vec<Identity>,
    situations: Map<Box<[u8]>, u32>,
    situation_list: Vec<(Situation, Arc<str>)>,
    dates: Map<ItemDates, u32>,
    decisions: Map<(u32, u32, u32), u32>,
    decision_list: Vec<Decision>,
    assets: std::collections::HashSet<u64, FixedState>,
    last_asset: Vec<u8>,
    asset_names: Map<Box<str>, Arc<str>>,
    finding_keys: Map<(u32, u32, Arc<str>), u32>,
    /// Decisions that spoke of a product, by its index in `subjects`.
    settled: Map<u32, Box<[(u32, Settled)]>>,
    /// Answers joined of two others.
    joined: Map<(u32, u32), u32>,
    kept: Vec<u32>,
    strange_places: BTreeMap<String, u64>,
    strange_audiences: BTreeMap<String, u64>,
    watch: Watch,
    audited: Audited,
}

/// Separates the findings of one kept row from the next.
const END_OF_ROW: u32 = u32::MAX;

impl<'a> Audit<'a> {
    /// Starts an audit.
    #[must_use]
    pub fn new(terms: Terms<'a>) -> Self {
        Self::watching(terms, Watch::default())
    }

    /// Starts an audit that also looks out for items.
    #[must_use]
    pub fn watching(terms: Terms<'a>, watch: Watch) -> Self {
        Self {
            terms,
            watch,
            hasher: FixedState::default(),
            key: Vec::new(),
            products: Map::default(),
            identities: Map::default(),
            identity_list: Vec::new(),
            situations: Map::default(),
            situation_list: Vec::new(),
            dates: Map::default(),
            decisions: Map::default(),
            decision_list: Vec::new(),
            assets: std::collections::HashSet::default(),
            last_asset: Vec::new(),
            asset_names: Map::default(),
            finding_keys: Map::default(),
            settled: Map::default(),
            joined: Map::default(),
            kept: Vec::new(),
            strange_places: BTreeMap::new(),
            strange_audiences: BTreeMap::new(),
            audited: Audited { decisions: terms.decisions.unused(), ..Audited::default() },
        }
    }

    /// Starts an inventory. Its rows and unread entries follow.
    pub fn begin(&mut self, source: &str) {
        self.kept.clear();
        self.audited.inventories.push(Read {
            source: source.into(),
            format: "unknown".to_owned(),
            items: 0,
            unread: Vec::new(),
            unread_count: 0,
            remarks: Vec::new(),
        });
    }

    /// Says which format the inventory turned out to have.
    pub fn recognised(&mut self, format: &str) {
        self.inventory().format = format.to_owned();
    }

    /// Returns whether the inventory gave neither an item nor an unread entry.
    #[must_use]
    pub fn is_inventory_empty(&self) -> bool {
        self.audited.inventories.last().is_some_and(|read| read.items == 0 && read.unread_count == 0)
    }

    fn inventory(&mut self) -> &mut Read {
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
        let found = self.decision_list[decision as usize].found.clone();
        found
            .into_iter()
            .map(|decided| self.fingerprint(self.audited.decided[decided as usize].rule, identity, row.asset))
            .collect()
    }

    /// Ends the audit: sorts the findings, worst first.
    #[must_use]
    pub fn finish(mut self) -> Audited {
        self.report_strange();
        let Self { mut audited, terms, assets, situation_list, .. } = self;
        audited.assets = assets.len() as u64;
        audited.situations = situation_list.into_iter().map(|(situation, _)| (situation.place, situation.audience)).collect();
        let Audited { found, decided, subjects, inventories, .. } = &mut audited;
        let rules = &terms.pack.catalogue.rules;
        let key = |found: &Found| {
            let decided = &decided[found.decided as usize];
            let row = &subjects[decided.subject as usize].row;
            (decided.judgement.status, rules[decided.rule as usize].id.as_str(), row.vendor.as_str(), row.product.as_str())
        };
        let source = |found: &Found| &inventories[found.inventory as usize].source;
        found.sort_by(|a, b| {
            let by_item = key(a).cmp(&key(b)).then_with(|| a.asset.cmp(&b.asset));
            by_item.then_with(|| source(a).cmp(source(b))).then_with(|| a.line.cmp(&b.line))
        });
        audited
    }

    fn report_strange(&mut self) {
        let lists = [
            (
                &self.strange_places,
                Code::UnknownPlace,
                "a location",
                "add it to the row as a code or a country's name; until then the organisation's jurisdictions are taken",
            ),
            (
                &self.strange_audiences,
                Code::UnknownGroup,
                "an audience",
                "`interdict rules list --audiences` names those that are known",
            ),
        ];
        for (list, code, what, help) in lists {
            if list.is_empty() {
                continue;
            }
            let rows: u64 = list.values().sum();
            let shown: Vec<String> = list.keys().take(5).map(|value| format!("`{}`", crate::pack::strict::cut(value))).collect();
            let more = if list.len() > shown.len() { format!(" and {} more", list.len() - shown.len()) } else { String::new() };
            let rows = if rows == 1 { "1 row has".to_owned() } else { format!("{rows} rows have") };
            let message = format!("{rows} {what} that is not known: {}{more}", shown.join(", "));
            self.audited.diagnostics.push(Diagnostic::warning(code, message).at(Place::None).help(help));
        }
    }

    /// Returns what is known of the row's product.
    fn product(&mut self, row: &Row<'_>) -> Product {
        self.key.clear();
        for text in [row.vendor, row.product, row.version] {
            push(&mut self.key, text.as_bytes());
        }
        for (kind, text) in row.identifiers {
            self.key.push(*kind as u8);
            push(&mut self.key, text.as_bytes());
        }
        if let Some(&product) = self.products.get(self.key.as_slice()) {
            return product;
        }
        let product = if row.is_nameless() { Product::Nameless } else { self.meet(row) };
        self.products.insert(self.key.as_slice().into(), product);
        product
    }

    /// Matches a product that was not seen before.
    fn meet(&mut self, row: &Row<'_>) -> Product {
        let mut subject = Subject::new(self.terms.pack, row.identity());
        if subject.is_nameless(self.terms.pack) {
            return Product::Nameless;
        }
        let Terms { pack, asker, decisions, .. } = self.terms;
        let settled = decisions.settle(pack, &mut subject, asker.today(pack));
        if !subject.is_reachable(pack) && settled.is_empty() && !self.watch.may_mean(subject.product.as_str()) {
            return Product::Quiet;
        }
        let identity = Identity::new(self.terms.pack, &subject);
        let next = number(self.identity_list.len());
        let identity = *self.identities.entry(identity.clone()).or_insert_with(|| {
            self.identity_list.push(identity);
            next
        });
        self.audited.subjects.push(subject);
        let subject = number(self.audited.subjects.len() - 1);
        if !settled.is_empty() {
            self.settled.insert(subject, settled.into());
        }
        Product::Reachable(subject, identity)
    }

    /// Returns the number of the row's situation but for its dates.
    fn situation(&mut self, row: &Row<'_>) -> u32 {
        self.key.clear();
        push(&mut self.key, row.location.as_bytes());
        push(&mut self.key, row.audience.as_bytes());
        if let Some(&number) = self.situations.get(self.key.as_slice()) {
            return number;
        }
        let read = situation(self.terms.pack, row.location, row.audience, self.terms.default_place, ItemDates::default());
        let shown: Arc<str> = read.place.as_deref().unwrap_or(row.location).into();
        let next = number(self.situation_list.len());
        self.situation_list.push((read, shown));
        self.situations.insert(self.key.as_slice().into(), next);
        next
    }

    fn note_strange(&mut self, row: &Row<'_>, situation: u32) {
        let (known, _) = &self.situation_list[situation as usize];
        let note = |list: &mut BTreeMap<String, u64>, text: &str| {
            if let Some(count) = list.get_mut(text) {
                *count += 1;
            } else if list.len() < STRANGE_KEPT {
                list.insert(text.to_owned(), 1);
            }
        };
        if known.place.is_none() && !row.location.is_empty() {
            note(&mut self.strange_places, row.location);
        }
        if known.audience.is_none() && !row.audience.is_empty() {
            note(&mut self.strange_audiences, row.audience);
        }
    }

    /// Decides a product in a situation, once.
    fn decide(&mut self, subject: u32, situation: u32, dates: ItemDates) -> u32 {
        let next = number(self.dates.len());
        let date_number = *self.dates.entry(dates).or_insert(next);
        let key = (subject, situation, date_number);
        if let Some(&decision) = self.decisions.get(&key) {
            return decision;
        }
        let Terms { pack, asker, ignored, .. } = self.terms;
        let at = Situation { dates, ..self.situation_list[situation as usize].0.clone() };
        let mut decision = Decision { worst: Status::Clear, found: Vec::new(), others: Vec::new() };
        let mut others = BTreeSet::new();
        for (rule, judgement) in judge_all(pack, asker, &self.audited.subjects[subject as usize], &at) {
            if ignored.contains(&pack.catalogue.rules[rule as usize].kind) {
                continue;
            }
            match judgement.status {
                Some(status) => {
                    decision.worst = decision.worst.min(status);
                    decision.found.push(number(self.audited.decided.len()));
                    self.audited.decided.push(Decided { rule, judgement, subject, situation: at.clone() });
                }
                None => others.extend(judgement.other_audiences),
            }
        }
        decision.others = others.into_iter().collect();
        let index = number(self.decision_list.len());
        self.decision_list.push(decision);
        self.decisions.insert(key, index);
        index
    }

    /// Counts a row for the decisions that spoke of its product.
    fn count_settled(&mut self, subject: u32, row: &Row<'_>) {
        let Some(settled) = self.settled.get(&subject) else { return };
        let inventory = number(self.audited.inventories.len().saturating_sub(1));
        for &(decision, became) in settled {
            self.audited.decisions[decision as usize].count(became, (inventory, row.line), ROWS_KEPT);
        }
    }

    fn count_asset(&mut self, asset: &str) {
        // Exports list a machine's rows together.
        if asset.is_empty() || asset.as_bytes() == self.last_asset {
            return;
        }
        self.last_asset.clear();
        self.last_asset.extend_from_slice(asset.as_bytes());
        self.assets.insert(self.hasher.hash_one(asset.as_bytes()));
    }

    fn asset_name(&mut self, asset: &str) -> Arc<str> {
        if let Some(name) = self.asset_names.get(asset) {
            return Arc::clone(name);
        }
        let name: Arc<str> = asset.into();
        self.asset_names.insert(asset.into(), Arc::clone(&name));
        name
    }

    /// Notes a row that is watched for.
    fn sight(&mut self, row: &Row<'_>, identity: u32, subject: u32, situation: u32) {
        let Some(items) = self.watch.assets.get(row.asset) else { return };
        let product = &self.identity_list[identity as usize].product;
        let meant = items.iter().filter(|(wanted, ..)| wanted.is_empty() || wanted == product);
        for (_, rule, fingerprint) in meant {
            if self.identity_list[identity as usize].fingerprint(rule, row.asset) != *fingerprint {
                continue;
            }
            let at = Situation { dates: row.dates(), ..self.situation_list[situation as usize].0.clone() };
            let seen = self.audited.sighted.entry(fingerprint.clone()).or_default();
            if seen.len() < FORMS_KEPT && !seen.contains(&(subject, at.clone())) {
                seen.push((subject, at));
            }
        }
    }

    /// Adds a row to its finding under each rule.
    fn keep(&mut self, row: &Row<'_>, identity: u32, situation: u32, decision: u32) -> Kept {
        let start = self.kept.len();
        let inventory = number(self.audited.inventories.len() - 1);
        let asset = self.asset_name(row.asset);
        for at in 0..self.decision_list[decision as usize].found.len() {
            let decided = self.decision_list[decision as usize].found[at];
            let rule = self.audited.decided[decided as usize].rule;
            let key = (rule, identity, Arc::clone(&asset));
            let index = match self.finding_keys.get(&key) {
                Some(&index) => {
                    self.join(index, decided, row, inventory, situation);
                    index
                }
                None => {
                    let index = number(self.audited.found.len());
                    let location = Arc::clone(&self.situation_list[situation as usize].1);
                    let fingerprint = self.fingerprint(rule, identity, row.asset);
                    let owner = self.asset_name(row.owner);
                    self.audited.found.push(Found {
                        decided,
                        asset: Arc::clone(&asset),
                        location,
                        owner,
                        inventory,
                        line: row.line,
                        rows: 1,
                        quantity: row.quantity,
                        first: vec![(inventory, row.line)],
                        path: DependencyPath::default(),
                        fingerprint,
                    });
                    self.finding_keys.insert(key, index);
                    index
                }
            };
            self.kept.push(index);
        }
        self.kept.push(END_OF_ROW);
        Kept(start)
    }

    /// Adds a row to a finding that stands. The worse answer counts, of equals the one that
    /// changes first; what is to be said of either is said. The order of rows plays no part.
    fn join(&mut self, index: u32, decided: u32, row: &Row<'_>, inventory: u32, situation: u32) {
        let rank = |number: u32| {
            let judgement = &self.audited.decided[number as usize].judgement;
            (judgement.status, judgement.next().map_or(DateTime::<Utc>::MAX_UTC, |(_, at)| at))
        };
        let standing = self.audited.found[index as usize].decided;
        let worse = rank(decided) < rank(standing);
        let equal = rank(decided).0 == rank(standing).0;
        let (first, second) = if worse { (decided, standing) } else { (standing, decided) };
        let decided = if equal { self.with_notes_of(first, second) } else { first };
        let found = &mut self.audited.found[index as usize];
        found.decided = decided;
        found.rows += 1;
        found.quantity = found.quantity.saturating_add(row.quantity);
        if found.first.len() < ROWS_KEPT {
            found.first.push((inventory, row.line));
        }
        if found.owner.is_empty() && !row.owner.is_empty() {
            found.owner = row.owner.into();
        }
        if worse {
            found.inventory = inventory;
            found.line = row.line;
            found.location = Arc::clone(&self.situation_list[situation as usize].1);
        }
    }

    /// Returns the number of an answer that says what a second one says as well.
    fn with_notes_of(&mut self, first: u32, second: u32) -> u32 {
        let judgement = |number: u32| &self.audited.decided[number as usize].judgement;
        let (own, other) = (judgement(first), judgement(second));
        if first == second || other.notes.is_subset(&own.notes) && other.missing.is_subset(&own.missing) {
            return first;
        }
        if let Some(&number) = self.joined.get(&(first, second)) {
            return number;
        }
        let mut joined = self.audited.decided[first as usize].clone();
        joined.judgement.notes.extend(other.notes.iter().cloned());
        joined.judgement.missing.extend(other.missing.iter().cloned());
        let next = number(self.audited.decided.len());
        self.audited.decided.push(joined);
        self.joined.insert((first, second), next);
        next
    }

    fn fingerprint(&self, rule: u32, identity: u32, asset: &str) -> String {
        let id = &self.terms.pack.catalogue.rules[rule as usize].id;
        self.identity_list[identity as usize].fingerprint(id, asset)
    }
}

fn push(key: &mut Vec<u8>, text: &[u8]) {
    key.extend_from_slice(&(text.len() as u64).to_le_bytes());
    key.extend_from_slice(text);
}

fn number(value: usize) -> u32 {
    u32::try_from(value).expect("fewer than 2^32 distinct values fit into memory")
}

/// What tells one product from another across runs: its names, normalised; where it has none, its
/// identifiers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Identity {
    vendor: String,
    product: String,
    identifiers: Vec<String>,
}

impl Identity {
    fn new(pack: &Pack, subject: &Subject) -> Self {
        let vendor = Folded::new(&subject.row.vendor);
        let (from, to) = pack.legal_forms.trim(&vendor, (0, vendor.len()));
        let nameless = vendor.is_empty() && subject.product.is_empty();
        let identifiers = subject.row.identifiers.iter().filter(|_| nameless).map(|one| one.text.to_lowercase());
        Self {
            vendor: vendor.phrase(from, to).to_owned(),
            product: subject.product.as_str().to_owned(),
            identifiers: identifiers.collect(),
        }
    }

    /// Made of rule, normalised vendor and product, and asset; never of a row number.
    fn fingerprint(&self, rule: &str, asset: &str) -> String {
        let mut hash = Sha256::new();
        let names = [rule, &self.vendor, &self.product, asset];
        for text in names.into_iter().chain(self.identifiers.iter().map(String::as_str)) {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        hash.finalize().iter().take(16).fold(String::from("1:"), |text, byte| format!("{text}{byte:02x}"))
    }
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
        self.inventory().items += 1;
        self.audited.quantity = self.audited.quantity.saturating_add(row.quantity);
        self.count_asset(row.asset);
        let situation = self.situation(row);
        self.note_strange(row, situation);
        let (subject, identity) = match self.product(row) {
            Product::Quiet => {
                *self.audited.items.entry(Status::Clear).or_default() += 1;
                return None;
            }
            Product::Nameless => {
                self.audited.unidentified += 1;
                return None;
            }
            Product::Reachable(subject, identity) => (subject, identity),
        };
        if !self.watch.assets.is_empty() {
            self.sight(row, identity, subject, situation);
        }
        self.count_settled(subject, row);
        let decision = self.decide(subject, situation, row.dates());
        let Decision { worst, found, others } = &self.decision_list[decision as usize];
        *self.audited.items.entry(*worst).or_default() += 1;
        for audience in others {
            match self.audited.other_audiences.get_mut(audience) {
                Some(count) => *count += 1,
                None => {
                    self.audited.other_audiences.insert(audience.clone(), 1);
                }
            }
        }
        if found.is_empty() {
            return None;
        }
        Some(self.keep(row, identity, situation, decision))
    }

    fn path(&mut self, kept: Kept, path: DependencyPath) {
        let findings = self.kept.iter().skip(kept.0).take_while(|&&index| index != END_OF_ROW);
        for &index in findings {
            let found = &mut self.audited.found[index as usize];
            if found.path.names.is_empty() || path.names.len() < found.path.names.len() {
                found.path.clone_from(&path);
            }
        }
    }

    fn unread(&mut self, unread: Unread) {
        let inventory = self.inventory();
        inventory.unread_count += 1;
        if inventory.unread.len() < UNREAD_KEPT {
            inventory.unread.push(unread);
        }
    }

    fn remark(&mut self, remark: String) {
        self.inventory().remarks.push(remark);
    }
}
