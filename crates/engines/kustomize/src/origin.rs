//! Where an object came from and what changed it, for the annotations that `buildMetadata` asks for.

use serde_json::{Map, Value};

use crate::{
    error::Error,
    remote::RepositoryAddress,
    tree::{clean, join},
};

/// One origin: a file, or the configuration that generated or changed an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Origin {
    pub(crate) path: String,
    pub(crate) repository: String,
    pub(crate) reference: String,
    pub(crate) configured_in: String,
    pub(crate) configured_by: Option<ConfiguredBy>,
}

/// The plugin that did it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ConfiguredBy {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
}

impl Origin {
    /// The origin of what `path` names in a file that has this origin.
    pub(crate) fn append(&self, path: &str) -> Self {
        let mut origin = self.clone();
        match RepositoryAddress::parse(path) {
            Some(address) => {
                origin.repository = address.clone_url;
                origin.reference = address.reference;
                // The reference prints the path below its clone without the leading slash.
                origin.path = clean(&address.path);
                if origin.path == "." {
                    origin.path.clear();
                }
            }
            None => origin.path = join(&origin.path, path),
        }
        origin
    }

    /// The origin of a built-in plugin configured by a field of a kustomization file.
    pub(crate) fn configured(&self, file_name: &str, kind: &str) -> Self {
        Self {
            path: String::new(),
            repository: self.repository.clone(),
            reference: self.reference.clone(),
            configured_in: join(&self.path, file_name),
            configured_by: Some(ConfiguredBy {
                api_version: "builtin".into(),
                kind: kind.into(),
                ..ConfiguredBy::default()
            }),
        }
    }

    fn to_value(&self) -> Value {
        let mut map = Map::new();
        let mut put = |name: &str, text: &str| {
            if !text.is_empty() {
                map.insert(name.into(), Value::String(text.into()));
            }
        };
        put("path", &self.path);
        put("repo", &self.repository);
        put("ref", &self.reference);
        put("configuredIn", &self.configured_in);
        if let Some(by) = &self.configured_by {
            let mut inner = Map::new();
            for (name, text) in [
                ("apiVersion", &by.api_version),
                ("kind", &by.kind),
                ("name", &by.name),
                ("namespace", &by.namespace),
            ] {
                if !text.is_empty() {
                    inner.insert(name.into(), Value::String(text.clone()));
                }
            }
            map.insert("configuredBy".into(), Value::Object(inner));
        }
        Value::Object(map)
    }
}

/// The text of the origin annotation.
pub(crate) fn origin_text(origin: &Origin) -> Result<String, Error> {
    write(&origin.to_value())
}

/// The text of the transformations annotation.
pub(crate) fn transformations_text(origins: &[Origin]) -> Result<String, Error> {
    write(&Value::Array(origins.iter().map(Origin::to_value).collect()))
}

fn write(value: &Value) -> Result<String, Error> {
    crate::render::write_in_field_order(value)
}
