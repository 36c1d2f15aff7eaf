//! Values against `values.schema.json`, of a chart and of its dependencies.

use ferroflux_template::{Map, Value};

use crate::values::Node;

/// Checks the values of every chart that has a schema; the error lists the charts and what is wrong.
pub(crate) fn validate(node: &Node, values: &Map) -> Result<(), String> {
    let mut problems = String::new();
    collect(node, values, &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn collect(node: &Node, values: &Map, problems: &mut String) {
    if node.chart.schema.is_some() {
        problems.push_str(&format!("{}:\nvalidation against a schema is not supported yet\n", node.name()));
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
