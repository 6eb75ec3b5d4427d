//! A list of machines, as a CMDB exports it: what it says of a machine completes the rows of other
//! inventories, which know the machine by its name only.
//!
//! In: any table that names machines, and rows on their way to the audit. Out: the same rows with
//! place, audience and owner filled in; what a row says itself stands. Names are held against each
//! other in any case. A full name (`pc-1.corp.example`) and a short one (`pc-1`) are the same machine
//! where the list leaves no doubt. Memory grows with the machines in the list.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::inventory::{self, Bytes, Error, Inside, Kept, Options, Sink, Step, Unread};
use crate::model::{DependencyPath, Row};

type Map<K, V> = std::collections::HashMap<K, V, FixedState>;
type Set<K> = std::collections::HashSet<K, FixedState>;

/// So many names are shown as examples.
const SHOWN: usize = 5;

/// What is said of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entry {
    location: Box<str>,
    audience: Box<str>,
    owner: Box<str>,
}

/// A list of machines.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// Name of the file.
    pub source: String,
    entries: Vec<Entry>,
    names: Map<Box<str>, u32>,
    /// First labels of full names; none where two machines share one.
    labels: Map<Box<str>, Option<u32>>,
}

impl Assets {
    /// Reads a list of machines. What is wrong with it goes to `diagnostics`; none where nothing could
    /// be read.
    pub fn read(source: &str, bytes: &mut dyn Bytes, options: &Options, diagnostics: &mut Diagnostics) -> Option<Self> {
        let options = Options { lists_assets: true, profiles: options.profiles.clone(), ..Options::default() };
        let mut list = List { assets: Self { source: source.to_owned(), ..Self::default() }, ..List::default() };
        inventory::unpack(source, bytes, &mut |inside| match inside {
            Inside::Inventory(name, bytes) => {
                let read = bytes.and_then(|bytes| inventory::read(name, bytes, &options, &mut list));
                if let Err(error) = read {
                    diagnostics.push(problem(name, error));
                }
            }
            Inside::LeftOut(name, what) => {
                diagnostics.push(Diagnostic::warning(Code::LeftOut, what).at(Place::File(name.to_owned())))
            }
        });
        list.finish(diagnostics)
    }

    /// Returns how many machines are in the list.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether the list is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns what is said of a machine.
    fn find(&self, asset: &str) -> Option<&Entry> {
        let name = asset.trim().to_lowercase();
        let label = label(&name);
        let short = || self.labels.get(name.as_str()).copied().flatten();
        let number = self.names.get(name.as_str()).copied().or_else(|| match label {
            Some(label) => self.names.get(label).copied(),
            None => short(),
        });
        number.map(|number| &self.entries[number as usize])
    }
}

/// Returns the first label of a full name; none for a short one, and for addresses.
fn label(name: &str) -> Option<&str> {
    let (label, rest) = name.split_once('.')?;
    let is_address = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') || name.contains(':');
    (!is_address && !label.is_empty() && !rest.is_empty()).then_some(label)
}

fn problem(name: &str, error: Error) -> Diagnostic {
    let (code, reason, help, line) = match error {
        Error::Refused(refusal) => (refusal.code, refusal.reason, refusal.help, refusal.line),
        Error::Broken(unread) => (Code::UnreadableFile, unread.reason, None, unread.line),
        Error::Io { operation, source } => (Code::UnreadableFile, format!("cannot {operation} the file: {source}"), None, None),
    };
    let place = line.map_or_else(|| Place::File(name.to_owned()), |line| Place::Line(name.to_owned(), line, None));
    let mut diagnostic = Diagnostic::error(code, reason).at(place);
    diagnostic.help = help;
    diagnostic
}

/// Gathers a list of machines.
#[derive(Default)]
struct List {
    assets: Assets,
    /// Names that two rows disagree about, with the line of the second.
    ambiguous: BTreeMap<String, u64>,
    unread: Vec<Unread>,
    unread_count: u64,
    nameless: u64,
}

impl Sink for List {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        let name = row.asset.trim().to_lowercase();
        if name.is_empty() {
            self.nameless += 1;
            return None;
        }
        let entry = Entry { location: row.location.into(), audience: row.audience.into(), owner: row.owner.into() };
        if let Some(&number) = self.assets.names.get(name.as_str()) {
            if !merge(&mut self.assets.entries[number as usize], entry) {
                self.ambiguous.entry(name).or_insert(row.line);
            }
            return None;
        }
        let number = u32::try_from(self.assets.entries.len()).expect("fewer than 2^32 machines fit into memory");
        if let Some(label) = label(&name) {
            self.assets.labels.entry(label.into()).and_modify(|other| *other = None).or_insert(Some(number));
        }
        self.assets.names.insert(name.into(), number);
        self.assets.entries.push(entry);
        None
    }

    fn path(&mut self, _: Kept, _: DependencyPath) {}

    fn unread(&mut self, unread: Unread) {
        self.unread_count += 1;
        if self.unread.len() < SHOWN {
            self.unread.push(unread);
        }
    }

    fn remark(&mut self, _: String) {}
}

