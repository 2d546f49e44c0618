//! Compiles ten thousand rules, for a profiler to look at: `compile [ROUNDS] [RULES]`.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark that cannot start must stop and say why")]

use benches::engines;
use benches::generated::{self, Subject};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|number| number.parse().expect("arguments are numbers"));
    let rounds = arguments.next().unwrap_or(1);
    let count = arguments.next().unwrap_or(10_000);
    let modules = generated::rules(Subject::ReviewKind, count, 10, false);
    for _ in 0..rounds {
        engines::compile(&modules).expect("the rules compile");
    }
}
