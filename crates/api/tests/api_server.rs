//! The generated definitions in a real API server: accepted, discovered, defaulting and validating as agreed.

mod samples;

use std::{fs, path::Path};

use anyhow::Context as _;
use ferroflux_cluster::{Cluster, Objects};
use kube::api::{DynamicObject, PatchParams};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

type Outcome = anyhow::Result<()>;

/// A namespace of its own in a cluster with the definitions, exactly as they are committed.
async fn namespace(prefix: &str) -> anyhow::Result<Objects> {
    static INSTALLED: OnceCell<()> = OnceCell::const_new();
    let cluster = Cluster::shared().await?;
    INSTALLED
        .get_or_try_init(async || {
            let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/crd/bases");
            let objects = cluster.objects().await?;
            for definition in ferroflux_api::crd::all() {
                let file = directory.join(ferroflux_api::crd::file_name(&definition));
                let text =
                    fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
                objects.apply(&text).await.with_context(|| format!("{} is refused", file.display()))?;
            }
            anyhow::Ok(())
        })
        .await?;
    Ok(cluster.namespace(prefix).await?)
}

/// Group, version and kind as the test kit writes them.
fn kind(object: &Value) -> String {
    format!("{}/{}", object["apiVersion"].as_str().unwrap_or_default(), samples::kind(object))
}

fn value(object: &DynamicObject) -> anyhow::Result<Value> {
    Ok(serde_json::to_value(object)?)
}

fn apply() -> PatchParams {
    PatchParams::apply("api-test").force()
}

#[tokio::test]
async fn every_sample_is_accepted_and_reads_as_it_was_written() -> Outcome {
    let objects = namespace("samples").await?;
    for sample in samples::all() {
        let kind = kind(&sample);
        let name = sample["metadata"]["name"].as_str().unwrap_or_default();
        objects
            .apply_object(&sample, &apply())
            .await
            .with_context(|| format!("{kind} `{name}` is refused"))?;
        if let Some(status) = sample.get("status") {
            objects.merge_status(&kind, name, &json!({ "status": status })).await?;
        }
        let live = value(&objects.get(&kind, name).await?)?;
        if let Some(status) = sample.get("status") {
            assert_eq!(&live["status"], status, "the server keeps the whole status of {kind} `{name}`");
        }
        let written = samples::through_type(&live);
        assert_eq!(written["spec"], live["spec"], "{kind} `{name}`");
        assert_eq!(written["status"], live["status"], "{kind} `{name}`");
        assert_eq!(written["metadata"], live["metadata"], "{kind} `{name}`");
    }
    Ok(())
}

/// install-and-cli.md 1.1
#[tokio::test]
async fn short_names_categories_and_subresources_are_in_discovery() -> Outcome {
    let client = namespace("discovery").await?.client();
    for definition in ferroflux_api::crd::all() {
        let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let plural = text("/spec/names/plural");
        let group_version = format!("{}/{}", text("/spec/group"), text("/spec/versions/0/name"));
        let resources = client.list_api_group_resources(&group_version).await?.resources;
        let resource = resources
            .iter()
            .find(|resource| resource.name == plural)
            .with_context(|| format!("{plural} are not in discovery"))?;
        assert_eq!(resource.kind, text("/spec/names/kind"));
        assert_eq!(resource.singular_name, text("/spec/names/singular"));
        assert!(resource.namespaced);
        let names = definition.pointer("/spec/names").context("definitions have names")?;
        assert_eq!(json!(resource.categories), names["categories"], "{plural}");
        assert_eq!(json!(resource.short_names), names["shortNames"], "{plural}");
        let has_status = resources.iter().any(|resource| resource.name == format!("{plural}/status"));
        assert_eq!(has_status, !["alerts", "providers"].contains(&plural), "{plural}");
    }
    Ok(())
}

/// install-and-cli.md 1.1
#[tokio::test]
async fn alerts_and_providers_have_no_status_to_write() -> Outcome {
    let objects = namespace("static").await?;
    for sample in samples::all() {
        let name = sample["metadata"]["name"].as_str().unwrap_or_default();
        if ["Alert", "Provider"].contains(&samples::kind(&sample)) {
            objects.apply_object(&sample, &apply()).await?;
            let answer = objects.merge_status(&kind(&sample), name, &json!({ "status": { "a": "b" } })).await;
            assert_eq!(answer.expect_err("there is no such subresource").code(), Some(404));
        }
    }
    Ok(())
}

