//! The library and the program are one: the same rules, inventories and day give the same bytes. And what
//! the library promises, function by function.

use std::fs;
use std::io::Write;
use std::path::Path;

use interdict::{Check, Error, Finding, Format, Inventory, Item, Problem, Report, RuleLayers, Rules, Status};

use super::common::Sandbox;

fn seeds() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut files: Vec<_> = fs::read_dir(folder).expect("seeds").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    let wanted = |path: &Path| !["README.md", "interdict.toml", "profiles.toml", "waivers.toml"].contains(&name(path).as_str());
    files.iter().filter(|path| wanted(path)).map(|path| (name(path), fs::read(path).expect("a file"))).collect()
}

fn written(report: &Report, format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    report.write(format, &mut bytes).expect("memory");
    bytes
}

#[test]
fn a_report_has_the_bytes_that_the_program_writes() {
    let (sandbox, files) = (Sandbox::new(), seeds());
    files.iter().for_each(|(name, bytes)| {
        sandbox.write(name, bytes);
    });
    let scope = ["check", "-q", "-j", "US", "--audience", "federal-contractors", "--location", "US-TX"];
    let dates = ["--as-of", "2025-02-01", "--known-on", "2024-12-31", "--threads", "2"];
    let outputs = Format::ALL.iter().map(|format| format!("-o={}=out.{}", format.name(), format.name()));
    let args = scope.into_iter().chain(dates).map(str::to_owned).chain(outputs);
    let ran = sandbox.run(args.chain(files.iter().map(|(name, _)| name.clone())));

    let rules = Rules::shipped();
    let asked = || -> Result<Check<'_>, Error> {
        let asker = rules.check("2025-02-01")?.jurisdiction("US")?.audience("federal-contractors")?;
        Ok(asker.location("US-TX")?.known_on("2024-12-31")?.threads(2))
    };
    let report = asked().expect("a check").run(files.iter().map(|(name, bytes)| Inventory::bytes(name, bytes)));
    assert!(report.items() > 100 && report.findings().count() > 50, "{} items", report.items());
    assert_eq!(ran.code, Some(i32::from(report.exit_code())), "{}", ran.stderr);
    for &format in Format::ALL {
        let theirs = fs::read(sandbox.path().join(format!("out.{}", format.name()))).expect("an output");
        assert!(theirs == written(&report, format), "{} differs", format.name());
    }
    let opened = |name: &str| fs::File::open(sandbox.path().join(name)).expect("opens");
    let of_files = asked().expect("a check").run(files.iter().map(|(name, _)| Inventory::file(name, opened(name))));
    assert!(written(&of_files, Format::Json) == written(&report, Format::Json), "files differ from their bytes");
}

#[test]
fn items_are_those_of_a_file_with_the_same_lines() {
    let lines = concat!(
        "{\"vendor\":\"AO Kaspersky Lab\",\"product\":\"Kaspersky Plus\",\"version\":\"21.3\",\"asset\":\"pc-1\",\"location\":\"US-TX\",",
        "\"audience\":\"federal-government\",\"owner\":\"it@example.org\",\"quantity\":3,\"acquired\":\"2024-08-20\",\"renewal\":\"2025-08-20\"}\n",
        "{\"purl\":[\"pkg:npm/left-pad@1.3.0\"],\"cpe\":[\"cpe:2.3:a:kaspersky:anti-virus:21:*:*:*:*:*:*:*\"],\"asset\":\"image\"}\n",
        "{\"bundle-id\":[\"com.zhiliaoapp.musically\"],\"package-id\":[\"Kaspersky.Kaspersky\"],\"signer\":[\"CN=Kaspersky Lab JSC\"]}\n",
        "{\"product\":\"Kaspersky\",\"renewal\":\"soon\"}\n",
        "{}\n",
    );
    let items = [
        Item::new()
            .vendor("AO Kaspersky Lab")
            .product("Kaspersky Plus")
            .version("21.3")
            .asset("pc-1")
            .location("US-TX")
            .audience("federal-government")
            .owner("it@example.org")
            .quantity(3)
            .acquired("2024-08-20")
            .renewal("2025-08-20"),
        Item::new().purl("pkg:npm/left-pad@1.3.0").cpe("cpe:2.3:a:kaspersky:anti-virus:21:*:*:*:*:*:*:*").asset("image"),
        Item::new().bundle_id("com.zhiliaoapp.musically").package_id("Kaspersky.Kaspersky").signer("CN=Kaspersky Lab JSC"),
        Item::new().product("Kaspersky").renewal("soon"),
        Item::new(),
    ];
    let sandbox = Sandbox::new();
    let ran = sandbox.write("cart", lines).run(["check", "cart", "-q", "-j", "US", "--as-of", "2025-02-01", "-o", "json"]);
    let rules = Rules::shipped();
    let check = rules.check("2025-02-01").and_then(|check| check.jurisdiction("US")).expect("a check");
    for report in [check.run([Inventory::items("cart", &items)]), check.run([Inventory::items("cart", items.to_vec())])] {
        assert!(report.findings().map(|finding| finding.line()).any(|line| line == 2), "{:?}", report.problems());
        assert_eq!(String::from_utf8(written(&report, Format::Json)).expect("text"), ran.stdout);
    }
}

