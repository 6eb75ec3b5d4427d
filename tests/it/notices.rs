//! Notices against servers on this machine: one that fails, hangs and recovers, and one for mail.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::{Duration, Instant};

use interdict::history::{Mode, Store};

use super::common::{Ran, Sandbox, config};
use super::servers::{Answer, Mail, Request, Tls, http, next, smtp};

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

fn pending(sandbox: &Sandbox) -> usize {
    let store = Store::open(&sandbox.path().join("interdict-history.db"), Mode::Existing).expect("opens");
    store.pending().expect("reads").len()
}

#[test]
fn a_webhook_that_fails_and_hangs_gets_the_same_notice_until_it_answers() {
    let answers = vec![Answer::Status(500), Answer::Hang, Answer::Status(404), Answer::Status(429), Answer::Status(204)];
    let (port, requests) = http(answers, Tls::None);
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
    let (port, requests) = http(vec![Answer::Status(400), Answer::Status(200), Answer::Status(400)], Tls::None);
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
    let (port, requests) = http(vec![Answer::Status(200)], Tls::None);
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

/// Returns what the history holds of notices: recipient and state, by id.
fn recorded(sandbox: &Sandbox) -> BTreeMap<String, (String, String)> {
    let db = rusqlite::Connection::open(sandbox.path().join("interdict-history.db")).expect("opens");
    let mut statement = db.prepare("SELECT id, recipient, state FROM notices").expect("is SQL");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))).expect("reads");
    rows.collect::<Result<_, _>>().expect("reads")
}

#[cfg(unix)]
#[test]
fn a_kill_before_or_after_sending_loses_no_notice_and_makes_no_second_id() {
    let (port, requests) = http(vec![Answer::Hang, Answer::Status(204)], Tls::None);
    // The first in the row takes its time, so that the second is recorded and not yet sent.
    let slow = "cat > /dev/null; echo \"$INTERDICT_NOTICE_ID\" >> slow; test -e quick || sleep 5";
    let sandbox = sandbox(&format!(
        "[[notices.to]]\nname = 'slow'\nkind = 'command'\ncommand = ['/bin/sh', '-c', '{slow}']\n\
         [[notices.to]]\nname = 'hook'\nkind = 'webhook'\nurl = 'http://127.0.0.1:{port}/x'\nretries = 0\ntimeout = 30\n"
    ));
    run(&sandbox, "2021-03-01", &[]);
    sandbox.write("exports/fleet.csv", HIT);
    let start = |day: &str| {
        let mut command = sandbox.command(["run", "--as-of", day], "");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    };
    let mut child = start("2021-03-02");
    let begun = Instant::now();
    while !sandbox.path().join("slow").exists() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is not told");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("is killed");
    child.wait().expect("it ends");
    let before = recorded(&sandbox);
    assert_eq!(before.len(), 2, "{before:?}");
    assert!(before.values().all(|(_, state)| state == "pending"), "{before:?}");
    let hook = before.iter().find(|(_, (name, _))| name == "hook").map(|(id, _)| id.clone()).expect("is recorded");
    assert!(requests.try_recv().is_err(), "it was sent already");

    // It arrives, and the program is killed before it knows.
    sandbox.write("quick", "");
    let mut child = start("2021-03-03");
    let arrived = next(&requests);
    child.kill().expect("is killed");
    child.wait().expect("it ends");
    assert_eq!(arrived.header("Idempotency-Key"), Some(hook.as_str()));
    assert_eq!(recorded(&sandbox)[&hook].1, "pending");

    let last = run(&sandbox, "2021-03-04", &[]);
    assert!(!last.stderr.contains("not-sent"), "{}", last.stderr);
    let again = next(&requests);
    assert_eq!((again.header("Idempotency-Key"), &again.body), (Some(hook.as_str()), &arrived.body));
    let after = recorded(&sandbox);
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "another id");
    assert!(after.values().all(|(_, state)| state == "sent"), "{after:?}");
    let slow: BTreeSet<String> = sandbox.read("slow").lines().map(str::to_owned).collect();
    assert_eq!(slow.len(), 1, "{slow:?}");
    assert!(requests.recv_timeout(Duration::from_millis(300)).is_err(), "it is sent after it was taken");
}

