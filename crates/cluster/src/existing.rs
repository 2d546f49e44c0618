//! What is known to exist, and how well it is known.

use crate::error::ClientError;
use crate::kind::Served;
use crate::object::{Event, Key, Listed};
use gatekeeper::{Inventory, InventoryKind};
use kubernetes_types::GroupVersionKind;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How well everything is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Each kind that is watched.
    pub kinds: Vec<KindStatus>,
    /// Whether a snapshot in which nothing was unknown has ever been handed on.
    pub was_known: bool,
}

/// How well the objects of a kind are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindStatus {
    /// The kind, as it was asked for.
    pub kind: String,
    /// Whether all of its objects have been listed once.
    pub complete: bool,
    /// Whether they are known well enough to decide by: complete, and confirmed by the API server not too long ago.
    pub current: bool,
    /// Whether the API server has no such kind, so that there are no objects of it.
    pub absent: bool,
    /// How many there are.
    pub objects: usize,
    /// How long ago the API server said last how they are.
    pub age: Option<Duration>,
    /// What went wrong last, if it still does; nothing in it is secret.
    pub problem: Option<String>,
}

/// What is known to exist, shared by those who find out and those who ask.
#[derive(Debug)]
pub(crate) struct Existing {
    inner: Mutex<Inner>,
    /// Somebody should look: something has changed.
    pub(crate) changed: Notify,
    pub(crate) age_max: Duration,
    objects_max: usize,
    was_known: AtomicBool,
}

#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(crate) inventory: Inventory,
    pub(crate) kinds: BTreeMap<InventoryKind, Watched>,
}

/// What is known of a kind.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// What the API server has by that name; none until it has said so.
    pub(crate) parts: Option<BTreeMap<Served, Part>>,
    /// When it has said so last.
    resolved: Option<Instant>,
    problem: Option<String>,
}

/// The objects of a kind that the API server has.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// The version of each.
    versions: HashMap<Key, String>,
    /// Whether all are known.
    pub(crate) complete: bool,
    confirmed: Option<Instant>,
    /// Up to where in the API server's history they are known.
    pub(crate) version: String,
    problem: Option<String>,
}

