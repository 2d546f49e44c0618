//! What a command leaves in a record.

use crate::problem::Problem;
use crate::system_host::SystemHost;
use anyhow::Result;
use decision::{
    Answer, Append, Asked, BodyFormat, Decision, DecisionEntry, Document, NotRecorded, PolicySet, PolicySetEntry,
    RecordEntry, RequestBody, Revisions, Scrubber, Subject,
};
use host::Host;
use record::{Durability, Options, Record};
use repository::{RecordDurability, RecordSettings, Repository};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use value::{Arena, Value, json};

/// What a process that writes for long lays out of its log.
const LOG_BYTES_AHEAD: u64 = 64 << 20;

/// How long a disk may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a record is told when it is opened: its place, and what `provost.yaml` says of records. Paths in there are relative to `root`.
pub(crate) fn options(path: PathBuf, root: &Path, settings: Option<&RecordSettings>) -> Result<Options> {
    let mut options = Options { log_bytes_ahead: LOG_BYTES_AHEAD, ..Options::at(path) };
    let Some(settings) = settings else { return Ok(options) };
    if let Some(key) = &settings.key {
        options.key = root.join(key);
    }
    options.durability = match settings.durability {
        Some(RecordDurability::Process) => Durability::Process,
        Some(RecordDurability::Disk) | None => Durability::Disk,
    };
    for mask in &settings.masks {
        let mask = record::mask_at(&mask.pointer, mask.replacement.clone())
            .map_err(|error| Problem::new(error.to_string(), "correct `record: {mask: ...}` in provost.yaml"))?;
        options.masks.push(mask);
    }
    let bodies = &mut options.bodies;
    bodies.keep = settings.keep_bodies.unwrap_or(bodies.keep);
    if let Some(days) = settings.body_days_max {
        bodies.age_max = Duration::from_secs(days.saturating_mul(86_400));
    }
    bodies.bytes_max = settings.bodies_bytes_max.unwrap_or(bodies.bytes_max);
    let length = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    bodies.body_bytes_max = settings.body_bytes_max.map_or(bodies.body_bytes_max, length);
    options.spool_bytes_max = settings.spool_bytes_max.map_or(options.spool_bytes_max, length);
    options.bytes_max = settings.bytes_max;
    Ok(options)
}

/// Names of the policies and the data that decide.
pub(crate) fn revisions(repository: &Repository, policies: &PolicySet) -> Revisions {
    let files = repository.files.modules.iter().chain(&repository.files.manifests);
    let all = policies.data().as_object();
    // What exists changes by the minute, and is not what the organisation wrote down.
    let (inventory, data): (Vec<_>, Vec<_>) =
        all.into_iter().flat_map(|data| data.iter()).partition(|(key, _)| key.as_str() == Some("inventory"));
    let digest = |entries: &[(Value<'_>, Value<'_>)]| {
        let texts: Vec<_> = entries.iter().map(|(key, value)| (key.to_string(), json::to_string(*value))).collect();
        record::revision(texts.iter().map(|(key, text)| (key.as_str(), text.as_bytes())))
    };
    Revisions {
        policies: record::revision(files.map(|file| (file.name.as_str(), file.text.as_bytes()))),
        data: digest(&data),
        inventory: (!inventory.is_empty()).then(|| digest(&inventory)),
    }
}

/// A check to be recorded.
#[derive(Debug)]
pub(crate) struct Checked<'c> {
    pub(crate) repository: &'c Repository,
    pub(crate) policies: &'c PolicySet,
    pub(crate) documents: &'c [Document<'c>],
    pub(crate) subject: &'c Subject,
    pub(crate) scrubber: &'c Scrubber,
    pub(crate) decision: &'c Decision,
    pub(crate) asked: Asked,
    pub(crate) took: Duration,
}

/// Appends a check to the record at `path`.
pub(crate) fn keep(path: &Path, checked: Checked<'_>, host: &SystemHost<'_>) -> Result<()> {
    let root = checked.repository.root.as_deref().unwrap_or(Path::new("."));
    let settings = checked.repository.configuration.record.as_ref();
    let options = Options { log_bytes_ahead: 0, ..options(path.to_path_buf(), root, settings)? };
    let record = Record::open(options).map_err(|error| Problem::new(error.to_string(), error.help()))?;
    let revisions = revisions(checked.repository, checked.policies);
    let time_ns = host.now_ns();
    let policy_set = RecordEntry::PolicySet(PolicySetEntry {
        time_ns,
        revisions: revisions.clone(),
        policies: checked.policies.len(),
        cause: "check".to_owned(),
    });
    let decision = RecordEntry::Decision(Box::new(DecisionEntry {
        id: record::decision_id().map_err(|error| Problem::new(format!("no decision can be named: {error}"), ""))?,
        time_ns,
        point: checked.decision.point,
        subject: checked.subject.clone(),
        body: RequestBody {
            format: BodyFormat::Documents,
            bytes: Box::new(body(checked.documents).into_bytes()),
            masks: Vec::new(),
            scrubber: checked.scrubber.clone(),
        },
        revisions: Arc::new(revisions),
        asked: checked.asked,
        answer: Answer::Decision(Arc::new(checked.decision.clone())),
        took_ns: u64::try_from(checked.took.as_nanos()).unwrap_or(u64::MAX),
    }));
    for receipt in [record.append(policy_set), record.append(decision)] {
        receipt.wait_for(PATIENCE).map_err(|error: NotRecorded| {
            Problem::new(format!("the decision is {error}"), "check the space on the disk of the record")
        })?;
    }
    Ok(())
}

/// The documents as a record keeps them.
fn body(documents: &[Document<'_>]) -> String {
    let arena = Arena::new();
    let items: Vec<Value<'_>> = documents
        .iter()
        .map(|document| {
            arena.object(&[
                (arena.borrowed("file"), arena.string(document.file)),
                (arena.borrowed("index"), Value::Int(i64::try_from(document.index).unwrap_or(i64::MAX))),
                (arena.borrowed("document"), arena.copy(document.root)),
            ])
        })
        .collect();
    json::to_string(arena.array(&items))
}
