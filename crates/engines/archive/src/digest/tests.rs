use super::*;

#[test]
fn every_algorithm_gives_its_published_digest_of_the_empty_input() {
    let known = [
        "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "sha384:38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
        "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        "blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    ];
    for (algorithm, text) in Algorithm::ALL.into_iter().zip(known) {
        let digest = algorithm.digest(b"");
        assert_eq!(digest.to_string(), text);
        assert_eq!(text.parse(), Ok(digest));
        assert_eq!(digest.as_bytes().len(), algorithm.size());
    }
}

#[test]
fn texts_that_are_no_digest_are_refused_with_their_reason() {
    assert_eq!("".parse::<Digest>(), Err(ParseError::Empty));
    assert_eq!("md5:00".parse::<Digest>(), Err(ParseError::Unsupported("md5".into())));
    for text in ["sha256", "sha256:", "sha256:zz", "sha256:00", &format!("sha256:{}", "A".repeat(64))] {
        assert!(matches!(text.parse::<Digest>(), Err(ParseError::Malformed { .. })), "{text}");
    }
    assert!(matches!("sha256:".parse::<Digest>(), Err(ParseError::Malformed { .. })));
}

/// kustomize.md 6.1: a value without `:` is taken as sha256.
#[test]
fn a_consumer_reads_a_bare_value_as_sha256_and_refuses_sha1() {
    let digest = Algorithm::Sha256.digest(b"x");
    assert_eq!(Digest::parse_strong(&digest.hex()), Ok(digest));
    assert_eq!(Digest::parse_strong(&digest.to_string()), Ok(digest));
    assert_eq!(Digest::parse_strong(""), Err(ParseError::Empty));
    let weak = Algorithm::Sha1.digest(b"x").to_string();
    assert_eq!(Digest::parse_strong(&weak), Err(ParseError::Unsupported("sha1".into())));
}

#[test]
fn a_mismatch_names_what_was_promised() {
    let digest = Algorithm::Blake3.digest(b"a");
    assert_eq!(digest.verify(b"a"), Ok(()));
    let error = digest.verify(b"b").unwrap_err();
    assert_eq!(error.to_string(), format!("computed digest doesn't match provided '{digest}'"));
}

#[test]
fn a_hashing_writer_counts_and_digests_only_what_was_written() {
    struct Half(Vec<u8>);
    impl Write for Half {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let some = &bytes[..bytes.len().div_ceil(2)];
            self.0.extend_from_slice(some);
            Ok(some.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = HashingWriter::new(Half(Vec::new()), Algorithm::Sha512);
    writer.write_all(b"hello, archive").unwrap();
    let (inner, digest, size) = writer.finish();
    assert_eq!((inner.0.as_slice(), size), (b"hello, archive".as_slice(), 14));
    assert_eq!(digest.verify(b"hello, archive"), Ok(()));
}
