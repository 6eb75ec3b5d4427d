//! The lock that keeps two runs apart. The system lets go of it when the process ends, however it
//! ends; the file stays.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use interdict::diag::{Code, printable};

use crate::context::now;
use crate::exit::Failure;
use crate::log::Log;

/// A lock that is held.
pub(super) struct Lock(#[expect(dead_code, reason = "it is held, not used")] File);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes the lock of a history, waiting so many seconds.
pub(super) fn take(history: &Path, wait: u64, log: &Log<'_>) -> Result<Lock, Failure> {
    let path = beside(history);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| Failure::file("create the folder", folder, &error))?;
    }
    let open = File::options().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = open.map_err(|error| Failure::file("open", &path, &error))?;
    let tries = wait.saturating_mul(1000) / 100;
    for turn in 0..=tries {
        match file.try_lock() {
            Ok(()) => {
                // Only told to whoever waits; nothing depends on it.
                let _ = tell(&mut file);
                return Ok(Lock(file));
            }
            Err(TryLockError::WouldBlock) => {
                if turn == 0 && tries > 0 {
                    log.step(&format!("waiting for {}", holder(&path)));
                }
                if turn < tries {
                    std::thread::sleep(PAUSE);
                }
            }
            Err(TryLockError::Error(error)) => return Err(Failure::file("lock", &path, &error)),
        }
    }
    Err(Failure::usage(Code::HistoryBusy, format!("{} is under way, and this one waited for {wait} seconds", holder(&path)))
        .help("let it end, or give this one more time with --wait"))
}

fn beside(history: &Path) -> PathBuf {
    let mut name = history.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn tell(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "process {}, since {}", std::process::id(), now())?;
    file.flush()
}

fn holder(path: &Path) -> String {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(100).read_to_string(&mut text));
    match read {
        Ok(_) if !text.is_empty() => format!("another run ({})", printable(&text)),
        _ => "another run".to_owned(),
    }
}
