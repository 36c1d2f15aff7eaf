//! `Chart.yaml`: fields, their conversions, and what is allowed in them.

use std::collections::BTreeMap;

use ferroflux_go::float;
use ferroflux_semver::Version;
use ferroflux_template::quote::{is_print, quote};
use serde_json::Value;

/// A person who maintains a chart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Maintainer {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// A page.
    pub url: String,
}

/// A chart that another one needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dependency {
    /// The chart's name; after processing its alias, if it has one.
    pub name: String,
    /// The versions that will do.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
    /// Paths of values, the first boolean of which enables it.
    pub condition: String,
    /// Names in the values' `tags` that enable it.
    pub tags: Vec<String>,
    /// Whether it is rendered.
    pub enabled: bool,
    /// What is taken over from its values.
    pub import_values: Vec<Value>,
    /// Another name for it.
    pub alias: String,
}

/// The content of `Chart.yaml`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// The chart's name.
    pub name: String,
    /// The project's page.
    pub home: String,
    /// Where its sources are.
    pub sources: Vec<String>,
    /// The chart's version.
    pub version: String,
    /// A sentence about it.
    pub description: String,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// Who maintains it.
    pub maintainers: Vec<Maintainer>,
    /// A picture's URL.
    pub icon: String,
    /// `v1` or `v2`; other texts are treated as `v2`.
    pub api_version: String,
    /// As in a dependency.
    pub condition: String,
    /// As in a dependency, as one text.
    pub tags: String,
    /// The version of what it installs.
    pub app_version: String,
    /// Whether it should not be used any more.
    pub deprecated: bool,
    /// Whatever else; `None` if there is no such field.
    pub annotations: Option<BTreeMap<String, String>>,
    /// The Kubernetes versions that it works with.
    pub kube_version: String,
    /// The charts that it needs; `None` if there is no such field.
    pub dependencies: Option<Vec<Dependency>>,
    /// `application`, `library` or nothing.
    pub chart_type: String,
    /// A list of maintainers or dependencies held null.
    null_nodes: Option<&'static str>,
}

/// What is wrong with a chart's metadata.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MetadataError(String);

/// The field's text: numbers and booleans as YAML read them.
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

fn list<'v>(value: &'v Value, place: &str, element: &str) -> Result<&'v [Value], String> {
    match value {
        Value::Null => Ok(&[]),
        Value::Array(items) => Ok(items),
        other => Err(mismatch(other, &format!("Go struct field {place} of type []{element}"))),
    }
}

fn texts(value: &Value, place: &str) -> Result<Vec<String>, String> {
    list(value, place, "string")?.iter().map(|item| text(item, place)).collect()
}

fn boolean(value: &Value, place: &str) -> Result<bool, String> {
    match value {
        Value::Null => Ok(false),
        Value::Bool(truth) => Ok(*truth),
        other => Err(mismatch(other, &format!("Go struct field {place} of type bool"))),
    }
}

/// The fields of an object; keys match without regard to case.
fn fields<'v>(value: &'v Value, target: &str) -> Result<Vec<(String, &'v Value)>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Object(map) => Ok(map.iter().map(|(key, value)| (key.to_lowercase(), value)).collect()),
        other => Err(mismatch(other, target)),
    }
}

