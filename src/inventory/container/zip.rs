//! ZIP archives. Their directory lies at the end, so the bytes go into a temporary file first.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::rc::Rc;

use memchr::memmem;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::{
    Bounds, Damage, Error, Hidden, Inside, MOST_PACKED, PackedState, Take, Unpacked, holds_nothing, inner, is_hidden, refuse,
    too_many_files, unreadable,
};
use crate::inventory::{Refusal, clip};

/// Most entries of an archive's directory, which is held in memory.
const MOST_ENTRIES: usize = 100_000;
/// What an entry of the directory begins with.
const ENTRY: &[u8] = b"PK\x01\x02";

/// Opens an archive, or hands on a workbook.
pub(super) fn open(name: &str, bytes: &mut dyn Read, depth: usize, bounds: &Bounds, take: Take<'_>) {
    let mut file = match into_file(bytes) {
        Ok(file) => file,
        Err(error) => return take(Inside::Inventory(name, Err(Error::read(error)))),
    };
    let mut archive = match file.try_clone().map_err(ZipError::Io).and_then(ZipArchive::new) {
        Ok(archive) => archive,
        Err(error) => return refuse(name, no_directory(&error), take),
    };
    match contents(&mut archive) {
        Contents::Files => files(name, &mut archive, depth, bounds, take),
        Contents::Workbook => match file.rewind() {
            Ok(()) => take(Inside::Inventory(name, Ok(&mut file))),
            Err(source) => take(Inside::Inventory(name, Err(Error::Io { operation: "read", source }))),
        },
        Contents::Document(kind) => {
            let refusal = Refusal::new(crate::diag::Code::UnknownFormat, format!("the file is {kind}, which is no inventory"));
            refuse(name, refusal.help("export the inventory as a workbook, as CSV or as JSON, and give that file"), take);
        }
    }
}

/// Copies the bytes to a file without a name, within bounds.
fn into_file(bytes: &mut dyn Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let mut buffer = vec![0; 256 << 10];
    let (mut length, mut kept, mut entries) = (0, 0, 0);
    loop {
        let count = match bytes.read(&mut buffer[kept..]) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        file.write_all(&buffer[kept..kept + count])?;
        length += count as u64;
        let filled = kept + count;
        entries += memmem::find_iter(&buffer[..filled], ENTRY).count();
        // An entry's mark may lie across two reads.
        kept = filled.min(ENTRY.len() - 1);
        buffer.copy_within(filled - kept..filled, 0);
        if length > MOST_PACKED {
            return Err(Damage::error(format!("the archive is larger than {} GiB; unpack it yourself", MOST_PACKED >> 30)));
        }
        if entries > MOST_ENTRIES {
            return Err(Damage::error(format!("the archive has more than {MOST_ENTRIES} entries; unpack it yourself")));
        }
    }
    file.rewind()?;
    Ok(file)
}

fn no_directory(error: &ZipError) -> Refusal {
    let reason = match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => format!("the ZIP archive cannot be read: {error}"),
        ZipError::UnsupportedArchive(what) => format!("the ZIP archive is of a kind that cannot be read: {what}"),
        _ => "the ZIP archive has no readable directory at its end: it was cut short, or is damaged".to_owned(),
    };
    unreadable(reason).help("copy or export the file again")
}

/// What an archive is.
enum Contents {
    Files,
    Workbook,
    Document(&'static str),
}

/// Tells workbooks and other documents, which are archives too.
fn contents<R: Read + Seek>(archive: &mut ZipArchive<R>) -> Contents {
    let mut mime = Vec::new();
    if let Ok(entry) = archive.by_name("mimetype") {
        let _ = entry.take(128).read_to_end(&mut mime);
    }
    if mime.starts_with(b"application/vnd.oasis.opendocument.spreadsheet") {
        return Contents::Workbook;
    }
    if mime.starts_with(b"application/vnd.oasis.opendocument.") {
        return Contents::Document("an OpenDocument text, drawing or presentation");
    }
    // A list of the kinds of all parts: names differ from program to program, these do not.
    let mut kinds = Vec::new();
    if let Ok(entry) = archive.by_name("[Content_Types].xml") {
        let _ = entry.take(1 << 20).read_to_end(&mut kinds);
    }
    let has = |kind: &str| memmem::find(&kinds, kind.as_bytes()).is_some();
    if has("spreadsheetml.") || has("ms-excel.") {
        Contents::Workbook
    } else if has("wordprocessingml.document.main") {
        Contents::Document("a Word document")
    } else if has("presentationml.presentation.main") {
        Contents::Document("a PowerPoint presentation")
    } else {
        Contents::Files
    }
}

fn files<R: Read + Seek>(name: &str, archive: &mut ZipArchive<R>, depth: usize, bounds: &Bounds, take: Take<'_>) {
    let mut hidden = Hidden::default();
    let mut found = false;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map(|entry| {
            let file = entry.name().map_or_else(|_| format!("entry {}", index + 1), |name| name.into_owned());
            (file, entry.is_file(), entry.encrypted(), entry.compression(), entry.compressed_size())
        });
        let (file, is_file, encrypted, method, packed) = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found = true;
                refuse(&inner(name, &format!("entry {}", index + 1)), failure(&error), take);
                continue;
            }
        };
        if !is_file {
            continue;
        }
        found = true;
        if is_hidden(&file) {
            hidden.add(&file);
            continue;
        }
        if bounds.file().is_none() {
            too_many_files(name, take);
            break;
        }
        let inner = inner(name, &file);
        if encrypted {
            let reason = "the file is encrypted, and there is no password here to open it".to_owned();
            refuse(&inner, unreadable(reason).help("unpack the archive with its password, and give the files"), take);
            continue;
        }
        if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            refuse(&inner, unknown_method(method), take);
            continue;
        }
        match archive.by_index(index) {
            Ok(entry) => {
                let packed = Rc::new(PackedState { count: packed.into(), ..PackedState::default() });
                let mut unpacked = Unpacked { inner: entry, what: "file in the archive", packed, given: 0, bounds };
                super::open(&inner, &mut unpacked, depth, bounds, take);
            }
            Err(error) => refuse(&inner, failure(&error), take),
        }
    }
    hidden.tell(name, take);
    if !found {
        holds_nothing(name, take);
    }
}

fn failure(error: &ZipError) -> Refusal {
    let reason = format!("the file in the archive cannot be read: {}", clip::clip(&error.to_string(), 100));
    unreadable(reason).help("copy or export the archive again")
}

fn unknown_method(method: CompressionMethod) -> Refusal {
    #[expect(deprecated, reason = "the number is what tells people which method it is")]
    let number = method.to_u16();
    let name = match number {
        1..=6 => " (of old programs)",
        9 => " (Deflate64)",
        12 => " (bzip2)",
        14 => " (LZMA)",
        20 | 93 => " (Zstandard)",
        95 => " (xz)",
        98 => " (PPMd)",
        99 => " (AES encryption)",
        _ => "",
    };
    unreadable(format!("the file is packed by the method {number}{name}, which cannot be read"))
        .help("pack it anew as plain ZIP (deflate), or give the files themselves")
}
