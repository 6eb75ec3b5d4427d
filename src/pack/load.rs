//! Reading packs: from files to a catalogue, one layer over another.
//!
//! In: files as texts with their path inside the pack. Out: a [`Catalogue`], and diagnostics for
//! everything that is wrong in any file, all in one run. A layer's rule with the id of an earlier
//! one replaces it; an entity of the same id adds to it; registries add entries.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::check::{Checker, Known};
use super::compile::Catalogue;
use super::file::{AudiencesFile, CategoriesFile, EntityFile, JurisdictionsFile, PackFile, RuleFile, WordsFile};
use super::registry::Words;
use super::rule::RuleTest;
use super::strict;
use crate::diag::{Code, Diagnostic, Diagnostics, Place, SourceId, Sources};

/// A file of a pack.
#[derive(Clone, Debug)]
pub struct PackText {
    /// Path inside the pack, with forward slashes.
    pub path: String,
    /// Name for diagnostics: the path as the user gave it.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// An error of the file system while a pack is read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} `{}`: {source}", path.display())]
pub struct LoadError {
    /// What was tried.
    pub operation: &'static str,
    /// On which path.
    pub path: PathBuf,
    /// Why it failed.
    pub source: io::Error,
}

/// Reads the TOML files of a folder, sorted by path; or one file.
///
/// # Errors
/// If the path, or anything below it, cannot be read.
pub fn read_texts(root: &Path) -> Result<Vec<PackText>, LoadError> {
    let failed = |operation, path: &Path| {
        let path = path.to_owned();
        move |source| LoadError { operation, path, source }
    };
    let read = |path: &Path, inner: String| -> Result<PackText, LoadError> {
        // One byte over the limit is enough to know that the file passes it.
        let mut bytes = Vec::new();
        let limit = strict::MAX_BYTES as u64 + 1;
        fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed("read", path))?;
        Ok(PackText { path: inner, name: path.to_string_lossy().replace('\\', "/"), bytes })
    };
    if !fs::metadata(root).map_err(failed("read", root))?.is_dir() {
        let name = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        return Ok(vec![read(root, name)?]);
    }
    let mut texts = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(failed("list", &folder))? {
            let path = entry.map_err(failed("list", &folder))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            let kind = fs::symlink_metadata(&path).map_err(failed("read", &path))?;
            if kind.is_dir() {
                open.push(path);
            } else if name.ends_with(".toml") && name != "TEMPLATE.toml" {
                let inner = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                texts.push(read(&path, inner)?);
            }
        }
    }
    texts.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(texts)
}

/// What a layer of files gave.
#[derive(Debug, Default)]
pub struct Layer {
    /// The catalogue with the layer in it.
    pub catalogue: Catalogue,
    /// Inline tests of the layer's rules.
    pub tests: Vec<RuleTest>,
    /// Number of rule files, good or bad.
    pub rule_files: usize,
}

struct Parsed<T> {
    source: SourceId,
    path: String,
    file: T,
}

#[derive(Default)]
struct Files {
    pack: Option<Parsed<PackFile>>,
    jurisdictions: Vec<Parsed<JurisdictionsFile>>,
    audiences: Vec<Parsed<AudiencesFile>>,
    categories: Vec<Parsed<CategoriesFile>>,
    words: Vec<Parsed<WordsFile>>,
    entities: Vec<Parsed<EntityFile>>,
    rules: Vec<Parsed<RuleFile>>,
    rule_files: usize,
}

/// Adds a layer of files to a catalogue. Every problem goes to `diagnostics`.
pub fn add_layer(
    mut base: Catalogue,
    texts: Vec<PackText>,
    shipped: bool,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Layer {
    let files = parse(texts, sources, diagnostics);
    let known = known(&base, &files, sources, diagnostics);
    if let Some(pack) = files.pack {
        base.version = pack.file.version;
        base.built = pack.file.built.0.to_string();
    }
    for parsed in files.words {
        merge_words(&mut base.registry.words, parsed.file);
    }
    for parsed in &files.jurisdictions {
        let mut checker = Checker::new(&known, sources, parsed.source, &parsed.path, shipped, diagnostics);
        base.registry.jurisdictions.extend(checker.jurisdictions(&parsed.file));
    }
    for parsed in &files.audiences {
        let mut checker = Checker::new(&known, sources, parsed.source, &parsed.path, shipped, diagnostics);
        base.registry.audiences.extend(checker.audiences(&parsed.file));
    }
    for parsed in &files.categories {
        let mut checker = Checker::new(&known, sources, parsed.source, &parsed.path, shipped, diagnostics);
        base.registry.categories.extend(checker.categories(&parsed.file));
    }
    for parsed in files.entities {
        let stem = stem(&parsed.path).to_owned();
        let mut checker = Checker::new(&known, sources, parsed.source, &parsed.path, shipped, diagnostics);
        let Some(entity) = checker.entity(parsed.file, &stem) else { continue };
        match base.entities.iter_mut().find(|mine| mine.id == entity.id) {
            Some(mine) => mine.merge(entity),
            None => base.entities.push(entity),
        }
    }
    let mut tests = Vec::new();
    for parsed in files.rules {
        let mut checker = Checker::new(&known, sources, parsed.source, &parsed.path, shipped, diagnostics);
        let Some((rule, rule_tests)) = checker.rule(parsed.file) else { continue };
        tests.extend(rule_tests);
        match base.rules.iter_mut().find(|mine| mine.id == rule.id) {
            Some(mine) => {
                base.replaced.push(rule.id.clone());
                *mine = rule;
            }
            None => base.rules.push(rule),
        }
    }
    base.replaced.sort();
    base.replaced.dedup();
    base.entities.sort_by(|a, b| a.id.cmp(&b.id));
    base.rules.sort_by(|a, b| a.id.cmp(&b.id));
    Layer { catalogue: base, tests, rule_files: files.rule_files }
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".toml").unwrap_or(name)
}

