//! The few requests that are needed, as JSON values.

use http::{Method, Request};
use serde_json::{Value, json};

use crate::error::ApiFailure;
use crate::target::Target;

/// How an apply is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Validate and answer with the result, without storing it.
    DryRun,
    /// Store it.
    Real,
}

/// Percent-encodes a path segment: names come from manifests, and must not reach another path.
pub(crate) fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~:".contains(&byte) || (byte == b'.' && text.len() > 2) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

async fn send(
    target: &Target,
    method: Method,
    uri: String,
    content_type: Option<&str>,
    body: Vec<u8>,
) -> Result<Value, ApiFailure> {
    let mut request = Request::builder().method(method).uri(uri);
    if let Some(content_type) = content_type {
        request = request.header(http::header::CONTENT_TYPE, content_type);
    }
    let request = request.body(body).map_err(kube::Error::HttpError)?;
    let text = target.client.request_text(request).await?;
    // The text may hold Secret data: an error names the position only.
    serde_json::from_str(&text).map_err(|error| kube::Error::SerdeError(error).into())
}

fn encode(value: &Value) -> Result<Vec<u8>, ApiFailure> {
    serde_json::to_vec(value).map_err(|error| kube::Error::SerdeError(error).into())
}

pub(crate) async fn get(target: &Target, path: &str) -> Result<Value, ApiFailure> {
    send(target, Method::GET, path.to_owned(), None, Vec::new()).await
}

/// Reads an object that may not exist.
pub(crate) async fn get_opt(target: &Target, path: &str) -> Result<Option<Value>, ApiFailure> {
    match get(target, path).await {
        Ok(object) => Ok(Some(object)),
        Err(failure) if failure.is_not_found() => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Server-side apply with forced ownership.
pub(crate) async fn apply(
    target: &Target,
    path: &str,
    manager: &str,
    mode: Mode,
    object: &Value,
) -> Result<Value, ApiFailure> {
    let dry_run = match mode {
        Mode::DryRun => "&dryRun=All",
        Mode::Real => "",
    };
    let uri = format!("{path}?fieldManager={}&force=true{dry_run}", segment(manager));
    send(target, Method::PATCH, uri, Some("application/apply-patch+yaml"), encode(object)?).await
}

/// Asks whether an object would pass validation and admission if it did not exist: a valid one that does exist is
/// answered with `AlreadyExists`.
pub(crate) async fn create_dry_run(
    target: &Target,
    collection: &str,
    manager: &str,
    object: &Value,
) -> Result<Value, ApiFailure> {
    let uri = format!("{collection}?fieldManager={}&dryRun=All", segment(manager));
    send(target, Method::POST, uri, Some("application/json"), encode(object)?).await
}

/// Patches an object with RFC 6902 operations.
pub(crate) async fn json_patch(
    target: &Target,
    path: &str,
    manager: &str,
    operations: &Value,
) -> Result<Value, ApiFailure> {
    let uri = format!("{path}?fieldManager={}", segment(manager));
    send(target, Method::PATCH, uri, Some("application/json-patch+json"), encode(operations)?).await
}

/// Deletes an object with background propagation; `uid` guards against deleting a successor of the same name.
pub(crate) async fn delete(target: &Target, path: &str, uid: Option<&str>) -> Result<(), ApiFailure> {
    let mut options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
    if let (Some(uid), Some(map)) = (uid, options.as_object_mut()) {
        map.insert("preconditions".to_owned(), json!({"uid": uid}));
    }
    send(target, Method::DELETE, path.to_owned(), Some("application/json"), encode(&options)?)
        .await
        .map(|_| ())
}