/// install-and-cli.md 1.1
#[tokio::test]
async fn tables_have_the_agreed_columns() -> Outcome {
    let objects = namespace("tables").await?;
    for (path, columns) in [
        ("source.toolkit.fluxcd.io/v1/gitrepositories", "Name URL Age Ready Status"),
        ("source.toolkit.fluxcd.io/v1/ocirepositories", "Name URL Ready Status Age"),
        ("kustomize.toolkit.fluxcd.io/v1/kustomizations", "Name Age Ready Status"),
        ("notification.toolkit.fluxcd.io/v1beta3/alerts", "Name Age"),
        ("image.toolkit.fluxcd.io/v1/imagerepositories", "Name Image Tags Ready Status Last scan Age"),
    ] {
        let request = http::Request::get(format!("/apis/{path}?limit=1"))
            .header(http::header::ACCEPT, "application/json;as=Table;g=meta.k8s.io;v=v1")
            .body(Vec::new())?;
        let table: Value = objects.client().request(request).await?;
        let names: Vec<&str> = table["columnDefinitions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["name"].as_str())
            .collect();
        assert_eq!(names.join(" "), columns, "{path}");
    }
    Ok(())
}

/// source.md 1.2, kustomize.md 1.1, and the field tables of all kinds
#[tokio::test]
async fn defaults_are_set_by_the_server() -> Outcome {
    let objects = namespace("defaults").await?;
    let reference = json!({ "kind": "GitRepository", "name": "a" });
    let cases = [
        (
            "source.toolkit.fluxcd.io/v1/GitRepository",
            json!({ "url": "https://a", "interval": "1m", "verify": { "secretRef": { "name": "a" } } }),
            vec![("/spec/timeout", json!("60s")), ("/spec/verify/mode", json!("HEAD"))],
        ),
        (
            "source.toolkit.fluxcd.io/v1/OCIRepository",
            json!({ "url": "oci://a/b", "interval": "1m", "verify": {} }),
            vec![
                ("/spec/timeout", json!("60s")),
                ("/spec/provider", json!("generic")),
                ("/spec/verify/provider", json!("cosign")),
            ],
        ),
        (
            "source.toolkit.fluxcd.io/v1/HelmRepository",
            json!({ "url": "https://a" }),
            vec![("/spec/provider", json!("generic"))],
        ),
        (
            "source.toolkit.fluxcd.io/v1/HelmChart",
            json!({ "chart": "a", "interval": "1m", "sourceRef": reference }),
            vec![("/spec/version", json!("*")), ("/spec/reconcileStrategy", json!("ChartVersion"))],
        ),
        (
            "source.toolkit.fluxcd.io/v1/Bucket",
            json!({ "bucketName": "a", "endpoint": "a", "interval": "1m" }),
            vec![("/spec/timeout", json!("60s")), ("/spec/provider", json!("generic"))],
        ),
        (
            "kustomize.toolkit.fluxcd.io/v1/Kustomization",
            json!({
                "interval": "1m", "prune": true, "sourceRef": reference,
                "postBuild": { "substituteFrom": [{ "kind": "Secret", "name": "a" }] },
            }),
            vec![("/spec/force", json!(false)), ("/spec/postBuild/substituteFrom/0/optional", json!(false))],
        ),
        (
            "helm.toolkit.fluxcd.io/v2/HelmRelease",
            json!({
                "interval": "1m", "uninstall": {},
                "chart": { "spec": { "chart": "a", "sourceRef": reference, "verify": {} } },
            }),
            vec![
                ("/spec/chart/spec/version", json!("*")),
                ("/spec/chart/spec/reconcileStrategy", json!("ChartVersion")),
                ("/spec/chart/spec/verify/provider", json!("cosign")),
                ("/spec/uninstall/deletionPropagation", json!("background")),
            ],
        ),
        (
            "notification.toolkit.fluxcd.io/v1/Receiver",
            json!({ "type": "generic", "resources": [reference], "secretRef": { "name": "a" } }),
            vec![("/spec/interval", json!("10m"))],
        ),
        (
            "image.toolkit.fluxcd.io/v1/ImageRepository",
            json!({ "image": "a/b", "interval": "1m" }),
            vec![("/spec/provider", json!("generic")), ("/spec/exclusionList", json!([r"^.*\.sig$"]))],
        ),
        (
            "image.toolkit.fluxcd.io/v1/ImagePolicy",
            json!({
                "imageRepositoryRef": { "name": "a" },
                "policy": { "alphabetical": {}, "numerical": {} },
            }),
            vec![
                ("/spec/digestReflectionPolicy", json!("Never")),
                ("/spec/policy/alphabetical/order", json!("asc")),
                ("/spec/policy/numerical/order", json!("asc")),
            ],
        ),
        (
            "image.toolkit.fluxcd.io/v1/ImageUpdateAutomation",
            json!({ "interval": "1m", "sourceRef": { "name": "a" } }),
            vec![
                ("/spec/sourceRef/kind", json!("GitRepository")),
                ("/spec/update", json!({ "strategy": "Setters" })),
            ],
        ),
    ];
    for (kind, spec, mut defaults) in cases {
        let (api_version, name) = kind.rsplit_once('/').context("kinds have a version")?;
        let object = json!({
            "apiVersion": api_version, "kind": name, "metadata": { "name": "defaults" }, "spec": spec,
        });
        let live = value(&objects.apply_object(&object, &apply()).await?)?;
        defaults.push(("/status", json!({ "observedGeneration": -1 })));
        for (pointer, expected) in defaults {
            assert_eq!(live.pointer(pointer), Some(&expected), "{kind} {pointer}");
        }
        // What the server has set is what the type stands for: reading and writing changes nothing.
        assert_eq!(samples::through_type(&live)["spec"], live["spec"], "{kind}");
    }
    Ok(())
}

/// source.md 1.2, 2.7: these two begin without a status.
#[tokio::test]
async fn kinds_without_observed_generation_begin_without_status() -> Outcome {
    let objects = namespace("plain").await?;
    let artifact = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "ExternalArtifact", "metadata": { "name": "plain" },
    });
    let live = value(&objects.apply_object(&artifact, &apply()).await?)?;
    assert_eq!(live.get("status"), None);
    Ok(())
}

