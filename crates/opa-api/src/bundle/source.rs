//! Where bundles come from.

use super::BundleError;
use super::archive;
use super::files::{BundleFile, BundleFiles};
use crate::signature::Verification;
use bytes::Bytes;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use std::{fs, io};
use thiserror::Error;

/// One bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleSettings {
    /// Where it comes from.
    pub source: BundleSource,
    /// The shortest time between two looks at the source.
    pub delay_min: Duration,
    /// The longest time between two looks at the source.
    pub delay_max: Duration,
    /// When it must be signed, and how. A bundle with a signature is verified in any case.
    pub verification: Option<Verification>,
    /// Length of the archive, and of its content after decompression.
    pub bytes_max: u64,
    /// Most files.
    pub files_max: usize,
}

impl BundleSettings {
    /// A bundle from `source`, with OPA's delays between looks.
    pub const fn new(source: BundleSource) -> Self {
        Self {
            source,
            delay_min: Duration::from_secs(60),
            delay_max: Duration::from_secs(120),
            verification: None,
            bytes_max: 1 << 30,
            files_max: 100_000,
        }
    }
}

/// Where a bundle comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleSource {
    /// A folder with the bundle's files.
    Folder(PathBuf),
    /// A `.tar.gz` file.
    Archive(PathBuf),
    /// Something that a [`Fetch`] knows how to get, such as the path of a URL.
    Remote(String),
}

impl std::fmt::Display for BundleSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(path) | Self::Archive(path) => write!(f, "{}", path.display()),
            Self::Remote(resource) => f.write_str(resource),
        }
    }
}

/// Gets bundles over the network. The server implements it: nothing here opens a connection.
pub trait Fetch: Send + Sync {
    /// Gets a bundle, or learns that it is still the one with that etag.
    ///
    /// # Errors
    /// When there is no answer, or another one than a bundle.
    fn fetch(&self, request: &FetchRequest<'_>) -> Result<Fetched, FetchError>;
}

/// What to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchRequest<'r> {
    /// The bundle's name.
    pub bundle: &'r str,
    /// What [`BundleSource::Remote`] says.
    pub resource: &'r str,
    /// The etag of what is in use: the value of `If-None-Match`.
    pub etag: Option<&'r str>,
    /// An answer must not be longer.
    pub bytes_max: u64,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// What is in use is still the newest: status 304.
    NotModified,
    /// A `.tar.gz`.
    Archive {
        /// Its bytes.
        bytes: Bytes,
        /// What the server calls this state of it.
        etag: Option<String>,
    },
}

/// Why nothing came.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct FetchError {
    /// The status of the answer, when there was one.
    pub status: Option<u16>,
    /// What happened: lower case, no full stop.
    pub message: String,
}

/// What a look at a source gave.
pub(crate) enum Arrival {
    NotModified,
    Files { files: BundleFiles, etag: Option<String>, bytes: u64 },
}

/// Looks at the source of a bundle. `etag` is that of what is in use.
pub(crate) fn arrival(
    name: &str,
    settings: &BundleSettings,
    etag: Option<&str>,
    fetch: &dyn Fetch,
) -> Result<Arrival, BundleError> {
    match &settings.source {
        BundleSource::Folder(folder) => {
            let mut found = Vec::new();
            walk(folder, folder, &mut found, 0)?;
            let state = state_of(&found);
            if etag == Some(state.as_str()) {
                return Ok(Arrival::NotModified);
            }
            let mut files = BundleFiles::new(settings.bytes_max, settings.files_max);
            for file in found {
                files.make_room(file.length)?;
                let bytes = fs::read(&file.on_disk).map_err(|error| unreadable(&file.on_disk, &error))?;
                files.push(BundleFile { path: file.path, bytes })?;
            }
            let bytes = files.bytes();
            Ok(Arrival::Files { files, etag: Some(state), bytes })
        }
        BundleSource::Archive(path) => {
            let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
            let state = state_of(&[Found {
                path: String::new(),
                on_disk: path.clone(),
                length: metadata.len(),
                changed_ns: changed_ns(&metadata),
            }]);
            if etag == Some(state.as_str()) {
                return Ok(Arrival::NotModified);
            }
            if metadata.len() > settings.bytes_max {
                return Err(super::files::too_large(settings.bytes_max));
            }
            let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
            unpacked(&bytes, settings, Some(state))
        }
        BundleSource::Remote(resource) => {
            let request = FetchRequest { bundle: name, resource, etag, bytes_max: settings.bytes_max };
            match fetch.fetch(&request)? {
                Fetched::NotModified => Ok(Arrival::NotModified),
                Fetched::Archive { bytes, etag } => unpacked(&bytes, settings, etag),
            }
        }
    }
}

fn unpacked(bytes: &[u8], settings: &BundleSettings, etag: Option<String>) -> Result<Arrival, BundleError> {
    let files = archive::read(bytes, settings.bytes_max, settings.files_max)?;
    Ok(Arrival::Files { files, etag, bytes: bytes.len() as u64 })
}

/// A file of a folder that is a bundle.
struct Found {
    path: String,
    on_disk: PathBuf,
    length: u64,
    changed_ns: u128,
}

/// What tells whether files have changed.
fn state_of(files: &[Found]) -> String {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for file in files {
        context.update(format!("{}\0{}\0{}\0", file.path, file.length, file.changed_ns).as_bytes());
    }
    context.finish().as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn changed_ns(metadata: &fs::Metadata) -> u128 {
    metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_nanos())
}

fn unreadable(path: &Path, error: &io::Error) -> BundleError {
    BundleError::Archive(format!("`{}` cannot be read: {error}", path.display()))
}

/// Folders inside folders; real bundles are far from it.
const DEPTH_MAX: usize = 100;

/// Collects the files that a bundle is made of, by name.
fn walk(root: &Path, folder: &Path, found: &mut Vec<Found>, depth: usize) -> Result<(), BundleError> {
    if depth > DEPTH_MAX {
        return Err(BundleError::Archive(format!("`{}` is nested deeper than {DEPTH_MAX} folders", folder.display())));
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        entries.push(entry.map_err(|error| unreadable(folder, &error))?.path());
    }
    entries.sort();
    for path in entries {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Links are not followed: what they lead to is not the bundle's.
        let metadata = fs::symlink_metadata(&path).map_err(|error| unreadable(&path, &error))?;
        if metadata.is_dir() {
            if !name.starts_with('.') {
                walk(root, &path, found, depth + 1)?;
            }
        } else if is_part(&name) {
            if !metadata.is_file() {
                return Err(BundleError::Archive(format!(
                    "`{}` is no file; a bundle holds files only",
                    path.display()
                )));
            }
            let below = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let (length, changed_ns) = (metadata.len(), changed_ns(&metadata));
            found.push(Found { path: archive::normal_path(&below)?, on_disk: path, length, changed_ns });
        }
    }
    Ok(())
}

/// Files that mean something in a bundle; a folder may hold others beside them.
fn is_part(name: &str) -> bool {
    name.ends_with(".rego")
        || matches!(name, "data.json" | "data.yaml" | "data.yml" | ".manifest" | ".signatures.json" | "patch.json")
}
