//! Between many that decide and the one that writes: what waits for a batch, and what waits for better times.

use crate::chain::Digest;
use crate::health::{Health, State};
use decision::{Acknowledgement, NotRecorded, Receipt, RecordEntry, receipt};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Entries that wait for their batch. Each belongs to a request that waits for its answer, so that more than this are a flood.
const WAITING_MAX: usize = 65_536;

/// The same in bytes.
const WAITING_BYTES_MAX: usize = 256 << 20;

/// Entries that wait for better times.
const SPOOLED_MAX: usize = 1_000_000;

/// A batch is no longer than this, so that nobody waits long for those before.
pub(crate) const BATCH_MAX: usize = 1_024;

/// The same in bytes.
const BATCH_BYTES_MAX: usize = 16 << 20;

/// What an entry takes besides its body.
const ENTRY_BYTES: usize = 1_024;

/// An entry, and who waits for it.
pub(crate) struct Pending {
    pub(crate) entry: RecordEntry,
    pub(crate) acknowledgement: Acknowledgement,
    bytes: usize,
}

/// Entries that wait for better times, and how many found no room.
#[derive(Default)]
pub(crate) struct Spool {
    pub(crate) entries: VecDeque<RecordEntry>,
    pub(crate) lost: u64,
    bytes: usize,
}

/// What there is to write.
pub(crate) enum Work {
    /// Entries; may be none, when it is time to look after heads and retention. `lost` counts those that the queue had no room for.
    Batch { pending: Vec<Pending>, lost: u64 },
    /// Nothing more will come.
    Closed,
}

/// The queue and the spool. Threads share it.
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    filled: Condvar,
    spool_bytes_max: usize,
}

struct Inner {
    state: State,
    waiting: VecDeque<Pending>,
    waiting_bytes: usize,
    overflowed: u64,
    spool: Spool,
    /// How many entries of the spool the writer tries to write at the moment.
    spool_taken: usize,
    spooled_total: u64,
    gaps: u64,
    lost: u64,
    is_writer_idle: bool,
    writing_since: Option<Instant>,
    written: Written,
}

/// What has been written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    pub(crate) sequence: u64,
    pub(crate) hash: Digest,
    pub(crate) entries: u64,
    pub(crate) batches: u64,
}

