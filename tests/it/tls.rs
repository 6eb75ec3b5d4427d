//! Notices over protected connections, with certificates made here: whom one trusts, and that nothing is
//! ever sent in the open instead.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::common::{Ran, Sandbox, config};
use super::servers::{Answer, Tls, http, next, smtp};

const NAME: &str = "Authority of the test";

/// An authority of one's own.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(super) pem: String,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key).expect("signs").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Returns a server with a certificate for a host; valid until the end of a year.
    fn server(&self, host: &str, until: i32) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a host");
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 12, 31));
        let certificate = params.signed_by(&key, &self.issuer).expect("signs");
        server(certificate.der().clone(), &key)
    }
}

fn server(certificate: CertificateDer<'static>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key).expect("a server"))
}

/// A server that nobody should talk to, in its test: who it is, and what is said of it.
fn strangers(authority: &Authority) -> Vec<(&'static str, Arc<ServerConfig>, &'static str)> {
    vec![
        ("unknown", Authority::new("Another").server("localhost", 4000), "nobody who is trusted signed its certificate"),
        ("forged", Authority::new(NAME).server("localhost", 4000), "nobody who is trusted signed its certificate"),
        ("expired", authority.server("localhost", 2024), "its certificate has expired"),
        ("another", authority.server("mail.example.org", 4000), "its certificate is for another host"),
    ]
}

const HIT: &str = "asset,vendor,product\na,Northstar,Northstar Guard\nb,Mozilla,Firefox\n";

/// Nights, each with one machine more, so that there is something to tell.
struct Nights {
    sandbox: Sandbox,
    fleet: String,
    night: u32,
}

impl Nights {
    fn new(authority: &Authority) -> Self {
        let sandbox = Sandbox::new();
        sandbox.fixture("pack").write("ca.pem", &authority.pem);
        let mut nights = Self { sandbox, fleet: "asset,vendor,product\nb,Mozilla,Firefox\n".to_owned(), night: 0 };
        let first = nights.run("", &[]);
        assert_eq!(first.code, Some(0), "{}", first.stderr);
        nights
    }

    fn run(&mut self, notices: &str, env: &[(&str, &str)]) -> Ran {
        self.night += 1;
        self.sandbox.write("interdict.toml", config(notices)).write("exports/fleet.csv", &self.fleet);
        self.sandbox.run_with(["run", "--as-of", &format!("2021-03-{:02}", self.night)], env, "", "")
    }

    /// Returns why tonight's notice was not sent.
    fn tell(&mut self, notices: &str, env: &[(&str, &str)]) -> Option<String> {
        self.fleet += &format!("pc-{},Northstar,Northstar Guard\n", self.night);
        // What could not be sent the night before is not to be sent to the server of tonight.
        let tonight = format!("night {} ", self.night);
        let named = notices.replacen("name = '", &format!("name = '{tonight}"), 1);
        let ran = self.run(&named, env);
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        ran.stderr.lines().find(|line| line.contains(&format!("could not be sent to {tonight}"))).map(str::to_owned)
    }
}

fn told(why: &Option<String>, part: &str) -> bool {
    why.as_ref().is_some_and(|why| why.contains(part))
}

fn nothing<T: std::fmt::Debug>(receiver: &Receiver<T>) {
    let came = receiver.recv_timeout(Duration::from_millis(200));
    assert!(came.is_err(), "{came:?}");
}

const HOOK: &str = "[[notices.to]]\nname = 'hook'\nkind = 'webhook'\nurl-env = 'URL'\nsecret-env = 'KEY'\nretries = 0\n";

