//! The database: the only file that speaks SQL.
//!
//! Write-ahead log, foreign keys, full synchronisation: what was recorded survives a kill and a loss
//! of power. Every change is one transaction that began by taking the write lock.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, HashMap};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::pieces::{self, JoinError};
use super::record::{InputRecord, Pack, day_of};
use super::schema::{APPLICATION, STEPS};
use super::{Delivery, Draft, Entry, Former, FormerFinding, HistoryError, Pending, Recorded, Run, Sighting, chain};
use crate::model::digest::sha256;
use crate::model::{Cause, Change, ChangeKind, Status};
use crate::report::{FindingRef, json};

/// How a history is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is created where it is not there.
    Create,
    /// It must be there.
    Existing,
    /// It must be there, and nothing is written.
    ReadOnly,
}

/// So long another program may hold the database.
const PATIENCE: Duration = Duration::from_secs(10);
/// A piece is never larger.
const PIECE_LIMIT: u64 = 1 << 31;
/// Pieces shorter than this are not compressed.
const WORTH_COMPRESSING: usize = 80;

/// A history.
pub struct Store {
    db: Connection,
    path: PathBuf,
}

/// A link of the chain as it is stored.
pub(super) struct StoredLink {
    pub(super) seq: i64,
    pub(super) kind: String,
    pub(super) record: String,
    pub(super) digest: String,
}

/// A run as it is stored beside its link.
pub(super) struct StoredRun {
    pub(super) id: u64,
    pub(super) seq: i64,
    pub(super) as_of: String,
    pub(super) layout: Option<u64>,
    pub(super) inputs: Option<u64>,
    pub(super) pack: Option<u64>,
}

/// A stretch of runs in which a finding stood the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The finding.
    pub fingerprint: String,
    /// Id of the rule.
    pub rule: String,
    /// Vendor as written.
    pub vendor: String,
    /// Product as written.
    pub product: String,
    /// Asset as written.
    pub asset: String,
    /// Its status.
    pub status: Status,
    /// Whether a waiver accepted it.
    pub waived: bool,
    /// Whether its inventory could not be read.
    pub unseen: bool,
    /// First run.
    pub first_run: u64,
    /// Last run; `None`: the newest.
    pub last_run: Option<u64>,
}

/// How a finding stood in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stood {
    pub(super) status: Status,
    pub(super) waived: bool,
    pub(super) unseen: bool,
}

/// A subject, and how its finding stood in an earlier and in a later run.
pub(super) type Ends = (i64, Option<Stood>, Option<Stood>);

impl Store {
    /// Opens a history.
    ///
    /// # Errors
    /// If there is none and none is to be created, or if it cannot be used.
    pub fn open(path: &Path, mode: Mode) -> Result<Self, HistoryError> {
        if mode != Mode::Create && !path.exists() {
            return Err(HistoryError::Missing(path.to_owned()));
        }
        let flags = match mode {
            Mode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Mode::Existing => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Mode::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let failed = |operation| move |error| failure(path, operation, &error);
        let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed("open"))?;
        let mut store = Self { db, path: path.to_owned() };
        store.prepare(mode).map_err(|error| match error {
            Wrong::Sql(error) => failure(path, "open", &error),
            Wrong::Known(error) => error,
        })?;
        Ok(store)
    }

    fn prepare(&mut self, mode: Mode) -> Result<(), Wrong> {
        self.db.busy_timeout(PATIENCE)?;
        let (application, version) = (pragma(&self.db, "application_id")?, pragma(&self.db, "user_version")?);
        let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
        let tables: i64 = self.db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if application != APPLICATION && (application != 0 || version != 0 || tables != 0) {
            return Err(Wrong::Known(HistoryError::Foreign(self.path.clone())));
        }
        if version > known {
            return Err(Wrong::Known(HistoryError::Newer { path: self.path.clone(), found: version, known }));
        }
        if mode == Mode::ReadOnly {
            // A layout of before lacks only what is not read then.
            return if version > 0 { Ok(()) } else { Err(Wrong::Known(HistoryError::Missing(self.path.clone()))) };
        }
        self.db.pragma_update(None, "foreign_keys", true)?;
        self.db.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        self.db.pragma_update(None, "synchronous", "full")?;
        if version < known {
            let change = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Another program may have been quicker.
            for step in STEPS.iter().skip(usize::try_from(pragma(&change, "user_version")?).unwrap_or(0)) {
                change.execute_batch(step)?;
            }
            change.pragma_update(None, "application_id", APPLICATION)?;
            change.pragma_update(None, "user_version", known)?;
            change.commit()?;
        }
        Ok(())
    }

    /// Returns where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns how many bytes the database takes, once its log is worked in.
    ///
    /// # Errors
    /// What the database returns.
    pub fn size(&self) -> Result<u64, HistoryError> {
        self.reading(|db| Ok((pragma(db, "page_count")? * pragma(db, "page_size")?).unsigned_abs()))
    }

