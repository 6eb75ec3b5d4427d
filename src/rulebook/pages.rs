//! A page per jurisdiction.
