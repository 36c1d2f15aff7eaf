//! Reading answers up to a limit.

use reqwest::Response;
use serde::de::DeserializeOwned;

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is longer than the limit.
    #[error("response body exceeds the limit of {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The connection broke.
    #[error("cannot read the response body")]
    Read(#[source] reqwest::Error),
    /// It is not the JSON that was expected.
    #[error("cannot decode the response body")]
    Json(#[source] serde_json::Error),
}

/// The whole body, if it has at most `limit` bytes. A length that is announced larger is refused right away.
pub async fn read_body(mut response: Response, limit: u64) -> Result<Vec<u8>, BodyError> {
    let announced = response.content_length().unwrap_or_default();
    if announced > limit {
        return Err(BodyError::TooLarge { limit });
    }
    // A server may announce what it never sends; more than this is allocated only when it comes.
    let mut body = Vec::with_capacity(usize::try_from(announced.min(1 << 20)).unwrap_or_default());
    while let Some(chunk) = response.chunk().await.map_err(|error| BodyError::Read(error.without_url()))? {
        if body.len() as u64 + chunk.len() as u64 > limit {
            return Err(BodyError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The whole body as JSON, if it has at most `limit` bytes.
pub async fn read_json<T: DeserializeOwned>(response: Response, limit: u64) -> Result<T, BodyError> {
    serde_json::from_slice(&read_body(response, limit).await?).map_err(BodyError::Json)
}
