//! One attempt to download and verify.

use std::time::Duration;

use ferroflux_archive::Digest;
use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{Response, StatusCode, header::RETRY_AFTER};
use tokio::time::timeout;
use url::Url;

use super::{FetchError, FetchOptions, Transport, Verified, spool::Spool};

/// Asks once and takes in the body, digesting it on the way.
pub(super) async fn attempt(
    client: &reqwest::Client,
    options: &FetchOptions,
    url: &Url,
    digest: Digest,
) -> Result<Verified, FetchError> {
    let stalled = || transient(Transport::Stalled { url: url.to_string(), limit: options.stall_timeout });
    let failed = |error: reqwest::Error| {
        transient(Transport::Http { action: format!("Get \"{url}\""), source: error.without_url() })
    };
    let response = timeout(options.stall_timeout, client.get(url.clone()).send())
        .await
        .map_err(|_| stalled())?
        .map_err(failed)?;
    let mut response = accept(url, response)?;
    let limit = options.max_download;
    if let Some(size) = response.content_length().filter(|size| *size > limit) {
        return Err(FetchError::TooLarge { size, limit });
    }
    let mut spool = Spool::new(digest.algorithm(), options.memory, options.temporary.clone());
    loop {
        let chunk =
            timeout(options.stall_timeout, response.chunk()).await.map_err(|_| stalled())?.map_err(failed)?;
        let Some(chunk) = chunk else { break };
        if spool.size() + chunk.len() as u64 > limit {
            return Err(FetchError::TooLarge { size: spool.size() + chunk.len() as u64, limit });
        }
        spool.write(&chunk).await.map_err(FetchError::Spool)?;
    }
    spool.verify(digest).map_err(FetchError::Mismatch)
}

/// Sorts the statuses into success, refusal, and failures that may pass.
fn accept(url: &Url, response: Response) -> Result<Response, FetchError> {
    let status = response.status();
    let text = || match status.canonical_reason() {
        Some(phrase) => format!("{} {phrase}", status.as_u16()),
        None => status.as_u16().to_string(),
    };
    match status {
        StatusCode::OK => Ok(response),
        StatusCode::NOT_FOUND => Err(FetchError::NotFound { url: url.to_string() }),
        _ if status == StatusCode::TOO_MANY_REQUESTS
            || (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED) =>
        {
            let asked = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
                .then(|| retry_after(&response))
                .flatten();
            Err(FetchError::Transient {
                source: Transport::Status(text()),
                retry_after: asked.unwrap_or_default(),
            })
        }
        _ => Err(FetchError::Status { url: url.to_string(), status: text() }),
    }
}

/// Seconds, or a date.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    Duration::try_from(date.duration_since(Timestamp::now())).ok()
}

fn transient(source: Transport) -> FetchError {
    FetchError::Transient { source, retry_after: Duration::ZERO }
}
