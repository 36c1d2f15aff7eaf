//! `spec.postBuild`: variables from ConfigMaps, Secrets and the spec, put into the built objects
//! (contract/kustomize.md 8).

use std::collections::{BTreeMap, BTreeSet};

use ferroflux_api::kustomize::v1::{KustomizationSpec, SubstituteStrategy, ValuesKind};
use ferroflux_api::names::annotations::SUBSTITUTE;
use ferroflux_envsubst::{Strictness, substitute};
use ferroflux_kustomize::BuiltObject;
use ferroflux_yaml::{ReadOptions, read_value, write_value};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{Api, Client};
use serde_json::{Number, Value};

/// Integers that a 64-bit float holds exactly end here.
const EXACT: u64 = 1 << 53;

/// Why variables cannot be had or put in. No message holds a value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SubstituteError {
    #[error("substitute from '{kind}/{name}' error: {cause}")]
    From { kind: &'static str, name: String, cause: String },
    #[error("'{0}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'")]
    Name(String),
    #[error("post build failed for '{object}': envsubst error: variable substitution failed: {cause}")]
    Substitution { object: String, cause: ferroflux_envsubst::Error },
    #[error("post build failed for '{object}': envsubst error: YAMLToJSON: {cause}")]
    Yaml { object: String, cause: ferroflux_yaml::Error },
    #[error("post build failed for '{object}': envsubst error: UnmarshalJSON: it is no object")]
    NoObject { object: String },
    #[error("post build failed for '{object}': in Replace: id matched 2 resources")]
    Duplicate { object: String },
}

/// Variables and how they are put in.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Variables {
    values: BTreeMap<String, String>,
    /// Whether anything is put in at all.
    active: bool,
    strictness: bool,
}

/// Values may be secret: only the names are shown.
impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Variables {
    /// The values, to be made part of a digest.
    pub(crate) fn to_value(&self) -> Value {
        serde_json::json!([self.active, self.strictness, self.values])
    }
}

/// Reads every object that the spec names once, with the controller's identity, in the Kustomization's namespace.
pub(crate) async fn variables(
    client: &Client,
    namespace: &str,
    spec: &KustomizationSpec,
    strict: bool,
) -> Result<Variables, SubstituteError> {
    let Some(post_build) = &spec.post_build else { return Ok(Variables::default()) };
    let mut values = BTreeMap::new();
    for reference in &post_build.substitute_from {
        let name = reference.name.as_str();
        let read = match reference.kind {
            ValuesKind::ConfigMap => config_map(client, namespace, name).await,
            ValuesKind::Secret => secret(client, namespace, name).await,
        };
        match read {
            Ok(data) => values.extend(data),
            Err(kube::Error::Api(status)) if status.code == 404 && reference.optional => {}
            Err(error) => {
                let cause = match error {
                    kube::Error::Api(status) => status.message.clone(),
                    other => ferroflux_runtime::chain(&other),
                };
                let kind = reference.kind.as_str();
                return Err(SubstituteError::From { kind, name: name.to_owned(), cause });
            }
        }
    }
    values.extend(post_build.substitute.clone());
    if let Some(name) = values.keys().find(|name| !is_variable(name)) {
        return Err(SubstituteError::Name(name.clone()));
    }
    for value in values.values_mut() {
        value.retain(|character| character != '\n');
    }
    let always = post_build.substitute_strategy == Some(SubstituteStrategy::Always);
    Ok(Variables { active: always || !values.is_empty(), values, strictness: strict })
}

fn is_variable(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first == '_' || first.is_ascii_alphabetic())
        && characters.all(|character| character == '_' || character.is_ascii_alphanumeric())
}

async fn config_map(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<BTreeMap<String, String>, kube::Error> {
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
    Ok(api.get(name).await?.data.unwrap_or_default())
}

async fn secret(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<BTreeMap<String, String>, kube::Error> {
    let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let data = api.get(name).await?.data.unwrap_or_default();
    Ok(data.into_iter().map(|(key, value)| (key, String::from_utf8_lossy(&value.0).into_owned())).collect())
}

/// Puts the variables into every object that does not opt out (pure).
pub(crate) fn put_in(objects: &mut [BuiltObject], variables: &Variables) -> Result<(), SubstituteError> {
    if !variables.active {
        return Ok(());
    }
    let strictness = if variables.strictness { Strictness::Strict } else { Strictness::Lenient };
    let mut changed = false;
    for built in objects.iter_mut() {
        if opts_out(&built.value) || (!built.yaml.contains('$') && !has_large_integer(&built.yaml)) {
            continue;
        }
        let object = described(&built.value);
        let text = substitute(&built.yaml, |name| variables.values.get(name).map(String::as_str), strictness)
            .map_err(|cause| SubstituteError::Substitution { object: object.clone(), cause })?;
        let yaml = |cause| SubstituteError::Yaml { object: object.clone(), cause };
        let mut value = read_value(text.as_bytes(), &ReadOptions::sigs()).map_err(yaml)?;
        if !value.is_object() {
            return Err(SubstituteError::NoObject { object });
        }
        through_float(&mut value);
        built.yaml = write_value(&value).map_err(yaml)?;
        built.value = value;
        changed = true;
    }
    if changed { check_ids(objects) } else { Ok(()) }
}

fn opts_out(value: &Value) -> bool {
    ["labels", "annotations"].iter().any(|field| {
        let map = value.get("metadata").and_then(|metadata| metadata.get(field));
        map.and_then(|map| map.get(SUBSTITUTE)).and_then(Value::as_str) == Some("disabled")
    })
}

/// `<Kind>.<version>.<group>/<name>`, as the reference names objects here.
fn described(value: &Value) -> String {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (group, version) = text("/apiVersion").rsplit_once('/').unwrap_or(("[noGrp]", text("/apiVersion")));
    format!("{}.{version}.{group}/{}", text("/kind"), text("/metadata/name"))
}

/// Whether a text may hold an integer that a float cannot: those have sixteen digits at least.
fn has_large_integer(text: &str) -> bool {
    text.as_bytes().split(|byte| !byte.is_ascii_digit()).any(|digits| digits.len() >= 16)
}

/// The reference reads the text through 64-bit floats, so large integers lose their last digits.
fn through_float(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let exact = number.as_i64().map_or(number.as_u64(), |signed| Some(signed.unsigned_abs()));
            if exact.is_none_or(|exact| exact <= EXACT) {
                return;
            }
            let Some(float) = number.as_f64() else { return };
            let text = format!("{float}");
            let rounded = text
                .parse::<i64>()
                .map(Number::from)
                .ok()
                .or_else(|| text.parse::<u64>().ok().map(Number::from))
                .or_else(|| Number::from_f64(float));
            if let Some(rounded) = rounded {
                *number = rounded;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(through_float),
        Value::Object(map) => map.values_mut().for_each(through_float),
        _ => {}
    }
}

fn check_ids(objects: &[BuiltObject]) -> Result<(), SubstituteError> {
    let mut seen = BTreeSet::new();
    for object in objects {
        let text = |pointer: &str| object.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let group = text("/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
        let id = (group, text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
        if !seen.insert(id) {
            return Err(SubstituteError::Duplicate { object: described(&object.value) });
        }
    }
    Ok(())
}
