//! `cargo xtask check-crds`: compares the generated definitions with a description of those that Flux installs.
//!
//! The description lists, for each version of each definition, every field by path with what its schema says.
//! Texts (descriptions, messages of rules) are our own and are not compared.

mod flatten;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::PathBuf,
};

use anyhow::{Context, bail};
use serde_json::{Map, Value};

/// Arguments of `cargo xtask check-crds`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// JSON file that describes the definitions to agree with
    file: PathBuf,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let file = arguments.file.display();
    let text = fs::read_to_string(&arguments.file).with_context(|| format!("cannot read {file}"))?;
    let expected: Value = serde_json::from_str(&text).with_context(|| format!("{file} is not JSON"))?;
    let expected = expected.as_array().with_context(|| format!("{file} is not a list"))?;
    let generated: Vec<Value> =
        ferroflux_api::crd::all().iter().map(flatten::definition).collect::<anyhow::Result<_>>()?;
    let differences = compare(expected, &generated);
    let mut output = std::io::stdout().lock();
    for difference in &differences {
        writeln!(output, "{difference}")?;
    }
    if !differences.is_empty() {
        bail!("{} differences to {file}", differences.len());
    }
    writeln!(output, "{} definitions agree with {file}", generated.len())?;
    Ok(())
}

/// Every difference between two lists of described definitions, each in one line.
fn compare(expected: &[Value], generated: &[Value]) -> Vec<String> {
    let expected: BTreeMap<String, &Value> = expected.iter().map(|one| (name(one), one)).collect();
    let generated: BTreeMap<String, &Value> = generated.iter().map(|one| (name(one), one)).collect();
    let names: BTreeSet<&String> = expected.keys().chain(generated.keys()).collect();
    let mut differences = Vec::new();
    for name in names {
        match (expected.get(name), generated.get(name)) {
            (Some(expected), Some(generated)) => {
                compare_values(name, "", expected, generated, &mut differences);
            }
            (Some(_), None) => differences.push(format!("{name}: is missing")),
            (None, _) => differences.push(format!("{name}: is not expected")),
        }
    }
    differences
}

fn name(definition: &Value) -> String {
    let text = |key| definition.get(key).and_then(Value::as_str).unwrap_or("?");
    format!("{}.{}", text("plural"), text("group"))
}

/// Compares two values; lists are compared as wholes, except that those of objects with names are compared by name.
fn compare_values(
    name: &str,
    path: &str,
    expected: &Value,
    generated: &Value,
    differences: &mut Vec<String>,
) {
    match (expected, generated) {
        (Value::Object(expected), Value::Object(generated)) => {
            compare_objects(name, path, expected, generated, differences);
        }
        (Value::Array(expected), Value::Array(generated)) if by_name(expected) && by_name(generated) => {
            let order = |list: &[Value]| list.iter().map(|one| one["name"].clone()).collect::<Vec<_>>();
            if order(expected) != order(generated) {
                let (expected, generated) = (Value::from(order(expected)), Value::from(order(generated)));
                differences.push(format!("{name}: {path}: expected the order {expected}, found {generated}"));
                return;
            }
            for (expected, generated) in expected.iter().zip(generated) {
                let path = format!("{path}[{}]", expected["name"].as_str().unwrap_or_default());
                compare_values(name, &path, expected, generated, differences);
            }
        }
        _ if expected == generated => {}
        _ => differences.push(format!("{name}: {path}: expected {expected}, found {generated}")),
    }
}

fn compare_objects(
    name: &str,
    path: &str,
    expected: &Map<String, Value>,
    generated: &Map<String, Value>,
    differences: &mut Vec<String>,
) {
    let keys: BTreeSet<&String> = expected.keys().chain(generated.keys()).collect();
    for key in keys {
        let path = if path.is_empty() { key.clone() } else { format!("{path} {key}") };
        match (expected.get(key), generated.get(key)) {
            (Some(expected), Some(generated)) => {
                compare_values(name, &path, expected, generated, differences);
            }
            (Some(expected), None) => {
                differences.push(format!("{name}: {path}: is missing, expected {expected}"));
            }
            (None, found) => {
                let found = found.unwrap_or(&Value::Null);
                differences.push(format!("{name}: {path}: is not expected, found {found}"));
            }
        }
    }
}

fn by_name(list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(|one| one.get("name").is_some_and(Value::is_string))
}
