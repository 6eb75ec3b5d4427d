//! Cases of packs: what a user's files add, and what is wrong with them.

use std::time::{Duration, Instant};

use super::compile::{Catalogue, Pack};
use super::load::{Layer, PackText, add_layer, read_texts};
use crate::diag::{Code, Diagnostics, Place, Sources};

fn layer(base: Catalogue, files: &[(&str, &str)]) -> (Layer, Vec<(Code, u64)>) {
    let texts = files
        .iter()
        .map(|&(path, text)| PackText { path: path.to_owned(), name: path.to_owned(), bytes: text.as_bytes().to_vec() })
        .collect();
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let layer = add_layer(base, texts, false, &mut sources, &mut diagnostics);
    let line = |place: &Place| match place {
        Place::Span(source, start, _) => sources.line(*source, *start),
        Place::Line(_, line, _) => *line,
        _ => 0,
    };
    let found = diagnostics.iter().map(|one| (one.code, line(&one.place))).collect();
    (layer, found)
}

fn shipped() -> Catalogue {
    crate::builtin::catalogue()
}

fn problems(files: &[(&str, &str)]) -> Vec<(Code, u64)> {
    layer(shipped(), files).1
}

const HEAD: &str = "schema = 1\nid = \"us-a\"\ntitle = \"t\"\nkind = \"sales-ban\"\njurisdiction = \"US\"\nauthority = \"a\"\n\
                    url = \"https://example.org/a\"\nannounced = 2024-01-01\n";
const COVERS: &str = "[[covers]]\nentities = [\"kaspersky\"]\n";
const MEASURE: &str = "[[measures]]\neffect = \"no-sale\"\nbinds = [\"everyone\"]\nnexus = [\"territory\"]\nfrom = 2024-02-01\n";

fn rule_problems(body: &str) -> Vec<Code> {
    let text = format!("{HEAD}{body}");
    problems(&[("us-a.toml", &text)]).into_iter().map(|(code, _)| code).collect()
}

// What a user's files add.

#[test]
fn a_users_entity_adds_to_a_shipped_one() {
    let text = "schema = 1\nname = \"Kaspersky of ours\"\ncountry = \"CY\"\n[[products]]\nid = \"kaspersky-anti-virus\"\nname = \"KAV\"\n\
                aliases = [\"Kaspar\"]\n[[products]]\nid = \"kaspersky-new\"\nname = \"Kaspersky New\"\n\
                [[relations]]\nkind = \"embeds\"\nentity = \"microsoft\"\nproducts = [\"kaspersky-internet-security\"]\n";
    let (layer, found) = layer(shipped(), &[("entities/kaspersky.toml", text)]);
    assert_eq!(found, []);
    let entity = layer.catalogue.entities.iter().find(|entity| entity.id == "kaspersky").expect("entity");
    let countries: Vec<&str> = entity.countries.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(countries, ["RU", "CY"]);
    let product = entity.products.iter().find(|product| product.id == "kaspersky-anti-virus").expect("product");
    assert_eq!(product.name, "Kaspersky Anti-Virus");
    let aliases: Vec<&str> = product.aliases.iter().map(|alias| alias.text.as_str()).collect();
    assert!(aliases.contains(&"KAV") && aliases.contains(&"Kaspar") && aliases.contains(&"Kaspersky AntiVirus"));
    assert!(!product.package_ids.is_empty());
    assert_eq!(product.categories, ["antivirus"]);
    let product = entity.products.iter().find(|product| product.id == "kaspersky-new").expect("product");
    assert_eq!(product.categories, ["security-software"]);
}

#[test]
fn a_single_file_is_told_by_its_keys() {
    let (layer, found) = layer(
        shipped(),
        &[
            ("acme.toml", "\u{feff}schema = 1\r\nname = \"Acme Qq\"\r\n"),
            ("sub/deep/us-a.toml", &format!("{HEAD}{COVERS}{MEASURE}")),
        ],
    );
    assert_eq!(found, []);
    assert!(layer.catalogue.entities.iter().any(|entity| entity.id == "acme"));
    assert!(layer.catalogue.rules.iter().any(|rule| rule.id == "us-a"));
}

#[test]
fn a_folder_behind_a_link_is_read() {
    let folder = tempfile::tempdir().expect("folder");
    let (real, rules) = (folder.path().join("real"), folder.path().join("rules"));
    std::fs::create_dir_all(&real).expect("folder");
    std::fs::create_dir_all(&rules).expect("folder");
    std::fs::write(real.join("us-a.toml"), "x").expect("file");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&real, rules.join("linked")).expect("link");
        std::os::unix::fs::symlink(&rules, real.join("circle")).expect("link");
        let texts = read_texts(&rules).expect("texts");
        assert_eq!(texts.iter().map(|text| text.path.as_str()).collect::<Vec<_>>(), ["linked/us-a.toml"]);
    }
}

