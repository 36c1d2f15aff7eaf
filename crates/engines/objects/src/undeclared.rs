//! Fields that the API server does not know (contract/kustomize.md 9.2): server-side apply refuses objects with
//! them, so they are taken out of built-in kinds, by the names that the refusal gives.

use serde_json::Value;

/// How a refusal marks each path.
const MARK: &str = ": field not declared in schema";

/// Groups of kinds that the API server itself defines. Objects of other groups are refused as they are: their
/// author has a schema of their own to go by.
const BUILT_IN_GROUPS: [&str; 20] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// Takes the fields out of an object that a refusal calls undeclared; returns their paths, none when the refusal is
/// about something else or the kind is not built in.
pub fn drop_undeclared(object: &mut Value, refusal: &str) -> Vec<String> {
    let api_version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    if !BUILT_IN_GROUPS.contains(&group) {
        return Vec::new();
    }
    let mut dropped = Vec::new();
    for piece in refusal.split(MARK).filter(|piece| !piece.is_empty()) {
        // The path is the last word before the mark; keys in brackets may hold blanks.
        let Some(start) = path_start(piece) else { continue };
        let path = piece.get(start..).unwrap_or_default();
        if let Some(steps) = parse(path)
            && remove(object, &steps)
        {
            dropped.push(path.to_owned());
        }
    }
    dropped
}

/// Where the path that ends a text begins: at the last `.` outside brackets that follows a blank or the beginning.
fn path_start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut start = None;
    for (index, byte) in bytes.iter().enumerate().rev() {
        match byte {
            b']' => depth += 1,
            b'[' => depth = depth.saturating_sub(1),
            b' ' | b'\n' | b'\t' if depth == 0 => break,
            b'.' if depth == 0 => start = Some(index),
            _ => {}
        }
    }
    start
}

enum Step {
    Field(String),
    Index(usize),
    Keys(Vec<(String, Value)>),
}

fn parse(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            steps.push(Step::Field(after.get(..end)?.to_owned()));
            rest = after.get(end..)?;
        } else {
            let after = rest.strip_prefix('[')?;
            let end = closing(after)?;
            steps.push(selector(after.get(..end)?)?);
            rest = after.get(end + 1..)?;
        }
    }
    Some(steps)
}

/// The closing bracket outside quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (index, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ']' if !quoted => return Some(index),
            _ => {}
        }
    }
    None
}

fn selector(text: &str) -> Option<Step> {
    if let Ok(index) = text.parse() {
        return Some(Step::Index(index));
    }
    let keys = text.split(',').map(|pair| {
        let (key, value) = pair.split_once('=')?;
        Some((key.to_owned(), serde_json::from_str(value).ok()?))
    });
    Some(Step::Keys(keys.collect::<Option<_>>()?))
}

fn remove(object: &mut Value, steps: &[Step]) -> bool {
    let Some((last, parents)) = steps.split_last() else { return false };
    let mut at = object;
    for step in parents {
        let next = match step {
            Step::Field(name) => at.get_mut(name),
            Step::Index(index) => at.get_mut(*index),
            Step::Keys(keys) => at.as_array_mut().and_then(|list| {
                list.iter_mut().find(|item| keys.iter().all(|(key, value)| item.get(key) == Some(value)))
            }),
        };
        match next {
            Some(next) => at = next,
            None => return false,
        }
    }
    match (last, at) {
        (Step::Field(name), Value::Object(map)) => map.shift_remove(name).is_some(),
        _ => false,
    }
}