#[test]
fn own_rules_are_laid_as_the_program_lays_them() {
    let sandbox = Sandbox::new();
    let csv = "vendor,product\nSouthwind,Sail\nAO Kaspersky Lab,Kaspersky Plus\n";
    sandbox.fixture("pack").write("fleet.csv", csv);
    for builtin in [true, false] {
        // A rule file is named by the path that led to it, in the digest too.
        let pack = sandbox.path().join("pack");
        let mut args = vec!["check", "fleet.csv", "-q", "-j", "US", "--as-of", "2023-01-01", "-o", "json", "--rules"];
        args.extend(pack.to_str());
        args.extend((!builtin).then_some("--no-builtin-rules"));
        let ran = sandbox.run(args);
        let layers = Rules::layers().path(&pack);
        let rules = if builtin { layers.load() } else { layers.without_shipped().load() };
        let rules = rules.unwrap_or_else(|error| panic!("{error}"));
        let check = rules.check("2023-01-01").and_then(|check| check.jurisdiction("US")).expect("a check");
        let report = check.run([Inventory::bytes("fleet.csv", csv.as_bytes())]);
        assert!(report.findings().any(|finding| finding.act() == "us-southwind-exit-2022"));
        assert_eq!(String::from_utf8(written(&report, Format::Json)).expect("text"), ran.stdout);
    }
}

