//! `ferroflux build kustomization`.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write as _},
    path::Path,
    sync::Arc,
};

use anyhow::Context as _;
use ferroflux_kustomize::{Build, BuiltObject, LoadRestriction, Options, build};

use crate::{
    args::{KustomizationArgs, LoadRestrictor, Reorder},
    disk_tree::DiskTree,
};

/// Builds the directory and writes the result.
pub(crate) fn run(args: KustomizationArgs) -> anyhow::Result<()> {
    let KustomizationArgs { directory, load_restrictor, reorder, output } = args;
    let path = std::path::absolute(&directory)
        .with_context(|| format!("cannot find the absolute path of `{}`", directory.display()))?;
    let path = path.to_str().with_context(|| format!("path `{}` is no valid UTF-8", path.display()))?;
    let options = Options {
        load_restriction: match load_restrictor {
            LoadRestrictor::LoadRestrictionsRootOnly => LoadRestriction::RootOnly,
            LoadRestrictor::LoadRestrictionsNone => LoadRestriction::None,
        },
        reorder: match reorder {
            Reorder::Legacy => ferroflux_kustomize::Reorder::Legacy,
            Reorder::None => ferroflux_kustomize::Reorder::None,
        },
        ..Options::default()
    };
    let built = build(Arc::new(DiskTree), path, &options, None)?;
    for warning in &built.warnings {
        writeln!(io::stderr(), "{warning}").context("cannot write to standard error")?;
    }
    match output {
        None => {
            let mut out = io::stdout().lock();
            out.write_all(built.to_yaml().as_bytes())
                .and_then(|()| out.flush())
                .context("cannot write to standard output")
        }
        Some(path) if path.is_dir() => write_files(&path, &built),
        Some(path) => {
            fs::write(&path, built.to_yaml()).with_context(|| format!("cannot write `{}`", path.display()))
        }
    }
}

/// One file per object; namespaces are part of the names if there is more than one.
fn write_files(directory: &Path, built: &Build) -> anyhow::Result<()> {
    let namespaces: BTreeSet<&str> =
        built.objects.iter().filter_map(|object| object.namespace.as_deref()).collect();
    for object in &built.objects {
        let mut name = file_name(object);
        if let Some(namespace) = object.namespace.as_deref().filter(|_| namespaces.len() > 1) {
            name = format!("{}_{name}", namespace.to_lowercase());
        }
        let path = directory.join(name);
        fs::write(&path, &object.yaml).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}

/// `apps_v1_deployment_web.yaml`; a slash in a name, which no server would accept, does not lead elsewhere.
fn file_name(object: &BuiltObject) -> String {
    let text = |pointer: &str| {
        object.value.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default().to_lowercase()
    };
    let api_version = text("/apiVersion");
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    let kind = text("/kind");
    let parts: Vec<&str> = [group, version, &kind].into_iter().filter(|part| !part.is_empty()).collect();
    format!("{}_{}.yaml", parts.join("_"), text("/metadata/name")).replace('/', "_")
}
