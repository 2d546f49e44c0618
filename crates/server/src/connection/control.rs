//! What is going on on one connection, told by itself and read by the sweeper, and what the sweeper wants of it.
//!
//! A connection arms no timers of its own: it writes down when it entered a phase, in an atomic that is its own, and one task looks
//! at all connections a few times a second.

use crate::limits::Limits;
use atomic_waker::AtomicWaker;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

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

/// One connection's part in the registry.
#[derive(Debug)]
pub(crate) struct Control {
    epoch: Instant,
    /// The phase in the lowest two bits, above them when it began, in milliseconds since the epoch.
    state: AtomicU64,
    requests: AtomicU32,
    /// When the client stopped taking bytes, in milliseconds since the epoch; 0 while it takes them.
    stalled_ms: AtomicU64,
    asked: AtomicU8,
    /// When it was asked to finish.
    asked_ms: AtomicU64,
    waker: AtomicWaker,
}

impl Control {
    fn new(epoch: Instant) -> Self {
        let control = Self {
            epoch,
            state: AtomicU64::new(0),
            requests: AtomicU32::new(0),
            stalled_ms: AtomicU64::new(0),
            asked: AtomicU8::new(0),
            asked_ms: AtomicU64::new(0),
            waker: AtomicWaker::new(),
        };
        control.enter(Phase::Opening);
        control
    }

    fn now_ms(&self) -> u64 {
        // The first millisecond is 1, so that 0 can mean never.
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX >> 2).saturating_add(1)
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.state.store(self.now_ms() << 2 | phase as u64, Ordering::Relaxed);
    }

    fn phase(&self) -> (Phase, u64) {
        let state = self.state.load(Ordering::Relaxed);
        let phase = match state & 3 {
            0 => Phase::Opening,
            1 => Phase::Idle,
            2 => Phase::Head,
            _ => Phase::Answering,
        };
        (phase, state >> 2)
    }

    /// Whether a part of a request's head has come.
    pub(crate) fn is_receiving_head(&self) -> bool {
        self.phase().0 == Phase::Head
    }

    /// Bytes came.
    pub(crate) fn received(&self) {
        if self.phase().0 == Phase::Idle {
            self.enter(Phase::Head);
        }
    }

    /// The client takes no more bytes for now.
    pub(crate) fn write_stalled(&self) {
        if self.stalled_ms.load(Ordering::Relaxed) == 0 {
            self.stalled_ms.store(self.now_ms(), Ordering::Relaxed);
        }
    }

    /// The client took bytes.
    pub(crate) fn write_progressed(&self) {
        if self.stalled_ms.load(Ordering::Relaxed) != 0 {
            self.stalled_ms.store(0, Ordering::Relaxed);
        }
    }

    /// A request's head is there; it is being answered for as long as the guard lives.
    pub(crate) fn answering(self: &Arc<Self>) -> Answering {
        if self.requests.fetch_add(1, Ordering::Relaxed) == 0 {
            self.enter(Phase::Answering);
        }
        Answering(Arc::clone(self))
    }

    /// To be woken when something is asked; call it before [`Self::asked`].
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
            self.asked_ms.store(self.now_ms(), Ordering::Relaxed);
            self.waker.wake();
        }
    }

    /// Asks for what the time asks for.
    fn sweep(&self, limits: &Limits, crowded: bool) {
        let ms = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let now = self.now_ms();
        let stalled = self.stalled_ms.load(Ordering::Relaxed);
        if stalled != 0 && now.saturating_sub(stalled) > ms(limits.write_stall_max) {
            return self.ask(Ask::Abort);
        }
        let (phase, since) = self.phase();
        let passed = now.saturating_sub(since);
        match phase {
            Phase::Opening if passed > ms(limits.head_time_max) => self.ask(Ask::Abort),
            Phase::Head if passed > ms(limits.head_time_max) => match self.asked() {
                // Telling the client takes a write; one that does not go through must not keep the connection.
                Ask::RefuseHead if now.saturating_sub(self.asked_ms.load(Ordering::Relaxed)) > FINISH_MS => {
                    self.ask(Ask::Abort);
                }
                _ => self.ask(Ask::RefuseHead),
            },
            Phase::Idle if self.asked() >= Ask::Finish => {
                if now.saturating_sub(self.asked_ms.load(Ordering::Relaxed)) > FINISH_MS {
                    self.ask(Ask::Abort);
                }
            }
            Phase::Idle => {
                let idle_max = if crowded { CROWDED_IDLE_MS } else { ms(limits.idle_time_max) };
                if passed > idle_max {
                    self.ask(Ask::Finish);
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
    controls: HashMap<u64, Arc<Control>>,
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
        let control = Arc::new(Control::new(self.epoch));
        let mut open = self.open();
        let id = open.next;
        open.next += 1;
        open.controls.insert(id, Arc::clone(&control));
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

    /// Looks at all connections once.
    pub(crate) fn sweep(&self, limits: &Limits) {
        let crowded = self.crowded.load(Ordering::Relaxed);
        self.open().controls.values().for_each(|control| control.sweep(limits, crowded));
    }

    /// Asks all connections, later ones too.
    pub(crate) fn ask_all(&self, ask: Ask) {
        let mut open = self.open();
        open.asked = Some(ask);
        open.controls.values().for_each(|control| control.ask(ask));
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
