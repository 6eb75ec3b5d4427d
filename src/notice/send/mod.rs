//! How a notice goes out: each way in its own file, with the library it needs.
//!
//! In: what is sent, and the secrets, read by the binary. Out: sent, or why not. Nothing of an address
//! or a secret is in the reason.

mod command;
mod email;
mod tls;
mod webhook;

use std::path::Path;
use std::time::Duration;

pub use tls::Authorities;

use super::render::{self, Worded};
use super::template::Template;
use super::{Channel, Dialect, Notice, Recipient, Secret};
use crate::report::{Report, View};

/// Secrets of a recipient, read.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Address of a request.
    pub url: Option<Secret>,
    /// What its body is signed with.
    pub secret: Option<Secret>,
    /// User and password of a mail server.
    pub login: Option<(Secret, Secret)>,
}

/// What is sent, to whom.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// What is told.
    pub notice: &'a Notice,
    /// Who is told.
    pub recipient: &'a Recipient,
    /// How it is worded.
    pub template: Option<&'a Template>,
    /// Whose certificates are trusted; those of the system where none are named.
    pub authorities: Option<&'a Authorities>,
    /// What it takes.
    pub secrets: &'a Secrets,
    /// The report of the run, to be attached.
    pub report: Option<&'a Report>,
    /// Folder that a command is started in.
    pub folder: &'a Path,
    /// When it is sent, as seconds since 1970.
    pub now: i64,
}

/// Sends a notice. Every try of one call counts as one attempt.
///
/// # Errors
/// Why it could not be sent, in words that hold no secret.
pub fn send(letter: &Letter<'_>) -> Result<(), String> {
    let worded = render::words(letter.notice, letter.template);
    let Recipient { channel, timeout, retries, .. } = letter.recipient;
    match channel {
        Channel::Http { dialect, .. } => {
            let url = letter.secrets.url.as_ref().ok_or("its address is not given")?;
            let body = body(*dialect, letter.notice, &worded);
            let request = webhook::Request { url, body: &body, letter };
            webhook::send(&request, *timeout, *retries)
        }
        Channel::Email(email) => {
            let mail =
                email::Mail { worded: &worded, html: render::html(&worded), attachments: attachments(letter, &email.attach)? };
            email::send(email, &mail, letter, *timeout, *retries)
        }
        Channel::Command(words) => command::run(words, &render::json(letter.notice, &worded), letter, *timeout),
    }
}

fn body(dialect: Dialect, notice: &Notice, worded: &Worded) -> String {
    match dialect {
        Dialect::Json => render::json(notice, worded),
        Dialect::Slack => render::slack(worded),
        Dialect::Teams => render::teams(worded),
    }
}

/// The report in each format, as files.
fn attachments(letter: &Letter<'_>, formats: &[crate::report::Format]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let Some(report) = letter.report else { return Ok(Vec::new()) };
    let drawn = formats.iter().map(|format| {
        let mut bytes = Vec::new();
        format.write(report, &View::default(), &mut bytes).map_err(|error| format!("cannot draw up the report: {error}"))?;
        Ok((format!("interdict-{}.{}", letter.notice.day(), format.extension()), bytes))
    });
    drawn.collect()
}

pub(super) use email::is_address as is_mail_address;

/// What an attempt came to.
enum Tried {
    Done,
    /// It may go better soon, or when so much time is over.
    Again(String, Option<Duration>),
    /// It will not go better.
    Never(String),
}

/// A run waits no longer than this between two tries.
const PATIENCE: Duration = Duration::from_secs(60);

/// Tries again, and waits twice as long each time; longer where the receiver asks for it. One that asks
/// for more than a run waits is left to the next run.
fn persist(retries: u32, mut attempt: impl FnMut() -> Tried) -> Result<(), String> {
    let mut pause = Duration::from_millis(500);
    for left in (0..=retries).rev() {
        match attempt() {
            Tried::Done => return Ok(()),
            Tried::Never(why) => return Err(why),
            Tried::Again(why, _) if left == 0 => return Err(why),
            Tried::Again(why, Some(asked)) if asked > PATIENCE => {
                return Err(format!("{why} and asks for {} s of peace", asked.as_secs()));
            }
            Tried::Again(_, asked) => std::thread::sleep(asked.unwrap_or_default().max(pause)),
        }
        pause = (pause * 2).min(Duration::from_secs(30));
    }
    Err("it was not tried".to_owned())
}
