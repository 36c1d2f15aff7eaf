use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::*;
use crate::{snapshot::Node, tar::field::BlockBuilder};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw(block: &[u8; 512], content: &[u8]) -> Vec<u8> {
    let mut bytes = block.to_vec();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn file(name: &str, content: &[u8]) -> Vec<u8> {
    raw(&BlockBuilder::new(name, b'0', content.len() as u64).build(), content)
}

fn of_kind(name: &str, flag: u8) -> Vec<u8> {
    raw(&BlockBuilder::new(name, flag, 0).link("target").build(), b"")
}

fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = entries.concat();
    bytes.extend([0; 1024]);
    gzip(&bytes)
}

fn unpack_default(entries: &[Vec<u8>]) -> Result<Snapshot, Error> {
    unpack_snapshot(archive(entries).as_slice(), &UnpackOptions::default())
}

fn unpack_artifact(entries: &[Vec<u8>]) -> Result<Snapshot, Error> {
    unpack_snapshot(archive(entries).as_slice(), &UnpackOptions::artifact(Limits::default()))
}

/// source.md 18: scenario 35; security.md: traversal (write).
#[test]
fn names_that_lead_out_of_the_archive_fail_the_whole_archive() {
    for name in ["../evil", "/etc/passwd", "a/../../b", "a/../b", "..", "a/..", "a\\b", "", "x../y"] {
        let entries = [file("good", b"1"), file(name, b"2")];
        let error = unpack_artifact(&entries).unwrap_err();
        assert_eq!(error.to_string(), format!("tar contained invalid name error {name:?}"));
    }
    let mut pax = raw(&BlockBuilder::new("x", b'x', 20).build(), b"20 path=../../outer\n");
    pax.extend(file("harmless", b""));
    assert!(matches!(unpack_artifact(&[pax]), Err(Error::InvalidName(_))));
    assert!(matches!(unpack_artifact(&[of_kind("../link", b'2')]), Err(Error::InvalidName(_))));
}

#[test]
fn names_are_cleaned_of_dots_and_double_slashes() {
    let snapshot =
        unpack_default(&[of_kind(".", b'5'), of_kind("./a/", b'5'), file("./a//b/./c", b"x")]).unwrap();
    let paths: Vec<_> = snapshot.entries().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, ["a", "a/b", "a/b/c"]);
}

/// source.md 6, kustomize.md 6.2: symbolic links fail or are skipped.
#[test]
fn a_symlink_fails_the_archive_unless_links_are_skipped_or_kept() {
    let entries = [of_kind("link", b'2'), file("a", b"x")];
    let error = unpack_default(&entries).unwrap_err();
    assert_eq!(error.to_string(), "tar file entry link is a symlink, which is not allowed in this context");
    let snapshot = unpack_artifact(&entries).unwrap();
    assert_eq!((snapshot.len(), snapshot.get("link")), (1, None));
    let keep = UnpackOptions { symlinks: Symlinks::Keep, ..UnpackOptions::default() };
    let snapshot = unpack_snapshot(archive(&entries).as_slice(), &keep).unwrap();
    assert_eq!(snapshot.get("link"), Some(Node::Symlink { target: "target" }));
}

/// source.md 6: an already extracted symlink cannot redirect a later write.
#[test]
fn nothing_is_written_through_a_link() {
    let entries = [of_kind("dir", b'2'), file("dir/passwd", b"x")];
    let keep = UnpackOptions { symlinks: Symlinks::Keep, ..UnpackOptions::default() };
    let error = unpack_snapshot(archive(&entries).as_slice(), &keep).unwrap_err();
    assert_eq!(error.to_string(), "mkdir dir: not a directory");
    let snapshot = unpack_artifact(&entries).unwrap();
    assert_eq!(snapshot.get("dir"), Some(Node::Directory { mode: 0o750 }));
}

#[test]
fn hard_links_fail_or_become_empty_files() {
    let entries = [of_kind("hard", b'1')];
    let error = unpack_default(&entries).unwrap_err();
    assert_eq!(error.to_string(), "tar file entry hard contained unsupported file type -rw-r--r--");
    assert_eq!(unpack_artifact(&entries).unwrap().file("hard"), Some(b"".as_slice()));
}

#[test]
fn devices_and_pipes_fail_the_archive_and_are_named_by_their_mode() {
    for (flag, mode) in
        [(b'3', "Dcrw-r--r--"), (b'4', "Drw-r--r--"), (b'6', "prw-r--r--"), (b'Z', "-rw-r--r--")]
    {
        let error = unpack_artifact(&[of_kind("dev", flag)]).unwrap_err();
        assert_eq!(error.to_string(), format!("tar file entry dev contained unsupported file type {mode}"));
    }
}

/// kustomize.md 6.2: the global header of `git archive` names no file.
#[test]
fn a_global_header_is_ignored() {
    let global = raw(&BlockBuilder::new("pax_global_header", b'g', 52).build(), &[b'x'; 52]);
    let snapshot = unpack_artifact(&[global, file("a", b"x")]).unwrap();
    assert_eq!(snapshot.len(), 1);
}

#[test]
fn modes_keep_their_permissions_only_and_directories_stay_usable() {
    let snapshot = unpack_default(&[
        raw(&BlockBuilder::new("d", b'5', 0).mode(0o7000).build(), b""),
        raw(&BlockBuilder::new("d/f", b'0', 0).mode(0o4755).build(), b""),
    ])
    .unwrap();
    assert_eq!(snapshot.get("d"), Some(Node::Directory { mode: 0o700 }));
    assert_eq!(snapshot.get("d/f"), Some(Node::File { mode: 0o755, content: b"" }));
}

