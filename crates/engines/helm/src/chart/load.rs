//! From files to charts: each file has a role by its path, and `charts/` holds more charts.

use std::{collections::BTreeMap, sync::Arc};

use ferroflux_yaml::{ReadOptions, read_value};
use serde_json::Value;

use super::{
    Chart, File,
    archive::{ArchiveError, ArchiveLimits, read_archive},
    metadata::{Metadata, MetadataError},
};

/// Charts within charts within charts: more levels than this are refused.
const MAXIMUM_DEPTH: usize = 64;

/// Why a chart cannot be loaded. The texts are Helm's.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The archive.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A file that is no valid YAML or has the wrong shape.
    #[error("cannot load {file}: {problem}")]
    File {
        /// The file's name.
        file: &'static str,
        /// What is wrong, in the words of Go's packages.
        problem: String,
    },
    /// There is no `Chart.yaml`.
    #[error("Chart.yaml file is missing")]
    NoMetadata,
    /// `Chart.yaml` says something that is not allowed.
    #[error("validation: {0}")]
    Validation(#[source] MetadataError),
    /// A chart under `charts/`.
    #[error("error unpacking subchart {name} in {chart}: {source}")]
    Subchart {
        /// Its file or directory.
        name: String,
        /// The chart that it is part of.
        chart: String,
        /// What is wrong with it.
        source: Box<LoadError>,
    },
    /// An archive under `charts/` that is not one file.
    #[error("error unpacking subchart tar in {chart}: expected {expected}, got {found}")]
    SubchartArchive {
        /// The chart that it is part of.
        chart: String,
        /// The archive's name.
        expected: String,
        /// The first file found under that name.
        found: String,
    },
    /// Charts nested too deeply.
    #[error("charts are nested more than {MAXIMUM_DEPTH} levels deep")]
    TooDeep,
}

/// A chart from its archive.
pub fn load_archive(archive: impl std::io::Read, limits: &ArchiveLimits) -> Result<Chart, LoadError> {
    load(read_archive(archive, limits)?, limits, 0)
}

/// A chart from its files, named relative to the chart's directory. `.helmignore` is not looked at.
pub fn load_files(files: Vec<(String, Vec<u8>)>, limits: &ArchiveLimits) -> Result<Chart, LoadError> {
    load(files, limits, 0)
}

fn bad(file: &'static str) -> impl Fn(String) -> LoadError {
    move |problem| LoadError::File { file, problem }
}

/// YAML by way of JSON, with what Go puts before an error.
fn yaml(data: &[u8]) -> Result<Value, String> {
    read_value(data, &ReadOptions::sigs()).map_err(|error| format!("error converting YAML to JSON: {error}"))
}

fn load(files: Vec<(String, Vec<u8>)>, limits: &ArchiveLimits, depth: usize) -> Result<Chart, LoadError> {
    if depth > MAXIMUM_DEPTH {
        return Err(LoadError::TooDeep);
    }
    let mut metadata = None;
    for (name, data) in &files {
        if name == "Chart.yaml" {
            let value = yaml(data).map_err(bad("Chart.yaml"))?;
            let into = metadata.get_or_insert_with(Metadata::default);
            into.read(&value).map_err(bad("Chart.yaml"))?;
            if into.api_version.is_empty() {
                into.api_version = "v1".into();
            }
        }
    }
    let mut loader = Loader { metadata, ..Loader::default() };
    for (name, data) in files {
        loader.file(name, data)?;
    }
    loader.finish(limits, depth)
}

#[derive(Default)]
struct Loader {
    metadata: Option<Metadata>,
    lock: Option<Value>,
    templates: Vec<File>,
    files: Vec<File>,
    values: serde_json::Map<String, Value>,
    schema: Option<Arc<[u8]>>,
    /// Files under `charts/` by their next component.
    subcharts: BTreeMap<String, Vec<(String, Vec<u8>)>>,
}

