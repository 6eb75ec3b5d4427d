//! Cases of the contract's third section, each as rule files with inline tests.

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
    let base = crate::builtin::catalogue();
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
    Asker { jurisdictions: vec!["US".to_owned()], ..Asker::new(Moment::parse(as_of).expect("moment")) }
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

// Exemptions.

#[test]
fn an_exempt_range_of_versions_does_not_free_an_unknown_version() {
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\"]\n[[exempt]]\nentities = [\"zorgol\"]\nversions = \">=5\"\n{BAN}{}{}",
        test("2021-01-01", "Zorgol", "Zorgol Paint", "status = \"banned\", notes = [\"may-be-exempt\"]"),
        "[[tests]]\nas-of = 2021-01-01\njurisdictions = [\"US\"]\nitem = { vendor = \"Zorgol\", product = \"Zorgol Paint\", version = \"6\" }\nexpect = { status = \"clear\" }\n",
    );
    passes(&[entity("zorgol", "Zorgol", "aliases = []"), rule("us-a", "US", "2019-01-01", &body)]);
}

#[test]
fn an_exemption_that_is_doubtful_only_later_says_so_then() {
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\"]\n[[exempt]]\nentities = [\"zorgol\"]\nuntil = 2022-01-01\n\
         [[exempt]]\nentities = [\"zorgol\"]\nfrom = 2022-01-01\ncondition = \"it has a licence\"\n{BAN}"
    );
    let (pack, _) = world(&[entity("zorgol", "Zorgol", ""), rule("us-a", "US", "2019-01-01", &body)]);
    assert_eq!(status(verdict(&pack, "us-a", "2022-06-01", "Zorgol", "Zorgol Paint").as_ref()), Status::Banned);
    let notes = |as_of: &str| verdict(&pack, "us-a", as_of, "Zorgol", "Zorgol Paint").map(|one| one.notes).unwrap_or_default();
    assert!(notes("2022-06-01").contains("may-be-exempt"));

    let body = format!(
        "[[covers]]\nentities = [\"zorgol\"]\n[[exempt]]\nentities = [\"zorgol\"]\nuntil = 2021-01-01\ncondition = \"it has a licence\"\n{BAN}"
    );
    let (pack, _) = world(&[entity("zorgol", "Zorgol", ""), rule("us-a", "US", "2019-01-01", &body)]);
    let notes = |as_of: &str| verdict(&pack, "us-a", as_of, "Zorgol", "Zorgol Paint").map(|one| one.notes).unwrap_or_default();
    assert!(notes("2020-06-01").contains("may-be-exempt"));
    assert!(!notes("2021-06-01").contains("may-be-exempt"), "the exemption is over");
}

#[test]
fn an_exemption_with_vague_dates_frees_only_what_it_certainly_frees() {
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\"]\n[[exempt]]\nentities = [\"zorgol\"]\nfrom = \"2021-03\"\nthrough = \"2021-06\"\n{BAN}{}{}{}",
        test("2021-03-10", "Zorgol", "Zorgol Paint", "status = \"banned\", notes = [\"may-be-exempt\", \"approximate-date\"]"),
        test("2021-05-10", "Zorgol", "Zorgol Paint", "status = \"review\""),
        test("2021-06-20", "Zorgol", "Zorgol Paint", "status = \"banned\", notes = [\"may-be-exempt\"]"),
    )
    .replace("status = \"review\"", "status = \"upcoming\"");
    passes(&[entity("zorgol", "Zorgol", ""), rule("us-a", "US", "2019-01-01", &body)]);
}

#[test]
fn an_instant_of_acquisition_within_the_day_is_not_known() {
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\"]\nacquired-from = 2021-03-10T12:00:00\n{BAN}{}",
        ["09\" } #clear", "10\" } #review", "11\" } #banned"].map(|day| {
            let (day, status) = day.split_once("\" } #").expect("two parts");
            format!(
                "[[tests]]\nas-of = 2022-01-01\njurisdictions = [\"US\"]\nitem = {{ vendor = \"Zorgol\", product = \"Z\", acquired = 2021-03-{day} }}\n\
                 expect = {{ status = \"{status}\" }}\n"
            )
        })
        .concat()
    );
    passes(&[entity("zorgol", "Zorgol", ""), rule("us-a", "US", "2019-01-01", &body)]);
}

