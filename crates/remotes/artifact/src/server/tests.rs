use std::{fs, os::unix::fs::symlink, time::SystemTime};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const CONTENT: &[u8] = b"0123456789abcdef";

/// A running server over a directory of its own; it ends with this value.
struct Running {
    root: TempDir,
    address: SocketAddr,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
        self.task.abort();
    }
}

fn options() -> ServerOptions {
    ServerOptions { listen: "127.0.0.1:0".into(), ..ServerOptions::default() }
}

async fn start(options: ServerOptions) -> Running {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("bucket/apps/podinfo");
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join("one.tar.gz");
    fs::write(&file, CONTENT).unwrap();
    let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_500);
    fs::File::options().write(true).open(&file).unwrap().set_modified(modified).unwrap();
    symlink(&file, directory.join("latest.tar.gz")).unwrap();
    fs::write(directory.join(".one.tar.gz.x.tmp"), "half").unwrap();
    fs::write(directory.join("index.yaml"), "").unwrap();
    let server = Server::bind(root.path().canonicalize().unwrap(), options).await.unwrap();
    let (address, stop) = (server.address(), CancellationToken::new());
    let task = tokio::spawn(server.run(stop.clone()));
    Running { root, address, stop, task }
}

/// Status, headers in lower case, and body.
struct Reply {
    status: u16,
    header: String,
    body: Vec<u8>,
}

impl Reply {
    fn has(&self, line: &str) -> bool {
        self.header.lines().any(|found| found == line)
    }
}

/// Sends bytes as they are, so that nothing tidies up the path.
async fn raw(address: SocketAddr, request: &str) -> Reply {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let header = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
    let status = header.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, header, body: bytes[end + 4..].to_vec() }
}

async fn get(running: &Running, path: &str, headers: &str) -> Reply {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    raw(running.address, &request).await
}

const FILE: &str = "/bucket/apps/podinfo/one.tar.gz";

/// source.md 4.4
#[tokio::test]
async fn a_file_is_served_with_its_length_time_and_type() {
    let running = start(options()).await;
    let reply = get(&running, FILE, "").await;
    assert_eq!((reply.status, reply.body.as_slice()), (200, CONTENT));
    for line in [
        "content-length: 16",
        "content-type: application/gzip",
        "accept-ranges: bytes",
        "last-modified: tue, 14 nov 2023 22:13:20 gmt",
    ] {
        assert!(reply.has(line), "{line} is not in {}", reply.header);
    }
    assert!(!reply.header.contains("etag") && !reply.header.contains("cache-control"));
    let link = get(&running, "/bucket/apps/podinfo/latest.tar.gz", "").await;
    assert_eq!((link.status, link.body.as_slice()), (200, CONTENT), "links inside the root are followed");
    let encoded = get(&running, "/bucket/apps/podinfo/one%2Etar%2egz?query=1", "").await;
    assert_eq!(encoded.status, 200);
    let empty = get(&running, "/bucket/apps/podinfo/index.yaml", "Range: bytes=0-3\r\n").await;
    assert!(empty.status == 200 && empty.has("content-length: 0"), "{}", empty.header);
}

