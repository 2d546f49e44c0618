use crate::Style;
use crate::show::{Resources, render, render_json};
use crate::text::width;
use catalog::{Action, Class, Resource, Source};
use decision::{Member, Scrubber};
use value::{Arena, Pointer, Value, json};

pub(super) fn member<'a>(arena: &'a Arena, address: &'a str, kind: &'a str, class: Class, value: &str) -> Member<'a> {
    let value = json::parse(arena, value.as_bytes(), &json::ParseLimits::default()).unwrap();
    let resource = Resource {
        class,
        source: Source::Terraform,
        action: Action::Create,
        provider: "aws",
        kind,
        address,
        previous_address: None,
        name: address,
        namespace: None,
        api_group: None,
        value,
        object: Value::EMPTY_OBJECT,
        pointer: Pointer::root().join("resource_changes").join(0),
        governed: class.governed(),
    };
    Member { file: "plan.json", document: 0, resource }
}

fn members(arena: &Arena) -> Vec<Member<'_>> {
    let endpoint = r#"{"region": "eu-central-1", "accelerators": [{"kind": "gpu", "model": "A100", "count": 8},
        {"kind": "gpu", "model": null, "count": 2}], "dimensions": {"cost_center": "42", "team": "nlp"},
        "tags": {"CostCenter": "42", "Team": "nlp"}}"#;
    let tags = r#"{"region": null, "accelerators": [], "dimensions": {},
        "tags": {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8}}"#;
    let mut unknown = member(arena, "aws_s3_bucket.scratch", "aws_s3_bucket", Class::Bucket, "{}");
    unknown.resource.value = arena.object(&[
        (arena.string("region"), arena.string("us-east-1")),
        (arena.string("accelerators"), Value::EMPTY_ARRAY),
        (arena.string("tags"), arena.unknown("tags", "known only after apply")),
    ]);
    vec![
        member(arena, "aws_sagemaker_endpoint.e", "aws_sagemaker_endpoint", Class::Endpoint, endpoint),
        unknown,
        member(arena, "terraform_data.cc", "terraform_data", Class::None, tags),
    ]
}

fn shown(width: usize) -> String {
    let arena = Arena::new();
    let members = members(&arena);
    render(&Resources { members: &members, scrubber: &Scrubber::default() }, &Style { width, color: false })
}

#[test]
fn a_wide_table() {
    insta::assert_snapshot!(shown(200));
}

#[test]
fn a_usual_table() {
    insta::assert_snapshot!(shown(110));
}

#[test]
fn records_where_a_table_does_not_fit() {
    insta::assert_snapshot!(shown(40));
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    for columns in [30, 40, 80, 100, 120, 200] {
        for line in shown(columns).lines() {
            assert!(width(line) <= columns && line == line.trim_end(), "{columns} columns: `{line}`");
        }
    }
}

#[test]
fn as_json() {
    let arena = Arena::new();
    let members = members(&arena);
    let text = render_json(&Resources { members: &members[1..2], scrubber: &Scrubber::default() });
    insta::assert_snapshot!(text);
}

#[test]
fn no_resources_are_said() {
    let none = Resources { members: &[], scrubber: &Scrubber::default() };
    assert_eq!(render(&none, &Style::default()), "no resources\n");
    assert_eq!(render_json(&none), "[]\n");
}
