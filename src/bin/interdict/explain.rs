//! `interdict explain`: why a product is or is not banned, step by step.

use std::fmt::Write as _;

use interdict::audit::{Audit, Terms};
use interdict::diag::{Code, printable};
use interdict::evaluate::{Asker, Situation, judge, show};
use interdict::inventory::{self, Field};
use interdict::matcher::Subject;
use interdict::model::identifier::{Identifier, IdentifierKind};
use interdict::model::{DependencyPath, ItemDates, OwnedRow, Row, Status};
use interdict::pack::compile::Pack;
use interdict::pack::name::Folded;

use super::args::ExplainArgs;
use super::context::{Session, unknown};
use super::exit::{Done, Exit, Failure};
use super::inputs;
use super::terminal::Terminal;

/// So many items of an inventory are explained.
const SHOWN: usize = 10;

/// One item, and where and whose it is.
struct Case {
    row: OwnedRow,
    asset: String,
    location: String,
    audience: String,
    dates: ItemDates,
    line: u64,
}

/// Runs the command.
pub(crate) fn run(args: &ExplainArgs, terminal: &Terminal) -> Done {
    let session = Session::open(&args.pack, terminal)?;
    session.warn(terminal);
    let asker = session.asker(&args.scope)?;
    let default_place = session.default_place(&args.scope)?;
    if let Some(id) = &args.rule {
        let ids = session.pack.catalogue.rules.iter().map(|rule| rule.id.as_str());
        session
            .pack
            .rule(id)
            .ok_or_else(|| unknown(Code::UnknownRule, "rule", id, ids, "`interdict rules list` names them all"))?;
    }
    let (cases, more) = match &args.item {
        Some(text) => (vec![parse_item(text)?], 0),
        None => find(args, &session, &asker, terminal)?,
    };
    let mut text = String::new();
    for case in &cases {
        explain(&mut text, &session.pack, &asker, case, default_place.as_deref(), args.rule.as_deref());
    }
    if more > 0 {
        let _ = writeln!(text, "{more} more items match; name one more closely.");
    }
    terminal.print(&text)?;
    Ok(Exit::Ok)
}

/// Reads `FIELD=VALUE,…`. A comma that no known field follows belongs to the value.
fn parse_item(text: &str) -> Result<Case, Failure> {
    let mut case = Case {
        row: OwnedRow::default(),
        asset: String::new(),
        location: String::new(),
        audience: String::new(),
        dates: ItemDates::default(),
        line: 0,
    };
    let mut pairs: Vec<(Field, String)> = Vec::new();
    for part in text.split(',') {
        let field = part.split_once('=').and_then(|(field, value)| Some((Field::parse(field.trim())?, value)));
        match (field, pairs.last_mut()) {
            (Some((field, value)), _) => pairs.push((field, value.trim().to_owned())),
            (None, Some((_, value))) => {
                value.push(',');
                value.push_str(part);
            }
            (None, None) => {
                let name = part.split('=').next().unwrap_or(part).trim();
                return Err(unknown(
                    Code::InvalidFlag,
                    "field",
                    name,
                    Field::ALL.iter().map(|field| field.as_str()),
                    "write --item 'vendor=…,product=…'",
                ));
            }
        }
    }
    for (field, value) in pairs {
        let value = value.trim().to_owned();
        let mut id = |kind| case.row.identifiers.push(Identifier::read(kind, &value));
        match field {
            Field::Vendor => case.row.vendor = value,
            Field::Product => case.row.product = value,
            Field::Version => case.row.version = value,
            Field::Asset => case.asset = value,
            Field::Location => case.location = value,
            Field::Audience => case.audience = value,
            Field::Cpe => id(IdentifierKind::Cpe),
            Field::Purl => id(IdentifierKind::Purl),
            Field::BundleId => id(IdentifierKind::BundleId),
            Field::PackageId => id(IdentifierKind::PackageId),
            Field::Signer => id(IdentifierKind::Signer),
            Field::Acquired => case.dates.acquired = Some(day(&value)?),
            Field::Renewal => case.dates.renewal = Some(day(&value)?),
            _ => {}
        }
    }
    Ok(case)
}

