//! Writing: values in the style of sigs.k8s.io/yaml or go-yaml v3.

mod output;
mod scalar;
mod sort;
mod tree;
mod value;

use serde_json::Value;

use crate::{Dialect, Error, Scalar, Style, resolve_plain};

use output::Output;

pub use tree::{TreeOptions, write_documents, write_node};

/// In which order the keys of a mapping are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyOrder {
    /// Go's: runs of digits compare as numbers, letters after everything else.
    #[default]
    Natural,
    /// By bytes.
    Bytewise,
    /// As they stand in the value.
    AsGiven,
}

/// How to write a value. The constructors name the Go function that they agree with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    dialect: Dialect,
    key_order: KeyOrder,
    indent: usize,
    compact_sequences: bool,
    width: usize,
    through_json: bool,
}

impl WriteOptions {
    /// `sigs.k8s.io/yaml.Marshal` and `JSONToYAML`: by way of JSON, so that `1e6` is written as an integer; two
    /// blanks of indentation, sequences at the column of their key, folded after column 80.
    pub fn sigs() -> Self {
        Self {
            dialect: Dialect::V2,
            key_order: KeyOrder::Natural,
            indent: 2,
            compact_sequences: true,
            width: 80,
            through_json: true,
        }
    }

    /// `go.yaml.in/yaml/v2.Marshal`: the same without JSON between, so that floats stay floats.
    pub fn v2() -> Self {
        Self { through_json: false, ..Self::sigs() }
    }

    /// `go.yaml.in/yaml/v3` encoder with `SetIndent(2)`, as Helm's `toYamlPretty` has it: sequences are indented
    /// below their key, nothing is folded.
    pub fn pretty() -> Self {
        Self {
            dialect: Dialect::V3,
            key_order: KeyOrder::Natural,
            indent: 2,
            compact_sequences: false,
            width: usize::MAX,
            through_json: false,
        }
    }

    /// The same with another order of keys.
    pub fn key_order(self, key_order: KeyOrder) -> Self {
        Self { key_order, ..self }
    }

    /// The same with another indentation, 2 to 9 (V3 only).
    pub fn indent(self, indent: usize) -> Self {
        Self { indent: indent.clamp(2, 9), ..self }
    }

    /// The same with sequences at the column of their key or indented below it (V3 only).
    pub fn compact_sequences(self, compact_sequences: bool) -> Self {
        Self { compact_sequences, ..self }
    }
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self::sigs()
    }
}

/// `value` as one document, exactly as `sigs.k8s.io/yaml.Marshal` writes it.
///
/// Fails for text that Go's detour over JSON cannot carry: DEL, U+0080 to U+009F without U+0085, U+FFFE, U+FFFF.
pub fn write_value(value: &Value) -> Result<String, Error> {
    write_value_with(value, &WriteOptions::sigs())
}

/// `value` as one document in the style of `options`.
pub fn write_value_with(value: &Value, options: &WriteOptions) -> Result<String, Error> {
    let mut output = Output::new(options.dialect, options.indent, options.width);
    value::write(&mut output, value, options)?;
    Ok(output.finish())
}

/// `text` on one line in quotes of this style, for an edit that replaces one token of a file: never folded, and in
/// double quotes if single ones cannot hold it.
pub fn quote_scalar(text: &str, style: Style) -> String {
    let mut output = Output::new(Dialect::V3, 2, usize::MAX);
    let single = style == Style::SingleQuoted && {
        let analysis = scalar::Analysis::of(text, Dialect::V3);
        analysis.single_quoted && !analysis.multiline
    };
    let style = if single { Style::SingleQuoted } else { Style::DoubleQuoted };
    scalar::write(&mut output, text, style, scalar::Place::default(), &mut Output::put_break);
    output.finish()
}

/// Like [`is_plain_string`], inside of brackets or braces.
pub fn is_plain_string_in_flow(text: &str) -> bool {
    is_plain_string(text) && scalar::Analysis::of(text, Dialect::V3).flow_plain
}

/// Whether `text` can be written without quotes outside of flow collections and is a string for readers of both
/// dialects.
pub fn is_plain_string(text: &str) -> bool {
    let string = |dialect| resolve_plain(text, dialect) == Scalar::String;
    string(Dialect::V2)
        && string(Dialect::V3)
        && !crate::resolve::looks_like_base_60(text)
        && scalar::Analysis::of(text, Dialect::V3).block_plain
}
