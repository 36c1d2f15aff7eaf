//! Values of every kind under every verb.

use super::Printer;
use crate::{
    MAXIMUM_VALUE_DEPTH,
    quote::{quote_bytes, quote_rune},
    value::{Kind, Text, Value},
};

impl Printer {
    /// Prints an operand.
    pub(super) fn argument(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Nil, _) => self.bad_verb(value, verb),
            (_, 'T') => self.string(value.type_name().as_bytes(), 's', value),
            (_, 'p') => self.pointer(value),
            _ => self.value(value, verb, 0),
        }
    }

    fn pointer(&mut self, value: &Value) {
        // Addresses differ between runs in Go, too; charts cannot rely on them.
        match value.kind() {
            Kind::Slice | Kind::Map | Kind::Pointer | Kind::Function => self.pad(b"0xc000000000"),
            _ => self.bad_verb(value, 'p'),
        }
    }

    pub(super) fn value(&mut self, value: &Value, verb: char, depth: usize) {
        if depth > MAXIMUM_VALUE_DEPTH {
            self.push("...");
            return;
        }
        match value {
            Value::Nil if self.flags.sharp_v => self.push("interface {}(nil)"),
            Value::Nil => self.push("<nil>"),
            Value::Bool(boolean) => match verb {
                't' | 'v' => self.pad(if *boolean { b"true" } else { b"false" }),
                _ => self.bad_verb(value, verb),
            },
            Value::Int(number) | Value::Int64(number) => self.signed(*number, verb, value),
            Value::Int32(number) => self.signed(i64::from(*number), verb, value),
            Value::Uint64(number) => self.unsigned(*number, verb, value),
            Value::Uint8(number) => self.unsigned(u64::from(*number), verb, value),
            Value::Float(number) => self.float(*number, verb, value),
            Value::String(text) => self.string(text.as_bytes(), verb, value),
            Value::Bytes(bytes) => self.bytes(bytes, verb, value),
            Value::List(list) => {
                self.sequence(&list.type_name(), list.items(), verb, depth);
            }
            Value::Map(map) => self.map(&map.type_name(), &map.entries(), verb, depth),
            Value::Object(object) => {
                if !self.flags.sharp_v
                    && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
                    && let Some(text) = object.display()
                {
                    self.string(text.as_bytes(), verb, value);
                } else if let Some(elements) = object.elements() {
                    self.sequence(&object.type_name(), &elements, verb, depth);
                } else {
                    self.structure(object.kind(), &object.type_name(), &object.fields(), verb, depth);
                }
            }
            Value::Function(_) => self.pad(b"0x0"),
        }
    }

    fn sequence(&mut self, type_name: &str, items: &[Value], verb: char, depth: usize) {
        let sharp = self.flags.sharp_v;
        if sharp {
            self.push(type_name);
        }
        self.push(if sharp { "{" } else { "[" });
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.push(if sharp { ", " } else { " " });
            }
            self.value(item, verb, depth + 1);
        }
        self.push(if sharp { "}" } else { "]" });
    }

    fn map(&mut self, type_name: &str, entries: &[(Text, Value)], verb: char, depth: usize) {
        let sharp = self.flags.sharp_v;
        if sharp {
            self.push(type_name);
        }
        self.push(if sharp { "{" } else { "map[" });
        for (index, (key, item)) in entries.iter().enumerate() {
            if index > 0 {
                self.push(if sharp { ", " } else { " " });
            }
            self.value(&Value::String(key.clone()), verb, depth + 1);
            self.push(":");
            self.value(item, verb, depth + 1);
        }
        self.push(if sharp { "}" } else { "]" });
    }

    fn structure(
        &mut self,
        kind: Kind,
        type_name: &str,
        fields: &[(&'static str, Value)],
        verb: char,
        depth: usize,
    ) {
        let sharp = self.flags.sharp_v;
        if kind == Kind::Pointer {
            if depth > 0 {
                self.push("0xc000000000");
                return;
            }
            self.push("&");
        }
        if sharp {
            self.push(type_name.trim_start_matches('*'));
        }
        self.push("{");
        for (index, (name, item)) in fields.iter().enumerate() {
            if index > 0 {
                self.push(if sharp { ", " } else { " " });
            }
            if sharp || self.flags.plus_v {
                self.push(name);
                self.push(":");
            }
            self.value(item, verb, depth + 1);
        }
        self.push("}");
    }

    fn string(&mut self, bytes: &[u8], verb: char, value: &Value) {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(bytes),
            'v' | 's' => {
                let truncated = self.truncate(bytes);
                self.pad(&truncated);
            }
            'x' => self.hexadecimal(bytes, false),
            'X' => self.hexadecimal(bytes, true),
            'q' => self.quoted(bytes),
            _ => self.bad_verb(value, verb),
        }
    }

    fn bytes(&mut self, bytes: &[u8], verb: char, value: &Value) {
        match verb {
            'v' | 'd' if self.flags.sharp_v => {
                self.push("[]byte{");
                for (index, byte) in bytes.iter().enumerate() {
                    if index > 0 {
                        self.push(", ");
                    }
                    self.push(&format!("0x{byte:x}"));
                }
                self.push("}");
            }
            'v' | 'd' => {
                self.push("[");
                for (index, byte) in bytes.iter().enumerate() {
                    if index > 0 {
                        self.push(" ");
                    }
                    self.unsigned(u64::from(*byte), 'd', value);
                }
                self.push("]");
            }
            's' | 'x' | 'X' | 'q' => self.string(bytes, verb, value),
            _ => {
                let items: Vec<Value> = bytes.iter().copied().map(Value::Uint8).collect();
                self.sequence("[]uint8", &items, verb, 0);
            }
        }
    }

    /// The precision of a string counts characters.
    fn truncate(&self, bytes: &[u8]) -> Vec<u8> {
        let Some(mut left) = self.flags.precision else {
            return bytes.to_vec();
        };
        let mut out = Vec::new();
        for chunk in bytes.utf8_chunks() {
            for character in chunk.valid().chars().take(left) {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            left = left.saturating_sub(chunk.valid().chars().count());
            out.extend(chunk.invalid().iter().take(left));
            left = left.saturating_sub(chunk.invalid().len());
        }
        out
    }

    fn quoted(&mut self, bytes: &[u8]) {
        let truncated = self.truncate(bytes);
        let raw = std::str::from_utf8(&truncated).ok().filter(|text| {
            self.flags.sharp
                && !text.contains(|c: char| c == '`' || c == '\u{feff}' || (c.is_control() && c != '\t'))
        });
        let text = match raw {
            Some(text) => format!("`{text}`"),
            None => quote_bytes(&truncated, self.flags.plus),
        };
        self.pad(text.as_bytes());
    }

    fn hexadecimal(&mut self, bytes: &[u8], upper: bool) {
        let bytes = &bytes[..self.flags.precision.unwrap_or(bytes.len()).min(bytes.len())];
        let mut text = String::with_capacity(bytes.len() * 2);
        for (index, byte) in bytes.iter().enumerate() {
            if self.flags.space && index > 0 {
                text.push(' ');
            }
            if self.flags.sharp && (self.flags.space || index == 0) {
                text.push_str(if upper { "0X" } else { "0x" });
            }
            text.push_str(&if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
        }
        self.pad(text.as_bytes());
    }

    /// `%c`, `%q` and `%U` of a number.
    pub(super) fn rune(&mut self, code: u64, verb: char) {
        let character =
            u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
        match verb {
            'c' => self.pad(character.encode_utf8(&mut [0; 4]).as_bytes()),
            'q' => {
                let text = quote_rune(character, self.flags.plus);
                self.pad(text.as_bytes());
            }
            _ => {
                let digits = self.flags.precision.unwrap_or(4).max(4);
                let mut text = format!("U+{code:0digits$X}");
                if self.flags.sharp && crate::quote::is_print(character) {
                    text.push_str(&format!(" '{character}'"));
                }
                let zero = std::mem::take(&mut self.flags.zero);
                self.pad(text.as_bytes());
                self.flags.zero = zero;
            }
        }
    }
}
