//! The parts of a ZIP archive by name, for formats that are one.

use std::fs::File;
use std::io::{self, BufReader, Read};

use zip::ZipArchive;

fn archive(file: &File) -> io::Result<ZipArchive<BufReader<File>>> {
    Ok(ZipArchive::new(BufReader::new(file.try_clone()?))?)
}

/// Gives every part to `take`.
pub(in crate::inventory) fn for_each_part(
    file: &File,
    take: &mut dyn FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    let mut archive = archive(file)?;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index)?;
        let name = part.name()?.replace('\\', "/");
        take(name.trim_start_matches('/'), &mut part)?;
    }
    Ok(())
}

/// Returns whether there is a part of that name.
pub(in crate::inventory) fn has_part(file: &File, name: &str) -> bool {
    archive(file).is_ok_and(|archive| archive.index_for_name(name).is_some())
}

/// Gives a part to `take`.
pub(in crate::inventory) fn with_part<T>(file: &File, name: &str, take: impl FnOnce(&mut dyn Read) -> T) -> io::Result<T> {
    let mut archive = archive(file)?;
    let mut part = archive.by_name(name)?;
    Ok(take(&mut part))
}
