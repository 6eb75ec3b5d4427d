//! From a run to those who are told: secrets are read, notices recorded and sent.
//!
//! Whether somebody could be told never changes the exit code: it is a warning, and the notice waits
//! for the next run. What is read from the environment or a file is shown nowhere.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, FixedOffset};
use interdict::config::parse_period;
use interdict::diag::{Code, Diagnostic, Diagnostics, Place, Sources};
use interdict::history::{Delivery, Draft, Mode, Pending, Store};
use interdict::model::{Change, Moment, Zone};
use interdict::notice::send::{Authorities, Letter, Secrets, send};
use interdict::notice::template::Template;
use interdict::notice::{Channel, Notice, Reason, Recipient, Secret, Source};
use interdict::report::{Report, json};

use crate::context::{Session, now, read_text, shown_path};
use crate::exit::{Exit, Failure};
use crate::history::failed;
use crate::log::Log;

/// Who is told, ready to be.
pub(super) struct Notifier<'a> {
    session: &'a Session,
    log: &'a Log<'a>,
    /// How notices are worded, by recipient.
    templates: BTreeMap<String, Template>,
    /// Whose certificates are trusted, by recipient.
    authorities: BTreeMap<String, Authorities>,
}

impl<'a> Notifier<'a> {
    /// Reads templates and certificates; a mistake in one ends the run before anything is done.
    pub(super) fn open(session: &'a Session, log: &'a Log<'a>) -> Result<Self, Failure> {
        let (mut templates, mut authorities) = (BTreeMap::new(), BTreeMap::new());
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        for recipient in &session.config.plan.to {
            if let Some(path) = &recipient.template {
                let path = session.beside_config(path);
                let text = read_text(&path)?;
                let source = sources.add(shown_path(&path), text.as_str());
                templates.insert(recipient.name.clone(), Template::read(&text, source, &mut diagnostics));
            }
            if let Some(path) = &recipient.ca_file {
                let path = session.beside_config(path);
                let read = Authorities::read(read_text(&path)?.as_bytes()).map_err(|reason| {
                    let message = format!("the `ca-file` of {} cannot be used: {reason}", recipient.name);
                    Failure::usage(Code::InvalidConfiguration, message)
                        .at(Place::File(shown_path(&path)))
                        .help("the certificate of the authority that signed the receiver's, as PEM")
                })?;
                authorities.insert(recipient.name.clone(), read);
            }
        }
        if diagnostics.has_errors() {
            log.diagnostics(diagnostics.iter(), &sources);
            return Err(Failure::said(Exit::Usage));
        }
        Ok(Self { session, log, templates, authorities })
    }

    /// Returns whether anybody is told.
    pub(super) fn tells(&self) -> bool {
        !self.session.config.plan.to.is_empty()
    }

    /// Draws up what is to be told, for each recipient.
    pub(super) fn drafts(&self, report: &Report, before: Option<&Report>, changes: &[Change]) -> Vec<Draft> {
        let plan = &self.session.config.plan;
        let notice = if self.tells() { Notice::of(plan, report, before, changes) } else { None };
        notice.map(|notice| self.for_each(&notice)).unwrap_or_default()
    }

    fn for_each(&self, notice: &Notice) -> Vec<Draft> {
        let body = serde_json::to_string(notice).unwrap_or_default();
        let to = self.session.config.plan.to.iter();
        to.map(|recipient| Draft { recipient: recipient.name.clone(), body: body.clone() }).collect()
    }

    /// Says what would be told.
    pub(super) fn rehearse(&self, report: &Report, before: Option<&Report>, changes: &[Change]) -> Vec<String> {
        let plan = &self.session.config.plan;
        let Some(notice) = Notice::of(plan, report, before, changes).filter(|_| self.tells()) else { return Vec::new() };
        let told = plan.to.iter().map(|recipient| {
            let template = self.templates.get(&recipient.name);
            format!("would tell {}: {}", recipient.name, interdict::notice::render::words(&notice, template).subject)
        });
        told.collect()
    }

