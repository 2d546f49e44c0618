//! The SQLite file: its tables, and how it is opened for writing.

use crate::chain::Digest;
use crate::head::Head;
use crate::options::{Durability, Options};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use thiserror::Error;

/// Marks the file as a record of ours: `PRVR`.
pub(crate) const APPLICATION_ID: i32 = 0x5052_5652;

/// Grows by one when a reader of the version before would be misled.
pub(crate) const SCHEMA_VERSION: i32 = 1;

const SCHEMA: &str = "\
CREATE TABLE record(id TEXT NOT NULL) STRICT;
CREATE TABLE entries(sequence INTEGER PRIMARY KEY, hash BLOB NOT NULL, content TEXT NOT NULL) STRICT;
CREATE TABLE heads(sequence INTEGER PRIMARY KEY, hash BLOB NOT NULL, time TEXT NOT NULL, key BLOB NOT NULL, \
signature BLOB NOT NULL) STRICT;
CREATE TABLE bodies(pack INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, bytes INTEGER NOT NULL, content BLOB NOT NULL) STRICT;";

/// How many packs one transaction deletes, so that no batch waits long.
pub(crate) const OUTLIVED_MAX: u64 = 512;

/// How long another process may hold the file before that counts as a failure.
const BUSY: Duration = Duration::from_millis(500);

/// What a log that has grown, because somebody read for long, is cut to.
const LOG_BYTES_MAX: i64 = 128 << 20;

/// Why a file cannot be written as a record.
#[derive(Debug, Error)]
pub enum StoreError {
    /// SQLite or the system refused.
    #[error("{0}")]
    Storage(#[from] rusqlite::Error),
    /// It is something else.
    #[error("it is no record")]
    Foreign,
    /// A later version wrote it.
    #[error("it has version {0}, and this is version {SCHEMA_VERSION}")]
    Version(i32),
    /// Its end is not what the chain says.
    #[error("it is broken at entry {0}")]
    Broken(u64),
}

/// Where the record goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Which record it is; empty for one that is new.
    pub(crate) id: String,
    /// The last entry, 0 when there is none.
    pub(crate) sequence: u64,
    /// Its hash.
    pub(crate) hash: Digest,
    /// The row that the next pack gets.
    pub(crate) next_pack: u64,
    /// Whether the last process ended in good order; none for a new record.
    pub(crate) clean: Option<bool>,
    /// How many bytes bodies take.
    pub(crate) body_bytes: u64,
}

/// Makes the file so that its owner alone may read it, if it is not there: bodies say who asked for what. The log gets the permissions
/// of the file from SQLite. What fails here, opening the file will tell.
fn make_private(path: &Path) {
    let mut open = std::fs::OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    let _ = open.open(path);
}

/// The file, opened for writing.
pub(crate) struct Store {
    connection: Connection,
    identity: Option<(u64, u64)>,
}

