//! The action, the hook and the examples of `docs/ci/` do what their pages say.
//!
//! Their scripts are taken out of YAML, Groovy and a crontab as they stand, and run by the shell that
//! the service would use, on samples. Only `cargo install` is played: what stands in for it notes how it
//! was called, and lays the program where it was asked to.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

use super::{root, text};
use crate::common::{Ran, Sandbox, words};

const DAY: &str = "2024-10-01";

/// Reads YAML as a value; every scalar is a text.
pub(super) fn yaml(text: &str) -> Value {
    fn node<'a>(event: &Event<'a>, events: &mut dyn Iterator<Item = Event<'a>>) -> Value {
        match event {
            Event::Scalar(text, ..) => Value::String(text.to_string()),
            Event::SequenceStart(..) => {
                let mut list = Vec::new();
                loop {
                    match events.next().expect("a sequence ends") {
                        Event::SequenceEnd => return Value::Array(list),
                        event => list.push(node(&event, events)),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut map = Map::new();
                loop {
                    match events.next().expect("a mapping ends") {
                        Event::MappingEnd => return Value::Object(map),
                        Event::Scalar(key, ..) => {
                            let event = events.next().expect("a value");
                            let value = node(&event, events);
                            assert!(map.insert(key.to_string(), value).is_none(), "`{key}` stands twice");
                        }
                        other => panic!("{other:?} is no key"),
                    }
                }
            }
            other => panic!("{other:?} is not expected here"),
        }
    }
    let events = Parser::new_from_str(text).map(|event| event.unwrap_or_else(|error| panic!("{error}: {text}")).0);
    let mut events = events.filter(|event| !matches!(event, Event::StreamStart | Event::DocumentStart(_)));
    let first = events.next().expect("a document");
    let value = node(&first, &mut events);
    assert!(matches!(events.next(), Some(Event::DocumentEnd)) && matches!(events.next(), Some(Event::StreamEnd)));
    value
}

pub(super) fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` is no text in {value}"))
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    let list = value[key].as_array().unwrap_or_else(|| panic!("`{key}` is no list in {value}"));
    list.iter().map(|word| word.as_str().expect("a text"))
}

pub(super) fn map<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let map = value[key].as_object().unwrap_or_else(|| panic!("`{key}` is no mapping in {value}"));
    map.iter().map(|(key, value)| (key.as_str(), value))
}

/// A checkout with inventories, and a place where programs are found.
fn checkout() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["fleet.csv", "sbom.cdx.json"] {
        sandbox.write(&format!("inventory/{name}"), std::fs::read(root().join("seeds").join(name)).expect("a sample"));
    }
    let cargo = "#!/bin/sh\n\
        echo \"$@\" >>\"$PLAYED\"\n\
        while [ \"$1\" != --root ]; do shift; done\n\
        mkdir -p \"$2/bin\" && ln -s \"$PROGRAM\" \"$2/bin/interdict\"\n";
    sandbox.write("bin/cargo", cargo);
    Command::new("chmod").arg("+x").arg(sandbox.path().join("bin/cargo")).status().expect("chmod is there");
    sandbox
}

/// Runs a script in a checkout. What `own` says wins over the rest.
pub(super) fn run(sandbox: &Sandbox, shell: &[&str], script: &str, own: &[(&str, &str)]) -> Ran {
    let folder = sandbox.path().to_str().expect("a path");
    let env = BTreeMap::from([
        ("HOME", folder.to_owned()),
        ("NO_COLOR", "1".to_owned()),
        ("PATH", format!("{folder}/bin:/usr/bin:/bin")),
        ("PLAYED", format!("{folder}/played.txt")),
        ("PROGRAM", env!("CARGO_BIN_EXE_interdict").to_owned()),
        ("INTERDICT_AS_OF", DAY.to_owned()),
    ]);
    let output = Command::new(shell[0])
        .args(&shell[1..])
        .arg(script)
        .current_dir(sandbox.path())
        .env_clear()
        .envs(env)
        .envs(own.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("is UTF-8");
    Ran { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
}

fn is_there(sandbox: &Sandbox, path: &str) -> bool {
    sandbox.path().join(path).metadata().is_ok_and(|file| file.len() > 0)
}

/// Checks how `cargo install` was called.
fn installed(sandbox: &Sandbox, source: &str) {
    let played = sandbox.read("played.txt");
    assert!(played.starts_with(&format!("install --locked --quiet {source}")), "{played}");
    assert_eq!(played.lines().count(), 1, "it is built once: {played}");
}

/// Runs the steps of the action as a service would, with these inputs.
fn act(sandbox: &Sandbox, inputs: &[(&str, &str)], own: &[(&str, &str)]) -> Ran {
    let action = yaml(&text("action.yml"));
    let mut given: BTreeMap<&str, &str> =
        map(&action, "inputs").map(|(name, input)| (name, input["default"].as_str().unwrap_or_default())).collect();
    for (name, value) in inputs {
        assert!(given.insert(name, value).is_some(), "there is no input `{name}`");
    }
    let folder = sandbox.path().to_str().expect("a path");
    let files = ["output.txt", "summary.md", "temp"].map(|name| format!("{folder}/{name}"));
    for step in action["runs"]["steps"].as_array().expect("steps") {
        match step["if"].as_str() {
            None => {}
            Some("inputs.program == ''") if given["program"].is_empty() => {}
            Some("inputs.program == ''") => continue,
            Some(other) => panic!("the test does not know the condition `{other}`"),
        }
        let mut env = vec![
            ("GITHUB_ACTION_PATH", root().to_str().expect("a path")),
            ("GITHUB_OUTPUT", &files[0]),
            ("GITHUB_STEP_SUMMARY", &files[1]),
            ("RUNNER_TEMP", &files[2]),
        ];
        env.extend(own);
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            let input = value.as_str().and_then(|text| text.strip_prefix("${{ inputs.")?.strip_suffix(" }}"));
            env.push((name, given[input.unwrap_or_else(|| panic!("`{name}` is no input"))]));
        }
        assert_eq!(word(step, "shell"), "bash");
        let ran = run(sandbox, &["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"], word(step, "run"), &env);
        if ran.code != Some(0) || step["id"] == "check" {
            return ran;
        }
    }
    panic!("no step checks")
}

const INVENTORY: [(&str, &str); 3] = [("inventories", "inventory/fleet.csv"), ("jurisdictions", "US"), ("as-of", DAY)];

#[test]
#[cfg_attr(not(unix), ignore = "the scripts are written for bash")]
fn the_action_checks_marks_and_fails() {
    let sandbox = checkout();
    let ran = act(&sandbox, &INVENTORY, &[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    assert!(ran.stdout.contains("::error "), "{}", ran.stdout);
    assert_eq!(sandbox.read("output.txt"), "exit-code=1\n");
    assert!(sandbox.read("summary.md").contains("Kaspersky"));
    assert!(sandbox.read("interdict.sarif").contains("us-bis-kaspersky-2024"));
    installed(&sandbox, &format!("--path {}", root().display()));

    let sandbox = checkout();
    let outputs = "  html=a b.html \n\n\tics=dates.ics\r\n";
    let more = [("program", env!("CARGO_BIN_EXE_interdict")), ("fail-on", "never"), ("outputs", outputs), ("redact", "assets")];
    let inputs: Vec<_> = INVENTORY.into_iter().chain(more).collect();
    let ran = act(&sandbox, &inputs, &[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(is_there(&sandbox, "a b.html") && is_there(&sandbox, "dates.ics") && !is_there(&sandbox, "played.txt"));
    assert!(!sandbox.read("a b.html").contains("US-NYC-0143"));
}

#[test]
#[cfg_attr(not(unix), ignore = "the scripts are written for bash")]
fn a_pull_request_cannot_switch_off_its_own_gate() {
    let sandbox = checkout();
    sandbox.write("interdict.toml", "schema = 1\n[check]\nfail-on = \"never\"\nallow-unread = true\n");
    sandbox.write("inventory/interdict.toml", "schema = 1\n[check]\nfail-on = \"never\"\n");
    // No flag of the action hides what a configuration or a variable would do.
    let inputs: Vec<_> = INVENTORY.into_iter().chain([("fail-on", ""), ("program", env!("CARGO_BIN_EXE_interdict"))]).collect();
    for own in [&[][..], &[("INTERDICT_FAIL_ON", "never")], &[("INTERDICT_CONFIG", "interdict.toml")]] {
        let ran = act(&sandbox, &inputs, own);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "{own:?}");
    }
    // Told to, it uses one; what the inputs say wins over it.
    let told: Vec<_> = inputs.iter().copied().chain([("config", "interdict.toml")]).collect();
    assert_eq!(act(&sandbox, &told, &[]).code, Some(0));
    let told: Vec<_> = told.into_iter().chain([("fail-on", "no-sale")]).collect();
    assert_eq!(act(&sandbox, &told, &[]).code, Some(1));
}

#[test]
#[cfg_attr(not(unix), ignore = "the scripts are written for bash")]
fn an_input_of_the_action_is_never_run() {
    let action = yaml(&text("action.yml"));
    let (mut used, mut scripts) = (Vec::new(), 0);
    for step in action["runs"]["steps"].as_array().expect("steps") {
        let script = word(step, "run");
        assert!(!script.contains("${{") && !script.contains("eval"), "{script}");
        scripts += 1;
        used.extend(step["env"].as_object().into_iter().flatten().map(|(_, value)| value.as_str().expect("a text").to_owned()));
        used.extend(step["if"].as_str().map(str::to_owned));
    }
    assert_eq!(scripts, 2);
    for (name, input) in map(&action, "inputs") {
        assert!(used.iter().any(|text| text.contains(&format!("inputs.{name}"))), "the input `{name}` does nothing");
        assert!(!word(input, "description").is_empty());
    }
    for hostile in
        ["$(touch taken)", "`touch taken`", "'; touch taken; '", "\"; touch taken #", "* && touch taken", "--fail-on=never"]
    {
        for (name, _) in map(&action, "inputs").filter(|(name, _)| *name != "program") {
            let sandbox = checkout();
            let inputs: Vec<_> = INVENTORY.into_iter().filter(|(own, _)| *own != name).chain([(name, hostile)]).collect();
            let inputs: Vec<_> = inputs.into_iter().chain([("program", env!("CARGO_BIN_EXE_interdict"))]).collect();
            let ran = act(&sandbox, &inputs, &[]);
            assert_ne!(ran.code, Some(0), "{name}: {hostile}: {}", ran.stdout);
            assert!(!sandbox.path().join("taken").exists(), "{name}: {hostile}");
        }
    }
}

#[test]
#[cfg_attr(not(unix), ignore = "the scripts are written for bash")]
fn the_job_for_gitlab_gives_what_it_hands_over() {
    let file = yaml(&text("docs/ci/gitlab.yml"));
    let job = &file["interdict"];
    let own: Vec<_> = map(&file, "variables").map(|(name, value)| (name, value.as_str().expect("a text"))).collect();
    let script = list(job, "before_script").chain(list(job, "script")).collect::<Vec<_>>().join("\n");
    let sandbox = checkout();
    sandbox.write("interdict.toml", "schema = 1\n[check]\nfail-on = \"never\"\n");
    for _ in 0..2 {
        let ran = run(&sandbox, &["bash", "-eo", "pipefail", "-c"], &script, &own);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "{}", ran.stdout);
        assert!(ran.stdout.contains("us-bis-kaspersky-2024"), "{}", ran.stdout);
    }
    installed(&sandbox, "--git https://example.org/interdict.git --rev 0000");
    assert_eq!(word(&job["artifacts"], "when"), "always");
    let reports = map(&job["artifacts"], "reports").map(|(_, file)| file.as_str().expect("a text"));
    for file in list(&job["artifacts"], "paths").chain(reports) {
        assert!(is_there(&sandbox, file), "{file} is not written");
    }
    assert!(list(&job["cache"], "paths").all(|folder| is_there(&sandbox, folder)));
}

/// Returns the texts between `before` and `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().expect("has an end")).collect()
}

