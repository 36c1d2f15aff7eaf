//! Kills a process that writes archives, again and again, and looks at what it leaves behind.
#![expect(
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test that runs itself in another process"
)]

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::Path,
    process::{Command, Stdio},
};

use ferroflux_archive::{Algorithm, Content, Entry, EntryKind, EntryPath};
use ferroflux_artifact::{ObjectDirectory, Retention, SourceKind, Storage, StorageOptions, storage::Check};

/// Where the process that is to be killed writes.
const ROOT: &str = "FERROFLUX_KILL_TEST_ROOT";

/// Kills in one run; the time between start and kill varies by what the machine does.
const ROUNDS: usize = 10;

fn storage(root: &Path) -> Storage {
    Storage::open(StorageOptions {
        root: root.to_owned(),
        advertised: "localhost".into(),
        retention: Retention::default(),
        algorithm: Algorithm::Sha256,
    })
    .unwrap()
}

fn object() -> ObjectDirectory {
    ObjectDirectory::new(SourceKind::GitRepository, "apps", "podinfo").unwrap()
}

/// Writes the archive that belongs to `number`.
async fn write(storage: &Storage, number: usize) -> ferroflux_api::meta::Artifact {
    let content: Vec<u8> = (0..300_000usize).map(|at| (at.wrapping_mul(number + 7) >> 5) as u8).collect();
    let path = EntryPath::new("content").unwrap();
    let entries = vec![Entry { path, kind: EntryKind::File { executable: false, content } }];
    let file = object().file(&format!("{number}.tar.gz")).unwrap();
    let open = |content| Ok::<_, io::Error>(Content::Owned(content));
    storage.archive(file, number.to_string(), BTreeMap::new(), entries, open).await.unwrap()
}

/// The process that is to be killed; nothing unless it is told where to write.
#[tokio::test]
async fn writer() {
    let Some(root) = env::var_os(ROOT) else { return };
    let storage = storage(Path::new(&root));
    for number in 0.. {
        write(&storage, number % 5).await;
    }
}

/// source.md 4.1: a crash leaves no half-written file under a final name.
#[tokio::test]
async fn whatever_has_a_final_name_after_a_kill_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let objects = directory.path().join(object().to_string());
    let finished = |objects: &Path| {
        let entries = fs::read_dir(objects).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        names.filter(|name| !name.starts_with('.')).collect::<Vec<_>>()
    };
    for round in 0..ROUNDS {
        let mut writer = Command::new(env::current_exe().unwrap())
            .args(["--exact", "writer"])
            .env(ROOT, directory.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Later rounds find the files of earlier ones and kill while they are replaced.
        while finished(&objects).len() <= round % 5 {
            tokio::task::yield_now().await;
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        let survivor = storage(directory.path());
        let reference = tempfile::tempdir().unwrap();
        for name in finished(&objects) {
            let number = name.strip_suffix(".tar.gz").unwrap().parse().unwrap();
            let expected = write(&storage(reference.path()), number).await;
            assert!(matches!(survivor.check(&expected).await, Ok(Check::Present)), "{name} in round {round}");
        }
    }
}
