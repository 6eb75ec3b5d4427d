//! Who is trusted at the other end of a protected connection, and why somebody was not.
//!
//! The authorities are those of the system; or those of the recipient's `ca-file`, and then no others,
//! so that an organisation's own server is nobody else's.

use std::error::Error;
use std::io;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, RootCertStore};

/// Certificates of authorities.
#[derive(Clone, Debug)]
pub struct Authorities(Vec<CertificateDer<'static>>);

impl Authorities {
    /// Reads certificates as PEM. What stands beside them, such as a key, is passed over.
    ///
    /// # Errors
    /// If there is none, or one that cannot be used; as a sentence.
    pub fn read(pem: &[u8]) -> Result<Self, String> {
        let list: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let list = list.map_err(|_| "a certificate in it is damaged".to_owned())?;
        if list.is_empty() {
            return Err("there is no certificate in it: `-----BEGIN CERTIFICATE-----`".to_owned());
        }
        let mut store = RootCertStore::empty();
        for (at, one) in list.iter().enumerate() {
            store.add(one.clone()).map_err(|_| format!("certificate {} in it is damaged", at + 1))?;
        }
        Ok(Self(list))
    }

    fn of_the_system() -> Result<Self, String> {
        let list = rustls_native_certs::load_native_certs().certs;
        if list.is_empty() {
            return Err("this system trusts no certificate at all; install some, or name an authority with ca-file".to_owned());
        }
        Ok(Self(list))
    }

    /// Returns each certificate, as DER.
    pub(super) fn each(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(AsRef::as_ref)
    }
}

/// Returns who is trusted.
pub(super) fn trusted(own: Option<&Authorities>) -> Result<Authorities, String> {
    own.map_or_else(Authorities::of_the_system, |own| Ok(own.clone()))
}

/// Returns why a connection could not be protected, where that is what an error comes from. No name of
/// a host is in it.
pub(super) fn refusal(error: &(dyn Error + 'static)) -> Option<String> {
    let mut open = Some(error);
    while let Some(one) = open {
        if let Some(found) = one.downcast_ref::<rustls::Error>() {
            return Some(words(found));
        }
        // The source of an error of input or output is that of the error within, not the one within.
        let within = one.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        open = within.map(|within| within as &(dyn Error + 'static)).or_else(|| one.source());
    }
    None
}

fn words(error: &rustls::Error) -> String {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext, Other,
        UnknownIssuer,
    };
    let rustls::Error::InvalidCertificate(why) = error else {
        return "no protected connection could be agreed on; it may not be protected at all there".to_owned();
    };
    match why {
        Expired | ExpiredContext { .. } => "its certificate has expired".to_owned(),
        NotValidYet | NotValidYetContext { .. } => "its certificate is not valid yet".to_owned(),
        NotValidForName | NotValidForNameContext { .. } => "its certificate is for another host".to_owned(),
        // One that gives itself the name of an authority that is trusted cannot sign as it does.
        UnknownIssuer | BadSignature => {
            "nobody who is trusted signed its certificate; ca-file names an authority of one's own".to_owned()
        }
        Other(other) => format!("its certificate cannot be accepted: {other}"),
        _ => "its certificate cannot be accepted".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let open = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        for (text, part) in
            [("", "no certificate"), ("hello", "no certificate"), (broken, "certificate 1 in it is damaged"), (open, "is damaged")]
        {
            let told = Authorities::read(text.as_bytes()).map(drop).expect_err(text);
            assert!(told.contains(part), "{text}: {told}");
        }
    }

    #[test]
    fn a_refusal_is_found_however_deep_it_is() {
        let expired = || rustls::Error::InvalidCertificate(CertificateError::Expired);
        let deep = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, expired()));
        for error in [&expired() as &(dyn Error + 'static), &deep] {
            assert_eq!(refusal(error).as_deref(), Some("its certificate has expired"));
        }
        assert_eq!(refusal(&io::Error::other("x")), None);
    }
}