#[test]
fn a_later_entry_replaces_an_earlier_file_but_not_a_directory() {
    let snapshot = unpack_default(&[file("a", b"old"), file("a", b"new")]).unwrap();
    assert_eq!(snapshot.file("a"), Some(b"new".as_slice()));
    let error = unpack_default(&[file("a", b""), file("a/b", b"")]).unwrap_err();
    assert_eq!(error.to_string(), "mkdir a: not a directory");
    assert!(unpack_default(&[of_kind("a", b'5'), file("a", b"")]).is_err());
    assert!(unpack_default(&[file(".", b"")]).is_err());
}

/// security.md: decompression bombs.
#[test]
fn a_bomb_is_stopped_by_its_unpacked_size() {
    let bomb = archive(&[file("zeros", &vec![0; 8 << 20])]);
    assert!(bomb.len() < 100_000);
    let limits = Limits { unpacked: 1 << 20, content: None, ..Limits::default() };
    let options = UnpackOptions { limits, ..UnpackOptions::default() };
    let error = unpack_snapshot(bomb.as_slice(), &options).unwrap_err();
    assert!(matches!(error, Error::Limit(LimitError::Unpacked(limit)) if limit == 1 << 20), "{error:?}");
    // Members one behind the other are one stream, with one limit.
    let headers: Vec<u8> = file("e", b"");
    let members = gzip(&headers).repeat(5000);
    let error = unpack_snapshot(members.as_slice(), &options).unwrap_err();
    assert!(matches!(error, Error::Limit(LimitError::Unpacked(_))), "{error:?}");
}

#[test]
fn declared_sizes_count_before_anything_is_read() {
    let lying = raw(&BlockBuilder::new("big", b'0', 200 << 20).build(), b"");
    let error = unpack_default(&[file("a", b"x"), lying]).unwrap_err();
    assert_eq!(error.to_string(), "tar \"big\" is bigger than max archive size of 104857600 bytes");
}

#[test]
fn more_compressed_bytes_entries_or_longer_paths_than_allowed_are_errors() {
    let noise: Vec<u8> = (0..100_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let with = |limits: Limits| UnpackOptions { limits, ..UnpackOptions::default() };
    let big = archive(&[file("noise", &noise)]);
    let error = unpack_snapshot(
        big.as_slice(),
        &with(Limits { compressed: big.len() as u64 / 2, ..Limits::default() }),
    );
    assert!(matches!(error, Err(Error::Limit(LimitError::Compressed(_)))), "{error:?}");
    let fits = with(Limits { compressed: big.len() as u64, ..Limits::default() });
    assert!(unpack_snapshot(big.as_slice(), &fits).is_ok());
    let many = archive(&vec![of_kind("same", b'5'); 11]);
    let error = unpack_snapshot(many.as_slice(), &with(Limits { entries: 10, ..Limits::default() }));
    assert!(matches!(error, Err(Error::TooManyEntries(10))));
    let long = archive(&[file(&"d/".repeat(40), b"")]);
    let error = unpack_snapshot(long.as_slice(), &with(Limits { path: 60, ..Limits::default() }));
    assert!(matches!(error, Err(Error::PathTooLong { length: 80, limit: 60 })), "{error:?}");
}

#[test]
fn what_is_no_gzip_or_no_tar_is_told_apart() {
    let options = UnpackOptions::default();
    for bytes in [b"".as_slice(), b"plain text", b"\x1f"] {
        let error = unpack_snapshot(bytes, &options).unwrap_err();
        assert!(matches!(error, Error::NotGzip(_) | Error::Tar(_)), "{bytes:?} {error:?}");
    }
    assert!(matches!(unpack_snapshot(b"BZh9".as_slice(), &options), Err(Error::NotGzip(_))));
    assert!(matches!(unpack_snapshot(gzip(&[b'x'; 2000]).as_slice(), &options), Err(Error::Tar(_))));
    assert_eq!(unpack_snapshot(gzip(b"").as_slice(), &options).unwrap().len(), 0);
}

#[test]
fn an_archive_that_ends_early_or_is_damaged_is_an_error() {
    let noise: Vec<u8> = (0..50_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    let whole = archive(&[file("a", &noise)]);
    for cut in [10, 100, whole.len() / 2] {
        assert!(unpack_snapshot(&whole[..cut], &UnpackOptions::default()).is_err(), "cut at {cut}");
    }
    let short = gzip(&file("a", &[1; 5000])[..3000]);
    let error = unpack_snapshot(short.as_slice(), &UnpackOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "error copying buffer");
}

#[test]
fn what_follows_the_end_of_the_archive_is_never_read() {
    let mut bytes = archive(&[file("a", b"x")]);
    bytes.extend(archive(&[file("../evil", b"x")]));
    bytes.extend(b"and trailing garbage");
    let snapshot = unpack_snapshot(bytes.as_slice(), &UnpackOptions::default()).unwrap();
    assert_eq!(snapshot.len(), 1);
}

#[test]
fn a_name_that_is_no_text_gets_a_replacement_character() {
    let mut block = BlockBuilder::new("abc", b'0', 0).build();
    block[1] = 0xff;
    // The sum of the bytes has grown by as much as this byte has.
    let sum = format!(
        "{:06o}\0 ",
        block.iter().map(|b| u32::from(*b)).sum::<u32>()
            - block[148..156].iter().map(|b| u32::from(*b)).sum::<u32>()
            + 256
    );
    block[148..156].copy_from_slice(sum.as_bytes());
    let snapshot = unpack_default(&[raw(&block, b"")]).unwrap();
    assert!(snapshot.file("a\u{fffd}c").is_some());
}
