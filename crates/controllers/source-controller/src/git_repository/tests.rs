//! Plans, credentials and reports of GitRepositories.

use std::collections::BTreeMap;

use ferroflux_api::{
    conditions::{TransitionRule, types},
    meta::{Artifact, Duration, LocalObjectReference},
    source::v1::{
        GitProvider, GitRepository, GitRepositoryRef, GitRepositorySpec, GitRepositoryStatus,
        GitRepositoryVerification, GitVerificationMode,
    },
};
use ferroflux_git::{Reference, RemoteOptions, VersionChoice as _};
use ferroflux_runtime::{Failure, FailureKind, Severity, Stamp};
use k8s_openapi::{ByteString, apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

use super::{
    plan::{self, plan},
    report::{self, Parts},
    resolve,
    version::Range,
};
use crate::notify::Before;

fn spec() -> GitRepositorySpec {
    GitRepositorySpec {
        url: "https://example.com/app.git".into(),
        interval: Duration::new("5m"),
        ..GitRepositorySpec::default()
    }
}

fn artifact(revision: &str, digest: &str) -> Artifact {
    Artifact {
        path: "gitrepository/apps/app/0.tar.gz".into(),
        url: String::new(),
        revision: revision.into(),
        digest: digest.into(),
        last_update_time: Time(Timestamp::UNIX_EPOCH),
        size: None,
        metadata: BTreeMap::new(),
    }
}

fn stamp() -> Stamp {
    Stamp { generation: 2, now: Timestamp::UNIX_EPOCH, rule: TransitionRule::AnyChange }
}

fn stored() -> GitRepositoryStatus {
    let mut status = GitRepositoryStatus::default();
    report::stored(&mut status, stamp(), &spec(), artifact("main@sha1:1", "sha256:1"), Vec::new());
    status
}

fn refused(spec: &GitRepositorySpec) -> (FailureKind, String, String) {
    let failure = plan::check(spec, false).expect_err("a refusal");
    assert_eq!(failure.condition(), Some(types::FETCH_FAILED));
    (failure.kind(), failure.reason().to_owned(), failure.message().to_owned())
}

fn reference(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_precedence_is_commit_name_tag_semver_branch_and_master() {
    let mut all = GitRepositoryRef {
        branch: reference("b"),
        tag: reference("t"),
        semver: reference("1.x"),
        name: reference("refs/heads/n"),
        commit: reference("c"),
    };
    let chosen = |all: &GitRepositoryRef| format!("{:?}", plan::reference(Some(all)));
    assert_eq!(chosen(&all), r#"commit c of Some("b") Some("refs/heads/n")"#);
    all.commit = None;
    assert_eq!(chosen(&all), "name refs/heads/n");
    all.name = None;
    assert_eq!(chosen(&all), "tag t");
    all.tag = None;
    assert_eq!(chosen(&all), "version 1.x");
    all.semver = None;
    assert_eq!(chosen(&all), "branch b");
    all.branch = None;
    assert_eq!(chosen(&all), "branch master");
    assert!(matches!(plan::reference(None), Reference::Branch(branch) if branch == "master"));
}

/// source.md 18: scenario 10, as far as the choice is concerned
#[test]
fn the_highest_version_inside_the_range_is_chosen() {
    let tags = ["1.9.0", "v1.10.0", "2.0.0", "1.11.0-rc.1", "latest", "1.8"];
    let best = |range: &str| Range(range.into()).best(&tags).map_err(|error| error.to_string());
    assert_eq!(best(">=1.0.0 <2.0.0"), Ok(vec![1]));
    assert_eq!(best("*"), Ok(vec![2]));
    assert_eq!(best(">=3"), Ok(vec![]));
    assert_eq!(Range("1.0.0".into()).best(&["1.0.0+a", "v1.0.0", "1.0.0+b"]).expect("a range"), [0, 1, 2]);
    assert!(best("not a range").is_err());
}

#[test]
fn fields_that_are_not_built_are_named_in_a_terminal_condition() {
    let name = || LocalObjectReference { name: "x".into() };
    let verify = |mode| GitRepositoryVerification { mode, secret_ref: name() };
    let (kind, reason, message) =
        refused(&GitRepositorySpec { verify: Some(verify(GitVerificationMode::Head)), ..spec() });
    assert_eq!(kind, FailureKind::Stalled);
    assert_eq!(reason, "FeatureGateDisabled");
    assert_eq!(message, "`spec.verify` is not supported by this version");
    let provider =
        |provider| GitRepositorySpec { provider: Some(provider), secret_ref: Some(name()), ..spec() };
    for other in [GitProvider::Aws, GitProvider::Azure, GitProvider::Github] {
        let (kind, reason, message) = refused(&provider(other));
        assert_eq!((kind, reason.as_str()), (FailureKind::Stalled, "InvalidProviderConfiguration"));
        assert!(message.ends_with("is not supported by this version"), "{message}");
    }
}

/// source.md 18: scenarios 16 and 23, as far as the plan is concerned
#[test]
fn contradictions_are_stalled_with_the_texts_of_the_contract() {
    let github = GitRepositorySpec { provider: Some(GitProvider::Github), ..spec() };
    let (kind, reason, message) = refused(&github);
    assert_eq!((kind, reason.as_str()), (FailureKind::Stalled, "InvalidProviderConfiguration"));
    assert_eq!(message, "secretRef with github app data must be specified when provider is set to github");

    let secret_ref = LocalObjectReference { name: "keys".into() };
    let verify = Some(GitRepositoryVerification { mode: GitVerificationMode::Tag, secret_ref });
    let (kind, reason, message) = refused(&GitRepositorySpec { verify, ..spec() });
    assert_eq!((kind, reason.as_str()), (FailureKind::Stalled, "InvalidVerificationMode"));
    assert_eq!(message, "cannot verify tag object's signature if a tag reference is not specified");

    let account = GitRepositorySpec {
        provider: Some(GitProvider::Azure),
        service_account_name: Some("account".into()),
        ..spec()
    };
    let (_, reason, message) = refused(&account);
    assert_eq!(reason, "FeatureGateDisabled");
    assert!(message.starts_with("to use spec.serviceAccountName"), "{message}");
}

#[test]
fn a_changed_ignore_rule_makes_the_archive_anew_and_a_changed_interval_does_not() {
    let status = stored();
    let observed = |spec: &GitRepositorySpec| plan(spec, &status, &[]).observed;
    assert_eq!(observed(&spec()).as_deref(), Some("main@sha1:1"));
    assert_eq!(
        observed(&GitRepositorySpec { interval: Duration::new("1h"), ..spec() }).as_deref(),
        Some("main@sha1:1")
    );
    assert_eq!(observed(&GitRepositorySpec { ignore: Some(String::new()), ..spec() }), None);
    assert_eq!(observed(&GitRepositorySpec { sparse_checkout: vec!["a".into()], ..spec() }), None);
}

fn options(entries: &[(&str, &str)], url: &str) -> Result<RemoteOptions, Failure> {
    let data = entries.iter().map(|(key, value)| ((*key).to_owned(), ByteString(value.as_bytes().to_vec())));
    resolve::from_secret(&data.collect(), "apps/auth", url)
}

#[test]
fn secrets_are_read_with_the_precedence_and_the_texts_of_the_contract() {
    let https = "https://example.com/app.git";
    let both =
        options(&[("bearerToken", "t"), ("username", "u"), ("password", "p")], https).expect("options");
    assert!(format!("{both:?}").contains("Bearer"));
    assert!(!format!("{both:?}").contains("\"p\""));
    let legacy = options(&[("caFile", "PEM")], https).expect("options");
    assert_eq!(legacy.authorities.as_deref(), Some("PEM"));

    let message = |entries: &[(&str, &str)], url| {
        let failure = options(entries, url).expect_err("a failure");
        (failure.kind(), failure.reason().to_owned(), failure.message().to_owned())
    };
    let (kind, reason, text) = message(&[("githubAppID", "1")], https);
    assert_eq!((kind, reason.as_str()), (FailureKind::Retry, "InvalidProviderConfiguration"));
    assert_eq!(text, "secretRef 'apps/auth' has github app data but provider is not set to github");
    let (_, reason, text) = message(&[("tls.crt", "x")], https);
    assert_eq!(reason, "AuthenticationFailed");
    assert_eq!(
        text,
        "failed to configure authentication options: secret 'apps/auth' contains 'tls.crt' but missing 'tls.key'"
    );
    let pair = options(&[("tls.crt", "x"), ("tls.key", "y")], https).expect("options");
    assert_eq!(pair.client_certificate.map(|client| client.certificate).as_deref(), Some("x"));
    let encrypted = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n";
    let (_, reason, text) = message(&[("identity", encrypted), ("known_hosts", "h")], "ssh://example.com/a");
    assert_eq!(reason, "AuthenticationFailed");
    assert!(
        text.ends_with(
            "SSH identity key is encrypted but no 'password' field was provided in the secret 'apps/auth'"
        ),
        "{text}"
    );
}

fn parts(object: &GitRepository, status: GitRepositoryStatus, before: Before) -> Parts<'_> {
    Parts { object, status, events: Vec::new(), before, subject: Some("x".repeat(60)) }
}

#[test]
fn a_new_digest_is_a_new_artifact_and_the_subject_is_cut() {
    let object = GitRepository::new("app", spec());
    let before = Before::new(None, &[], report::FAIL_CONDITIONS);
    let report = report::report(parts(&object, stored(), before), Ok(()));
    let event = report.events.first().expect("an event");
    assert_eq!((event.severity, event.reason.as_ref()), (Severity::Info, "NewArtifact"));
    assert_eq!(event.message, format!("stored artifact for commit '{}...'", "x".repeat(50)));
    assert_eq!(event.metadata["source.toolkit.fluxcd.io/revision"], "main@sha1:1");
    assert_eq!(event.metadata["source.toolkit.fluxcd.io/digest"], "sha256:1");
}

#[test]
fn the_end_of_a_failure_is_a_recovery_and_anything_else_is_silent() {
    let object = GitRepository::new("app", spec());
    let mut failed = stored();
    stamp().conditions(&mut failed).mark_true(types::FETCH_FAILED, "GitOperationFailed", "no");
    let before = Before::new(failed.artifact.as_ref(), &failed.conditions, report::FAIL_CONDITIONS);
    let report = report::report(parts(&object, stored(), before), Ok(()));
    assert_eq!(report.events.first().map(|event| event.reason.as_ref()), Some("Succeeded"));
    let status = stored();
    let before = Before::new(status.artifact.as_ref(), &status.conditions, report::FAIL_CONDITIONS);
    let report = report::report(parts(&object, stored(), before), Ok(()));
    assert!(report.events.is_empty());
}

#[test]
fn a_new_revision_is_announced_before_it_is_built() {
    let mut status = stored();
    assert!(report::new_revision(&mut status, stamp(), "main@sha1:2"));
    let message = |type_: &str| {
        let found = status.conditions.iter().find(|condition| condition.type_ == type_);
        found.map(|condition| condition.message.clone())
    };
    assert_eq!(message(types::ARTIFACT_OUTDATED).as_deref(), Some("new upstream revision 'main@sha1:2'"));
    let building = "building artifact: new upstream revision 'main@sha1:2'";
    assert_eq!(message(types::RECONCILING).as_deref(), Some(building));
    assert_eq!(message(types::READY).as_deref(), Some(building));
}
