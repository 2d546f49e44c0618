//! What `provost serve` puts together: policies that are read again, points over them, and a server around them.

mod bundles;
mod cluster;
mod governed;
mod host;
mod logging;
mod needs;
mod options;
mod record_numbers;

pub(crate) use self::cluster::{Base, ClusterInventory};
pub(crate) use bundles::{BundlePolls, Bundles, bundles};
pub(crate) use governed::{Governed, Loaded, TestsBefore};
pub(crate) use host::ServingHost;
pub(crate) use logging::{LogFormat, LogLevel, start as start_logging};
pub(crate) use options::{ServerArguments, admission as admission_settings, options};
pub(crate) use record_numbers::RecordNumbers;