// Lists by reference.

fn lists(list: &str, tests: &str) -> [(String, String); 3] {
    [
        entity("zorgol", "Zorgol", "country = \"DE\""),
        rule("us-list", "US", "2021-03-01", list),
        rule("us-a", "US", "2019-01-01", &format!("[[covers]]\nrules = [\"us-list\"]\n{BAN}{tests}")),
    ]
}

const LISTED: &str = "[[covers]]\nentities = [\"zorgol\"]\n[[measures]]\nname = \"money\"\neffect = \"no-procurement\"\nbinds = [\"grantees\"]\n\
                      nexus = [\"territory\"]\nfrom = 2021-03-01\n[[measures]]\nname = \"approval\"\neffect = \"no-authorisation\"\n\
                      binds = [\"importers\"]\nnexus = [\"territory\"]\nfrom = 2021-03-01\n";

#[test]
fn a_list_names_nobody_before_it_was_made() {
    let tests = [
        test("2021-02-28", "Zorgol", "Zorgol Paint", "status = \"clear\""),
        test("2021-03-01", "Zorgol", "Zorgol Paint", "status = \"banned\""),
        test("2021-04-01\nknown-on = 2021-02-01", "Zorgol", "Zorgol Paint", "status = \"clear\""),
    ];
    passes(&lists(LISTED, &tests.concat()));
}

#[test]
fn a_list_that_is_only_proposed_names_nobody() {
    let tests = test("2022-01-01", "Zorgol", "Zorgol Paint", "status = \"clear\"");
    passes(&lists(&format!("stage = \"proposed\"\n{LISTED}"), &tests));
}

#[test]
fn an_annulled_list_never_named_anybody() {
    let tests = test("2022-01-01", "Zorgol", "Zorgol Paint", "status = \"clear\"");
    passes(&lists(&format!("{LISTED}[[events]]\nkind = \"annulled\"\nannounced = 2023-01-01\n"), &tests));
}

#[test]
fn the_end_of_one_measure_of_a_list_ends_no_listing() {
    let event = |measures: &str| format!("{LISTED}[[events]]\nkind = \"revoked\"\nannounced = 2022-01-01\nmeasures = {measures}\n");
    passes(&lists(&event("[\"money\"]"), &test("2022-02-01", "Zorgol", "Zorgol Paint", "status = \"banned\"")));
    passes(&lists(&event("[\"money\", \"approval\"]"), &test("2022-02-01", "Zorgol", "Zorgol Paint", "status = \"clear\"")));
}

#[test]
fn a_list_by_criterion_does_not_name_everybody() {
    let list = LISTED.replace(
        "entities = [\"zorgol\"]",
        "vendor-countries = [\"RU\"]\n[[covers]]\nentities = [\"zorgol\"]\nacquired-from = 2030-01-01",
    );
    let files = lists(&list, &test("2022-01-01", "Quixmo", "Quixmo Paint", "status = \"clear\""));
    passes(
        &[
            &files[..],
            &[entity(
                "quixmo",
                "Quixmo",
                "country = \"DE\"\n[[relations]]\nkind = \"affiliate-of\"\nentity = \"zorgol\"\nuntil = 2010-01-01\n",
            )],
        ]
        .concat(),
    );
}

#[test]
fn a_part_that_a_list_leaves_out_is_not_listed() {
    let list =
        LISTED.replace("[[measures]]\nname = \"money\"", "[[exempt]]\nentities = [\"quixmo\"]\n[[measures]]\nname = \"money\"");
    let files = lists(&list, &test("2022-01-01", "Quixmo", "Quixmo Paint", "status = \"clear\""));
    passes(
        &[
            &files[..],
            &[entity("quixmo", "Quixmo", "country = \"DE\"\n[[relations]]\nkind = \"affiliate-of\"\nentity = \"zorgol\"\n")],
        ]
        .concat(),
    );
}

#[test]
fn a_long_chain_of_lists_is_followed_to_its_end() {
    let mut files = vec![entity("zorgol", "Zorgol", "")];
    for number in 0..8 {
        let covers = if number == 0 { "entities = [\"zorgol\"]".to_owned() } else { format!("rules = [\"us-l{}\"]", number - 1) };
        let tests = if number == 7 { test("2022-01-01", "Zorgol", "Zorgol Paint", "status = \"banned\"") } else { String::new() };
        files.push(rule(&format!("us-l{number}"), "US", "2019-01-01", &format!("[[covers]]\n{covers}\n{BAN}{tests}")));
    }
    passes(&files);
}

