//! The shipped rule pack, compiled into the program by `build.rs`.

use crate::pack::compile::{Catalogue, Pack};
use crate::pack::rule::RuleTest;

static PACK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pack.bin"));
static CATALOGUE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.bin"));
static TESTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/tests.bin"));

/// Returns the shipped pack, ready to run. Its catalogue is slim: see [`Pack::slim`].
///
/// # Panics
/// Never: the build wrote it with the same types.
#[must_use]
pub fn pack() -> Pack {
    postcard::from_bytes(PACK).expect("the shipped pack was written by this build")
}

/// Returns everything the shipped pack was made of, to layer rules over it.
///
/// # Panics
/// Never: the build wrote it with the same types.
#[must_use]
pub fn catalogue() -> Catalogue {
    postcard::from_bytes(CATALOGUE).expect("the shipped catalogue was written by this build")
}

/// Returns the inline tests of the shipped rules.
///
/// # Panics
/// Never: the build wrote them with the same types.
#[must_use]
pub fn tests() -> Vec<RuleTest> {
    postcard::from_bytes(TESTS).expect("the shipped tests were written by this build")
}
