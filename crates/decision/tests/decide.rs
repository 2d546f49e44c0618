//! Requests in, decisions out, with policies written as closures: no language is needed to decide.

#![expect(clippy::expect_used, reason = "a test that cannot set itself up must fail")]

use catalog::{Action, Class, Resource, Source};
use decision::{
    Certainty, Change, Complaint, DecideOptions, Decision, Document, Effect, FindingKind, Input, Member, Mode, Modes,
    OnUnknown, Outcome, Point, Policy, PolicyError, PolicyMetadata, PolicyPlace, PolicySet, Request, Scrubber, Session,
    Severity, Subject, Verdict, decide,
};
use host::FixedHost;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use value::{Arena, Frozen, Pointer, Position, Value, json};

type Say = dyn Fn(&Request<'_>) -> Result<Vec<Complaint>, PolicyError> + Send + Sync;

struct Closure {
    metadata: Arc<PolicyMetadata>,
    say: Box<Say>,
}

impl Policy for Closure {
    fn metadata(&self) -> &Arc<PolicyMetadata> {
        &self.metadata
    }

    fn evaluate(&self, request: &Request<'_>, _session: &mut Session<'_, '_>) -> Result<Outcome, PolicyError> {
        (self.say)(request).map(|complaints| Outcome { complaints })
    }
}

fn policy(
    metadata: PolicyMetadata,
    say: impl Fn(&Request<'_>) -> Result<Vec<Complaint>, PolicyError> + Send + Sync + 'static,
) -> Arc<dyn Policy> {
    Arc::new(Closure { metadata: Arc::new(metadata), say: Box::new(say) })
}

fn metadata(id: &str) -> PolicyMetadata {
    PolicyMetadata { input: Input::Request, title: format!("title of {id}"), ..PolicyMetadata::new(id) }
}

fn denies(metadata: PolicyMetadata) -> Arc<dyn Policy> {
    policy(metadata, |_| Ok(vec![Complaint::new(Effect::Deny, "no")]))
}

fn set(policies: Vec<Arc<dyn Policy>>) -> PolicySet {
    PolicySet::new(policies, Frozen::copy_of(Value::EMPTY_OBJECT), |_| {}).expect("ids differ")
}

fn resource<'a>(arena: &'a Arena, class: Class, kind: &'a str, name: &'a str, action: Action) -> Resource<'a> {
    Resource {
        class,
        source: Source::Terraform,
        action,
        provider: "aws",
        kind,
        address: arena.str(&format!("{kind}.{name}")),
        previous_address: None,
        name,
        namespace: None,
        api_group: None,
        value: arena.object(&[(arena.string("name"), arena.string(name))]),
        object: arena.object(&[(arena.string("address"), arena.string(name))]),
        pointer: Pointer::root().join("resource_changes").join(0),
        governed: true,
    }
}

fn change<'a>(resources: Vec<Resource<'a>>) -> Change<'a> {
    let member = |resource| Member { file: "plan.json", document: 0, resource };
    Change { members: resources.into_iter().map(member).collect(), ..Change::default() }
}

struct Setting {
    point: Point,
    on_unknown: OnUnknown,
    scrubber: Scrubber,
    threads: usize,
}

impl Default for Setting {
    fn default() -> Self {
        Self { point: Point::Check, on_unknown: OnUnknown::Warn, scrubber: Scrubber::default(), threads: 1 }
    }
}

impl Setting {
    fn at(point: Point) -> Self {
        Self { point, on_unknown: OnUnknown::default_at(point), ..Self::default() }
    }

    fn decide(&self, set: &PolicySet, documents: &[Document<'_>], changes: &[Change<'_>]) -> Decision {
        let subject = Subject::default();
        let options = DecideOptions {
            point: self.point,
            on_unknown: self.on_unknown,
            subject: &subject,
            scrubber: &self.scrubber,
            host: &FixedHost::default(),
            threads: NonZeroUsize::new(self.threads).expect("some"),
            progress: None,
        };
        decide(set, documents, changes, &options)
    }
}

fn one(setting: &Setting, policy: Arc<dyn Policy>, action: Action) -> Decision {
    let arena = Arena::new();
    let resource = resource(&arena, Class::Bucket, "aws_s3_bucket", "data", action);
    setting.decide(&set(vec![policy]), &[], &[change(vec![resource])])
}

