//! A table that remembers what was seen lately.

/// Remembers things by hash, each in one slot: what needs a taken one displaces what stood there. It starts small and grows as
/// more is put in, up to a bound.
#[derive(Debug)]
pub(super) struct Memory<T> {
    slots: Vec<Option<(u64, T)>>,
    /// How many slots there are, as a power of two.
    bits: u32,
    bits_max: u32,
    inserted: usize,
}

impl<T> Memory<T> {
    /// A memory for up to two to the power of `bits_max` things.
    pub(super) fn new(bits_max: u32) -> Self {
        const BITS: u32 = 4;
        Self { slots: empty(BITS), bits: BITS, bits_max, inserted: 0 }
    }

    /// What was put in with that hash, if nothing has displaced it.
    #[inline]
    pub(super) fn get(&self, hash: u64) -> Option<&T> {
        match self.slots.get(self.place(hash)) {
            Some(Some((seen, thing))) if *seen == hash => Some(thing),
            _ => None,
        }
    }

    pub(super) fn insert(&mut self, hash: u64, thing: T) {
        self.inserted += 1;
        if self.inserted > self.slots.len() && self.bits < self.bits_max {
            self.grow();
        }
        let place = self.place(hash);
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = Some((hash, thing));
        }
    }

    #[cold]
    fn grow(&mut self) {
        self.bits = (self.bits + 2).min(self.bits_max);
        let small = std::mem::replace(&mut self.slots, empty(self.bits));
        for (hash, thing) in small.into_iter().flatten() {
            let place = self.place(hash);
            if let Some(slot) = self.slots.get_mut(place) {
                *slot = Some((hash, thing));
            }
        }
    }

    /// The upper bits of a hash are its best ones.
    #[inline]
    const fn place(&self, hash: u64) -> usize {
        (hash >> (u64::BITS - self.bits)) as usize
    }
}

fn empty<T>(bits: u32) -> Vec<Option<(u64, T)>> {
    std::iter::repeat_with(|| None).take(1 << bits).collect()
}