#[test]
#[cfg_attr(not(unix), ignore = "the scripts are written for a POSIX shell")]
fn the_pipeline_for_jenkins_gives_what_it_keeps() {
    let file = text("docs/ci/Jenkinsfile");
    assert_eq!(file.matches('{').count(), file.matches('}').count());
    assert_eq!(file.matches("'''").count() % 2, 0);
    let settings = between(&file, "environment {", "}")[0].lines().filter_map(|line| line.trim().split_once(" = "));
    let own: Vec<_> = settings.map(|(name, value)| (name, value.trim_matches('\''))).collect();
    assert_eq!(own.len(), 2);
    let sandbox = checkout();
    sandbox.write("interdict.toml", "schema = 1\n[check]\nfail-on = \"never\"\n");
    // A backslash at the end of a line joins two already in Groovy; any other would not reach the shell.
    let scripts: Vec<String> = file.split("'''").skip(1).step_by(2).map(|script| script.replace("\\\n", "")).collect();
    assert!(scripts.iter().all(|script| !script.contains('\\') && !script.contains("${")), "{scripts:?}");
    let codes: Vec<_> = scripts.iter().map(|script| run(&sandbox, &["sh", "-ec"], script, &own).code).collect();
    assert_eq!(codes, [Some(0), Some(1)]);
    installed(&sandbox, "--git https://example.org/interdict.git --rev 0000");
    let kept = between(&file, "testResults: '", "'").into_iter().chain(between(&file, "artifacts: '", "'"));
    let kept: Vec<&str> = kept.flat_map(|names| names.split(", ")).collect();
    assert_eq!(kept.len(), 3);
    for name in kept {
        assert!(is_there(&sandbox, name), "{name} is not written");
    }
}

