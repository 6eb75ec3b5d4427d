//! `interdict rules diff`: what changed between two packs.

use std::path::Path;

use interdict::diag::{Code, Diagnostics, Severity, Sources};
use interdict::pack::compile::{Catalogue, Pack};
use interdict::pack::load::{self, LoadError};
use interdict::report::listing::paragraph;
use interdict::report::plural;
use interdict::rulebook::diff::{ActDiff, Change, Diff, EntityDiff, Presence, Side, diff};

use super::super::args::{ListFormat, RulesDiffArgs};
use super::super::context::problems;
use super::super::exit::{Done, Exit, Failure};
use super::super::terminal::Terminal;

/// The word for the shipped pack.
const BUILTIN: &str = "builtin";
/// So many acts of an entity are named.
const ACTS_SHOWN: usize = 6;

/// Runs the command.
pub(super) fn run(args: &RulesDiffArgs, terminal: &Terminal) -> Done {
    let (old, new) = (side(&args.old, terminal)?, side(&args.new, terminal)?);
    let diff = diff(&old, &new);
    match args.output {
        ListFormat::Json => terminal.print(&(serde_json::to_string_pretty(&diff).unwrap_or_default() + "\n"))?,
        ListFormat::Table => terminal.print(&text(&diff, terminal.width()))?,
    }
    Ok(Exit::Ok)
}

/// Loads one side: the shipped pack, a whole pack with its own registries, or files that are layered
/// over the shipped ones as `--rules` does it.
fn side(word: &str, terminal: &Terminal) -> Result<Pack, Failure> {
    if word == BUILTIN {
        return Ok(Pack::new(interdict::builtin::catalogue()));
    }
    let path = Path::new(word);
    let texts = load::read_texts(path).map_err(|LoadError { operation, path, source }| Failure::file(operation, &path, &source))?;
    let is_whole = texts.iter().any(|text| text.path == "jurisdictions.toml");
    let base = if is_whole { Catalogue::default() } else { interdict::builtin::catalogue() };
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let layer = load::add_layer(base, texts, false, &mut sources, &mut diagnostics);
    if diagnostics.has_errors() {
        diagnostics.sort();
        terminal.diagnostics(diagnostics.iter().filter(|one| one.severity == Severity::Error), &sources);
        terminal.note(&problems(&diagnostics));
        return Err(Failure::said(Exit::Usage));
    }
    if layer.catalogue.rules.is_empty() {
        return Err(Failure::usage(Code::UnknownRule, format!("there are no rules in `{word}`")));
    }
    Ok(Pack::new(layer.catalogue))
}

fn text(diff: &Diff, width: Option<usize>) -> String {
    let side = |side: &Side| format!("{}, built {} ({})", side.version, side.built, plural(side.acts as u64, "act"));
    let mut text = paragraph(&format!("From {} to {}.", side(&diff.old), side(&diff.new)), 0, 2, width);
    text += &paragraph(&summary(diff), 0, 2, width);
    for act in &diff.acts {
        text += "\n";
        text += &head(act, width);
        text += &changes(&act.changes, act.change, width);
    }
    if !diff.entities.is_empty() {
        text += "\nEntities\n";
    }
    for entity in &diff.entities {
        text += &paragraph(&format!("{} ({}){}", entity.name, entity.id, presence(entity.change)), 2, 4, width);
        text += &changes(&entity.changes, Presence::Changed, width);
        text += &paragraph(&reached(entity), 4, 6, width);
    }
    if !diff.registries.is_empty() {
        text += "\nPlaces, audiences, categories\n";
        text += &changes(&diff.registries, Presence::Changed, width);
    }
    text
}

/// Says which acts name an entity, and how many others could reach it.
fn reached(entity: &EntityDiff) -> String {
    let more = entity.acts.len() - entity.named_by.len();
    let others = match more {
        0 => String::new(),
        more => format!("{} could reach it over an owner, an engine or a criterion", plural(more as u64, "act")),
    };
    match entity.named_by.as_slice() {
        [] => others,
        ids => {
            let left = ids.len().saturating_sub(ACTS_SHOWN);
            let left = if left > 0 { format!(" and {left} more") } else { String::new() };
            let shown = ids[..ids.len().min(ACTS_SHOWN)].join(", ");
            format!("named by {shown}{left}{}{others}", if others.is_empty() { "" } else { "; " })
        }
    }
}

fn summary(diff: &Diff) -> String {
    let many = |change: Presence| diff.acts.iter().filter(|act| act.change == change).count();
    let count = |many: usize, what: &str| (many > 0).then(|| format!("{} {what}", plural(many as u64, "act")));
    let mut parts: Vec<String> = [
        count(many(Presence::Added), "added"),
        count(many(Presence::Removed), "removed"),
        count(many(Presence::Changed), "changed"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut part = |many: usize, one: &str, rest: &str| {
        if many > 0 {
            parts.push(format!("{} {rest}", plural(many as u64, one)));
        }
    };
    part(diff.entities.len(), "entry", "of an organisation or person changed so that it matters to an act");
    part(diff.unreached, "entry", "changed that no act reaches");
    part(diff.registries.len(), "change", "of places, audiences or categories");
    match parts.as_slice() {
        [] if diff.old.digest == diff.new.digest => "Nothing changed.".to_owned(),
        [] => "Nothing changed that decides anything: what differs are sources, remarks or places of files.".to_owned(),
        parts => format!("{}.", parts.join("; ")),
    }
}

fn head(act: &ActDiff, width: Option<usize>) -> String {
    let head = format!("{} ({}, dates in {}){}", act.id, act.jurisdiction, act.time_zone, presence(act.change));
    paragraph(&head, 0, 2, width) + &paragraph(&act.title, 2, 4, width)
}

fn presence(change: Presence) -> &'static str {
    match change {
        Presence::Added => ": added",
        Presence::Removed => ": removed",
        Presence::Changed => "",
    }
}

/// Tells changes one by one. Of an act that is on one side only the parts are told as they are.
fn changes(changes: &[Change], presence: Presence, width: Option<usize>) -> String {
    let sentence = |change: &Change| match (presence, &change.before, &change.after) {
        (Presence::Added | Presence::Removed, None, Some(text)) | (Presence::Added | Presence::Removed, Some(text), None) => {
            format!("{}: {text}", change.what)
        }
        _ => change.to_string(),
    };
    changes.iter().map(|change| paragraph(&sentence(change), 4, 6, width)).collect()
}
