//! Whatever compiles is evaluated without panic within its limits, and the index changes no answer.
#![no_main]

use fuzz::{Evaluated, INPUTS};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Some(module) = Evaluated::compile(text) else { return };
    for input in INPUTS {
        let with_index = module.answer(input, true);
        let without = module.answer(input, false);
        match (with_index, without) {
            (Some(Ok(with_index)), Some(Ok(without))) => {
                assert_eq!(with_index, without, "the index changes the answer, {input:?}");
            }
            (Some(Err(error)), Some(Ok(answer))) => {
                panic!("with the index: {error}, without: {answer}, {input:?}")
            }
            // A rule that is not looked at can neither fail nor reach a limit.
            _ => {}
        }
    }
});
