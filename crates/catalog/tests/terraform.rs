//! Terraform plans: three real ones, and small ones for what they do not show.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by a panic"
)]

mod support;

use catalog::{Action, Change, Class, Settings};
use support::{asks, at, changes, field, fixture};
use value::Arena;

fn plan<'a>(arena: &'a Arena, text: &str) -> Change<'a> {
    changes(arena, "plan.json", text, &Settings::default()).remove(0)
}

/// A resource's class, action, what it asks for, its replicas and its region.
fn summary(change: &Change<'_>, address: &str) -> String {
    let resource = at(&change.resources, address);
    format!(
        "{} {}, {}, {} at {}",
        resource.action.as_str(),
        resource.class.as_str(),
        asks(resource),
        field(resource, "replicas"),
        field(resource, "region").trim_matches('"'),
    )
}

#[test]
fn create() {
    let arena = Arena::new();
    let change = plan(&arena, &fixture("terraform/create.plan.json"));
    let check = |address: &str, expected: &str| assert_eq!(summary(&change, address), expected, "{address}");
    check("aws_instance.gpu", "create instance, 8 gpu A100 (p4d.24xlarge), 1 at us-east-1");
    for bucket in ["data", "tagged", "sens", "unk_value", "unk_map"] {
        check(&format!("aws_s3_bucket.{bucket}"), "create bucket, nothing, null at us-east-1");
    }
    check("aws_sagemaker_endpoint.e", "create endpoint, 1 gpu A10G (ml.g5.xlarge), 1 at us-east-1");
    check("aws_sagemaker_endpoint_configuration.ec", "create configuration, nothing, null at us-east-1");
    check("aws_sagemaker_model.m", "create model, nothing, null at us-east-1");
    assert_eq!(change.resources.len(), 10);
    assert_eq!(change.sensitive, ["cc-99"]);
    assert!(change.notes.is_empty(), "{:?}", change.notes);

    let cc = at(&change.resources, "terraform_data.cc");
    assert_eq!((cc.class, cc.governed, cc.provider), (Class::None, false, "terraform"));
    assert_eq!(field(cc, "region"), "null");
}

