//! Digests of files and packs, as reports write them.

use sha2::{Digest, Sha256};

/// Returns `sha256:…` of bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::from("sha256:"), |text, byte| format!("{text}{byte:02x}"))
}
