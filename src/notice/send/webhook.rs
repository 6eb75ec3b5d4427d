//! A notice as a request: POST, signed, tried again where that may help.
//!
//! The certificates are those of the system, so that an organisation's own authority counts. Redirects
//! are not followed: the address is the one that was given.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Error};

use super::{Tried, persist};
use crate::notice::Secret;

/// What is sent.
pub(super) struct Request<'a> {
    pub(super) url: &'a Secret,
    pub(super) secret: Option<&'a Secret>,
    /// Stays the same over all tries, so that a receiver can drop repeats.
    pub(super) id: &'a str,
    pub(super) body: &'a str,
}

pub(super) fn send(request: &Request<'_>, timeout: Duration, retries: u32) -> Result<(), String> {
    let url = request.url.reveal().trim();
    check(url)?;
    let agent = agent(timeout, url.starts_with("https:"));
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

fn agent(timeout: Duration, is_secure: bool) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("interdict/", env!("CARGO_PKG_VERSION")));
    if !is_secure {
        return config.build().new_agent();
    }
    let certificates: Vec<Certificate<'static>> =
        rustls_native_certs::load_native_certs().certs.iter().map(|one| Certificate::from_der(one).to_owned()).collect();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::new_with_certs(&certificates))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    config.tls_config(tls).build().new_agent()
}

fn attempt(agent: &Agent, url: &str, request: &Request<'_>, timeout: Duration) -> Tried {
    let mut post = agent.post(url).header("Content-Type", "application/json").header("Idempotency-Key", request.id);
    if let Some(secret) = request.secret {
        post = post.header("X-Interdict-Signature", signature(secret, request.body));
    }
    match post.send(request.body) {
        Ok(answer) => match answer.status().as_u16() {
            200..=299 => Tried::Done,
            status @ (408 | 425 | 429 | 500..=599) => Tried::Again(format!("the receiver answered {status}")),
            status @ 300..=399 => Tried::Never(format!("the receiver answered {status}; redirects are not followed")),
            status => Tried::Never(format!("the receiver answered {status}")),
        },
        Err(error) => failed(&error, timeout),
    }
}

/// The words of the library may hold the address.
fn failed(error: &Error, timeout: Duration) -> Tried {
    match error {
        Error::Timeout(_) => Tried::Again(format!("no answer within {} s", timeout.as_secs())),
        Error::HostNotFound => Tried::Again("its host is not found".to_owned()),
        Error::ConnectionFailed => Tried::Again("no connection".to_owned()),
        Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            Tried::Never("its certificate, or its protocol, cannot be accepted".to_owned())
        }
        Error::Io(error) => Tried::Again(format!("no connection: {}", error.kind())),
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) => {
            Tried::Never("its certificate, or its protocol, cannot be accepted".to_owned())
        }
        Error::Protocol(_) => Tried::Again("its answer cannot be understood".to_owned()),
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
    fn what_is_not_protected_is_refused_but_on_this_machine() {
        for url in ["https://hooks.example/x", "http://127.0.0.1:80/x", "http://localhost/", "http://[::1]:8/"] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for url in ["http://example.org/", "http://127.0.0.1.example.org/", "ftp://localhost/", "x", "", "file:///etc/passwd"] {
            assert!(check(url).is_err(), "{url}");
        }
    }
}
