//! What the cluster can do, as templates ask for it.

use std::{any::Any, rc::Rc};

use ferroflux_template::{Function, Kind, Object, Type, Value};

use crate::values::is_compatible;

/// The version of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeVersion {
    /// The full version, such as `v1.33.4-gke.100`.
    pub version: String,
    /// The version without what follows the numbers, for constraints; empty with a live cluster.
    pub normalized: String,
    /// The first number as the cluster gives it.
    pub major: String,
    /// The second number as the cluster gives it, such as `33+`.
    pub minor: String,
}

impl KubeVersion {
    /// A version given by hand (`--kube-version`); `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let numbers = text.strip_prefix('v').unwrap_or(text);
        let end = numbers.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(numbers.len());
        let parts: Vec<u64> =
            numbers.get(..end)?.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [major, minor, ..] = parts.as_slice() else {
            return None;
        };
        let shown: Vec<String> = parts.iter().map(u64::to_string).collect();
        Some(Self {
            version: if text.starts_with('v') { text.to_owned() } else { format!("v{text}") },
            normalized: format!("v{}", shown.join(".")),
            major: major.to_string(),
            minor: minor.to_string(),
        })
    }

    fn for_constraints(&self) -> &str {
        if self.normalized.is_empty() { &self.version } else { &self.normalized }
    }

    /// Whether the cluster satisfies a chart's constraint; one that cannot be read is not satisfied.
    pub(crate) fn satisfies(&self, constraint: &str) -> bool {
        is_compatible(constraint, self.for_constraints())
    }
}

/// What built the engine, in Helm's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelmVersion {
    /// `v4.2`
    pub version: String,
    /// A commit, or nothing.
    pub git_commit: String,
    /// Whether the commit's tree was clean.
    pub git_tree_state: String,
    /// The Go version that charts may expect.
    pub go_version: String,
    /// The Kubernetes version of the client library.
    pub kube_client_version: String,
}

impl Default for HelmVersion {
    fn default() -> Self {
        Self {
            version: "v4.2".into(),
            git_commit: String::new(),
            git_tree_state: String::new(),
            go_version: "go1.26.8".into(),
            kube_client_version: "v1.36".into(),
        }
    }
}

/// What a cluster can do. The default is that of a render without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Its version.
    pub kube_version: KubeVersion,
    /// `GROUP/VERSION` and `GROUP/VERSION/KIND`.
    pub api_versions: Vec<String>,
    /// The engine's version.
    pub helm_version: HelmVersion,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            kube_version: KubeVersion {
                version: "v1.36.0".into(),
                normalized: "v1.36.0".into(),
                major: "1".into(),
                minor: "36".into(),
            },
            api_versions: DEFAULT_API_VERSIONS.iter().map(|version| (*version).to_owned()).collect(),
            helm_version: HelmVersion::default(),
        }
    }
}

/// The group versions of the client library of Kubernetes 1.36, in its order.
const DEFAULT_API_VERSIONS: [&str; 55] = [
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha2",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

/// `*common.Capabilities`
pub(super) struct CapabilitiesObject(pub(super) Capabilities);

fn method(value: Value) -> Option<Function> {
    Some(Function::new([], move |_, _| Ok(value.clone())))
}

impl Object for CapabilitiesObject {
    fn type_name(&self) -> String {
        "*common.Capabilities".into()
    }

    fn kind(&self) -> Kind {
        Kind::Pointer
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    fn method(&self, name: &str) -> Option<Function> {
        (name == "Copy").then(|| {
            let copy: Value = Value::Object(Rc::new(CapabilitiesObject(self.0.clone())));
            Function::new([], move |_, _| Ok(copy.clone()))
        })
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("KubeVersion", Value::Object(Rc::new(KubeVersionObject(self.0.kube_version.clone())))),
            ("APIVersions", Value::Object(Rc::new(VersionSet(self.0.api_versions.clone())))),
            ("HelmVersion", Value::Object(Rc::new(HelmVersionObject(self.0.helm_version.clone())))),
        ]
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `common.KubeVersion`; its text belongs to the pointer, so that as an argument it prints as a structure.
struct KubeVersionObject(KubeVersion);

impl Object for KubeVersionObject {
    fn type_name(&self) -> String {
        "common.KubeVersion".into()
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields()
            .into_iter()
            .find(|(field, _)| *field == name && *field != "normalizedVersion")
            .map(|(_, v)| v)
    }

    fn method(&self, name: &str) -> Option<Function> {
        match name {
            "GitVersion" => method(Value::from(self.0.version.as_str())),
            "String" => method(Value::from(self.0.for_constraints())),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Version", Value::from(self.0.version.as_str())),
            ("normalizedVersion", Value::from(self.0.normalized.as_str())),
            ("Major", Value::from(self.0.major.as_str())),
            ("Minor", Value::from(self.0.minor.as_str())),
        ]
    }

    fn printed_by_action(&self) -> Option<String> {
        Some(self.0.for_constraints().to_owned())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `version.BuildInfo`
struct HelmVersionObject(HelmVersion);

impl Object for HelmVersionObject {
    fn type_name(&self) -> String {
        "version.BuildInfo".into()
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Version", Value::from(self.0.version.as_str())),
            ("GitCommit", Value::from(self.0.git_commit.as_str())),
            ("GitTreeState", Value::from(self.0.git_tree_state.as_str())),
            ("GoVersion", Value::from(self.0.go_version.as_str())),
            ("KubeClientVersion", Value::from(self.0.kube_client_version.as_str())),
        ]
    }

    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        let names = ["version", "git_commit", "git_tree_state", "go_version", "kube_client_version"];
        let fields = self.fields().into_iter().zip(names).map(|((_, value), name)| (name, value));
        Some(fields.filter(|(name, value)| *name == "go_version" || value.is_true()).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `common.VersionSet`: a list with a method.
struct VersionSet(Vec<String>);

impl Object for VersionSet {
    fn type_name(&self) -> String {
        "common.VersionSet".into()
    }

    fn kind(&self) -> Kind {
        Kind::Slice
    }

    fn method(&self, name: &str) -> Option<Function> {
        let versions = self.0.clone();
        (name == "Has").then(|| {
            Function::new([Type::String], move |_, arguments| {
                let wanted =
                    arguments.first().and_then(Value::as_text).map(|text| text.to_str().into_owned());
                Ok(Value::Bool(versions.iter().any(|version| Some(version) == wanted.as_ref())))
            })
        })
    }

    fn elements(&self) -> Option<Vec<Value>> {
        Some(self.0.iter().map(|version| Value::from(version.as_str())).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
