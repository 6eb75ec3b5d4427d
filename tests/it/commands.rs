//! Commands whose output is held against more than a text: schemas, `init`, completions, `man`.

use serde_json::Value;

use super::common::Sandbox;

/// Holds a value against the part of JSON Schema that our schemas use, and says where it differs.
fn validate(root: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').expect("a reference inside the schema");
        let target = root.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"));
        return validate(root, target, value, at, wrong);
    }
    for word in ["anyOf", "oneOf"] {
        if let Some(ways) = schema[word].as_array() {
            let fits = ways.iter().any(|way| {
                let mut differ = Vec::new();
                validate(root, way, value, at, &mut differ);
                differ.is_empty()
            });
            if !fits {
                wrong.push(format!("{at}: {value} fits none of {word}"));
            }
        }
    }
    if let Some(constant) = schema.get("const")
        && constant != value
    {
        wrong.push(format!("{at}: {value} is not {constant}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        wrong.push(format!("{at}: {value} is none of {words:?}"));
    }
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("type {other}"),
    };
    let fits = match &schema["type"] {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        _ => true,
    };
    if !fits {
        wrong.push(format!("{at}: {value} is not of type {}", schema["type"]));
    }
    if let Some(object) = value.as_object() {
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(key) {
                wrong.push(format!("{at}: lacks {key}"));
            }
        }
        for (key, inner) in object {
            let at = format!("{at}/{key}");
            match (schema["properties"].get(key), &schema["additionalProperties"]) {
                (Some(known), _) => validate(root, known, inner, &at, wrong),
                (None, Value::Bool(false)) => wrong.push(format!("{at}: not in the schema")),
                (None, more @ Value::Object(_)) => validate(root, more, inner, &at, wrong),
                (None, _) => {}
            }
        }
    }
    for (number, inner) in value.as_array().into_iter().flatten().enumerate() {
        if schema["items"].is_object() {
            validate(root, &schema["items"], inner, &format!("{at}/{number}"), wrong);
        }
    }
}

