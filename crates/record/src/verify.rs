//! Whether a record is what was written: each hash, each signature, each body.

use crate::chain::Digest;
use crate::entry::{BodyReference, Decision, Entry, Event};
use crate::head::Head;
use crate::key::PublicKey;
use crate::options::{HEAD_AGE_MAX, HEAD_ENTRIES_MAX};
use crate::queue::BATCH_MAX;
use crate::reader::{ReadError, Reader, StoredBody, StoredEntry};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Breaks beyond this many are only counted.
const BREAKS_MAX: usize = 100;

/// What to verify.
#[derive(Clone, Debug)]
pub struct VerifyOptions {
    /// The first entry. What comes before is taken as it is.
    pub from: u64,
    /// The last entry.
    pub through: u64,
    /// The keys that are trusted. When there are none, those that the record itself names are believed, which shows accidents and
    /// not whoever could write both.
    pub keys: Vec<PublicKey>,
    /// A head that was kept elsewhere: that entry must have that hash.
    pub head: Option<(u64, Digest)>,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self { from: 1, through: u64::MAX, keys: Vec::new(), head: None }
    }
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    /// Which record it is.
    pub id: String,
    /// How many entries were looked at.
    pub entries: u64,
    /// The first and the last of them.
    pub bounds: Option<(u64, u64)>,
    /// The hash of the last.
    pub hash: Digest,
    /// Decisions by verdict; queries under `query`.
    pub decisions: BTreeMap<String, u64>,
    /// How often other policies or data came.
    pub policy_sets: u64,
    /// How often the record could not be written.
    pub gaps: u64,
    /// How many entries are missing, as the gaps tell.
    pub lost: u64,
    /// How many processes wrote.
    pub starts: u64,
    /// How many of them did not end in good order.
    pub unclean: u64,
    /// How many signed heads there are.
    pub heads: u64,
    /// How many entries come after the last head.
    pub unsigned: u64,
    /// The keys that signed.
    pub keys: BTreeSet<PublicKey>,
    /// How many bodies are there and what their digests say.
    pub bodies: u64,
    /// How many are gone, as their retention says.
    pub bodies_gone: u64,
    /// Where it is not what was written, in order; at most the first hundred.
    pub breaks: Vec<Break>,
    /// How many more there are.
    pub breaks_left_off: u64,
}

impl Verification {
    /// Whether nothing is broken.
    pub fn holds(&self) -> bool {
        self.breaks.is_empty()
    }
}

/// A place where a record is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("entry {sequence}: {problem}")]
pub struct Break {
    /// The entry.
    pub sequence: u64,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// There are holes.
    #[error("missing, up to entry {through}")]
    Missing {
        /// The last that is missing.
        through: u64,
    },
    /// Content and hash do not belong together.
    #[error("its content, or the hash before it, is not what its hash covers")]
    Hash,
    /// The content is no entry, although the hash covers it.
    #[error("it is no entry: {0}")]
    Content(String),
    /// It says that it is another one.
    #[error("it says that it is entry {0}")]
    Sequence(u64),
    /// It begins another record.
    #[error("it belongs to the record `{0}`")]
    Record(String),
    /// A head says otherwise.
    #[error("its hash is not the one that was signed")]
    Signed,
    /// The end was cut off.
    #[error("it was signed, and is not there")]
    Cut,
    /// A signature does not hold.
    #[error("the signature of its head is none of the key {0}")]
    Signature(PublicKey),
    /// A key that nobody trusts.
    #[error("its head is signed by the key {0}, which is not trusted")]
    Key(PublicKey),
    /// What was kept elsewhere says otherwise.
    #[error("its hash is not {0}, as was expected")]
    Expected(Digest),
    /// A body is something else.
    #[error("the body {0} is not what its digest says")]
    Body(Digest),
    /// A body is gone.
    #[error("the body {0} is gone, and no entry says that it was deleted")]
    BodyGone(Digest),
    /// Nothing is there that could be what was written.
    #[error("there is no entry to verify")]
    Empty,
    /// A head that was surely signed is not there.
    #[error("no head covers it, and one is signed whenever a process begins or ends in good order; it was taken away")]
    Unsigned,
    /// As above: so much is never left unsigned.
    #[error(
        "no head covers it nor the {count} entries that follow; one is signed every {HEAD_ENTRIES_MAX} entries and every {} seconds, \
         so that some were taken away", HEAD_AGE_MAX.as_secs()
    )]
    LongUnsigned {
        /// How many entries follow.
        count: u64,
    },
    /// The storage cannot be read from here on.
    #[error("it cannot be read, nor what follows: {0}")]
    Unreadable(String),
}

