//! Objects that were written through an older, laxer definition, watched through today's.

use ferroflux_api::{decode::Tolerant, source::v1::GitRepository};
use ferroflux_cluster::{Cluster, Options};
use futures::{StreamExt as _, TryStreamExt as _};
use kube::{
    Api, ResourceExt as _,
    api::ListParams,
    runtime::{WatchStreamExt as _, watcher},
};
use serde_json::{Value, json};

/// CVE-2022-39272
#[tokio::test]
async fn a_broken_object_in_the_cluster_does_not_hide_the_others() -> anyhow::Result<()> {
    // Of its own: the other tests' definition must not change under them.
    let cluster = Cluster::start(Options::api_only()).await?;
    let objects = cluster.objects().await?;
    let definition = ferroflux_api::crd::all()
        .into_iter()
        .find(|definition| ferroflux_api::crd::file_name(definition).ends_with("_gitrepositories.yaml"))
        .unwrap_or_default();
    let mut older = definition.clone();
    older["spec"]["versions"][0]["schema"]["openAPIV3Schema"] =
        json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    objects.apply(&older.to_string()).await?;
    for (name, spec) in [
        ("good", json!({ "url": "https://a", "interval": "1m" })),
        ("broken", json!({ "url": ["https://a"], "interval": "1m" })),
        ("odd", json!({ "url": "https://a", "interval": "soon", "timeout": 5 })),
    ] {
        let object: Value = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": { "name": name },
            "spec": spec,
        });
        objects.apply(&object.to_string()).await?;
    }
    objects.apply(&definition.to_string()).await?;

    let strict: Api<GitRepository> = objects.api();
    assert!(strict.list(&ListParams::default()).await.is_err(), "this is what must not be watched");

    let tolerant: Api<Tolerant<GitRepository>> = objects.api();
    let mut watched: Vec<Tolerant<GitRepository>> =
        watcher(tolerant, watcher::Config::default()).applied_objects().take(3).try_collect().await?;
    watched.sort_by_key(kube::ResourceExt::name_any);
    let [broken, good, odd] = watched.as_slice() else { anyhow::bail!("three objects are watched") };
    let invalid = broken.as_result().expect_err("a list is no address");
    assert_eq!(
        invalid.error.to_string().split(": invalid").next(),
        Some("GitRepository `default/broken` cannot be read: field `spec.url`")
    );
    assert_eq!(broken.name_any(), "broken");
    assert!(good.as_result().is_ok_and(|object| object.spec.interval.parse().is_ok()));
    let odd = odd.as_result().map_err(|invalid| invalid.error.clone())?;
    assert_eq!(odd.spec.interval.parse().expect_err("it is no duration").text, "soon");
    assert_eq!(odd.spec.timeout.as_ref().map(|timeout| timeout.as_str()), Some("5"));
    Ok(())
}