// Events that name parties.

#[test]
fn a_delisting_reaches_affiliates_only_while_they_are() {
    let body = format!(
        "[[covers]]\nentities = [\"blenda\", \"zorgol\"]\n{BAN}[[events]]\nkind = \"delisted\"\nannounced = 2022-01-01\nentities = [\"zorgol\"]\n{}{}{}",
        test("2022-02-01", "Quixmo", "Quixmo Paint", "status = \"banned\""),
        test("2022-02-01", "Zorgol", "Zorgol Paint", "status = \"clear\""),
        test("2022-02-01", "Trillop", "Trillop Paint", "status = \"clear\""),
    );
    passes(&[
        entity("zorgol", "Zorgol", ""),
        entity("blenda", "Blenda", ""),
        entity("trillop", "Trillop", "[[relations]]\nkind = \"affiliate-of\"\nentity = \"zorgol\"\n"),
        entity(
            "quixmo",
            "Quixmo",
            "[[relations]]\nkind = \"affiliate-of\"\nentity = \"zorgol\"\nuntil = 2015-01-01\n[[relations]]\nkind = \"affiliate-of\"\nentity = \"blenda\"\nfrom = 2015-01-01\n",
        ),
        rule("us-a", "US", "2019-01-01", &body),
    ]);
}

#[test]
fn a_delisting_leaves_an_affiliate_that_is_listed_by_its_own_name() {
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\", \"quixmo\"]\n{BAN}[[events]]\nkind = \"delisted\"\nannounced = 2022-01-01\nentities = [\"zorgol\"]\n{}{}",
        test("2022-02-01", "Quixmo", "Quixmo Paint", "status = \"banned\""),
        test("2022-02-01", "Zorgol", "Zorgol Paint", "status = \"clear\""),
    );
    passes(&[
        entity("zorgol", "Zorgol", ""),
        entity("quixmo", "Quixmo", "[[relations]]\nkind = \"affiliate-of\"\nentity = \"zorgol\"\n"),
        rule("us-a", "US", "2019-01-01", &body),
    ]);
}

#[test]
fn what_resumes_for_a_group_resumes_for_its_parts() {
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\"]\n{BAN}[[events]]\nkind = \"suspended\"\nannounced = 2021-01-01\nentities = [\"quixmo\"]\n\
         [[events]]\nkind = \"resumed\"\nannounced = 2022-01-01\nentities = [\"zorgol\"]\n{}{}",
        test("2021-06-01", "Quixmo", "Quixmo Paint", "status = \"upcoming\", next = { status = \"banned\", on = 2022-01-01 }"),
        test("2022-02-01", "Quixmo", "Quixmo Paint", "status = \"banned\""),
    );
    passes(&[
        entity("zorgol", "Zorgol", ""),
        entity("quixmo", "Quixmo", "[[relations]]\nkind = \"affiliate-of\"\nentity = \"zorgol\"\n"),
        rule("us-a", "US", "2019-01-01", &body),
    ]);
}

#[test]
fn an_annulment_for_one_party_is_none_for_the_others() {
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\", \"blenda\"]\n{BAN}[[events]]\nkind = \"annulled\"\nannounced = 2022-01-01\nentities = [\"zorgol\"]\n{}{}",
        test("2021-02-01", "Zorgol", "Zorgol Paint", "status = \"clear\""),
        test("2022-02-01", "Blenda", "Blenda Paint", "status = \"banned\""),
    );
    passes(&[entity("zorgol", "Zorgol", ""), entity("blenda", "Blenda", ""), rule("us-a", "US", "2019-01-01", &body)]);
}

// Whose product it is.

