//! What lint warns of, and what it lets pass, on rules made for it.

use super::super::compile::Pack;
use super::super::load::{PackText, add_layer};
use super::{Own, is_official, lint};
use crate::diag::{Code, Diagnostics, Sources};

const RULE: &str = "schema = 1\nid = \"us-office-northwind-2031\"\ntitle = \"t\"\nkind = \"sales-ban\"\njurisdiction = \"US\"\n\
                    authority = \"a\"\nurl = \"https://www.office.gov/act\"\nannounced = 2031-01-10\nverified = 2031-02-01\n\
                    sources = [{ url = \"https://www.office.gov/act\" }]\n[[covers]]\nentities = [\"northwind\"]\n";
const MEASURE: &str = "[[measures]]\neffect = \"no-sale\"\nbinds = [\"everyone\"]\nnexus = [\"territory\"]\n";
const ENTITY: &str = "schema = 1\nname = \"Northwind Ltd.\"\n[[products]]\nid = \"northwind-a\"\nname = \"Northwind Alpha\"\n\
                      [[products]]\nid = \"northwind-b\"\nname = \"Northwind Beta\"\n";

fn test(day: &str, status: &str) -> String {
    format!(
        "[[tests]]\nas-of = {day}\njurisdictions = [\"US\"]\n\
         item = {{ vendor = \"Northwind\", product = \"x\", location = \"US\" }}\nexpect = {{ status = \"{status}\" }}\n"
    )
}