impl Loader {
    fn file(&mut self, name: String, data: Vec<u8>) -> Result<(), LoadError> {
        let is_v1 = |metadata: &Option<Metadata>| metadata.as_ref().is_some_and(|m| m.api_version == "v1");
        match name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => self.lock = Some(yaml(&data).map_err(bad("Chart.lock"))?),
            "values.yaml" => self.values = read_values(&data).map_err(bad("values.yaml"))?,
            "values.schema.json" => self.schema = Some(data.into()),
            "requirements.yaml" => {
                let value = yaml(&data).map_err(bad("requirements.yaml"))?;
                let metadata = self.metadata.get_or_insert_with(Metadata::default);
                metadata.read(&value).map_err(bad("requirements.yaml"))?;
                if is_v1(&self.metadata) {
                    self.files.push(File { name, data: data.into() });
                }
            }
            "requirements.lock" => {
                self.lock = Some(yaml(&data).map_err(bad("requirements.lock"))?);
                if is_v1(&self.metadata) {
                    self.files.push(File { name, data: data.into() });
                }
            }
            other if other.starts_with("templates/") => {
                self.templates.push(File { name, data: data.into() });
            }
            other => match other.strip_prefix("charts/") {
                Some(_) if other.ends_with(".prov") => self.files.push(File { name, data: data.into() }),
                Some(rest) => {
                    let first = rest.split('/').next().unwrap_or_default().to_owned();
                    self.subcharts.entry(first).or_default().push((rest.to_owned(), data));
                }
                None => self.files.push(File { name, data: data.into() }),
            },
        }
        Ok(())
    }

    fn finish(self, limits: &ArchiveLimits, depth: usize) -> Result<Chart, LoadError> {
        let Some(mut metadata) = self.metadata else {
            return Err(LoadError::NoMetadata);
        };
        metadata.validate().map_err(LoadError::Validation)?;
        let mut dependencies = Vec::new();
        for (name, files) in self.subcharts {
            if name.starts_with(['_', '.']) {
                continue;
            }
            let chart = if name.ends_with(".tgz") {
                let Some((found, data)) = files.into_iter().next() else {
                    continue;
                };
                if found != name {
                    return Err(LoadError::SubchartArchive { chart: metadata.name, expected: name, found });
                }
                read_archive(data.as_slice(), limits)
                    .map_err(LoadError::from)
                    .and_then(|files| load(files, limits, depth + 1))
            } else {
                let inner = files
                    .into_iter()
                    .filter_map(|(path, data)| Some((path.split_once('/')?.1.to_owned(), data)))
                    .collect();
                load(inner, limits, depth + 1)
            };
            let chart = chart.map_err(|source| LoadError::Subchart {
                name,
                chart: metadata.name.clone(),
                source: Box::new(source),
            })?;
            dependencies.push(Arc::new(chart));
        }
        Ok(Chart {
            metadata,
            lock: self.lock,
            templates: self.templates,
            files: self.files,
            values: self.values,
            schema: self.schema,
            dependencies,
        })
    }
}

/// Values from one or more YAML documents: later ones win, tables are merged. Every number becomes a float.
pub(crate) fn read_values(data: &[u8]) -> Result<serde_json::Map<String, Value>, String> {
    let mut values = serde_json::Map::new();
    for document in split_documents(data) {
        let document = read_value(document, &ReadOptions::sigs()).map_err(|error| {
            format!("cannot unmarshal yaml document: error converting YAML to JSON: {error}")
        })?;
        match document {
            Value::Null => {}
            Value::Object(map) => merge(&mut values, map),
            other => {
                let kind = match other {
                    Value::Array(_) => "array",
                    Value::String(_) => "string",
                    Value::Bool(_) => "bool",
                    _ => "number",
                };
                return Err(format!(
                    "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot \
                     unmarshal {kind} into Go value of type map[string]interface {{}}"
                ));
            }
        }
    }
    values.values_mut().for_each(float_numbers);
    Ok(values)
}

/// Documents as Kubernetes' YAML reader separates them: at lines that begin with `---`.
fn split_documents(data: &[u8]) -> Vec<&[u8]> {
    let mut documents = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"---") {
            documents.push(data.get(start..at).unwrap_or_default());
            start = at + line.len();
        }
        at += line.len();
    }
    documents.push(data.get(start..).unwrap_or_default());
    documents
}

fn merge(into: &mut serde_json::Map<String, Value>, from: serde_json::Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(table)), Value::Object(value)) => merge(table, value),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Numbers from YAML are floats for templates; integers are only what `--set` made so.
pub(crate) fn float_numbers(value: &mut Value) {
    match value {
        Value::Number(number) if !number.is_f64() => {
            if let Some(float) = number.as_f64().and_then(serde_json::Number::from_f64) {
                *number = float;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(float_numbers),
        Value::Object(map) => map.values_mut().for_each(float_numbers),
        _ => {}
    }
}
