//! The server's own routes: whether it is alive and ready, and its metrics.

use crate::body::Budget;
use crate::conditions::Conditions;
use crate::connection::Registry;
use crate::metrics::{Metrics, RouteLabels, write_metric};
use crate::reload::ReloadState;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use point::{Caller, Condition, PatternError, Point, Route, RouteClass, handle_unrouted};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

const LIVE_PATH: &str = "/health/live";
const METRICS_PATH: &str = "/metrics";

/// The numbers, with the method and pattern of each route.
type Mounted = (Arc<Metrics>, Vec<(String, String)>);

/// What the server knows about itself.
pub(crate) struct Vitals {
    pub(crate) registry: Arc<Registry>,
    pub(crate) budget: Arc<Budget>,
    /// The points beside this one.
    pub(crate) points: Vec<Arc<dyn Point>>,
    /// What no point has.
    pub(crate) conditions: Conditions,
    reloads: Mutex<Vec<Arc<ReloadState>>>,
    metrics: OnceLock<Mounted>,
}

impl Vitals {
    pub(crate) fn new(
        registry: Arc<Registry>,
        budget: Arc<Budget>,
        points: Vec<Arc<dyn Point>>,
        conditions: Conditions,
    ) -> Self {
        let (reloads, metrics) = Default::default();
        Self { registry, budget, points, conditions, reloads, metrics }
    }

    /// Adds something that is read again when it changes.
    pub(crate) fn add_reload(&self, state: Arc<ReloadState>) {
        self.reloads.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&state));
        self.conditions.add(move || vec![state.condition()]);
    }

    /// Says where the numbers are, and the method and pattern of each route. They exist only when all points are mounted.
    pub(crate) fn set_metrics(&self, metrics: Arc<Metrics>, routes: Vec<(String, String)>) {
        // It is called once.
        let _ = self.metrics.set((metrics, routes));
    }

    fn reloads(&self) -> Vec<Arc<ReloadState>> {
        self.reloads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn conditions(&self) -> Vec<Condition> {
        let mut conditions = self.conditions.all();
        conditions.extend(self.points.iter().flat_map(|point| point.conditions()));
        conditions
    }

    fn metrics_text(&self) -> String {
        let mut text = String::new();
        if let Some((metrics, routes)) = self.metrics.get() {
            metrics
                .write(&mut text, |route| routes.get(route).map(|(method, pattern)| RouteLabels { method, pattern }));
        }
        let connections = self.registry.len();
        write_metric(&mut text, "connections_open", "gauge", "Connections that are open.", connections);
        let bytes = self.budget.used();
        write_metric(&mut text, "bodies_bytes", "gauge", "Memory that long bodies of requests under way hold.", bytes);
        ReloadState::write_samples(&self.reloads(), &mut text);
        write_conditions(&mut text, &self.conditions());
        self.points.iter().for_each(|point| point.write_metrics(&mut text));
        text
    }
}

/// `GET /health`, `/health/live`, `/health/ready` and `/metrics`.
pub(crate) struct Health {
    vitals: Arc<Vitals>,
    routes: Vec<Route>,
}

impl Health {
    pub(crate) fn new(vitals: Arc<Vitals>) -> Result<Self, PatternError> {
        let listed = [
            ("/health", RouteClass::Health),
            (LIVE_PATH, RouteClass::Health),
            ("/health/ready", RouteClass::Health),
            (METRICS_PATH, RouteClass::Metrics),
        ];
        // A point may have an answer of its own to one of these.
        let taken = |path: &str| {
            let routes = vitals.points.iter().flat_map(|point| point.routes());
            routes.into_iter().any(|route| route.method == Method::GET && route.pattern.as_str() == path)
        };
        let routes = listed.into_iter().filter(|(path, _)| !taken(path));
        let routes = routes.map(|(path, class)| Route::new(Method::GET, path, class)).collect::<Result<_, _>>()?;
        Ok(Self { vitals, routes })
    }
}

impl Point for Health {
    fn name(&self) -> &'static str {
        "server"
    }

    fn routes(&self) -> &[Route] {
        &self.routes
    }

    fn handle(&self, request: Request<Bytes>, caller: &Caller) -> Response<Bytes> {
        handle_unrouted(self, request, caller)
    }

    fn handle_route(&self, route: &Route, _request: Request<Bytes>, _caller: &Caller) -> Response<Bytes> {
        match route.pattern.as_str() {
            METRICS_PATH => {
                answer(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", self.vitals.metrics_text())
            }
            // A process that is told to stop, or has lost its record, does not come back by being killed.
            LIVE_PATH => answer(StatusCode::OK, "application/json", "{\"status\":\"live\"}\n".to_owned()),
            _ => health(&self.vitals.conditions()),
        }
    }
}

/// 200 or, as OPA's server answers, 500; with everything that is known.
fn health(conditions: &[Condition]) -> Response<Bytes> {
    let ready = conditions.iter().all(|condition| condition.healthy || !condition.required);
    let well = conditions.iter().all(|condition| condition.healthy);
    let status = match (ready, well) {
        (true, true) => "ready",
        (true, false) => "degraded",
        (false, _) => "failed",
    };
    let listed: Vec<_> = conditions
        .iter()
        .map(|condition| {
            json!({
                "name": condition.name, "healthy": condition.healthy, "required": condition.required,
                "message": condition.message,
            })
        })
        .collect();
    let code = if ready { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
    answer(code, "application/json", format!("{}\n", json!({ "status": status, "conditions": listed })))
}

/// Whether each thing that health tells of is well; of several under one name, whether all are.
fn write_conditions(text: &mut String, conditions: &[Condition]) {
    let mut healthy = BTreeMap::new();
    for condition in conditions {
        *healthy.entry(condition.name).or_insert(true) &= condition.healthy;
    }
    text.push_str("# HELP provost_healthy Whether what health tells of is well.\n# TYPE provost_healthy gauge\n");
    for (name, healthy) in healthy {
        // Writing to a string does not fail.
        let _ = writeln!(text, "provost_healthy{{condition=\"{name}\"}} {}", u8::from(healthy));
    }
}

fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
