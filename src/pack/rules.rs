//! The rules of a catalogue: a list, or the same list as stored in the program, of which a rule is
//! read when it is first asked for. A run looks at a few of some hundred acts.

use std::ops::{Deref, DerefMut, Index};
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::rule::Rule;

/// Rules, by id. Asking for one by its number reads that one; whatever else a list can do reads all.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    all: OnceLock<Vec<Rule>>,
    stored: &'static [u8],
    /// Where each stored rule ends.
    ends: Vec<u32>,
    read: Vec<OnceLock<Rule>>,
}

impl Rules {
    /// Returns rules as they lie in the program; nothing of them is read yet. `ends` says where each
    /// one ends in `stored`, which [`Self::store`] wrote.
    #[must_use]
    pub fn stored(stored: &'static [u8], ends: Vec<u32>) -> Self {
        let read = ends.iter().map(|_| OnceLock::new()).collect();
        Self { all: OnceLock::new(), stored, ends, read }
    }

    /// Writes the rules one after the other. Returns where each ends, too.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn store(&self) -> Result<(Vec<u32>, Vec<u8>), postcard::Error> {
        let (mut ends, mut bytes) = (Vec::new(), Vec::new());
        for rule in self {
            bytes = postcard::to_extend(rule, bytes)?;
            ends.push(u32::try_from(bytes.len()).map_err(|_| postcard::Error::SerializeBufferFull)?);
        }
        Ok((ends, bytes))
    }

    /// Returns how many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.get().map_or(self.ends.len(), Vec::len)
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of the rule of that id; the rules are sorted by it.
    #[must_use]
    pub fn number_of(&self, id: &str) -> Option<usize> {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from.midpoint(to);
            match self[middle].id.as_str().cmp(id) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        None
    }

    fn decode(&self, number: usize) -> Rule {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        let bytes = &self.stored[start as usize..self.ends[number] as usize];
        postcard::from_bytes(bytes).expect("the shipped rules were written by this build")
    }
}

impl Index<usize> for Rules {
    type Output = Rule;

    fn index(&self, number: usize) -> &Rule {
        match self.all.get() {
            Some(all) => &all[number],
            None => self.read[number].get_or_init(|| self.decode(number)),
        }
    }
}

impl Deref for Rules {
    type Target = Vec<Rule>;

    fn deref(&self) -> &Vec<Rule> {
        self.all.get_or_init(|| (0..self.ends.len()).map(|number| self.decode(number)).collect())
    }
}

impl DerefMut for Rules {
    fn deref_mut(&mut self) -> &mut Vec<Rule> {
        let _: &Vec<Rule> = self;
        self.all.get_mut().expect("was just filled")
    }
}

impl From<Vec<Rule>> for Rules {
    fn from(rules: Vec<Rule>) -> Self {
        Self { all: OnceLock::from(rules), ..Self::default() }
    }
}

impl<'a> IntoIterator for &'a Rules {
    type Item = &'a Rule;
    type IntoIter = std::slice::Iter<'a, Rule>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Serialize for Rules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Vec::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}
