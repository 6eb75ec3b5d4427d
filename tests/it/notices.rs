//! Notices against servers on this machine: one that fails, hangs and recovers, and one for mail.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use interdict::history::{Mode, Store};

use super::common::{Ran, Sandbox, config};

const CLEAN: &str = "asset,vendor,product\nb,Mozilla,Firefox\n";
const HIT: &str = "asset,vendor,product\na,Northstar,Northstar Guard\nb,Mozilla,Firefox\n";

fn sandbox(notices: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.fixture("pack").write("interdict.toml", config(notices)).write("exports/fleet.csv", CLEAN);
    sandbox
}

fn run(sandbox: &Sandbox, day: &str, env: &[(&str, &str)]) -> Ran {
    sandbox.run_with(["run", "--as-of", day], env, "", "")
}

/// A request as it arrived.
#[derive(Debug)]
struct Request {
    head: String,
    body: String,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// How the server answers one request after the other; the last one holds for all that follow.
#[derive(Clone, Copy)]
enum Answer {
    Status(u16),
    Hang,
}

/// Starts a server. Returns its port, and what arrives.
fn http(answers: Vec<Answer>) -> (u16, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut held = Vec::new();
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.expect("a connection");
            let request = read_request(&stream);
            let answer = answers.get(number).or(answers.last()).expect("one");
            if sender.send(request).is_err() {
                return;
            }
            match answer {
                Answer::Status(status) => {
                    let text = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                    let _ = stream.write_all(text.as_bytes());
                }
                Answer::Hang => held.push(stream),
            }
        }
    });
    (port, receiver)
}

fn read_request(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).expect("reads") > 0, "cut off: {head}");
    }
    let request = Request { head, body: String::new() };
    let length = request.header("Content-Length").and_then(|text| text.parse().ok()).expect("a length");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("reads");
    Request { body: String::from_utf8(body).expect("text"), ..request }
}

fn next<T>(receiver: &Receiver<T>) -> T {
    receiver.recv_timeout(Duration::from_secs(20)).expect("something arrives")
}

fn pending(sandbox: &Sandbox) -> usize {
    let store = Store::open(&sandbox.path().join("interdict-history.db"), Mode::Existing).expect("opens");
    store.pending().expect("reads").len()
}

#[test]
fn a_webhook_that_fails_and_hangs_gets_the_same_notice_until_it_answers() {
    let answers = vec![Answer::Status(500), Answer::Hang, Answer::Status(404), Answer::Status(429), Answer::Status(204)];
    let (port, requests) = http(answers);
    let sandbox = sandbox(
        "[[notices.to]]\nname = 'hook'\nkind = 'webhook'\nurl-env = 'HOOK_URL'\nsecret-env = 'HOOK_KEY'\ntimeout = 1\nretries = 2\n",
    );
    let url = format!("http://127.0.0.1:{port}/hooks/t0ps3cret");
    let env = [("HOOK_URL", url.as_str()), ("HOOK_KEY", "Jefe")];
    let mut said = String::new();
    let mut told = |ran: &Ran| said += &format!("{}{}", ran.stdout, ran.stderr);

    let first = run(&sandbox, "2021-03-01", &env);
    told(&first);
    assert_eq!((first.code, pending(&sandbox)), (Some(0), 0), "{}", first.stderr);
    sandbox.write("exports/fleet.csv", HIT);
    let dry = sandbox.run_with(["run", "--as-of", "2021-03-02", "--dry-run"], &env, "", "");
    assert!(dry.stdout.contains("would tell hook: interdict: 1 new on 2021-03-02"), "{}", dry.stdout);
    assert!(requests.try_recv().is_err(), "nothing is sent when nothing changed, or by a dry run");

    // 500, no answer, 404: it waits, and the gate's exit code stays.
    let second = run(&sandbox, "2021-03-02", &env);
    told(&second);
    assert_eq!(second.code, Some(1), "{}", second.stderr);
    assert!(second.stderr.contains("warning[not-sent]"), "{}", second.stderr);
    assert!(second.stderr.contains("the receiver answered 404"), "{}", second.stderr);
    assert_eq!(pending(&sandbox), 1);
    // 429, then it is taken.
    let third = run(&sandbox, "2021-03-02", &env);
    told(&third);
    assert_eq!((third.code, pending(&sandbox)), (Some(1), 0), "{}", third.stderr);
    let arrived: Vec<Request> = (0..5).map(|_| next(&requests)).collect();
    let id = arrived[0].header("Idempotency-Key").expect("an id").to_owned();
    for request in &arrived {
        assert_eq!(request.header("Idempotency-Key"), Some(id.as_str()));
        assert_eq!(request.body, arrived[0].body);
        assert_eq!(request.header("X-Interdict-Signature"), Some(signature(b"Jefe", request.body.as_bytes()).as_str()));
        assert!(request.head.starts_with("POST /hooks/t0ps3cret HTTP/1.1\r\n"), "{}", request.head);
    }
    let notice: serde_json::Value = serde_json::from_str(&arrived[0].body).expect("JSON");
    assert_eq!((&notice["id"], &notice["counts"]["new"]), (&id.as_str().into(), &1.into()), "{notice}");
    assert_eq!(notice["events"][0]["cause"], "the item came");
    // Nothing changed since: nobody is told.
    for day in ["2021-03-03", "2021-03-03"] {
        told(&run(&sandbox, day, &env));
    }
    assert!(requests.recv_timeout(Duration::from_millis(300)).is_err());
    told(&sandbox.run_with(["run", "--as-of", "2021-03-04", "--log", "json"], &env, "", ""));
    for secret in ["t0ps3cret", "Jefe"] {
        assert!(!said.contains(secret), "{said}");
    }
}