    /// Sends everything that is to be sent, that of earlier runs first.
    pub(super) fn send(&self, store: &mut Store) -> Result<(), Failure> {
        for pending in store.pending().map_err(|error| failed(&error))? {
            let told = self.tell(store, &pending);
            let (name, id) = (&pending.recipient, &pending.id);
            let delivery = match &told {
                Ok(()) => {
                    self.log.step(&format!("told {name}: notice {id}"));
                    Delivery::Sent
                }
                Err(why) if self.is_over(&pending) => {
                    self.warn(
                        format!("notice {id} was never sent to {name}, and is given up: {why}"),
                        "`interdict history diff` says what changed; [notices] give-up-after waits longer",
                    );
                    Delivery::Failed(why)
                }
                Err(why) => {
                    self.warn(format!("notice {id} could not be sent to {name}: {why}"), "the next run tries again");
                    Delivery::Waits(why)
                }
            };
            store.delivered(id, delivery, &now().to_string()).map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// Records that the run failed, and tells of it as far as that goes: its failure is what is
    /// returned in any case.
    pub(super) fn failed(&self, history: &Path, as_of: &Moment, failure: &Failure) {
        let plan = &self.session.config.plan;
        if !self.tells() || !plan.on.contains(&Reason::RunFailed) {
            return;
        }
        let (code, why) = match &failure.diagnostic {
            Some(one) => (one.code.as_str(), one.message.clone()),
            None => ("failed", "the run said why on standard error".to_owned()),
        };
        let notice = Notice::of_failure(&as_of.to_string(), &format!("{why} [{code}]"));
        let recorded = Store::open(history, Mode::Create).and_then(|mut store| {
            store.announce_failure(code, &self.for_each(&notice), &now().to_string())?;
            Ok(store)
        });
        let sent = match recorded {
            Ok(mut store) => self.send(&mut store),
            Err(error) => Err(failed(&error)),
        };
        if sent.is_err() {
            self.warn("that the run failed could not be recorded, and nobody was told".to_owned(), "mend what the run failed on");
        }
    }

    fn tell(&self, store: &Store, pending: &Pending) -> Result<(), String> {
        let plan = &self.session.config.plan;
        let recipient = plan.to.iter().find(|recipient| recipient.name == pending.recipient);
        let recipient = recipient.ok_or("the configuration names it no longer")?;
        let mut notice: Notice =
            serde_json::from_str(&pending.body).map_err(|_| "what is recorded of it cannot be read".to_owned())?;
        notice.id.clone_from(&pending.id);
        notice.run = pending.run;
        notice.run_digest.clone_from(&pending.digest);
        let secrets = self.secrets(recipient)?;
        let report = attached(store, recipient, pending.run)?;
        let letter = Letter {
            notice: &notice,
            recipient,
            template: self.templates.get(&recipient.name),
            authorities: self.authorities.get(&recipient.name),
            secrets: &secrets,
            report: report.as_deref(),
            folder: self.session.folder(),
            now: now().instant(Zone::UTC).timestamp(),
        };
        send(&letter)
    }

    fn secrets(&self, recipient: &Recipient) -> Result<Secrets, String> {
        let read = |source: &Source| self.secret(source);
        Ok(match &recipient.channel {
            Channel::Http { url, secret, .. } => {
                Secrets { url: Some(read(url)?), secret: secret.as_ref().map(read).transpose()?, login: None }
            }
            Channel::Email(email) => {
                let login = email.login.as_ref().map(|(user, password)| Ok::<_, String>((read(user)?, read(password)?)));
                Secrets { login: login.transpose()?, ..Secrets::default() }
            }
            Channel::Command(_) => Secrets::default(),
        })
    }

    fn secret(&self, source: &Source) -> Result<Secret, String> {
        let (text, what) = match source {
            Source::Plain(text) => return Ok(text.clone()),
            Source::Env(name) => (std::env::var(name).ok(), format!("the variable `{name}`")),
            Source::File(path) => {
                let path = self.session.folder().join(path);
                (read_text(&path).ok(), format!("the file `{}`", shown_path(&path)))
            }
        };
        let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        text.map(Secret::new).ok_or_else(|| format!("{what} cannot be read, or is empty"))
    }

    /// Returns whether it was tried for long enough.
    fn is_over(&self, pending: &Pending) -> bool {
        let made = DateTime::<FixedOffset>::parse_from_rfc3339(&pending.made).ok();
        let limit = self.session.config.plan.give_up_after;
        let limit = if limit.is_zero() { parse_period("7d").unwrap_or(limit) } else { limit };
        made.is_none_or(|made| now().instant(Zone::UTC).signed_duration_since(made) >= limit)
    }

    fn warn(&self, message: String, help: &str) {
        let warning = Diagnostic::warning(Code::NotSent, message).help(help);
        self.log.diagnostics(std::iter::once(&warning), &Sources::default());
    }
}

/// Returns the report, for those who get it attached.
fn attached(store: &Store, recipient: &Recipient, run: Option<u64>) -> Result<Option<Box<Report>>, String> {
    let Channel::Email(email) = &recipient.channel else { return Ok(None) };
    let Some(run) = run.filter(|_| !email.attach.is_empty()) else { return Ok(None) };
    // One that was pruned meanwhile is told of without.
    let Ok(bytes) = store.report(run) else { return Ok(None) };
    let report = json::read(&bytes).map_err(|_| "the report cannot be read".to_owned())?;
    Ok(Some(Box::new(report)))
}
