//! Audits a software inventory against dated sanction and sales-ban rules.
//!
//! [`Rules`] are loaded once: those that come with the crate, or one's own laid over them. A [`Check`]
//! says who asks, from where, and for when. It takes [`Item`]s or whole files as an [`Inventory`], and gives
//! a [`Report`]: its [`Finding`]s as values, and the whole in every [`Format`] that the program writes.
//!
//! ```
//! use interdict::{Inventory, Item, Rules, Status};
//!
//! # fn main() -> Result<(), interdict::Error> {
//! let rules = Rules::shipped();
//! let check = rules.check("2024-10-01")?.jurisdiction("US")?;
//! let item = Item::new().vendor("AO Kaspersky Lab").product("Kaspersky Plus");
//! let report = check.run([Inventory::items("order 4711", [item])]);
//!
//! assert!(!report.passes());
//! let finding = report.findings().find(|finding| finding.act() == "us-bis-kaspersky-2024").expect("a finding");
//! assert_eq!(finding.status(), Status::NoUpdates);
//! assert_eq!(finding.citation(), Some("Final Determination, Case No. ICTS-2021-002, 89 FR 52434"));
//! # Ok(())
//! # }
//! ```
//!
//! Nothing in the library reads a clock, the environment or the terminal, and a check speaks to no
//! network: the same rules, items and day give the same report, byte for byte. `docs/library.md` in the repository
//! shows more, and `examples/` holds whole programs.
//!
//! # What is promised
//!
//! What this page lists follows semantic versioning, as do the schemas of files and reports. The modules
//! behind it are public for the program and its tests only: they are hidden here, are no part of the
//! promise, and change with any release. `docs/architecture.md` tells how they hang together;
//! `pipeline::check` is the whole run.

mod api;

pub use api::{Check, Error, Finding, Inventory, Item, Problem, Report, RuleLayers, Rules};
#[doc(inline)]
pub use model::Status;
#[doc(inline)]
pub use report::Format;

// Lints see these modules as public, so that everything in them is documented.
#[cfg_attr(not(clippy), doc(hidden))]
pub mod assets;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod audit;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod baseline;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod builtin;
#[cfg(feature = "cli")]
#[cfg_attr(not(clippy), doc(hidden))]
pub mod changes;
#[cfg(feature = "cli")]
#[cfg_attr(not(clippy), doc(hidden))]
pub mod config;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod decision;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod diag;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod evaluate;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod fleet;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod gate;
#[cfg(feature = "cli")]
#[cfg_attr(not(clippy), doc(hidden))]
pub mod history;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod inventory;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod matcher;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod model;
#[cfg(feature = "cli")]
#[cfg_attr(not(clippy), doc(hidden))]
pub mod notice;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod pack;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod pipeline;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod report;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod rulebook;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod ruletest;
#[cfg(feature = "cli")]
#[cfg_attr(not(clippy), doc(hidden))]
pub mod schedule;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod timeline;
#[cfg_attr(not(clippy), doc(hidden))]
pub mod waiver;