fn schema(sandbox: &Sandbox, of: &str) -> Value {
    let ran = sandbox.run(["schema", of]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{of}");
    let schema = ran.json();
    assert!(schema["$schema"].as_str().is_some_and(|text| text.starts_with("https://json-schema.org/")), "{of}: {schema}");
    assert_eq!(schema["type"], "object", "{of}");
    assert!(!ran.stdout.contains("\"x-"), "{of} holds hints that only we use");
    schema
}

fn holds(sandbox: &Sandbox, of: &str, value: &Value) {
    let schema = schema(sandbox, of);
    let mut wrong = Vec::new();
    validate(&schema, &schema, value, "", &mut wrong);
    assert!(wrong.is_empty(), "{of}: {}", wrong.join("\n"));
}

#[test]
fn each_schema_is_one() {
    let sandbox = Sandbox::new();
    for of in ["rule", "entity", "config", "waivers", "inventory", "report"] {
        schema(&sandbox, of);
    }
    let ran = sandbox.run(["schema", "rules"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("'rule'"), "{}", ran.stderr);
}

#[test]
fn reports_are_as_their_schema_says() {
    let sandbox = Sandbox::new();
    sandbox.fixture("pack").write(
        "fleet.csv",
        "asset,vendor,product,location,acquired,renewal\na,Northstar,Northstar Guard,US,2021-04-01,2021-05-01\n\
         b,AO Kaspersky Lab,Kaspersky Plus,US,,\nc,TikTok Ltd.,TikTok,US-TX,,\nc,Nobody,Planner,US,,\nd,\"broken\n,,\n",
    );
    sandbox.write("other.csv", "").write(
        "sbom.cdx.json",
        r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[
            {"type":"library","bom-ref":"a","name":"x","version":"1","components":[{"type":"library","name":"Kaspresso","group":"com.kaspersky.android-components","purl":"pkg:maven/com.kaspersky.android-components/kaspresso@1.5.3"}]}]}"#,
    );
    sandbox.write(
        "waivers.toml",
        "schema = 1\n[[waivers]]\nrule = 'us-office-northstar-2021'\nreason = 'r'\nowner = 'o'\napproved-by = 'a'\nuntil = 2025-03-01\nticket = 'T-1'\nlicence = 'L'\n\
         [[decisions]]\nentity = 'northstar'\nvendor = 'Nobody'\nis = true\nreason = 'r'\nowner = 'o'\nuntil = 2025-03-01\n",
    );
    let written = "{\"schema\":\"interdict/baseline/1\",\"as-of\":\"2021-01-01\",\"findings\":[]}";
    sandbox.write("base.json", written);
    for as_of in ["2021-07-01", "2024-08-01", "2025-02-01", "2025-02-01T12:00:00+02:00"] {
        let ran = sandbox.run([
            "check",
            "fleet.csv",
            "other.csv",
            "sbom.cdx.json",
            "-j",
            "US",
            "--as-of",
            as_of,
            "--known-on",
            "2025-03-01",
            "--rules",
            "pack",
            "--waivers",
            "waivers.toml",
            "--baseline",
            "base.json",
            "--fail-on-new",
            "--fail-within",
            "1y",
            "-o",
            "json",
        ]);
        let report = ran.json();
        assert!(!report["findings"].as_array().expect("findings").is_empty() || as_of.starts_with("2021"), "{as_of}");
        holds(&sandbox, "report", &report);
        assert_eq!(report["decisions"][0]["rows"], 1);
        assert_eq!(report["baseline"]["as-of"], "2021-01-01");
        assert_eq!(report["known-on"], "2025-03-01");
        assert_eq!(report["as-of"], as_of);
    }
}

fn toml_as_json(text: &str) -> Value {
    fn turn(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => text.into(),
            toml::Value::Integer(number) => number.into(),
            toml::Value::Float(number) => number.into(),
            toml::Value::Boolean(yes) => yes.into(),
            toml::Value::Datetime(date) => date.to_string().into(),
            toml::Value::Array(values) => values.into_iter().map(turn).collect(),
            toml::Value::Table(table) => Value::Object(table.into_iter().map(|(key, value)| (key, turn(value))).collect()),
        }
    }
    turn(toml::from_str(text).expect("TOML"))
}

/// Editors hold files against the schemas: what ships must pass.
#[test]
fn shipped_files_are_as_their_schemas_say() {
    let sandbox = Sandbox::new();
    let rules = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let (rule, entity) = (schema(&sandbox, "rule"), schema(&sandbox, "entity"));
    let mut held = 0;
    for folder in
        std::fs::read_dir(&rules).expect("rules").map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir())
    {
        let schema = if folder.ends_with("entities") { &entity } else { &rule };
        for path in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let mut wrong = Vec::new();
            validate(schema, schema, &toml_as_json(&text), "", &mut wrong);
            assert!(wrong.is_empty(), "{}: {}", path.display(), wrong.join("\n"));
            held += 1;
        }
    }
    assert!(held > 50, "{held}");
}

