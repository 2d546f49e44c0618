//! What is going on on one connection, told by itself and read by the sweeper, and what the sweeper wants of it.
//!
//! A connection arms no timers of its own and looks at no clock: it writes down what phase it is in, in an atomic that is its own, and
//! one task looks at all connections a few times a second.

use crate::limits::Limits;
use atomic_waker::AtomicWaker;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

/// How often the sweeper looks. Times are exact to this much.
pub(crate) const SWEEP_INTERVAL_MS: u64 = 100;

/// An idle connection's limit when others wait for their turn.
const CROWDED_IDLE_MS: u64 = 1_000;

/// How long a connection that was asked to finish may take when nothing is under way on it.
const FINISH_MS: u64 = 5_000;

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// It is being opened: a TLS handshake, and which protocol the client speaks.
    Opening = 0,
    /// No request is under way and nothing of one has come.
    Idle = 1,
    /// A part of a request's head has come; HTTP/1 only.
    Head = 2,
    /// Requests are being answered; they have their own limits.
    Answering = 3,
}

/// What the server wants of a connection. Later ones win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Ask {
    /// Nothing.
    Nothing = 0,
    /// Answer what is under way and close.
    Finish = 1,
    /// Tell the client that its request took too long to come, and close.
    RefuseHead = 2,
    /// Close.
    Abort = 3,
}

/// One connection's part in the registry. Nothing here looks at a clock: the sweeper does, for all of them.
#[derive(Debug, Default)]
pub(crate) struct Control {
    /// The phase in the lowest two bits; above them a number that changes whenever one begins.
    state: AtomicU64,
    requests: AtomicU32,
    /// Even while the client takes bytes, odd while it does not; it changes whenever either begins.
    stalls: AtomicU32,
    asked: AtomicU8,
    waker: AtomicWaker,
}

impl Control {
    /// A phase begins. One that began at the same time in another task of the connection may count in its place.
    pub(crate) fn enter(&self, phase: Phase) {
        let number = (self.state.load(Ordering::Relaxed) >> 2).wrapping_add(1);
        self.state.store(number << 2 | phase as u64, Ordering::Relaxed);
    }

    fn phase(&self) -> Phase {
        phase_of(self.state.load(Ordering::Relaxed))
    }

    /// Whether no request's head has come yet: not even a handshake is done, or nothing came after it, or only a part of a head. Until
    /// then at most two phases have begun, idling and receiving; after a request it was three.
    fn has_asked_nothing(&self) -> bool {
        let state = self.state.load(Ordering::Relaxed);
        phase_of(state) != Phase::Answering && state >> 2 <= 2
    }

    /// Whether a part of a request's head has come.
    pub(crate) fn is_receiving_head(&self) -> bool {
        self.phase() == Phase::Head
    }

    /// Bytes came.
    pub(crate) fn received(&self) {
        if self.phase() == Phase::Idle {
            self.enter(Phase::Head);
        }
    }

    /// The client takes no more bytes for now.
    pub(crate) fn write_stalled(&self) {
        let stalls = self.stalls.load(Ordering::Relaxed);
        if stalls & 1 == 0 {
            self.stalls.store(stalls.wrapping_add(1), Ordering::Relaxed);
        }
    }

    /// The client took bytes.
    pub(crate) fn write_progressed(&self) {
        let stalls = self.stalls.load(Ordering::Relaxed);
        if stalls & 1 == 1 {
            self.stalls.store(stalls.wrapping_add(1), Ordering::Relaxed);
        }
    }

    /// A request's head is there; it is being answered for as long as the guard lives.
    pub(crate) fn answering(self: Arc<Self>) -> Answering {
        if self.requests.fetch_add(1, Ordering::Relaxed) == 0 {
            self.enter(Phase::Answering);
        }
        Answering(self)
    }

    /// To be woken once when something is asked; call [`Self::asked`] after it.
    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// What the server wants.
    pub(crate) fn asked(&self) -> Ask {
        match self.asked.load(Ordering::Acquire) {
            0 => Ask::Nothing,
            1 => Ask::Finish,
            2 => Ask::RefuseHead,
            _ => Ask::Abort,
        }
    }

    fn ask(&self, ask: Ask) {
        if self.asked.fetch_max(ask as u8, Ordering::AcqRel) < ask as u8 {
            self.waker.wake();
        }
    }
}

fn phase_of(state: u64) -> Phase {
    match state & 3 {
        0 => Phase::Opening,
        1 => Phase::Idle,
        2 => Phase::Head,
        _ => Phase::Answering,
    }
}

/// What the sweeper knows of a connection: what it saw, and when it saw that first.
#[derive(Debug, Default)]
struct Seen {
    state: (u64, u64),
    stalls: (u32, u64),
    asked: (u8, u64),
}

