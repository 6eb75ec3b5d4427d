//! `interdict schedule` prints units that work as they stand: what their schedulers would start is started
//! here, on names that are hostile, and the schedulers' own checkers look at them where there are any.
//! `docs/schedule.md` shows what is printed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use interdict::schedule::{Plan, Target, Time, units};

use super::ci::{list, map, run, word, yaml};
use super::{bless, blessing, text};
use crate::common::{Ran, Sandbox, config};

const PATH: &str = "docs/schedule.md";

const RUN: &str = "[run]\noutputs = [\"json=out/latest.json\"]\n";

/// A folder name that every format has to quote.
const ODD: &str = "it's \"50%\" <ü> & `touch taken`; #x";

/// What the page is about.
fn example() -> Plan {
    Plan {
        program: "/usr/local/bin/interdict".to_owned(),
        config: "/srv/interdict/interdict.toml".to_owned(),
        repository: "/srv/interdict".to_owned(),
        history: "/srv/interdict/interdict-history.db".to_owned(),
        outputs: vec!["/srv/interdict/public/report.html".to_owned()],
        reads: vec!["/srv/interdict/exports".to_owned()],
        variables: Vec::new(),
        at: Time { hour: 6, minute: 30 },
        zone: None,
        user: None,
    }
}

fn example_for(target: Target) -> Plan {
    let plan = Plan { user: target.has_account().then(|| "interdict".to_owned()), ..example() };
    if target != Target::Windows {
        return plan;
    }
    let inner = |name: &str| format!("C:\\ProgramData\\interdict\\{name}");
    Plan {
        program: "C:\\Program Files\\interdict\\interdict.exe".to_owned(),
        config: inner("interdict.toml"),
        history: inner("interdict-history.db"),
        ..plan
    }
}

#[test]
fn the_page_shows_what_is_printed() {
    let mut page = text(PATH);
    for target in Target::ALL.iter().copied() {
        for unit in units(target, &example_for(target)).expect("is written") {
            let language = match unit.name.rsplit_once('.').expect("has an ending").1 {
                "service" | "timer" => "ini",
                "cron" => "sh",
                "plist" | "xml" => "xml",
                _ => "yaml",
            };
            let fence = format!(
                "
```{language} {}
",
                unit.name
            );
            let start = page.find(&fence).unwrap_or_else(|| panic!("{PATH} lacks {}", unit.name)) + fence.len();
            let end = start + page[start..].find("```\n").expect("has an end");
            if blessing() {
                page.replace_range(start..end, &unit.text);
            } else {
                assert!(page[start..end] == unit.text, "{PATH} shows another {}", unit.name);
            }
        }
        assert!(page.contains(&format!("interdict schedule {}", target.name())), "{PATH} does not name {}", target.name());
    }
    if blessing() {
        bless(PATH, &page);
    }
}

/// A repository whose configuration lies in a folder with an odd name, and its program in another.
fn repository() -> (Sandbox, PathBuf) {
    repository_with(&format!("bin {ODD}"))
}

/// The same with a name for the folder of the program.
fn repository_with(folder_of_program: &str) -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    sandbox.fixture("pack").write(".git/HEAD", "ref: refs/heads/main\n");
    let folder = sandbox.path().join(ODD);
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::rename(sandbox.path().join("pack"), folder.join("pack")).expect("moves");
    sandbox.write(&format!("{ODD}/interdict.toml"), config(RUN)).write(&format!("{ODD}/out/.keep"), "");
    sandbox.write(&format!("{ODD}/exports/fleet.csv"), "asset,vendor,product\na,Northstar,Northstar Guard\n");
    let program = sandbox.path().join(folder_of_program).join("interdict");
    std::fs::create_dir(program.parent().expect("a folder")).expect("a folder");
    std::fs::hard_link(env!("CARGO_BIN_EXE_interdict"), &program)
        .or_else(|_| std::fs::copy(env!("CARGO_BIN_EXE_interdict"), &program).map(drop))
        .expect("a copy of the program");
    (sandbox, program)
}

