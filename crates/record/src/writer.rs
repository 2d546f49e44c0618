//! The one thread that writes: batch by batch, and when it cannot, until it can again.

use crate::bodies::{Pack, Recent};
use crate::chain::{Digest, hex};
use crate::checkpoint::Checkpointer;
use crate::encode::{self, Encoder, timestamp, write_content};
use crate::entry::{Event, Gap, Retention, Start};
use crate::head::Head;
use crate::key::SigningKey;
use crate::options::Options;
use crate::queue::{Pending, Queue, Work, Written};
use crate::store::{self, Store, StoreError, Tail};
use decision::{Acknowledgement, RecordEntry};
use jiff::Timestamp;
use rusqlite::Transaction;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;
use thiserror::Error;
use value::Arena;

/// What a batch logs besides its content: the pages of trees that it touches, about.
const PAGES_BYTES: u64 = 16 << 10;

/// What every start tells.
const SOFTWARE: &str = concat!("provost ", env!("CARGO_PKG_VERSION"));

/// Why a batch could not be written.
#[derive(Debug, Error)]
pub(crate) enum WriteError {
    /// SQLite or the system refused.
    #[error("{0}")]
    Storage(#[from] rusqlite::Error),
    /// The file cannot be opened as the record that it was.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// An entry cannot be written as JSON.
    #[error("an entry cannot be written: {0}")]
    Encoding(#[from] serde_json::Error),
    /// The system gave no randomness to name a new record.
    #[error("the system gave no randomness")]
    Randomness,
    /// The file is another one than before.
    #[error("the file was deleted, moved or replaced")]
    Replaced,
    /// Something else has appended to the file.
    #[error("something else has written to the record")]
    Foreign,
}

/// The thread's state.
pub(crate) struct Writer {
    pub(crate) queue: Arc<Queue>,
    pub(crate) options: Options,
    pub(crate) key: SigningKey,
    /// None while the file cannot be opened.
    store: Option<Store>,
    tail: Tail,
    written: Written,
    recent: Recent,
    checkpointer: Checkpointer,
    arena: Arena,
    buffer: Vec<u8>,
    /// The last entry that a head covers.
    signed: u64,
    signed_at: Instant,
    looked_over: Instant,
    /// Since when nothing can be written, and why.
    failing: Option<(Timestamp, String)>,
    /// Whether this process has said that it began.
    started: bool,
}

/// What one transaction writes besides entries that were appended.
#[derive(Default)]
struct Extras<'x> {
    gap: Option<Gap<'x>>,
    retention: Option<Retention>,
    stop: bool,
    /// A head, whether it is time for one or not.
    head: bool,
}

impl Writer {
    pub(crate) fn new(queue: Arc<Queue>, options: Options, key: SigningKey) -> Self {
        let now = Instant::now();
        let checkpointer = Checkpointer::start(options.path.clone());
        Self {
            queue,
            options,
            checkpointer,
            key,
            store: None,
            tail: Tail::default(),
            written: Written::default(),
            recent: Recent::default(),
            arena: Arena::new(),
            buffer: Vec::new(),
            signed: 0,
            signed_at: now,
            looked_over: now,
            failing: None,
            started: false,
        }
    }

    /// Opens the file and says that this process begins.
    pub(crate) fn start(&mut self) -> Result<(), WriteError> {
        self.open()?;
        self.write(&[], &Extras { head: true, ..Extras::default() })
    }

    /// Goes on without having been able to start.
    pub(crate) fn start_failing(&mut self, error: &WriteError) {
        self.fail(error, Vec::new(), 0);
    }

    /// Writes until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        /// Whoever waits must be told, also when this thread ends in a way that nobody thought of.
        struct Abandon(Arc<Queue>);
        impl Drop for Abandon {
            fn drop(&mut self) {
                self.0.abandon();
            }
        }
        let _abandon = Abandon(Arc::clone(&self.queue));
        loop {
            if self.failing.is_some() {
                let closed = self.queue.pause(self.options.retry_after);
                self.try_to_recover();
                if closed {
                    break;
                }
                continue;
            }
            match self.queue.take(self.deadline()) {
                Work::Batch { pending, lost } => self.batch(pending, lost),
                Work::Closed => break,
            }
        }
        self.stop();
    }

    /// When there is something to do although nothing was appended.
    fn deadline(&self) -> Instant {
        let retention = self.looked_over + self.options.look_over_every;
        if self.signed < self.written.sequence {
            retention.min(self.signed_at + self.options.head_age_max)
        } else {
            retention
        }
    }

