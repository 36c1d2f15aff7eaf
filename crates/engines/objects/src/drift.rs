//! Whether a live object differs from what applying would make of it (contract/kustomize.md 9.5 step 3).

use serde_json::{Map, Value};

static NULL: Value = Value::Null;

/// Compares a live object with the answer of a dry-run apply: labels, annotations and every top-level field
/// except `metadata` and `status`.
pub fn differs(live: &Value, dry_run: &Value) -> bool {
    let (Some(live), Some(dry_run)) = (live.as_object(), dry_run.as_object()) else { return true };
    metadata_differs(live, dry_run) || fields_differ(live, dry_run)
}

fn metadata_differs(live: &Map<String, Value>, dry_run: &Map<String, Value>) -> bool {
    ["labels", "annotations"].iter().any(|field| {
        let of = |object: &Map<String, Value>| {
            object.get("metadata").and_then(|metadata| metadata.get(field)).cloned().unwrap_or(Value::Null)
        };
        !semantically_equal(&of(live), &of(dry_run))
    })
}

fn fields_differ(live: &Map<String, Value>, dry_run: &Map<String, Value>) -> bool {
    let autoscaler = live.get("kind").and_then(Value::as_str) == Some("HorizontalPodAutoscaler");
    let keys = live.keys().chain(dry_run.keys().filter(|key| !live.contains_key(key.as_str())));
    keys.filter(|key| !matches!(key.as_str(), "metadata" | "status")).any(|key| {
        let (left, right) = (live.get(key).unwrap_or(&NULL), dry_run.get(key).unwrap_or(&NULL));
        if autoscaler && key == "spec" {
            return !semantically_equal(&without_repeated_metrics(left), &without_repeated_metrics(right));
        }
        !semantically_equal(left, right)
    })
}

/// The API server may answer with a metric of an autoscaler twice; that is no drift.
fn without_repeated_metrics(spec: &Value) -> Value {
    let mut spec = spec.clone();
    if let Some(metrics) = spec.get_mut("metrics").and_then(Value::as_array_mut) {
        let mut kept: Vec<Value> = Vec::new();
        for metric in metrics.drain(..) {
            if !kept.contains(&metric) {
                kept.push(metric);
            }
        }
        *metrics = kept;
    }
    spec
}

/// Equality that does not tell absent, null, an empty map and an empty list apart.
///
/// Both sides come from the same API server, so quantities of built-in kinds have one spelling already.
pub fn semantically_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            left.iter().all(|(key, value)| semantically_equal(value, right.get(key).unwrap_or(&NULL)))
                && right.iter().all(|(key, value)| left.contains_key(key) || is_empty(value))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| semantically_equal(left, right))
        }
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        _ => left == right || (is_empty(left) && is_empty(right)),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}
