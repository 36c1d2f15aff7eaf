//! Unpacks whatever comes, as gzip and as a bare tar stream, and packs again what was accepted.
#![no_main]

use ferroflux_archive::{Algorithm, Limits, UnpackOptions, tar, unpack_snapshot, write_archive};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { unpacked: 16 << 20, entries: 10_000, ..Limits::default() };
    if let Ok(snapshot) = unpack_snapshot(bytes, &UnpackOptions::artifact(limits)) {
        for (path, _) in snapshot.entries() {
            assert!(!path.as_str().starts_with('/') && !path.as_str().split('/').any(|part| part == ".."));
        }
        let entries = snapshot.archive_entries(|_, _| true);
        let packed = write_archive(entries, Algorithm::Sha256, Vec::new(), |file| Ok(file.to_content()))
            .expect("what was unpacked can be packed");
        let options = UnpackOptions { limits: Limits::up_to(1 << 30), ..UnpackOptions::default() };
        let again = unpack_snapshot(packed.0.as_slice(), &options).expect("what we pack can be unpacked");
        assert_eq!(again.len(), snapshot.len());
    }
    let mut reader = tar::Reader::new(bytes);
    while let Ok(Some(_)) = reader.next_entry() {}
});
