//! Brings a built object into the form that is applied (contract/kustomize.md 9.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::object::Object;

/// Applies the normalisation rules in place.
///
/// Quantities and int-or-strings are left as written: the API server canonicalises them in what it stores and in
/// what a dry-run answers, so both sides of every comparison agree.
pub fn normalise(object: &mut Object) {
    let group = object.group().to_owned();
    let kind = object.kind().to_owned();
    if group == "rbac.authorization.k8s.io" && matches!(kind.as_str(), "Role" | "ClusterRole") {
        return;
    }
    let definition = kind == "CustomResourceDefinition" && group == "apiextensions.k8s.io";
    let fields = object.fields_mut();
    if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("creationTimestamp");
    }
    if definition {
        drop_broken_ca_bundle(fields);
    } else {
        fields.shift_remove("status");
    }
    match (group.as_str(), kind.as_str()) {
        ("", "Secret") => merge_string_data(fields),
        ("", "Service") => default_protocols(fields.get_mut("spec").and_then(|spec| spec.get_mut("ports"))),
        ("", "Pod") => pod_spec(fields.get_mut("spec")),
        ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("batch", "Job")
        | ("", "ReplicationController") => pod_spec(descend(fields.get_mut("spec"), &["template", "spec"])),
        ("batch", "CronJob") => {
            pod_spec(descend(fields.get_mut("spec"), &["jobTemplate", "spec", "template", "spec"]));
        }
        _ => {}
    }
}

fn descend<'a>(value: Option<&'a mut Value>, path: &[&str]) -> Option<&'a mut Value> {
    path.iter().try_fold(value?, |value, key| value.get_mut(key))
}

fn pod_spec(spec: Option<&mut Value>) {
    let Some(spec) = spec.and_then(Value::as_object_mut) else { return };
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let Some(containers) = spec.get_mut(list).and_then(Value::as_array_mut) else { continue };
        for container in containers {
            default_protocols(container.get_mut("ports"));
        }
    }
}

/// The list-map key of ports is (port, protocol): without a protocol two managers could not agree on an entry.
fn default_protocols(ports: Option<&mut Value>) {
    let Some(ports) = ports.and_then(Value::as_array_mut) else { return };
    for port in ports.iter_mut().filter_map(Value::as_object_mut) {
        let missing = match port.get("protocol") {
            None | Some(Value::Null) => true,
            Some(Value::String(protocol)) => protocol.is_empty(),
            Some(_) => false,
        };
        if missing {
            port.insert("protocol".to_owned(), Value::String("TCP".to_owned()));
        }
    }
}

/// The API server never returns `stringData`, so it would look like a change on every run.
fn merge_string_data(fields: &mut Map<String, Value>) {
    let strings_only = fields
        .get("stringData")
        .and_then(Value::as_object)
        .is_some_and(|map| map.values().all(|value| value.is_string() || value.is_null()));
    if !strings_only {
        if fields.get("stringData").is_some_and(Value::is_null) {
            fields.shift_remove("stringData");
        }
        return;
    }
    let Some(Value::Object(string_data)) = fields.shift_remove("stringData") else { return };
    let data = fields.entry("data").or_insert_with(|| Value::Object(Map::new()));
    if data.is_null() {
        *data = Value::Object(Map::new());
    }
    let Some(data) = data.as_object_mut() else { return };
    for (key, value) in string_data {
        let text = value.as_str().unwrap_or_default();
        data.insert(key, Value::String(STANDARD.encode(text)));
    }
}

/// A conversion webhook's CA bundle that is no base64 PEM is a placeholder for an injector.
fn drop_broken_ca_bundle(fields: &mut Map<String, Value>) {
    let config = descend(fields.get_mut("spec"), &["conversion", "webhook", "clientConfig"]);
    let Some(config) = config.and_then(Value::as_object_mut) else { return };
    let valid = match config.get("caBundle") {
        None => return,
        Some(bundle) => bundle
            .as_str()
            .and_then(|text| STANDARD.decode(text).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .is_some_and(|pem| pem.contains("-----BEGIN ")),
    };
    if !valid {
        config.shift_remove("caBundle");
    }
}
