use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use ferroflux_archive::{Content, Entry, EntryKind, EntryPath, UnpackOptions};
use tempfile::TempDir;

use super::*;
use crate::layout::{ObjectDirectory, SourceKind};

fn storage_with(retention: Retention) -> (TempDir, Storage) {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(StorageOptions {
        root: directory.path().to_owned(),
        advertised: "source-controller.flux-system.svc.cluster.local.".into(),
        retention,
        algorithm: Algorithm::Sha256,
    })
    .unwrap();
    (directory, storage)
}

fn storage() -> (TempDir, Storage) {
    storage_with(Retention::default())
}

fn object(name: &str) -> ObjectDirectory {
    ObjectDirectory::new(SourceKind::GitRepository, "apps", name).unwrap()
}

fn tree(files: &[(&str, &str)]) -> Vec<Entry<String>> {
    let entry = |(path, content): &(&str, &str)| Entry {
        path: EntryPath::new(*path).unwrap(),
        kind: EntryKind::File { executable: false, content: (*content).to_owned() },
    };
    files.iter().map(entry).collect()
}

async fn archive(storage: &Storage, file: &str, content: &str) -> Artifact {
    let path = object("podinfo").file(file).unwrap();
    let entries = tree(&[("deploy/app.yaml", content), ("README", "read me")]);
    let open = |content: String| Ok(Content::Owned(content.into_bytes()));
    storage.archive(path, "main@sha1:00".into(), BTreeMap::new(), entries, open).await.unwrap()
}

fn files(directory: &Path) -> Vec<String> {
    let names =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn age(path: &Path, by: Duration) {
    File::options().write(true).open(path).unwrap().set_modified(SystemTime::now() - by).unwrap();
}

/// source.md 18: scenario 1, the storage's part of it.
#[tokio::test]
async fn an_artifact_records_what_was_written() {
    let (root, storage) = storage();
    let artifact = archive(&storage, "abc.tar.gz", "x").await;
    let path = root.path().join("gitrepository/apps/podinfo/abc.tar.gz");
    let bytes = fs::read(&path).unwrap();
    assert_eq!(artifact.path, "gitrepository/apps/podinfo/abc.tar.gz");
    assert_eq!(
        artifact.url,
        "http://source-controller.flux-system.svc.cluster.local./gitrepository/apps/podinfo/abc.tar.gz"
    );
    assert_eq!(artifact.digest, Algorithm::Sha256.digest(&bytes).to_string());
    assert_eq!(artifact.size, Some(bytes.len() as i64));
    assert_eq!(artifact.last_update_time.0.subsec_nanosecond(), 0);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&root.path().join("gitrepository")), 0o700);
    let snapshot = storage.snapshot(&artifact, UnpackOptions::default()).await.unwrap();
    assert_eq!(snapshot.file("deploy/app.yaml"), Some(b"x".as_slice()));
}

/// source.md 18: scenario 4: another host is another storage.
#[tokio::test]
async fn two_storages_make_the_same_archive_of_the_same_tree() {
    let ((_one, first), (_two, second)) = (storage(), storage());
    let (first, second) = (archive(&first, "a.tar.gz", "x").await, archive(&second, "a.tar.gz", "x").await);
    assert_eq!(first.digest, second.digest);
}

/// source.md 18: scenario 27.
#[tokio::test]
async fn a_damaged_archive_is_found_and_removed_and_a_missing_one_is_missing() {
    let (root, storage) = storage();
    let artifact = archive(&storage, "a.tar.gz", "x").await;
    assert!(matches!(storage.check(&artifact).await, Ok(Check::Present)));
    let path = root.path().join(&artifact.path);
    File::options().write(true).open(&path).unwrap().set_len(20).unwrap();
    let Check::Removed(mismatch) = storage.check(&artifact).await.unwrap() else { panic!("not removed") };
    assert_eq!(mismatch.expected.to_string(), artifact.digest);
    assert!(!path.exists());
    assert!(matches!(storage.check(&artifact).await, Ok(Check::Missing)));
    let again = archive(&storage, "a.tar.gz", "x").await;
    assert_eq!(again.digest, artifact.digest);
    assert!(matches!(storage.check(&artifact).await, Ok(Check::Present)));
}

/// source.md 3.8 [FIX]: not read again while size, time and inode stay; a change of the same size is caught.
#[tokio::test]
async fn a_known_file_is_not_read_again_until_it_changes() {
    let (root, storage) = storage();
    let artifact = archive(&storage, "a.tar.gz", "x").await;
    let path = root.path().join(&artifact.path);
    let before = fs::metadata(&path).unwrap();
    // Other bytes, the same size, time and inode: only reading them would tell.
    let mut bytes = fs::read(&path).unwrap();
    bytes.reverse();
    fs::write(&path, &bytes).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(before.modified().unwrap()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().ino(), before.ino());
    assert!(matches!(storage.check(&artifact).await, Ok(Check::Present)), "it was read again");
    age(&path, Duration::from_secs(10));
    assert!(matches!(storage.check(&artifact).await, Ok(Check::Removed(_))));
}

