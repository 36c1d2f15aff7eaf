//! Strict reading of configuration: what Go's JSON decoder accepts and refuses.
//!
//! A field matches without regard to case if no name fits exactly; a field that nothing fits is an error in a
//! kustomization file and ignored in a plugin's configuration; null means absent.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind};

/// Where in the configuration the decoder is, for messages.
#[derive(Clone)]
pub(crate) struct Place {
    /// The Go type that holds the field.
    type_name: &'static str,
    path: String,
    strict: bool,
}

impl Place {
    pub(crate) fn root(type_name: &'static str, strict: bool) -> Self {
        Self { type_name, path: String::new(), strict }
    }

    fn field(&self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Self { path, ..self.clone() }
    }

    fn within(&self, type_name: &'static str) -> Self {
        Self { type_name, ..self.clone() }
    }

    fn mismatch(&self, value: &Value, wanted: &str) -> Error {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let target = if self.path.is_empty() {
            format!("Go value of type types.{}", self.type_name)
        } else {
            format!("Go struct field {}.{} of type {wanted}", self.type_name, self.path)
        };
        Error::new(ErrorKind::Kustomization, format!("json: cannot unmarshal {found} into {target}"))
    }
}

/// The fields of one object, taken one by one.
pub(crate) struct Fields<'v> {
    place: Place,
    map: &'v Map<String, Value>,
    known: Vec<&'static str>,
}

impl<'v> Fields<'v> {
    pub(crate) fn of(value: &'v Value, place: &Place) -> Result<Self, Error> {
        match value {
            Value::Object(map) => Ok(Self { place: place.clone(), map, known: Vec::new() }),
            other => Err(place.mismatch(other, &format!("types.{}", place.type_name))),
        }
    }

    /// The value of a field that is set and not null.
    fn get(&mut self, name: &'static str) -> Option<(&'v Value, Place)> {
        self.known.push(name);
        let value = self.map.get(name).or_else(|| {
            // Of several spellings the last one counts, as it does for the decoder that reads them in turn.
            self.map.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        });
        value.filter(|value| !value.is_null()).map(|value| (value, self.place.field(name)))
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<String, Error> {
        Ok(self.optional_text(name)?.unwrap_or_default())
    }

    pub(crate) fn optional_text(&mut self, name: &'static str) -> Result<Option<String>, Error> {
        self.get(name).map(|(value, place)| string(value, &place)).transpose()
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, Error> {
        match self.get(name) {
            None => Ok(false),
            Some((Value::Bool(truth), _)) => Ok(*truth),
            Some((other, place)) => Err(place.mismatch(other, "bool")),
        }
    }

    pub(crate) fn integer(&mut self, name: &'static str) -> Result<i64, Error> {
        match self.get(name) {
            None => Ok(0),
            Some((value, place)) => value.as_i64().ok_or_else(|| place.mismatch(value, "int64")),
        }
    }

    pub(crate) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Error> {
        Ok(self.optional_texts(name)?.unwrap_or_default())
    }

    pub(crate) fn optional_texts(&mut self, name: &'static str) -> Result<Option<Vec<String>>, Error> {
        let Some((value, place)) = self.get(name) else { return Ok(None) };
        let Value::Array(items) = value else { return Err(place.mismatch(value, "[]string")) };
        // A null element is an empty string.
        let texts =
            items.iter().map(|item| if item.is_null() { Ok(String::new()) } else { string(item, &place) });
        texts.collect::<Result<_, _>>().map(Some)
    }

    pub(crate) fn text_map(&mut self, name: &'static str) -> Result<Option<BTreeMap<String, String>>, Error> {
        let Some((value, place)) = self.get(name) else { return Ok(None) };
        let Value::Object(map) = value else { return Err(place.mismatch(value, "map[string]string")) };
        let pairs = map.iter().map(|(key, value)| {
            let text = if value.is_null() { String::new() } else { string(value, &place)? };
            Ok((key.clone(), text))
        });
        pairs.collect::<Result<_, _>>().map(Some)
    }

    /// A nested object.
    pub(crate) fn object<T>(
        &mut self,
        name: &'static str,
        type_name: &'static str,
        decode: impl FnOnce(&mut Fields<'v>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let Some((value, place)) = self.get(name) else { return Ok(None) };
        decode_object(value, &place.within(type_name), decode).map(Some)
    }

    /// A list of nested objects; nothing if the field is absent.
    pub(crate) fn objects<T>(
        &mut self,
        name: &'static str,
        type_name: &'static str,
        mut decode: impl FnMut(&mut Fields<'v>) -> Result<T, Error>,
    ) -> Result<Option<Vec<T>>, Error> {
        let Some((value, place)) = self.get(name) else { return Ok(None) };
        let Value::Array(items) = value else {
            return Err(place.mismatch(value, &format!("[]types.{type_name}")));
        };
        static EMPTY: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| Value::Object(Map::new()));
        let place = place.within(type_name);
        items
            .iter()
            .map(|item| {
                let item = if item.is_null() { &*EMPTY } else { item };
                decode_object(item, &place, &mut decode)
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// A value that is taken as it stands.
    pub(crate) fn raw(&mut self, name: &'static str) -> Option<&'v Value> {
        self.get(name).map(|(value, _)| value)
    }

    /// Refuses what was not asked for.
    fn finish(self) -> Result<(), Error> {
        if !self.place.strict {
            return Ok(());
        }
        let unknown =
            self.map.keys().find(|key| !self.known.iter().any(|known| known.eq_ignore_ascii_case(key)));
        match unknown {
            None => Ok(()),
            Some(name) => Err(Error::new(
                ErrorKind::Kustomization,
                format!("json: unknown field {}", crate::error::quote(name)),
            )),
        }
    }
}

/// Decodes one object and then refuses fields that the decoder did not ask for.
pub(crate) fn decode_object<'v, T>(
    value: &'v Value,
    place: &Place,
    decode: impl FnOnce(&mut Fields<'v>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut fields = Fields::of(value, place)?;
    let decoded = decode(&mut fields)?;
    fields.finish()?;
    Ok(decoded)
}

fn string(value: &Value, place: &Place) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(place.mismatch(other, "string")),
    }
}
