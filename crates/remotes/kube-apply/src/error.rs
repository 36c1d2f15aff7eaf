//! What can go wrong, in the words of contract/kustomize.md 9.8.

use std::fmt;

use ferroflux_objects::ObjectId;

use crate::mapper::MappingError;

/// An answer of the API server that is no success, or no answer at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiFailure {
    /// HTTP status code; 0 when there was no answer.
    pub code: u16,
    /// Machine-readable reason (`Invalid`, `Forbidden`, …), empty when there was no answer.
    pub reason: String,
    /// What the API server says.
    pub message: String,
}

impl ApiFailure {
    /// Whether the object (or its namespace, or its kind) does not exist.
    pub fn is_not_found(&self) -> bool {
        self.code == 404
    }

    /// Whether somebody changed the object in between.
    pub fn is_conflict(&self) -> bool {
        self.code == 409 && self.reason == "Conflict"
    }

    /// Whether the identity may not do this.
    pub fn is_forbidden(&self) -> bool {
        self.code == 403
    }

    /// Whether the request failed because a field cannot be changed in place, so that recreating would help.
    pub fn names_immutable_field(&self) -> bool {
        matches!(self.code, 409 | 422 | 0 | 500)
            && ["immutable", "may not change", "cannot change", "updates to "]
                .iter()
                .any(|words| self.message.contains(words))
    }
}

impl fmt::Display for ApiFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiFailure {}

impl From<kube::Error> for ApiFailure {
    fn from(error: kube::Error) -> Self {
        if let kube::Error::Api(status) = error {
            let manager_conflict = status.details.as_ref().is_some_and(|details| {
                details.causes.iter().any(|cause| cause.reason == "FieldManagerConflict")
            });
            let reason =
                if manager_conflict { "FieldManagerConflict".to_owned() } else { status.reason.clone() };
            return Self { code: status.code, reason, message: status.message.clone() };
        }
        Self { code: 0, reason: String::new(), message: chain(&error) }
    }
}

/// An error and its sources on one line, without repeating what a source already said.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// Why an object could not be applied. The message begins with the object's subject.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The kind is not known to the cluster.
    #[error("{subject} dry-run failed: {cause}")]
    NoMatch {
        /// The object.
        subject: ObjectId,
        /// Which kind.
        cause: MappingError,
    },
    /// Reading the live object failed.
    #[error("{subject} query failed: {cause}")]
    Query {
        /// The object.
        subject: ObjectId,
        /// The API server's words.
        cause: ApiFailure,
    },
    /// The dry-run was refused.
    #[error("{subject} dry-run failed{}: {cause}", reason(cause))]
    DryRun {
        /// The object.
        subject: ObjectId,
        /// The API server's words.
        cause: ApiFailure,
    },
    /// A namespaced object without namespace.
    #[error("{subject} namespace not specified: {cause}")]
    NamespaceNotSpecified {
        /// The object.
        subject: ObjectId,
        /// The API server's words.
        cause: ApiFailure,
    },
    /// The object's namespace does not exist.
    #[error("{subject} not found: {cause}")]
    NotFound {
        /// The object.
        subject: ObjectId,
        /// The API server's words.
        cause: ApiFailure,
    },
    /// The apply itself was refused.
    #[error("{subject} apply failed: {cause}")]
    Apply {
        /// The object.
        subject: ObjectId,
        /// The API server's words.
        cause: ApiFailure,
    },
    /// Foreign field managers could not be taken over.
    #[error("{subject} metadata.managedFields cleanup failed: {cause}")]
    CleanUp {
        /// The object.
        subject: ObjectId,
        /// The API server's words.
        cause: ApiFailure,
    },
    /// The managed fields could not be moved to the version being applied.
    #[error("{subject} failed to migrate API version: {cause}")]
    Migrate {
        /// The object.
        subject: ObjectId,
        /// The API server's words.
        cause: ApiFailure,
    },
    /// The deletion before a recreation was refused.
    #[error("{subject} immutable field detected, failed to delete object: {cause}")]
    ForceDelete {
        /// The object.
        subject: ObjectId,
        /// The API server's words.
        cause: ApiFailure,
    },
    /// The deleted object did not go away in time.
    #[error("{subject} immutable field detected, failed to wait for object to be deleted: {cause}")]
    ForceWait {
        /// The object.
        subject: ObjectId,
        /// What was waited for.
        cause: ApiFailure,
    },
}

impl ApplyError {
    /// The reason of the API server, empty when it gave none.
    pub fn api_reason(&self) -> &str {
        match self {
            Self::NoMatch { .. } => "",
            Self::Query { cause, .. }
            | Self::DryRun { cause, .. }
            | Self::NamespaceNotSpecified { cause, .. }
            | Self::NotFound { cause, .. }
            | Self::Apply { cause, .. }
            | Self::CleanUp { cause, .. }
            | Self::Migrate { cause, .. }
            | Self::ForceDelete { cause, .. }
            | Self::ForceWait { cause, .. } => &cause.reason,
        }
    }

    /// Sorts the answer to a dry-run into the error it stands for.
    pub(crate) fn of_dry_run(subject: ObjectId, cause: ApiFailure) -> Self {
        if !cause.is_not_found() {
            Self::DryRun { subject, cause }
        } else if subject.namespace.is_empty() {
            Self::NamespaceNotSpecified { subject, cause }
        } else {
            Self::NotFound { subject, cause }
        }
    }
}

fn reason(failure: &ApiFailure) -> String {
    if failure.reason.is_empty() { String::new() } else { format!(" ({})", failure.reason) }
}

/// Objects that could not be garbage collected.
#[derive(Debug, thiserror::Error)]
#[error("delete failed, errors: {}", self.joined())]
pub struct PruneFailure {
    /// One message per object, each beginning with the object's subject.
    pub messages: Vec<String>,
}

impl PruneFailure {
    fn joined(&self) -> String {
        format!("{};", self.messages.join(";"))
    }
}