#[test]
fn modes_and_actions_weigh_what_is_said() {
    let enforce = || Modes::everywhere(Mode::Enforce);
    let warn = || Modes::everywhere(Mode::Warn);
    let audit = || Modes::everywhere(Mode::Audit);
    let at_admission = || Modes { default: Mode::Warn, points: vec![(Point::Admission, Mode::Enforce)] };
    for (point, modes, action, expected) in [
        (Point::Check, enforce(), Action::Create, Verdict::Deny),
        (Point::Check, enforce(), Action::Update, Verdict::Deny),
        (Point::Check, enforce(), Action::Replace, Verdict::Deny),
        (Point::Check, enforce(), Action::Import, Verdict::Deny),
        (Point::Admission, enforce(), Action::Connect, Verdict::Deny),
        // A plan that leaves it as it is refuses nothing; an audit looks at nothing else.
        (Point::Check, enforce(), Action::None, Verdict::Warn),
        (Point::Audit, enforce(), Action::None, Verdict::Deny),
        (Point::Check, enforce(), Action::Delete, Verdict::Allow),
        (Point::Check, enforce(), Action::Forget, Verdict::Allow),
        (Point::Check, warn(), Action::Create, Verdict::Warn),
        (Point::Check, audit(), Action::Create, Verdict::Allow),
        (Point::Check, at_admission(), Action::Create, Verdict::Warn),
        (Point::Admission, at_admission(), Action::Create, Verdict::Deny),
    ] {
        let decision = one(&Setting::at(point), denies(PolicyMetadata { modes, ..metadata("P") }), action);
        assert_eq!(decision.verdict, expected, "{point} {action:?}");
    }
}

#[test]
fn an_audited_denial_is_among_the_findings() {
    let policy = denies(PolicyMetadata { modes: Modes::everywhere(Mode::Audit), ..metadata("P") });
    let decision = one(&Setting::default(), policy, Action::Create);
    assert_eq!(decision.findings.len(), 1);
    assert_eq!((decision.findings[0].mode, decision.findings[0].kind), (Mode::Audit, FindingKind::Deny));
}

#[test]
fn what_is_only_possible_is_unknown() {
    let unsure = |effect, message: Option<&str>, certainty| {
        let message = message.map(str::to_owned);
        policy(metadata("P"), move |_| {
            let unknown = Some("its tags are known only after apply".to_owned());
            Ok(vec![Complaint { certainty, message: message.clone(), unknown, ..Complaint::new(effect, "") }])
        })
    };
    let warn = Setting::default();
    let deny = Setting { on_unknown: OnUnknown::Deny, ..Setting::default() };
    let news = "its tags are known only after apply";
    let possible = Certainty::Possible;
    for (setting, policy, verdict, whole, message) in [
        (&warn, unsure(Effect::Deny, Some("no tag"), possible), Verdict::Unknown, Verdict::Unknown, news),
        (&deny, unsure(Effect::Deny, Some("no tag"), possible), Verdict::Unknown, Verdict::Deny, news),
        (&deny, unsure(Effect::Warn, Some("no tag"), possible), Verdict::Warn, Verdict::Warn, news),
        (
            &warn,
            unsure(Effect::Deny, None, Certainty::Certain),
            Verdict::Deny,
            Verdict::Deny,
            "title of P: its tags are known only after apply",
        ),
    ] {
        let decision = one(setting, policy, Action::Create);
        assert_eq!((decision.findings[0].verdict, decision.verdict), (verdict, whole));
        assert_eq!(decision.findings[0].message, message);
    }
}

#[test]
fn a_policy_that_fails_denies_where_it_blocks_and_hides_nothing() {
    let fails = || {
        policy(metadata("A"), |_| {
            let place = Some(PolicyPlace { file: "a.rego".into(), line: 7 });
            Err(PolicyError { message: "it reached its limit".into(), place })
        })
    };
    for (point, verdict) in [(Point::Check, Verdict::Unknown), (Point::Admission, Verdict::Deny)] {
        let arena = Arena::new();
        let bucket = resource(&arena, Class::Bucket, "aws_s3_bucket", "data", Action::Create);
        let warns = policy(metadata("B"), |_| Ok(vec![Complaint::new(Effect::Warn, "hm")]));
        let decision = Setting::at(point).decide(&set(vec![fails(), warns]), &[], &[change(vec![bucket])]);
        assert!(decision.has_failures());
        let failure = &decision.findings[0];
        assert_eq!((failure.kind, failure.verdict, failure.id()), (FindingKind::Failure, verdict, "A"));
        assert_eq!(failure.message, "the policy failed at a.rego:7: it reached its limit");
        assert_eq!(decision.findings[1].message, "hm");
    }
}

