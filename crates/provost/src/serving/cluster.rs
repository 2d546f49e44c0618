//! What exists, from the cluster itself: policies see it as it is known, and are given what has changed.

use crate::inventory;
use crate::problem::Problem;
use admission::{Admission, Settings};
use anyhow::Result;
use bytes::Bytes;
use cluster::{Access, Following, Snapshot, Status};
use decide_api::DecideApi;
use decision::Revisions;
use gatekeeper::InventoryKind;
use http::{Request, Response, StatusCode};
use point::{Caller, Condition, Governance, Point, Route};
use repository::ClusterSettings;
use std::fmt::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use value::Frozen;

/// Policies, and their data without what exists.
pub(crate) struct Base {
    pub(crate) governance: Arc<Governance>,
    pub(crate) data: Arc<Frozen>,
}

/// Follows what exists in a cluster.
pub(crate) struct ClusterInventory {
    following: Following,
    deciding: Arc<Deciding>,
    settings: ClusterSettings,
}

/// Who decides by what exists.
#[derive(Default)]
struct Deciding(Mutex<Option<Points>>);

struct Points {
    base: Base,
    admission: Arc<Admission>,
    decide: Arc<DecideApi>,
}

impl ClusterInventory {
    /// Begins to follow `kinds`.
    pub(crate) fn start(settings: &ClusterSettings, root: &Path, kinds: &[InventoryKind]) -> Result<Self> {
        let context = settings.context.as_deref();
        let access = match &settings.kubeconfig {
            Some(path) => Access::from_kubeconfig(&root.join(path), context),
            None => Access::from_surroundings(context),
        };
        let access = access.map_err(|error| {
            Problem::new(error.to_string(), "correct `admission: {cluster: {kubeconfig: ...}}` in provost.yaml")
        })?;
        let usual = cluster::Settings::default();
        let options = cluster::Settings {
            age_max: settings.age_s_max.map_or(usual.age_max, Duration::from_secs),
            objects_max: settings
                .objects_max
                .map_or(usual.objects_max, |count| usize::try_from(count).unwrap_or(usize::MAX)),
            ..usual
        };
        let deciding = Arc::new(Deciding::default());
        let told = Arc::clone(&deciding);
        let following = Following::start(access, kinds, &options, move |snapshot| told.refresh(&snapshot))
            .map_err(|error| Problem::new(format!("the cluster cannot be followed: {error}"), ""))?;
        Ok(Self { following, deciding, settings: settings.clone() })
    }

    /// What `base` decides by as long as nothing more is known.
    pub(crate) fn governance(&self, base: &Base) -> Arc<Governance> {
        with_snapshot(base, &self.following.snapshot())
    }

    /// These decide by what exists from now on.
    pub(crate) fn decides(&self, base: Base, admission: Arc<Admission>, decide: Arc<DecideApi>) {
        let mut points = self.deciding.lock();
        *points = Some(Points { base, admission, decide });
        drop(points);
        self.deciding.refresh(&self.following.snapshot());
    }

    /// The same with other policies, which need `kinds`.
    pub(crate) fn replace(&self, settings: Settings, base: Base, kinds: &[InventoryKind]) {
        let mut points = self.deciding.lock();
        self.following.want(kinds);
        let Some(points) = points.as_mut() else { return };
        points.base = base;
        let governance = with_snapshot(&points.base, &self.following.snapshot());
        points.admission.replace(settings, Arc::clone(&governance));
        points.decide.replace(governance);
    }

    /// Whether it is what the configuration asks for, but for the kinds that are watched.
    pub(crate) fn is_as_configured(&self, settings: &ClusterSettings) -> bool {
        ClusterSettings { watch: None, ..settings.clone() } == ClusterSettings { watch: None, ..self.settings.clone() }
    }

    /// How well it is known what exists.
    pub(crate) fn condition(&self) -> Condition {
        condition(&self.following.status())
    }
}