/// Walks a record. `progress` is told now and then up to which entry, and which is the last.
///
/// # Errors
/// When nothing can be told, because the record cannot be read at all.
pub fn verify(
    reader: &Reader,
    options: &VerifyOptions,
    progress: &dyn Fn(u64, u64),
) -> Result<Verification, ReadError> {
    let from = options.from.max(1);
    let last = reader.bounds()?.map_or(0, |(_, last)| last);
    let through = options.through.min(last);
    let mut walk = Walk {
        reader,
        options,
        result: Verification { id: reader.id()?, ..Verification::default() },
        previous: walk_begins_after(reader, from)?,
        next: from,
        signed: from - 1,
        unsigned: Unsigned::default(),
        is_whole_end: through == last,
        announced: BTreeSet::new(),
        heads: reader.heads(from, if options.through < last { through } else { u64::MAX })?.into_iter().peekable(),
        retired: 0,
        gone: BTreeMap::new(),
    };
    for entry in reader.entries(from, through) {
        match entry {
            Ok(entry) => {
                walk.entry(&entry)?;
                if entry.sequence.is_multiple_of(1_024) {
                    progress(entry.sequence, through);
                }
            }
            Err(error) => {
                walk.broken(walk.next, Problem::Unreadable(error.to_string()));
                return Ok(walk.result);
            }
        }
    }
    walk.finish(through)
}

/// The hash before the first entry that is looked at.
fn walk_begins_after(reader: &Reader, from: u64) -> Result<Digest, ReadError> {
    if from == 1 {
        return Ok(Digest::ZERO);
    }
    let before = reader.entries(from - 1, from - 1).next().transpose()?;
    Ok(before.and_then(|entry| Digest::from_slice(&entry.hash)).unwrap_or_default())
}

struct Walk<'w> {
    reader: &'w Reader,
    options: &'w VerifyOptions,
    result: Verification,
    previous: Digest,
    /// The entry that should come.
    next: u64,
    /// The last entry that a head covers.
    signed: u64,
    /// What came after that.
    unsigned: Unsigned,
    /// Whether the last entry of the record is looked at.
    is_whole_end: bool,
    /// Keys that starts have named.
    announced: BTreeSet<PublicKey>,
    heads: std::iter::Peekable<std::vec::IntoIter<Head>>,
    /// The last pack that is gone for a reason.
    retired: u64,
    /// Packs that are gone and nobody has said why, with the first entry that names each, and the body.
    gone: BTreeMap<u64, (u64, Digest, u64)>,
}

/// Entries that no head covers.
#[derive(Default)]
struct Unsigned {
    /// When the earliest and the latest of them happened.
    times: Option<(Timestamp, Timestamp)>,
    /// The first of them with which a head is signed: where a process begins or ends.
    bound: Option<u64>,
}

impl Unsigned {
    /// A process that is killed leaves entries behind that no head covers, for no longer than this: until a head was due, and what a
    /// request may take from its decision to its entry.
    const TIME_MAX: SignedDuration = SignedDuration::from_secs(HEAD_AGE_MAX.as_secs() as i64 + 60);
    const ENTRIES_MAX: u64 = HEAD_ENTRIES_MAX + BATCH_MAX as u64;

    fn add(&mut self, entry: &Entry) {
        let (first, last) = self.times.unwrap_or((entry.time, entry.time));
        self.times = Some((first.min(entry.time), last.max(entry.time)));
        if matches!(entry.event, Event::Start(_) | Event::Stop) {
            self.bound.get_or_insert(entry.sequence);
        }
    }

    fn is_too_much(&self, entries: u64) -> bool {
        let is_long = |(first, last): (Timestamp, Timestamp)| last.duration_since(first) > Self::TIME_MAX;
        entries > Self::ENTRIES_MAX || self.times.is_some_and(is_long)
    }
}

