//! One log line as bytes.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Encoding;
use crate::text::cut;

/// The longest line in bytes, newline included: the CLI's scanner stops at longer ones.
const MAX_LINE: usize = 64 * 1024;

/// What a line says.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    level: &'static str,
    time: Timestamp,
    message: String,
    fields: Vec<(String, String)>,
}

impl Line {
    pub(super) fn new(level: &'static str, time: Timestamp) -> Self {
        Self { level, time, ..Self::default() }
    }

    /// Adds fields; of two with one name the later one counts.
    pub(super) fn add(&mut self, fields: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in fields {
            if name == "message" {
                self.message = value;
            } else if let Some(existing) = self.fields.iter_mut().find(|(existing, _)| *existing == name) {
                existing.1 = value;
            } else {
                self.fields.push((name, value));
            }
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(existing, _)| existing == name).map(|(_, value)| value.as_str())
    }

    /// The fields as they are written. The object stands once more under its kind.
    fn fields(&self, longest: usize) -> Map<String, Value> {
        let mut map = Map::new();
        for (name, value) in &self.fields {
            map.insert(name.clone(), Value::String(cut(value, longest)));
            if name == "controllerKind" {
                let part = |key: &str| self.get(key).unwrap_or_default();
                map.insert(value.clone(), json!({ "name": part("name"), "namespace": part("namespace") }));
            }
        }
        map
    }
}

/// The line with its newline. Values are cut until it is short enough.
pub(super) fn encode(line: &Line, encoding: Encoding) -> Vec<u8> {
    let mut longest = MAX_LINE;
    loop {
        let mut bytes = match encoding {
            Encoding::Json => json_line(line, longest),
            Encoding::Console => console_line(line, longest),
        };
        bytes.push(b'\n');
        if bytes.len() <= MAX_LINE || longest < 16 {
            return bytes;
        }
        longest /= 2;
    }
}

fn timestamp(line: &Line) -> String {
    line.time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

fn json_line(line: &Line, longest: usize) -> Vec<u8> {
    let mut map = Map::new();
    map.insert("level".to_owned(), json!(line.level));
    map.insert("ts".to_owned(), json!(timestamp(line)));
    if let Some(logger) = line.get("logger") {
        map.insert("logger".to_owned(), json!(logger));
    }
    map.insert("msg".to_owned(), Value::String(cut(&line.message, longest)));
    for (name, value) in line.fields(longest) {
        map.entry(name).or_insert(value);
    }
    // A map of strings can always be written.
    serde_json::to_vec(&map).unwrap_or_default()
}

fn console_line(line: &Line, longest: usize) -> Vec<u8> {
    let mut text = format!("{}\t{}", timestamp(line), line.level.to_uppercase());
    if let Some(logger) = line.get("logger") {
        text.push('\t');
        text.push_str(logger);
    }
    text.push('\t');
    // One line per event: a newline in a message would begin a second one.
    text.push_str(&cut(&line.message, longest).replace('\n', "\\n"));
    let mut fields = line.fields(longest);
    fields.shift_remove("logger");
    if !fields.is_empty() {
        text.push('\t');
        text.push_str(&Value::Object(fields).to_string());
    }
    text.into_bytes()
}
