//! Which path a kind is served under: discovery, cached per cluster and refreshed when a kind is missing.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Mutex;

use crate::api::{self, segment};
use crate::error::ApiFailure;
use crate::target::Target;

/// Where the objects of a kind live.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// API group, empty for the core group.
    pub group: String,
    /// API version without the group.
    pub version: String,
    /// Kind.
    pub kind: String,
    /// Resource name in paths.
    pub plural: String,
    /// Whether objects live in namespaces.
    pub namespaced: bool,
}

impl Mapping {
    /// `v1` or `group/version`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    fn base(api_version: &str) -> String {
        match api_version.rsplit_once('/') {
            Some((group, version)) => format!("/apis/{}/{}", segment(group), segment(version)),
            None => format!("/api/{}", segment(api_version)),
        }
    }

    /// Path of the collection in a namespace; of all namespaces when it is empty.
    pub(crate) fn collection(&self, namespace: &str) -> String {
        let base = Self::base(&self.api_version());
        if namespace.is_empty() || !self.namespaced {
            format!("{base}/{}", self.plural)
        } else {
            format!("{base}/namespaces/{}/{}", segment(namespace), self.plural)
        }
    }

    /// Path of one object.
    pub(crate) fn object(&self, namespace: &str, name: &str) -> String {
        format!("{}/{}", self.collection(namespace), segment(name))
    }
}

/// A kind cannot be mapped.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum MappingError {
    /// The cluster does not serve the kind in this version.
    #[error("no matches for kind \"{kind}\" in version \"{api_version}\"")]
    NoMatch {
        /// Kind.
        kind: String,
        /// `v1` or `group/version`.
        api_version: String,
    },
    /// Discovery failed.
    #[error("{0}")]
    Discovery(ApiFailure),
}

type Kinds = Arc<HashMap<String, Mapping>>;

/// Discovery of one cluster. Kinds are public to every authenticated identity, so all identities share it.
#[derive(Default)]
pub struct Mapper {
    versions: Mutex<HashMap<String, Kinds>>,
}

impl Mapper {
    /// The mapping of a kind; asks the cluster when the kind is not known yet, so that a definition applied a
    /// moment ago is seen.
    pub async fn mapping(
        &self,
        target: &Target,
        api_version: &str,
        kind: &str,
    ) -> Result<Mapping, MappingError> {
        let cached = self.versions.lock().await.get(api_version).cloned();
        if let Some(mapping) = cached.as_ref().and_then(|kinds| kinds.get(kind)) {
            return Ok(mapping.clone());
        }
        let kinds = discover(target, api_version).await?;
        let found = kinds.get(kind).cloned();
        self.versions.lock().await.insert(api_version.to_owned(), Arc::new(kinds));
        found.ok_or_else(|| MappingError::NoMatch {
            kind: kind.to_owned(),
            api_version: api_version.to_owned(),
        })
    }

    /// Forgets a version, after the cluster answered that it does not serve a kind of it any more.
    pub async fn forget(&self, api_version: &str) {
        self.versions.lock().await.remove(api_version);
    }
}

async fn discover(target: &Target, api_version: &str) -> Result<HashMap<String, Mapping>, MappingError> {
    let list = match api::get(target, &Mapping::base(api_version)).await {
        Ok(list) => list,
        Err(failure) if failure.is_not_found() => return Ok(HashMap::new()),
        Err(failure) => return Err(MappingError::Discovery(failure)),
    };
    let (group, version) = api_version
        .rsplit_once('/')
        .map_or((String::new(), api_version), |(group, version)| (group.to_owned(), version));
    let resources = list.get("resources").and_then(Value::as_array);
    let kinds = resources.into_iter().flatten().filter_map(|resource| {
        let plural = resource.get("name")?.as_str()?;
        let kind = resource.get("kind")?.as_str()?;
        // `deployments/status` and its like are no kinds of their own.
        (!plural.contains('/')).then(|| {
            let mapping = Mapping {
                group: group.clone(),
                version: version.to_owned(),
                kind: kind.to_owned(),
                plural: plural.to_owned(),
                namespaced: resource.get("namespaced").and_then(Value::as_bool).unwrap_or(false),
            };
            (kind.to_owned(), mapping)
        })
    });
    Ok(kinds.collect())
}
