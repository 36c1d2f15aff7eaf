//! Archives, good and bad, beside Helm's own loader: same files, same errors.

mod oracle;

use std::io::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ferroflux_helm::chart::{ArchiveLimits, Chart, load_archive};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

const META: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";

/// A tar of files with names that no honest tool would write.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, data) in files {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        if name.ends_with('/') {
            header.set_entry_type(tar::EntryType::Directory);
        }
        header.set_cksum();
        tar.append(&header, *data).expect("a tar in memory");
    }
    tar.into_inner().expect("a tar in memory").finish().expect("gzip in memory")
}

/// The answer's form of a loaded chart.
fn names(chart: &Chart, prefix: &str, out: &mut Vec<String>) {
    let mut own: Vec<String> = Vec::new();
    own.extend(chart.templates.iter().map(|file| format!("{prefix}template {}", file.name)));
    own.extend(chart.files.iter().map(|file| format!("{prefix}file {}", file.name)));
    own.sort();
    out.push(format!("{prefix}{} {}", chart.metadata.name, chart.metadata.version));
    out.extend(own);
    for dependency in &chart.dependencies {
        names(dependency, &format!("{prefix}{}: ", dependency.metadata.name), out);
    }
}

/// helm-engine.md 1.1 and 15: scenario 33
#[test]
fn archives_are_read_and_refused_as_helm_does() {
    let meta = META.as_bytes();
    let inner =
        archive(&[("s/Chart.yaml", b"apiVersion: v2\nname: s\nversion: 1.0.0\n"), ("s/templates/x", b"x")]);
    let large = vec![b'x'; (5 << 20) + 1];
    let boundary = vec![b'x'; 5 << 20];
    let mut garbage = GzEncoder::new(Vec::new(), Compression::fast());
    garbage.write_all(b"this is no tar").expect("gzip in memory");
    let archives: Vec<(&str, Vec<u8>)> = vec![
        ("plain", archive(&[("c/Chart.yaml", meta), ("c/templates/a.yaml", b"x"), ("c/README.md", b"r")])),
        ("directories", archive(&[("c/", b""), ("c/Chart.yaml", meta), ("c/templates/", b"")])),
        ("two roots", archive(&[("a/Chart.yaml", meta), ("b/templates/x", b"x")])),
        (
            "byte order mark",
            archive(&[("c/Chart.yaml", b"\xef\xbb\xbfapiVersion: v2\nname: c\nversion: 0.1.0\n")]),
        ),
        ("absolute root", archive(&[("/c/Chart.yaml", meta)])),
        ("absolute rest", archive(&[("c//x", b"x"), ("c/Chart.yaml", meta)])),
        ("root file", archive(&[("c/Chart.yaml", meta), ("x", b"x")])),
        ("root Chart.yaml", archive(&[("Chart.yaml", meta)])),
        ("Chart.yaml as directory", archive(&[("Chart.yaml/x", b"x")])),
        ("parent", archive(&[("c/Chart.yaml", meta), ("c/../x", b"x")])),
        ("parents", archive(&[("c/Chart.yaml", meta), ("c/../../x", b"x")])),
        ("inner parent", archive(&[("c/Chart.yaml", meta), ("c/a/../b", b"x")])),
        ("drive", archive(&[("c/Chart.yaml", meta), ("c/d:/x", b"x")])),
        ("backslashes", archive(&[("c\\Chart.yaml", meta), ("c\\templates\\a", b"x")])),
        ("empty", archive(&[])),
        ("too large", archive(&[("c/Chart.yaml", meta), ("c/big", &large)])),
        ("as large as allowed", archive(&[("c/Chart.yaml", meta), ("c/big", &boundary)])),
        ("nested archive", archive(&[("c/Chart.yaml", meta), ("c/charts/s-1.0.0.tgz", &inner)])),
        (
            "nested directory",
            archive(&[("c/Chart.yaml", meta), ("c/charts/s/Chart.yaml", b"name: s\nversion: 1.0.0\n")]),
        ),
        ("broken nested archive", archive(&[("c/Chart.yaml", meta), ("c/charts/s.tgz", b"no gzip")])),
        ("nested plain file", archive(&[("c/Chart.yaml", meta), ("c/charts/README.md", b"x")])),
        ("no gzip", b"no gzip at all".to_vec()),
        ("nothing", Vec::new()),
        ("no tar", garbage.finish().expect("gzip in memory")),
    ];
    let requests: Vec<_> = archives
        .iter()
        .map(|(_, data)| json!({"op": "archive", "archive": BASE64_STANDARD.encode(data)}))
        .collect();
    let mut different = Vec::new();
    for ((name, data), answer) in archives.iter().zip(oracle::ask(&requests)) {
        let theirs = match answer["error"].as_str() {
            Some("") | None => Ok(answer["names"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|n| n.as_str().unwrap_or("").to_owned())
                .collect()),
            Some(error) => Err(error.to_owned()),
        };
        let ours = load_archive(data.as_slice(), &ArchiveLimits::default())
            .map(|chart| {
                let mut out = Vec::new();
                names(&chart, "", &mut out);
                out
            })
            .map_err(|error| error.to_string());
        if ours != theirs {
            different.push(format!("{name}\n  helm: {theirs:?}\n  ours: {ours:?}"));
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
