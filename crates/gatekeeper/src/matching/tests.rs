use super::{Match, MatchError, Matchable, Source};
use crate::fields::Fields;
use crate::testing::yaml;
use kubernetes_types::KubernetesObject;
use value::{Arena, Value};

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web-1, namespace: shop, labels: {app: web}}}";
const UNPLACED_POD: &str = "{apiVersion: v1, kind: Pod, metadata: {generateName: web-}}";
const NAMESPACE: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: ml}}}";
const DEPLOYMENT: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: api, namespace: kube-system}}";
const ROLE: &str = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: admin}}";

const OBJECTS: [&str; 5] = [POD, UNPLACED_POD, NAMESPACE, DEPLOYMENT, ROLE];

fn read(arena: &Arena, text: &str) -> Match {
    Match::read(&Fields::of_document(yaml(arena, text)).unwrap()).unwrap()
}

fn object<'a>(arena: &'a Arena, text: &str) -> KubernetesObject<'a> {
    KubernetesObject::new(yaml(arena, text))
}

/// A match, and whether it takes each of [`OBJECTS`]; what cannot be told is `?`.
#[test]
fn what_is_matched() {
    let arena = Arena::new();
    for (text, expected) in [
        ("{}", "yyyyy"),
        ("{kinds: []}", "yyyyy"),
        ("{kinds: [{kinds: [Pod]}]}", "yynnn"),
        ("{kinds: [{apiGroups: [\"\"], kinds: [\"*\"]}]}", "yyynn"),
        ("{kinds: [{apiGroups: [\"*\"], kinds: [Pod, Deployment]}]}", "yynyn"),
        ("{kinds: [{apiGroups: [apps], kinds: [Pod]}, {apiGroups: [apps], kinds: [Deployment]}]}", "nnnyn"),
        ("{kinds: [{apiGroups: [rbac.authorization.k8s.io]}]}", "nnnny"),
        ("{kinds: [{apiVersions: [v1beta1], kinds: [Pod]}]}", "nnnnn"),
        ("{scope: Cluster}", "nyyny"),
        ("{scope: Namespaced}", "ynnyn"),
        ("{scope: \"*\"}", "yyyyy"),
        // What is in no namespace cannot be left out by one.
        ("{namespaces: [shop]}", "yyyny"),
        ("{namespaces: [kube-*]}", "nynyy"),
        ("{namespaces: [\"*-system\"]}", "nynyy"),
        ("{namespaces: [\"*ho*\"]}", "yyyny"),
        ("{namespaces: [\"*\"]}", "yyyyy"),
        ("{excludedNamespaces: [shop]}", "nynyy"),
        ("{excludedNamespaces: [\"kube-*\", \"*op\"]}", "nynny"),
        ("{namespaces: [shop], excludedNamespaces: [\"*\"]}", "nynny"),
        ("{labelSelector: {matchLabels: {app: web}}}", "ynnnn"),
        ("{labelSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}", "nyyyy"),
        ("{name: web-1}", "ynnnn"),
        ("{name: \"web-*\"}", "yynnn"),
        ("{name: \"*b-1\"}", "ynnnn"),
        ("{name: \"*\"}", "yyyyy"),
        ("{source: Original}", "yyyyy"),
        ("{source: Generated}", "nnnnn"),
        ("{source: All}", "yyyyy"),
        // The labels of a namespace decide: nobody knows those of the Pod's and the Deployment's.
        ("{namespaceSelector: {matchLabels: {team: ml}}}", "?yy?y"),
        ("{namespaceSelector: {matchLabels: {team: web}}}", "?yn?y"),
        ("{namespaceSelector: {}}", "yyyyy"),
        // Where anything else decides, they do not matter.
        ("{namespaceSelector: {matchLabels: {team: ml}}, kinds: [{kinds: [ClusterRole]}]}", "nnnny"),
        ("{namespaceSelector: {matchLabels: {team: ml}}, name: x}", "nnnnn"),
    ] {
        let matching = read(&arena, text);
        let got: String = OBJECTS
            .iter()
            .map(|target| {
                match matching.matches(&Matchable { object: object(&arena, target), ..Matchable::default() }) {
                    Ok(true) => 'y',
                    Ok(false) => 'n',
                    Err(_) => '?',
                }
            })
            .collect();
        assert_eq!(got, expected, "{text}");
    }
}

