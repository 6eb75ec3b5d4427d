//! Tar archives: a header of 512 bytes before each file. Read as a stream, since most are compressed.
//!
//! Understood: the old form, POSIX with extended headers, and GNU's long names. Links and devices
//! hold nothing and are passed over.

use std::io::{self, Read};

use super::{Bounds, Bytes, Damage, Error, Hidden, Inside, Take, holds_nothing, inner, is_hidden, too_many_files};

const BLOCK: usize = 512;
/// Longest name that is read.
const MOST_NAME: u64 = 64 << 10;

/// Whether a block is a header: its checksum is right.
pub(super) fn is_header(block: &[u8]) -> bool {
    let Some(block) = block.first_chunk::<BLOCK>() else { return false };
    let sum = |from: usize, to: usize| block[from..to].iter().map(|&byte| u64::from(byte)).sum::<u64>();
    // The checksum's own field counts as spaces.
    let found = sum(0, 148) + 8 * u64::from(b' ') + sum(156, BLOCK);
    block[0] != 0 && number(&block[148..156]) == Some(found)
}

/// Opens an archive.
pub(super) fn open(name: &str, bytes: &mut dyn Read, depth: usize, bounds: &Bounds, take: Take<'_>) {
    let mut hidden = Hidden::default();
    let mut found = false;
    let ended = files(bytes, &mut |file, data| {
        found = true;
        if is_hidden(file) {
            hidden.add(file);
            return true;
        }
        if bounds.file().is_none() {
            too_many_files(name, take);
            return false;
        }
        super::open(&inner(name, file), data, depth, bounds, take);
        true
    });
    hidden.tell(name, take);
    match ended {
        Err(error) => take(Inside::Inventory(name, Err(Error::read(error)))),
        Ok(()) if !found => holds_nothing(name, take),
        Ok(()) => {}
    }
}

/// Gives each file to `each`, until it returns false. Fails where the archive does, unless that was
/// told of the file that it failed in.
fn files(bytes: &mut dyn Read, each: &mut dyn FnMut(&str, &mut dyn Bytes) -> bool) -> io::Result<()> {
    let mut names = Names::default();
    while let Some(header) = header(bytes)? {
        let size = names.size.take().or_else(|| number(&header[124..136])).ok_or_else(|| damaged("a size in it is no number"))?;
        let mut data = Data { inner: &mut *bytes, left: size, failed: false };
        match header[156] {
            b'L' => names.long = Some(text(&small(&mut data)?)),
            b'x' => names.extended(&small(&mut data)?),
            0 | b'0' | b'7' => {
                let name = names.take(&header);
                // Old archives mark folders by a slash only.
                if !name.ends_with('/') && !each(&name, &mut data) {
                    return Ok(());
                }
            }
            b'S' => return Err(Damage::error("the tar archive holds sparse files, which cannot be read; unpack it yourself")),
            _ => {
                names.take(&header);
            }
        }
        if data.failed {
            return Ok(());
        }
        io::copy(&mut data, &mut io::sink())?;
        let padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        if io::copy(&mut bytes.take(padding), &mut io::sink())? < padding {
            return Err(cut_short());
        }
    }
    Ok(())
}

/// Reads the next header; none at the end.
fn header(bytes: &mut dyn Read) -> io::Result<Option<[u8; BLOCK]>> {
    let mut block = Vec::with_capacity(BLOCK);
    bytes.take(BLOCK as u64).read_to_end(&mut block)?;
    let Some(header) = block.first_chunk::<BLOCK>() else {
        return if block.is_empty() { Ok(None) } else { Err(cut_short()) };
    };
    if header.iter().all(|&byte| byte == 0) {
        return Ok(None);
    }
    if is_header(header) { Ok(Some(*header)) } else { Err(damaged("a header's checksum is wrong")) }
}

fn cut_short() -> io::Error {
    Damage::error("the tar archive breaks off; the file was cut short")
}

fn damaged(why: &str) -> io::Error {
    Damage::error(format!("the tar archive is damaged: {why}"))
}

fn small(data: &mut Data<'_>) -> io::Result<Vec<u8>> {
    if data.left > MOST_NAME {
        return Err(damaged("a name in it is too long"));
    }
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads an octal number, or a binary one as GNU writes it for large files.
fn number(field: &[u8]) -> Option<u64> {
    if let [0x80, rest @ ..] = field {
        return rest.iter().try_fold(0u64, |number, &byte| number.checked_mul(256)?.checked_add(u64::from(byte)));
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// What headers of their own say of the file that follows.
#[derive(Default)]
struct Names {
    long: Option<String>,
    size: Option<u64>,
}

impl Names {
    fn take(&mut self, header: &[u8; BLOCK]) -> String {
        self.long.take().unwrap_or_else(|| {
            let (name, prefix) = (text(&header[..100]), text(&header[345..500]));
            let posix = header[257..].starts_with(b"ustar\0");
            if posix && !prefix.is_empty() { format!("{prefix}/{name}") } else { name }
        })
    }

    /// Reads lines such as `27 path=folder/name.csv`.
    fn extended(&mut self, bytes: &[u8]) {
        for line in String::from_utf8_lossy(bytes).lines() {
            match line.split_once(' ').and_then(|(_, pair)| pair.split_once('=')) {
                Some(("path", path)) => self.long = Some(path.to_owned()),
                Some(("size", size)) => self.size = size.parse().ok(),
                _ => {}
            }
        }
    }
}

/// The bytes of one file.
struct Data<'a> {
    inner: &'a mut dyn Read,
    left: u64,
    /// Whether reading failed; whoever read was told.
    failed: bool,
}

impl Bytes for Data<'_> {}

impl Read for Data<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        match self.inner.read(&mut buffer[..most]) {
            Ok(0) => {
                self.failed = true;
                Err(cut_short())
            }
            Ok(count) => {
                self.left -= count as u64;
                Ok(count)
            }
            Err(error) => {
                self.failed |= error.kind() != io::ErrorKind::Interrupted;
                Err(error)
            }
        }
    }
}
