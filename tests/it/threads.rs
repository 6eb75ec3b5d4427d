//! A large table gives the same report, and the same remarks, for any number of threads.

use super::common::Sandbox;

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % below
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.next(list.len())]
    }
}

const VENDORS: &[&str] =
    &["AO Kaspersky Lab", "Kasperskiy Labs", "Huawei Technologies Co., Ltd.", "Northwind IT", "", "TikTok Pte. Ltd."];
const PRODUCTS: &[&str] = &["Kaspersky Plus", "Kaspersky Plus 21.3", "TikTok", "WeChat", "7-Zip", "Disk 5\" Tool", "Zoom", ""];
const PLACES: &[&str] = &["US", "United States", "DE", "US-TX", "CN", "", "Atlantis", "Utopia", "Lilliput"];
const OWNERS: &[&str] = &["", "Ann", "Ben", "Zoë"];
const DAYS: &[&str] = &["2024-01-31", "", "soon", "2024-08-01", "2023-12-31"];

/// A table of some megabytes with everything that can go wrong in one.
fn table(latin: bool) -> Vec<u8> {
    let mut dice = Dice(7);
    let mut text = b"asset,vendor,product,version,location,owner,quantity,acquired\r\n".to_vec();
    let mut number = 0;
    while text.len() < 1_000_000 {
        number += 1;
        let end = dice.pick(&["\n", "\n", "\n", "\r\n"]);
        let (asset, version) = (dice.next(4000) + number / 20, dice.next(9));
        let plain =
            |text: &str| if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() };
        // Most rows have no finding, as in life.
        let is_quiet = dice.next(8) > 0;
        let (vendor, product) =
            if is_quiet { ("Igor Pavlov".to_owned(), "7-Zip") } else { (plain(dice.pick(VENDORS)), dice.pick(PRODUCTS)) };
        // Now and then a quote inside a bare field, which is itself.
        let product = if dice.next(50) == 0 { product.to_owned() } else { plain(product) };
        let (place, owner, day) = (dice.pick(PLACES), dice.pick(OWNERS), dice.pick(DAYS));
        let quantity = dice.pick(&["1", "2", "many", ""]);
        text.extend(format!("PC-{asset:05},{vendor},{product},{version},{place},{owner},{quantity},{day}{end}").bytes());
        match dice.next(1000) {
            0 => text.extend(b"PC-1,\"a line\nbreak\",\"Kaspersky\r\nPlus\",1,US,,1,\n"),
            1 => text.extend(b"PC-1,x,\"never closed,1,US,,1,\n"),
            2 => text.extend(b"PC-1,x,\"text\" behind,1,US,,1,\n"),
            3 => text.extend(b"PC-1,x,y,1,US,,1,,too,many\n"),
            4 => text.extend(b"PC-1,x\0,y,1,US,,1,\n\n"),
            5 if latin => text.extend(b"PC-1,K\xe4sperle,Kaspersky Gr\xfc\xdfe,1,M\xfcnchen,J\xfcrgen,1,\n"),
            _ => {}
        }
    }
    text
}

fn differs(name: &str, sandbox: &Sandbox, numbers: &[&str], more: &[&str]) {
    let run = |threads: &str| {
        let args = ["check", name, "-j", "US", "--as-of", "2024-10-01", "-o", "json", "--threads", threads];
        let run = sandbox.run(args.into_iter().chain(more.iter().copied()));
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        (run.stdout, run.stderr)
    };
    let one = run("1");
    assert!(one.0.len() > 20_000 && !one.1.is_empty());
    for &threads in numbers {
        let several = run(threads);
        // Not printed: these are megabytes.
        assert!(several.0 == one.0, "{name}: the report of {threads} threads is another one");
        assert_eq!(several.1, one.1, "{name}: {threads} threads");
    }
}

#[test]
fn the_number_of_threads_plays_no_part() {
    let sandbox = Sandbox::new();
    sandbox.write("fleet.csv", table(false));
    sandbox.write("machines.csv", "asset,location,owner\nPC-00017,FR,Kim\nPC-00018,DE,\n");
    differs("fleet.csv", &sandbox, &["2", "5"], &[]);
    differs("fleet.csv", &sandbox, &["3"], &["--assets", "machines.csv"]);
}

