//! The short way from text to value, for the documents that manifests are: no anchors, no tags, no merge keys.
//!
//! It builds no tree and decides nothing that is not plain. Whatever is special, and every error, makes it give up;
//! the long way over the tree then says what there is to say.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use crate::{
    Dialect, DuplicateKeys, ReadOptions, Scalar, Style,
    event::{Data, Event, Parser, Properties},
    resolve::resolve_plain,
    scan::Input,
};

/// Every document of the stream, or nothing if one of them needs the long way.
pub(crate) fn values(input: &Input<'_>, options: &ReadOptions) -> Option<Vec<Value>> {
    // A stream that is read to its end without an error is the same to both scanners, and this one does not look
    // for comments.
    let mut reader = Reader::new(input, Dialect::V2, options);
    let mut values = Vec::new();
    while let Next::Document(value) = reader.document()? {
        values.push(value);
    }
    Some(values)
}

/// The first document, null if there is none, or nothing if it needs the long way.
pub(crate) fn first_value(input: &Input<'_>, options: &ReadOptions) -> Option<Value> {
    let mut reader = Reader::new(input, options.dialect, options);
    match reader.document()? {
        Next::Document(value) => Some(value),
        Next::End => Some(Value::Null),
    }
}

enum Next {
    Document(Value),
    End,
}

/// A collection under way; of a mapping also the key that waits for its value.
enum Open {
    Sequence(Vec<Value>),
    Mapping(Map<String, Value>, Option<String>),
}

struct Reader<'a> {
    parser: Parser<'a>,
    options: &'a ReadOptions,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn new(input: &'a Input<'_>, scanner: Dialect, options: &'a ReadOptions) -> Self {
        Self { parser: Parser::new(input, scanner), options, nodes: 0 }
    }

    fn next(&mut self) -> Option<Event<'a>> {
        self.nodes += 1;
        if self.nodes > self.options.limits.nodes { None } else { self.parser.next().ok() }
    }

    fn document(&mut self) -> Option<Next> {
        let mut event = self.next()?;
        if matches!(event.data, Data::StreamStart) {
            event = self.next()?;
        }
        if !matches!(event.data, Data::DocumentStart { .. }) {
            return Some(Next::End);
        }
        let event = self.next()?;
        let value = self.value(event)?;
        self.next()?;
        Some(Next::Document(value))
    }

    fn value(&mut self, event: Event<'a>) -> Option<Value> {
        let mut open: Vec<Open> = Vec::new();
        let mut event = event;
        loop {
            let finished = match event.data {
                Data::Scalar { properties, value, style } if is_bare(&properties) => {
                    if let Some(Open::Mapping(_, key @ None)) = open.last_mut() {
                        *key = Some(self.key(value, style)?);
                        event = self.next()?;
                        continue;
                    }
                    self.scalar(value, style)?
                }
                Data::SequenceStart { properties, .. } if is_bare(&properties) => {
                    open.push(Open::Sequence(Vec::new()));
                    event = self.opened(&open)?;
                    continue;
                }
                Data::MappingStart { properties, .. } if is_bare(&properties) => {
                    open.push(Open::Mapping(Map::new(), None));
                    event = self.opened(&open)?;
                    continue;
                }
                Data::CollectionEnd => match open.pop()? {
                    Open::Sequence(items) => Value::Array(items),
                    Open::Mapping(map, _) => Value::Object(map),
                },
                _ => return None,
            };
            match open.last_mut() {
                None => return Some(finished),
                Some(Open::Sequence(items)) => items.push(finished),
                Some(Open::Mapping(map, key)) => {
                    // A collection in a key's place needs the long way.
                    let replaced = map.insert(key.take()?, finished);
                    if replaced.is_some() && self.options.duplicate_keys == DuplicateKeys::Reject {
                        return None;
                    }
                }
            }
            event = self.next()?;
        }
    }

    fn opened(&mut self, open: &[Open]) -> Option<Event<'a>> {
        if open.len() > self.options.limits.depth { None } else { self.next() }
    }

    fn key(&self, text: Cow<'a, str>, style: Style) -> Option<String> {
        if style != Style::Plain {
            return Some(text.into_owned());
        }
        if text == "<<" {
            return None;
        }
        let v2 = self.options.dialect == Dialect::V2;
        match resolve_plain(&text, self.options.dialect) {
            Scalar::String => Some(text.into_owned()),
            // Under both rules these are keys, but where equal keys are refused `yes` and `"true"` are not equal.
            Scalar::Bool(truth) if v2 && self.options.duplicate_keys == DuplicateKeys::LastWins => {
                Some(truth.to_string())
            }
            Scalar::Timestamp(_) if v2 => Some(text.into_owned()),
            _ => None,
        }
    }

    fn scalar(&self, text: Cow<'a, str>, style: Style) -> Option<Value> {
        if style != Style::Plain {
            return Some(Value::String(text.into_owned()));
        }
        Some(match resolve_plain(&text, self.options.dialect) {
            Scalar::String => Value::String(text.into_owned()),
            Scalar::Null => Value::Null,
            Scalar::Bool(truth) => Value::Bool(truth),
            Scalar::Int(number) => Value::Number(number.into()),
            Scalar::Uint(number) => Value::Number(number.into()),
            Scalar::Float(number) => Value::Number(Number::from_f64(number)?),
            Scalar::Timestamp(_) if self.options.dialect == Dialect::V2 => Value::String(text.into_owned()),
            Scalar::Timestamp(time) => Value::String(time),
        })
    }
}

fn is_bare(properties: &Properties<'_>) -> bool {
    properties.anchor.is_none() && properties.tag.is_none()
}
