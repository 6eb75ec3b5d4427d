//! The registries of places, audiences and categories.

use std::collections::BTreeMap;

use super::Checker;
use crate::diag::Code;
use crate::model::Zone;
use crate::pack::file::{AudiencesFile, CategoriesFile, JurisdictionsFile};
use crate::pack::registry::{Audience, Category, Jurisdiction};
use crate::pack::strict::cut;

impl Checker<'_> {
    /// Checks the registry of jurisdictions.
    pub fn jurisdictions(&mut self, file: &JurisdictionsFile) -> BTreeMap<String, Jurisdiction> {
        file.iter()
            .map(|(code, row)| {
                let zone = row.time_zone.as_ref().and_then(|name| {
                    let zone = Zone::parse(name);
                    if zone.is_none() {
                        self.error(Code::UnknownZone, name.span(), format!("unknown time zone `{}`", cut(name)), None);
                    }
                    zone
                });
                for member in &row.members {
                    self.jurisdiction(&member.code);
                }
                let mut members = Vec::with_capacity(row.members.len());
                for member in &row.members {
                    let span = self.span(member.from.map(|date| date.0), member.until.map(|date| date.0), member.span());
                    members.push((member.code.get().clone(), span));
                }
                (code.clone(), Jurisdiction { name: row.name.clone(), zone, aliases: row.aliases.clone(), members })
            })
            .collect()
    }

    /// Checks the registry of audiences.
    pub fn audiences(&mut self, file: &AudiencesFile) -> BTreeMap<String, Audience> {
        for word in file.values().flat_map(|row| &row.implies) {
            self.among(word, &self.known.audiences, Code::UnknownAudience, "audience");
        }
        file.iter()
            .map(|(name, row)| {
                (name.clone(), Audience { name: row.name.clone(), implies: Self::texts(&row.implies), of_state: row.of_state })
            })
            .collect()
    }

    /// Checks the registry of categories.
    pub fn categories(&mut self, file: &CategoriesFile) -> BTreeMap<String, Category> {
        for word in file.values().flat_map(|row| &row.within) {
            self.among(word, &self.known.categories, Code::UnknownCategory, "category");
        }
        file.iter()
            .map(|(name, row)| (name.clone(), Category { name: row.name.clone(), within: Self::texts(&row.within) }))
            .collect()
    }
}
