//! The rules or the entities of a catalogue: a list, or the same list as stored in the program, of
//! which a part is read when it is first asked for. A run looks at a few of some hundreds.

use std::ops::{Deref, DerefMut, Index};
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::table::Table;

/// What is listed by its id.
pub trait Listed {
    /// Returns the id.
    fn id(&self) -> &str;
}

/// A list by id. Asking for one part by its number reads that one; whatever else a list can do reads all.
#[derive(Clone, Debug)]
pub struct List<T> {
    all: OnceLock<Vec<T>>,
    stored: Table<T>,
    read: Vec<OnceLock<Box<T>>>,
}

impl<T: Listed + DeserializeOwned> List<T> {
    /// Returns a list as it lies in the program, by id; nothing of it is read yet.
    #[must_use]
    pub fn stored(stored: Table<T>) -> Self {
        let read = (0..stored.len()).map(|_| OnceLock::new()).collect();
        Self { all: OnceLock::new(), stored, read }
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.get().map_or(self.stored.len(), Vec::len)
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of the one of that id; the list is sorted by it.
    #[must_use]
    pub fn number_of(&self, id: &str) -> Option<usize> {
        match self.all.get() {
            Some(all) => all.binary_search_by(|one| one.id().cmp(id)).ok(),
            None => self.stored.number_of(id),
        }
    }

    fn decode(&self, number: usize) -> T {
        self.stored.at(number).1.next().expect("each id has its part")
    }
}

impl<T: Listed + Serialize + DeserializeOwned> List<T> {
    /// Returns what [`Self::stored`] takes.
    #[must_use]
    pub fn store(self) -> Table<T> {
        let all = self.all.into_inner();
        all.map_or(self.stored, |all| Table::new(all.into_iter().map(|one| (one.id().to_owned(), one))))
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<T: Listed + DeserializeOwned> Index<usize> for List<T> {
    type Output = T;

    fn index(&self, number: usize) -> &T {
        match self.all.get() {
            Some(all) => &all[number],
            None => self.read[number].get_or_init(|| Box::new(self.decode(number))),
        }
    }
}

impl<T: Listed + DeserializeOwned> Deref for List<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        self.all.get_or_init(|| (0..self.stored.len()).map(|number| self.decode(number)).collect())
    }
}

impl<T: Listed + DeserializeOwned> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        let _: &Vec<T> = self;
        self.all.get_mut().expect("was just filled")
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(all: Vec<T>) -> Self {
        Self { all: OnceLock::from(all), stored: Table::default(), read: Vec::new() }
    }
}

impl<'a, T: Listed + DeserializeOwned> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Listed + Serialize + DeserializeOwned> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Vec::serialize(self, serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}
