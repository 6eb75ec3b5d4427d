//! The way up from an entity to the parties that an act names, with its dates.
//!
//! All entities above one are gathered, and then what is reached grows until nothing changes any
//! more. Circles and many ways to the same owner so cost no more than the relations there are.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::cover::span_set;
use super::interval::IntervalSet;
use crate::model::Zone;
use crate::pack::compile::Pack;
use crate::pack::entity::Relation;
use crate::pack::rule::Rule;
use crate::pack::words::{Ownership, RelationKind};

/// The parties an act names, and how far that reaches down.
#[derive(Clone, Copy)]
pub(super) struct Owners<'a> {
    pub(super) pack: &'a Pack,
    pub(super) zone: Zone,
    /// Ids of the named ones.
    pub(super) named: &'a [String],
    /// Whether affiliates are meant as well.
    pub(super) affiliates: bool,
    /// The act whose own names stand by themselves: nothing passes down to them.
    pub(super) apart: Option<&'a Rule>,
    /// From which share on an asset freeze passes down, where one is asked about.
    pub(super) freeze: Option<Ownership>,
}

/// Whether and when an entity belongs to the named ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Reached {
    /// When.
    pub(super) when: IntervalSet,
    /// By which way.
    pub(super) via: Vec<String>,
    /// Whether a date on a way is vague.
    pub(super) vague: bool,
}

/// An entity on the way up.
struct Node<'a> {
    named: bool,
    steps: Vec<Step<'a>>,
    when: IntervalSet,
    /// The step by which it was reached first.
    by: Option<usize>,
}

/// A relation to an entity above.
struct Step<'a> {
    to: usize,
    kind: RelationKind,
    /// Share that counts towards a sum.
    share: Option<f64>,
    during: IntervalSet,
    vague: bool,
    /// The one that the relation is written down with, and the one it points at.
    text: (&'a str, &'a str),
}

impl<'a> Owners<'a> {
    /// Returns when an entity is one of the named, or belongs to one.
    pub(super) fn reach(&self, number: u32) -> Reached {
        let entity = self.pack.entity(number);
        if self.named.contains(&entity.id) {
            return Reached { when: IntervalSet::all(), ..Reached::default() };
        }
        let mut nodes = self.gather(number);
        loop {
            let mut changed = false;
            for at in 0..nodes.len() {
                changed |= self.grow(&mut nodes, at);
            }
            if !changed {
                break;
            }
        }
        let used = |step: &Step<'_>| step.vague && !step.during.intersection(&nodes[step.to].when).is_empty();
        let vague = nodes.iter().any(|node| node.steps.iter().any(used));
        let mut via = Vec::new();
        let mut at = 0;
        while let Some(by) = nodes[at].by {
            let step = &nodes[at].steps[by];
            via.push(format!("{} {} {}", step.text.0, step.kind.as_str(), step.text.1));
            at = step.to;
        }
        Reached { when: nodes.swap_remove(0).when, via, vague }
    }

