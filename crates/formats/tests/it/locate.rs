use formats::{Format, Options, Place, locate, locate_all};
use std::fmt::Write;
use value::{Arena, Pointer, Position, Segment, Source};

/// `/a/0/b`: parts that are numbers are positions, except after `~`.
fn pointer(text: &str) -> Pointer {
    let segment = |part: &str| match (part.strip_prefix('~'), part.parse::<usize>()) {
        (Some(key), _) => Segment::Key(key.to_owned()),
        (None, Ok(index)) => Segment::Index(index),
        (None, Err(_)) => Segment::Key(part.to_owned()),
    };
    Pointer(text.split('/').skip(1).map(segment).collect())
}

/// `line:column` and the text that stands there.
fn place(text: &str, format: Format, document: usize, path: &str) -> String {
    let source = Source::new("input", text);
    match locate(&source, format, document, &pointer(path)) {
        None => "nowhere".to_owned(),
        Some(span) => {
            let found = &text[span.start as usize..span.end as usize];
            format!("{} {}", Position::of(text, span.start), found)
        }
    }
}

fn check(text: &str, format: Format, cases: &[(usize, &str, &str)]) {
    let mut failures = String::new();
    for (document, path, expected) in cases {
        let actual = place(text, format, *document, path);
        if actual != *expected {
            writeln!(failures, "{document} {path}: expected `{expected}`, found `{actual}`").unwrap();
        }
    }
    let source = Source::new("input", text);
    let places: Vec<_> =
        cases.iter().map(|(document, path, _)| Place { document: *document, pointer: pointer(path) }).collect();
    let one_by_one: Vec<_> =
        places.iter().map(|place| locate(&source, format, place.document, &place.pointer)).collect();
    assert!(failures.is_empty(), "\n{failures}");
    assert_eq!(locate_all(&source, format, &places), one_by_one);
}

#[test]
fn json() {
    let text = r#"
{
  "a": {"b": [1, "tw\"o", {"c": true}, [9]], "b\u00e9": 2, "": {"x": 1}},
  "s": "{\"a\": [}",
  "n": -1.5e3
}
[{"a": 1}, {"a": 2}] "last""#;
    check(
        text,
        Format::Json,
        &[
            (0, "", "2:1 {"),
            (0, "/a", "3:3 \"a\""),
            (0, "/a/b", "3:9 \"b\""),
            (0, "/a/b/0", "3:15 1"),
            (0, "/a/b/1", "3:18 \"tw\\\"o\""),
            (0, "/a/b/2", "3:27 {"),
            (0, "/a/b/2/c", "3:28 \"c\""),
            (0, "/a/b/3/0", "3:41 9"),
            (0, "/a/b/4", "3:9 \"b\""),
            (0, "/a/b/2/c/d/e", "3:28 \"c\""),
            (0, "/a/bé", "3:46 \"b\\u00e9\""),
            (0, "/a/~/x", "3:65 \"x\""),
            (0, "/s", "4:3 \"s\""),
            (0, "/s/a", "4:3 \"s\""),
            (0, "/n", "5:3 \"n\""),
            (0, "/missing/x", "2:1 {"),
            (0, "/a/~0", "3:3 \"a\""),
            (1, "", "7:1 ["),
            (1, "/1/a", "7:13 \"a\""),
            (2, "", "7:22 \"last\""),
            (2, "/a", "7:22 \"last\""),
            (3, "", "nowhere"),
        ],
    );
}

#[test]
fn json_with_equal_keys() {
    check(
        r#"{"a": {"x": 1, "y": 2}, "a": {"x": 3}}"#,
        Format::Json,
        &[(0, "/a", "1:25 \"a\""), (0, "/a/x", "1:31 \"x\""), (0, "/a/y", "1:25 \"a\"")],
    );
}

#[test]
fn yaml() {
    let text = "\
# comment
a:
  b:
  - 1
  - 'two'
  - c: true
    d: [x, {e: y}]
  \"q é\": z
  1: one
  yes: on
  text: |
    line
# nothing
---
---
- - deep
- {}
--- last
";
    check(
        text,
        Format::Yaml,
        &[
            (0, "", "2:1 a"),
            (0, "/a", "2:1 a"),
            (0, "/a/b", "3:3 b"),
            (0, "/a/b/0", "4:5 1"),
            (0, "/a/b/1", "5:5 'two'"),
            (0, "/a/b/2", "6:5 c"),
            (0, "/a/b/2/c", "6:5 c"),
            (0, "/a/b/2/d", "7:5 d"),
            (0, "/a/b/2/d/0", "7:9 x"),
            (0, "/a/b/2/d/1", "7:12 {"),
            (0, "/a/b/2/d/1/e", "7:13 e"),
            (0, "/a/b/2/d/1/e/x", "7:13 e"),
            (0, "/a/b/7", "3:3 b"),
            (0, "/a/q é", "8:3 \"q é\""),
            (0, "/a/~1", "9:3 1"),
            (0, "/a/true", "10:3 yes"),
            (0, "/a/text", "11:3 text"),
            (0, "/missing", "2:1 a"),
            (1, "/0/0", "16:5 deep"),
            (1, "/1", "17:3 {"),
            (2, "", "18:5 last"),
            (3, "", "nowhere"),
        ],
    );
}