    fn batch(&mut self, pending: Vec<Pending>, lost: u64) {
        let now = Timestamp::now();
        let gap = (lost > 0).then_some(Gap {
            since: now,
            reason: Cow::Borrowed("too many entries waited to be written"),
            spooled: 0,
            lost,
        });
        let retention = match self.retention(now) {
            Ok(retention) => retention,
            Err(error) => return self.fail(&error, pending, lost),
        };
        if pending.is_empty() && gap.is_none() && retention.is_none() && !self.is_head_due() {
            return;
        }
        let entries: Vec<&RecordEntry> = pending.iter().map(|pending| &pending.entry).collect();
        let result = self.write(&entries, &Extras { gap, retention, ..Extras::default() });
        match result {
            Ok(()) => {
                self.queue.has_written(self.written);
                let first = self.written.sequence + 1 - u64::try_from(pending.len()).unwrap_or_default();
                let acknowledgements = pending.into_iter().map(|pending| pending.acknowledgement);
                Acknowledgement::answer_all(acknowledgements.zip((first..).map(Ok)));
            }
            Err(error) => self.fail(&error, pending, lost),
        }
    }

    fn fail(&mut self, error: &WriteError, pending: Vec<Pending>, lost: u64) {
        // After an error of input or output nothing that SQLite keeps in memory is to be relied on.
        self.store = None;
        self.failing.get_or_insert_with(|| (Timestamp::now(), error.to_string()));
        self.queue.fail(&error.to_string(), pending, lost);
    }

    /// Writes the gap and what was spooled, again until nothing more has come.
    fn try_to_recover(&mut self) {
        while let Some((since, reason)) = self.failing.clone() {
            let mut spool = self.queue.take_spool();
            let gap = Gap {
                since,
                reason: Cow::Owned(reason),
                spooled: u64::try_from(spool.entries.len()).unwrap_or(u64::MAX),
                lost: spool.lost,
            };
            let is_news = gap.spooled > 0 || gap.lost > 0 || self.started;
            let entries: Vec<&RecordEntry> = spool.entries.make_contiguous().iter().collect();
            let gap = is_news.then_some(gap);
            let result = self.open().and_then(|()| {
                // What bodies took may be what is missing.
                let retention = self.retention(Timestamp::now())?;
                self.write(&entries, &Extras { gap, retention, head: true, ..Extras::default() })
            });
            if let Err(error) = result {
                self.store = None;
                self.queue.return_spool(spool, &error.to_string());
                return;
            }
            self.queue.has_written(self.written);
            if self.queue.recover() {
                self.failing = None;
            }
        }
    }

    fn stop(&mut self) {
        if self.failing.is_some() {
            return;
        }
        // When even this fails there is nobody left to tell; the next start says that this process did not end in good order.
        if self.write(&[], &Extras { stop: true, head: true, ..Extras::default() }).is_ok() {
            self.queue.has_written(self.written);
            if let Some(store) = &self.store {
                let _ = store.checkpoint();
            }
        }
    }

    /// Opens the file, if it is not open. It must go on where this process ended.
    fn open(&mut self) -> Result<(), WriteError> {
        if self.store.is_some() {
            return Ok(());
        }
        // A new file in the place of one that was taken away would inherit the other's log, if that one is brought back.
        let (store, tail) = Store::open(&self.options, !self.started)?;
        if self.started && (tail.sequence, tail.hash) != (self.written.sequence, self.written.hash) {
            return Err(if tail.id == self.tail.id { WriteError::Foreign } else { WriteError::Replaced });
        }
        self.written.sequence = tail.sequence;
        self.written.hash = tail.hash;
        self.store = Some(store);
        self.tail = tail;
        self.recent.clear();
        Ok(())
    }

    /// What is to be deleted now, if it is time to look.
    fn retention(&mut self, now: Timestamp) -> Result<Option<Retention>, WriteError> {
        let Some(store) = &self.store else { return Ok(None) };
        if self.looked_over.elapsed() < self.options.look_over_every {
            return Ok(None);
        }
        if !store.is_in_place(&self.options.path) {
            return Err(WriteError::Replaced);
        }
        let bodies = &self.options.bodies;
        let age_ns = i128::try_from(bodies.age_max.as_nanos()).unwrap_or(i128::MAX);
        let oldest = i64::try_from(now.as_nanosecond().saturating_sub(age_ns)).unwrap_or(i64::MIN);
        let outlived = store.outlived(oldest, self.tail.body_bytes, bodies.bytes_max)?;
        if outlived.is_none_or(|(_, packs, _)| packs < store::OUTLIVED_MAX) {
            // Otherwise there may be more, and the next batch takes it.
            self.looked_over = Instant::now();
        }
        Ok(outlived.map(|(through_pack, packs, bytes)| Retention { through_pack, packs, bytes }))
    }

    fn is_head_due(&self) -> bool {
        let unsigned = self.written.sequence.saturating_sub(self.signed);
        unsigned >= self.options.head_entries_max
            || (unsigned > 0 && self.signed_at.elapsed() >= self.options.head_age_max)
    }

