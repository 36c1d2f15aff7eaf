//! What a control plane for tests must be able to do: be real, be several, and be gone afterwards.
#![expect(clippy::disallowed_types, reason = "one test kills a process that holds a control plane")]

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use ferroflux_cluster::{Cluster, Detached, KUBERNETES_VERSION, Options, User, VISITOR};
use k8s_openapi::api::authorization::v1::ResourceAttributes;
use k8s_openapi::api::authorization::v1::{SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api,
    api::{PatchParams, PostParams},
};
use serde_json::json;

/// Set for the copy of this test program that holds a control plane for another test.
const HOLDER: &str = "FERROFLUX_CLUSTER_TEST_HOLDER";

type Outcome = anyhow::Result<()>;

#[tokio::test]
async fn it_serves_the_version_that_the_module_pins() -> Outcome {
    let cluster = Cluster::shared().await?;
    let version = cluster.admin().client().await?.apiserver_version().await?;
    assert_eq!(version.git_version, KUBERNETES_VERSION);
    assert_eq!((version.major.as_str(), version.minor.as_str()), ("1", "36"));
    let module =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../e2e/controlplane/go.mod"))?;
    assert!(module.contains(&format!("k8s.io/kubernetes {KUBERNETES_VERSION}\n")));
    Ok(())
}

#[tokio::test]
async fn two_control_planes_run_side_by_side_and_their_directories_go_with_them() -> Outcome {
    let (first, second) =
        tokio::try_join!(Cluster::start(Options::api_only()), Cluster::start(Options::api_only()))?;
    first.objects().await?.apply(&config_map("only-in-the-first")).await?;
    assert!(first.objects().await?.find("v1/ConfigMap", "only-in-the-first").await?.is_some());
    assert!(second.objects().await?.find("v1/ConfigMap", "only-in-the-first").await?.is_none());
    assert_ne!(first.url().await?, second.url().await?);

    let (directory, pids) = (first.directory().to_owned(), first.pids());
    assert!(directory.join("kubeconfig").is_file());
    drop(first);
    assert!(!directory.exists());
    for (name, pid) in pids {
        assert!(!process_runs(pid), "{name} is still there");
    }
    second.objects().await?.apply(&config_map("still-served")).await?;
    Ok(())
}

#[tokio::test]
async fn a_custom_resource_is_served_once_its_definition_is_applied() -> Outcome {
    let cluster = Cluster::shared().await?;
    let objects = cluster.namespace("custom").await?;
    objects.apply(WIDGET_DEFINITION).await?;
    let name =
        "apiVersion: test.ferroflux.example/v1\nkind: Widget\nmetadata: {name: one}\nspec: {size: 3}\n";
    objects.apply(name).await?;
    let widgets = objects.list("test.ferroflux.example/v1/Widget").await?;
    assert_eq!(widgets.len(), 1);
    assert_eq!(widgets.first().and_then(|widget| widget.data.pointer("/spec/size")), Some(&json!(3)));
    objects.delete("test.ferroflux.example/v1/Widget", "one").await?;
    objects.wait_until_gone("test.ferroflux.example/v1/Widget", "one").await?;
    Ok(())
}

#[tokio::test]
async fn server_side_apply_reports_a_conflict_with_another_manager() -> Outcome {
    let cluster = Cluster::shared().await?;
    let objects = cluster.namespace("conflict").await?;
    let with = |value: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shared"}, "data": {"key": value}});
    objects.apply_object(&with("one"), &PatchParams::apply("first")).await?;
    let refused = objects.apply_object(&with("two"), &PatchParams::apply("second")).await;
    let refused = refused.expect_err("the field belongs to another manager");
    assert_eq!(refused.code(), Some(409));
    let causes = refused.status().and_then(|status| status.details.clone()).map(|details| details.causes);
    assert_eq!(causes.unwrap_or_default().first().map(|cause| cause.field.clone()), Some(".data.key".into()));
    objects.apply_object(&with("two"), &PatchParams::apply("second").force()).await?;
    Ok(())
}

#[tokio::test]
async fn a_user_may_do_only_what_a_role_allows() -> Outcome {
    let cluster = Cluster::shared().await?;
    let objects = cluster.namespace("rbac").await?;
    let namespace = objects.namespace();
    let visitor = cluster.user(VISITOR)?.objects().await?.within(namespace);
    // Discovery is open to every authenticated user; the object is not.
    assert_eq!(visitor.get("v1/ConfigMap", "any").await.expect_err("not allowed").code(), Some(403));
    objects.apply(&binding("visitor-views", "view", "User", VISITOR)).await?;
    objects.apply(&config_map("any")).await?;
    // The authorizer learns of the binding through a watch.
    let seen = visitor.wait_for("v1/ConfigMap", "any", "the visitor sees it", |_| true).await?;
    assert_eq!(seen.metadata.name.as_deref(), Some("any"));
    assert_eq!(visitor.apply(&config_map("other")).await.expect_err("only views").code(), Some(403));
    assert!(cluster.user("stranger").is_err());
    Ok(())
}