#[test]
fn only_policies_that_apply_are_asked() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counting = |id: usize, classes: &[&str], kinds: &[&str], namespaces: &[&str], providers: &[&str]| {
        let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let asked = Arc::clone(&asked);
        let metadata = PolicyMetadata {
            classes: texts(classes),
            kinds: texts(kinds),
            namespaces: texts(namespaces),
            providers: texts(providers),
            ..metadata(&format!("{id:05}"))
        };
        policy(metadata, move |_| {
            asked.fetch_add(1, Ordering::Relaxed);
            Ok(Vec::new())
        })
    };
    let mut policies: Vec<_> =
        (100..10_100).map(|id| counting(id, &["bucket"], &[], &[&format!("team-{id}")], &[])).collect();
    policies.push(counting(1, &["bucket"], &[], &[], &[]));
    policies.push(counting(2, &["bucket", "instance"], &["aws_s3_*"], &[], &["aws"]));
    policies.push(counting(3, &[], &["aws_s3_bucket"], &[], &[]));
    policies.push(counting(4, &[], &[], &[], &["kubernetes"]));
    policies.push(counting(5, &["bucket"], &["aws_db"], &[], &[]));
    policies.push(counting(6, &[], &[], &["*"], &[]));
    policies.push(counting(7, &[], &[], &[], &[]));
    let set = set(policies);
    let arena = Arena::new();
    let bucket = resource(&arena, Class::Bucket, "aws_s3_bucket", "data", Action::Create);
    let decision = Setting::default().decide(&set, &[], &[change(vec![bucket.clone()])]);
    assert_eq!((asked.load(Ordering::Relaxed), decision.evaluations), (4, 4));
    let in_namespace = Resource { namespace: Some("team-777"), ..bucket };
    let decision = Setting::default().decide(&set, &[], &[change(vec![in_namespace])]);
    assert_eq!(decision.judged[0].policies, 6);
}

/// Whoever names a type in full means it, whether anything governs it or not.
#[test]
fn what_is_named_in_full_is_judged() {
    for (kinds, verdict) in [
        (&["ConfigMap"][..], Some(Verdict::Deny)),
        (&["Pod", "ConfigMap"], Some(Verdict::Deny)),
        (&["Config*"], None),
        (&["*"], None),
        (&["Pod"], None),
        (&[], None),
    ] {
        let kinds = kinds.iter().map(|&kind| kind.to_owned()).collect();
        let set = set(vec![denies(PolicyMetadata { kinds, ..metadata("P") })]);
        let arena = Arena::new();
        let settings = Resource { governed: false, ..resource(&arena, Class::None, "ConfigMap", "s", Action::Create) };
        let decision = Setting::default().decide(&set, &[], &[change(vec![settings])]);
        assert_eq!(decision.judged.first().map(|judged| judged.verdict), verdict, "{:?}", set);
    }
}

#[test]
fn actions_that_a_policy_names_are_judged() {
    let policy = || denies(PolicyMetadata { actions: vec!["delete".into()], ..metadata("P") });
    assert_eq!(one(&Setting::default(), policy(), Action::Delete).verdict, Verdict::Deny);
    assert_eq!(one(&Setting::default(), policy(), Action::Create).verdict, Verdict::Allow);
}

