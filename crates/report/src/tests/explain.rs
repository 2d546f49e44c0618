use crate::Style;
use crate::explain::{render, render_list};
use crate::testing::{policy, sample};
use decision::{Input, Mode, Modes, Point, PolicyMetadata, Severity};

fn full() -> PolicyMetadata {
    PolicyMetadata {
        description: "Costs that nobody owns are costs that nobody lowers.\n\nTags are how the bill is split."
            .to_owned(),
        input: Input::Request,
        classes: ["endpoint", "training-job", "bucket", "instance", "notebook", "cluster"].map(str::to_owned).into(),
        modes: Modes { default: Mode::Enforce, points: vec![(Point::Admission, Mode::Warn)] },
        remediation: Some("Add the tag CostCenter with a value from data.cost_centres.".to_owned()),
        documentation: Some("https://governance.example/COST-001".to_owned()),
        owners: vec!["finance@example.org".to_owned()],
        ..policy("COST-001", "Every AI resource names its cost centre", Severity::High)
    }
}

#[test]
fn a_page() {
    insta::assert_snapshot!(render(&full(), &Style { width: 80, color: false }));
}

#[test]
fn a_narrow_page() {
    insta::assert_snapshot!(render(&full(), &Style { width: 40, color: false }));
}

#[test]
fn a_policy_that_says_little() {
    insta::assert_snapshot!(render(&policy("main", "", Severity::Medium), &Style::default()));
}

#[test]
fn a_list() {
    let sample = sample();
    let policies = sample.decision.policies.iter().map(AsRef::as_ref);
    insta::assert_snapshot!(render_list(policies, &Style { width: 40, color: false }));
}
