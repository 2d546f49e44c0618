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
            Ok(file) => file.manifests().iter().for_each(|manifest| add(&mut inventory, manifest.root())),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    (inventory, diagnostics)
}

/// Adds an object, or those of a list.
pub(crate) fn add(inventory: &mut Inventory, document: Value<'_>) {
    let object = KubernetesObject::new(document);
    match document.get_str("items").and_then(Value::as_array) {
        Some(items) if object.kind().ends_with("List") => items.iter().for_each(|item| add(inventory, item)),
        // What does not say what it is has no place in it.
        _ => drop(inventory.insert(object)),
    }
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