/// Returns the commands of a crontab, as cron hands them to the shell.
fn crontab() -> Vec<String> {
    let file = text("docs/ci/crontab");
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (settings, jobs): (Vec<&str>, Vec<&str>) =
        lines.partition(|line| line.split_once('=').is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_uppercase())));
    assert_eq!(settings.len(), 3);
    jobs.into_iter()
        .map(|line| {
            let mut rest = line;
            for _ in 0..5 {
                let (field, after) = rest.split_once(' ').expect("five fields and a command");
                assert!(field == "*" || field.bytes().all(|byte| byte.is_ascii_digit()), "{field}");
                rest = after;
            }
            assert!(!rest.replace("\\%", "").contains('%'), "cron ends the command at a bare %");
            rest.replace("\\%", "%")
        })
        .collect()
}

#[test]
#[cfg_attr(not(unix), ignore = "the scripts are written for a POSIX shell")]
fn cron_mails_when_something_is_to_be_done() {
    let jobs = crontab();
    let [morning, monday] = jobs.as_slice() else { panic!("two jobs: {jobs:?}") };
    let sandbox = checkout();
    sandbox.write("interdict.toml", "schema = 1\n[check]\nfail-on = \"never\"\n");
    let program = env!("CARGO_BIN_EXE_interdict");
    sandbox.write("bin/interdict", format!("#!/bin/sh\nexec '{program}' \"$@\"\n"));
    Command::new("chmod").arg("+x").arg(sandbox.path().join("bin/interdict")).status().expect("chmod is there");
    let sh = |script: &str| run(&sandbox, &["sh", "-c"], script, &[]);
    // The page says which folders there have to be.
    let page = text("docs/ci/cron.md");
    let folders = between(&page, "```sh\n", "```")[0].replace("/srv/interdict/", "");
    assert_eq!(sh(&folders).code, Some(0));
    let ran = sh(morning);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains("us-bis-kaspersky-2024") && ran.stdout.contains("\nNext: "), "{}", ran.stdout);
    for file in ["today.txt", "public/report.html", "public/deadlines.ics"] {
        assert!(is_there(&sandbox, file), "{file} is not written");
    }
    let kept = std::fs::read_dir(sandbox.path().join("results")).expect("a folder");
    let kept: Vec<_> = kept.map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(kept.len(), 1);
    let again = sandbox.run([Path::new("report"), &kept[0]]);
    assert_eq!((again.code, again.stdout), (Some(1), sandbox.read("today.txt")));
    let ran = sh(monday);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(ran.stdout.starts_with("DATE") || ran.stdout.starts_with("20"), "{}", ran.stdout);

    // All is well: no mail.
    sandbox.write("inventory/fleet.csv", "vendor,product,location\nIgor Pavlov,7-Zip,US\n");
    std::fs::remove_file(sandbox.path().join("inventory/sbom.cdx.json")).expect("was there");
    let ran = sh(morning);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
    // The inventories are gone: a mail that says so, and not the table of another day.
    std::fs::remove_dir_all(sandbox.path().join("inventory")).expect("was there");
    let ran = sh(morning);
    assert!(ran.stderr.contains("error[") && !ran.stdout.contains("clear"), "{ran:?}");
}

