//! Medians, taken in turns, and the memory of the process.

use crate::engines::Provost;
use std::fs;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// What time is.
    pub clock: Clock,
    /// Samples of each contender.
    pub rounds: usize,
    /// The least time that a sample takes: what is quicker is run several times for it.
    pub sample: Duration,
}

/// The processor time that this thread has had: what else runs on the machine takes none of it.
pub fn processor_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Tells how much time there has been so far.
pub type Clock = fn() -> Duration;

/// The time that passes for people.
pub fn wall_time() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// The median time of one run of each contender, in seconds. They run in turns, so that whatever else the machine does
/// meets all of them.
pub fn medians(contenders: &mut [&mut dyn FnMut()], effort: Effort) -> Vec<f64> {
    let runs: Vec<u32> = contenders.iter_mut().map(|contender| runs_per_sample(contender, effort)).collect();
    let mut samples = vec![Vec::with_capacity(effort.rounds); contenders.len()];
    for _ in 0..effort.rounds {
        for ((contender, &runs), samples) in contenders.iter_mut().zip(&runs).zip(&mut samples) {
            let start = (effort.clock)();
            for _ in 0..runs {
                contender();
            }
            samples.push(((effort.clock)() - start).as_secs_f64() / f64::from(runs));
        }
    }
    samples.into_iter().map(median).collect()
}

fn runs_per_sample(contender: &mut dyn FnMut(), effort: Effort) -> u32 {
    // The first runs fill caches and make storage grow.
    contender();
    let mut runs = 1_u32;
    loop {
        let start = (effort.clock)();
        for _ in 0..runs {
            contender();
        }
        if (effort.clock)() - start >= effort.sample || runs >= 1 << 20 {
            return runs;
        }
        runs *= 2;
    }
}

/// The middle one of `samples`; 0 of none.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    let middle = samples.len() / 2;
    match (samples.get(middle.wrapping_sub(1)), samples.get(middle)) {
        (Some(below), Some(above)) if samples.len().is_multiple_of(2) => f64::midpoint(*below, *above),
        (_, Some(only)) => *only,
        _ => 0.0,
    }
}

/// The geometric mean; 0 of none.
pub fn geometric_mean(ratios: &[f64]) -> f64 {
    if ratios.is_empty() {
        return 0.0;
    }
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp()
}

/// How much more two threads evaluate than one in the same time, as a median of `rounds` pairs.
pub fn two_threads_over_one(provost: &Provost, rounds: usize) -> f64 {
    let pairs = (0..rounds).map(|_| {
        let one = throughput(provost, 1);
        throughput(provost, 2) / one
    });
    median(pairs.collect())
}

/// Evaluations a second.
fn throughput(provost: &Provost, threads: usize) -> f64 {
    const SPAN: Duration = Duration::from_millis(300);
    let over = AtomicBool::new(false);
    let start = Instant::now();
    let stop = || {
        if start.elapsed() >= SPAN {
            over.store(true, Ordering::Relaxed);
        }
        over.load(Ordering::Relaxed)
    };
    let count = provost.count_until(&stop, threads);
    count as f64 / start.elapsed().as_secs_f64()
}

/// Bytes of memory that this process has, and had at most; `None` where the system does not tell.
pub fn resident_bytes() -> Option<(u64, u64)> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
    };
    Some((field("VmRSS:")?, field("VmHWM:")?))
}
