//! JSON patches (RFC 6902) with the liberties of the Go package that kustomize uses.

use serde_json::{Map, Value};

use crate::error::{Context as _, Error, ErrorKind};

/// How many operations one patch may have.
const MAX_OPERATIONS: usize = 10_000;

/// How large a document may become by operations that copy.
const MAX_COPIED_BYTES: usize = 16 << 20;

/// A parsed patch.
#[derive(Debug, Clone)]
pub(crate) struct JsonPatch {
    operations: Vec<Map<String, Value>>,
}

impl JsonPatch {
    /// Reads JSON if the text starts with `[`, else YAML 1.1.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let value: Value = if text.starts_with('[') {
            serde_json::from_str(text).map_err(|error| Error::yaml(error.to_string()))?
        } else {
            ferroflux_yaml::read_value(text.as_bytes(), &crate::limits::sigs())
                .map_err(|error| Error::yaml(error.to_string()))?
        };
        Self::from_value(value)
    }

    fn from_value(value: Value) -> Result<Self, Error> {
        let items = match value {
            Value::Array(items) => items,
            Value::Null => Vec::new(),
            other => {
                let kind = match other {
                    Value::Object(_) => "object",
                    Value::String(_) => "string",
                    Value::Bool(_) => "bool",
                    _ => "number",
                };
                return Err(Error::yaml(format!(
                    "json: cannot unmarshal {kind} into Go value of type jsonpatch.Patch"
                )));
            }
        };
        if items.len() > MAX_OPERATIONS {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("patch has more than {MAX_OPERATIONS} operations"),
            ));
        }
        let operations = items.into_iter().map(|item| match item {
            Value::Object(operation) => Ok(operation),
            Value::Null => Ok(Map::new()),
            _ => Err(Error::yaml(
                "json: cannot unmarshal value into Go value of type jsonpatch.Operation".to_owned(),
            )),
        });
        Ok(Self { operations: operations.collect::<Result<_, _>>()? })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Applies all operations in order.
    pub(crate) fn apply(&self, document: &mut Value) -> Result<(), Error> {
        let mut copied = 0;
        for operation in &self.operations {
            let kind = operation.get("op").and_then(Value::as_str).unwrap_or("unknown");
            match kind {
                "add" => add(document, operation)?,
                "remove" => remove(document, operation)?,
                "replace" => replace(document, operation)?,
                "move" => relocate(document, operation)?,
                "copy" => copied += copy(document, operation)?,
                "test" => test(document, operation)?,
                other => return Err(Error::build(format!("Unexpected kind: {other}"))),
            }
            if copied > MAX_COPIED_BYTES {
                return Err(Error::new(
                    ErrorKind::Limit,
                    format!("patch copies more than {MAX_COPIED_BYTES} bytes"),
                ));
            }
        }
        Ok(())
    }
}

fn pointer<'o>(operation: &'o Map<String, Value>, name: &str, action: &str) -> Result<&'o str, Error> {
    operation
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| Error::build(format!("{action} operation failed to decode {name}: missing value")))
}

fn value_of(operation: &Map<String, Value>) -> Value {
    operation.get("value").cloned().unwrap_or(Value::Null)
}

fn decode_key(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// The container and the key in it that a pointer names.
fn container<'d>(document: &'d mut Value, path: &str) -> Option<(&'d mut Value, String)> {
    let mut parts: Vec<&str> = path.split('/').collect();
    if parts.len() < 2 {
        return None;
    }
    let key = decode_key(parts.pop()?);
    let mut current = document;
    for part in parts.into_iter().skip(1) {
        let part = decode_key(part);
        current = match current {
            Value::Object(map) => map.get_mut(&part)?,
            Value::Array(items) => {
                let index = existing_index(&part, items.len()).ok()?;
                items.get_mut(index)?
            }
            _ => return None,
        };
    }
    matches!(current, Value::Object(_) | Value::Array(_)).then_some((current, key))
}

fn number(key: &str) -> Result<i64, Error> {
    key.parse().map_err(|_| {
        Error::build(format!("strconv.Atoi: parsing {}: invalid syntax", crate::error::quote(key)))
    })
}

fn invalid_index(index: i64) -> Error {
    Error::build(format!("Unable to access invalid index: {index}: invalid index referenced"))
}

/// The place of an element that exists; negative numbers count from the end.
fn existing_index(key: &str, length: usize) -> Result<usize, Error> {
    let index = number(key)?;
    let place = if index < 0 { index + length as i64 } else { index };
    usize::try_from(place).ok().filter(|place| *place < length).ok_or_else(|| invalid_index(index))
}

fn missing(action: &str, path: &str) -> Error {
    Error::build(format!("{action} operation does not apply: doc is missing path: \"{path}\": missing value"))
}

