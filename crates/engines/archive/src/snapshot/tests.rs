use super::*;

fn path(path: &str) -> EntryPath {
    EntryPath::new(path).unwrap()
}

fn sample() -> Snapshot {
    let mut builder = Builder::default();
    builder.file(&path("b/c/file"), 0o644, b"deep").unwrap();
    builder.file(&path("a.b"), 0o755, b"run").unwrap();
    builder.directory(&path("a"), 0o700).unwrap();
    builder.file(&path("a/z"), 0o600, b"").unwrap();
    builder.symlink(&path("link"), "a/z").unwrap();
    builder.build()
}

#[test]
fn entries_stand_in_walk_order_with_all_their_directories() {
    let snapshot = sample();
    let paths: Vec<_> = snapshot.entries().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, ["a", "a/z", "a.b", "b", "b/c", "b/c/file", "link"]);
    assert_eq!(snapshot.get("b"), Some(Node::Directory { mode: 0o750 }));
    assert_eq!(snapshot.file("b/c/file"), Some(b"deep".as_slice()));
    assert_eq!(snapshot.file("b/c"), None);
    assert_eq!(snapshot.get("link"), Some(Node::Symlink { target: "a/z" }));
    assert_eq!(snapshot.get("nope"), None);
    assert!(snapshot.is_directory("") && snapshot.is_directory("b/c") && !snapshot.is_directory("a.b"));
}

#[test]
fn a_directory_tells_what_is_in_it_and_below_it() {
    let snapshot = sample();
    let children = |at: &str| snapshot.children(at).map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(children(""), ["a", "a.b", "b", "link"]);
    assert_eq!(children("a"), ["z"]);
    assert_eq!(children("b"), ["c"]);
    assert!(children("a.b").is_empty() && children("none").is_empty());
    let below: Vec<_> = snapshot.below("b").map(|(path, _)| path.as_str()).collect();
    assert_eq!(below, ["b/c", "b/c/file"]);
}

#[test]
fn a_file_is_in_the_way_of_a_directory_and_the_other_way_round() {
    let mut builder = Builder::default();
    builder.file(&path("a"), 0o600, b"x").unwrap();
    let error = builder.file(&path("a/b/c"), 0o600, b"").unwrap_err();
    assert_eq!(error.to_string(), "mkdir a: not a directory");
    assert!(matches!(builder.directory(&path("a"), 0), Err(InsertError::NotADirectory(_))));
    builder.directory(&path("d"), 0o700).unwrap();
    assert!(matches!(builder.file(&path("d"), 0, b""), Err(InsertError::IsADirectory(_))));
    builder.symlink(&path("link"), "/etc").unwrap();
    assert!(matches!(builder.file(&path("link/passwd"), 0, b""), Err(InsertError::NotADirectory(_))));
    builder.file(&path("a"), 0o700, b"later").unwrap();
    assert_eq!(builder.build().file("a"), Some(b"later".as_slice()));
}

#[test]
fn clones_share_and_a_file_keeps_its_bytes_alive() {
    let snapshot = sample();
    let file = snapshot.clone().shared_file("b/c/file").unwrap();
    let memory = snapshot.memory();
    drop(snapshot);
    assert_eq!(&*file, b"deep");
    assert!(memory > 7);
}

/// source.md 4.2: an excluded directory's own entry is dropped, what is in it is judged by itself.
#[test]
fn a_filter_is_asked_for_every_entry_by_itself() {
    let kept = sample().archive_entries(|path, directory| !directory && path.as_str() != "a.b");
    let paths: Vec<_> = kept.iter().map(|entry| entry.path.to_string()).collect();
    assert_eq!(paths, ["a/z", "b/c/file"], "links are left out as well");
}
