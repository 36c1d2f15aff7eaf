use std::io::{Cursor, Read};

use super::{field::BlockBuilder, *};

fn read_all(archive: &[u8]) -> Result<Vec<(Header, Vec<u8>)>, Error> {
    let mut reader = Reader::new(archive);
    let mut entries = Vec::new();
    while let Some(header) = reader.next_entry()? {
        let mut content = Vec::new();
        reader.read_to_end(&mut content).map_err(Error::Read)?;
        entries.push((header, content));
    }
    Ok(entries)
}

fn names(archive: &[u8]) -> Vec<String> {
    let entries = read_all(archive).unwrap();
    entries.into_iter().map(|(header, _)| String::from_utf8(header.name).unwrap()).collect()
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes
}

fn entry(name: &str, flag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = BlockBuilder::new(name, flag, content.len() as u64).build().to_vec();
    bytes.extend(padded(content));
    bytes
}

#[test]
fn a_file_of_eight_gibibytes_and_names_of_any_length_survive() {
    let long = format!("{}/{}", "d".repeat(150), "f".repeat(90));
    let longer = format!("{}/{}", "d".repeat(200), "f".repeat(200));
    let names_in = ["short", &long, &longer, "ümlaut/é"];
    let mut writer = Writer::new(Vec::new());
    for name in names_in {
        let header = WriteHeader { name, kind: Kind::File, mode: 0o600, modified: 7 };
        writer.append_bytes(&header, name.as_bytes()).unwrap();
    }
    let archive = writer.finish().unwrap();
    let entries = read_all(&archive).unwrap();
    for ((header, content), name) in entries.iter().zip(names_in) {
        assert_eq!((header.name.as_slice(), content.as_slice()), (name.as_bytes(), name.as_bytes()));
        assert_eq!((header.mode, header.modified, header.kind), (0o600, 7, Kind::File));
    }
    // A second reader of the format sees the same.
    let mut other = ::tar::Archive::new(archive.as_slice());
    let other: Vec<_> = other
        .entries()
        .unwrap()
        .map(|entry| String::from_utf8(entry.unwrap().path_bytes().into_owned()).unwrap())
        .collect();
    assert_eq!(other, names_in);
}

