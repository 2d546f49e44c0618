//! Files that are read again when they change.
//!
//! The system says when something happens in a folder, and every so often somebody looks, because there are file systems that say
//! nothing. What counts is not that something happened but that the files are other ones than before.

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::hash_map::DefaultHasher;
use std::ffi::OsStr;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

/// How long files must be quiet before they are read: whatever writes them writes several.
const QUIET: Duration = Duration::from_millis(200);

/// How long they may stay unquiet before they are read all the same.
const UNQUIET_MAX: Duration = Duration::from_secs(5);

/// Files and folders looked at below one path.
const ENTRIES_MAX: usize = 100_000;

/// Folders inside folders.
const DEPTH_MAX: usize = 32;

/// Watches files for as long as it lives.
#[derive(Debug)]
pub struct FileWatch {
    stop: Option<Sender<Signal>>,
    thread: Option<JoinHandle<()>>,
}

enum Signal {
    Changed,
    Stop,
}

/// Files that stand among the watched ones and are written by this process itself, such as its record: all whose names begin like one of
/// these. What it writes must not make it read everything again, and that be written down in turn.
#[derive(Clone, Debug, Default)]
pub struct OwnFiles(Vec<(PathBuf, String)>);

impl OwnFiles {
    /// The files at `paths`, and those beside them whose names go on.
    pub fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let own = |path: PathBuf| {
            let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let name = path.file_name()?.to_str()?.to_owned();
            Some((fs::canonicalize(folder).ok()?, name))
        };
        Self(paths.into_iter().filter_map(own).collect())
    }

    fn contain(&self, path: &Path) -> bool {
        let Some(name) = path.file_name().and_then(OsStr::to_str) else { return false };
        let is_in =
            |folder: &Path| path.parent().and_then(|parent| fs::canonicalize(parent).ok()).as_deref() == Some(folder);
        self.0.iter().any(|(folder, start)| name.starts_with(start.as_str()) && is_in(folder))
    }
}

