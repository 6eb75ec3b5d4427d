//! Audits a software inventory against dated sanction and sales-ban rules.
//!
//! The run, from inventory to exit code, is [`pipeline::check`]. In ten lines:
//!
//! 1. [`builtin`] loads the shipped [`pack`]; [`pack::load`] layers a user's rules over it.
//! 2. [`inventory`] reads files as rows, one after the other, and names every row it cannot read.
//! 3. [`audit`] takes the rows and decides each distinct item once:
//! 4. [`matcher`] finds the entities it may belong to, with the evidence for each;
//! 5. [`evaluate`] judges it under every act that could reach it: covered, binding, in force.
//! 6. [`waiver`] marks what somebody answers for.
//! 7. [`report`] holds everything that was found, and draws it in every output format.
//! 8. [`gate`] decides whether the run passes, and with which exit code.
//!
//! [`model`] holds the data all stages share, [`diag`] what can be wrong with files. Nothing in
//! the library reads a clock, a terminal or the environment; only the binary does.

pub mod assets;
pub mod audit;
pub mod baseline;
pub mod builtin;
pub mod changes;
pub mod config;
pub mod decision;
pub mod diag;
pub mod evaluate;
pub mod fleet;
pub mod gate;
pub mod history;
pub mod inventory;
pub mod matcher;
pub mod model;
pub mod notice;
pub mod pack;
pub mod pipeline;
pub mod report;
pub mod rulebook;
pub mod ruletest;
pub mod schedule;
pub mod timeline;
pub mod waiver;
