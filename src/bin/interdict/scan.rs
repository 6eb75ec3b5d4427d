//! `interdict inventory scan`: what is installed on this machine, by what its package managers and
//! its system say.
//!
//! Files are read where there are files; else the tool that owns the data is run, with nothing from
//! anybody in its arguments. A tool that is not there is passed over; one that fails is named, and the
//! scan is not complete. With a root folder (an image, a mounted disk) only files in it are read.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use interdict::diag::{Code, Diagnostic, Place};
use interdict::inventory::{self, Bytes, Format, Options, jsonl::Writer};
use interdict::pipeline::Input;

/// What one source on the machine said, as JSON lines in our schema.
pub(crate) struct Scanned {
    /// Name of the source, such as `dpkg`.
    pub(crate) name: &'static str,
    /// The items.
    pub(crate) lines: Vec<u8>,
}

/// Everything that was found, and what could not be.
#[derive(Default)]
pub(crate) struct Scan {
    /// By source, in the order of the table.
    pub(crate) found: Vec<Scanned>,
    /// Why sources that are there could not be read, or not whole.
    problems: Vec<String>,
}

/// A place where a machine says what is installed.
struct Probe {
    name: &'static str,
    format: &'static str,
    source: Source,
}

enum Source {
    /// The first of these files that is there.
    File(&'static [&'static str]),
    /// A command, if one of these paths is there or the list is empty; and the program can be run.
    Command(&'static [&'static str], &'static str, &'static [&'static str]),
}

/// Lists what the registry has as uninstall keys, of the machine and of the user, in both views.
const UNINSTALL_KEYS: &str = "[Console]::OutputEncoding = [Text.Encoding]::UTF8; \
    Get-ItemProperty -ErrorAction SilentlyContinue HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\*, \
    HKLM:\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\*, \
    HKCU:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\* | Where-Object DisplayName | \
    Select-Object DisplayName, DisplayVersion, Publisher, InstallDate, @{n='PackageId';e={$_.PSChildName}} | ConvertTo-Json -Compress";

/// Every place that is looked at, in order.
const PROBES: &[Probe] = &[
    Probe { name: "dpkg", format: "dpkg", source: Source::File(&["var/lib/dpkg/status"]) },
    Probe { name: "apk", format: "apk", source: Source::File(&["lib/apk/db/installed", "usr/lib/apk/db/installed"]) },
    Probe {
        name: "rpm",
        format: "rpm",
        source: Source::Command(
            &["/var/lib/rpm", "/usr/lib/sysimage/rpm"],
            "rpm",
            &["-qa", "--queryformat", "%{NAME}\\t%{ARCH}\\t%{VERSION}-%{RELEASE}\\t%{INSTALLTIME}\\t%{SIZE}\\t%{VENDOR}\\n"],
        ),
    },
    Probe { name: "pacman", format: "pacman", source: Source::Command(&["/var/lib/pacman/local"], "pacman", &["-Q"]) },
    Probe {
        name: "flatpak",
        format: "flatpak",
        source: Source::Command(
            &["/var/lib/flatpak"],
            "flatpak",
            &["list", "--columns=name,application,version,branch,installation"],
        ),
    },
    Probe { name: "snap", format: "snap", source: Source::Command(&["/var/lib/snapd", "/snap"], "snap", &["list"]) },
    Probe {
        name: "homebrew",
        format: "homebrew-json",
        source: Source::Command(
            &["/opt/homebrew", "/usr/local/Homebrew", "/home/linuxbrew/.linuxbrew"],
            "brew",
            &["info", "--json=v2", "--installed"],
        ),
    },
    Probe {
        name: "macos",
        format: "system-profiler-json",
        source: Source::Command(&["/usr/sbin/system_profiler"], "/usr/sbin/system_profiler", &["-json", "SPApplicationsDataType"]),
    },
    Probe {
        name: "windows",
        format: "json",
        source: Source::Command(&["C:\\Windows"], "powershell.exe", &["-NoProfile", "-NonInteractive", "-Command", UNINSTALL_KEYS]),
    },
];

/// Scans this machine, or the files below a folder. `asset` is the machine's name.
pub(crate) fn scan(root: Option<&Path>, asset: &str) -> Scan {
    let mut scan = Scan::default();
    for probe in PROBES {
        match open(probe, root) {
            None => {}
            Some(Err(why)) => scan.problem(probe, &why),
            Some(Ok(mut bytes)) => scan.read(probe, &mut *bytes, asset),
        }
    }
    scan
}