impl FileWatch {
    /// Calls `changed` on a thread of its own whenever the files and folders at `paths` are other ones than before. Where the system
    /// does not say so, it is found out within `interval`. From then on what `changed` returns is watched, if it returns anything. Files of
    /// its `own` do not count.
    ///
    /// # Errors
    /// When there can be no further thread.
    pub fn start(
        mut paths: Vec<PathBuf>,
        own: OwnFiles,
        interval: Duration,
        mut changed: impl FnMut() -> Option<Vec<PathBuf>> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (stop, signals) = mpsc::channel();
        let events = stop.clone();
        let mut seen = fingerprint(&paths, &own);
        let thread = std::thread::Builder::new().name("provost-watch".to_owned()).spawn(move || {
            let mut watcher = watch(&paths, &own, events.clone());
            while wait(&signals, interval) {
                let now = fingerprint(&paths, &own);
                if now == seen {
                    continue;
                }
                seen = now;
                if let Some(others) = changed().filter(|others| *others != paths) {
                    paths = others;
                    seen = fingerprint(&paths, &own);
                    drop(watcher);
                    watcher = watch(&paths, &own, events.clone());
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for FileWatch {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended already.
            let _ = stop.send(Signal::Stop);
        }
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported over there.
            let _ = thread.join();
        }
    }
}

/// Waits for a change, or for the interval to pass. Returns whether to go on.
fn wait(signals: &Receiver<Signal>, interval: Duration) -> bool {
    match signals.recv_timeout(interval) {
        Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
        Err(RecvTimeoutError::Timeout) => return true,
        Ok(Signal::Changed) => {}
    }
    let started = std::time::Instant::now();
    while started.elapsed() < UNQUIET_MAX {
        match signals.recv_timeout(QUIET) {
            Ok(Signal::Changed) => {}
            Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => break,
        }
    }
    true
}

/// Tells of what happens in the folders around `paths`: a file is often replaced and not written, which only its folder is told.
fn watch(paths: &[PathBuf], own: &OwnFiles, events: Sender<Signal>) -> Option<RecommendedWatcher> {
    let (known, own) = (with_targets(paths), own.clone());
    let told = move |event: notify::Result<Event>| {
        let counts = |event: Event| concerns(&event, &known) && !event.paths.iter().all(|path| own.contain(path));
        if event.is_ok_and(counts) {
            // The watch may have ended.
            let _ = events.send(Signal::Changed);
        }
    };
    let mut watcher = notify::recommended_watcher(told)
        .inspect_err(|error| tracing::warn!(%error, "the system does not say when files change; they are looked at every so often"))
        .ok()?;
    let mut folders: Vec<(&Path, RecursiveMode)> = paths
        .iter()
        .map(|path| {
            if path.is_dir() {
                return (path.as_path(), RecursiveMode::Recursive);
            }
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            (parent.unwrap_or(Path::new(".")), RecursiveMode::NonRecursive)
        })
        .collect();
    folders.sort_unstable_by_key(|(folder, _)| *folder);
    folders.dedup();
    for (folder, mode) in folders {
        if let Err(error) = watcher.watch(folder, mode) {
            tracing::warn!(folder = %folder.display(), %error, "a folder cannot be watched; it is looked at every so often");
        }
    }
    Some(watcher)
}

/// The paths, and where they lead when they are links.
fn with_targets(paths: &[PathBuf]) -> Vec<PathBuf> {
    let targets = paths.iter().filter_map(|path| fs::canonicalize(path).ok());
    paths.iter().cloned().chain(targets).collect()
}

/// Whether the files may be other ones after this. Reading is an event too; and so is each write to another file of their folders, such
/// as a record or a log, which would never let them be quiet. Any name that comes, goes or turns may be a link on their way.
fn concerns(event: &Event, paths: &[PathBuf]) -> bool {
    let is_one = |changed: &PathBuf| {
        paths.iter().any(|path| changed.starts_with(path) || changed.file_name() == path.file_name())
    };
    match event.kind {
        EventKind::Access(_) => false,
        EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)) => event.paths.iter().any(is_one),
        _ => true,
    }
}

/// Tells files apart without reading them: by what they are, how long they are and when they were written.
fn fingerprint(paths: &[PathBuf], own: &OwnFiles) -> u64 {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        let mut left = ENTRIES_MAX;
        path.hash(&mut hasher);
        add(path, own, DEPTH_MAX, &mut left, &mut hasher);
    }
    hasher.finish()
}

fn add(path: &Path, own: &OwnFiles, depth: usize, left: &mut usize, hasher: &mut DefaultHasher) {
    // Links are followed: Kubernetes replaces mounted files by turning one.
    let Ok(metadata) = fs::metadata(path) else { return };
    if !metadata.is_dir() {
        metadata.len().hash(hasher);
        metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH).hash(hasher);
        std::os::unix::fs::MetadataExt::ino(&metadata).hash(hasher);
        return;
    }
    if depth == 0 {
        return;
    }
    let Ok(entries) = fs::read_dir(path) else { return };
    let mut entries: Vec<PathBuf> = entries.flatten().take(*left).map(|entry| entry.path()).collect();
    *left -= entries.len();
    entries.retain(|entry| !own.contain(entry));
    entries.sort_unstable();
    for entry in entries {
        entry.hash(hasher);
        add(&entry, own, depth - 1, left, hasher);
    }
}

#[cfg(test)]
mod tests {
    use super::{FileWatch, OwnFiles, concerns};
    use notify::event::{AccessKind, CreateKind, DataChange, ModifyKind, RenameMode};
    use notify::{Event, EventKind};
    use std::fs;
    use std::path::PathBuf;
    use std::sync::mpsc;
    use std::time::Duration;

    const DEADLINE: Duration = Duration::from_secs(20);

    fn tell(sender: mpsc::Sender<()>) -> impl FnMut() -> Option<Vec<PathBuf>> + Send {
        move || {
            sender.send(()).unwrap();
            None
        }
    }

