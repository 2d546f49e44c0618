//! What the kernel says about this process, under the names that every Prometheus client uses.

use std::fmt::Write;
use std::fs;

/// Appends what can be read; nothing where there is no `/proc`.
pub(super) fn write(text: &mut String) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = resident.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    if let Some(kibibytes) = resident {
        metric(text, "process_resident_memory_bytes", "gauge", "Resident memory.", kibibytes * 1024);
    }
    let threads = status.lines().find_map(|line| line.strip_prefix("Threads:")?.trim().parse::<u64>().ok());
    if let Some(threads) = threads {
        metric(text, "process_threads", "gauge", "Threads.", threads);
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        metric(text, "process_open_fds", "gauge", "Open files and sockets.", files.count());
    }
}

fn metric(text: &mut String, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
    // Writing to a string does not fail.
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
}