    /// Limits the size of the file, in pages of 4 KiB; for tests of a full disk.
    ///
    /// # Errors
    /// What the database returns.
    pub fn limit(&self, pages: u32) -> Result<(), HistoryError> {
        self.db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).map_err(|error| self.failure("limit", &error))
    }

    fn failure(&self, operation: &'static str, error: &rusqlite::Error) -> HistoryError {
        failure(&self.path, operation, error)
    }

    fn reading<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Wrong>) -> Result<T, HistoryError> {
        read(&self.db).map_err(|error| self.wrong("read", error))
    }

    fn wrong(&self, operation: &'static str, error: Wrong) -> HistoryError {
        match error {
            Wrong::Sql(error) => self.failure(operation, &error),
            Wrong::Known(error) => error,
        }
    }

    fn damaged(&self, reason: impl Into<String>) -> Wrong {
        Wrong::Known(HistoryError::Corrupt { path: self.path.clone(), reason: reason.into() })
    }

    /// Changes the database in one transaction.
    fn writing<T>(
        &mut self,
        operation: &'static str,
        change: impl FnOnce(&Transaction<'_>, &Path) -> Result<T, Wrong>,
    ) -> Result<T, HistoryError> {
        let path = self.path.clone();
        let run = || -> Result<T, Wrong> {
            let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&transaction, &path)?;
            transaction.commit()?;
            Ok(value)
        };
        run().map_err(|error| self.wrong(operation, error))
    }

    /// Returns the newest run; `None` where there is none.
    ///
    /// # Errors
    /// What the database returns.
    pub fn latest(&self) -> Result<Option<Run>, HistoryError> {
        self.reading(|db| {
            let id = db.query_row("SELECT max(id) FROM runs", [], |row| row.get::<_, Option<u64>>(0))?;
            id.map(|id| run(db, &self.path, id)).transpose()
        })
    }

    /// Returns a run by its number, its day (the last run about that day), or as `latest`.
    ///
    /// # Errors
    /// If there is no such run.
    pub fn find(&self, name: &str) -> Result<Run, HistoryError> {
        let none = || HistoryError::NoRun(crate::diag::printable(name));
        let name = name.trim();
        let id = self.reading(|db| {
            Ok(if name == "latest" {
                db.query_row("SELECT max(id) FROM runs", [], |row| row.get::<_, Option<u64>>(0))?
            } else if let Ok(number) = name.parse::<u64>() {
                db.query_row("SELECT id FROM runs WHERE id = ?1", [number], |row| row.get(0)).optional()?
            } else {
                db.query_row("SELECT max(id) FROM runs WHERE day = ?1", [name], |row| row.get::<_, Option<u64>>(0))?
            })
        })?;
        self.reading(|db| run(db, &self.path, id.ok_or_else(|| Wrong::Known(none()))?))
    }

    /// Returns all runs, oldest first.
    ///
    /// # Errors
    /// What the database returns.
    pub fn runs(&self) -> Result<Vec<Run>, HistoryError> {
        self.reading(|db| {
            let mut statement = db.prepare(&format!("{RUN} ORDER BY runs.id"))?;
            let rows = statement.query_map([], run_row)?.collect::<Result<Vec<_>, _>>()?;
            rows.into_iter().map(|row| parse_run(row, &self.path)).collect()
        })
    }

    /// Returns the report of a run, byte for byte.
    ///
    /// # Errors
    /// If it was pruned or cannot be put together.
    pub fn report(&self, id: u64) -> Result<Vec<u8>, HistoryError> {
        self.reading(|db| {
            let layout = db.query_row("SELECT layout FROM runs WHERE id = ?1", [id], |row| row.get::<_, Option<u64>>(0));
            let layout = layout.optional()?.ok_or_else(|| Wrong::Known(HistoryError::NoRun(id.to_string())))?;
            let layout = layout.ok_or(Wrong::Known(HistoryError::Pruned(id)))?;
            let report = pieces::join(layout, &mut Stored { db }).map_err(|error| self.unjoined(error))?;
            let wanted = run(db, &self.path, id)?.report_digest;
            if sha256(&report) == wanted {
                Ok(report)
            } else {
                Err(self.damaged(format!("the report of run {id} is not the one recorded")))
            }
        })
    }

    fn unjoined(&self, error: JoinError<Wrong>) -> Wrong {
        match error {
            JoinError::Source(error) => error,
            JoinError::Shape(reason) => self.damaged(reason),
        }
    }

    /// Returns what was read for a run.
    ///
    /// # Errors
    /// What the database returns.
    pub fn inputs(&self, id: u64) -> Result<Vec<InputRecord>, HistoryError> {
        let text = self.extra(id, "inputs")?;
        serde_json::from_slice(&text).map_err(|error| self.wrong("read", self.damaged(error.to_string())))
    }

    /// Returns the digests of rules and entities that a run used.
    ///
    /// # Errors
    /// What the database returns.
    pub fn pack(&self, id: u64) -> Result<Pack, HistoryError> {
        let text = self.extra(id, "pack")?;
        serde_json::from_slice(&text).map_err(|error| self.wrong("read", self.damaged(error.to_string())))
    }

    fn extra(&self, id: u64, column: &'static str) -> Result<Vec<u8>, HistoryError> {
        self.reading(|db| {
            let piece: Option<u64> =
                db.query_row(&format!("SELECT {column} FROM runs WHERE id = ?1"), [id], |row| row.get(0)).optional()?.flatten();
            get(db, piece.ok_or(Wrong::Known(HistoryError::Pruned(id)))?)
        })
    }

    /// Returns what the next run has to know of the newest one; `None` where there is none.
    ///
    /// # Errors
    /// What the database returns.
    pub fn former(&self) -> Result<Option<Former>, HistoryError> {
        let Some(latest) = self.latest()? else { return Ok(None) };
        let stretches = self.stretches("WHERE seen.last_run IS NULL", &[])?;
        let mut places = HashMap::from([(latest.run, Places::read(&self.report(latest.run)?))]);
        for stretch in stretches.iter().filter(|stretch| stretch.unseen) {
            let last = stretch.first_run.saturating_sub(1);
            places.entry(last).or_insert_with(|| self.report(last).map(|report| Places::read(&report)).unwrap_or_default());
        }
        let findings = stretches.into_iter().map(|stretch| {
            let last = if stretch.unseen { stretch.first_run.saturating_sub(1) } else { latest.run };
            let (sighting, waived_until) = places.get(&last).map(|places| places.of(&stretch.fingerprint)).unwrap_or_default();
            let finding = FormerFinding {
                status: stretch.status,
                waived: stretch.waived,
                waived_until,
                unseen: stretch.unseen,
                sighting,
                rule: stretch.rule,
                vendor: stretch.vendor,
                product: stretch.product,
                asset: stretch.asset,
            };
            (stretch.fingerprint, finding)
        });
        let findings = findings.collect();
        let inventories = places.remove(&latest.run).unwrap_or_default().unread;
        Ok(Some(Former { pack: self.pack(latest.run)?, inventories, findings, run: latest }))
    }

    /// Records a run, unless the newest one is the same. `after`: the newest run that its changes were
    /// made against.
    ///
    /// # Errors
    /// If another run was recorded meanwhile, or the database fails; nothing is recorded then.
    pub fn record(&mut self, entry: &Entry<'_>, after: Option<u64>) -> Result<Recorded, HistoryError> {
        let key = key(entry);
        self.writing("write", |db, path| {
            let latest: Option<(u64, String)> = db
                .query_row("SELECT id, key FROM runs ORDER BY id DESC LIMIT 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            if let Some((id, _)) = latest.as_ref().filter(|(_, last)| *last == key) {
                return Ok(Recorded::Same(Box::new(run(db, path, *id)?)));
            }
            if latest.as_ref().map(|(id, _)| *id) != after {
                return Err(Wrong::Known(HistoryError::Overtaken));
            }
            let id = after.unwrap_or(0) + 1;
            let inputs = serde_json::to_vec(&entry.inputs).unwrap_or_default();
            let pack = serde_json::to_vec(&entry.pack).unwrap_or_default();
            let mut stored = Stored { db };
            let layout = pieces::split(entry.json, &mut stored)?;
            let numbers = (pieces::Pieces::put(&mut stored, &inputs)?, pieces::Pieces::put(&mut stored, &pack)?);
            let told = told(id, entry, &inputs, &pack);
            let seq = append(db, "run", &told)?;
            db.execute(
                "INSERT INTO runs (id, seq, key, as_of, day, layout, inputs, pack) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![id, seq, key, entry.report.as_of, day_of(&entry.report.as_of), layout, numbers.0, numbers.1],
            )?;
            follow(db, id, entry)?;
            let run = run(db, path, id)?;
            for draft in &entry.notices {
                announce(db, Some(id), &chain::notice(&run.digest, "run", &draft.recipient), draft, &entry.recorded)?;
            }
            Ok(Recorded::New(Box::new(run)))
        })
    }

    /// Records that a run failed before it could be recorded. The same failure after the same run is
    /// recorded once.
    ///
    /// # Errors
    /// What the database returns.
    pub fn announce_failure(&mut self, what: &str, drafts: &[Draft], made: &str) -> Result<(), HistoryError> {
        let last = self.latest()?.map_or_else(|| chain::START.to_owned(), |run| run.digest);
        self.writing("write", |db, _| {
            drafts.iter().try_for_each(|draft| announce(db, None, &chain::notice(&last, what, &draft.recipient), draft, made))
        })
    }

    /// Returns what is still to be told, oldest first.
    ///
    /// # Errors
    /// What the database returns.
    pub fn pending(&self) -> Result<Vec<Pending>, HistoryError> {
        self.reading(|db| {
            let mut statement = db.prepare(
                "SELECT notices.id, notices.run, chain.digest, recipient, body, attempts, made FROM notices
                 LEFT JOIN runs ON runs.id = notices.run LEFT JOIN chain ON chain.seq = runs.seq
                 WHERE state = 'pending' AND body IS NOT NULL ORDER BY notices.rowid",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(Pending {
                    id: row.get(0)?,
                    run: row.get(1)?,
                    digest: row.get(2)?,
                    recipient: row.get(3)?,
                    body: row.get(4)?,
                    attempts: row.get(5)?,
                    made: row.get(6)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Records what became of sending a notice.
    ///
    /// # Errors
    /// What the database returns.
    pub fn delivered(&mut self, id: &str, delivery: Delivery<'_>, when: &str) -> Result<(), HistoryError> {
        let (state, reason) = match delivery {
            Delivery::Sent => ("sent", None),
            Delivery::Waits(reason) => ("pending", Some(reason)),
            Delivery::Failed(reason) => ("failed", Some(reason)),
        };
        self.writing("write", |db, _| {
            db.execute(
                "UPDATE notices SET state = ?2, reason = ?3, last = ?4, attempts = attempts + 1,
                 body = CASE WHEN ?2 = 'pending' THEN body END WHERE id = ?1",
                params![id, state, reason, when],
            )?;
            Ok(())
        })
    }

    /// Says that all outputs of a run are in place.
    ///
    /// # Errors
    /// What the database returns.
    pub fn finish(&mut self, id: u64) -> Result<(), HistoryError> {
        self.writing("write", |db, _| {
            db.execute("UPDATE runs SET finished = 1 WHERE id = ?1", [id])?;
            Ok(())
        })
    }

    /// Returns whether all outputs of a run are in place.
    ///
    /// # Errors
    /// What the database returns.
    pub fn is_finished(&self, id: u64) -> Result<bool, HistoryError> {
        self.reading(|db| Ok(db.query_row("SELECT finished FROM runs WHERE id = ?1", [id], |row| row.get(0))?))
    }

    /// Returns the changes of the runs after `after` up to `until`, each with its run, in order.
    ///
    /// # Errors
    /// What the database returns.
    pub fn changes(&self, after: u64, until: u64) -> Result<Vec<(u64, Change)>, HistoryError> {
        Ok(self.changes_of(after, until, |_| true)?.into_iter().map(|(run, _, change)| (run, change)).collect())
    }

    /// The same of some subjects only, each with its number. What is left out is not even read.
    pub(super) fn changes_of(
        &self,
        after: u64,
        until: u64,
        wanted: impl Fn(i64) -> bool,
    ) -> Result<Vec<(u64, i64, Change)>, HistoryError> {
        self.reading(|db| {
            let mut names = db.prepare("SELECT fingerprint, rule, vendor, product, asset FROM subjects WHERE id = ?1")?;
            let mut known: HashMap<i64, [String; 5]> = HashMap::new();
            let mut statement = db.prepare(
                "SELECT run, subject, kind, before, after, waived, cause, reached, detail
                 FROM changes WHERE run > ?1 AND run <= ?2 ORDER BY run, number",
            )?;
            let mut rows = statement.query([after, until])?;
            let mut changes = Vec::new();
            while let Some(row) = rows.next()? {
                let subject: i64 = row.get(1)?;
                if !wanted(subject) {
                    continue;
                }
                let named = match known.entry(subject) {
                    Slot::Occupied(named) => named.into_mut(),
                    Slot::Vacant(slot) => slot.insert(
                        names.query_row([subject], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]))?,
                    ),
                };
                let [fingerprint, rule, vendor, product, asset] = named.clone();
                let (before, after) = (row.get_ref(3)?, row.get_ref(4)?);
                let change = Change {
                    fingerprint,
                    kind: word(row.get_ref(2)?.as_str()?, ChangeKind::parse)?,
                    before: before.as_str_or_null()?.and_then(Status::parse),
                    after: after.as_str_or_null()?.and_then(Status::parse),
                    waived: row.get(5)?,
                    cause: word(row.get_ref(6)?.as_str()?, Cause::parse)?,
                    on: row.get(7)?,
                    detail: row.get(8)?,
                    rule,
                    vendor,
                    product,
                    asset,
                };
                changes.push((row.get(0)?, subject, change));
            }
            Ok(changes)
        })
    }

    /// Returns how the findings that changed between two runs stood in each of the two, by subject.
    pub(super) fn ends(&self, from: u64, to: u64) -> Result<Vec<Ends>, HistoryError> {
        self.reading(|db| {
            let mut statement = db.prepare(
                "WITH touched AS (SELECT DISTINCT subject FROM changes WHERE run > ?1 AND run <= ?2)
                 SELECT touched.subject, was.status, was.waived, was.unseen, now.status, now.waived, now.unseen FROM touched
                 LEFT JOIN seen AS was ON was.subject = touched.subject AND was.first_run <= ?1
                     AND (was.last_run IS NULL OR was.last_run >= ?1)
                 LEFT JOIN seen AS now ON now.subject = touched.subject AND now.first_run <= ?2
                     AND (now.last_run IS NULL OR now.last_run >= ?2)",
            )?;
            let stood = |row: &rusqlite::Row<'_>, at: usize| -> rusqlite::Result<Option<Stood>> {
                let Some(status) = row.get_ref(at)?.as_str_or_null()? else { return Ok(None) };
                Ok(Some(Stood { status: word(status, Status::parse)?, waived: row.get(at + 1)?, unseen: row.get(at + 2)? }))
            };
            let rows = statement.query_map([from, to], |row| Ok((row.get(0)?, stood(row, 1)?, stood(row, 4)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Returns how all findings stood in a run.
    ///
    /// # Errors
    /// What the database returns.
    pub fn standing(&self, run: u64) -> Result<Vec<Stretch>, HistoryError> {
        self.stretches("WHERE first_run <= ?1 AND (last_run IS NULL OR last_run >= ?1)", &[run])
    }

    /// Returns the whole story of findings: of one, or of all.
    ///
    /// # Errors
    /// What the database returns.
    pub fn story(&self, fingerprint: Option<&str>) -> Result<Vec<Stretch>, HistoryError> {
        let all = self.stretches("", &[])?;
        Ok(all.into_iter().filter(|one| fingerprint.is_none_or(|wanted| one.fingerprint == wanted)).collect())
    }

    fn stretches(&self, which: &str, parameters: &[u64]) -> Result<Vec<Stretch>, HistoryError> {
        self.reading(|db| {
            let mut statement = db.prepare(&format!(
                "SELECT fingerprint, rule, vendor, product, asset, status, waived, unseen, first_run, last_run
                 FROM seen JOIN subjects ON subjects.id = seen.subject {which} ORDER BY seen.subject, first_run"
            ))?;
            let rows = statement.query_map(rusqlite::params_from_iter(parameters), |row| {
                Ok(Stretch {
                    fingerprint: row.get(0)?,
                    rule: row.get(1)?,
                    vendor: row.get(2)?,
                    product: row.get(3)?,
                    asset: row.get(4)?,
                    status: word(&row.get::<_, String>(5)?, Status::parse)?,
                    waived: row.get(6)?,
                    unseen: row.get(7)?,
                    first_run: row.get(8)?,
                    last_run: row.get(9)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Returns what the database itself finds wrong.
    pub(super) fn integrity(&self) -> Result<Vec<String>, HistoryError> {
        self.reading(|db| {
            let texts = |pragma: &str| -> Result<Vec<String>, Wrong> {
                let mut statement = db.prepare(pragma)?;
                let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
                Ok(rows.collect::<Result<Vec<_>, _>>()?)
            };
            let mut wrong: Vec<String> = texts("PRAGMA integrity_check(20)")?.into_iter().filter(|text| text != "ok").collect();
            wrong.extend(
                texts("PRAGMA foreign_key_check")?.into_iter().map(|table| format!("a row of `{table}` refers to nothing")),
            );
            Ok(wrong)
        })
    }

    pub(super) fn links(&self) -> Result<Vec<StoredLink>, HistoryError> {
        self.reading(|db| {
            let mut statement = db.prepare("SELECT seq, kind, record, digest FROM chain ORDER BY seq")?;
            let rows = statement.query_map([], |row| {
                Ok(StoredLink { seq: row.get(0)?, kind: row.get(1)?, record: row.get(2)?, digest: row.get(3)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    pub(super) fn stored_runs(&self) -> Result<Vec<StoredRun>, HistoryError> {
        self.reading(|db| {
            let mut statement = db.prepare("SELECT id, seq, as_of, layout, inputs, pack FROM runs ORDER BY id")?;
            let rows = statement.query_map([], |row| {
                Ok(StoredRun {
                    id: row.get(0)?,
                    seq: row.get(1)?,
                    as_of: row.get(2)?,
                    layout: row.get(3)?,
                    inputs: row.get(4)?,
                    pack: row.get(5)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    pub(super) fn piece(&self, number: u64) -> Result<Vec<u8>, HistoryError> {
        self.reading(|db| get(db, number))
    }

    /// Returns the report that a layout gives, whatever its digest.
    pub(super) fn joined(&self, layout: u64) -> Result<Vec<u8>, HistoryError> {
        self.reading(|db| pieces::join(layout, &mut Stored { db }).map_err(|error| self.unjoined(error)))
    }

    /// Takes the reports of runs away, and the pieces that no other run needs; the chain says so.
    pub(super) fn forget(&mut self, runs: &[u64], record: &str) -> Result<(), HistoryError> {
        self.writing("prune", |db, path| {
            let last = runs.last().copied().unwrap_or(0);
            for id in runs {
                db.execute("UPDATE runs SET layout = NULL, inputs = NULL, pack = NULL WHERE id = ?1", [id])?;
                db.execute("DELETE FROM changes WHERE run = ?1", [id])?;
            }
            db.execute("DELETE FROM seen WHERE last_run <= ?1", [last])?;
            db.execute(
                "DELETE FROM subjects WHERE id NOT IN (SELECT subject FROM seen) AND id NOT IN (SELECT subject FROM changes)",
                [],
            )?;
            let mut statement = db.prepare("SELECT layout, inputs, pack FROM runs WHERE layout IS NOT NULL")?;
            let roots = statement.query_map([], |row| Ok([row.get::<_, Option<u64>>(0)?, row.get(1)?, row.get(2)?]))?;
            let mut needed = std::collections::HashSet::new();
            for root in roots.collect::<Result<Vec<_>, _>>()? {
                let [layout, inputs, pack] = root;
                needed.extend(inputs.into_iter().chain(pack));
                if let Some(layout) = layout {
                    needed.extend(pieces::reach(layout, &mut Stored { db }).map_err(|error| match error {
                        JoinError::Source(error) => error,
                        JoinError::Shape(reason) => Wrong::Known(HistoryError::Corrupt { path: path.to_owned(), reason }),
                    })?);
                }
            }
            let mut statement = db.prepare("SELECT id FROM pieces")?;
            let all = statement.query_map([], |row| row.get::<_, u64>(0))?.collect::<Result<Vec<_>, _>>()?;
            let mut delete = db.prepare("DELETE FROM pieces WHERE id = ?1")?;
            for piece in all.into_iter().filter(|piece| !needed.contains(piece)) {
                delete.execute([piece])?;
            }
            append(db, "prune", record)?;
            Ok(())
        })
    }

    /// Gives the room of what was taken away back to the disk.
    pub(super) fn compact(&self) -> Result<(), HistoryError> {
        self.reading(|db| Ok(db.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?))
    }
}

/// What goes wrong inside of a transaction.
pub(super) enum Wrong {
    Sql(rusqlite::Error),
    Known(HistoryError),
}

impl From<rusqlite::types::FromSqlError> for Wrong {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        Self::Sql(error.into())
    }
}

impl From<rusqlite::Error> for Wrong {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

fn failure(path: &Path, operation: &'static str, error: &rusqlite::Error) -> HistoryError {
    let path = path.to_owned();
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => HistoryError::Corrupt { path, reason },
        Some(ErrorCode::DiskFull) => HistoryError::Full { path, reason },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => HistoryError::Busy(path),
        Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch) | None => HistoryError::Corrupt { path, reason },
        // A table that is not there.
        Some(ErrorCode::Unknown) => HistoryError::Corrupt { path, reason },
        Some(_) => HistoryError::Io { operation, path, reason },
    }
}

fn pragma(db: &Connection, name: &str) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, name, |row| row.get(0))
}

fn word<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>) -> rusqlite::Result<T> {
    parse(text).ok_or_else(|| rusqlite::Error::InvalidColumnName(format!("unknown word `{}`", crate::diag::printable(text))))
}

/// What makes two runs the same: the report and what was read.
fn key(entry: &Entry<'_>) -> String {
    let inputs = serde_json::to_string(&entry.inputs).unwrap_or_default();
    sha256(format!("{}\n{inputs}", sha256(entry.json)).as_bytes())
}

/// Returns what the chain says of a run.
fn told(id: u64, entry: &Entry<'_>, inputs: &[u8], pack: &[u8]) -> String {
    let report = entry.report;
    let run = Run {
        run: id,
        recorded: entry.recorded.clone(),
        as_of: report.as_of.clone(),
        known_on: report.known_on.clone(),
        tool: report.tool.version.clone(),
        settings: entry.settings.clone(),
        configuration: report.configuration.clone(),
        rules: report.rules.version.clone(),
        rules_digest: report.rules.digest.clone(),
        pack_digest: sha256(pack),
        inputs_digest: sha256(inputs),
        inputs: entry.inputs.len() as u64,
        summary: report.summary.clone(),
        findings: report.findings.len() as u64,
        gate: report.gate.clone(),
        report_digest: sha256(entry.json),
        changes_digest: changes_digest(&entry.changes),
        changes: entry.changes.len() as u64,
        digest: String::new(),
        pruned: false,
    };
    json_line(&run)
}

/// Records a notice, once.
fn announce(db: &Connection, run: Option<u64>, id: &str, draft: &Draft, made: &str) -> Result<(), Wrong> {
    db.execute(
        "INSERT INTO notices (id, run, recipient, body, state, made) VALUES (?1, ?2, ?3, ?4, 'pending', ?5) ON CONFLICT DO NOTHING",
        params![id, run, draft.recipient, draft.body, made],
    )?;
    Ok(())
}

/// Returns a value as JSON in which nothing can steer a terminal.
pub(super) fn json_line<T: serde::Serialize>(value: &T) -> String {
    let mut line = Vec::new();
    // Writing to memory does not fail.
    let _ = json::write_line(value, &mut line);
    String::from_utf8(line).unwrap_or_default().trim_end().to_owned()
}

/// Returns the digest over changes.
pub(super) fn changes_digest(changes: &[Change]) -> String {
    sha256(&serde_json::to_vec(changes).unwrap_or_default())
}

/// Appends a link to the chain. Returns its number.
fn append(db: &Connection, kind: &str, record: &str) -> Result<i64, Wrong> {
    let last: Option<(i64, String)> = db
        .query_row("SELECT seq, digest FROM chain ORDER BY seq DESC LIMIT 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seq, previous) = last.unwrap_or((0, chain::START.to_owned()));
    let digest = chain::link(&previous, kind, record);
    db.execute("INSERT INTO chain (seq, kind, record, digest) VALUES (?1, ?2, ?3, ?4)", params![seq + 1, kind, record, digest])?;
    Ok(seq + 1)
}

/// Stores the changes of a run, and ends and begins the stretches of its findings.
fn follow(db: &Connection, id: u64, entry: &Entry<'_>) -> Result<(), Wrong> {
    let mut open: HashMap<String, (i64, String, bool, bool)> = {
        let mut statement = db.prepare(
            "SELECT fingerprint, seen.id, status, waived, unseen FROM seen JOIN subjects ON subjects.id = subject WHERE last_run IS NULL",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))))?;
        rows.collect::<Result<_, _>>()?
    };
    let unseen: std::collections::HashSet<&str> =
        entry.changes.iter().filter(|change| change.kind == ChangeKind::Unseen).map(|change| change.fingerprint.as_str()).collect();
    let gone: std::collections::HashSet<&str> =
        entry.changes.iter().filter(|change| change.kind == ChangeKind::Gone).map(|change| change.fingerprint.as_str()).collect();
    let mut begin =
        db.prepare("INSERT INTO seen (subject, status, waived, unseen, first_run, last_run) VALUES (?1, ?2, ?3, ?4, ?5, NULL)")?;
    let mut end = db.prepare("UPDATE seen SET last_run = ?2 WHERE id = ?1")?;
    for finding in &entry.report.findings {
        let state = (finding.status.as_str(), finding.waiver.is_some());
        match open.remove(&*finding.fingerprint()) {
            Some((_, status, waived, false)) if (status.as_str(), waived) == state => continue,
            Some((stretch, ..)) => {
                end.execute(params![stretch, id - 1])?;
            }
            None => {}
        }
        let subject = subject(db, &finding)?;
        begin.execute(params![subject, state.0, state.1, false, id])?;
    }
    let mut left: Vec<_> = open.into_iter().collect();
    left.sort();
    for (fingerprint, (stretch, status, waived, was_unseen)) in left {
        let is_unseen = unseen.contains(fingerprint.as_str()) || was_unseen && !gone.contains(fingerprint.as_str());
        if is_unseen && was_unseen {
            continue;
        }
        end.execute(params![stretch, id - 1])?;
        if is_unseen {
            let subject: i64 = db.query_row("SELECT id FROM subjects WHERE fingerprint = ?1", [&fingerprint], |row| row.get(0))?;
            begin.execute(params![subject, status, waived, true, id])?;
        }
    }
    let mut insert = db.prepare(
        "INSERT INTO changes (run, number, subject, kind, before, after, waived, cause, reached, detail)
         SELECT ?1, ?2, id, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM subjects WHERE fingerprint = ?3",
    )?;
    for (number, change) in entry.changes.iter().enumerate() {
        insert.execute(params![
            id,
            number as u64,
            change.fingerprint,
            change.kind.as_str(),
            change.before.map(Status::as_str),
            change.after.map(Status::as_str),
            change.waived,
            change.cause.as_str(),
            change.on,
            change.detail
        ])?;
    }
    Ok(())
}

/// Returns the number of what a finding is of. What it is called is kept as first seen.
fn subject(db: &Connection, finding: &FindingRef<'_>) -> Result<i64, Wrong> {
    let known: Option<i64> = db
        .prepare_cached("SELECT id FROM subjects WHERE fingerprint = ?1")?
        .query_row([&*finding.fingerprint()], |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let item = &finding.item;
    db.prepare_cached("INSERT INTO subjects (fingerprint, rule, vendor, product, asset) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![finding.fingerprint(), finding.rule.id, item.vendor, item.product, item.asset])?;
    Ok(db.last_insert_rowid())
}

const RUN: &str = "SELECT runs.id, record, digest, layout IS NULL FROM runs JOIN chain ON chain.seq = runs.seq";

type RunRow = (u64, String, String, bool);

fn run_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<RunRow> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn run(db: &Connection, path: &Path, id: u64) -> Result<Run, Wrong> {
    parse_run(db.query_row(&format!("{RUN} WHERE runs.id = ?1"), [id], run_row)?, path)
}

fn parse_run((id, record, digest, pruned): RunRow, path: &Path) -> Result<Run, Wrong> {
    let mut run: Run = serde_json::from_str(&record).map_err(|error| {
        let reason = format!("what is recorded of run {id} cannot be read: {error}");
        Wrong::Known(HistoryError::Corrupt { path: path.to_owned(), reason })
    })?;
    run.digest = digest;
    run.pruned = pruned;
    Ok(run)
}

/// The pieces of the database.
struct Stored<'a> {
    db: &'a Connection,
}

impl pieces::Pieces for Stored<'_> {
    type Error = Wrong;

    fn put(&mut self, body: &[u8]) -> Result<u64, Wrong> {
        let digest = Sha256::digest(body);
        let known: Option<u64> = self
            .db
            .prepare_cached("SELECT id FROM pieces WHERE digest = ?1")?
            .query_row([digest.as_slice()], |row| row.get(0))
            .optional()?;
        if let Some(known) = known {
            return Ok(known);
        }
        self.db
            .prepare_cached("INSERT INTO pieces (digest, body) VALUES (?1, ?2)")?
            .execute(params![digest.as_slice(), packed(body)])?;
        Ok(self.db.last_insert_rowid().cast_unsigned())
    }
}

impl pieces::Source for Stored<'_> {
    type Error = Wrong;

    fn get(&mut self, piece: u64) -> Result<Vec<u8>, Wrong> {
        get(self.db, piece)
    }
}

fn get(db: &Connection, piece: u64) -> Result<Vec<u8>, Wrong> {
    let body: Vec<u8> =
        db.prepare_cached("SELECT body FROM pieces WHERE id = ?1")?.query_row([piece.cast_signed()], |row| row.get(0))?;
    let damaged = || Wrong::Sql(rusqlite::Error::InvalidColumnName(format!("piece {piece} cannot be unpacked")));
    match body.split_first() {
        Some((0, rest)) => Ok(rest.to_owned()),
        Some((1, rest)) => {
            let mut text = Vec::new();
            ZlibDecoder::new(rest).take(PIECE_LIMIT).read_to_end(&mut text).map_err(|_| damaged())?;
            Ok(text)
        }
        _ => Err(damaged()),
    }
}

fn packed(body: &[u8]) -> Vec<u8> {
    let plain = || [&[0][..], body].concat();
    if body.len() < WORTH_COMPRESSING {
        return plain();
    }
    let mut encoder = ZlibEncoder::new(vec![1], Compression::best());
    match encoder.write_all(body).and_then(|()| encoder.finish()) {
        Ok(packed) if packed.len() <= body.len() => packed,
        _ => plain(),
    }
}

/// Where the findings of a report were, and what accepted them.
#[derive(Default)]
struct Places {
    unread: BTreeMap<String, u64>,
    all_unread: u64,
    findings: HashMap<String, (String, Option<String>)>,
}

impl Places {
    /// Reads what is needed, whatever version wrote it.
    fn read(report: &[u8]) -> Self {
        let report: Value = serde_json::from_slice(report).unwrap_or_default();
        let list = |key: &str| report.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mut unread: BTreeMap<String, u64> = BTreeMap::new();
        for inventory in list("inventories") {
            if let Some(source) = text(&inventory["source"]) {
                *unread.entry(source).or_default() += inventory["unread-count"].as_u64().unwrap_or(0);
            }
        }
        let findings = list("findings").iter().filter_map(|finding| {
            let source = text(&finding["item"]["source"]).unwrap_or_default();
            Some((text(&finding["fingerprint"])?, (source, text(&finding["waiver"]["until"]))))
        });
        Self { all_unread: unread.values().sum(), findings: findings.collect(), unread }
    }

    fn of(&self, fingerprint: &str) -> (Sighting, Option<String>) {
        let (source, waived_until) = self.findings.get(fingerprint).cloned().unwrap_or_default();
        let unread = self.unread.get(&source).copied().unwrap_or(0);
        (Sighting { source, unread, all_unread: self.all_unread }, waived_until)
    }
}