#[test]
fn a_webhook_is_told_where_its_authority_is_trusted_and_nobody_else_is() {
    let authority = Authority::new(NAME);
    let mut nights = Nights::new(&authority);
    let trusting = format!("{HOOK}ca-file = 'ca.pem'\n");
    let (port, requests) = http(vec![Answer::Status(204)], Tls::Implicit(authority.server("localhost", 4000)));
    let url = format!("https://localhost:{port}/hook");
    let env = [("URL", url.as_str()), ("KEY", "k")];
    let why = nights.tell(&trusting, &env);
    assert_eq!(why, None);
    assert!(next(&requests).body.contains("interdict/notice/1"));
    // Without `ca-file`, those of the system count, and it is none of them.
    let why = nights.tell(HOOK, &env);
    assert!(told(&why, "trust"), "{why:?}");
    nothing(&requests);
    for (name, config, part) in strangers(&authority) {
        let (port, requests) = http(vec![Answer::Status(204)], Tls::Implicit(config));
        let url = format!("https://localhost:{port}/hook");
        let why = nights.tell(&trusting, &[("URL", &url), ("KEY", "k")]);
        assert!(told(&why, part), "{name}: {why:?}");
        nothing(&requests);
    }
    // A server that speaks in the open gets nothing to read.
    let (port, requests) = http(vec![Answer::Status(204)], Tls::None);
    let url = format!("https://localhost:{port}/hook");
    let why = nights.tell(&trusting, &[("URL", &url), ("KEY", "k")]);
    assert!(told(&why, "no protected connection"), "{why:?}");
    nothing(&requests);
}

fn mail(tls: &str, port: u16) -> String {
    format!(
        "[[notices.to]]\nname = 'mail'\nkind = 'email'\nserver = 'localhost'\nport = {port}\ntls = '{tls}'\nretries = 0\n\
         from = 'a@example.org'\nto = ['b@example.org']\nuser-env = 'USER'\npassword-env = 'PASSWORD'\nca-file = 'ca.pem'\n"
    )
}

#[test]
fn a_mail_goes_out_protected_or_not_at_all() {
    let authority = Authority::new(NAME);
    let mut nights = Nights::new(&authority);
    let env = [("USER", "someone"), ("PASSWORD", "hunter2")];
    for (word, protect) in [("required", Tls::Implicit as fn(_) -> _), ("starttls", Tls::Starttls)] {
        let (port, mails) = smtp(protect(authority.server("localhost", 4000)));
        let why = nights.tell(&mail(word, port), &env);
        assert_eq!(why, None, "{word}");
        let sent = next(&mails);
        assert!(sent.text.contains("Subject: interdict: 1 new"), "{word}: {}", sent.text);
        let open: Vec<_> = sent.said.iter().filter(|(is_protected, _)| !is_protected).map(|(_, text)| text.as_str()).collect();
        let greeting = ["EHLO interdict.invalid", "STARTTLS"];
        assert!(open.iter().all(|text| greeting.contains(text)), "{word}: {open:?}");
        assert!(sent.said.iter().any(|(is_protected, text)| *is_protected && text.starts_with("AUTH ")), "{:?}", sent.said);
        for (name, config, part) in strangers(&authority) {
            let (port, mails) = smtp(protect(config));
            let why = nights.tell(&mail(word, port), &env);
            assert!(told(&why, part), "{word}, {name}: {why:?}");
            silent(&mails);
        }
        // A server that offers no protection, or from which somebody on the way took the offer.
        let (port, mails) = smtp(Tls::None);
        let timed = format!("{}timeout = 2\n", mail(word, port));
        let why = nights.tell(&timed, &env);
        let part = if word == "starttls" { "offers no STARTTLS" } else { "no protected connection" };
        assert!(told(&why, part), "{word}: {why:?}");
        silent(&mails);
    }
}

/// Neither a login nor a word of a mail was said.
fn silent(mails: &Receiver<super::servers::Mail>) {
    while let Ok(mail) = mails.recv_timeout(Duration::from_millis(200)) {
        let told: Vec<_> = mail.said.iter().filter(|(_, text)| text.starts_with("AUTH") || text.starts_with("MAIL")).collect();
        assert!(mail.text.is_empty() && told.is_empty(), "{mail:?}");
    }
}

#[test]
fn an_authority_that_cannot_be_used_ends_the_run_before_it_begins() {
    let sandbox = Sandbox::new();
    sandbox.fixture("pack").write("interdict.toml", config(&format!("{HOOK}ca-file = 'ca.pem'\n")));
    sandbox.write("exports/fleet.csv", HIT);
    for (pem, part) in [
        (None, "cannot open the file"),
        (Some("hello"), "there is no certificate in it"),
        (Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "is damaged"),
    ] {
        if let Some(pem) = pem {
            sandbox.write("ca.pem", pem);
        }
        let ran = sandbox.run(["run", "--as-of", "2021-03-01"]);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(part) && ran.stderr.contains("ca.pem"), "{}", ran.stderr);
        assert!(!sandbox.path().join("interdict-history.db").exists());
    }
}