#[test]
fn kills_at_any_instant_lose_no_notice() {
    let (port, requests) = http(vec![Answer::Status(204)], Tls::None);
    let notices = format!("[[notices.to]]\nname = 'hook'\nkind = 'webhook'\nurl = 'http://127.0.0.1:{port}/x'\nretries = 0\n");
    let sandbox = sandbox(&notices);
    let begun = Instant::now();
    run(&sandbox, "2021-03-01", &[]);
    let whole = begun.elapsed().as_millis().max(20) as u64;
    let kills: u64 = std::env::var("INTERDICT_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(12);
    let day = |number: u64| {
        let start = chrono::NaiveDate::from_ymd_opt(2021, 3, 2).expect("a day");
        start.checked_add_days(chrono::Days::new(number)).expect("a day").to_string()
    };
    for number in 0..kills {
        sandbox.write("exports/fleet.csv", format!("{CLEAN}pc-{number},Northstar,Northstar Guard\n"));
        let mut command = sandbox.command(["run", "--as-of", &day(number)], "");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        // Late, where the sending is.
        std::thread::sleep(Duration::from_millis(whole / 2 + number.wrapping_mul(7919) % whole));
        let _ = child.kill();
        child.wait().expect("it ends");
    }
    run(&sandbox, &day(kills), &[]);
    let recorded = recorded(&sandbox);
    assert!(recorded.values().all(|(_, state)| state == "sent"), "{recorded:?}");
    let mut bodies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    while let Ok(request) = requests.recv_timeout(Duration::from_millis(300)) {
        let id = request.header("Idempotency-Key").expect("an id").to_owned();
        bodies.entry(id).or_default().insert(request.body);
    }
    assert_eq!(bodies.keys().collect::<Vec<_>>(), recorded.keys().collect::<Vec<_>>());
    assert!(bodies.values().all(|bodies| bodies.len() == 1), "one id, two notices");
    // Each machine was told of once, whichever run found it.
    let of = |body: &str| -> serde_json::Value { serde_json::from_str(body).expect("JSON") };
    let mut machines = Vec::new();
    for notice in bodies.values().flatten().map(|body| of(body)) {
        machines.extend(notice["events"].as_array().expect("events").iter().map(|event| event["asset"].to_string()));
    }
    let distinct: BTreeSet<&String> = machines.iter().collect();
    assert_eq!(distinct.len(), machines.len(), "{machines:?}");
    assert!(machines.contains(&format!("\"pc-{}\"", kills - 1)), "{machines:?}");
}

#[test]
fn a_run_that_ends_with_an_error_is_told_once_until_it_goes_well_again() {
    let (port, requests) = http(vec![Answer::Status(500), Answer::Status(200)], Tls::None);
    let sandbox = sandbox(&format!(
        "[run]\noutputs = ['json=out/latest.json']\n[check]\nwaivers = 'waivers.toml'\n\
         [[notices.to]]\nname = 'hook'\nkind = 'webhook'\nurl = 'http://127.0.0.1:{port}/x'\nretries = 0\n"
    ));
    let out = sandbox.path().join("out");
    std::fs::create_dir(&out).expect("a folder");
    sandbox.write("waivers.toml", "schema = 1\n");
    assert_eq!(run(&sandbox, "2021-03-01", &[]).code, Some(0));
    let fail = |day: &str| {
        let ran = run(&sandbox, day, &[]);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        ran
    };
    // The folder of the outputs is gone. The first attempt to say so fails, the next run says it again.
    std::fs::remove_dir_all(&out).expect("removes");
    assert!(fail("2021-03-02").stderr.contains("warning[not-sent]"));
    fail("2021-03-03");
    fail("2021-03-04");
    let [first, second] = [next(&requests), next(&requests)];
    assert_eq!(first.header("Idempotency-Key"), second.header("Idempotency-Key"));
    assert_eq!(first.body, second.body);
    let notice: serde_json::Value = serde_json::from_str(&second.body).expect("JSON");
    assert_eq!((&notice["run"], &notice["failed"], &notice["counts"]["run-failed"]), (&().into(), &true.into(), &1.into()));
    let why = notice["reasons"][0].as_str().expect("a text");
    assert!(why.contains("/out`") && why.ends_with("[unreadable-file]"), "{why}");
    assert!(second.body.contains("the run failed on 2021-03-02"), "{notice}");
    // It went well, and fails anew: that is news.
    std::fs::create_dir(&out).expect("a folder");
    assert_eq!(run(&sandbox, "2021-03-05", &[]).code, Some(0));
    std::fs::remove_dir_all(&out).expect("removes");
    fail("2021-03-06");
    let third = next(&requests);
    assert_ne!(first.header("Idempotency-Key"), third.header("Idempotency-Key"));
    // What is wrong before anything is read is told as well: another failure.
    sandbox.write("waivers.toml", "schema = 1\n[[waivers]]\n");
    fail("2021-03-07");
    fail("2021-03-08");
    assert!(next(&requests).body.contains("the run failed on 2021-03-07"));
    let dry = sandbox.run(["run", "--as-of", "2021-03-09", "--dry-run"]);
    assert_eq!(dry.code, Some(2));
    assert!(requests.recv_timeout(Duration::from_millis(300)).is_err());
    // Where not even that can be recorded, the run says so.
    sandbox.write("interdict-history.db", "no database".repeat(1000));
    for beside in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(sandbox.path().join(format!("interdict-history.db{beside}")));
    }
    sandbox.write("waivers.toml", "schema = 1\n");
    std::fs::create_dir(&out).expect("a folder");
    let last = fail("2021-03-10");
    assert!(last.stderr.contains("error[history-damaged]") && last.stderr.contains("nobody was told"), "{}", last.stderr);
}