#[test]
fn a_daughter_in_the_vendor_column_does_not_hide_which_product_it_is() {
    let tests = [
        test("2021-01-01", "Quixmo", "Zorgol Advice", "status = \"clear\""),
        test("2021-01-01", "Quixmo", "Zorgol Shield", "status = \"banned\""),
        test("2023-01-01", "Quixmo", "Zorgol Shield", "status = \"clear\""),
        test("2023-01-01", "Quixmo", "Zorgol Sword", "status = \"banned\""),
    ];
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\"]\n[[exempt]]\nproducts = [\"zorgol-advice\"]\n{BAN}\
         [[events]]\nkind = \"delisted\"\nannounced = 2022-01-01\nproducts = [\"zorgol-shield\"]\n{}",
        tests.concat()
    );
    passes(&[
        entity(
            "zorgol",
            "Zorgol",
            "[[products]]\nid = \"zorgol-advice\"\nname = \"Zorgol Advice\"\n[[products]]\nid = \"zorgol-shield\"\nname = \"Zorgol Shield\"\n\
             [[products]]\nid = \"zorgol-sword\"\nname = \"Zorgol Sword\"\n",
        ),
        entity("quixmo", "Quixmo", "[[relations]]\nkind = \"affiliate-of\"\nentity = \"zorgol\"\n"),
        rule("us-a", "US", "2019-01-01", &body),
    ]);
}

#[test]
fn the_vendor_alone_may_have_any_of_its_products() {
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\"]\ncategories = [\"short-video\"]\n[[exempt]]\nentities = [\"zorgol\"]\ncategories = [\"news\"]\n{BAN}{}{}",
        test("2021-01-01", "Zorgol", "", "status = \"review\", notes = [\"may-be-exempt\"]"),
        test("2021-01-01", "Zorgol", "Zorgol Chat", "status = \"clear\""),
    );
    passes(&[
        entity(
            "zorgol",
            "Zorgol",
            "categories = [\"messaging\"]\n[[products]]\nid = \"zorgol-tok\"\nname = \"Zorgol Tok\"\ncategories = [\"short-video\"]\n\
             [[products]]\nid = \"zorgol-news\"\nname = \"Zorgol News\"\ncategories = [\"news\"]\n",
        ),
        rule("us-a", "US", "2019-01-01", &body),
    ]);
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

// Persons who lead.

#[test]
fn who_led_is_told_only_while_they_led() {
    let led = |dates: &str| format!("[[relations]]\nkind = \"led-by\"\nentity = \"jane-doe-zorgol\"\n{dates}\n");
    let body = format!(
        "[[covers]]\nentities = [\"jane-doe-zorgol\"]\n[[covers]]\nentities = [\"jane-doe-zorgol\", \"blenda\"]\nuntil = 2021-01-01\n\
         [[exempt]]\nproducts = [\"quixmo-free\"]\n{}{}{}{}{}",
        BAN.replace("no-use", "no-dealings"),
        test("2020-06-01", "Quixmo", "Quixmo Paint", "status = \"banned\""),
        test("2021-06-01", "Quixmo", "Quixmo Paint", "status = \"advisory\", notes = [\"led-by\"]"),
        test("2022-06-01", "Quixmo", "Quixmo Paint", "status = \"clear\""),
        test("2021-06-01", "Quixmo", "Quixmo Free", "status = \"clear\""),
    );
    let files = [
        entity("jane-doe-zorgol", "Jane Doe Zorgol", ""),
        entity("blenda", "Blenda", ""),
        entity(
            "quixmo",
            "Quixmo",
            &format!(
                "[[products]]\nid = \"quixmo-free\"\nname = \"Quixmo Free\"\n{}[[relations]]\nkind = \"affiliate-of\"\nentity = \"blenda\"\n",
                led("until = 2022-01-01")
            ),
        ),
        rule("us-a", "US", "2019-01-01", &body),
    ];
    passes(&files);
    let (pack, _) = world(&files);
    let found = verdict(&pack, "us-a", "2021-06-01", "Quixmo", "Quixmo Paint").expect("finding");
    assert_eq!(found.via, ["quixmo led-by Jane Doe Zorgol"]);
    let found = verdict(&pack, "us-a", "2020-06-01", "Quixmo", "Quixmo Paint").expect("finding");
    assert_eq!(found.via, ["quixmo affiliate-of blenda"]);
}

// Engines of others.

