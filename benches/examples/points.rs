//! Asks a point many times, for a profiler to look at: `points [ROUNDS] [PATH]`.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark that cannot start must stop and say why")]

use benches::points::Asked;
use benches::repositories::REPOSITORIES;
use std::hint::black_box;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let rounds = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(1000);
    let path = arguments.next().unwrap_or_else(|| "/v1/admit".to_owned());
    let repository = REPOSITORIES.first().expect("there is a repository");
    let asked = Asked::new(repository, &path).expect("the point answers");
    for _ in 0..rounds {
        black_box(asked.answer().expect("the point answers"));
    }
}
