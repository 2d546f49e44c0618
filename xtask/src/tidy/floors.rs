//! Which crate may use which: a crate uses only lower floors.

use super::Violation;
use anyhow::{Context, Result};
use serde_json::Value;

/// The floor of every crate that exists or is planned. `ARCHITECTURE.md` says what each may know.
const FLOORS: &[(u8, &[&str])] = &[
    (0, &["value", "host"]),
    (1, &["formats", "kubernetes-types"]),
    (2, &["rego", "cel", "jmespath", "catalog"]),
    (3, &["decision"]),
    (
        4,
        &[
            "rego-policy",
            "gatekeeper",
            "kyverno",
            "cedar-policies",
            "http-documents",
            "ledger",
            "outbound",
            "point",
            "record",
            "report",
            "repository",
        ],
    ),
    (5, &["admission", "cluster", "decide-api", "opa-api", "mlflow", "aws", "polkit"]),
    (6, &["server"]),
    (7, &["provost"]),
];

/// Crates beside the house: they may use any floor, and no floor may use them.
const BESIDE: &[&str] = &["xtask", "benches"];

/// The lowest floor that may see clock, randomness, network, files and environment other than through `host`.
pub const FIRST_IMPURE_FLOOR: u8 = 4;

/// Absences that a floor number does not express, each with its reason.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("decision", "rego", "decisions know no language; `rego-policy` implements the traits"),
    ("decision", "cel", "decisions know no language"),
    ("catalog", "rego", "what a document describes does not depend on a policy language"),
];

/// Outside crates that stay out of the floors below [`FIRST_IMPURE_FLOOR`].
const IMPURE: &[&str] = &["getrandom", "hyper", "notify", "rand", "reqwest", "socket2", "tokio", "ureq"];

/// Outside crates that are peers to measure against and no part of the product.
const PEERS: &[&str] = &["regorus"];

/// The floor of a crate by name.
pub fn floor_of(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(_, names)| names.contains(&name)).map(|&(floor, _)| floor)
}

/// One member of the workspace.
pub struct Package {
    pub name: String,
    pub dependencies: Vec<Dependency>,
}

/// One line of its manifest.
pub struct Dependency {
    pub name: String,
    /// Needed by tests, examples and benchmarks only.
    pub development: bool,
}

/// The members as `cargo metadata` tells them.
pub fn packages(metadata: &str) -> Result<Vec<Package>> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let packages = metadata.get("packages").and_then(Value::as_array).context("`cargo metadata` names no packages")?;
    let name_of = |value: &Value| value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let dependency = |value: &Value| Dependency {
        name: name_of(value),
        development: value.get("kind").and_then(Value::as_str) == Some("dev"),
    };
    Ok(packages
        .iter()
        .map(|package| Package {
            name: name_of(package),
            dependencies: package
                .get("dependencies")
                .and_then(Value::as_array)
                .map(|all| all.iter().map(dependency).collect())
                .unwrap_or_default(),
        })
        .collect())
}

/// The rules about manifests.
pub fn check(packages: &[Package]) -> Vec<Violation> {
    packages.iter().filter(|package| !BESIDE.contains(&package.name.as_str())).flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<Violation> {
    let name = package.name.as_str();
    let manifest = format!("crates/{name}/Cargo.toml");
    let Some(floor) = floor_of(name) else {
        let message =
            format!("crate `{name}` has no floor; give it one in xtask/src/tidy/floors.rs and ARCHITECTURE.md");
        return vec![Violation::file(&manifest, message)];
    };
    let problem = |dependency: &Dependency| {
        let used = dependency.name.as_str();
        if let Some((_, _, reason)) = FORBIDDEN.iter().find(|(user, other, _)| *user == name && *other == used) {
            return Some(format!("`{name}` must not use `{used}`: {reason}"));
        }
        if BESIDE.contains(&used) || PEERS.contains(&used) {
            return Some(format!("`{name}` must not use `{used}`, which is no part of the product"));
        }
        if floor < FIRST_IMPURE_FLOOR && IMPURE.contains(&used) && !dependency.development {
            return Some(format!(
                "`{name}` on floor {floor} must not use `{used}`; what it needs comes through `host`"
            ));
        }
        let used_floor = floor_of(used)?;
        // A test may put neighbours together; a product crate may not.
        let allowed = if dependency.development { used_floor <= floor } else { used_floor < floor };
        (!allowed).then(|| format!("`{name}` on floor {floor} must not use `{used}` on floor {used_floor}"))
    };
    package.dependencies.iter().filter_map(problem).map(|message| Violation::file(&manifest, message)).collect()
}
