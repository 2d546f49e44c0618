//! Medians, taken in turns, and the memory of the process.

use crate::engines::Provost;
use std::fs;
use std::hint::black_box;
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

/// How much more two threads do than one in the same time.
#[derive(Clone, Copy, Debug)]
pub struct TwoThreads {
    /// Evaluations.
    pub provost: f64,
    /// A loop that stays in registers: what the machine gives at all. Two processors may be halves of one.
    pub machine: f64,
}

/// What two threads do more than one, as medians of `rounds` pairs of each kind in turn.
pub fn two_threads_over_one(provost: &Provost, rounds: usize) -> TwoThreads {
    let evaluate = |stop: &(dyn Fn() -> bool + Sync), threads| provost.count_until(stop, threads);
    let pairs = (0..rounds).map(|_| {
        let pair = |count: &dyn Fn(&(dyn Fn() -> bool + Sync), usize) -> u64| rate(count, 2) / rate(count, 1);
        (pair(&evaluate), pair(&spin_until))
    });
    let (provost, machine): (Vec<f64>, Vec<f64>) = pairs.unzip();
    TwoThreads { provost: median(provost), machine: median(machine) }
}

/// What `count` counts in a second on so many threads.
fn rate(count: &dyn Fn(&(dyn Fn() -> bool + Sync), usize) -> u64, threads: usize) -> f64 {
    const SPAN: Duration = Duration::from_secs(1);
    let over = AtomicBool::new(false);
    let start = Instant::now();
    let stop = || {
        if start.elapsed() >= SPAN {
            over.store(true, Ordering::Relaxed);
        }
        over.load(Ordering::Relaxed)
    };
    let counted = count(&stop, threads);
    counted as f64 / start.elapsed().as_secs_f64()
}

/// Steps of a generator of pseudo-random numbers.
fn spin_until(stop: &(dyn Fn() -> bool + Sync), threads: usize) -> u64 {
    /// About as long as a batch of evaluations.
    const BATCH: u64 = 200_000;
    let spin = || {
        let (mut state, mut count) = (0x9E37_79B9_7F4A_7C15_u64, 0);
        while !stop() {
            for _ in 0..BATCH {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
            }
            black_box(state);
            count += BATCH;
        }
        count
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(spin)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_default()).sum()
    })
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
