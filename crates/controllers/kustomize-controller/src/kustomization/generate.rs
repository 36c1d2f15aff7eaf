//! The kustomization file of a build: the user's own or a generated one, with the spec laid over it (pure;
//! contract/kustomize.md 6.3).

use ferroflux_api::kustomize::v1::KustomizationSpec;
use ferroflux_yaml::{ReadOptions, read_value, read_values, write_value};
use serde_json::{Map, Value, json};

use super::inputs::{ROOT, RecordedTree};

/// Recognised names, in order.
pub(crate) const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Every field of a kustomization file; others are dropped from the file that a Kustomization points at.
const FIELDS: [&str; 33] = [
    "apiVersion",
    "kind",
    "metadata",
    "openapi",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "patchesStrategicMerge",
    "patchesJson6902",
    "patches",
    "images",
    "imageTags",
    "replacements",
    "replicas",
    "vars",
    "sortOptions",
    "resources",
    "components",
    "crds",
    "bases",
    "configMapGenerator",
    "secretGenerator",
    "helmGlobals",
    "helmCharts",
    "helmChartInflationGenerator",
    "generatorOptions",
    "configurations",
    "generators",
    "transformers",
    "validators",
];

/// Beginnings of component paths that are not local.
const REMOTE_PREFIXES: [&str; 8] =
    ["git::", "gh:", "ssh://", "https://", "http://", "git@", "github.com:", "github.com/"];

/// Why there is no kustomization file to build.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GenerateError {
    #[error("{0}")]
    Unreadable(ferroflux_yaml::Error),
    #[error("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal into a kustomization: {0}")]
    WrongType(String),
    #[error("failed to decode Kubernetes YAML from {path}: {problem}")]
    NotKubernetes { path: String, problem: String },
    #[error("component path '{0}' must be local and relative")]
    RemoteComponent(String),
}

fn below(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// Writes the kustomization file of `directory` (relative to the artifact's root) into the tree.
pub(crate) fn write_kustomization(
    tree: &mut RecordedTree,
    directory: &str,
    spec: &KustomizationSpec,
) -> Result<(), GenerateError> {
    let found = FILE_NAMES.iter().find_map(|name| {
        let path = below(directory, name);
        tree.file(&path).map(<[u8]>::to_vec).map(|content| (path, content))
    });
    let (path, mut file) = match found {
        Some((path, content)) => (path, read_existing(&content)?),
        None => (below(directory, FILE_NAMES[0]), generate(tree, directory)?),
    };
    overlay(&mut file, spec, |component| tree.is_directory(&normal(directory, component)))?;
    let text = write_value(&Value::Object(file)).map_err(GenerateError::Unreadable)?;
    tree.change(path, text.into_bytes());
    Ok(())
}

/// A path below a directory with `.` and `..` resolved; what leaves the root ends at the root.
pub(crate) fn normal(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

fn read_existing(content: &[u8]) -> Result<Map<String, Value>, GenerateError> {
    let value = read_value(content, &ReadOptions::sigs()).map_err(GenerateError::Unreadable)?;
    let map = match value {
        Value::Object(map) => map,
        Value::Null => Map::new(),
        other => return Err(GenerateError::WrongType(kind_of(&other).to_owned())),
    };
    let mut file = Map::new();
    for (key, value) in map {
        let name = FIELDS.iter().chain(&["buildMetadata"]).find(|field| field.eq_ignore_ascii_case(&key));
        if let Some(name) = name
            && !value.is_null()
        {
            file.insert((*name).to_owned(), value);
        }
    }
    for (old, new) in [("bases", "resources"), ("imageTags", "images")] {
        if let Some(Value::Array(moved)) = file.shift_remove(old) {
            list(&mut file, new).extend(moved);
        }
    }
    identify(&mut file);
    Ok(file)
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        Value::Null | Value::Object(_) => "object",
    }
}

fn identify(file: &mut Map<String, Value>) {
    let component = file.get("kind").and_then(Value::as_str) == Some("Component");
    let version =
        if component { "kustomize.config.k8s.io/v1alpha1" } else { "kustomize.config.k8s.io/v1beta1" };
    file.entry("apiVersion").or_insert_with(|| json!(version));
    file.entry("kind").or_insert_with(|| json!("Kustomization"));
}

/// The list in a field; what is no list there is left for the build to complain about.
fn list<'a>(file: &'a mut Map<String, Value>, field: &str) -> &'a mut Vec<Value> {
    let slot = file.entry(field).or_insert_with(|| Value::Array(Vec::new()));
    if !slot.is_array() {
        *slot = Value::Array(vec![slot.take()]);
    }
    match slot {
        Value::Array(list) => list,
        _ => unreachable!("the slot was made a list"),
    }
}

