//! What policies make of an object, and when nobody can say.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must stop and say why")]

use catalog::{Action, Admitted, Fields, Settings};
use decision::{
    AmendError, AmendOptions, Amendment, Change, Input, Member, Mode, Modes, Outcome, Patches, Point, Policy,
    PolicyError, PolicyMetadata, PolicySet, Request, Session, Subject, amend,
};
use host::FixedHost;
use std::sync::Arc;
use value::json::{self, ParseLimits};
use value::{Arena, Frozen, Value};

/// A policy that replaces one word by another, wherever it stands in the object.
struct Replace {
    metadata: Arc<PolicyMetadata>,
    from: &'static str,
    to: &'static str,
}

impl Policy for Replace {
    fn metadata(&self) -> &Arc<PolicyMetadata> {
        &self.metadata
    }

    fn evaluate(&self, _request: &Request<'_>, _session: &mut Session<'_, '_>) -> Result<Outcome, PolicyError> {
        Ok(Outcome::default())
    }

    fn patch<'a>(
        &'a self,
        request: &Request<'a>,
        session: &mut Session<'a, '_>,
    ) -> Result<Option<Value<'a>>, PolicyError> {
        if self.to == "fail" {
            return Err(PolicyError { message: "no".to_owned(), place: None });
        }
        let text = json::to_string(request.input.get_str("object").unwrap_or_default()).replace(self.from, self.to);
        Ok(Some(json::parse(session.arena, text.as_bytes(), &ParseLimits::default()).unwrap()))
    }
}

fn policy(id: &str, from: &'static str, to: &'static str, mode: Mode, actions: &[&str]) -> Arc<dyn Policy> {
    let metadata = PolicyMetadata {
        input: Input::Request,
        patches: Patches::Only,
        modes: Modes::everywhere(mode),
        actions: actions.iter().map(|&action| action.to_owned()).collect(),
        ..PolicyMetadata::new(id)
    };
    Arc::new(Replace { metadata: Arc::new(metadata), from, to })
}

/// What comes of a Pod whose label is `word`: its label, who changed it and who would, or why not.
fn amended(
    policies: Vec<Arc<dyn Policy>>,
    word: &str,
    action: Action,
) -> Result<(String, Vec<String>, Vec<String>), String> {
    let set = PolicySet::new(policies, Frozen::copy_of(Value::EMPTY_OBJECT), |_| ()).unwrap();
    let arena = Arena::new();
    let text = format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p","labels":{{"l":"{word}"}}}},"spec":{{}}}}"#
    );
    let object = json::parse(&arena, text.as_bytes(), &ParseLimits::default()).unwrap();
    let describe = |object| {
        let admitted = Admitted {
            object,
            before: None,
            api_version: "v1",
            kind: "Pod",
            name: None,
            namespace: None,
            action,
            fields: Fields::ALL,
            depth_is_bounded: false,
        };
        let change = catalog::admitted(&arena, &admitted, &Settings::default()).map_err(|error| error.to_string())?;
        let members = change.resources.into_iter().map(|resource| Member { file: "request", document: 0, resource });
        Ok(Change { members: members.collect(), ..Change::default() })
    };
    let options =
        AmendOptions { point: Point::Admission, subject: &Subject::default(), host: &FixedHost { now_ns: 0 } };
    let ids = |steps: &[decision::Step<'_>]| steps.iter().map(|step| step.policy.id.clone()).collect::<Vec<_>>();
    match amend(&set, &arena, object, describe, &options) {
        Ok(Amendment { object, steps, withheld, .. }) => {
            let label = object.get_str("metadata").and_then(|metadata| metadata.get_str("labels")?.get_str("l"));
            Ok((label.and_then(Value::as_str).unwrap_or_default().to_owned(), ids(&steps), ids(&withheld)))
        }
        Err(error @ AmendError::Unreadable { .. }) => Err(format!("unreadable: {error}")),
        Err(error) => Err(error.to_string()),
    }
}

fn found(label: &str, by: &[&str], withheld: &[&str]) -> Result<(String, Vec<String>, Vec<String>), String> {
    let owned = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
    Ok((label.to_owned(), owned(by), owned(withheld)))
}

#[test]
fn each_policy_sees_what_those_before_it_made() {
    let all = || {
        vec![
            policy("B", "one", "two", Mode::Enforce, &[]),
            policy("A", "two", "three", Mode::Enforce, &[]),
            policy("C", "three", "four", Mode::Warn, &[]),
            policy("D", "nothing", "fail", Mode::Audit, &[]),
        ]
    };
    // A is asked first by its id, and again after B.
    assert_eq!(amended(all(), "one", Action::Create), found("three", &["B", "A"], &["C"]));
    assert_eq!(amended(all(), "five", Action::Create), found("five", &[], &[]));
    // What exists is left alone.
    assert_eq!(amended(all(), "one", Action::Update), found("one", &[], &[]));
    let said = vec![policy("U", "one", "two", Mode::Enforce, &["update"])];
    assert_eq!(amended(said, "one", Action::Update), found("two", &["U"], &[]));
}

#[test]
fn what_cannot_be_told_is_an_error() {
    let toggle = vec![policy("A", "one", "two", Mode::Enforce, &[]), policy("B", "two", "one", Mode::Enforce, &[])];
    assert_eq!(
        amended(toggle, "one", Action::Create).unwrap_err(),
        "policies go on changing the object without end: `A`, `B`"
    );
    let failing = vec![policy("F", "x", "fail", Mode::Enforce, &[])];
    assert_eq!(amended(failing, "one", Action::Create).unwrap_err(), "policy `F` cannot change the object: no");
}
