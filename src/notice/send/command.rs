//! A notice for a program: as JSON on standard input, its id in `INTERDICT_NOTICE_ID`.
//!
//! The program is started as it stands, without a shell. What it prints goes nowhere; it succeeds by
//! its exit code, and is ended when its time is over.

use std::io::Write as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use super::Letter;

/// So often a program is asked whether it has ended.
const STEP: Duration = Duration::from_millis(20);

pub(super) fn run(words: &[String], body: &str, letter: &Letter<'_>, timeout: Duration) -> Result<(), String> {
    let (program, arguments) = words.split_first().ok_or("no command is given")?;
    let mut command = Command::new(program);
    command.args(arguments).env("INTERDICT_NOTICE_ID", &letter.notice.id);
    if !letter.folder.as_os_str().is_empty() {
        command.current_dir(letter.folder);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("the command cannot be started: {}", error.kind()))?;
    let input = child.stdin.take();
    let body = body.to_owned();
    // A program that reads nothing must not hold the run.
    thread::spawn(move || {
        if let Some(mut input) = input {
            // One that ends before it has read everything says by its exit code whether that was right.
            let _ = input.write_all(body.as_bytes());
        }
    });
    match wait(&mut child, timeout)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("the command ended with {status}")),
        None => {
            let ended = child.kill().and_then(|()| child.wait());
            let more = if ended.is_err() { ", and cannot be ended" } else { "" };
            Err(format!("the command took longer than {} s{more}", timeout.as_secs()))
        }
    }
}

fn wait(child: &mut Child, timeout: Duration) -> Result<Option<ExitStatus>, String> {
    let mut left = timeout;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Some(status)),
            Ok(None) if left.is_zero() => return Ok(None),
            Ok(None) => thread::sleep(STEP),
            Err(error) => return Err(format!("the command is lost: {}", error.kind())),
        }
        left = left.saturating_sub(STEP);
    }
}
