//! Wires the driver: watches, triggers, hub, fetcher.

use std::sync::Arc;

use ferroflux_api::kustomize::v1::Kustomization;
use ferroflux_archive::{Limits, UnpackOptions};
use ferroflux_artifact::address::HostOverrides;
use ferroflux_artifact::{FetchOptions, Fetcher, SnapshotCache};
use ferroflux_kube_apply::{Hub, HubOptions, Tracker};
use ferroflux_objects::ManagerMatch;
use ferroflux_runtime::{App, Blocking, Identities, KubeConfigOptions, memory_share};

use crate::args::KustomizeFlags;
use crate::config::{FIELD_MANAGER, Gates, Settings, stage_kinds};
use crate::kustomization::drift::Drift;
use crate::kustomization::resolve::Sources;
use crate::kustomization::triggers::Configs;
use crate::kustomization::{Context, Kustomizations, triggers};
use crate::metrics::{KustomizeMetrics, show_watches};

/// Share of the memory limit, in per cent, for unpacked artifacts that the next build may use.
const CACHE_SHARE: u64 = 10;
/// Bytes that one artifact may unpack to; far above what repositories of manifests have.
const MAX_UNPACKED: u64 = 1 << 30;

/// Adds everything to the process.
pub fn wire(app: &mut App, identities: Identities, flags: KustomizeFlags) {
    let gates = Gates::of(&app.config().gates);
    let metrics = KustomizeMetrics::register(app.metrics());
    let settings = settings(app, &flags, gates);
    let drift = Drift::default();
    let listener = drift.clone();
    let tracker = Tracker::new(Arc::new(move |owner, id| listener.report(owner, id)));
    let hub = Hub::new(Arc::new(tracker), HubOptions::default());
    show_watches(app.metrics(), &hub);

    let scope = app.referenced_scope();
    let sources = Sources {
        git: app.watch(scope.clone()),
        oci: app.watch(scope.clone()),
        bucket: app.watch(scope.clone()),
        external: gates.external_artifact.then(|| app.watch(scope)),
    };
    let kind = app.kind::<Kustomization>();
    triggers::wire(&kind, &sources);
    if !gates.disable_config_watchers {
        let scope = app.configs_scope();
        let configs =
            Configs { secrets: app.watch_metadata(scope.clone()), config_maps: app.watch_metadata(scope) };
        triggers::wire_configs(&kind, &configs);
    }
    drift.wire(kind.waker(), kind.store().clone());

    let context = Context {
        client: app.client().clone(),
        hub,
        identities,
        kubeconfig: KubeConfigOptions {
            insecure_exec: flags.insecure_kubeconfig_exec,
            insecure_tls: flags.insecure_kubeconfig_tls,
        },
        builds: Blocking::new(app.config().concurrent),
        fetcher: fetcher(app.config().http_retry),
        sources,
        drift,
        settings,
        metrics,
    };
    app.reconcile(kind, Kustomizations { context: Arc::new(context) });
}

fn settings(app: &App, flags: &KustomizeFlags, gates: Gates) -> Settings {
    let config = app.config();
    Settings {
        access: config.access,
        requeue_dependency: config.requeue_dependency,
        concurrent_apply: usize::try_from(flags.concurrent_ssa).unwrap_or(1).max(1),
        takeover: ManagerMatch::defaults(FIELD_MANAGER, &flags.override_manager.0),
        custom_stage_kinds: stage_kinds(&flags.custom_apply_stage_kinds),
        gates,
    }
}

fn fetcher(retries: u32) -> Fetcher {
    let options = FetchOptions {
        retries,
        // No limit by contract (kustomize.md 6.1); what an archive unpacks to is bounded instead.
        max_download: MAX_UNPACKED,
        unpack: UnpackOptions::artifact(Limits::up_to(MAX_UNPACKED)),
        overrides: HostOverrides::from_variables(|name| std::env::var(name).ok()),
        ..FetchOptions::default()
    };
    let cache = usize::try_from(memory_share(CACHE_SHARE)).unwrap_or(usize::MAX);
    Fetcher::new(reqwest::Client::new(), options, SnapshotCache::new(cache))
}
