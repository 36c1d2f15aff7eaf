//! From a spec and the last status to what is to be checked out and archived (contract/source.md 7.1, 7.2). Pure.

use std::{sync::Arc, time::Duration};

use ferroflux_api::{
    conditions::{self, types},
    meta::{Artifact, InvalidDuration},
    source::v1::{
        GitProvider, GitRepositoryRef, GitRepositorySpec, GitRepositoryStatus, GitVerificationMode, reasons,
    },
};
use ferroflux_git::{DEFAULT_BRANCH, Reference};
use ferroflux_runtime::Failure;

use super::version::Range;
use crate::archive::Sparse;

/// Without a word in the spec a checkout may take this long; the API server writes it into every object.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(1);

/// What is wanted.
#[derive(Debug)]
pub(super) struct Plan {
    /// What to check out.
    pub(super) reference: Reference,
    /// The revision at which nothing needs to be done; none when an archive must be written in any case.
    pub(super) observed: Option<String>,
    /// Whether the artifact was made as the spec says now, whatever its revision.
    pub(super) content_unchanged: bool,
    /// Directories to which the archive is limited.
    pub(super) sparse: Sparse,
    /// Whether submodules are fetched, too.
    pub(super) submodules: bool,
    /// What of other artifacts goes in.
    pub(super) includes: Vec<Include>,
    /// Patterns of the spec.
    pub(super) ignore: Option<String>,
}

/// An artifact of another object that goes into this one's.
#[derive(Clone, Debug)]
pub(super) struct Include {
    /// The other object's name.
    pub(super) name: String,
    /// Path in its artifact.
    pub(super) from: String,
    /// Path in this one's.
    pub(super) to: String,
    /// Its artifact.
    pub(super) artifact: Artifact,
}

/// Why nothing can be planned.
#[derive(Debug, thiserror::Error)]
enum PlanError {
    #[error("invalid `spec.{field}`")]
    Duration {
        field: &'static str,
        #[source]
        source: InvalidDuration,
    },
    #[error("`spec.{0}` is not supported by this version")]
    Unsupported(&'static str),
    #[error("`spec.provider` '{0}' is not supported by this version")]
    UnsupportedProvider(&'static str),
    #[error("secretRef with github app data must be specified when provider is set to github")]
    GithubSecret,
    #[error(
        "to use spec.serviceAccountName for provider authentication please enable the \
         ObjectLevelWorkloadIdentity feature gate in the controller"
    )]
    ServiceAccount,
    #[error("cannot verify tag object's signature if a tag reference is not specified")]
    VerificationMode,
}

/// Decides what is wanted, of a spec that [`check`] lets pass and with the artifacts that it includes.
pub(super) fn plan(spec: &GitRepositorySpec, status: &GitRepositoryStatus, included: &[Artifact]) -> Plan {
    let content_unchanged =
        status.artifact.is_some() && is_content_unchanged(spec, status) && same_includes(status, included);
    let stored = conditions::is_true(&status.conditions, types::ARTIFACT_IN_STORAGE);
    let observed = status.artifact.as_ref().filter(|_| stored && content_unchanged);
    let includes = spec.include.iter().zip(included).map(|(include, artifact)| Include {
        name: include.repository.name.clone(),
        from: include.from_path.clone().unwrap_or_default(),
        to: include.to_path.clone().unwrap_or_else(|| include.repository.name.clone()),
        artifact: artifact.clone(),
    });
    Plan {
        reference: reference(spec.reference.as_ref()),
        observed: observed.map(|artifact| artifact.revision.clone()),
        content_unchanged,
        sparse: Sparse::new(&spec.sparse_checkout),
        submodules: spec.recurse_submodules,
        includes: includes.collect(),
        ignore: spec.ignore.clone(),
    }
}

/// Says which field stands in the way, before anything is looked up.
pub(super) fn check(spec: &GitRepositorySpec, object_level_workload_identity: bool) -> Result<(), Failure> {
    check_provider(spec, object_level_workload_identity)?;
    check_verification(spec)
}

/// Whether each place includes what it included the last time. Two includes may swap revisions that were both known.
fn same_includes(status: &GitRepositoryStatus, included: &[Artifact]) -> bool {
    let old = &status.included_artifacts;
    let same =
        |(old, new): (&Artifact, &Artifact)| old.has_revision(&new.revision) && old.has_digest(&new.digest);
    old.len() == included.len() && old.iter().zip(included).all(same)
}

