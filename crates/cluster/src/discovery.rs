//! What the API server calls a kind.

use crate::client::Client;
use crate::error::ClientError;
use crate::kind::Served;
use bytes::Bytes;
use gatekeeper::InventoryKind;
use value::json::{self, ParseLimits};
use value::{Arena, Value};

/// What the API server has by the name of `kind`: nothing where it has no such kind.
pub(crate) async fn find(client: &Client, kind: &InventoryKind) -> Result<Vec<Served>, ClientError> {
    let mut found = Vec::new();
    for api_version in api_versions(client, kind).await? {
        let root = if api_version.contains('/') { "apis" } else { "api" };
        match client.get(&format!("/{root}/{api_version}")).await {
            Ok(listed) => found.extend(resources(&listed, &api_version, &kind.kind)?),
            // There is no such group, or no such version of it.
            Err(error) if error.is_absent() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The groups and versions in which to look.
async fn api_versions(client: &Client, kind: &InventoryKind) -> Result<Vec<String>, ClientError> {
    match (kind.group.as_deref(), kind.version.as_deref()) {
        (Some(""), Some(version)) => return Ok(vec![version.to_owned()]),
        (Some(group), Some(version)) => return Ok(vec![format!("{group}/{version}")]),
        (Some(""), None) => return Ok(vec!["v1".to_owned()]),
        _ => {}
    }
    let listed = client.get("/apis").await?;
    let mut versions = preferred(&listed, kind)?;
    if kind.group.is_none() && kind.version.as_deref().is_none_or(|version| version == "v1") {
        versions.push("v1".to_owned());
    }
    Ok(versions)
}

/// The groups that `kind` may be in, each in the version that is asked for or preferred.
fn preferred(listed: &Bytes, kind: &InventoryKind) -> Result<Vec<String>, ClientError> {
    let arena = Arena::new();
    let listed = parse(&arena, listed)?;
    let groups = listed.get_str("groups").and_then(Value::as_array);
    let version = |group: Value<'_>| {
        let name = text(group, "name")?;
        if kind.group.as_deref().is_some_and(|wanted| wanted != name) {
            return None;
        }
        match kind.version.as_deref() {
            None => text(group.get_str("preferredVersion")?, "groupVersion").map(str::to_owned),
            Some(wanted) => {
                let versions = group.get_str("versions")?.as_array()?;
                let has = versions.iter().any(|version| text(version, "version") == Some(wanted));
                has.then(|| format!("{name}/{wanted}"))
            }
        }
    };
    Ok(groups.into_iter().flat_map(|groups| groups.iter()).filter_map(version).collect())
}

/// The kinds of that name in a group that can be listed and watched.
fn resources(listed: &Bytes, api_version: &str, kind: &str) -> Result<Vec<Served>, ClientError> {
    let arena = Arena::new();
    let listed = parse(&arena, listed)?;
    let resources = listed.get_str("resources").and_then(Value::as_array);
    let served = |resource: Value<'_>| {
        let plural = text(resource, "name").filter(|name| !name.contains('/'))?;
        let verbs = resource.get_str("verbs")?.as_array()?;
        let can = |verb: &str| verbs.iter().any(|one| one.as_str() == Some(verb));
        (text(resource, "kind") == Some(kind) && can("list") && can("watch")).then(|| Served {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            namespaced: resource.get_str("namespaced").and_then(Value::as_bool).unwrap_or_default(),
        })
    };
    Ok(resources.into_iter().flat_map(|resources| resources.iter()).filter_map(served).collect())
}

fn parse<'a>(arena: &'a Arena, bytes: &[u8]) -> Result<Value<'a>, ClientError> {
    json::parse(arena, bytes, &ParseLimits::default()).map_err(|error| ClientError::Answer(error.to_string()))
}

fn text<'a>(object: Value<'a>, key: &str) -> Option<&'a str> {
    object.get_str(key).and_then(Value::as_str)
}
