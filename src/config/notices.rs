//! `[notices]` of the configuration: who is told when something changed.
//!
//! A secret never stands in the configuration: a variable or a file is named. Where one stands there
//! all the same, that is a mistake, and no message shows the line; see [`masked`].

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Deserialize;

use super::parse_period;
use super::problems::Problems;
use crate::diag::{Code, Diagnostics, SourceId};
use crate::model::digest::sha256;
use crate::notice::{self, Channel, Dialect, Email, Plan, Reason, Recipient, Secret, Source, Tls};
use crate::pack::file::At;
use crate::report::Format;

/// Who is told of what.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct NoticesRow {
    /// What is announced; default: everything.
    pub on: Vec<At<Reason>>,
    /// Dates at most so far ahead are due, such as `30d`, the default.
    pub due_within: Option<At<String>>,
    /// What could not be sent is given up after so long; default: `7d`.
    pub give_up_after: Option<At<String>>,
    /// Who is told.
    pub to: Vec<At<RecipientRow>>,
}

/// How somebody is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KindWord {
    /// A request with the notice as JSON.
    Webhook,
    /// A message of Slack.
    Slack,
    /// A card of Teams.
    Teams,
    /// A mail.
    Email,
    /// A program that gets the notice on standard input.
    Command,
}

/// Somebody who is told.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecipientRow {
    /// What messages and the history call it; default: the kind and a few digits.
    pub name: Option<At<String>>,
    /// How it is reached.
    pub kind: At<KindWord>,
    /// Address of a webhook that holds no secret.
    pub url: Option<At<String>>,
    /// Variable of the environment with the address.
    pub url_env: Option<At<String>>,
    /// File with the address, relative to the configuration.
    pub url_file: Option<At<String>>,
    /// Refused: a secret does not stand in the configuration.
    pub secret: Option<At<String>>,
    /// Variable of the environment with what the body is signed with.
    pub secret_env: Option<At<String>>,
    /// File with what the body is signed with, relative to the configuration.
    pub secret_file: Option<At<String>>,
    /// Mail server.
    pub server: Option<At<String>>,
    /// Its port; default: 465, 587 with `starttls`, 25 without protection.
    pub port: Option<At<i64>>,
    /// How the connection is protected; default: `required`.
    pub tls: Option<At<Tls>>,
    /// File with certificates (PEM) of authorities, relative to the configuration: they are trusted, and
    /// no others; default: those of the system.
    pub ca_file: Option<At<String>>,
    /// Sender of a mail.
    pub from: Option<At<String>>,
    /// Receivers of a mail.
    #[serde(default)]
    pub to: Vec<At<String>>,
    /// Variable of the environment with the user of the mail server.
    pub user_env: Option<At<String>>,
    /// Refused: a password does not stand in the configuration.
    pub password: Option<At<String>>,
    /// Variable of the environment with the password of the mail server.
    pub password_env: Option<At<String>>,
    /// File with the password of the mail server, relative to the configuration.
    pub password_file: Option<At<String>>,
    /// Formats in which the report is attached to a mail.
    #[serde(default)]
    pub attach: Vec<At<String>>,
    /// Program and its arguments.
    #[serde(default)]
    pub command: Vec<At<String>>,
    /// File that words the notice, relative to the configuration.
    pub template: Option<At<String>>,
    /// So many seconds one attempt may take; default: 10.
    pub timeout: Option<At<i64>>,
    /// So often an attempt is repeated at once; default: 3.
    pub retries: Option<At<i64>>,
}

const LONGEST_TIMEOUT: i64 = 300;
const MOST_RETRIES: i64 = 10;

