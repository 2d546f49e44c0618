//! Bundles: where they come from, and looking there again and again.

use crate::problem::Problem;
use anyhow::{Context, Result};
use http::StatusCode;
use http::header::{ACCEPT, AUTHORIZATION, ETAG, HeaderValue, IF_NONE_MATCH};
use opa_api::{Api, BundleSettings, BundleSource, Fetch, FetchError, FetchRequest, Fetched, SigningKey, Verification};
use repository::{BundleKeySettings, ServerSettings};
use server::{FetchOptions, Fetcher};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a bundle may take to come.
const TIME_MAX: Duration = Duration::from_secs(120);

/// The longest file with a token.
const TOKEN_BYTES_MAX: u64 = 64 << 10;

/// Bundles by name, as the API wants them, and how to fetch those that come from a server.
pub(crate) struct Bundles {
    pub(crate) settings: BTreeMap<String, BundleSettings>,
    pub(crate) keys: BTreeMap<String, SigningKey>,
    pub(crate) remotes: Remotes,
}

/// The bundles that provost.yaml names.
pub(crate) fn bundles(settings: &ServerSettings, root: &Path) -> Result<Bundles> {
    let mut bundles = BTreeMap::new();
    let mut remotes = BTreeMap::new();
    for (name, bundle) in &settings.bundles {
        let source = match (&bundle.url, &bundle.path) {
            (Some(url), _) => {
                let authority = bundle.authority.as_ref().map(|path| root.join(path));
                let fetcher = Fetcher::new(authority.as_deref())
                    .map_err(|error| Problem::new(error.to_string(), "correct `server.bundles` in provost.yaml"))?;
                let token_file = bundle.token_file.as_ref().map(|path| root.join(path));
                remotes.insert(name.clone(), Remote { fetcher, token_file });
                BundleSource::Remote(url.clone())
            }
            (None, Some(path)) if root.join(path).is_dir() => BundleSource::Folder(root.join(path)),
            (None, Some(path)) => BundleSource::Archive(root.join(path)),
            (None, None) => continue,
        };
        let mut wanted = BundleSettings::new(source);
        wanted.delay_min = bundle.delay_s_min.map_or(wanted.delay_min, Duration::from_secs);
        wanted.delay_max = bundle.delay_s_max.map_or(wanted.delay_max, Duration::from_secs).max(wanted.delay_min);
        wanted.verification = bundle.signed.as_ref().map(|signed| Verification {
            key_id: signed.key.clone(),
            scope: signed.scope.clone(),
            exclude_files: signed.exclude_files.clone(),
        });
        bundles.insert(name.clone(), wanted);
    }
    let key = |(name, key): (&String, &BundleKeySettings)| -> Result<(String, SigningKey)> {
        let file = root.join(&key.file);
        let text = fs::read_to_string(&file).with_context(|| format!("`{}` cannot be read", file.display()))?;
        Ok((name.clone(), SigningKey { algorithm: key.algorithm.clone(), key: text, scope: key.scope.clone() }))
    };
    let keys = settings.bundle_keys.iter().map(key).collect::<Result<_>>()?;
    Ok(Bundles { settings: bundles, keys, remotes: Remotes(remotes) })
}

/// How to fetch the bundles that come from a server, by name.
pub(crate) struct Remotes(BTreeMap<String, Remote>);

struct Remote {
    fetcher: Fetcher,
    /// It is read each time: tokens of workloads are short-lived, and a file with a new one takes the place of the old.
    token_file: Option<PathBuf>,
}

impl Fetch for Remotes {
    fn fetch(&self, request: &FetchRequest<'_>) -> Result<Fetched, FetchError> {
        let failed = |message: String| FetchError { status: None, message };
        let remote = self.0.get(request.bundle).ok_or_else(|| failed("it comes from no server".to_owned()))?;
        let mut headers = vec![(ACCEPT, HeaderValue::from_static("application/gzip, application/octet-stream, */*"))];
        if let Some(etag) = request.etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
            headers.push((IF_NONE_MATCH, etag));
        }
        if let Some(file) = &remote.token_file {
            let mut token = bearer(file).map_err(|reason| failed(format!("`{}`: {reason}", file.display())))?;
            token.set_sensitive(true);
            headers.push((AUTHORIZATION, token));
        }
        let bytes_max = usize::try_from(request.bytes_max).unwrap_or(usize::MAX);
        let options = FetchOptions { headers, bytes_max, time_max: TIME_MAX };
        let answer = remote.fetcher.fetch_blocking(request.resource, &options);
        let answer = answer.map_err(|error| failed(error.to_string()))?;
        match answer.status {
            StatusCode::NOT_MODIFIED => Ok(Fetched::NotModified),
            StatusCode::OK => {
                let etag = answer.headers.get(ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
                Ok(Fetched::Archive { bytes: answer.body, etag })
            }
            status => Err(FetchError {
                status: Some(status.as_u16()),
                message: format!("`{}` answered with status {}", request.resource, status.as_u16()),
            }),
        }
    }
}

fn bearer(file: &Path) -> Result<HeaderValue, String> {
    let length = fs::metadata(file).map_err(|error| error.to_string())?.len();
    if length > TOKEN_BYTES_MAX {
        return Err("it is too long for a token".to_owned());
    }
    let token = fs::read_to_string(file).map_err(|error| error.to_string())?;
    HeaderValue::from_str(&format!("Bearer {}", token.trim())).map_err(|_| "it is no token".to_owned())
}

/// Threads that look for new bundles, one each, until this value goes.
pub(crate) struct BundlePolls(Vec<(Sender<()>, JoinHandle<()>)>);

impl BundlePolls {
    /// Looks at once, and again and again.
    pub(crate) fn start(api: &Arc<Api>, remotes: Remotes) -> std::io::Result<Self> {
        let remotes = Arc::new(remotes);
        let names: Vec<String> = api.bundle_names().map(str::to_owned).collect();
        let start = |name: String| {
            let (api, remotes) = (Arc::clone(api), Arc::clone(&remotes));
            let (stop, stopped) = mpsc::channel();
            let thread = std::thread::Builder::new().name("provost-bundle".to_owned()).spawn(move || {
                loop {
                    let Ok(poll) = api.poll_bundle(&name, remotes.as_ref()) else { return };
                    if poll.activated {
                        tracing::info!(bundle = name, "a bundle is in use");
                    }
                    if poll.failed {
                        let failure = api.bundle_statuses().remove(&name).and_then(|status| status.failure);
                        let reason = failure.map(|failure| failure.message);
                        tracing::warn!(bundle = name, reason, "a bundle could not be used; what was in use goes on");
                    }
                    match stopped.recv_timeout(poll.wait) {
                        Err(RecvTimeoutError::Timeout) => {}
                        Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
            })?;
            Ok((stop, thread))
        };
        names.into_iter().map(start).collect::<std::io::Result<_>>().map(Self)
    }
}

impl Drop for BundlePolls {
    fn drop(&mut self) {
        for (stop, _) in &self.0 {
            // The thread may have ended already.
            let _ = stop.send(());
        }
        // One that is fetching is not waited for: it changes nothing that anybody will see.
        self.0.clear();
    }
}
