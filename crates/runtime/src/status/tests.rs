//! Merge patches.

use serde_json::json;

use super::merge_patch;

#[test]
fn equal_values_need_no_patch() {
    assert_eq!(merge_patch(&json!({"a": [1]}), &json!({"a": [1]})), None);
}

#[test]
fn a_patch_holds_what_was_added_changed_or_removed_and_lists_as_a_whole() {
    let old = json!({"kept": 1, "changed": {"a": 1, "b": 2}, "removed": true, "list": [1, 2]});
    let new = json!({"kept": 1, "changed": {"a": 1, "b": 3}, "list": [1], "added": {"x": "y"}});
    assert_eq!(
        merge_patch(&old, &new),
        Some(json!({"changed": {"b": 3}, "list": [1], "added": {"x": "y"}, "removed": null}))
    );
}
