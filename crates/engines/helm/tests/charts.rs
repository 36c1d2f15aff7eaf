//! Every chart of `tests/charts/*.txt` through Helm's install in client mode and through ours: the same manifest, hooks,
//! notes and errors, to the byte.
//!
//! A file holds the chart's files, each behind a line `-- PATH --`. `-- request.json --` holds what is asked for:
//! values (YAML), set, namespace, isUpgrade, kubeVersion and so on.

mod oracle;

use std::{path::Path, sync::Arc};

use ferroflux_helm::{
    chart::{ArchiveLimits, load_files},
    manifest::{assemble, classify},
    render::{Capabilities, CompiledChart, KubeVersion, Options, ReleaseOptions, render},
    values::{
        read_values,
        set::{Typing, set},
    },
};
use serde_json::{Value, json};

struct Case {
    name: String,
    files: Vec<(String, Vec<u8>)>,
    request: Value,
}

fn cases() -> Vec<Case> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts");
    let mut paths: Vec<_> =
        std::fs::read_dir(directory).expect("charts").map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    paths.iter().map(|path| read_case(path)).collect()
}

fn read_case(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).expect("charts are text");
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        match (name, files.last_mut()) {
            (Some(name), _) => files.push((name.to_owned(), Vec::new())),
            (None, Some((_, data))) => data.extend_from_slice(line.as_bytes()),
            (None, None) => {}
        }
    }
    let mut request = json!({});
    files.retain(|(name, data)| {
        if name == "request.json" {
            request = serde_json::from_slice(data).expect("the request is JSON");
        }
        name != "request.json"
    });
    files.sort();
    request["op"] = json!("template");
    request["files"] = oracle::encode_files(&files);
    for (key, default) in [("name", "rel"), ("namespace", "default"), ("values", "")] {
        if request.get(key).is_none() {
            request[key] = json!(default);
        }
    }
    Case { name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), files, request }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What Helm's answer holds, too: manifest, notes, hooks, and the release's chart values.
fn ours(case: &Case) -> Result<Value, String> {
    let request = &case.request;
    let string = |key: &str| request[key].as_str().unwrap_or_default().to_owned();
    let mut values = read_values(string("values").as_bytes())?;
    for text in texts(&request["set"]) {
        set(&text, Typing::Typed, &mut values).map_err(|error| error.to_string())?;
    }
    let chart =
        load_files(case.files.clone(), &ArchiveLimits::default()).map_err(|error| error.to_string())?;
    let compiled = CompiledChart::new(Arc::new(chart)).map_err(|error| error.to_string())?;
    let release = ReleaseOptions {
        name: string("name"),
        namespace: string("namespace"),
        revision: 1,
        is_upgrade: request["isUpgrade"].as_bool().unwrap_or(false),
    };
    let mut capabilities = Capabilities::default();
    if let Some(version) = request["kubeVersion"].as_str() {
        capabilities.kube_version = KubeVersion::parse(version).expect("a version");
    }
    capabilities.api_versions.extend(texts(&request["apiVersions"]));
    let options = Options {
        skip_schema_validation: request["skipSchema"].as_bool().unwrap_or(false),
        ..Options::default()
    };
    let context = oracle::context();
    let rendered = render(&compiled, &values, &release, &capabilities, &context, &options, &|| false)
        .map_err(|error| error.to_string())?;
    let documents =
        classify(&rendered.files, &compiled.chart().metadata.name).map_err(|error| error.to_string())?;
    let crds = if request["includeCRDs"].as_bool().unwrap_or(false) { rendered.crds.as_slice() } else { &[] };
    let hooks: Vec<Value> = documents
        .hooks
        .iter()
        .map(|hook| {
            json!({
                "name": hook.name, "kind": hook.kind, "path": hook.path, "manifest": hook.manifest,
                "events": hook.events.iter().map(|event| event.name()).collect::<Vec<_>>(),
                "weight": hook.weight, "deletePolicies": hook.delete_policies,
                "logPolicies": hook.output_log_policies,
            })
        })
        .collect();
    let chart_values: Value = serde_json::from_str(&rendered.chart_values).expect("JSON");
    Ok(json!({
        "manifest": assemble(&documents.manifests, crds), "notes": documents.notes, "hooks": hooks,
        "chartValues": chart_values,
    }))
}

fn theirs(answer: &Value) -> Result<Value, String> {
    match answer["error"].as_str() {
        Some("") | None => {}
        Some(error) => return Err(error.to_owned()),
    }
    let text = |key: &str| String::from_utf8_lossy(&oracle::bytes(&answer[key])).into_owned();
    let hooks = if answer["hooks"].is_null() { json!([]) } else { answer["hooks"].clone() };
    let chart_values = match &answer["release"]["chart"]["values"] {
        Value::Null => json!({}),
        values => values.clone(),
    };
    Ok(
        json!({"manifest": text("manifest"), "notes": text("notes"), "hooks": hooks, "chartValues": chart_values}),
    )
}

/// Lists of violations come in no order from Helm.
fn normal(result: Result<Value, String>) -> Result<Value, String> {
    result.map_err(|error| {
        if !error.starts_with("values don't meet") {
            return error;
        }
        let mut lines: Vec<&str> = error.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    })
}

/// helm-engine.md 1, 2, 3, 8
#[test]
fn charts_become_what_helm_makes_of_them() {
    let cases = cases();
    assert!(cases.len() >= 40, "only {} charts", cases.len());
    let requests: Vec<Value> = cases.iter().map(|case| case.request.clone()).collect();
    let answers = oracle::ask(&requests);
    assert_eq!(answers.len(), cases.len(), "one answer for each");
    let mut different = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        let (theirs, ours) = (normal(theirs(answer)), normal(ours(case)));
        let equal = match (&theirs, &ours) {
            (Ok(theirs), Ok(ours)) => same(theirs, ours),
            (theirs, ours) => theirs == ours,
        };
        if !equal {
            different.push(format!("{}\n  helm: {theirs:#?}\n  ours: {ours:#?}", case.name));
        }
    }
    assert!(different.is_empty(), "{} of {} differ:\n{}", different.len(), cases.len(), different.join("\n"));
}

/// Equal, with numbers compared by value.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        (left, right) => left == right,
    }
}