fn day(text: &str) -> Result<chrono::NaiveDate, Failure> {
    chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| Failure::usage(Code::InvalidDate, format!("`{}` is no day", printable(text))).help("write it as 2024-10-01"))
}

/// Collects the items of an inventory that are meant.
struct Search<'a> {
    audit: Audit<'a>,
    wanted: Folded,
    fingerprint: Option<&'a str>,
    cases: Vec<Case>,
}

impl inventory::Sink for Search<'_> {
    fn row(&mut self, row: &Row<'_>) -> Option<inventory::Kept> {
        let names = || [row.product, row.vendor, row.asset].iter().any(|text| holds(&Folded::new(text), &self.wanted));
        let meant = match self.fingerprint {
            Some(wanted) => self.audit.fingerprints(row).iter().any(|fingerprint| fingerprint == wanted),
            None => names(),
        };
        let same = |case: &Case| case.row == row.identity() && case.asset == row.asset && case.location == row.location;
        if meant && !self.cases.iter().any(same) {
            self.cases.push(Case {
                row: row.identity(),
                asset: row.asset.to_owned(),
                location: row.location.to_owned(),
                audience: row.audience.to_owned(),
                dates: row.dates(),
                line: row.line,
            });
        }
        None
    }

    fn path(&mut self, _: inventory::Kept, _: DependencyPath) {}
    fn unread(&mut self, _: inventory::Unread) {}
    fn remark(&mut self, _: String) {}
}

/// Returns whether a row of words stands in another.
fn holds(text: &Folded, wanted: &Folded) -> bool {
    !wanted.is_empty() && format!(" {} ", text.as_str()).contains(&format!(" {} ", wanted.as_str()))
}

fn find(args: &ExplainArgs, session: &Session, asker: &Asker, terminal: &Terminal) -> Result<(Vec<Case>, usize), Failure> {
    let [path, wanted] = args.target.as_slice() else {
        return Err(
            Failure::usage(Code::InvalidFlag, "give an inventory and an item").help("or one item with --item 'vendor=…,product=…'")
        );
    };
    let reading = session.reading(&args.read)?;
    let place = session.default_place(&args.scope)?;
    let terms = Terms { pack: &session.pack, asker, default_place: place.as_deref(), ignored: &[] };
    let fingerprint = wanted.starts_with("1:").then_some(wanted.as_str());
    let mut search = Search { audit: Audit::new(terms), wanted: Folded::new(wanted), fingerprint, cases: Vec::new() };
    let inputs = inputs::expand(std::slice::from_ref(path), terminal)?;
    for source in inputs {
        let input = inputs::open(source, false);
        let mut bytes = input.bytes.map_err(|error| Failure::file("open", std::path::Path::new(&input.name), &error))?;
        inventory::read(&input.name, &mut *bytes, &reading, &mut search).map_err(|error| match error {
            inventory::Error::Refused(refusal) => {
                let failure = Failure::usage(refusal.code, refusal.reason);
                Failure {
                    exit: Exit::Unread,
                    ..match refusal.help {
                        Some(help) => failure.help(help),
                        None => failure,
                    }
                }
            }
            inventory::Error::Io { operation, source } => Failure::file(operation, std::path::Path::new(&input.name), &source),
        })?;
    }
    if search.cases.is_empty() {
        return Err(Failure::usage(Code::NoSuchItem, format!("`{}` has no item `{}`", printable(path), printable(wanted)))
            .help("give some words of its name as the inventory has them, its asset, or a finding's fingerprint"));
    }
    let more = search.cases.len().saturating_sub(SHOWN);
    search.cases.truncate(SHOWN);
    Ok((search.cases, more))
}

