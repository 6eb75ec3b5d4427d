//! Runs the cases of `tests/cases/names`: names as inventories write them, and whose they are.
//! `tests/cases/README.md` says how to write one.

use std::collections::BTreeMap;
use std::fs;

use interdict::matcher::{Hit, Subject};
use interdict::model::{Identifier, IdentifierKind, OwnedRow};
use interdict::pack::compile::Pack;
use serde::Deserialize;

use super::common::cases;

/// A file of names, by the entity they stand for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    /// What the file shows.
    #[expect(dead_code, reason = "it is for whoever reads the file")]
    about: String,
    /// Names that are an entity's for certain.
    #[serde(default)]
    found: BTreeMap<String, Vec<String>>,
    /// Names that a person must look at.
    #[serde(default)]
    review: BTreeMap<String, Vec<String>>,
    /// Names that are not the entity's, and do not even look so.
    #[serde(default)]
    not: BTreeMap<String, Vec<String>>,
    /// Names of products, by the product they stand for.
    #[serde(default)]
    product: BTreeMap<String, Vec<String>>,
}

/// Reads `VENDOR | PRODUCT | IDENTIFIER | …`.
fn row(line: &str) -> OwnedRow {
    let mut fields = line.split('|').map(str::trim);
    let vendor = fields.next().unwrap_or_default();
    let product = fields.next().unwrap_or_else(|| panic!("`{line}` has no `|`"));
    let identifiers = fields.map(|field| {
        let (kind, text) = match field.split_once(' ') {
            _ if field.starts_with("cpe:") => (IdentifierKind::Cpe, field),
            _ if field.starts_with("pkg:") => (IdentifierKind::Purl, field),
            Some(("bundle", id)) => (IdentifierKind::BundleId, id),
            Some(("package", id)) => (IdentifierKind::PackageId, id),
            Some(("signer", name)) => (IdentifierKind::Signer, name),
            _ => panic!("`{field}` is no identifier"),
        };
        Identifier::read(kind, text)
    });
    OwnedRow::new(vendor, product, "", identifiers.collect())
}

fn told(pack: &Pack, hit: &Hit) -> String {
    let doubt = hit.doubtful.map_or(String::new(), |doubt| format!(" ({})", doubt.note()));
    format!("{} by {} `{}`{doubt}", pack.entity(hit.entity).id, hit.field, hit.alias)
}

#[test]
fn names_are_known_by_their_owners_and_by_nobody_else() {
    let pack = interdict::builtin::pack();
    let (mut wrong, mut lines) = (Vec::new(), 0);
    let mut files: Vec<_> =
        fs::read_dir(cases().join("names")).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    for path in files {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        let names: Names = toml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let known = |id: &str| pack.entity_number(id).unwrap_or_else(|| panic!("{file}: no entity `{id}`"));
        let mut check = |id: &str, line: &str, want: &str, is_right: &dyn Fn(&Subject, Option<&Hit>) -> bool| {
            lines += 1;
            let subject = Subject::new(&pack, row(line));
            let hit = subject.hits.iter().find(|hit| !id.is_empty() && hit.entity == known(id));
            if !is_right(&subject, hit) {
                let came: Vec<String> = subject.hits.iter().map(|hit| told(&pack, hit)).collect();
                wrong.push(format!("{file}: `{line}` should {want} {id}: {}", came.join(", ")));
            }
        };
        for (id, line) in names.found.iter().flat_map(|(id, lines)| lines.iter().map(move |line| (id, line))) {
            check(id, line, "be", &|_, hit| hit.is_some_and(|hit| hit.doubtful.is_none()));
        }
        for (id, line) in names.review.iter().flat_map(|(id, lines)| lines.iter().map(move |line| (id, line))) {
            check(id, line, "perhaps be", &|_, hit| hit.is_some_and(|hit| hit.doubtful.is_some()));
        }
        for (id, line) in names.not.iter().flat_map(|(id, lines)| lines.iter().map(move |line| (id, line))) {
            match id.as_str() {
                "nobody" => check("", line, "be nobody's", &|subject, _| subject.hits.is_empty()),
                id => check(id, line, "not be", &|_, hit| hit.is_none()),
            }
        }
        for (id, line) in names.product.iter().flat_map(|(id, lines)| lines.iter().map(move |line| (id, line))) {
            check("", line, &format!("be the product {id}, not"), &|subject, _| {
                let hit = subject.hits.first();
                hit.and_then(|hit| pack.entity(hit.entity).products.get(hit.product? as usize))
                    .is_some_and(|product| product.id == *id)
            });
        }
    }
    assert!(lines > 0, "no names to test");
    assert!(wrong.is_empty(), "{} of {lines} names are taken wrongly:\n{}", wrong.len(), wrong.join("\n"));
}
