//! Sparse checkouts by whole components.

use super::*;

fn entries() -> Vec<TreeEntry> {
    let id = ObjectId::null(ferroflux_git_hash());
    let entry = |path: &str, kind| TreeEntry { path: path.into(), kind, id };
    let file = GitKind::File { executable: false };
    vec![
        entry("README.md", file),
        entry("app", GitKind::Directory),
        entry("app/a.yaml", file),
        entry("app2", GitKind::Directory),
        entry("app2/x", file),
        entry("deep", GitKind::Directory),
        entry("deep/er", GitKind::Directory),
        entry("deep/er/b.yaml", file),
        entry("deep/other", file),
    ]
}

fn ferroflux_git_hash() -> ferroflux_git::ObjectKind {
    ferroflux_git::ObjectKind::Sha1
}

fn limited(sparse: &[&str]) -> Vec<String> {
    let sparse: Vec<String> = sparse.iter().map(|path| (*path).to_owned()).collect();
    let entries = limit(entries(), &sparse).expect("the directories exist");
    entries.into_iter().map(|entry| entry.path).collect()
}

/// source.md 18: scenario 20, as far as the selection is concerned
#[test]
fn whole_components_are_matched_and_root_files_left_out() {
    assert_eq!(limited(&["app"]), ["app", "app/a.yaml"]);
    assert_eq!(limited(&["./app/"]), ["app", "app/a.yaml"]);
    assert_eq!(limited(&["deep/er"]), ["deep", "deep/er", "deep/er/b.yaml"]);
    assert_eq!(limited(&["app", "deep/er"]).len(), 5);
}

#[test]
fn a_directory_that_does_not_exist_is_named() {
    let error = limit(entries(), &["./nope".to_owned()]).expect_err("no such directory");
    assert_eq!(
        error.to_string(),
        "sparse checkout dir 'nope' does not exist in repository: no such file or directory"
    );
}