/// HMAC with SHA-256, from its definition.
fn signature(key: &[u8], body: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    let pad = |byte: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ byte).collect() };
    let inner = Sha256::digest([pad(0x36), body.to_vec()].concat());
    let outer = Sha256::digest([pad(0x5c), inner.to_vec()].concat());
    outer.iter().fold(String::from("sha256="), |text, byte| format!("{text}{byte:02x}"))
}

#[test]
fn what_a_kill_left_unsent_is_sent_by_the_next_run_and_given_up_in_the_end() {
    let (port, requests) = http(vec![Answer::Status(400), Answer::Status(200), Answer::Status(400)]);
    let sandbox = sandbox("[[notices.to]]\nkind = 'teams'\nurl-file = 'url'\nretries = 0\n");
    sandbox.write("url", format!("http://127.0.0.1:{port}/x\n"));
    run(&sandbox, "2021-03-01", &[]);
    sandbox.write("exports/fleet.csv", HIT);
    run(&sandbox, "2021-03-02", &[]);
    let first = next(&requests);
    // As a kill after the recording leaves it.
    let path = sandbox.path().join("interdict-history.db");
    rusqlite::Connection::open(&path).expect("opens").execute_batch("UPDATE runs SET finished = 0").expect("alters");
    run(&sandbox, "2021-03-03", &[]);
    let second = next(&requests);
    assert_eq!((first.header("Idempotency-Key"), &first.body), (second.header("Idempotency-Key"), &second.body));
    assert!(first.body.contains("AdaptiveCard"), "{}", first.body);
    assert_eq!(pending(&sandbox), 0);
    // What nobody took for eight days is given up.
    sandbox.write("exports/fleet.csv", "asset,vendor,product\na,Northstar,Northstar Guard\nc,Northstar,Northstar Guard\n");
    run(&sandbox, "2021-03-04", &[]);
    assert_eq!(pending(&sandbox), 1);
    rusqlite::Connection::open(&path)
        .expect("opens")
        .execute_batch("UPDATE notices SET made = '2021-03-04T00:00:00Z'")
        .expect("alters");
    let last = run(&sandbox, "2021-03-05", &[]);
    assert!(last.stderr.contains("is given up: the receiver answered 400"), "{}", last.stderr);
    assert_eq!(pending(&sandbox), 0);
}

#[test]
fn a_run_that_fails_is_told_once() {
    let (port, requests) = http(vec![Answer::Status(200)]);
    let sandbox = sandbox("[[notices.to]]\nkind = 'slack'\nurl-env = 'URL'\nretries = 0\n");
    let url = format!("http://127.0.0.1:{port}/x");
    run(&sandbox, "2021-03-01", &[("URL", &url)]);
    sandbox.write("exports/fleet.csv", "asset,vendor,product\na,\"\n");
    for day in ["2021-03-02", "2021-03-03"] {
        assert_eq!(run(&sandbox, day, &[("URL", &url)]).code, Some(3));
    }
    let told = next(&requests);
    assert!(told.body.contains("the run failed on 2021-03-02"), "{}", told.body);
    assert!(requests.recv_timeout(Duration::from_millis(300)).is_err());
}