/// A spec changed by `change` is refused with `message`.
struct Refusal {
    sample: &'static str,
    change: Value,
    message: &'static str,
}

fn refusals() -> Vec<Refusal> {
    let refusal = |sample, change, message| Refusal { sample, change, message };
    vec![
        refusal(
            "GitRepository/git-full",
            json!({ "provider": "generic" }),
            "serviceAccountName can only be set when provider is 'azure' or 'aws'",
        ),
        refusal("GitRepository/git-full", json!({ "url": "git@example.org:a/b" }), "spec.url"),
        refusal("GitRepository/git-full", json!({ "timeout": "1h" }), "spec.timeout"),
        refusal("GitRepository/git-full", json!({ "interval": "1d" }), "spec.interval"),
        refusal("GitRepository/git-full", json!({ "interval": "-1m" }), "spec.interval"),
        refusal("OCIRepository/oci-full", json!({ "url": "https://example.org" }), "spec.url"),
        refusal(
            "HelmChart/chart-full",
            json!({ "sourceRef": { "kind": "Bucket" } }),
            "spec.verify is only supported when spec.sourceRef.kind is 'HelmRepository'",
        ),
        refusal(
            "Bucket/bucket-full",
            json!({ "provider": "gcp" }),
            "STS configuration is only supported for the 'aws' and 'generic' Bucket providers",
        ),
        refusal(
            "Bucket/bucket-full",
            json!({ "sts": { "provider": "aws" } }),
            "'ldap' is the only supported STS provider for the 'generic' Bucket provider",
        ),
        refusal(
            "Bucket/bucket-full",
            json!({ "serviceAccountName": "a" }),
            "ServiceAccountName is not supported for the 'generic' Bucket provider",
        ),
        refusal(
            "Bucket/bucket-identity",
            json!({ "sts": { "provider": "ldap" } }),
            "'aws' is the only supported STS provider for the 'aws' Bucket provider",
        ),
        refusal(
            "Bucket/bucket-identity",
            json!({ "sts": { "secretRef": { "name": "a" } } }),
            "spec.sts.secretRef is not required for the 'aws' STS provider",
        ),
        refusal(
            "Bucket/bucket-identity",
            json!({ "sts": { "certSecretRef": { "name": "a" } } }),
            "spec.sts.certSecretRef is not required for the 'aws' STS provider",
        ),
        refusal(
            "Bucket/bucket-identity",
            json!({ "secretRef": { "name": "a" } }),
            "cannot set both .spec.secretRef and .spec.serviceAccountName",
        ),
        refusal(
            "ArtifactGenerator/generator-full",
            json!({ "pathPattern": null }),
            "artifact names must be valid Kubernetes object names when pathPattern is not set",
        ),
        refusal(
            "Kustomization/full",
            json!({ "kubeConfig": { "configMapRef": { "name": "a" } } }),
            "exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified",
        ),
        refusal(
            "Kustomization/full",
            json!({ "kubeConfig": { "secretRef": null } }),
            "exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified",
        ),
        refusal("Kustomization/full", json!({ "prune": null }), "spec.prune"),
        refusal("Kustomization/full", json!({ "targetNamespace": "" }), "spec.targetNamespace"),
        refusal("Kustomization/full", json!({ "deletionPolicy": "Never" }), "spec.deletionPolicy"),
        refusal("HelmRelease/full", json!({ "chart": null }), "either chart or chartRef must be set"),
        refusal(
            "HelmRelease/full",
            json!({ "chartRef": { "kind": "HelmChart", "name": "a" } }),
            "either chart or chartRef must be set",
        ),
        refusal(
            "HelmRelease/full",
            json!({ "install": { "strategy": { "name": "RemediateOnFailure" } } }),
            ".retryInterval cannot be set when .name is 'RemediateOnFailure'",
        ),
        refusal(
            "HelmRelease/full",
            json!({ "upgrade": { "strategy": { "name": "RemediateOnFailure" } } }),
            ".retryInterval can only be set when .name is 'RetryOnFailure'",
        ),
        refusal("HelmRelease/full", json!({ "releaseName": "a".repeat(54) }), "spec.releaseName"),
        refusal(
            "Provider/full",
            json!({ "type": "slack" }),
            "spec.commitStatusExpr is only supported for the 'github', 'gitlab', 'gitea', 'bitbucketserver', \
             'bitbucket', 'azuredevops' provider types",
        ),
        refusal(
            "Receiver/full",
            json!({ "secretRef": null }),
            "secretRef is required when type is not generic-oidc",
        ),
        refusal(
            "Receiver/tokens",
            json!({ "secretRef": { "name": "a" } }),
            "secretRef cannot be set when type is generic-oidc",
        ),
        refusal(
            "Receiver/tokens",
            json!({ "oidcProviders": [] }),
            "generic-oidc receivers must define at least one oidcProvider",
        ),
        refusal(
            "Receiver/tokens",
            json!({ "type": "generic", "secretRef": { "name": "a" } }),
            "oidcProviders can only be set when type is generic-oidc",
        ),
        refusal(
            "ImagePolicy/full",
            json!({ "digestReflectionPolicy": "Never" }),
            "spec.interval is only accepted when spec.digestReflectionPolicy is set to 'Always'",
        ),
        refusal(
            "ImagePolicy/full",
            json!({ "interval": null }),
            "spec.interval must be set when spec.digestReflectionPolicy is set to 'Always'",
        ),
    ]
}

