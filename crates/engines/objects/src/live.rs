//! Fingerprints: what was desired, and in which state it was last seen live.

use std::fmt;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

/// As in `status.history[].digest`: `sha256:<hex>`.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Digest of bytes.
pub fn digest_of_bytes(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// Digest of a JSON value that does not depend on the order of map keys.
pub fn digest_of_value(value: &Value) -> Digest {
    let mut hasher = Sha256::new();
    feed(&mut hasher, value);
    Digest(hasher.finalize().into())
}

/// Every value is written with its type and length in front, so that no two values feed the same bytes.
fn feed(hasher: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hasher.update(b"z"),
        Value::Bool(false) => hasher.update(b"f"),
        Value::Bool(true) => hasher.update(b"t"),
        Value::Number(number) => text(hasher, b'n', &number.to_string()),
        Value::String(string) => text(hasher, b's', string),
        Value::Array(list) => {
            hasher.update(b"[");
            hasher.update((list.len() as u64).to_le_bytes());
            for item in list {
                feed(hasher, item);
            }
        }
        Value::Object(map) => {
            hasher.update(b"{");
            hasher.update((map.len() as u64).to_le_bytes());
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            for key in keys {
                text(hasher, b'k', key);
                feed(hasher, map.get(key).unwrap_or(&Value::Null));
            }
        }
    }
}

fn text(hasher: &mut Sha256, tag: u8, text: &str) {
    hasher.update([tag]);
    hasher.update((text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

/// The part of a live object whose change may mean drift: identity, generation, labels, annotations, deletion and
/// the field managers of the main resource. Status updates do not change it.
///
/// Whoever changes a field that an applier owns takes it out of the applier's managed fields, so comparing these
/// is enough for kinds that have no generation too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LiveState(Digest);

impl LiveState {
    /// Reads the state from an object or from its metadata alone.
    pub fn of(live: &Value) -> Self {
        let mut hasher = Sha256::new();
        let null = Value::Null;
        let metadata = live.get("metadata").unwrap_or(&null);
        for field in ["uid", "generation", "labels", "annotations", "deletionTimestamp"] {
            feed(&mut hasher, metadata.get(field).unwrap_or(&null));
        }
        let managers = metadata.get("managedFields").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for entry in managers {
            let subresource = entry.get("subresource").and_then(Value::as_str).unwrap_or_default();
            if subresource.is_empty() {
                feed(&mut hasher, entry);
            }
        }
        Self(Digest(hasher.finalize().into()))
    }
}