impl Scan {
    fn read(&mut self, probe: &Probe, bytes: &mut dyn Bytes, asset: &str) {
        let options = Options { format: Format::parse(probe.format), ..Options::default() };
        let mut writer = Writer::new(Vec::new(), asset);
        if let Err(error) = inventory::read(probe.name, bytes, &options, &mut writer) {
            self.problem(probe, &error.to_string());
        }
        let Ok((lines, unread, _)) = writer.finish() else { return };
        for entry in unread {
            self.problem(probe, &entry.reason);
        }
        if !lines.is_empty() {
            self.found.push(Scanned { name: probe.name, lines });
        }
    }

    fn problem(&mut self, probe: &Probe, why: &str) {
        self.problems.push(format!("{} could not be read whole: {why}", probe.name));
    }

    /// Returns what is to be said of the scan; nothing where it is complete.
    pub(crate) fn diagnostics(&self) -> Vec<Diagnostic> {
        let problems = self.problems.iter().map(|why| Diagnostic::warning(Code::UnreadRow, why.clone()).at(Place::None));
        let nothing = self.found.is_empty().then(|| {
            Diagnostic::error(Code::EmptyInventory, "no package manager that is known was found here")
                .at(Place::None)
                .help("export an inventory with another tool; `interdict check --help` tells which are read")
        });
        problems.chain(nothing).collect()
    }

    /// Returns the sources as inventories. What could not be read is one that breaks off.
    pub(crate) fn into_inputs(self) -> Vec<Input<'static>> {
        let input = |name: &str, bytes: Box<dyn Bytes>| Input::new(format!("this machine: {name}"), Ok(bytes));
        let nothing = self.found.is_empty().then(|| "no package manager that is known was found here".to_owned());
        let failed: Vec<String> = self.problems.into_iter().chain(nothing).collect();
        let found = self.found.into_iter().map(|found| input(found.name, Box::new(io::Cursor::new(found.lines))));
        let failed = failed.into_iter().map(|why| input("not read", Box::new(Failing(Some(inventory::broken(why))))));
        found.chain(failed).collect()
    }
}

/// Gives an error instead of bytes.
struct Failing(Option<io::Error>);

impl Bytes for Failing {}

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Opens what a probe names; nothing where it is not on this machine.
fn open(probe: &Probe, root: Option<&Path>) -> Option<Result<Box<dyn Bytes>, String>> {
    match probe.source {
        Source::File(paths) => {
            let base = root.unwrap_or(Path::new("/"));
            let path = paths.iter().map(|path| base.join(path)).find(|path| path.is_file())?;
            Some(match File::open(&path) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => Err(format!("cannot open {}: {error}", path.display())),
            })
        }
        Source::Command(..) if root.is_some() => None,
        Source::Command(places, program, args) => {
            places.iter().any(|place| Path::new(place).exists()).then_some(())?;
            run(program, args)
        }
    }
}

/// Runs a program in plain English; nothing where there is no such program.
fn run(program: &str, args: &[&str]) -> Option<Result<Box<dyn Bytes>, String>> {
    let output =
        Command::new(program).args(args).env("LC_ALL", "C.UTF-8").env("HOMEBREW_NO_AUTO_UPDATE", "1").stdin(Stdio::null()).output();
    match output {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => Some(Err(format!("cannot run {program}: {error}"))),
        Ok(output) if output.status.success() => Some(Ok(Box::new(io::Cursor::new(output.stdout)))),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let first = said.lines().next().unwrap_or("it said nothing").trim().to_owned();
            Some(Err(format!("{program} failed ({}): {first}", output.status)))
        }
    }
}

/// Returns the name of this machine, or of the image whose files are below a folder.
pub(crate) fn host(root: Option<&Path>) -> String {
    let base = root.unwrap_or(Path::new("/"));
    let files: [PathBuf; 2] = [base.join("proc/sys/kernel/hostname"), base.join("etc/hostname")];
    let name = files
        .iter()
        .filter_map(|file| std::fs::read_to_string(file).ok())
        .map(|name| name.trim().to_owned())
        .find(|name| !name.is_empty());
    let asked = || {
        let output = Command::new("hostname").stdin(Stdio::null()).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    name.or_else(|| asked().filter(|_| root.is_none())).unwrap_or_default()
}
