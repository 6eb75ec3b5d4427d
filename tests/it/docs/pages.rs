//! `docs/rules` holds the pages of the shipped rules, and nothing else.

use super::{bless, blessing, root, text};

#[test]
fn pages_are_those_of_the_shipped_rules() {
    let pages = interdict::rulebook::pages::pages(&interdict::builtin::catalogue());
    let folder = root().join("docs/rules");
    let there = || {
        let entries = std::fs::read_dir(&folder).map(|entries| entries.map(|entry| entry.expect("an entry").file_name()));
        entries.into_iter().flatten().map(|name| name.to_string_lossy().into_owned())
    };
    if blessing() {
        std::fs::create_dir_all(&folder).expect("a folder");
        for stray in there().filter(|name| !pages.contains_key(name)) {
            std::fs::remove_file(folder.join(stray)).expect("a file of ours");
        }
        for (name, page) in &pages {
            bless(&format!("docs/rules/{name}"), page);
        }
    }
    let stray: Vec<String> = there().filter(|name| !pages.contains_key(name)).collect();
    assert!(stray.is_empty(), "docs/rules holds pages of no jurisdiction: {stray:?}; INTERDICT_BLESS=1 removes them");
    let differ = |name: &&String| !folder.join(name).is_file() || text(&format!("docs/rules/{name}")) != pages[*name];
    let old: Vec<&String> = pages.keys().filter(differ).collect();
    assert!(old.is_empty(), "the rules have changed, these pages of docs/rules have not: {old:?}; INTERDICT_BLESS=1 rewrites them");
}
