use crate::testing::{compiled, file, mistakes, sound};
use kubernetes_types::admission::Operation;

/// A template with a module, each of its lines indented as in a file.
fn template(rego: &str) -> String {
    let rego: String = rego.lines().map(|line| format!("        {line}\n")).collect();
    format!(
        "apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: k8stest
spec:
  crd:
    spec:
      names:
        kind: K8sTest
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
{rego}"
    )
}

const REGO: &str = "package k8stest\n\nviolation[{\"msg\": \"no\"}] {\n  input.review.object.spec.bad\n}\n";

#[test]
fn dialects_and_engines() {
    let v1 = "package k8stest\n\nviolation contains {\"msg\": \"no\"} if {\n  input.review.object.spec.bad\n}\n";
    let code = |source: &str| {
        let source = source.replace('\n', "\n            ");
        template("").replace(
            "      rego: |\n",
            &format!("      code:\n        - engine: K8sNativeValidation\n          source: {{validations: []}}\n        - engine: Rego\n          source:\n            {source}\n"),
        )
    };
    let block = |rego: &str| format!("rego: |\n  {}", rego.replace('\n', "\n  "));
    for (text, has_cel) in [
        (template(REGO), false),
        (template(v1), false),
        (template(&format!("package k8stest\n\nimport rego.v1\n\n{}", v1.split_once('\n').unwrap().1)), false),
        (code(&block(REGO)), true),
        (code(&format!("version: v1\n{}", block(v1))), true),
        (code(&format!("version: v0\n{}", block(REGO))), true),
        (template(REGO).replace("/v1\n", "/v1beta1\n"), false),
        (template(REGO).replace("/v1\n", "/v1alpha1\n"), false),
    ] {
        let gatekeeper = sound(&text);
        assert_eq!(gatekeeper.templates()[0].has_cel, has_cel, "{text}");
    }
    assert!(!mistakes(&code(&format!("version: v1\n{}", block(REGO)))).is_empty(), "v0 is not v1");
}

#[test]
fn libraries_are_found_below_lib() {
    let libraries = "      libs:\n        - |\n          package lib.names\n\n          bad(name) {\n            name == \"bad\"\n          }\n";
    let entry = "package k8stest\n\nimport data.lib.names.bad\n\nviolation[{\"msg\": \"no\"}] {\n  bad(input.review.object.metadata.name)\n}\n";
    sound(&(template(entry) + libraries));
    assert_eq!(
        mistakes(&(template(entry) + &libraries.replace("package lib.names", "package names"))),
        [
            "/spec/targets/0/libs/0: the library is in package `names` | put it into a package below `lib`, such as `lib.helpers`"
        ]
    );
}

#[test]
fn what_a_template_may_be_asked_about() {
    let operations = |rego: &str, more: &str| {
        let text = template(rego).replace("      rego: |", &format!("{more}      rego: |"));
        sound(&text).templates()[0].operations.clone()
    };
    let names_delete = REGO.replace("input.review.object.spec.bad", "input.review.operation == \"DELETE\"");
    assert_eq!(operations(REGO, ""), [Operation::Create, Operation::Update]);
    assert_eq!(operations(&names_delete, ""), [Operation::Create, Operation::Update, Operation::Delete]);
    assert_eq!(operations(REGO, "      operations: [DELETE]\n"), [Operation::Delete]);
    assert_eq!(operations(REGO, "      operations: ['*']\n"), Operation::ALL);
}

#[test]
fn mistakes_in_rego_name_the_lines_of_the_file() {
    let text = template(&REGO.replace("input.review.object.spec.bad", "x := nothing(1)"));
    let compiled = compiled(&text);
    let diagnostic = compiled.problems[0].diagnostic();
    assert_eq!(diagnostic.to_string(), "test.yaml:16:16: rego_type_error: undefined function nothing");
    assert_eq!(text.lines().nth(15).unwrap(), "          x := nothing(1)");

    // A raw string over several lines keeps its text, so that columns cannot be those of the file.
    let raw = template(&REGO.replace("input.review.object.spec.bad", "x := nothing(`a\nb`)"));
    assert_eq!(super::super::testing::compiled(&raw).problems[0].diagnostic().position().unwrap().to_string(), "16:8");

    // Written in another way, the module stands alone.
    let quoted = template("")
        .replace("rego: |\n", "rego: \"package k8stest\\nviolation[{\\\"msg\\\": x}] { x := nothing(1) }\"\n");
    let problem = super::super::testing::compiled(&quoted).problems[0].diagnostic();
    assert_eq!(problem.source.unwrap().name, "test.yaml (K8sTest)");
}

