//! `provost.yaml`.

use crate::admission_settings::AdmissionSettings;
use crate::evaluation_limits::EvaluationLimits;
use crate::fields::Mistakes;
use crate::http_send_settings::HttpSendSettings;
use crate::record_settings::RecordSettings;
use crate::server_settings::ServerSettings;
use catalog::{Dimension, DimensionKey, Settings};
use decision::{Mode, Modes, OnUnknown, Point, PolicyMetadata, PolicySet, Severity};
use formats::{Format, Options};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::collections::BTreeMap;
use std::sync::Arc;
use value::{Arena, Diagnostic, Pointer, Source, Span, Value, nearest};

const KEYS: [&str; 18] = [
    "policies",
    "data",
    "library",
    "rego_version",
    "dimensions",
    "modes",
    "severities",
    "on_unknown",
    "limits",
    "ignore",
    "parameters",
    "record",
    "region",
    "account",
    "cluster",
    "server",
    "admission",
    "http_send",
];

/// The dialect that modules are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegoVersion {
    /// Rego before OPA 1.0.
    V0,
    /// Rego since OPA 1.0.
    #[default]
    V1,
}

/// How much is too much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of one file.
    pub file_bytes_max: u64,
    /// What one evaluation of a policy may take.
    pub evaluation: EvaluationLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes_max: 256 << 20, evaluation: EvaluationLimits::default() }
    }
}

/// What the organisation changes about one policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Override {
    /// Its mode; the points that are not named keep the policy's own.
    pub default_mode: Option<Mode>,
    /// Its mode at some points.
    pub modes: Vec<(Point, Mode)>,
    /// Its severity.
    pub severity: Option<Severity>,
    /// Where that is written.
    span: Span,
}

/// What `provost.yaml` says.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Folders and files with policies, relative to the file.
    pub policies: Vec<String>,
    /// Folders and files with data, relative to the file.
    pub data: Vec<String>,
    /// Whether the built-in library judges too; where nothing is said, it does if there are no policies of one's own.
    pub library: bool,
    /// What modules are written in.
    pub rego_version: RegoVersion,
    /// What the catalog is told.
    pub settings: Settings,
    /// What is changed about policies, by id.
    pub overrides: BTreeMap<String, Override>,
    /// What an unknown answer means, where it is not left to the point.
    pub on_unknown: Option<OnUnknown>,
    /// How much is too much.
    pub limits: Limits,
    /// Files that are not looked at when folders are checked: patterns over paths relative to the file.
    pub ignore: GlobSet,
    /// Where decisions are kept; none when they are not.
    pub record: Option<RecordSettings>,
    /// How `provost serve` is to be.
    pub server: ServerSettings,
    /// What Kubernetes admission goes by.
    pub admission: AdmissionSettings,
    /// Whom policies may ask with `http.send`.
    pub http_send: HttpSendSettings,
    source: Option<Arc<Source>>,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            policies: Vec::new(),
            data: Vec::new(),
            library: false,
            rego_version: RegoVersion::default(),
            settings: Settings::default(),
            overrides: BTreeMap::new(),
            on_unknown: None,
            limits: Limits::default(),
            ignore: GlobSet::empty(),
            record: None,
            server: ServerSettings::default(),
            admission: AdmissionSettings::default(),
            http_send: HttpSendSettings::default(),
            source: None,
        }
    }
}

