//! `interdict rules list`: which acts there are, and where they stand on a day.

use interdict::diag::Code;
use interdict::model::{Effect, Moment, Status};
use interdict::pack::rule::Rule;
use interdict::pack::words::{Kind, Stage};
use interdict::pipeline;
use interdict::report::listing::{PAGE, listing, paragraph};
use interdict::rulebook::filter::Filter;
use interdict::rulebook::standing;

use super::super::args::{ListFormat, RulesListArgs};
use super::super::context::{Session, unknown};
use super::super::exit::{Done, Exit, Failure};
use super::super::terminal::Terminal;
use super::as_of;

/// From this width on, rules are listed in columns.
const WIDE: usize = 100;

/// Runs the command.
pub(super) fn run(args: &RulesListArgs, terminal: &Terminal) -> Done {
    let session = Session::open(&args.pack, terminal)?;
    session.warn(terminal);
    if args.audiences {
        let audiences = &session.pack.catalogue.registry.audiences;
        let rows = audiences.iter().map(|(name, audience)| vec![name.clone(), audience.name.clone(), audience.implies.join(", ")]);
        terminal.print(&listing(&["audience", "meaning", "implies"], rows, terminal.width()))?;
        return Ok(Exit::Ok);
    }
    let at = as_of(args.as_of.as_ref())?;
    let filter = filter(args, &session)?;
    let catalogue = &session.pack.catalogue;
    let rules = filter.acts(catalogue, at);
    match args.output {
        ListFormat::Json => terminal.print(&json(&rules, at))?,
        ListFormat::Table => {
            let mut text = if rules.is_empty() { nothing(&filter, &session, at) } else { table(&rules, at, terminal.width()) };
            let (shown, all) = (rules.len(), catalogue.rules.len());
            text += &format!("\n{shown} of {all} rules, as of {at}; pack {}\n", catalogue.version);
            terminal.print(&text)?;
        }
    }
    Ok(Exit::Ok)
}

/// Reads the criteria; a word that is not known names the nearest one.
fn filter(args: &RulesListArgs, session: &Session) -> Result<Filter, Failure> {
    let audiences = &session.pack.catalogue.registry.audiences;
    if let Some(audience) = args.audience.iter().find(|audience| !audiences.contains_key(*audience)) {
        let known = audiences.keys().map(String::as_str);
        let help = "`interdict rules list --audiences` names them all";
        return Err(unknown(Code::UnknownAudience, "audience", audience, known, help));
    }
    // An act is not decided item by item, so that it cannot be a review or clear.
    let statuses: Vec<Status> =
        Status::ALL.into_iter().filter(|status| !matches!(status, Status::Review | Status::Clear)).collect();
    Ok(Filter {
        places: args.jurisdictions.iter().map(|text| session.jurisdiction(text)).collect::<Result<_, _>>()?,
        audiences: args.audience.clone(),
        effects: words("effect", &args.effect, &Effect::ALL, Effect::as_str)?,
        kinds: words("kind", &args.kind, Kind::ALL, Kind::as_str)?,
        stages: words("stage", &args.stage, Stage::ALL, Stage::as_str)?,
        statuses: words("status", &args.status, &statuses, Status::as_str)?,
    })
}

fn words<T: Copy>(what: &str, given: &[String], all: &[T], name: fn(T) -> &'static str) -> Result<Vec<T>, Failure> {
    let read = |word: &String| {
        all.iter().copied().find(|&one| name(one) == word.trim()).ok_or_else(|| {
            let known = || all.iter().map(|&one| name(one));
            unknown(Code::InvalidFlag, what, word, known(), &format!("known here: {}", known().collect::<Vec<_>>().join(", ")))
        })
    };
    given.iter().map(read).collect()
}

fn json(rules: &[&Rule], at: Moment) -> String {
    let entry = |rule: &&Rule| {
        let mut act = serde_json::to_value(pipeline::act(rule)).unwrap_or_default();
        act["id"] = rule.id.clone().into();
        act["title"] = rule.title.clone().into();
        act["jurisdiction"] = rule.jurisdiction.clone().into();
        act["url"] = rule.url.clone().into();
        for (number, measure) in rule.measures.iter().enumerate() {
            act["measures"][number]["standing"] = standing::of(rule, measure, at).as_str().into();
            act["measures"][number]["status"] = standing::status(rule, measure, at).map(Status::as_str).into();
        }
        act
    };
    let all: Vec<serde_json::Value> = rules.iter().map(entry).collect();
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}

fn table(rules: &[&Rule], at: Moment, width: Option<usize>) -> String {
    let kind = |rule: &Rule| rule.kind.as_str().replace('-', " ");
    if width.unwrap_or(PAGE) >= WIDE {
        let rows = rules.iter().map(|rule| {
            let title = format!("{}\n{}", rule.title, standing::of_act(rule, at));
            vec![rule.id.clone(), rule.jurisdiction.clone(), kind(rule), title]
        });
        return listing(&["rule", "where", "kind", "title, measures"], rows, width);
    }
    let entry = |rule: &&Rule| {
        let head = format!("{} ({}, {})", rule.id, rule.jurisdiction, kind(rule));
        let lines = [paragraph(&head, 0, 4, width), paragraph(&rule.title, 4, 4, width)];
        lines.concat() + &paragraph(&standing::of_act(rule, at), 4, 4, width)
    };
    rules.iter().map(entry).collect()
}

/// Says that nothing fits, and which of the criteria is in the way.
fn nothing(filter: &Filter, session: &Session, at: Moment) -> String {
    let catalogue = &session.pack.catalogue;
    let others = filter.relaxed().into_iter().filter_map(|(name, without)| {
        let found = without.acts(catalogue, at).len();
        (found > 0).then(|| format!("{found} fit without the {name}"))
    });
    let others: Vec<String> = others.collect();
    let mut text = "No act fits all of this".to_owned();
    text += &if others.is_empty() { ".\n".to_owned() } else { format!("; {}.\n", others.join(", ")) };
    if let [place] = filter.places.as_slice()
        && filter.relaxed().len() == 1
    {
        text = format!("There is no act of {place}. No rule is not an all-clear.\n");
    }
    text
}