#[test]
fn templates_that_gatekeeper_refuses() {
    let with = |from: &str, to: &str| template(REGO).replacen(from, to, 1);
    for (text, expected) in [
        (
            with("name: k8stest", "name: k8s-test"),
            "/metadata/name: the template is named `k8s-test`, and must be named as its kind `K8sTest` in lower case | name it `k8stest`",
        ),
        (
            with("templates.gatekeeper.sh/v1", "templates.gatekeeper.sh/v2"),
            "/apiVersion: a ConstraintTemplate has no version `v2`: use `templates.gatekeeper.sh/v1`",
        ),
        (
            with("admission.k8s.gatekeeper.sh", "admission.other"),
            "/spec/targets/0/target: `admission.other` is no target that Gatekeeper has | use the target `admission.k8s.gatekeeper.sh`",
        ),
        (
            with("violation[", "violations["),
            "/spec/targets/0/rego: the template has no rule `violation` | write `violation[{\"msg\": msg}] { ... }`",
        ),
        (
            with("input.review.object.spec.bad", "data.secrets.x"),
            "/spec/targets/0/rego: a template may not read `data.secrets` | a template sees `data.inventory` and its own libraries below `data.lib`",
        ),
        (
            with("input.review.object.spec.bad", "data[_]"),
            "/spec/targets/0/rego: a template may not read all of `data` | a template sees `data.inventory` and its own libraries below `data.lib`",
        ),
        (
            with("package k8stest", "package k8stest\n        import data.other"),
            "/spec/targets/0/rego: a template may not read `data.other` | a template sees `data.inventory` and its own libraries below `data.lib`",
        ),
        (
            with("      rego: |", "      code: [{engine: K8sNativeValidation, source: {}}]\n      ignored: |"),
            "/spec/targets/0/code: the template is written in CEL alone, which is not run here yet | add the same in Rego: `- engine: Rego` under `code`",
        ),
        (
            with("      rego: |", "      code: [{engine: Lua, source: {}}]\n      ignored: |"),
            "/spec/targets/0/code/0/engine: `Lua` is no engine that is known here | use `Rego`, or `K8sNativeValidation` beside it",
        ),
        (
            with(
                "        kind: K8sTest\n",
                "        kind: K8sTest\n      validation: {openAPIV3Schema: {properties: {}}}\n",
            ),
            "/spec/crd/spec/validation/openAPIV3Schema: `spec.crd.spec.validation.openAPIV3Schema.type` is missing | say what it is with `type`; `legacySchema: true` keeps the ways of templates of version v1beta1",
        ),
    ] {
        assert_eq!(mistakes(&text), [expected], "{text}");
    }
    let two = template(REGO) + "    - target: admission.k8s.gatekeeper.sh\n      rego: package x\n";
    assert_eq!(
        mistakes(&two),
        ["/spec/targets: a template must have exactly one target | use the target `admission.k8s.gatekeeper.sh`"]
    );
}

#[test]
fn a_template_that_is_wrong_takes_its_constraints_with_it_and_no_other() {
    let constraint = |kind: &str| {
        format!("---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: {kind}\nmetadata: {{name: a}}\n")
    };
    let wrong = template(&REGO.replace("violation[", "violations["));
    let other = template(REGO).replace("k8stest", "k8sother").replace("K8sTest", "K8sOther");
    let text =
        format!("{wrong}---\n{other}{}{}{}", constraint("K8sTest"), constraint("K8sOther"), constraint("K8sothers"));
    let compiled = crate::Gatekeeper::compile(&file(&text).manifests());
    let ids: Vec<_> = compiled.gatekeeper.constraints().iter().map(|constraint| constraint.id()).collect();
    assert_eq!(ids, ["K8sOther/a"]);
    let problems: Vec<_> = compiled.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "test.yaml: ConstraintTemplate/k8stest: the template has no rule `violation`",
            "test.yaml: K8sothers/a: `kind` is `K8sothers`, and there is no ConstraintTemplate for it",
        ]
    );
    assert_eq!(compiled.problems[1].mistake.help.as_deref(), Some("did you mean `K8sOther`?"));
}

#[test]
fn a_template_that_does_not_look_at_the_namespace_does_not_pay_for_it() {
    for (body, expected) in [
        ("input.review.object.metadata.namespaceObject; input.parameters[_]", false),
        ("input.review[\"kind\"][_]; input.review.oldObject with input.review.name as 1", false),
        ("input.review.namespaceObject.metadata", true),
        ("input.review[_].metadata", true),
        ("input[_].object", true),
        ("count(input.review) > 1", true),
        ("count(input) > 1", true),
    ] {
        let text = template(&REGO.replace("input.review.object.spec.bad", body));
        let gatekeeper = crate::testing::sound(&text);
        assert_eq!(gatekeeper.templates()[0].program.reads_namespace, expected, "{body}");
    }
}
