//! A map by short texts that several threads share. Nearly always it is only read, and without a lock: each thread
//! keeps what it met since apart, until it is worth making the map anew for all.

use std::sync::{Arc, Mutex};

use super::keys::Keys;

/// So many are kept apart, if they are not more than half of the map.
const APART: usize = 64;
/// What is kept apart is told at the latest when the thread has looked so often.
const LOOKS: u32 = 64;

/// Values by texts; all threads give the same text the same value.
pub(super) struct Common<V> {
    /// What all threads know, as it was when this one looked.
    known: Arc<Keys<V>>,
    /// What this one has met besides.
    apart: Keys<V>,
    /// What all threads know, once there are several.
    latest: Option<Arc<Mutex<Arc<Keys<V>>>>>,
    looks: u32,
}

impl<V: Copy> Default for Common<V> {
    fn default() -> Self {
        let known = Arc::new(Keys::default());
        Self { apart: Keys::like(&known), known, latest: None, looks: 0 }
    }
}

impl<V: Copy> Common<V> {
    /// Returns the map for another thread.
    pub(super) fn part(&mut self) -> Self {
        let latest = Arc::clone(self.latest.get_or_insert_with(|| Arc::new(Mutex::new(Arc::clone(&self.known)))));
        Self { known: Arc::clone(&self.known), apart: Keys::like(&self.known), latest: Some(latest), looks: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.known.len() + self.apart.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.known.bytes() + self.apart.bytes()
    }

    #[inline]
    pub(super) fn get(&self, key: &[u8]) -> Option<V> {
        let hash = self.known.hash(key);
        self.known.get_by(hash, key).or_else(|| self.apart.get_by(hash, key))
    }

    /// Adds a text that is not there.
    pub(super) fn put(&mut self, key: &[u8], value: V) {
        // As long as there is one thread, nobody else looks at it.
        if self.latest.is_none()
            && let Some(known) = Arc::get_mut(&mut self.known)
        {
            return known.put(key, value);
        }
        self.apart.put(key, value);
        if self.apart.len() >= APART.max(self.known.len() / 2) {
            self.tell();
        }
    }

    /// Learns what other threads have met, and tells them now and then; for every few thousand texts.
    pub(super) fn look(&mut self) {
        self.looks += 1;
        if self.looks >= LOOKS && self.apart.len() > 0 {
            return self.tell();
        }
        // Where another thread is just making it anew, the next look is soon enough.
        let latest = self.latest.as_ref().and_then(|latest| Some(Arc::clone(&*latest.try_lock().ok()?)));
        if let Some(latest) = latest.filter(|latest| !Arc::ptr_eq(latest, &self.known)) {
            let mut apart = Keys::like(&latest);
            self.apart.iter().filter(|(key, _)| latest.get(key).is_none()).for_each(|(key, value)| apart.put(key, value));
            (self.known, self.apart) = (latest, apart);
        }
    }

    /// Makes the map anew with what this thread has met.
    fn tell(&mut self) {
        // Poisoned where another thread panicked, which ends the run.
        let Some(Ok(mut latest)) = self.latest.as_ref().map(|latest| latest.lock()) else { return };
        self.known = Arc::new(latest.with(&self.apart));
        self.apart = Keys::like(&self.known);
        *latest = Arc::clone(&self.known);
        self.looks = 0;
    }

    /// Forgets all; other threads do not.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(map: &mut Common<u32>, numbers: std::ops::Range<u32>) {
        for number in numbers {
            let key = number.to_le_bytes();
            if map.get(&key).is_none() {
                map.put(&key, number);
            }
        }
    }

    fn knows(map: &Common<u32>, numbers: std::ops::Range<u32>) -> bool {
        numbers.into_iter().all(|number| map.get(&number.to_le_bytes()) == Some(number))
    }

    #[test]
    fn what_one_thread_has_met_all_know_in_the_end() {
        let mut first = Common::default();
        put(&mut first, 0..100);
        assert!(knows(&first, 0..100) && first.apart.len() == 0);
        let mut parts = [first.part(), first.part(), first.part()];
        assert!(parts.iter().all(|part| knows(part, 0..100) && part.len() == 100));
        put(&mut parts[0], 0..1000);
        put(&mut parts[1], 500..520);
        put(&mut first, 2000..2001);
        assert!(knows(&parts[0], 0..1000) && !knows(&parts[2], 900..901));
        for _ in 0..=LOOKS {
            parts.iter_mut().chain([&mut first]).for_each(Common::look);
        }
        for map in parts.iter().chain([&first]) {
            assert!(knows(map, 0..1000) && knows(map, 2000..2001));
            assert_eq!((map.len(), map.apart.len(), map.bytes()), (1001, 0, 4 * 1001));
        }
        assert!(Arc::ptr_eq(&parts[0].known, &parts[1].known), "there is one map");
        parts[0].clear();
        parts[0].look();
        assert!(parts[0].len() == 0 && knows(&parts[1], 0..1000));
    }
}
