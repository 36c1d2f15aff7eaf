//! The `--set` grammar: `a.b[0].c=v,d={x,y}` (contract/helm-engine.md 10).

use serde_json::{Map, Value};

/// List positions above this are refused.
const MAXIMUM_INDEX: i64 = 65_536;

/// Keys may be nested this deep.
const MAXIMUM_NESTING: usize = 30;

/// How the values of a `--set` text are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    /// Booleans, null and integers are what they look like.
    Typed,
    /// Everything is a string.
    Strings,
}

/// What is wrong with a `--set` text, in Helm's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SetError(String);

/// Writes what `text` says into `values`, in place.
pub fn set(text: &str, typing: Typing, values: &mut Map<String, Value>) -> Result<(), SetError> {
    let mut parser = Parser { input: text.chars().collect(), at: 0, typing };
    while parser.at < parser.input.len() {
        if parser.key(values, 0).map_err(SetError)? == Step::End {
            break;
        }
    }
    Ok(())
}

/// Whether there may be another key, or the text ended where one was expected, which is no error.
#[derive(PartialEq, Eq)]
enum Step {
    Next,
    End,
}

/// What ended a run of characters.
type Stop = Option<char>;

struct Parser {
    input: Vec<char>,
    at: usize,
    typing: Typing,
}

fn quoted(text: &str) -> String {
    ferroflux_template::quote::quote(text)
}

impl Parser {
    /// The characters up to one of `stops`, which is consumed; a backslash takes away the meaning of what follows.
    fn until(&mut self, stops: &[char]) -> (String, Stop) {
        let mut out = String::new();
        while let Some(character) = self.input.get(self.at).copied() {
            self.at += 1;
            if stops.contains(&character) {
                return (out, Some(character));
            }
            if character == '\\' {
                if let Some(next) = self.input.get(self.at) {
                    out.push(*next);
                    self.at += 1;
                }
                continue;
            }
            out.push(character);
        }
        (out, None)
    }

    fn key(&mut self, values: &mut Map<String, Value>, nesting: usize) -> Result<Step, String> {
        let (name, stop) = self.until(&['=', '[', ',', '.']);
        match stop {
            None if name.is_empty() => Ok(Step::End),
            None => Err(format!("key {} has no value", quoted(&name))),
            Some('[') => {
                let Some(index) = self.index()? else {
                    return Ok(Step::End);
                };
                let mut list = match values.get_mut(&name).map(Value::take) {
                    Some(Value::Array(list)) => list,
                    None | Some(Value::Null) => Vec::new(),
                    Some(other) => return Err(crossing(&other, "[]interface {}")),
                };
                let result = self.list_item(&mut list, index, nesting);
                assign(values, name, Value::Array(list));
                result.map(|()| Step::Next)
            }
            Some('=') => {
                let value = self.value()?;
                assign(values, name, value);
                Ok(Step::Next)
            }
            Some(',') => {
                assign(values, name.clone(), Value::from(""));
                Err(format!("key {} has no value (cannot end with ,)", quoted(&name)))
            }
            Some(_) => {
                let nesting = nesting + 1;
                if nesting > MAXIMUM_NESTING {
                    return Err(too_nested());
                }
                let mut inner = match values.get_mut(&name).map(Value::take) {
                    Some(Value::Object(inner)) => inner,
                    None => Map::new(),
                    Some(other) => return Err(crossing(&other, "map[string]interface {}")),
                };
                let result = self.key(&mut inner, nesting);
                if result == Ok(Step::Next) && inner.is_empty() {
                    return Err(format!("key map {} has no value", quoted(&name)));
                }
                if !inner.is_empty() {
                    assign(values, name, Value::Object(inner));
                }
                result
            }
        }
    }

    /// What follows `=`: a list in braces, nothing, or a scalar up to the next comma.
    fn value(&mut self) -> Result<Value, String> {
        match self.input.get(self.at) {
            None => Ok(Value::from("")),
            Some(',') => {
                self.at += 1;
                Ok(Value::from(""))
            }
            Some('{') => {
                self.at += 1;
                self.braces()
            }
            Some(_) => {
                let (text, _) = self.until(&[',']);
                Ok(self.typed(&text))
            }
        }
    }