impl Queue {
    pub(crate) fn new(spool_bytes_max: usize) -> Self {
        let inner = Inner {
            state: State::Writing,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            overflowed: 0,
            spool: Spool::default(),
            spool_taken: 0,
            spooled_total: 0,
            gaps: 0,
            lost: 0,
            is_writer_idle: false,
            writing_since: None,
            written: Written::default(),
        };
        Self { inner: Mutex::new(inner), filled: Condvar::new(), spool_bytes_max }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A writer that panics closes the queue as it goes; what is inside is whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an entry for the next batch, or into the spool.
    pub(crate) fn push(&self, entry: RecordEntry) -> Receipt {
        let (acknowledgement, receipt) = receipt();
        let bytes = entry_bytes(&entry);
        let mut inner = self.lock();
        let refused = match &inner.state {
            State::Closed => NotRecorded::Closed,
            State::Failing { reason, .. } => {
                let reason = Arc::clone(reason);
                inner.spool(entry, bytes, self.spool_bytes_max, &reason)
            }
            State::Writing => {
                if inner.waiting.len() < WAITING_MAX && inner.waiting_bytes.saturating_add(bytes) <= WAITING_BYTES_MAX {
                    inner.waiting.push_back(Pending { entry, acknowledgement, bytes });
                    inner.waiting_bytes += bytes;
                    let wake = inner.is_writer_idle;
                    drop(inner);
                    if wake {
                        self.filled.notify_one();
                    }
                    return receipt;
                }
                // What overflows before a batch is told in one gap.
                inner.gaps += u64::from(inner.overflowed == 0);
                inner.overflowed += 1;
                inner.lost += 1;
                NotRecorded::Lost("too many entries wait to be written".into())
            }
        };
        drop(inner);
        acknowledgement.answer(Err(refused));
        receipt
    }

    /// Waits for something to write, at most until `deadline`.
    pub(crate) fn take(&self, deadline: Instant) -> Work {
        let mut inner = self.lock();
        inner.writing_since = None;
        loop {
            if !inner.waiting.is_empty() || inner.overflowed > 0 {
                break;
            }
            if inner.state == State::Closed {
                return Work::Closed;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            inner.is_writer_idle = true;
            inner = self.filled.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
            inner.is_writer_idle = false;
        }
        let mut bytes = 0_usize;
        let count = inner
            .waiting
            .iter()
            .take(BATCH_MAX)
            .take_while(|pending| {
                let fits = bytes == 0 || bytes.saturating_add(pending.bytes) <= BATCH_BYTES_MAX;
                bytes = bytes.saturating_add(pending.bytes);
                fits
            })
            .count();
        let pending: Vec<Pending> = inner.waiting.drain(..count).collect();
        inner.waiting_bytes -= pending.iter().map(|pending| pending.bytes).sum::<usize>();
        inner.writing_since = Some(Instant::now());
        Work::Batch { pending, lost: std::mem::take(&mut inner.overflowed) }
    }

    /// Waits as long as there is nothing better to do than to wait. Answers whether the queue has been closed.
    pub(crate) fn pause(&self, pause: Duration) -> bool {
        let inner = self.lock();
        let open = |inner: &mut Inner| inner.state != State::Closed;
        let (inner, _) = self.filled.wait_timeout_while(inner, pause, open).unwrap_or_else(PoisonError::into_inner);
        inner.state == State::Closed
    }

    /// What is on disk by now.
    pub(crate) fn has_written(&self, written: Written) {
        let mut inner = self.lock();
        inner.written = written;
        inner.spool_taken = 0;
    }

    /// The record cannot be written: what waits is spooled, and so is what comes. `lost` is what the failed batch was to tell.
    pub(crate) fn fail(&self, reason: &str, batch: Vec<Pending>, lost: u64) {
        let reason: Arc<str> = reason.into();
        let mut inner = self.lock();
        inner.writing_since = None;
        inner.spool.lost += lost;
        let mut answers = Vec::new();
        let waiting = std::mem::take(&mut inner.waiting);
        inner.waiting_bytes = 0;
        for Pending { entry, acknowledgement, bytes } in batch.into_iter().chain(waiting) {
            answers.push((acknowledgement, inner.spool(entry, bytes, self.spool_bytes_max, &reason)));
        }
        if inner.state == State::Writing && lost == 0 {
            inner.gaps += 1;
        }
        if inner.state != State::Closed {
            inner.state = State::Failing { since: Timestamp::now(), reason };
        }
        drop(inner);
        for (acknowledgement, refused) in answers {
            acknowledgement.answer(Err(refused));
        }
    }

    /// The spool, to be written. What comes meanwhile is spooled behind it.
    pub(crate) fn take_spool(&self) -> Spool {
        let mut inner = self.lock();
        inner.writing_since = Some(Instant::now());
        inner.spool_taken = inner.spool.entries.len();
        std::mem::take(&mut inner.spool)
    }

    /// The spool could not be written.
    pub(crate) fn return_spool(&self, mut spool: Spool, reason: &str) {
        let mut inner = self.lock();
        inner.writing_since = None;
        let newer = std::mem::take(&mut inner.spool);
        spool.lost += newer.lost;
        spool.bytes += newer.bytes;
        spool.entries.extend(newer.entries);
        inner.spool = spool;
        inner.spool_taken = 0;
        if let State::Failing { reason: before, .. } = &mut inner.state
            && **before != *reason
        {
            *before = reason.into();
        }
    }

    /// The record can be written again, if nothing has come meanwhile. Answers whether that is so.
    pub(crate) fn recover(&self) -> bool {
        let mut inner = self.lock();
        if !inner.spool.entries.is_empty() || inner.spool.lost > 0 {
            return false;
        }
        if inner.state != State::Closed {
            inner.state = State::Writing;
        }
        true
    }

    /// Takes nothing more. What waits is still written.
    pub(crate) fn close(&self) {
        self.lock().state = State::Closed;
        self.filled.notify_all();
    }

    /// The writer is gone: everybody who waits is told, and nobody will wait again. Answers how many entries go with it.
    pub(crate) fn abandon(&self) -> u64 {
        let mut inner = self.lock();
        inner.state = State::Closed;
        inner.writing_since = None;
        let waiting = std::mem::take(&mut inner.waiting);
        let spool = std::mem::take(&mut inner.spool);
        let entries = spool.entries.len() + std::mem::take(&mut inner.spool_taken) + waiting.len();
        let gone = spool.lost + to_u64(entries);
        inner.lost += to_u64(entries);
        drop(inner);
        // Each answers as it is dropped.
        drop(waiting);
        gone
    }

    pub(crate) fn health(&self) -> Health {
        let inner = self.lock();
        Health {
            state: inner.state.clone(),
            sequence: inner.written.sequence,
            hash: inner.written.hash,
            written: inner.written.entries,
            batches: inner.written.batches,
            waiting: inner.waiting.len(),
            spooled: inner.spool.entries.len() + inner.spool_taken,
            spooled_total: inner.spooled_total,
            gaps: inner.gaps,
            lost: inner.lost,
            writing_for: inner.writing_since.map(|since| since.elapsed()),
        }
    }
}

impl Inner {
    fn spool(&mut self, entry: RecordEntry, bytes: usize, bytes_max: usize, reason: &Arc<str>) -> NotRecorded {
        let fits = self.spool.bytes.saturating_add(bytes) <= bytes_max && self.spool.entries.len() < SPOOLED_MAX;
        if !fits {
            self.spool.lost += 1;
            self.lost += 1;
            return NotRecorded::Lost(Arc::clone(reason));
        }
        self.spool.bytes += bytes;
        self.spooled_total += 1;
        self.spool.entries.push_back(entry);
        NotRecorded::Spooled(Arc::clone(reason))
    }
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// What an entry takes in memory, about.
fn entry_bytes(entry: &RecordEntry) -> usize {
    match entry {
        RecordEntry::Decision(decision) => ENTRY_BYTES.saturating_add((*decision.body.bytes).as_ref().len()),
        RecordEntry::PolicySet(_) => ENTRY_BYTES,
    }
}