    /// Writes one transaction. When it fails nothing has happened.
    fn write(&mut self, entries: &[&RecordEntry], extras: &Extras<'_>) -> Result<(), WriteError> {
        let now = Timestamp::now();
        let is_head_due = extras.head || self.is_head_due();
        let Some(store) = &mut self.store else { return Err(WriteError::Replaced) };
        let mut tail = self.tail.clone();
        let mut pack = Pack::new(tail.next_pack);
        self.arena.reset();
        if extras.retention.is_some() {
            // What is about to be deleted must not be named again.
            self.recent.clear();
        }
        let transaction = store.begin()?;
        let mut chain = Chain {
            transaction: &transaction,
            buffer: &mut self.buffer,
            sequence: self.written.sequence,
            hash: self.written.hash,
            bytes: 0,
        };
        if !self.started {
            if tail.id.is_empty() {
                tail.id = new_id()?;
                store::insert_id(&transaction, &tail.id)?;
            }
            chain.append(
                now,
                &Event::Start(Start {
                    record: Cow::Borrowed(&tail.id),
                    key: Cow::Owned(self.key.public().to_string()),
                    software: Cow::Borrowed(SOFTWARE),
                    clean: tail.clean,
                }),
            )?;
        }
        if let Some(gap) = &extras.gap {
            chain.append(now, &Event::Gap(gap.clone()))?;
        }
        if let Some(retention) = &extras.retention {
            store::delete_packs(&transaction, retention.through_pack)?;
            tail.body_bytes = tail.body_bytes.saturating_sub(retention.bytes);
            chain.append(now, &Event::Retention(retention.clone()))?;
        }
        let mut encoder = Encoder {
            arena: &self.arena,
            recent: &self.recent,
            pack: &mut pack,
            masks: &self.options.masks,
            bodies: &self.options.bodies,
        };
        for entry in entries {
            match entry {
                RecordEntry::Decision(decision) => {
                    let event = encoder.decision(decision);
                    chain.append(timestamp(decision.time_ns), &event)?;
                }
                RecordEntry::PolicySet(set) => chain.append(timestamp(set.time_ns), &encode::policy_set(set))?,
            }
        }
        if extras.stop {
            chain.append(now, &Event::Stop)?;
        }
        let (sequence, hash) = (chain.sequence, chain.hash);
        let mut bytes = chain.bytes;
        if let Some(content) = pack.compressed() {
            let time_ns = i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX);
            store::insert_pack(&transaction, pack.number(), time_ns, &content)?;
            tail.next_pack += 1;
            let length = u64::try_from(content.len()).unwrap_or_default();
            tail.body_bytes += length;
            bytes += length;
        }
        if is_head_due {
            let head = Head::sign(&self.key, &tail.id, sequence, hash, now);
            store::insert_head(&transaction, &head)?;
        }
        transaction.commit()?;
        self.checkpointer.logged(bytes + PAGES_BYTES, store.connection());

        let at = Instant::now();
        if is_head_due {
            (self.signed, self.signed_at) = (sequence, at);
        } else if self.signed == self.written.sequence {
            // The first entry that no head covers starts the clock.
            self.signed_at = at;
        }
        self.written.entries += sequence.saturating_sub(self.written.sequence);
        self.written.batches += 1;
        (self.written.sequence, self.written.hash) = (sequence, hash);
        self.tail = tail;
        self.started = true;
        self.recent.remember(pack, at);
        self.recent.forget(at);
        Ok(())
    }

    /// What is on disk.
    pub(crate) fn written(&self) -> Written {
        self.written
    }
}

/// The chain within one transaction.
struct Chain<'c> {
    transaction: &'c Transaction<'c>,
    buffer: &'c mut Vec<u8>,
    sequence: u64,
    hash: Digest,
    /// How many bytes were appended.
    bytes: u64,
}

impl Chain<'_> {
    fn append(&mut self, time: Timestamp, event: &Event<'_>) -> Result<(), WriteError> {
        let sequence = self.sequence + 1;
        self.buffer.clear();
        write_content(self.buffer, sequence, time, event)?;
        let hash = Digest::chained(&self.hash, self.buffer);
        // What serde_json writes is UTF-8.
        let content = std::str::from_utf8(self.buffer).unwrap_or_default();
        store::insert_entry(self.transaction, sequence, &hash, content)?;
        (self.sequence, self.hash) = (sequence, hash);
        self.bytes += u64::try_from(content.len()).unwrap_or_default();
        Ok(())
    }
}

/// Names a new record.
fn new_id() -> Result<String, WriteError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| WriteError::Randomness)?;
    Ok(hex(&bytes))
}
