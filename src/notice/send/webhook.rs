//! A notice as a request: POST, signed, tried again where that may help.
//!
//! Redirects are not followed: the address is the one that was given. A receiver that says when it wants
//! to be asked again (`Retry-After`) is not asked before.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Error};

use super::{Letter, Tried, persist, tls};
use crate::notice::Secret;

/// What is sent.
pub(super) struct Request<'a> {
    pub(super) url: &'a Secret,
    pub(super) body: &'a str,
    pub(super) letter: &'a Letter<'a>,
}

pub(super) fn send(request: &Request<'_>, timeout: Duration, retries: u32) -> Result<(), String> {
    let url = request.url.reveal().trim();
    check(url)?;
    let is_secure = url.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"));
    let agent = agent(timeout, is_secure, request.letter.authorities)?;
    persist(retries, || attempt(&agent, url, request, timeout))
}

/// An address that came from the environment or a file has not been looked at before.
fn check(url: &str) -> Result<(), String> {
    let parsed: ureq::http::Uri = url.parse().map_err(|_| "its address is no URL".to_owned())?;
    let is_near = parsed.host().is_some_and(crate::notice::is_this_machine);
    match parsed.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_near => Ok(()),
        Some("http") => Err("its address is not protected: use https".to_owned()),
        _ => Err("its address is no URL".to_owned()),
    }
}

fn agent(timeout: Duration, is_secure: bool, own: Option<&tls::Authorities>) -> Result<Agent, String> {
    let config = Agent::config_builder()
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("interdict/", env!("CARGO_PKG_VERSION")));
    if !is_secure {
        return Ok(config.build().new_agent());
    }
    let certificates: Vec<Certificate<'static>> =
        tls::trusted(own)?.each().map(|one| Certificate::from_der(one).to_owned()).collect();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::new_with_certs(&certificates))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    Ok(config.tls_config(tls).build().new_agent())
}

fn attempt(agent: &Agent, url: &str, request: &Request<'_>, timeout: Duration) -> Tried {
    let mut post = agent.post(url).header("Content-Type", "application/json").header("Idempotency-Key", &request.letter.notice.id);
    if let Some(secret) = &request.letter.secrets.secret {
        post = post.header("X-Interdict-Signature", signature(secret, request.body));
    }
    match post.send(request.body) {
        Ok(answer) => match answer.status().as_u16() {
            200..=299 => Tried::Done,
            status @ (408 | 425 | 429 | 500..=599) => {
                let asked = answer.headers().get("Retry-After").and_then(|text| text.to_str().ok());
                let asked = asked.and_then(|text| retry_after(text, request.letter.now));
                Tried::Again(format!("the receiver answered {status}"), asked)
            }
            status @ 300..=399 => Tried::Never(format!("the receiver answered {status}; redirects are not followed")),
            status => Tried::Never(format!("the receiver answered {status}")),
        },
        Err(error) => failed(&error, timeout),
    }
}

/// Returns how long a receiver wants to be left alone: so many seconds, or until a date, in any of the
/// three forms of HTTP. `now` is in seconds since 1970.
fn retry_after(text: &str, now: i64) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let older = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let until = DateTime::parse_from_rfc2822(text).map(|until| until.timestamp()).ok().or_else(|| {
        older.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(|until| until.and_utc().timestamp())
    })?;
    Some(Duration::from_secs(u64::try_from(until.saturating_sub(now)).unwrap_or(0)))
}

/// The words of the library may hold the address.
fn failed(error: &Error, timeout: Duration) -> Tried {
    if let Some(why) = tls::refusal(error) {
        return Tried::Never(why);
    }
    let again = |why: String| Tried::Again(why, None);
    match error {
        Error::Timeout(_) => again(format!("no answer within {} s", timeout.as_secs())),
        Error::HostNotFound => again("its host is not found".to_owned()),
        Error::ConnectionFailed => again("no connection".to_owned()),
        Error::Rustls(error) => tls::refusal(error).map_or_else(|| again("no connection".to_owned()), Tried::Never),
        Error::Io(error) => tls::refusal(error).map_or_else(|| again(format!("no connection: {}", error.kind())), Tried::Never),
        Error::Tls(_) | Error::Pem(_) => Tried::Never("its certificate, or its protocol, cannot be accepted".to_owned()),
        Error::Protocol(_) => again("its answer cannot be understood".to_owned()),
        _ => Tried::Never("the request cannot be made".to_owned()),
    }
}

/// Returns the signature of a body: HMAC with SHA-256.
fn signature(secret: &Secret, body: &str) -> String {
    // A key may have any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else { return String::new() };
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().fold(String::from("sha256="), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // RFC 4231, test case 2.
        assert_eq!(
            signature(&Secret::new("Jefe"), "what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_receiver_says_when_it_wants_to_be_asked_again() {
        // 1994-11-06 08:49:37, the date of RFC 9110 in its three forms.
        let now = 784_111_777;
        let of = |text: &str, now: i64| retry_after(text, now).map(|asked| asked.as_secs());
        assert_eq!([of("120", now), of(" 0 ", now)], [Some(120), Some(0)]);
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!([of(date, now - 30), of(date, now + 30)], [Some(30), Some(0)], "{date}");
        }
        for text in ["", "soon", "-1", "1.5", "99999999999999999999", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(of(text, now), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_protected_is_refused_but_on_this_machine() {
        for url in ["https://hooks.example/x", "http://127.0.0.1:80/x", "http://localhost/", "http://[::1]:8/"] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for url in ["http://example.org/", "http://127.0.0.1.example.org/", "ftp://localhost/", "x", "", "file:///etc/passwd"] {
            assert!(check(url).is_err(), "{url}");
        }
    }
}
