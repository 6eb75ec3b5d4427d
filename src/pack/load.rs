//! Reading packs: from files to a catalogue, one layer over another.
//!
//! In: files as texts with their path inside the pack. Out: a [`Catalogue`], and diagnostics for
//! everything that is wrong in any file, all in one run. A layer's rule with the id of an earlier
//! one replaces it; an entity of the same id adds to it; registries add entries.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::check::{Checker, Known};
use super::compile::Catalogue;
use super::entity::Entity;
use super::file::{AudiencesFile, CategoriesFile, EntityFile, JurisdictionsFile, PackFile, RuleFile, WordsFile};
use super::name::Folded;
use super::registry::Words;
use super::rule::{Rule, RuleTest};
use super::strict;
use crate::diag::{Code, Diagnostic, Diagnostics, Place, SourceId, Sources};
use crate::model::When;

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
/// If the path, or anything below it, cannot be read; or if there is no such file.
pub fn read_texts(root: &Path) -> Result<Vec<PackText>, LoadError> {
    let failed = |operation, path: &Path| {
        let path = path.to_owned();
        move |source| LoadError { operation, path, source }
    };
    let read = |path: &Path, inner: String| -> Result<PackText, LoadError> {
        let file = fs::File::open(path).map_err(failed("open", path))?;
        // What is longer is refused later; so much is enough to see that.
        let (mut bytes, limit) = (Vec::new(), strict::MAX_BYTES as u64 + 1);
        file.take(limit).read_to_end(&mut bytes).map_err(failed("read", path))?;
        Ok(PackText { path: inner, name: path.to_string_lossy().replace('\\', "/"), bytes })
    };
    if !fs::metadata(root).map_err(failed("read", root))?.is_dir() {
        let name = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        return Ok(vec![read(root, name)?]);
    }
    let mut texts = Vec::new();
    let mut open = vec![root.to_owned()];
    // Links are followed, each folder once.
    let mut seen = BTreeSet::new();
    while let Some(folder) = open.pop() {
        if !seen.insert(fs::canonicalize(&folder).map_err(failed("read", &folder))?) {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(failed("list", &folder))? {
            let path = entry.map_err(failed("list", &folder))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            let wanted = name.ends_with(".toml") && name != "TEMPLATE.toml";
            match fs::metadata(&path) {
                Ok(kind) if kind.is_dir() => open.push(path),
                Ok(_) if wanted => {
                    let inner = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                    texts.push(read(&path, inner)?);
                }
                Err(source) if wanted => return Err(failed("read", &path)(source)),
                _ => {}
            }
        }
    }
    if texts.is_empty() {
        let source = io::Error::new(io::ErrorKind::NotFound, "no file in it ends in .toml");
        return Err(failed("find rules in", root)(source));
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
    /// Ids of the layer's entities.
    pub entities: BTreeSet<String>,
    /// Number of rule files, good or bad.
    pub rule_files: usize,
}

/// Lays several layers of a user's files over a catalogue, one over the other, and says which rules of
/// earlier ones they replace.
pub fn add_layers(
    base: Catalogue,
    layers: impl IntoIterator<Item = Vec<PackText>>,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Layer {
    let mut all = Layer { catalogue: base, ..Layer::default() };
    for texts in layers {
        let layer = add_layer(all.catalogue, texts, false, sources, diagnostics);
        all.catalogue = layer.catalogue;
        all.tests.extend(layer.tests);
        all.entities.extend(layer.entities);
        all.rule_files += layer.rule_files;
    }
    for id in &all.catalogue.replaced {
        diagnostics.push(Diagnostic::warning(Code::ReplacedRule, format!("a rule of yours replaces the shipped `{id}`")));
    }
    diagnostics.sort();
    all
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
        check_pack(&pack, diagnostics);
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
    let mut numbers: BTreeMap<String, usize> =
        base.entities.iter().enumerate().map(|(number, entity)| (entity.id.clone(), number)).collect();
    let mut own = BTreeSet::new();
    for parsed in files.entities {
        let stem = stem(&parsed.path).to_owned();
        let mut checker = Checker::new(&known, sources, parsed.source, &parsed.path, shipped, diagnostics);
        let Some(entity) = checker.entity(parsed.file, &stem) else { continue };
        own.insert(entity.id.clone());
        match numbers.get(&entity.id) {
            Some(&number) => base.entities[number].merge(entity),
            None => {
                numbers.insert(entity.id.clone(), base.entities.len());
                base.entities.push(entity);
            }
        }
    }
    let mut tests = Vec::new();
    let mut numbers: BTreeMap<String, usize> =
        base.rules.iter().enumerate().map(|(number, rule)| (rule.id.clone(), number)).collect();
    let mut references = Vec::new();
    for parsed in files.rules {
        references.extend(references_of(&parsed));
        let mut checker = Checker::new(&known, sources, parsed.source, &parsed.path, shipped, diagnostics);
        let Some((rule, rule_tests)) = checker.rule(parsed.file) else { continue };
        tests.extend(rule_tests);
        match numbers.get(&rule.id) {
            Some(&number) => {
                base.replaced.push(rule.id.clone());
                base.rules.as_mut_slice()[number] = rule;
            }
            None => {
                numbers.insert(rule.id.clone(), base.rules.len());
                base.rules.push(rule);
            }
        }
    }
    check_circles(&base.rules, &numbers, references, diagnostics);
    base.replaced.sort();
    base.replaced.dedup();
    base.entities.sort_by(|a, b| a.id.cmp(&b.id));
    base.rules.sort_by(|a, b| a.id.cmp(&b.id));
    Layer { catalogue: base, tests, entities: own, rule_files: files.rule_files }
}

fn check_pack(parsed: &Parsed<PackFile>, diagnostics: &mut Diagnostics) {
    let (schema, built) = (&parsed.file.schema, &parsed.file.built);
    if **schema != 1 {
        let message = format!("schema {} is not known", **schema);
        diagnostics.push(
            Diagnostic::error(Code::UnsupportedSchema, message)
                .at(Place::span(parsed.source, schema.span()))
                .help("this program reads schema = 1"),
        );
    }
    // Its age is counted from that day.
    if !matches!(built.0, When::Day(_)) {
        diagnostics.push(Diagnostic::error(Code::InvalidDate, "`built` is a day").at(Place::span(parsed.source, built.span())));
    }
}

/// The rules that a rule refers to by list.
struct Reference {
    from: String,
    to: String,
    place: Place,
}

fn references_of(parsed: &Parsed<RuleFile>) -> Vec<Reference> {
    let file = &parsed.file;
    let lists = file.covers.iter().map(|row| &row.rules).chain(file.exempt.iter().map(|row| &row.rules));
    let reference = |to: &super::file::At<String>| Reference {
        from: file.id.get().clone(),
        to: to.get().clone(),
        place: Place::span(parsed.source, to.span()),
    };
    lists.flatten().map(reference).collect()
}

/// A list that leads back to itself names nobody.
fn check_circles(rules: &[Rule], numbers: &BTreeMap<String, usize>, references: Vec<Reference>, diagnostics: &mut Diagnostics) {
    for Reference { from, to, place } in references {
        let (mut open, mut seen) = (vec![to.as_str()], BTreeSet::new());
        while let Some(id) = open.pop() {
            let Some(&number) = numbers.get(id).filter(|_| id != from && seen.insert(id)) else { continue };
            let rule = &rules[number];
            let covers = rule.covers.iter().chain(rule.exempt.iter().map(|exempt| &exempt.cover));
            open.extend(covers.flat_map(|cover| &cover.rules).map(String::as_str));
            if open.contains(&from.as_str()) {
                break;
            }
        }
        if to == from || open.contains(&from.as_str()) {
            diagnostics.push(
                Diagnostic::error(Code::UnknownList, format!("the list `{}` leads back to `{from}`", strict::cut(&to)))
                    .at(place)
                    .help("name the parties in one of the two"),
            );
        }
    }
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
    let makers =
        |entity: &Entity| entity.products.iter().map(|product| (product.id.clone(), entity.id.clone())).collect::<Vec<_>>();
    known.makers.extend(base.entities.iter().flat_map(makers));
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
            let own = stem(&parsed.path);
            let shipped = known.makers.get(product.id.get()).filter(|&maker| maker != own).cloned();
            let first = products.insert(&product.id, own).map(str::to_owned).or(shipped);
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
    for parsed in &files.entities {
        let products = parsed.file.products.iter();
        known.makers.extend(products.map(|product| (product.id.get().clone(), stem(&parsed.path).to_owned())));
    }
    known.products.extend(known.makers.keys().cloned());
    names(base, files, &mut known);
    known
}

/// Names by which a file may mean an entity, a product or a place without knowing its id.
fn names(base: &Catalogue, files: &Files, known: &mut Known) {
    let fold = |text: &str| Folded::new(text).as_str().to_owned();
    for entity in &base.entities {
        let names = std::iter::once(&entity.name).chain(entity.aliases.iter().map(|alias| &alias.text));
        known.entity_names.extend(names.map(|name| (fold(name), entity.id.clone())));
        for product in &entity.products {
            let names = std::iter::once(&product.name).chain(product.aliases.iter().map(|alias| &alias.text));
            known.product_names.extend(names.map(|name| (fold(name), product.id.clone())));
        }
    }
    for parsed in &files.entities {
        known.entity_names.insert(fold(&parsed.file.name), stem(&parsed.path).to_owned());
        let products = parsed.file.products.iter();
        known.product_names.extend(products.map(|product| (fold(&product.name), product.id.get().clone())));
    }
    for (code, place) in base.registry.jurisdictions.iter() {
        let names = std::iter::once(&place.name).chain(&place.aliases);
        known.place_names.extend(names.map(|name| (fold(name), code.clone())));
    }
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
