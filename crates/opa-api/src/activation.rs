//! Putting bundles in use.

use crate::api::Api;
use crate::bundle::{
    ActiveBundle, Arrival, BundleContent, BundleError, BundleSettings, BundleSource, ContentOptions, Fetch, Manifest,
    arrival, conflicts, patched,
};
use crate::layered::Layered;
use crate::module::{Modules, Origin, StoredModule};
use crate::snapshot::{Parts, Snapshot};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use value::Value;

/// There is no bundle of that name in the settings.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no bundle `{0}`")]
pub struct UnknownBundle(pub String);

/// What one look at a bundle's source came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundlePoll {
    /// How long to wait before the next look.
    pub wait: Duration,
    /// Whether something new was put in use.
    pub activated: bool,
    /// Whether something went wrong; the status says what.
    pub failed: bool,
}

/// After a failure the next look comes sooner at first.
const RETRY_MIN: Duration = Duration::from_millis(100);

impl Api {
    /// Looks once whether a bundle has changed, and puts what is new in use: all of it or nothing. A bundle that is broken, not
    /// signed as it must be, or in conflict with others leaves the one before in use, and the status says so.
    ///
    /// Whoever calls this waits for [`BundlePoll::wait`] before the next call for the same bundle; different bundles may be looked
    /// at on different threads.
    ///
    /// # Errors
    /// When the settings name no such bundle.
    pub fn poll_bundle(&self, name: &str, fetch: &dyn Fetch) -> Result<BundlePoll, UnknownBundle> {
        let settings = self.settings.bundles.get(name).ok_or_else(|| UnknownBundle(name.to_owned()))?;
        self.statuses.update(name, |status| status.last_request_ns = self.host.now_ns());
        let outcome = self.look(name, settings, fetch);
        let (activated, failed) = (matches!(outcome, Ok(true)), outcome.is_err());
        let mut failures = 0;
        self.statuses.update(name, |status| {
            match &outcome {
                Ok(_) => status.succeed(),
                Err(error) => status.fail(error),
            }
            failures = status.failures_in_a_row;
        });
        Ok(BundlePoll { wait: self.wait(settings, failures), activated, failed })
    }

    /// The names of all bundles.
    pub fn bundle_names(&self) -> impl Iterator<Item = &str> {
        self.settings.bundles.keys().map(String::as_str)
    }

    fn look(&self, name: &str, settings: &BundleSettings, fetch: &dyn Fetch) -> Result<bool, BundleError> {
        let etag = self.store.snapshot().parts.bundles.get(name).and_then(|bundle| bundle.etag.clone());
        let arrived = arrival(name, settings, etag.as_deref(), fetch)?;
        let now = self.host.now_ns();
        self.statuses.update(name, |status| status.last_successful_request_ns = now);
        let Arrival::Files { files, etag, bytes } = arrived else { return Ok(false) };
        self.statuses.update(name, |status| {
            status.last_successful_download_ns = now;
            status.bytes = bytes;
        });
        let options = ContentOptions {
            name,
            dialect: self.settings.dialect,
            keys: &self.settings.keys,
            verification: settings.verification.as_ref(),
        };
        let content = BundleContent::read(&files, &options)?;
        // The files are as large as what was read from them.
        drop(files);
        let kind = if matches!(content, BundleContent::Delta { .. }) { "delta" } else { "snapshot" };
        let remote = matches!(settings.source, BundleSource::Remote(_));
        self.store.change(|before| activate(before, name, &content, etag, remote).map(Some))?;
        self.note_change(&format!("bundle {name}"));
        let revision = self.store.snapshot().parts.bundles.get(name).map(|bundle| bundle.manifest.revision.clone());
        self.statuses.update(name, |status| {
            status.last_successful_activation_ns = self.host.now_ns();
            status.active_revision = revision;
            status.activations += 1;
            status.kind = kind;
        });
        Ok(true)
    }