#[tokio::test]
async fn another_process_verifies_what_it_did_not_write() {
    let (root, first) = storage();
    let artifact = archive(&first, "a.tar.gz", "x").await;
    let options = StorageOptions {
        root: root.path().to_owned(),
        advertised: "https://elsewhere".into(),
        retention: Retention::default(),
        algorithm: Algorithm::Sha512,
    };
    let second = Storage::open(options).unwrap();
    // source.md 15.1: an artifact is verified with the algorithm of its own digest.
    assert!(matches!(second.check(&artifact).await, Ok(Check::Present)));
    // source.md 18: scenario 29.
    let mut rewritten = artifact.clone();
    second.rewrite(&mut rewritten);
    assert_eq!(rewritten.url, format!("https://elsewhere/{}", artifact.path));
    assert_eq!(Artifact { url: artifact.url.clone(), ..rewritten }, artifact);
    assert_eq!(second.rewrite_url("http://old.svc./a/b/index.yaml"), "https://elsewhere/a/b/index.yaml");
    assert_eq!(second.rewrite_url(""), "");
}

/// source.md 3.8: symbolic links do not count.
#[tokio::test]
async fn a_link_or_a_pipe_in_place_of_the_archive_counts_as_missing() {
    let (root, storage) = storage();
    let artifact = archive(&storage, "a.tar.gz", "x").await;
    let path = root.path().join(&artifact.path);
    let copy = path.with_file_name("copy");
    fs::rename(&path, &copy).unwrap();
    symlink(&copy, &path).unwrap();
    assert!(matches!(storage.check(&artifact).await, Ok(Check::Missing)));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(storage.check(&artifact).await, Ok(Check::Missing)));
}

/// security.md: path joins in artifact storage, symlink in /data.
#[tokio::test]
async fn a_link_in_place_of_a_directory_is_never_followed() {
    let (root, storage) = storage();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("keep"), "").unwrap();
    fs::create_dir(root.path().join("gitrepository")).unwrap();
    symlink(outside.path(), root.path().join("gitrepository/apps")).unwrap();
    let path = object("podinfo").file("a.tar.gz").unwrap();
    let open = |content: String| Ok(Content::Owned(content.into_bytes()));
    let result =
        storage.archive(path.clone(), String::new(), BTreeMap::new(), tree(&[("a", "")]), open).await;
    assert!(matches!(result, Err(Error::NotADirectory(_))), "{result:?}");
    assert!(matches!(storage.remove(object("podinfo")).await, Err(Error::NotADirectory(_))));
    assert!(matches!(storage.lock(&path).await, Err(Error::NotADirectory(_))));
    assert_eq!(files(outside.path()), ["keep"]);
}

#[tokio::test]
async fn a_path_that_no_storage_wrote_is_refused() {
    let (_root, storage) = storage();
    let artifact = archive(&storage, "a.tar.gz", "x").await;
    for path in ["../../etc/passwd", "gitrepository/apps/podinfo", "pods/a/b/c", "gitrepository/a/../b", ""] {
        let bad = Artifact { path: path.into(), ..artifact.clone() };
        assert!(matches!(storage.check(&bad).await, Err(Error::Path(_))), "{path}");
    }
    let bad = Artifact { digest: "sha256:zz".into(), ..artifact };
    assert!(matches!(storage.check(&bad).await, Err(Error::Digest { .. })));
}

/// source.md 4.5 and 18: scenario 3.
#[tokio::test]
async fn old_archives_go_after_their_time_or_when_there_are_too_many() {
    let (root, storage) = storage_with(Retention { ttl: Duration::from_mins(1), records: 3 });
    let at = root.path().join("gitrepository/apps/podinfo");
    for name in ["1", "2", "3", "4", "current"] {
        archive(&storage, name, name).await;
        fs::write(at.join(format!("{name}.lock")), "").unwrap();
    }
    let current = archive(&storage, "current", "current").await;
    age(&at.join("1"), Duration::from_secs(61));
    age(&at.join("2"), Duration::from_secs(20));
    // Both are considered, though they are equally old.
    age(&at.join("3"), Duration::from_secs(10));
    let same = fs::metadata(at.join("3")).unwrap().modified().unwrap();
    File::options().write(true).open(at.join("4")).unwrap().set_modified(same).unwrap();
    assert_eq!(storage.collect_garbage(&current).await.unwrap(), 2);
    assert_eq!(files(&at), ["3", "3.lock", "4", "4.lock", "current", "current.lock"]);
    age(&at.join("current"), Duration::from_mins(10));
    assert_eq!(storage.collect_garbage(&current).await.unwrap(), 0, "the current one never goes");
}

