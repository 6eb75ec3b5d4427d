//! The texts that diagnostics point into.

/// A kept text; ordered as they were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

/// The texts of rule files and configurations, kept while their diagnostics may be shown.
#[derive(Debug, Default)]
pub struct Sources(Vec<(String, String)>);

impl Sources {
    /// Keeps a text under the name it was given by.
    ///
    /// # Panics
    /// Never in practice: only after four thousand million files.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        let id = SourceId(u32::try_from(self.0.len()).expect("fewer than 2^32 files"));
        self.0.push((name.into(), text.into()));
        id
    }

    /// Returns the name of a text.
    #[must_use]
    pub fn name(&self, id: SourceId) -> &str {
        self.0.get(id.0 as usize).map_or("", |(name, _)| name)
    }

    /// Returns a text.
    #[must_use]
    pub fn text(&self, id: SourceId) -> &str {
        self.0.get(id.0 as usize).map_or("", |(_, text)| text)
    }

    /// Returns the line (from 1) of a byte.
    #[must_use]
    pub fn line(&self, id: SourceId, byte: usize) -> u64 {
        let text = self.text(id).as_bytes();
        let before = &text[..byte.min(text.len())];
        1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64
    }
}
