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

/// Managers whose mere presence asks for a take-over, whatever fields they have.
const TAKEN_OVER: [&str; 2] = ["kubectl", "before-first-apply"];

/// The part of a live object whose change may mean drift for one applier: the object's identity, its deletion, the
/// fields that the applier owns, and the managers that it takes over.
///
/// Whoever changes or removes a field that an applier owns takes it out of the applier's managed fields, so comparing
/// these is enough, for kinds without a generation too. What controllers add to an object, such as a status, a revision
/// annotation or a replica count that nobody else set, is none of the applier's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LiveState(Digest);

impl LiveState {
    /// Reads the state from an object, or from its metadata alone, for the applier of this name.
    pub fn of(live: &Value, applier: &str) -> Self {
        let mut hasher = Sha256::new();
        let null = Value::Null;
        let metadata = live.get("metadata").unwrap_or(&null);
        for field in ["uid", "deletionTimestamp"] {
            feed(&mut hasher, metadata.get(field).unwrap_or(&null));
        }
        let managers = metadata.get("managedFields").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for entry in managers {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            let taken_over = TAKEN_OVER.iter().any(|prefix| text("manager").starts_with(prefix));
            if text("subresource").is_empty() && (text("manager") == applier || taken_over) {
                feed(&mut hasher, entry);
            }
        }
        Self(Digest(hasher.finalize().into()))
    }
}