/// How long a value has been the same, as far as was seen.
fn lasting<T: Copy + PartialEq>(seen: &mut (T, u64), value: T, now_ms: u64) -> u64 {
    if seen.0 != value || seen.1 == 0 {
        *seen = (value, now_ms);
    }
    now_ms.saturating_sub(seen.1)
}

impl Seen {
    /// Asks for what the time asks for.
    fn sweep(&mut self, control: &Control, limits: &Limits, crowded: bool, now_ms: u64) {
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let stalls = control.stalls.load(Ordering::Relaxed);
        let stalled_ms = lasting(&mut self.stalls, stalls, now_ms);
        let passed_ms = lasting(&mut self.state, control.state.load(Ordering::Relaxed), now_ms);
        let asked = control.asked();
        let asked_ms = lasting(&mut self.asked, asked as u8, now_ms);
        if stalls & 1 == 1 && stalled_ms > ms(limits.write_stall_max) {
            return control.ask(Ask::Abort);
        }
        match control.phase() {
            Phase::Opening if passed_ms > ms(limits.head_time_max) => control.ask(Ask::Abort),
            // Telling the client takes a write; one that does not go through must not keep the connection.
            Phase::Head if asked == Ask::RefuseHead && asked_ms > FINISH_MS => control.ask(Ask::Abort),
            Phase::Head if passed_ms > ms(limits.head_time_max) => control.ask(Ask::RefuseHead),
            Phase::Idle if asked >= Ask::Finish && asked_ms > FINISH_MS => control.ask(Ask::Abort),
            Phase::Idle => {
                let idle_max = if crowded { CROWDED_IDLE_MS } else { ms(limits.idle_time_max) };
                if passed_ms > idle_max {
                    control.ask(Ask::Finish);
                }
            }
            Phase::Opening | Phase::Head | Phase::Answering => {}
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Answering(Arc<Control>);

impl Drop for Answering {
    fn drop(&mut self) {
        if self.0.requests.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.enter(Phase::Idle);
        }
    }
}

/// All connections.
#[derive(Debug)]
pub(crate) struct Registry {
    epoch: Instant,
    open: Mutex<Open>,
    /// Whether connections wait for others to end.
    crowded: AtomicBool,
    emptied: tokio::sync::Notify,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    /// By number, and so the oldest first.
    controls: BTreeMap<u64, (Arc<Control>, Seen)>,
    /// What connections that come later are asked at once.
    asked: Option<Ask>,
}

/// A connection's place in the registry.
#[derive(Debug)]
pub(crate) struct Registered {
    registry: Arc<Registry>,
    id: u64,
    /// What the connection writes down.
    pub(crate) control: Arc<Control>,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self {
            epoch: Instant::now(),
            open: Mutex::default(),
            crowded: AtomicBool::new(false),
            emptied: tokio::sync::Notify::new(),
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a connection.
    pub(crate) fn register(self: &Arc<Self>) -> Registered {
        let control = Arc::new(Control::default());
        let mut open = self.open();
        let id = open.next;
        open.next += 1;
        open.controls.insert(id, (Arc::clone(&control), Seen::default()));
        if let Some(ask) = open.asked {
            control.ask(ask);
        }
        Registered { registry: Arc::clone(self), id, control }
    }

    /// How many connections are open.
    pub(crate) fn len(&self) -> usize {
        self.open().controls.len()
    }

    /// Whether connections wait for others to end.
    pub(crate) fn set_crowded(&self, crowded: bool) {
        self.crowded.store(crowded, Ordering::Relaxed);
    }

    /// Closes the oldest connection that has not asked anything yet, so that nobody keeps others out by connecting and saying nothing. To
    /// drive out who does ask, somebody has to open all places anew in the time that a handshake and a head take.
    pub(crate) fn make_room(&self) {
        let open = self.open();
        let mut controls = open.controls.values().map(|(control, _)| control);
        if let Some(oldest) = controls.find(|control| control.has_asked_nothing() && control.asked() < Ask::Abort) {
            oldest.ask(Ask::Abort);
        }
    }

    /// Looks at all connections once.
    pub(crate) fn sweep(&self, limits: &Limits) {
        let crowded = self.crowded.load(Ordering::Relaxed);
        // The first millisecond is 1, so that 0 can mean never.
        let now_ms = u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1;
        for (control, seen) in self.open().controls.values_mut() {
            seen.sweep(control, limits, crowded, now_ms);
        }
    }

    /// Asks all connections, later ones too.
    pub(crate) fn ask_all(&self, ask: Ask) {
        let mut open = self.open();
        open.asked = Some(ask);
        open.controls.values().for_each(|(control, _)| control.ask(ask));
    }

    /// Waits until no connection is open.
    pub(crate) async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.len() == 0 {
                return;
            }
            emptied.await;
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut open = self.registry.open();
        open.controls.remove(&self.id);
        if open.controls.is_empty() {
            self.registry.emptied.notify_waiters();
        }
    }
}
