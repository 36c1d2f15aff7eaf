//! Serves artifacts that are packed in the test.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;

#[derive(Default)]
struct Shelf {
    files: Mutex<HashMap<String, Vec<u8>>>,
    requests: AtomicUsize,
}

pub(crate) struct Artifacts {
    shelf: Arc<Shelf>,
    address: String,
    server: JoinHandle<()>,
}

impl Drop for Artifacts {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn hand_out(State(shelf): State<Arc<Shelf>>, Path(name): Path<String>) -> Result<Vec<u8>, StatusCode> {
    shelf.requests.fetch_add(1, Ordering::SeqCst);
    let files = shelf.files.lock().expect("no request panics");
    files.get(&name).cloned().ok_or(StatusCode::NOT_FOUND)
}

impl Artifacts {
    pub(crate) async fn serve() -> Result<Self> {
        let shelf = Arc::new(Shelf::default());
        let router = Router::new().route("/{name}", axum::routing::get(hand_out)).with_state(shelf.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let server = tokio::spawn(async move {
            // Ends with the test.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { shelf, address, server })
    }

    /// Packs and publishes files; returns what stands in `status.artifact`.
    pub(crate) fn add(&self, revision: &str, files: &[(&str, &str)]) -> Result<Value> {
        let entries: Vec<(&str, Entry<'_>)> =
            files.iter().map(|(path, content)| (*path, Entry::File(content))).collect();
        self.publish(revision, pack(&entries)?)
    }

    /// Publishes an archive as it is.
    pub(crate) fn publish(&self, revision: &str, archive: Vec<u8>) -> Result<Value> {
        let digest = hex::encode(Sha256::digest(&archive));
        let name = format!("{digest}.tar.gz");
        let size = archive.len();
        self.shelf.files.lock().expect("no request panics").insert(name.clone(), archive);
        Ok(json!({
            "digest": format!("sha256:{digest}"), "lastUpdateTime": "2026-01-01T00:00:00Z", "path": name,
            "revision": revision, "size": size, "url": format!("{}/{name}", self.address)}))
    }

    pub(crate) fn requests(&self) -> usize {
        self.shelf.requests.load(Ordering::SeqCst)
    }
}

/// An entry of an archive.
pub(crate) enum Entry<'a> {
    File(&'a str),
    Symlink(&'a str),
}

/// A `tar.gz` with these entries, whatever their names.
pub(crate) fn pack(entries: &[(&str, Entry<'_>)]) -> Result<Vec<u8>> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, entry) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        // The names are the test's, also hostile ones that the library would refuse.
        let name = &mut header.as_gnu_mut().context("a GNU header")?.name;
        name[..path.len()].copy_from_slice(path.as_bytes());
        match entry {
            Entry::File(content) => {
                header.set_size(content.len() as u64);
                header.set_cksum();
                tar.append(&header, content.as_bytes())?;
            }
            Entry::Symlink(target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_link_name(target)?;
                header.set_size(0);
                header.set_cksum();
                tar.append(&header, std::io::empty())?;
            }
        }
    }
    Ok(tar.into_inner()?.finish()?)
}

/// A plain HTTP GET.
pub(crate) async fn get(url: &str) -> Result<String> {
    let rest = url.strip_prefix("http://").context("plain HTTP")?;
    let (host, path) = rest.split_once('/').context("a path")?;
    let mut stream = tokio::net::TcpStream::connect(host).await?;
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").context("a body")?;
    Ok(body.to_owned())
}
