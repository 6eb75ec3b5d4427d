//! What people read about the rules themselves, without any inventory: where an act stands on a day
//! ([`standing`]), which acts fit a question ([`filter`]), what a pack holds ([`status`]), what
//! changed between two packs ([`diff`]), and a page per jurisdiction ([`pages`]).
//!
//! In: a catalogue or two, and a moment where a day matters. Out: plain values and texts. What is
//! told of covers, dates and audiences is worded in one place, `words`.

pub mod diff;
pub mod filter;
pub mod pages;
pub mod standing;
pub mod status;
mod words;

pub use words::Words;
