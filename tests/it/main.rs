//! Everything that is tested from outside: the program as people run it, and the library's laws.

mod cases;
mod commands;
mod common;
mod docs;
mod fleet;
mod history;
mod interrupt;
mod laws;
mod library;
mod names;
mod notices;
mod runs;
mod same_bytes;
mod servers;
mod shared;
mod threads;
mod tls;