/// source.md 2, kustomize.md 1.2, helm.md 2, notification.md 2, image.md 2
#[tokio::test]
async fn every_rule_refuses_what_it_is_about_with_its_message() -> Outcome {
    let objects = namespace("rules").await?;
    let samples = samples::all();
    for Refusal { sample, change, message } in refusals() {
        let found = samples.iter().find(|one| {
            format!("{}/{}", samples::kind(one), one["metadata"]["name"].as_str().unwrap_or_default())
                == sample
        });
        let mut object = found.with_context(|| format!("there is no sample {sample}"))?.clone();
        merge(&mut object["spec"], &change);
        let params = apply().dry_run();
        let error = match objects.apply_object(&object, &params).await {
            Ok(_) => anyhow::bail!("{sample} with {change} is accepted"),
            Err(error) => error,
        };
        assert_eq!(error.code(), Some(422), "{sample} with {change}: {error}");
        let answer = error.status().map(|status| status.message.as_str()).unwrap_or_default();
        assert!(answer.contains(message), "{sample} with {change}: {answer}");
    }
    Ok(())
}

/// Every rule in the schemas is refused once in [`refusals`].
#[test]
fn every_rule_has_a_case() {
    fn messages(schema: &Value, found: &mut Vec<String>) {
        for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
            found.extend(rule["message"].as_str().map(str::to_owned));
        }
        match schema {
            Value::Object(fields) => fields.values().for_each(|inner| messages(inner, found)),
            Value::Array(values) => values.iter().for_each(|inner| messages(inner, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for definition in ferroflux_api::crd::all() {
        messages(&definition, &mut found);
    }
    assert!(found.len() >= 24, "{}", found.len());
    for message in found {
        assert!(refusals().iter().any(|refusal| refusal.message == message), "no case for `{message}`");
    }
}

/// RFC 7386
fn merge(target: &mut Value, change: &Value) {
    match (target, change) {
        (Value::Object(target), Value::Object(change)) => {
            for (key, change) in change {
                if change.is_null() {
                    target.remove(key);
                } else {
                    merge(target.entry(key).or_insert(Value::Null), change);
                }
            }
        }
        (target, change) => *target = change.clone(),
    }
}