impl Existing {
    pub(crate) fn new(age_max: Duration, objects_max: usize) -> Self {
        Self {
            inner: Mutex::default(),
            changed: Notify::new(),
            age_max,
            objects_max,
            was_known: AtomicBool::new(false),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A snapshot in which nothing is unknown has been handed on.
    pub(crate) fn set_known(&self) {
        self.was_known.store(true, Ordering::Release);
    }

    /// Whether anything is known in this version.
    pub(crate) fn is_known(&self, kind: &InventoryKind, served: &Served, key: &Key, version: &str) -> bool {
        let inner = self.lock();
        let part = inner.part(kind, served);
        part.and_then(|part| part.versions.get(key)).is_some_and(|known| known == version)
    }

    /// These kinds are asked for from now on. What is known of others is forgotten.
    pub(crate) fn want(&self, kinds: &[InventoryKind]) {
        let mut inner = self.lock();
        let gone: Vec<InventoryKind> = inner.kinds.keys().filter(|kind| !kinds.contains(kind)).cloned().collect();
        for kind in gone {
            let parts = inner.kinds.remove(&kind).and_then(|watched| watched.parts);
            parts.into_iter().flatten().for_each(|(served, part)| inner.forget(&served, part.versions.into_keys()));
        }
        for kind in kinds {
            inner.kinds.entry(kind.clone()).or_default();
        }
        drop(inner);
        self.changed.notify_one();
    }

    /// The API server has these kinds by that name.
    pub(crate) fn resolve(&self, kind: &InventoryKind, found: &[Served]) {
        let mut inner = self.lock();
        let Some(watched) = inner.kinds.get_mut(kind) else { return };
        (watched.resolved, watched.problem) = (Some(Instant::now()), None);
        let mut before = watched.parts.take().unwrap_or_default();
        let parts = found.iter().map(|served| (served.clone(), before.remove(served).unwrap_or_default())).collect();
        watched.parts = Some(parts);
        before.into_iter().for_each(|(served, part)| inner.forget(&served, part.versions.into_keys()));
        drop(inner);
        self.changed.notify_one();
    }

    /// Whether so many objects of one kind may be.
    pub(crate) const fn check_count(&self, count: usize) -> Result<(), ClientError> {
        if count > self.objects_max { Err(ClientError::TooMany(self.objects_max)) } else { Ok(()) }
    }

    /// All objects of a kind have been listed.
    pub(crate) fn replace(
        &self,
        kind: &InventoryKind,
        served: &Served,
        listed: Vec<Listed>,
        version: String,
    ) -> Result<(), ClientError> {
        let mut inner = self.lock();
        let before = inner.part_mut(kind, served).map(|part| std::mem::take(&mut part.versions)).unwrap_or_default();
        if inner.inventory.len() + listed.len() > self.objects_max + before.len() {
            if let Some(part) = inner.part_mut(kind, served) {
                part.versions = before;
            }
            return Err(ClientError::TooMany(self.objects_max));
        }
        let mut versions = HashMap::with_capacity(listed.len());
        for Listed { key, version, object } in listed {
            if let Some(object) = object {
                // It says what it is: that is how it was read.
                let _ = inner.inventory.insert_frozen(object);
            }
            versions.insert(key, version);
        }
        let gone: Vec<Key> = before.into_keys().filter(|key| !versions.contains_key(key)).collect();
        inner.forget(served, gone.into_iter());
        if let Some(part) = inner.part_mut(kind, served) {
            *part = Part { versions, complete: true, confirmed: Some(Instant::now()), version, problem: None };
        }
        drop(inner);
        self.changed.notify_one();
        Ok(())
    }

    /// Something has happened to an object.
    pub(crate) fn happened(&self, kind: &InventoryKind, served: &Served, event: Event) -> Result<(), ClientError> {
        let mut inner = self.lock();
        let inner = &mut *inner;
        let Some(part) = inner.kinds.get_mut(kind).and_then(|watched| watched.parts.as_mut()?.get_mut(served)) else {
            return Ok(());
        };
        let changed = !matches!(event, Event::Bookmark { .. });
        let was_current = part.is_current(self.age_max);
        let version = match event {
            Event::Bookmark { version } => version,
            Event::Put { key, version, object } => {
                if !part.versions.contains_key(&key) && inner.inventory.len() >= self.objects_max {
                    return Err(ClientError::TooMany(self.objects_max));
                }
                let _ = inner.inventory.insert_frozen(object);
                part.versions.insert(key, version.clone());
                version
            }
            Event::Removed { key, version } => {
                part.versions.remove(&key);
                let (namespace, name) = &key;
                inner.inventory.remove(&served.group_version_kind(), namespace, name);
                version
            }
        };
        (part.version, part.confirmed, part.problem) = (version, Some(Instant::now()), None);
        if changed || !was_current {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// The API server has nothing to add.
    pub(crate) fn confirm(&self, kind: &InventoryKind, served: &Served) {
        if let Some(part) = self.lock().part_mut(kind, served) {
            (part.confirmed, part.problem) = (Some(Instant::now()), None);
        }
        self.changed.notify_one();
    }

    /// Up to where in the API server's history the objects of a kind are known.
    pub(crate) fn version(&self, kind: &InventoryKind, served: &Served) -> String {
        self.lock().part(kind, served).map(|part| part.version.clone()).unwrap_or_default()
    }

    /// Something went wrong with a kind, or with one of those that the API server has by that name.
    pub(crate) fn failed(&self, kind: &InventoryKind, served: Option<&Served>, error: &ClientError) {
        let mut inner = self.lock();
        let Some(watched) = inner.kinds.get_mut(kind) else { return };
        let part = served.and_then(|served| watched.parts.as_mut()?.get_mut(served));
        let problem = part.map_or(&mut watched.problem, |part| &mut part.problem);
        *problem = Some(error.in_brief());
    }

    /// How well everything is known.
    pub(crate) fn status(&self) -> Status {
        let inner = self.lock();
        let status = |(kind, watched): (&InventoryKind, &Watched)| {
            let parts = watched.parts.iter().flatten();
            let ages = parts.clone().map(|(_, part)| part.confirmed);
            let oldest = if watched.is_absent() { watched.resolved } else { ages.min().flatten() };
            KindStatus {
                kind: kind.to_string(),
                complete: watched.is_complete(),
                current: watched.is_current(self.age_max),
                absent: watched.is_absent(),
                objects: parts.clone().map(|(_, part)| part.versions.len()).sum(),
                age: oldest.map(|time| time.elapsed()),
                problem: watched.problem.clone().or_else(|| parts.clone().find_map(|(_, part)| part.problem.clone())),
            }
        };
        Status { kinds: inner.kinds.iter().map(status).collect(), was_known: self.was_known.load(Ordering::Acquire) }
    }
}

impl Inner {
    fn part(&self, kind: &InventoryKind, served: &Served) -> Option<&Part> {
        self.kinds.get(kind)?.parts.as_ref()?.get(served)
    }

    fn part_mut(&mut self, kind: &InventoryKind, served: &Served) -> Option<&mut Part> {
        self.kinds.get_mut(kind)?.parts.as_mut()?.get_mut(served)
    }

    /// These objects are gone, unless they are also known under another kind that was asked for.
    fn forget(&mut self, served: &Served, keys: impl Iterator<Item = Key>) {
        let others: Vec<&Part> =
            self.kinds.values().filter_map(|watched| watched.parts.as_ref()?.get(served)).collect();
        for key in keys {
            if !others.iter().any(|part| part.versions.contains_key(&key)) {
                let (namespace, name) = &key;
                self.inventory.remove(&served.group_version_kind(), namespace, name);
            }
        }
    }
}

impl Watched {
    /// Whether the API server has no such kind.
    pub(crate) fn is_absent(&self) -> bool {
        self.parts.as_ref().is_some_and(BTreeMap::is_empty)
    }

    fn is_complete(&self) -> bool {
        self.parts.as_ref().is_some_and(|parts| parts.values().all(|part| part.complete))
    }

    /// Whether what is known of it is good enough to decide by.
    pub(crate) fn is_current(&self, age_max: Duration) -> bool {
        match &self.parts {
            None => false,
            Some(parts) if parts.is_empty() => self.resolved.is_some_and(|time| time.elapsed() <= age_max),
            Some(parts) => parts.values().all(|part| part.is_current(age_max)),
        }
    }
}

impl Part {
    pub(crate) fn is_current(&self, age_max: Duration) -> bool {
        self.complete && self.confirmed.is_some_and(|time| time.elapsed() <= age_max)
    }
}

impl Served {
    fn group_version_kind(&self) -> GroupVersionKind<'_> {
        GroupVersionKind::new(&self.api_version, &self.kind)
    }
}

#[cfg(test)]
#[path = "existing_tests.rs"]
mod tests;