/// Checks who is told. Every problem goes to `diagnostics`.
pub(super) fn check(row: &NoticesRow, source: SourceId, diagnostics: &mut Diagnostics) -> Plan {
    let mut problems = Problems { source, diagnostics, count: 0 };
    let period = |problems: &mut Problems<'_>, text: Option<&At<String>>, days: i64| {
        let Some(text) = text else { return TimeDelta::days(days) };
        parse_period(text).filter(|period| *period > TimeDelta::zero()).unwrap_or_else(|| {
            problems.add(
                Code::InvalidConfiguration,
                text.span(),
                "this is no period".to_owned(),
                "write days, weeks or months: 30d, 2w, 3m",
            );
            TimeDelta::days(days)
        })
    };
    let due_within = period(&mut problems, row.due_within.as_ref(), 30);
    let give_up_after = period(&mut problems, row.give_up_after.as_ref(), 7);
    let on: BTreeSet<Reason> =
        if row.on.is_empty() { Reason::ALL.iter().copied().collect() } else { row.on.iter().map(|reason| **reason).collect() };
    let mut names = BTreeSet::new();
    let mut to = Vec::new();
    for row in &row.to {
        let Some(recipient) = recipient(row, &mut problems) else { continue };
        if !names.insert(recipient.name.clone()) {
            let place = row.name.as_ref().map_or_else(|| head(row), At::span);
            problems.add(Code::DuplicateId, place, "two recipients have the same name".to_owned(), "give each a `name` of its own");
        }
        to.push(recipient);
    }
    Plan { on, due_within, give_up_after, to }
}

/// The first byte of a table: a place in the file of which no value is shown.
fn head(row: &At<RecipientRow>) -> std::ops::Range<usize> {
    row.span().start..row.span().start
}

fn recipient(row: &At<RecipientRow>, problems: &mut Problems<'_>) -> Option<Recipient> {
    let before = problems.count;
    for (key, given) in [("secret", &row.secret), ("password", &row.password)] {
        if given.is_some() {
            let message = format!("`{key}` puts a secret into the configuration");
            problems.add(
                Code::InvalidConfiguration,
                head(row),
                message,
                &format!("name a variable or a file: {key}-env or {key}-file"),
            );
        }
    }
    strangers(row, problems);
    if let Some(file) = &row.ca_file {
        if file.trim().is_empty() {
            problems.add(Code::EmptyValue, file.span(), "the name is empty".to_owned(), "name a file with certificates, as PEM");
        }
        let is_open = row.tls.as_ref().is_some_and(|tls| **tls == Tls::None)
            || row.url.as_ref().is_some_and(|url| url.trim().starts_with("http://"));
        if is_open {
            let message = "`ca-file` is of no use where the connection is not protected".to_owned();
            problems.add(Code::InvalidConfiguration, file.span(), message, "take it out, or protect the connection");
        }
    }
    let channel = match *row.kind.get() {
        KindWord::Webhook => http(row, Dialect::Json, problems),
        KindWord::Slack => http(row, Dialect::Slack, problems),
        KindWord::Teams => http(row, Dialect::Teams, problems),
        KindWord::Email => email(row, problems),
        KindWord::Command => {
            if row.command.first().is_none_or(|program| program.trim().is_empty()) {
                problems.add(
                    Code::EmptyValue,
                    head(row),
                    "no command is given".to_owned(),
                    "such as command = [\"notify\", \"--json\"]",
                );
            }
            Some(Channel::Command(row.command.iter().map(|word| word.get().clone()).collect()))
        }
    };
    let number = |problems: &mut Problems<'_>, given: Option<&At<i64>>, least: i64, most: i64, otherwise: i64| {
        let Some(given) = given else { return otherwise };
        if !(least..=most).contains(given.get()) {
            problems.add(
                Code::InvalidConfiguration,
                given.span(),
                format!("{} is out of range", **given),
                &format!("{least} to {most}"),
            );
        }
        **given
    };
    let timeout = number(problems, row.timeout.as_ref(), 1, LONGEST_TIMEOUT, 10);
    let retries = number(problems, row.retries.as_ref(), 0, MOST_RETRIES, 3);
    if let Some(name) = row.name.as_ref().filter(|name| name.trim().is_empty()) {
        problems.add(Code::EmptyValue, name.span(), "the name is empty".to_owned(), "leave it out, or write one");
    }
    let name = row.name.as_ref().map_or_else(|| own_name(row), |name| crate::diag::printable(name.trim()));
    (problems.count == before).then_some(Recipient {
        name,
        channel: channel?,
        template: row.template.as_ref().map(|path| path.get().clone()),
        ca_file: row.ca_file.as_ref().map(|path| path.get().clone()),
        timeout: Duration::from_secs(timeout.unsigned_abs()),
        retries: u32::try_from(retries).unwrap_or(0),
    })
}