fn parse(texts: Vec<PackText>, sources: &mut Sources, diagnostics: &mut Diagnostics) -> Files {
    let mut files = Files::default();
    for text in texts {
        let Ok(content) = String::from_utf8(text.bytes) else {
            let help = "save it as UTF-8";
            diagnostics.push(Diagnostic::error(Code::NotText, "the file is not UTF-8 text").at(Place::File(text.name)).help(help));
            continue;
        };
        let source = sources.add(text.name, content);
        let content = sources.text(source).to_owned();
        let path = text.path;
        macro_rules! take {
            ($list:ident) => {
                if let Some(file) = strict::read(&content, source, diagnostics) {
                    files.$list.push(Parsed { source, path, file });
                }
            };
        }
        match path.as_str() {
            "pack.toml" => files.pack = strict::read(&content, source, diagnostics).map(|file| Parsed { source, path, file }),
            "jurisdictions.toml" => take!(jurisdictions),
            "audiences.toml" => take!(audiences),
            "categories.toml" => take!(categories),
            "words.toml" => take!(words),
            _ if is_entity(&path, &content) => take!(entities),
            _ => {
                files.rule_files += 1;
                take!(rules);
            }
        }
    }
    files
}

/// An entity file lies in `entities/`; a single one is told by its keys, since a rule has a title
/// and an entity has a name.
fn is_entity(path: &str, content: &str) -> bool {
    let has = |key: &str| {
        content.lines().any(|line| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')))
    };
    path.split('/').rev().nth(1) == Some("entities") || has("name") && !has("title") && !content.contains("[[measures]]")
}

fn known(base: &Catalogue, files: &Files, sources: &Sources, diagnostics: &mut Diagnostics) -> Known {
    let mut known = Known::default();
    known.audiences.extend(base.registry.audiences.keys().cloned());
    known.audiences.extend(files.audiences.iter().flat_map(|parsed| parsed.file.keys().cloned()));
    known.categories.extend(base.registry.categories.keys().cloned());
    known.categories.extend(files.categories.iter().flat_map(|parsed| parsed.file.keys().cloned()));
    for code in base.registry.jurisdictions.keys() {
        known.jurisdictions.insert(code.clone(), base.registry.zone(code));
    }
    let rows = || files.jurisdictions.iter().flat_map(|parsed| parsed.file.iter());
    let own = |row: &super::file::JurisdictionRow| row.time_zone.as_ref().and_then(|name| crate::model::Zone::parse(name));
    for (code, row) in rows() {
        known.jurisdictions.insert(code.clone(), own(row));
    }
    // A subdivision without a zone of its own takes its country's.
    let zones = known.jurisdictions.clone();
    for (code, zone) in &mut known.jurisdictions {
        if let (None, Some((country, _))) = (&zone, code.split_once('-')) {
            *zone = zones.get(country).copied().flatten();
        }
    }
    known.entities.extend(base.entities.iter().map(|entity| entity.id.clone()));
    known.entities.extend(files.entities.iter().map(|parsed| stem(&parsed.path).to_owned()));
    known.products.extend(base.entities.iter().flat_map(|entity| entity.products.iter().map(|product| product.id.clone())));
    known.rules.extend(base.rules.iter().map(|rule| rule.id.clone()));
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for parsed in &files.rules {
        let id = &parsed.file.id;
        known.rules.insert(id.get().clone());
        if let Some(first) = seen.insert(id, &parsed.path) {
            let message = format!("the rule `{}` is given twice", id.get());
            let place = Place::span(parsed.source, id.span());
            diagnostics.push(Diagnostic::error(Code::DuplicateId, message).at(place).help(format!("the other one is {first}")));
        }
    }
    let mut products: BTreeMap<&str, &str> = BTreeMap::new();
    let mut entities: BTreeMap<&str, &str> = BTreeMap::new();
    for parsed in &files.entities {
        if let Some(first) = entities.insert(stem(&parsed.path), sources.name(parsed.source)) {
            let message = format!("the entity `{}` is given twice", stem(&parsed.path));
            diagnostics.push(
                Diagnostic::error(Code::DuplicateId, message)
                    .at(Place::File(sources.name(parsed.source).to_owned()))
                    .help(format!("the other one is {first}")),
            );
        }
        for product in &parsed.file.products {
            known.products.insert(product.id.get().clone());
            let owner = base.entities.iter().find(|entity| entity.products.iter().any(|other| other.id == *product.id.get()));
            let first = products
                .insert(&product.id, stem(&parsed.path))
                .or(owner.map(|owner| owner.id.as_str()).filter(|&owner| owner != stem(&parsed.path)));
            if let Some(first) = first {
                let message = format!("the product `{}` is given twice", product.id.get());
                diagnostics.push(
                    Diagnostic::error(Code::DuplicateId, message)
                        .at(Place::span(parsed.source, product.id.span()))
                        .help(format!("the entity `{first}` has it as well")),
                );
            }
        }
    }
    known
}

fn merge_words(words: &mut Words, file: WordsFile) {
    words.legal_forms.extend(file.legal_forms);
    words.nobody.extend(file.nobody);
    words.intermediaries.extend(file.intermediaries);
    words.places.extend(file.places);
    words.fillers.extend(file.fillers);
    words.mentions.extend(file.mentions);
    words.mentions_before.extend(file.mentions_before);
    words.common.extend(file.common);
}
