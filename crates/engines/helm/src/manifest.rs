//! From rendered files to manifests and hooks: splitting, heads, order, and what `helm template` prints
//! (contract/helm-engine.md 8).

use std::{collections::BTreeMap, sync::LazyLock};

use ferroflux_go::float;
use ferroflux_yaml::{ReadOptions, read_value};
use regex::Regex;
use serde_json::Value;

use crate::functions::base_path;

/// One document of a rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The template's full path.
    pub path: String,
    /// The document, without white space before it.
    pub content: String,
    /// Its kind; empty for a document of comments.
    pub kind: String,
}

/// What makes Helm run a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookEvent {
    /// Before anything of an install
    PreInstall,
    /// After an install
    PostInstall,
    /// Before a release is deleted
    PreDelete,
    /// After a release is deleted
    PostDelete,
    /// Before an upgrade
    PreUpgrade,
    /// After an upgrade
    PostUpgrade,
    /// Before a rollback
    PreRollback,
    /// After a rollback
    PostRollback,
    /// When tests are asked for
    Test,
}

impl HookEvent {
    /// The event as it stands in annotations and releases.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreInstall => "pre-install",
            Self::PostInstall => "post-install",
            Self::PreDelete => "pre-delete",
            Self::PostDelete => "post-delete",
            Self::PreUpgrade => "pre-upgrade",
            Self::PostUpgrade => "post-upgrade",
            Self::PreRollback => "pre-rollback",
            Self::PostRollback => "post-rollback",
            Self::Test => "test",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "pre-install" => Self::PreInstall,
            "post-install" => Self::PostInstall,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            "pre-upgrade" => Self::PreUpgrade,
            "post-upgrade" => Self::PostUpgrade,
            "pre-rollback" => Self::PreRollback,
            "post-rollback" => Self::PostRollback,
            "test" | "test-success" => Self::Test,
            _ => return None,
        })
    }
}

/// A document that is applied at its events only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The object's name.
    pub name: String,
    /// The object's kind.
    pub kind: String,
    /// The template's full path.
    pub path: String,
    /// The document.
    pub manifest: String,
    /// When it runs.
    pub events: Vec<HookEvent>,
    /// Lower ones run first.
    pub weight: i64,
    /// When it is deleted, as written.
    pub delete_policies: Vec<String>,
    /// When its logs are shown, as written.
    pub output_log_policies: Vec<String>,
}

/// What a chart's rendered files hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents {
    /// The hooks in the order of an install.
    pub hooks: Vec<Hook>,
    /// Everything else in the order of an install.
    pub manifests: Vec<Manifest>,
    /// The text of the root chart's `NOTES.txt`.
    pub notes: String,
    /// Hooks that were left out, because their event is not known.
    pub warnings: Vec<String>,
}

/// A rendered file is no valid YAML, or its head has the wrong types.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("YAML parse error on {path}: {problem}")]
pub struct ManifestError {
    /// The template's full path.
    pub path: String,
    /// What is wrong, in the words of Go's packages.
    pub problem: String,
}

const INSTALL_ORDER: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

const UNINSTALL_ORDER: [&str; 38] = [
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    "CronJob",
    "Job",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "DaemonSet",
    "RoleBindingList",
    "RoleBinding",
    "RoleList",
    "Role",
    "ClusterRoleBindingList",
    "ClusterRoleBinding",
    "ClusterRoleList",
    "ClusterRole",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "ConfigMap",
    "SecretList",
    "Secret",
    "ServiceAccount",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Namespace",
    "PriorityClass",
];

/// Where a kind stands in an order; unknown kinds come last, by name.
fn rank<'k>(order: &[&str], kind: &'k str) -> (usize, &'k str) {
    match order.iter().position(|known| *known == kind) {
        Some(position) => (position, ""),
        None => (order.len(), kind),
    }
}

/// Sorts documents by kind as an uninstall takes them down; equal kinds stay in their order.
pub fn sort_for_uninstall(manifests: &mut [Manifest]) {
    manifests.sort_by(|a, b| rank(&UNINSTALL_ORDER, &a.kind).cmp(&rank(&UNINSTALL_ORDER, &b.kind)));
}

/// Takes rendered files apart. `chart` is the root chart's name, whose notes are kept.
pub fn classify(files: &BTreeMap<String, Vec<u8>>, chart: &str) -> Result<Documents, ManifestError> {
    let mut documents = Documents::default();
    for (path, content) in files {
        let content = String::from_utf8_lossy(content);
        if path.ends_with("NOTES.txt") {
            if *path == format!("{chart}/templates/NOTES.txt") {
                documents.notes = content.into_owned();
            }
            continue;
        }
        if base_path(path).starts_with('_') {
            continue;
        }
        for document in split(&content) {
            sort_document(path, document, &mut documents)
                .map_err(|problem| ManifestError { path: path.clone(), problem })?;
        }
    }
    documents.hooks.sort_by(|a, b| rank(&INSTALL_ORDER, &a.kind).cmp(&rank(&INSTALL_ORDER, &b.kind)));
    documents.manifests.sort_by(|a, b| rank(&INSTALL_ORDER, &a.kind).cmp(&rank(&INSTALL_ORDER, &b.kind)));
    Ok(documents)
}