/// source.md 18: scenario 57.
#[tokio::test]
async fn heads_ranges_and_conditions_are_answered() {
    let running = start(options()).await;
    let head =
        raw(running.address, &format!("HEAD {FILE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
    assert!(head.status == 200 && head.has("content-length: 16") && head.body.is_empty());
    for (range, status, content_range, body) in [
        ("bytes=0-3", 206, "bytes 0-3/16", "0123"),
        ("bytes=10-", 206, "bytes 10-15/16", "abcdef"),
        ("bytes=-4", 206, "bytes 12-15/16", "cdef"),
        ("bytes=-99", 206, "bytes 0-15/16", "0123456789abcdef"),
        ("bytes=14-99", 206, "bytes 14-15/16", "ef"),
        ("bytes=16-", 416, "bytes */16", "invalid range: failed to overlap\n"),
        ("bytes=-0", 416, "bytes */16", "invalid range: failed to overlap\n"),
        ("bytes=3-1", 416, "", "invalid range\n"),
        ("bytes=a-b", 416, "", "invalid range\n"),
        ("bytes=-", 416, "", "invalid range\n"),
        ("lines=1-2", 416, "", "invalid range\n"),
        ("bytes=0-1,4-5", 200, "", "0123456789abcdef"),
    ] {
        let reply = get(&running, FILE, &format!("Range: {range}\r\n")).await;
        assert_eq!((reply.status, String::from_utf8_lossy(&reply.body).as_ref()), (status, body), "{range}");
        let line = format!("content-range: {content_range}");
        assert!(reply.has(&line) != content_range.is_empty(), "{range}: {}", reply.header);
        assert!(reply.has(&format!("content-length: {}", body.len())), "{range}: {}", reply.header);
    }
    for (condition, status) in [
        ("If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT", 304),
        ("If-Modified-Since: Tue, 14 Nov 2023 22:13:19 GMT", 200),
        ("If-Modified-Since: nonsense", 200),
        ("If-Unmodified-Since: Tue, 14 Nov 2023 22:13:19 GMT", 412),
        ("If-Match: \"x\"", 412),
        ("If-None-Match: \"x\"\r\nIf-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT", 200),
        ("Range: bytes=0-1\r\nIf-Range: Tue, 14 Nov 2023 22:13:20 GMT", 206),
        ("Range: bytes=0-1\r\nIf-Range: Tue, 14 Nov 2023 22:13:21 GMT", 200),
    ] {
        assert_eq!(get(&running, FILE, &format!("{condition}\r\n")).await.status, status, "{condition}");
    }
}

/// source.md 4.4 [FIX]
#[tokio::test]
async fn directories_are_redirected_but_never_listed() {
    let running = start(options()).await;
    let root = get(&running, "/", "").await;
    assert_eq!((root.status, root.body.len()), (200, 0));
    let moved = get(&running, "/bucket", "").await;
    assert!(
        moved.status == 301 && moved.has("location: bucket/") && moved.body.is_empty(),
        "{}",
        moved.header
    );
    assert_eq!(get(&running, "/bucket/", "").await.status, 404);
    assert_eq!(get(&running, "/bucket/apps/podinfo/", "").await.status, 404);
    let slash = get(&running, &format!("{FILE}/"), "").await;
    assert!(slash.status == 301 && slash.has("location: ../one.tar.gz"), "{}", slash.header);
    let missing = get(&running, "/bucket/apps/podinfo/none", "").await;
    assert_eq!((missing.status, missing.body.as_slice()), (404, b"404 page not found\n".as_slice()));
    assert!(
        missing.has("content-type: text/plain; charset=utf-8")
            && missing.has("x-content-type-options: nosniff")
    );
}

#[tokio::test]
async fn other_methods_are_refused() {
    let running = start(options()).await;
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let request =
            format!("{method} {FILE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\ncontent-length: 0\r\n\r\n");
        let reply = raw(running.address, &request).await;
        assert!(reply.status == 405 && reply.has("allow: get, head"), "{method}: {}", reply.header);
    }
}

/// source.md 18: scenario 57; security.md: traversal (read).
#[tokio::test]
async fn nothing_outside_the_root_is_ever_served() {
    let running = start(options()).await;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "m4rker").unwrap();
    symlink(outside.path(), running.root.path().join("bucket/out")).unwrap();
    symlink(outside.path().join("secret"), running.root.path().join("bucket/leak.tar.gz")).unwrap();
    for (path, status) in [
        ("/../etc/passwd", 307),
        ("/bucket/../../etc/passwd", 307),
        ("/./bucket", 307),
        ("//etc/passwd", 307),
        ("/%2e%2e/etc/passwd", 404),
        ("/%2e%2e%2fetc%2fpasswd", 404),
        ("/bucket%2f..%2f..%2fetc/passwd", 404),
        ("/..%2f..%2fetc/passwd", 404),
        ("/%00", 404),
        ("/%zz", 404),
        ("/%ff", 404),
        ("/bucket/out/secret", 404),
        ("/bucket/leak.tar.gz", 404),
        ("/bucket/apps/podinfo/.one.tar.gz.x.tmp", 404),
    ] {
        let reply = get(&running, path, "").await;
        assert_eq!(reply.status, status, "{path}: {}", reply.header);
        let body = String::from_utf8_lossy(&reply.body);
        assert!(!body.contains("m4rker") && !body.contains("root:"), "{path}");
    }
    let cleaned = get(&running, "/bucket/../../etc/./passwd", "").await;
    assert!(cleaned.has("location: /etc/passwd"), "{}", cleaned.header);
}