/// Returns what the program in the odd folder prints.
fn printed(sandbox: &Sandbox, program: &Path, args: &[&str]) -> String {
    let ran = Command::new(program)
        .arg("schedule")
        .args(args)
        .current_dir(sandbox.path().join(ODD))
        .env_clear()
        .env("NO_COLOR", "1")
        .output()
        .expect("it runs");
    let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success() && !stderr.contains("error"), "{args:?}: {stderr}");
    String::from_utf8(ran.stdout).expect("is UTF-8")
}

/// Looks whether a run did what it should: it was recorded, its output is there, and nothing else ran.
fn ran_well(sandbox: &Sandbox, ran: &Ran, number: u32) {
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("run {number} of 2024-10-01")), "{}", ran.stdout);
    assert!(sandbox.read(&format!("{ODD}/out/latest.json")).contains("us-office-northstar-2021"));
    assert!(sandbox.path().join(ODD).join("interdict-history.db").is_file());
    for place in ["taken", &format!("{ODD}/taken")] {
        assert!(!sandbox.path().join(place).exists(), "a name was run");
    }
}

#[test]
#[cfg_attr(not(unix), ignore = "cron starts a POSIX shell")]
fn the_line_for_cron_runs() {
    let (sandbox, program) = repository();
    let text = printed(&sandbox, &program, &["cron", "--at", "05:07"]);
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let [line] = lines.as_slice() else { panic!("one line: {text}") };
    let command = line.strip_prefix("7 5 * * * ").expect("five fields");
    assert!(!command.replace("\\%", "").contains('%') && !command.replace("\\%", "").contains('\\'), "{command}");
    ran_well(&sandbox, &run(&sandbox, &["sh", "-c"], &command.replace("\\%", "%"), &[]), 1);
}

/// Lays what stands in for `cargo install` into a sandbox.
fn play(sandbox: &Sandbox) {
    let cargo = "#!/bin/sh\nwhile [ \"$1\" != --root ]; do shift; done\n\
        mkdir -p \"$2/bin\" && ln -s \"$PROGRAM\" \"$2/bin/interdict\"\n";
    sandbox.write("bin/cargo", cargo);
    Command::new("chmod").arg("+x").arg(sandbox.path().join("bin/cargo")).status().expect("chmod is there");
}

#[test]
#[cfg_attr(not(unix), ignore = "the scripts are written for bash")]
fn the_workflow_for_github_runs() {
    let (sandbox, program) = repository();
    std::fs::remove_dir_all(sandbox.path().join(ODD).join("out")).expect("was there");
    play(&sandbox);
    let file = yaml(&printed(&sandbox, &program, &["github", "--at", "05:07"]));
    assert_eq!(word(&file["on"]["schedule"][0], "cron"), "7 5 * * *");
    let job = &file["jobs"]["interdict"];
    let env: Vec<_> = map(job, "env").map(|(name, value)| (name, value.as_str().expect("a text"))).collect();
    for turn in 0..2 {
        let mut last = None;
        for step in job["steps"].as_array().expect("steps").iter().filter(|step| step.get("run").is_some()) {
            let script = word(step, "run");
            assert!(!script.contains("${{"), "{script}");
            assert!(last.is_none_or(|ran: Ran| ran.code == Some(0)));
            last = Some(run(&sandbox, &["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"], script, &env));
        }
        let ran = last.expect("steps");
        ran_well(&sandbox, &ran, 1);
        assert_eq!(ran.stdout.contains("recorded already"), turn == 1);
    }
    // What is kept is what was written.
    let paths = job["steps"].as_array().expect("steps").iter().filter_map(|step| step["with"]["path"].as_str());
    let kept: Vec<&str> = paths.flat_map(str::lines).filter(|path| !path.starts_with('~') && !path.ends_with("-wal")).collect();
    assert_eq!(kept.len(), 3);
    for path in kept {
        assert!(sandbox.path().join(path).is_file(), "{path} is not written");
    }
}

