//! One binary of integration tests.

mod docs;
