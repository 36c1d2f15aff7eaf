//! The data that templates see (contract/helm-engine.md 3).

use std::rc::Rc;

use ferroflux_template::{Map, MapType, Value};

use super::{Capabilities, ReleaseOptions, capabilities::CapabilitiesObject, files};
use crate::{
    chart::{Dependency, File, Metadata},
    functions::{base_path, clean_path},
    values::{Node, strings, table, value, values_type},
};

/// A file to parse and, if it is no partial, to render. All files of a chart share one map of data.
pub(super) struct Job {
    pub(super) name: String,
    pub(super) file: File,
    pub(super) data: Map,
    base: String,
}

impl Job {
    /// The `.Template` of this file.
    pub(super) fn template(&self) -> Value {
        let entries = [
            ("Name".into(), Value::from(self.name.as_str())),
            ("BasePath".into(), Value::from(self.base.as_str())),
        ];
        Value::Map(Map::from_entries(values_type(), entries))
    }
}

/// The template files of a chart with their full paths; of a library only partials.
pub(super) fn template_files<'n>(node: &'n Node, path: &str) -> impl Iterator<Item = (String, &'n File)> {
    let library = node.metadata.chart_type.eq_ignore_ascii_case("library");
    node.chart
        .templates
        .iter()
        .filter(move |file| !library || base_path(&file.name).starts_with('_'))
        .map(move |file| (clean_path(&format!("{path}/{}", file.name)), file))
}

/// The jobs of a chart and of all its dependencies.
pub(super) fn collect(
    node: &Node,
    values: Map,
    release: &ReleaseOptions,
    capabilities: &Capabilities,
    jobs: &mut Vec<Job>,
) {
    let release = Value::map([
        ("Name".into(), Value::from(release.name.as_str())),
        ("Namespace".into(), Value::from(release.namespace.as_str())),
        ("Service".into(), Value::from("Helm")),
        ("IsInstall".into(), Value::Bool(!release.is_upgrade)),
        ("IsUpgrade".into(), Value::Bool(release.is_upgrade)),
        ("Revision".into(), Value::Int(release.revision)),
    ]);
    let capabilities: Value = Value::Object(Rc::new(CapabilitiesObject(capabilities.clone())));
    let collector = Collector { release, capabilities };
    collector.chart(node, node.name(), values.with_type(values_type()), true, jobs);
}

struct Collector {
    release: Value,
    capabilities: Value,
}

impl Collector {
    fn chart(&self, node: &Node, path: &str, values: Map, is_root: bool, jobs: &mut Vec<Job>) -> Map {
        let subcharts = Map::new(MapType::Any);
        let data = Map::from_entries(
            values_type(),
            [
                ("Chart".into(), chart_map(&node.metadata, is_root)),
                ("Files".into(), files::files(&node.chart.files)),
                ("Release".into(), self.release.clone()),
                ("Capabilities".into(), self.capabilities.clone()),
                ("Values".into(), Value::Map(values.clone())),
                ("Subcharts".into(), Value::Map(subcharts.clone())),
            ],
        );
        for child in &node.dependencies {
            let name = child.name();
            let values = table(&values, name).unwrap_or_else(|_| Map::new(MapType::Any));
            let path = format!("{path}/charts/{name}");
            let inner = self.chart(child, &path, values.with_type(values_type()), false, jobs);
            subcharts.set(name.into(), Value::Map(inner.with_type(MapType::Any)));
        }
        let base = format!("{path}/templates");
        for (name, file) in template_files(node, path) {
            jobs.push(Job { name, file: file.clone(), data: data.clone(), base: base.clone() });
        }
        data
    }
}

/// The metadata under the names of Go's fields.
fn chart_map(metadata: &Metadata, is_root: bool) -> Value {
    let text = |text: &str| Value::from(text);
    let maintainers = metadata.maintainers.iter().map(|maintainer| {
        Value::map([
            ("Name".into(), text(&maintainer.name)),
            ("Email".into(), text(&maintainer.email)),
            ("URL".into(), text(&maintainer.url)),
        ])
    });
    let annotations = match &metadata.annotations {
        Some(annotations) => Map::from_entries(
            MapType::Strings,
            annotations.iter().map(|(key, value)| (key.as_str().into(), text(value))),
        ),
        None => Map::nil(MapType::Strings),
    };
    let dependencies = metadata.dependencies.iter().flatten().map(dependency_map).collect();
    Value::map([
        ("Name".into(), text(&metadata.name)),
        ("Home".into(), text(&metadata.home)),
        ("Sources".into(), strings(&metadata.sources)),
        ("Version".into(), text(&metadata.version)),
        ("Description".into(), text(&metadata.description)),
        ("Keywords".into(), strings(&metadata.keywords)),
        ("Maintainers".into(), Value::list(maintainers.collect())),
        ("Icon".into(), text(&metadata.icon)),
        ("APIVersion".into(), text(&metadata.api_version)),
        ("Condition".into(), text(&metadata.condition)),
        ("Tags".into(), text(&metadata.tags)),
        ("AppVersion".into(), text(&metadata.app_version)),
        ("Deprecated".into(), Value::Bool(metadata.deprecated)),
        ("Annotations".into(), Value::Map(annotations)),
        ("KubeVersion".into(), text(&metadata.kube_version)),
        ("Dependencies".into(), Value::list(dependencies)),
        ("Type".into(), text(&metadata.chart_type)),
        ("IsRoot".into(), Value::Bool(is_root)),
    ])
}

fn dependency_map(dependency: &Dependency) -> Value {
    let imports = dependency.import_values.iter().map(|import| match value(import) {
        Value::Map(map) => Value::Map(map.with_type(MapType::Strings)),
        other => other,
    });
    Value::map([
        ("Name".into(), Value::from(dependency.name.as_str())),
        ("Version".into(), Value::from(dependency.version.as_str())),
        ("Repository".into(), Value::from(dependency.repository.as_str())),
        ("Condition".into(), Value::from(dependency.condition.as_str())),
        ("Tags".into(), strings(&dependency.tags)),
        ("Enabled".into(), Value::Bool(dependency.enabled)),
        ("ImportValues".into(), Value::list(imports.collect())),
        ("Alias".into(), Value::from(dependency.alias.as_str())),
    ])
}
