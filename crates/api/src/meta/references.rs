//! References from one object to another.

use serde::{Deserialize, Serialize};

/// Names an object in the namespace of the referring object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LocalObjectReference {
    /// Name of the object.
    pub name: String,
}

/// Names an object of the same kind that must be ready first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DependencyReference {
    /// Name of the dependency.
    pub name: String,
    /// Namespace of the dependency; the referring object's namespace when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// CEL expression that replaces the built-in readiness check; it sees the referring object as `self` and
    /// the dependency as `dep`.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub ready_expr: Option<String>,
}

/// Names a Secret and optionally one of its keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SecretKeyReference {
    /// Name of the Secret.
    pub name: String,
    /// Key in the Secret's data; the well-known keys are tried when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Says how to reach and to authenticate to a remote cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    schemars(extend("x-kubernetes-validations" = crate::schema::rules(&[
        (r"has(self.configMapRef) || has(self.secretRef)", r"exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified"),
        (r"!has(self.configMapRef) || !has(self.secretRef)", r"exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified"),
    ])))
)]
pub struct KubeConfigReference {
    /// ConfigMap that describes the cluster and the cloud identity to use, without stored credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map_ref: Option<LocalObjectReference>,
    /// Secret that holds a kubeconfig file, in the key `value` or `value.yaml` unless a key is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretKeyReference>,
}

impl DependencyReference {
    /// The namespace of the dependency of an object that lives in `own_namespace`.
    pub fn namespace_or<'a>(&'a self, own_namespace: &'a str) -> &'a str {
        self.namespace.as_deref().unwrap_or(own_namespace)
    }
}

impl std::fmt::Display for DependencyReference {
    /// Prints `[<namespace>/]<name>[@<expression>]` (kustomize.md 15.1).
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(formatter, "{namespace}/")?;
        }
        formatter.write_str(&self.name)?;
        if let Some(expression) = &self.ready_expr {
            write!(formatter, "@{expression}")?;
        }
        Ok(())
    }
}

impl From<&str> for LocalObjectReference {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned() }
    }
}