#[tokio::test]
async fn service_account_tokens_and_impersonation_are_the_identity_that_they_say() -> Outcome {
    let cluster = Cluster::shared().await?;
    let objects = cluster.namespace("identity").await?;
    let namespace = objects.namespace().to_owned();
    let account = cluster.service_account(&namespace, "deployer").await?;
    let subject = format!("system:serviceaccount:{namespace}:deployer");
    let impersonating = cluster.admin().acting_as(&subject, &["system:serviceaccounts"]);
    for access in [&account, &impersonating] {
        assert!(!may_create_config_maps(access, &namespace).await?);
    }
    objects.apply(&binding("deployer-edits", "edit", "ServiceAccount", "deployer")).await?;
    let as_account = account.objects().await?.within(&namespace);
    as_account.wait_for("v1/ServiceAccount", "deployer", "the account sees itself", |_| true).await?;
    for access in [&account, &impersonating] {
        assert!(may_create_config_maps(access, &namespace).await?);
        access.objects().await?.within(&namespace).apply(&config_map("mine")).await?;
    }
    let requests = cluster.requests().await?;
    let impersonated = requests.iter().find(|request| {
        request.impersonated_user.as_ref().is_some_and(|user| user.username == subject)
            && request.object().resource == "configmaps"
    });
    assert!(impersonated.is_some_and(|request| request.user.username == "admin" && request.code() == 200));
    Ok(())
}

#[tokio::test]
async fn a_kubeconfig_text_of_any_identity_logs_in_as_it() -> Outcome {
    let cluster = Cluster::start(Options {
        users: vec![User::new("ann").in_group("system:masters")],
        ..Options::api_only()
    })
    .await?;
    let text = cluster.user("ann")?.kubeconfig()?;
    let kubeconfig = kube::config::Kubeconfig::from_yaml(&text)?;
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await?;
    let maps: Api<ConfigMap> = Api::namespaced(kube::Client::try_from(config)?, "default");
    maps.create(&PostParams::default(), &serde_json::from_value(json!({"metadata": {"name": "by-ann"}}))?)
        .await?;
    Ok(())
}

#[tokio::test]
async fn the_controllers_aggregate_roles_collect_garbage_and_finish_namespaces() -> Outcome {
    let cluster = Cluster::shared().await?;
    let objects = cluster.namespace("controllers").await?;
    let admin = objects.get("rbac.authorization.k8s.io/v1/ClusterRole", "admin").await?;
    assert!(admin.data.pointer("/rules/0").is_some());

    let owner = objects.apply(&config_map("owner")).await?;
    let owner_id = owner.first().and_then(|owner| owner.metadata.uid.clone()).unwrap_or_default();
    let dependent = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "dependent", "ownerReferences": [
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner_id},
        ]},
    });
    objects.apply_object(&dependent, &PatchParams::apply("test")).await?;
    objects.delete("v1/ConfigMap", "owner").await?;
    objects.wait_until_gone("v1/ConfigMap", "dependent").await?;

    objects.delete("v1/Namespace", objects.namespace()).await?;
    objects.wait_until_gone("v1/Namespace", objects.namespace()).await?;
    Ok(())
}

#[tokio::test]
async fn the_audit_log_counts_writes_and_leaves_out_dry_runs() -> Outcome {
    let cluster = Cluster::shared().await?;
    let objects = cluster.namespace("audit").await?;
    let document = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "counted"}});
    objects.apply_object(&document, &PatchParams::apply("test")).await?;
    objects.apply_object(&document, &PatchParams::apply("test").dry_run()).await?;
    objects.get("v1/ConfigMap", "counted").await?;
    let requests = cluster.requests().await?;
    let mine: Vec<_> = requests
        .iter()
        .filter(|request| {
            request.object().name == "counted" && request.object().namespace == objects.namespace()
        })
        .collect();
    let verbs: Vec<&str> = mine.iter().map(|request| request.verb.as_str()).collect();
    assert_eq!(verbs, ["patch", "patch", "get"]);
    assert_eq!(mine.iter().filter(|request| request.is_write()).count(), 1);
    Ok(())
}