impl Configuration {
    /// Reads the file's text. What is wrong with it is left out of the result.
    pub fn read(source: &Arc<Source>) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut configuration = Self { source: Some(Arc::clone(source)), ..Self::default() };
        let arena = Arena::new();
        match formats::parse(&arena, source, Format::Yaml, &Options::default()) {
            Err(diagnostic) => diagnostics.push(diagnostic),
            Ok(documents) => {
                let mut mistakes = Mistakes { source, diagnostics: &mut diagnostics };
                match documents.documents.as_slice() {
                    // An empty file is a repository in which everything is as it is by default.
                    [] => configuration.library = true,
                    [document] => configuration.take(document.value, &mut mistakes),
                    [_, ..] => mistakes.add(&Pointer::root(), "there must be one document", "remove the `---` lines"),
                }
            }
        }
        (configuration, diagnostics)
    }

    /// Changes a policy's metadata as the file says; for [`PolicySet::new`].
    pub fn adjust(&self, metadata: &mut PolicyMetadata) {
        let Some(change) = self.overrides.get(&metadata.id) else { return };
        if let Some(mode) = change.default_mode {
            metadata.modes = Modes::everywhere(mode);
        }
        metadata.modes.points.extend_from_slice(&change.modes);
        if let Some(severity) = change.severity {
            metadata.severity = severity;
        }
    }

    /// Mistakes that show only when the policies are known: changes to policies that do not exist.
    pub fn check(&self, policies: &PolicySet) -> Vec<Diagnostic> {
        let Some(source) = &self.source else { return Vec::new() };
        let unknown = self.overrides.iter().filter(|(id, _)| policies.find(id).is_none());
        unknown
            .map(|(id, change)| {
                let diagnostic =
                    Diagnostic::new("configuration_error", format!("there is no policy `{id}`"), source, change.span);
                match nearest(id, policies.metadata().map(|metadata| metadata.id.as_str())) {
                    Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
                    None => diagnostic.help("`provost explain` lists the policies"),
                }
            })
            .collect()
    }

    fn take(&mut self, root: Value<'_>, mistakes: &mut Mistakes<'_>) {
        let here = Pointer::root();
        let mut library = None;
        mistakes.refuse_unknown(&here, root, &KEYS);
        for (at, key, value) in mistakes.entries(&here, root) {
            if matches!(value, Value::Null) {
                continue;
            }
            match key {
                "policies" => self.policies = paths(mistakes, &at, value),
                "data" => self.data = paths(mistakes, &at, value),
                "library" => library = mistakes.boolean(&at, value),
                "rego_version" => {
                    let words = [("v1", RegoVersion::V1), ("v0", RegoVersion::V0)];
                    self.rego_version = mistakes.word(&at, "version", value, &words).unwrap_or_default();
                }
                "dimensions" => self.dimensions(mistakes, &at, value),
                "modes" => self.modes(mistakes, &at, value),
                "severities" => self.severities(mistakes, &at, value),
                "on_unknown" => {
                    let words = [("warn", OnUnknown::Warn), ("deny", OnUnknown::Deny)];
                    self.on_unknown = mistakes.word(&at, "answer", value, &words);
                }
                "limits" => self.limits(mistakes, &at, value),
                "ignore" => self.ignore = patterns(mistakes, &at, value),
                "parameters" => {
                    for (at, key, value) in mistakes.entries(&at, value) {
                        // Parameters are texts to CloudFormation, and `Count: 3` is what people write.
                        let text = match value {
                            Value::Bool(_) | Value::Int(_) | Value::Number(_) => Some(value.to_string()),
                            _ => mistakes.text(&at, value).map(str::to_owned),
                        };
                        self.settings.parameters.extend(text.map(|text| (key.to_owned(), text)));
                    }
                }
                "record" => self.record = Some(RecordSettings::read(mistakes, &at, value)),
                "region" => self.settings.region = mistakes.text(&at, value).map(str::to_owned),
                // Account numbers look like numbers, and may lose a zero in front as such.
                "account" => self.settings.account = mistakes.text(&at, value).map(str::to_owned),
                "admission" => self.admission = AdmissionSettings::read(mistakes, &at, value),
                "server" => self.server = ServerSettings::read(mistakes, &at, value),
                "http_send" => self.http_send = HttpSendSettings::read(mistakes, &at, value),
                "cluster" => self.settings.cluster = mistakes.text(&at, value).map(str::to_owned),
                _ => {}
            }
        }
        self.library = library.unwrap_or(self.policies.is_empty());
    }

    fn limits(&mut self, mistakes: &mut Mistakes<'_>, at: &Pointer, value: Value<'_>) {
        mistakes.refuse_unknown(at, value, &["file_bytes_max", "evaluation"]);
        for (at, key, value) in mistakes.entries(at, value) {
            match key {
                "file_bytes_max" => {
                    self.limits.file_bytes_max = mistakes.positive(&at, value).unwrap_or(self.limits.file_bytes_max);
                }
                "evaluation" => self.limits.evaluation = EvaluationLimits::read(mistakes, &at, value),
                _ => {}
            }
        }
    }

    /// `cost_center: [CostCenter]`, or `cost_center: {aws: [CostCenter], kubernetes: [cost-center]}`. A name that is known
    /// by default gets these keys in place of the usual ones.
    fn dimensions(&mut self, mistakes: &mut Mistakes<'_>, at: &Pointer, value: Value<'_>) {
        for (at, name, value) in mistakes.entries(at, value) {
            let mut keys = Vec::new();
            let key = |provider: Option<&str>| {
                let provider = provider.map(str::to_owned);
                move |key| DimensionKey { key, provider: provider.clone() }
            };
            if let Value::Object(_) = value {
                for (at, provider, value) in mistakes.entries(&at, value) {
                    keys.extend(mistakes.texts(&at, value).into_iter().map(key(Some(provider))));
                }
            } else {
                keys.extend(mistakes.texts(&at, value).into_iter().map(key(None)));
            }
            if keys.is_empty() {
                mistakes.add(&at, format!("the dimension `{name}` has no keys"), "name the tags that give it");
                continue;
            }
            let dimension = Dimension { name: name.to_owned(), keys };
            match self.settings.dimensions.iter_mut().find(|existing| existing.name == name) {
                Some(existing) => *existing = dimension,
                None => self.settings.dimensions.push(dimension),
            }
        }
    }

    /// `COST-001: warn`, or `COST-001: {check: enforce, admission: warn}`.
    fn modes(&mut self, mistakes: &mut Mistakes<'_>, at: &Pointer, value: Value<'_>) {
        let words = Mode::ALL.map(|mode| (mode.as_str(), mode));
        for (at, id, value) in mistakes.entries(at, value) {
            let mut default_mode = None;
            let mut modes = Vec::new();
            if let Value::Object(_) = value {
                for (at, point, value) in mistakes.entries(&at, value) {
                    let mode = mistakes.word(&at, "mode", value, &words);
                    match (Point::parse(point), mode) {
                        (Some(point), mode) => modes.extend(mode.map(|mode| (point, mode))),
                        (None, mode) if point == "default" => default_mode = mode,
                        (None, _) => mistakes.unknown_word(&at, "point", point, &Point::ALL.map(Point::as_str)),
                    }
                }
            } else {
                default_mode = mistakes.word(&at, "mode", value, &words);
            }
            let span = mistakes.span(&at);
            let change =
                self.overrides.entry(id.to_owned()).or_insert_with(|| Override { span, ..Override::default() });
            (change.default_mode, change.modes) = (default_mode, modes);
        }
    }

    fn severities(&mut self, mistakes: &mut Mistakes<'_>, at: &Pointer, value: Value<'_>) {
        let words = Severity::ALL.map(|severity| (severity.as_str(), severity));
        for (at, id, value) in mistakes.entries(at, value) {
            let severity = mistakes.word(&at, "severity", value, &words);
            let span = mistakes.span(&at);
            let change =
                self.overrides.entry(id.to_owned()).or_insert_with(|| Override { span, ..Override::default() });
            change.severity = severity;
        }
    }
}

/// Paths relative to the file: a repository is one folder, and works wherever it is cloned.
fn paths(mistakes: &mut Mistakes<'_>, at: &Pointer, value: Value<'_>) -> Vec<String> {
    let mut paths = mistakes.texts(at, value);
    paths.retain(|path| {
        let absolute = std::path::Path::new(path).is_absolute();
        if absolute {
            mistakes.add(at, format!("`{path}` is an absolute path"), "name it relative to provost.yaml");
        }
        !absolute
    });
    paths
}

fn patterns(mistakes: &mut Mistakes<'_>, at: &Pointer, value: Value<'_>) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for pattern in mistakes.texts(at, value) {
        match Glob::new(pattern.trim_end_matches('/')) {
            Ok(glob) => drop(builder.add(glob)),
            Err(error) => mistakes.add(
                at,
                format!("`{pattern}` is no pattern: {}", error.kind()),
                "`*` stands for any characters, `**` for any folders",
            ),
        }
    }
    builder.build().unwrap_or_else(|error| {
        mistakes.add(at, format!("the patterns cannot be used together: {error}"), "write fewer or simpler ones");
        GlobSet::empty()
    })
}
