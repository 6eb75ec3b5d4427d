//! Findings as the report has them, drawn out of what an audit kept.
//!
//! What many findings share is put together once: by act, by answer, by match. A finding borrows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{measure, reference};
use crate::audit::{Audited, Decided, Found, Identity};
use crate::decision::Decisions;
use crate::evaluate::{Judgement, show};
use crate::model::Status;
use crate::pack::compile::Pack;
use crate::report::{self, FindingRef, FirstRows, ItemRef, Print, RowsRef};

/// What is found, ready to be drawn.
#[derive(Debug)]
pub(super) struct Drawn {
    audited: Arc<Audited>,
    /// Names of the inventories.
    sources: Vec<Arc<str>>,
    /// By number of the answer.
    parts: Vec<Parts>,
}

/// The parts of a finding that all rows with the same answer share.
#[derive(Debug)]
struct Parts {
    rule: Arc<report::RuleRef>,
    said: Arc<Said>,
    matched: Arc<report::Match>,
    decision: Option<Arc<report::Decision>>,
}

/// What an act says, whatever the product.
#[derive(Debug)]
struct Said {
    status: Status,
    next: Option<report::Next>,
    concern: report::Concern,
    measures: Vec<report::Measure>,
    notes: Vec<String>,
    missing: Vec<String>,
}

impl report::Known for Identity {
    fn fingerprint(&self, rule: &str, asset: &str) -> String {
        Self::fingerprint(self, rule, asset)
    }
}

impl Drawn {
    pub(super) fn new(pack: &Pack, audited: Arc<Audited>, decisions: &Decisions) -> Self {
        // Judgements are shared by products that are alike; each lies at one place in memory.
        let (mut rules, mut said, mut matches) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut parts = |decided: &Decided| {
            let judgement = &decided.judgement;
            let place = Arc::as_ptr(judgement).addr();
            let rule = &pack.catalogue.rules[decided.rule as usize];
            let hit = &audited.subjects[decided.subject as usize].hits[judgement.hit];
            let shared = rules.entry(decided.rule).or_insert_with(|| Arc::new(reference(rule)));
            let said = said.entry((decided.rule, place)).or_insert_with(|| {
                Arc::new(Said {
                    status: judgement.status.unwrap_or(Status::Clear),
                    next: judgement.next().map(|(status, at)| report::Next { status, on: show(rule.zone, at) }),
                    concern: judgement.concern,
                    measures: judgement.measures.iter().map(|state| measure(rule, state)).collect(),
                    notes: judgement.notes.iter().cloned().collect(),
                    missing: judgement.missing.iter().cloned().collect(),
                })
            });
            let matched =
                matches.entry((decided.subject, place)).or_insert_with(|| Arc::new(match_of(pack, audited.as_ref(), decided)));
            Parts {
                rule: Arc::clone(shared),
                said: Arc::clone(said),
                matched: Arc::clone(matched),
                decision: hit.decided.map(|number| Arc::clone(&decisions.list()[number as usize].shown)),
            }
        };
        Self {
            parts: audited.decided.iter().map(&mut parts).collect(),
            sources: audited.inventories.iter().map(|read| Arc::clone(&read.source)).collect(),
            audited: Arc::clone(&audited),
        }
    }

    fn finding<'a>(&'a self, found: Found<'a>) -> FindingRef<'a> {
        let decided = &self.audited.decided[found.decided as usize];
        let Parts { rule, said, matched, decision } = &self.parts[found.decided as usize];
        let row = &self.audited.subjects[decided.subject as usize].row;
        let source = &self.sources[found.inventory as usize];
        FindingRef {
            print: Print::Of(self.audited.identity(decided), &rule.id, found.asset),
            answer: found.decided,
            status: said.status,
            next: said.next.as_ref(),
            concerned_as: said.concern,
            item: ItemRef {
                vendor: &row.vendor,
                product: &row.product,
                displayed: &row.displayed,
                version: &row.version,
                asset: found.asset,
                asset_number: found.asset_number,
                location: found.location,
                owner: found.owner,
                source,
                line: found.line,
                path: found.path.map(|path| path.names.as_slice()).unwrap_or_default(),
                paths: found.path.map_or(0, |path| path.count),
            },
            rows: RowsRef {
                count: found.rows,
                quantity: found.quantity,
                first: match found.first {
                    [] => FirstRows::One(source, found.line),
                    rows => FirstRows::Numbered(rows, &self.sources),
                },
            },
            rule,
            measures: &said.measures,
            matched,
            notes: &said.notes,
            missing: &said.missing,
            waiver: None,
            decision: decision.as_deref(),
            baseline: None,
        }
    }
}

fn match_of(pack: &Pack, audited: &Audited, decided: &Decided) -> report::Match {
    let judgement: &Judgement = &decided.judgement;
    let hit = &audited.subjects[decided.subject as usize].hits[judgement.hit];
    let entity = pack.entity(hit.entity);
    report::Match {
        entity: entity.id.clone(),
        product: hit.product.and_then(|number| entity.products.get(number as usize)).map(|product| product.id.clone()),
        kind: hit.kind.as_str().to_owned(),
        field: hit.field.to_owned(),
        value: hit.value.clone(),
        alias: hit.alias.clone(),
        score: hit.score,
        via: judgement.via.clone(),
    }
}

impl report::Draw for Drawn {
    fn count(&self) -> usize {
        self.audited.found.len()
    }

    fn draw(&self) -> Box<dyn Iterator<Item = FindingRef<'_>> + '_> {
        Box::new(self.audited.found.iter().map(|found| self.finding(found)))
    }

    fn asset(&self, number: u32) -> &str {
        self.audited.found.asset(number)
    }
}
