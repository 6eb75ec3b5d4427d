//! The rules of a check: the shipped ones, or a user's own laid over them.

use std::path::PathBuf;

use super::{Check, Error, Problem};
use crate::builtin;
use crate::diag::{Diagnostics, Sources};
use crate::pack::compile::Pack;
use crate::pack::load::{self, LoadError, PackText};

/// Rules, ready to check against. Loaded once, they serve any number of checks, from any thread.
#[derive(Debug)]
pub struct Rules {
    pub(super) pack: Pack,
    warnings: Vec<Problem>,
}

impl Rules {
    /// Returns the rules that come with this version. They are part of the program: no file is read.
    #[must_use]
    pub fn shipped() -> Self {
        Self { pack: builtin::pack(), warnings: Vec::new() }
    }

    /// Begins with the shipped rules, to lay others over them.
    #[must_use]
    pub fn layers() -> RuleLayers {
        RuleLayers::default()
    }

    /// Begins a check for an instant (`2024-10-01T12:00:00+02:00`), or for a day (`2024-10-01`), which
    /// means the end of it in the zone of each act. Nothing here reads a clock: who means today says so.
    ///
    /// # Errors
    /// [`Error::InvalidDate`].
    pub fn check(&self, as_of: &str) -> Result<Check<'_>, Error> {
        Check::new(self, as_of)
    }

    /// Returns the number of rules.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pack.catalogue.rules.len()
    }

    /// Returns the day on which the shipped rules were built, `YYYY-MM-DD`. Acts may have changed since.
    #[must_use]
    pub fn built(&self) -> &str {
        &self.pack.catalogue.built
    }

    /// Returns the digest over the rules, entities and registries, `sha256:…`. The same digest, day and
    /// inventory give the same report.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.pack.digest
    }

    /// Returns what is odd in the layered rules but stops nothing: a shipped rule that is replaced, too.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

/// A user's rules on their way to [`Rules`]: layers, each over those before.
///
/// A rule with the id of an earlier one replaces it, an entity of the same id adds to it.
/// `rules/README.md` explains the files.
#[derive(Clone, Debug, Default)]
pub struct RuleLayers {
    without_shipped: bool,
    layers: Vec<Layer>,
}

#[derive(Clone, Debug)]
enum Layer {
    Path(PathBuf),
    Texts(Vec<PackText>),
}

impl RuleLayers {
    /// Adds a TOML file, or a folder with such files, as a layer. It is read by [`Self::load`].
    #[must_use]
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.layers.push(Layer::Path(path.into()));
        self
    }

    /// Adds a file as text. `name` is its path inside the layer, such as `us/us-acme-2026.toml` or
    /// `entities/acme.toml`. Texts that follow each other are of one layer.
    #[must_use]
    pub fn text(mut self, name: &str, toml: impl Into<String>) -> Self {
        let name = name.replace('\\', "/");
        let text = PackText { path: name.clone(), name, bytes: toml.into().into_bytes() };
        match self.layers.last_mut() {
            Some(Layer::Texts(texts)) => texts.push(text),
            _ => self.layers.push(Layer::Texts(vec![text])),
        }
        self
    }

    /// Leaves the shipped rules out. Entities, audiences and jurisdictions stay, since rules are written
    /// in their words.
    #[must_use]
    pub fn without_shipped(mut self) -> Self {
        self.without_shipped = true;
        self
    }

    /// Reads the layers and makes them ready to run.
    ///
    /// # Errors
    /// [`Error::UnreadableRules`], [`Error::WrongRules`] with all that is wrong in any file, or
    /// [`Error::NoRules`].
    pub fn load(self) -> Result<Rules, Error> {
        if self.layers.is_empty() && !self.without_shipped {
            return Ok(Rules::shipped());
        }
        let texts = self.layers.into_iter().map(Layer::texts).collect::<Result<Vec<_>, _>>()?;
        let mut catalogue = builtin::catalogue();
        if self.without_shipped {
            catalogue.rules.clear();
        }
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        let catalogue = load::add_layers(catalogue, texts, &mut sources, &mut diagnostics).catalogue;
        let failed = diagnostics.has_errors();
        let problems = Problem::list(diagnostics, &sources);
        if failed {
            return Err(Error::WrongRules(problems));
        }
        if catalogue.rules.is_empty() {
            return Err(Error::NoRules);
        }
        Ok(Rules { pack: Pack::new(catalogue), warnings: problems })
    }
}

impl Layer {
    fn texts(self) -> Result<Vec<PackText>, Error> {
        let failed = |LoadError { operation, path, source }: LoadError| Error::UnreadableRules { operation, path, source };
        match self {
            Self::Path(path) => load::read_texts(&path).map_err(failed),
            Self::Texts(texts) => Ok(texts),
        }
    }
}
