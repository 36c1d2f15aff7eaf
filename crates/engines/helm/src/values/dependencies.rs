//! Which dependencies take part, under which names, and what is imported from them (contract/helm-engine.md 2.3).

use ferroflux_semver::{Constraints, Version};
use ferroflux_template::{Map, MapType, Value};

use super::{
    Node,
    coalesce::{coalesce_values, copy, tables},
    path_value, table,
};
use crate::chart::Dependency;

/// Binds declarations to loaded charts, removes what is disabled and imports values. Running it twice changes
/// nothing.
pub(crate) fn process_dependencies(
    node: &mut Node,
    user: &Map,
    warnings: &mut Vec<String>,
) -> Result<(), String> {
    enable(node, user, "", warnings)?;
    import(node, warnings)
}

/// Whether a version satisfies a constraint; what cannot be read satisfies nothing.
pub(crate) fn is_compatible(constraint: &str, version: &str) -> bool {
    match (Constraints::parse(constraint), Version::parse(version)) {
        (Ok(constraint), Ok(version)) => constraint.matches(&version),
        _ => false,
    }
}

/// Every declaration gets a copy of the chart that it names; charts that nobody declares stay, first.
pub(crate) fn bind(node: &mut Node) {
    let Some(declared) = &mut node.metadata.dependencies else {
        return;
    };
    let fits = |declaration: &Dependency, chart: &Node| {
        declaration.name == chart.metadata.name
            && is_compatible(&declaration.version, &chart.metadata.version)
    };
    let mut bound: Vec<Node> = node
        .dependencies
        .iter()
        .filter(|chart| !declared.iter().any(|declaration| fits(declaration, chart)))
        .cloned()
        .collect();
    for declaration in declared {
        if let Some(chart) = node.dependencies.iter().find(|chart| fits(declaration, chart)) {
            let mut chart = chart.clone();
            if !declaration.alias.is_empty() {
                chart.metadata.name.clone_from(&declaration.alias);
            }
            bound.push(chart);
        }
        if !declaration.alias.is_empty() {
            declaration.name.clone_from(&declaration.alias);
        }
        declaration.enabled = true;
    }
    node.dependencies = bound;
}

fn enable(node: &mut Node, user: &Map, path: &str, warnings: &mut Vec<String>) -> Result<(), String> {
    if node.metadata.dependencies.is_none() {
        return Ok(());
    }
    bind(node);
    let values = coalesce_values(node, user, false, &mut Vec::new())?;
    let mut declared = node.metadata.dependencies.take().unwrap_or_default();
    by_tags(&mut declared, &values, warnings);
    by_conditions(&mut declared, &values, path, warnings);
    let disabled: Vec<String> =
        declared.iter().filter(|declaration| !declaration.enabled).map(|d| d.name.clone()).collect();
    node.dependencies.retain(|chart| !disabled.contains(&chart.metadata.name));
    declared.retain(|declaration| !disabled.contains(&declaration.name));
    for chart in &mut node.dependencies {
        let path = format!("{path}{}.", chart.metadata.name);
        enable(chart, &values, &path, warnings)?;
    }
    node.metadata.dependencies = (!declared.is_empty()).then_some(declared);
    Ok(())
}

fn by_tags(declared: &mut [Dependency], values: &Map, warnings: &mut Vec<String>) {
    let Ok(tags) = table(values, "tags") else {
        return;
    };
    for declaration in declared {
        let (mut any_true, mut any_false) = (false, false);
        for tag in &declaration.tags {
            match tags.get(tag.as_bytes()) {
                Some(Value::Bool(true)) => any_true = true,
                Some(Value::Bool(false)) => any_false = true,
                Some(_) => {
                    warnings.push(format!("returned non-bool value for tag {tag} of {}", declaration.name));
                }
                None => {}
            }
        }
        declaration.enabled = any_true || !any_false;
    }
}

fn by_conditions(declared: &mut [Dependency], values: &Map, path: &str, warnings: &mut Vec<String>) {
    for declaration in declared {
        for condition in declaration.condition.trim().split(',').filter(|condition| !condition.is_empty()) {
            match path_value(values, &format!("{path}{condition}")) {
                Ok(Value::Bool(enabled)) => {
                    declaration.enabled = enabled;
                    break;
                }
                Ok(_) => {
                    warnings.push(format!("returned non-bool value for {condition} of {}", declaration.name));
                }
                Err(_) => {}
            }
        }
    }
}

/// Takes over what charts export to their parents, deepest first. A parent's own values win.
fn import(node: &mut Node, warnings: &mut Vec<String>) -> Result<(), String> {
    for chart in &mut node.dependencies {
        import(chart, warnings)?;
    }
    let Some(mut declared) = node.metadata.dependencies.take() else {
        return Ok(());
    };
    let values = coalesce_values(node, &Map::new(MapType::Any), true, &mut Vec::new())?;
    let imported = Map::new(MapType::Any);
    for declaration in &mut declared {
        for wanted in &mut declaration.import_values {
            let (child, parent) = match &*wanted {
                serde_json::Value::Object(paths) => {
                    let path = |key: &str| match paths.get(key) {
                        Some(serde_json::Value::String(path)) => path.clone(),
                        Some(serde_json::Value::Null) | None => "<nil>".to_owned(),
                        Some(other) => other.to_string(),
                    };
                    (path("child"), path("parent"))
                }
                serde_json::Value::String(name) => (format!("exports.{name}"), ".".to_owned()),
                _ => continue,
            };
            match table(&values, &format!("{}.{child}", declaration.name)) {
                Ok(found) => tables(&imported, &under(&parent, found), "", true, warnings),
                Err(error) => {
                    warnings
                        .push(format!("ImportValues missing table from chart {}: {error}", declaration.name));
                }
            }
            *wanted = serde_json::json!({"child": child, "parent": parent});
        }
    }
    node.metadata.dependencies = Some(declared);
    let merged = copy(&values)?;
    tables(&merged, &imported, "", true, warnings);
    node.values = merged;
    Ok(())
}

/// The table, wrapped into tables along a path of keys.
fn under(path: &str, inner: Map) -> Map {
    if path == "." {
        return inner.with_type(MapType::Any);
    }
    path.rsplit('.').fold(inner.with_type(MapType::Any), |inner, key| {
        Map::from_entries(MapType::Any, [(key.into(), Value::Map(inner))])
    })
}
