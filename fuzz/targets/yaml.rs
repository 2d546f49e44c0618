//! Whatever is read as YAML is written as YAML that is read as the same, and its places lie in the text.
#![no_main]

use formats::{Format, Options, yaml};
use libfuzzer_sys::fuzz_target;
use value::{Arena, Pointer, Source};

fuzz_target!(|text: &str| {
    let arena = Arena::new();
    let source = Source::new("fuzzed.yaml", text);
    for options in [Options::default(), Options::lenient()] {
        let documents = match formats::parse(&arena, &source, Format::Yaml, &options) {
            Ok(documents) => documents.documents,
            Err(mistake) => {
                let (start, end) = (mistake.span.start as usize, mistake.span.end as usize);
                assert!(text.get(start..end).is_some(), "{start}..{end} is no place in the text: {}", mistake.message);
                continue;
            }
        };
        for (index, document) in documents.iter().enumerate() {
            let place = formats::locate(&source, Format::Yaml, index, &Pointer::root());
            if let Some(span) = place {
                assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} is no place in the text");
            }
            let written = yaml::to_string(document.value);
            let again = yaml::parse_value(&arena, &written, &Options::default());
            let again = again.unwrap_or_else(|error| panic!("is not read when written: {error}\n{written}"));
            assert_eq!(again, document.value, "differs when written\n{written}");
        }
    }
});
