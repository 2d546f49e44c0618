//! What the API tells of itself: `/v1/status`, `/v1/config`, `/` and its numbers.

use crate::api::{Api, Exchange};
use crate::bundle::BundleStatus;
use crate::prometheus::{Family, Kind};
use bytes::Bytes;
use http::{Response, StatusCode};
use http_documents::json_response;
use value::{Arena, Value, json};

/// One of the times of a bundle's status.
type Time = fn(&BundleStatus) -> i64;

impl Api {
    /// `GET /v1/status`
    pub(crate) fn status(&self, exchange: &Exchange<'_>) -> Response<Bytes> {
        let arena = Arena::new();
        let bundles: Vec<_> =
            self.statuses.all().iter().map(|(name, status)| (arena.string(name), status.value(name, &arena))).collect();
        let plugins: Vec<_> = self
            .plugin_states()
            .into_iter()
            .map(|(name, state)| {
                (arena.borrowed(name), arena.object(&[(arena.borrowed("state"), arena.borrowed(state))]))
            })
            .collect();
        let revision = i64::try_from(self.store.snapshot().revision()).unwrap_or(i64::MAX);
        let mut entries = vec![
            (arena.borrowed("labels"), self.labels(&arena)),
            (arena.borrowed("plugins"), arena.object(&plugins)),
            (arena.borrowed("revision"), Value::Int(revision)),
        ];
        if !bundles.is_empty() {
            entries.push((arena.borrowed("bundles"), arena.object(&bundles)));
        }
        result(&arena, exchange, arena.object(&entries))
    }

    /// `GET /v1/config`
    pub(crate) fn configuration(&self, exchange: &Exchange<'_>) -> Response<Bytes> {
        let arena = Arena::new();
        let shown = self.settings.configuration.as_ref().map(|shown| shown.root());
        let mut entries: Vec<_> =
            shown.and_then(Value::as_object).into_iter().flat_map(|object| object.iter()).collect();
        let bundles = self.settings.bundles.iter().map(|(name, bundle)| {
            let seconds = |delay: std::time::Duration| Value::Int(i64::try_from(delay.as_secs()).unwrap_or(i64::MAX));
            let polling = arena.object(&[
                (arena.borrowed("min_delay_seconds"), seconds(bundle.delay_min)),
                (arena.borrowed("max_delay_seconds"), seconds(bundle.delay_max)),
            ]);
            let shown = arena.object(&[
                (arena.borrowed("resource"), arena.string(&bundle.source.to_string())),
                (arena.borrowed("polling"), polling),
                (arena.borrowed("signed"), bundle.verification.is_some().into()),
            ]);
            (arena.string(name), shown)
        });
        let bundles: Vec<_> = bundles.collect();
        let path = |names: &[String]| arena.string(&format!("/{}", names.join("/")));
        entries.extend([
            (arena.borrowed("labels"), self.labels(&arena)),
            (arena.borrowed("default_decision"), path(&self.settings.default_decision)),
            (arena.borrowed("bundles"), arena.object(&bundles)),
        ]);
        if self.sink.is_some() {
            let log = &self.settings.decision_log;
            let shown = arena.object(&[
                (arena.borrowed("mask_decision"), path(&log.mask_decision)),
                (arena.borrowed("drop_decision"), path(&log.drop_decision)),
                (arena.borrowed("nd_builtin_cache"), log.nd_builtin_cache.into()),
            ]);
            entries.push((arena.borrowed("decision_logs"), shown));
        }
        let root = self.settings.policies_root.as_ref();
        let root = root.map_or(Value::Null, |root| arena.string(&root.join(".")));
        entries.push((arena.borrowed("api"), arena.object(&[(arena.borrowed("policies_root"), root)])));
        result(&arena, exchange, arena.object(&entries))
    }

    /// `GET /`
    pub(crate) fn index(&self) -> Response<Bytes> {
        let arena = Arena::new();
        let body = arena.object(&[
            (arena.borrowed("name"), arena.borrowed("provost")),
            (arena.borrowed("version"), arena.string(&self.settings.build.version)),
        ]);
        json_response(StatusCode::OK, json::to_string(body) + "\n")
    }

    /// What is counted, in Prometheus' text format. The server counts requests.
    pub(crate) fn write_numbers(&self, text: &mut String) {
        let snapshot = self.store.snapshot();
        let mut family = Family::new(
            text,
            "provost_api_revision",
            Kind::Gauge,
            "How often policies or data have changed since the start.",
        );
        family.sample(&[], snapshot.revision() as f64);
        let mut family = Family::new(text, "provost_api_policies", Kind::Gauge, "Policies in use.");
        family.sample(&[], snapshot.parts.modules.len() as f64);
        let statuses = self.statuses.all();
        if statuses.is_empty() {
            return;
        }
        let mut family =
            Family::new(text, "bundle_loaded_counter", Kind::Counter, "Bundles that were put in use, by name.");
        for (name, status) in &statuses {
            family.sample(&[("name", name)], status.activations as f64);
        }
        let mut family = Family::new(
            text,
            "bundle_failed_load_counter",
            Kind::Counter,
            "Bundles that could not be put in use, by name.",
        );
        for (name, status) in &statuses {
            family.sample(&[("name", name)], status.failures as f64);
        }
        let last_request: Time = |status| status.last_request_ns;
        let times = [
            ("last_bundle_request", "When the bundle was last asked for.", last_request),
            ("last_success_bundle_request", "When its source last answered.", |status| {
                status.last_successful_request_ns
            }),
            ("last_success_bundle_download", "When it last came.", |status| status.last_successful_download_ns),
            ("last_success_bundle_activation", "When it was last put in use.", |status| {
                status.last_successful_activation_ns
            }),
        ];
        for (metric, help, time_ns) in times {
            let mut family = Family::new(text, metric, Kind::Gauge, help);
            for (name, status) in &statuses {
                family.sample(&[("name", name)], time_ns(status) as f64);
            }
        }
    }

    fn labels<'a>(&self, arena: &'a Arena) -> Value<'a> {
        let labels: Vec<_> =
            self.settings.labels.iter().map(|(name, value)| (arena.string(name), arena.string(value))).collect();
        arena.object(&labels)
    }
}

fn result<'a>(arena: &'a Arena, exchange: &Exchange<'_>, value: Value<'a>) -> Response<Bytes> {
    let mut text = String::new();
    crate::data_read::write(&mut text, arena.object(&[(arena.borrowed("result"), value)]), exchange.options.pretty);
    json_response(StatusCode::OK, text)
}
