//! What is known to exist in a cluster, from files.

use gatekeeper::{Inventory, ManifestFile};
use kubernetes_types::KubernetesObject;
use repository::{Discovery, discover};
use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use value::{Diagnostic, Frozen, Value};

/// The objects in files and folders. Lists count as what they hold, and what is no object is left out: folders hold other files too.
pub(crate) fn read(paths: &[PathBuf], bytes_max: u64) -> (Inventory, Vec<Diagnostic>) {
    let Discovery { files, mut diagnostics } = discover(paths, None);
    let mut inventory = Inventory::new();
    for file in files {
        let parsed = match file.read(bytes_max, io::empty()) {
            Ok(None) => continue,
            Ok(Some(source)) => ManifestFile::parse(source),
            Err(diagnostic) => Err(diagnostic),
        };
        match parsed {
            Ok(file) => add(&mut inventory, file.manifests().iter().map(|manifest| manifest.root())),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    (inventory, diagnostics)
}

/// Adds objects, and those of lists. What does not say what it is has no place in it.
pub(crate) fn add<'o>(inventory: &mut Inventory, documents: impl IntoIterator<Item = Value<'o>>) {
    let mut waiting: Vec<Value<'o>> = documents.into_iter().collect();
    waiting.reverse();
    // Later objects take the place of earlier ones, so their order counts.
    let objects = std::iter::from_fn(|| {
        loop {
            let document = waiting.pop()?;
            match document.get_str("items").and_then(Value::as_array) {
                Some(items) if KubernetesObject::new(document).kind().ends_with("List") => {
                    waiting.extend(items.iter().rev());
                }
                _ => return Some(KubernetesObject::new(document)),
            }
        }
    });
    inventory.insert_all(objects);
}

/// Adds the objects of a snapshot, or of whatever else templates would see as `data.inventory`.
pub(crate) fn add_snapshot(inventory: &mut Inventory, snapshot: Value<'_>) {
    // By group and version, kind and name; and in namespaces by those before.
    for (scope, levels) in [("cluster", 3), ("namespace", 4)] {
        let mut objects = vec![snapshot.get_str(scope).unwrap_or_default()];
        for _ in 0..levels {
            objects = objects.into_iter().filter_map(Value::as_object).flat_map(|object| object.values()).collect();
        }
        inventory.insert_all(objects.into_iter().map(KubernetesObject::new));
    }
}

/// What was read, over what is `known` to exist besides.
pub(crate) fn over<'o>(known: Value<'_>, objects: impl IntoIterator<Item = Value<'o>>) -> Arc<Frozen> {
    let mut all = Inventory::new();
    add_snapshot(&mut all, known);
    add(&mut all, objects);
    all.snapshot()
}

/// `data` with the objects under `inventory`, where templates look for them.
pub(crate) fn with_inventory(data: &Arc<Frozen>, inventory: Option<Arc<Frozen>>) -> Frozen {
    let bases = std::iter::once(Arc::clone(data)).chain(inventory).collect();
    let combined = Frozen::over(bases, |arena, roots| {
        Ok::<_, Infallible>(match roots {
            [data, inventory] => {
                let mut entries: Vec<_> = data.as_object().into_iter().flat_map(|data| data.iter()).collect();
                entries.push((arena.borrowed("inventory"), *inventory));
                arena.object(&entries)
            }
            [data] => *data,
            _ => Value::EMPTY_OBJECT,
        })
    });
    combined.unwrap_or_else(|never| match never {})
}
