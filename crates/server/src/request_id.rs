//! Names for requests.

use http::HeaderValue;
use point::RequestId;
use std::cell::Cell;

thread_local! {
    static STATE: Cell<[u64; 2]> = Cell::new(seed());
}

/// A name that no other request has. It keeps no secret.
pub(crate) fn next() -> RequestId {
    STATE.with(|state| {
        // xoroshiro128+'s step, of which both halves are used.
        let [a, b] = state.get();
        let mixed = a ^ b;
        let next = [a.rotate_left(24) ^ mixed ^ (mixed << 16), mixed.rotate_left(37)];
        state.set(next);
        RequestId(u128::from(a.wrapping_add(b)) << 64 | u128::from(next[1]))
    })
}

/// A name as a header's value.
pub(crate) fn header(id: RequestId) -> HeaderValue {
    // Digits are always a header's value.
    HeaderValue::from_bytes(&id.digits()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn seed() -> [u64; 2] {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        // Names must differ and need not be unguessable.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        bytes = (now.as_nanos() ^ u128::from(std::process::id()) << 96).to_le_bytes();
    }
    let both = u128::from_le_bytes(bytes) | 1;
    [u64::try_from(both >> 64).unwrap_or_default(), u64::try_from(both & u128::from(u64::MAX)).unwrap_or(1)]
}