fn insert(container: &mut Value, key: String, value: Value) -> Result<(), Error> {
    match container {
        Value::Object(map) => {
            map.insert(key, value);
            Ok(())
        }
        Value::Array(items) if key == "-" => {
            items.push(value);
            Ok(())
        }
        Value::Array(items) => {
            let index = existing_index(&key, items.len() + 1)?;
            items.insert(index, value);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn take(container: &mut Value, key: &str) -> Result<Value, Error> {
    match container {
        Value::Object(map) => map
            .shift_remove(key)
            .ok_or_else(|| Error::build(format!("Unable to remove nonexistent key: {key}: missing value"))),
        Value::Array(items) => {
            let index = existing_index(key, items.len())?;
            Ok(items.remove(index))
        }
        _ => Ok(Value::Null),
    }
}

/// What stands at a key; a key that a map does not have is null.
fn read(container: &Value, key: &str) -> Result<Option<Value>, Error> {
    match container {
        Value::Object(map) => Ok(map.get(key).cloned()),
        Value::Array(items) => Ok(items.get(existing_index(key, items.len())?).cloned()),
        _ => Ok(None),
    }
}

fn add(document: &mut Value, operation: &Map<String, Value>) -> Result<(), Error> {
    let path = pointer(operation, "path", "add")?;
    let (place, key) = container(document, path).ok_or_else(|| missing("add", path))?;
    insert(place, key, value_of(operation)).context(|| format!("error in add for path: '{path}'"))
}

fn remove(document: &mut Value, operation: &Map<String, Value>) -> Result<(), Error> {
    let path = pointer(operation, "path", "remove")?;
    let (place, key) = container(document, path).ok_or_else(|| missing("remove", path))?;
    take(place, &key).context(|| format!("error in remove for path: '{path}'")).map(|_| ())
}

fn replace(document: &mut Value, operation: &Map<String, Value>) -> Result<(), Error> {
    let path = pointer(operation, "path", "replace")?;
    if path.is_empty() {
        *document = value_of(operation);
        return Ok(());
    }
    let (place, key) = container(document, path).ok_or_else(|| {
        Error::build(format!("replace operation does not apply: doc is missing path: {path}: missing value"))
    })?;
    match place {
        // A key that is not there is added: the package never looks whether it is.
        Value::Object(map) => {
            map.insert(key, value_of(operation));
        }
        Value::Array(items) => {
            let index = existing_index(&key, items.len()).map_err(|_| {
                Error::build(format!(
                    "replace operation does not apply: doc is missing key: {path}: missing value"
                ))
            })?;
            if let Some(item) = items.get_mut(index) {
                *item = value_of(operation);
            }
        }
        _ => {}
    }
    Ok(())
}

fn relocate(document: &mut Value, operation: &Map<String, Value>) -> Result<(), Error> {
    let from = pointer(operation, "from", "move")?;
    let (source, key) = container(document, from).ok_or_else(|| {
        Error::build(format!(
            "move operation does not apply: doc is missing from path: {from}: missing value"
        ))
    })?;
    let value = take(source, &key).context(|| format!("error in move for path: '{key}'"))?;
    let path = pointer(operation, "path", "move")?;
    let (target, key) = container(document, path).ok_or_else(|| {
        Error::build(format!(
            "move operation does not apply: doc is missing destination path: {path}: missing value"
        ))
    })?;
    insert(target, key, value).context(|| format!("error in move for path: '{path}'"))
}

fn copy(document: &mut Value, operation: &Map<String, Value>) -> Result<usize, Error> {
    let from = pointer(operation, "from", "copy")?;
    let (source, key) = container(document, from).ok_or_else(|| {
        Error::build(format!(
            "copy operation does not apply: doc is missing from path: {from}: missing value"
        ))
    })?;
    let value = read(source, &key).context(|| format!("error in copy for from: '{from}'"))?;
    let value = value.unwrap_or(Value::Null);
    let size = value.to_string().len();
    let path = pointer(operation, "path", "copy")?;
    let (target, key) = container(document, path).ok_or_else(|| {
        Error::build(format!(
            "copy operation does not apply: doc is missing destination path: {path}: missing value"
        ))
    })?;
    insert(target, key, value).context(|| "error while adding value during copy")?;
    Ok(size)
}

fn test(document: &mut Value, operation: &Map<String, Value>) -> Result<(), Error> {
    let path = pointer(operation, "path", "test")?;
    let wanted = value_of(operation);
    let failed = || Err(Error::build(format!("testing value {path} failed: test failed")));
    if path.is_empty() {
        return if *document == wanted { Ok(()) } else { failed() };
    }
    let (place, key) = container(document, path).ok_or_else(|| {
        Error::build(format!("test operation does not apply: is missing path: {path}: missing value"))
    })?;
    let found = read(place, &key).context(|| format!("error in test for path: '{path}'"))?;
    if found.unwrap_or(Value::Null) == wanted { Ok(()) } else { failed() }
}
