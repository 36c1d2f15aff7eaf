//! `vars`: `$(NAME)` in the fields that are listed for it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    error::{Context as _, Error},
    field_path::{lookup, split_smart},
    field_spec::FieldSpec,
    id::ResourceId,
    kustomization::Variable,
    loader::Session,
    node::{Node, Scalar, Style, Tag},
    resource_map::ResourceMap,
    value,
};

/// Variables of a build, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variables(BTreeMap<String, Variable>);

impl Variables {
    fn insert(&mut self, variable: &Variable) -> Result<(), Error> {
        if self.0.contains_key(&variable.name) {
            return Err(Error::build(format!("var '{}' already encountered", variable.name)));
        }
        self.0.insert(variable.name.clone(), variable.clone());
        Ok(())
    }

    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), Error> {
        other.0.values().try_for_each(|variable| self.insert(variable))
    }

    /// Takes over a file's variables and marks the objects that they take their values from.
    pub(crate) fn declare(
        &mut self,
        session: &Session<'_>,
        map: &mut ResourceMap,
        variables: &[Variable],
    ) -> Result<(), Error> {
        let schema = &session.schema;
        for variable in variables {
            // A target without known scope never counts as cluster-scoped here.
            let mut target = ResourceId::new(
                variable.gvk.clone(),
                &variable.object_name,
                &variable.object_namespace,
                schema,
            );
            target.cluster_scoped = false;
            let exact = !target.namespace.is_empty();
            let matches = map.matching_any_id(schema, |id| {
                if exact { target.same(id) } else { target.same_without_namespace(id) }
            });
            match matches.as_slice() {
                [] => {}
                [index] => {
                    if let Some(resource) = map.list_mut().get_mut(*index) {
                        resource.variables.push(variable.name.clone());
                    }
                }
                several => {
                    return Err(Error::build(format!(
                        "found {} resId matches for var {} (unable to disambiguate)",
                        several.len(),
                        variable.stated
                    )));
                }
            }
        }
        variables.iter().try_for_each(|variable| self.insert(variable))
    }

    /// Replaces all uses of variables.
    pub(crate) fn resolve(
        &self,
        session: &Session<'_>,
        map: &mut ResourceMap,
        specs: &[FieldSpec],
    ) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut values = BTreeMap::new();
        for variable in self.0.values() {
            values.insert(variable.name.as_str(), value_of(map, variable)?);
        }
        let mut used = BTreeSet::new();
        for resource in map.iter_mut() {
            for spec in specs {
                spec.apply(resource.node_mut(), None, &mut |node| replace_in(node, &values, &mut used))?;
            }
        }
        let unused: Vec<&str> = values.keys().copied().filter(|name| !used.contains(*name)).collect();
        if !unused.is_empty() {
            session.warn(format!("well-defined vars that were never replaced: {}", unused.join(",")));
        }
        Ok(())
    }
}

/// A variable with its defaults, as Go prints the struct.
fn describe(variable: &Variable) -> String {
    format!("{{{} {} {{{}}}}}", variable.name, variable.gvk, variable.field_path)
}

fn value_of(map: &ResourceMap, variable: &Variable) -> Result<Value, Error> {
    let source =
        map.iter().find(|resource| resource.variables.contains(&variable.name)).ok_or_else(|| {
            Error::build(format!(
                "var '{}' cannot be mapped to a field in the set of known resources",
                describe(variable)
            ))
        })?;
    let missing = || {
        Error::build(format!(
            "field specified in var '{}' not found in corresponding resource",
            describe(variable)
        ))
    };
    let path = with_slice_indexes(split_smart(&variable.field_path));
    let node = lookup(source.node(), &path).map_err(|_| missing())?.ok_or_else(missing)?;
    match node {
        Node::Scalar(scalar) => scalar_value(scalar).ok_or_else(missing),
        other => value::to_json(other),
    }
}

/// `ports[0]` → `ports`, `0`.
fn with_slice_indexes(parts: Vec<String>) -> Vec<String> {
    let mut result = Vec::with_capacity(parts.len());
    for part in parts {
        let index = part.strip_suffix(']').and_then(|head| head.rsplit_once('['));
        match index {
            Some((name, digits))
                if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                if !name.is_empty() {
                    result.push(name.to_owned());
                }
                result.push(digits.to_owned());
            }
            _ => result.push(part),
        }
    }
    result
}