impl Deciding {
    fn lock(&self) -> MutexGuard<'_, Option<Points>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides by this from now on.
    fn refresh(&self, snapshot: &Snapshot) {
        // Held to the end: what is known later must not be replaced by what was known before.
        let points = self.lock();
        let Some(points) = points.as_ref() else { return };
        let governance = with_snapshot(&points.base, snapshot);
        points.admission.refresh(Arc::clone(&governance));
        points.decide.replace(governance);
    }
}

fn with_snapshot(base: &Base, snapshot: &Snapshot) -> Arc<Governance> {
    let Governance { policies, settings, on_unknown, revisions } = base.governance.as_ref();
    let data = inventory::with_inventory(&base.data, Some(Arc::clone(&snapshot.inventory)));
    let revision = record::revision([("cluster", snapshot.revision.as_bytes())]);
    Arc::new(Governance {
        policies: policies.with_data(data, !snapshot.is_whole()),
        settings: settings.clone(),
        on_unknown: *on_unknown,
        revisions: Arc::new(Revisions { inventory: Some(revision), ..Revisions::clone(revisions) }),
    })
}

/// Until everything has been listed once the process is not ready: it would refuse what it knows too little about. What is unknown later,
/// because it is no longer confirmed or changed policies need more, is unknown to the policies that ask for it, and the others go on.
fn condition(status: &Status) -> Condition {
    let told = |kind: &cluster::KindStatus| match &kind.problem {
        Some(problem) => format!("`{}` ({problem})", kind.kind),
        None => format!("`{}`", kind.kind),
    };
    let listed = |wanted: &dyn Fn(&cluster::KindStatus) -> bool| {
        status.kinds.iter().filter(|kind| wanted(kind)).map(told).collect::<Vec<_>>().join(", ")
    };
    let incomplete = listed(&|kind| !kind.complete);
    if !incomplete.is_empty() || !status.was_known {
        let message = format!("not all objects are listed yet: {incomplete}");
        return match status.was_known {
            true => Condition::degraded("inventory", message),
            false => Condition::failed("inventory", message),
        };
    }
    let stale = listed(&|kind| !kind.current);
    if !stale.is_empty() {
        return Condition::degraded("inventory", format!("what exists is not known any more: {stale}"));
    }
    let objects: usize = status.kinds.iter().map(|kind| kind.objects).sum();
    let message = format!("{objects} objects of {} kinds are known", status.kinds.len());
    let failing = listed(&|kind| kind.problem.is_some());
    let absent = listed(&|kind| kind.absent);
    match (failing.is_empty(), absent.is_empty()) {
        (false, _) => Condition::degraded("inventory", format!("{message}, and for now no news of {failing}")),
        (true, false) => Condition::healthy("inventory", format!("{message}; the cluster has no {absent}")),
        (true, true) => Condition::healthy("inventory", message),
    }
}

/// A name, what it says, and its sample for a kind.
type Family<'f> = (&'f str, &'f str, &'f dyn Fn(&cluster::KindStatus) -> String);

/// It answers nothing, and has numbers to tell.
impl Point for ClusterInventory {
    fn name(&self) -> &'static str {
        "inventory"
    }

    fn routes(&self) -> &[Route] {
        &[]
    }

    fn handle(&self, _request: Request<Bytes>, _caller: &Caller) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    }

    fn write_metrics(&self, text: &mut String) {
        let status = self.following.status();
        let families: [Family<'_>; 3] = [
            ("objects", "Objects of a kind that are known.", &|kind| kind.objects.to_string()),
            ("current", "Whether the objects of a kind are known well enough to decide by.", &|kind| {
                u8::from(kind.current).to_string()
            }),
            ("age_seconds", "How long ago the API server said last how the objects of a kind are.", &|kind| {
                kind.age.map_or_else(|| "+Inf".to_owned(), |age| format!("{:.3}", age.as_secs_f64()))
            }),
        ];
        for (name, help, sample) in families {
            // Writing to a string does not fail.
            let _ = writeln!(text, "# HELP provost_inventory_{name} {help}\n# TYPE provost_inventory_{name} gauge");
            for kind in &status.kinds {
                let _ = writeln!(text, "provost_inventory_{name}{{kind=\"{}\"}} {}", kind.kind, sample(kind));
            }
        }
    }
}