#[test]
fn a_folder_without_rules_is_a_mistake() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join("rules.yaml"), "x").expect("file");
    assert_eq!(read_texts(folder.path()).map_err(|error| error.source.kind()).err(), Some(std::io::ErrorKind::NotFound));
}

// What is wrong with them.

#[test]
fn lists_that_refer_to_each_other_are_refused() {
    let rule = |id: &str, list: &str| format!("{HEAD}[[covers]]\nrules = [\"{list}\"]\n{MEASURE}").replace("us-a", id);
    assert_eq!(problems(&[("us-a.toml", &rule("us-a", "us-a"))]), [(Code::UnknownList, 10)]);
    let found = problems(&[
        ("us-a.toml", &rule("us-a", "us-b")),
        ("us-b.toml", &rule("us-b", "us-c")),
        ("us-c.toml", &rule("us-c", "us-a")),
    ]);
    assert!(!found.is_empty() && found.iter().all(|&(code, line)| code == Code::UnknownList && line == 10), "{found:?}");
    let fine = problems(&[("us-a.toml", &rule("us-a", "us-b")), ("us-b.toml", &rule("us-b", "us-dhs-bod-17-01-2017"))]);
    assert_eq!(fine, []);
}

#[test]
fn a_shipped_rule_lies_in_the_folder_of_its_jurisdiction() {
    let text = format!("{HEAD}{COVERS}{MEASURE}");
    for (path, expected) in [("us/us-a.toml", vec![]), ("de/us-a.toml", vec![Code::IdMismatch])] {
        let texts = vec![PackText { path: path.to_owned(), name: path.to_owned(), bytes: text.clone().into_bytes() }];
        let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
        add_layer(shipped(), texts, true, &mut sources, &mut diagnostics);
        assert_eq!(diagnostics.iter().map(|one| one.code).collect::<Vec<_>>(), expected, "{path}");
    }
}

#[test]
fn a_domain_is_a_host() {
    let entity =
        |domain: &str| problems(&[("entities/acme.toml", &format!("schema = 1\nname = \"Acme Qq\"\ndomains = [\"{domain}\"]\n"))]);
    for domain in ["acme.example", "acme.co.uk", "xn--e1afmkfd.xn--p1ai", "пример.рф"] {
        assert_eq!(entity(domain), [], "{domain}");
    }
    for domain in ["acme", "https://acme.example", "acme.example/x", "acme..example", "a b.example", ""] {
        assert_eq!(entity(domain), [(Code::InvalidIdentifier, 3)], "{domain}");
    }
}

#[test]
fn dates_are_in_order_everywhere() {
    let reversed = [
        format!("{COVERS}from = 2024-02-01\nuntil = 2024-01-01\n{MEASURE}"),
        format!("{COVERS}acquired-from = 2024-02-01\nacquired-before = 2024-01-01\n{MEASURE}"),
        format!("{COVERS}[[exempt]]\nproducts = [\"tiktok\"]\nfrom = 2024-02-01\nthrough = 2024-01-01\n{MEASURE}"),
        format!("{COVERS}{MEASURE}until = 2024-01-01\n"),
        format!(
            "{COVERS}{MEASURE}announced = 2024-01-02\nplanned = [{{ from = 2024-02-01, until = 2024-01-01, announced = 2024-01-01 }}]\n"
        ),
        format!("{COVERS}{MEASURE}[[events]]\nkind = \"suspended\"\nannounced = 2024-03-01\nuntil = 2024-02-01\n"),
        format!(
            "{COVERS}{MEASURE}[[events]]\nkind = \"suspended\"\nannounced = 2024-03-01\nfrom = 2024-03-01\nuntil = 2024-02-01\n"
        ),
    ];
    for body in reversed {
        assert_eq!(rule_problems(&body), [Code::DatesReversed], "{body}");
    }
    let conflicts = [
        format!(
            "{COVERS}{MEASURE}announced = 2024-01-02\nplanned = [{{ from = 2024-02-01, after = 2024-01-01, announced = 2024-01-01 }}]\n"
        ),
        format!("{COVERS}{MEASURE}after = 2024-02-01\n"),
        format!("{COVERS}{MEASURE}until = 2025-02-01\nthrough = 2025-02-01\n"),
    ];
    for body in conflicts {
        assert_eq!(rule_problems(&body), [Code::DatesConflict], "{body}");
    }
    let open = format!("{COVERS}{MEASURE}announced = 2024-01-02\nplanned = [{{ announced = 2024-01-01 }}]\n");
    assert_eq!(rule_problems(&open), [Code::MissingKey]);

    let entity = |keys: &str| problems(&[("entities/acme.toml", &format!("schema = 1\nname = \"Acme Qq\"\n{keys}\n"))]);
    for keys in [
        "aliases = [{ name = \"Acme Rr\", from = 2024-02-01, until = 2024-01-01 }]",
        "country = [{ code = \"DE\", from = 2024-02-01, until = 2024-01-01 }]",
        "[[products]]\nid = \"acme-x\"\nname = \"Acme X\"\nfrom = 2024-02-01\nuntil = 2024-01-01",
        "[[products]]\nid = \"acme-x\"\nname = \"Acme X\"\naliases = [{ name = \"Acme Rr\", from = 2024-02-01, until = 2024-01-01 }]",
        "[[relations]]\nkind = \"owned-by\"\nentity = \"microsoft\"\nfrom = 2024-02-01\nuntil = 2024-01-01",
    ] {
        assert_eq!(entity(keys).iter().map(|(code, _)| *code).collect::<Vec<_>>(), [Code::DatesReversed], "{keys}");
    }
    let members =
        "[QQ-GROUP]\nname = \"x\"\ntime-zone = \"UTC\"\nmembers = [{ code = \"DE\", from = 2024-02-01, until = 2024-01-01 }]\n";
    assert_eq!(problems(&[("jurisdictions.toml", members)]), [(Code::DatesReversed, 4)]);
}

