//! Chart archives: gzip and tar, with every name checked and every byte counted before it is kept.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use crate::functions::clean_path;

/// Ceilings on an archive's content. The defaults are Helm's.
#[derive(Debug, Clone, Copy)]
pub struct ArchiveLimits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files together.
    pub total_bytes: u64,
    /// Number of entries, which Helm does not limit: empty ones cost nothing to write and memory to keep.
    pub entries: usize,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self { file_bytes: 5 << 20, total_bytes: 100 << 20, entries: 100_000 }
    }
}

/// Why an archive cannot be read. The texts are Helm's.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The stream is no gzip, no tar, or ends too early.
    #[error("{}", stream_text(.0))]
    Stream(#[source] io::Error),
    /// A name that is absolute behind its first component.
    #[error("chart illegally contains absolute paths")]
    Absolute,
    /// A file that stands beside the chart's directory.
    #[error("chart illegally contains content outside the base directory: {}", ferroflux_template::quote::quote(.0))]
    Outside(String),
    /// A name with `..` that leads out.
    #[error("chart illegally references parent directory")]
    Parent,
    /// A name that begins with a drive letter.
    #[error("chart contains illegally named files")]
    IllegalName,
    /// `Chart.yaml` as the first component.
    #[error("chart yaml not in base directory")]
    ChartYaml,
    /// A file above the limit.
    #[error(
        "decompressed chart file {} is larger than the maximum file size {limit}",
        ferroflux_template::quote::quote(name)
    )]
    FileTooLarge {
        /// The file.
        name: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// All files together above the limit.
    #[error("decompressed chart is larger than the maximum size {0}")]
    TooLarge(u64),
    /// More entries than the limit.
    #[error("chart archive has more than {0} entries")]
    TooMany(usize),
    /// Not a single byte.
    #[error("EOF")]
    Nothing,
    /// Nothing in it.
    #[error("no files in chart archive")]
    Empty,
}

fn stream_text(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "unexpected EOF",
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => "gzip: invalid header",
        // The reader of archives has no kind of its own for one that ends within a block.
        _ if error.to_string().contains("failed to read entire block") => "unexpected EOF",
        _ => "archive/tar: invalid tar header",
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The files of an archive without the first component of their names.
pub fn read_archive(
    mut archive: impl Read,
    limits: &ArchiveLimits,
) -> Result<Vec<(String, Vec<u8>)>, ArchiveError> {
    let mut first = [0];
    if archive.read(&mut first).map_err(ArchiveError::Stream)? == 0 {
        return Err(ArchiveError::Nothing);
    }
    let archive = first.chain(archive);
    // One more byte than allowed tells the difference; headers and padding come on top.
    let overhead = (limits.entries as u64).saturating_mul(2_048);
    let unpacked = MultiGzDecoder::new(archive).take(limits.total_bytes.saturating_add(overhead));
    let mut tar = tar::Archive::new(unpacked);
    let mut files = Vec::new();
    let mut left = limits.total_bytes;
    for (count, entry) in tar.entries().map_err(ArchiveError::Stream)?.enumerate() {
        if count >= limits.entries {
            return Err(ArchiveError::TooMany(limits.entries));
        }
        let mut entry = entry.map_err(ArchiveError::Stream)?;
        let kind = entry.header().entry_type();
        let raw = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if kind.is_dir()
            || kind.is_pax_global_extensions()
            || kind.is_pax_local_extensions()
            || raw.ends_with('/')
        {
            continue;
        }
        let name = file_name(&raw)?;
        let size = entry.size();
        if size > left {
            return Err(ArchiveError::TooLarge(limits.total_bytes));
        }
        if size > limits.file_bytes {
            return Err(ArchiveError::FileTooLarge { name: raw, limit: limits.file_bytes });
        }
        let mut data = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        entry.by_ref().take(limits.file_bytes + 1).read_to_end(&mut data).map_err(ArchiveError::Stream)?;
        left = left.saturating_sub(data.len() as u64);
        if data.starts_with(BYTE_ORDER_MARK) {
            data.drain(..BYTE_ORDER_MARK.len());
        }
        files.push((name, data));
    }
    if files.is_empty() { Err(ArchiveError::Empty) } else { Ok(files) }
}

/// The name within the chart, after all checks.
fn file_name(raw: &str) -> Result<String, ArchiveError> {
    let delimiter = if raw.contains('\\') { '\\' } else { '/' };
    let mut parts = raw.split(delimiter);
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let name = rest.join("/");
    if name.starts_with('/') {
        return Err(ArchiveError::Absolute);
    }
    let name = clean_path(&name);
    if name == "." {
        return Err(ArchiveError::Outside(raw.to_owned()));
    }
    if name.starts_with("..") {
        return Err(ArchiveError::Parent);
    }
    if matches!(name.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic()) {
        return Err(ArchiveError::IllegalName);
    }
    if first == "Chart.yaml" {
        return Err(ArchiveError::ChartYaml);
    }
    Ok(name)
}
