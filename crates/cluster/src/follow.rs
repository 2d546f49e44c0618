//! Following the objects of a kind: all of them listed, then whatever happens to them.

use crate::backoff::Backoff;
use crate::client::Client;
use crate::discovery;
use crate::error::ClientError;
use crate::existing::Existing;
use crate::kind::Served;
use crate::object::{Event, Page};
use gatekeeper::InventoryKind;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// So many objects come at once.
const PAGE_OBJECTS: usize = 500;

/// The API server ends a watch after at most so long.
const WATCH_TIME_MAX: Duration = Duration::from_secs(240);

/// What a connection may take longer than the watch on it.
const WATCH_GRACE: Duration = Duration::from_secs(5);

/// A watch that ends sooner counts as one that failed, so that a proxy that cuts connections is not asked without pause.
const WATCH_TIME_MIN: Duration = Duration::from_millis(500);

/// Follows one kind until it is dropped.
pub(crate) async fn follow_kind(client: Client, existing: Arc<Existing>, kind: InventoryKind) {
    let mut backoff = Backoff::default();
    loop {
        let found = match discovery::find(&client, &kind).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(kind = %kind, %error, "what the API server has by that name cannot be told");
                existing.failed(&kind, None, &error);
                tokio::time::sleep(backoff.next()).await;
                continue;
            }
        };
        backoff.reset();
        existing.resolve(&kind, &found);
        if found.is_empty() {
            tracing::info!(kind = %kind, "the API server has no such kind");
            // It may be defined one day, and until then there are no objects of it.
            tokio::time::sleep(existing.age_max / 3).await;
            continue;
        }
        let mut parts = JoinSet::new();
        for served in found {
            let (client, existing, kind) = (client.clone(), Arc::clone(&existing), kind.clone());
            parts.spawn(async move { Follower { client, existing, kind, served }.follow().await });
        }
        // One of them is no longer there: the others are asked for anew with it.
        let _ = parts.join_next().await;
        tokio::time::sleep(backoff.next()).await;
    }
}

/// Follows what the API server has by the name of a kind.
struct Follower {
    client: Client,
    existing: Arc<Existing>,
    kind: InventoryKind,
    served: Served,
}

impl Follower {
    /// Goes on until the API server no longer has the kind.
    async fn follow(self) {
        let mut backoff = Backoff::default();
        loop {
            if let Err(error) = self.list().await {
                if error.is_absent() {
                    return;
                }
                self.failed(&error);
                tokio::time::sleep(backoff.next()).await;
                continue;
            }
            loop {
                let started = Instant::now();
                match self.watch().await {
                    Ok(()) if started.elapsed() >= WATCH_TIME_MIN => backoff.reset(),
                    Ok(()) => tokio::time::sleep(backoff.next()).await,
                    Err(error) if error.is_absent() => return,
                    Err(error) => {
                        self.failed(&error);
                        tokio::time::sleep(backoff.next()).await;
                        if error.is_expired() {
                            break;
                        }
                    }
                }
            }
        }
    }

    fn failed(&self, error: &ClientError) {
        match error.is_expired() {
            true => tracing::info!(kind = %self.kind, "everything is listed again: the last change is long ago"),
            false => tracing::warn!(kind = %self.kind, %error, "objects cannot be followed; it is tried again"),
        }
        self.existing.failed(&self.kind, Some(&self.served), error);
    }

    /// Lists everything, page by page.
    async fn list(&self) -> Result<(), ClientError> {
        let mut listed = Vec::new();
        let mut rest: Option<String> = None;
        loop {
            let mut path = format!("{}?limit={PAGE_OBJECTS}", self.served.path());
            if let Some(rest) = &rest {
                path.push_str(&format!("&continue={}", utf8_percent_encode(rest, NON_ALPHANUMERIC)));
            }
            let bytes = self.client.get(&path).await?;
            let known = |key: &_, version: &str| self.existing.is_known(&self.kind, &self.served, key, version);
            let page = Page::read(&bytes, &self.served, known)?;
            listed.extend(page.objects);
            self.existing.check_count(listed.len())?;
            rest = page.rest;
            if rest.is_none() {
                tracing::info!(kind = %self.kind, objects = listed.len(), "all objects are listed");
                return self.existing.replace(&self.kind, &self.served, listed, page.version);
            }
        }
    }

    /// Takes in what happens until the API server ends the watch, which it does after a while.
    async fn watch(&self) -> Result<(), ClientError> {
        // The API server says that nothing has happened shortly before it ends a watch, so that silence is never long.
        let time_max = (self.existing.age_max / 3).min(WATCH_TIME_MAX).max(Duration::from_secs(1));
        let version = self.existing.version(&self.kind, &self.served);
        let path = format!(
            "{}?watch=1&allowWatchBookmarks=true&resourceVersion={}&timeoutSeconds={}",
            self.served.path(),
            utf8_percent_encode(&version, NON_ALPHANUMERIC),
            time_max.as_secs(),
        );
        let mut lines = self.client.lines(&path, time_max + WATCH_GRACE).await?;
        while let Some(line) = lines.next(time_max + WATCH_GRACE).await? {
            self.existing.happened(&self.kind, &self.served, Event::read(&line, &self.served)?)?;
        }
        // It was there to the end, and had nothing more to say.
        self.existing.confirm(&self.kind, &self.served);
        Ok(())
    }
}