#[test]
fn an_engine_counts_by_what_it_is() {
    let maker = |embedded: &str| {
        format!(
            "[[covers]]\nentities = [\"zorgol\"]\ncategories = [\"security-software\"]\n{embedded}\n{BAN}{}",
            test("2021-06-01", "Quixmo", "Quixmo Paint", "status = \"STATUS\"")
        )
    };
    let criterion = |embedded: &str| {
        format!(
            "[[covers]]\nvendor-countries = [\"RU\"]\n{embedded}\n{BAN}{}",
            test("2021-06-01", "Quixmo", "Quixmo Paint", "status = \"STATUS\"")
        )
    };
    for body in [maker, criterion] {
        for (embedded, status) in [("embedded = \"in\"", "banned"), ("embedded = \"out\"", "clear"), ("", "review")] {
            let body = body(embedded).replace("STATUS", status);
            passes(&[
                entity("zorgol", "Zorgol", "country = \"RU\"\ncategories = [\"antivirus\"]"),
                entity(
                    "quixmo",
                    "Quixmo",
                    "country = \"DE\"\ncategories = [\"photo-editing\"]\n[[relations]]\nkind = \"embeds\"\nentity = \"zorgol\"\n",
                ),
                rule("us-a", "US", "2019-01-01", &body),
            ]);
        }
    }
}

// Dates.

#[test]
fn a_measure_that_nobody_knew_of_yet_is_not_listed_and_its_announcement_is_the_next_change() {
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\"]\n{}[[measures]]\neffect = \"no-use\"\nbinds = [\"everyone\"]\nnexus = [\"territory\"]\n\
         from = 2022-06-01\nannounced = 2022-01-01\n{}",
        BAN.replace("no-use", "advisory"),
        [
            test(
                "2021-06-01",
                "Zorgol",
                "Zorgol Paint",
                "status = \"advisory\", next = { status = \"upcoming\", on = 2022-01-01 }"
            ),
            test("2022-01-01", "Zorgol", "Zorgol Paint", "status = \"upcoming\", next = { status = \"banned\", on = 2022-06-01 }"),
        ]
        .concat()
    );
    let files = [entity("zorgol", "Zorgol", ""), rule("us-a", "US", "2019-01-01", &body)];
    passes(&files);
    let (pack, _) = world(&files);
    let found = verdict(&pack, "us-a", "2021-06-01", "Zorgol", "Zorgol Paint").expect("finding");
    assert_eq!(found.measures.len(), 1);
}

#[test]
fn not_enforced_by_vague_dates_says_so() {
    let body = format!(
        "[[covers]]\nentities = [\"zorgol\"]\n{BAN}[[events]]\nkind = \"not-enforced\"\nannounced = 2021-01-01\nfrom = \"2021-02\"\n{}",
        test("2021-06-01", "Zorgol", "Zorgol Paint", "status = \"banned\", notes = [\"not-enforced\", \"approximate-date\"]"),
    );
    passes(&[entity("zorgol", "Zorgol", ""), rule("us-a", "US", "2019-01-01", &body)]);
}

#[test]
fn a_doubtful_start_ahead_is_marked_doubtful() {
    let body = format!("[[covers]]\nentities = [\"zorgol\"]\ncondition = \"c\"\n{BAN}");
    let (pack, _) = world(&[entity("zorgol", "Zorgol", ""), rule("us-a", "US", "2019-01-01", &body)]);
    let found = verdict(&pack, "us-a", "2019-06-01", "Zorgol", "Zorgol Paint").expect("finding");
    assert_eq!(found.status, Some(Status::Review));
    assert!(found.measures[0].doubtful);
}

#[test]
fn an_entry_is_ahead_only_once_it_was_announced() {
    let body = format!(
        "[[covers]]\nentities = [\"blenda\"]\n[[covers]]\nentities = [\"zorgol\"]\nfrom = 2022-06-01\nannounced = 2022-01-01\n{BAN}{}",
        [
            test("2021-06-01", "Zorgol", "Zorgol Paint", "status = \"clear\""),
            test("2022-01-01", "Zorgol", "Zorgol Paint", "status = \"upcoming\", next = { status = \"banned\", on = 2022-06-01 }"),
            test("2022-06-01", "Zorgol", "Zorgol Paint", "status = \"banned\""),
            test("2022-06-01\nknown-on = 2021-12-31", "Zorgol", "Zorgol Paint", "status = \"clear\""),
        ]
        .concat()
    );
    passes(&[entity("zorgol", "Zorgol", ""), entity("blenda", "Blenda", ""), rule("us-a", "US", "2019-01-01", &body)]);
}

