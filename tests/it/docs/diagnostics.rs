//! `docs/diagnostics.md` describes every code, and no other.

use std::collections::BTreeMap;

use interdict::diag::Code;

use super::text;

#[test]
fn every_code_is_described() {
    let page = text("docs/diagnostics.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let mut described: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let code = cells[0].trim_matches('`');
        assert_eq!(cells.len(), 4, "`{code}` has a meaning, a cause and what to do");
        assert!(cells.iter().all(|cell| !cell.is_empty()), "`{code}` has an empty cell");
        assert!(described.insert(code, cells).is_none(), "`{code}` is described twice");
    }
    for code in Code::ALL {
        let cells = described.remove(code.as_str()).unwrap_or_else(|| panic!("docs/diagnostics.md lacks `{}`", code.as_str()));
        assert_eq!(cells[1], code.meaning(), "docs/diagnostics.md says something else of `{}` than the program", code.as_str());
    }
    assert!(described.is_empty(), "docs/diagnostics.md describes codes that are gone: {:?}", described.keys());
}