#[tokio::test]
async fn collection_leaves_links_directories_held_locks_and_young_temporary_files() {
    let (root, storage) = storage_with(Retention { ttl: Duration::from_mins(1), records: 1 });
    let current = archive(&storage, "current", "").await;
    let at = root.path().join("gitrepository/apps/podinfo");
    symlink("current", at.join("latest.tar.gz")).unwrap();
    fs::create_dir(at.join("directory")).unwrap();
    fs::write(at.join(".young.tmp"), "").unwrap();
    fs::write(at.join(".old.tmp"), "").unwrap();
    age(&at.join(".old.tmp"), Duration::from_secs(90));
    fs::write(at.join("orphan.lock"), "").unwrap();
    let held = object("podinfo").file("next").unwrap();
    let lock = storage.lock(&held).await.unwrap();
    assert_eq!(storage.collect_garbage(&current).await.unwrap(), 1);
    assert_eq!(files(&at), [".young.tmp", "current", "directory", "latest.tar.gz", "next.lock"]);
    drop(lock);
    storage.collect_garbage(&current).await.unwrap();
    assert!(!at.join("next.lock").exists());
}

#[tokio::test]
async fn a_lock_is_held_by_one_at_a_time_and_survives_its_removal() {
    let (root, storage) = storage();
    let path = object("podinfo").file("a.tar.gz").unwrap();
    storage.create_directory(object("podinfo")).await.unwrap();
    let first = storage.lock(&path).await.unwrap();
    let waiting = storage.lock(&path);
    let mut waiting = std::pin::pin!(waiting);
    assert!(futures::poll!(waiting.as_mut()).is_pending());
    drop(first);
    let second = waiting.await.unwrap();
    let file = root.path().join("gitrepository/apps/podinfo/a.tar.gz.lock");
    let metadata = fs::metadata(&file).unwrap();
    assert_eq!((metadata.len(), metadata.permissions().mode() & 0o777), (0, 0o644));
    drop(second);
}

/// source.md 18: scenario 26.
#[tokio::test]
async fn removing_an_object_removes_its_directory_and_nothing_else() {
    let (root, storage) = storage();
    archive(&storage, "a.tar.gz", "").await;
    storage.create_directory(object("other")).await.unwrap();
    storage.remove(object("podinfo")).await.unwrap();
    storage.remove(object("podinfo")).await.unwrap();
    assert_eq!(files(&root.path().join("gitrepository/apps")), ["other"]);
}

/// source.md 4.5 [FIX]: orphaned directories.
#[tokio::test]
async fn directories_of_objects_that_are_gone_are_swept_once_they_are_idle() {
    let (root, storage) = storage_with(Retention { ttl: Duration::ZERO, records: 2 });
    archive(&storage, "a.tar.gz", "").await;
    storage.create_directory(object("known")).await.unwrap();
    fs::create_dir(root.path().join("lost+found")).unwrap();
    let swept = storage.sweep(|object| object.name() == "known").await.unwrap();
    assert_eq!(swept, [object("podinfo")]);
    assert_eq!(files(&root.path().join("gitrepository/apps")), ["known"]);
    let (root, storage) = storage_with(Retention::default());
    archive(&storage, "a.tar.gz", "").await;
    assert!(storage.sweep(|_| false).await.unwrap().is_empty(), "young directories stay");
    assert!(root.path().join("gitrepository/apps/podinfo").exists());
}

/// source.md 4.1: stable links.
#[tokio::test]
async fn the_stable_link_always_leads_to_a_whole_file() {
    let (root, storage) = storage();
    let object = ObjectDirectory::new(SourceKind::Bucket, "apps", "podinfo").unwrap();
    let mut urls = Vec::new();
    for (name, content) in [("one.tar.gz", "1"), ("two.tar.gz", "2")] {
        let path = object.file(name).unwrap();
        storage.copy(path.clone(), String::new(), BTreeMap::new(), content.as_bytes(), 10).await.unwrap();
        urls.push(storage.link(path).await.unwrap().unwrap());
        let link = root.path().join("bucket/apps/podinfo/latest.tar.gz");
        assert!(fs::read_link(&link).unwrap().is_absolute());
        assert_eq!(fs::read_to_string(&link).unwrap(), content);
    }
    assert!(urls.iter().all(|url| url.ends_with("/bucket/apps/podinfo/latest.tar.gz")));
    let git = self::object("podinfo").file("a.tar.gz").unwrap();
    assert_eq!(storage.link(git).await.unwrap(), None);
}