#[cfg(unix)]
#[test]
fn a_command_gets_the_notice_and_a_template_words_it() {
    let sandbox = sandbox(
        "[[notices.to]]\nname = 'pager'\nkind = 'command'\ncommand = ['/bin/sh', '-c', 'cat > told.json; printf %s \"$INTERDICT_NOTICE_ID\" > id']\n\
         template = 'words.txt'\n",
    );
    sandbox.write("words.txt", "Subject: {{counts}}\n\nSee {{chnages}}\n");
    let wrong = run(&sandbox, "2021-03-01", &[]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("words.txt:3:5") && wrong.stderr.contains("did you mean `changes`?"), "{}", wrong.stderr);
    sandbox.write("words.txt", "Subject: {{counts}}\n\nSee {{changes}}\n");
    run(&sandbox, "2021-03-01", &[]);
    sandbox.write("exports/fleet.csv", HIT);
    let ran = run(&sandbox, "2021-03-02", &[]);
    assert!(!ran.stderr.contains("not-sent"), "{}", ran.stderr);
    let told: serde_json::Value = serde_json::from_str(&sandbox.read("told.json")).expect("JSON");
    assert_eq!((&told["subject"], &told["id"]), (&"1 new".into(), &sandbox.read("id").into()));
    assert!(told["text"].as_str().is_some_and(|text| text.starts_with("See - new: ")), "{told}");
}

/// Takes one mail after the other. Returns the port, and each as it was sent.
fn smtp() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("a copy"));
            let mut out = stream;
            let mut say = |text: &str| out.write_all(format!("{text}\r\n").as_bytes());
            let _ = say("220 here");
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap_or(0) > 0 {
                let word = line.split_whitespace().next().unwrap_or_default().to_uppercase();
                let answer = match word.as_str() {
                    "EHLO" => "250 here",
                    "DATA" => {
                        let _ = say("354 go on");
                        let mut mail = String::new();
                        while !mail.ends_with("\r\n.\r\n") && reader.read_line(&mut mail).unwrap_or(0) > 0 {}
                        let _ = sender.send(mail);
                        "250 taken"
                    }
                    "QUIT" => "221 bye",
                    _ => "250 fine",
                };
                let _ = say(answer);
                line.clear();
            }
        }
    });
    (port, receiver)
}

#[test]
fn a_mail_has_text_html_and_the_report_and_no_head_can_be_made_up() {
    let (port, mails) = smtp();
    let sandbox = sandbox(&format!(
        "[[notices.to]]\nkind = 'email'\nserver = '127.0.0.1'\nport = {port}\ntls = 'none'\nfrom = 'Inter <from@example.org>'\n\
         to = ['to@example.org']\nattach = ['html']\nretries = 0\ntemplate = 'words.txt'\n"
    ));
    // The worst place for hostile names: the subject.
    sandbox.write("words.txt", "Subject: {{changes}}\n\n{{changes}}\n");
    run(&sandbox, "2021-03-01", &[]);
    sandbox.write("exports/fleet.csv", "asset,vendor,product\n\"a\r\nBcc: x@evil.org\r\n\r\n<b>&\",Northstar,Northstar Guard\n");
    let ran = run(&sandbox, "2021-03-02", &[]);
    assert!(!ran.stderr.contains("not-sent"), "{}", ran.stderr);
    let mail = next(&mails);
    let (head, body) = mail.split_once("\r\n\r\n").expect("a head");
    assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{head}");
    let id = head.lines().find_map(|line| line.strip_prefix("Message-ID: <")).expect("an id");
    assert!(id.ends_with("@example.org>") && id.len() == 32 + "@example.org>".len(), "{id}");
    for part in ["text/plain", "text/html", "filename=\"interdict-2021-03-02.html\""] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert!(!body.contains("\r\nBcc: "), "{body}");
    assert!(!body.contains("<b>&\r\n") && body.contains("&lt;b&gt;&amp;"), "{body}");
}

#[test]
fn a_secret_in_the_configuration_is_refused_and_not_shown() {
    for line in ["secret = 'hunter2'", "secrt = 'hunter2'", "url = 'https://x:hunter2@example.org/'", "timeout = 'hunter2'"] {
        let sandbox = sandbox(&format!("[[notices.to]]\nkind = 'webhook'\nurl-env = 'U'\n{line}\n"));
        let ran = run(&sandbox, "2021-03-01", &[]);
        assert_eq!(ran.code, Some(2), "{line}: {}", ran.stderr);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("hunter2"), "{line}: {}", ran.stderr);
    }
}

#[test]
fn the_examples_of_the_documentation_are_right() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/notices.md")).expect("is there");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let template = page.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a template");
    let sandbox = sandbox(example);
    assert_eq!(run(&sandbox, "2021-03-01", &[]).code, Some(0));
    sandbox
        .write("words.txt", template)
        .write("interdict.toml", config("[[notices.to]]\nkind = 'command'\ncommand = ['true']\ntemplate = 'words.txt'\n"));
    assert_eq!(run(&sandbox, "2021-03-02", &[]).code, Some(0));
}
