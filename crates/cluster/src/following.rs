//! Following all kinds that are wanted.

use crate::access::Access;
use crate::client::Client;
use crate::existing::{Existing, Status};
use crate::follow;
use crate::snapshot::Snapshot;
use gatekeeper::InventoryKind;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::AbortHandle;

/// How objects are followed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// After so long without a word of the API server nothing is known any more.
    pub age_max: Duration,
    /// More objects than these are not kept.
    pub objects_max: usize,
    /// Snapshots are no closer together.
    pub interval_min: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { age_max: Duration::from_secs(120), objects_max: 100_000, interval_min: Duration::from_secs(1) }
    }
}

/// Following goes on until this value goes.
#[derive(Debug)]
pub struct Following {
    existing: Arc<Existing>,
    wanted: UnboundedSender<Vec<InventoryKind>>,
    _thread: JoinHandle<()>,
}

impl Following {
    /// Follows `kinds` on a thread of its own, which calls `on_change` with what exists whenever that has changed.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        access: Access,
        kinds: &[InventoryKind],
        settings: &Settings,
        on_change: impl FnMut(Snapshot) + Send + 'static,
    ) -> io::Result<Self> {
        let existing = Arc::new(Existing::new(settings.age_max, settings.objects_max));
        let (wanted, changes) = mpsc::unbounded_channel();
        let following = Arc::clone(&existing);
        let interval_min = settings.interval_min;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        existing.want(kinds);
        // Nobody has stopped listening yet.
        let _ = wanted.send(kinds.to_vec());
        let thread = std::thread::Builder::new().name("provost-cluster".to_owned()).spawn(move || {
            let publishing = publish(Arc::clone(&following), interval_min, on_change);
            let followers = Followers { client: Client::new(access), existing: following, running: HashMap::new() };
            runtime.block_on(async move {
                let publishing = tokio::spawn(publishing);
                followers.run(changes).await;
                publishing.abort();
            });
        })?;
        Ok(Self { existing, wanted, _thread: thread })
    }

    /// Follows these kinds from now on. What is known of those that were followed already goes on being known.
    pub fn want(&self, kinds: &[InventoryKind]) {
        self.existing.want(kinds);
        // The thread ends with this value.
        let _ = self.wanted.send(kinds.to_vec());
    }

    /// What is known now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::take(&self.existing)
    }

    /// How well it is known.
    pub fn status(&self) -> Status {
        self.existing.status()
    }
}

/// Those who follow a kind each.
struct Followers {
    client: Client,
    existing: Arc<Existing>,
    running: HashMap<InventoryKind, AbortHandle>,
}

impl Followers {
    /// Follows what is wanted, until nobody can want anything any more.
    async fn run(mut self, mut wanted: UnboundedReceiver<Vec<InventoryKind>>) {
        while let Some(kinds) = wanted.recv().await {
            self.running.retain(|kind, task| {
                let stays = kinds.contains(kind);
                if !stays {
                    task.abort();
                }
                stays
            });
            for kind in kinds {
                let (client, existing) = (&self.client, &self.existing);
                self.running.entry(kind.clone()).or_insert_with(|| {
                    let following = follow::follow_kind(client.clone(), Arc::clone(existing), kind);
                    tokio::spawn(following).abort_handle()
                });
            }
        }
    }
}

/// Tells what exists when it has changed, or is no longer known. What is unknown refuses, so that what takes its place does not wait.
async fn publish(existing: Arc<Existing>, interval_min: Duration, mut on_change: impl FnMut(Snapshot)) {
    let mut last: Option<Snapshot> = None;
    loop {
        if !last.as_ref().is_some_and(|last| last.holds(&existing)) {
            let snapshot = Snapshot::take(&existing);
            let is_whole = snapshot.is_whole();
            on_change(snapshot.clone());
            last = Some(snapshot);
            if is_whole {
                existing.set_known();
                tokio::time::sleep(interval_min).await;
            }
        }
        // What grows too old changes nothing by itself.
        let _ = tokio::time::timeout(interval_min, existing.changed.notified()).await;
    }
}
