//! Which object a reference leads to, and how the revision is written.

use super::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn id(hex: &str) -> ObjectId {
    ObjectId::from_hex(hex.as_bytes()).expect("an id")
}

fn references() -> Vec<RemoteReference> {
    let plain = |name: &str, hex| RemoteReference { name: name.into(), id: id(hex), peeled: None };
    vec![
        plain("refs/heads/feature/x", B),
        plain("refs/heads/main", A),
        plain("refs/pull/7/head", B),
        RemoteReference { name: "refs/tags/v1".into(), id: id(B), peeled: Some(id(A)) },
    ]
}

fn revision_of(reference: &Reference) -> String {
    let resolution = resolve(reference, &references(), "https://example.com/a").expect("a resolution");
    match resolution {
        Resolution::Missing(error) => format!("{error:?}"),
        other => other.revision().expect("one revision").to_owned(),
    }
}

#[test]
fn revisions_are_written_as_the_reference_was() {
    assert_eq!(revision_of(&Reference::Branch("main".into())), format!("main@sha1:{A}"));
    assert_eq!(revision_of(&Reference::Branch("feature/x".into())), format!("feature/x@sha1:{B}"));
    assert_eq!(revision_of(&Reference::Tag("v1".into())), format!("v1@sha1:{A}"));
    let name = |name: &str| revision_of(&Reference::Name(name.into()));
    assert_eq!(name("refs/heads/main"), format!("refs/heads/main@sha1:{A}"));
    assert_eq!(name("refs/tags/v1"), format!("refs/tags/v1@sha1:{A}"));
    assert_eq!(name("refs/tags/v1^{}"), format!("refs/tags/v1^{{}}@sha1:{A}"));
    assert_eq!(name("refs/pull/7/head"), format!("refs/pull/7/head@sha1:{B}"));
}

#[test]
fn a_commit_is_written_with_what_it_was_searched_in() {
    let commit = |branch: Option<&str>, name: Option<&str>| {
        let (branch, name) = (branch.map(str::to_owned), name.map(str::to_owned));
        revision_of(&Reference::Commit { commit: B.into(), branch, name })
    };
    assert_eq!(commit(None, None), format!("sha1:{B}"));
    assert_eq!(commit(Some("main"), None), format!("main@sha1:{B}"));
    assert_eq!(commit(None, Some("refs/pull/7/head")), format!("refs/pull/7/head@sha1:{B}"));
}

#[test]
fn missing_references_are_named_in_full() {
    let missing = revision_of(&Reference::Branch("nope".into()));
    assert!(missing.contains("refs/heads/nope"), "{missing}");
    let missing = revision_of(&Reference::Tag("nope".into()));
    assert!(missing.contains("refs/tags/nope"), "{missing}");
    let missing = revision_of(&Reference::Name("refs/changes/1".into()));
    assert!(missing.contains("UnresolvedReference"), "{missing}");
}

#[test]
fn short_commits_and_names_with_slashes_at_their_ends_are_refused() {
    let short = Reference::Commit { commit: "abc123".into(), branch: None, name: None };
    let error = check(&short).expect_err("too short");
    assert_eq!(error.to_string(), "unable to resolve commit object for 'abc123': object not found");
    for name in ["/refs/heads/main", "refs/heads/main/"] {
        let error = check(&Reference::Name(name.into())).expect_err("a slash");
        assert_eq!(
            error.to_string(),
            format!("ref {name} is invalid; Git refs cannot begin or end with a slash '/'")
        );
    }
}

#[test]
fn revisions_of_early_versions_are_recognised() {
    assert!(same_revision(&format!("main/{A}"), &format!("main@sha1:{A}")));
    assert!(!same_revision(&format!("main/{B}"), &format!("main@sha1:{A}")));
}