/// The documents of a file: separated by `---` at the beginning of a line, with all white space around it. What a
/// separator takes with it cannot begin the next one, so that of two `---` lines in a row the second is a document.
pub fn split(text: &str) -> Vec<&str> {
    let text = text.trim_start();
    SEPARATOR.split(text).map(str::trim_start).filter(|document| !document.is_empty()).collect()
}

static SEPARATOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\A|[\t\n\x0C\r ]*\n)---[\t\n\x0C\r ]*").expect("the pattern is well-formed")
});

/// The head of a document: what Helm decodes of it.
#[derive(Default)]
struct Head {
    kind: String,
    name: String,
    annotations: BTreeMap<String, String>,
}

fn text(value: &Value, place: &str) -> Result<String, String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Number(number) if number.is_f64() => Ok(float::format_g(number.as_f64().unwrap_or(0.0))),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(mismatch(other, &format!("Go struct field {place} of type string"))),
    }
}

fn mismatch(value: &Value, target: &str) -> String {
    let kind = match value {
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    };
    format!("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {kind} into {target}")
}

fn read_head(document: &str) -> Result<Head, String> {
    let value = read_value(document.as_bytes(), &ReadOptions::sigs())
        .map_err(|error| format!("error converting YAML to JSON: {error}"))?;
    let mut head = Head::default();
    let fields = match &value {
        Value::Null => return Ok(head),
        Value::Object(fields) => fields,
        other => return Err(mismatch(other, "Go value of type util.SimpleHead")),
    };
    for (key, value) in fields {
        match key.to_lowercase().as_str() {
            "apiversion" => {
                text(value, "SimpleHead.apiVersion")?;
            }
            "kind" => head.kind = text(value, "SimpleHead.kind")?,
            "metadata" => read_metadata(value, &mut head)?,
            _ => {}
        }
    }
    Ok(head)
}

fn read_metadata(value: &Value, head: &mut Head) -> Result<(), String> {
    let fields = match value {
        Value::Null => return Ok(()),
        Value::Object(fields) => fields,
        other => {
            let target = "Go struct field SimpleHead.metadata of type struct { Name string \"json:\\\"name\\\"\"; \
                          Annotations map[string]string \"json:\\\"annotations\\\"\" }";
            return Err(mismatch(other, target));
        }
    };
    for (key, value) in fields {
        match key.to_lowercase().as_str() {
            "name" => head.name = text(value, "SimpleHead.metadata.name")?,
            "annotations" => match value {
                Value::Null => {}
                Value::Object(annotations) => {
                    for (key, value) in annotations {
                        head.annotations.insert(key.clone(), text(value, ".metadata.annotations")?);
                    }
                }
                other => {
                    let target = "Go struct field .metadata.annotations of type map[string]string";
                    return Err(mismatch(other, target));
                }
            },
            _ => {}
        }
    }
    Ok(())
}

fn sort_document(path: &str, document: &str, documents: &mut Documents) -> Result<(), String> {
    let head = read_head(document)?;
    let Some(events) = head.annotations.get("helm.sh/hook") else {
        documents.manifests.push(Manifest {
            path: path.to_owned(),
            content: document.to_owned(),
            kind: head.kind,
        });
        return Ok(());
    };
    let words = |annotation: &str| -> Vec<String> {
        let value = head.annotations.get(annotation);
        value.map(|v| v.split(',').map(|word| word.trim().to_lowercase()).collect()).unwrap_or_default()
    };
    let parsed: Option<Vec<HookEvent>> =
        events.split(',').map(|event| HookEvent::parse(&event.trim().to_lowercase())).collect();
    let Some(parsed) = parsed else {
        documents.warnings.push(format!("skipping unknown hooks {events} in {path}"));
        return Ok(());
    };
    let weight =
        head.annotations.get("helm.sh/hook-weight").and_then(|weight| weight.parse().ok()).unwrap_or(0);
    documents.hooks.push(Hook {
        delete_policies: words("helm.sh/hook-delete-policy"),
        output_log_policies: words("helm.sh/hook-output-log-policy"),
        name: head.name,
        kind: head.kind,
        path: path.to_owned(),
        manifest: document.to_owned(),
        events: parsed,
        weight,
    });
    Ok(())
}

/// The manifest as a release stores it: every document with its source. `crds` come first, if they are included.
pub fn assemble(manifests: &[Manifest], crds: &[(String, std::sync::Arc<[u8]>)]) -> String {
    let mut out = String::new();
    for (path, content) in crds {
        push_document(&mut out, path, &String::from_utf8_lossy(content));
    }
    for manifest in manifests {
        push_document(&mut out, &manifest.path, &manifest.content);
    }
    out
}

fn push_document(out: &mut String, path: &str, content: &str) {
    out.push_str("---\n# Source: ");
    out.push_str(path);
    out.push('\n');
    out.push_str(content);
    out.push('\n');
}
