use super::*;

fn plain() -> Plan {
    Plan {
        program: "/usr/local/bin/interdict".to_owned(),
        config: "/srv/interdict/interdict.toml".to_owned(),
        repository: "/srv/interdict".to_owned(),
        history: "/srv/interdict/interdict-history.db".to_owned(),
        outputs: Vec::new(),
        reads: vec!["/srv/interdict/exports".to_owned()],
        variables: Vec::new(),
        at: Time { hour: 6, minute: 30 },
        zone: None,
        user: None,
    }
}

/// Names that a format could take for its own marks.
fn hostile() -> Plan {
    Plan {
        program: "/opt/it's \"here\" 100% <ü> & ;#/interdict".to_owned(),
        config: "/srv/a b/it's \"50%\" $HOME <ü> & --> `x`/interdict.toml".to_owned(),
        repository: "/srv/a b/it's \"50%\" $HOME <ü> & --> `x`".to_owned(),
        history: "/srv/a b/it's \"50%\" $HOME <ü> & --> `x`/runs/history.db".to_owned(),
        outputs: vec!["/srv/a b/it's \"50%\" $HOME <ü> & --> `x`/public/it's.html".to_owned(), "/var/lib/50%/x.prom".to_owned()],
        reads: Vec::new(),
        user: Some("audit-1".to_owned()),
        ..plain()
    }
}

fn texts(target: Target, plan: &Plan) -> String {
    let units = units(target, plan).unwrap_or_else(|refused| panic!("{}: {}", target.name(), refused.message));
    units.iter().map(|unit| format!("==> {} <==\n{}", unit.name, unit.text)).collect()
}

fn why(target: Target, plan: &Plan) -> String {
    let refused = units(target, plan).map(drop).expect_err(target.name());
    assert_eq!(refused.code, Code::NotSchedulable);
    assert!(refused.help.is_some());
    refused.message
}

#[test]
fn hostile_names_stay_names() {
    let installed = Plan { program: "/opt/100% <ü> $HOME & ;#/interdict".to_owned(), ..hostile() };
    insta::assert_snapshot!("systemd", texts(Target::Systemd, &installed));
    insta::assert_snapshot!("cron", texts(Target::Cron, &hostile()));
    insta::assert_snapshot!("launchd", texts(Target::Launchd, &hostile()));
    let windows = Plan {
        program: r"C:\Program Files\It's <ü> & co\interdict.exe".to_owned(),
        config: r"D:\Données --> x\interdict.toml".to_owned(),
        user: Some(r"FIRMA\Jürgen & <Co>".to_owned()),
        ..hostile()
    };
    insta::assert_snapshot!("windows", texts(Target::Windows, &windows));
    let contained = Plan { outputs: hostile().outputs[..1].to_vec(), user: Some("1001".to_owned()), ..hostile() };
    insta::assert_snapshot!("kubernetes", texts(Target::Kubernetes, &contained));
    let root = "/srv/a b";
    let checkout = Plan {
        repository: root.to_owned(),
        config: format!("{root}/it's \"50%\" <ü> & `x`: #y/interdict.toml"),
        history: format!("{root}/it's \"50%\" <ü> & `x`: #y/history.db"),
        outputs: vec![format!("{root}/it's \"50%\"/a: b.html")],
        reads: vec![root.to_owned()],
        user: None,
        ..hostile()
    };
    insta::assert_snapshot!("github", texts(Target::Github, &checkout));
    insta::assert_snapshot!("gitlab", texts(Target::Gitlab, &checkout));
}

