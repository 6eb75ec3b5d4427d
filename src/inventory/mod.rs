//! Inventories: what a file is, and its rows one after the other.
//!
//! In: bytes of a file, standard input or a folder. Out: [`Row`]s and [`Unread`] entries, handed
//! to a [`Sink`] as they are read, in the order of the file. A reader keeps no rows; it interprets
//! no vendor, place or date beyond telling the columns apart. Every row ends up either as a row or
//! as an unread entry: nothing is dropped in silence, and a file that breaks off gives what was
//! read before and one unread entry.
//!
//! The order of things: [`expand`] turns the arguments into [`Source`]s; [`unpack`] opens archives
//! and compressed files, and gives the inventories in one; [`read`] looks at the first bytes of one
//! (`sniff`), puts its text into UTF-8, asks the formats of the table [`Format::ALL`] which of them
//! it is, and lets that one read. A format is one file with one `Reader`, and one row in that table.

mod android;
mod apk;
mod cells;
mod chocolatey;
mod clip;
mod columns;
mod common;
mod container;
mod csv;
mod cyclonedx;
mod dates;
mod direct;
mod dpkg;
mod encoding;
mod fixed;
mod flatpak;
mod fleet;
mod glpi;
mod graph;
mod guard;
mod homebrew;
mod json;
mod json_records;
mod json_table;
pub mod jsonl;
mod keys;
mod list;
mod maintainer;
mod marks;
mod osquery;
mod pacman;
#[cfg(feature = "parquet")]
mod parquet;
mod pieces;
mod powershell;
mod profile;
mod quotes;
mod records;
mod registry;
mod relay;
mod rpm;
mod sbom;
mod scoop;
mod snap;
mod sniff;
mod sources;
mod spdx;
mod stanzas;
mod syft;
mod system_profiler;
mod table;
mod text;
mod trivy;
mod unix;
mod whole;
mod winget;
mod workbook;
mod written;
mod xml;
mod yaml;

use std::fmt;
use std::io;

pub use columns::{Field, known_headers};
pub use container::{Inside, unpack};
pub use dates::Order as DateOrder;
pub use direct::{Direct, DirectRows};
pub use encoding::Encoding;
#[cfg(feature = "parquet")]
pub(crate) use guard::guarded;
pub(crate) use keys::Keys;
pub use profile::{FieldSource, Profile};
pub use sources::{Expanded, NameGlob, Source, SourceError, expand};
pub use whole::{Bytes, Whole};

use crate::diag::Code;
use crate::model::{DependencyPath, Row};
use sniff::Input;

/// Something of an inventory that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Line in the file, from 1, where the format has lines.
    pub line: Option<u64>,
    /// Column (from 1) or the name of the field, where known.
    pub column: Option<String>,
    /// Why, one sentence without a full stop.
    pub reason: String,
}

impl Unread {
    fn at(line: u64, reason: impl Into<String>) -> Self {
        Self { line: Some(line), column: None, reason: reason.into() }
    }

    fn whole(reason: impl Into<String>) -> Self {
        Self { line: None, column: None, reason: reason.into() }
    }

    fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// A row that the sink keeps because something was found about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept(pub usize);

/// Rows that a sink need only count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quiet {
    /// It knows the product, and that nothing can be found about it in any place; the number tells it which place.
    Product(u32),
    /// It knows that nothing is found about the item where it is; the number tells it which answer that is.
    Item(u32),
}