#[test]
fn a_request_has_the_catalogs_shape() {
    let echo = policy(metadata("P"), |request| Ok(vec![Complaint::new(Effect::Warn, json::to_string(request.input))]));
    let arena = Arena::new();
    let member = |name, action| resource(&arena, Class::Bucket, "aws_s3_bucket", name, action);
    let ungoverned = Resource { governed: false, ..member("c", Action::Create) };
    let change = change(vec![member("a", Action::Create), member("b", Action::Delete), ungoverned]);
    let decision = Setting::default().decide(&set(vec![echo]), &[], &[change]);
    assert_eq!(
        decision.findings[0].message,
        concat!(
            r#"{"action":"create","change":{"resources":[{"action":"create","name":"a","unknown":[]},"#,
            r#"{"action":"delete","name":"b","unknown":[]}]},"#,
            r#""context":{"namespace":null,"review":null},"object":{"address":"a"},"point":"check","#,
            r#""resource":{"name":"a"},"source":"terraform","subject":{"groups":[],"id":null,"verified_by":"none"}}"#
        )
    );
    // What nobody governs is not judged; what goes away is, by no policy.
    let judged: Vec<_> = decision.judged.iter().map(|judged| judged.policies).collect();
    assert_eq!(judged, [1, 0]);
}

#[test]
fn policies_over_documents_see_them_as_they_are() {
    let echo = policy(PolicyMetadata::new("doc"), |request| {
        Ok(vec![Complaint {
            pointer: Some(Pointer::root().join("spec")),
            ..Complaint::new(Effect::Deny, json::to_string(request.input))
        }])
    });
    let arena = Arena::new();
    let root = arena.object(&[(arena.string("spec"), Value::Int(1))]);
    let documents = [Document { file: "a.yaml", index: 1, root }];
    let mut decision = Setting::default().decide(&set(vec![echo]), &documents, &[]);
    assert_eq!(decision.findings[0].message, r#"{"spec":1}"#);
    assert!(decision.findings[0].resource.is_none());
    decision.locate(&Scrubber::default(), |file, places| {
        assert_eq!(file, "a.yaml");
        places.iter().map(|(_, pointer)| Some(Position { line: pointer.0.len() as u32 + 1, column: 1 })).collect()
    });
    assert_eq!(decision.findings[0].place.to_string(), "a.yaml:2:1");
    assert_eq!(decision.judged[0].place.to_string(), "a.yaml:1:1");
    // A document is no line in the answer where no policy is about documents.
    assert!(Setting::default().decide(&set(vec![denies(metadata("P"))]), &documents, &[]).judged.is_empty());
}

#[test]
fn a_pointer_into_the_object_leads_into_the_document() {
    for (pointer, expected) in [
        (Pointer::root().join("object").join("change").join("after"), "/resource_changes/0/change/after"),
        (Pointer::root().join("resource").join("tags"), "/resource_changes/0"),
    ] {
        let policy = policy(metadata("P"), move |_| {
            Ok(vec![Complaint { pointer: Some(pointer.clone()), ..Complaint::new(Effect::Deny, "no") }])
        });
        let decision = one(&Setting::default(), policy, Action::Create);
        assert_eq!(decision.findings[0].place.pointer.to_string(), expected);
    }
}

#[test]
fn sensitive_values_leave_in_no_part_of_a_finding() {
    let arena = Arena::new();
    let details = arena.object(&[
        (arena.string("seen"), arena.string("cc-99")),
        (arena.string("cc-99"), arena.array(&[arena.string("x cc-99 y")])),
    ]);
    let details = Frozen::copy_of(details);
    let leaky = policy(metadata("P"), move |_| {
        Ok(vec![Complaint {
            details: Some(Frozen::copy_of(details.root())),
            remediation: Some("use cc-99".into()),
            documentation: Some("https://example.com/cc-99".into()),
            ..Complaint::new(Effect::Deny, "it is cc-99")
        }])
    });
    let fails = policy(metadata("Q"), |_| Err(PolicyError { message: "no number: cc-99".into(), place: None }));
    let mut named = resource(&arena, Class::Bucket, "aws_s3_bucket", "cc-99", Action::Create);
    named.pointer = Pointer::root().join("cc-99");
    named.namespace = Some("cc-99");
    let setting = Setting { scrubber: Scrubber::new(["cc-99"]), ..Setting::default() };
    let mut decision = setting.decide(&set(vec![leaky, fails]), &[], &[change(vec![named])]);
    decision.locate(&setting.scrubber, |_, places| vec![None; places.len()]);
    assert_eq!(decision.findings.len(), 2);
    assert_eq!(decision.findings[0].details[1], ("seen".to_owned(), r#""(sensitive)""#.to_owned()));
    let all = format!("{decision:?}");
    assert!(!all.contains("cc-99"), "{all}");
}

#[test]
fn duplicate_ids_are_refused_with_both_places() {
    let at = |file: &str| {
        let place = PolicyPlace { file: file.into(), line: 3 };
        denies(PolicyMetadata { place, ..metadata("COST-001") })
    };
    let refused = PolicySet::new(vec![at("a.rego"), at("b.rego")], Frozen::copy_of(Value::Null), |_| {});
    let messages: Vec<_> = refused.expect_err("duplicate").iter().map(ToString::to_string).collect();
    assert_eq!(messages, ["policy id `COST-001` is used twice: at a.rego:3 and at b.rego:3"]);
}

#[test]
fn the_organisation_adjusts_metadata() {
    let set = PolicySet::new(vec![denies(metadata("P"))], Frozen::copy_of(Value::EMPTY_OBJECT), |metadata| {
        metadata.severity = Severity::Critical;
        metadata.modes = Modes::everywhere(Mode::Warn);
    })
    .expect("one policy");
    assert_eq!(set.find("P").map(|metadata| metadata.severity), Some(Severity::Critical));
    let arena = Arena::new();
    let bucket = resource(&arena, Class::Bucket, "aws_s3_bucket", "data", Action::Create);
    let decision = Setting::default().decide(&set, &[], &[change(vec![bucket])]);
    assert_eq!((decision.verdict, decision.findings[0].severity), (Verdict::Warn, Severity::Critical));
}

#[test]
fn threads_change_nothing() {
    let policies = || {
        let deny = policy(metadata("A"), |request| {
            let name = request.input.get_str("resource").and_then(|resource| resource.get_str("name"));
            Ok(vec![Complaint::new(Effect::Deny, name.and_then(Value::as_str).unwrap_or_default())])
        });
        set(vec![deny, policy(metadata("B"), |_| Ok(vec![Complaint::new(Effect::Warn, "hm")]))])
    };
    let arena = Arena::new();
    let names: Vec<String> = (0..500).map(|index| format!("r{index}")).collect();
    let resources = || {
        let resources = names.iter().map(|name| resource(&arena, Class::Bucket, "aws_s3_bucket", name, Action::Create));
        change(resources.collect())
    };
    let alone = Setting::default().decide(&policies(), &[], &[resources()]);
    let together = Setting { threads: 7, ..Setting::default() }.decide(&policies(), &[], &[resources()]);
    assert_eq!(alone, together);
    assert_eq!(alone.findings.len(), 1000);
    assert_eq!(alone.findings[998].message, "r499");
}

/// Says how many requests before this one found what is kept for their change, and how many policies what is kept for their request.
struct Counting(Arc<PolicyMetadata>);

impl Policy for Counting {
    fn metadata(&self) -> &Arc<PolicyMetadata> {
        &self.0
    }

    fn evaluate(&self, _request: &Request<'_>, session: &mut Session<'_, '_>) -> Result<Outcome, PolicyError> {
        let before = |count: Option<&AtomicUsize>| match count {
            Some(count) => count.fetch_add(1, Ordering::Relaxed).to_string(),
            None => "nothing kept".to_owned(),
        };
        let of_change = before(session.kept_for_change(AtomicUsize::default));
        let of_request = before(session.kept_for_request(AtomicUsize::default));
        let complaint = Complaint::new(Effect::Deny, format!("{of_change}, {of_request}"));
        Ok(Outcome { complaints: vec![complaint] })
    }
}

#[test]
fn policies_keep_things_for_a_change_and_for_a_request() {
    let arena = Arena::new();
    let policies = ["A", "B"].map(|id| Arc::new(Counting(Arc::new(metadata(id)))) as Arc<dyn Policy>);
    let set = set(policies.to_vec());
    let bucket = |name| resource(&arena, Class::Bucket, "aws_s3_bucket", name, Action::Create);
    let changes = [change(vec![bucket("a"), bucket("b")]), change(vec![bucket("c")])];
    let decision = Setting::default().decide(&set, &[], &changes);
    let said: Vec<_> = decision.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(said, ["0, 0", "1, 1", "2, 0", "3, 1", "nothing kept, 0", "nothing kept, 1"]);
}
