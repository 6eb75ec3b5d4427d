//! What later happened to an act.

use super::Checker;
use crate::diag::Code;
use crate::model::Start;
use crate::pack::file::{At, EventRow};
use crate::pack::rule::Event;
use crate::pack::words::EventKind;

impl Checker<'_> {
    pub(super) fn event(&mut self, row: &At<EventRow>) -> Event {
        let (start, end) = self.bounds(row.from.as_ref(), row.after.as_ref(), row.until.as_ref(), row.through.as_ref());
        if let (None, Some(end), Some(at)) = (start, end, row.until.as_ref().or(row.through.as_ref())) {
            self.in_order(Start::From(row.announced.0), end, at.span());
        }
        for entity in &row.entities {
            self.among(entity, &self.known.entities, Code::UnknownEntity, "entity");
        }
        for product in &row.products {
            self.among(product, &self.known.products, Code::UnknownProduct, "product");
        }
        if let Some(url) = &row.url {
            self.https(url);
        }
        let lasting = matches!(
            row.kind,
            EventKind::Suspended
                | EventKind::Enjoined
                | EventKind::NotEnforced
                | EventKind::Conduct
                | EventKind::Extended
                | EventKind::Amended
        );
        if let (false, Some(at)) = (lasting, row.until.as_ref().or(row.through.as_ref())) {
            self.error(
                Code::DatesConflict,
                at.span(),
                format!("`{}` happens once and has no end", row.kind.as_str()),
                "leave the end out".to_owned(),
            );
        }
        Event {
            kind: row.kind,
            announced: row.announced.0,
            start: start.unwrap_or(Start::From(row.announced.0)),
            end,
            measures: Self::texts(&row.measures),
            entities: Self::texts(&row.entities),
            products: Self::texts(&row.products),
            citation: row.citation.clone(),
            computed: row.computed.unwrap_or(false),
            note: row.note.clone(),
            url: row.url.as_ref().map(|url| url.get().clone()),
        }
    }
}