/// Everything that the library promises, with its full type. Whatever must be changed here breaks a
/// program somewhere: it wants a new major version (while that is 0, a new minor one), and a line in
/// CHANGELOG.md. What is added is listed here as well.
#[test]
fn what_is_promised_is_there() {
    // Rules.
    let _: fn() -> Rules = Rules::shipped;
    let _: fn() -> RuleLayers = Rules::layers;
    let _: for<'r> fn(&'r Rules, &str) -> Result<Check<'r>, Error> = Rules::check;
    let _: fn(&Rules) -> usize = Rules::count;
    let _: for<'r> fn(&'r Rules) -> &'r str = Rules::built;
    let _: for<'r> fn(&'r Rules) -> &'r str = Rules::digest;
    let _: for<'r> fn(&'r Rules) -> &'r [Problem] = Rules::warnings;
    let _: fn(RuleLayers, &'static str) -> RuleLayers = RuleLayers::path;
    let _: fn(RuleLayers, std::path::PathBuf) -> RuleLayers = RuleLayers::path;
    let _: fn(RuleLayers, &str, String) -> RuleLayers = RuleLayers::text;
    let _: fn(RuleLayers) -> RuleLayers = RuleLayers::without_shipped;
    let _: fn(RuleLayers) -> Result<Rules, Error> = RuleLayers::load;
    // Who asks, and for when.
    type Asked = Result<Check<'static>, Error>;
    let _: fn(Check<'static>, &str) -> Asked = Check::jurisdiction;
    let _: fn(Check<'static>, &str) -> Asked = Check::audience;
    let _: fn(Check<'static>, &str) -> Asked = Check::location;
    let _: fn(Check<'static>, &str) -> Asked = Check::known_on;
    let _: fn(Check<'static>, usize) -> Check<'static> = Check::threads;
    let _: fn(&Check<'static>, Vec<Inventory<'static>>) -> Report = Check::run;
    // What is checked.
    let _: fn(&'static str, &'static [u8]) -> Inventory<'static> = Inventory::bytes;
    let _: fn(String, fs::File) -> Inventory<'static> = Inventory::reader;
    let _: fn(String, fs::File) -> Inventory<'static> = Inventory::file;
    let _: fn(&'static str, Vec<Item>) -> Inventory<'static> = Inventory::items;
    let _: fn(&'static str, &'static [Item]) -> Inventory<'static> = Inventory::items;
    let _: fn() -> Item = Item::new;
    let _: fn() -> Item = Item::default;
    let _: [fn(Item, &'static str) -> Item; 14] = [
        Item::vendor,
        Item::product,
        Item::version,
        Item::asset,
        Item::location,
        Item::audience,
        Item::owner,
        Item::acquired,
        Item::renewal,
        Item::purl,
        Item::cpe,
        Item::bundle_id,
        Item::package_id,
        Item::signer,
    ];
    let _: fn(Item, String) -> Item = Item::vendor;
    let _: fn(Item, u64) -> Item = Item::quantity;
    // What is found.
    let _: fn(&Report) -> bool = Report::passes;
    let _: fn(&Report) -> u8 = Report::exit_code;
    let _: [fn(&Report) -> u64; 3] = [Report::items, Report::unidentified, Report::unread];
    let _: fn(&Report, Status) -> u64 = Report::count;
    let _: for<'r> fn(&'r Report) -> &'r [Problem] = Report::problems;
    let _: fn(&Report, Format, &mut dyn Write) -> std::io::Result<()> = Report::write;
    fn texts(report: &Report) -> [Vec<&str>; 3] {
        [report.reasons().collect(), report.without_rules().collect(), report.incomplete_lists().collect()]
    }
    fn lists(report: &Report) -> (Vec<(&str, u64)>, Vec<Finding<'_>>) {
        (report.other_audiences().collect(), report.findings().collect())
    }
    let _ = (texts, lists);
    let _: [for<'f> fn(&'f Finding<'static>) -> &'f str; 11] = [
        Finding::vendor,
        Finding::product,
        Finding::version,
        Finding::asset,
        Finding::location,
        Finding::source,
        Finding::act,
        Finding::title,
        Finding::kind,
        Finding::jurisdiction,
        Finding::url,
    ];
    let _: [for<'f> fn(&'f Finding<'static>) -> Option<&'f str>; 2] = [Finding::citation, Finding::verified];
    let _: for<'f> fn(&'f Finding<'static>) -> Option<(Status, &'f str)> = Finding::next;
    let _: fn(&Finding<'static>) -> String = Finding::fingerprint;
    let _: fn(&Finding<'static>) -> Status = Finding::status;
    let _: [fn(&Finding<'static>) -> u64; 2] = [Finding::line, Finding::rows];
    fn notes<'f>(finding: &'f Finding<'_>) -> Vec<&'f str> {
        finding.notes().collect()
    }
    let _ = notes;
    // Problems.
    let _: fn(&Problem) -> bool = Problem::is_error;
    let _: [for<'p> fn(&'p Problem) -> &'p str; 2] = [Problem::code, Problem::message];
    let _: [for<'p> fn(&'p Problem) -> Option<&'p str>; 2] = [Problem::help, Problem::file];
    let _: [fn(&Problem) -> Option<u64>; 2] = [Problem::line, Problem::column];
    // Words.
    let _: fn(Status) -> &'static str = Status::as_str;
    let _: fn(&str) -> Option<Status> = Status::parse;
    let _: fn(Format) -> &'static str = Format::name;
    let _: fn(&str) -> Option<Format> = Format::parse;
    let _: fn(Format) -> &'static str = Format::extension;
    let _: fn(Format) -> bool = Format::is_text;
    let _: &'static [Format] = Format::ALL;
    let _: [Status; 7] = Status::ALL;
    // What they can do besides.
    fn value<T: Clone + std::fmt::Debug + Send + Sync>() {}
    value::<(Check<'static>, Item, Report, Finding<'static>, Problem)>();
    value::<(RuleLayers, Status, Format)>();
    fn shared<T: std::fmt::Debug + Send + Sync>() {}
    shared::<Rules>();
    fn failure<T: std::error::Error + Send + Sync + 'static>() {}
    failure::<Error>();
    fn shown<T: std::fmt::Display + PartialEq>() {}
    shown::<Problem>();
    fn json<T: serde::Serialize>() {}
    json::<Finding<'static>>();
    fn reasons(error: &Error) -> Option<&str> {
        Some(match error {
            Error::UnreadableRules { operation, path, source, .. } => {
                let _: (&&'static str, &std::path::PathBuf, &std::io::Error) = (operation, path, source);
                operation
            }
            Error::WrongRules(problems) => problems.first()?.message(),
            Error::UnknownJurisdiction { text, nearest, .. } | Error::UnknownAudience { text, nearest, .. } => {
                nearest.as_deref().unwrap_or(text)
            }
            Error::InvalidDate { text, .. } => text,
            Error::NoRules => "none",
            _ => return None,
        })
    }
    let _ = reasons;
}

/// The list of what is promised is the list of what is exported.
#[test]
fn nothing_else_is_promised() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("src/lib.rs");
    let mut public: Vec<String> = lib.lines().filter(|line| line.starts_with("pub use ")).map(str::to_owned).collect();
    public.sort();
    assert_eq!(
        public,
        [
            "pub use api::{Check, Error, Finding, Inventory, Item, Problem, Report, RuleLayers, Rules};",
            "pub use model::Status;",
            "pub use report::Format;",
        ]
    );
    for (number, line) in lib.lines().enumerate().filter(|(_, line)| line.starts_with("pub mod ")) {
        let before = lib.lines().nth(number - 1).unwrap_or_default();
        assert_eq!(before, "#[cfg_attr(not(clippy), doc(hidden))]", "`{line}` is not hidden");
    }
}
