//! ConfigMaps and Secrets from literals, files and environment files.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    error::{Context as _, Error, quote},
    kustomization::{GeneratorArguments, GeneratorOptions},
    loader::{Loader, Session},
    node::{Node, Scalar, Tag},
    resource::{Behavior, Resource},
    tree::base_name,
};

/// Encoded values longer than this are broken into lines.
const LINE_LENGTH: usize = 70;

/// A value of a generated object: bytes, since files may hold anything.
type Data = BTreeMap<String, Arc<[u8]>>;

/// What is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generated {
    ConfigMap,
    Secret,
}

impl Generated {
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }

    /// The name of the plugin that does it.
    pub(crate) fn plugin(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMapGenerator",
            Self::Secret => "SecretGenerator",
        }
    }
}

/// Makes the object.
pub(crate) fn generate(
    session: &Session<'_>,
    loader: &Loader,
    generated: Generated,
    arguments: &GeneratorArguments,
) -> Result<Resource, Error> {
    if arguments.name.is_empty() {
        return Err(Error::build("a configmap must have a name"));
    }
    let mut node = Node::mapping(vec![
        (Scalar::untyped("apiVersion"), Node::string("v1")),
        (Scalar::untyped("kind"), Node::string(generated.kind())),
    ]);
    let mut metadata = Node::mapping(vec![(Scalar::untyped("name"), Node::string(arguments.name.as_str()))]);
    if !arguments.namespace.is_empty() {
        metadata.set("namespace", Node::string(arguments.namespace.as_str()));
    }
    let options = arguments.options.as_ref();
    for (field, pairs) in [
        ("labels", options.map(|options| &options.labels)),
        ("annotations", options.map(|options| &options.annotations)),
    ] {
        if let Some(pairs) = pairs.filter(|pairs| !pairs.is_empty()) {
            metadata.set(field, text_mapping(pairs));
        }
    }
    node.set("metadata", metadata);
    let data = load_data(session, loader, arguments)?;
    match generated {
        Generated::ConfigMap => set_config_map_data(&mut node, data),
        Generated::Secret => {
            let secret_type =
                if arguments.secret_type.is_empty() { "Opaque" } else { &arguments.secret_type };
            node.set("type", Node::string(secret_type));
            let entries =
                data.iter().map(|(key, value)| (Scalar::untyped(key.as_str()), Node::string(encode(value))));
            node.set("data", Node::mapping(entries.collect()));
        }
    }
    if options.is_some_and(|options| options.immutable) {
        node.set("immutable", Node::Scalar(Scalar::new("true", Tag::Bool)));
    }
    let mut resource = Resource::new(node);
    resource.generated = true;
    resource.needs_hash = !options.is_some_and(|options| options.disable_name_suffix_hash);
    resource.behavior = Behavior::parse(&arguments.behavior);
    Ok(resource)
}

/// Arguments with the file's options added.
pub(crate) fn with_file_options(
    arguments: &GeneratorArguments,
    global: Option<&GeneratorOptions>,
) -> GeneratorArguments {
    let options = GeneratorOptions::with_global(arguments.options.clone(), global);
    GeneratorArguments { options, ..arguments.clone() }
}

fn text_mapping(pairs: &BTreeMap<String, String>) -> Node {
    Node::mapping(
        pairs
            .iter()
            .map(|(key, value)| (Scalar::untyped(key.as_str()), Node::string(value.as_str())))
            .collect(),
    )
}

fn set_config_map_data(node: &mut Node, data: Data) {
    let (mut texts, mut binaries) = (Vec::new(), Vec::new());
    for (key, value) in data {
        match std::str::from_utf8(&value) {
            Ok(text) => texts.push((Scalar::untyped(key), Node::string(text))),
            Err(_) => binaries.push((Scalar::untyped(key), Node::string(encode(&value)))),
        }
    }
    for (field, entries) in [("data", texts), ("binaryData", binaries)] {
        if !entries.is_empty() {
            node.set(field, Node::mapping(entries));
        }
    }
}

/// Base64, broken into lines if it is long.
fn encode(value: &[u8]) -> String {
    let encoded = BASE64_STANDARD.encode(value);
    if encoded.len() < LINE_LENGTH {
        return encoded;
    }
    let mut broken = String::with_capacity(encoded.len() + encoded.len() / LINE_LENGTH + 1);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(LINE_LENGTH));
        broken.push_str(line);
        broken.push('\n');
        rest = tail;
    }
    broken
}

fn load_data(session: &Session<'_>, loader: &Loader, arguments: &GeneratorArguments) -> Result<Data, Error> {
    let list = |sources: &[String]| format!("[{}]", sources.join(" "));
    let mut pairs: Vec<(String, Arc<[u8]>)> = Vec::new();
    for path in &arguments.envs {
        env_file(session, loader, path, &mut pairs)
            .context(|| format!("env source files: {}", list(&arguments.envs)))
            .context(|| "loading KV pairs")?;
    }
    for literal in &arguments.literals {
        let (key, value) = parse_literal(literal)
            .context(|| format!("literal sources {}", list(&arguments.literals)))
            .context(|| "loading KV pairs")?;
        pairs.push((key.to_owned(), value.as_bytes().into()));
    }
    for source in &arguments.files {
        let pair = parse_file_source(source).and_then(|(key, path)| Ok((key, loader.load(session, path)?)));
        let (key, content) = pair
            .context(|| format!("file sources: {}", list(&arguments.files)))
            .context(|| "loading KV pairs")?;
        pairs.push((key.to_owned(), content));
    }
    let mut data = Data::new();
    for (key, value) in pairs {
        if data.contains_key(&key) {
            return Err(Error::build(format!(
                "configmap {} illegally repeats the key `{key}`",
                arguments.name
            )));
        }
        data.insert(key, value);
    }
    Ok(data)
}

fn parse_literal(source: &str) -> Result<(&str, &str), Error> {
    let (key, value) = source
        .split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .ok_or_else(|| Error::build(format!("invalid literal source {source}, expected key=value")))?;
    let unquoted = ['"', '\''].into_iter().find_map(|mark| {
        let inner = value.strip_prefix(mark)?;
        inner.strip_suffix(mark)
    });
    Ok((key, unquoted.unwrap_or(value)))
}

fn parse_file_source(source: &str) -> Result<(&str, &str), Error> {
    match source.matches('=').count() {
        0 => Ok((base_name(source), source)),
        1 => {
            let (key, path) = source.split_once('=').unwrap_or((source, ""));
            if key.is_empty() {
                Err(Error::build(format!(
                    "missing key name for file path {} in source {}",
                    quote(path),
                    quote(source)
                )))
            } else if path.is_empty() {
                Err(Error::build(format!(
                    "missing file path for key name {} in source {}",
                    quote(key),
                    quote(source)
                )))
            } else {
                Ok((key, path))
            }
        }
        _ => Err(Error::build(format!("source {} key name or file path contains '='", quote(source)))),
    }
}

fn env_file(
    session: &Session<'_>,
    loader: &Loader,
    path: &str,
    pairs: &mut Vec<(String, Arc<[u8]>)>,
) -> Result<(), Error> {
    let content = loader.load(session, path)?;
    for (number, line) in content.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = std::str::from_utf8(line)
            .map_err(|_| Error::build(format!("line {} has invalid utf8 bytes", number + 1)))?;
        let line = if number == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if !key.is_empty() {
            pairs.push((key.to_owned(), value.as_bytes().into()));
        }
    }
    Ok(())
}
