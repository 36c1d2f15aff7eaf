//! One kustomization directory: its files gathered, generated, patched, and handed to the one above.

use std::rc::Rc;

use crate::{
    configuration::{Configuration, Gathered},
    error::{Context as _, Error, ErrorKind, quote},
    field_spec::{FieldSpec, FieldSpecs},
    generate::{Generated, with_file_options},
    kustomization::{COMPONENT_KIND, FILE_NAMES, Kustomization},
    loader::{Loader, Session},
    name_reference::fix_references,
    node::Node,
    objects::parse_objects,
    origin::Origin,
    plugins::{self, ConfiguredGenerator},
    resource::Resource,
    resource_map::ResourceMap,
    transform::{
        LoadedPatch, Step, SubjectMode, Transformer, add_hashes, load_json_text, load_replacements, run_all,
    },
    variables::{Variables, merging},
};

/// What a directory hands to the one above.
pub(crate) struct Accumulator {
    pub(crate) map: ResourceMap,
    configuration: Gathered,
    variables: Variables,
}

impl Accumulator {
    fn empty() -> Self {
        Self {
            map: ResourceMap::default(),
            configuration: Gathered::empty(),
            variables: Variables::default(),
        }
    }

    fn merge(&mut self, session: &Session<'_>, other: Self) -> Result<(), Error> {
        self.map.append_all(&session.schema, other.map.into_list())?;
        self.configuration.merge_gathered(&other.configuration)?;
        self.variables.merge(&other.variables)
    }
}

/// A kustomization directory that has been read.
pub(crate) struct Target<'s> {
    session: &'s Session<'s>,
    loader: Rc<Loader>,
    file: Kustomization,
    file_name: &'static str,
    origin: Option<Origin>,
    built_in: Rc<Configuration>,
    depth: usize,
}

impl<'s> Target<'s> {
    /// Reads the kustomization file of the root.
    pub(crate) fn root(session: &'s Session<'s>, loader: Rc<Loader>) -> Result<Self, Error> {
        let mut target = Self::load(session, loader, Rc::new(Configuration::built_in()), 0)?;
        if !target.file.build_metadata.is_empty() {
            target.origin = Some(Origin::default());
        }
        target.choose_schema()?;
        Ok(target)
    }

    pub(crate) fn file(&self) -> &Kustomization {
        &self.file
    }