#[test]
fn yaml_aliases_and_merges() {
    let text = "\
base: &base
  image: old
  limits: &limits
    gpu: 8
more: &more
  <<: *base
  extra: 1
pod:
  <<: *more
  name: trainer
both:
  <<: [*limits, *base]
copy: *base
late:
  image: mine
  <<: *base
name: &k key
*k : v
";
    check(
        text,
        Format::Yaml,
        &[
            (0, "/pod/name", "10:3 name"),
            (0, "/pod/extra", "7:3 extra"),
            (0, "/pod/limits/gpu", "4:5 gpu"),
            (0, "/pod/missing", "8:1 pod"),
            (0, "/both/gpu", "4:5 gpu"),
            (0, "/both/image", "2:3 image"),
            (0, "/copy", "13:1 copy"),
            (0, "/copy/image", "2:3 image"),
            (0, "/copy/image/x", "2:3 image"),
            (0, "/late/image", "2:3 image"),
            (0, "/key", "18:1 *k"),
        ],
    );
}

#[test]
fn yaml_functions() {
    let text = "\
Resources:
  Job:
    Role: !GetAtt Role.Arn
    Name: !Sub
      - '${a}'
      - a: !Ref Name
    Tags: !If [c, [{Key: x}], !Ref 'AWS::NoValue']
";
    check(
        text,
        Format::Yaml,
        &[
            (0, "/Resources/Job/Role", "3:5 Role"),
            (0, "/Resources/Job/Role/Fn::GetAtt", "3:11 !GetAtt"),
            (0, "/Resources/Job/Role/Fn::GetAtt/0", "3:11 !GetAtt"),
            (0, "/Resources/Job/Name/Fn::Sub/1/a/Ref", "6:12 !Ref"),
            (0, "/Resources/Job/Tags/Fn::If/1/0/Key", "7:21 Key"),
            (0, "/Resources/Job/Tags/Fn::If/2/Ref", "7:31 !Ref"),
        ],
    );
}

/// Every path that a document has leads to a place of its own text.
#[test]
fn every_path_is_found() {
    let text = "a: {b: [1, {c: 2}], 3: x}\nd:\n- e: !Sub x\n- - f\n  - ~\n";
    let arena = Arena::new();
    let source = Source::new("input", text);
    let read = formats::parse(&arena, &source, Format::Yaml, &Options::default()).unwrap();
    let mut pending = vec![(Pointer::root(), read.documents[0].value)];
    let mut spans = std::collections::HashSet::new();
    let mut paths = 0;
    while let Some((path, value)) = pending.pop() {
        let span = locate(&source, Format::Yaml, 0, &path).unwrap();
        assert!(span.end as usize <= text.len());
        spans.insert((span, path.0.len()));
        paths += 1;
        if let Some(array) = value.as_array() {
            pending.extend(array.iter().enumerate().map(|(index, item)| (path.join(index), item)));
        }
        if let Some(object) = value.as_object() {
            pending.extend(object.iter().map(|(key, item)| (path.join(key.as_str().unwrap()), item)));
        }
    }
    assert_eq!(spans.len(), paths);
}

/// Without values a large plan is scanned quickly; the bound is loose, for slow machines and unoptimized builds.
#[test]
fn large_plans() {
    let mut text = String::from("{\"resource_changes\": [");
    for number in 0..20_000 {
        write!(text, "{{\"address\": \"aws_instance.i{number}\", \"change\": {{\"after\": {{\"tags\": {{\"a\": \"b\", \"c\": [1, 2, 3]}}}}}}}},").unwrap();
    }
    text.push_str("{}]}");
    let source = Source::new("plan.json", text.as_str());
    let places: Vec<_> = (0..20_000)
        .step_by(10)
        .map(|number| Place {
            document: 0,
            pointer: pointer(&format!("/resource_changes/{number}/change/after/tags/c/1")),
        })
        .collect();
    assert!(
        locate_all(&source, Format::Json, &places)
            .iter()
            .all(|span| { span.is_some_and(|span| &text[span.start as usize..span.end as usize] == "2") })
    );
}