    /// Returns the entity and all above it, itself first.
    fn gather(&self, number: u32) -> Vec<Node<'a>> {
        let mut nodes = Vec::new();
        let mut seen = BTreeMap::from([(number, 0)]);
        let mut open = vec![number];
        while let Some(&number) = open.get(nodes.len()) {
            let entity = self.pack.entity(number);
            let named = self.named.contains(&entity.id);
            let mut steps = Vec::new();
            let mut add = |to: u32, relation: Option<&'a Relation>, text| {
                let to = *seen.entry(to).or_insert_with(|| {
                    open.push(to);
                    open.len() - 1
                });
                let kind = relation.map_or(RelationKind::RenamedTo, |relation| relation.kind);
                let (during, vague) = match relation.filter(|relation| relation.kind != RelationKind::RenamedTo) {
                    Some(relation) => (span_set(relation.span, self.zone), relation.span.is_vague()),
                    None => (IntervalSet::all(), false),
                };
                let share = relation.and_then(|relation| relation.share.filter(|_| kind == RelationKind::OwnedBy));
                steps.push(Step { to, kind, share: share.filter(|_| self.freeze.is_some()), during, vague, text });
            };
            let names = |rule: &Rule| rule.covers.iter().any(|cover| cover.entities.contains(&entity.id));
            let apart = self.apart.is_some_and(names);
            if !named {
                for &former in self.pack.renamed_from.get(number as usize).into_iter().flatten() {
                    add(former, None, (self.pack.entity(former).id.as_str(), entity.id.as_str()));
                }
                for relation in &entity.relations {
                    let Some(other) = self.pack.entity_number(&relation.entity).filter(|_| self.passes(relation, apart)) else {
                        continue;
                    };
                    add(other, Some(relation), (entity.id.as_str(), relation.entity.as_str()));
                }
            }
            let when = if named { IntervalSet::all() } else { IntervalSet::none() };
            nodes.push(Node { named, steps, when, by: None });
        }
        nodes
    }

    /// Returns whether what holds for the other may hold for this one, which stands `apart` where
    /// the act names it by itself.
    fn passes(&self, relation: &Relation, apart: bool) -> bool {
        let affiliates = self.affiliates && !apart;
        match relation.kind {
            RelationKind::RenamedTo => true,
            RelationKind::AffiliateOf => affiliates,
            RelationKind::OwnedBy => affiliates && (self.freeze.is_some() || is_major(relation)),
            RelationKind::LedBy | RelationKind::SoldTo | RelationKind::Embeds => false,
        }
    }

    /// Adds what the steps of one entity reach now. Returns whether that is more than before.
    fn grow(&self, nodes: &mut [Node<'a>], at: usize) -> bool {
        let node = &nodes[at];
        if node.named {
            return false;
        }
        let mut when = node.when.clone();
        let mut by = node.by;
        let mut shares: Vec<(usize, f64, IntervalSet)> = Vec::new();
        let mut first_share = None;
        for (number, step) in node.steps.iter().enumerate() {
            let reached = step.during.intersection(&nodes[step.to].when);
            if reached.is_empty() {
                continue;
            }
            if let Some(share) = step.share {
                first_share = first_share.or(Some(number));
                shares.push((step.to, share, reached));
            } else {
                by = by.or(Some(number));
                when = when.union(&reached);
            }
        }
        let together = self.add_up(&shares);
        if !together.is_empty() {
            by = by.or(first_share);
            when = when.union(&together);
        }
        let changed = when != nodes[at].when;
        if changed {
            nodes[at].when = when;
            nodes[at].by = by;
        }
        changed
    }

    /// Returns when the shares of those reached add up to enough for a freeze to pass down. Two
    /// relations to the same owner are two statements of one share, and the larger counts.
    fn add_up(&self, shares: &[(usize, f64, IntervalSet)]) -> IntervalSet {
        // Shares are decimal fractions, whose sums come out a little off.
        const SLACK: f64 = 1e-6;
        let enough = |sum: f64| match self.freeze {
            Some(Ownership::MoreThanHalf) => sum > 50.0 + SLACK,
            _ => sum >= 50.0 - SLACK,
        };
        let mut cuts: Vec<DateTime<Utc>> =
            shares.iter().flat_map(|(.., set)| set.iter().flat_map(|(from, until)| [from, until])).collect();
        cuts.sort_unstable();
        cuts.dedup();
        cuts.windows(2).fold(IntervalSet::none(), |set, pair| {
            let mut owners: BTreeMap<usize, f64> = BTreeMap::new();
            for (owner, share, _) in shares.iter().filter(|(.., set)| set.contains(pair[0])) {
                let known = owners.entry(*owner).or_default();
                *known = known.max(*share);
            }
            if enough(owners.values().sum()) { set.union(&IntervalSet::between(Some(pair[0]), Some(pair[1]))) } else { set }
        })
    }
}

/// Returns whether an owner holds half or more, or a share that is not known.
fn is_major(relation: &Relation) -> bool {
    relation.share.is_none_or(|share| share >= 50.0)
}

/// Returns whether one of two entities belongs to the other at any time, or is another name of it.
pub(super) fn are_related(pack: &Pack, a: u32, b: u32) -> bool {
    let belongs = |number: u32, to: u32| {
        let named = std::slice::from_ref(&pack.entity(to).id);
        let owners = Owners { pack, zone: Zone::UTC, named, affiliates: true, apart: None, freeze: None };
        !owners.reach(number).when.is_empty()
    };
    belongs(a, b) || belongs(b, a)
}

/// Returns the owners of an entity, and theirs, each with the time in which it is one.
pub(super) fn all_above(pack: &Pack, zone: Zone, number: u32) -> Vec<(u32, IntervalSet)> {
    let mut found: Vec<(u32, IntervalSet)> = vec![(number, IntervalSet::all())];
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        let (number, during) = found[at].clone();
        for relation in &pack.entity(number).relations {
            let owns = match relation.kind {
                RelationKind::OwnedBy => is_major(relation),
                RelationKind::AffiliateOf => true,
                _ => false,
            };
            let Some(owner) = pack.entity_number(&relation.entity).filter(|_| owns) else { continue };
            let during = during.intersection(&span_set(relation.span, zone));
            let known = found.iter().position(|&(other, _)| other == owner);
            let at = known.unwrap_or_else(|| {
                found.push((owner, IntervalSet::none()));
                found.len() - 1
            });
            let more = found[at].1.union(&during);
            if more != found[at].1 {
                found[at].1 = more;
                open.push(at);
            }
        }
    }
    found.swap_remove(0);
    found
}
