//! One report that has everything a reporter must cope with. The acts and parties are invented
//! (but for one well-known citation), so that no test misstates a law.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;

/// Names that try to steer whatever they are printed into.
pub(super) const HOSTILE: [&str; 7] = [
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script> & \"quoted\" ]]>",
    "red\u{1b}[31m \u{1b}]8;;https://example.org\u{7}link\u{9b}2J",
    "bidi \u{202e}gnp.exe\u{202c} \u{2066}isolate\u{2069}",
    "nul\u{0}and\r\nline\nbreaks\u{2028}here\ttab",
    "[link](https://example.org) {0} `tick` *star* _under_ | pipe",
    "%s%n${jndi:ldap} ../../etc/passwd",
];

fn text(text: &str) -> Arc<str> {
    Arc::from(text)
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn rule(id: &str, jurisdiction: &str, title: &str, authority: &str, citation: Option<&str>) -> Arc<RuleRef> {
    Arc::new(RuleRef {
        id: id.into(),
        title: title.into(),
        jurisdiction: jurisdiction.into(),
        authority: authority.into(),
        citation: citation.map(Into::into),
        url: format!("https://example.org/acts/{id}"),
    })
}

fn measure(effect: &str, state: State, from: Option<&str>) -> Measure {
    Measure {
        effect: effect.into(),
        state,
        from: from.map(Into::into),
        until: None,
        binds: texts(&["everyone"]),
        affects: Vec::new(),
        nexus: "territory".into(),
        ends_when: None,
    }
}

fn act(kind: &str, names: &str, zone: &str) -> Act {
    Act {
        kind: kind.into(),
        stage: "enacted".into(),
        names: names.into(),
        verified: Some("2024-09-01".into()),
        time_zone: zone.into(),
        remedy: Remedy::default(),
        measures: vec![ActMeasure {
            effect: "no-sale".into(),
            name: Some("sale".into()),
            from: "2024-07-20".into(),
            until: None,
            binds: texts(&["everyone"]),
            affects: texts(&["everyone"]),
            nexus: texts(&["territory", "person"]),
        }],
        events: Vec::new(),
        dates: Some(Vec::new()),
        sources: texts(&["https://example.org/source"]),
        file: format!("rules/xx/{kind}.toml"),
        line: 1,
    }
}

fn date(id: &str, on: &str, what: &str, effects: &[&str]) -> ActDate {
    ActDate { id: id.into(), on: on.into(), what: what.into(), effects: texts(effects), only: Vec::new(), note: None }
}

/// Puts findings together; what they do not say is taken from the last one.
struct Bench {
    report: Report,
    rule: Arc<RuleRef>,
    status: Status,
    measures: Arc<[Measure]>,
    next: Option<Next>,
    line: u64,
}

impl Bench {
    fn act(&mut self, rule: Arc<RuleRef>, act: Act, status: Status, measures: Vec<Measure>, next: Option<(Status, &str)>) {
        self.report.acts.insert(rule.id.clone(), act);
        self.rule = rule;
        self.status = status;
        self.measures = measures.into();
        self.next = next.map(|(status, on)| Next { status, on: on.into() });
    }

    fn item(&mut self, vendor: &str, product: &str, version: &str, asset: &str, location: &str) -> &mut Finding {
        self.line += 1;
        let source = text("fleet.csv");
        self.report.findings.push(Finding {
            fingerprint: format!("1:{:016x}", self.line.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            status: self.status,
            next: self.next.clone(),
            concerned_as: Concern::Bound,
            item: Item {
                vendor: text(vendor),
                product: text(product),
                displayed: "".into(),
                version: text(version),
                asset: text(asset),
                location: text(location),
                owner: "".into(),
                source: source.clone(),
                line: self.line + 1,
                path: Vec::new(),
                paths: 0,
            },
            rows: Rows { count: 1, quantity: 1, first: vec![RowRef { source, line: self.line + 1 }] },
            rule: self.rule.clone(),
            measures: self.measures.clone(),
            matched: Arc::new(Match {
                entity: "example".into(),
                product: None,
                kind: "vendor".into(),
                field: "vendor".into(),
                value: vendor.chars().take(60).collect(),
                alias: vendor.chars().take(60).collect(),
                score: 1.0,
                via: Vec::new(),
            }),
            notes: Arc::from([]),
            missing: Arc::from([]),
            waiver: None,
            decision: None,
            baseline: None,
        });
        self.report.findings.last_mut().expect("was just put there")
    }
}

/// Every status, kind of act, note, script and trick.
pub(crate) fn report() -> Report {
    let mut bench = Bench {
        report: empty(),
        rule: rule("none", "XA", "", "", None),
        status: Status::Clear,
        measures: Arc::from([]),
        next: None,
        line: 0,
    };
    banned(&mut bench);
    in_force(&mut bench);
    ahead(&mut bench);
    doubtful(&mut bench);
    let mut report = bench.report;
    report.scope.jurisdictions = texts(&["US", "XA", "BR"]);
    report.scope.without_rules = texts(&["BR"]);
    report.scope.incomplete_lists = texts(&["cn-example-list-2022", "us-example-apps-2024"]);
    report.rules.replaced = texts(&["xa-ministry-secure-2023"]);
    report.inventories = inventories();
    for finding in &report.findings {
        report.summary.add(finding.status, u64::from(finding.waiver.is_none()));
    }
    report.summary.clear = 20;
    report.summary.waived = 1;
    report.summary.waived_findings = 1;
    report.summary.unidentified = 2;
    report.summary.unread = 16;
    report.summary.items = report.findings.len() as u64 + 22;
    report.summary.quantity = report.summary.items;
    report.summary.assets = 58;
    report.summary.other_audiences = BTreeMap::from([("federal-government".into(), 4), ("exporters".into(), 1)]);
    report.gate = Gate {
        fail_on: texts(&["no-sale"]),
        allow_unread: false,
        fail_on_new: false,
        fail_within_days: None,
        failed: true,
        exit_code: 1,
        reasons: texts(&["findings at or above no-sale", "rows that could not be read"]),
    };
    report
}

fn banned(bench: &mut Bench) {
    bench.act(
        rule(
            "xa-ministry-secure-2023",
            "XA",
            "Security software of listed makers must be removed from every system",
            "Ministry of Examples",
            Some("Order 12/2023"),
        ),
        act("use-ban", "listed", "Asia/Taipei"),
        Status::Banned,
        vec![measure("no-use", State::InForce, Some("2023-03-01T00:00:00+08:00"))],
        None,
    );
    bench.item("示例软件有限公司", "示例安全卫士 企业版", "12.1", "台北-伺服器-01", "XA");
    bench.item("示例软件有限公司", "示例安全卫士 企业版", "12.4", "台北-伺服器-02", "XA");
    bench.item("示例软件有限公司", "示例安全卫士 企业版", "12.1", "lab-7", "XA").waiver = Some(Waiver {
        reason: "isolated test bench, removal planned with the next rebuild".into(),
        owner: "it-security@example.org".into(),
        approved_by: "A. Sample".into(),
        until: "2024-12-31".into(),
        days_left: None,
        effect: None,
        ticket: Some("SEC-114".into()),
        licence: None,
    });
    bench.act(
        rule("xa-court-videoapp-2024", "XA", "A video service may not be offered", "Court of Examples", Some("Case 7/2024")),
        Act {
            events: vec![ActEvent {
                kind: "not-enforced".into(),
                announced: "2024-08-20".into(),
                from: "2024-08-20".into(),
                until: Some("2024-11-05".into()),
                citation: None,
                note: None,
                url: None,
            }],
            dates: Some(vec![ActDate {
                note: Some("the court said so; see \"Case 7\", p. 2\\3".into()),
                only: texts(&["example-video"]),
                ..date(
                    "xa-court-videoapp-2024/no-access/2024-08-20/enforcement-may-resume",
                    "2024-11-05T12:00:00-05:00",
                    "enforcement may resume",
                    &["no-access"],
                )
            }]),
            ..act("network-ban", "listed", "America/New_York")
        },
        Status::Banned,
        vec![measure("no-access", State::NotEnforced, Some("2024-08-19T12:00:00-04:00"))],
        None,
    );
    bench.item("Example Video Pte. Ltd.", "ViдeoApp 🎬👩‍💻", "", "phone-3", "XA");
    bench.act(
        rule("xb-list-primer-2022", "XB", "Asset freeze against a listed company", "Council of Examples", Some("2022/111")),
        act("sanction", "listed", "Europe/Brussels"),
        Status::Banned,
        vec![measure("no-dealings", State::InForce, Some("2022-06-03T00:00:00+02:00"))],
        None,
    );
    let rows = &mut bench.item("ООО «Пример»", "Пример Антивирус для рабочих станций", "8", "", "DE").rows;
    (rows.count, rows.quantity) = (3, 3);
    for hostile in HOSTILE {
        bench.item(hostile, hostile, "1", hostile, "DE");
    }
    bench.item(&"V".repeat(10_000), &"长".repeat(10_000), &"9".repeat(10_000), &"A".repeat(10_000), "DE");
}

fn in_force(bench: &mut Bench) {
    bench.act(
        Arc::new(RuleRef {
            id: "us-bis-kaspersky-2024".into(),
            title: "Kaspersky antivirus and security products: no new sales, then no updates".into(),
            jurisdiction: "US".into(),
            authority: "Bureau of Industry and Security, US Department of Commerce".into(),
            citation: Some("89 FR 52434".into()),
            url: "https://www.federalregister.gov/documents/2024/06/24/2024-13532/final-determination-case-no-icts-2021-002-kaspersky-lab-inc".into(),
        }),
        Act {
            remedy: Remedy {
                advice: Some("Move to another product before signatures grow old".into()),
                alternatives: texts(&["Example Defender"]),
            },
            ..act("sales-ban", "listed", "America/New_York")
        },
        Status::NoUpdates,
        vec![
            Measure {
                affects: texts(&["everyone"]),
                binds: texts(&["vendors"]),
                ..measure("no-updates", State::InForce, Some("2024-09-29T00:00:00-04:00"))
            },
            measure("no-sale", State::InForce, Some("2024-07-20T00:00:00-04:00")),
        ],
        None,
    );
    for at in 1..=40 {
        let version = if at % 3 == 0 { "21.19" } else { "21.18" };
        let finding = bench.item("AO Kaspersky Lab", "Kaspersky Plus", version, &format!("WS-{at:04}"), "US");
        finding.concerned_as = Concern::Affected;
        if at <= 3 {
            finding.notes = Arc::from(texts(&["renewal-blocked"]));
        } else if at == 4 {
            finding.notes = Arc::from(texts(&["acquired-after-ban", "renewal-blocked"]));
        }
    }
    let finding = bench.item("AO Kaspersky Lab", "kaspersky-engine", "3.2.0", "shop-frontend", "US");
    finding.concerned_as = Concern::Affected;
    finding.item.source = text("sbom/web shop/app ümlaut.cdx.json");
    finding.item.line = 0;
    finding.item.path = texts(&["shop-frontend", "mail-gateway", "kaspersky-engine"]);
    finding.item.paths = 2;
    finding.rows.first = vec![RowRef { source: finding.item.source.clone(), line: 0 }];
    bench.act(
        rule("xc-contoso-exit-2022", "XC", "Contoso ends new sales in XC", "Contoso Ltd.", None),
        Act {
            verified: None,
            dates: Some(vec![date("xc-contoso-exit-2022/updates/starts", "2024-10-02", "starts", &["no-updates"])]),
            ..act("vendor-exit", "listed", "Europe/Helsinki")
        },
        Status::NoSale,
        vec![Measure {
            binds: texts(&["vendors"]),
            affects: texts(&["everyone"]),
            ends_when: Some("the company says that it returns".into()),
            ..measure("no-sale", State::InForce, Some("2022-03-04T00:00:00+02:00"))
        }],
        Some((Status::NoUpdates, "2024-10-02")),
    );
    bench.item("Contoso", "Contoso Office", "2019", "desk-1", "XC");
    bench.item("Contoso", "Contoso Office", "2021", "desk-2", "XC");
}

fn ahead(bench: &mut Bench) {
    bench.act(
        rule(
            "xa-law-routers-2024",
            "XA",
            "Routers of listed makers: no sale, later no use",
            "Parliament of Examples",
            Some("Law 88"),
        ),
        Act {
            dates: Some(vec![
                date("xa-law-routers-2024/no-use/starts", "2024-12-01", "starts", &["no-use", "no-sale"]),
                ActDate {
                    note: Some("when the register is complete".into()),
                    ..date("xa-law-routers-2024/no-use/expected-to-end", "2026-03", "expected to end", &["no-use"])
                },
                date("xa-law-routers-2024/no-updates/to-be-announced", "to-be-announced", "to be announced", &["no-updates"]),
            ]),
            ..act("procurement-ban", "partial", "Asia/Jerusalem")
        },
        Status::Upcoming,
        vec![
            measure("no-use", State::Upcoming, Some("2024-12-01T00:00:00+02:00")),
            measure("no-updates", State::ToBeAnnounced, None),
        ],
        Some((Status::Banned, "2024-12-01")),
    );
    bench.item("דוגמה תקשורת בע״מ", "נתב לדוגמה 5000", "2.1", "branch-1", "IL");
    bench.item("شركة المثال للاتصالات", "موجه المثال", "", "branch-2", "XA");
    bench.act(
        rule("xa-law-drones-2024", "XA", "Drones: a ban is announced, its date is open", "Parliament of Examples", None),
        act("sales-ban", "allow-list", "Asia/Jerusalem"),
        Status::Upcoming,
        vec![measure("no-sale", State::ToBeAnnounced, None)],
        None,
    );
    bench.item("Example Drones", "Sky-Écran Δ", "3", "hangar", "XA");
    bench.act(
        rule("us-ca-example-suspended-2024", "US-CA", "A suspended ban on chat software", "Court of Examples", Some("No. 24-1")),
        act("use-ban", "listed", "America/Los_Angeles"),
        Status::Upcoming,
        vec![measure("no-use", State::Suspended, Some("2024-05-01T00:00:00-07:00"))],
        Some((Status::Banned, "2025-06-01")),
    );
    bench.item("Example Chat", "ChatPoint", "1.0", "phone-9", "US-CA");
}

fn doubtful(bench: &mut Bench) {
    bench.act(
        rule("xb-agency-warning-2022", "XB", "A warning about security software tied to a state", "Agency of Examples", None),
        act("advisory", "criteria", "Europe/Berlin"),
        Status::Advisory,
        vec![measure("advisory", State::InForce, Some("2022-03-15T00:00:00+01:00"))],
        Some((Status::Clear, "2024-10-31")),
    );
    bench.item("ООО «Пример»", "Пример Почта", "5", "mail-1", "DE").notes = Arc::from(texts(&["criterion", "approximate-date"]));
    bench.act(
        rule(
            "xa-ministry-cameras-2021",
            "XA",
            "Cameras of listed makers below version 7",
            "Ministry of Examples",
            Some("Order 3/2021"),
        ),
        act("use-ban", "listed", "Asia/Taipei"),
        Status::Review,
        vec![measure("no-use", State::InForce, Some("2021-01-01T00:00:00+08:00"))],
        None,
    );
    let finding = bench.item("Exampel Vision", "CamView", "", "gate", "");
    finding.notes = Arc::from(texts(&["place-unknown", "version-unknown"]));
    finding.missing = Arc::from(texts(&["the country of the vendor", "whether the site is a sensitive one"]));
    finding.matched = Arc::new(Match {
        kind: "similar".into(),
        value: "Exampel Vision".into(),
        alias: "Example Vision".into(),
        score: 0.93,
        ..(*finding.matched).clone()
    });
    bench.item("Somebody Else Inc.", "Example Vision Player", "4", "desk-2", "US").notes = Arc::from(texts(&["may-be-exempt"]));
}

fn inventories() -> Vec<Inventory> {
    let unread = |line: Option<u64>, column: Option<&str>, reason: &str| UnreadEntry {
        line,
        column: column.map(Into::into),
        reason: reason.into(),
    };
    vec![
        Inventory {
            source: text("fleet.csv"),
            format: "csv".into(),
            items: 90,
            unread: vec![
                unread(Some(7), Some("3"), "the row breaks off inside a quoted field"),
                unread(Some(19), None, "the row has 9 fields, the header has 6: \u{1b}[2Jx"),
            ],
            unread_count: 2,
            remarks: Vec::new(),
        },
        Inventory {
            source: text("sbom/web shop/app ümlaut.cdx.json"),
            format: "cyclonedx-json".into(),
            items: 1,
            remarks: texts(&["components of type `data` are left out (3)"]),
            ..Inventory::default()
        },
        Inventory {
            source: text(r"C:\exports\büro\assets 2024.xlsx"),
            format: "unknown".into(),
            unread: vec![unread(None, None, "the file is encrypted")],
            unread_count: 1,
            ..Inventory::default()
        },
        Inventory {
            source: text("-"),
            format: "jsonl".into(),
            items: 4,
            unread: (1..=6).map(|line| unread(Some(line), Some("vendor"), "not a text")).collect(),
            unread_count: 13,
            ..Inventory::default()
        },
    ]
}

fn empty() -> Report {
    Report {
        schema: SCHEMA.into(),
        tool: Tool { name: "interdict".into(), version: "0.0.0-sample".into() },
        as_of: "2024-10-01".into(),
        known_on: None,
        horizon_days: 90,
        scope: Scope {
            jurisdictions: texts(&["US"]),
            audiences: texts(&["everyone", "companies"]),
            without_rules: Vec::new(),
            incomplete_lists: Vec::new(),
        },
        redacted: Vec::new(),
        configuration: None,
        rules: Rules {
            version: "2024.9".into(),
            built: "2024-09-30".into(),
            digest: format!("sha256:{}", "0".repeat(64)),
            count: 9,
            replaced: Vec::new(),
        },
        inventories: Vec::new(),
        assets: None,
        baseline: None,
        decisions: Vec::new(),
        summary: Summary::default(),
        acts: BTreeMap::new(),
        findings: Findings::default(),
        gate: Gate { fail_on: texts(&["no-sale"]), ..Gate::default() },
    }
}

/// Nothing found, everything read.
pub(super) fn clean() -> Report {
    let mut report = empty();
    report.inventories = vec![Inventory { source: text("fleet.csv"), format: "csv".into(), items: 25, ..Inventory::default() }];
    report.summary = Summary { items: 25, clear: 25, assets: 12, quantity: 25, ..Summary::default() };
    report
}

/// Nothing found, but not everything read.
pub(super) fn unread() -> Report {
    let mut report = clean();
    report.inventories = inventories();
    report.summary.unread = 16;
    report.summary.unidentified = 1;
    report.summary.clear = 24;
    report.gate = Gate { exit_code: 3, failed: true, reasons: texts(&["rows that could not be read"]), ..report.gate };
    report
}