impl Metadata {
    /// Takes over what `value` says; the error is Go's.
    pub(super) fn read(&mut self, value: &Value) -> Result<(), String> {
        for (key, value) in fields(value, "Go value of type v2.Metadata")? {
            let place = |name: &str| format!("Metadata.{name}");
            match key.as_str() {
                "name" => self.name = text(value, &place("name"))?,
                "home" => self.home = text(value, &place("home"))?,
                "sources" => self.sources = texts(value, &place("sources"))?,
                "version" => self.version = text(value, &place("version"))?,
                "description" => self.description = text(value, &place("description"))?,
                "keywords" => self.keywords = texts(value, &place("keywords"))?,
                "maintainers" => self.read_maintainers(value)?,
                "icon" => self.icon = text(value, &place("icon"))?,
                "apiversion" => self.api_version = text(value, &place("apiVersion"))?,
                "condition" => self.condition = text(value, &place("condition"))?,
                "tags" => self.tags = text(value, &place("tags"))?,
                "appversion" => self.app_version = text(value, &place("appVersion"))?,
                "deprecated" => self.deprecated = boolean(value, &place("deprecated"))?,
                "annotations" => self.read_annotations(value)?,
                "kubeversion" => self.kube_version = text(value, &place("kubeVersion"))?,
                "dependencies" => self.read_dependencies(value)?,
                "type" => self.chart_type = text(value, &place("type"))?,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_annotations(&mut self, value: &Value) -> Result<(), String> {
        self.annotations = match value {
            Value::Null => None,
            Value::Object(map) => {
                let mut annotations = BTreeMap::new();
                for (key, value) in map {
                    annotations.insert(key.clone(), text(value, "Metadata.annotations")?);
                }
                Some(annotations)
            }
            other => {
                return Err(mismatch(
                    other,
                    "Go struct field Metadata.annotations of type map[string]string",
                ));
            }
        };
        Ok(())
    }

    fn read_maintainers(&mut self, value: &Value) -> Result<(), String> {
        self.maintainers.clear();
        for item in list(value, "Metadata.maintainers", "*v2.Maintainer")? {
            if item.is_null() {
                self.null_nodes = Some("maintainers");
                continue;
            }
            let mut maintainer = Maintainer::default();
            for (key, value) in fields(item, "Go struct field Metadata.maintainers of type v2.Maintainer")? {
                match key.as_str() {
                    "name" => maintainer.name = text(value, "Metadata.maintainers.name")?,
                    "email" => maintainer.email = text(value, "Metadata.maintainers.email")?,
                    "url" => maintainer.url = text(value, "Metadata.maintainers.url")?,
                    _ => {}
                }
            }
            self.maintainers.push(maintainer);
        }
        Ok(())
    }

    fn read_dependencies(&mut self, value: &Value) -> Result<(), String> {
        if value.is_null() {
            self.dependencies = None;
            return Ok(());
        }
        let mut dependencies = Vec::new();
        for item in list(value, "Metadata.dependencies", "*v2.Dependency")? {
            if item.is_null() {
                self.null_nodes = self.null_nodes.or(Some("dependencies"));
                continue;
            }
            let mut dependency = Dependency::default();
            for (key, value) in fields(item, "Go struct field Metadata.dependencies of type v2.Dependency")? {
                let place = |name: &str| format!("Metadata.dependencies.{name}");
                match key.as_str() {
                    "name" => dependency.name = text(value, &place("name"))?,
                    "version" => dependency.version = text(value, &place("version"))?,
                    "repository" => dependency.repository = text(value, &place("repository"))?,
                    "condition" => dependency.condition = text(value, &place("condition"))?,
                    "tags" => dependency.tags = texts(value, &place("tags"))?,
                    "enabled" => dependency.enabled = boolean(value, &place("enabled"))?,
                    "import-values" => {
                        dependency.import_values =
                            list(value, &place("import-values"), "interface {}")?.to_vec();
                    }
                    "alias" => dependency.alias = text(value, &place("alias"))?,
                    _ => {}
                }
            }
            dependencies.push(dependency);
        }
        self.dependencies = Some(dependencies);
        Ok(())
    }

    /// Cleans the texts and checks what is required.
    pub(super) fn validate(&mut self) -> Result<(), MetadataError> {
        for text in [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ] {
            sanitize(text);
        }
        self.sources.iter_mut().for_each(sanitize);
        self.keywords.iter_mut().for_each(sanitize);
        self.check().map_err(MetadataError)?;
        for maintainer in &mut self.maintainers {
            for text in [&mut maintainer.name, &mut maintainer.email, &mut maintainer.url] {
                sanitize(text);
            }
        }
        self.check_dependencies().map_err(MetadataError)
    }

    fn check(&self) -> Result<(), String> {
        if self.api_version.is_empty() {
            return Err("chart.metadata.apiVersion is required".into());
        }
        if self.name.is_empty() {
            return Err("chart.metadata.name is required".into());
        }
        if self.name == "." || self.name == ".." {
            return Err(format!("chart.metadata.name {} is not allowed", quote(&self.name)));
        }
        if self.name.contains('/') {
            return Err(format!("chart.metadata.name {} is invalid", quote(&self.name)));
        }
        if self.version.is_empty() {
            return Err("chart.metadata.version is required".into());
        }
        if Version::parse(&self.version).is_err() {
            return Err(format!("chart.metadata.version {} is invalid", quote(&self.version)));
        }
        if !matches!(self.chart_type.as_str(), "" | "application" | "library") {
            return Err("chart.metadata.type must be application or library".into());
        }
        match self.null_nodes {
            Some(list) => Err(format!("{list} must not contain empty or null nodes")),
            None => Ok(()),
        }
    }

    fn check_dependencies(&mut self) -> Result<(), String> {
        let mut seen = std::collections::HashSet::new();
        for dependency in self.dependencies.iter_mut().flatten() {
            for text in [
                &mut dependency.name,
                &mut dependency.version,
                &mut dependency.repository,
                &mut dependency.condition,
            ] {
                sanitize(text);
            }
            dependency.tags.iter_mut().for_each(sanitize);
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            if !dependency.alias.bytes().all(allowed) {
                let name = quote(&dependency.name);
                return Err(format!("dependency {name} has disallowed characters in the alias"));
            }
            let key = if dependency.alias.is_empty() { &dependency.name } else { &dependency.alias };
            if !seen.insert(key.clone()) {
                return Err(format!("more than one dependency with name or alias {}", quote(key)));
            }
        }
        Ok(())
    }
}

/// White space becomes blanks, what cannot be printed goes.
fn sanitize(text: &mut String) {
    if text.chars().any(|c| c != ' ' && c.is_whitespace() || !is_print(c)) {
        *text = text
            .chars()
            .filter_map(|c| if c.is_whitespace() { Some(' ') } else { is_print(c).then_some(c) })
            .collect();
    }
}
