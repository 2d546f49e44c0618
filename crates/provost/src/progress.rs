//! A bar on a terminal for whoever waits longer than a second.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Whoever waits no longer than this would only see a flicker.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows how far the work is. May be told from any thread.
#[derive(Debug)]
pub(crate) struct Progress {
    started: Instant,
    shown: bool,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// Progress of work that starts now.
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), shown: std::io::stderr().is_terminal(), bar: OnceLock::new() }
    }

    /// `done` of `all` parts of a task are done.
    pub(crate) fn tell(&self, task: &'static str, done: usize, all: usize) {
        if !self.shown || self.started.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
                bar.set_style(style);
            }
            bar
        });
        bar.set_message(task);
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