#[tokio::test]
async fn a_killed_test_process_leaves_no_process_and_no_directory() -> Outcome {
    let mut holder = Holder::start(&[]).await?;
    assert_eq!(holder.pids.len(), 2);
    assert!(holder.directory.is_dir());
    holder.process.kill()?;
    holder.process.wait()?;
    let deadline = Instant::now() + Duration::from_secs(30);
    while holder.directory.exists() || holder.pids.iter().any(|&pid| process_runs(pid)) {
        assert!(Instant::now() < deadline, "left behind: {holder:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_cluster_that_exists_is_used_as_it_is() -> Outcome {
    let cluster = Cluster::shared().await?;
    let kubeconfig = cluster.kubeconfig();
    let holder = Holder::start(&[("FERROFLUX_TEST_KUBECONFIG", &kubeconfig)]).await?;
    assert!(holder.pids.is_empty());
    assert_eq!(holder.directory, kubeconfig);
    let objects = cluster.objects().await?;
    assert!(objects.find("v1/ServiceAccount", "holder").await?.is_some());
    Ok(())
}

#[tokio::test]
async fn programs_that_are_already_there_are_used() -> Outcome {
    let built = tokio::task::spawn_blocking(|| ferroflux_cluster::control_plane().path()).await??;
    let assets = tempfile::tempdir()?;
    for name in ["etcd", "kube-apiserver"] {
        std::os::unix::fs::symlink(&built, assets.path().join(name))?;
    }
    let holder = Holder::start(&[("KUBEBUILDER_ASSETS", assets.path())]).await?;
    assert_eq!(holder.pids.len(), 2);
    for pid in &holder.pids {
        let arguments = fs::read_to_string(format!("/proc/{pid}/cmdline"))?;
        assert!(Path::new(arguments.split('\0').next().unwrap_or_default()).starts_with(assets.path()));
    }
    Ok(())
}

/// A copy of this test program that holds a control plane, until it is killed.
#[derive(Debug)]
struct Holder {
    process: Child,
    pids: Vec<u32>,
    directory: PathBuf,
}

impl Holder {
    async fn start(environment: &[(&str, &Path)]) -> anyhow::Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .args(["--exact", "holder_of_a_control_plane", "--nocapture", "--ignored"])
            .env(HOLDER, "1")
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().expect("it is piped");
        let line = tokio::task::spawn_blocking(move || {
            let mut lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.find_map(|line| line.split_once("HOLDS ").map(|(_, rest)| rest.to_owned()))
        });
        let line = line.await?.expect("the holder starts a control plane");
        let (pids, directory) = line.split_once(' ').expect("it says where");
        let pids = pids.split(',').filter_map(|pid| pid.parse().ok()).collect();
        Ok(Self { process, pids, directory: directory.into() })
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
#[ignore = "is run, and killed, by the tests above"]
async fn holder_of_a_control_plane() -> Outcome {
    if env::var_os(HOLDER).is_none() {
        return Ok(());
    }
    let cluster = Cluster::start(Options::api_only()).await?;
    cluster.service_account("default", "holder").await?.client().await?.apiserver_version().await?;
    let pids: Vec<String> = cluster.pids().iter().map(|(_, pid)| pid.to_string()).collect();
    println!("HOLDS {} {}", pids.join(","), cluster.directory().display());
    std::future::pending().await
}

async fn may_create_config_maps(access: &ferroflux_cluster::Access, namespace: &str) -> anyhow::Result<bool> {
    let reviews: Api<SelfSubjectAccessReview> = Api::all(access.client().await?);
    let attributes = ResourceAttributes {
        namespace: Some(namespace.into()),
        resource: Some("configmaps".into()),
        verb: Some("create".into()),
        ..ResourceAttributes::default()
    };
    let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..Default::default() };
    let review = serde_json::from_value(json!({"metadata": {}, "spec": spec}))?;
    let answer = reviews.create(&PostParams::default(), &review).await?;
    Ok(answer.status.is_some_and(|status| serde_json::json!(status)["allowed"] == true))
}

/// Runs, and is not just waiting for its parent to notice its end.
fn process_runs(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn config_map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{key: value}}\n")
}

fn binding(name: &str, role: &str, subject_kind: &str, subject: &str) -> String {
    let group = if subject_kind == "User" { "apiGroup: rbac.authorization.k8s.io, " } else { "" };
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: {name}}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}\n\
         subjects: [{{{group}kind: {subject_kind}, name: {subject}}}]\n"
    )
}

const WIDGET_DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.test.ferroflux.example}
spec:
  group: test.ferroflux.example
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, properties: {size: {type: integer}}}
";

#[tokio::test]
async fn a_detached_control_plane_is_found_again_by_its_directory_and_ended() -> Outcome {
    let parent = tempfile::tempdir()?;
    let directory = parent.path().join("detached");
    let options = Options { detached: true, directory: Some(directory.clone()), ..Options::api_only() };
    let cluster = Cluster::start(options.clone()).await?;
    let admin = cluster.admin().clone();
    let pids = cluster.pids();
    drop(cluster);
    admin.objects().await?.apply(&config_map("survives")).await?;
    assert!(Cluster::start(options).await.is_err(), "the directory is taken");
    let found = Detached::find(&directory)?.expect("it still runs");
    assert_eq!(found.pids().len(), 2);
    assert!(found.kubeconfig().is_file());
    found.end().await?;
    assert!(!directory.exists());
    assert!(pids.into_iter().all(|(_, pid)| !process_runs(pid)));
    assert!(Detached::find(&directory)?.is_none());
    Ok(())
}
