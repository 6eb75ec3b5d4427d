//! Entities, their names and relations.

use super::{Checker, is_id};
use crate::diag::{Code, nearest};
use crate::pack::entity::{Entity, Name, Product, Relation};
use crate::pack::file::{At, CountryRow, EntityFile, NameRow, RelationRow};
use crate::pack::name::Folded;
use crate::pack::strict::cut;
use crate::pack::words::EntityKind;

impl Checker<'_> {
    /// Checks an entity. Returns nothing where it has an error.
    pub fn entity(&mut self, file: EntityFile, stem: &str) -> Option<Entity> {
        let before = self.errors();
        self.schema(&file.schema);
        if let Some(id) = file.id.as_ref().filter(|id| id.as_str() != stem) {
            self.error(Code::IdMismatch, id.span(), format!("the id `{}` is not the file's name `{}`", cut(id), cut(stem)), None);
        }
        if !is_id(stem) {
            let message = format!("`{}` is no id", cut(stem));
            let help = "name the file in lower-case letters and digits, words joined by hyphens".to_owned();
            self.error(Code::InvalidId, file.name.span(), message, help);
        }
        for name in std::iter::once(&file.name).chain(file.products.iter().map(|product| &product.name)) {
            if Folded::new(name).is_empty() {
                self.error(Code::EmptyValue, name.span(), format!("the name `{}` holds no letter", cut(name)), None);
            }
        }
        if let Some(url) = &file.url {
            self.https(url);
        }
        for category in file.categories.iter().chain(file.products.iter().flat_map(|product| &product.categories)) {
            self.among(category, &self.known.categories, Code::UnknownCategory, "category");
        }
        let countries = file.country.as_ref().map(|countries| {
            for row in &countries.0 {
                if !self.known.jurisdictions.contains_key(&row.code) {
                    let named = self.known.place_names.get(Folded::new(&row.code).as_str()).map(String::as_str);
                    let near = named.or_else(|| nearest(&row.code, self.known.jurisdictions.keys().map(String::as_str)));
                    let help = near.map(|near| format!("did you mean `{near}`?"));
                    self.error(Code::UnknownJurisdiction, countries.span(), format!("unknown country `{}`", cut(&row.code)), help);
                }
            }
            let span = |row: &CountryRow| (row.from.map(|date| date.0), row.until.map(|date| date.0));
            let rows = countries.0.iter().map(|row| (row.code.clone(), span(row)));
            rows.map(|(code, (from, until))| (code, self.span(from, until, countries.span()))).collect()
        });
        self.identifiers(&file);
        let relations = file.relations.iter().map(|row| self.relation(row, stem)).collect();
        let default_categories = Self::texts(&file.categories);
        let products = file
            .products
            .iter()
            .map(|row| {
                self.id(&row.id);
                let (from, until) = (row.from.as_ref().map(|date| date.0), row.until.as_ref().map(|date| date.0));
                let span = self.span(from, until, row.until.as_ref().map_or(0..0, At::span));
                Product {
                    id: row.id.get().clone(),
                    name: row.name.get().clone(),
                    aliases: self.aliases(&row.aliases),
                    categories: if row.categories.is_empty() { default_categories.clone() } else { Self::texts(&row.categories) },
                    cpe_products: lower(&row.cpe_products),
                    package_ids: lower(&row.package_ids),
                    bundle_ids: lower(&row.bundle_ids),
                    purls: lower(&row.purls),
                    span,
                }
            })
            .collect();
        let entity = Entity {
            id: stem.to_owned(),
            name: file.name.get().clone(),
            kind: file.kind.unwrap_or(EntityKind::Organisation),
            countries: countries.unwrap_or_default(),
            aliases: self.aliases(&file.aliases),
            categories: default_categories,
            cpe_vendors: lower(&file.cpe_vendors),
            purl_namespaces: lower(&file.purl_namespaces),
            bundle_prefixes: lower(&file.bundle_prefixes),
            package_ids: lower(&file.package_ids),
            domains: lower(&file.domains),
            signers: Self::texts(&file.signers),
            url: file.url.as_ref().map(|url| url.get().clone()),
            products,
            relations,
        };
        (self.errors() == before).then_some(entity)
    }

    fn aliases(&mut self, rows: &[At<NameRow>]) -> Vec<Name> {
        let mut names = Vec::with_capacity(rows.len());
        for row in rows {
            if Folded::new(&row.name).is_empty() {
                self.error(Code::EmptyValue, row.span(), format!("the alias `{}` holds no letter", cut(&row.name)), None);
            }
            names.push(Name { text: row.name.clone(), span: self.span(row.from, row.until, row.span()) });
        }
        names
    }

    fn relation(&mut self, row: &At<RelationRow>, stem: &str) -> Relation {
        self.among(&row.entity, &self.known.entities, Code::UnknownEntity, "entity");
        if row.entity.as_str() == stem {
            self.error(Code::UnknownEntity, row.entity.span(), "an entity cannot relate to itself", None);
        }
        let own = |product: &&At<String>| self.known.makers.get(product.get()).is_none_or(|maker| maker != stem);
        for product in row.products.iter().filter(own).collect::<Vec<_>>() {
            let message = format!("unknown product of this entity `{}`", cut(product));
            let products = self.known.makers.iter().filter(|(_, maker)| *maker == stem).map(|(product, _)| product.as_str());
            let help = nearest(product, products).map(|near| format!("did you mean `{near}`?"));
            self.error(Code::UnknownProduct, product.span(), message, help);
        }
        if let Some(share) = row.share.as_ref().filter(|share| !(0.0..=100.0).contains(share.get())) {
            self.error(Code::InvalidShare, share.span(), "a share lies between 0 and 100 per cent", None);
        }
        if let Some(url) = &row.url {
            self.https(url);
        }
        let (from, until) = (row.from.as_ref().map(|date| date.0), row.until.as_ref().map(|date| date.0));
        let span = self.span(from, until, row.until.as_ref().map_or(0..0, At::span));
        Relation {
            kind: row.kind,
            entity: row.entity.get().clone(),
            share: row.share.as_ref().map(|share| *share.get()),
            span,
            products: Self::texts(&row.products),
            note: row.note.clone(),
        }
    }
}

fn lower(words: &[At<String>]) -> Vec<String> {
    words.iter().map(|word| word.to_lowercase()).collect()
}
