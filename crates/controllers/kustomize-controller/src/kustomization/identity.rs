//! The cluster and identity that everything for an object goes through (contract/kustomize.md 11). I/O.

use ferroflux_api::kustomize::v1::{Kustomization, reasons};
use ferroflux_api::meta::SecretKeyReference;
use ferroflux_kube_apply::Target;
use ferroflux_runtime::{Failure, RemoteCluster};
use k8s_openapi::api::core::v1::Secret;
use kube::Api;

use super::{Context, steps};

/// Keys that are looked at when the reference names none.
const DEFAULT_KEYS: [&str; 2] = ["value", "value.yaml"];

#[derive(Debug, thiserror::Error)]
enum KubeConfigError {
    #[error("unable to read KubeConfig secret '{namespace}/{name}' error: {cause}")]
    Unreadable { namespace: String, name: String, cause: String },
    #[error("KubeConfig secret '{namespace}/{name}' does not contain a '{key}' key with a kubeconfig")]
    NoKey { namespace: String, name: String, key: String },
}

fn failure(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::retry(reasons::RECONCILIATION_FAILED, error)
}

/// The target of an object.
pub(super) async fn target(
    context: &Context,
    object: &Kustomization,
    namespace: &str,
) -> Result<Target, Failure> {
    let account = object.spec.service_account_name.as_deref();
    let Some(reference) = &object.spec.kube_config else {
        let identity = context.identities.local(namespace, account).map_err(failure)?;
        return Ok(identity.target());
    };
    let Some(secret) = &reference.secret_ref else {
        return Err(steps::unsupported("spec.kubeConfig.configMapRef"));
    };
    let kubeconfig = read(context, namespace, secret).await.map_err(failure)?;
    let remote = RemoteCluster { kubeconfig: &kubeconfig, options: context.kubeconfig };
    let identity = context.identities.remote(remote, namespace, account).await.map_err(failure)?;
    Ok(identity.target())
}

async fn read(
    context: &Context,
    namespace: &str,
    reference: &SecretKeyReference,
) -> Result<Vec<u8>, KubeConfigError> {
    let (namespace, name) = (namespace.to_owned(), reference.name.clone());
    let api: Api<Secret> = Api::namespaced(context.client.clone(), &namespace);
    let secret = api.get(&name).await.map_err(|error| {
        let cause = match error {
            kube::Error::Api(status) => status.message.clone(),
            other => ferroflux_runtime::chain(&other),
        };
        KubeConfigError::Unreadable { namespace: namespace.clone(), name: name.clone(), cause }
    })?;
    let mut data = secret.data.unwrap_or_default();
    let mut take = |key: &str| data.remove(key).map(|bytes| bytes.0).filter(|bytes| !bytes.is_empty());
    let found = match &reference.key {
        Some(key) => take(key),
        None => DEFAULT_KEYS.iter().find_map(|key| take(key)),
    };
    found.ok_or_else(|| KubeConfigError::NoKey {
        key: reference.key.clone().unwrap_or_else(|| DEFAULT_KEYS[0].to_owned()),
        namespace,
        name,
    })
}