/// source.md 18: scenario 58.
#[tokio::test]
async fn a_file_that_is_removed_or_replaced_while_it_is_sent_arrives_whole() {
    let running = start(options()).await;
    let file = running.root.path().join("bucket/apps/podinfo/big.tar.gz");
    let content: Vec<u8> = (0..8u32 << 20).map(|number| (number / 997) as u8).collect();
    fs::write(&file, &content).unwrap();
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let request = "GET /bucket/apps/podinfo/big.tar.gz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut received = vec![0; 4096];
    stream.read_exact(&mut received).await.unwrap();
    fs::remove_file(&file).unwrap();
    fs::write(&file, "another").unwrap();
    stream.read_to_end(&mut received).await.unwrap();
    let start = received.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    assert!(received[start..] == content);
}

/// security.md: slowloris; install-and-cli.md 4.8: header timeouts present.
#[tokio::test]
async fn a_client_that_never_finishes_its_header_is_dropped() {
    let running = start(ServerOptions { header_timeout: Duration::from_millis(50), ..options() }).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
    let mut rest = Vec::new();
    // Ends by the server's doing; there is nothing that this client would do.
    let _ = stream.read_to_end(&mut rest).await;
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn a_client_that_stops_reading_is_dropped() {
    let stall_timeout = Duration::from_millis(50);
    let running = start(ServerOptions { stall_timeout, connections: 1, ..options() }).await;
    let file = running.root.path().join("bucket/apps/podinfo/big.tar.gz");
    fs::File::create(&file).unwrap().set_len(256 << 20).unwrap();
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let request = "GET /bucket/apps/podinfo/big.tar.gz HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    // There is room for one client, so the next is answered only once this one is gone.
    assert_eq!(get(&running, "/", "").await.status, 200);
}

/// source.md 18: scenario 55, the server's part of it.
#[tokio::test]
async fn it_listens_only_once_this_process_leads() {
    let root = tempfile::tempdir().unwrap();
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (leader, leads) = watch::channel(false);
    let stop = CancellationToken::new();
    let listen = ServerOptions { listen: free.to_string(), ..options() };
    let server =
        tokio::spawn(serve_as_leader(root.path().canonicalize().unwrap(), listen, leads, stop.clone()));
    tokio::task::yield_now().await;
    assert!(TcpStream::connect(free).await.is_err());
    leader.send(true).unwrap();
    let reply = loop {
        if TcpStream::connect(free).await.is_ok() {
            break raw(free, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(reply.status, 200);
    stop.cancel();
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(free).await.is_err());
}

#[tokio::test]
async fn stopping_lets_a_running_transfer_end() {
    let running = start(options()).await;
    let file = running.root.path().join("bucket/apps/podinfo/big.tar.gz");
    fs::write(&file, vec![7; 16 << 20]).unwrap();
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let request = "GET /bucket/apps/podinfo/big.tar.gz HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut received = vec![0; 1000];
    stream.read_exact(&mut received).await.unwrap();
    running.stop.cancel();
    stream.read_to_end(&mut received).await.unwrap();
    assert!(received.len() > 16 << 20);
    while !running.task.is_finished() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn addresses_are_read_as_go_reads_them() {
    for listen in [":0", "127.0.0.1:0", "localhost:0"] {
        let options = ServerOptions { listen: listen.into(), ..ServerOptions::default() };
        let server = Server::bind(std::env::temp_dir(), options).await.unwrap();
        let reachable = (Ipv4Addr::LOCALHOST, server.address().port());
        assert!(TcpStream::connect(reachable).await.is_ok(), "{listen}");
    }
    for listen in ["nonsense", ":x", "127.0.0.1"] {
        let options = ServerOptions { listen: listen.into(), ..ServerOptions::default() };
        let error = Server::bind(std::env::temp_dir(), options).await.unwrap_err();
        assert_eq!(error.to_string(), format!("cannot listen on '{listen}'"));
    }
}
