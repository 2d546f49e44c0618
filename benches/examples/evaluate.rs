//! Evaluates one policy many times, for a profiler to look at: `evaluate [ROUNDS] [POLICY]`, or `evaluate ROUNDS hand` for the
//! baseline written by hand.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark that cannot start must stop and say why")]

use benches::engines::{Engine, Provost};
use benches::policies;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let rounds = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(1000);
    let name = arguments.next().unwrap_or_else(|| "admission".to_owned());
    #[cfg(shared_sample)]
    if name == "hand" {
        return by_hand(rounds);
    }
    let policy = policies::named(&name).expect("its files are there").expect("there is a policy of that name");
    let mut provost = Provost::new(&policy).expect("the policy compiles");
    for _ in 0..rounds {
        provost.evaluate();
    }
}

#[cfg(shared_sample)]
fn by_hand(rounds: usize) {
    use benches::sample::{Sample, handwritten};
    use std::hint::black_box;
    let sample = Sample::read().expect("the sample is there");
    let input = serde_json::from_slice(&sample.input).expect("the input parses");
    let data = serde_json::from_slice(&sample.data).expect("the data parses");
    for _ in 0..rounds {
        black_box(handwritten::deny(black_box(&input), &data));
    }
}