#[test]
fn references_are_known_everywhere() {
    let cases = [
        (format!("{COVERS}rules = [\"us-nope\"]\n{MEASURE}"), Code::UnknownRule),
        (format!("{COVERS}products = [\"nope\"]\n{MEASURE}"), Code::UnknownProduct),
        (format!("{COVERS}categories = [\"nope\"]\n{MEASURE}"), Code::UnknownCategory),
        (format!("{COVERS}vendor-countries = [\"QZ\"]\n{MEASURE}"), Code::UnknownJurisdiction),
        (format!("{COVERS}{MEASURE}covers = [\"nope\"]\n"), Code::UnknownCover),
        (format!("{COVERS}{MEASURE}affects = [\"nope\"]\n"), Code::UnknownAudience),
        (format!("{COVERS}[[exempt]]\nentities = [\"nope\"]\n{MEASURE}"), Code::UnknownEntity),
        (format!("{COVERS}[[exempt]]\nproducts = [\"tiktok\"]\nmeasures = [\"nope\"]\n{MEASURE}"), Code::UnknownMeasure),
        (
            format!("{COVERS}{MEASURE}[[events]]\nkind = \"revoked\"\nannounced = 2024-03-01\nmeasures = [\"no-use\"]\n"),
            Code::UnknownMeasure,
        ),
        (
            format!("{COVERS}{MEASURE}[[events]]\nkind = \"revoked\"\nannounced = 2024-03-01\nentities = [\"nope\"]\n"),
            Code::UnknownEntity,
        ),
        (
            format!("{COVERS}{MEASURE}[[events]]\nkind = \"revoked\"\nannounced = 2024-03-01\nproducts = [\"nope\"]\n"),
            Code::UnknownProduct,
        ),
        (
            format!(
                "{COVERS}condition = \"c\"\n{MEASURE}[[tests]]\nas-of = 2024-01-01\nitem = {{ vendor = \"x\" }}\nconditions = {{ d = true }}\nexpect = {{ status = \"clear\" }}\n"
            ),
            Code::UnknownValue,
        ),
    ];
    for (body, code) in cases {
        assert_eq!(rule_problems(&body), [code], "{body}");
    }
}

#[test]
fn identifiers_that_would_take_in_everything_are_refused() {
    for keys in [
        "bundle-prefixes = [\"com\"]",
        "bundle-prefixes = [\"com.*\"]",
        "package-ids = [\"com.*\"]",
        "purl-namespaces = [\"golang/github.com\"]",
        "purl-namespaces = [\"maven/com\"]",
        "purl-namespaces = [\"npm/\"]",
        "cpe-vendors = [\"\"]",
        "cpe-vendors = [\"*\"]",
        "signers = [\" - \"]",
    ] {
        let found = problems(&[("entities/acme.toml", &format!("schema = 1\nname = \"Acme Qq\"\n{keys}\n"))]);
        assert_eq!(found, [(Code::InvalidIdentifier, 3)], "{keys}");
    }
    assert_eq!(problems(&[("entities/acme.toml", "schema = 1\nname = \" - \"\n")]), [(Code::EmptyValue, 2)]);
    assert_eq!(problems(&[("entities/Acme Qq.toml", "schema = 1\nname = \"Acme Qq\"\n")]), [(Code::InvalidId, 2)]);
}

