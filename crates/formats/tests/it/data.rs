use formats::{Format, Options, locate};
use std::path::{Path, PathBuf};
use value::{Arena, Pointer, Source};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.to_str().and_then(Format::of_name).is_some() {
            found.push(path);
        }
    }
}

#[test]
fn real_files() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let mut found = Vec::new();
    for folder in ["kubernetes-jobs", "terraform"] {
        files(&shared.join(folder), &mut found);
    }
    if found.is_empty() {
        println!("skipped: there is nothing in {}", shared.display());
        return;
    }
    for path in found {
        let bytes = std::fs::read(&path).unwrap();
        let text = formats::decode(&bytes).unwrap();
        let name = path.display().to_string();
        let source = Source::new(name.as_str(), text.as_ref());
        let format = Format::detect(&name, &text);
        assert_eq!(format, Format::of_content(&text), "{name}");
        let arena = Arena::new();
        let read =
            formats::parse(&arena, &source, format, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
        assert!(!read.documents.is_empty(), "{name}");
        for document in &read.documents {
            for key in document.value.as_object().unwrap().keys() {
                let key = key.as_str().unwrap();
                let span = locate(&source, format, document.index, &Pointer::root().join(key)).unwrap();
                assert!(text[span.start as usize..span.end as usize].contains(key), "{name}: {key}");
            }
            let written = formats::yaml::to_string(document.value);
            assert_eq!(
                formats::yaml::parse_value(&arena, &written, &Options::default()).unwrap(),
                document.value,
                "{name}"
            );
        }
    }
}