impl Store {
    /// Opens the file, or makes it if it `may_be_new`.
    pub(crate) fn open(options: &Options, may_be_new: bool) -> Result<(Self, Tail), StoreError> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, may_be_new);
        if may_be_new {
            make_private(&options.path);
        }
        let connection = Connection::open_with_flags(&options.path, flags)?;
        connection.busy_timeout(BUSY)?;
        let mut store = Self { connection, identity: identity(&options.path) };
        let is_new = is_new(&store.connection)?;
        // The log and its mode come before anything is written, the limit on size after the file has its pages.
        store.connection.pragma_update(None, "journal_mode", "wal")?;
        let synchronous = match options.durability {
            Durability::Disk => "full",
            Durability::Process => "normal",
        };
        store.connection.pragma_update(None, "synchronous", synchronous)?;
        // The log is moved by a thread of its own.
        store.connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        store.connection.pragma_update(None, "journal_size_limit", LOG_BYTES_MAX)?;
        if is_new {
            let transaction = store.begin()?;
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            transaction.commit()?;
        }
        if let Some(bytes_max) = options.bytes_max {
            let page: u64 = store.connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = (bytes_max / page.max(1)).clamp(1, u64::from(u32::MAX));
            // The pragma answers with what holds, so it is a query.
            store.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        }
        let tail = store.tail()?;
        // Not when space is what was missing a moment ago.
        if may_be_new && options.log_bytes_ahead > 0 && options.durability == Durability::Disk {
            // Without it everything works, only slower.
            let _ = store.lay_out_log(options);
        }
        Ok((store, tail))
    }

    /// Fills the log with zeros, which SQLite takes for the end of what it has logged.
    ///
    /// INVARIANT: nothing else writes to the log meanwhile. The record's lock keeps other processes away, and of this one nothing but
    /// this thread has begun to write.
    fn lay_out_log(&mut self, options: &Options) -> Result<(), rusqlite::Error> {
        static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
        // The log exists once something has been written.
        let transaction = self.begin()?;
        transaction.execute_batch("CREATE TABLE laid_out(a); DROP TABLE laid_out")?;
        transaction.commit()?;
        let mut name = options.path.as_os_str().to_owned();
        name.push("-wal");
        let fill = || -> std::io::Result<()> {
            let mut log = std::fs::OpenOptions::new().append(true).open(&name)?;
            let before = log.metadata()?.len();
            let mut length = before;
            while length < options.log_bytes_ahead {
                if let Err(error) = log.write_all(&ZEROS) {
                    // What little room there is, others need more.
                    log.set_len(before)?;
                    return Err(error);
                }
                length += ZEROS.len() as u64;
            }
            log.sync_all()
        };
        fill().map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }

    /// Where the record goes on, checked as far as it can be in an instant: the last entry is the one that its hash and the last head
    /// speak of. SQLite's log makes batches whole or nothing; this tells when something else has been at the file.
    fn tail(&self) -> Result<Tail, StoreError> {
        let id: Option<String> = self.connection.query_row("SELECT id FROM record", [], |row| row.get(0)).optional()?;
        let next_pack: i64 =
            self.connection.query_row("SELECT coalesce(max(pack), 0) + 1 FROM bodies", [], |row| row.get(0))?;
        let body_bytes: i64 =
            self.connection.query_row("SELECT coalesce(sum(bytes), 0) FROM bodies", [], |row| row.get(0))?;
        let mut last =
            self.connection.prepare("SELECT sequence, hash, content FROM entries ORDER BY sequence DESC LIMIT 2")?;
        let rows: Vec<(u64, Vec<u8>, String)> =
            last.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<_, _>>()?;
        let mut tail = Tail {
            id: id.unwrap_or_default(),
            next_pack: u64::try_from(next_pack).unwrap_or(1),
            body_bytes: u64::try_from(body_bytes).unwrap_or_default(),
            ..Tail::default()
        };
        let Some((sequence, hash, content)) = rows.first() else { return Ok(tail) };
        let previous = match rows.get(1) {
            Some((_, hash, _)) => Digest::from_slice(hash),
            None if *sequence == 1 => Some(Digest::ZERO),
            None => None,
        };
        let hash = Digest::from_slice(hash);
        let computed = previous.map(|previous| Digest::chained(&previous, content.as_bytes()));
        let (Some(hash), true) = (hash, hash.is_some() && hash == computed) else {
            return Err(StoreError::Broken(*sequence));
        };
        let head: Option<u64> =
            self.connection.query_row("SELECT max(sequence) FROM heads", [], |row| row.get(0)).optional()?.flatten();
        if head.is_some_and(|head| head > *sequence) {
            return Err(StoreError::Broken(sequence.saturating_add(1)));
        }
        (tail.sequence, tail.hash) = (*sequence, hash);
        // Quotes inside of texts are escaped, so that only the entry's own kind can look so.
        tail.clean = Some(content.contains("\"kind\":\"stop\""));
        Ok(tail)
    }

    /// Begins a transaction that has the right to write.
    pub(crate) fn begin(&mut self) -> Result<Transaction<'_>, rusqlite::Error> {
        self.connection.transaction_with_behavior(TransactionBehavior::Immediate)
    }

    /// The packs that retention takes: those made before `oldest_ns`, and the oldest as far as bodies take more than `bytes_max`.
    /// Answers the last pack, how many, and their bytes; none when all may stay.
    pub(crate) fn outlived(
        &self,
        oldest_ns: i64,
        body_bytes: u64,
        bytes_max: u64,
    ) -> Result<Option<(u64, u64, u64)>, rusqlite::Error> {
        let mut statement =
            self.connection.prepare_cached("SELECT pack, time_ns, bytes FROM bodies ORDER BY pack LIMIT ?1")?;
        let mut rows = statement.query([OUTLIVED_MAX])?;
        let mut outlived: Option<(u64, u64, u64)> = None;
        while let Some(row) = rows.next()? {
            let (pack, time_ns, bytes): (u64, i64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (_, packs, taken) = outlived.unwrap_or_default();
            if time_ns >= oldest_ns && body_bytes.saturating_sub(taken) <= bytes_max {
                break;
            }
            outlived = Some((pack, packs + 1, taken + bytes));
        }
        // What was emptied before takes nothing.
        Ok(outlived.filter(|(_, _, bytes)| *bytes > 0))
    }

    /// Whether the path still names the file that is open. SQLite goes on writing into one that was deleted or moved away.
    pub(crate) fn is_in_place(&self, path: &Path) -> bool {
        identity(path) == self.identity
    }

    /// The connection, for whoever moves the log.
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Moves all of the log into the file.
    pub(crate) fn checkpoint(&self) -> Result<(), rusqlite::Error> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }
}