/// A name that stays the same while the recipient does, wherever it stands in the file.
fn own_name(row: &RecipientRow) -> String {
    let texts = [&row.url, &row.url_env, &row.url_file, &row.server, &row.from].into_iter().flatten();
    let all: Vec<&str> = texts.chain(&row.to).chain(&row.command).map(|text| text.get().as_str()).collect();
    let digest = sha256(all.join("\n").as_bytes());
    let kind = match *row.kind.get() {
        KindWord::Webhook => "webhook",
        KindWord::Slack => "slack",
        KindWord::Teams => "teams",
        KindWord::Email => "email",
        KindWord::Command => "command",
    };
    format!("{kind}-{}", digest.chars().skip("sha256:".len()).take(8).collect::<String>())
}

/// Keys that another kind of recipient has.
fn strangers(row: &At<RecipientRow>, problems: &mut Problems<'_>) {
    use KindWord::{Command, Email, Slack, Teams, Webhook};
    let requests: &[KindWord] = &[Webhook, Slack, Teams];
    let given: [(&str, bool, &[KindWord]); 16] = [
        ("url", row.url.is_some(), requests),
        ("url-env", row.url_env.is_some(), requests),
        ("url-file", row.url_file.is_some(), requests),
        ("secret-env", row.secret_env.is_some(), requests),
        ("secret-file", row.secret_file.is_some(), requests),
        ("server", row.server.is_some(), &[Email]),
        ("port", row.port.is_some(), &[Email]),
        ("tls", row.tls.is_some(), &[Email]),
        ("ca-file", row.ca_file.is_some(), &[Webhook, Slack, Teams, Email]),
        ("from", row.from.is_some(), &[Email]),
        ("to", !row.to.is_empty(), &[Email]),
        ("user-env", row.user_env.is_some(), &[Email]),
        ("password-env", row.password_env.is_some(), &[Email]),
        ("password-file", row.password_file.is_some(), &[Email]),
        ("attach", !row.attach.is_empty(), &[Email]),
        ("command", !row.command.is_empty(), &[Command]),
    ];
    for (key, _, _) in given.iter().filter(|(_, is_given, kinds)| *is_given && !kinds.contains(row.kind.get())) {
        let message = format!("`{key}` is of no use to this kind of recipient");
        problems.add(Code::InvalidConfiguration, row.kind.span(), message, "take the key out, or change `kind`");
    }
}

/// Returns the one source of a secret that is given.
fn source(env: Option<&At<String>>, file: Option<&At<String>>, problems: &mut Problems<'_>) -> Option<Source> {
    for given in [env, file].into_iter().flatten().filter(|given| given.trim().is_empty()) {
        problems.add(Code::EmptyValue, given.span(), "the name is empty".to_owned(), "name a variable or a file");
    }
    match (env, file) {
        (Some(_), Some(file)) => {
            problems.add(
                Code::InvalidConfiguration,
                file.span(),
                "a variable and a file are given".to_owned(),
                "keep one of the two",
            );
            None
        }
        (Some(env), None) => Some(Source::Env(env.trim().to_owned())),
        (None, Some(file)) => Some(Source::File(file.get().into())),
        (None, None) => None,
    }
}

fn http(row: &At<RecipientRow>, dialect: Dialect, problems: &mut Problems<'_>) -> Option<Channel> {
    let hidden = source(row.url_env.as_ref(), row.url_file.as_ref(), problems);
    let url = match (&row.url, hidden) {
        (Some(url), hidden) => {
            if hidden.is_some() {
                problems.add(Code::InvalidConfiguration, head(row), "the address is given twice".to_owned(), "keep one of the two");
            }
            if let Some((message, help)) = bad_url(url, dialect) {
                problems.add(Code::InvalidConfiguration, head(row), message.to_owned(), help);
            }
            Some(Source::Plain(Secret::new(url.trim())))
        }
        (None, Some(hidden)) => Some(hidden),
        (None, None) => {
            problems.add(
                Code::EmptyValue,
                head(row),
                "no address is given".to_owned(),
                "url-env names a variable, url-file a file",
            );
            None
        }
    };
    let secret = source(row.secret_env.as_ref(), row.secret_file.as_ref(), problems);
    Some(Channel::Http { dialect, url: url?, secret })
}