fn explain(text: &mut String, pack: &Pack, asker: &Asker, case: &Case, default_place: Option<&str>, only: Option<&str>) {
    let subject = Subject::new(pack, case.row.clone());
    let place = pack
        .place(&case.location)
        .map(str::to_owned)
        .or_else(|| default_place.filter(|_| case.location.is_empty()).map(str::to_owned));
    let audience = Some(Folded::new(&case.audience).as_str().replace(' ', "-"))
        .filter(|name| pack.catalogue.registry.audiences.contains_key(name));
    let situation = Situation { place, audience, dates: case.dates };
    heading(text, case, asker, &situation);
    matches(text, pack, &subject);
    let mut answered = 0;
    for rule in &pack.catalogue.rules {
        let reachable = subject
            .hits
            .iter()
            .any(|hit| pack.reach[hit.entity as usize].iter().any(|&number| pack.catalogue.rules[number as usize].id == rule.id));
        if !reachable || only.is_some_and(|id| id != rule.id) {
            continue;
        }
        answered += 1;
        let mut steps = Vec::new();
        let judgement = judge(pack, asker, rule, &subject, &situation, Some(&mut |step| steps.push(step)));
        let status = judgement.as_ref().and_then(|judgement| judgement.status);
        let _ = writeln!(text, "\n  {}: {}", rule.id, status.map_or("no finding", Status::as_str));
        let _ = writeln!(text, "    {} ({}, {})", rule.title, rule.authority, rule.citation.as_deref().unwrap_or("no citation"));
        for step in &steps {
            let _ = writeln!(text, "    - {}", printable(step));
        }
        if let Some(judgement) = &judgement {
            for note in &judgement.notes {
                let _ = writeln!(text, "    note: {}", printable(note));
            }
            if let Some((next, at)) = judgement.next {
                let _ = writeln!(text, "    next: {} on {} ({})", next.as_str(), show(rule.zone, at), rule.zone.name());
            }
            if !judgement.other_audiences.is_empty() {
                let others: Vec<&str> = judgement.other_audiences.iter().map(String::as_str).collect();
                let _ = writeln!(text, "    it concerns others: {}", others.join(", "));
            }
        }
        let _ = writeln!(text, "    source: {}", rule.url);
    }
    if answered == 0 {
        let _ = writeln!(text, "  No act reaches it.");
    }
    text.push('\n');
}

fn heading(text: &mut String, case: &Case, asker: &Asker, situation: &Situation) {
    let or = |value: &str, otherwise: &str| if value.is_empty() { otherwise.to_owned() } else { printable(value) };
    let _ = write!(text, "{} by {}", or(&case.row.product, "(no product)"), or(&case.row.vendor, "(no vendor)"));
    if !case.asset.is_empty() {
        let _ = write!(text, " on {}", printable(&case.asset));
    }
    if case.line > 0 {
        let _ = write!(text, " (line {})", case.line);
    }
    let place = situation.place.clone().unwrap_or_else(|| or(&case.location, "unknown place"));
    let organisation = if asker.jurisdictions.is_empty() { "not given".to_owned() } else { asker.jurisdictions.join(", ") };
    let audiences = match (asker.all_audiences, asker.audiences.is_empty()) {
        (true, _) => "all".to_owned(),
        (false, true) => "everyone, companies".to_owned(),
        (false, false) => asker.audiences.join(", "),
    };
    let _ = writeln!(text, "\n  as of {}; place {place}; organisation of {organisation}; audiences {audiences}", asker.as_of);
}

fn matches(text: &mut String, pack: &Pack, subject: &Subject) {
    if subject.hits.is_empty() {
        let _ = writeln!(text, "  matches no entity of the pack");
    }
    for hit in &subject.hits {
        let entity = pack.entity(hit.entity);
        let product = hit
            .product
            .and_then(|number| entity.products.get(number as usize))
            .map(|product| format!(", product {}", product.id))
            .unwrap_or_default();
        let doubt = hit.doubtful.map(|doubt| format!(", doubtful ({})", doubt.note())).unwrap_or_default();
        let _ = writeln!(
            text,
            "  matches {}{product} by {}: {} `{}` agrees with `{}`, score {}{doubt}",
            entity.id,
            hit.kind.as_str(),
            hit.field,
            printable(&hit.value),
            hit.alias,
            hit.score
        );
    }
}