impl Walk<'_> {
    fn broken(&mut self, sequence: u64, problem: Problem) {
        if self.result.breaks.len() < BREAKS_MAX {
            self.result.breaks.push(Break { sequence, problem });
        } else {
            self.result.breaks_left_off += 1;
        }
    }

    fn entry(&mut self, stored: &StoredEntry) -> Result<(), ReadError> {
        let sequence = stored.sequence;
        if sequence > self.next {
            self.broken(self.next, Problem::Missing { through: sequence - 1 });
        }
        self.next = sequence.saturating_add(1);
        self.result.entries += 1;
        let first = self.result.bounds.map_or(sequence, |(first, _)| first);
        self.result.bounds = Some((first, sequence));
        let computed = Digest::chained(&self.previous, &stored.content);
        let hash = Digest::from_slice(&stored.hash);
        if hash != Some(computed) {
            self.broken(sequence, Problem::Hash);
        }
        // From here on the chain is followed by what is stored, so that one break is not taken for thousands.
        self.previous = hash.unwrap_or(computed);
        self.result.hash = self.previous;
        if let Some((_, expected)) = self.options.head.filter(|(at, _)| *at == sequence)
            && hash != Some(expected)
        {
            self.broken(sequence, Problem::Expected(expected));
        }
        match stored.read() {
            Ok(entry) if entry.sequence != sequence => self.broken(sequence, Problem::Sequence(entry.sequence)),
            Ok(entry) => {
                self.unsigned.add(&entry);
                self.content(&entry)?;
            }
            Err(error) => self.broken(sequence, Problem::Content(error.to_string())),
        }
        // A head may be signed by a key that the same entry names.
        while let Some(head) = self.heads.next_if(|head| head.sequence <= sequence) {
            let problem = (head.sequence == sequence && Some(head.hash) != hash).then_some(Problem::Signed);
            self.head(&head, problem);
            self.signed = head.sequence;
            self.unsigned = Unsigned::default();
        }
        Ok(())
    }

    fn head(&mut self, head: &Head, problem: Option<Problem>) {
        self.result.heads += 1;
        self.result.keys.insert(head.key);
        let trusted = if self.options.keys.is_empty() {
            // A walk that begins later has not seen who was named before.
            self.options.from > 1 || self.announced.contains(&head.key)
        } else {
            self.options.keys.contains(&head.key)
        };
        if let Some(problem) = problem {
            self.broken(head.sequence, problem);
        } else if !head.verifies(&self.result.id) {
            self.broken(head.sequence, Problem::Signature(head.key));
        } else if !trusted {
            self.broken(head.sequence, Problem::Key(head.key));
        }
    }

    fn content(&mut self, entry: &Entry) -> Result<(), ReadError> {
        match &entry.event {
            Event::Start(start) => {
                self.result.starts += 1;
                self.result.unclean += u64::from(start.clean == Some(false));
                let key = start.key.parse::<Digest>();
                self.announced.extend(key.map(|key| PublicKey(key.0)));
                if start.record != self.result.id {
                    self.broken(entry.sequence, Problem::Record(start.record.to_string()));
                }
            }
            Event::Stop => {}
            Event::PolicySet(_) => self.result.policy_sets += 1,
            Event::Gap(gap) => {
                self.result.gaps += 1;
                self.result.lost += gap.lost;
            }
            Event::Retention(retention) => {
                self.retired = self.retired.max(retention.through_pack);
                self.forgive(self.retired);
            }
            Event::Decision(decision) => {
                let verdict = decision.verdict.as_deref().unwrap_or("query");
                match self.result.decisions.get_mut(verdict) {
                    Some(count) => *count += 1,
                    None => drop(self.result.decisions.insert(verdict.to_owned(), 1)),
                }
                for reference in references(decision) {
                    self.body(entry.sequence, &reference)?;
                }
            }
        }
        Ok(())
    }

    fn body(&mut self, sequence: u64, reference: &BodyReference) -> Result<(), ReadError> {
        match self.reader.body(reference)? {
            StoredBody::Kept(_) => self.result.bodies += 1,
            StoredBody::Wrong => self.broken(sequence, Problem::Body(reference.digest)),
            StoredBody::Gone if reference.pack <= self.retired => self.result.bodies_gone += 1,
            StoredBody::Gone => self.gone.entry(reference.pack).or_insert((sequence, reference.digest, 0)).2 += 1,
        }
        Ok(())
    }

    /// Packs up to `retired` are gone for a reason.
    fn forgive(&mut self, retired: u64) {
        let unexplained = retired.checked_add(1).map(|first| self.gone.split_off(&first)).unwrap_or_default();
        let explained = std::mem::replace(&mut self.gone, unexplained);
        self.result.bodies_gone += explained.values().map(|(_, _, count)| count).sum::<u64>();
    }

    fn finish(mut self, through: u64) -> Result<Verification, ReadError> {
        if self.next <= through {
            self.broken(self.next, Problem::Missing { through });
        }
        // Heads of entries that are not there.
        while let Some(head) = self.heads.next() {
            self.head(&head, Some(Problem::Cut));
        }
        if let Some((at, expected)) = self.options.head
            && self.next <= at
            && self.options.through >= at
        {
            self.broken(at, Problem::Expected(expected));
        }
        if !self.gone.is_empty()
            && let Some(retired) = self.reader.retired_after(through)?
        {
            self.forgive(retired);
        }
        for (sequence, digest, _) in std::mem::take(&mut self.gone).into_values() {
            self.broken(sequence, Problem::BodyGone(digest));
        }
        match self.result.bounds {
            None => self.broken(self.options.from, Problem::Empty),
            Some((_, last)) => {
                self.result.unsigned = last.saturating_sub(self.signed);
                // Of a part that ends earlier, the head may stand behind the end.
                if self.is_whole_end {
                    self.check_unsigned(self.result.unsigned);
                }
            }
        }
        self.result.breaks.sort_by_key(|found| found.sequence);
        Ok(self.result)
    }

    /// Whether more is unsigned at the end than a process ever leaves behind: whoever writes entries anew, without the key, has to
    /// take the heads away that speak against them.
    fn check_unsigned(&mut self, count: u64) {
        if let Some(bound) = self.unsigned.bound {
            self.broken(bound, Problem::Unsigned);
        } else if count > 0 && (self.unsigned.is_too_much(count) || (self.options.from == 1 && self.signed == 0)) {
            self.broken(self.signed + 1, Problem::LongUnsigned { count: count - 1 });
        }
    }
}

/// All bodies that a decision names.
fn references(decision: &Decision<'_>) -> impl Iterator<Item = BodyReference> {
    let exchanges = decision.host.exchanges.and_then(|exchanges| exchanges.body);
    let result = decision.query.as_ref().and_then(|query| query.body);
    [decision.request.body, exchanges, result].into_iter().flatten()
}
