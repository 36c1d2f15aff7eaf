//! Metrics as scrapers ask for them.

use std::io::Read as _;

use super::*;

#[tokio::test]
async fn metrics_are_packed_for_those_who_accept_it() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = listen("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let metrics = Metrics::new();
    metrics.register(crate::metrics::ProcessCollector::new("1"));
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve_metrics(listener, metrics, stop.clone()));
    let client = reqwest::Client::new();
    let url = format!("http://{address}/metrics");
    let packed =
        client.get(&url).header("Accept-Encoding", "deflate, gzip;q=0.5").send().await.expect("an answer");
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let packed = packed.bytes().await.expect("a body");
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_ref()).read_to_string(&mut text).expect("gzip");
    assert!(text.contains("go_info"));
    let plain = client.get(&url).header("Accept-Encoding", "gzip;q=0").send().await.expect("an answer");
    assert!(plain.headers()["content-type"].to_str().expect("text").starts_with("text/plain; version=0.0.4"));
    assert!(plain.text().await.expect("a body").contains("go_info"));
    assert_eq!(client.post(&url).send().await.expect("an answer").status(), 405);
    stop.cancel();
    serving.await.expect("it ends");
}