/// Returns what is wrong with an address that stands in the configuration.
fn bad_url(url: &str, dialect: Dialect) -> Option<(&'static str, &'static str)> {
    let plain = url.trim();
    let Some((scheme, rest)) = plain.split_once("://") else {
        return Some(("the address is no URL", "such as https://example.org/hook"));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if dialect != Dialect::Json || authority.contains('@') || rest.contains('?') {
        return Some((
            "the address holds a secret, and stands in the configuration",
            "name a variable or a file: url-env or url-file",
        ));
    }
    let host = authority
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(authority, |(host, _)| host);
    match scheme {
        "https" => None,
        "http" if notice::is_this_machine(host) => None,
        _ => Some(("the address is not protected", "write https://; http:// is for this machine only")),
    }
}

fn email(row: &At<RecipientRow>, problems: &mut Problems<'_>) -> Option<Channel> {
    for (key, is_given) in [("server", row.server.is_some()), ("from", row.from.is_some()), ("to", !row.to.is_empty())] {
        if !is_given {
            problems.add(Code::MissingKey, head(row), format!("missing key `{key}`"), "a mail needs `server`, `from` and `to`");
        }
    }
    for address in row.from.iter().chain(&row.to).filter(|address| !notice::is_mail_address(address)) {
        problems.add(
            Code::InvalidConfiguration,
            address.span(),
            "this is no address of mail".to_owned(),
            "such as \"Compliance <it@example.org>\"",
        );
    }
    let tls = row.tls.as_ref().map_or(Tls::Required, |tls| **tls);
    let server = row.server.as_ref().map(|server| server.trim().to_owned()).unwrap_or_default();
    if tls == Tls::None && !notice::is_this_machine(&server) {
        let place = row.tls.as_ref().map_or_else(|| head(row), At::span);
        problems.add(
            Code::InvalidConfiguration,
            place,
            "the connection would not be protected".to_owned(),
            "`none` is for this machine only",
        );
    }
    let standard = match tls {
        Tls::Required => 465,
        Tls::Starttls => 587,
        Tls::None => 25,
    };
    let port = match row.port.as_ref().map(|port| (u16::try_from(**port).ok().filter(|port| *port > 0), port.span())) {
        None => standard,
        Some((Some(port), _)) => port,
        Some((None, place)) => {
            problems.add(Code::InvalidConfiguration, place, "this is no port".to_owned(), "1 to 65535");
            standard
        }
    };
    let user = row.user_env.as_ref().map(|name| Source::Env(name.trim().to_owned()));
    let login = match (user, source(row.password_env.as_ref(), row.password_file.as_ref(), problems)) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        _ => {
            problems.add(
                Code::InvalidConfiguration,
                head(row),
                "a login needs user and password".to_owned(),
                "user-env, and password-env or password-file",
            );
            None
        }
    };
    let known = || Format::ALL.iter().map(|format| format.name());
    let attach: Vec<Format> =
        row.attach.iter().filter_map(|text| problems.word(Some(text), "format", Format::parse, known)).collect();
    let texts = |rows: &[At<String>]| rows.iter().map(|text| text.get().clone()).collect();
    let from = row.from.as_ref().map(|from| from.get().clone()).unwrap_or_default();
    Some(Channel::Email(Box::new(Email { server, port, tls, from, to: texts(&row.to), login, attach })))
}

/// Values of `[notices]` that may be shown.
const OPEN: &[&str] = &[
    "kind",
    "name",
    "on",
    "from",
    "to",
    "server",
    "tls",
    "ca-file",
    "attach",
    "template",
    "due-within",
    "give-up-after",
    "url-env",
    "url-file",
    "secret-env",
    "secret-file",
    "user-env",
    "password-env",
    "password-file",
];

