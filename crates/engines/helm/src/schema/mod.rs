//! Values against `values.schema.json`, of a chart and of its dependencies (contract/helm-engine.md 2.4).
//!
//! References reach the schema itself and the drafts' own meta-schemas. Files and the network are never read; a `urn:`
//! stands for a schema that allows everything, as in Helm.

mod report;

use std::sync::{Arc, Mutex, PoisonError};

use ferroflux_template::{Map, Value};
use jsonschema::{Draft, PatternOptions, Retrieve, Uri};

use crate::{json, values::Node};

/// Programs compiled from a schema's patterns may have this many bytes.
const PATTERN_BYTES: usize = 10 << 20;

/// Checks the values of every chart that has a schema; the error lists the charts and what is wrong.
pub(crate) fn validate(node: &Node, values: &Map) -> Result<(), String> {
    let mut problems = String::new();
    collect(node, values, &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn collect(node: &Node, values: &Map, problems: &mut String) {
    if let Some(schema) = &node.chart.schema
        && let Err(problem) = check(schema, values)
    {
        problems.push_str(&format!("{}:\n{problem}", node.name()));
    }
    for child in &node.dependencies {
        match values.get(child.name().as_bytes()) {
            None | Some(Value::Nil) => {}
            Some(Value::Map(inner)) => collect(child, &inner, problems),
            Some(other) => problems.push_str(&format!(
                "{}:\ninvalid type for values: expected object (map), got {}\n",
                child.name(),
                other.type_name()
            )),
        }
    }
}

/// Answers references to other documents: `urn:` with a schema that allows everything, all else with a refusal.
#[derive(Default)]
struct Refusing {
    refused: Arc<Mutex<Option<String>>>,
}

impl Retrieve for Refusing {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<serde_json::Value, Box<dyn std::error::Error + Send + Sync>> {
        if uri.as_str().starts_with("urn:") {
            return Ok(serde_json::Value::Bool(true));
        }
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(uri.as_str().to_owned());
        Err("references to other documents are not followed".into())
    }
}

fn check(schema: &[u8], values: &Map) -> Result<(), String> {
    // Go's decoder words the errors; the schema itself goes into the validator as it stands.
    let schema: serde_json::Value = match serde_json::from_slice(schema) {
        Ok(schema) => schema,
        Err(error) => {
            let problem = json::read(schema).err().unwrap_or_else(|| error.to_string());
            return Err(problem.replace("unexpected end of JSON input", "unexpected EOF"));
        }
    };
    let mut instance = json::to_json_value(&Value::Map(values.clone()))?;
    whole_numbers(&mut instance);
    let draft = Draft::Draft202012.detect(&schema);
    let retriever = Refusing::default();
    let refused = retriever.refused.clone();
    let validator = jsonschema::options()
        .with_draft(draft)
        .with_base_uri("file:///values.schema.json")
        .should_validate_formats(matches!(draft, Draft::Draft4 | Draft::Draft6 | Draft::Draft7))
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES))
        .with_retriever(retriever)
        .build(&schema);
    let validator = match validator {
        Ok(validator) => validator,
        Err(error) => {
            let refused = refused.lock().unwrap_or_else(PoisonError::into_inner).take();
            return Err(match refused {
                Some(url) => {
                    format!("failing loading \"{url}\": references to other documents are not followed\n")
                }
                None => report::broken_schema(draft, error),
            });
        }
    };
    let report = report::report(validator.iter_errors(&instance));
    if report.is_empty() { Ok(()) } else { Err(report) }
}

/// Numbers are compared by value: 1.0 is an integer.
fn whole_numbers(value: &mut serde_json::Value) {
    /// Floats up to here hold every integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        serde_json::Value::Number(number) => {
            if let Some(float) = number.as_f64().filter(|_| number.is_f64())
                && float.fract() == 0.0
                && float.abs() <= EXACT
            {
                *number = (float as i64).into();
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        serde_json::Value::Object(map) => map.values_mut().for_each(whole_numbers),
        _ => {}
    }
}
