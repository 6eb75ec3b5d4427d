//! What the arguments of the command line stand for: files, folders, globs and standard input.
//!
//! The order is that of the arguments, and by name inside a folder; the file system's own order
//! plays no part. Hidden files of a folder are left out, which is told, unless a glob asks for them.
//! A file that two arguments name is read once.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name as given, or joined to the given folder with forward slashes; `-` for standard
    /// input.
    pub name: String,
    /// Where it is; none for standard input.
    pub path: Option<PathBuf>,
    /// Whether it was found in a folder, and not named by itself. Such a file may be of a kind
    /// that is no inventory.
    pub from_folder: bool,
}

/// Why an argument stands for nothing.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No such file or folder.
    #[error("`{path}` does not exist")]
    Missing {
        /// As given.
        path: String,
    },
    /// A folder that holds no file.
    #[error("folder `{path}` holds no files")]
    EmptyFolder {
        /// As given.
        path: String,
    },
    /// A glob that fits nothing.
    #[error("nothing matches `{path}`")]
    NoMatch {
        /// As given.
        path: String,
    },
    /// A glob that is none.
    #[error("`{path}` is not a valid glob: {reason}")]
    InvalidGlob {
        /// As given.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A folder or file that the system does not let us see.
    #[error("cannot {operation} `{path}`")]
    Io {
        /// What was being done.
        operation: &'static str,
        /// As given, or joined to what was given.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

/// What the arguments stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The inputs, in their order.
    pub sources: Vec<Source>,
    /// Hidden files and folders that were left out, as given or joined to what was given.
    pub hidden: Vec<String>,
}

/// Returns the inputs that the arguments stand for.
///
/// # Errors
/// Every argument that stands for nothing, in their order.
pub fn expand(args: &[String]) -> Result<Expanded, Vec<SourceError>> {
    let mut found = Found::default();
    let mut errors = Vec::new();
    for arg in args {
        if let Err(error) = found.argument(arg) {
            errors.push(error);
        }
    }
    if errors.is_empty() { Ok(found.expanded) } else { Err(errors) }
}

#[derive(Default)]
struct Found {
    expanded: Expanded,
    /// Files that are among the sources, by their true place.
    seen: BTreeSet<PathBuf>,
    with_input: bool,
}

impl Found {
    fn argument(&mut self, arg: &str) -> Result<(), SourceError> {
        if arg == "-" {
            if !std::mem::replace(&mut self.with_input, true) {
                self.expanded.sources.push(Source { name: arg.to_owned(), path: None, from_folder: false });
            }
            return Ok(());
        }
        let path = Path::new(arg);
        match fs::metadata(path) {
            Ok(data) if data.is_dir() => self.folder(arg, path),
            Ok(_) => {
                self.file(arg.to_owned(), path.to_owned(), false);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => match is_glob(arg) {
                true => self.glob(arg),
                false => Err(SourceError::Missing { path: arg.to_owned() }),
            },
            // A name with a star is not allowed at all on some systems.
            Err(_) if is_glob(arg) => self.glob(arg),
            Err(source) => Err(SourceError::Io { operation: "open", path: arg.to_owned(), source }),
        }
    }

    fn folder(&mut self, arg: &str, path: &Path) -> Result<(), SourceError> {
        let mut files = Vec::new();
        let mut walk = Walk { hidden: false, matcher: None, above: Vec::new(), left_out: Vec::new() };
        walk.folder(trim_slashes(arg), path, true, &mut files)?;
        self.expanded.hidden.append(&mut walk.left_out);
        if files.is_empty() {
            return Err(SourceError::EmptyFolder { path: arg.to_owned() });
        }
        files.into_iter().for_each(|(name, path)| self.file(name, path, true));
        Ok(())
    }

    fn glob(&mut self, arg: &str) -> Result<(), SourceError> {
        let pattern = arg.strip_prefix("./").unwrap_or(arg);
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        let glob = glob.map_err(|error| SourceError::InvalidGlob { path: arg.to_owned(), reason: error.kind().to_string() })?;
        let start = pattern.find(GLOB_LETTERS).and_then(|at| pattern[..at].rfind('/'));
        let base = start.map_or("", |end| &pattern[..end.max(usize::from(pattern.starts_with('/')))]);
        let folder = if base.is_empty() { Path::new(".") } else { Path::new(base) };
        let mut files = Vec::new();
        let hidden = pattern[base.len()..].split('/').any(|part| part.starts_with('.') && part != "..");
        let mut walk = Walk { hidden, matcher: Some(glob.compile_matcher()), above: Vec::new(), left_out: Vec::new() };
        match walk.folder(base, folder, false, &mut files) {
            Err(SourceError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            result => result?,
        }
        if files.is_empty() {
            return Err(SourceError::NoMatch { path: arg.to_owned() });
        }
        files.into_iter().for_each(|(name, path)| self.file(name, path, false));
        Ok(())
    }

    fn file(&mut self, name: String, path: PathBuf, from_folder: bool) {
        let place = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        if self.seen.insert(place) {
            self.expanded.sources.push(Source { name, path: Some(path), from_folder });
        }
    }
}

const GLOB_LETTERS: [char; 4] = ['*', '?', '[', '{'];

fn is_glob(arg: &str) -> bool {
    arg.contains(GLOB_LETTERS)
}

fn trim_slashes(arg: &str) -> &str {
    let trimmed = arg.trim_end_matches(['/', std::path::MAIN_SEPARATOR]);
    if trimmed.is_empty() { arg } else { trimmed }
}

/// A glob that names of files are held against.
#[derive(Clone, Debug)]
pub struct NameGlob {
    matcher: GlobMatcher,
    whole: bool,
}

impl NameGlob {
    /// Reads a glob, or says what is wrong with it. With a slash in it, it is held against the whole
    /// name or an end of it; without, against the last part.
    ///
    /// # Errors
    /// Where it is none.
    pub fn new(glob: &str) -> Result<Self, String> {
        let whole = glob.contains('/');
        let pattern = if whole && !glob.starts_with(['/', '*']) { format!("{{,**/}}{glob}") } else { glob.to_owned() };
        let built = GlobBuilder::new(&pattern).literal_separator(true).case_insensitive(true).empty_alternates(true).build();
        built.map(|built| Self { matcher: built.compile_matcher(), whole }).map_err(|error| error.kind().to_string())
    }

    pub(super) fn fits(&self, name: &str) -> bool {
        let name = name.replace('\\', "/");
        let last = name.rsplit('/').next().unwrap_or(&name);
        self.matcher.is_match(if self.whole { &name } else { last })
    }
}

/// A walk through folders.
struct Walk {
    hidden: bool,
    /// Takes only what matches; a folder that does is taken whole.
    matcher: Option<GlobMatcher>,
    /// The true places of the folders that reading is in, to leave circles of links.
    above: Vec<PathBuf>,
    /// Hidden files and folders of those that are taken whole.
    left_out: Vec<String>,
}

impl Walk {
    /// Adds the files of a folder and of those in it, by name. `whole` takes all of them.
    fn folder(&mut self, name: &str, path: &Path, whole: bool, files: &mut Vec<(String, PathBuf)>) -> Result<(), SourceError> {
        let failed = |operation| {
            let path = if name.is_empty() { "." } else { name }.to_owned();
            move |source| SourceError::Io { operation, path, source }
        };
        let place = fs::canonicalize(path).map_err(failed("open folder"))?;
        if self.above.contains(&place) {
            return Ok(());
        }
        self.above.push(place);
        let mut entries = Vec::new();
        for entry in fs::read_dir(path).map_err(failed("list folder"))? {
            let entry = entry.map_err(failed("list folder"))?;
            entries.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
        entries.sort();
        for (entry, path) in entries {
            let is_hidden = !self.hidden && entry.starts_with('.');
            let name = match name {
                "" => entry,
                _ if name.ends_with('/') => format!("{name}{entry}"),
                _ => format!("{name}/{entry}"),
            };
            if is_hidden {
                self.left_out.extend(whole.then_some(name));
                continue;
            }
            let taken = whole || self.matcher.as_ref().is_some_and(|matcher| matcher.is_match(&name));
            match fs::metadata(&path) {
                Ok(data) if data.is_dir() => self.folder(&name, &path, taken, files)?,
                Ok(data) if taken && data.is_file() => files.push((name, path)),
                // Pipes and devices are no inventories.
                Ok(_) => {}
                // A link that leads nowhere, or a file we may not see: whoever opens it will say so.
                Err(_) if taken => files.push((name, path)),
                Err(_) => {}
            }
        }
        self.above.pop();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().expect("folder");
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            fs::write(path, "x").expect("file");
        }
        let base = folder.path().to_string_lossy().replace('\\', "/");
        (folder, base)
    }

    fn names(args: &[String], base: &str) -> Vec<String> {
        let expanded = expand(args).expect("sources");
        expanded.sources.into_iter().map(|source| source.name.replace(&format!("{base}/"), "")).collect()
    }

    #[test]
    fn folders_are_walked_by_name_without_hidden_files() {
        let (_folder, base) = tree(&["b.csv", "a/z.csv", "a/.git/x", ".hidden", "a.csv", "a/b/c.json"]);
        assert_eq!(names(&[format!("{base}/")], &base), ["a/b/c.json", "a/z.csv", "a.csv", "b.csv"]);
        let hidden = expand(std::slice::from_ref(&base)).expect("sources").hidden;
        assert_eq!(hidden, [format!("{base}/.hidden"), format!("{base}/a/.git")]);
        assert!(expand(&[format!("{base}/*.csv")]).expect("sources").hidden.is_empty());
    }

    #[test]
    fn globs_stay_in_their_folder_unless_they_say_so() {
        let (_folder, base) = tree(&["b.csv", "a.csv", "a.json", "d/c.csv", ".h.csv", "d/e/f.csv"]);
        assert_eq!(names(&[format!("{base}/*.csv")], &base), ["a.csv", "b.csv"]);
        assert_eq!(names(&[format!("{base}/**/*.csv")], &base), ["a.csv", "b.csv", "d/c.csv", "d/e/f.csv"]);
        assert_eq!(names(&[format!("{base}/{{a,b}}.csv")], &base), ["a.csv", "b.csv"]);
        assert_eq!(names(&[format!("{base}/.*.csv")], &base), [".h.csv"]);
        assert_eq!(names(&[format!("{base}/?")], &base), ["d/c.csv", "d/e/f.csv"]);
    }

    #[test]
    fn a_file_is_read_once_and_input_too() {
        let (_folder, base) = tree(&["a.csv", "b.csv"]);
        let args = [format!("{base}/b.csv"), "-".to_owned(), base.clone(), "-".to_owned()];
        assert_eq!(names(&args, &base), ["b.csv", "-", "a.csv"]);
    }

    #[test]
    fn what_stands_for_nothing_is_an_error_each() {
        let (folder, base) = tree(&["a.csv"]);
        fs::create_dir(folder.path().join("empty")).expect("folder");
        let args = ["none.csv", "empty", "*.txt", "nowhere/*.txt", "a[.csv"].map(|name| format!("{base}/{name}"));
        let errors = expand(&args).expect_err("errors");
        let found: Vec<_> = errors.iter().map(|error| error.to_string().replace(&base, "")).collect();
        assert_eq!(
            found[..4],
            [
                "`/none.csv` does not exist",
                "folder `/empty` holds no files",
                "nothing matches `/*.txt`",
                "nothing matches `/nowhere/*.txt`",
            ]
        );
        assert!(found[4].starts_with("`/a[.csv` is not a valid glob"), "{}", found[4]);
    }

    #[test]
    fn names_fit_globs_by_their_last_part_or_their_end() {
        let fits = |glob: &str, name: &str| NameGlob::new(glob).expect("a glob").fits(name);
        assert!(fits("sam-*.csv", "exports/SAM-2024.csv") && fits("*.csv", "a.zip!/b/c.csv"));
        assert!(fits("exports/*.csv", "/home/x/exports/a.csv") && fits("exports/*.csv", "exports/a.csv"));
        assert!(!fits("sam-*.csv", "sam-1.xlsx") && !fits("exports/*.csv", "exports/b/a.csv"));
        assert!(NameGlob::new("a[").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn circles_of_links_end_and_pipes_are_left_out() {
        let (folder, base) = tree(&["a/b.csv"]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up")).expect("link");
        std::os::unix::fs::symlink("nowhere", folder.path().join("a/dead.csv")).expect("link");
        assert_eq!(names(std::slice::from_ref(&base), &base), ["a/b.csv", "a/dead.csv"]);
    }
}
