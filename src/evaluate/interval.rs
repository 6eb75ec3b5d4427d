//! Sets of instants, as half-open stretches: the start counts, the end does not.
//!
//! In force = the measure, within its covers, less exemptions, less suspensions, cut off at the end
//! of the act. All of that is union, intersection and difference of such sets.

use chrono::{DateTime, Utc};

/// An instant before all acts: an open start.
pub const BEFORE: DateTime<Utc> = DateTime::<Utc>::MIN_UTC;
/// An instant after all acts: an open end.
pub const AFTER: DateTime<Utc> = DateTime::<Utc>::MAX_UTC;

/// A set of instants: sorted, disjoint, not touching, none empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntervalSet(Vec<(DateTime<Utc>, DateTime<Utc>)>);

/// All instants, or none.
impl From<bool> for IntervalSet {
    fn from(all: bool) -> Self {
        if all { Self::all() } else { Self::none() }
    }
}

impl IntervalSet {
    /// The empty set, as a constant.
    pub const NONE: Self = Self(Vec::new());

    /// The empty set.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The set of all instants.
    #[must_use]
    pub fn all() -> Self {
        Self(vec![(BEFORE, AFTER)])
    }

    /// One stretch; `None` is an open side. Empty where it ends before it starts.
    #[must_use]
    pub fn between(from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Self {
        let (from, until) = (from.unwrap_or(BEFORE), until.unwrap_or(AFTER));
        if from < until { Self(vec![(from, until)]) } else { Self::none() }
    }

    /// Returns whether no instant is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether an instant is in the set.
    #[must_use]
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.stretch(at).is_some()
    }

    /// Returns the stretch around an instant.
    #[must_use]
    pub fn stretch(&self, at: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let next = self.0.partition_point(|&(from, _)| from <= at);
        next.checked_sub(1).map(|index| self.0[index]).filter(|&(_, until)| at < until)
    }

    /// Returns the first stretch that starts after an instant.
    #[must_use]
    pub fn next(&self, at: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.0.get(self.0.partition_point(|&(from, _)| from <= at)).copied()
    }

    /// Returns the last stretch that ended at or before an instant.
    #[must_use]
    pub fn last_before(&self, at: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.0.iter().rev().find(|&&(_, until)| until <= at).copied()
    }

    /// Returns the instants at which membership changes, in order; open sides are none.
    pub fn changes(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.0.iter().flat_map(|&(from, until)| [from, until]).filter(|&at| at != BEFORE && at != AFTER)
    }

    /// Returns the stretches.
    pub fn iter(&self) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        self.0.iter().copied()
    }

    /// Returns the instants in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        // Most sets are of no doubt at all.
        if other.is_empty() {
            return self.clone();
        }
        if self.is_empty() {
            return other.clone();
        }
        let mut all: Vec<_> = self.0.iter().chain(&other.0).copied().collect();
        all.sort_unstable();
        let mut joined: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::with_capacity(all.len());
        for (from, until) in all {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(until),
                _ => joined.push((from, until)),
            }
        }
        Self(joined)
    }

    /// Returns the instants in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut both = Vec::new();
        let (mut a, mut b) = (0, 0);
        while let (Some(x), Some(y)) = (self.0.get(a), other.0.get(b)) {
            let (from, until) = (x.0.max(y.0), x.1.min(y.1));
            if from < until {
                both.push((from, until));
            }
            if x.1 < y.1 { a += 1 } else { b += 1 }
        }
        Self(both)
    }

    /// Returns the instants in this set that are not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.intersection(&other.complement())
    }

    /// Returns the instants that are not in this set.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.0.len() + 1);
        let mut from = BEFORE;
        for &(start, end) in &self.0 {
            if from < start {
                gaps.push((from, start));
            }
            from = end;
        }
        if from < AFTER {
            gaps.push((from, AFTER));
        }
        Self(gaps)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn at(n: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(n)
    }

    fn side() -> impl Strategy<Value = Option<DateTime<Utc>>> {
        prop_oneof![1 => Just(None), 6 => (0_i64..40).prop_map(|n| Some(at(n)))]
    }

    fn set() -> impl Strategy<Value = IntervalSet> {
        prop::collection::vec((side(), side()), 0..6).prop_map(|pairs| {
            pairs.into_iter().fold(IntervalSet::none(), |set, (from, until)| set.union(&IntervalSet::between(from, until)))
        })
    }

    fn is_tidy(set: &IntervalSet) -> bool {
        set.0.iter().all(|(from, until)| from < until) && set.0.windows(2).all(|pair| pair[0].1 < pair[1].0)
    }

    proptest! {
        #[test]
        fn operations_mean_what_they_say(a in set(), b in set(), n in -1_i64..42) {
            let at = at(n);
            let (union, both, less) = (a.union(&b), a.intersection(&b), a.difference(&b));
            prop_assert!(is_tidy(&union) && is_tidy(&both) && is_tidy(&less) && is_tidy(&a.complement()));
            prop_assert_eq!(union.contains(at), a.contains(at) || b.contains(at));
            prop_assert_eq!(both.contains(at), a.contains(at) && b.contains(at));
            prop_assert_eq!(less.contains(at), a.contains(at) && !b.contains(at));
            prop_assert_eq!(a.complement().contains(at), !a.contains(at));
            prop_assert_eq!(a.complement().complement(), a);
        }

        #[test]
        fn order_never_matters(a in set(), b in set(), c in set()) {
            prop_assert_eq!(a.union(&b), b.union(&a));
            prop_assert_eq!(a.intersection(&b), b.intersection(&a));
            prop_assert_eq!(a.difference(&b).difference(&c), a.difference(&c).difference(&b));
            prop_assert_eq!(a.difference(&b.union(&c)), a.difference(&b).difference(&c));
        }

        #[test]
        fn the_day_before_is_out_and_the_first_is_in(from in 0_i64..40, length in 1_i64..40) {
            let set = IntervalSet::between(Some(at(from)), Some(at(from + length)));
            let tick = TimeDelta::nanoseconds(1);
            prop_assert!(!set.contains(at(from) - tick) && set.contains(at(from)));
            prop_assert!(set.contains(at(from + length) - tick) && !set.contains(at(from + length)));
        }

        #[test]
        fn membership_changes_only_at_changes(a in set(), n in 0_i64..40) {
            let tick = TimeDelta::nanoseconds(1);
            prop_assert_eq!(a.contains(at(n)) != a.contains(at(n) - tick), a.changes().any(|change| change == at(n)));
        }

        #[test]
        fn the_next_stretch_is_the_first_that_starts_later(a in set(), n in -1_i64..42) {
            let next = a.next(at(n));
            prop_assert_eq!(next, a.iter().find(|&(from, _)| from > at(n)));
        }
    }
}
