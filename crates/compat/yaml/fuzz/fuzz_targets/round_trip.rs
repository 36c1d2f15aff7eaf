//! What is read can be written, and what is written is read as the same.
#![no_main]

use ferroflux_yaml::{
    Limits, ReadOptions, TreeOptions, read_documents, read_value, write_documents, write_value,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Keys that are merge keys when they are read again.
fn has_merge_key(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| key == "<<" || has_merge_key(value)),
        Value::Array(items) => items.iter().any(has_merge_key),
        _ => false,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { depth: 100, nodes: 100_000, expanded_nodes: 100_000, ..Limits::default() };
    let sigs = ReadOptions::sigs().with_limits(limits);
    if let Ok(value) = read_value(bytes, &sigs)
        && !has_merge_key(&value)
        && let Ok(text) = write_value(&value)
    {
        let again = read_value(text.as_bytes(), &sigs).expect("what was written can be read");
        let text_again = write_value(&again).expect("what was read can be written");
        assert_eq!(text, text_again);
    }
    if let Ok(documents) = read_documents(bytes, &ReadOptions::kyaml().with_limits(limits)) {
        let _ = write_documents(&documents, &TreeOptions::kyaml());
        let _ = write_documents(&documents, &TreeOptions::wide());
    }
});