/// Whether other artifacts are included than the last time, or others of their revisions.
pub(super) fn includes_differ(status: &GitRepositoryStatus, included: &[Artifact]) -> bool {
    let old = &status.included_artifacts;
    let known = |artifact: &Artifact| {
        old.iter().any(|old| old.has_revision(&artifact.revision) && old.has_digest(&artifact.digest))
    };
    old.len() != included.len() || !included.iter().all(known)
}

/// The time that a checkout may take.
pub(super) fn timeout(spec: &GitRepositorySpec) -> Result<Duration, Failure> {
    let Some(timeout) = &spec.timeout else { return Ok(DEFAULT_TIMEOUT) };
    let parsed = timeout.parse();
    parsed.map_err(|source| stalled(reasons::FAILED, PlanError::Duration { field: "timeout", source }))
}

/// The interval of a spec.
pub(super) fn interval(spec: &GitRepositorySpec) -> Result<Duration, Failure> {
    let parsed = spec.interval.parse();
    parsed.map_err(|source| stalled(reasons::FAILED, PlanError::Duration { field: "interval", source }))
}

fn stalled(reason: &'static str, error: PlanError) -> Failure {
    Failure::stalled(reason, error).on(types::FETCH_FAILED)
}

/// The reference with the highest precedence.
pub(super) fn reference(reference: Option<&GitRepositoryRef>) -> Reference {
    let Some(reference) = reference else { return Reference::Branch(DEFAULT_BRANCH.to_owned()) };
    let GitRepositoryRef { branch, tag, semver, name, commit } = reference.clone();
    if let Some(commit) = commit {
        return Reference::Commit { commit, branch, name };
    }
    if let Some(name) = name {
        return Reference::Name(name);
    }
    if let Some(tag) = tag {
        return Reference::Tag(tag);
    }
    match semver {
        Some(semver) => Reference::Version(Arc::new(Range(semver))),
        None => Reference::Branch(branch.unwrap_or_else(|| DEFAULT_BRANCH.to_owned())),
    }
}

fn check_provider(spec: &GitRepositorySpec, object_level_workload_identity: bool) -> Result<(), Failure> {
    let name = match spec.provider {
        None | Some(GitProvider::Generic) => return Ok(()),
        Some(GitProvider::Github) => {
            if spec.secret_ref.is_none() {
                return Err(stalled(reasons::INVALID_PROVIDER_CONFIGURATION, PlanError::GithubSecret));
            }
            "github"
        }
        Some(GitProvider::Aws) => "aws",
        Some(GitProvider::Azure) => "azure",
    };
    if spec.service_account_name.is_some() && !object_level_workload_identity {
        return Err(stalled(reasons::FEATURE_GATE_DISABLED, PlanError::ServiceAccount));
    }
    Err(stalled(reasons::INVALID_PROVIDER_CONFIGURATION, PlanError::UnsupportedProvider(name)))
}

/// A mode that needs a tag is wrong with anything else, whether signatures can be checked or not.
fn check_verification(spec: &GitRepositorySpec) -> Result<(), Failure> {
    let Some(verify) = &spec.verify else { return Ok(()) };
    let needs_tag = matches!(verify.mode, GitVerificationMode::Tag | GitVerificationMode::TagAndHead);
    let is_tag = match reference(spec.reference.as_ref()) {
        Reference::Tag(_) | Reference::Version(_) => true,
        Reference::Name(name) => name.starts_with("refs/tags/"),
        Reference::Branch(_) | Reference::Commit { .. } | Reference::Exactly(_) => false,
    };
    if needs_tag && !is_tag {
        return Err(stalled(reasons::INVALID_VERIFICATION_MODE, PlanError::VerificationMode));
    }
    Err(stalled(reasons::FEATURE_GATE_DISABLED, PlanError::Unsupported("verify")))
}

/// Whether everything but the revision that shapes the archive is as it was when the artifact was made.
fn is_content_unchanged(spec: &GitRepositorySpec, status: &GitRepositoryStatus) -> bool {
    spec.ignore == status.observed_ignore
        && spec.recurse_submodules == status.observed_recurse_submodules
        && spec.sparse_checkout == status.observed_sparse_checkout
        && spec.include == status.observed_include
}