/// A reader that fails, or waits, after some bytes.
struct Faulty(usize, Option<Arc<AtomicBool>>);

impl Read for Faulty {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match (&self.1, self.0) {
            (None, 0) => Err(io::Error::other("remote went away")),
            (Some(started), 0) => {
                started.store(true, Ordering::SeqCst);
                std::thread::yield_now();
                buffer.fill(1);
                Ok(buffer.len())
            }
            (_, left) => {
                let some = buffer.len().min(left);
                self.0 -= some;
                Ok(some)
            }
        }
    }
}

/// source.md 16: disk full and the like: the old one is kept, no partial file.
#[tokio::test]
async fn a_write_that_fails_leaves_the_old_file_and_nothing_else() {
    let (root, storage) = storage();
    let path = object("podinfo").file("a.tar.gz").unwrap();
    let artifact = archive(&storage, "a.tar.gz", "x").await;
    let at = root.path().join("gitrepository/apps/podinfo");
    let copy =
        |content: Faulty, limit| storage.copy(path.clone(), String::new(), BTreeMap::new(), content, limit);
    assert!(matches!(copy(Faulty(100_000, None), u64::MAX).await, Err(Error::Content { .. })));
    assert!(matches!(copy(Faulty(100_000, None), 10).await, Err(Error::TooLarge { limit: 10, .. })));
    let panics = storage
        .archive_with(path.clone(), String::new(), BTreeMap::new(), |_| -> Result<(), io::Error> {
            panic!("bad object")
        })
        .await;
    assert!(matches!(panics, Err(Error::Abandoned(_))));
    assert_eq!(files(&at), ["a.tar.gz"]);
    assert!(matches!(storage.check(&artifact).await, Ok(Check::Present)));
}

#[tokio::test]
async fn a_write_that_nobody_waits_for_ends_without_a_trace() {
    let (root, storage) = storage();
    let started = Arc::new(AtomicBool::new(false));
    let endless = Faulty(0, Some(started.clone()));
    let path = object("podinfo").file("a.tar.gz").unwrap();
    let task = {
        let storage = storage.clone();
        tokio::spawn(
            async move { storage.copy(path, String::new(), BTreeMap::new(), endless, u64::MAX).await },
        )
    };
    while !started.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    task.abort();
    let at = root.path().join("gitrepository/apps/podinfo");
    while !files(&at).is_empty() {
        tokio::task::yield_now().await;
    }
}

/// source.md 4.1: readers see the old or the new file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_a_whole_file_while_writers_replace_it() {
    let (root, storage) = storage();
    let path = object("podinfo").file("a.tar.gz").unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let write = |byte: u8| {
        let content = vec![byte; 100_000];
        storage.copy(path.clone(), String::new(), BTreeMap::new(), io::Cursor::new(content), u64::MAX)
    };
    write(0).await.unwrap();
    let reader = {
        let (done, file) = (done.clone(), root.path().join("gitrepository/apps/podinfo/a.tar.gz"));
        tokio::task::spawn_blocking(move || {
            let mut reads = 0;
            while !done.load(Ordering::SeqCst) || reads == 0 {
                let bytes = fs::read(&file).unwrap();
                assert_eq!(bytes.len(), 100_000);
                assert!(bytes.iter().all(|byte| *byte == bytes[0]));
                reads += 1;
            }
        })
    };
    for round in 0..20 {
        let (one, two) = tokio::join!(write(round), write(round + 100));
        one.unwrap();
        two.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    reader.await.unwrap();
}

/// source.md 4.1: a crash leaves no half-written file under a final name; what is left goes later.
#[tokio::test]
async fn what_a_crash_left_behind_is_no_artifact_and_is_collected() {
    let (root, storage) = storage();
    let artifact = archive(&storage, "a.tar.gz", "x").await;
    let at = root.path().join("gitrepository/apps/podinfo");
    fs::write(at.join(".b.tar.gz.Xy12Zw.tmp"), "half").unwrap();
    age(&at.join(".b.tar.gz.Xy12Zw.tmp"), Duration::from_secs(100));
    assert!(matches!(storage.check(&artifact).await, Ok(Check::Present)));
    assert_eq!(storage.collect_garbage(&artifact).await.unwrap(), 1);
    assert_eq!(files(&at), ["a.tar.gz"]);
}

/// source.md 18: scenario 68, the storage's part of it.
#[test]
fn a_root_that_is_no_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    for root in [file, directory.path().join("missing")] {
        let error = Storage::open(StorageOptions {
            root: root.clone(),
            advertised: String::new(),
            retention: Retention::default(),
            algorithm: Algorithm::Sha256,
        });
        assert_eq!(error.unwrap_err().to_string(), format!("invalid dir path: {}", root.display()));
    }
}