#[test]
fn what_init_writes_works_at_once() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(["init", "-j", "US", "--audience", "federal-government"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    holds(&sandbox, "config", &toml_as_json(&sandbox.read("interdict.toml")));
    holds(&sandbox, "waivers", &toml_as_json(&sandbox.read("waivers.toml")));
    sandbox.write("fleet.csv", "asset,vendor,product\na,Kaspersky Lab,Kaspersky Anti-Virus\n");
    let ran = sandbox.run(["check", "fleet.csv", "--as-of", "2019-01-01", "-o", "json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let report = ran.json();
    assert_eq!(report["configuration"]["path"], "interdict.toml");
    assert!(report["configuration"]["digest"].as_str().is_some_and(|digest| digest.starts_with("sha256:") && digest.len() == 71));
    assert_eq!(report["scope"]["audiences"], Value::from(vec!["federal-government"]));
    assert_eq!(report["summary"]["banned"], 1);
    // What is there is kept, unless asked otherwise.
    sandbox.write("interdict.toml", "schema = 1\n");
    let ran = sandbox.run(["init", "-j", "DE"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert_eq!(sandbox.read("interdict.toml"), "schema = 1\n");
    assert_eq!(sandbox.run(["init", "-j", "DE", "--force"]).code, Some(0));
    assert!(sandbox.read("interdict.toml").contains("\"DE\""));
}

#[test]
fn completions_and_manual_name_every_command() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = sandbox.run(["completions", shell]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{shell}");
        for word in ["check", "explain", "timeline", "rules", "known-on"] {
            assert!(ran.stdout.contains(word), "{shell} lacks {word}");
        }
    }
    let ran = sandbox.run(["man"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(ran.stdout.contains(".TH interdict 1"), "{}", &ran.stdout[..200]);
    for word in ["check", "explain", "timeline", "rules", "schema", "init", "EXAMPLES"] {
        assert!(ran.stdout.to_lowercase().contains(&word.to_lowercase()), "the manual lacks {word}");
    }
}

#[test]
fn every_command_has_help() {
    let sandbox = Sandbox::new();
    for command in [
        &["check"][..],
        &["explain"],
        &["timeline"],
        &["report"],
        &["rules"],
        &["rules", "list"],
        &["rules", "show"],
        &["rules", "lint"],
        &["rules", "test"],
        &["rules", "diff"],
        &["rules", "status"],
        &["schema"],
        &["init"],
        &["completions"],
        &["man"],
    ] {
        let ran = sandbox.run(command.iter().copied().chain(["--help"]));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{command:?}");
        assert!(ran.stdout.contains("Usage: interdict"), "{}", ran.stdout);
    }
}

/// `explain` takes the fingerprints of a report, and says of each act what the report says.
#[test]
fn explain_follows_the_report() {
    let sandbox = Sandbox::new();
    sandbox
        .write("fleet.csv", "asset,vendor,product,location\nny-1,AO Kaspersky Lab,Kaspersky Plus,US\nny-2,Igor Pavlov,7-Zip,US\n");
    let scope = ["-j", "US", "--as-of", "2024-10-01"];
    let report = sandbox.run(["check", "fleet.csv", "-o", "json"].into_iter().chain(scope)).json();
    let findings = report["findings"].as_array().expect("findings");
    assert!(!findings.is_empty());
    for finding in findings {
        let fingerprint = finding["fingerprint"].as_str().expect("a fingerprint");
        let ran = sandbox.run(["explain", "fleet.csv", fingerprint].into_iter().chain(scope));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        for text in [&finding["rule"]["id"], &finding["status"], &finding["item"]["product"]] {
            assert!(ran.stdout.contains(text.as_str().expect("a text")), "{text}: {}", ran.stdout);
        }
    }
    let ran = sandbox.run(["explain", "fleet.csv", "1:00000000000000000000000000000000"].into_iter().chain(scope));
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("error[no-such-item]"), "{}", ran.stderr);
}

/// A calendar of a check and one of `timeline` have the same events under the same ids, whichever is
/// imported last.
#[test]
fn a_date_is_the_same_event_wherever_it_comes_from() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "fleet.csv",
        "asset,vendor,product,location\nny-1,AO Kaspersky Lab,Kaspersky Plus,US\nny-2,TikTok Pte. Ltd.,TikTok,US\n",
    );
    let scope = ["-j", "US", "--as-of", "2024-07-01", "-o", "ics"];
    let checked = sandbox.run(["check", "fleet.csv"].into_iter().chain(scope));
    let listed = sandbox.run(["timeline", "fleet.csv"].into_iter().chain(scope));
    assert!(checked.stdout.contains("UID:us-bis-kaspersky-2024/sale/starts@interdict\r\n"), "{}", checked.stdout);
    assert!(checked.stdout.contains("\r\nDTSTART;VALUE=DATE:20240720\r\n"), "{}", checked.stdout);
    assert_eq!(checked.stdout, listed.stdout);
    // As then known, and with fewer acts.
    let only = sandbox.run(["check", "fleet.csv", "--only", "review"].into_iter().chain(scope));
    assert!(!only.stdout.contains("us-bis-kaspersky-2024/sale"), "{}", only.stdout);
}