// Audiences.

#[test]
fn what_is_not_covered_concerns_no_other_audience() {
    let body = format!("[[covers]]\nentities = [\"zorgol\"]\nuntil = 2021-01-01\n{}", BAN.replace("everyone", "financial-sector"));
    let (pack, _) = world(&[entity("zorgol", "Zorgol", ""), rule("us-a", "US", "2019-01-01", &body)]);
    let others =
        |as_of: &str| verdict(&pack, "us-a", as_of, "Zorgol", "Zorgol Paint").map(|one| one.other_audiences).unwrap_or_default();
    assert_eq!(others("2020-06-01").into_iter().collect::<Vec<_>>(), ["financial-sector"]);
    assert!(others("2021-06-01").is_empty());
}

// What the contract says, sentence by sentence.

/// Returns a test of a whole row: `keys` are keys of the test, `item` keys of the item.
fn row(keys: &str, item: &str, expect: &str) -> String {
    let comma = if item.is_empty() { "" } else { ", " };
    format!(
        "[[tests]]\n{keys}\nitem = {{ vendor = \"Zorgol\", product = \"Zorgol Paint\"{comma}{item} }}\nexpect = {{ {expect} }}\n"
    )
}

fn measure(effect: &str, binds: &str, nexus: &str, dates: &str) -> String {
    format!("[[measures]]\neffect = \"{effect}\"\nbinds = [\"{binds}\"]\nnexus = [{nexus}]\n{dates}\n")
}

const OF_ZORGOL: &str = "[[covers]]\nentities = [\"zorgol\"]\n";

#[track_caller]
fn zorgol(jurisdiction: &str, body: &[String]) {
    let id = format!("{}-a", jurisdiction.to_lowercase());
    passes(&[
        entity("zorgol", "Zorgol", "country = \"RU\""),
        rule(&id, jurisdiction, "2019-01-01", &format!("{OF_ZORGOL}{}", body.concat())),
    ]);
}

#[test]
fn places_bind_by_territory_person_and_destination() {
    let from = "from = 2019-06-01";
    zorgol(
        "EU",
        &[
            measure("no-use", "everyone", "\"territory\"", from),
            row("as-of = 2020-01-31", "location = \"GB\"", "status = \"banned\", next = { status = \"clear\", on = 2020-02-01 }"),
            row("as-of = 2020-02-01", "location = \"GB\"", "status = \"clear\""),
            row("as-of = 2021-02-01\njurisdictions = [\"DE\"]", "", "status = \"banned\""),
            row("as-of = 2021-02-01\njurisdictions = [\"DE\"]", "location = \"US\"", "status = \"clear\""),
            row("as-of = 2021-02-01", "", "status = \"banned\", notes = [\"place-unknown\"]"),
        ],
    );
    zorgol(
        "US-OH",
        &[
            measure("no-use", "state-government", "\"territory\"", from),
            row("as-of = 2021-02-01\naudiences = [\"state-government\"]", "location = \"US\"", "status = \"review\""),
            row("as-of = 2021-02-01\naudiences = [\"companies\"]", "location = \"US\"", "status = \"clear\""),
            row(
                "as-of = 2021-02-01\njurisdictions = [\"US-TX\"]\naudiences = [\"state-government\"]",
                "location = \"US-OH\"",
                "status = \"clear\"",
            ),
            row(
                "as-of = 2021-02-01\njurisdictions = [\"US-TX\"]\naudiences = [\"all\"]",
                "location = \"US-OH\"",
                "status = \"clear\"",
            ),
            row("as-of = 2021-02-01\njurisdictions = [\"US-OH\"]\naudiences = [\"all\"]", "", "status = \"banned\""),
            row("as-of = 2021-02-01\njurisdictions = [\"US-OH\"]", "audience = \"state-government\"", "status = \"banned\""),
            row(
                "as-of = 2021-02-01\njurisdictions = [\"US-OH\"]\naudiences = [\"schools\"]",
                "audience = \"state-government\"",
                "status = \"banned\"",
            ),
        ],
    );
    zorgol(
        "US",
        &[
            measure("no-use", "everyone", "\"person\"", from),
            row("as-of = 2021-02-01\njurisdictions = [\"US\"]", "location = \"DE\"", "status = \"banned\""),
            row("as-of = 2021-02-01\njurisdictions = [\"DE\"]", "location = \"US\"", "status = \"clear\""),
            row("as-of = 2021-02-01", "location = \"US-TX\"", "status = \"banned\""),
        ],
    );
    let to = |country: &str| format!("destinations = [\"{country}\"]\n{from}");
    zorgol(
        "RU",
        &[
            measure("no-use", "everyone", "\"destination\"", &to("EU")),
            row("as-of = 2020-01-01", "location = \"GB\"", "status = \"banned\""),
            row("as-of = 2021-01-01", "location = \"GB\"", "status = \"clear\""),
            row("as-of = 2021-01-01", "location = \"FR\"", "status = \"banned\""),
        ],
    );
    zorgol(
        "US",
        &[
            measure("no-use", "everyone", "\"destination\"", &to("FR")),
            row("as-of = 2021-01-01", "location = \"FR\"", "status = \"clear\""),
        ],
    );
}