#[test]
fn what_is_known_around_an_object_counts() {
    let arena = Arena::new();
    let pod = object(&arena, POD);
    let unplaced = object(&arena, UNPLACED_POD);
    let shop = Some(object(&arena, NAMESPACE));
    let unnamed = Some(KubernetesObject::new(Value::EMPTY_OBJECT));
    let plain = Matchable { object: pod, ..Matchable::default() };
    let matches = |text: &str, target: &Matchable<'_>| read(&arena, text).matches(target);

    let selector = "{namespaceSelector: {matchLabels: {team: ml}}}";
    assert_eq!(matches(selector, &plain), Err(MatchError::UnknownNamespace { namespace: "shop".to_owned() }));
    assert_eq!(matches(selector, &Matchable { namespace: shop, ..plain }), Ok(true));

    // A request says which namespace it is for.
    let requested = Matchable { object: unplaced, namespace_name: Some("shop"), ..Matchable::default() };
    assert_eq!(matches("{namespaces: [shop]}", &requested), Ok(true));
    assert_eq!(matches("{namespaces: [other]}", &requested), Ok(false));
    assert_eq!(matches("{scope: Namespaced}", &requested), Ok(true));
    // An empty name is none.
    let nowhere = Matchable { namespace_name: Some(""), ..requested };
    assert_eq!(matches("{scope: Namespaced}", &nowhere), Ok(false));

    // Some namespace, nobody knows which.
    let somewhere = Matchable { object: unplaced, namespace: unnamed, ..Matchable::default() };
    assert_eq!(matches("{scope: Namespaced}", &somewhere), Ok(true));
    assert_eq!(matches("{namespaces: [shop]}", &somewhere), Ok(false));

    let generated = Matchable { source: Source::Generated, ..plain };
    assert_eq!(matches("{source: Generated}", &generated), Ok(true));
    assert_eq!(matches("{source: Original}", &generated), Ok(false));
}

#[test]
fn what_dispatch_can_go_by() {
    let arena = Arena::new();
    let kinds = |text: &str| read(&arena, text).kind_names().map(|names| names.join(" "));
    assert_eq!(kinds("{}"), None);
    assert_eq!(
        kinds("{kinds: [{kinds: [Pod, Job]}, {apiGroups: [apps], kinds: [Deployment]}]}").unwrap(),
        "Pod Job Deployment"
    );
    assert_eq!(kinds("{kinds: [{kinds: [Pod]}, {apiGroups: [apps]}]}"), None);
    assert_eq!(kinds("{kinds: [{kinds: [\"*\"]}]}"), None);
    let namespaces =
        |text: &str| read(&arena, text).namespace_patterns().map(|patterns| patterns.collect::<Vec<_>>().join(" "));
    assert_eq!(namespaces("{namespaces: [a]}"), None, "cluster-scoped objects are matched too");
    assert_eq!(namespaces("{namespaces: [a, b-*], scope: Namespaced}").unwrap(), "a b-*");
    let all = read(&arena, "{kinds: [{apiGroups: [\"\", apps], kinds: [Pod]}, {kinds: [Job]}]}");
    assert_eq!(all.groups_and_kinds().collect::<Vec<_>>(), [("", "Pod"), ("apps", "Pod"), ("*", "Job")]);
}

#[test]
fn what_is_refused() {
    let arena = Arena::new();
    for (text, pointer, message) in [
        ("{kind: [Pod]}", "/kind", "`kind` is no field that is known here"),
        ("{scope: Namespace}", "/scope", "`Namespace` is no scope: use `*`, `Cluster` or `Namespaced`"),
        ("{source: Expanded}", "/source", "`Expanded` is no source: use `All`, `Original` or `Generated`"),
        ("{namespaces: shop}", "/namespaces", "`namespaces` must be an array, and is of type string"),
        ("{namespaces: [a*b]}", "/namespaces/0", "`a*b` fits no name"),
        ("{namespaces: [1]}", "/namespaces/0", "`namespaces[0]` must be a string, and is of type number"),
        ("{kinds: [{kind: Pod}]}", "/kinds/0/kind", "`kinds[0].kind` is no field that is known here"),
        (
            "{labelSelector: {matchExpressions: [{key: a, operator: Is}]}}",
            "/labelSelector/matchExpressions/0/operator",
            "`Is` is no operator: use `In`, `NotIn`, `Exists` or `DoesNotExist`",
        ),
    ] {
        let mistake = Match::read(&Fields::of_document(yaml(&arena, text)).unwrap()).unwrap_err();
        assert_eq!((mistake.pointer.to_string().as_str(), mistake.message.as_str()), (pointer, message), "{text}");
    }
}