#[test]
fn a_size_that_octal_cannot_hold_goes_into_a_pax_record() {
    struct Headers(Vec<u8>);
    impl std::io::Write for Headers {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.0.len() >= 3 * BLOCK {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut out = Headers(Vec::new());
    let header = WriteHeader { name: "huge", kind: Kind::File, mode: 0o600, modified: 0 };
    let result = Writer::new(&mut out).append(&header, 8 << 30, &mut std::io::repeat(0));
    assert!(matches!(result, Err(WriteError::Write(_))));
    let header = Reader::new(out.0.as_slice()).next_entry().unwrap().unwrap();
    assert_eq!((header.name.as_slice(), header.size), (b"huge".as_slice(), 8 << 30));
}

#[test]
fn content_of_another_length_than_announced_is_an_error() {
    let header = WriteHeader { name: "a", kind: Kind::File, mode: 0, modified: 0 };
    for actual in [9, 11] {
        let mut writer = Writer::new(Vec::new());
        let error = writer.append(&header, 10, &mut Cursor::new(vec![0; actual])).unwrap_err();
        assert!(matches!(error, WriteError::Length { actual: found, .. } if found == actual as u64));
    }
}

/// security.md: archive desync (CVE-2025-62518). The size that counts is the same for content and skipping.
#[test]
fn a_pax_size_and_a_header_size_cannot_make_two_archives_of_one() {
    let inner = entry("smuggled", b'0', b"evil");
    let mut archive = entry("x", b'x', b"13 size=1536\n");
    // The header says that the file is empty; the record says that it is the inner archive.
    archive.extend(BlockBuilder::new("outer", b'0', 0).build());
    archive.extend(&inner);
    archive.extend([0; 512]);
    archive.extend(entry("after", b'0', b""));
    archive.extend([0; 1024]);
    assert_eq!(names(&archive), ["outer", "after"]);
    // A record in front of a long name belongs to the entry, not to the name.
    let mut archive = entry("x", b'x', b"12 size=512\n");
    archive.extend(entry("././@LongLink", b'L', b"real\0"));
    archive.extend(BlockBuilder::new("cut", b'0', 0).build());
    archive.extend([7; 512]);
    archive.extend([0; 1024]);
    let entries = read_all(&archive).unwrap();
    assert_eq!(
        (entries.len(), entries[0].0.name.as_slice(), entries[0].1.len()),
        (1, b"real".as_slice(), 512)
    );
}

#[test]
fn kinds_without_content_are_never_skipped_by_their_size() {
    let mut archive = Vec::new();
    for flag in *b"123456" {
        archive.extend(BlockBuilder::new("no-content", flag, 512).build());
    }
    archive.extend(entry("file", b'0', b"x"));
    archive.extend([0; 1024]);
    assert_eq!(names(&archive).len(), 7);
}

#[test]
fn broken_headers_and_records_are_errors() {
    let mut bad_sum = entry("a", b'0', b"");
    bad_sum[0] ^= 1;
    let mut one_zero_block = vec![0; 512];
    one_zero_block.extend(entry("a", b'0', b""));
    let with_records = |records: &[u8]| {
        let mut archive = entry("x", b'x', records);
        archive.extend(entry("a", b'0', b"hello"));
        archive
    };
    let cases = [
        bad_sum,
        one_zero_block,
        vec![1; 512],
        with_records(b"nonsense"),
        with_records(b"99 path=a\n"),
        with_records(b"9 path=a\n\n"),
        with_records(b"10 path=a\0\n"),
        with_records(b"12 size=-10\n"),
        with_records(b"31 size=99999999999999999999999\n"),
        with_records(b"28 size=9223372036854775807\n"),
        with_records(b"4 =\n"),
    ];
    for (at, case) in cases.iter().enumerate() {
        assert!(matches!(read_all(case), Err(Error::Header)), "case {at}");
    }
    assert!(matches!(read_all(&with_records(b"22 GNU.sparse.major=1\n")), Err(Error::Sparse)));
    assert!(matches!(read_all(&entry("a", b'S', b"")), Err(Error::Sparse)));
    let huge = BlockBuilder::new("x", b'x', 2 << 20).build();
    assert!(matches!(read_all(&huge), Err(Error::ExtensionTooLong(_))));
}

#[test]
fn archives_that_end_early_are_errors_and_a_missing_end_marker_is_none() {
    let whole = entry("a", b'0', &[1; 600]);
    assert_eq!(names(&whole), ["a"]);
    for cut in [1, 511, 513, 600, 512 + 599] {
        assert!(matches!(read_all(&whole[..cut]), Err(Error::Read(_))), "cut at {cut}");
    }
    let mut skipping = Reader::new(&whole[..900]);
    skipping.next_entry().unwrap();
    assert!(skipping.next_entry().is_err(), "content that is skipped must be there as well");
}

#[test]
fn numbers_of_all_writers_are_read() {
    let mut old = BlockBuilder::new("dir/", 0, 0);
    old.magic(b"\0\0\0\0\0\0\0\0");
    assert_eq!(read_all(&old.build()).unwrap()[0].0.kind, Kind::Directory);
    let mut gnu = BlockBuilder::new("a", b'0', 0);
    gnu.magic(b"ustar  \0").raw_size(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]).prefix(b"not-a-prefix");
    let mut archive = gnu.build().to_vec();
    archive.extend(padded(b"abc"));
    let entries = read_all(&archive).unwrap();
    assert_eq!((entries[0].0.name.as_slice(), entries[0].1.as_slice()), (b"a".as_slice(), b"abc".as_slice()));
    for size in [[0xff; 12], *b"-1\0\0\0\0\0\0\0\0\0\0", *b"9\0\0\0\0\0\0\0\0\0\0\0"] {
        let mut bad = BlockBuilder::new("a", b'0', 0);
        bad.raw_size(&size);
        assert!(matches!(read_all(&bad.build()), Err(Error::Header)), "{size:?}");
    }
}