#[test]
fn a_receiver_that_says_when_is_not_asked_before() {
    let answers = vec![Answer::Later(429, "2"), Answer::Status(204), Answer::Later(503, "3600"), Answer::Status(204)];
    let (port, requests) = http(answers, Tls::None);
    let notices = format!("[[notices.to]]\nname = 'hook'\nkind = 'webhook'\nurl = 'http://127.0.0.1:{port}/x'\nretries = 1\n");
    let sandbox = sandbox(&notices);
    run(&sandbox, "2021-03-01", &[]);
    sandbox.write("exports/fleet.csv", HIT);
    run(&sandbox, "2021-03-02", &[]);
    let [first, second] = [next(&requests), next(&requests)];
    assert!(second.at - first.at >= Duration::from_secs(2), "{:?}", second.at - first.at);
    // An hour is for the next run.
    sandbox.write("exports/fleet.csv", CLEAN.replace("Mozilla,Firefox", "Northstar,Northstar Guard"));
    let ran = run(&sandbox, "2021-03-03", &[]);
    assert!(ran.stderr.contains("the receiver answered 503 and asks for 3600 s of peace"), "{}", ran.stderr);
    next(&requests);
    assert!(requests.recv_timeout(Duration::from_millis(300)).is_err());
    assert_eq!(pending(&sandbox), 1);
    run(&sandbox, "2021-03-04", &[]);
    next(&requests);
    assert_eq!(pending(&sandbox), 0);
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

#[test]
fn a_mail_has_text_html_and_the_report_and_no_head_can_be_made_up() {
    let (port, mails) = smtp(Tls::None);
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
    let Mail { text: mail, .. } = next(&mails);
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
    sandbox.write("internal-ca.pem", super::tls::Authority::new("An authority").pem);
    let ran = run(&sandbox, "2021-03-01", &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    sandbox
        .write("words.txt", template)
        .write("interdict.toml", config("[[notices.to]]\nkind = 'command'\ncommand = ['true']\ntemplate = 'words.txt'\n"));
    assert_eq!(run(&sandbox, "2021-03-02", &[]).code, Some(0));
}
