//! Bodies by their digest. Those of one batch are compressed together, because requests are like each other.

use crate::chain::Digest;
use crate::entry::BodyReference;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many bodies are remembered, so that one that comes again is not stored again.
const REMEMBERED_MAX: usize = 65_536;

/// A body is stored anew when the copy is as old as this: it would be gone too long before the entry that names it.
const REMEMBERED_FOR: Duration = Duration::from_secs(3_600);

/// Packs are not longer than this, uncompressed.
const PACK_BYTES_MAX: usize = 1 << 30;

/// Where recent bodies were put.
#[derive(Default)]
pub(crate) struct Recent {
    by_digest: FxHashMap<Digest, BodyReference>,
    by_age: VecDeque<(Digest, Instant)>,
}

impl Recent {
    /// Forgets what is old or too much.
    pub(crate) fn forget(&mut self, now: Instant) {
        while let Some((digest, since)) = self.by_age.front() {
            if self.by_age.len() <= REMEMBERED_MAX && now.duration_since(*since) < REMEMBERED_FOR {
                break;
            }
            self.by_digest.remove(digest);
            self.by_age.pop_front();
        }
    }

    /// Forgets everything, as when what was stored turns out to be gone.
    pub(crate) fn clear(&mut self) {
        self.by_digest.clear();
        self.by_age.clear();
    }

    /// Remembers what a pack holds, once that is on disk.
    pub(crate) fn remember(&mut self, pack: Pack, now: Instant) {
        for reference in pack.references {
            self.by_digest.insert(reference.digest, reference);
            self.by_age.push_back((reference.digest, now));
        }
    }
}

/// The new bodies of one batch.
pub(crate) struct Pack {
    number: u64,
    content: Vec<u8>,
    references: Vec<BodyReference>,
    by_digest: FxHashMap<Digest, BodyReference>,
}

impl Pack {
    /// An empty one, that will be the row `number`.
    pub(crate) fn new(number: u64) -> Self {
        Self { number, content: Vec::new(), references: Vec::new(), by_digest: FxHashMap::default() }
    }

    /// The row that it will be.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// Takes a body, unless it is stored already. None when the pack is full, which needs batches beyond their limits.
    pub(crate) fn add(&mut self, recent: &Recent, body: &[u8], digest: Digest) -> Option<BodyReference> {
        if let Some(known) = recent.by_digest.get(&digest).or_else(|| self.by_digest.get(&digest)) {
            return Some(*known);
        }
        if self.content.len().saturating_add(body.len()) > PACK_BYTES_MAX {
            return None;
        }
        let offset = u32::try_from(self.content.len()).ok()?;
        let length = u32::try_from(body.len()).ok()?;
        self.content.extend_from_slice(body);
        let reference = BodyReference { digest, pack: self.number, offset, length };
        self.references.push(reference);
        self.by_digest.insert(digest, reference);
        Some(reference)
    }

    /// What is stored; none when there is nothing new.
    pub(crate) fn compressed(&self) -> Option<Vec<u8>> {
        (!self.content.is_empty()).then(|| lz4_flex::block::compress_prepend_size(&self.content))
    }
}

/// The content of a stored pack; none when it is none.
pub(crate) fn decompressed(stored: &[u8]) -> Option<Vec<u8>> {
    // The length that it claims is allocated at once.
    let claimed = stored.first_chunk::<4>().map(|length| u32::from_le_bytes(*length))?;
    if usize::try_from(claimed).ok()? > PACK_BYTES_MAX {
        return None;
    }
    lz4_flex::block::decompress_size_prepended(stored).ok()
}

/// A body within the content of its pack, if it is that body.
pub(crate) fn within<'c>(content: &'c [u8], reference: &BodyReference) -> Option<&'c [u8]> {
    let start = usize::try_from(reference.offset).ok()?;
    let length = usize::try_from(reference.length).ok()?;
    let body = content.get(start..start.checked_add(length)?)?;
    (Digest::of(body) == reference.digest).then_some(body)
}
