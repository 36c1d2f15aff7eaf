//! Plugin configurations: built-in generators and transformers that stand in resources of their own.
//!
//! Nothing else is ever loaded: what would start a program is refused with the reference's own error.

use serde_json::Value;

use crate::{
    decode::{Fields, Place, decode_object},
    error::{Context as _, Error, ErrorKind},
    field_spec::FieldSpec,
    generate::{Generated, generate},
    id::ResourceId,
    kustomization::{self, GeneratorArguments, Patch},
    loader::{Loader, Session},
    node::{Node, Scalar},
    objects::parse_objects,
    origin::{ConfiguredBy, Origin},
    resource::Resource,
    transform::{
        LoadedPatch, Step, SubjectMode, Transformer, ValueAddTarget, load_json_text, load_replacements,
    },
    tree::base_name,
    value,
};

/// A generator, configured.
pub(crate) struct ConfiguredGenerator {
    action: Generation,
    pub(crate) origin: Option<Origin>,
}

enum Generation {
    Data(Generated, Box<GeneratorArguments>),
    ServiceAccount(Box<Node>),
}

impl ConfiguredGenerator {
    pub(crate) fn of_field(
        generated: Generated,
        arguments: GeneratorArguments,
        origin: Option<Origin>,
    ) -> Self {
        Self { action: Generation::Data(generated, Box::new(arguments)), origin }
    }

    pub(crate) fn run(&self, session: &Session<'_>, loader: &Loader) -> Result<Resource, Error> {
        match &self.action {
            Generation::Data(generated, arguments) => generate(session, loader, *generated, arguments),
            Generation::ServiceAccount(node) => {
                let mut resource = Resource::new(Node::clone(node));
                resource.generated = true;
                Ok(resource)
            }
        }
    }
}

/// The origin that objects get from a plugin.
fn plugin_origin(resource: &Resource) -> Option<Origin> {
    let origin = resource.origin.as_ref()?;
    Some(Origin {
        path: String::new(),
        repository: origin.repository.clone(),
        reference: origin.reference.clone(),
        configured_in: origin.path.clone(),
        configured_by: Some(ConfiguredBy {
            api_version: resource.api_version().to_owned(),
            kind: resource.kind().to_owned(),
            name: resource.name().to_owned(),
            namespace: resource.namespace().to_owned(),
        }),
    })
}

/// Refuses what is not built in, and hands out the configuration of what is.
fn configuration(resource: &Resource, id: &ResourceId) -> Result<Value, Error> {
    if resource.api_version() != "builtin" {
        let kind = &id.gvk.kind;
        return Err(Error::new(
            ErrorKind::Refused,
            format!("external plugins disabled; unable to load external plugin '{kind}'"),
        ));
    }
    value::to_json(resource.node()).context(|| format!("marshalling yaml from res {id}"))
}

const GENERATORS: [&str; 4] =
    ["ConfigMapGenerator", "IAMPolicyGenerator", "SecretGenerator", "HelmChartInflationGenerator"];

/// The built-in transformers, as plugin kinds.
const TRANSFORMERS: [&str; 14] = [
    "AnnotationsTransformer",
    "HashTransformer",
    "ImageTagTransformer",
    "LabelTransformer",
    "NamespaceTransformer",
    "PatchJson6902Transformer",
    "PatchStrategicMergeTransformer",
    "PatchTransformer",
    "PrefixSuffixTransformer",
    "PrefixTransformer",
    "SuffixTransformer",
    "ReplacementTransformer",
    "ReplicaCountTransformer",
    "ValueAddTransformer",
];

fn unknown(resource: &Resource) -> Error {
    Error::new(ErrorKind::Refused, format!("unable to load builtin {}", resource.gvk()))
}

/// Configures a generator.
pub(crate) fn load_generator(
    session: &Session<'_>,
    resource: &Resource,
) -> Result<ConfiguredGenerator, Error> {
    let id = resource.original_id(&session.schema);
    let load = || {
        let config = configuration(resource, &id)?;
        let kind = resource.kind();
        if TRANSFORMERS.contains(&kind) {
            return Err(Error::build(format!("plugin {id} not a generator")));
        }
        if !GENERATORS.contains(&kind) {
            return Err(unknown(resource));
        }
        decode_generator(kind, &config).context(|| format!("plugin {id} fails configuration"))
    };
    let action = load().context(|| "failed to load generator")?;
    Ok(ConfiguredGenerator { action, origin: plugin_origin(resource) })
}

