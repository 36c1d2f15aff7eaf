//! The Kustomize build engine: files in, objects out, no I/O.
//!
//! [`build`] does what `kustomize build` does, byte for byte: it reads a kustomization file and everything it
//! names from a [`FileTree`], and returns the objects in their order with the YAML that kustomize would print.
//! Nothing is read from outside the tree except through [`RemoteSource`], which the caller supplies or leaves
//! out; no program is ever started.
//!
//! ```
//! use std::sync::Arc;
//! use ferroflux_kustomize::{MemoryTree, Options, build};
//!
//! let mut tree = MemoryTree::new();
//! tree.add_file("/app/kustomization.yaml", *b"namePrefix: dev-\nresources: [cm.yaml]\n");
//! tree.add_file("/app/cm.yaml", *b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n");
//! let built = build(Arc::new(tree), "/app", &Options::flux("/"), None)?;
//! assert_eq!(built.to_yaml(), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dev-settings\n");
//! # Ok::<(), ferroflux_kustomize::Error>(())
//! ```
//!
//! What the engine does not do: apply anything, substitute variables after the build, inflate Helm charts, run
//! exec or container functions (all refused with kustomize's own errors).

mod configuration;
mod crds;
mod decode;
mod embedded;
mod error;
mod field_path;
mod field_spec;
mod generate;
mod id;
mod internal;
mod kustomization;
mod limits;
mod loader;
mod name_reference;
mod node;
mod objects;
mod origin;
mod pattern;
mod plugins;
mod remote;
mod render;
mod resource;
mod resource_map;
mod schema;
mod selector;
mod sort;
mod target;
mod transform;
mod tree;
mod value;
mod variables;

use std::{collections::BTreeMap, sync::Arc};

pub use error::{Error, ErrorKind};
pub use kustomization::FILE_NAMES;
pub use remote::{Checkout, RemoteError, RemoteSource, RepositoryAddress};
pub use tree::{FileTree, MemoryTree, Resolved, TreeError};

use loader::{Loader, Session};
use target::Target;
use transform::Transformer;

/// Which files a kustomization may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoadRestriction {
    /// Files in or below its own directory.
    #[default]
    RootOnly,
    /// Any file of the tree.
    None,
}

/// The order of objects where the root file says nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reorder {
    /// By kind, as the command line does it by default.
    #[default]
    Legacy,
    /// As they were accumulated.
    None,
}

/// Ceilings on one build, so that no repository can hold up or exhaust the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all files together, each counted once.
    pub bytes_read: u64,
    /// Kustomization directories built, repetitions counted.
    pub directories: usize,
    /// How deep bases and components may nest.
    pub depth: usize,
}

impl Default for Limits {
    /// Far above what repositories have: 512 MiB, 20,000 directories, 100 levels.
    fn default() -> Self {
        Self { bytes_read: 512 << 20, directories: 20_000, depth: 100 }
    }
}

/// How to build.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Which files may be named.
    pub load_restriction: LoadRestriction,
    /// A directory that no path may lead out of, symlinks followed.
    pub confine_to: Option<String>,
    /// The order where the root file has no `sortOptions`.
    pub reorder: Reorder,
    /// Whether every object gets the label `app.kubernetes.io/managed-by`.
    pub add_managed_by_label: bool,
    /// Whether objects annotated as local configuration are printed.
    pub include_local_configs: bool,
    /// Whether the built-in types stay known when a kustomization brings its own `openapi.path`. The command line
    /// forgets them; a controller that has built anything before does not.
    pub keep_builtin_schema: bool,
    /// Ceilings.
    pub limits: Limits,
}

impl Options {
    /// What kustomize-controller uses: declaration order, and any file below `root`.
    pub fn flux(root: impl Into<String>) -> Self {
        Self {
            load_restriction: LoadRestriction::None,
            confine_to: Some(root.into()),
            reorder: Reorder::None,
            keep_builtin_schema: true,
            ..Self::default()
        }
    }
}

/// One object of a finished build.
#[derive(Debug, Clone, PartialEq)]
pub struct BuiltObject {
    /// The object; maps have kustomize's order of keys only in [`BuiltObject::yaml`].
    pub value: serde_json::Value,
    /// The object as kustomize prints it, ending in a line feed.
    pub yaml: String,
    /// The namespace that counts, `default` if none is written; nothing for kinds that certainly have none.
    pub namespace: Option<String>,
}

/// A finished build.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Build {
    /// Objects in the order in which they are printed.
    pub objects: Vec<BuiltObject>,
    /// What the command prints on standard error: deprecated fields, variables that nothing uses.
    pub warnings: Vec<String>,
}

impl Build {
    /// The whole output: documents separated by `---`.
    pub fn to_yaml(&self) -> String {
        let length: usize = self.objects.iter().map(|object| object.yaml.len() + 4).sum();
        let mut text = String::with_capacity(length);
        for object in &self.objects {
            if !text.is_empty() {
                text.push_str("---\n");
            }
            text.push_str(&object.yaml);
        }
        text
    }
}

/// The value of the managed-by label: the version whose output this engine reproduces.
const MANAGED_BY: &str = "kustomize-v5.8.1";

/// Builds the kustomization in the directory `path` of `tree`.
///
/// `remote` fetches bases and files that lie elsewhere; without it each of them is an error.
///
/// # Errors
///
/// Everything that makes `kustomize build` fail, with its text, and the limits of [`Options::limits`].
pub fn build(
    tree: Arc<dyn FileTree>,
    path: &str,
    options: &Options,
    remote: Option<&dyn RemoteSource>,
) -> Result<Build, Error> {
    let session = Session::new(options, remote);
    let loader = Loader::open(tree, path, options)?;
    let target = Target::root(&session, loader)?;
    let mut map = target.build()?;
    let file = target.file();
    match (&file.sort_options, options.reorder) {
        (Some(sort_options), _) => sort::sort_by_options(&session.schema, &mut map, sort_options)?,
        (None, Reorder::Legacy) => sort::sort_legacy(&session.schema, &mut map, None),
        (None, Reorder::None) => {}
    }
    let asked = |name: &str| file.build_metadata.iter().any(|entry| entry == name);
    if options.add_managed_by_label || asked("managedByLabel") {
        let labels = BTreeMap::from([("app.kubernetes.io/managed-by".to_owned(), MANAGED_BY.to_owned())]);
        let specs = vec![field_spec::FieldSpec::anywhere("metadata/labels", true)];
        Transformer::Labels(labels, specs).run(&session, &mut map)?;
    }
    let (origins, transformations) = (asked("originAnnotations"), asked("transformerAnnotations"));
    let mut objects = Vec::with_capacity(map.list().len());
    for mut resource in map.into_list() {
        internal::finish_annotations(&mut resource, origins, transformations)?;
        let (value, yaml) = render::object_to_yaml(&resource)?;
        let id = resource.id(&session.schema);
        let namespace = (!id.cluster_scoped).then(|| id.effective_namespace().to_owned());
        objects.push(BuiltObject { value, yaml, namespace });
    }
    Ok(Build { objects, warnings: session.warnings.into_inner() })
}
