//! CloudFormation templates: resources, and every function.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by a panic"
)]

mod support;

use catalog::{Change, Settings};
use support::{asks, at, changes, field, fixture};
use value::Arena;

fn template<'a>(arena: &'a Arena, settings: &Settings) -> Change<'a> {
    let name = "cloudformation/training-platform.yaml";
    changes(arena, name, &fixture(name), settings).remove(0)
}

#[test]
fn resources() {
    let arena = Arena::new();
    let change = template(&arena, &Settings::default());
    let check = |id: &str, class: &str, expected: &str| {
        let resource = at(&change.resources, id);
        assert_eq!((resource.class.as_str(), asks(resource).as_str()), (class, expected), "{id}");
    };
    check("Bucket", "bucket", "nothing");
    check("Config", "configuration", "nothing");
    check("Endpoint", "endpoint", "8 gpu A10G (ml.g5.12xlarge)");
    check("Instance", "instance", "8 gpu A100 (p4d.24xlarge)");
    check("Group", "instance", "3 gpu L4 (g6.xlarge)");
    check("Template", "configuration", "nothing");
    check(
        "Nodes",
        "cluster",
        "?(Fn::If: whether the condition `Production` holds is known only when the stack is deployed)",
    );
    check("MaybeThere", "instance", "8 gpu H100 (p5.48xlarge)");
    assert_eq!(change.ignored, 1);
    assert!(change.resources.iter().all(|resource| resource.address != "LeftOut"));
    assert_eq!(change.sensitive, ["hush-hush"]);

    assert_eq!(at(&change.resources, "Bucket").name, "data-42");
    assert_eq!(at(&change.resources, "Untagged").name, "Untagged");
    assert_eq!(at(&change.resources, "Instance").name, "trainer-b");
    assert_eq!(at(&change.resources, "Bucket").pointer.to_string(), "/Resources/Bucket");
    assert_eq!(field(at(&change.resources, "Instance"), "images"), "[?(Ami: the value stands in the parameter store)]");
    assert_eq!(field(at(&change.resources, "Endpoint"), "replicas"), "2");
}

