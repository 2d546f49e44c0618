//! `provost check` on Terraform plans.

mod common;

use common::{COST, LEAK, LEAK_DOCUMENT, provost, provost_with_input, shared, tree};
use std::fs;

#[test]
fn verdicts_on_a_real_plan() {
    let Some(plan) = shared("terraform/create.plan.json") else { return };
    let folder = tree(&[("cost.rego", COST)]);
    let run = provost(folder.path(), &["check", plan.to_str().unwrap(), "-p", "cost.rego"]).exits(1);
    let mut verdicts = run.verdicts();
    verdicts.sort();
    assert_eq!(
        verdicts,
        [
            "deny COST-9 aws_instance.gpu",
            "deny COST-9 aws_s3_bucket.data",
            "deny COST-9 aws_sagemaker_endpoint_configuration.ec",
            "deny COST-9 aws_sagemaker_model.m",
            "unknown COST-9 aws_s3_bucket.unk_map",
            "unknown COST-9 aws_s3_bucket.unk_value",
        ]
    );
    run.says(&["4 denied, 2 unknown, 0 warnings, 3 allowed; 9 resources, 1 file", "fix: add the tag CostCenter"]);
}

#[test]
fn a_plan_on_standard_input_is_judged_the_same() {
    let Some(plan) = shared("terraform/create.plan.json") else { return };
    let folder = tree(&[("cost.rego", COST)]);
    let input = fs::read(plan).unwrap();
    provost_with_input(folder.path(), &["check", "-", "-p", "cost.rego"], &input)
        .exits(1)
        .says(&["4 denied, 2 unknown", "-:1:"]);
}

#[test]
fn what_unknown_means_can_be_chosen() {
    let Some(plan) = shared("terraform/create.plan.json") else { return };
    let policy = COST.replace(
        "not input.resource",
        "input.resource.name != \"x\"\n\tinput.resource.tags.CostCenter == \"1\"\n\tnot input.resource",
    );
    let folder = tree(&[("cost.rego", &policy)]);
    let plan = plan.to_str().unwrap();
    provost(folder.path(), &["check", plan, "-p", "cost.rego"]).exits(0).says(&["0 denied", "unknown"]);
    provost(folder.path(), &["check", plan, "-p", "cost.rego", "--on-unknown", "deny"]).exits(1);
}

#[test]
fn a_sensitive_value_is_in_no_output() {
    let Some(plan) = shared("terraform/create.plan.json") else { return };
    let folder = tree(&[("cost.rego", COST), ("leak.rego", LEAK), ("document.rego", LEAK_DOCUMENT)]);
    let plan = plan.to_str().unwrap();
    assert!(fs::read_to_string(plan).unwrap().contains("cc-99"), "the plan has no secret to keep");
    for format in ["people", "json", "sarif", "github", "junit"] {
        let run = provost(folder.path(), &["check", plan, "-p", ".", "--format", format]).exits(1);
        assert!(run.out.contains("LEAK-1"), "{format}: {}", run.out);
        assert!(run.out.contains("(sensitive)"), "{format}: {}", run.out);
        assert!(!run.out.contains("cc-99") && !run.err.contains("cc-99"), "{format}");
    }
    for format in ["table", "json"] {
        let run = provost(folder.path(), &["show", plan, "--format", format]).exits(0);
        assert!(run.out.contains("(sensitive)"), "{format}: {}", run.out);
        assert!(!run.out.contains("cc-99") && !run.err.contains("cc-99"), "{format}");
    }
}

#[test]
fn a_broken_plan_shows_none_of_its_text() {
    let Some(plan) = shared("terraform/create.plan.json") else { return };
    let text = fs::read_to_string(plan).unwrap();
    let at = text.find("cc-99").unwrap();
    let cut = &text[..at + 10];
    let newer = text.replacen("\"format_version\":\"1.", "\"format_version\":\"7.", 1);
    assert_ne!(newer, text);
    let folder = tree(&[("cost.rego", COST), ("cut.json", cut), ("newer.json", &newer)]);
    for file in ["cut.json", "newer.json"] {
        for format in ["people", "json", "sarif", "github", "junit"] {
            let run = provost(folder.path(), &["check", file, "-p", "cost.rego", "--format", format]).exits(2);
            assert!(
                !run.out.contains("cc-99") && !run.err.contains("cc-99"),
                "{file} {format}: {}{}",
                run.out,
                run.err
            );
            assert!(run.err.contains(&format!("`{file}` at 1:")), "{}", run.err);
        }
    }
}

#[test]
fn updates_replacements_and_moves() {
    let folder = tree(&[("cost.rego", COST)]);
    for plan in ["terraform/update.plan.json", "terraform/replace-import-move.plan.json"] {
        let Some(plan) = shared(plan) else { return };
        let run = provost(folder.path(), &["check", plan.to_str().unwrap(), "-p", "cost.rego"]);
        assert!(run.code < 2, "{}{}", run.out, run.err);
        provost(folder.path(), &["show", plan.to_str().unwrap()]).exits(0).says(&["aws_"]);
    }
}