/// Adds what a second row says; where they disagree, nothing is known. Returns whether they agree.
fn merge(entry: &mut Entry, other: Entry) -> bool {
    let mut agrees = true;
    let pairs = [(&mut entry.location, other.location), (&mut entry.audience, other.audience), (&mut entry.owner, other.owner)];
    for (own, other) in pairs {
        if own.is_empty() {
            *own = other;
        } else if !other.is_empty() && own.to_lowercase() != other.to_lowercase() {
            *own = Box::default();
            agrees = false;
        }
    }
    agrees
}

impl List {
    fn finish(self, diagnostics: &mut Diagnostics) -> Option<Assets> {
        let file = || Place::File(self.assets.source.clone());
        for unread in &self.unread {
            let place = unread.line.map_or_else(file, |line| Place::Line(self.assets.source.clone(), line, None));
            diagnostics.push(Diagnostic::warning(Code::UnreadRow, unread.reason.clone()).at(place));
        }
        if self.unread_count > SHOWN as u64 {
            let message = format!("{} rows of the list of machines could not be read", self.unread_count);
            diagnostics.push(Diagnostic::warning(Code::UnreadRow, message).at(file()));
        }
        if self.nameless > 0 {
            let message = format!("{} rows of the list of machines name no machine", self.nameless);
            diagnostics.push(Diagnostic::warning(Code::UnreadRow, message).at(file()));
        }
        if let Some((name, &line)) = self.ambiguous.first_key_value() {
            let count = self.ambiguous.len();
            let what = if count == 1 { "1 machine".to_owned() } else { format!("{count} machines") };
            let message = format!("the rows of {what} contradict each other, such as those of `{}`", crate::diag::printable(name));
            diagnostics.push(
                Diagnostic::warning(Code::AmbiguousAsset, message)
                    .at(Place::Line(self.assets.source.clone(), line, None))
                    .help("keep one row for each machine; what they disagree on counts as not given"),
            );
        }
        if self.assets.is_empty() {
            if !diagnostics.has_errors() {
                let diagnostic = Diagnostic::error(Code::EmptyInventory, "the list of machines names none");
                diagnostics.push(
                    diagnostic.at(file()).help("give a table with a column such as `hostname`, and others such as `location`"),
                );
            }
            return None;
        }
        Some(self.assets)
    }
}

/// Completes rows from a list of machines, and counts those that it does not have.
pub struct Join<'a> {
    assets: &'a Assets,
    hasher: FixedState,
    last: String,
    last_entry: Option<&'a Entry>,
    matched: Set<u64>,
    unmatched: Set<u64>,
    /// Of those that are not in the list, the first in the order of the alphabet.
    examples: BTreeSet<String>,
}

/// What came of joining.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Distinct assets of the inventories that the list has.
    pub matched: u64,
    /// Distinct assets that it does not have.
    pub unmatched: u64,
    /// The first of these.
    pub examples: Vec<String>,
}

impl<'a> Join<'a> {
    /// Starts joining.
    #[must_use]
    pub fn new(assets: &'a Assets) -> Self {
        Self {
            assets,
            hasher: FixedState::default(),
            last: String::new(),
            last_entry: None,
            matched: Set::default(),
            unmatched: Set::default(),
            examples: BTreeSet::new(),
        }
    }

    /// Ends joining.
    #[must_use]
    pub fn finish(self) -> Joined {
        Joined {
            matched: self.matched.len() as u64,
            unmatched: self.unmatched.len() as u64,
            examples: self.examples.into_iter().collect(),
        }
    }

    fn entry(&mut self, asset: &str) -> Option<&'a Entry> {
        if asset.is_empty() {
            return None;
        }
        // Exports list a machine's rows together.
        if asset != self.last {
            self.last.clear();
            self.last.push_str(asset);
            self.last_entry = self.assets.find(asset);
            let number = self.hasher.hash_one(asset.trim().to_lowercase().as_bytes());
            if self.last_entry.is_some() {
                self.matched.insert(number);
            } else if self.unmatched.insert(number) {
                self.keep_example(asset);
            }
        }
        self.last_entry
    }

    fn keep_example(&mut self, asset: &str) {
        if self.examples.len() == SHOWN && self.examples.last().is_some_and(|last| last.as_str() < asset) {
            return;
        }
        self.examples.insert(asset.to_owned());
        if self.examples.len() > SHOWN {
            self.examples.pop_last();
        }
    }
}