/// Returns the texts of all elements of that name, as an XML reader sees them.
fn elements(xml: &str, name: &str) -> Vec<String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut found, mut within) = (Vec::new(), None::<String>);
    loop {
        match reader.read_event().expect("is XML") {
            Event::Start(tag) if tag.name().as_ref() == name => within = Some(String::new()),
            Event::End(tag) if tag.name().as_ref() == name => found.extend(within.take()),
            Event::Text(text) => {
                if let Some(within) = &mut within {
                    within.push_str(&text);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(within) = &mut within {
                    match reference.resolve_char_ref().expect("is a reference") {
                        Some(letter) => within.push(letter),
                        None => {
                            within.push_str(quick_xml::escape::resolve_predefined_entity(&reference).expect("is known"));
                        }
                    }
                }
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[test]
fn xml_gives_the_names_back() {
    let plan = hostile();
    let strings = elements(&texts(Target::Launchd, &plan)["==> interdict.plist <==\n".len()..], "string");
    let log = format!("{}/interdict-run.log", folder(&plan.history));
    let expected = ["interdict", &plan.program, "run", "--config", &plan.config, "audit-1", "Background", &log, &log];
    assert_eq!(strings, expected);

    let plan = Plan { program: "C:\\a <ü> & 漢\\i.exe".to_owned(), config: "C:\\'x' --> \\i.toml".to_owned(), ..hostile() };
    let text = &texts(Target::Windows, &plan)["==> interdict.xml <==\n".len()..];
    assert!(text.is_ascii() && text.starts_with("<?xml version=\"1.0\"?>\n"));
    assert_eq!(elements(text, "Command"), [format!("\"{}\"", plan.program)]);
    assert_eq!(elements(text, "Arguments"), [format!("run --config \"{}\"", plan.config)]);
}

#[test]
fn what_a_format_cannot_say_is_refused() {
    for target in Target::ALL.iter().copied() {
        for letter in ['\n', '\r', '\t', '\0', '\u{1b}', '\u{85}', '\u{202e}'] {
            let name = format!("/srv/interdict/a{letter}b");
            let plans = [
                Plan { program: name.clone(), ..plain() },
                Plan { config: name.clone(), ..plain() },
                Plan { history: name.clone(), ..plain() },
                Plan { outputs: vec![name.clone()], ..plain() },
                Plan { user: Some(name), ..plain() },
            ];
            for plan in plans {
                assert!(why(target, &plan).contains("control character"), "{}", target.name());
            }
        }
    }
    let with = |config: &str| Plan { config: config.to_owned(), ..plain() };
    assert!(why(Target::Cron, &with("/srv/interdict/a\\%b")).contains("holds `\\`"));
    assert!(why(Target::Cron, &with(&format!("/srv/interdict/{}", "x".repeat(900)))).contains("would cut it"));
    let program = Plan { program: "/opt/it's/interdict".to_owned(), ..plain() };
    assert!(why(Target::Systemd, &program).contains("holds a quotation mark"));
    assert!(why(Target::Windows, &with("C:\\%TEMP%\\i.toml")).contains("holds `%`"));
    assert!(why(Target::Windows, &with("C:\\$(Arg0)\\i.toml")).contains("holds `$(`"));
    for config in ["/srv/interdict/${{ github.token }}.toml", "/srv/interdict/a*.toml", "/srv/interdict/-x", "/srv/interdict/a "] {
        for target in [Target::Github, Target::Gitlab] {
            assert!(why(target, &with(config)).contains("would be taken for"), "{config}");
        }
    }
    let outside = Plan { reads: vec!["/srv/interdict-2".to_owned()], ..plain() };
    for target in [Target::Kubernetes, Target::Github, Target::Gitlab] {
        assert!(why(target, &outside).contains("`/srv/interdict-2` does not lie below `/srv/interdict`"));
    }
    let user = |user: &str| Plan { user: Some(user.to_owned()), ..plain() };
    for name in ["", "-x", "a b", "a%h", "$x", "a;b"] {
        for target in [Target::Systemd, Target::Cron, Target::Launchd] {
            assert!(why(target, &user(name)).contains("is no account"), "{name}");
        }
    }
    assert!(why(Target::Kubernetes, &user("0")).contains("is no account"));
    assert!(why(Target::Kubernetes, &user("audit")).contains("is no account"));
    assert!(why(Target::Github, &user("audit")).contains("runs nothing as"));
    let zoned = Plan { zone: Zone::parse("Europe/Berlin"), ..plain() };
    for target in [Target::Cron, Target::Launchd, Target::Windows, Target::Github] {
        assert!(why(target, &zoned).contains("Europe/Berlin"), "{}", target.name());
    }
    assert!(texts(Target::Systemd, &zoned).contains("OnCalendar=*-*-* 06:30:00 Europe/Berlin\n"));
    assert!(texts(Target::Kubernetes, &zoned).contains("timeZone: \"Europe/Berlin\"\n"));
    assert!(texts(Target::Gitlab, &zoned).contains("30 6 * * * in Europe/Berlin\n"));
    assert!(units(Target::Github, &Plan { zone: Some(Zone::UTC), ..plain() }).is_ok());
}

#[test]
fn secrets_of_notices_are_handed_over_and_never_written_down() {
    let plan = Plan { variables: vec!["HOOK_KEY".to_owned(), "HOOK_URL".to_owned()], ..plain() };
    for (target, part) in [
        (Target::Systemd, "\nEnvironmentFile=/srv/interdict/interdict.env\n"),
        (Target::Cron, "HOOK_KEY=…, HOOK_URL=…\n"),
        (Target::Launchd, "<key>HOOK_KEY</key>\n    <string></string>\n"),
        (Target::Windows, "HOOK_KEY, HOOK_URL"),
        (Target::Kubernetes, "envFrom:\n                - secretRef:\n                    name: interdict-secrets\n"),
        (Target::Github, "          HOOK_URL: ${{ secrets.HOOK_URL }}\n        run: |\n"),
        (Target::Gitlab, "#   HOOK_KEY, HOOK_URL\n"),
    ] {
        assert!(texts(target, &plan).contains(part), "{}: {}", target.name(), texts(target, &plan));
    }
    let odd = Plan { config: "/srv/a b 50%/interdict.toml".to_owned(), ..plan };
    assert!(texts(Target::Systemd, &odd).contains("\nEnvironmentFile=/srv/a b 50%%/interdict.env\n"));
    for name in ["", "A B", "1A", "A=", "A\nB", "É"] {
        let plan = Plan { variables: vec![name.to_owned()], ..plain() };
        assert!(why(Target::Systemd, &plan).contains("is no name of a variable"), "{name}");
    }
}

#[test]
fn only_what_a_run_writes_is_writable() {
    let plan = Plan {
        outputs: ["/srv/interdict/public/a.html", "/var/www/x/a.ics", "/var/www/x/b.ics", "/var/www/x-2/b.ics"]
            .map(str::to_owned)
            .to_vec(),
        ..plain()
    };
    assert_eq!(plan.folders(), ["/srv/interdict", "/var/www/x", "/var/www/x-2"]);
    let text = texts(Target::Systemd, &plan);
    assert!(text.contains("\nReadWritePaths=\"/srv/interdict\" \"/var/www/x\" \"/var/www/x-2\"\n"), "{text}");
    assert!(text.contains("\nPrivateTmp=yes\n"));
    for path in ["/tmp/x.csv", "/var/tmp/a/x.csv", "/tmp"] {
        let text = texts(Target::Systemd, &Plan { reads: vec![path.to_owned()], ..plain() });
        assert!(text.contains("\nPrivateTmp=no\n"), "{path}");
    }
    assert!(texts(Target::Systemd, &Plan { reads: vec!["/tmpx".to_owned()], ..plain() }).contains("\nPrivateTmp=yes\n"));
}

#[test]
fn times_are_written_out() {
    assert_eq!(Time::parse("06:30"), Some(Time { hour: 6, minute: 30 }));
    assert_eq!(Time::parse("23:59").map(|time| time.to_string()), Some("23:59".to_owned()));
    assert_eq!(Time::parse("00:05").map(Time::fields), Some("5 0 * * *".to_owned()));
    for text in ["", "6:30", "24:00", "06:60", "06:30:00", "+6:30", "-1:00", "aa:bb", "06.30", "０６:30"] {
        assert_eq!(Time::parse(text), None, "{text}");
    }
}

#[test]
fn paths_are_below_a_folder_or_not() {
    assert_eq!(below("/a", "/a/b"), Some("b"));
    assert_eq!(below("/a/", "/a/b"), Some("b"));
    assert_eq!(below("/a", "/ab"), None);
    assert_eq!(below("/a", "/a"), Some(""));
    assert_eq!(below("/", "/a"), Some("a"));
    assert_eq!((folder("/a/b"), folder("/a"), folder(r"C:\a\b")), ("/a", "/", r"C:\a"));
}
