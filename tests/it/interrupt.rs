//! Ctrl-C while a report is written: what was there stays, and nothing half-written lies beside it.
#![cfg(unix)]

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::common::Sandbox;

#[test]
fn a_report_that_is_broken_off_leaves_the_old_one_and_nothing_else() {
    let sandbox = Sandbox::new();
    let rows: String = (0..30_000).map(|number| format!("pc-{number},AO Kaspersky Lab,Kaspersky Plus,US\n")).collect();
    sandbox.write("fleet.csv", format!("asset,vendor,product,location\n{rows}"));
    sandbox.write("out/report.json", "the one of yesterday");
    let args = ["check", "fleet.csv", "--no-config", "-q", "--as-of", "2024-10-01", "-o", "json=out/report.json"];
    for signal in ["INT", "TERM"] {
        let mut child = sandbox.command(args, "").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let files = || -> Vec<_> {
            let entries = fs::read_dir(sandbox.path().join("out")).expect("the folder");
            entries.map(|entry| entry.expect("a file").file_name()).collect()
        };
        // The signal comes while a second file grows.
        let began = Instant::now();
        while files().len() < 2 {
            assert!(child.try_wait().expect("runs").is_none(), "the report was written before it could be broken off");
            assert!(began.elapsed() < Duration::from_secs(300), "nothing is written");
            std::thread::sleep(Duration::from_millis(1));
        }
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().expect("kill is there");
        assert!(sent.success());
        let output = child.wait_with_output().expect("ends");
        assert_eq!(output.status.code(), Some(130), "{signal}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(files(), ["report.json"], "{signal}");
        assert_eq!(sandbox.read("out/report.json"), "the one of yesterday", "{signal}");
    }
}
