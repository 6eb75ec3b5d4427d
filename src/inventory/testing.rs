//! What the tests of all readers share: a sink that gathers, and where outside samples lie.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;

use super::{DependencyPath, Error, Kept, Options, Quiet, Row, Sink, Understood, Unread, read};

/// A row, copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Owned {
    pub(super) vendor: String,
    pub(super) product: String,
    pub(super) version: String,
    pub(super) identifiers: Vec<(&'static str, String)>,
    pub(super) asset: String,
    pub(super) location: String,
    pub(super) quantity: u64,
    pub(super) acquired: Option<NaiveDate>,
    pub(super) renewal: Option<NaiveDate>,
    pub(super) line: u64,
    pub(super) path: DependencyPath,
}

/// Gathers all that a reader hands on, and keeps every row.
#[derive(Default, Debug)]
pub(super) struct Gathered {
    pub(super) rows: Vec<Owned>,
    pub(super) unread: Vec<Unread>,
    pub(super) remarks: Vec<String>,
}

impl Gathered {
    pub(super) fn row(&self, product: &str) -> &Owned {
        self.rows.iter().find(|row| row.product == product).unwrap_or_else(|| panic!("no row {product}: {self:#?}"))
    }
}

impl Sink for Gathered {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        self.rows.push(Owned {
            vendor: row.vendor.into(),
            product: row.product.into(),
            version: row.version.into(),
            identifiers: row.identifiers.iter().map(|&(kind, text)| (kind.as_str(), text.to_owned())).collect(),
            asset: row.asset.into(),
            location: row.location.into(),
            quantity: row.quantity,
            acquired: row.acquired,
            renewal: row.renewal,
            line: row.line,
            path: DependencyPath::default(),
        });
        Some(Kept(self.rows.len() - 1))
    }

    fn path(&mut self, kept: Kept, path: DependencyPath) {
        self.rows[kept.0].path = path;
    }

    fn unread(&mut self, unread: Unread) {
        self.unread.push(unread);
    }

    fn remark(&mut self, remark: String) {
        self.remarks.push(remark);
    }
}

/// Reads bytes and gathers what comes.
pub(super) fn gather(name: &str, mut bytes: &[u8], options: &Options) -> (Result<Understood, Error>, Gathered) {
    let mut gathered = Gathered::default();
    let result = read(name, &mut bytes, options, &mut gathered);
    (result, gathered)
}

/// Returns the folder of samples that are not ours to ship; none where it is not there.
pub(super) fn shared() -> Option<PathBuf> {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let places = [package.join("../shared/data"), package.join("../../shared/data")];
    let named = option_env!("INTERDICT_SHARED").map(|folder| PathBuf::from(folder).join("data"));
    named.into_iter().chain(places).find(|folder| folder.is_dir())
}

/// Tallies rows by what is said of them, whether they are shown or only counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// By what each was taken for, asset and quantity.
    pub(super) rows: BTreeMap<(String, Vec<u8>, u64), u64>,
    known: Vec<String>,
    unread: Vec<Unread>,
    pub(super) remarks: Vec<String>,
    last: Option<Quiet>,
    counts: bool,
    tells_versions: bool,
    pub(super) counted: u64,
}

impl Tally {
    /// Reads an inventory, and lets rows be counted or has them all shown. What is quiet may depend on the
    /// version.
    pub(super) fn of(name: &str, bytes: &[u8], counts: bool, tells_versions: bool) -> Self {
        let mut tally = Self { counts, tells_versions, ..Self::default() };
        read(name, &mut &*bytes, &Options::default(), &mut tally).expect("a table");
        Self { counts: false, last: None, ..tally }
    }

    /// Returns the same, as if all had been shown.
    pub(super) fn into_shown(self) -> Self {
        Self { counted: 0, ..self }
    }

    /// Returns the number of what rows are taken for.
    fn number(&mut self, what: String) -> u32 {
        let number = self.known.iter().position(|known| *known == what).unwrap_or_else(|| {
            self.known.push(what);
            self.known.len() - 1
        });
        u32::try_from(number).expect("a few")
    }

    fn add(&mut self, what: String, asset: &[u8], quantity: u64) {
        *self.rows.entry((what, asset.to_vec(), quantity)).or_default() += 1;
    }
}

impl Sink for Tally {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        let Row { vendor, product, version, location, audience, .. } = row;
        let (place, item) = (format!("{location:?} {audience:?}"), format!("{vendor:?} {product:?} {version:?} {:?}", row.dates()));
        // Whatever: it must depend on what stands in which cell.
        let told = if self.tells_versions { version.len() } else { 0 };
        let what = match (vendor.len() + product.len() * 2 + told * 4) % 5 {
            1 if (item.len() + place.len()) % 3 == 0 => (None, "loud".to_owned()),
            1 => (Some(Quiet::Item as fn(u32) -> Quiet), format!("{item} in {place}")),
            _ => (Some(Quiet::Product as fn(u32) -> Quiet), format!("quiet in {place}")),
        };
        let number = self.number(what.1.clone());
        self.last = what.0.map(|quiet| quiet(number));
        self.add(what.1, row.asset.as_bytes(), row.quantity);
        None
    }

    fn quiet(&self) -> Option<Quiet> {
        self.last.filter(|_| self.counts)
    }

    fn tells_versions(&self) -> bool {
        self.tells_versions
    }

    fn count(&mut self, quiet: Quiet, asset: &[u8], quantity: u64) {
        let (Quiet::Product(what) | Quiet::Item(what)) = quiet;
        self.counted += 1;
        self.add(self.known[what as usize].clone(), asset, quantity);
    }

    fn path(&mut self, _: Kept, _: DependencyPath) {}

    fn unread(&mut self, unread: Unread) {
        self.unread.push(unread);
    }

    fn remark(&mut self, remark: String) {
        self.remarks.push(remark);
    }
}
