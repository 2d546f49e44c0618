//! Settings as scenarios write them: a line each.

use opa_api::{BundleSettings, BundleSource, Settings, Surroundings};
use point::Condition;
use std::path::Path;

/// What else there is in the process.
pub struct Around {
    conditions: Vec<Condition>,
}

impl Surroundings for Around {
    fn conditions(&self) -> Vec<Condition> {
        self.conditions.clone()
    }
}

/// The settings, whether decisions are logged, and what else there is.
pub fn settings(text: &str, folder: &Path) -> (Settings, bool, Option<Around>) {
    let mut settings = Settings::default();
    settings.build.version = "1.2.3".to_owned();
    let (mut logs, mut around) = (false, None);
    let names = |text: &str| text.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    for line in text.lines() {
        let (key, value) = line.split_once(": ").unwrap_or((line, ""));
        match key {
            "policies_root" => settings.policies_root = Some(names(value)),
            "policies_max" => settings.policies_max = value.parse().unwrap(),
            "policy_bytes_max" => settings.policy_bytes_max = value.parse().unwrap(),
            "default_decision" => settings.default_decision = names(value),
            "body_bytes_max" => settings.body.bytes_max = value.parse().unwrap(),
            "inflated_bytes_max" => settings.body.inflated_bytes_max = value.parse().unwrap(),
            "compress_from" => settings.compression.bytes_min = value.parse().unwrap(),
            "steps_max" => settings.evaluation.steps_max = value.parse().unwrap(),
            "explanation_steps_max" => settings.explanation_steps_max = value.parse().unwrap(),
            "label" => {
                let (name, value) = value.split_once('=').unwrap();
                settings.labels.insert(name.to_owned(), value.to_owned());
            }
            "decision_log" => logs = true,
            "nd_builtin_cache" => settings.decision_log.nd_builtin_cache = true,
            "bundle" => {
                let source = BundleSource::Folder(folder.join(value));
                settings.bundles.insert(value.to_owned(), BundleSettings::new(source));
            }
            "remote" => {
                let source = BundleSource::Remote(format!("/bundles/{value}.tar.gz"));
                settings.bundles.insert(value.to_owned(), BundleSettings::new(source));
            }
            "well" | "degraded" | "failed" => {
                let name: &'static str = match value {
                    "record" => "record",
                    "certificates" => "certificates",
                    "policies" => "policies",
                    other => panic!("condition `{other}`"),
                };
                let make = match key {
                    "well" => Condition::healthy,
                    "degraded" => Condition::degraded,
                    _ => Condition::failed,
                };
                around.get_or_insert(Around { conditions: Vec::new() }).conditions.push(make(name, ""));
            }
            other => panic!("setting `{other}`"),
        }
    }
    (settings, logs, around)
}
