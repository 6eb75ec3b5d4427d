//! `interdict init`: a configuration to start with.

use std::path::Path;

use interdict::diag::Code;
use interdict::report::save;

use super::args::{InitArgs, PackArgs, ScopeArgs};
use super::context::Session;
use super::exit::{Done, Exit, Failure};
use super::terminal::Terminal;

const CONFIG: &str = include_str!("init/interdict.toml");
const WAIVERS: &str = include_str!("init/waivers.toml");

/// Writes the files.
pub(crate) fn run(args: &InitArgs, terminal: &Terminal) -> Done {
    let pack = PackArgs { rules: Vec::new(), no_builtin_rules: false, config: None, no_config: true };
    let session = Session::open(&pack, terminal)?;
    let scope = ScopeArgs {
        jurisdictions: args.jurisdictions.clone(),
        location: None,
        audiences: args.audiences.clone(),
        as_of: None,
        known_on: None,
    };
    let asker = session.asker(&scope)?;
    let list = |words: &[String]| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    let config = CONFIG
        .replace("jurisdictions = []", &format!("jurisdictions = [{}]", list(&asker.jurisdictions)))
        .replace("audiences = []", &format!("audiences = [{}]", list(&asker.audiences)));
    std::fs::create_dir_all(&args.folder).map_err(|error| Failure::file("create the folder", &args.folder, &error))?;
    for (name, text) in [("interdict.toml", config.as_str()), ("waivers.toml", WAIVERS)] {
        create(&args.folder.join(name), text, args.force)?;
        terminal.note(&format!("wrote {}", args.folder.join(name).display()));
    }
    terminal.note("next: interdict check YOUR-INVENTORY");
    Ok(Exit::Ok)
}

fn create(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    if path.exists() && !force {
        return Err(
            Failure::usage(Code::UnreadableFile, format!("{} is there already", path.display())).help("--force overwrites it")
        );
    }
    save::save(path, |out| out.write_all(text.as_bytes())).map_err(|error| Failure::save(&error))
}