/// The value by the tag alone; only decimal integers are numbers here.
fn scalar_value(scalar: &Scalar) -> Option<Value> {
    match scalar.tag {
        Tag::Int => scalar.text.parse::<i64>().ok().map(Value::from),
        Tag::Float => scalar.text.parse::<f64>().ok().map(Value::from),
        Tag::Bool => match &*scalar.text {
            "true" | "True" | "TRUE" => Some(Value::Bool(true)),
            "false" | "False" | "FALSE" => Some(Value::Bool(false)),
            _ => None,
        },
        _ => Some(Value::String(scalar.text.to_string())),
    }
}

fn replace_in<'v>(
    node: &mut Node,
    values: &BTreeMap<&'v str, Value>,
    used: &mut BTreeSet<&'v str>,
) -> Result<(), Error> {
    if node.is_null() {
        return Ok(());
    }
    match node {
        Node::Scalar(scalar) => {
            if scalar.is_string() {
                update(scalar, values, used);
            }
        }
        Node::Mapping(_) => {
            for (key, value) in node.entries_mut().into_iter().flatten() {
                if !key.is_string() {
                    return Err(Error::build(format!("invalid map key: value='{}'", key.text)));
                }
                if let Node::Scalar(scalar) = value
                    && scalar.is_string()
                {
                    update(scalar, values, used);
                }
            }
        }
        Node::Sequence(_) => {
            for item in node.items_mut().into_iter().flatten() {
                match item {
                    Node::Scalar(scalar) if scalar.is_string() => update(scalar, values, used),
                    _ => return Err(Error::build("invalid value type expect a string")),
                }
            }
        }
    }
    Ok(())
}

fn update<'v>(scalar: &mut Scalar, values: &BTreeMap<&'v str, Value>, used: &mut BTreeSet<&'v str>) {
    if !scalar.text.contains('$') {
        // The reference drops the quotes of every string that it looks at; the tag keeps it a string.
        scalar.style = Style::Plain;
        scalar.tag = Tag::String;
        return;
    }
    let new = expand(&scalar.text, values, used);
    let (text, tag) = match new {
        Value::Number(number) if number.is_f64() => {
            (ferroflux_go::float::format_f(number.as_f64().unwrap_or_default()), Tag::Float)
        }
        Value::Number(number) => (number.to_string(), Tag::Int),
        Value::Bool(truth) => (truth.to_string(), Tag::Bool),
        Value::String(text) => (text, Tag::String),
        other => (other.to_string(), Tag::String),
    };
    *scalar = Scalar::new(text, tag);
}

/// Replaces `$(NAME)`; `$$` is a dollar sign, and what is no variable stays.
fn expand<'v>(input: &str, values: &BTreeMap<&'v str, Value>, used: &mut BTreeSet<&'v str>) -> Value {
    let mut out = String::with_capacity(input.len());
    let mut rest = input;
    while let Some(dollar) = rest.find('$') {
        let (before, after) = rest.split_at(dollar);
        out.push_str(before);
        let after = after.get(1..).unwrap_or("");
        let mut next = after.chars();
        match next.next() {
            None => {
                out.push('$');
                return Value::String(out);
            }
            Some('$') => {
                out.push('$');
                rest = next.as_str();
            }
            Some('(') => match next.as_str().split_once(')') {
                None => {
                    out.push_str("$(");
                    rest = next.as_str();
                }
                Some((name, tail)) => {
                    let whole = tail.is_empty() && out.is_empty() && rest.len() == input.len();
                    match values
                        .get_key_value(name)
                        .filter(|(_, value)| !value.is_object() && !value.is_array())
                    {
                        Some((name, value)) => {
                            used.insert(name);
                            if whole {
                                return value.clone();
                            }
                            out.push_str(&text_of(value));
                        }
                        None => {
                            out.push_str("$(");
                            out.push_str(name);
                            out.push(')');
                        }
                    }
                    rest = tail;
                }
            },
            Some(other) => {
                out.push('$');
                out.push(other);
                rest = next.as_str();
            }
        }
    }
    out.push_str(rest);
    Value::String(out)
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            ferroflux_go::float::format_g(number.as_f64().unwrap_or_default())
        }
        Value::Null => "<nil>".into(),
        other => other.to_string(),
    }
}

/// Context for errors of this step.
pub(crate) fn merging<T>(result: Result<T, Error>, variables: &[Variable]) -> Result<T, Error> {
    result.context(|| {
        let all: Vec<String> = variables.iter().map(|variable| variable.stated.clone()).collect();
        format!("merging vars [{}]", all.join(" "))
    })
}