    fn load(
        session: &'s Session<'s>,
        loader: Rc<Loader>,
        built_in: Rc<Configuration>,
        depth: usize,
    ) -> Result<Self, Error> {
        if depth > session.options.limits.depth {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("bases nest deeper than {} levels", session.options.limits.depth),
            ));
        }
        session.charge_directory()?;
        let mut found = None;
        for name in FILE_NAMES {
            match loader.load(session, name) {
                Ok(content) if found.is_none() => found = Some((name, content)),
                Ok(_) => {
                    return Err(Error::new(
                        ErrorKind::Kustomization,
                        format!("Found multiple kustomization files under: {}\n", loader.root()),
                    ));
                }
                Err(error) if error.kind() == ErrorKind::Limit => return Err(error),
                Err(_) => {}
            }
        }
        let Some((file_name, content)) = found else {
            return Err(Error::new(
                ErrorKind::Kustomization,
                format!(
                    "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{}'",
                    loader.root()
                ),
            ));
        };
        let file = Kustomization::parse(&content, loader.root())?;
        for (old, new) in &file.deprecated {
            let hint = if *old == "vars" {
                "[EXPERIMENTAL] Run 'kustomize edit fix' to update your Kustomization automatically."
            } else {
                "Run 'kustomize edit fix' to update your Kustomization automatically."
            };
            session.warn(format!("# Warning: '{old}' is deprecated. Please use '{new}' instead. {hint}"));
        }
        Ok(Self { session, loader, file, file_name, origin: None, built_in, depth })
    }

    fn choose_schema(&self) -> Result<(), Error> {
        let Some(openapi) = &self.file.openapi else { return Ok(()) };
        let content = openapi.get("path").map(|path| self.loader.load(self.session, path)).transpose()?;
        self.session.schema.choose(openapi.get("version").map(String::as_str), content.as_deref())
    }

    /// Builds the root: everything below it, then what can only be done at the end.
    pub(crate) fn build(&self) -> Result<ResourceMap, Error> {
        let mut accumulator = self.accumulate(Accumulator::empty())?;
        let configuration = accumulator.configuration.get();
        add_hashes(self.session, &mut accumulator.map)?;
        fix_references(self.session, &mut accumulator.map, &configuration)?;
        accumulator.variables.resolve(self.session, &mut accumulator.map, &configuration.variables.0)?;
        let mut map = accumulator.map;
        if !self.session.options.include_local_configs {
            map.list_mut().retain(|resource| {
                resource.annotation("config.kubernetes.io/local-config").is_none_or(|value| value == "false")
            });
        }
        // Renames may have given two objects one identity; the reference ends with a panic then.
        let mut checked = ResourceMap::default();
        checked.append_all(&self.session.schema, map.into_list())?;
        Ok(checked)
    }

    fn accumulate(&self, mut accumulator: Accumulator) -> Result<Accumulator, Error> {
        self.gather(&mut accumulator, &self.file.resources).context(|| "accumulating resources")?;
        self.configure(&mut accumulator)?;
        self.generate(&mut accumulator)?;
        for path in &self.file.components {
            accumulator = self.add_component(accumulator, path).context(|| "accumulating components")?;
        }
        self.transform(&mut accumulator)?;
        self.validate(&mut accumulator)?;
        if let Some(variables) = &self.file.variables {
            let declared = accumulator.variables.declare(self.session, &mut accumulator.map, variables);
            merging(declared, variables)?;
        }
        Ok(accumulator)
    }

    /// Adds what the entries name: files first, else directories or repositories.
    fn gather(&self, accumulator: &mut Accumulator, paths: &[String]) -> Result<(), Error> {
        for path in paths {
            let Err(file_error) = self.add_file(accumulator, path) else { continue };
            if file_error.is_http_status() || file_error.kind() == ErrorKind::Limit {
                return Err(file_error);
            }
            let loader = match self.loader.descend(self.session, path) {
                Ok(loader) => loader,
                Err(_) if file_error.is_malformed() => return Err(file_error),
                Err(error) => {
                    return Err(error.context(format!("accumulation err='{file_error}'")));
                }
            };
            let origin = self.origin.as_ref().map(|origin| origin.append(path));
            let below = self
                .child(loader, origin)
                .and_then(|child| child.as_base())
                .context(|| format!("accumulation err='{file_error}'"))?;
            let root = below.1;
            accumulator
                .merge(self.session, below.0)
                .context(|| format!("recursed merging from path '{root}'"))
                .context(|| format!("accumulation err='{file_error}'"))?;
        }
        Ok(())
    }

    fn add_file(&self, accumulator: &mut Accumulator, path: &str) -> Result<(), Error> {
        let objects = self
            .loader
            .load_objects(self.session, path)
            .context(|| format!("accumulating resources from '{path}'"))?;
        let origin = self.origin.as_ref().map(|origin| origin.append(path));
        // Within one file, too, no two objects may have the same identity.
        let mut own = ResourceMap::default();
        let resources = objects.iter().map(|node| {
            let mut resource = resource_from(node);
            resource.origin.clone_from(&origin);
            resource
        });
        own.append_all(&self.session.schema, resources)
            .context(|| format!("accumulating resources from '{path}'"))?;
        let before = accumulator.map.list().len();
        let added = accumulator.map.append_all(&self.session.schema, own.into_list());
        if let Err(error) = added {
            accumulator.map.list_mut().truncate(before);
            return Err(error.context(format!("merging resources from '{path}'")));
        }
        Ok(())
    }

    fn child(&self, loader: Rc<Loader>, origin: Option<Origin>) -> Result<Target<'s>, Error> {
        let root = loader.root().to_owned();
        let mut child = Target::load(self.session, loader, Rc::clone(&self.built_in), self.depth + 1)
            .context(|| format!("couldn't make target for path '{root}'"))?;
        child.file.build_metadata = Rc::clone(&self.file.build_metadata);
        child.origin = origin;
        child.choose_schema()?;
        Ok(child)
    }

    fn as_base(&self) -> Result<(Accumulator, String), Error> {
        let root = self.loader.root().to_owned();
        if self.file.kind == COMPONENT_KIND {
            return Err(Error::build(format!("expected kind != 'Component' for path '{root}'")));
        }
        let accumulator = self
            .accumulate(Accumulator::empty())
            .context(|| format!("recursed accumulation of path '{root}'"))?;
        Ok((accumulator, root))
    }

    fn add_component(&self, accumulator: Accumulator, path: &str) -> Result<Accumulator, Error> {
        let loader = self
            .loader
            .descend(self.session, path)
            .map_err(|error| error.map_message(|message| format!("loader.New {}", quote(&message))))?;
        let origin = self.origin.as_ref().map(|origin| origin.append(path));
        let add = || {
            let root = loader.root().to_owned();
            let child = self.child(Rc::clone(&loader), origin)?;
            if child.file.kind != COMPONENT_KIND {
                return Err(Error::build(format!(
                    "expected kind '{COMPONENT_KIND}' for path '{root}' but got '{}'",
                    child.file.kind
                )));
            }
            child.accumulate(accumulator).context(|| format!("recursed accumulation of path '{root}'"))
        };
        add()
            .map_err(|error| error.map_message(|message| format!("accumulateDirectory: {}", quote(&message))))
    }

    fn configure(&self, accumulator: &mut Accumulator) -> Result<(), Error> {
        let mut own = Rc::clone(&self.built_in);
        if !self.file.configurations.is_empty() {
            let mut extra = Configuration::default();
            for path in &self.file.configurations {
                let content = self.loader.load(self.session, path)?;
                extra.merge(&Configuration::parse(&content)?)?;
            }
            Rc::make_mut(&mut own).merge(&extra)?;
        }
        accumulator.configuration.merge(&own).context(|| "merging config")?;
        if !self.file.crds.is_empty() {
            let names = || format!("[{}]", self.file.crds.join(" "));
            let derived = crate::crds::load(self.session, &self.loader, &self.file.crds)
                .context(|| format!("loading CRDs {}", names()))?;
            accumulator
                .configuration
                .merge(&Rc::new(derived))
                .context(|| format!("merging CRDs {}", names()))?;
        }
        Ok(())
    }

    fn configured_origin(&self, plugin: &str) -> Option<Origin> {
        self.origin.as_ref().map(|origin| origin.configured(self.file_name, plugin))
    }

    fn generate(&self, accumulator: &mut Accumulator) -> Result<(), Error> {
        let mut generators = Vec::new();
        for (generated, list) in
            [(Generated::ConfigMap, &self.file.config_maps), (Generated::Secret, &self.file.secrets)]
        {
            for arguments in list {
                let arguments = with_file_options(arguments, self.file.generator_options.as_ref());
                let origin = self.configured_origin(generated.plugin());
                generators.push(ConfiguredGenerator::of_field(generated, arguments, origin));
            }
        }
        if let Some(chart) = self.file.helm_charts.first() {
            let config = ferroflux_yaml::write_value(chart).unwrap_or_default();
            return Err(Error::new(
                ErrorKind::Refused,
                format!(
                    "trouble configuring builtin HelmChartInflationGenerator with config: `\n{config}`: must specify --enable-helm"
                ),
            ));
        }
        for resource in
            self.plugin_configurations(&self.file.generators).context(|| "loading generator plugins")?
        {
            let generator =
                plugins::load_generator(self.session, &resource).context(|| "loading generator plugins")?;
            generators.push(generator);
        }
        for generator in generators {
            let mut resource = generator.run(self.session, &self.loader)?;
            if let Some(origin) = &generator.origin {
                resource.origin = Some(origin.clone());
            }
            accumulator.map.absorb(&self.session.schema, resource).context(|| "merging from generator")?;
        }
        Ok(())
    }

    /// Objects that configure plugins: written inline, or in files and directories.
    fn plugin_configurations(&self, entries: &[String]) -> Result<Vec<Resource>, Error> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let mut accumulator = Accumulator::empty();
        let mut paths = Vec::new();
        for entry in entries {
            match parse_objects(entry.as_bytes()) {
                Ok(objects) => {
                    let origin = self.origin.as_ref().map(|origin| origin.append(self.file_name));
                    let resources = objects.iter().map(|node| {
                        let mut resource = resource_from(node);
                        resource.origin.clone_from(&origin);
                        resource
                    });
                    accumulator.map.append_all(&self.session.schema, resources)?;
                }
                Err(_) => paths.push(entry.clone()),
            }
        }
        self.gather(&mut accumulator, &paths)?;
        Ok(accumulator.map.into_list())
    }

    fn plugin_steps(&self, entries: &[String]) -> Result<Vec<Step>, Error> {
        let mut steps = Vec::new();
        for resource in self.plugin_configurations(entries)? {
            steps.extend(plugins::load_transformer(self.session, &self.loader, &resource)?);
        }
        Ok(steps)
    }

    fn transform(&self, accumulator: &mut Accumulator) -> Result<(), Error> {
        let mut steps = self.built_in_steps(&accumulator.configuration.get())?;
        steps.extend(self.plugin_steps(&self.file.transformers)?);
        run_all(self.session, &mut accumulator.map, &steps)
    }

    /// All transformers of the file's own fields, configured before the first of them runs.
    fn built_in_steps(&self, configuration: &Configuration) -> Result<Vec<Step>, Error> {
        let mut steps = Vec::new();
        let mut add = |plugin: &str, transformer| {
            steps.push(Step { transformer, origin: self.configured_origin(plugin) });
        };
        let file = &self.file;
        let (session, loader) = (self.session, &*self.loader);
        let trouble = |plugin: &'static str| move || format!("trouble configuring builtin {plugin}");
        if let Some(paths) = file.patches_strategic_merge.as_ref().filter(|paths| !paths.is_empty()) {
            let name = "PatchStrategicMergeTransformer";
            add(name, plugins::strategic_merge(session, loader, paths, "").context(trouble(name))?);
        }
        for patch in &file.patches {
            let name = "PatchTransformer";
            let loaded = LoadedPatch::load(session, loader, patch).map_err(|error| {
                let config = ferroflux_yaml::write_value(&patch.source).unwrap_or_default();
                error.context(format!("trouble configuring builtin {name} with config: `\n{config}`"))
            })?;
            add(name, Transformer::Patch(loaded));
        }
        if !file.namespace.is_empty() {
            add(
                "NamespaceTransformer",
                Transformer::Namespace {
                    namespace: file.namespace.clone(),
                    specs: configuration.namespace.0.clone(),
                    unset_only: false,
                    subjects: SubjectMode::DefaultOnly,
                },
            );
        }
        if !file.name_prefix.is_empty() {
            let specs = configuration.name_prefix.0.clone();
            add("PrefixTransformer", Transformer::Prefix(file.name_prefix.clone(), specs));
        }
        if !file.name_suffix.is_empty() {
            let specs = configuration.name_suffix.0.clone();
            add("SuffixTransformer", Transformer::Suffix(file.name_suffix.clone(), specs));
        }
        for labels in self.label_transformers(configuration)? {
            add("LabelTransformer", labels);
        }
        if !file.common_annotations.is_empty() {
            let specs = configuration.common_annotations.0.clone();
            add("AnnotationsTransformer", Transformer::Annotations(file.common_annotations.clone(), specs));
        }
        for patch in file.patches_json_6902.iter().flatten() {
            let name = "PatchJson6902Transformer";
            let text = load_json_text(session, loader, patch).context(trouble(name))?;
            add(name, Transformer::JsonPatch { target: patch.target.clone(), text });
        }
        for replica in &file.replicas {
            let specs = configuration.replicas.0.clone();
            add("ReplicaCountTransformer", Transformer::Replicas(replica.clone(), specs));
        }
        for image in &file.images {
            let specs = configuration.images.0.clone();
            add("ImageTagTransformer", Transformer::Images(image.clone(), specs));
        }
        if !file.replacements.is_empty() {
            let name = "ReplacementTransformer";
            let replacements =
                load_replacements(session, loader, &file.replacements).context(trouble(name))?;
            add(name, Transformer::Replacements(replacements));
        }
        Ok(steps)
    }

    fn label_transformers(&self, configuration: &Configuration) -> Result<Vec<Transformer>, Error> {
        let file = &self.file;
        let common = file.common_labels.clone().unwrap_or_default();
        if file.labels.is_empty() && common.is_empty() {
            return Ok(Vec::new());
        }
        let mut transformers = Vec::new();
        for entry in &file.labels {
            let mut specs = FieldSpecs(entry.fields.clone());
            let mut merge = || {
                specs.add_all(&configuration.labels.0)?;
                if entry.include_selectors {
                    return specs.add_all(&configuration.common_labels.0);
                }
                if entry.include_templates {
                    specs.add_all(&configuration.template_labels.0)?;
                }
                specs.add(&FieldSpec::anywhere("metadata/labels", true))
            };
            merge().context(|| "failed to merge labels")?;
            transformers.push(Transformer::Labels(entry.pairs.clone(), specs.0));
        }
        transformers.push(Transformer::Labels(common, configuration.common_labels.0.clone()));
        Ok(transformers)
    }

    fn validate(&self, accumulator: &mut Accumulator) -> Result<(), Error> {
        for step in self.plugin_steps(&self.file.validators)? {
            let before = accumulator.map.clone();
            step.transformer.run(self.session, &mut accumulator.map)?;
            check_unchanged(self.session, &before, &accumulator.map)?;
        }
        Ok(())
    }
}

/// A validator may add one label, by which it says that it ran, and nothing else.
fn check_unchanged(session: &Session<'_>, before: &ResourceMap, after: &ResourceMap) -> Result<(), Error> {
    let changed =
        |reason: String| Err(Error::build(format!("validator shouldn't modify the resource map: {reason}")));
    if before.list().len() != after.list().len() {
        return changed("lists have different number of entries".into());
    }
    for (old, new) in before.iter().zip(after.iter()) {
        let mut new_node = new.node().clone();
        if let Some(labels) = new_node.get_mut("metadata").and_then(|metadata| metadata.get_mut("labels"))
            && labels.remove("validated-by").is_some()
            && labels.is_empty()
            && let Some(metadata) = new_node.get_mut("metadata")
        {
            metadata.remove("labels");
        }
        if *old.node() != new_node {
            return changed(format!("nodes unequal: {}", old.id(&session.schema)));
        }
    }
    Ok(())
}

/// An object from a file. Annotations that only the build may set say nothing when they come from outside.
fn resource_from(node: &Node) -> Resource {
    Resource::new(crate::internal::without_internal_annotations(node))
}
