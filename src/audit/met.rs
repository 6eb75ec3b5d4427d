//! Products as matched, shared by the parts of an audit so that each is matched once, whichever
//! thread meets it first.

use std::sync::{Arc, Mutex};

use super::Map;
use crate::matcher::{Settled, Subject};

/// So many products are shared. Where there are more, few are met twice.
const SHARED: usize = 1 << 16;

/// What matching made of a product.
#[derive(Clone)]
pub(super) enum Met {
    /// No rule could ever reach it.
    Quiet,
    /// It names nothing.
    Nameless,
    /// What it matched, and what decisions made of that.
    Reachable(Arc<Subject>, Box<[(u32, Settled)]>),
}

/// Products that some part has met.
#[derive(Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Map<Box<[u8]>, Met>>>);

impl Shared {
    /// Returns what is known by the first bytes of a key, or else by all of it.
    pub(super) fn get(&self, key: &[u8], telling: usize) -> Option<Met> {
        // Poisoned where another thread panicked, which ends the run.
        let all = self.0.lock().ok()?;
        all.get(&key[..telling]).or_else(|| all.get(key)).cloned()
    }

    pub(super) fn add(&self, key: &[u8], met: &Met) {
        if let Ok(mut all) = self.0.lock()
            && all.len() < SHARED
        {
            all.insert(key.into(), met.clone());
        }
    }
}