#[test]
fn audiences_imply_and_default() {
    let by = |audience: &str| measure("no-use", audience, "\"territory\"", "from = 2019-06-01");
    let us = |keys: &str, expect: &str| row(&format!("as-of = 2021-02-01\njurisdictions = [\"US\"]\n{keys}"), "", expect);
    zorgol("US", &[by("companies"), us("", "status = \"banned\""), us("audiences = [\"schools\"]", "status = \"clear\"")]);
    zorgol("US", &[by("everyone"), us("", "status = \"banned\""), us("audiences = [\"schools\"]", "status = \"banned\"")]);
    zorgol(
        "US",
        &[
            by("public-sector"),
            us("audiences = [\"defense-department\"]", "status = \"banned\""),
            us("", "status = \"clear\""),
            us("audiences = [\"all\"]", "status = \"banned\""),
        ],
    );
}

#[test]
fn dates_are_cut_and_suspended() {
    let us = |as_of: &str, expect: &str| row(&format!("as-of = {as_of}\njurisdictions = [\"US\"]"), "", expect);
    let event = |keys: &str| format!("[[events]]\n{keys}\n");
    let ban = |dates: &str| measure("no-use", "everyone", "\"territory\"", dates);
    // Enjoined before the start, resumed later, and the end of the act that came first.
    zorgol(
        "US",
        &[
            ban("from = 2021-01-01"),
            event("kind = \"revoked\"\nannounced = 2023-06-01"),
            event("kind = \"resumed\"\nannounced = 2022-01-01"),
            event("kind = \"superseded\"\nannounced = 2023-01-01\nfrom = 2023-03-01"),
            event("kind = \"enjoined\"\nannounced = 2020-12-01"),
            us("2020-11-01", "status = \"upcoming\", next = { status = \"banned\", on = 2022-01-01 }"),
            us(
                "2021-06-01",
                "status = \"upcoming\", next = { status = \"banned\", on = 2022-01-01 }, states = { no-use = \"suspended\" }",
            ),
            us("2021-06-01\nknown-on = 2021-06-01", "status = \"clear\""),
            us("2020-11-01\nknown-on = 2020-11-01", "status = \"upcoming\", next = { status = \"banned\", on = 2021-01-01 }"),
            us("2022-01-01", "status = \"banned\", next = { status = \"clear\", on = 2023-03-01 }"),
            us("2023-03-01", "status = \"clear\""),
        ],
    );
    // A longer suspension is one more event; a suspension with an end hands back.
    zorgol(
        "US",
        &[
            ban("from = 2021-01-01"),
            event("kind = \"suspended\"\nannounced = 2021-06-01\nthrough = 2021-08-31"),
            event("kind = \"suspended\"\nannounced = 2021-08-15\nuntil = 2022-01-01"),
            us("2021-08-01", "status = \"upcoming\", next = { status = \"banned\", on = 2022-01-01 }"),
            us("2021-08-01\nknown-on = 2021-08-01", "status = \"upcoming\", next = { status = \"banned\", on = 2021-09-01 }"),
            us("2021-05-31", "status = \"banned\", next = { status = \"upcoming\", on = 2021-06-01 }"),
        ],
    );
    // To be announced, by what was known; a date that is open is not ahead while it is stopped for good.
    zorgol(
        "US",
        &[
            ban("from = \"to-be-announced\""),
            event("kind = \"suspended\"\nannounced = 2021-06-01"),
            us("2018-12-31", "status = \"clear\""),
            us("2019-01-01", "status = \"upcoming\", states = { no-use = \"to-be-announced\" }"),
            us("2021-06-01", "status = \"clear\""),
        ],
    );
    zorgol(
        "US",
        &[
            "until = 2020-01-01\n".to_owned(),
            ban("from = \"to-be-announced\""),
            us("2019-06-01", "status = \"upcoming\""),
            us("2020-06-01", "status = \"clear\""),
        ],
    );
    // Plans that were moved.
    zorgol(
        "US",
        &[
            ban(
                "from = 2022-01-01\nannounced = 2021-03-01\nplanned = [{ from = 2021-06-01, announced = 2020-06-01 }, { from = 2020-06-01, announced = 2019-06-01 }]",
            ),
            us("2019-05-31", "status = \"clear\""),
            us("2020-07-01\nknown-on = 2020-05-31", "status = \"banned\""),
            us("2020-07-01\nknown-on = 2020-06-01", "status = \"upcoming\", next = { status = \"banned\", on = 2021-06-01 }"),
            us("2021-07-01\nknown-on = 2021-03-01", "status = \"upcoming\", next = { status = \"banned\", on = 2022-01-01 }"),
            us("2019-06-01", "status = \"upcoming\", next = { status = \"banned\", on = 2022-01-01 }"),
        ],
    );
    // The last instant of a day in the act's zone, and instants as they are.
    zorgol(
        "US",
        &[
            ban("after = 2021-03-31\nthrough = 2021-04-30"),
            us("2021-03-31", "status = \"upcoming\""),
            us("2021-04-01", "status = \"banned\", next = { status = \"clear\", on = 2021-05-01 }"),
            us("2021-04-01T03:59:59Z", "status = \"upcoming\""),
            us("2021-04-01T04:00:00Z", "status = \"banned\""),
            us("2021-05-01T03:59:59Z", "status = \"banned\""),
            us("2021-05-01T04:00:00Z", "status = \"clear\""),
        ],
    );
    // Vague dates of the act and of its end.
    zorgol(
        "US",
        &[
            ban("from = \"2021-03\""),
            event("kind = \"lapsed\"\nannounced = 2022-01-01\nfrom = \"2022-02\""),
            us("2021-03-01", "status = \"banned\", notes = [\"approximate-date\"], next = { status = \"clear\", on = 2022-02-28 }"),
            us("2022-02-27", "status = \"banned\""),
        ],
    );
}

