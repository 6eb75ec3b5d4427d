//! Cases of the contract's third section, each as rule files with inline tests.

#![allow(dead_code, reason = "staged")]
use super::{Asker, Judgement, Situation, judge};
use crate::diag::{Diagnostics, Renderer, Sources};
use crate::matcher::Subject;
use crate::model::{Moment, OwnedRow, Status};
use crate::pack::compile::Pack;
use crate::pack::load::{PackText, add_layer};
use crate::pack::rule::RuleTest;
use crate::ruletest;

/// Returns a rule file; `head` are keys before the first table.
fn rule(id: &str, jurisdiction: &str, announced: &str, body: &str) -> (String, String) {
    let text = format!(
        "schema = 1\nid = \"{id}\"\ntitle = \"t\"\nkind = \"sales-ban\"\njurisdiction = \"{jurisdiction}\"\nauthority = \"a\"\n\
         url = \"https://example.org/a\"\nannounced = {announced}\n{body}"
    );
    (format!("{id}.toml"), text)
}

fn entity(id: &str, name: &str, body: &str) -> (String, String) {
    (format!("entities/{id}.toml"), format!("schema = 1\nname = \"{name}\"\nkind = \"organisation\"\n{body}"))
}

/// Returns the shipped pack with files over it, and their inline tests.
fn world(files: &[(String, String)]) -> (Pack, Vec<RuleTest>) {
    let texts = files
        .iter()
        .map(|(path, text)| PackText { path: path.clone(), name: path.clone(), bytes: text.clone().into_bytes() })
        .collect();
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let base = crate::builtin::pack().catalogue;
    let layer = add_layer(base, texts, false, &mut sources, &mut diagnostics);
    let shown: Vec<String> = diagnostics.iter().map(|one| Renderer { colour: false }.render(one, &sources)).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    (Pack::new(layer.catalogue), layer.tests)
}

