use std::{
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use ferroflux_archive::{Algorithm, Content, Entry, EntryKind, EntryPath, write_archive};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

/// What the server does with the next connection.
#[derive(Clone)]
enum Step {
    /// Answers with this status line, headers and body, as they are.
    Answer(&'static str, &'static str, Vec<u8>),
    /// Announces the body's length and ends after half of it.
    Truncate(Vec<u8>),
    /// Sends bytes for ever.
    Endless,
    /// Sends the header and then nothing.
    Hang,
    /// Closes at once.
    Close,
}

/// A server that lies as it is told; the last step repeats.
struct Liar {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Liar {
    async fn start(steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (count, log) = (requests.clone(), seen.clone());
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = count.fetch_add(1, Ordering::SeqCst);
                let step = steps[number.min(steps.len() - 1)].clone();
                let log = log.clone();
                tokio::spawn(async move {
                    let _ = play(stream, step, &log).await;
                });
            }
        });
        Self { address, requests, seen, task }
    }

    fn url(&self) -> String {
        format!("http://{}/gitrepository/a/b/c.tar.gz", self.address)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn play(mut stream: TcpStream, step: Step, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut header = Vec::new();
    while !header.ends_with(b"\r\n\r\n") {
        header.push(stream.read_u8().await?);
    }
    log.lock().unwrap().push(String::from_utf8_lossy(&header).into_owned());
    match step {
        Step::Answer(status, headers, body) => {
            let head = format!(
                "HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await
        }
        Step::Truncate(body) => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body[..body.len() / 2]).await
        }
        Step::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await?;
            loop {
                stream.write_all(&[0; 4096]).await?;
            }
        }
        Step::Hang => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n").await?;
            stream.read_u8().await.map(drop)
        }
        Step::Close => Ok(()),
    }
}

fn artifact() -> (Vec<u8>, String) {
    let entry = |path, content: Vec<u8>| Entry {
        path: EntryPath::new(path).unwrap(),
        kind: EntryKind::File { executable: false, content },
    };
    // Not compressible, so that it is longer than the memory of a small spool.
    let noise: Vec<u8> =
        (0..20_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 15) as u8 ^ n as u8).collect();
    let entries = vec![entry("app.yaml", b"kind: X".to_vec()), entry("noise", noise)];
    let open = |content| Ok(Content::Owned(content));
    let (bytes, summary) = write_archive(entries, Algorithm::Sha256, Vec::new(), open).unwrap();
    (bytes, summary.digest.to_string())
}

fn ok(body: &[u8]) -> Step {
    Step::Answer("200 OK", "", body.to_vec())
}

fn status(line: &'static str) -> Step {
    Step::Answer(line, "", b"no".to_vec())
}

fn fetcher_with(change: impl FnOnce(&mut FetchOptions)) -> Fetcher {
    // Only one test can be first, and all want the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut options = FetchOptions {
        retries: 3,
        pause: Duration::from_millis(1),
        max_pause: Duration::from_millis(2),
        ..FetchOptions::default()
    };
    change(&mut options);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Fetcher::new(client, options, SnapshotCache::new(1 << 20))
}

fn fetcher() -> Fetcher {
    fetcher_with(|_| {})
}

#[tokio::test]
async fn an_artifact_is_fetched_verified_unpacked_and_cached() {
    let (bytes, digest) = artifact();
    let server = Liar::start(vec![ok(&bytes)]).await;
    let fetcher = fetcher();
    for _ in 0..3 {
        let snapshot = fetcher.snapshot(&server.url(), &digest).await.unwrap();
        assert_eq!(snapshot.file("app.yaml"), Some(b"kind: X".as_slice()));
    }
    assert_eq!((server.requests(), fetcher.cache().len()), (1, 1));
    assert!(server.seen.lock().unwrap()[0].starts_with("GET /gitrepository/a/b/c.tar.gz HTTP/1.1"));
}

#[tokio::test]
async fn one_download_serves_all_who_ask_at_the_same_time() {
    let (bytes, digest) = artifact();
    let server = Liar::start(vec![ok(&bytes)]).await;
    let (fetcher, url) = (fetcher(), server.url());
    let all = (0..50).map(|_| fetcher.snapshot(&url, &digest));
    assert!(futures::future::join_all(all).await.iter().all(Result::is_ok));
    assert_eq!(server.requests(), 1);
}

/// security.md: TOCTOU between verify and use; the digest of the bytes that get unpacked.
#[tokio::test]
async fn bytes_with_another_digest_are_never_unpacked() {
    let (bytes, _) = artifact();
    let other = Algorithm::Sha512.digest(b"something else").to_string();
    let server = Liar::start(vec![ok(&bytes)]).await;
    let error = fetcher().snapshot(&server.url(), &other).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "failed to verify archive: computed digest doesn't match provided '{other}' (check whether file size exceeds max download size)"
        )
    );
    assert_eq!(server.requests(), 1, "not worth another attempt");
    let fetcher = fetcher();
    for bad in ["", "md5:00", "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"] {
        assert!(matches!(&*fetcher.snapshot(&server.url(), bad).await.unwrap_err(), FetchError::Digest(_)));
    }
    assert_eq!(server.requests(), 1);
}

/// kustomize.md 6.1
#[tokio::test]
async fn a_missing_file_is_told_apart_and_not_retried() {
    let (bytes, digest) = artifact();
    let server = Liar::start(vec![status("404 Not Found"), ok(&bytes)]).await;
    let fetcher = fetcher();
    let error = fetcher.snapshot(&server.url(), &digest).await.unwrap_err();
    assert!(error.is_not_found() && error.to_string() == "file not found" && server.requests() == 1);
    assert!(fetcher.snapshot(&server.url(), &digest).await.is_ok(), "a failure is not remembered");
}

