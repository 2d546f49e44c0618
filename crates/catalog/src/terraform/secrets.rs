//! What a plan marks as sensitive, wherever it does.
//!
//! Marks are on values and the same value may stand in many places without one: `tags` is marked and `tags_all` is not.
//! So the values are collected, and whoever writes output scrubs them from every text.

use crate::sensitive::Secrets;
use value::Value;

/// Collects every marked value of a plan.
pub(super) fn collect(plan: Value<'_>, secrets: &mut Secrets) {
    let get = |key: &str| plan.get_str(key).unwrap_or_default();
    for list in ["resource_changes", "resource_drift"] {
        for entry in items(get(list)) {
            of_change(entry.get_str("change").unwrap_or_default(), secrets);
        }
    }
    for deferred in items(get("deferred_changes")) {
        let entry = deferred.get_str("resource_change").unwrap_or_default();
        of_change(entry.get_str("change").unwrap_or_default(), secrets);
    }
    for change in get("output_changes").as_object().into_iter().flat_map(|all| all.values()) {
        of_change(change, secrets);
    }
    of_values(get("planned_values"), secrets);
    of_values(get("prior_state").get_str("values").unwrap_or_default(), secrets);
    of_configuration(plan, secrets);
}

fn items(list: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    list.as_array().into_iter().flat_map(|array| array.iter())
}

fn of_change(change: Value<'_>, secrets: &mut Secrets) {
    for (side, mask) in [("before", "before_sensitive"), ("after", "after_sensitive")] {
        if let (Some(value), Some(mask)) = (change.get_str(side), change.get_str(mask)) {
            secrets.add_masked(value, mask);
        }
    }
}

/// `planned_values` and the prior state: modules of resources with `values` and `sensitive_values`, and outputs.
fn of_values(values: Value<'_>, secrets: &mut Secrets) {
    for output in values.get_str("outputs").and_then(Value::as_object).into_iter().flat_map(|all| all.values()) {
        if output.get_str("sensitive") == Some(Value::TRUE) {
            secrets.add(output.get_str("value").unwrap_or_default());
        }
    }
    let mut modules = vec![values.get_str("root_module").unwrap_or_default()];
    while let Some(module) = modules.pop() {
        for resource in items(module.get_str("resources").unwrap_or_default()) {
            if let (Some(values), Some(mask)) = (resource.get_str("values"), resource.get_str("sensitive_values")) {
                secrets.add_masked(values, mask);
            }
        }
        modules.extend(items(module.get_str("child_modules").unwrap_or_default()));
    }
}

/// Variables that are declared sensitive: what they were given, and their defaults.
fn of_configuration(plan: Value<'_>, secrets: &mut Secrets) {
    let root = plan.get_str("configuration").and_then(|all| all.get_str("root_module")).unwrap_or_default();
    for (name, _) in sensitive_variables(root) {
        let given = name.as_str().and_then(|name| plan.get_str("variables")?.get_str(name)?.get_str("value"));
        secrets.add(given.unwrap_or_default());
    }
    let mut modules = vec![(root, Value::Null)];
    while let Some((module, call)) = modules.pop() {
        for (name, variable) in sensitive_variables(module) {
            secrets.add(variable.get_str("default").unwrap_or_default());
            let given =
                name.as_str().and_then(|name| call.get_str("expressions")?.get_str(name)?.get_str("constant_value"));
            secrets.add(given.unwrap_or_default());
        }
        let calls = module.get_str("module_calls").and_then(Value::as_object);
        modules.extend(
            calls
                .into_iter()
                .flat_map(|calls| calls.values())
                .map(|call| (call.get_str("module").unwrap_or_default(), call)),
        );
    }
}

fn sensitive_variables(module: Value<'_>) -> impl Iterator<Item = (Value<'_>, Value<'_>)> {
    let variables = module.get_str("variables").and_then(Value::as_object);
    variables
        .into_iter()
        .flat_map(|variables| variables.iter())
        .filter(|(_, variable)| variable.get_str("sensitive") == Some(Value::TRUE))
}