/// Takes the rows of an inventory.
pub trait Sink {
    /// Takes one row. Returns a handle where the row is kept, so that what becomes known of it
    /// only at the end of the file (its dependency path) can be added.
    fn row(&mut self, row: &Row<'_>) -> Option<Kept>;

    /// Returns under what further rows are to be counted that agree with the last one in all but asset, owner, quantity
    /// and line, if they need only be counted. Those of a quiet product may differ in their dates too. Whoever asks
    /// remembers it; the sink need not.
    fn quiet(&self) -> Option<Quiet> {
        None
    }

    /// Returns whether a product can be quiet in one version and not in another. Else rows of a quiet product may differ
    /// in their version too.
    fn tells_versions(&self) -> bool {
        true
    }

    /// Counts such a row, by its asset as written and its quantity.
    fn count(&mut self, quiet: Quiet, asset: &[u8], quantity: u64) {
        unreachable!("{quiet:?} of {asset:?}, {quantity} times: only a sink that says what is quiet is told to count it");
    }

    /// Returns whether a row that was said to be kept is. Only a sink that could not tell at once has to be asked.
    fn is_kept(&mut self, kept: Kept) -> bool {
        let _ = kept;
        true
    }

    /// Adds how a kept row came to be there.
    fn path(&mut self, kept: Kept, path: DependencyPath);

    /// Takes something that could not be read.
    fn unread(&mut self, unread: Unread);

    /// Takes a remark on the file as a whole: what was recognised only in part.
    fn remark(&mut self, remark: String);

    /// Splits itself into parts, lets `work` fill them from as many threads, and takes in what they
    /// have. Which part takes which row plays no role for what comes of it. Returns false, without
    /// any work, where it cannot be split.
    fn split(&mut self, parts: usize, work: &mut dyn FnMut(Vec<&mut (dyn Sink + Send)>)) -> bool {
        let _ = (parts, work);
        false
    }
}

/// A step before a sink, which takes each row and hands it on.
pub trait Step: Send {
    /// Takes a row.
    fn row(&mut self, row: &Row<'_>, sink: &mut dyn Sink) -> Option<Kept>;

    /// Returns whether it has to see every row; else it only changes what is the same in rows that are
    /// [quiet](Sink::quiet).
    fn sees_all(&self) -> bool {
        true
    }

    /// Returns a step for other rows of the same inventory.
    fn part(&self) -> Self;

    /// Takes in what a part has.
    fn absorb(&mut self, part: Self);
}

/// A sink with a step before it; all but rows goes on as it is.
pub struct Before<'s, P, S> {
    /// The step.
    pub step: &'s mut P,
    /// Where rows go on to.
    pub sink: S,
}

impl<P: Step, S: Sink> Sink for Before<'_, P, S> {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        self.step.row(row, &mut self.sink)
    }

    fn quiet(&self) -> Option<Quiet> {
        if self.step.sees_all() { None } else { self.sink.quiet() }
    }

    fn tells_versions(&self) -> bool {
        self.sink.tells_versions()
    }

    fn count(&mut self, quiet: Quiet, asset: &[u8], quantity: u64) {
        self.sink.count(quiet, asset, quantity);
    }

    fn is_kept(&mut self, kept: Kept) -> bool {
        self.sink.is_kept(kept)
    }

    fn path(&mut self, kept: Kept, path: DependencyPath) {
        self.sink.path(kept, path);
    }

    fn unread(&mut self, unread: Unread) {
        self.sink.unread(unread);
    }

    fn remark(&mut self, remark: String) {
        self.sink.remark(remark);
    }

    fn split(&mut self, parts: usize, work: &mut dyn FnMut(Vec<&mut (dyn Sink + Send)>)) -> bool {
        let mut steps: Vec<P> = (0..parts).map(|_| self.step.part()).collect();
        let is_split = self.sink.split(parts, &mut |sinks| {
            let before = steps.iter_mut().zip(sinks).map(|(step, sink)| Before { step, sink });
            let mut before: Vec<_> = before.collect();
            work(before.iter_mut().map(|before| before as &mut (dyn Sink + Send)).collect());
        });
        steps.into_iter().for_each(|part| self.step.absorb(part));
        is_split
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn row(&mut self, row: &Row<'_>) -> Option<Kept> {
        (**self).row(row)
    }

    fn quiet(&self) -> Option<Quiet> {
        (**self).quiet()
    }

    fn tells_versions(&self) -> bool {
        (**self).tells_versions()
    }

    fn count(&mut self, quiet: Quiet, asset: &[u8], quantity: u64) {
        (**self).count(quiet, asset, quantity);
    }

    fn is_kept(&mut self, kept: Kept) -> bool {
        (**self).is_kept(kept)
    }

    fn path(&mut self, kept: Kept, path: DependencyPath) {
        (**self).path(kept, path);
    }

    fn unread(&mut self, unread: Unread) {
        (**self).unread(unread);
    }

    fn remark(&mut self, remark: String) {
        (**self).remark(remark);
    }

    fn split(&mut self, parts: usize, work: &mut dyn FnMut(Vec<&mut (dyn Sink + Send)>)) -> bool {
        (**self).split(parts, work)
    }
}

