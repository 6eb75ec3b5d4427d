//! The shipped rule pack, compiled into the program by `build.rs`.

use crate::pack::compile::Pack;
use crate::pack::rule::RuleTest;

static PACK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pack.bin"));
static TESTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/tests.bin"));

/// Returns the shipped pack.
///
/// # Panics
/// Never: the build wrote it with the same types.
#[must_use]
pub fn pack() -> Pack {
    postcard::from_bytes(PACK).expect("the shipped pack was written by this build")
}

/// Returns the inline tests of the shipped rules.
///
/// # Panics
/// Never: the build wrote them with the same types.
#[must_use]
pub fn tests() -> Vec<RuleTest> {
    postcard::from_bytes(TESTS).expect("the shipped tests were written by this build")
}