impl Step for Join<'_> {
    fn row(&mut self, row: &Row<'_>, sink: &mut dyn Sink) -> Option<Kept> {
        match self.entry(row.asset) {
            Some(Entry { location, audience, owner, .. }) => sink.row(&row.completed(location, audience, owner)),
            None => sink.row(row),
        }
    }

    fn part(&self) -> Self {
        Self::new(self.assets)
    }

    fn absorb(&mut self, part: Self) {
        self.matched.extend(part.matched);
        self.unmatched.extend(part.unmatched);
        part.examples.iter().for_each(|example| self.keep_example(example));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Before;

    fn read(text: &str) -> (Option<Assets>, Diagnostics) {
        let mut diagnostics = Diagnostics::default();
        let assets = Assets::read("cmdb.csv", &mut text.as_bytes(), &Options::default(), &mut diagnostics);
        (assets, diagnostics)
    }

    fn of(assets: &Assets, asset: &str) -> Option<[String; 3]> {
        assets.find(asset).map(|entry| [&entry.location, &entry.audience, &entry.owner].map(ToString::to_string))
    }

    #[test]
    fn a_cmdb_export_gives_place_and_owner() {
        let text = "Name,Asset tag,Country,Business Unit,Assigned to,Model\nPC-1,P100,Germany,companies,Erika Muster,X1\n";
        let (assets, diagnostics) = read(text);
        assert_eq!(diagnostics.iter().count(), 0, "{diagnostics:?}");
        let assets = assets.expect("read");
        assert_eq!(of(&assets, " pc-1 "), Some(["Germany", "companies", "Erika Muster"].map(str::to_owned)));
        assert_eq!(of(&assets, "P100"), None);
    }

    #[test]
    fn full_names_and_short_ones_are_the_same_where_only_one_is_meant() {
        let (assets, _) =
            read("hostname;location\npc-1;DE\npc-2.corp.example;FR\npc-3.a.example;US\npc-3.b.example;DE\n10.0.0.1;IT\n");
        let assets = assets.expect("read");
        let place = |asset: &str| of(&assets, asset).map(|[location, ..]| location);
        assert_eq!(place("PC-1.corp.example").as_deref(), Some("DE"));
        assert_eq!(place("pc-2").as_deref(), Some("FR"));
        assert_eq!(place("pc-3.b.example").as_deref(), Some("DE"));
        assert_eq!((place("pc-3"), place("pc-2.other.example"), place("10"), place("10.0.0.2")), (None, None, None, None));
    }

    #[test]
    fn rows_that_contradict_each_other_say_nothing_where_they_do() {
        let (assets, diagnostics) = read("hostname,location,owner\npc-1,DE,A\nPC-1,FR,a\npc-2,DE,\npc-2,,B\n,DE,C\n");
        let assets = assets.expect("read");
        assert_eq!(of(&assets, "pc-1"), Some(["", "", "A"].map(str::to_owned)));
        assert_eq!(of(&assets, "pc-2"), Some(["DE", "", "B"].map(str::to_owned)));
        let codes: Vec<_> = diagnostics.iter().map(|one| one.code).collect();
        assert_eq!(codes, [Code::UnreadRow, Code::AmbiguousAsset]);
    }

    #[test]
    fn a_list_without_machines_is_refused() {
        let (assets, diagnostics) = read("colour,size\nred,1\n");
        assert!(assets.is_none() && diagnostics.has_errors(), "{diagnostics:?}");
        assert!(read("hostname,location\n").0.is_none());
    }

    #[derive(Default)]
    struct Seen(Vec<[String; 4]>);

    impl Sink for Seen {
        fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
            self.0.push([row.asset, row.location, row.audience, row.owner].map(str::to_owned));
            None
        }
        fn path(&mut self, _: Kept, _: DependencyPath) {}
        fn unread(&mut self, _: Unread) {}
        fn remark(&mut self, _: String) {}
    }

    #[test]
    fn what_a_row_says_itself_stands() {
        let (assets, _) = read("hostname,location,owner\npc-1,DE,A\n");
        let assets = assets.expect("read");
        let (mut join, mut seen) = (Join::new(&assets), Seen::default());
        {
            let mut before = Before { step: &mut join, sink: &mut seen };
            for (asset, location) in [("pc-1", ""), ("PC-1", "US"), ("pc-9", "FR"), ("pc-9", ""), ("", "")] {
                before.row(&Row { asset, location, ..Row::default() });
            }
        }
        let rows: Vec<_> = seen.0.iter().map(|[_, location, _, owner]| (location.as_str(), owner.as_str())).collect();
        assert_eq!(rows, [("DE", "A"), ("US", "A"), ("FR", ""), ("", ""), ("", "")]);
        assert_eq!(join.finish(), Joined { matched: 1, unmatched: 1, examples: vec!["pc-9".to_owned()] });
    }
}
