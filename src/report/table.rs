//! `table`: what a person reads in a terminal.
//!
//! From the top: one sentence, the rows worst first, then what there is to say about them (what a
//! person must decide, notes, dates ahead, the acts with their sources), then what was not covered,
//! and at the end what to do next. A part that has nothing to say is not there.
//!
//! A row is kept short: advisories of one act are one row, and so are the acts under which a product
//! is to be reviewed; an act's title stands where the act is first named, cut, and in full below.
//!
//! Everything that stems from data goes through [`short`], so nothing can steer the terminal. Only
//! links may be wider than the page: a broken link is of no use.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use comfy_table::{Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width};

use super::lines::{self, Line, Row};
use super::listing::columns_of;
use super::told::{self, source};
use super::words::{self, name, short};
use super::{Concern, GroupBy, Report, Reporter, State, View};
use crate::model::Status;

/// Width where there is no terminal.
const FIXED_WIDTH: usize = 120;
/// From this width on, places have a column of their own.
const WIDE: usize = 100;
/// From this width on, the next change has one as well.
const VERY_WIDE: usize = 160;
/// So many lines of an act's id and title are shown in a row; one more where the page is narrow.
const ACT_LINES: usize = 3;
/// How many entries of a list are shown before the rest is counted.
const FEW: usize = 3;
/// How many unread entries of an inventory are shown.
const UNREAD: usize = 5;
/// How many inventories are shown with what was not read of them, or with remarks.
const INVENTORIES: usize = 20;
/// How many decisions are shown.
const DECISIONS: usize = 20;
/// Longest name shown.
const NAME: usize = 60;
/// Longest sentence shown.
const SENTENCE: usize = 240;

/// Writes the report for people.
pub(super) struct Table;

impl Reporter for Table {
    fn write(&self, report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
        let lines = lines::gather(report, view.group_by);
        let width = view.width.unwrap_or(FIXED_WIDTH).clamp(48, 400);
        let page = Page { report, view, lines: &lines, width };
        let parts = [
            page.top(),
            page.findings(),
            page.to_decide(),
            page.notes(),
            page.decisions(),
            page.deadlines(),
            page.acts("Acts", false),
            page.acts("Decisions of vendors (no law: what is installed may be lawful to use)", true),
            page.unread(),
            page.limits(),
            page.end(),
        ];
        let mut first = true;
        for part in parts.iter().filter(|part| !part.is_empty()) {
            if !std::mem::take(&mut first) {
                writeln!(out)?;
            }
            for line in part.lines() {
                writeln!(out, "{}", line.trim_end())?;
            }
        }
        Ok(())
    }
}

struct Page<'a> {
    report: &'a Report,
    view: &'a View,
    lines: &'a [Line<'a>],
    width: usize,
}