#[tokio::test]
async fn passing_failures_are_retried_and_others_are_not() {
    let (bytes, digest) = artifact();
    for passing in [
        status("500 Internal Server Error"),
        status("503 Service Unavailable"),
        status("429 Too Many Requests"),
        Step::Close,
        Step::Truncate(bytes.clone()),
    ] {
        let server = Liar::start(vec![passing.clone(), passing, ok(&bytes)]).await;
        fetcher().snapshot(&server.url(), &digest).await.unwrap();
        assert_eq!(server.requests(), 3);
    }
    for line in ["501 Not Implemented", "403 Forbidden", "204 No Content"] {
        let server = Liar::start(vec![status(line)]).await;
        let error = fetcher().snapshot(&server.url(), &digest).await.unwrap_err();
        let expected = format!("failed to download archive from {} (status: {line})", server.url());
        assert_eq!((error.to_string(), server.requests()), (expected, 1));
    }
}

#[tokio::test]
async fn attempts_are_counted_and_a_single_one_tells_when_to_come_back() {
    let (_, digest) = artifact();
    let server = Liar::start(vec![status("502 Bad Gateway")]).await;
    let error = fetcher().snapshot(&server.url(), &digest).await.unwrap_err();
    let expected = format!("failed to download archive: GET {} giving up after 4 attempt(s)", server.url());
    assert_eq!((error.to_string(), server.requests()), (expected, 4));
    let busy = Step::Answer("503 Service Unavailable", "retry-after: 7\r\n", Vec::new());
    let server = Liar::start(vec![busy]).await;
    let error = fetcher().snapshot_once(&server.url(), &digest).await.unwrap_err();
    assert_eq!((error.retry_after(), server.requests()), (Some(Duration::from_secs(7)), 1));
    let refused = fetcher().snapshot_once("http://127.0.0.1:1/x", &digest).await.unwrap_err();
    assert_eq!(refused.retry_after(), Some(Duration::ZERO));
}

/// security.md: unbounded HTTP bodies.
#[tokio::test]
async fn downloads_that_are_too_large_stop_at_the_limit() {
    let (bytes, digest) = artifact();
    let fetcher = fetcher_with(|options| options.max_download = 10_000);
    let server = Liar::start(vec![ok(&bytes)]).await;
    let error = fetcher.snapshot(&server.url(), &digest).await.unwrap_err();
    let expected =
        format!("artifact is {} bytes greater than the max download size of 10000 bytes", bytes.len());
    assert_eq!(error.to_string(), expected);
    let server = Liar::start(vec![Step::Endless]).await;
    let error = fetcher.snapshot(&server.url(), &digest).await.unwrap_err();
    assert!(matches!(*error, FetchError::TooLarge { limit: 10_000, .. }));
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up_and_asked_again() {
    let (bytes, digest) = artifact();
    let fetcher = fetcher_with(|options| options.stall_timeout = Duration::from_millis(50));
    let server = Liar::start(vec![Step::Hang, ok(&bytes)]).await;
    fetcher.snapshot(&server.url(), &digest).await.unwrap();
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn large_downloads_go_to_a_file_without_a_name_and_come_back_whole() {
    let (bytes, digest) = artifact();
    let directory = tempfile::tempdir().unwrap();
    for memory in [0, 1, 1000, bytes.len() - 1, bytes.len()] {
        let fetcher = fetcher_with(|options| {
            options.memory = memory;
            options.temporary = directory.path().to_owned();
        });
        let server = Liar::start(vec![ok(&bytes)]).await;
        let verified = fetcher.download(&server.url(), &digest).await.unwrap();
        assert_eq!((verified.size(), verified.digest().to_string()), (bytes.len() as u64, digest.clone()));
        for _ in 0..2 {
            let mut read = Vec::new();
            std::io::Read::read_to_end(&mut verified.reader(), &mut read).unwrap();
            assert!(read == bytes, "with {memory} bytes of memory");
        }
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn an_archive_that_cannot_be_unpacked_says_so() {
    let body = b"this is no archive".to_vec();
    let server = Liar::start(vec![ok(&body)]).await;
    let digest = Algorithm::Blake3.digest(&body).to_string();
    let error = fetcher().snapshot(&server.url(), &digest).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to extract archive (check whether file size exceeds max download size)"
    );
    let source = std::error::Error::source(&*error).unwrap().to_string();
    assert_eq!(source, "requires gzip-compressed body");
}

/// kustomize.md 6.1: `SOURCE_CONTROLLER_LOCALHOST`.
#[tokio::test]
async fn an_override_sends_the_request_elsewhere() {
    let (bytes, digest) = artifact();
    let server = Liar::start(vec![ok(&bytes)]).await;
    let address = server.address.to_string();
    let fetcher = fetcher_with(|options| {
        options.overrides = HostOverrides { source_controller: Some(address), source_watcher: None };
    });
    let url = "http://source-controller.flux-system.svc.cluster.local./a.tar.gz";
    fetcher.snapshot(url, &digest).await.unwrap();
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn dropping_the_last_who_waits_ends_the_download() {
    let (_, digest) = artifact();
    let server = Liar::start(vec![Step::Hang]).await;
    let fetcher = fetcher();
    {
        let url = server.url();
        let waiting = fetcher.snapshot(&url, &digest);
        let mut waiting = std::pin::pin!(waiting);
        while server.seen.lock().unwrap().is_empty() {
            assert!(futures::poll!(waiting.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
    }
    // The permit comes back when the work is gone.
    let all = fetcher.0.downloads.acquire_many(64).await.unwrap();
    drop(all);
}