/// Returns the text of a configuration with stars for what may be a secret, byte for byte as long, so
/// that messages about it can be drawn. Secrets do not belong there; but one that does stand there, or
/// under a misspelt key, is not to be shown.
#[must_use]
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut is_notices, mut key) = (false, String::new());
    let mut open: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        if open.is_none() {
            let start = trimmed.trim_start_matches(['[', '"', '\'', ' ']);
            if trimmed.starts_with('[') || start.starts_with("notices") {
                let is_header = trimmed.starts_with('[') && !line.contains('=');
                if is_header || start.starts_with("notices") {
                    is_notices = start.starts_with("notices");
                }
            }
        }
        let mut rest = line;
        let mut word = String::new();
        while let Some(letter) = rest.chars().next() {
            let hidden = is_notices && !OPEN.contains(&key.as_str());
            if let Some(quote) = open {
                if rest.starts_with(quote) {
                    out += quote;
                    rest = &rest[quote.len()..];
                    open = None;
                    continue;
                }
                let size = if letter == '\\' && quote.starts_with('"') {
                    letter.len_utf8() + rest.chars().nth(1).map_or(0, char::len_utf8)
                } else {
                    letter.len_utf8()
                };
                let piece = &rest[..size];
                if hidden && !piece.contains(['\n', '\r']) {
                    out += &"*".repeat(size)
                } else {
                    out += piece
                }
                rest = &rest[size..];
                continue;
            }
            let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote));
            if let Some(quote) = quote {
                open = Some(quote);
                out += quote;
                rest = &rest[quote.len()..];
                continue;
            }
            match letter {
                '#' => {
                    // A line that was commented out may hold a secret too.
                    let body = rest.trim_end_matches(['\n', '\r']);
                    if is_notices {
                        out += &"#".repeat(body.len())
                    } else {
                        out += body
                    }
                    out += &rest[body.len()..];
                    break;
                }
                '=' => key = std::mem::take(&mut word),
                letter if letter.is_ascii_alphanumeric() || letter == '-' || letter == '_' => word.push(letter),
                letter if letter.is_whitespace() => {}
                _ => word.clear(),
            }
            out.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
        // A text of one line ends with it, whatever was forgotten.
        if open.is_some_and(|quote| quote.len() == 1) {
            open = None;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;

    fn read(text: &str) -> Result<Plan, Vec<(Code, String)>> {
        let mut sources = Sources::default();
        let id = sources.add("interdict.toml", text);
        let mut diagnostics = Diagnostics::default();
        let config = crate::config::read(text, id, &mut diagnostics);
        config.map(|config| config.plan).ok_or_else(|| {
            diagnostics.iter().map(|one| (one.code, format!("{} {}", one.message, one.help.clone().unwrap_or_default()))).collect()
        })
    }

    #[test]
    fn recipients_are_read() {
        let plan = read(
            "[notices]\non = ['new', 'run-failed']\ngive-up-after = '2w'\n\
             [[notices.to]]\nkind = 'webhook'\nurl = 'https://example.org/hook'\nsecret-env = 'KEY'\n\
             [[notices.to]]\nname = 'chat'\nkind = 'slack'\nurl-file = 'slack.url'\nretries = 0\n\
             [[notices.to]]\nkind = 'email'\nserver = 'localhost'\ntls = 'none'\nfrom = 'a@example.org'\nto = ['B <b@example.org>']\n\
             attach = ['html', 'xlsx']\n\
             [[notices.to]]\nkind = 'command'\ncommand = ['./tell']\ntemplate = 'words.txt'\n",
        )
        .expect("is right");
        assert_eq!(plan.to.len(), 4);
        assert_eq!(plan.to[1].name, "chat");
        assert!(plan.to[0].name.starts_with("webhook-"));
        assert_eq!(plan.on, BTreeSet::from([Reason::New, Reason::RunFailed]));
        assert_eq!(plan.give_up_after, TimeDelta::days(14));
        assert!(!format!("{plan:?}").contains("example.org/hook"), "{plan:?}");
    }

    #[test]
    fn each_mistake_is_told_with_help_and_without_the_secret() {
        let of = |rest: &str| format!("[[notices.to]]\n{rest}\n");
        for (rest, code, part) in [
            (
                "kind = 'webhook'\nurl = 'https://e.org/x'\nsecret = 'hunter2'",
                Code::InvalidConfiguration,
                "secret-env or secret-file",
            ),
            (
                "kind = 'email'\nserver = 's.org'\nfrom = 'a@b.c'\nto = ['a@b.c']\npassword = 'hunter2'",
                Code::InvalidConfiguration,
                "password-env",
            ),
            ("kind = 'slack'\nurl = 'https://hooks.example/hunter2'", Code::InvalidConfiguration, "url-env or url-file"),
            ("kind = 'webhook'\nurl = 'https://e.org/x?token=hunter2'", Code::InvalidConfiguration, "url-env or url-file"),
            ("kind = 'webhook'\nurl = 'https://hunter2@e.org/x'", Code::InvalidConfiguration, "url-env or url-file"),
            ("kind = 'webhook'\nurl = 'http://e.org/x'", Code::InvalidConfiguration, "this machine only"),
            ("kind = 'webhook'", Code::EmptyValue, "url-env"),
            ("kind = 'webhook'\nurl-env = 'A'\nurl-file = 'b'", Code::InvalidConfiguration, "keep one"),
            ("kind = 'webhook'\nurl-env = 'A'\nserver = 'b'", Code::InvalidConfiguration, "`server` is of no use"),
            ("kind = 'webhok'\nurl-env = 'A'", Code::UnknownValue, "webhook"),
            ("kind = 'webhook'\nurl-env = 'A'\ntimeout = 0", Code::InvalidConfiguration, "1 to 300"),
            (
                "kind = 'email'\nserver = 's.org'\nfrom = 'a@b.c'\nto = ['a@b.c']\ntls = 'none'",
                Code::InvalidConfiguration,
                "this machine only",
            ),
            ("kind = 'email'\nserver = 's.org'\nfrom = 'nobody'\nto = ['a@b.c']", Code::InvalidConfiguration, "no address of mail"),
            ("kind = 'email'\nserver = 's.org'\nfrom = 'a@b.c'\nto = ['a@b.c']\nattach = ['htm']", Code::UnknownValue, "`html`"),
            (
                "kind = 'email'\nserver = 's.org'\nfrom = 'a@b.c'\nto = ['a@b.c']\nuser-env = 'U'",
                Code::InvalidConfiguration,
                "a login needs",
            ),
            ("kind = 'webhook'\nurl-env = 'A'\nca-file = ' '", Code::EmptyValue, "PEM"),
            ("kind = 'webhook'\nurl = 'http://localhost/'\nca-file = 'ca.pem'", Code::InvalidConfiguration, "not protected"),
            ("kind = 'command'\ncommand = ['x']\nca-file = 'ca.pem'", Code::InvalidConfiguration, "`ca-file` is of no use"),
            ("kind = 'email'", Code::MissingKey, "`server`"),
            ("kind = 'command'", Code::EmptyValue, "no command"),
            (
                "name = 'a'\nkind = 'command'\ncommand = ['x']\n[[notices.to]]\nname = 'a'\nkind = 'command'\ncommand = ['y']",
                Code::DuplicateId,
                "of its own",
            ),
        ] {
            let problems = read(&of(rest)).map(drop).expect_err(rest);
            assert!(problems.iter().any(|(is, told)| *is == code && told.contains(part)), "{rest}: {problems:?}");
            assert!(problems.iter().all(|(_, told)| !told.contains("hunter2")), "{problems:?}");
        }
    }

    #[test]
    fn secrets_are_masked_whatever_their_key() {
        let text = "[check]\nfail-on = 'x'\n[notices]\nto = [{ kind = 'slack', url = 'https://h/tok', secrt = \"a\\\"tok\" }]\n\
                    [[notices.to]]\nkind = 'webhook'\nname = 'é'\npasword = '''\ntok\n'''\n# secret = 'tok'\nurl = 'tok\n[run]\nlog = 'text'\n";
        let shown = masked(text);
        assert_eq!(shown.len(), text.len());
        assert!(!shown.contains("tok"), "{shown}");
        for kept in ["fail-on = 'x'", "kind = 'slack'", "name = 'é'", "log = 'text'"] {
            assert!(shown.contains(kept), "{shown}");
        }
        assert_eq!(shown.matches('\n').count(), text.matches('\n').count());
    }
}