/// A format that can be read.
#[derive(Clone, Copy)]
pub struct Format(&'static dyn Reader);

impl Format {
    /// Every format, in the order in which they are asked whether a file is theirs: the surest
    /// signs first; a table is what is left. Adding one: a file with a `Reader`, and its row here.
    #[rustfmt::skip]
    pub const ALL: &[Self] = &[
        Self(&workbook::Workbooks),
        #[cfg(feature = "parquet")]
        Self(&parquet::Parquet),
        Self(&cyclonedx::CycloneDx),
        Self(&spdx::Spdx),
        Self(&syft::Syft),
        Self(&trivy::Trivy),
        Self(&glpi::GlpiJson),
        Self(&glpi::GlpiXml),
        Self(&chocolatey::PackagesConfig),
        Self(&system_profiler::SystemProfilerXml),
        Self(&osquery::Osquery),
        Self(&winget::WingetExport),
        Self(&scoop::ScoopExport),
        Self(&homebrew::HomebrewJson),
        Self(&system_profiler::SystemProfilerJson),
        Self(&jsonl::JsonLines),
        Self(&fleet::Fleet),
        Self(&json_table::JsonTable),
        Self(&registry::Registry),
        Self(&system_profiler::SystemProfiler),
        Self(&dpkg::Dpkg),
        Self(&apk::Apk),
        Self(&pacman::Pacman),
        Self(&unix::Aix),
        Self(&unix::HpUx),
        Self(&unix::Ips),
        Self(&android::Android),
        Self(&winget::Winget),
        Self(&scoop::Scoop),
        Self(&snap::Snap),
        Self(&powershell::PowerShell),
        Self(&flatpak::Flatpak),
        Self(&chocolatey::Chocolatey),
        Self(&rpm::Rpm),
        Self(&unix::Bsd),
        Self(&homebrew::Homebrew),
        Self(&csv::Csv),
        Self(&list::List),
    ];

    /// Returns the word for `--input-format` and for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Returns what the format is, for help texts.
    #[must_use]
    pub fn description(self) -> &'static str {
        self.0.description()
    }

    /// Returns whether its files are bytes, such as a workbook's, and no text.
    #[must_use]
    pub fn is_binary(self) -> bool {
        self.0.is_binary()
    }

    /// Returns the format of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name().eq_ignore_ascii_case(name.trim()))
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Format {}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One format: how to tell it, and how to read it.
trait Reader: Sync {
    /// The word for `--input-format` and for reports.
    fn name(&self) -> &'static str;

    /// What it is, for help texts.
    fn description(&self) -> &'static str;

    /// Whether its files are bytes, such as a workbook's, and no text.
    fn is_binary(&self) -> bool {
        false
    }

    /// Whether threads share its files out, where they are large.
    fn is_shared_out(&self) -> bool {
        false
    }

    /// Whether the first bytes look like it. The name of the file is only a hint.
    fn claims(&self, input: &Input<'_>, options: &Options) -> bool;

    /// Reads all of it. What [`Understood`] says of the format is filled in by [`read`].
    fn read(&self, input: Input<'_>, options: &Options, sink: &mut dyn Sink) -> Result<Understood, Error>;
}

/// What the user said about the inventories.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Read as this format, whatever it looks like.
    pub format: Option<Format>,
    /// Headers that the user gave for fields of a table.
    pub columns: Vec<(Field, String)>,
    /// How text is written, where the user says so.
    pub encoding: Option<Encoding>,
    /// Name of the sheet of a workbook to read; else all.
    pub sheet: Option<String>,
    /// What parts the columns of a table as text.
    pub delimiter: Option<u8>,
    /// Which of two numbers is the day.
    pub dates: Option<DateOrder>,
    /// Fields that are put together of several columns, and what stands between.
    pub joined: Vec<(Field, Vec<String>, String)>,
    /// Values of fields that a row leaves empty.
    pub defaults: Vec<(Field, String)>,
    /// How files of some names are read.
    pub profiles: Vec<Profile>,
    /// The one that was taken, in words.
    pub profile: Option<String>,
    /// Whether the table lists machines, and not what is on them.
    pub lists_assets: bool,
    /// A large file is read by so many threads, where its sink can be split; 0 is one. Only tables are shared out by more than two.
    pub threads: usize,
}

/// What a file was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// Its format.
    pub format: Format,
    /// How its text is written.
    pub encoding: Encoding,
    /// What parts the columns of a table; none where there is one column only.
    pub delimiter: Option<char>,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// Line of the table's header, where it has one.
    pub header_line: Option<u64>,
    /// Which header serves which field, in the order of the columns.
    pub columns: Vec<(Field, String)>,
    /// Headers that serve no field.
    pub unused: Vec<String>,
    /// The profile of the configuration that was used.
    pub profile: Option<String>,
    /// Further tables in the same file: the other sheets of a workbook.
    pub others: Vec<Self>,
}

impl Understood {
    fn new(encoding: Encoding) -> Self {
        Self {
            format: Format::ALL[0],
            encoding,
            delimiter: None,
            sheet: None,
            header_line: None,
            columns: Vec::new(),
            unused: Vec::new(),
            profile: None,
            others: Vec::new(),
        }
    }
}

/// Why a file could not be taken as an inventory at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable code.
    pub code: Code,
    /// Why, one sentence without a full stop.
    pub reason: String,
    /// What to do next.
    pub help: Option<String>,
    /// Line (from 1) that shows it.
    pub line: Option<u64>,
}