fn decode_generator(kind: &str, config: &Value) -> Result<Generation, Error> {
    match kind {
        "ConfigMapGenerator" | "SecretGenerator" => {
            let secret = kind == "SecretGenerator";
            let generated = if secret { Generated::Secret } else { Generated::ConfigMap };
            decode(config, "GeneratorArgs", |fields| {
                let mut arguments = kustomization::generator(fields, secret)?;
                let (name, namespace) = metadata(fields)?;
                if arguments.name.is_empty() {
                    arguments.name = name;
                }
                if arguments.namespace.is_empty() {
                    arguments.namespace = namespace;
                }
                Ok(Generation::Data(generated, Box::new(arguments)))
            })
        }
        "IAMPolicyGenerator" => decode(config, "IAMPolicyGeneratorArgs", |fields| {
            let cloud = fields.text("cloud")?;
            if cloud != "gke" {
                return Err(Error::build(format!("cloud provider {cloud} not supported yet")));
            }
            let (name, namespace) = fields
                .object("kubernetesService", "KubernetesService", |inner| {
                    Ok((inner.text("name")?, inner.text("namespace")?))
                })?
                .unwrap_or_default();
            let (account, project) = fields
                .object("serviceAccount", "ServiceAccount", |inner| {
                    Ok((inner.text("name")?, inner.text("projectId")?))
                })?
                .unwrap_or_default();
            Ok(Generation::ServiceAccount(Box::new(service_account(&name, &namespace, &account, &project))))
        }),
        _ => Err(Error::new(ErrorKind::Refused, "must specify --enable-helm")),
    }
}

fn service_account(name: &str, namespace: &str, account: &str, project: &str) -> Node {
    let annotation = (
        Scalar::untyped("iam.gke.io/gcp-service-account"),
        Node::string(format!("{account}@{project}.iam.gserviceaccount.com")),
    );
    let mut metadata = Node::mapping(vec![
        (Scalar::untyped("annotations"), Node::mapping(vec![annotation])),
        (Scalar::untyped("name"), Node::untyped(name)),
    ]);
    if !namespace.is_empty() {
        metadata.set("namespace", Node::untyped(namespace));
    }
    Node::mapping(vec![
        (Scalar::untyped("apiVersion"), Node::string("v1")),
        (Scalar::untyped("kind"), Node::string("ServiceAccount")),
        (Scalar::untyped("metadata"), metadata),
    ])
}

/// Configures a transformer; one configuration may make several.
pub(crate) fn load_transformer(
    session: &Session<'_>,
    loader: &Loader,
    resource: &Resource,
) -> Result<Vec<Step>, Error> {
    let id = resource.original_id(&session.schema);
    let config = configuration(resource, &id)?;
    let kind = resource.kind();
    if GENERATORS.contains(&kind) {
        return Err(if kind == "HelmChartInflationGenerator" {
            Error::new(
                ErrorKind::Refused,
                format!("plugin {id} fails configuration: must specify --enable-helm"),
            )
        } else {
            Error::build(format!("plugin {id} not a transformer"))
        });
    }
    if !TRANSFORMERS.contains(&kind) {
        return Err(unknown(resource));
    }
    let transformers = decode_transformer(session, loader, kind, &config)
        .context(|| format!("plugin {id} fails configuration"))?;
    let mut origin = plugin_origin(resource);
    let count = transformers.len();
    let steps = transformers.into_iter().enumerate().map(|(index, transformer)| {
        // Noted once, after the last part.
        let origin = if index + 1 == count { origin.take() } else { None };
        Step { transformer, origin }
    });
    Ok(steps.collect())
}