#[test]
fn a_pack_says_when_it_was_built() {
    assert_eq!(problems(&[("pack.toml", "schema = 2\nversion = \"1\"\nbuilt = 2024-01-01\n")]), [(Code::UnsupportedSchema, 1)]);
    assert_eq!(problems(&[("pack.toml", "schema = 1\nversion = \"1\"\nbuilt = \"2024\"\n")]), [(Code::InvalidDate, 3)]);
}

// Reach and speed.

#[test]
fn every_rule_that_may_speak_of_an_entity_reaches_it() {
    let list = format!(
        "{HEAD}[[covers]]\nrules = [\"us-dhs-bod-17-01-2017\"]\nembedded = \"out\"\n[[covers]]\nrules = [\"us-dhs-bod-17-01-2017\"]\n{MEASURE}"
    );
    let criterion = format!("{HEAD}[[covers]]\nvendor-countries = [\"CN\"]\n{MEASURE}").replace("us-a", "us-b");
    let (layer, found) = layer(
        shipped(),
        &[
            ("us-a.toml", &list),
            ("us-b.toml", &criterion),
            (
                "entities/acme.toml",
                "schema = 1\nname = \"Acme Qq\"\ncountry = \"DE\"\n[[relations]]\nkind = \"embeds\"\nentity = \"kaspersky\"\n",
            ),
            ("entities/blenda.toml", "schema = 1\nname = \"Blenda Qq\"\ncountry = [{ code = \"DE\", until = 2020-01-01 }]\n"),
        ],
    );
    assert_eq!(found, []);
    let pack = Pack::new(layer.catalogue);
    let reached = |entity: &str, rule: &str| {
        let number = pack.entity_number(entity).expect("entity");
        pack.reach[number as usize].iter().any(|&number| pack.catalogue.rules[number as usize].id == rule)
    };
    assert!(reached("acme", "us-a"));
    assert!(reached("blenda", "us-b"));
    assert!(!reached("acme", "us-b"));
}

/// The work grows with the pack, and not with entities times rules: the ratio is of one run, since
/// machines differ and are busy.
#[test]
fn the_work_of_compiling_grows_with_the_pack() {
    let small = compiling(300, 60);
    let large = compiling(2400, 480);
    // Eight times the pack; entities times rules would be sixty-four times the work.
    assert!(large < small * 40, "{small:?} for a small pack, {large:?} for one eight times as large");
}

/// Returns how long a pack of so many entities and criteria takes to be loaded and compiled.
fn compiling(entities: usize, rules: usize) -> Duration {
    let entities: Vec<(String, String)> = (0..entities)
        .map(|number| {
            let country = ["DE", "CN", "FR", "RU", "US"][number % 5];
            let owner = if number > 0 { format!("[[relations]]\nkind = \"owned-by\"\nentity = \"acme{}\"\n", number - 1) } else { String::new() };
            (
                format!("entities/acme{number}.toml"),
                format!(
                    "schema = 1\nname = \"Acme Number {number} Works\"\ncountry = \"{country}\"\ncategories = [\"security-software\"]\n\
                     [[products]]\nid = \"acme{number}-x\"\nname = \"Acmex {number}\"\ncategories = [\"antivirus\"]\n{owner}"
                ),
            )
        })
        .collect();
    let rules: Vec<(String, String)> = (0..rules)
        .map(|number| {
            let country = ["EU", "CN", "ru-unfriendly"][number % 3];
            let covers = format!("[[covers]]\nvendor-countries = [\"{country}\"]\norigin = [\"country\", \"owner\"]\ncategories = [\"security-software\"]\n");
            (format!("us-r{number}.toml"), format!("{HEAD}{covers}{MEASURE}").replace("us-a", &format!("us-r{number}")))
        })
        .collect();
    let files: Vec<(&str, &str)> = entities.iter().chain(&rules).map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let start = Instant::now();
    let (layer, found) = layer(shipped(), &files);
    assert_eq!(found, []);
    let pack = Pack::new(layer.catalogue);
    let taken = start.elapsed();
    assert!(pack.reach.iter().all(|rules| rules.len() < 2000));
    taken
}
