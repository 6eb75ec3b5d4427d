//! From `[[inventories]]` to inputs, with the digest of what is read of each.
//!
//! A path that stands for nothing is an input that cannot be opened: the run is recorded, fails, and
//! does not take the items for gone.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use interdict::config::{Inventories, InventoryRow};
use interdict::history::InputRecord;
use interdict::inventory::{self, Bytes, Options};
use interdict::pipeline::{Input, Reading};
use sha2::{Digest, Sha256};

use crate::context::Session;
use crate::exit::Failure;

/// What is to be read.
pub(super) struct Given {
    pub(super) inputs: Vec<Input<'static>>,
    /// The files among them.
    pub(super) files: Vec<PathBuf>,
    /// What was read, once it was.
    pub(super) read: Rc<RefCell<Vec<InputRecord>>>,
}

/// Returns what the configuration names.
pub(super) fn open(session: &Session) -> Result<Given, Failure> {
    let mut given = Given { inputs: Vec::new(), files: Vec::new(), read: Rc::default() };
    let mut seen = BTreeSet::new();
    for (row, checked) in session.config.inventories.iter().zip(&session.config.read_inventories) {
        let reading = Arc::new(reading(session, row, checked)?);
        for path in &checked.paths {
            add(session, path, &reading, &mut seen, &mut given);
        }
    }
    Ok(given)
}

fn add(session: &Session, path: &str, reading: &Arc<Reading>, seen: &mut BTreeSet<PathBuf>, given: &mut Given) {
    let whole = session.beside_config(path).to_string_lossy().into_owned();
    let expanded = match inventory::expand(&[whole]) {
        Ok(expanded) => expanded.sources,
        Err(errors) => {
            let why = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            given.read.borrow_mut().push(InputRecord { name: path.to_owned(), digest: None });
            let bytes = Err(io::Error::new(io::ErrorKind::NotFound, why));
            given.inputs.push(Input { reading: Some(Arc::clone(reading)), ..Input::new(path, bytes) });
            return;
        }
    };
    for source in expanded {
        let Some(file) = source.path else { continue };
        if !seen.insert(std::fs::canonicalize(&file).unwrap_or_else(|_| file.clone())) {
            continue;
        }
        // Names do not depend on where the run was started.
        let folder = format!("{}/", session.folder().to_string_lossy());
        let name = source.name.strip_prefix(folder.trim_start_matches("./")).unwrap_or(&source.name).to_owned();
        let number = given.read.borrow().len();
        given.read.borrow_mut().push(InputRecord { name: name.clone(), digest: None });
        let bytes = File::open(&file).map(|inner| -> Box<dyn Bytes> {
            Box::new(Hashing { inner, hash: Sha256::new(), failed: false, number, read: Rc::clone(&given.read) })
        });
        given.files.push(file);
        given.inputs.push(Input { reading: Some(Arc::clone(reading)), ..Input::new(name, bytes) });
    }
}

/// Returns how one entry is read.
fn reading(session: &Session, row: &InventoryRow, checked: &Inventories) -> Result<Reading, Failure> {
    let mut options = Options {
        format: checked.format,
        encoding: checked.encoding,
        sheet: checked.sheet.clone(),
        profiles: session.profiles()?,
        ..Options::default()
    };
    for (field, source) in &checked.fields {
        match source.columns.as_slice() {
            [] => {}
            [column] => options.columns.push((*field, column.clone())),
            columns => options.joined.push((*field, columns.to_vec(), source.join.clone())),
        }
        if !source.default.is_empty() {
            options.defaults.push((*field, source.default.clone()));
        }
    }
    let given = |field| options.columns.iter().any(|(other, _)| *other == field);
    let own: Vec<_> = session
        .config
        .columns
        .iter()
        .filter_map(|(field, header)| Some((inventory::Field::parse(field)?, header.get().clone())))
        .filter(|(field, _)| !given(*field))
        .collect();
    options.columns.extend(own);
    let place = session.words(&[], row.location.as_slice(), |text| session.jurisdiction(text))?.pop();
    let audience = session.words(&[], row.audience.as_slice(), |name| session.audience(name))?.pop();
    Ok(Reading { options, location: place.unwrap_or_default(), audience: audience.unwrap_or_default() })
}

/// Reads, and takes the digest of everything: what the reader of the format left is read at the end.
struct Hashing<R: Read> {
    inner: R,
    hash: Sha256,
    failed: bool,
    number: usize,
    read: Rc<RefCell<Vec<InputRecord>>>,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                self.hash.update(&buffer[..count]);
                Ok(count)
            }
            Err(error) => {
                self.failed |= error.kind() != io::ErrorKind::Interrupted;
                Err(error)
            }
        }
    }
}

/// The digest is that of the bytes that were judged, so a file that must be read in any order is copied first.
impl<R: Read> Bytes for Hashing<R> {}

impl<R: Read> Drop for Hashing<R> {
    fn drop(&mut self) {
        if self.failed || io::copy(self, &mut io::sink()).is_err() {
            return;
        }
        let digest = std::mem::take(&mut self.hash).finalize();
        let text = digest.iter().fold(String::from("sha256:"), |text, byte| format!("{text}{byte:02x}"));
        if let Some(record) = self.read.borrow_mut().get_mut(self.number) {
            record.digest = Some(text);
        }
    }
}
