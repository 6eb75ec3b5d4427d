//! Rules, entities and places of a catalogue: a collection, or the same one as stored in the program,
//! of which a part is read when it is first asked for. A run looks at a few of some hundreds.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut, Index, IndexMut};
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::table::Table;

/// A list of what has an id, sorted by it.
pub type List<T> = Lazy<Vec<T>>;
/// A map by id.
pub type Map<T> = Lazy<BTreeMap<String, T>>;

/// What has an id of its own.
pub trait Listed {
    /// Returns the id.
    fn id(&self) -> &str;
}

/// A collection whose parts have ids.
pub trait Collection: FromIterator<Self::Entry> + IntoIterator<Item = Self::Entry> {
    /// What it is made of.
    type Entry;
    /// What is stored of that under its id.
    type Part: DeserializeOwned;

    /// Returns how many there are.
    fn count(&self) -> usize;
    /// Takes an entry apart.
    fn split(entry: Self::Entry) -> (String, Self::Part);
    /// Puts an entry together.
    fn join(id: &str, part: Self::Part) -> Self::Entry;
}

impl<T: Listed + DeserializeOwned> Collection for Vec<T> {
    type Entry = T;
    type Part = T;

    fn count(&self) -> usize {
        self.len()
    }

    fn split(entry: T) -> (String, T) {
        (entry.id().to_owned(), entry)
    }

    fn join(_: &str, part: T) -> T {
        part
    }
}

impl<T: DeserializeOwned> Collection for BTreeMap<String, T> {
    type Entry = (String, T);
    type Part = T;

    fn count(&self) -> usize {
        self.len()
    }

    fn split(entry: (String, T)) -> (String, T) {
        entry
    }

    fn join(id: &str, part: T) -> (String, T) {
        (id.to_owned(), part)
    }
}

/// A collection that may be stored. Asking for one part by its number or id reads that one; whatever
/// else a collection can do reads all.
#[derive(Debug)]
pub struct Lazy<C: Collection> {
    all: OnceLock<C>,
    stored: Table<C::Part>,
    read: Vec<OnceLock<Box<C::Part>>>,
}

impl<C: Collection> Lazy<C> {
    /// Returns a collection as it lies in the program, by id; nothing of it is read yet.
    #[must_use]
    pub fn stored(stored: Table<C::Part>) -> Self {
        let read = (0..stored.len()).map(|_| OnceLock::new()).collect();
        Self { all: OnceLock::new(), stored, read }
    }

    /// Returns what [`Self::stored`] takes.
    #[must_use]
    pub fn store(self) -> Table<C::Part>
    where
        C::Part: Serialize,
    {
        self.all.into_inner().map_or(self.stored, |all| Table::new(all.into_iter().map(C::split)))
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.get().map_or(self.stored.len(), C::count)
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn part(&self, number: usize) -> &C::Part {
        self.read[number].get_or_init(|| Box::new(self.decode(number).1))
    }

    fn decode(&self, number: usize) -> (&str, C::Part) {
        let (id, mut parts) = self.stored.at(number);
        (id, parts.next().expect("each id has its part"))
    }
}

impl<T: Listed + DeserializeOwned> List<T> {
    /// Returns the number of the one of that id.
    #[must_use]
    pub fn number_of(&self, id: &str) -> Option<usize> {
        match self.all.get() {
            Some(all) => all.binary_search_by(|one| one.id().cmp(id)).ok(),
            None => self.stored.number_of(id),
        }
    }
}

impl<T: Listed + DeserializeOwned> Index<usize> for List<T> {
    type Output = T;

    fn index(&self, number: usize) -> &T {
        self.all.get().map_or_else(|| self.part(number), |all| &all[number])
    }
}

impl<T: Listed + DeserializeOwned> IndexMut<usize> for List<T> {
    fn index_mut(&mut self, number: usize) -> &mut T {
        &mut self.as_mut_slice()[number]
    }
}

impl<T: DeserializeOwned> Map<T> {
    /// Returns what has that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&T> {
        match self.all.get() {
            Some(all) => all.get(id),
            None => self.stored.number_of(id).map(|number| self.part(number)),
        }
    }

    /// Returns whether anything has that id.
    #[must_use]
    pub fn contains_key(&self, id: &str) -> bool {
        self.all.get().map_or_else(|| self.stored.number_of(id).is_some(), |all| all.contains_key(id))
    }
}

impl<C: Collection> Deref for Lazy<C> {
    type Target = C;

    fn deref(&self) -> &C {
        let read = |number| {
            let (id, part) = self.decode(number);
            C::join(id, part)
        };
        self.all.get_or_init(|| (0..self.stored.len()).map(read).collect())
    }
}

impl<C: Collection> DerefMut for Lazy<C> {
    fn deref_mut(&mut self) -> &mut C {
        let _: &C = self;
        self.all.get_mut().expect("was just filled")
    }
}

impl<C: Collection> From<C> for Lazy<C> {
    fn from(all: C) -> Self {
        Self { all: OnceLock::from(all), stored: Table::default(), read: Vec::new() }
    }
}

impl<C: Collection + Default> Default for Lazy<C> {
    fn default() -> Self {
        Self::from(C::default())
    }
}

impl<C: Collection + Clone> Clone for Lazy<C>
where
    C::Part: Clone,
{
    fn clone(&self) -> Self {
        Self { all: self.all.clone(), stored: self.stored.clone(), read: self.read.clone() }
    }
}

impl<'a, T: Listed + DeserializeOwned> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<C: Collection + Serialize> Serialize for Lazy<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        C::serialize(self, serializer)
    }
}

impl<'de, C: Collection + Deserialize<'de>> Deserialize<'de> for Lazy<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        C::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_part_is_read_by_its_id_and_all_of_them_in_order() {
        let map = Map::from(BTreeMap::from(["b", "a"].map(|id| (id.to_owned(), id.to_uppercase()))));
        let stored = Map::stored(map.clone().store());
        assert_eq!((stored.len(), stored.get("b").map(String::as_str), stored.get("c")), (2, Some("B"), None));
        assert!(stored.contains_key("a") && stored.all.get().is_none(), "only what was asked for is read");
        assert_eq!(*stored, *map);
        assert_eq!((stored.get("a"), stored.get("c")), (map.get("a"), None));
    }
}
