//! Audits a software inventory against dated sanction and sales-ban rules.
pub mod diag;
pub mod inventory;
pub mod model;
pub mod report;