#[test]
fn dates_of_the_item_are_held_against_the_sale() {
    zorgol(
        "US",
        &[
            measure("no-sale", "everyone", "\"territory\"", "from = 2021-01-01"),
            row(
                "as-of = 2021-02-01\njurisdictions = [\"US\"]",
                "acquired = 2021-01-01, renewal = 2021-03-01",
                "status = \"no-sale\", notes = [\"acquired-after-ban\", \"renewal-blocked\"]",
            ),
        ],
    );
    let body = format!("{OF_ZORGOL}{}", measure("no-sale", "everyone", "\"territory\"", "from = 2021-01-01"));
    let (pack, _) = world(&[entity("zorgol", "Zorgol", ""), rule("us-a", "US", "2019-01-01", &body)]);
    let found = verdict(&pack, "us-a", "2021-02-01", "Zorgol", "Zorgol Paint").expect("finding");
    assert!(found.notes.is_empty(), "{:?}", found.notes);
}

#[test]
fn the_worst_measure_counts_and_an_improvement_is_a_change() {
    zorgol(
        "US",
        &[
            measure("no-use", "everyone", "\"territory\"", "from = 2021-01-01\nuntil = 2022-01-01"),
            measure("no-sale", "everyone", "\"territory\"", "from = 2021-01-01"),
            row(
                "as-of = 2021-02-01\njurisdictions = [\"US\"]",
                "",
                "status = \"banned\", next = { status = \"no-sale\", on = 2022-01-01 }",
            ),
        ],
    );
}
