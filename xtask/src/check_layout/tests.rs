//! Tests of the directions between crates.

use std::path::Path;

use super::{
    layers::{Layer, Member, layer, refusal},
    manifests::manifest_problems,
};

fn member(package: &'static str, directory: &'static str) -> Member<'static> {
    let directory = Path::new(directory);
    Member { package, directory, layer: layer(directory).expect("the directory is a layer's") }
}

#[test]
fn a_crate_uses_what_stands_below_it_only() {
    let runtime = member("ferroflux-runtime", "crates/runtime");
    let api = member("ferroflux-api", "crates/api");
    let yaml = member("ferroflux-yaml", "crates/compat/yaml");
    assert_eq!(refusal(&runtime, &api, false), None);
    assert_eq!(refusal(&api, &yaml, false), None);
    assert!(refusal(&api, &runtime, false).is_some());
    assert!(refusal(&yaml, &api, true).is_some(), "not even in tests");
}

#[test]
fn remotes_share_only_net_and_cloud_auth() {
    let git = member("ferroflux-git", "crates/remotes/git");
    let net = member("ferroflux-net", "crates/remotes/net");
    let artifact = member("ferroflux-artifact", "crates/remotes/artifact");
    assert_eq!(refusal(&git, &net, false), None);
    assert!(refusal(&git, &artifact, false).is_some());
}

#[test]
fn controllers_never_use_each_other() {
    let source = member("ferroflux-source-controller", "crates/controllers/source-controller");
    let helm = member("ferroflux-helm-controller", "crates/controllers/helm-controller");
    assert!(refusal(&source, &helm, false).is_some());
    assert!(refusal(&source, &helm, true).is_some());
}

#[test]
fn the_test_kit_is_for_tests() {
    let api = member("ferroflux-api", "crates/api");
    let cluster = member("ferroflux-cluster", "crates/testkit/cluster");
    let tasks = member("xtask", "xtask");
    assert_eq!(refusal(&api, &cluster, true), None);
    assert!(refusal(&api, &cluster, false).is_some());
    assert_eq!(refusal(&tasks, &cluster, false), None);
    assert_eq!(refusal(&cluster, &api, false), None);
    let scenarios = member("ferroflux-scenarios", "e2e/scenarios");
    let source = member("ferroflux-source-controller", "crates/controllers/source-controller");
    assert_eq!(refusal(&scenarios, &cluster, false), None);
    assert!(refusal(&scenarios, &source, false).is_some());
    assert!(refusal(&cluster, &scenarios, false).is_some());
}

#[test]
fn a_directory_outside_the_layers_is_none() {
    assert_eq!(layer(Path::new("crates/helpers")), None);
    assert_eq!(layer(Path::new("crates/engines/helm")), Some(Layer::Engines));
}

#[test]
fn versions_stand_in_the_workspace_only() {
    let good = "[lints]\nworkspace = true\n[dependencies]\nserde.workspace = true\n# why = here\nkube = { workspace = true, features = [\"x\"] }\n";
    assert_eq!(manifest_problems(good), Vec::<String>::new());
    let bad =
        "[dependencies]\nserde = \"1\"\n[target.'cfg(unix)'.dependencies]\nlibc = { version = \"0.2\" }\n";
    assert_eq!(
        manifest_problems(bad),
        [
            "`serde` must take its version from the workspace",
            "`libc` must take its version from the workspace",
            "the workspace's lints are not switched on",
        ]
    );
}