    /// Somewhere between the shortest and the longest delay, so that many processes do not ask at the same moment.
    fn wait(&self, settings: &BundleSettings, failures: u32) -> Duration {
        let mut bytes = [0_u8; 4];
        self.host.random(&mut bytes);
        let share = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
        if failures > 0 {
            let longest = RETRY_MIN.saturating_mul(1 << failures.min(20)).min(settings.delay_max);
            return RETRY_MIN.min(longest) + longest.saturating_sub(RETRY_MIN).mul_f64(share);
        }
        settings.delay_min + settings.delay_max.saturating_sub(settings.delay_min).mul_f64(share)
    }
}

fn activate(
    before: &Arc<Snapshot>,
    name: &str,
    content: &BundleContent,
    etag: Option<String>,
    remote: bool,
) -> Result<Snapshot, BundleError> {
    let mut parts = before.parts.clone();
    match content {
        BundleContent::Snapshot { manifest, modules, document } => {
            if let Some(problem) = conflicts(name, &manifest.roots, parts.bundle_roots()) {
                return Err(BundleError::Activation(problem));
            }
            parts.modules = Arc::new(with_modules(&parts, name, manifest, modules)?);
            let document = Layered::new(Arc::clone(document));
            let active = ActiveBundle { manifest: manifest.clone(), document, etag, remote };
            parts.bundles.insert(name.to_owned(), active);
        }
        BundleContent::Delta { manifest, document, operations } => {
            let Some(active) = parts.bundles.get_mut(name) else {
                let message =
                    "a delta bundle changes one that is in use, and none is; let the server send a snapshot first";
                return Err(BundleError::Activation(message.to_owned()));
            };
            if !manifest.has_roots_of(&active.manifest) {
                let message =
                    format!("delta bundle '{name}' has manifest roots that are different from those in the store");
                return Err(BundleError::Activation(message));
            }
            let delta = Some(Arc::clone(document));
            let patched = active.document.changed(delta, |arena, root, patch| {
                let data = root.get_str("data").unwrap_or(Value::EMPTY_OBJECT);
                let data = patched(arena, data, patch, operations)?;
                let said = root.get_str("manifest").and_then(Value::as_object);
                let mut said: Vec<_> = said.into_iter().flat_map(|said| said.iter()).collect();
                said.push((arena.borrowed("revision"), arena.string(&manifest.revision)));
                let entries = [(arena.borrowed("data"), data), (arena.borrowed("manifest"), arena.object(&said))];
                Ok::<_, crate::edit::EditError>(arena.object(&entries))
            });
            active.document = patched.map_err(|error| BundleError::Activation(error.to_string()))?;
            active.manifest.revision.clone_from(&manifest.revision);
            active.etag = etag;
        }
    }
    Ok(Snapshot::assemble(parts, Some(before))?)
}

/// The modules with those of a bundle in place of those that it had before. What stands below its roots is its own: policies from the
/// API give way, and those of the repository must not be there.
fn with_modules(
    parts: &Parts,
    name: &str,
    manifest: &Manifest,
    modules: &[Arc<StoredModule>],
) -> Result<Modules, BundleError> {
    let mut all = parts.modules.as_ref().clone();
    all.retain(|_, module| match &module.origin {
        Origin::Bundle(other) => other != name,
        Origin::Api => !manifest.permits(&module.package),
        Origin::Files => true,
    });
    let foreign = all.iter().find(|(_, module)| module.origin == Origin::Files && manifest.permits(&module.package));
    if let Some((id, module)) = foreign {
        return Err(BundleError::Activation(misplaced(id, module, name)));
    }
    for module in modules {
        all.insert(module.source.name.clone(), Arc::clone(module));
    }
    Ok(all)
}

/// What to say of a policy of the repository below the roots of a bundle.
pub(crate) fn misplaced(id: &str, module: &StoredModule, bundle: &str) -> String {
    let package = module.package.join(".");
    format!(
        "policy `{id}` of package `{package}` stands below the roots of bundle \"{bundle}\", and is not the bundle's"
    )
}
