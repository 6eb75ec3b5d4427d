//! Products as matched, shared by the parts of an audit so that each is matched once, whichever
//! thread meets it first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::Map;
use crate::matcher::{Settled, Subject};

/// So many products are shared. Where there are more, few are met twice.
const SHARED: usize = 1 << 16;
/// Of so many that are kept one must be asked for again, or keeping them is of no use.
pub(super) const RARELY: usize = 8;

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
pub(super) struct Shared(Arc<Pool>);

#[derive(Default)]
struct Pool {
    met: Mutex<Products>,
    /// Whether products are so many that sharing them only takes time.
    is_closed: AtomicBool,
}

#[derive(Default)]
struct Products {
    all: Map<Box<[u8]>, Met>,
    /// How often one was asked for that another part had met.
    again: usize,
}

impl Shared {
    /// Returns what is known by the first bytes of a key, or else by all of it.
    pub(super) fn get(&self, key: &[u8], telling: usize) -> Option<Met> {
        if self.0.is_closed.load(Ordering::Relaxed) {
            return None;
        }
        // Poisoned where another thread panicked, which ends the run.
        let mut met = self.0.met.lock().ok()?;
        let found = met.all.get(&key[..telling]).or_else(|| met.all.get(key)).cloned();
        met.again += usize::from(found.is_some());
        found
    }

    /// Adds a product. Returns whether there was room for it.
    pub(super) fn add(&self, key: &[u8], met: &Met) -> bool {
        if self.0.is_closed.load(Ordering::Relaxed) {
            return false;
        }
        let Ok(mut products) = self.0.met.lock() else { return false };
        let has_room = products.all.len() < SHARED;
        if has_room {
            products.all.insert(key.into(), met.clone());
        } else if products.again < SHARED / RARELY {
            *products = Products::default();
            self.0.is_closed.store(true, Ordering::Relaxed);
        }
        has_room
    }
}