impl Page<'_> {
    fn top(&self) -> String {
        let report = self.report;
        let mut text = self.paragraph(0, &words::headline(report));
        let besides = words::besides(report);
        if !besides.is_empty() {
            text += &self.paragraph(0, &format!("Besides: {}.", besides.join("; ")));
        }
        let or_any = |codes: &[String]| match codes {
            [] => "none given".to_owned(),
            codes => words::some_of(codes.iter(), 12, 40),
        };
        // Where nothing was found, the first sentence names them.
        let is_found = Status::ALL.into_iter().any(|status| status != Status::Clear && report.summary.of(status) > 0);
        let assets = match report.summary.assets {
            assets if assets == 0 || !is_found => String::new(),
            assets => format!("Assets: {}. ", words::number(assets)),
        };
        let scope = format!(
            "{assets}Jurisdictions: {}. Audiences: {}. Rules: {} of {}, {}.",
            or_any(&report.scope.jurisdictions),
            or_any(&report.scope.audiences),
            short(&report.rules.version, 40),
            short(&report.rules.built, 40),
            words::count(report.rules.count, "act"),
        );
        text += &self.paragraph(0, &scope);
        if !self.view.only.is_empty() {
            let only: Vec<_> = self.view.only.iter().map(|status| status.as_str()).collect();
            text +=
                &self.paragraph(0, &format!("Listed below: {} only; the counts are those of the whole report.", only.join(", ")));
        }
        text
    }

    fn findings(&self) -> String {
        let rows = lines::fold(self.lines, self.view.group_by);
        if rows.is_empty() {
            return String::new();
        }
        let columns = self.columns();
        let mut table = self.bare_table();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─')));
        table.set_header(columns.iter().map(|&(column, _)| self.bold(column.title())));
        let (mut group, mut seen) = (None, Seen::default());
        for row in &rows {
            let first = row.first().first;
            let own = match self.view.group_by {
                GroupBy::Product => (first.waiver.is_some(), Some(first.status), ""),
                by => (false, None, lines::lead(by, &first)),
            };
            if group.is_some_and(|group| group != own) {
                table.add_row(columns.iter().map(|_| Cell::new("")));
                if self.view.group_by != GroupBy::Product {
                    seen.products.clear();
                }
            }
            group = Some(own);
            table.add_row(columns.iter().map(|&(column, width)| self.cell(column, row, width, &seen)));
            seen.acts.extend(row.acts());
            // A row of several products does not name them all.
            let names = row.names();
            if names.len() == 1 {
                seen.products.extend(names.into_keys());
            }
        }
        set_widths(&mut table, &columns.iter().map(|&(_, width)| width).collect::<Vec<_>>());
        lines_of(&table)
    }

    /// Returns the columns and their widths, gaps included. The group comes first.
    fn columns(&self) -> Vec<(Column, usize)> {
        let share = |rest: usize, percent: usize| rest * percent / 100;
        let by = self.view.group_by;
        if self.width < WIDE {
            let rest = self.width - 14 - 15;
            let product = share(rest, 56);
            let merged =
                if matches!(by, GroupBy::Asset | GroupBy::Jurisdiction) { Column::PlaceProduct } else { Column::ProductPlace };
            let mut columns = vec![(Column::Status, 14), (merged, product), (Column::Act, rest - product), (Column::Dates, 15)];
            if by == GroupBy::Rule {
                columns.swap(1, 2);
            }
            return columns;
        }
        let dates = if self.width < VERY_WIDE { vec![(Column::Dates, 16)] } else { vec![(Column::Since, 16), (Column::Next, 18)] };
        let rest = self.width - 14 - dates.iter().map(|&(_, width)| width).sum::<usize>();
        let (product, place) = (share(rest, 44), share(rest, 20));
        let mut columns = vec![(Column::Status, 14), (Column::Product, product), (Column::Place, place)];
        columns.push((Column::Act, rest - product - place));
        columns.extend(dates);
        match by {
            GroupBy::Product => {}
            GroupBy::Asset | GroupBy::Jurisdiction => columns[..3].rotate_right(1),
            GroupBy::Rule => columns[..4].rotate_right(1),
        }
        columns
    }

    fn cell(&self, column: Column, row: &Row<'_, '_>, width: usize, seen: &Seen<'_>) -> Cell {
        let place = || self.place(row).replace('\n', "; ");
        match column {
            Column::Status => self.status(row.first()),
            Column::Product => Cell::new(self.product(row, seen)),
            Column::Place => Cell::new(self.place(row)),
            Column::ProductPlace => Cell::new(format!("{}\n{}", self.product(row, seen), place())),
            Column::PlaceProduct => Cell::new(format!("{}\n{}", place(), self.product(row, seen))),
            Column::Act => Cell::new(self.act(row, width.saturating_sub(2), seen)),
            Column::Since => Cell::new(self.since(row)),
            Column::Next => Cell::new(self.next(row)),
            Column::Dates => {
                let next = self.next(row);
                let since = self.since(row);
                Cell::new(if next == "–" { since } else { format!("{since}\nthen {next}") })
            }
        }
    }

    fn status(&self, line: &Line<'_>) -> Cell {
        let status = line.first.status;
        let mut text = status.as_str().to_owned();
        match line.mark {
            Some(State::NotEnforced) => text += "\nnot enforced",
            Some(State::Suspended) => text += "\nsuspended",
            _ => {}
        }
        if line.is_exit() {
            text += "\nby vendor";
        }
        if let Some(change) = lines::change(&line.first) {
            text += &format!("\n{change}");
        }
        if let Some(waiver) = &line.first.waiver {
            text += &format!("\nwaived until\n{}", short(&waiver.until, 10));
        }
        let cell = Cell::new(text);
        if !self.view.colour {
            return cell;
        }
        if line.first.waiver.is_some() {
            return cell.add_attribute(Attribute::Dim);
        }
        match status {
            Status::Banned => cell.fg(Color::Red).add_attribute(Attribute::Bold),
            Status::NoUpdates => cell.fg(Color::Red),
            Status::NoSale => cell.fg(Color::Yellow),
            Status::Upcoming => cell.fg(Color::Cyan),
            Status::Advisory | Status::Review => cell.fg(Color::Blue),
            Status::Clear => cell,
        }
    }

    fn product(&self, row: &Row<'_, '_>, seen: &Seen<'_>) -> String {
        let names = row.names();
        let item = &row.first().first.item;
        if row.first().first.status == Status::Advisory && self.view.group_by != GroupBy::Rule {
            let fresh: Vec<_> = names.iter().filter(|(folded, _)| !seen.products.contains(*folded)).map(|(_, name)| name).collect();
            let listed = names.len() - fresh.len();
            let fresh = words::some_of(fresh.iter().map(|&&(product, vendor)| name(product, vendor)), FEW, NAME);
            match (names.len(), listed) {
                (1, 0) => {}
                (1, _) => return format!("{}, as above", short(name(item.product, item.vendor), NAME)),
                (all, 0) => return format!("{}: {fresh}", words::count(all as u64, "product")),
                (all, listed) if all == listed => return format!("{}, all listed above", words::count(all as u64, "product")),
                (all, listed) => {
                    let listed = words::number(listed as u64);
                    return format!("{}: {fresh}; {listed} listed above", words::count(all as u64, "product"));
                }
            }
        }
        if self.view.group_by == GroupBy::Rule && row.products.len() > 1 {
            return words::some_of(row.products.iter().map(|&(product, vendor)| name(product, vendor)), FEW, NAME);
        }
        let mut text = short(name(item.product, item.vendor), NAME);
        if !row.versions.is_empty() {
            text += " ";
            text += &words::some_of(row.versions.iter(), FEW, 20);
        }
        if !item.vendor.is_empty() && !item.product.is_empty() {
            text += &format!(" ({})", short(item.vendor, NAME));
        }
        if item.path.len() > 1 {
            let path: Vec<_> = item.path.iter().map(|name| short(name, NAME)).collect();
            let ends = if path.len() > 4 {
                format!("{} > … > {}", path[0], path[path.len() - 2..].join(" > "))
            } else {
                path.join(" > ")
            };
            text += &format!("\nin {ends}");
            if item.paths > 1 {
                text += &format!(", {} paths", words::number(item.paths));
            }
        }
        text
    }

    /// Returns where the items are, and the assets. The act's jurisdiction is named where the items
    /// lie outside of it.
    fn place(&self, row: &Row<'_, '_>) -> String {
        let acts: BTreeSet<&str> = row.lines.iter().map(|line| line.first.rule.jurisdiction.as_str()).collect();
        let lies_within = |place: &str| {
            acts.iter().any(|act| place.strip_prefix(act).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
        };
        let of = words::some_of(acts.iter(), FEW, 12);
        let places = words::some_of(row.locations.iter(), FEW, 20);
        let mut text = match row.locations.len() {
            0 => format!("{of}, place not given"),
            _ if row.locations.iter().all(|place| lies_within(place)) => places,
            _ => format!("{places} (act of {of})"),
        };
        let (rows, quantity) = row.counts();
        text += "\n";
        text += &match (row.assets.len(), row.assets.first()) {
            (1, Some(asset)) => short(asset, 40),
            (0, _) | (_, None) => format!("{}, no asset", words::count(rows, "row")),
            (many, _) => words::count(many as u64, "asset"),
        };
        if quantity != rows {
            text += &format!(", {}", words::count(quantity, "unit"));
        }
        let owner = row.first().first.item.owner;
        if row.assets.len() == 1 && !owner.is_empty() {
            text += &format!("\nowner {}", short(owner, 40));
        }
        if self.view.group_by == GroupBy::Asset {
            return text.split_once('\n').map_or(text.clone(), |(place, asset)| format!("{asset}\n{place}"));
        }
        text
    }

    /// Returns the ids of the acts, broken at hyphens where they are wider than the column; with the
    /// title, cut, where the act has not been named before.
    fn act(&self, row: &Row<'_, '_>, width: usize, seen: &Seen<'_>) -> String {
        let acts = row.acts();
        let shown = if acts.len() == FEW + 1 { acts.len() } else { FEW };
        let mut parts: Vec<_> = acts.iter().take(shown).map(|id| broken(id, width)).collect();
        if acts.len() > shown {
            parts.push(format!("{} more", acts.len() - shown));
        }
        let text = parts.join("\n");
        let [id] = acts.as_slice() else { return text };
        let most = if self.width < WIDE { ACT_LINES + 1 } else { ACT_LINES };
        let left = most.saturating_sub(text.lines().count()).max(1);
        if seen.acts.contains(id) && self.view.group_by != GroupBy::Rule {
            return text;
        }
        format!("{text}\n{}", self.cut(&short(&row.first().first.rule.title, SENTENCE), width, left))
    }

    /// Returns a text wrapped into a few lines; what does not fit is cut off.
    fn cut(&self, text: &str, width: usize, most: usize) -> String {
        let mut table = self.bare_table();
        table.add_row([text]);
        set_widths(&mut table, &[width]);
        let mut lines: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                if columns_of(last) >= width {
                    last.pop();
                    last.truncate(last.rfind(' ').unwrap_or(last.len()));
                }
                last.truncate(last.trim_end_matches([' ', ',', ';', ':']).len());
                last.push('…');
            }
        }
        lines.join("\n")
    }

    fn since(&self, row: &Row<'_, '_>) -> String {
        let (line, differ) = row.earliest();
        match line.since {
            Some(since) if differ => {
                let day = lines::day_of(since).map_or_else(|| short(since, 40), |day| day.format("%Y-%m-%d").to_string());
                format!("{day}\nand later")
            }
            Some(since) => self.day(line, since),
            None if line.mark == Some(State::ToBeAnnounced) => "date open".into(),
            None => "–".into(),
        }
    }

    /// Returns a date of a line, and how far away it is.
    fn day(&self, line: &Line<'_>, text: &str) -> String {
        let Some(day) = lines::day_of(text) else { return short(text, 40) };
        let time = lines::time_of(text).map(|time| format!(" {}", short(time, 5))).unwrap_or_default();
        let away = lines::days_until(self.report, line.act, text).map(|days| format!("\n{}", words::from_now(days)));
        format!("{}{time}{}", day.format("%Y-%m-%d"), away.unwrap_or_default())
    }

    fn next(&self, row: &Row<'_, '_>) -> String {
        let Some(line) = row.next() else { return "–".into() };
        match line.next() {
            Some(next)
                if line.first.status == Status::Upcoming && line.since.and_then(lines::day_of) == lines::day_of(&next.on) =>
            {
                next.status.as_str().to_owned()
            }
            Some(next) => {
                let status = if next.status == Status::Clear { "ends" } else { next.status.as_str() };
                format!("{status}\n{}", self.day(line, &next.on))
            }
            None => "–".into(),
        }
    }

    /// Says of each product under review why a person must decide, once, and where to look.
    fn to_decide(&self) -> String {
        let open = self.lines.iter().filter(|line| line.first.status == Status::Review && line.first.waiver.is_none());
        let mut products: BTreeMap<String, (&Line<'_>, Vec<String>)> = BTreeMap::new();
        let mut sources: BTreeSet<&str> = BTreeSet::new();
        for line in open {
            let item = &line.first.item;
            let found = &line.first.matched;
            sources.insert(item.source);
            let (_, why) = products.entry(lines::folded_name(item.product, item.vendor)).or_insert_with(|| (line, Vec::new()));
            let mut add = |reason: String| {
                if !why.contains(&reason) {
                    why.push(reason);
                }
            };
            if found.kind == "similar" {
                add(format!("“{}” resembles “{}”.", short(&found.value, NAME), short(&found.alias, NAME)));
            } else {
                let (field, alias) = (short(&found.field, 20), short(&found.alias, NAME));
                add(format!("Its {field} agrees with “{alias}” of {}.", short(&found.entity, 40)));
            }
            for missing in &line.missing {
                add(format!("Not known: {}.", short(missing.strip_prefix("condition: ").unwrap_or(missing), SENTENCE)));
            }
            for note in line.notes.keys().filter(|&&note| note != "similar-name") {
                add(format!("{}.", words::note(note)));
            }
        }
        let rows = products
            .into_values()
            .map(|(line, why)| [short(name(line.first.item.product, line.first.item.vendor), NAME), why.join(" ")])
            .collect::<Vec<_>>();
        if rows.is_empty() {
            return String::new();
        }
        let source = match sources.first() {
            Some(source) if sources.len() == 1 => words::pasted(source),
            _ => "FILE".to_owned(),
        };
        let mut text = self.list("To decide by a person: is it what the act means?", rows);
        text += &self.paragraph(2, "Each step that led to the match, for a product of these:");
        text + &format!("  interdict explain {source} PRODUCT{}\n", words::asked(self.report))
    }

    /// Explains each note once, and names the products that bear it.
    fn notes(&self) -> String {
        let mut notes: BTreeMap<&str, (u64, BTreeSet<&str>)> = BTreeMap::new();
        let mut leaders: BTreeSet<&str> = BTreeSet::new();
        for line in self.lines.iter().filter(|line| line.first.status != Status::Review) {
            for (note, noted) in &line.notes {
                let entry = notes.entry(note).or_default();
                entry.0 += noted.findings;
                entry.1.extend(&noted.products);
            }
            leaders.extend(&line.leaders);
        }
        let rows = notes.into_iter().map(|(note, (findings, products))| {
            let products = words::some_of(products.iter(), FEW, NAME);
            let leaders = match note {
                "led-by" if !leaders.is_empty() => format!(" ({})", words::some_of(leaders.iter(), FEW, NAME)),
                _ => String::new(),
            };
            let findings = words::count(findings, "finding");
            [short(note, 30), format!("{}{leaders}: {products}; {findings}.", words::note(note))]
        });
        self.list("Notes", rows.collect())
    }

    /// Lists the decisions that settled matches.
    fn decisions(&self) -> String {
        let settled = &self.report.decisions;
        if settled.is_empty() {
            return String::new();
        }
        let mut rows: Vec<String> = settled
            .iter()
            .take(DECISIONS)
            .map(|settled| format!("{}; {}.", told::decision(&settled.decision), words::count(settled.rows, "row")))
            .collect();
        if settled.len() > DECISIONS {
            rows.push(format!("{} more.", words::number((settled.len() - DECISIONS) as u64)));
        }
        rows.iter().fold(self.title("Decided"), |text, row| text + &self.paragraph(2, row))
    }

    /// Lists the changes of status and the ends of waivers within the horizon, and what is announced
    /// without a date.
    fn deadlines(&self) -> String {
        let rows = lines::deadlines(self.report, self.lines).into_iter().map(|date| {
            let on = match date.assets.len() as u64 {
                0 => String::new(),
                many => format!(" on {}", words::count(many, "asset")),
            };
            let products = words::some_of(date.products.iter(), FEW, NAME);
            [date.when, format!("{}: {products}{on} ({}).", date.what, short(date.act, NAME))]
        });
        self.list(&format!("Ahead within {}", words::count(u64::from(self.report.horizon_days), "day")), rows.collect())
    }

    /// Lists the acts, or the decisions of vendors, with their sources.
    fn acts(&self, title: &str, exits: bool) -> String {
        let rules: BTreeMap<&str, &Line<'_>> =
            self.lines.iter().filter(|line| line.is_exit() == exits).map(|line| (line.first.rule.id.as_str(), line)).collect();
        if rules.is_empty() {
            return String::new();
        }
        let mut text = self.title(title);
        let is_checked = |line: &Line<'_>| line.act.is_none_or(|act| act.verified.is_some());
        let none_checked = rules.len() > 1 && !rules.values().any(|line| is_checked(line));
        for (id, line) in rules {
            let rule = &line.first.rule;
            let mut parts: Vec<_> = rule.citation.iter().map(|citation| short(citation, SENTENCE)).collect();
            parts.push(short(&rule.authority, SENTENCE));
            if let Some(act) = line.act {
                if act.stage != "enacted" {
                    parts.push(short(&act.stage, 40));
                }
                let checked = act.verified.as_deref().map(|day| format!("checked against its source {}", short(day, 40)));
                let unchecked = || (!none_checked).then(|| "not yet checked against its source".to_owned());
                parts.extend(checked.or_else(unchecked));
                parts.push(format!("dates in {}", short(&act.time_zone, 40)));
            }
            // Where somebody else is forbidden to act, using what one has is another question.
            let concerns = |concern| self.lines.iter().any(|line| line.first.rule.id == id && line.first.concerned_as == concern);
            if !exits && concerns(Concern::Affected) && !concerns(Concern::Bound) {
                parts.push("it binds others, and affects you".into());
            }
            let conditions: BTreeSet<_> = line.first.measures.iter().filter_map(|measure| measure.ends_when.as_deref()).collect();
            parts.extend(conditions.into_iter().map(|condition| format!("ends when {}", short(condition, SENTENCE))));
            text += &self.paragraph(2, &format!("{}: {}", short(id, NAME), short(&rule.title, SENTENCE)));
            for line in self.paragraph(2, &format!("{}.", parts.join("; "))).lines() {
                text += &format!("    {}\n", line.trim_start());
            }
            text += &format!("    {}\n", short(&rule.url, 2_000));
        }
        if none_checked {
            text += &self.paragraph(2, "None of these entries has been checked against its source yet.");
        }
        text
    }

    /// Lists what was not read: the first few of each inventory, and of not too many of these.
    fn unread(&self) -> String {
        let mut rows = Vec::new();
        let broken: Vec<_> = self.report.inventories.iter().filter(|inventory| inventory.unread_count > 0).collect();
        for inventory in broken.iter().take(INVENTORIES) {
            let source = source(&inventory.source);
            for entry in inventory.unread.iter().take(UNREAD) {
                let line = entry.line.map(|line| format!(", line {line}")).unwrap_or_default();
                let column = entry.column.as_deref().map(|column| format!(", column {}", short(column, 40))).unwrap_or_default();
                rows.push(format!("{source}{line}{column}: {}.", short(&entry.reason, SENTENCE)));
            }
            let listed = inventory.unread.len().min(UNREAD) as u64;
            if inventory.unread_count > listed {
                rows.push(format!("{source}: {} more.", words::number(inventory.unread_count - listed)));
            }
        }
        if rows.is_empty() {
            return String::new();
        }
        if let Some(more) = broken.get(INVENTORIES..).filter(|more| !more.is_empty()) {
            let entries = more.iter().map(|inventory| inventory.unread_count).sum();
            let files = words::count(more.len() as u64, "more file");
            rows.push(format!("{} in {files}.", words::count(entries, "entry")));
        }
        let title = format!("Not read: {}", words::count(self.report.summary.unread, "entry"));
        rows.iter().fold(self.title(&title), |text, row| text + &self.paragraph(2, row))
    }

    /// Says what the report cannot show.
    fn limits(&self) -> String {
        let report = self.report;
        let mut rows = told::limits(report);
        let remarked = report.inventories.iter().filter(|inventory| !inventory.remarks.is_empty());
        for inventory in remarked.take(INVENTORIES) {
            rows.extend(
                inventory.remarks.iter().map(|remark| format!("{}: {}.", source(&inventory.source), short(remark, SENTENCE))),
            );
        }
        if rows.is_empty() {
            return String::new();
        }
        rows.iter().fold(self.title("What this report cannot show"), |text, row| text + &self.paragraph(2, row))
    }

    fn end(&self) -> String {
        let mut text = String::new();
        if self.report.gate.failed {
            let reasons = words::some_of(self.report.gate.reasons.iter(), 12, SENTENCE);
            text += &self.paragraph(0, &format!("Failed (exit code {}): {reasons}.", self.report.gate.exit_code));
        }
        if let Some((step, command)) = words::next_step(self.report, self.lines) {
            text += &command.map(|command| format!("{}\n  {command}\n", words::WHY)).unwrap_or_default();
            text += &self.paragraph(0, &step);
        }
        text
    }

    fn title(&self, title: &str) -> String {
        let mut table = self.bare_table();
        table.add_row([self.bold(title)]);
        set_widths(&mut table, &[self.width]);
        lines_of(&table)
    }

    fn bold(&self, text: &str) -> Cell {
        let cell = Cell::new(text);
        if self.view.colour { cell.add_attribute(Attribute::Bold) } else { cell }
    }

    /// Returns a wrapped text; its lines after the first stand two columns further in.
    fn paragraph(&self, indent: usize, text: &str) -> String {
        let mut table = self.bare_table();
        table.add_row([text]);
        set_widths(&mut table, &[self.width - indent - 2]);
        let mut wrapped = String::new();
        for (at, line) in table.lines().enumerate() {
            let indent = if at == 0 { indent } else { indent + 2 };
            wrapped += &format!("{:indent$}{}\n", "", line.trim_end());
        }
        wrapped
    }

    /// Returns a titled list of two columns, or nothing.
    fn list(&self, title: &str, rows: Vec<[String; 2]>) -> String {
        if rows.is_empty() {
            return String::new();
        }
        let mut table = self.bare_table();
        for [what, text] in &rows {
            table.add_row(["", what.as_str(), text.as_str()]);
        }
        let widest = table.column_max_content_widths().get(1).map_or(0, |&width| usize::from(width) + 2);
        let first = widest.min(self.width * 35 / 100);
        set_widths(&mut table, &[2, first, self.width - 2 - first]);
        self.title(title) + &lines_of(&table)
    }

    fn bare_table(&self) -> comfy_table::Table {
        let mut table = comfy_table::Table::new();
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.load_style(TableStyle::new());
        table.set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
        if self.view.colour {
            table.enforce_styling();
            table.style_text_only();
        } else {
            table.force_no_tty();
        }
        table
    }
}

