//! Which crate may depend on which.

use std::{collections::BTreeMap, path::Path};

use crate::workspace::Metadata;

/// A folder of crates that depend only on what stands below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    Compat,
    Api,
    Engines,
    Remotes,
    Runtime,
    /// The command-line tool and the controllers stand side by side.
    Programs,
    /// For tests; nothing of the product depends on it.
    Testkit,
    /// End-to-end tests; they start the programs and link the test kit only.
    Scenarios,
    /// The project's tasks; they may use everything.
    Tasks,
}

/// A crate of ours with what decides over its dependencies.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    pub(super) package: &'a str,
    pub(super) directory: &'a Path,
    pub(super) layer: Layer,
}

/// Remotes that other remotes are built on.
const SHARED_REMOTES: [&str; 2] = ["ferroflux-net", "ferroflux-cloud-auth"];

/// The layer of a crate's directory.
pub(super) fn layer(directory: &Path) -> Option<Layer> {
    let parts: Vec<&str> = directory.iter().filter_map(|part| part.to_str()).collect();
    match parts.as_slice() {
        ["crates", "compat", _] => Some(Layer::Compat),
        ["crates", "api"] => Some(Layer::Api),
        ["crates", "engines", _] => Some(Layer::Engines),
        ["crates", "remotes", _] => Some(Layer::Remotes),
        ["crates", "runtime"] => Some(Layer::Runtime),
        ["crates", "cli"] | ["crates", "controllers", _] => Some(Layer::Programs),
        ["crates", "testkit", _] => Some(Layer::Testkit),
        ["e2e", _] => Some(Layer::Scenarios),
        ["xtask"] => Some(Layer::Tasks),
        _ => None,
    }
}

/// Every dependency that goes the wrong way, and every crate that lies in no layer.
pub(super) fn problems(metadata: &Metadata) -> Vec<String> {
    let mut problems = Vec::new();
    let mut members = BTreeMap::new();
    for package in metadata.members() {
        match layer(package.directory()) {
            Some(layer) => {
                let member = Member { package: &package.name, directory: package.directory(), layer };
                members.insert(package.name.as_str(), member);
            }
            None => problems.push(format!("{} lies in no layer", package.directory().display())),
        }
    }
    for package in metadata.members() {
        let Some(user) = members.get(package.name.as_str()) else { continue };
        problems.extend(naming(user));
        for dependency in &package.dependencies {
            let Some(used) = members.get(dependency.name.as_str()) else { continue };
            let for_tests = dependency.kind.as_deref() == Some("dev");
            if let Some(reason) = refusal(user, used, for_tests) {
                problems.push(format!("{} must not depend on {}: {reason}", user.package, used.package));
            }
        }
    }
    problems
}

/// Why one crate must not depend on another.
pub(super) fn refusal(user: &Member<'_>, used: &Member<'_>, for_tests: bool) -> Option<&'static str> {
    match (user.layer, used.layer) {
        (Layer::Tasks, _) => None,
        (_, Layer::Tasks) => Some("the project's tasks are no library"),
        (_, Layer::Scenarios) => Some("end-to-end tests are no library"),
        (Layer::Testkit | Layer::Scenarios, Layer::Testkit) => None,
        (_, Layer::Testkit) if for_tests => None,
        (_, Layer::Testkit) => Some("the test kit is for tests only"),
        (Layer::Testkit | Layer::Scenarios, Layer::Programs) => {
            Some("tests start programs instead of linking them")
        }
        (Layer::Testkit | Layer::Scenarios, _) => None,
        (Layer::Programs, Layer::Programs) => Some("controllers and the command line never use each other"),
        (Layer::Remotes, Layer::Remotes) if SHARED_REMOTES.contains(&used.package) => None,
        (Layer::Remotes, Layer::Remotes) => Some("remotes share only net and cloud-auth"),
        (user, used) if used > user => Some("it stands above"),
        _ => None,
    }
}

/// A package is named after its directory.
fn naming(member: &Member<'_>) -> Option<String> {
    let directory = member.directory.file_name()?.to_str()?;
    let wanted =
        if member.layer == Layer::Tasks { directory.to_owned() } else { format!("ferroflux-{directory}") };
    let message = || format!("{} must be named {wanted}, after its directory", member.package);
    (member.package != wanted).then(message)
}
