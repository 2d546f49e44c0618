//! A governance repository on disk: `provost.yaml`, policies, their tests, data; and the files that are to be checked.
//!
//! Nothing here stops at the first mistake: what can be read is read, and everything that cannot comes back as a
//! [`value::Diagnostic`] that names the file.
//!
//! Knows no policy language: modules are texts.

mod admission_settings;
mod bundle_settings;
mod configuration;
mod data;
mod evaluation_limits;
mod fields;
mod http_send_settings;
mod inputs;
mod library;
mod policy_files;
mod record_settings;
mod repository;
mod server_settings;
mod template;
mod text;
mod walk;

pub use admission_settings::{
    ADMISSION_LABEL, AdmissionScope, AdmissionSettings, ApiServerSettings, ClusterSettings, EXEMPT_NAMESPACES,
    WatchedKind,
};
pub use bundle_settings::{BundleKeySettings, BundleSettings, SignedSettings};
pub use configuration::{Configuration, Limits, Override, RegoVersion};
pub use evaluation_limits::{EvaluationLimitError, EvaluationLimits};
pub use http_send_settings::{HttpHost, HttpHostError, HttpHostPattern, HttpSendSettings};
pub use inputs::{Discovery, InputFile, discover};
pub use library::{builtin_library, is_builtin};
pub use policy_files::PolicyFiles;
pub use record_settings::{MaskSetting, RecordDurability, RecordSettings};
pub use repository::{CONFIGURATION_NAME, Repository, find, load, load_library, load_paths};
pub use server_settings::{
    AccessSettings, AuthorizationSettings, IssuerSettings, ServerLimits, ServerSettings, TlsSettings,
};
pub use template::{TemplateError, template, write_template};
