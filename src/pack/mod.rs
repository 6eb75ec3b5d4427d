//! Rule packs.
pub mod check;
pub mod compile;
pub mod digests;
pub mod entity;
pub mod file;
pub mod lazy;
pub mod lint;
pub mod load;
pub mod name;
pub mod outline;
pub mod pieces;
pub mod registry;
pub mod rule;
pub mod strict;
pub mod table;
pub mod words;

#[cfg(test)]
mod tests;