fn decode<T>(
    config: &Value,
    type_name: &'static str,
    read: impl FnOnce(&mut Fields<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    decode_object(config, &Place::root(type_name, false), read)
}

fn metadata(fields: &mut Fields<'_>) -> Result<(String, String), Error> {
    let names = fields
        .object("metadata", "ObjectMeta", |inner| Ok((inner.text("name")?, inner.text("namespace")?)))?;
    Ok(names.unwrap_or_default())
}

fn specs(fields: &mut Fields<'_>) -> Result<Vec<FieldSpec>, Error> {
    Ok(kustomization::field_specs(fields, "fieldSpecs")?.unwrap_or_default())
}

fn decode_transformer(
    session: &Session<'_>,
    loader: &Loader,
    kind: &str,
    config: &Value,
) -> Result<Vec<Transformer>, Error> {
    let one = |transformer| Ok(vec![transformer]);
    decode(config, "Plugin", |fields| match kind {
        "AnnotationsTransformer" => {
            one(Transformer::Annotations(fields.text_map("annotations")?.unwrap_or_default(), specs(fields)?))
        }
        "HashTransformer" => one(Transformer::Hash),
        "ImageTagTransformer" => {
            let image = fields.object("imageTag", "Image", kustomization::image)?.unwrap_or_default();
            one(Transformer::Images(image, specs(fields)?))
        }
        "LabelTransformer" => {
            one(Transformer::Labels(fields.text_map("labels")?.unwrap_or_default(), specs(fields)?))
        }
        "NamespaceTransformer" => one(Transformer::Namespace {
            namespace: metadata(fields)?.1,
            specs: specs(fields)?,
            unset_only: fields.flag("unsetOnly")?,
            subjects: SubjectMode::parse(&fields.text("setRoleBindingSubjects")?)?,
        }),
        "PatchJson6902Transformer" => {
            let patch = Patch {
                path: fields.text("path")?,
                inline: fields.text("jsonOp")?,
                target: fields.object("target", "Selector", kustomization::selector)?,
                ..Patch::default()
            };
            let text = load_json_text(session, loader, &patch)?;
            one(Transformer::JsonPatch { target: patch.target, text })
        }
        "PatchStrategicMergeTransformer" => {
            let paths = fields.texts("paths")?;
            let patches = fields.text("patches")?;
            if paths.is_empty() && patches.is_empty() {
                return Err(Error::build("empty file path and empty patch content"));
            }
            one(strategic_merge(session, loader, &paths, &patches)?)
        }
        "PatchTransformer" => {
            let patch = kustomization::patch(fields)?;
            one(Transformer::Patch(LoadedPatch::load(session, loader, &patch)?))
        }
        "PrefixTransformer" => one(Transformer::Prefix(fields.text("prefix")?, required_specs(fields)?)),
        "SuffixTransformer" => one(Transformer::Suffix(fields.text("suffix")?, required_specs(fields)?)),
        "PrefixSuffixTransformer" => {
            let specs = required_specs(fields)?;
            Ok(vec![
                Transformer::Prefix(fields.text("prefix")?, specs.clone()),
                Transformer::Suffix(fields.text("suffix")?, specs),
            ])
        }
        "ReplacementTransformer" => {
            let entries = kustomization::replacement_entries(fields)?;
            one(Transformer::Replacements(load_replacements(session, loader, &entries)?))
        }
        "ReplicaCountTransformer" => {
            let replica = fields.object("replica", "Replica", kustomization::replica)?.unwrap_or_default();
            one(Transformer::Replicas(replica, specs(fields)?))
        }
        _ => one(value_add(session, loader, fields)?),
    })
}

fn required_specs(fields: &mut Fields<'_>) -> Result<Vec<FieldSpec>, Error> {
    kustomization::field_specs(fields, "fieldSpecs")?
        .ok_or_else(|| Error::build("fieldSpecs is not expected to be nil"))
}

/// Patches named by path or written inline.
pub(crate) fn strategic_merge(
    session: &Session<'_>,
    loader: &Loader,
    paths: &[String],
    inline: &str,
) -> Result<Transformer, Error> {
    let mut patches = Vec::new();
    for path in paths {
        match parse_objects(path.as_bytes()) {
            Ok(objects) => patches.extend(objects),
            Err(_) => patches.extend(loader.load_objects(session, path)?.iter().cloned()),
        }
    }
    if !inline.is_empty() {
        patches.extend(parse_objects(inline.as_bytes())?);
    }
    if patches.is_empty() {
        return Err(Error::build(format!(
            "patch appears to be empty; files=[{}], Patch={inline}",
            paths.join(" ")
        )));
    }
    Ok(Transformer::StrategicMerge(patches))
}

fn value_add(session: &Session<'_>, loader: &Loader, fields: &mut Fields<'_>) -> Result<Transformer, Error> {
    let mut value = fields.text("value")?.trim().to_owned();
    if value.is_empty() {
        base_name(loader.root()).clone_into(&mut value);
    }
    let mut targets = value_add_targets(fields)?;
    let path = fields.text("targetFilePath")?;
    if !path.is_empty() {
        let content = loader.load(session, &path)?;
        let more = ferroflux_yaml::read_value(&content, &crate::limits::sigs())
            .map_err(|error| Error::yaml(error.to_string()))?;
        targets.extend(decode(&more, "Targets", value_add_targets)?);
    }
    if targets.is_empty() {
        return Err(Error::build("must specify at least one target"));
    }
    for target in &targets {
        if target.field_path.is_empty() {
            return Err(Error::build("fieldPath cannot be empty"));
        }
        if target.file_path_position < 0 {
            return Err(Error::build(format!(
                "value of FilePathPosition ({}) cannot be negative",
                target.file_path_position
            )));
        }
    }
    Ok(Transformer::ValueAdd { value, targets })
}

fn value_add_targets(fields: &mut Fields<'_>) -> Result<Vec<ValueAddTarget>, Error> {
    let targets = fields.objects("targets", "Target", |inner| {
        Ok(ValueAddTarget {
            selector: inner.object("selector", "Selector", kustomization::selector)?,
            field_path: inner.text("fieldPath")?,
            file_path_position: inner.integer("filePathPosition")?,
        })
    })?;
    Ok(targets.unwrap_or_default())
}