impl Refusal {
    fn new(code: Code, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), help: None, line: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Returns whether the command line is at fault, not the file.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self.code, Code::UnknownColumn | Code::UnknownSheet)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// Why reading stopped. Rows handed on before it stand.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is no inventory that can be read.
    #[error("{0}")]
    Refused(Refusal),
    /// The file breaks off or is damaged.
    #[error("{0}")]
    Broken(Unread),
    /// The disk or the pipe failed.
    #[error("cannot {operation}")]
    Io {
        /// What was being done, such as `read`.
        operation: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// What a failed read means: an archive says by [`Damage`] that it is damaged.
    fn read(source: io::Error) -> Self {
        match source.get_ref().and_then(|inner| inner.downcast_ref::<Damage>()) {
            Some(Damage(reason)) => Self::Broken(Unread::whole(reason.clone())),
            None => Self::Io { operation: "read", source },
        }
    }
}

/// Why bytes that were to be unpacked end: the archive is damaged, or goes beyond a limit. Hidden in
/// an [`io::Error`] on its way through a reader.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Damage(String);

impl Damage {
    fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Self>())
    }

    fn error(reason: impl Into<String>) -> io::Error {
        io::Error::other(Self(reason.into()))
    }
}

/// Returns an error that makes a reader of the bytes say that they break off here, and why.
#[must_use]
pub fn broken(reason: impl Into<String>) -> io::Error {
    Damage::error(reason)
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Reads one inventory from bytes and hands its rows to `sink`. `name` is only used for the hint
/// that its extension gives.
///
/// # Errors
/// When the file as a whole is no inventory, or reading fails. What was handed on before stands.
pub fn read(name: &str, input: &mut dyn Bytes, options: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
    let options = &*options.of_file(name);
    let input = Input::open(name, input, options)?;
    let format = match options.format {
        Some(format) if format.0.is_binary() == input.is_binary() => format,
        Some(format) => return Err(not_of_kind(&input, format).into()),
        None => recognise(&input, options)?,
    };
    let foreign = input.foreign();
    // What is short is read before a thread would have begun.
    let understood = if options.threads > 1 && !input.complete && !format.0.is_shared_out() {
        relay::beside(sink, |sink| format.0.read(input, options, sink))
    } else {
        format.0.read(input, options, sink)
    };
    if let Some((foreign, encoding)) = foreign {
        foreign.tell(encoding.name(), sink);
    }
    Ok(Understood { format, profile: options.profile.clone(), ..understood? })
}

fn not_of_kind(input: &Input<'_>, format: Format) -> Refusal {
    let kind = sniff::binary_kind(input).unwrap_or("text");
    let reason = format!("the file is to be read as {format}, but it looks like {kind}");
    Refusal::new(Code::UnknownFormat, reason).help("leave out `--input-format`, or name the one that fits")
}

fn recognise(input: &Input<'_>, options: &Options) -> Result<Format, Refusal> {
    let fits = |format: &Format| format.0.is_binary() == input.is_binary() && format.0.claims(input, options);
    Format::ALL.iter().copied().find(fits).ok_or_else(|| {
        if let Some(kind) = sniff::binary_kind(input) {
            return sniff::not_text(kind);
        }
        let reason = match sniff::looks_like(input) {
            Some(kind) => format!("the file looks like {kind}, which cannot be read as an inventory"),
            None => "the file was not recognised as any inventory format".to_owned(),
        };
        let names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
        Refusal::new(Code::UnknownFormat, reason)
            .help(format!("name the format with `--input-format` ({}) if it is one of these", names.join(", ")))
    })
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_unique_names() {
        let mut names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Format::ALL.len());
        for &format in Format::ALL {
            assert_eq!(Format::parse(format.name()), Some(format));
            assert!(!format.description().is_empty());
        }
        assert_eq!(Format::parse("word"), None);
    }
}
