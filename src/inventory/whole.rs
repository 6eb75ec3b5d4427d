//! Where the bytes of an input come from, and the file that they are, where they are one.
//!
//! A format whose description stands at its end, or that is read twice, needs a file. Bytes that come out of an
//! archive or a pipe are put into one without a name; a file that is given as it is is read itself. It is never
//! mapped into memory, since others may cut it short meanwhile: then bytes are missing, and reading says so.

use std::fs::File;
use std::io::{self, Chain, Cursor, Read, Seek, SeekFrom};
use std::sync::{Arc, OnceLock};

/// Bytes of an input.
pub trait Bytes: Read {
    /// Returns the file that these bytes are, as it lies there; none where they come from elsewhere, or some of them
    /// were read before. Who reads the file reads none of the bytes.
    fn whole(&self) -> Option<Whole> {
        None
    }
}

impl Bytes for File {
    fn whole(&self) -> Option<Whole> {
        let length = self.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
        let is_at_start = (&*self).stream_position().is_ok_and(|at| at == 0);
        // Files that the system makes up as they are read have no length.
        (is_at_start && length > 0).then(|| Some(Whole::new(self.try_clone().ok()?, length)))?
    }
}

impl Bytes for &[u8] {}
impl Bytes for io::StdinLock<'_> {}
impl Bytes for Box<dyn Read + '_> {}
impl<T: AsRef<[u8]>> Bytes for Cursor<T> {}
impl<A: Read, B: Read> Bytes for Chain<A, B> {}

/// Bytes whose first ones were looked at already.
pub(super) struct Begun<R> {
    /// All of them again.
    pub(super) bytes: R,
    /// The file that they are.
    pub(super) whole: Option<Whole>,
}

impl<R: Read> Read for Begun<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(buffer)
    }
}

impl<R: Read> Bytes for Begun<R> {
    fn whole(&self) -> Option<Whole> {
        self.whole.clone()
    }
}

/// Told of so many bytes more that were read.
type Watch = Arc<dyn Fn(u64) + Send + Sync>;

/// A file to be read in any order. Several threads may read it, each a clone with a place of its own.
#[derive(Clone)]
pub struct Whole {
    file: Arc<File>,
    length: u64,
    at: u64,
    watch: Option<Watch>,
    failed: Arc<OnceLock<io::Error>>,
}

impl Whole {
    fn new(file: File, length: u64) -> Self {
        Self { file: Arc::new(file), length, at: 0, watch: None, failed: Arc::default() }
    }

    /// Puts bytes into a file without a name.
    ///
    /// # Errors
    /// Where they cannot be read, or the file not written.
    pub fn copy(bytes: &mut dyn Read) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        let mut buffer = vec![0; 256 << 10];
        let mut length = 0;
        loop {
            match bytes.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    io::Write::write_all(&mut file, &buffer[..count])?;
                    length += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self::new(file, length))
    }

    /// Has somebody told of what is read.
    #[must_use]
    pub fn watched(self, watch: impl Fn(u64) + Send + Sync + 'static) -> Self {
        Self { watch: Some(Arc::new(watch)), ..self }
    }

    /// Returns how many bytes it had when it was opened.
    #[cfg(any(feature = "parquet", test))]
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Returns the same file, to be read from a place on.
    #[cfg(any(feature = "parquet", test))]
    pub(super) fn from(&self, at: u64) -> Self {
        Self { at, ..self.clone() }
    }

    /// Returns why a read of any clone failed, if one did: a library that reads it may tell it as damage.
    #[cfg(any(feature = "parquet", test))]
    pub(super) fn failure(&self) -> Option<io::Error> {
        self.failed.get().map(|error| io::Error::new(error.kind(), error.to_string()))
    }

    /// Returns the file, from its start; nobody is told of what is read then.
    ///
    /// # Errors
    /// Where the system has no more room for open files.
    pub fn into_file(self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        Ok(file)
    }
}

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match read_at(&self.file, self.at, buffer) {
            Ok(count) => {
                self.at += count as u64;
                if let Some(watch) = &self.watch {
                    watch(count as u64);
                }
                Ok(count)
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::Interrupted {
                    let _ = self.failed.set(io::Error::new(error.kind(), error.to_string()));
                }
                Err(error)
            }
        }
    }
}

impl Seek for Whole {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(unix)]
fn read_at(file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

#[cfg(not(any(unix, windows)))]
fn read_at(mut file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    file.seek(SeekFrom::Start(at))?;
    file.read(buffer)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("writes");
        file.rewind().expect("rewinds");
        file
    }

    fn all(mut bytes: impl Read) -> Vec<u8> {
        let mut all = Vec::new();
        bytes.read_to_end(&mut all).expect("reads");
        all
    }

    #[test]
    fn a_file_is_whole_at_its_start_only() {
        let mut inner = file(b"abc");
        assert_eq!(all(inner.whole().expect("a file")), b"abc");
        assert_eq!(all(inner.whole().expect("its place stays").from(1)), b"bc");
        inner.read_exact(&mut [0]).expect("reads");
        assert!(inner.whole().is_none());
        assert!(file(b"").whole().is_none() && (&b"abc"[..]).whole().is_none());
        assert!(File::open(env!("CARGO_MANIFEST_DIR")).is_ok_and(|folder| folder.whole().is_none()) || cfg!(windows));
    }

    #[test]
    fn a_copy_is_the_same_to_read() {
        let bytes: Vec<u8> = (0..700_000_u32).map(|at| (at % 251) as u8).collect();
        let mut copy = Whole::copy(&mut bytes.as_slice()).expect("copies");
        assert_eq!((copy.length(), all(copy.clone()) == bytes), (700_000, true));
        copy.seek(SeekFrom::End(-1)).expect("seeks");
        assert_eq!((all(&mut copy), all(copy.from(699_998))), (vec![bytes[699_999]], bytes[699_998..].to_vec()));
        assert!(copy.seek(SeekFrom::Current(-700_001)).is_err());
        assert!(all(copy.into_file().expect("a file")) == bytes);
    }

    #[test]
    fn who_watches_is_told_of_all_that_is_read() {
        let count = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&count);
        let whole = file(b"abcd").whole().expect("a file").watched(move |more| {
            counted.fetch_add(more, Ordering::Relaxed);
        });
        all(whole.from(1));
        all(whole);
        assert_eq!(count.load(Ordering::Relaxed), 7);
    }

    #[test]
    fn why_reading_failed_is_kept() {
        let path = tempfile::NamedTempFile::new().expect("a file").into_temp_path();
        std::fs::write(&path, b"abc").expect("writes");
        let unreadable = File::options().write(true).open(&path).expect("opens");
        let whole = unreadable.whole().expect("a file");
        assert!(whole.failure().is_none());
        assert!(whole.from(1).read(&mut [0; 2]).is_err());
        assert!(whole.failure().is_some(), "whichever clone it was");
    }
}
