//! `crds`: places that OpenAPI definitions of custom types mark as labels, annotations, names and references.

use serde_json::{Map, Value};

use crate::{
    configuration::{Configuration, NameReference},
    error::{Context as _, Error},
    field_spec::{FieldSpec, FieldSpecs},
    id::Gvk,
    loader::{Loader, Session},
};

/// How deep definitions may nest; references in a circle end here.
const MAX_DEPTH: usize = 64;

/// Reads all files and derives the places they describe.
pub(crate) fn load(session: &Session<'_>, loader: &Loader, paths: &[String]) -> Result<Configuration, Error> {
    let mut configuration = Configuration::default();
    for path in paths {
        let content = loader.load(session, path)?;
        let definitions =
            parse(&content).context(|| format!("unable to parse open API definition from '{path}'"))?;
        let mut names: Vec<&String> = definitions.keys().collect();
        names.sort_unstable();
        for name in names {
            let Some(definition) = definitions.get(name) else { continue };
            if is_object_type(definition) {
                let kind = name.rsplit('.').next().unwrap_or(name);
                let walker = Walker { definitions: &definitions, gvk: Gvk::new("", "", kind) };
                walker.definition(&mut configuration, name, &mut Vec::new())?;
            }
        }
    }
    configuration.sort();
    Ok(configuration)
}

fn parse(content: &[u8]) -> Result<Map<String, Value>, Error> {
    let value: Value = if content.first() == Some(&b'{') {
        serde_json::from_slice(content).map_err(|error| Error::yaml(error.to_string()))?
    } else {
        ferroflux_yaml::read_value(content, &crate::limits::sigs())
            .map_err(|error| Error::yaml(format!("error converting YAML to JSON: {error}")))?
    };
    let Value::Object(map) = value else {
        return Err(Error::yaml(
            "error unmarshaling JSON: json: cannot unmarshal value into Go value of type accumulator.nameToApiMap",
        ));
    };
    for definition in map.values() {
        let found = match definition {
            Value::Object(_) | Value::Null => continue,
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::Array(_) => "array",
        };
        return Err(Error::yaml(format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go value of type \
             accumulator.OpenAPIDefinition"
        )));
    }
    Ok(map)
}

fn properties(definition: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let found = field(definition, "Schema").and_then(|schema| schema.get("properties"));
    found.and_then(Value::as_object).into_iter().flatten()
}

/// A field whose name is matched as Go matches it.
fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn is_object_type(definition: &Value) -> bool {
    ["kind", "apiVersion", "metadata"]
        .iter()
        .all(|wanted| properties(definition).any(|(name, _)| name == wanted))
}

struct Walker<'d> {
    definitions: &'d Map<String, Value>,
    gvk: Gvk,
}

impl Walker<'_> {
    fn definition(
        &self,
        configuration: &mut Configuration,
        name: &str,
        path: &mut Vec<String>,
    ) -> Result<(), Error> {
        if path.len() > MAX_DEPTH {
            return Err(Error::new(
                crate::ErrorKind::Limit,
                format!("definition `{name}` nests deeper than {MAX_DEPTH} levels"),
            ));
        }
        let Some(definition) = self.definitions.get(name) else { return Ok(()) };
        for (property_name, property) in properties(definition) {
            path.push(property_name.clone());
            self.property(configuration, property, path)?;
            path.pop();
        }
        Ok(())
    }

    fn property(
        &self,
        configuration: &mut Configuration,
        property: &Value,
        path: &mut Vec<String>,
    ) -> Result<(), Error> {
        let text = |name: &str| property.get(name).and_then(Value::as_str);
        let spec = |path: &[String]| FieldSpec::new(self.gvk.clone(), &path.join("/"), false);
        if text("x-kubernetes-annotation").is_some() {
            configuration.common_annotations.add(&spec(path))?;
        }
        if text("x-kubernetes-label-selector").is_some() {
            configuration.common_labels.add(&spec(path))?;
        }
        if text("x-kubernetes-identity").is_some() {
            configuration.name_prefix.add(&spec(path))?;
        }
        if let (Some(version), Some(kind)) =
            (text("x-kubernetes-object-ref-api-version"), text("x-kubernetes-object-ref-kind"))
        {
            let mut full = path.clone();
            full.push(text("x-kubernetes-object-ref-name-key").unwrap_or("name").to_owned());
            configuration.add_name_reference(&NameReference {
                target: Gvk::new("", version, kind),
                referrers: FieldSpecs(vec![spec(&full)]),
            })?;
        }
        match text("$ref") {
            Some(reference) => self.definition(configuration, reference, path),
            None => Ok(()),
        }
    }
}