#[test]
fn tags() {
    let arena = Arena::new();
    let change = template(&arena, &Settings::default());
    let check = |id: &str, expected: &str| assert_eq!(field(at(&change.resources, id), "tags"), expected, "{id}");
    check("Bucket", r#"{"CostCenter":"42","Environment":?(Environment: the parameter `Environment` has no default)}"#);
    check("Untagged", "{}");
    check("Hidden", r#"{"CostCenter":"hush-hush"}"#);
    check("Group", r#"{"team":"nlp"}"#);
    check("Template", r#"{"CostCenter":"9"}"#);
    check("Nodes", r#"{"CostCenter":"8"}"#);
    let dimensions = field(at(&change.resources, "Bucket"), "dimensions");
    assert!(dimensions.contains(r#""cost_center":"42""#), "{dimensions}");
}

#[test]
fn settings_fill_what_a_template_leaves_open() {
    let arena = Arena::new();
    let mut settings =
        Settings { region: Some("eu-west-1".into()), account: Some("123456789012".into()), ..Settings::default() };
    settings.parameters.insert("Environment".into(), "production".into());
    settings.parameters.insert("Secret".into(), "given-secret".into());
    let change = template(&arena, &settings);
    assert_eq!(field(at(&change.resources, "Bucket"), "region"), "\"eu-west-1\"");
    assert_eq!(asks(at(&change.resources, "Nodes")), "16 gpu H100 (p5.48xlarge)");
    assert_eq!(field(at(&change.resources, "Model"), "images"), r#"["123456789012.dkr.ecr.example.com/x"]"#);
    assert_eq!(change.sensitive, ["given-secret", "hush-hush"]);
}

/// Holds an expression against what it resolves to.
#[track_caller]
fn check(expression: &str, expected: &str) {
    let arena = Arena::new();
    let text = format!(
        "Parameters:
  P: {{Type: String, Default: plain}}
  Number: {{Type: Number, Default: 3}}
  L: {{Type: CommaDelimitedList, Default: 'a, b'}}
  Open: {{Type: String}}
Mappings: {{M: {{a: {{b: found, list: [x, z]}}}}}}
Conditions:
  Holds: !Equals [!Ref P, plain]
  Numbers: !Equals [!Ref Number, '3']
  Fails: !Not [!Equals [1, 1]]
  Maybe: !Equals [!Ref Open, x]
  FailsAndMaybe: !And [!Condition Fails, !Condition Maybe]
  HoldsOrMaybe: !Or [!Condition Maybe, !Condition Holds]
  Circle: !Not [!Condition Circle]
Resources:
  X:
    Type: Custom::X
    Properties:
      V: {expression}
"
    );
    let change = changes(&arena, "t.yaml", &text, &Settings::default()).remove(0);
    let properties = change.resources[0].object.get_str("Properties").expect("properties");
    assert_eq!(properties.get_str("V").map_or("nothing".to_owned(), support::show), expected, "{expression}");
}

const DEPLOYED: &str = "known only when the stack is deployed";

#[test]
fn references() {
    check("!Ref P", "\"plain\"");
    check("!Ref Number", "3");
    check("!Ref L", r#"["a","b"]"#);
    check("!Ref Open", "?(Open: the parameter `Open` has no default)");
    check("!Ref X", &format!("?(X: {DEPLOYED})"));
    check("!Ref AWS::NoValue", "nothing");
    check("!Ref AWS::Region", &format!("?(AWS::Region: {DEPLOYED})"));
    check("!GetAtt X.Arn", &format!("?(Fn::GetAtt: {DEPLOYED})"));
    check("!ImportValue x", &format!("?(Fn::ImportValue: {DEPLOYED})"));
    check("!GetAZs ''", &format!("?(Fn::GetAZs: {DEPLOYED})"));
    check("!Cidr ['10.0.0.0/16', 2, 8]", &format!("?(Fn::Cidr: {DEPLOYED})"));
    check("'{{resolve:ssm:x}}'", "?({{resolve:ssm:x}}: a dynamic reference is resolved when the stack is deployed)");
}

#[test]
fn functions() {
    check("!Sub 'a-${P}-${!literal}-${Number}'", "\"a-plain-${literal}-3\"");
    check("!Sub ['${P}${Q}', {Q: !Ref Number}]", "\"plain3\"");
    check("!Sub 'no $ at all $'", "\"no $ at all $\"");
    check("!Sub 'open ${P'", "\"open ${P\"");
    check("!Sub '${Open}'", "?(Open: the parameter `Open` has no default)");
    check("!Sub '${X.Arn}'", &format!("?(X.Arn: {DEPLOYED})"));
    check("!Join ['-', [a, !Ref P, 1]]", "\"a-plain-1\"");
    check("!Join ['-', !Ref L]", "\"a-b\"");
    check("!Join ['-', [a, !Ref AWS::NoValue]]", "\"a\"");
    check("!Join ['-', [a, !Ref Open]]", "?(Open: the parameter `Open` has no default)");
    check("!Select [1, [a, b]]", "\"b\"");
    check("!Select ['0', !Ref L]", "\"a\"");
    check("!Select [5, [a]]", &format!("?(Fn::Select: {DEPLOYED})"));
    check("!Split [',', 'a,b']", r#"["a","b"]"#);
    check("!Select [1, !Split ['-', !Sub 'x-${P}']]", "\"plain\"");
    check("!FindInMap [M, a, b]", "\"found\"");
    check("!FindInMap [M, a, list]", r#"["x","z"]"#);
    check("!FindInMap [M, !Ref Open, b]", &format!("?(Fn::FindInMap: {DEPLOYED})"));
    check("!FindInMap [M, z, b, {DefaultValue: !Ref P}]", "\"plain\"");
    check("!Base64 hello", "\"aGVsbG8=\"");
    check("{'Fn::Length': [1, 2]}", "2");
    check("{'Fn::Length': !Ref L}", "2");
    check("{'Fn::ToJsonString': {a: !Ref Number}}", r#""{\"a\":3}""#);
    check("{'Fn::ToJsonString': {a: !Ref Open}}", &format!("?(Fn::ToJsonString: {DEPLOYED})"));
    check("{'Fn::Transform': {Name: X}}", &format!("?(Fn::Transform: {DEPLOYED})"));
    check("{a: 1, 'Fn::ForEach::All': []}", &format!("?(Fn::ForEach::All: {DEPLOYED})"));
    check("[a, !Ref AWS::NoValue, !Ref P]", r#"["a","plain"]"#);
}

#[test]
fn conditions() {
    check("!If [Holds, 1, 2]", "1");
    check("!If [Fails, 1, 2]", "2");
    check("!If [Numbers, 1, 2]", "1");
    check("!If [FailsAndMaybe, 1, 2]", "2");
    check("!If [HoldsOrMaybe, 1, 2]", "1");
    check("!If [Fails, 1, !Ref AWS::NoValue]", "nothing");
    let maybe = |name: &str| format!("?(Fn::If: whether the condition `{name}` holds is {DEPLOYED})");
    check("!If [Maybe, 1, 2]", &maybe("Maybe"));
    check("!If [Maybe, 1, 1]", "1");
    check("!If [Circle, 1, 2]", &maybe("Circle"));
    check("!If [Missing, 1, 2]", &maybe("Missing"));
    check("!If [Holds]", "?(Fn::If: it needs a condition and two values)");
}

#[test]
fn wrong_shapes_of_functions_are_unknown() {
    for name in
        ["Ref", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::FindInMap", "Fn::If", "Fn::Base64", "Fn::Length"]
    {
        for argument in ["null", "1", "[]", "{}", "[1]", "[[], {}, 3, 4]", "{a: 1, b: 2}"] {
            let arena = Arena::new();
            let text = format!("Resources: {{X: {{Type: 'A::B', Properties: {{V: {{'{name}': {argument}}}}}}}}}");
            let change = changes(&arena, "t.yaml", &text, &Settings::default()).remove(0);
            let properties = change.resources[0].object.get_str("Properties").expect("properties");
            let value = properties.get_str("V").expect("a value");
            assert!(value.is_unknown() || value.as_i64().is_some(), "{name} {argument}: {value}");
        }
    }
}

#[test]
fn links() {
    let check = |link: &str, expected: &str| {
        let arena = Arena::new();
        let text = format!(
            "Conditions: {{Holds: !Equals [1, 1]}}
Resources:
  Config:
    Type: AWS::SageMaker::EndpointConfig
    Properties:
      EndpointConfigName: named
      ProductionVariants: [{{InstanceType: ml.g5.xlarge, InitialInstanceCount: 2}}]
  Endpoint:
    Type: AWS::SageMaker::Endpoint
    Properties: {{EndpointConfigName: {link}}}
"
        );
        let change = changes(&arena, "t.yaml", &text, &Settings::default()).remove(0);
        assert_eq!(asks(at(&change.resources, "Endpoint")), expected, "{link}");
    };
    let found = "2 gpu A10G (ml.g5.xlarge)";
    check("!Ref Config", found);
    check("!GetAtt Config.EndpointConfigName", found);
    check("{'Fn::GetAtt': Config.EndpointConfigName}", found);
    check("!Sub '${Config.EndpointConfigName}'", found);
    check("!If [Holds, !Ref Config, other]", found);
    check("named", found);
    check("!Ref AWS::NoValue", "nothing");
    check("other", "?(accelerators: `other` (AWS::SageMaker::EndpointConfig) is not part of this template)");
    check("!ImportValue x", &format!("?(Fn::ImportValue: {DEPLOYED})"));
}

#[test]
fn notes() {
    let arena = Arena::new();
    let text = "Resources: {'Fn::ForEach::B': [x, [a], {}], Nested: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: u}}}";
    let change = changes(&arena, "t.yaml", text, &Settings::default()).remove(0);
    let notes: Vec<_> = change.notes.iter().map(|note| note.pointer.to_string()).collect();
    assert_eq!(notes, ["/Resources/Fn::ForEach::B", "/Resources/Nested"]);
}

#[test]
fn errors() {
    let check = |text: &str, message: &str, pointer: &str| {
        let arena = Arena::new();
        let document = support::parse(&arena, "t.yaml", text).remove(0);
        let error = catalog::recognise(&arena, document, &Settings::default()).expect_err(text);
        assert_eq!((error.to_string().as_str(), error.pointer().to_string().as_str()), (message, pointer), "{text}");
    };
    check("AWSTemplateFormatVersion: '2010-09-09'", "cloudformation template: `Resources` is missing", "");
    check(
        "{AWSTemplateFormatVersion: '2010-09-09', Resources: []}",
        "cloudformation template: expected an object, found array",
        "/Resources",
    );
    check(
        "Resources: {A: {Type: 'AWS::S3::Bucket'}, B: {Properties: {}}}",
        "cloudformation template: `Type` is missing",
        "/Resources/B",
    );
    check(
        "Resources: {A: {Type: 'AWS::S3::Bucket', Properties: []}}",
        "cloudformation template: expected an object, found array",
        "/Resources/A/Properties",
    );
}

#[test]
fn a_template_that_explodes_is_an_error() {
    let arena = Arena::new();
    let large = "x".repeat(100_000);
    let many = "${P}".repeat(1_000);
    let text = format!(
        "Parameters: {{P: {{Type: String, Default: {large}}}}}\nResources: {{X: {{Type: 'A::B', Properties: {{V: !Sub '{many}'}}}}}}"
    );
    let document = support::parse(&arena, "t.yaml", &text).remove(0);
    let error = catalog::recognise(&arena, document, &Settings::default()).expect_err("too large");
    assert!(error.to_string().contains("grows past"), "{error}");
}
