//! A plan's `configuration`: which expression gave an attribute, and what it refers to.

use std::collections::HashMap;
use value::Value;

/// No chain of variables and outputs through modules is longer.
const HOPS_MAX: usize = 64;

/// A plan's configuration, ready to be asked.
#[derive(Debug)]
pub(super) struct Configuration<'a> {
    providers: Value<'a>,
    variables: Value<'a>,
    /// By the names of the modules on the way, joined by dots: the module and its call, which stands in the one above.
    modules: HashMap<String, Module<'a>>,
    /// By module and `type.name`.
    resources: HashMap<(String, String), Value<'a>>,
}

#[derive(Debug)]
struct Module<'a> {
    body: Value<'a>,
    call: Value<'a>,
}

/// A resource that an expression refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// The names of its modules, joined by dots.
    pub(super) module: String,
    /// Its name.
    pub(super) name: String,
}

impl<'a> Configuration<'a> {
    pub(super) fn of(plan: Value<'a>) -> Self {
        let configuration = plan.get_str("configuration").unwrap_or_default();
        let mut modules = HashMap::new();
        let mut resources = HashMap::new();
        let root = configuration.get_str("root_module").unwrap_or_default();
        let mut waiting = vec![(String::new(), root, Value::Null)];
        while let Some((path, body, call)) = waiting.pop() {
            for resource in body.get_str("resources").and_then(Value::as_array).into_iter().flat_map(|all| all.iter()) {
                let text = |key: &str| resource.get_str(key).and_then(Value::as_str);
                if let (Some(kind), Some(name)) = (text("type"), text("name"))
                    && text("mode") != Some("data")
                {
                    resources.insert((path.clone(), format!("{kind}.{name}")), resource);
                }
            }
            let calls = body.get_str("module_calls").and_then(Value::as_object);
            for (name, call) in calls.into_iter().flat_map(|calls| calls.iter()) {
                let Some(name) = name.as_str() else { continue };
                let below = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                waiting.push((below, call.get_str("module").unwrap_or_default(), call));
            }
            modules.insert(path, Module { body, call });
        }
        Self {
            providers: configuration.get_str("provider_config").unwrap_or_default(),
            variables: plan.get_str("variables").unwrap_or_default(),
            modules,
            resources,
        }
    }

    /// The configuration of a resource.
    pub(super) fn resource(&self, module: &str, kind: &str, name: &str) -> Option<Value<'a>> {
        self.resources.get(&(module.to_owned(), format!("{kind}.{name}"))).copied()
    }

    /// The configuration of a resource's provider, and the module that it stands in.
    pub(super) fn provider(&self, resource: Value<'a>) -> Option<(&'a str, Value<'a>)> {
        let key = resource.get_str("provider_config_key")?.as_str()?;
        let provider = self.providers.get_str(key)?;
        let module = provider.get_str("module_address").and_then(Value::as_str).unwrap_or_default();
        Some((module, provider))
    }

    /// The value of an expression that is a constant or may be no more than one variable.
    ///
    /// A plan tells what an expression refers to, not what it does with it: `"${var.x}-1"` and `var.x` look the same. The
    /// caller must be able to tell a likely answer from an unlikely one.
    pub(super) fn evaluate(&self, module: &str, expression: Value<'a>) -> Option<Value<'a>> {
        let mut module = module.to_owned();
        let mut expression = expression;
        for _ in 0..HOPS_MAX {
            if let Some(constant) = expression.get_str("constant_value") {
                return Some(constant);
            }
            let references = expression.get_str("references")?.as_array()?;
            let [Value::String(reference)] = references.iter().collect::<Vec<_>>()[..] else { return None };
            let variable = reference.as_str().strip_prefix("var.")?;
            if module.is_empty() {
                return self.variables.get_str(variable)?.get_str("value");
            }
            let here = self.modules.get(&module)?;
            match here.call.get_str("expressions").and_then(|given| given.get_str(variable)) {
                Some(given) => expression = given,
                None => return here.body.get_str("variables")?.get_str(variable)?.get_str("default"),
            }
            module = above(&module).to_owned();
        }
        None
    }

    /// The resources of one type that an expression refers to, through variables and outputs of modules.
    pub(super) fn references(&self, module: &str, expression: Value<'a>, kind: &str) -> Vec<Reference> {
        let mut found = Vec::new();
        let mut waiting = vec![(module.to_owned(), expression)];
        for _ in 0..HOPS_MAX {
            let Some((module, expression)) = waiting.pop() else { break };
            let references = expression.get_str("references").and_then(Value::as_array);
            for reference in references.into_iter().flat_map(|all| all.iter()).filter_map(Value::as_str) {
                let mut words = reference.split(['.', '[']);
                match (words.next(), words.next()) {
                    (Some(first), Some(name)) if first == kind => {
                        let reference = Reference { module: module.clone(), name: name.to_owned() };
                        if !found.contains(&reference) {
                            found.push(reference);
                        }
                    }
                    (Some("var"), Some(name)) => {
                        let given =
                            self.modules.get(&module).and_then(|here| here.call.get_str("expressions")?.get_str(name));
                        waiting.extend(given.map(|given| (above(&module).to_owned(), given)));
                    }
                    (Some("module"), Some(name)) => {
                        let below = if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") };
                        let output = reference.rsplit('.').next().unwrap_or_default();
                        let given = self
                            .modules
                            .get(&below)
                            .and_then(|there| there.body.get_str("outputs")?.get_str(output)?.get_str("expression"));
                        waiting.extend(given.map(|given| (below, given)));
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

/// The module above: `a` for `a.b`, the root for `a`.
fn above(module: &str) -> &str {
    module.rsplit_once('.').map_or("", |(above, _)| above)
}

/// The names of the modules in a module address, joined by dots: `a.b` for `module.a["x.y"].module.b[0]`.
pub(super) fn module_names(address: &str) -> String {
    let mut plain = String::with_capacity(address.len());
    let mut brackets = 0_usize;
    let mut quoted = false;
    let mut escaped = false;
    for letter in address.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if brackets > 0 => quoted = !quoted,
            '[' if !quoted => brackets += 1,
            ']' if !quoted => brackets = brackets.saturating_sub(1),
            _ if brackets == 0 => plain.push(letter),
            _ => {}
        }
    }
    // Every other word is `module`.
    plain.split('.').skip(1).step_by(2).collect::<Vec<_>>().join(".")
}