#[test]
#[cfg_attr(not(unix), ignore = "the scripts are written for bash")]
fn the_job_for_gitlab_runs() {
    let (sandbox, program) = repository();
    std::fs::remove_dir_all(sandbox.path().join(ODD).join("out")).expect("was there");
    play(&sandbox);
    let file = yaml(&printed(&sandbox, &program, &["gitlab"]));
    let job = &file["interdict"];
    assert_eq!(word(&job["rules"][0], "if"), "$CI_PIPELINE_SOURCE == \"schedule\"");
    let own: Vec<_> = map(job, "variables").map(|(name, value)| (name, value.as_str().expect("a text"))).collect();
    let script = list(job, "before_script").chain(list(job, "script")).collect::<Vec<_>>().join("\n");
    ran_well(&sandbox, &run(&sandbox, &["bash", "-eo", "pipefail", "-c"], &script, &own), 1);
    let kept = list(&job["cache"][1], "paths").take(1).chain(list(&job["artifacts"], "paths"));
    for path in kept {
        assert!(sandbox.path().join(path).is_file(), "{path} is not written");
    }
}

#[test]
#[cfg_attr(not(unix), ignore = "the paths are those of a Unix system")]
fn the_job_for_kubernetes_may_do_nothing_else() {
    let (sandbox, program) = repository();
    let folder = sandbox.path().join("deploy");
    let folder = folder.to_str().expect("a path");
    assert_eq!(printed(&sandbox, &program, &["kubernetes", "--output", folder]), "");
    let volume = yaml(&sandbox.read("deploy/interdict-volume.yaml"));
    let job = yaml(&sandbox.read("deploy/interdict-cronjob.yaml"));
    assert_eq!((word(&job, "kind"), word(&job["spec"], "concurrencyPolicy")), ("CronJob", "Forbid"));
    let pod = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    assert_eq!(word(&pod["securityContext"], "runAsNonRoot"), "true");
    assert_eq!(word(&pod["securityContext"]["seccompProfile"], "type"), "RuntimeDefault");
    let container = &pod["containers"][0];
    let context = &container["securityContext"];
    assert_eq!((word(context, "allowPrivilegeEscalation"), word(context, "readOnlyRootFilesystem")), ("false", "true"));
    assert_eq!(list(&context["capabilities"], "drop").collect::<Vec<_>>(), ["ALL"]);
    assert_eq!(word(&pod["volumes"][0]["persistentVolumeClaim"], "claimName"), word(&volume["metadata"], "name"));
    let mounts: Vec<&str> = container["volumeMounts"].as_array().expect("mounts").iter().map(|mount| word(mount, "name")).collect();
    let volumes: Vec<&str> = pod["volumes"].as_array().expect("volumes").iter().map(|volume| word(volume, "name")).collect();
    assert_eq!(mounts, volumes);
    // In one stream they are two documents.
    assert_eq!(printed(&sandbox, &program, &["kubernetes"]).matches("\n---\n").count(), 1);
}

