//! What other programs use: load the rules, check items or inventories, render the report.
//!
//! In: texts, bytes and values of the caller's. Out: a [`Report`], or an [`Error`] that names what is
//! wrong. A thin face of [`crate::pipeline`]: the program itself goes the same way, so that both give the
//! same answer, byte for byte. The types of the stages behind it may change with any release; these do
//! not, and `tests/it/library.rs` holds them.

mod check;
mod error;
mod finding;
mod inventory;
mod item;
mod problem;
mod report;
mod rules;
#[cfg(test)]
mod tests;

pub use check::Check;
pub use error::Error;
pub use finding::Finding;
pub use inventory::Inventory;
pub use item::Item;
pub use problem::Problem;
pub use report::Report;
pub use rules::{RuleLayers, Rules};