    #[test]
    fn only_what_may_matter_counts() {
        let paths: Vec<PathBuf> = ["provost.yaml", "/etc/tls/server.crt", "/srv/policies"].map(PathBuf::from).into();
        let written = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        let cases = [
            (written, "./provost.yaml", true),
            (written, "/srv/policies/deep/a.rego", true),
            (written, "./decisions.db-wal", false),
            (written, "/etc/tls/access.log", false),
            (EventKind::Access(AccessKind::Any), "./provost.yaml", false),
            (EventKind::Create(CreateKind::File), "/etc/tls/server.crt", true),
            // As Kubernetes turns a link when a mounted secret changes.
            (EventKind::Modify(ModifyKind::Name(RenameMode::To)), "/etc/tls/..data", true),
        ];
        for (kind, path, expected) in cases {
            assert_eq!(concerns(&Event::new(kind).add_path(path.into()), &paths), expected, "{kind:?} {path}");
        }
    }

    #[test]
    fn files_that_are_written_replaced_or_added_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("certificate.pem");
        let policies = folder.path().join("policies");
        fs::create_dir_all(policies.join("below")).unwrap();
        fs::write(&file, "one").unwrap();
        let (sender, changes) = mpsc::channel();
        let paths = vec![file.clone(), policies.clone()];
        let _watch = FileWatch::start(paths, OwnFiles::default(), Duration::from_millis(50), tell(sender)).unwrap();

        fs::write(&file, "two!").unwrap();
        changes.recv_timeout(DEADLINE).expect("a file was written");
        let fresh = folder.path().join("fresh");
        fs::write(&fresh, "three").unwrap();
        fs::rename(&fresh, &file).unwrap();
        changes.recv_timeout(DEADLINE).expect("a file was replaced");
        fs::write(policies.join("below/new.rego"), "package a").unwrap();
        changes.recv_timeout(DEADLINE).expect("a file was added");
    }

    #[test]
    fn a_link_that_turns_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["1", "2"] {
            fs::create_dir(folder.path().join(version)).unwrap();
            fs::write(folder.path().join(version).join("tls.crt"), version).unwrap();
        }
        // As the kubelet does: tls.crt -> ..data/tls.crt, ..data -> 1
        let link = |to: &str, from: &str| std::os::unix::fs::symlink(to, folder.path().join(from)).unwrap();
        link("1", "..data");
        link("..data/tls.crt", "tls.crt");
        let (sender, changes) = mpsc::channel();
        let file = folder.path().join("tls.crt");
        let _watch =
            FileWatch::start(vec![file], OwnFiles::default(), Duration::from_millis(50), tell(sender)).unwrap();
        link("2", "..data_tmp");
        fs::rename(folder.path().join("..data_tmp"), folder.path().join("..data")).unwrap();
        changes.recv_timeout(DEADLINE).expect("the link turned");
    }

    #[test]
    fn what_is_watched_can_change() {
        let folder = tempfile::tempdir().unwrap();
        let (list, first, second) = (folder.path().join("list"), folder.path().join("a/1"), folder.path().join("b/2"));
        for path in [&first, &second] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "one").unwrap();
        }
        fs::write(&list, "a").unwrap();
        let (sender, changes) = mpsc::channel();
        let other = vec![list.clone(), second.clone()];
        let _watch =
            FileWatch::start(vec![list.clone(), first], OwnFiles::default(), Duration::from_millis(50), move || {
                sender.send(()).unwrap();
                Some(other.clone())
            })
            .unwrap();
        fs::write(&list, "b!").unwrap();
        changes.recv_timeout(DEADLINE).expect("the list was written");
        while changes.recv_timeout(Duration::from_millis(300)).is_ok() {}
        fs::write(&second, "two!").unwrap();
        changes.recv_timeout(DEADLINE).expect("what the list names now was written");
    }

    #[test]
    fn what_the_process_writes_itself_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let (record, policy) = (folder.path().join("decisions.db"), folder.path().join("a.rego"));
        let (sender, changes) = mpsc::channel();
        let own = OwnFiles::new([record.clone()]);
        let paths = vec![folder.path().to_path_buf()];
        let _watch = FileWatch::start(paths, own, Duration::from_millis(50), tell(sender)).unwrap();
        for name in ["decisions.db", "decisions.db-wal"] {
            fs::write(folder.path().join(name), "entry").unwrap();
        }
        assert!(changes.recv_timeout(Duration::from_secs(1)).is_err(), "its own files were written");
        fs::write(policy, "package a").unwrap();
        changes.recv_timeout(DEADLINE).expect("a policy was added");
    }
}
