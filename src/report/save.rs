//! Files that are there as a whole or not at all.
//!
//! What is written goes to a temporary file in the same folder, reaches the disk, and takes the
//! name of the old file in one step. A run that is stopped half-way leaves the old file as it was.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} {}: {source}", crate::diag::printable(&path.to_string_lossy()))]
pub struct SaveError {
    /// What was tried, as in "cannot … FILE".
    pub operation: &'static str,
    /// The file or folder it was tried on.
    pub path: PathBuf,
    /// What went wrong.
    pub source: io::Error,
}

/// Writes a file as a whole, by what `fill` writes.
///
/// An existing file keeps its permissions, a new one is readable by everybody as far as the
/// process's mask allows. A symbolic link stays, and the file it leads to is replaced. What is no
/// regular file (a pipe, `/dev/stdout`) is written to as it stands, since it cannot be replaced.
///
/// # Errors
/// If the folder is missing or cannot be written to, if the disk is full, or if `fill` fails. The
/// file is then as it was before, and no temporary file stays.
pub fn save(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), SaveError> {
    stage(path, "", fill)?.commit()
}

/// A file that is written and does not yet bear its name. Dropped, it is gone.
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// On the disk beside the file that it becomes.
    Beside(NamedTempFile, PathBuf),
    /// In memory, for what is no regular file.
    Memory(Vec<u8>),
}

