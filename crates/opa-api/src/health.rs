//! `/health` and `/health/<rule>`.

use crate::api::{Api, Exchange};
use crate::bundle::BundleStatus;
use crate::data_path;
use crate::worker::Worker;
use bytes::Bytes;
use http::{Response, StatusCode};
use http_documents::json_response;
use point::Condition;
use rego::{DocumentPath, Environment};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use value::{Arena, Pointer, Segment, Value, json};

/// What a plugin's state is called.
const OK: &str = "OK";
const NOT_READY: &str = "NOT_READY";
const ERROR: &str = "ERROR";

impl Api {
    /// Whether every bundle has been put in use once, and what went wrong since.
    pub(crate) fn bundle_conditions(&self) -> Vec<Condition> {
        if self.settings.bundles.is_empty() {
            return Vec::new();
        }
        let statuses = self.statuses.all();
        let of = |wanted: fn(&BundleStatus) -> bool| {
            let names = statuses.iter().filter(|(_, status)| wanted(status)).map(|(name, _)| format!("`{name}`"));
            names.collect::<Vec<_>>().join(", ")
        };
        let missing = of(|status| status.active_revision.is_none());
        let failing = of(|status| status.failure.is_some());
        vec![if !missing.is_empty() {
            Condition::failed("bundles", format!("not in use yet: {missing}"))
        } else if !failing.is_empty() {
            Condition::degraded("bundles", format!("a newer state could not be used: {failing}"))
        } else {
            Condition::healthy("bundles", format!("{} in use", statuses.len()))
        }]
    }

    /// The states of what OPA calls plugins, by name.
    pub(crate) fn plugin_states(&self) -> BTreeMap<&'static str, &'static str> {
        let mut states = BTreeMap::new();
        let around = self.surroundings.iter().flat_map(|surroundings| surroundings.conditions());
        for condition in around.chain(self.bundle_conditions()) {
            // OPA's name for it.
            let name = if condition.name == "bundles" { "bundle" } else { condition.name };
            let state = match (condition.healthy, condition.required) {
                (true, _) => OK,
                (false, true) => NOT_READY,
                (false, false) => ERROR,
            };
            states.insert(name, state);
        }
        if self.sink.is_some() {
            states.insert("decision_logs", OK);
        }
        states
    }

    /// `GET /health`, with `?bundles`, `?plugins` and `?exclude-plugin=`; below it, what `data.system.health` says.
    pub(crate) fn health(&self, exchange: &Exchange<'_>) -> Response<Bytes> {
        let states = self.plugin_states();
        let Some(rule) = data_path::parse(exchange.rest) else {
            return unhealthy(&format!("`{}` is no name of a health check", exchange.rest));
        };
        if !rule.0.is_empty() {
            return self.health_of_rule(exchange, rule, &states);
        }
        let parameters = &exchange.parameters;
        let unable = self.surroundings.iter().flat_map(|surroundings| surroundings.conditions());
        if unable.into_iter().any(|condition| condition.required && !condition.healthy && condition.name != "bundles") {
            return unhealthy("unable to perform evaluation");
        }
        // A bundle that could not be renewed is in use all the same.
        let bundles_ready = states.get("bundle").is_none_or(|state| *state != NOT_READY);
        if (parameters.is_on("bundles") || parameters.is_on("bundle")) && !bundles_ready {
            return unhealthy("one or more bundles are not activated");
        }
        if parameters.is_on("plugins") {
            let excluded = |name: &str| parameters.all("exclude-plugin").any(|excluded| excluded == name);
            if states.iter().any(|(name, state)| *state != OK && !excluded(name)) {
                return unhealthy("one or more plugins are not up");
            }
        }
        json_response(StatusCode::OK, "{}\n")
    }

    fn health_of_rule(
        &self,
        exchange: &Exchange<'_>,
        rule: Pointer,
        states: &BTreeMap<&'static str, &'static str>,
    ) -> Response<Bytes> {
        let ready_now = states.values().all(|state| *state == OK);
        let was_ready = self.was_ready.fetch_or(ready_now, Ordering::Relaxed) || ready_now;
        let shown = format!("data.system.health.{}", data_path::shown(&rule).replace('/', "."));
        let place = ["system", "health"].into_iter().map(Segment::from).chain(rule.0).collect();
        let path = DocumentPath::from(Pointer(place));
        Worker::with(self.settings.evaluation, |worker| {
            let Worker { arena, evaluator, .. } = worker;
            let snapshot = self.store.snapshot();
            let host = self.request_host(exchange);
            let states: Vec<_> =
                states.iter().map(|(name, state)| (arena.borrowed(name), arena.borrowed(state))).collect();
            let input = arena.object(&[
                (arena.borrowed("plugin_state"), arena.object(&states)),
                (arena.borrowed("plugins_ready"), was_ready.into()),
            ]);
            let environment = Environment {
                arena,
                data: snapshot.data().root(),
                input: Some(input),
                host: &host,
                strict_builtin_errors: false,
                unknowns: false,
            };
            match evaluator.evaluate(snapshot.program(), &path, &environment).map(|answer| answer.value) {
                Ok(Some(Value::Bool(true))) => json_response(StatusCode::OK, "{}\n"),
                Ok(None) => unhealthy(&format!("health check ({shown}) was undefined")),
                Ok(Some(_)) => unhealthy(&format!("health check ({shown}) returned unexpected value")),
                Err(error) => unhealthy(&error.to_string()),
            }
        })
    }
}

fn unhealthy(problem: &str) -> Response<Bytes> {
    let arena = Arena::new();
    let body = arena.object(&[(arena.borrowed("error"), arena.string(problem))]);
    json_response(StatusCode::INTERNAL_SERVER_ERROR, json::to_string(body) + "\n")
}