/// Looks what a file is, and changes nothing.
pub(crate) fn look_at(path: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    is_new(&Connection::open_with_flags(path, flags)?).map(drop)
}

/// Whether the file is new. Anything that is not ours is left alone.
fn is_new(connection: &Connection) -> Result<bool, StoreError> {
    let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    let tables = tables.map_err(|error| match error {
        rusqlite::Error::SqliteFailure(failure, _) if failure.code == rusqlite::ErrorCode::NotADatabase => {
            StoreError::Foreign
        }
        other => StoreError::Storage(other),
    })?;
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match (tables, application, version) {
        (0, 0, 0) => Ok(true),
        (_, APPLICATION_ID, SCHEMA_VERSION) => Ok(false),
        (_, APPLICATION_ID, other) => Err(StoreError::Version(other)),
        _ => Err(StoreError::Foreign),
    }
}

/// Writes the row that names the record.
pub(crate) fn insert_id(transaction: &Transaction<'_>, id: &str) -> Result<(), rusqlite::Error> {
    transaction.execute("INSERT INTO record(id) VALUES (?1)", [id]).map(drop)
}

/// Writes one entry.
pub(crate) fn insert_entry(
    transaction: &Transaction<'_>,
    sequence: u64,
    hash: &Digest,
    content: &str,
) -> Result<(), rusqlite::Error> {
    let mut statement =
        transaction.prepare_cached("INSERT INTO entries(sequence, hash, content) VALUES (?1, ?2, ?3)")?;
    statement.execute(params![sequence, hash.0, content]).map(drop)
}

/// Writes one head.
pub(crate) fn insert_head(transaction: &Transaction<'_>, head: &Head) -> Result<(), rusqlite::Error> {
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO heads(sequence, hash, time, key, signature) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    statement.execute(params![head.sequence, head.hash.0, head.time, head.key.0, head.signature]).map(drop)
}

/// Writes one pack of bodies.
pub(crate) fn insert_pack(
    transaction: &Transaction<'_>,
    pack: u64,
    time_ns: i64,
    content: &[u8],
) -> Result<(), rusqlite::Error> {
    let mut statement =
        transaction.prepare_cached("INSERT INTO bodies(pack, time_ns, bytes, content) VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![pack, time_ns, content.len(), content]).map(drop)
}

/// Deletes packs up to and including `through`. The last one stays as an empty row, so that its number is not given again.
pub(crate) fn delete_packs(transaction: &Transaction<'_>, through: u64) -> Result<(), rusqlite::Error> {
    transaction.execute("DELETE FROM bodies WHERE pack < ?1", [through])?;
    transaction.execute("UPDATE bodies SET content = x'', bytes = 0 WHERE pack = ?1", [through]).map(drop)
}

/// What the system knows a file by: its device and number.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<(u64, u64)> {
    path.exists().then_some((0, 0))
}
