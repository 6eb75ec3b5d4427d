//! A notice as a mail: HTML and text, the report attached.
//!
//! Its `Message-ID` is made of the notice's id, so that a mailbox can drop repeats. A protected
//! connection is never given up for an open one.

use std::time::{Duration, SystemTime};

use lettre::Transport;
use lettre::message::{Attachment, Body, Mailbox, Message, MultiPart, header};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::SmtpTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls as Protection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::{Letter, Tried, persist, tls};
use crate::notice::render::Worded;
use crate::notice::{Email, Tls};

/// What is sent.
pub(super) struct Mail<'a> {
    pub(super) worded: &'a Worded,
    pub(super) html: String,
    pub(super) attachments: Vec<(String, Vec<u8>)>,
}

/// Returns whether a text is an address of mail, with or without a name.
#[must_use]
pub(crate) fn is_address(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

pub(super) fn send(email: &Email, mail: &Mail<'_>, letter: &Letter<'_>, timeout: Duration, retries: u32) -> Result<(), String> {
    let message = message(email, mail, letter)?;
    let transport = transport(email, letter, timeout)?;
    persist(retries, || match transport.send(&message) {
        Ok(_) => Tried::Done,
        Err(error) => failed(&error),
    })
}

fn message(email: &Email, mail: &Mail<'_>, letter: &Letter<'_>) -> Result<Message, String> {
    let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|_| "an address cannot be read".to_owned());
    let from = mailbox(&email.from)?;
    let id = format!("<{}@{}>", letter.notice.id, from.email.domain());
    let sent = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(letter.now).unwrap_or(0));
    let mut builder =
        Message::builder().from(from).subject(mail.worded.subject.clone()).message_id(Some(id)).date(sent).header(AutoSubmitted);
    for to in &email.to {
        builder = builder.to(mailbox(to)?);
    }
    let words = MultiPart::alternative_plain_html(mail.worded.text.clone(), mail.html.clone());
    let mut parts = MultiPart::mixed().multipart(words);
    for (name, bytes) in &mail.attachments {
        let kind = header::ContentType::parse("application/octet-stream").map_err(|error| error.to_string())?;
        parts = parts.singlepart(Attachment::new(name.clone()).body(Body::new(bytes.clone()), kind));
    }
    builder.multipart(parts).map_err(|error| format!("the mail cannot be written: {error}"))
}

/// Tells other programs not to answer.
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn transport(email: &Email, letter: &Letter<'_>, timeout: Duration) -> Result<SmtpTransport, String> {
    let parameters = || {
        let unusable = |_| "the certificates that are trusted cannot be used".to_owned();
        let mut builder = TlsParameters::builder(email.server.clone()).certificate_store(CertificateStore::None);
        for one in tls::trusted(letter.authorities)?.each() {
            builder = builder.add_root_certificate(Certificate::from_der(one.to_owned()).map_err(unusable)?);
        }
        builder.build().map_err(unusable)
    };
    let protection = match email.tls {
        Tls::Required => Protection::Wrapper(parameters()?),
        Tls::Starttls => Protection::Required(parameters()?),
        Tls::None => Protection::None,
    };
    let mut builder = SmtpTransport::builder_dangerous(email.server.as_str())
        .port(email.port)
        .tls(protection)
        .hello_name(ClientId::Domain("interdict.invalid".to_owned()))
        .timeout(Some(timeout));
    if let Some((user, password)) = &letter.secrets.login {
        builder = builder.credentials(Credentials::new(user.reveal().to_owned(), password.reveal().to_owned()));
    }
    Ok(builder.build())
}

/// The words of a server may hold what it was given.
fn failed(error: &Error) -> Tried {
    let code = error.status().map(|code| format!("the server answered {code}"));
    if error.is_permanent() {
        return Tried::Never(code.unwrap_or_else(|| "the server refused it".to_owned()));
    }
    if let Some(why) = tls::refusal(error) {
        return Tried::Never(why);
    }
    if error.is_tls() {
        return Tried::Never("its certificate, or its protocol, cannot be accepted".to_owned());
    }
    if error.is_client() {
        return Tried::Never("the server offers no STARTTLS, or no way to log in that is known here".to_owned());
    }
    let other = if error.is_timeout() { "no answer in time" } else { "no connection to the mail server, or it broke off" };
    Tried::Again(code.unwrap_or_else(|| other.to_owned()), None)
}
