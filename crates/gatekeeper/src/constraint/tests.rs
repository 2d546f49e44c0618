use super::{Action, EnforcementPoint};
use crate::testing::{compiled, mistakes, sound};
use decision::{Mode, Point};
use value::json;

const TEMPLATE: &str = "\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8slabels}
spec:
  crd:
    spec:
      names: {kind: K8sLabels}
      validation:
        openAPIV3Schema:
          type: object
          required: [labels]
          properties:
            labels: {type: array, items: {type: string}}
            message: {type: string, default: please}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package k8slabels
        violation[{\"msg\": msg}] {
          label := input.parameters.labels[_]
          not input.review.object.metadata.labels[label]
          msg := sprintf(\"%v: %v\", [input.parameters.message, label])
        }
";

fn constraint(spec: &str) -> String {
    format!(
        "{TEMPLATE}---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sLabels\nmetadata: {{name: a}}\nspec: {spec}\n"
    )
}

#[test]
fn parameters_are_completed_from_the_schema() {
    let parameters = |spec: &str| json::to_string(sound(&constraint(spec)).constraints()[0].parameters());
    assert_eq!(parameters("{parameters: {labels: [a]}}"), r#"{"labels":["a"],"message":"please"}"#);
    assert_eq!(parameters("{parameters: {labels: [], message: x}}"), r#"{"labels":[],"message":"x"}"#);
    // What is not given at all is nothing.
    assert_eq!(parameters("{}"), "{}");
}

#[test]
fn actions_by_point() {
    use EnforcementPoint::{Audit, Gator, ValidatingAdmissionPolicy, Webhook};
    let at = |spec: &str| {
        let gatekeeper = sound(&constraint(spec));
        let enforcement = &gatekeeper.constraints()[0].enforcement;
        [Webhook, Audit, Gator, ValidatingAdmissionPolicy]
            .map(|point| enforcement.at(point).map_or("-", Action::as_str))
            .join(" ")
    };
    let scoped = |actions: &str| at(&format!("{{enforcementAction: scoped, scopedEnforcementActions: [{actions}]}}"));
    assert_eq!(at("{}"), "deny deny deny deny");
    assert_eq!(at("{enforcementAction: dryrun}"), "dryrun dryrun dryrun dryrun");
    // Without `scoped` the others are not looked at.
    assert_eq!(at("{enforcementAction: warn, scopedEnforcementActions: [{action: deny}]}"), "warn warn warn warn");
    assert_eq!(
        scoped(
            "{action: deny, enforcementPoints: [{name: gator.gatekeeper.sh}]}, {action: warn, enforcementPoints: [{name: validation.gatekeeper.sh}]}"
        ),
        "warn - deny -"
    );
    assert_eq!(scoped("{action: warn, enforcementPoints: [{name: webhook.gatekeeper.sh}]}"), "warn - - -");
    assert_eq!(
        scoped(
            "{action: dryrun, enforcementPoints: [{name: '*'}]}, {action: deny, enforcementPoints: [{name: vap.k8s.io}]}"
        ),
        "dryrun dryrun dryrun deny"
    );

    let gatekeeper = sound(&constraint(
        "{enforcementAction: scoped, scopedEnforcementActions: [{action: warn, enforcementPoints: [{name: validation.gatekeeper.sh}]}, {action: deny, enforcementPoints: [{name: gator.gatekeeper.sh}]}]}",
    ));
    let modes = gatekeeper.constraints()[0].enforcement.modes();
    assert_eq!(
        [Point::Admission, Point::Check, Point::Audit].map(|point| modes.at(point)),
        [Mode::Warn, Mode::Enforce, Mode::Audit]
    );
}

#[test]
fn constraints_that_are_refused() {
    for (spec, expected) in [
        (
            "{parameters: {labels: a}}",
            "/spec/parameters/labels: `spec.parameters.labels` must be an array, and is of type string",
        ),
        ("{parameters: {}}", "/spec/parameters: `spec.parameters.labels` is missing"),
        (
            "{parameters: {labels: [], massage: x}}",
            "/spec/parameters/massage: `spec.parameters.massage` is no field that is known here | did you mean `message`?",
        ),
        (
            "{match: {kind: []}}",
            "/spec/match/kind: `spec.match.kind` is no field that is known here | did you mean `kinds`?",
        ),
        ("{matches: {}}", "/spec/matches: `spec.matches` is no field that is known here | did you mean `match`?"),
        (
            "{enforcementAction: block}",
            "/spec/enforcementAction: `block` is no action: use `deny`, `warn`, `dryrun` or `scoped`",
        ),
        (
            "{enforcementAction: scoped}",
            "/spec: `spec.scopedEnforcementActions` is missing | say for each point what happens there, or use `enforcementAction: deny`",
        ),
        (
            "{enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: x}]}]}",
            "/spec/scopedEnforcementActions/0/enforcementPoints/0/name: `x` is no enforcement point: use `validation.gatekeeper.sh`, `audit.gatekeeper.sh`, `gator.gatekeeper.sh`, `vap.k8s.io` or `*`",
        ),
    ] {
        assert_eq!(mistakes(&constraint(spec)), [expected], "{spec}");
    }
    let named = |name: &str| mistakes(&constraint("{}").replace("{name: a}", &format!("{{name: {name}}}")));
    assert_eq!(named("A_b"), ["/metadata/name: `A_b` cannot be the name of an object"]);
    assert_eq!(named(&"a".repeat(64)), ["/metadata/name: the name is longer than 63 characters"]);

    let without = TEMPLATE.split_once("      validation:").unwrap().0.to_owned()
        + "  targets:\n"
        + TEMPLATE.split_once("  targets:\n").unwrap().1;
    let text = constraint("{parameters: {labels: []}}").replace(TEMPLATE, &without);
    assert_eq!(
        mistakes(&text),
        [
            "/spec/parameters: `K8sLabels` takes no parameters | remove `spec.parameters`, or give the template an `openAPIV3Schema`"
        ]
    );
    assert_eq!(mistakes(&text.replace("gatekeeper.sh/v1\n", "gatekeeper.sh/v1beta1\n")), Vec::<String>::new());
}

#[test]
fn places_are_those_of_the_file() {
    let text = constraint("{parameters: {labels: a}}");
    let problem = compiled(&text).problems.remove(0);
    assert_eq!(
        problem.diagnostic().to_string(),
        "test.yaml:28:21: gatekeeper_schema_error: K8sLabels/a: `spec.parameters.labels` must be an array, and is of type string"
    );
    assert_eq!(sound(&constraint("{}")).constraints()[0].place.to_string(), "test.yaml:25");
}
