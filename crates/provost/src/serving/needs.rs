//! Which kinds of objects the inventory must hold.

use admission::scaled_kinds;
use decision::PolicySet;
use gatekeeper::{Gatekeeper, InventoryKind, InventoryNeeds};
use rego::syntax::ast::Dialect;
use rego::syntax::parse_module;
use repository::{ClusterSettings, Repository};
use std::collections::BTreeSet;

/// The kinds that are watched: those that the configuration names, or those that the policies need. Of a Namespace everybody may ask.
///
/// # Errors
/// When nobody can tell which kinds a policy needs, with the places.
pub(crate) fn kinds(
    settings: &ClusterSettings,
    repository: &Repository,
    dialect: Dialect,
    policies: &PolicySet,
    gatekeeper: &Gatekeeper,
) -> Result<Vec<InventoryKind>, String> {
    let needs = needs(repository, dialect, policies, gatekeeper);
    let Some(watch) = &settings.watch else {
        if needs.unclear.is_empty() {
            return Ok(needs.kinds.into_iter().collect());
        }
        let places = needs.unclear.into_iter().collect::<Vec<_>>().join(", ");
        return Err(format!(
            "error: which kinds of objects must be watched cannot be told: `data.inventory` is read without naming a kind at {places}\n\
             help: name the kinds under `admission: {{cluster: {{watch: ...}}}}` in provost.yaml\n"
        ));
    };
    let named = watch.iter().map(|kind| InventoryKind {
        group: kind.group.clone(),
        version: kind.version.clone(),
        kind: kind.kind.clone(),
    });
    let named: BTreeSet<_> = named.chain([namespaces()]).collect();
    for kind in needs.kinds.iter().filter(|kind| !named.iter().any(|named| covers(named, kind))) {
        tracing::warn!(kind = %kind, "policies ask the inventory for a kind that `admission.cluster.watch` does not name");
    }
    Ok(named.into_iter().collect())
}

fn namespaces() -> InventoryKind {
    InventoryKind::new("", "v1", "Namespace")
}

fn needs(repository: &Repository, dialect: Dialect, policies: &PolicySet, gatekeeper: &Gatekeeper) -> InventoryNeeds {
    let mut needs = InventoryNeeds::default();
    needs.kinds.insert(namespaces());
    for source in &repository.files.modules {
        // What is wrong with it is said where it is compiled.
        needs.add_module(&parse_module(source, dialect).0);
    }
    for constraint in gatekeeper.constraints() {
        needs.extend(&constraint.template.needs);
    }
    for (group, kind) in scaled_kinds(policies) {
        needs.kinds.insert(InventoryKind { group: Some(group.to_owned()), version: None, kind: kind.to_owned() });
    }
    needs
}

/// Whether watching `named` brings in `needed`.
fn covers(named: &InventoryKind, needed: &InventoryKind) -> bool {
    let same = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
    named.kind == needed.kind && same(&named.group, &needed.group) && same(&named.version, &needed.version)
}