    fn braces(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            match stop {
                None => return Err("list must terminate with '}'".into()),
                Some('}') => {
                    // A comma behind the brace separates keys.
                    if self.input.get(self.at) == Some(&',') {
                        self.at += 1;
                    }
                    items.push(self.typed(&text));
                    return Ok(Value::Array(items));
                }
                Some(_) => items.push(self.typed(&text)),
            }
        }
    }

    fn typed(&self, text: &str) -> Value {
        if self.typing == Typing::Strings {
            return Value::from(text);
        }
        match text.to_lowercase().as_str() {
            "true" => return Value::Bool(true),
            "false" => return Value::Bool(false),
            "null" => return Value::Null,
            "0" => return Value::from(0),
            _ => {}
        }
        if !text.starts_with('0')
            && let Ok(number) = text.parse::<i64>()
        {
            return Value::from(number);
        }
        Value::from(text)
    }

    /// The index up to `]`; nothing if the text ends before.
    fn index(&mut self) -> Result<Option<i64>, String> {
        let (text, stop) = self.until(&[']']);
        if stop.is_none() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| {
            format!("error parsing index: strconv.Atoi: parsing {}: invalid syntax", quoted(&text))
        })
    }

    fn list_item(&mut self, list: &mut Vec<Value>, index: i64, nesting: usize) -> Result<(), String> {
        if index < 0 {
            return Err(format!("negative {index} index not allowed"));
        }
        let (text, stop) = self.until(&['[', '.', '=']);
        match stop {
            None if text.is_empty() => Ok(()),
            _ if !text.is_empty() => {
                let shown: Vec<String> = text.chars().map(|character| format!("'{character}'")).collect();
                Err(format!("unexpected data at end of array index: [{}]", shown.join(" ")))
            }
            None => Ok(()),
            Some('=') => {
                let value = self.value()?;
                set_at(list, index, value)
            }
            Some('[') => {
                let Some(next) = self.index()? else {
                    return Ok(());
                };
                let mut inner = match list.get_mut(index as usize).map(Value::take) {
                    Some(Value::Array(inner)) => inner,
                    _ => Vec::new(),
                };
                self.list_item(&mut inner, next, nesting)?;
                set_at(list, index, Value::Array(inner))
            }
            Some(_) => {
                let nesting = nesting + 1;
                if nesting > MAXIMUM_NESTING {
                    return Err(too_nested());
                }
                let mut inner = match list.get_mut(index as usize).map(Value::take) {
                    Some(Value::Object(inner)) => inner,
                    _ => Map::new(),
                };
                self.key(&mut inner, nesting)?;
                set_at(list, index, Value::Object(inner))
            }
        }
    }
}

fn too_nested() -> String {
    format!("value name nested level is greater than maximum supported nested level of {MAXIMUM_NESTING}")
}

fn crossing(value: &Value, wanted: &str) -> String {
    let held = match value {
        Value::Null => "nil".to_owned(),
        value => super::value(value).type_name(),
    };
    format!("unable to parse key: interface conversion: interface {{}} is {held}, not {wanted}")
}

/// An empty name is no key.
fn assign(values: &mut Map<String, Value>, name: String, value: Value) {
    if !name.is_empty() {
        values.insert(name, value);
    }
}

/// Puts a value at a position; the list grows with nulls.
fn set_at(list: &mut Vec<Value>, index: i64, value: Value) -> Result<(), String> {
    if index < 0 {
        return Err(format!("negative {index} index not allowed"));
    }
    if index > MAXIMUM_INDEX {
        return Err(format!("index of {index} is greater than maximum supported index of {MAXIMUM_INDEX}"));
    }
    let index = index as usize;
    if list.len() <= index {
        list.resize(index + 1, Value::Null);
    }
    if let Some(slot) = list.get_mut(index) {
        *slot = value;
    }
    Ok(())
}
