//! Charts: what a chart's files say, loaded once and never changed.

mod archive;
mod ignore;
mod load;
mod metadata;

use std::sync::Arc;

pub use archive::{ArchiveError, ArchiveLimits, read_archive};
pub use ignore::{IgnoreError, IgnoreRules, glob};
pub(crate) use load::read_values;
pub use load::{LoadError, load_archive, load_files};
pub use metadata::{Dependency, Maintainer, Metadata};

/// A file of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The path within the chart, with slashes.
    pub name: String,
    /// The content.
    pub data: Arc<[u8]>,
}

/// A loaded chart. Immutable; cheap to share between renders and threads.
#[derive(Debug, Clone)]
pub struct Chart {
    /// `Chart.yaml`, with the dependencies of `requirements.yaml` for old charts.
    pub metadata: Metadata,
    /// `Chart.lock` as it stands; never enforced.
    pub lock: Option<serde_json::Value>,
    /// What stands under `templates/`.
    pub templates: Vec<File>,
    /// Everything that has no role of its own, CRDs among it.
    pub files: Vec<File>,
    /// `values.yaml`, every number a float.
    pub values: serde_json::Map<String, serde_json::Value>,
    /// `values.schema.json`.
    pub schema: Option<Arc<[u8]>>,
    /// What was unpacked from `charts/`, by name.
    pub dependencies: Vec<Arc<Chart>>,
}

impl Chart {
    /// The chart's name.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Whether the chart only lends templates to others.
    pub fn is_library(&self) -> bool {
        self.metadata.chart_type.eq_ignore_ascii_case("library")
    }

    /// The files under `crds/` that hold manifests.
    pub fn crd_files(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| {
            let extension = file.name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
            file.name.starts_with("crds/") && matches!(extension.as_deref(), Some("yaml" | "yml" | "json"))
        })
    }
}