/// Runs the inline tests of the files.
#[track_caller]
fn passes(files: &[(String, String)]) {
    let (pack, tests) = world(files);
    assert!(!tests.is_empty());
    let mut failures = Vec::new();
    for test in &tests {
        for failure in ruletest::run(&pack, test).failures {
            failures.push(format!("{} as of {}, `{}` `{}`: {failure}", test.rule, test.as_of, test.item.vendor, test.item.product));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn asker(as_of: &str) -> Asker {
    Asker {
        jurisdictions: vec!["US".to_owned()],
        audiences: Vec::new(),
        all_audiences: false,
        as_of: Moment::parse(as_of).expect("moment"),
        known_on: None,
        conditions: std::collections::BTreeMap::new(),
    }
}

fn verdict(pack: &Pack, rule: &str, as_of: &str, vendor: &str, product: &str) -> Option<Judgement> {
    let row = OwnedRow { vendor: vendor.to_owned(), product: product.to_owned(), ..OwnedRow::default() };
    let subject = Subject::new(pack, row);
    let rule = pack.rule(rule).expect("rule");
    judge(pack, &asker(as_of), rule, &subject, &Situation::default(), None)
}

fn status(judgement: Option<&Judgement>) -> Status {
    judgement.and_then(|judgement| judgement.status).unwrap_or(Status::Clear)
}

const BAN: &str =
    "[[measures]]\neffect = \"no-use\"\nbinds = [\"everyone\"]\nnexus = [\"territory\", \"person\"]\nfrom = 2020-01-01\n";

fn test(as_of: &str, vendor: &str, product: &str, expect: &str) -> String {
    format!(
        "[[tests]]\nas-of = {as_of}\njurisdictions = [\"US\"]\nitem = {{ vendor = \"{vendor}\", product = \"{product}\", location = \"US\" }}\n\
         expect = {{ {expect} }}\n"
    )
}

// Owners.

#[test]
fn an_owner_that_came_back_counts_again() {
    let body = format!(
        "[[covers]]\nvendor-countries = [\"CN\"]\norigin = [\"owner\"]\n{BAN}{}{}{}",
        test("2020-02-01", "Quixmo", "Quixmo Paint", "status = \"banned\""),
        test("2021-02-01", "Quixmo", "Quixmo Paint", "status = \"upcoming\""),
        test("2023-02-01", "Quixmo", "Quixmo Paint", "status = \"banned\""),
    );
    let owned = |dates: &str| format!("[[relations]]\nkind = \"owned-by\"\nentity = \"zorgol\"\nshare = 90\n{dates}\n");
    passes(&[
        entity("zorgol", "Zorgol", "country = \"CN\""),
        entity("quixmo", "Quixmo", &format!("country = \"DE\"\n{}{}", owned("until = 2021-01-01"), owned("from = 2022-01-01"))),
        rule("us-a", "US", "2019-01-01", &body),
    ]);
}

#[test]
fn a_share_that_is_told_twice_counts_once() {
    let owned = |share: &str, by: &str| format!("[[relations]]\nkind = \"owned-by\"\nentity = \"{by}\"\nshare = {share}\n");
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\", \"blenda\", \"trillop\"]\n{}{}{}",
        BAN.replace("no-use", "no-dealings"),
        test("2021-02-01", "Quixmo", "Quixmo Paint", "status = \"clear\""),
        test("2021-02-01", "Vanterra", "Vanterra Paint", "status = \"banned\""),
    );
    passes(&[
        entity("zorgol", "Zorgol", ""),
        entity("blenda", "Blenda", ""),
        entity("trillop", "Trillop", ""),
        entity("quixmo", "Quixmo", &format!("{}{}", owned("30", "zorgol"), owned("30", "zorgol"))),
        entity(
            "vanterra",
            "Vanterra",
            &format!("{}{}{}", owned("16.6", "zorgol"), owned("16.7", "blenda"), owned("16.7", "trillop")),
        ),
        rule("us-a", "US", "2019-01-01", &body),
    ]);
}

#[test]
fn owners_in_a_circle_and_many_names_end() {
    let names = [
        "zorgola", "zorgolb", "zorgolc", "zorgold", "zorgole", "zorgolf", "zorgolg", "zorgolh", "zorgoli", "zorgolj", "zorgolk",
        "zorgoll",
    ];
    let mut files: Vec<_> = names
        .iter()
        .map(|id| {
            let others = names.iter().filter(|other| *other != id);
            let relations: String =
                others.map(|other| format!("[[relations]]\nkind = \"renamed-to\"\nentity = \"{other}\"\n")).collect();
            entity(id, &format!("{id} works"), &relations)
        })
        .collect();
    files.push(entity("quixmo", "Quixmo", "[[relations]]\nkind = \"owned-by\"\nentity = \"zorgoll\"\n"));
    let body =
        format!("[[covers]]\nentities = [\"blenda\"]\n{BAN}{}", test("2021-01-01", "Quixmo", "Quixmo Paint", "status = \"clear\""));
    files.push(entity("blenda", "Blenda", "[[relations]]\nkind = \"owned-by\"\nentity = \"quixmo\"\n"));
    files.push(rule("us-a", "US", "2019-01-01", &body));
    passes(&files);
}

#[test]
fn a_country_that_is_not_known_any_more_is_not_known() {
    let body = format!(
        "[[covers]]\nvendor-countries = [\"CN\"]\n{BAN}{}{}{}",
        test("2020-02-01", "Quixmo", "Quixmo Paint", "status = \"banned\""),
        test("2022-02-01", "Quixmo", "Quixmo Paint", "status = \"review\""),
        test("2022-02-01", "Blenda", "Blenda Paint", "status = \"review\""),
    )
    .replace("\"CN\"", "\"CN\", \"DE\"");
    passes(&[
        entity("quixmo", "Quixmo", "country = [{ code = \"CN\", until = 2021-01-01 }]"),
        entity("blenda", "Blenda", "country = \"EU\""),
        rule("us-a", "US", "2019-01-01", &body),
    ]);
}

#[test]
fn a_place_is_coarser_only_while_the_other_is_part_of_it() {
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\"]\n{}{}{}",
        BAN.replace("2020-01-01", "2019-06-01"),
        test("2020-01-15", "Zorgol", "Zorgol Paint", "status = \"review\""),
        test("2021-01-15", "Zorgol", "Zorgol Paint", "status = \"clear\""),
    )
    .replace("[\"US\"]", "[\"EU\"]")
    .replace("location = \"US\"", "location = \"EU\"");
    passes(&[entity("zorgol", "Zorgol", ""), rule("gb-a", "GB", "2019-01-01", &body)]);
}

#[test]
fn a_relation_with_a_vague_date_says_so() {
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\"]\n{BAN}{}",
        test("2021-06-01", "Quixmo", "Quixmo Paint", "status = \"banned\", notes = [\"approximate-date\"]"),
    );
    passes(&[
        entity("zorgol", "Zorgol", ""),
        entity("quixmo", "Quixmo", "[[relations]]\nkind = \"owned-by\"\nentity = \"zorgol\"\nfrom = \"2021\"\n"),
        rule("us-a", "US", "2019-01-01", &body),
    ]);
}
