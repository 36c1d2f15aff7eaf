use std::io::Cursor;

use flate2::read::GzDecoder;
use proptest::prelude::*;

use super::*;
use crate::{UnpackOptions, snapshot::Node, unpack_snapshot};

fn path(path: &str) -> EntryPath {
    EntryPath::new(path).unwrap()
}

fn file(at: &str, executable: bool, content: &str) -> Entry<Vec<u8>> {
    let content = content.as_bytes().to_vec();
    Entry { path: path(at), kind: EntryKind::File { executable, content } }
}

fn directory(at: &str) -> Entry<Vec<u8>> {
    Entry { path: path(at), kind: EntryKind::Directory }
}

fn pack(entries: Vec<Entry<Vec<u8>>>) -> (Vec<u8>, Summary) {
    write_archive(entries, Algorithm::Sha256, Vec::new(), |content| Ok(Content::Owned(content))).unwrap()
}

/// source.md 18: scenarios 4 and 5.
#[test]
fn headers_hold_nothing_but_name_kind_size_and_whether_it_is_executable() {
    let (archive, summary) = pack(vec![
        file("b", false, "two"),
        file("a.b", true, "#!"),
        directory("empty"),
        file("a/c", false, ""),
        directory("a"),
    ]);
    assert_eq!(summary.digest.verify(&archive), Ok(()));
    assert_eq!(summary.size, archive.len() as u64);
    // RFC 1952: no flags, no time, default level, unknown system.
    assert_eq!(archive[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    let mut reader = ::tar::Archive::new(GzDecoder::new(archive.as_slice()));
    let mut seen = Vec::new();
    for entry in reader.entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()), (0, 0, 0));
        assert_eq!((header.username().unwrap(), header.groupname().unwrap()), (Some(""), Some("")));
        assert_eq!((header.device_major().unwrap(), header.device_minor().unwrap()), (Some(0), Some(0)));
        assert!(header.as_ustar().is_some());
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        seen.push((name, header.entry_type().is_dir(), header.mode().unwrap(), header.size().unwrap()));
    }
    let expected = [
        (".", true, 0o750, 0),
        ("a", true, 0o750, 0),
        ("a/c", false, 0o600, 0),
        ("a.b", false, 0o700, 2),
        ("b", false, 0o600, 3),
        ("empty", true, 0o750, 0),
    ];
    let seen: Vec<_> =
        seen.iter().map(|(name, dir, mode, size)| (name.as_str(), *dir, *mode, *size)).collect();
    assert_eq!(seen, expected);
}

/// The bytes of this archive are part of what we promise: an upgrade that changes them changes every digest once.
#[test]
fn the_bytes_stay_the_same_from_build_to_build() {
    let text = (0..5000).fold(String::new(), |all, number| format!("{all}line {number}\n"));
    let (_, summary) = pack(vec![file("deploy/app.yaml", false, &text), file("run.sh", true, "#!/bin/sh\n")]);
    assert_eq!(
        (summary.digest.to_string().as_str(), summary.size),
        ("sha256:3c857bdbb87a1abfacfaa1f127c149fbd5d3d3f17db214d1304f3ce1f8fe0bf9", 11755)
    );
}

#[test]
fn entries_out_of_order_or_twice_are_refused() {
    let mut archive = Archive::new(Vec::new(), Algorithm::Sha256).unwrap();
    archive.directory(&path("b")).unwrap();
    assert!(matches!(archive.directory(&path("a")), Err(Error::Order { .. })));
    let mut archive = Archive::new(Vec::new(), Algorithm::Sha256).unwrap();
    archive.file_bytes(&path("a"), false, b"").unwrap();
    assert!(matches!(archive.file_bytes(&path("a"), false, b""), Err(Error::Order { .. })));
}

#[test]
fn content_that_cannot_be_opened_names_its_entry() {
    let entries = vec![Entry { path: path("a/b"), kind: EntryKind::File { executable: false, content: () } }];
    let error = write_archive(entries, Algorithm::Sha256, Vec::new(), |()| {
        Err(io::Error::from(io::ErrorKind::PermissionDenied))
    })
    .unwrap_err();
    assert_eq!(error.to_string(), "cannot open the content of 'a/b'");
}

/// Gives its bytes in pieces of varying size.
struct Pieces(Cursor<Vec<u8>>, usize);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1 * 7 % 1000 + 1;
        let length = buffer.len().min(self.1);
        self.0.read(&mut buffer[..length])
    }
}

fn trees() -> impl Strategy<Value = Vec<Entry<Vec<u8>>>> {
    let name = "[a-c.é-]{1,3}"
        .prop_filter("a name that unpacking takes", |name| name != "." && !name.ends_with(".."));
    let content = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..600),
        (any::<u8>(), 0..200_000usize).prop_map(|(byte, size)| vec![byte; size]),
    ];
    let entry = (proptest::collection::vec(name, 1..4), any::<bool>(), content);
    proptest::collection::vec(entry, 0..12).prop_map(|entries| {
        let mut tree: Vec<Entry<Vec<u8>>> = Vec::new();
        for (names, executable, content) in entries {
            let at = path(&names.join("/"));
            // A file is no directory and a path is there once.
            let clash = tree.iter().any(|other| {
                let (one, two) = (format!("{at}/"), format!("{}/", other.path));
                one.starts_with(&two) || two.starts_with(&one)
            });
            if !clash {
                tree.push(Entry { path: at, kind: EntryKind::File { executable, content } });
            }
        }
        tree
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// source.md 18: scenario 4, as far as creation order and reading go.
    #[test]
    fn equal_trees_give_equal_bytes_in_any_order_and_any_chunks(tree in trees(), seed in 1..1000usize) {
        let (expected, summary) = pack(tree.clone());
        let mut shuffled = tree.clone();
        shuffled.reverse();
        if !shuffled.is_empty() {
            let by = seed % shuffled.len();
            shuffled.rotate_left(by);
        }
        let open = |content: Vec<u8>| Ok(Content::Reader {
            size: content.len() as u64,
            reader: Box::new(Pieces(Cursor::new(content), seed)),
        });
        let (bytes, again) = write_archive(shuffled, Algorithm::Sha256, Vec::new(), open).unwrap();
        prop_assert!(bytes == expected);
        prop_assert_eq!(again, summary);
    }

    #[test]
    fn what_was_packed_is_what_is_unpacked(tree in trees()) {
        let (archive, _) = pack(tree.clone());
        let snapshot = unpack_snapshot(archive.as_slice(), &UnpackOptions::default()).unwrap();
        for entry in &tree {
            let EntryKind::File { executable, content } = &entry.kind else { continue };
            let mode = if *executable { 0o700 } else { 0o600 };
            prop_assert_eq!(snapshot.get(entry.path.as_str()), Some(Node::File { mode, content }));
        }
        let files = snapshot.entries().filter(|(_, node)| !node.is_directory()).count();
        prop_assert_eq!(files, tree.len());
        // Packing the snapshot again adds the directories, and from then on nothing changes.
        let repack = |snapshot: &crate::Snapshot| {
            let entries = snapshot.archive_entries(|_, _| true);
            write_archive(entries, Algorithm::Sha256, Vec::new(), |file| Ok(file.to_content())).unwrap().0
        };
        let once = repack(&snapshot);
        let twice = repack(&unpack_snapshot(once.as_slice(), &UnpackOptions::default()).unwrap());
        prop_assert!(once == twice);
    }
}
