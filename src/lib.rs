//! Audits a software inventory against dated sanction and sales-ban rules.
pub mod builtin;
pub mod diag;
pub mod evaluate;
pub mod inventory;
pub mod matcher;
pub mod model;
pub mod report;
pub mod pack;
