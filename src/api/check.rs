//! Who asks, and for when; and the check itself.

use super::{Error, Inventory, Report, Rules};
use crate::diag::nearest;
use crate::evaluate::Asker;
use crate::model::Moment;
use crate::pipeline::{self, Job};

/// A check: who asks, from where, and for when. Begun by [`Rules::check`], it may be run any number of
/// times.
///
/// Where neither jurisdictions nor places are given, every jurisdiction counts, and findings say that the
/// place is unknown.
#[derive(Clone, Debug)]
pub struct Check<'r> {
    rules: &'r Rules,
    job: Job,
}

impl<'r> Check<'r> {
    pub(super) fn new(rules: &'r Rules, as_of: &str) -> Result<Self, Error> {
        Ok(Self { rules, job: Job::new(Asker::new(moment(as_of)?)) })
    }

    /// Adds a jurisdiction that the organisation is of, by code (`US`, `US-TX`, `EU`) or name.
    ///
    /// # Errors
    /// [`Error::UnknownJurisdiction`].
    pub fn jurisdiction(mut self, code: &str) -> Result<Self, Error> {
        self.job.asker.jurisdictions.push(place(self.rules, code)?);
        Ok(self)
    }

    /// Adds an audience that the organisation belongs to, such as `federal-contractors`; `all` means
    /// every one. Without any: `everyone` and `companies`.
    ///
    /// # Errors
    /// [`Error::UnknownAudience`].
    pub fn audience(mut self, name: &str) -> Result<Self, Error> {
        let known = &self.rules.pack.catalogue.registry.audiences;
        match name {
            "all" => self.job.asker.all_audiences = true,
            _ if known.contains_key(name) => self.job.asker.audiences.push(name.to_owned()),
            _ => {
                let nearest = nearest(name, known.keys().map(String::as_str)).map(str::to_owned);
                return Err(Error::UnknownAudience { text: name.to_owned(), nearest });
            }
        }
        Ok(self)
    }

    /// Sets the place of items that name none, by code or name.
    ///
    /// # Errors
    /// [`Error::UnknownJurisdiction`].
    pub fn location(mut self, code: &str) -> Result<Self, Error> {
        self.job.default_place = Some(place(self.rules, code)?);
        Ok(self)
    }

    /// Uses only what was announced by the end of that day, so that an audit of the past can be replayed.
    ///
    /// # Errors
    /// [`Error::InvalidDate`].
    pub fn known_on(mut self, day: &str) -> Result<Self, Error> {
        self.job.asker.known_on = Some(moment(day)?);
        Ok(self)
    }

    /// Lets so many threads read a large file; without it, one does. The report is the same for any number.
    #[must_use]
    pub fn threads(mut self, count: usize) -> Self {
        self.job.reading.threads = count;
        self
    }

    /// Checks inventories, one after the other, into one report.
    ///
    /// An inventory that cannot be read is part of the report and fails it; it does not end the check.
    pub fn run<'a>(&self, inventories: impl IntoIterator<Item = Inventory<'a>>) -> Report {
        let inputs = inventories.into_iter().map(Inventory::into_input);
        Report::new(pipeline::check(&self.job, &self.rules.pack, inputs))
    }
}

fn moment(text: &str) -> Result<Moment, Error> {
    Moment::parse(text.trim()).ok_or_else(|| Error::InvalidDate { text: text.to_owned() })
}

fn place(rules: &Rules, text: &str) -> Result<String, Error> {
    let pack = &rules.pack;
    pack.place(text).map(str::to_owned).ok_or_else(|| {
        let known = pack.catalogue.registry.jurisdictions.iter();
        let words = known.flat_map(|(code, jurisdiction)| [code.as_str(), jurisdiction.name.as_str()]);
        Error::UnknownJurisdiction { text: text.to_owned(), nearest: nearest(text, words).map(str::to_owned) }
    })
}