#[test]
#[cfg_attr(not(unix), ignore = "the pattern is tried with grep")]
fn the_hook_takes_bills_of_materials_and_fails() {
    let hooks = yaml(&text(".pre-commit-hooks.yaml"));
    let hook = &hooks[0];
    let seeds = std::fs::read_dir(root().join("seeds")).expect("samples");
    let mut seeds: Vec<String> =
        seeds.map(|seed| format!("seeds/{}", seed.expect("a sample").file_name().to_string_lossy())).collect();
    seeds.sort();
    let is_bill = |name: &&String| name.contains("sbom.") || name.contains(".trivy.");
    let expected: Vec<&String> = seeds.iter().filter(is_bill).collect();
    assert!(expected.len() >= 8, "{expected:?}");
    let grep = Command::new("grep").args(["-E", word(hook, "files")]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut grep = grep.expect("grep is there");
    std::io::Write::write_all(&mut grep.stdin.take().expect("a pipe"), (seeds.join("\n") + "\nbom.json\nx/bom.xml\n").as_bytes())
        .expect("is read");
    let taken = String::from_utf8(grep.wait_with_output().expect("ends").stdout).expect("names");
    assert_eq!(taken.lines().filter(|name| name.starts_with("seeds/")).collect::<Vec<_>>(), expected);
    assert!(taken.ends_with("\nbom.json\nx/bom.xml\n"), "{taken}");

    let page = yaml(between(&text("docs/ci/pre-commit.md"), "```yaml\n", "```")[0]);
    let own = &page["repos"][0]["hooks"][0];
    assert_eq!(word(own, "id"), word(hook, "id"));
    let entry = words(word(hook, "entry"));
    let sandbox = checkout();
    sandbox.write("interdict.toml", "schema = 1\n[check]\nfail-on = \"never\"\n");
    let args = entry[1..].iter().map(String::as_str).chain(list(own, "args")).chain(["inventory/sbom.cdx.json"]);
    let ran = sandbox.run_with(args, &[("INTERDICT_AS_OF", DAY)], "", "");
    assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn the_pages_of_pipelines_name_what_is_there() {
    let action = yaml(&text("action.yml"));
    let mut examples = 0;
    let names = std::fs::read_dir(root().join("docs/ci")).expect("pages").map(|page| page.expect("a page").file_name());
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    let index = text("docs/ci/README.md");
    for name in &names {
        assert!(name == "README.md" || index.contains(&format!("({name})")), "docs/ci/README.md does not name {name}");
        let page = text(&format!("docs/ci/{name}"));
        for link in between(&page, "](", ")") {
            assert!(link.contains("://") || root().join("docs/ci").join(link).exists(), "{name}: {link}");
        }
        for example in between(&page, "```yaml\n", "```") {
            let value = yaml(example);
            let steps = value.as_array().or_else(|| value["jobs"]["interdict"]["steps"].as_array()).into_iter().flatten();
            for step in steps.filter(|step| step["uses"].as_str().is_some_and(|uses| uses.starts_with("OWNER/interdict@"))) {
                for (input, _) in map(step, "with") {
                    assert!(action["inputs"].get(input).is_some(), "{name}: there is no input `{input}`");
                }
                examples += 1;
            }
        }
    }
    assert_eq!((examples, names.len()), (2, 9));
}
