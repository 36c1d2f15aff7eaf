//! Sparse checkouts by whole components, and included archives.

use ferroflux_archive::{Algorithm, Limits, UnpackOptions, unpack_snapshot, write::write_archive};
use ferroflux_git::ObjectKind;

use super::*;

fn file(path: &str) -> Item {
    let source = Source::Tree { layer: 0, id: ObjectId::null(ObjectKind::Sha1) };
    Item { path: path.into(), kind: ItemKind::File { executable: false, source } }
}

fn directory(path: &str) -> Item {
    Item { path: path.into(), kind: ItemKind::Directory }
}

fn items() -> Vec<Item> {
    vec![
        file("README.md"),
        directory("app"),
        file("app/a.yaml"),
        directory("app2"),
        file("app2/x"),
        directory("deep"),
        directory("deep/er"),
        file("deep/er/b.yaml"),
        file("deep/other"),
    ]
}

fn paths(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.path.as_str()).collect()
}

fn limited(sparse: &[&str]) -> Vec<String> {
    let sparse = Sparse::new(&sparse.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>());
    let mut items = items();
    sparse.check(&items).expect("the directories exist");
    sparse.limit(&mut items);
    items.into_iter().map(|item| item.path).collect()
}

/// source.md 18: scenario 20, as far as the selection is concerned
#[test]
fn whole_components_are_matched_and_root_files_left_out() {
    assert_eq!(limited(&["app"]), ["app", "app/a.yaml"]);
    assert_eq!(limited(&["./app/"]), ["app", "app/a.yaml"]);
    assert_eq!(limited(&["deep/er"]), ["deep", "deep/er", "deep/er/b.yaml"]);
    assert_eq!(limited(&["app", "deep/er"]).len(), 5);
    let error = Sparse::new(&["./nope".to_owned()]).check(&items()).expect_err("no such directory");
    assert_eq!(
        error.to_string(),
        "sparse checkout dir 'nope' does not exist in repository: no such file or directory"
    );
}

fn archive() -> Snapshot {
    let entry = |path: &str, kind| Entry { path: EntryPath::new(path).expect("a path"), kind };
    let content = |text: &'static [u8]| EntryKind::File { executable: false, content: text };
    let entries = vec![
        entry("lib", EntryKind::Directory),
        entry("lib/one", content(b"1")),
        entry("top", content(b"t")),
    ];
    let (bytes, _) = write_archive(entries, Algorithm::Sha256, Vec::new(), |text| Ok(Content::Bytes(text)))
        .expect("an archive");
    unpack_snapshot(bytes.as_slice(), &UnpackOptions::artifact(Limits::up_to(1 << 20))).expect("a snapshot")
}

#[test]
fn an_archive_is_included_where_it_is_told_to() {
    let mut items = vec![file("README.md")];
    include(&mut items, &archive(), "", "vendor/a").expect("included");
    assert_eq!(
        paths(&items),
        ["README.md", "vendor", "vendor/a", "vendor/a/lib", "vendor/a/lib/one", "vendor/a/top"]
    );
    let mut items = vec![file("README.md")];
    include(&mut items, &archive(), "./lib", "../x").expect("included inside the root");
    assert_eq!(paths(&items), ["README.md", "x", "x/one"]);
    include(&mut items, &archive(), "top", "README.md").expect("a file over a file");
    assert_eq!(paths(&items), ["x", "x/one", "README.md"]);
}

#[test]
fn nothing_is_included_over_what_is_there_or_out_of_nothing() {
    let mut items = items();
    assert!(matches!(include(&mut items, &archive(), "nope", "x"), Err(IncludeError::Missing(_))));
    assert!(matches!(include(&mut items, &archive(), "", "app"), Err(IncludeError::Exists(_))));
    assert!(matches!(include(&mut items, &archive(), "lib", "README.md"), Err(IncludeError::Exists(_))));
    assert!(matches!(
        include(&mut items, &archive(), "lib", "README.md/x"),
        Err(IncludeError::NotADirectory(_))
    ));
}