/// Prepares a file as [`save`] writes it. `mark` is part of the temporary file's name, so that
/// [`sweep`] finds those that a killed process left.
///
/// # Errors
/// As [`save`].
pub fn stage(path: &Path, mark: &str, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Staged, SaveError> {
    let mut filling = begin(path, mark)?;
    fill(&mut filling).map_err(failed("write", path))?;
    filling.finish()
}

/// A file that is being written. Dropped, it is gone.
#[derive(Debug)]
pub struct Filling {
    path: PathBuf,
    old: Option<fs::Metadata>,
    place: FillingPlace,
}

#[derive(Debug)]
enum FillingPlace {
    Beside(BufWriter<NamedTempFile>, PathBuf),
    Memory(Vec<u8>),
}

/// Begins a file that is written bit by bit; [`stage`] writes one at once.
///
/// # Errors
/// If the folder is missing or cannot be written to.
pub fn begin(path: &Path, mark: &str) -> Result<Filling, SaveError> {
    let old = match fs::metadata(path) {
        Ok(old) => Some(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed("look at", path)(error)),
    };
    if old.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(failed("write", path)(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")));
    }
    let place = if old.as_ref().is_some_and(|old| !old.is_file()) {
        FillingPlace::Memory(Vec::new())
    } else {
        let target = follow(path).map_err(failed("follow the link", path))?;
        let folder = folder_of(&target);
        let fresh = temporary(folder, mark).map_err(failed("create a file in the folder", folder))?;
        FillingPlace::Beside(BufWriter::with_capacity(1 << 16, fresh), target)
    };
    Ok(Filling { path: path.to_owned(), old, place })
}

impl Write for Filling {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.place {
            FillingPlace::Beside(file, _) => file.write(bytes),
            FillingPlace::Memory(memory) => memory.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.place {
            FillingPlace::Beside(file, _) => file.flush(),
            FillingPlace::Memory(memory) => memory.flush(),
        }
    }
}

impl Filling {
    /// Brings what was written to the disk.
    ///
    /// # Errors
    /// If the disk is full, or fails.
    pub fn finish(self) -> Result<Staged, SaveError> {
        let Self { path, old, place } = self;
        let place = match place {
            FillingPlace::Beside(file, target) => {
                let fresh = file.into_inner().map_err(|error| failed("write", &path)(error.into_error()))?;
                if let Some(old) = old {
                    fresh.as_file().set_permissions(old.permissions()).map_err(failed("keep the permissions of", &path))?;
                }
                fresh.as_file().sync_all().map_err(failed("bring to the disk", &path))?;
                Place::Beside(fresh, target)
            }
            FillingPlace::Memory(memory) => Place::Memory(memory),
        };
        Ok(Staged { path, place })
    }
}

impl Staged {
    /// Gives the file its name, in one step.
    ///
    /// # Errors
    /// If the folder was taken away or closed meanwhile; the old file is then as it was.
    pub fn commit(self) -> Result<(), SaveError> {
        match self.place {
            Place::Beside(fresh, target) => {
                fresh.persist(&target).map_err(|error| failed("replace", &self.path)(error.error))?;
                sync_folder(folder_of(&target));
                Ok(())
            }
            Place::Memory(bytes) => {
                let mut file = File::options().write(true).open(&self.path).map_err(failed("open", &self.path))?;
                file.write_all(&bytes).map_err(failed("write", &self.path))
            }
        }
    }
}

/// Removes what a killed process left of files that were staged with this mark, beside a file.
pub fn sweep(path: &Path, mark: &str) {
    let target = follow(path).unwrap_or_else(|_| path.to_owned());
    let start = format!("{PREFIX}{mark}");
    for entry in fs::read_dir(folder_of(&target)).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !mark.is_empty() && name.starts_with(&start) && name.ends_with(SUFFIX) {
            // What cannot be removed does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

const PREFIX: &str = ".interdict-";
const SUFFIX: &str = ".tmp";

fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SaveError + use<> {
    let path = path.to_owned();
    move |source| SaveError { operation, path, source }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns the file that a path leads to over links, whether or not it is there yet.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..40 {
        match fs::read_link(&target) {
            Ok(next) => target = target.parent().map_or_else(|| next.clone(), |folder| folder.join(&next)),
            Err(_) => return Ok(target),
        }
    }
    Err(io::Error::other("the links lead in a circle"))
}

/// Creates a temporary file. `tempfile` gives it to its owner alone; a report is for others too.
fn temporary(folder: &Path, mark: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    let prefix = format!("{PREFIX}{mark}");
    builder.prefix(&prefix).suffix(SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o644));
    }
    builder.tempfile_in(folder)
}

/// Brings the new name to the disk. A file system that cannot do that has the file all the same.
fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &'static str) -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
        move |out| out.write_all(text.as_bytes())
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .expect("lists")
            .map(|entry| entry.expect("is there").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_created_and_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report ü.json");
        save(&path, put("one")).expect("saves");
        save(&path, put("two")).expect("saves");
        assert_eq!(fs::read_to_string(&path).expect("reads"), "two");
        assert_eq!(names(folder.path()), ["report ü.json"]);
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.json");
        save(&path, put("old")).expect("saves");
        let error = save(&path, |out| {
            out.write_all(&[b'x'; 1 << 20])?;
            Err(io::Error::other("no more"))
        })
        .expect_err("fails");
        assert!(error.to_string().starts_with("cannot write ") && error.to_string().ends_with("report.json: no more"), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("reads"), "old");
        assert_eq!(names(folder.path()), ["report.json"]);
    }

    #[test]
    fn what_is_staged_is_not_there_and_what_was_left_is_swept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.json");
        let staged = stage(&path, "mark-", put("x")).expect("stages");
        assert!(!path.exists());
        std::mem::forget(staged);
        fs::write(folder.path().join(".interdict-other.tmp"), "y").expect("writes");
        sweep(&path, "mark-");
        sweep(&path, "");
        assert_eq!(names(folder.path()), [".interdict-other.tmp"]);
        drop(stage(&path, "mark-", put("x")).expect("stages"));
        stage(&path, "mark-", put("x")).expect("stages").commit().expect("commits");
        assert_eq!(names(folder.path()), [".interdict-other.tmp", "report.json"]);
    }

    #[test]
    fn a_missing_folder_and_a_folder_in_its_place_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = save(&folder.path().join("no/report.json"), put("x")).expect_err("fails").to_string();
        assert!(error.starts_with("cannot create a file in the folder ") && error.contains("no: "), "{error}");
        let error = save(folder.path(), put("x")).expect_err("fails").to_string();
        assert!(error.ends_with(": it is a folder"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_kept_and_a_new_file_can_be_read_by_others() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).expect("is there").permissions().mode() & 0o777;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.json");
        save(&path, put("one")).expect("saves");
        assert_eq!(mode(&path) & 0o444 & !0o044, 0o400);
        assert_eq!(mode(&path) & 0o111, 0);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("sets");
        save(&path, put("two")).expect("saves");
        assert_eq!(mode(&path), 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_its_target_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("real")).expect("creates");
        let link = folder.path().join("latest.json");
        std::os::unix::fs::symlink("real/report.json", &link).expect("links");
        save(&link, put("one")).expect("saves through a dangling link");
        save(&link, put("two")).expect("saves");
        assert!(fs::symlink_metadata(&link).expect("is there").is_symlink());
        assert_eq!(fs::read_to_string(folder.path().join("real/report.json")).expect("reads"), "two");

        let circle = folder.path().join("circle");
        std::os::unix::fs::symlink("circle", &circle).expect("links");
        let error = save(&circle, put("x")).expect_err("fails").to_string();
        assert!(error.starts_with("cannot look at "), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_stays() {
        save(Path::new("/dev/null"), put("x")).expect("saves");
        assert!(!fs::metadata("/dev/null").expect("is there").is_file());
    }
}