/// Returns the warnings for a rule and an entity layered over the shipped ones.
fn warnings(rule: &str, entity: &str) -> Vec<(Code, String)> {
    let text = |path: &str, text: &str| PackText { path: path.to_owned(), name: path.to_owned(), bytes: text.as_bytes().to_vec() };
    let texts = vec![text("us-office-northwind-2031.toml", rule), text("entities/northwind.toml", entity)];
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let layer = add_layer(crate::builtin::catalogue(), texts, false, &mut sources, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{:?}", diagnostics.iter().collect::<Vec<_>>());
    lint(&Pack::new(layer.catalogue), &layer.tests, Own::Layered(&layer.entities), &mut diagnostics);
    diagnostics.into_iter().map(|one| (one.code, one.message)).collect()
}

fn codes(rule: &str) -> Vec<Code> {
    warnings(rule, ENTITY).into_iter().map(|(code, _)| code).collect()
}

fn good() -> String {
    format!("{RULE}{MEASURE}from = 2031-03-01\n{}{}", test("2031-02-28", "clear"), test("2031-03-01", "no-sale"))
}

#[test]
fn a_good_rule_has_no_warning() {
    assert_eq!(codes(&good()), []);
}

#[test]
fn what_a_rule_should_have_is_missed() {
    let edited = |from: &str, to: &str| codes(&good().replace(from, to));
    assert_eq!(edited("verified = 2031-02-01\n", ""), [Code::NeverVerified]);
    assert_eq!(edited("verified = 2031-02-01", "verified = 2020-01-01"), [Code::StaleRule]);
    assert_eq!(edited("sources = [{ url = \"https://www.office.gov/act\" }]\n", ""), [Code::MissingSource]);
    assert_eq!(edited("id = \"us-office", "id = \"office"), [Code::IdMismatch]);
    assert_eq!(
        edited("url = \"https://www.office.gov/act\"\nann", "url = \"https://www.news.com/1\"\nann"),
        [Code::SecondarySource]
    );
    assert_eq!(edited("kind = \"sales-ban\"", "kind = \"vendor-exit\"").len(), 0);
    assert_eq!(codes(&good().replace("\"clear\"", "\"upcoming\"")), [Code::NoNearMiss]);
    assert_eq!(codes(&format!("{RULE}{MEASURE}from = 2031-03-01\n")), [Code::NoTests]);
}

#[test]
fn each_date_is_tested_on_both_sides() {
    let told = |rule: &str| warnings(rule, ENTITY).into_iter().map(|(_, message)| message).collect::<Vec<_>>();
    let rule = good().replace("2031-02-28", "2031-02-27");
    assert_eq!(told(&rule), ["no test of `us-office-northwind-2031` is as of 2031-02-28 (before `no-sale` begins)"]);
    let rule = good().replace("as-of = 2031-03-01", "as-of = 2031-03-02");
    assert_eq!(told(&rule), ["no test of `us-office-northwind-2031` is as of 2031-03-01 (when `no-sale` begins)"]);
    // `through` ends after that day, and `after` begins after it.
    let rule = good().replace("from = 2031-03-01\n", "after = 2031-02-28\nthrough = 2031-12-31\n");
    assert_eq!(
        told(&rule),
        ["no test of `us-office-northwind-2031` is as of 2031-12-31 (before `no-sale` ends), 2032-01-01 (when `no-sale` ends)"]
    );
    // An event is tested by what was known, too; what comes after the end of the act changes nothing.
    let events = "[[events]]\nkind = \"suspended\"\nannounced = 2031-05-01\n[[events]]\nkind = \"revoked\"\nannounced = 2031-06-01\n\
                  [[events]]\nkind = \"lapsed\"\nannounced = 2031-09-01\n[[tests]]\nas-of = 2031-05-02\nknown-on = 2031-04-30\n\
                  item = { product = \"x\" }\nexpect = { status = \"clear\" }\n";
    let days = ["2031-05-01", "2031-05-31", "2031-06-01"].map(|day| test(day, "clear")).concat();
    assert_eq!(told(&format!("{}{events}{days}", good())), [""; 0]);
    assert_eq!(told(&good().replace("2031-03-01", "\"2031-03\"").replace("as-of = \"2031-03\"", "as-of = 2031-03-05")), [""; 0]);
    assert_eq!(told(&good().replace("announced", "stage = \"proposed\"\nannounced").replace("2031-02-28", "2031-02-20")), [""; 0]);
}

#[test]
fn dates_that_leave_nothing_are_named() {
    let rule = good().replace("entities = [\"northwind\"]\n", "entities = [\"northwind\"]\nuntil = 2031-02-15\n");
    assert_eq!(codes(&rule), [Code::NeverInForce]);
    // One entry that lasts is enough, unless the measure is tied to the other.
    let both = rule.replace("[[measures]]", "name = \"old\"\n[[covers]]\nproducts = [\"northwind-a\"]\n[[measures]]");
    assert_eq!(codes(&both), []);
    assert_eq!(codes(&both.replace("effect = ", "covers = [\"old\"]\neffect = ")), [Code::NeverInForce]);
}

#[test]
fn an_event_speaks_of_what_is_covered() {
    let event = |only: &str| {
        let event = format!("[[events]]\nkind = \"conduct\"\nannounced = 2031-04-01\n{only}\n");
        codes(&format!("{}{event}", good()))
    };
    assert_eq!(event("products = [\"northwind-a\"]"), []);
    assert_eq!(event("entities = [\"northwind\"]"), []);
    assert_eq!(event("products = [\"tiktok\"]"), [Code::NotCovered]);
    assert_eq!(event("entities = [\"bytedance\"]"), [Code::NotCovered]);
    let rule = format!(
        "{}[[events]]\nkind = \"conduct\"\nannounced = 2031-04-01\nproducts = [\"northwind-a\", \"northwind-b\"]\n",
        good().replace("entities = [\"northwind\"]", "products = [\"northwind-a\"]")
    );
    assert_eq!(codes(&rule), [Code::NotCovered]);
}

#[test]
fn a_sister_of_what_was_given_back_is_tested() {
    let event = "[[events]]\nkind = \"delisted\"\nannounced = 2031-04-01\nproducts = [\"northwind-a\"]\n";
    let rule = format!("{}{event}{}{}", good(), test("2031-03-31", "no-sale"), test("2031-04-01", "clear"));
    assert_eq!(codes(&rule), [Code::UntestedSister]);
    assert_eq!(codes(&format!("{rule}{}", test("2031-04-02", "no-sale"))), []);
    // Both were given back.
    assert_eq!(codes(&rule.replace("[\"northwind-a\"]\n[[tests", "[\"northwind-a\", \"northwind-b\"]\n[[tests")), []);
}

#[test]
fn names_that_match_by_chance_are_named() {
    let alias = |alias: &str| {
        let entity = ENTITY
            .replace("[[products]]\nid = \"northwind-a\"", &format!("aliases = [{alias}]\n[[products]]\nid = \"northwind-a\""));
        warnings(&good(), &entity)
    };
    assert_eq!(alias("\"Northwind Software\""), []);
    for word in ["max", "Line", "Signal", "One C", "Antivirus", "Software", "VPN"] {
        let found = alias(&format!("\"{word}\""));
        assert!(matches!(found.first(), Some((Code::CommonAlias, _))), "{word}: {found:?}");
    }
    let found = alias("\"AO Kaspersky Lab\"");
    assert!(matches!(found.as_slice(), [(Code::AmbiguousAlias, message)] if message.contains("`kaspersky`")), "{found:?}");
    // A product's name that another maker's product bears.
    let entity = ENTITY.replace("Northwind Alpha", "TikTok Lite");
    assert!(matches!(warnings(&good(), &entity).as_slice(), [(Code::AmbiguousAlias, _)]));
    // Names that changed hands are no doubt.
    let entity = format!("{ENTITY}aliases = [{{ name = \"Northwind Old\", until = 2020-01-01 }}]\n");
    assert_eq!(warnings(&good(), &entity), []);
}

#[test]
fn pages_of_public_bodies_are_told_by_their_host() {
    for url in [
        "https://www.federalregister.gov/d/1",
        "https://www.legislation.gov.uk/x",
        "https://eur-lex.europa.eu/eli",
        "https://www.gesetze.bund.de/x",
        "https://elaws.e-gov.go.jp/x",
        "https://zoek.officielebekendmakingen.nl/x",
        "https://www.rijksoverheid.nl/x",
        "https://kssos.org/x",
        "https://www.flbog.edu/x",
        "https://news.belgium.be/x",
        "https://government.ru/docs/1/",
    ] {
        assert!(is_official(url), "{url}");
    }
    for url in [
        "https://www.reuters.com/gov/x",
        "https://go.example.com/gov",
        "https://governance.example.org",
        "https://x.y",
        "https://notbelgium.be/x",
        "https://pts.se.example.com/x",
        "https://www.example.edu/flbog.edu",
    ] {
        assert!(!is_official(url), "{url}");
    }
}