fn generate(tree: &RecordedTree, directory: &str) -> Result<Map<String, Value>, GenerateError> {
    let entries = tree.walk(directory);
    let skip = if directory.is_empty() { 0 } else { directory.len() + 1 };
    let mut resources: Vec<Value> = Vec::new();
    let mut entered: Option<String> = None;
    for (path, is_directory) in &entries {
        if entered.as_ref().is_some_and(|base| path.starts_with(base.as_str())) {
            continue;
        }
        let relative = path.get(skip..).unwrap_or_default();
        if *is_directory {
            let base = FILE_NAMES.iter().any(|name| {
                let file = format!("{path}/{name}");
                entries.iter().any(|(entry, directory)| !directory && *entry == file)
            });
            if base {
                resources.push(json!(format!("./{relative}")));
                entered = Some(format!("{path}/"));
            }
            continue;
        }
        if relative.ends_with(".yaml") || relative.ends_with(".yml") {
            check_objects(path, tree.file(path).unwrap_or_default())?;
            resources.push(json!(format!("./{relative}")));
        }
    }
    let mut file = Map::new();
    identify(&mut file);
    if resources.is_empty() {
        // Something must stand in the file, or the engine calls it empty.
        file.insert("namespace".to_owned(), json!("_placeholder"));
    } else {
        file.insert("resources".to_owned(), Value::Array(resources));
    }
    Ok(file)
}

/// A file that is picked up by itself must hold Kubernetes objects and nothing else.
fn check_objects(path: &str, content: &[u8]) -> Result<(), GenerateError> {
    let fail = |problem: String| GenerateError::NotKubernetes { path: format!("{ROOT}/{path}"), problem };
    let documents = read_values(content, &ReadOptions::kyaml())
        .map_err(|error| fail(format!("MalformedYAMLError: {error}")))?;
    for document in documents.iter().filter(|document| !document.is_null()) {
        let field = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default();
        let name = document.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        if document.get("metadata").is_none() && field("kind").is_empty() {
            return Err(fail("missing Resource metadata".to_owned()));
        }
        if field("kind").is_empty() {
            return Err(fail("missing kind in object".to_owned()));
        }
        if name.is_empty() && !field("kind").ends_with("List") {
            return Err(fail(format!(
                "missing metadata.name in object {{{} {}}}",
                field("apiVersion"),
                field("kind")
            )));
        }
    }
    Ok(())
}

/// Lays the spec over the file (contract/kustomize.md 6.3, second half).
fn overlay(
    file: &mut Map<String, Value>,
    spec: &KustomizationSpec,
    exists: impl Fn(&str) -> bool,
) -> Result<(), GenerateError> {
    for (field, value) in [
        ("namespace", &spec.target_namespace),
        ("namePrefix", &spec.name_prefix),
        ("nameSuffix", &spec.name_suffix),
    ] {
        if let Some(value) = value {
            file.insert(field.to_owned(), json!(value));
        }
    }
    if !spec.patches.is_empty() {
        list(file, "patches").extend(spec.patches.iter().map(|patch| json!(patch)));
    }
    let mut components = Vec::new();
    for component in &spec.components {
        if component.starts_with('/') || REMOTE_PREFIXES.iter().any(|prefix| component.starts_with(prefix)) {
            return Err(GenerateError::RemoteComponent(component.clone()));
        }
        if !spec.ignore_missing_components || exists(component) {
            components.push(json!(component));
        }
    }
    if !components.is_empty() {
        list(file, "components").extend(components);
    }
    if !spec.images.is_empty() {
        let images = list(file, "images");
        spec.images.iter().for_each(|image| merge_image(images, image));
    }
    if !spec.build_metadata.is_empty() {
        file.insert("buildMetadata".to_owned(), json!(spec.build_metadata));
    }
    Ok(())
}

fn merge_image(images: &mut Vec<Value>, image: &ferroflux_api::meta::Image) {
    let known = images
        .iter_mut()
        .filter_map(Value::as_object_mut)
        .find(|known| known.get("name").and_then(Value::as_str) == Some(image.name.as_str()));
    let Some(known) = known else {
        images.push(json!(image));
        return;
    };
    if let Some(name) = &image.new_name {
        known.insert("newName".to_owned(), json!(name));
    }
    if image.new_tag.is_some() || image.digest.is_some() {
        for (field, value) in [("newTag", &image.new_tag), ("digest", &image.digest)] {
            match value {
                Some(value) => known.insert(field.to_owned(), json!(value)),
                None => known.shift_remove(field),
            };
        }
    }
}