/// What stands further up on the page already.
#[derive(Default)]
struct Seen<'a> {
    /// Acts whose title was shown.
    acts: BTreeSet<&'a str>,
    /// Products, as [`lines::folded_name`] has them.
    products: BTreeSet<String>,
}

/// A column of the table of findings.
#[derive(Clone, Copy)]
enum Column {
    Status,
    Product,
    Place,
    /// Product and place in one, where the page is narrow.
    ProductPlace,
    /// The same, where lines are gathered by place.
    PlaceProduct,
    Act,
    Since,
    Next,
    /// Since and next in one, where the page is not very wide.
    Dates,
}

impl Column {
    fn title(self) -> &'static str {
        match self {
            Self::Status => "STATUS",
            Self::ProductPlace => "PRODUCT, WHERE",
            Self::PlaceProduct => "WHERE, PRODUCT",
            Self::Product => "PRODUCT (VENDOR)",
            Self::Place => "WHERE",
            Self::Act => "ACT",
            Self::Since | Self::Dates => "SINCE / FROM",
            Self::Next => "NEXT",
        }
    }
}

/// Returns an id, broken at its hyphens where it is wider than the column.
fn broken(id: &str, width: usize) -> String {
    let (mut text, mut column) = (String::new(), 0);
    for part in short(id, NAME).split_inclusive('-') {
        let letters = part.chars().count();
        if column > 0 && column + letters > width {
            text.push('\n');
            column = 0;
        }
        text += part;
        column += letters;
    }
    text
}