/// Says that a check was left out, and why.
#[expect(clippy::print_stderr, reason = "a check that is left out says so")]
fn skipped(program: &str) -> bool {
    let is_there = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !is_there {
        eprintln!("SKIPPED: `{program}` is not there");
    }
    !is_there
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "systemd is of Linux")]
fn systemd_takes_the_units() {
    if skipped("systemd-analyze") {
        return;
    }
    let (sandbox, program) = repository_with("100% <ü> & `x` $HOME; #x");
    let folder = sandbox.path().join("units");
    let folder = folder.to_str().expect("a path");
    printed(&sandbox, &program, &["systemd", "--user", "daemon", "--zone", "Europe/Berlin", "--output", folder]);
    let judge = |args: &[&str]| {
        let output = Command::new("systemd-analyze").args(args).current_dir(folder).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    };
    // It looks whether the program is there under its odd name; what other units say is not ours.
    let (passed, said) = judge(&["verify", "--man=no", "./interdict.timer", "./interdict.service"]);
    assert!(passed && !said.contains("interdict."), "{said}");
    let (passed, said) = judge(&["security", "--offline=yes", "--threshold=20", "./interdict.service"]);
    assert!(passed, "{said}");
    let timer = sandbox.read("units/interdict.timer");
    let on = timer.lines().find_map(|line| line.strip_prefix("OnCalendar=")).expect("a time");
    let (passed, said) = judge(&["calendar", on]);
    assert!(passed && said.contains("Next elapse"), "{said}");
    // A path that is wrong is seen.
    let service = sandbox.read("units/interdict.service");
    sandbox.write("units/interdict.service", service.replace("/interdict\" run", "/missing\" run"));
    assert!(!judge(&["verify", "--man=no", "./interdict.service"]).0);
}

#[test]
#[cfg_attr(not(unix), ignore = "the paths are those of a Unix system")]
fn python_reads_the_property_list_and_the_task() {
    if skipped("python3") {
        return;
    }
    let (sandbox, program) = repository();
    sandbox.write("units/interdict.plist", printed(&sandbox, &program, &["launchd", "--user", "audit", "--at", "05:07"]));
    let script = "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
    let output = Command::new("python3").args(["-c", script]).arg(sandbox.path().join("units/interdict.plist")).output();
    let output = output.expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("is JSON");
    let config = sandbox.path().join(ODD).join("interdict.toml");
    assert_eq!(list["ProgramArguments"], serde_json::json!([program, "run", "--config", config]));
    assert_eq!(
        (&list["StartCalendarInterval"], &list["UserName"]),
        (&serde_json::json!({ "Hour": 5, "Minute": 7 }), &"audit".into())
    );
}

#[test]
#[cfg_attr(not(unix), ignore = "the paths are those of a Unix system")]
fn the_program_finds_what_the_units_name() {
    let sandbox = Sandbox::new();
    let outputs = config(RUN).replace("out/latest.json", "../public/latest.json").replace("exports/*.csv", "../exports/*/a.csv");
    sandbox.write("etc/interdict.toml", outputs + "[history]\npath = \"kept/runs.db\"\n");
    let root = sandbox.path().canonicalize().expect("is there").to_str().expect("a path").to_owned();
    let args = ["schedule", "systemd", "--config", "etc/../etc/interdict.toml", "--user", "audit", "--at", "23:59"];
    let ran = sandbox.run(args);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let plan = Plan {
        program: env!("CARGO_BIN_EXE_interdict").to_owned(),
        config: format!("{root}/etc/interdict.toml"),
        repository: format!("{root}/etc"),
        history: format!("{root}/etc/kept/runs.db"),
        outputs: vec![format!("{root}/public/latest.json")],
        reads: vec![format!("{root}/exports")],
        at: Time { hour: 23, minute: 59 },
        user: Some("audit".to_owned()),
        ..example()
    };
    let expected: Vec<String> = units(Target::Systemd, &plan).expect("is written").into_iter().map(|unit| unit.text).collect();
    assert_eq!(ran.stdout, expected.join("\n"));
    // The account is the present one, where a unit has one and none is given.
    let ran = sandbox.run_with(["schedule", "systemd", "--config", "etc/interdict.toml"], &[("USER", "night")], "", "");
    assert!(ran.stdout.contains("\nUser=night\n"), "{}", ran.stdout);
    let ran = sandbox.run(["schedule", "kubernetes", "--config", "etc/interdict.toml"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("error[not-schedulable]") && ran.stderr.contains("so a container does not have it"),
        "{}",
        ran.stderr
    );
}