#[test]
fn rows_that_are_not_utf_8_are_read_alike() {
    let sandbox = Sandbox::new();
    sandbox.write("latin.csv", table(true));
    differs("latin.csv", &sandbox, &["3"], &[]);
    differs("latin.csv", &sandbox, &["2"], &["--encoding", "windows-1252"]);
}

#[test]
fn several_inventories_are_told_apart_by_any_number_of_threads() {
    let sandbox = Sandbox::new();
    sandbox.write("a.csv", table(false));
    sandbox.write("b.csv", "asset,vendor,product\nPC-00001,AO Kaspersky Lab,Kaspersky Plus\n");
    sandbox.write("c.csv", table(true));
    differs("a.csv", &sandbox, &["3"], &["b.csv", "c.csv"]);
}

/// What threads cannot share out is judged beside the reading.
#[test]
fn components_that_another_thread_judges_have_their_paths() {
    let mut dice = Dice(5);
    let (mut components, mut edges) = (Vec::new(), Vec::new());
    for number in 0..3000 {
        let (vendor, product) = (dice.pick(VENDORS), dice.pick(PRODUCTS));
        let (vendor, product) =
            if dice.next(4) > 0 { ("Igor Pavlov", format!("lib-{number}")) } else { (vendor, product.to_owned()) };
        components.push(serde_json::json!({
            "type": "library", "bom-ref": format!("c{number}"), "publisher": vendor, "name": product, "version": dice.pick(&["1", "2.5", ""]),
            "purl": format!("pkg:npm/lib-{number}@1"),
        }));
        edges.push(serde_json::json!({"ref": format!("c{}", number / 3), "dependsOn": [format!("c{number}"), "nobody"]}));
    }
    let bom = serde_json::json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components, "dependencies": edges,
        "metadata": {"component": {"type": "application", "bom-ref": "c0", "name": "shop", "version": "7"}},
    });
    let sandbox = Sandbox::new();
    sandbox.write("bom.json", serde_json::to_vec_pretty(&bom).expect("json"));
    sandbox.write("fleet.csv", table(false));
    differs("bom.json", &sandbox, &["2", "4"], &[]);
    differs("bom.json", &sandbox, &["3"], &["fleet.csv"]);
    let report = sandbox.run(["check", "bom.json", "-j", "US", "--as-of", "2024-10-01", "-o", "json", "--threads", "2"]).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).expect("a report");
    let findings = report["findings"].as_array().expect("a list");
    assert!(findings.iter().any(|one| one["item"]["path"].as_array().is_some_and(|path| path.len() > 3)), "{findings:?}");
    assert!(report["inventories"][0]["unread-count"].as_u64() > Some(10), "those without a name");
}

#[test]
fn rows_that_are_only_counted_count_as_if_each_was_looked_at() {
    let mut dice = Dice(11);
    let mut text = "asset,vendor,product,version,location,quantity,acquired\n".to_owned();
    for number in 0..3000 {
        let (vendor, product) = [("TikTok Pte. Ltd.", "TikTok"), ("Tencent", "WeChat"), ("Igor Pavlov", "7-Zip")][dice.next(3)];
        let (version, place) = (dice.next(3), dice.pick(&["US", "DE", "IN", ""]));
        let (quantity, day) = (dice.pick(&["1", "3"]), dice.pick(&["2024-01-31", ""]));
        text += &format!("PC-{:04},{vendor},{product},{version},{place},{quantity},{day}\n", number / 5);
    }
    let sandbox = Sandbox::new();
    sandbox.write("fleet.csv", text);
    // A list of machines has to see every row.
    sandbox.write("machines.csv", "asset,location,owner\nnobody,FR,\n");
    for audience in ["companies", "federal-government"] {
        let run = |more: &[&str]| -> serde_json::Value {
            let args = ["check", "fleet.csv", "-j", "US", "--audience", audience, "--as-of", "2024-10-01", "-o", "json"];
            serde_json::from_str(&sandbox.run(args.into_iter().chain(more.iter().copied())).stdout).expect("a report")
        };
        let (counted, shown) = (run(&[]), run(&["--assets", "machines.csv"]));
        for part in ["summary", "findings", "inventories"] {
            assert!(counted[part] == shown[part], "{part} for {audience}");
        }
        assert!(counted["summary"]["other-audiences"]["schools"].as_u64() > Some(1000), "most rows that are counted");
    }
}
