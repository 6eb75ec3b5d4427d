//! `docs/formats.md` lists every format that is read, with its samples.

use interdict::inventory::Format;

use super::{bless, blessing, text};

const PATH: &str = "docs/formats.md";

/// Returns the samples of a format, as `seeds/README.md` lists them.
fn samples(format: Format) -> Vec<String> {
    let seeds = text("seeds/README.md");
    let rows = seeds.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let own = rows.filter(|cells| cells.get(3) == Some(&format.name()));
    own.map(|cells| format!("[{0}](../seeds/{0})", cells[1].trim_matches('`'))).collect()
}

#[test]
fn every_format_is_listed_with_its_samples() {
    let mut page = "# Formats\n\nGenerated from the program's table of formats: `INTERDICT_BLESS=1 cargo test --test it docs` rewrites \
                    this page.\n\nWhat a file is, is told from what it holds. `--input-format` takes the words of the first column.\n\n\
                    | format | what is read | samples |\n|---|---|---|\n"
        .to_owned();
    for &format in Format::ALL {
        let samples = samples(format);
        assert!(!samples.is_empty(), "{format} has no row in seeds/README.md");
        page += &format!("| `{format}` | {} | {} |\n", format.description(), samples.join(", "));
    }
    if blessing() {
        bless(PATH, &page);
    }
    snapbox::assert_data_eq!(text(PATH), page);
}
