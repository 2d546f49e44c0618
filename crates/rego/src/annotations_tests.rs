use super::{Author, RelatedResource, Scope, of_module};
use crate::syntax::ast::{AnnotationTarget, Dialect};
use crate::syntax::parse_module;
use value::{Pointer, Position, Source, json};

fn read(text: &str) -> (Vec<super::Annotations>, Vec<String>) {
    let (module, mistakes) = parse_module(&Source::new("p.rego", text), Dialect::V1);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let (annotations, diagnostics) = of_module(&module);
    (annotations, diagnostics.iter().map(ToString::to_string).collect())
}

#[test]
fn every_key() {
    let text = "# METADATA
# title: Title
# description: |
#   Two
#   lines.
# related_resources:
# - https://example.com/a
# - ref: https://example.com/b
#   description: B
# organizations: [Acme]
# authors:
# - Ada Lovelace <ada@example.com>
# - name: Grace
#   email: grace@example.com
# - Alan
# schemas:
# - input: schema.input
# custom:
#   a: {b: [1, two]}
package p

# METADATA
# entrypoint: true
p := 1

	# METADATA
	# scope: document
	# custom:
	#   deep: value
	q := 2
";
    let (annotations, mistakes) = read(text);
    assert_eq!(mistakes, Vec::<String>::new());
    let [package, entrypoint, document] = annotations.as_slice() else { panic!("{annotations:?}") };
    assert_eq!((package.scope, package.target), (Scope::Package, AnnotationTarget::Package));
    assert_eq!((package.title.as_str(), package.description.as_str()), ("Title", "Two\nlines.\n"));
    let author = |name: &str, email: &str| Author { name: name.into(), email: email.into() };
    assert_eq!(
        package.authors,
        [author("Ada Lovelace", "ada@example.com"), author("Grace", "grace@example.com"), author("Alan", "")]
    );
    let resource = |reference: &str, description: &str| RelatedResource {
        reference: reference.into(),
        description: description.into(),
    };
    assert_eq!(
        package.related_resources,
        [resource("https://example.com/a", ""), resource("https://example.com/b", "B")]
    );
    assert_eq!(package.organizations, ["Acme"]);
    assert_eq!(json::to_string(package.schemas.root()), r#"[{"input":"schema.input"}]"#);
    assert_eq!(json::to_string(package.custom.root()), r#"{"a":{"b":[1,"two"]}}"#);
    assert_eq!((entrypoint.scope, entrypoint.entrypoint), (Scope::Document, true));
    assert_eq!((document.scope, document.target), (Scope::Document, AnnotationTarget::Rule(1)));
    let place = |annotations: &super::Annotations, pointer: &Pointer| {
        Position::of(text, annotations.locate(pointer).start).to_string()
    };
    let custom = Pointer::root().join("custom");
    assert_eq!(place(package, &custom.join("a").join("b").join(1)), "19:16");
    assert_eq!(place(document, &custom.join("deep")), "29:6");
}

#[test]
fn words_that_yaml_once_took_for_booleans_are_texts() {
    let (annotations, mistakes) = read(
        "# METADATA\n# title: on\n# entrypoint: yes\n# custom: {answer: yes, no: true, octal: 017, list: [n, off, true]}\npackage p\n",
    );
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let [package] = annotations.as_slice() else { panic!("{annotations:?}") };
    assert_eq!((&*package.title, package.entrypoint), ("on", true), "where a boolean is wanted, it is one");
    let custom = json::to_string(package.custom.root());
    assert_eq!(custom, r#"{"answer":"yes","list":["n","off",true],"no":true,"octal":15}"#);
}

#[test]
fn mistakes_have_their_place() {
    for (block, expected) in [
        ("title: [", "p.rego:2:"),
        ("just words", "p.rego:2:3: rego_annotation_error: metadata must be an object, such as `title: ...`"),
        ("title: 5", "p.rego:2:3: rego_annotation_error: `title` must be a string, not a number"),
        ("custom: [a]", "p.rego:2:3: rego_annotation_error: `custom` must be an object, not an array"),
        (
            "scope: everything",
            "p.rego:2:3: rego_annotation_error: `everything` is no scope: use `rule`, `document`, `package` or `subpackages`",
        ),
        (
            "scope: rule",
            "p.rego:2:3: rego_annotation_error: metadata of scope `rule` must stand above a rule, and this stands above a package",
        ),
        (
            "authors: [5]",
            "p.rego:2:13: rego_annotation_error: `authors` must be an array of strings or objects, not a number",
        ),
        (
            "related_resources:\n# - {description: x}",
            "p.rego:3:5: rego_annotation_error: `related_resources` must be an array of URLs, or of objects with `ref`, not an object",
        ),
    ] {
        let (annotations, mistakes) = read(&format!("# METADATA\n# {block}\npackage p\n"));
        assert!(annotations.is_empty());
        assert_eq!(mistakes.len(), 1, "{block}");
        assert!(mistakes[0].starts_with(expected), "{block}: {}", mistakes[0]);
    }
}
