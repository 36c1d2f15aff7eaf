//! GitRepository: an artifact made from a revision of a Git repository (source.md 2.1).

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    meta::{Artifact, Condition, Duration, LocalObjectReference},
};

custom_resource! {
    /// Makes an artifact from a revision of a Git repository.
    pub struct GitRepository {
        spec: GitRepositorySpec,
        status: GitRepositoryStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "GitRepository",
        plural: "gitrepositories",
        singular: "gitrepository",
        short_names: &["gitrepo"],
        categories: &["all", "fluxcd", "fluxcd-sources"],
        controller: "source-controller",
        status: StatusSchema::ObservedGeneration,
        printer_columns: &[
            PrinterColumn::string("URL", ".spec.url"),
            PrinterColumn::AGE,
            PrinterColumn::READY,
            PrinterColumn::STATUS,
        ],
    }
}

/// Which repository and revision, and how to fetch them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    schemars(extend("x-kubernetes-validations" = crate::schema::rules(&[
        (r"!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))", r"serviceAccountName can only be set when provider is 'azure' or 'aws'"),
    ])))
)]
pub struct GitRepositorySpec {
    /// Address of the repository, with scheme `http`, `https` or `ssh`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^(http|https|ssh)://.*$")))]
    pub url: String,
    /// Secret with credentials for the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Cloud or service whose identity is used to authenticate; `generic` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<GitProvider>,
    /// ServiceAccount whose cloud identity is used to authenticate.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
    /// Time between two checks of the repository.
    pub interval: Duration,
    /// Time that one operation on the repository may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::timeout", extend("x-default" = "60s")))]
    pub timeout: Option<Duration>,
    /// Revision to fetch; the branch `master` when left out.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<GitRepositoryRef>,
    /// Signatures that the revision must carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<GitRepositoryVerification>,
    /// Secret with the address and the credentials of a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_secret_ref: Option<LocalObjectReference>,
    /// Patterns in the notation of `.gitignore` of files to leave out; replaces the built-in ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore: Option<String>,
    /// Stops further reconciliations; the artifact stays available.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
    /// Fetches submodules, too.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub recurse_submodules: bool,
    /// Artifacts of other GitRepositories to put into this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<GitRepositoryInclude>,
    /// Directories to which the artifact is limited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sparse_checkout: Vec<String>,
}

impl crate::Spec for GitRepositorySpec {
    fn suspended(&self) -> bool {
        self.suspend
    }

    fn interval(&self) -> Option<&Duration> {
        Some(&self.interval)
    }
}

/// The artifact, and what it was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct GitRepositoryStatus {
    /// Generation of the last fully handled spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// State of the reconciliation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The last made artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Artifact>,
    /// Artifacts that the last made artifact includes, in the order of `spec.include`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included_artifacts: Vec<Artifact>,
    /// Value of `spec.ignore` for the last made artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_ignore: Option<String>,
    /// Value of `spec.recurseSubmodules` for the last made artifact.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub observed_recurse_submodules: bool,
    /// Value of `spec.include` for the last made artifact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed_include: Vec<GitRepositoryInclude>,
    /// Value of `spec.sparseCheckout` for the last made artifact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed_sparse_checkout: Vec<String>,
    /// Mode in which signatures of the last made artifact were verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_verification_mode: Option<String>,
    /// Value of the last handled reconcile request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

crate::status::impl_status!(GitRepositoryStatus, observed_generation, last_handled_reconcile_at);

/// A Git revision; of several fields the one with the highest precedence counts: commit, name, semver, tag,
/// branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct GitRepositoryRef {
    /// Branch whose head is fetched.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Tag to fetch.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Version range; the highest tag inside it is fetched.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub semver: Option<String>,
    /// Full name of a Git reference, such as `refs/pull/1/head`.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Commit to fetch; with `branch`, only that branch is fetched to find it.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// Signatures that must be present and valid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct GitRepositoryVerification {
    /// Which Git objects must be signed.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "HEAD")))]
    pub mode: GitVerificationMode,
    /// Secret with the public keys of trusted signers.
    pub secret_ref: LocalObjectReference,
}

/// An artifact of another GitRepository to put into this one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct GitRepositoryInclude {
    /// GitRepository whose artifact is included.
    pub repository: LocalObjectReference,
    /// Path inside that artifact; its root when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub from_path: Option<String>,
    /// Path inside this artifact; the repository's name when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub to_path: Option<String>,
}

string_enum! {
    /// Whose identity is used towards a Git server.
    #[derive(Default)]
    pub enum GitProvider {
        /// Credentials from a Secret, or none.
        #[default]
        Generic = "generic",
        /// AWS CodeCommit with a workload identity.
        Aws = "aws",
        /// Azure DevOps with a workload identity.
        Azure = "azure",
        /// A GitHub App.
        Github = "github",
    }
}

string_enum! {
    /// Which Git objects must be signed.
    #[derive(Default)]
    pub enum GitVerificationMode {
        /// Old spelling of `HEAD`.
        LegacyHead = "head",
        /// The commit.
        #[default]
        Head = "HEAD",
        /// The tag.
        Tag = "Tag",
        /// The tag and the commit.
        TagAndHead = "TagAndHEAD",
    }
}