#[test]
fn tags_of_create() {
    let arena = Arena::new();
    let change = plan(&arena, &fixture("terraform/create.plan.json"));
    let check = |address: &str, tags: &str, cost_center: &str| {
        let resource = at(&change.resources, address);
        assert_eq!(field(resource, "tags"), tags, "{address}");
        let found = resource.value.get_str("dimensions").and_then(|all| all.get_str("cost_center"));
        assert_eq!(found.map_or("none".to_owned(), support::show), cost_center, "{address}");
    };
    check("aws_instance.gpu", r#"{"Owner":"ml"}"#, "none");
    check("aws_s3_bucket.data", r#"{"Owner":"ml"}"#, "none");
    check("aws_sagemaker_model.m", r#"{"Owner":"ml"}"#, "none");
    check("aws_sagemaker_endpoint_configuration.ec", r#"{"Owner":"ml"}"#, "none");
    check("aws_sagemaker_endpoint.e", r#"{"CostCenter":"42","Owner":"ml"}"#, "\"42\"");
    check("aws_s3_bucket.tagged", r#"{"CostCenter":"42","Owner":"ml"}"#, "\"42\"");
    check("aws_s3_bucket.sens", r#"{"CostCenter":"cc-99","Owner":"ml"}"#, "\"cc-99\"");
    for address in ["aws_s3_bucket.unk_value", "aws_s3_bucket.unk_map"] {
        check(address, "?(tags: known only after apply)", "?(dimensions.cost_center: known only after apply)");
    }
}

#[test]
fn objects_have_unknown_leaves() {
    let arena = Arena::new();
    let change = plan(&arena, &fixture("terraform/create.plan.json"));
    let bucket = at(&change.resources, "aws_s3_bucket.unk_map");
    let after = bucket.object.get_str("change").and_then(|change| change.get_str("after")).expect("after");
    assert_eq!(support::show(after.get_str("tags").expect("tags")), "?(tags: known only after apply)");
    assert_eq!(after.get_str("bucket").and_then(|name| name.as_str()), Some("my-unk2"));
    assert_eq!(bucket.name, "my-unk2");
    assert_eq!(bucket.pointer.to_string(), "/resource_changes/4");

    let configuration = at(&change.resources, "aws_sagemaker_endpoint_configuration.ec");
    let after = configuration.object.get_str("change").and_then(|change| change.get_str("after")).expect("after");
    let variant =
        after.get_str("production_variants").and_then(|variants| variants.as_array()?.get(0)).expect("a variant");
    assert_eq!(
        support::show(variant.get_str("volume_size_in_gb").expect("a size")),
        "?(production_variants[0].volume_size_in_gb: known only after apply)"
    );
}

#[test]
fn update() {
    let arena = Arena::new();
    let change = plan(&arena, &fixture("terraform/update.plan.json"));
    let check = |address: &str, expected: &str| assert_eq!(summary(&change, address), expected, "{address}");
    check("aws_instance.gpu", "none instance, 8 gpu A100 (p4d.24xlarge), 1 at us-east-1");
    check("aws_s3_bucket.unk_str", "update bucket, nothing, null at us-east-1");
    check("aws_sagemaker_endpoint.e", "none endpoint, 1 gpu T4 (ml.g4dn.xlarge), 1 at us-east-1");
    check("aws_sagemaker_endpoint_configuration.ec", "replace configuration, nothing, null at us-east-1");
    check("aws_sagemaker_model.m", "replace model, nothing, null at us-east-1");

    let updated = at(&change.resources, "aws_s3_bucket.unk_str");
    assert_eq!(field(updated, "tags"), "?(tags: known only after apply)");
    let before = updated.value.get_str("before").and_then(|before| before.get_str("tags")).expect("tags");
    assert_eq!(
        support::show(before),
        r#"{"CostCenter":"arn:aws:sagemaker:us-east-1:123456789012:model/m","Env":"dev","Owner":"ml"}"#
    );
    let endpoint = at(&change.resources, "aws_sagemaker_endpoint.e");
    assert_eq!(field(endpoint, "account"), "\"123456789012\"");
    assert!(field(endpoint, "before").contains(r#""model":"T4""#));
    assert_eq!(change.sensitive, ["cc-99"]);
}

#[test]
fn replace_import_move() {
    let arena = Arena::new();
    let change = plan(&arena, &fixture("terraform/replace-import-move.plan.json"));
    let actions: Vec<_> = change.resources.iter().map(|resource| (resource.address, resource.action)).collect();
    for (address, action) in [
        ("aws_instance.gpu", Action::None),
        ("aws_s3_bucket.data", Action::Replace),
        ("aws_s3_bucket.legacy", Action::Import),
        ("aws_s3_bucket.sens2", Action::None),
        ("aws_s3_bucket.tagged", Action::Update),
        ("aws_s3_bucket.unk_str", Action::Forget),
        ("aws_s3_bucket.unk_map", Action::Delete),
    ] {
        assert!(actions.contains(&(address, action)), "{address} in {actions:?}");
    }
    let moved = at(&change.resources, "aws_s3_bucket.sens2");
    assert_eq!(moved.previous_address, Some("aws_s3_bucket.sens"));
    assert_eq!(at(&change.resources, "aws_s3_bucket.data").name, "my-data-renamed");
    assert_eq!(field(at(&change.resources, "aws_s3_bucket.tagged"), "tags"), r#"{"CostCenter":"42","Owner":"ml"}"#);
    let before = at(&change.resources, "aws_s3_bucket.tagged").value.get_str("before").expect("before");
    assert_eq!(support::show(before.get_str("dimensions").expect("dimensions")), r#"{"cost_center":"drifted"}"#);
    let forgotten = at(&change.resources, "aws_s3_bucket.unk_str");
    assert!(field(forgotten, "tags").contains("CostCenter"));
    assert_eq!(change.sensitive, ["cc-99"]);
}

/// A plan of entries and a configuration, each given as JSON.
fn small(entries: &str, configuration: &str, variables: &str) -> String {
    format!(
        r#"{{"format_version": "1.2", "terraform_version": "1.11.4", "variables": {variables}, "planned_values": {{}},
            "resource_changes": [{entries}], "configuration": {configuration}}}"#
    )
}

fn created(address: &str, after: &str, unknown: &str) -> String {
    let mut words = address.rsplit('.');
    let name = words.next().expect("a name").split('[').next().expect("a name");
    let kind = words.next().expect("a type");
    let module = address.strip_suffix(&format!(".{kind}.{}", address.rsplit('.').next().expect("a name")));
    let module = module.map_or(String::new(), |module| format!(r#""module_address": {module:?},"#));
    let index =
        address.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')).map_or(String::new(), |(before, index)| {
            if before.ends_with(name) { format!(r#""index": {index},"#) } else { String::new() }
        });
    format!(
        r#"{{"address": {address:?}, {module} {index} "mode": "managed", "type": "{kind}", "name": "{name}",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {{"actions": ["create"], "before": null, "after": {after}, "after_unknown": {unknown}}}}}"#
    )
}

#[test]
fn regions() {
    let check = |attributes: &str, provider: &str, variables: &str, expected: &str| {
        let arena = Arena::new();
        let configuration = format!(
            r#"{{"provider_config": {{"aws": {{"name": "aws", "expressions": {{{provider}}}}}}},
                "root_module": {{"resources": [{{"mode": "managed", "type": "aws_s3_bucket", "name": "b", "provider_config_key": "aws"}}]}}}}"#
        );
        let text = small(&created("aws_s3_bucket.b", attributes, "{}"), &configuration, variables);
        let change = plan(&arena, &text);
        assert_eq!(field(&change.resources[0], "region"), expected, "{attributes} {provider}");
    };
    let constant = r#""region": {"constant_value": "eu-central-1"}"#;
    check("{}", constant, "{}", "\"eu-central-1\"");
    check(r#"{"region": "us-west-2"}"#, constant, "{}", "\"us-west-2\"");
    check(r#"{"arn": "arn:aws:sagemaker:ap-south-1:1:x/y"}"#, constant, "{}", "\"ap-south-1\"");
    check(r#"{"arn": "arn:aws:s3:::b"}"#, constant, "{}", "\"eu-central-1\"");
    check(r#"{"availability_zone": "us-west-2c"}"#, constant, "{}", "\"us-west-2\"");
    let variable = r#""region": {"references": ["var.where"]}"#;
    check("{}", variable, r#"{"where": {"value": "eu-west-3"}}"#, "\"eu-west-3\"");
    check("{}", variable, r#"{"where": {"value": "eu"}}"#, "?(region: known only after apply)");
    let unsaid = "?(region: neither the resource nor its provider's configuration says it)";
    check("{}", "", "{}", unsaid);
    check("{}", r#""region": {"references": ["data.x.y", "data.x"]}"#, "{}", unsaid);
}

#[test]
fn regions_of_modules_and_aliases() {
    let arena = Arena::new();
    let configuration = r#"{
        "provider_config": {
            "aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-east-1"}}},
            "aws.west": {"name": "aws", "alias": "west", "expressions": {"region": {"constant_value": "us-west-2"}}},
            "module.m:aws": {"name": "aws", "module_address": "module.m", "expressions": {"region": {"references": ["var.region"]}}}},
        "root_module": {
            "resources": [{"mode": "managed", "type": "aws_s3_bucket", "name": "w", "provider_config_key": "aws.west"}],
            "module_calls": {"m": {
                "expressions": {"region": {"references": ["var.far"]}},
                "module": {
                    "variables": {"region": {}},
                    "resources": [{"mode": "managed", "type": "aws_s3_bucket", "name": "b", "provider_config_key": "module.m:aws"}]}}}}}"#;
    let entries = [created("aws_s3_bucket.w", "{}", "{}"), created("module.m.aws_s3_bucket.b", "{}", "{}")].join(",");
    let change = plan(&arena, &small(&entries, configuration, r#"{"far": {"value": "ap-southeast-2"}}"#));
    assert_eq!(field(at(&change.resources, "aws_s3_bucket.w"), "region"), "\"us-west-2\"");
    assert_eq!(field(at(&change.resources, "module.m.aws_s3_bucket.b"), "region"), "\"ap-southeast-2\"");
}

const ENDPOINT_UNKNOWN: &str = r#"{"endpoint_config_name": true, "id": true}"#;

fn variants(instance_type: &str, count: u32) -> String {
    format!(r#"{{"production_variants": [{{"instance_type": "{instance_type}", "initial_instance_count": {count}}}]}}"#)
}

/// A configuration of one endpoint and its configuration, with what the endpoint refers to.
fn endpoint_configuration(references: &str) -> String {
    format!(
        r#"{{"root_module": {{"resources": [
            {{"mode": "managed", "type": "aws_sagemaker_endpoint", "name": "e",
              "expressions": {{"endpoint_config_name": {{"references": {references}}}}}}},
            {{"mode": "managed", "type": "aws_sagemaker_endpoint_configuration", "name": "c", "expressions": {{}}}}]}}}}"#
    )
}

#[test]
fn links_by_reference() {
    let arena = Arena::new();
    let entries = [
        created("aws_sagemaker_endpoint.e", "{}", ENDPOINT_UNKNOWN),
        created("aws_sagemaker_endpoint_configuration.c", &variants("ml.p4d.24xlarge", 2), r#"{"name": true}"#),
        created("aws_sagemaker_endpoint_configuration.other", &variants("ml.g5.xlarge", 1), r#"{"name": true}"#),
    ];
    let references = r#"["aws_sagemaker_endpoint_configuration.c.name", "aws_sagemaker_endpoint_configuration.c"]"#;
    let change = plan(&arena, &small(&entries.join(","), &endpoint_configuration(references), "{}"));
    let endpoint = at(&change.resources, "aws_sagemaker_endpoint.e");
    assert_eq!(asks(endpoint), "16 gpu A100 (ml.p4d.24xlarge)");
    assert_eq!(field(endpoint, "replicas"), "2");
    assert_eq!(asks(at(&change.resources, "aws_sagemaker_endpoint_configuration.c")), "nothing");
}

#[test]
fn links_by_index() {
    let arena = Arena::new();
    let entries = [
        created("aws_sagemaker_endpoint.e[\"a\"]", "{}", ENDPOINT_UNKNOWN),
        created("aws_sagemaker_endpoint.e[\"b\"]", "{}", ENDPOINT_UNKNOWN),
        created("aws_sagemaker_endpoint_configuration.c[\"a\"]", &variants("ml.g5.xlarge", 1), r#"{"name": true}"#),
        created("aws_sagemaker_endpoint_configuration.c[\"b\"]", &variants("ml.p5.48xlarge", 1), r#"{"name": true}"#),
    ];
    let references = r#"["aws_sagemaker_endpoint_configuration.c", "each.key"]"#;
    let change = plan(&arena, &small(&entries.join(","), &endpoint_configuration(references), "{}"));
    assert_eq!(asks(at(&change.resources, "aws_sagemaker_endpoint.e[\"a\"]")), "1 gpu A10G (ml.g5.xlarge)");
    assert_eq!(asks(at(&change.resources, "aws_sagemaker_endpoint.e[\"b\"]")), "8 gpu H100 (ml.p5.48xlarge)");
    assert_eq!(at(&change.resources, "aws_sagemaker_endpoint.e[\"b\"]").name, "e[\"b\"]");
}

#[test]
fn links_through_modules() {
    let arena = Arena::new();
    let configuration = r#"{"root_module": {"module_calls": {
        "config": {"module": {
            "outputs": {"name": {"expression": {"references": ["aws_sagemaker_endpoint_configuration.c.name", "aws_sagemaker_endpoint_configuration.c"]}}},
            "resources": [{"mode": "managed", "type": "aws_sagemaker_endpoint_configuration", "name": "c"}]}},
        "serve": {"expressions": {"configuration": {"references": ["module.config.name", "module.config"]}},
            "module": {"resources": [{"mode": "managed", "type": "aws_sagemaker_endpoint", "name": "e",
                "expressions": {"endpoint_config_name": {"references": ["var.configuration"]}}}]}}}}}"#;
    let entries = [
        created("module.serve.aws_sagemaker_endpoint.e", "{}", ENDPOINT_UNKNOWN),
        created("module.config.aws_sagemaker_endpoint_configuration.c", &variants("ml.trn1.32xlarge", 1), "{}"),
    ];
    let change = plan(&arena, &small(&entries.join(","), configuration, "{}"));
    assert_eq!(
        asks(at(&change.resources, "module.serve.aws_sagemaker_endpoint.e")),
        "16 neuron Trainium (ml.trn1.32xlarge)"
    );
}

#[test]
fn links_that_lead_nowhere() {
    let check = |after: &str, unknown: &str, expected: &str| {
        let arena = Arena::new();
        let change = plan(&arena, &small(&created("aws_sagemaker_endpoint.e", after, unknown), "{}", "{}"));
        assert_eq!(asks(&change.resources[0]), expected);
    };
    check(
        r#"{"endpoint_config_name": "there"}"#,
        "{}",
        "?(accelerators: `there` (aws_sagemaker_endpoint_configuration) is not part of this plan)",
    );
    check(
        "{}",
        ENDPOINT_UNKNOWN,
        "?(accelerators: which aws_sagemaker_endpoint_configuration it runs by is known only after apply)",
    );
}

#[test]
fn machines() {
    let check = |kind: &str, after: &str, unknown: &str, expected: &str| {
        let arena = Arena::new();
        let change = plan(&arena, &small(&created(&format!("{kind}.x"), after, unknown), "{}", "{}"));
        assert_eq!(asks(&change.resources[0]), expected, "{kind} {after}");
    };
    check("aws_instance", r#"{"instance_type": "m5.large"}"#, "{}", "nothing");
    check(
        "aws_instance",
        r#"{"instance_type": "q9.large"}"#,
        "{}",
        "?(accelerators: instance type `q9.large` is in no table)",
    );
    check("aws_instance", "{}", r#"{"instance_type": true}"#, "?(instance_type: known only after apply)");
    check(
        "aws_instance",
        r#"{"instance_type": 7}"#,
        "{}",
        "?(accelerators: a number stands where an instance type should)",
    );
    check(
        "aws_sagemaker_notebook_instance",
        r#"{"instance_type": "ml.g4dn.12xlarge"}"#,
        "{}",
        "4 gpu T4 (ml.g4dn.12xlarge)",
    );
    check(
        "aws_sagemaker_app",
        r#"{"resource_spec": [{"instance_type": "ml.g5.xlarge"}]}"#,
        "{}",
        "1 gpu A10G (ml.g5.xlarge)",
    );
    check("aws_sagemaker_app", r#"{"resource_spec": []}"#, "{}", "nothing");
    check(
        "aws_eks_node_group",
        r#"{"instance_types": ["g5.xlarge", "g5.12xlarge"], "scaling_config": [{"desired_size": 1, "max_size": 3, "min_size": 0}]}"#,
        "{}",
        "12 gpu A10G (g5.12xlarge)",
    );
    check(
        "aws_batch_compute_environment",
        r#"{"compute_resources": [{"instance_type": ["p4d.24xlarge"], "max_vcpus": 256}]}"#,
        "{}",
        "?(replicas: a Batch compute environment is bounded in vCPUs, not in machines) gpu A100 (p4d.24xlarge)",
    );
    check(
        "aws_batch_compute_environment",
        r#"{"compute_resources": [{"instance_type": ["optimal"]}]}"#,
        "{}",
        "nothing",
    );
    check("aws_kinesis_stream", "{}", "{}", "nothing");
    let mixed = r#"{"max_size": 4, "mixed_instances_policy": [{"launch_template": [{
        "launch_template_specification": [{"launch_template_name": "elsewhere"}],
        "override": [{"instance_type": "g4dn.xlarge"}, {"instance_type": "g4dn.12xlarge"}]}]}]}"#;
    check("aws_autoscaling_group", mixed, "{}", "16 gpu T4 (g4dn.12xlarge)");
}

#[test]
fn machines_of_launch_templates() {
    let arena = Arena::new();
    let entries = [
        created(
            "aws_autoscaling_group.g",
            r#"{"max_size": 3, "launch_template": [{"name": "lt", "version": "1"}],
                "tag": [{"key": "CostCenter", "value": "7", "propagate_at_launch": true}]}"#,
            "{}",
        ),
        created("aws_launch_template.lt", r#"{"name": "lt", "instance_type": "p3.8xlarge"}"#, r#"{"id": true}"#),
        created("aws_instance.i", r#"{"launch_template": [{"name": "lt"}]}"#, r#"{"instance_type": true}"#),
    ];
    let change = plan(&arena, &small(&entries.join(","), "{}", "{}"));
    let group = at(&change.resources, "aws_autoscaling_group.g");
    assert_eq!(asks(group), "12 gpu V100 (p3.8xlarge)");
    assert_eq!(field(group, "tags"), r#"{"CostCenter":"7"}"#);
    assert_eq!(field(group, "replicas"), "3");
    assert_eq!(asks(at(&change.resources, "aws_launch_template.lt")), "nothing");
    assert_eq!(asks(at(&change.resources, "aws_instance.i")), "4 gpu V100 (p3.8xlarge)");
}

#[test]
fn tags_with_unknown_defaults() {
    let arena = Arena::new();
    let entry = created("aws_s3_bucket.b", r#"{"tags": {"CostCenter": "42", "team": " "}}"#, r#"{"tags_all": true}"#);
    let change = plan(&arena, &small(&entry, "{}", "{}"));
    let bucket = &change.resources[0];
    assert_eq!(field(bucket, "tags"), "?(tags: known only after apply)");
    let dimensions = bucket.value.get_str("dimensions").expect("dimensions");
    assert_eq!(dimensions.get_str("cost_center").and_then(|value| value.as_str()), Some("42"));
    assert!(dimensions.get_str("team").expect("a leaf").is_unknown());
}

#[test]
fn blank_and_null_tags_give_no_dimension() {
    let arena = Arena::new();
    let entry = created("aws_s3_bucket.b", r#"{"tags_all": {"CostCenter": " ", "team": null, "Env": "dev"}}"#, "{}");
    let change = plan(&arena, &small(&entry, "{}", "{}"));
    assert_eq!(field(&change.resources[0], "dimensions"), r#"{"environment":"dev"}"#);
    assert_eq!(field(&change.resources[0], "tags"), r#"{"CostCenter":" ","Env":"dev"}"#);
}

#[test]
fn sensitive_values() {
    let arena = Arena::new();
    let text = r#"{"format_version": "1.2", "terraform_version": "1", "planned_values": {
            "outputs": {"o": {"sensitive": true, "value": "from-output"}},
            "root_module": {"child_modules": [{"resources": [{"values": {"a": ["x", "from-child"]}, "sensitive_values": {"a": [false, true]}}]}]}},
        "variables": {"given": {"value": {"deep": ["from-variable"]}}, "open": {"value": "seen"}},
        "output_changes": {"p": {"before": null, "after": "line one of it\nline two of it", "after_sensitive": true, "before_sensitive": false}},
        "resource_drift": [{"change": {"before": {"k": "from-drift"}, "before_sensitive": {"k": true}}}],
        "resource_changes": [{"address": "a.b", "type": "a", "name": "b", "mode": "managed", "change": {"actions": ["create"],
            "before": null, "after": {"all": {"Key": "from-map", "n": 12345678, "b": true}, "plain": "seen"}, "after_sensitive": {"all": true}}}],
        "configuration": {"root_module": {
            "variables": {"given": {"sensitive": true, "default": "from-default"}, "open": {}},
            "module_calls": {"m": {"expressions": {"inner": {"constant_value": "from-call"}},
                "module": {"variables": {"inner": {"sensitive": true}}}}}}}}"#;
    let change = plan(&arena, text);
    let mut found: Vec<&str> = change.sensitive.iter().map(String::as_str).collect();
    assert!(found.windows(2).all(|pair| pair[0].len() >= pair[1].len()), "longest first: {found:?}");
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "12345678",
            "from-call",
            "from-child",
            "from-default",
            "from-drift",
            "from-map",
            "from-output",
            "from-variable",
            "line one of it",
            "line one of it\nline two of it",
            "line one of it\\nline two of it",
            "line two of it",
        ]
    );
}

#[test]
fn what_is_read_is_no_resource() {
    let arena = Arena::new();
    let entries = r#"
        {"address": "data.aws_ami.a", "mode": "data", "type": "aws_ami", "name": "a", "change": {"actions": ["read"]}},
        {"address": "aws_instance.old", "mode": "managed", "type": "aws_instance", "name": "old", "provider_name": "x/aws",
         "change": {"actions": ["delete"], "before": {"instance_type": "p4d.24xlarge", "tags_all": {"CostCenter": "1"}}, "after": null}}"#;
    let change = plan(&arena, &small(entries, "{}", "{}"));
    assert_eq!((change.resources.len(), change.ignored), (1, 1));
    let deleted = &change.resources[0];
    assert_eq!((deleted.action, asks(deleted).as_str()), (Action::Delete, "nothing"));
    assert_eq!(field(deleted, "dimensions"), r#"{"cost_center":"1"}"#);
    assert!(field(deleted, "before").contains(r#""count":8"#));
}

#[test]
fn notes() {
    let arena = Arena::new();
    let text = r#"{"format_version": "1.2", "planned_values": {}, "errored": true, "complete": false,
        "deferred_changes": [{"reason": "unknown", "resource_change": {"address": "aws_s3_bucket.b", "type": "aws_s3_bucket",
            "name": "b", "mode": "managed", "change": {"actions": ["create"], "after": {}}}}]}"#;
    let change = plan(&arena, text);
    assert_eq!(change.resources[0].pointer.to_string(), "/deferred_changes/0/resource_change");
    let places: Vec<_> = change.notes.iter().map(|note| note.pointer.to_string()).collect();
    assert_eq!(places, ["/errored", "/deferred_changes"]);
}

#[test]
fn errors() {
    let check = |text: &str, message: &str, pointer: &str| {
        let arena = Arena::new();
        let document = support::parse(&arena, "plan.json", text).remove(0);
        let error = catalog::recognise(&arena, document, &Settings::default()).expect_err(text);
        assert_eq!((error.to_string().as_str(), error.pointer().to_string().as_str()), (message, pointer), "{text}");
        assert!(!error.help().is_empty());
    };
    check(
        r#"{"format_version": "2.0", "planned_values": {}, "resource_changes": []}"#,
        "the plan's format version `2.0` is not known; versions 0.x and 1.x are",
        "/format_version",
    );
    check(
        r#"{"format_version": 1, "planned_values": {}, "resource_changes": []}"#,
        "terraform plan: expected a version such as \"1.2\", found number",
        "/format_version",
    );
    check(r#"{"terraform_version": "1", "resource_changes": []}"#, "terraform plan: `format_version` is missing", "");
    check(
        r#"{"format_version": "1.2", "planned_values": {"root_module": {"resources": []}}}"#,
        "terraform plan: `resource_changes` is missing",
        "",
    );
    check(
        r#"{"format_version": "1.2", "planned_values": {}, "resource_changes": {}}"#,
        "terraform plan: expected an array, found object",
        "/resource_changes",
    );
    check(
        r#"{"format_version": "1.2", "planned_values": {}, "resource_changes": [3]}"#,
        "terraform plan: expected an object, found number",
        "/resource_changes/0",
    );
    check(
        r#"{"format_version": "1.2", "planned_values": {}, "resource_changes": [{"type": "a"}]}"#,
        "terraform plan: `change` is missing",
        "/resource_changes/0",
    );
    check(
        r#"{"format_version": "1.2", "planned_values": {}, "resource_changes": [{"change": {"actions": ["explode"]}}]}"#,
        "terraform plan: expected the actions that terraform knows, found string",
        "/resource_changes/0/change/actions",
    );
    check(
        r#"{"format_version": "1.0", "terraform_version": "1", "values": {}}"#,
        "this is a Terraform state, not a plan",
        "",
    );
    check(
        r#"{"version": 4, "terraform_version": "1", "serial": 1, "lineage": ""}"#,
        "this is a Terraform state, not a plan",
        "",
    );
}

#[test]
fn a_plan_over_nothing() {
    let arena = Arena::new();
    let change = plan(&arena, r#"{"format_version": "1.2", "planned_values": {}, "configuration": {}}"#);
    assert!(change.resources.is_empty());
}
