//! Values: the path that everything printed takes.

use serde_json::{Map, Number, Value};

use crate::{Dialect, Error, Scalar, Style, resolve::looks_like_base_60, resolve_plain};

use super::{
    KeyOrder, WriteOptions,
    output::Output,
    scalar::{self, Analysis, Place},
    sort::sort_naturally,
};

/// Values nest no deeper than this; a deeper one is refused, not written, so that no stack overflows.
const MAX_DEPTH: usize = 500;

pub(super) fn write(output: &mut Output, value: &Value, options: &WriteOptions) -> Result<(), Error> {
    let mut writer = Writer { output, options, depth: 0 };
    writer.node(value, Context::default())?;
    writer.output.write_indent();
    Ok(())
}

#[derive(Debug, Clone, Copy, Default)]
struct Context {
    in_sequence: bool,
    in_mapping: bool,
}

struct Writer<'o> {
    output: &'o mut Output,
    options: &'o WriteOptions,
    depth: usize,
}

impl Writer<'_> {
    fn node(&mut self, value: &Value, context: Context) -> Result<(), Error> {
        match value {
            Value::Null => self.word("null"),
            Value::Bool(true) => self.word("true"),
            Value::Bool(false) => self.word("false"),
            Value::Number(number) => {
                let text = number_text(number, self.options);
                self.word(&text);
            }
            Value::String(text) => {
                let place = Place { in_sequence: context.in_sequence, ..Place::default() };
                return self.string(text, place);
            }
            Value::Array(items) if items.is_empty() => self.word("[]"),
            Value::Object(map) if map.is_empty() => self.word("{}"),
            Value::Array(items) => return self.deeper(|writer| writer.sequence(items, context)),
            Value::Object(map) => return self.deeper(|writer| writer.mapping(map, context)),
        }
        Ok(())
    }

    fn deeper(&mut self, write: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::Limit { line: 0, what: "depth", limit: MAX_DEPTH });
        }
        write(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// A scalar that is plain for certain.
    fn word(&mut self, text: &str) {
        if !self.output.whitespace {
            self.output.put(' ');
        }
        self.output.put_ascii(text);
        self.output.whitespace = false;
        self.output.indention = false;
    }

    fn sequence(&mut self, items: &[Value], context: Context) -> Result<(), Error> {
        let stay = context.in_mapping && !self.output.indention;
        let compact = context.in_mapping
            && (self.output.column == 0 || !self.output.indention)
            && self.options.compact_sequences;
        let before = self.output.increase_indent(false, context.in_sequence, stay, compact);
        for item in items {
            self.output.write_indent();
            self.output.indicator("-", true, false, true);
            self.node(item, Context { in_sequence: true, in_mapping: false })?;
        }
        self.output.indent = before;
        Ok(())
    }

    fn mapping(&mut self, map: &Map<String, Value>, context: Context) -> Result<(), Error> {
        let before = self.output.increase_indent(false, context.in_sequence, false, false);
        let mut entries: Vec<(&String, &Value)> = map.iter().collect();
        match self.options.key_order {
            KeyOrder::Natural => sort_naturally(&mut entries, self.options.dialect, |(key, _)| key),
            KeyOrder::Bytewise => entries.sort_unstable_by_key(|(key, _)| *key),
            KeyOrder::AsGiven => {}
        }
        for (key, value) in entries {
            self.output.write_indent();
            // Go counts bytes here.
            if key.len() <= 128 && !key.contains(scalar::is_break) {
                self.string(key, Place { simple_key: true, ..Place::default() })?;
                self.output.indicator(":", false, false, false);
            } else {
                self.output.indicator("?", true, false, true);
                self.string(key, Place::default())?;
                self.output.write_indent();
                self.output.indicator(":", true, false, true);
            }
            self.node(value, Context { in_sequence: false, in_mapping: true })?;
        }
        self.output.indent = before;
        Ok(())
    }

    fn string(&mut self, text: &str, place: Place) -> Result<(), Error> {
        if is_obviously_plain(text) && !looks_special(text, self.options.dialect) {
            self.word(text);
            return Ok(());
        }
        let carried;
        let text = if self.options.through_json && text.contains(is_awkward_in_json) {
            carried = through_json(text)?;
            &carried
        } else {
            text
        };
        let wanted = if text.contains('\n') {
            Style::Literal
        } else if looks_special(text, self.options.dialect) {
            Style::DoubleQuoted
        } else {
            Style::Plain
        };
        let analysis = Analysis::of(text, self.options.dialect);
        let style = scalar::select(text, &analysis, wanted, place);
        scalar::write(self.output, text, style, place, &mut Output::put_break);
        Ok(())
    }
}

/// Whether `text` would not be read as a string.
fn looks_special(text: &str, dialect: Dialect) -> bool {
    resolve_plain(text, dialect) != Scalar::String
        || looks_like_base_60(text)
        || dialect == Dialect::V3 && matches!(resolve_plain(text, Dialect::V2), Scalar::Bool(_))
}

/// Short words of letters, digits and some punctuation need no analysis.
fn is_obviously_plain(text: &str) -> bool {
    text.len() <= 64
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
}

/// Characters that JSON writes as they are and YAML does not read as they are.
fn is_awkward_in_json(character: char) -> bool {
    matches!(character, '\u{7F}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// What is left of `text` after `encoding/json` wrote it and the YAML reader read it.
fn through_json(text: &str) -> Result<String, Error> {
    if text.chars().any(|c| is_awkward_in_json(c) && c != '\u{85}') {
        return Err(Error::Syntax { line: 0, problem: "control characters are not allowed".into() });
    }
    // U+0085 is a line break in YAML, and a quoted text is folded at line breaks.
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find([' ', '\u{85}']) {
        out.push_str(&rest[..at]);
        let run = &rest[at..];
        let end = run.find(|c| !matches!(c, ' ' | '\u{85}')).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        match run.matches('\u{85}').count() {
            0 => out.push_str(run),
            1 => out.push(' '),
            breaks => out.extend(std::iter::repeat_n('\n', breaks - 1)),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn number_text(number: &Number, options: &WriteOptions) -> String {
    if let Some(float) = number.as_f64().filter(|_| number.is_f64()) {
        if options.through_json
            && let Some(json) = ferroflux_go::float::format_json(float)
        {
            match resolve_plain(&json, Dialect::V2) {
                Scalar::Int(integer) => return integer.to_string(),
                Scalar::Uint(integer) => return integer.to_string(),
                _ => {}
            }
        }
        return ferroflux_go::float::format_g(float);
    }
    number.to_string()
}