/// Sets widths that include the gap to the next column.
fn set_widths(table: &mut comfy_table::Table, widths: &[usize]) {
    let last = widths.len().saturating_sub(1);
    for (at, column) in table.column_iter_mut().enumerate() {
        let width = widths.get(at).copied().unwrap_or(1);
        column.set_padding((0, if at == last || width <= 2 { 0 } else { 2 }));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(u16::try_from(width).unwrap_or(u16::MAX))));
        column.set_cell_alignment(CellAlignment::Left);
    }
}

fn lines_of(table: &comfy_table::Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        text += even(&line).trim_end();
        text.push('\n');
    }
    text
}

/// Takes back the blanks that were added for a lam and an alef: they are counted as the one sign
/// that print makes of them, but in a terminal every letter has a place of its own.
fn even(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let (mut owed, mut last) = (0_u32, ' ');
    let mut rest = line.chars().peekable();
    while let Some(letter) = rest.next() {
        owed += u32::from(last == 'ل' && matches!(letter, 'ا' | 'أ' | 'إ' | 'آ' | 'ٱ'));
        last = letter;
        if letter == ' ' && owed > 0 && text.ends_with(' ') && rest.peek().is_none_or(|&next| next == ' ') {
            owed -= 1;
        } else {
            text.push(letter);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{Format, sample};
    use super::*;

    fn drawn(report: &Report, view: &View) -> String {
        let mut out = Vec::new();
        Format::Table.write(report, view, &mut out).expect("writes to memory");
        String::from_utf8(out).expect("is UTF-8")
    }

    fn at(width: usize) -> View {
        View { width: Some(width), ..View::default() }
    }

    #[test]
    fn it_fits_any_page() {
        for width in [48, 80, 99, 100, 120, 200, 400] {
            for &group_by in GroupBy::ALL {
                let text = drawn(&sample::report(), &View { group_by, ..at(width) });
                for line in text.lines() {
                    assert_eq!(line, line.trim_end(), "no trailing white space");
                    let is_verbatim = line.trim_start().starts_with("https://") || line.starts_with("  interdict explain");
                    assert!(is_verbatim || columns_of(line) <= width, "{} columns at {width}: {line}", columns_of(line));
                }
                assert!(!text.contains("\n\n\n"), "{text}");
            }
        }
    }

    #[test]
    fn pages_of_80_120_and_200_columns() {
        for width in [80, 120, 200] {
            insta::assert_snapshot!(format!("table-{width}"), drawn(&sample::report(), &at(width)));
        }
        assert_eq!(drawn(&sample::report(), &View::default()), drawn(&sample::report(), &at(120)), "no terminal");
    }

    fn part<'t>(text: &'t str, title: &str) -> &'t str {
        let start = text.find(title).unwrap_or_else(|| panic!("no {title} in {text}"));
        text[start..].split("\n\n").next().unwrap_or_default()
    }

    fn again(report: &mut Report, id: &str, change: impl Fn(&mut super::super::Finding, usize), times: usize) {
        let first = report.findings.iter().find(|finding| finding.rule.id == id).expect("is there").to_finding();
        for at in 0..times {
            let mut finding = first.clone();
            change(&mut finding, at);
            report.findings.push(finding);
        }
    }

    #[test]
    fn the_advisories_of_an_act_are_one_row_that_repeats_no_name() {
        let mut report = sample::report();
        let name = |finding: &mut super::super::Finding, at: usize| {
            finding.item.product = format!("Почта {at}").into();
            finding.item.asset = format!("mail-{}", at + 2).into();
        };
        again(&mut report, "xb-agency-warning-2022", name, 5);
        let text = drawn(&report, &at(120));
        assert_eq!(text.matches("\nadvisory ").count(), 1, "{text}");
        assert!(text.contains("6 products:") && text.contains("3 more") && text.contains("6 assets"), "{text}");
        for finding in report.findings.iter_mut().filter(|finding| finding.status == Status::Advisory) {
            finding.item.product = if finding.item.asset.ends_with('2') { "kaspersky plus" } else { "ChatPoint" }.into();
        }
        let text = drawn(&report, &at(120));
        assert!(text.contains("2 products, all listed above"), "{text}");
        let alone = drawn(&report, &View { only: vec![Status::Advisory], ..at(120) });
        assert!(alone.contains("2 products:") && !alone.contains("listed above"), "{alone}");
        report.findings.retain(|finding| finding.rule.id != "us-bis-kaspersky-2024");
        assert!(drawn(&report, &at(120)).contains("2 products: kaspersky plus; 1 listed"), "{}", drawn(&report, &at(120)));
    }

    #[test]
    fn a_product_to_be_reviewed_under_several_acts_is_one_row_and_one_question() {
        let mut report = sample::report();
        let act = |finding: &mut super::super::Finding, at: usize| {
            std::sync::Arc::make_mut(&mut finding.rule).id = format!("xa-other-{at}");
            let mut measures = finding.measures.to_vec();
            measures[0].from = Some(format!("202{}-06-01T00:00:00+08:00", at + 2));
            finding.measures = measures.into();
        };
        again(&mut report, "xa-ministry-cameras-2021", act, 2);
        let text = drawn(&report, &at(120));
        assert_eq!(text.matches("\nreview ").count(), 2, "{text}");
        assert!(text.contains("2021-01-01\n") && text.contains("and later"), "{text}");
        let question = part(&text, "To decide");
        assert_eq!(question.matches("CamView").count(), 1, "{question}");
        assert!(question.contains("\n  interdict explain fleet.csv PRODUCT -j US"), "{question}");
        for act in ["xa-other-0", "xa-other-1"] {
            assert!(part(&text, "\nActs").contains(act), "{text}");
        }
    }

    #[test]
    fn quantities_are_told_where_they_differ_from_rows() {
        let mut report = sample::report();
        assert!(!drawn(&report, &at(120)).contains(" unit"));
        report.findings[0].rows.quantity = 500;
        assert!(drawn(&report, &at(120)).contains("2 assets, 501"));
    }

    #[test]
    fn arabic_stays_in_its_column() {
        assert_eq!(even("للاتصالات)       x"), "للاتصالات)     x");
        assert_eq!(even("سلام a b  c"), "سلام a b  c", "where there is no blank to spare");
        assert_eq!(even("a    b"), "a    b");
    }

    #[test]
    fn other_ways_to_gather() {
        let mut report = sample::report();
        report.findings.retain(|finding| !finding.item.asset.starts_with("WS-") || &*finding.item.asset <= "WS-0002");
        for &group_by in &GroupBy::ALL[1..] {
            let text = drawn(&report, &View { group_by, ..at(120) });
            let table: Vec<_> = text.lines().skip_while(|line| !line.starts_with('─')).take(24).collect();
            insta::assert_snapshot!(format!("table-by-{}", group_by.name()), table.join("\n"));
        }
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let plain = drawn(&sample::report(), &at(120));
        let coloured = drawn(&sample::report(), &View { colour: true, ..at(120) });
        assert!(!plain.contains('\u{1b}'));
        assert!(coloured.contains("\u{1b}[") && !coloured.contains("\u{1b}]"));
        let mut stripped = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once("\u{1b}[") {
            stripped += before;
            rest = after.split_once('m').expect("a colour ends with m").1;
        }
        stripped += rest;
        let trimmed: Vec<_> = stripped.lines().map(str::trim_end).collect();
        assert_eq!(trimmed.join("\n") + "\n", plain);
    }

    #[test]
    fn where_there_is_nothing_to_say_nothing_is_said() {
        insta::assert_snapshot!("table-clean", drawn(&sample::clean(), &at(80)));
    }

    #[test]
    fn nothing_found_is_no_all_clear_where_something_was_not_read() {
        insta::assert_snapshot!("table-unread", drawn(&sample::unread(), &at(80)));
    }

    #[test]
    fn only_some_statuses_are_listed_and_the_page_says_so() {
        let text = drawn(&sample::report(), &View { only: vec![Status::NoSale], ..at(120) });
        assert!(text.contains("Listed below: no-sale only; the counts are those of the whole report."), "{text}");
        assert!(text.contains("Contoso Office") && !text.contains("Kaspersky Plus"), "{text}");
        assert!(text.contains("Decisions of vendors"), "{text}");
    }

    #[test]
    fn a_thousand_broken_files_do_not_drown_the_rest() {
        let mut report = sample::unread();
        report.inventories = (0..250).flat_map(|_| report.inventories.clone()).collect();
        let text = drawn(&report, &at(120));
        assert!(text.contains("\n  3,901 entries in 730 more files.\n"), "{text}");
        assert!(text.lines().count() < 160, "{text}");
    }

    #[test]
    fn four_thousand_machines_are_one_line() {
        let mut report = sample::report();
        report.findings.retain(|finding| finding.item.asset.starts_with("WS-"));
        report.findings = (0..100).flat_map(|_| report.findings.to_vec()).collect::<Vec<_>>().into();
        for (at, finding) in report.findings.iter_mut().enumerate() {
            finding.item.asset = format!("WS-{at:05}").into();
        }
        let text = drawn(&report, &at(120));
        assert!(text.contains("4,000 assets"), "{text}");
        assert!(text.lines().count() < 48, "{text}");
    }
}
