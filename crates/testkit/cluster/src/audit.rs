//! The audit log: which requests were really made.

use std::{
    fs, io,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use kube::Client;
use serde::Deserialize;

use crate::{Error, cluster::poll};

/// The policy of [`crate::Audit::Metadata`]. One line per request: what is still running is not an answer yet,
/// except for watches, whose beginning counts.
pub(crate) const METADATA_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
";

/// Bytes of the log that are read at most; a test that makes more requests should look in between.
const MOST_BYTES: u64 = 1 << 30;

/// One line of the audit log (`audit.k8s.io/v1` Event), as far as tests ask for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: String,
    /// `ResponseComplete`; `ResponseStarted` too for watches; `Panic`.
    pub stage: String,
    /// The path with its query.
    #[serde(rename = "requestURI")]
    pub uri: String,
    /// The `User-Agent` header, by which controllers can be told apart.
    #[serde(default)]
    pub user_agent: String,
    /// Who was authenticated.
    pub user: RequestUser,
    /// Who was impersonated.
    #[serde(default)]
    pub impersonated_user: Option<RequestUser>,
    /// What the request is about; absent for paths such as `/version`.
    #[serde(default)]
    pub object_ref: Option<ObjectReference>,
    /// How it was answered.
    #[serde(default)]
    pub response_status: Option<ResponseStatus>,
    /// The body, where the policy asks for it.
    #[serde(default)]
    pub request_object: Option<serde_json::Value>,
    /// When it arrived (RFC 3339).
    #[serde(default)]
    pub request_received_timestamp: String,
}

/// A user in the audit log.
#[derive(Debug, Clone, Deserialize)]
pub struct RequestUser {
    /// Its name.
    #[serde(default)]
    pub username: String,
    /// Its groups.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// The object of a request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectReference {
    /// The plural name (`configmaps`).
    pub resource: String,
    /// The subresource (`status`).
    pub subresource: String,
    /// The API group; empty for the core group.
    pub api_group: String,
    /// The namespace; empty for none or all.
    pub namespace: String,
    /// The name; empty for lists and watches.
    pub name: String,
}

/// The answer of a request.
#[derive(Debug, Clone, Deserialize)]
pub struct ResponseStatus {
    /// The HTTP status code.
    pub code: u16,
}

impl Request {
    /// The object of the request, empty where there is none.
    pub fn object(&self) -> ObjectReference {
        self.object_ref.clone().unwrap_or_default()
    }

    /// The HTTP status code of the answer, 0 if there is none.
    pub fn code(&self) -> u16 {
        self.response_status.as_ref().map_or(0, |status| status.code)
    }

    /// Whether it could change something: no read and no dry run.
    pub fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch") && !self.uri.contains("dryRun=")
    }
}

/// All requests in the log that were answered before this was called.
pub(crate) async fn read(client: &Client, log: &Path) -> Result<Vec<Request>, Error> {
    // The log is written as requests end. Once a request of our own is in it, so is every one before.
    static MARKERS: AtomicU64 = AtomicU64::new(0);
    let marker = format!("/version?audit-marker={}", MARKERS.fetch_add(1, Ordering::Relaxed));
    let request = http::Request::get(&marker).body(Vec::new());
    let request = request.map_err(|error| Error::Manifest { reason: error.to_string() })?;
    client.request_text(request).await.map_err(|error| Error::request("mark the audit log", error))?;
    let mut requests = poll("the marker is in the audit log", async || {
        let requests = parse(log)?;
        Ok(requests.iter().any(|request| request.uri == marker).then_some(requests))
    })
    .await?;
    // A watch is logged when it begins and when it ends; once is enough.
    requests.retain(|request| {
        !request.uri.contains("audit-marker=")
            && (request.verb == "watch") == (request.stage == "ResponseStarted")
    });
    Ok(requests)
}

fn parse(log: &Path) -> Result<Vec<Request>, Error> {
    let at = |source| Error::Io { path: log.to_owned(), source };
    let length = fs::metadata(log).map_err(at)?.len();
    if length > MOST_BYTES {
        return Err(at(io::Error::other("it has more than 1 GiB")));
    }
    let text = fs::read_to_string(log).map_err(at)?;
    // The last line may be half written.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole
        .lines()
        .map(|line| {
            serde_json::from_str(line)
                .map_err(|error| Error::Manifest { reason: format!("audit log: {error}: {line}") })
        })
        .collect()
}
