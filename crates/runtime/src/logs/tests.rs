//! The form of log lines (install-and-cli.md 4.9).

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::subscriber::with_default;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;

fn logged(encoding: Encoding, body: impl FnOnce()) -> Vec<String> {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let sink = lines.clone();
    let clock = Clock::from_fn(|| "2026-11-24T10:11:12.0345Z".parse().expect("a time"));
    let layer = LogLayer::new(encoding, clock, move |line: &[u8]| {
        sink.lock().expect("not poisoned").push(String::from_utf8(line.to_vec()).expect("UTF-8"));
    });
    with_default(Registry::default().with(layer), body);
    let lines = lines.lock().expect("not poisoned");
    lines.clone()
}

fn run_span() -> tracing::Span {
    tracing::info_span!(
        "reconcile",
        controller = %"gitrepository",
        controllerGroup = %"source.toolkit.fluxcd.io",
        controllerKind = %"GitRepository",
        namespace = %"apps",
        name = %"web",
        reconcileID = %"id-1",
    )
}

#[test]
fn a_line_of_a_run_carries_the_keys_that_flux_logs_filters_on() {
    let lines = logged(Encoding::Json, || {
        run_span().in_scope(|| tracing::error!(error = "no such host", count = 3, "Reconciler error"));
    });
    assert_eq!(
        lines,
        [concat!(
            r#"{"level":"error","ts":"2026-11-24T10:11:12.034Z","msg":"Reconciler error","#,
            r#""controller":"gitrepository","controllerGroup":"source.toolkit.fluxcd.io","#,
            r#""controllerKind":"GitRepository","GitRepository":{"name":"web","namespace":"apps"},"#,
            r#""namespace":"apps","name":"web","reconcileID":"id-1","error":"no such host","count":"3"}"#,
            "\n"
        )]
    );
}

#[test]
fn levels_are_named_as_flux_names_them() {
    let lines = logged(Encoding::Json, || {
        tracing::trace!("t");
        tracing::debug!("d");
        tracing::info!(logger = "setup", "i");
        tracing::warn!("w");
        tracing::error!("e");
    });
    let levels: Vec<String> = lines
        .iter()
        .map(|line| {
            serde_json::from_str::<Value>(line).expect("JSON")["level"].as_str().expect("text").to_owned()
        })
        .collect();
    assert_eq!(levels, ["trace", "debug", "info", "info", "error"]);
    assert!(lines[2].contains(r#""ts":"2026-11-24T10:11:12.034Z","logger":"setup","msg":"i"}"#));
}

/// install-and-cli.md 12: scenario 26
#[test]
fn no_line_is_longer_than_64_kib_nor_broken_within_a_character() {
    let long = "ä\u{1}\n".repeat(300_000);
    let lines = logged(Encoding::Json, || tracing::error!(error = long, other = long, "{long}"));
    assert_eq!(lines.len(), 1);
    assert!(lines[0].len() <= 64 * 1024, "{}", lines[0].len());
    assert_eq!(lines[0].matches('\n').count(), 1);
    let value: Value = serde_json::from_str(&lines[0]).expect("JSON");
    assert!(value["error"].as_str().expect("text").ends_with("..."));
}

#[test]
fn the_console_form_has_one_line_per_event_with_capital_levels() {
    let lines = logged(Encoding::Console, || tracing::info!(answer = 42, "two\nlines"));
    assert_eq!(lines, ["2026-11-24T10:11:12.034Z\tINFO\ttwo\\nlines\t{\"answer\":\"42\"}\n"]);
}

#[test]
fn unknown_flag_values_mean_the_defaults() {
    assert_eq!(level_of_flag("loud"), LevelFilter::INFO);
    assert_eq!(level_of_flag("trace"), LevelFilter::TRACE);
    assert_eq!(Encoding::of_flag("xml"), Encoding::Json);
    assert_eq!(Encoding::of_flag("console"), Encoding::Console);
}
